/* storage/h5decode.h -- rows of a node of an open part, as a column. */
#ifndef BRASA_STORAGE_H5DECODE_H
#define BRASA_STORAGE_H5DECODE_H

#include "brasa/batch.h"
#include "mem/buf.h"
#include "storage/h5index.h"

enum { BRASA_H5_CACHED = 64 };

/* One scan's view of the part it reads. */
typedef struct brasa_h5_reader {
    brasa_arena *arena; /* for child columns and lists; reset by the caller after each block */
    int          fd;
    const char  *path;
    int64_t      bytes_read, chunks_read;

    brasa_buf  **kept; /* buffers that the columns made so far point into: a reference each */
    int32_t      nkept, kept_cap;
    brasa_arena *list; /* where `kept` lives */
    brasa_buf   *scratch, *stored;
    struct {
        const brasa_h5_stream *stream;
        int32_t                chunk;
        brasa_buf             *buf;
    } cache[BRASA_H5_CACHED]; /* last chunk of streams whose chunks do not end with the rows */
} brasa_h5_reader;

/* Deferred on reader->list's owner by the caller: drops everything held. */
void brasa__h5_reader_clear(brasa_h5_reader *r);
/* Forget the file (cached chunks too). */
void brasa__h5_reader_leave(brasa_h5_reader *r);
/* A buffer that is kept as well. */
void *brasa__h5_reader_room(brasa_h5_reader *r, size_t bytes);
/* Give up what is kept without unref: the block owns it now. */
void brasa__h5_reader_hand_over(brasa_h5_reader *r);

/* The dictionary of a node in one buffer that begins with its brasa_column; its strings point into the buffer. */
typedef struct brasa_h5_dictionary {
    brasa_column column;
    int32_t      count;
} brasa_h5_dictionary;
brasa_status brasa__h5_read_dictionary(brasa_h5_reader *r, const brasa_h5_node *node, brasa_buf **out, brasa_error *err);

/* Rows [from, from + n) of a node.  `dict`: the dictionary to point at, if the node has codes and the caller wants them (else NULL). */
brasa_status brasa__h5_read_column(brasa_h5_reader *r, const brasa_h5_node *node, int64_t from, int32_t n, brasa_buf *dict,
                                   brasa_column *out, brasa_error *err);

#endif
