/* shuffle/deliver.c -- a block goes to the owner of its partition: by pointer on this rank, encoded into a lane to another.
 *
 * A writer reserves room in a lane under the lock, encodes outside of it, and commits.  What does not fit into a lane is cut by rows;
 * a single row may have up to BRASA_COMM_MAX_MESSAGE bytes.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/now.h"
#include "shuffle/inner.h"

typedef struct place {
    lane  *to;
    size_t at, room;
    char  *p;
} place;

/* The lane's next buffer.  Allocates, so without the lock. */
static void add_buffer(brasa_exchange *x, lane *l, size_t need)
{
    size_t     size;
    brasa_buf *b;

    pthread_mutex_lock(&x->lock);
    size = l->size > need ? l->size : need;
    pthread_mutex_unlock(&x->lock);
    b = brasa__buf_new(size);
    pthread_mutex_lock(&x->lock);
    if (l->buf == NULL) {
        l->buf = b;
        l->used = 0;
        b = NULL;
    }
    pthread_mutex_unlock(&x->lock);
    brasa__buf_unref(b);
}

static size_t lane_limit(const lane *l)
{
    return l->buf->bytes < BRASA_COMM_MAX_MESSAGE ? l->buf->bytes : BRASA_COMM_MAX_MESSAGE;
}

/* With the lock.  false: no buffer, or no room in it. */
static bool try_reserve(brasa_exchange *x, lane *l, size_t need, place *out)
{
    if (l->buf == NULL || l->used + need > lane_limit(l)) return false;
    *out = (place) {.to = l, .at = l->used, .room = need, .p = (char *)l->buf->data + l->used};
    l->used += need;
    l->pending++;
    if (l->used * 2 >= lane_limit(l) && !x->full) {
        x->full = true;
        pthread_cond_signal(&x->work);
    }
    return true;
}

static void wait_for_room(brasa_exchange *x)
{
    int64_t begun = brasa__clock_ns();

    pthread_cond_wait(&x->room, &x->lock);
    brasa__now()->room_ns += brasa__clock_ns() - begun;
}

static brasa_status reserve(writer *w, lane *l, size_t need, place *out, brasa_error *err)
{
    brasa_exchange *x = w->x;
    bool            failed = false, done = false;

    while (!done && !failed) {
        bool none;

        pthread_mutex_lock(&x->lock);
        failed = x->failed;
        done = !failed && try_reserve(x, l, need, out);
        none = l->buf == NULL;
        if (!done && !failed && !none) {
            x->full = true;
            pthread_cond_signal(&x->work);
            wait_for_room(x);
        }
        pthread_mutex_unlock(&x->lock);
        if (!done && !failed && none) add_buffer(x, l, need);
    }
    return failed ? brasa__exchange_refused(x, err) : BRASA_OK;
}

/* bytes 0: the message is void. */
static void commit(writer *w, const place *at, message head, const char *encoded)
{
    brasa_exchange *x = w->x;
    lane           *l = at->to;
    size_t          room = sizeof head + (head.bytes + 63) / 64 * 64;

    if (head.bytes > 0) head.check = brasa__message_check(&head, encoded);
    pthread_mutex_lock(&x->lock);
    if (l->used == at->at + at->room)
        l->used = at->at + room;
    else
        room = at->room;
    head.room = room;
    memcpy(at->p, &head, sizeof head);
    if (head.bytes > 0) {
        l->rows += head.rows;
        l->check += head.check;
    }
    if (--l->pending == 0) pthread_cond_signal(&x->work);
    pthread_mutex_unlock(&x->lock);
}

uint64_t brasa__message_check(const message *m, const char *encoded)
{
    message  fields = *m;
    uint64_t last = 0;

    fields.room = 0;
    fields.check = 0;
    if (m->bytes >= 8) memcpy(&last, encoded + m->bytes - 8, 8); /* the hash of the rows */
    return brasa__hash_combine(brasa__hash_bytes(&fields, sizeof fields), last);
}

typedef struct encode_call {
    const brasa_batch *in;
    brasa_wire         wire;
    int32_t            thread;
} encode_call;

static brasa_status encode(void *arg, brasa_error *err)
{
    encode_call *e = arg;

    if (e->thread == 0 && BRASA_FAULT("shuffle.slow")) brasa__sleep_us(2500);
    if (BRASA_FAULT("shuffle.send")) return brasa__fail(err, BRASA_IO, "sending rows failed (injected)");
    brasa__batch_encode(e->in, &e->wire);
    return BRASA_OK;
}

/* One message with the selected rows; `bound` is the most that they take. */
static brasa_status send_message(writer *w, lane *l, int32_t partition, const brasa_batch *in, size_t bound, brasa_error *err)
{
    message      head = {.partition = partition, .source = w->source, .thread = w->number, .rows = in->nsel};
    size_t       need = sizeof head + (bound + 63) / 64 * 64;
    place        at = {0};
    encode_call  e = {.in = in, .thread = w->number};
    brasa_status status;

    if (need > BRASA_COMM_MAX_MESSAGE)
        return brasa__fail(err, BRASA_UNSUPPORTED, "a row of %zu bytes is too long to move between ranks (at most %d)", bound,
                           BRASA_COMM_MAX_MESSAGE);
    if (brasa__exchange_checks_rows()) head.rowhash = brasa__exchange_row_hash(in, w->rowhash);
    head.seq = w->seq++;
    BRASA_TRY(reserve(w, l, need, &at, err));
    e.wire = (brasa_wire) {.data = (uint8_t *)at.p + sizeof head, .cap = at.room - sizeof head};
    status = brasa__guarded(encode, &e, err);
    head.bytes = status == BRASA_OK ? e.wire.len : 0;
    commit(w, &at, head, at.p + sizeof head);
    return status;
}

/* Rows [lo, hi) of a batch of at most SHUFFLE_STEP rows, in as many messages as it takes. */
static brasa_status send_rows(writer *w, lane *l, int32_t partition, const brasa_batch *in, int32_t lo, int32_t hi, brasa_error *err)
{
    brasa_batch part = *in;
    size_t      bound;

    part.sel = w->identity + lo;
    part.nsel = hi - lo;
    bound = brasa__batch_encoded_bound(&part);
    if (bound + sizeof(message) > w->x->lane_bytes && hi - lo > 1) {
        int32_t mid = lo + (hi - lo) / 2;

        BRASA_TRY(send_rows(w, l, partition, in, lo, mid, err));
        return send_rows(w, l, partition, in, mid, hi, err);
    }
    return send_message(w, l, partition, &part, bound, err);
}

static brasa_status send_batch(writer *w, lane *l, int32_t partition, const brasa_batch *all, brasa_error *err)
{
    size_t bound = brasa__batch_encoded_bound(all);

    if (bound + sizeof(message) <= w->x->lane_bytes) return send_message(w, l, partition, all, bound, err);
    for (int32_t at = 0; at < all->rows; at += SHUFFLE_STEP) {
        int32_t     n = all->rows - at < SHUFFLE_STEP ? all->rows - at : SHUFFLE_STEP;
        brasa_batch slice = {.rows = n, .ncols = all->ncols, .cols = w->sendcols, .nsel = n};

        for (int32_t c = 0; c < all->ncols; c++) brasa__column_slice(&all->cols[c], at, &w->sendcols[c]);
        BRASA_TRY(send_rows(w, l, partition, &slice, 0, n, err));
    }
    return BRASA_OK;
}

typedef struct send_call {
    writer            *w;
    lane              *l;
    int32_t            partition;
    const brasa_batch *rows;
} send_call;

static brasa_status call_send(void *arg, brasa_error *err)
{
    send_call *s = arg;

    return send_batch(s->w, s->l, s->partition, s->rows, err);
}

brasa_status brasa__deliver_rows(writer *w, int32_t partition, const brasa_batch *in, brasa_error *err)
{
    brasa_exchange *x = w->x;
    send_call       s = {w, &x->lanes[brasa__partition_owner(partition, x->spec.nparts, x->comm->size)], partition, in};

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
        send_call   s = {w, &x->lanes[all ? 0 : owner], partition, &rows};

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
