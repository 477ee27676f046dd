/* sql/star.c -- * and t.* among the arguments of calls: coalesce(*), struct(t.*), count(DISTINCT * EXCEPT (a)). */
#include <string.h>

#include "sql/binder.h"

static bool is_call(const brasa_expr *e, const char *name)
{
    return e->kind == BRASA_EXPR_CALL && !e->bound && strcmp(e->name, name) == 0;
}

/* The star at args[*at] and its marks; *at moves behind them. */
static brasa_status star_at(sql_binder *x, sql_scope *s, const brasa_expr *e, int32_t *at, const brasa_expr ***out, int32_t *n)
{
    const brasa_expr *first = e->args[(*at)++]; /* the star */
    brasa_expr       *star = brasa__expr_new(x->arena, BRASA_EXPR_STAR);
    int32_t           from = *at;

    star->pos = first->pos;
    star->qualifier = first->qualifier;
    while (*at < e->nargs &&
           (is_call(e->args[*at], "__except__") || is_call(e->args[*at], "__replace__") || is_call(e->args[*at], "__rename__")))
        ++*at;
    star->args = e->args + from;
    star->nargs = *at - from;
    return sql_star(x, s, star, out, n);
}

brasa_status sql_star_arguments(sql_binder *x, sql_scope *s, const brasa_expr *e, const brasa_expr **out)
{
    bool               any = false, named = is_call(e, "struct");
    const brasa_expr **args = NULL, **stars;
    int32_t            n = 0, cap = 0, nstars;

    *out = e;
    for (int32_t i = 0; i < e->nargs; i++) any = any || e->args[i]->kind == BRASA_EXPR_STAR;
    if (!any || e->bound || is_call(e, "columns")) return BRASA_OK;
    for (int32_t i = 0; i < e->nargs;) {
        if (e->args[i]->kind != BRASA_EXPR_STAR) {
            args = brasa__arena_grow(x->arena, args, &cap, n + 2, sizeof *args);
            bool        as = i + 1 < e->nargs && is_call(e->args[i + 1], "__as__") && e->args[i + 1]->nargs == 1;
            brasa_value name = brasa_value_string(sql_column_name(x->arena, as ? e->args[i + 1]->args[0] : e->args[i]));
            if (named) args[n++] = brasa__expr_literal(x->arena, &name);
            args[n++] = e->args[i];
            i += as ? 2 : 1;
            continue;
        }
        BRASA_TRY(star_at(x, s, e, &i, &stars, &nstars));
        for (int32_t k = 0; k < nstars; k++) {
            brasa_value name = brasa_value_string(stars[k]->name);
            args = brasa__arena_grow(x->arena, args, &cap, n + 2, sizeof *args);
            if (named) args[n++] = brasa__expr_literal(x->arena, &name);
            args[n++] = stars[k]->args[0];
        }
    }
    brasa_expr *copy = brasa__arena_copy(x->arena, e, sizeof *e);
    if (named) copy->name = "named_struct", copy->negated = true; /* for its name as a column: it was written as struct */
    copy->args = args;
    copy->nargs = n;
    *out = copy;
    return BRASA_OK;
}
