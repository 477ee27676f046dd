/* shuffle/pick.c -- values of fixed width from a batch to the shelves of their partitions, a column at a time.
 *
 * Large shelves are written past the cache, as in Balkesen et al., "Main-memory hash joins on multi-core CPUs" (2013): whole lines need not
 * be read before they are written.
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "data/widths.h"
#include "shuffle/shelf.h"

static inline void fetch(brasa_ahead *a, int32_t rows)
{
    size_t bytes = a->width * (size_t)rows;

    if (bytes > a->bytes) bytes = a->bytes;
    for (size_t k = 0; k < bytes; k += 64) __builtin_prefetch(a->at + k);
    a->at += bytes;
    a->bytes -= bytes;
}

/* Lines that are written next: owned by this core when the stores come. */
static inline void claim(const char *to, size_t bytes)
{
#ifdef __x86_64__
    for (size_t k = 0; k < bytes; k += 64) __asm__ volatile("prefetchw %0" : : "m"(to[k]));
#else
    for (size_t k = 0; k < bytes; k += 64) __builtin_prefetch(to + k, 1);
#endif
}

static char *run_of(const target *to, int32_t c, size_t width)
{
    return to->runs[c].values + width * (size_t)to->rows;
}

#define T    bits8
#define NAME pick_w1
#include "shuffle/pick.tmpl.h"
#define T    bits16
#define NAME pick_w2
#include "shuffle/pick.tmpl.h"
#define T            bits32
#define NAME         pick_w4
#define LINE16(v, r) _mm_set_epi32((int)v[r[3]], (int)v[r[2]], (int)v[r[1]], (int)v[r[0]])
#include "shuffle/pick.tmpl.h"
#define T            bits64
#define NAME         pick_w8
#define LINE16(v, r) _mm_set_epi64x((long long)v[r[1]], (long long)v[r[0]])
#include "shuffle/pick.tmpl.h"
#define T            bits128
#define NAME         pick_w16
#define LINE16(v, r) _mm_loadu_si128((const __m128i *)(const void *)&v[r[0]])
#include "shuffle/pick.tmpl.h"

static void pick_wide(size_t width, const char *values, int32_t c, const target *to, int32_t nparts)
{
    for (int32_t p = 0; p < nparts; p++) {
        char *out = run_of(&to[p], c, width);

        for (int32_t i = 0; i < to[p].more; i++, out += width) memcpy(out, values + (size_t)to[p].from[i] * width, width);
    }
}

void brasa__pick_column(size_t width, int32_t c, const void *values, const target *to, int32_t nparts, brasa_ahead next)
{
    switch (width) {
    case 1: pick_w1(values, c, to, nparts, next); return;
    case 2: pick_w2(values, c, to, nparts, next); return;
    case 4: pick_w4(values, c, to, nparts, next); return;
    case 8: pick_w8(values, c, to, nparts, next); return;
    case 16: pick_w16(values, c, to, nparts, next); return;
    default: pick_wide(width, values, c, to, nparts); return;
    }
}
