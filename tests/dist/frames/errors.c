/* errors.c -- errors stick, name the thing and the line, and offer what is near. */
#include <string.h>

#include "frames.h"

static void check_names(frames *t)
{
    brasa_frame *f = frames_sales(t);

    fails_with(t, brasa_select(f, "id, amonut"), BRASA_NOT_FOUND, "amonut", "did you mean", "amount");
    fails_with(t, brasa_filter(f, "naem = 'x'"), BRASA_NOT_FOUND, "naem", "name");
    fails_with(t, brasa_drop(f, "nonsense"), BRASA_NOT_FOUND, "nonsense");
    fails_with(t, brasa_rename(f, "dya", "d"), BRASA_NOT_FOUND, "dya", "day");
    fails_with(t, brasa_aggregate(f, "kk", "count(*)"), BRASA_NOT_FOUND, "kk");
    fails_with(t, brasa_select(f, "uper(name)"), BRASA_NOT_FOUND, "uper", "upper");
    fails_with(t, brasa_table(t->s, "no_view"), BRASA_NOT_FOUND, "no_view");
    fails_with(t, brasa_join(f, f, NULL, .using_columns = "idd"), BRASA_NOT_FOUND, "idd");
    fails_with(t, brasa_join(brasa_alias(f, "l"), brasa_alias(f, "r"), "id = 1"), BRASA_INVALID, "id");
    fails_with(t, brasa_read(t->s, "no/such/file.h5:/t"), BRASA_NOT_FOUND, "no/such/file.h5");
}

static void check_text(frames *t)
{
    brasa_frame *f = frames_sales(t);

    fails_with(t, brasa_filter(f, "id > "), BRASA_SYNTAX, "");
    fails_with(t, brasa_filter(f, "id > ? AND k = ?", BRASA_I64(1)), BRASA_INVALID, "$2");
    fails_with(t, brasa_filter(f, "id > 1", BRASA_I64(1)), BRASA_INVALID, "1 values were given");
    fails_with(t, brasa_filter(f, "id"), BRASA_TYPE, "BIGINT");
    fails_with(t, brasa_select(f, "day + name"), BRASA_TYPE, "");
    fails_with(t, brasa_filter(f, "sum(id) > 1"), BRASA_INVALID, "sum");
    fails_with(t, brasa_filter(f, "day > ?", BRASA_DATE("2024-13-01")), BRASA_INVALID, "2024-13-01");
    fails_with(t, brasa_aggregate(f, "", ""), BRASA_INVALID, "");
    fails_with(t, brasa_join(f, f, NULL), BRASA_INVALID, "condition");
    fails_with(t, brasa_join(f, f, "left.id = right.id", .strategy = "magic"), BRASA_INVALID, "magic", "broadcast");
    fails_with(t, brasa_union(f, brasa_select(f, "id"), true), BRASA_TYPE, "");
    fails_with(t, brasa_sample(f, 1.5, 1), BRASA_INVALID, "1.5");
    fails_with(t, brasa_limit(f, 5, -2), BRASA_INVALID, "-2");
    fails_with(t, brasa_repartition(f, -1), BRASA_INVALID, "-1");
    fails_with(t, brasa_filter(f, NULL), BRASA_INVALID, "NULL");
    fails_with(t, brasa_sort(f, NULL), BRASA_INVALID, "NULL");
    fails_with(t, brasa_rename(f, "id", NULL), BRASA_INVALID, "NULL");
    fails_with(t, brasa_read(t->s, NULL), BRASA_INVALID, "empty");
    fails_with(t, brasa_table(t->s, NULL), BRASA_INVALID, "NULL");
    fails_with(t, brasa_values(t->s, "a INT", (brasa_value[]) {BRASA_I32(1), BRASA_STR("x")}, 2), BRASA_ARITHMETIC, "'x'");
    fails_with(t, brasa_values(t->s, "a INT", NULL, 2), BRASA_INVALID, "NULL");
    fails_with(t, brasa_select_exprs(f, (brasa_expression *[]) {brasa_col(t->s, "id"), NULL}, 2), BRASA_INVALID, "NULL");
    fails_with(t, brasa_repartition(f, 2, .hash = "k", .range = "k"), BRASA_INVALID, "");
    fails_with(t, brasa_explode(f, "id", "x"), BRASA_TYPE, "");
}

static void check_rows(frames *t)
{
    brasa_frame *f = frames_sales(t);

    fails_with(t, brasa_select(f, "1 / (id - 5) AS x"), BRASA_ARITHMETIC, "zero");
    fails_with(t, brasa_select(f, "CAST(name AS INT) AS x"), BRASA_ARITHMETIC, "is not INT"); /* of the row that is met first */
    fails_with(t, brasa_select(f, "id * 9223372036854775807 AS x"), BRASA_ARITHMETIC, "");
    fails_with(t, brasa_aggregate(f, "", "sum(id + 9223372036854775799) AS x"), BRASA_ARITHMETIC, "");
    rows_are(t, brasa_aggregate(brasa_select(f, "try_cast(name AS INT) AS x"), "", "count(*), count(x)"), "8|0\n");
    counts(t, f, 8);
}

/* What is built on an inert frame is inert; the first error stays, with the line of its call. */
static void check_sticky(frames *t)
{
    brasa_frame *bad = brasa_filter(frames_sales(t), "nope > 1"); /* the line that is told */
    int32_t      line = __LINE__ - 1;
    brasa_frame *later = brasa_sort(brasa_aggregate(brasa_join(bad, frames_sales(t), NULL, .using_columns = "id"), "x", "count(*)"), "y");
    int64_t      n = -5;
    const brasa_error *e = brasa_last_error(t->s);

    is_true(t, bad != NULL && later != NULL && brasa_status_of(bad) == BRASA_NOT_FOUND && brasa_status_of(later) == BRASA_NOT_FOUND);
    is_true(t, brasa_schema_of(later).ncols == 0);
    is_true(t, brasa_count(later, &n) == BRASA_NOT_FOUND);
    is_true(t, brasa_show(later, 5) == BRASA_NOT_FOUND && brasa_print_schema(later) == BRASA_NOT_FOUND);
    is_true(t, brasa_write(later, "never.h5:/t") == BRASA_NOT_FOUND && brasa_explain(later, BRASA_EXPLAIN_SIMPLE) == BRASA_NOT_FOUND);
    is_true(t, e != NULL && e->line == line && strcmp(e->file, "errors.c") == 0 && strstr(e->text, "nope") != NULL);
    fails_with(t, brasa_table(t->s, "other"), BRASA_NOT_FOUND, "nope"); /* the first, until it is cleared */
    fails_with(t, brasa_table(t->s, "other"), BRASA_NOT_FOUND, "other");
    is_true(t, brasa_last_error(t->s) == NULL);
}

void frames_check_errors(frames *t)
{
    check_names(t);
    check_text(t);
    check_rows(t);
    check_sticky(t);
}
