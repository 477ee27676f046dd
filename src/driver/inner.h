/* driver/inner.h -- inside of the driver; for src/driver only. */
#ifndef BRASA_DRIVER_INNER_H
#define BRASA_DRIVER_INNER_H

#include "driver/driver.h"
#include "exec/message.h"

struct brasa_driver {
    brasa_comm    *world;
    brasa_comm    *workers; /* of all ranks, where the driver works among others; else NULL */
    brasa_exec    *local;   /* where the driver works: alone, or among others; else NULL */
    brasa_topology topology;
    uint64_t       environment; /* hash of what the workers have; 0: nothing yet */
    bool           broken;

    brasa_rank_about *ranks; /* [world->size] */

    bool                   showing;  /* progress may be shown */
    struct brasa_progress *progress; /* made when it is first wanted */
    struct brasa_show     *show;
    int64_t                orders; /* stages so far */
    int32_t                jobs;
};

/* The only process: nothing is sent. */
bool brasa__driver_alone(const brasa_driver *d);
/* Ranks of the workers: from 0 where the driver works, else from 1. */
int32_t brasa__driver_rank_of(const brasa_driver *d, int32_t worker);

/* PEER when the driver is broken. */
brasa_status brasa__driver_send(brasa_driver *d, brasa_order_kind kind, int32_t flags, const brasa_wire *body, brasa_error *err);

/* Tasks of stage i, whose inputs' reports are there; -1: not known before the workers have opened it. */
int64_t brasa__driver_stage_tasks(const brasa_job *job, int32_t i, const brasa_stage_report *reports);
/* progress.c: around a stage, where progress is shown. */
void brasa__driver_show_begin(brasa_driver *d, const brasa_job *job, int32_t i, const brasa_stage_report *reports);
void brasa__driver_show_end(brasa_driver *d, const brasa_stage_report *report, brasa_status status);
void brasa__driver_show_stop(brasa_driver *d);

#endif
