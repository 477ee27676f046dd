/* prune.h -- the two files of the pass that leaves out columns. */
#ifndef BRASA_OPT_PRUNE_H
#define BRASA_OPT_PRUNE_H

#include "opt/inner.h"

typedef struct need {
    uint64_t         *cols;
    int32_t           users; /* that have not said what they need */
    const brasa_node *now;   /* rebuilt */
    int32_t          *place; /* old column -> new, -1: gone */
} need;

typedef struct pruner {
    brasa_opt     *o;
    brasa_node_set needs; /* node -> need */
} pruner;

need *need_of(const pruner *p, const brasa_node *n);
/* Needs of all nodes below the root, which needs all of its columns. */
void need_gather(pruner *p, const brasa_node *root);

#endif
