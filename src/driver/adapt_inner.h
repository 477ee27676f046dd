/* driver/adapt_inner.h -- what the decisions of adaptive execution share; for src/driver/adapt*.c only. */
#ifndef BRASA_DRIVER_ADAPT_INNER_H
#define BRASA_DRIVER_ADAPT_INNER_H

#include "driver/adapt.h"

typedef struct adapter {
    const brasa_topology     *topology;
    brasa_stage              *stages;
    int32_t                   n, done;
    const brasa_stage_report *reports; /* [done] */
    brasa_arena              *arena;
    brasa_job_result         *out;
} adapter;

enum { ADAPT_HEAVY = 5, ADAPT_TASKS_PER_THREAD = 4 }; /* times the median: skewed; tasks for each thread, so that all end together */

bool adapt_is_exchange(const brasa_stage *s, brasa_exchange_kind kind);
/* Stages to come that read the output of stage `id` as rows or as a build side (runtime filters do not count). */
int32_t adapt_readers(const adapter *a, int32_t id);
/* Nothing in the stage, behind it or in it, counts on how the rows of its join with stage `build` lie. */
bool adapt_layout_is_free(const adapter *a, const brasa_stage *t, int32_t build);
/* Each build row may be on several workers. */
bool adapt_build_may_repeat(const brasa_op_desc *op);

/* adapt_skew.c: a join's stream of which most lies in few partitions; true: the plan was changed. */
bool adapt_skew(adapter *a);

#endif
