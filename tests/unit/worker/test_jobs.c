/* test_jobs.c -- driver and workers over simulated ranks. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(jobs_run_fail_and_run_again_at_any_number_of_ranks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
