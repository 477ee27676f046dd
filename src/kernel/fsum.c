/* kernel/fsum.c -- the seldom-taken ways of an exact sum, and its end. */
#include "kernel/fsum.h"

#include <math.h>

static bool add_special(brasa_fsum *s, double x)
{
    if (isnan(x)) {
        s->flags |= BRASA_FSUM_NAN;
        return true;
    }
    if (isinf(x)) {
        s->flags |= x > 0 ? BRASA_FSUM_PLUS_INF : BRASA_FSUM_MINUS_INF;
        return true;
    }
    return x == 0;
}

static void add_bin(brasa_fsum *s, int32_t bin, __int128 add, void *(*grow)(void *arg), void *arg)
{
    if (s->all == NULL && s->base < 0) {
        s->base = (int16_t)(bin >= 2 ? bin - 2 : 0); /* values shrink more often than they grow by 2^32 */
    }
    if (s->all == NULL && (bin < s->base || bin >= s->base + BRASA_FSUM_WINDOW)) {
        brasa_fsum_bin *all = grow(arg);

        for (int32_t i = 0; i < BRASA_FSUM_WINDOW && s->base + i < BRASA_FSUM_BINS; i++) all[s->base + i] = s->bins[i];
        s->all = all;
        s->base = -1; /* sends every later addition here */
    }
    if (s->all != NULL) {
        s->all[bin] += add;
    } else {
        s->bins[bin - s->base] += add;
    }
}

void brasa__fsum_add_slow(brasa_fsum *s, double x, void *(*grow)(void *arg), void *arg)
{
    __int128 add;

    if (add_special(s, x)) return;
    int32_t bin = brasa__fsum_split(x, &add);
    add_bin(s, bin, add, grow, arg);
}

void brasa__fsum_merge(brasa_fsum *s, const brasa_fsum *other, void *(*grow)(void *arg), void *arg)
{
    s->flags |= other->flags;
    if (other->all != NULL) {
        for (int32_t i = 0; i < BRASA_FSUM_BINS; i++) {
            if (other->all[i] != 0) add_bin(s, i, other->all[i], grow, arg);
        }
    } else if (other->base >= 0) {
        for (int32_t i = 0; i < BRASA_FSUM_WINDOW; i++) {
            if (other->bins[i] != 0) add_bin(s, other->base + i, other->bins[i], grow, arg);
        }
    }
}

/* All bins as a number in base 2^32, lowest digit first, two's complement with sign spread; returns digits. */
enum { DIGITS = BRASA_FSUM_BINS + 4 };

static bool digits_of(const brasa_fsum *s, uint32_t digit[DIGITS])
{
    __int128 carry = 0;

    for (int32_t i = 0; i < DIGITS; i++) {
        __int128 bin = 0;

        if (i < BRASA_FSUM_BINS) {
            if (s->all != NULL) {
                bin = s->all[i];
            } else if (s->base >= 0 && i >= s->base && i < s->base + BRASA_FSUM_WINDOW) {
                bin = s->bins[i - s->base];
            }
        }
        carry += bin;
        digit[i] = (uint32_t)((unsigned __int128)carry & 0xffffffffu);
        carry >>= 32; /* arithmetic */
    }
    return carry < 0;
}

static void negate(uint32_t digit[DIGITS])
{
    uint64_t carry = 1;

    for (int32_t i = 0; i < DIGITS; i++) {
        carry += (uint32_t)~digit[i];
        digit[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

/* Top digit that is not zero, or -1. */
static int32_t top_digit(const uint32_t digit[DIGITS])
{
    int32_t top = DIGITS - 1;

    while (top >= 0 && digit[top] == 0) top--;
    return top;
}

/* Is anything below digit `from` not zero? */
static bool any_below(const uint32_t digit[DIGITS], int32_t from)
{
    for (int32_t i = 0; i < from; i++) {
        if (digit[i] != 0) return true;
    }
    return false;
}

static bool special_result(const brasa_fsum *s, double *out)
{
    if ((s->flags & BRASA_FSUM_NAN) != 0 || (s->flags & 6) == 6) {
        *out = NAN;
    } else if ((s->flags & BRASA_FSUM_PLUS_INF) != 0) {
        *out = INFINITY;
    } else if ((s->flags & BRASA_FSUM_MINUS_INF) != 0) {
        *out = -INFINITY;
    } else {
        return false;
    }
    return true;
}

/* Digit i weighs 2^(32 i - 1075): a double of biased exponent e is m * 2^(e - 1075), and e = 32 * bin + shift. */
enum { WEIGHT = 1075 };

double brasa__fsum_result(const brasa_fsum *s)
{
    uint32_t digit[DIGITS];
    double   special;

    if (special_result(s, &special)) return special;
    bool minus = digits_of(s, digit);
    if (minus) negate(digit);
    int32_t top = top_digit(digit);
    if (top < 0) return 0;

    /* The 96 highest bits, with all that is below folded into the last one (sticky), then to 53 bits by hand. */
    unsigned __int128 v = 0;
    for (int32_t i = 0; i < 3; i++) v = v << 32 | (top - i >= 0 ? digit[top - i] : 0);
    int32_t exp = 32 * (top - 2) - WEIGHT;
    bool    sticky = top > 2 && any_below(digit, top - 2);
    int32_t width = (v >> 64) != 0 ? 128 - __builtin_clzll((uint64_t)(v >> 64)) : 64 - __builtin_clzll((uint64_t)v);
    int32_t drop = width - 53;
    if (exp + drop < -1074) drop = -1074 - exp; /* subnormal results keep fewer bits */
    if (drop > 0) {
        unsigned __int128 rest = v & (((unsigned __int128)1 << drop) - 1);
        unsigned __int128 half = (unsigned __int128)1 << (drop - 1);

        v >>= drop;
        exp += drop;
        if (rest > half || (rest == half && (sticky || (v & 1) != 0))) v++;
    }
    double r = ldexp((double)(uint64_t)v, exp);
    return minus ? -r : r;
}

__float128 brasa__fsum_result_wide(const brasa_fsum *s)
{
    uint32_t digit[DIGITS];
    double   special;

    if (special_result(s, &special)) return special;
    bool minus = digits_of(s, digit);
    if (minus) negate(digit);
    int32_t    top = top_digit(digit);
    __float128 r = 0;

    for (int32_t i = top; i >= 0 && i >= top - 4; i--) {
        __float128 d = digit[i];
        int32_t    e = 32 * i - WEIGHT;
        while (e > 900) {
            d *= ldexp(1, 900);
            e -= 900;
        }
        while (e < -900) {
            d *= ldexp(1, -900);
            e += 900;
        }
        r += d * ldexp(1, e);
    }
    return minus ? -r : r;
}
