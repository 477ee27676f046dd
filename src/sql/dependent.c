/* sql/dependent.c -- correlated subqueries, the general way.
 *
 * The subquery is computed for every distinct combination of the outer values that it uses (the domain D) at once: D is joined in at the leaves and carried up
 * behind each node's own columns, as a key of groupings, windows and limits.  The result joins with the outer query on null-safe equality with D.
 * After T. Neumann and A. Kemper, "Unnesting Arbitrary Queries" (BTW 2015).
 */
#include <string.h>

#include "data/type.h"
#include "expr/agg.h"
#include "sql/binder.h"

typedef struct pushing {
    sql_binder       *x;
    int32_t           id;
    const brasa_node *domain;
    int32_t           k;   /* columns of the domain */
    int32_t          *map; /* outer column to column of the domain */
} pushing;

static brasa_status push(pushing *p, const brasa_node *n, const brasa_node **out);

static const brasa_expr *subst(const pushing *p, const brasa_expr *e, int32_t first)
{
    int32_t *map = BRASA_NEWS(p->x->arena, int32_t, p->map[0] + 1);

    for (int32_t i = 1; i <= p->map[0]; i++) map[i - 1] = p->map[i] + first;
    return sql_outer_to_ref(p->x->arena, e, p->id, map);
}

static const brasa_node *pick(pushing *p, const brasa_node *n, const int32_t *cols, int32_t ncols)
{
    const brasa_node *out = brasa__make_pick(p->x->arena, NULL, n, cols, ncols);

    return out == n ? n : sql_done(p->x, (brasa_node *)(uintptr_t)out);
}

/* Columns [from, from + n) and so on, in this order. */
typedef struct span {
    int32_t from, n;
} span;

static const brasa_node *arrange(pushing *p, const brasa_node *n, const span *spans, int32_t nspans)
{
    int32_t *cols = BRASA_NEWS(p->x->arena, int32_t, n->schema.ncols + 1), m = 0;

    for (int32_t i = 0; i < nspans; i++)
        for (int32_t c = 0; c < spans[i].n; c++) cols[m++] = spans[i].from + c;
    return pick(p, n, cols, m);
}

static const brasa_expr *domain_ref(const pushing *p, int32_t i, int32_t first)
{
    return brasa__schema_ref(p->x->arena, p->domain->schema, i, first);
}

/* D at one place equals D at another. */
static brasa_status same_domain(pushing *p, int32_t a, int32_t b, const brasa_expr **out)
{
    for (int32_t i = 0; i < p->k; i++) {
        const brasa_expr *equal;

        BRASA_TRY(sql_call2(p->x, "<=>", domain_ref(p, i, a), domain_ref(p, i, b), &equal));
        *out = brasa__expr_and(p->x->arena, *out, equal);
    }
    return BRASA_OK;
}

static brasa_status cross(pushing *p, const brasa_node *n, const brasa_node **out)
{
    brasa_join_spec spec = {.type = BRASA_JOIN_CROSS};

    return brasa__plan_join(p->x->b, n, p->domain, &spec, out, p->x->err);
}

static brasa_status push_project(pushing *p, const brasa_node *n, const brasa_node **out)
{
    int32_t            own = n->schema.ncols;
    const brasa_expr **exprs = BRASA_NEWS(p->x->arena, const brasa_expr *, own + p->k + 1);
    const char       **names = BRASA_NEWS(p->x->arena, const char *, own + p->k + 1);
    const brasa_node  *in;

    BRASA_TRY(push(p, n->inputs[0], &in));
    int32_t d = in->schema.ncols - p->k;
    for (int32_t i = 0; i < own; i++) exprs[i] = subst(p, n->u.project.exprs[i], d), names[i] = n->schema.cols[i].name;
    for (int32_t i = 0; i < p->k; i++)
        exprs[own + i] = brasa__node_ref(p->x->arena, in, d + i), names[own + i] = in->schema.cols[d + i].name;
    *out = sql_done(p->x, brasa__make_project(p->x->arena, n, in, exprs, names, own + p->k));
    return BRASA_OK;
}

/* Without keys there is a row for each value of the domain, even where nothing matches. */
static brasa_status fill_groups(pushing *p, const brasa_node *agg, const brasa_expr *const *aggs, int32_t naggs, const brasa_node **out)
{
    brasa_join_spec    spec = {.type = BRASA_JOIN_LEFT};
    const brasa_expr **exprs = BRASA_NEWS(p->x->arena, const brasa_expr *, naggs + p->k + 1);
    const char       **names = BRASA_NEWS(p->x->arena, const char *, naggs + p->k + 1);
    const brasa_node  *j;

    BRASA_TRY(same_domain(p, 0, p->k, &spec.on)); /* agg: D, aggregates */
    BRASA_TRY(brasa__plan_join(p->x->b, p->domain, agg, &spec, &j, p->x->err));
    for (int32_t i = 0; i < naggs; i++) {
        brasa_agg_id id = aggs[i]->agg->id;

        exprs[i] = brasa__node_ref(p->x->arena, j, 2 * p->k + i);
        names[i] = j->schema.cols[2 * p->k + i].name;
        if (sql_counts(aggs[i])) {
            brasa_value zero = brasa_value_i64(0);

            BRASA_TRY(sql_call2(p->x, "coalesce", exprs[i], brasa__expr_literal(p->x->arena, &zero), &exprs[i]));
        } else if (id == BRASA_AGG_COLLECT_LIST || id == BRASA_AGG_COLLECT_SET) {
            const brasa_expr *none;

            BRASA_TRY(sql_type(p->x, brasa__expr_call(p->x->arena, "array", NULL, 0), false, &none));
            BRASA_TRY(brasa__expr_coerce(p->x->arena, none, aggs[i]->type, false, &none, p->x->err));
            BRASA_TRY(sql_call2(p->x, "coalesce", exprs[i], none, &exprs[i]));
        }
    }
    for (int32_t i = 0; i < p->k; i++) exprs[naggs + i] = brasa__node_ref(p->x->arena, j, i), names[naggs + i] = j->schema.cols[i].name;
    *out = sql_done(p->x, brasa__make_project(p->x->arena, NULL, j, exprs, names, naggs + p->k));
    return BRASA_OK;
}

static brasa_status push_aggregate(pushing *p, const brasa_node *n, const brasa_node **out)
{
    int32_t            nkeys = n->u.aggregate.nkeys, naggs = n->u.aggregate.naggs;
    const brasa_expr **keys = BRASA_NEWS(p->x->arena, const brasa_expr *, nkeys + p->k + 1);
    const brasa_expr **aggs = BRASA_NEWS(p->x->arena, const brasa_expr *, naggs + 1);
    const char       **names = BRASA_NEWS(p->x->arena, const char *, nkeys + p->k + naggs + 1);
    const brasa_node  *in;

    BRASA_TRY(push(p, n->inputs[0], &in));
    int32_t d = in->schema.ncols - p->k;
    for (int32_t i = 0; i < nkeys; i++) keys[i] = subst(p, n->u.aggregate.keys[i], d), names[i] = n->schema.cols[i].name;
    for (int32_t i = 0; i < p->k; i++)
        keys[nkeys + i] = brasa__node_ref(p->x->arena, in, d + i), names[nkeys + i] = in->schema.cols[d + i].name;
    for (int32_t i = 0; i < naggs; i++)
        aggs[i] = subst(p, n->u.aggregate.aggs[i], d), names[nkeys + p->k + i] = n->schema.cols[nkeys + i].name;
    const brasa_node *agg = sql_done(p->x, brasa__make_aggregate(p->x->arena, n, in, keys, nkeys + p->k, aggs, naggs, names));
    if (nkeys == 0 && naggs > 0) return fill_groups(p, agg, aggs, naggs, out);
    *out = arrange(p, agg, (span[]) {{0, nkeys}, {nkeys + p->k, naggs}, {nkeys, p->k}}, 3);
    return BRASA_OK;
}

/* ---- joins ---- */

/* Which sides get the domain; a condition that uses it needs it on the left (or, for RIGHT, on the right). */
static void sides_of(const pushing *p, const brasa_node *n, bool *left, bool *right)
{
    brasa_join_type t = n->u.join.type;
    bool            condition = n->u.join.residual != NULL && sql_expr_has_outer(n->u.join.residual, p->id);

    for (int32_t i = 0; i < n->u.join.nkeys; i++)
        condition = condition || sql_expr_has_outer(n->u.join.left_keys[i], p->id) || sql_expr_has_outer(n->u.join.right_keys[i], p->id);
    *left = sql_has_outer(p->x->arena, n->inputs[0], p->id);
    *right = sql_has_outer(p->x->arena, n->inputs[1], p->id);
    if (t == BRASA_JOIN_INNER || t == BRASA_JOIN_CROSS) {
        if (!*left && !*right) *left = true;
    } else if (t == BRASA_JOIN_RIGHT) {
        *left = *left || condition;
        *right = true;
    } else if (t == BRASA_JOIN_FULL) {
        *left = *right = true;
    } else {
        *left = true;
    }
}

static brasa_status condition_of(pushing *p, const brasa_node *n, int32_t nl, int32_t shift, int32_t d, const brasa_expr **out)
{
    int32_t nr = n->inputs[1]->schema.ncols, *widen = BRASA_NEWS(p->x->arena, int32_t, nl + nr + 1);

    for (int32_t i = 0; i < nl + nr; i++) widen[i] = i < nl ? i : i - nl + shift;
    *out = NULL;
    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        const brasa_expr *l = n->u.join.left_keys[i], *r = brasa__expr_shift(p->x->arena, n->u.join.right_keys[i], shift), *equal;
        bool              null_equal = n->u.join.null_equal != NULL && n->u.join.null_equal[i];

        BRASA_TRY(sql_call2(p->x, null_equal ? "<=>" : "=", subst(p, l, d), subst(p, r, d), &equal));
        *out = brasa__expr_and(p->x->arena, *out, equal);
    }
    if (n->u.join.residual == NULL) return BRASA_OK;
    *out = brasa__expr_and(p->x->arena, *out, subst(p, brasa__expr_remap(p->x->arena, n->u.join.residual, widen), d));
    return BRASA_OK;
}

/* FULL: the domain's values of whichever side has a row. */
static brasa_status full_domain(pushing *p, const brasa_node *j, int32_t nl, int32_t nr, const brasa_node **out)
{
    int32_t            n = nl + nr + p->k;
    const brasa_expr **exprs = BRASA_NEWS(p->x->arena, const brasa_expr *, n + 1);
    const char       **names = BRASA_NEWS(p->x->arena, const char *, n + 1);

    for (int32_t i = 0; i < n; i++) {
        int32_t at = i < nl ? i : i < nl + nr ? i + p->k : i - nr;

        exprs[i] = brasa__node_ref(p->x->arena, j, at);
        names[i] = j->schema.cols[at].name;
        if (i >= nl + nr) BRASA_TRY(sql_call2(p->x, "coalesce", exprs[i], brasa__node_ref(p->x->arena, j, at + p->k + nr), &exprs[i]));
    }
    *out = sql_done(p->x, brasa__make_project(p->x->arena, NULL, j, exprs, names, n));
    return BRASA_OK;
}

/* NOT IN: a row also goes when it is unknown whether it is in. */
static brasa_status or_true(pushing *p, const brasa_expr *e, const brasa_expr **out)
{
    brasa_value yes = brasa_value_bool(true);

    return sql_call2(p->x, "coalesce", e, brasa__expr_literal(p->x->arena, &yes), out);
}

static brasa_status mark(pushing *p, const brasa_node *l, const brasa_node *r, const brasa_expr *test, int32_t nl, const brasa_node **out)
{
    brasa_join_spec spec = {.type = BRASA_JOIN_MARK, .on = test, .mark = "mark"};

    BRASA_TRY(same_domain(p, nl, l->schema.ncols + r->schema.ncols - p->k, &spec.on));
    return brasa__plan_join(p->x->b, l, r, &spec, out, p->x->err);
}

/* A mark that may be unknown, by two: is some comparison true, is some unknown?  l: [own, domain], r: [own, domain]. */
static brasa_status three_valued_mark(pushing *p, const brasa_node *n, const brasa_node *l, const brasa_node *r, const brasa_expr *test,
                                      const brasa_node **out)
{
    int32_t            nl = n->inputs[0]->schema.ncols, wl = l->schema.ncols, w = nl + 1 + p->k;
    const brasa_node  *a, *b;
    brasa_expr        *choice = brasa__expr_new(p->x->arena, BRASA_EXPR_CASE);
    const brasa_expr **exprs = BRASA_NEWS(p->x->arena, const brasa_expr *, w + 1), *unknown;
    const char       **names = BRASA_NEWS(p->x->arena, const char *, w + 1);
    int32_t           *widen = BRASA_NEWS(p->x->arena, int32_t, wl + r->schema.ncols + 1);
    brasa_value        yes = brasa_value_bool(true), no = brasa_value_bool(false), null = brasa_value_null();

    BRASA_TRY(mark(p, l, r, test, nl, &a));
    /* the same test above: the first mark stands between the sides now */
    for (int32_t i = 0; i < wl + r->schema.ncols; i++) widen[i] = i < wl ? i : i + 1;
    test = brasa__expr_remap(p->x->arena, test, widen);
    unknown = brasa__bound_call(p->x->arena, "isnull", &test, 1);
    BRASA_TRY(mark(p, a, r, unknown, nl, &b));
    const brasa_expr *args[] = {brasa__node_ref(p->x->arena, b, wl), brasa__expr_literal(p->x->arena, &yes),
                                brasa__node_ref(p->x->arena, b, wl + 1), brasa__expr_literal(p->x->arena, &null),
                                brasa__expr_literal(p->x->arena, &no)};
    choice->args = brasa__arena_copy(p->x->arena, args, sizeof args);
    choice->nargs = 5;
    for (int32_t i = 0; i < w; i++) {
        int32_t at = i < nl ? i : i - 1;

        if (i == nl) continue;
        exprs[i] = brasa__node_ref(p->x->arena, b, at);
        names[i] = b->schema.cols[at].name;
    }
    BRASA_TRY(sql_type(p->x, choice, false, &exprs[nl]));
    names[nl] = n->schema.cols[n->schema.ncols - 1].name;
    *out = sql_done(p->x, brasa__make_project(p->x->arena, NULL, b, exprs, names, w));
    return BRASA_OK;
}

static brasa_status push_join(pushing *p, const brasa_node *n, const brasa_node **out)
{
    brasa_join_type   t = n->u.join.type;
    bool              left, right;
    const brasa_node *l = n->inputs[0], *r = n->inputs[1], *j;
    int32_t           nl = l->schema.ncols, nr = r->schema.ncols;
    brasa_join_spec   spec = {.type = t == BRASA_JOIN_CROSS ? BRASA_JOIN_INNER : t, .null_aware = n->u.join.null_aware};

    sides_of(p, n, &left, &right);
    bool by_tests = spec.null_aware && right; /* rows of other outer values must not count as unknown */
    if (left) BRASA_TRY(push(p, l, &l));
    if (right) BRASA_TRY(push(p, r, &r));
    int32_t wl = l->schema.ncols, d = left ? nl : wl + nr;
    BRASA_TRY(condition_of(p, n, nl, wl, d, &spec.on));
    if (by_tests && t == BRASA_JOIN_MARK) return three_valued_mark(p, n, l, r, spec.on, out);
    if (by_tests) {
        spec.null_aware = false;
        BRASA_TRY(or_true(p, spec.on, &spec.on));
    }
    if (left && right) BRASA_TRY(same_domain(p, nl, wl + nr, &spec.on));
    if (t == BRASA_JOIN_MARK) spec.mark = n->schema.cols[n->schema.ncols - 1].name;
    if (spec.on == NULL && spec.type == BRASA_JOIN_INNER) spec.type = BRASA_JOIN_CROSS;
    BRASA_TRY(brasa__plan_join(p->x->b, l, r, &spec, &j, p->x->err));
    if (t == BRASA_JOIN_FULL) return full_domain(p, j, nl, nr, out);
    if (t == BRASA_JOIN_RIGHT) d = wl + nr; /* the left's is null where nothing matched */
    int32_t own_right = brasa__join_has_right(t) ? nr : t == BRASA_JOIN_MARK ? 1 : 0;
    *out = arrange(p, j, (span[]) {{0, nl}, {wl, own_right}, {d, p->k}}, 3);
    return BRASA_OK;
}

/* ---- limits, unions, windows ---- */

static const brasa_expr *int_test(sql_binder *x, const brasa_expr *number, const char *op, int64_t v)
{
    brasa_value       value = brasa_value_i64(v);
    const brasa_expr *args[] = {number, brasa__expr_literal(x->arena, &value)};

    return brasa__bound_call(x->arena, op, args, 2);
}

/* The first rows of each value of the domain: numbered in the order that the limit stands on. */
static brasa_status push_limit(pushing *p, const brasa_node *n, const brasa_node **out)
{
    const brasa_node  *from = n->inputs[0], *in, *numbered;
    const brasa_order *order = NULL;
    int32_t            norder = 0;
    brasa_window_spec *w = BRASA_NEW(p->x->arena, brasa_window_spec);
    brasa_expr        *e = brasa__expr_new(p->x->arena, BRASA_EXPR_WINDOW);
    const brasa_expr  *call = brasa__expr_call(p->x->arena, "row_number", NULL, 0), *test = NULL;
    int32_t           *cols;

    if (from->kind == BRASA_NODE_PROJECT && from->inputs[0]->kind == BRASA_NODE_SORT) {
        /* columns picked from sorted rows: sort keys stay in reach below */
        const brasa_node *sorted = from->inputs[0];
        brasa_node       *limit = brasa__node_copy(p->x->arena, n, n->inputs);

        limit->inputs = brasa__arena_copy(p->x->arena, &sorted, sizeof sorted);
        brasa__node_reschema(p->x->arena, limit);
        const brasa_node *below = limit;
        return push_project(p, brasa__node_with_input(p->x->arena, from, below), out);
    }
    if (from->kind == BRASA_NODE_SORT) {
        order = from->u.sort.keys;
        norder = from->u.sort.nkeys;
        from = from->inputs[0];
    }
    BRASA_TRY(push(p, from, &in));
    int32_t            own = in->schema.ncols - p->k;
    const brasa_expr **keys = BRASA_NEWS(p->x->arena, const brasa_expr *, p->k + 1);
    brasa_order       *by = BRASA_NEWS(p->x->arena, brasa_order, norder + 1);
    for (int32_t i = 0; i < p->k; i++) keys[i] = brasa__node_ref(p->x->arena, in, own + i);
    for (int32_t i = 0; i < norder; i++) {
        by[i] = order[i];
        by[i].expr = subst(p, order[i].expr, own);
    }
    if (norder == 0) { /* any order will do, but a window wants one */
        by[0] = (brasa_order) {.expr = brasa__node_ref(p->x->arena, in, 0)};
        norder = 1;
    }
    *w = (brasa_window_spec) {.nkeys = p->k, .keys = keys, .norder = norder, .order = by};
    e->args = brasa__arena_copy(p->x->arena, &call, sizeof call);
    e->nargs = 1;
    e->extra = w;
    const brasa_expr *windows[] = {e};
    BRASA_TRY(brasa__plan_window(p->x->b, in, windows, 1, &numbered, p->x->err));
    const brasa_expr *number = brasa__node_ref(p->x->arena, numbered, own + p->k);
    if (n->u.limit.limit >= 0) test = int_test(p->x, number, "<=", n->u.limit.limit + n->u.limit.offset);
    if (n->u.limit.offset > 0) test = brasa__expr_and(p->x->arena, test, int_test(p->x, number, ">", n->u.limit.offset));
    if (test != NULL) numbered = sql_done(p->x, brasa__make_filter(p->x->arena, n, numbered, test));
    cols = BRASA_NEWS(p->x->arena, int32_t, own + p->k + 1);
    for (int32_t i = 0; i < own + p->k; i++) cols[i] = i;
    *out = pick(p, numbered, cols, own + p->k);
    return BRASA_OK;
}

static brasa_status push_union(pushing *p, const brasa_node *n, const brasa_node **out)
{
    const brasa_node **in = BRASA_NEWS(p->x->arena, const brasa_node *, n->ninputs + 1);

    for (int32_t i = 0; i < n->ninputs; i++) BRASA_TRY(push(p, n->inputs[i], &in[i]));
    return brasa__plan_set(p->x->b, BRASA_SET_UNION, true, in, n->ninputs, out, p->x->err);
}

static brasa_status push_window(pushing *p, const brasa_node *n, const brasa_node **out)
{
    const brasa_node *in;
    int32_t           own = n->inputs[0]->schema.ncols, ncalls = n->u.window.ncalls, nkeys = n->u.window.nkeys;

    BRASA_TRY(push(p, n->inputs[0], &in));
    brasa_node        *w = brasa__node_copy(p->x->arena, n, n->inputs);
    const brasa_expr **keys = BRASA_NEWS(p->x->arena, const brasa_expr *, nkeys + p->k + 1);
    brasa_order       *order = brasa__arena_copy(p->x->arena, n->u.window.order, sizeof *order * (size_t)(n->u.window.norder + 1));
    brasa_window_call *calls = brasa__arena_copy(p->x->arena, n->u.window.calls, sizeof *calls * (size_t)ncalls);
    brasa_field       *fields = BRASA_NEWS(p->x->arena, brasa_field, ncalls + 1);
    for (int32_t i = 0; i < nkeys; i++) keys[i] = subst(p, n->u.window.keys[i], own);
    for (int32_t i = 0; i < p->k; i++) keys[nkeys + i] = brasa__node_ref(p->x->arena, in, own + i);
    for (int32_t i = 0; i < n->u.window.norder; i++) order[i].expr = subst(p, order[i].expr, own);
    for (int32_t i = 0; i < ncalls; i++) {
        calls[i].call = subst(p, calls[i].call, own);
        fields[i] = n->schema.cols[own + i];
    }
    w->inputs = brasa__arena_copy(p->x->arena, &in, sizeof in);
    w->u.window.nkeys = nkeys + p->k;
    w->u.window.keys = keys;
    w->u.window.order = order;
    w->u.window.calls = calls;
    w->schema = (brasa_schema) {ncalls, fields};
    brasa__node_reschema(p->x->arena, w);
    *out = arrange(p, sql_done(p->x, w), (span[]) {{0, own}, {own + p->k, ncalls}, {own, p->k}}, 3);
    return BRASA_OK;
}

static brasa_status push_explode(pushing *p, const brasa_node *n, const brasa_node **out)
{
    const brasa_node *in, *e;
    int32_t           own = n->inputs[0]->schema.ncols, extra = n->schema.ncols - own;
    const char       *name = n->schema.cols[n->schema.ncols - 1].name, *position = n->u.explode.position ? n->schema.cols[own].name : NULL;

    BRASA_TRY(push(p, n->inputs[0], &in));
    BRASA_TRY(brasa__plan_explode(p->x->b, in, subst(p, n->u.explode.list, own), name, n->u.explode.outer, position, &e, p->x->err));
    *out = arrange(p, e, (span[]) {{0, own}, {own + p->k, extra}, {own, p->k}}, 3);
    return BRASA_OK;
}

static brasa_status push_same(pushing *p, const brasa_node *n, const brasa_node **out)
{
    const brasa_node *in;

    BRASA_TRY(push(p, n->inputs[0], &in));
    *out = sql_done(p->x, (brasa_node *)(uintptr_t)brasa__node_with_input(p->x->arena, n, in));
    return BRASA_OK;
}

static brasa_status push_filter(pushing *p, const brasa_node *n, const brasa_node **out)
{
    const brasa_node *in;

    BRASA_TRY(push(p, n->inputs[0], &in));
    *out = sql_done(p->x, brasa__make_filter(p->x->arena, n, in, subst(p, n->u.filter.test, in->schema.ncols - p->k)));
    return BRASA_OK;
}

static brasa_status push(pushing *p, const brasa_node *n, const brasa_node **out)
{
    if (!sql_has_outer(p->x->arena, n, p->id)) return cross(p, n, out);
    switch (n->kind) {
    case BRASA_NODE_PROJECT: return push_project(p, n, out);
    case BRASA_NODE_FILTER: return push_filter(p, n, out);
    case BRASA_NODE_JOIN: return push_join(p, n, out);
    case BRASA_NODE_AGGREGATE: return push_aggregate(p, n, out);
    case BRASA_NODE_SORT: return push(p, n->inputs[0], out);
    case BRASA_NODE_LIMIT: return push_limit(p, n, out);
    case BRASA_NODE_UNION: return push_union(p, n, out);
    case BRASA_NODE_WINDOW: return push_window(p, n, out);
    case BRASA_NODE_EXPLODE: return push_explode(p, n, out);
    case BRASA_NODE_SAMPLE:
    case BRASA_NODE_REPARTITION: return push_same(p, n, out);
    case BRASA_NODE_MAP: return brasa__fail(p->x->err, BRASA_UNSUPPORTED, "a user's function over rows that refer to an enclosing query");
    case BRASA_NODE_SCAN:
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE:
    case BRASA_NODE_CACHED:
    case BRASA_NODE_COUNT: break;
    }
    return brasa__fail(p->x->err, BRASA_INTERNAL, "%s with outer references", brasa__node_name(n->kind));
}

brasa_status sql_dependent(sql_binder *x, const sql_scope *s, const brasa_node *n, sql_unnested *out)
{
    int32_t          *cols, k;
    pushing           p = {.x = x, .id = s->id};
    const brasa_node *in, *d;

    sql_outer_columns(x->arena, n, s->id, &cols, &k);
    p.k = k;
    p.map = BRASA_NEWS(x->arena, int32_t, s->node->schema.ncols + 2); /* [0]: how many follow */
    p.map[0] = s->node->schema.ncols;
    for (int32_t i = 0; i < k; i++) p.map[cols[i] + 1] = i;
    in = brasa__make_pick(x->arena, NULL, s->node, cols, k);
    if (in != s->node) sql_done(x, (brasa_node *)(uintptr_t)in);
    BRASA_TRY(brasa__plan_distinct(x->b, in, NULL, 0, &d, x->err));
    p.domain = d;
    *out = (sql_unnested) {.match = -1};
    BRASA_TRY(push(&p, n, &out->node));
    out->tests = BRASA_NEWS(x->arena, const brasa_expr *, k + 1);
    for (int32_t i = 0; i < k; i++) {
        const brasa_expr *ref = brasa__node_ref(x->arena, out->node, out->node->schema.ncols - k + i);

        BRASA_TRY(sql_call2(x, "<=>", sql_outer_ref(x, s, cols[i]), ref, &out->tests[i]));
    }
    out->n = k;
    return BRASA_OK;
}
