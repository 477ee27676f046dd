/* storage.h -- tables on disk, without a job. */
#ifndef BRASA_STORAGE_H
#define BRASA_STORAGE_H

#include "brasa/frame.h"

typedef struct brasa_table_info {
    int64_t rows;  /* -1: unknown without reading (text formats) */
    int64_t bytes; /* on disk */
    int32_t partitions;
    char    format[16];
} brasa_table_info;

/* What a frame made by brasa_read stands on.  Rank 0.  INVALID: not such a frame. */
brasa_status brasa_table_describe(const brasa_frame *f, brasa_table_info *out);
/* Re-read every chunk of a table and compare it with its checksum.  Rank 0.  CORRUPT: names file, dataset and chunk. */
brasa_status brasa_verify(brasa_session *s, const char *uri, int64_t *chunks, int64_t *bytes);

#endif
