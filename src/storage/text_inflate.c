/* text_inflate.c -- packed text files, unpacked whole: gzip by libdeflate, zstd, bzip2 and lz4 frames by their libraries.
 *
 * libdeflate wants the room up front.  The trailer of a member tells its size modulo 2^32, which several members or 4 GiB make a
 * lie, so it is a first guess: room grows while the stream asks for more.  The budget of the rank is the limit.
 */
#include "storage/text_inflate.h"

#include <bzlib.h>
#include <libdeflate.h>
#include <lz4frame.h>
#include <string.h>
#include <zstd.h>

#include "base/io.h"

/* One member at a time, until all is read or the room is too small. */
static enum libdeflate_result inflate_members(const brasa_inflate *in, size_t packed, size_t room, size_t *at, size_t *got)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    enum libdeflate_result          r = LIBDEFLATE_SUCCESS;

    if (d == NULL) return LIBDEFLATE_BAD_DATA;
    while (*at < packed) {
        size_t used = 0, made = 0;

        r = libdeflate_gzip_decompress_ex(d, (const char *)in->packed->data + *at, packed - *at, (char *)in->text->data + *got, room - *got,
                                          &used, &made);
        if (r != LIBDEFLATE_SUCCESS) break;
        *at += used;
        *got += made;
    }
    libdeflate_free_decompressor(d);
    return r;
}

/* What a step of a stream made of its bytes: advances both places; false when the stream is damaged, *whole: it ended here. */
typedef struct {
    const char *from;
    char       *to;
    size_t      packed, room;
} piece;
typedef bool step_fn(void *state, const piece *p, size_t *used, size_t *made, bool *whole);

static bool step_zstd(void *state, const piece *p, size_t *used, size_t *made, bool *whole)
{
    ZSTD_inBuffer  in = {p->from, p->packed, 0};
    ZSTD_outBuffer out = {p->to, p->room, 0};
    size_t         r = ZSTD_decompressStream(state, &out, &in);

    *used = in.pos;
    *made = out.pos;
    *whole = r == 0;
    return !ZSTD_isError(r);
}

static bool step_lz4(void *state, const piece *p, size_t *used, size_t *made, bool *whole)
{
    size_t r;

    *used = p->packed;
    *made = p->room;
    r = LZ4F_decompress(state, p->to, made, p->from, used, NULL);
    *whole = r == 0;
    return LZ4F_isError(r) == 0;
}

static bool step_bzip2(void *state, const piece *p, size_t *used, size_t *made, bool *whole)
{
    enum { MOST = 1 << 30 };
    bz_stream *z = state;
    unsigned   packed = p->packed < MOST ? (unsigned)p->packed : MOST, room = p->room < MOST ? (unsigned)p->room : MOST;
    int        r;

    z->next_in = (char *)(uintptr_t)p->from;
    z->avail_in = packed;
    z->next_out = p->to;
    z->avail_out = room;
    r = BZ2_bzDecompress(z);
    *used = packed - z->avail_in;
    *made = room - z->avail_out;
    *whole = r == BZ_STREAM_END;
    if (*whole && (BZ2_bzDecompressEnd(z) != BZ_OK || BZ2_bzDecompressInit(z, 0, 0) != BZ_OK)) return false;
    return r == BZ_OK || r == BZ_STREAM_END;
}

static void double_room(brasa_inflate *in, size_t got, size_t *room)
{
    brasa_buf *more = brasa__buf_new(*room * 2);

    memcpy(more->data, in->text->data, got);
    brasa__buf_unref(in->text);
    in->text = more;
    *room *= 2;
}

/* Streams one after another are one text.  False: damaged, or cut short. */
static bool unpack(brasa_inflate *in, size_t packed, size_t guess, step_fn *step, void *state, size_t *at, size_t *got)
{
    size_t room = guess + 64;
    bool   whole = true;

    in->text = brasa__buf_new(room);
    for (*at = *got = 0; *at < packed || !whole;) {
        piece  p = {(const char *)in->packed->data + *at, (char *)in->text->data + *got, packed - *at, room - *got};
        size_t used, made;

        if (!step(state, &p, &used, &made, &whole)) return false;
        *at += used;
        *got += made;
        if (*got == room)
            double_room(in, *got, &room);
        else if (used == 0 && made == 0)
            return whole && *at == packed;
    }
    return true;
}

/* The libraries' states are freed when a lack of memory throws, too: they hang off the caller's. */
static void free_states(brasa_inflate *in)
{
    if (in->zstd != NULL) ZSTD_freeDStream(in->zstd);
    if (in->lz4 != NULL) LZ4F_freeDecompressionContext(in->lz4);
    if (in->bzip2 != NULL) {
        BZ2_bzDecompressEnd(in->bzip2);
        brasa__buf_unref(in->bzip2_buf);
    }
    in->zstd = in->lz4 = in->bzip2 = NULL;
    in->bzip2_buf = NULL;
}

static bool unpack_other(brasa_inflate *in, int64_t disk, int64_t guess, size_t *at, size_t *got)
{
    size_t room = guess >= 0 ? (size_t)guess : (size_t)disk * 4;

    if (brasa__text_packed(in->packed->data, (size_t)disk) == BRASA_PACKED_ZSTD) {
        in->zstd = ZSTD_createDStream();
        return in->zstd != NULL && unpack(in, (size_t)disk, room, step_zstd, in->zstd, at, got);
    }
    if (brasa__text_packed(in->packed->data, (size_t)disk) == BRASA_PACKED_LZ4) {
        LZ4F_dctx *d = NULL;

        if (LZ4F_isError(LZ4F_createDecompressionContext(&d, LZ4F_VERSION))) return false;
        in->lz4 = d;
        return unpack(in, (size_t)disk, room, step_lz4, d, at, got);
    }
    in->bzip2_buf = brasa__buf_new(sizeof(bz_stream));
    memset(in->bzip2_buf->data, 0, sizeof(bz_stream));
    if (BZ2_bzDecompressInit(in->bzip2_buf->data, 0, 0) != BZ_OK) return false;
    in->bzip2 = in->bzip2_buf->data;
    return unpack(in, (size_t)disk, room, step_bzip2, in->bzip2, at, got);
}

static size_t first_guess(const brasa_inflate *in, int64_t disk, int64_t guess)
{
    uint32_t isize = 0;

    if (guess >= 0) return (size_t)guess;
    if (disk >= 4) memcpy(&isize, (const char *)in->packed->data + disk - 4, 4);
    /* deflate cannot expand by more than 1032: a trailer that says so lies */
    return (int64_t)isize <= disk * 1032 ? isize : (size_t)disk;
}

static bool unpack_gzip(brasa_inflate *in, int64_t disk, int64_t guess, size_t *at, size_t *got)
{
    size_t                 room = first_guess(in, disk, guess) + 1; /* one byte too many, so that an exact fit is not taken for too small */
    enum libdeflate_result r;

    *at = *got = 0;
    in->text = brasa__buf_new(room);
    while ((r = inflate_members(in, (size_t)disk, room, at, got)) == LIBDEFLATE_INSUFFICIENT_SPACE) double_room(in, *got, &room);
    return r == LIBDEFLATE_SUCCESS;
}

brasa_packed brasa__text_packed(const void *bytes, size_t n)
{
    static const struct {
        const char *magic;
        size_t      n;
    } known[] = {{"", 0}, {"\x1f\x8b", 2}, {"\x28\xb5\x2f\xfd", 4}, {"BZh", 3}, {"\x04\x22\x4d\x18", 4}};

    for (int i = 1; i < (int)(sizeof known / sizeof known[0]); i++)
        if (n >= known[i].n && memcmp(bytes, known[i].magic, known[i].n) == 0) return (brasa_packed)i;
    return BRASA_PACKED_NOT;
}

brasa_status brasa__text_inflate(brasa_inflate *in, int fd, const char *path, int64_t disk, int64_t guess, brasa_error *err)
{
    static const char *const kinds[] = {"", "gzip", "zstd", "bzip2", "lz4"}, *const tests[] = {"", "gzip -t", "zstd -t", "bzip2 -t",
                                                                                               "lz4 -t"};
    size_t       at = 0, got = 0;
    brasa_packed kind;
    bool         good;

    in->packed = brasa__buf_new((size_t)disk);
    BRASA_TRY(brasa__io_pread(fd, in->packed->data, (size_t)disk, 0, path, err));
    kind = brasa__text_packed(in->packed->data, (size_t)disk);
    good = kind == BRASA_PACKED_GZIP || kind == BRASA_PACKED_NOT ? unpack_gzip(in, disk, guess, &at, &got)
                                                                 : unpack_other(in, disk, guess, &at, &got);
    free_states(in);
    if (kind == BRASA_PACKED_NOT) kind = BRASA_PACKED_GZIP; /* it was one when the table was opened */
    if (!good)
        return brasa__fail(err, BRASA_CORRUPT, "%s: the %s stream is damaged near byte %zu; copy the file again (%s tests it)", path,
                           kinds[kind], at, tests[kind]);
    in->bytes = (int64_t)got;
    brasa__buf_unref(in->packed);
    in->packed = NULL;
    return BRASA_OK;
}

void brasa__text_inflate_free(brasa_inflate *in)
{
    free_states(in);
    brasa__buf_unref(in->packed);
    brasa__buf_unref(in->text);
    *in = (brasa_inflate) {0};
}
