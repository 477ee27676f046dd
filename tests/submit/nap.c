/* nap.c -- a job that takes its time: `nap ROWS` sleeps 10 ms for each row, in a user function, then prints how many there were.
 * With NAP_AT_BEGIN=R or NAP_AT_END=R in the environment rank R stops itself on its way in or out.
 *
 * Under Slurm it naps only in its first run: what was requeued ends at once.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <brasa/brasa.h>

static int doze(brasa_udf_call *call)
{
    const int64_t        *id = call->args[0].values;
    const char           *restarts = getenv("SLURM_RESTART_COUNT");
    const struct timespec nap = {.tv_nsec = 10000000};

    for (int32_t i = 0; i < call->rows; i++) {
        if (restarts == NULL || restarts[0] == '0') nanosleep(&nap, NULL);
        ((int64_t *)call->out)[i] = id[i];
    }
    return 0;
}
BRASA_UDF(doze, .batch = doze, .args = "BIGINT", .returns = "BIGINT");

static void stop_at(const char *place)
{
    const char *who = getenv(place), *rank = getenv("OMPI_COMM_WORLD_RANK");

    if (who != NULL && strcmp(who, rank == NULL ? "0" : rank) == 0) raise(SIGSTOP);
}

static void stop_at_end(void)
{
    stop_at("NAP_AT_END");
}

int main(int argc, char **argv)
{
    const char *const small[] = {"batch-rows=64", NULL}; /* tasks look whether they are to end after each batch */

    stop_at("NAP_AT_BEGIN");
    atexit(stop_at_end);
    brasa_session *s = brasa_start(&argc, &argv, .app = "nap", .settings = small);
    brasa_frame   *f = brasa_range(s, 0, argc > 1 ? atoll(argv[1]) : 100, 1);

    f = brasa_repartition(f, 8, .hash = "id");
    f = brasa_aggregate(brasa_filter(f, "doze(id) >= 0"), "", "count(*) AS n");
    brasa_show(f, 1);
    return brasa_stop(s);
}
