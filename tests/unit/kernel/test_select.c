/* test_select.c -- rows picked by booleans, and bytes found in bytes, against plain loops. */
#include "support/unit.h"

#include <string.h>

#include "base/hash.h"
#include "kernel/find.h"
#include "kernel/select.h"

enum { MOST = 300 };

static void masks_and_selections_agree_with_plain_loops(void **state)
{
    unit_random r = {31};

    (void)state;
    for (int round = 0; round < 500; round++) {
        int32_t  rows = (int32_t)unit_between(&r, 0, MOST - 70), in[MOST], out[MOST + 64], want[MOST], n = 0, m = 0;
        uint8_t  v[MOST], mask[MOST], dict[4] = {0, 1, 1, 0};
        int32_t  codes[MOST];
        uint64_t valid[MOST / 64 + 1];
        double   p = unit_fraction(&r);
        bool     all = unit_chance(&r, 0.3);
        for (int32_t i = 0; i < rows; i++) {
            v[i] = unit_chance(&r, p);
            codes[i] = (int32_t)unit_between(&r, 0, 3);
            if (unit_chance(&r, 0.9))
                brasa__bit_set(valid, i);
            else
                brasa__bit_clear(valid, i);
            if (all || unit_chance(&r, 0.5)) in[n++] = i;
        }
        for (int32_t i = 0; i < n; i++)
            if (v[in[i]] && brasa__bit_get(valid, in[i])) want[m++] = in[i];
        assert_int_equal(brasa__select_true(v, valid, in, n, out), m);
        assert_memory_equal(out, want, sizeof *out * (size_t)m);
        m = 0;
        for (int32_t i = 0; i < n; i++)
            if (dict[codes[in[i]]]) want[m++] = in[i];
        assert_int_equal(brasa__select_true_dict(dict, codes, NULL, in, n, out), m);
        assert_memory_equal(out, want, sizeof *out * (size_t)m);
        m = 0;
        for (int32_t i = 0; i < n; i++)
            if (brasa__bit_get(valid, in[i])) want[m++] = in[i];
        assert_int_equal(brasa__select_valid(valid, in, n, out), m);
        assert_memory_equal(out, want, sizeof *out * (size_t)m);
        m = 0;
        memset(mask, 1, sizeof mask);
        brasa__mask_and(mask, v, valid, rows);
        for (int32_t i = 0; i < rows; i++)
            if (v[i] && brasa__bit_get(valid, i)) want[m++] = i;
        assert_int_equal(brasa__mask_rows(mask, rows, out), m);
        assert_memory_equal(out, want, sizeof *out * (size_t)m);
        m = 0; /* in place */
        for (int32_t i = 0; i < n; i++)
            if (v[in[i]]) want[m++] = in[i];
        assert_int_equal(brasa__select_true(v, NULL, in, n, in), m);
        assert_memory_equal(in, want, sizeof *in * (size_t)m);
    }
}

static void words_of_bits_spread_and_gather(void **state)
{
    unit_random r = {32};
    uint8_t     mask[64];

    (void)state;
    for (int round = 0; round < 1000; round++) {
        uint64_t bits = unit_next(&r);
        brasa__mask_spread(bits, mask);
        for (int i = 0; i < 64; i++) assert_int_equal(mask[i], (bits >> i) & 1);
        assert_true(brasa__mask_word(mask) == bits);
    }
}

static void bytes_are_found_where_memmem_finds_them(void **state)
{
    unit_random r = {33};

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char   text[100], what[8];
        size_t n = (size_t)unit_between(&r, 0, 99), k = (size_t)unit_between(&r, 0, 7);
        for (size_t i = 0; i < n; i++) text[i] = (char)('a' + unit_between(&r, 0, 2));
        for (size_t i = 0; i < k; i++) what[i] = (char)('a' + unit_between(&r, 0, 2));
        assert_ptr_equal(brasa__find_bytes(text, n, what, k), memmem(text, n, what, k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(masks_and_selections_agree_with_plain_loops),
                                       cmocka_unit_test(words_of_bits_spread_and_gather),
                                       cmocka_unit_test(bytes_are_found_where_memmem_finds_them)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
