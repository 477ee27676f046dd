/* tools/brasa_submit/run.h -- a planned job is run, watched, ended and swept up after. */
#ifndef BRASA_TOOLS_SUBMIT_RUN_H
#define BRASA_TOOLS_SUBMIT_RUN_H

#include "tools/brasa_submit/plan.h"
#include "tools/brasa_submit/watch.h"

typedef struct run_end {
    bool again;     /* it did not end by a fault of its own: a rank was killed, or a host was lost */
    char lost[128]; /* that host; "": none */
} run_end;

/* Runs it; returns the exit status of brasa-submit: the job's. */
int run_job(plan *p, run_end *end);

/* What went wrong, in a sentence on standard error.  `status`: how the launcher ended, as of waitpid. */
int verdict(const plan *p, const watch *w, int status);

/* Ends all processes below this one. */
void kill_all(void);
/* The same, when the launcher has ended; returns when all of them are gone, with what they were doing in the kernel. */
void end_all(void);
/* As in /proc: R, S, D, T (stopped)...; Z: it has ended. */
char process_state(int pid);
/* A child of that process in that state (0: any but Z); 0: there is none. */
int child_in(int pid, char state);

/* Removes the directory and all in it, the segments of shared memory with `shm` in their names ("": none), and Open MPI's session directory of process `launcher` (0: none).
 * All of this user only. */
void sweep_here(const char *scratch, const char *shm, int launcher);
/* The same on all hosts of a job that failed: another start of this program by the launcher. */
void sweep_everywhere(const plan *all, const watch *w);
/* `brasa-submit --sweep SCRATCH SHM`: the other end. */
int sweep_main(int argc, char **argv);

/* Writes the batch script and submits it. */
int batch_submit(const request *r);

#endif
