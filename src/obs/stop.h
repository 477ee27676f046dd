/* obs/stop.h -- a job that is told to end: SIGTERM, SIGINT, SIGHUP, and SIGUSR1, with which Slurm warns of a time limit.
 *
 * The first signal cancels what runs, as brasa_cancel does, for good: the action ends with CANCELLED on all ranks, nothing of its output is seen, the event log gets its last lines,
 * temporary files go, and the program comes to its end.  Rank 0 between two actions has a few seconds to come to the next one, then the signal ends it; a second signal ends any
 * rank at once.  Signals that the program handles itself, or ignores, are left to it.
 */
#ifndef BRASA_OBS_STOP_H
#define BRASA_OBS_STOP_H

#include <stdbool.h>

#include "base/status.h"

enum { BRASA_STOP_AGAIN = 75 /* EX_TEMPFAIL: the job may be started again */ };

/* From now on, on this process; and no longer. */
void brasa__stop_install(void);
void brasa__stop_remove(void);

/* The signal that this rank was told to end by; 0: none. */
int brasa__stop_signal(void);
/* "SIGUSR1 (the time limit is near)"; NULL: none. */
const char *brasa__stop_reason(void);
/* The exit status of a job that ended because of it: 75 after SIGUSR1, else 128 + the signal. */
int brasa__stop_status(void);

/* Is what runs to end? */
bool brasa__stop_wanted(void);
/* CANCELLED, with the reason. */
brasa_status brasa__stop_fail(brasa_error *err);

/* Rank 0: an action begins, and ends; they nest. */
void brasa__stop_acting(int by);

#endif
