/* join_search.c -- the cheapest tree of joins over a graph.
 *
 * Up to SEARCH_MOST relations: dynamic programming over all connected subsets (bushy trees; Moerkotte and Neumann's space, enumerated by submasks, which is
 * fast enough at this size).  Beyond: greedy, the pair with the smallest result first (Fegaras).  Parts that nothing connects are crossed last, small ones first.
 */
#include "opt/join_graph.h"

enum { SEARCH_MOST = 12 };

typedef struct entry {
    const join_tree *tree;
    double           cost, rows;
} entry;

/* Rows that come out, are probed with, and (dearer) are put into the hash table. */
static double join_cost(const entry *a, const entry *b, double out)
{
    double small = a->rows < b->rows ? a->rows : b->rows, large = a->rows < b->rows ? b->rows : a->rows;

    return a->cost + b->cost + out + large + 2 * small;
}

static const join_tree *tree_new(graph *g, const join_tree *l, const join_tree *r)
{
    join_tree *t = BRASA_NEW(g->o->arena, join_tree);

    *t = (join_tree) {.set = l->set | r->set, .relation = -1, .left = l, .right = r};
    return t;
}

static entry leaf(graph *g, int32_t i)
{
    join_tree *t = BRASA_NEW(g->o->arena, join_tree);

    *t = (join_tree) {.set = (uint64_t)1 << i, .relation = i};
    return (entry) {.tree = t, .rows = g->rels[i].est->rows};
}

static entry joined(graph *g, const entry *a, const entry *b)
{
    entry e = {.tree = tree_new(g, a->tree, b->tree)};

    e.rows = graph_rows(g, e.tree->set);
    e.cost = join_cost(a, b, e.rows);
    return e;
}

/* Relations that edges connect to `from`, within `all`. */
static uint64_t component(const graph *g, uint64_t from, uint64_t all)
{
    for (;;) {
        uint64_t more = from;
        for (int32_t i = 0; i < g->nrels; i++) {
            uint64_t bit = (uint64_t)1 << i;
            if ((all & bit) && !(more & bit) && graph_connected(g, more, bit)) more |= bit;
        }
        for (int32_t i = 0; i < g->nedges; i++) { /* an edge over three relations and more ties them, too */
            uint64_t m = g->edges[i].ma | g->edges[i].mb;
            if (m & more) more |= m & all;
        }
        if (more == from) return from;
        from = more;
    }
}

/* Best trees of all subsets of `all`; entries without a tree are not connected. */
static entry search_all(graph *g, uint64_t all)
{
    entry *best = BRASA_NEWS(g->o->arena, entry, (size_t)1 << g->nrels);

    for (uint64_t set = 1; set <= all; set++) {
        if (set & ~all) continue;
        if ((set & (set - 1)) == 0) {
            best[set] = leaf(g, __builtin_ctzll(set));
            continue;
        }
        double   rows = -1, least = 0;
        uint64_t from = 0;
        for (uint64_t a = (set - 1) & set; a; a = (a - 1) & set) {
            uint64_t b = set & ~a;
            if (a < b || !best[a].tree || !best[b].tree || !graph_connected(g, a, b)) continue;
            if (rows < 0) rows = graph_rows(g, set);
            double cost = join_cost(&best[a], &best[b], rows);
            if (from && cost >= least) continue;
            from = a;
            least = cost;
        }
        if (from) best[set] = (entry) {.tree = tree_new(g, best[set & ~from].tree, best[from].tree), .cost = least, .rows = rows};
    }
    return best[all];
}

/* The two that are best joined next; connected ones before others.  false: fewer than two are left. */
static bool best_pair(graph *g, const entry *list, int32_t n, int32_t *x, int32_t *y)
{
    bool   found = false, found_connected = false;
    double least = 0;

    for (int32_t i = 0; i < n; i++) {
        for (int32_t k = i + 1; k < n; k++) {
            bool connected = graph_connected(g, list[i].tree->set, list[k].tree->set);
            if (found_connected && !connected) continue;
            double rows = graph_rows(g, list[i].tree->set | list[k].tree->set);
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

static entry greedy(graph *g, entry *list, int32_t n)
{
    int32_t x, y;

    while (n > 1 && best_pair(g, list, n, &x, &y)) {
        list[x] = joined(g, &list[x], &list[y]);
        list[y] = list[--n];
    }
    return list[0];
}

const join_tree *graph_search(graph *g)
{
    entry   *parts = BRASA_NEWS(g->o->arena, entry, g->nrels);
    int32_t  n = 0;
    uint64_t all = g->nrels == GRAPH_MOST ? UINT64_MAX : ((uint64_t)1 << g->nrels) - 1, left = all;

    if (g->nrels > SEARCH_MOST) {
        for (int32_t i = 0; i < g->nrels; i++) parts[n++] = leaf(g, i);
        return greedy(g, parts, n).tree;
    }
    while (left) {
        uint64_t part = component(g, left & -left, left);
        entry    e = search_all(g, part);
        if (e.tree) {
            parts[n++] = e;
        } else { /* tied by an edge over several relations only: taken one by one */
            for (int32_t i = 0; i < g->nrels; i++) {
                if (part >> i & 1) parts[n++] = leaf(g, i);
            }
        }
        left &= ~part;
    }
    return greedy(g, parts, n).tree;
}
