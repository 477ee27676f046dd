/* source_values.c -- rows that came with the plan, and runs of numbers. */
#include "exec/run.h"

/* Tasks: the partitions of `nparts` that are this worker's. */
static void own_tasks(brasa_run *run, int32_t nparts)
{
    int32_t first = brasa__partition_first(run->workers->rank, nparts, run->workers->size);
    int32_t end = brasa__partition_first(run->workers->rank + 1, nparts, run->workers->size);

    run->ntasks = end - first;
    run->tasks = BRASA_NEWS(run->arena, brasa_task, run->ntasks);
    for (int32_t i = 0; i < run->ntasks; i++) run->tasks[i].number = first + i;
}

static brasa_status open_values(brasa_run *run, brasa_error *err)
{
    (void)err;
    own_tasks(run, 1);
    return BRASA_OK;
}

typedef struct values_task {
    brasa_appender *appender;
    brasa_blocks    blocks;
} values_task;

static void release(void *arg)
{
    values_task *t = arg;

    brasa__appender_free(t->appender);
    brasa__blocks_clear(&t->blocks);
    t->appender = NULL;
}

static brasa_status run_values(brasa_op *src, const brasa_task *task, brasa_arena *arena, brasa_error *err)
{
    const brasa_source *s = &src->shared->run->stage->source;
    values_task        *t = BRASA_NEW(arena, values_task);

    (void)task;
    brasa__arena_defer(arena, release, t);
    t->appender = brasa__appender_new(s->schema, 0);
    for (int32_t i = 0; i < s->nrows; i++) {
        brasa__appender_push_values(t->appender, s->values + (size_t)i * (size_t)s->schema.ncols, brasa__blocks_sink, &t->blocks);
    }
    brasa__appender_finish(t->appender, brasa__blocks_sink, &t->blocks);
    for (int32_t b = 0; b < t->blocks.count; b++) BRASA_TRY(brasa_op_emit_block(src, t->blocks.items[b], err));
    return BRASA_OK;
}

const brasa_source_class brasa__source_values = {.name = "values", .open = open_values, .run_task = run_values};

/* RANGE: rows start, start + step, ... before end; task p of P has rows [p * n / P, (p + 1) * n / P). */
static int64_t range_rows(const brasa_source *s)
{
    brasa_int128 span = (brasa_int128)s->end - s->start;
    brasa_int128 step = s->step;

    if (step == 0 || (step > 0) != (span > 0)) return 0;
    if (step < 0) {
        span = -span;
        step = -step;
    }
    span = (span + step - 1) / step;
    return span > INT64_MAX ? INT64_MAX : (int64_t)span;
}

static brasa_status open_range(brasa_run *run, brasa_error *err)
{
    (void)err;
    own_tasks(run, run->stage->source.nparts < 1 ? 1 : run->stage->source.nparts);
    return BRASA_OK;
}

static brasa_status run_range(brasa_op *src, const brasa_task *task, brasa_arena *arena, brasa_error *err)
{
    const brasa_run    *run = src->shared->run;
    const brasa_source *s = &run->stage->source;
    brasa_int128        n = range_rows(s), nparts = s->nparts < 1 ? 1 : s->nparts;
    int64_t             from = (int64_t)(task->number * n / nparts), end = (int64_t)((task->number + 1) * n / nparts);
    int64_t            *v = brasa__arena_alloc64(arena, sizeof *v * (size_t)run->batch_rows);
    brasa_column        col = {.type = s->schema.cols[0].type, .values = v};
    brasa_batch         batch = {.ncols = 1, .cols = &col};

    for (int64_t at = from; at < end && !src->enough; at += run->batch_rows) {
        int32_t  rows = end - at < run->batch_rows ? (int32_t)(end - at) : run->batch_rows;
        uint64_t x = (uint64_t)s->start + (uint64_t)at * (uint64_t)s->step;

        for (int32_t i = 0; i < rows; i++) v[i] = (int64_t)(x + (uint64_t)i * (uint64_t)s->step);
        batch.rows = batch.nsel = rows;
        BRASA_TRY(brasa_op_emit(src, &batch, err));
    }
    return BRASA_OK;
}

const brasa_source_class brasa__source_range = {.name = "range", .open = open_range, .run_task = run_range};
