/* storage/text_build.h -- a block built column by column from text.
 *
 * Columns are flat arrays of `cap` rows; a bitmap appears with the first null; long strings are copied into shared heaps that
 * grow as the block does.  The readers of CSV and of text lines fill it.
 */
#ifndef BRASA_STORAGE_TEXT_BUILD_H
#define BRASA_STORAGE_TEXT_BUILD_H

#include "data/block.h"
#include "data/string.h"

typedef struct brasa_build_column {
    brasa_type type;
    size_t     width;
    brasa_buf *values; /* [cap] */
    brasa_buf *valid;  /* bitmap, once there is a null */
} brasa_build_column;

typedef struct brasa_build {
    int32_t             ncols;
    int32_t             nout; /* of them, the first, are handed out in blocks */
    int32_t             rows; /* so far */
    int32_t             cap;  /* a multiple of 64 */
    brasa_build_column *cols;
    brasa_buf         **heaps; /* of long strings; the last one is being filled */
    int32_t             nheaps, heaps_cap;
    size_t              heap_used;
    brasa_arena        *arena;
} brasa_build;

/* Columns of these types, for rows up to cap.  The buffers are released with the arena unless a block took them. */
void brasa__build_init(brasa_build *b, brasa_arena *arena, const brasa_type *types, int32_t ncols);
void brasa__build_begin(brasa_build *b, int32_t cap);
void brasa__build_null(brasa_build *b, int32_t col, int32_t row);
bool brasa__build_is_null(const brasa_build *b, int32_t col, int32_t row);
/* A string of n bytes, copied when it is long. */
brasa_string brasa__build_string(brasa_build *b, const char *p, size_t n);
/* Leave out rows: keep[i] false.  Only rows from `from` on are looked at. */
void brasa__build_drop(brasa_build *b, int32_t from, const bool *keep);
/* The rows as a block; the build is empty afterwards (begin starts the next).  NULL when there are none. */
brasa_block *brasa__build_finish(brasa_build *b);

#endif
