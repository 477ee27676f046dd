/* h5fscan.c -- a task's scan of a foreign file: row ranges through HDF5, one block at a time.
 *
 * Under the lock each source that is needed is read into a buffer as HDF5's native bytes: of a compound only the members asked for, of a 2-D
 * dataset only the range of columns.  What follows (conversion, nulls, strings) runs without the lock.  Every scan has the file open for
 * itself.  In a grid a block is a box: some rows of one dimension, and all of those after it.
 */
#include "storage/h5fscan.h"

#include <string.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/hash.h"
#include "base/io.h"
#include "data/type.h"

enum { LEAST_CACHE = 1 << 20, MOST_CACHE = 256 << 20 };
brasa_status brasa__h5_foreign_shared_open(brasa_scan_shared *s, brasa_error *err)
{
    (void)s;
    (void)err;
    return BRASA_OK;
}

static void drop_bufs(brasa_h5_bufs *b)
{
    for (int32_t i = 0; i < b->count; i++) brasa__buf_unref(b->items[i]);
    b->count = 0;
}

static void drop_scan(void *arg)
{
    brasa_h5_scan_state *st = arg;

    drop_bufs(&st->bufs);
    drop_bufs(&st->axis_bufs);
    for (int32_t i = 0; i < st->nsources; i++) {
        brasa__h5_release(st->sources[i].type);
        brasa__h5_vtext_close(st->sources[i].strings);
    }
    brasa__h5_release(st->h5); /* and all in it */
    if (st->file.fd >= 0) brasa__io_close(st->file.fd, st->file.path, NULL);
}

/* --- planning the rows in memory */
static void plan_field(brasa_h5_scan_state *st, int32_t i)
{
    brasa_h5_field_state  *fs = &st->fields[i];
    const brasa_h5_field  *f = fs->f;
    brasa_h5_source_state *s;

    if (f->source < 0 || f->axis >= 0) return;
    s = &st->sources[f->source];
    s->needed = true;
    fs->next = s->first_field;
    s->first_field = i;
    s->has_pointers |= brasa__h5_has_pointers(f) && s->s->ends == NULL;
    if (f->rep == BRASA_H5_VLIST) s->item = f->item;
    if (s->s->ndims != 2 || st->t->grid_dims > 0) return;
    if (f->member != NULL) { /* a vector of MATLAB */
        s->count = 1;
        return;
    }
    int32_t last = s->count == 0 ? f->element : s->first + s->count - 1,
            end = f->type.kind == BRASA_KIND_VECTOR || f->utf16 ? f->elements - 1 : f->element;
    if (s->count == 0 || f->element < s->first) s->first = f->element;
    if (end > last) last = end;
    s->count = last - s->first + 1;
}

/* Files of a grid differ in how far they go along the first dimension. */
static void set_grid(brasa_h5_scan_state *st)
{
    int64_t inner = 1;

    for (int k = 0; k < st->t->grid_dims; k++) {
        st->grid[k] = st->t->grid[k];
        if (k > 0) inner *= st->grid[k];
    }
    if (st->t->grid_dims == 0 || inner <= 0) return;
    for (int32_t i = 0; i < st->piece->part; i++) st->first += st->t->files[i].rows / inner;
    st->grid[0] = st->t->files[st->piece->part].rows / inner;
}

brasa_status brasa__h5_foreign_scan_open(brasa_scan *scan, brasa_error *err)
{
    const brasa_h5_table   *l = scan->shared->table->layout;
    const brasa_h5_foreign *t = l->foreign;
    brasa_h5_scan_state    *st = BRASA_NEW(scan->arena, brasa_h5_scan_state);

    if (scan->partition < 0 || scan->partition >= t->npieces)
        return brasa__fail(err, BRASA_INTERNAL, "table %s has no partition %d", scan->shared->table->uri, (int)scan->partition);
    st->t = t;
    st->file.fd = -1;
    st->piece = &t->pieces[scan->partition];
    st->row = st->piece->from;
    set_grid(st);
    st->nsources = t->nsources;
    st->nfields = scan->shared->ncols;
    st->sources = BRASA_NEWS(scan->arena, brasa_h5_source_state, st->nsources + 1);
    st->fields = BRASA_NEWS(scan->arena, brasa_h5_field_state, st->nfields + 1);
    st->cols = BRASA_NEWS(scan->arena, brasa_column, st->nfields + 1);
    st->axes = scan->arena; /* no child of it: those go before what is deferred */
    st->block_arena = brasa__arena_new(scan->arena, "block");
    st->axis_bufs.arena = st->axes;
    st->bufs.arena = scan->arena;
    for (int32_t i = 0; i < st->nsources; i++) st->sources[i].s = &t->sources[i], st->sources[i].first_field = -1;
    for (int32_t i = st->nfields - 1; i >= 0; i--) {
        st->fields[i].f = &t->fields[scan->shared->cols[i]];
        st->fields[i].next = -1;
        plan_field(st, i);
    }
    brasa__arena_defer(scan->arena, drop_scan, st);
    scan->state = st;
    return BRASA_OK;
}

/* --- columns, without the lock */

/* Where a row's value is among those of a coordinate. */
static int64_t place_of(const brasa_h5_scan_state *st, uint32_t over, int64_t row)
{
    int64_t at = 0, step = 1;

    for (int k = st->t->grid_dims - 1; k >= 0; k--) {
        if (over >> k & 1) {
            at += row % st->grid[k] * step;
            step *= st->grid[k];
        }
        row /= st->grid[k];
    }
    return at;
}

static void axis_column(brasa_h5_scan_state *st, const brasa_h5_field_state *fs, brasa_column *out)
{
    const brasa_h5_field *f = fs->f;
    const brasa_column   *from = &fs->coordinates;
    size_t                width = brasa__type_width(f->type);
    char                 *to;
    uint64_t             *valid = NULL;
    int64_t               first = f->axis == 0 ? st->first : 0;

    *out = (brasa_column) {.type = f->type, .encoding = BRASA_FLAT};
    if (from->encoding == BRASA_DICT) { /* names of an enumeration: their codes */
        *out = *from;
        width = sizeof *from->codes;
    }
    to = brasa__h5_new_buf(&st->bufs, width * (size_t)st->n)->data;
    if (from->encoding == BRASA_DICT)
        out->codes = (const void *)to;
    else
        out->values = to;
    if (from->valid != NULL) {
        valid = brasa__h5_new_buf(&st->bufs, brasa__bit_words(st->n) * 8)->data;
        memset(valid, 0, brasa__bit_words(st->n) * 8);
        out->valid = valid;
    }
    for (int32_t i = 0; i < st->n; i++) {
        int64_t     at = place_of(st, f->over, st->from + i), number = first + at;
        const char *v = from->encoding == BRASA_DICT ? (const char *)(from->codes + at) : (const char *)from->values + (size_t)at * width;

        memcpy(to + (size_t)i * width, f->source < 0 ? (const char *)&number : v, width);
        if (valid != NULL && brasa__bit_get(from->valid, at)) brasa__bit_set(valid, i);
    }
}

/* The run that each row is of. */
static void run_column(brasa_h5_scan_state *st, const brasa_h5_field_state *fs, brasa_column *out)
{
    int64_t *to = brasa__h5_new_buf(&st->bufs, sizeof *to * (size_t)st->n)->data, low = 0, high = fs->nruns;

    while (low + 1 < high) { /* the last run that begins at or before the first row */
        int64_t mid = (low + high) / 2;
        if (fs->runs[mid] <= st->from)
            low = mid;
        else
            high = mid;
    }
    for (int32_t i = 0; i < st->n; i++) {
        while (low + 1 < fs->nruns && fs->runs[low + 1] <= st->from + i) low++; /* empty runs, too */
        to[i] = low;
    }
    *out = (brasa_column) {.type = fs->f->type, .encoding = BRASA_FLAT, .values = to};
}

/* Native bytes that are the column as they are. */
static bool identical(const brasa_h5_field *f, size_t stride)
{
    static const brasa_kind kinds[] = {BRASA_KIND_INT8, BRASA_KIND_INT16, BRASA_KIND_INT32, BRASA_KIND_INT64};
    bool                    same = (f->rep <= BRASA_H5_I64 && kinds[f->rep] == f->type.kind) ||
                (f->rep == BRASA_H5_F32 && f->type.kind == BRASA_KIND_FLOAT32) ||
                (f->rep == BRASA_H5_F64 && f->type.kind == BRASA_KIND_FLOAT64);

    return same && stride == (size_t)f->size && !f->packed && !f->timed && !f->has_fill[0] && !f->has_fill[1] && f->mask == NULL &&
           f->nnames == 0;
}

static void mask_column(brasa_h5_scan_state *st, const brasa_h5_field_state *fs, brasa_column *out)
{
    uint64_t *valid = brasa__h5_new_buf(&st->bufs, brasa__bit_words(st->n) * 8)->data;

    memset(valid, 0, brasa__bit_words(st->n) * 8);
    for (int32_t i = 0; i < st->n; i++)
        if (fs->mask_bytes[i] != 0) brasa__bit_set(valid, i);
    out->valid = valid;
}

/* The elements of each row beside each other, from where those of each column are. */
static const char *across(brasa_h5_scan_state *st, const brasa_h5_source_state *s, const brasa_h5_field *f, const char *raw)
{
    size_t size = (size_t)f->size, n = (size_t)st->n, count = (size_t)f->elements;
    char  *to = brasa__h5_new_buf(&st->bufs, s->width * n)->data;

    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < n; i++) memcpy(to + i * s->width + k * size, raw + (k * n + i) * size, size);
    return to;
}

static brasa_status pickled_column(brasa_h5_scan_state *st, brasa_h5_source_state *s, const brasa_h5_field *f, brasa_column *out,
                                   brasa_error *err)
{
    if (s->objects == NULL) {
        brasa_h5_objects *objects = BRASA_NEW(st->axes, brasa_h5_objects);
        if (!brasa__h5_unpickle(st->axes, s->pickle, s->pickle_bytes, objects))
            return brasa__fail(err, BRASA_CORRUPT, "%s: the pickle %s has changed", st->file.path, s->s->path);
        s->objects = objects;
    }
    return brasa__h5_objects_column(s->objects, f->element, st->from, st->n, f, &st->bufs, st->block_arena, st->file.path, out, err);
}

static brasa_status make_columns(void *arg, brasa_error *err)
{
    brasa_h5_scan_state *st = arg;

    for (int32_t i = 0; i < st->nfields; i++) {
        brasa_h5_field_state *fs = &st->fields[i];
        const brasa_h5_field *f = fs->f;
        if (f->axis >= 0) {
            axis_column(st, fs, &st->cols[i]);
            continue;
        }
        if (f->runs != NULL) {
            run_column(st, fs, &st->cols[i]);
            continue;
        }
        brasa_h5_source_state *s = &st->sources[f->source];
        if (s->s->pickled) {
            BRASA_TRY(pickled_column(st, s, f, &st->cols[i], err));
            continue;
        }
        if (s->s->ends != NULL) {
            BRASA_TRY(brasa__h5_ragged_column(st, s, f, &st->cols[i], err));
            if (fs->mask_bytes != NULL) mask_column(st, fs, &st->cols[i]);
            continue;
        }
        if (s->strings != NULL) {
            if (f->rep == BRASA_H5_VLIST)
                BRASA_TRY(brasa__h5_vtext_lists(s->strings, f, &st->bufs, st->block_arena, &st->cols[i], err));
            else
                BRASA_TRY(brasa__h5_vtext_column(s->strings, f->type, &st->bufs, &st->cols[i], err));
            if (fs->mask_bytes != NULL) mask_column(st, fs, &st->cols[i]);
            continue;
        }
        const char *raw = brasa__h5_first(st, fs);
        size_t      stride = brasa__h5_stride(s);
        if (f->rep == BRASA_H5_REF) raw = (const char *)fs->texts, stride = sizeof *fs->texts;
        if (s->s->transposed && (f->utf16 || f->type.kind == BRASA_KIND_VECTOR)) raw = across(st, s, f, raw), stride = s->width;
        if (identical(f, stride))
            st->cols[i] = (brasa_column) {.type = f->type, .encoding = BRASA_FLAT, .values = raw};
        else
            BRASA_TRY(
                brasa__h5_convert(f, raw, stride, st->n, fs->mask_bytes, st->file.path, &st->bufs, st->block_arena, &st->cols[i], err));
    }
    return BRASA_OK;
}

/* Rows of the next block: at most the setting; in a grid a box that begins here. */
static int32_t next_rows(const brasa_h5_scan_state *st)
{
    int64_t most = brasa__setting_int(BRASA_SET_BLOCK_ROWS), left = st->piece->to - st->row, inner = 1;

    if (most < 64) most = 64;
    if (most > 1 << 20) most = 1 << 20;
    if (left < most) most = left;
    if (st->t->grid_dims == 0) return (int32_t)most;
    for (int k = st->t->grid_dims - 1; k >= 0; k--) {
        int64_t size = st->grid[k], at = st->row / inner % size;
        if (inner * size > most || at != 0 || k == 0) { /* some rows of this dimension */
            int64_t rows = most / inner < size - at ? most / inner : size - at;
            return (int32_t)(inner * (rows < 1 ? 1 : rows));
        }
        inner *= size;
    }
    return (int32_t)most;
}

static void add_axis_bufs(brasa_h5_scan_state *st)
{
    for (int32_t i = 0; i < st->axis_bufs.count; i++) { /* strings point into them */
        st->bufs.items = brasa__arena_grow(st->bufs.arena, st->bufs.items, &st->bufs.cap, st->bufs.count + 1, sizeof *st->bufs.items);
        st->bufs.items[st->bufs.count++] = brasa__buf_ref(st->axis_bufs.items[i]);
    }
}

static brasa_status open_file(brasa_h5_scan_state *st, brasa_error *err)
{
    brasa_stat file;

    if (st->file.fd >= 0) return BRASA_OK;
    st->file.path = st->t->files[st->piece->part].path;
    BRASA_TRY(brasa__io_open(st->file.path, BRASA_IO_READ, &st->file.fd, err));
    BRASA_TRY(brasa__io_fstat(st->file.fd, &file, st->file.path, err));
    st->file.eof = (haddr_t)file.bytes;
    return BRASA_OK;
}

brasa_status brasa__h5_foreign_scan_next(brasa_scan *scan, brasa_block **block, brasa_error *err)
{
    brasa_h5_scan_state *st = scan->state;
    bool                 pointers = false;
    brasa_status         status;

    if (st->row >= st->piece->to) return BRASA_OK;
    drop_bufs(&st->bufs);
    brasa__arena_reset(st->block_arena);
    st->from = st->row;
    st->n = next_rows(st);
    st->row += st->n;
    if (st->nfields > 0) {
        BRASA_TRY(open_file(st, err));
        for (int32_t k = 0; k < st->nsources; k++) st->sources[k].raw = NULL;
        status = brasa__h5_run(brasa__h5_read_block, st, err);
        if (status == BRASA_OK) status = brasa__guarded(make_columns, st, err);
        for (int32_t k = 0; k < st->nsources; k++) pointers |= st->sources[k].needed && st->sources[k].has_pointers;
        if (pointers) brasa__h5_run(brasa__h5_give_back, st, NULL);
        BRASA_TRY(status);
        for (int32_t k = 0; k < st->nsources; k++)
            if (st->sources[k].raw != NULL)
                atomic_fetch_add_explicit(&scan->shared->bytes_read, (long long)(st->sources[k].width * (size_t)st->n),
                                          memory_order_relaxed);
        add_axis_bufs(st);
    }
    *block = brasa__block_make(st->cols, st->nfields, st->n, st->bufs.items, st->bufs.count, NULL);
    st->bufs.count = 0;
    atomic_fetch_add_explicit(&scan->shared->chunks_read, 1, memory_order_relaxed);
    return BRASA_OK;
}
