/* hash.c -- XXH3 behind one function, and population counts. */
#include "base/hash.h"

#include <xxhash.h>
#ifdef BRASA_XXH_DISPATCH
#include <xxh_x86dispatch.h> /* the same hashes, by the widest instructions that the machine has */
#endif

uint64_t brasa__hash_bytes(const void *p, size_t n)
{
    return XXH3_64bits(p, n);
}

int64_t brasa__bit_count(const uint64_t *bits, int64_t n)
{
    int64_t whole = n / 64, count = 0;

    for (int64_t i = 0; i < whole; i++) count += __builtin_popcountll(bits[i]);
    if (n % 64) count += __builtin_popcountll(bits[whole] & (((uint64_t)1 << (n % 64)) - 1));
    return count;
}
