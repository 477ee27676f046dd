/* base/machine.h -- the size of the machine, as this process may use it. */
#ifndef BRASA_BASE_MACHINE_H
#define BRASA_BASE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct brasa_machine_size {
    int32_t cores;   /* affinity (and with it cpusets) and cgroup quota, rounded up; at least 1 */
    int32_t domains; /* NUMA domains that have one of these cores; at least 1 */
    int64_t memory;  /* bytes: the least of cgroup v1 and v2 limits, Slurm's and the machine's */
} brasa_machine_size;

/* Looks below `root`/sys and `root`/proc ("": the machine itself); environment, affinity and memory of the machine are always the true ones. */
brasa_machine_size brasa__machine_look(const char *root);

/* Cores this process may run on, at least 1; bytes it may use. */
int32_t brasa__machine_cores(void);
size_t  brasa__machine_memory(void);

/* The state of a process (`T`: stopped) and when it began, in clock ticks since the machine did.  false: there is none, or it cannot be seen. */
bool brasa__machine_process(int64_t pid, char *state, int64_t *start);

/* A name of this start of the machine; empty where it has none. */
void brasa__machine_boot(char *out, size_t room);

/* Keeps the calling thread, and those that it starts, to the cores of the n-th NUMA domain (of those that it may use, counted round) or to `count` cores, the n-th such share of its own.
 * Nothing happens where there is nothing to choose from. */
void brasa__machine_bind_domain(int32_t n);
void brasa__machine_bind_core(int32_t n, int32_t count);

#endif
