/* sql/query.c -- queries: WITH, VALUES, set operations, LIMIT; recursion in WITH. */
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "sql/binder.h"

enum { MAX_DEPTH = 200 };

/* ---- constants ---- */

brasa_status sql_constant(sql_binder *x, const brasa_expr *e, brasa_type t, brasa_value *out)
{
    sql_scope none = {.id = 0};

    BRASA_TRY(sql_resolve(x, &none, NULL, e, &e));
    if (sql_any(e, sql_is_subquery)) return sql_fail(x, e->pos, BRASA_UNSUPPORTED, "a subquery where a constant must stand");
    BRASA_TRY(sql_type(x, e, false, &e));
    BRASA_TRY(brasa__expr_coerce(x->arena, e, t, false, &e, x->err));
    return brasa__expr_constant(x->arena, e, out, x->err);
}

brasa_status sql_one_row(sql_binder *x, const brasa_node **out)
{
    brasa_field field = {.name = "__one", .type = brasa__type(BRASA_KIND_INT32)};
    brasa_value one = brasa_value_i32(1);

    return brasa__plan_values(x->b, (brasa_schema) {1, &field}, &one, 1, out, x->err);
}

brasa_status sql_rename(sql_binder *x, const brasa_node *in, const char *const *names, int32_t n, const char *what, int32_t pos,
                        const brasa_node **out)
{
    int32_t            ncols = in->schema.ncols;
    const brasa_expr **exprs = BRASA_NEWS(x->arena, const brasa_expr *, ncols + 1);
    const char       **now = BRASA_NEWS(x->arena, const char *, ncols + 1);

    if (n > ncols) return sql_fail(x, pos, BRASA_INVALID, "%d names for the %d columns of %s", (int)n, (int)ncols, what);
    *out = in;
    if (n == 0) return BRASA_OK;
    for (int32_t i = 0; i < ncols; i++) {
        exprs[i] = brasa__node_ref(x->arena, in, i);
        now[i] = i < n ? names[i] : in->schema.cols[i].name;
    }
    *out = sql_done(x, brasa__make_project(x->arena, NULL, in, exprs, now, ncols));
    return BRASA_OK;
}

/* ---- LIMIT, ORDER BY of outputs ---- */

/* LIMIT (SELECT ...): run now. */
static brasa_status queried(sql_binder *x, const brasa_expr *e, brasa_value *out)
{
    sql_scope         s;
    const brasa_expr *bound;
    const brasa_node *n;

    sql_scope_init(x, &s, NULL);
    BRASA_TRY(sql_one_row(x, &s.node));
    BRASA_TRY(sql_resolve(x, &s, NULL, e, &bound));
    BRASA_TRY(sql_attach(x, &s, bound, &bound));
    BRASA_TRY(sql_type(x, bound, false, &bound));
    BRASA_TRY(brasa__expr_coerce(x->arena, bound, brasa__type(BRASA_KIND_INT64), false, &bound, x->err));
    BRASA_TRY(brasa__plan_project(x->b, s.node, &bound, 1, &n, x->err));
    if (x->catalog->value == NULL) return sql_fail(x, e->pos, BRASA_UNSUPPORTED, "a subquery where a constant must stand");
    return x->catalog->value(x->catalog->arg, n, out, x->err);
}

static brasa_status count_of(sql_binder *x, const brasa_expr *e, const char *what, int64_t none, int64_t *out)
{
    brasa_value v;

    *out = none;
    if (e == NULL) return BRASA_OK;
    BRASA_TRY(sql_any(e, sql_is_subquery) ? queried(x, e, &v) : sql_constant(x, e, brasa__type(BRASA_KIND_INT64), &v));
    if (v.null) return BRASA_OK;
    if (v.u.i < 0) return sql_fail(x, e->pos, BRASA_INVALID, "%s %lld; give 0 or more", what, (long long)v.u.i);
    *out = v.u.i;
    return BRASA_OK;
}

static const brasa_expr *window_call(sql_binder *x, const char *name, const brasa_node *sorted)
{
    brasa_expr        *e = brasa__expr_new(x->arena, BRASA_EXPR_WINDOW);
    brasa_window_spec *w = BRASA_NEW(x->arena, brasa_window_spec);
    const brasa_expr  *call = brasa__expr_call(x->arena, name, NULL, 0);

    w->norder = sorted->u.sort.nkeys;
    w->order = sorted->u.sort.keys;
    e->args = brasa__arena_copy(x->arena, &call, sizeof call);
    e->nargs = 1;
    e->extra = w;
    return e;
}

/* FETCH FIRST n ROWS WITH TIES: rows whose rank is within the count, in the same order. */
static brasa_status with_ties(sql_binder *x, const brasa_query *q, const brasa_node *sorted, int64_t limit, int64_t offset,
                              const brasa_node **out)
{
    const brasa_node *n, *in;
    brasa_value       first = brasa_value_i64(offset), last = brasa_value_i64(offset + limit);
    const brasa_expr *test, *skip;

    if (sorted->kind != BRASA_NODE_SORT)
        return sql_fail(x, q->pos, BRASA_INVALID, "WITH TIES needs ORDER BY: ties are rows that it leaves equal");
    in = sorted->inputs[0];
    const brasa_expr *windows[] = {window_call(x, "rank", sorted), window_call(x, "row_number", sorted)};
    BRASA_TRY(brasa__plan_window(x->b, in, windows, 2, &n, x->err));
    int32_t w = in->schema.ncols, *cols = BRASA_NEWS(x->arena, int32_t, w + 1);
    BRASA_TRY(sql_call2(x, "<=", brasa__node_ref(x->arena, n, w), brasa__expr_literal(x->arena, &last), &test));
    BRASA_TRY(sql_call2(x, ">", brasa__node_ref(x->arena, n, w + 1), brasa__expr_literal(x->arena, &first), &skip));
    n = sql_done(x, brasa__make_filter(x->arena, NULL, n, brasa__expr_and(x->arena, test, skip)));
    for (int32_t i = 0; i < w; i++) cols[i] = i;
    n = sql_done(x, (brasa_node *)(uintptr_t)brasa__make_pick(x->arena, NULL, n, cols, w));
    return brasa__plan_sort(x->b, n, sorted->u.sort.keys, sorted->u.sort.nkeys, out, x->err);
}

static bool is_percent(const brasa_expr *e)
{
    return e != NULL && e->kind == BRASA_EXPR_CALL && e->nargs == 1 && strcmp(e->name, "__percent__") == 0;
}

/* LIMIT 10 PERCENT: of the rows that there are, so they are computed now. */
static brasa_status percent_of(sql_binder *x, const brasa_query *q, const brasa_node *in, const brasa_node **out)
{
    brasa_value v;
    int64_t     rows, offset;

    BRASA_TRY(sql_constant(x, q->limit->args[0], brasa__type(BRASA_KIND_FLOAT64), &v));
    if (v.null || !(v.u.f >= 0 && v.u.f <= 100)) return sql_fail(x, q->limit->pos, BRASA_INVALID, "LIMIT n PERCENT: n is from 0 to 100");
    BRASA_TRY(count_of(x, q->offset, "OFFSET", 0, &offset));
    BRASA_TRY(x->catalog->keep(x->catalog->arg, in, out, &rows, x->err));
    return brasa__plan_limit(x->b, *out, (int64_t)((double)rows * v.u.f / 100), offset, out, x->err);
}

brasa_status sql_tail(sql_binder *x, const brasa_query *q, const brasa_node *in, const brasa_node **out)
{
    int64_t limit, offset;

    if (is_percent(q->limit)) return percent_of(x, q, in, out);

    *out = in;
    BRASA_TRY(count_of(x, q->limit, "LIMIT", -1, &limit));
    BRASA_TRY(count_of(x, q->offset, "OFFSET", 0, &offset));
    if (q->ties && limit >= 0) return with_ties(x, q, in, limit, offset, out);
    return limit < 0 && offset == 0 ? BRASA_OK : brasa__plan_limit(x->b, in, limit, offset, out, x->err);
}

brasa_status sql_order_output(sql_binder *x, const brasa_query *q, sql_scope *outer, const brasa_node *in, const brasa_node **out)
{
    sql_scope    s;
    int32_t      n = q->order_all ? in->schema.ncols : q->norder;
    brasa_order *order = BRASA_NEWS(x->arena, brasa_order, n + 1);

    *out = in;
    if (n == 0) return BRASA_OK;
    sql_scope_init(x, &s, outer);
    BRASA_TRY(sql_scope_table(x, &s, in, NULL, NULL, 0, -1));
    for (int32_t i = 0; i < n; i++) {
        const brasa_expr *e = q->order[q->order_all ? 0 : i].expr;

        order[i] = q->order[q->order_all ? 0 : i];
        if (q->order_all) {
            order[i].expr = brasa__node_ref(x->arena, in, i);
        } else if (e->kind == BRASA_EXPR_LITERAL && !e->value.null && e->value.type.kind == BRASA_KIND_INT32) {
            if (e->value.u.i < 1 || e->value.u.i > in->schema.ncols)
                return sql_fail(x, e->pos, BRASA_INVALID, "ORDER BY %lld: there are %d columns", (long long)e->value.u.i,
                                (int)in->schema.ncols);
            order[i].expr = brasa__node_ref(x->arena, in, (int32_t)e->value.u.i - 1);
        } else {
            BRASA_TRY(sql_resolve(x, &s, NULL, e, &order[i].expr));
        }
    }
    return brasa__plan_sort(x->b, in, order, n, out, x->err);
}

brasa_status sql_rows_needed(sql_binder *x, const brasa_query *q, int64_t *out)
{
    int64_t limit, offset;

    *out = -1;
    if (is_percent(q->limit)) return BRASA_OK;
    BRASA_TRY(count_of(x, q->limit, "LIMIT", -1, &limit));
    BRASA_TRY(count_of(x, q->offset, "OFFSET", 0, &offset));
    *out = limit < 0 || limit > INT64_MAX - offset ? -1 : limit + offset;
    return BRASA_OK;
}

/* ---- VALUES ---- */

static const char **value_names(sql_binder *x, int32_t n)
{
    const char **names = BRASA_NEWS(x->arena, const char *, n + 1);

    for (int32_t i = 0; i < n; i++) names[i] = brasa__arena_printf(x->arena, "col%d", (int)i + 1);
    return names;
}

/* The types that hold every row's. */
static brasa_status value_types(sql_binder *x, const brasa_query *q, const brasa_expr **cells, brasa_type *types)
{
    for (int32_t c = 0; c < q->ncols; c++) {
        types[c] = brasa__type(BRASA_KIND_NULL);
        for (int32_t r = 0; r < q->nrows; r++) {
            const brasa_expr *e = cells[(int64_t)r * q->ncols + c];

            if (!brasa__type_common(x->arena, types[c], e->type, &types[c]))
                return sql_fail(x, q->values[(int64_t)r * q->ncols + c]->pos, BRASA_TYPE,
                                "column %d of VALUES mixes types that have none in common; cast them", (int)c + 1);
        }
    }
    for (int64_t i = 0; i < (int64_t)q->nrows * q->ncols; i++)
        BRASA_TRY(brasa__expr_coerce(x->arena, cells[i], types[i % q->ncols], true, &cells[i], x->err));
    return BRASA_OK;
}

static brasa_status value_rows(sql_binder *x, const brasa_query *q, sql_scope *one, const brasa_expr **cells, const brasa_node **out)
{
    const char       **names = value_names(x, q->ncols);
    const brasa_node **rows = BRASA_NEWS(x->arena, const brasa_node *, q->nrows + 1);

    for (int32_t r = 0; r < q->nrows; r++)
        rows[r] = sql_done(x, brasa__make_project(x->arena, NULL, one->node, cells + (int64_t)r * q->ncols, names, q->ncols));
    *out = rows[0];
    return q->nrows == 1 ? BRASA_OK : brasa__plan_set(x->b, BRASA_SET_UNION, true, rows, q->nrows, out, x->err);
}

static brasa_status values(sql_binder *x, const brasa_query *q, sql_scope *outer, const brasa_node **out)
{
    int64_t            n = (int64_t)q->nrows * q->ncols;
    const brasa_expr **cells = BRASA_NEWS(x->arena, const brasa_expr *, n + 1);
    brasa_type        *types = BRASA_NEWS(x->arena, brasa_type, q->ncols + 1);
    brasa_value       *constants = BRASA_NEWS(x->arena, brasa_value, n + 1);
    brasa_field       *fields = BRASA_NEWS(x->arena, brasa_field, q->ncols + 1);
    const char       **names = value_names(x, q->ncols);
    sql_scope          s;
    bool               constant = true;
    brasa_error        ignored;

    sql_scope_init(x, &s, outer);
    BRASA_TRY(sql_one_row(x, &s.node));
    for (int64_t i = 0; i < n; i++) {
        BRASA_TRY(sql_resolve(x, &s, NULL, q->values[i], &cells[i]));
        BRASA_TRY(sql_attach(x, &s, cells[i], &cells[i]));
        BRASA_TRY(sql_type(x, cells[i], false, &cells[i]));
    }
    BRASA_TRY(value_types(x, q, cells, types));
    for (int64_t i = 0; i < n && constant; i++)
        constant = brasa__expr_is_deterministic(cells[i]) && !sql_expr_has_outer(cells[i], -1) && brasa__refs_within(cells[i], 0, 0) &&
                   brasa__expr_constant(x->arena, cells[i], &constants[i], &ignored) == BRASA_OK;
    if (!constant) return value_rows(x, q, &s, cells, out);
    for (int32_t c = 0; c < q->ncols; c++) fields[c] = (brasa_field) {.name = names[c], .type = types[c], .nullable = true};
    return brasa__plan_values(x->b, (brasa_schema) {q->ncols, fields}, constants, q->nrows, out, x->err);
}

/* ---- set operations ---- */

static int32_t column_named(const brasa_node *n, const char *name)
{
    for (int32_t i = 0; i < n->schema.ncols; i++) {
        if (strcasecmp(n->schema.cols[i].name, name) == 0) return i;
    }
    return -1;
}

void sql_union_by_name(sql_binder *x, const brasa_node **in, int32_t n)
{
    const char **names = NULL;
    int32_t      ncols = 0, cap = 0;

    for (int32_t i = 0; i < n; i++) {
        for (int32_t c = 0; c < in[i]->schema.ncols; c++) {
            bool there = false;

            for (int32_t k = 0; k < ncols; k++) there = there || strcasecmp(names[k], in[i]->schema.cols[c].name) == 0;
            if (there) continue;
            names = brasa__arena_grow(x->arena, names, &cap, ncols + 1, sizeof *names);
            names[ncols++] = in[i]->schema.cols[c].name;
        }
    }
    for (int32_t i = 0; i < n; i++) {
        const brasa_expr **exprs = BRASA_NEWS(x->arena, const brasa_expr *, ncols + 1);
        brasa_value        null = brasa_value_null();

        for (int32_t c = 0; c < ncols; c++) {
            int32_t at = column_named(in[i], names[c]);

            exprs[c] = at >= 0 ? brasa__node_ref(x->arena, in[i], at) : brasa__expr_literal(x->arena, &null);
        }
        in[i] = sql_done(x, brasa__make_project(x->arena, NULL, in[i], exprs, names, ncols));
    }
}

static brasa_status set_operation(sql_binder *x, const brasa_query *q, sql_scope *outer, const brasa_node **out)
{
    const brasa_node **in = BRASA_NEWS(x->arena, const brasa_node *, q->ninputs + 1);
    bool               names = false;

    for (int32_t i = 0; i < q->ninputs; i++) {
        BRASA_TRY(sql_query(x, q->inputs[i], outer, &in[i]));
        names = names || (i > 0 && q->inputs[i]->by_name);
    }
    if (names) sql_union_by_name(x, in, q->ninputs);
    for (int32_t i = 0; i < q->ninputs; i++) {
        if (in[i]->schema.ncols != in[0]->schema.ncols)
            return sql_fail(x, q->inputs[i]->pos, BRASA_TYPE, "this side of %s has %d columns, the first has %d",
                            q->op == BRASA_SET_UNION       ? "UNION"
                            : q->op == BRASA_SET_INTERSECT ? "INTERSECT"
                                                           : "EXCEPT",
                            (int)in[i]->schema.ncols, (int)in[0]->schema.ncols);
    }
    return brasa__plan_set(x->b, q->op, q->all, in, q->ninputs, out, x->err);
}

/* ---- a query ---- */

/* What nobody names is bound all the same, so that its errors are found; recursion would run. */
static brasa_status look_at_unused(sql_binder *x, sql_with *w)
{
    const brasa_node *n;
    sql_with         *with = x->with;

    if (w->node != NULL || w->busy || w->cte->recursive) return BRASA_OK;
    x->with = w->next;
    BRASA_TRY(sql_query(x, w->cte->query, w->outer, &n));
    BRASA_TRY(sql_rename(x, n, w->cte->columns, w->cte->ncolumns, w->cte->name, w->cte->pos, &n));
    x->with = with;
    return BRASA_OK;
}

brasa_status sql_query(sql_binder *x, const brasa_query *q, sql_scope *outer, const brasa_node **out)
{
    sql_with *before = x->with;

    if (x->depth >= MAX_DEPTH) return brasa__fail(x->err, BRASA_SYNTAX, "queries nest deeper than %d levels", (int)MAX_DEPTH);
    x->depth++;
    BRASA_TRY(sql_with_push(x, q, outer));
    sql_with *own = x->with;
    if (q->kind == BRASA_QUERY_SELECT) {
        BRASA_TRY(sql_select(x, q, outer, out));
    } else {
        if (q->kind == BRASA_QUERY_VALUES) {
            BRASA_TRY(values(x, q, outer, out));
        } else {
            BRASA_TRY(set_operation(x, q, outer, out));
        }
        BRASA_TRY(sql_order_output(x, q, outer, *out, out));
        BRASA_TRY(sql_tail(x, q, *out, out));
    }
    for (sql_with *w = own; x->collect == NULL && w != before; w = w->next) BRASA_TRY(look_at_unused(x, w));
    x->with = before;
    x->depth--;
    return BRASA_OK;
}

brasa_status brasa__sql_plan(brasa_builder *b, const brasa_sql_catalog *catalog, const brasa_query *q, const brasa_node **out,
                             brasa_error *err)
{
    sql_binder x = {.b = b, .arena = b->arena, .catalog = catalog, .text = b->text, .err = err, .enough = -1};

    return sql_query(&x, q, NULL, out);
}
