/* api/sql_session.c -- variables (DECLARE, SET VAR) and functions (CREATE FUNCTION ... RETURN) of a session.
 *
 * A variable is its value, taken where no column has its name; a function is its expression, put in place of the call.  Both live in the session's arena.
 */
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"
#include "data/type.h"
#include "data/value.h"
#include "expr/function.h"
#include "sql/parse.h"

/* ---- variables ---- */

static brasa_sql_variable *find_variable(const brasa_session *s, const char *name)
{
    brasa_sql_variable *v = s->variables;

    while (v != NULL && (v->name == NULL || strcasecmp(v->name, name) != 0)) v = v->next;
    return v;
}

brasa_status brasa__sql_variable_value(void *arg, const char *name, const brasa_value **out, brasa_error *err)
{
    const sql_call     *c = arg;
    brasa_sql_variable *v = find_variable(c->api->session, name);

    (void)err;
    *out = v == NULL ? NULL : &v->value;
    return BRASA_OK;
}

static brasa_status new_value(sql_call *c, const brasa_statement *st, brasa_type t, brasa_value *out, brasa_error *err)
{
    const brasa_node *n;
    brasa_arena      *arena = c->api->builder.arena;

    if (st->query == NULL) {
        *out = (brasa_value) {.type = t, .null = true};
        return BRASA_OK;
    }
    BRASA_TRY(brasa__sql_query_node(c, st->query, &n, err));
    if (n->schema.ncols != 1) return brasa__fail(err, BRASA_TYPE, "a variable takes one value, not %d", (int)n->schema.ncols);
    BRASA_TRY(c->catalog.value(c->catalog.arg, n, out, err));
    if (t.kind == BRASA_KIND_NULL || brasa__type_equal(t, out->type)) return BRASA_OK;
    const brasa_expr *cast = brasa__expr_cast(arena, brasa__expr_literal(arena, out), t, false);
    brasa_scope       none = {.text = NULL};
    BRASA_TRY(brasa__expr_bind(arena, &none, cast, 0, &cast, err));
    BRASA_TRY(brasa__expr_constant(arena, cast, out, err));
    out->type = t;
    return BRASA_OK;
}

brasa_status brasa__sql_variable(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session      *s = c->api->session;
    brasa_sql_variable *v = find_variable(s, st->name);
    brasa_type          t = v != NULL && !st->overwrite ? v->value.type : brasa__type(BRASA_KIND_NULL);
    brasa_value         value;

    if (v == NULL && !st->overwrite)
        return st->if_exists ? BRASA_OK : brasa__fail(err, BRASA_NOT_FOUND, "there is no variable '%s'; DECLARE makes one", st->name);
    if (st->no_data) {
        v->name = NULL;
        return BRASA_OK;
    }
    if (st->format != NULL) BRASA_TRY(brasa__type_parse(s->arena, st->format, &t, err));
    BRASA_TRY(new_value(c, st, t, &value, err));
    if (v == NULL) {
        v = BRASA_NEW(s->arena, brasa_sql_variable);
        v->next = s->variables;
        v->name = brasa__arena_strdup(s->arena, st->name);
        s->variables = v;
    }
    v->value = brasa__value_copy(s->arena, &value);
    return BRASA_OK;
}

/* ---- functions ---- */

static brasa_sql_function *find_function(const brasa_session *s, const char *name)
{
    brasa_sql_function *f = s->functions;

    while (f != NULL && (f->name == NULL || strcasecmp(f->name, name) != 0)) f = f->next;
    return f;
}

brasa_status brasa__sql_function_body(void *arg, const char *name, const char *const **params, int32_t *n, const brasa_expr **out,
                                      brasa_error *err)
{
    const sql_call           *c = arg;
    const brasa_sql_function *f = find_function(c->api->session, name);

    (void)err;
    *out = NULL;
    if (f == NULL) return BRASA_OK;
    *params = f->params;
    *n = f->n;
    *out = f->body;
    return BRASA_OK;
}

brasa_status brasa__sql_function(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session      *s = c->api->session;
    brasa_sql_function *f = find_function(s, st->name);
    const brasa_expr   *body;
    const char        **params = BRASA_NEWS(s->arena, const char *, st->ncolumns + 1);

    if (st->no_data) {
        if (f == NULL && !st->if_exists) return brasa__fail(err, BRASA_NOT_FOUND, "there is no function '%s' of this session", st->name);
        if (f != NULL) f->name = NULL;
        return BRASA_OK;
    }
    if (brasa__function_find(st->name) != NULL)
        return brasa__fail(err, BRASA_EXISTS, "function %s is there already; give another name", st->name);
    BRASA_TRY(brasa__sql_expr(s->arena, brasa__arena_strdup(s->arena, st->value), &body, err));
    for (int32_t i = 0; i < st->ncolumns; i++) params[i] = brasa__arena_strdup(s->arena, st->columns[i]);
    if (f == NULL) {
        f = BRASA_NEW(s->arena, brasa_sql_function);
        f->next = s->functions;
        s->functions = f;
        f->name = brasa__arena_strdup(s->arena, st->name);
    }
    f->n = st->ncolumns;
    f->params = params;
    f->body = body;
    return BRASA_OK;
}
