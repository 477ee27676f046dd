/* test_rows.c -- hash, equality and order of rows against single values. */
#include "support/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/rows.h"

static void random_rows(unit_random *r, int32_t *rows, int32_t n, int32_t of)
{
    for (int32_t i = 0; i < n; i++) rows[i] = (int32_t)unit_between(r, 0, of - 1);
}

static void equal_rows_hash_alike_in_every_encoding(void **state)
{
    unit_state *s = *state;
    unit_random r = {21};
    uint64_t    x[300], y[300];
    uint32_t    p[300], q[300];
    int32_t     arows[300], brows[300], codes[100];

    for (int32_t t = 0; t < DATA_TYPES; t++) {
        int equal = 0, unequal = 0, clashes = 0;

        for (int round = 0; round < 8; round++) {
            data_options o = {.nulls = round % 2 * 0.2, .few = true};
            brasa_type   type = data_type(s->arena, t);
            brasa_column a = data_random_column(s->arena, &r, type, 100, o), b = data_random_column(s->arena, &r, type, 100, o);

            random_rows(&r, arows, 300, 100);
            random_rows(&r, brows, 300, 100);
            if (round >= 6) { /* nested values are seldom equal by chance */
                for (int32_t i = 0; i < 100; i++) codes[i] = 99 - i;
                b = (brasa_column) {.type = type, .encoding = BRASA_DICT, .codes = codes, .child = &a, .child_rows = 100};
                if (a.encoding != BRASA_FLAT || a.valid != NULL) brasa__column_gather(s->arena, &a, codes, 100, false, &b);
            }
            brasa__hash_rows(&a, arows, 300, true, x);
            brasa__hash_rows(&b, brows, 300, true, y);
            brasa__spread_rows(&a, arows, 300, p);
            brasa__spread_rows(&b, brows, 300, q);
            for (int32_t i = 0; i < 300; i++) {
                bool same = data_same_row(&a, arows[i], &b, brows[i], s->arena);

                equal += same;
                unequal += !same;
                clashes += !same && x[i] == y[i];
                if (same) assert_int_equal(x[i], y[i]);
                if (same) assert_int_equal(p[i], q[i]);
            }
        }
        assert_int_equal(clashes, 0);
        assert_true(equal > 5 || t == 0);
        assert_true(unequal > 5 || t == 0);
    }
}

static void hash_of_all_rows_is_that_of_each(void **state)
{
    unit_state *s = *state;
    unit_random r = {22};
    uint64_t    all[700], one;
    uint32_t    numbers[700], number;

    for (int32_t t = 0; t < DATA_TYPES; t++) {
        brasa_column a = data_random_column(s->arena, &r, data_type(s->arena, t), 700, (data_options) {.nulls = 0.2});

        brasa__hash_rows(&a, NULL, 700, true, all);
        brasa__spread_rows(&a, NULL, 700, numbers);
        for (int32_t i = 0; i < 700; i += 13) {
            brasa__hash_rows(&a, &i, 1, true, &one);
            assert_int_equal(one, all[i]);
            brasa__spread_rows(&a, &i, 1, &number);
            assert_int_equal(number, numbers[i]);
        }
    }
}

static void combined_hash_depends_on_order(void **state)
{
    unit_state  *s = *state;
    brasa_value  v[2] = {brasa_value_i64(1), brasa_value_i64(2)}, w[2] = {brasa_value_i64(2), brasa_value_i64(1)};
    brasa_column a = brasa__values_column(s->arena, v[0].type, v, 2), b = brasa__values_column(s->arena, v[0].type, w, 2);
    uint64_t     h[2];

    brasa__hash_rows(&a, NULL, 2, true, h);
    brasa__hash_rows(&b, NULL, 2, false, h);
    assert_int_not_equal(h[0], h[1]);
}

static uint64_t hash_one(unit_state *s, brasa_type t, const brasa_value *v)
{
    brasa_column c = brasa__values_column(s->arena, t, v, 1);
    uint64_t     h;

    brasa__hash_rows(&c, NULL, 1, true, &h);
    return h;
}

static void widths_hash_alike(void **state)
{
    unit_state *s = *state;
    brasa_value v = brasa_value_i64(-7), f = brasa_value_f64(2.5);
    brasa_value wide = {.type = brasa__type_decimal(30, 0), .u.d = -7};
    uint64_t    h = hash_one(s, brasa__type(BRASA_KIND_INT64), &v);

    assert_int_equal(hash_one(s, brasa__type(BRASA_KIND_INT8), &v), h);
    assert_int_equal(hash_one(s, brasa__type(BRASA_KIND_INT16), &v), h);
    assert_int_equal(hash_one(s, brasa__type(BRASA_KIND_INT32), &v), h);
    assert_int_equal(hash_one(s, brasa__type_decimal(10, 0), &v), h);
    assert_int_equal(hash_one(s, wide.type, &wide), h);
    assert_int_equal(hash_one(s, brasa__type(BRASA_KIND_FLOAT32), &f), hash_one(s, brasa__type(BRASA_KIND_FLOAT64), &f));
}

static uint32_t spread_one(unit_state *s, brasa_type t, const brasa_value *v)
{
    brasa_column c = brasa__values_column(s->arena, t, v, 1);
    uint32_t     number;

    brasa__spread_rows(&c, NULL, 1, &number);
    return number;
}

static void widths_go_to_one_partition(void **state)
{
    unit_state *s = *state;
    brasa_value v = brasa_value_i64(-7), f = brasa_value_f64(2.5);
    brasa_value wide = {.type = brasa__type_decimal(30, 0), .u.d = -7};
    uint32_t    number = spread_one(s, brasa__type(BRASA_KIND_INT64), &v);

    assert_int_equal(spread_one(s, brasa__type(BRASA_KIND_INT8), &v), number);
    assert_int_equal(spread_one(s, brasa__type(BRASA_KIND_INT16), &v), number);
    assert_int_equal(spread_one(s, brasa__type(BRASA_KIND_INT32), &v), number);
    assert_int_equal(spread_one(s, brasa__type_decimal(10, 0), &v), number);
    assert_int_equal(spread_one(s, wide.type, &wide), number);
    assert_int_equal(spread_one(s, brasa__type(BRASA_KIND_FLOAT32), &f), spread_one(s, brasa__type(BRASA_KIND_FLOAT64), &f));
}

/* Keys k * step + shift, as whole numbers are in tables: no partition of 2 to 50 gets a fifth more or less than its share of 50,000. */
static void whole_numbers_spread_evenly(void **state)
{
    static const int64_t steps[] = {1, 3, 8, 100, 1000, 4096, 1 << 20, (int64_t)1 << 32, ((int64_t)1 << 32) + 1, -1, 86400000000};
    enum { ROWS = 50000 };
    unit_state  *s = *state;
    int64_t     *v = BRASA_NEWS(s->arena, int64_t, ROWS);
    uint32_t    *number = BRASA_NEWS(s->arena, uint32_t, ROWS);
    brasa_column c = {.type = brasa__type(BRASA_KIND_INT64), .encoding = BRASA_FLAT, .values = v};

    for (size_t k = 0; k < 2 * sizeof steps / sizeof *steps; k++) {
        for (int32_t i = 0; i < ROWS; i++) v[i] = i * steps[k / 2] + (k % 2 == 0 ? 0 : 1000000007);
        brasa__spread_rows(&c, NULL, ROWS, number);
        for (uint32_t parts = 2; parts <= 50; parts += 3) {
            int32_t count[50] = {0};

            for (int32_t i = 0; i < ROWS; i++) count[(uint64_t)number[i] * parts >> 32]++;
            for (uint32_t p = 0; p < parts; p++) {
                assert_true((uint32_t)count[p] * parts > ROWS / 5 * 4);
                assert_true((uint32_t)count[p] * parts < ROWS / 5 * 6);
            }
        }
    }
}

static void zeros_and_nans_are_one_value(void **state)
{
    unit_state  *s = *state;
    brasa_type   t = brasa__type(BRASA_KIND_FLOAT64);
    double       v[4] = {0.0, -0.0, (double)NAN, -(double)NAN};
    brasa_column c = {.type = t, .encoding = BRASA_FLAT, .values = v};
    int32_t      left[2] = {0, 2}, right[2] = {1, 3}, keep[2];
    uint64_t     h[4];

    (void)s;
    brasa__hash_rows(&c, NULL, 4, true, h);
    assert_int_equal(h[0], h[1]);
    assert_int_equal(h[2], h[3]);
    assert_int_not_equal(h[0], h[2]);
    assert_int_equal(brasa__equal_rows(&c, left, &c, right, NULL, 2, false, keep), 2);
    assert_int_equal(brasa__compare_row(&c, 0, &c, 1), 0);
    assert_int_equal(brasa__compare_row(&c, 2, &c, 3), 0);
    assert_true(brasa__compare_row(&c, 2, &c, 0) > 0);
}

static void short_keys_spread_over_all_bits(void **state)
{
    unit_state *s = *state;
    int         top[64] = {0}, low[64] = {0};

    for (int32_t i = 0; i < 6400; i++) {
        brasa_value v = brasa_value_string(brasa__arena_printf(s->arena, "%d", i));
        uint64_t    h = hash_one(s, v.type, &v);

        top[h >> 58]++;
        low[h & 63]++;
    }
    for (int i = 0; i < 64; i++) {
        assert_in_range(top[i], 50, 160);
        assert_in_range(low[i], 50, 160);
    }
}

static void check_equal(unit_state *s, unit_random *r, int32_t t, int32_t n, bool null_equal)
{
    data_options o = {.nulls = unit_chance(r, 0.7) ? 0.3 : 0, .few = true};
    brasa_type   type = data_type(s->arena, t);
    brasa_column a = data_random_column(s->arena, r, type, 80, o), b = data_random_column(s->arena, r, type, 80, o);
    int32_t      arows[600], brows[600], cand[600], keep[600], ncand = 0, m, want = 0;
    bool         some = unit_chance(r, 0.5);

    random_rows(r, arows, n, 80);
    random_rows(r, brows, n, 80);
    for (int32_t i = 0; i < n; i++) {
        if (!some || unit_chance(r, 0.6)) cand[ncand++] = i;
    }
    memcpy(keep, cand, sizeof(int32_t) * (size_t)ncand);
    m = brasa__equal_rows(&a, arows, &b, brows, some ? keep : NULL, ncand, null_equal, keep);
    for (int32_t k = 0; k < ncand; k++) {
        int32_t i = cand[k];
        bool    null = brasa__column_value(&a, arows[i], s->arena).null;

        if (!data_same_row(&a, arows[i], &b, brows[i], s->arena) || (null && !null_equal)) continue;
        assert_true(want < m);
        assert_int_equal(keep[want], i);
        want++;
    }
    assert_int_equal(m, want);
}

static void equality_keeps_the_pairs_that_are_equal(void **state)
{
    static const int32_t sizes[] = {0, 1, 255, 256, 257, 600};
    unit_random          r = {23};

    for (int32_t t = 0; t < DATA_TYPES; t++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            check_equal(*state, &r, t, sizes[i], false);
            check_equal(*state, &r, t, sizes[i], true);
        }
    }
}

static int sign(int v)
{
    return (v > 0) - (v < 0);
}

static void order_is_that_of_values(void **state)
{
    unit_state *s = *state;
    unit_random r = {24};

    for (int32_t t = 0; t < DATA_TYPES; t++) {
        for (int round = 0; round < 10; round++) {
            data_options o = {.nulls = 0.2, .few = round % 2 == 0};
            brasa_type   type = data_type(s->arena, t);
            brasa_column a = data_random_column(s->arena, &r, type, 60, o), b = data_random_column(s->arena, &r, type, 60, o);

            for (int32_t k = 0; k < 100; k++) {
                int32_t     i = (int32_t)unit_between(&r, 0, 59), j = (int32_t)unit_between(&r, 0, 59);
                brasa_value x = brasa__column_value(&a, i, s->arena), y = brasa__column_value(&b, j, s->arena);

                assert_int_equal(sign(brasa__compare_row(&a, i, &b, j)), sign(brasa__value_compare(&x, &y)));
                assert_int_equal(sign(brasa__compare_row(&b, j, &a, i)), -sign(brasa__value_compare(&x, &y)));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(equal_rows_hash_alike_in_every_encoding),
        unit_case(hash_of_all_rows_is_that_of_each),
        unit_case(combined_hash_depends_on_order),
        unit_case(widths_hash_alike),
        unit_case(widths_go_to_one_partition),
        unit_case(whole_numbers_spread_evenly),
        unit_case(zeros_and_nans_are_one_value),
        unit_case(short_keys_spread_over_all_bits),
        unit_case(equality_keeps_the_pairs_that_are_equal),
        unit_case(order_is_that_of_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
