/* phases.c -- what every task thread does in a stage: tasks, then the finish of each operator in order, the sink last.
 *
 * Invariant: all threads pass the same barriers, whatever fails: a failure only makes the work between them empty.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/now.h"
#include "exec/run.h"

typedef struct phase {
    brasa_run  *run;
    brasa_lane *lane;
    int32_t     op;
    brasa_status (*fn)(const struct phase *s, brasa_error *err);
} phase;

void brasa__run_fail(brasa_run *run, const brasa_error *why)
{
    bool first;

    pthread_mutex_lock(&run->lock);
    first = !run->failed;
    if (first) run->error = *why;
    run->failed = true;
    pthread_mutex_unlock(&run->lock);
    /* a writer that an exchange refuses is no news for the exchange: its reason must not hide the true one, which another rank has */
    if (first && run->exchange != NULL && (why->code != BRASA_CANCELLED || run->ctx->cancel)) brasa__exchange_fail(run->exchange, why);
}

static void say_where(const brasa_lane *lane, brasa_error *err)
{
    const brasa_op *at = lane->chain.at;

    if (err->node[0] == '\0') snprintf(err->node, sizeof err->node, "%s", at->cls->name);
    if (err->partition < 0 && lane->chain.partition >= 0 && lane->chain.partition < BRASA_LATE) err->partition = lane->chain.partition;
}

static brasa_status do_step(void *arg, brasa_error *err)
{
    const phase *s = arg;

    return s->fn(s, err);
}

static void step(brasa_run *run, brasa_lane *lane, int32_t op, brasa_status (*fn)(const phase *s, brasa_error *err))
{
    phase        s = {.run = run, .lane = lane, .op = op, .fn = fn};
    brasa_error  err;
    brasa_status status;

    if (run->failed) return;
    brasa__error_clear(&err);
    lane->mark_ns = brasa__clock_ns();
    lane->chain.at = &lane->source;
    status = brasa__guarded(do_step, &s, &err);
    brasa__now_hold(NULL);
    if (status == BRASA_OK) return;
    brasa__now()->udf = NULL;
    say_where(lane, &err);
    brasa__run_fail(run, &err);
}

static brasa_status run_task(brasa_run *run, brasa_lane *lane, int32_t i, brasa_error *err)
{
    const brasa_task *task = &run->tasks[i];
    brasa_arena      *arena = brasa__arena_new(lane->arena, "task");
    brasa_task_mark   mark = brasa__record_begin(lane);

    lane->task_arena = arena; /* after a failure it is freed before operators and the source are closed */
    lane->task = i;
    lane->source.enough = false;
    BRASA_TRY(brasa__lane_begin(lane, lane->ops[0], task->number, err));
    BRASA_TRY(brasa__op_task(&lane->source, task, arena, err));
    BRASA_TRY(brasa__lane_end(lane->ops[0], err));
    lane->task = -1;
    lane->chain.partition = -1;
    lane->task_arena = NULL;
    brasa__arena_free(arena);
    atomic_fetch_add(&run->tasks_run, 1);
    brasa__record_task(lane, task, &mark);
    if (lane->line != NULL)
        atomic_store_explicit(&lane->line->tasks, atomic_load_explicit(&lane->line->tasks, memory_order_relaxed) + 1, memory_order_relaxed);
    return BRASA_OK;
}

static brasa_status do_tasks(const phase *s, brasa_error *err)
{
    for (int32_t k = s->run->nops - 1; k >= 0; k--) BRASA_TRY(brasa__op_step(s->lane->ops[k], s->lane->ops[k]->cls->op_open, err));
    for (;;) {
        int32_t i = atomic_fetch_add(&s->run->next_task, 1);

        if (i >= s->run->ntasks || i >= atomic_load(&s->run->last_task)) return BRASA_OK;
        BRASA_TRY(brasa_run_check(s->run, err));
        BRASA_TRY(run_task(s->run, s->lane, i, err));
    }
}

static brasa_status do_end_thread(const phase *s, brasa_error *err)
{
    brasa_op *op = s->lane->ops[s->op];
    int64_t   begin = s->lane->mark_ns;

    if (op->next == NULL && s->run->exchange != NULL) s->lane->ended = true;
    BRASA_TRY(brasa__op_step(op, op->cls->end_thread, err));
    brasa__record_finish(s->lane, op->shared, BRASA_STEP_HAND_OVER, begin);
    return BRASA_OK;
}

static brasa_status do_finish(const phase *s, brasa_error *err)
{
    brasa_op_shared *shared = s->run->ops[s->op];
    int32_t          n = 0;

    brasa__now_hold(&shared->held);
    BRASA_TRY(shared->cls->finish(shared, s->run->round, &n, err));
    s->run->npieces = n;
    brasa__record_finish(s->lane, shared, BRASA_STEP_MERGE, s->lane->mark_ns);
    return BRASA_OK;
}

static brasa_status do_pieces(const phase *s, brasa_error *err)
{
    brasa_run  *run = s->run;
    brasa_lane *lane = s->lane;
    brasa_op   *op = lane->ops[s->op];

    for (;;) {
        int32_t i = atomic_fetch_add(&run->next_piece, 1);
        int64_t begin = brasa__clock_ns();

        if (i >= run->npieces) return BRASA_OK;
        BRASA_TRY(brasa_run_check(run, err));
        lane->emitter = op;
        lane->begun = false;
        lane->late_number = BRASA_LATE + (run->late + i) * run->workers->size + run->workers->rank;
        op->enough = false;
        BRASA_TRY(brasa__op_piece(op, run->round, i, err));
        lane->emitter = NULL;
        if (lane->begun) BRASA_TRY(brasa__lane_end(op->next, err));
        brasa__record_finish(lane, op->shared, BRASA_STEP_PIECE, begin);
        lane->chain.partition = -1;
    }
}

/* For a crash: what this lane's operator was doing. */
static size_t describe(const void *running, char *buf, size_t at, size_t room)
{
    const brasa_lane *lane = running;
    const brasa_op   *op = lane->chain.at;

    at = brasa__now_text(buf, at, room, ", operator ");
    at = brasa__now_text(buf, at, room, op->cls->name);
    if (op->shared->desc != NULL) {
        at = brasa__now_text(buf, at, room, " (plan node ");
        at = brasa__now_number(buf, at, room, op->shared->desc->node);
        at = brasa__now_text(buf, at, room, ")");
    }
    if (lane->chain.partition < 0) return at;
    at = brasa__now_text(buf, at, room, ", partition ");
    return brasa__now_number(buf, at, room, lane->chain.partition);
}

static void begin_thread(brasa_run *run, brasa_lane *lane)
{
    brasa_now *now = brasa__now();

    now->stage = run->stage->id + 1;
    now->thread = lane->chain.thread + 1;
    now->describe = describe;
    now->running = lane;
    brasa__record_thread_begin(lane);
}

static void end_thread(brasa_lane *lane)
{
    brasa_now *now = brasa__now();

    brasa__record_thread_end(lane);
    now->stage = 0;
    now->describe = NULL;
    now->running = NULL;
}

static void meet(brasa_run *run, brasa_lane *lane)
{
    int64_t begun = brasa__clock_ns();

    if (run->here) return;
    brasa__crew_meet(run->crew);
    lane->wait_barrier_ns += brasa__clock_ns() - begun;
}

/* All threads leave with the same npieces, because only thread 0 sets it, between two barriers. */
static void finish_op(brasa_run *run, brasa_lane *lane, int32_t k)
{
    step(run, lane, k, do_end_thread);
    if (run->ops[k]->cls->finish == NULL) return;
    for (int32_t round = 0;; round++) {
        meet(run, lane);
        if (lane->chain.thread == 0) {
            run->late += run->npieces;
            run->npieces = 0;
            run->round = round;
            atomic_store(&run->next_piece, 0);
            step(run, lane, k, do_finish);
        }
        meet(run, lane);
        if (run->npieces == 0) return;
        step(run, lane, k, do_pieces);
    }
}

static brasa_status do_exchange_end(void *arg, brasa_error *err)
{
    brasa_lane *lane = arg;

    return brasa__exchange_thread_end(lane->chain.run->exchange, lane->chain.thread, err);
}

void brasa__run_thread(void *arg, int32_t thread)
{
    brasa_run  *run = arg;
    brasa_lane *lane = &run->lanes[thread];
    brasa_error err;

    begin_thread(run, lane);
    step(run, lane, 0, do_tasks);
    for (int32_t k = 0; k < run->nops; k++) {
        const brasa_op_class *cls = run->ops[k]->cls;

        if (cls->end_thread != NULL || cls->finish != NULL) finish_op(run, lane, k);
    }
    end_thread(lane);
    if (run->exchange == NULL || lane->ended) return;
    lane->ended = true;
    brasa__guarded(do_exchange_end, lane, &err); /* the stage has failed already */
}
