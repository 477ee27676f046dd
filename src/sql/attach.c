/* sql/attach.c -- subqueries joined to the query around them.
 *
 * EXISTS and IN as conditions become SEMI and ANTI joins, as values MARK joins; a scalar subquery becomes a join that refuses a second match.  Comparisons
 * that may be unknown (NOT IN, ALL, values) keep SQL's three truth values.
 */
#include <string.h>

#include "sql/binder.h"

typedef struct attaching {
    sql_binder *x;
    sql_scope  *s;
} attaching;

static const brasa_node *ordered(sql_binder *x, const brasa_node *n)
{
    return sql_done(x, (brasa_node *)(uintptr_t)n);
}

/* Free of references to the scope.  `rows`: it must have the row of an aggregate without matches too. */
static brasa_status unnest(sql_binder *x, const sql_scope *s, const brasa_node *n, bool rows, sql_unnested *out)
{
    *out = (sql_unnested) {.node = n, .match = -1};
    if (!sql_has_outer(x->arena, n, s->id)) return BRASA_OK;
    if (sql_unnest(x, n, s->id, out) && !(rows && out->missing)) return BRASA_OK;
    return sql_dependent(x, s, n, out);
}

/* The conditions, over the scope's columns and the subquery's, side by side. */
static const brasa_expr *condition(sql_binder *x, const sql_scope *s, const sql_unnested *u)
{
    const brasa_expr *all = NULL;

    for (int32_t i = 0; i < u->n; i++) {
        const brasa_expr *e = brasa__expr_shift(x->arena, u->tests[i], s->node->schema.ncols);

        all = brasa__expr_and(x->arena, all, sql_outer_to_ref(x->arena, e, s->id, NULL));
    }
    return all;
}

static brasa_status join(sql_binder *x, sql_scope *s, const brasa_node *right, brasa_join_type type, const brasa_expr *on, bool null_aware)
{
    brasa_join_spec spec = {.type = type, .on = on, .null_aware = null_aware, .mark = "mark"};

    return brasa__plan_join(x->b, s->node, right, &spec, &s->node, x->err);
}

static const brasa_expr *last_column(sql_binder *x, const sql_scope *s)
{
    return brasa__node_ref(x->arena, s->node, s->node->schema.ncols - 1);
}

static brasa_status one_column(sql_binder *x, const brasa_expr *e, const brasa_node *n, int32_t want)
{
    if (n->schema.ncols == want) return BRASA_OK;
    return sql_fail(x, e->pos, BRASA_TYPE, "this subquery has %d columns; %d %s expected", (int)n->schema.ncols, (int)want,
                    want == 1 ? "is" : "are");
}

/* ---- scalar ---- */

static bool at_most_one(const brasa_node *n)
{
    if (n->kind == BRASA_NODE_PROJECT || n->kind == BRASA_NODE_FILTER || n->kind == BRASA_NODE_SORT) return at_most_one(n->inputs[0]);
    if (n->kind == BRASA_NODE_LIMIT) return (n->u.limit.limit >= 0 && n->u.limit.limit <= 1) || at_most_one(n->inputs[0]);
    if (n->kind == BRASA_NODE_VALUES) return n->u.values.nrows <= 1;
    return n->kind == BRASA_NODE_AGGREGATE && n->u.aggregate.nkeys == 0;
}

static bool exactly_one(const brasa_node *n)
{
    if (n->kind == BRASA_NODE_PROJECT || n->kind == BRASA_NODE_SORT) return exactly_one(n->inputs[0]);
    if (n->kind == BRASA_NODE_VALUES) return n->u.values.nrows == 1;
    return n->kind == BRASA_NODE_AGGREGATE && n->u.aggregate.nkeys == 0;
}

/* The value, or what an aggregate gives of no rows where nothing matched. */
static brasa_status scalar_value(attaching *a, const sql_unnested *u, int32_t first, const brasa_expr **out)
{
    const brasa_expr *value = brasa__node_ref(a->x->arena, a->s->node, first);

    *out = value;
    if (!u->missing || u->values[0].null) return BRASA_OK;
    brasa_expr       *c = brasa__expr_new(a->x->arena, BRASA_EXPR_CASE);
    const brasa_expr *match = brasa__node_ref(a->x->arena, a->s->node, first + u->match);
    const brasa_expr *args[] = {brasa__bound_call(a->x->arena, "isnotnull", &match, 1), value,
                                brasa__expr_literal(a->x->arena, &u->values[0])};
    c->args = brasa__arena_copy(a->x->arena, args, sizeof args);
    c->nargs = 3;
    return sql_type(a->x, c, false, out);
}

static brasa_status aggregate_of(attaching *a, const char *name, const brasa_expr *arg, const brasa_expr **out)
{
    brasa_expr *call = brasa__expr_new(a->x->arena, BRASA_EXPR_AGGREGATE);

    call->name = name;
    call->nargs = arg == NULL ? 0 : 1;
    call->args = brasa__arena_copy(a->x->arena, &arg, sizeof arg);
    return sql_type(a->x, call, true, out);
}

/* A subquery that stands for itself gives exactly one row: null of none, an error of more.  So it joins like any table, and conditions on it reach scans. */
static brasa_status make_exactly_one(attaching *a, const brasa_node **n)
{
    brasa_arena      *arena = a->x->arena;
    brasa_value       one = brasa_value_i64(1), text = brasa_value_string(BRASA_TWO_ROWS_TEXT);
    const char       *name = (*n)->schema.cols[0].name;
    brasa_expr       *c = brasa__expr_new(arena, BRASA_EXPR_CASE), *fail;
    const brasa_expr *aggs[2], *value;

    BRASA_TRY(aggregate_of(a, "count", NULL, &aggs[0]));
    BRASA_TRY(aggregate_of(a, "first", brasa__node_ref(arena, *n, 0), &aggs[1]));
    *n = sql_done(a->x, brasa__make_aggregate(arena, NULL, *n, NULL, 0, aggs, 2, NULL));
    fail = brasa__expr_cast(arena, brasa__expr_call1(arena, "raise_error", brasa__expr_literal(arena, &text)), (*n)->schema.cols[1].type,
                            false);
    const brasa_expr *few[] = {brasa__node_ref(arena, *n, 0), brasa__expr_literal(arena, &one)};
    const brasa_expr *args[] = {brasa__bound_call(arena, "<=", few, 2), brasa__node_ref(arena, *n, 1), fail};
    c->args = brasa__arena_copy(arena, args, sizeof args);
    c->nargs = 3;
    BRASA_TRY(sql_type(a->x, c, false, &value));
    *n = sql_done(a->x, brasa__make_project(arena, NULL, *n, &value, &name, 1));
    return BRASA_OK;
}

static brasa_status scalar(attaching *a, const brasa_expr *e, const brasa_node *n, const brasa_expr **out)
{
    sql_unnested u;
    int32_t      first;

    BRASA_TRY(one_column(a->x, e, n, 1));
    if (!sql_has_outer(a->x->arena, n, a->s->id) && !exactly_one(n)) BRASA_TRY(make_exactly_one(a, &n));
    brasa_join_type type = at_most_one(n) ? BRASA_JOIN_LEFT : BRASA_JOIN_SINGLE;
    BRASA_TRY(unnest(a->x, a->s, n, false, &u));
    if (u.missing && !u.values[0].null && u.match < 0) BRASA_TRY(sql_dependent(a->x, a->s, n, &u));
    if (u.n == 0 && exactly_one(n)) type = BRASA_JOIN_CROSS;
    first = a->s->node->schema.ncols;
    BRASA_TRY(join(a->x, a->s, u.node, type, condition(a->x, a->s, &u), false));
    return scalar_value(a, &u, first, out);
}

/* The order of a query's rows as the order in which `call` takes them.  What it takes stands on the sort itself: under the projection that leaves its keys out. */
static const brasa_node *in_order(const brasa_node *n, brasa_expr *call, const brasa_expr **value)
{
    const brasa_node *sort = n->kind == BRASA_NODE_PROJECT && n->inputs[0]->kind == BRASA_NODE_SORT ? n->inputs[0] : n;

    if (sort->kind != BRASA_NODE_SORT) return n;
    if (sort != n) *value = n->u.project.exprs[0];
    call->order = sort->u.sort.keys;
    call->norder = sort->u.sort.nkeys;
    return sort;
}

static brasa_status array(attaching *a, const brasa_expr *e, const brasa_node *n, const brasa_expr **out)
{
    brasa_expr       *call = brasa__expr_new(a->x->arena, BRASA_EXPR_AGGREGATE);
    const brasa_expr *ref, *agg;

    BRASA_TRY(one_column(a->x, e, n, 1));
    ref = brasa__node_ref(a->x->arena, n, 0);
    if (((const brasa_subquery *)e->extra)->query->norder > 0) n = in_order(n, call, &ref);
    bool boxed = ref->nullable; /* collect_list leaves nulls out: structs of them are none */
    if (boxed) {
        brasa_value name = brasa_value_string("v");
        BRASA_TRY(sql_call2(a->x, "named_struct", brasa__expr_literal(a->x->arena, &name), ref, &ref));
    }
    call->name = "collect_list";
    call->nargs = 1;
    call->args = brasa__arena_copy(a->x->arena, &ref, sizeof ref);
    BRASA_TRY(sql_type(a->x, call, true, &agg));
    n = sql_done(a->x, brasa__make_aggregate(a->x->arena, NULL, n, NULL, 0, &agg, 1, NULL));
    if (boxed) {
        brasa_value       name = brasa_value_string("v");
        const brasa_expr *list;
        const char       *title = "array";
        BRASA_TRY(sql_call2(a->x, "get_field", brasa__node_ref(a->x->arena, n, 0), brasa__expr_literal(a->x->arena, &name), &list));
        n = sql_done(a->x, brasa__make_project(a->x->arena, NULL, n, &list, &title, 1));
    }
    return scalar(a, e, n, out);
}

/* ---- EXISTS ---- */

/* What is selected and its order do not matter. */
static const brasa_node *bare(const brasa_node *n)
{
    for (;;) {
        bool past = n->kind == BRASA_NODE_SORT && n->u.sort.limit < 0;

        past = past || (n->kind == BRASA_NODE_LIMIT && n->u.limit.limit != 0 && n->u.limit.offset == 0);
        if (!past) return n;
        n = n->inputs[0];
    }
}

static brasa_status exists(attaching *a, const brasa_node *n, brasa_join_type type)
{
    sql_unnested u;

    BRASA_TRY(unnest(a->x, a->s, bare(n), true, &u));
    if (u.n == 0) u.node = ordered(a->x, brasa__make_limit(a->x->arena, NULL, u.node, 1, 0));
    return join(a->x, a->s, u.node, type, condition(a->x, a->s, &u), false);
}

/* ---- ANY, ALL ---- */

/* args OP the subquery's columns, which begin at `first`. */
static brasa_status comparison(attaching *a, const brasa_expr *e, const char *op, const brasa_expr *const *args, const brasa_node *right,
                               int32_t first, const brasa_expr **out)
{
    bool        equal = strcmp(op, "=") == 0, differs = strcmp(op, "<>") == 0;
    brasa_scope scope = {.text = a->x->text};

    if (e->nargs > 1 && !equal && !differs) return sql_fail(a->x, e->pos, BRASA_UNSUPPORTED, "rows are compared with = and <> only");
    *out = NULL;
    for (int32_t i = 0; i < e->nargs; i++) {
        const brasa_expr *one;
        brasa_expr       *call =
            brasa__expr_call2(a->x->arena, e->nargs > 1 ? "=" : op, args[i], brasa__schema_ref(a->x->arena, right->schema, i, first));

        call->pos = e->pos;
        BRASA_TRY(brasa__expr_bind(a->x->arena, &scope, call, 0, &one, a->x->err));
        *out = brasa__expr_and(a->x->arena, *out, one);
    }
    if (e->nargs > 1 && differs) *out = brasa__bound_call(a->x->arena, "not", out, 1);
    return BRASA_OK;
}

static const brasa_expr *is_unknown(sql_binder *x, const brasa_expr *e)
{
    return brasa__bound_call(x->arena, "isnull", &e, 1);
}

static const brasa_expr *negation(sql_binder *x, const brasa_expr *e)
{
    return brasa__bound_call(x->arena, "not", &e, 1);
}

static const brasa_expr *or_unknown(sql_binder *x, const brasa_expr *e)
{
    brasa_value       yes = brasa_value_bool(true);
    const brasa_expr *args[] = {e, brasa__expr_literal(x->arena, &yes)};

    return e->nullable ? brasa__bound_call(x->arena, "coalesce", args, 2) : e;
}

typedef struct compared {
    const brasa_expr        *e;
    const brasa_subquery    *sub;
    const brasa_expr *const *args; /* typed, over the scope's columns */
    sql_unnested             u;
    bool                     free; /* the subquery refers to nothing outside */
} compared;

static brasa_status prepare(attaching *a, const brasa_expr *e, const brasa_node *n, compared *c)
{
    const brasa_expr **args = BRASA_NEWS(a->x->arena, const brasa_expr *, e->nargs + 1);

    *c = (compared) {.e = e, .sub = e->extra, .args = args};
    BRASA_TRY(one_column(a->x, e, n, e->nargs));
    for (int32_t i = 0; i < e->nargs; i++) {
        BRASA_TRY(sql_attach(a->x, a->s, e->args[i], &args[i]));
        BRASA_TRY(sql_type(a->x, args[i], false, &args[i]));
    }
    c->free = !sql_has_outer(a->x->arena, n, -1);
    return unnest(a->x, a->s, n, true, &c->u);
}

/* The comparison, turned round for ALL: x op ALL is NOT (x not-op ANY). */
static brasa_status compare(attaching *a, const compared *c, const brasa_expr **out)
{
    BRASA_TRY(comparison(a, c->e, c->sub->op, c->args, c->u.node, a->s->node->schema.ncols, out));
    if (c->sub->kind == BRASA_SUB_ALL) *out = negation(a->x, *out);
    return BRASA_OK;
}

/* One key of a join that knows NOT IN's nulls? */
static bool is_key(const compared *c, const brasa_expr *test, int32_t left)
{
    if (!c->free || c->e->nargs != 1 || c->sub->kind != BRASA_SUB_ANY || strcmp(c->sub->op, "=") != 0) return false;
    return brasa__is_call(test, "=") && brasa__expr_is_deterministic(test) && brasa__refs_within(test->args[0], 0, left) &&
           !brasa__refs_within(test->args[0], 0, 0) && !brasa__refs_within(test->args[1], 0, left) &&
           !sql_expr_has_outer(test->args[0], -1);
}

static brasa_status any_condition(attaching *a, const brasa_expr *e, const brasa_node *n, bool negated)
{
    compared          c;
    const brasa_expr *test;
    int32_t           left;

    BRASA_TRY(prepare(a, e, n, &c));
    left = a->s->node->schema.ncols;
    BRASA_TRY(compare(a, &c, &test));
    negated = negated != (c.sub->kind == BRASA_SUB_ALL);
    if (!negated)
        return join(a->x, a->s, c.u.node, BRASA_JOIN_SEMI, brasa__expr_and(a->x->arena, condition(a->x, a->s, &c.u), test), false);
    if (is_key(&c, test, left)) return join(a->x, a->s, c.u.node, BRASA_JOIN_ANTI, test, test->nullable);
    return join(a->x, a->s, c.u.node, BRASA_JOIN_ANTI, brasa__expr_and(a->x->arena, condition(a->x, a->s, &c.u), or_unknown(a->x, test)),
                false);
}

/* true where a comparison is, else unknown where one is unknown. */
static brasa_status any_value(attaching *a, const brasa_expr *e, const brasa_node *n, const brasa_expr **out)
{
    compared          c;
    const brasa_expr *test, *yes, *unknown;
    brasa_value       t = brasa_value_bool(true), f = brasa_value_bool(false), null = brasa_value_null();

    BRASA_TRY(prepare(a, e, n, &c));
    BRASA_TRY(compare(a, &c, &test));
    bool key = is_key(&c, test, a->s->node->schema.ncols);
    BRASA_TRY(join(a->x, a->s, c.u.node, BRASA_JOIN_MARK, brasa__expr_and(a->x->arena, condition(a->x, a->s, &c.u), test),
                   key && test->nullable));
    yes = last_column(a->x, a->s);
    *out = yes;
    if (!key && test->nullable) {
        BRASA_TRY(compare(a, &c, &test));
        BRASA_TRY(join(a->x, a->s, c.u.node, BRASA_JOIN_MARK,
                       brasa__expr_and(a->x->arena, condition(a->x, a->s, &c.u), is_unknown(a->x, test)), false));
        unknown = last_column(a->x, a->s);
        brasa_expr       *choice = brasa__expr_new(a->x->arena, BRASA_EXPR_CASE);
        const brasa_expr *args[] = {yes, brasa__expr_literal(a->x->arena, &t), unknown, brasa__expr_literal(a->x->arena, &null),
                                    brasa__expr_literal(a->x->arena, &f)};
        choice->args = brasa__arena_copy(a->x->arena, args, sizeof args);
        choice->nargs = 5;
        BRASA_TRY(sql_type(a->x, choice, false, out));
    }
    if (c.sub->kind == BRASA_SUB_ALL) *out = negation(a->x, *out);
    return BRASA_OK;
}

/* ---- anywhere in an expression ---- */

static brasa_status attach(void *arg, const brasa_expr *e, const brasa_expr **out)
{
    attaching            *a = arg;
    const brasa_subquery *sub = e->extra;
    const brasa_node     *n;

    if (e->kind != BRASA_EXPR_SUBQUERY) return sql_map(a->x->arena, e, attach, a, out);
    BRASA_TRY(sql_query(a->x, sub->query, a->s, &n));
    switch (sub->kind) {
    case BRASA_SUB_SCALAR: return scalar(a, e, n, out);
    case BRASA_SUB_ARRAY: return array(a, e, n, out);
    case BRASA_SUB_EXISTS:
        BRASA_TRY(exists(a, n, BRASA_JOIN_MARK));
        *out = last_column(a->x, a->s);
        return BRASA_OK;
    case BRASA_SUB_ANY:
    case BRASA_SUB_ALL: return any_value(a, e, n, out);
    }
    return BRASA_OK;
}

brasa_status sql_attach(sql_binder *x, sql_scope *s, const brasa_expr *e, const brasa_expr **out)
{
    attaching a = {.x = x, .s = s};

    *out = e;
    return sql_any(e, sql_is_subquery) ? attach(&a, e, out) : BRASA_OK;
}

/* ---- conditions ---- */

static brasa_status filter(sql_binder *x, sql_scope *s, const brasa_expr *test)
{
    return brasa__plan_filter(x->b, s->node, test, &s->node, x->err);
}

static void conjuncts(sql_binder *x, const brasa_expr *e, const brasa_expr ***list, int32_t *n, int32_t *cap)
{
    if (brasa__is_call(e, "and")) {
        for (int32_t i = 0; i < e->nargs; i++) conjuncts(x, e->args[i], list, n, cap);
        return;
    }
    *list = brasa__arena_grow(x->arena, *list, cap, *n + 1, sizeof **list);
    (*list)[(*n)++] = e;
}

/* A conjunct that is EXISTS, IN, ... or its negation; false: it is none. */
static brasa_status as_join(sql_binder *x, sql_scope *s, const brasa_expr *e, bool *done)
{
    attaching         a = {.x = x, .s = s};
    bool              negated = false;
    const brasa_node *n;

    *done = false;
    for (; brasa__is_call(e, "not"); e = e->args[0]) negated = !negated;
    if (e->kind != BRASA_EXPR_SUBQUERY) return BRASA_OK;
    const brasa_subquery *sub = e->extra;
    if (sub->kind == BRASA_SUB_SCALAR || sub->kind == BRASA_SUB_ARRAY) return BRASA_OK;
    *done = true;
    BRASA_TRY(sql_query(x, sub->query, s, &n));
    if (sub->kind == BRASA_SUB_EXISTS) return exists(&a, n, negated ? BRASA_JOIN_ANTI : BRASA_JOIN_SEMI);
    return any_condition(&a, e, n, negated);
}

const brasa_expr *sql_and(sql_binder *x, const brasa_expr *const *list, int32_t n)
{
    return n == 1 ? list[0] : brasa__expr_call(x->arena, "and", list, n);
}

void sql_conjuncts(sql_binder *x, const brasa_expr *e, const brasa_expr ***list, int32_t *n)
{
    int32_t cap = 0;

    *list = NULL;
    *n = 0;
    conjuncts(x, e, list, n, &cap);
}

brasa_status sql_where(sql_binder *x, sql_scope *s, const brasa_expr *test)
{
    const brasa_expr **parts, **plain;
    int32_t            n, m = 0;

    sql_conjuncts(x, test, &parts, &n);
    plain = BRASA_NEWS(x->arena, const brasa_expr *, n + 1);
    for (int32_t i = 0; i < n; i++) {
        if (!sql_any(parts[i], sql_is_subquery)) plain[m++] = parts[i];
    }
    if (m > 0) BRASA_TRY(filter(x, s, sql_and(x, plain, m)));
    for (int32_t i = 0; i < n; i++) {
        const brasa_expr *e;
        bool              done;

        if (!sql_any(parts[i], sql_is_subquery)) continue;
        BRASA_TRY(as_join(x, s, parts[i], &done));
        if (done) continue;
        BRASA_TRY(sql_attach(x, s, parts[i], &e));
        BRASA_TRY(filter(x, s, e));
    }
    return BRASA_OK;
}

brasa_status sql_lateral(sql_binder *x, const sql_scope *s, const brasa_node *right, brasa_join_type type, const brasa_expr *on,
                         const brasa_node **out)
{
    sql_unnested    u;
    int32_t         width = s->node->schema.ncols + right->schema.ncols, *cols = BRASA_NEWS(x->arena, int32_t, width + 1);
    brasa_join_spec spec = {.type = type == BRASA_JOIN_CROSS ? BRASA_JOIN_INNER : type};

    BRASA_TRY(unnest(x, s, right, true, &u));
    spec.on = brasa__expr_and(x->arena, condition(x, s, &u), on);
    if (spec.on == NULL && spec.type == BRASA_JOIN_INNER) spec.type = BRASA_JOIN_CROSS;
    BRASA_TRY(brasa__plan_join(x->b, s->node, u.node, &spec, out, x->err));
    for (int32_t i = 0; i < width; i++) cols[i] = i;
    const brasa_node *picked = brasa__make_pick(x->arena, NULL, *out, cols, width);
    if (picked != *out) *out = ordered(x, picked);
    return BRASA_OK;
}
