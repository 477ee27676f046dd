/* driver/adapt.h -- what is left of a job, planned again from the true sizes of what has run. */
#ifndef BRASA_DRIVER_ADAPT_H
#define BRASA_DRIVER_ADAPT_H

#include "driver/driver.h"

/* Stages [done, n) have not run; stages[done - 1] has, as `last` says.  Changes what is to come (never their number) and notes why in `out`.  The rows of
 * the job stay the same. */
void brasa__driver_adapt(const brasa_topology *topology, brasa_stage *stages, int32_t n, int32_t done, const brasa_stage_report *last,
                         brasa_arena *arena, brasa_job_result *out);

#endif
