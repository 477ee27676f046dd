/* h5fscan.c -- a task's scan of a foreign file: row ranges through HDF5, one block at a time.
 *
 * Under the lock each source that is needed is read into a buffer as HDF5's native bytes: of a compound only the members asked for, of a 2-D
 * dataset only the range of columns.  What follows (conversion, nulls, strings) runs without the lock.  Every scan has the file open for
 * itself.  In a grid a block is a box: some rows of one dimension, and all of those after it.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/hash.h"
#include "base/io.h"
#include "data/type.h"
#include "storage/h5fheap.h"
#include "storage/h5foreign.h"
#include "storage/h5ftype.h"

enum { LEAST_CACHE = 1 << 20, MOST_CACHE = 256 << 20 };

/* A source while it is scanned. */
typedef struct {
    const brasa_h5_source *s;
    bool                   needed;
    brasa_h5_members       members;      /* of a compound */
    int32_t                first, count; /* columns of a 2-D dataset */
    size_t                 width;        /* bytes of a row in memory */
    bool                   has_pointers;
    const brasa_h5_field  *item;       /* of its lists; NULL: none */
    hid_t                  dset, type; /* open with the file */
    brasa_h5_vtext        *strings;    /* read without HDF5; NULL: not */
    brasa_buf             *raw;
    hid_t                  space; /* of the memory: for the strings to be given back */
} source_state;

typedef struct {
    const brasa_h5_field *f;
    size_t                at;          /* bytes into a row of its source */
    brasa_column          coordinates; /* of an axis: all of them */
    hid_t                 mask;
    const uint8_t        *mask_bytes;
} field_state;

typedef struct {
    const brasa_h5_foreign *t;
    brasa_h5_file           file;
    hid_t                   h5;
    const brasa_h5_piece   *piece;
    int64_t                 row;
    int32_t                 nsources, nfields;
    source_state           *sources;
    field_state            *fields;
    brasa_arena            *axes; /* coordinates live as long as the scan */
    brasa_h5_bufs           axis_bufs;
    brasa_h5_bufs           bufs; /* of the block being made */
    brasa_arena            *block_arena;
    brasa_column           *cols;
    int64_t                 from; /* rows of the block being made */
    int32_t                 n;
} scan_state;

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
    scan_state *st = arg;

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
static void plan_field(scan_state *st, field_state *fs)
{
    const brasa_h5_field *f = fs->f;
    source_state         *s;

    if (f->source < 0 || f->axis >= 0) return;
    s = &st->sources[f->source];
    s->needed = true;
    s->has_pointers |= f->rep == BRASA_H5_VTEXT || f->rep == BRASA_H5_VLIST;
    if (f->rep == BRASA_H5_VLIST) s->item = f->item;
    if (f->member != NULL || s->s->ndims != 2 || st->t->grid_dims > 0) return;
    int32_t last = s->count == 0 ? f->element : s->first + s->count - 1,
            end = f->type.kind == BRASA_KIND_VECTOR ? f->elements - 1 : f->element;
    if (s->count == 0 || f->element < s->first) s->first = f->element;
    if (end > last) last = end;
    s->count = last - s->first + 1;
}

static void place_field(scan_state *st, field_state *fs)
{
    const brasa_h5_field *f = fs->f;
    const source_state   *s;

    if (f->source < 0 || f->axis >= 0) return;
    s = &st->sources[f->source];
    if (f->member != NULL)
        fs->at = brasa__h5_member_at(&s->members, f->member) + (size_t)f->size * (size_t)f->element;
    else
        fs->at = (size_t)f->size * (size_t)(f->element - s->first);
}

brasa_status brasa__h5_foreign_scan_open(brasa_scan *scan, brasa_error *err)
{
    const brasa_h5_table   *l = scan->shared->table->layout;
    const brasa_h5_foreign *t = l->foreign;
    scan_state             *st = BRASA_NEW(scan->arena, scan_state);

    if (scan->partition < 0 || scan->partition >= t->npieces)
        return brasa__fail(err, BRASA_INTERNAL, "table %s has no partition %d", scan->shared->table->uri, (int)scan->partition);
    st->t = t;
    st->file.fd = -1;
    st->piece = &t->pieces[scan->partition];
    st->row = st->piece->from;
    st->nsources = t->nsources;
    st->nfields = scan->shared->ncols;
    st->sources = BRASA_NEWS(scan->arena, source_state, st->nsources + 1);
    st->fields = BRASA_NEWS(scan->arena, field_state, st->nfields + 1);
    st->cols = BRASA_NEWS(scan->arena, brasa_column, st->nfields + 1);
    st->axes = scan->arena; /* no child of it: those go before what is deferred */
    st->block_arena = brasa__arena_new(scan->arena, "block");
    st->axis_bufs.arena = st->axes;
    st->bufs.arena = scan->arena;
    for (int32_t i = 0; i < st->nsources; i++) st->sources[i].s = &t->sources[i];
    for (int32_t i = 0; i < st->nfields; i++) {
        st->fields[i].f = &t->fields[scan->shared->cols[i]];
        plan_field(st, &st->fields[i]);
    }
    brasa__arena_defer(scan->arena, drop_scan, st);
    scan->state = st;
    return BRASA_OK;
}

/* --- opening, under the lock */
static hid_t open_dataset(brasa_h5 *h, scan_state *st, const brasa_h5_source *s, brasa_error *err, brasa_status *status)
{
    hid_t   dapl = BRASA_H5(h, H5Pcreate(H5P_DATASET_ACCESS));
    hid_t   dset = H5Dopen2(st->h5, s->path, H5P_DEFAULT);
    hid_t   dcpl = dset < 0 ? -1 : BRASA_H5(h, H5Dget_create_plist(dset));
    hid_t   type = dset < 0 ? -1 : BRASA_H5(h, H5Dget_type(dset));
    hsize_t chunk[BRASA_H5_MOST_DIMS];
    size_t  bytes = type < 0 ? 1 : H5Tget_size(type);
    int     n = dcpl < 0 || H5Pget_layout(dcpl) != H5D_CHUNKED ? 0 : H5Pget_chunk(dcpl, BRASA_H5_MOST_DIMS, chunk);

    *status = BRASA_OK;
    if (dset < 0) {
        *status = brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s: dataset %s cannot be opened", st->file.path, s->path);
        return -1;
    }
    for (int k = 0; k < n; k++) bytes *= (size_t)chunk[k];
    bytes *= n > 1 ? 8 : 2; /* a chunk is decoded once, though it is read block by block */
    if (n <= 0 || bytes <= LEAST_CACHE) return dset;
    H5Pset_chunk_cache(dapl, 521, bytes < MOST_CACHE ? bytes : MOST_CACHE, 1.0);
    H5Dclose(dset);
    return H5Dopen2(st->h5, s->path, dapl);
}

/* Are the elements of the lists (NULL: strings) in the file what they are in memory? */
static bool plain_items(brasa_h5 *h, hid_t file_type, const brasa_h5_field *item)
{
    return item == NULL || H5Tequal(BRASA_H5(h, H5Tget_super(file_type)), brasa__h5_rep_type(h, item)) > 0;
}

static brasa_status plan_source(brasa_h5 *h, scan_state *st, int32_t k, brasa_error *err)
{
    source_state *s = &st->sources[k];
    brasa_status  status;
    hid_t         file_type;

    s->dset = open_dataset(h, st, s->s, err, &status);
    BRASA_TRY(status);
    file_type = BRASA_H5(h, H5Dget_type(s->dset));
    for (int32_t i = 0; i < st->nfields; i++) {
        const brasa_h5_field *f = st->fields[i].f;
        if (f->source == k && f->member != NULL && f->axis < 0) brasa__h5_want_member(&s->members, st->axes, f);
    }
    if (s->s->compound) {
        s->type = brasa__h5_member_type(h, file_type, &s->members);
        s->width = s->members.width;
    } else {
        const brasa_h5_field *f = NULL;
        for (int32_t i = 0; i < st->nfields && f == NULL; i++)
            if (st->fields[i].f->source == k && st->fields[i].f->axis < 0) f = st->fields[i].f;
        s->type = brasa__h5_whole_type(h, file_type, f, &s->width);
        if (s->count > 0) s->width = (size_t)f->size * (size_t)s->count;
    }
    if (s->has_pointers && !s->s->compound && !st->t->allow_external && plain_items(h, file_type, s->item))
        s->strings = brasa__h5_vtext_open(h, st->axes, st->h5, s->dset, s->item == NULL ? 0 : (size_t)s->item->size, &st->file, s->s->path);
    if (s->type < 0 || s->width == 0)
        return brasa__h5_fail(err, BRASA_CORRUPT, "%s: dataset %s has another type than when it was opened", st->file.path, s->s->path);
    return BRASA_OK;
}

/* All coordinates of an axis, converted. */
static brasa_status load_axis(brasa_h5 *h, scan_state *st, field_state *fs, brasa_error *err)
{
    const brasa_h5_field  *f = fs->f;
    const brasa_h5_source *s = &st->t->sources[f->source];
    int64_t                n = st->t->grid[f->axis];
    hid_t                  dset = BRASA_H5(h, H5Dopen2(st->h5, s->path, H5P_DEFAULT));
    hid_t                  space = dset < 0 ? -1 : BRASA_H5(h, H5Dget_space(dset));
    hid_t                  type = brasa__h5_rep_type(h, f);
    brasa_status           status;
    void                  *raw;

    if (n > INT32_MAX || space < 0 || H5Sget_simple_extent_npoints(space) != n)
        return brasa__h5_fail(err, BRASA_CORRUPT, "%s: coordinates %s have changed", st->file.path, s->path);
    raw = brasa__h5_new_buf(&st->axis_bufs, (size_t)f->size * (size_t)n)->data;
    if (H5Dread(dset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) < 0)
        return brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s: coordinates %s cannot be read", st->file.path, s->path);
    status = brasa__h5_convert(f, raw, (size_t)f->size, (int32_t)n, NULL, st->file.path, &st->axis_bufs, st->axes, &fs->coordinates, err);
    if (f->rep == BRASA_H5_VTEXT) H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw);
    return status;
}

static brasa_status open_all(brasa_h5 *h, scan_state *st, brasa_error *err)
{
    H5PLset_loading_state(st->t->allow_external ? H5PL_ALL_PLUGIN : 0);
    st->h5 = H5Fopen(st->file.path, H5F_ACC_RDONLY, brasa__h5_access(h, st->t->allow_external ? NULL : &st->file));
    if (st->h5 < 0) {
        st->h5 = 0;
        return brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s is no HDF5 file, or is damaged or cut short", st->file.path);
    }
    for (int32_t k = 0; k < st->nsources; k++)
        if (st->sources[k].needed) BRASA_TRY(plan_source(h, st, k, err));
    for (int32_t i = 0; i < st->nfields; i++) {
        field_state *fs = &st->fields[i];
        place_field(st, fs);
        if (fs->f->axis >= 0 && fs->f->source >= 0) BRASA_TRY(load_axis(h, st, fs, err));
        if (fs->f->mask == NULL) continue;
        const char *dir = brasa__path_dir(h->arena, st->t->sources[fs->f->source].path);
        fs->mask = H5Dopen2(st->h5, brasa__arena_printf(h->arena, "%s/%s", strcmp(dir, "/") == 0 ? "" : dir, fs->f->mask), H5P_DEFAULT);
        if (fs->mask < 0)
            return brasa__h5_fail(err, BRASA_CORRUPT, "%s: the mask of nulls of column %s (%s) cannot be opened", st->file.path,
                                  fs->f->name, fs->f->mask);
    }
    return BRASA_OK;
}

/* --- reading a block, under the lock */

/* The box of a grid that begins at row `from`; 1-D and 2-D tables: rows. */
static void box(const scan_state *st, const source_state *s, hsize_t *start, hsize_t *count)
{
    int64_t rest = st->from, left = st->n;

    if (st->t->grid_dims == 0) {
        start[0] = (hsize_t)st->from;
        count[0] = (hsize_t)st->n;
        start[1] = (hsize_t)s->first;
        count[1] = (hsize_t)s->count;
        return;
    }
    for (int k = st->t->grid_dims - 1; k >= 0; k--) {
        start[k] = (hsize_t)(rest % st->t->grid[k]);
        rest /= st->t->grid[k];
        count[k] = (hsize_t)(left < st->t->grid[k] ? left : st->t->grid[k]);
        left = left <= st->t->grid[k] ? 1 : left / st->t->grid[k];
    }
}

static brasa_status read_source(brasa_h5 *h, scan_state *st, source_state *s, brasa_error *err)
{
    hsize_t start[BRASA_H5_MOST_DIMS] = {0}, count[BRASA_H5_MOST_DIMS] = {1};
    hsize_t total = 1;
    hid_t   space = BRASA_H5(h, H5Dget_space(s->dset)), memory;
    int     ndims = s->s->ndims;

    if (s->strings != NULL) return brasa__h5_vtext_fetch(s->strings, st->from, st->n, err);
    if (H5Sget_simple_extent_ndims(space) != (s->s->scalar ? 0 : ndims))
        return brasa__h5_fail(err, BRASA_CORRUPT, "%s: dataset %s has changed", st->file.path, s->s->path);
    box(st, s, start, count);
    for (int k = 0; k < ndims; k++) total *= count[k];
    memory = BRASA_H5(h, H5Screate_simple(1, &total, NULL));
    s->raw = brasa__h5_new_buf(&st->bufs, s->width * (size_t)st->n);
    if (s->has_pointers) memset(s->raw->data, 0, s->width * (size_t)st->n);
    if ((!s->s->scalar && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0) ||
        H5Dread(s->dset, s->type, memory, space, H5P_DEFAULT, s->raw->data) < 0)
        return brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s: rows %lld to %lld of dataset %s cannot be read: the file is damaged",
                                   st->file.path, (long long)st->from, (long long)(st->from + st->n - 1), s->s->path);
    return BRASA_OK;
}

static brasa_status read_mask(brasa_h5 *h, scan_state *st, field_state *fs, brasa_error *err)
{
    hsize_t start = (hsize_t)st->from, count = (hsize_t)st->n;
    hid_t   space = BRASA_H5(h, H5Dget_space(fs->mask)), memory = BRASA_H5(h, H5Screate_simple(1, &count, NULL));
    void   *bytes = brasa__arena_alloc(st->block_arena, (size_t)st->n);

    if (H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL) < 0 ||
        H5Dread(fs->mask, H5T_NATIVE_INT8, memory, space, H5P_DEFAULT, bytes) < 0)
        return brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s: the mask of nulls %s cannot be read: the file is damaged",
                                   st->file.path, fs->f->mask);
    fs->mask_bytes = bytes;
    return BRASA_OK;
}

static brasa_status read_block(brasa_h5 *h, void *arg, brasa_error *err)
{
    scan_state *st = arg;

    if (st->h5 == 0) BRASA_TRY(open_all(h, st, err));
    for (int32_t k = 0; k < st->nsources; k++)
        if (st->sources[k].needed) BRASA_TRY(read_source(h, st, &st->sources[k], err));
    for (int32_t i = 0; i < st->nfields; i++)
        if (st->fields[i].f->mask != NULL) BRASA_TRY(read_mask(h, st, &st->fields[i], err));
    return BRASA_OK;
}

static brasa_status give_back(brasa_h5 *h, void *arg, brasa_error *err)
{
    scan_state *st = arg;
    hsize_t     n = (hsize_t)st->n;
    hid_t       space = BRASA_H5(h, H5Screate_simple(1, &n, NULL));

    (void)err;
    for (int32_t k = 0; k < st->nsources; k++) {
        source_state *s = &st->sources[k];
        hsize_t       cells = n * (s->count > 0 ? (hsize_t)s->count : 1);
        if (!s->needed || !s->has_pointers || s->raw == NULL) continue;
        H5Dvlen_reclaim(s->type, s->count > 0 ? BRASA_H5(h, H5Screate_simple(1, &cells, NULL)) : space, H5P_DEFAULT, s->raw->data);
    }
    return BRASA_OK;
}

/* --- columns, without the lock */
static void axis_column(scan_state *st, const field_state *fs, brasa_column *out)
{
    const brasa_h5_field *f = fs->f;
    size_t                width = brasa__type_width(f->type);
    char                 *to = brasa__h5_new_buf(&st->bufs, width * (size_t)st->n)->data;
    int64_t               inner = 1;
    uint64_t             *valid = NULL;

    for (int k = f->axis + 1; k < st->t->grid_dims; k++) inner *= st->t->grid[k];
    *out = (brasa_column) {.type = f->type, .encoding = BRASA_FLAT, .values = to};
    if (fs->coordinates.valid != NULL) {
        valid = brasa__h5_new_buf(&st->bufs, brasa__bit_words(st->n) * 8)->data;
        memset(valid, 0, brasa__bit_words(st->n) * 8);
        out->valid = valid;
    }
    for (int32_t i = 0; i < st->n; i++) {
        int64_t at = (st->from + i) / inner % st->t->grid[f->axis];
        if (fs->coordinates.values == NULL)
            memcpy(to + (size_t)i * width, &at, width);
        else
            memcpy(to + (size_t)i * width, (const char *)fs->coordinates.values + (size_t)at * width, width);
        if (valid != NULL && brasa__bit_get(fs->coordinates.valid, at)) brasa__bit_set(valid, i);
    }
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

static void mask_column(scan_state *st, const field_state *fs, brasa_column *out)
{
    uint64_t *valid = brasa__h5_new_buf(&st->bufs, brasa__bit_words(st->n) * 8)->data;

    memset(valid, 0, brasa__bit_words(st->n) * 8);
    for (int32_t i = 0; i < st->n; i++)
        if (fs->mask_bytes[i] != 0) brasa__bit_set(valid, i);
    out->valid = valid;
}

static brasa_status make_columns(void *arg, brasa_error *err)
{
    scan_state *st = arg;

    for (int32_t i = 0; i < st->nfields; i++) {
        field_state          *fs = &st->fields[i];
        const brasa_h5_field *f = fs->f;
        if (f->axis >= 0) {
            axis_column(st, fs, &st->cols[i]);
            continue;
        }
        const source_state *s = &st->sources[f->source];
        if (s->strings != NULL) {
            if (f->rep == BRASA_H5_VLIST)
                BRASA_TRY(brasa__h5_vtext_lists(s->strings, f, &st->bufs, st->block_arena, &st->cols[i], err));
            else
                BRASA_TRY(brasa__h5_vtext_column(s->strings, f->type, &st->bufs, &st->cols[i], err));
            if (fs->mask_bytes != NULL) mask_column(st, fs, &st->cols[i]);
            continue;
        }
        const char *raw = (const char *)s->raw->data + fs->at;
        if (identical(f, s->width))
            st->cols[i] = (brasa_column) {.type = f->type, .encoding = BRASA_FLAT, .values = raw};
        else
            BRASA_TRY(
                brasa__h5_convert(f, raw, s->width, st->n, fs->mask_bytes, st->file.path, &st->bufs, st->block_arena, &st->cols[i], err));
    }
    return BRASA_OK;
}

/* Rows of the next block: at most the setting; in a grid a box that begins here. */
static int32_t next_rows(const scan_state *st)
{
    int64_t most = brasa__setting_int(BRASA_SET_BLOCK_ROWS), left = st->piece->to - st->row, inner = 1;

    if (most < 64) most = 64;
    if (most > 1 << 20) most = 1 << 20;
    if (left < most) most = left;
    if (st->t->grid_dims == 0) return (int32_t)most;
    for (int k = st->t->grid_dims - 1; k >= 0; k--) {
        int64_t size = st->t->grid[k], at = st->row / inner % size;
        if (inner * size > most || at != 0 || k == 0) { /* some rows of this dimension */
            int64_t rows = most / inner < size - at ? most / inner : size - at;
            return (int32_t)(inner * (rows < 1 ? 1 : rows));
        }
        inner *= size;
    }
    return (int32_t)most;
}

static void add_axis_bufs(scan_state *st)
{
    for (int32_t i = 0; i < st->axis_bufs.count; i++) { /* strings point into them */
        st->bufs.items = brasa__arena_grow(st->bufs.arena, st->bufs.items, &st->bufs.cap, st->bufs.count + 1, sizeof *st->bufs.items);
        st->bufs.items[st->bufs.count++] = brasa__buf_ref(st->axis_bufs.items[i]);
    }
}

static brasa_status open_file(scan_state *st, brasa_error *err)
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
    scan_state  *st = scan->state;
    bool         pointers = false;
    brasa_status status;

    if (st->row >= st->piece->to) return BRASA_OK;
    drop_bufs(&st->bufs);
    brasa__arena_reset(st->block_arena);
    st->from = st->row;
    st->n = next_rows(st);
    st->row += st->n;
    if (st->nfields > 0) {
        BRASA_TRY(open_file(st, err));
        for (int32_t k = 0; k < st->nsources; k++) st->sources[k].raw = NULL;
        status = brasa__h5_run(read_block, st, err);
        if (status == BRASA_OK) status = brasa__guarded(make_columns, st, err);
        for (int32_t k = 0; k < st->nsources; k++) pointers |= st->sources[k].needed && st->sources[k].has_pointers;
        if (pointers) brasa__h5_run(give_back, st, NULL);
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

/* --- verify: read everything, so that HDF5 checks what checksums there are */
typedef struct {
    brasa_arena       *arena;
    const brasa_table *table;
    int64_t           *chunks, *bytes;
} verify_call;

static brasa_status read_all(brasa_scan_shared *shared, int32_t nparts, brasa_error *err)
{
    for (int32_t p = 0; p < nparts; p++) {
        brasa_scan  *scan;
        brasa_block *block = NULL;
        brasa_status status;
        BRASA_TRY(brasa__scan_open(shared, p, &scan, err));
        do {
            brasa__block_unref(block);
            status = brasa__scan_next(scan, &block, err);
        } while (status == BRASA_OK && block != NULL);
        brasa__scan_close(scan);
        BRASA_TRY(status);
    }
    return BRASA_OK;
}

static brasa_status verify(void *arg, brasa_error *err)
{
    verify_call       *v = arg;
    int32_t           *cols = BRASA_NEWS(v->arena, int32_t, v->table->schema.ncols + 1);
    brasa_scan_shared *shared;
    brasa_scan_stats   stats;

    for (int32_t c = 0; c < v->table->schema.ncols; c++) cols[c] = c;
    BRASA_TRY(brasa__scan_shared_open(v->arena, v->table, cols, v->table->schema.ncols, NULL, 0, &shared, err));
    BRASA_TRY(read_all(shared, v->table->nparts, err));
    stats = brasa__scan_shared_stats(shared);
    *v->chunks += stats.chunks_read;
    *v->bytes += stats.bytes_read;
    brasa__scan_shared_close(shared);
    return BRASA_OK;
}

brasa_status brasa__h5_foreign_verify(const brasa_table *t, int64_t *chunks, int64_t *bytes, brasa_error *err)
{
    verify_call  v = {.arena = brasa__arena_new(NULL, "verify"), .table = t, .chunks = chunks, .bytes = bytes};
    brasa_status status = brasa__guarded(verify, &v, err);

    brasa__arena_free(v.arena);
    return status;
}
