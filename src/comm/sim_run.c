/* comm/sim_run.c -- run a function as N ranks on N threads.
 *
 * Every rank has a context of its own (account, pool, faults, log), with the settings of the caller.  Ends when all threads
 * have; a rank that returns early makes the waits of the others fail with PEER, so it always ends.
 */
#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/fault.h"
#include "base/hash.h"
#include "comm/launch.h"
#include "comm/sim.h"

enum { SIM_DEADLINE_MS = 30000 };

typedef struct sim_rank {
    sim_world      *world;
    sim_comm       *comm;
    brasa_ctx      *ctx;
    brasa_sim_main *fn;
    void           *arg;
    brasa_status    status;
    brasa_error     err;
    pthread_t       thread;
    bool            started;
} sim_rank;

static brasa_status call_main(void *arg, brasa_error *err)
{
    sim_rank *r = arg;

    r->comm = brasa__sim_comm_new(r->world, r->world->groups, r->ctx->rank, SIM_DEADLINE_MS);
    return r->fn(r->arg, &r->comm->base, err);
}

static void rank_ended(void *arg)
{
    sim_rank *r = arg;

    pthread_mutex_lock(&r->world->lock);
    r->world->ended[r->ctx->rank] = true;
    pthread_mutex_unlock(&r->world->lock);
    if (r->comm != NULL) brasa__comm_free(&r->comm->base);
    brasa__ctx_set(NULL);
}

static void *rank_thread(void *arg)
{
    sim_rank *r = arg;

    brasa__ctx_set(r->ctx);
    pthread_cleanup_push(rank_ended, r);
    r->status = brasa__guarded(call_main, r, &r->err);
    pthread_cleanup_pop(1);
    return NULL;
}

_Noreturn void brasa__sim_abort(brasa_comm *world, int status)
{
    (void)world, (void)status;
    pthread_exit(NULL); /* the cleanup marks this rank as ended; its status stays PEER */
}

/* The settings of the caller, and the faults that they name. */
static brasa_status copy_settings(brasa_ctx *to, brasa_error *err)
{
    brasa_ctx   *from = brasa__ctx();
    brasa_arena *arena;
    brasa_wire   wire;
    brasa_reader reader;
    brasa_status status;

    if (from->config == NULL) return BRASA_OK;
    arena = brasa__arena_new(NULL, "sim settings");
    brasa__wire_init(&wire, arena);
    brasa__config_put(from->config, &wire);
    reader = brasa__reader(wire.data, wire.len);
    status = brasa__config_get(to->config, &reader, err);
    if (status == BRASA_OK) status = brasa__faults_set(to->faults, brasa__config_text(from->config, BRASA_SET_FAULTS), err);
    brasa__arena_free(arena);
    return status;
}

static brasa_status start_rank(sim_rank *r, int32_t rank, brasa_error *err)
{
    pthread_attr_t attr;
    int            rc;

    r->status = BRASA_PEER;
    brasa__error_clear(&r->err);
    r->ctx = brasa__ctx_new(rank, r->world->ranks);
    BRASA_TRY(copy_settings(r->ctx, err));
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, (size_t)8 << 20);
    rc = pthread_create(&r->thread, &attr, rank_thread, r);
    pthread_attr_destroy(&attr);
    if (rc != 0) return brasa__fail_errno(err, rc, "a thread for a simulated rank");
    r->started = true;
    return BRASA_OK;
}

/* What is told of a run: the failure of the lowest rank that failed by itself, not for another's sake. */
static brasa_status worst(const sim_rank *ranks, int32_t n, brasa_error *err)
{
    const sim_rank *bad = NULL;

    for (int32_t i = 0; i < n; i++) {
        const sim_rank *r = &ranks[i];

        if (!r->started || r->status == BRASA_OK) continue;
        if (bad == NULL || (bad->status == BRASA_PEER && r->status != BRASA_PEER)) bad = r;
    }
    if (bad == NULL) return BRASA_OK;
    if (bad->err.code == BRASA_OK) return brasa__fail(err, bad->status, "rank %d ended without a message", bad->ctx->rank);
    *err = bad->err;
    return bad->status;
}

brasa_status brasa__sim_run(int32_t ranks, uint64_t seed, brasa_sim_main *fn, void *arg, brasa_error *err)
{
    sim_world    world = {.home = brasa__ctx(), .ranks = ranks, .seed = brasa__hash_u64(seed + 1)};
    size_t       bytes = sizeof(sim_rank) * (size_t)ranks, n = (size_t)ranks;
    sim_rank    *all = brasa__alloc(bytes);
    int32_t     *identity = brasa__alloc(n * sizeof *identity);
    brasa_status status = BRASA_OK, told;

    pthread_mutex_init(&world.lock, NULL);
    world.ended = brasa__alloc(n);
    for (int32_t r = 0; r < ranks; r++) identity[r] = r;
    brasa__sim_group_new(&world, NULL, 0, 0, identity, ranks);
    for (int32_t r = 0; r < ranks; r++) {
        all[r] = (sim_rank) {.world = &world, .fn = fn, .arg = arg};
        if (status == BRASA_OK) status = start_rank(&all[r], r, err);
        if (all[r].started) continue;
        pthread_mutex_lock(&world.lock); /* never came: those that wait for it must not hang */
        world.ended[r] = true;
        pthread_mutex_unlock(&world.lock);
    }
    for (int32_t r = 0; r < ranks; r++)
        if (all[r].started) pthread_join(all[r].thread, NULL);
    told = worst(all, ranks, status == BRASA_OK ? err : &(brasa_error) {0});
    for (int32_t r = 0; r < ranks; r++) brasa__ctx_free(all[r].ctx);
    brasa__sim_groups_free(&world);
    pthread_mutex_destroy(&world.lock);
    brasa__free(world.ended, n);
    brasa__free(identity, n * sizeof *identity);
    brasa__free(all, bytes);
    return status != BRASA_OK ? status : told;
}
