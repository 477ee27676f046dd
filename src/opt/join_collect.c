/* join_collect.c -- a cluster of joins taken apart into relations and conditions.
 *
 * Inner joins, the projections and filters between them, and joins that do something to each row of their left side by itself (LEFT, SEMI, ANTI, MARK): padded or
 * multiplied, kept or dropped, marked.  Those commute with inner joins and with each other as long as what they look at is there, which is all that a conflict detector
 * (Moerkotte, Fender, Eich: On the correct and complete enumeration of the core search space, 2013) would find for them while their right side stays whole: one relation here.
 */
#include <string.h>

#include "opt/join_graph.h"

static bool is_inner(const brasa_node *n)
{
    return n->kind == BRASA_NODE_JOIN && n->u.join.strategy == BRASA_STRATEGY_AUTO &&
           (n->u.join.type == BRASA_JOIN_INNER || n->u.join.type == BRASA_JOIN_CROSS);
}

/* A join that is a function of each row of one side: not what the user has fixed, nor what gives another result each time. */
static bool is_per_row(const brasa_node *n)
{
    if (n->kind != BRASA_NODE_JOIN || n->u.join.strategy != BRASA_STRATEGY_AUTO) return false;
    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        if (!brasa__expr_is_deterministic(n->u.join.left_keys[i]) || !brasa__expr_is_deterministic(n->u.join.right_keys[i])) return false;
    }
    if (n->u.join.residual && !brasa__expr_is_deterministic(n->u.join.residual)) return false;
    switch (n->u.join.type) {
    case BRASA_JOIN_LEFT:
    case BRASA_JOIN_RIGHT:
    case BRASA_JOIN_SEMI:
    case BRASA_JOIN_ANTI:
    case BRASA_JOIN_MARK: return true;
    case BRASA_JOIN_INNER:
    case BRASA_JOIN_CROSS:
    case BRASA_JOIN_FULL:
    case BRASA_JOIN_SINGLE: return false; /* SINGLE may fail for a row that another order would have dropped */
    }
    return false;
}

bool graph_starts(const brasa_node *n)
{
    return is_inner(n) || is_per_row(n);
}

static bool all_deterministic(const brasa_node *n)
{
    for (int32_t i = 0; i < n->schema.ncols; i++) {
        if (!brasa__expr_is_deterministic(n->u.project.exprs[i])) return false;
    }
    return true;
}

/* Is there a join below projections and filters that can be looked through?  What is shared stays whole. */
static bool leads_to_join(const graph *g, const brasa_node *n)
{
    for (;;) {
        if (opt_is_shared(g->o, n)) return false;
        if (graph_starts(n)) return true;
        if (n->kind == BRASA_NODE_PROJECT && all_deterministic(n))
            n = n->inputs[0];
        else if (n->kind == BRASA_NODE_FILTER && brasa__expr_is_deterministic(n->u.filter.test))
            n = n->inputs[0];
        else
            return false;
    }
}

static relation *add_relation(graph *g, const brasa_node *n, const brasa_expr ***out)
{
    if (g->nrels == GRAPH_MOST) return NULL;
    g->rels = brasa__arena_grow(g->o->arena, g->rels, &g->rels_cap, g->nrels + 1, sizeof *g->rels);
    g->rels[g->nrels] = (relation) {.node = n, .first = g->ncols};
    *out = BRASA_NEWS(g->o->arena, const brasa_expr *, n->schema.ncols + 1);
    for (int32_t i = 0; i < n->schema.ncols; i++) (*out)[i] = brasa__schema_ref(g->o->arena, n->schema, i, g->ncols);
    g->ncols += n->schema.ncols;
    return &g->rels[g->nrels++];
}

static void add_edge(graph *g, const brasa_expr *a, const brasa_expr *b, bool null_equal)
{
    g->edges = brasa__arena_grow(g->o->arena, g->edges, &g->edges_cap, g->nedges + 1, sizeof *g->edges);
    g->edges[g->nedges++] = (edge) {.a = a, .b = b, .null_equal = null_equal, .group = -1};
}

/* e over the global columns.  One that gets too large marks the graph, which is then given up. */
static const brasa_expr *put_in(graph *g, const brasa_expr *e, const brasa_expr *const *below)
{
    g->too_large |= opt_too_large(e, below);
    return g->too_large ? e : brasa__expr_substitute(g->o->arena, e, below);
}

static bool collect(graph *g, const brasa_node *n, const brasa_expr ***out);

/* Columns of a join's inputs side by side. */
static const brasa_expr **side_by_side(graph *g, const brasa_node *n, const brasa_expr *const *l, const brasa_expr *const *r)
{
    int32_t            nl = n->inputs[0]->schema.ncols, nr = n->inputs[1]->schema.ncols;
    const brasa_expr **both = BRASA_NEWS(g->o->arena, const brasa_expr *, nl + nr + 1);

    if (nl > 0) memcpy(both, l, sizeof *l * (size_t)nl);
    if (nr > 0) memcpy(both + nl, r, sizeof *r * (size_t)nr);
    return both;
}

static bool collect_inner(graph *g, const brasa_node *n, const brasa_expr ***out)
{
    const brasa_expr **l, **r;

    if (!collect(g, n->inputs[0], &l) || !collect(g, n->inputs[1], &r)) return false;
    *out = side_by_side(g, n, l, r);
    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        add_edge(g, put_in(g, n->u.join.left_keys[i], l), put_in(g, n->u.join.right_keys[i], r),
                 n->u.join.null_equal && n->u.join.null_equal[i]);
    }
    if (n->u.join.residual) conjuncts_add(g->o, &g->others, put_in(g, n->u.join.residual, *out));
    return true;
}

/* What a relation looks at, with what that needs; without anything of its own: all that its join had on its left. */
static void find_needs(graph *g, relation *x, int32_t before, const brasa_node *n)
{
    uint64_t self = (uint64_t)1 << (x - g->rels), found = x->residual ? graph_mask(g, x->residual) & ~self : 0;

    for (int32_t i = 0; i < n->u.join.nkeys; i++) found |= graph_mask(g, x->keys[i]);
    if (found == 0) found = (self - 1) & ~(((uint64_t)1 << before) - 1);
    x->needs = found;
    for (int32_t i = 0; i < g->nrels; i++) {
        if (found >> i & 1) x->needs |= g->rels[i].needs;
    }
}

/* The join's output over global columns: those of x as it gives them, which may be null where the relation's are not. */
static const brasa_expr **outputs(graph *g, const relation *x, const brasa_expr *const *kept)
{
    const brasa_node  *n = x->op;
    bool               turned = n->u.join.type == BRASA_JOIN_RIGHT;
    const brasa_expr **out = BRASA_NEWS(g->o->arena, const brasa_expr *, n->schema.ncols + 1);
    int32_t            nk = n->inputs[turned]->schema.ncols, from = turned ? n->schema.ncols - nk : 0;

    for (int32_t i = 0; i < n->schema.ncols; i++) {
        bool theirs = i >= from && i < from + nk;
        out[i] = theirs ? kept[i - from] : brasa__schema_ref(g->o->arena, n->schema, i, x->first - (turned ? 0 : nk));
    }
    return out;
}

static bool collect_per_row(graph *g, const brasa_node *n, const brasa_expr ***out)
{
    bool                     turned = n->u.join.type == BRASA_JOIN_RIGHT;
    const brasa_expr *const *keys = turned ? n->u.join.right_keys : n->u.join.left_keys;
    const brasa_expr       **kept, **looked, **mine = BRASA_NEWS(g->o->arena, const brasa_expr *, n->u.join.nkeys + 1);
    int32_t                  before = g->nrels;

    if (!collect(g, n->inputs[turned], &kept)) return false;
    relation *x = add_relation(g, n->inputs[!turned], &looked);
    if (x == NULL) return false;
    for (int32_t i = 0; i < n->u.join.nkeys; i++) mine[i] = put_in(g, keys[i], kept);
    x->op = n;
    x->keys = mine;
    if (n->u.join.residual)
        x->residual = put_in(g, n->u.join.residual, turned ? side_by_side(g, n, looked, kept) : side_by_side(g, n, kept, looked));
    find_needs(g, x, before, n);
    if (n->u.join.type == BRASA_JOIN_MARK) g->ncols++; /* the mark comes after the columns of the relation */
    *out = outputs(g, x, kept);
    if (n->u.join.type == BRASA_JOIN_MARK) {
        int32_t mark = n->schema.ncols - 1;
        (*out)[mark] = brasa__schema_ref(g->o->arena, n->schema, mark, g->ncols - 1 - mark);
    }
    return true;
}

static bool collect_join(graph *g, const brasa_node *n, const brasa_expr ***out)
{
    return is_inner(n) ? collect_inner(g, n, out) : collect_per_row(g, n, out);
}

static bool collect(graph *g, const brasa_node *n, const brasa_expr ***out)
{
    const brasa_expr **below;

    if (!leads_to_join(g, n)) return add_relation(g, n, out) != NULL;
    if (graph_starts(n)) return collect_join(g, n, out);
    if (!collect(g, n->inputs[0], &below)) return false;
    if (n->kind == BRASA_NODE_FILTER) {
        conjuncts_add(g->o, &g->others, put_in(g, n->u.filter.test, below));
        *out = below;
        return true;
    }
    *out = BRASA_NEWS(g->o->arena, const brasa_expr *, n->schema.ncols + 1);
    for (int32_t i = 0; i < n->schema.ncols; i++) (*out)[i] = put_in(g, n->u.project.exprs[i], below);
    return true;
}

bool graph_collect(graph *g, const brasa_node *n, const brasa_expr ***out)
{
    return collect_join(g, n, out);
}
