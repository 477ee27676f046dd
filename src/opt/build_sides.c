/* build_sides.c -- which side of a join goes into the hash table: the smaller one, where its kind allows.
 *
 * A join that keeps rows of its built side must find each of them once, so with several workers it cannot be broadcast: there the left side of a LEFT, SEMI or ANTI join is
 * built only where the right one is too large to be broadcast anyway, or has so many rows that building them on every worker costs more than an exchange.
 */
#include "base/config.h"
#include "opt/inner.h"

/* How much smaller the left side must be before a join that then has to keep its unmatched rows is turned round. */
enum { TURN_FACTOR = 3 };

static bool wants_left(brasa_opt *o, const brasa_node *n)
{
    double l = brasa__estimate_bytes(o->estimator, n->inputs[0]), r = brasa__estimate_bytes(o->estimator, n->inputs[1]);
    double nl = brasa__estimate(o->estimator, n->inputs[0])->rows, nr = brasa__estimate(o->estimator, n->inputs[1])->rows;
    bool   alone = o->topology->workers <= 1,
         small_right = r <= (double)brasa__setting_int(BRASA_SET_BROADCAST_BYTES) && brasa__broadcast_pays(nr, nl, l, o->topology->workers);

    switch (n->u.join.type) {
    case BRASA_JOIN_INNER:
    case BRASA_JOIN_CROSS:
        if (n->u.join.strategy == BRASA_STRATEGY_BROADCAST) return false; /* the right side was asked for */
        return nl < nr || (nl == nr && l < r);
    case BRASA_JOIN_LEFT: return (alone || !small_right) && nl * TURN_FACTOR < nr && n->u.join.nkeys > 0;
    case BRASA_JOIN_RIGHT:
        return nl < nr * TURN_FACTOR || n->u.join.nkeys == 0; /* turned round it is a LEFT join, which can be broadcast */
    case BRASA_JOIN_FULL: return nl < nr;
    case BRASA_JOIN_SEMI:
    case BRASA_JOIN_ANTI: return !n->u.join.null_aware && (alone || !small_right) && nl * TURN_FACTOR < nr && n->u.join.nkeys > 0;
    case BRASA_JOIN_MARK:
    case BRASA_JOIN_SINGLE: return false;
    }
    return false;
}

static const brasa_node *choose_side(void *arg, brasa_arena *arena, const brasa_node *n)
{
    if (n->kind != BRASA_NODE_JOIN) return n;
    bool left = wants_left(arg, n);
    if (left == n->u.join.build_left) return n;
    brasa_node *now = brasa__node_copy(arena, n, NULL);
    now->u.join.build_left = left;
    return now;
}

const brasa_node *opt_build_sides(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, choose_side, o);
}
