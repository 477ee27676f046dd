/* worker/inner.h -- inside of a worker; for src/worker only. */
#ifndef BRASA_WORKER_INNER_H
#define BRASA_WORKER_INNER_H

#include "worker/worker.h"

typedef struct brasa_worker {
    brasa_comm              *world;
    brasa_comm              *workers;
    brasa_exec              *exec;
    brasa_arena             *arena;  /* of one order */
    struct brasa_udf_states *states; /* made here, for the context */
} brasa_worker;

/* Order FETCH: offer the rows of this worker's items to the driver.  An error means that the driver cannot be reached. */
brasa_status brasa__worker_send_rows(brasa_worker *w, brasa_arena *arena, brasa_reader *body, brasa_error *err);

#endif
