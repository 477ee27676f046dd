/* api/sql_session.c -- variables (DECLARE, SET VAR) and functions (CREATE FUNCTION ... RETURN) of a session.
 *
 * A variable is its value, taken where no column has its name; a function is its expression, put in place of the call.  Both live in the session's arena.
 */
#include <ctype.h>
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

brasa_status brasa__sql_function_body(void *arg, const char *name, const brasa_sql_routine **out, brasa_error *err)
{
    const sql_call           *c = arg;
    const brasa_sql_function *f = find_function(c->api->session, name);

    (void)err;
    *out = f == NULL ? NULL : &f->is;
    return BRASA_OK;
}

static brasa_status parameters(brasa_arena *arena, const brasa_param_text *text, int32_t n, const brasa_sql_param **out, brasa_error *err)
{
    brasa_sql_param *p = BRASA_NEWS(arena, brasa_sql_param, n + 1);

    for (int32_t i = 0; i < n; i++) {
        p[i].name = brasa__arena_strdup(arena, text[i].name);
        for (int32_t k = 0; k < i; k++)
            if (strcasecmp(p[k].name, p[i].name) == 0) return brasa__fail(err, BRASA_INVALID, "the name %s stands twice", p[i].name);
        p[i].type = brasa__type(BRASA_KIND_NULL);
        if (text[i].type != NULL) BRASA_TRY(brasa__type_parse(arena, text[i].type, &p[i].type, err));
        if (text[i].value != NULL) BRASA_TRY(brasa__sql_expr(arena, brasa__arena_strdup(arena, text[i].value), &p[i].value, err));
        if (text[i].value == NULL && i > 0 && p[i - 1].value != NULL)
            return brasa__fail(err, BRASA_INVALID, "parameter %s has no default, and stands behind one that has", p[i].name);
    }
    *out = p;
    return BRASA_OK;
}

/* Is the body a query, not an expression? */
static bool is_query(const char *text)
{
    static const char *const words[] = {"select", "with", "values", "from", "table"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);

        if (strncasecmp(text, words[i], n) == 0 && !isalnum((unsigned char)text[n]) && text[n] != '_') return true;
    }
    return false;
}

/* SELECT x, alone, is x. */
static const brasa_expr *plain_target(const brasa_query *q)
{
    bool plain = q->kind == BRASA_QUERY_SELECT && q->nctes == 0 && q->ntargets == 1 && q->nfrom == 0 && q->where == NULL &&
                 q->ngroups == 0 && q->having == NULL && q->qualify == NULL && q->limit == NULL && q->offset == NULL &&
                 q->targets[0]->kind != BRASA_EXPR_STAR;

    if (!plain) return NULL;
    return q->targets[0]->kind == BRASA_EXPR_ALIAS ? q->targets[0]->args[0] : q->targets[0];
}

static brasa_status routine(brasa_arena *arena, const brasa_function_text *f, brasa_sql_routine *out, brasa_error *err)
{
    brasa_statement body;
    const char     *text = brasa__arena_strdup(arena, f->body);

    *out = (brasa_sql_routine) {.n = f->n, .ncolumns = f->ncolumns, .type = brasa__type(BRASA_KIND_NULL)};
    BRASA_TRY(parameters(arena, f->params, f->n, &out->params, err));
    BRASA_TRY(parameters(arena, f->columns, f->ncolumns, &out->columns, err));
    if (f->type != NULL) BRASA_TRY(brasa__type_parse(arena, f->type, &out->type, err));
    if (!f->table && !is_query(text)) return brasa__sql_expr(arena, text, &out->body, err);
    BRASA_TRY(brasa__sql_statement(arena, text, &body, err));
    if (body.kind != BRASA_STATEMENT_QUERY) return brasa__fail(err, BRASA_SYNTAX, "RETURN takes a query, or an expression");
    if (f->table) {
        out->query = body.query;
        return BRASA_OK;
    }
    out->body = plain_target(body.query);
    if (out->body != NULL) return BRASA_OK;
    return brasa__sql_expr(arena, brasa__arena_printf(arena, "(%s)", text), &out->body, err);
}

brasa_status brasa__sql_function(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session      *s = c->api->session;
    brasa_sql_function *f = find_function(s, st->name);
    brasa_sql_routine   is;

    if (st->no_data) {
        if (f == NULL && !st->if_exists) return brasa__fail(err, BRASA_NOT_FOUND, "there is no function '%s' of this session", st->name);
        if (f != NULL) f->name = NULL;
        return BRASA_OK;
    }
    if (f != NULL && st->if_not_exists) return BRASA_OK;
    if (brasa__function_find(st->name) != NULL || (f != NULL && !st->replace))
        return brasa__fail(err, BRASA_EXISTS, "function %s is there already; give another name%s", st->name,
                           f != NULL ? ", or say CREATE OR REPLACE FUNCTION" : "");
    BRASA_TRY(routine(s->arena, &st->function, &is, err));
    if (f == NULL) {
        f = BRASA_NEW(s->arena, brasa_sql_function);
        f->next = s->functions;
        s->functions = f;
        f->name = brasa__arena_strdup(s->arena, st->name);
    }
    f->is = is;
    return BRASA_OK;
}
