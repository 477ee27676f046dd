/* expr/agg.h -- the aggregates: names, signatures, and how each splits into partial and final.
 *
 * What an aggregate computes lives in exec/agg_*.c, by id.
 */
#ifndef BRASA_EXPR_AGG_H
#define BRASA_EXPR_AGG_H

#include "expr/expr.h"

#define BRASA_AGG_LIST(X)    \
    X(COUNT_STAR)            \
    X(COUNT)                 \
    X(SUM)                   \
    X(AVG)                   \
    X(MIN)                   \
    X(MAX)                   \
    X(STDDEV_SAMP)           \
    X(STDDEV_POP)            \
    X(VAR_SAMP)              \
    X(VAR_POP)               \
    X(FIRST)                 \
    X(LAST)                  \
    X(ANY_VALUE)             \
    X(BOOL_AND)              \
    X(BOOL_OR)               \
    X(CORR)                  \
    X(COVAR_SAMP)            \
    X(COVAR_POP)             \
    X(MIN_BY)                \
    X(MAX_BY)                \
    X(SKEWNESS)              \
    X(KURTOSIS)              \
    X(REGR_SLOPE)            \
    X(REGR_INTERCEPT)        \
    X(REGR_R2)               \
    X(REGR_COUNT)            \
    X(REGR_SXX)              \
    X(REGR_SYY)              \
    X(REGR_SXY)              \
    X(REGR_AVGX)             \
    X(REGR_AVGY)             \
    X(BIT_AND)               \
    X(BIT_OR)                \
    X(BIT_XOR)               \
    X(COLLECT_LIST)          \
    X(COLLECT_SET)           \
    X(STRING_AGG)            \
    X(PERCENTILE_CONT)       \
    X(PERCENTILE_DISC)       \
    X(MODE)                  \
    X(APPROX_COUNT_DISTINCT) \
    X(HLL_SKETCH)            \
    X(HLL_UNION)             \
    X(UDF)

typedef enum brasa_agg_id {
#define X(name) BRASA_AGG_##name,
    BRASA_AGG_LIST(X)
#undef X
        BRASA_AGG_ID_COUNT
} brasa_agg_id;

struct brasa_agg_def {
    const char  *name; /* as called, lower case; aliases are rows of their own */
    brasa_agg_id id;
    int32_t      min_args, max_args;
    bool         ordered; /* the result depends on the order of rows */
    const char  *doc;
    /* Result type from argument types; may ask for casts by changing args[] (types the arguments must be coerced to). */
    brasa_status (*resolve)(brasa_arena *arena, brasa_type *args, int32_t nargs, brasa_type *result, brasa_error *err);
    const void *udf; /* UDF: its descriptor */
};

/* NULL: no such aggregate (of the library; user's ones are found through expr/udf.h). */
const brasa_agg_def *brasa__agg_find(const char *name);
int32_t              brasa__agg_count(void);
const brasa_agg_def *brasa__agg_at(int32_t i);

/* Result type of a library or user's aggregate; types[] become what the arguments are to be cast to. */
brasa_status brasa__agg_resolve(brasa_arena *arena, const brasa_agg_def *def, brasa_type *types, int32_t ntypes, brasa_type *result,
                                brasa_error *err);

#endif
