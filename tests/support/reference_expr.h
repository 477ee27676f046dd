/* reference_expr.h -- bound expressions evaluated one row and one value at a time: what the evaluator is compared with.
 *
 * Written apart from src/expr: it shares the trees, single values and their text, and nothing that computes.
 */
#ifndef BRASA_TESTS_REFERENCE_EXPR_H
#define BRASA_TESTS_REFERENCE_EXPR_H

#include "brasa/batch.h"
#include "expr/expr.h"

/* The value over a row (row[i] is input column i).  False: the row fails, as 1/0 does. */
bool reference_expr(brasa_arena *arena, const brasa_expr *e, const brasa_value *row, brasa_value *out);

/* Column values of row r, for the above. */
brasa_value *reference_row(brasa_arena *arena, const brasa_batch *in, int32_t r);

#endif
