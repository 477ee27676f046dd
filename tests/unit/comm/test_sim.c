/* test_sim.c -- simulated ranks: the common checks under many seeds, and what must end in an error instead of a hang. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/ctx.h"
#include "comm/agree.h"
#include "comm/launch.h"
#include "support/comm_checks.h"

static const int32_t sizes[] = {1, 2, 3, 5};

static void every_call_is_right_under_many_seeds(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (uint64_t seed = 0; seed < 15; seed++) {
            brasa_error  err;
            brasa_status status;

            brasa__error_clear(&err);
            status = brasa__sim_run(sizes[i], seed, brasa_test_comm_checks, &seed, &err);
            if (status != BRASA_OK) print_message("size %d seed %d: %s\n", sizes[i], (int)seed, err.text);
            assert_int_equal(status, BRASA_OK);
        }
    }
}

typedef brasa_status wrong_main(brasa_comm *c, brasa_error *err);

static brasa_status call_wrong(void *arg, brasa_comm *c, brasa_error *err)
{
    return (*(wrong_main **)arg)(c, err);
}

static brasa_status run_wrong(wrong_main *fn, int32_t ranks, uint64_t seed, brasa_error *err)
{
    brasa__error_clear(err);
    return brasa__sim_run(ranks, seed, call_wrong, &fn, err);
}

static brasa_status leaves_early(brasa_comm *c, brasa_error *err)
{
    if (c->rank == 1) return BRASA_OK;
    return brasa__comm_barrier(c, err);
}

static void a_rank_that_leaves_early_gives_the_others_peer(void **state)
{
    brasa_error err;

    (void)state;
    for (uint64_t seed = 0; seed < 10; seed++) {
        assert_int_equal(run_wrong(leaves_early, 3, seed, &err), BRASA_PEER);
        assert_non_null(strstr(err.text, "rank 1 has ended"));
    }
}

static brasa_status fails_alone(brasa_comm *c, brasa_error *err)
{
    int64_t v = 0;

    if (c->rank == 2) return brasa__fail(err, BRASA_DATA, "the cause");
    return brasa__comm_allreduce_sum(c, &v, 1, err);
}

static void the_cause_is_told_not_its_echo(void **state)
{
    brasa_error err;

    (void)state;
    assert_int_equal(run_wrong(fails_alone, 3, 1, &err), BRASA_DATA);
    assert_string_equal(err.text, "the cause");
}

static brasa_status throws_alone(brasa_comm *c, brasa_error *err)
{
    if (c->rank == 0) brasa__throw(BRASA_NO_MEMORY, "no more");
    return brasa__comm_barrier(c, err);
}

static void a_throw_ends_its_rank_only(void **state)
{
    brasa_error err;

    (void)state;
    assert_int_equal(run_wrong(throws_alone, 2, 1, &err), BRASA_NO_MEMORY);
}

static brasa_status waits_for_a_message(brasa_comm *c, brasa_error *err)
{
    int64_t v;

    return c->rank == 0 ? brasa__comm_recv(c, c->size == 2 ? 1 : -1, 3, &v, 8, err) : BRASA_OK;
}

static brasa_status sends_to_nobody(brasa_comm *c, brasa_error *err)
{
    static const char big[100000];

    return c->rank == 0 ? brasa__comm_send(c, 1, 3, big, sizeof big, err) : BRASA_OK;
}

static void messages_that_cannot_come_give_peer(void **state)
{
    brasa_error err;

    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        assert_int_equal(run_wrong(waits_for_a_message, 2, seed, &err), BRASA_PEER);
        assert_int_equal(run_wrong(waits_for_a_message, 3, seed, &err), BRASA_PEER);
        assert_int_equal(run_wrong(sends_to_nobody, 2, seed, &err), BRASA_PEER);
    }
}

static brasa_status different_calls(brasa_comm *c, brasa_error *err)
{
    int64_t v = 0;

    return c->rank == 0 ? brasa__comm_barrier(c, err) : brasa__comm_allreduce_sum(c, &v, 1, err);
}

static void different_collectives_at_one_place_are_found(void **state)
{
    brasa_error err;

    (void)state;
    assert_int_equal(run_wrong(different_calls, 2, 3, &err), BRASA_INTERNAL);
    assert_non_null(strstr(err.text, "barrier"));
    assert_non_null(strstr(err.text, "allreduce (sum)"));
}

static brasa_status never_comes(brasa_comm *c, brasa_error *err)
{
    brasa_wait wait = {0};

    c->deadline_ms = c->rank == 0 ? 50 : 2000;
    while (c->rank == 1) { /* alive, but elsewhere until rank 0 has given up */
        bool    found = false;
        int32_t from;
        int64_t n;

        if (brasa__comm_probe(c, 0, 1, &found, &from, &n, err) == BRASA_PEER) return BRASA_OK;
        BRASA_TRY(brasa__comm_wait(c, &wait, "rank 0", err));
    }
    return brasa__comm_barrier(c, err);
}

static void a_wait_past_its_deadline_is_a_timeout(void **state)
{
    brasa_error err;

    (void)state;
    assert_int_equal(run_wrong(never_comes, 2, 3, &err), BRASA_TIMEOUT);
    assert_non_null(strstr(err.text, "barrier"));
}

static brasa_status sees_settings(void *arg, brasa_comm *c, brasa_error *err)
{
    (void)arg;
    if (brasa__setting_int(BRASA_SET_THREADS) != 7 || brasa__ctx()->rank != c->rank || brasa__ctx()->size != c->size)
        return brasa__fail(err, BRASA_INTERNAL, "context of rank %d", c->rank);
    return brasa__comm_barrier(c, err);
}

static void each_rank_has_a_context_with_the_settings_of_the_caller(void **state)
{
    brasa_ctx  *ctx = brasa__ctx_new(0, 1), *before = brasa__ctx_set(ctx);
    brasa_error err;

    (void)state;
    brasa__error_clear(&err);
    assert_int_equal(brasa__config_set(ctx->config, "threads", "7", &err), BRASA_OK);
    assert_int_equal(brasa__sim_run(3, 1, sees_settings, NULL, &err), BRASA_OK);
    brasa__ctx_set(before);
    brasa__ctx_free(ctx);
}

static brasa_status finds_host(void *arg, brasa_comm *c, brasa_error *err)
{
    int32_t index = -1, count = -1;

    (void)arg;
    BRASA_TRY(brasa__comm_host(c, &index, &count, err));
    if (index != c->rank || count != c->size) return brasa__fail(err, BRASA_INTERNAL, "%d of %d", index, count);
    return BRASA_OK;
}

static void ranks_of_one_host_are_counted(void **state)
{
    brasa_error err;

    (void)state;
    brasa__error_clear(&err);
    assert_int_equal(brasa__sim_run(4, 1, finds_host, NULL, &err), BRASA_OK);
}

#ifdef BRASA_FAULTS
static void an_injected_failure_ends_all(void **state)
{
    brasa_ctx  *ctx = brasa__ctx_new(0, 1), *before = brasa__ctx_set(ctx);
    brasa_error err;
    uint64_t    seed = 1;

    (void)state;
    for (int n = 1; n < 12; n++) {
        char text[64];

        snprintf(text, sizeof text, "comm.fail:%d@1", n);
        brasa__error_clear(&err);
        assert_int_equal(brasa__config_set(ctx->config, "faults", text, &err), BRASA_OK);
        assert_int_equal(brasa__sim_run(3, seed, brasa_test_comm_checks, &seed, &err), BRASA_PEER);
    }
    brasa__ctx_set(before);
    brasa__ctx_free(ctx);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_is_right_under_many_seeds),  cmocka_unit_test(a_rank_that_leaves_early_gives_the_others_peer),
        cmocka_unit_test(the_cause_is_told_not_its_echo),        cmocka_unit_test(a_throw_ends_its_rank_only),
        cmocka_unit_test(messages_that_cannot_come_give_peer),   cmocka_unit_test(different_collectives_at_one_place_are_found),
        cmocka_unit_test(a_wait_past_its_deadline_is_a_timeout), cmocka_unit_test(each_rank_has_a_context_with_the_settings_of_the_caller),
        cmocka_unit_test(ranks_of_one_host_are_counted),
#ifdef BRASA_FAULTS
        cmocka_unit_test(an_injected_failure_ends_all),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
