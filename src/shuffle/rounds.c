/* shuffle/rounds.c -- the main thread moves what writers have put into lanes, in rounds that all ranks take part in.
 *
 * A round: take the lanes, tell each peer how much comes (with rows, hashes and whether this rank is done), make room, agree that all
 * went well so far, move the data; while it moves, decode what the round before brought.  A rank enters a round when a lane is
 * half full, when its writers have ended or failed, and else every few milliseconds, because others may wait for it.
 *
 * A piece in memory that both ranks see is not sent: its place is told, and the other decodes it from there before it comes to the next
 * round.  So its buffer is kept until then, and a round of such pieces alone needs no agreement.
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
    int64_t  rows;
    uint64_t check; /* sum over the messages */
    int32_t  done;  /* nothing comes after this round */
    int32_t  agree; /* this rank sends something to someone, or has failed: all must go on, or none */
    int32_t  pieces;
    int32_t  bytes[SHUFFLE_LANE_PIECES];
    int64_t  place[SHUFFLE_LANE_PIECES];   /* of the piece in the memory that both share; -1: it is sent */
    int64_t  tasks_done, tasks, rows_read; /* of the stage so far */
} notice;

/* What the messages of one peer sum up to. */
typedef struct tally {
    int64_t  rows;
    uint64_t check;
} tally;

/* What came, or comes. */
typedef struct parcel {
    notice           *from; /* [size] */
    tally            *sums; /* [size] of what is decoded */
    brasa_buf       **bufs; /* [size * SHUFFLE_LANE_PIECES] of the pieces below */
    int32_t           count;
    brasa_comm_piece *pieces; /* those that are sent, in the order of ranks */
    int32_t           npieces;
    bool              filled;
} parcel;

struct rounds {
    brasa_exchange   *x;
    notice           *out;     /* [size] */
    lane             *sending; /* [size] */
    brasa_comm_piece *pieces;  /* [size * SHUFFLE_LANE_PIECES] of what is sent */
    int32_t           npieces;
    brasa_buf       **lent; /* [size * SHUFFLE_LANE_PIECES] that others fetch from: theirs until they come to the next round */
    int32_t           nlent;
    parcel            now, before;
    bool              done; /* this rank, with the round under way */
    bool              moving;
};

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

    brasa__ctx_watch(brasa__ctx());
    deadline_after(&until, TICK_NS);
    pthread_mutex_lock(&x->lock);
    while (!x->full && !x->failed && x->ended < x->threads)
        if (pthread_cond_timedwait(&x->work, &x->lock, &until) == ETIMEDOUT) break;
    /* before the lock is let go below: a thread that ends meanwhile may have filled a lane that was taken already */
    r->done = x->ended == x->threads;
    x->full = false;
    for (int32_t i = 0; i < lanes; i++) {
        r->sending[i] = x->lanes[i];
        x->lanes[i] = (lane) {0};
    }
    if (x->failed) {
        *err = x->why;
        status = (brasa_status)x->why.code;
    }
    pthread_cond_broadcast(&x->room);
    pthread_mutex_unlock(&x->lock);
    return status;
}

static void write_piece(rounds *r, notice *n, int32_t peer, int32_t k, const piece *p)
{
    n->rows += p->rows;
    n->check += p->check;
    n->bytes[k] = (int32_t)p->used;
    n->place[k] = brasa__comm_place(r->x->comm, p->buf->data);
    if (n->place[k] < 0)
        r->pieces[r->npieces++] = (brasa_comm_piece) {.data = p->buf->data, .bytes = (int64_t)p->used, .peer = peer};
    else
        brasa__comm_offered(r->x->comm, peer, (int64_t)p->used);
}

static void write_notices(rounds *r, bool failed)
{
    brasa_exchange    *x = r->x;
    bool               all = x->spec.kind == BRASA_EXCHANGE_BROADCAST;
    brasa_progress_sum mine = brasa__progress_mine(brasa__ctx()->progress);

    r->npieces = 0;
    for (int32_t p = 0; p < x->comm->size; p++) {
        const lane *l = &r->sending[all ? 0 : p];
        notice     *n = &r->out[p];

        *n = (notice) {.done = r->done, .tasks_done = mine.tasks, .tasks = mine.total, .rows_read = mine.rows};
        if (p == x->comm->rank) continue;
        n->pieces = l->count;
        for (int32_t k = 0; k < l->count; k++) write_piece(r, n, p, k, &l->pieces[k]);
    }
    for (int32_t p = 0; p < x->comm->size; p++) r->out[p].agree = failed || r->npieces > 0;
}

/* Room for what comes. */
static brasa_status make_room(void *arg, brasa_error *err)
{
    rounds *r = arg;
    parcel *now = &r->now;

    now->count = now->npieces = 0;
    for (int32_t p = 0; p < r->x->comm->size; p++) {
        const notice *n = &now->from[p];

        now->sums[p] = (tally) {0};
        if (n->pieces < 0 || n->pieces > SHUFFLE_LANE_PIECES)
            return brasa__fail(err, BRASA_CORRUPT, "shuffle: worker %d announces %d pieces", p, n->pieces);
        for (int32_t k = 0; k < n->pieces; k++, now->count++) {
            if (n->bytes[k] < (int32_t)sizeof(message) || n->bytes[k] > BRASA_COMM_MAX_MESSAGE)
                return brasa__fail(err, BRASA_CORRUPT, "shuffle: worker %d announces %d bytes", p, n->bytes[k]);
            now->bufs[now->count] = brasa__buf_new((size_t)n->bytes[k]);
            if (n->place[k] < 0)
                now->pieces[now->npieces++] = (brasa_comm_piece) {.data = now->bufs[now->count]->data, .bytes = n->bytes[k], .peer = p};
        }
    }
    return BRASA_OK;
}

static void release_parcel(parcel *p)
{
    for (int32_t k = 0; k < p->count; k++) brasa__buf_unref(p->bufs[k]);
    p->count = 0;
    p->filled = false;
}

/* Keeps the transfer going while this thread decodes. */
static brasa_status progress(rounds *r, brasa_error *err)
{
    bool done = false;

    if (!r->moving) return BRASA_OK;
    BRASA_TRY(brasa__comm_pieces_test(r->x->comm, &done, err));
    if (done) r->moving = false;
    return BRASA_OK;
}

/* `seen`: where the message's rows lie in memory of that rank; NULL: they are at data. */
static brasa_status decode_message(rounds *r, int32_t from, const message *m, brasa_buf *buf, uint8_t *data, const uint8_t *seen,
                                   brasa_error *err)
{
    brasa_exchange *x = r->x;
    brasa_block    *block = NULL;
    bool            near = brasa__comm_near(x->comm, from);
    brasa_status    status;
    entry           e = {.partition = m->partition, .source = m->source, .rank = from, .thread = m->thread, .seq = m->seq};

    if (m->partition < x->first || m->partition >= x->first + x->count)
        return brasa__fail(err, BRASA_CORRUPT, "shuffle: rows of partition %d came to worker %d from worker %d", m->partition,
                           x->comm->rank, from);
    if (BRASA_FAULT("shuffle.recv")) return brasa__fail(err, BRASA_IO, "receiving rows failed (injected)");
    if (BRASA_FAULT("shuffle.corrupt")) {
        if (seen != NULL) return brasa__fail(err, BRASA_CORRUPT, "shuffle: a damaged message from worker %d", from);
        data[near ? 0 : m->bytes / 2] ^= 0x40;
    }
    if (brasa__message_check(m, (const char *)(seen != NULL ? seen : data)) != m->check)
        return brasa__fail(err, BRASA_CORRUPT, "shuffle: a damaged message from worker %d", from);
    if (seen != NULL)
        status = brasa__block_decode_from(buf, data, seen, m->bytes, x->schema, &block, err);
    else if (near)
        status = brasa__block_decode_near(buf, data, m->bytes, x->schema, &block, err);
    else
        status = brasa__block_decode(buf, data, m->bytes, x->schema, &block, err);
    if (status != BRASA_OK) return status;
    e.block = block;
    if (block->rows != m->rows) {
        brasa__block_unref(block);
        return brasa__fail(err, BRASA_CORRUPT, "shuffle: a message of %d rows instead of %d from worker %d", e.block->rows, m->rows, from);
    }
    brasa__entries_add(x->arena, &x->arrived, e);
    return BRASA_OK;
}

/* `seen`: where the piece lies in memory of that rank; NULL: it is in buf. */
static brasa_status decode_piece(rounds *r, int32_t from, brasa_buf *buf, const uint8_t *seen, size_t bytes, tally *sum, brasa_error *err)
{
    size_t at = 0;

    while (at < bytes) {
        uint8_t *p = (uint8_t *)buf->data + at;
        message  m = {0};

        if (bytes - at >= sizeof m) memcpy(&m, seen != NULL ? seen + at : p, sizeof m);
        if (m.bytes == 0 || m.bytes % 64 != 0 || m.bytes > bytes - at - sizeof m)
            return brasa__fail(err, BRASA_CORRUPT, "shuffle: a damaged message from worker %d", from);
        at += sizeof m;
        BRASA_TRY(decode_message(r, from, &m, buf, p + sizeof m, seen == NULL ? NULL : seen + at, err));
        sum->rows += m.rows;
        sum->check += m.check;
        at += m.bytes;
    }
    return progress(r, err);
}

/* The pieces of one peer, `first` being its first, as far as they were sent; all must be what it announced. */
static brasa_status decode_from(rounds *r, int32_t from, int32_t first, brasa_error *err)
{
    const notice *n = &r->before.from[from];
    tally        *sum = &r->before.sums[from];

    for (int32_t k = 0; k < n->pieces; k++) {
        if (n->place[k] < 0) BRASA_TRY(decode_piece(r, from, r->before.bufs[first + k], NULL, (size_t)n->bytes[k], sum, err));
    }
    if (sum->rows != n->rows || sum->check != n->check)
        return brasa__fail(err, BRASA_CORRUPT, "shuffle: worker %d sent %lld rows, %lld came", from, (long long)n->rows,
                           (long long)sum->rows);
    return BRASA_OK;
}

static brasa_status decode_all(void *arg, brasa_error *err)
{
    rounds *r = arg;

    for (int32_t p = 0, first = 0; p < r->x->comm->size; first += r->before.from[p++].pieces) BRASA_TRY(decode_from(r, p, first, err));
    return BRASA_OK;
}

/* A failure here is told to the others in the next round, or at the end. */
static void decode_before(rounds *r)
{
    brasa_error err;

    if (!r->before.filled) return;
    brasa__error_clear(&err);
    if (brasa__guarded(decode_all, r, &err) != BRASA_OK) brasa__exchange_fail(r->x, &err);
    release_parcel(&r->before);
}

/* What was sent is done with; what others fetch is kept until they have it. */
static void release_lanes(rounds *r)
{
    for (int32_t p = 0; p < r->x->comm->size; p++) {
        for (int32_t k = 0; k < r->sending[p].count; k++) {
            brasa_buf *buf = r->sending[p].pieces[k].buf;

            if (brasa__comm_place(r->x->comm, buf->data) >= 0)
                r->lent[r->nlent++] = buf;
            else
                brasa__buf_unref(buf);
        }
        r->sending[p].count = 0;
    }
}

static void release_lent(rounds *r)
{
    for (int32_t k = 0; k < r->nlent; k++) brasa__buf_unref(r->lent[k]);
    r->nlent = 0;
}

/* What lies in memory of others: they wait for the next round with it. */
static brasa_status decode_seen(void *arg, brasa_error *err)
{
    rounds *r = arg;

    for (int32_t p = 0, at = 0; p < r->x->comm->size; p++) {
        const notice *n = &r->now.from[p];

        for (int32_t k = 0; k < n->pieces; k++, at++) {
            const void *seen;

            if (n->place[k] < 0) continue;
            BRASA_TRY(brasa__comm_see(r->x->comm, p, n->place[k], n->bytes[k], &seen, err));
            BRASA_TRY(decode_piece(r, p, r->now.bufs[at], seen, (size_t)n->bytes[k], &r->now.sums[p], err));
        }
    }
    return BRASA_OK;
}

/* `sends`: a rank sends something; else there is no one to wait for. */
static brasa_status move(rounds *r, bool sends, brasa_error *err)
{
    brasa_comm *c = r->x->comm;
    brasa_wait  wait = {0};
    int64_t     before = brasa__clock_ns();

    if (sends) BRASA_TRY(brasa__comm_pieces_start(c, r->pieces, r->npieces, r->now.pieces, r->now.npieces, err));
    r->moving = sends;
    if (brasa__guarded(decode_seen, r, err) != BRASA_OK) brasa__exchange_fail(r->x, err);
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
    int32_t first = brasa__ctx()->size - r->x->comm->size; /* rank of worker 0: 1, or 0 where the driver works too */

    for (int32_t p = 0; p < r->x->comm->size; p++) {
        const notice      *n = &r->now.from[p];
        brasa_progress_sum said = {.tasks = n->tasks_done, .total = n->tasks, .rows = n->rows_read};

        if (p != r->x->comm->rank) brasa__progress_heard(brasa__ctx()->progress, p + first, &said);
    }
}

/* Where nothing is sent, no rank waits for another to make room: its failure can wait for the next round. */
static bool must_agree(const rounds *r)
{
    bool must = false;

    for (int32_t p = 0; p < r->x->comm->size; p++) must = must || r->now.from[p].agree != 0;
    return must;
}

/* Sets *last when no rank has more to send. */
static brasa_status one_round(rounds *r, bool *last, brasa_error *err)
{
    brasa_comm  *c = r->x->comm;
    brasa_status local = take_lanes(r, err);
    brasa_error  told;
    bool         sends;
    parcel       swap;

    write_notices(r, local != BRASA_OK);
    c->busy = !r->done;
    BRASA_TRY(brasa__comm_alltoall(c, r->out, r->now.from, sizeof *r->out, local == BRASA_OK ? err : &told));
    release_lent(r);
    hear_progress(r);
    if (local == BRASA_OK) local = brasa__guarded(make_room, r, err);
    sends = must_agree(r);
    if (sends) BRASA_TRY(brasa__agree(c, local, err));
    if (local == BRASA_OK) {
        BRASA_TRY(move(r, sends, err));
    } else {
        brasa__exchange_fail(r->x, err);
        release_parcel(&r->now);
    }
    *last = true;
    for (int32_t p = 0; p < c->size; p++) *last = *last && r->now.from[p].done;
    r->now.filled = local == BRASA_OK;
    swap = r->before;
    r->before = r->now;
    r->now = swap;
    r->x->stats.rounds++;
    release_lanes(r);
    return BRASA_OK;
}

static void parcel_new(parcel *p, brasa_arena *arena, int32_t size)
{
    p->from = BRASA_NEWS(arena, notice, size);
    p->sums = BRASA_NEWS(arena, tally, size);
    p->bufs = BRASA_NEWS(arena, brasa_buf *, size * SHUFFLE_LANE_PIECES);
    p->pieces = BRASA_NEWS(arena, brasa_comm_piece, size * SHUFFLE_LANE_PIECES);
}

static rounds *rounds_new(brasa_exchange *x)
{
    rounds *r = BRASA_NEW(x->arena, rounds);

    r->x = x;
    r->out = BRASA_NEWS(x->arena, notice, x->comm->size);
    r->sending = BRASA_NEWS(x->arena, lane, x->comm->size);
    r->pieces = BRASA_NEWS(x->arena, brasa_comm_piece, x->comm->size * SHUFFLE_LANE_PIECES);
    r->lent = BRASA_NEWS(x->arena, brasa_buf *, x->comm->size * SHUFFLE_LANE_PIECES);
    parcel_new(&r->now, x->arena, x->comm->size);
    parcel_new(&r->before, x->arena, x->comm->size);
    return r;
}

static brasa_status call_new(void *arg, brasa_error *err)
{
    brasa_exchange *x = arg;

    (void)err;
    x->rounds = rounds_new(x);
    return BRASA_OK;
}

brasa_status brasa__rounds_run(brasa_exchange *x, brasa_error *err)
{
    brasa_status status = brasa__comm_share(x->comm, brasa__guarded(call_new, x, err), err);
    bool         last = false;

    if (status != BRASA_OK) return status;
    while (!last && status == BRASA_OK) status = one_round(x->rounds, &last, err);
    x->comm->busy = false;
    if (status == BRASA_OK) decode_before(x->rounds);
    return status;
}

void brasa__rounds_free(rounds *r)
{
    if (r == NULL) return;
    release_lent(r);
    if (r->x->comm->broken) return; /* MPI may still write there */
    release_lanes(r);
    release_lent(r);
    release_parcel(&r->now);
    release_parcel(&r->before);
}
