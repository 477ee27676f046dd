/* test_join_search.c -- the tree that the search finds costs what the best of all trees costs. */
#include <math.h>
#include <stdlib.h>

#include "opt/join_graph.h"
#include "unit.h"

enum { MOST = 8 };

typedef struct world {
    graph       g;
    brasa_opt   o;
    unit_random random;
} world;

/* 0 to n - 1 */
static uint32_t draw(world *w, uint32_t n)
{
    return (uint32_t)unit_between(&w->random, 0, (int64_t)n - 1);
}

static void world_init(world *w, brasa_arena *arena, unsigned seed, int32_t nrels)
{
    *w = (world) {.random = {seed}};
    w->o.arena = arena;
    w->g.o = &w->o;
    w->g.nrels = nrels;
    w->g.rels = BRASA_NEWS(arena, relation, nrels);
    w->g.edges = BRASA_NEWS(arena, edge, 64);
    w->g.pairs = BRASA_NEWS(arena, double, nrels *nrels);
    for (int32_t i = 0; i < nrels * nrels; i++) w->g.pairs[i] = 1;
    for (int32_t i = 0; i < nrels; i++) w->g.rels[i].rows = 1 + draw(w, 100000);
}

static void add_edge(world *w, uint64_t a, uint64_t b)
{
    w->g.edges[w->g.nedges++] = (edge) {.ma = a, .mb = b, .group = -1, .share = 1.0 / (1 + draw(w, 50000))};
}

/* Relation i is the right side of a join that is a function of each row of `needs`. */
static void make_per_row(world *w, int32_t i, uint64_t needs)
{
    static const brasa_node join;

    w->g.rels[i].op = &join;
    w->g.rels[i].rate = (1 + draw(w, 300)) / 100.0;
    for (int32_t k = 0; k < i; k++) {
        if (needs >> k & 1) needs |= w->g.rels[k].needs;
    }
    w->g.rels[i].needs = needs;
}

static uint64_t with_needs(const world *w, uint64_t set)
{
    uint64_t all = set;

    for (int32_t i = 0; i < w->g.nrels; i++) {
        if (set >> i & 1) all |= w->g.rels[i].needs;
    }
    return all;
}

/* Is there an edge between the two, or the needs of one of them?  Said anew, not by what the search uses. */
static bool may_join(const world *w, uint64_t a, uint64_t b)
{
    const graph *g = &w->g;

    for (int32_t side = 0; side < 2; side++) {
        uint64_t x = side ? b : a, y = side ? a : b;
        for (int32_t i = 0; i < g->nrels; i++) {
            if (x == (uint64_t)1 << i && g->rels[i].op) return (g->rels[i].needs & ~y) == 0;
        }
    }
    for (int32_t i = 0; i < g->nedges; i++) {
        const edge *e = &g->edges[i];
        if (((e->ma & ~a) == 0 && (e->mb & ~b) == 0) || ((e->ma & ~b) == 0 && (e->mb & ~a) == 0)) return true;
    }
    return false;
}

/* Every tree there is; cost < 0: none. */
static join_tree best_of_all(world *w, uint64_t set)
{
    join_tree best = {.set = set, .cost = -1};

    if ((set & (set - 1)) == 0) return (join_tree) {.set = set, .rows = w->g.rels[__builtin_ctzll(set)].rows};
    for (uint64_t a = (set - 1) & set; a; a = (a - 1) & set) {
        uint64_t b = set & ~a;
        if (a < b || !may_join(w, a, b)) continue;
        join_tree x = best_of_all(w, a), y = best_of_all(w, b);
        if (x.cost < 0 || y.cost < 0) continue;
        double rows = graph_rows(&w->g, set), cost = graph_cost(&x, &y, rows);
        if (best.cost < 0 || cost < best.cost) best.rows = rows, best.cost = cost;
    }
    return best;
}

static void assert_sound(const world *w, const join_tree *t)
{
    if (t->relation >= 0) {
        assert_int_equal(t->set, (uint64_t)1 << t->relation);
        return;
    }
    assert_int_equal(t->set, t->left->set | t->right->set);
    assert_int_equal(t->left->set & t->right->set, 0);
    assert_true(graph_allowed(&w->g, t->left->set, t->right->set));
    assert_sound(w, t->left);
    assert_sound(w, t->right);
}

/* What is found is sound, has all relations, and is no dearer than the best of all trees without a cross product; false: there is none of those. */
static bool check(world *w)
{
    uint64_t         all = ((uint64_t)1 << w->g.nrels) - 1;
    join_tree        want = best_of_all(w, all);
    const join_tree *got;

    graph_tie(&w->g);
    got = graph_search(&w->g);
    assert_int_equal(got->set, all);
    assert_sound(w, got);
    if (want.cost >= 0) assert_true(fabs(got->cost - want.cost) <= 1e-9 * want.cost);
    return want.cost >= 0;
}

/* A random tree of edges and some more. */
static void add_random_edges(world *w, int32_t nrels, int32_t more)
{
    for (int32_t i = 1; i < nrels; i++) {
        if (w->g.rels[i].op == NULL) add_edge(w, (uint64_t)1 << i, with_needs(w, (uint64_t)1 << draw(w, (uint32_t)i)));
    }
    for (int32_t i = 0; i < more; i++) {
        uint64_t a = with_needs(w, (uint64_t)1 << draw(w, (uint32_t)nrels)), b = with_needs(w, (uint64_t)1 << draw(w, (uint32_t)nrels));
        if (!(a & b)) add_edge(w, a, b);
    }
}

static void plain_graphs_get_the_best_tree(void **state)
{
    unit_state *u = *state;

    for (unsigned seed = 0; seed < 150; seed++) {
        world   w;
        int32_t n = 2 + (int32_t)(seed % (MOST - 2));
        world_init(&w, u->arena, seed, n);
        add_random_edges(&w, n, (int32_t)(seed % 5));
        assert_true(check(&w));
    }
}

static void edges_over_several_relations_get_the_best_tree(void **state)
{
    unit_state *u = *state;
    int         found = 0;

    for (unsigned seed = 0; seed < 300; seed++) {
        world   w;
        int32_t n = 3 + (int32_t)(seed % (MOST - 3));
        world_init(&w, u->arena, seed, n);
        for (int32_t i = 1; i < n; i++) {
            if (draw(&w, 4)) add_edge(&w, (uint64_t)1 << i, (uint64_t)1 << draw(&w, (uint32_t)i));
        }
        for (int32_t i = 0; i < 3; i++) {
            uint64_t a = 1 + draw(&w, (1u << n) - 1), b = (1 + draw(&w, (1u << n) - 1)) & ~a;
            if (b) add_edge(&w, a, b);
        }
        found += check(&w);
    }
    assert_in_range(found, 30, 299); /* with a tree, and without */
}

static void joins_of_each_row_come_where_they_may(void **state)
{
    unit_state *u = *state;

    for (unsigned seed = 0; seed < 300; seed++) {
        world   w;
        int32_t n = 3 + (int32_t)(seed % (MOST - 3));
        world_init(&w, u->arena, seed, n);
        for (int32_t i = 1; i < n; i++) {
            uint64_t some = 1 + draw(&w, (1u << i) - 1);
            if (draw(&w, 3) == 0) make_per_row(&w, i, draw(&w, 2) ? some & -some : some);
        }
        add_random_edges(&w, n, (int32_t)(seed % 3));
        check(&w);
    }
}

static void many_relations_get_some_tree(void **state)
{
    unit_state *u = *state;

    for (int32_t n = 11; n <= GRAPH_MOST; n += 1 + n / 4) {
        for (int shape = 0; shape < 3; shape++) { /* a chain, a star, nothing */
            world w;
            world_init(&w, u->arena, (unsigned)n, n);
            for (int32_t i = 1; i < n && shape < 2; i++) add_edge(&w, (uint64_t)1 << i, (uint64_t)1 << (shape ? 0 : i - 1));
            graph_tie(&w.g);
            const join_tree *t = graph_search(&w.g);
            assert_int_equal(t->set, n == 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1);
            assert_sound(&w, t);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(plain_graphs_get_the_best_tree),
        unit_case(edges_over_several_relations_get_the_best_tree),
        unit_case(joins_of_each_row_come_where_they_may),
        unit_case(many_relations_get_some_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
