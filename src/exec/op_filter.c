/* op_filter.c -- keep the rows for which a predicate is true.
 *
 * Copies no column data: it narrows the batch's selection and passes the same columns on.  Holds no rows between batches.
 */
#include "exec/blame.h"
#include "exec/op.h"
#include "expr/eval.h"

typedef struct filter_op {
    brasa_op    base; /* first member: a filter_op * is a brasa_op * */
    brasa_eval *test;
    int32_t    *sel; /* BRASA_BATCH_ROWS entries, reused for every batch */
} filter_op;

static brasa_status open_op(brasa_op *op, brasa_error *err)
{
    filter_op *f = (filter_op *)op;

    f->sel = brasa__arena_alloc64(op->arena, sizeof *f->sel * BRASA_BATCH_ROWS);
    BRASA_TRY(brasa__eval_new(op->arena, &op->shared->desc->u.filter.test, 1, &f->test, err));
    op->eval = f->test;
    return BRASA_OK;
}

static brasa_status push(brasa_op *op, const brasa_batch *in, brasa_error *err)
{
    filter_op  *f = (filter_op *)op;
    brasa_batch out = *in; /* borrows the columns of `in` */

    brasa_status status = brasa__eval_select(f->test, in, f->sel, &out.nsel, err);
    if (status != BRASA_OK) return brasa__blame_row(op, &op->shared->desc->u.filter.test, 1, in, status, err);
    out.sel = out.nsel == in->rows ? NULL : f->sel;
    return brasa_op_emit(op, &out, err);
}

const brasa_op_class brasa__op_filter = {.name = "filter", .op_bytes = sizeof(filter_op), .op_open = open_op, .push = push};
