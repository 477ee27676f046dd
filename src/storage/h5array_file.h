/* storage/h5array_file.h -- inside of the writing of arrays: what is known of them, and their datasets. */
#ifndef BRASA_STORAGE_H5ARRAY_FILE_H
#define BRASA_STORAGE_H5ARRAY_FILE_H

#include "storage/h5array.h"
#include "storage/h5axis.h"
#include "storage/h5foreign.h"

typedef struct brasa_h5_builder {
    const brasa_h5_array *a;
    brasa_arena          *arena;
    brasa_h5_dest        *d;
    brasa_table           t;
    int32_t               ndims, nvalues;
    int32_t               dims[BRASA_H5_MOST_DIMS];
    int32_t              *values; /* columns */
    brasa_h5_axis         axes[BRASA_H5_MOST_DIMS];
    int64_t               inner;    /* cells of one step of the first dimension */
    int64_t               from, to; /* the slab: steps of the first dimension */
    uint8_t              *taken;    /* [cells of a slab] */
    char                **slab;     /* [nvalues] */
    bool                 *holes;    /* [nvalues]: cells of the fill value */
    int64_t              *fill;     /* [nvalues], of whole numbers: what no row has */
    bool                 *full;     /* [nvalues]: rows have the least and the greatest number, so there is none */
    bool                 *nulls;    /* [nvalues]: a row had none */
    hid_t                *dsets;
    int64_t               rows;
} brasa_h5_builder;

/* Cells without a value: NaN, or a whole number. */
void brasa__h5_put_fill(brasa_type t, int64_t fill, char *to, int64_t n);
/* As many cells of the last dimensions as fit into a chunk. */
void brasa__h5_chunk_shape(const brasa_h5_builder *b, hsize_t *chunk);

/* Under the lock; arg: a brasa_h5_builder.  Scales and empty arrays; the slab into each array; fill values and attached scales, arrays closed. */
brasa_status brasa__h5_create_arrays(brasa_h5 *h, void *arg, brasa_error *err);
brasa_status brasa__h5_write_slab(brasa_h5 *h, void *arg, brasa_error *err);
brasa_status brasa__h5_finish_arrays(brasa_h5 *h, void *arg, brasa_error *err);

#endif
