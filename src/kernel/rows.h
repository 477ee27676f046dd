/* kernel/rows.h -- kernels over whole rows of columns: hash, equality, gather, order.
 *
 * Rows are named by `rows` (row numbers, any order, repeats allowed; NULL: 0..n-1).  All encodings and types are accepted.  Nothing
 * allocates.  brasa__gather_values is one of them: it lives in data/gather.h, because blocks are built with it.
 */
#ifndef BRASA_KERNEL_ROWS_H
#define BRASA_KERNEL_ROWS_H

#include "brasa/batch.h"
#include "data/gather.h"

/* hash[k] = hash of row rows[k].  `first`: start; else combine into what is there.  Equal values hash alike in every encoding, width of
 * integer, decimal of one scale and width of float; nulls hash alike, -0.0 as 0.0, all NaN alike, intervals of one length alike. */
void brasa__hash_rows(const brasa_column *c, const int32_t *rows, int32_t n, bool first, uint64_t *hash);

/* out[k] = a number by which row rows[k] finds its partition: equal values have equal ones, as with brasa__hash_rows.  Of whole numbers it is made with
 * 32-bit multiplications, of which a vector unit does several at a time: enough to spread rows evenly, too little for a hash table. */
void brasa__spread_rows(const brasa_column *c, const int32_t *rows, int32_t n, uint32_t *out);

/* keep[0..m) = the k (positions, ascending) among `cand` for which row arows[k] of a equals row brows[k] of b, with null equal to null
 * (null_equal) or to nothing; returns m.  cand NULL: 0..n-1.  keep may be cand.  The columns are of one physical type; NaN equals NaN. */
int32_t brasa__equal_rows(const brasa_column *a, const int32_t *arows, const brasa_column *b, const int32_t *brows, const int32_t *cand,
                          int32_t n, bool null_equal, int32_t *keep);

/* Total order of two rows of one type: as brasa__value_compare (nulls first and equal, NaN last). */
int brasa__compare_row(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi);

#endif
