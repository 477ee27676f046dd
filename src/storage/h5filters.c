/* h5filters.c -- filters for HDF5's own reads of foreign files: zstd, lz4, h5py's lzf, and blosc and bzip2 of PyTables, which a stock library lacks.
 *
 * HDF5 frees what a filter returns by its own allocator, so that is where buffers come from.  A chunk that makes no sense gives 0: an error.
 */
#include <blosc.h>
#include <bzlib.h>
#include <limits.h>
#include <string.h>
#include <zstd.h>

#include "storage/h5codec.h"

static size_t total_of(const void *p)
{
    const uint8_t *b = p;
    size_t         v = 0;

    for (int i = 0; i < 8; i++) v = v << 8 | b[i];
    return v;
}

static size_t filter_swap(void **buf, size_t *room, void *fresh, size_t bytes, size_t got)
{
    H5free_memory(*buf);
    *buf = fresh;
    *room = bytes;
    return got;
}

static size_t zstd_filter(unsigned flags, size_t nargs, const unsigned args[], size_t n, size_t *room, void **buf)
{
    bool               reverse = (flags & H5Z_FLAG_REVERSE) != 0;
    unsigned long long bytes = reverse ? ZSTD_getFrameContentSize(*buf, n) : ZSTD_compressBound(n);
    size_t             got;
    void              *fresh;

    (void)nargs;
    (void)args;
    if (reverse && (bytes == ZSTD_CONTENTSIZE_ERROR || bytes == ZSTD_CONTENTSIZE_UNKNOWN || bytes > (1u << 31))) return 0;
    fresh = H5allocate_memory((size_t)bytes + 1, false);
    if (fresh == NULL) return 0;
    got = reverse ? ZSTD_decompress(fresh, (size_t)bytes, *buf, n) : ZSTD_compress(fresh, (size_t)bytes, *buf, n, 1);
    if (ZSTD_isError(got)) {
        H5free_memory(fresh);
        return 0;
    }
    return filter_swap(buf, room, fresh, (size_t)bytes + 1, got);
}

static size_t lz4_filter(unsigned flags, size_t nargs, const unsigned args[], size_t n, size_t *room, void **buf)
{
    bool   reverse = (flags & H5Z_FLAG_REVERSE) != 0;
    size_t bytes = reverse ? (n < 12 ? 0 : total_of(*buf)) : brasa__h5_encode_bound(BRASA_H5_LZ4, n);
    size_t got;
    void  *fresh;

    (void)nargs;
    (void)args;
    if (n > INT32_MAX || bytes == 0 || bytes > (1u << 31)) return 0;
    fresh = H5allocate_memory(bytes, false);
    if (fresh == NULL) return 0;
    got = reverse ? (brasa__h5_lz4_decode(*buf, n, fresh, bytes) ? bytes : 0) : brasa__h5_lz4_encode(*buf, n, fresh);
    if (got == 0) {
        H5free_memory(fresh);
        return 0;
    }
    return filter_swap(buf, room, fresh, bytes, got);
}

/* Blosc: a frame says how many bytes it holds and which of its codecs made it. */
static size_t blosc_filter(unsigned flags, size_t nargs, const unsigned args[], size_t n, size_t *room, void **buf)
{
    size_t bytes = 0;
    void  *fresh;

    (void)nargs;
    (void)args;
    if ((flags & H5Z_FLAG_REVERSE) == 0 || blosc_cbuffer_validate(*buf, n, &bytes) < 0 || bytes == 0 || bytes > (1u << 31)) return 0;
    fresh = H5allocate_memory(bytes, false);
    if (fresh == NULL) return 0;
    if (blosc_decompress_ctx(*buf, fresh, bytes, 1) != (int)bytes) {
        H5free_memory(fresh);
        return 0;
    }
    return filter_swap(buf, room, fresh, bytes, bytes);
}

/* bzip2 does not say how much will come out: room doubles until it does. */
static size_t bzip2_filter(unsigned flags, size_t nargs, const unsigned args[], size_t n, size_t *room, void **buf)
{
    (void)nargs;
    (void)args;
    if ((flags & H5Z_FLAG_REVERSE) == 0 || n > UINT_MAX) return 0;
    for (size_t bytes = n < 4096 ? 16384 : n * 4; bytes <= 1u << 31; bytes *= 2) {
        unsigned got = (unsigned)bytes;
        void    *fresh = H5allocate_memory(bytes, false);
        int      rc = fresh == NULL ? BZ_MEM_ERROR : BZ2_bzBuffToBuffDecompress(fresh, &got, *buf, (unsigned)n, 0, 0);
        if (rc == BZ_OK && got > 0) return filter_swap(buf, room, fresh, bytes, got);
        if (fresh != NULL) H5free_memory(fresh);
        if (rc != BZ_OUTBUFF_FULL) return 0;
    }
    return 0;
}

/* LZF (LibLZF by Marc Lehmann), h5py's own filter: literals, and copies of what was written before. */
static size_t lzf_decode(const uint8_t *in, size_t n, uint8_t *out, size_t room)
{
    size_t at = 0, to = 0;

    while (at < n) {
        size_t ctrl = in[at++], len, back;
        if (ctrl < 32) {
            len = ctrl + 1;
            if (len > n - at || len > room - to) return 0;
            memcpy(out + to, in + at, len);
            at += len;
            to += len;
            continue;
        }
        len = ctrl >> 5;
        if (len == 7 && at < n) len += in[at++];
        if (at >= n) return 0;
        back = ((ctrl & 31) << 8) + in[at++] + 1;
        len += 2;
        if (back > to || len > room - to) return 0;
        for (size_t i = 0; i < len; i++, to++) out[to] = out[to - back]; /* may overlap */
    }
    return to;
}

static size_t lzf_filter(unsigned flags, size_t nargs, const unsigned args[], size_t n, size_t *room, void **buf)
{
    size_t bytes = nargs >= 3 ? args[2] : 0, got; /* h5py notes the size of a chunk */
    void  *fresh;

    if ((flags & H5Z_FLAG_REVERSE) == 0 || bytes == 0 || bytes > (1u << 31)) return 0;
    fresh = H5allocate_memory(bytes, false);
    if (fresh == NULL) return 0;
    got = lzf_decode(*buf, n, fresh, bytes);
    if (got == 0) {
        H5free_memory(fresh);
        return 0;
    }
    return filter_swap(buf, room, fresh, bytes, got);
}

static const H5Z_class2_t zstd_class = {H5Z_CLASS_T_VERS, BRASA_H5_ZSTD_ID, 1, 1, "zstd", NULL, NULL, zstd_filter};
static const H5Z_class2_t lzf_class = {H5Z_CLASS_T_VERS, BRASA_H5_LZF_ID, 0, 1, "lzf", NULL, NULL, lzf_filter};
static const H5Z_class2_t lz4_class = {H5Z_CLASS_T_VERS, BRASA_H5_LZ4_ID, 1, 1, "lz4", NULL, NULL, lz4_filter};

static const H5Z_class2_t blosc_class = {H5Z_CLASS_T_VERS, BRASA_H5_BLOSC_ID, 0, 1, "blosc", NULL, NULL, blosc_filter};
static const H5Z_class2_t bzip2_class = {H5Z_CLASS_T_VERS, BRASA_H5_BZIP2_ID, 0, 1, "bzip2", NULL, NULL, bzip2_filter};

void brasa__h5_register_codecs(void)
{
    if (H5Zfilter_avail(BRASA_H5_BLOSC_ID) <= 0) H5Zregister(&blosc_class);
    if (H5Zfilter_avail(BRASA_H5_BZIP2_ID) <= 0) H5Zregister(&bzip2_class);
    if (H5Zfilter_avail(BRASA_H5_ZSTD_ID) <= 0) H5Zregister(&zstd_class);
    if (H5Zfilter_avail(BRASA_H5_LZ4_ID) <= 0) H5Zregister(&lz4_class);
    if (H5Zfilter_avail(BRASA_H5_LZF_ID) <= 0) H5Zregister(&lzf_class);
    brasa__h5_register_bitshuffle();
}
