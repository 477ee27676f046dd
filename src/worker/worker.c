/* worker/worker.c -- the loop of a worker: an order, its work, its reply.
 *
 * Invariant: whatever happens to this rank, it sends the replies that an order asks for and takes part in the collectives of a stage with an exchange; a
 * failure here never leaves the driver or another worker waiting.
 */
#include "worker/worker.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/ctx.h"
#include "base/log.h"
#include "comm/agree.h"
#include "exec/message.h"
#include "expr/udf.h"
#include "obs/progress.h"
#include "obs/stop.h"
#include "worker/inner.h"

enum { LOOK_NS = 20000000 };

/* ---- told to stop ---- */

typedef struct watch {
    brasa_comm *world;
    int64_t     order;   /* the stage that runs */
    int64_t     next_ns; /* not before */
    bool        looking; /* the look itself may wait */
    int64_t     done;    /* rows and tasks, when that was last another number: */
    int64_t     since_ns;
    bool        told; /* that it has been the same for long */
} watch;

/* A user function that never returns is no wait, so it has no deadline: who is to say how long it may take?  But somebody should know. */
static void miss_progress(watch *t, int64_t now)
{
    brasa_progress_sum sum = brasa__progress_mine(brasa__ctx()->progress);

    if (t->since_ns == 0 || t->done != sum.tasks + sum.rows) {
        t->done = sum.tasks + sum.rows;
        t->since_ns = now;
    }
    if (t->told || sum.tasks >= sum.total /* it waits for others, or gives what it holds */ || t->world->deadline_ms <= 0 ||
        now - t->since_ns < t->world->deadline_ms * 1000000)
        return;
    t->told = true;
    brasa__log(
        BRASA_LOG_WARN,
        "no batch of rows has been read for %lld s (%lld of %lld tasks are done): a user function, an operator or a file takes long, or hangs; "
        "on host %s, gdb -p %d -batch -ex 'thread apply all bt' says where",
        (long long)(t->world->deadline_ms / 1000), (long long)sum.tasks, (long long)sum.total, brasa__ctx()->host, (int)getpid());
}

/* Main thread, while a stage runs: the world is not used by anything else then.  What goes wrong here goes wrong for the stage's reply, too. */
static void look(void *arg)
{
    watch      *t = arg;
    int64_t     now = brasa__clock_ns(), order = -1, bytes = 0;
    int32_t     from = 0;
    bool        found = true;
    brasa_error err;

    if (t->looking || now < t->next_ns) return;
    t->looking = true;
    brasa__comm_answer(t->world);
    miss_progress(t, now);
    brasa__error_clear(&err);
    while (brasa__comm_probe(t->world, 0, BRASA_TAG_CANCEL, &found, &from, &bytes, &err) == BRASA_OK && found && bytes == sizeof order) {
        if (brasa__comm_recv(t->world, 0, BRASA_TAG_CANCEL, &order, bytes, &err) != BRASA_OK) break;
        if (order == t->order) atomic_store(&brasa__ctx()->cancel, true);
    }
    t->next_ns = brasa__clock_ns() + LOOK_NS;
    t->looking = false;
}

/* ---- a stage ---- */

typedef struct stage_call {
    brasa_worker      *w;
    brasa_arena       *arena;
    brasa_reader      *body;
    int64_t            number; /* of the order */
    brasa_stage        stage;
    brasa_stage_result result;
    brasa_wire         reply;
} stage_call;

static brasa_status read_stage(void *arg, brasa_error *err)
{
    stage_call          *c = arg;
    brasa_progress_place place;

    if (brasa__get_bool(c->body)) {
        size_t       n = 0;
        const void  *p = brasa__get_blob(c->body, &n);
        brasa_reader env = brasa__reader(p, n);

        BRASA_TRY(brasa__get_environment(&env, err));
    }
    place = brasa__get_place(c->body, &c->number);
    if (!c->body->bad) brasa__progress_join(brasa__ctx()->progress, &place);
    brasa__progress_order(brasa__ctx()->progress, c->number);
    return brasa__get_stage(c->body, c->arena, &c->stage, err);
}

static brasa_status run_stage(void *arg, brasa_error *err)
{
    stage_call  *c = arg;
    brasa_ctx   *ctx = brasa__ctx();
    watch        t = {.world = c->w->world, .order = c->number, .next_ns = brasa__clock_ns() + LOOK_NS};
    brasa_status status;

    atomic_store(&ctx->cancel, brasa__stop_signal() != 0);
    ctx->watch_arg = &t;
    ctx->watch = look;
    status = brasa__exec_stage(c->w->exec, &c->stage, c->arena, &c->result, err);
    ctx->watch = NULL;
    return status;
}

static brasa_status write_reply(void *arg, brasa_error *err)
{
    stage_call      *c = arg;
    brasa_reply_head head = {.status = BRASA_OK};

    (void)err;
    brasa__wire_init(&c->reply, c->arena);
    brasa__put_bytes(&c->reply, &head, sizeof head);
    brasa__put_result(&c->reply, &c->result);
    return BRASA_OK;
}

static brasa_status send_failure(brasa_worker *w, brasa_status status, const brasa_error *why, brasa_error *err)
{
    struct {
        brasa_reply_head head;
        brasa_error      why;
    } message = {.head = {.status = (int32_t)status, .broken = w->workers->broken}, .why = *why};

    return brasa__comm_send(w->world, 0, BRASA_TAG_REPLY, &message, sizeof message, err);
}

static brasa_status do_stage(brasa_worker *w, brasa_arena *arena, int32_t flags, brasa_reader *body, brasa_error *err)
{
    stage_call   c = {.w = w, .arena = arena, .body = body};
    brasa_error  why;
    brasa_status status;

    brasa__error_clear(&why);
    status = brasa__guarded(read_stage, &c, &why);
    if (status == BRASA_OK)
        status = brasa__guarded(run_stage, &c, &why);
    else if (flags & BRASA_ORDER_COLLECTIVE)
        status = brasa__meet(w->workers, status, &why); /* where the others meet before they move rows */
    if (status == BRASA_OK) status = brasa__guarded(write_reply, &c, &why);
    if (status != BRASA_OK) return send_failure(w, status, &why, err);
    return brasa__comm_send(w->world, 0, BRASA_TAG_REPLY, c.reply.data, (int64_t)c.reply.len, err);
}

/* ---- the loop ---- */

static brasa_status obey(brasa_worker *w, bool *stop, brasa_error *err)
{
    brasa_order_message order;
    brasa_reader        body;

    BRASA_TRY(brasa__order_receive(w->world, w->arena, &order, &body, err));
    switch ((brasa_order_kind)order.kind) {
    case BRASA_ORDER_STOP: *stop = true; return BRASA_OK;
    case BRASA_ORDER_STAGE: return do_stage(w, w->arena, order.flags, &body, err);
    case BRASA_ORDER_FETCH: return brasa__worker_send_rows(w, w->arena, &body, err);
    case BRASA_ORDER_DROP_JOB: brasa__exec_drop_job(w->exec); return BRASA_OK;
    case BRASA_ORDER_DROP_CACHE: brasa__exec_drop_cache(w->exec, brasa__get_i64(&body)); return BRASA_OK;
    }
    return brasa__fail(err, BRASA_INTERNAL, "an order of unknown kind %d", order.kind);
}

typedef struct obey_call {
    brasa_worker *w;
    bool          stop;
} obey_call;

static brasa_status call_obey(void *arg, brasa_error *err)
{
    obey_call *c = arg;

    return obey(c->w, &c->stop, err);
}

static brasa_status loop(brasa_worker *w, brasa_error *err)
{
    obey_call    c = {.w = w};
    brasa_status status = BRASA_OK;

    while (status == BRASA_OK && !c.stop) {
        status = brasa__guarded(call_obey, &c, err);
        brasa__arena_reset(w->arena);
    }
    return status;
}

typedef struct make_call {
    brasa_worker *w;
    int32_t       threads;
} make_call;

static brasa_status make_parts(void *arg, brasa_error *err)
{
    make_call *m = arg;

    m->w->arena = brasa__arena_new(NULL, "order");
    brasa__ctx()->progress = brasa__progress_new(m->w->world->rank, 1, m->threads);
    if (brasa__ctx()->udf_states == NULL) brasa__ctx()->udf_states = m->w->states = brasa__udf_states_new();
    return brasa__exec_new(m->w->workers, m->threads, &m->w->exec, err);
}

static brasa_status start(brasa_worker *w, int32_t threads, brasa_error *err)
{
    make_call m = {w, threads};
    int64_t   most = threads < 1 ? 1 : threads;

    brasa_rank_about about;

    BRASA_TRY(brasa__same_program(w->world, err));
    BRASA_TRY(brasa__comm_split(w->world, 0, &w->workers, err));
    BRASA_TRY(brasa__agree(w->world, brasa__guarded(make_parts, &m, err), err));
    about = brasa__about_this_rank(threads);
    BRASA_TRY(brasa__comm_send(w->world, 0, BRASA_TAG_ABOUT, &about, sizeof about, err));
    return brasa__comm_allreduce_max(w->world, &most, 1, err);
}

static void end(brasa_worker *w)
{
    brasa__exec_free(w->exec);
    brasa__progress_free(brasa__ctx()->progress);
    brasa__ctx()->progress = NULL;
    brasa__arena_free(w->arena);
    if (w->states != NULL) {
        brasa__udf_states_free(w->states);
        brasa__ctx()->udf_states = NULL;
    }
    if (w->workers != NULL && !w->workers->broken && !w->world->broken) brasa__comm_free(w->workers);
}

typedef struct start_call {
    brasa_worker *w;
    int32_t       threads;
    bool          refused; /* on all ranks: rank 0 says why */
} start_call;

static brasa_status call_start(void *arg, brasa_error *err)
{
    start_call  *s = arg;
    brasa_status status = start(s->w, s->threads, err);

    s->refused = status != BRASA_OK && !s->w->world->broken;
    return status;
}

brasa_status brasa__worker_run(brasa_comm *world, int32_t threads, brasa_error *err)
{
    brasa_worker w = {.world = world};
    start_call   s = {.w = &w, .threads = threads};
    brasa_status status = brasa__guarded(call_start, &s, err);

    if (status == BRASA_OK) status = loop(&w, err);
    end(&w);
    if (s.refused) return BRASA_OK;
    if (status != BRASA_OK && status != BRASA_PEER) brasa__log(BRASA_LOG_ERROR, "%s: %s", brasa_status_name(status), err->text);
    return status;
}
