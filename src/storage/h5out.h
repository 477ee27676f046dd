/* storage/h5out.h -- a file being written, and datasets that grow chunk by chunk.
 *
 * Items are gathered until a chunk is full and another follows; then it is encoded, HDF5 gives it a place (under the lock, microseconds), and the
 * bytes are written there without the lock.  A dataset that ends within its first chunk gets a chunk of just its size.
 */
#ifndef BRASA_STORAGE_H5OUT_H
#define BRASA_STORAGE_H5OUT_H

#include "mem/buf.h"
#include "storage/h5index.h"
#include "storage/h5lib.h"

typedef struct brasa_h5_dest {
    brasa_arena   *arena; /* the writer's: everything here hangs off it */
    brasa_h5_file  file;
    hid_t          h5;    /* the file; open from create to close */
    hid_t          group; /* the table's */
    const char    *group_path;
    brasa_h5_codec codec;
    int32_t        chunk_rows;
    int64_t        reserved; /* blocks on disk up to here are the file's */
    brasa_buf     *stage;    /* an encoded chunk */
    brasa_buf     *scratch;  /* a shuffled one */
} brasa_h5_dest;

/* Create `path` (what is there goes) with the table's group.  IO, NO_SPACE.  Freeing `arena` closes all. */
brasa_status brasa__h5_dest_create(brasa_arena *arena, const char *path, const char *group_path, brasa_h5_codec codec, int32_t chunk_rows,
                                   brasa_h5_dest **out, brasa_error *err);
/* The same in an HDF5 file that exists (a copy that nobody else sees): a group that is there already is removed first. */
brasa_status brasa__h5_dest_replace(brasa_arena *arena, const char *path, const char *group_path, brasa_h5_dest **out, brasa_error *err);
/* Before `more` bytes and the metadata for them are written: have blocks on disk for them.  NO_SPACE here means that HDF5 saw nothing of it. */
brasa_status brasa__h5_dest_reserve(brasa_h5_dest *d, int64_t more, brasa_error *err);
/* The attributes of the table's group. */
brasa_status brasa__h5_describe_table(brasa_h5 *h, brasa_h5_dest *d, brasa_schema schema, int64_t rows, brasa_error *err);
/* Close the HDF5 file and the descriptor, after an fsync.  *bytes: of the file. */
brasa_status brasa__h5_dest_close(brasa_h5_dest *d, int64_t *bytes, brasa_error *err);

typedef struct brasa_h5_out {
    brasa_h5_stream meta; /* path, item and chunk_items are set before the first put */
    brasa_type      type; /* with layout: the HDF5 type of an item */
    brasa_h5_layout layout;
    bool            codes; /* unsigned 16-bit numbers, whatever `type` says */
    int32_t         cap;
    hid_t           dset; /* 0: not created */
    brasa_buf      *buf;
    size_t          fill; /* bytes in buf */
} brasa_h5_out;

/* The buffer of `o` is released with d->arena. */
void         brasa__h5_out_init(brasa_h5_dest *d, brasa_h5_out *o, const char *path, brasa_type t, brasa_h5_layout layout, int32_t item,
                                int32_t chunk_items);
brasa_status brasa__h5_out_put(brasa_h5_dest *d, brasa_h5_out *o, const void *items, int64_t n, brasa_error *err);
/* Write what waits and set the extent: the dataset exists from now on, with 0 items too. */
brasa_status brasa__h5_out_finish(brasa_h5_dest *d, brasa_h5_out *o, brasa_error *err);
/* Take the dataset's link out of the file; the data stays readable until _drop. */
brasa_status brasa__h5_out_unlink(brasa_h5_dest *d, brasa_h5_out *o, brasa_error *err);
void         brasa__h5_out_drop(brasa_h5_out *o);
/* Read back a chunk that was written, decoded, into `to` (room for a full chunk). */
brasa_status brasa__h5_out_read(brasa_h5_dest *d, const brasa_h5_out *o, int32_t chunk, void *to, brasa_error *err);

#endif
