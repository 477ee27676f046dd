/* test_value.c -- single values: text, order, columns, bytes. */
#include "support/data.h"

#include <math.h>
#include <string.h>

static const char *text_of(unit_state *s, const brasa_value *v)
{
    brasa_text text;

    brasa__text_init(&text, s->arena);
    brasa__value_text(v, &text);
    return text.s;
}

static const char *cast(unit_state *s, const char *text, const char *type)
{
    brasa_type  t;
    brasa_value v;

    assert_ok(brasa__type_parse(s->arena, type, &t, &s->err), s->err);
    if (brasa__value_parse(s->arena, text, strlen(text), t, &v, &s->err) != BRASA_OK) {
        assert_int_equal(s->err.code, BRASA_DATA);
        assert_text_has(s->err.text, text);
        return "no";
    }
    return text_of(s, &v);
}

static void text_becomes_values_of_every_kind(void **state)
{
    unit_state *s = *state;

    assert_string_equal(cast(s, " 12 ", "int"), "12");
    assert_string_equal(cast(s, "300", "tinyint"), "no");
    assert_string_equal(cast(s, "-32768", "smallint"), "-32768");
    assert_string_equal(cast(s, "2147483648", "int"), "no");
    assert_string_equal(cast(s, "1.5", "bigint"), "no");
    assert_string_equal(cast(s, "1e3", "double"), "1000.0");
    assert_string_equal(cast(s, "0.1", "float"), "0.1");
    assert_string_equal(cast(s, "12.345", "decimal(10,2)"), "12.35");
    assert_string_equal(cast(s, "12345678901234567890.5", "decimal(38,1)"), "12345678901234567890.5");
    assert_string_equal(cast(s, "yes", "boolean"), "true");
    assert_string_equal(cast(s, "maybe", "boolean"), "no");
    assert_string_equal(cast(s, "2020-02-29", "date"), "2020-02-29");
    assert_string_equal(cast(s, "1969-12-31 23:00:00", "date"), "1969-12-31");
    assert_string_equal(cast(s, "2021-02-29", "date"), "no");
    assert_string_equal(cast(s, "2020-01-01 01:02:03", "timestamp"), "2020-01-01 01:02:03");
    assert_string_equal(cast(s, " 01:02:03.5 ", "time"), "01:02:03.5");
    assert_string_equal(cast(s, "01:02:03.4567", "time(2)"), "01:02:03.45");
    assert_string_equal(cast(s, "24:00", "time"), "no");
    assert_string_equal(cast(s, "2 days", "interval"), "2 days");
    assert_string_equal(cast(s, " kept ", "string"), " kept ");
    assert_string_equal(cast(s, "", "int"), "no");
}

static void nested_values_print_with_brackets(void **state)
{
    unit_state *s = *state;
    brasa_value items[3] = {brasa_value_i32(1), brasa_value_null(), brasa_value_i32(3)};
    brasa_value v = {.type = brasa__type_list(s->arena, brasa__type(BRASA_KIND_INT32)), .u.list = {items, 3}};

    assert_string_equal(text_of(s, &v), "[1, null, 3]");
    v.type.kind = BRASA_KIND_STRUCT;
    assert_string_equal(text_of(s, &v), "{1, null, 3}");
    v.null = true;
    assert_string_equal(text_of(s, &v), "NULL");
}

static void parameters_that_do_not_parse_are_told_of(void **state)
{
    unit_state *s = *state;
    brasa_value good[] = {BRASA_DATE("1998-09-02"), BRASA_TIMESTAMP("1998-09-02 01:02:03"), BRASA_DECIMAL("-12.50"), BRASA_STR("x"),
                          BRASA_NULL_VALUE};
    brasa_value bad[] = {BRASA_DATE("1998-09-31"), BRASA_TIMESTAMP("yesterday"), BRASA_DECIMAL("1e5"), BRASA_DECIMAL(NULL),
                         BRASA_DECIMAL("1234567890123456789012345678901234567890")};
    brasa_value copy, clock[] = {BRASA_TIME("13:45:01.25"), BRASA_TIME("25:00:00")};

    assert_ok(brasa__value_check(&clock[0], &s->err), s->err);
    assert_string_equal(text_of(s, &clock[0]), "13:45:01.25");
    assert_status(brasa__value_check(&clock[1], &s->err), BRASA_INVALID, s->err);
    assert_text_has(s->err.text, "'25:00:00' is not a TIME; write a time as 13:45:00");
    for (size_t i = 0; i < 5; i++) assert_ok(brasa__value_check(&good[i], &s->err), s->err);
    for (size_t i = 0; i < 5; i++) {
        copy = brasa__value_copy(s->arena, &bad[i]);
        assert_status(brasa__value_check(&copy, &s->err), BRASA_INVALID, s->err);
    }
    assert_status(brasa__value_check(&bad[0], &s->err), BRASA_INVALID, s->err);
    assert_text_has(s->err.text, "'1998-09-31' is not a DATE");
    assert_string_equal(text_of(s, &good[2]), "-12.50");
    assert_int_equal(good[2].type.precision, 4);
    assert_int_equal(good[2].type.scale, 2);
    assert_int_equal(BRASA_DECIMAL("0.05").type.precision, 2);
    assert_int_equal(BRASA_DECIMAL("12345678901234567890").type.precision, 20);
    assert_int_equal(good[0].u.i, 10471);
}

static void order_puts_nulls_first_and_nan_last(void **state)
{
    brasa_value v[] = {brasa_value_null(), brasa_value_f64(-(double)INFINITY), brasa_value_f64(-1),
                       brasa_value_f64(0), brasa_value_f64((double)INFINITY),  brasa_value_f64((double)NAN)};
    brasa_value minus_zero = brasa_value_f64(-0.0);

    (void)state;
    for (int i = 0; i < 6; i++) {
        for (int k = 0; k < 6; k++) assert_int_equal(brasa__value_compare(&v[i], &v[k]), (i > k) - (i < k));
    }
    assert_int_equal(brasa__value_compare(&minus_zero, &v[3]), 0);
}

static void strings_order_by_bytes(void **state)
{
    static const char *const sorted[] = {"",     "a",  "aa", "aaaa",    "aaaaaaaaaaaa", "aaaaaaaaaaaaa", "aaaaaaaaaaaab",
                                         "aaab", "ab", "b",  "\xc3\xa9"};

    (void)state;
    for (int i = 0; i < 11; i++) {
        for (int k = 0; k < 11; k++) {
            brasa_value a = brasa_value_string(sorted[i]), b = brasa_value_string(sorted[k]);
            int         c = brasa__value_compare(&a, &b);

            assert_int_equal((c > 0) - (c < 0), (i > k) - (i < k));
        }
    }
}

static void intervals_compare_by_length(void **state)
{
    brasa_value month = {.type.kind = BRASA_KIND_INTERVAL, .u.interval = {.months = 1}};
    brasa_value days = {.type.kind = BRASA_KIND_INTERVAL, .u.interval = {.days = 30}};
    brasa_value more = {.type.kind = BRASA_KIND_INTERVAL, .u.interval = {.days = 29, .us = 86400000001}};

    (void)state;
    assert_int_equal(brasa__value_compare(&month, &days), 0);
    assert_int_equal(brasa__value_compare(&month, &more), -1);
}

static void values_survive_columns_copies_and_bytes(void **state)
{
    unit_state *s = *state;
    unit_random r = {51};

    for (int i = 0; i < 2000; i++) {
        brasa_type   t = data_type(s->arena, i % DATA_TYPES);
        brasa_value  v = data_random_value(s->arena, &r, t, (data_options) {.nulls = 0.2}), back;
        brasa_column c = brasa__value_column(s->arena, &v);
        brasa_wire   w;
        brasa_reader in;

        assert_int_equal(c.encoding, BRASA_CONST);
        back = brasa__column_value(&c, 1000, s->arena);
        assert_int_equal(back.null, v.null);
        assert_int_equal(brasa__value_compare(&back, &v), 0);
        back = brasa__value_copy(s->arena, &v);
        assert_int_equal(brasa__value_compare(&back, &v), 0);
        brasa__wire_init(&w, s->arena);
        brasa__put_value(&w, &v);
        in = brasa__reader(w.data, w.len);
        back = brasa__get_value(&in, s->arena);
        assert_false(in.bad);
        assert_int_equal(in.pos, w.len);
        assert_int_equal(brasa__value_compare(&back, &v), 0);
        in = brasa__reader(w.data, unit_next(&r) % w.len);
        back = brasa__get_value(&in, s->arena);
        assert_true(in.bad);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(text_becomes_values_of_every_kind),
        unit_case(nested_values_print_with_brackets),
        unit_case(parameters_that_do_not_parse_are_told_of),
        unit_case(order_puts_nulls_first_and_nan_last),
        unit_case(strings_order_by_bytes),
        unit_case(intervals_compare_by_length),
        unit_case(values_survive_columns_copies_and_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
