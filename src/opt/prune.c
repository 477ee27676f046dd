/* prune.c -- only the columns that somebody uses, down to the scans.
 *
 * First what is needed of every node is gathered over all its users (a shared node is pruned once, to the union), then the plan is rebuilt from below; each node
 * gives its old columns' new places.
 */
#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "data/type.h"
#include "opt/prune.h"

static const brasa_node *rebuild(pruner *p, const brasa_node *n);

static const brasa_expr *moved(pruner *p, const brasa_expr *e, const int32_t *place)
{
    return e ? brasa__expr_remap(p->o->arena, e, place) : NULL;
}

static const brasa_expr *const *moved_list(pruner *p, const brasa_expr *const *list, int32_t n, const int32_t *place)
{
    const brasa_expr **now = BRASA_NEWS(p->o->arena, const brasa_expr *, n + 1);

    if (list == NULL) return NULL;
    for (int32_t i = 0; i < n; i++) now[i] = moved(p, list[i], place);
    return now;
}

static const brasa_order *moved_order(pruner *p, const brasa_order *list, int32_t n, const int32_t *place)
{
    if (list == NULL) return NULL;
    brasa_order *now = brasa__arena_copy(p->o->arena, list, sizeof *list * (size_t)n);
    for (int32_t i = 0; i < n; i++) now[i].expr = moved(p, list[i].expr, place);
    return now;
}

/* Columns to keep: place[] and their number. */
static int32_t choose(need *mine, int32_t ncols, int32_t *kept)
{
    int32_t m = 0;

    for (int32_t i = 0; i < ncols; i++) {
        mine->place[i] = brasa__bit_get(mine->cols, i) ? m : -1;
        if (mine->place[i] >= 0) kept[m++] = i;
    }
    return m;
}

static brasa_field *pick_fields(pruner *p, brasa_schema s, const int32_t *kept, int32_t m)
{
    brasa_field *f = BRASA_NEWS(p->o->arena, brasa_field, m + 1);

    for (int32_t i = 0; i < m; i++) f[i] = s.cols[kept[i]];
    return f;
}

static void pick_columns(pruner *p, brasa_node *n, const int32_t *kept, int32_t m)
{
    const char **quals = BRASA_NEWS(p->o->arena, const char *, m + 1);

    for (int32_t i = 0; i < m; i++) quals[i] = brasa__node_qualifier(n, kept[i]);
    n->qualifiers = n->qualifiers ? quals : NULL;
    n->schema = (brasa_schema) {m, pick_fields(p, n->schema, kept, m)};
}

static const brasa_node *prune_scan(pruner *p, const brasa_node *n, need *mine)
{
    int32_t *kept = BRASA_NEWS(p->o->arena, int32_t, n->schema.ncols + 1);

    int32_t m = choose(mine, n->schema.ncols, kept);
    if (m == n->schema.ncols) return n;
    brasa_node *now = brasa__node_copy(p->o->arena, n, NULL);
    int32_t    *cols = BRASA_NEWS(p->o->arena, int32_t, m + 1);
    for (int32_t i = 0; i < m; i++) cols[i] = n->u.scan.cols[kept[i]];
    now->u.scan.cols = cols;
    pick_columns(p, now, kept, m);
    return now;
}

static const brasa_node *prune_values(pruner *p, const brasa_node *n, need *mine)
{
    int32_t *kept = BRASA_NEWS(p->o->arena, int32_t, n->schema.ncols + 1);

    int32_t m = choose(mine, n->schema.ncols, kept);
    if (m == n->schema.ncols) return n;
    brasa_node  *now = brasa__node_copy(p->o->arena, n, NULL);
    brasa_value *values = BRASA_NEWS(p->o->arena, brasa_value, (int64_t)n->u.values.nrows * m + 1);
    for (int32_t r = 0; r < n->u.values.nrows; r++) {
        for (int32_t i = 0; i < m; i++) values[(int64_t)r * m + i] = n->u.values.values[(int64_t)r * n->schema.ncols + kept[i]];
    }
    now->u.values.values = values;
    pick_columns(p, now, kept, m);
    return now;
}

static const brasa_node *prune_cached(pruner *p, const brasa_node *n, need *mine)
{
    int32_t *kept = BRASA_NEWS(p->o->arena, int32_t, n->schema.ncols + 1), m = choose(mine, n->schema.ncols, kept);

    if (m == n->schema.ncols) return n;
    brasa_node         *now = brasa__node_copy(p->o->arena, n, NULL);
    brasa_col_estimate *known = BRASA_NEWS(p->o->arena, brasa_col_estimate, m + 1);
    int32_t            *cols = BRASA_NEWS(p->o->arena, int32_t, m + 1);
    for (int32_t i = 0; i < m; i++) {
        cols[i] = n->u.cached.cols ? n->u.cached.cols[kept[i]] : kept[i];
        if (n->u.cached.columns) known[i] = n->u.cached.columns[kept[i]];
    }
    now->u.cached.cols = cols;
    if (n->u.cached.columns) now->u.cached.columns = known;
    pick_columns(p, now, kept, m);
    return now;
}

/* The node as it is, all columns. */
static const brasa_node *keep_all(need *mine, const brasa_node *n)
{
    for (int32_t i = 0; i < n->schema.ncols; i++) mine->place[i] = i;
    return n;
}

static const brasa_node *prune_project(pruner *p, const brasa_node *n, need *mine)
{
    const brasa_node *in = rebuild(p, n->inputs[0]);
    const int32_t    *place = need_of(p, n->inputs[0])->place;
    int32_t          *kept = BRASA_NEWS(p->o->arena, int32_t, n->schema.ncols + 1), m = 0;

    m = choose(mine, n->schema.ncols, kept);
    const brasa_expr **exprs = BRASA_NEWS(p->o->arena, const brasa_expr *, m + 1);
    for (int32_t i = 0; i < m; i++) exprs[i] = moved(p, n->u.project.exprs[kept[i]], place);
    brasa_node *now = brasa__node_copy(p->o->arena, n, &in);
    now->u.project.exprs = exprs;
    pick_columns(p, now, kept, m);
    return now;
}

/* Nodes whose output is their input's columns, and `extra` of their own behind them that all stay. */
static brasa_node *prune_same(pruner *p, const brasa_node *n, need *mine, int32_t extra)
{
    const brasa_node *in = rebuild(p, n->inputs[0]);
    const need       *below = need_of(p, n->inputs[0]);
    int32_t           ncols = n->inputs[0]->schema.ncols;

    for (int32_t i = 0; i < ncols; i++) mine->place[i] = below->place[i];
    for (int32_t i = 0; i < extra; i++) mine->place[ncols + i] = in->schema.ncols + i;
    return brasa__node_with_input(p->o->arena, n, in);
}

static const brasa_node *prune_join(pruner *p, const brasa_node *n, need *mine)
{
    const brasa_node *sides[] = {rebuild(p, n->inputs[0]), rebuild(p, n->inputs[1])};
    const int32_t    *pl = need_of(p, n->inputs[0])->place, *pr = need_of(p, n->inputs[1])->place;
    int32_t           nl = n->inputs[0]->schema.ncols, nr = n->inputs[1]->schema.ncols, now_left = sides[0]->schema.ncols;
    int32_t          *both = BRASA_NEWS(p->o->arena, int32_t, nl + nr + 1);

    for (int32_t i = 0; i < nl; i++) both[i] = pl[i];
    for (int32_t i = 0; i < nr; i++) both[nl + i] = pr[i] >= 0 ? pr[i] + now_left : -1;
    for (int32_t i = 0; i < n->schema.ncols; i++) mine->place[i] = both[i];
    if (n->u.join.type == BRASA_JOIN_MARK) mine->place[nl] = now_left;
    brasa_node *now = brasa__node_copy(p->o->arena, n, sides);
    now->u.join.left_keys = moved_list(p, n->u.join.left_keys, n->u.join.nkeys, pl);
    now->u.join.right_keys = moved_list(p, n->u.join.right_keys, n->u.join.nkeys, pr);
    now->u.join.residual = moved(p, n->u.join.residual, both);
    brasa__node_reschema(p->o->arena, now);
    return now;
}

static const brasa_node *prune_aggregate(pruner *p, const brasa_node *n, need *mine)
{
    const brasa_node *in = rebuild(p, n->inputs[0]);
    const int32_t    *place = need_of(p, n->inputs[0])->place;
    int32_t           nkeys = n->u.aggregate.nkeys, *kept = BRASA_NEWS(p->o->arena, int32_t, n->schema.ncols + 1);

    for (int32_t i = 0; i < nkeys; i++) brasa__bit_set(mine->cols, i);
    int32_t            m = choose(mine, n->schema.ncols, kept);
    const brasa_expr **aggs = BRASA_NEWS(p->o->arena, const brasa_expr *, m + 1);
    for (int32_t i = nkeys; i < m; i++) aggs[i - nkeys] = moved(p, n->u.aggregate.aggs[kept[i] - nkeys], place);
    brasa_node *now = brasa__node_copy(p->o->arena, n, &in);
    now->u.aggregate.keys = moved_list(p, n->u.aggregate.keys, nkeys, place);
    now->u.aggregate.naggs = m - nkeys;
    now->u.aggregate.aggs = aggs;
    pick_columns(p, now, kept, m);
    return now;
}

/* Rows may be equal in what is left of them, but their number stays: every branch is cut to the same columns. */
static const brasa_node *prune_union(pruner *p, const brasa_node *n, need *mine)
{
    const brasa_node **inputs = BRASA_NEWS(p->o->arena, const brasa_node *, n->ninputs + 1);
    int32_t           *kept = BRASA_NEWS(p->o->arena, int32_t, n->schema.ncols + 1);
    int32_t            m = choose(mine, n->schema.ncols, kept);

    for (int32_t k = 0; k < n->ninputs; k++) {
        const brasa_node *in = rebuild(p, n->inputs[k]);
        const need       *below = need_of(p, n->inputs[k]);
        int32_t          *cols = BRASA_NEWS(p->o->arena, int32_t, m + 1);
        for (int32_t i = 0; i < m; i++) cols[i] = below->place[kept[i]];
        inputs[k] = brasa__make_pick(p->o->arena, in, in, cols, m);
    }
    brasa_node *now = brasa__node_copy(p->o->arena, n, inputs);
    pick_columns(p, now, kept, m);
    return now;
}

static const brasa_node *prune_window(pruner *p, const brasa_node *n, need *mine)
{
    int32_t            first = n->inputs[0]->schema.ncols, calls = 0;
    const brasa_node  *in = rebuild(p, n->inputs[0]);
    const need        *below = need_of(p, n->inputs[0]);
    brasa_window_call *list = BRASA_NEWS(p->o->arena, brasa_window_call, n->u.window.ncalls + 1);
    brasa_field       *own = BRASA_NEWS(p->o->arena, brasa_field, n->u.window.ncalls + 1);

    for (int32_t i = 0; i < first; i++) mine->place[i] = below->place[i];
    for (int32_t i = 0; i < n->u.window.ncalls; i++) {
        mine->place[first + i] = -1;
        if (!brasa__bit_get(mine->cols, first + i)) continue;
        mine->place[first + i] = in->schema.ncols + calls;
        own[calls] = n->schema.cols[first + i];
        list[calls] = n->u.window.calls[i];
        list[calls++].call = moved(p, n->u.window.calls[i].call, below->place);
    }
    if (calls == 0) return in;
    brasa_node *now = brasa__node_copy(p->o->arena, n, &in);
    now->u.window.keys = moved_list(p, n->u.window.keys, n->u.window.nkeys, below->place);
    now->u.window.order = moved_order(p, n->u.window.order, n->u.window.norder, below->place);
    now->u.window.ncalls = calls;
    now->u.window.calls = list;
    now->schema = (brasa_schema) {calls, own};
    brasa__node_reschema(p->o->arena, now);
    return now;
}

static const brasa_node *prune_kind(pruner *p, const brasa_node *n, need *mine)
{
    brasa_node    *now;
    const int32_t *place;

    switch (n->kind) {
    case BRASA_NODE_SCAN: return prune_scan(p, n, mine);
    case BRASA_NODE_VALUES: return prune_values(p, n, mine);
    case BRASA_NODE_CACHED: return prune_cached(p, n, mine);
    case BRASA_NODE_RANGE: return keep_all(mine, n);
    case BRASA_NODE_PROJECT: return prune_project(p, n, mine);
    case BRASA_NODE_JOIN: return prune_join(p, n, mine);
    case BRASA_NODE_AGGREGATE: return prune_aggregate(p, n, mine);
    case BRASA_NODE_UNION: return prune_union(p, n, mine);
    case BRASA_NODE_WINDOW: return prune_window(p, n, mine);
    case BRASA_NODE_MAP:
        keep_all(mine, n);
        now = brasa__node_copy(p->o->arena, n, NULL);
        now->inputs = brasa__arena_copy(p->o->arena, (const brasa_node *[]) {rebuild(p, n->inputs[0])}, sizeof *now->inputs);
        return now;
    case BRASA_NODE_LIMIT:
    case BRASA_NODE_SAMPLE: return prune_same(p, n, mine, 0);
    case BRASA_NODE_FILTER:
        now = prune_same(p, n, mine, 0);
        place = need_of(p, n->inputs[0])->place;
        now->u.filter.test = moved(p, n->u.filter.test, place);
        return now;
    case BRASA_NODE_SORT:
        now = prune_same(p, n, mine, 0);
        place = need_of(p, n->inputs[0])->place;
        now->u.sort.keys = moved_order(p, n->u.sort.keys, n->u.sort.nkeys, place);
        return now;
    case BRASA_NODE_REPARTITION:
        now = prune_same(p, n, mine, 0);
        place = need_of(p, n->inputs[0])->place;
        now->u.repartition.keys = moved_list(p, n->u.repartition.keys, n->u.repartition.nkeys, place);
        now->u.repartition.order = moved_order(p, n->u.repartition.order, n->u.repartition.nkeys, place);
        return now;
    case BRASA_NODE_EXPLODE:
        now = prune_same(p, n, mine, n->u.explode.position ? 2 : 1);
        now->u.explode.list = moved(p, n->u.explode.list, need_of(p, n->inputs[0])->place);
        return now;
    case BRASA_NODE_COUNT: break;
    }
    assert(false && "no such node kind");
    return n;
}

/* Behind a filter or a join, without the columns that only it needed. */
static const brasa_node *trim(pruner *p, const brasa_node *n, need *mine)
{
    int32_t *cols = BRASA_NEWS(p->o->arena, int32_t, n->schema.ncols + 1), m = 0;

    for (int32_t i = 0; i < n->schema.ncols; i++) {
        if (brasa__bit_get(mine->cols, i)) cols[m++] = mine->place[i];
    }
    if (m == 0 || m == mine->now->schema.ncols) return mine->now;
    m = 0;
    for (int32_t i = 0; i < n->schema.ncols; i++) mine->place[i] = brasa__bit_get(mine->cols, i) ? m++ : -1;
    return brasa__make_pick(p->o->arena, mine->now, mine->now, cols, m);
}

static const brasa_node *rebuild(pruner *p, const brasa_node *n)
{
    need *mine = need_of(p, n);

    if (mine->now) return mine->now;
    mine->place = BRASA_NEWS(p->o->arena, int32_t, n->schema.ncols + 1);
    mine->now = prune_kind(p, n, mine);
    if (n->kind == BRASA_NODE_FILTER || n->kind == BRASA_NODE_JOIN) mine->now = trim(p, n, mine);
    return mine->now;
}

const brasa_node *opt_prune(brasa_opt *o, const brasa_node *n)
{
    pruner p = {.o = o};

    need_gather(&p, n);
    const need       *root = need_of(&p, n);
    const brasa_node *now = rebuild(&p, n);
    int32_t          *cols = BRASA_NEWS(o->arena, int32_t, n->schema.ncols + 1);
    for (int32_t i = 0; i < n->schema.ncols; i++) cols[i] = root->place[i];
    return brasa__make_pick(o->arena, now, now, cols, n->schema.ncols);
}
