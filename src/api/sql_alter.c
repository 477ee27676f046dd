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
    int32_t            nkeys, nchecks;
    brasa_key         *keys;
    brasa_check       *checks;
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

/* ---- PRIMARY KEY, UNIQUE, CHECK ---- */

static brasa_status add_constraint(altering *a, const brasa_alter *c, brasa_error *err)
{
    int32_t at;

    if (c->key.n > 0) {
        for (int32_t i = 0; i < a->nkeys && c->key.primary; i++)
            if (a->keys[i].primary) return brasa__fail(err, BRASA_EXISTS, "the table has a PRIMARY KEY already");
        for (int32_t i = 0; i < c->key.n; i++) {
            BRASA_TRY(find(a, c->key.columns[i], false, &at, err));
            if (c->key.primary) a->fields[at].nullable = false;
        }
        a->keys[a->nkeys++] = c->key;
    }
    if (c->check.test != NULL) a->checks[a->nchecks++] = c->check;
    a->rows = a->rows || c->key.n > 0 || c->check.test != NULL; /* those that are there are checked */
    return BRASA_OK;
}

/* t_pkey, t_a_b_key: what PostgreSQL calls a key without a name. */
static const char *key_name(const altering *a, const brasa_key *k, const char *table)
{
    brasa_text t;

    if (k->name != NULL) return k->name;
    brasa__text_init(&t, a->arena);
    brasa__text_add(&t, table);
    for (int32_t i = 0; i < k->n && !k->primary; i++) brasa__text_addf(&t, "_%s", k->columns[i]);
    brasa__text_add(&t, k->primary ? "_pkey" : "_key");
    return t.s;
}

static brasa_status drop_constraint(altering *a, const brasa_alter *c, const char *table, brasa_error *err)
{
    const char *dot = strrchr(table, '.');
    int32_t     keys = 0, checks = 0, had = a->nkeys + a->nchecks;

    for (int32_t i = 0; i < a->nkeys; i++)
        if (strcasecmp(key_name(a, &a->keys[i], dot == NULL ? table : dot + 1), c->column) != 0) a->keys[keys++] = a->keys[i];
    for (int32_t i = 0; i < a->nchecks; i++)
        if (a->checks[i].name == NULL || strcasecmp(a->checks[i].name, c->column) != 0) a->checks[checks++] = a->checks[i];
    a->nkeys = keys;
    a->nchecks = checks;
    if (keys + checks < had || c->lenient) return BRASA_OK;
    return brasa__fail(err, BRASA_NOT_FOUND, "table %s has no constraint %s", table, c->column);
}

static brasa_status change(altering *a, const brasa_alter *c, const char *table, brasa_error *err)
{
    int32_t at;

    if (c->kind == BRASA_ALTER_ADD) return add(a, c, err);
    if (c->kind == BRASA_ALTER_CONSTRAINT) return add_constraint(a, c, err);
    if (c->kind == BRASA_ALTER_DROP_CONSTRAINT) return drop_constraint(a, c, table, err);
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
    case BRASA_ALTER_CONSTRAINT:
    case BRASA_ALTER_DROP_CONSTRAINT:
    case BRASA_ALTER_RENAME_TABLE: break;
    }
    return BRASA_OK;
}

/* The lists with room for what the statement adds. */
static void copy_constraints(altering *a, const brasa_sql_object *o, int32_t more)
{
    a->nkeys = o->nkeys;
    a->nchecks = o->nchecks;
    a->keys = BRASA_NEWS(a->arena, brasa_key, o->nkeys + more + 1);
    a->checks = BRASA_NEWS(a->arena, brasa_check, o->nchecks + more + 1);
    if (o->nkeys > 0) memcpy(a->keys, o->keys, sizeof *a->keys * (size_t)o->nkeys);
    if (o->nchecks > 0) memcpy(a->checks, o->checks, sizeof *a->checks * (size_t)o->nchecks);
}

static bool has_constraints(const brasa_statement *st)
{
    for (int32_t i = 0; i < st->nalters; i++)
        if (st->alters[i].key.n > 0 || st->alters[i].check.test != NULL) return true;
    return false;
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
    if (has_constraints(&again) && v->sql->location != NULL)
        return brasa__fail(err, BRASA_UNSUPPORTED, "a key or CHECK of a table in files, which have none");
    copy_constraints(&a, v->sql, again.nalters);
    for (int32_t i = 0; i < again.nalters; i++) BRASA_TRY(change(&a, &again.alters[i], st->name, err));
    brasa_sql_object *o = v->sql, before = *o;
    o->keys = a.keys; /* the rows that are there are looked at by these */
    o->nkeys = a.nkeys;
    o->checks = a.checks;
    o->nchecks = a.nchecks;
    brasa_status status = a.rows ? rebuild(&a, st, v, err) : BRASA_OK;
    if (status != BRASA_OK) {
        o->keys = before.keys;
        o->nkeys = before.nkeys;
        o->checks = before.checks;
        o->nchecks = before.nchecks;
        return status;
    }
    o->schema = (brasa_schema) {a.n, a.fields};
    o->defaults = a.defaults;
    return BRASA_OK;
}
