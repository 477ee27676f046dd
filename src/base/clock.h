/* base/clock.h -- time, and the size of the machine. */
#ifndef BRASA_BASE_CLOCK_H
#define BRASA_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t brasa__clock_ns(void);      /* monotonic */
int64_t brasa__clock_unix_us(void); /* wall clock, UTC */
void    brasa__sleep_us(int64_t us);

/* Cores this process may run on (affinity and cgroup quota, rounded up), at least 1. */
int32_t brasa__machine_cores(void);
/* Bytes this process may use: the least of cgroup v1/v2 limits, SLURM_MEM_PER_NODE and the machine's memory. */
size_t brasa__machine_memory(void);

#endif
