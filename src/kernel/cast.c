/* cast.c -- see cast.h. */
#include "kernel/cast.h"

#include "kernel/clones.h"

#define INT_TO_INT(R, least, most, a, r, bad) \
    {                                         \
        (r) = (R)(a);                         \
        (bad) |= (unsigned)((r) != (a));      \
    }
/* NaN fails both tests. */
#define FLOAT_TO_INT(R, least, most, a, r, bad)                                                    \
    {                                                                                              \
        int fits_ = ((double)(a) > (least)-1.0 || (double)(a) == (least)) && (double)(a) < (most); \
        (bad) |= (unsigned)!fits_;                                                                 \
        (r) = fits_ ? (R)(a) : (R)0;                                                               \
    }

#define A      uint8_t
#define FROM   u8
#define TO_INT INT_TO_INT
#include "kernel/cast_from.tmpl.h"
#define A      int8_t
#define FROM   i8
#define TO_INT INT_TO_INT
#include "kernel/cast_from.tmpl.h"
#define A      int16_t
#define FROM   i16
#define TO_INT INT_TO_INT
#include "kernel/cast_from.tmpl.h"
#define A      int32_t
#define FROM   i32
#define TO_INT INT_TO_INT
#include "kernel/cast_from.tmpl.h"
#define A      int64_t
#define FROM   i64
#define TO_INT INT_TO_INT
#include "kernel/cast_from.tmpl.h"
#define A      float
#define FROM   f32
#define TO_INT FLOAT_TO_INT
#include "kernel/cast_from.tmpl.h"
#define A      double
#define FROM   f64
#define TO_INT FLOAT_TO_INT
#include "kernel/cast_from.tmpl.h"

#define FROM_ROW(stem)                                                                                                            \
    {                                                                                                                             \
        [BRASA_PHYS_BOOL] = stem##_u8, [BRASA_PHYS_I8] = stem##_i8, [BRASA_PHYS_I16] = stem##_i16, [BRASA_PHYS_I32] = stem##_i32, \
        [BRASA_PHYS_I64] = stem##_i64, [BRASA_PHYS_F32] = stem##_f32, [BRASA_PHYS_F64] = stem##_f64                               \
    }

static brasa_cast_fn *const table[BRASA_PHYS_COUNT][BRASA_PHYS_COUNT] = {
    [BRASA_PHYS_BOOL] = FROM_ROW(u8), [BRASA_PHYS_I8] = FROM_ROW(i8),   [BRASA_PHYS_I16] = FROM_ROW(i16), [BRASA_PHYS_I32] = FROM_ROW(i32),
    [BRASA_PHYS_I64] = FROM_ROW(i64), [BRASA_PHYS_F32] = FROM_ROW(f32), [BRASA_PHYS_F64] = FROM_ROW(f64),
};

brasa_cast_fn *brasa__cast_find(brasa_phys from, brasa_phys to)
{
    return table[from][to];
}
