/* merge.c -- neighbours that do the same work become one: projections, filters, limits. */
#include "opt/inner.h"

/* Trees may grow to that many nodes by being put into one another; beyond, only when that makes them hardly larger than they were apart (many columns
 * added one by one), because squares of squares have no end. */
enum { MOST_NODES = 4000 };

static bool count_node(void *arg, const brasa_expr *e)
{
    (void)e;
    ++*(int64_t *)arg;
    return true;
}

static int64_t count_nodes(const brasa_expr *const *exprs, int32_t n)
{
    int64_t count = 0;

    for (int32_t i = 0; i < n; i++) brasa__expr_walk(exprs[i], count_node, &count);
    return count;
}

static bool is_identity(const brasa_node *n)
{
    if (n->schema.ncols != n->inputs[0]->schema.ncols) return false;
    for (int32_t i = 0; i < n->schema.ncols; i++) {
        if (n->u.project.exprs[i]->kind != BRASA_EXPR_REF || n->u.project.exprs[i]->index != i) return false;
    }
    return true;
}

/* The evaluator computes equal subtrees once, so nothing is computed twice by putting one projection into the other. */
static const brasa_node *merge_projects(brasa_opt *o, const brasa_node *n)
{
    const brasa_node  *in = n->inputs[0];
    const brasa_expr **exprs = BRASA_NEWS(o->arena, const brasa_expr *, n->schema.ncols + 1);
    int64_t            nodes = 0, most;

    if (in->kind != BRASA_NODE_PROJECT || opt_is_shared(o, in)) return n;
    for (int32_t i = 0; i < in->schema.ncols; i++) {
        if (!brasa__expr_is_deterministic(in->u.project.exprs[i])) return n;
    }
    most = (count_nodes(n->u.project.exprs, n->schema.ncols) + count_nodes(in->u.project.exprs, in->schema.ncols)) * 6 / 5;
    if (most < MOST_NODES) most = MOST_NODES;
    for (int32_t i = 0; i < n->schema.ncols; i++) {
        exprs[i] = brasa__expr_substitute(o->arena, n->u.project.exprs[i], in->u.project.exprs);
        nodes += count_nodes(&exprs[i], 1);
        if (nodes > most) return n;
    }
    brasa_node *now = brasa__node_copy(o->arena, n, in->inputs);
    now->u.project.exprs = exprs;
    return now;
}

/* The lower condition first: it may guard the upper one. */
static const brasa_node *merge_filters(brasa_opt *o, const brasa_node *n)
{
    const brasa_node *in = n->inputs[0];

    if (in->kind != BRASA_NODE_FILTER || opt_is_shared(o, in)) return n;
    brasa_node *now = brasa__node_copy(o->arena, n, in->inputs);
    now->u.filter.test = brasa__expr_and(o->arena, in->u.filter.test, n->u.filter.test);
    return now;
}

static const brasa_node *merge_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    (void)arena;
    if (n->kind == BRASA_NODE_FILTER) return opt_is_true(n->u.filter.test) ? n->inputs[0] : merge_filters(arg, n);
    if (n->kind != BRASA_NODE_PROJECT) return n;
    n = merge_projects(arg, n);
    return is_identity(n) ? n->inputs[0] : n;
}

const brasa_node *opt_merge(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, merge_node, o);
}
