/* driver/driver.c -- start and end of the driver, and the running of a job's stages.
 *
 * Invariant: every order that is sent is followed by exactly the replies that it asks for, also after a failure, so that the next order
 * finds the workers waiting.  Where that cannot be kept (no memory for a reply, a peer gone), the driver is broken.
 */
#include "driver/driver.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/ctx.h"
#include "base/hash.h"
#include "base/note.h"
#include "comm/agree.h"
#include "driver/adapt.h"
#include "driver/inner.h"
#include "driver/observe.h"
#include "obs/progress.h"
#include "obs/stop.h"

/* Each worker has sent what it is. */
static brasa_status hear_ranks(brasa_driver *d, brasa_error *err)
{
    for (int32_t r = 1; r < d->world->size; r++) {
        brasa_rank_about *a = &d->ranks[r];

        BRASA_TRY(brasa__comm_recv(d->world, r, BRASA_TAG_ABOUT, a, sizeof *a, err));
        a->host[sizeof a->host - 1] = '\0';
        a->offset_ns = brasa__clock_ns() - a->clock_ns;
        a->same_clock = strcmp(a->host, d->ranks[0].host) == 0;
    }
    return BRASA_OK;
}

bool brasa__driver_alone(const brasa_driver *d)
{
    return d->world->size == 1;
}

int32_t brasa__driver_rank_of(const brasa_driver *d, int32_t worker)
{
    return d->local != NULL ? worker : worker + 1;
}

typedef struct local_start {
    brasa_driver *d;
    int32_t       threads;
} local_start;

/* Where the driver works among others: what worker.c does. */
static brasa_status start_local(void *arg, brasa_error *err)
{
    local_start *s = arg;

    return s->d->workers == NULL ? BRASA_OK : brasa__exec_new(s->d->workers, s->threads, &s->d->local, err);
}

static brasa_status start_workers(brasa_driver *d, int32_t threads, brasa_error *err)
{
    bool        works = brasa__setting_bool(BRASA_SET_DRIVER_WORKS);
    int64_t     most = works ? threads : 0;
    local_start local = {d, threads};

    d->ranks = brasa__alloc(sizeof *d->ranks * (size_t)d->world->size);
    d->ranks[0] = brasa__about_this_rank(threads);
    d->ranks[0].same_clock = true;
    if (d->world->size == 1) {
        d->topology = (brasa_topology) {.workers = 1, .threads = threads < 1 ? 1 : threads};
        return brasa__exec_new(d->world, threads, &d->local, err);
    }
    BRASA_TRY(brasa__same_program(d->world, err));
    BRASA_TRY(brasa__comm_split(d->world, works ? 0 : -1, &d->workers, err));
    BRASA_TRY(brasa__agree(d->world, brasa__guarded(start_local, &local, err), err));
    BRASA_TRY(hear_ranks(d, err));
    BRASA_TRY(brasa__comm_allreduce_max(d->world, &most, 1, err));
    d->topology = (brasa_topology) {.workers = d->world->size - (works ? 0 : 1), .threads = (int32_t)(most < 1 ? 1 : most)};
    return BRASA_OK;
}

typedef struct start_call {
    brasa_driver *d;
    int32_t       threads;
} start_call;

static brasa_status call_start(void *arg, brasa_error *err)
{
    start_call *s = arg;

    return start_workers(s->d, s->threads, err);
}

brasa_status brasa__driver_new(brasa_comm *world, int32_t threads, brasa_driver **out, brasa_error *err)
{
    brasa_driver *d = brasa__alloc(sizeof *d);
    start_call    s = {d, threads};
    brasa_status  status;

    d->world = world;
    status = brasa__guarded(call_start, &s, err);
    if (status != BRASA_OK) {
        d->broken = true; /* no worker is in its loop */
        brasa__driver_free(d);
        return status;
    }
    *out = d;
    return BRASA_OK;
}

void brasa__driver_free(brasa_driver *d)
{
    brasa_error err;

    if (d == NULL) return;
    brasa__driver_show_stop(d);
    brasa__error_clear(&err);
    if (!brasa__driver_broken(d) && !brasa__driver_alone(d)) (void)brasa__order_send(d->world, BRASA_ORDER_STOP, 0, NULL, &err);
    brasa__exec_free(d->local);
    if (d->workers != NULL && !d->workers->broken && !brasa__driver_broken(d)) brasa__comm_free(d->workers);
    if (d->ranks != NULL) brasa__free(d->ranks, sizeof *d->ranks * (size_t)d->world->size);
    brasa__free(d, sizeof *d);
}

bool brasa__driver_broken(const brasa_driver *d)
{
    return d->broken || d->world->broken;
}

brasa_topology brasa__driver_topology(const brasa_driver *d)
{
    return d->topology;
}

const brasa_rank_about *brasa__driver_ranks(const brasa_driver *d, int32_t *count)
{
    *count = d->world->size;
    return d->ranks;
}

brasa_status brasa__driver_send(brasa_driver *d, brasa_order_kind kind, int32_t flags, const brasa_wire *body, brasa_error *err)
{
    if (brasa__driver_broken(d)) return brasa__fail(err, BRASA_PEER, "the workers cannot be reached after an earlier failure");
    return brasa__order_send(d->world, kind, flags, body, err);
}

/* ---- replies ---- */

typedef struct reply {
    uint8_t *data;
    int64_t  bytes;
} reply;

typedef struct receive_call {
    brasa_driver *d;
    brasa_arena  *arena;
    reply        *replies; /* [workers] */
    bool          told;    /* that they are to stop */
} receive_call;

static brasa_reply_head head_of(const reply *r)
{
    brasa_reply_head head = {.status = BRASA_CORRUPT};

    if (r->bytes >= (int64_t)sizeof head) memcpy(&head, r->data, sizeof head);
    return head;
}

/* Once, when the job is to stop: to every worker, with the order that is meant.  One that has replied meanwhile finds it with its next order, and forgets it. */
static brasa_status tell_cancelled(receive_call *r, brasa_error *err)
{
    if (r->told || !brasa__stop_wanted()) return BRASA_OK;
    r->told = true;
    for (int32_t w = 1; w < r->d->world->size; w++)
        BRASA_TRY(brasa__comm_send(r->d->world, w, BRASA_TAG_CANCEL, &r->d->orders, sizeof r->d->orders, err));
    return BRASA_OK;
}

/* One reply of each worker, in the order in which they come. */
static brasa_status receive_replies(void *arg, brasa_error *err)
{
    receive_call *r = arg;
    brasa_comm   *world = r->d->world;
    brasa_wait    wait = {0};

    for (int32_t left = world->size - 1; left > 0;) {
        bool    found = false;
        int32_t from = 0;
        reply   got = {0};

        BRASA_TRY(brasa__comm_probe(world, -1, BRASA_TAG_REPLY, &found, &from, &got.bytes, err));
        if (!found) {
            BRASA_TRY(tell_cancelled(r, err));
            BRASA_TRY(brasa__comm_wait(world, &wait, "replies of the workers", err));
            continue;
        }
        got.data = brasa__arena_alloc(r->arena, (size_t)got.bytes);
        BRASA_TRY(brasa__comm_recv(world, from, BRASA_TAG_REPLY, got.data, got.bytes, err));
        r->replies[from - brasa__driver_rank_of(r->d, 0)] = got;
        if (head_of(&got).broken) return BRASA_OK; /* the others may wait for that one for ever */
        wait = (brasa_wait) {0};
        left--;
    }
    return BRASA_OK;
}

static brasa_status wait_for_replies(brasa_driver *d, brasa_arena *arena, reply *replies, brasa_error *err)
{
    receive_call r = {.d = d, .arena = arena, .replies = replies};
    brasa_status status;

    d->world->patient = true; /* they compute; a dead one ends the job through the launcher */
    status = brasa__guarded(receive_replies, &r, err);
    d->world->patient = false;
    if (status != BRASA_OK) d->broken = true;
    return status;
}

/* A rank that was only stopped, or that lost a peer, is not the cause. */
static bool is_echo(int32_t code)
{
    return code == BRASA_CANCELLED || code == BRASA_PEER;
}

/* The failure of the lowest worker that failed by itself. */
static brasa_status find_failure(brasa_driver *d, const reply *replies, brasa_error *err)
{
    brasa_status worst = BRASA_OK;

    for (int32_t w = 0; w < d->topology.workers; w++) {
        brasa_reply_head head = head_of(&replies[w]);
        brasa_error      told;

        if (replies[w].data == NULL) continue;
        if (head.broken) d->broken = true;
        if (head.status == BRASA_OK) continue;
        if (worst != BRASA_OK && (!is_echo((int32_t)worst) || is_echo(head.status))) continue;
        worst = (brasa_status)head.status;
        brasa__error_clear(&told);
        if (replies[w].bytes == (int64_t)(sizeof head + sizeof told))
            memcpy(&told, replies[w].data + sizeof head, sizeof told);
        else
            brasa__fail(&told, worst, "worker %d failed without saying why", w);
        *err = told;
    }
    if (worst == BRASA_CANCELLED && brasa__stop_wanted()) return brasa__stop_fail(err); /* they were told by this rank */
    return worst;
}

static brasa_status read_results(brasa_driver *d, brasa_arena *arena, const reply *replies, brasa_stage_report *report, brasa_error *err)
{
    report->nworkers = d->topology.workers;
    report->workers = BRASA_NEWS(arena, brasa_stage_result, report->nworkers);
    for (int32_t w = 0; w < report->nworkers; w++) {
        size_t       head = sizeof(brasa_reply_head);
        brasa_reader r = brasa__reader(replies[w].data + head, (size_t)replies[w].bytes - head);

        BRASA_TRY(brasa__get_result(&r, arena, &report->workers[w], err));
    }
    return BRASA_OK;
}

/* ---- stages ---- */

/* The driver's own share of a stage, as a reply like the others'. */
typedef struct own_call {
    brasa_driver      *d;
    const brasa_stage *stage;
    brasa_arena       *arena;
    brasa_stage_result result;
    brasa_wire         wire;
} own_call;

static brasa_status run_own(void *arg, brasa_error *err)
{
    own_call        *c = arg;
    brasa_reply_head head = {.status = BRASA_OK};

    BRASA_TRY(brasa__exec_stage(c->d->local, c->stage, c->arena, &c->result, err));
    brasa__wire_init(&c->wire, c->arena);
    brasa__put_bytes(&c->wire, &head, sizeof head);
    brasa__put_result(&c->wire, &c->result);
    return BRASA_OK;
}

typedef struct own_failure {
    brasa_reply_head head;
    brasa_error      why;
} own_failure;

static void answer_peers(void *world)
{
    brasa__comm_answer(world);
}

static void reply_own(brasa_driver *d, const brasa_stage *stage, brasa_arena *arena, own_failure *failure, reply *out)
{
    own_call   c = {.d = d, .stage = stage, .arena = arena};
    brasa_ctx *ctx = brasa__ctx();

    brasa__error_clear(&failure->why);
    ctx->watch_arg = d->world;
    ctx->watch = answer_peers;
    failure->head.status = (int32_t)brasa__guarded(run_own, &c, &failure->why);
    ctx->watch = NULL;
    failure->head.broken = d->workers->broken;
    if (failure->head.status == BRASA_OK)
        *out = (reply) {.data = c.wire.data, .bytes = (int64_t)c.wire.len};
    else
        *out = (reply) {.data = (uint8_t *)failure, .bytes = sizeof *failure};
}

/* Settings and function states go along when they are not what the workers have. */
static void put_changed_environment(brasa_driver *d, brasa_arena *arena, brasa_wire *body, uint64_t *hash)
{
    brasa_wire env;

    brasa__wire_init(&env, arena);
    brasa__put_environment(&env);
    *hash = brasa__hash_bytes(env.data, env.len);
    brasa__put_bool(body, *hash != d->environment);
    if (*hash != d->environment) brasa__put_blob(body, env.data, env.len);
}

static brasa_status run_remote(brasa_driver *d, const brasa_stage *stage, brasa_arena *arena, brasa_stage_report *report, brasa_error *err)
{
    reply       *replies = BRASA_NEWS(arena, reply, d->topology.workers);
    own_failure *failure = BRASA_NEW(arena, own_failure);
    int32_t      flags = stage->sink.kind == BRASA_SINK_EXCHANGE ? BRASA_ORDER_COLLECTIVE : 0;
    brasa_wire   body;
    uint64_t     hash;

    brasa__wire_init(&body, arena);
    put_changed_environment(d, arena, &body, &hash);
    brasa__put_place(&body, d->orders, brasa__progress_place(d->progress));
    brasa__put_stage(&body, stage);
    BRASA_TRY(brasa__driver_send(d, BRASA_ORDER_STAGE, flags, &body, err));
    d->environment = 0; /* unknown until all have taken it */
    if (d->workers != NULL) reply_own(d, stage, arena, failure, &replies[0]);
    if (!failure->head.broken) BRASA_TRY(wait_for_replies(d, arena, replies, err));
    BRASA_TRY(find_failure(d, replies, err));
    d->environment = hash;
    return read_results(d, arena, replies, report, err);
}

static void note_stage(const brasa_stage *stage, brasa_arena *arena)
{
    brasa_text name;

    if (!brasa__note_wanted()) return;
    brasa__text_init(&name, arena);
    brasa__stage_name(stage, &name);
    brasa__note("stage %d (%s)", (int)stage->id, name.s);
}

static brasa_status run_stage(brasa_driver *d, const brasa_stage *stage, brasa_arena *arena, brasa_stage_report *report, brasa_error *err)
{
    int64_t      begin = brasa__clock_ns();
    brasa_status status;

    if (brasa__stop_wanted()) return brasa__stop_fail(err);
    report->stage = stage->id;
    if (!brasa__driver_alone(d)) {
        status = run_remote(d, stage, arena, report, err);
    } else {
        report->nworkers = 1;
        report->workers = BRASA_NEW(arena, brasa_stage_result);
        status = brasa__exec_stage(d->local, stage, arena, report->workers, err);
    }
    report->ns = brasa__clock_ns() - begin;
    return status;
}

/* ---- results ---- */

static int compare_parts(const void *a, const void *b)
{
    const brasa_result_part *x = a, *y = b;

    if (x->partition != y->partition) return x->partition < y->partition ? -1 : 1;
    return x->worker < y->worker ? -1 : x->worker > y->worker;
}

static void list_parts(brasa_arena *arena, const brasa_stage_report *last, brasa_job_result *out)
{
    int32_t cap = 0;

    for (int32_t w = 0; w < last->nworkers; w++) {
        const brasa_stage_result *r = &last->workers[w];

        for (int32_t i = 0; i < r->nparts; i++) {
            brasa_result_part p = {w, r->parts[i].partition, r->parts[i].rows, r->parts[i].bytes};

            out->rows += p.rows;
            out->bytes += p.bytes;
            out->parts = brasa__arena_grow(arena, out->parts, &cap, out->nparts + 1, sizeof p);
            out->parts[out->nparts++] = p;
        }
    }
    if (out->nparts > 0) qsort(out->parts, (size_t)out->nparts, sizeof *out->parts, compare_parts);
}

static void list_written(brasa_arena *arena, const brasa_stage_report *last, brasa_job_result *out)
{
    int32_t cap = 0;

    for (int32_t w = 0; w < last->nworkers; w++) {
        for (int32_t i = 0; i < last->workers[w].nwritten; i++) {
            out->written = brasa__arena_grow(arena, out->written, &cap, out->nwritten + 1, sizeof *out->written);
            out->written[out->nwritten++] = last->workers[w].written[i];
            out->rows += last->workers[w].written[i].rows;
            out->bytes += last->workers[w].written[i].bytes;
        }
    }
}

typedef struct run_call {
    brasa_driver     *d;
    const brasa_job  *job;
    brasa_arena      *arena;
    brasa_job_result *out;
} run_call;

static brasa_status run_job(void *arg, brasa_error *err)
{
    run_call           *c = arg;
    brasa_job_result   *out = c->out;
    int32_t             most = c->job->nstages * BRASA_ADAPT_ROOM;
    brasa_stage_report *reports = BRASA_NEWS(c->arena, brasa_stage_report, most);
    brasa_stage        *stages = BRASA_NEWS(c->arena, brasa_stage, most);
    brasa_job           now = {.nstages = c->job->nstages, .stages = stages, .schema = c->job->schema};
    const brasa_job    *job = &now;

    memcpy(stages, c->job->stages, sizeof *stages * (size_t)c->job->nstages);
    c->d->jobs++;
    *out = (brasa_job_result) {.schema = job->schema, .stages = reports, .ran = stages};
    for (int32_t i = 0; i < job->nstages; i++) {
        const brasa_stage *stage = &job->stages[i];
        int64_t            begin = brasa__clock_ns();
        brasa_status       status;

        note_stage(stage, c->arena);
        brasa__observe_stage_start(c->d, job, i, reports);
        brasa__driver_show_begin(c->d, job, i, reports);
        status = run_stage(c->d, stage, c->arena, &reports[i], err);
        brasa__driver_show_end(c->d, &reports[i], status);
        brasa__observe_stage_end(c->d, job, i, &reports[i], begin, status);
        BRASA_TRY(status);
        out->nstages = i + 1;
        if (i + 1 < job->nstages) {
            now.nstages = brasa__driver_adapt(&c->d->topology, stages, job->nstages, i + 1, reports, c->arena, out);
            continue;
        }
        out->stage = stage->id;
        if (stage->sink.kind == BRASA_SINK_WRITE)
            list_written(c->arena, &reports[i], out);
        else
            list_parts(c->arena, &reports[i], out);
    }
    return BRASA_OK;
}

brasa_status brasa__driver_run(brasa_driver *d, const brasa_job *job, brasa_arena *arena, brasa_job_result *out, brasa_error *err)
{
    run_call     c = {d, job, arena, out};
    brasa_status status = brasa__guarded(run_job, &c, err);
    brasa_error  ignored;

    if (status == BRASA_OK) return BRASA_OK;
    brasa__error_clear(&ignored);
    if (!brasa__driver_broken(d)) (void)brasa__driver_end_job(d, &ignored);
    return status;
}

brasa_status brasa__driver_end_job(brasa_driver *d, brasa_error *err)
{
    if (d->local != NULL) brasa__exec_drop_job(d->local);
    return brasa__driver_alone(d) ? BRASA_OK : brasa__driver_send(d, BRASA_ORDER_DROP_JOB, 0, NULL, err);
}

brasa_status brasa__driver_drop_cache(brasa_driver *d, int64_t cache, brasa_error *err)
{
    brasa_arena *arena;
    brasa_wire   body;
    brasa_status status;

    if (d->local != NULL) brasa__exec_drop_cache(d->local, cache);
    if (brasa__driver_alone(d)) return BRASA_OK;
    arena = brasa__arena_new(NULL, "order");
    brasa__wire_init(&body, arena);
    brasa__put_i64(&body, cache);
    status = brasa__driver_send(d, BRASA_ORDER_DROP_CACHE, 0, &body, err);
    brasa__arena_free(arena);
    return status;
}
