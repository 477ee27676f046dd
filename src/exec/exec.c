/* exec.c -- a worker's executor: threads, stored partitions, and the run of one stage.
 *
 * With an exchange, workers agree after opening (nobody moves rows while another could not open) and again inside the exchange; nothing in between
 * returns early.
 */
#include "exec/exec.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/now.h"
#include "comm/agree.h"
#include "exec/run.h"
#include "exec/runtime.h"

struct brasa_exec {
    brasa_comm  *workers;
    brasa_crew  *crew;
    int32_t      threads;
    brasa_store *stages, *caches;
};

static brasa_status new_parts(void *arg, brasa_error *err)
{
    brasa_exec *x = arg;

    x->stages = brasa__store_new();
    x->caches = brasa__store_new();
    return brasa__crew_new(x->threads, &x->crew, err);
}

brasa_status brasa__exec_new(brasa_comm *workers, int32_t threads, brasa_exec **out, brasa_error *err)
{
    brasa_exec  *x = brasa__alloc(sizeof *x);
    brasa_status status;

    x->workers = workers;
    x->threads = threads < 1 ? 1 : threads;
    status = brasa__guarded(new_parts, x, err);
    if (status != BRASA_OK) {
        brasa__exec_free(x);
        return status;
    }
    *out = x;
    return BRASA_OK;
}

void brasa__exec_free(brasa_exec *x)
{
    if (x == NULL) return;
    brasa__crew_free(x->crew);
    brasa__store_free(x->stages);
    brasa__store_free(x->caches);
    brasa__free(x, sizeof *x);
}

typedef struct stage_call {
    brasa_run          *run;
    brasa_arena        *arena; /* of the result */
    brasa_stage_result *out;
} stage_call;

static brasa_status open_stage(void *arg, brasa_error *err)
{
    brasa_run *run = ((stage_call *)arg)->run;

    run->arena = brasa__arena_new(NULL, "stage");
    return brasa__run_open(run, err);
}

static brasa_status move_rows(void *arg, brasa_error *err)
{
    brasa_run   *run = ((stage_call *)arg)->run;
    brasa_status status;

    brasa__now()->doing = "moving rows between workers";
    brasa__now_hold(&run->ops[run->nops - 1]->held);
    status = brasa__exchange_run(run->exchange, err);
    brasa__now_hold(NULL);
    brasa__now()->doing = NULL;
    return status;
}

static void count_from_here(brasa_run *run)
{
    brasa_progress *p = run->ctx->progress;

    brasa__progress_begin(p, run->ntasks);
    for (int32_t t = 0; p != NULL && t < run->threads; t++) run->lanes[t].line = brasa__progress_line(p, t);
}

/* A stage of few rows: waking the task threads, and their meetings, would cost more than its work. */
static void run_here(brasa_run *run)
{
    int32_t thread = brasa__now()->thread;

    brasa__run_thread(run, 0);
    brasa__now()->thread = thread;
}

/* The tasks run; the main thread moves what they write. */
static brasa_status run_tasks(stage_call *call, brasa_error *err)
{
    brasa_run   *run = call->run;
    brasa_status status = BRASA_OK;

    count_from_here(run);
    if (run->here) {
        run_here(run);
    } else {
        brasa__crew_start(run->crew, brasa__run_thread, run);
    }
    if (run->exchange != NULL) status = brasa__guarded(move_rows, call, err);
    if (status != BRASA_OK) brasa__run_fail(run, err);
    if (!run->here) brasa__crew_wait(run->crew);
    if (status == BRASA_OK && run->failed) {
        *err = run->error;
        status = (brasa_status)run->error.code;
    }
    return status;
}

static void take_exchanged(brasa_run *run)
{
    int32_t first = 0, count = 0;

    brasa__exchange_owned(run->exchange, &first, &count);
    brasa__output_reserve(&run->output, count);
    for (int32_t p = first; p < first + count; p++) brasa__output_add(&run->output, p)->blocks = brasa__exchange_take(run->exchange, p);
}

static brasa_status keep_result(void *arg, brasa_error *err)
{
    stage_call         *call = arg;
    brasa_run          *run = call->run;
    brasa_stage_result *out = call->out;
    brasa_sink_kind     kind = run->stage->sink.kind;

    (void)err;
    if (run->exchange != NULL) take_exchanged(run);
    out->nparts = run->output.count;
    out->parts = BRASA_NEWS(call->arena, brasa_partition_info, out->nparts);
    for (int32_t i = 0; i < out->nparts; i++) {
        const brasa_partition *p = &run->output.items[i];

        out->parts[i] = (brasa_partition_info) {.partition = p->number, .rows = p->blocks.rows, .bytes = (int64_t)p->blocks.bytes};
    }
    out->nwritten = run->nwritten;
    if (run->nwritten > 0) out->written = brasa__arena_copy(call->arena, run->written, sizeof *run->written * (size_t)run->nwritten);
    brasa__run_metrics(run, call->arena, out);
    if (kind == BRASA_SINK_CACHE) {
        brasa__store_put(run->caches, run->stage->sink.cache, &run->output);
    } else if (kind != BRASA_SINK_WRITE) {
        brasa__store_put(run->store, run->stage->id, &run->output);
    }
    return BRASA_OK;
}

static void fill_run(brasa_run *run, brasa_exec *x, const brasa_stage *stage)
{
    *run = (brasa_run) {.exec = x,
                        .stage = stage,
                        .ctx = brasa__ctx(),
                        .crew = x->crew,
                        .workers = x->workers,
                        .store = x->stages,
                        .caches = x->caches,
                        .threads = x->threads};
    pthread_mutex_init(&run->lock, NULL);
    run->recording = run->ctx->config != NULL && brasa__setting_text(BRASA_SET_EVENT_LOG)[0] != '\0';
    run->batch_rows = run->ctx->config == NULL ? BRASA_BATCH_ROWS : (int32_t)brasa__setting_int(BRASA_SET_BATCH_ROWS);
    if (run->batch_rows < 64) run->batch_rows = 64;
    if (run->batch_rows > BRASA_BATCH_ROWS) run->batch_rows = BRASA_BATCH_ROWS;
    run->batch_rows = run->batch_rows / 64 * 64;
    run->here = brasa__run_is_small(run);
    if (run->here) run->threads = 1;
}

brasa_status brasa__exec_stage(brasa_exec *x, const brasa_stage *stage, brasa_arena *arena, brasa_stage_result *out, brasa_error *err)
{
    brasa_run    run;
    stage_call   call = {.run = &run, .arena = arena, .out = out};
    int64_t      begin = brasa__clock_ns();
    brasa_status status;

    *out = (brasa_stage_result) {.begin_ns = begin};
    brasa__memory_restart_peak(brasa__ctx()->memory);
    brasa__now()->stage = stage->id + 1;
    fill_run(&run, x, stage);
    status = brasa__guarded(open_stage, &call, err);
    if (stage->sink.kind == BRASA_SINK_EXCHANGE) {
        status = brasa__meet(x->workers, status, err);
        if (status == BRASA_OK && x->workers->size > 1) status = brasa__runtime_share(&run, err);
    }
    if (status == BRASA_OK) status = run_tasks(&call, err);
    if (status == BRASA_OK) status = brasa__guarded(keep_result, &call, err);
    brasa__now_hold(NULL);
    brasa__run_close(&run);
    brasa__arena_free(run.arena);
    pthread_mutex_destroy(&run.lock);
    for (int32_t i = 0; status == BRASA_OK && i < stage->nfree; i++) brasa__exec_drop_stage(x, stage->free[i]);
    out->ns = brasa__clock_ns() - begin;
    out->peak_bytes = brasa__ctx()->memory == NULL ? 0 : (int64_t)brasa__memory_peak(brasa__ctx()->memory);
    brasa__log(BRASA_LOG_DEBUG, "%s after %.1f ms: %d tasks, peak memory %lld bytes",
               status == BRASA_OK ? "done" : brasa_status_name(status), (double)out->ns / 1e6, out->tasks, (long long)out->peak_bytes);
    brasa__now()->stage = 0;
    brasa__now()->doing = NULL; /* also after a throw */
    return status;
}

void brasa__exec_put(brasa_exec *x, int32_t stage, int32_t partition, brasa_blocks *blocks)
{
    brasa_output  empty = {0};
    brasa_output *o = brasa__store_get(x->stages, stage);

    if (o == NULL) {
        brasa__store_put(x->stages, stage, &empty);
        o = brasa__store_get(x->stages, stage);
    }
    brasa__output_reserve(o, 1);
    brasa__output_add(o, partition)->blocks = *blocks;
    brasa__output_sort(o);
    *blocks = (brasa_blocks) {0};
}

const brasa_blocks *brasa__exec_partition(brasa_exec *x, int32_t stage, int32_t partition)
{
    const brasa_output *o = brasa__store_get(x->stages, stage);
    brasa_partition    *p = o == NULL ? NULL : brasa__output_find(o, partition);

    return p == NULL ? NULL : &p->blocks;
}

void brasa__exec_drop_stage(brasa_exec *x, int32_t stage)
{
    brasa__store_drop(x->stages, stage);
}

void brasa__exec_drop_job(brasa_exec *x)
{
    brasa__store_clear(x->stages);
}

void brasa__exec_drop_cache(brasa_exec *x, int64_t cache)
{
    brasa__store_drop(x->caches, cache);
}

brasa_status brasa__run_find_stage(brasa_run *run, int32_t id, brasa_output **out, brasa_error *err)
{
    *out = brasa__store_get(run->store, id);
    if (*out == NULL) return brasa__fail(err, BRASA_INTERNAL, "the output of stage %d is not on this worker", id);
    return BRASA_OK;
}

brasa_status brasa_run_stage_output(brasa_run *run, int32_t stage, brasa_partitions *out, brasa_error *err)
{
    brasa_output *o;

    BRASA_TRY(brasa__run_find_stage(run, stage, &o, err));
    *out = brasa__output_view(o);
    return BRASA_OK;
}

int32_t brasa_run_batch_rows(const brasa_run *run)
{
    return run->batch_rows;
}

brasa_status brasa_run_parallel(brasa_run *run, int32_t n, brasa_status (*fn)(void *arg, int32_t i, brasa_error *err), void *arg,
                                brasa_error *err)
{
    return brasa__crew_parallel(run->crew, n, fn, arg, err);
}
