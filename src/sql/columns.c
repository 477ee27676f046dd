/* sql/columns.c -- COLUMNS(...) in a select list: the expression once for each column that it names.
 *
 * COLUMNS(*), with EXCLUDE and the like, COLUMNS('pattern'), COLUMNS(['a', 'b']), COLUMNS(c -> c LIKE 'a%').  All COLUMNS of one expression go together; what comes
 * out has the column's name, as in DuckDB.
 */
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "expr/lambda.h"
#include "sql/binder.h"

static bool is_columns(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CALL && !e->bound && strcmp(e->name, "columns") == 0 && e->nargs > 0;
}

static bool look(void *arg, const brasa_expr *e)
{
    const brasa_expr **found = arg;

    if (*found == NULL && is_columns(e)) *found = e;
    return *found == NULL;
}

const brasa_expr *sql_columns_of(const brasa_expr *e)
{
    const brasa_expr *found = NULL;

    brasa__expr_walk(e, look, &found);
    return found;
}

static const brasa_expr *text(sql_binder *x, const char *s)
{
    brasa_value v = brasa_value_string(s);

    return brasa__expr_literal(x->arena, &v);
}

/* Is this column meant?  By a pattern, or by a lambda of its name. */
static brasa_status chosen(sql_binder *x, const brasa_expr *call, const char *name, bool *yes)
{
    const brasa_expr *which = call->args[0], *one = text(x, name), *test;
    brasa_value       v;

    test = brasa__is_lambda(which) ? brasa__expr_call2(x->arena, "exists", brasa__expr_call(x->arena, "array", &one, 1), which)
                                   : brasa__expr_call2(x->arena, "rlike", one, which);
    BRASA_TRY(sql_constant(x, test, brasa__type(BRASA_KIND_BOOL), &v));
    *yes = !v.null && v.u.b;
    return BRASA_OK;
}

static bool is_call(const brasa_expr *e, const char *name)
{
    return e->kind == BRASA_EXPR_CALL && strcmp(e->name, name) == 0;
}

/* The columns of a list of names, in its order. */
static brasa_status listed(sql_binder *x, const brasa_expr *list, const brasa_expr *const *stars, int32_t nstars, const brasa_expr ***out,
                           int32_t *n)
{
    *out = BRASA_NEWS(x->arena, const brasa_expr *, list->nargs + 1);
    for (int32_t i = 0; i < list->nargs; i++) {
        brasa_value v;
        int32_t     k = 0;

        BRASA_TRY(sql_constant(x, list->args[i], brasa__type(BRASA_KIND_STRING), &v));
        while (k < nstars && (v.null || strlen(stars[k]->name) != v.u.s.n || strncasecmp(stars[k]->name, v.u.s.p, v.u.s.n) != 0)) k++;
        if (k == nstars)
            return sql_fail(x, list->pos, BRASA_NOT_FOUND, "COLUMNS: there is no column %.*s", v.null ? 4 : (int)v.u.s.n,
                            v.null ? "NULL" : v.u.s.p);
        (*out)[(*n)++] = stars[k];
    }
    return BRASA_OK;
}

brasa_status sql_columns(sql_binder *x, sql_scope *s, const brasa_expr *call, const brasa_expr ***out, int32_t *n)
{
    brasa_expr        *star = brasa__expr_new(x->arena, BRASA_EXPR_STAR);
    const brasa_expr  *which = call->args[0];
    const brasa_expr **stars;
    int32_t            nstars, kept = 0;
    bool               all = which->kind == BRASA_EXPR_STAR;

    star->pos = call->pos;
    if (all) star->qualifier = which->qualifier;
    if (!all && call->nargs == 2) star->qualifier = call->args[1]->value.u.s.p; /* table.`pattern` */
    if (all) star->args = call->args + 1, star->nargs = call->nargs - 1;
    BRASA_TRY(sql_star(x, s, star, &stars, &nstars));
    *n = 0;
    if (is_call(which, "array")) return listed(x, which, stars, nstars, out, n);
    for (int32_t i = 0; i < nstars; i++) {
        bool yes = true;

        if (!all) BRASA_TRY(chosen(x, call, stars[i]->name, &yes));
        if (yes) stars[kept++] = stars[i];
    }
    if (kept == 0) return sql_fail(x, call->pos, BRASA_NOT_FOUND, "COLUMNS: no column is of that kind");
    *out = stars;
    *n = kept;
    return BRASA_OK;
}

static const brasa_expr *in_place(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    (void)arena;
    return is_columns(e) ? arg : e;
}

const brasa_expr *sql_columns_put(sql_binder *x, const brasa_expr *e, const brasa_expr *column)
{
    return brasa__expr_rewrite(x->arena, e, in_place, (void *)(uintptr_t)column->args[0]);
}
