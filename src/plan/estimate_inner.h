/* plan/estimate_inner.h -- what the files of estimate.h share. */
#ifndef BRASA_PLAN_ESTIMATE_INNER_H
#define BRASA_PLAN_ESTIMATE_INNER_H

#include "plan/estimate.h"

static inline double least(double a, double b)
{
    return a < b ? a : b;
}

static inline double most(double a, double b)
{
    return a > b ? a : b;
}

/* Of a column of which nothing is known. */
brasa_col_estimate estimate_unknown(brasa_type t, double rows);
/* What is known of an expression's values. */
brasa_col_estimate estimate_expr(const brasa_node_estimate *in, const brasa_expr *x);
enum { ESTIMATE_STRING = 6 }; /* bytes of a string that its number tells */
/* The first bytes of a string as a fraction: enough to place it between two others. */
double estimate_string(const char *s, size_t n);
/* A value as a number that keeps the order (of strings: their first bytes); false: it has none. */
bool estimate_number(const brasa_value *v, double *out);
/* Fraction of the rows for which a whole condition is true: two bounds of one column are taken together. */
double estimate_filter_share(const brasa_node_estimate *in, const brasa_expr *test);
/* What a condition that holds says of the columns it names: cols are those of the rows that are left. */
void estimate_narrow(brasa_col_estimate *cols, const brasa_expr *test);

#endif
