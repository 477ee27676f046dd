/* exec/window_agg.c -- aggregates over frames, with the states of agg_func.h.
 *
 * Frames that grow from the start of the partition keep one state and add rows to it.  Others are short (their rows are added anew), or made of
 * states of runs of 16, 256, 4096... rows, merged (a segment tree; Leis et al., "Efficient Processing of Window Functions in Analytical SQL
 * Queries", VLDB 2015).  A frame like the one before has the same result.  Two other ways have files of their own: window_slide.c, window_rank.c.
 */
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"
#include "data/value.h"
#include "exec/window_agg.h"
#include "kernel/sortkey.h"

enum { FAN = 16, LEVELS = BRASA_WINDOW_LEVELS, SHORT = 64, RESET = 256 };

typedef brasa_window_agg  run;
typedef brasa_window_tree tree;

/* ---- adding rows ---- */

static bool passes(const brasa_column *filter, int64_t i)
{
    return filter == NULL || (brasa_column_is_valid(filter, (int32_t)i) && ((const uint8_t *)filter->values)[i] != 0);
}

bool brasa__window_agg_passes(const run *r, int64_t i)
{
    return passes(r->k->filter, i);
}

/* Is there no equal row before it in the frame? */
static bool is_first(const run *r, int64_t i)
{
    const brasa_ranges *f = r->frame;

    for (int64_t p = r->before[i]; p >= f->at[0].lo; p = r->before[p]) {
        for (int32_t k = 0; k < f->n; k++) {
            if (p >= f->at[k].lo && p < f->at[k].hi) return false;
        }
    }
    return true;
}

/* Rows of a partition sorted by their values; equal ones in their order, so that each finds the one before it. */
typedef struct numbered_values {
    const brasa_value *v; /* of the call's arguments */
    int32_t            n;
    int64_t            row;
} numbered_values;

static int compare_values(const numbered_values *x, const numbered_values *y)
{
    int order = 0;

    for (int32_t a = 0; a < x->n && order == 0; a++) {
        bool null = x->v[a].null || y->v[a].null;

        order = null ? (int)y->v[a].null - (int)x->v[a].null : brasa__value_compare(&x->v[a], &y->v[a]);
    }
    return order;
}

static int by_values(const void *a, const void *b)
{
    const numbered_values *x = a, *y = b;
    int                    order = compare_values(x, y);

    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static void find_before(run *r, int64_t from, int64_t to)
{
    brasa_arena     *arena = brasa__arena_new(r->part, "distinct values");
    numbered_values *list = BRASA_NEWS(arena, numbered_values, to - from + 1);
    int64_t          n = 0;
    int32_t          nargs = r->c.agg->nargs;

    for (int64_t i = from; i < to; i++) {
        brasa_value *v;

        r->before[i] = -1;
        if (!passes(r->k->filter, i)) continue;
        v = BRASA_NEWS(arena, brasa_value, nargs);
        for (int32_t a = 0; a < nargs; a++) v[a] = brasa__column_value(&r->k->args[a], (int32_t)i, arena);
        list[n++] = (numbered_values) {.v = v, .n = nargs, .row = i};
    }
    qsort(list, (size_t)n, sizeof *list, by_values);
    for (int64_t i = 1; i < n; i++) {
        if (compare_values(&list[i - 1], &list[i]) == 0) r->before[list[i].row] = list[i - 1].row;
    }
    brasa__arena_free(arena);
}

static int32_t passing(const run *r, int64_t lo, int64_t hi, int32_t *rows)
{
    const brasa_column *f = r->k->filter;
    int32_t             n = 0;

    for (int64_t i = lo; i < hi; i++) {
        rows[n] = (int32_t)i;
        n += passes(f, i) && (r->before == NULL || is_first(r, i));
    }
    return n;
}

/* r->rows[0..n) to one state. */
brasa_status brasa__window_agg_add_some(run *r, uint8_t *state, int32_t n, int64_t ordinal, brasa_error *err)
{
    if (n == 0) return BRASA_OK;
    for (int32_t a = 0; a < r->c.agg->nargs; a++) r->args[a] = brasa__agg_dense(&r->k->args[a], r->rows, n, false, &r->dense[a]);
    r->c.ordinal = ordinal;
    if (r->c.func->update_one != NULL) return r->c.func->update_one(&r->c, state, r->args, n, err);
    for (int32_t i = 0; i < n; i++) r->group[i] = state;
    return r->c.func->update(&r->c, r->group, r->args, n, err);
}

/* Rows [lo, hi) to one state. */
brasa_status brasa__window_agg_add(run *r, uint8_t *state, int64_t lo, int64_t hi, brasa_error *err)
{
    for (int64_t from = lo; from < hi; from += BRASA_BATCH_ROWS) {
        int64_t to = hi - from < BRASA_BATCH_ROWS ? hi : from + BRASA_BATCH_ROWS;

        BRASA_TRY(brasa__window_agg_add_some(r, state, passing(r, from, to, r->rows), from, err));
    }
    return BRASA_OK;
}

/* ---- ORDER BY inside ---- */

typedef struct order_arg {
    const brasa_column      *cols;
    const brasa_sortkey_col *keys;
    int32_t                  nkeys;
} order_arg;

/* Rows that the order leaves equal stay as the window has them. */
static int by_order(const void *a, const void *b, void *arg)
{
    const int32_t   *x = a, *y = b;
    const order_arg *o = arg;
    int              order = brasa__sortkey_compare(o->cols, *x, o->cols, *y, o->keys, o->nkeys);

    return order != 0 ? order : (*x > *y) - (*x < *y);
}

static void find_places(run *r, int64_t from, int64_t to)
{
    const brasa_expr  *agg = r->c.agg;
    brasa_arena       *arena = brasa__arena_new(r->part, "order");
    int32_t           *rows = BRASA_NEWS(arena, int32_t, to - from + 1);
    brasa_sortkey_col *keys = BRASA_NEWS(arena, brasa_sortkey_col, agg->norder);
    order_arg          o = {.cols = r->k->keys, .keys = keys, .nkeys = agg->norder};

    for (int32_t k = 0; k < agg->norder; k++)
        keys[k] = (brasa_sortkey_col) {.col = k, .desc = agg->order[k].desc, .nulls_last = agg->order[k].nulls_last};
    for (int64_t i = from; i < to; i++) rows[i - from] = (int32_t)i;
    qsort_r(rows, (size_t)(to - from), sizeof *rows, by_order, &o);
    for (int64_t i = 0; i < to - from; i++) r->place[rows[i]] = (int32_t)i;
    brasa__arena_free(arena);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The rows of a frame in the order of their places. */
static brasa_status add_ordered(run *r, uint8_t *state, const brasa_ranges *f, brasa_error *err)
{
    int64_t n = 0;

    for (int32_t j = 0; j < f->n; j++) {
        for (int64_t lo = f->at[j].lo; lo < f->at[j].hi; lo += BRASA_BATCH_ROWS) {
            int64_t hi = f->at[j].hi - lo < BRASA_BATCH_ROWS ? f->at[j].hi : lo + BRASA_BATCH_ROWS;
            int32_t m = passing(r, lo, hi, r->rows);

            for (int32_t i = 0; i < m; i++) r->ranked[n++] = (uint64_t)r->place[r->rows[i]] << 32 | (uint32_t)r->rows[i];
        }
    }
    qsort(r->ranked, (size_t)n, sizeof *r->ranked, by_number);
    for (int64_t i = 0; i < n; i += BRASA_BATCH_ROWS) {
        int32_t m = n - i < BRASA_BATCH_ROWS ? (int32_t)(n - i) : BRASA_BATCH_ROWS;

        for (int32_t k = 0; k < m; k++) r->rows[k] = (int32_t)(uint32_t)r->ranked[i + k];
        BRASA_TRY(brasa__window_agg_add_some(r, state, m, i, err));
    }
    return BRASA_OK;
}

/* What a result shows may be the state's, which goes. */
static void keep_result(run *r, const brasa_column *out, int64_t i)
{
    brasa_window_work *k = r->k;

    if (k->values != NULL) {
        brasa_value v = brasa__column_value(out, 0, r->scratch);

        k->values[i] = brasa__value_copy(k->w->arena, &v);
        return;
    }
    brasa__window_put(k, i, out, 0);
    if (k->type.kind != BRASA_KIND_STRING && k->type.kind != BRASA_KIND_BINARY) return;
    brasa_string *s = (brasa_string *)(void *)k->v + i;

    if (brasa__bit_get(k->valid, i) && s->len > 12) *s = brasa__string(brasa__arena_dup_bytes(k->w->arena, s->u.ref.data, s->len), s->len);
}

brasa_status brasa__window_agg_put(run *r, uint8_t *state, int64_t i, brasa_error *err)
{
    brasa_column out;

    BRASA_TRY(r->c.func->finish(&r->c, &state, 1, r->scratch, &out, err));
    keep_result(r, &out, i);
    if (++r->used % RESET == 0) {
        brasa__arena_reset(r->scratch);
        BRASA_TRY(brasa_run_check(r->k->w->run, err));
    }
    return BRASA_OK;
}

/* ---- frames that grow ---- */

static brasa_status growing(run *r, int64_t from, int64_t to, brasa_error *err)
{
    uint8_t *state = brasa__arena_alloc(r->part, r->bytes);
    int64_t  have = from;

    r->c.arena = r->part;
    for (int64_t i = from; i < to; i++) {
        brasa_ranges f;

        brasa__framer_at(r->k->framer, from, to, i, &f);
        int64_t hi = f.n == 0 ? from : f.at[0].hi;
        r->frame = &f;

        if (i > from && hi == have) {
            brasa__window_repeat(r->k, i, i - 1);
            continue;
        }
        if (hi < have) { /* a calendar's month may be shorter than the one before */
            memset(state, 0, r->bytes);
            have = from;
        }
        BRASA_TRY(brasa__window_agg_add(r, state, have, hi, err));
        have = hi;
        BRASA_TRY(brasa__window_agg_put(r, state, i, err));
    }
    return BRASA_OK;
}

/* ---- any frames ---- */

static brasa_status merge(run *r, uint8_t *dst, uint8_t *src, brasa_error *err)
{
    return r->c.func->merge(&r->c, &dst, &src, 1, err);
}

static brasa_status build_tree(run *r, int64_t from, int64_t to, brasa_error *err)
{
    tree   *t = &r->tree;
    int64_t n = (to - from) / FAN;

    memset(t, 0, sizeof *t);
    r->c.arena = r->part;
    for (; n > 0 && t->levels < LEVELS; n /= FAN) {
        int32_t  l = t->levels++;
        uint8_t *states = brasa__arena_alloc(r->part, r->bytes * (size_t)n);

        t->level[l] = states;
        t->count[l] = n;
        for (int64_t i = 0; i < n; i++) {
            uint8_t *state = states + r->bytes * (size_t)i;

            if (l == 0) BRASA_TRY(brasa__window_agg_add(r, state, from + i * FAN, from + (i + 1) * FAN, err));
            for (int64_t j = 0; j < FAN && l > 0; j++) BRASA_TRY(merge(r, state, t->level[l - 1] + r->bytes * (size_t)(i * FAN + j), err));
        }
        BRASA_TRY(brasa_run_check(r->k->w->run, err));
    }
    return BRASA_OK;
}

/* Rows [lo, hi), counted from the partition's start: whole runs by their states, the ends by rows. */
static brasa_status add_runs(run *r, uint8_t *state, int64_t from, int64_t lo, int64_t hi, brasa_error *err)
{
    while (lo < hi) {
        int64_t size = 1;
        int32_t level = -1;

        while (level + 1 < r->tree.levels && lo % (size * FAN) == 0 && hi - lo >= size * FAN &&
               lo / (size * FAN) < r->tree.count[level + 1]) {
            size *= FAN;
            level++;
        }
        if (level >= 0) {
            BRASA_TRY(merge(r, state, r->tree.level[level] + r->bytes * (size_t)(lo / size), err));
            lo += size;
        } else {
            int64_t next = (lo / FAN + 1) * FAN < hi ? (lo / FAN + 1) * FAN : hi;

            BRASA_TRY(brasa__window_agg_add(r, state, from + lo, from + next, err));
            lo = next;
        }
    }
    return BRASA_OK;
}

static bool same_ranges(const brasa_ranges *a, const brasa_ranges *b)
{
    if (a->n != b->n) return false;
    for (int32_t i = 0; i < a->n; i++) {
        if (a->at[i].lo != b->at[i].lo || a->at[i].hi != b->at[i].hi) return false;
    }
    return true;
}

static brasa_status any_frames(run *r, int64_t from, int64_t to, brasa_error *err)
{
    uint8_t     *state = brasa__arena_alloc(r->part, r->bytes);
    brasa_arena *one = brasa__arena_new(r->part, "frame");
    brasa_ranges before = {.n = -1};

    bool trees = to - from > SHORT && r->before == NULL && r->place == NULL; /* states of runs do not know what others have seen */
    if (trees) BRASA_TRY(build_tree(r, from, to, err));
    r->c.arena = one;
    for (int64_t i = from; i < to; i++) {
        brasa_ranges f;

        brasa__framer_at(r->k->framer, from, to, i, &f);
        if (same_ranges(&f, &before)) {
            brasa__window_repeat(r->k, i, i - 1);
            continue;
        }
        before = f;
        r->frame = &f;
        memset(state, 0, r->bytes);
        brasa__arena_reset(one);
        if (r->place != NULL) BRASA_TRY(add_ordered(r, state, &f, err));
        for (int32_t j = 0; j < f.n && r->place == NULL; j++) {
            if (trees)
                BRASA_TRY(add_runs(r, state, from, f.at[j].lo - from, f.at[j].hi - from, err));
            else
                BRASA_TRY(brasa__window_agg_add(r, state, f.at[j].lo, f.at[j].hi, err));
        }
        BRASA_TRY(brasa__window_agg_put(r, state, i, err));
    }
    brasa__arena_free(one);
    return BRASA_OK;
}

/* ---- all of it ---- */

static brasa_status open_run(run *r, brasa_window_work *k, brasa_error *err)
{
    const brasa_expr *agg = k->call->call;

    r->k = k;
    r->c = (brasa_agg_call) {
        .agg = agg, .func = brasa__agg_func(agg->agg->id), .arena = k->w->arena, .exact = brasa__setting_bool(BRASA_SET_EXACT_FLOAT_SUM)};
    if (agg->norder > 0) {
        r->place = BRASA_NEWS(k->w->arena, int32_t, k->w->n + 1);
        r->ranked = BRASA_NEWS(k->w->arena, uint64_t, k->w->n + 1);
    }
    if (agg->distinct && agg->nargs > 0) r->before = BRASA_NEWS(k->w->arena, int64_t, k->w->n + 1);
    if (r->c.func == NULL) return brasa__fail(err, BRASA_UNSUPPORTED, "the aggregate %s cannot be computed over a window", agg->name);
    BRASA_TRY(r->c.func->open(&r->c, err));
    r->bytes = (size_t)(r->c.bytes + 7) / 8 * 8;
    r->args = BRASA_NEWS(k->w->arena, brasa_agg_col, agg->nargs + 1);
    r->dense = BRASA_NEWS(k->w->arena, brasa_agg_scratch, agg->nargs + 1);
    for (int32_t a = 0; a < agg->nargs; a++) brasa__agg_scratch_init(k->w->arena, k->args[a].type, &r->dense[a]);
    r->scratch = brasa__arena_new(k->w->arena, "results");
    r->part = brasa__arena_new(k->w->arena, "states");
    return BRASA_OK;
}

static bool whole_partition(const run *r, int64_t from, int64_t to)
{
    brasa_ranges f;

    brasa__framer_at(r->k->framer, from, to, from, &f);
    return f.n == 1 && f.at[0].lo == from && f.at[0].hi == to;
}

static brasa_status run_partition(run *r, int64_t from, int64_t to, brasa_error *err)
{
    bool grows = brasa__framer_grows(r->k->framer), is_short = to - from <= SHORT;

    if (!is_short && brasa__window_ranks(r) && !(grows && (r->before != NULL || whole_partition(r, from, to))))
        return brasa__window_rank(r, from, to, err);
    if (r->before != NULL) find_before(r, from, to);
    if (r->place != NULL) find_places(r, from, to);
    if (grows && r->place == NULL) return growing(r, from, to, err);
    return !is_short && brasa__window_slides(r) ? brasa__window_slide(r, from, to, err) : any_frames(r, from, to, err);
}

brasa_status brasa__window_run_agg(brasa_window_work *k, brasa_error *err)
{
    run *r = BRASA_NEW(k->w->arena, run);

    BRASA_TRY(open_run(r, k, err));
    for (int64_t p = 0; p < k->w->nparts; p++) {
        int64_t from = k->w->parts[p], to = k->w->parts[p + 1];

        BRASA_TRY(run_partition(r, from, to, err));
        brasa__arena_reset(r->part);
        if (p % 1024 == 0) BRASA_TRY(brasa_run_check(k->w->run, err));
    }
    return BRASA_OK;
}
