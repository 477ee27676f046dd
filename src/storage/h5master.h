/* storage/h5master.h -- a table of several parts, as one file that other programs can open. */
#ifndef BRASA_STORAGE_H5MASTER_H
#define BRASA_STORAGE_H5MASTER_H

#include "storage/h5layout.h"
#include "storage/h5out.h"

typedef struct brasa_h5_master {
    const char          *path;  /* to write */
    const char          *inner; /* of the table; in the parts too */
    const char          *base;  /* NULL: a new file; else a file whose bytes `path` has already: the table at `inner` is replaced in it */
    brasa_schema         schema;
    const brasa_h5_part *parts; /* file: relative to where the master will be */
    int32_t              nparts;
} brasa_h5_master;

/* Write and fsync it. */
brasa_status brasa__h5_master_write(brasa_arena *arena, const brasa_h5_master *m, brasa_error *err);

#endif
