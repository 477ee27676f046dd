/* udf.h -- user functions in plain C.
 *
 * Only rank 0 runs the user's main, so functions reach the workers by name: a descriptor in a linker section of the job program.  Start-up checks that every
 * rank has the same table and the same build.
 *
 *     static int twice(brasa_udf_call *call)
 *     {
 *         const double *x = call->args[0].values;
 *         double       *y = call->out;
 *         for (int32_t i = 0; i < call->rows; i++) y[i] = 2 * x[i];
 *         return 0;
 *     }
 *     BRASA_UDF(twice, .batch = twice, .args = "DOUBLE", .returns = "DOUBLE");
 *
 * and "twice(price)" works in expressions and SQL.
 */
#ifndef BRASA_UDF_H
#define BRASA_UDF_H

#include "brasa/batch.h"

/* What a batch function gets.  Arguments are FLAT columns of `rows` rows without selection.  Return 0, or anything else after brasa_udf_error. */
typedef struct brasa_udf_call {
    int32_t                rows;
    int32_t                nargs;
    const brasa_column    *args;
    void                  *out;   /* scalar: values of the result, room for `rows` */
    uint64_t              *valid; /* scalar: result bits, all set to begin with (rows with a null argument are not passed unless .nulls) */
    const void            *state; /* the state block set by brasa_udf_state_set, copied to every worker; NULL: none */
    int64_t                state_bytes;
    struct brasa_udf_emit *emit; /* flat_map, map_partitions: where rows go */
    void                  *internal;
} brasa_udf_call;

/* One row of values, for row forms. */
typedef struct brasa_udf_descriptor {
    const char *name;
    const char *args;    /* "DOUBLE, STRING": argument types; flat_map, map_partitions: the input columns "a INT, b STRING", or NULL: any */
    const char *returns; /* scalar and aggregate: a type; flat_map, map_partitions: columns "word STRING, n BIGINT" */
    bool        nulls;   /* see null arguments */
    bool        volatile_; /* another value at each call */
    /* Scalar and filter (returns BOOLEAN): one of these. */
    int (*batch)(brasa_udf_call *call);
    int (*row)(const brasa_value *args, int32_t nargs, brasa_value *out, brasa_udf_call *call);
    /* flat_map: called per batch; map_partitions: per batch, and once more with rows 0 at the end of the partition when `at_end`. */
    int (*flat_map)(brasa_udf_call *call);
    int (*map_partition)(brasa_udf_call *call, bool at_end, void **local);
    /* reduce_by_key: acc = acc + value, both the raw C value of the value column's type; associative and commutative. */
    int (*combine)(void *acc, const void *value, brasa_udf_call *call);
    /* Aggregate: a state of `state_bytes` plain bytes, moved by memcpy. */
    int64_t state_bytes;
    int (*init)(void *state);
    int (*update)(void *state, const brasa_value *args, int32_t nargs, brasa_udf_call *call);
    int (*merge)(void *state, const void *other);
    int (*finish)(const void *state, brasa_value *out, brasa_udf_call *call);
} brasa_udf_descriptor;

/* Say what went wrong, then return non-zero.  Worker. */
int brasa_udf_error(brasa_udf_call *call, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Memory that lives until the batch has been used (strings of results). */
void *brasa_udf_alloc(brasa_udf_call *call, size_t bytes);
/* Set a STRING or BINARY result: copies. */
void brasa_udf_set_string(brasa_udf_call *call, int32_t row, const char *text, size_t bytes);
/* flat_map, map_partitions: emit a row (values are copied). */
int brasa_udf_emit_row(brasa_udf_call *call, const brasa_value *values, int32_t n);

#define BRASA_UDF(id, ...)                                                                                                                  \
    static const brasa_udf_descriptor                                                     brasa_udf_desc_##id = {.name = #id, __VA_ARGS__}; \
    __attribute__((used, section("brasa_udfs"))) static const brasa_udf_descriptor *const brasa_udf_ptr_##id = &brasa_udf_desc_##id

#endif
