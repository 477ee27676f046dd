/* rows.c -- sources; rows and columns; sets. */
#include "frames.h"

static void check_sources(frames *t)
{
    brasa_frame *sales = frames_sales(t);

    rows_are(t, brasa_range(t->s, 0, 5, 1), "0\n1\n2\n3\n4\n");
    rows_are(t, brasa_range(t->s, 10, 0, -4), "10\n6\n2\n");
    counts(t, brasa_range(t->s, 5, 5, 1), 0);
    counts(t, brasa_range(t->s, 0, 100000, 1), 100000);
    is_true(t, brasa_view(sales, "sales") == BRASA_OK);
    counts(t, brasa_table(t->s, "SALES"), 8);
    brasa_view(brasa_filter(sales, "id <= 2"), "sales");
    counts(t, brasa_table(t->s, "sales"), 2);
    brasa_value cells[] = {BRASA_I32(1), BRASA_NULL_VALUE, BRASA_NULL_VALUE, BRASA_STR("text longer than a dozen bytes")};
    rows_are(t, brasa_values(t->s, "a INT, b STRING", cells, 2), "1|NULL\nNULL|text longer than a dozen bytes\n");
    counts(t, brasa_values(t->s, "a INT, b STRING", cells, 0), 0);
}

static void check_columns(frames *t)
{
    brasa_frame *f = brasa_filter(frames_sales(t), "id IN (1, 2)");

    rows_are_some_order(t, brasa_select(f, "id, upper(name) AS n, amount * 2, year(day)"), "1|ANA|20.00|2024\n2|BIA|41.00|2024\n");
    rows_are_some_order(t, brasa_select(f, "*, id + ? AS more", BRASA_I64(100)),
                        "1|1|Ana|0.5|10.00|2024-01-31|101\n2|2|Bia|1.5|20.50|2024-02-29|102\n");
    f = brasa_drop(f, "day, X");
    rows_are_some_order(t, brasa_with_column(f, "k", "k * 10"), "1|10|Ana|10.00\n2|20|Bia|20.50\n");
    rows_are_some_order(t, brasa_with_column(f, "z", "concat(name, ?)", BRASA_STR("!")), "1|1|Ana|10.00|Ana!\n2|2|Bia|20.50|Bia!\n");
    rows_are_some_order(t, brasa_select(brasa_rename(f, "name", "who"), "who"), "Ana\nBia\n");
    rows_are_some_order(t, brasa_select(brasa_alias(f, "s"), "s.id, s.name"), "1|Ana\n2|Bia\n");
    brasa_schema schema = brasa_schema_of(brasa_rename(f, "name", "who"));
    is_true(t, schema.ncols == 4 && schema.cols[2].name[0] == 'w' && schema.cols[3].type.kind == BRASA_KIND_DECIMAL);
}

static void check_filters(frames *t)
{
    brasa_frame *f = frames_sales(t),
                *ids = brasa_select(brasa_filter(f, "amount > ? AND day < ?", BRASA_DECIMAL("5.00"), BRASA_DATE("2024-02-01")), "id");

    rows_are_some_order(t, ids, "1\n3\n");
    rows_are_some_order(t, brasa_select(brasa_filter(f, "k = 1 OR name IS NULL"), "id"), "1\n3\n5\n7\n8\n");
    rows_are_some_order(t, brasa_select(brasa_filter(f, "NOT (k = 1)"), "id"), "2\n5\n6\n");
    rows_are_some_order(t, brasa_select(brasa_filter(f, "name LIKE ?", BRASA_STR("%of%")), "id"), "3\n");
    rows_are_some_order(t, brasa_select(brasa_filter(f, "k IS DISTINCT FROM 1 AND id % 2 = 0"), "id"), "2\n4\n6\n8\n");
    rows_are_some_order(t, brasa_select(brasa_filter(f, "x BETWEEN ? AND ?", BRASA_F64(0.25), BRASA_F64(1.5)), "id"), "1\n2\n7\n");
    counts(t, brasa_filter(f, "false"), 0);
    counts(t, brasa_filter(f, "name = ?", BRASA_NULL_VALUE), 0);
}

/* The builder's trees give what the text gives. */
static void check_builder(frames *t)
{
    brasa_session    *s = t->s;
    brasa_frame      *f = frames_sales(t);
    brasa_expression *test = brasa_call(s, "and", brasa_call(s, ">", brasa_col(s, "amount"), brasa_lit(s, BRASA_I32(5))),
                                        brasa_call(s, "=", brasa_col(s, "k"), brasa_lit(s, BRASA_I32(1))));
    brasa_expression *list[] = {brasa_col(s, "id"), brasa_as(brasa_call(s, "upper", brasa_col(s, "name")), "n"),
                                brasa_as(brasa_cast(brasa_col(s, "x"), "STRING"), "x"), brasa_parse(s, "amount + 1")};

    rows_are_some_order(t, brasa_select_exprs(brasa_filter_expr(f, test), list, 4),
                        "1|ANA|0.5|11.00\n3|CAIO, THE ONE OF MANY WORDS|-2.5|31.25\n7|ANA|0.25|100000.99\n");
    rows_are_some_order(t,
                        brasa_select(brasa_filter(f, "amount > 5 AND k = 1"), "id, upper(name) AS n, CAST(x AS STRING) AS x, amount + 1"),
                        "1|ANA|0.5|11.00\n3|CAIO, THE ONE OF MANY WORDS|-2.5|31.25\n7|ANA|0.25|100000.99\n");
    f = brasa_with_column_expr(brasa_select(f, "id"), "twice", brasa_call(s, "*", brasa_col(s, "id"), brasa_lit(s, BRASA_I64(2))));
    rows_are_some_order(t, brasa_filter(f, "id > 6"), "7|14\n8|16\n");
}

static void check_sets(frames *t)
{
    brasa_frame *a = frames_table(t, "v INT;w STRING", "1|x\n1|x\n1|x\n2|y\n|\n|\n3|z\n"),
                *b = frames_table(t, "p INT;q STRING", "1|x\n1|x\n|\n4|x\n2|z\n");

    rows_are_some_order(t, brasa_union(a, b, false), "1|x\n2|y\nNULL|NULL\n3|z\n4|x\n2|z\n");
    counts(t, brasa_union(a, b, true), 12);
    rows_are_some_order(t, brasa_intersect(a, b, false), "1|x\nNULL|NULL\n");
    rows_are_some_order(t, brasa_intersect(a, b, true), "1|x\n1|x\nNULL|NULL\n");
    rows_are_some_order(t, brasa_except(a, b, false), "2|y\n3|z\n");
    rows_are_some_order(t, brasa_except(a, b, true), "1|x\n2|y\nNULL|NULL\n3|z\n");
    rows_are_some_order(t, brasa_distinct(a), "1|x\n2|y\nNULL|NULL\n3|z\n");
    rows_are_some_order(t, brasa_union(brasa_range(t->s, 0, 2, 1), frames_table(t, "v INT", "7\n"), true), "0\n1\n7\n");
    counts(t, brasa_except(a, a, false), 0);
    counts(t, brasa_distinct(brasa_filter(a, "v > 10")), 0);
}

void frames_check_rows(frames *t)
{
    check_sources(t);
    check_columns(t);
    check_filters(t);
    check_builder(t);
    check_sets(t);
}
