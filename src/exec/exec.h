/* exec/exec.h -- a worker runs a stage.
 *
 * A worker's executor owns its task threads, the partitions that stages left, cached partitions and join tables.  All calls are made by the rank's
 * main thread.
 */
#ifndef BRASA_EXEC_EXEC_H
#define BRASA_EXEC_EXEC_H

#include "stage/stage.h"

typedef struct brasa_exec brasa_exec;

/* `workers`: communicator of the workers (size 1: alone); `threads` task threads. */
brasa_status brasa__exec_new(brasa_comm *workers, int32_t threads, brasa_exec **out, brasa_error *err);
void         brasa__exec_free(brasa_exec *x);

/* What a worker holds of one partition. */
typedef struct brasa_partition_info {
    int32_t partition; /* of the stage's output: order of the rows; late partitions come after all others */
    int64_t rows;
    int64_t bytes;
} brasa_partition_info;

typedef struct brasa_op_metrics {
    int32_t node;
    int64_t rows_in, rows_out, batches, ns, bytes;
    int64_t memory; /* most that it held */
} brasa_op_metrics;

/* What a task did; times by the worker's clock. */
typedef struct brasa_task_record {
    int32_t task, thread;
    int64_t start_ns, end_ns;
    int64_t rows_in, rows_out;
    int64_t bytes_in, bytes_out; /* -1: not known */
    int64_t spilled, wait_io_ns, wait_shuffle_ns;
    int32_t op;   /* + 1: what this operator (0: the source) did before, or after, all tasks; 0: a task */
    int32_t step; /* then: brasa_step, and `task` the round or number of it */
} brasa_task_record;

/* What operators do besides tasks, in order. */
typedef enum brasa_step { BRASA_STEP_OPEN, BRASA_STEP_HAND_OVER, BRASA_STEP_MERGE, BRASA_STEP_PIECE } brasa_step;

/* Most that a worker keeps of a stage; tasks beyond are counted only. */
enum { BRASA_MOST_RECORDS = 1 << 16 };

typedef struct brasa_stage_result {
    int32_t               nparts;
    brasa_partition_info *parts; /* on this worker, ascending */
    int32_t               nwritten;
    brasa_part_info      *written; /* WRITE */
    int32_t               nops;
    brasa_op_metrics     *ops; /* source, operators, sink */
    brasa_exchange_stats  exchange;
    brasa_scan_stats      scan;
    int64_t               ns, peak_bytes; /* peak_bytes: most in use while the stage ran */
    int32_t               tasks;
    int64_t               begin_ns;                                     /* clock of the worker */
    int64_t               wait_io_ns, wait_shuffle_ns, wait_barrier_ns; /* summed over the task threads */
    int64_t               spilled;
    int32_t               nsent; /* EXCHANGE: workers */
    int64_t              *sent;  /* [nsent] bytes to each */
    int32_t               nrecords;
    brasa_task_record    *records; /* where an event log is kept */
} brasa_stage_result;

/* Collective over the workers when the sink is an exchange; every rank then returns the same status.  Otherwise local.  `arena`: of the result. */
brasa_status brasa__exec_stage(brasa_exec *x, const brasa_stage *stage, brasa_arena *arena, brasa_stage_result *out, brasa_error *err);

/* Blocks of a partition that a stage (RESULT, LOCAL, EXCHANGE) left here; borrowed.  NULL: none. */
const brasa_blocks *brasa__exec_partition(brasa_exec *x, int32_t stage, int32_t partition);
/* Give this worker a partition of a stage's output, as if the stage had run: takes over the blocks (a stage that is resumed; tests). */
void brasa__exec_put(brasa_exec *x, int32_t stage, int32_t partition, brasa_blocks *blocks);
/* Forget a stage's output; all of a job's; a cache. */
void brasa__exec_drop_stage(brasa_exec *x, int32_t stage);
void brasa__exec_drop_job(brasa_exec *x);
void brasa__exec_drop_cache(brasa_exec *x, int64_t cache);

#endif
