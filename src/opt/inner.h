/* inner.h -- what the passes share. */
#ifndef BRASA_OPT_INNER_H
#define BRASA_OPT_INNER_H

#include "opt/opt.h"
#include "plan/estimate.h"
#include "plan/make.h"
#include "plan/set.h"

typedef struct brasa_opt {
    brasa_arena          *arena;
    const brasa_topology *topology;
    brasa_estimator      *estimator;    /* fresh for each pass */
    brasa_node_set        seen, shared; /* nodes of the plan at the start of the pass; those with several users that are dear to compute */
    brasa_node_set        done;         /* of the pass that runs: nodes that it has dealt with */
    bool                  leave_shared; /* push_filters.c: shared sub-plans are left as they are */
    const char           *note;         /* what EXPLAIN says of the whole plan; NULL: nothing */
} brasa_opt;

typedef const brasa_node *opt_pass(brasa_opt *o, const brasa_node *n);

opt_pass opt_inline, opt_outer_joins, opt_fold, opt_factor, opt_push_filters, opt_push_semi_joins, opt_join_order, opt_prune, opt_merge,
    opt_scan_tests, opt_limits, opt_empty, opt_distinct, opt_share_filters, opt_eager, opt_rollups, opt_group_keys, opt_group_limits,
    opt_shared_sums, opt_in_lists, opt_build_sides, opt_share, opt_number;

/* The passes that come after the first (inline.c), without checks: to see what a plan would come to. */
const brasa_node *opt_try(brasa_opt *o, const brasa_node *n);

/* Queries of WITH as any other. */
const brasa_node *opt_unmarked(brasa_opt *o, const brasa_node *n);

/* Used by several parents, and dear: computed once, so nothing is pushed into it. */
bool opt_is_shared(const brasa_opt *o, const brasa_node *n);

/* A list of conjuncts. */
typedef struct conjuncts {
    const brasa_expr **items;
    int32_t            n, cap;
} conjuncts;
/* Adds the parts of e; those that are there already are left out. */
void conjuncts_add(brasa_opt *o, conjuncts *list, const brasa_expr *e);
/* AND of all; NULL when empty. */
const brasa_expr *conjuncts_and(brasa_opt *o, const conjuncts *list);
/* `n` under a FILTER of these; n itself without any. */
const brasa_node *opt_filtered(brasa_opt *o, const brasa_node *n, const conjuncts *list);

bool opt_is_false(const brasa_expr *e); /* a literal FALSE or NULL */
bool opt_is_true(const brasa_expr *e);

/* Would e with REF i replaced by subst[i] have more than OPT_MOST_NODES nodes?  Then it is not written out: squares of squares have no end. */
enum { OPT_MOST_NODES = 4000 };
bool opt_too_large(const brasa_expr *e, const brasa_expr *const *subst);

/* distinct.c: an aggregate in two steps.  Can it be; the second step, of the parts that the first gave; its result as that of the original (NULL: cannot be). */
const brasa_expr *opt_agg_bound(brasa_opt *o, const char *name, const brasa_expr *arg); /* an aggregate by name; NULL: cannot be */
bool              opt_agg_can_split(const brasa_expr *a);
const brasa_expr *opt_agg_merged(brasa_opt *o, const brasa_expr *a, const brasa_expr *part);
const brasa_expr *opt_agg_restored(brasa_opt *o, const brasa_expr *ref, const brasa_expr *original);

/* What all branches of an OR say, said once; e itself where there is nothing of the kind. */
const brasa_expr *opt_factored(brasa_opt *o, const brasa_expr *e);

/* A bound literal boolean. */
const brasa_expr *opt_bool(brasa_opt *o, bool v);

/* Every expression of a node through fn; the node with the new ones (itself when none changed). */
typedef const brasa_expr *opt_expr_fn(void *arg, const brasa_expr *e);
const brasa_node         *opt_map_exprs(brasa_opt *o, const brasa_node *n, opt_expr_fn *fn, void *arg);

#endif
