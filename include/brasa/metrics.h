/* metrics.h -- what the last job did: its stages and operators, in numbers.
 *
 * The same figures as brasa_explain(f, BRASA_EXPLAIN_ANALYZE) prints and the event log holds.  Times are in nanoseconds; those of operators and waits are
 * summed over all task threads of all workers, so they may exceed the time that passed.
 */
#ifndef BRASA_METRICS_H
#define BRASA_METRICS_H

#include "brasa/session.h"

typedef struct brasa_operator_metrics {
    const char         *
        name; /* "scan", "filter", "aggregate", ...; the last one is where the rows went: "result", "local", "exchange", "broadcast", "write", "cache" */
    const char *detail;   /* its table, conditions, keys */
    int32_t     node;     /* of the plan, as #N in the event log's plans; -1: none */
    double      estimate; /* rows that the planner expected; below 0: it did not say */
    int64_t     rows_in, rows_out, batches;
    int64_t     ns;
    int64_t
        bytes; /* scan: read from files; exchange, broadcast: sent to other workers; result, local, cache, write: kept or written; else 0 */
    int64_t memory; /* most that it took on one worker (hash tables, sort keys, copies of rows; not blocks that it keeps by reference) */
    int64_t min_rows, max_rows; /* rows_out of the workers with the fewest and the most */
} brasa_operator_metrics;

typedef struct brasa_stage_metrics {
    int32_t                       stage; /* from 0, in running order */
    const char                   *name;  /* "scan lineitem, filter, aggregate" */
    int64_t                       ns;    /* that passed */
    int64_t                       tasks;
    int64_t                       rows, bytes;        /* of its output */
    int64_t                       bytes_read;         /* from files */
    int64_t                       chunks_read;        /* of HDF5 tables */
    int64_t                       chunks_skipped;     /* whose statistics ruled them out */
    int64_t                       bytes_moved;        /* between workers */
    int64_t                       bytes_spilled;      /* to scratch files */
    int64_t                       memory;             /* most in use on one worker */
    int64_t                       wait_io_ns;         /* for files */
    int64_t                       wait_shuffle_ns;    /* for other workers, in exchanges */
    int64_t                       wait_barrier_ns;    /* for other task threads of the worker */
    int32_t                       workers;            /* that ran it */
    int64_t                       min_ns, max_ns;     /* of the workers that were done first and last */
    int64_t                       min_rows, max_rows; /* that reached the end of the stage, on the workers with the fewest and the most */
    int32_t                       noperators;         /* from the source to where the rows went */
    const brasa_operator_metrics *operators;
} brasa_stage_metrics;

/* What was decided from true sizes while the job ran. */
typedef struct brasa_decision_metrics {
    int32_t     stage;
    const char *decision; /* "broadcast", "coalesce", ... */
    const char *text;     /* why, with figures */
} brasa_decision_metrics;

typedef struct brasa_job_metrics {
    const char                   *action; /* "show", "collect", "count", "write", "persist", ... */
    int64_t                       ns;     /* from the first order to the last reply */
    int64_t                       rows;   /* of the result */
    int32_t                       nstages;
    const brasa_stage_metrics    *stages;
    int32_t                       ndecisions;
    const brasa_decision_metrics *decisions;
} brasa_job_metrics;

/* Figures of the last job that ended well; NULL: none yet.  Rank 0; owned by the session, valid until the next action. */
const brasa_job_metrics *brasa_metrics(const brasa_session *s);

#endif
