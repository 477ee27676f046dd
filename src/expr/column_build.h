/* expr/column_build.h -- columns made of single values: the slow and general way, for nested results. */
#ifndef BRASA_EXPR_COLUMN_BUILD_H
#define BRASA_EXPR_COLUMN_BUILD_H

#include "base/arena.h"
#include "brasa/batch.h"

/* out = a FLAT column of type t with the n values (each of type t or null); strings stay where they are. */
void brasa__column_build(brasa_arena *arena, brasa_type t, const brasa_value *values, int32_t n, brasa_column *out);

#endif
