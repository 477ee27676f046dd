/* test_jobs.c -- driver and workers over simulated ranks. */
#include <stdio.h>

#include "base/config.h"
#include "comm/launch.h"
#include "support/job_checks.h"
#include "unit.h"

static void jobs_run_fail_and_run_again_at_any_number_of_ranks(void **state)
{
    static const int32_t sizes[] = {1, 2, 3, 5};
    static const int64_t rows[] = {0, 1, 2049, 30000};
    unit_state          *s = *state;

    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < 4; k++) {
            job_case c = {.threads = 1 + (int32_t)k % 2, .rows = rows[k]};

            brasa__error_clear(&s->err);
            assert_ok(brasa__sim_run(sizes[i], i * 10 + k, brasa_test_jobs, &c, &s->err), s->err);
        }
    }
}

#ifdef BRASA_FAULTS
static void a_rank_with_another_program_is_refused(void **state)
{
    unit_state *s = *state;
    job_case    c = {.threads = 1, .rows = 10};

    assert_ok(brasa__config_set(s->ctx->config, "faults", "program.differs:1@2", &s->err), s->err);
    assert_status(brasa__sim_run(4, 1, brasa_test_jobs, &c, &s->err), BRASA_PEER, s->err);
    assert_text_has(s->err.text, "rank 2 ");
    assert_text_has(s->err.text, "runs another build");
}

/* Wherever memory ends: an answer or an error, and all ranks end. */
static void never_hangs_without_memory(unit_state *s, int rank)
{
    job_case c = {.threads = 1, .rows = 3000};

    s->ctx->rank = 99; /* the fault is not for the thread that starts the ranks */
    for (int n = 1; n < 600; n += 11) {
        char         text[64];
        brasa_status status;

        snprintf(text, sizeof text, "alloc:%d@%d", n, rank);
        assert_ok(brasa__config_set(s->ctx->config, "faults", text, &s->err), s->err);
        brasa__error_clear(&s->err);
        status = brasa__sim_run(3, 1, brasa_test_jobs, &c, &s->err);
        if (status != BRASA_OK) assert_status(status, BRASA_NO_MEMORY, s->err);
    }
}

static void a_worker_without_memory_never_hangs_the_job(void **state)
{
    never_hangs_without_memory(*state, 1);
}

static void a_driver_without_memory_never_hangs_the_job(void **state)
{
    never_hangs_without_memory(*state, 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(jobs_run_fail_and_run_again_at_any_number_of_ranks),
#ifdef BRASA_FAULTS
        unit_case(a_rank_with_another_program_is_refused),
        unit_case(a_driver_without_memory_never_hangs_the_job),
        unit_case(a_worker_without_memory_never_hangs_the_job),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
