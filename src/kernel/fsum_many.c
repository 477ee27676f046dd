/* kernel/fsum_many.c -- many doubles to an exact sum, in vector code.
 *
 * Every value is cut at two fixed places, 40 binary digits apart, below the largest: adding and taking away a large number rounds to a multiple of its last digit, exactly (Rump, Ogita and
 * Oishi, "Accurate Floating-Point Summation", 2008).  Pieces of 40 digits can be added up 2,048 times in a double without rounding; the sums of the pieces go to the exact sum.  What is left
 * of a value after three pieces, seldom anything, goes there by itself.
 */
#include <math.h>
#include <string.h>

#include "kernel/clones.h"
#include "kernel/fsum.h"

enum { LANES = 4, MOST = 2048, PIECE = 40 };

typedef int64_t __attribute__((may_alias)) bits;
typedef double  doubles __attribute__((vector_size(LANES * 8)));
typedef int64_t words __attribute__((vector_size(LANES * 8)));

/* The largest magnitude's bits (infinity and NaN are larger than all else). */
BRASA_CLONES
static int64_t largest(const bits *x, int32_t n)
{
    int64_t most = 0;

    for (int32_t i = 0; i < n; i++) {
        int64_t b = x[i] & INT64_MAX;

        most = b > most ? b : most;
    }
    return most;
}

/* n is a multiple of LANES, at most MOST.  Returns whether anything is left of any value. */
BRASA_CLONES
static bool cut(const double *restrict x, int32_t n, const double large[3], double sums[3], double *restrict left)
{
    doubles a = {0}, b = {0}, c = {0}, la = {large[0], large[0], large[0], large[0]}, lb = {large[1], large[1], large[1], large[1]},
            lc = {large[2], large[2], large[2], large[2]};
    words any = {0};

    for (int32_t i = 0; i < n; i += LANES) {
        doubles v, piece;

        memcpy(&v, x + i, sizeof v);
        piece = (v + la) - la;
        a += piece;
        v -= piece;
        piece = (v + lb) - lb;
        b += piece;
        v -= piece;
        piece = (v + lc) - lc;
        c += piece;
        v -= piece;
        any |= (words)v;
        memcpy(left + i, &v, sizeof v);
    }
    for (int32_t k = 0; k < 3; k++) sums[k] = 0;
    for (int32_t l = 0; l < LANES; l++) {
        sums[0] += a[l];
        sums[1] += b[l];
        sums[2] += c[l];
    }
    return ((any[0] | any[1] | any[2] | any[3]) & INT64_MAX) != 0;
}

static void add_few(brasa_fsum *s, const double *x, int32_t n, void *(*grow)(void *arg), void *arg)
{
    for (int32_t i = 0; i < n; i++) brasa__fsum_add(s, x[i], grow, arg);
}

void brasa__fsum_add_many(brasa_fsum *s, const double *x, int32_t n, void *(*grow)(void *arg), void *arg)
{
    double  sums[3], large[3], left[MOST];
    int32_t whole, exp;

    for (; n > MOST; n -= MOST, x += MOST) brasa__fsum_add_many(s, x, MOST, grow, arg);
    whole = n / LANES * LANES;
    exp = (int32_t)(largest((const bits *)(const void *)x, whole) >> 52) - 1022; /* all are below 2^exp */
    if (whole < 4 * LANES || exp > 900 || exp < -800) {
        add_few(s, x, n, grow, arg);
        return;
    }
    for (int32_t i = 0; i < 3; i++) large[i] = ldexp(1.5, exp - PIECE * (i + 1) - i + 52);
    bool some = cut(x, whole, large, sums, left);
    add_few(s, sums, 3, grow, arg);
    if (some) add_few(s, left, whole, grow, arg);
    add_few(s, x + whole, n - whole, grow, arg);
}

BRASA_CLONES
static void products(const double *restrict x, const double *restrict y, int32_t n, double *restrict hi, double *restrict lo)
{
    for (int32_t i = 0; i < n; i++) {
        double p = x[i] * y[i], rest = __builtin_fma(x[i], y[i], -p);

        hi[i] = p;
        lo[i] = p - p == 0 ? rest : 0;
    }
}

void brasa__fsum_products(const double *x, const double *y, int32_t n, double *hi, double *lo)
{
    products(x, y, n, hi, lo);
}

/* By explicit multiply-adds, so that every machine gives the same. */
BRASA_CLONES
static void powers(const double *restrict x, bool fourth, int32_t n, double *restrict hi, double *restrict lo)
{
    for (int32_t i = 0; i < n; i++) {
        double p = x[i] * x[i], e = __builtin_fma(x[i], x[i], -p), by = fourth ? p : x[i], q = p * by;
        double r = __builtin_fma(fourth ? 2 * p : x[i], e, __builtin_fma(p, by, -q)), sum = q + r, rest = r - (sum - q);

        hi[i] = q - q == 0 ? sum : q; /* infinite: as it is */
        lo[i] = rest - rest == 0 ? rest : 0;
    }
}

void brasa__fsum_powers(const double *x, int32_t power, int32_t n, double *hi, double *lo)
{
    powers(x, power == 4, n, hi, lo);
}
