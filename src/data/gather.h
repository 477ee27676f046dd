/* data/gather.h -- batches made of picked rows, in an arena. */
#ifndef BRASA_DATA_GATHER_H
#define BRASA_DATA_GATHER_H

#include "base/arena.h"
#include "brasa/batch.h"

/* out = rows[0..n) of `in` as a FLAT column (CONST stays CONST unless a row number is negative, DICT stays DICT when `keep_dict`); arrays in `arena`; strings and spans keep pointing at the source.
 * A negative row number gives a null. */
void brasa__column_gather(brasa_arena *arena, const brasa_column *in, const int32_t *rows, int32_t n, bool keep_dict, brasa_column *out);
/* out = the selected rows of `in`, all columns FLAT, no sel. */
void brasa__batch_flatten(brasa_arena *arena, const brasa_batch *in, brasa_batch *out);
/* A column of n nulls. */
void brasa__column_nulls(brasa_arena *arena, brasa_type t, int32_t n, brasa_column *out);

#endif
