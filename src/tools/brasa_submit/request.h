/* tools/brasa_submit/request.h -- what the user wants: options, environment and brasa.conf in one list.
 *
 * Everything that can be asked for is a key with a value: the settings of a job (brasa_setting_key) and the keys of brasa-submit itself.  Later sources win: files, BRASA_* of the
 * environment, options.
 */
#ifndef BRASA_TOOLS_SUBMIT_REQUEST_H
#define BRASA_TOOLS_SUBMIT_REQUEST_H

#include "tools/brasa_submit/text.h"
#include "tools/shared/cmdline.h"

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_AGAIN = 75, STATUS_MISSING = 127 };

typedef struct ask {
    struct ask *next;
    const char *key, *value;
    const char *from; /* "brasa.conf:3", "BRASA_THREADS", "--threads": for messages */
} ask;

typedef struct request {
    text_pool  *pool;
    ask        *settings;
    const char *program; /* its path */
    char      **args;    /* of the program; ends with NULL */
    bool        dry_run;
    /* --slurm */
    bool        slurm;
    const char *script; /* where the batch script goes; NULL: a name of its own */
    text_list   sbatch; /* options for sbatch, "--time=1:00:00" */
    bool        whole_nodes;
    bool        requeue;
} request;

/* Fill from files, environment and command line.  CMD_WRONG: a message was printed. */
cmd_outcome request_read(request *r, int argc, char **argv);

/* The value that won; NULL: nobody asked. */
const char *request_get(const request *r, const char *key);
const char *request_from(const request *r, const char *key);
bool        request_flag(const request *r, const char *key);
/* The value as a number in [1, most]; 0: nobody asked.  Values have been checked. */
int32_t request_number(const request *r, const char *key);
/* Is the key one of a job's settings (and not brasa-submit's own)? */
bool request_is_job_key(const char *key);

/* Is this file a Brasa job?  false: a message was printed. */
bool program_check(const char *path);
/* The program's path: as given, or found in PATH; NULL: a message was printed. */
const char *program_find(text_pool *pool, const char *name);

#endif
