/* h5bitshuffle.c -- HDF5's filter 32008, which detectors of synchrotrons write: bits of equal weight lie together, then LZ4 or zstd.
 *
 * The format is that of Masui et al. 2015 (A compression scheme for radio data): blocks of elements, a multiple of 8; of a block the bits
 * of weight 0 of the first byte of all elements come first.  What is left over, fewer than 8 elements, follows as it is.  Only reading.
 */
#include <lz4.h>
#include <string.h>
#include <zstd.h>

#include "storage/h5codec.h"

enum { NONE = 0, LZ4 = 2, ZSTANDARD = 3, TARGET = 8192, LEAST_BLOCK = 128, MOST_BLOCK = 1 << 26 };

typedef struct {
    const uint8_t *in;
    size_t         n, at;
    uint8_t       *out, *scratch; /* scratch: a block */
    size_t         element;
    unsigned       codec;
} reader;

static size_t big_endian(const uint8_t *p, int bytes)
{
    size_t v = 0;

    for (int i = 0; i < bytes; i++) v = v << 8 | p[i];
    return v;
}

/* The 8 by 8 bits of x, rows to columns (Warren, Hacker's Delight). */
static uint64_t transpose8(uint64_t x)
{
    uint64_t t;

    t = (x ^ (x >> 7)) & 0x00aa00aa00aa00aaULL;
    x = x ^ t ^ (t << 7);
    t = (x ^ (x >> 14)) & 0x0000cccc0000ccccULL;
    x = x ^ t ^ (t << 14);
    t = (x ^ (x >> 28)) & 0x00000000f0f0f0f0ULL;
    return x ^ t ^ (t << 28);
}

/* `count` elements, a multiple of 8, from planes of bits. */
static void unshuffle(const uint8_t *planes, size_t count, size_t element, uint8_t *out)
{
    size_t row = count / 8;

    for (size_t j = 0; j < element; j++)
        for (size_t g = 0; g < row; g++) {
            uint64_t x = 0;

            for (size_t b = 0; b < 8; b++) x |= (uint64_t)planes[(j * 8 + b) * row + g] << (8 * b);
            x = transpose8(x);
            for (size_t k = 0; k < 8; k++) out[(g * 8 + k) * element + j] = (uint8_t)(x >> (8 * k));
        }
}

/* One block of `count` elements to `to`. */
static bool block(reader *r, size_t count, uint8_t *to)
{
    size_t         bytes = count * r->element, packed = bytes;
    const uint8_t *planes = r->in + r->at;

    if (r->codec != NONE) {
        if (r->n - r->at < 4) return false;
        packed = big_endian(planes, 4);
        planes += 4;
        r->at += 4;
    }
    if (packed > r->n - r->at || packed > INT32_MAX) return false;
    if (r->codec == LZ4 && LZ4_decompress_safe((const char *)planes, (char *)r->scratch, (int)packed, (int)bytes) != (int)bytes)
        return false;
    if (r->codec == ZSTANDARD && ZSTD_decompress(r->scratch, bytes, planes, packed) != bytes) return false;
    r->at += packed;
    unshuffle(r->codec == NONE ? planes : r->scratch, count, r->element, to);
    return true;
}

static bool all_blocks(reader *r, size_t total, size_t block_elements)
{
    size_t elements = total / r->element, done = 0, rest;

    while (elements - done >= 8) {
        size_t count = elements - done < block_elements ? (elements - done) / 8 * 8 : block_elements;

        if (!block(r, count, r->out + done * r->element)) return false;
        done += count;
    }
    rest = total - done * r->element;
    if (rest > r->n - r->at) return false;
    memcpy(r->out + total - rest, r->in + r->at, rest);
    return true;
}

/* args: versions, bytes of an element, elements of a block (0: about 8 KiB), the codec. */
static size_t bitshuffle_filter(unsigned flags, size_t nargs, const unsigned args[], size_t n, size_t *room, void **buf)
{
    reader r = {.in = *buf, .n = n, .element = nargs >= 3 ? args[2] : 0, .codec = nargs >= 5 ? args[4] : NONE};
    size_t total = n, elements = nargs >= 4 ? args[3] : 0;
    bool   good;

    if ((flags & H5Z_FLAG_REVERSE) == 0 || r.element == 0 || r.element > MOST_BLOCK ||
        (r.codec != NONE && r.codec != LZ4 && r.codec != ZSTANDARD))
        return 0;
    if (r.codec != NONE) {
        if (n < 12) return 0;
        total = big_endian(r.in, 8);
        elements = big_endian(r.in + 8, 4) / r.element;
        r.at = 12;
    } else if (elements == 0) {
        elements = TARGET / r.element / 8 * 8;
        if (elements < LEAST_BLOCK) elements = LEAST_BLOCK;
    }
    if (total == 0 || total > 1u << 31 || elements == 0 || elements % 8 != 0 || total % r.element != 0 || elements > MOST_BLOCK / r.element)
        return 0;
    r.out = H5allocate_memory(total, false);
    r.scratch = H5allocate_memory(elements * r.element, false);
    good = r.out != NULL && r.scratch != NULL && all_blocks(&r, total, elements);
    if (r.scratch != NULL) H5free_memory(r.scratch);
    if (!good) {
        if (r.out != NULL) H5free_memory(r.out);
        return 0;
    }
    H5free_memory(*buf);
    *buf = r.out;
    *room = total;
    return total;
}

void brasa__h5_register_bitshuffle(void)
{
    static const H5Z_class2_t class = {H5Z_CLASS_T_VERS, BRASA_H5_BITSHUFFLE_ID, 0, 1, "bitshuffle", NULL, NULL, bitshuffle_filter};

    if (H5Zfilter_avail(BRASA_H5_BITSHUFFLE_ID) <= 0) H5Zregister(&class);
}
