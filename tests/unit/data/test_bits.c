/* test_bits.c -- runs of bits against bits one by one, at every shift. */
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "data/bits.h"

enum { WORDS = 6, BITS = WORDS * 64 };

static void random_words(unit_random *r, uint64_t *w)
{
    for (int i = 0; i < WORDS; i++) w[i] = unit_chance(r, 0.2) ? ~(uint64_t)0 : unit_next(r);
}

static void copies_and_fills_touch_only_their_run(void **state)
{
    unit_random r = {71};

    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint64_t src[WORDS], dst[WORDS], want[WORDS];
        int64_t  from = unit_between(&r, 0, 130), to = unit_between(&r, 0, 130), n = unit_between(&r, 0, 200);
        bool     fill = unit_chance(&r, 0.3), value = unit_chance(&r, 0.5), zero = false, got = false;

        random_words(&r, src);
        random_words(&r, dst);
        memcpy(want, dst, sizeof want);
        for (int64_t k = 0; k < n; k++) {
            bool bit = fill ? value : brasa__bit_get(src, from + k);

            zero |= !bit;
            brasa__bit_clear(want, to + k);
            if (bit) brasa__bit_set(want, to + k);
        }
        if (fill) {
            brasa__bits_fill(dst, to, n, value);
        } else {
            got = brasa__bits_copy(dst, to, src, from, n);
            assert_int_equal(got, zero);
        }
        assert_memory_equal(dst, want, sizeof want);
    }
}

/* The last word that is read or written is the last that the run lies in: under the address sanitizer, one more ends the test. */
static void runs_do_not_reach_past_their_last_word(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= 128; n++) {
        uint64_t *src = malloc(brasa__bit_words(n) * 8), *dst = malloc(brasa__bit_words(n) * 8);

        assert_true(src != NULL && dst != NULL);
        memset(src, 0xff, brasa__bit_words(n) * 8);
        for (int64_t from = 0; from < n; from++) {
            memset(dst, 0, brasa__bit_words(n) * 8);
            assert_false(brasa__bits_copy(dst, 0, src, from, n - from));
            assert_int_equal(brasa__bit_count(dst, n), n - from);
            memset(dst, 0, brasa__bit_words(n) * 8);
            brasa__bits_fill(dst, from, n - from, true);
            assert_int_equal(brasa__bit_count(dst, n), n - from);
        }
        free(src);
        free(dst);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(copies_and_fills_touch_only_their_run),
        unit_case(runs_do_not_reach_past_their_last_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
