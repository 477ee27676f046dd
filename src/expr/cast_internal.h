/* expr/cast_internal.h -- what the files of casts share: rows read and written as the widest of their kind. */
#ifndef BRASA_EXPR_CAST_INTERNAL_H
#define BRASA_EXPR_CAST_INTERNAL_H

#include "data/type.h"
#include "expr/eval_internal.h"

/* Row r does not fit: null under TRY_CAST, else an error that shows the value and the type. */
brasa_status brasa__cast_fail(brasa_call *call, int32_t r, brasa_error *err);
/* Casts between dates, timestamps, intervals and numbers. */
brasa_status brasa__cast_time(brasa_call *call, brasa_error *err);

static inline int32_t brasa__cast_at(const brasa_call *call, int32_t r)
{
    return call->args[0].encoding == BRASA_CONST ? 0 : r;
}

static inline brasa_int128 brasa__cast_decimal_at(const brasa_column *c, int32_t i)
{
    return brasa__type_phys(c->type) == BRASA_PHYS_I128 ? ((const brasa_int128 *)c->values)[i] : ((const int64_t *)c->values)[i];
}

static inline int64_t brasa__cast_int_at(const brasa_column *c, int32_t i)
{
    switch ((int)brasa__type_phys(c->type)) {
    case BRASA_PHYS_BOOL: return ((const uint8_t *)c->values)[i] != 0;
    case BRASA_PHYS_I8: return ((const int8_t *)c->values)[i];
    case BRASA_PHYS_I16: return ((const int16_t *)c->values)[i];
    case BRASA_PHYS_I32: return ((const int32_t *)c->values)[i];
    default: return ((const int64_t *)c->values)[i];
    }
}

static inline double brasa__cast_float_at(const brasa_column *c, int32_t i)
{
    return c->type.kind == BRASA_KIND_FLOAT32 ? (double)((const float *)c->values)[i] : ((const double *)c->values)[i];
}

static inline bool brasa__cast_is_float(brasa_type t)
{
    return t.kind == BRASA_KIND_FLOAT32 || t.kind == BRASA_KIND_FLOAT64;
}

static inline void brasa__cast_put_decimal(brasa_call *call, int32_t r, brasa_int128 v)
{
    if (brasa__type_phys(call->expr->type) == BRASA_PHYS_I128)
        ((brasa_int128 *)call->values)[r] = v;
    else
        ((int64_t *)call->values)[r] = (int64_t)v;
}

static inline bool brasa__cast_put_int(brasa_call *call, int32_t r, brasa_int128 v)
{
    switch ((int)call->expr->type.kind) {
    case BRASA_KIND_BOOL: ((uint8_t *)call->values)[r] = v != 0; return true;
    case BRASA_KIND_INT8: ((int8_t *)call->values)[r] = (int8_t)v; return v == (int8_t)v;
    case BRASA_KIND_INT16: ((int16_t *)call->values)[r] = (int16_t)v; return v == (int16_t)v;
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_INT32: ((int32_t *)call->values)[r] = (int32_t)v; return v == (int32_t)v;
    default: ((int64_t *)call->values)[r] = (int64_t)v; return v == (int64_t)v;
    }
}

static inline void brasa__cast_put_float(brasa_call *call, int32_t r, double v)
{
    if (call->expr->type.kind == BRASA_KIND_FLOAT32)
        ((float *)call->values)[r] = (float)v;
    else
        ((double *)call->values)[r] = v;
}

#endif
