/* frame.h -- lazy frames: plans of tables, and the actions that run them.
 *
 * A frame is a plan, not data: building one is cheap and local to rank 0.  Frames are immutable and owned by the session.  A call that fails
 * returns an inert frame, never NULL: what is built on it stays inert, the action returns the status, and brasa_last_error tells what and where, with the
 * file and line of the call that failed first.
 *
 * Text arguments are expressions, lists of expressions or orders in SQL's grammar ("amount > ? AND region = 'Sul'", "a, b + 1 AS c", "day DESC NULLS LAST, name");
 * each ? takes the next value after the text: brasa_filter(f, "amount > ?", BRASA_F64(100)).
 */
#ifndef BRASA_FRAME_H
#define BRASA_FRAME_H

#include <stdio.h>

#include "brasa/arrow.h"
#include "brasa/batch.h"
#include "brasa/expr.h"
#include "brasa/session.h"

typedef struct brasa_frame brasa_frame;

/* Where a call stands, and its parameters: filled by the macros below. */
typedef struct brasa_site {
    const char        *file;
    int32_t            line;
    const brasa_value *params; /* params[0] is a placeholder */
    int32_t            nparams;
} brasa_site;

#define BRASA_SITE_(...)                                                                          \
    ((brasa_site) {__FILE__, __LINE__, (const brasa_value[]) {{.null = true}, ##__VA_ARGS__} + 1, \
                   (int32_t)(sizeof((const brasa_value[]) {{.null = true}, ##__VA_ARGS__}) / sizeof(brasa_value)) - 1})

/* ---- sources (rank 0) ---- */

typedef struct brasa_read_options {
    const char *format;      /* "hdf5", "csv", "text", "json"; default: by suffix and first bytes */
    const char *schema;      /* csv, json: "a INT, b DECIMAL(12,2)"; default: inferred */
    char        delimiter;   /* csv */
    char        quote;       /* csv */
    int         header;      /* csv: 1 yes, -1 no, 0 find out */
    const char *null_text;   /* csv */
    bool        skip_bad;    /* csv, json: leave malformed records out */
    const char *datasets;    /* hdf5: those of the group that are columns, by their paths from it ("lat, land/flag"); default: all */
    bool        as_vector;   /* hdf5: a 2-D dataset is one vector column */
    bool    uint64_decimal;  /* hdf5: unsigned 64-bit numbers are DECIMAL(20,0); default: BIGINT, and an error at one that does not fit */
    bool    allow_external;  /* hdf5: follow external links and storage, load filter plugins */
    int64_t partition_bytes; /* csv, text, json */
    const char *options;     /* others that read_csv of SQL has, a line each: "comment=#\nencoding=latin1" */
} brasa_read_options;

/* A table of "file.h5:/group", "file.csv", "dir/", "glob*.csv".  Reads metadata only.  NOT_FOUND, CORRUPT, UNSUPPORTED, INVALID. */
#define brasa_read(s, uri, ...) brasa_read_at((s), (uri), &(brasa_read_options) {__VA_ARGS__}, BRASA_SITE_())
brasa_frame *brasa_read_at(brasa_session *s, const char *uri, const brasa_read_options *o, brasa_site at);

/* One BIGINT column "id": start, start + step, ... below end. */
#define brasa_range(s, start, end, step) brasa_range_at((s), (start), (end), (step), BRASA_SITE_())
brasa_frame *brasa_range_at(brasa_session *s, int64_t start, int64_t end, int64_t step, brasa_site at);

/* Rows of the caller's memory, copied: nrows * columns of `schema` ("a INT, b STRING") values, row by row. */
#define brasa_values(s, schema, ...) brasa_values_at((s), (schema), __VA_ARGS__, BRASA_SITE_()) /* values, nrows */
brasa_frame *brasa_values_at(brasa_session *s, const char *schema, const brasa_value *values, int32_t nrows, brasa_site at);

/* Name a frame for SQL text and brasa_table.  Replaces a view of that name. */
#define brasa_view(f, name) brasa_view_at((f), (name), BRASA_SITE_())
brasa_status brasa_view_at(brasa_frame *f, const char *name, brasa_site at);
#define brasa_table(s, name) brasa_table_at((s), (name), BRASA_SITE_())
brasa_frame *brasa_table_at(brasa_session *s, const char *name, brasa_site at);

/* ---- rows and columns ---- */

#define brasa_select(f, text, ...) brasa_select_at((f), (text), BRASA_SITE_(__VA_ARGS__))
brasa_frame *brasa_select_at(brasa_frame *f, const char *list, brasa_site at);
#define brasa_select_exprs(f, ...) brasa_select_exprs_at((f), __VA_ARGS__, BRASA_SITE_()) /* exprs, n */
brasa_frame *brasa_select_exprs_at(brasa_frame *f, brasa_expression *const *exprs, int32_t n, brasa_site at);

#define brasa_with_column(f, name, text, ...) brasa_with_column_at((f), (name), (text), BRASA_SITE_(__VA_ARGS__))
brasa_frame *brasa_with_column_at(brasa_frame *f, const char *name, const char *text, brasa_site at);
#define brasa_with_column_expr(f, name, e) brasa_with_column_expr_at((f), (name), (e), BRASA_SITE_())
brasa_frame *brasa_with_column_expr_at(brasa_frame *f, const char *name, brasa_expression *e, brasa_site at);

#define brasa_rename(f, from, to) brasa_rename_at((f), (from), (to), BRASA_SITE_())
brasa_frame *brasa_rename_at(brasa_frame *f, const char *from, const char *to, brasa_site at);
/* "a, b": columns to leave out. */
#define brasa_drop(f, names) brasa_drop_at((f), (names), BRASA_SITE_())
brasa_frame *brasa_drop_at(brasa_frame *f, const char *names, brasa_site at);
/* Give all columns a qualifier: "l" makes them l.a, l.b. */
#define brasa_alias(f, name) brasa_alias_at((f), (name), BRASA_SITE_())
brasa_frame *brasa_alias_at(brasa_frame *f, const char *name, brasa_site at);

#define brasa_filter(f, text, ...) brasa_filter_at((f), (text), BRASA_SITE_(__VA_ARGS__))
brasa_frame *brasa_filter_at(brasa_frame *f, const char *text, brasa_site at);
#define brasa_filter_expr(f, e) brasa_filter_expr_at((f), (e), BRASA_SITE_())
brasa_frame *brasa_filter_expr_at(brasa_frame *f, brasa_expression *e, brasa_site at);

/* ---- joins ---- */

typedef enum brasa_join_how { BRASA_INNER, BRASA_LEFT, BRASA_RIGHT, BRASA_FULL, BRASA_SEMI, BRASA_ANTI, BRASA_CROSS } brasa_join_how;

typedef struct brasa_join_options {
    const char    *using_columns; /* "a, b": equal in both, once in the result */
    brasa_join_how how;
    const char    *strategy; /* "broadcast" (the right side), "partitioned"; default: by size */
} brasa_join_options;

/* Join on a condition over both sides' columns ("l.id = r.id AND l.t < r.t"; qualifiers from brasa_alias, brasa_view or left./right.); NULL with .using_columns or BRASA_CROSS. */
#define brasa_join(left, right, on, ...) brasa_join_at((left), (right), (on), &(brasa_join_options) {__VA_ARGS__}, BRASA_SITE_())
brasa_frame *brasa_join_at(brasa_frame *left, brasa_frame *right, const char *on, const brasa_join_options *o, brasa_site at);

/* ---- groups ---- */

/* One row per distinct combination of the keys ("region, year(day) AS y"; "" or NULL: one row in all) with aggregates ("sum(x) AS total, count(*) AS n"). */
#define brasa_aggregate(f, keys, aggregates, ...) brasa_aggregate_at((f), (keys), (aggregates), BRASA_SITE_(__VA_ARGS__))
brasa_frame *brasa_aggregate_at(brasa_frame *f, const char *keys, const char *aggregates, brasa_site at);
#define brasa_distinct(f) brasa_distinct_at((f), BRASA_SITE_())
brasa_frame *brasa_distinct_at(brasa_frame *f, brasa_site at);
/* Per key, fold the value column with the `combine` function of a BRASA_UDF. */
#define brasa_reduce_by_key(f, keys, value, udf) brasa_reduce_by_key_at((f), (keys), (value), (udf), BRASA_SITE_())
brasa_frame *brasa_reduce_by_key_at(brasa_frame *f, const char *keys, const char *value, const char *udf, brasa_site at);

/* ---- sets; columns are matched by position, `all` keeps duplicates ---- */

#define brasa_union(a, b, all) brasa_union_at((a), (b), (all), BRASA_SITE_())
brasa_frame *brasa_union_at(brasa_frame *a, brasa_frame *b, bool all, brasa_site at);
#define brasa_intersect(a, b, all) brasa_intersect_at((a), (b), (all), BRASA_SITE_())
brasa_frame *brasa_intersect_at(brasa_frame *a, brasa_frame *b, bool all, brasa_site at);
#define brasa_except(a, b, all) brasa_except_at((a), (b), (all), BRASA_SITE_())
brasa_frame *brasa_except_at(brasa_frame *a, brasa_frame *b, bool all, brasa_site at);

/* ---- order, pieces ---- */

/* Totally sorted, across partitions; ascending puts nulls first unless NULLS LAST is said. */
#define brasa_sort(f, order, ...) brasa_sort_at((f), (order), BRASA_SITE_(__VA_ARGS__))
brasa_frame *brasa_sort_at(brasa_frame *f, const char *order, brasa_site at);
#define brasa_limit(f, limit, offset) brasa_limit_at((f), (limit), (offset), BRASA_SITE_())
brasa_frame *brasa_limit_at(brasa_frame *f, int64_t limit, int64_t offset, brasa_site at);
/* Each row with this probability; the same rows for the same seed. */
#define brasa_sample(f, fraction, seed) brasa_sample_at((f), (fraction), (seed), BRASA_SITE_())
brasa_frame *brasa_sample_at(brasa_frame *f, double fraction, uint64_t seed, brasa_site at);
/* nparts partitions (0: from the data volume) by the hash of keys, by ranges of an order, or (both NULL) evenly. */
typedef struct brasa_repartition_options {
    const char *hash;  /* "a, b" */
    const char *range; /* "a DESC, b" */
} brasa_repartition_options;
#define brasa_repartition(f, nparts, ...) brasa_repartition_at((f), (nparts), &(brasa_repartition_options) {__VA_ARGS__}, BRASA_SITE_())
brasa_frame *brasa_repartition_at(brasa_frame *f, int32_t nparts, const brasa_repartition_options *o, brasa_site at);

/* A row per element of a list; the element comes as column `name`. */
typedef struct brasa_explode_options {
    bool        outer;    /* keep rows whose list is empty or null */
    const char *position; /* also a column of this name with the position from 0 */
} brasa_explode_options;
#define brasa_explode(f, list, name, ...) brasa_explode_at((f), (list), (name), &(brasa_explode_options) {__VA_ARGS__}, BRASA_SITE_())
brasa_frame *brasa_explode_at(brasa_frame *f, const char *list, const char *name, const brasa_explode_options *o, brasa_site at);

/* Rows through a BRASA_UDF with .flat_map or .map_partition. */
#define brasa_flat_map(f, udf) brasa_flat_map_at((f), (udf), BRASA_SITE_())
brasa_frame *brasa_flat_map_at(brasa_frame *f, const char *udf, brasa_site at);
#define brasa_map_partitions(f, udf) brasa_map_partitions_at((f), (udf), BRASA_SITE_())
brasa_frame *brasa_map_partitions_at(brasa_frame *f, const char *udf, brasa_site at);

/* Keep the rows in the workers' memory when the first action computes them.  cache returns a frame that reads them; persist runs at once. */
#define brasa_cache(f) brasa_cache_at((f), BRASA_SITE_())
brasa_frame *brasa_cache_at(brasa_frame *f, brasa_site at);
#define brasa_persist(f) brasa_persist_at((f), BRASA_SITE_())
brasa_frame *brasa_persist_at(brasa_frame *f, brasa_site at);
#define brasa_unpersist(f) brasa_unpersist_at((f), BRASA_SITE_())
brasa_status brasa_unpersist_at(brasa_frame *f, brasa_site at);

/* ---- what a frame is ---- */

/* Status of a frame: BRASA_OK, or why it is inert. */
brasa_status brasa_status_of(const brasa_frame *f);
/* Names and types; owned by the frame; ncols 0 for an inert one. */
brasa_schema brasa_schema_of(const brasa_frame *f);
/* " |-- name: TYPE (nullable)" lines on standard output. */
brasa_status brasa_print_schema(brasa_frame *f);

typedef enum brasa_explain_mode {
    BRASA_EXPLAIN_SIMPLE,
    BRASA_EXPLAIN_FORMATTED,
    BRASA_EXPLAIN_STAGES,
    BRASA_EXPLAIN_ANALYZE
} brasa_explain_mode;
/* Print the plan: SIMPLE the optimised tree, FORMATTED with estimates and details, STAGES what workers will run, ANALYZE runs it and prints true rows, times, bytes moved and skew (brasa_metrics has them as numbers). */
brasa_status brasa_explain(brasa_frame *f, brasa_explain_mode mode);

/* ---- actions: run a job (rank 0; the workers take part) ---- */

/* Print the first `rows` rows as a table on standard output. */
#define brasa_show(f, rows) brasa_show_at((f), (rows), BRASA_SITE_())
brasa_status brasa_show_at(brasa_frame *f, int64_t rows, brasa_site at);
#define brasa_count(f, out) brasa_count_at((f), (out), BRASA_SITE_())
brasa_status brasa_count_at(brasa_frame *f, int64_t *out, brasa_site at);
/* Count, nulls, mean, standard deviation, min, max of every column, as a frame. */
#define brasa_describe(f) brasa_describe_at((f), BRASA_SITE_())
brasa_frame *brasa_describe_at(brasa_frame *f, brasa_site at);

/* All rows in the driver's memory. */
typedef struct brasa_result brasa_result;
#define brasa_collect(f, out) brasa_collect_at((f), (out), BRASA_SITE_())
brasa_status brasa_collect_at(brasa_frame *f, brasa_result **out, brasa_site at);
int64_t      brasa_result_rows(const brasa_result *r);
brasa_schema brasa_result_schema(const brasa_result *r);
int32_t      brasa_result_batches(const brasa_result *r);
/* Columns are FLAT, without selection; owned by the result.  NULL: no such batch. */
const brasa_batch *brasa_result_batch(const brasa_result *r, int32_t i);
/* One value; strings owned by the result.  A null of type VOID: no such row or column. */
brasa_value brasa_result_value(const brasa_result *r, int64_t row, int32_t col);
/* Schema and batches by the Arrow C Data Interface: a struct array per batch, its children the columns.  Values are shared where Arrow has the same form, and hold
 * the rows until they are released: that may be after brasa_result_free, but must be on rank 0's main thread and before brasa_stop.  INVALID: no such batch;
 * UNSUPPORTED: over 2 GB of one column's text in a batch; ARITHMETIC: an interval that Arrow cannot hold. */
brasa_status brasa_result_arrow_schema(const brasa_result *r, struct ArrowSchema *out);
brasa_status brasa_result_arrow(const brasa_result *r, int32_t batch, struct ArrowArray *out);
/* The text of a value as CAST(x AS STRING) gives it ("NULL" for null; intervals without their frame, as 1-2), in memory that brasa_text_free releases.
 * bytes: NULL, or where its length goes, for texts that hold NUL bytes; there is one behind the last in any case. */
char *brasa_value_text_new(const brasa_value *v, size_t *bytes);
void  brasa_text_free(char *text);
/* Print as a table. */
void brasa_result_print(const brasa_result *r, FILE *to);
void brasa_result_free(brasa_result *r);

/* Call fn for every batch, in order; streams partition by partition, so the result may be larger than the driver's memory.  A non-zero return stops with CANCELLED. */
#define brasa_foreach_batch(f, fn, arg) brasa_foreach_batch_at((f), (fn), (arg), BRASA_SITE_())
brasa_status brasa_foreach_batch_at(brasa_frame *f, int (*fn)(void *arg, const brasa_batch *batch), void *arg, brasa_site at);

typedef enum brasa_write_mode { BRASA_ERROR_IF_EXISTS, BRASA_OVERWRITE, BRASA_APPEND, BRASA_IGNORE } brasa_write_mode;
typedef struct brasa_write_options {
    brasa_write_mode mode;
    const char      *format;     /* default: by suffix */
    const char      *codec;      /* hdf5: "none", "deflate", "zstd", "lz4" */
    char             delimiter;  /* csv */
    bool             no_header;  /* csv */
    const char      *null_text;  /* csv */
    int32_t          chunk_rows; /* hdf5 */
    const char      *array; /* hdf5: "t, y, x": these columns are coordinates, the others become arrays over them, as netCDF has them */
} brasa_write_options;
/* Write a table: all of it becomes visible at once, or nothing. */
#define brasa_write(f, uri, ...) brasa_write_at((f), (uri), &(brasa_write_options) {__VA_ARGS__}, BRASA_SITE_())
brasa_status brasa_write_at(brasa_frame *f, const char *uri, const brasa_write_options *o, brasa_site at);

#endif
