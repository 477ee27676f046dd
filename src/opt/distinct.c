/* distinct.c -- count(DISTINCT x) as two plain aggregates: first the distinct (keys, x), then the count of x.
 *
 * Aggregates without DISTINCT beside it are computed in the first step per (keys, x) and put together in the second, where they can be (count, sum, min, max).  Both
 * steps can be done partially on every worker; rows with DISTINCT inside an aggregate would all have to meet first.
 */
#include <string.h>

#include "expr/agg.h"
#include "expr/bind.h"
#include "opt/inner.h"

/* The one expression that all DISTINCT aggregates of the node are of; NULL: none, or several. */
static const brasa_expr *distinct_argument(const brasa_node *n)
{
    const brasa_expr *x = NULL;

    for (int32_t i = 0; i < n->u.aggregate.naggs; i++) {
        const brasa_expr *a = n->u.aggregate.aggs[i];
        if (!a->distinct) continue;
        if (a->nargs != 1 || a->filter || a->norder || (x && !brasa__expr_equal(x, a->args[0]))) return NULL;
        x = a->args[0];
    }
    return x && brasa__expr_is_deterministic(x) ? x : NULL;
}

bool opt_agg_can_split(const brasa_expr *a)
{
    if (a->distinct) return true;
    if (a->norder) return false;
    brasa_agg_id id = a->agg->id;
    if (id == BRASA_AGG_SUM) return a->type.kind == BRASA_KIND_DECIMAL || a->type.kind == BRASA_KIND_INT64;
    return id == BRASA_AGG_COUNT_STAR || id == BRASA_AGG_COUNT || id == BRASA_AGG_MIN || id == BRASA_AGG_MAX;
}

/* A bound aggregate by name over one argument. */
const brasa_expr *opt_agg_bound(brasa_opt *o, const char *name, const brasa_expr *arg)
{
    brasa_expr       *call = brasa__expr_call(o->arena, name, &arg, 1);
    brasa_scope       scope = {.nparams = 0};
    const brasa_expr *out = NULL;

    if (brasa__expr_bind(o->arena, &scope, call, BRASA_BIND_AGGREGATES, &out, NULL) != BRASA_OK) return NULL;
    return out->kind == BRASA_EXPR_AGGREGATE ? out : NULL;
}

static const char *merge_name(const brasa_expr *a)
{
    if (a->agg->id == BRASA_AGG_MIN) return "min";
    if (a->agg->id == BRASA_AGG_MAX) return "max";
    return "sum";
}

const brasa_expr *opt_agg_merged(brasa_opt *o, const brasa_expr *a, const brasa_expr *part)
{
    return opt_agg_bound(o, merge_name(a), part);
}

const brasa_expr *opt_agg_restored(brasa_opt *o, const brasa_expr *ref, const brasa_expr *original)
{
    const brasa_expr *out = ref;

    if (original->agg->id == BRASA_AGG_COUNT || original->agg->id == BRASA_AGG_COUNT_STAR) {
        brasa_value       zero = {.type = original->type, .u.i = 0};
        const brasa_expr *args[] = {ref, brasa__expr_literal(o->arena, &zero)};
        if (!original->distinct) out = brasa__bound_call(o->arena, "coalesce", args, 2);
    }
    if (brasa__expr_coerce(o->arena, out, original->type, false, &out, NULL) != BRASA_OK) return NULL;
    return out;
}

typedef struct split {
    const brasa_expr **outer;
    int32_t            ninner;
} split;

/* Aggregate i of the node: what it needs of the first step, what the second computes. */
static bool split_one(brasa_opt *o, const brasa_node *n, const brasa_node *first, int32_t i, split *s)
{
    const brasa_expr *a = n->u.aggregate.aggs[i];
    int32_t           nkeys = n->u.aggregate.nkeys;

    if (a->distinct) {
        brasa_expr        *plain = brasa__arena_copy(o->arena, a, sizeof *a);
        const brasa_expr **args = BRASA_NEWS(o->arena, const brasa_expr *, 1);
        args[0] = brasa__node_ref(o->arena, first, nkeys);
        plain->distinct = false;
        plain->args = args;
        s->outer[i] = plain;
        return true;
    }
    s->outer[i] = opt_agg_merged(o, a, brasa__node_ref(o->arena, first, nkeys + 1 + s->ninner++));
    return s->outer[i] != NULL;
}

static const brasa_node *split_node(brasa_opt *o, const brasa_node *n, const brasa_expr *x)
{
    int32_t            nkeys = n->u.aggregate.nkeys, naggs = n->u.aggregate.naggs, ninner = 0;
    const brasa_expr **keys = BRASA_NEWS(o->arena, const brasa_expr *, nkeys + 1),
                     **inner = BRASA_NEWS(o->arena, const brasa_expr *, naggs + 1);
    split s = {.outer = BRASA_NEWS(o->arena, const brasa_expr *, naggs + 1)};

    memcpy(keys, n->u.aggregate.keys, sizeof *keys * (size_t)nkeys);
    keys[nkeys] = x;
    for (int32_t i = 0; i < naggs; i++) {
        if (!n->u.aggregate.aggs[i]->distinct) inner[ninner++] = n->u.aggregate.aggs[i];
    }
    const brasa_node  *first = brasa__make_aggregate(o->arena, n, n->inputs[0], keys, nkeys + 1, inner, ninner, NULL);
    const brasa_expr **outer_keys = BRASA_NEWS(o->arena, const brasa_expr *, nkeys + 1);
    for (int32_t i = 0; i < nkeys; i++) outer_keys[i] = brasa__node_ref(o->arena, first, i);
    for (int32_t i = 0; i < naggs; i++) {
        if (!split_one(o, n, first, i, &s)) return n;
    }
    const char **own = BRASA_NEWS(o->arena, const char *, nkeys + naggs + 1);
    for (int32_t i = 0; i < nkeys + naggs; i++) own[i] = n->schema.cols[i].name;
    const brasa_node  *second = brasa__make_aggregate(o->arena, n, first, outer_keys, nkeys, s.outer, naggs, own);
    const brasa_expr **outs = BRASA_NEWS(o->arena, const brasa_expr *, nkeys + naggs + 1);
    const char       **names = BRASA_NEWS(o->arena, const char *, nkeys + naggs + 1);
    for (int32_t i = 0; i < nkeys + naggs; i++) {
        names[i] = n->schema.cols[i].name;
        outs[i] = brasa__node_ref(o->arena, second, i);
        if (i >= nkeys) outs[i] = opt_agg_restored(o, outs[i], n->u.aggregate.aggs[i - nkeys]);
        if (outs[i] == NULL) return n;
    }
    return brasa__make_project(o->arena, n, second, outs, names, nkeys + naggs);
}

static const brasa_node *distinct_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    (void)arena;
    if (n->kind != BRASA_NODE_AGGREGATE) return n;
    const brasa_expr *x = distinct_argument(n);
    if (x == NULL) return n;
    for (int32_t i = 0; i < n->u.aggregate.naggs; i++) {
        if (!opt_agg_can_split(n->u.aggregate.aggs[i])) return n;
    }
    return split_node(arg, n, x);
}

const brasa_node *opt_distinct(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, distinct_node, o);
}
