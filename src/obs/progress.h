/* obs/progress.h -- counters of the stage that runs, and how rank 0 sees them.
 *
 * Every task thread has a line of its own and writes it with plain stores, so counting costs nothing and sends nothing.  The lines lie in a page that the
 * workers on rank 0's host share with it; the order of a stage says where it is.  Workers on other hosts count for themselves, and what they tell the
 * other workers in each round of an exchange is put into the page by those who have it.
 *
 * A stage is known by its number: how many stages the driver has ordered so far.
 */
#ifndef BRASA_OBS_PROGRESS_H
#define BRASA_OBS_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct brasa_progress brasa_progress;

/* A task thread's line: written by that thread only. */
typedef struct brasa_progress_line {
    _Alignas(64) atomic_llong tasks; /* done */
    atomic_llong rows;               /* read */
} brasa_progress_line;

/* Where the page is: goes with the order of a stage.  fd -1: there is none. */
typedef struct brasa_progress_place {
    int32_t  pid, fd, ranks, threads;
    uint64_t host; /* hash of its name */
    uint64_t mark; /* what the page begins with */
} brasa_progress_place;

/* Of rank `rank`: a page for itself; with `ranks` > 1 one that workers with at most `threads` threads can share. */
brasa_progress *brasa__progress_new(int32_t rank, int32_t ranks, int32_t threads);
void            brasa__progress_free(brasa_progress *p);
/* Rank 0: where its page is. */
brasa_progress_place brasa__progress_place(const brasa_progress *p);
/* A worker: use that page, if it is on this host. */
void brasa__progress_join(brasa_progress *p, const brasa_progress_place *place);

/* Stage `number` (from 1) has been ordered; a worker begins it with so many tasks.  NULL is ignored by all calls. */
void brasa__progress_order(brasa_progress *p, int64_t number);
void brasa__progress_begin(brasa_progress *p, int32_t tasks);
/* Line of a task thread, valid until the next order; never NULL when p is not. */
brasa_progress_line *brasa__progress_line(brasa_progress *p, int32_t thread);

/* What one rank, or all, have done of the stage that was ordered last. */
typedef struct brasa_progress_sum {
    int64_t tasks, rows;
    int64_t total; /* tasks of those who were heard */
    int32_t heard; /* ranks */
} brasa_progress_sum;
brasa_progress_sum brasa__progress_mine(brasa_progress *p);
brasa_progress_sum brasa__progress_all(brasa_progress *p);
/* What another rank says of itself; kept where the page is shared and that rank does not write there itself. */
void brasa__progress_heard(brasa_progress *p, int32_t rank, const brasa_progress_sum *said);

#endif
