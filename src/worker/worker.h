/* worker/worker.h -- ranks other than 0: obey the driver until it says stop. */
#ifndef BRASA_WORKER_WORKER_H
#define BRASA_WORKER_WORKER_H

#include "exec/exec.h"

/* Collective over the world with brasa__driver_new.  Returns OK when the driver has ended the loop.  An error means that this rank cannot reach the others, or was refused at
 * the start (then all ranks have the same error): the process must end. */
brasa_status brasa__worker_run(brasa_comm *world, int32_t threads, brasa_error *err);

#endif
