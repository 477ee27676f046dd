/* join_search.c -- the cheapest tree of joins over a graph.
 *
 * Up to SEARCH_MOST relations: dynamic programming over all pairs of connected sets that something ties, each met once (bushy trees, no cross products): DPhyp (Moerkotte and
 * Neumann: Dynamic programming strikes back, 2008), whose words are kept: csg, a connected set; cmp, its partner.  Up to SEARCH_WIDE relations as long as there are few such pairs, as in
 * chains; beyond: greedy, the pair with the smallest result first (Fegaras).  Parts that nothing connects are crossed last, small ones first.
 */
#include "opt/join_graph.h"

enum { SEARCH_MOST = 12, SEARCH_WIDE = 16, WIDE_PAIRS = 20000 };

typedef struct search {
    graph            *g;
    const join_tree **best; /* by set; NULL: not connected */
    int64_t           pairs_left;
} search;

/* Rows that come out, are probed with, and (dearer) are put into the hash table. */
double graph_cost(const join_tree *a, const join_tree *b, double out)
{
    double small = a->rows < b->rows ? a->rows : b->rows, large = a->rows < b->rows ? b->rows : a->rows;

    return a->cost + b->cost + out + large + 2 * small;
}

static const join_tree *leaf(graph *g, int32_t i)
{
    join_tree *t = BRASA_NEW(g->o->arena, join_tree);

    *t = (join_tree) {.set = (uint64_t)1 << i, .relation = i, .rows = g->rels[i].rows};
    return t;
}

static const join_tree *joined(graph *g, const join_tree *a, const join_tree *b, double rows, double cost)
{
    join_tree *t = BRASA_NEW(g->o->arena, join_tree);

    *t = (join_tree) {.set = a->set | b->set, .relation = -1, .left = a, .right = b, .rows = rows, .cost = cost};
    return t;
}

/* ---- DPhyp ---- */

static uint64_t up_to(uint64_t bit)
{
    return bit | (bit - 1);
}

/* Relations that are tied to the set, outside of `without`; of a side of several relations the first stands for all. */
static uint64_t neighbours(const graph *g, uint64_t set, uint64_t without)
{
    uint64_t near = 0, more = 0;

    without |= set;
    for (uint64_t rest = set; rest; rest &= rest - 1) near |= g->near[__builtin_ctzll(rest)];
    near &= ~without;
    for (int32_t i = 0; i < g->nties; i++) {
        const tie *t = &g->ties[i];
        if (!(t->a & ~set) && !(t->b & (without | near))) more |= t->b & -t->b;
        if (!(t->b & ~set) && !(t->a & (without | near))) more |= t->a & -t->a;
    }
    return near | more;
}

static void found_pair(search *s, uint64_t a, uint64_t b)
{
    const join_tree *x = s->best[a < b ? a : b], *y = s->best[a < b ? b : a], *now = s->best[a | b];

    s->pairs_left--;
    if (!graph_allowed(s->g, a, b)) return;
    double rows = now ? now->rows : graph_rows(s->g, a | b), cost = graph_cost(x, y, rows);
    if (now == NULL || cost < now->cost) s->best[a | b] = joined(s->g, x, y, rows, cost);
}

static void grow_cmp(search *s, uint64_t csg, uint64_t cmp, uint64_t without)
{
    uint64_t near = neighbours(s->g, cmp, without | csg);

    for (uint64_t n = near & -near; n && s->pairs_left > 0; n = (n - near) & near) {
        if (s->best[cmp | n] && graph_connected(s->g, csg, cmp | n)) found_pair(s, csg, cmp | n);
    }
    for (uint64_t n = near & -near; n && s->pairs_left > 0; n = (n - near) & near) grow_cmp(s, csg, cmp | n, without | near);
}

static void partners(search *s, uint64_t csg)
{
    uint64_t without = csg | up_to(csg & -csg), near = neighbours(s->g, csg, without);

    for (uint64_t rest = near; rest && s->pairs_left > 0;) { /* from the last */
        uint64_t v = (uint64_t)1 << (63 - __builtin_clzll(rest));
        rest &= ~v;
        if (graph_connected(s->g, csg, v)) found_pair(s, csg, v);
        grow_cmp(s, csg, v, without | (up_to(v) & near));
    }
}

static void grow_csg(search *s, uint64_t csg, uint64_t without)
{
    uint64_t near = neighbours(s->g, csg, without);

    for (uint64_t n = near & -near; n && s->pairs_left > 0; n = (n - near) & near) {
        if (s->best[csg | n]) partners(s, csg | n);
    }
    for (uint64_t n = near & -near; n && s->pairs_left > 0; n = (n - near) & near) grow_csg(s, csg | n, without | near);
}

/* false: there were too many pairs. */
static bool search_all(search *s)
{
    for (int32_t i = s->g->nrels - 1; i >= 0; i--) s->best[(uint64_t)1 << i] = leaf(s->g, i);
    for (int32_t i = s->g->nrels - 1; i >= 0 && s->pairs_left > 0; i--) {
        uint64_t bit = (uint64_t)1 << i;
        partners(s, bit);
        grow_csg(s, bit, up_to(bit));
    }
    return s->pairs_left > 0;
}

/* ---- greedy ---- */

/* The two that are best joined next; connected ones before others. */
static bool best_pair(graph *g, const join_tree *const *list, int32_t n, int32_t *x, int32_t *y)
{
    bool   found = false, found_connected = false;
    double least = 0;

    for (int32_t i = 0; i < n; i++) {
        for (int32_t k = i + 1; k < n; k++) {
            if (!graph_allowed(g, list[i]->set, list[k]->set)) continue;
            bool connected = graph_connected(g, list[i]->set, list[k]->set);
            if (found_connected && !connected) continue;
            double rows = graph_rows(g, list[i]->set | list[k]->set);
            if (found && connected == found_connected && rows >= least) continue;
            found = true;
            found_connected = connected;
            least = rows;
            *x = i;
            *y = k;
        }
    }
    return found;
}

static const join_tree *greedy(graph *g, const join_tree **list, int32_t n)
{
    int32_t x, y;

    while (n > 1 && best_pair(g, list, n, &x, &y)) {
        double rows = graph_rows(g, list[x]->set | list[y]->set);
        list[x] = joined(g, list[x], list[y], rows, graph_cost(list[x], list[y], rows));
        list[y] = list[--n];
    }
    return list[0];
}

/* The largest set that the search could tie together of what is left. */
static const join_tree *largest(const search *s, uint64_t left)
{
    const join_tree *found = NULL;

    for (uint64_t set = left; set; set = (set - 1) & left) {
        if (s->best[set] && (found == NULL || __builtin_popcountll(set) > __builtin_popcountll(found->set))) found = s->best[set];
    }
    return found;
}

const join_tree *graph_search(graph *g)
{
    const join_tree **parts = BRASA_NEWS(g->o->arena, const join_tree *, g->nrels);
    int32_t           n = 0;
    uint64_t          all = g->nrels == GRAPH_MOST ? UINT64_MAX : ((uint64_t)1 << g->nrels) - 1;
    search            s = {.g = g, .pairs_left = g->nrels <= SEARCH_MOST ? INT64_MAX : WIDE_PAIRS};

    if (g->nrels <= SEARCH_WIDE) {
        s.best = BRASA_NEWS(g->o->arena, const join_tree *, (size_t)1 << g->nrels);
        for (uint64_t left = search_all(&s) ? all : 0; left; n++) {
            parts[n] = largest(&s, left);
            left &= ~parts[n]->set;
        }
    }
    for (int32_t i = 0; n == 0 && i < g->nrels; i++) parts[i] = leaf(g, i);
    return greedy(g, parts, n ? n : g->nrels);
}
