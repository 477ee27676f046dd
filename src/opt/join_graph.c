/* join_graph.c -- collecting a cluster of inner joins, and the sizes of its parts. */
#include "opt/join_graph.h"

#include <string.h>

#include "opt/push_filters.h"

/* May n be taken apart?  What the user has fixed, what is shared and what is not an inner join stays whole. */
static bool is_inner(const graph *g, const brasa_node *n)
{
    if (n->kind != BRASA_NODE_JOIN || opt_is_shared(g->o, n) || n->u.join.strategy != BRASA_STRATEGY_AUTO) return false;
    return n->u.join.type == BRASA_JOIN_INNER || n->u.join.type == BRASA_JOIN_CROSS;
}

static bool all_deterministic(const brasa_node *n)
{
    for (int32_t i = 0; i < n->schema.ncols; i++) {
        if (!brasa__expr_is_deterministic(n->u.project.exprs[i])) return false;
    }
    return true;
}

/* Is there an inner join below projections and filters that can be looked through? */
static bool leads_to_join(const graph *g, const brasa_node *n)
{
    for (;;) {
        if (is_inner(g, n)) return true;
        if (opt_is_shared(g->o, n)) return false;
        if (n->kind == BRASA_NODE_PROJECT && all_deterministic(n))
            n = n->inputs[0];
        else if (n->kind == BRASA_NODE_FILTER && brasa__expr_is_deterministic(n->u.filter.test))
            n = n->inputs[0];
        else
            return false;
    }
}

static bool add_relation(graph *g, const brasa_node *n, const brasa_expr ***out)
{
    if (g->nrels == GRAPH_MOST) return false;
    g->rels = brasa__arena_grow(g->o->arena, g->rels, &g->rels_cap, g->nrels + 1, sizeof *g->rels);
    g->rels[g->nrels++] = (relation) {.node = n, .first = g->ncols};
    *out = BRASA_NEWS(g->o->arena, const brasa_expr *, n->schema.ncols + 1);
    for (int32_t i = 0; i < n->schema.ncols; i++) (*out)[i] = brasa__schema_ref(g->o->arena, n->schema, i, g->ncols);
    g->ncols += n->schema.ncols;
    return true;
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

static bool collect_join(graph *g, const brasa_node *n, const brasa_expr ***out)
{
    const brasa_expr **l, **r;
    int32_t            nl = n->inputs[0]->schema.ncols, nr = n->inputs[1]->schema.ncols;

    if (!graph_collect(g, n->inputs[0], &l) || !graph_collect(g, n->inputs[1], &r)) return false;
    *out = BRASA_NEWS(g->o->arena, const brasa_expr *, nl + nr + 1);
    memcpy(*out, l, sizeof *l * (size_t)nl);
    memcpy(*out + nl, r, sizeof *r * (size_t)nr);
    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        add_edge(g, put_in(g, n->u.join.left_keys[i], l), put_in(g, n->u.join.right_keys[i], r),
                 n->u.join.null_equal && n->u.join.null_equal[i]);
    }
    if (n->u.join.residual) conjuncts_add(g->o, &g->others, put_in(g, n->u.join.residual, *out));
    return true;
}

bool graph_collect(graph *g, const brasa_node *n, const brasa_expr ***out)
{
    const brasa_expr **below;

    if (is_inner(g, n)) return collect_join(g, n, out);
    if (!leads_to_join(g, n)) return add_relation(g, n, out);
    if (!graph_collect(g, n->inputs[0], &below)) return false;
    if (n->kind == BRASA_NODE_FILTER) {
        conjuncts_add(g->o, &g->others, put_in(g, n->u.filter.test, below));
        *out = below;
        return true;
    }
    *out = BRASA_NEWS(g->o->arena, const brasa_expr *, n->schema.ncols + 1);
    for (int32_t i = 0; i < n->schema.ncols; i++) (*out)[i] = put_in(g, n->u.project.exprs[i], below);
    return true;
}

int32_t graph_relation(const graph *g, int32_t col)
{
    int32_t r = g->nrels - 1;

    while (r > 0 && g->rels[r].first > col) r--;
    return r;
}

typedef struct masker {
    const graph *g;
    uint64_t     mask;
} masker;

static bool mask_ref(void *arg, const brasa_expr *e)
{
    masker *m = arg;

    if (e->kind == BRASA_EXPR_REF) m->mask |= (uint64_t)1 << graph_relation(m->g, e->index);
    return true;
}

uint64_t graph_mask(const graph *g, const brasa_expr *e)
{
    masker m = {g, 0};

    brasa__expr_walk(e, mask_ref, &m);
    return m.mask;
}

static const brasa_col_estimate *column_known(const graph *g, int32_t col)
{
    const relation *r = &g->rels[graph_relation(g, col)];

    return &r->est->cols[col - r->first];
}

/* Of an expression over one relation: as many values as its columns have, together, but no more than rows. */
static brasa_col_estimate expr_known(const graph *g, const brasa_expr *e, uint64_t mask)
{
    double d = 1, rows = 1;

    if (e->kind == BRASA_EXPR_REF) return *column_known(g, e->index);
    if (e->kind == BRASA_EXPR_CAST && e->args[0]->kind == BRASA_EXPR_REF) {
        brasa_col_estimate c = expr_known(g, e->args[0], mask);
        c.has_range = false; /* of another type */
        return c;
    }
    for (int32_t i = 0; i < g->nrels; i++) {
        if (mask >> i & 1) rows *= g->rels[i].est->rows;
    }
    for (int32_t i = 0; i < e->nargs; i++) d *= expr_known(g, e->args[i], mask).distinct;
    d = d < rows ? d : rows < 1 ? 1 : rows;
    return (brasa_col_estimate) {.distinct = d, .base = d};
}

static int32_t find_group(const graph *g, int32_t col)
{
    for (int32_t k = 0; k < g->ngroups; k++) {
        for (int32_t i = 0; i < g->groups[k].n; i++) {
            if (g->groups[k].cols[i] == col) return k;
        }
    }
    return -1;
}

static void group_add(graph *g, column_group *k, int32_t col)
{
    k->cols = brasa__arena_grow(g->o->arena, k->cols, &k->cap, k->n + 1, sizeof *k->cols);
    k->cols[k->n++] = col;
}

/* Put two equal columns into one group. */
static int32_t unite(graph *g, int32_t a, int32_t b)
{
    int32_t ga = find_group(g, a), gb = find_group(g, b);

    if (ga < 0 && gb < 0) {
        g->groups = brasa__arena_grow(g->o->arena, g->groups, &g->groups_cap, g->ngroups + 1, sizeof *g->groups);
        g->groups[g->ngroups] = (column_group) {.n = 0};
        ga = g->ngroups++;
        group_add(g, &g->groups[ga], a);
    }
    if (ga < 0) {
        group_add(g, &g->groups[gb], a);
        return gb;
    }
    if (gb < 0) {
        group_add(g, &g->groups[ga], b);
        return ga;
    }
    for (int32_t i = 0; ga != gb && i < g->groups[gb].n; i++) group_add(g, &g->groups[ga], g->groups[gb].cols[i]);
    if (ga != gb) g->groups[gb].n = 0;
    return ga;
}

/* A condition "a = b" over two sets of relations is an edge too. */
static void promote_edges(graph *g)
{
    conjuncts rest = {.n = 0};

    for (int32_t i = 0; i < g->others.n; i++) {
        const brasa_expr *e = g->others.items[i];
        bool              null_equal = brasa__is_call(e, "<=>");
        bool              equal = (null_equal || brasa__is_call(e, "=")) && brasa__expr_is_deterministic(e);
        uint64_t          a = equal ? graph_mask(g, e->args[0]) : 0, b = equal ? graph_mask(g, e->args[1]) : 0;
        if (a && b && !(a & b))
            add_edge(g, e->args[0], e->args[1], null_equal);
        else
            conjuncts_add(g->o, &rest, e);
    }
    g->others = rest;
}

/* Of all combinations of rows, those whose columns of the group are equal. */
static double group_selectivity(const column_group *k, uint64_t set)
{
    double             s = 1;
    bool               any = false;
    brasa_col_estimate met;

    for (int32_t i = 0; i < k->n; i++) {
        if (!(set >> k->rels[i] & 1)) continue;
        if (any) {
            s *= brasa__join_share(&met, k->known[i]);
            met = brasa__join_meet(&met, k->known[i]);
        } else {
            met = *k->known[i];
        }
        any = true;
    }
    return s;
}

static void finish_groups(graph *g)
{
    for (int32_t k = 0; k < g->ngroups; k++) {
        column_group *x = &g->groups[k];
        x->rels = BRASA_NEWS(g->o->arena, int32_t, x->n + 1);
        x->known = BRASA_NEWS(g->o->arena, const brasa_col_estimate *, x->n + 1);
        for (int32_t i = 0; i < x->n; i++) {
            x->rels[i] = graph_relation(g, x->cols[i]);
            x->known[i] = column_known(g, x->cols[i]);
            x->mask |= (uint64_t)1 << x->rels[i];
        }
    }
}

/* Several keys between the same two relations are rarely independent: together never below one match per row of the larger. */
static double pair_boost(const graph *g, int32_t a, int32_t b)
{
    uint64_t pair = (uint64_t)1 << a | (uint64_t)1 << b;
    double   s = 1, ra = g->rels[a].est->base, rb = g->rels[b].est->base, rows = ra > rb ? ra : rb;
    int32_t  n = 0;

    for (int32_t k = 0; k < g->ngroups; k++) {
        double x = group_selectivity(&g->groups[k], pair);
        if (x < 1) n++, s *= x;
    }
    return n > 1 && rows >= 1 && s < 1 / rows ? 1 / rows / s : 1;
}

static void finish_pairs(graph *g)
{
    g->pairs = BRASA_NEWS(g->o->arena, double, g->nrels * g->nrels);
    for (int32_t a = 0; a < g->nrels; a++) {
        for (int32_t b = a + 1; b < g->nrels; b++) g->pairs[a * g->nrels + b] = pair_boost(g, a, b);
    }
}

void graph_finish(graph *g)
{
    promote_edges(g);
    for (int32_t i = 0; i < g->nrels; i++) g->rels[i].est = brasa__estimate(g->o->estimator, g->rels[i].node);
    for (int32_t i = 0; i < g->nedges; i++) {
        edge *e = &g->edges[i];
        e->ma = graph_mask(g, e->a);
        e->mb = graph_mask(g, e->b);
        brasa_col_estimate a = expr_known(g, e->a, e->ma), b = expr_known(g, e->b, e->mb);
        e->share = brasa__join_share(&a, &b);
        if (!e->null_equal && e->a->kind == BRASA_EXPR_REF && e->b->kind == BRASA_EXPR_REF) e->group = unite(g, e->a->index, e->b->index);
    }
    finish_groups(g);
    finish_pairs(g);
    g->masks = BRASA_NEWS(g->o->arena, uint64_t, g->others.n + 1);
    for (int32_t i = 0; i < g->others.n; i++) g->masks[i] = graph_mask(g, g->others.items[i]);
}

double graph_rows(const graph *g, uint64_t set)
{
    double rows = 1;

    for (int32_t i = 0; i < g->nrels; i++) {
        if (set >> i & 1) rows *= g->rels[i].est->rows;
    }
    for (int32_t k = 0; k < g->ngroups; k++) rows *= group_selectivity(&g->groups[k], set);
    for (int32_t i = 0; i < g->nedges; i++) {
        const edge *e = &g->edges[i];
        if (e->group >= 0 || ((e->ma | e->mb) & ~set)) continue;
        rows *= e->share;
    }
    for (int32_t i = 0; i < g->others.n; i++) {
        if (!(g->masks[i] & ~set)) rows *= 0.5;
    }
    for (int32_t a = 0; a < g->nrels; a++) {
        for (int32_t b = a + 1; b < g->nrels && (set >> a & 1); b++) {
            if (set >> b & 1) rows *= g->pairs[a * g->nrels + b];
        }
    }
    return rows;
}

bool graph_connected(const graph *g, uint64_t a, uint64_t b)
{
    for (int32_t k = 0; k < g->ngroups; k++) {
        if ((g->groups[k].mask & a) && (g->groups[k].mask & b)) return true;
    }
    for (int32_t i = 0; i < g->nedges; i++) {
        const edge *e = &g->edges[i];
        if (e->group >= 0) continue;
        if (!(e->ma & ~a) && !(e->mb & ~b)) return true;
        if (!(e->ma & ~b) && !(e->mb & ~a)) return true;
    }
    return false;
}
