/* empty.c -- what can give no rows is replaced by no rows, and what stands on it follows. */
#include "opt/inner.h"

static bool is_empty(const brasa_node *n)
{
    return n->kind == BRASA_NODE_VALUES && n->u.values.nrows == 0;
}

/* The left columns as they are, nulls for the right's (or the other way round). */
static const brasa_node *pad(brasa_opt *o, const brasa_node *n, int32_t kept_side)
{
    const brasa_node  *in = n->inputs[kept_side];
    int32_t            nl = n->inputs[0]->schema.ncols, ncols = n->schema.ncols;
    const brasa_expr **exprs = BRASA_NEWS(o->arena, const brasa_expr *, ncols + 1);
    const char       **names = BRASA_NEWS(o->arena, const char *, ncols + 1);

    for (int32_t i = 0; i < ncols; i++) {
        bool        kept = (i < nl) == (kept_side == 0);
        brasa_value null = {.type = n->schema.cols[i].type, .null = true};
        exprs[i] = kept ? brasa__node_ref(o->arena, in, kept_side == 0 ? i : i - nl) : brasa__expr_literal(o->arena, &null);
        names[i] = n->schema.cols[i].name;
    }
    return brasa__make_project(o->arena, n, in, exprs, names, ncols);
}

static const brasa_node *mark_none(brasa_opt *o, const brasa_node *n)
{
    const brasa_node  *in = n->inputs[0];
    int32_t            ncols = n->schema.ncols;
    const brasa_expr **exprs = BRASA_NEWS(o->arena, const brasa_expr *, ncols + 1);
    const char       **names = BRASA_NEWS(o->arena, const char *, ncols + 1);

    for (int32_t i = 0; i < ncols; i++) {
        exprs[i] = i < ncols - 1 ? brasa__node_ref(o->arena, in, i) : opt_bool(o, false);
        names[i] = n->schema.cols[i].name;
    }
    return brasa__make_project(o->arena, n, in, exprs, names, ncols);
}

static const brasa_node *empty_join(brasa_opt *o, const brasa_node *n)
{
    bool l = is_empty(n->inputs[0]), r = is_empty(n->inputs[1]), both = l && r;

    if (!l && !r) return n;
    switch (n->u.join.type) {
    case BRASA_JOIN_INNER:
    case BRASA_JOIN_CROSS:
    case BRASA_JOIN_SEMI: return brasa__make_empty(o->arena, n);
    case BRASA_JOIN_LEFT:
    case BRASA_JOIN_SINGLE: return l ? brasa__make_empty(o->arena, n) : pad(o, n, 0);
    case BRASA_JOIN_RIGHT: return r ? brasa__make_empty(o->arena, n) : pad(o, n, 1);
    case BRASA_JOIN_FULL: return both ? brasa__make_empty(o->arena, n) : pad(o, n, l ? 1 : 0);
    case BRASA_JOIN_ANTI: return l ? brasa__make_empty(o->arena, n) : n->inputs[0];
    case BRASA_JOIN_MARK: return l ? brasa__make_empty(o->arena, n) : mark_none(o, n);
    }
    return n;
}

static const brasa_node *empty_union(brasa_opt *o, const brasa_node *n)
{
    const brasa_node **inputs = BRASA_NEWS(o->arena, const brasa_node *, n->ninputs + 1);
    int32_t            m = 0;

    for (int32_t k = 0; k < n->ninputs; k++) {
        if (!is_empty(n->inputs[k])) inputs[m++] = n->inputs[k];
    }
    if (m == n->ninputs) return n;
    if (m == 0) return brasa__make_empty(o->arena, n);
    brasa_node *now = brasa__node_copy(o->arena, n, NULL);
    now->ninputs = m;
    now->inputs = inputs;
    brasa__node_reschema(o->arena, now);
    return now;
}

static const brasa_node *empty_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    brasa_opt *o = arg;

    (void)arena;
    switch (n->kind) {
    case BRASA_NODE_FILTER: return is_empty(n->inputs[0]) || opt_is_false(n->u.filter.test) ? brasa__make_empty(o->arena, n) : n;
    case BRASA_NODE_LIMIT: return n->u.limit.limit == 0 || is_empty(n->inputs[0]) ? brasa__make_empty(o->arena, n) : n;
    case BRASA_NODE_AGGREGATE: return n->u.aggregate.nkeys > 0 && is_empty(n->inputs[0]) ? brasa__make_empty(o->arena, n) : n;
    case BRASA_NODE_JOIN: return empty_join(o, n);
    case BRASA_NODE_UNION: return empty_union(o, n);
    case BRASA_NODE_PROJECT:
    case BRASA_NODE_SORT:
    case BRASA_NODE_SAMPLE:
    case BRASA_NODE_REPARTITION:
    case BRASA_NODE_EXPLODE:
    case BRASA_NODE_WINDOW: return is_empty(n->inputs[0]) ? brasa__make_empty(o->arena, n) : n;
    case BRASA_NODE_SCAN:
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE:
    case BRASA_NODE_CACHED:
    case BRASA_NODE_MAP:
    case BRASA_NODE_COUNT: break;
    }
    return n;
}

const brasa_node *opt_empty(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, empty_node, o);
}
