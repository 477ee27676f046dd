/* storage/text_inflate.h -- gzip text files, inflated whole by libdeflate. */
#ifndef BRASA_STORAGE_TEXT_INFLATE_H
#define BRASA_STORAGE_TEXT_INFLATE_H

#include "base/status.h"
#include "mem/buf.h"

/* What an inflation holds.  The caller frees it, also after a failure or a throw. */
typedef struct brasa_inflate {
    brasa_buf *packed;
    brasa_buf *text;
    int64_t    bytes; /* of text */
} brasa_inflate;

/* Inflate a gzip file of `disk` bytes (several members are one text); `guess` is the expected size, -1: unknown.  CORRUPT: damaged. */
brasa_status brasa__text_inflate(brasa_inflate *in, int fd, const char *path, int64_t disk, int64_t guess, brasa_error *err);
void         brasa__text_inflate_free(brasa_inflate *in);

#endif
