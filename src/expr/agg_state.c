/* expr/agg_state.c -- types of partial aggregates. */
#include "expr/agg_state.h"

#include "data/type.h"
#include "expr/udf.h"

bool brasa__agg_mergeable(const brasa_expr *agg)
{
    if (agg->agg->id == BRASA_AGG_UDF) {
        const brasa_udf_descriptor *d = agg->agg->udf;

        if (d->update != NULL && d->merge == NULL) return false;
    }
    return !agg->distinct && agg->norder == 0;
}

brasa_type brasa__agg_state_type(const brasa_expr *agg)
{
    switch (agg->agg->id) {
    case BRASA_AGG_COUNT_STAR:
    case BRASA_AGG_COUNT:
    case BRASA_AGG_REGR_COUNT: return brasa__type(BRASA_KIND_INT64);
    case BRASA_AGG_SUM:
        if (agg->type.kind == BRASA_KIND_DECIMAL) return brasa__type_decimal(38, agg->type.scale);
        if (agg->type.kind == BRASA_KIND_INT64 || brasa__type_is_interval(agg->type)) return brasa__type_decimal(38, 0);
        return brasa__type(BRASA_KIND_BINARY);
    case BRASA_AGG_MIN:
    case BRASA_AGG_MAX:
    case BRASA_AGG_BOOL_AND:
    case BRASA_AGG_BOOL_OR:
    case BRASA_AGG_BIT_AND:
    case BRASA_AGG_BIT_OR:
    case BRASA_AGG_BIT_XOR: return agg->type;
    case BRASA_AGG_AVG:
    case BRASA_AGG_STDDEV_SAMP:
    case BRASA_AGG_STDDEV_POP:
    case BRASA_AGG_VAR_SAMP:
    case BRASA_AGG_VAR_POP:
    case BRASA_AGG_FIRST:
    case BRASA_AGG_LAST:
    case BRASA_AGG_ANY_VALUE:
    case BRASA_AGG_CORR:
    case BRASA_AGG_COVAR_SAMP:
    case BRASA_AGG_COVAR_POP:
    case BRASA_AGG_MIN_BY:
    case BRASA_AGG_MAX_BY:
    case BRASA_AGG_SKEWNESS:
    case BRASA_AGG_KURTOSIS:
    case BRASA_AGG_REGR_SLOPE:
    case BRASA_AGG_REGR_INTERCEPT:
    case BRASA_AGG_REGR_R2:
    case BRASA_AGG_REGR_SXX:
    case BRASA_AGG_REGR_SYY:
    case BRASA_AGG_REGR_SXY:
    case BRASA_AGG_REGR_AVGX:
    case BRASA_AGG_REGR_AVGY:
    case BRASA_AGG_COLLECT_LIST:
    case BRASA_AGG_COLLECT_SET:
    case BRASA_AGG_STRING_AGG:
    case BRASA_AGG_PERCENTILE_CONT:
    case BRASA_AGG_PERCENTILE_DISC:
    case BRASA_AGG_MODE:
    case BRASA_AGG_APPROX_COUNT_DISTINCT:
    case BRASA_AGG_HLL_SKETCH:
    case BRASA_AGG_HLL_UNION:
    case BRASA_AGG_UDF: return brasa__type(BRASA_KIND_BINARY);
    case BRASA_AGG_ID_COUNT: break;
    }
    return brasa__type(BRASA_KIND_BINARY);
}
