/* api/action.c -- running a plan: collect, count, foreach, write, explain. */
#include <stdio.h>
#include <string.h>

#include "api/internal.h"
#include "api/metrics.h"
#include "api/observe.h"
#include "base/clock.h"
#include "base/now.h"
#include "data/gather.h"
#include "data/type.h"
#include "plan/explain.h"
#include "storage/writer.h"

static brasa_status run_job(brasa_session *s, brasa_arena *arena, const brasa_node *plan, const brasa_action *action, brasa_job *job,
                            brasa_job_result *out, brasa_error *err)
{
    int64_t begin = brasa__clock_ns();

    brasa__observe_job_start(s, plan, action);
    BRASA_TRY(brasa__driver_run(s->driver, job, arena, out, err));
    brasa__observe_job_rows(s, out->rows);
    job->stages = out->ran;
    job->nstages = out->nstages;
    brasa__metrics_keep(s, job, out, brasa__observe_action(s, action), brasa__clock_ns() - begin);
    return BRASA_OK;
}

brasa_status brasa__api_end_job(brasa_session *s, brasa_status so_far, brasa_error *err)
{
    if (so_far == BRASA_OK) brasa__observe_job_end(s, so_far); /* else its error comes first */
    return brasa__driver_end_job(s->driver, err);
}

brasa_status brasa__api_run(brasa_session *s, brasa_arena *arena, const brasa_node *node, const brasa_action *action, brasa_job_result *out,
                            brasa_error *err)
{
    brasa_topology    topology = brasa__driver_topology(s->driver);
    const brasa_node *plan;
    brasa_job         job;

    BRASA_TRY(brasa__api_optimise(s, arena, node, true, &plan, err));
    BRASA_TRY(brasa__stage_cut(arena, plan, action, &topology, &job, err));
    return run_job(s, arena, plan, action, &job, out, err);
}

/* ---- count ---- */

typedef struct count_call {
    brasa_frame *f;
    int64_t     *out;
    brasa_site   at;
} count_call;

static brasa_status count_node(count_call *c, brasa_arena *arena, const brasa_node **out, brasa_error *err)
{
    brasa_session       *s = c->f->session;
    brasa_builder        b = {.arena = arena, .next_id = &s->next_id, .file = c->at.file, .line = c->at.line};
    brasa_expr          *count = brasa__expr_new(arena, BRASA_EXPR_AGGREGATE);
    brasa_aggregate_spec spec = {.nexprs = 1};
    const brasa_expr    *e;

    count->name = "count";
    e = brasa__expr_alias(arena, count, "count");
    spec.exprs = &e;
    return brasa__plan_aggregate(&b, c->f->node, &spec, out, err);
}

static brasa_status count(void *arg, brasa_error *err)
{
    count_call       *c = arg;
    brasa_arena      *arena = brasa__arena_new(brasa__api_arena(c->f->session), "count");
    const brasa_node *node;
    brasa_result     *r = NULL;
    brasa_status      status = count_node(c, arena, &node, err);

    if (status == BRASA_OK) status = brasa__api_collect(c->f->session, node, -1, &r, err);
    if (status == BRASA_OK) *c->out = brasa_result_value(r, 0, 0).u.i;
    brasa_result_free(r);
    brasa__arena_free(arena);
    return status;
}

brasa_status brasa_count_at(brasa_frame *f, int64_t *out, brasa_site at)
{
    count_call c = {.f = f, .out = out, .at = at};

    if (out != NULL) *out = 0;
    BRASA_TRY(brasa__api_usable(f, &at));
    BRASA_TRY(brasa__api_pointer(out, "the place for the count is NULL", &at));
    return brasa__api_act(f, "count", &at, count, &c);
}

/* ---- foreach ---- */

typedef struct foreach_call {
    brasa_frame *f;
    int (*fn)(void *arg, const brasa_batch *batch);
    void *arg;
} foreach_call;

static brasa_status give_blocks(foreach_call *c, brasa_arena *arena, const brasa_blocks *blocks, int32_t ncols, brasa_error *err)
{
    for (int32_t b = 0; b < blocks->count; b++) {
        for (int32_t from = 0; from < blocks->items[b]->rows; from += BRASA_BATCH_ROWS) {
            int32_t       left = blocks->items[b]->rows - from;
            brasa_column *cols = BRASA_NEWS(arena, brasa_column, ncols + 1);
            brasa_batch   batch;
            bool          stop;

            brasa__block_slice(blocks->items[b], from, left < BRASA_BATCH_ROWS ? left : BRASA_BATCH_ROWS, cols, &batch);
            for (int32_t i = 0; i < ncols; i++) brasa__api_flat(arena, &cols[i], batch.rows);
            brasa__now()->doing = "the function given to brasa_foreach_batch";
            stop = c->fn(c->arg, &batch) != 0;
            brasa__now()->doing = NULL;
            if (stop) return brasa__fail(err, BRASA_CANCELLED, "the function of brasa_foreach_batch asked to stop");
            brasa__arena_reset(arena);
        }
    }
    return BRASA_OK;
}

static void clear_blocks(void *blocks)
{
    brasa__blocks_clear(blocks);
}

static brasa_status foreach_batch(void *arg, brasa_error *err)
{
    foreach_call    *c = arg;
    brasa_session   *s = c->f->session;
    brasa_arena     *arena = brasa__arena_new(brasa__api_arena(s), "foreach");
    brasa_arena     *scratch = brasa__arena_new(arena, "foreach batch");
    brasa_action     action = {.kind = BRASA_SINK_RESULT};
    brasa_blocks    *blocks = BRASA_NEW(arena, brasa_blocks);
    brasa_job_result r;
    brasa_error      later;

    brasa__arena_defer(arena, clear_blocks, blocks);
    BRASA_TRY(brasa__api_run(s, arena, c->f->node, &action, &r, err));
    brasa_status status = BRASA_OK;
    for (int32_t p = 0; p < r.nparts && status == BRASA_OK; p++) {
        status = brasa__driver_fetch(s->driver, &r, p, 1, -1, blocks, err);
        if (status == BRASA_OK) status = give_blocks(c, scratch, blocks, r.schema.ncols, err);
        brasa__blocks_clear(blocks);
    }
    brasa_status ended = brasa__api_end_job(s, status, status == BRASA_OK ? err : &later);
    brasa__arena_free(arena);
    return status != BRASA_OK ? status : ended;
}

brasa_status brasa_foreach_batch_at(brasa_frame *f, int (*fn)(void *arg, const brasa_batch *batch), void *arg, brasa_site at)
{
    foreach_call c = {.f = f, .fn = fn, .arg = arg};

    BRASA_TRY(brasa__api_usable(f, &at));
    BRASA_TRY(brasa__api_pointer(fn != NULL ? f : NULL, "the function of brasa_foreach_batch is NULL", &at));
    return brasa__api_act(f, "foreach", &at, foreach_batch, &c);
}

/* ---- write ---- */

typedef struct write_call {
    brasa_frame               *f;
    const char                *uri;
    const brasa_write_options *o;
    const brasa_rewrite       *rewrite;
} write_call;

static brasa_save_mode save_mode(brasa_write_mode m)
{
    switch (m) {
    case BRASA_ERROR_IF_EXISTS: return BRASA_SAVE_ERROR;
    case BRASA_OVERWRITE: return BRASA_SAVE_OVERWRITE;
    case BRASA_APPEND: return BRASA_SAVE_APPEND;
    case BRASA_IGNORE: return BRASA_SAVE_IGNORE;
    }
    return BRASA_SAVE_ERROR;
}

/* What a throw between prepare and commit must not leave behind. */
typedef struct write_guard {
    const brasa_write_spec *spec;
    bool                    open;
} write_guard;

static void roll_back(void *arg)
{
    write_guard *g = arg;

    if (g->open) brasa__write_rollback(g->spec);
}

static brasa_status write_table(void *arg, brasa_error *err)
{
    write_call       *c = arg;
    brasa_session    *s = c->f->session;
    brasa_arena      *arena = brasa__arena_new(brasa__api_arena(s), "write");
    brasa_write_spec *spec = BRASA_NEW(arena, brasa_write_spec);
    write_guard      *guard = BRASA_NEW(arena, write_guard);
    brasa_action      action = {.kind = BRASA_SINK_WRITE, .write = spec};
    brasa_job_result  r;
    bool              skip = false;
    brasa_error       later;

    if ((unsigned)c->o->mode > BRASA_IGNORE) {
        brasa__arena_free(arena);
        return brasa__fail(err, BRASA_INVALID, "%d is no mode of writing: give BRASA_ERROR_IF_EXISTS, _OVERWRITE, _APPEND or _IGNORE",
                           (int)c->o->mode);
    }
    *spec = (brasa_write_spec) {.uri = brasa__arena_strdup(arena, c->uri),
                                .mode = save_mode(c->o->mode),
                                .codec = c->o->codec,
                                .delimiter = c->o->delimiter,
                                .no_header = c->o->no_header,
                                .null_text = c->o->null_text,
                                .chunk_rows = c->o->chunk_rows,
                                .array = c->o->array,
                                .rewrite = c->rewrite};
    BRASA_TRY(brasa__api_format(c->o->format, &spec->format, err));
    BRASA_TRY(brasa__write_prepare(arena, spec, c->f->node->schema, &skip, err));
    if (skip) {
        brasa__arena_free(arena);
        return BRASA_OK;
    }
    *guard = (write_guard) {.spec = spec, .open = true};
    brasa__arena_defer(arena, roll_back, guard);
    brasa_status status = brasa__api_run(s, arena, c->f->node, &action, &r, err);
    if (status == BRASA_OK) {
        status = brasa__write_commit(spec, c->f->node->schema, r.written, r.nwritten, err);
        guard->open = status != BRASA_OK;
        brasa_status ended = brasa__api_end_job(s, status, status == BRASA_OK ? err : &later);
        if (status == BRASA_OK && ended != BRASA_OK) status = brasa__fail_more(err, "; before that, %s was written", spec->uri);
    }
    brasa__arena_free(arena);
    return status;
}

brasa_status brasa_write_at(brasa_frame *f, const char *uri, const brasa_write_options *o, brasa_site at)
{
    return brasa__api_write(f, uri, o, NULL, at);
}

brasa_status brasa__api_write(brasa_frame *f, const char *uri, const brasa_write_options *o, const brasa_rewrite *rewrite, brasa_site at)
{
    const brasa_write_options defaults = {.mode = BRASA_ERROR_IF_EXISTS};
    write_call                c = {.f = f, .uri = uri == NULL ? "" : uri, .o = o != NULL ? o : &defaults, .rewrite = rewrite};

    BRASA_TRY(brasa__api_usable(f, &at));
    return brasa__api_act(f, "write", &at, write_table, &c);
}

/* ---- explain ---- */

typedef struct explain_call {
    brasa_frame       *f;
    brasa_explain_mode mode;
} explain_call;

brasa_status brasa__api_analyze(brasa_session *s, brasa_arena *arena, const brasa_node *node, brasa_text *text, brasa_error *err)
{
    brasa_topology    topology = brasa__driver_topology(s->driver);
    brasa_action      action = {.kind = BRASA_SINK_RESULT};
    const brasa_node *plan;
    brasa_job         job;
    brasa_job_result  r;

    BRASA_TRY(brasa__api_optimise(s, arena, node, true, &plan, err));
    BRASA_TRY(brasa__stage_cut(arena, plan, &action, &topology, &job, err));
    BRASA_TRY(run_job(s, arena, plan, &action, &job, &r, err));
    brasa__metrics_text(s->metrics, plan, text);
    return brasa__api_end_job(s, BRASA_OK, err);
}

static brasa_status explain(void *arg, brasa_error *err)
{
    explain_call     *c = arg;
    brasa_session    *s = c->f->session;
    brasa_arena      *arena = brasa__arena_new(brasa__api_arena(s), "explain");
    brasa_topology    topology = brasa__driver_topology(s->driver);
    brasa_action      action = {.kind = BRASA_SINK_RESULT};
    const brasa_node *plan;
    brasa_text        text;
    brasa_job         job;

    brasa__text_init(&text, arena);
    if (c->mode == BRASA_EXPLAIN_ANALYZE) {
        BRASA_TRY(brasa__api_analyze(s, arena, c->f->node, &text, err));
    } else {
        BRASA_TRY(brasa__api_optimise(s, arena, c->f->node, false, &plan, err));
        switch (c->mode) {
        case BRASA_EXPLAIN_SIMPLE: brasa__plan_explain(plan, 0, NULL, NULL, &text); break;
        case BRASA_EXPLAIN_FORMATTED: brasa__plan_explain(plan, BRASA_EXPLAIN_ESTIMATES | BRASA_EXPLAIN_COLUMNS, NULL, NULL, &text); break;
        case BRASA_EXPLAIN_STAGES:
            BRASA_TRY(brasa__stage_cut(arena, plan, &action, &topology, &job, err));
            brasa__stage_explain(&job, &text);
            break;
        case BRASA_EXPLAIN_ANALYZE: break;
        }
    }
    fputs(text.s, stdout);
    fflush(stdout);
    brasa__arena_free(arena);
    return BRASA_OK;
}

brasa_status brasa_explain(brasa_frame *f, brasa_explain_mode mode)
{
    explain_call c = {.f = f, .mode = mode};

    BRASA_TRY(brasa__api_usable(f, NULL));
    return brasa__api_act(f, "explain", NULL, explain, &c);
}

/* ---- what a frame is ---- */

brasa_status brasa_status_of(const brasa_frame *f)
{
    return f != NULL && brasa__api_alive() ? f->status : BRASA_INVALID;
}

brasa_schema brasa_schema_of(const brasa_frame *f)
{
    return brasa_status_of(f) == BRASA_OK ? f->node->schema : (brasa_schema) {.ncols = 0};
}

static brasa_status print_schema(void *arg, brasa_error *err)
{
    brasa_frame *f = arg;
    brasa_arena *arena = brasa__arena_new(NULL, "schema");
    brasa_text   text;

    (void)err;
    brasa__text_init(&text, arena);
    brasa__text_add(&text, "root\n");
    for (int32_t i = 0; i < f->node->schema.ncols; i++) {
        const brasa_field *c = &f->node->schema.cols[i];

        brasa__text_addf(&text, " |-- %s: ", c->name);
        brasa__type_text(c->type, &text);
        brasa__text_addf(&text, " (nullable = %s)\n", c->nullable ? "true" : "false");
    }
    fputs(text.s, stdout);
    fflush(stdout);
    brasa__arena_free(arena);
    return BRASA_OK;
}

brasa_status brasa_print_schema(brasa_frame *f)
{
    BRASA_TRY(brasa__api_usable(f, NULL));
    return brasa__api_do(f->session, NULL, print_schema, f);
}
