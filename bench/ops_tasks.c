/* bench/ops_tasks.c -- what a stage of 1,000 tasks with next to nothing to do costs.
 *
 *     mpirun -n 3 bin/bench_tasks [passes]
 *
 * A thousand rows lie in a thousand partitions; a filter that lets nothing through is a stage of a thousand tasks.  The figure is the time of that stage on the driver, from its order to the
 * last reply: the median of the passes after one that warms up.  The goal is 5 ms with 2 workers.
 */
#include <stdio.h>
#include <stdlib.h>

#include <brasa/brasa.h>

enum { TASKS = 1000, MOST_PASSES = 1000 };

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Milliseconds of the stage with all the tasks; below 0: an error. */
static double one_pass(brasa_session *s, brasa_frame *f)
{
    const brasa_job_metrics *m;
    int64_t                  rows;

    if (brasa_count(brasa_filter(f, "id < 0"), &rows) != BRASA_OK || rows != 0) return -1;
    m = brasa_metrics(s);
    for (int32_t i = 0; m != NULL && i < m->nstages; i++)
        if (m->stages[i].tasks == TASKS) return (double)m->stages[i].ns / 1e6;
    fprintf(stderr, "bench_tasks: no stage had %d tasks\n", TASKS);
    return -1;
}

int main(int argc, char **argv)
{
    brasa_session *s = brasa_start(&argc, &argv, .app = "bench_tasks");
    int            passes = argc > 1 ? atoi(argv[1]) : 21;
    double         ms[MOST_PASSES];
    brasa_frame   *f;

    if (passes < 1 || passes > MOST_PASSES) passes = 21;
    brasa_set(s, "adaptive", "false");     /* it would join partitions that small */
    brasa_set(s, "disable-passes", "all"); /* the filter must not go below the partitions */
    f = brasa_repartition(brasa_range(s, 0, TASKS, 1), TASKS);
    f = brasa_persist(f);
    (void)one_pass(s, f);
    for (int i = 0; i < passes; i++) {
        ms[i] = one_pass(s, f);
        if (ms[i] < 0) return brasa_stop(s) == 0 ? 1 : 1;
    }
    qsort(ms, (size_t)passes, sizeof ms[0], by_size);
    printf("a stage of %d tasks: median %.2f ms, least %.2f, most %.2f\n", TASKS, ms[passes / 2], ms[0], ms[passes - 1]);
    return brasa_stop(s);
}
