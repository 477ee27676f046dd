/* api/sql_tables.c -- session tables: their names, their columns, and rows that fit them.
 *
 * What is created lives in the session's own arena, whatever scope the statement is run in.
 */
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"
#include "data/collation.h"
#include "data/type.h"
#include "plan/make.h"

brasa_builder brasa__sql_session_builder(const sql_call *c)
{
    brasa_builder b = c->api->builder;

    b.arena = c->api->session->arena;
    return b;
}

brasa_frame *brasa__sql_frame(brasa_session *s, const brasa_node *n)
{
    brasa_frame *f = BRASA_NEW(s->arena, brasa_frame);

    f->session = s;
    f->node = n;
    return f;
}

brasa_status brasa__sql_define(sql_call *c, const char *name, const brasa_node *n, brasa_sql_object *o, brasa_error *err)
{
    brasa_session    *s = c->api->session;
    brasa_view_entry *v = brasa__sql_find(s, name);

    if (v == NULL) {
        v = BRASA_NEW(s->arena, brasa_view_entry);
        v->name = brasa__arena_strdup(s->arena, name);
        v->next = s->views;
        s->views = v;
    } else {
        BRASA_TRY(brasa__sql_drop_parts(c, v->sql, err));
    }
    v->frame = brasa__sql_frame(s, n);
    v->scope = 0;
    v->sql = o;
    return BRASA_OK;
}

/* ---- rows of session tables ---- */

static bool has_collation(brasa_type t)
{
    bool found = brasa__type_is_collated(t);

    for (int32_t i = 0; i < t.nfields; i++) found = found || has_collation(t.fields[i].type);
    return found;
}

static bool is_char(brasa_type t)
{
    return t.kind == BRASA_KIND_STRING && t.length > 0 && (t.precision & BRASA_STRING_CHAR) != 0;
}

/* Rows do not know the collations of their columns, nor which are CHAR(n): the declaration does. */
static brasa_status declared_types(brasa_builder *b, brasa_schema to, const brasa_node **n, brasa_error *err)
{
    const brasa_expr **exprs = BRASA_NEWS(b->arena, const brasa_expr *, to.ncols + 1);
    bool               any = false;

    for (int32_t i = 0; i < to.ncols; i++) any = any || has_collation(to.cols[i].type) || is_char(to.cols[i].type);
    if (!any || to.ncols != (*n)->schema.ncols) return BRASA_OK;
    for (int32_t i = 0; i < to.ncols; i++) {
        brasa_expr *ref = brasa__node_ref(b->arena, *n, i);

        if (brasa__type_equal(ref->type, to.cols[i].type)) ref->type = brasa__type_copy(b->arena, to.cols[i].type);
        exprs[i] = brasa__expr_alias(b->arena, ref, to.cols[i].name);
    }
    return brasa__plan_project(b, *n, exprs, to.ncols, n, err);
}

brasa_status brasa__sql_table_node(brasa_builder *b, const brasa_view_entry *v, const brasa_node **out, brasa_error *err)
{
    const brasa_sql_object *o = v->sql;

    *out = v->frame->node;
    if (o != NULL && o->kept != NULL) return brasa__api_kept(b, &o->kept, 1, out, err);
    if (o == NULL || o->nparts == 0) return BRASA_OK;
    BRASA_TRY(brasa__api_kept(b, o->entries, o->nparts, out, err));
    return declared_types(b, o->schema, out, err);
}

static bool same_columns(brasa_schema a, brasa_schema b)
{
    bool same = a.ncols == b.ncols;

    for (int32_t i = 0; same && i < a.ncols; i++) {
        const brasa_field *x = &a.cols[i], *y = &b.cols[i];

        same = x->nullable == y->nullable && strcmp(x->name, y->name) == 0 && brasa__type_equal(x->type, y->type);
    }
    return same;
}

brasa_status brasa__sql_note_columns(sql_call *c, brasa_view_entry *v, brasa_error *err)
{
    brasa_builder     b = brasa__sql_session_builder(c);
    const brasa_node *n;

    BRASA_TRY(brasa__sql_table_node(&c->api->builder, v, &n, err));
    if (n == v->frame->node || (v->frame->node->kind == BRASA_NODE_VALUES && same_columns(n->schema, v->frame->node->schema)))
        return BRASA_OK;
    BRASA_TRY(brasa__plan_values(&b, brasa__schema_copy(b.arena, n->schema), NULL, 0, &n, err));
    v->frame = brasa__sql_frame(c->api->session, n);
    return BRASA_OK;
}

/* brasa_view(brasa_read(s, uri), name): the view is its table. */
static void view_of_file(const sql_call *c, brasa_view_entry *v)
{
    brasa_sql_object *o;

    if (v->sql != NULL || v->frame->status != BRASA_OK || v->frame->table == NULL) return;
    if (v->frame->node->kind != BRASA_NODE_SCAN || v->frame->table->format != BRASA_FORMAT_HDF5) return;
    o = BRASA_NEW(c->api->session->arena, brasa_sql_object);
    o->table = true;
    o->location = brasa__arena_strdup(c->api->session->arena, v->frame->table->uri);
    v->sql = o;
}

brasa_status brasa__sql_changeable(sql_call *c, const brasa_statement *st, bool anew, brasa_view_entry **out, brasa_error *err)
{
    BRASA_TRY(brasa__sql_entry(c, st->name, out, err));
    view_of_file(c, *out);
    if ((*out)->sql == NULL || !(*out)->sql->table)
        return brasa__fail(err, BRASA_UNSUPPORTED,
                           "'%s' is a view; rows of tables made by CREATE TABLE, and of a view on one stored table, can be changed",
                           st->name);
    c->passing = (*out)->sql->location == NULL;
    if (!c->passing || st->kind == BRASA_STATEMENT_ALTER) c->api->builder = brasa__sql_session_builder(c);
    if (!anew || (*out)->sql->location == NULL) return BRASA_OK;
    return brasa__sql_stored_begin(c, *out, err);
}

const brasa_from *brasa__sql_own(sql_call *c, const brasa_statement *st)
{
    brasa_arena *arena = c->api->builder.arena;
    brasa_from  *f = BRASA_NEW(arena, brasa_from);
    const char  *dot = strchr(st->name, '.');

    *f = (brasa_from) {.kind = BRASA_FROM_TABLE, .pos = -1, .name = dot == NULL ? st->name : dot + 1, .alias = st->alias};
    if (c->stored == NULL) {
        f->schema = dot == NULL ? NULL : brasa__arena_strndup(arena, st->name, (size_t)(dot - st->name));
        return f;
    }
    if (f->alias == NULL) f->alias = f->name;
    f->name = BRASA_SQL_OWN_ROWS;
    return f;
}

void brasa__sql_forget(brasa_session *s, const brasa_view_entry *v)
{
    for (brasa_view_entry **p = &s->views; *p != NULL; p = &(*p)->next) {
        if (*p != v) continue;
        *p = v->next;
        return;
    }
}

/* ---- rows that fit ---- */

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

/* VARCHAR(n), CHAR(n): a text that is longer only by blanks loses them; any other longer one is an error.  A CHAR(n) that is shorter gets blanks, but not in files,
 * whose columns do not know that they are CHAR. */
static brasa_status check_length(brasa_builder *b, const brasa_expr **e, const brasa_field *f, bool pad, brasa_error *err)
{
    brasa_arena *a = b->arena;
    brasa_value  most = brasa_value_i32(f->type.length), one = brasa_value_i32(1);
    brasa_scope  scope = {.text = NULL};
    brasa_expr  *choice = brasa__expr_new(a, BRASA_EXPR_CASE);
    brasa_value  head = brasa_value_string(
                     brasa__arena_printf(a, "column %s takes texts of at most %d characters, and one of ", f->name, (int)f->type.length)),
                tail = brasa_value_string(
                    brasa__arena_printf(a, " was given; cut it with left(x, %d), or make the column longer", (int)f->type.length));
    const brasa_expr *length = brasa__expr_call1(a, "length", *e), *limit = brasa__expr_literal(a, &most);
    const brasa_expr *cut[] = {*e, brasa__expr_literal(a, &one), limit};
    const brasa_expr *pieces[] = {brasa__expr_literal(a, &head), brasa__expr_cast(a, length, brasa__type(BRASA_KIND_STRING), false),
                                  brasa__expr_literal(a, &tail)};
    const brasa_expr *fits = brasa__expr_call2(a, "<=", brasa__expr_call1(a, "length", brasa__expr_call1(a, "rtrim", *e)), limit);
    const brasa_expr *fail = brasa__expr_cast(a, brasa__expr_call1(a, "raise_error", brasa__expr_call(a, "concat", pieces, 3)),
                                              brasa__type(BRASA_KIND_STRING), false);
    const brasa_expr *args[] = {
        brasa__expr_call2(a, "coalesce", brasa__expr_call2(a, "<=", length, limit), brasa__expr_call1(a, "isnull", *e)), *e, fits,
        brasa__expr_call(a, "substring", cut, 3), fail};

    choice->args = brasa__arena_copy(a, args, sizeof args);
    choice->nargs = 5;
    const brasa_expr *fitted = choice;
    if (pad && is_char(f->type)) fitted = brasa__expr_call2(a, "rpad", choice, limit);
    return brasa__expr_bind(a, &scope, fitted, 0, e, err);
}

/* A column's value where rows do not give one: SELECT *, the default FROM the rows, whose last column it is. */
static brasa_status default_value(sql_call *c, const brasa_sql_object *o, brasa_schema to, int32_t i, const brasa_node **in,
                                  const brasa_expr **out, brasa_error *err)
{
    brasa_arena       *arena = c->api->builder.arena;
    brasa_value        null = {.type = to.cols[i].type, .null = true};
    const brasa_node  *before = c->proposed;
    brasa_query       *q = BRASA_NEW(arena, brasa_query);
    brasa_from        *f = BRASA_NEW(arena, brasa_from);
    const brasa_expr **list = BRASA_NEWS(arena, const brasa_expr *, 2);
    const brasa_from **from = BRASA_NEWS(arena, const brasa_from *, 1);

    *out = brasa__expr_literal(arena, &null);
    if (o->defaults == NULL || o->defaults[i] == NULL) return BRASA_OK;
    *f = (brasa_from) {.kind = BRASA_FROM_TABLE, .pos = -1, .name = BRASA_SQL_NEW_ROWS};
    from[0] = f;
    list[0] = brasa__expr_new(arena, BRASA_EXPR_STAR);
    list[1] = brasa__expr_alias(arena, o->defaults[i], "__default");
    *q = (brasa_query) {.kind = BRASA_QUERY_SELECT, .pos = -1, .nfrom = 1, .from = from, .ntargets = 2, .targets = list};
    c->proposed = *in;
    brasa_status status = brasa__sql_query_node(c, q, in, err);
    c->proposed = before;
    BRASA_TRY(status);
    *out = brasa__node_ref(arena, *in, (*in)->schema.ncols - 1);
    return BRASA_OK;
}

/* GENERATED ALWAYS AS: over the columns before it, whatever the rows give. */
static brasa_status generated_columns(sql_call *c, const brasa_sql_object *o, brasa_schema to, const brasa_node **n, brasa_error *err)
{
    brasa_builder      b = c->api->builder;
    const brasa_expr **exprs = BRASA_NEWS(b.arena, const brasa_expr *, to.ncols + 1);

    for (int32_t g = 0; o->generated != NULL && g < to.ncols; g++) {
        if (o->generated[g] == NULL) continue;
        for (int32_t i = 0; i < to.ncols; i++) exprs[i] = brasa__node_ref(b.arena, *n, i);
        exprs[g] = brasa__expr_alias(b.arena, brasa__expr_cast(b.arena, o->generated[g], to.cols[g].type, false), to.cols[g].name);
        BRASA_TRY(brasa__plan_project(&b, *n, exprs, to.ncols, n, err));
    }
    return BRASA_OK;
}

/* Those that rows give values for. */
static int32_t plain_columns(const brasa_sql_object *o, brasa_schema to, const char **names)
{
    int32_t n = 0;

    for (int32_t i = 0; i < to.ncols; i++) {
        if (o->generated == NULL || o->generated[i] == NULL) names[n++] = to.cols[i].name;
    }
    return n;
}

static brasa_status target_columns(brasa_schema to, const char *const *columns, int32_t n, int32_t *at, brasa_error *err)
{
    for (int32_t i = 0; i < n; i++) {
        bool ambiguous = false;

        at[i] = brasa__schema_find(to, columns[i], &ambiguous);
        if (at[i] < 0) return brasa__fail(err, BRASA_NOT_FOUND, "the table has no column %s", columns[i]);
        for (int32_t k = 0; k < i; k++) {
            if (at[k] == at[i]) return brasa__fail(err, BRASA_INVALID, "column %s stands twice in the list", columns[i]);
        }
    }
    return BRASA_OK;
}

static brasa_status check_value(brasa_builder *b, const brasa_sql_object *o, const brasa_field *f, const brasa_expr **e, brasa_error *err)
{
    if (f->type.kind == BRASA_KIND_STRING && f->type.length > 0) BRASA_TRY(check_length(b, e, f, o->location == NULL, err));
    /* NOT NULL is what was declared; columns of CREATE TABLE AS, and of tables on disk, are only found to have no nulls so far */
    return !f->nullable && (*e)->nullable && o->schema.ncols > 0 ? refuse_null(b, e, f->name, err) : BRASA_OK;
}

brasa_status brasa__sql_fit(sql_call *c, const brasa_node *in, const brasa_sql_object *o, brasa_schema to, const char *const *columns,
                            int32_t ncolumns, const brasa_node **out, brasa_error *err)
{
    brasa_builder      b = c->api->builder;
    const char       **plain = BRASA_NEWS(b.arena, const char *, to.ncols + 1);
    int32_t            nplain = plain_columns(o, to, plain);
    const brasa_expr **exprs = BRASA_NEWS(b.arena, const brasa_expr *, to.ncols + 1);

    if (ncolumns == 0 && nplain < to.ncols && in->schema.ncols == nplain) {
        columns = plain;
        ncolumns = nplain;
    }
    int32_t given = ncolumns > 0 ? ncolumns : to.ncols, *at = BRASA_NEWS(b.arena, int32_t, ncolumns + 1);

    if (in->schema.ncols != given) return brasa__fail(err, BRASA_TYPE, "%d values for %d columns", (int)in->schema.ncols, (int)given);
    BRASA_TRY(target_columns(to, columns, ncolumns, at, err));
    for (int32_t i = 0; i < ncolumns; i++) exprs[at[i]] = brasa__node_ref(b.arena, in, i);
    for (int32_t i = 0; i < to.ncols; i++) {
        bool computed = o->generated != NULL && o->generated[i] != NULL;

        if (ncolumns == 0) {
            exprs[i] = brasa__node_ref(b.arena, in, i);
        } else if (exprs[i] == NULL) {
            BRASA_TRY(default_value(c, o, to, i, &in, &exprs[i], err));
        }
        BRASA_TRY(brasa__expr_coerce(b.arena, exprs[i], to.cols[i].type, false, &exprs[i], err));
        if (!computed) BRASA_TRY(check_value(&b, o, &to.cols[i], &exprs[i], err));
        exprs[i] = brasa__expr_alias(b.arena, exprs[i], to.cols[i].name);
    }
    BRASA_TRY(brasa__plan_project(&b, in, exprs, to.ncols, out, err));
    BRASA_TRY(generated_columns(c, o, to, out, err));
    return brasa__sql_checked(c, o, *out, out, err);
}
