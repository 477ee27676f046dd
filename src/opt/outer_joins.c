/* outer_joins.c -- outer joins whose padded rows a join or a condition further up drops are inner joins (Galindo-Legaria and Rosenthal 1997).
 *
 * From the top down each node is told of which of its columns nulls are of no use: keys of joins above it that match no null, what conditions compare.  push_filters.c sees only
 * conditions right above a join; here "t LEFT JOIN u ON ... JOIN v ON u.x = v.x" is seen, too.
 */
#include <string.h>

#include "opt/inner.h"

typedef struct wanted {
    uint64_t *bits; /* columns whose nulls are dropped above */
    int32_t   n;
} wanted;

static wanted none_of(brasa_opt *o, const brasa_node *n)
{
    return (wanted) {BRASA_NEWS(o->arena, uint64_t, n->schema.ncols / 64 + 1), n->schema.ncols};
}

static bool has(const wanted *w, int32_t i)
{
    return w->bits[i >> 6] >> (i & 63) & 1;
}

static void add(wanted *w, int32_t i)
{
    w->bits[i >> 6] |= (uint64_t)1 << (i & 63);
}

static bool has_any(const wanted *w, int32_t from, int32_t to)
{
    for (int32_t i = from; i < to; i++) {
        if (has(w, i)) return true;
    }
    return false;
}

/* A column that makes e null when it is. */
static void add_strict(wanted *w, const brasa_expr *e)
{
    while (e->kind == BRASA_EXPR_CAST && !e->try_cast) e = e->args[0];
    if (e->kind == BRASA_EXPR_REF && e->depth == 0 && e->index < w->n) add(w, e->index);
}

/* Columns that are not null where the condition is true. */
static void add_tested(wanted *w, const brasa_expr *e)
{
    static const char *const COMPARE[] = {"=", "<>", "<", "<=", ">", ">=", "like"};

    if (brasa__is_call(e, "and")) {
        for (int32_t i = 0; i < e->nargs; i++) add_tested(w, e->args[i]);
        return;
    }
    if (brasa__is_call(e, "isnotnull")) add_strict(w, e->args[0]);
    if (e->kind == BRASA_EXPR_IN) add_strict(w, e->args[0]);
    for (size_t i = 0; i < sizeof COMPARE / sizeof *COMPARE; i++) {
        for (int32_t k = 0; k < e->nargs && brasa__is_call(e, COMPARE[i]); k++) add_strict(w, e->args[k]);
    }
}

static const brasa_node *strengthen(brasa_opt *o, const brasa_node *n, const wanted *w);

/* One input's part of what is wanted of both. */
static wanted part(brasa_opt *o, const wanted *w, const brasa_node *in, int32_t from)
{
    wanted x = none_of(o, in);

    for (int32_t i = 0; i < x.n && from + i < w->n; i++) {
        if (has(w, from + i)) add(&x, i);
    }
    return x;
}

static brasa_join_type stronger(brasa_join_type t, bool left, bool right)
{
    if (t == BRASA_JOIN_FULL) return left && right ? BRASA_JOIN_INNER : left ? BRASA_JOIN_LEFT : right ? BRASA_JOIN_RIGHT : t;
    if ((t == BRASA_JOIN_LEFT && right) || (t == BRASA_JOIN_RIGHT && left)) return BRASA_JOIN_INNER;
    return t;
}

static const brasa_node *join(brasa_opt *o, const brasa_node *n, const wanted *w)
{
    int32_t         nl = n->inputs[0]->schema.ncols, nr = n->inputs[1]->schema.ncols;
    brasa_join_type old = n->u.join.type, t = old;

    if (brasa__join_has_right(old)) t = stronger(old, has_any(w, 0, nl), has_any(w, nl, nl + nr));
    bool keeps_left =
             t == BRASA_JOIN_LEFT || t == BRASA_JOIN_FULL || t == BRASA_JOIN_ANTI || t == BRASA_JOIN_MARK || t == BRASA_JOIN_SINGLE,
         keeps_right = t == BRASA_JOIN_RIGHT || t == BRASA_JOIN_FULL || n->u.join.null_aware || t == BRASA_JOIN_MARK;
    bool   inner = t == BRASA_JOIN_INNER || t == BRASA_JOIN_CROSS;
    wanted l = part(o, w, n->inputs[0], 0), r = brasa__join_has_right(t) ? part(o, w, n->inputs[1], nl) : none_of(o, n->inputs[1]);
    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        if (n->u.join.null_equal && n->u.join.null_equal[i]) continue;
        if (!keeps_left) add_strict(&l, n->u.join.left_keys[i]);
        if (!keeps_right) add_strict(&r, n->u.join.right_keys[i]);
    }
    if (inner && n->u.join.residual) {
        wanted both = {BRASA_NEWS(o->arena, uint64_t, (nl + nr) / 64 + 1), nl + nr};
        add_tested(&both, n->u.join.residual);
        for (int32_t i = 0; i < nl + nr; i++) {
            if (has(&both, i)) add(i < nl ? &l : &r, i < nl ? i : i - nl);
        }
    }
    const brasa_node *sides[] = {strengthen(o, n->inputs[0], &l), strengthen(o, n->inputs[1], &r)};
    if (t == old && sides[0] == n->inputs[0] && sides[1] == n->inputs[1]) return n;
    brasa_node *now = brasa__node_copy(o->arena, n, sides);
    now->u.join.type = t;
    now->rows = -1;
    brasa__node_reschema(o->arena, now);
    return now;
}

/* Of the only input of n. */
static wanted of_input(brasa_opt *o, const brasa_node *n, const wanted *w)
{
    wanted in = none_of(o, n->inputs[0]);

    switch (n->kind) {
    case BRASA_NODE_PROJECT:
        for (int32_t i = 0; i < n->schema.ncols; i++) {
            if (has(w, i)) add_strict(&in, n->u.project.exprs[i]);
        }
        break;
    case BRASA_NODE_AGGREGATE: /* whole groups */
        for (int32_t i = 0; i < n->u.aggregate.nkeys; i++) {
            if (has(w, i)) add_strict(&in, n->u.aggregate.keys[i]);
        }
        break;
    case BRASA_NODE_FILTER:
        in = part(o, w, n->inputs[0], 0);
        add_tested(&in, n->u.filter.test);
        break;
    case BRASA_NODE_SORT:
        if (n->u.sort.limit < 0 && n->u.sort.offset == 0) in = part(o, w, n->inputs[0], 0);
        break;
    case BRASA_NODE_REPARTITION: in = part(o, w, n->inputs[0], 0); break;
    case BRASA_NODE_SCAN:
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE:
    case BRASA_NODE_CACHED:
    case BRASA_NODE_JOIN:
    case BRASA_NODE_LIMIT:
    case BRASA_NODE_UNION:
    case BRASA_NODE_SAMPLE:
    case BRASA_NODE_EXPLODE:
    case BRASA_NODE_MAP:
    case BRASA_NODE_WINDOW:
    case BRASA_NODE_COUNT: break; /* a row less may change the others */
    }
    return in;
}

static const brasa_node *node(brasa_opt *o, const brasa_node *n, const wanted *w)
{
    const brasa_node **inputs = BRASA_NEWS(o->arena, const brasa_node *, n->ninputs + 1);
    bool               changed = false;

    if (n->kind == BRASA_NODE_JOIN) return join(o, n, w);
    for (int32_t i = 0; i < n->ninputs; i++) {
        wanted in = n->kind == BRASA_NODE_UNION ? part(o, w, n->inputs[i], 0) : of_input(o, n, w);
        inputs[i] = strengthen(o, n->inputs[i], &in);
        changed |= inputs[i] != n->inputs[i];
    }
    return changed ? brasa__node_with_inputs(o->arena, n, inputs) : n;
}

/* What is computed once must do for all its users. */
static const brasa_node *strengthen(brasa_opt *o, const brasa_node *n, const wanted *w)
{
    if (!opt_is_shared(o, n)) return node(o, n, w);
    const brasa_node *now = brasa__node_set_get(&o->done, n);
    if (now == NULL) {
        wanted none = none_of(o, n);
        now = node(o, n, &none);
        brasa__node_set_add(&o->done, n, now);
    }
    return now;
}

const brasa_node *opt_outer_joins(brasa_opt *o, const brasa_node *n)
{
    wanted none = none_of(o, n);

    brasa__node_set_init(&o->done, o->arena);
    return strengthen(o, n, &none);
}
