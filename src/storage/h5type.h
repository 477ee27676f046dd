/* storage/h5type.h -- what our types are in a file, and the names of datasets. */
#ifndef BRASA_STORAGE_H5TYPE_H
#define BRASA_STORAGE_H5TYPE_H

#include "storage/h5index.h"
#include "storage/h5lib.h"

/* The HDF5 type of one item of a stream of values: little-endian, readable by others.  BOOL is h5py's enum (FALSE, TRUE); decimals over 18 digits a compound (low, high);
 * FIXED strings are null-padded UTF-8 of `item` bytes; kept in the session. */
hid_t brasa__h5_item_type(brasa_h5 *h, brasa_type t, brasa_h5_layout layout, int32_t item);

/* What others should know of a column's object: brasa_type, scale, units, position. */
brasa_status brasa__h5_describe(brasa_h5 *h, hid_t obj, brasa_type t, int32_t position, const char *name, const char *link,
                                brasa_error *err);

/* A column's name as a link: '/' and what HDF5 cannot hold is written %2F; "_brasa" and "." likewise. */
char *brasa__h5_link_name(brasa_arena *arena, const char *name);

#define BRASA_H5_HIDDEN "_brasa"

#endif
