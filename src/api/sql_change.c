/* api/sql_change.c -- statements that make and change tables and views.
 *
 * A session table is a list of kept row sets: INSERT adds one, DELETE and UPDATE compute the table anew.  What is created lives in the session's own arena,
 * whatever scope the statement is run in.
 */
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"
#include "data/type.h"
#include "plan/make.h"

enum { MAX_PARTS = 48 };

static brasa_builder session_builder(const sql_call *c)
{
    brasa_builder b = c->api->builder;

    b.arena = c->api->session->arena;
    return b;
}

/* ---- the catalogue ---- */

static brasa_frame *frame_of(brasa_session *s, const brasa_node *n)
{
    brasa_frame *f = BRASA_NEW(s->arena, brasa_frame);

    f->session = s;
    f->node = n;
    return f;
}

static brasa_status drop_parts(sql_call *c, brasa_sql_object *o, brasa_error *err)
{
    for (int32_t i = 0; o != NULL && i < o->nparts; i++) BRASA_TRY(brasa__api_drop(c->api->session, o->entries[i], err));
    if (o != NULL) o->nparts = 0;
    if (o != NULL && o->kept_entry != NULL) BRASA_TRY(brasa__api_drop(c->api->session, o->kept_entry, err));
    if (o != NULL) o->kept = NULL, o->kept_entry = NULL;
    return BRASA_OK;
}

static brasa_status define(sql_call *c, const char *name, const brasa_node *n, brasa_sql_object *o, brasa_error *err)
{
    brasa_session    *s = c->api->session;
    brasa_view_entry *v = brasa__sql_find(s, name);

    if (v == NULL) {
        v = BRASA_NEW(s->arena, brasa_view_entry);
        v->name = brasa__arena_strdup(s->arena, name);
        v->next = s->views;
        s->views = v;
    } else {
        BRASA_TRY(drop_parts(c, v->sql, err));
    }
    v->frame = frame_of(s, n);
    v->scope = 0;
    v->sql = o;
    return BRASA_OK;
}

/* true: there is something of that name and the statement may not replace it. */
static brasa_status taken(sql_call *c, const brasa_statement *st, bool *skip, brasa_error *err)
{
    *skip = false;
    if (brasa__sql_find(c->api->session, st->name) == NULL || st->replace) return BRASA_OK;
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
    bool              skip;

    BRASA_TRY(taken(c, st, &skip, err));
    if (skip) return BRASA_OK;
    c->api->builder = session_builder(c);
    brasa_sql_object *o = BRASA_NEW(s->arena, brasa_sql_object);
    o->text = brasa__arena_strdup(s->arena, c->text);
    BRASA_TRY(brasa__sql_statement(s->arena, o->text, &again, err));
    BRASA_TRY(brasa__sql_query_node(c, again.query, &n, err));
    if (c->api->builder.nparams == 0) o->query = again.query; /* with parameters it stays as it is now */
    o->columns = again.columns;
    o->ncolumns = again.ncolumns;
    if (o->ncolumns > 0) BRASA_TRY(brasa__plan_alias(&c->api->builder, n, NULL, o->columns, o->ncolumns, &n, err));
    BRASA_TRY(check_view(c, st->name, o, err));
    return define(c, st->name, n, o, err);
}

/* ---- rows of session tables ---- */

static brasa_status table_node(sql_call *c, brasa_view_entry *v, brasa_error *err)
{
    brasa_sql_object *o = v->sql;
    brasa_builder     b = session_builder(c);
    const brasa_node *n;

    if (o->nparts == 0) {
        BRASA_TRY(brasa__plan_values(&b, brasa__schema_copy(b.arena, v->frame->node->schema), NULL, 0, &n, err));
    } else if (o->nparts == 1) {
        n = o->parts[0];
    } else {
        BRASA_TRY(brasa__plan_set(&b, BRASA_SET_UNION, true, o->parts, o->nparts, &n, err));
    }
    v->frame = frame_of(c->api->session, n);
    return BRASA_OK;
}

static brasa_status add_part(sql_call *c, brasa_sql_object *o, const brasa_node *rows, brasa_error *err)
{
    brasa_session     *s = c->api->session;
    brasa_cache_entry *e;
    const brasa_node  *n;

    BRASA_TRY(brasa__api_keep(s, s->arena, rows, 0, &n, &e, err));
    if (e->rows == 0 && o->nparts > 0) return brasa__api_drop(s, e, err);
    o->parts = brasa__arena_grow(s->arena, o->parts, &o->cap, o->nparts + 1, sizeof *o->parts);
    o->entries = brasa__arena_grow(s->arena, o->entries, &o->cap_entries, o->nparts + 1, sizeof *o->entries);
    o->parts[o->nparts] = n;
    o->entries[o->nparts++] = e;
    return BRASA_OK;
}

/* The table's rows are these now. */
static brasa_status replace_rows(sql_call *c, brasa_view_entry *v, const brasa_node *rows, brasa_error *err)
{
    brasa_sql_object now = {.nparts = 0}, *o = v->sql;

    BRASA_TRY(add_part(c, &now, rows, err));
    BRASA_TRY(drop_parts(c, o, err));
    o->parts = now.parts;
    o->entries = now.entries;
    o->cap = now.cap;
    o->cap_entries = now.cap_entries;
    o->nparts = now.nparts;
    return table_node(c, v, err);
}

static brasa_status changeable(sql_call *c, const brasa_statement *st, brasa_view_entry **out, brasa_error *err)
{
    BRASA_TRY(brasa__sql_entry(c, st->name, out, err));
    if ((*out)->sql != NULL && (*out)->sql->table) return BRASA_OK;
    return brasa__fail(err, BRASA_UNSUPPORTED, "'%s' is a view; rows of tables made by CREATE TABLE can be changed", st->name);
}

/* ---- tables on disk ---- */

static brasa_status stored_error(brasa_session *s, bool failed, brasa_status status, brasa_error *err)
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
    }
}

static brasa_status write_rows(sql_call *c, const brasa_node *n, const char *location, const char *format, const brasa_statement *st,
                               brasa_write_mode mode, brasa_error *err)
{
    brasa_session      *s = c->api->session;
    brasa_frame         f = {.session = s, .node = n};
    brasa_write_options o = {.mode = mode, .format = format};
    bool                failed = s->failed;

    write_options(st, &o);
    return stored_error(s, failed, brasa_write_at(&f, location, &o, (brasa_site) {c->api->builder.file, c->api->builder.line, NULL, 0}),
                        err);
}

static brasa_status open_rows(sql_call *c, const char *location, const char *format, const brasa_statement *st, const brasa_node **out,
                              brasa_error *err)
{
    brasa_builder      b = session_builder(c);
    brasa_session     *s = c->api->session;
    brasa_read_options o = {.format = format};
    bool               failed = s->failed;

    for (int32_t i = 0; i < st->noptions; i++) {
        const char *k = st->options[i].key, *v = st->options[i].value;
        bool        no = strcasecmp(v, "false") == 0 || strcasecmp(v, "off") == 0 || strcmp(v, "0") == 0;

        if (strcasecmp(k, "delimiter") == 0 || strcasecmp(k, "delim") == 0 || strcasecmp(k, "sep") == 0) o.delimiter = v[0];
        if (strcasecmp(k, "null") == 0 || strcasecmp(k, "null_text") == 0 || strcasecmp(k, "nullstr") == 0) o.null_text = v;
        if (strcasecmp(k, "header") == 0) o.header = no ? -1 : 1;
        if (strcasecmp(k, "schema") == 0) o.schema = v;
        if (strcasecmp(k, "quote") == 0) o.quote = v[0];
    }
    (void)b;
    int32_t scope = s->nscopes;
    s->nscopes = 1; /* what is opened lives as long as the session */
    brasa_frame *f = brasa_read_at(s, location, &o, (brasa_site) {c->api->builder.file, c->api->builder.line, NULL, 0});
    s->nscopes = scope;
    if (f->status != BRASA_OK) return stored_error(s, failed, f->status, err);
    *out = f->node;
    return BRASA_OK;
}

/* ---- CREATE TABLE ---- */

static brasa_status create_stored(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session    *s = c->api->session;
    brasa_sql_object *o = BRASA_NEW(s->arena, brasa_sql_object);
    const brasa_node *n;

    if (st->location == NULL)
        return brasa__fail(err, BRASA_INVALID, "CREATE TABLE %s USING %s needs a place: LOCATION 'path' or WITH (location = 'path')",
                           st->name, st->format);
    o->table = true;
    o->location = brasa__arena_strdup(s->arena, st->location);
    o->format = brasa__arena_strdup(s->arena, st->format);
    if (st->query != NULL) {
        BRASA_TRY(brasa__sql_query_node(c, st->query, &n, err));
        BRASA_TRY(write_rows(c, n, o->location, o->format, st, st->replace ? BRASA_OVERWRITE : BRASA_ERROR_IF_EXISTS, err));
    }
    BRASA_TRY(open_rows(c, o->location, o->format, st, &n, err));
    return define(c, st->name, n, o, err);
}

static brasa_status create_table(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session    *s = c->api->session;
    const brasa_node *n;
    bool              skip;

    BRASA_TRY(taken(c, st, &skip, err));
    if (skip) return BRASA_OK;
    c->api->builder = session_builder(c);
    if (st->format != NULL) return create_stored(c, st, err);
    brasa_sql_object *o = BRASA_NEW(s->arena, brasa_sql_object);
    o->table = true;
    if (st->query == NULL) {
        brasa_schema schema = brasa__schema_copy(s->arena, (brasa_schema) {st->nfields, st->fields});

        o->schema = schema;
        BRASA_TRY(brasa__plan_values(&c->api->builder, schema, NULL, 0, &n, err));
        return define(c, st->name, n, o, err);
    }
    BRASA_TRY(brasa__sql_query_node(c, st->query, &n, err));
    if (st->ncolumns > 0)
        BRASA_TRY(brasa__plan_alias(&c->api->builder, n, NULL, copy_names(s->arena, st->columns, st->ncolumns), st->ncolumns, &n, err));
    BRASA_TRY(add_part(c, o, n, err));
    return define(c, st->name, o->parts[0], o, err);
}

static brasa_status drop(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    for (int32_t i = 0; i < st->ncolumns; i++) {
        brasa_view_entry *v = brasa__sql_find(c->api->session, st->columns[i]);

        if (v == NULL && st->if_exists) continue;
        if (v == NULL) BRASA_TRY(brasa__sql_entry(c, st->columns[i], &v, err));
        BRASA_TRY(drop_parts(c, v->sql, err));
        for (brasa_view_entry **p = &c->api->session->views; *p != NULL; p = &(*p)->next) {
            if (*p != v) continue;
            *p = v->next;
            break;
        }
    }
    return BRASA_OK;
}

/* ---- INSERT ---- */

/* A column declared NOT NULL: CASE WHEN x IS NULL THEN an error ELSE x END. */
static brasa_status refuse_null(brasa_builder *b, const brasa_expr **e, const char *name, brasa_error *err)
{
    brasa_value text = brasa_value_string(brasa__arena_printf(b->arena, "column %s is NOT NULL, and a row has no value for it", name));
    const brasa_expr *message = brasa__expr_literal(b->arena, &text);
    brasa_expr       *choice = brasa__expr_new(b->arena, BRASA_EXPR_CASE);
    brasa_scope       scope = {.text = NULL};
    const brasa_expr *check = brasa__expr_call2(b->arena, "assert_true", brasa__expr_call1(b->arena, "isnotnull", *e), message);
    const brasa_expr *args[] = {brasa__expr_call1(b->arena, "isnull", *e), brasa__expr_cast(b->arena, check, (*e)->type, false), *e};

    choice->args = brasa__arena_copy(b->arena, args, sizeof args);
    choice->nargs = 3;
    return brasa__expr_bind(b->arena, &scope, choice, 0, e, err);
}

/* The query's columns as the table's, by the list of names or by position. */
static brasa_status fit_columns(sql_call *c, const brasa_node *in, brasa_schema to, const char *const *columns, int32_t ncolumns,
                                const brasa_node **out, brasa_error *err)
{
    brasa_builder      b = session_builder(c);
    int32_t            given = ncolumns > 0 ? ncolumns : to.ncols;
    const brasa_expr **exprs = BRASA_NEWS(b.arena, const brasa_expr *, to.ncols + 1);

    if (in->schema.ncols != given) return brasa__fail(err, BRASA_TYPE, "%d values for %d columns", (int)in->schema.ncols, (int)given);
    for (int32_t i = 0; i < to.ncols; i++) {
        brasa_value       null = {.type = to.cols[i].type, .null = true};
        const brasa_expr *e = ncolumns == 0 ? brasa__node_ref(b.arena, in, i) : brasa__expr_literal(b.arena, &null);

        exprs[i] = e;
    }
    for (int32_t i = 0; i < ncolumns; i++) {
        bool    ambiguous = false;
        int32_t at = brasa__schema_find(to, columns[i], &ambiguous);

        if (at < 0) return brasa__fail(err, BRASA_NOT_FOUND, "the table has no column %s", columns[i]);
        exprs[at] = brasa__node_ref(b.arena, in, i);
    }
    for (int32_t i = 0; i < to.ncols; i++) {
        BRASA_TRY(brasa__expr_coerce(b.arena, exprs[i], to.cols[i].type, false, &exprs[i], err));
        if (!to.cols[i].nullable && exprs[i]->nullable) BRASA_TRY(refuse_null(&b, &exprs[i], to.cols[i].name, err));
        exprs[i] = brasa__expr_alias(b.arena, exprs[i], to.cols[i].name);
    }
    return brasa__plan_project(&b, in, exprs, to.ncols, out, err);
}

static brasa_status insert_rows(sql_call *c, const brasa_statement *st, brasa_view_entry *v, const brasa_node *rows, bool overwrite,
                                brasa_error *err)
{
    brasa_sql_object *o = v->sql;

    BRASA_TRY(fit_columns(c, rows, o->schema.ncols > 0 ? o->schema : v->frame->node->schema, st->columns, st->ncolumns, &rows, err));
    if (o->location != NULL) {
        const brasa_node *n;

        BRASA_TRY(write_rows(c, rows, o->location, o->format, st, overwrite ? BRASA_OVERWRITE : BRASA_APPEND, err));
        BRASA_TRY(open_rows(c, o->location, o->format, st, &n, err));
        v->frame = frame_of(c->api->session, n);
        return BRASA_OK;
    }
    if (overwrite) return replace_rows(c, v, rows, err);
    BRASA_TRY(add_part(c, o, rows, err));
    BRASA_TRY(table_node(c, v, err));
    return o->nparts <= MAX_PARTS ? BRASA_OK : replace_rows(c, v, v->frame->node, err);
}

static brasa_status insert(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry *v;
    const brasa_node *n;

    BRASA_TRY(changeable(c, st, &v, err));
    c->api->builder = session_builder(c);
    BRASA_TRY(brasa__sql_query_node(c, st->query, &n, err));
    return insert_rows(c, st, v, n, st->overwrite, err);
}

/* ---- DELETE, UPDATE: the table computed anew by a query over itself ---- */

static const brasa_expr *no(brasa_arena *arena)
{
    brasa_value v = brasa_value_bool(false);

    return brasa__expr_literal(arena, &v);
}

static brasa_query *over_itself(brasa_arena *arena, const char *name)
{
    brasa_from       *f = BRASA_NEW(arena, brasa_from);
    const brasa_from *list = f;
    brasa_query      *q = BRASA_NEW(arena, brasa_query);

    f->kind = BRASA_FROM_TABLE;
    f->name = name;
    f->pos = -1;
    q->kind = BRASA_QUERY_SELECT;
    q->pos = -1;
    q->nfrom = 1;
    q->from = brasa__arena_copy(arena, &list, sizeof list);
    return q;
}

static brasa_status session_table(sql_call *c, const brasa_statement *st, brasa_view_entry **v, brasa_error *err)
{
    BRASA_TRY(changeable(c, st, v, err));
    if ((*v)->sql->location != NULL)
        return brasa__fail(err, BRASA_UNSUPPORTED,
                           "'%s' is on disk: DELETE, UPDATE and TRUNCATE are for session tables; use INSERT OVERWRITE", st->name);
    c->api->builder = session_builder(c);
    return BRASA_OK;
}

static brasa_status delete_rows(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry *v;
    brasa_arena      *arena = c->api->session->arena;
    const brasa_node *n;

    BRASA_TRY(session_table(c, st, &v, err));
    brasa_query *q = over_itself(arena, st->name);
    brasa_expr  *star = brasa__expr_new(arena, BRASA_EXPR_STAR);
    q->targets = brasa__arena_copy(arena, &star, sizeof star);
    q->ntargets = 1;
    q->where = st->where == NULL ? no(arena) : brasa__expr_call1(arena, "not", brasa__expr_call2(arena, "coalesce", st->where, no(arena)));
    BRASA_TRY(brasa__sql_query_node(c, q, &n, err));
    return replace_rows(c, v, n, err);
}

static brasa_status update_rows(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry *v;
    brasa_arena      *arena = c->api->session->arena;
    const brasa_node *n;

    BRASA_TRY(session_table(c, st, &v, err));
    brasa_schema       s = v->frame->node->schema;
    brasa_query       *q = over_itself(arena, st->name);
    const brasa_expr **targets = BRASA_NEWS(arena, const brasa_expr *, s.ncols + 1);
    for (int32_t i = 0; i < s.ncols; i++) targets[i] = brasa__expr_column(arena, NULL, s.cols[i].name);
    for (int32_t i = 0; i < st->nsets; i++) {
        bool              ambiguous = false;
        int32_t           at = brasa__schema_find(s, st->columns[i], &ambiguous);
        const brasa_expr *value = at < 0 ? NULL : brasa__expr_cast(arena, st->sets[i], s.cols[at].type, false);

        if (at < 0) return brasa__fail(err, BRASA_NOT_FOUND, "the table has no column %s", st->columns[i]);
        if (st->where != NULL) {
            brasa_expr       *choice = brasa__expr_new(arena, BRASA_EXPR_CASE);
            const brasa_expr *args[] = {st->where, value, targets[at]};

            choice->args = brasa__arena_copy(arena, args, sizeof args);
            choice->nargs = 3;
            value = choice;
        }
        targets[at] = brasa__expr_alias(arena, value, s.cols[at].name);
    }
    q->targets = targets;
    q->ntargets = s.ncols;
    BRASA_TRY(brasa__sql_query_node(c, q, &n, err));
    BRASA_TRY(fit_columns(c, n, v->sql->schema.ncols > 0 ? v->sql->schema : s, NULL, 0, &n, err));
    return replace_rows(c, v, n, err);
}

static brasa_status truncate_rows(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry *v;

    BRASA_TRY(session_table(c, st, &v, err));
    BRASA_TRY(drop_parts(c, v->sql, err));
    return table_node(c, v, err);
}

/* ---- COPY ---- */

static brasa_status copy(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry *v;
    const brasa_node *n;
    const char       *near = NULL;

    if (!st->into_file) {
        BRASA_TRY(changeable(c, st, &v, err));
        c->api->builder = session_builder(c);
        BRASA_TRY(open_rows(c, st->location, st->format, st, &n, err));
        return insert_rows(c, st, v, n, false, err);
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
    return write_rows(c, n, st->location, st->format, st, BRASA_OVERWRITE, err);
}

/* ---- CACHE ---- */

static brasa_status cache(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session    *s = c->api->session;
    brasa_view_entry *v;
    const brasa_node *n;
    const char       *near = NULL;

    c->api->builder = session_builder(c);
    if (st->query != NULL) {
        brasa_sql_object *o = BRASA_NEW(s->arena, brasa_sql_object);

        BRASA_TRY(brasa__sql_query_node(c, st->query, &n, err));
        BRASA_TRY(define(c, st->name, n, o, err));
    }
    BRASA_TRY(brasa__sql_entry(c, st->name, &v, err));
    if (v->sql == NULL) v->sql = BRASA_NEW(s->arena, brasa_sql_object);
    if (v->sql->kept != NULL || (v->sql->table && v->sql->location == NULL)) return BRASA_OK;
    BRASA_TRY(c->catalog.table(c->catalog.arg, st->name, &n, &near, err));
    return brasa__api_keep(s, s->arena, n, 0, &v->sql->kept, &v->sql->kept_entry, err);
}

static brasa_status uncache(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry *v = brasa__sql_find(c->api->session, st->name);

    if (v == NULL && st->if_exists) return BRASA_OK;
    BRASA_TRY(brasa__sql_entry(c, st->name, &v, err));
    if (v->sql == NULL || v->sql->kept == NULL) return BRASA_OK;
    BRASA_TRY(brasa__api_drop(c->api->session, v->sql->kept_entry, err));
    v->sql->kept = NULL;
    v->sql->kept_entry = NULL;
    return BRASA_OK;
}

brasa_status brasa__sql_change(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_view_entry *v;

    switch (st->kind) {
    case BRASA_STATEMENT_CREATE_VIEW: return create_view(c, st, err);
    case BRASA_STATEMENT_CREATE_TABLE: return create_table(c, st, err);
    case BRASA_STATEMENT_DROP: return drop(c, st, err);
    case BRASA_STATEMENT_INSERT: return insert(c, st, err);
    case BRASA_STATEMENT_DELETE: return delete_rows(c, st, err);
    case BRASA_STATEMENT_UPDATE: return update_rows(c, st, err);
    case BRASA_STATEMENT_TRUNCATE: return truncate_rows(c, st, err);
    case BRASA_STATEMENT_COPY: return copy(c, st, err);
    case BRASA_STATEMENT_CACHE: return cache(c, st, err);
    case BRASA_STATEMENT_UNCACHE: return uncache(c, st, err);
    case BRASA_STATEMENT_ANALYZE: return brasa__sql_entry(c, st->name, &v, err); /* statistics are kept with the files */
    case BRASA_STATEMENT_QUERY:
    case BRASA_STATEMENT_EXPLAIN:
    case BRASA_STATEMENT_SHOW_TABLES:
    case BRASA_STATEMENT_SHOW_COLUMNS:
    case BRASA_STATEMENT_SHOW_FUNCTIONS:
    case BRASA_STATEMENT_DESCRIBE:
    case BRASA_STATEMENT_SET:
    case BRASA_STATEMENT_NOTHING: break;
    }
    return BRASA_OK;
}
