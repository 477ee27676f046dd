/* brasa_submit.c -- `brasa-submit [OPTION...] PROGRAM [ARGUMENT...]`: a job, sized to where it runs.
 *
 * Finds the nodes (Slurm's allocation, --hosts, this host), chooses workers, threads and memory, starts the ranks by srun or mpirun or as one process, watches them, and sweeps up.
 * Read plan.h, then run.h.  Exit status: the job's; 2 for a request that makes no sense, 75 when the time limit ended the job and it can be started again.
 */
#include <fcntl.h>
#include <stdlib.h>
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

/* `srun -n 4 brasa-submit ...`, `mpirun brasa-submit ...`: one of them says it. */
static bool started_once(void)
{
    const char *mpi = getenv("OMPI_COMM_WORLD_SIZE"), *slurm = getenv("SLURM_STEP_NUM_TASKS");
    const char *rank = getenv(mpi != NULL ? "OMPI_COMM_WORLD_RANK" : "SLURM_PROCID");
    long        copies = strtol(mpi != NULL ? mpi : slurm != NULL ? slurm : "1", NULL, 10);

    if (copies < 2 || rank == NULL) return true;
    if (strcmp(rank, "0") == 0)
        fprintf(
            stderr,
            "brasa-submit: %s started this %ld times; call brasa-submit by itself, once: it starts the ranks (in a batch script, or in salloc)\n",
            mpi != NULL ? "mpirun" : "srun", copies);
    return false;
}

static bool make_plan(plan *p, const request *r, const text_list *lost)
{
    if (!place_find(p, r, lost)) return false;
    p->mark = mark_of(r->pool, p);
    return shape_choose(p, r) && launch_build(p, r);
}

/* Again from the start, on the hosts that are left: output is committed at the end, so there is nothing to undo. */
static int run_with_retries(plan *p, const request *r)
{
    text_list lost = {.pool = r->pool};
    int32_t   most = request_number(r, "retries");
    run_end   end;
    int       status = run_job(p, &end);

    for (int32_t n = 1; n <= most && status != STATUS_OK && end.again; n++) {
        fprintf(stderr, "brasa-submit: starting the job again (%d of %d)\n", (int)n, (int)most);
        if (end.lost[0] != '\0') list_addf(&lost, "%s", end.lost);
        *p = (plan) {.pool = r->pool};
        if (!make_plan(p, r, &lost)) return status;
        status = run_job(p, &end);
    }
    return status;
}

static int work(text_pool *pool, int argc, char **argv)
{
    request         r = {.pool = pool};
    plan            p = {.pool = pool};
    const text_list none = {.pool = pool};
    cmd_outcome     o = request_read(&r, argc, argv);

    if (o != CMD_RUN) return o == CMD_HELP ? STATUS_OK : STATUS_USAGE;
    if (!started_once()) return STATUS_USAGE;
    if (r.slurm) return batch_submit(&r);
    if (!make_plan(&p, &r, &none)) return STATUS_USAGE;
    if (!r.dry_run) return run_with_retries(&p, &r);
    launch_print(&p, stdout);
    return STATUS_OK;
}

/* Or a pipe of ours is what the job prints on. */
static void keep_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd) return;
}

int main(int argc, char **argv)
{
    keep_standard_files();
    text_pool pool = {0};
    int       status = argc > 1 && strcmp(argv[1], "--sweep") == 0 ? sweep_main(argc, argv) : work(&pool, argc, argv);

    pool_free(&pool);
    return status;
}
