/* comm/launch.c -- which world this process is in.
 *
 * A launcher is known by the variables that it sets.  A job that was started as several copies without a PMI that MPI
 * understands would run once per copy, each thinking it is alone, and write its output many times: that is refused.
 */
#include "comm/launch.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "base/hash.h"
#include "base/note.h"
#include "comm/class.h"
#include "comm/share.h"

static int env_int(const char *name)
{
    const char *s = getenv(name);

    return s == NULL ? 0 : atoi(s);
}

bool brasa__comm_launched(void)
{
    static const char *const marks[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE", "PALS_RANKID"};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (getenv(marks[i]) != NULL) return true;
    return false;
}

/* Open MPI's own choice of transport costs 200 ms of start-up; on one host ob1 loses nothing. */
static void set_defaults(void)
{
    int  ranks = env_int("OMPI_COMM_WORLD_SIZE");
    int  local = env_int("OMPI_COMM_WORLD_LOCAL_SIZE");
    bool one_host = (ranks > 0 && ranks == local) || (ranks == 0 && env_int("SLURM_STEP_NUM_NODES") == 1);

    if (one_host) setenv("OMPI_MCA_pml", "ob1", 0);
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
}

brasa_status brasa__comm_world(int *argc, char ***argv, brasa_comm **out, brasa_error *err)
{
    int copies = env_int("SLURM_STEP_NUM_TASKS");

    if (!brasa__comm_launched() || env_int("OMPI_COMM_WORLD_SIZE") == 1) {
        if (copies > 1 && !brasa__comm_launched())
            return brasa__fail(err, BRASA_INVALID, "srun started %d copies that cannot find each other; use srun --mpi=pmix, or mpirun",
                               copies);
        return brasa__comm_self_world(out, err);
    }
    set_defaults();
    BRASA_TRY(brasa__comm_mpi_world(argc, argv, out, err));
    if (copies > 1 && (*out)->size == 1 && getenv("OMPI_COMM_WORLD_SIZE") == NULL) {
        brasa__comm_end(*out);
        *out = NULL;
        return brasa__fail(err, BRASA_INVALID, "srun started %d copies, but MPI sees one rank; use srun --mpi=pmix, or mpirun", copies);
    }
    return BRASA_OK;
}

brasa_status brasa__comm_host(brasa_comm *world, int32_t *index, int32_t *count, brasa_error *err)
{
    const char  *host = brasa__ctx()->host;
    size_t       bytes = sizeof(uint64_t) * (size_t)world->size;
    uint64_t     mine = brasa__hash_bytes(host, strlen(host));
    uint64_t    *send = brasa__alloc(2 * bytes), *recv = send + world->size;
    brasa_status status;

    for (int32_t r = 0; r < world->size; r++) send[r] = mine;
    status = brasa__comm_alltoall(world, send, recv, sizeof mine, err);
    *index = 0;
    *count = 0;
    for (int32_t r = 0; r < world->size && status == BRASA_OK; r++) {
        *count += recv[r] == mine;
        *index += recv[r] == mine && r < world->rank;
    }
    brasa__free(send, 2 * bytes);
    return status;
}

void brasa__comm_end(brasa_comm *world)
{
    if (world == NULL) return;
    brasa__share_free(world);
    world->cls->end(world);
}

_Noreturn void brasa__comm_abort(brasa_comm *world, int status)
{
    brasa__note("abort %d", status); /* an MPI launcher may wait for ever for a host that is gone; ours ends it */
    if (world == NULL) exit(status);
    world->cls->abort(world, status);
    abort();
}
