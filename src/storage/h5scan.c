/* h5scan.c -- a task's scan of one of our own tables: chunk after chunk, without HDF5.
 *
 * A partition is a run of whole chunks of one or more parts.  For each the conditions are held against its bounds; what may pass is decoded into a
 * block, in slices of at most the setting block-rows.  Dictionaries are read once per part and shared by all scans: the first to have one puts it
 * in its place by compare and swap.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/io.h"
#include "data/type.h"
#include "storage/h5decode.h"
#include "storage/h5layout.h"
#include "storage/h5stats.h"

typedef struct {
    const brasa_h5_table *layout;
    _Atomic(brasa_buf *) *dicts; /* [nparts * ncols asked for] */
    int32_t               count;
} shared_state;

typedef struct {
    brasa_h5_reader reader;
    int32_t         piece, end; /* of the layout */
    int64_t         row;        /* next of the piece */
    int32_t         part;       /* open; -1: none */
    brasa_block    *chunk;      /* being handed out in slices */
    int32_t         at;
} scan_state;

static void drop_dicts(void *arg)
{
    shared_state *st = arg;

    for (int32_t i = 0; i < st->count; i++) brasa__buf_unref(atomic_load(&st->dicts[i]));
}

brasa_status brasa__h5_own_shared_open(brasa_scan_shared *s, brasa_error *err)
{
    shared_state         *st = BRASA_NEW(s->arena, shared_state);
    const brasa_h5_table *l = s->table->layout;

    (void)err;
    st->layout = l;
    st->dicts = brasa__arena_alloc(s->arena, sizeof *st->dicts * ((size_t)l->nparts * (size_t)s->ncols + 1));
    st->count = l->nparts * s->ncols;
    brasa__arena_defer(s->arena, drop_dicts, st);
    s->state = st;
    return BRASA_OK;
}

static void drop_scan(void *arg)
{
    scan_state *st = arg;

    brasa__block_unref(st->chunk);
    brasa__h5_reader_clear(&st->reader);
}

brasa_status brasa__h5_own_scan_open(brasa_scan *scan, brasa_error *err)
{
    const brasa_h5_table *l = scan->shared->table->layout;
    scan_state           *st = BRASA_NEW(scan->arena, scan_state);

    if (scan->partition < 0 || scan->partition >= scan->shared->table->nparts)
        return brasa__fail(err, BRASA_INTERNAL, "table %s has no partition %d", scan->shared->table->uri, (int)scan->partition);
    st->reader.fd = -1;
    st->reader.list = scan->arena;
    st->reader.arena = brasa__arena_new(scan->arena, "columns");
    st->part = -1;
    st->piece = l->starts[scan->partition];
    st->end = l->starts[scan->partition + 1];
    if (st->piece < st->end) st->row = l->pieces[st->piece].from;
    brasa__arena_defer(scan->arena, drop_scan, st);
    scan->state = st;
    return BRASA_OK;
}

static brasa_status enter_part(scan_state *st, const brasa_h5_table *l, int32_t part, brasa_error *err)
{
    const brasa_h5_part *p = &l->parts[part];
    brasa_stat           file;

    if (st->part == part) return BRASA_OK;
    brasa__h5_reader_leave(&st->reader);
    st->part = -1;
    st->reader.path = p->file;
    BRASA_TRY(brasa__io_open(p->file, BRASA_IO_READ, &st->reader.fd, err));
    BRASA_TRY(brasa__io_fstat(st->reader.fd, &file, p->file, err));
    if (p->bytes > 0 && file.bytes < p->bytes)
        return brasa__fail(
            err, BRASA_CORRUPT,
            "%s has %lld bytes, %lld are missing: the file was cut short or replaced since the table was opened; restore it from a copy",
            p->file, (long long)file.bytes, (long long)(p->bytes - file.bytes));
    st->part = part;
    return BRASA_OK;
}

static bool refuted(const brasa_scan_shared *s, const brasa_h5_index *x, int64_t from, int64_t rows)
{
    int64_t chunk = from / x->chunk_rows;

    for (int32_t i = 0; i < s->ntests; i++) {
        const brasa_scan_test *t = &s->tests[i];
        const brasa_h5_node   *n = &x->cols[t->col];
        if (t->col == x->schema.ncols) continue; /* the number of the part */
        if (chunk < n->nbounds && brasa__h5_refuted(&n->bounds[chunk], rows, n->type, t)) return true;
    }
    return false;
}

/* The dictionary of column k of those asked for; NULL when the part has none. */
static brasa_status dictionary(brasa_scan_shared *s, scan_state *st, const brasa_h5_node *n, int32_t k, brasa_buf **out, brasa_error *err)
{
    shared_state         *sh = s->state;
    _Atomic(brasa_buf *) *slot = &sh->dicts[st->part * s->ncols + k];
    brasa_buf            *none = NULL, *made;

    *out = NULL;
    if (n->codes.path == NULL) return BRASA_OK;
    *out = atomic_load(slot);
    if (*out != NULL) return BRASA_OK;
    BRASA_TRY(brasa__h5_read_dictionary(&st->reader, n, &made, err));
    if (!atomic_compare_exchange_strong(slot, &none, made)) {
        brasa__buf_unref(made);
        made = none;
    }
    *out = made;
    return BRASA_OK;
}

/* The same number for every row. */
static void number_column(brasa_h5_reader *r, int32_t part, int32_t rows, brasa_column *out)
{
    int32_t *v = brasa__h5_reader_room(r, sizeof *v * (size_t)rows);

    for (int32_t i = 0; i < rows; i++) v[i] = part;
    *out = (brasa_column) {.type = brasa__type(BRASA_KIND_INT32), .encoding = BRASA_FLAT, .values = v};
}

static brasa_status read_chunk(brasa_scan *scan, const brasa_h5_index *x, int64_t from, int32_t rows, brasa_block **out, brasa_error *err)
{
    brasa_scan_shared *s = scan->shared;
    scan_state        *st = scan->state;
    brasa_column      *cols;

    brasa__arena_reset(st->reader.arena);
    cols = BRASA_NEWS(st->reader.arena, brasa_column, s->ncols + 1);
    for (int32_t k = 0; k < s->ncols; k++) {
        const brasa_h5_node *n = &x->cols[s->cols[k]];
        brasa_buf           *dict;
        if (s->cols[k] == x->schema.ncols) {
            number_column(&st->reader, st->part, rows, &cols[k]);
            continue;
        }
        BRASA_TRY(dictionary(s, st, n, k, &dict, err));
        BRASA_TRY(brasa__h5_read_column(&st->reader, n, from, rows, dict, &cols[k], err));
    }
    *out = brasa__block_make(cols, s->ncols, rows, st->reader.kept, st->reader.nkept, NULL);
    brasa__h5_reader_hand_over(&st->reader);
    return BRASA_OK;
}

/* The next chunk that may pass; NULL at the end. */
static brasa_status next_chunk(brasa_scan *scan, brasa_block **out, brasa_error *err)
{
    brasa_scan_shared    *s = scan->shared;
    scan_state           *st = scan->state;
    const brasa_h5_table *l = s->table->layout;

    while (st->piece < st->end) {
        const brasa_h5_piece *p = &l->pieces[st->piece];
        const brasa_h5_index *x = l->parts[p->part].index;
        int64_t               from = st->row, rows = p->to - from < x->chunk_rows ? p->to - from : x->chunk_rows;

        if (rows <= 0) {
            if (++st->piece < st->end) st->row = l->pieces[st->piece].from;
            continue;
        }
        st->row += rows;
        if (refuted(s, x, from, rows)) {
            atomic_fetch_add_explicit(&s->chunks_skipped, 1, memory_order_relaxed);
            continue;
        }
        if (s->ncols > 0) BRASA_TRY(enter_part(st, l, p->part, err));
        return read_chunk(scan, x, from, (int32_t)rows, out, err);
    }
    return BRASA_OK;
}

static void count_reads(brasa_scan *scan)
{
    scan_state *st = scan->state;

    atomic_fetch_add_explicit(&scan->shared->bytes_read, st->reader.bytes_read, memory_order_relaxed);
    atomic_fetch_add_explicit(&scan->shared->chunks_read, st->reader.chunks_read, memory_order_relaxed);
    st->reader.bytes_read = st->reader.chunks_read = 0;
}

/* A slice that shares the buffers of the chunk. */
static brasa_block *slice(const brasa_block *b, int32_t from, int32_t rows, brasa_arena *scratch)
{
    brasa_column *cols = BRASA_NEWS(scratch, brasa_column, b->ncols + 1);
    brasa_buf   **bufs = BRASA_NEWS(scratch, brasa_buf *, b->nbufs + 1);
    brasa_batch   batch;
    brasa_block  *out;

    brasa__block_slice(b, from, rows, cols, &batch);
    for (int32_t i = 0; i < b->nbufs; i++) bufs[i] = b->bufs[i];
    out = brasa__block_make(batch.cols, b->ncols, rows, bufs, b->nbufs, NULL);
    for (int32_t i = 0; i < b->nbufs; i++) brasa__buf_ref(b->bufs[i]);
    return out;
}

brasa_status brasa__h5_own_scan_next(brasa_scan *scan, brasa_block **block, brasa_error *err)
{
    scan_state *st = scan->state;
    int64_t     most = brasa__setting_int(BRASA_SET_BLOCK_ROWS);
    int32_t     step = most < 64 ? 64 : most > 1 << 20 ? 1 << 20 : (int32_t)(most / 64 * 64);

    if (st->chunk == NULL) {
        BRASA_TRY(next_chunk(scan, &st->chunk, err));
        count_reads(scan);
        st->at = 0;
        if (st->chunk == NULL) return BRASA_OK;
    }
    if (st->at == 0 && st->chunk->rows <= step) {
        *block = st->chunk;
        st->chunk = NULL;
        return BRASA_OK;
    }
    if (step > st->chunk->rows - st->at) step = st->chunk->rows - st->at;
    brasa__arena_reset(st->reader.arena);
    *block = slice(st->chunk, st->at, step, st->reader.arena);
    st->at += step;
    if (st->at < st->chunk->rows) return BRASA_OK;
    brasa__block_unref(st->chunk);
    st->chunk = NULL;
    return BRASA_OK;
}
