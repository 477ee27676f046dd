/* exec/sort_rows.h -- the rows of a rowset in order.
 *
 * Ties are broken by all other columns, left to right, ascending, so that the order is the same however the rows came.  Prefixes (kernel/sortkey.h) are sorted
 * by bytes (least significant first, bytes that are all the same left out); runs of equal first words by comparison.
 */
#ifndef BRASA_EXEC_SORT_ROWS_H
#define BRASA_EXEC_SORT_ROWS_H

#include "exec/op.h"
#include "exec/rowset.h"
#include "expr/eval.h"
#include "kernel/sortkey.h"

/* How rows are compared: the wanted keys, then every other column.  The first nwanted entries are the keys asked for. */
typedef struct brasa_sort_spec {
    int32_t            nkeys, nwanted;
    brasa_sortkey_col *keys;
} brasa_sort_spec;

/* `keys[i]` sorts by column cols[i]; ncols: columns of the rows. */
void brasa__sort_spec_make(brasa_arena *arena, const int32_t *cols, const brasa_order *keys, int32_t nkeys, int32_t ncols,
                           brasa_sort_spec *out);

/* The rows' (block, row) in order, in buffers that `arena` frees. */
typedef struct brasa_sorted {
    int64_t   rows;
    uint32_t *block, *row;
} brasa_sorted;
brasa_status brasa__sort_rows(brasa_arena *arena, brasa_run *run, const brasa_rowset *rows, const brasa_sort_spec *spec, brasa_sorted *out,
                              brasa_error *err);

/* Sort keys that are no plain columns become columns behind the others: what a sorting operator keeps. */
typedef struct brasa_sort_input {
    brasa_schema  schema;  /* of the rows kept: the input's columns, then computed keys */
    int32_t      *key_col; /* [nkeys] */
    brasa_eval   *eval;    /* NULL: nothing is computed */
    int32_t       ncomputed;
    brasa_column *cols; /* scratch: [schema.ncols] */
} brasa_sort_input;
brasa_status brasa__sort_input_open(brasa_arena *arena, brasa_schema in, const brasa_order *keys, int32_t nkeys, brasa_sort_input *out,
                                    brasa_error *err);
/* `in` with its computed keys. */
brasa_status brasa__sort_input_batch(brasa_sort_input *si, const brasa_batch *in, brasa_batch *out, brasa_error *err);

#endif
