/* batch.h -- columns and batches as raw arrays.
 *
 * What operators pass on, what a UDF gets and what brasa_collect returns.  All arrays are borrowed: they live as long as
 * the batch's owner (the call, for a UDF; the result, for collected rows).
 */
#ifndef BRASA_BATCH_H
#define BRASA_BATCH_H

#include "brasa/types.h"

enum { BRASA_BATCH_ROWS = 2048 }; /* most rows in a batch of a pipeline */

typedef enum brasa_encoding {
    BRASA_FLAT,  /* values[rows] */
    BRASA_CONST, /* values[1]: every row is the same; validity is bit 0.  STRUCT: the children's first row */
    BRASA_DICT   /* codes[rows] into `child`, a FLAT column without nulls; validity is per row */
} brasa_encoding;

typedef struct brasa_column {
    brasa_type     type;
    brasa_encoding encoding;
    /* FLAT, CONST: array of the type's C form (types.h), 64-byte aligned unless sliced.  STRUCT, DICT: NULL. */
    const void *values;
    /* Bit i set: row i is not null.  NULL: no nulls.  The value behind a null is unspecified but safe to read. */
    const uint64_t *valid;
    const int32_t  *codes; /* DICT: each within the dictionary, behind a null too */
    /* DICT: the dictionary, never empty unless the column is; LIST, MAP: the elements; STRUCT: `type.nfields` columns. */
    const struct brasa_column *child;
    /* DICT, LIST, MAP: rows of child.  STRUCT: row i is row child_rows + i of the children (a multiple of 64; not 0 in slices). */
    int64_t child_rows;
} brasa_column;

typedef struct brasa_batch {
    int32_t             rows; /* in every column */
    int32_t             ncols;
    const brasa_column *cols;
    const int32_t      *sel;  /* the rows that count, ascending; NULL: all */
    int32_t             nsel; /* entries of sel; equals rows when sel is NULL */
} brasa_batch;

/* Is row i of a column not null?  i counts rows, not selected rows. */
static inline bool brasa_column_is_valid(const brasa_column *c, int32_t i)
{
    if (c->valid == NULL) return true;
    if (c->encoding == BRASA_CONST) i = 0;
    return (c->valid[(uint32_t)i >> 6] >> ((uint32_t)i & 63)) & 1;
}

#endif
