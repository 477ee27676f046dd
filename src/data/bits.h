/* data/bits.h -- runs of bits in validity bitmaps. */
#ifndef BRASA_DATA_BITS_H
#define BRASA_DATA_BITS_H

#include "base/hash.h"

/* Bits [from, from + n) of dst become 1, or 0; other bits stay. */
void brasa__bits_fill(uint64_t *dst, int64_t from, int64_t n, bool value);
/* Bits [from, from + n) of dst become bits [src_from, ...) of src.  Returns true when one of them is 0. */
bool brasa__bits_copy(uint64_t *dst, int64_t from, const uint64_t *src, int64_t src_from, int64_t n);

/* The 64 bits that begin at bit `from`, of which only the first n (1 to 64) may be looked at: reads no word that they do not touch. */
static inline uint64_t brasa__bits_load(const uint64_t *src, int64_t from, int64_t n)
{
    uint64_t shift = (uint64_t)from & 63;
    uint64_t w = src[from >> 6] >> shift;

    if (shift != 0 && shift + (uint64_t)n > 64) w |= src[(from >> 6) + 1] << (64 - shift);
    return w;
}

/* Store the low n (1 to 64) bits of w at bit `from`; other bits stay. */
static inline void brasa__bits_store(uint64_t *dst, int64_t from, uint64_t w, int64_t n)
{
    uint64_t shift = (uint64_t)from & 63;
    uint64_t mask = n == 64 ? ~(uint64_t)0 : ((uint64_t)1 << n) - 1;

    w &= mask;
    dst[from >> 6] = (dst[from >> 6] & ~(mask << shift)) | (w << shift);
    if (shift != 0 && shift + (uint64_t)n > 64) {
        uint64_t *next = dst + (from >> 6) + 1;

        *next = (*next & ~(mask >> (64 - shift))) | (w >> (64 - shift));
    }
}

#endif
