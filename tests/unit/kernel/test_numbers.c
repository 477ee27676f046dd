/* test_numbers.c -- arithmetic, comparison and cast loops against 128-bit arithmetic of one value at a time; every shape of arguments. */
#include "support/unit.h"

#include <math.h>
#include <string.h>

#include "kernel/arith.h"
#include "kernel/cast.h"
#include "kernel/compare.h"

typedef brasa_int128 i128;

enum { ROWS = 131 };

typedef struct int_kind {
    brasa_phys phys;
    int64_t    least, most;
    size_t     width;
} int_kind;

static const int_kind ints[] = {{BRASA_PHYS_I8, INT8_MIN, INT8_MAX, 1},
                                {BRASA_PHYS_I16, INT16_MIN, INT16_MAX, 2},
                                {BRASA_PHYS_I32, INT32_MIN, INT32_MAX, 4},
                                {BRASA_PHYS_I64, INT64_MIN, INT64_MAX, 8}};

static int64_t get(brasa_phys p, const void *v, int32_t i)
{
    switch ((int)p) {
    case BRASA_PHYS_BOOL: return ((const uint8_t *)v)[i];
    case BRASA_PHYS_I8: return ((const int8_t *)v)[i];
    case BRASA_PHYS_I16: return ((const int16_t *)v)[i];
    case BRASA_PHYS_I32: return ((const int32_t *)v)[i];
    default: return ((const int64_t *)v)[i];
    }
}

static void put(brasa_phys p, void *v, int32_t i, int64_t x)
{
    switch ((int)p) {
    case BRASA_PHYS_BOOL: ((uint8_t *)v)[i] = x != 0; return;
    case BRASA_PHYS_I8: ((int8_t *)v)[i] = (int8_t)x; return;
    case BRASA_PHYS_I16: ((int16_t *)v)[i] = (int16_t)x; return;
    case BRASA_PHYS_I32: ((int32_t *)v)[i] = (int32_t)x; return;
    default: ((int64_t *)v)[i] = x; return;
    }
}

/* Near zero, near the ends, anywhere. */
static int64_t pick(unit_random *r, const int_kind *k)
{
    switch (unit_between(r, 0, 9)) {
    case 0: return k->least;
    case 1: return k->most;
    case 2: return k->most - unit_between(r, 0, 3);
    case 3: return (int64_t)unit_next(r) % (k->most == INT64_MAX ? INT64_MAX : k->most + 1);
    default: return unit_between(r, -9, 9);
    }
}

static bool want_arith(brasa_arith op, const int_kind *k, int64_t a, int64_t b, i128 *out)
{
    if ((op == BRASA_DIV || op == BRASA_MOD) && b == 0) return false;
    switch (op) {
    case BRASA_ADD: *out = (i128)a + b; break;
    case BRASA_SUB: *out = (i128)a - b; break;
    case BRASA_MUL: *out = (i128)a * b; break;
    case BRASA_DIV: *out = (i128)a / b; break;
    case BRASA_MOD: *out = (i128)a % b; break;
    case BRASA_ARITH_COUNT: break;
    }
    return *out >= k->least && *out <= k->most;
}

static void check_shape(unit_random *r, const int_kind *k, brasa_arith op, int as, int bs, bool sparse)
{
    _Alignas(64) uint8_t a[ROWS * 8], b[ROWS * 8], out[ROWS * 8];
    int32_t              rows[ROWS], n = 0;
    bool                 fails = false;
    brasa_arith_fn      *fn = brasa__arith_find(op, k->phys);

    if (fn == NULL) return;
    for (int32_t i = 0; i < ROWS; i++) {
        put(k->phys, a, i, pick(r, k));
        put(k->phys, b, i, pick(r, k));
        if (unit_chance(r, sparse ? 0.1 : 1)) rows[n++] = i;
    }
    for (int32_t i = 0; i < n; i++) {
        i128 want;
        fails |= !want_arith(op, k, get(k->phys, a, as ? rows[i] : 0), get(k->phys, b, bs ? rows[i] : 0), &want);
    }
    assert_int_equal(fn(a, as, b, bs, sparse ? rows : NULL, n, out), fails);
    for (int32_t i = 0; i < n; i++) {
        i128    want;
        int32_t row = rows[i];
        bool    ok = want_arith(op, k, get(k->phys, a, as ? row : 0), get(k->phys, b, bs ? row : 0), &want);
        assert_int_equal(fn(a, as, b, bs, &row, 1, out), !ok);
        if (ok) assert_true(get(k->phys, out, row) == (int64_t)want);
    }
}

static void integers_are_computed_or_flagged(void **state)
{
    unit_random r = {11};

    (void)state;
    for (size_t k = 0; k < 4; k++)
        for (int op = 0; op < BRASA_ARITH_COUNT; op++)
            for (int shape = 0; shape < 40; shape++)
                check_shape(&r, &ints[k], (brasa_arith)op, shape % 4 != 1, shape % 4 != 2, shape % 3 == 0);
}

static void decimals_widen_as_asked(void **state)
{
    unit_random r = {12};

    (void)state;
    for (int round = 0; round < 300; round++) {
        brasa_arith op = (brasa_arith)unit_between(&r, BRASA_ADD, BRASA_MUL);
        bool        wa = unit_chance(&r, 0.5), wb = unit_chance(&r, 0.5);
        i128        a[3], b[3], out[3], want;
        int64_t     na[3], nb[3];
        for (int i = 0; i < 3; i++) {
            na[i] = (int64_t)unit_next(&r) / (unit_chance(&r, 0.5) ? 1 : 1000000007);
            nb[i] = (int64_t)unit_next(&r) / (unit_chance(&r, 0.5) ? 1 : 1000000007);
            a[i] = na[i];
            b[i] = nb[i];
        }
        brasa_arith_fn *fn =
            brasa__arith_decimal(op, wa ? BRASA_PHYS_I128 : BRASA_PHYS_I64, wb ? BRASA_PHYS_I128 : BRASA_PHYS_I64, BRASA_PHYS_I128);
        assert_false(fn(wa ? (void *)a : (void *)na, 1, wb ? (void *)b : (void *)nb, 1, NULL, 3, out));
        for (int i = 0; i < 3; i++) {
            want = op == BRASA_ADD ? a[i] + b[i] : op == BRASA_SUB ? a[i] - b[i] : a[i] * b[i];
            assert_true(out[i] == want);
        }
    }
    /* a factor of more than 64 bits is left to the long way */
    i128 big = (i128)INT64_MAX + 1, one = 1, out;
    assert_true(brasa__arith_decimal(BRASA_MUL, BRASA_PHYS_I128, BRASA_PHYS_I128, BRASA_PHYS_I128)(&big, 1, &one, 1, NULL, 1, &out));
}

static void floats_divide_by_zero_with_a_flag(void **state)
{
    double a[] = {1, 0, -7.5}, b[] = {0, 2, 2}, out[3];

    (void)state;
    assert_true(brasa__arith_find(BRASA_DIV, BRASA_PHYS_F64)(a, 1, b, 1, NULL, 3, out));
    assert_false(brasa__arith_find(BRASA_DIV, BRASA_PHYS_F64)(a + 1, 1, b + 1, 1, NULL, 2, out));
    assert_true(out[0] == 0 && out[1] == -3.75);
    assert_false(brasa__arith_find(BRASA_MOD, BRASA_PHYS_F64)(a + 1, 1, b + 1, 1, NULL, 2, out));
    assert_true(out[1] == -1.5);
}

static bool passes(brasa_cmp op, int c)
{
    return op == BRASA_CMP_EQ   ? c == 0
           : op == BRASA_CMP_NE ? c != 0
           : op == BRASA_CMP_LT ? c < 0
           : op == BRASA_CMP_LE ? c <= 0
           : op == BRASA_CMP_GT ? c > 0
                                : c >= 0;
}

static int order(double a, double b)
{
    if (isnan(a) || isnan(b)) return isnan(a) - isnan(b);
    return a < b ? -1 : a > b;
}

static void comparisons_of_every_shape(void **state)
{
    unit_random r = {13};

    (void)state;
    for (int round = 0; round < 400; round++) {
        const int_kind      *k = &ints[round % 4];
        _Alignas(64) uint8_t a[ROWS * 8], b[ROWS * 8], out[ROWS];
        double               x[ROWS], y[ROWS];
        brasa_cmp            op = (brasa_cmp)(round % 6);
        bool                 ac = round % 5 == 1, bc = round % 5 == 2, floats = round % 7 == 0;
        for (int32_t i = 0; i < ROWS; i++) {
            put(k->phys, a, i, pick(&r, k));
            put(k->phys, b, i, pick(&r, k));
            x[i] = unit_chance(&r, 0.2) ? NAN : unit_chance(&r, 0.1) ? -0.0 : (double)unit_between(&r, -2, 2);
            y[i] = unit_chance(&r, 0.2) ? NAN : (double)unit_between(&r, -2, 2);
        }
        if (floats)
            assert_true(brasa__compare(BRASA_PHYS_F64, op, x, ac, y, bc, NULL, ROWS, out));
        else
            assert_true(brasa__compare(k->phys, op, a, ac, b, bc, NULL, ROWS, out));
        for (int32_t i = 0; i < ROWS; i++) {
            int64_t p = get(k->phys, a, ac ? 0 : i), q = get(k->phys, b, bc ? 0 : i);
            int     c = floats ? order(x[ac ? 0 : i], y[bc ? 0 : i]) : p < q ? -1 : p > q;
            assert_int_equal(out[i], passes(op, c));
        }
    }
    assert_false(brasa__compare(BRASA_PHYS_SPAN, BRASA_CMP_EQ, NULL, false, NULL, false, NULL, 0, NULL));
}

static void casts_of_integers_fit_or_are_flagged(void **state)
{
    unit_random r = {14};

    (void)state;
    for (int round = 0; round < 200; round++) {
        const int_kind *from = &ints[round % 4], *to = &ints[unit_between(&r, 0, 3)];
        int64_t         v = pick(&r, from);
        uint8_t         in[8], out[8];
        put(from->phys, in, 0, v);
        bool fits = v >= to->least && v <= to->most;
        assert_int_equal(brasa__cast_find(from->phys, to->phys)(in, 1, NULL, 1, out), !fits);
        if (fits) assert_int_equal(get(to->phys, out, 0), v);
    }
}

static void casts_of_floats_cut_fractions_and_mind_the_ends(void **state)
{
    static const struct {
        double     v;
        brasa_phys to;
        bool       fits;
        int64_t    want;
    } rows[] = {{2.9, BRASA_PHYS_I32, true, 2},
                {-2.9, BRASA_PHYS_I32, true, -2},
                {127.9, BRASA_PHYS_I8, true, 127},
                {128, BRASA_PHYS_I8, false, 0},
                {-128.9, BRASA_PHYS_I8, true, -128},
                {-129, BRASA_PHYS_I8, false, 0},
                {2147483647.5, BRASA_PHYS_I32, true, INT32_MAX},
                {2147483648.0, BRASA_PHYS_I32, false, 0},
                {9223372036854775807.0, BRASA_PHYS_I64, false, 0},
                {-9223372036854775808.0, BRASA_PHYS_I64, true, INT64_MIN},
                {NAN, BRASA_PHYS_I64, false, 0},
                {INFINITY, BRASA_PHYS_I64, false, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[8];
        assert_int_equal(brasa__cast_find(BRASA_PHYS_F64, rows[i].to)(&rows[i].v, 1, NULL, 1, out), !rows[i].fits);
        if (rows[i].fits) assert_int_equal(get(rows[i].to, out, 0), rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_computed_or_flagged),     cmocka_unit_test(decimals_widen_as_asked),
        cmocka_unit_test(floats_divide_by_zero_with_a_flag),    cmocka_unit_test(comparisons_of_every_shape),
        cmocka_unit_test(casts_of_integers_fit_or_are_flagged), cmocka_unit_test(casts_of_floats_cut_fractions_and_mind_the_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
