/* exec/agg_func.c -- which code computes which aggregate, and what they share. */
#include "exec/agg_func.h"

#include <string.h>

#include "base/hash.h"
#include "data/type.h"
#include "kernel/fsum.h"

const brasa_agg_func *brasa__agg_func(brasa_agg_id id)
{
    switch (id) {
    case BRASA_AGG_COUNT_STAR:
    case BRASA_AGG_COUNT:
    case BRASA_AGG_REGR_COUNT: return &brasa__aggfn_count;
    case BRASA_AGG_SUM: return &brasa__aggfn_sum;
    case BRASA_AGG_AVG: return &brasa__aggfn_avg;
    case BRASA_AGG_MIN:
    case BRASA_AGG_MAX: return &brasa__aggfn_minmax;
    case BRASA_AGG_BOOL_AND:
    case BRASA_AGG_BOOL_OR:
    case BRASA_AGG_BIT_AND:
    case BRASA_AGG_BIT_OR:
    case BRASA_AGG_BIT_XOR: return &brasa__aggfn_bits;
    case BRASA_AGG_STDDEV_SAMP:
    case BRASA_AGG_STDDEV_POP:
    case BRASA_AGG_VAR_SAMP:
    case BRASA_AGG_VAR_POP:
    case BRASA_AGG_CORR:
    case BRASA_AGG_COVAR_SAMP:
    case BRASA_AGG_COVAR_POP:
    case BRASA_AGG_SKEWNESS:
    case BRASA_AGG_KURTOSIS:
    case BRASA_AGG_REGR_SLOPE:
    case BRASA_AGG_REGR_INTERCEPT:
    case BRASA_AGG_REGR_R2:
    case BRASA_AGG_REGR_SXX:
    case BRASA_AGG_REGR_SYY:
    case BRASA_AGG_REGR_SXY:
    case BRASA_AGG_REGR_AVGX:
    case BRASA_AGG_REGR_AVGY: return &brasa__aggfn_moments;
    case BRASA_AGG_FIRST:
    case BRASA_AGG_LAST:
    case BRASA_AGG_ANY_VALUE: return &brasa__aggfn_pick;
    case BRASA_AGG_MIN_BY:
    case BRASA_AGG_MAX_BY: return &brasa__aggfn_by;
    case BRASA_AGG_COLLECT_LIST:
    case BRASA_AGG_COLLECT_SET: return &brasa__aggfn_list;
    case BRASA_AGG_STRING_AGG: return &brasa__aggfn_string;
    case BRASA_AGG_PERCENTILE_CONT: return &brasa__aggfn_cont;
    case BRASA_AGG_PERCENTILE_DISC:
    case BRASA_AGG_MODE: return &brasa__aggfn_one;
    case BRASA_AGG_HLL_SKETCH:
    case BRASA_AGG_HLL_UNION:
    case BRASA_AGG_APPROX_COUNT_DISTINCT: return &brasa__aggfn_approx;
    case BRASA_AGG_UDF: return &brasa__aggfn_udf;
    case BRASA_AGG_ID_COUNT: break;
    }
    return NULL;
}

brasa_agg_out brasa__agg_out_new(brasa_arena *arena, brasa_type t, int32_t n)
{
    brasa_agg_out o = {.v = brasa__arena_alloc64(arena, brasa__type_width(t) * (size_t)n + 64),
                       .valid = brasa__arena_alloc64(arena, brasa__bit_words(n) * 8 + 8)};

    memset(o.valid, 0xff, brasa__bit_words(n) * 8);
    return o;
}

void brasa__agg_out_null(brasa_agg_out *o, int32_t i)
{
    brasa__bit_clear(o->valid, i);
    o->nulls = true;
}

void brasa__agg_out_done(const brasa_agg_out *o, brasa_type t, brasa_column *out)
{
    *out = (brasa_column) {.type = t, .encoding = BRASA_FLAT, .values = o->v, .valid = o->nulls ? o->valid : NULL};
}

void *brasa__agg_grow_bins(void *arena)
{
    return brasa__arena_alloc(arena, BRASA_FSUM_BINS * sizeof(__int128));
}

static double power_of_ten(int32_t n)
{
    double p = 1;

    for (; n >= 22; n -= 22) p *= 1e22;
    static const double small[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10,
                                   1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21};
    return p * small[n];
}

double brasa__agg_double(const brasa_agg_col *c, int32_t k)
{
    switch (brasa__type_phys(c->type)) {
    case BRASA_PHYS_BOOL: return ((const uint8_t *)c->v)[k];
    case BRASA_PHYS_I8: return ((const int8_t *)c->v)[k];
    case BRASA_PHYS_I16: return ((const int16_t *)c->v)[k];
    case BRASA_PHYS_I32: return ((const int32_t *)c->v)[k];
    case BRASA_PHYS_I64: return (double)((const int64_t *)c->v)[k] / power_of_ten(c->type.kind == BRASA_KIND_DECIMAL ? c->type.scale : 0);
    case BRASA_PHYS_I128: return (double)((const brasa_int128 *)c->v)[k] / power_of_ten(c->type.scale);
    case BRASA_PHYS_F32: return (double)((const float *)c->v)[k];
    case BRASA_PHYS_F64: return ((const double *)c->v)[k];
    case BRASA_PHYS_INTERVAL:
    case BRASA_PHYS_STRING:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return 0;
}
