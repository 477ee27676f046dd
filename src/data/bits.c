/* bits.c -- runs of bits, a word at a time. */
#include "data/bits.h"

void brasa__bits_fill(uint64_t *dst, int64_t from, int64_t n, bool value)
{
    uint64_t w = value ? ~(uint64_t)0 : 0;

    while (n > 0) {
        int64_t room = 64 - (from & 63);
        int64_t m = n < room ? n : room;

        brasa__bits_store(dst, from, w, m);
        from += m;
        n -= m;
    }
}

bool brasa__bits_copy(uint64_t *dst, int64_t from, const uint64_t *src, int64_t src_from, int64_t n)
{
    bool zero = false;

    while (n > 0) {
        int64_t  room = 64 - (from & 63);
        int64_t  m = n < room ? n : room;
        uint64_t mask = m == 64 ? ~(uint64_t)0 : ((uint64_t)1 << m) - 1;
        uint64_t w = brasa__bits_load(src, src_from, m) & mask;

        zero |= w != mask;
        brasa__bits_store(dst, from, w, m);
        from += m;
        src_from += m;
        n -= m;
    }
    return zero;
}
