/* exec/op.h -- what an operator is, and the chain that a task thread pushes batches through.
 *
 * For each operator of a stage there is one `brasa_op_shared` per worker (made by the main thread, seen by all threads) and one `brasa_op` per task thread.
 * A thread's ops form its chain: source -> op -> op -> sink.  An operator gets batches by `push` and gives them on by brasa_op_emit; it touches only its own op,
 * the batch and what it shares read-only, so it needs no locks.
 *
 * Life of a stage on a worker:
 *
 *     main thread     open(shared) of every operator, then of the sink; may split work over the threads by brasa_run_parallel
 *     every thread    op_open(op) of every operator
 *     every thread    for each partition it takes:  begin_partition of every operator, push..., then for each operator in order: end_partition (may emit)
 *     for each operator k that has end_thread or finish, in order, the sink last:
 *       every thread    end_thread(op k): hand over what this thread holds (no emitting)
 *       -- all threads meet --
 *       one thread      finish(shared k, round 0, &pieces)
 *       every thread    piece(op k, round 0, i) for the pieces it takes; what it emits is a late partition of its own: the operators after k see
 *                       begin_partition, batches, end_partition
 *       -- all threads meet --; finish(shared k, round 1, &pieces) and so on until pieces is 0
 *     main thread     close(shared), then the arenas are freed
 *
 * After a failure (of any thread) nothing more is called but close.  A piece that emits nothing (merging before emitting) makes no partition.
 *
 * Batches: at most BRASA_BATCH_ROWS rows, columns FLAT, CONST or DICT, perhaps a selection; never without a selected row.  They are borrowed: what an
 * operator keeps, it copies.  Allocation throws: what must be released hangs off an arena, or is released by close.
 */
#ifndef BRASA_EXEC_OP_H
#define BRASA_EXEC_OP_H

#include "base/arena.h"
#include "base/now.h"
#include "base/status.h"
#include "brasa/batch.h"
#include "exec/exec.h"
#include "stage/stage.h"

typedef struct brasa_op        brasa_op;
typedef struct brasa_op_shared brasa_op_shared;
typedef struct brasa_run       brasa_run; /* a stage that is running on this worker: run.h */

typedef struct brasa_op_class {
    const char *name;
    size_t      shared_bytes; /* sizeof the operator's shared struct, whose first member is a brasa_op_shared; 0: that struct itself */
    size_t      op_bytes;     /* the same for brasa_op */
    /* All but push may be NULL.  op_open is called from the sink up. */
    brasa_status (*open)(brasa_op_shared *s, brasa_error *err);
    brasa_status (*op_open)(brasa_op *op, brasa_error *err);
    brasa_status (*begin_partition)(brasa_op *op, brasa_error *err);
    brasa_status (*push)(brasa_op *op, const brasa_batch *in, brasa_error *err);
    brasa_status (*push_block)(brasa_op *op, brasa_block *block,
                               brasa_error *err); /* instead of push, when op_open has set takes_blocks; may keep a reference */
    brasa_status (*end_partition)(brasa_op *op, brasa_error *err);
    brasa_status (*end_thread)(brasa_op *op, brasa_error *err);
    brasa_status (*finish)(brasa_op_shared *s, int32_t round, int32_t *npieces, brasa_error *err);
    brasa_status (*piece)(brasa_op *op, int32_t round, int32_t piece, brasa_error *err);
    void (*close)(brasa_op_shared *s);
} brasa_op_class;

struct brasa_op_shared {
    const brasa_op_class *cls;
    const brasa_op_desc  *desc;    /* NULL: a sink, or an operator that no plan names */
    brasa_schema          in, out; /* of the rows that come and go */
    brasa_run            *run;
    brasa_arena          *arena;         /* of the stage; for open and finish only */
    int32_t               index;         /* in the chain, from 0 */
    int32_t               threads;       /* task threads */
    int32_t               rank, workers; /* this worker of how many */
    brasa_held            held;          /* kept by the framework: memory of this operator, of all threads */
};

/* A thread's chain, as its operators see it. */
typedef struct brasa_chain {
    brasa_run *run;
    brasa_op  *at;        /* the operator that is working, for messages */
    int32_t    thread;    /* 0..threads-1 */
    int32_t    partition; /* that is being pushed; late ones are numbered after all others */
} brasa_chain;

struct brasa_op {
    const brasa_op_class *cls;
    brasa_op_shared      *shared;
    brasa_op             *next; /* NULL: this is the sink */
    brasa_chain          *chain;
    brasa_arena          *arena;        /* this thread's, until the stage ends */
    struct brasa_eval    *eval;         /* set by op_open: expressions that are told when a partition begins; NULL: none */
    bool                  takes_blocks; /* set by op_open */
    bool                  enough;       /* nobody wants more rows of this partition from this operator: loops that emit may stop */
    /* Kept by the framework. */
    int64_t       rows_in, batches, ns;
    brasa_column *slice; /* [nslice], of the block that this operator emits */
    int32_t       nslice;
};

/* Give a batch to the next operator (nothing happens when no row is selected).  CANCELLED: the job has failed elsewhere. */
brasa_status brasa_op_emit(brasa_op *op, const brasa_batch *out, brasa_error *err);
/* Give a block on: whole, where the next operator takes blocks (sinks keep them by reference, uncopied), else in batches of the setting batch-rows.  The caller keeps its reference. */
brasa_status brasa_op_emit_block(brasa_op *op, brasa_block *block, brasa_error *err);

/* fn(arg, i, err) for i in 0..n-1, on the caller and on every thread that is idle now; returns when all have ended, with the first failure.  From open, finish (all other threads
 * wait), piece, push and end_partition (whoever is idle helps).  fn must not emit or touch ops. */
brasa_status brasa_run_parallel(brasa_run *run, int32_t n, brasa_status (*fn)(void *arg, int32_t i, brasa_error *err), void *arg,
                                brasa_error *err);
/* CANCELLED when the job was told to stop or has failed elsewhere: loops that run long without emitting ask now and then.  Any thread. */
brasa_status brasa_run_check(brasa_run *run, brasa_error *err);

/* What an earlier stage left on this worker: partitions in order, each a list of blocks that stays as it is while this stage runs. */
typedef struct brasa_partition {
    int32_t      number;
    brasa_blocks blocks;
} brasa_partition;
typedef struct brasa_partitions {
    int32_t                count;
    const brasa_partition *items;
    int64_t                rows;
    size_t                 bytes;
} brasa_partitions;
/* INTERNAL: no such stage. */
brasa_status brasa_run_stage_output(brasa_run *run, int32_t stage, brasa_partitions *out, brasa_error *err);

/* The setting, read once per stage. */
int32_t brasa_run_batch_rows(const brasa_run *run);

/* One class per kind of stage.h, each in its own file op_*.c. */
extern const brasa_op_class brasa__op_filter, brasa__op_project, brasa__op_probe, brasa__op_aggregate, brasa__op_sort, brasa__op_topn,
    brasa__op_limit, brasa__op_sample, brasa__op_explode, brasa__op_map, brasa__op_window, brasa__op_runtime, brasa__op_group_limit;

#endif
