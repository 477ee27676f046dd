/* api/sql.c -- SQL text: queries become frames, other statements are done. */
#include "api/sql_inner.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "data/value.h"

enum { VIEW_DEPTH = 50 };

/* ---- names ---- */

static brasa_view_entry *find_exactly(const brasa_session *s, const char *name)
{
    for (brasa_view_entry *v = s->views; v != NULL; v = v->next) {
        if (strcasecmp(v->name, name) == 0) return v;
    }
    return NULL;
}

/* After USE, names without a schema are those of the schema in use, and views made by calls. */
brasa_view_entry *brasa__sql_find(brasa_session *s, const char *name)
{
    static const char first[] = BRASA_SQL_FIRST_SCHEMA ".";
    brasa_view_entry *v;

    if (strncasecmp(name, first, sizeof first - 1) == 0) return find_exactly(s, name + sizeof first - 1);
    if (s->schema == NULL || strchr(name, '.') != NULL) return find_exactly(s, name);
    for (v = s->views; v != NULL; v = v->next) {
        const char *dot = strchr(v->name, '.');

        if (dot != NULL && strncasecmp(v->name, s->schema, (size_t)(dot - v->name)) == 0 && s->schema[dot - v->name] == '\0' &&
            strcasecmp(dot + 1, name) == 0)
            return v;
    }
    v = find_exactly(s, name);
    return v != NULL && v->sql == NULL ? v : NULL;
}

static const char *near_name(brasa_session *s, brasa_arena *arena, const char *name)
{
    int32_t n = 0;

    for (const brasa_view_entry *v = s->views; v != NULL; v = v->next) n++;
    const char **names = BRASA_NEWS(arena, const char *, n + 1);
    n = 0;
    for (const brasa_view_entry *v = s->views; v != NULL; v = v->next) names[n++] = v->name;
    return brasa__near_miss(name, names, n);
}

/* A view of a statement is planned at each use: it sees what its tables hold then. */
static brasa_status view_node(sql_call *c, const brasa_sql_object *o, const brasa_node **out, brasa_error *err)
{
    brasa_builder b = c->api->builder;
    brasa_status  status;

    if (c->views >= VIEW_DEPTH)
        return brasa__fail(err, BRASA_INVALID, "views stand on each other deeper than %d levels; is one on itself?", (int)VIEW_DEPTH);
    b.text = o->text;
    b.params = NULL;
    b.nparams = 0;
    c->views++;
    status = brasa__sql_plan(&b, &c->catalog, o->query, out, err);
    c->views--;
    if (status != BRASA_OK || o->ncolumns == 0) return status;
    return brasa__plan_alias(&b, *out, NULL, o->columns, o->ncolumns, out, err);
}

brasa_status brasa__sql_find_table(void *arg, const char *name, const brasa_node **out, const char **near, brasa_error *err)
{
    sql_call         *c = arg;
    brasa_view_entry *v;

    *out = NULL;
    if (c->stored != NULL && strcmp(name, BRASA_SQL_OWN_ROWS) == 0) {
        *out = brasa__sql_stored_rows(c);
        return BRASA_OK;
    }
    if (c->proposed != NULL && strcmp(name, BRASA_SQL_NEW_ROWS) == 0) {
        *out = c->proposed;
        return BRASA_OK;
    }
    v = brasa__sql_find(c->api->session, name);
    if (v == NULL) BRASA_TRY(brasa__sql_system_table(c, name, out, err));
    if (v == NULL && *out != NULL) return BRASA_OK;
    if (v == NULL) {
        *near = near_name(c->api->session, c->api->builder.arena, name);
        return BRASA_OK;
    }
    if (v->frame->status != BRASA_OK) return brasa__fail(err, v->frame->status, "view '%s' stands on a call that failed", name);
    if (v->sql != NULL && v->sql->query != NULL && v->sql->kept == NULL) return view_node(c, v->sql, out, err);
    return brasa__sql_table_node(&c->api->builder, v, out, err);
}

static brasa_status keep_rows(void *arg, const brasa_node *in, const brasa_node **out, int64_t *rows, brasa_error *err)
{
    sql_call          *c = arg;
    brasa_cache_entry *e;

    BRASA_TRY(brasa__sql_keep(c, in, c->api->session->nscopes - 1, &e, err));
    *rows = e->rows;
    e->guessed = false; /* the steps of a recursion: each is looked at once */
    return brasa__api_kept(&c->api->builder, &e, 1, out, err);
}

static brasa_status drop_rows(void *arg, const brasa_node *kept, brasa_error *err)
{
    brasa_session     *s = ((const sql_call *)arg)->api->session;
    brasa_cache_entry *e = brasa__api_entry(s, kept->u.cached.caches[0]);

    return e != NULL ? brasa__api_drop(s, e, err) : BRASA_OK;
}

static brasa_status first_value(void *arg, const brasa_node *in, brasa_value *out, brasa_error *err)
{
    sql_call     *c = arg;
    brasa_result *r;

    BRASA_TRY(brasa__api_collect(c->api->session, in, 1, &r, err));
    *out = (brasa_value) {.type = in->schema.cols[0].type, .null = true};
    if (brasa_result_rows(r) > 0) {
        brasa_value v = brasa_result_value(r, 0, 0);
        *out = brasa__value_copy(c->api->builder.arena, &v);
    }
    brasa_result_free(r);
    return BRASA_OK;
}

brasa_status brasa__sql_entry(sql_call *c, const char *name, brasa_view_entry **out, brasa_error *err)
{
    *out = brasa__sql_find(c->api->session, name);
    if (*out != NULL) return BRASA_OK;
    const char *near = near_name(c->api->session, c->api->builder.arena, name);
    return brasa__fail(err, BRASA_NOT_FOUND, "there is no table or view '%s'%s%s%s", name, near == NULL ? "" : "; did you mean '",
                       near == NULL ? "" : near, near == NULL ? "" : "'?");
}

brasa_status brasa__sql_query_node(sql_call *c, const brasa_query *q, const brasa_node **out, brasa_error *err)
{
    return brasa__sql_plan(&c->api->builder, &c->catalog, q, out, err);
}

/* ---- a statement ---- */

brasa_status brasa__sql_nothing(sql_call *c, brasa_error *err)
{
    return brasa__plan_values(&c->api->builder, (brasa_schema) {0, NULL}, NULL, 0, &c->api->node, err);
}

static brasa_status run(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    switch (st->kind) {
    case BRASA_STATEMENT_QUERY: return brasa__sql_query_node(c, st->query, &c->api->node, err);
    case BRASA_STATEMENT_EXPLAIN:
    case BRASA_STATEMENT_SHOW_TABLES:
    case BRASA_STATEMENT_SHOW_COLUMNS:
    case BRASA_STATEMENT_SHOW_FUNCTIONS:
    case BRASA_STATEMENT_SHOW_SCHEMAS:
    case BRASA_STATEMENT_SHOW_CREATE:
    case BRASA_STATEMENT_DESCRIBE:
    case BRASA_STATEMENT_SET: return brasa__sql_show(c, st, err);
    case BRASA_STATEMENT_PREPARE: return brasa__sql_prepare(c, st, err);
    case BRASA_STATEMENT_EXECUTE: return brasa__sql_execute(c, st, err);
    case BRASA_STATEMENT_DEALLOCATE: return brasa__sql_deallocate(c, st, err);
    case BRASA_STATEMENT_VARIABLE: BRASA_TRY(brasa__sql_variable(c, st, err)); return brasa__sql_nothing(c, err);
    case BRASA_STATEMENT_FUNCTION: BRASA_TRY(brasa__sql_function(c, st, err)); return brasa__sql_nothing(c, err);
    case BRASA_STATEMENT_CREATE_VIEW:
    case BRASA_STATEMENT_CREATE_TABLE:
    case BRASA_STATEMENT_DROP:
    case BRASA_STATEMENT_INSERT:
    case BRASA_STATEMENT_DELETE:
    case BRASA_STATEMENT_UPDATE:
    case BRASA_STATEMENT_TRUNCATE:
    case BRASA_STATEMENT_MERGE:
    case BRASA_STATEMENT_COPY:
    case BRASA_STATEMENT_CACHE:
    case BRASA_STATEMENT_UNCACHE:
    case BRASA_STATEMENT_ALTER:
    case BRASA_STATEMENT_INDEX:
    case BRASA_STATEMENT_DROP_INDEX:
    case BRASA_STATEMENT_REINDEX:
    case BRASA_STATEMENT_CREATE_SCHEMA:
    case BRASA_STATEMENT_DROP_SCHEMA:
    case BRASA_STATEMENT_USE:
    case BRASA_STATEMENT_ANALYZE:
    case BRASA_STATEMENT_TRANSACTION:
    case BRASA_STATEMENT_SEQUENCE:
        c->returned = NULL;
        BRASA_TRY(brasa__sql_change(c, st, err));
        if (c->returned == NULL) return brasa__sql_nothing(c, err);
        c->api->node = c->returned; /* RETURNING */
        return BRASA_OK;
    case BRASA_STATEMENT_NOTHING: break;
    }
    return brasa__sql_nothing(c, err);
}

/* "... at 3:7\n  LINE" of the binder of expressions becomes "3:7: ...\n  LINE". */
static void place_first(brasa_error *err)
{
    char *newline = strchr(err->text, '\n'), *at = NULL, text[sizeof err->text];
    int   line, column, used = 0;

    if (newline == NULL || isdigit((unsigned char)err->text[0])) return;
    for (char *p = strstr(err->text, " at "); p != NULL && p < newline; p = strstr(p + 1, " at ")) at = p;
    if (at == NULL || sscanf(at, " at %d:%d%n", &line, &column, &used) != 2 || at + used != newline) return;
    snprintf(text, sizeof text, "%d:%d: %.*s%s", line, column, (int)(at - err->text), err->text, newline);
    memcpy(err->text, text, sizeof text);
}

static brasa_status parse_and_run(sql_call *c, brasa_error *err)
{
    brasa_statement st;

    BRASA_TRY(brasa__sql_statement(c->api->builder.arena, c->text, &st, err));
    if (st.kind == BRASA_STATEMENT_QUERY) c->api->sql = brasa__arena_strdup(c->api->builder.arena, c->text);
    return run(c, &st, err);
}

/* Rows that were kept on the way, for this statement alone. */
static brasa_status drop_steps(brasa_session *s, int64_t first, brasa_error *err)
{
    for (brasa_cache_entry *e = s->caches, *next; e != NULL; e = next) {
        next = e->next;
        if (e->id >= first && e->node == NULL && !e->table) BRASA_TRY(brasa__api_drop(s, e, err));
    }
    return BRASA_OK;
}

/* A statement has an arena of its own.  Where it only changed rows, nothing of it is needed any more: sessions of many INSERTs stay small. */
brasa_status brasa__sql_run_text(sql_call *c, brasa_error *err)
{
    brasa_builder before = c->api->builder;
    brasa_arena  *own = brasa__arena_new(before.arena, "statement");
    int64_t       first = c->api->session->next_cache;
    brasa_status  status;

    c->api->builder.arena = own;
    c->passing = false;
    status = parse_and_run(c, err);
    c->api->builder = before;
    if (!c->passing || c->returned != NULL) return status;
    if (status == BRASA_OK) status = drop_steps(c->api->session, first, err);
    brasa__arena_free(own);
    return status == BRASA_OK ? brasa__sql_nothing(c, err) : status;
}

static brasa_status sql_build(brasa_api_call *api, brasa_error *err)
{
    sql_call     c = {.api = api, .text = api->arg};
    brasa_status status;

    c.catalog = (brasa_sql_catalog) {.arg = &c,
                                     .schema = api->session->schema,
                                     .table = brasa__sql_find_table,
                                     .keep = keep_rows,
                                     .drop = drop_rows,
                                     .value = first_value,
                                     .sequence = brasa__sql_sequence_numbers,
                                     .variable = brasa__sql_variable_value,
                                     .function = brasa__sql_function_body};
    status = brasa__sql_run_text(&c, err);
    if (status != BRASA_OK) place_first(err);
    return status;
}

brasa_frame *brasa_sql_at(brasa_session *s, const char *text, brasa_site at)
{
    brasa_status status = brasa__api_session(s, &at);
    const char  *before;
    brasa_frame *f;

    if (status != BRASA_OK) return brasa__api_inert(status);
    if (text == NULL) text = "";
    before = s->doing.sql;
    s->doing.sql = text; /* statements that run jobs do it now */
    f = brasa__api_frame(s, NULL, 0, at, text, sql_build, text);
    s->doing.sql = before;
    return f;
}

const char *brasa_sql_next(const char *text, size_t *length)
{
    brasa_error err;
    size_t      next, nobody;

    if (length == NULL) length = &nobody;
    while (text != NULL) {
        size_t blank = strspn(text, " \t\r\n");

        text += blank;
        if (*text == '\0') return NULL;
        if (brasa__sql_split(text, length, &next, &err) != BRASA_OK) *length = next = strlen(text);
        if (*length > 0) return text + next;
        if (next == 0) return NULL;
        text += next;
    }
    return NULL;
}
