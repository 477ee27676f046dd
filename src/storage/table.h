/* storage/table.h -- a stored table: opened on rank 0, described in the plan, scanned by tasks.
 *
 * A table is cut into partitions that follow files and chunks, never the number of ranks.  brasa__table_open reads all the metadata once (rank 0); the description
 * travels in its wire form; tasks open scans from it.  A scan decodes the columns asked for and skips chunks that statistics rule out; it may
 * yield rows that a predicate refuses (the filter above stays).
 */
#ifndef BRASA_STORAGE_TABLE_H
#define BRASA_STORAGE_TABLE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/wire.h"
#include "data/block.h"

typedef enum brasa_format { BRASA_FORMAT_AUTO, BRASA_FORMAT_HDF5, BRASA_FORMAT_CSV, BRASA_FORMAT_TEXT, BRASA_FORMAT_JSON } brasa_format;

/* How to read.  NULL and 0 mean: find out, or the default. */
typedef struct brasa_read_spec {
    const char *uri; /* "path", "path:/inner/group", "dir/", "glob*.csv" */
    /* AUTO: by suffix (.h5 .hdf5 .he5 .nc .csv .tsv .tbl .txt .jsonl .json .ndjson, with .gz .zst .bz2 .lz4 behind it) and by the file's first bytes. */
    brasa_format format;
    const char  *schema;          /* CSV, JSON: columns and types as text; "" or NULL: inferred */
    char         delimiter;       /* CSV; 0: ',' ('\t' for .tsv, '|' for .tbl), or found out where the first record has none */
    char         quote;           /* CSV; 0: '"' */
    int8_t       header;          /* CSV: 0 find out, 1 yes, -1 no */
    const char  *null_text;       /* CSV: this text (unquoted) is null; NULL: the empty field is */
    const char  *separator;       /* CSV: a delimiter of several characters; NULL: none */
    char         escape;          /* CSV: before a quote inside quotes; 0: the quote itself, doubled */
    char         comment;         /* CSV: lines that begin with it are left out; 0: none */
    char         decimal;         /* CSV: the point of numbers; 0: '.' */
    int64_t      skip;            /* CSV: lines before the header that are none */
    bool         pad;             /* CSV: fields that are missing at the end of a record are null */
    bool         lenient;         /* CSV: so are values that do not fit their type; fields too many are left out */
    bool         all_text;        /* CSV: no types are guessed */
    const char  *encoding;        /* CSV, text, JSON: as iconv calls it; NULL: UTF-8, or UTF-16 if a byte order mark says so */
    bool         skip_bad;        /* CSV, JSON: leave out malformed records (counted in the log) instead of failing */
    const char  *datasets;        /* HDF5: those of the group that are columns, by their paths from it ("lat, land/flag"); NULL: all */
    bool         as_vector;       /* HDF5: a 2-D dataset is one VECTOR column, not one column per column */
    bool         uint64_decimal;  /* HDF5: unsigned numbers of 64 bits are DECIMAL(20,0), not BIGINT */
    bool         allow_external;  /* HDF5: external links, external storage and plugins may be followed */
    int64_t      partition_bytes; /* CSV, text, JSON: about this much per partition; 0: 16 MiB */
} brasa_read_spec;

/* Equi-depth: as many values between any two bounds.  Values as numbers that keep their order (plan/estimate.h). */
typedef struct brasa_histogram {
    int32_t       steps;
    const double *bounds; /* [steps + 1], ascending */
} brasa_histogram;

typedef struct brasa_column_stats {
    bool                   known;
    brasa_value            min, max; /* of all rows; meaningful when has_range */
    bool                   has_range;
    int64_t                nulls;     /* -1: unknown */
    double                 distinct;  /* estimate; 0: unknown */
    double                 bytes;     /* average per row */
    const brasa_histogram *histogram; /* NULL: none */
} brasa_column_stats;

typedef struct brasa_table {
    brasa_format        format;
    const char         *uri;
    brasa_schema        schema;
    int64_t             rows; /* -1: unknown (text formats: estimated below) */
    double              rows_estimate;
    int64_t             bytes;  /* on disk */
    int32_t             nparts; /* partitions, each a task; may be 0 for an empty table */
    brasa_column_stats *stats;  /* [schema.ncols] */
    const void         *layout; /* of the format: files, chunks */
} brasa_table;

/* An option by its name (of ours, DuckDB's or Spark's) and text, as in "delim", "|".  INVALID: no such option, or no such value of it. */
bool         brasa__is_read_option(const char *name);
brasa_status brasa__read_option(brasa_arena *arena, brasa_read_spec *spec, const char *name, const char *value, brasa_error *err);

/* Rank 0.  NOT_FOUND: no such file, group, dataset (with near names); CORRUPT: damaged; UNSUPPORTED: a layout that is no table (says what is there). */
brasa_status brasa__table_open(brasa_arena *arena, const brasa_read_spec *spec, brasa_table **out, brasa_error *err);

/* What is known of a column, but for its histogram. */
void         brasa__column_stats_put(brasa_wire *w, const brasa_column_stats *s);
void         brasa__column_stats_get(brasa_reader *r, brasa_arena *arena, brasa_column_stats *s);
void         brasa__table_put(brasa_wire *w, const brasa_table *t);
brasa_table *brasa__table_get(brasa_reader *r, brasa_arena *arena);

/* A condition that a chunk's statistics can refute: col OP value; joined by AND. */
typedef enum brasa_scan_op {
    BRASA_SCAN_EQ,
    BRASA_SCAN_LT,
    BRASA_SCAN_LE,
    BRASA_SCAN_GT,
    BRASA_SCAN_GE,
    BRASA_SCAN_IN,
    BRASA_SCAN_IS_NULL,
    BRASA_SCAN_NOT_NULL
} brasa_scan_op;
typedef struct brasa_scan_test {
    int32_t            col; /* of the table's schema */
    brasa_scan_op      op;
    int32_t            nvalues; /* 1; IN: any; IS_NULL, NOT_NULL: 0 */
    const brasa_value *values;  /* of the column's type */
} brasa_scan_test;

/* What the tasks of one stage on one rank share: open files behind one lock, counters. */
typedef struct brasa_scan_shared brasa_scan_shared;
brasa_status                     brasa__scan_shared_open(brasa_arena *arena, const brasa_table *t, const int32_t *cols, int32_t ncols,
                                                         const brasa_scan_test *tests, int32_t ntests, brasa_scan_shared **out, brasa_error *err);
void                             brasa__scan_shared_close(brasa_scan_shared *s);

/* One task: blocks of the columns asked for, in order.  *block is NULL at the end.  Any thread, one at a time. */
typedef struct brasa_scan brasa_scan;
brasa_status              brasa__scan_open(brasa_scan_shared *s, int32_t partition, brasa_scan **out, brasa_error *err);
brasa_status              brasa__scan_next(brasa_scan *scan, brasa_block **block, brasa_error *err);
void                      brasa__scan_close(brasa_scan *scan);
typedef struct brasa_scan_stats {
    int64_t bytes_read, chunks_read, chunks_skipped, rows, bad_records;
} brasa_scan_stats;
brasa_scan_stats brasa__scan_shared_stats(const brasa_scan_shared *s);

/* Re-read every chunk of every file and compare with its checksum.  CORRUPT names file, dataset and chunk; counts what was checked. */
brasa_status brasa__table_verify(const brasa_table *t, int64_t *chunks, int64_t *bytes, brasa_error *err);

/* The version of the HDF5 library, e.g. "1.10.8". */
void brasa__hdf5_version(char *out, size_t room);

#endif
