/* plan/estimate.h -- how many rows a node gives, and what is known of its columns.
 *
 * From the tables' statistics upwards: selectivities from histograms or uniform values, conditions independent of each other, join sizes by the values that
 * the keys had before any filter.  Wrong by factors, right in order: it is what joins are ordered and sides are chosen by.
 */
#ifndef BRASA_PLAN_ESTIMATE_H
#define BRASA_PLAN_ESTIMATE_H

#include "plan/node.h"

typedef struct brasa_col_estimate {
    double                 distinct; /* values; >= 1 */
    double                 base;  /* values that there were before filters on other columns; >= distinct: what a join's partner may hold */
    double                 nulls; /* fraction, 0 to 1 */
    double                 bytes; /* per row */
    bool                   has_range;
    double                 min, max;    /* of numbers, dates and timestamps, as doubles; of strings by their first bytes */
    bool                   unique;      /* no value twice */
    bool                   guess;       /* nothing is known: `distinct` is the number of rows */
    const void            *source;      /* the table that the column is of; NULL: none */
    double                 source_rows; /* its different rows that are left: no more values than that, of all its columns together */
    const brasa_histogram *histogram;   /* of the table's column; NULL: none.  Only what lies between min and max counts */
} brasa_col_estimate;

typedef struct brasa_node_estimate {
    double              rows; /* >= 0 */
    double              base; /* rows before filters: what several keys together can at most tell apart */
    brasa_col_estimate *cols; /* [schema.ncols] */
} brasa_node_estimate;

/* Of a condition of which nothing is known; of an equality with a constant where the column's values are not known; of LIKE. */
#define BRASA_SEL_UNKNOWN 0.33
#define BRASA_SEL_GUESS   0.05
#define BRASA_SEL_LIKE    0.1

/* Remembers what it has computed, by node. */
typedef struct brasa_estimator brasa_estimator;
brasa_estimator               *brasa__estimator_new(brasa_arena *arena);
const brasa_node_estimate     *brasa__estimate(brasa_estimator *e, const brasa_node *n);
/* rows * width of all columns. */
double brasa__estimate_bytes(brasa_estimator *e, const brasa_node *n);
/* What a plan costs, in units of about a nanosecond on one thread; what several nodes use is computed, and kept, once. */
double brasa__estimate_cost(brasa_arena *arena, const brasa_node *n);
/* Does it cost less to build all rows of a join's build side on every worker than to exchange the stream, so that each builds its share? */
bool brasa__broadcast_pays(double build_rows, double stream_rows, double stream_bytes, int32_t workers);
/* What a table's statistics say of a column; `source` is left out. */
void brasa__estimate_column(const brasa_column_stats *s, brasa_type type, double rows, brasa_col_estimate *out);
/* c, of so many rows, becomes what is known of a column with those of d as well. */
void brasa__estimate_unite(brasa_col_estimate *c, const brasa_col_estimate *d, double rows, double more);
/* Equi-depth, of a sample (nulls are left out); NULL: too few values, or values without order. */
const brasa_histogram *brasa__histogram_of(brasa_arena *arena, const brasa_value *values, int64_t n, int32_t steps);
const brasa_histogram *brasa__histogram_copy(brasa_arena *arena, const brasa_histogram *h);
/* Fraction of the rows of such columns for which a bound condition is true. */
double brasa__selectivity(const brasa_node_estimate *in, const brasa_expr *test);
/* Number of groups that keys make of rows. */
double brasa__estimate_groups(const brasa_node_estimate *in, const brasa_expr *const *keys, int32_t nkeys);
/* Of all pairs of rows of two relations, those whose columns a and b are equal.  Each filtered value is taken to be one that the other side has, as long as there are
 * enough of them (days of a calendar, where the facts lie within a few years). */
double brasa__join_share(const brasa_col_estimate *a, const brasa_col_estimate *b);
/* The values of two columns that are equal, in the rows that are left. */
brasa_col_estimate brasa__join_meet(const brasa_col_estimate *a, const brasa_col_estimate *b);

#endif
