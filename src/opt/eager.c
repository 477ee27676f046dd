/* eager.c -- aggregates below inner joins, where that leaves far fewer rows to join (Yan and Larson 1994).
 *
 * "sum(qty) by name, of sales joined with items" groups the sales by item first, joins each group once, and puts the groups together by name.  All arguments must be of one
 * side; each row of a group meets the same rows of the other side, as often, so sums, counts and extremes of groups are as good as those of rows.  Only what cannot fail is computed
 * before the join: it may drop the rows.
 */
#include <string.h>

#include "data/type.h"
#include "expr/agg.h"
#include "opt/inner.h"

/* The rows must become so many times fewer, and the join must keep most of them anyway. */
enum { FEWER = 4, FEWER_APART = 16, LEAST_ROWS = 20000 };
#define MOST_DROPPED 0.3

typedef struct eager {
    brasa_opt         *o;
    const brasa_node  *agg, *join;
    const brasa_expr **keys, **aggs;       /* over the join */
    int32_t            side, first, ncols; /* the side that is grouped: its columns among those of the join */
    const brasa_expr **inner_keys;         /* over that side */
    int32_t            ninner, cap;
} eager;

/* Sums that cannot overflow before the join if they do not after it, as far as rows go that the join keeps. */
static bool is_safe(const brasa_expr *a)
{
    if (a->distinct || !opt_agg_can_split(a)) return false;
    if (a->filter && (brasa__expr_can_fail(a->filter) || !brasa__expr_is_deterministic(a->filter))) return false;
    if (a->nargs == 0) return true;
    const brasa_expr *x = a->args[0];
    if (brasa__expr_can_fail(x) || !brasa__expr_is_deterministic(x)) return false;
    if (a->agg->id != BRASA_AGG_SUM) return true;
    if (x->type.kind == BRASA_KIND_DECIMAL) return x->type.precision <= 18;
    return x->type.kind == BRASA_KIND_INT8 || x->type.kind == BRASA_KIND_INT16 || x->type.kind == BRASA_KIND_INT32;
}

static bool within(const eager *e, const brasa_expr *x)
{
    return brasa__refs_within(x, e->first, e->first + e->ncols);
}

static bool beside(const eager *e, const brasa_expr *x)
{
    int32_t nl = e->join->inputs[0]->schema.ncols, nr = e->join->inputs[1]->schema.ncols;

    return e->side == 0 ? brasa__refs_within(x, nl, nl + nr) : brasa__refs_within(x, 0, nl);
}

static bool arguments_within(const eager *e)
{
    bool any = false;

    for (int32_t i = 0; i < e->agg->u.aggregate.naggs; i++) {
        const brasa_expr *a = e->aggs[i];
        for (int32_t k = 0; k < a->nargs; k++) {
            if (!within(e, a->args[k])) return false;
            any = true;
        }
        if (a->filter && !within(e, a->filter)) return false;
    }
    return any || e->agg->u.aggregate.naggs > 0;
}

/* Number of x (over the side's own columns) among the keys of the first step. */
static int32_t inner_key(eager *e, const brasa_expr *x)
{
    for (int32_t i = 0; i < e->ninner; i++) {
        if (brasa__expr_equal(e->inner_keys[i], x)) return i;
    }
    e->inner_keys = brasa__arena_grow(e->o->arena, e->inner_keys, &e->cap, e->ninner + 1, sizeof *e->inner_keys);
    e->inner_keys[e->ninner] = x;
    return e->ninner++;
}

/* Keys of the first step: the side's group keys, join keys and what the rest of the join condition looks at.  false: a group key is of both sides. */
static bool collect_keys(eager *e)
{
    const brasa_node *side = e->join->inputs[e->side];

    for (int32_t i = 0; i < e->agg->u.aggregate.nkeys; i++) {
        if (within(e, e->keys[i]) && !brasa__expr_can_fail(e->keys[i]))
            inner_key(e, brasa__expr_shift(e->o->arena, e->keys[i], -e->first));
        else if (!beside(e, e->keys[i]))
            return false;
    }
    for (int32_t i = 0; i < e->join->u.join.nkeys; i++) {
        const brasa_expr *key = e->side == 0 ? e->join->u.join.left_keys[i] : e->join->u.join.right_keys[i];
        if (brasa__expr_can_fail(key)) return false;
        inner_key(e, key);
    }
    if (e->join->u.join.residual == NULL) return true;
    int32_t   all = e->join->inputs[0]->schema.ncols + e->join->inputs[1]->schema.ncols;
    uint64_t *used = brasa__refs_of(e->o->arena, e->join->u.join.residual, all);
    for (int32_t i = e->first; i < e->first + e->ncols; i++) {
        if (used[i >> 6] >> (i & 63) & 1) inner_key(e, brasa__node_ref(e->o->arena, side, i - e->first));
    }
    return true;
}

static bool pays(const eager *e)
{
    const brasa_node_estimate *in = brasa__estimate(e->o->estimator, e->join->inputs[e->side]),
                              *out = brasa__estimate(e->o->estimator, e->join);
    double groups = brasa__estimate_groups(in, e->inner_keys, e->ninner);
    int    fewer = e->o->topology->workers > 1 ? FEWER_APART : FEWER;

    for (int32_t i = 0; i < e->ninner; i++) {
        if (e->inner_keys[i]->kind == BRASA_EXPR_REF && in->cols[e->inner_keys[i]->index].guess) return false;
    }
    return in->rows >= LEAST_ROWS && groups * fewer < in->rows && out->rows > in->rows * (1 - MOST_DROPPED);
}

/* The side's part of an expression over the join, in terms of the grouped side's keys. */
typedef struct mover {
    eager            *e;
    const brasa_node *grouped;
    int32_t           first, shift; /* where the grouped side begins among the new join's columns; what the other side's columns move by */
} mover;

static const brasa_expr *move(void *arg, const brasa_expr *x)
{
    const mover *m = arg;
    eager       *e = m->e;

    if (within(e, x) && !beside(e, x)) {
        const brasa_expr *own = brasa__expr_shift(e->o->arena, x, -e->first);
        for (int32_t i = 0; i < e->ninner; i++) {
            if (brasa__expr_equal(e->inner_keys[i], own)) return brasa__schema_ref(e->o->arena, m->grouped->schema, i, m->first);
        }
    }
    if (x->kind == BRASA_EXPR_REF) return brasa__expr_shift(e->o->arena, x, m->shift);
    return NULL;
}

static brasa_node *join_again(eager *e, mover *m)
{
    brasa_arena       *arena = e->o->arena;
    const brasa_node  *sides[] = {e->join->inputs[0], e->join->inputs[1]};
    const brasa_expr **keys = BRASA_NEWS(arena, const brasa_expr *, e->join->u.join.nkeys + 1);

    for (int32_t i = 0; i < e->join->u.join.nkeys; i++) {
        const brasa_expr *key = e->side == 0 ? e->join->u.join.left_keys[i] : e->join->u.join.right_keys[i];
        keys[i] = brasa__node_ref(arena, m->grouped, inner_key(e, key));
    }
    sides[e->side] = m->grouped;
    brasa_node *join = brasa__node_copy(arena, e->join, sides);
    if (e->side == 0)
        join->u.join.left_keys = keys;
    else
        join->u.join.right_keys = keys;
    if (join->u.join.residual) join->u.join.residual = brasa__expr_replace(arena, join->u.join.residual, move, m);
    join->rows = -1;
    brasa__node_reschema(arena, join);
    return join;
}

static const brasa_expr *shifted_agg(eager *e, const brasa_expr *a)
{
    brasa_expr        *now = brasa__arena_copy(e->o->arena, a, sizeof *a);
    const brasa_expr **args = BRASA_NEWS(e->o->arena, const brasa_expr *, a->nargs + 1);

    for (int32_t i = 0; i < a->nargs; i++) args[i] = brasa__expr_shift(e->o->arena, a->args[i], -e->first);
    now->args = args;
    if (a->filter) now->filter = brasa__expr_shift(e->o->arena, a->filter, -e->first);
    return now;
}

static const brasa_node *build(eager *e)
{
    brasa_arena       *arena = e->o->arena;
    const brasa_node  *n = e->agg;
    int32_t            nkeys = n->u.aggregate.nkeys, naggs = n->u.aggregate.naggs, other;
    const brasa_expr **inner = BRASA_NEWS(arena, const brasa_expr *, naggs + 1), **keys = BRASA_NEWS(arena, const brasa_expr *, nkeys + 1),
                     **outer = BRASA_NEWS(arena, const brasa_expr *, naggs + 1),
                     **outs = BRASA_NEWS(arena, const brasa_expr *, nkeys + naggs + 1);
    const char **names = BRASA_NEWS(arena, const char *, nkeys + naggs + 1);

    for (int32_t i = 0; i < naggs; i++) inner[i] = shifted_agg(e, e->aggs[i]);
    const brasa_node *grouped = brasa__make_aggregate(arena, n, e->join->inputs[e->side], e->inner_keys, e->ninner, inner, naggs, NULL);
    other = e->join->inputs[1 - e->side]->schema.ncols;
    mover m = {.e = e, .grouped = grouped, .first = e->side == 0 ? 0 : other, .shift = e->side == 0 ? grouped->schema.ncols - e->ncols : 0};
    const brasa_node *join = join_again(e, &m);
    for (int32_t i = 0; i < nkeys; i++) keys[i] = brasa__expr_replace(arena, e->keys[i], move, &m);
    for (int32_t i = 0; i < naggs; i++) {
        outer[i] = opt_agg_merged(e->o, e->aggs[i], brasa__schema_ref(arena, grouped->schema, e->ninner + i, m.first));
        if (outer[i] == NULL) return n;
    }
    for (int32_t i = 0; i < nkeys + naggs; i++) names[i] = n->schema.cols[i].name;
    const brasa_node *last = brasa__make_aggregate(arena, n, join, keys, nkeys, outer, naggs, names);
    for (int32_t i = 0; i < nkeys + naggs; i++) {
        outs[i] = brasa__node_ref(arena, last, i);
        if (i >= nkeys) outs[i] = opt_agg_restored(e->o, outs[i], e->aggs[i - nkeys]);
        if (outs[i] == NULL) return n;
    }
    return brasa__make_project(arena, n, last, outs, names, nkeys + naggs);
}

static const brasa_expr *put_in(void *arg, const brasa_expr *x)
{
    const brasa_node *p = arg;

    return x->kind == BRASA_EXPR_REF ? p->u.project.exprs[x->index] : NULL;
}

/* Keys and aggregates over the join itself: a projection in between is put into them.  false: it cannot be. */
static bool look_through(eager *e)
{
    const brasa_node *n = e->agg, *in = n->inputs[0];
    int32_t           nkeys = n->u.aggregate.nkeys, naggs = n->u.aggregate.naggs;

    e->keys = BRASA_NEWS(e->o->arena, const brasa_expr *, nkeys + 1);
    e->aggs = BRASA_NEWS(e->o->arena, const brasa_expr *, naggs + 1);
    memcpy(e->keys, n->u.aggregate.keys, sizeof *e->keys * (size_t)nkeys);
    memcpy(e->aggs, n->u.aggregate.aggs, sizeof *e->aggs * (size_t)naggs);
    if (in->kind != BRASA_NODE_PROJECT) {
        e->join = in;
        return true;
    }
    for (int32_t i = 0; i < in->schema.ncols; i++) {
        if (!brasa__expr_is_deterministic(in->u.project.exprs[i])) return false;
    }
    for (int32_t i = 0; i < nkeys; i++) {
        if (opt_too_large(e->keys[i], in->u.project.exprs)) return false;
        e->keys[i] = brasa__expr_replace(e->o->arena, e->keys[i], put_in, (void *)(uintptr_t)in);
    }
    for (int32_t i = 0; i < naggs; i++) {
        if (opt_too_large(e->aggs[i], in->u.project.exprs)) return false;
        e->aggs[i] = brasa__expr_replace(e->o->arena, e->aggs[i], put_in, (void *)(uintptr_t)in);
    }
    e->join = in->inputs[0];
    return true;
}

static const brasa_node *eager_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    brasa_opt *o = arg;

    (void)arena;
    if (n->kind != BRASA_NODE_AGGREGATE || n->u.aggregate.nkeys == 0 || n->u.aggregate.naggs == 0 || opt_is_shared(o, n->inputs[0]))
        return n;
    for (int32_t side = 0; side < 2; side++) {
        eager e = {.o = o, .agg = n, .side = side};
        if (!look_through(&e) || e.join->kind != BRASA_NODE_JOIN || e.join->u.join.type != BRASA_JOIN_INNER || e.join->u.join.nkeys == 0)
            return n;
        if (opt_is_shared(o, e.join)) return n;
        e.first = side == 0 ? 0 : e.join->inputs[0]->schema.ncols;
        e.ncols = e.join->inputs[side]->schema.ncols;
        bool fits = arguments_within(&e);
        for (int32_t i = 0; i < n->u.aggregate.naggs && fits; i++) fits = is_safe(e.aggs[i]);
        if (fits && collect_keys(&e) && pays(&e)) return build(&e);
    }
    return n;
}

const brasa_node *opt_eager(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, eager_node, o);
}
