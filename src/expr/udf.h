/* expr/udf.h -- the user's functions of this program: found by name, checked between ranks, with their state blocks.
 *
 * Descriptors lie in the linker section brasa_udfs of the job program.  State blocks hang off a registry that the rank's context owner keeps: rank 0 sets
 * them, the wire form carries them to the workers before a job runs.
 */
#ifndef BRASA_EXPR_UDF_H
#define BRASA_EXPR_UDF_H

#include "base/arena.h"
#include "base/status.h"
#include "base/wire.h"
#include "brasa/udf.h"
#include "expr/agg.h"
#include "expr/expr.h"

int32_t                     brasa__udf_count(void);
const brasa_udf_descriptor *brasa__udf_at(int32_t i);
/* ASCII case ignored; NULL: none. */
const brasa_udf_descriptor *brasa__udf_find(const char *name);
/* Of all names, signatures and forms, independent of link order; ranks of one job must agree. */
uint64_t brasa__udf_table_hash(void);

/* Is it a scalar function (batch, row), an aggregate (update), or one of the table forms? */
bool brasa__udf_is_scalar(const brasa_udf_descriptor *d);
bool brasa__udf_is_aggregate(const brasa_udf_descriptor *d);

/* Signature of a scalar or aggregate: types in `arena`.  SYNTAX: a malformed descriptor (names it). */
brasa_status brasa__udf_signature(brasa_arena *arena, const brasa_udf_descriptor *d, brasa_type **args, int32_t *nargs, brasa_type *result,
                                  brasa_error *err);

/* State blocks: name -> bytes.  One registry a rank; setting again replaces.  Not for use while tasks run. */
typedef struct brasa_udf_states brasa_udf_states;
brasa_udf_states               *brasa__udf_states_new(void);
void                            brasa__udf_states_free(brasa_udf_states *s);
void                            brasa__udf_states_set(brasa_udf_states *s, const char *name, const void *bytes, size_t n);
const void                     *brasa__udf_states_get(const brasa_udf_states *s, const char *name, int64_t *bytes); /* NULL: none */
void                            brasa__udf_states_put(const brasa_udf_states *s, brasa_wire *w);
brasa_status                    brasa__udf_states_read(brasa_udf_states *s, brasa_reader *r, brasa_error *err);

/* What brasa_udf_call.internal points to: set up by whoever calls a user's function. */
typedef struct brasa_udf_frame {
    brasa_arena *arena; /* for brasa_udf_alloc; lives until the batch has been used */
    brasa_error  error; /* set by brasa_udf_error */
    bool         failed;
    const char  *name;
} brasa_udf_frame;

/* Where rows of flat_map and map_partitions go: brasa_udf_emit_row calls `row`, which copies. */
struct brasa_udf_emit {
    int (*row)(struct brasa_udf_emit *self, const brasa_value *values, int32_t n, brasa_error *err);
    brasa_schema schema;
    void        *arg;
};

/* A call frame for descriptor d, with its state block from the calling thread's context (rank). */
void brasa__udf_call_begin(brasa_udf_call *call, brasa_udf_frame *frame, brasa_arena *arena, const brasa_udf_descriptor *d);
/* What a non-zero return of the user's function means: status UDF, "function NAME failed: TEXT". */
brasa_status brasa__udf_call_failed(const brasa_udf_call *call, const char *name, brasa_error *err);

/* Binding: finds the scalar function of a CALL (library first, then user's); leaves func NULL when there is none. */
brasa_status brasa__call_resolve_name(brasa_expr *e, brasa_error *err);
/* The aggregate of that name (library first, then user's, for which a row is made in `arena`); NULL: none. */
const brasa_agg_def *brasa__agg_for(brasa_arena *arena, const char *name, int32_t nargs);

#endif
