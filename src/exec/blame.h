/* exec/blame.h -- which row was it? */
#ifndef BRASA_EXEC_BLAME_H
#define BRASA_EXEC_BLAME_H

#include "exec/op.h"
#include "expr/expr.h"

/* exprs[n] over `in` failed with `status` and *err: adds the values of the row, when that is what failed.  Returns `status`. */
brasa_status brasa__blame_row(brasa_op *op, const brasa_expr *const *exprs, int32_t n, const brasa_batch *in, brasa_status status,
                              brasa_error *err);

#endif
