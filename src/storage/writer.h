/* storage/writer.h -- tables onto disk: part files by tasks, one rename by rank 0.
 *
 * Rank 0 checks and prepares; each task writes its own part beside the target; rank 0 commits with one rename (or rolls back).  Until
 * the commit nothing is visible under the target's name, and after it everything is.
 */
#ifndef BRASA_STORAGE_WRITER_H
#define BRASA_STORAGE_WRITER_H

#include "storage/table.h"

typedef enum brasa_save_mode { BRASA_SAVE_ERROR, BRASA_SAVE_OVERWRITE, BRASA_SAVE_APPEND, BRASA_SAVE_IGNORE } brasa_save_mode;

typedef struct brasa_write_spec {
    const char     *uri;    /* "out/revenue.h5:/revenue", "out.csv", "out_dir/" */
    brasa_format    format; /* AUTO: by suffix */
    brasa_save_mode mode;
    const char     *codec;      /* HDF5: NULL or "none", "deflate", "zstd", "lz4" */
    char            delimiter;  /* CSV */
    bool            no_header;  /* CSV */
    const char     *null_text;  /* CSV; NULL: the empty field */
    int32_t         chunk_rows; /* HDF5; 0: default */
    const char     *array;      /* HDF5: columns that are coordinates ("t, y, x"); the others become arrays over them.  NULL: a table */
    uint64_t        job;        /* makes temporary names unique; set by prepare */
    const struct brasa_rewrite *rewrite; /* rank 0, mode OVERWRITE: some of the table's files stay (rewrite.h); NULL: all is new */
} brasa_write_spec;

/* Rank 0, before the job: resolves format and names, makes the temporary directory.  *skip: mode IGNORE and the target is there.  EXISTS: mode ERROR and it is; TYPE: APPEND with
 * another schema; UNSUPPORTED: a type this format cannot hold; NO_SPACE, IO. */
brasa_status brasa__write_prepare(brasa_arena *arena, brasa_write_spec *spec, brasa_schema schema, bool *skip, brasa_error *err);
void         brasa__write_spec_put(brasa_wire *w, const brasa_write_spec *spec);
void         brasa__write_spec_get(brasa_reader *r, brasa_arena *arena, brasa_write_spec *spec);

typedef struct brasa_part_info {
    int32_t part;
    int64_t rows;
    int64_t bytes;
} brasa_part_info;

/* A task: writes part `part` (0..): rows of part i come before those of i + 1 in the table.  close re-reads and checks, fsyncs.  A part without rows may be left out. */
typedef struct brasa_writer brasa_writer;
brasa_status brasa__writer_open(const brasa_write_spec *spec, brasa_schema schema, int32_t part, brasa_writer **out, brasa_error *err);
brasa_status brasa__writer_push(brasa_writer *w, const brasa_batch *in, brasa_error *err);
brasa_status brasa__writer_close(brasa_writer *w, brasa_part_info *out, brasa_error *err); /* frees w also on failure */
void         brasa__writer_abort(brasa_writer *w);                                         /* NULL is ignored */

/* Rank 0, after all tasks: the parts (in any order, those with rows) become the table.  A single HDF5 part becomes the file itself; many get a master file of virtual datasets.
 * CSV, text: parts are joined into one file, or stay in a directory when the uri ends in '/'. */
brasa_status brasa__write_commit(const brasa_write_spec *spec, brasa_schema schema, const brasa_part_info *parts, int32_t nparts,
                                 brasa_error *err);
void         brasa__write_rollback(const brasa_write_spec *spec);

#endif
