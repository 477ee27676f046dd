/* find.c -- see find.h.
 *
 * Sixteen places at a time: those where both the first and the last byte of what is sought fit are compared in full (Mula, "SIMD-friendly algorithms for substring
 * searching").  For texts of a column's size this beats the C library's set-up.
 */
#include "kernel/find.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

static uint32_t candidates(const char *s, size_t k, __m128i first, __m128i last)
{
    __m128i a = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)s), first);
    __m128i b = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(s + k - 1)), last);

    return (uint32_t)_mm_movemask_epi8(_mm_and_si128(a, b));
}

static const char *in_block(const char *s, uint32_t bits, const char *what, size_t k)
{
    for (; bits != 0; bits &= bits - 1) {
        const char *at = s + __builtin_ctz(bits);
        if (k <= 2 || memcmp(at + 1, what + 1, k - 2) == 0) return at;
    }
    return NULL;
}

const char *brasa__find_bytes(const char *s, size_t n, const char *what, size_t k)
{
    if (k == 0) return s;
    if (n < k) return NULL;
    if (k == 1) return memchr(s, what[0], n);

    __m128i first = _mm_set1_epi8(what[0]), last = _mm_set1_epi8(what[k - 1]);
    size_t  places = n - k + 1, i = 0;
    for (; i + 16 <= places; i += 16) {
        const char *at = in_block(s + i, candidates(s + i, k, first, last), what, k);
        if (at) return at;
    }
    if (i == places) return NULL;
    if (places >= 16) { /* the last sixteen places, some of them again */
        i = places - 16;
        return in_block(s + i, candidates(s + i, k, first, last), what, k);
    }
    for (; i < places; i++)
        if (s[i] == what[0] && s[i + k - 1] == what[k - 1] && memcmp(s + i, what, k) == 0) return s + i;
    return NULL;
}

#else

const char *brasa__find_bytes(const char *s, size_t n, const char *what, size_t k)
{
    return k == 0 ? s : memmem(s, n, what, k);
}

#endif
