/* shuffle/exchange.h -- rows change their partition, and so their rank.
 *
 * Task threads write batches; the rank's main thread moves them in bounded rounds and ends with the list of blocks of every partition that this
 * rank owns.  Partition p of P belongs to worker p * W / P (contiguous runs), so range partitions stay in order across ranks.
 * Rows of a partition are ordered by (rank, thread, time); nothing may depend on that order.
 */
#ifndef BRASA_SHUFFLE_EXCHANGE_H
#define BRASA_SHUFFLE_EXCHANGE_H

#include "base/arena.h"
#include "base/wire.h"
#include "comm/comm.h"
#include "data/block.h"

typedef enum brasa_exchange_kind {
    BRASA_EXCHANGE_HASH,      /* by the hash of key columns */
    BRASA_EXCHANGE_RANGE,     /* by bounds on sort keys */
    BRASA_EXCHANGE_BROADCAST, /* every worker gets all rows, as one partition */
    BRASA_EXCHANGE_GATHER,    /* all rows to partition 0 of 1, on worker 0; source partitions in order */
    BRASA_EXCHANGE_NUMBER /* spread evenly: row i of the whole (in order of source partitions) to partition i * P / rows, so that order is kept */
} brasa_exchange_kind;

typedef struct brasa_sort_key {
    int32_t col;
    bool    desc;
    bool    nulls_last;
} brasa_sort_key;

typedef struct brasa_exchange_spec {
    brasa_exchange_kind kind;
    int32_t             nparts; /* >= 1 */
    int32_t             nkeys;
    const int32_t      *keys; /* HASH: columns; the partition is a function of the values alone: (hash >> 32) * nparts >> 32 */
    int32_t             nsort;
    /* RANGE: bounds are found by sampling what was written, so RANGE and NUMBER hold their rows until all tasks have ended. */
    const brasa_sort_key *sort;
} brasa_exchange_spec;

typedef struct brasa_exchange brasa_exchange;

/* Local.  `comm`: of the workers only (size 1: nothing moves).  `threads`: task threads that will write. */
brasa_status brasa__exchange_open(brasa_comm *comm, const brasa_exchange_spec *spec, brasa_schema schema, int32_t threads,
                                  brasa_exchange **out, brasa_error *err);

/* Task thread `thread`; not collective.  Copies the selected rows.  `source`: number of the source partition (orders GATHER and NUMBER).  Blocks while the next round is full
 * (back-pressure), and returns CANCELLED when the exchange has failed. */
brasa_status brasa__exchange_write(brasa_exchange *x, int32_t thread, int32_t source, const brasa_batch *in, brasa_error *err);
/* The same for a whole block, which may be handed over by reference where it stays on this rank. */
brasa_status brasa__exchange_write_block(brasa_exchange *x, int32_t thread, int32_t source, brasa_block *block, brasa_error *err);
/* Task thread `thread` writes no more (flushes what it holds).  Called once per thread, also after a failure. */
brasa_status brasa__exchange_thread_end(brasa_exchange *x, int32_t thread, brasa_error *err);

/* Main thread; collective over `comm`: moves rounds until every thread of every rank has ended.  `local`: a failure of this rank so far can be
 * reported at any time by brasa__exchange_fail.  All ranks return the same status. */
brasa_status brasa__exchange_run(brasa_exchange *x, brasa_error *err);
/* Any thread of this rank: the work has failed; threads that write are woken and refused, the next round tells the others. */
void brasa__exchange_fail(brasa_exchange *x, const brasa_error *why);

/* After run: the partitions of this rank are [*first, *first + *count); take the blocks of one (once). */
void         brasa__exchange_owned(const brasa_exchange *x, int32_t *first, int32_t *count);
brasa_blocks brasa__exchange_take(brasa_exchange *x, int32_t partition);
/* Bytes sent to and received from other ranks, rounds. */
typedef struct brasa_exchange_stats {
    int64_t rows_in, rows_out, bytes_sent, bytes_received, rounds, wait_ns;
} brasa_exchange_stats;
brasa_exchange_stats brasa__exchange_stats(const brasa_exchange *x);
/* Bytes that this rank sent to each of the others: [size of the communicator], borrowed. */
const int64_t *brasa__exchange_sent(const brasa_exchange *x);
void           brasa__exchange_free(brasa_exchange *x);

/* Owner and runs: worker of partition p of n over w workers; first partition of worker. */
int32_t brasa__partition_owner(int32_t p, int32_t n, int32_t w);
int32_t brasa__partition_first(int32_t worker, int32_t n, int32_t w);

#endif
