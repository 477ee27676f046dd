/* shuffle/rounds.c -- the main thread moves what writers have put into lanes, in rounds that all ranks take part in.
 *
 * A round: take the lanes, tell each peer how much comes (with rows, hashes and whether this rank is done), make room, agree that all
 * went well so far, move the data; while it moves, decode what the round before brought.  A rank enters a round when a lane is
 * half full, when its writers have ended or failed, and else every few milliseconds, because others may wait for it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/ctx.h"
#include "base/fault.h"
#include "comm/agree.h"
#include "obs/progress.h"
#include "shuffle/inner.h"

enum { TICK_NS = 2000000 };

/* What a rank tells another at the start of a round. */
typedef struct notice {
    int64_t  bytes;
    int64_t  rows;
    uint64_t check; /* sum over the messages */
    uint64_t rowhash;
    int64_t  done;                         /* nothing comes after this round */
    int64_t  tasks_done, tasks, rows_read; /* of the stage so far */
} notice;

typedef struct parcel {
    brasa_buf *buf;
    notice    *from; /* [size] */
    int64_t   *at;   /* [size] offsets in buf */
    bool       filled;
} parcel;

typedef struct rounds {
    brasa_exchange *x;
    brasa_arena    *arena;
    notice         *out;                     /* [size] */
    brasa_buf     **sending;                 /* [size] */
    int64_t        *send_at;                 /* [size] relative to the first buffer */
    int64_t        *send_bytes, *recv_bytes; /* [size] */
    parcel          now, before;
    bool            done; /* this rank, with the round under way */
    bool            moving;
} rounds;

static void deadline_after(struct timespec *t, int64_t ns)
{
    clock_gettime(CLOCK_MONOTONIC, t);
    t->tv_nsec += ns;
    t->tv_sec += t->tv_nsec / 1000000000;
    t->tv_nsec %= 1000000000;
}

/* Wait until a round is worth it, then take all lanes.  Returns the failure of this rank, if any. */
static brasa_status take_lanes(rounds *r, brasa_error *err)
{
    brasa_exchange *x = r->x;
    int32_t         lanes = x->spec.kind == BRASA_EXCHANGE_BROADCAST ? 1 : x->comm->size;
    struct timespec until;
    brasa_status    status = BRASA_OK;

    deadline_after(&until, TICK_NS);
    pthread_mutex_lock(&x->lock);
    while (!x->full && !x->failed && x->ended < x->threads)
        if (pthread_cond_timedwait(&x->work, &x->lock, &until) == ETIMEDOUT) break;
    /* before the lock is let go below: a thread that ends meanwhile may have filled a lane that was taken already */
    r->done = x->ended == x->threads;
    x->full = false;
    for (int32_t i = 0; i < lanes; i++) {
        lane *l = &x->lanes[i];

        while (l->pending > 0) pthread_cond_wait(&x->work, &x->lock);
        r->sending[i] = l->buf;
        r->out[i] = (notice) {.bytes = (int64_t)l->used, .rows = l->rows, .check = l->check};
        if (l->used * 2 > l->size && l->size < x->lane_bytes) l->size = l->size * 4 < x->lane_bytes ? l->size * 4 : x->lane_bytes;
        *l = (lane) {.size = l->size};
    }
    if (x->failed) {
        *err = x->why;
        status = (brasa_status)x->why.code;
    }
    pthread_cond_broadcast(&x->room);
    pthread_mutex_unlock(&x->lock);
    return status;
}

static void write_notices(rounds *r)
{
    brasa_exchange *x = r->x;
    int32_t         size = x->comm->size;
    bool            all = x->spec.kind == BRASA_EXCHANGE_BROADCAST;
    const char     *base = NULL;

    for (int32_t p = 0; p < size; p++) {
        if (all && p > 0) r->out[p] = r->out[0];
    }
    if (all) r->out[x->comm->rank] = (notice) {0};
    brasa_progress_sum mine = brasa__progress_mine(brasa__ctx()->progress);
    for (int32_t p = 0; p < size; p++) {
        const brasa_buf *b = r->sending[all ? 0 : p];

        r->out[p].done = r->done;
        r->out[p].tasks_done = mine.tasks;
        r->out[p].tasks = mine.total;
        r->out[p].rows_read = mine.rows;
        r->send_bytes[p] = r->out[p].bytes;
        if (b == NULL) continue;
        if (base == NULL) base = r->sending[all ? 0 : p]->data;
        r->send_at[p] = (int64_t)((intptr_t)b->data - (intptr_t)base);
    }
}

static const void *send_base(const rounds *r)
{
    for (int32_t p = 0; p < r->x->comm->size; p++)
        if (r->sending[p] != NULL) return r->sending[p]->data;
    return NULL;
}

/* Room for what comes. */
static brasa_status make_room(void *arg, brasa_error *err)
{
    rounds *r = arg;
    int64_t bytes = 0;

    for (int32_t p = 0; p < r->x->comm->size; p++) {
        r->now.at[p] = bytes;
        r->recv_bytes[p] = r->now.from[p].bytes;
        if (r->recv_bytes[p] < 0 || r->recv_bytes[p] > BRASA_COMM_MAX_MESSAGE)
            return brasa__fail(err, BRASA_CORRUPT, "shuffle: worker %d announces %lld bytes", p, (long long)r->recv_bytes[p]);
        bytes += (r->recv_bytes[p] + 63) / 64 * 64;
    }
    r->now.buf = bytes == 0 ? NULL : brasa__buf_new((size_t)bytes);
    return BRASA_OK;
}

/* Keeps the transfer going while this thread decodes. */
static brasa_status progress(rounds *r, brasa_error *err)
{
    bool done = false;

    if (!r->moving) return BRASA_OK;
    BRASA_TRY(brasa__comm_alltoallv_test(r->x->comm, &done, err));
    if (done) r->moving = false;
    return BRASA_OK;
}

static brasa_status decode_message(rounds *r, int32_t from, const message *m, uint8_t *data, brasa_error *err)
{
    brasa_exchange *x = r->x;
    brasa_block    *block = NULL;
    entry           e = {.partition = m->partition, .source = m->source, .rank = from, .thread = m->thread, .seq = m->seq};

    if (m->partition < x->first || m->partition >= x->first + x->count)
        return brasa__fail(err, BRASA_CORRUPT, "shuffle: rows of partition %d came to worker %d from worker %d", m->partition,
                           x->comm->rank, from);
    if (BRASA_FAULT("shuffle.recv")) return brasa__fail(err, BRASA_IO, "receiving rows failed (injected)");
    if (BRASA_FAULT("shuffle.corrupt")) data[m->bytes / 2] ^= 0x40;
    if (brasa__message_check(m, (const char *)data) != m->check)
        return brasa__fail(err, BRASA_CORRUPT, "shuffle: a damaged message from worker %d", from);
    BRASA_TRY(brasa__block_decode(r->before.buf, data, m->bytes, x->schema, &block, err));
    e.block = block;
    if (block->rows != m->rows) {
        brasa__block_unref(block);
        return brasa__fail(err, BRASA_CORRUPT, "shuffle: a message of %d rows instead of %d from worker %d", e.block->rows, m->rows, from);
    }
    brasa__entries_add(x->arena, &x->arrived, e);
    return BRASA_OK;
}

/* The messages of one peer; they must be what it announced. */
static brasa_status decode_from(rounds *r, int32_t from, brasa_error *err)
{
    const notice *n = &r->before.from[from];
    uint8_t      *p = n->bytes == 0 ? NULL : (uint8_t *)r->before.buf->data + r->before.at[from];
    int64_t       rows = 0, left = n->bytes;
    uint64_t      check = 0;

    while (left > 0) {
        message m;

        if (left < (int64_t)sizeof m) break;
        memcpy(&m, p, sizeof m);
        if (m.room < sizeof m || m.room % 64 != 0 || m.room > (uint64_t)left || m.bytes > m.room - sizeof m) break;
        if (m.bytes > 0) {
            BRASA_TRY(decode_message(r, from, &m, p + sizeof m, err));
            rows += m.rows;
            check += m.check;
            BRASA_TRY(progress(r, err));
        }
        p += m.room;
        left -= (int64_t)m.room;
    }
    if (left != 0 || rows != n->rows || check != n->check)
        return brasa__fail(err, BRASA_CORRUPT, "shuffle: worker %d sent %lld rows, %lld came", from, (long long)n->rows, (long long)rows);
    return BRASA_OK;
}

static brasa_status decode_all(void *arg, brasa_error *err)
{
    rounds *r = arg;

    for (int32_t p = 0; p < r->x->comm->size; p++) BRASA_TRY(decode_from(r, p, err));
    return BRASA_OK;
}

/* A failure here is told to the others in the next round, or at the end. */
static void decode_before(rounds *r)
{
    brasa_error err;

    if (!r->before.filled) return;
    brasa__error_clear(&err);
    if (brasa__guarded(decode_all, r, &err) != BRASA_OK) brasa__exchange_fail(r->x, &err);
    brasa__buf_unref(r->before.buf);
    r->before.buf = NULL;
    r->before.filled = false;
}

static void release_lanes(rounds *r)
{
    for (int32_t p = 0; p < r->x->comm->size; p++) {
        brasa__buf_unref(r->sending[p]);
        r->sending[p] = NULL;
    }
}

static brasa_status move(rounds *r, brasa_error *err)
{
    brasa_comm *c = r->x->comm;
    brasa_wait  wait = {0};
    int64_t     before = brasa__clock_ns();
    void       *to = r->now.buf == NULL ? NULL : r->now.buf->data;

    BRASA_TRY(brasa__comm_alltoallv_start(c, send_base(r), r->send_bytes, r->send_at, to, r->recv_bytes, r->now.at, err));
    r->moving = true;
    decode_before(r);
    if (c->broken) return brasa__fail(err, BRASA_PEER, "shuffle: the other workers cannot be reached");
    while (r->moving) {
        BRASA_TRY(progress(r, err));
        if (r->moving) BRASA_TRY(brasa__comm_wait(c, &wait, "shuffle of rows", err));
    }
    r->x->stats.wait_ns += brasa__clock_ns() - before;
    return BRASA_OK;
}

/* Counters of workers that rank 0 cannot see are put where it can. */
static void hear_progress(const rounds *r)
{
    for (int32_t p = 0; p < r->x->comm->size; p++) {
        const notice      *n = &r->now.from[p];
        brasa_progress_sum said = {.tasks = n->tasks_done, .total = n->tasks, .rows = n->rows_read};

        if (p != r->x->comm->rank) brasa__progress_heard(brasa__ctx()->progress, p + 1, &said); /* workers are the ranks from 1 */
    }
}

/* Sets *last when no rank has more to send. */
static brasa_status one_round(rounds *r, bool *last, brasa_error *err)
{
    brasa_comm  *c = r->x->comm;
    brasa_status local = take_lanes(r, err);
    parcel       swap;

    write_notices(r);
    if (local == BRASA_OK) {
        BRASA_TRY(brasa__comm_alltoall(c, r->out, r->now.from, sizeof *r->out, err));
        hear_progress(r);
        local = brasa__guarded(make_room, r, err);
    } else {
        brasa_error ignored; /* the failure is told below, where all can fail */

        BRASA_TRY(brasa__comm_alltoall(c, r->out, r->now.from, sizeof *r->out, &ignored));
    }
    BRASA_TRY(brasa__agree(c, local, err));
    BRASA_TRY(move(r, err));
    *last = true;
    for (int32_t p = 0; p < c->size; p++) *last = *last && r->now.from[p].done;
    r->now.filled = true;
    swap = r->before;
    r->before = r->now;
    r->now = swap;
    r->x->stats.rounds++;
    release_lanes(r);
    return BRASA_OK;
}

static rounds *rounds_new(brasa_exchange *x)
{
    rounds *r = BRASA_NEW(x->arena, rounds);

    r->x = x;
    r->out = BRASA_NEWS(x->arena, notice, x->comm->size);
    r->now.from = BRASA_NEWS(x->arena, notice, x->comm->size);
    r->before.from = BRASA_NEWS(x->arena, notice, x->comm->size);
    r->now.at = BRASA_NEWS(x->arena, int64_t, x->comm->size);
    r->before.at = BRASA_NEWS(x->arena, int64_t, x->comm->size);
    r->sending = BRASA_NEWS(x->arena, brasa_buf *, x->comm->size);
    r->send_at = BRASA_NEWS(x->arena, int64_t, x->comm->size);
    r->send_bytes = BRASA_NEWS(x->arena, int64_t, x->comm->size);
    r->recv_bytes = BRASA_NEWS(x->arena, int64_t, x->comm->size);
    return r;
}

typedef struct new_call {
    brasa_exchange *x;
    rounds         *r;
} new_call;

static brasa_status call_new(void *arg, brasa_error *err)
{
    new_call *n = arg;

    (void)err;
    n->r = rounds_new(n->x);
    return BRASA_OK;
}

brasa_status brasa__rounds_run(brasa_exchange *x, brasa_error *err)
{
    new_call     n = {.x = x};
    brasa_status status = brasa__guarded(call_new, &n, err);
    bool         last = false;

    status = brasa__agree(x->comm, status, err);
    if (status != BRASA_OK) return status;
    while (!last && status == BRASA_OK) status = one_round(n.r, &last, err);
    if (status == BRASA_OK) decode_before(n.r);
    if (!x->comm->broken) { /* else MPI may still write there */
        release_lanes(n.r);
        brasa__buf_unref(n.r->now.buf);
        brasa__buf_unref(n.r->before.buf);
    }
    return status;
}
