/* Task threads: everyone runs, everyone meets, idle ones help. */
#include <stdatomic.h>
#include <string.h>

#include "exec/crew.h"
#include "support/unit.h"

typedef struct count_state {
    brasa_crew *crew;
    atomic_int  threads[8];
    atomic_int  sum, after, fails;
    int32_t     n, throws; /* pieces that fail; 0: none */
} count_state;

static void visit(void *arg, int32_t thread)
{
    count_state *s = arg;

    s->threads[thread]++;
}

static void every_thread_runs_once_a_start(void **state)
{
    for (int32_t threads = 1; threads <= 5; threads++) {
        count_state s = {0};
        brasa_error err;

        assert_ok(brasa__crew_new(threads, &s.crew, &err), err);
        for (int i = 0; i < 200; i++) {
            brasa__crew_start(s.crew, visit, &s);
            brasa__crew_wait(s.crew);
            for (int32_t t = 0; t < 8; t++) assert_int_equal(s.threads[t], t < threads ? i + 1 : 0);
        }
        brasa__crew_free(s.crew);
    }
    (void)state;
}

static void meet_in_rounds(void *arg, int32_t thread)
{
    count_state *s = arg;

    for (int round = 1; round <= 50; round++) {
        s->threads[thread] = round;
        brasa__crew_meet(s->crew);
        for (int32_t t = 0; t < s->n; t++) s->fails += s->threads[t] != round;
        brasa__crew_meet(s->crew);
    }
}

static void nobody_passes_a_barrier_early(void **state)
{
    for (int32_t threads = 1; threads <= 4; threads++) {
        count_state s = {.n = threads};
        brasa_error err;

        assert_ok(brasa__crew_new(threads, &s.crew, &err), err);
        brasa__crew_start(s.crew, meet_in_rounds, &s);
        brasa__crew_wait(s.crew);
        assert_int_equal(s.fails, 0);
        brasa__crew_free(s.crew);
    }
    (void)state;
}

static brasa_status add(void *arg, int32_t i, brasa_error *err)
{
    count_state *s = arg;

    if (s->n > 0 && i == s->n) return brasa__fail(err, BRASA_DATA, "piece %d", i);
    if (s->throws > 0 && i == s->throws) brasa__throw(BRASA_NO_MEMORY, "thrown by piece %d", i);
    s->sum += i;
    return BRASA_OK;
}

static void split_inside(void *arg, int32_t thread)
{
    count_state *s = arg;
    brasa_error  err;

    if (thread == 0) {
        for (int k = 0; k < 20; k++) s->fails += brasa__crew_parallel(s->crew, 100, add, s, &err) != BRASA_OK;
    }
    brasa__crew_meet(s->crew);
    s->after++;
    s->fails += brasa__crew_parallel(s->crew, 10, add, s, &err) != BRASA_OK; /* all at once */
}

static void split_work_is_done_once_by_the_main_thread_or_inside(void **state)
{
    for (int32_t threads = 1; threads <= 4; threads++) {
        count_state s = {0};
        brasa_error err;

        assert_ok(brasa__crew_new(threads, &s.crew, &err), err);
        assert_ok(brasa__crew_parallel(s.crew, 0, add, &s, &err), err);
        assert_ok(brasa__crew_parallel(s.crew, 1000, add, &s, &err), err);
        assert_int_equal(s.sum, 499500);
        s.sum = 0;
        brasa__crew_start(s.crew, split_inside, &s);
        brasa__crew_wait(s.crew);
        assert_int_equal(s.after, threads);
        assert_int_equal(s.fails, 0);
        assert_int_equal(s.sum, 20 * 4950 + threads * 45);
        brasa__crew_free(s.crew);
    }
    (void)state;
}

static void a_failing_piece_ends_the_split_with_its_error(void **state)
{
    for (int32_t threads = 1; threads <= 4; threads++) {
        count_state s = {.n = 7};
        brasa_error err;

        assert_ok(brasa__crew_new(threads, &s.crew, &err), err);
        assert_status(brasa__crew_parallel(s.crew, 1000, add, &s, &err), BRASA_DATA, err);
        assert_string_equal(err.text, "piece 7");
        s.n = 0;
        s.throws = 10;
        assert_status(brasa__crew_parallel(s.crew, 1000, add, &s, &err), BRASA_NO_MEMORY, err);
        s.throws = 0;
        s.sum = 0;
        assert_ok(brasa__crew_parallel(s.crew, 10, add, &s, &err), err);
        assert_int_equal(s.sum, 45);
        brasa__crew_free(s.crew);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(every_thread_runs_once_a_start),
        unit_case(nobody_passes_a_barrier_early),
        unit_case(split_work_is_done_once_by_the_main_thread_or_inside),
        unit_case(a_failing_piece_ends_the_split_with_its_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
