/* share_filters.c -- what all users of a shared sub-plan ask of it together is asked once, below it.
 *
 * A sub-plan that is computed once keeps its users' conditions above it (push_filters.c).  Where every user has one, their OR goes into it: a common table expression over five
 * years of which one user wants the first and another the second is computed for two years.  From the top down, so that what goes into one shared sub-plan is known before those below it.
 */
#include "opt/push_filters.h"

enum { MOST_USERS = 16, MOST_ROUNDS = 64 };

typedef struct user_list {
    const brasa_node  *node;
    const brasa_expr **tests; /* of the FILTERs right above it */
    int32_t            nusers, ntests, cap;
} user_list;

typedef struct collector {
    brasa_opt     *o;
    brasa_node_set met, lists;
    user_list    **order; /* users before what they use */
    int32_t        n, cap;
} collector;

static bool is_dear(const brasa_node *n)
{
    while (n->kind == BRASA_NODE_FILTER || n->kind == BRASA_NODE_PROJECT) n = n->inputs[0];
    return n->ninputs > 0;
}

static user_list *list_of(collector *c, const brasa_node *n)
{
    user_list *u = (user_list *)(uintptr_t)brasa__node_set_get(&c->lists, n);

    if (u != NULL) return u;
    u = BRASA_NEW(c->o->arena, user_list);
    u->node = n;
    brasa__node_set_add(&c->lists, n, u);
    return u;
}

static void collect(collector *c, const brasa_node *n)
{
    if (!brasa__node_set_add(&c->met, n, n)) return;
    for (int32_t i = 0; i < n->ninputs; i++) {
        user_list *u = list_of(c, n->inputs[i]);
        u->nusers++;
        if (n->kind == BRASA_NODE_FILTER && brasa__expr_is_deterministic(n->u.filter.test)) {
            u->tests = brasa__arena_grow(c->o->arena, u->tests, &u->cap, u->ntests + 1, sizeof *u->tests);
            u->tests[u->ntests++] = n->u.filter.test;
        }
        collect(c, n->inputs[i]);
    }
    c->order = brasa__arena_grow(c->o->arena, c->order, &c->cap, c->n + 1, sizeof *c->order);
    c->order[c->n++] = list_of(c, n);
}

static const brasa_expr *any_of(brasa_opt *o, const user_list *u)
{
    const brasa_expr *all = u->tests[0];

    for (int32_t i = 1; i < u->ntests; i++) {
        const brasa_expr *args[] = {all, u->tests[i]};
        if (!brasa__expr_equal(all, u->tests[i])) all = brasa__bound_call(o->arena, "or", args, 2);
    }
    return opt_factored(o, all);
}

typedef struct swap {
    const brasa_node *from, *to;
} swap;

static const brasa_node *swap_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    const swap *s = arg;

    (void)arena;
    return n == s->from ? s->to : n;
}

/* The first shared sub-plan all of whose users filter it, and that has not been dealt with; NULL: none. */
static const user_list *next_shared(collector *c, const brasa_node_set *done)
{
    for (int32_t i = c->n - 1; i >= 0; i--) {
        const user_list *u = c->order[i];
        if (u->nusers < 2 || u->nusers > MOST_USERS || u->ntests != u->nusers || brasa__node_set_get(done, u->node)) continue;
        if (is_dear(u->node)) return u;
    }
    return NULL;
}

const brasa_node *opt_share_filters(brasa_opt *o, const brasa_node *n)
{
    brasa_node_set done;

    brasa__node_set_init(&done, o->arena);
    o->leave_shared = true;
    for (int32_t round = 0; round < MOST_ROUNDS; round++) {
        collector c = {.o = o};
        brasa__node_set_init(&c.met, o->arena);
        brasa__node_set_init(&c.lists, o->arena);
        collect(&c, n);
        const user_list *u = next_shared(&c, &done);
        if (u == NULL) break;
        conjuncts list = {.n = 0};
        conjuncts_add(o, &list, any_of(o, u));
        swap s = {u->node, opt_push_into(o, u->node, &list)};
        /* what cannot go below stays with the users alone */
        if (s.to->kind == BRASA_NODE_FILTER && u->node->kind != BRASA_NODE_FILTER) s.to = s.to->inputs[0];
        brasa__node_set_add(&done, s.to, s.to);
        n = brasa__node_rewrite(o->arena, n, swap_node, &s);
    }
    o->leave_shared = false;
    return n;
}
