/* shuffle/run.c -- the main thread's part of an exchange, from the first round to the list of blocks of every partition.
 *
 * Every rank goes through the same collectives whatever happens on it, and all return the same status.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "comm/agree.h"
#include "shuffle/inner.h"

enum { WATCH_NS = 20000000 };

/* With the lock held, until something happens; now and then look whether the job is to stop. */
static void wait_watching(brasa_exchange *x)
{
    const brasa_ctx *ctx = brasa__ctx();
    struct timespec  until;

    if (ctx->watch == NULL) {
        pthread_cond_wait(&x->work, &x->lock);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WATCH_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    if (pthread_cond_timedwait(&x->work, &x->lock, &until) != ETIMEDOUT) return;
    pthread_mutex_unlock(&x->lock);
    brasa__ctx_watch(ctx);
    pthread_mutex_lock(&x->lock);
}

static brasa_status wait_for_writers(brasa_exchange *x, brasa_error *err)
{
    brasa_status status = BRASA_OK;

    pthread_mutex_lock(&x->lock);
    while (x->ended < x->threads && !x->failed) wait_watching(x);
    if (x->failed) {
        *err = x->why;
        status = (brasa_status)x->why.code;
    }
    pthread_mutex_unlock(&x->lock);
    return status;
}

static brasa_status failure(brasa_exchange *x, brasa_error *err)
{
    brasa_status status = BRASA_OK;

    pthread_mutex_lock(&x->lock);
    if (x->failed) {
        *err = x->why;
        status = (brasa_status)x->why.code;
    }
    pthread_mutex_unlock(&x->lock);
    return status;
}

/* Rows are routed while they are moved. */
static brasa_status move_rows(brasa_exchange *x, brasa_error *err)
{
    if (x->comm->size == 1) return wait_for_writers(x, err);
    return brasa__rounds_run(x, err);
}

static brasa_status run_held(brasa_exchange *x, brasa_error *err)
{
    brasa_status status = brasa__meet(x->comm, wait_for_writers(x, err), err);

    if (status == BRASA_OK) status = brasa__hold_plan(x, err);
    if (status != BRASA_OK) return status;
    status = brasa__agree(x->comm, brasa__hold_scatter(x, err), err);
    if (status == BRASA_OK) status = move_rows(x, err);
    if (status != BRASA_OK) brasa__exchange_fail(x, err);
    brasa__hold_join(x);
    return status;
}

/* What went in came out: rows over all ranks, and the sum of their hashes where it is kept. */
static brasa_status check_totals(brasa_exchange *x, brasa_error *err)
{
    int64_t copies = x->spec.kind == BRASA_EXCHANGE_BROADCAST ? x->comm->size : 1, v[3] = {0};
    int64_t hash_in = 0;

    for (int32_t t = 0; t < x->threads; t++) {
        x->stats.rows_in += x->writers[t].rows_in;
        hash_in = (int64_t)((uint64_t)hash_in + x->writers[t].hash_in);
    }
    v[0] = x->stats.rows_in * copies;
    v[1] = x->stats.rows_out;
    v[2] = (int64_t)((uint64_t)hash_in * (uint64_t)copies - x->hash_out);
    BRASA_TRY(brasa__comm_allreduce_sum(x->comm, v, 3, err));
    if (v[0] != v[1]) return brasa__fail(err, BRASA_CORRUPT, "shuffle: %lld rows went in, %lld came out", (long long)v[0], (long long)v[1]);
    if (v[2] != 0 && brasa__exchange_checks_rows())
        return brasa__fail(err, BRASA_CORRUPT, "shuffle: %lld rows came out with other contents", (long long)v[1]);
    return BRASA_OK;
}

static int compare_entries(const void *a, const void *b, void *arg)
{
    const entry *x = a, *y = b;
    bool         ordered = *(const bool *)arg;

    if (x->partition != y->partition) return x->partition < y->partition ? -1 : 1;
    if (ordered && x->source != y->source) return x->source < y->source ? -1 : 1;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    if (x->thread != y->thread) return x->thread < y->thread ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* All entries of this rank into the lists of their partitions. */
static brasa_status collect(void *arg, brasa_error *err)
{
    brasa_exchange *x = arg;
    bool            ordered = brasa__exchange_ordered(x);
    entries        *all = &x->arrived;
    uint64_t        hash[SHUFFLE_STEP];

    (void)err;
    for (int32_t t = 0; t < x->threads; t++) {
        entries *own = &x->writers[t].own;

        for (; own->count > 0; own->count--) {
            entry *e = &own->items[own->count - 1];

            brasa__block_ref(e->block); /* one for the list, should it throw; dropped below */
            brasa__entries_add(x->arena, all, *e);
            brasa__block_unref(e->block);
        }
    }
    if (all->count > 0) qsort_r(all->items, (size_t)all->count, sizeof *all->items, compare_entries, &ordered);
    for (int32_t i = 0; i < all->count; i++) {
        entry      *e = &all->items[i];
        brasa_batch rows = {.rows = e->block->rows, .ncols = e->block->ncols, .cols = e->block->cols, .nsel = e->block->rows};

        if (brasa__exchange_checks_rows()) x->hash_out += brasa__exchange_row_hash(&rows, hash);
        x->stats.rows_out += e->block->rows;
        brasa__blocks_add(&x->parts[e->partition - x->first], brasa__block_ref(e->block));
    }
    for (int32_t i = 0; i < all->count; i++) brasa__block_unref(all->items[i].block);
    all->count = 0;
    return BRASA_OK;
}

static brasa_status finish(brasa_exchange *x, brasa_error *err)
{
    brasa_status status = failure(x, err);

    if (status == BRASA_OK) status = brasa__guarded(collect, x, err);
    BRASA_TRY(brasa__agree(x->comm, status, err));
    return check_totals(x, err);
}

brasa_status brasa__exchange_run(brasa_exchange *x, brasa_error *err)
{
    int64_t      sent = x->comm->bytes_sent, received = x->comm->bytes_received;
    bool         held = brasa__exchange_holds(x);
    brasa_status status;

    x->comm->sent_to = x->sent_to;
    if (held)
        status = run_held(x, err);
    else
        status = brasa__meet(x->comm, BRASA_OK, err); /* others may still compute what comes before */
    if (status == BRASA_OK && !held) status = move_rows(x, err);
    if (status == BRASA_OK) status = finish(x, err);
    if (status != BRASA_OK) brasa__exchange_fail(x, err);
    x->comm->sent_to = NULL;
    x->stats.bytes_sent = x->comm->bytes_sent - sent;
    x->stats.bytes_received = x->comm->bytes_received - received;
    return status;
}
