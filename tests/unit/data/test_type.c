/* test_type.c -- types and schemas as text and as bytes. */
#include "support/data.h"

#include <string.h>

static const char *text_of(unit_state *s, brasa_type t)
{
    brasa_text text;

    brasa__text_init(&text, s->arena);
    brasa__type_text(t, &text);
    return text.s;
}

static const char *reparse(unit_state *s, const char *text)
{
    brasa_type t;

    assert_ok(brasa__type_parse(s->arena, text, &t, &s->err), s->err);
    return text_of(s, t);
}

static void names_of_both_dialects_are_known(void **state)
{
    unit_state *s = *state;

    assert_string_equal(reparse(s, "int"), "INT");
    assert_string_equal(reparse(s, " BigInt "), "BIGINT");
    assert_string_equal(reparse(s, "int8"), "BIGINT");
    assert_string_equal(reparse(s, "double precision"), "DOUBLE");
    assert_string_equal(reparse(s, "varchar(20)"), "STRING");
    assert_string_equal(reparse(s, "character varying(20)"), "STRING");
    assert_string_equal(reparse(s, "numeric(12, 2)"), "DECIMAL(12,2)");
    assert_string_equal(reparse(s, "decimal"), "DECIMAL(10,0)");
    assert_string_equal(reparse(s, "timestamp(6) without time zone"), "TIMESTAMP_NTZ");
    assert_string_equal(reparse(s, "timestamp with local time zone"), "TIMESTAMP");
    assert_string_equal(reparse(s, "timestamp_ltz"), "TIMESTAMP");
    assert_string_equal(reparse(s, "time"), "TIME");
    assert_string_equal(reparse(s, "TIME(6) without time zone"), "TIME");
    assert_string_equal(reparse(s, "array<time(3)>"), "ARRAY<TIME(3)>");
    assert_string_equal(reparse(s, "interval"), "INTERVAL");
    assert_string_equal(reparse(s, "interval year to month"), "INTERVAL YEAR TO MONTH");
    assert_string_equal(reparse(s, "interval Hour To second"), "INTERVAL HOUR TO SECOND");
    assert_string_equal(reparse(s, "interval day"), "INTERVAL DAY");
    assert_string_equal(reparse(s, "int[][]"), "ARRAY<ARRAY<INT>>");
    assert_string_equal(reparse(s, "array<struct<a int, `b c`: text not null>>"), "ARRAY<STRUCT<a: INT, \"b c\": STRING>>");
    assert_string_equal(reparse(s, "vector(128)"), "VECTOR(128)");
}

/* The digits of a time go with it, and no more than six come from outside. */
static void times_keep_their_digits(void **state)
{
    unit_state  *s = *state;
    brasa_type   full = brasa__type(BRASA_KIND_TIME), milli = brasa__type_time(3);
    brasa_wire   w;
    brasa_reader r;

    assert_true(brasa__type_equal(full, brasa__type_time(6)));
    assert_false(brasa__type_equal(full, milli));
    brasa__wire_init(&w, s->arena);
    brasa__put_type(&w, milli);
    r = brasa__reader(w.data, w.len);
    assert_true(brasa__type_equal(brasa__get_type(&r, s->arena), milli));
    assert_false(r.bad);
    w.data[w.len - 1] = 7;
    r = brasa__reader(w.data, w.len);
    (void)brasa__get_type(&r, s->arena);
    assert_true(r.bad);
    assert_status(brasa__type_parse(s->arena, "time(7)", &full, &s->err), BRASA_SYNTAX, s->err);
}

static void every_type_survives_text_and_bytes(void **state)
{
    unit_state *s = *state;

    for (int32_t i = 0; i < DATA_TYPES; i++) {
        brasa_type   t = data_type(s->arena, i), back, copy = brasa__type_copy(s->arena, t);
        brasa_wire   w;
        brasa_reader r;

        assert_true(brasa__type_equal(t, copy));
        assert_ok(brasa__type_parse(s->arena, text_of(s, t), &back, &s->err), s->err);
        assert_true(brasa__type_equal(t, back));
        brasa__wire_init(&w, s->arena);
        brasa__put_type(&w, t);
        r = brasa__reader(w.data, w.len);
        back = brasa__get_type(&r, s->arena);
        assert_false(r.bad);
        assert_int_equal(r.pos, w.len);
        assert_true(brasa__type_equal(t, back));
        for (int32_t k = 0; k < i; k++) assert_false(brasa__type_equal(t, data_type(s->arena, k)));
    }
}

static void schema_text_has_names_types_and_nullability(void **state)
{
    unit_state  *s = *state;
    brasa_schema schema, back;
    brasa_wire   w;
    brasa_reader r;
    bool         twice;

    assert_ok(brasa__schema_parse(s->arena, "a INT, \"B \"\"x\" decimal(12,2) NOT NULL, c array<string>", &schema, &s->err), s->err);
    assert_int_equal(schema.ncols, 3);
    assert_string_equal(schema.cols[1].name, "B \"x");
    assert_false(schema.cols[1].nullable);
    assert_true(schema.cols[2].nullable);
    assert_int_equal(brasa__schema_find(schema, "C", &twice), 2);
    assert_false(twice);
    assert_int_equal(brasa__schema_find(schema, "d", &twice), -1);
    brasa__wire_init(&w, s->arena);
    brasa__put_schema(&w, schema);
    r = brasa__reader(w.data, w.len);
    back = brasa__get_schema(&r, s->arena);
    assert_false(r.bad);
    assert_int_equal(back.ncols, 3);
    for (int32_t i = 0; i < 3; i++) {
        assert_string_equal(back.cols[i].name, schema.cols[i].name);
        assert_true(brasa__type_equal(back.cols[i].type, schema.cols[i].type));
        assert_int_equal(back.cols[i].nullable, schema.cols[i].nullable);
    }
}

static void two_columns_of_a_name_are_ambiguous(void **state)
{
    unit_state        *s = *state;
    const brasa_field  f[] = {{"x", {.kind = BRASA_KIND_INT32}, true}, {"X", {.kind = BRASA_KIND_INT64}, true}};
    const brasa_schema schema = {.ncols = 2, .cols = f};
    bool               twice = false;

    (void)s;
    assert_int_equal(brasa__schema_find(schema, "x", &twice), 0);
    assert_true(twice);
}

static void malformed_schemas_say_where_and_what(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {{"a", "type"},
               {"", "name"},
               {"a foo", "no type 'foo'"},
               {"a bigin", "did you mean bigint"},
               {"a int,", "name"},
               {"a int b int", "','"},
               {"a decimal(39)", "38"},
               {"a decimal(5,6)", "scale"},
               {"a array", "'<'"},
               {"a array<int", "'>'"},
               {"a \"int", "type"},
               {"\"a int", "quote"},
               {"a int not", "NULL"},
               {"a int, A text", "twice"},
               {"a vector", "'('"},
               {"a varchar(x)", "number"}};
    unit_state  *s = *state;
    brasa_schema schema;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_status(brasa__schema_parse(s->arena, bad[i].text, &schema, &s->err), BRASA_SYNTAX, s->err);
        assert_text_has(s->err.text, bad[i].says);
    }
}

static void deep_types_are_refused(void **state)
{
    unit_state *s = *state;
    brasa_type  t;
    char        text[2000] = "";

    for (int i = 0; i < 200; i++) strcat(text, "array<");
    assert_status(brasa__type_parse(s->arena, text, &t, &s->err), BRASA_SYNTAX, s->err);
    assert_text_has(s->err.text, "nests");
}

static void damaged_types_are_bad_not_a_crash(void **state)
{
    unit_state  *s = *state;
    unit_random  r = {41};
    brasa_schema schema = data_schema(s->arena);
    brasa_wire   w;
    uint8_t      copy[4096];

    brasa__wire_init(&w, s->arena);
    brasa__put_schema(&w, schema);
    assert_true(w.len < sizeof copy);
    for (int i = 0; i < 3000; i++) {
        brasa_reader in;

        memcpy(copy, w.data, w.len);
        copy[unit_next(&r) % w.len] = (uint8_t)unit_next(&r);
        copy[unit_next(&r) % w.len] ^= 0x80;
        in = brasa__reader(copy, i % 2 ? w.len : unit_next(&r) % w.len);
        schema = brasa__get_schema(&in, s->arena);
        for (int32_t c = 0; c < schema.ncols && !in.bad; c++) text_of(s, schema.cols[c].type);
    }
}

/* Files hold these numbers: they stay as they are, and no two kinds share one. */
static void kinds_have_lasting_numbers(void **state)
{
    static const struct {
        brasa_kind kind;
        uint8_t    number;
    } known[] = {{BRASA_KIND_NULL, 0},    {BRASA_KIND_INT64, 5},          {BRASA_KIND_FLOAT64, 7},      {BRASA_KIND_DECIMAL, 8},
                 {BRASA_KIND_DATE, 9},    {BRASA_KIND_TIMESTAMP, 10},     {BRASA_KIND_INTERVAL, 11},    {BRASA_KIND_STRING, 12},
                 {BRASA_KIND_BINARY, 13}, {BRASA_KIND_LIST, 14},          {BRASA_KIND_VECTOR, 15},      {BRASA_KIND_STRUCT, 16},
                 {BRASA_KIND_MAP, 17},    {BRASA_KIND_TIMESTAMP_NTZ, 18}, {BRASA_KIND_INTERVAL_YM, 19}, {BRASA_KIND_INTERVAL_DT, 20},
                 {BRASA_KIND_TIME, 21}};
    unit_state *s = *state;
    bool        taken[256] = {false};

    for (int k = 0; k < BRASA_KIND_COUNT; k++) {
        brasa_wire w;

        brasa__wire_init(&w, s->arena);
        brasa__put_type(&w, (brasa_type) {.kind = (brasa_kind)k});
        assert_false(taken[w.data[0]]);
        taken[w.data[0]] = true;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (known[i].kind == (brasa_kind)k) assert_int_equal(w.data[0], known[i].number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(kinds_have_lasting_numbers),
        unit_case(names_of_both_dialects_are_known),
        unit_case(times_keep_their_digits),
        unit_case(every_type_survives_text_and_bytes),
        unit_case(schema_text_has_names_types_and_nullability),
        unit_case(two_columns_of_a_name_are_ambiguous),
        unit_case(malformed_schemas_say_where_and_what),
        unit_case(deep_types_are_refused),
        unit_case(damaged_types_are_bad_not_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
