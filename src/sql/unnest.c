/* sql/unnest.c -- correlated subqueries by pulling their conditions up.
 *
 * A condition that compares with the outer query rises through filters, projections, joins and groupings to the top of the subquery, where it becomes the
 * condition of the join with the outer query; columns that it needs are carried along, below an aggregate as further group keys.  What does not fit (an outer
 * reference in a select list, below a limit, an outer join's far side, an inequality below an aggregate) is left to dependent.c.
 */
#include <string.h>

#include "expr/agg.h"
#include "sql/binder.h"

typedef struct pulling {
    sql_binder *x;
    int32_t     id;
} pulling;

static void no_tests(const brasa_node *n, sql_unnested *out)
{
    *out = (sql_unnested) {.node = n, .match = -1};
}

static void add_test(pulling *p, sql_unnested *u, const brasa_expr *test)
{
    const brasa_expr **list = BRASA_NEWS(p->x->arena, const brasa_expr *, u->n + 1);

    if (u->n > 0) memcpy(list, u->tests, sizeof *list * (size_t)u->n);
    list[u->n++] = test;
    u->tests = list;
}

static bool exprs_have_outer(const brasa_expr *const *list, int32_t n, int32_t id)
{
    for (int32_t i = 0; i < n; i++) {
        if (sql_expr_has_outer(list[i], id)) return true;
    }
    return false;
}

static bool pull(pulling *p, const brasa_node *n, sql_unnested *out);

/* ---- what a row without matches holds ---- */

static bool value_of(pulling *p, const brasa_expr *e, const brasa_value *values, int32_t n, brasa_value *out)
{
    const brasa_expr **literals = BRASA_NEWS(p->x->arena, const brasa_expr *, n + 1);

    for (int32_t i = 0; i < n; i++) literals[i] = brasa__expr_literal(p->x->arena, &values[i]);
    e = brasa__expr_substitute(p->x->arena, e, literals);
    return brasa__expr_is_deterministic(e) && brasa__expr_constant(p->x->arena, e, out, NULL) == BRASA_OK;
}

/* Of no rows at all; false: not known here. */
static bool empty_value(const brasa_expr *agg, brasa_value *out)
{
    brasa_agg_id id = agg->agg->id;

    *out = (brasa_value) {.type = agg->type, .null = true};
    if (id == BRASA_AGG_COLLECT_LIST || id == BRASA_AGG_COLLECT_SET || id == BRASA_AGG_UDF) return false;
    if (sql_counts(agg)) out->null = false;
    return true;
}

/* ---- nodes ---- */

static bool pull_filter(pulling *p, const brasa_node *n, sql_unnested *out)
{
    const brasa_expr **parts, *stay = NULL;
    int32_t            nparts;
    brasa_value        v;

    if (!pull(p, n->inputs[0], out)) return false;
    brasa__expr_conjuncts(p->x->arena, n->u.filter.test, &parts, &nparts);
    for (int32_t i = 0; i < nparts; i++) {
        if (sql_expr_has_outer(parts[i], p->id)) {
            if (out->missing) return false;
            add_test(p, out, parts[i]);
        } else {
            stay = brasa__expr_and(p->x->arena, stay, parts[i]);
        }
    }
    if (stay == NULL) return true;
    if (out->missing) {
        if (!value_of(p, stay, out->values, out->node->schema.ncols, &v)) return false;
        if (!v.null && v.u.b) return false; /* a group that is filtered out is not one that is missing */
        out->missing = false;
    }
    out->node = sql_done(p->x, brasa__make_filter(p->x->arena, n, out->node, stay));
    return true;
}

/* Columns beyond n's own that the tests use are put behind the projection's; map: where each column of the input went. */
static bool pull_project(pulling *p, const brasa_node *n, sql_unnested *out)
{
    int32_t own = n->schema.ncols;

    if (exprs_have_outer(n->u.project.exprs, own, p->id)) return false;
    if (!pull(p, n->inputs[0], out)) return false;
    int32_t            nin = out->node->schema.ncols, extra = 0;
    const brasa_expr **exprs = BRASA_NEWS(p->x->arena, const brasa_expr *, own + nin + 1);
    const char       **names = BRASA_NEWS(p->x->arena, const char *, own + nin + 1);
    int32_t           *map = BRASA_NEWS(p->x->arena, int32_t, nin + 1);
    brasa_value       *values = BRASA_NEWS(p->x->arena, brasa_value, own + nin + 1);
    uint64_t          *used = BRASA_NEWS(p->x->arena, uint64_t, nin / 64 + 1);

    for (int32_t i = 0; i < own; i++) {
        exprs[i] = n->u.project.exprs[i];
        names[i] = n->schema.cols[i].name;
        if (out->missing && !value_of(p, exprs[i], out->values, nin, &values[i])) return false;
    }
    for (int32_t i = 0; i < out->n; i++) brasa__expr_refs(out->tests[i], used);
    if (out->match >= 0) used[out->match / 64] |= (uint64_t)1 << (out->match % 64);
    for (int32_t i = 0; i < nin; i++) {
        map[i] = -1;
        if ((used[i / 64] >> (i % 64) & 1) == 0) continue;
        map[i] = own + extra;
        exprs[own + extra] = brasa__node_ref(p->x->arena, out->node, i);
        names[own + extra] = out->node->schema.cols[i].name;
        values[own + extra++] = (brasa_value) {.type = out->node->schema.cols[i].type, .null = true};
    }
    for (int32_t i = 0; i < out->n; i++) out->tests[i] = brasa__expr_remap(p->x->arena, out->tests[i], map);
    if (out->match >= 0) out->match = map[out->match];
    out->values = values;
    out->node = sql_done(p->x, brasa__make_project(p->x->arena, n, out->node, exprs, names, own + extra));
    return true;
}

/* inner = outer: which side is which?  A `<=>` would let null match, which no marker column could show. */
static bool split_equality(pulling *p, const brasa_expr *test, const brasa_expr **inner, const brasa_expr **outer)
{
    if (!brasa__is_call(test, "=")) return false;
    for (int32_t k = 0; k < 2; k++) {
        const brasa_expr *a = test->args[k], *b = test->args[1 - k];

        if (sql_expr_has_outer(a, p->id) || !brasa__refs_within(b, 0, 0)) continue;
        *inner = a;
        *outer = b;
        return true;
    }
    return false;
}

static bool pull_aggregate(pulling *p, const brasa_node *n, sql_unnested *out)
{
    int32_t nkeys = n->u.aggregate.nkeys, naggs = n->u.aggregate.naggs;

    if (exprs_have_outer(n->u.aggregate.keys, nkeys, p->id) || exprs_have_outer(n->u.aggregate.aggs, naggs, p->id)) return false;
    if (!pull(p, n->inputs[0], out) || out->missing) return false;
    int32_t            extra = out->n, width = nkeys + naggs;
    const brasa_expr **keys = BRASA_NEWS(p->x->arena, const brasa_expr *, nkeys + extra + 1);
    const char       **names = BRASA_NEWS(p->x->arena, const char *, width + extra + 1);
    int32_t           *order = BRASA_NEWS(p->x->arena, int32_t, width + extra + 1);
    brasa_value       *values = BRASA_NEWS(p->x->arena, brasa_value, width + extra + 1);
    const brasa_expr **tests = BRASA_NEWS(p->x->arena, const brasa_expr *, extra + 1);

    if (extra == 0) return false;
    for (int32_t i = 0; i < nkeys; i++) keys[i] = n->u.aggregate.keys[i], names[i] = n->schema.cols[i].name, order[i] = i;
    for (int32_t i = 0; i < extra; i++) {
        const brasa_expr *inner, *outer;

        if (!split_equality(p, out->tests[i], &inner, &outer)) return false;
        keys[nkeys + i] = inner;
        names[nkeys + i] = brasa__expr_output_name(p->x->arena, inner);
        order[width + i] = nkeys + i;
        values[width + i] = (brasa_value) {.type = inner->type, .null = true};
        const brasa_expr *args[] = {outer, brasa__expr_ref(p->x->arena, width + i, inner->type, inner->nullable, names[nkeys + i])};
        tests[i] = brasa__bound_call(p->x->arena, "=", args, 2);
    }
    out->missing = nkeys == 0;
    for (int32_t i = 0; i < naggs; i++) {
        names[nkeys + extra + i] = n->schema.cols[nkeys + i].name;
        order[nkeys + i] = nkeys + extra + i;
        if (out->missing && !empty_value(n->u.aggregate.aggs[i], &values[nkeys + i])) return false;
    }
    const brasa_node *agg =
        sql_done(p->x, brasa__make_aggregate(p->x->arena, n, out->node, keys, nkeys + extra, n->u.aggregate.aggs, naggs, names));
    out->node = sql_done(p->x, (brasa_node *)(uintptr_t)brasa__make_pick(p->x->arena, NULL, agg, order, width + extra));
    out->tests = tests;
    out->values = values;
    out->match = width;
    return true;
}

/* A join's own columns come first again, then what its sides carry. */
static bool pull_join(pulling *p, const brasa_node *n, sql_unnested *out)
{
    const brasa_node *l = n->inputs[0], *r = n->inputs[1];
    bool              both = n->u.join.type == BRASA_JOIN_INNER || n->u.join.type == BRASA_JOIN_CROSS;
    sql_unnested      a, b;
    int32_t           nl = l->schema.ncols, nr = r->schema.ncols;
    const brasa_expr *residual = NULL, **parts;
    int32_t           nparts;

    if (n->u.join.type == BRASA_JOIN_RIGHT || n->u.join.type == BRASA_JOIN_FULL) return false;
    if (exprs_have_outer(n->u.join.left_keys, n->u.join.nkeys, p->id) || exprs_have_outer(n->u.join.right_keys, n->u.join.nkeys, p->id))
        return false;
    if (!both && sql_has_outer(p->x->arena, r, p->id)) return false;
    if (!pull(p, l, &a) || !pull(p, r, &b) || a.missing || b.missing) return false;
    int32_t xl = a.node->schema.ncols - nl, xr = b.node->schema.ncols - nr;
    int32_t right_cols = brasa__join_has_right(n->u.join.type) ? nr + xr : n->u.join.type == BRASA_JOIN_MARK ? 1 : 0;
    int32_t total = nl + xl + right_cols, own = n->schema.ncols;

    no_tests(NULL, out);
    brasa__expr_conjuncts(p->x->arena, n->u.join.residual, &parts, &nparts);
    int32_t *widen = BRASA_NEWS(p->x->arena, int32_t, nl + nr + 1); /* old column of both sides to the new join's */
    for (int32_t i = 0; i < nl + nr; i++) widen[i] = i < nl ? i : i + xl;
    for (int32_t i = 0; i < nparts; i++) {
        bool outer = sql_expr_has_outer(parts[i], p->id);

        if (outer && !both) return false;
        const brasa_expr *e = brasa__expr_remap(p->x->arena, parts[i], widen);
        if (outer) {
            add_test(p, out, e);
        } else {
            residual = brasa__expr_and(p->x->arena, residual, e);
        }
    }
    for (int32_t i = 0; i < a.n; i++) add_test(p, out, a.tests[i]);
    for (int32_t i = 0; i < b.n; i++) add_test(p, out, brasa__expr_shift(p->x->arena, b.tests[i], nl + xl));
    const brasa_node *inputs[] = {a.node, b.node};
    brasa_node       *j = brasa__node_copy(p->x->arena, n, inputs);
    j->inputs = brasa__arena_copy(p->x->arena, inputs, sizeof inputs);
    j->u.join.residual = residual;
    if (both) j->u.join.type = j->u.join.nkeys == 0 && residual == NULL ? BRASA_JOIN_CROSS : BRASA_JOIN_INNER;
    brasa__node_reschema(p->x->arena, j);
    sql_done(p->x, j);
    /* own columns, then carried ones */
    int32_t *order = BRASA_NEWS(p->x->arena, int32_t, total + 1), *back = BRASA_NEWS(p->x->arena, int32_t, total + 1), k = 0;
    for (int32_t i = 0; i < nl; i++) order[k++] = i;
    for (int32_t i = nl; i < own; i++) order[k++] = i + xl;
    for (int32_t i = 0; i < xl; i++) order[k++] = nl + i;
    for (int32_t i = own + xl; i < total; i++) order[k++] = i;
    for (int32_t i = 0; i < total; i++) back[order[i]] = i;
    for (int32_t i = 0; i < out->n; i++) out->tests[i] = brasa__expr_remap(p->x->arena, out->tests[i], back);
    out->node = brasa__make_pick(p->x->arena, NULL, j, order, total);
    if (out->node != j) sql_done(p->x, (brasa_node *)(uintptr_t)out->node);
    return true;
}

static bool pull(pulling *p, const brasa_node *n, sql_unnested *out)
{
    no_tests(n, out);
    if (!sql_has_outer(p->x->arena, n, p->id)) return true;
    switch (n->kind) {
    case BRASA_NODE_FILTER: return pull_filter(p, n, out);
    case BRASA_NODE_PROJECT: return pull_project(p, n, out);
    case BRASA_NODE_AGGREGATE: return pull_aggregate(p, n, out);
    case BRASA_NODE_JOIN: return pull_join(p, n, out);
    case BRASA_NODE_SORT: return n->u.sort.limit < 0 && pull(p, n->inputs[0], out); /* rows of a subquery have no order */
    case BRASA_NODE_SCAN:
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE:
    case BRASA_NODE_CACHED:
    case BRASA_NODE_LIMIT:
    case BRASA_NODE_UNION:
    case BRASA_NODE_SAMPLE:
    case BRASA_NODE_REPARTITION:
    case BRASA_NODE_EXPLODE:
    case BRASA_NODE_MAP:
    case BRASA_NODE_WINDOW:
    case BRASA_NODE_COUNT: break;
    }
    return false;
}

bool sql_unnest(sql_binder *x, const brasa_node *n, int32_t id, sql_unnested *out)
{
    pulling p = {.x = x, .id = id};

    return pull(&p, n, out);
}
