/* estimate.c -- rows and column statistics of every node. */
#include "plan/estimate_inner.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/type.h"
#include "expr/agg.h"
#include "plan/make.h"
#include "plan/set.h"

struct brasa_estimator {
    brasa_arena   *arena;
    brasa_node_set done;
};

brasa_estimator *brasa__estimator_new(brasa_arena *arena)
{
    brasa_estimator *e = BRASA_NEW(arena, brasa_estimator);

    e->arena = arena;
    brasa__node_set_init(&e->done, arena);
    return e;
}

static brasa_node_estimate *fresh(brasa_arena *arena, const brasa_node *n, double rows)
{
    brasa_node_estimate *e = BRASA_NEW(arena, brasa_node_estimate);

    e->rows = e->base = most(0, rows);
    e->cols = BRASA_NEWS(arena, brasa_col_estimate, n->schema.ncols + 1);
    for (int32_t i = 0; i < n->schema.ncols; i++) e->cols[i] = estimate_unknown(n->schema.cols[i].type, rows);
    return e;
}

/* Expected number of different values among `rows` draws from `distinct`. */
static double distinct_after(double distinct, double before, double after)
{
    if (after >= before || before <= 0) return least(distinct, most(after, 1));
    if (distinct <= 1) return 1;
    double left = distinct * (1 - pow(1 - after / before, before / distinct));
    return most(1, least(left, after));
}

/* Fewer (or more) rows of the same columns. */
static void scale_rows(brasa_node_estimate *e, const brasa_node_estimate *in, double rows, int32_t first, int32_t ncols)
{
    for (int32_t i = 0; i < ncols; i++) {
        brasa_col_estimate c = in->cols[i];
        c.distinct = distinct_after(c.distinct, in->rows, rows);
        if (c.source) c.source_rows = distinct_after(c.source_rows, in->rows, rows);
        if (rows > in->rows * 1.0001) c.unique = false;
        e->cols[first + i] = c;
    }
}

/* Sketches are a few percent off. */
#define NEARLY_ALL 0.9

static brasa_node_estimate *estimate_scan(brasa_arena *arena, const brasa_node *n)
{
    const brasa_table   *t = n->u.scan.table;
    double               rows = t->rows >= 0 ? (double)t->rows : t->rows_estimate;
    brasa_node_estimate *e = fresh(arena, n, rows);

    for (int32_t i = 0; i < n->schema.ncols && t->stats; i++) {
        brasa__estimate_column(&t->stats[n->u.scan.cols[i]], n->schema.cols[i].type, rows, &e->cols[i]);
    }
    for (int32_t i = 0; i < n->schema.ncols; i++) e->cols[i].source = n, e->cols[i].source_rows = rows;
    return e;
}

static brasa_node_estimate *estimate_range(brasa_arena *arena, const brasa_node *n)
{
    double rows = most(0, ceil(((double)n->u.range.end - (double)n->u.range.start) / (double)n->u.range.step));

    brasa_node_estimate *e = fresh(arena, n, rows);
    e->cols[0].unique = true;
    e->cols[0].has_range = true;
    e->cols[0].guess = false;
    e->cols[0].min = least((double)n->u.range.start, (double)n->u.range.end);
    e->cols[0].max = most((double)n->u.range.start, (double)n->u.range.end);
    return e;
}

static brasa_node_estimate *estimate_filter(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *in)
{
    double               rows = most(in->rows * estimate_filter_share(in, n->u.filter.test), least(in->rows, 1));
    brasa_node_estimate *e = fresh(arena, n, rows);

    e->base = in->base;
    scale_rows(e, in, rows, 0, n->schema.ncols);
    estimate_narrow(e->cols, n->u.filter.test);
    return e;
}

static brasa_node_estimate *estimate_project(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *in)
{
    brasa_node_estimate *e = fresh(arena, n, in->rows);

    e->base = in->base;
    for (int32_t i = 0; i < n->schema.ncols; i++) e->cols[i] = estimate_expr(in, n->u.project.exprs[i]);
    return e;
}

/* Matches per left row. */
static double match_rate(const brasa_node *n, const brasa_node_estimate *l, const brasa_node_estimate *r)
{
    double s = 1;

    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        brasa_col_estimate a = estimate_expr(l, n->u.join.left_keys[i]), b = estimate_expr(r, n->u.join.right_keys[i]);
        s *= brasa__join_share(&a, &b);
    }
    /* several keys are rarely independent: together they tell no more rows apart than there are, in the larger or, where that refers to it, in the smaller */
    if (n->u.join.nkeys > 1) s = most(s, 1 / most(1, sqrt(l->base * r->base)));
    if (n->u.join.residual) s *= BRASA_SEL_UNKNOWN;
    return s * r->rows;
}

/* Share of the rows of l that have a match in r. */
static double semi_share(const brasa_node *n, const brasa_node_estimate *l, const brasa_node_estimate *r, bool of_left)
{
    double share = 1;

    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        const brasa_expr  *x = n->u.join.left_keys[i], *y = n->u.join.right_keys[i];
        brasa_col_estimate a = estimate_expr(l, of_left ? x : y), b = estimate_expr(r, of_left ? y : x);
        b.distinct = least(b.distinct, most(1, r->rows));
        share = least(share, brasa__join_share(&a, &b) * b.distinct);
    }
    if (n->u.join.nkeys == 0) share = least(1, r->rows);
    if (n->u.join.residual) share *= 0.5;
    return least(1, share);
}

/* Columns of a side that is padded with nulls where the other has no match: `padded` of all rows. */
static void pad_nulls(brasa_node_estimate *e, int32_t first, int32_t ncols, double padded)
{
    if (e->rows <= 0) return;
    for (int32_t i = first; i < first + ncols; i++) e->cols[i].nulls += (1 - e->cols[i].nulls) * least(1, padded / e->rows);
}

/* Rows that are left have values that the other side has, too. */
static void narrow_keys(brasa_node_estimate *e, const brasa_node *n)
{
    int32_t nl = n->inputs[0]->schema.ncols;

    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        const brasa_expr *a = n->u.join.left_keys[i], *b = n->u.join.right_keys[i];
        if (a->kind != BRASA_EXPR_REF || b->kind != BRASA_EXPR_REF) continue;
        brasa_col_estimate *x = &e->cols[a->index], *y = &e->cols[nl + b->index];
        brasa_col_estimate  met = brasa__join_meet(x, y), mine = *x, other = *y;
        *x = *y = met;
        x->source = mine.source, x->source_rows = mine.source_rows;
        y->source = other.source, y->source_rows = other.source_rows;
    }
}

static brasa_node_estimate *estimate_join(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *l,
                                          const brasa_node_estimate *r)
{
    int32_t nl = n->inputs[0]->schema.ncols, nr = n->inputs[1]->schema.ncols;
    double  inner = l->rows * match_rate(n, l, r), rows = inner, lonely_left = l->rows * (1 - semi_share(n, l, r, true)),
           lonely_right = r->rows * (1 - semi_share(n, r, l, false));

    switch (n->u.join.type) {
    case BRASA_JOIN_INNER:
    case BRASA_JOIN_CROSS: lonely_left = lonely_right = 0; break;
    case BRASA_JOIN_LEFT: lonely_right = 0; break;
    case BRASA_JOIN_RIGHT: lonely_left = 0; break;
    case BRASA_JOIN_FULL: break;
    case BRASA_JOIN_SEMI: rows = l->rows - lonely_left; break;
    case BRASA_JOIN_ANTI: rows = most(lonely_left, l->rows / 100); break;
    case BRASA_JOIN_MARK:
    case BRASA_JOIN_SINGLE: rows = l->rows; break;
    }
    bool outer = n->u.join.type == BRASA_JOIN_LEFT || n->u.join.type == BRASA_JOIN_RIGHT || n->u.join.type == BRASA_JOIN_FULL;
    if (outer) rows += lonely_left + lonely_right;
    if (n->u.join.type == BRASA_JOIN_LEFT) rows = most(rows, l->rows);
    if (n->u.join.type == BRASA_JOIN_RIGHT) rows = most(rows, r->rows);
    brasa_node_estimate *e = fresh(arena, n, most(rows, least(1, least(l->rows, r->rows))));
    e->base = most(l->base, r->base);
    scale_rows(e, l, e->rows, 0, nl);
    if (brasa__join_has_right(n->u.join.type)) scale_rows(e, r, e->rows, nl, nr);
    if (n->u.join.type == BRASA_JOIN_INNER) narrow_keys(e, n);
    if (outer) pad_nulls(e, nl, nr, lonely_left), pad_nulls(e, 0, nl, lonely_right);
    return e;
}

/* Counts and sums of groups are mostly small, rarely large: exponential around their mean, from `least_value` on; with so many different values. */
static brasa_col_estimate around_mean(brasa_arena *arena, double mean, double least_value, double distinct)
{
    enum { STEPS = 32 };
    double          *bounds = BRASA_NEWS(arena, double, STEPS + 1);
    brasa_histogram *h = BRASA_NEW(arena, brasa_histogram);

    for (int32_t i = 0; i <= STEPS; i++) bounds[i] = most(least_value, -mean * log(1 - (i < STEPS ? i : STEPS - 0.01) / (double)STEPS));
    *h = (brasa_histogram) {.steps = STEPS, .bounds = bounds};
    return (brasa_col_estimate) {
        .distinct = distinct, .base = distinct, .bytes = 8, .has_range = true, .min = least_value, .max = bounds[STEPS], .histogram = h};
}

/* What is known of a count, sum, average or extreme of each group; others keep what is there. */
static void estimate_agg(brasa_arena *arena, const brasa_node_estimate *in, const brasa_expr *a, double groups, brasa_col_estimate *c)
{
    double             per_group = most(1, in->rows / most(1, groups)), all = most(1, groups), bytes = c->bytes;
    brasa_col_estimate x = a->nargs > 0 ? estimate_expr(in, a->args[0]) : *c;

    switch ((int)a->agg->id) {
    case BRASA_AGG_COUNT_STAR: *c = around_mean(arena, per_group, 1, least(all, most(1, 4 * per_group))); break;
    case BRASA_AGG_COUNT: {
        double mean = per_group * (1 - x.nulls);
        if (a->distinct) mean = least(mean, x.distinct);
        *c = around_mean(arena, mean, x.nulls > 0 ? 0 : 1, least(all, most(1, 4 * mean)));
        break;
    }
    case BRASA_AGG_SUM:
        if (x.has_range && x.min >= 0) *c = around_mean(arena, per_group * (1 - x.nulls) * (x.min + x.max) / 2, x.min, all);
        break;
    case BRASA_AGG_AVG:
        if (!x.has_range) break;
        c->has_range = true;
        c->min = x.min;
        c->max = x.max;
        break;
    case BRASA_AGG_MIN:
    case BRASA_AGG_MAX:
        *c = x;
        c->distinct = least(x.distinct, all);
        return;
    }
    c->bytes = bytes;
}

static brasa_node_estimate *estimate_aggregate(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *in)
{
    int32_t              nkeys = n->u.aggregate.nkeys;
    double               groups = nkeys ? brasa__estimate_groups(in, n->u.aggregate.keys, nkeys) : 1;
    brasa_node_estimate *e = fresh(arena, n, groups);

    for (int32_t i = 0; i < nkeys; i++) {
        e->cols[i] = estimate_expr(in, n->u.aggregate.keys[i]);
        e->cols[i].distinct = least(e->cols[i].distinct, most(1, groups));
        e->cols[i].unique = nkeys == 1;
        e->cols[i].source = n;
        e->cols[i].source_rows = groups;
    }
    for (int32_t i = 0; i < n->u.aggregate.naggs; i++) {
        if (nkeys > 0) estimate_agg(arena, in, n->u.aggregate.aggs[i], groups, &e->cols[nkeys + i]);
    }
    return e;
}

static brasa_node_estimate *estimate_limit(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *in, int64_t limit,
                                           int64_t offset)
{
    double rows = most(0, in->rows - (double)offset);

    if (limit >= 0) rows = least(rows, (double)limit);
    brasa_node_estimate *e = fresh(arena, n, rows);
    scale_rows(e, in, rows, 0, n->schema.ncols);
    return e;
}

void brasa__estimate_unite(brasa_col_estimate *c, const brasa_col_estimate *d, double rows, double more)
{
    double all = most(1, rows + more);
    bool   apart = c->has_range && d->has_range && (c->max < d->min || d->max < c->min); /* no value of the one is in the other */

    c->distinct = least(apart ? c->distinct + d->distinct : most(c->distinct, d->distinct), all);
    c->base = apart ? c->base + d->base : most(c->base, d->base);
    c->nulls = (c->nulls * rows + d->nulls * more) / all;
    c->bytes = (c->bytes * rows + d->bytes * more) / all;
    c->has_range &= d->has_range;
    c->min = least(c->min, d->min);
    c->max = most(c->max, d->max);
    c->unique = false;
    c->guess |= d->guess;
    c->source = NULL;
    c->histogram = NULL;
}

static brasa_node_estimate *estimate_union(brasa_estimator *x, const brasa_node *n)
{
    const brasa_node_estimate *first = brasa__estimate(x, n->inputs[0]);
    brasa_node_estimate       *e = fresh(x->arena, n, 0);

    memcpy(e->cols, first->cols, sizeof *e->cols * (size_t)n->schema.ncols);
    e->rows = first->rows;
    for (int32_t k = 1; k < n->ninputs; k++) {
        const brasa_node_estimate *in = brasa__estimate(x, n->inputs[k]);
        for (int32_t i = 0; i < n->schema.ncols; i++) brasa__estimate_unite(&e->cols[i], &in->cols[i], e->rows, in->rows);
        e->rows += in->rows;
    }
    e->base = e->rows;
    return e;
}

/* The input's columns first, whatever comes after them. */
static brasa_node_estimate *estimate_extended(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *in, double rows)
{
    brasa_node_estimate *e = fresh(arena, n, rows);

    scale_rows(e, in, rows, 0, n->inputs[0]->schema.ncols);
    return e;
}

/* Numbers within a partition go from 1 to its rows. */
static brasa_node_estimate *estimate_window(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *in)
{
    brasa_node_estimate *e = estimate_extended(arena, n, in, in->rows);
    double               most_rows = most(1, in->rows / most(1, brasa__estimate_groups(in, n->u.window.keys, n->u.window.nkeys)));

    for (int32_t i = 0; i < n->u.window.ncalls; i++) {
        const char *name = n->u.window.calls[i].call->name;
        if (strcmp(name, "row_number") != 0 && strcmp(name, "rank") != 0 && strcmp(name, "dense_rank") != 0) continue;
        brasa_col_estimate *c = &e->cols[n->inputs[0]->schema.ncols + i];
        *c = (brasa_col_estimate) {
            .distinct = most_rows, .base = most_rows, .bytes = c->bytes, .has_range = true, .min = 0, .max = most_rows};
    }
    return e;
}

enum { LIST_LENGTH = 5 };

static brasa_node_estimate *estimate_cached(brasa_arena *arena, const brasa_node *n)
{
    brasa_node_estimate *e = fresh(arena, n, n->u.cached.nrows >= 0 ? (double)n->u.cached.nrows : 1e6);

    if (n->u.cached.columns != NULL && n->schema.ncols > 0) memcpy(e->cols, n->u.cached.columns, sizeof *e->cols * (size_t)n->schema.ncols);
    for (int32_t i = 0; i < n->schema.ncols; i++) e->cols[i].source = n, e->cols[i].source_rows = e->rows;
    return e;
}

static brasa_node_estimate *compute(brasa_estimator *x, const brasa_node *n)
{
    const brasa_node_estimate *in = n->ninputs > 0 ? brasa__estimate(x, n->inputs[0]) : NULL;

    switch (n->kind) {
    case BRASA_NODE_SCAN: return estimate_scan(x->arena, n);
    case BRASA_NODE_VALUES: return fresh(x->arena, n, n->u.values.nrows);
    case BRASA_NODE_RANGE: return estimate_range(x->arena, n);
    case BRASA_NODE_CACHED: return estimate_cached(x->arena, n);
    case BRASA_NODE_PROJECT: return estimate_project(x->arena, n, in);
    case BRASA_NODE_FILTER: return estimate_filter(x->arena, n, in);
    case BRASA_NODE_JOIN: return estimate_join(x->arena, n, in, brasa__estimate(x, n->inputs[1]));
    case BRASA_NODE_AGGREGATE: return estimate_aggregate(x->arena, n, in);
    case BRASA_NODE_SORT: return estimate_limit(x->arena, n, in, n->u.sort.limit, n->u.sort.offset);
    case BRASA_NODE_LIMIT: return estimate_limit(x->arena, n, in, n->u.limit.limit, n->u.limit.offset);
    case BRASA_NODE_UNION: return estimate_union(x, n);
    case BRASA_NODE_SAMPLE: return estimate_extended(x->arena, n, in, in->rows * n->u.sample.fraction);
    case BRASA_NODE_WINDOW: return estimate_window(x->arena, n, in);
    case BRASA_NODE_REPARTITION: return estimate_extended(x->arena, n, in, in->rows);
    case BRASA_NODE_EXPLODE: return estimate_extended(x->arena, n, in, in->rows * LIST_LENGTH);
    case BRASA_NODE_MAP: return fresh(x->arena, n, in->rows * (n->u.map.per_partition ? 1 : LIST_LENGTH));
    case BRASA_NODE_COUNT: break;
    }
    assert(false && "no such node kind");
    return NULL;
}

const brasa_histogram *brasa__histogram_copy(brasa_arena *arena, const brasa_histogram *h)
{
    if (h == NULL) return NULL;
    brasa_histogram *copy = brasa__arena_copy(arena, h, sizeof *h);
    copy->bounds = brasa__arena_copy(arena, h->bounds, sizeof *h->bounds * (size_t)(h->steps + 1));
    return copy;
}

static int order_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

const brasa_histogram *brasa__histogram_of(brasa_arena *arena, const brasa_value *values, int64_t n, int32_t steps)
{
    double *numbers = BRASA_NEWS(arena, double, n + 1), *bounds = BRASA_NEWS(arena, double, steps + 1);
    int64_t m = 0;

    for (int64_t i = 0; i < n; i++) m += estimate_number(&values[i], &numbers[m]);
    if (m < steps) return NULL;
    qsort(numbers, (size_t)m, sizeof *numbers, order_numbers);
    for (int32_t i = 0; i <= steps; i++) bounds[i] = numbers[i == steps ? m - 1 : m * i / steps];
    brasa_histogram *h = BRASA_NEW(arena, brasa_histogram);
    *h = (brasa_histogram) {.steps = steps, .bounds = bounds};
    return h;
}

void brasa__estimate_column(const brasa_column_stats *s, brasa_type type, double rows, brasa_col_estimate *c)
{
    *c = estimate_unknown(type, rows);
    if (!s->known) return;
    if (s->bytes > 0) c->bytes = s->bytes;
    if (s->nulls > 0 && rows > 0) c->nulls = least(1, (double)s->nulls / rows);
    if (s->has_range && estimate_number(&s->min, &c->min) && estimate_number(&s->max, &c->max)) c->has_range = true;
    if (c->has_range && (brasa__type_is_integer(type) || type.kind == BRASA_KIND_DATE))
        c->distinct = least(c->distinct, c->max - c->min + 1);
    c->guess = s->distinct <= 0 && c->distinct >= most(1, rows);
    if (s->distinct > 0) c->distinct = most(1, s->distinct);
    c->distinct = least(c->distinct, most(1, rows));
    if (s->nulls == 0 && s->distinct > 0 && c->distinct >= rows * NEARLY_ALL) c->distinct = most(1, rows); /* a key, counted by a sketch */
    c->base = c->distinct;
    c->histogram = s->histogram;
    c->unique = s->distinct > 0 && s->nulls == 0 && c->distinct >= rows;
}

const brasa_node_estimate *brasa__estimate(brasa_estimator *x, const brasa_node *n)
{
    const brasa_node_estimate *e = brasa__node_set_get(&x->done, n);

    if (e) return e;
    e = compute(x, n);
    brasa__node_set_add(&x->done, n, e);
    return e;
}

double brasa__estimate_bytes(brasa_estimator *x, const brasa_node *n)
{
    const brasa_node_estimate *e = brasa__estimate(x, n);
    double                     width = 0;

    for (int32_t i = 0; i < n->schema.ncols; i++) width += e->cols[i].bytes;
    return e->rows * width;
}

bool brasa__broadcast_pays(double build_rows, double stream_rows, double stream_bytes, int32_t workers)
{
    /* A table of FEW rows stays in the cache.  Times in ns: a row put into a larger one waits for memory; rows that are exchanged are copied column by column. */
    static const double FEW = 128 << 10, BUILD = 60, MOVE = 10, MOVE_BYTE = 0.5;

    return build_rows <= FEW || build_rows * BUILD * (workers - 1) <= stream_rows * MOVE + stream_bytes * MOVE_BYTE;
}
