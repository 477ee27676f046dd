/* push_semi.c -- a SEMI or ANTI join that looks at one relation of an inner join goes down to it, where that is no more work than above.
 *
 * TPC-H Q18: "orders whose key is in (a few)" before orders meets its lines.
 */
#include "opt/inner.h"

/* All that the join looks at of its left side is in [from, to). */
static bool looks_within(brasa_opt *o, const brasa_node *n, int32_t from, int32_t to)
{
    int32_t   nl = n->inputs[0]->schema.ncols;
    uint64_t *used;

    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        if (!brasa__refs_within(n->u.join.left_keys[i], from, to)) return false;
    }
    if (n->u.join.residual == NULL) return true;
    used = brasa__refs_of(o->arena, n->u.join.residual, nl + n->inputs[1]->schema.ncols);
    for (int32_t i = 0; i < nl; i++) {
        if ((used[i >> 6] >> (i & 63) & 1) && (i < from || i >= to)) return false;
    }
    return true;
}

/* The SEMI join over one side of the join below it. */
static const brasa_node *onto_side(brasa_opt *o, const brasa_node *n, int32_t side, int32_t shift)
{
    const brasa_node  *join = n->inputs[0], *target = join->inputs[side], *right = n->inputs[1];
    const brasa_node  *inputs[] = {target, right}, *sides[] = {join->inputs[0], join->inputs[1]};
    brasa_node        *semi = brasa__node_copy(o->arena, n, inputs);
    const brasa_expr **keys = BRASA_NEWS(o->arena, const brasa_expr *, n->u.join.nkeys + 1);
    int32_t            nl = join->schema.ncols, nt = target->schema.ncols, nr = right->schema.ncols;
    int32_t           *map = BRASA_NEWS(o->arena, int32_t, nl + nr + 1);

    for (int32_t i = 0; i < n->u.join.nkeys; i++) keys[i] = brasa__expr_shift(o->arena, n->u.join.left_keys[i], -shift);
    for (int32_t i = 0; i < nl; i++) map[i] = i >= shift && i < shift + nt ? i - shift : -1;
    for (int32_t i = 0; i < nr; i++) map[nl + i] = nt + i;
    semi->u.join.left_keys = keys;
    if (n->u.join.residual) semi->u.join.residual = brasa__expr_remap(o->arena, n->u.join.residual, map);
    semi->rows = -1;
    brasa__node_reschema(o->arena, semi);
    sides[side] = semi;
    return brasa__node_with_inputs(o->arena, join, sides);
}

static const brasa_node *push_semi(void *arg, brasa_arena *arena, const brasa_node *n)
{
    brasa_opt        *o = arg;
    const brasa_node *in = n->ninputs > 0 ? n->inputs[0] : NULL;

    (void)arena;
    if (n->kind != BRASA_NODE_JOIN || (n->u.join.type != BRASA_JOIN_SEMI && n->u.join.type != BRASA_JOIN_ANTI)) return n;
    if (in->kind != BRASA_NODE_JOIN || (in->u.join.type != BRASA_JOIN_INNER && in->u.join.type != BRASA_JOIN_CROSS) || opt_is_shared(o, in))
        return n;
    double  rows = brasa__estimate(o->estimator, in)->rows;
    int32_t nl = in->inputs[0]->schema.ncols, nr = in->inputs[1]->schema.ncols;
    for (int32_t side = 0; side < 2; side++) {
        int32_t from = side ? nl : 0, to = side ? nl + nr : nl;
        if (!looks_within(o, n, from, to) || brasa__estimate(o->estimator, in->inputs[side])->rows > rows) continue;
        const brasa_node *now = onto_side(o, n, side, from);
        const brasa_node *sides[] = {now->inputs[0], now->inputs[1]};
        sides[side] = push_semi(o, o->arena, sides[side]);
        return brasa__node_with_inputs(o->arena, now, sides);
    }
    return n;
}

const brasa_node *opt_push_semi_joins(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, push_semi, o);
}
