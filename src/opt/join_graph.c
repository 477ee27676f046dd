/* join_graph.c -- a cluster of joins: what ties its relations, and the sizes of its parts. */
#include "opt/join_graph.h"

#include <math.h>

static bool is_single(uint64_t set)
{
    return (set & (set - 1)) == 0;
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

    return &r->cols[col - r->first];
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
        if (mask >> i & 1) rows *= g->rels[i].rows;
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

/* With what they need. */
static uint64_t closed(const graph *g, uint64_t set)
{
    uint64_t all = set;

    for (uint64_t rest = set; rest; rest &= rest - 1) all |= g->rels[__builtin_ctzll(rest)].needs;
    return all;
}

/* Edges are what ties two sides; a condition "a = b" over two sets of relations is one, too, and one whose sides need the same is none. */
static void sort_edges(graph *g)
{
    conjuncts conditions = g->others;
    edge     *edges = g->edges;
    int32_t   n = g->nedges;

    g->edges = NULL;
    g->others = (conjuncts) {.n = 0};
    g->nedges = g->edges_cap = 0;
    for (int32_t i = 0; i < n + conditions.n; i++) {
        const brasa_expr *e = i < n ? NULL : conditions.items[i - n];
        bool              null_equal = i < n ? edges[i].null_equal : brasa__is_call(e, "<=>");
        bool              equal = i < n || ((null_equal || brasa__is_call(e, "=")) && brasa__expr_is_deterministic(e));
        edge              x = {.a = i < n ? edges[i].a : equal ? e->args[0] : NULL, .b = i < n ? edges[i].b : equal ? e->args[1] : NULL};
        x.null_equal = null_equal;
        x.group = -1;
        x.ma = equal ? closed(g, graph_mask(g, x.a)) : 0;
        x.mb = equal ? closed(g, graph_mask(g, x.b)) : 0;
        if (x.ma && x.mb && !(x.ma & x.mb)) {
            g->edges = brasa__arena_grow(g->o->arena, g->edges, &g->edges_cap, g->nedges + 1, sizeof *g->edges);
            g->edges[g->nedges++] = x;
            continue;
        }
        const brasa_expr *args[] = {x.a, x.b};
        conjuncts_add(g->o, &g->others, e ? e : brasa__bound_call(g->o->arena, null_equal ? "<=>" : "=", args, 2));
    }
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

/* Several keys between the same two relations are rarely independent: together never below a match for each row of something between the larger (its key) and the smaller (whose
 * key the larger refers to). */
static double pair_boost(const graph *g, int32_t a, int32_t b)
{
    uint64_t pair = (uint64_t)1 << a | (uint64_t)1 << b;
    double   s = 1, ra = g->rels[a].base, rb = g->rels[b].base, rows = sqrt(ra * rb);
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

static void estimate_relation(graph *g, relation *x)
{
    const brasa_node_estimate *est = brasa__estimate(g->o->estimator, x->node);
    brasa_col_estimate        *cols = BRASA_NEWS(g->o->arena, brasa_col_estimate, x->node->schema.ncols + 1);

    for (int32_t i = 0; i < x->node->schema.ncols; i++) cols[i] = est->cols[i];
    cols[x->node->schema.ncols] = (brasa_col_estimate) {.distinct = 2, .base = 2, .bytes = 1}; /* a mark */
    x->rows = est->rows;
    x->base = est->base;
    x->cols = cols;
    if (x->op == NULL) return;
    double before = brasa__estimate(g->o->estimator, x->op->inputs[x->op->u.join.type == BRASA_JOIN_RIGHT])->rows;
    double after = brasa__estimate(g->o->estimator, x->op)->rows;
    x->rate = before > 0 ? after / before : 1;
}

/* A column of a relation that is joined as it is: what equals it equals all that it equals. */
static bool is_plain(const graph *g, const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_REF && g->rels[graph_relation(g, e->index)].op == NULL;
}

void graph_finish(graph *g)
{
    sort_edges(g);
    for (int32_t i = 0; i < g->nrels; i++) estimate_relation(g, &g->rels[i]);
    for (int32_t i = 0; i < g->nedges; i++) {
        edge              *e = &g->edges[i];
        brasa_col_estimate a = expr_known(g, e->a, e->ma), b = expr_known(g, e->b, e->mb);
        e->share = brasa__join_share(&a, &b);
        if (!e->null_equal && is_plain(g, e->a) && is_plain(g, e->b)) e->group = unite(g, e->a->index, e->b->index);
    }
    finish_groups(g);
    finish_pairs(g);
    g->masks = BRASA_NEWS(g->o->arena, uint64_t, g->others.n + 1);
    for (int32_t i = 0; i < g->others.n; i++) g->masks[i] = closed(g, graph_mask(g, g->others.items[i]));
    graph_tie(g);
}

double graph_rows(const graph *g, uint64_t set)
{
    bool   alone = is_single(set);
    double rows = 1;

    for (int32_t i = 0; i < g->nrels; i++) {
        if (set >> i & 1) rows *= g->rels[i].op && !alone ? g->rels[i].rate : g->rels[i].rows;
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

/* ---- ties ---- */

static void add_tie(graph *g, uint64_t a, uint64_t b)
{
    if (is_single(a) && is_single(b)) {
        g->near[__builtin_ctzll(a)] |= b;
        g->near[__builtin_ctzll(b)] |= a;
        return;
    }
    g->ties = brasa__arena_grow(g->o->arena, g->ties, &g->ties_cap, g->nties + 1, sizeof *g->ties);
    g->ties[g->nties++] = (tie) {a, b};
}

void graph_tie(graph *g)
{
    for (int32_t i = 0; i < g->nrels; i++) {
        if (g->rels[i].needs) add_tie(g, g->rels[i].needs, (uint64_t)1 << i);
        for (int32_t k = 0; k < g->ngroups; k++) {
            if (g->groups[k].mask >> i & 1) g->near[i] |= g->groups[k].mask & ~((uint64_t)1 << i);
        }
    }
    for (int32_t i = 0; i < g->nedges; i++) {
        if (g->edges[i].group < 0) add_tie(g, g->edges[i].ma, g->edges[i].mb);
    }
}

bool graph_connected(const graph *g, uint64_t a, uint64_t b)
{
    for (uint64_t rest = a; rest; rest &= rest - 1) {
        if (g->near[__builtin_ctzll(rest)] & b) return true;
    }
    for (int32_t i = 0; i < g->nties; i++) {
        const tie *t = &g->ties[i];
        if ((!(t->a & ~a) && !(t->b & ~b)) || (!(t->a & ~b) && !(t->b & ~a))) return true;
    }
    return false;
}

static uint64_t needs_of(const graph *g, uint64_t set)
{
    return is_single(set) ? g->rels[__builtin_ctzll(set)].needs : 0;
}

bool graph_allowed(const graph *g, uint64_t a, uint64_t b)
{
    return !(needs_of(g, a) & ~b) && !(needs_of(g, b) & ~a);
}
