/* shared_sums.c -- sum(x + 1), sum(x + 2), ... are sum(x) and count(x): sum(x + k) = sum(x) + k * count(x).
 *
 * Only where it is exact: x is an integer whose type says that x + k cannot overflow where it is computed, so that no row would have been an error, and sum and product
 * are far from the ends of BIGINT.  Two such sums at least, or one beside sum(x) itself.
 */
#include <string.h>

#include "data/type.h"
#include "expr/agg.h"
#include "opt/inner.h"

enum { MOST_ADDED = 1 << 20 };

typedef struct shifted {
    const brasa_expr *x; /* NULL: no such sum */
    int64_t           k;
} shifted;

typedef struct sums {
    brasa_opt         *o;
    const brasa_expr **aggs; /* of the new node */
    int32_t            n;
} sums;

/* Bits of an integer type; 0: none that is small enough. */
static int32_t bits_of(brasa_type t)
{
    return t.kind == BRASA_KIND_INT8    ? 8
           : t.kind == BRASA_KIND_INT16 ? 16
           : t.kind == BRASA_KIND_INT32 ? 32
           : t.kind == BRASA_KIND_INT64 ? 64
                                        : 0;
}

static bool is_plain_sum(const brasa_expr *a)
{
    return a->agg->id == BRASA_AGG_SUM && a->type.kind == BRASA_KIND_INT64 && !a->distinct && a->norder == 0 && a->filter == NULL &&
           a->nargs == 1;
}

/* x behind casts to wider integers. */
static const brasa_expr *narrowest(const brasa_expr *e)
{
    while (e->kind == BRASA_EXPR_CAST && bits_of(e->type) > 0 && bits_of(e->args[0]->type) > 0 &&
           bits_of(e->args[0]->type) <= bits_of(e->type))
        e = e->args[0];
    return e;
}

static shifted shifted_of(const brasa_expr *a)
{
    const brasa_expr *e = is_plain_sum(a) ? a->args[0] : NULL;
    shifted           none = {.x = NULL};

    while (e != NULL && e->kind == BRASA_EXPR_CAST && bits_of(e->type) > 0 && bits_of(e->args[0]->type) > 0 &&
           bits_of(e->args[0]->type) <= bits_of(e->type))
        e = e->args[0]; /* of the whole sum */
    if (e == NULL || e->nargs != 2 || !(brasa__is_call(e, "+") || brasa__is_call(e, "-"))) return none;
    bool minus = brasa__is_call(e, "-");
    for (int32_t i = 0; i < (minus ? 1 : 2); i++) {
        const brasa_expr *x = narrowest(e->args[i]), *k = narrowest(e->args[1 - i]);

        if (k->kind != BRASA_EXPR_LITERAL || k->value.null || bits_of(k->type) == 0 || x->kind == BRASA_EXPR_LITERAL) continue;
        if (k->value.u.i > MOST_ADDED || k->value.u.i < -MOST_ADDED || bits_of(x->type) > 32 || bits_of(x->type) == 0) continue;
        /* the sum has a bit more than the wider of the two */
        if (bits_of(e->type) < 64 && !(bits_of(e->type) == 32 && bits_of(x->type) <= 16)) continue;
        if (brasa__expr_is_deterministic(x)) return (shifted) {x, minus ? -k->value.u.i : k->value.u.i};
    }
    return none;
}

static int32_t position_of(sums *s, const brasa_expr *agg)
{
    for (int32_t i = 0; i < s->n; i++) {
        if (brasa__expr_equal(s->aggs[i], agg)) return i;
    }
    s->aggs[s->n] = agg;
    return s->n++;
}

/* How many aggregates are of x or x and a number. */
static int32_t uses_of(const brasa_node *n, const shifted *all, const brasa_expr *x)
{
    int32_t uses = 0;

    for (int32_t i = 0; i < n->u.aggregate.naggs; i++) {
        const brasa_expr *a = n->u.aggregate.aggs[i];

        uses += all[i].x != NULL ? brasa__expr_equal(all[i].x, x) : is_plain_sum(a) && brasa__expr_equal(narrowest(a->args[0]), x);
        if (uses > 1) break;
    }
    return uses;
}

static const brasa_expr *bigint(brasa_opt *o, int64_t v)
{
    brasa_value value = {.type = brasa__type(BRASA_KIND_INT64), .u.i = v};

    return brasa__expr_literal(o->arena, &value);
}

/* sum + k * count, of columns of the new node. */
static const brasa_expr *result_of(brasa_opt *o, const brasa_expr *sum, const brasa_expr *count, int64_t k)
{
    const brasa_expr *times[] = {bigint(o, k), count};
    const brasa_expr *plus[] = {sum, brasa__bound_call(o->arena, "*", times, 2)};

    return brasa__bound_call(o->arena, "+", plus, 2);
}

static const brasa_node *share_sums(brasa_opt *o, const brasa_node *n, const shifted *all)
{
    int32_t            nkeys = n->u.aggregate.nkeys, naggs = n->u.aggregate.naggs;
    sums               s = {.o = o, .aggs = BRASA_NEWS(o->arena, const brasa_expr *, 2 * naggs + 1)};
    int32_t           *sum = BRASA_NEWS(o->arena, int32_t, naggs + 1), *count = BRASA_NEWS(o->arena, int32_t, naggs + 1);
    const brasa_expr **outs = BRASA_NEWS(o->arena, const brasa_expr *, nkeys + naggs + 1);
    const char       **names = BRASA_NEWS(o->arena, const char *, nkeys + naggs + 1);

    for (int32_t i = 0; i < naggs; i++) {
        if (all[i].x == NULL) {
            sum[i] = position_of(&s, n->u.aggregate.aggs[i]);
            continue;
        }
        const brasa_expr *plain = opt_agg_bound(o, "sum", all[i].x), *rows = opt_agg_bound(o, "count", all[i].x);
        if (plain == NULL || rows == NULL || plain->type.kind != BRASA_KIND_INT64) return n;
        sum[i] = position_of(&s, plain);
        count[i] = position_of(&s, rows);
    }
    const brasa_node *in = brasa__make_aggregate(o->arena, n, n->inputs[0], n->u.aggregate.keys, nkeys, s.aggs, s.n, NULL);
    for (int32_t i = 0; i < nkeys + naggs; i++) names[i] = n->schema.cols[i].name;
    for (int32_t i = 0; i < nkeys; i++) outs[i] = brasa__node_ref(o->arena, in, i);
    for (int32_t i = 0; i < naggs; i++) {
        outs[nkeys + i] = brasa__node_ref(o->arena, in, nkeys + sum[i]);
        if (all[i].x != NULL) outs[nkeys + i] = result_of(o, outs[nkeys + i], brasa__node_ref(o->arena, in, nkeys + count[i]), all[i].k);
    }
    return brasa__make_project(o->arena, n, in, outs, names, nkeys + naggs);
}

static const brasa_node *sums_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    bool any = false;

    if (n->kind != BRASA_NODE_AGGREGATE || n->u.aggregate.naggs < 2) return n;
    shifted *all = BRASA_NEWS(arena, shifted, n->u.aggregate.naggs + 1);
    for (int32_t i = 0; i < n->u.aggregate.naggs; i++) all[i] = shifted_of(n->u.aggregate.aggs[i]);
    for (int32_t i = 0; i < n->u.aggregate.naggs; i++) {
        if (all[i].x != NULL && uses_of(n, all, all[i].x) < 2) all[i].x = NULL;
        any |= all[i].x != NULL;
    }
    return any ? share_sums(arg, n, all) : n;
}

const brasa_node *opt_shared_sums(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, sums_node, o);
}
