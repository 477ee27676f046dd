/* text_inflate.c -- gzip text files, inflated whole by libdeflate.
 *
 * libdeflate wants the room up front.  The trailer of a member tells its size modulo 2^32, which several members or 4 GiB make a
 * lie, so it is a first guess: room grows while the stream asks for more.  The budget of the rank is the limit.
 */
#include "storage/text_inflate.h"

#include <libdeflate.h>
#include <string.h>

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

static size_t first_guess(const brasa_inflate *in, int64_t disk, int64_t guess)
{
    uint32_t isize = 0;

    if (guess >= 0) return (size_t)guess;
    if (disk >= 4) memcpy(&isize, (const char *)in->packed->data + disk - 4, 4);
    /* deflate cannot expand by more than 1032: a trailer that says so lies */
    return (int64_t)isize <= disk * 1032 ? isize : (size_t)disk;
}

brasa_status brasa__text_inflate(brasa_inflate *in, int fd, const char *path, int64_t disk, int64_t guess, brasa_error *err)
{
    size_t                 at = 0, got = 0, room;
    enum libdeflate_result r;

    in->packed = brasa__buf_new((size_t)disk);
    BRASA_TRY(brasa__io_pread(fd, in->packed->data, (size_t)disk, 0, path, err));
    room = first_guess(in, disk, guess) + 1; /* one byte too many, so that an exact fit is not taken for too small */
    in->text = brasa__buf_new(room);
    while ((r = inflate_members(in, (size_t)disk, room, &at, &got)) == LIBDEFLATE_INSUFFICIENT_SPACE) {
        brasa_buf *more = brasa__buf_new(room * 2);

        memcpy(more->data, in->text->data, got);
        brasa__buf_unref(in->text);
        in->text = more;
        room *= 2;
    }
    if (r != LIBDEFLATE_SUCCESS)
        return brasa__fail(err, BRASA_CORRUPT, "%s: the gzip stream is damaged near byte %zu; copy the file again (gzip -t tests it)", path,
                           at);
    in->bytes = (int64_t)got;
    brasa__buf_unref(in->packed);
    in->packed = NULL;
    return BRASA_OK;
}

void brasa__text_inflate_free(brasa_inflate *in)
{
    brasa__buf_unref(in->packed);
    brasa__buf_unref(in->text);
    *in = (brasa_inflate) {0};
}
