/* expr/types.h -- decimal types by Spark's rules. */
#ifndef BRASA_EXPR_TYPES_H
#define BRASA_EXPR_TYPES_H

#include "brasa/types.h"

/* The decimal that holds every value of an integer or decimal type. */
brasa_type brasa__decimal_of(brasa_type t);
/* Precision and scale cut at 38. */
brasa_type brasa__decimal_bounded(int32_t precision, int32_t scale);
/* Past 38 digits the scale gives way, down to 6, so that whole digits stay (Spark's adjustPrecisionScale). */
brasa_type brasa__decimal_adjusted(int32_t precision, int32_t scale);

#endif
