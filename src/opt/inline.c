/* inline.c -- a query that WITH names and that is used more than once: computed once, or written into each of its uses?
 *
 * Computed once, nothing is pushed into it but what all users want of it; written into each use, it is filtered, pruned and joined there as if it stood there, and what is still
 * equal at the end is computed once after all.  Both plans are made, and the cheaper one is taken: one query after the other, outer ones first.
 */
#include "expr/agg.h"
#include "opt/inner.h"

/* More queries, or larger plans, are not tried: they are computed once. */
enum { MOST_TRIES = 6, MOST_NODES = 600 };
/* Estimates of filters are often too hopeful: written into its uses a query must be that much cheaper. */
#define CLEARLY 0.8

typedef struct uses {
    const brasa_node *node;
    int32_t           n;
} uses;

typedef struct finder {
    brasa_opt     *o;
    brasa_node_set met, counts;
    uses         **list; /* of marked nodes, users before what they use */
    int32_t        n, cap, nnodes;
} finder;

static void find(finder *f, const brasa_node *n)
{
    uses *u = (uses *)(uintptr_t)brasa__node_set_get(&f->counts, n);

    if (n->with && u == NULL) {
        u = BRASA_NEW(f->o->arena, uses);
        u->node = n;
        brasa__node_set_add(&f->counts, n, u);
    }
    if (u) u->n++;
    if (!brasa__node_set_add(&f->met, n, n)) return;
    f->nnodes++;
    for (int32_t i = 0; i < n->ninputs; i++) find(f, n->inputs[i]);
    if (u == NULL) return;
    f->list = brasa__arena_grow(f->o->arena, f->list, &f->cap, f->n + 1, sizeof *f->list);
    f->list[f->n++] = u;
}

static finder found_in(brasa_opt *o, const brasa_node *n)
{
    finder f = {.o = o};

    brasa__node_set_init(&f.met, o->arena);
    brasa__node_set_init(&f.counts, o->arena);
    find(&f, n);
    return f;
}

static bool keeps_rows(const brasa_expr *const *list, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        if (!brasa__expr_is_deterministic(list[i])) return false;
    }
    return true;
}

/* Aggregates that are the same whatever the order of the rows: sums of doubles are exact until they are rounded once. */
static bool ignores_order(const brasa_expr *a)
{
    static const brasa_agg_id IDS[] = {BRASA_AGG_COUNT_STAR, BRASA_AGG_COUNT,     BRASA_AGG_SUM,     BRASA_AGG_AVG,
                                       BRASA_AGG_MIN,        BRASA_AGG_MAX,       BRASA_AGG_VAR_POP, BRASA_AGG_STDDEV_SAMP,
                                       BRASA_AGG_VAR_SAMP,   BRASA_AGG_STDDEV_POP};

    for (size_t i = 0; i < sizeof IDS / sizeof *IDS && a->norder == 0; i++) {
        if (a->agg->id == IDS[i]) return true;
    }
    return false;
}

/* Would another plan of this node give the same rows?  Not where the order of rows decides, or chance. */
static bool is_repeatable(const brasa_node *n)
{
    switch (n->kind) {
    case BRASA_NODE_SCAN:
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE:
    case BRASA_NODE_CACHED:
    case BRASA_NODE_UNION:
    case BRASA_NODE_REPARTITION: return true;
    case BRASA_NODE_PROJECT: return keeps_rows(n->u.project.exprs, n->schema.ncols);
    case BRASA_NODE_FILTER: return keeps_rows(&n->u.filter.test, 1);
    case BRASA_NODE_JOIN:
        return keeps_rows(n->u.join.left_keys, n->u.join.nkeys) && keeps_rows(n->u.join.right_keys, n->u.join.nkeys) &&
               (n->u.join.residual == NULL || keeps_rows(&n->u.join.residual, 1));
    case BRASA_NODE_AGGREGATE:
        for (int32_t i = 0; i < n->u.aggregate.naggs; i++) {
            if (!ignores_order(n->u.aggregate.aggs[i])) return false;
        }
        return keeps_rows(n->u.aggregate.keys, n->u.aggregate.nkeys) && keeps_rows(n->u.aggregate.aggs, n->u.aggregate.naggs);
    case BRASA_NODE_SORT: return n->u.sort.limit < 0 && n->u.sort.offset == 0;
    case BRASA_NODE_EXPLODE: return keeps_rows(&n->u.explode.list, 1);
    case BRASA_NODE_LIMIT:
    case BRASA_NODE_SAMPLE:
    case BRASA_NODE_MAP:
    case BRASA_NODE_WINDOW:
    case BRASA_NODE_COUNT: return false;
    }
    return false;
}

static bool all_repeatable(brasa_node_set *met, const brasa_node *n)
{
    if (!brasa__node_set_add(met, n, n)) return true;
    if (!is_repeatable(n)) return false;
    for (int32_t i = 0; i < n->ninputs; i++) {
        if (!all_repeatable(met, n->inputs[i])) return false;
    }
    return true;
}

/* A copy of a sub-plan; other queries of WITH in it stay the same. */
static const brasa_node *cloned(brasa_opt *o, brasa_node_set *done, const brasa_node *n)
{
    const brasa_node  *now = brasa__node_set_get(done, n);
    const brasa_node **inputs = BRASA_NEWS(o->arena, const brasa_node *, n->ninputs + 1);

    if (now) return now;
    for (int32_t i = 0; i < n->ninputs; i++) inputs[i] = n->inputs[i]->with ? n->inputs[i] : cloned(o, done, n->inputs[i]);
    now = brasa__node_copy(o->arena, n, inputs);
    brasa__node_set_add(done, n, now);
    return now;
}

static const brasa_node *inlined(brasa_opt *o, brasa_node_set *done, const brasa_node *n, const brasa_node *what)
{
    const brasa_node  *now = brasa__node_set_get(done, n);
    const brasa_node **inputs = BRASA_NEWS(o->arena, const brasa_node *, n->ninputs + 1);
    bool               changed = false;

    if (now) return now;
    for (int32_t i = 0; i < n->ninputs; i++) {
        if (n->inputs[i] == what) {
            brasa_node_set copied;
            brasa__node_set_init(&copied, o->arena);
            inputs[i] = cloned(o, &copied, what->inputs[0]);
        } else {
            inputs[i] = inlined(o, done, n->inputs[i], what);
        }
        changed |= inputs[i] != n->inputs[i];
    }
    now = changed ? brasa__node_copy(o->arena, n, inputs) : n;
    brasa__node_set_add(done, n, now);
    return now;
}

static const brasa_node *unmark(void *arg, brasa_arena *arena, const brasa_node *n)
{
    (void)arg, (void)arena;
    return n->with ? n->inputs[0] : n;
}

const brasa_node *opt_unmarked(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, unmark, NULL);
}

/* What a plan costs when it is optimised. */
static double cost_of(const brasa_opt *o, const brasa_node *n)
{
    brasa_arena *arena = brasa__arena_new(o->arena, "a plan that is tried");
    brasa_opt    trial = {.arena = arena, .topology = o->topology};
    double       cost = brasa__estimate_cost(arena, opt_try(&trial, opt_unmarked(&trial, n)));

    brasa__arena_free(arena);
    return cost;
}

typedef struct chooser {
    brasa_opt        *o;
    const brasa_node *plan;
    double            cost; /* of plan; < 0: not yet known */
    int32_t           tries;
    brasa_text        note;
} chooser;

static void say(chooser *c, const uses *u, bool once, const char *why)
{
    brasa__text_addf(&c->note, "WITH %s: %s %d uses, %s\n", u->node->with->name, once ? "computed once for its" : "written into its",
                     (int)u->n, why);
}

static void decide(chooser *c, const uses *u, int32_t nnodes)
{
    brasa_node_set    met, done;
    brasa_with_wish   wish = u->node->with->wish;
    const brasa_node *other;

    brasa__node_set_init(&met, c->o->arena);
    brasa__node_set_init(&done, c->o->arena);
    if (wish == BRASA_WITH_ONCE) {
        say(c, u, true, "as asked");
        return;
    }
    if (!all_repeatable(&met, u->node)) {
        say(c, u, true, "which might see other rows else");
        return;
    }
    if (wish == BRASA_WITH_BY_COST && (c->tries == 0 || nnodes > MOST_NODES)) {
        say(c, u, true, "cost not tried");
        return;
    }
    other = inlined(c->o, &done, c->plan, u->node);
    if (wish == BRASA_WITH_INLINE) {
        say(c, u, false, "as asked");
        c->plan = other;
        c->cost = -1;
        return;
    }
    c->tries--;
    if (c->cost < 0) c->cost = cost_of(c->o, c->plan);
    double now = cost_of(c->o, other);
    bool   once = now > c->cost * CLEARLY;
    say(c, u, once, brasa__arena_printf(c->o->arena, "about cost %.3g against %.3g", once ? c->cost : now, once ? now : c->cost));
    if (once) return;
    c->plan = other;
    c->cost = now;
}

const brasa_node *opt_inline(brasa_opt *o, const brasa_node *n)
{
    chooser        c = {.o = o, .plan = n, .cost = -1, .tries = MOST_TRIES};
    brasa_node_set dealt;

    brasa__text_init(&c.note, o->arena);
    brasa__node_set_init(&dealt, o->arena);
    for (;;) {
        finder      f = found_in(o, c.plan);
        const uses *next = NULL;
        for (int32_t i = f.n - 1; i >= 0 && next == NULL; i--) {
            if (f.list[i]->n > 1 && !brasa__node_set_get(&dealt, f.list[i]->node->with)) next = f.list[i];
        }
        if (next == NULL) break;
        brasa__node_set_add(&dealt, next->node->with, next->node);
        decide(&c, next, f.nnodes);
    }
    if (c.note.len > 0) o->note = c.note.s;
    return opt_unmarked(o, c.plan);
}
