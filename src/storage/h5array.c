/* h5array.c -- rows as N-d arrays: columns of coordinates become dimensions, every other column an array over them.
 *
 * The tasks have written the rows as parts of a table.  Here rank 0 reads their coordinates once (the values of a dimension are those that occur, in order), then
 * fills the arrays slab by slab along the first dimension, so that memory is bounded; chunk statistics leave out what is not in a slab.
 * Cells without a row, and null values, hold the fill value that `_FillValue` names: NaN, or the least integer.
 */
#include "storage/h5array.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "data/type.h"
#include "data/value.h"
#include "storage/h5array_scales.h"
#include "storage/h5column.h"
#include "storage/h5foreign.h"
#include "storage/h5type.h"

enum { MOST_DIMS = BRASA_H5_MOST_DIMS, SLAB_BYTES = 64 << 20, SORT_AT = 1 << 20, CHUNK_CELLS = 1 << 17 };

static bool is_float(brasa_type t)
{
    return t.kind == BRASA_KIND_FLOAT32 || t.kind == BRASA_KIND_FLOAT64;
}

/* Whole numbers in memory and on disk. */
static bool is_whole(brasa_type t)
{
    return t.kind == BRASA_KIND_INT8 || t.kind == BRASA_KIND_INT16 || t.kind == BRASA_KIND_INT32 || t.kind == BRASA_KIND_INT64 ||
           t.kind == BRASA_KIND_DATE || t.kind == BRASA_KIND_TIMESTAMP || t.kind == BRASA_KIND_TIMESTAMP_NTZ;
}

brasa_status brasa__h5_array_dims(brasa_arena *arena, const char *text, brasa_schema schema, int32_t *dims, int32_t *ndims,
                                  brasa_error *err)
{
    char *save = NULL;

    *ndims = 0;
    for (char *word = strtok_r(brasa__arena_strdup(arena, text), ", ", &save); word != NULL; word = strtok_r(NULL, ", ", &save)) {
        bool    ambiguous = false;
        int32_t at = brasa__schema_find(schema, word, &ambiguous);

        if (at < 0) return brasa__fail(err, BRASA_NOT_FOUND, "array = '%s': the rows have no column %s", text, word);
        if (*ndims == MOST_DIMS) return brasa__fail(err, BRASA_UNSUPPORTED, "array = '%s': at most %d dimensions", text, (int)MOST_DIMS);
        for (int32_t i = 0; i < *ndims; i++)
            if (dims[i] == at) return brasa__fail(err, BRASA_INVALID, "array = '%s': %s is there twice", text, word);
        dims[(*ndims)++] = at;
    }
    if (*ndims == 0 || *ndims == schema.ncols)
        return brasa__fail(err, BRASA_INVALID, "array = '%s': name the columns of coordinates; the others are the values, one at least",
                           text);
    for (int32_t c = 0; c < schema.ncols; c++) {
        brasa_text type;

        if (is_float(schema.cols[c].type) || is_whole(schema.cols[c].type)) continue;
        brasa__text_init(&type, arena);
        brasa__type_text(schema.cols[c].type, &type);
        return brasa__fail(
            err, BRASA_UNSUPPORTED,
            "column %s is %s; arrays are made of integers, floating-point numbers, dates and timestamps: cast it, or leave it out",
            schema.cols[c].name, type.s);
    }
    return BRASA_OK;
}

/* --- coordinates as keys in their order */
typedef struct {
    int64_t *keys;
    int64_t  n, cap, sorted; /* the first `sorted` are in order, each once */
} axis;

typedef struct {
    const brasa_h5_array *a;
    brasa_arena          *arena;
    brasa_h5_dest        *d;
    brasa_table           t;
    int32_t               ndims, nvalues;
    int32_t               dims[MOST_DIMS];
    int32_t              *values; /* columns */
    axis                  axes[MOST_DIMS];
    int64_t               inner;    /* cells of one step of the first dimension */
    int64_t               from, to; /* the slab: steps of the first dimension */
    uint8_t              *taken;    /* [cells of a slab] */
    char                **slab;     /* [nvalues] */
    bool                 *holes;    /* [nvalues]: cells without a value */
    hid_t                *dsets;
    int64_t               rows;
} builder;

static int64_t key_of_double(double f)
{
    int64_t bits;

    if (f == 0) f = 0; /* -0 is 0 */
    memcpy(&bits, &f, sizeof bits);
    return bits < 0 ? (int64_t)(~(uint64_t)bits ^ (1ULL << 63)) : bits;
}

static double double_of_key(int64_t key)
{
    uint64_t bits = key < 0 ? ~((uint64_t)key ^ (1ULL << 63)) : (uint64_t)key;
    double   f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

static int64_t whole_at(const brasa_column *c, int64_t i)
{
    switch (brasa__type_width(c->type)) {
    case 1: return ((const int8_t *)c->values)[i];
    case 2: return ((const int16_t *)c->values)[i];
    case 4: return ((const int32_t *)c->values)[i];
    default: return ((const int64_t *)c->values)[i];
    }
}

static bool is_null(const brasa_column *c, int32_t i)
{
    return c->valid != NULL && !brasa__bit_get(c->valid, i);
}

static brasa_status key_at(const builder *b, int32_t col, const brasa_column *c, int32_t i, int64_t *key, brasa_error *err)
{
    const char *name = b->t.schema.cols[col].name;
    double      f;

    if (is_null(c, i))
        return brasa__fail(err, BRASA_DATA, "a row has no %s, which is a coordinate of the array; leave such rows out", name);
    if (!is_float(c->type)) {
        *key = whole_at(c, i);
        return BRASA_OK;
    }
    f = c->type.kind == BRASA_KIND_FLOAT32 ? (double)((const float *)c->values)[i] : ((const double *)c->values)[i];
    if (isnan(f)) return brasa__fail(err, BRASA_DATA, "%s of a row is NaN, which is no coordinate of an array; leave such rows out", name);
    *key = key_of_double(f);
    return BRASA_OK;
}

static int by_key(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

    return (a > b) - (a < b);
}

static void settle(axis *x)
{
    int64_t n = 0;

    if (x->n == x->sorted) return;
    qsort(x->keys, (size_t)x->n, sizeof *x->keys, by_key);
    for (int64_t i = 0; i < x->n; i++)
        if (n == 0 || x->keys[n - 1] != x->keys[i]) x->keys[n++] = x->keys[i];
    x->n = x->sorted = n;
}

static int64_t place(const axis *x, int64_t key)
{
    int64_t low = 0, high = x->n;

    while (high - low > 1) {
        int64_t mid = low + (high - low) / 2;
        if (x->keys[mid] <= key)
            low = mid;
        else
            high = mid;
    }
    return low;
}

/* --- passes over the rows */
typedef brasa_status row_fn(builder *b, const brasa_column *cols, int32_t rows, brasa_error *err);

typedef struct {
    brasa_scan  *scan;
    brasa_block *block;
} opened;

static void close_opened(void *arg)
{
    opened *o = arg;

    brasa__block_unref(o->block);
    brasa__scan_close(o->scan);
}

static brasa_status each_block(builder *b, brasa_scan_shared *shared, int32_t p, int32_t ncols, row_fn *fn, brasa_error *err)
{
    brasa_arena  *arena = brasa__arena_new(b->arena, "array rows"), *scratch = brasa__arena_new(arena, "array block");
    opened       *o = BRASA_NEW(arena, opened);
    brasa_column *flat = BRASA_NEWS(arena, brasa_column, ncols + 1);
    brasa_status  status;

    brasa__arena_defer(arena, close_opened, o);
    BRASA_TRY(brasa__scan_open(shared, p, &o->scan, err));
    do {
        status = brasa__scan_next(o->scan, &o->block, err);
        if (status != BRASA_OK || o->block == NULL) break;
        brasa__arena_reset(scratch);
        for (int32_t c = 0; c < ncols; c++) brasa__h5_flatten(scratch, &o->block->cols[c], o->block->rows, &flat[c]);
        status = fn(b, flat, o->block->rows, err);
        brasa__block_unref(o->block);
        o->block = NULL;
    } while (status == BRASA_OK);
    brasa__arena_free(arena);
    return status;
}

static brasa_status pass(builder *b, const int32_t *cols, int32_t ncols, const brasa_scan_test *tests, int32_t ntests, row_fn *fn,
                         brasa_error *err)
{
    brasa_scan_shared *shared;
    brasa_status       status = brasa__scan_shared_open(b->arena, &b->t, cols, ncols, tests, ntests, &shared, err);

    for (int32_t p = 0; p < b->t.nparts && status == BRASA_OK; p++) status = each_block(b, shared, p, ncols, fn, err);
    if (status == BRASA_OK) brasa__scan_shared_close(shared);
    return status;
}

static brasa_status collect_keys(builder *b, const brasa_column *cols, int32_t rows, brasa_error *err)
{
    for (int32_t k = 0; k < b->ndims; k++) {
        axis *x = &b->axes[k];

        for (int32_t i = 0; i < rows; i++) {
            int64_t key = 0;

            BRASA_TRY(key_at(b, b->dims[k], &cols[k], i, &key, err));
            if (x->n > 0 && (x->keys[x->n - 1] == key)) continue;
            if (x->n == x->cap && x->n - x->sorted >= SORT_AT) settle(x);
            if (x->n == x->cap) {
                int64_t *more = BRASA_NEWS(b->arena, int64_t, x->cap * 2 + 1024);
                if (x->n > 0) memcpy(more, x->keys, sizeof *more * (size_t)x->n);
                x->keys = more;
                x->cap = x->cap * 2 + 1024;
            }
            x->keys[x->n++] = key;
        }
    }
    b->rows += rows;
    return BRASA_OK;
}

static brasa_status two_rows(const builder *b, const int64_t *at, brasa_error *err)
{
    brasa__fail(err, BRASA_DATA, "two rows are for the same cell of the array:");
    for (int32_t k = 0; k < b->ndims; k++) {
        const brasa_field *f = &b->t.schema.cols[b->dims[k]];
        brasa_value        v = {.type = f->type};
        brasa_text         text;

        if (is_float(f->type))
            v.u.f = double_of_key(b->axes[k].keys[at[k]]);
        else
            v.u.i = b->axes[k].keys[at[k]];
        brasa__text_init(&text, b->arena);
        brasa__value_text(&v, &text);
        brasa__fail_more(err, "%s %s = %s", k == 0 ? "" : ",", f->name, text.s);
    }
    return brasa__fail_more(err, "; aggregate them first, as by GROUP BY %s", b->a->dims);
}

/* cols: of the dimensions, then of the values */
static brasa_status fill_slab(builder *b, const brasa_column *cols, int32_t rows, brasa_error *err)
{
    for (int32_t i = 0; i < rows; i++) {
        int64_t at[MOST_DIMS] = {0}, cell = 0, key = 0;

        for (int32_t k = 0; k < b->ndims; k++) {
            BRASA_TRY(key_at(b, b->dims[k], &cols[k], i, &key, err));
            at[k] = place(&b->axes[k], key);
            if (k == 0 && (at[0] < b->from || at[0] >= b->to)) break;
            cell = k == 0 ? at[0] - b->from : cell * b->axes[k].n + at[k];
        }
        if (at[0] < b->from || at[0] >= b->to) continue;
        if (b->taken[cell]) return two_rows(b, at, err);
        b->taken[cell] = 1;
        for (int32_t v = 0; v < b->nvalues; v++) {
            const brasa_column *c = &cols[b->ndims + v];
            size_t              width = brasa__type_width(c->type);

            if (!is_null(c, i)) memcpy(b->slab[v] + (size_t)cell * width, (const char *)c->values + (size_t)i * width, width);
        }
    }
    return BRASA_OK;
}

/* --- the file */
static int64_t least(brasa_type t)
{
    size_t width = brasa__type_width(t);

    return width == 8 ? INT64_MIN : -((int64_t)1 << (8 * (int)width - 1));
}

static void put_fill(brasa_type t, char *to, int64_t n)
{
    size_t  width = brasa__type_width(t);
    float   f = NAN;
    double  d = NAN;
    int64_t i = least(t);

    for (int64_t k = 0; k < n; k++)
        memcpy(to + (size_t)k * width, t.kind == BRASA_KIND_FLOAT32 ? (void *)&f : is_float(t) ? (void *)&d : (void *)&i, width);
}

static brasa_status put_units(brasa_h5 *h, hid_t dset, brasa_type t, brasa_error *err)
{
    if (t.kind != BRASA_KIND_DATE && t.kind != BRASA_KIND_TIMESTAMP && t.kind != BRASA_KIND_TIMESTAMP_NTZ) return BRASA_OK;
    BRASA_TRY(brasa__h5_put_text(h, dset, "units",
                                 t.kind == BRASA_KIND_DATE ? "days since 1970-01-01" : "microseconds since 1970-01-01 00:00:00", err));
    return brasa__h5_put_text(h, dset, "calendar", "proleptic_gregorian", err);
}

/* As many cells of the last dimensions as fit into a chunk. */
static void chunk_shape(const builder *b, hsize_t *chunk)
{
    int64_t room = CHUNK_CELLS;

    for (int32_t k = b->ndims - 1; k >= 0; k--) {
        chunk[k] = (hsize_t)(b->axes[k].n < room ? b->axes[k].n : room);
        room = room / (int64_t)chunk[k] > 1 ? room / (int64_t)chunk[k] : 1;
    }
}

static brasa_status write_scale(brasa_h5 *h, builder *b, int32_t k, brasa_error *err)
{
    const brasa_field *f = &b->t.schema.cols[b->dims[k]];
    const axis        *x = &b->axes[k];
    bool               real = is_float(f->type);
    double            *coords = BRASA_NEWS(h->arena, double, x->n + 1);
    hsize_t            n = (hsize_t)x->n;
    hid_t              space = BRASA_H5(h, H5Screate_simple(1, &n, NULL));
    hid_t              dset =
        BRASA_H5(h, H5Dcreate2(b->d->group, f->name, brasa__h5_item_type(h, f->type, BRASA_H5_FLAT, (int32_t)brasa__type_width(f->type)),
                               space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));

    for (int64_t i = 0; real && i < x->n; i++) coords[i] = double_of_key(x->keys[i]);
    if (dset < 0 || H5Dwrite(dset, real ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                             real ? (void *)coords : (void *)x->keys) < 0)
        return brasa__h5_file_fail(&b->d->file, err, BRASA_IO, "cannot write dimension %s", f->name);
    BRASA_TRY(put_units(h, dset, f->type, err));
    return brasa__h5_make_scale(h, dset, f->name, k, err);
}

static brasa_status create_arrays(brasa_h5 *h, void *arg, brasa_error *err)
{
    builder *b = arg;
    hsize_t  dims[MOST_DIMS], chunk[MOST_DIMS];

    for (int32_t k = 0; k < b->ndims; k++) {
        BRASA_TRY(write_scale(h, b, k, err));
        dims[k] = (hsize_t)b->axes[k].n;
    }
    chunk_shape(b, chunk);
    for (int32_t v = 0; v < b->nvalues; v++) {
        const brasa_field *f = &b->t.schema.cols[b->values[v]];
        int32_t            width = (int32_t)brasa__type_width(f->type);
        hid_t              space = BRASA_H5(h, H5Screate_simple(b->ndims, dims, NULL));
        hid_t              type = brasa__h5_item_type(h, f->type, BRASA_H5_FLAT, width);
        hid_t              dcpl = BRASA_H5(h, H5Pcreate(H5P_DATASET_CREATE));
        char               fill[8];

        put_fill(f->type, fill, 1);
        H5Pset_chunk(dcpl, b->ndims, chunk);
        H5Pset_fill_value(dcpl, type, fill);
        H5Pset_fill_time(dcpl, H5D_FILL_TIME_NEVER); /* every cell is written */
        brasa__h5_codec_filters(dcpl, b->a->codec, (size_t)width);
        b->dsets[v] = H5Dcreate2(b->d->group, f->name, type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
        if (b->dsets[v] < 0) return brasa__h5_file_fail(&b->d->file, err, BRASA_IO, "cannot create array %s", f->name);
        BRASA_TRY(put_units(h, b->dsets[v], f->type, err));
    }
    return BRASA_OK;
}

static brasa_status write_slab(brasa_h5 *h, void *arg, brasa_error *err)
{
    builder *b = arg;
    hsize_t  start[MOST_DIMS] = {(hsize_t)b->from}, count[MOST_DIMS];

    for (int32_t k = 0; k < b->ndims; k++) count[k] = k == 0 ? (hsize_t)(b->to - b->from) : (hsize_t)b->axes[k].n;
    for (int32_t v = 0; v < b->nvalues; v++) {
        const brasa_field *f = &b->t.schema.cols[b->values[v]];
        hid_t              file = BRASA_H5(h, H5Dget_space(b->dsets[v])), memory = BRASA_H5(h, H5Screate_simple(b->ndims, count, NULL));
        hid_t              type = brasa__h5_item_type(h, f->type, BRASA_H5_FLAT, (int32_t)brasa__type_width(f->type));

        H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, count, NULL);
        if (H5Dwrite(b->dsets[v], type, memory, file, H5P_DEFAULT, b->slab[v]) < 0 || b->d->file.status != BRASA_OK)
            return brasa__h5_file_fail(&b->d->file, err, BRASA_IO, "cannot write array %s", f->name);
        brasa__h5_close(h, file);
        brasa__h5_close(h, memory);
    }
    return BRASA_OK;
}

static brasa_status finish_arrays(brasa_h5 *h, void *arg, brasa_error *err)
{
    builder     *b = arg;
    const char **arrays = BRASA_NEWS(h->arena, const char *, b->nvalues + 1), **scales = BRASA_NEWS(h->arena, const char *, b->ndims + 1);
    hid_t        one = BRASA_H5(h, H5Screate(H5S_SCALAR));

    for (int32_t k = 0; k < b->ndims; k++) scales[k] = b->t.schema.cols[b->dims[k]].name;
    for (int32_t v = 0; v < b->nvalues; v++) {
        const brasa_field *f = &b->t.schema.cols[b->values[v]];
        hid_t              type = brasa__h5_item_type(h, f->type, BRASA_H5_FLAT, (int32_t)brasa__type_width(f->type)), attr;
        char               fill[8];

        arrays[v] = f->name;
        if (b->holes[v]) {
            put_fill(f->type, fill, 1);
            attr = BRASA_H5(h, H5Acreate2(b->dsets[v], "_FillValue", type, one, H5P_DEFAULT, H5P_DEFAULT));
            if (attr < 0 || H5Awrite(attr, type, fill) < 0)
                return brasa__h5_file_fail(&b->d->file, err, BRASA_IO, "cannot write a fill value");
        }
        H5Dclose(b->dsets[v]);
        b->dsets[v] = 0;
    }
    return brasa__h5_attach_scales(h, b->d->group, arrays, b->nvalues, scales, b->ndims, err);
}

/* Which arrays have cells of the fill value, and did a row give it? */
static void look_for_fill(builder *b)
{
    int64_t cells = (b->to - b->from) * b->inner;

    for (int32_t v = 0; v < b->nvalues; v++) {
        brasa_type   t = b->t.schema.cols[b->values[v]].type;
        brasa_column c = {.type = t, .encoding = BRASA_FLAT, .values = b->slab[v]};

        for (int64_t i = 0; i < cells && !b->holes[v]; i++)
            b->holes[v] = !b->taken[i] || (!is_float(t) && whole_at(&c, i) == least(t)) || is_float(t);
    }
}

static brasa_status check_size(builder *b, brasa_error *err)
{
    double cells = 1;

    for (int32_t k = 0; k < b->ndims; k++) cells *= (double)b->axes[k].n;
    b->inner = 1;
    for (int32_t k = 1; k < b->ndims; k++) b->inner *= b->axes[k].n > 0 && cells < 1e15 ? b->axes[k].n : 1;
    if (cells <= 1e8 || cells <= 1000.0 * (double)b->rows) return BRASA_OK;
    return brasa__fail(err, BRASA_INVALID,
                       "array = '%s': %lld rows would make an array of %.0f cells; coordinates of a grid repeat, so round them first",
                       b->a->dims, (long long)b->rows, cells);
}

static brasa_status write_slabs(builder *b, brasa_error *err)
{
    int32_t *cols = BRASA_NEWS(b->arena, int32_t, b->ndims + b->nvalues + 1);
    size_t   width = 1;
    hsize_t  chunk[MOST_DIMS];
    int64_t  step;
    bool     whole = !is_float(b->t.schema.cols[b->dims[0]].type);

    for (int32_t k = 0; k < b->ndims; k++) cols[k] = b->dims[k];
    for (int32_t v = 0; v < b->nvalues; v++) {
        cols[b->ndims + v] = b->values[v];
        width += brasa__type_width(b->t.schema.cols[b->values[v]].type);
    }
    chunk_shape(b, chunk);
    step = SLAB_BYTES / (int64_t)width / b->inner / (int64_t)chunk[0] * (int64_t)chunk[0];
    if (step < (int64_t)chunk[0]) step = (int64_t)chunk[0];
    if (step > b->axes[0].n) step = b->axes[0].n;
    b->taken = brasa__arena_alloc(b->arena, (size_t)(step * b->inner));
    for (int32_t v = 0; v < b->nvalues; v++)
        b->slab[v] = brasa__arena_alloc(b->arena, (size_t)(step * b->inner) * brasa__type_width(b->t.schema.cols[b->values[v]].type));
    for (b->from = 0; b->from < b->axes[0].n; b->from += step) {
        brasa_value     low = {.type = b->t.schema.cols[b->dims[0]].type}, high = low;
        brasa_scan_test tests[] = {{.col = b->dims[0], .op = BRASA_SCAN_GE, .nvalues = 1, .values = &low},
                                   {.col = b->dims[0], .op = BRASA_SCAN_LE, .nvalues = 1, .values = &high}};

        b->to = b->from + step < b->axes[0].n ? b->from + step : b->axes[0].n;
        low.u.i = b->axes[0].keys[b->from];
        high.u.i = b->axes[0].keys[b->to - 1];
        memset(b->taken, 0, (size_t)(step * b->inner));
        for (int32_t v = 0; v < b->nvalues; v++) put_fill(b->t.schema.cols[b->values[v]].type, b->slab[v], step * b->inner);
        BRASA_TRY(pass(b, cols, b->ndims + b->nvalues, tests, whole ? 2 : 0, fill_slab, err));
        look_for_fill(b);
        BRASA_TRY(brasa__h5_dest_reserve(b->d, (b->to - b->from) * b->inner * (int64_t)width, err));
        BRASA_TRY(brasa__h5_run(write_slab, b, err));
    }
    return BRASA_OK;
}

static void close_arrays(void *arg)
{
    builder *b = arg;

    for (int32_t v = 0; v < b->nvalues; v++) brasa__h5_release(b->dsets[v]);
}

static brasa_status prepare(builder *b, brasa_error *err)
{
    brasa_schema s;

    b->t = (brasa_table) {.format = BRASA_FORMAT_HDF5, .uri = b->a->uri};
    brasa__h5_own_describe(b->arena, &b->t, b->a->parts, b->a->nparts);
    s = b->t.schema;
    b->values = BRASA_NEWS(b->arena, int32_t, s.ncols + 1);
    BRASA_TRY(brasa__h5_array_dims(b->arena, b->a->dims, s, b->dims, &b->ndims, err));
    for (int32_t c = 0; c < s.ncols; c++) {
        bool dim = false;
        for (int32_t k = 0; k < b->ndims; k++) dim = dim || b->dims[k] == c;
        if (!dim) b->values[b->nvalues++] = c;
    }
    b->slab = BRASA_NEWS(b->arena, char *, b->nvalues + 1);
    b->holes = BRASA_NEWS(b->arena, bool, b->nvalues + 1);
    b->dsets = BRASA_NEWS(b->arena, hid_t, b->nvalues + 1);
    BRASA_TRY(pass(b, b->dims, b->ndims, NULL, 0, collect_keys, err));
    for (int32_t k = 0; k < b->ndims; k++) settle(&b->axes[k]);
    if (b->rows == 0)
        return brasa__fail(err, BRASA_INVALID, "%s: there are no rows, so the array has no extent; nothing is written", b->a->uri);
    return check_size(b, err);
}

brasa_status brasa__h5_array_write(brasa_arena *arena, const brasa_h5_array *a, brasa_error *err)
{
    builder *b = BRASA_NEW(arena, builder);
    int64_t  bytes;

    b->a = a;
    b->arena = arena;
    BRASA_TRY(prepare(b, err));
    if (a->base == NULL)
        BRASA_TRY(brasa__h5_dest_create(arena, a->path, a->inner, a->codec, 1, &b->d, err));
    else
        BRASA_TRY(brasa__h5_dest_replace(arena, a->path, a->inner, &b->d, err));
    brasa__arena_defer(arena, close_arrays, b);
    BRASA_TRY(brasa__h5_dest_reserve(b->d, 8 * (b->axes[0].n + b->inner), err));
    BRASA_TRY(brasa__h5_run(create_arrays, b, err));
    BRASA_TRY(write_slabs(b, err));
    BRASA_TRY(brasa__h5_run(finish_arrays, b, err));
    return brasa__h5_dest_close(b->d, &bytes, err);
}
