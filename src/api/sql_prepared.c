/* api/sql_prepared.c -- statements kept as text: PREPARE, EXECUTE [IMMEDIATE], DEALLOCATE. */
#include "api/sql_inner.h"

#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "data/value.h"

static brasa_sql_prepared *find_prepared(const brasa_session *s, const char *name)
{
    for (brasa_sql_prepared *p = s->prepared; p != NULL; p = p->next) {
        if (strcasecmp(p->name, name) == 0) return p;
    }
    return NULL;
}

brasa_status brasa__sql_prepare(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session      *s = c->api->session;
    brasa_sql_prepared *p = find_prepared(s, st->name);
    brasa_statement     checked;

    BRASA_TRY(brasa__sql_statement(c->api->builder.arena, st->value, &checked, err));
    if (checked.kind == BRASA_STATEMENT_EXECUTE || checked.kind == BRASA_STATEMENT_PREPARE)
        return brasa__fail(err, BRASA_INVALID, "PREPARE of a statement that runs another one");
    if (p == NULL) {
        p = BRASA_NEW(s->arena, brasa_sql_prepared);
        p->name = brasa__arena_strdup(s->arena, st->name);
        p->next = s->prepared;
        s->prepared = p;
    }
    p->text = brasa__arena_strdup(s->arena, st->value);
    return brasa__sql_nothing(c, err);
}

/* The row of values after EXECUTE, as parameters. */
brasa_status brasa__sql_execute(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    const brasa_sql_prepared *p = st->value != NULL ? NULL : find_prepared(c->api->session, st->name);
    brasa_sql_prepared        now = {.text = st->value};
    const brasa_value        *variable = NULL;
    brasa_statement           inner;
    int32_t                   n = st->query == NULL ? 0 : st->query->ncols;
    brasa_value              *params = BRASA_NEWS(c->api->builder.arena, brasa_value, n + 1);

    if (st->value != NULL) { /* IMMEDIATE */
        p = &now;
        if (st->by_name) BRASA_TRY(brasa__sql_variable_value(c, st->value, &variable, err));
        if (st->by_name && (variable == NULL || variable->null || variable->type.kind != BRASA_KIND_STRING))
            return brasa__fail(err, BRASA_INVALID, "EXECUTE IMMEDIATE takes a text, or a variable that has one, not %s", st->value);
        if (variable != NULL) now.text = brasa__arena_strndup(c->api->builder.arena, variable->u.s.p, variable->u.s.n);
        const char **names = BRASA_NEWS(c->api->builder.arena, const char *, n + 1);
        for (int32_t i = 0; i < n && i < st->noptions; i++) names[i] = st->options[i].key;
        BRASA_TRY(brasa__lex_named(c->api->builder.arena, now.text, names, n, &now.text, err));
        BRASA_TRY(brasa__sql_statement(c->api->builder.arena, now.text, &inner, err));
        if (st->ncolumns > 0 && inner.kind != BRASA_STATEMENT_QUERY)
            return brasa__fail(err, BRASA_INVALID, "EXECUTE IMMEDIATE ... INTO takes a query");
        if (inner.kind == BRASA_STATEMENT_EXECUTE)
            return brasa__fail(err, BRASA_INVALID, "EXECUTE IMMEDIATE of a statement that runs another one");
    }
    if (p == NULL) return brasa__fail(err, BRASA_NOT_FOUND, "there is no prepared statement '%s'; PREPARE makes one", st->name);
    if (st->query != NULL && (st->query->kind != BRASA_QUERY_VALUES || st->query->nrows != 1))
        return brasa__fail(err, BRASA_SYNTAX, "EXECUTE takes one list of values");
    for (int32_t i = 0; i < n; i++) {
        const brasa_expr *e;
        brasa_scope       none = {.text = c->text};

        if (st->noptions == n) { /* IMMEDIATE */
            BRASA_TRY(brasa__sql_text_value(c, st->options[i].value, brasa__type(BRASA_KIND_NULL), &params[i], err));
            continue;
        }
        e = st->query->values[i];
        variable = NULL;
        if (e->kind == BRASA_EXPR_COLUMN && e->qualifier == NULL) BRASA_TRY(brasa__sql_variable_value(c, e->name, &variable, err));
        if (variable != NULL) {
            params[i] = *variable;
            continue;
        }
        BRASA_TRY(brasa__expr_bind(c->api->builder.arena, &none, e, 0, &e, err));
        BRASA_TRY(brasa__expr_constant(c->api->builder.arena, e, &params[i], err));
    }
    c->api->builder.params = params;
    c->api->builder.nparams = n;
    c->text = c->api->builder.text = p->text;
    if (st->ncolumns == 0) return brasa__sql_run_text(c, err);
    BRASA_TRY(brasa__sql_assign(c, inner.query, st->columns, st->ncolumns, err));
    return brasa__sql_nothing(c, err);
}

brasa_status brasa__sql_deallocate(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    bool found = st->name == NULL;

    for (brasa_sql_prepared **p = &c->api->session->prepared; *p != NULL;) {
        if (st->name == NULL || strcasecmp((*p)->name, st->name) == 0) {
            *p = (*p)->next;
            found = true;
        } else {
            p = &(*p)->next;
        }
    }
    if (!found) return brasa__fail(err, BRASA_NOT_FOUND, "there is no prepared statement '%s'", st->name);
    return brasa__sql_nothing(c, err);
}
