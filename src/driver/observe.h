/* driver/observe.h -- what happens in a job, for the event log; for src/driver only.
 *
 * Nothing here fails: an event that there is no memory for is left out.
 */
#ifndef BRASA_DRIVER_OBSERVE_H
#define BRASA_DRIVER_OBSERVE_H

#include "driver/inner.h"

/* Stage i of the job begins; reports of the stages before it are there. */
void brasa__observe_stage_start(brasa_driver *d, const brasa_job *job, int32_t i, const brasa_stage_report *reports);
/* It has ended; `begin_ns`: when its order was sent.  After a failure the report says nothing. */
void brasa__observe_stage_end(brasa_driver *d, const brasa_job *job, int32_t i, const brasa_stage_report *report, int64_t begin_ns,
                              brasa_status status);

#endif
