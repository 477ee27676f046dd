/* walk.c -- the one walker and the one rewriter of expression trees. */
#include "expr/expr.h"

#include <assert.h>

void brasa__expr_walk(const brasa_expr *e, bool (*fn)(void *arg, const brasa_expr *e), void *arg)
{
    if (e == NULL || !fn(arg, e)) return;
    for (int32_t i = 0; i < e->nargs; i++) brasa__expr_walk(e->args[i], fn, arg);
    brasa__expr_walk(e->filter, fn, arg);
    for (int32_t i = 0; i < e->norder; i++) brasa__expr_walk(e->order[i].expr, fn, arg);
}

typedef const brasa_expr *rewrite_fn(void *arg, brasa_arena *arena, const brasa_expr *e);

static const brasa_expr *const *rewrite_list(brasa_arena *arena, const brasa_expr *const *list, int32_t n, rewrite_fn *fn, void *arg)
{
    const brasa_expr **changed = NULL;

    for (int32_t i = 0; i < n; i++) {
        const brasa_expr *now = brasa__expr_rewrite(arena, list[i], fn, arg);
        if (now == list[i]) continue;
        if (changed == NULL) changed = brasa__arena_copy(arena, list, sizeof *list * (size_t)n);
        changed[i] = now;
    }
    return changed ? changed : list;
}

static const brasa_order *rewrite_order(brasa_arena *arena, const brasa_expr *e, rewrite_fn *fn, void *arg)
{
    brasa_order *changed = NULL;

    for (int32_t i = 0; i < e->norder; i++) {
        const brasa_expr *now = brasa__expr_rewrite(arena, e->order[i].expr, fn, arg);
        if (now == e->order[i].expr) continue;
        if (changed == NULL) changed = brasa__arena_copy(arena, e->order, sizeof *e->order * (size_t)e->norder);
        changed[i].expr = now;
    }
    return changed ? changed : e->order;
}

const brasa_expr *brasa__expr_rewrite(brasa_arena *arena, const brasa_expr *e, rewrite_fn *fn, void *arg)
{
    if (e == NULL) return NULL;

    const brasa_expr *const *args = rewrite_list(arena, e->args, e->nargs, fn, arg);
    const brasa_expr        *filter = brasa__expr_rewrite(arena, e->filter, fn, arg);
    const brasa_order       *order = rewrite_order(arena, e, fn, arg);
    if (args != e->args || filter != e->filter || order != e->order) {
        brasa_expr *copy = brasa__arena_copy(arena, e, sizeof *e);
        copy->args = args;
        copy->filter = filter;
        copy->order = order;
        e = copy;
    }
    return fn(arg, arena, e);
}

static const brasa_expr *remap_one(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    const int32_t *map = arg;

    if (e->kind != BRASA_EXPR_REF || e->depth != 0) return e;
    assert(map[e->index] >= 0 && "a column that is still used was dropped");
    if (map[e->index] == e->index) return e;
    brasa_expr *copy = brasa__arena_copy(arena, e, sizeof *e);
    copy->index = map[e->index];
    return copy;
}

const brasa_expr *brasa__expr_remap(brasa_arena *arena, const brasa_expr *e, const int32_t *map)
{
    return brasa__expr_rewrite(arena, e, remap_one, (void *)(uintptr_t)map);
}

static const brasa_expr *substitute_one(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    const brasa_expr *const *subst = arg;

    (void)arena;
    return e->kind == BRASA_EXPR_REF && e->depth == 0 ? subst[e->index] : e;
}

const brasa_expr *brasa__expr_substitute(brasa_arena *arena, const brasa_expr *e, const brasa_expr *const *subst)
{
    return brasa__expr_rewrite(arena, e, substitute_one, (void *)(uintptr_t)subst);
}
