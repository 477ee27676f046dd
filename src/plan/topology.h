/* plan/topology.h -- where a job will run: what choices and partition counts may depend on. */
#ifndef BRASA_PLAN_TOPOLOGY_H
#define BRASA_PLAN_TOPOLOGY_H

#include <stdint.h>

typedef struct brasa_topology {
    int32_t workers;
    int32_t threads; /* per worker */
} brasa_topology;

#endif
