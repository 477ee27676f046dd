/* storage/h5layout.h -- what brasa_table.layout is for HDF5, and the scans of our own tables. */
#ifndef BRASA_STORAGE_H5LAYOUT_H
#define BRASA_STORAGE_H5LAYOUT_H

#include "storage/format.h"
#include "storage/h5index.h"
#include "storage/h5lib.h"

typedef struct brasa_h5_foreign brasa_h5_foreign;

/* Rows [from, to) of a part. */
typedef struct brasa_h5_piece {
    int32_t part;
    int64_t from, to;
} brasa_h5_piece;

typedef struct brasa_h5_table {
    const brasa_h5_foreign *foreign; /* not ours: the rest is empty */
    int32_t                 nparts;
    const brasa_h5_part    *parts; /* file is a path to open */
    int32_t                 npieces;
    const brasa_h5_piece   *pieces;
    const int32_t          *starts;   /* [nparts of the table + 1]: pieces of a partition */
    bool                    numbered; /* the schema's last column is not in the parts: their number (rewrite.h) */
} brasa_h5_table;

enum { BRASA_H5_PARTITION_ROWS = 131072 };

/* A table of ours at `inner` of an open file: reads its index.  *found false: there is none that fits the file (then it may be read as foreign).  The parts' files are
 * paths; `path` is the file's. */
brasa_status brasa__h5_own_read(brasa_h5 *h, brasa_arena *arena, hid_t file, const char *path, const char *inner, bool *found,
                                brasa_h5_part **parts, int32_t *nparts, brasa_error *err);
/* Schema, counts, statistics and partitions of t from parts (t->layout). */
void brasa__h5_own_describe(brasa_arena *arena, brasa_table *t, const brasa_h5_part *parts, int32_t nparts);
/* Read every chunk of a part and compare with its hash. */
brasa_status brasa__h5_part_verify(brasa_arena *parent, const brasa_h5_part *part, int64_t *chunks, int64_t *bytes, brasa_error *err);

brasa_status brasa__h5_own_shared_open(brasa_scan_shared *s, brasa_error *err);
brasa_status brasa__h5_own_scan_open(brasa_scan *scan, brasa_error *err);
brasa_status brasa__h5_own_scan_next(brasa_scan *scan, brasa_block **block, brasa_error *err);

/* --- foreign files (h5foreign*.c) */
brasa_status brasa__h5_foreign_open(brasa_arena *arena, const brasa_read_spec *spec, const brasa_uri *uri, char **files, int32_t nfiles,
                                    brasa_table *t, brasa_error *err);
void         brasa__h5_foreign_put(brasa_wire *w, const brasa_h5_foreign *f);
const brasa_h5_foreign *brasa__h5_foreign_get(brasa_reader *r, brasa_arena *arena);
brasa_status            brasa__h5_foreign_shared_open(brasa_scan_shared *s, brasa_error *err);
brasa_status            brasa__h5_foreign_scan_open(brasa_scan *scan, brasa_error *err);
brasa_status            brasa__h5_foreign_scan_next(brasa_scan *scan, brasa_block **block, brasa_error *err);
brasa_status            brasa__h5_foreign_verify(const brasa_table *t, int64_t *chunks, int64_t *bytes, brasa_error *err);

/* --- writing (h5write.c, h5commit.c) */
brasa_status brasa__h5_prepare(brasa_arena *arena, brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema, bool *skip,
                               brasa_error *err);
/* Make room for the index of a table in its group: *self is where to write the bytes. */
brasa_status brasa__h5_place_index(brasa_h5 *h, hid_t group, size_t bytes, uint64_t *self, brasa_error *err);
brasa_status brasa__h5_writer_open(brasa_writer *w, brasa_error *err);
brasa_status brasa__h5_writer_push(brasa_writer *w, const brasa_batch *in, brasa_error *err);
brasa_status brasa__h5_writer_close(brasa_writer *w, brasa_part_info *out, brasa_error *err);
brasa_status brasa__h5_commit(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema,
                              const brasa_part_info *parts, int32_t nparts, brasa_error *err);
void         brasa__h5_rollback(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target);

/* Does the object exist, every group on the way included?  Links that lead out of the file do not count. */
bool brasa__h5_exists(brasa_h5 *h, hid_t file, const char *path);
/* Is the group a table of ours (by its attribute)? */
bool brasa__h5_is_own(brasa_h5 *h, hid_t file, const char *path);

#endif
