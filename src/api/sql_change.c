/* api/sql_change.c -- statements that make and change tables and views.
 *
 * What is created lives in the session's own arena, whatever scope the statement is run in.  Rows of tables: sql_rows.c; columns: sql_alter.c.
 */
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"
#include "base/log.h"
#include "data/type.h"
#include "plan/make.h"

/* ---- the catalogue ---- */

/* The name it gets; *skip: there is something of that name, which stays. */
static brasa_status taken(sql_call *c, const brasa_statement *st, const char **name, bool *skip, brasa_error *err)
{
    *skip = false;
    BRASA_TRY(brasa__sql_new_name(c, st->name, name, err));
    if (brasa__sql_find(c->api->session, *name) == NULL || st->replace) return BRASA_OK;
    *skip = st->if_not_exists;
    return *skip ? BRASA_OK
                 : brasa__fail(err, BRASA_EXISTS, "there is a table or view '%s' already; say CREATE OR REPLACE, or DROP it", st->name);
}

static const char *const *copy_names(brasa_arena *arena, const char *const *names, int32_t n)
{
    const char **out = BRASA_NEWS(arena, const char *, n + 1);

    for (int32_t i = 0; i < n; i++) out[i] = brasa__arena_strdup(arena, names[i]);
    return out;
}

/* A view that takes the place of another must not stand on itself. */
static brasa_status check_view(sql_call *c, const char *name, brasa_sql_object *o, brasa_error *err)
{
    brasa_view_entry *v = brasa__sql_find(c->api->session, name);
    brasa_sql_object *before = v == NULL ? NULL : v->sql;
    const brasa_node *n;
    const char       *near;

    if (v == NULL) return BRASA_OK;
    v->sql = o;
    brasa_status status = c->catalog.table(c->catalog.arg, name, &n, &near, err);
    v->sql = before;
    return status == BRASA_OK ? BRASA_OK : brasa__fail(err, BRASA_INVALID, "view '%s' would stand on itself", name);
}

static brasa_status create_view(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session    *s = c->api->session;
    brasa_statement   again;
    const brasa_node *n;
    const char       *name;
    bool              skip;

    BRASA_TRY(taken(c, st, &name, &skip, err));
    if (skip) return BRASA_OK;
    c->api->builder = brasa__sql_session_builder(c);
    brasa_sql_object *o = BRASA_NEW(s->arena, brasa_sql_object);
    o->text = brasa__arena_strdup(s->arena, c->text);
    BRASA_TRY(brasa__sql_statement(s->arena, o->text, &again, err));
    BRASA_TRY(brasa__sql_query_node(c, again.query, &n, err));
    if (c->api->builder.nparams == 0) o->query = again.query; /* with parameters it stays as it is now */
    o->columns = again.columns;
    o->ncolumns = again.ncolumns;
    if (o->ncolumns > 0) BRASA_TRY(brasa__plan_alias(&c->api->builder, n, NULL, o->columns, o->ncolumns, &n, err));
    BRASA_TRY(check_view(c, name, o, err));
    return brasa__sql_define(c, name, n, o, err);
}

/* ---- tables on disk ---- */

brasa_status brasa__sql_stored_error(brasa_session *s, bool failed, brasa_status status, brasa_error *err)
{
    if (status == BRASA_OK) return BRASA_OK;
    if (!failed) {
        *err = s->error;
        brasa_error_clear(s);
        return status;
    }
    return brasa__fail(err, status, "the table could not be written");
}

static void write_options(const brasa_statement *st, brasa_write_options *o)
{
    for (int32_t i = 0; i < st->noptions; i++) {
        const char *k = st->options[i].key, *v = st->options[i].value;
        bool        no = strcasecmp(v, "false") == 0 || strcasecmp(v, "off") == 0 || strcmp(v, "0") == 0;

        if (strcasecmp(k, "codec") == 0 || strcasecmp(k, "compression") == 0) o->codec = v;
        if (strcasecmp(k, "delimiter") == 0 || strcasecmp(k, "delim") == 0 || strcasecmp(k, "sep") == 0) o->delimiter = v[0];
        if (strcasecmp(k, "null") == 0 || strcasecmp(k, "null_text") == 0 || strcasecmp(k, "nullstr") == 0) o->null_text = v;
        if (strcasecmp(k, "header") == 0) o->no_header = no;
        if (strcasecmp(k, "array") == 0) o->array = v;
    }
}

brasa_status brasa__sql_write_rows(sql_call *c, const brasa_node *n, const char *location, const char *format, const brasa_statement *st,
                                   brasa_write_mode mode, brasa_error *err)
{
    brasa_session      *s = c->api->session;
    brasa_frame         f = {.session = s, .node = n};
    brasa_write_options o = {.mode = mode, .format = format};
    bool                failed = s->failed;

    write_options(st, &o);
    return brasa__sql_stored_error(
        s, failed, brasa_write_at(&f, location, &o, (brasa_site) {c->api->builder.file, c->api->builder.line, NULL, 0}), err);
}

brasa_status brasa__sql_open_rows(sql_call *c, const char *location, const char *format, const brasa_statement *st, const brasa_node **out,
                                  brasa_error *err)
{
    brasa_builder      b = brasa__sql_session_builder(c);
    brasa_session     *s = c->api->session;
    brasa_read_options o = {.format = format};
    bool               failed = s->failed;
    brasa_text         options;

    brasa__text_init(&options, b.arena);
    for (int32_t i = 0; i < st->noptions; i++)
        if (brasa__is_read_option(st->options[i].key)) brasa__text_addf(&options, "%s=%s\n", st->options[i].key, st->options[i].value);
    o.options = options.s;
    int32_t scope = s->nscopes;
    s->nscopes = 1; /* what is opened lives as long as the session */
    brasa_frame *f = brasa_read_at(s, location, &o, (brasa_site) {c->api->builder.file, c->api->builder.line, NULL, 0});
    s->nscopes = scope;
    if (f->status != BRASA_OK) return brasa__sql_stored_error(s, failed, f->status, err);
    *out = f->node;
    return BRASA_OK;
}

/* ---- CREATE TABLE ---- */

static brasa_status create_stored(sql_call *c, const brasa_statement *st, const char *name, brasa_error *err)
{
    brasa_session    *s = c->api->session;
    brasa_sql_object *o = BRASA_NEW(s->arena, brasa_sql_object);
    const brasa_node *n;

    o->table = true;
    o->location = brasa__arena_strdup(s->arena, st->location);
    o->format = brasa__arena_strdup(s->arena, st->format);
    if (st->query != NULL) {
        BRASA_TRY(brasa__sql_query_node(c, st->query, &n, err));
        BRASA_TRY(brasa__sql_write_rows(c, n, o->location, o->format, st, st->replace ? BRASA_OVERWRITE : BRASA_ERROR_IF_EXISTS, err));
        brasa__sql_wrote_file(s);
    }
    BRASA_TRY(brasa__sql_open_rows(c, o->location, o->format, st, &n, err));
    return brasa__sql_define(c, name, n, o, err);
}

/* What computes generated columns is looked at now; those that are declared without a type have its type. */
static brasa_status infer_types(sql_call *c, brasa_sql_object *o, brasa_error *err)
{
    brasa_builder     b = brasa__sql_session_builder(c);
    brasa_field      *fields = brasa__arena_copy(b.arena, o->schema.cols, sizeof *fields * (size_t)o->schema.ncols);
    const brasa_node *n;

    o->schema.cols = fields;
    for (int32_t i = 0; i < o->schema.ncols; i++) {
        if (o->generated[i] == NULL) continue;
        BRASA_TRY(brasa__plan_values(&b, o->schema, NULL, 0, &n, err));
        BRASA_TRY(brasa__plan_project(&b, n, &o->generated[i], 1, &n, err));
        if (fields[i].type.kind == BRASA_KIND_NULL) fields[i].type = n->schema.cols[0].type;
    }
    return BRASA_OK;
}

/* The statement once more in the session's arena, where defaults of columns may stay. */
static brasa_status keep_columns(sql_call *c, const brasa_statement *st, brasa_sql_object *o, brasa_error *err)
{
    brasa_session  *s = c->api->session;
    brasa_statement again;
    bool            any = false;

    o->schema = brasa__schema_copy(s->arena, (brasa_schema) {st->nfields, st->fields});
    for (int32_t i = 0; i < st->nfields; i++) any = any || st->defaults[i] != NULL || st->generated[i] != NULL;
    for (int32_t i = 0; i < st->nserials; i++) brasa__sql_add_serial(s, st->serials[i]);
    any = any || st->nkeys > 0 || st->nchecks > 0;
    if (!any) return BRASA_OK;
    BRASA_TRY(brasa__sql_statement(s->arena, brasa__arena_strdup(s->arena, c->text), &again, err));
    o->defaults = (const brasa_expr **)(uintptr_t)again.defaults;
    for (int32_t i = 0; i < again.nfields; i++) {
        if (again.generated[i] != NULL) o->generated = (const brasa_expr **)(uintptr_t)again.generated;
    }
    if (o->generated != NULL) BRASA_TRY(infer_types(c, o, err));
    o->nkeys = again.nkeys;
    o->keys = again.keys;
    o->nchecks = again.nchecks;
    o->checks = again.checks;
    return BRASA_OK;
}

/* CREATE TABLE name LIKE source: its columns, without its rows. */
static brasa_status create_like(sql_call *c, const brasa_statement *st, const char *name, brasa_error *err)
{
    brasa_arena      *arena = c->api->session->arena;
    brasa_sql_object *o = BRASA_NEW(arena, brasa_sql_object);
    brasa_view_entry *v;
    const brasa_node *n;

    BRASA_TRY(brasa__sql_entry(c, st->value, &v, err));
    BRASA_TRY(c->catalog.table(c->catalog.arg, st->value, &n, &(const char *) {NULL}, err));
    bool declared = v->sql != NULL && v->sql->schema.ncols > 0;
    o->table = true;
    o->schema = brasa__schema_copy(arena, declared ? v->sql->schema : n->schema);
    o->defaults = declared ? v->sql->defaults : NULL;
    o->generated = declared ? v->sql->generated : NULL;
    BRASA_TRY(brasa__plan_values(&c->api->builder, o->schema, NULL, 0, &n, err));
    return brasa__sql_define(c, name, n, o, err);
}

/* CREATE TABLE t (a INT, ...) AS query: the table is there with its rows, or not at all. */
static brasa_status fill(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    const brasa_node *n;
    brasa_view_entry *v = brasa__sql_find(c->api->session, st->name);
    brasa_status      status = brasa__sql_query_node(c, st->query, &n, err);

    if (status == BRASA_OK) status = brasa__sql_insert_rows(c, st, v, n, NULL, 0, err);
    if (status == BRASA_OK) return BRASA_OK;
    brasa_error ignored;
    brasa__error_clear(&ignored);
    (void)brasa__sql_drop_parts(c, v->sql, &ignored);
    brasa__sql_forget(c->api->session, v);
    return status;
}

static brasa_status create_table(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session    *s = c->api->session;
    const brasa_node *n;
    const char       *name;
    bool              skip;

    BRASA_TRY(taken(c, st, &name, &skip, err));
    if (skip) return BRASA_OK;
    c->api->builder = brasa__sql_session_builder(c);
    /* without a place a table lives in memory, whatever its format */
    if (st->format != NULL && st->location != NULL) return create_stored(c, st, name, err);
    if (st->value != NULL) return create_like(c, st, name, err);
    if (st->query == NULL && st->nfields == 0)
        return brasa__fail(err, BRASA_INVALID, "CREATE TABLE %s needs a place or columns: LOCATION 'path', (column TYPE, ...) or AS SELECT",
                           st->name);
    if (st->references) brasa__log(BRASA_LOG_INFO, "table %s: REFERENCES and EXCLUDE are accepted and not enforced", st->name);
    brasa_sql_object *o = BRASA_NEW(s->arena, brasa_sql_object);
    o->table = true;
    if (st->nfields > 0) {
        BRASA_TRY(keep_columns(c, st, o, err));
        BRASA_TRY(brasa__plan_values(&c->api->builder, o->schema, NULL, 0, &n, err));
        BRASA_TRY(brasa__sql_define(c, name, n, o, err));
        return st->query == NULL ? BRASA_OK : fill(c, st, err);
    }
    BRASA_TRY(brasa__sql_query_node(c, st->query, &n, err));
    if (st->no_data) BRASA_TRY(brasa__plan_limit(&c->api->builder, n, 0, 0, &n, err));
    if (st->ncolumns > 0)
        BRASA_TRY(brasa__plan_alias(&c->api->builder, n, NULL, copy_names(s->arena, st->columns, st->ncolumns), st->ncolumns, &n, err));
    BRASA_TRY(brasa__sql_add_part(c, o, n, err));
    BRASA_TRY(brasa__plan_values(&c->api->builder, brasa__schema_copy(s->arena, o->entries[0]->schema), NULL, 0, &n, err));
    return brasa__sql_define(c, name, n, o, err);
}

static brasa_status drop(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    for (int32_t i = 0; i < st->ncolumns; i++) {
        brasa_view_entry *v = brasa__sql_find(c->api->session, st->columns[i]);

        if (v == NULL && st->if_exists) continue;
        if (v == NULL) BRASA_TRY(brasa__sql_entry(c, st->columns[i], &v, err));
        if (v->sql != NULL && v->sql->table == st->drops_view)
            return brasa__fail(err, BRASA_INVALID, "%s is a %s; say DROP %s", st->columns[i], st->drops_view ? "table" : "view",
                               st->drops_view ? "TABLE" : "VIEW");
        BRASA_TRY(brasa__sql_drop_parts(c, v->sql, err));
        brasa__sql_forget(c->api->session, v);
    }
    return BRASA_OK;
}

/* ---- COPY ---- */

static brasa_status copy(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry *v;
    const brasa_node *n;
    const char       *near = NULL;

    if (!st->into_file) {
        BRASA_TRY(brasa__sql_changeable(c, st, false, &v, err));
        BRASA_TRY(brasa__sql_open_rows(c, st->location, st->format, st, &n, err));
        return brasa__sql_insert_rows(c, st, v, n, st->columns, st->ncolumns, err);
    }
    if (st->query != NULL) {
        BRASA_TRY(brasa__sql_query_node(c, st->query, &n, err));
    } else {
        BRASA_TRY(c->catalog.table(c->catalog.arg, st->name, &n, &near, err));
        if (n == NULL) return brasa__sql_entry(c, st->name, &v, err);
        if (st->ncolumns > 0) {
            const brasa_expr **cols = BRASA_NEWS(c->api->builder.arena, const brasa_expr *, st->ncolumns + 1);

            for (int32_t i = 0; i < st->ncolumns; i++) cols[i] = brasa__expr_column(c->api->builder.arena, NULL, st->columns[i]);
            BRASA_TRY(brasa__plan_project(&c->api->builder, n, cols, st->ncolumns, &n, err));
        }
    }
    return brasa__sql_write_rows(c, n, st->location, st->format, st, BRASA_OVERWRITE, err);
}

/* ---- CACHE ---- */

static brasa_status cache(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session    *s = c->api->session;
    brasa_view_entry *v;
    const brasa_node *n;
    const char       *near = NULL, *name;

    c->api->builder = brasa__sql_session_builder(c);
    if (st->query != NULL) {
        brasa_sql_object *o = BRASA_NEW(s->arena, brasa_sql_object);

        BRASA_TRY(brasa__sql_query_node(c, st->query, &n, err));
        BRASA_TRY(brasa__sql_new_name(c, st->name, &name, err));
        BRASA_TRY(brasa__sql_define(c, name, n, o, err));
    }
    BRASA_TRY(brasa__sql_entry(c, st->name, &v, err));
    if (v->sql == NULL) v->sql = BRASA_NEW(s->arena, brasa_sql_object);
    if (v->sql->kept != NULL || (v->sql->table && v->sql->location == NULL)) return BRASA_OK;
    BRASA_TRY(c->catalog.table(c->catalog.arg, st->name, &n, &near, err));
    BRASA_TRY(brasa__api_keep(s, n, 0, &v->sql->kept, err));
    v->sql->kept->table = true;
    return BRASA_OK;
}

static brasa_status uncache(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry *v = brasa__sql_find(c->api->session, st->name);

    if (v == NULL && st->if_exists) return BRASA_OK;
    BRASA_TRY(brasa__sql_entry(c, st->name, &v, err));
    if (v->sql == NULL || v->sql->kept == NULL) return BRASA_OK;
    BRASA_TRY(brasa__sql_drop_entry(c, v->sql->kept, err));
    v->sql->kept = NULL;
    return BRASA_OK;
}

brasa_status brasa__sql_change(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    switch (st->kind) {
    case BRASA_STATEMENT_CREATE_VIEW: return create_view(c, st, err);
    case BRASA_STATEMENT_CREATE_TABLE: return create_table(c, st, err);
    case BRASA_STATEMENT_DROP: return drop(c, st, err);
    case BRASA_STATEMENT_INSERT:
    case BRASA_STATEMENT_DELETE:
    case BRASA_STATEMENT_UPDATE:
    case BRASA_STATEMENT_TRUNCATE: return brasa__sql_stored_end(c, st, brasa__sql_rows(c, st, err), err);
    case BRASA_STATEMENT_MERGE: return brasa__sql_stored_end(c, st, brasa__sql_merge(c, st, err), err);
    case BRASA_STATEMENT_ALTER: return brasa__sql_alter(c, st, err);
    case BRASA_STATEMENT_INDEX: return brasa__sql_create_index(c, st, err);
    case BRASA_STATEMENT_DROP_INDEX: return brasa__sql_drop_indexes(c, st, err);
    case BRASA_STATEMENT_REINDEX: return brasa__sql_reindex(c, st, err);
    case BRASA_STATEMENT_CREATE_SCHEMA: return brasa__sql_create_schema(c, st, err);
    case BRASA_STATEMENT_DROP_SCHEMA: return brasa__sql_drop_schema(c, st, err);
    case BRASA_STATEMENT_USE: return brasa__sql_use(c, st, err);
    case BRASA_STATEMENT_COPY: return copy(c, st, err);
    case BRASA_STATEMENT_CACHE: return cache(c, st, err);
    case BRASA_STATEMENT_UNCACHE: return uncache(c, st, err);
    case BRASA_STATEMENT_ANALYZE: return brasa__sql_analyze(c, st, err);
    case BRASA_STATEMENT_SEQUENCE: return brasa__sql_change_sequence(c, st, err);
    case BRASA_STATEMENT_TRANSACTION: return brasa__sql_transaction(c, st, err);
    case BRASA_STATEMENT_QUERY:
    case BRASA_STATEMENT_EXPLAIN:
    case BRASA_STATEMENT_SHOW_TABLES:
    case BRASA_STATEMENT_SHOW_COLUMNS:
    case BRASA_STATEMENT_SHOW_CREATE:
    case BRASA_STATEMENT_VARIABLE:
    case BRASA_STATEMENT_FUNCTION:
    case BRASA_STATEMENT_SHOW_FUNCTIONS:
    case BRASA_STATEMENT_DESCRIBE:
    case BRASA_STATEMENT_SHOW_SCHEMAS:
    case BRASA_STATEMENT_PREPARE:
    case BRASA_STATEMENT_EXECUTE:
    case BRASA_STATEMENT_DEALLOCATE:
    case BRASA_STATEMENT_SET:
    case BRASA_STATEMENT_NOTHING: break;
    }
    return BRASA_OK;
}
