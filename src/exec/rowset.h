/* exec/rowset.h -- rows in blocks, named by (block, row): what sorts, windows and joins pick from.
 *
 * Blocks are kept by reference, with dictionaries expanded on the way in, so every column is FLAT or CONST.  Lists and structs point into their own block: when
 * rows of several blocks are picked, such columns are built value by value.
 */
#ifndef BRASA_EXEC_ROWSET_H
#define BRASA_EXEC_ROWSET_H

#include "base/arena.h"
#include "data/block.h"

typedef struct brasa_rowset {
    brasa_arena   *arena;
    brasa_schema   schema;
    int32_t        nblocks, cap;
    brasa_block  **blocks;
    brasa_column **cols; /* [nblocks][ncols], FLAT or CONST */
    int64_t        rows;
    size_t         bytes;
    brasa_block   *coming; /* taken over, not yet among the others */
} brasa_rowset;

/* `arena` frees the blocks when it goes. */
brasa_rowset *brasa__rowset_new(brasa_arena *arena, brasa_schema schema);
/* Takes over the reference. */
void brasa__rowset_add(brasa_rowset *r, brasa_block *block);
/* An appender that goes with the arena. */
brasa_appender *brasa__rowset_appender(brasa_arena *arena, brasa_schema schema);
/* A brasa_block_sink whose arg is a brasa_rowset *. */
void brasa__rowset_sink(void *arg, brasa_block *block);

/* Column c, of a type that is not nested, of rows (block[i], row[i]), i < n, as a FLAT column in `arena`.  cols[b][c] is the column of block b, FLAT or CONST. */
void brasa__blocks_gather(brasa_column *const *cols, int32_t c, brasa_type type, const uint32_t *block, const uint32_t *row, int32_t n,
                          brasa_arena *arena, brasa_column *out);
/* The same of a rowset, for every type. */
void brasa__rowset_gather(const brasa_rowset *r, int32_t c, const uint32_t *block, const uint32_t *row, int32_t n, brasa_arena *arena,
                          brasa_column *out);

#endif
