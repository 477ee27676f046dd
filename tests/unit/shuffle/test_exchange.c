/* test_exchange.c -- exchanges over simulated ranks: every kind, size and thread count, many seeds, and failures. */
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "comm/launch.h"
#include "support/shuffle_checks.h"
#include "unit.h"

static const int32_t sizes[] = {1, 2, 3, 5};

static brasa_status run(const shuffle_case *c, int32_t ranks, brasa_error *err)
{
    shuffle_case copy = *c;

    brasa__error_clear(err);
    return brasa__sim_run(ranks, c->seed, brasa_test_shuffle, &copy, err);
}

static void right_at_every_size(unit_state *s, shuffle_case c, int seeds)
{
    c.fail_source = -1;
    for (size_t i = 0; i < 4; i++) {
        for (int seed = 0; seed < seeds; seed++) {
            c.seed = (uint64_t)seed * 17 + i;
            c.threads = 1 + seed % 3;
            c.blocks = seed % 4 == 1;
            assert_ok(run(&c, sizes[i], &s->err), s->err);
        }
    }
}

static void every_kind_keeps_all_rows_and_its_promise(void **state)
{
    for (int kind = BRASA_EXCHANGE_HASH; kind <= BRASA_EXCHANGE_NUMBER; kind++) {
        shuffle_case c = {.kind = (brasa_exchange_kind)kind, .nparts = 7, .sources = 13, .most_rows = 3000, .keys = 500};

        right_at_every_size(*state, c, 6);
    }
}

static void rows_of_fixed_width_take_the_short_way(void **state)
{
    unit_state *s = *state;

    for (int kind = BRASA_EXCHANGE_HASH; kind <= BRASA_EXCHANGE_RANGE; kind++) {
        shuffle_case c = {.kind = (brasa_exchange_kind)kind, .nparts = 7, .sources = 13, .most_rows = 9000, .keys = 500, .plain = true};
        shuffle_case many = {
            .kind = (brasa_exchange_kind)kind, .nparts = 300, .sources = 7, .most_rows = 3000, .keys = 5000, .plain = true};

        right_at_every_size(s, c, 6);
        right_at_every_size(s, many, 2);
        assert_ok(brasa__config_set(s->ctx->config, "block-rows", "64", &s->err), s->err);
        assert_ok(brasa__config_set(s->ctx->config, "round-bytes", "64K", &s->err), s->err);
        right_at_every_size(s, c, 3);
        right_at_every_size(s, many, 2);
    }
}

/* Whole messages laid out in place, and blocks written past the cache. */
static void large_shelves_are_sent_as_they_are(void **state)
{
    unit_state *s = *state;

    assert_ok(brasa__config_set(s->ctx->config, "round-bytes", "128K", &s->err), s->err);
    for (int kind = BRASA_EXCHANGE_HASH; kind <= BRASA_EXCHANGE_RANGE; kind++) {
        for (int32_t ranks = 1; ranks <= 3; ranks++) {
            shuffle_case c = {.kind = (brasa_exchange_kind)kind,
                              .seed = (uint64_t)ranks,
                              .nparts = ranks == 2 ? 14 : 2,
                              .threads = ranks / 2 + 1,
                              .sources = 5,
                              .most_rows = ranks == 2 ? 30000 : 60000,
                              .keys = 1000000,
                              .plain = true,
                              .fail_source = -1};

            assert_ok(run(&c, ranks, &s->err), s->err);
            c.plain = false; /* with strings and nulls */
            c.most_rows /= 3;
            if (kind == BRASA_EXCHANGE_HASH && ranks > 1) assert_ok(run(&c, ranks, &s->err), s->err);
        }
    }
}

/* A string that no shelf has room for gets one of its own; others wait for nothing. */
static void long_strings_among_short_ones(void **state)
{
    for (int32_t bytes = 2000; bytes <= 2000000; bytes *= 1000) {
        shuffle_case c = {
            .nparts = 3, .sources = 3, .most_rows = bytes > 2000 ? 100 : 3000, .keys = 1000, .long_bytes = bytes, .fail_source = -1};

        right_at_every_size(*state, c, 2);
    }
}

static void one_partition_and_more_partitions_than_rows(void **state)
{
    for (int kind = BRASA_EXCHANGE_HASH; kind <= BRASA_EXCHANGE_NUMBER; kind++) {
        shuffle_case one = {.kind = (brasa_exchange_kind)kind, .nparts = 1, .sources = 4, .most_rows = 300, .keys = 9};
        shuffle_case many = {.kind = (brasa_exchange_kind)kind, .nparts = 200, .sources = 5, .most_rows = 20, .keys = 9};

        right_at_every_size(*state, one, 3);
        right_at_every_size(*state, many, 3);
    }
}

static void no_rows_and_one_row(void **state)
{
    for (int kind = BRASA_EXCHANGE_HASH; kind <= BRASA_EXCHANGE_NUMBER; kind++) {
        shuffle_case none = {.kind = (brasa_exchange_kind)kind, .nparts = 3, .sources = 0, .most_rows = 0, .keys = 9};
        shuffle_case few = {.kind = (brasa_exchange_kind)kind, .nparts = 3, .sources = 3, .most_rows = 1, .keys = 9};

        right_at_every_size(*state, none, 2);
        right_at_every_size(*state, few, 3);
    }
}

static void the_same_key_in_every_row(void **state)
{
    shuffle_case c = {.kind = BRASA_EXCHANGE_HASH, .nparts = 5, .sources = 9, .most_rows = 3000, .keys = 1};

    right_at_every_size(*state, c, 2);
    c.kind = BRASA_EXCHANGE_RANGE;
    right_at_every_size(*state, c, 2);
}

static void ranges_are_even_where_keys_are(void **state)
{
    shuffle_case c = {.kind = BRASA_EXCHANGE_RANGE, .nparts = 8, .sources = 20, .most_rows = 5000, .keys = 1000000};

    right_at_every_size(*state, c, 2);
}

static void small_rounds_and_long_rows(void **state)
{
    unit_state *s = *state;

    assert_ok(brasa__config_set(s->ctx->config, "round-bytes", "64K", &s->err), s->err);
    for (int kind = BRASA_EXCHANGE_HASH; kind <= BRASA_EXCHANGE_NUMBER; kind++) {
        shuffle_case c = {
            .kind = (brasa_exchange_kind)kind, .nparts = 5, .sources = 11, .most_rows = 2500, .keys = 300, .long_bytes = 3000};

        right_at_every_size(s, c, 3);
    }
}

static void a_row_longer_than_a_round(void **state)
{
    unit_state *s = *state;

    assert_ok(brasa__config_set(s->ctx->config, "round-bytes", "64K", &s->err), s->err);
    for (int kind = BRASA_EXCHANGE_HASH; kind <= BRASA_EXCHANGE_NUMBER; kind++) {
        shuffle_case c = {
            .kind = (brasa_exchange_kind)kind, .nparts = 5, .sources = 5, .most_rows = 300, .keys = 300, .long_bytes = 300000};

        right_at_every_size(s, c, 2);
    }
}

static void a_failure_on_one_rank_is_told_by_all(void **state)
{
    unit_state *s = *state;

    for (int kind = BRASA_EXCHANGE_HASH; kind <= BRASA_EXCHANGE_NUMBER; kind++) {
        for (int32_t bad = 0; bad < 12; bad += 3) {
            shuffle_case c = {.kind = (brasa_exchange_kind)kind, .nparts = 5, .sources = 12, .most_rows = 4000, .keys = 300};

            c.fail_source = bad;
            c.threads = 2;
            c.seed = (uint64_t)bad;
            for (size_t i = 0; i < 4; i++) {
                assert_status(run(&c, sizes[i], &s->err), BRASA_DATA, s->err);
                assert_text_has(s->err.text, "is bad");
            }
        }
    }
}

static void owners_are_contiguous_and_even(void **state)
{
    (void)state;
    for (int32_t n = 1; n < 40; n++) {
        for (int32_t w = 1; w < 12; w++) {
            assert_int_equal(brasa__partition_first(0, n, w), 0);
            assert_int_equal(brasa__partition_first(w, n, w), n);
            for (int32_t k = 0; k < w; k++) {
                int32_t from = brasa__partition_first(k, n, w), to = brasa__partition_first(k + 1, n, w);

                assert_in_range(to - from, n / w, (n + w - 1) / w);
                for (int32_t p = from; p < to; p++) assert_int_equal(brasa__partition_owner(p, n, w), k);
            }
        }
    }
}

#ifdef BRASA_FAULTS
/* The right answer, or one error: never a hang, never wrong. */
static int runs_until_fault_is_past(unit_state *s, const shuffle_case *c, const char *fault, brasa_status want, int step)
{
    int failed = 0;

    for (int n = 1; n < 4000; n += step) {
        char         text[64];
        brasa_status status;

        snprintf(text, sizeof text, fault, n);
        assert_ok(brasa__config_set(s->ctx->config, "faults", text, &s->err), s->err);
        status = run(c, 3, &s->err);
        if (status == BRASA_OK) break;
        assert_status(status, want, s->err);
        failed++;
    }
    return failed;
}

static void injected_faults_give_one_error(void **state)
{
    unit_state *s = *state;

    for (int kind = BRASA_EXCHANGE_HASH; kind <= BRASA_EXCHANGE_NUMBER; kind++) {
        shuffle_case c = {.kind = (brasa_exchange_kind)kind, .nparts = 5, .sources = 12, .most_rows = 1000, .keys = 300, .fail_source = -1};

        c.threads = 2;
        assert_true(runs_until_fault_is_past(s, &c, "shuffle.send:%d@1", BRASA_IO, 7) > 0);
        assert_true(runs_until_fault_is_past(s, &c, "shuffle.recv:%d@0", BRASA_IO, 7) > 0);
        assert_true(runs_until_fault_is_past(s, &c, "shuffle.corrupt:%d@0", BRASA_CORRUPT, 7) > 0);
        c.plain = true;
        assert_true(runs_until_fault_is_past(s, &c, "shuffle.send:%d@1", BRASA_IO, 7) > 0);
        assert_true(runs_until_fault_is_past(s, &c, "shuffle.corrupt:%d@0", BRASA_CORRUPT, 7) > 0);
    }
}

/* Writers that are still encoding when a round takes the lanes, and that end meanwhile. */
static void slow_writers_lose_nothing(void **state)
{
    unit_state *s = *state;

    assert_ok(brasa__config_set(s->ctx->config, "faults", "shuffle.slow:1+", &s->err), s->err);
    for (int kind = BRASA_EXCHANGE_HASH; kind <= BRASA_EXCHANGE_NUMBER; kind++) {
        shuffle_case c = {.kind = (brasa_exchange_kind)kind, .nparts = 7, .sources = 26, .most_rows = 300, .keys = 500};

        right_at_every_size(s, c, 6);
    }
}

/* Where ranks of one host have no memory to share, or lose it on the way, rows go by messages. */
static void without_shared_memory_rows_are_sent(void **state)
{
    static const char *faults[] = {"segment.new:1+", "segment.new:1@1", "segment.map:2", "segment.back:1+", "segment.back:3+"};
    unit_state        *s = *state;

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        shuffle_case c = {.kind = BRASA_EXCHANGE_HASH, .nparts = 6, .sources = 6, .most_rows = 5000, .keys = 500, .plain = i % 2 == 0};

        assert_ok(brasa__config_set(s->ctx->config, "faults", faults[i], &s->err), s->err);
        right_at_every_size(s, c, 3);
    }
}

static void an_allocation_that_fails_gives_one_error(void **state)
{
    unit_state *s = *state;

    for (int kind = BRASA_EXCHANGE_HASH; kind <= BRASA_EXCHANGE_NUMBER; kind++) {
        shuffle_case c = {.kind = (brasa_exchange_kind)kind, .nparts = 3, .sources = 6, .most_rows = 500, .keys = 300, .fail_source = -1};

        c.threads = 1;
        assert_true(runs_until_fault_is_past(s, &c, "alloc:%d@1", BRASA_NO_MEMORY, 5) > 0);
        c.plain = true;
        assert_true(runs_until_fault_is_past(s, &c, "alloc:%d@1", BRASA_NO_MEMORY, 5) > 0);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(owners_are_contiguous_and_even),
        unit_case(every_kind_keeps_all_rows_and_its_promise),
        unit_case(rows_of_fixed_width_take_the_short_way),
        unit_case(large_shelves_are_sent_as_they_are),
        unit_case(long_strings_among_short_ones),
        unit_case(one_partition_and_more_partitions_than_rows),
        unit_case(no_rows_and_one_row),
        unit_case(the_same_key_in_every_row),
        unit_case(ranges_are_even_where_keys_are),
        unit_case(small_rounds_and_long_rows),
        unit_case(a_row_longer_than_a_round),
        unit_case(a_failure_on_one_rank_is_told_by_all),
#ifdef BRASA_FAULTS
        unit_case(injected_faults_give_one_error),
        unit_case(slow_writers_lose_nothing),
        unit_case(without_shared_memory_rows_are_sent),
        unit_case(an_allocation_that_fails_gives_one_error),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
