/* group_limits.c -- windows of which only the first rows of each group are wanted.
 *
 * A filter right above a WINDOW that asks row_number, rank or dense_rank to be at most N says that rows beyond N are not wanted: the node is told, so that they go before
 * they are exchanged and sorted (exec/op_group_limit.c).  The filter stays.  Only where the other calls of the node look at no row beyond their own, so that they give the same
 * without those rows; and where groups have more rows than are kept.
 */
#include <string.h>

#include "data/type.h"
#include "opt/inner.h"

/* More than that is a sort anyway. */
enum { MOST_KEPT = 4096 };

static bool limit_fn(const char *name, brasa_limit_fn *out)
{
    static const char *const NAMES[] = {"row_number", "rank", "dense_rank"};

    for (int i = 0; i < 3; i++) {
        if (strcmp(name, NAMES[i]) != 0) continue;
        *out = (brasa_limit_fn)i;
        return true;
    }
    return false;
}

/* Of each row: the same when rows behind it are not there. */
static bool looks_back_only(const brasa_window_call *c)
{
    brasa_limit_fn fn;

    if (c->call->kind != BRASA_EXPR_AGGREGATE && limit_fn(c->call->name, &fn)) return true;
    if (c->call->kind != BRASA_EXPR_AGGREGATE && strcmp(c->call->name, "first_value") != 0) return false;
    return c->frame.unit == BRASA_FRAME_ROWS && c->frame.exclude == BRASA_EXCLUDE_NONE && c->frame.end <= BRASA_BOUND_CURRENT;
}

static bool integer_of(const brasa_expr *e, int64_t *out)
{
    if (e->kind != BRASA_EXPR_LITERAL || e->value.null || !brasa__type_is_integer(e->value.type)) return false;
    *out = e->value.u.i;
    return true;
}

/* Column `*col` of the rows that pass is at most `*most`; false: e says nothing of the kind. */
static bool bound_of(const brasa_expr *e, int32_t *col, int64_t *most)
{
    static const struct {
        const char *name;
        bool        swapped;
        int64_t     less;
    } OPS[] = {{"=", false, 0}, {"<=", false, 0}, {"<", false, 1}, {"=", true, 0}, {">=", true, 0}, {">", true, 1}};

    if (e->kind == BRASA_EXPR_IN && !e->negated && e->args[0]->kind == BRASA_EXPR_REF) {
        *col = e->args[0]->index;
        *most = 0;
        for (int32_t i = 1; i < e->nargs; i++) {
            int64_t v;

            if (!integer_of(e->args[i], &v)) return false;
            if (v > *most) *most = v;
        }
        return true;
    }
    for (size_t i = 0; i < sizeof OPS / sizeof *OPS; i++) {
        if (!brasa__is_call(e, OPS[i].name) || e->nargs != 2) continue;
        const brasa_expr *ref = e->args[OPS[i].swapped], *value = e->args[!OPS[i].swapped];

        if (ref->kind != BRASA_EXPR_REF || !integer_of(value, most) || *most <= INT32_MIN) continue;
        *col = ref->index;
        *most -= OPS[i].less;
        return true;
    }
    return false;
}

/* A row and its peers are kept, or none: without order all rows are peers. */
static bool fits(const brasa_node *w, int32_t call, brasa_limit_fn *fn)
{
    const brasa_expr *e = w->u.window.calls[call].call;

    if (e->kind == BRASA_EXPR_AGGREGATE || !limit_fn(e->name, fn)) return false;
    if (w->u.window.norder == 0 && *fn != BRASA_LIMIT_ROW_NUMBER) return false;
    for (int32_t i = 0; i < w->u.window.ncalls; i++) {
        if (!looks_back_only(&w->u.window.calls[i])) return false;
    }
    return true;
}

static bool is_worth_it(brasa_opt *o, const brasa_node *w, int64_t limit)
{
    const brasa_node_estimate *in = brasa__estimate(o->estimator, w->inputs[0]);
    double                     groups = w->u.window.nkeys > 0 ? brasa__estimate_groups(in, w->u.window.keys, w->u.window.nkeys) : 1;
    bool                       known = true;

    for (int32_t i = 0; i < w->u.window.nkeys; i++) {
        const brasa_expr *key = w->u.window.keys[i];

        known &= key->kind == BRASA_EXPR_REF && !in->cols[key->index].guess;
    }
    return limit <= MOST_KEPT && (!known || groups * (double)limit < 0.5 * in->rows);
}

static const brasa_node *limit_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    const brasa_node *w = n->ninputs > 0 ? n->inputs[0] : NULL;
    conjuncts         all = {.n = 0};
    int64_t           limit = INT64_MAX;
    brasa_limit_fn    fn = BRASA_LIMIT_ROW_NUMBER;

    if (n->kind != BRASA_NODE_FILTER || w->kind != BRASA_NODE_WINDOW || opt_is_shared(arg, w)) return n;
    conjuncts_add(arg, &all, n->u.filter.test);
    for (int32_t i = 0; i < all.n; i++) {
        int32_t        col, first = w->inputs[0]->schema.ncols;
        int64_t        most;
        brasa_limit_fn f;

        if (!bound_of(all.items[i], &col, &most) || col < first || most >= limit || !fits(w, col - first, &f)) continue;
        limit = most > 1 ? most : 1;
        fn = f;
    }
    if (limit == INT64_MAX || !is_worth_it(arg, w, limit)) return n;
    brasa_node       *now = brasa__node_copy(arena, w, NULL);
    const brasa_node *in = now;
    now->u.window.limit = limit;
    now->u.window.limit_fn = fn;
    return brasa__node_copy(arena, n, &in);
}

const brasa_node *opt_group_limits(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, limit_node, o);
}
