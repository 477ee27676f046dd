/* storage/h5column.h -- a column being written: rows in, datasets and a node of the index out. */
#ifndef BRASA_STORAGE_H5COLUMN_H
#define BRASA_STORAGE_H5COLUMN_H

#include "brasa/batch.h"
#include "storage/h5dict.h"
#include "storage/h5out.h"

typedef struct brasa_h5_column {
    brasa_h5_dest *d;
    brasa_type     type;
    const char    *path; /* of its object in the table's group */
    const char    *tail; /* of its hidden datasets: _brasa/valid/<tail> */
    bool           top;  /* a column of the table: with statistics and dictionary */
    int64_t        rows;

    brasa_h5_layout layout;
    bool            decided; /* strings: the layout is chosen at the first rows */
    brasa_h5_out   *values, *offsets, *valid, *codes;
    int64_t         total; /* LONG: bytes, LIST: elements so far */

    int32_t                 nchildren;
    struct brasa_h5_column *children;
    brasa_h5_dict          *dict; /* NULL: given up, or no strings */
    struct brasa_h5_column *dict_column;

    int32_t          nbounds, bounds_cap;
    brasa_h5_bounds *bounds;
    uint8_t         *sketch;
    int64_t          payload;
} brasa_h5_column;

/* `in` (any encoding, n rows) as a FLAT column; what is new is in `arena`. */
void brasa__h5_flatten(brasa_arena *arena, const brasa_column *in, int32_t n, brasa_column *out);

/* Everything in d->arena. */
brasa_h5_column *brasa__h5_column_new(brasa_h5_dest *d, brasa_type t, const char *path, const char *tail, bool top);
/* n rows of a FLAT column; for `top` columns all calls but the last have the same n, a chunk's. */
brasa_status brasa__h5_column_push(brasa_h5_column *col, const brasa_column *in, int32_t n, brasa_error *err);
/* Finish all datasets; fill the node. */
brasa_status brasa__h5_column_finish(brasa_h5_column *col, brasa_h5_node *out, brasa_error *err);

#endif
