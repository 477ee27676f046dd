/* api/sql_rows.c -- INSERT, DELETE, UPDATE, TRUNCATE.
 *
 * DELETE and UPDATE compute the table anew by a query over itself: what is kept, or each column's value.  With further tables (USING, FROM) a row goes when
 * some row of theirs matches, and takes its values from one that does.
 */
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"
#include "data/type.h"
#include "plan/make.h"

static brasa_schema table_schema(const brasa_view_entry *v)
{
    return v->sql->schema.ncols > 0 ? v->sql->schema : v->frame->node->schema;
}

/* ---- RETURNING ---- */

/* t.a of the table itself is a. */
static const brasa_expr *without_qualifier(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    const brasa_statement *st = arg;
    const char            *dot = strchr(st->name, '.'), *name = dot == NULL ? st->name : dot + 1;

    if ((e->kind != BRASA_EXPR_COLUMN && e->kind != BRASA_EXPR_STAR) || e->qualifier == NULL) return e;
    if (strcasecmp(e->qualifier, name) != 0 && (st->alias == NULL || strcasecmp(e->qualifier, st->alias) != 0)) return e;
    brasa_expr *copy = brasa__arena_copy(arena, e, sizeof *e);
    copy->qualifier = NULL;
    return copy;
}

/* Computed now: the table changes next. */
brasa_status brasa__sql_returning(sql_call *c, const brasa_statement *st, const brasa_node *rows, const brasa_node **kept, brasa_error *err)
{
    brasa_arena       *arena = c->api->builder.arena;
    const brasa_expr **list = BRASA_NEWS(arena, const brasa_expr *, st->nreturning + 1);
    int64_t            n;

    BRASA_TRY(c->catalog.keep(c->catalog.arg, rows, kept, &n, err));
    for (int32_t i = 0; i < st->nreturning; i++)
        list[i] = brasa__expr_rewrite(arena, st->returning[i], without_qualifier, (void *)(uintptr_t)st);
    return brasa__plan_project(&c->api->builder, *kept, list, st->nreturning, &c->returned, err);
}

/* ---- INSERT ---- */

brasa_status brasa__sql_add_checked(sql_call *c, brasa_view_entry *v, const brasa_node *rows, bool check, brasa_error *err)
{
    brasa_sql_object *o = v->sql;
    int32_t           before = o->nparts;
    const brasa_node *all;
    brasa_error       ignored;
    brasa_status      status;

    BRASA_TRY(brasa__sql_add_part(c, o, rows, err));
    if (o->nparts == before) return BRASA_OK;
    if (!check || o->nkeys == 0) return brasa__sql_note_columns(c, v, err);
    status = brasa__sql_table_node(&c->api->builder, v, &all, err);
    if (status == BRASA_OK) status = brasa__sql_unique(c, o, all, err);
    if (status == BRASA_OK) return brasa__sql_note_columns(c, v, err);
    brasa__error_clear(&ignored);
    (void)brasa__api_drop(c->api->session, o->entries[--o->nparts], &ignored);
    return status;
}

brasa_status brasa__sql_insert_rows(sql_call *c, const brasa_statement *st, brasa_view_entry *v, const brasa_node *rows,
                                    const char *const *columns, int32_t ncolumns, brasa_error *err)
{
    brasa_sql_object *o = v->sql;
    const brasa_node *n;

    BRASA_TRY(brasa__sql_fit(c, rows, o, table_schema(v), columns, ncolumns, &rows, err));
    if (st->conflict != BRASA_CONFLICT_ERROR && (o->nkeys > 0 || st->ntarget > 0)) {
        BRASA_TRY(brasa__sql_insert_conflict(c, st, v, rows, err));
        return brasa__sql_merge_parts(c, v, err);
    }
    if (st->nreturning > 0) BRASA_TRY(brasa__sql_returning(c, st, rows, &rows, err));
    if (o->location != NULL) {
        BRASA_TRY(brasa__sql_write_rows(c, rows, o->location, o->format, st, st->overwrite ? BRASA_OVERWRITE : BRASA_APPEND, err));
        BRASA_TRY(brasa__sql_open_rows(c, o->location, o->format, st, &n, err));
        BRASA_TRY(brasa__sql_drop_parts(c, o, err)); /* of CACHE TABLE */
        brasa__sql_wrote_file(c->api->session);
        v->frame = brasa__sql_frame(c->api->session, n);
        return BRASA_OK;
    }
    if (st->overwrite) return brasa__sql_replace_rows(c, v, rows, err);
    BRASA_TRY(brasa__sql_add_checked(c, v, rows, true, err));
    return brasa__sql_merge_parts(c, v, err);
}

static bool is_default(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CALL && e->nargs == 0 && strcmp(e->name, "__default__") == 0;
}

static const brasa_expr *default_of(brasa_arena *arena, const brasa_sql_object *o, int32_t column)
{
    brasa_value null = brasa_value_null();

    return column >= 0 && o->defaults != NULL && o->defaults[column] != NULL ? o->defaults[column] : brasa__expr_literal(arena, &null);
}

/* DEFAULT in VALUES becomes the column's; DEFAULT VALUES a row of them. */
static const brasa_query *with_defaults(brasa_arena *arena, const brasa_statement *st, const brasa_view_entry *v)
{
    brasa_schema       to = table_schema(v);
    brasa_query       *q = brasa__arena_copy(arena, st->query, sizeof *st->query);
    bool               all = q->kind == BRASA_QUERY_VALUES && q->nrows == 1 && q->ncols == 1 && to.ncols != 1 && st->ncolumns == 0;
    const brasa_expr **cells;
    int64_t            n;

    if (q->kind != BRASA_QUERY_VALUES) return q;
    all = all && is_default(q->values[0]);
    if (all) q->ncols = to.ncols;
    n = (int64_t)q->nrows * q->ncols;
    cells = BRASA_NEWS(arena, const brasa_expr *, n + 1);
    for (int64_t i = 0; i < n; i++) {
        int32_t at = (int32_t)(i % q->ncols);
        bool    ambiguous = false;

        if (st->ncolumns > 0) at = at < st->ncolumns ? brasa__schema_find(to, st->columns[at], &ambiguous) : -1;
        cells[i] = all || is_default(q->values[i]) ? default_of(arena, v->sql, at < to.ncols ? at : -1) : q->values[i];
    }
    q->values = cells;
    return q;
}

/* Generated columns take DEFAULT alone. */
static brasa_status refuse_generated(const brasa_statement *st, const brasa_view_entry *v, brasa_error *err)
{
    const brasa_query *q = st->query;
    brasa_schema       to = table_schema(v);
    bool               values = q->kind == BRASA_QUERY_VALUES, whole = values && q->nrows == 1 && q->ncols == 1 && is_default(q->values[0]);

    if (v->sql->generated == NULL || whole) return BRASA_OK;
    int32_t n = st->ncolumns > 0 ? st->ncolumns : values && q->ncols == to.ncols ? to.ncols : 0;
    for (int32_t i = 0; i < n; i++) {
        bool    ambiguous = false;
        int32_t at = st->ncolumns > 0 ? brasa__schema_find(to, st->columns[i], &ambiguous) : i;

        if (at < 0 || v->sql->generated[at] == NULL) continue;
        for (int64_t r = 0; r < (values ? q->nrows : 1); r++) {
            if (!values || i >= q->ncols || !is_default(q->values[r * q->ncols + i]))
                return brasa__fail(err, BRASA_INVALID, "column %s is generated: leave it out, or say DEFAULT", to.cols[at].name);
        }
    }
    return BRASA_OK;
}

static brasa_status insert(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry  *v;
    const brasa_node  *n;
    const char *const *columns = st->columns;
    int32_t            ncolumns = st->ncolumns;

    BRASA_TRY(brasa__sql_changeable(c, st, false, &v, err));
    BRASA_TRY(refuse_generated(st, v, err));
    BRASA_TRY(brasa__sql_query_node(c, with_defaults(c->api->builder.arena, st, v), &n, err));
    if (st->by_name) {
        const char **names = BRASA_NEWS(c->api->builder.arena, const char *, n->schema.ncols + 1);

        for (int32_t i = 0; i < n->schema.ncols; i++) names[i] = n->schema.cols[i].name;
        columns = names;
        ncolumns = n->schema.ncols;
    }
    return brasa__sql_insert_rows(c, st, v, n, columns, ncolumns, err);
}

/* ---- queries over the table itself ---- */

static const brasa_expr *boolean(brasa_arena *arena, bool yes)
{
    brasa_value v = brasa_value_bool(yes);

    return brasa__expr_literal(arena, &v);
}

static brasa_query *new_select(brasa_arena *arena, const brasa_from *const *from, int32_t nfrom)
{
    brasa_query *q = BRASA_NEW(arena, brasa_query);

    q->kind = BRASA_QUERY_SELECT;
    q->pos = -1;
    q->nfrom = nfrom;
    q->from = from;
    return q;
}

static brasa_query *over_itself(sql_call *c, const brasa_statement *st)
{
    brasa_arena      *arena = c->api->builder.arena;
    const brasa_from *list = brasa__sql_own(c, st);
    brasa_query      *q = new_select(arena, brasa__arena_copy(arena, &list, sizeof list), 1);

    q->ctes = st->ctes;
    q->nctes = st->nctes;
    return q;
}

/* ---- DELETE ---- */

/* EXISTS (SELECT 1 FROM the other tables WHERE the condition). */
static const brasa_expr *some_row(brasa_arena *arena, const brasa_statement *st)
{
    brasa_subquery   *sub = BRASA_NEW(arena, brasa_subquery);
    brasa_query      *q = new_select(arena, st->from, st->nfrom);
    brasa_expr       *e = brasa__expr_new(arena, BRASA_EXPR_SUBQUERY);
    const brasa_expr *one = boolean(arena, true);

    q->targets = brasa__arena_copy(arena, &one, sizeof one);
    q->ntargets = 1;
    q->where = st->where;
    *sub = (brasa_subquery) {.kind = BRASA_SUB_EXISTS, .op = "=", .query = q};
    e->extra = sub;
    return e;
}

static brasa_status delete_rows(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry *v;
    const brasa_node *n;
    const brasa_expr *gone = st->where;

    BRASA_TRY(brasa__sql_changeable(c, st, true, &v, err));
    brasa_arena *arena = c->api->builder.arena;
    brasa_expr  *star = brasa__expr_new(arena, BRASA_EXPR_STAR);
    if (st->nfrom > 0) gone = some_row(arena, st);
    BRASA_TRY(brasa__sql_stored_touch(c, st, NULL, gone, err));
    brasa_query *q = over_itself(c, st);
    q->targets = brasa__arena_copy(arena, &star, sizeof star);
    q->ntargets = 1;
    if (st->nfrom == 0 && gone != NULL) gone = brasa__expr_call2(arena, "coalesce", gone, boolean(arena, false));
    if (st->nreturning > 0) {
        q->where = gone == NULL ? boolean(arena, true) : gone;
        BRASA_TRY(brasa__sql_query_node(c, q, &n, err));
        BRASA_TRY(brasa__sql_returning(c, st, n, &n, err));
    }
    q->where = gone == NULL ? boolean(arena, false) : brasa__expr_call1(arena, "not", gone);
    BRASA_TRY(brasa__sql_query_node(c, q, &n, err));
    return brasa__sql_replace_rows(c, v, n, err);
}

/* ---- UPDATE ---- */

static const char MATCHED[] = "__matched", SOURCE[] = "__source";

static const char *set_name(brasa_arena *arena, int32_t i)
{
    return brasa__arena_printf(arena, "__set%d", (int)i);
}

/* The table LEFT JOIN LATERAL (SELECT true, the new values FROM the other tables WHERE the condition LIMIT 1). */
static void join_source(brasa_arena *arena, const brasa_statement *st, const brasa_expr *const *values, brasa_query *q)
{
    brasa_query       *source = new_select(arena, st->from, st->nfrom);
    const brasa_expr **targets = BRASA_NEWS(arena, const brasa_expr *, st->nsets + 1);
    brasa_from        *right = BRASA_NEW(arena, brasa_from), *both = BRASA_NEW(arena, brasa_from);
    const brasa_from  *list = both;
    brasa_value        one = brasa_value_i32(1);

    targets[0] = brasa__expr_alias(arena, boolean(arena, true), MATCHED);
    for (int32_t i = 0; i < st->nsets; i++) targets[i + 1] = brasa__expr_alias(arena, values[i], set_name(arena, i));
    source->targets = targets;
    source->ntargets = st->nsets + 1;
    source->where = st->where;
    source->limit = brasa__expr_literal(arena, &one);
    *right = (brasa_from) {.kind = BRASA_FROM_QUERY, .pos = -1, .alias = SOURCE, .lateral = true, .query = source};
    *both = (brasa_from) {
        .kind = BRASA_FROM_JOIN, .pos = -1, .join = BRASA_JOIN_LEFT, .left = q->from[0], .right = right, .on = boolean(arena, true)};
    q->from = brasa__arena_copy(arena, &list, sizeof list);
}

static const brasa_expr *choose(brasa_arena *arena, const brasa_expr *test, const brasa_expr *yes, const brasa_expr *no)
{
    brasa_expr       *choice = brasa__expr_new(arena, BRASA_EXPR_CASE);
    const brasa_expr *args[] = {test, yes, no};

    choice->args = brasa__arena_copy(arena, args, sizeof args);
    choice->nargs = 3;
    return choice;
}

static brasa_status update_rows(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry *v;
    const brasa_node *n;

    BRASA_TRY(brasa__sql_changeable(c, st, true, &v, err));
    brasa_arena *arena = c->api->builder.arena;
    BRASA_TRY(brasa__sql_stored_touch(c, st, NULL, st->nfrom > 0 ? some_row(arena, st) : st->where, err));
    brasa_schema       s = table_schema(v);
    brasa_query       *q = over_itself(c, st);
    const brasa_expr **targets = BRASA_NEWS(arena, const brasa_expr *, s.ncols + 1);
    const brasa_expr **values = BRASA_NEWS(arena, const brasa_expr *, st->nsets + 1);
    for (int32_t i = 0; i < s.ncols; i++) targets[i] = brasa__expr_column(arena, st->alias, s.cols[i].name);
    for (int32_t i = 0; i < st->nsets; i++) {
        bool    ambiguous = false;
        int32_t at = brasa__schema_find(s, st->columns[i], &ambiguous);

        if (at < 0) return brasa__fail(err, BRASA_NOT_FOUND, "the table has no column %s", st->columns[i]);
        if (v->sql->generated != NULL && v->sql->generated[at] != NULL && !is_default(st->sets[i]))
            return brasa__fail(err, BRASA_INVALID, "column %s is generated: set what it is computed from", st->columns[i]);
        const brasa_expr *given = is_default(st->sets[i]) ? default_of(arena, v->sql, at) : st->sets[i], *value;
        values[i] = value = brasa__expr_cast(arena, given, s.cols[at].type, false);
        if (st->nfrom > 0) {
            value = choose(arena, brasa__expr_column(arena, SOURCE, MATCHED), brasa__expr_column(arena, SOURCE, set_name(arena, i)),
                           targets[at]);
        } else if (st->where != NULL) {
            value = choose(arena, st->where, value, targets[at]);
        }
        targets[at] = brasa__expr_alias(arena, value, s.cols[at].name);
    }
    if (st->nfrom > 0) join_source(arena, st, values, q);
    q->targets = targets;
    q->ntargets = s.ncols;
    if (st->nreturning > 0) {
        q->where = st->nfrom > 0 ? brasa__expr_call1(arena, "isnotnull", brasa__expr_column(arena, SOURCE, MATCHED)) : st->where;
        BRASA_TRY(brasa__sql_query_node(c, q, &n, err));
        BRASA_TRY(brasa__sql_fit(c, n, v->sql, s, NULL, 0, &n, err));
        BRASA_TRY(brasa__sql_returning(c, st, n, &n, err));
        q->where = NULL;
    }
    BRASA_TRY(brasa__sql_query_node(c, q, &n, err));
    BRASA_TRY(brasa__sql_fit(c, n, v->sql, s, NULL, 0, &n, err));
    return brasa__sql_replace_rows(c, v, n, err);
}

brasa_status brasa__sql_rows(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry *v;

    if (st->kind == BRASA_STATEMENT_INSERT) return insert(c, st, err);
    if (st->kind == BRASA_STATEMENT_DELETE) return delete_rows(c, st, err);
    if (st->kind == BRASA_STATEMENT_UPDATE) return update_rows(c, st, err);
    BRASA_TRY(brasa__sql_changeable(c, st, true, &v, err));
    if (c->stored != NULL) {
        const brasa_node *none;

        BRASA_TRY(brasa__plan_values(&c->api->builder, v->frame->node->schema, NULL, 0, &none, err));
        return brasa__sql_stored_replace(c, v, none, err);
    }
    return brasa__sql_drop_parts(c, v->sql, err);
}
