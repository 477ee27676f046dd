/* op_sort.c -- each partition in order.
 *
 * Rows are kept in blocks (those of an exchange by reference), sorted by name (sort_rows.h) at the end of the partition, and gathered into batches.
 */
#include "data/block.h"
#include "exec/op.h"
#include "exec/sort_rows.h"

typedef struct sort_op {
    brasa_op         base;
    brasa_sort_input input;
    brasa_sort_spec  spec;
    brasa_arena     *held; /* of the partition */
    brasa_rowset    *rows;
    brasa_appender  *appender; /* batches become blocks */
} sort_op;

static brasa_status sort_op_open(brasa_op *base, brasa_error *err)
{
    sort_op             *op = (sort_op *)base;
    const brasa_op_desc *d = base->shared->desc;

    BRASA_TRY(brasa__sort_input_open(base->arena, base->shared->in, d->u.sort.keys, d->u.sort.nkeys, &op->input, err));
    brasa__sort_spec_make(base->arena, op->input.key_col, d->u.sort.keys, d->u.sort.nkeys, op->input.schema.ncols, &op->spec);
    base->takes_blocks = op->input.eval == NULL;
    base->eval = op->input.eval;
    return BRASA_OK;
}

static brasa_status sort_begin(brasa_op *base, brasa_error *err)
{
    sort_op *op = (sort_op *)base;

    (void)err;
    brasa__arena_free(op->held);
    op->held = brasa__arena_new(base->arena, "rows to sort");
    op->rows = brasa__rowset_new(op->held, op->input.schema);
    op->appender = brasa__rowset_appender(op->held, op->input.schema);
    return BRASA_OK;
}

static brasa_status sort_push(brasa_op *base, const brasa_batch *in, brasa_error *err)
{
    sort_op    *op = (sort_op *)base;
    brasa_batch batch;

    BRASA_TRY(brasa__sort_input_batch(&op->input, in, &batch, err));
    brasa__appender_push(op->appender, &batch, brasa__rowset_sink, op->rows);
    return BRASA_OK;
}

static brasa_status sort_push_block(brasa_op *base, brasa_block *block, brasa_error *err)
{
    sort_op *op = (sort_op *)base;

    (void)err;
    brasa__rowset_add(op->rows, brasa__block_ref(block));
    return BRASA_OK;
}

static brasa_status sort_end(brasa_op *base, brasa_error *err)
{
    sort_op     *op = (sort_op *)base;
    brasa_sorted order;
    int32_t      most = brasa_run_batch_rows(base->chain->run), ncols = base->shared->out.ncols;
    brasa_arena *arena;

    brasa__appender_finish(op->appender, brasa__rowset_sink, op->rows);
    BRASA_TRY(brasa__sort_rows(op->held, base->chain->run, op->rows, &op->spec, &order, err));
    arena = brasa__arena_new(op->held, "sorted rows");
    for (int64_t from = 0; from < order.rows && !base->enough; from += most) {
        int32_t       n = order.rows - from < most ? (int32_t)(order.rows - from) : most;
        brasa_column *cols = BRASA_NEWS(arena, brasa_column, ncols + 1);

        for (int32_t c = 0; c < ncols; c++) brasa__rowset_gather(op->rows, c, order.block + from, order.row + from, n, arena, &cols[c]);
        brasa_batch out = {.rows = n, .ncols = ncols, .cols = cols, .nsel = n};
        BRASA_TRY(brasa_op_emit(base, &out, err));
        brasa__arena_reset(arena);
    }
    brasa__arena_free(op->held);
    op->held = NULL;
    return BRASA_OK;
}

const brasa_op_class brasa__op_sort = {
    .name = "sort",
    .op_bytes = sizeof(sort_op),
    .op_open = sort_op_open,
    .begin_partition = sort_begin,
    .push = sort_push,
    .push_block = sort_push_block,
    .end_partition = sort_end,
};
