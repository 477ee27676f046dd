/* estimate.c -- rows and column statistics of every node. */
#include "plan/estimate.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "data/type.h"
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

static double least(double a, double b)
{
    return a < b ? a : b;
}

static double most(double a, double b)
{
    return a > b ? a : b;
}

static double type_bytes(brasa_type t)
{
    if (t.kind == BRASA_KIND_STRING || t.kind == BRASA_KIND_BINARY) return 24;
    if (t.kind == BRASA_KIND_LIST || t.kind == BRASA_KIND_STRUCT) return 40;
    return (double)brasa__type_width(t);
}

/* Of a column of which nothing is known. */
static brasa_col_estimate unknown_col(brasa_type t, double rows)
{
    double distinct = most(1, rows);

    if (t.kind == BRASA_KIND_BOOL) distinct = 2;
    if (t.kind == BRASA_KIND_INT8) distinct = least(distinct, 256);
    return (brasa_col_estimate) {.distinct = distinct, .bytes = type_bytes(t), .guess = distinct == most(1, rows)};
}

static bool value_number(const brasa_value *v, double *out)
{
    if (v->null) return false;
    switch (brasa__type_phys(v->type)) {
    case BRASA_PHYS_BOOL:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_INTERVAL:
    case BRASA_PHYS_STRING:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_COUNT: return false;
    case BRASA_PHYS_I8:
    case BRASA_PHYS_I16:
    case BRASA_PHYS_I32:
    case BRASA_PHYS_I64: *out = (double)v->u.i; break;
    case BRASA_PHYS_I128: *out = (double)v->u.d; break;
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64: *out = v->u.f; break;
    }
    if (v->type.kind == BRASA_KIND_DECIMAL) *out /= pow(10, v->type.scale);
    return isfinite(*out);
}

static brasa_node_estimate *fresh(brasa_arena *arena, const brasa_node *n, double rows)
{
    brasa_node_estimate *e = BRASA_NEW(arena, brasa_node_estimate);

    e->rows = most(0, rows);
    e->cols = BRASA_NEWS(arena, brasa_col_estimate, n->schema.ncols + 1);
    for (int32_t i = 0; i < n->schema.ncols; i++) e->cols[i] = unknown_col(n->schema.cols[i].type, rows);
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
static void scale_rows(brasa_node_estimate *e, const brasa_node_estimate *in, const brasa_node *n, double rows, int32_t first,
                       int32_t ncols)
{
    (void)n;
    for (int32_t i = 0; i < ncols; i++) {
        brasa_col_estimate c = in->cols[i];
        c.distinct = distinct_after(c.distinct, in->rows, rows);
        if (rows > in->rows * 1.0001) c.unique = false;
        e->cols[first + i] = c;
    }
}

static brasa_node_estimate *estimate_scan(brasa_arena *arena, const brasa_node *n)
{
    const brasa_table   *t = n->u.scan.table;
    double               rows = t->rows >= 0 ? (double)t->rows : t->rows_estimate;
    brasa_node_estimate *e = fresh(arena, n, rows);

    for (int32_t i = 0; i < n->schema.ncols && t->stats; i++) {
        const brasa_column_stats *s = &t->stats[n->u.scan.cols[i]];
        brasa_col_estimate       *c = &e->cols[i];
        if (!s->known) continue;
        if (s->bytes > 0) c->bytes = s->bytes;
        if (s->nulls > 0 && rows > 0) c->nulls = least(1, (double)s->nulls / rows);
        if (s->has_range && value_number(&s->min, &c->min) && value_number(&s->max, &c->max)) c->has_range = true;
        if (c->has_range && (brasa__type_is_integer(n->schema.cols[i].type) || n->schema.cols[i].type.kind == BRASA_KIND_DATE)) {
            c->distinct = least(c->distinct, c->max - c->min + 1);
        }
        c->guess = s->distinct <= 0 && c->distinct >= most(1, rows);
        if (s->distinct > 0) c->distinct = most(1, s->distinct);
        c->distinct = least(c->distinct, most(1, rows));
        c->unique = s->distinct >= rows * 0.999 && s->nulls == 0 && t->rows > 0 && s->distinct > 0;
    }
    return e;
}

static brasa_node_estimate *estimate_range(brasa_arena *arena, const brasa_node *n)
{
    double rows = most(0, ceil(((double)n->u.range.end - (double)n->u.range.start) / (double)n->u.range.step));

    brasa_node_estimate *e = fresh(arena, n, rows);
    e->cols[0].unique = true;
    e->cols[0].has_range = true;
    e->cols[0].min = least((double)n->u.range.start, (double)n->u.range.end);
    e->cols[0].max = most((double)n->u.range.start, (double)n->u.range.end);
    return e;
}

/* What is known of an expression's values. */
static brasa_col_estimate expr_estimate(const brasa_node_estimate *in, const brasa_expr *x)
{
    brasa_col_estimate c = unknown_col(x->type, in->rows);

    if (x->kind == BRASA_EXPR_REF && x->depth == 0) return in->cols[x->index];
    if (x->kind == BRASA_EXPR_LITERAL) {
        c.distinct = 1;
        c.nulls = x->value.null ? 1 : 0;
        c.has_range = value_number(&x->value, &c.min);
        c.max = c.min;
        return c;
    }
    if (x->kind == BRASA_EXPR_CAST && brasa__type_is_numeric(x->type)) {
        brasa_col_estimate below = expr_estimate(in, x->args[0]);
        if (!brasa__type_is_numeric(x->args[0]->type)) below.has_range = false;
        below.bytes = c.bytes;
        return below;
    }
    if (brasa__is_call(x, "year")) c.distinct = least(c.distinct, 30);
    if (brasa__is_call(x, "month")) c.distinct = least(c.distinct, 12);
    if (x->nargs > 0 && x->kind != BRASA_EXPR_AGGREGATE) {
        double combined = 1;
        for (int32_t i = 0; i < x->nargs; i++) combined *= expr_estimate(in, x->args[i]).distinct;
        c.distinct = least(c.distinct, most(1, combined));
    }
    return c;
}

double brasa__estimate_groups(const brasa_node_estimate *in, const brasa_expr *const *keys, int32_t nkeys)
{
    double groups = 1;

    for (int32_t i = 0; i < nkeys; i++) {
        brasa_col_estimate c = expr_estimate(in, keys[i]);
        groups *= c.distinct + (c.nulls > 0 ? 1 : 0);
        if (groups > in->rows) break;
    }
    return least(groups, most(in->rows, nkeys ? 0 : 1));
}

/* ---- selectivities ---- */

/* Of a condition of which nothing is known; of an equality with a constant where the column's values are not known. */
enum { SEL_UNKNOWN_PERCENT = 33, SEL_GUESS_PERCENT = 5 };

static double fraction_below(const brasa_col_estimate *c, double v)
{
    if (!c->has_range) return SEL_UNKNOWN_PERCENT / 100.0;
    if (c->max <= c->min) return v > c->min ? 1 : v < c->min ? 0 : 0.5;
    return least(1, most(0, (v - c->min) / (c->max - c->min)));
}

static double select_equal(const brasa_node_estimate *in, const brasa_expr *a, const brasa_expr *b)
{
    brasa_col_estimate x = expr_estimate(in, a), y = expr_estimate(in, b);

    if (x.has_range && y.has_range && (x.max < y.min || y.max < x.min)) return 0;
    if ((x.guess && b->kind == BRASA_EXPR_LITERAL) || (y.guess && a->kind == BRASA_EXPR_LITERAL)) return SEL_GUESS_PERCENT / 100.0;
    return (1 - x.nulls) * (1 - y.nulls) / most(1, most(x.distinct, y.distinct));
}

static double select_less(const brasa_node_estimate *in, const brasa_expr *a, const brasa_expr *b)
{
    brasa_col_estimate x = expr_estimate(in, a), y = expr_estimate(in, b);
    double             v;

    if (b->kind == BRASA_EXPR_LITERAL && value_number(&b->value, &v)) return (1 - x.nulls) * fraction_below(&x, v);
    if (a->kind == BRASA_EXPR_LITERAL && value_number(&a->value, &v)) return (1 - y.nulls) * (1 - fraction_below(&y, v));
    return SEL_UNKNOWN_PERCENT / 100.0;
}

static double select_call(const brasa_node_estimate *in, const brasa_expr *e)
{
    const char *name = e->name;
    double      s = 1;

    if (strcmp(name, "and") == 0) {
        for (int32_t i = 0; i < e->nargs; i++) s *= brasa__selectivity(in, e->args[i]);
        return s;
    }
    if (strcmp(name, "or") == 0) {
        for (int32_t i = 0; i < e->nargs; i++) s *= 1 - brasa__selectivity(in, e->args[i]);
        return 1 - s;
    }
    if (strcmp(name, "not") == 0) return 1 - brasa__selectivity(in, e->args[0]);
    if (strcmp(name, "=") == 0 || strcmp(name, "<=>") == 0) return select_equal(in, e->args[0], e->args[1]);
    if (strcmp(name, "<>") == 0) return 1 - select_equal(in, e->args[0], e->args[1]);
    if (strcmp(name, "<") == 0 || strcmp(name, "<=") == 0) return select_less(in, e->args[0], e->args[1]);
    if (strcmp(name, ">") == 0 || strcmp(name, ">=") == 0) return select_less(in, e->args[1], e->args[0]);
    if (strcmp(name, "isnull") == 0) return expr_estimate(in, e->args[0]).nulls;
    if (strcmp(name, "isnotnull") == 0) return 1 - expr_estimate(in, e->args[0]).nulls;
    if (strcmp(name, "like") == 0) return 0.1;
    return SEL_UNKNOWN_PERCENT / 100.0;
}

double brasa__selectivity(const brasa_node_estimate *in, const brasa_expr *test)
{
    double s = SEL_UNKNOWN_PERCENT / 100.0;

    if (test == NULL) return 1;
    if (test->kind == BRASA_EXPR_LITERAL) return test->value.null || !test->value.u.b ? 0 : 1;
    if (test->kind == BRASA_EXPR_REF) s = 0.5;
    if (test->kind == BRASA_EXPR_CALL) s = select_call(in, test);
    if (test->kind == BRASA_EXPR_IN) {
        brasa_col_estimate c = expr_estimate(in, test->args[0]);
        s = c.guess ? least(0.5, (test->nargs - 1) * SEL_GUESS_PERCENT / 100.0) : least(1, (test->nargs - 1) / c.distinct) * (1 - c.nulls);
        if (test->negated) s = 1 - s;
    }
    return least(1, most(0, s));
}

/* Two one-sided ranges of one column together: the fraction between, not the product. */
static double filter_selectivity(const brasa_node_estimate *in, const brasa_expr *test)
{
    double s = brasa__selectivity(in, test);

    if (test->kind != BRASA_EXPR_CALL || strcmp(test->name, "and") != 0) return s;
    for (int32_t i = 0; i < test->nargs; i++) {
        for (int32_t k = i + 1; k < test->nargs; k++) {
            const brasa_expr *a = test->args[i], *b = test->args[k];
            if (a->kind != BRASA_EXPR_CALL || b->kind != BRASA_EXPR_CALL || a->nargs != 2 || b->nargs != 2) continue;
            bool lower_a = a->name[0] == '>', lower_b = b->name[0] == '>';
            if ((!lower_a && a->name[0] != '<') || (!lower_b && b->name[0] != '<') || lower_a == lower_b) continue;
            if (a->args[0]->kind != BRASA_EXPR_REF || !brasa__expr_equal(a->args[0], b->args[0])) continue;
            double sa = brasa__selectivity(in, a), sb = brasa__selectivity(in, b);
            if (sa <= 0 || sb <= 0 || !in->cols[a->args[0]->index].has_range) continue;
            s = s / (sa * sb) * most(sa + sb - 1, 1e-4);
        }
    }
    return least(1, most(0, s));
}

/* ---- nodes ---- */

static brasa_node_estimate *estimate_filter(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *in)
{
    double               rows = in->rows * filter_selectivity(in, n->u.filter.test);
    brasa_node_estimate *e = fresh(arena, n, rows);

    scale_rows(e, in, n, rows, 0, n->schema.ncols);
    return e;
}

static brasa_node_estimate *estimate_project(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *in)
{
    brasa_node_estimate *e = fresh(arena, n, in->rows);

    for (int32_t i = 0; i < n->schema.ncols; i++) e->cols[i] = expr_estimate(in, n->u.project.exprs[i]);
    return e;
}

/* Share of the left rows with a match (or more than 1: matches per row). */
static double match_rate(const brasa_node *n, const brasa_node_estimate *l, const brasa_node_estimate *r)
{
    double s = 1, cap = 0;

    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        brasa_col_estimate a = expr_estimate(l, n->u.join.left_keys[i]), b = expr_estimate(r, n->u.join.right_keys[i]);
        double             d = most(1, most(least(a.distinct, most(l->rows, 1)), least(b.distinct, most(r->rows, 1))));
        s /= d;
        cap = most(cap, d);
    }
    /* several keys are rarely independent: never below one match per row of the larger side's distinct keys */
    if (n->u.join.nkeys > 1) s = most(s, 1 / most(1, most(l->rows, r->rows)));
    if (n->u.join.residual) s *= 0.33;
    return s * r->rows;
}

static brasa_node_estimate *estimate_join(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *l,
                                          const brasa_node_estimate *r)
{
    int32_t nl = n->inputs[0]->schema.ncols, nr = n->inputs[1]->schema.ncols;
    double  rate = match_rate(n, l, r), inner = l->rows * rate, rows = inner;

    switch (n->u.join.type) {
    case BRASA_JOIN_INNER:
    case BRASA_JOIN_CROSS: break;
    case BRASA_JOIN_LEFT: rows = most(inner, l->rows); break;
    case BRASA_JOIN_RIGHT: rows = most(inner, r->rows); break;
    case BRASA_JOIN_FULL: rows = most(inner, l->rows + r->rows - inner); break;
    case BRASA_JOIN_SEMI: {
        double share = 1;
        for (int32_t i = 0; i < n->u.join.nkeys; i++) {
            double a = expr_estimate(l, n->u.join.left_keys[i]).distinct,
                   b = least(expr_estimate(r, n->u.join.right_keys[i]).distinct, r->rows);
            share = least(share, b / most(1, a));
        }
        if (n->u.join.residual) share *= 0.5;
        rows = l->rows * least(1, share);
        break;
    }
    case BRASA_JOIN_ANTI: rows = l->rows * most(0.1, 1 - rate); break;
    case BRASA_JOIN_MARK:
    case BRASA_JOIN_SINGLE: rows = l->rows; break;
    }
    brasa_node_estimate *e = fresh(arena, n, rows);
    scale_rows(e, l, n, rows, 0, nl);
    if (brasa__join_has_right(n->u.join.type)) scale_rows(e, r, n, rows, nl, nr);
    return e;
}

static brasa_node_estimate *estimate_aggregate(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *in)
{
    int32_t              nkeys = n->u.aggregate.nkeys;
    double               groups = nkeys ? brasa__estimate_groups(in, n->u.aggregate.keys, nkeys) : 1;
    brasa_node_estimate *e = fresh(arena, n, groups);

    for (int32_t i = 0; i < nkeys; i++) {
        e->cols[i] = expr_estimate(in, n->u.aggregate.keys[i]);
        e->cols[i].distinct = least(e->cols[i].distinct, most(1, groups));
        e->cols[i].unique = nkeys == 1;
    }
    return e;
}

static brasa_node_estimate *estimate_limit(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *in, int64_t limit,
                                           int64_t offset)
{
    double rows = most(0, in->rows - (double)offset);

    if (limit >= 0) rows = least(rows, (double)limit);
    brasa_node_estimate *e = fresh(arena, n, rows);
    scale_rows(e, in, n, rows, 0, n->schema.ncols);
    return e;
}

static brasa_node_estimate *estimate_union(brasa_estimator *x, const brasa_node *n)
{
    double rows = 0;

    for (int32_t k = 0; k < n->ninputs; k++) rows += brasa__estimate(x, n->inputs[k])->rows;
    brasa_node_estimate *e = fresh(x->arena, n, rows);
    for (int32_t i = 0; i < n->schema.ncols; i++) {
        double distinct = 0;
        for (int32_t k = 0; k < n->ninputs; k++) distinct = most(distinct, brasa__estimate(x, n->inputs[k])->cols[i].distinct);
        e->cols[i].distinct = distinct;
    }
    return e;
}

/* The input's columns first, whatever comes after them. */
static brasa_node_estimate *estimate_extended(brasa_arena *arena, const brasa_node *n, const brasa_node_estimate *in, double rows)
{
    brasa_node_estimate *e = fresh(arena, n, rows);

    scale_rows(e, in, n, rows, 0, n->inputs[0]->schema.ncols);
    return e;
}

enum { LIST_LENGTH = 5 };

static brasa_node_estimate *estimate_cached(brasa_arena *arena, const brasa_node *n)
{
    brasa_node_estimate *e = fresh(arena, n, n->u.cached.nrows >= 0 ? (double)n->u.cached.nrows : 1e6);

    if (n->u.cached.columns != NULL && n->schema.ncols > 0) memcpy(e->cols, n->u.cached.columns, sizeof *e->cols * (size_t)n->schema.ncols);
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
    case BRASA_NODE_REPARTITION:
    case BRASA_NODE_WINDOW: return estimate_extended(x->arena, n, in, in->rows);
    case BRASA_NODE_EXPLODE: return estimate_extended(x->arena, n, in, in->rows * LIST_LENGTH);
    case BRASA_NODE_MAP: return fresh(x->arena, n, in->rows * (n->u.map.per_partition ? 1 : LIST_LENGTH));
    case BRASA_NODE_COUNT: break;
    }
    assert(false && "no such node kind");
    return NULL;
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
