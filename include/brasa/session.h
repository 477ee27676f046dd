/* session.h -- starting, stopping, settings, errors.
 *
 * One session per process at a time; under a launcher one in all, and MPI is started by it.  brasa_start is called by every rank with the same arguments; on the workers it runs their part of all jobs and ends the process, so
 * only rank 0 (the driver) goes on with the user's main.  Without a launcher the one process is driver and worker.
 *
 * Calls come from the thread that called brasa_start, but for brasa_cancel and looking at results.  From elsewhere, after brasa_stop, in a process made by fork and with NULL for a session
 * or frame they do nothing: INVALID, told by the session or, where there is none, on standard error.
 *
 * Calls may come after a setlocale of the program: inside of them, and so in user functions, the thread's locale is C, on all ranks.
 */
#ifndef BRASA_SESSION_H
#define BRASA_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brasa/status.h"
#include "brasa/types.h"

typedef struct brasa_session brasa_session;

typedef struct brasa_start_options {
    const char        *app;          /* name of the job in messages; default: the program's */
    int32_t            threads;      /* task threads per worker; 0: the cores there are, divided among the ranks on the host */
    int64_t            memory;       /* budget per rank in bytes; 0: a share of the cgroup, Slurm or machine limit */
    const char *const *settings;     /* "key=value" strings, NULL-terminated; NULL: none */
    bool               keep_unknown; /* leave unknown --options in argv for the program (default: only those after --) */
} brasa_start_options;

/* Start.  Collective over all ranks; returns on rank 0 only, never NULL.  Takes --key=value options of Brasa out of *argc, *argv (--help-brasa lists them).  Ends the process with a message and
 * status 2 for unknown settings, and 1 where the ranks disagree (another program, another version, another build). */
#define brasa_start(argc, argv, ...) brasa_start_with((argc), (argv), &(brasa_start_options) {__VA_ARGS__})
brasa_session *brasa_start_with(int *argc, char ***argv, const brasa_start_options *options);

/* Rank 0.  Prints the first error on standard error, ends the workers, frees everything; returns the exit status for main: 0, or 1 after an error.
 * A job that was told to end (SIGTERM, SIGINT, SIGHUP; SIGUSR1: the time limit is near) has its running action cancelled, as by brasa_cancel; the status is then 128 + the signal, after
 * SIGUSR1 75: it may be started again.  Programs that handle these signals themselves, or ignore them, are left to do so. */
int brasa_stop(brasa_session *s);

/* The first error since the start or the last brasa_error_clear; NULL: none.  Rank 0; valid until cleared. */
const brasa_error *brasa_last_error(const brasa_session *s);
void               brasa_error_clear(brasa_session *s);
/* Ask what runs to stop: the action ends soon, on all ranks, with CANCELLED, and the session goes on.  Rank 0; any thread, and signal handlers.
 * The wish holds until brasa_error_clear, so one that comes between two actions is not lost. */
void brasa_cancel(brasa_session *s);
/* Print an error on standard error as "app: CLASS: text (where)". */
void brasa_error_print(const brasa_session *s, const brasa_error *e);

/* Change a setting for the jobs that follow ("shuffle-partitions", "64").  INVALID: no such key, or not its type.  Those that say what a rank is (threads, memory, driver-memory,
 * driver-works, bind, deadline, scratch, event-log, debug-rank) count at the start only: they are left, with a warning. */
brasa_status brasa_set(brasa_session *s, const char *key, const char *value);
/* The value in force, or NULL for an unknown key; valid until the next change. */
const char *brasa_get(const brasa_session *s, const char *key);

/* Names of the optimiser's passes, in running order, for the setting disable-passes; NULL past the last. */
const char *brasa_pass_name(int32_t i);

int32_t brasa_workers(const brasa_session *s);
int32_t brasa_threads(const brasa_session *s); /* per worker */

/* Frames made between begin and end are freed at the end, for programs that loop.  Rank 0; may nest. */
void brasa_scope_begin(brasa_session *s);
void brasa_scope_end(brasa_session *s);

/* Bytes copied to every worker with the next job, for the user function of that name (brasa_udf_call.state).  Copied at once; NULL, 0 removes.  NOT_FOUND: no such function. */
brasa_status brasa_udf_state_set(brasa_session *s, const char *udf, const void *state, size_t bytes);

/* The library's version, e.g. "0.1.0". */
const char *brasa_version(void);

#endif
