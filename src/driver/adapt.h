/* driver/adapt.h -- what is left of a job, planned again from the true sizes of what has run. */
#ifndef BRASA_DRIVER_ADAPT_H
#define BRASA_DRIVER_ADAPT_H

#include "driver/driver.h"

/* Room for the stages of a job that may grow: each join at most once. */
enum { BRASA_ADAPT_ROOM = 4 };

/* Stages [done, n) have not run; those before have, as reports[0..done) say.  Changes what is to come and notes why in `out`; returns how many stages there are now, of the
 * BRASA_ADAPT_ROOM times as many as at first that there is room for.  The rows of the job stay the same. */
int32_t brasa__driver_adapt(const brasa_topology *topology, brasa_stage *stages, int32_t n, int32_t done, const brasa_stage_report *reports,
                            brasa_arena *arena, brasa_job_result *out);

#endif
