/* sql/nodes.c -- plans seen as a whole: their expressions, and the outer references in them. */
#include <string.h>

#include "expr/agg.h"
#include "sql/binder.h"

const brasa_node *sql_done(sql_binder *x, brasa_node *n)
{
    n->id = (*x->b->next_id)++;
    n->file = x->b->file;
    n->line = x->b->line;
    return n;
}

typedef const brasa_expr *expr_fn(void *arg, const brasa_expr *e);

static const brasa_expr *const *map_exprs(brasa_arena *arena, const brasa_expr *const *in, int32_t n, expr_fn *fn, void *arg)
{
    const brasa_expr **out = BRASA_NEWS(arena, const brasa_expr *, n + 1);

    for (int32_t i = 0; i < n; i++) out[i] = fn(arg, in[i]);
    return out;
}

static const brasa_order *map_orders(brasa_arena *arena, const brasa_order *in, int32_t n, expr_fn *fn, void *arg)
{
    brasa_order *out = BRASA_NEWS(arena, brasa_order, n + 1);

    for (int32_t i = 0; i < n; i++) {
        out[i] = in[i];
        out[i].expr = fn(arg, in[i].expr);
    }
    return out;
}

static const brasa_window_call *map_calls(brasa_arena *arena, const brasa_window_call *in, int32_t n, expr_fn *fn, void *arg)
{
    brasa_window_call *out = BRASA_NEWS(arena, brasa_window_call, n + 1);

    for (int32_t i = 0; i < n; i++) {
        out[i] = in[i];
        out[i].call = fn(arg, in[i].call);
    }
    return out;
}

const brasa_node *sql_map_node(brasa_arena *arena, const brasa_node *n, expr_fn *fn, void *arg)
{
    brasa_node *c = brasa__node_copy(arena, n, n->inputs);

    switch (n->kind) {
    case BRASA_NODE_PROJECT: c->u.project.exprs = map_exprs(arena, n->u.project.exprs, n->schema.ncols, fn, arg); break;
    case BRASA_NODE_FILTER: c->u.filter.test = fn(arg, n->u.filter.test); break;
    case BRASA_NODE_JOIN:
        c->u.join.left_keys = map_exprs(arena, n->u.join.left_keys, n->u.join.nkeys, fn, arg);
        c->u.join.right_keys = map_exprs(arena, n->u.join.right_keys, n->u.join.nkeys, fn, arg);
        if (n->u.join.residual != NULL) c->u.join.residual = fn(arg, n->u.join.residual);
        break;
    case BRASA_NODE_AGGREGATE:
        c->u.aggregate.keys = map_exprs(arena, n->u.aggregate.keys, n->u.aggregate.nkeys, fn, arg);
        c->u.aggregate.aggs = map_exprs(arena, n->u.aggregate.aggs, n->u.aggregate.naggs, fn, arg);
        break;
    case BRASA_NODE_SORT: c->u.sort.keys = map_orders(arena, n->u.sort.keys, n->u.sort.nkeys, fn, arg); break;
    case BRASA_NODE_REPARTITION:
        if (n->u.repartition.keys != NULL) c->u.repartition.keys = map_exprs(arena, n->u.repartition.keys, n->u.repartition.nkeys, fn, arg);
        if (n->u.repartition.order != NULL)
            c->u.repartition.order = map_orders(arena, n->u.repartition.order, n->u.repartition.nkeys, fn, arg);
        break;
    case BRASA_NODE_EXPLODE: c->u.explode.list = fn(arg, n->u.explode.list); break;
    case BRASA_NODE_WINDOW:
        c->u.window.keys = map_exprs(arena, n->u.window.keys, n->u.window.nkeys, fn, arg);
        c->u.window.order = map_orders(arena, n->u.window.order, n->u.window.norder, fn, arg);
        c->u.window.calls = map_calls(arena, n->u.window.calls, n->u.window.ncalls, fn, arg);
        break;
    case BRASA_NODE_SCAN:
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE:
    case BRASA_NODE_CACHED:
    case BRASA_NODE_LIMIT:
    case BRASA_NODE_UNION:
    case BRASA_NODE_SAMPLE:
    case BRASA_NODE_MAP:
    case BRASA_NODE_COUNT: break;
    }
    return c;
}

/* ---- outer references ---- */

typedef struct looking {
    brasa_arena       *arena;
    int32_t            id;
    int32_t           *cols;
    int32_t            ncols, cap;
    const brasa_node **seen;
    int32_t            nseen, cap_seen;
} looking;

static bool look_expr(void *arg, const brasa_expr *e)
{
    looking *l = arg;

    if (e->kind != BRASA_EXPR_COLUMN || !e->bound || (l->id >= 0 && e->depth != l->id)) return true;
    for (int32_t i = 0; i < l->ncols; i++) {
        if (l->cols[i] == e->index) return true;
    }
    l->cols = brasa__arena_grow(l->arena, l->cols, &l->cap, l->ncols + 1, sizeof *l->cols);
    l->cols[l->ncols++] = e->index;
    return true;
}

static const brasa_expr *look_at(void *arg, const brasa_expr *e)
{
    brasa__expr_walk(e, look_expr, arg);
    return e;
}

static void look(looking *l, const brasa_node *n)
{
    for (int32_t i = 0; i < l->nseen; i++) {
        if (l->seen[i] == n) return;
    }
    l->seen = brasa__arena_grow(l->arena, l->seen, &l->cap_seen, l->nseen + 1, sizeof *l->seen);
    l->seen[l->nseen++] = n;
    sql_map_node(l->arena, n, look_at, l);
    for (int32_t i = 0; i < n->ninputs; i++) look(l, n->inputs[i]);
}

void sql_outer_columns(brasa_arena *arena, const brasa_node *n, int32_t id, int32_t **cols, int32_t *ncols)
{
    looking l = {.arena = arena, .id = id};

    look(&l, n);
    *cols = l.cols;
    *ncols = l.ncols;
}

bool sql_has_outer(brasa_arena *arena, const brasa_node *n, int32_t id)
{
    int32_t *cols, ncols;

    sql_outer_columns(arena, n, id, &cols, &ncols);
    return ncols > 0;
}

typedef struct finding {
    int32_t id;
    bool    found;
} finding;

static bool find_outer(void *arg, const brasa_expr *e)
{
    finding *f = arg;

    f->found = f->found || (e->kind == BRASA_EXPR_COLUMN && e->bound && (f->id < 0 || e->depth == f->id));
    return !f->found;
}

bool sql_expr_has_outer(const brasa_expr *e, int32_t id)
{
    finding f = {.id = id};

    brasa__expr_walk(e, find_outer, &f);
    return f.found;
}

typedef struct replacing {
    brasa_arena   *arena;
    int32_t        id;
    const int32_t *map;
} replacing;

static const brasa_expr *replace_outer(void *arg, const brasa_expr *e)
{
    const replacing *r = arg;

    if (e->kind != BRASA_EXPR_COLUMN || !e->bound || e->depth != r->id) return NULL;
    return brasa__expr_ref(r->arena, r->map == NULL ? e->index : r->map[e->index], e->type, e->nullable, e->name);
}

const brasa_expr *sql_outer_to_ref(brasa_arena *arena, const brasa_expr *e, int32_t id, const int32_t *map)
{
    replacing r = {.arena = arena, .id = id, .map = map};

    return brasa__expr_replace(arena, e, replace_outer, &r);
}

bool sql_counts(const brasa_expr *agg)
{
    brasa_agg_id id = agg->agg->id;

    return id == BRASA_AGG_COUNT_STAR || id == BRASA_AGG_COUNT || id == BRASA_AGG_REGR_COUNT || id == BRASA_AGG_APPROX_COUNT_DISTINCT;
}
