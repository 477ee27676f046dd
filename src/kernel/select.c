/* select.c -- see select.h. */
#include "kernel/select.h"

#include <stddef.h>
#include <string.h>

#include "kernel/clones.h"

static int bit(const uint64_t *valid, int32_t i)
{
    return (int)((valid[(uint32_t)i >> 6] >> ((uint32_t)i & 63)) & 1);
}

int32_t brasa__select_true(const uint8_t *values, const uint64_t *valid, const int32_t *in, int32_t n, int32_t *out)
{
    int32_t m = 0;

    if (valid == NULL) {
        for (int32_t i = 0; i < n; i++) {
            int32_t r = in[i];
            out[m] = r;
            m += values[r] & 1;
        }
        return m;
    }
    for (int32_t i = 0; i < n; i++) {
        int32_t r = in[i];
        out[m] = r;
        m += (values[r] & 1) & bit(valid, r);
    }
    return m;
}

int32_t brasa__select_true_dict(const uint8_t *dict, const int32_t *codes, const uint64_t *valid, const int32_t *in, int32_t n,
                                int32_t *out)
{
    int32_t m = 0;

    for (int32_t i = 0; i < n; i++) {
        int32_t r = in[i];
        out[m] = r;
        m += (valid == NULL || bit(valid, r)) && (dict[codes[r]] & 1);
    }
    return m;
}

/* All rows of a batch, a word of bits at a time. */
static int32_t rows_of_bits(const uint64_t *valid, int32_t rows, int32_t *out)
{
    int32_t m = 0;

    for (int32_t i = 0; i < rows; i += 64) {
        uint64_t bits = valid[(uint32_t)i >> 6];
        if (rows - i < 64) bits &= ((uint64_t)1 << (rows - i)) - 1;
        if (bits == UINT64_MAX) {
            for (int32_t k = 0; k < 64; k++) out[m + k] = i + k;
            m += 64;
            continue;
        }
        for (; bits != 0; bits &= bits - 1) out[m++] = i + __builtin_ctzll(bits);
    }
    return m;
}

int32_t brasa__select_valid(const uint64_t *valid, const int32_t *in, int32_t n, int32_t *out)
{
    int32_t m = 0;

    if (n > 0 && in[n - 1] == n - 1) return rows_of_bits(valid, n, out); /* ascending, so they are rows 0 to n - 1 */
    for (int32_t i = 0; i < n; i++) {
        out[m] = in[i];
        m += bit(valid, in[i]);
    }
    return m;
}

BRASA_CLONES
static void and_bytes(uint8_t *restrict mask, const uint8_t *restrict values, int32_t rows)
{
    for (int32_t i = 0; i < rows; i++) mask[i] &= values[i];
}

BRASA_CLONES
static void or_bytes(uint8_t *restrict mask, const uint8_t *restrict values, int32_t rows)
{
    for (int32_t i = 0; i < rows; i++) mask[i] |= values[i];
}

/* 64 rows a word; full words, the usual case, are skipped. */
static void and_bits(uint8_t *mask, const uint64_t *valid, int32_t rows)
{
    for (int32_t i = 0; i < rows; i += 64) {
        uint64_t w = valid[(uint32_t)i >> 6];
        if (w == UINT64_MAX) continue;
        int32_t end = rows - i < 64 ? rows - i : 64;
        for (int32_t k = 0; k < end; k++) mask[i + k] &= (uint8_t)((w >> k) & 1);
    }
}

void brasa__mask_and(uint8_t *mask, const uint8_t *values, const uint64_t *valid, int32_t rows)
{
    and_bytes(mask, values, rows);
    if (valid) and_bits(mask, valid, rows);
}

void brasa__mask_or(uint8_t *mask, const uint8_t *values, int32_t rows)
{
    or_bytes(mask, values, rows);
}

/* Eight mask bytes as eight bits: the multiplication gathers bit 0 of each byte in the top byte. */
static uint32_t pack8(const uint8_t *mask)
{
    uint64_t w;

    memcpy(&w, mask, 8);
    return (uint32_t)(((w & 0x0101010101010101u) * 0x0102040810204080u) >> 56);
}

int32_t brasa__mask_rows(const uint8_t *mask, int32_t rows, int32_t *out)
{
    int32_t m = 0, i = 0;

    for (; i + 64 <= rows; i += 64) {
        uint64_t bits = 0;
        for (int k = 0; k < 8; k++) bits |= (uint64_t)pack8(mask + i + 8 * k) << (8 * k);
        if (bits == UINT64_MAX) {
            for (int32_t k = 0; k < 64; k++) out[m + k] = i + k;
            m += 64;
            continue;
        }
        for (; bits != 0; bits &= bits - 1) out[m++] = i + __builtin_ctzll(bits);
    }
    for (; i < rows; i++) {
        out[m] = i;
        m += mask[i] & 1;
    }
    return m;
}

/* Eight bits as eight bytes of 0 or 1. */
static uint64_t spread8(uint32_t bits)
{
    uint64_t w = (uint64_t)(bits & 0xff) * 0x0101010101010101u; /* the bits in every byte */

    w &= 0x8040201008040201u; /* byte i keeps bit i */
    return ((w + 0x7f7f7f7f7f7f7f7fu) | w) >> 7 & 0x0101010101010101u;
}

uint64_t brasa__mask_word(const uint8_t *mask)
{
    uint64_t bits = 0;

    for (int k = 0; k < 8; k++) bits |= (uint64_t)pack8(mask + 8 * k) << (8 * k);
    return bits;
}

void brasa__mask_spread(uint64_t bits, uint8_t *mask)
{
    for (int k = 0; k < 8; k++) {
        uint64_t w = spread8((uint32_t)(bits >> (8 * k)));
        memcpy(mask + 8 * k, &w, 8);
    }
}
