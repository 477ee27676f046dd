/* Prefixes of sort keys against the comparison of whole keys, and that against values. */
#include "data/gather.h"
#include "kernel/sortkey.h"
#include "support/data.h"
#include "support/unit.h"

enum { ROWS = 150, MOST_KEYS = 3 };

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static int by_values(const brasa_column *cols, int32_t i, int32_t j, const brasa_sortkey_col *keys, int32_t nkeys, brasa_arena *arena)
{
    for (int32_t k = 0; k < nkeys; k++) {
        brasa_value x = brasa__column_value(&cols[keys[k].col], i, arena), y = brasa__column_value(&cols[keys[k].col], j, arena);

        if (x.null && y.null) continue;
        if (x.null != y.null) return (x.null ? -1 : 1) * (keys[k].nulls_last ? -1 : 1);
        int c = sign(brasa__value_compare(&x, &y));
        if (c != 0) return keys[k].desc ? -c : c;
    }
    return 0;
}

static void check(brasa_arena *arena, unit_random *rnd, const brasa_type *types, int32_t nkeys)
{
    brasa_column      cols[MOST_KEYS];
    brasa_sortkey_col keys[MOST_KEYS];
    uint64_t          hi[ROWS], lo[ROWS];
    data_options      o = {.nulls = unit_chance(rnd, 0.5) ? 0.2 : 0, .few = unit_chance(rnd, 0.7)};

    for (int32_t k = 0; k < nkeys; k++) {
        brasa_column c = data_random_column(arena, rnd, types[k], ROWS, o);

        cols[k] = c;
        if (c.encoding == BRASA_DICT) brasa__column_gather(arena, &c, NULL, ROWS, false, &cols[k]);
        keys[k] = (brasa_sortkey_col) {.col = k, .desc = unit_chance(rnd, 0.5), .nulls_last = unit_chance(rnd, 0.5)};
        keys[k].nullable = cols[k].valid != NULL || unit_chance(rnd, 0.3);
    }
    bool whole = brasa__sortkey_prefix(cols, keys, nkeys, ROWS, hi, lo);

    for (int32_t i = 0; i < ROWS; i++) {
        for (int32_t j = 0; j < ROWS; j += 7) {
            int want = by_values(cols, i, j, keys, nkeys, arena);
            int prefix = hi[i] != hi[j] ? (hi[i] < hi[j] ? -1 : 1) : lo[i] != lo[j] ? (lo[i] < lo[j] ? -1 : 1) : 0;

            assert_int_equal(sign(brasa__sortkey_compare(cols, i, cols, j, keys, nkeys)), want);
            if (prefix != 0) assert_int_equal(prefix, want);
            if (prefix == 0 && whole) assert_int_equal(want, 0);
        }
    }
}

static bool sortable(brasa_type t)
{
    return !brasa__type_is_nested(t);
}

static void one_key_of_every_type(void **state)
{
    unit_random rnd = {.state = 1};

    for (int32_t which = 0; which < DATA_TYPES; which++) {
        for (int32_t round = 0; round < 6; round++) {
            brasa_arena *arena = brasa__arena_new(((unit_state *)*state)->arena, "case");
            brasa_type   t = data_type(arena, which);

            if (sortable(t)) check(arena, &rnd, &t, 1);
            brasa__arena_free(arena);
        }
    }
}

static void several_keys(void **state)
{
    unit_random rnd = {.state = 2};

    for (int32_t round = 0; round < 200; round++) {
        brasa_arena *arena = brasa__arena_new(((unit_state *)*state)->arena, "case");
        brasa_type   types[MOST_KEYS];
        int32_t      n = 0;

        while (n < MOST_KEYS) {
            types[n] = data_type(arena, (int32_t)unit_between(&rnd, 0, DATA_TYPES - 1));
            n += sortable(types[n]);
        }
        check(arena, &rnd, types, (int32_t)unit_between(&rnd, 2, MOST_KEYS));
        brasa__arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {unit_case(one_key_of_every_type), unit_case(several_keys)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
