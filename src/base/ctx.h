/* base/ctx.h -- the state of one rank.
 *
 * There are no mutable globals: everything a rank owns hangs off its context, so that comm/sim can run many
 * ranks as threads of one process.  Each thread of a rank points at the rank's context; a thread that has none
 * sees a static default (no budget, no faults, logging of errors only).
 */
#ifndef BRASA_BASE_CTX_H
#define BRASA_BASE_CTX_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

struct brasa_config;
struct brasa_memory;
struct brasa_pool;
struct brasa_faults;
struct brasa_log;
struct brasa_udf_states;
struct brasa_events;
struct brasa_progress;
struct brasa_zones;
struct brasa_session;

typedef struct brasa_ctx {
    int32_t              rank;    /* in the world: 0 is the driver */
    int32_t              size;    /* ranks in the world */
    int32_t              threads; /* task threads of this rank */
    char                 host[64];
    struct brasa_config *config;                /* base/config.h */
    struct brasa_memory *memory;                /* base/alloc.h: the account and its budget */
    struct brasa_pool   *pool;                  /* mem/buf.h: reused buffers */
    void (*pool_free)(struct brasa_pool *);     /* set by whoever makes the pool; called by brasa__ctx_free */
    _Atomic(struct brasa_zones *) zones;        /* base/zone.h: those that were asked for; NULL: none yet */
    struct brasa_faults          *faults;       /* base/fault.h */
    struct brasa_log             *log;          /* base/log.h */
    struct brasa_udf_states      *udf_states;   /* expr/udf.h: state blocks of user functions; NULL: none.  Whoever sets it frees it */
    struct brasa_events          *events;       /* obs/events.h: the event log, on rank 0; NULL: none.  Whoever opens it closes it */
    struct brasa_progress        *progress;     /* obs/progress.h: counters of the stage that runs; NULL: none */
    atomic_int                    crashed;      /* obs/crash.h: the thread that says so now; 0: none */
    void                         *crash_stack;  /* obs/crash.h: of the main thread's handlers; free() releases it */
    void                         *crash_before; /* obs/crash.h: handlers of a sanitizer; free() releases it */
    atomic_bool                   cancel;       /* the running job must stop: tasks look at every batch; a signal handler may set it */
    atomic_int                    told;         /* obs/stop.h: the signal that told this rank to end, for good; 0: none */
    atomic_int                    acting;       /* obs/stop.h: rank 0 is in so many actions */
    void (*watch)(void *arg); /* of a rank that runs a stage: answers others, sets `cancel` when rank 0 says so; NULL: none */
    void                 *watch_arg;
    struct brasa_session *session; /* of rank 0, while there is one (api) */
    const char           *node;    /* operator or step that this rank is in, for messages; static storage */
} brasa_ctx;

/* The context of the calling thread; never NULL. */
brasa_ctx *brasa__ctx(void);

/* Attach the calling thread to a context (NULL: to the default); returns the one it had. */
brasa_ctx *brasa__ctx_set(brasa_ctx *ctx);

/* Make a context with its account, fault table, log and a configuration of defaults; destroy it. */
brasa_ctx *brasa__ctx_new(int32_t rank, int32_t size);
void       brasa__ctx_free(brasa_ctx *ctx);

/* Main thread, in waits that may be long: look whether the job is to stop. */
static inline void brasa__ctx_watch(const brasa_ctx *ctx)
{
    if (ctx->watch != NULL) ctx->watch(ctx->watch_arg);
}

#endif
