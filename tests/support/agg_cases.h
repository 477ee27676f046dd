/* agg_cases.h -- aggregates over rows of values, by name, computed the plain way: what the operators that aggregate are tested against. */
#ifndef BRASA_TESTS_AGG_CASES_H
#define BRASA_TESTS_AGG_CASES_H

#include "support/ops.h"

typedef struct agg_case {
    const char *name;
    const char *args;  /* columns, "x" or "x y"; "": none */
    const char *extra; /* a literal behind the arguments: a number, or text that begins with ' */
    bool        filter, distinct;
    const char *order; /* a column, "-" before it: descending; NULL: none */
} agg_case;

/* The columns that cases name. */
extern const char *const agg_columns;
/* All aggregates over all types; the first `mergeable` of them need not see all rows at once. */
extern const agg_case agg_cases[];
extern const int32_t  agg_ncases, agg_nmergeable;

/* Bound, over `schema`; `filter` is bound too. */
const brasa_expr *agg_bind(brasa_arena *arena, brasa_schema schema, const agg_case *c, const brasa_expr *filter);
/* Of rows row[0..n) of `in`; `pass` tells which rows the filter lets through. */
brasa_value agg_expect(brasa_arena *arena, const ops_rows *in, const agg_case *c, brasa_type type, const int64_t *row, int64_t n,
                       const bool *pass);

#endif
