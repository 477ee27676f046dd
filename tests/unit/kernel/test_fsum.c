/* Exact sums of doubles, against the same in exact rational arithmetic (by hand), and for any order. */
#include <math.h>
#include <string.h>

#include "kernel/fsum.h"
#include "support/unit.h"

static void *grow(void *arena)
{
    return brasa__arena_alloc(arena, BRASA_FSUM_BINS * sizeof(__int128));
}

static double sum(brasa_arena *arena, const double *x, int32_t n)
{
    brasa_fsum s;

    brasa__fsum_init(&s);
    for (int32_t i = 0; i < n; i++) brasa__fsum_add(&s, x[i], grow, arena);
    return brasa__fsum_result(&s);
}

static void known_sums(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;

    assert_true(sum(arena, NULL, 0) == 0);
    assert_true(sum(arena, (double[]) {0.1, 0.2, 0.3}, 3) == 0.6);
    assert_true(sum(arena, (double[]) {1e308, 1e308, -1e308}, 3) == 1e308);
    assert_true(sum(arena, (double[]) {1e308, 1e308}, 2) == INFINITY);
    assert_true(sum(arena, (double[]) {1, 1e100, 1, -1e100}, 4) == 2);
    assert_true(sum(arena, (double[]) {1e-320, -1e300, 1e300}, 3) == 1e-320);
    assert_true(sum(arena, (double[]) {5e-324, 5e-324}, 2) == 1e-323);
    assert_true(sum(arena, (double[]) {-0.0, 0.0}, 2) == 0);
    assert_true(sum(arena, (double[]) {INFINITY, 1}, 2) == INFINITY);
    assert_true(sum(arena, (double[]) {-INFINITY, 1e308}, 2) == -INFINITY);
    assert_true(isnan(sum(arena, (double[]) {-INFINITY, INFINITY}, 2)));
    assert_true(isnan(sum(arena, (double[]) {NAN, 1}, 2)));
    assert_true(sum(arena, (double[]) {9007199254740992.0, 1, 1}, 3) == 9007199254740994.0);      /* a tie, and no tie */
    assert_true(sum(arena, (double[]) {9007199254740992.0, 1}, 2) == 9007199254740992.0);         /* to even */
    assert_true(sum(arena, (double[]) {9007199254740994.0, 1}, 2) == 9007199254740996.0);         /* to even */
    assert_true(sum(arena, (double[]) {9007199254740992.0, 1, 1e-300}, 3) == 9007199254740994.0); /* above the tie */
}

static double any_double(unit_random *r, int32_t spread)
{
    return ldexp((double)unit_between(r, -((int64_t)1 << 53), (int64_t)1 << 53), (int)unit_between(r, -spread, spread));
}

/* Order, and how the values are shared out among states, do not matter. */
static void any_order_gives_the_same_bits(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    unit_random  rnd = {.state = 3};

    for (int32_t round = 0; round < 300; round++) {
        double     x[200], first;
        int32_t    spread = (int32_t)unit_between(&rnd, 0, 960);
        brasa_fsum part[3];

        for (int32_t i = 0; i < 200; i++) x[i] = any_double(&rnd, spread);
        first = sum(arena, x, 200);
        for (int32_t i = 199; i > 0; i--) {
            int32_t k = (int32_t)unit_between(&rnd, 0, i);
            double  t = x[i];

            x[i] = x[k];
            x[k] = t;
        }
        assert_true(sum(arena, x, 200) == first);
        for (int32_t p = 0; p < 3; p++) brasa__fsum_init(&part[p]);
        for (int32_t i = 0; i < 200; i++) brasa__fsum_add(&part[unit_between(&rnd, 0, 2)], x[i], grow, arena);
        brasa__fsum_merge(&part[2], &part[0], grow, arena);
        brasa__fsum_merge(&part[1], &part[2], grow, arena);
        assert_true(brasa__fsum_result(&part[1]) == first);
        assert_true((double)brasa__fsum_result_wide(&part[1]) == first || fabs(first) > 1e300 || fabs(first) < 1e-290);
    }
}

/* Small integers times a power of two: the sum in 128 bits, rounded once by the machine. */
static void sums_round_once(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    unit_random  rnd = {.state = 8};

    for (int32_t round = 0; round < 500; round++) {
        __int128 exact = 0;
        double   x[100];
        int32_t  scale = (int32_t)unit_between(&rnd, -1000, 800);

        for (int32_t i = 0; i < 100; i++) {
            int64_t m = unit_between(&rnd, -((int64_t)1 << 52), (int64_t)1 << 52);
            int32_t up = (int32_t)unit_between(&rnd, 0, 50);

            exact += (__int128)m * ((__int128)1 << up);
            x[i] = ldexp((double)m, up + scale);
        }
        assert_true(sum(arena, x, 100) == ldexp((double)exact, scale));
    }
}

static void products_are_exact(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    unit_random  rnd = {.state = 5};

    for (int32_t round = 0; round < 200; round++) {
        brasa_fsum s;
        __int128   exact = 0;

        brasa__fsum_init(&s);
        for (int32_t i = 0; i < 20; i++) {
            int64_t a = unit_between(&rnd, -((int64_t)1 << 53), (int64_t)1 << 53),
                    b = unit_between(&rnd, -((int64_t)1 << 53), (int64_t)1 << 53);

            exact += (__int128)a * b;
            brasa__fsum_add_product(&s, (double)a, (double)b, grow, arena);
        }
        assert_true(brasa__fsum_result(&s) == (double)exact);
    }
}

static double sum_of_many(brasa_arena *arena, const double *x, int32_t n)
{
    brasa_fsum s;

    brasa__fsum_init(&s);
    brasa__fsum_add_many(&s, x, n, grow, arena);
    return brasa__fsum_result(&s);
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void many_at_once_give_what_one_by_one_gives(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    unit_random  rnd = {.state = 9};
    enum { MOST = 5000 };
    double *x = brasa__arena_alloc(arena, sizeof *x * MOST);

    for (int32_t round = 0; round < 300; round++) {
        int32_t n = (int32_t)unit_between(&rnd, 0, round % 10 == 0 ? MOST : 300),
                spread = (int32_t)unit_between(&rnd, 0, round % 3 == 0 ? 900 : 60);

        for (int32_t i = 0; i < n; i++) {
            int64_t m = unit_between(&rnd, -((int64_t)1 << 53), (int64_t)1 << 53);

            x[i] = ldexp((double)m, (int32_t)unit_between(&rnd, -spread, spread));
        }
        if (round % 20 == 7 && n > 0) x[n / 2] = round % 40 == 7 ? INFINITY : (double)NAN;
        assert_true(same_bits(sum_of_many(arena, x, n), sum(arena, x, n)));
    }
    for (int32_t i = 0; i < MOST; i++) x[i] = i % 2 == 0 ? 1e308 : -1e308;
    assert_true(sum_of_many(arena, x, MOST) == 0);
    for (int32_t i = 0; i < MOST; i++) x[i] = 5e-324;
    assert_true(sum_of_many(arena, x, MOST) == MOST * 5e-324);
}

int main(void)
{
    const struct CMUnitTest tests[] = {unit_case(known_sums), unit_case(any_order_gives_the_same_bits), unit_case(sums_round_once),
                                       unit_case(products_are_exact), unit_case(many_at_once_give_what_one_by_one_gives)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
