/* reference_plan.h -- bound plans computed one row at a time, by definition: what the engine is compared with.
 *
 * Written apart from src/opt, src/stage and src/exec: it shares nodes, trees and single values with them, and nothing that computes.  Joins are nested loops, groups
 * are found by looking at all others; tables are VALUES and RANGE.
 */
#ifndef BRASA_TESTS_REFERENCE_PLAN_H
#define BRASA_TESTS_REFERENCE_PLAN_H

#include "plan/node.h"
#include "reference_expr.h"

typedef struct reference_rows {
    int64_t       n;
    int32_t       ncols;
    brasa_value **rows; /* [n], each [ncols] */
} reference_rows;

/* UNKNOWN: holds something that is not here (a table on disk, a user's function, an aggregate whose result depends on the order of rows, more than
 * `most` rows on the way). */
reference_result reference_plan(brasa_arena *arena, const brasa_node *n, int64_t most, reference_rows *out);

#endif
