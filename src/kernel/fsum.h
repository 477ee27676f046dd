/* kernel/fsum.h -- a sum of doubles that does not depend on their order.
 *
 * A double is an integer of 53 bits times a power of two.  Those integers are added, shifted, into 128-bit bins that lie 32 binary digits apart, so
 * every sum is exact (after Kulisch's long accumulator) and rounded once, at the end.  Nearly all data falls into four neighbouring bins, which
 * are kept in the state; a state that needs more gets the whole row of bins.  43 bits of headroom per bin: 2^43 additions.
 */
#ifndef BRASA_KERNEL_FSUM_H
#define BRASA_KERNEL_FSUM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    BRASA_FSUM_WINDOW = 4, /* bins in the state */
    BRASA_FSUM_BINS = 66   /* (2046 + 52 + 31) / 32 rounded up: all there are */
};

/* States lie at multiples of 8 bytes. */
typedef __int128 brasa_fsum_bin __attribute__((aligned(8)));

typedef struct brasa_fsum {
    brasa_fsum_bin  bins[BRASA_FSUM_WINDOW];
    brasa_fsum_bin *all;   /* NULL, or all bins (the window is then unused): the caller's memory */
    int16_t         base;  /* bin of bins[0]; -1: empty */
    uint8_t         flags; /* BRASA_FSUM_NAN ... */
} brasa_fsum;

enum { BRASA_FSUM_NAN = 1, BRASA_FSUM_PLUS_INF = 2, BRASA_FSUM_MINUS_INF = 4 };

static inline void brasa__fsum_init(brasa_fsum *s)
{
    memset(s, 0, sizeof *s);
    s->base = -1;
}

/* The bin of x and what is added to it.  x is finite. */
static inline int32_t brasa__fsum_split(double x, __int128 *add)
{
    uint64_t bits;

    memcpy(&bits, &x, 8);
    uint32_t e = (uint32_t)(bits >> 52) & 0x7ff;
    uint64_t m = (bits & 0xfffffffffffffu) | (e != 0 ? 0x10000000000000u : 0);
    uint32_t shift = e == 0 ? 1 : e; /* subnormals have the exponent of the smallest normal */
    __int128 v = (__int128)m << (shift & 31);

    *add = (bits >> 63) != 0 ? -v : v;
    return (int32_t)(shift >> 5);
}

/* Add a value that the window does not hold: not finite, or another bin.  `grow(arg)` gives zeroed memory for BRASA_FSUM_BINS bins. */
void brasa__fsum_add_slow(brasa_fsum *s, double x, void *(*grow)(void *arg), void *arg);

static inline void brasa__fsum_add(brasa_fsum *s, double x, void *(*grow)(void *arg), void *arg)
{
    __int128 add;
    int32_t  bin = brasa__fsum_split(x, &add);
    uint32_t at = (uint32_t)(bin - s->base);

    if (__builtin_expect(s->base >= 0 && at < BRASA_FSUM_WINDOW && bin < 63, 1)) {
        s->bins[at] += add;
    } else {
        brasa__fsum_add_slow(s, x, grow, arg);
    }
}

/* Add the exact product x * y (as two doubles; exact unless it under- or overflows). */
static inline void brasa__fsum_add_product(brasa_fsum *s, double x, double y, void *(*grow)(void *arg), void *arg)
{
    double hi = x * y;

    brasa__fsum_add(s, hi, grow, arg);
    if (hi - hi == 0) brasa__fsum_add(s, __builtin_fma(x, y, -hi), grow, arg);
}

/* The same as adding x[0..n) one by one, in vector code. */
void brasa__fsum_add_many(brasa_fsum *s, const double *x, int32_t n, void *(*grow)(void *arg), void *arg);

/* hi[i] + lo[i] = x[i] * y[i], exactly as far as it is finite. */
void brasa__fsum_products(const double *x, const double *y, int32_t n, double *hi, double *lo);
/* hi[i] + lo[i] = x[i] to the power of 3 or 4, rounded to two doubles. */
void brasa__fsum_powers(const double *x, int32_t power, int32_t n, double *hi, double *lo);

void brasa__fsum_merge(brasa_fsum *s, const brasa_fsum *other, void *(*grow)(void *arg), void *arg);
/* The sum, rounded once to nearest (ties to even); the 113-bit form keeps more for variances. */
double     brasa__fsum_result(const brasa_fsum *s);
__float128 brasa__fsum_result_wide(const brasa_fsum *s);

#endif
