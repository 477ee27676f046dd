/* join_graph.h -- a cluster of joins as a graph: relations, and what ties them.
 *
 * Relations are numbered, sets of them are bit masks; expressions are over all columns of all relations side by side ("global" columns).
 */
#ifndef BRASA_OPT_JOIN_GRAPH_H
#define BRASA_OPT_JOIN_GRAPH_H

#include "opt/inner.h"

enum { GRAPH_MOST = 64 };

typedef struct relation {
    const brasa_node         *node;
    int32_t                   first; /* global number of its first column */
    double                    rows, base;
    const brasa_col_estimate *cols;
    /* The right side of a LEFT, SEMI, ANTI or MARK join, which is a function of each row that it looks at; NULL: joined by inner joins. */
    const brasa_node        *op;
    const brasa_expr *const *keys;     /* op's of its left side, over global columns */
    const brasa_expr        *residual; /* op's, over global columns */
    uint64_t                 needs;    /* what must be there before; with what that needs */
    double                   rate;     /* rows that come out for one row */
} relation;

/* An equality between two sides that share no relation. */
typedef struct edge {
    const brasa_expr *a, *b;  /* over global columns */
    uint64_t          ma, mb; /* relations of each, with what they need */
    bool              null_equal;
    int32_t           group; /* equal columns (a = b, b = c) are one group; -1: none */
    double            share; /* of all pairs, those that are equal */
} edge;

/* Columns that are all equal. */
typedef struct column_group {
    int32_t                   *cols; /* global */
    int32_t                    n, cap;
    int32_t                   *rels; /* of each column */
    const brasa_col_estimate **known;
    uint64_t                   mask; /* of all */
} column_group;

/* Two sets, of which one has several relations, that can be joined when all of them are there: a hyperedge. */
typedef struct tie {
    uint64_t a, b;
} tie;

typedef struct graph {
    brasa_opt        *o;
    const brasa_node *root; /* the topmost join */
    relation         *rels;
    int32_t           nrels, rels_cap;
    int32_t           ncols; /* global */
    edge             *edges;
    int32_t           nedges, edges_cap;
    column_group     *groups;
    int32_t           ngroups, groups_cap;
    uint64_t          near[GRAPH_MOST]; /* of each relation, those that an edge between just the two ties to it */
    tie              *ties;
    int32_t           nties, ties_cap;
    conjuncts         others;    /* conditions that are no edges */
    uint64_t         *masks;     /* of others */
    double           *pairs;     /* [nrels * nrels]: what several keys between two relations are corrected by */
    bool              too_large; /* an expression would have been: no use */
} graph;

/* Can n be the top of a cluster? */
bool graph_starts(const brasa_node *n);
/* Collects the cluster of joins under n, which starts one.  *out: n's output columns over global columns.  false: more than GRAPH_MOST relations. */
bool graph_collect(graph *g, const brasa_node *n, const brasa_expr ***out);
/* Estimates, groups, masks: after collecting. */
void graph_finish(graph *g);
/* near and ties: of edges, groups and needs. */
void     graph_tie(graph *g);
uint64_t graph_mask(const graph *g, const brasa_expr *e);
int32_t  graph_relation(const graph *g, int32_t col);
/* Rows of the join of a set of relations. */
double graph_rows(const graph *g, uint64_t set);
/* Does something tie the two sets? */
bool graph_connected(const graph *g, uint64_t a, uint64_t b);
/* May the two be joined, be it crosswise: does a relation that needs others find them? */
bool graph_allowed(const graph *g, uint64_t a, uint64_t b);

/* join_search.c: a tree over the relations. */
typedef struct join_tree {
    uint64_t                set;
    int32_t                 relation; /* leaf: its number; else -1 */
    const struct join_tree *left, *right;
    double                  rows, cost;
} join_tree;
const join_tree *graph_search(graph *g);
/* What a tree of the two costs. */
double graph_cost(const join_tree *a, const join_tree *b, double rows);

#endif
