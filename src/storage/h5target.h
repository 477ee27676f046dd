/* storage/h5target.h -- what is at the place that a table is written to. */
#ifndef BRASA_STORAGE_H5TARGET_H
#define BRASA_STORAGE_H5TARGET_H

#include "storage/h5layout.h"

typedef struct brasa_h5_target {
    brasa_arena         *arena;
    const char          *path, *inner;
    bool                 file; /* there is a file */
    bool                 damaged;
    bool                 table;  /* something is at `inner` */
    bool                 own;    /* and it is a table of ours whose index fits */
    bool                 others; /* something else is in the file, to be kept */
    const brasa_h5_part *parts;
    int32_t              nparts;
} brasa_h5_target;

/* A damaged file is no error where it is to be replaced as a whole. */
brasa_status brasa__h5_target_look(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_h5_target *out,
                                   brasa_error *err);
/* May rows of the schema be appended?  UNSUPPORTED: not ours; TYPE: other columns. */
brasa_status brasa__h5_target_check_append(const brasa_h5_target *t, const char *uri, brasa_schema schema, brasa_error *err);

/* h5sweep.c.  Remove what jobs that were killed have left of the target: hidden names, and parts that belong to no table of the file. */
void brasa__h5_sweep(brasa_arena *arena, const brasa_uri *target);
/* What is no longer needed; a failure is logged. */
void brasa__h5_remove_quietly(const char *path);
void brasa__h5_remove_if_empty(brasa_arena *arena, const char *dir);
/* Give back the lock of brasa__io_lock_dir, once: a deferred call on an int. */
void brasa__h5_unlock_dir(void *fd);

#endif
