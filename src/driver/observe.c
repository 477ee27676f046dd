/* observe.c -- a job's stages in the event log: what was planned, then what the workers measured.
 *
 * Workers date what they did by their own clocks.  A worker on the driver's host has the driver's clock; for another one the difference is known within
 * bounds: it began a stage after the order was sent, and ended it before the reply was there.  Each stage narrows what the start has told.
 */
#include "driver/observe.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/now.h"
#include "obs/events.h"
#include "plan/estimate.h"

typedef struct call {
    brasa_driver             *d;
    const brasa_job          *job;
    int32_t                   i;
    const brasa_stage_report *reports; /* start: of all stages; end: of this one */
    int64_t                   begin_ns;
    brasa_status              status;
    brasa_events             *events;
    brasa_arena              *arena;
} call;

static int number(const call *c)
{
    return brasa__events_state(c->events)->job;
}

static const brasa_stage *stage_of(const call *c)
{
    return &c->job->stages[c->i];
}

static const char *cleaned(brasa_arena *arena, const brasa_text *t)
{
    return brasa__events_text(arena, t->s);
}

/* ---- stage_start ---- */

static const char *exchange_name(const brasa_sink_desc *s)
{
    if (s->kind != BRASA_SINK_EXCHANGE) return "local";
    switch (s->exchange) {
    case BRASA_EXCHANGE_HASH: return "hash";
    case BRASA_EXCHANGE_RANGE: return "range";
    case BRASA_EXCHANGE_BROADCAST: return "broadcast";
    case BRASA_EXCHANGE_GATHER: return "gather";
    case BRASA_EXCHANGE_NUMBER: return "number";
    }
    return "";
}

static void add_input(const call *c, json_t *list, int32_t stage)
{
    json_array_append_new(list, json_pack("{s:i, s:s}", "stage", stage, "by", exchange_name(&c->job->stages[stage].sink)));
}

static json_t *inputs(const call *c)
{
    const brasa_stage *s = stage_of(c);
    json_t            *list = json_array();

    for (int32_t i = 0; i < s->source.nstages; i++) add_input(c, list, s->source.stages[i]);
    for (int32_t k = 0; k < s->nops; k++) {
        if (s->ops[k].kind == BRASA_OP_PROBE) add_input(c, list, s->ops[k].u.probe.build);
    }
    return list;
}

/* Of two steps of one node (partial and final) only the last gives its rows, which may stand in a later stage. */
static bool gives_rows(const brasa_job *job, int32_t i, int32_t k)
{
    int32_t node = brasa__stage_node(&job->stages[i], k);

    if (node < 0 || job->plan == NULL) return false;
    if (k >= 0 && job->stages[i].ops[k].kind == BRASA_OP_AGGREGATE && job->stages[i].ops[k].u.aggregate.mode == BRASA_AGG_PARTIAL)
        return false;
    return k + 1 >= job->stages[i].nops || brasa__stage_node(&job->stages[i], k + 1) != node;
}

typedef struct op_texts {
    const char *detail;
    double      estimate; /* below 0: none */
} op_texts;

/* All that allocates, before the first JSON value is made. */
static op_texts *op_texts_of(const call *c)
{
    const brasa_stage *s = stage_of(c);
    op_texts          *t = BRASA_NEWS(c->arena, op_texts, s->nops + 2);
    brasa_estimator   *estimator = brasa__estimator_new(c->arena);

    for (int32_t k = -1; k <= s->nops; k++) {
        const brasa_node *n = gives_rows(c->job, c->i, k) ? brasa__node_find(c->job->plan, brasa__stage_node(s, k)) : NULL;
        brasa_text        text;

        brasa__text_init(&text, c->arena);
        brasa__stage_op_text(s, k, &text);
        t[k + 1].detail = cleaned(c->arena, &text);
        if (t[k + 1].detail[0] == ' ') t[k + 1].detail++;
        t[k + 1].estimate = n != NULL ? brasa__estimate(estimator, n)->rows : -1;
    }
    return t;
}

static json_t *operators_planned(const call *c, const op_texts *t)
{
    const brasa_stage *s = stage_of(c);
    json_t            *list = json_array();

    for (int32_t k = -1; k <= s->nops; k++) {
        json_t *o = json_pack("{s:s, s:s}", "name", brasa__stage_op_name(s, k), "detail", t[k + 1].detail);

        if (brasa__stage_node(s, k) >= 0) json_object_set_new(o, "node", json_integer(brasa__stage_node(s, k)));
        if (t[k + 1].estimate >= 0) json_object_set_new(o, "estimate", json_integer((json_int_t)(t[k + 1].estimate + 0.5)));
        json_array_append_new(list, o);
    }
    return list;
}

static brasa_status start_event(void *arg, brasa_error *err)
{
    const call        *c = arg;
    const brasa_stage *s = stage_of(c);
    const op_texts    *t = op_texts_of(c);
    brasa_text         name, plan;

    (void)err;
    brasa__text_init(&name, c->arena);
    brasa__text_init(&plan, c->arena);
    brasa__stage_name(s, &name);
    brasa__stage_text(s, &plan);
    const char *clean_name = cleaned(c->arena, &name), *clean_plan = cleaned(c->arena, &plan);
    brasa__events_put(c->events, "stage_start",
                      json_pack("{s:i, s:i, s:s, s:s, s:I, s:o, s:s, s:o}", "job", number(c), "stage", s->id, "name", clean_name, "sink",
                                brasa__stage_op_name(s, s->nops), "tasks", (json_int_t)brasa__driver_stage_tasks(c->job, c->i, c->reports),
                                "inputs", inputs(c), "plan", clean_plan, "operators", operators_planned(c, t)));
    return BRASA_OK;
}

static void guarded(call *c, brasa_status (*fn)(void *arg, brasa_error *err))
{
    brasa_error ignored;

    brasa__error_clear(&ignored);
    c->arena = brasa__arena_new(NULL, "events");
    (void)brasa__guarded(fn, c, &ignored);
    brasa__arena_free(c->arena);
}

static brasa_status log_start(void *arg, brasa_error *err)
{
    const call *c = arg;
    brasa_text  name;

    (void)err;
    brasa__text_init(&name, c->arena);
    brasa__stage_name(stage_of(c), &name);
    brasa__log(BRASA_LOG_INFO, "job %d begins its stage %d of %d: %s", c->d->jobs, c->i + 1, c->job->nstages, name.s);
    return BRASA_OK;
}

void brasa__observe_stage_start(brasa_driver *d, const brasa_job *job, int32_t i, const brasa_stage_report *reports)
{
    call c = {.d = d, .job = job, .i = i, .reports = reports, .events = brasa__events()};

    brasa__now()->stage = job->stages[i].id + 1;
    if (brasa__log_on(BRASA_LOG_INFO)) guarded(&c, log_start);
    if (c.events == NULL) return;
    brasa__events_state(c.events)->stage = job->stages[i].id;
    guarded(&c, start_event);
}

/* ---- stage_end and what comes before it ---- */

/* Of the worker's clock to the driver's. */
static int64_t find_offset(const call *c, int32_t w)
{
    const brasa_stage_result *r = &c->reports->workers[w];
    brasa_rank_about         *about = &c->d->ranks[brasa__driver_rank_of(c->d, w)];
    int64_t                   least = c->begin_ns - r->begin_ns, most = c->begin_ns + c->reports->ns - (r->begin_ns + r->ns);

    if (about->same_clock) return 0;
    if (about->offset_ns < least) about->offset_ns = least;
    if (about->offset_ns > most) about->offset_ns = most;
    return about->offset_ns;
}

static const char *step_name(int32_t step)
{
    static const char *const names[] = {"open", "hand over", "merge", "give"};

    return step >= 0 && step <= BRASA_STEP_PIECE ? names[step] : "?";
}

/* What an operator did besides tasks. */
static void finish_event(const call *c, const brasa_task_record *t, int32_t rank, int64_t offset, int64_t now)
{
    const brasa_stage *s = stage_of(c);
    int32_t            k = t->op - 2; /* -1: the source */
    int32_t            node = k > s->nops ? -1 : brasa__stage_node(s, k);

    if (k > s->nops) return;
    brasa__events_numbers(c->events, "finish", now,
                          (const brasa_events_member[]) {BRASA_EVENTS_NUMBER("job", number(c)),
                                                         BRASA_EVENTS_NUMBER("stage", s->id),
                                                         BRASA_EVENTS_NUMBER("operator", k + 1),
                                                         BRASA_EVENTS_NUMBER("node", node < 0 ? BRASA_EVENTS_NONE : node),
                                                         {.key = "name", .word = brasa__stage_op_name(s, k)},
                                                         {.key = "what", .word = step_name(t->step)},
                                                         BRASA_EVENTS_NUMBER("rank", rank),
                                                         BRASA_EVENTS_NUMBER("thread", t->thread),
                                                         BRASA_EVENTS_NUMBER("start", brasa__events_us(c->events, t->start_ns + offset)),
                                                         BRASA_EVENTS_NUMBER("end", brasa__events_us(c->events, t->end_ns + offset))},
                          10);
}

static void task_event(const call *c, const brasa_task_record *t, int32_t rank, int64_t offset, int64_t now)
{
    brasa__events_numbers(c->events, "task", now,
                          (const brasa_events_member[]) {
                              BRASA_EVENTS_NUMBER("job", number(c)), BRASA_EVENTS_NUMBER("stage", stage_of(c)->id),
                              BRASA_EVENTS_NUMBER("task", t->task), BRASA_EVENTS_NUMBER("rank", rank),
                              BRASA_EVENTS_NUMBER("thread", t->thread),
                              BRASA_EVENTS_NUMBER("start", brasa__events_us(c->events, t->start_ns + offset)),
                              BRASA_EVENTS_NUMBER("end", brasa__events_us(c->events, t->end_ns + offset)),
                              BRASA_EVENTS_NUMBER("rows_in", t->rows_in), BRASA_EVENTS_NUMBER("rows_out", t->rows_out),
                              BRASA_EVENTS_NUMBER("bytes_in", t->bytes_in < 0 ? BRASA_EVENTS_NONE : t->bytes_in),
                              BRASA_EVENTS_NUMBER("bytes_out", t->bytes_out < 0 ? BRASA_EVENTS_NONE : t->bytes_out),
                              BRASA_EVENTS_NUMBER("spilled", t->spilled), BRASA_EVENTS_NUMBER("wait_io", t->wait_io_ns / 1000),
                              BRASA_EVENTS_NUMBER("wait_shuffle", t->wait_shuffle_ns / 1000), BRASA_EVENTS_NUMBER("wait_barrier", 0)},
                          15);
}

static void task_events(const call *c, int32_t w, int64_t offset)
{
    const brasa_stage_result *r = &c->reports->workers[w];
    int64_t                   now = brasa__events_us(c->events, brasa__clock_ns());
    int32_t                   rank = brasa__driver_rank_of(c->d, w);

    for (int32_t i = 0; i < r->nrecords; i++) {
        const brasa_task_record *t = &r->records[i];

        if (t->op > 0)
            finish_event(c, t, rank, offset, now);
        else
            task_event(c, t, rank, offset, now);
    }
}

static void rank_event(const call *c, int32_t w, int64_t offset)
{
    const brasa_stage_result *r = &c->reports->workers[w];
    brasa_op_metrics          sink = r->nops > 0 ? r->ops[r->nops - 1] : (brasa_op_metrics) {0};

    brasa__events_numbers(
        c->events, "rank", brasa__events_us(c->events, brasa__clock_ns()),
        (const brasa_events_member[]) {
            BRASA_EVENTS_NUMBER("job", number(c)), BRASA_EVENTS_NUMBER("stage", stage_of(c)->id),
            BRASA_EVENTS_NUMBER("rank", brasa__driver_rank_of(c->d, w)),
            BRASA_EVENTS_NUMBER("start", brasa__events_us(c->events, r->begin_ns + offset)),
            BRASA_EVENTS_NUMBER("end", brasa__events_us(c->events, r->begin_ns + r->ns + offset)), BRASA_EVENTS_NUMBER("tasks", r->tasks),
            BRASA_EVENTS_NUMBER("rows_out", sink.rows_out), BRASA_EVENTS_NUMBER("bytes_out", sink.bytes),
            BRASA_EVENTS_NUMBER("memory", r->peak_bytes), BRASA_EVENTS_NUMBER("spilled", r->spilled),
            BRASA_EVENTS_NUMBER("wait_io", r->wait_io_ns / 1000), BRASA_EVENTS_NUMBER("wait_shuffle", r->wait_shuffle_ns / 1000),
            BRASA_EVENTS_NUMBER("wait_barrier", r->wait_barrier_ns / 1000), BRASA_EVENTS_NUMBER("chunks_read", r->scan.chunks_read),
            BRASA_EVENTS_NUMBER("chunks_skipped", r->scan.chunks_skipped), BRASA_EVENTS_NUMBER("bytes_read", r->scan.bytes_read)},
        16);
}

static void shuffle_event(const call *c)
{
    const brasa_stage_report *report = c->reports;
    json_t                   *ranks = json_array(), *matrix = json_array();
    int64_t                   rows = 0, rounds = 0;

    for (int32_t w = 0; w < report->nworkers; w++) {
        const brasa_stage_result *r = &report->workers[w];
        json_t                   *row = json_array();

        for (int32_t p = 0; p < r->nsent; p++) json_array_append_new(row, json_integer((json_int_t)r->sent[p]));
        json_array_append_new(matrix, row);
        json_array_append_new(ranks, json_integer(brasa__driver_rank_of(c->d, w)));
        rows += r->exchange.rows_in;
        if (r->exchange.rounds > rounds) rounds = r->exchange.rounds;
    }
    brasa__events_put(c->events, "shuffle",
                      json_pack("{s:i, s:i, s:s, s:i, s:I, s:I, s:o, s:o}", "job", number(c), "stage", stage_of(c)->id, "kind",
                                exchange_name(&stage_of(c)->sink), "partitions", stage_of(c)->sink.nparts, "rounds", (json_int_t)rounds,
                                "rows", (json_int_t)rows, "ranks", ranks, "bytes", matrix));
}

/* Operator k of all workers as one. */
static json_t *operator_done(const brasa_stage_report *report, int32_t k)
{
    brasa_op_metrics sum = {.node = report->workers[0].ops[k].node};
    int64_t          most = 0, least = INT64_MAX;

    for (int32_t w = 0; w < report->nworkers; w++) {
        const brasa_op_metrics *m = &report->workers[w].ops[k];

        sum.rows_in += m->rows_in;
        sum.rows_out += m->rows_out;
        sum.ns += m->ns;
        sum.bytes += m->bytes;
        if (m->memory > sum.memory) sum.memory = m->memory;
        sum.batches += m->batches;
        if (m->rows_out > most) most = m->rows_out;
        if (m->rows_out < least) least = m->rows_out;
    }
    json_t *o =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "rows_in", (json_int_t)sum.rows_in, "rows_out", (json_int_t)sum.rows_out,
                  "ns", (json_int_t)sum.ns, "bytes", (json_int_t)sum.bytes, "memory", (json_int_t)sum.memory, "batches",
                  (json_int_t)sum.batches, "max_rows", (json_int_t)most, "min_rows", (json_int_t)least);
    if (sum.node >= 0) json_object_set_new(o, "node", json_integer(sum.node));
    return o;
}

static void operators_event(const call *c)
{
    json_t *list = json_array();

    for (int32_t k = 0; k < c->reports->workers[0].nops; k++) json_array_append_new(list, operator_done(c->reports, k));
    brasa__events_put(c->events, "operators", json_pack("{s:i, s:i, s:o}", "job", number(c), "stage", stage_of(c)->id, "operators", list));
}

static void count_output(const brasa_stage_report *report, int64_t *rows, int64_t *bytes)
{
    for (int32_t w = 0; w < report->nworkers; w++) {
        const brasa_stage_result *r = &report->workers[w];

        for (int32_t i = 0; i < r->nparts; i++) *rows += r->parts[i].rows, *bytes += r->parts[i].bytes;
        for (int32_t i = 0; i < r->nwritten; i++) *rows += r->written[i].rows, *bytes += r->written[i].bytes;
    }
}

static brasa_status end_event(void *arg, brasa_error *err)
{
    const call *c = arg;
    int64_t     rows = 0, bytes = 0;

    (void)err;
    if (c->status == BRASA_OK) {
        for (int32_t w = 0; w < c->reports->nworkers; w++) {
            int64_t offset = find_offset(c, w);

            task_events(c, w, offset);
            rank_event(c, w, offset);
        }
        if (stage_of(c)->sink.kind == BRASA_SINK_EXCHANGE) shuffle_event(c);
        if (c->reports->nworkers > 0) operators_event(c);
        count_output(c->reports, &rows, &bytes);
    }
    brasa__events_put(c->events, "stage_end",
                      json_pack("{s:i, s:i, s:s, s:I, s:I}", "job", number(c), "stage", stage_of(c)->id, "status",
                                c->status == BRASA_OK ? "ok" : brasa_status_name(c->status), "rows", (json_int_t)rows, "bytes",
                                (json_int_t)bytes));
    return BRASA_OK;
}

static void log_end(const call *c)
{
    int64_t rows = 0, bytes = 0;

    if (c->status != BRASA_OK) {
        brasa__log(BRASA_LOG_INFO, "job %d: the stage failed: %s", c->d->jobs, brasa_status_name(c->status));
        return;
    }
    count_output(c->reports, &rows, &bytes);
    brasa__log(BRASA_LOG_INFO, "job %d: the stage gave %lld rows, %lld bytes, in %.1f ms", c->d->jobs, (long long)rows, (long long)bytes,
               (double)c->reports->ns / 1e6);
}

void brasa__observe_stage_end(brasa_driver *d, const brasa_job *job, int32_t i, const brasa_stage_report *report, int64_t begin_ns,
                              brasa_status status)
{
    call c = {.d = d, .job = job, .i = i, .reports = report, .begin_ns = begin_ns, .status = status, .events = brasa__events()};

    brasa__now()->stage = job->stages[i].id + 1;
    if (brasa__log_on(BRASA_LOG_INFO)) log_end(&c);
    brasa__now()->stage = 0;
    if (c.events == NULL) return;
    guarded(&c, end_event);
    if (i + 1 == job->nstages || status != BRASA_OK) brasa__events_flush(c.events);
    if (status == BRASA_OK) brasa__events_state(c.events)->stage = -1;
}

/* ---- decisions ---- */

void brasa__driver_decide(brasa_arena *arena, brasa_job_result *r, int32_t stage, const char *decision, const char *fmt, ...)
{
    brasa_events *e = brasa__events();
    brasa_text    text;
    char          why[512];
    va_list       ap;

    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    brasa__text_init(&text, arena);
    brasa__text_add(&text, why);
    r->decisions = brasa__arena_grow(arena, r->decisions, &r->decisions_room, r->ndecisions + 1, sizeof *r->decisions);
    r->decisions[r->ndecisions++] = (brasa_decision) {.stage = stage, .decision = decision, .text = text.s};
    if (e == NULL) return;
    const char *clean = brasa__events_text(arena, text.s);
    brasa__events_put(
        e, "adaptive",
        json_pack("{s:i, s:i, s:s, s:s}", "job", brasa__events_state(e)->job, "stage", stage, "decision", decision, "text", clean));
}
