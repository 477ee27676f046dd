/* slow.c -- a job of 40 tasks (or as many as it is told) of which each sleeps, then a shuffle: for checks of what is seen while it runs.
 *
 * slow [TASKS [OUTPUT]]: with OUTPUT it writes the rows there instead of counting them.  slow idle: does nothing, for ever.
 */
#include <brasa/brasa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TASKS = 40, SLEEP_US = 60000 };

static int nap(brasa_udf_call *call)
{
    const int64_t *x = call->args[0].values;

    usleep(SLEEP_US);
    for (int32_t i = 0; i < call->rows; i++) ((int64_t *)call->out)[i] = x[i];
    return 0;
}
BRASA_UDF(nap, .batch = nap, .args = "BIGINT", .returns = "BIGINT", .volatile_ = true);

int main(int argc, char **argv)
{
    brasa_session *s = brasa_start(&argc, &argv, .app = "slow");
    bool           idle = argc > 1 && strcmp(argv[1], "idle") == 0;
    int            tasks = argc > 1 ? atoi(argv[1]) : TASKS;
    brasa_frame   *f;

    if (idle) {
        puts("idle");
        fflush(stdout);
        for (;;) pause();
    }
    f = brasa_repartition(brasa_range(s, 0, tasks, 1), tasks, .range = "id");

    f = brasa_persist(f);
    f = brasa_with_column(f, "x", "nap(id)");
    if (argc > 2) {
        brasa_write(f, argv[2], .mode = BRASA_OVERWRITE);
    } else {
        f = brasa_aggregate(f, "x % 5 AS k", "count(*) AS n");
        brasa_show(brasa_aggregate(f, "", "sum(n)"), 3);
    }
    return brasa_stop(s);
}
