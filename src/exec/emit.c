/* emit.c -- from one operator to the next: counters, cancelling, late partitions.
 *
 * Time and memory are charged to whoever is working: `mark_ns` is when the lane's current operator began or got control back.
 */
#include "base/clock.h"
#include "exec/run.h"
#include "expr/eval.h"
#include "obs/stop.h"

static brasa_op *enter(brasa_lane *lane, brasa_op *op)
{
    brasa_op *before = lane->chain.at;
    int64_t   now = brasa__clock_ns();

    before->ns += now - lane->mark_ns;
    lane->mark_ns = now;
    lane->chain.at = op;
    brasa__now_hold(&op->shared->held);
    return before;
}

/* After a failure `at` stays where it was, for the message. */
static brasa_status leave(brasa_lane *lane, brasa_op *before, brasa_status status)
{
    if (status == BRASA_OK) enter(lane, before);
    return status;
}

brasa_status brasa__op_step(brasa_op *op, brasa_status (*fn)(brasa_op *op, brasa_error *err), brasa_error *err)
{
    brasa_lane *lane = brasa__lane_of(op);
    brasa_op   *before;

    if (fn == NULL) return BRASA_OK;
    before = enter(lane, op);
    return leave(lane, before, fn(op, err));
}

brasa_status brasa__op_piece(brasa_op *op, int32_t round, int32_t piece, brasa_error *err)
{
    brasa_lane *lane = brasa__lane_of(op);
    brasa_op   *before = enter(lane, op);

    return leave(lane, before, op->cls->piece(op, round, piece, err));
}

brasa_status brasa__op_task(brasa_op *src, const brasa_task *task, brasa_arena *arena, brasa_error *err)
{
    brasa_lane *lane = brasa__lane_of(src);
    brasa_op   *before = enter(lane, src);

    return leave(lane, before, src->shared->run->source->run_task(src, task, arena, err));
}

brasa_status brasa__lane_begin(brasa_lane *lane, brasa_op *first, int32_t number, brasa_error *err)
{
    lane->chain.partition = number;
    for (brasa_op *op = first; op != NULL; op = op->next) {
        op->enough = false;
        if (op->eval != NULL) brasa__eval_begin(op->eval, number);
        BRASA_TRY(brasa__op_step(op, op->cls->begin_partition, err));
    }
    return BRASA_OK;
}

brasa_status brasa__lane_end(brasa_op *first, brasa_error *err)
{
    for (brasa_op *op = first; op != NULL; op = op->next) BRASA_TRY(brasa__op_step(op, op->cls->end_partition, err));
    return BRASA_OK;
}

brasa_status brasa_run_check(brasa_run *run, brasa_error *err)
{
    if (atomic_load_explicit(&run->failed, memory_order_relaxed))
        return brasa__fail(err, BRASA_CANCELLED, "another task of the stage has failed");
    if (atomic_load_explicit(&run->ctx->cancel, memory_order_relaxed)) return brasa__stop_fail(err);
    return BRASA_OK;
}

/* Before anything goes from `op` to the next: is it wanted, and does it begin a late partition? */
static brasa_status before_emit(brasa_op *op, int32_t rows, brasa_error *err)
{
    brasa_lane *lane = brasa__lane_of(op);

    BRASA_TRY(brasa_run_check(op->shared->run, err));
    if (op == lane->emitter && !lane->begun) {
        lane->begun = true;
        BRASA_TRY(brasa__lane_begin(lane, op->next, lane->late_number, err));
    }
    op->next->rows_in += rows;
    op->next->batches++;
    if (op == &lane->source && lane->line != NULL) atomic_store_explicit(&lane->line->rows, op->next->rows_in, memory_order_relaxed);
    return BRASA_OK;
}

brasa_status brasa_op_emit(brasa_op *op, const brasa_batch *out, brasa_error *err)
{
    brasa_lane *lane = brasa__lane_of(op);
    brasa_op   *next = op->next, *before;

    if (out->nsel == 0 || op->enough) return BRASA_OK;
    BRASA_TRY(before_emit(op, out->nsel, err));
    before = enter(lane, next);
    return leave(lane, before, next->cls->push(next, out, err));
}

static brasa_status emit_whole(brasa_op *op, brasa_block *block, brasa_error *err)
{
    brasa_lane *lane = brasa__lane_of(op);
    brasa_op   *next = op->next, *before;

    if (block->rows == 0 || op->enough) return BRASA_OK;
    BRASA_TRY(before_emit(op, block->rows, err));
    before = enter(lane, next);
    return leave(lane, before, next->cls->push_block(next, block, err));
}

brasa_status brasa_op_emit_block(brasa_op *op, brasa_block *block, brasa_error *err)
{
    int32_t     step = op->shared->run->batch_rows;
    brasa_batch batch;

    if (op->next->takes_blocks) return emit_whole(op, block, err);
    if (op->nslice < block->ncols) {
        op->slice = BRASA_NEWS(op->arena, brasa_column, block->ncols);
        op->nslice = block->ncols;
    }
    for (int32_t from = 0; from < block->rows && !op->enough; from += step) {
        brasa__block_slice(block, from, block->rows - from < step ? block->rows - from : step, op->slice, &batch);
        BRASA_TRY(brasa_op_emit(op, &batch, err));
    }
    return BRASA_OK;
}
