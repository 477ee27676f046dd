/* sql/routine.c -- functions of the session: CREATE FUNCTION f(a INT) RETURN a + 1, ... RETURNS TABLE (b INT) RETURN SELECT ...
 *
 * An expression takes the place of its call, the arguments those of the parameters.  A body that has queries stands over a row of the arguments:
 * (SELECT body FROM (SELECT x AS a) AS f); in FROM a function is (SELECT b FROM (SELECT x AS a) AS f, LATERAL (body) AS r(b)).
 */
#include <string.h>
#include <strings.h>

#include "sql/binder.h"

static brasa_status find(sql_binder *x, const char *name, const brasa_sql_routine **out)
{
    const brasa_sql_catalog *c = x->catalog;

    *out = NULL;
    return c == NULL || c->function == NULL ? BRASA_OK : c->function(c->arg, name, out, x->err);
}

/* The arguments, and defaults where there are none, as the parameters' types. */
static brasa_status arguments(sql_binder *x, const brasa_sql_routine *r, const brasa_expr *call, const brasa_expr ***out)
{
    int32_t            least = 0;
    const brasa_expr **args = BRASA_NEWS(x->arena, const brasa_expr *, r->n + 1);

    while (least < r->n && r->params[least].value == NULL) least++;
    if (call->nargs > r->n || call->nargs < least)
        return sql_fail(x, call->pos, BRASA_TYPE, "function %s takes %d%s%.0d arguments, not %d", call->name, (int)least,
                        least < r->n ? " to " : "", least < r->n ? (int)r->n : 0, (int)call->nargs);
    for (int32_t i = 0; i < r->n; i++) {
        args[i] = i < call->nargs ? call->args[i] : r->params[i].value;
        if (r->params[i].type.kind != BRASA_KIND_NULL) args[i] = brasa__expr_cast(x->arena, args[i], r->params[i].type, false);
    }
    *out = args;
    return BRASA_OK;
}

typedef struct calling {
    const brasa_sql_routine *routine;
    const char              *name;
    const brasa_expr *const *args;
} calling;

static const brasa_expr *argument(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    const calling *c = arg;

    (void)arena;
    if (e->kind != BRASA_EXPR_COLUMN || e->bound || (e->qualifier != NULL && strcasecmp(e->qualifier, c->name) != 0)) return e;
    for (int32_t i = 0; i < c->routine->n; i++)
        if (strcasecmp(c->routine->params[i].name, e->name) == 0) return c->args[i];
    return e;
}

/* SELECT arguments AS parameters, as a table of the function's name. */
static const brasa_from *row_of(sql_binder *x, const brasa_sql_routine *r, const brasa_expr *call, const brasa_expr *const *args)
{
    brasa_query       *q = BRASA_NEW(x->arena, brasa_query);
    brasa_from        *f = BRASA_NEW(x->arena, brasa_from);
    const brasa_expr **targets = BRASA_NEWS(x->arena, const brasa_expr *, r->n + 1);

    for (int32_t i = 0; i < r->n; i++) targets[i] = brasa__expr_alias(x->arena, args[i], r->params[i].name);
    *q = (brasa_query) {.kind = BRASA_QUERY_SELECT, .pos = call->pos, .ntargets = r->n, .targets = targets};
    *f = (brasa_from) {.kind = BRASA_FROM_QUERY, .pos = call->pos, .alias = call->name, .query = q};
    return f;
}

brasa_status sql_routine_call(sql_binder *x, const brasa_expr *call, const brasa_expr **out)
{
    const brasa_sql_routine *r;
    const brasa_expr       **args, *body;

    *out = NULL;
    BRASA_TRY(find(x, call->name, &r));
    if (r == NULL) return BRASA_OK;
    if (r->query != NULL)
        return sql_fail(x, call->pos, BRASA_TYPE, "function %s gives a table; it stands in FROM: SELECT * FROM %s(...)", call->name,
                        call->name);
    BRASA_TRY(arguments(x, r, call, &args));
    calling c = {.routine = r, .name = call->name, .args = args};
    body = r->body;
    if (r->n > 0 && sql_any(body, sql_is_subquery)) {
        brasa_query    *q = BRASA_NEW(x->arena, brasa_query);
        brasa_subquery *sub = BRASA_NEW(x->arena, brasa_subquery);
        brasa_expr     *e = brasa__expr_new(x->arena, BRASA_EXPR_SUBQUERY);
        const void     *lists[2] = {body, row_of(x, r, call, args)};
        const void    **kept = brasa__arena_copy(x->arena, lists, sizeof lists);

        *q = (brasa_query) {.kind = BRASA_QUERY_SELECT,
                            .pos = call->pos,
                            .ntargets = 1,
                            .targets = (const brasa_expr *const *)(const void *)&kept[0],
                            .nfrom = 1,
                            .from = (const brasa_from *const *)(const void *)&kept[1]};
        *sub = (brasa_subquery) {.kind = BRASA_SUB_SCALAR, .query = q};
        e->extra = sub;
        e->pos = call->pos;
        body = e;
    } else {
        body = brasa__expr_rewrite(x->arena, body, argument, &c);
    }
    *out = r->type.kind == BRASA_KIND_NULL ? body : brasa__expr_cast(x->arena, body, r->type, false);
    return BRASA_OK;
}

/* The columns of the body under the names and types that RETURNS TABLE gives them. */
static const brasa_expr *const *result_columns(sql_binder *x, const brasa_sql_routine *r)
{
    const brasa_expr **targets = BRASA_NEWS(x->arena, const brasa_expr *, r->ncolumns + 1);

    for (int32_t i = 0; i < r->ncolumns; i++) {
        const brasa_expr *column = brasa__expr_column(x->arena, "__result__", r->columns[i].name);

        if (r->columns[i].type.kind != BRASA_KIND_NULL) column = brasa__expr_cast(x->arena, column, r->columns[i].type, false);
        targets[i] = brasa__expr_alias(x->arena, column, r->columns[i].name);
    }
    if (r->ncolumns == 0) {
        brasa_expr *star = brasa__expr_new(x->arena, BRASA_EXPR_STAR);

        star->qualifier = "__result__";
        targets[0] = star;
    }
    return targets;
}

brasa_status sql_routine_table(sql_binder *x, const brasa_from *f, bool lateral, const brasa_from **out)
{
    const brasa_sql_routine *r;
    const brasa_expr       **args;
    const brasa_from       **list = BRASA_NEWS(x->arena, const brasa_from *, 2);
    int32_t                  n = 0;

    *out = NULL;
    BRASA_TRY(find(x, f->call->name, &r));
    if (r == NULL || r->query == NULL) return BRASA_OK;
    BRASA_TRY(arguments(x, r, f->call, &args));
    const char **names = BRASA_NEWS(x->arena, const char *, r->ncolumns + 1);
    for (int32_t i = 0; i < r->ncolumns; i++) names[i] = r->columns[i].name;
    brasa_from  *body = BRASA_NEW(x->arena, brasa_from), *whole = BRASA_NEW(x->arena, brasa_from);
    brasa_query *q = BRASA_NEW(x->arena, brasa_query);
    if (r->n > 0) list[n++] = row_of(x, r, f->call, args);
    *body = (brasa_from) {.kind = BRASA_FROM_QUERY,
                          .pos = f->pos,
                          .alias = "__result__",
                          .query = r->query,
                          .lateral = n > 0,
                          .ncolumns = r->ncolumns,
                          .columns = names};
    list[n++] = body;
    *q = (brasa_query) {.kind = BRASA_QUERY_SELECT,
                        .pos = f->pos,
                        .ntargets = r->ncolumns > 0 ? r->ncolumns : 1,
                        .targets = result_columns(x, r),
                        .nfrom = n,
                        .from = list};
    *whole = *f;
    whole->kind = BRASA_FROM_QUERY;
    whole->query = q;
    whole->lateral = lateral;
    if (whole->alias == NULL) whole->alias = f->call->name;
    *out = whole;
    return BRASA_OK;
}
