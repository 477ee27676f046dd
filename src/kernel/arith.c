/* arith.c -- see arith.h.
 *
 * Overflow is gathered in a flag, so that loops have no branch and become vector code: narrow integers are computed wide and compared with what was
 * stored, 64-bit sums look at the signs.
 */
#include "kernel/arith.h"

#include <math.h>

#include "kernel/clones.h"

/* ---- 8, 16, 32 bits: wide, then narrow ---- */

#define WIDE(W, R, expr, r, bad)           \
    {                                      \
        W wide_ = (expr);                  \
        (r) = (R)wide_;                    \
        (bad) |= (unsigned)(wide_ != (r)); \
    }

#define A                  int8_t
#define B                  int8_t
#define R                  int8_t
#define NAME               add_i8
#define STEP(a, b, r, bad) WIDE(int32_t, int8_t, (int32_t)(a) + (b), r, bad)
#include "kernel/arith.tmpl.h"
#define A                  int8_t
#define B                  int8_t
#define R                  int8_t
#define NAME               sub_i8
#define STEP(a, b, r, bad) WIDE(int32_t, int8_t, (int32_t)(a) - (b), r, bad)
#include "kernel/arith.tmpl.h"
#define A                  int8_t
#define B                  int8_t
#define R                  int8_t
#define NAME               mul_i8
#define STEP(a, b, r, bad) WIDE(int32_t, int8_t, (int32_t)(a) * (b), r, bad)
#include "kernel/arith.tmpl.h"

#define A                  int16_t
#define B                  int16_t
#define R                  int16_t
#define NAME               add_i16
#define STEP(a, b, r, bad) WIDE(int32_t, int16_t, (int32_t)(a) + (b), r, bad)
#include "kernel/arith.tmpl.h"
#define A                  int16_t
#define B                  int16_t
#define R                  int16_t
#define NAME               sub_i16
#define STEP(a, b, r, bad) WIDE(int32_t, int16_t, (int32_t)(a) - (b), r, bad)
#include "kernel/arith.tmpl.h"
#define A                  int16_t
#define B                  int16_t
#define R                  int16_t
#define NAME               mul_i16
#define STEP(a, b, r, bad) WIDE(int32_t, int16_t, (int32_t)(a) * (b), r, bad)
#include "kernel/arith.tmpl.h"

#define A                  int32_t
#define B                  int32_t
#define R                  int32_t
#define NAME               add_i32
#define STEP(a, b, r, bad) WIDE(int64_t, int32_t, (int64_t)(a) + (b), r, bad)
#include "kernel/arith.tmpl.h"
#define A                  int32_t
#define B                  int32_t
#define R                  int32_t
#define NAME               sub_i32
#define STEP(a, b, r, bad) WIDE(int64_t, int32_t, (int64_t)(a) - (b), r, bad)
#include "kernel/arith.tmpl.h"
#define A                  int32_t
#define B                  int32_t
#define R                  int32_t
#define NAME               mul_i32
#define STEP(a, b, r, bad) WIDE(int64_t, int32_t, (int64_t)(a) * (b), r, bad)
#include "kernel/arith.tmpl.h"

/* ---- 64 bits ---- */

/* A sum overflows when both terms have one sign and the sum the other. */
#define A    int64_t
#define B    int64_t
#define R    int64_t
#define NAME add_i64
#define STEP(a, b, r, bad)                                                  \
    {                                                                       \
        int64_t sum_ = (int64_t)((uint64_t)(a) + (uint64_t)(b));            \
        (bad) |= (unsigned)((uint64_t)(((a) ^ sum_) & ((b) ^ sum_)) >> 63); \
        (r) = sum_;                                                         \
    }
#include "kernel/arith.tmpl.h"
#define A    int64_t
#define B    int64_t
#define R    int64_t
#define NAME sub_i64
#define STEP(a, b, r, bad)                                                 \
    {                                                                      \
        int64_t dif_ = (int64_t)((uint64_t)(a) - (uint64_t)(b));           \
        (bad) |= (unsigned)((uint64_t)(((a) ^ (b)) & ((a) ^ dif_)) >> 63); \
        (r) = dif_;                                                        \
    }
#include "kernel/arith.tmpl.h"
#define A                  int64_t
#define B                  int64_t
#define R                  int64_t
#define NAME               mul_i64
#define STEP(a, b, r, bad) (bad) |= (unsigned)__builtin_mul_overflow((a), (b), &(r));
#include "kernel/arith.tmpl.h"

/* ---- floats: IEEE, but division by zero is an error ---- */

#define A                  float
#define B                  float
#define R                  float
#define NAME               add_f32
#define STEP(a, b, r, bad) (r) = (a) + (b);
#include "kernel/arith.tmpl.h"
#define A                  float
#define B                  float
#define R                  float
#define NAME               sub_f32
#define STEP(a, b, r, bad) (r) = (a) - (b);
#include "kernel/arith.tmpl.h"
#define A                  float
#define B                  float
#define R                  float
#define NAME               mul_f32
#define STEP(a, b, r, bad) (r) = (a) * (b);
#include "kernel/arith.tmpl.h"
#define A                  double
#define B                  double
#define R                  double
#define NAME               add_f64
#define STEP(a, b, r, bad) (r) = (a) + (b);
#include "kernel/arith.tmpl.h"
#define A                  double
#define B                  double
#define R                  double
#define NAME               sub_f64
#define STEP(a, b, r, bad) (r) = (a) - (b);
#include "kernel/arith.tmpl.h"
#define A                  double
#define B                  double
#define R                  double
#define NAME               mul_f64
#define STEP(a, b, r, bad) (r) = (a) * (b);
#include "kernel/arith.tmpl.h"
#define A    double
#define B    double
#define R    double
#define NAME div_f64
#define STEP(a, b, r, bad)                \
    {                                     \
        (bad) |= (unsigned)((b) == 0);    \
        (r) = (a) / ((b) == 0 ? 1 : (b)); \
    }
#include "kernel/arith.tmpl.h"
#define A    double
#define B    double
#define R    double
#define NAME mod_f64
#define STEP(a, b, r, bad)             \
    {                                  \
        (bad) |= (unsigned)((b) == 0); \
        (r) = fmod((a), (b));          \
    }
#include "kernel/arith.tmpl.h"
#define A    float
#define B    float
#define R    float
#define NAME mod_f32
#define STEP(a, b, r, bad)             \
    {                                  \
        (bad) |= (unsigned)((b) == 0); \
        (r) = fmodf((a), (b));         \
    }
#include "kernel/arith.tmpl.h"

/* ---- division of integers ---- */

/* Zero and -1 are kept away from the machine's division, which traps. */
#define SAFE_MOD(T, a, b, r, bad)                         \
    {                                                     \
        (bad) |= (unsigned)((b) == 0);                    \
        (r) = (T)((b) == 0 || (b) == -1 ? 0 : (a) % (b)); \
    }
#define SAFE_DIV(T, least, a, b, r, bad)                                      \
    {                                                                         \
        (bad) |= (unsigned)((b) == 0 || ((a) == (least) && (b) == -1));       \
        (r) = (T)((b) == 0 || ((a) == (least) && (b) == -1) ? 0 : (a) / (b)); \
    }

#define A                  int8_t
#define B                  int8_t
#define R                  int8_t
#define NAME               mod_i8
#define STEP(a, b, r, bad) SAFE_MOD(int8_t, a, b, r, bad)
#include "kernel/arith.tmpl.h"
#define A                  int16_t
#define B                  int16_t
#define R                  int16_t
#define NAME               mod_i16
#define STEP(a, b, r, bad) SAFE_MOD(int16_t, a, b, r, bad)
#include "kernel/arith.tmpl.h"
#define A                  int32_t
#define B                  int32_t
#define R                  int32_t
#define NAME               mod_i32
#define STEP(a, b, r, bad) SAFE_MOD(int32_t, a, b, r, bad)
#include "kernel/arith.tmpl.h"
#define A                  int64_t
#define B                  int64_t
#define R                  int64_t
#define NAME               mod_i64
#define STEP(a, b, r, bad) SAFE_MOD(int64_t, a, b, r, bad)
#include "kernel/arith.tmpl.h"
#define A                  int64_t
#define B                  int64_t
#define R                  int64_t
#define NAME               div_i64
#define STEP(a, b, r, bad) SAFE_DIV(int64_t, INT64_MIN, a, b, r, bad)
#include "kernel/arith.tmpl.h"

static brasa_arith_fn *const table[BRASA_PHYS_COUNT][BRASA_ARITH_COUNT] = {
    [BRASA_PHYS_I8] = {add_i8, sub_i8, mul_i8, NULL, mod_i8},      [BRASA_PHYS_I16] = {add_i16, sub_i16, mul_i16, NULL, mod_i16},
    [BRASA_PHYS_I32] = {add_i32, sub_i32, mul_i32, NULL, mod_i32}, [BRASA_PHYS_I64] = {add_i64, sub_i64, mul_i64, div_i64, mod_i64},
    [BRASA_PHYS_F32] = {add_f32, sub_f32, mul_f32, NULL, mod_f32}, [BRASA_PHYS_F64] = {add_f64, sub_f64, mul_f64, div_f64, mod_f64},
};

brasa_arith_fn *brasa__arith_find(brasa_arith op, brasa_phys phys)
{
    return table[phys][op];
}
