/* h5codec.c -- shuffle, deflate, zstd, lz4 and Fletcher-32 as HDF5's filters store them.
 *
 * deflate is a zlib stream (libdeflate is the faster half of two: both ways); zstd a frame; lz4 the framing of the registered filter: bytes in all (8, big-endian),
 * bytes per block (4), then per block its length (4) and data, raw where that is shorter.
 */
#include "storage/h5codec.h"

#include <libdeflate.h>
#include <lz4.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/status.h"
#include "kernel/clones.h"

enum { ZSTD_LEVEL = 1, DEFLATE_LEVEL = 4, LZ4_HEAD = 16 };

static const char *const codec_names[BRASA_H5_CODECS] = {"none", "deflate", "zstd", "lz4"};

const char *brasa__h5_codec_name(brasa_h5_codec codec)
{
    return codec_names[codec];
}

brasa_status brasa__h5_codec_parse(const char *text, brasa_h5_codec *out, brasa_error *err)
{
    const char *near;

    *out = BRASA_H5_NONE;
    if (text == NULL || text[0] == '\0') return BRASA_OK;
    for (int i = 0; i < BRASA_H5_CODECS; i++) {
        if (strcmp(text, codec_names[i]) != 0) continue;
        *out = (brasa_h5_codec)i;
        return BRASA_OK;
    }
    if (strcmp(text, "gzip") == 0 || strcmp(text, "zlib") == 0) {
        *out = BRASA_H5_DEFLATE;
        return BRASA_OK;
    }
    near = brasa__near_miss(text, codec_names, BRASA_H5_CODECS);
    brasa__fail(err, BRASA_INVALID, "codec '%s' is unknown; choose none, deflate, zstd or lz4", text);
    return near == NULL ? BRASA_INVALID : brasa__fail_more(err, "; did you mean %s?", near);
}

/* --- Fletcher-32: sums of at most 360 big-endian words fit 32 bits, so each block is two independent sums that vectorise */
BRASA_CLONES static void fletcher_block(const uint8_t *data, uint32_t n, uint32_t *sum1, uint32_t *sum2)
{
    uint32_t a = 0, b = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t w = (uint32_t)data[2 * i] << 8 | data[2 * i + 1];
        a += w;
        b += w * (n - i);
    }
    *sum2 += n * *sum1 + b;
    *sum1 += a;
}

static uint32_t fold(uint32_t s)
{
    return (s & 0xffff) + (s >> 16);
}

uint32_t brasa__h5_fletcher32(const void *p, size_t n)
{
    const uint8_t *data = p;
    size_t         words = n / 2;
    uint32_t       sum1 = 0, sum2 = 0;

    while (words > 0) {
        uint32_t k = words > 360 ? 360 : (uint32_t)words;
        fletcher_block(data, k, &sum1, &sum2);
        sum1 = fold(sum1);
        sum2 = fold(sum2);
        data += 2 * (size_t)k;
        words -= k;
    }
    if (n % 2 != 0) {
        sum1 += (uint32_t)*data << 8;
        sum2 += sum1;
        sum1 = fold(sum1);
        sum2 = fold(sum2);
    }
    sum1 = fold(sum1);
    sum2 = fold(sum2);
    return sum2 << 16 | sum1;
}

/* --- byte shuffle: all first bytes, all second bytes, ...; what does not fill an item stays at the end */
BRASA_CLONES static void shuffle(const uint8_t *restrict in, size_t n, size_t item, uint8_t *restrict out)
{
    size_t rows = n / item;

    for (size_t k = 0; k < item; k++)
        for (size_t i = 0; i < rows; i++) out[k * rows + i] = in[i * item + k];
    memcpy(out + rows * item, in + rows * item, n - rows * item);
}

BRASA_CLONES static void unshuffle(const uint8_t *restrict in, size_t n, size_t item, uint8_t *restrict out)
{
    size_t rows = n / item;

    /* Blocks of rows that stay in the first cache while each byte plane is laid in. */
    for (size_t at = 0; at < rows; at += 512) {
        size_t end = at + 512 < rows ? at + 512 : rows;
        for (size_t k = 0; k < item; k++)
            for (size_t i = at; i < end; i++) out[i * item + k] = in[k * rows + i];
    }
    memcpy(out + rows * item, in + rows * item, n - rows * item);
}

void brasa__h5_unshuffle(const void *in, size_t n, size_t item, void *out)
{
    unshuffle(in, n, item, out);
}

static bool shuffles(brasa_h5_codec codec, size_t item)
{
    return codec != BRASA_H5_NONE && item > 1;
}

/* --- lz4 */
static void put_be(uint8_t *p, uint64_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--, v >>= 8) p[i] = (uint8_t)v;
}

static uint64_t get_be(const uint8_t *p, int bytes)
{
    uint64_t v = 0;

    for (int i = 0; i < bytes; i++) v = v << 8 | p[i];
    return v;
}

size_t brasa__h5_lz4_encode(const void *in, size_t n, uint8_t *out)
{
    int got = LZ4_compress_default(in, (char *)out + LZ4_HEAD, (int)n, LZ4_compressBound((int)n));

    if (got <= 0 || (size_t)got >= n) { /* a block that would grow is kept as it is */
        got = (int)n;
        memcpy(out + LZ4_HEAD, in, n);
    }
    put_be(out, n, 8);
    put_be(out + 8, n, 4);
    put_be(out + 12, (uint64_t)got, 4);
    return LZ4_HEAD + (size_t)got;
}

bool brasa__h5_lz4_decode(const uint8_t *in, size_t bytes, uint8_t *out, size_t n)
{
    size_t block, done = 0, at = 12;

    if (bytes < 12 || get_be(in, 8) != n) return false;
    block = get_be(in + 8, 4);
    if (block == 0 && n != 0) return false;
    while (done < n) {
        size_t want = n - done < block ? n - done : block;
        size_t have;
        if (at + 4 > bytes) return false;
        have = get_be(in + at, 4);
        at += 4;
        if (have > bytes - at) return false;
        if (have == want) {
            memcpy(out + done, in + at, want);
        } else if (have > INT32_MAX || want > INT32_MAX ||
                   LZ4_decompress_safe((const char *)in + at, (char *)out + done, (int)have, (int)want) != (int)want) {
            return false;
        }
        at += have;
        done += want;
    }
    return true;
}

/* --- one codec's step */
size_t brasa__h5_encode_bound(brasa_h5_codec codec, size_t n)
{
    switch (codec) {
    case BRASA_H5_NONE: return n + 4;
    case BRASA_H5_DEFLATE: return libdeflate_zlib_compress_bound(NULL, n) + 4;
    case BRASA_H5_ZSTD: return ZSTD_compressBound(n) + 4;
    case BRASA_H5_LZ4: return (size_t)LZ4_compressBound((int)n) + n / 255 + 64;
    case BRASA_H5_CODECS: break;
    }
    return n + 4;
}

static size_t deflate_encode(const void *in, size_t n, void *out, size_t room)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(DEFLATE_LEVEL);
    size_t                        got = c == NULL ? 0 : libdeflate_zlib_compress(c, in, n, out, room);

    if (c != NULL) libdeflate_free_compressor(c);
    return got;
}

static bool deflate_decode(const void *in, size_t bytes, void *out, size_t n)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    size_t                          got = 0;
    bool ok = d != NULL && libdeflate_zlib_decompress(d, in, bytes, out, n, &got) == LIBDEFLATE_SUCCESS && got == n;

    if (d != NULL) libdeflate_free_decompressor(d);
    return ok;
}

size_t brasa__h5_encode(brasa_h5_codec codec, size_t item, const void *in, size_t n, void *scratch, void *out)
{
    size_t room = brasa__h5_encode_bound(codec, n), got = 0;

    if (shuffles(codec, item)) {
        shuffle(in, n, item, scratch);
        in = scratch;
    }
    switch (codec) {
    case BRASA_H5_NONE:
    case BRASA_H5_CODECS:
        if (n != 0) memcpy(out, in, n);
        got = n;
        break;
    case BRASA_H5_DEFLATE: got = deflate_encode(in, n, out, room - 4); break;
    case BRASA_H5_ZSTD: got = ZSTD_compress(out, room - 4, in, n, ZSTD_LEVEL); break;
    case BRASA_H5_LZ4: got = brasa__h5_lz4_encode(in, n, out); break;
    }
    if (codec == BRASA_H5_ZSTD && ZSTD_isError(got)) got = 0;
    uint32_t sum = brasa__h5_fletcher32(out, got);
    for (int i = 0; i < 4; i++) ((uint8_t *)out)[got + (size_t)i] = (uint8_t)(sum >> (8 * i));
    return got + 4;
}

bool brasa__h5_decode(brasa_h5_codec codec, size_t item, const void *stored, size_t bytes, void *scratch, void *out, size_t n)
{
    void *to = shuffles(codec, item) ? scratch : out;
    bool  ok = false;

    if (bytes < 4) return false;
    bytes -= 4;
    switch (codec) {
    case BRASA_H5_NONE:
    case BRASA_H5_CODECS:
        ok = bytes == n;
        if (ok && n != 0) memcpy(to, stored, n);
        break;
    case BRASA_H5_DEFLATE: ok = deflate_decode(stored, bytes, to, n); break;
    case BRASA_H5_ZSTD: ok = ZSTD_decompress(to, n, stored, bytes) == n; break;
    case BRASA_H5_LZ4: ok = brasa__h5_lz4_decode(stored, bytes, to, n); break;
    }
    if (ok && to != out) unshuffle(to, n, item, out);
    return ok;
}

void brasa__h5_codec_filters(hid_t dcpl, brasa_h5_codec codec, size_t item)
{
    const unsigned level = ZSTD_LEVEL;

    if (shuffles(codec, item)) H5Pset_shuffle(dcpl);
    if (codec == BRASA_H5_DEFLATE) H5Pset_deflate(dcpl, DEFLATE_LEVEL);
    if (codec == BRASA_H5_ZSTD) H5Pset_filter(dcpl, BRASA_H5_ZSTD_ID, H5Z_FLAG_MANDATORY, 1, &level);
    if (codec == BRASA_H5_LZ4) H5Pset_filter(dcpl, BRASA_H5_LZ4_ID, H5Z_FLAG_MANDATORY, 0, NULL);
    H5Pset_fletcher32(dcpl);
}
