/* storage/h5ftype.h -- the rows of a foreign source in memory: which members, where, and the HDF5 type that says so. */
#ifndef BRASA_STORAGE_H5FTYPE_H
#define BRASA_STORAGE_H5FTYPE_H

#include "storage/h5foreign.h"

/* Members of a compound that are wanted.  Paths join the names of levels with \x01. */
typedef struct brasa_h5_members {
    const brasa_h5_field **fields; /* one per member */
    size_t                *at;
    int32_t                count, cap, at_cap;
    size_t                 width; /* of a row */
} brasa_h5_members;

void   brasa__h5_want_member(brasa_h5_members *m, brasa_arena *arena, const brasa_h5_field *f);
size_t brasa__h5_member_at(const brasa_h5_members *m, const char *member);
/* A compound in memory of the members wanted, packed; sets at[] and width.  Not kept in the session: the caller releases it.  Negative: a member is not there. */
hid_t brasa__h5_member_type(brasa_h5 *h, hid_t file_type, brasa_h5_members *m);
/* The memory type of the items of a dataset that is no compound, released by the caller, and the bytes of a row of one item. */
hid_t brasa__h5_whole_type(brasa_h5 *h, hid_t file_type, const brasa_h5_field *f, size_t *width);

#endif
