/* JSON lines: types, nesting, partitions, what is refused, and rows written and read back. */
#include "support/unit.h"

#include <string.h>

#include "support/table.h"

static brasa_read_spec file_spec(unit_state *u, const char *text)
{
    return (brasa_read_spec) {.uri = table_file(u->arena, unit_tmpdir(u->arena), "t.jsonl", text, strlen(text))};
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
    brasa_read_spec spec = file_spec(u, text);

    check(u, &spec, schema, rows);
}

static void check_fails(unit_state *u, const brasa_read_spec *spec, const char *part)
{
    const char *got;

    assert_status(table_read(u->arena, spec, NULL, 0, &got, &u->err), BRASA_DATA, u->err);
    assert_text_has(u->err.text, part);
}

static void types_are_inferred(void **state)
{
    check_text(
        *state,
        "{\"i\": 1, \"f\": 1, \"b\": true, \"s\": \"x\", \"n\": null}\n\n{\"f\": 2.5, \"i\": 9007199254740993, \"late\": \"y\", \"b\": null}\n",
        "i BIGINT, f DOUBLE, b BOOLEAN, s STRING, n STRING, late STRING",
        "1|1.0|true|x|NULL|NULL\n9007199254740993|2.5|NULL|NULL|NULL|y\n");
}

static void arrays_and_objects_nest(void **state)
{
    check_text(*state, "{\"a\": [1, 2], \"o\": {\"x\": 1, \"y\": [\"p\"]}}\n{\"a\": [], \"o\": {\"y\": null, \"x\": 2}}\n{\"a\": null}\n",
               "a ARRAY<BIGINT>, o STRUCT<x: BIGINT, y: ARRAY<STRING>>", "[1, 2]|{1, [p]}\n[]|{2, null}\nNULL|NULL\n");
}

static void what_does_not_agree_is_text(void **state)
{
    check_text(*state, "{\"a\": 1, \"b\": {\"c\": 1}}\n{\"a\": \"x\", \"b\": [2]}\n", "a STRING, b STRING", "1|{\"c\": 1}\nx|[2]\n");
}

static void escapes_are_decoded(void **state)
{
    check_text(*state, "{\"s\": \"a\\\"b\\\\c\\n\\u00e9\\ud83d\\ude00\\ud800\"}\n", "s STRING",
               "a\"b\\c\n\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd\n");
}

static void a_schema_gives_types(void **state)
{
    unit_state     *u = *state;
    brasa_read_spec spec = file_spec(u, "{\"d\": \"2001-02-03\", \"X\": 1.25, \"v\": [1, 2.5], \"other\": 1}\n");

    spec.schema = "x DECIMAL(8,3), d DATE, v VECTOR(2), missing INT";
    check(u, &spec, "x DECIMAL(8,3), d DATE, v VECTOR(2), missing INT", "1.250|2001-02-03|[1.0, 2.5]|NULL\n");
}

static void arrays_of_records_and_pretty_ones_are_read(void **state)
{
    check_text(*state, "[\n  {\"a\": 1},\n  {\"a\": 2}\n]\n", "a BIGINT", "1\n2\n");
    check_text(*state, "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n", "a BIGINT", "1\n2\n");
    check_text(*state, "[{\"a\": 1}, {\"a\": 2}]", "a BIGINT", "1\n2\n");
}

static void malformed_records_name_line_and_byte(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{\"a\": 1}\n{\"a\": }\n", "t.jsonl:2: a value expected at byte 7"},
        {"{\"a\": 1}\n{\"a\": 1\n", "t.jsonl:2: ',' or '}' expected where the record ends"},
        {"{\"a\": 1}\n{\"a\": \"x}\n", "a closing quote"},
        {"{\"a\": 1}\n{\"a\": 01}\n", "',' or '}' expected"},
        {"{\"a\": 1}\n{\"a\": \"\\q\"}\n", "an escape"},
        {"{\"a\": 1}\n{\"a\": 1} x\n", "text behind the record"},
        {"{\"a\": 1}\n5\n", "a record is an object"},
        {"{\"a\": 1}\n{a: 1}\n", "a name in quotes"},
        {"{\"a\": 1}\n{\"a\": \"\xff\"}\n", "UTF-8"},
        {"", "no record"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        brasa_read_spec spec = file_spec(*state, cases[i].text);

        check_fails(*state, &spec, cases[i].message);
    }
}

static void values_of_another_type_name_the_column(void **state)
{
    brasa_read_spec spec = file_spec(*state, "{\"a\": 1}\n{\"a\": \"x\"}\n");

    spec.schema = "a INT";
    check_fails(*state, &spec, "t.jsonl:2: x is not INT; declare column a as STRING");
}

static void bad_records_are_skipped_when_asked(void **state)
{
    brasa_read_spec spec = file_spec(*state, "{\"a\": 1}\n{\"a\": \nnot json\n{\"a\": \"x\"}\n{\"a\": 2}\n");

    spec.skip_bad = true;
    spec.schema = "a INT";
    check(*state, &spec, "a INT", "1\n2\n");
}

static void deep_nesting_is_refused(void **state)
{
    unit_state     *u = *state;
    brasa_text      t;
    brasa_read_spec spec;

    brasa__text_init(&t, u->arena);
    brasa__text_add(&t, "{\"a\": ");
    for (int i = 0; i < 100000; i++) brasa__text_add(&t, "[");
    spec = file_spec(u, t.s);
    check_fails(u, &spec, "nest deeper");
}

static void any_partition_size_gives_the_same_rows(void **state)
{
    unit_state     *u = *state;
    brasa_text      t, want;
    brasa_read_spec spec;
    const char     *got;

    brasa__text_init(&t, u->arena);
    brasa__text_init(&want, u->arena);
    for (int i = 0; i < 200; i++) {
        brasa__text_addf(&t, "{\"n\": %d, \"s\": \"%.*s\"}\r\n", i, i % 50, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        brasa__text_addf(&want, "%d|%.*s\n", i, i % 50, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    }
    spec = file_spec(u, t.s);
    for (int64_t size = 1; size < 20000; size = size * 3 + 1) {
        spec.partition_bytes = size;
        assert_ok(table_read(u->arena, &spec, NULL, 0, &got, &u->err), u->err);
        assert_string_equal(got, want.s);
    }
}

static void rows_come_back_as_they_were_written(void **state)
{
    unit_state      *u = *state;
    const char      *text = "{\"i\":1,\"f\":1.0E300,\"s\":\"a\\\"\\n\\u0001\xc3\xa9\",\"a\":[1,null,3],\"o\":{\"x\":null,\"y\":\"z\"}}\n"
                            "{\"i\":null,\"f\":-0.1,\"s\":\"\",\"a\":[],\"o\":null}\n";
    brasa_read_spec  from = file_spec(u, text), back;
    brasa_write_spec to = {.uri = brasa__arena_printf(u->arena, "%s/out.jsonl", unit_tmpdir(u->arena))};
    brasa_table     *t;
    const char      *a, *b;

    from.partition_bytes = 40;
    assert_ok(table_copy(u->arena, &from, &to, &u->err), u->err);
    back = (brasa_read_spec) {.uri = to.uri};
    assert_ok(brasa__table_open(u->arena, &back, &t, &u->err), u->err);
    assert_string_equal(table_schema_text(u->arena, t->schema),
                        "i BIGINT, f DOUBLE, s STRING, a ARRAY<BIGINT>, o STRUCT<x: STRING, y: STRING>");
    assert_ok(table_read(u->arena, &from, NULL, 0, &a, &u->err), u->err);
    assert_ok(table_read(u->arena, &back, NULL, 0, &b, &u->err), u->err);
    assert_string_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(types_are_inferred),
        unit_case(arrays_and_objects_nest),
        unit_case(what_does_not_agree_is_text),
        unit_case(escapes_are_decoded),
        unit_case(a_schema_gives_types),
        unit_case(arrays_of_records_and_pretty_ones_are_read),
        unit_case(malformed_records_name_line_and_byte),
        unit_case(values_of_another_type_name_the_column),
        unit_case(bad_records_are_skipped_when_asked),
        unit_case(deep_nesting_is_refused),
        unit_case(any_partition_size_gives_the_same_rows),
        unit_case(rows_come_back_as_they_were_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
