/* storage/h5commit.h -- inside of a commit: the parts that become a table. */
#ifndef BRASA_STORAGE_H5COMMIT_H
#define BRASA_STORAGE_H5COMMIT_H

#include "storage/h5target.h"

typedef struct brasa_h5_commit_state {
    brasa_arena            *arena;
    const brasa_write_spec *spec;
    const brasa_uri        *target;
    brasa_schema            schema;
    brasa_h5_target         old;
    const brasa_h5_part    *stay; /* parts of the old table that are in the new one */
    int32_t                 nstay;
    const char             *store; /* "<file>.parts/<job>", where the parts go */
    const char             *rel;   /* the same, from the target's directory */
    const char             *master;
} brasa_h5_commit_state;

/* The indexes of the new parts, and their names as they will be. */
brasa_status brasa__h5_load_parts(const brasa_h5_commit_state *c, const brasa_part_info *parts, int32_t n, brasa_h5_part *out,
                                  brasa_error *err);
/* h5merge.c: small parts, and small tables that are appended to, become one part; *n is 1 afterwards if they did. */
brasa_status brasa__h5_merge(brasa_h5_commit_state *c, const brasa_part_info **parts, int32_t *n, brasa_error *err);

#endif
