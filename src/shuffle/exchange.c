/* shuffle/exchange.c -- opening, writing, failing, taking and freeing an exchange.
 *
 * Invariant: what went in came out.  Rows are counted on both sides and every message carries a hash; builds with fault points also
 * compare the sums of the hashes of all rows.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/ctx.h"
#include "base/hash.h"
#include "data/type.h"
#include "kernel/rows.h"
#include "shuffle/inner.h"

enum {
    APPENDER_BYTES = 32 << 20,
    SENDING_BYTES = 512 << 10,
    LANES_BYTES = 256 << 20,
    LEAST_LANE_BYTES = 64 << 10,
    PIECE_BYTES = 512 << 10,
    PIECES_BYTES = 64 << 20 /* that all writers fill at a time */
};

bool brasa__exchange_checks_rows(void)
{
#ifdef BRASA_FAULTS
    return true;
#else
    return false;
#endif
}

/* Sum over the selected rows of the hash of all columns; scratch has room for SHUFFLE_STEP rows. */
uint64_t brasa__exchange_row_hash(const brasa_batch *in, uint64_t *scratch)
{
    uint64_t sum = 0;
    int32_t  rows[SHUFFLE_STEP];

    for (int32_t at = 0; at < in->nsel; at += SHUFFLE_STEP) {
        int32_t n = in->nsel - at < SHUFFLE_STEP ? in->nsel - at : SHUFFLE_STEP;

        for (int32_t i = 0; i < n; i++) rows[i] = in->sel == NULL ? at + i : in->sel[at + i];
        for (int32_t c = 0; c < in->ncols; c++) brasa__hash_rows(&in->cols[c], rows, n, c == 0, scratch);
        for (int32_t i = 0; i < n && in->ncols > 0; i++) sum += scratch[i];
    }
    return sum;
}

/* Rows per block so that the appenders of one thread hold no more than `bytes`. */
static int32_t choose_block_rows(brasa_schema schema, int32_t nparts, int64_t bytes, int64_t least)
{
    int64_t rows = brasa__setting_int(BRASA_SET_BLOCK_ROWS), width = 1, fit;

    for (int32_t i = 0; i < schema.ncols; i++) {
        width += (int64_t)brasa__type_width(schema.cols[i].type);
        if (schema.cols[i].type.kind == BRASA_KIND_STRING || schema.cols[i].type.nfields > 0) width += 16;
    }
    fit = bytes / nparts / width;
    if (rows < 64) rows = 64;
    if (fit < least) fit = least;
    return (int32_t)((fit < rows ? fit : rows) / 64 * 64);
}

static size_t choose_lane_bytes(int32_t peers)
{
    int64_t bytes = brasa__setting_int(BRASA_SET_ROUND_BYTES), most = LANES_BYTES / 2 / peers;

    if (bytes > most) bytes = most;
    if (bytes > BRASA_COMM_MAX_MESSAGE) bytes = BRASA_COMM_MAX_MESSAGE;
    return bytes < LEAST_LANE_BYTES ? LEAST_LANE_BYTES : (size_t)bytes / 64 * 64;
}

/* Large enough to be sent for the price of its bytes, small enough to stay in the cache until it is. */
static size_t choose_piece_bytes(const brasa_exchange *x)
{
    size_t bytes = PIECE_BYTES, fair = PIECES_BYTES / (size_t)x->threads / (size_t)x->comm->size;

    if (bytes > x->lane_bytes) bytes = x->lane_bytes;
    if (bytes > fair) bytes = fair < LEAST_LANE_BYTES ? LEAST_LANE_BYTES : fair;
    return bytes / 64 * 64;
}

/* Bytes that cross no network are checked as the rest of this memory is: not at all. */
static bool goes_bare(const brasa_exchange *x, int32_t peer)
{
    bool near = true;

    if (brasa__setting_bool(BRASA_SET_SHUFFLE_CHECK_ALL)) return false;
    if (x->spec.kind != BRASA_EXCHANGE_BROADCAST) return brasa__comm_near(x->comm, peer);
    for (int32_t r = 0; r < x->comm->size; r++) near = near && brasa__comm_near(x->comm, r);
    return near;
}

static void open_writer(brasa_exchange *x, int32_t number)
{
    writer *w = &x->writers[number];
    size_t  parts = (size_t)x->spec.nparts;

    w->x = x;
    w->number = number;
    w->source = -1;
    brasa__error_clear(&w->err);
    w->arena = brasa__arena_new(NULL, "shuffle writer");
    w->scratch = brasa__arena_new(w->arena, "encoding");
    w->appenders = BRASA_NEWS(w->arena, brasa_appender *, parts);
    if (x->spec.kind == BRASA_EXCHANGE_HASH || x->spec.kind == BRASA_EXCHANGE_RANGE) w->plain = brasa__plain_new(w->arena, x);
    w->patterns = brasa__patterns_new(w->arena, x->spec.nparts);
    w->hash = BRASA_NEWS(w->arena, uint64_t, SHUFFLE_STEP);
    w->spread = BRASA_NEWS(w->arena, uint32_t, SHUFFLE_STEP);
    w->part = BRASA_NEWS(w->arena, int32_t, SHUFFLE_STEP);
    w->rows = BRASA_NEWS(w->arena, int32_t, SHUFFLE_STEP);
    w->order = BRASA_NEWS(w->arena, uint16_t, SHUFFLE_STEP + SORT_SLACK);
    w->open = BRASA_NEWS(w->arena, piece, x->comm->size);
    w->again = BRASA_NEWS(w->arena, bool, x->comm->size);
    w->start = BRASA_NEWS(w->arena, int32_t, parts + 1);
    w->identity = BRASA_NEWS(w->arena, int32_t, SHUFFLE_STEP);
    for (int32_t i = 0; i < SHUFFLE_STEP; i++) w->identity[i] = i;
    w->cols = BRASA_NEWS(w->arena, brasa_column, x->schema.ncols);
    w->sendcols = BRASA_NEWS(w->arena, brasa_column, x->schema.ncols);
    w->rowhash = BRASA_NEWS(w->arena, uint64_t, SHUFFLE_STEP);
}

static brasa_status open_inside(void *arg, brasa_error *err)
{
    brasa_exchange *x = arg;
    size_t          n = (size_t)x->comm->size;

    (void)err;
    x->arena = brasa__arena_new(NULL, "exchange");
    x->schema = brasa__schema_copy(x->arena, x->schema);
    x->spec.keys = brasa__arena_copy(x->arena, x->spec.keys, sizeof(int32_t) * (size_t)x->spec.nkeys);
    x->spec.sort = brasa__arena_copy(x->arena, x->spec.sort, sizeof(brasa_sort_key) * (size_t)x->spec.nsort);
    x->writers = BRASA_NEWS(x->arena, writer, x->threads);
    x->lanes = BRASA_NEWS(x->arena, lane, n);
    x->sent_to = BRASA_NEWS(x->arena, int64_t, n);
    x->bare = BRASA_NEWS(x->arena, bool, n);
    for (int32_t r = 0; r < x->comm->size; r++) x->bare[r] = goes_bare(x, r);
    for (int32_t t = 0; t < x->threads; t++) open_writer(x, t);
    x->helpers = BRASA_NEWS(x->arena, pthread_t, x->threads);
    x->parts = BRASA_NEWS(x->arena, brasa_blocks, x->count);
    return BRASA_OK;
}

static void open_locks(brasa_exchange *x)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&x->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&x->room, &attr);
    pthread_cond_init(&x->work, &attr);
    pthread_condattr_destroy(&attr);
}

brasa_status brasa__exchange_open(brasa_comm *comm, const brasa_exchange_spec *spec, brasa_schema schema, int32_t threads,
                                  brasa_exchange **out, brasa_error *err)
{
    brasa_exchange *x = brasa__alloc(sizeof *x);
    brasa_status    status;

    assert(spec->nparts >= 1 && threads >= 1);
    x->comm = comm;
    x->spec = *spec;
    x->schema = schema;
    x->threads = threads;
    if (spec->kind == BRASA_EXCHANGE_GATHER || spec->kind == BRASA_EXCHANGE_BROADCAST) x->spec.nparts = 1;
    x->first = brasa__partition_first(comm->rank, x->spec.nparts, comm->size);
    x->count = brasa__partition_first(comm->rank + 1, x->spec.nparts, comm->size) - x->first;
    if (spec->kind == BRASA_EXCHANGE_BROADCAST) {
        x->first = 0;
        x->count = 1;
    }
    x->block_rows = choose_block_rows(schema, x->spec.nparts, APPENDER_BYTES, 512);
    x->send_rows = choose_block_rows(schema, x->spec.nparts, SENDING_BYTES, SHUFFLE_STEP);
    x->lane_bytes = choose_lane_bytes(comm->size);
    x->piece_bytes = choose_piece_bytes(x);
    brasa__error_clear(&x->why);
    open_locks(x);
    status = brasa__guarded(open_inside, x, err);
    if (status != BRASA_OK)
        brasa__exchange_free(x);
    else
        *out = x;
    return status;
}

/* ---- writing ---- */

brasa_status brasa__exchange_refused(brasa_exchange *x, brasa_error *err)
{
    (void)x;
    return brasa__fail(err, BRASA_CANCELLED, "the shuffle has failed elsewhere");
}

static bool has_failed(brasa_exchange *x)
{
    bool failed;

    pthread_mutex_lock(&x->lock);
    failed = x->failed;
    pthread_mutex_unlock(&x->lock);
    return failed;
}

typedef struct add_call {
    brasa_arena *arena;
    entries     *list;
} add_call;

static brasa_status make_room(void *arg, brasa_error *err)
{
    add_call *a = arg;
    entries  *l = a->list;

    (void)err;
    l->items = brasa__arena_grow(a->arena, l->items, &l->cap, l->count + 1, sizeof *l->items);
    return BRASA_OK;
}

void brasa__entries_add(brasa_arena *arena, entries *list, entry e)
{
    brasa_error err;

    brasa__error_clear(&err);
    if (list->count == list->cap && brasa__guarded(make_room, &(add_call) {arena, list}, &err) != BRASA_OK) {
        brasa__block_unref(e.block);
        brasa__throw_error(&err);
    }
    list->items[list->count++] = e;
}

brasa_status brasa__exchange_write(brasa_exchange *x, int32_t thread, int32_t source, const brasa_batch *in, brasa_error *err)
{
    writer *w = &x->writers[thread];

    if (in->nsel == 0) return BRASA_OK;
    if (has_failed(x)) return brasa__exchange_refused(x, err);
    w->rows_in += in->nsel;
    if (brasa__exchange_checks_rows()) w->hash_in += brasa__exchange_row_hash(in, w->rowhash);
    return brasa__route_batch(w, source, in, err);
}

brasa_status brasa__exchange_write_block(brasa_exchange *x, int32_t thread, int32_t source, brasa_block *block, brasa_error *err)
{
    writer *w = &x->writers[thread];

    if (block->rows == 0) return BRASA_OK;
    if (has_failed(x)) return brasa__exchange_refused(x, err);
    w->rows_in += block->rows;
    if (brasa__exchange_checks_rows()) {
        brasa_batch all = {.rows = block->rows, .ncols = block->ncols, .cols = block->cols, .nsel = block->rows};

        w->hash_in += brasa__exchange_row_hash(&all, w->rowhash);
    }
    return brasa__route_block(w, source, block, err);
}

typedef struct flush_call {
    writer *w;
} flush_call;

static brasa_status flush(void *arg, brasa_error *err)
{
    writer *w = ((flush_call *)arg)->w;

    BRASA_TRY(brasa__route_flush(w, err));
    return brasa__deliver_flush(w, err);
}

brasa_status brasa__exchange_thread_end(brasa_exchange *x, int32_t thread, brasa_error *err)
{
    writer      *w = &x->writers[thread];
    brasa_status status = BRASA_OK;

    if (w->ended) return BRASA_OK;
    w->ended = true;
    if (has_failed(x))
        status = brasa__exchange_refused(x, err);
    else
        status = brasa__guarded(flush, &(flush_call) {w}, err);
    if (status != BRASA_OK) brasa__exchange_fail(x, err);
    pthread_mutex_lock(&x->lock);
    x->ended++;
    pthread_cond_signal(&x->work);
    pthread_mutex_unlock(&x->lock);
    return status;
}

void brasa__exchange_fail(brasa_exchange *x, const brasa_error *why)
{
    pthread_mutex_lock(&x->lock);
    if (!x->failed) x->why = *why;
    x->failed = true;
    pthread_cond_broadcast(&x->room);
    pthread_cond_signal(&x->work);
    pthread_mutex_unlock(&x->lock);
}

/* ---- after the run ---- */

void brasa__exchange_owned(const brasa_exchange *x, int32_t *first, int32_t *count)
{
    *first = x->first;
    *count = x->count;
}

brasa_blocks brasa__exchange_take(brasa_exchange *x, int32_t partition)
{
    brasa_blocks *list = &x->parts[partition - x->first];
    brasa_blocks  out = *list;

    assert(partition >= x->first && partition < x->first + x->count);
    *list = (brasa_blocks) {0};
    return out;
}

brasa_exchange_stats brasa__exchange_stats(const brasa_exchange *x)
{
    return x->stats;
}

const int64_t *brasa__exchange_sent(const brasa_exchange *x)
{
    return x->sent_to;
}

static void drop(entries *list)
{
    for (int32_t i = 0; i < list->count; i++) brasa__block_unref(list->items[i].block);
    list->count = 0;
}

void brasa__exchange_free(brasa_exchange *x)
{
    if (x == NULL) return;
    for (int32_t t = 0; x->writers != NULL && t < x->threads; t++) {
        writer *w = &x->writers[t];

        for (int32_t p = 0; w->appenders != NULL && p < x->spec.nparts; p++) brasa__appender_free(w->appenders[p]);
        brasa__plain_free(w->plain, x->spec.nparts);
        for (int32_t r = 0; w->open != NULL && r < x->comm->size; r++) brasa__buf_unref(w->open[r].buf);
        drop(&w->own);
        drop(&w->held);
        brasa__arena_free(w->arena);
    }
    for (int32_t r = 0; x->lanes != NULL && r < x->comm->size; r++)
        for (int32_t k = 0; k < x->lanes[r].count; k++) brasa__buf_unref(x->lanes[r].pieces[k].buf);
    brasa__rounds_free(x->rounds);
    drop(&x->arrived);
    brasa__block_unref(x->bounds.block);
    for (int32_t p = 0; x->parts != NULL && p < x->count; p++) brasa__blocks_clear(&x->parts[p]);
    brasa__arena_free(x->arena);
    pthread_cond_destroy(&x->room);
    pthread_cond_destroy(&x->work);
    pthread_mutex_destroy(&x->lock);
    brasa__free(x, sizeof *x);
}
