/* Reading CSV: dialects, types, headers, partitions, and what is refused. */
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "support/table.h"

static brasa_read_spec file_spec(unit_state *u, const char *name, const char *text)
{
    return (brasa_read_spec) {.uri = table_file(u->arena, unit_tmpdir(u->arena), name, text, strlen(text))};
}

static void check(unit_state *u, const brasa_read_spec *spec, const char *schema, const char *rows)
{
    brasa_table *t;
    const char  *got;

    assert_ok(brasa__table_open(u->arena, spec, &t, &u->err), u->err);
    assert_string_equal(table_schema_text(u->arena, t->schema), schema);
    assert_ok(table_read(u->arena, spec, NULL, 0, &got, &u->err), u->err);
    assert_string_equal(got, rows);
}

static void check_text(unit_state *u, const char *text, const char *schema, const char *rows)
{
    brasa_read_spec spec = file_spec(u, "t.csv", text);

    check(u, &spec, schema, rows);
}

static void check_fails(unit_state *u, const brasa_read_spec *spec, brasa_status code, const char *part)
{
    const char *got;

    assert_status(table_read(u->arena, spec, NULL, 0, &got, &u->err), code, u->err);
    assert_text_has(u->err.text, part);
}

static void types_are_inferred(void **state)
{
    check_text(*state,
               "i,f,d,t,b,s,big\n1,1.5,2001-02-03,2001-02-03 04:05:06,true,x,123456789012345678901\n-2,2,1999-12-31,2001-02-03,FALSE,7,5\n",
               "i BIGINT, f DOUBLE, d DATE, t TIMESTAMP, b BOOLEAN, s STRING, big DECIMAL(38,0)",
               "1|1.5|2001-02-03|2001-02-03 04:05:06|true|x|123456789012345678901\n-2|2.0|1999-12-31|2001-02-03 00:00:00|false|7|5\n");
}

static void quotes_newlines_and_crlf(void **state)
{
    check_text(*state, "a,b\r\n\"x,\"\"y\"\"\",1\r\n\"two\nlines\",2\r\n\"\",3\r\nplain 5\" nail,4\r\n", "a STRING, b BIGINT",
               "x,\"y\"|1\ntwo\nlines|2\n|3\nplain 5\" nail|4\n");
}

static void byte_order_mark_and_no_last_newline(void **state)
{
    check_text(*state,
               "\xef\xbb\xbf"
               "a,b\n1,\xc3\xa9",
               "a BIGINT, b STRING", "1|\xc3\xa9\n");
}

static void empty_fields_are_null_and_quoted_ones_are_not(void **state)
{
    check_text(*state, "a,b,c\n,,\n1,\"\",x\n", "a BIGINT, b STRING, c STRING", "NULL|NULL|NULL\n1||x\n");
}

static void null_text_is_null_only_unquoted(void **state)
{
    brasa_read_spec spec = file_spec(*state, "t.csv", "a,b\nNA,NA\n1,\"NA\"\n,\n");

    spec.null_text = "NA";
    check(*state, &spec, "a BIGINT, b STRING", "NULL|NULL\n1|NA\nNULL|\n");
}

static void header_is_found_or_not(void **state)
{
    unit_state     *u = *state;
    brasa_read_spec spec;

    check_text(u, "1,2\n3,4\n", "_c0 BIGINT, _c1 BIGINT", "1|2\n3|4\n");
    check_text(u, "a,b\nx,y\n", "a STRING, b STRING", "x|y\n");
    check_text(u, "a,b\n", "a STRING, b STRING", "");
    check_text(u, "a,A,,a\n1,2,3,4\n", "a BIGINT, A_1 BIGINT, _c2 BIGINT, a_2 BIGINT", "1|2|3|4\n");
    spec = file_spec(u, "t.csv", "a,b\nx,y\n");
    spec.header = -1;
    check(u, &spec, "_c0 STRING, _c1 STRING", "a|b\nx|y\n");
    spec = file_spec(u, "t.csv", "1,2\n3,4\n");
    spec.header = 1;
    check(u, &spec, "1 BIGINT, 2 BIGINT", "3|4\n");
}

static void schema_is_taken_by_name_or_place(void **state)
{
    unit_state     *u = *state;
    brasa_read_spec spec = file_spec(u, "t.csv", "b,a,c\n1.25,2,x\n");

    spec.schema = "a INT, b DECIMAL(8,3)";
    check(u, &spec, "a INT, b DECIMAL(8,3)", "2|1.250\n");
    spec.schema = "x DOUBLE, y SMALLINT, z STRING";
    check(u, &spec, "x DOUBLE, y SMALLINT, z STRING", "1.25|2|x\n");
    spec.schema = "x DOUBLE, y SMALLINT";
    check_fails(u, &spec, BRASA_DATA, "the schema has 2 columns");
    spec.schema = "a ARRAY<INT>, b INT, c STRING";
    check_fails(u, &spec, BRASA_UNSUPPORTED, "ARRAY<INT>");
}

static void tbl_has_bars_and_one_too_many(void **state)
{
    unit_state     *u = *state;
    brasa_read_spec spec = file_spec(u, "nation.tbl", "0|ALGERIA|0| haggle|\n1|ARGENTINA|1|al foxes|\n");

    check(u, &spec, "_c0 BIGINT, _c1 STRING, _c2 BIGINT, _c3 STRING", "0|ALGERIA|0| haggle\n1|ARGENTINA|1|al foxes\n");
    spec.schema = "n_nationkey INT, n_name STRING, n_regionkey INT, n_comment STRING";
    check(u, &spec, "n_nationkey INT, n_name STRING, n_regionkey INT, n_comment STRING", "0|ALGERIA|0| haggle\n1|ARGENTINA|1|al foxes\n");
}

static void tabs_by_suffix(void **state)
{
    brasa_read_spec spec = file_spec(*state, "t.tsv", "a\tb\n1,5\tx\n");

    check(*state, &spec, "a STRING, b STRING", "1,5|x\n");
}

static void one_column_keeps_its_empty_lines(void **state)
{
    check_text(*state, "a\n1\n\n2\n", "a BIGINT", "1\nNULL\n2\n");
    check_text(*state, "a,b\n1,2\n\n3,4\n\n", "a BIGINT, b BIGINT", "1|2\n3|4\n");
}

static void projection_takes_columns_in_any_order(void **state)
{
    unit_state     *u = *state;
    brasa_read_spec spec = file_spec(u, "t.csv", "a,b,c\n1,x,2.5\n2,y,3.5\n");
    const char     *got;

    assert_ok(table_read(u->arena, &spec, (int32_t[]) {2, 0}, 2, &got, &u->err), u->err);
    assert_string_equal(got, "2.5|1\n3.5|2\n");
    assert_ok(table_read(u->arena, &spec, (int32_t[]) {0}, 0, &got, &u->err), u->err);
    assert_string_equal(got, "\n\n");
}

static void a_value_of_another_type_names_line_and_column(void **state)
{
    unit_state     *u = *state;
    brasa_read_spec spec = file_spec(u, "orders.csv", "id,qty\n1,2\n\"2\n\",3\n4,abc\n");

    spec.schema = "id STRING, qty BIGINT";
    check_fails(u, &spec, BRASA_DATA, "orders.csv:5: 'abc' is not BIGINT; declare column qty as STRING");
    spec = file_spec(u, "t.csv", "a,b\n300,1\n");
    spec.schema = "a TINYINT, b INT";
    check_fails(u, &spec, BRASA_DATA, "'300' is not TINYINT");
}

static void malformed_records_are_errors(void **state)
{
    unit_state     *u = *state;
    brasa_read_spec spec = file_spec(u, "t.csv", "a,b\n1,2\n3\n");

    check_fails(u, &spec, BRASA_DATA, "t.csv:3: 1 fields where 2 are expected");
    spec = file_spec(u, "t.csv", "a,b\n1,2\n3,4,5\n");
    check_fails(u, &spec, BRASA_DATA, "t.csv:3: 3 fields where 2");
    spec = file_spec(u, "t.csv", "a,b\n1,2\n3,\"4\n5,6\n");
    check_fails(u, &spec, BRASA_DATA, "t.csv:3: a quote opens a field and is never closed");
    spec = file_spec(u, "t.csv", "a,b\n1,2\n3,\"4\"x\n");
    check_fails(u, &spec, BRASA_DATA, "t.csv:3: text after a closing quote");
    spec = file_spec(u, "t.csv", "a,b\n1,caf\xe9\n");
    check_fails(u, &spec, BRASA_DATA, "t.csv:2: column b holds bytes that are not UTF-8");
    spec = file_spec(u, "t.csv", "");
    check_fails(u, &spec, BRASA_DATA, "is empty");
}

static void bad_records_are_skipped_when_asked(void **state)
{
    unit_state     *u = *state;
    brasa_read_spec spec = file_spec(u, "t.csv", "a,b\n1,x\n2\nbad,y\n3,\"q\"z\n,w\n4,v\n5,\"open\n6,u\n");
    const char     *got;

    spec.schema = "a INT, b STRING";
    spec.skip_bad = true;
    check(u, &spec, "a INT, b STRING", "1|x\nNULL|w\n4|v\n6|u\n");
    assert_ok(table_read(u->arena, &spec, (int32_t[]) {1}, 1, &got, &u->err), u->err);
    assert_string_equal(got, "x\nw\nv\nu\n"); /* the same records, although `a` is not asked for */
}

static void an_empty_file_has_the_columns_of_the_schema(void **state)
{
    brasa_read_spec spec = file_spec(*state, "t.csv", "");

    spec.schema = "a INT, b STRING";
    check(*state, &spec, "a INT, b STRING", "");
}

static void files_of_a_directory_are_one_table(void **state)
{
    unit_state     *u = *state;
    char           *dir = unit_tmpdir(u->arena);
    brasa_read_spec spec = {.uri = dir, .format = BRASA_FORMAT_CSV};

    table_file(u->arena, dir, "a.csv", "x,y\n1,p\n", 8);
    table_file(u->arena, dir, "b.csv", "x,y\n2.5,q\n", 10);
    table_file(u->arena, dir, "_SUCCESS", "", 0);
    table_file(u->arena, dir, "c.csv", "", 0);
    check(u, &spec, "x DOUBLE, y STRING", "1.0|p\n2.5|q\n");
    spec.uri = brasa__arena_printf(u->arena, "%s/[ab].csv", dir);
    spec.format = BRASA_FORMAT_AUTO;
    check(u, &spec, "x DOUBLE, y STRING", "1.0|p\n2.5|q\n");
    table_file(u->arena, dir, "d.csv", "x,z\n3,r\n", 8);
    spec.uri = brasa__arena_printf(u->arena, "%s/*.csv", dir);
    check_fails(u, &spec, BRASA_DATA, "d.csv (x, z) differ");
}

/* --- partitions of any size give the same rows */

static void add_random_field(unit_random *r, brasa_text *csv, brasa_text *want)
{
    static const char *const pieces[] = {"a", "bc", ",", "\n", "\"", "\r\n", "1,2\n3,4\n", "\"\"", " ", "xyz", "\",\"", "\"\n\""};
    int64_t                  n = unit_between(r, 0, 6);

    if (unit_chance(r, 0.5)) {
        brasa__text_addf(csv, "w%d", (int)unit_between(r, 0, 99));
        brasa__text_add(want, csv->s + csv->len - strlen(strrchr(csv->s, 'w')));
        return;
    }
    brasa__text_add(csv, "\"");
    for (int64_t i = 0; i < n; i++) {
        const char *p = pieces[unit_between(r, 0, 11)];

        brasa__text_add(want, p);
        for (; *p != '\0'; p++) brasa__text_add(csv, *p == '"' ? "\"\"" : (char[]) {*p, '\0'});
    }
    brasa__text_add(csv, "\"");
}

static void any_partition_size_gives_the_same_rows(void **state)
{
    unit_state *u = *state;

    for (uint64_t seed = 1; seed <= 40; seed++) {
        unit_random     r = {seed};
        brasa_text      csv, want;
        brasa_read_spec spec;
        int64_t         rows = unit_between(&r, 1, 60);
        const char     *got;

        brasa__text_init(&csv, u->arena);
        brasa__text_init(&want, u->arena);
        brasa__text_add(&csv, "first,second\n");
        for (int64_t i = 0; i < rows; i++) {
            add_random_field(&r, &csv, &want);
            brasa__text_add(&csv, ",");
            brasa__text_add(&want, "|");
            add_random_field(&r, &csv, &want);
            brasa__text_add(&csv, seed % 2 ? "\n" : "\r\n");
            brasa__text_add(&want, "\n");
        }
        spec = (brasa_read_spec) {.uri = table_file(u->arena, unit_tmpdir(u->arena), "t.csv", csv.s, csv.len),
                                  .schema = "first STRING, second STRING"};
        for (int64_t size = 1; size <= 4096; size = size * 3 + 1) {
            spec.partition_bytes = size;
            assert_ok(table_read(u->arena, &spec, NULL, 0, &got, &u->err), u->err);
            assert_string_equal(got, want.s);
        }
    }
}

/* A field of text that looks like records, wider than the windows that settle what is quoted. */
static void a_long_quoted_field_is_not_cut(void **state)
{
    unit_state     *u = *state;
    brasa_text      csv;
    brasa_read_spec spec;
    brasa_error     err;
    const char     *got;

    brasa__text_init(&csv, u->arena);
    brasa__text_add(&csv, "a,b\n1,\"");
    for (int i = 0; i < 60000; i++) brasa__text_add(&csv, "some,thing\n");
    brasa__text_add(&csv, "\"\n");
    for (int i = 0; i < 2000; i++) brasa__text_add(&csv, "7,x\n");
    spec = (brasa_read_spec) {.uri = table_file(u->arena, unit_tmpdir(u->arena), "t.csv", csv.s, csv.len), .schema = "a INT, b STRING"};
    for (int64_t size = 10000; size < 3000000; size *= 7) {
        spec.partition_bytes = size;
        /* right, or an error; never other rows */
        if (table_read(u->arena, &spec, (int32_t[]) {0}, 1, &got, &err) == BRASA_OK) {
            assert_int_equal(strlen(got), 2 * 2001);
        } else {
            assert_text_has(err.text, "larger partition size");
        }
    }
}

static void batches_of_every_size_come_whole(void **state)
{
    unit_state *u = *state;
    const int   sizes[] = {1, 63, 64, 65, 2047, 2048, 2049, 16383, 16384, 16385, 40000};

    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        brasa_text      csv, want;
        brasa_read_spec spec;
        const char     *got;

        brasa__text_init(&csv, u->arena);
        brasa__text_init(&want, u->arena);
        brasa__text_add(&csv, "n,name\n");
        for (int i = 0; i < sizes[k]; i++) {
            bool null = i % 97 == 5;

            brasa__text_addf(&csv, "%s,a rather long name %d\n", null ? "" : brasa__arena_printf(u->arena, "%d", i), i);
            brasa__text_addf(&want, "%s|a rather long name %d\n", null ? "NULL" : brasa__arena_printf(u->arena, "%d", i), i);
        }
        spec = (brasa_read_spec) {.uri = table_file(u->arena, unit_tmpdir(u->arena), "t.csv", csv.s, csv.len), .partition_bytes = 100000};
        assert_ok(table_read(u->arena, &spec, NULL, 0, &got, &u->err), u->err);
        assert_string_equal(got, want.s);
    }
}

static void ten_thousand_columns(void **state)
{
    unit_state     *u = *state;
    brasa_text      csv;
    brasa_read_spec spec;
    brasa_table    *t;
    const char     *got;

    brasa__text_init(&csv, u->arena);
    for (int i = 0; i < 10000; i++) brasa__text_addf(&csv, "%sc%d", i ? "," : "", i);
    brasa__text_add(&csv, "\n");
    for (int row = 0; row < 5; row++) {
        for (int i = 0; i < 10000; i++) brasa__text_addf(&csv, "%s%d", i ? "," : "", i + row);
        brasa__text_add(&csv, "\n");
    }
    spec = (brasa_read_spec) {.uri = table_file(u->arena, unit_tmpdir(u->arena), "t.csv", csv.s, csv.len)};
    assert_ok(brasa__table_open(u->arena, &spec, &t, &u->err), u->err);
    assert_int_equal(t->schema.ncols, 10000);
    assert_ok(table_read(u->arena, &spec, (int32_t[]) {9999, 0}, 2, &got, &u->err), u->err);
    assert_string_equal(got, "9999|0\n10000|1\n10001|2\n10002|3\n10003|4\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(types_are_inferred),
        unit_case(quotes_newlines_and_crlf),
        unit_case(byte_order_mark_and_no_last_newline),
        unit_case(empty_fields_are_null_and_quoted_ones_are_not),
        unit_case(null_text_is_null_only_unquoted),
        unit_case(header_is_found_or_not),
        unit_case(schema_is_taken_by_name_or_place),
        unit_case(tbl_has_bars_and_one_too_many),
        unit_case(tabs_by_suffix),
        unit_case(one_column_keeps_its_empty_lines),
        unit_case(projection_takes_columns_in_any_order),
        unit_case(a_value_of_another_type_names_line_and_column),
        unit_case(malformed_records_are_errors),
        unit_case(bad_records_are_skipped_when_asked),
        unit_case(an_empty_file_has_the_columns_of_the_schema),
        unit_case(files_of_a_directory_are_one_table),
        unit_case(any_partition_size_gives_the_same_rows),
        unit_case(a_long_quoted_field_is_not_cut),
        unit_case(batches_of_every_size_come_whole),
        unit_case(ten_thousand_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
