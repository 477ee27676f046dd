/* sink_local.c -- partitions that stay on this worker: for a later stage, a cache, or the driver.
 *
 * Each partition is written by one thread.  Blocks that come whole and are not small are kept by reference; rows are copied.  Order is kept.
 */
#include "base/alloc.h"
#include "exec/run.h"

typedef struct local_sink {
    brasa_op        base; /* first member: a local_sink * is a brasa_op * */
    brasa_appender *appender;
    brasa_output    done;  /* partitions of this thread */
    int32_t         least; /* rows of a block that is kept as it is */
} local_sink;

typedef struct local_shared {
    brasa_op_shared base;
    local_sink    **sinks; /* [threads] */
} local_shared;

static brasa_status open_shared(brasa_op_shared *shared, brasa_error *err)
{
    local_shared *s = (local_shared *)shared;

    (void)err;
    s->sinks = BRASA_NEWS(shared->arena, local_sink *, shared->threads);
    return BRASA_OK;
}

static void release(void *arg)
{
    local_sink *s = arg;

    brasa__appender_free(s->appender);
    brasa__output_clear(&s->done);
    s->appender = NULL;
}

static brasa_status open_op(brasa_op *op, brasa_error *err)
{
    local_sink   *s = (local_sink *)op;
    local_shared *shared = (local_shared *)op->shared;

    (void)err;
    brasa__arena_defer(op->arena, release, s);
    s->appender = brasa__appender_new(op->shared->in, 0);
    s->least = op->shared->run->batch_rows;
    op->takes_blocks = true;
    shared->sinks[op->chain->thread] = s;
    return BRASA_OK;
}

static brasa_blocks *current(local_sink *s)
{
    return &s->done.items[s->done.count - 1].blocks;
}

static brasa_status begin(brasa_op *op, brasa_error *err)
{
    local_sink *s = (local_sink *)op;

    (void)err;
    brasa__output_reserve(&s->done, 1);
    brasa__output_add(&s->done, op->chain->partition);
    return BRASA_OK;
}

static brasa_status push(brasa_op *op, const brasa_batch *in, brasa_error *err)
{
    local_sink *s = (local_sink *)op;

    (void)err;
    brasa__appender_push(s->appender, in, brasa__blocks_sink, current(s));
    return BRASA_OK;
}

static brasa_status push_block(brasa_op *op, brasa_block *block, brasa_error *err)
{
    local_sink *s = (local_sink *)op;
    brasa_batch all = {.rows = block->rows, .ncols = block->ncols, .cols = block->cols, .nsel = block->rows};

    (void)err;
    if (block->rows < s->least) {
        brasa__appender_push(s->appender, &all, brasa__blocks_sink, current(s));
        return BRASA_OK;
    }
    brasa__appender_finish(s->appender, brasa__blocks_sink, current(s));
    brasa__blocks_sink(current(s), brasa__block_ref(block));
    return BRASA_OK;
}

static brasa_status end(brasa_op *op, brasa_error *err)
{
    local_sink *s = (local_sink *)op;

    (void)err;
    brasa__appender_finish(s->appender, brasa__blocks_sink, current(s));
    return BRASA_OK;
}

/* All partitions of all threads into the run's output. */
static brasa_status finish(brasa_op_shared *shared, int32_t round, int32_t *npieces, brasa_error *err)
{
    local_shared *s = (local_shared *)shared;
    brasa_output *all = &shared->run->output;
    int32_t       n = 0;

    (void)round;
    (void)npieces;
    (void)err;
    for (int32_t t = 0; t < shared->threads; t++) n += s->sinks[t]->done.count;
    brasa__output_reserve(all, n);
    for (int32_t t = 0; t < shared->threads; t++) {
        brasa_output *done = &s->sinks[t]->done;

        for (int32_t i = 0; i < done->count; i++) brasa__output_add(all, done->items[i].number)->blocks = done->items[i].blocks;
        done->count = 0;
    }
    brasa__output_sort(all);
    return BRASA_OK;
}

const brasa_op_class brasa__sink_local = {
    .name = "local",
    .shared_bytes = sizeof(local_shared),
    .op_bytes = sizeof(local_sink),
    .open = open_shared,
    .op_open = open_op,
    .begin_partition = begin,
    .push = push,
    .push_block = push_block,
    .end_partition = end,
    .finish = finish,
};
