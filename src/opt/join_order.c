/* join_order.c -- clusters of joins put into the order that costs least. */
#include "opt/join_graph.h"

/* A join tree being built: the node, and which global column each of its columns is. */
typedef struct built {
    const brasa_node *node;
    int32_t          *place; /* global column -> column of node, or -1 */
    uint64_t          set;
} built;

typedef struct building {
    graph *g;
    bool  *used_edges, *used_others;
} building;

typedef struct join_parts {
    const brasa_expr **left, **right;
    bool              *null_equal;
    int32_t            n;
    const brasa_expr  *residual; /* global */
} join_parts;

static const brasa_node *order_joins(brasa_opt *o, const brasa_node *n);

static void add_pair(building *b, join_parts *p, const built *l, const built *r, const brasa_expr *x, const brasa_expr *y, bool null_equal)
{
    p->left[p->n] = brasa__expr_remap(b->g->o->arena, x, l->place);
    p->right[p->n] = brasa__expr_remap(b->g->o->arena, y, r->place);
    p->null_equal[p->n++] = null_equal;
}

static const brasa_expr *global_ref(const graph *g, int32_t col)
{
    const relation *r = &g->rels[graph_relation(g, col)];

    return brasa__schema_ref(g->o->arena, r->node->schema, col - r->first, r->first);
}

/* One equality per group of equal columns that has members on both sides: the others follow. */
static void add_groups(building *b, join_parts *p, const built *l, const built *r)
{
    const graph *g = b->g;

    for (int32_t k = 0; k < g->ngroups; k++) {
        int32_t x = -1, y = -1;
        for (int32_t i = 0; i < g->groups[k].n; i++) {
            int32_t  col = g->groups[k].cols[i];
            uint64_t bit = (uint64_t)1 << graph_relation(g, col);
            if ((l->set & bit) && x < 0) x = col;
            if ((r->set & bit) && y < 0) y = col;
        }
        if (x >= 0 && y >= 0) add_pair(b, p, l, r, global_ref(g, x), global_ref(g, y), false);
    }
}

static void add_edges(building *b, join_parts *p, const built *l, const built *r)
{
    graph *g = b->g;

    for (int32_t i = 0; i < g->nedges; i++) {
        const edge *e = &g->edges[i];
        if (e->group >= 0 || b->used_edges[i] || ((e->ma | e->mb) & ~(l->set | r->set))) continue;
        b->used_edges[i] = true;
        if (!(e->ma & ~l->set) && !(e->mb & ~r->set))
            add_pair(b, p, l, r, e->a, e->b, e->null_equal);
        else if (!(e->mb & ~l->set) && !(e->ma & ~r->set))
            add_pair(b, p, l, r, e->b, e->a, e->null_equal);
        else {
            const brasa_expr *args[] = {e->a, e->b};
            p->residual = brasa__expr_and(g->o->arena, p->residual, brasa__bound_call(g->o->arena, e->null_equal ? "<=>" : "=", args, 2));
        }
    }
}

static void add_others(building *b, join_parts *p, const built *l, const built *r)
{
    graph *g = b->g;

    for (int32_t i = 0; i < g->others.n; i++) {
        if (b->used_others[i] || (g->masks[i] & ~(l->set | r->set))) continue;
        b->used_others[i] = true;
        p->residual = brasa__expr_and(g->o->arena, p->residual, g->others.items[i]);
    }
}

static join_parts parts_new(const graph *g)
{
    int32_t most = g->ngroups + g->nedges + 1;

    return (join_parts) {BRASA_NEWS(g->o->arena, const brasa_expr *, most), BRASA_NEWS(g->o->arena, const brasa_expr *, most),
                         BRASA_NEWS(g->o->arena, bool, most), 0, NULL};
}

static built join_inner(building *b, const built *l, const built *r)
{
    graph            *g = b->g;
    int32_t           nl = l->node->schema.ncols;
    join_parts        p = parts_new(g);
    built             out = {.place = BRASA_NEWS(g->o->arena, int32_t, g->ncols + 1), .set = l->set | r->set};
    const brasa_node *sides[] = {l->node, r->node};
    bool              any = false;

    for (int32_t c = 0; c < g->ncols; c++) out.place[c] = l->place[c] >= 0 ? l->place[c] : r->place[c] >= 0 ? r->place[c] + nl : -1;
    add_groups(b, &p, l, r);
    add_edges(b, &p, l, r);
    add_others(b, &p, l, r);
    brasa_node *n = brasa__make_node(g->o->arena, BRASA_NODE_JOIN, g->root, sides, 2);
    n->u.join.type = p.n || p.residual ? BRASA_JOIN_INNER : BRASA_JOIN_CROSS;
    n->u.join.nkeys = p.n;
    n->u.join.left_keys = p.left;
    n->u.join.right_keys = p.right;
    for (int32_t i = 0; i < p.n; i++) any |= p.null_equal[i];
    n->u.join.null_equal = any ? p.null_equal : NULL;
    n->u.join.residual = p.residual ? brasa__expr_remap(g->o->arena, p.residual, out.place) : NULL;
    brasa__node_reschema(g->o->arena, n);
    out.node = n;
    return out;
}

static const brasa_expr **remapped(const graph *g, const brasa_expr *const *list, int32_t n, const int32_t *place)
{
    const brasa_expr **out = BRASA_NEWS(g->o->arena, const brasa_expr *, n + 1);

    for (int32_t i = 0; i < n; i++) out[i] = brasa__expr_remap(g->o->arena, list[i], place);
    return out;
}

/* The join that brought relation x, over another left side; conditions that can be asked from here on stand above it. */
static built join_per_row(building *b, const built *l, const built *r, const relation *x)
{
    graph            *g = b->g;
    int32_t           nl = l->node->schema.ncols, *both = BRASA_NEWS(g->o->arena, int32_t, g->ncols + 1);
    built             out = {.place = BRASA_NEWS(g->o->arena, int32_t, g->ncols + 1), .set = l->set | r->set};
    const brasa_node *sides[] = {l->node, r->node};
    brasa_node       *n = brasa__node_copy(g->o->arena, x->op, sides);
    bool              turned = n->u.join.type == BRASA_JOIN_RIGHT, gives = turned || brasa__join_has_right(n->u.join.type);
    join_parts        p = parts_new(g);

    for (int32_t c = 0; c < g->ncols; c++) {
        both[c] = l->place[c] >= 0 ? l->place[c] : r->place[c] >= 0 ? r->place[c] + nl : -1;
        out.place[c] = l->place[c] >= 0 || gives ? both[c] : -1;
    }
    if (n->u.join.type == BRASA_JOIN_MARK) out.place[x->first + x->node->schema.ncols] = nl;
    if (turned) n->u.join.type = BRASA_JOIN_LEFT, n->u.join.right_keys = x->op->u.join.left_keys;
    n->u.join.left_keys = remapped(g, x->keys, n->u.join.nkeys, l->place);
    n->u.join.residual = x->residual ? brasa__expr_remap(g->o->arena, x->residual, both) : NULL;
    n->u.join.build_left = false;
    n->rows = -1;
    brasa__node_reschema(g->o->arena, n);
    add_edges(b, &p, l, r);
    add_others(b, &p, l, r);
    out.node = n;
    if (p.residual) out.node = brasa__make_filter(g->o->arena, n, n, brasa__expr_remap(g->o->arena, p.residual, out.place));
    return out;
}

static const relation *per_row(const graph *g, const join_tree *t)
{
    return t->relation >= 0 && g->rels[t->relation].op ? &g->rels[t->relation] : NULL;
}

/* A relation with the conditions that are on it alone. */
static built build_leaf(building *b, int32_t i)
{
    graph    *g = b->g;
    built     out = {.place = BRASA_NEWS(g->o->arena, int32_t, g->ncols + 1), .set = (uint64_t)1 << i};
    conjuncts mine = {.n = 0};

    for (int32_t c = 0; c < g->ncols; c++) {
        int32_t at = c - g->rels[i].first;
        out.place[c] = at >= 0 && at < g->rels[i].node->schema.ncols ? at : -1;
    }
    for (int32_t k = 0; k < g->others.n; k++) {
        if (b->used_others[k] || g->rels[i].op || (g->masks[k] & ~out.set)) continue;
        b->used_others[k] = true;
        conjuncts_add(g->o, &mine, brasa__expr_remap(g->o->arena, g->others.items[k], out.place));
    }
    for (int32_t k = 0; k < g->ngroups; k++) { /* two columns of one relation that are equal through a third */
        int32_t first = -1;
        for (int32_t m = 0; m < g->groups[k].n; m++) {
            int32_t col = g->groups[k].cols[m];
            if (graph_relation(g, col) != i) continue;
            if (first < 0) {
                first = col;
                continue;
            }
            const brasa_expr *args[] = {global_ref(g, first), global_ref(g, col)};
            conjuncts_add(g->o, &mine, brasa__expr_remap(g->o->arena, brasa__bound_call(g->o->arena, "=", args, 2), out.place));
        }
    }
    out.node = opt_filtered(g->o, order_joins(g->o, g->rels[i].node), &mine);
    return out;
}

static built build_tree(building *b, const join_tree *t)
{
    if (t->relation >= 0) return build_leaf(b, t->relation);
    const relation *left = per_row(b->g, t->left), *right = per_row(b->g, t->right);
    built           l = build_tree(b, t->left), r = build_tree(b, t->right);
    return right ? join_per_row(b, &l, &r, right) : left ? join_per_row(b, &r, &l, left) : join_inner(b, &l, &r);
}

static const brasa_node *order_cluster(brasa_opt *o, const brasa_node *n)
{
    graph              g = {.o = o, .root = n};
    const brasa_expr **outs;

    if (!graph_collect(&g, n, &outs) || g.too_large || g.nrels < 3) return NULL;
    graph_finish(&g);
    building b = {
        .g = &g, .used_edges = BRASA_NEWS(o->arena, bool, g.nedges + 1), .used_others = BRASA_NEWS(o->arena, bool, g.others.n + 1)};
    built        all = build_tree(&b, graph_search(&g));
    const char **names = BRASA_NEWS(o->arena, const char *, n->schema.ncols + 1);
    for (int32_t i = 0; i < n->schema.ncols; i++) {
        outs[i] = brasa__expr_remap(o->arena, outs[i], all.place);
        names[i] = n->schema.cols[i].name;
    }
    return brasa__make_project(o->arena, n, all.node, outs, names, n->schema.ncols);
}

static const brasa_node *order_inputs(brasa_opt *o, const brasa_node *n)
{
    const brasa_node **inputs = BRASA_NEWS(o->arena, const brasa_node *, n->ninputs + 1);
    bool               changed = false;

    for (int32_t i = 0; i < n->ninputs; i++) {
        inputs[i] = order_joins(o, n->inputs[i]);
        changed |= inputs[i] != n->inputs[i];
    }
    return changed ? brasa__node_with_inputs(o->arena, n, inputs) : n;
}

static const brasa_node *order_joins(brasa_opt *o, const brasa_node *n)
{
    const brasa_node *now = brasa__node_set_get(&o->done, n);

    if (now) return now;
    if (graph_starts(n)) now = order_cluster(o, n);
    if (now == NULL) now = order_inputs(o, n);
    brasa__node_set_add(&o->done, n, now);
    return now;
}

const brasa_node *opt_join_order(brasa_opt *o, const brasa_node *n)
{
    brasa__node_set_init(&o->done, o->arena);
    return order_joins(o, n);
}
