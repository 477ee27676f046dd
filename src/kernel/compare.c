/* compare.c -- see compare.h.  One loop per type and operator; > and >= are < and <= with the sides changed. */
#include "kernel/compare.h"

#include "data/string.h"
#include "kernel/clones.h"

#define PLAIN_EQ(a, b) ((a) == (b))
#define PLAIN_LT(a, b) ((a) < (b))
#define PLAIN_LE(a, b) ((a) <= (b))
/* NaN is one value, above all others. */
#define FLOAT_EQ(a, b) (((a) == (b)) | (((a) != (a)) & ((b) != (b))))
#define FLOAT_LT(a, b) (((a) < (b)) | (((a) == (a)) & ((b) != (b))))
#define FLOAT_LE(a, b) (((a) <= (b)) | ((b) != (b)))

#define T    uint8_t
#define STEM u8
#define EQ   PLAIN_EQ
#define LT   PLAIN_LT
#define LE   PLAIN_LE
#include "kernel/compare_type.tmpl.h"

#define T    int8_t
#define STEM i8
#define EQ   PLAIN_EQ
#define LT   PLAIN_LT
#define LE   PLAIN_LE
#include "kernel/compare_type.tmpl.h"

#define T    int16_t
#define STEM i16
#define EQ   PLAIN_EQ
#define LT   PLAIN_LT
#define LE   PLAIN_LE
#include "kernel/compare_type.tmpl.h"

#define T    int32_t
#define STEM i32
#define EQ   PLAIN_EQ
#define LT   PLAIN_LT
#define LE   PLAIN_LE
#include "kernel/compare_type.tmpl.h"

#define T    int64_t
#define STEM i64
#define EQ   PLAIN_EQ
#define LT   PLAIN_LT
#define LE   PLAIN_LE
#include "kernel/compare_type.tmpl.h"

#define T    brasa_int128
#define STEM i128
#define EQ   PLAIN_EQ
#define LT   PLAIN_LT
#define LE   PLAIN_LE
#include "kernel/compare_type.tmpl.h"

#define T    float
#define STEM f32
#define EQ   FLOAT_EQ
#define LT   FLOAT_LT
#define LE   FLOAT_LE
#include "kernel/compare_type.tmpl.h"

#define T    double
#define STEM f64
#define EQ   FLOAT_EQ
#define LT   FLOAT_LT
#define LE   FLOAT_LE
#include "kernel/compare_type.tmpl.h"

/* Months of 30 days, as the order of intervals has it; microseconds in 128 bits cannot overflow. */
static brasa_int128 interval_us(brasa_interval v)
{
    return ((brasa_int128)v.months * 30 + v.days) * 86400000000 + v.us;
}

#define T        brasa_interval
#define STEM     interval
#define EQ(a, b) (interval_us(a) == interval_us(b))
#define LT(a, b) (interval_us(a) < interval_us(b))
#define LE(a, b) (interval_us(a) <= interval_us(b))
#include "kernel/compare_type.tmpl.h"

typedef void compare_fn(const void *a, int as, const void *b, int bs, const int32_t *rows, int32_t n, uint8_t *out);

/* Equality of strings: the first eight bytes (length and prefix) settle most rows. */
static void string_eq(const void *av, int as, const void *bv, int bs, const int32_t *rows, int32_t n, uint8_t *out)
{
    const brasa_string *a = av, *b = bv;

    for (int32_t i = 0; i < n; i++) {
        int32_t r = rows ? rows[i] : i;
        out[r] = brasa__string_equal(&a[as ? r : 0], &b[bs ? r : 0]);
    }
}

static void string_ne(const void *av, int as, const void *bv, int bs, const int32_t *rows, int32_t n, uint8_t *out)
{
    const brasa_string *a = av, *b = bv;

    for (int32_t i = 0; i < n; i++) {
        int32_t r = rows ? rows[i] : i;
        out[r] = !brasa__string_equal(&a[as ? r : 0], &b[bs ? r : 0]);
    }
}

static void string_lt(const void *av, int as, const void *bv, int bs, const int32_t *rows, int32_t n, uint8_t *out)
{
    const brasa_string *a = av, *b = bv;

    for (int32_t i = 0; i < n; i++) {
        int32_t r = rows ? rows[i] : i;
        out[r] = brasa__string_compare(&a[as ? r : 0], &b[bs ? r : 0]) < 0;
    }
}

static void string_le(const void *av, int as, const void *bv, int bs, const int32_t *rows, int32_t n, uint8_t *out)
{
    const brasa_string *a = av, *b = bv;

    for (int32_t i = 0; i < n; i++) {
        int32_t r = rows ? rows[i] : i;
        out[r] = brasa__string_compare(&a[as ? r : 0], &b[bs ? r : 0]) <= 0;
    }
}

/* eq, ne, lt, le */
static compare_fn *const table[BRASA_PHYS_COUNT][4] = {
    [BRASA_PHYS_BOOL] = {u8_eq, u8_ne, u8_lt, u8_le},
    [BRASA_PHYS_I8] = {i8_eq, i8_ne, i8_lt, i8_le},
    [BRASA_PHYS_I16] = {i16_eq, i16_ne, i16_lt, i16_le},
    [BRASA_PHYS_I32] = {i32_eq, i32_ne, i32_lt, i32_le},
    [BRASA_PHYS_I64] = {i64_eq, i64_ne, i64_lt, i64_le},
    [BRASA_PHYS_I128] = {i128_eq, i128_ne, i128_lt, i128_le},
    [BRASA_PHYS_F32] = {f32_eq, f32_ne, f32_lt, f32_le},
    [BRASA_PHYS_F64] = {f64_eq, f64_ne, f64_lt, f64_le},
    [BRASA_PHYS_INTERVAL] = {interval_eq, interval_ne, interval_lt, interval_le},
    [BRASA_PHYS_STRING] = {string_eq, string_ne, string_lt, string_le},
};

bool brasa__compare(brasa_phys phys, brasa_cmp op, const void *a, bool a_const, const void *b, bool b_const, const int32_t *rows, int32_t n,
                    uint8_t *out)
{
    bool swap = op == BRASA_CMP_GT || op == BRASA_CMP_GE;
    int  which = op == BRASA_CMP_GT ? BRASA_CMP_LT : op == BRASA_CMP_GE ? BRASA_CMP_LE : (int)op;

    compare_fn *fn = table[phys][which];
    if (fn == NULL) return false;
    if (swap)
        fn(b, !b_const, a, !a_const, rows, n, out);
    else
        fn(a, !a_const, b, !b_const, rows, n, out);
    return true;
}
