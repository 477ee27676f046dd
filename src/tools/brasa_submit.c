/* brasa_submit.c -- `brasa-submit [OPTION...] PROGRAM [ARGUMENT...]`: a job, sized to where it runs.
 *
 * Finds the nodes (Slurm's allocation, --hosts, this host), chooses workers, threads and memory, starts the ranks by srun or mpirun or as one process, watches them, and sweeps up.
 * Read plan.h, then run.h.  Exit status: the job's; 2 for a request that makes no sense, 75 when the time limit ended the job and it can be started again.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/brasa_submit/run.h"

/* Unlike any other run's on the same host by the same user. */
static const char *mark_of(text_pool *pool, const plan *p)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (p->job != NULL) return pool_format(pool, "job%s-%d-%lx", p->job, (int)getpid(), (unsigned long)now.tv_nsec);
    return pool_format(pool, "%d-%lx", (int)getpid(), (unsigned long)(now.tv_sec * 1000 + now.tv_nsec / 1000000));
}

static int work(text_pool *pool, int argc, char **argv)
{
    request     r = {.pool = pool};
    plan        p = {.pool = pool};
    cmd_outcome o = request_read(&r, argc, argv);

    if (o != CMD_RUN) return o == CMD_HELP ? STATUS_OK : STATUS_USAGE;
    if (r.slurm) return batch_submit(&r);
    if (!place_find(&p, &r)) return STATUS_USAGE;
    p.mark = mark_of(pool, &p);
    if (!shape_choose(&p, &r) || !launch_build(&p, &r)) return STATUS_USAGE;
    if (!r.dry_run) return run_job(&p);
    launch_print(&p, stdout);
    return STATUS_OK;
}

int main(int argc, char **argv)
{
    text_pool pool = {0};
    int       status = argc > 1 && strcmp(argv[1], "--sweep") == 0 ? sweep_main(argc, argv) : work(&pool, argc, argv);

    pool_free(&pool);
    return status;
}
