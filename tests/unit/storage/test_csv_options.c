/* What read_csv can be told: comments, escapes, delimiters of several characters, encodings, commas in numbers, records of any length. */
#include "support/unit.h"

#include <string.h>

#include "support/table.h"

static brasa_read_spec with(unit_state *u, const char *text, size_t n, const char *const *options)
{
    brasa_read_spec spec = {.uri = table_file(u->arena, unit_tmpdir(u->arena), "t.csv", text, n)};

    for (; *options != NULL; options += 2) assert_ok(brasa__read_option(u->arena, &spec, options[0], options[1], &u->err), u->err);
    return spec;
}
#define OPTIONS(...) ((const char *const[]) {__VA_ARGS__, NULL})

static void check(unit_state *u, const char *text, const char *const *options, const char *schema, const char *rows)
{
    brasa_read_spec spec = with(u, text, strlen(text), options);
    brasa_table    *t;
    const char     *got;

    assert_ok(brasa__table_open(u->arena, &spec, &t, &u->err), u->err);
    assert_string_equal(table_schema_text(u->arena, t->schema), schema);
    assert_ok(table_read(u->arena, &spec, NULL, 0, &got, &u->err), u->err);
    assert_string_equal(got, rows);
}

static void check_fails(unit_state *u, const char *text, const char *const *options, brasa_status code, const char *part)
{
    brasa_read_spec spec = with(u, text, strlen(text), options);
    const char     *got;

    assert_status(table_read(u->arena, &spec, NULL, 0, &got, &u->err), code, u->err);
    assert_text_has(u->err.text, part);
}

static void comments_and_lines_before_the_header(void **state)
{
    unit_state *u = *state;

    check(u, "# one, \"two\na,b\n1,x\n#3\n2,#y\n# end", OPTIONS("comment", "#"), "a BIGINT, b STRING", "1|x\n2|#y\n");
    check(u, "#\n#\n", OPTIONS("comment", "#", "schema", "a INT"), "a INT", "");
    check(u, "title\n\na,b\n1,2\n", OPTIONS("skip", "2"), "a BIGINT, b BIGINT", "1|2\n");
    check(u, "a\n1\n", OPTIONS("skip", "7", "schema", "a INT"), "a INT", "");
    check_fails(u, "a,b\n# x\n1\n", OPTIONS("comment", "#"), BRASA_DATA, "t.csv:3: 1 fields where 2");
}

static void another_escape(void **state)
{
    unit_state *u = *state;

    check(u, "a,b\n\"x\\\"y\\\\\",\"\\n\"\n\"\",\"\\\"\n,\"\n", OPTIONS("escape", "\\"), "a STRING, b STRING", "x\"y\\|n\n|\"\n,\n");
    check(u, "a,b\n'x^'y',1\n", OPTIONS("escape", "^", "quote", "'"), "a STRING, b BIGINT", "x'y|1\n");
    check_fails(u, "a\n\"x\\\"", OPTIONS("escape", "\\", "header", "true"), BRASA_DATA, "never closed");
}

static void a_decimal_comma(void **state)
{
    unit_state *u = *state;

    check(u, "a;b;c\n1,5;2;x,y\n-,25;1e3;z\n", OPTIONS("decimal_separator", ","), "a DOUBLE, b DOUBLE, c STRING",
          "1.5|2.0|x,y\n-0.25|1000.0|z\n");
    check(u, "a|b\n1,50|7\n12,5|-8,125\n", OPTIONS("decimal_separator", ",", "sep", "|", "schema", "a DECIMAL(5,2), b DECIMAL(30,3)"),
          "a DECIMAL(5,2), b DECIMAL(30,3)", "1.50|7.000\n12.50|-8.125\n");
    check_fails(u, "a\n1.234,5\n", OPTIONS("decimal_separator", ",", "schema", "a DOUBLE"), BRASA_DATA, "'1.234,5' is not DOUBLE");
}

static void records_of_any_length(void **state)
{
    static const char text[] = "a,b,c\n1,2,3\n4\n\nx,6\n7,8,9,10\n\"\",\n";
    unit_state       *u = *state;
    const char       *all = "a STRING, b BIGINT, c BIGINT";

    check(u, text, OPTIONS("mode", "permissive", "schema", "a INT, b INT, c INT"), "a INT, b INT, c INT",
          "1|2|3\n4|NULL|NULL\nNULL|6|NULL\n7|8|9\nNULL|NULL|NULL\n");
    check(u, text, OPTIONS("mode", "PERMISSIVE"), all, "1|2|3\n4|NULL|NULL\nx|6|NULL\n7|8|9\n|NULL|NULL\n");
    check(u, text, OPTIONS("mode", "DropMalformed", "header", "true"), all, "1|2|3\n");
    check(u, "a,b\n1\n2,NA\nNA\n", OPTIONS("null_padding", "true", "nullstr", "NA"), "a BIGINT, b STRING", "1|NULL\n2|NULL\nNULL|NULL\n");
    check_fails(u, text, OPTIONS("null_padding", "true"), BRASA_DATA, "4 fields where 3");
    check_fails(u, text, OPTIONS("mode", "FAILFAST"), BRASA_DATA, "1 fields where 3");
}

static void delimiters_of_several_characters(void **state)
{
    unit_state *u = *state;

    check(u, "a||b\n1||\"x||\"\"y\"\n2||z|\n", OPTIONS("delim", "||"), "a BIGINT, b STRING", "1|x||\"y\n2|z|\n");
    check(u, "a\\t\n", OPTIONS("delim", "\\t"), "a\\t STRING", "");
    check(u, "a, b\n\"1\", 2\n", OPTIONS("sep", ", "), "a BIGINT, b BIGINT", "1|2\n");
    check_fails(u, "a::\x1f\n", OPTIONS("sep", "::"), BRASA_UNSUPPORTED, "0x1f");
}

static void lines_that_end_by_cr_alone(void **state)
{
    check(*state, "a,b\r1,x\r\"2\",\"y\"\r", OPTIONS("header", "true"), "a BIGINT, b STRING", "1|x\n2|y\n");
}

static void encodings(void **state)
{
    static const char wide[] = "\xff\xfe"
                               "a\0,\0b\0\n\0\xe9\0,\0001\0\n\0";
    unit_state       *u = *state;
    brasa_read_spec   spec = {.uri = table_file(u->arena, unit_tmpdir(u->arena), "w.csv", wide, sizeof wide - 1)};
    const char       *got;

    assert_ok(table_read(u->arena, &spec, NULL, 0, &got, &u->err), u->err);
    assert_string_equal(got, "\xc3\xa9|1\n");
    check(u, "n,s\n1,caf\xe9\n2,\xfc\n", OPTIONS("encoding", "latin1"), "n BIGINT, s STRING", "1|caf\xc3\xa9\n2|\xc3\xbc\n");
    check(u, "n,s\n1,\x80\n", OPTIONS("charset", "windows-1252"), "n BIGINT, s STRING", "1|\xe2\x82\xac\n");
    check_fails(u, "n\n1\n", OPTIONS("encoding", "klingon"), BRASA_UNSUPPORTED, "there is no encoding 'klingon'");
    check_fails(u, "n\n\xc3(\n", OPTIONS("encoding", "ASCII"), BRASA_CORRUPT, "byte 2 is not ASCII");
}

static void types_need_not_be_guessed(void **state)
{
    check(*state, "a,b\n007,1.50\n", OPTIONS("all_varchar", "true"), "a STRING, b STRING", "007|1.50\n");
    check(*state, "a,b\n007,1.50\n", OPTIONS("inferSchema", "false"), "a STRING, b STRING", "007|1.50\n");
}

static void what_is_no_option(void **state)
{
    unit_state     *u = *state;
    brasa_read_spec spec = {0};

    assert_status(brasa__read_option(u->arena, &spec, "delm", "|", &u->err), BRASA_INVALID, u->err);
    assert_text_has(u->err.text, "there is no option delm; there are schema");
    assert_status(brasa__read_option(u->arena, &spec, "quote", "''", &u->err), BRASA_INVALID, u->err);
    assert_status(brasa__read_option(u->arena, &spec, "header", "perhaps", &u->err), BRASA_INVALID, u->err);
    assert_status(brasa__read_option(u->arena, &spec, "skip", "-1", &u->err), BRASA_INVALID, u->err);
    assert_status(brasa__read_option(u->arena, &spec, "mode", "strict", &u->err), BRASA_INVALID, u->err);
}

/* Comments, escapes and short records, cut anywhere. */
static void any_partition_size_gives_the_same_rows(void **state)
{
    static const char *const        fields[] = {"x", "\"a,b\"", "\"two\nlines\"", "\"q\\\"q\"", "\"\"", "long plain text", "\"\\\\\""},
                             *const values[] = {"x", "a,b", "two\nlines", "q\"q", "", "long plain text", "\\"};
    unit_state                     *u = *state;

    for (uint64_t seed = 1; seed <= 30; seed++) {
        unit_random     r = {seed};
        brasa_text      csv, want;
        brasa_read_spec spec;
        const char     *got;

        brasa__text_init(&csv, u->arena);
        brasa__text_init(&want, u->arena);
        brasa__text_add(&csv, "first,second\n");
        for (int64_t left = unit_between(&r, 1, 60); left > 0; left--) {
            int64_t a = unit_between(&r, 0, 6), b = unit_between(&r, 0, 6), kind = unit_between(&r, 0, 5);

            if (kind == 0) brasa__text_add(&csv, "# \" a, comment, \"of\" many \\ fields,,\n");
            brasa__text_addf(&csv, "%s%s%s\n", fields[a], kind == 1 ? "" : ",", kind == 1 ? "" : fields[b]);
            brasa__text_addf(&want, "%s|%s\n", values[a], kind == 1 ? "NULL" : values[b]);
        }
        spec = with(u, csv.s, csv.len,
                    OPTIONS("comment", "#", "escape", "\\", "null_padding", "true", "schema", "first STRING, second STRING"));
        for (int64_t size = 1; size <= 4096; size = size * 3 + 1) {
            spec.partition_bytes = size;
            assert_ok(table_read(u->arena, &spec, NULL, 0, &got, &u->err), u->err);
            assert_string_equal(got, want.s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(comments_and_lines_before_the_header),
        unit_case(another_escape),
        unit_case(a_decimal_comma),
        unit_case(records_of_any_length),
        unit_case(delimiters_of_several_characters),
        unit_case(lines_that_end_by_cr_alone),
        unit_case(encodings),
        unit_case(types_need_not_be_guessed),
        unit_case(what_is_no_option),
        unit_case(any_partition_size_gives_the_same_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
