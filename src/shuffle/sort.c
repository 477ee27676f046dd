/* shuffle/sort.c -- row numbers in the order of their partitions, stable.
 *
 * With few partitions, each picks its rows out of the list of partition numbers, 8 at a time by a table of bit patterns: a counting sort
 * waits for its own last store at every row, which takes several times as long.  With many it is a counting sort.
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "kernel/clones.h"
#include "shuffle/inner.h"

enum { FEW = 12 };

struct patterns {
    uint16_t place[256][8]; /* of the bits that are set */
    uint8_t  count[256];
    uint8_t  part[SHUFFLE_STEP];
};

patterns *brasa__patterns_new(brasa_arena *arena, int32_t nparts)
{
#ifdef __SSE2__
    if (nparts > FEW) return NULL;

    patterns *t = BRASA_NEW(arena, patterns);

    for (int b = 0; b < 256; b++) {
        for (int k = 0; k < 8; k++) {
            if (b >> k & 1) t->place[b][t->count[b]++] = (uint16_t)k;
        }
    }
    return t;
#else
    (void)arena, (void)nparts;
    return NULL;
#endif
}

#ifdef __SSE2__
/* The rows whose number in part is p; writes up to 8 past what it returns. */
static uint16_t *pick_partition(const patterns *t, int32_t n, int32_t p, uint16_t *out)
{
    const __m128i key = _mm_set1_epi8((char)p), eight = _mm_set1_epi16(8);
    __m128i       base = _mm_setzero_si128();

    for (int32_t i = 0; i < n; i += 16) {
        __m128i  v = _mm_loadu_si128((const __m128i *)(const void *)(t->part + i));
        unsigned hits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, key)), low = hits & 255, high = hits >> 8;

        _mm_storeu_si128((__m128i *)(void *)out, _mm_add_epi16(_mm_loadu_si128((const __m128i *)(const void *)t->place[low]), base));
        out += t->count[low];
        base = _mm_add_epi16(base, eight);
        _mm_storeu_si128((__m128i *)(void *)out, _mm_add_epi16(_mm_loadu_si128((const __m128i *)(const void *)t->place[high]), base));
        out += t->count[high];
        base = _mm_add_epi16(base, eight);
    }
    return out;
}

/* Of t->part. */
static void sort_few(patterns *t, int32_t n, int32_t nparts, int32_t *start, uint16_t *out)
{
    uint16_t *at = out;

    memset(t->part + n, 255, (size_t)((16 - n % 16) % 16));
    for (int32_t p = 0; p < nparts; p++) {
        at = pick_partition(t, n, p, at);
        start[p] = (int32_t)(at - out);
    }
}
#endif

static void sort_many(const int32_t *restrict part, int32_t n, int32_t nparts, int32_t *restrict start, uint16_t *restrict out)
{
    memset(start, 0, sizeof *start * ((size_t)nparts + 1));
    for (int32_t i = 0; i < n; i++) start[part[i] + 1]++;
    for (int32_t p = 0; p < nparts; p++) start[p + 1] += start[p];
    for (int32_t i = 0; i < n; i++) out[start[part[i]]++] = (uint16_t)i;
}

void brasa__sort_by_partition(patterns *t, const int32_t *part, int32_t n, int32_t nparts, int32_t *start, uint16_t *out)
{
#ifdef __SSE2__
    if (t != NULL) {
        for (int32_t i = 0; i < n; i++) t->part[i] = (uint8_t)part[i];
        sort_few(t, n, nparts, start, out);
        return;
    }
#else
    (void)t;
#endif
    sort_many(part, n, nparts, start, out);
}

/* Numbers of 32 bits to partitions, in proportion; for few partitions half the bits are enough. */
BRASA_CLONES
static void number_to_partition(const uint32_t *restrict spread, int32_t n, uint32_t nparts, int32_t *restrict part)
{
    for (int32_t i = 0; i < n; i++) part[i] = (int32_t)((uint64_t)spread[i] * nparts >> 32);
}

BRASA_CLONES
static void number_to_byte(const uint32_t *restrict spread, int32_t n, uint32_t nparts, uint8_t *restrict part)
{
    for (int32_t i = 0; i < n; i++) part[i] = (uint8_t)((spread[i] >> 16) * nparts >> 16);
}

void brasa__sort_by_number(patterns *t, const uint32_t *spread, int32_t n, int32_t nparts, int32_t *part, int32_t *start, uint16_t *out)
{
    if (nparts <= FEW) {
#ifdef __SSE2__
        number_to_byte(spread, n, (uint32_t)nparts, t->part);
        sort_few(t, n, nparts, start, out);
#else
        uint8_t byte[SHUFFLE_STEP];

        number_to_byte(spread, n, (uint32_t)nparts, byte);
        for (int32_t i = 0; i < n; i++) part[i] = byte[i];
        sort_many(part, n, nparts, start, out);
#endif
        return;
    }
    number_to_partition(spread, n, (uint32_t)nparts, part);
    sort_many(part, n, nparts, start, out);
}
