/* storage/h5strings.h -- columns of strings: their layout, and their dictionary.  Parts of h5column.c. */
#ifndef BRASA_STORAGE_H5STRINGS_H
#define BRASA_STORAGE_H5STRINGS_H

#include "storage/h5column.h"

brasa_h5_out *brasa__h5_column_out(brasa_h5_column *col, const char *path, brasa_type t, brasa_h5_layout layout, int32_t item,
                                   int32_t chunk_items);

brasa_status brasa__h5_push_strings(brasa_h5_column *col, const brasa_column *in, int32_t n, brasa_error *err);
/* Decide what is undecided; write the dictionary, if it is worth it, into out->dict. */
brasa_status brasa__h5_finish_strings(brasa_h5_column *col, brasa_h5_node *out, brasa_error *err);

#endif
