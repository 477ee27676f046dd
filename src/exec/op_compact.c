/* op_compact.c -- gathers what filters and joins leave of batches, so that operators behind, which cost per batch, see full ones.
 *
 * Batches with many rows pass as they are.  The order of rows is kept.
 */
#include "exec/run.h"

typedef struct compact_op {
    brasa_op        base; /* first member */
    brasa_appender *appender;
    brasa_blocks    full; /* on their way out */
    int32_t         few;  /* batches of fewer rows are gathered */
} compact_op;

static void release(void *arg)
{
    compact_op *c = arg;

    brasa__appender_free(c->appender);
    brasa__blocks_clear(&c->full);
    c->appender = NULL;
}

static brasa_status open_op(brasa_op *op, brasa_error *err)
{
    compact_op *c = (compact_op *)op;

    (void)err;
    brasa__arena_defer(op->arena, release, c);
    c->appender = brasa__appender_new(op->shared->in, op->shared->run->batch_rows);
    c->few = op->shared->run->batch_rows / 8;
    return BRASA_OK;
}

static brasa_status emit_full(compact_op *c, brasa_error *err)
{
    for (int32_t i = 0; i < c->full.count; i++) BRASA_TRY(brasa_op_emit_block(&c->base, c->full.items[i], err));
    brasa__blocks_clear(&c->full);
    return BRASA_OK;
}

static brasa_status flush(brasa_op *op, brasa_error *err)
{
    compact_op *c = (compact_op *)op;

    if (brasa__appender_rows(c->appender) == 0) return BRASA_OK;
    brasa__appender_finish(c->appender, brasa__blocks_sink, &c->full);
    return emit_full(c, err);
}

static brasa_status push(brasa_op *op, const brasa_batch *in, brasa_error *err)
{
    compact_op *c = (compact_op *)op;

    if (in->nsel >= c->few) {
        BRASA_TRY(flush(op, err));
        return brasa_op_emit(op, in, err);
    }
    brasa__appender_push(c->appender, in, brasa__blocks_sink, &c->full);
    return c->full.count == 0 ? BRASA_OK : emit_full(c, err);
}

const brasa_op_class brasa__op_compact = {
    .name = "compact", .op_bytes = sizeof(compact_op), .op_open = open_op, .push = push, .end_partition = flush};
