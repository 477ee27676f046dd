/* storage/h5array.h -- rows as arrays of several dimensions: the way back of h5fgrid.c. */
#ifndef BRASA_STORAGE_H5ARRAY_H
#define BRASA_STORAGE_H5ARRAY_H

#include "storage/h5layout.h"
#include "storage/h5out.h"

/* The columns of `text` ("time, lat, lon") in the schema.  NOT_FOUND, INVALID: no values left; UNSUPPORTED: a column that no array can hold. */
brasa_status brasa__h5_array_dims(brasa_arena *arena, const char *text, brasa_schema schema, int32_t *dims, int32_t *ndims,
                                  brasa_error *err);

typedef struct brasa_h5_array {
    const char          *path;  /* to write */
    const char          *base;  /* as in brasa_h5_master */
    const char          *inner; /* group of the arrays */
    const char          *uri;   /* for messages */
    const char          *dims;  /* as given */
    brasa_h5_codec       codec;
    const brasa_h5_part *parts; /* the rows; file: a path */
    int32_t              nparts;
} brasa_h5_array;

/* Rank 0: write and fsync the file.  DATA: two rows for one cell, a null coordinate; INVALID: far more cells than rows. */
brasa_status brasa__h5_array_write(brasa_arena *arena, const brasa_h5_array *a, brasa_error *err);

#endif
