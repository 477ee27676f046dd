/* decimal.c -- see decimal.h.  Magnitudes are 256 bits in four 64-bit limbs, least first; signs are kept apart. */
#include "kernel/decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef brasa_int128      i128;
typedef unsigned __int128 u128;

typedef struct u256 {
    uint64_t limb[4];
} u256;

const int64_t brasa__pow10_small[19] = {1,
                                        10,
                                        100,
                                        1000,
                                        10000,
                                        100000,
                                        1000000,
                                        10000000,
                                        100000000,
                                        1000000000,
                                        10000000000,
                                        100000000000,
                                        1000000000000,
                                        10000000000000,
                                        100000000000000,
                                        1000000000000000,
                                        10000000000000000,
                                        100000000000000000,
                                        1000000000000000000};

brasa_int128 brasa__pow10(int32_t n)
{
    if (n <= 18) return brasa__pow10_small[n];
    if (n <= 36) return (i128)brasa__pow10_small[18] * brasa__pow10_small[n - 18];
    return (i128)brasa__pow10_small[18] * brasa__pow10_small[18] * brasa__pow10_small[n - 36];
}

bool brasa__decimal_fits(brasa_int128 v, int32_t precision)
{
    i128 limit = brasa__pow10(precision);

    return v < limit && v > -limit;
}

static u128 magnitude(i128 v)
{
    return v < 0 ? (u128)0 - (u128)v : (u128)v;
}

static u256 mul_128(u128 a, u128 b)
{
    uint64_t x[2] = {(uint64_t)a, (uint64_t)(a >> 64)}, y[2] = {(uint64_t)b, (uint64_t)(b >> 64)};
    u256     r = {{0}};

    for (int i = 0; i < 2; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 2; j++) {
            u128 t = (u128)x[i] * y[j] + r.limb[i + j] + carry;
            r.limb[i + j] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
        r.limb[i + 2] = carry;
    }
    return r;
}

/* v * m; false: past 256 bits */
static bool mul_small(u256 *v, uint64_t m)
{
    uint64_t carry = 0;

    for (int i = 0; i < 4; i++) {
        u128 t = (u128)v->limb[i] * m + carry;
        v->limb[i] = (uint64_t)t;
        carry = (uint64_t)(t >> 64);
    }
    return carry == 0;
}

static bool mul_pow10(u256 *v, int32_t n)
{
    for (; n > 18; n -= 18)
        if (!mul_small(v, 1000000000000000000u)) return false;
    return mul_small(v, (uint64_t)brasa__pow10(n));
}

static int compare(const u256 *a, const u256 *b)
{
    for (int i = 3; i >= 0; i--)
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static void add(u256 *a, const u256 *b)
{
    uint64_t carry = 0;

    for (int i = 0; i < 4; i++) {
        u128 t = (u128)a->limb[i] + b->limb[i] + carry;
        a->limb[i] = (uint64_t)t;
        carry = (uint64_t)(t >> 64);
    }
}

static void sub(u256 *a, const u256 *b) /* a >= b */
{
    uint64_t borrow = 0;

    for (int i = 0; i < 4; i++) {
        u128 t = (u128)a->limb[i] - b->limb[i] - borrow;
        a->limb[i] = (uint64_t)t;
        borrow = (uint64_t)(t >> 64) & 1;
    }
}

static u256 from_128(u128 v)
{
    return (u256) {{(uint64_t)v, (uint64_t)(v >> 64), 0, 0}};
}

static void shift_left_1(u256 *v)
{
    for (int i = 3; i > 0; i--) v->limb[i] = v->limb[i] << 1 | v->limb[i - 1] >> 63;
    v->limb[0] <<= 1;
}

static bool fits_128(const u256 *v)
{
    return v->limb[2] == 0 && v->limb[3] == 0;
}

static u128 low_128(const u256 *v)
{
    return (u128)v->limb[1] << 64 | v->limb[0];
}

/* q, r = n / d, bit by bit; one machine division when both fit 128 bits.  d is not zero. */
static void divide(const u256 *n, const u256 *d, u256 *q, u256 *r)
{
    if (fits_128(n) && fits_128(d)) {
        u128 a = low_128(n), b = low_128(d);
        *q = from_128(a / b);
        *r = from_128(a % b);
        return;
    }
    memset(q, 0, sizeof *q);
    memset(r, 0, sizeof *r);
    for (int bit = 255; bit >= 0; bit--) {
        shift_left_1(r);
        r->limb[0] |= (n->limb[bit / 64] >> (bit % 64)) & 1;
        if (compare(r, d) < 0) continue;
        sub(r, d);
        q->limb[bit / 64] |= (uint64_t)1 << (bit % 64);
    }
}

/* n / d, half away from zero. */
static u256 divide_rounded(const u256 *n, const u256 *d)
{
    u256 q, r, one = from_128(1);

    divide(n, d, &q, &r);
    bool top = r.limb[3] >> 63;
    shift_left_1(&r);
    if (top || compare(&r, d) >= 0) add(&q, &one);
    return q;
}

/* |v| at scale `from` brought to scale `to`. */
static bool to_scale(u256 *v, int32_t from, int32_t to)
{
    if (to >= from) return mul_pow10(v, to - from);
    while (from - to > 38) { /* dropped digits beyond one division cannot round up to anything */
        u256 d = from_128((u128)brasa__pow10(38)), q, r;
        divide(v, &d, &q, &r);
        *v = q;
        from -= 38;
    }
    u256 d = from_128((u128)brasa__pow10(from - to));
    *v = divide_rounded(v, &d);
    return true;
}

static bool finish(const u256 *v, bool negative, int32_t precision, i128 *out)
{
    if (!fits_128(v) || low_128(v) >= (u128)brasa__pow10(precision)) return false;
    *out = negative ? -(i128)low_128(v) : (i128)low_128(v);
    return true;
}

bool brasa__decimal_rescale(brasa_int128 v, int32_t from, int32_t to, int32_t precision, brasa_int128 *out)
{
    u256 m = from_128(magnitude(v));

    return to_scale(&m, from, to) && finish(&m, v < 0, precision, out);
}

static bool add_signed(u256 a, bool na, u256 b, bool nb, u256 *out, bool *negative)
{
    if (na == nb) {
        add(&a, &b);
        *out = a;
        *negative = na;
    } else if (compare(&a, &b) >= 0) {
        sub(&a, &b);
        *out = a;
        *negative = na;
    } else {
        sub(&b, &a);
        *out = b;
        *negative = nb;
    }
    return true;
}

bool brasa__decimal_op(brasa_arith op, brasa_int128 a, int32_t as, brasa_int128 b, int32_t bs, int32_t rp, int32_t rs, brasa_int128 *out)
{
    u256    x = from_128(magnitude(a)), y = from_128(magnitude(b)), r, q;
    bool    na = a < 0, nb = b < 0, negative = na != nb;
    int32_t scale = as > bs ? as : bs;

    switch (op) {
    case BRASA_ADD:
    case BRASA_SUB:
        if (!mul_pow10(&x, scale - as) || !mul_pow10(&y, scale - bs)) return false;
        add_signed(x, na, y, op == BRASA_SUB ? !nb : nb, &r, &negative);
        return to_scale(&r, scale, rs) && finish(&r, negative, rp, out);
    case BRASA_MUL: r = mul_128(magnitude(a), magnitude(b)); return to_scale(&r, as + bs, rs) && finish(&r, negative, rp, out);
    case BRASA_DIV: {
        if (b == 0) return false;
        int32_t up = rs - as + bs; /* digits the numerator must gain */
        if (up >= 0 ? !mul_pow10(&x, up) : !mul_pow10(&y, -up)) return false;
        r = divide_rounded(&x, &y);
        return finish(&r, negative, rp, out);
    }
    case BRASA_MOD:
        if (b == 0 || !mul_pow10(&x, scale - as) || !mul_pow10(&y, scale - bs)) return false;
        divide(&x, &y, &q, &r);
        return to_scale(&r, scale, rs) && finish(&r, na, rp, out);
    case BRASA_ARITH_COUNT: break;
    }
    return false;
}

double brasa__decimal_to_f64(brasa_int128 v, int32_t scale)
{
    /* Both exact as doubles: one rounding, as correct as can be. */
    if (scale <= 22 && v < (i128)1 << 53 && v > -((i128)1 << 53)) return (double)(int64_t)v / (double)brasa__pow10(scale);
    return (double)((long double)v / (long double)brasa__pow10(scale));
}

bool brasa__decimal_from_f64(double v, int32_t precision, int32_t scale, brasa_int128 *out)
{
    char    text[64];
    i128    digits = 0;
    int32_t exponent;

    if (!isfinite(v) || fabs(v) > 1e39) return false;
    /* by the shortest decimal that reads back as v, as Spark does: 0.1 is 0.1 */
    for (int p = 15; p <= 17; p++) {
        snprintf(text, sizeof text, "%.*e", p - 1, v);
        double back;
        if (sscanf(text, "%lf", &back) == 1 && back == v) break;
    }
    int32_t places = 0;
    bool    after = false;
    char   *s = text;
    for (; *s && *s != 'e'; s++) {
        if (*s == '.') after = true;
        if (*s < '0' || *s > '9') continue;
        digits = digits * 10 + (*s - '0');
        places += after;
    }
    if (sscanf(s, "e%d", &exponent) != 1) return false;
    places -= exponent; /* v = digits / 10^places */
    if (v < 0) digits = -digits;
    if (places < 0) {
        if (digits == 0) return *out = 0, true;
        if (-places + scale > 38 + 17) return false;
        u256 m = from_128(magnitude(digits));
        return mul_pow10(&m, -places) && to_scale(&m, 0, scale) && finish(&m, v < 0, precision, out);
    }
    return brasa__decimal_rescale(digits, places, scale, precision, out);
}
