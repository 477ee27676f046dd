/* tools/brasa_submit/plan.h -- from what is there to what is started.
 *
 * place_find: the nodes, their cores and memory (Slurm's allocation, --hosts, or this host), without those that were `lost`.  shape_choose: workers by node, threads, memory.  launch_build: the command.
 * Each prints its message and returns false when it cannot.
 */
#ifndef BRASA_TOOLS_SUBMIT_PLAN_H
#define BRASA_TOOLS_SUBMIT_PLAN_H

#include <stdint.h>

#include "tools/brasa_submit/request.h"

typedef struct node {
    const char *name;
    int32_t     cores;
    int32_t     tasks; /* what Slurm was asked for on this node; 0: nothing */
    int32_t     workers;
    int64_t     memory; /* bytes that the job may use there */
} node;

typedef struct plan {
    text_pool  *pool;
    const char *job;   /* Slurm's job id; NULL: outside of Slurm */
    node       *nodes; /* the driver runs on the first */
    int32_t     nnodes;
    int32_t     domains;       /* NUMA domains of a node */
    int32_t     cpus_per_task; /* as Slurm was asked; 0: nothing */
    bool        here;          /* one node, and it is this host */

    int32_t workers, ranks, threads;
    int64_t memory, driver_memory; /* per rank */
    bool    driver_works;

    const char *mark;    /* names what belongs to this run */
    const char *scratch; /* its private directory, on every host */
    text_list   env;     /* NAME=value, for the ranks */
    text_list   command; /* the launcher and its options, the program, its arguments */
    enum { LAUNCH_ALONE, LAUNCH_MPIRUN, LAUNCH_SRUN } launcher;
} plan;

bool place_find(plan *p, const request *r, const text_list *lost);
bool shape_choose(plan *p, const request *r);
bool launch_build(plan *p, const request *r);
/* The same on every host, once: for sweeping.  `words` ends with NULL. */
void launch_everywhere(const plan *p, const char *const *words, text_list *out);
void launch_print(const plan *p, FILE *to);

/* "n[1-3,07],login" as names; false: not such a list. */
bool expand_hosts(const char *text, text_list *out);

#endif
