/* shuffle/route.c -- which partition a row goes to, and its copy into that partition's appender.
 *
 * Rows are routed SHUFFLE_STEP at a time: partition numbers, a counting sort by partition, one gather per partition.
 */
#include <string.h>

#include "base/alloc.h"
#include "kernel/rows.h"
#include "shuffle/inner.h"

typedef struct emit_to {
    writer *w;
    int32_t partition;
} emit_to;

/* A full block leaves an appender.  Called from inside it, so a failure is kept for the caller. */
static void emit(void *arg, brasa_block *block)
{
    emit_to *to = arg;
    writer  *w = to->w;

    if (w->status != BRASA_OK) {
        brasa__block_unref(block);
    } else if (brasa__exchange_holds(w->x)) {
        entry e = {.block = block, .source = w->source, .thread = w->number, .seq = w->seq++};

        brasa__entries_add(w->arena, &w->held, e);
    } else {
        w->status = brasa__deliver(w, to->partition, block, &w->err);
    }
}

static brasa_status outcome(writer *w, brasa_error *err)
{
    if (w->status != BRASA_OK) *err = w->err;
    return w->status;
}

static brasa_appender *appender(writer *w, int32_t partition)
{
    const brasa_exchange *x = w->x;
    bool                  stays = brasa__exchange_holds(x) || (partition >= x->first && partition < x->first + x->count);

    if (w->appenders[partition] == NULL) w->appenders[partition] = brasa__appender_new(x->schema, stays ? x->block_rows : x->send_rows);
    return w->appenders[partition];
}

static void flush_partition(writer *w, int32_t p)
{
    emit_to to = {w, p};

    if (w->appenders[p] != NULL && brasa__appender_rows(w->appenders[p]) > 0) brasa__appender_finish(w->appenders[p], emit, &to);
}

brasa_status brasa__route_flush(writer *w, brasa_error *err)
{
    for (int32_t p = 0; p < w->x->spec.nparts && w->status == BRASA_OK; p++) {
        flush_partition(w, p);
        if (brasa__exchange_holds(w->x)) break;
    }
    BRASA_TRY(outcome(w, err));
    return brasa__plain_flush(w, err);
}

/* Rows, sorted by partition in w->order, to where they belong: numbers in `rows`, or, when that is NULL, first, first + 1... */
static brasa_status scatter(writer *w, const brasa_batch *in, const int32_t *rows, int32_t first, int32_t n, brasa_error *err)
{
    int32_t span = rows == NULL ? n : rows[n - 1] - rows[0] + 1;

    if (rows != NULL) first = rows[0];
    if (span > UINT16_MAX) {
        for (int32_t i = 0; i < n; i++) w->rows[i] = rows[w->order[i]];
    } else {
        for (int32_t i = 0; i < n && rows != NULL; i++) w->order[i] = (uint16_t)(rows[w->order[i]] - first);
        if (brasa__plain_takes(w, in, first, span, n)) return brasa__plain_put(w, in, err);
        for (int32_t i = 0; i < n; i++) w->rows[i] = first + w->order[i];
    }
    for (int32_t p = 0, at = 0; p < w->x->spec.nparts && w->status == BRASA_OK; p++) {
        emit_to to = {w, p};

        if (w->start[p] > at) brasa__appender_push_rows(appender(w, p), in, w->rows + at, w->start[p] - at, emit, &to);
        at = w->start[p];
    }
    return outcome(w, err);
}

/* The numbers by which rows [from, from + n) of a batch, or n rows of a list, find their partitions. */
static void spread_rows(writer *w, const brasa_batch *in, const int32_t *rows, int32_t from, int32_t n)
{
    const brasa_exchange_spec *spec = &w->x->spec;

    if (spec->nkeys == 0) memset(w->spread, 0, sizeof *w->spread * (size_t)n);
    for (int32_t k = 0; k < spec->nkeys; k++) {
        brasa_column key = in->cols[spec->keys[k]];

        if (rows == NULL) brasa__column_slice(&in->cols[spec->keys[k]], from, &key);
        if (spec->nkeys == 1)
            brasa__spread_rows(&key, rows, n, w->spread);
        else
            brasa__hash_rows(&key, rows, n, k == 0, w->hash);
    }
    for (int32_t i = 0; i < n && spec->nkeys > 1; i++) w->spread[i] = (uint32_t)(w->hash[i] >> 32);
}

static brasa_status route_by_hash(writer *w, const brasa_batch *in, brasa_error *err)
{
    for (int32_t at = 0; at < in->nsel; at += SHUFFLE_STEP) {
        int32_t        n = in->nsel - at < SHUFFLE_STEP ? in->nsel - at : SHUFFLE_STEP;
        const int32_t *rows = in->sel == NULL ? NULL : in->sel + at;

        spread_rows(w, in, rows, at, n);
        brasa__sort_by_number(w->patterns, w->spread, n, w->x->spec.nparts, w->part, w->start, w->order);
        BRASA_TRY(scatter(w, in, rows, at, n, err));
    }
    return BRASA_OK;
}

/* Kinds that keep the order of sources must not mix them in one block. */
static brasa_status set_source(writer *w, int32_t source, brasa_error *err)
{
    if (w->x->spec.kind == BRASA_EXCHANGE_HASH || w->source == source) return outcome(w, err);
    BRASA_TRY(brasa__route_flush(w, err));
    w->source = source;
    return BRASA_OK;
}

/* Do all rows go to one place, whatever they hold? */
static bool single(const brasa_exchange *x)
{
    return x->spec.nparts == 1 || brasa__exchange_holds(x);
}

brasa_status brasa__route_batch(writer *w, int32_t source, const brasa_batch *in, brasa_error *err)
{
    emit_to to = {w, 0};

    BRASA_TRY(set_source(w, source, err));
    if (!single(w->x)) return route_by_hash(w, in, err);
    brasa__appender_push(appender(w, 0), in, emit, &to);
    return outcome(w, err);
}

brasa_status brasa__route_block(writer *w, int32_t source, brasa_block *block, brasa_error *err)
{
    brasa_batch all = {.rows = block->rows, .ncols = block->ncols, .cols = block->cols, .nsel = block->rows};

    BRASA_TRY(set_source(w, source, err));
    if (!single(w->x)) return route_by_hash(w, &all, err);
    flush_partition(w, 0); /* rows that came before */
    if (w->status == BRASA_OK) emit(&(emit_to) {w, 0}, brasa__block_ref(block));
    return outcome(w, err);
}

/* ---- phase two: rows that were held ---- */

/* First row of partition p when n rows are spread over parts: the least i with i * parts / n >= p. */
static int64_t spread_first(int32_t p, int32_t parts, int64_t n)
{
    return (int64_t)(((brasa_int128)p * n + parts - 1) / parts);
}

static brasa_status route_by_number(writer *w, const entry *e, brasa_error *err)
{
    brasa_block *b = e->block;
    brasa_batch  all = {.rows = b->rows, .ncols = b->ncols, .cols = b->cols, .nsel = b->rows};
    int32_t      nparts = w->x->spec.nparts;

    for (int64_t at = 0; at < b->rows && w->status == BRASA_OK;) {
        int32_t p = (int32_t)((brasa_int128)(e->first + at) * nparts / w->x->total_rows);
        int64_t end = spread_first(p + 1, nparts, w->x->total_rows) - e->first;
        emit_to to = {w, p};

        if (end > b->rows) end = b->rows;
        if (at == 0 && end == b->rows) {
            emit(&to, brasa__block_ref(b));
            break;
        }
        for (int64_t from = at; from < end; from += SHUFFLE_STEP) {
            int32_t n = (int32_t)(end - from < SHUFFLE_STEP ? end - from : SHUFFLE_STEP);

            for (int32_t i = 0; i < n; i++) w->rows[i] = (int32_t)from + i;
            brasa__appender_push_rows(appender(w, p), &all, w->rows, n, emit, &to);
        }
        if (w->status == BRASA_OK) flush_partition(w, p);
        at = end;
    }
    return outcome(w, err);
}

static brasa_status route_by_bounds(writer *w, const entry *e, brasa_error *err)
{
    for (int32_t at = 0; at < e->block->rows; at += SHUFFLE_STEP) {
        int32_t     n = e->block->rows - at < SHUFFLE_STEP ? e->block->rows - at : SHUFFLE_STEP;
        brasa_batch slice;

        brasa__block_slice(e->block, at, n, w->cols, &slice);
        brasa__bounds_route(w->x, &slice, n, w->hash, w->part);
        brasa__sort_by_partition(w->patterns, w->part, n, w->x->spec.nparts, w->start, w->order);
        BRASA_TRY(scatter(w, &slice, NULL, 0, n, err));
    }
    return BRASA_OK;
}

brasa_status brasa__route_held(writer *w, const entry *e, brasa_error *err)
{
    w->source = e->source;
    if (w->x->spec.kind == BRASA_EXCHANGE_NUMBER) return route_by_number(w, e, err);
    return route_by_bounds(w, e, err);
}
