/* sql/walk.c -- going through the expressions of a query: all of them, copied where one changed, or looked at. */
#include <string.h>

#include "sql/binder.h"

/* ---- walking ---- */

static brasa_status map_list(brasa_arena *arena, const brasa_expr *const *in, int32_t n, sql_map_fn *fn, void *arg, bool *changed,
                             const brasa_expr *const **out)
{
    const brasa_expr **list = BRASA_NEWS(arena, const brasa_expr *, n + 1);

    for (int32_t i = 0; i < n; i++) {
        BRASA_TRY(fn(arg, in[i], &list[i]));
        *changed |= list[i] != in[i];
    }
    *out = list;
    return BRASA_OK;
}

static brasa_status map_order(brasa_arena *arena, const brasa_order *in, int32_t n, sql_map_fn *fn, void *arg, bool *changed,
                              const brasa_order **out)
{
    brasa_order *list = BRASA_NEWS(arena, brasa_order, n + 1);

    for (int32_t i = 0; i < n; i++) {
        list[i] = in[i];
        BRASA_TRY(fn(arg, in[i].expr, &list[i].expr));
        *changed |= list[i].expr != in[i].expr;
    }
    *out = list;
    return BRASA_OK;
}

static brasa_status map_window(brasa_arena *arena, const brasa_window_spec *in, sql_map_fn *fn, void *arg, bool *changed,
                               const brasa_window_spec **out)
{
    brasa_window_spec *w = brasa__arena_copy(arena, in, sizeof *in);

    BRASA_TRY(map_list(arena, in->keys, in->nkeys, fn, arg, changed, &w->keys));
    BRASA_TRY(map_order(arena, in->order, in->norder, fn, arg, changed, &w->order));
    *out = w;
    return BRASA_OK;
}

brasa_status sql_map(brasa_arena *arena, const brasa_expr *e, sql_map_fn *fn, void *arg, const brasa_expr **out)
{
    brasa_expr              *copy = brasa__arena_copy(arena, e, sizeof *e);
    bool                     changed = false;
    const brasa_window_spec *w;

    BRASA_TRY(map_list(arena, e->args, e->nargs, fn, arg, &changed, &copy->args));
    BRASA_TRY(map_order(arena, e->order, e->norder, fn, arg, &changed, &copy->order));
    if (e->filter != NULL) BRASA_TRY(fn(arg, e->filter, &copy->filter));
    changed |= copy->filter != e->filter;
    if (e->kind == BRASA_EXPR_WINDOW && e->extra != NULL) {
        BRASA_TRY(map_window(arena, e->extra, fn, arg, &changed, &w));
        copy->extra = w;
    }
    *out = changed ? copy : e;
    return BRASA_OK;
}

typedef struct searching {
    bool (*test)(const brasa_expr *e);
    bool found;
} searching;

static bool search(void *arg, const brasa_expr *e)
{
    searching *s = arg;

    s->found = s->found || s->test(e);
    if (!s->found && e->kind == BRASA_EXPR_WINDOW && e->extra != NULL) {
        const brasa_window_spec *w = e->extra;

        for (int32_t i = 0; i < w->nkeys && !s->found; i++) brasa__expr_walk(w->keys[i], search, s);
        for (int32_t i = 0; i < w->norder && !s->found; i++) brasa__expr_walk(w->order[i].expr, search, s);
    }
    return !s->found;
}

bool sql_any(const brasa_expr *e, bool (*test)(const brasa_expr *e))
{
    searching s = {.test = test};

    brasa__expr_walk(e, search, &s);
    return s.found;
}

bool sql_is_subquery(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_SUBQUERY;
}

bool sql_is_aggregate(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_AGGREGATE || (e->kind == BRASA_EXPR_CALL && !e->bound && strcmp(e->name, "count_if") == 0);
}
