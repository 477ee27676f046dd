/* reference_expr.h -- bound expressions evaluated one row and one value at a time: what the evaluator is compared with.
 *
 * Written apart from src/expr: it shares the trees, single values and their text, and nothing that computes.
 */
#ifndef BRASA_TESTS_REFERENCE_EXPR_H
#define BRASA_TESTS_REFERENCE_EXPR_H

#include "brasa/batch.h"
#include "expr/expr.h"

typedef enum reference_result {
    REFERENCE_OK,
    REFERENCE_FAILS,  /* as 1/0 does */
    REFERENCE_UNKNOWN /* decimals of more digits than 128 bits hold on the way: nothing is said */
} reference_result;

/* The value over a row (row[i] is input column i). */
reference_result reference_expr(brasa_arena *arena, const brasa_expr *e, const brasa_value *row, brasa_value *out);

/* Column values of row r, for the above. */
brasa_value *reference_row(brasa_arena *arena, const brasa_batch *in, int32_t r);

#endif
