/* cost.c -- what a plan costs: for choosing between two plans of the same rows.
 *
 * Rough times per row, of one thread, from measurements of the operators; moving between ranks is left out, since it falls on all plans of the same rows alike.
 */
#include <math.h>

#include "plan/estimate_inner.h"
#include "plan/set.h"

typedef struct costs {
    brasa_estimator *estimator;
    brasa_node_set   met, kept;
    double           sum;
} costs;

static double rows_of(const costs *c, const brasa_node *n)
{
    return brasa__estimate(c->estimator, n)->rows;
}

static double join_cost(const costs *c, const brasa_node *n, double out)
{
    double l = rows_of(c, n->inputs[0]), r = rows_of(c, n->inputs[1]);

    if (n->u.join.nkeys == 0 && n->u.join.type != BRASA_JOIN_SEMI && n->u.join.type != BRASA_JOIN_ANTI) return l * r + out;
    return 30 * least(l, r) + 6 * most(l, r) + 4 * out;
}

/* Of the node alone. */
static double own_cost(const costs *c, const brasa_node *n)
{
    double out = rows_of(c, n), in = n->ninputs > 0 ? rows_of(c, n->inputs[0]) : 0;

    switch (n->kind) {
    case BRASA_NODE_SCAN:
    case BRASA_NODE_CACHED: return out + 0.1 * brasa__estimate_bytes(c->estimator, n);
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE: return out;
    case BRASA_NODE_FILTER: return 2 * in;
    case BRASA_NODE_PROJECT:
    case BRASA_NODE_LIMIT:
    case BRASA_NODE_UNION:
    case BRASA_NODE_SAMPLE: return out;
    case BRASA_NODE_JOIN: return join_cost(c, n, out);
    case BRASA_NODE_AGGREGATE: return (n->u.aggregate.nkeys ? 10 : 2) * in + 20 * out;
    case BRASA_NODE_SORT: return n->u.sort.limit >= 0 ? 4 * in : 10 * in * log2(in + 2);
    case BRASA_NODE_WINDOW: return 12 * in * log2(in + 2);
    case BRASA_NODE_REPARTITION:
    case BRASA_NODE_EXPLODE: return 10 * (in + out);
    case BRASA_NODE_MAP: return 50 * (in + out);
    case BRASA_NODE_COUNT: break;
    }
    return 0;
}

static bool is_cheap(const brasa_node *n)
{
    while (n->kind == BRASA_NODE_FILTER || n->kind == BRASA_NODE_PROJECT) n = n->inputs[0];
    return n->ninputs == 0;
}

static void add(costs *c, const brasa_node *n)
{
    if (!brasa__node_set_add(&c->met, n, n)) {
        if (is_cheap(n)) { /* read again by each of its users */
            c->sum += own_cost(c, n);
            for (int32_t i = 0; i < n->ninputs; i++) add(c, n->inputs[i]);
            return;
        }
        if (brasa__node_set_add(&c->kept, n, n)) c->sum += 5 * rows_of(c, n) + 0.4 * brasa__estimate_bytes(c->estimator, n); /* written */
        c->sum += 2 * rows_of(c, n) + 0.1 * brasa__estimate_bytes(c->estimator, n);                                          /* and read */
        return;
    }
    c->sum += own_cost(c, n);
    for (int32_t i = 0; i < n->ninputs; i++) add(c, n->inputs[i]);
}

double brasa__estimate_cost(brasa_arena *arena, const brasa_node *n)
{
    costs c = {.estimator = brasa__estimator_new(arena)};

    brasa__node_set_init(&c.met, arena);
    brasa__node_set_init(&c.kept, arena);
    add(&c, n);
    return c.sum;
}
