/* test_self.c -- the world of one process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "comm/launch.h"
#include "support/comm_checks.h"

static const char *const marks[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE", "PALS_RANKID"};

static int forget_launcher(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) unsetenv(marks[i]);
    unsetenv("SLURM_STEP_NUM_TASKS");
    return 0;
}

static void one_process_does_all_collectives(void **state)
{
    brasa_comm *c = NULL;
    brasa_error err;
    uint64_t    seed = 5;

    (void)state;
    brasa__error_clear(&err);
    assert_false(brasa__comm_launched());
    assert_int_equal(brasa__comm_world(NULL, NULL, &c, &err), BRASA_OK);
    assert_int_equal(c->size, 1);
    assert_int_equal(c->rank, 0);
    assert_int_equal(brasa_test_comm_checks(&seed, c, &err), BRASA_OK);
    brasa__comm_end(c);
}

static void the_variables_of_a_launcher_are_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        setenv(marks[i], "2", 1);
        assert_true(brasa__comm_launched());
        unsetenv(marks[i]);
        assert_false(brasa__comm_launched());
    }
}

static void copies_that_cannot_find_each_other_are_refused(void **state)
{
    brasa_comm *c = NULL;
    brasa_error err;

    (void)state;
    brasa__error_clear(&err);
    setenv("SLURM_STEP_NUM_TASKS", "4", 1);
    assert_int_equal(brasa__comm_world(NULL, NULL, &c, &err), BRASA_INVALID);
    assert_null(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_process_does_all_collectives, forget_launcher),
        cmocka_unit_test_setup(the_variables_of_a_launcher_are_seen, forget_launcher),
        cmocka_unit_test_setup(copies_that_cannot_find_each_other_are_refused, forget_launcher),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
