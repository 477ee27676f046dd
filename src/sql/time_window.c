/* sql/time_window.c -- GROUP BY window(t, '10 minutes' [, slide [, start]]): Spark's windows of time.
 *
 * Each row is there once for each window that its time lies in, with the window in a column of that name: a generator below the grouping.  A row without a time
 * is in none.
 */
#include <string.h>

#include "sql/binder.h"

static bool is_session(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CALL && !e->bound && strcmp(e->name, "session_window") == 0 && e->nargs == 2;
}

static bool is_window(const brasa_expr *e)
{
    if (is_session(e)) return true;
    return e->kind == BRASA_EXPR_CALL && !e->bound && strcmp(e->name, "window") == 0 && e->nargs >= 2 && e->nargs <= 4;
}

static bool look(void *arg, const brasa_expr *e)
{
    const brasa_expr **found = arg;

    if (*found == NULL && is_window(e)) *found = e;
    return *found == NULL;
}

static void find(const brasa_group *g, int32_t n, const brasa_expr **found)
{
    for (int32_t i = 0; i < n; i++) {
        if (g[i].kind == BRASA_GROUP_EXPR) brasa__expr_walk(g[i].expr, look, found);
        find(g[i].items, g[i].n, found);
    }
}

static const brasa_expr *column(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    return is_window(e) && brasa__expr_equal(e, arg) ? brasa__expr_column(arena, NULL, e->name) : e;
}

static const brasa_expr *put(brasa_arena *arena, const brasa_expr *e, const brasa_expr *call)
{
    return e == NULL ? NULL : brasa__expr_rewrite(arena, e, column, (void *)(uintptr_t)call);
}

static const brasa_group *put_groups(brasa_arena *arena, const brasa_group *g, int32_t n, const brasa_expr *call)
{
    brasa_group *out = brasa__arena_copy(arena, g, sizeof *g * (size_t)n);

    for (int32_t i = 0; i < n; i++) {
        if (g[i].kind == BRASA_GROUP_EXPR) out[i].expr = put(arena, g[i].expr, call);
        if (g[i].n > 0) out[i].items = put_groups(arena, g[i].items, g[i].n, call);
    }
    return out;
}

brasa_status sql_time_window(sql_binder *x, sql_scope *s, const brasa_query *q, const brasa_query **out)
{
    brasa_arena      *arena = x->arena;
    const brasa_expr *call = NULL, *list, *explode;
    brasa_query      *copy;
    sql_generated     g;

    *out = q;
    find(q->groups, q->ngroups, &call);
    for (int32_t i = 0; (q->ngroups > 0 || q->group_all) && i < q->ntargets; i++)
        brasa__expr_walk(q->targets[i], look, &call); /* GROUP BY 1 */
    if (call == NULL) return BRASA_OK;
    if (is_session(call)) {
        int32_t at;

        BRASA_TRY(sql_session_window(x, s, q, call, &at));
        sql_scope_add(x, s, NULL, "session_window", at, false);
    } else {
        list = brasa__expr_call(arena, "time_windows", call->args, call->nargs);
        explode = brasa__expr_call(arena, "explode", &list, 1);
        BRASA_TRY(sql_resolve(x, s, NULL, list, &list));
        BRASA_TRY(sql_generate(x, explode, list, "window", s->node, &g));
        s->node = g.node;
        sql_scope_add(x, s, NULL, "window", g.exprs[0]->index, false);
    }
    copy = brasa__arena_copy(arena, q, sizeof *q);
    copy->groups = put_groups(arena, q->groups, q->ngroups, call);
    const brasa_expr **targets = BRASA_NEWS(arena, const brasa_expr *, q->ntargets + 1);
    for (int32_t i = 0; i < q->ntargets; i++) targets[i] = put(arena, q->targets[i], call);
    copy->targets = targets;
    brasa_order *order = brasa__arena_copy(arena, q->order, sizeof *order * (size_t)q->norder);
    for (int32_t i = 0; i < q->norder; i++) order[i].expr = put(arena, q->order[i].expr, call);
    copy->order = order;
    copy->having = put(arena, q->having, call);
    *out = copy;
    return BRASA_OK;
}
