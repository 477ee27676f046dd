/* kernel/decimal.h -- decimals one value at a time, exact to 256 bits. */
#ifndef BRASA_KERNEL_DECIMAL_H
#define BRASA_KERNEL_DECIMAL_H

#include "brasa/types.h"
#include "kernel/arith.h"

/* 10^n, n from 0 to 38. */
extern const int64_t brasa__pow10_small[19]; /* those that fit 64 bits */
brasa_int128         brasa__pow10(int32_t n);
/* |v| has at most `precision` digits? */
bool brasa__decimal_fits(brasa_int128 v, int32_t precision);
/* v times 10^(to - from), rounded half away from zero; false: more than `precision` digits. */
bool brasa__decimal_rescale(brasa_int128 v, int32_t from, int32_t to, int32_t precision, brasa_int128 *out);
/* a (scale as) op b (scale bs) at scale rs, rounded half away from zero; false: more than rp digits, or division by zero.  MOD has the sign of a.
 * DIV: the quotient. */
bool brasa__decimal_op(brasa_arith op, brasa_int128 a, int32_t as, brasa_int128 b, int32_t bs, int32_t rp, int32_t rs, brasa_int128 *out);
/* The nearest double, and the decimal nearest to a double (false: does not fit). */
double brasa__decimal_to_f64(brasa_int128 v, int32_t scale);
bool   brasa__decimal_from_f64(double v, int32_t precision, int32_t scale, brasa_int128 *out);

#endif
