/* kernel/rows.h -- kernels over whole rows of columns: hash, equality, gather, order.
 *
 * Rows are named by `rows` (row numbers, any order, repeats allowed; NULL: 0..n-1).  All encodings and types are accepted.  Nothing allocates.
 */
#ifndef BRASA_KERNEL_ROWS_H
#define BRASA_KERNEL_ROWS_H

#include "brasa/batch.h"

/* hash[k] = hash of row rows[k].  `first`: start; else combine into what is there.  Equal values hash alike in every encoding and width of integer and decimal of one scale; nulls hash
 * alike, -0.0 as 0.0, all NaN alike. */
void brasa__hash_rows(const brasa_column *c, const int32_t *rows, int32_t n, bool first, uint64_t *hash);

/* keep[0..m) = the k (positions, ascending) among `cand` for which row arows[k] of a equals row brows[k] of b, with null equal to null (null_equal) or to nothing; returns m.
 * cand NULL: 0..n-1.  keep may be cand.  The columns are of one type. */
int32_t brasa__equal_rows(const brasa_column *a, const int32_t *arows, const brasa_column *b, const int32_t *brows, const int32_t *cand, int32_t n, bool null_equal,
                          int32_t *keep);

/* Total order of two rows of one type: as brasa__value_compare (nulls first and equal, NaN last). */
int brasa__compare_row(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi);

/* dst (values with room for n rows at dst_values, validity bits at bit dst_from of dst_valid, which may be NULL if the column has no nulls) = rows of a FLAT, CONST or DICT column of a fixed-width physical type
 * (strings as views, spans as spans).  Negative row numbers give null.  Returns true when a null was written. */
bool brasa__gather_values(const brasa_column *c, const int32_t *rows, int32_t n, void *dst_values, uint64_t *dst_valid, int64_t dst_from);

#endif
