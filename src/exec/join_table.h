/* exec/join_table.h -- the build side of a join: one table per worker, made in parallel, then read by all threads.
 *
 * Build rows stay in the blocks where the earlier stage left them.  For each there is a record (agg_table.h's row: hash, keys, and as its state
 * the block, the row and the next record with the same keys), in pages by hash partition; every partition has an open-addressing index.
 * Where the key is one integer, no two rows have the same and its values lie close, there is one array by value instead (join_direct.c).
 */
#ifndef BRASA_EXEC_JOIN_TABLE_H
#define BRASA_EXEC_JOIN_TABLE_H

#include "exec/agg_table.h"
#include "exec/op.h"

/* The state of a record. */
typedef struct brasa_join_link {
    uint8_t *next; /* record with the same keys; NULL: the last */
    uint32_t block, row;
} brasa_join_link;

typedef struct brasa_join_block {
    int32_t       rows;
    brasa_column *cols;    /* FLAT or CONST */
    uint8_t      *matched; /* per row; NULL unless kept; written by all threads, only ever to 1 */
} brasa_join_block;

typedef struct brasa_join_index {
    brasa_buf *buf;
    uint64_t  *slots;
    uint64_t   mask;
} brasa_join_index;

typedef struct brasa_join_task brasa_join_task;

/* Build rows by key: block << 32 | row of key lowest + i, plus one; 0: none. */
typedef struct brasa_join_direct {
    brasa_buf *buf; /* NULL: there are records */
    uint64_t  *at;
    uint64_t   values; /* entries */
    int64_t    lowest;
} brasa_join_direct;

typedef struct brasa_join_table {
    brasa_run               *run;
    int32_t                  threads;
    brasa_arena             *arena; /* of the stage */
    brasa_schema             schema;
    int32_t                  nkeys;
    const brasa_expr *const *keys;
    const bool              *null_equal;
    brasa_agg_layout         layout;
    int32_t                  nblocks;
    brasa_join_block        *blocks;
    brasa_block            **sources;
    brasa_column           **cols;       /* [nblocks]: those of the blocks, to pick from */
    int64_t                  rows;       /* in the blocks */
    bool                     has_null;   /* a row had a null key */
    bool                     has_chains; /* two rows have the same keys */
    bool                     nested;     /* a column of lists or structs: all rows are in one block */
    int32_t                  nparts;
    brasa_join_index         index[BRASA_AGG_PARTS];
    brasa_join_direct        direct;
    int32_t                  ntasks;
    brasa_join_task         *tasks;
    int64_t                  bytes;
} brasa_join_table;

/* Main thread; works on all task threads.  nkeys 0: blocks only.  `track`: keep matched flags. */
brasa_status brasa__join_build(brasa_join_table *t, const brasa_partitions *input, bool track, brasa_error *err);
void         brasa__join_free(brasa_join_table *t);

/* Scratch of a lookup by one thread. */
typedef struct brasa_join_scratch {
    uint64_t *hash, *slot;
    int32_t  *todo, *same;
} brasa_join_scratch;
void brasa__join_scratch_init(brasa_arena *arena, brasa_join_scratch *s);
/* record[k] = the first record with keys k, NULL: none. */
void brasa__join_find(const brasa_join_table *t, brasa_join_scratch *s, const brasa_agg_col *keys, int32_t n, uint8_t **record);

/* Blocks [first, last) of a task: while the table is built. */
void brasa__join_task_blocks(const brasa_join_table *t, int32_t task, int32_t *first, int32_t *last);
/* After the blocks are flat: makes t->direct, if the keys allow it. */
brasa_status brasa__join_direct_build(brasa_join_table *t, brasa_error *err);
/* Of a table with t->direct: the pairs of keys [0, n): which[i] is the key's number; returns how many. */
int32_t brasa__join_direct_find(const brasa_join_table *t, const brasa_agg_col *key, int32_t n, int32_t *which, uint32_t *block,
                                uint32_t *row);

static inline brasa_join_link *brasa__join_link_of(const brasa_join_table *t, uint8_t *record)
{
    return (brasa_join_link *)(void *)(record + t->layout.state_offset);
}

/* Column c of build rows (block[i], row[i]), i < n, as a FLAT column in `arena`. */
void brasa__join_gather(const brasa_join_table *t, int32_t c, const uint32_t *block, const uint32_t *row, int32_t n, brasa_arena *arena,
                        brasa_column *out);

#endif
