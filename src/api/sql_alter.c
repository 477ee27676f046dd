/* api/sql_alter.c -- ALTER TABLE: columns of session and HDF5 tables, and names.
 *
 * Each change is a query over the table: the columns that stay, under the names and types that they have from now on.
 */
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"
#include "data/type.h"

/* The table's columns while they change. */
typedef struct altering {
    sql_call          *c;
    brasa_arena       *arena;
    int32_t            n;
    brasa_field       *fields;
    const brasa_expr **defaults, **values; /* values over the columns before */
    bool               rows;               /* they change */
} altering;

static brasa_status find(const altering *a, const char *name, bool lenient, int32_t *at, brasa_error *err)
{
    for (*at = 0; *at < a->n; ++*at) {
        if (strcasecmp(a->fields[*at].name, name) == 0) return BRASA_OK;
    }
    *at = -1;
    return lenient ? BRASA_OK : brasa__fail(err, BRASA_NOT_FOUND, "the table has no column %s", name);
}

static brasa_status is_new(const altering *a, const char *name, brasa_error *err)
{
    int32_t at;

    BRASA_TRY(find(a, name, true, &at, err));
    return at < 0 ? BRASA_OK : brasa__fail(err, BRASA_EXISTS, "the table has a column %s already", name);
}

static brasa_status add(altering *a, const brasa_alter *c, brasa_error *err)
{
    int32_t     n = a->n, at;
    brasa_value null = brasa_value_null();

    BRASA_TRY(find(a, c->column, true, &at, err));
    if (at >= 0 && c->lenient) return BRASA_OK;
    BRASA_TRY(is_new(a, c->column, err));
    brasa_field       *fields = BRASA_NEWS(a->arena, brasa_field, n + 2);
    const brasa_expr **defaults = BRASA_NEWS(a->arena, const brasa_expr *, n + 2),
                     **values = BRASA_NEWS(a->arena, const brasa_expr *, n + 2);
    memcpy(fields, a->fields, sizeof *fields * (size_t)n);
    memcpy(defaults, a->defaults, sizeof *defaults * (size_t)n);
    memcpy(values, a->values, sizeof *values * (size_t)n);
    fields[n] = c->field;
    defaults[n] = c->expr;
    values[n] = brasa__expr_cast(a->arena, c->expr != NULL ? c->expr : brasa__expr_literal(a->arena, &null), c->field.type, false);
    a->fields = fields;
    a->defaults = defaults;
    a->values = values;
    a->n++;
    a->rows = true;
    return BRASA_OK;
}

static brasa_status drop(altering *a, int32_t at, brasa_error *err)
{
    if (a->n == 1) return brasa__fail(err, BRASA_INVALID, "column %s is the table's last; DROP TABLE drops it", a->fields[at].name);
    for (int32_t i = at; i + 1 < a->n; i++) {
        a->fields[i] = a->fields[i + 1];
        a->defaults[i] = a->defaults[i + 1];
        a->values[i] = a->values[i + 1];
    }
    a->n--;
    a->rows = true;
    return BRASA_OK;
}

static brasa_status change(altering *a, const brasa_alter *c, brasa_error *err)
{
    int32_t at;

    if (c->kind == BRASA_ALTER_ADD) return add(a, c, err);
    BRASA_TRY(find(a, c->column, c->lenient, &at, err));
    if (at < 0) return BRASA_OK;
    switch (c->kind) {
    case BRASA_ALTER_DROP: return drop(a, at, err);
    case BRASA_ALTER_RENAME:
        if (strcasecmp(c->column, c->to) != 0) BRASA_TRY(is_new(a, c->to, err));
        a->fields[at].name = c->to;
        a->rows = true;
        return BRASA_OK;
    case BRASA_ALTER_TYPE:
        a->values[at] = brasa__expr_cast(a->arena, c->expr != NULL ? c->expr : a->values[at], c->field.type, false);
        a->fields[at].type = c->field.type;
        a->rows = true;
        return BRASA_OK;
    case BRASA_ALTER_DEFAULT: a->defaults[at] = c->expr; return BRASA_OK;
    case BRASA_ALTER_NULLABLE: a->fields[at].nullable = true; return BRASA_OK;
    case BRASA_ALTER_NOT_NULL:
        a->fields[at].nullable = false;
        a->rows = true; /* the rows that are there are checked */
        return BRASA_OK;
    case BRASA_ALTER_ADD:
    case BRASA_ALTER_RENAME_TABLE: break;
    }
    return BRASA_OK;
}

static brasa_status rename_table(sql_call *c, brasa_view_entry *v, const char *to, brasa_error *err)
{
    brasa_session *s = c->api->session;
    const char    *dot = strchr(v->name, '.'), *name;

    name = dot == NULL ? to : brasa__arena_printf(s->arena, "%.*s.%s", (int)(dot - v->name), v->name, to);
    if (brasa__sql_find(s, name) != NULL) return brasa__fail(err, BRASA_EXISTS, "there is a table or view '%s' already", to);
    v->name = brasa__arena_strdup(s->arena, name);
    return BRASA_OK;
}

/* The rows under the new columns, which are checked as those of INSERT are. */
static brasa_status rebuild(altering *a, const brasa_statement *st, brasa_view_entry *v, brasa_error *err)
{
    brasa_from       *f = BRASA_NEW(a->arena, brasa_from);
    const brasa_from *list = f;
    brasa_query      *q = BRASA_NEW(a->arena, brasa_query);
    const char       *dot = strchr(st->name, '.');
    const brasa_node *n;

    *f = (brasa_from) {.kind = BRASA_FROM_TABLE, .pos = -1, .name = dot == NULL ? st->name : dot + 1};
    if (dot != NULL) f->schema = brasa__arena_strndup(a->arena, st->name, (size_t)(dot - st->name));
    *q = (brasa_query) {.kind = BRASA_QUERY_SELECT, .pos = -1, .nfrom = 1, .ntargets = a->n};
    q->from = brasa__arena_copy(a->arena, &list, sizeof list);
    const brasa_expr **targets = BRASA_NEWS(a->arena, const brasa_expr *, a->n + 1);
    for (int32_t i = 0; i < a->n; i++) targets[i] = brasa__expr_alias(a->arena, a->values[i], a->fields[i].name);
    q->targets = targets;
    BRASA_TRY(brasa__sql_query_node(a->c, q, &n, err));
    brasa_sql_object declared = *v->sql;
    declared.schema = (brasa_schema) {a->n, a->fields}; /* NOT NULL is checked */
    BRASA_TRY(brasa__sql_fit(a->c, n, &declared, declared.schema, NULL, 0, &n, err));
    return brasa__sql_replace_rows(a->c, v, n, err);
}

brasa_status brasa__sql_alter(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session    *s = c->api->session;
    brasa_view_entry *v = brasa__sql_find(s, st->name);
    brasa_statement   again;

    if (v == NULL && st->if_exists) return BRASA_OK;
    if (v == NULL) return brasa__sql_entry(c, st->name, &v, err);
    if (st->nalters == 1 && st->alters[0].kind == BRASA_ALTER_RENAME_TABLE) return rename_table(c, v, st->alters[0].to, err);
    BRASA_TRY(brasa__sql_changeable(c, st, true, &v, err));
    /* defaults stay with the table: the statement once more in the session's arena */
    BRASA_TRY(brasa__sql_statement(s->arena, brasa__arena_strdup(s->arena, c->text), &again, err));
    brasa_schema now = brasa__schema_copy(s->arena, v->sql->schema.ncols > 0 ? v->sql->schema : v->frame->node->schema);
    altering     a = {.c = c, .arena = s->arena, .n = now.ncols};
    a.fields = brasa__arena_copy(s->arena, now.cols, sizeof *now.cols * (size_t)now.ncols);
    a.defaults = BRASA_NEWS(s->arena, const brasa_expr *, now.ncols + 1);
    a.values = BRASA_NEWS(s->arena, const brasa_expr *, now.ncols + 1);
    for (int32_t i = 0; i < now.ncols; i++) {
        if (v->sql->schema.ncols == 0) a.fields[i].nullable = true; /* found to have no nulls so far, not declared so */
        if (v->sql->defaults != NULL) a.defaults[i] = v->sql->defaults[i];
        a.values[i] = brasa__expr_column(s->arena, NULL, now.cols[i].name);
    }
    for (int32_t i = 0; i < again.nalters; i++) BRASA_TRY(change(&a, &again.alters[i], err));
    if (a.rows) BRASA_TRY(rebuild(&a, st, v, err));
    v->sql->schema = (brasa_schema) {a.n, a.fields};
    v->sql->defaults = a.defaults;
    return BRASA_OK;
}
