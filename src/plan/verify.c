/* verify.c -- the invariants of plans, checked: what every later step relies on. */
#include "data/type.h"
#include "plan/make.h"

typedef struct verify {
    const brasa_node *node;
    brasa_schema      in, more; /* what expressions may refer to, side by side */
    brasa_error      *err;
    brasa_status      status;
    const char       *what;
} verify;

static void broken(verify *v, const char *why, int32_t a, int32_t b)
{
    if (v->status != BRASA_OK) return;
    v->status = brasa__fail(v->err, BRASA_INTERNAL, "plan node %s #%d: %s: %s (%d, %d)", brasa__node_name(v->node->kind), (int)v->node->id,
                            v->what, why, (int)a, (int)b);
}

static const brasa_field *column(const verify *v, int32_t i)
{
    if (i >= 0 && i < v->in.ncols) return &v->in.cols[i];
    i -= v->in.ncols;
    return i >= 0 && i < v->more.ncols ? &v->more.cols[i] : NULL;
}

static bool check_ref(void *arg, const brasa_expr *e)
{
    verify *v = arg;

    if (!e->bound && e->kind != BRASA_EXPR_STAR) broken(v, "an unbound expression of kind", (int32_t)e->kind, 0);
    if (e->kind == BRASA_EXPR_COLUMN || e->kind == BRASA_EXPR_ALIAS || e->kind == BRASA_EXPR_SUBQUERY || e->kind == BRASA_EXPR_WINDOW) {
        broken(v, "an expression of kind", (int32_t)e->kind, 0);
    }
    if (e->kind != BRASA_EXPR_REF) return true;
    if (e->depth != 0)
        broken(v, "a reference to an outer query, column and depth", e->index, e->depth);
    else if (column(v, e->index) == NULL)
        broken(v, "a reference out of range of columns", e->index, v->in.ncols + v->more.ncols);
    else if (!brasa__type_equal(e->type, column(v, e->index)->type))
        broken(v, "a reference of another type than its column", e->index, (int32_t)e->type.kind);
    return true;
}

static void check_expr(verify *v, const char *what, const brasa_expr *e)
{
    v->what = what;
    brasa__expr_walk(e, check_ref, v);
}

static void check_list(verify *v, const char *what, const brasa_expr *const *list, int32_t n)
{
    for (int32_t i = 0; i < n; i++) check_expr(v, what, list[i]);
}

static void check_order(verify *v, const brasa_order *list, int32_t n)
{
    for (int32_t i = 0; i < n; i++) check_expr(v, "order", list[i].expr);
}

static void check_bool(verify *v, const char *what, const brasa_expr *e)
{
    check_expr(v, what, e);
    if (e && e->type.kind != BRASA_KIND_BOOL) broken(v, "a condition that is no boolean, kind", (int32_t)e->type.kind, 0);
}

/* Column i of the output is of e's type. */
static void check_output(verify *v, int32_t i, const brasa_expr *e)
{
    v->what = "output";
    if (i >= v->node->schema.ncols)
        broken(v, "fewer columns than expressions", v->node->schema.ncols, i);
    else if (!brasa__type_equal(v->node->schema.cols[i].type, e->type))
        broken(v, "a column of another type than its expression", i, (int32_t)e->type.kind);
}

/* The first columns are the input's. */
static void check_same(verify *v, int32_t extra)
{
    brasa_schema in = v->node->inputs[0]->schema;

    v->what = "schema";
    if (v->node->schema.ncols != in.ncols + extra) broken(v, "columns out, in", v->node->schema.ncols, in.ncols);
    for (int32_t i = 0; i < in.ncols && v->status == BRASA_OK; i++) {
        if (!brasa__type_equal(v->node->schema.cols[i].type, in.cols[i].type)) broken(v, "another type than the input's column", i, 0);
    }
}

static void check_join(verify *v)
{
    const brasa_node *n = v->node;
    int32_t           nl = n->inputs[0]->schema.ncols, nr = n->inputs[1]->schema.ncols, want = nl;

    if (brasa__join_has_right(n->u.join.type)) want += nr;
    if (n->u.join.type == BRASA_JOIN_MARK) want++;
    v->what = "schema";
    if (n->schema.ncols != want) broken(v, "columns, expected", n->schema.ncols, want);
    v->in = n->inputs[0]->schema;
    check_list(v, "left key", n->u.join.left_keys, n->u.join.nkeys);
    v->in = n->inputs[1]->schema;
    check_list(v, "right key", n->u.join.right_keys, n->u.join.nkeys);
    v->what = "keys";
    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        if (!brasa__type_equal(n->u.join.left_keys[i]->type, n->u.join.right_keys[i]->type)) broken(v, "key of two types", i, 0);
    }
    v->in = n->inputs[0]->schema;
    v->more = n->inputs[1]->schema;
    check_bool(v, "residual", n->u.join.residual);
    v->more = (brasa_schema) {0, NULL};
}

static void check_aggregate(verify *v)
{
    const brasa_node *n = v->node;

    v->in = n->inputs[0]->schema;
    check_list(v, "key", n->u.aggregate.keys, n->u.aggregate.nkeys);
    check_list(v, "aggregate", n->u.aggregate.aggs, n->u.aggregate.naggs);
    for (int32_t i = 0; i < n->u.aggregate.nkeys; i++) check_output(v, i, n->u.aggregate.keys[i]);
    for (int32_t i = 0; i < n->u.aggregate.naggs; i++) {
        const brasa_expr *a = n->u.aggregate.aggs[i];
        if (a->kind != BRASA_EXPR_AGGREGATE || a->agg == NULL) broken(v, "no aggregate at", i, (int32_t)a->kind);
        check_output(v, n->u.aggregate.nkeys + i, a);
    }
    if (n->schema.ncols != n->u.aggregate.nkeys + n->u.aggregate.naggs)
        broken(v, "columns", n->schema.ncols, n->u.aggregate.nkeys + n->u.aggregate.naggs);
}

static void check_scan(verify *v)
{
    const brasa_table *t = v->node->u.scan.table;

    v->what = "scan";
    for (int32_t i = 0; i < v->node->schema.ncols; i++) {
        int32_t c = v->node->u.scan.cols[i];
        if (c < 0 || c >= t->schema.ncols)
            broken(v, "column out of range", c, t->schema.ncols);
        else if (!brasa__type_equal(t->schema.cols[c].type, v->node->schema.cols[i].type))
            broken(v, "column of another type", c, i);
    }
    for (int32_t i = 0; i < v->node->u.scan.ntests; i++) {
        const brasa_scan_test *x = &v->node->u.scan.tests[i];
        if (x->col < 0 || x->col >= t->schema.ncols) {
            broken(v, "test of a column out of range", x->col, t->schema.ncols);
            continue;
        }
        for (int32_t k = 0; k < x->nvalues; k++) {
            if (!brasa__type_equal(x->values[k].type, t->schema.cols[x->col].type)) broken(v, "test value of another type", x->col, k);
        }
    }
}

static void check_union(verify *v)
{
    v->what = "schema";
    for (int32_t k = 0; k < v->node->ninputs; k++) {
        brasa_schema s = v->node->inputs[k]->schema;
        if (s.ncols != v->node->schema.ncols) broken(v, "branch and its columns", k, s.ncols);
        for (int32_t i = 0; i < s.ncols && v->status == BRASA_OK; i++) {
            if (!brasa__type_equal(s.cols[i].type, v->node->schema.cols[i].type)) broken(v, "branch and column of another type", k, i);
        }
    }
}

static void check_window(verify *v)
{
    const brasa_node *n = v->node;

    check_same(v, n->u.window.ncalls);
    check_list(v, "key", n->u.window.keys, n->u.window.nkeys);
    check_order(v, n->u.window.order, n->u.window.norder);
    for (int32_t i = 0; i < n->u.window.ncalls; i++) {
        check_expr(v, "call", n->u.window.calls[i].call);
        check_output(v, n->inputs[0]->schema.ncols + i, n->u.window.calls[i].call);
    }
}

static void check_kind(verify *v)
{
    const brasa_node *n = v->node;

    v->what = "node";
    if (n->ninputs > 0) v->in = n->inputs[0]->schema;
    switch (n->kind) {
    case BRASA_NODE_SCAN: check_scan(v); return;
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE:
    case BRASA_NODE_CACHED:
    case BRASA_NODE_MAP: return;
    case BRASA_NODE_PROJECT:
        check_list(v, "expression", n->u.project.exprs, n->schema.ncols);
        for (int32_t i = 0; i < n->schema.ncols; i++) check_output(v, i, n->u.project.exprs[i]);
        return;
    case BRASA_NODE_FILTER:
        check_same(v, 0);
        check_bool(v, "condition", n->u.filter.test);
        return;
    case BRASA_NODE_JOIN: check_join(v); return;
    case BRASA_NODE_AGGREGATE: check_aggregate(v); return;
    case BRASA_NODE_SORT:
        check_same(v, 0);
        check_order(v, n->u.sort.keys, n->u.sort.nkeys);
        return;
    case BRASA_NODE_LIMIT:
    case BRASA_NODE_SAMPLE: check_same(v, 0); return;
    case BRASA_NODE_UNION: check_union(v); return;
    case BRASA_NODE_REPARTITION:
        check_same(v, 0);
        if (n->u.repartition.keys) check_list(v, "key", n->u.repartition.keys, n->u.repartition.nkeys);
        if (n->u.repartition.order) check_order(v, n->u.repartition.order, n->u.repartition.nkeys);
        return;
    case BRASA_NODE_EXPLODE:
        check_same(v, n->u.explode.position ? 2 : 1);
        check_expr(v, "list", n->u.explode.list);
        return;
    case BRASA_NODE_WINDOW: check_window(v); return;
    case BRASA_NODE_COUNT: break;
    }
    broken(v, "no such kind", (int32_t)n->kind, 0);
}

static bool check_node(void *arg, const brasa_node *n)
{
    verify *v = arg;

    if (v->status != BRASA_OK) return false;
    v->node = n;
    check_kind(v);
    return v->status == BRASA_OK;
}

brasa_status brasa__node_verify(const brasa_node *n, brasa_error *err)
{
    verify v = {.err = err};

    brasa__node_walk(n, check_node, &v);
    return v.status;
}
