/* data/block.h -- rows that stay: immutable blocks of columns that own their buffers.
 *
 * A partition is a list of blocks.  A pipeline reads a block as batches that borrow its columns (slices at multiples of 64 rows,
 * so bitmaps slice with them).  Blocks are reference counted (atomic), shared between threads and never written after they are made.
 */
#ifndef BRASA_DATA_BLOCK_H
#define BRASA_DATA_BLOCK_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/wire.h"
#include "brasa/batch.h"
#include "mem/buf.h"

typedef struct brasa_block {
    atomic_int                          refs;
    int32_t                             rows;
    int32_t                             ncols;
    brasa_column                       *cols; /* FLAT, CONST or DICT; types are the block's own copies */
    int32_t                             nbufs;
    brasa_buf                         **bufs;   /* what the columns point into; may be shared with other blocks */
    size_t                              bytes;  /* of the rows in the buffers, for budgets and estimates */
    brasa_arena                        *keep;   /* nested columns and types; may be NULL */
    struct brasa_block                 *parent; /* referenced: the block that this one shows columns of; may be NULL */
    _Atomic(struct brasa_block_range *) ranges; /* [ncols], what has been asked for; NULL: nothing yet */
} brasa_block;

brasa_block *brasa__block_ref(brasa_block *b);
void         brasa__block_unref(brasa_block *b); /* NULL is ignored */

/* The least and the greatest value of a column that is held as whole numbers (also dates, timestamps, decimals of up to 18 digits), without nulls: *least > *most when all are null.
 * False: a column of another type, or encoded otherwise.  Measured when it is first asked for, and remembered; any thread. */
bool brasa__block_range(brasa_block *b, int32_t col, int64_t *least, int64_t *most);

void brasa__block_forget_ranges(brasa_block *b); /* as it is released */

/* View rows [from, from + rows) as a batch; `from` is a multiple of 64.  `cols` has room for b->ncols columns. */
void brasa__block_slice(const brasa_block *b, int32_t from, int32_t rows, brasa_column *cols, brasa_batch *out);
/* The same of any column (FLAT, CONST, DICT, nested). */
void brasa__column_slice(const brasa_column *in, int32_t from, brasa_column *out);

/* A block that holds some columns of another (shares its buffers). */
brasa_block *brasa__block_project(const brasa_block *b, const int32_t *which, int32_t n);
/* A block around columns and buffers made elsewhere: takes over one reference of each buffer, and `keep`, an optional arena without a parent that is
 * freed with the block; copies `cols` with their children and types.  Values must live in the buffers or in `keep`.  Should it throw, nothing is taken over. */
brasa_block *brasa__block_make(const brasa_column *cols, int32_t ncols, int32_t rows, brasa_buf **bufs, int32_t nbufs, brasa_arena *keep);

/* Appends rows, copying them (strings too), and hands out full blocks.  One thread. */
typedef struct brasa_appender brasa_appender;

/* Blocks of `block_rows` rows (a multiple of 64; 0: the setting block-rows).  Nothing is allocated per column until rows come. */
brasa_appender *brasa__appender_new(brasa_schema schema, int32_t block_rows);
void            brasa__appender_free(brasa_appender *a);
/* Append the selected rows of a batch, whose columns are of the schema's types.  After a throw the appender may only be freed.  Full blocks are passed to `emit(arg, block)`, which takes over the reference. */
typedef void brasa_block_sink(void *arg, brasa_block *block);
void         brasa__appender_push(brasa_appender *a, const brasa_batch *in, brasa_block_sink *emit, void *arg);
/* Append rows given by index, in any order and with repeats (`sel` of the batch is ignored). */
void brasa__appender_push_rows(brasa_appender *a, const brasa_batch *in, const int32_t *rows, int32_t n, brasa_block_sink *emit, void *arg);
/* Append one row of values. */
void brasa__appender_push_values(brasa_appender *a, const brasa_value *values, brasa_block_sink *emit, void *arg);
/* Emit what is left; the appender is empty afterwards and may be used on. */
void    brasa__appender_finish(brasa_appender *a, brasa_block_sink *emit, void *arg);
int64_t brasa__appender_rows(const brasa_appender *a);  /* waiting in it */
size_t  brasa__appender_bytes(const brasa_appender *a); /* waiting in it, as encoded */

/* A growing list of blocks: what a partition is. */
typedef struct brasa_blocks {
    brasa_block **items;
    int32_t       count;
    int32_t       cap;
    int64_t       rows;
    size_t        bytes;
} brasa_blocks;

void brasa__blocks_add(brasa_blocks *list, brasa_block *block); /* takes over the reference, also should it throw */
void brasa__blocks_clear(brasa_blocks *list);                   /* unrefs all, frees the array */
/* A brasa_block_sink whose arg is a brasa_blocks *. */
void brasa__blocks_sink(void *arg, brasa_block *block);

/* Wire form of the selected rows of a batch: self-contained bytes, a multiple of 64, with an XXH3 of the contents at the end; decodes without
 * copying values.  Encodings may follow each other in a wire, whose length
 * is a multiple of 8 on entry (of 64, to be decoded in place).  A wire whose data, len and cap are a caller's 64-byte aligned buffer with at
 * least brasa__batch_encoded_bound free is written in place and does not move (lists take scratch from the wire's arena). */
size_t brasa__batch_encoded_bound(const brasa_batch *in);
void   brasa__batch_encode(const brasa_batch *in, brasa_wire *out);
/* The same without a checksum, for bytes that stay in the memory of one host. */
void brasa__batch_encode_bare(const brasa_batch *in, brasa_wire *out);
/* Decode at data + [0, len) inside `buf` (referenced by the block; strings are fixed up in place, so each encoding is decoded once).  `data` that is not
 * 64-byte aligned is copied first.  Bytes past the encoding are ignored.  CORRUPT: damaged or not of this schema. */
brasa_status brasa__block_decode(brasa_buf *buf, uint8_t *data, size_t len, brasa_schema schema, brasa_block **out, brasa_error *err);
/* The same; an encoding without a checksum is taken too. */
brasa_status brasa__block_decode_near(brasa_buf *buf, uint8_t *data, size_t len, brasa_schema schema, brasa_block **out, brasa_error *err);
/* The same of bytes that lie at `from`, in memory of another process: they are copied to `data`, of the same alignment to 64, as they are decoded. */
brasa_status brasa__block_decode_from(brasa_buf *buf, uint8_t *data, const uint8_t *from, size_t len, brasa_schema schema,
                                      brasa_block **out, brasa_error *err);
/* Bytes of the encoding that begins at data; 0 when none does (or not all of it is there). */
size_t brasa__encoded_bytes(const uint8_t *data, size_t len);

#endif
