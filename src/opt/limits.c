/* limits.c -- limits near the data, and sorts that nobody sees.
 *
 * A limit over a sort is a top-N; limits go below projections, into the branches of a union and below joins that keep every row.  A sort below a
 * node that does not keep the order of its rows is dropped.
 */
#include "expr/agg.h"
#include "opt/inner.h"

static int64_t plus(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static const brasa_node *limit_limit(brasa_opt *o, const brasa_node *n, int64_t limit, int64_t offset)
{
    int64_t inner = n->u.limit.limit, left = inner < 0 ? -1 : inner > offset ? inner - offset : 0;

    if (limit < 0 || (left >= 0 && left < limit)) limit = left;
    return brasa__make_limit(o->arena, n, n->inputs[0], limit, plus(n->u.limit.offset, offset));
}

static const brasa_node *limit_sort(brasa_opt *o, const brasa_node *n, int64_t limit, int64_t offset)
{
    brasa_node *now = brasa__node_copy(o->arena, n, NULL);

    now->u.sort.limit = limit;
    now->u.sort.offset = offset;
    now->rows = -1;
    return now;
}

static const brasa_node *bound(brasa_opt *o, const brasa_node *n, int64_t rows);

/* A limit above n: pushed into it as far as it goes.  NULL: nothing to be done. */
static const brasa_node *push_limit(brasa_opt *o, const brasa_node *n, int64_t limit, int64_t offset)
{
    if (opt_is_shared(o, n)) return NULL;
    if (n->kind == BRASA_NODE_LIMIT) return limit_limit(o, n, limit, offset);
    if (n->kind == BRASA_NODE_SORT && n->u.sort.limit < 0 && limit >= 0) return limit_sort(o, n, limit, offset);
    if (n->kind == BRASA_NODE_PROJECT) {
        const brasa_node *in = push_limit(o, n->inputs[0], limit, offset);
        if (in == NULL) in = brasa__make_limit(o->arena, n, n->inputs[0], limit, offset);
        return brasa__node_with_input(o->arena, n, in);
    }
    if (limit < 0) return NULL;
    const brasa_node *fewer = bound(o, n, plus(limit, offset));
    return fewer ? brasa__make_limit(o->arena, n, fewer, limit, offset) : NULL;
}

static const brasa_node *at_most(brasa_opt *o, const brasa_node *n, int64_t rows)
{
    const brasa_node *now = push_limit(o, n, rows, 0);

    if (now) return now;
    if (n->kind == BRASA_NODE_VALUES && n->u.values.nrows <= rows) return n;
    return brasa__make_limit(o->arena, n, n, rows, 0);
}

/* n cut so that its first rows are still there; NULL: it cannot be. */
static const brasa_node *bound(brasa_opt *o, const brasa_node *n, int64_t rows)
{
    const brasa_node **inputs = BRASA_NEWS(o->arena, const brasa_node *, n->ninputs + 1);

    if (n->kind == BRASA_NODE_UNION) {
        for (int32_t k = 0; k < n->ninputs; k++) inputs[k] = at_most(o, n->inputs[k], rows);
        return brasa__node_with_inputs(o->arena, n, inputs);
    }
    if (n->kind == BRASA_NODE_JOIN && (n->u.join.type == BRASA_JOIN_LEFT || n->u.join.type == BRASA_JOIN_MARK)) {
        if (n->inputs[0]->kind == BRASA_NODE_LIMIT && n->inputs[0]->u.limit.limit >= 0 && n->inputs[0]->u.limit.limit <= rows) return NULL;
        inputs[0] = at_most(o, n->inputs[0], rows);
        inputs[1] = n->inputs[1];
        return brasa__node_with_inputs(o->arena, n, inputs);
    }
    return NULL;
}

/* Does the node give the same rows whatever the order of its inputs? */
static bool ignores_order(const brasa_node *n)
{
    for (int32_t i = 0; n->kind == BRASA_NODE_AGGREGATE && i < n->u.aggregate.naggs; i++) {
        const brasa_expr *a = n->u.aggregate.aggs[i];
        if (a->agg->ordered && a->norder == 0) return false;
    }
    return n->kind == BRASA_NODE_AGGREGATE || n->kind == BRASA_NODE_JOIN || n->kind == BRASA_NODE_SORT;
}

/* n without the sort on top, which may stand below projections and filters; n itself when there is none. */
static const brasa_node *unsorted(brasa_opt *o, const brasa_node *n)
{
    if (opt_is_shared(o, n)) return n;
    if (n->kind == BRASA_NODE_SORT && n->u.sort.limit < 0) return unsorted(o, n->inputs[0]);
    if (n->kind != BRASA_NODE_PROJECT && n->kind != BRASA_NODE_FILTER) return n;
    const brasa_node *in = unsorted(o, n->inputs[0]);
    return in == n->inputs[0] ? n : brasa__node_with_input(o->arena, n, in);
}

static const brasa_node *drop_sorts(brasa_opt *o, const brasa_node *n)
{
    const brasa_node **inputs = BRASA_NEWS(o->arena, const brasa_node *, n->ninputs + 1);
    bool               changed = false;

    if (!ignores_order(n)) return n;
    for (int32_t i = 0; i < n->ninputs; i++) {
        inputs[i] = unsorted(o, n->inputs[i]);
        changed |= inputs[i] != n->inputs[i];
    }
    return changed ? brasa__node_with_inputs(o->arena, n, inputs) : n;
}

static const brasa_node *limit_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    (void)arena;
    if (n->kind != BRASA_NODE_LIMIT) return drop_sorts(arg, n);
    if (n->u.limit.limit < 0 && n->u.limit.offset == 0) return n->inputs[0];
    const brasa_node *now = push_limit(arg, n->inputs[0], n->u.limit.limit, n->u.limit.offset);
    return now ? now : n;
}

const brasa_node *opt_limits(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, limit_node, o);
}
