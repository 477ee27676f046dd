/* storage/h5probe.h -- does the HDF5 library survive a file? */
#ifndef BRASA_STORAGE_H5PROBE_H
#define BRASA_STORAGE_H5PROBE_H

#include "base/status.h"

/* Runs fn(arg) in a child process; what it does there, and how it ends, counts for nothing, unless it dies of a signal or takes more than 5 s of processor time:
 * CORRUPT.  Outside a session. */
brasa_status brasa__h5_probe(brasa_status (*fn)(void *arg, brasa_error *err), void *arg, const char *path, brasa_error *err);

#endif
