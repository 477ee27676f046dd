/* storage/h5vfd.h -- our HDF5 file driver: over io_*, remembering what failed. */
#ifndef BRASA_STORAGE_H5VFD_H
#define BRASA_STORAGE_H5VFD_H

#include "storage/h5lib.h"

/* Put the driver, with `f` behind it, into an access list.  `f` outlives the HDF5 file. */
void brasa__h5_set_driver(hid_t fapl, brasa_h5_file *f);

#endif
