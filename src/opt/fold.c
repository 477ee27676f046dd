/* fold.c -- constants computed, and what all branches of an OR say said once.
 *
 * "(a AND b) OR (a AND c)" is "a AND (b OR c)": a may then be a join key (TPC-H Q19), or be pushed down by itself.
 */
#include "expr/bind.h"
#include "opt/inner.h"

/* Only the arguments of an aggregate or a window function are expressions to be computed. */
static bool is_outer(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_AGGREGATE || (e->kind == BRASA_EXPR_CALL && e->func == NULL);
}

static const brasa_expr *fold_argument(void *arg, const brasa_expr *e)
{
    brasa_opt *o = arg;

    return is_outer(e) || e->kind == BRASA_EXPR_STAR ? NULL : brasa__expr_fold(o->arena, e);
}

static const brasa_expr *fold_expr(void *arg, const brasa_expr *e)
{
    brasa_opt *o = arg;

    if (!is_outer(e)) return brasa__expr_fold(o->arena, e);
    return brasa__expr_replace(o->arena, e, fold_argument, o);
}

static const brasa_node *fold_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    (void)arena;
    return opt_map_exprs(arg, n, fold_expr, arg);
}

const brasa_node *opt_fold(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, fold_node, o);
}

/* ---- OR ---- */

static void add_branches(brasa_opt *o, conjuncts *list, const brasa_expr *e)
{
    if (!brasa__is_call(e, "or")) {
        list->items = brasa__arena_grow(o->arena, list->items, &list->cap, list->n + 1, sizeof *list->items);
        list->items[list->n++] = e;
        return;
    }
    for (int32_t i = 0; i < e->nargs; i++) add_branches(o, list, e->args[i]);
}

static bool contains(const conjuncts *list, const brasa_expr *e)
{
    for (int32_t i = 0; i < list->n; i++) {
        if (brasa__expr_equal(list->items[i], e)) return true;
    }
    return false;
}

static const brasa_expr *or_of(brasa_opt *o, const conjuncts *branches)
{
    const brasa_expr *all = branches->items[0];

    for (int32_t i = 1; i < branches->n; i++) {
        const brasa_expr *args[] = {all, branches->items[i]};
        all = brasa__bound_call(o->arena, "or", args, 2);
    }
    return all;
}

static const brasa_expr *factor_or(brasa_opt *o, const brasa_expr *e)
{
    conjuncts  branches = {.n = 0}, common = {.n = 0}, rests = {.n = 0};
    conjuncts *parts;
    bool       empty = false;

    add_branches(o, &branches, e);
    parts = BRASA_NEWS(o->arena, conjuncts, branches.n);
    for (int32_t i = 0; i < branches.n; i++) conjuncts_add(o, &parts[i], branches.items[i]);
    for (int32_t k = 0; k < parts[0].n; k++) {
        bool all = brasa__expr_is_deterministic(parts[0].items[k]);
        for (int32_t i = 1; i < branches.n && all; i++) all = contains(&parts[i], parts[0].items[k]);
        if (all) conjuncts_add(o, &common, parts[0].items[k]);
    }
    if (common.n == 0) return e;
    rests.items = BRASA_NEWS(o->arena, const brasa_expr *, branches.n);
    for (int32_t i = 0; i < branches.n; i++) {
        conjuncts rest = {.n = 0};
        for (int32_t k = 0; k < parts[i].n; k++) {
            if (!contains(&common, parts[i].items[k])) conjuncts_add(o, &rest, parts[i].items[k]);
        }
        if (rest.n == 0)
            empty = true;
        else
            rests.items[rests.n++] = conjuncts_and(o, &rest);
    }
    if (!empty) conjuncts_add(o, &common, or_of(o, &rests));
    return conjuncts_and(o, &common);
}

static const brasa_expr *factor_expr(void *arg, const brasa_expr *e)
{
    brasa_opt *o = arg;
    conjuncts  all = {.n = 0}, now = {.n = 0};
    bool       changed = false;

    conjuncts_add(o, &all, e);
    for (int32_t i = 0; i < all.n; i++) {
        const brasa_expr *x = brasa__is_call(all.items[i], "or") ? factor_or(o, all.items[i]) : all.items[i];
        changed |= x != all.items[i];
        conjuncts_add(o, &now, x);
    }
    return changed ? conjuncts_and(o, &now) : e;
}

const brasa_expr *opt_factored(brasa_opt *o, const brasa_expr *e)
{
    return factor_expr(o, e);
}

static const brasa_node *factor_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    brasa_opt *o = arg;

    (void)arena;
    if (n->kind == BRASA_NODE_FILTER) return opt_map_exprs(o, n, factor_expr, o);
    if (n->kind != BRASA_NODE_JOIN || n->u.join.residual == NULL) return n;
    const brasa_expr *residual = factor_expr(o, n->u.join.residual);
    if (residual == n->u.join.residual) return n;
    brasa_node *copy = brasa__node_copy(o->arena, n, NULL);
    copy->u.join.residual = residual;
    return copy;
}

const brasa_node *opt_factor(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, factor_node, o);
}
