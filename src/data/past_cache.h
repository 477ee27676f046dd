/* data/past_cache.h -- copies that leave the cache to others: of what another core has just written and nobody here reads soon. */
#ifndef BRASA_DATA_PAST_CACHE_H
#define BRASA_DATA_PAST_CACHE_H

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Others see the bytes after the next brasa__copied_past_cache. */
static inline void brasa__copy_past_cache(void *to, const void *from, size_t bytes)
{
    char       *out = to;
    const char *in = from;

#ifdef __SSE2__
    size_t before = (64 - (uintptr_t)to % 64) % 64;

    if (before > bytes) before = bytes;
    memcpy(out, in, before);
    out += before;
    in += before;
    bytes -= before;
    for (; bytes >= 64; bytes -= 64, out += 64, in += 64) {
        const __m128i *from16 = (const __m128i *)(const void *)in;
        __m128i       *to16 = (__m128i *)(void *)out;
        __m128i        a = _mm_loadu_si128(from16), b = _mm_loadu_si128(from16 + 1);
        __m128i        c = _mm_loadu_si128(from16 + 2), d = _mm_loadu_si128(from16 + 3);

        _mm_stream_si128(to16, a);
        _mm_stream_si128(to16 + 1, b);
        _mm_stream_si128(to16 + 2, c);
        _mm_stream_si128(to16 + 3, d);
    }
#endif
    memcpy(out, in, bytes);
}

static inline void brasa__copied_past_cache(void)
{
#ifdef __SSE2__
    _mm_sfence();
#endif
}

#endif
