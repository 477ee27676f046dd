/* expr/eval.h -- vectorised evaluation of bound expressions.
 *
 * Only the selected rows of a batch are computed (a division by zero in a row that a filter dropped is no error); CASE, AND, OR, coalesce evaluate
 * their branches under narrowed selections.  Equal subtrees of one evaluator are computed once per batch.  An evaluator is one thread's.
 */
#ifndef BRASA_EXPR_EVAL_H
#define BRASA_EXPR_EVAL_H

#include "brasa/batch.h"
#include "expr/expr.h"

typedef struct brasa_eval brasa_eval;

/* In `arena`; bound expressions without aggregates.  Thread-private state (patterns compiled, UDF state) is made here. */
brasa_status brasa__eval_new(brasa_arena *arena, const brasa_expr *const *exprs, int32_t n, brasa_eval **out, brasa_error *err);
/* The batches that follow are of this partition, from its first row: functions that keep state between rows start afresh. */
void brasa__eval_begin(brasa_eval *e, int32_t partition);
/* out[k] = expression k over `in`: columns of in->rows rows, of which only the selected are meaningful (FLAT, CONST or DICT); they borrow from `in` and from the evaluator, valid until its
 * next run.  An error names the function and the value. */
brasa_status brasa__eval_run(brasa_eval *e, const brasa_batch *in, brasa_column *out, brasa_error *err);
/* The selected rows for which all expressions (booleans) are true: sel (room for in->rows), *nsel. */
brasa_status brasa__eval_select(brasa_eval *e, const brasa_batch *in, int32_t *sel, int32_t *nsel, brasa_error *err);

#endif
