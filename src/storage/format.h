/* storage/format.h -- what a format must do: one row of functions each, in format.c.
 *
 * table.c and writer.c hold what formats share (names, dispatch, the parts of the structs below that every format needs) and call the row of
 * the table's format.  Allocation throws, so whatever a format holds must hang off an arena of these structs: memory by allocating in it,
 * descriptors and buffers by brasa__arena_defer on it.
 */
#ifndef BRASA_STORAGE_FORMAT_H
#define BRASA_STORAGE_FORMAT_H

#include <stdatomic.h>

#include "storage/table.h"
#include "storage/uri.h"
#include "storage/writer.h"

typedef struct brasa_format_class brasa_format_class;

struct brasa_scan_shared {
    const brasa_format_class *cls;
    const brasa_table        *table; /* outlives the scan */
    brasa_arena              *arena; /* freed by brasa__scan_shared_close; used under no lock: only while opening */
    int32_t                   ncols;
    const int32_t            *cols; /* [ncols] of the table's schema, copied */
    int32_t                   ntests;
    const brasa_scan_test    *tests;                                                      /* copied */
    atomic_llong              bytes_read, chunks_read, chunks_skipped, rows, bad_records; /* formats add to them */
    void                     *state;                                                      /* of the format, in `arena` */
};

struct brasa_scan {
    brasa_scan_shared *shared;
    brasa_arena       *arena; /* freed by brasa__scan_close */
    int32_t            partition;
    void              *state; /* of the format, in `arena` */
};

struct brasa_writer {
    const brasa_format_class *cls;
    brasa_arena              *arena;  /* freed by close and abort */
    brasa_write_spec          spec;   /* copied; spec.format is resolved */
    brasa_uri                 target; /* spec.uri, parsed */
    brasa_schema              schema; /* copied */
    int32_t                   part;
    int64_t                   rows;  /* pushed so far: counted by brasa__writer_push */
    void                     *state; /* of the format, in `arena` */
};

struct brasa_format_class {
    brasa_format       format;
    const char        *name;     /* "HDF5", for messages */
    const char *const *suffixes; /* with the dot, lower case, NULL at the end */

    /* --- reading.  open (rank 0): files[nfiles] exist; t has format and uri set and is else zero: set schema, rows, rows_estimate, bytes, nparts, stats, layout. */
    brasa_status (*open)(brasa_arena *arena, const brasa_read_spec *spec, const brasa_uri *uri, char **files, int32_t nfiles,
                         brasa_table *t, brasa_error *err);
    /* The layout's wire form; schema, counts and statistics are sent by table.c (nothing else of t needs sending).  get sets r->bad on nonsense. */
    void (*put_layout)(brasa_wire *w, const brasa_table *t);
    void (*get_layout)(brasa_reader *r, brasa_arena *arena, brasa_table *t);
    /* shared_open may set s->state; shared_close (may be NULL) runs before s->arena is freed. */
    brasa_status (*shared_open)(brasa_scan_shared *s, brasa_error *err);
    void (*shared_close)(brasa_scan_shared *s);
    brasa_status (*scan_open)(brasa_scan *scan, brasa_error *err);
    brasa_status (*scan_next)(brasa_scan *scan, brasa_block **block,
                              brasa_error *err); /* *block NULL: the end.  Columns in the order of shared->cols */
    void (*scan_close)(brasa_scan *scan);        /* may be NULL */
    brasa_status (*verify)(const brasa_table *t, int64_t *chunks, int64_t *bytes, brasa_error *err); /* NULL: nothing to verify */

    /* --- writing.  prepare (rank 0): spec->format and spec->job are set, `target` is spec->uri. */
    brasa_status (*prepare)(brasa_arena *arena, brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema, bool *skip,
                            brasa_error *err);
    brasa_status (*writer_open)(brasa_writer *w, brasa_error *err);
    brasa_status (*writer_push)(brasa_writer *w, const brasa_batch *in, brasa_error *err);
    brasa_status (*writer_close)(
        brasa_writer *w, brasa_part_info *out,
        brasa_error *err);                 /* out->part and ->rows are set; on failure leave nothing open: w->arena is freed next */
    void (*writer_abort)(brasa_writer *w); /* may be NULL: freeing w->arena is enough */
    brasa_status (*commit)(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema,
                           const brasa_part_info *parts, int32_t nparts,
                           brasa_error *err); /* parts sorted by number, those with rows only */
    void (*rollback)(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target);
};

/* The row of a format; never NULL for a resolved one. */
const brasa_format_class       *brasa__format_class(brasa_format format);
extern const brasa_format_class brasa__hdf5_class, brasa__csv_class, brasa__text_class, brasa__json_class;

/* By suffix of the name, else by the first bytes of the file (pass NULL to look at the name only); AUTO when neither tells. */
brasa_format brasa__format_of_name(const char *path);
brasa_status brasa__format_detect(const char *path, brasa_format *out, brasa_error *err);

/* --- what writers of all formats share (writer.c) */
/* "<dir>/.<base>.brasa-<job>": the job's own directory for parts, beside the target, so that a rename stays in one file system. */
char *brasa__write_temp_dir(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target);
/* "<temp dir>/part-00042<suffix>" */
char *brasa__write_part_path(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, int32_t part, const char *suffix);
/* Save modes ERROR and IGNORE against a target that is (`exists`) there: EXISTS, or *skip. */
brasa_status brasa__write_check_mode(const brasa_write_spec *spec, bool exists, bool *skip, brasa_error *err);
/* Make the target's directory (with parents) and the temporary directory. */
brasa_status brasa__write_make_temp(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_error *err);
/* sweep.c.  Beside the temporary directory: who works in it; and no longer. */
brasa_status brasa__write_own(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_error *err);
void         brasa__write_disown(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target);
/* What a format keeps elsewhere of a job (its number in 16 hexadecimal digits) that was killed before it committed, or after. */
typedef struct brasa_write_left {
    void (*remove)(void *arg, const char *job);
    void *arg;
} brasa_write_left;
/* Remove what killed writes to the target have left; left may be NULL. */
void brasa__write_sweep(brasa_arena *arena, const brasa_uri *target, const brasa_write_left *left);
/* Remove the temporary directory and what is in it, if it is there; errors are logged. */
void brasa__write_remove_temp(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target);

#endif
