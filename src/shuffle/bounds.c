/* shuffle/bounds.c -- RANGE: partition bounds from a sample, and rows against bounds.
 *
 * One row in every `stride` of the whole is sampled, at a place drawn by hash, so the sample depends on the data alone.  Every rank sorts
 * the same sample and picks the same bounds.  A row goes to the number of bounds that are not greater: equal rows stay together.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "comm/agree.h"
#include "kernel/rows.h"
#include "shuffle/inner.h"

enum { SAMPLES_PER_PARTITION = 128, LEAST_SAMPLES = 1024 };

/* Compare keys of two rows: column c of a against that of b. */
static int compare_key(const brasa_sort_key *k, const brasa_column *a, int32_t i, const brasa_column *b, int32_t j)
{
    bool va = brasa_column_is_valid(a, i), vb = brasa_column_is_valid(b, j);
    int  order;

    if (!va || !vb) return va == vb ? 0 : va == k->nulls_last ? -1 : 1;
    order = brasa__compare_row(a, i, b, j);
    return k->desc ? -order : order;
}

/* ---- the sample ---- */

typedef struct sample {
    brasa_exchange *x;
    brasa_schema    schema; /* of the sort keys */
    int32_t        *cols;   /* of the input */
    brasa_blocks    own;    /* of this rank */
    brasa_wire      wire;
    brasa_buf      *all;
    const int64_t  *offsets, *sizes;
    brasa_blocks    blocks; /* of all ranks */
} sample;

typedef struct spot {
    const brasa_block *block;
    int32_t            row;
} spot;

static void sample_schema(sample *s)
{
    const brasa_exchange_spec *spec = &s->x->spec;
    brasa_field               *f = BRASA_NEWS(s->x->arena, brasa_field, spec->nsort);

    s->cols = BRASA_NEWS(s->x->arena, int32_t, spec->nsort);
    for (int32_t k = 0; k < spec->nsort; k++) {
        s->cols[k] = spec->sort[k].col;
        f[k] = s->x->schema.cols[s->cols[k]];
    }
    s->schema = (brasa_schema) {.ncols = spec->nsort, .cols = f};
}

/* The row of group g that is sampled. */
static int64_t sampled_row(int64_t g, int64_t stride)
{
    return g * stride + (int64_t)(brasa__hash_u64((uint64_t)g + 1) % (uint64_t)stride);
}

static void sample_block(sample *s, brasa_appender *a, const entry *e, int64_t stride)
{
    brasa_column cols[16], *some = s->schema.ncols <= 16 ? cols : BRASA_NEWS(s->x->arena, brasa_column, s->schema.ncols);
    brasa_batch  in = {.rows = e->block->rows, .ncols = s->schema.ncols, .cols = some, .nsel = e->block->rows};
    int64_t      last = e->first + e->block->rows - 1;

    for (int32_t k = 0; k < s->schema.ncols; k++) some[k] = e->block->cols[s->cols[k]];
    for (int64_t g = e->first / stride; g <= last / stride; g++) {
        int64_t row = sampled_row(g, stride);
        int32_t at = (int32_t)(row - e->first);

        if (row >= e->first && row <= last) brasa__appender_push_rows(a, &in, &at, 1, brasa__blocks_sink, &s->own);
    }
}

static brasa_status fill_sample(void *arg, brasa_error *err)
{
    sample         *s = arg;
    int64_t         want = (int64_t)s->x->spec.nparts * SAMPLES_PER_PARTITION, stride;
    brasa_appender *a;

    (void)err;
    sample_schema(s);
    a = brasa__appender_new(s->schema, 0);
    brasa__arena_defer(s->x->arena, (void (*)(void *))(void *)brasa__appender_free, a);
    if (want < LEAST_SAMPLES) want = LEAST_SAMPLES;
    stride = s->x->total_rows / want + 1;
    for (int32_t t = 0; t < s->x->threads; t++)
        for (int32_t i = 0; i < s->x->writers[t].held.count; i++) sample_block(s, a, &s->x->writers[t].held.items[i], stride);
    brasa__appender_finish(a, brasa__blocks_sink, &s->own);
    brasa__wire_init(&s->wire, s->x->arena);
    for (int32_t i = 0; i < s->own.count; i++) {
        brasa_block *b = s->own.items[i];
        brasa_batch  rows = {.rows = b->rows, .ncols = b->ncols, .cols = b->cols, .nsel = b->rows};
        brasa_wire   one;

        brasa__wire_init(&one, s->x->arena);
        brasa__batch_encode(&rows, &one);
        brasa__put_u64(&s->wire, one.len);
        brasa__put_bytes(&s->wire, one.data, one.len);
        while (s->wire.len % 8 != 0) brasa__put_u8(&s->wire, 0);
    }
    return BRASA_OK;
}

static brasa_status decode_sample(sample *s, brasa_error *err)
{
    for (int32_t r = 0; r < s->x->comm->size; r++) {
        uint8_t *p = (uint8_t *)s->all->data + s->offsets[r], *end = p + s->sizes[r];

        while (p < end) {
            uint64_t     n;
            brasa_block *b;

            memcpy(&n, p, 8);
            BRASA_TRY(brasa__block_decode(s->all, p + 8, n, s->schema, &b, err));
            brasa__blocks_add(&s->blocks, b);
            p += 8 + (n + 7) / 8 * 8;
        }
    }
    return BRASA_OK;
}

static int compare_spots(const void *a, const void *b, void *arg)
{
    const spot                *p = a, *q = b;
    const brasa_exchange_spec *spec = arg;

    for (int32_t k = 0; k < spec->nsort; k++) {
        int order = compare_key(&spec->sort[k], &p->block->cols[k], p->row, &q->block->cols[k], q->row);

        if (order != 0) return order;
    }
    return 0;
}

static void keep_bounds(void *arg, brasa_block *block)
{
    brasa_exchange *x = arg;

    brasa__block_unref(x->bounds.block);
    x->bounds.block = block;
}

/* Bounds at even steps of the sorted sample. */
static void pick_bounds(sample *s, spot *spots, int64_t n)
{
    brasa_exchange *x = s->x;
    int32_t         count = x->spec.nparts - 1;
    brasa_appender *a = brasa__appender_new(s->schema, (count + 63) / 64 * 64 + 64);

    brasa__arena_defer(x->arena, (void (*)(void *))(void *)brasa__appender_free, a);
    for (int32_t i = 0; i < count; i++) {
        const spot *at = &spots[(int64_t)((brasa_int128)(i + 1) * n / x->spec.nparts)];
        brasa_batch in = {.rows = at->block->rows, .ncols = at->block->ncols, .cols = at->block->cols, .nsel = at->block->rows};

        brasa__appender_push_rows(a, &in, &at->row, 1, keep_bounds, x);
    }
    brasa__appender_finish(a, keep_bounds, x);
    x->bounds.count = count;
    x->bounds.prefix = BRASA_NEWS(x->arena, uint64_t, count);
    brasa__sort_prefix(&x->bounds.block->cols[0], count, x->spec.sort[0].desc, x->spec.sort[0].nulls_last, x->bounds.prefix);
}

static brasa_status use_sample(void *arg, brasa_error *err)
{
    sample *s = arg;
    spot   *spots;
    int64_t n = 0;

    BRASA_TRY(decode_sample(s, err));
    if (s->blocks.rows == 0 || s->x->spec.nparts == 1) return BRASA_OK;
    spots = BRASA_NEWS(s->x->arena, spot, s->blocks.rows);
    for (int32_t i = 0; i < s->blocks.count; i++)
        for (int32_t r = 0; r < s->blocks.items[i]->rows; r++) spots[n++] = (spot) {s->blocks.items[i], r};
    qsort_r(spots, (size_t)n, sizeof *spots, compare_spots, &s->x->spec);
    pick_bounds(s, spots, n);
    return BRASA_OK;
}

brasa_status brasa__bounds_find(brasa_exchange *x, brasa_error *err)
{
    sample       s = {.x = x};
    brasa_status status = brasa__guarded(fill_sample, &s, err);
    int64_t     *offsets, *sizes;

    status = brasa__everyone(x->comm, status, x->arena, s.wire.data, s.wire.len, &s.all, &offsets, &sizes, err);
    if (status == BRASA_OK) {
        s.offsets = offsets;
        s.sizes = sizes;
        status = brasa__agree(x->comm, brasa__guarded(use_sample, &s, err), err);
        brasa__buf_unref(s.all);
    }
    brasa__blocks_clear(&s.blocks);
    brasa__blocks_clear(&s.own);
    return status;
}

/* ---- rows against bounds ---- */

/* Is bound b after row i? */
static bool bound_after(const brasa_exchange *x, const brasa_batch *in, int32_t i, int32_t b)
{
    for (int32_t k = 0; k < x->spec.nsort; k++) {
        const brasa_sort_key *key = &x->spec.sort[k];
        int                   order = compare_key(key, &x->bounds.block->cols[k], b, &in->cols[key->col], i);

        if (order != 0) return order > 0;
    }
    return false;
}

/* Least b in [lo, hi) with prefix[b] > p (or >= p). */
static int32_t search(const uint64_t *prefix, int32_t lo, int32_t hi, uint64_t p, bool equal)
{
    while (lo < hi) {
        int32_t mid = lo + (hi - lo) / 2;

        if (prefix[mid] < p || (!equal && prefix[mid] == p))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void brasa__bounds_route(const brasa_exchange *x, const brasa_batch *in, int32_t n, uint64_t *prefix, int32_t *part)
{
    const brasa_sort_key *key = &x->spec.sort[0];
    const uint64_t       *bound = x->bounds.prefix;
    int32_t               count = x->bounds.count;

    if (count == 0) {
        memset(part, 0, sizeof *part * (size_t)n);
        return;
    }
    brasa__sort_prefix(&in->cols[key->col], n, key->desc, key->nulls_last, prefix);
    for (int32_t i = 0; i < n; i++) {
        int32_t lo = search(bound, 0, count, prefix[i], true);
        int32_t hi = lo < count && bound[lo] == prefix[i] ? search(bound, lo, count, prefix[i], false) : lo;

        while (lo < hi) { /* bounds that the prefix cannot tell from the row */
            int32_t mid = lo + (hi - lo) / 2;

            if (bound_after(x, in, i, mid))
                hi = mid;
            else
                lo = mid + 1;
        }
        part[i] = lo;
    }
}
