/* join_graph.h -- inner joins as a graph: relations, and what ties them.
 *
 * Relations are numbered, sets of them are bit masks; expressions are over all columns of all relations side by side ("global" columns).
 */
#ifndef BRASA_OPT_JOIN_GRAPH_H
#define BRASA_OPT_JOIN_GRAPH_H

#include "opt/inner.h"

enum { GRAPH_MOST = 64 };

typedef struct relation {
    const brasa_node          *node;
    const brasa_node_estimate *est;
    int32_t                    first; /* global number of its first column */
} relation;

/* An equality between two sides that share no relation. */
typedef struct edge {
    const brasa_expr *a, *b;  /* over global columns */
    uint64_t          ma, mb; /* relations of each */
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
    conjuncts         others;    /* conditions that are no edges */
    uint64_t         *masks;     /* of others */
    double           *pairs;     /* [nrels * nrels]: what several keys between two relations are corrected by */
    bool              too_large; /* an expression would have been: no use */
} graph;

/* Collects the cluster of inner joins under n.  *out: n's output columns over global columns.  false: more than GRAPH_MOST relations. */
bool graph_collect(graph *g, const brasa_node *n, const brasa_expr ***out);
/* Estimates, groups, masks: after collecting. */
void     graph_finish(graph *g);
uint64_t graph_mask(const graph *g, const brasa_expr *e);
int32_t  graph_relation(const graph *g, int32_t col);
/* Rows of the join of a set of relations. */
double graph_rows(const graph *g, uint64_t set);
/* Is there an equality between the two sets? */
bool graph_connected(const graph *g, uint64_t a, uint64_t b);

/* join_search.c: a tree over the relations. */
typedef struct join_tree {
    uint64_t                set;
    int32_t                 relation; /* leaf: its number; else -1 */
    const struct join_tree *left, *right;
} join_tree;
const join_tree *graph_search(graph *g);

#endif
