/* storage/h5fheap.h -- strings and sequences of variable length, read without HDF5.
 *
 * A dataset of such strings holds references into global heap collections.  HDF5 1.10 believes the sizes in them, and crashes or hangs when a file is
 * damaged; it is also slow (11 million strings a second).  So the references are read as raw bytes and followed here, with every size checked.
 */
#ifndef BRASA_STORAGE_H5FHEAP_H
#define BRASA_STORAGE_H5FHEAP_H

#include "storage/h5foreign.h"

typedef struct brasa_h5_vtext brasa_h5_vtext;

/* Can the strings of this dataset be read this way?  (1-D, contiguous or chunked with filters that we know.)  `item`: bytes of an element of a sequence, which
 * must lie in the file as in memory; 0: strings.  NULL: no.  Under the lock. */
brasa_h5_vtext *brasa__h5_vtext_open(brasa_h5 *h, brasa_arena *arena, hid_t file, hid_t dset, size_t item, const brasa_h5_file *f,
                                     const char *path);
void            brasa__h5_vtext_close(brasa_h5_vtext *v); /* its buffers; not the dataset */
/* The references of rows [from, from + n) into the reader.  Under the lock. */
brasa_status brasa__h5_vtext_fetch(brasa_h5_vtext *v, int64_t from, int32_t n, brasa_error *err);
/* The strings of the rows fetched: a FLAT column without nulls, its bytes in buffers added to bufs.  Without the lock. */
brasa_status brasa__h5_vtext_column(brasa_h5_vtext *v, brasa_type type, brasa_h5_bufs *bufs, brasa_column *out, brasa_error *err);
/* The sequences of the rows fetched: a LIST column of the field's items. */
brasa_status brasa__h5_vtext_lists(brasa_h5_vtext *v, const brasa_h5_field *f, brasa_h5_bufs *bufs, brasa_arena *arena, brasa_column *out,
                                   brasa_error *err);

#endif
