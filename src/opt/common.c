/* common.c -- conjuncts, and every expression of a node through a function. */
#include <assert.h>

#include "data/type.h"
#include "opt/inner.h"

/* A conjunct is compared with so many before it: programs make lists of thousands. */
enum { MOST_COMPARED = 64 };

static void add_one(brasa_opt *o, conjuncts *list, const brasa_expr *e)
{
    if (opt_is_true(e)) return;
    for (int32_t i = list->n > MOST_COMPARED ? list->n - MOST_COMPARED : 0; i < list->n; i++) {
        if (brasa__expr_equal(list->items[i], e) && brasa__expr_is_deterministic(e)) return;
    }
    list->items = brasa__arena_grow(o->arena, list->items, &list->cap, list->n + 1, sizeof *list->items);
    list->items[list->n++] = e;
}

void conjuncts_add(brasa_opt *o, conjuncts *list, const brasa_expr *e)
{
    if (e == NULL) return;
    if (!brasa__is_call(e, "and")) {
        add_one(o, list, e);
        return;
    }
    for (int32_t i = 0; i < e->nargs; i++) conjuncts_add(o, list, e->args[i]);
}

/* By halves: joining one by one would copy the growing list each time. */
static const brasa_expr *and_of(brasa_opt *o, const brasa_expr *const *items, int32_t n)
{
    if (n == 0) return NULL;
    return n == 1 ? items[0] : brasa__expr_and(o->arena, and_of(o, items, n / 2), and_of(o, items + n / 2, n - n / 2));
}

const brasa_expr *conjuncts_and(brasa_opt *o, const conjuncts *list)
{
    return and_of(o, list->items, list->n);
}

const brasa_node *opt_filtered(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    const brasa_expr *test = conjuncts_and(o, list);

    if (test == NULL) return n;
    if (n->kind != BRASA_NODE_FILTER) return brasa__make_filter(o->arena, n, n, test);
    conjuncts all = {.n = 0};
    conjuncts_add(o, &all, n->u.filter.test);
    conjuncts_add(o, &all, test);
    return brasa__make_filter(o->arena, n, n->inputs[0], conjuncts_and(o, &all));
}

typedef struct counter {
    const brasa_expr *const *subst;
    int64_t                  nodes;
} counter;

static bool count_node(void *arg, const brasa_expr *e)
{
    counter *c = arg;

    c->nodes++;
    if (c->nodes > OPT_MOST_NODES) return false;
    if (e->kind == BRASA_EXPR_REF && e->depth == 0 && c->subst) {
        counter below = {NULL, c->nodes};
        brasa__expr_walk(c->subst[e->index], count_node, &below);
        c->nodes = below.nodes;
    }
    return true;
}

bool opt_too_large(const brasa_expr *e, const brasa_expr *const *subst)
{
    counter c = {subst, 0};

    brasa__expr_walk(e, count_node, &c);
    return c.nodes > OPT_MOST_NODES;
}

bool opt_is_false(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_LITERAL && (e->value.null || (e->type.kind == BRASA_KIND_BOOL && !e->value.u.b));
}

bool opt_is_true(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_LITERAL && e->type.kind == BRASA_KIND_BOOL && !e->value.null && e->value.u.b;
}

const brasa_expr *opt_bool(brasa_opt *o, bool v)
{
    brasa_value value = {.type = brasa__type(BRASA_KIND_BOOL), .u.b = v};

    return brasa__expr_literal(o->arena, &value);
}

/* ---- every expression ---- */

typedef struct mapper {
    brasa_opt   *o;
    opt_expr_fn *fn;
    void        *arg;
    bool         changed;
} mapper;

static const brasa_expr *map_one(mapper *m, const brasa_expr *e)
{
    if (e == NULL) return NULL;
    const brasa_expr *now = m->fn(m->arg, e);
    m->changed |= now != e;
    return now;
}

static const brasa_expr *const *map_list(mapper *m, const brasa_expr *const *list, int32_t n)
{
    const brasa_expr **now = BRASA_NEWS(m->o->arena, const brasa_expr *, n + 1);

    if (list == NULL) return NULL;
    for (int32_t i = 0; i < n; i++) now[i] = map_one(m, list[i]);
    return now;
}

static const brasa_order *map_order(mapper *m, const brasa_order *list, int32_t n)
{
    if (list == NULL) return NULL;
    brasa_order *now = brasa__arena_copy(m->o->arena, list, sizeof *list * (size_t)n);
    for (int32_t i = 0; i < n; i++) now[i].expr = map_one(m, list[i].expr);
    return now;
}

static void map_window(mapper *m, brasa_node *n)
{
    brasa_window_call *calls = brasa__arena_copy(m->o->arena, n->u.window.calls, sizeof *calls * (size_t)n->u.window.ncalls);

    n->u.window.keys = map_list(m, n->u.window.keys, n->u.window.nkeys);
    n->u.window.order = map_order(m, n->u.window.order, n->u.window.norder);
    for (int32_t i = 0; i < n->u.window.ncalls; i++) calls[i].call = map_one(m, calls[i].call);
    n->u.window.calls = calls;
}

const brasa_node *opt_map_exprs(brasa_opt *o, const brasa_node *n, opt_expr_fn *fn, void *arg)
{
    mapper      m = {o, fn, arg, false};
    brasa_node *copy = brasa__node_copy(o->arena, n, NULL);

    switch (n->kind) {
    case BRASA_NODE_SCAN:
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE:
    case BRASA_NODE_CACHED:
    case BRASA_NODE_LIMIT:
    case BRASA_NODE_UNION:
    case BRASA_NODE_SAMPLE:
    case BRASA_NODE_MAP: return n;
    case BRASA_NODE_PROJECT: copy->u.project.exprs = map_list(&m, n->u.project.exprs, n->schema.ncols); break;
    case BRASA_NODE_FILTER: copy->u.filter.test = map_one(&m, n->u.filter.test); break;
    case BRASA_NODE_JOIN:
        copy->u.join.left_keys = map_list(&m, n->u.join.left_keys, n->u.join.nkeys);
        copy->u.join.right_keys = map_list(&m, n->u.join.right_keys, n->u.join.nkeys);
        copy->u.join.residual = map_one(&m, n->u.join.residual);
        break;
    case BRASA_NODE_AGGREGATE:
        copy->u.aggregate.keys = map_list(&m, n->u.aggregate.keys, n->u.aggregate.nkeys);
        copy->u.aggregate.aggs = map_list(&m, n->u.aggregate.aggs, n->u.aggregate.naggs);
        break;
    case BRASA_NODE_SORT: copy->u.sort.keys = map_order(&m, n->u.sort.keys, n->u.sort.nkeys); break;
    case BRASA_NODE_REPARTITION:
        copy->u.repartition.keys = map_list(&m, n->u.repartition.keys, n->u.repartition.nkeys);
        copy->u.repartition.order = map_order(&m, n->u.repartition.order, n->u.repartition.nkeys);
        break;
    case BRASA_NODE_EXPLODE: copy->u.explode.list = map_one(&m, n->u.explode.list); break;
    case BRASA_NODE_WINDOW: map_window(&m, copy); break;
    case BRASA_NODE_COUNT: assert(false && "no such node kind"); break;
    }
    return m.changed ? copy : n;
}
