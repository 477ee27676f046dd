/* exec/agg_func.h -- what an aggregate does with its states.
 *
 * A state is plain memory inside a group's row, zeroed when the group is made (zero is the empty state) and 8-byte aligned.  What grows (strings, lists, wide sums)
 * lies in an arena of the table.  States do not depend on the order of the rows, unless the aggregate is `ordered`.
 */
#ifndef BRASA_EXEC_AGG_FUNC_H
#define BRASA_EXEC_AGG_FUNC_H

#include "base/status.h"
#include "exec/agg_table.h"
#include "expr/agg.h"

typedef struct brasa_agg_func brasa_agg_func;

/* One aggregate of one operator, as a thread sees it. */
typedef struct brasa_agg_call {
    const brasa_expr     *agg; /* bound */
    const brasa_agg_func *func;
    int32_t               offset;  /* of the state in the row */
    int32_t               bytes;   /* of the state */
    brasa_arena          *arena;   /* for what grows; while opening: for constants */
    int64_t               ordinal; /* of the first row of the batch: grows along the partitions of the source */
    const void           *param;   /* constants: the fraction of a percentile, the separator of string_agg */
    bool                  exact;   /* setting exact-float-sum */
} brasa_agg_call;

struct brasa_agg_func {
    /* Bytes of the state (multiple of 8) and check that the types are supported. */
    brasa_status (*open)(brasa_agg_call *c, brasa_error *err);
    /* Row k of args goes to the state at group[k] + offset. */
    brasa_status (*update)(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_error *err);
    /* All rows to one state; NULL: update does. */
    brasa_status (*update_one)(brasa_agg_call *c, uint8_t *state, const brasa_agg_col *args, int32_t n, brasa_error *err);
    /* dst[k] takes in src[k]: rows of the table's layout.  src stays readable as long as dst. */
    brasa_status (*merge)(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err);
    /* States to the state column, and a state column into states. */
    brasa_status (*save)(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out, brasa_error *err);
    brasa_status (*load)(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err);
    /* Results. */
    brasa_status (*finish)(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out, brasa_error *err);
};

/* By id; NULL: none. */
const brasa_agg_func *brasa__agg_func(brasa_agg_id id);

extern const brasa_agg_func brasa__aggfn_count, brasa__aggfn_sum, brasa__aggfn_avg, brasa__aggfn_minmax, brasa__aggfn_bits,
    brasa__aggfn_moments, brasa__aggfn_pick, brasa__aggfn_by, brasa__aggfn_list, brasa__aggfn_string, brasa__aggfn_one, brasa__aggfn_cont,
    brasa__aggfn_approx, brasa__aggfn_udf;

/* A result column of n rows of the aggregate's (or any) type, all valid; brasa__agg_out_null clears one. */
typedef struct brasa_agg_out {
    void     *v;
    uint64_t *valid;
    bool      nulls;
} brasa_agg_out;
brasa_agg_out brasa__agg_out_new(brasa_arena *arena, brasa_type t, int32_t n);
void          brasa__agg_out_null(brasa_agg_out *o, int32_t i);
void          brasa__agg_out_done(const brasa_agg_out *o, brasa_type t, brasa_column *out);

/* Is row k of a dense column not null? */
static inline bool brasa__agg_valid(const brasa_agg_col *c, int32_t k)
{
    return c->valid == NULL || ((c->valid[(uint32_t)k >> 6] >> ((uint32_t)k & 63)) & 1) != 0;
}

/* Zeroed bins for kernel/fsum.h; arg is the arena. */
void *brasa__agg_grow_bins(void *arena);

/* Value k of a dense numeric column as a double (integers, floats, decimals). */
double brasa__agg_double(const brasa_agg_col *c, int32_t k);

#endif
