/* chain.c -- a stage's description as operators: shared parts by the main thread, then a chain for each task thread. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "exec/run.h"

static const brasa_op_class *class_of(brasa_op_kind kind)
{
    switch (kind) {
    case BRASA_OP_FILTER: return &brasa__op_filter;
    case BRASA_OP_PROJECT: return &brasa__op_project;
    case BRASA_OP_PROBE: return &brasa__op_probe;
    case BRASA_OP_AGGREGATE: return &brasa__op_aggregate;
    case BRASA_OP_SORT: return &brasa__op_sort;
    case BRASA_OP_TOPN: return &brasa__op_topn;
    case BRASA_OP_LIMIT: return &brasa__op_limit;
    case BRASA_OP_SAMPLE: return &brasa__op_sample;
    case BRASA_OP_EXPLODE: return &brasa__op_explode;
    case BRASA_OP_MAP: return &brasa__op_map;
    case BRASA_OP_WINDOW: return &brasa__op_window;
    case BRASA_OP_RUNTIME: return &brasa__op_runtime;
    case BRASA_OP_GROUP_LIMIT: return &brasa__op_group_limit;
    case BRASA_OP_COUNT: break;
    }
    return NULL;
}

static const brasa_op_class *sink_of(brasa_sink_kind kind)
{
    switch (kind) {
    case BRASA_SINK_LOCAL:
    case BRASA_SINK_CACHE:
    case BRASA_SINK_RESULT: return &brasa__sink_local;
    case BRASA_SINK_EXCHANGE: return &brasa__sink_exchange;
    case BRASA_SINK_WRITE: return &brasa__sink_write;
    }
    return NULL;
}

static const brasa_source_class *source_of(brasa_source_kind kind)
{
    switch (kind) {
    case BRASA_SOURCE_SCAN: return &brasa__source_scan;
    case BRASA_SOURCE_VALUES: return &brasa__source_values;
    case BRASA_SOURCE_RANGE: return &brasa__source_range;
    case BRASA_SOURCE_STAGES:
    case BRASA_SOURCE_CACHE: return &brasa__source_stages;
    }
    return NULL;
}

static const brasa_op_class *source_name(brasa_source_kind kind)
{
    static const brasa_op_class scan = {.name = "scan"}, values = {.name = "values"}, range = {.name = "range"};
    static const brasa_op_class stages = {.name = "stages"}, cache = {.name = "cache"};

    switch (kind) {
    case BRASA_SOURCE_SCAN: return &scan;
    case BRASA_SOURCE_VALUES: return &values;
    case BRASA_SOURCE_RANGE: return &range;
    case BRASA_SOURCE_STAGES: return &stages;
    case BRASA_SOURCE_CACHE: return &cache;
    }
    return NULL;
}

/* What is left of batches after `desc` is worth gathering when operators that cost per batch follow: not for a sink, nor for sums over everything. */
static bool wants_compact(const brasa_op_desc *desc, const brasa_op_desc *next)
{
    bool narrows = desc->kind == BRASA_OP_FILTER || desc->kind == BRASA_OP_PROBE || desc->kind == BRASA_OP_RUNTIME;

    if (!narrows || next == NULL || next->kind == BRASA_OP_RUNTIME) return false;
    return !(next->kind == BRASA_OP_AGGREGATE && next->u.aggregate.nkeys == 0);
}

static void add_op(brasa_run *run, const brasa_op_class *cls, const brasa_op_desc *desc, brasa_schema in, brasa_schema out)
{
    size_t           bytes = cls->shared_bytes > sizeof(brasa_op_shared) ? cls->shared_bytes : sizeof(brasa_op_shared);
    brasa_op_shared *s = brasa__arena_alloc64(run->arena, bytes);

    s->cls = cls;
    s->desc = desc;
    s->in = in;
    s->out = out;
    s->run = run;
    s->arena = run->arena;
    s->index = run->nops;
    s->threads = run->threads;
    s->rank = run->workers->rank;
    s->workers = run->workers->size;
    run->ops[run->nops++] = s;
}

static void make_shared(brasa_run *run)
{
    const brasa_stage *stage = run->stage;
    brasa_schema       schema = stage->source.schema;

    run->ops = BRASA_NEWS(run->arena, brasa_op_shared *, 2 * stage->nops + 1);
    for (int32_t i = 0; i < stage->nops; i++) {
        const brasa_op_desc *desc = &stage->ops[i];

        add_op(run, class_of(desc->kind), desc, schema, desc->schema);
        schema = desc->schema;
        if (wants_compact(desc, i + 1 < stage->nops ? desc + 1 : NULL)) add_op(run, &brasa__op_compact, NULL, schema, schema);
    }
    add_op(run, sink_of(stage->sink.kind), NULL, schema, schema);
}

static brasa_op *make_op(brasa_lane *lane, brasa_op_shared *shared)
{
    size_t    bytes = shared->cls->op_bytes > sizeof(brasa_op) ? shared->cls->op_bytes : sizeof(brasa_op);
    brasa_op *op = brasa__arena_alloc64(lane->arena, bytes);

    op->cls = shared->cls;
    op->shared = shared;
    op->chain = &lane->chain;
    op->arena = lane->arena;
    return op;
}

static void make_lane(brasa_run *run, int32_t thread)
{
    brasa_lane *lane = &run->lanes[thread];

    lane->arena = brasa__arena_new(run->arena, "task thread");
    lane->chain.run = run;
    lane->chain.thread = thread;
    lane->chain.partition = -1;
    lane->chain.at = &lane->source;
    lane->task = -1;
    lane->ops = BRASA_NEWS(lane->arena, brasa_op *, run->nops);
    for (int32_t k = 0; k < run->nops; k++) {
        lane->ops[k] = make_op(lane, run->ops[k]);
        if (k > 0) lane->ops[k - 1]->next = lane->ops[k];
    }
    lane->source.cls = run->source_shared.cls;
    lane->source.shared = &run->source_shared;
    lane->source.chain = &lane->chain;
    lane->source.arena = lane->arena;
    lane->source.next = lane->ops[0];
}

static brasa_status open_op(brasa_op_shared *s, brasa_error *err)
{
    brasa_status status;

    int64_t begin = brasa__clock_ns();

    if (s->cls->open == NULL) return BRASA_OK;
    brasa__now_hold(&s->held);
    status = s->cls->open(s, err);
    brasa__now_hold(NULL);
    brasa__record_finish(&s->run->lanes[0], s, BRASA_STEP_OPEN, begin);
    if (status != BRASA_OK && err->node[0] == '\0') snprintf(err->node, sizeof err->node, "%s", s->cls->name);
    return status;
}

static brasa_status open_source(brasa_run *run, brasa_error *err)
{
    int64_t      begin = brasa__clock_ns();
    brasa_status status;

    brasa__now_hold(&run->source_shared.held);
    status = run->source->open(run, err);
    brasa__now_hold(NULL);
    brasa__record_finish(&run->lanes[0], &run->source_shared, BRASA_STEP_OPEN, begin);
    return status;
}

brasa_status brasa__run_open(brasa_run *run, brasa_error *err)
{
    const brasa_stage *stage = run->stage;

    make_shared(run);
    run->source = source_of(stage->source.kind);
    run->source_shared = (brasa_op_shared) {.cls = source_name(stage->source.kind),
                                            .in = stage->source.schema,
                                            .out = stage->source.schema,
                                            .run = run,
                                            .arena = run->arena,
                                            .index = -1,
                                            .threads = run->threads,
                                            .rank = run->workers->rank,
                                            .workers = run->workers->size};
    run->lanes = brasa__arena_alloc64(run->arena, sizeof *run->lanes * (size_t)run->threads);
    for (int32_t t = 0; t < run->threads; t++) make_lane(run, t);
    /* a scan asks runtime filters for the ranges of their keys; other operators may ask the source for its tasks */
    for (int32_t k = 0; k < run->nops; k++) {
        if (run->ops[k]->cls == &brasa__op_runtime) BRASA_TRY(open_op(run->ops[k], err));
    }
    BRASA_TRY(open_source(run, err));
    atomic_store(&run->last_task, run->ntasks);
    for (int32_t k = 0; k < run->nops; k++) {
        if (run->ops[k]->cls != &brasa__op_runtime) BRASA_TRY(open_op(run->ops[k], err));
    }
    return BRASA_OK;
}

/* Also of a run that was opened in part: close is asked of every operator whose struct is there. */
void brasa__run_close(brasa_run *run)
{
    for (int32_t t = 0; run->lanes != NULL && t < run->threads; t++) brasa__arena_free(run->lanes[t].task_arena);
    for (int32_t k = run->nops - 1; k >= 0; k--) {
        if (run->ops[k]->cls->close != NULL) run->ops[k]->cls->close(run->ops[k]);
    }
    if (run->source != NULL && run->source->close != NULL) run->source->close(run);
    brasa__output_clear(&run->output);
}
