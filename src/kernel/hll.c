/* kernel/hll.c -- registers, read by Ertl's estimator ("New cardinality estimation algorithms for HyperLogLog sketches", 2017), which needs no correction
 * tables; and sketches as bytes. */
#include "kernel/hll.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REGISTERS = BRASA_HLL_REGISTERS, TOP = 64 - BRASA_HLL_BITS + 1 };

void brasa__hll_add(uint8_t *registers, uint64_t hash)
{
    uint64_t rest = hash << BRASA_HLL_BITS;
    uint8_t  rank = rest == 0 ? TOP : (uint8_t)(__builtin_clzll(rest) + 1);
    uint8_t *r = &registers[hash >> (64 - BRASA_HLL_BITS)];

    if (*r < rank) *r = rank;
}

static double sigma(double x)
{
    double y = 1, z = x, before;

    if (x == 1) return INFINITY;
    do {
        x *= x;
        before = z;
        z += x * y;
        y += y;
    } while (z != before);
    return z;
}

static double tau(double x)
{
    double y = 1, z = 1 - x, before;

    if (x == 0 || x == 1) return 0;
    do {
        x = sqrt(x);
        before = z;
        y *= 0.5;
        z -= (1 - x) * (1 - x) * y;
    } while (z != before);
    return z / 3;
}

int64_t brasa__hll_estimate(const uint8_t *registers)
{
    int64_t count[TOP + 1] = {0};
    double  m = REGISTERS, z;

    for (int32_t i = 0; i < REGISTERS; i++) count[registers[i] <= TOP ? registers[i] : TOP]++;
    z = m * tau(1 - (double)count[TOP] / m);
    for (int32_t k = TOP - 1; k >= 1; k--) z = 0.5 * (z + (double)count[k]);
    z += m * sigma((double)count[0] / m);
    return llround(m * m / (2 * log(2)) / z);
}

/* ---- sketches ---- */

bool brasa__hll_is_sketch(const char *p, size_t n)
{
    (void)p;
    return n == REGISTERS || (n % 8 == 0 && n <= 8 * BRASA_HLL_HASHES);
}

int64_t brasa__hll_sketch_estimate(const char *p, size_t n)
{
    return n == REGISTERS ? brasa__hll_estimate((const uint8_t *)p) : (int64_t)(n / 8);
}

static int by_hash(const void *a, const void *b)
{
    uint64_t x, y;

    memcpy(&x, a, 8);
    memcpy(&y, b, 8);
    return (x > y) - (x < y);
}

void brasa__hll_sketch_sort(char *p, size_t n)
{
    if (n > 0 && n < REGISTERS) qsort(p, n / 8, 8, by_hash);
}

static void add_all(uint8_t *registers, const char *p, size_t n)
{
    for (size_t i = 0; n == REGISTERS && i < n; i++)
        if (registers[i] < (uint8_t)p[i]) registers[i] = (uint8_t)p[i];
    for (size_t i = 0; n < REGISTERS && i < n; i += 8) {
        uint64_t hash;

        memcpy(&hash, p + i, 8);
        brasa__hll_add(registers, hash);
    }
}

size_t brasa__hll_sketch_union(const char *a, size_t na, const char *b, size_t nb, char *out)
{
    size_t n = na + nb, kept = 0;

    if (na < REGISTERS && nb < REGISTERS) {
        if (na > 0) memcpy(out, a, na);
        if (nb > 0) memcpy(out + na, b, nb);
        brasa__hll_sketch_sort(out, n);
        for (size_t i = 0; i < n; i += 8) {
            if (kept > 0 && memcmp(out + kept - 8, out + i, 8) == 0) continue;
            memmove(out + kept, out + i, 8);
            kept += 8;
        }
        if (kept <= 8 * BRASA_HLL_HASHES) return kept;
    }
    memset(out, 0, REGISTERS);
    add_all((uint8_t *)out, a, na);
    add_all((uint8_t *)out, b, nb);
    return REGISTERS;
}
