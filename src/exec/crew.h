/* exec/crew.h -- the task threads of a worker.
 *
 * Threads sleep between stages.  A stage is one function that every thread runs; inside it threads meet at barriers, and whoever waits (at a
 * barrier, or for the next stage) helps with work that another thread has split.
 */
#ifndef BRASA_EXEC_CREW_H
#define BRASA_EXEC_CREW_H

#include "base/status.h"

typedef struct brasa_crew brasa_crew;

/* Threads share the caller's context.  NO_MEMORY: the system gives no more threads. */
brasa_status brasa__crew_new(int32_t threads, brasa_crew **out, brasa_error *err);
void         brasa__crew_free(brasa_crew *c);

/* Main thread: every thread runs fn(arg, thread) once; fn must not throw.  wait returns when all have. */
void brasa__crew_start(brasa_crew *c, void (*fn)(void *arg, int32_t thread), void *arg);
void brasa__crew_wait(brasa_crew *c);
/* Every thread, inside fn: returns when all are here. */
void brasa__crew_meet(brasa_crew *c);
/* fn(arg, i, err) for i in 0..n-1, guarded, by idle threads and the caller when it is one of the crew (the main thread only waits).  The first failure ends it. */
brasa_status brasa__crew_parallel(brasa_crew *c, int32_t n, brasa_status (*fn)(void *arg, int32_t i, brasa_error *err), void *arg,
                                  brasa_error *err);

#endif
