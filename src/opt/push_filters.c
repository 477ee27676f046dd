/* push_filters.c -- every condition as near to the data as it can be, through every kind of node.
 *
 * Conditions travel down as lists of conjuncts over the node's output.  On the way, cross joins get keys, outer joins whose padded rows would be dropped anyway
 * become inner, and what is said of one side of an equality is said of the other.
 */
#include "opt/inner.h"

#include <assert.h>
#include <string.h>

#include "opt/push_filters.h"

static const brasa_node *keep_here(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    if (n->ninputs == 0) return opt_filtered(o, n, list);
    const brasa_node **inputs = BRASA_NEWS(o->arena, const brasa_node *, n->ninputs);
    bool               changed = false;
    for (int32_t i = 0; i < n->ninputs; i++) {
        conjuncts none = {.n = 0};
        inputs[i] = opt_push(o, n->inputs[i], &none);
        changed |= inputs[i] != n->inputs[i];
    }
    return opt_filtered(o, changed ? brasa__node_with_inputs(o->arena, n, inputs) : n, list);
}

/* Through a node with one input: `down` goes below, `stay` above. */
static const brasa_node *split(brasa_opt *o, const brasa_node *n, conjuncts *down, const conjuncts *stay)
{
    const brasa_node *in = opt_push(o, n->inputs[0], down);

    return opt_filtered(o, in == n->inputs[0] ? n : brasa__node_with_input(o->arena, n, in), stay);
}

static const brasa_node *push_filter(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    conjuncts all = {.n = 0};

    /* the lower condition first: it may guard the upper one */
    conjuncts_add(o, &all, n->u.filter.test);
    for (int32_t i = 0; i < list->n; i++) conjuncts_add(o, &all, list->items[i]);
    conjuncts down = {.n = 0}, stay = {.n = 0};
    for (int32_t i = 0; i < all.n; i++) conjuncts_add(o, brasa__expr_is_deterministic(all.items[i]) ? &down : &stay, all.items[i]);
    return opt_filtered(o, opt_push(o, n->inputs[0], &down), &stay);
}

static bool substitutable(const brasa_expr *e, const brasa_expr *const *exprs, int32_t n, brasa_arena *arena)
{
    uint64_t *used = brasa__refs_of(arena, e, n);

    for (int32_t i = 0; i < n; i++) {
        if ((used[i >> 6] >> (i & 63) & 1) && !brasa__expr_is_deterministic(exprs[i])) return false;
    }
    return true;
}

static const brasa_node *push_project(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    conjuncts down = {.n = 0}, stay = {.n = 0};

    for (int32_t i = 0; i < list->n; i++) {
        if (substitutable(list->items[i], n->u.project.exprs, n->schema.ncols, o->arena) &&
            !opt_too_large(list->items[i], n->u.project.exprs)) {
            conjuncts_add(o, &down, brasa__expr_substitute(o->arena, list->items[i], n->u.project.exprs));
        } else {
            conjuncts_add(o, &stay, list->items[i]);
        }
    }
    return split(o, n, &down, &stay);
}

static bool is_on_keys(brasa_opt *o, const brasa_node *n, const brasa_expr *e)
{
    int32_t nkeys = n->u.aggregate.nkeys;

    return nkeys > 0 && brasa__refs_within(e, 0, nkeys) && substitutable(e, n->u.aggregate.keys, nkeys, o->arena);
}

/* What every branch of an OR says of the group keys, as an OR of its own; NULL: there is a branch that says nothing. */
static const brasa_expr *implied_of_keys(brasa_opt *o, const brasa_node *n, const brasa_expr *e)
{
    const brasa_expr *all = NULL;

    for (int32_t i = 0; i < e->nargs; i++) {
        conjuncts         parts = {.n = 0}, mine = {.n = 0};
        const brasa_expr *one = brasa__is_call(e->args[i], "or") ? implied_of_keys(o, n, e->args[i]) : NULL;
        conjuncts_add(o, &parts, e->args[i]);
        for (int32_t k = 0; k < parts.n && one == NULL; k++) {
            if (is_on_keys(o, n, parts.items[k]) && brasa__expr_is_deterministic(parts.items[k])) conjuncts_add(o, &mine, parts.items[k]);
        }
        if (one == NULL) one = conjuncts_and(o, &mine);
        if (one == NULL) return NULL;
        const brasa_expr *args[] = {all, one};
        all = all ? brasa__bound_call(o->arena, "or", args, 2) : one;
    }
    return all;
}

/* Only conditions on group keys commute with grouping. */
static const brasa_node *push_aggregate(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    conjuncts down = {.n = 0}, stay = {.n = 0};

    for (int32_t i = 0; i < list->n; i++) {
        const brasa_expr *e = list->items[i], *on_keys = is_on_keys(o, n, e) ? e : NULL;
        if (on_keys == NULL) conjuncts_add(o, &stay, e);
        if (on_keys == NULL && brasa__is_call(e, "or")) on_keys = implied_of_keys(o, n, e);
        if (on_keys != NULL) conjuncts_add(o, &down, brasa__expr_substitute(o->arena, on_keys, n->u.aggregate.keys));
    }
    return split(o, n, &down, &stay);
}

static bool is_partition_key(const brasa_node *n, int32_t col)
{
    for (int32_t i = 0; i < n->u.window.nkeys; i++) {
        if (n->u.window.keys[i]->kind == BRASA_EXPR_REF && n->u.window.keys[i]->index == col) return true;
    }
    return false;
}

/* Conditions on partition keys drop whole partitions. */
static const brasa_node *push_window(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    conjuncts down = {.n = 0}, stay = {.n = 0};

    for (int32_t i = 0; i < list->n; i++) {
        uint64_t *used = brasa__refs_of(o->arena, list->items[i], n->schema.ncols);
        bool      keys = true;
        for (int32_t c = 0; c < n->schema.ncols; c++) {
            if ((used[c >> 6] >> (c & 63) & 1) && !is_partition_key(n, c)) keys = false;
        }
        conjuncts_add(o, keys ? &down : &stay, list->items[i]);
    }
    return split(o, n, &down, &stay);
}

static const brasa_node *push_explode(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    conjuncts down = {.n = 0}, stay = {.n = 0};

    for (int32_t i = 0; i < list->n; i++) {
        conjuncts_add(o, brasa__refs_within(list->items[i], 0, n->inputs[0]->schema.ncols) ? &down : &stay, list->items[i]);
    }
    return split(o, n, &down, &stay);
}

static const brasa_node *push_union(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    const brasa_node **inputs = BRASA_NEWS(o->arena, const brasa_node *, n->ninputs);
    bool               changed = false;

    for (int32_t k = 0; k < n->ninputs; k++) {
        conjuncts copy = {.n = 0};
        for (int32_t i = 0; i < list->n; i++) conjuncts_add(o, &copy, list->items[i]);
        inputs[k] = opt_push(o, n->inputs[k], &copy);
        changed |= inputs[k] != n->inputs[k];
    }
    return changed ? brasa__node_with_inputs(o->arena, n, inputs) : n;
}

static const brasa_node *push_through(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    conjuncts none = {.n = 0}, down = {.n = 0};

    for (int32_t i = 0; i < list->n; i++) conjuncts_add(o, &down, list->items[i]);
    return split(o, n, &down, &none);
}

static const brasa_node *push_kind(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    switch (n->kind) {
    case BRASA_NODE_SCAN:
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE:
    case BRASA_NODE_CACHED:
    case BRASA_NODE_LIMIT:
    case BRASA_NODE_SAMPLE:
    case BRASA_NODE_MAP: return keep_here(o, n, list);
    case BRASA_NODE_PROJECT: return push_project(o, n, list);
    case BRASA_NODE_FILTER: return push_filter(o, n, list);
    case BRASA_NODE_JOIN: return opt_push_join(o, n, list);
    case BRASA_NODE_AGGREGATE: return push_aggregate(o, n, list);
    case BRASA_NODE_SORT: return n->u.sort.limit >= 0 ? keep_here(o, n, list) : push_through(o, n, list);
    case BRASA_NODE_UNION: return push_union(o, n, list);
    case BRASA_NODE_REPARTITION: return push_through(o, n, list);
    case BRASA_NODE_EXPLODE: return push_explode(o, n, list);
    case BRASA_NODE_WINDOW: return push_window(o, n, list);
    case BRASA_NODE_COUNT: break;
    }
    assert(false && "no such node kind");
    return n;
}

const brasa_node *opt_push_into(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    return push_kind(o, n, list);
}

const brasa_node *opt_push(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    conjuncts none = {.n = 0};

    if (!opt_is_shared(o, n)) return push_kind(o, n, list);
    if (o->leave_shared) return opt_filtered(o, n, list);
    /* computed once for all its users: their conditions stay above */
    const brasa_node *now = brasa__node_set_get(&o->done, n);
    if (now == NULL) {
        now = push_kind(o, n, &none);
        brasa__node_set_add(&o->done, n, now);
    }
    return opt_filtered(o, now, list);
}

const brasa_node *opt_push_filters(brasa_opt *o, const brasa_node *n)
{
    conjuncts none = {.n = 0};

    brasa__node_set_init(&o->done, o->arena);
    return opt_push(o, n, &none);
}
