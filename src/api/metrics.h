/* api/metrics.h -- the last job's figures for brasa_metrics and EXPLAIN ANALYZE; for src/api only. */
#ifndef BRASA_API_METRICS_H
#define BRASA_API_METRICS_H

#include "api/internal.h"

/* Keep what a job did; takes the place of the job before. */
void brasa__metrics_keep(brasa_session *s, const brasa_job *job, const brasa_job_result *r, const char *action, int64_t ns);
/* The plan with true rows, time and skew, then a line a stage, decisions, and the total. */
void brasa__metrics_text(const brasa_job_metrics *m, const brasa_node *plan, brasa_text *out);

#endif
