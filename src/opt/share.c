/* share.c -- equal sub-plans become one node, computed once; and the final numbering. */
#include <string.h>

#include "base/hash.h"
#include "data/type.h"
#include "data/value.h"
#include "opt/inner.h"

typedef struct sharer {
    brasa_opt         *o;
    const brasa_node **nodes; /* met so far: each differs from all before */
    int32_t            n, cap;
} sharer;

static bool same_list(const brasa_expr *const *a, const brasa_expr *const *b, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        if (!brasa__expr_equal(a[i], b[i]) || !brasa__expr_is_deterministic(a[i])) return false;
    }
    return true;
}

static bool same_order(const brasa_order *a, const brasa_order *b, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        if (a[i].desc != b[i].desc || a[i].nulls_last != b[i].nulls_last || !brasa__expr_equal(a[i].expr, b[i].expr)) return false;
    }
    return true;
}

static bool same_expr(const brasa_expr *a, const brasa_expr *b)
{
    if (a == NULL || b == NULL) return a == b;
    return brasa__expr_equal(a, b) && brasa__expr_is_deterministic(a);
}

/* What chunk statistics refute is never read: scans with other tests give other rows. */
static bool same_tests(const brasa_scan_test *a, int32_t na, const brasa_scan_test *b, int32_t nb)
{
    if (na != nb) return false;
    for (int32_t i = 0; i < na; i++) {
        const brasa_scan_test *x = &a[i], *y = &b[i];
        if (x->col != y->col || x->op != y->op || x->nvalues != y->nvalues) return false;
        for (int32_t k = 0; k < x->nvalues; k++) {
            if (brasa__value_compare(&x->values[k], &y->values[k]) != 0) return false;
        }
    }
    return true;
}

static bool same_scan(const brasa_node *a, const brasa_node *b)
{
    if (a->u.scan.table != b->u.scan.table || !same_tests(a->u.scan.tests, a->u.scan.ntests, b->u.scan.tests, b->u.scan.ntests))
        return false;
    return memcmp(a->u.scan.cols, b->u.scan.cols, sizeof(int32_t) * (size_t)a->schema.ncols) == 0;
}

static bool same_caches(const brasa_node *a, const brasa_node *b)
{
    int32_t n = a->u.cached.ncaches;

    return n == b->u.cached.ncaches && memcmp(a->u.cached.caches, b->u.cached.caches, sizeof(int64_t) * (size_t)n) == 0;
}

static bool same_cols(const brasa_node *a, const brasa_node *b)
{
    const int32_t *x = a->u.cached.cols, *y = b->u.cached.cols;

    for (int32_t i = 0; i < a->schema.ncols; i++) {
        if ((x ? x[i] : i) != (y ? y[i] : i)) return false;
    }
    return true;
}

static bool same_cached(const brasa_node *a, const brasa_node *b)
{
    return same_caches(a, b) && same_cols(a, b) && same_tests(a->u.cached.tests, a->u.cached.ntests, b->u.cached.tests, b->u.cached.ntests);
}

static bool same_flags(const bool *a, const bool *b, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        if ((a && a[i]) != (b && b[i])) return false;
    }
    return true;
}

static bool same_join(const brasa_node *a, const brasa_node *b)
{
    int32_t n = a->u.join.nkeys;

    if (a->u.join.type != b->u.join.type || a->u.join.strategy != b->u.join.strategy || a->u.join.build_left != b->u.join.build_left)
        return false;
    if (a->u.join.null_aware != b->u.join.null_aware || n != b->u.join.nkeys || !same_flags(a->u.join.null_equal, b->u.join.null_equal, n))
        return false;
    return same_list(a->u.join.left_keys, b->u.join.left_keys, n) && same_list(a->u.join.right_keys, b->u.join.right_keys, n) &&
           same_expr(a->u.join.residual, b->u.join.residual);
}

static bool same_payload(const brasa_node *a, const brasa_node *b)
{
    switch (a->kind) {
    case BRASA_NODE_SCAN: return same_scan(a, b);
    case BRASA_NODE_PROJECT: return same_list(a->u.project.exprs, b->u.project.exprs, a->schema.ncols);
    case BRASA_NODE_FILTER: return same_expr(a->u.filter.test, b->u.filter.test);
    case BRASA_NODE_JOIN: return same_join(a, b);
    case BRASA_NODE_AGGREGATE:
        return a->u.aggregate.nkeys == b->u.aggregate.nkeys && same_list(a->u.aggregate.keys, b->u.aggregate.keys, a->u.aggregate.nkeys) &&
               same_list(a->u.aggregate.aggs, b->u.aggregate.aggs, a->u.aggregate.naggs);
    case BRASA_NODE_SORT:
        return a->u.sort.nkeys == b->u.sort.nkeys && a->u.sort.limit == b->u.sort.limit && a->u.sort.offset == b->u.sort.offset &&
               same_order(a->u.sort.keys, b->u.sort.keys, a->u.sort.nkeys);
    case BRASA_NODE_LIMIT: return a->u.limit.limit == b->u.limit.limit && a->u.limit.offset == b->u.limit.offset;
    case BRASA_NODE_UNION: return true;
    case BRASA_NODE_CACHED: return same_cached(a, b);
    case BRASA_NODE_RANGE:
        return a->u.range.start == b->u.range.start && a->u.range.end == b->u.range.end && a->u.range.step == b->u.range.step &&
               a->u.range.nparts == b->u.range.nparts;
    case BRASA_NODE_VALUES:
    case BRASA_NODE_SAMPLE:
    case BRASA_NODE_REPARTITION:
    case BRASA_NODE_EXPLODE:
    case BRASA_NODE_MAP:
    case BRASA_NODE_WINDOW:
    case BRASA_NODE_COUNT: return false; /* rare, or not the same twice */
    }
    return false;
}

static bool same_node(const brasa_node *a, const brasa_node *b)
{
    if (a->kind != b->kind || a->ninputs != b->ninputs || a->schema.ncols != b->schema.ncols) return false;
    for (int32_t i = 0; i < a->ninputs; i++) {
        if (a->inputs[i] != b->inputs[i]) return false;
    }
    return same_payload(a, b);
}

static const brasa_node *share_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    sharer *s = arg;

    for (int32_t i = 0; i < s->n; i++) {
        if (same_node(s->nodes[i], n)) return s->nodes[i];
    }
    s->nodes = brasa__arena_grow(arena, s->nodes, &s->cap, s->n + 1, sizeof *s->nodes);
    s->nodes[s->n++] = n;
    return n;
}

const brasa_node *opt_share(brasa_opt *o, const brasa_node *n)
{
    sharer s = {.o = o};

    return brasa__node_rewrite(o->arena, n, share_node, &s);
}

/* ---- numbers ---- */

typedef struct numberer {
    brasa_opt *o;
    int32_t    next;
} numberer;

static const brasa_node *number_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    numberer   *x = arg;
    brasa_node *now = brasa__node_copy(arena, n, NULL);

    now->id = x->next++;
    return now;
}

static const brasa_node *estimate_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    brasa_opt *o = arg;

    (void)arena;
    ((brasa_node *)(uintptr_t)n)->rows = brasa__estimate(o->estimator, n)->rows; /* ours: made by number_node */
    return n;
}

const brasa_node *opt_number(brasa_opt *o, const brasa_node *n)
{
    numberer x = {o, 1};

    n = brasa__node_rewrite(o->arena, n, number_node, &x);
    return brasa__node_rewrite(o->arena, n, estimate_node, o);
}
