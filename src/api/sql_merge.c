/* api/sql_merge.c -- MERGE INTO: the table is computed anew by a query over itself and the source.
 *
 * The first part has a row for each row of the table, as the first clause that holds leaves it; that no row is changed twice is checked over the rows that a
 * number given to each of them tells apart.  The second has the source's rows that match nothing, as the first clause that holds inserts them.
 */
#include <string.h>

#include "api/sql_inner.h"
#include "data/type.h"

static const char ROW[] = "__row", MATCHED[] = "__matched", FIRE[] = "__fire", FIRES[] = "__fires", FIRST[] = "__first";

typedef struct merging {
    sql_call               *c;
    brasa_arena            *arena;
    const brasa_statement  *st;
    brasa_schema            to;
    const brasa_sql_object *table;
    const char             *source; /* what the source is called */
    brasa_error            *err;
} merging;

static const brasa_expr *boolean(brasa_arena *arena, bool yes)
{
    brasa_value v = brasa_value_bool(yes);

    return brasa__expr_literal(arena, &v);
}

static const brasa_expr *number(brasa_arena *arena, int32_t n)
{
    brasa_value v = brasa_value_i32(n);

    return brasa__expr_literal(arena, &v);
}

static brasa_query *select_of(brasa_arena *arena, const brasa_from *from, const brasa_expr *const *targets, int32_t n)
{
    brasa_query *q = BRASA_NEW(arena, brasa_query);

    q->kind = BRASA_QUERY_SELECT;
    q->pos = -1;
    q->from = brasa__arena_copy(arena, &from, sizeof from);
    q->nfrom = 1;
    q->targets = targets;
    q->ntargets = n;
    return q;
}

static const brasa_from *named_query(brasa_arena *arena, const brasa_query *q, const char *alias)
{
    brasa_from *f = BRASA_NEW(arena, brasa_from);

    *f = (brasa_from) {.kind = BRASA_FROM_QUERY, .pos = -1, .alias = alias, .query = q};
    return f;
}

static const brasa_from *table_of(const merging *m)
{
    brasa_from *f = BRASA_NEW(m->arena, brasa_from);
    const char *dot = strchr(m->st->name, '.');

    f->kind = BRASA_FROM_TABLE;
    f->schema = dot == NULL ? NULL : brasa__arena_strndup(m->arena, m->st->name, (size_t)(dot - m->st->name));
    f->name = dot == NULL ? m->st->name : dot + 1;
    f->alias = m->st->alias;
    f->pos = -1;
    return f;
}

/* (SELECT *, `extra` AS name FROM f) AS alias */
static const brasa_from *with_column(const merging *m, const brasa_from *f, const brasa_expr *extra, const char *name, const char *alias)
{
    const brasa_expr **list = BRASA_NEWS(m->arena, const brasa_expr *, 2);

    list[0] = brasa__expr_new(m->arena, BRASA_EXPR_STAR);
    list[1] = brasa__expr_alias(m->arena, extra, name);
    return named_query(m->arena, select_of(m->arena, f, list, 2), alias);
}

/* row_number() OVER () */
static const brasa_expr *row_numbers(const merging *m)
{
    const brasa_expr *call = brasa__expr_call(m->arena, "row_number", NULL, 0);
    brasa_expr       *e = brasa__expr_new(m->arena, BRASA_EXPR_WINDOW);

    e->args = brasa__arena_copy(m->arena, &call, sizeof call);
    e->nargs = 1;
    e->extra = BRASA_NEW(m->arena, brasa_window_spec);
    return e;
}

/* A CASE that is built clause by clause. */
typedef struct cases {
    const brasa_expr **args;
    int32_t            n;
} cases;

static cases begin(const merging *m)
{
    return (cases) {.args = BRASA_NEWS(m->arena, const brasa_expr *, 2 * m->st->nmerges + 1)};
}

static void when(cases *c, const brasa_expr *test, const brasa_expr *value)
{
    c->args[c->n++] = test;
    c->args[c->n++] = value;
}

static const brasa_expr *otherwise(const merging *m, cases *c, const brasa_expr *value)
{
    brasa_expr *e = brasa__expr_new(m->arena, BRASA_EXPR_CASE);

    if (c->n == 0) return value;
    c->args[c->n++] = value;
    e->args = c->args;
    e->nargs = c->n;
    return e;
}

static const brasa_expr *column(const merging *m, const char *qualifier, const char *name)
{
    return brasa__expr_column(m->arena, qualifier, name);
}

/* Does the clause hold for a row of the join? */
static const brasa_expr *holds(const merging *m, const brasa_merge *w)
{
    const brasa_expr *matched = brasa__expr_call1(m->arena, w->by_source ? "isnull" : "isnotnull", column(m, m->source, MATCHED));

    return w->test == NULL ? matched : brasa__expr_call2(m->arena, "and", matched, w->test);
}

static bool is_default(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CALL && e->nargs == 0 && strcmp(e->name, "__default__") == 0;
}

static const brasa_expr *value_for(const merging *m, const brasa_expr *e, int32_t col)
{
    brasa_value       null = brasa_value_null();
    const brasa_expr *standard = m->table->defaults != NULL ? m->table->defaults[col] : NULL;

    if (e == NULL || is_default(e)) e = standard != NULL ? standard : brasa__expr_literal(m->arena, &null);
    return brasa__expr_cast(m->arena, e, m->to.cols[col].type, false);
}

/* What a clause gives a column; NULL: nothing. */
static brasa_status given(const merging *m, const brasa_merge *w, int32_t col, const brasa_expr **out)
{
    *out = NULL;
    if (w->all) {
        *out = column(m, m->source, m->to.cols[col].name);
        return BRASA_OK;
    }
    for (int32_t i = 0; i < w->n; i++) {
        bool    ambiguous = false, by_place = w->ncolumns == 0;
        int32_t at = by_place ? i : brasa__schema_find(m->to, w->columns[i], &ambiguous);

        if (at < 0) return brasa__fail(m->err, BRASA_NOT_FOUND, "the table has no column %s", w->columns[i]);
        if (at == col) *out = w->values[i];
    }
    return BRASA_OK;
}

static brasa_status check_counts(const merging *m)
{
    for (int32_t i = 0; i < m->st->nmerges; i++) {
        const brasa_merge *w = &m->st->merges[i];
        int32_t            want = w->ncolumns > 0 ? w->ncolumns : m->to.ncols;

        if (w->action == BRASA_MERGE_INSERT && !w->all && w->n > 0 && w->n != want)
            return brasa__fail(m->err, BRASA_TYPE, "MERGE: an INSERT of %d values for %d columns", w->n, want);
    }
    return BRASA_OK;
}

static const brasa_expr *over_row(const merging *m, const char *name, const brasa_expr *arg, bool ordered)
{
    brasa_expr *e = brasa__expr_new(m->arena, BRASA_EXPR_WINDOW), *call = brasa__expr_call(m->arena, name, &arg, arg == NULL ? 0 : 1);
    brasa_window_spec *spec = BRASA_NEW(m->arena, brasa_window_spec);
    const brasa_expr  *key = column(m, NULL, ROW), *function = call;

    if (arg != NULL) call->kind = BRASA_EXPR_AGGREGATE;
    spec->keys = brasa__arena_copy(m->arena, &key, sizeof key);
    spec->nkeys = 1;
    if (ordered) {
        brasa_order *o = BRASA_NEW(m->arena, brasa_order);
        *o = (brasa_order) {.expr = column(m, NULL, FIRE), .desc = true, .nulls_last = true};
        spec->order = o;
        spec->norder = 1;
    }
    e->args = brasa__arena_copy(m->arena, &function, sizeof function);
    e->nargs = 1;
    e->extra = spec;
    return e;
}

/* The table's rows as they are afterwards. */
static brasa_status kept_rows(const merging *m, const brasa_query **out)
{
    int32_t            n = m->to.ncols;
    const brasa_expr **targets = BRASA_NEWS(m->arena, const brasa_expr *, n + 2), **last = BRASA_NEWS(m->arena, const brasa_expr *, n + 1);
    const brasa_expr **star = BRASA_NEWS(m->arena, const brasa_expr *, 3);
    brasa_from        *join = BRASA_NEW(m->arena, brasa_from);
    cases              fire = begin(m);
    brasa_value        text =
        brasa_value_string("MERGE: several rows of the source match one row of the table; keep one of them, by ON or in the source");

    *join = (brasa_from) {.kind = BRASA_FROM_JOIN, .pos = -1, .join = BRASA_JOIN_LEFT, .on = m->st->where};
    join->left = with_column(m, brasa__sql_own(m->c, m->st), row_numbers(m), ROW, m->st->alias);
    join->right = with_column(m, m->st->from[0], boolean(m->arena, true), MATCHED, m->source);
    for (int32_t c = 0; c < n; c++) {
        cases             choice = begin(m);
        const brasa_expr *before = column(m, m->st->alias, m->to.cols[c].name), *e;
        for (int32_t i = 0; i < m->st->nmerges; i++) {
            const brasa_merge *w = &m->st->merges[i];
            if (!w->matched) continue;
            e = NULL;
            if (w->action == BRASA_MERGE_UPDATE) BRASA_TRY(given(m, w, c, &e));
            when(&choice, holds(m, w), e == NULL ? before : value_for(m, e, c));
        }
        targets[c] = brasa__expr_alias(m->arena, otherwise(m, &choice, before), m->to.cols[c].name);
        last[c] = column(m, NULL, m->to.cols[c].name);
    }
    for (int32_t i = 0; i < m->st->nmerges; i++) {
        const brasa_merge *w = &m->st->merges[i];
        int32_t            code = w->action == BRASA_MERGE_UPDATE ? 1 : w->action == BRASA_MERGE_DELETE ? 2 : 0;
        if (w->matched) when(&fire, holds(m, w), number(m->arena, code));
    }
    targets[n] = brasa__expr_alias(m->arena, otherwise(m, &fire, number(m->arena, 0)), FIRE);
    targets[n + 1] = column(m, NULL, ROW);
    const brasa_from *rows = named_query(m->arena, select_of(m->arena, join, targets, n + 2), "__rows");
    const brasa_expr *fires = brasa__expr_call2(m->arena, ">", column(m, NULL, FIRE), number(m->arena, 0));
    star[0] = brasa__expr_new(m->arena, BRASA_EXPR_STAR);
    star[1] = brasa__expr_alias(m->arena,
                                over_row(m, "sum", brasa__expr_cast(m->arena, fires, brasa__type(BRASA_KIND_INT32), false), false), FIRES);
    star[2] = brasa__expr_alias(m->arena, over_row(m, "row_number", NULL, true), FIRST);
    brasa_query      *q = select_of(m->arena, named_query(m->arena, select_of(m->arena, rows, star, 3), "__counted"), last, n);
    const brasa_expr *once = brasa__expr_call2(m->arena, "<=", column(m, NULL, FIRES), number(m->arena, 1));
    const brasa_expr *check = brasa__expr_call2(m->arena, "assert_true", once, brasa__expr_literal(m->arena, &text));
    const brasa_expr *tests[] = {brasa__expr_call2(m->arena, "coalesce",
                                                   brasa__expr_cast(m->arena, check, brasa__type(BRASA_KIND_BOOL), false),
                                                   boolean(m->arena, true)),
                                 brasa__expr_call2(m->arena, "=", column(m, NULL, FIRST), number(m->arena, 1)),
                                 brasa__expr_call2(m->arena, "<>", column(m, NULL, FIRE), number(m->arena, 2))};
    q->where = brasa__expr_call(m->arena, "and", tests, 3);
    *out = q;
    return BRASA_OK;
}

/* NOT EXISTS (SELECT true FROM the table WHERE the condition) */
static const brasa_expr *matches_nothing(const merging *m)
{
    brasa_subquery    *sub = BRASA_NEW(m->arena, brasa_subquery);
    brasa_expr        *e = brasa__expr_new(m->arena, BRASA_EXPR_SUBQUERY);
    const brasa_expr **one = BRASA_NEWS(m->arena, const brasa_expr *, 1);
    brasa_query       *q;

    one[0] = boolean(m->arena, true);
    q = select_of(m->arena, table_of(m), one, 1);
    q->where = m->st->where;
    *sub = (brasa_subquery) {.kind = BRASA_SUB_EXISTS, .op = "=", .query = q};
    e->extra = sub;
    return brasa__expr_call1(m->arena, "not", e);
}

static brasa_status new_rows(const merging *m, const brasa_query **out)
{
    int32_t            n = m->to.ncols;
    const brasa_expr **targets = BRASA_NEWS(m->arena, const brasa_expr *, n + 1);
    cases              inserts = begin(m);
    bool               any = false;

    *out = NULL;
    for (int32_t i = 0; i < m->st->nmerges; i++) {
        const brasa_merge *w = &m->st->merges[i];
        if (w->matched) continue;
        any = any || w->action == BRASA_MERGE_INSERT;
        when(&inserts, w->test != NULL ? w->test : boolean(m->arena, true), boolean(m->arena, w->action == BRASA_MERGE_INSERT));
    }
    if (!any) return BRASA_OK;
    for (int32_t c = 0; c < n; c++) {
        cases             choice = begin(m);
        const brasa_expr *e;
        for (int32_t i = 0; i < m->st->nmerges; i++) {
            const brasa_merge *w = &m->st->merges[i];
            if (w->matched) continue;
            BRASA_TRY(given(m, w, c, &e));
            when(&choice, w->test != NULL ? w->test : boolean(m->arena, true), value_for(m, e, c));
        }
        targets[c] = brasa__expr_alias(m->arena, otherwise(m, &choice, value_for(m, NULL, c)), m->to.cols[c].name);
    }
    brasa_query *q = select_of(m->arena, with_column(m, m->st->from[0], boolean(m->arena, true), MATCHED, m->source), targets, n);
    q->where = brasa__expr_call2(m->arena, "and", matches_nothing(m), otherwise(m, &inserts, boolean(m->arena, false)));
    *out = q;
    return BRASA_OK;
}

static const brasa_query *both(const merging *m, const brasa_query *kept, const brasa_query *added)
{
    brasa_query        *q = BRASA_NEW(m->arena, brasa_query);
    const brasa_query **inputs = BRASA_NEWS(m->arena, const brasa_query *, 2);

    inputs[0] = kept;
    inputs[1] = added;
    if (added == NULL) {
        *q = *kept;
    } else {
        *q = (brasa_query) {.kind = BRASA_QUERY_SET, .pos = -1, .op = BRASA_SET_UNION, .all = true, .ninputs = 2, .inputs = inputs};
    }
    q->ctes = m->st->ctes;
    q->nctes = m->st->nctes;
    return q;
}

/* Which files of a stored table hold rows that a clause may change? */
static brasa_status touch(const merging *m)
{
    brasa_from *join = BRASA_NEW(m->arena, brasa_from);
    bool        by_source = false, matched = false;

    for (int32_t i = 0; i < m->st->nmerges; i++) {
        matched = matched || m->st->merges[i].matched;
        by_source = by_source || m->st->merges[i].by_source;
    }
    if (by_source) return brasa__sql_stored_touch(m->c, m->st, NULL, NULL, m->err);
    if (!matched) return brasa__sql_stored_touch(m->c, m->st, NULL, boolean(m->arena, false), m->err);
    *join = (brasa_from) {.kind = BRASA_FROM_JOIN, .pos = -1, .join = BRASA_JOIN_INNER, .on = m->st->where};
    join->left = brasa__sql_own(m->c, m->st);
    join->right = m->st->from[0];
    return brasa__sql_stored_touch(m->c, m->st, join, boolean(m->arena, true), m->err);
}

brasa_status brasa__sql_merge(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry  *v;
    const brasa_from  *f = st->from[0];
    const brasa_query *kept, *added;
    const brasa_node  *n;
    merging            m = {.c = c, .st = st, .err = err};

    BRASA_TRY(brasa__sql_changeable(c, st, true, &v, err));
    m.arena = c->api->builder.arena;
    m.table = v->sql;
    m.to = v->sql->schema.ncols > 0 ? v->sql->schema : v->frame->node->schema;
    m.source = f->alias != NULL ? f->alias : f->kind == BRASA_FROM_TABLE ? f->name : "__source";
    BRASA_TRY(check_counts(&m));
    BRASA_TRY(touch(&m));
    BRASA_TRY(kept_rows(&m, &kept));
    BRASA_TRY(new_rows(&m, &added));
    BRASA_TRY(brasa__sql_query_node(c, both(&m, kept, added), &n, err));
    BRASA_TRY(brasa__sql_fit(c, n, v->sql, m.to, NULL, 0, &n, err));
    return brasa__sql_replace_rows(c, v, n, err);
}
