/* driver/inner.h -- inside of the driver; for src/driver only. */
#ifndef BRASA_DRIVER_INNER_H
#define BRASA_DRIVER_INNER_H

#include "driver/driver.h"
#include "exec/message.h"

struct brasa_driver {
    brasa_comm    *world;
    brasa_exec    *local; /* in a job of one process; else NULL */
    brasa_topology topology;
    uint64_t       environment; /* hash of what the workers have; 0: nothing yet */
    bool           broken;

    brasa_rank_about *ranks; /* [world->size] */
};

/* PEER when the driver is broken. */
brasa_status brasa__driver_send(brasa_driver *d, brasa_order_kind kind, int32_t flags, const brasa_wire *body, brasa_error *err);

#endif
