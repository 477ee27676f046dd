/* base/alloc.h -- counted allocation, and what happens when there is no memory.
 *
 * Every byte is charged to the account of the thread's rank.  An allocation that fails, or that would pass the
 * budget, does not return NULL: it throws BRASA_NO_MEMORY to the nearest guard of its thread, which is set where
 * a task, a stage, an API call or a message handler begins.  So code between allocates without checking; it must
 * not hold a lock or a resource across an allocation unless an arena will release it (brasa__arena_defer).
 * With no guard, the process prints the error and aborts.
 */
#ifndef BRASA_BASE_ALLOC_H
#define BRASA_BASE_ALLOC_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct brasa_memory brasa_memory;

brasa_memory *brasa__memory_new(void);
void          brasa__memory_free(brasa_memory *m);

/* Bytes allowed (0: no limit), in use, and the most ever in use.  Any thread. */
void   brasa__memory_set_budget(brasa_memory *m, size_t bytes);
size_t brasa__memory_budget(const brasa_memory *m);
size_t brasa__memory_used(const brasa_memory *m);
size_t brasa__memory_peak(const brasa_memory *m);
/* The most is counted anew from what is in use now. */
void brasa__memory_restart_peak(brasa_memory *m);

/* Charge or release bytes that were got elsewhere (mapped pages).  charge throws when over budget. */
void brasa__memory_charge(size_t bytes);
void brasa__memory_release(size_t bytes);
/* Release what was charged to `m` (NULL: to none), from a thread that may belong to another rank. */
void brasa__memory_release_to(brasa_memory *m, size_t bytes);
/* Charge without throwing: false when over budget. */
int brasa__memory_try_charge(size_t bytes);

/* Zeroed memory, aligned to 16.  Throws.  bytes may be 0 (a unique pointer). */
void *brasa__alloc(size_t bytes);
/* Grow or shrink; new bytes are not zeroed.  Throws, leaving the old block as it was. */
void *brasa__realloc(void *p, size_t old_bytes, size_t new_bytes);
/* The size must be the one asked for.  NULL is ignored. */
void brasa__free(void *p, size_t bytes);

/* Zeroed memory outside every account, for what holds the accounts themselves; free() releases it.  Throws. */
void *brasa__alloc_untracked(size_t bytes);

/* Run fn(arg, err) under a guard: a throw inside makes this return the thrown status with `err` set.
 * Guards nest.  Locals of fn die with the throw; what must be released belongs to an arena. */
brasa_status brasa__guarded(brasa_status (*fn)(void *arg, brasa_error *err), void *arg, brasa_error *err);

/* Throw `code` with a text to the nearest guard of this thread.  Does not return. */
_Noreturn void brasa__throw(brasa_status code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void brasa__throw_error(const brasa_error *err);

#endif
