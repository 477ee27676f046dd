/* sql/star.c -- * and t.* among the arguments of calls: coalesce(*), struct(t.*), count(DISTINCT * EXCEPT (a)). */
#include <string.h>

#include "sql/binder.h"

static bool is_call(const brasa_expr *e, const char *name)
{
    return e->kind == BRASA_EXPR_CALL && !e->bound && strcmp(e->name, name) == 0;
}

brasa_status sql_struct_fields(sql_binder *x, sql_scope *s, const brasa_expr *value, const brasa_expr ***out, int32_t *n)
{
    const brasa_expr *e;

    BRASA_TRY(sql_resolve(x, s, NULL, value, &e));
    BRASA_TRY(sql_type(x, e, false, &e));
    if (e->type.kind != BRASA_KIND_STRUCT) return sql_fail(x, value->pos, BRASA_TYPE, ".* of what is no struct");
    *n = e->type.nfields;
    *out = BRASA_NEWS(x->arena, const brasa_expr *, *n + 1);
    for (int32_t f = 0; f < *n; f++) {
        brasa_value       name = brasa_value_string(e->type.fields[f].name);
        const brasa_expr *field = brasa__expr_call2(x->arena, "get_field", e, brasa__expr_literal(x->arena, &name));

        (*out)[f] = brasa__expr_alias(x->arena, field, e->type.fields[f].name);
    }
    return BRASA_OK;
}

bool sql_is_struct_star(const sql_scope *s, const brasa_expr *star)
{
    if (star->qualifier == NULL || star->nargs > 0) return false;
    for (int32_t i = 0; i < s->n; i++)
        if (sql_same_name(s->names[i].qualifier, star->qualifier)) return false;
    int32_t at = sql_scope_find(s, NULL, star->qualifier);
    return at >= 0 && s->node->schema.cols[at].type.kind == BRASA_KIND_STRUCT;
}

/* The star at args[*at] and its marks; *at moves behind them. */
static brasa_status star_at(sql_binder *x, sql_scope *s, const brasa_expr *e, int32_t *at, const brasa_expr ***out, int32_t *n)
{
    const brasa_expr *first = e->args[(*at)++]; /* the star */
    brasa_expr       *star = brasa__expr_new(x->arena, BRASA_EXPR_STAR);
    int32_t           from = *at;

    star->pos = first->pos;
    star->qualifier = first->qualifier;
    if (sql_is_struct_star(s, first)) {
        const brasa_expr *column = brasa__expr_column(x->arena, NULL, first->qualifier);
        return sql_struct_fields(x, s, column, out, n);
    }
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
