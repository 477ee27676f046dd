/* base/now.h -- what the calling thread is doing, and how long it has waited.
 *
 * One record a thread, written by that thread alone: plain stores, so that it can be kept up at no cost.  Log lines take the stage from it, tasks the
 * times of their waits, and the handler of a crash, which runs on the thread that crashed, says from it what the thread ran.
 */
#ifndef BRASA_BASE_NOW_H
#define BRASA_BASE_NOW_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct brasa_now {
    int32_t     stage;  /* + 1; 0: none */
    int32_t     thread; /* of the task threads, + 1; 0: the main thread */
    const char *udf;    /* the user function that runs; NULL: none */
    const char *doing;  /* what runs outside of operators; NULL: nothing that has a name */
    /* Says in a signal handler what runs: appends to buf at `at`, returns the new end.  NULL: nothing more to say. */
    size_t (*describe)(const void *running, char *buf, size_t at, size_t room);
    const void *running;
    /* Totals since the thread began. */
    int64_t io_ns, io_bytes; /* reading files */
    int64_t room_ns;         /* waiting for room in an exchange */
    int64_t spilled;         /* bytes */
    int32_t io_depth;
    /* Memory. */
    int64_t            taken;      /* bytes taken less those given back, since the thread began */
    int64_t            taken_mark; /* what of it has been told to: */
    struct brasa_held *holder;     /* who takes it; NULL: nobody that is counted */
} brasa_now;

/* What somebody (an operator) holds, over all threads that work for it.  Seen where threads turn to another holder, and where much is given
 * back at once: little that is taken and given back in between does not show. */
typedef struct brasa_held {
    atomic_llong now, most;
} brasa_held;

/* The calling thread works for `next` from here on; returns whom it worked for. */
brasa_held *brasa__now_hold(brasa_held *next);

/* The record of the calling thread; never NULL.  Safe in a signal handler. */
brasa_now *brasa__now(void);

/* Around what reads files; pairs may nest. */
int64_t brasa__now_io_begin(void);
void    brasa__now_io_end(int64_t begun, size_t bytes);

/* Append text or a number to buf[room] at `at`, cut to fit, NUL-terminated; return the new end.  Safe in a signal handler. */
size_t brasa__now_text(char *buf, size_t at, size_t room, const char *text);
size_t brasa__now_number(char *buf, size_t at, size_t room, int64_t v);
/* To standard error by write(2).  Safe in a signal handler. */
void brasa__now_print(const char *text, size_t n);

#endif
