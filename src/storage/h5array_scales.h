/* storage/h5array_scales.h -- dimension scales as HDF5's high-level library and netCDF-4 write them. */
#ifndef BRASA_STORAGE_H5ARRAY_SCALES_H
#define BRASA_STORAGE_H5ARRAY_SCALES_H

#include "storage/h5lib.h"

/* The dataset is a scale of that name, number `id` of the file's dimensions. */
brasa_status brasa__h5_make_scale(brasa_h5 *h, hid_t dset, const char *name, int32_t id, brasa_error *err);
/* Every array has all scales, in their order. */
brasa_status brasa__h5_attach_scales(brasa_h5 *h, hid_t group, const char *const *arrays, int32_t narrays, const char *const *scales,
                                     int32_t nscales, brasa_error *err);

#endif
