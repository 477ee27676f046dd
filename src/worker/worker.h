/* worker/worker.h -- ranks other than 0: obey the driver until it says stop. */
#ifndef BRASA_WORKER_WORKER_H
#define BRASA_WORKER_WORKER_H

#include "exec/exec.h"

/* Collective over the world with brasa__driver_new.  Returns OK when the driver has ended the loop, or when all ranks were refused at the start (rank 0 then has the
 * error, and says so).  An error, which has been logged, means that this rank cannot reach the others: the process must end by brasa__comm_abort. */
brasa_status brasa__worker_run(brasa_comm *world, int32_t threads, brasa_error *err);

#endif
