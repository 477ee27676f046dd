/* data/gather.h -- rows picked from columns: into memory of the caller, and as batches in an arena.
 *
 * Negative row numbers give nulls everywhere (outer joins).
 */
#ifndef BRASA_DATA_GATHER_H
#define BRASA_DATA_GATHER_H

#include "base/arena.h"
#include "brasa/batch.h"

/* dst (values with room for n rows at dst_values, validity bits at bit dst_from of dst_valid, which may be NULL if no null can come) = rows of a FLAT, CONST or DICT column.
 * Strings are copied as views, lists as spans; of a STRUCT only the validity.  rows NULL: 0..n-1.  Returns true when a null was written; its value is zero. */
bool brasa__gather_values(const brasa_column *c, const int32_t *rows, int32_t n, void *dst_values, uint64_t *dst_valid, int64_t dst_from);
/* The same for rows [from, from + n). */
bool brasa__copy_values(const brasa_column *c, int32_t from, int32_t n, void *dst_values, uint64_t *dst_valid, int64_t dst_from);

/* Can a null come out of these rows?  Never false when one can. */
bool brasa__gather_may_null(const brasa_column *c, const int32_t *rows, int32_t n);

/* out = rows[0..n) of `in` as a FLAT column (CONST stays CONST unless a row number is negative, DICT stays DICT when `keep_dict`); arrays in `arena`; strings and spans keep pointing at the source.
 * A negative row number gives a null. */
void brasa__column_gather(brasa_arena *arena, const brasa_column *in, const int32_t *rows, int32_t n, bool keep_dict, brasa_column *out);
/* out = the selected rows of `in`, all columns FLAT (CONST stays CONST), no sel.  Borrows the columns where there is nothing to do. */
void brasa__batch_flatten(brasa_arena *arena, const brasa_batch *in, brasa_batch *out);
/* A column of n nulls (CONST). */
void brasa__column_nulls(brasa_arena *arena, brasa_type t, int32_t n, brasa_column *out);
/* Field f of a STRUCT column of n rows, null where the struct is. */
void brasa__struct_field(brasa_arena *arena, const brasa_column *in, int32_t f, int32_t n, brasa_column *out);

#endif
