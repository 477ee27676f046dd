/* submit.h -- for programs that start jobs: the settings there are, and what this machine gives a process.
 *
 * brasa-submit stands on this.  Not part of brasa.h: jobs do not need it.
 */
#ifndef BRASA_SUBMIT_H
#define BRASA_SUBMIT_H

#include <stdint.h>

#include "brasa/status.h"

/* The key of setting i ("shuffle-partitions"); NULL past the last.  Static storage. */
const char *brasa_setting_key(int32_t i);
/* What the setting is for, in a line; NULL past the last. */
const char *brasa_setting_doc(int32_t i);
/* Would a job take this setting?  INVALID: there is no such key (with the nearest one), or the value is not of its type or range. */
brasa_status brasa_setting_check(const char *key, const char *value, brasa_error *err);

/* What the calling process may use of this machine: affinity and cpusets, cgroup limits of both versions, Slurm's limits. */
typedef struct brasa_machine {
    int32_t cores;   /* at least 1 */
    int32_t domains; /* NUMA domains that have one of these cores; at least 1 */
    int64_t memory;  /* bytes */
} brasa_machine;

/* This machine, now.  Any thread. */
brasa_machine brasa_machine_here(void);

#endif
