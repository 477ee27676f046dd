/* driver/driver.h -- rank 0 runs jobs on the workers.
 *
 * Stages run in the order of the job: one broadcast, work, one reply per worker.  With a world of one rank the same calls run the
 * stages in this process.  Rows of a result stay on the workers until they are fetched, partition by partition.
 */
#ifndef BRASA_DRIVER_DRIVER_H
#define BRASA_DRIVER_DRIVER_H

#include "exec/exec.h"

typedef struct brasa_driver brasa_driver;

/* Collective over the world: rank 0 calls this while the others call brasa__worker_run.  `threads`: task threads of this process, which count only when it is alone. */
brasa_status brasa__driver_new(brasa_comm *world, int32_t threads, brasa_driver **out, brasa_error *err);
/* Ends the loops of the workers (unless the job is broken).  NULL is ignored. */
void brasa__driver_free(brasa_driver *d);
/* The workers cannot be reached any more: nothing runs, and the process must end by brasa__comm_abort. */
bool brasa__driver_broken(const brasa_driver *d);

brasa_topology brasa__driver_topology(const brasa_driver *d);
/* What the ranks are: [size of the world], borrowed. */
const struct brasa_rank_about *brasa__driver_ranks(const brasa_driver *d, int32_t *count);

/* Show the progress of stages on standard error, as the setting progress says (without this call: never). */
void brasa__driver_show(brasa_driver *d);

typedef struct brasa_result_part {
    int32_t worker;
    int32_t partition;
    int64_t rows;
    int64_t bytes;
} brasa_result_part;

typedef struct brasa_stage_report {
    int32_t             stage; /* id */
    int64_t             ns;    /* from the order to the last reply */
    int32_t             nworkers;
    brasa_stage_result *workers; /* [nworkers] */
} brasa_stage_report;

/* What was decided from true sizes. */
typedef struct brasa_decision {
    int32_t     stage;    /* before which */
    const char *decision; /* in a word or two; static */
    const char *text;     /* why, with figures */
} brasa_decision;

typedef struct brasa_job_result {
    int32_t             stage; /* that holds the rows (sink RESULT) */
    brasa_schema        schema;
    int64_t             rows; /* of the result; WRITE: written; CACHE: cached */
    int64_t             bytes;
    int32_t             nparts; /* RESULT: in the order of the rows */
    brasa_result_part  *parts;
    int32_t             nwritten; /* WRITE: all parts of all workers */
    brasa_part_info    *written;
    int32_t             nstages;
    brasa_stage_report *stages;
    const brasa_stage  *ran; /* [nstages]: the stages as they were run, which true sizes may have changed */
    int32_t             ndecisions, decisions_room;
    brasa_decision     *decisions;
} brasa_job_result;

/* Note a decision: for EXPLAIN ANALYZE, brasa_metrics and the event log.  Allocates in `arena`. */
void brasa__driver_decide(brasa_arena *arena, brasa_job_result *r, int32_t stage, const char *decision, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Runs all stages; the result lies in `arena`.  Ships settings and states of user functions that have changed.  Error: that of the lowest worker that failed by itself; what the job left
 * on the workers is then gone already. */
brasa_status brasa__driver_run(brasa_driver *d, const brasa_job *job, brasa_arena *arena, brasa_job_result *out, brasa_error *err);
/* Appends the blocks of parts [first, first + count), in order; at most max_rows rows in all (-1: no limit).  NO_MEMORY leaves `out` with what came before. */
brasa_status brasa__driver_fetch(brasa_driver *d, const brasa_job_result *r, int32_t first, int32_t count, int64_t max_rows,
                                 brasa_blocks *out, brasa_error *err);
/* Partitions of the last job are no longer needed. */
brasa_status brasa__driver_end_job(brasa_driver *d, brasa_error *err);
brasa_status brasa__driver_drop_cache(brasa_driver *d, int64_t cache, brasa_error *err);

#endif
