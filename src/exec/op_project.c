/* op_project.c -- columns computed from each row.
 *
 * When every expression is a column, batches and whole blocks only change their list of columns.
 */
#include "exec/blame.h"
#include "exec/op.h"
#include "expr/eval.h"

typedef struct project_op {
    brasa_op      base;  /* first member: a project_op * is a brasa_op * */
    brasa_eval   *eval;  /* NULL: columns only */
    int32_t      *which; /* columns only: [ncols] */
    brasa_column *cols;  /* [ncols], of the batch that goes on */
} project_op;

static bool columns_only(const brasa_op_shared *s)
{
    for (int32_t i = 0; i < s->out.ncols; i++) {
        if (s->desc->u.project.exprs[i]->kind != BRASA_EXPR_REF) return false;
    }
    return true;
}

static brasa_status open_op(brasa_op *op, brasa_error *err)
{
    project_op              *p = (project_op *)op;
    int32_t                  n = op->shared->out.ncols;
    const brasa_expr *const *exprs = op->shared->desc->u.project.exprs;

    p->cols = BRASA_NEWS(op->arena, brasa_column, n);
    if (!columns_only(op->shared)) {
        BRASA_TRY(brasa__eval_new(op->arena, exprs, n, &p->eval, err));
        op->eval = p->eval;
        return BRASA_OK;
    }
    p->which = BRASA_NEWS(op->arena, int32_t, n);
    for (int32_t i = 0; i < n; i++) p->which[i] = exprs[i]->index;
    op->takes_blocks = op->next->takes_blocks;
    return BRASA_OK;
}

static brasa_status push(brasa_op *op, const brasa_batch *in, brasa_error *err)
{
    project_op *p = (project_op *)op;
    brasa_batch out = *in;

    out.ncols = op->shared->out.ncols;
    out.cols = p->cols;
    if (p->eval != NULL) {
        brasa_status status = brasa__eval_run(p->eval, in, p->cols, err);
        if (status != BRASA_OK) return brasa__blame_row(op, op->shared->desc->u.project.exprs, out.ncols, in, status, err);
    } else {
        for (int32_t i = 0; i < out.ncols; i++) p->cols[i] = in->cols[p->which[i]];
    }
    return brasa_op_emit(op, &out, err);
}

static void unref(void *arg)
{
    brasa__block_unref(arg);
}

static brasa_status push_block(brasa_op *op, brasa_block *block, brasa_error *err)
{
    project_op  *p = (project_op *)op;
    brasa_arena *hold = brasa__arena_new(op->arena, "projected block");
    brasa_block *out = brasa__block_project(block, p->which, op->shared->out.ncols);

    brasa__arena_defer(hold, unref, out);
    BRASA_TRY(brasa_op_emit_block(op, out, err));
    brasa__arena_free(hold);
    return BRASA_OK;
}

const brasa_op_class brasa__op_project = {
    .name = "project", .op_bytes = sizeof(project_op), .op_open = open_op, .push = push, .push_block = push_block};
