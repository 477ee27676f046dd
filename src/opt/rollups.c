/* rollups.c -- aggregates of one input by fewer keys, from the one by most keys.
 *
 * GROUP BY ROLLUP, CUBE and GROUPING SETS come as a union of aggregates of one shared input.  Where all aggregates can be put together from parts (sums, counts, extremes), the input is read
 * once, for the largest set of keys; the others are made of its groups (Gray et al., "Data Cube", 1997), if these are far fewer than the rows.
 */
#include "opt/inner.h"

enum { FEWER = 2 };

/* The aggregate under projections and filters; NULL: none. */
static const brasa_node *aggregate_below(const brasa_node *n)
{
    while (n->kind == BRASA_NODE_PROJECT || n->kind == BRASA_NODE_FILTER) n = n->inputs[0];
    return n->kind == BRASA_NODE_AGGREGATE ? n : NULL;
}

static int32_t place_of(const brasa_expr *const *list, int32_t n, const brasa_expr *e)
{
    for (int32_t i = 0; i < n; i++) {
        if (brasa__expr_equal(list[i], e)) return i;
    }
    return -1;
}

/* Can n be made of the groups of `from`? */
static bool is_made_of(const brasa_node *n, const brasa_node *from)
{
    if (n == from || n->inputs[0] != from->inputs[0]) return false;
    for (int32_t i = 0; i < n->u.aggregate.nkeys; i++) {
        const brasa_expr *key = n->u.aggregate.keys[i];

        if (place_of(from->u.aggregate.keys, from->u.aggregate.nkeys, key) < 0 || !brasa__expr_is_deterministic(key)) return false;
    }
    for (int32_t i = 0; i < n->u.aggregate.naggs; i++) {
        const brasa_expr *a = n->u.aggregate.aggs[i];

        if (a->distinct || !opt_agg_can_split(a) || !brasa__expr_is_deterministic(a)) return false;
        if (place_of(from->u.aggregate.aggs, from->u.aggregate.naggs, a) < 0) return false;
    }
    return true;
}

static const brasa_node *made_of(brasa_opt *o, const brasa_node *n, const brasa_node *from)
{
    brasa_arena       *arena = o->arena;
    int32_t            nkeys = n->u.aggregate.nkeys, naggs = n->u.aggregate.naggs, fkeys = from->u.aggregate.nkeys;
    const brasa_expr **keys = BRASA_NEWS(arena, const brasa_expr *, nkeys + 1), **aggs = BRASA_NEWS(arena, const brasa_expr *, naggs + 1),
                     **outs = BRASA_NEWS(arena, const brasa_expr *, nkeys + naggs + 1);
    const char **names = BRASA_NEWS(arena, const char *, nkeys + naggs + 1);

    for (int32_t i = 0; i < nkeys; i++)
        keys[i] = brasa__node_ref(arena, from, place_of(from->u.aggregate.keys, fkeys, n->u.aggregate.keys[i]));
    for (int32_t i = 0; i < naggs; i++) {
        const brasa_expr *a = n->u.aggregate.aggs[i];

        aggs[i] = opt_agg_merged(o, a, brasa__node_ref(arena, from, fkeys + place_of(from->u.aggregate.aggs, from->u.aggregate.naggs, a)));
        if (aggs[i] == NULL) return n;
    }
    for (int32_t i = 0; i < nkeys + naggs; i++) names[i] = n->schema.cols[i].name;
    const brasa_node *second = brasa__make_aggregate(arena, n, from, keys, nkeys, aggs, naggs, names);
    for (int32_t i = 0; i < nkeys + naggs; i++) {
        outs[i] = brasa__node_ref(arena, second, i);
        if (i >= nkeys) outs[i] = opt_agg_restored(o, outs[i], n->u.aggregate.aggs[i - nkeys]);
        if (outs[i] == NULL) return n;
    }
    return brasa__make_project(arena, n, second, outs, names, nkeys + naggs);
}

static bool pays(brasa_opt *o, const brasa_node *from)
{
    return brasa__estimate(o->estimator, from)->rows * FEWER < brasa__estimate(o->estimator, from->inputs[0])->rows;
}

/* The aggregate of the branches that most others can be made of. */
static const brasa_node *widest(const brasa_node *u)
{
    const brasa_node *best = NULL;

    for (int32_t i = 0; i < u->ninputs; i++) {
        const brasa_node *a = aggregate_below(u->inputs[i]);

        if (a != NULL && (best == NULL || a->u.aggregate.nkeys > best->u.aggregate.nkeys)) best = a;
    }
    return best;
}

/* A branch with another aggregate at its foot. */
static const brasa_node *branch_on(brasa_opt *o, const brasa_node *n, const brasa_node *old, const brasa_node *now)
{
    if (n == old) return now;
    const brasa_node *below = branch_on(o, n->inputs[0], old, now);
    return brasa__node_copy(o->arena, n, &below);
}

static const brasa_node *rollup_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    brasa_opt         *o = arg;
    const brasa_node **inputs, *from;
    bool               any = false;

    if (n->kind != BRASA_NODE_UNION || (from = widest(n)) == NULL || !pays(o, from)) return n;
    inputs = BRASA_NEWS(arena, const brasa_node *, n->ninputs);
    for (int32_t i = 0; i < n->ninputs; i++) {
        const brasa_node *a = aggregate_below(n->inputs[i]);

        inputs[i] = n->inputs[i];
        if (a == NULL || !is_made_of(a, from)) continue;
        const brasa_node *now = made_of(o, a, from);
        if (now == a) continue;
        inputs[i] = branch_on(o, n->inputs[i], a, now);
        any = true;
    }
    return any ? brasa__node_copy(arena, n, inputs) : n;
}

const brasa_node *opt_rollups(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, rollup_node, o);
}
