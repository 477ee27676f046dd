/* shuffle/deliver.c -- a block goes to the owner of its partition: by pointer on this rank, encoded into a piece to another.
 *
 * Pieces belong to their writer until they are full; only then the lock is taken, to put them into the lane.  What does not fit into a
 * piece is cut by rows; a single row may have up to BRASA_COMM_MAX_MESSAGE bytes.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/now.h"
#include "data/encode_plain.h"
#include "shuffle/inner.h"

static bool has_room(const brasa_exchange *x, const lane *l, size_t bytes)
{
    return l->count == 0 || (l->count < SHUFFLE_LANE_PIECES && l->used + bytes <= x->lane_bytes);
}

static void wait_for_room(brasa_exchange *x)
{
    int64_t begun = brasa__clock_ns();

    pthread_cond_wait(&x->room, &x->lock);
    brasa__now()->room_ns += brasa__clock_ns() - begun;
}

/* Waits while the lane is full.  Takes over the piece's buffer, also when it fails. */
static brasa_status hand_over(writer *w, lane *l, piece *p, brasa_error *err)
{
    brasa_exchange *x = w->x;
    bool            failed;

    pthread_mutex_lock(&x->lock);
    while (!x->failed && !has_room(x, l, p->used)) {
        x->full = true;
        pthread_cond_signal(&x->work);
        wait_for_room(x);
    }
    failed = x->failed;
    if (!failed) {
        l->pieces[l->count++] = *p;
        l->used += p->used;
        if ((l->used * 2 >= x->lane_bytes || l->count * 2 >= SHUFFLE_LANE_PIECES) && !x->full) {
            x->full = true;
            pthread_cond_signal(&x->work);
        }
    }
    pthread_mutex_unlock(&x->lock);
    if (failed) brasa__buf_unref(p->buf);
    *p = (piece) {0};
    return failed ? brasa__exchange_refused(x, err) : BRASA_OK;
}

/* What goes to all has one buffer for all, also for those on other hosts. */
brasa_buf *brasa__piece_buf(brasa_exchange *x, int32_t peer, size_t bytes)
{
    return x->spec.kind == BRASA_EXCHANGE_BROADCAST ? brasa__buf_new(bytes) : brasa__comm_buf(x->comm, peer, bytes);
}

/* A piece of this writer with room for `need` bytes more. */
static brasa_status make_room(writer *w, int32_t peer, size_t need, brasa_error *err)
{
    brasa_exchange *x = w->x;
    piece          *p = &w->open[peer];

    if (p->buf != NULL && p->used + need > p->buf->bytes) BRASA_TRY(hand_over(w, &x->lanes[peer], p, err));
    if (p->buf != NULL) return BRASA_OK;
    need = need > x->piece_bytes ? need : x->piece_bytes;
    p->buf = w->again[peer] ? brasa__piece_buf(x, peer, need) : brasa__buf_new(need);
    w->again[peer] = true;
    return BRASA_OK;
}

brasa_status brasa__deliver_flush(writer *w, brasa_error *err)
{
    for (int32_t r = 0; r < w->x->comm->size; r++) {
        if (w->open[r].used > 0) BRASA_TRY(hand_over(w, &w->x->lanes[r], &w->open[r], err));
    }
    return BRASA_OK;
}

uint64_t brasa__message_check(const message *m, const char *encoded)
{
    message  fields = *m;
    uint64_t last = 0;

    fields.check = 0;
    if (m->bytes >= 8) memcpy(&last, encoded + m->bytes - 8, 8); /* the hash of the rows */
    return brasa__hash_combine(brasa__hash_bytes(&fields, sizeof fields), last);
}

typedef struct encode_call {
    const brasa_batch *in;
    bool               bare;
    brasa_wire         wire;
} encode_call;

static brasa_status encode(void *arg, brasa_error *err)
{
    encode_call *e = arg;

    if (BRASA_FAULT("shuffle.send")) return brasa__fail(err, BRASA_IO, "sending rows failed (injected)");
    if (e->bare)
        brasa__batch_encode_bare(e->in, &e->wire);
    else
        brasa__batch_encode(e->in, &e->wire);
    return BRASA_OK;
}

/* The head of a message whose rows are encoded behind it. */
static void add_message(writer *w, piece *p, int32_t partition, int32_t rows, size_t encoded)
{
    message head = {.bytes = encoded, .partition = partition, .source = w->source, .thread = w->number, .rows = rows, .seq = w->seq++};
    char   *at = (char *)p->buf->data + p->used;

    head.check = brasa__message_check(&head, at + sizeof head);
    memcpy(at, &head, sizeof head);
    p->used += sizeof head + encoded;
    p->rows += rows;
    p->check += head.check;
    if (w->number == 0 && BRASA_FAULT("shuffle.slow")) brasa__sleep_us(2500);
}

/* One message with the selected rows; `bound` is the most that they take. */
static brasa_status send_message(writer *w, int32_t peer, int32_t partition, const brasa_batch *in, size_t bound, brasa_error *err)
{
    piece      *p = &w->open[peer];
    size_t      need = sizeof(message) + (bound + 63) / 64 * 64;
    encode_call e = {.in = in, .bare = w->x->bare[peer]};

    if (need > BRASA_COMM_MAX_MESSAGE)
        return brasa__fail(err, BRASA_UNSUPPORTED, "a row of %zu bytes is too long to move between ranks (at most %d)", bound,
                           BRASA_COMM_MAX_MESSAGE);
    BRASA_TRY(make_room(w, peer, need, err));
    e.wire = (brasa_wire) {.data = (uint8_t *)p->buf->data + p->used + sizeof(message), .cap = need - sizeof(message)};
    BRASA_TRY(brasa__guarded(encode, &e, err));
    add_message(w, p, partition, in->nsel, e.wire.len);
    return BRASA_OK;
}

brasa_status brasa__deliver_whole(writer *w, int32_t partition, int32_t rows, brasa_buf *buf, size_t encoded, brasa_error *err)
{
    int32_t owner = brasa__partition_owner(partition, w->x->spec.nparts, w->x->comm->size);
    piece   p = {.buf = buf};

    if (BRASA_FAULT("shuffle.send")) {
        brasa__buf_unref(buf);
        return brasa__fail(err, BRASA_IO, "sending rows failed (injected)");
    }
    brasa__written_past_cache();
    if (!w->x->bare[owner]) brasa__plain_check((char *)buf->data + sizeof(message), encoded);
    add_message(w, &p, partition, rows, encoded);
    return hand_over(w, &w->x->lanes[owner], &p, err);
}

/* Rows [lo, hi) of a batch of at most SHUFFLE_STEP rows, in as many messages as it takes. */
static brasa_status send_rows(writer *w, int32_t peer, int32_t partition, const brasa_batch *in, int32_t lo, int32_t hi, brasa_error *err)
{
    brasa_batch part = *in;
    size_t      bound;

    part.sel = w->identity + lo;
    part.nsel = hi - lo;
    bound = brasa__batch_encoded_bound(&part);
    if (bound + sizeof(message) > w->x->lane_bytes && hi - lo > 1) {
        int32_t mid = lo + (hi - lo) / 2;

        BRASA_TRY(send_rows(w, peer, partition, in, lo, mid, err));
        return send_rows(w, peer, partition, in, mid, hi, err);
    }
    return send_message(w, peer, partition, &part, bound, err);
}

static brasa_status send_batch(writer *w, int32_t peer, int32_t partition, const brasa_batch *all, brasa_error *err)
{
    size_t bound = brasa__batch_encoded_bound(all);

    if (bound + sizeof(message) <= w->x->lane_bytes) return send_message(w, peer, partition, all, bound, err);
    for (int32_t at = 0; at < all->rows; at += SHUFFLE_STEP) {
        int32_t     n = all->rows - at < SHUFFLE_STEP ? all->rows - at : SHUFFLE_STEP;
        brasa_batch slice = {.rows = n, .ncols = all->ncols, .cols = w->sendcols, .nsel = n};

        for (int32_t c = 0; c < all->ncols; c++) brasa__column_slice(&all->cols[c], at, &w->sendcols[c]);
        BRASA_TRY(send_rows(w, peer, partition, &slice, 0, n, err));
    }
    return BRASA_OK;
}

typedef struct send_call {
    writer            *w;
    int32_t            peer;
    int32_t            partition;
    const brasa_batch *rows;
} send_call;

static brasa_status call_send(void *arg, brasa_error *err)
{
    send_call *s = arg;

    return send_batch(s->w, s->peer, s->partition, s->rows, err);
}

brasa_status brasa__deliver_rows(writer *w, int32_t partition, const brasa_batch *in, brasa_error *err)
{
    brasa_exchange *x = w->x;
    send_call       s = {w, brasa__partition_owner(partition, x->spec.nparts, x->comm->size), partition, in};

    return brasa__guarded(call_send, &s, err);
}

brasa_status brasa__deliver(writer *w, int32_t partition, brasa_block *block, brasa_error *err)
{
    brasa_exchange *x = w->x;
    bool            all = x->spec.kind == BRASA_EXCHANGE_BROADCAST;
    int32_t         owner = all ? x->comm->rank : brasa__partition_owner(partition, x->spec.nparts, x->comm->size);
    entry           e = {.block = block, .partition = partition, .source = w->source, .rank = x->comm->rank};
    brasa_status    status = BRASA_OK;

    if (x->comm->size > 1 && (all || owner != x->comm->rank)) {
        brasa_batch rows = {.rows = block->rows, .ncols = block->ncols, .cols = block->cols, .nsel = block->rows};
        send_call   s = {w, all ? 0 : owner, partition, &rows};

        status = brasa__guarded(call_send, &s, err);
    }
    if (status != BRASA_OK || owner != x->comm->rank) {
        brasa__block_unref(block);
        return status;
    }
    e.thread = w->number;
    e.seq = w->seq++;
    brasa__entries_add(w->arena, &w->own, e);
    return BRASA_OK;
}
