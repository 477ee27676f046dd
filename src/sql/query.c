/* sql/query.c -- queries: WITH, VALUES, set operations, LIMIT; recursion in WITH. */
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "sql/binder.h"

enum { MAX_DEPTH = 200, MAX_ROUNDS = 100000 };

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

brasa_status sql_tail(sql_binder *x, const brasa_query *q, const brasa_node *in, const brasa_node **out)
{
    int64_t limit, offset;

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

/* UNION BY NAME: all columns of all sides, in the order in which they are met; what a side lacks is null. */
static void by_name(sql_binder *x, const brasa_node **in, int32_t n)
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
    if (names) by_name(x, in, q->ninputs);
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

/* ---- WITH ---- */

static bool from_mentions(const brasa_from *f, const char *name);

static bool mentions(const brasa_query *q, const char *name)
{
    for (int32_t i = 0; i < q->nfrom; i++) {
        if (from_mentions(q->from[i], name)) return true;
    }
    for (int32_t i = 0; i < q->ninputs; i++) {
        if (mentions(q->inputs[i], name)) return true;
    }
    return false;
}

static bool from_mentions(const brasa_from *f, const char *name)
{
    switch (f->kind) {
    case BRASA_FROM_TABLE: return f->schema == NULL && strcasecmp(f->name, name) == 0;
    case BRASA_FROM_QUERY: return mentions(f->query, name);
    case BRASA_FROM_JOIN: return from_mentions(f->left, name) || from_mentions(f->right, name);
    case BRASA_FROM_FUNCTION: break;
    }
    return false;
}

static const brasa_expr *look(void *arg, const brasa_expr *e)
{
    bool *found = arg;

    *found = *found || !brasa__expr_is_deterministic(e);
    return e;
}

static bool is_volatile(sql_binder *x, const brasa_node *n)
{
    bool found = false;

    (void)sql_map_node(x->arena, n, look, &found);
    for (int32_t i = 0; i < n->ninputs; i++) found = found || is_volatile(x, n->inputs[i]);
    return found;
}

/* A query with rand() in it has one result, however often it is named: computed now. */
static brasa_status keep_volatile(sql_binder *x, const brasa_node *n, const brasa_node **out)
{
    int64_t rows;

    *out = n;
    if (x->catalog->keep == NULL || x->collect != NULL || !is_volatile(x, n) || sql_has_outer(x->arena, n, -1)) return BRASA_OK;
    return x->catalog->keep(x->catalog->arg, n, out, &rows, x->err);
}

brasa_status sql_with_node(sql_binder *x, sql_with *w, int32_t pos, const brasa_node **out)
{
    sql_with *before = x->with;

    if (w->node == NULL) {
        if (w->busy) return sql_fail(x, pos, BRASA_INVALID, "%s refers to itself; say WITH RECURSIVE", w->cte->name);
        w->busy = true;
        x->with = w->next;
        if (w->cte->recursive && mentions(w->cte->query, w->cte->name)) {
            BRASA_TRY(sql_recursive(x, w, &w->node));
        } else {
            const brasa_node *n;

            BRASA_TRY(sql_query(x, w->cte->query, w->outer, &n));
            BRASA_TRY(keep_volatile(x, n, &n));
            BRASA_TRY(sql_rename(x, n, w->cte->columns, w->cte->ncolumns, w->cte->name, w->cte->pos, &w->node));
        }
        x->with = before;
        w->busy = false;
    }
    *out = w->node;
    return BRASA_OK;
}

static brasa_status push_ctes(sql_binder *x, const brasa_query *q, sql_scope *outer)
{
    for (int32_t i = 0; i < q->nctes; i++) {
        for (int32_t k = 0; k < i; k++) {
            if (strcasecmp(q->ctes[i].name, q->ctes[k].name) == 0 && q->ctes[i].pos != q->ctes[k].pos)
                return sql_fail(x, q->ctes[i].pos, BRASA_INVALID, "WITH names %s twice", q->ctes[i].name);
        }
    }
    for (int32_t i = 0; i < q->nctes; i++) {
        sql_with *w = BRASA_NEW(x->arena, sql_with);

        *w = (sql_with) {.next = x->with, .cte = &q->ctes[i], .outer = outer};
        x->with = w;
    }
    return BRASA_OK;
}

/* Columns as the first part has them. */
static brasa_status same_columns(sql_binder *x, const brasa_node *n, const brasa_node *like, int32_t pos, const brasa_node **out)
{
    int32_t            ncols = like->schema.ncols;
    const brasa_expr **exprs = BRASA_NEWS(x->arena, const brasa_expr *, ncols + 1);
    const char       **names = BRASA_NEWS(x->arena, const char *, ncols + 1);

    if (n->schema.ncols != ncols)
        return sql_fail(x, pos, BRASA_TYPE, "the recursive part has %d columns, the first part %d", (int)n->schema.ncols, (int)ncols);
    for (int32_t i = 0; i < ncols; i++) {
        names[i] = like->schema.cols[i].name;
        BRASA_TRY(brasa__expr_coerce(x->arena, brasa__node_ref(x->arena, n, i), like->schema.cols[i].type, false, &exprs[i], x->err));
    }
    *out = sql_done(x, brasa__make_project(x->arena, NULL, n, exprs, names, ncols));
    return BRASA_OK;
}

/* Only rows that are not there yet. */
static brasa_status new_rows(sql_binder *x, const brasa_node *n, const brasa_node *all, const brasa_node **out)
{
    const brasa_node *sides[] = {n, all};

    return brasa__plan_set(x->b, BRASA_SET_EXCEPT, false, sides, 2, out, x->err);
}

/* A recursive query, and the columns of the query around that it uses: its rows carry their values behind their own. */
typedef struct recursing {
    sql_binder *x;
    sql_with   *w;
    sql_scope  *s;
    int32_t     k;
    int32_t    *cols;
} recursing;

/* Rows for every combination of outer values at once (dependent.c), with these values behind them. */
static brasa_status for_all(const recursing *r, const brasa_node *n, const brasa_node **out)
{
    int32_t            own = n->schema.ncols, *cols = BRASA_NEWS(r->x->arena, int32_t, own + r->k + 1);
    const brasa_expr **exprs = BRASA_NEWS(r->x->arena, const brasa_expr *, own + r->k + 1);
    const char       **names = BRASA_NEWS(r->x->arena, const char *, own + r->k + 1);
    sql_unnested       u;

    *out = n;
    if (r->k == 0) return BRASA_OK;
    for (int32_t i = 0; i < own; i++) exprs[i] = brasa__node_ref(r->x->arena, n, i), names[i] = n->schema.cols[i].name;
    for (int32_t i = 0; i < r->k; i++)
        exprs[own + i] = sql_outer_ref(r->x, r->s, r->cols[i]), names[own + i] = r->s->node->schema.cols[r->cols[i]].name;
    n = sql_done(r->x, brasa__make_project(r->x->arena, NULL, n, exprs, names, own + r->k));
    BRASA_TRY(sql_dependent(r->x, r->s, n, &u));
    if (sql_has_outer(r->x->arena, u.node, -1))
        return sql_fail(r->x, r->w->cte->pos, BRASA_UNSUPPORTED, "a recursive query that refers to a query two levels up");
    for (int32_t i = 0; i < own + r->k; i++) cols[i] = i;
    *out = brasa__make_pick(r->x->arena, NULL, u.node, cols, own + r->k);
    if (*out != u.node) sql_done(r->x, (brasa_node *)(uintptr_t)*out);
    return BRASA_OK;
}

/* Of such rows those of the outer row at hand, without its values. */
static brasa_status of_one(const recursing *r, const brasa_node *rows, const brasa_node **out)
{
    int32_t           own = rows->schema.ncols - r->k, *cols = BRASA_NEWS(r->x->arena, int32_t, own + 1);
    const brasa_expr *all = NULL;

    *out = rows;
    if (r->k == 0) return BRASA_OK;
    for (int32_t i = 0; i < r->k; i++) {
        const brasa_expr *equal;

        BRASA_TRY(sql_call2(r->x, "<=>", sql_outer_ref(r->x, r->s, r->cols[i]), brasa__node_ref(r->x->arena, rows, own + i), &equal));
        all = brasa__expr_and(r->x->arena, all, equal);
    }
    rows = sql_done(r->x, brasa__make_filter(r->x->arena, NULL, rows, all));
    for (int32_t i = 0; i < own; i++) cols[i] = i;
    *out = sql_done(r->x, (brasa_node *)(uintptr_t)brasa__make_pick(r->x->arena, NULL, rows, cols, own));
    return BRASA_OK;
}

/* Inputs of a chain of UNIONs that do or do not stand on the query itself, as one. */
static const brasa_query *parts_of(sql_binder *x, const brasa_query *q, const char *name, bool itself)
{
    brasa_query        *some = brasa__arena_copy(x->arena, q, sizeof *q);
    const brasa_query **inputs = BRASA_NEWS(x->arena, const brasa_query *, q->ninputs + 1);

    some->ninputs = some->nctes = 0;
    some->inputs = inputs;
    for (int32_t i = 0; i < q->ninputs; i++) {
        if (mentions(q->inputs[i], name) == itself) inputs[some->ninputs++] = q->inputs[i];
    }
    return some->ninputs == 0 ? NULL : some->ninputs == 1 ? inputs[0] : some;
}

static brasa_status recursive_part(const recursing *r, sql_with *self, const brasa_query *q, const brasa_node *first,
                                   const brasa_node **out)
{
    r->x->with = self;
    BRASA_TRY(sql_query(r->x, q, r->w->outer, out));
    r->x->with = self->next;
    return same_columns(r->x, *out, first, r->w->cte->pos, out);
}

/* Which columns of the query around are used? */
static brasa_status find_outer(recursing *r, sql_with *self, const brasa_query *q, const brasa_node *first)
{
    const brasa_node *both[] = {first, NULL}, *all;

    r->k = 0;
    if (r->s == NULL) return BRASA_OK;
    self->node = first;
    BRASA_TRY(recursive_part(r, self, q, first, &both[1]));
    BRASA_TRY(brasa__plan_set(r->x->b, BRASA_SET_UNION, true, both, 2, &all, r->x->err));
    sql_outer_columns(r->x->arena, all, r->s->id, &r->cols, &r->k);
    bool nested = sql_has_outer(r->x->arena, all, -1) && (r->k == 0 || r->s->node == NULL || sql_has_outer(r->x->arena, r->s->node, -1));
    return nested ? sql_fail(r->x, r->w->cte->pos, BRASA_UNSUPPORTED, "a recursive query that refers to a query two levels up") : BRASA_OK;
}

brasa_status sql_rows_needed(sql_binder *x, const brasa_query *q, int64_t *out)
{
    int64_t limit, offset;

    BRASA_TRY(count_of(x, q->limit, "LIMIT", -1, &limit));
    BRASA_TRY(count_of(x, q->offset, "OFFSET", 0, &offset));
    *out = limit < 0 || limit > INT64_MAX - offset ? -1 : limit + offset;
    return BRASA_OK;
}

static brasa_status union_of(sql_binder *x, const brasa_node **kept, int32_t n, const brasa_node **out)
{
    *out = kept[0];
    return n == 1 ? BRASA_OK : brasa__plan_set(x->b, BRASA_SET_UNION, true, kept, n, out, x->err);
}

typedef struct looking_for {
    const char *name;
    bool        found;
} looking_for;

static bool in_subquery(void *arg, const brasa_expr *e)
{
    looking_for *l = arg;

    if (e->kind == BRASA_EXPR_SUBQUERY) l->found = l->found || mentions(((const brasa_subquery *)e->extra)->query, l->name);
    return !l->found;
}

/* Does a subquery of a value or of WHERE stand on the recursive query?  What it would see is not settled: the round before, or all rows. */
static bool asks_itself(const brasa_query *q, const char *name)
{
    looking_for l = {.name = name};

    for (int32_t i = 0; i < q->ntargets; i++) brasa__expr_walk(q->targets[i], in_subquery, &l);
    if (q->where != NULL) brasa__expr_walk(q->where, in_subquery, &l);
    for (int32_t i = 0; i < q->ninputs && !l.found; i++) l.found = asks_itself(q->inputs[i], name);
    return l.found;
}

static bool look_for_aggregates(void *arg, const brasa_expr *e)
{
    bool *found = arg; /* of an aggregate, and of a window */

    found[0] = found[0] || e->kind == BRASA_EXPR_AGGREGATE;
    found[1] = found[1] || e->kind == BRASA_EXPR_WINDOW;
    return true;
}

/* SELECT count(*) FROM itself gives a row in each round. */
static bool never_empty(const brasa_query *q)
{
    bool found[2] = {false, false};

    if (q->kind != BRASA_QUERY_SELECT || q->ngroups > 0 || q->having != NULL || q->qualify != NULL || q->limit != NULL || q->offset != NULL)
        return false;
    for (int32_t i = 0; i < q->ntargets; i++) brasa__expr_walk(q->targets[i], look_for_aggregates, found);
    return found[0] && !found[1];
}

/* Rounds of the recursive part over the rows of the round before, run now, until one gives nothing. */
brasa_status sql_recursive(sql_binder *x, sql_with *w, const brasa_node **out)
{
    const brasa_query *q = w->cte->query, *start, *step;
    const brasa_node **kept = NULL, *first, *n, *all;
    int32_t            nkept = 0, cap = 0;
    int64_t            rows;
    sql_with           self = {.next = x->with, .cte = w->cte, .outer = w->outer};
    recursing          r = {.x = x, .w = w, .s = w->outer};
    bool               form = q->kind == BRASA_QUERY_SET && q->op == BRASA_SET_UNION && q->norder == 0;
    int64_t            most = x->enough, total = 0;

    if (form && mentions(q->inputs[0], w->cte->name))
        return sql_fail(x, w->cte->pos, BRASA_INVALID, "the first part of recursive %s refers to it; put a part that does not before UNION",
                        w->cte->name);
    start = form ? parts_of(x, q, w->cte->name, false) : NULL;
    step = form ? parts_of(x, q, w->cte->name, true) : NULL;
    if (start == NULL || step == NULL)
        return sql_fail(x, w->cte->pos, BRASA_UNSUPPORTED, "recursive %s is not of the form: first part UNION [ALL] recursive part",
                        w->cte->name);
    if (asks_itself(step, w->cte->name))
        return sql_fail(x, w->cte->pos, BRASA_UNSUPPORTED, "a subquery inside of recursive %s stands on it; join it instead", w->cte->name);
    x->enough = -1;
    if (q->limit != NULL) BRASA_TRY(sql_rows_needed(x, q, &most));
    if (q->all && most < 0 && never_empty(step))
        return sql_fail(x, w->cte->pos, BRASA_INVALID, "recursive %s has no end: an aggregate without GROUP BY gives a row in each round",
                        w->cte->name);
    if (x->catalog->keep == NULL) return sql_fail(x, w->cte->pos, BRASA_UNSUPPORTED, "WITH RECURSIVE outside of a session");
    BRASA_TRY(push_ctes(x, q, w->outer));
    self.next = x->with;
    BRASA_TRY(sql_query(x, start, w->outer, &first));
    BRASA_TRY(sql_rename(x, first, w->cte->columns, w->cte->ncolumns, w->cte->name, w->cte->pos, &first));
    BRASA_TRY(find_outer(&r, &self, step, first));
    BRASA_TRY(for_all(&r, first, &n));
    if (!q->all) BRASA_TRY(brasa__plan_distinct(x->b, n, NULL, 0, &n, x->err));
    for (int32_t round = 0;; round++) {
        if (round == MAX_ROUNDS)
            return sql_fail(x, w->cte->pos, BRASA_INVALID, "recursive %s did not end after %d rounds", w->cte->name, (int)MAX_ROUNDS);
        BRASA_TRY(x->catalog->keep(x->catalog->arg, n, &n, &rows, x->err));
        if (rows == 0 && round > 0) break;
        kept = brasa__arena_grow(x->arena, kept, &cap, nkept + 1, sizeof *kept);
        kept[nkept++] = n;
        total += rows;
        if (rows == 0 || (most >= 0 && total >= most && r.k == 0)) break;
        BRASA_TRY(of_one(&r, n, &self.node));
        BRASA_TRY(recursive_part(&r, &self, step, first, &n));
        BRASA_TRY(for_all(&r, n, &n));
        if (q->all) continue;
        BRASA_TRY(union_of(x, kept, nkept, &all));
        BRASA_TRY(new_rows(x, n, all, &n));
    }
    BRASA_TRY(union_of(x, kept, nkept, &all));
    BRASA_TRY(of_one(&r, all, out));
    return sql_tail(x, q, *out, out);
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
    BRASA_TRY(push_ctes(x, q, outer));
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
