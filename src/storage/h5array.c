/* h5array.c -- rows as N-d arrays: columns of coordinates become dimensions, every other column an array over them.
 *
 * The tasks have written the rows as parts of a table.  Here rank 0 reads their coordinates once (the values of a dimension are those that occur, in order), then
 * fills the arrays slab by slab along the first dimension, so that memory is bounded; chunk statistics leave out what is not in a slab.
 * Cells without a row, and null values, hold the fill value that `_FillValue` names: NaN, or the least integer, or the greatest where rows
 * have the least.
 */
#include "storage/h5array.h"
#include "storage/h5array.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "data/type.h"
#include "data/value.h"
#include "storage/h5array_file.h"
#include "storage/h5column.h"

enum { SLAB_BYTES = 64 << 20, SORT_AT = 1 << 20 };

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
        if (*ndims == BRASA_H5_MOST_DIMS)
            return brasa__fail(err, BRASA_UNSUPPORTED, "array = '%s': at most %d dimensions", text, (int)BRASA_H5_MOST_DIMS);
        for (int32_t i = 0; i < *ndims; i++)
            if (dims[i] == at) return brasa__fail(err, BRASA_INVALID, "array = '%s': %s is there twice", text, word);
        dims[(*ndims)++] = at;
    }
    if (*ndims == 0 || *ndims == schema.ncols)
        return brasa__fail(err, BRASA_INVALID, "array = '%s': name the columns of coordinates; the others are the values, one at least",
                           text);
    for (int32_t c = 0; c < schema.ncols; c++) {
        brasa_text type;

        if (brasa__h5_is_float(schema.cols[c].type) || is_whole(schema.cols[c].type)) continue;
        brasa__text_init(&type, arena);
        brasa__type_text(schema.cols[c].type, &type);
        return brasa__fail(
            err, BRASA_UNSUPPORTED,
            "column %s is %s; arrays are made of integers, floating-point numbers, dates and timestamps: cast it, or leave it out",
            schema.cols[c].name, type.s);
    }
    return BRASA_OK;
}

/* --- keys of rows */
static bool is_null(const brasa_column *c, int32_t i)
{
    return c->valid != NULL && !brasa__bit_get(c->valid, i);
}

static brasa_status key_at(const brasa_h5_builder *b, int32_t col, const brasa_column *c, int32_t i, int64_t *key, brasa_error *err)
{
    const char *name = b->t.schema.cols[col].name;
    double      f;

    if (is_null(c, i))
        return brasa__fail(err, BRASA_DATA, "a row has no %s, which is a coordinate of the array; leave such rows out", name);
    if (!brasa__h5_is_float(c->type)) {
        *key = brasa__h5_whole_at(c, i);
        return BRASA_OK;
    }
    f = c->type.kind == BRASA_KIND_FLOAT32 ? (double)((const float *)c->values)[i] : ((const double *)c->values)[i];
    if (isnan(f)) return brasa__fail(err, BRASA_DATA, "%s of a row is NaN, which is no coordinate of an array; leave such rows out", name);
    *key = brasa__h5_key_of_double(f);
    return BRASA_OK;
}

/* --- passes over the rows */
typedef brasa_status row_fn(brasa_h5_builder *b, const brasa_column *cols, int32_t rows, brasa_error *err);

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

static brasa_status each_block(brasa_h5_builder *b, brasa_scan_shared *shared, int32_t p, int32_t ncols, row_fn *fn, brasa_error *err)
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

static brasa_status pass(brasa_h5_builder *b, const int32_t *cols, int32_t ncols, const brasa_scan_test *tests, int32_t ntests, row_fn *fn,
                         brasa_error *err)
{
    brasa_scan_shared *shared;
    brasa_status       status = brasa__scan_shared_open(b->arena, &b->t, cols, ncols, tests, ntests, &shared, err);

    for (int32_t p = 0; p < b->t.nparts && status == BRASA_OK; p++) status = each_block(b, shared, p, ncols, fn, err);
    if (status == BRASA_OK) brasa__scan_shared_close(shared);
    return status;
}

static brasa_status collect_keys(brasa_h5_builder *b, const brasa_column *cols, int32_t rows, brasa_error *err)
{
    for (int32_t k = 0; k < b->ndims; k++) {
        brasa_h5_axis *x = &b->axes[k];

        for (int32_t i = 0; i < rows; i++) {
            int64_t key = 0;

            BRASA_TRY(key_at(b, b->dims[k], &cols[k], i, &key, err));
            if (x->n > 0 && (x->keys[x->n - 1] == key)) continue;
            if (x->n == x->cap && x->n - x->sorted >= SORT_AT) brasa__h5_axis_settle(x);
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

static brasa_status two_rows(const brasa_h5_builder *b, const int64_t *at, brasa_error *err)
{
    brasa__fail(err, BRASA_DATA, "two rows are for the same cell of the array:");
    for (int32_t k = 0; k < b->ndims; k++) {
        const brasa_field *f = &b->t.schema.cols[b->dims[k]];
        brasa_value        v = {.type = f->type};
        brasa_text         text;

        if (brasa__h5_is_float(f->type))
            v.u.f = brasa__h5_double_of_key(b->axes[k].keys[at[k]]);
        else
            v.u.i = b->axes[k].keys[at[k]];
        brasa__text_init(&text, b->arena);
        brasa__value_text(&v, &text);
        brasa__fail_more(err, "%s %s = %s", k == 0 ? "" : ",", f->name, text.s);
    }
    return brasa__fail_more(err, "; aggregate them first, as by GROUP BY %s", b->a->dims);
}

/* cols: of the dimensions, then of the values */
static brasa_status fill_slab(brasa_h5_builder *b, const brasa_column *cols, int32_t rows, brasa_error *err)
{
    for (int32_t i = 0; i < rows; i++) {
        int64_t at[BRASA_H5_MOST_DIMS] = {0}, cell = 0, key = 0;

        for (int32_t k = 0; k < b->ndims; k++) {
            BRASA_TRY(key_at(b, b->dims[k], &cols[k], i, &key, err));
            at[k] = brasa__h5_axis_place(&b->axes[k], key);
            if (k == 0 && (at[0] < b->from || at[0] >= b->to)) break;
            cell = k == 0 ? at[0] - b->from : cell * b->axes[k].n + at[k];
        }
        if (at[0] < b->from || at[0] >= b->to) continue;
        if (b->taken[cell]) return two_rows(b, at, err);
        b->taken[cell] = 1;
        for (int32_t v = 0; v < b->nvalues; v++) {
            const brasa_column *c = &cols[b->ndims + v];
            size_t              width = brasa__type_width(c->type);

            b->nulls[v] = b->nulls[v] || is_null(c, i);
            if (!is_null(c, i)) memcpy(b->slab[v] + (size_t)cell * width, (const char *)c->values + (size_t)i * width, width);
        }
    }
    return BRASA_OK;
}

/* A whole number that no row has, by the bounds of the column. */
static void choose_fill(brasa_h5_builder *b, int32_t v)
{
    brasa_type                t = b->t.schema.cols[b->values[v]].type;
    const brasa_column_stats *s = &b->t.stats[b->values[v]];
    int                       bits = 8 * (int)brasa__type_width(t);
    int64_t                   least = (int64_t)(UINT64_MAX << (bits - 1)), most = ~least;

    b->fill[v] = least;
    if (brasa__h5_is_float(t) || !s->has_range || s->min.u.i > least) return;
    b->fill[v] = most;
    b->full[v] = s->max.u.i == most;
}

static brasa_status check_full(const brasa_h5_builder *b, brasa_error *err)
{
    for (int32_t v = 0; v < b->nvalues; v++) {
        const brasa_field *f = &b->t.schema.cols[b->values[v]];

        if (b->full[v] && b->holes[v])
            return brasa__fail(
                err, BRASA_DATA,
                "column %s has the least and the greatest number of its type, and cells of the array have no value: no number is "
                "left to say so; cast it to a wider type, or to DOUBLE",
                f->name);
    }
    return BRASA_OK;
}

/* Which arrays have cells of the fill value, and did a row give it? */
static void look_for_fill(brasa_h5_builder *b)
{
    int64_t cells = (b->to - b->from) * b->inner;

    for (int32_t v = 0; v < b->nvalues; v++) {
        brasa_type   t = b->t.schema.cols[b->values[v]].type;
        brasa_column c = {.type = t, .encoding = BRASA_FLAT, .values = b->slab[v]};

        for (int64_t i = 0; i < cells && !b->holes[v]; i++)
            b->holes[v] = !b->taken[i] || (!b->full[v] && !brasa__h5_is_float(t) && brasa__h5_whole_at(&c, i) == b->fill[v]) ||
                          brasa__h5_is_float(t) || (b->full[v] && b->nulls[v]);
    }
}

static brasa_status check_size(brasa_h5_builder *b, brasa_error *err)
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

static brasa_status write_slabs(brasa_h5_builder *b, brasa_error *err)
{
    int32_t *cols = BRASA_NEWS(b->arena, int32_t, b->ndims + b->nvalues + 1);
    size_t   width = 1;
    hsize_t  chunk[BRASA_H5_MOST_DIMS];
    int64_t  step;
    bool     whole = !brasa__h5_is_float(b->t.schema.cols[b->dims[0]].type);

    for (int32_t k = 0; k < b->ndims; k++) cols[k] = b->dims[k];
    for (int32_t v = 0; v < b->nvalues; v++) {
        cols[b->ndims + v] = b->values[v];
        width += brasa__type_width(b->t.schema.cols[b->values[v]].type);
    }
    brasa__h5_chunk_shape(b, chunk);
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
        for (int32_t v = 0; v < b->nvalues; v++)
            brasa__h5_put_fill(b->t.schema.cols[b->values[v]].type, b->fill[v], b->slab[v], step * b->inner);
        BRASA_TRY(pass(b, cols, b->ndims + b->nvalues, tests, whole ? 2 : 0, fill_slab, err));
        look_for_fill(b);
        BRASA_TRY(check_full(b, err));
        BRASA_TRY(brasa__h5_dest_reserve(b->d, (b->to - b->from) * b->inner * (int64_t)width, err));
        BRASA_TRY(brasa__h5_run(brasa__h5_write_slab, b, err));
    }
    return BRASA_OK;
}

static void close_arrays(void *arg)
{
    brasa_h5_builder *b = arg;

    for (int32_t v = 0; v < b->nvalues; v++) brasa__h5_release(b->dsets[v]);
}

static brasa_status prepare(brasa_h5_builder *b, brasa_error *err)
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
    b->full = BRASA_NEWS(b->arena, bool, b->nvalues + 1);
    b->nulls = BRASA_NEWS(b->arena, bool, b->nvalues + 1);
    b->fill = BRASA_NEWS(b->arena, int64_t, b->nvalues + 1);
    for (int32_t v = 0; v < b->nvalues; v++) choose_fill(b, v);
    b->dsets = BRASA_NEWS(b->arena, hid_t, b->nvalues + 1);
    BRASA_TRY(pass(b, b->dims, b->ndims, NULL, 0, collect_keys, err));
    for (int32_t k = 0; k < b->ndims; k++) brasa__h5_axis_settle(&b->axes[k]);
    if (b->rows == 0)
        return brasa__fail(err, BRASA_INVALID, "%s: there are no rows, so the array has no extent; nothing is written", b->a->uri);
    return check_size(b, err);
}

brasa_status brasa__h5_array_write(brasa_arena *arena, const brasa_h5_array *a, brasa_error *err)
{
    brasa_h5_builder *b = BRASA_NEW(arena, brasa_h5_builder);
    int64_t           bytes;

    b->a = a;
    b->arena = arena;
    BRASA_TRY(prepare(b, err));
    if (a->base == NULL)
        BRASA_TRY(brasa__h5_dest_create(arena, a->path, a->inner, a->codec, 1, &b->d, err));
    else
        BRASA_TRY(brasa__h5_dest_replace(arena, a->path, a->inner, &b->d, err));
    brasa__arena_defer(arena, close_arrays, b);
    BRASA_TRY(brasa__h5_dest_reserve(b->d, 8 * (b->axes[0].n + b->inner), err));
    BRASA_TRY(brasa__h5_run(brasa__h5_create_arrays, b, err));
    BRASA_TRY(write_slabs(b, err));
    BRASA_TRY(brasa__h5_run(brasa__h5_finish_arrays, b, err));
    return brasa__h5_dest_close(b->d, &bytes, err);
}
