/* crew.c -- task threads: one lock, one condition, work that is always coarse.
 *
 * Invariant: a split job is in the list `jobs` from before its first piece until after its last; it lives on the stack of the thread that split it, which
 * waits for all pieces.
 */
#include "exec/crew.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "base/now.h"
#include "obs/crash.h"

enum { WATCH_NS = 20000000 };

typedef struct job {
    struct job *next_job;
    brasa_status (*fn)(void *arg, int32_t i, brasa_error *err);
    void        *arg;
    int32_t      n, taken, ended;
    brasa_held  *holder; /* who splits it */
    brasa_status status;
    brasa_error  error;
} job;

typedef struct member {
    brasa_crew *crew;
    int32_t     thread;
    pthread_t   id;
} member;

struct brasa_crew {
    pthread_mutex_t lock;
    pthread_cond_t  wake;
    brasa_ctx      *ctx;
    int32_t         threads;
    int32_t         started; /* threads that exist */
    void (*fn)(void *arg, int32_t thread);
    void   *arg;
    int64_t stage;   /* number of the start */
    int32_t running; /* threads still inside fn */
    bool    quit;
    job    *jobs;
    int32_t arrived; /* at the barrier */
    int64_t meetings;
    member  members[]; /* [threads] */
};

static _Thread_local const brasa_crew *my_crew; /* of a task thread; never changes after the thread's start */

typedef struct piece {
    job    *j;
    int32_t i;
} piece;

static brasa_status run_piece(void *arg, brasa_error *err)
{
    piece *p = arg;

    return p->j->fn(p->j->arg, p->i, err);
}

/* Take and run one piece of j, with the lock held before and after. */
static void work_on(brasa_crew *c, job *j)
{
    piece        p = {.j = j, .i = j->taken++};
    brasa_error  err;
    brasa_held  *before;
    brasa_status status;

    pthread_mutex_unlock(&c->lock);
    brasa__error_clear(&err);
    before = brasa__now_hold(j->holder);
    status = brasa__guarded(run_piece, &p, &err);
    brasa__now_hold(before);
    pthread_mutex_lock(&c->lock);
    if (status != BRASA_OK && j->status == BRASA_OK) {
        j->status = status;
        j->error = err;
        j->ended += j->n - j->taken; /* the rest is not begun */
        j->taken = j->n;
    }
    j->ended++;
    if (j->ended == j->n) pthread_cond_broadcast(&c->wake);
}

static bool help(brasa_crew *c)
{
    for (job *j = c->jobs; j != NULL; j = j->next_job) {
        if (j->taken < j->n) {
            work_on(c, j);
            return true;
        }
    }
    return false;
}

static void *thread_main(void *arg)
{
    _Alignas(16) char handlers[BRASA_CRASH_STACK]; /* at this end of the stack, which is there when the other has run over */
    const member     *m = arg;
    brasa_crew       *c = m->crew;
    int64_t           seen = 0;

    brasa__crash_stack(handlers);
    brasa__ctx_set(c->ctx);
    my_crew = c;
    pthread_mutex_lock(&c->lock);
    while (!c->quit) {
        if (c->stage != seen) {
            seen = c->stage;
            pthread_mutex_unlock(&c->lock);
            c->fn(c->arg, m->thread);
            pthread_mutex_lock(&c->lock);
            if (--c->running == 0) pthread_cond_broadcast(&c->wake);
        } else if (!help(c)) {
            pthread_cond_wait(&c->wake, &c->lock);
        }
    }
    pthread_mutex_unlock(&c->lock);
    brasa__crash_stack(NULL);
    return NULL;
}

static size_t crew_bytes(int32_t threads)
{
    return sizeof(brasa_crew) + sizeof(member) * (size_t)threads;
}

static brasa_status start_thread(brasa_crew *c, int32_t thread, brasa_error *err)
{
    member *m = &c->members[thread];
    int     rc;

    m->crew = c;
    m->thread = thread;
    rc = pthread_create(&m->id, NULL, thread_main, m);
    if (rc != 0) return brasa__fail_errno(err, rc, "thread %d of %d cannot be started; give fewer --threads", thread + 1, c->threads);
    c->started++;
    return BRASA_OK;
}

brasa_status brasa__crew_new(int32_t threads, brasa_crew **out, brasa_error *err)
{
    brasa_crew *c;

    if (threads < 1) threads = 1;
    c = brasa__alloc(crew_bytes(threads));
    c->threads = threads;
    c->ctx = brasa__ctx();
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    for (int32_t t = 0; t < threads; t++) {
        brasa_status status = start_thread(c, t, err);

        if (status != BRASA_OK) {
            brasa__crew_free(c);
            return status;
        }
    }
    *out = c;
    return BRASA_OK;
}

void brasa__crew_free(brasa_crew *c)
{
    if (c == NULL) return;
    pthread_mutex_lock(&c->lock);
    c->quit = true;
    pthread_cond_broadcast(&c->wake);
    pthread_mutex_unlock(&c->lock);
    for (int32_t t = 0; t < c->started; t++) pthread_join(c->members[t].id, NULL);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    brasa__free(c, crew_bytes(c->threads));
}

void brasa__crew_start(brasa_crew *c, void (*fn)(void *arg, int32_t thread), void *arg)
{
    pthread_mutex_lock(&c->lock);
    c->fn = fn;
    c->arg = arg;
    c->running = c->threads;
    c->stage++;
    pthread_cond_broadcast(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

/* The main thread waits, with the lock held; now and then it looks whether the job is to stop. */
static void wait_watching(brasa_crew *c)
{
    struct timespec until;

    if (c->ctx->watch == NULL) {
        pthread_cond_wait(&c->wake, &c->lock);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WATCH_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    if (pthread_cond_timedwait(&c->wake, &c->lock, &until) != ETIMEDOUT) return;
    pthread_mutex_unlock(&c->lock);
    brasa__ctx_watch(c->ctx);
    pthread_mutex_lock(&c->lock);
}

void brasa__crew_wait(brasa_crew *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->running > 0) wait_watching(c);
    pthread_mutex_unlock(&c->lock);
}

void brasa__crew_meet(brasa_crew *c)
{
    pthread_mutex_lock(&c->lock);
    if (++c->arrived == c->threads) {
        c->arrived = 0;
        c->meetings++;
        pthread_cond_broadcast(&c->wake);
    } else {
        int64_t now = c->meetings;

        while (c->meetings == now) {
            if (!help(c)) pthread_cond_wait(&c->wake, &c->lock);
        }
    }
    pthread_mutex_unlock(&c->lock);
}

static void unlink_job(brasa_crew *c, const job *j)
{
    job **at = &c->jobs;

    while (*at != j) at = &(*at)->next_job;
    *at = j->next_job;
}

brasa_status brasa__crew_parallel(brasa_crew *c, int32_t n, brasa_status (*fn)(void *arg, int32_t i, brasa_error *err), void *arg,
                                  brasa_error *err)
{
    job j = {.fn = fn, .arg = arg, .n = n, .holder = brasa__now()->holder};

    if (n <= 0) return BRASA_OK;
    pthread_mutex_lock(&c->lock);
    j.next_job = c->jobs;
    c->jobs = &j;
    pthread_cond_broadcast(&c->wake);
    while (my_crew == c && j.taken < n) work_on(c, &j);
    while (j.ended < n) pthread_cond_wait(&c->wake, &c->lock);
    unlink_job(c, &j);
    pthread_mutex_unlock(&c->lock);
    if (j.status != BRASA_OK && err != NULL) *err = j.error;
    return j.status;
}
