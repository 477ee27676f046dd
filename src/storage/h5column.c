/* h5column.c -- columns onto disk, one node of the tree at a time.
 *
 * What lies behind a null is written as 0, NaN or an empty string, so that other programs read something sensible and equal tables give equal
 * files.  The mask of nulls begins when the first null comes.  Strings are in h5strings.c.
 */
#include "storage/h5column.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "data/block.h"
#include "data/gather.h"
#include "data/type.h"
#include "storage/h5stats.h"
#include "storage/h5strings.h"
#include "storage/h5type.h"

enum { STRIDE = 4096 }; /* rows converted at a time */

brasa_h5_out *brasa__h5_column_out(brasa_h5_column *col, const char *path, brasa_type t, brasa_h5_layout layout, int32_t item,
                                   int32_t chunk_items)
{
    brasa_h5_out *o = BRASA_NEW(col->d->arena, brasa_h5_out);

    brasa__h5_out_init(col->d, o, path, t, layout, item, chunk_items);
    return o;
}

static brasa_h5_layout layout_of(brasa_type t)
{
    if (brasa__type_has_span(t)) return BRASA_H5_LIST;
    if (t.kind == BRASA_KIND_STRUCT) return BRASA_H5_STRUCT;
    return t.kind == BRASA_KIND_STRING || t.kind == BRASA_KIND_BINARY ? BRASA_H5_LONG : BRASA_H5_FLAT;
}

static void make_children(brasa_h5_column *col)
{
    brasa_arena *arena = col->d->arena;

    if (col->layout != BRASA_H5_LIST && col->layout != BRASA_H5_STRUCT) return;
    col->nchildren = col->layout == BRASA_H5_LIST ? 1 : col->type.nfields;
    col->children = BRASA_NEWS(arena, brasa_h5_column, col->nchildren + 1);
    for (int32_t i = 0; i < col->nchildren; i++) {
        const brasa_field *f = &col->type.fields[i];
        const char        *link = col->layout == BRASA_H5_LIST ? "values" : brasa__h5_link_name(arena, f->name);
        col->children[i] =
            *brasa__h5_column_new(col->d, f->type, brasa__arena_printf(arena, "%s/%s", col->path, link),
                                  brasa__arena_printf(arena, "%%/%s/%s", col->tail, link), false); /* no column's link is "%" */
    }
}

brasa_h5_column *brasa__h5_column_new(brasa_h5_dest *d, brasa_type t, const char *path, const char *tail, bool top)
{
    brasa_h5_column *col = BRASA_NEW(d->arena, brasa_h5_column);

    *col = (brasa_h5_column) {.d = d, .type = t, .path = path, .tail = tail, .top = top, .layout = layout_of(t)};
    if (top) col->sketch = BRASA_NEWS(d->arena, uint8_t, BRASA_H5_SKETCH);
    if (top && t.kind == BRASA_KIND_STRING) col->dict = brasa__h5_dict_new(d->arena);
    if (col->layout == BRASA_H5_FLAT) {
        col->values = brasa__h5_column_out(col, path, t, BRASA_H5_FLAT, (int32_t)brasa__type_width(t), d->chunk_rows);
    }
    make_children(col);
    return col;
}

static bool null_at(const brasa_column *c, int64_t i)
{
    return c->valid != NULL && !brasa__bit_get(c->valid, i);
}

/* --- the mask */
static brasa_status put_ones(brasa_h5_column *col, int64_t n, brasa_error *err)
{
    uint8_t ones[STRIDE];

    memset(ones, 1, sizeof ones);
    for (; n > 0; n -= STRIDE) BRASA_TRY(brasa__h5_out_put(col->d, col->valid, ones, n < STRIDE ? n : STRIDE, err));
    return BRASA_OK;
}

static brasa_status push_valid(brasa_h5_column *col, const brasa_column *in, int32_t n, brasa_error *err)
{
    uint8_t mask[STRIDE];
    bool    nulls = in->valid != NULL && brasa__bit_count(in->valid, n) < n;

    if (col->valid == NULL && !nulls) return BRASA_OK;
    if (col->valid == NULL) {
        brasa_type boolean = brasa__type(BRASA_KIND_BOOL);
        col->valid = brasa__h5_column_out(col, brasa__arena_printf(col->d->arena, BRASA_H5_HIDDEN "/valid/%s", col->tail), boolean,
                                          BRASA_H5_FLAT, 1, col->d->chunk_rows);
        BRASA_TRY(put_ones(col, col->rows, err));
    }
    if (!nulls) return put_ones(col, n, err);
    for (int32_t at = 0; at < n; at += STRIDE) {
        int32_t k = n - at < STRIDE ? n - at : STRIDE;
        for (int32_t i = 0; i < k; i++) mask[i] = brasa__bit_get(in->valid, at + i);
        BRASA_TRY(brasa__h5_out_put(col->d, col->valid, mask, k, err));
    }
    return BRASA_OK;
}

/* --- fixed width */
static void blank(brasa_type t, void *item, size_t width)
{
    const float  nan32 = NAN;
    const double nan64 = NAN;

    memset(item, 0, width);
    if (t.kind == BRASA_KIND_FLOAT32) memcpy(item, &nan32, sizeof nan32);
    if (t.kind == BRASA_KIND_FLOAT64) memcpy(item, &nan64, sizeof nan64);
    if (t.kind == BRASA_KIND_VECTOR)
        for (size_t i = 0; i + 4 <= width; i += 4) memcpy((char *)item + i, &nan32, 4);
}

static brasa_status push_flat(brasa_h5_column *col, const brasa_column *in, int32_t n, brasa_error *err)
{
    size_t       width = brasa__type_width(col->type);
    const char  *from = in->values;
    brasa_arena *scratch;
    char        *copy;
    brasa_status status;

    col->payload += (int64_t)width * n;
    if (in->valid == NULL && col->type.kind != BRASA_KIND_NULL) return brasa__h5_out_put(col->d, col->values, from, n, err);
    scratch = brasa__arena_new(col->d->arena, "flat");
    copy = brasa__arena_alloc(scratch, width * (size_t)n);
    if (from != NULL && col->type.kind != BRASA_KIND_NULL) memcpy(copy, from, width * (size_t)n);
    for (int32_t i = 0; i < n; i++)
        if (null_at(in, i)) blank(col->type, copy + (size_t)i * width, width);
    status = brasa__h5_out_put(col->d, col->values, copy, n, err);
    brasa__arena_free(scratch);
    return status;
}

/* --- encodings */
static void flat_nulls(brasa_arena *arena, brasa_type t, int32_t n, brasa_column *out)
{
    brasa_column *children = t.nfields > 0 ? BRASA_NEWS(arena, brasa_column, t.nfields) : NULL;

    *out = (brasa_column) {
        .type = t, .encoding = BRASA_FLAT, .child = children, .valid = BRASA_NEWS(arena, uint64_t, brasa__bit_words(n) + 1)};
    if (t.kind != BRASA_KIND_STRUCT) out->values = brasa__arena_alloc64(arena, brasa__type_width(t) * (size_t)n + 1);
    for (int32_t i = 0; i < t.nfields; i++) flat_nulls(arena, t.fields[i].type, t.kind == BRASA_KIND_STRUCT ? n : 0, &children[i]);
}

void brasa__h5_flatten(brasa_arena *arena, const brasa_column *in, int32_t n, brasa_column *out)
{
    brasa_column one = *in, repeated = *in;
    int32_t     *rows;

    if (in->encoding == BRASA_FLAT) {
        *out = *in;
        return;
    }
    if (in->encoding == BRASA_CONST && !brasa_column_is_valid(in, 0)) {
        flat_nulls(arena, in->type, n, out);
        return;
    }
    if (in->encoding == BRASA_CONST) { /* a dictionary of one */
        one.encoding = BRASA_FLAT;
        one.valid = NULL;
        repeated = (brasa_column) {
            .type = in->type, .encoding = BRASA_DICT, .codes = BRASA_NEWS(arena, int32_t, n), .child = &one, .child_rows = 1};
    }
    rows = BRASA_NEWS(arena, int32_t, n);
    for (int32_t i = 0; i < n; i++) rows[i] = i;
    brasa__column_gather(arena, &repeated, rows, n, false, out);
}

/* --- lists: offsets, and the elements of all rows in order */
static brasa_status put_elements(brasa_h5_column *col, const brasa_column *elements, int32_t from, int32_t n, brasa_arena *scratch,
                                 brasa_error *err)
{
    brasa_column part, flat;
    int32_t     *rows;

    if (n == 0) return BRASA_OK;
    rows = BRASA_NEWS(scratch, int32_t, n);
    for (int32_t i = 0; i < n; i++) rows[i] = from + i;
    brasa__column_gather(scratch, elements, rows, n, false, &part);
    brasa__h5_flatten(scratch, &part, n, &flat);
    return brasa__h5_column_push(&col->children[0], &flat, n, err);
}

static brasa_status push_list(brasa_h5_column *col, const brasa_column *in, int32_t n, brasa_error *err)
{
    brasa_arena      *scratch = brasa__arena_new(col->d->arena, "list");
    int64_t          *offsets = BRASA_NEWS(scratch, int64_t, n);
    const brasa_span *spans = in->values;
    int32_t           from = 0, run = 0; /* elements [from, from + run) wait */
    brasa_status      status = BRASA_OK;

    if (col->offsets == NULL)
        col->offsets = brasa__h5_column_out(col, brasa__arena_printf(col->d->arena, "%s/offsets", col->path), brasa__type(BRASA_KIND_INT64),
                                            BRASA_H5_FLAT, 8, col->d->chunk_rows);
    for (int32_t i = 0; i < n && status == BRASA_OK; i++) {
        int32_t len = null_at(in, i) ? 0 : spans[i].len;
        offsets[i] = col->total;
        col->total += len;
        if (len == 0) continue;
        if (run > 0 && spans[i].offset == from + run) {
            run += len;
            continue;
        }
        status = put_elements(col, in->child, from, run, scratch, err);
        from = spans[i].offset;
        run = len;
    }
    if (status == BRASA_OK) status = put_elements(col, in->child, from, run, scratch, err);
    if (status == BRASA_OK) status = brasa__h5_out_put(col->d, col->offsets, offsets, n, err);
    col->payload += (int64_t)sizeof *spans * n;
    brasa__arena_free(scratch);
    return status;
}

static brasa_status push_struct(brasa_h5_column *col, const brasa_column *in, int32_t n, brasa_error *err)
{
    brasa_arena *scratch = brasa__arena_new(col->d->arena, "struct");
    brasa_status status = BRASA_OK;

    for (int32_t i = 0; i < col->nchildren && status == BRASA_OK; i++) {
        brasa_column part, flat;
        brasa__column_slice(&in->child[i], (int32_t)in->child_rows, &part); /* a struct may begin in the middle of its children */
        brasa__h5_flatten(scratch, &part, n, &flat);
        status = brasa__h5_column_push(&col->children[i], &flat, n, err);
    }
    brasa__arena_free(scratch);
    return status;
}

static void add_statistics(brasa_h5_column *col, const brasa_column *in, int32_t n)
{
    if (!col->top) return;
    col->bounds = brasa__arena_grow(col->d->arena, col->bounds, &col->bounds_cap, col->nbounds + 1, sizeof *col->bounds);
    brasa__h5_bounds_of(in, n, &col->bounds[col->nbounds++]);
    brasa__h5_sketch_column(col->sketch, in, n);
}

brasa_status brasa__h5_column_push(brasa_h5_column *col, const brasa_column *in, int32_t n, brasa_error *err)
{
    if (n == 0) return BRASA_OK;
    add_statistics(col, in, n);
    BRASA_TRY(push_valid(col, in, n, err));
    switch (col->layout) {
    case BRASA_H5_FLAT: BRASA_TRY(push_flat(col, in, n, err)); break;
    case BRASA_H5_FIXED:
    case BRASA_H5_LONG: BRASA_TRY(brasa__h5_push_strings(col, in, n, err)); break;
    case BRASA_H5_LIST: BRASA_TRY(push_list(col, in, n, err)); break;
    case BRASA_H5_STRUCT: BRASA_TRY(push_struct(col, in, n, err)); break;
    }
    col->rows += n;
    return BRASA_OK;
}

static brasa_status finish_out(brasa_h5_column *col, brasa_h5_out *o, brasa_h5_stream *meta, brasa_error *err)
{
    if (o == NULL) return BRASA_OK;
    BRASA_TRY(brasa__h5_out_finish(col->d, o, err));
    *meta = o->meta;
    return BRASA_OK;
}

brasa_status brasa__h5_column_finish(brasa_h5_column *col, brasa_h5_node *out, brasa_error *err)
{
    memset(out, 0, sizeof *out);
    BRASA_TRY(brasa__h5_finish_strings(col, out, err));
    if (col->layout == BRASA_H5_LIST && col->offsets == NULL)
        col->offsets = brasa__h5_column_out(col, brasa__arena_printf(col->d->arena, "%s/offsets", col->path), brasa__type(BRASA_KIND_INT64),
                                            BRASA_H5_FLAT, 8, col->d->chunk_rows);
    if (col->offsets != NULL) BRASA_TRY(brasa__h5_out_put(col->d, col->offsets, &col->total, 1, err));
    out->layout = col->layout;
    out->type = col->type;
    out->rows = col->rows;
    out->payload = col->payload;
    BRASA_TRY(finish_out(col, col->values, &out->values, err));
    BRASA_TRY(finish_out(col, col->offsets, &out->offsets, err));
    BRASA_TRY(finish_out(col, col->valid, &out->valid, err));
    BRASA_TRY(finish_out(col, col->codes, &out->codes, err));
    out->nchildren = col->nchildren;
    out->children = BRASA_NEWS(col->d->arena, brasa_h5_node, col->nchildren + 1);
    for (int32_t i = 0; i < col->nchildren; i++) BRASA_TRY(brasa__h5_column_finish(&col->children[i], &out->children[i], err));
    for (int32_t i = 0; i < col->nchildren; i++) out->payload += out->children[i].payload;
    out->nbounds = col->nbounds;
    out->bounds = col->bounds;
    out->sketch = col->sketch;
    return BRASA_OK;
}
