/* base/hash.h -- XXH3 for bytes, a mixer for integers, and bit helpers. */
#ifndef BRASA_BASE_HASH_H
#define BRASA_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t brasa__hash_bytes(const void *p, size_t n); /* XXH3 64, seed 0 */

/* Finaliser of splitmix64: all bits of the input reach all bits of the output. */
static inline uint64_t brasa__hash_u64(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Order matters: combine(combine(0, a), b) differs from b, a. */
static inline uint64_t brasa__hash_combine(uint64_t seed, uint64_t h)
{
    return brasa__hash_u64(seed * 0x9e3779b97f4a7c15u + h);
}

static inline bool brasa__bit_get(const uint64_t *bits, int64_t i)
{
    return (bits[(uint64_t)i >> 6] >> ((uint64_t)i & 63)) & 1;
}

static inline void brasa__bit_set(uint64_t *bits, int64_t i)
{
    bits[(uint64_t)i >> 6] |= (uint64_t)1 << ((uint64_t)i & 63);
}

static inline void brasa__bit_clear(uint64_t *bits, int64_t i)
{
    bits[(uint64_t)i >> 6] &= ~((uint64_t)1 << ((uint64_t)i & 63));
}

static inline size_t brasa__bit_words(int64_t n)
{
    return ((size_t)n + 63) / 64;
}

/* Bits set among the first n. */
int64_t brasa__bit_count(const uint64_t *bits, int64_t n);

#endif
