/* tools/brasa_submit/watch.h -- what is learnt from the standard error of a job on its way to ours.
 *
 * Notes of rank 0 (base/note.h: "\x1eTOKEN text\n") are taken out of it; the launchers' messages about ranks that died and hosts that were lost are read and passed on.
 */
#ifndef BRASA_TOOLS_SUBMIT_WATCH_H
#define BRASA_TOOLS_SUBMIT_WATCH_H

#include <stdbool.h>
#include <stddef.h>

typedef struct watch {
    char token[40];
    /* what was learnt */
    bool ended; /* rank 0 says that the program's work is done: */
    int  end_status;
    bool aborted; /* a rank says that the job cannot go on, and has said why: */
    int  abort_status;
    char stage[256]; /* the last that began; "": none */
    char shm[64];    /* in the names of this job's shared-memory segments; "": not known */
    int  pid;        /* of rank 0, on host: */
    char pid_host[128];
    int  deadline_s;         /* the job's; 0: none, or not known */
    bool died;               /* a rank: */
    int  rank, signal, code; /* -1: not known; signal 0: it left with `code` */
    char host[128];          /* of it, or the one that was lost; "": not known */
    char missing[256];       /* the program, which is not on `host`; "": it is */
    bool lost;               /* a host */
    bool deaf;               /* nobody reads standard output any more: mpirun ends, and not well */
    bool stuck;              /* the launcher, which did not end when all of its processes had */
    bool said;               /* anything was passed on */
    /* the line that is being read */
    bool   in_note;
    char   line[1024];
    size_t length;
} watch;

/* Reads n bytes; returns how many of them, moved to the front of `bytes`, are to be passed on. */
size_t watch_bytes(watch *w, char *bytes, size_t n);

#endif
