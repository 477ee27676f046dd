/* exec/run.h -- a stage that is running on this worker: shared by the files that drive it.
 *
 * Operators see op.h only.
 */
#ifndef BRASA_EXEC_RUN_H
#define BRASA_EXEC_RUN_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/ctx.h"
#include "exec/crew.h"
#include "exec/op.h"
#include "exec/store.h"
#include "obs/progress.h"

/* Late partitions are numbered from here: BRASA_LATE + k * workers + rank, so that no two workers use one number. */
enum { BRASA_LATE = 1 << 30 };

typedef struct brasa_task {
    int32_t       number; /* of the partition */
    brasa_output *output; /* STAGES, CACHE: the partition is output->items[item] */
    int32_t       item;
    int32_t       count;       /* so many from there on */
    int32_t       first, last; /* one partition, split: its blocks [first, last); last 0: all */
    bool          consume;     /* its blocks are not needed afterwards */
    int64_t       bytes;       /* of that partition */
} brasa_task;

/* A source: its tasks are made by open, in the order in which they are taken. */
typedef struct brasa_source_class {
    const char *name;
    brasa_status (*open)(brasa_run *run, brasa_error *err);
    /* Push all rows of a task through `src` (stop when src->enough); `arena` is the task's. */
    brasa_status (*run_task)(brasa_op *src, const brasa_task *task, brasa_arena *arena, brasa_error *err);
    void (*close)(brasa_run *run);
} brasa_source_class;

extern const brasa_source_class brasa__source_scan, brasa__source_values, brasa__source_range, brasa__source_stages;
extern const brasa_op_class     brasa__sink_local, brasa__sink_exchange, brasa__sink_write, brasa__op_compact;

/* One thread's way through a stage. */
typedef struct brasa_lane {
    brasa_chain  chain;
    brasa_op     source; /* stands before the first operator; its class has a name only */
    brasa_op   **ops;    /* [nops], the sink last */
    brasa_arena *arena;
    brasa_arena *task_arena;  /* of the task that is running */
    int32_t      task;        /* index of the task; -1 in a late partition */
    brasa_op    *emitter;     /* whose piece this is: the first batch that it emits begins a late partition */
    int32_t      late_number; /* of that partition */
    bool         begun;       /* that partition has begun */
    bool         ended;       /* the exchange knows that this thread has */
    int64_t      mark_ns;     /* since when `chain.at` is working */

    brasa_progress_line *line; /* counters that rank 0 may see; NULL: none */

    int64_t            wait_io_ns, wait_shuffle_ns, wait_barrier_ns, spilled;
    int32_t            nrecords, room;
    brasa_task_record *records;
} brasa_lane;

struct brasa_run {
    brasa_exec        *exec;
    const brasa_stage *stage;
    brasa_ctx         *ctx;
    brasa_crew        *crew;
    brasa_comm        *workers;
    brasa_store       *store, *caches;
    brasa_arena       *arena;
    int32_t            threads, batch_rows;
    bool               recording; /* a record is kept of each task */
    bool               here;      /* the main thread runs the tasks, by itself */

    const brasa_source_class *source;
    void                     *source_state;
    brasa_op_shared           source_shared;
    int32_t                   ntasks;
    brasa_task               *tasks;
    atomic_int                next_task;
    atomic_int                last_task; /* tasks from here on are not needed */
    atomic_int                tasks_run;

    int32_t           nops; /* with the sink, and what no plan names */
    brasa_op_shared **ops;
    brasa_lane       *lanes;    /* [threads] */
    brasa_exchange   *exchange; /* of the sink; NULL: none */

    int32_t    npieces, round;
    int32_t    late; /* late partitions numbered so far */
    atomic_int next_piece;

    atomic_bool     failed;
    pthread_mutex_t lock;  /* of what follows */
    brasa_error     error; /* the first */

    brasa_output     output;   /* LOCAL, CACHE, RESULT */
    int32_t          nwritten; /* WRITE */
    brasa_part_info *written;
};

static inline brasa_lane *brasa__lane_of(const brasa_op *op)
{
    return (brasa_lane *)op->chain; /* its first member */
}

/* Steps of operators, with their time charged to them. */
brasa_status brasa__op_step(brasa_op *op, brasa_status (*fn)(brasa_op *op, brasa_error *err), brasa_error *err);
brasa_status brasa__op_piece(brasa_op *op, int32_t round, int32_t piece, brasa_error *err);
brasa_status brasa__op_task(brasa_op *src, const brasa_task *task, brasa_arena *arena, brasa_error *err);
/* Begin and end a partition for `first` and all after it. */
brasa_status brasa__lane_begin(brasa_lane *lane, brasa_op *first, int32_t number, brasa_error *err);
brasa_status brasa__lane_end(brasa_op *first, brasa_error *err);

/* Are there so few rows that one thread has done with them before others are awake? */
bool brasa__run_is_small(const brasa_run *run);
/* Make operators, lanes and the source of a run whose first part is filled in. */
brasa_status brasa__run_open(brasa_run *run, brasa_error *err);
/* What a task thread does in a stage; arg: the brasa_run. */
void brasa__run_thread(void *arg, int32_t thread);
/* Record a failure: the first one counts, all threads stop, an exchange tells other ranks. */
void brasa__run_fail(brasa_run *run, const brasa_error *why);
void brasa__run_close(brasa_run *run);

/* Metrics of source, operators and sink of the plan (compacting is charged to the operator before it). */
void brasa__run_metrics(const brasa_run *run, brasa_arena *arena, brasa_stage_result *out);

/* record.c: what tasks and threads did.  Around a task, and around all that a thread does; a record is kept when `run->recording`. */
typedef struct brasa_task_mark {
    int64_t start_ns, rows_in, rows_out, io_ns, io_bytes, room_ns, spilled;
} brasa_task_mark;
brasa_task_mark brasa__record_begin(const brasa_lane *lane);
void            brasa__record_task(brasa_lane *lane, const brasa_task *task, const brasa_task_mark *mark);
/* What `op` did for a stage besides tasks, if it took time. */
void brasa__record_finish(brasa_lane *lane, const brasa_op_shared *op, brasa_step step, int64_t begin_ns);
void brasa__record_thread_begin(brasa_lane *lane);
void brasa__record_thread_end(brasa_lane *lane);
/* Sums and records of all threads, in the order of the tasks' starts on each thread. */
void brasa__record_result(const brasa_run *run, brasa_arena *arena, brasa_stage_result *out);

/* The partitions of stage `id`, or NULL: INTERNAL. */
brasa_status brasa__run_find_stage(brasa_run *run, int32_t id, brasa_output **out, brasa_error *err);

#endif
