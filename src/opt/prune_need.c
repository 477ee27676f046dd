/* prune_need.c -- which columns of each node somebody uses: the union over all its users. */
#include <assert.h>

#include "base/hash.h"
#include "data/type.h"
#include "opt/prune.h"

need *need_of(const pruner *p, const brasa_node *n)
{
    return (need *)(uintptr_t)brasa__node_set_get(&p->needs, n);
}

static void count_users(pruner *p, const brasa_node *n)
{
    for (int32_t i = 0; i < n->ninputs; i++) {
        const brasa_node *in = n->inputs[i];
        need             *x = need_of(p, in);
        bool              first = x == NULL;
        if (first) {
            x = BRASA_NEW(p->o->arena, need);
            x->cols = BRASA_NEWS(p->o->arena, uint64_t, brasa__bit_words(in->schema.ncols) + 1);
            brasa__node_set_add(&p->needs, in, x);
        }
        x->users++;
        if (first) count_users(p, in);
    }
}

/* The union of both sides' needs from an expression over them side by side. */
static void need_expr(pruner *p, const brasa_node *n, const brasa_expr *e)
{
    if (e == NULL) return;
    int32_t   nl = n->inputs[0]->schema.ncols, all = nl + (n->ninputs > 1 && n->kind == BRASA_NODE_JOIN ? n->inputs[1]->schema.ncols : 0);
    uint64_t *bits = brasa__refs_of(p->o->arena, e, all);
    for (int32_t i = 0; i < all; i++) {
        if (!brasa__bit_get(bits, i)) continue;
        if (i < nl)
            brasa__bit_set(need_of(p, n->inputs[0])->cols, i);
        else
            brasa__bit_set(need_of(p, n->inputs[1])->cols, i - nl);
    }
}

static void need_list(pruner *p, const brasa_node *n, const brasa_expr *const *list, int32_t count)
{
    for (int32_t i = 0; list && i < count; i++) need_expr(p, n, list[i]);
}

static void need_order(pruner *p, const brasa_node *n, const brasa_order *list, int32_t count)
{
    for (int32_t i = 0; list && i < count; i++) need_expr(p, n, list[i].expr);
}

/* Output columns that are the input's. */
static void need_same(pruner *p, const brasa_node *n, const need *mine, int32_t ncols)
{
    for (int32_t i = 0; i < ncols; i++) {
        if (brasa__bit_get(mine->cols, i)) brasa__bit_set(need_of(p, n->inputs[0])->cols, i);
    }
}

static void need_all(pruner *p, const brasa_node *n)
{
    for (int32_t k = 0; k < n->ninputs; k++) {
        for (int32_t i = 0; i < n->inputs[k]->schema.ncols; i++) brasa__bit_set(need_of(p, n->inputs[k])->cols, i);
    }
}

static void need_join(pruner *p, const brasa_node *n, const need *mine)
{
    int32_t nl = n->inputs[0]->schema.ncols;

    need_same(p, n, mine, nl);
    for (int32_t i = nl; i < n->schema.ncols && brasa__join_has_right(n->u.join.type); i++) {
        if (brasa__bit_get(mine->cols, i)) brasa__bit_set(need_of(p, n->inputs[1])->cols, i - nl);
    }
    need_list(p, n, n->u.join.left_keys, n->u.join.nkeys);
    for (int32_t i = 0; i < n->u.join.nkeys; i++) need_expr(p, n, brasa__expr_shift(p->o->arena, n->u.join.right_keys[i], nl));
    need_expr(p, n, n->u.join.residual);
}

static void need_aggregate(pruner *p, const brasa_node *n, const need *mine)
{
    need_list(p, n, n->u.aggregate.keys, n->u.aggregate.nkeys);
    for (int32_t i = 0; i < n->u.aggregate.naggs; i++) {
        if (brasa__bit_get(mine->cols, n->u.aggregate.nkeys + i)) need_expr(p, n, n->u.aggregate.aggs[i]);
    }
}

static void need_window(pruner *p, const brasa_node *n, const need *mine)
{
    int32_t first = n->inputs[0]->schema.ncols, calls = 0;

    need_same(p, n, mine, first);
    for (int32_t i = 0; i < n->u.window.ncalls; i++) {
        if (!brasa__bit_get(mine->cols, first + i)) continue;
        need_expr(p, n, n->u.window.calls[i].call);
        calls++;
    }
    if (calls == 0) return; /* nobody looks: the node goes */
    need_list(p, n, n->u.window.keys, n->u.window.nkeys);
    need_order(p, n, n->u.window.order, n->u.window.norder);
}

static void need_inputs(pruner *p, const brasa_node *n, const need *mine)
{
    switch (n->kind) {
    case BRASA_NODE_SCAN:
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE:
    case BRASA_NODE_CACHED: return;
    case BRASA_NODE_PROJECT:
        for (int32_t i = 0; i < n->schema.ncols; i++) {
            if (brasa__bit_get(mine->cols, i)) need_expr(p, n, n->u.project.exprs[i]);
        }
        return;
    case BRASA_NODE_FILTER:
        need_same(p, n, mine, n->schema.ncols);
        need_expr(p, n, n->u.filter.test);
        return;
    case BRASA_NODE_JOIN: need_join(p, n, mine); return;
    case BRASA_NODE_AGGREGATE: need_aggregate(p, n, mine); return;
    case BRASA_NODE_SORT:
        need_same(p, n, mine, n->schema.ncols);
        need_order(p, n, n->u.sort.keys, n->u.sort.nkeys);
        return;
    case BRASA_NODE_LIMIT:
    case BRASA_NODE_SAMPLE: need_same(p, n, mine, n->schema.ncols); return;
    case BRASA_NODE_UNION:
        for (int32_t i = 0; i < n->schema.ncols; i++) {
            for (int32_t k = 0; k < n->ninputs && brasa__bit_get(mine->cols, i); k++) brasa__bit_set(need_of(p, n->inputs[k])->cols, i);
        }
        return;
    case BRASA_NODE_REPARTITION:
        need_same(p, n, mine, n->schema.ncols);
        need_list(p, n, n->u.repartition.keys, n->u.repartition.nkeys);
        need_order(p, n, n->u.repartition.order, n->u.repartition.nkeys);
        return;
    case BRASA_NODE_EXPLODE:
        need_same(p, n, mine, n->inputs[0]->schema.ncols);
        need_expr(p, n, n->u.explode.list);
        return;
    case BRASA_NODE_MAP: need_all(p, n); return;
    case BRASA_NODE_WINDOW: need_window(p, n, mine); return;
    case BRASA_NODE_COUNT: break;
    }
    assert(false && "no such node kind");
}

/* A batch without columns has no rows to speak of: where nothing is needed, the narrowest column stays. */
static int32_t narrowest(brasa_schema s)
{
    int32_t best = 0;

    for (int32_t i = 1; i < s.ncols; i++) {
        if (brasa__type_is_nested(s.cols[i].type)) continue;
        if (brasa__type_is_nested(s.cols[best].type) || brasa__type_width(s.cols[i].type) < brasa__type_width(s.cols[best].type)) best = i;
    }
    return best;
}

static void keep_one(need *mine, int32_t ncols, int32_t which)
{
    for (int32_t i = 0; i < ncols; i++) {
        if (brasa__bit_get(mine->cols, i)) return;
    }
    if (ncols > 0) brasa__bit_set(mine->cols, which);
}

/* A node is asked once all its users have said what they need. */
static void spread(pruner *p, const brasa_node *n, need *mine)
{
    bool own = n->kind == BRASA_NODE_SCAN || n->kind == BRASA_NODE_VALUES || n->kind == BRASA_NODE_CACHED ||
               n->kind == BRASA_NODE_PROJECT || n->kind == BRASA_NODE_UNION;

    if (own || (n->kind == BRASA_NODE_AGGREGATE && n->u.aggregate.nkeys == 0)) keep_one(mine, n->schema.ncols, narrowest(n->schema));
    need_inputs(p, n, mine);
    for (int32_t i = 0; i < n->ninputs; i++) {
        need *x = need_of(p, n->inputs[i]);
        if (--x->users == 0) spread(p, n->inputs[i], x);
    }
}

void need_gather(pruner *p, const brasa_node *root)
{
    need *mine = BRASA_NEW(p->o->arena, need);

    mine->cols = BRASA_NEWS(p->o->arena, uint64_t, brasa__bit_words(root->schema.ncols) + 1);
    for (int32_t i = 0; i < root->schema.ncols; i++) brasa__bit_set(mine->cols, i);
    brasa__node_set_init(&p->needs, p->o->arena);
    brasa__node_set_add(&p->needs, root, mine);
    count_users(p, root);
    spread(p, root, mine);
}
