/* plan/estimate.h -- how many rows a node gives, and what is known of its columns.
 *
 * From the tables' statistics upwards: textbook selectivities (uniform values, independent conditions), join sizes by the larger number of distinct
 * keys.  Wrong by factors, right in order: it is what joins are ordered and sides are chosen by.
 */
#ifndef BRASA_PLAN_ESTIMATE_H
#define BRASA_PLAN_ESTIMATE_H

#include "plan/node.h"

typedef struct brasa_col_estimate {
    double distinct; /* values; >= 1 */
    double nulls;    /* fraction, 0 to 1 */
    double bytes;    /* per row */
    bool   has_range;
    double min, max; /* of numbers, dates and timestamps, as doubles */
    bool   unique;   /* no value twice */
    bool   guess;    /* nothing is known: `distinct` is the number of rows */
} brasa_col_estimate;

typedef struct brasa_node_estimate {
    double              rows; /* >= 0 */
    brasa_col_estimate *cols; /* [schema.ncols] */
} brasa_node_estimate;

/* Remembers what it has computed, by node. */
typedef struct brasa_estimator brasa_estimator;
brasa_estimator               *brasa__estimator_new(brasa_arena *arena);
const brasa_node_estimate     *brasa__estimate(brasa_estimator *e, const brasa_node *n);
/* rows * width of all columns. */
double brasa__estimate_bytes(brasa_estimator *e, const brasa_node *n);
/* Fraction of the rows of such columns for which a bound condition is true. */
double brasa__selectivity(const brasa_node_estimate *in, const brasa_expr *test);
/* Number of groups that keys make of rows. */
double brasa__estimate_groups(const brasa_node_estimate *in, const brasa_expr *const *keys, int32_t nkeys);

#endif
