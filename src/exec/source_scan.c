/* source_scan.c -- partitions of a stored table. */
#include "exec/run.h"
#include "exec/runtime.h"

static brasa_status open_scan(brasa_run *run, brasa_error *err)
{
    const brasa_source *s = &run->stage->source;
    int32_t             nparts = s->table->nparts;
    int32_t             first = brasa__partition_first(run->workers->rank, nparts, run->workers->size);
    int32_t             end = brasa__partition_first(run->workers->rank + 1, nparts, run->workers->size);
    brasa_scan_shared  *shared = NULL;

    const brasa_scan_test *tests;
    int32_t                ntests;

    run->ntasks = end - first;
    run->tasks = BRASA_NEWS(run->arena, brasa_task, run->ntasks);
    for (int32_t i = 0; i < run->ntasks; i++) run->tasks[i].number = first + i;
    if (run->ntasks == 0) return BRASA_OK;
    brasa__runtime_tests(run, &tests, &ntests);
    BRASA_TRY(brasa__scan_shared_open(run->arena, s->table, s->cols, s->schema.ncols, tests, ntests, &shared, err));
    run->source_state = shared;
    return BRASA_OK;
}

typedef struct scan_task {
    brasa_scan  *scan;
    brasa_block *block;
} scan_task;

static void release(void *arg)
{
    scan_task *t = arg;

    brasa__block_unref(t->block);
    if (t->scan != NULL) brasa__scan_close(t->scan);
    *t = (scan_task) {0};
}

static brasa_status run_scan(brasa_op *src, const brasa_task *task, brasa_arena *arena, brasa_error *err)
{
    scan_task *t = BRASA_NEW(arena, scan_task);

    brasa__arena_defer(arena, release, t);
    BRASA_TRY(brasa__scan_open(src->shared->run->source_state, task->number, &t->scan, err));
    while (!src->enough) {
        BRASA_TRY(brasa_run_check(src->shared->run, err));
        BRASA_TRY(brasa__scan_next(t->scan, &t->block, err));
        if (t->block == NULL) break;
        BRASA_TRY(brasa_op_emit_block(src, t->block, err));
        brasa__block_unref(t->block);
        t->block = NULL;
    }
    release(t);
    return BRASA_OK;
}

static void close_scan(brasa_run *run)
{
    if (run->source_state != NULL) brasa__scan_shared_close(run->source_state);
    run->source_state = NULL;
}

const brasa_source_class brasa__source_scan = {.name = "scan", .open = open_scan, .run_task = run_scan, .close = close_scan};
