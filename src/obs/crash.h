/* obs/crash.h -- what a rank says when it crashes: which rank, where in the plan, and a backtrace.
 *
 * A handler for SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT, run on the thread that crashed: it reads that thread's record (base/now.h), prints with
 * write(2), and lets the signal end the process as it would have.  A user function that calls exit() is told of, too, and never ends in success.
 */
#ifndef BRASA_OBS_CRASH_H
#define BRASA_OBS_CRASH_H

#include <stddef.h>

/* Which signals had no handler before others (MPI) installed theirs: only for those will brasa__crash_install put ours in. */
unsigned brasa__crash_free_signals(void);
void     brasa__crash_install(unsigned signals); /* and a stack for the handlers of the calling thread */
/* Before the context of the thread goes. */
void brasa__crash_remove(void);

/* Bytes for a thread's stack of handlers, so that a stack that has run over can be told of. */
enum { BRASA_CRASH_STACK = 64 << 10 };
/* The calling thread's handlers run on `stack`, which must outlive the thread's work; NULL: on its own again. */
void brasa__crash_stack(void *stack);

/* Wait until a debugger is attached to this process, saying on standard error how; in a terminal of its own where there is a display. */
void brasa__debug_wait(void);

#endif
