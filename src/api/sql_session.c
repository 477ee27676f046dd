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
#include "plan/make.h"
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

/* A value as type t. */
static brasa_status as_type(sql_call *c, brasa_type t, brasa_value *v, brasa_error *err)
{
    brasa_arena *arena = c->api->builder.arena;

    if (t.kind == BRASA_KIND_NULL || brasa__type_equal(t, v->type)) return BRASA_OK;
    const brasa_expr *cast = brasa__expr_cast(arena, brasa__expr_literal(arena, v), t, false);
    brasa_scope       none = {.text = NULL};
    BRASA_TRY(brasa__expr_bind(arena, &none, cast, 0, &cast, err));
    BRASA_TRY(brasa__expr_constant(arena, cast, v, err));
    v->type = t;
    return BRASA_OK;
}

static brasa_status new_value(sql_call *c, const brasa_query *q, brasa_type t, brasa_value *out, brasa_error *err)
{
    const brasa_node *n;

    *out = (brasa_value) {.type = t, .null = true};
    if (q == NULL) return BRASA_OK;
    BRASA_TRY(brasa__sql_query_node(c, q, &n, err));
    if (n->schema.ncols != 1) return brasa__fail(err, BRASA_TYPE, "a variable takes one value, not %d", (int)n->schema.ncols);
    BRASA_TRY(c->catalog.value(c->catalog.arg, n, out, err));
    return as_type(c, t, out, err);
}

brasa_status brasa__sql_text_value(sql_call *c, const char *text, brasa_type t, brasa_value *out, brasa_error *err)
{
    brasa_arena    *arena = c->api->builder.arena;
    brasa_statement select;

    BRASA_TRY(brasa__sql_statement(arena, brasa__arena_printf(arena, "SELECT %s", text), &select, err));
    return new_value(c, select.query, t, out, err);
}

static brasa_status no_variable(const char *name, brasa_error *err)
{
    return brasa__fail(err, BRASA_NOT_FOUND, "there is no variable '%s'; DECLARE makes one", name);
}

/* Variables of these names, each once. */
static brasa_status targets(const sql_call *c, const char *const *names, int32_t n, brasa_sql_variable **out, brasa_error *err)
{
    for (int32_t i = 0; i < n; i++) {
        out[i] = find_variable(c->api->session, names[i]);
        if (out[i] == NULL) return no_variable(names[i], err);
        for (int32_t k = 0; k < i; k++)
            if (out[k] == out[i]) return brasa__fail(err, BRASA_INVALID, "variable %s is set twice", names[i]);
    }
    return BRASA_OK;
}

static void store(const sql_call *c, brasa_sql_variable *const *to, const brasa_value *values, int32_t n)
{
    for (int32_t i = 0; i < n; i++) to[i]->value = brasa__value_copy(c->api->session->arena, &values[i]);
}

brasa_status brasa__sql_assign(sql_call *c, const brasa_query *q, const char *const *names, int32_t n, brasa_error *err)
{
    brasa_arena         *arena = c->api->builder.arena;
    brasa_sql_variable **to = BRASA_NEWS(arena, brasa_sql_variable *, n + 1);
    brasa_value         *values = BRASA_NEWS(arena, brasa_value, n + 1);
    const brasa_node    *node, *one;

    BRASA_TRY(targets(c, names, n, to, err));
    BRASA_TRY(brasa__sql_query_node(c, q, &node, err));
    if (node->schema.ncols != n)
        return brasa__fail(err, BRASA_TYPE, "a query of %d columns for %d variables", (int)node->schema.ncols, (int)n);
    for (int32_t i = 0; i < n; i++) {
        const brasa_expr *column = brasa__node_ref(arena, node, i);

        BRASA_TRY(brasa__plan_project(&c->api->builder, node, &column, 1, &one, err));
        BRASA_TRY(c->catalog.value(c->catalog.arg, one, &values[i], err));
        BRASA_TRY(as_type(c, to[i]->value.type, &values[i], err));
    }
    store(c, to, values, n);
    return BRASA_OK;
}

/* SET VARIABLE a = 1, b = a: all values are computed before one is set. */
static brasa_status set_each(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_arena         *arena = c->api->builder.arena;
    int32_t              n = st->noptions;
    const char         **names = BRASA_NEWS(arena, const char *, n + 1);
    brasa_sql_variable **to = BRASA_NEWS(arena, brasa_sql_variable *, n + 1);
    brasa_value         *values = BRASA_NEWS(arena, brasa_value, n + 1);

    for (int32_t i = 0; i < n; i++) names[i] = st->options[i].key;
    BRASA_TRY(targets(c, names, n, to, err));
    for (int32_t i = 0; i < n; i++) {
        const char *text = st->options[i].value;

        if (strcasecmp(text, "default") == 0) text = to[i]->initial != NULL ? to[i]->initial : "NULL";
        BRASA_TRY(brasa__sql_text_value(c, text, to[i]->value.type, &values[i], err));
    }
    store(c, to, values, n);
    return BRASA_OK;
}

brasa_status brasa__sql_variable(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session      *s = c->api->session;
    brasa_sql_variable *v;
    brasa_type          t = brasa__type(BRASA_KIND_NULL);
    brasa_value         value;

    if (st->noptions > 0) return set_each(c, st, err);
    if (st->ncolumns > 0) return brasa__sql_assign(c, st->query, st->columns, st->ncolumns, err);
    v = find_variable(s, st->name);
    if (st->no_data) {
        if (v == NULL && !st->if_exists) return no_variable(st->name, err);
        if (v != NULL) v->name = NULL;
        return BRASA_OK;
    }
    if (st->format != NULL) BRASA_TRY(brasa__type_parse(s->arena, st->format, &t, err));
    BRASA_TRY(new_value(c, st->query, t, &value, err));
    if (v == NULL) {
        v = BRASA_NEW(s->arena, brasa_sql_variable);
        v->next = s->variables;
        v->name = brasa__arena_strdup(s->arena, st->name);
        s->variables = v;
    }
    v->value = brasa__value_copy(s->arena, &value);
    v->initial = st->value == NULL ? NULL : brasa__arena_strdup(s->arena, st->value);
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
