/* storage/text_inflate.h -- packed text files (gzip, zstd, bzip2, lz4), unpacked whole. */
#ifndef BRASA_STORAGE_TEXT_INFLATE_H
#define BRASA_STORAGE_TEXT_INFLATE_H

#include "base/status.h"
#include "mem/buf.h"

/* How the bytes are packed, by the first of them. */
typedef enum { BRASA_PACKED_NOT, BRASA_PACKED_GZIP, BRASA_PACKED_ZSTD, BRASA_PACKED_BZIP2, BRASA_PACKED_LZ4 } brasa_packed;
brasa_packed brasa__text_packed(const void *bytes, size_t n);

/* What an inflation holds.  The caller frees it, also after a failure or a throw. */
typedef struct brasa_inflate {
    brasa_buf *packed;
    brasa_buf *text;
    int64_t    bytes;              /* of text */
    void      *zstd, *lz4, *bzip2; /* states of the libraries while it runs */
    brasa_buf *bzip2_buf;
} brasa_inflate;

/* Unpack a file of `disk` bytes (several streams in it are one text); `guess` is the expected size, -1: unknown.  CORRUPT: damaged. */
brasa_status brasa__text_inflate(brasa_inflate *in, int fd, const char *path, int64_t disk, int64_t guess, brasa_error *err);
void         brasa__text_inflate_free(brasa_inflate *in);

#endif
