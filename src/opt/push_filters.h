/* push_filters.h -- the two files of the pass that pushes conditions down. */
#ifndef BRASA_OPT_PUSH_FILTERS_H
#define BRASA_OPT_PUSH_FILTERS_H

#include "opt/inner.h"

/* The rows of n for which all conjuncts (deterministic, over n's columns) are true. */
const brasa_node *opt_push(brasa_opt *o, const brasa_node *n, const conjuncts *list);
/* The same, and n is pushed into even if it is shared: the caller puts the result in its place. */
const brasa_node *opt_push_into(brasa_opt *o, const brasa_node *n, const conjuncts *list);
const brasa_node *opt_push_join(brasa_opt *o, const brasa_node *n, const conjuncts *list);

#endif
