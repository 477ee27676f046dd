/* func_math.c -- numbers: signs, rounding, roots, logarithms, angles, bits.
 *
 * Functions of doubles are a table of C functions behind one kernel.  Outside its domain a logarithm is null, as in Spark; a root is NaN.
 */
#include <math.h>
#include <string.h>

#include "expr/func_groups.h"
#include "expr/resolve.h"
#include "expr/types.h"
#include "kernel/decimal.h"

/* ---- functions of doubles ---- */

typedef struct double_fn {
    const char *name;
    double (*one)(double);
    double (*two)(double, double);
    double least; /* null at or below it (logarithms) */
} double_fn;

static double fn_cot(double x)
{
    return 1 / tan(x);
}

static double fn_sec(double x)
{
    return 1 / cos(x);
}

static double fn_csc(double x)
{
    return 1 / sin(x);
}

static double fn_degrees(double x)
{
    return x * (180.0 / M_PI);
}

static double fn_radians(double x)
{
    return x * (M_PI / 180.0);
}

/* The C library's is off by a bit for some whole cubes. */
static double fn_cbrt(double x)
{
    double r = cbrt(x), whole = rint(r);

    return whole * whole * whole == x ? whole : r;
}

static double fn_rint(double x)
{
    return rint(x);
}

static double fn_log_of(double base, double x)
{
    return log(x) / log(base);
}

/* As Java's: 1 to the power of NaN or of infinity is NaN, unlike C's. */
static double fn_pow(double x, double y)
{
    return (isnan(y) || (fabs(x) == 1 && isinf(y))) ? NAN : pow(x, y);
}

static double fn_signum(double x)
{
    return x > 0 ? 1 : x < 0 ? -1 : x;
}

static const double_fn doubles[] = {{"sqrt", sqrt, NULL, -INFINITY},
                                    {"cbrt", fn_cbrt, NULL, -INFINITY},
                                    {"exp", exp, NULL, -INFINITY},
                                    {"expm1", expm1, NULL, -INFINITY},
                                    {"ln", log, NULL, 0},
                                    {"log", log, fn_log_of, 0},
                                    {"log2", log2, NULL, 0},
                                    {"log10", log10, NULL, 0},
                                    {"log1p", log1p, NULL, -1},
                                    {"sin", sin, NULL, -INFINITY},
                                    {"cos", cos, NULL, -INFINITY},
                                    {"tan", tan, NULL, -INFINITY},
                                    {"cot", fn_cot, NULL, -INFINITY},
                                    {"sec", fn_sec, NULL, -INFINITY},
                                    {"csc", fn_csc, NULL, -INFINITY},
                                    {"asin", asin, NULL, -INFINITY},
                                    {"acos", acos, NULL, -INFINITY},
                                    {"atan", atan, NULL, -INFINITY},
                                    {"atan2", NULL, atan2, -INFINITY},
                                    {"sinh", sinh, NULL, -INFINITY},
                                    {"cosh", cosh, NULL, -INFINITY},
                                    {"tanh", tanh, NULL, -INFINITY},
                                    {"asinh", asinh, NULL, -INFINITY},
                                    {"acosh", acosh, NULL, -INFINITY},
                                    {"atanh", atanh, NULL, -INFINITY},
                                    {"degrees", fn_degrees, NULL, -INFINITY},
                                    {"radians", fn_radians, NULL, -INFINITY},
                                    {"hypot", NULL, hypot, -INFINITY},
                                    {"pow", NULL, fn_pow, -INFINITY},
                                    {"power", NULL, fn_pow, -INFINITY},
                                    {"rint", fn_rint, NULL, -INFINITY},
                                    {"signum", fn_signum, NULL, -INFINITY},
                                    {"sign", fn_signum, NULL, -INFINITY}};

static brasa_status double_eval(brasa_call *call, brasa_error *err)
{
    const double_fn *f = NULL;
    double          *out = call->values;

    (void)err;
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++)
        if (strcmp(doubles[i].name, call->expr->name) == 0) f = &doubles[i];
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        double  a = BRASA_ARG(call, 0, double, r), b = call->nargs > 1 ? BRASA_ARG(call, 1, double, r) : 0;
        if (a <= f->least && f->least > -INFINITY) {
            brasa__call_set_null(call, r);
            continue;
        }
        if (call->nargs > 1 && f->one && b <= f->least) { /* log(base, x) */
            brasa__call_set_null(call, r);
            continue;
        }
        out[r] = call->nargs > 1 ? f->two(a, b) : f->one(a);
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(sign)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_FLOAT64);
    return brasa__type_is_interval(types[0]) ? BRASA_OK : brasa__resolve_arg(&types[0], BRASA_KIND_FLOAT64);
}

static brasa_status sign_eval(brasa_call *call, brasa_error *err)
{
    brasa_kind kind = call->args[0].type.kind;
    double    *out = call->values;

    if (kind == BRASA_KIND_FLOAT64) return double_eval(call, err);
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t v = kind == BRASA_KIND_INTERVAL_YM ? BRASA_ARG(call, 0, int32_t, r) : BRASA_ARG(call, 0, int64_t, r);
        out[r] = v > 0 ? 1 : v < 0 ? -1 : 0;
    }
    return BRASA_OK;
}

#define SIGN(id, text)                                                                                           \
    {                                                                                                            \
        .name = id, .min_args = 1, .max_args = 1, .doc = text, .resolve = brasa__resolve_sign, .eval = sign_eval \
    }

static BRASA_RESOLVE(nothing_to_double)
{
    (void)arena, (void)f, (void)types, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_FLOAT64);
    return BRASA_OK;
}

static brasa_status constant_eval(brasa_call *call, brasa_error *err)
{
    double *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) out[call->rows[i]] = call->expr->name[0] == 'p' ? M_PI : M_E;
    return BRASA_OK;
}

/* ---- abs ---- */

static BRASA_RESOLVE(number)
{
    (void)arena, (void)f, (void)n, (void)err;
    if (!brasa__type_is_numeric(types[0]) && !brasa__type_is_interval(types[0]))
        BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_FLOAT64));
    *result = types[0];
    return BRASA_OK;
}

static brasa_status abs_eval(brasa_call *call, brasa_error *err)
{
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        bool    bad = false;
        switch ((int)brasa__type_phys(call->expr->type)) {
        case BRASA_PHYS_I8: {
            int8_t v = BRASA_ARG(call, 0, int8_t, r);
            bad = v == INT8_MIN;
            ((int8_t *)call->values)[r] = (int8_t)(v < 0 && !bad ? -v : v);
            break;
        }
        case BRASA_PHYS_I16: {
            int16_t v = BRASA_ARG(call, 0, int16_t, r);
            bad = v == INT16_MIN;
            ((int16_t *)call->values)[r] = (int16_t)(v < 0 && !bad ? -v : v);
            break;
        }
        case BRASA_PHYS_I32: {
            int32_t v = BRASA_ARG(call, 0, int32_t, r);
            bad = v == INT32_MIN;
            ((int32_t *)call->values)[r] = v < 0 && !bad ? -v : v;
            break;
        }
        case BRASA_PHYS_I64: {
            int64_t v = BRASA_ARG(call, 0, int64_t, r);
            bad = v == INT64_MIN;
            ((int64_t *)call->values)[r] = v < 0 && !bad ? -v : v;
            break;
        }
        case BRASA_PHYS_I128: {
            brasa_int128 v = BRASA_ARG(call, 0, brasa_int128, r);
            ((brasa_int128 *)call->values)[r] = v < 0 ? -v : v;
            break;
        }
        case BRASA_PHYS_F32: ((float *)call->values)[r] = fabsf(BRASA_ARG(call, 0, float, r)); break;
        default: ((double *)call->values)[r] = fabs(BRASA_ARG(call, 0, double, r)); break;
        }
        if (bad) BRASA_TRY(brasa__call_fail_row(call, r, err, "overflow: abs of the least value of its type; cast to a wider type"));
    }
    return BRASA_OK;
}

/* ---- rounding ---- */

typedef enum rounding { HALF_UP, HALF_EVEN, FLOOR, CEIL, TRUNC } rounding;

static rounding rounding_of(const char *name)
{
    switch (name[0]) {
    case 'b': return HALF_EVEN;
    case 'f': return FLOOR;
    case 'c': return CEIL;
    case 't': return TRUNC;
    default: return HALF_UP;
    }
}

/* v in units of 10^drop, as a whole number. */
static brasa_int128 cut(brasa_int128 v, int32_t drop, rounding how)
{
    if (drop <= 0) return v;
    if (drop > 38) return how == FLOOR && v < 0 ? -1 : how == CEIL && v > 0 ? 1 : 0;
    brasa_int128 unit = brasa__pow10(drop), q = v / unit, rest = v % unit, size = rest < 0 ? -rest : rest;
    bool         past = size > unit - size, half = size == unit - size;
    int          away = v < 0 ? -1 : 1;

    switch (how) {
    case HALF_UP: return past || half ? q + away : q;
    case HALF_EVEN: return past || (half && q % 2 != 0) ? q + away : q;
    case FLOOR: return rest < 0 ? q - 1 : q;
    case CEIL: return rest > 0 ? q + 1 : q;
    case TRUNC: return q;
    }
    return q;
}

/* Digits after the point are a literal: the result's type depends on them. */
static brasa_status digits_of(const brasa_expr *call, int32_t *digits, brasa_error *err)
{
    *digits = 0;
    if (call->nargs < 2) return BRASA_OK;
    brasa_value v;
    if (!brasa__type_is_integer(call->args[1]->type) || brasa__expr_constant_of(call->args[1], &v) != BRASA_OK || v.null)
        return brasa__fail(err, BRASA_TYPE, "the digits of %s are a whole number, given as a literal", call->name);
    *digits = v.u.i > 1000 ? 1000 : v.u.i < -1000 ? -1000 : (int32_t)v.u.i;
    return BRASA_OK;
}

/* round(decimal(p, s), d) is decimal(p - s + 1 + d, d), as in Spark; floor and ceil without digits give BIGINT of floats, a decimal without scale of decimals. */
static brasa_status bind_round(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    rounding how = rounding_of(call->name);
    bool     to_whole = how == FLOOR || how == CEIL;
    int32_t  digits;

    (void)arena;
    BRASA_TRY(digits_of(call, &digits, err));
    if (!brasa__type_is_numeric(types[0])) {
        if (types[0].kind != BRASA_KIND_STRING && types[0].kind != BRASA_KIND_NULL)
            return brasa__fail(err, BRASA_TYPE, "%s takes a number", call->name);
        types[0] = brasa__type(BRASA_KIND_FLOAT64);
    }
    brasa_type t = types[0];
    call->type = t;
    if (t.kind == BRASA_KIND_DECIMAL) {
        int32_t whole = t.precision - t.scale, scale = digits < t.scale ? digits : t.scale;
        if (scale < 0) {
            int32_t wide = whole + 1 > -scale + 1 ? whole + 1 : -scale + 1;
            call->type = brasa__decimal_bounded(wide, 0);
        } else {
            call->type = brasa__decimal_bounded(digits >= t.scale ? t.precision : whole + 1 + scale, scale);
        }
    } else if (to_whole && call->nargs < 2) {
        if (brasa__type_is_integer(t)) types[0] = brasa__type(BRASA_KIND_INT64);
        if (t.kind == BRASA_KIND_FLOAT32) types[0] = brasa__type(BRASA_KIND_FLOAT64);
        call->type = brasa__type(BRASA_KIND_INT64);
    } else if (to_whole && t.kind == BRASA_KIND_FLOAT32) {
        types[0] = call->type = brasa__type(BRASA_KIND_FLOAT64);
    }
    return BRASA_OK;
}

static double round_whole(double v, rounding how)
{
    switch (how) {
    case HALF_UP: return round(v);
    case HALF_EVEN: return rint(v);
    case FLOOR: return floor(v);
    case CEIL: return ceil(v);
    case TRUNC: return trunc(v);
    }
    return v;
}

/* As below, for values whose result has at most 14 digits.  A decimal of 15 digits is the shortest form of the double nearest to it, so v's form lies above, on or below such a
 * decimal (the half between two results, or a result) as v lies to its double. */
static double round_short(double v, double unit, rounding how)
{
    double a = fabs(v), t = a * unit, whole;
    bool   minus = v < 0;

    if (how == HALF_UP || how == HALF_EVEN) {
        whole = floor(t);
        double half = (whole * 10 + 5) / (unit * 10);
        whole += a > half || (a == half && (how == HALF_UP || fmod(whole, 2) != 0));
    } else {
        whole = rint(t);
        double exact = whole / unit;
        if ((how == FLOOR && minus) || (how == CEIL && !minus)) {
            whole += a > exact;
        } else {
            whole -= a < exact;
        }
    }
    return whole == 0 ? 0 : minus ? -whole / unit : whole / unit;
}

/* Through the shortest decimal form, as Spark does: round(2.675, 2) is 2.68. */
static double round_double(double v, int32_t digits, rounding how)
{
    brasa_int128 d;

    if (!isfinite(v) || digits > 300) return v;
    if (digits == 0) return round_whole(v, how);
    if (digits > 0 && digits <= 14) {
        double unit = (double)brasa__pow10(digits);
        if (fabs(v) * unit < 1e14) return round_short(v, unit, how);
    }
    if (digits > 0 && digits <= 15 && fabs(v) < 1e17 && brasa__decimal_from_f64(v, 38, 20, &d)) {
        brasa_int128 whole = cut(d, 20 - digits, how);
        return brasa__decimal_to_f64(whole, digits);
    }
    if (digits < 0) {
        double unit = pow(10, -digits);
        return isinf(unit) ? 0 : round_whole(v / unit, how) * unit;
    }
    return v;
}

static brasa_int128 whole_at(const brasa_call *call, int32_t r)
{
    switch ((int)brasa__type_phys(call->args[0].type)) {
    case BRASA_PHYS_I8: return BRASA_ARG(call, 0, int8_t, r);
    case BRASA_PHYS_I16: return BRASA_ARG(call, 0, int16_t, r);
    case BRASA_PHYS_I32: return BRASA_ARG(call, 0, int32_t, r);
    case BRASA_PHYS_I128: return BRASA_ARG(call, 0, brasa_int128, r);
    default: return BRASA_ARG(call, 0, int64_t, r);
    }
}

static bool put_whole(brasa_call *call, int32_t r, brasa_int128 v)
{
    switch ((int)brasa__type_phys(call->expr->type)) {
    case BRASA_PHYS_I8: ((int8_t *)call->values)[r] = (int8_t)v; return v == (int8_t)v;
    case BRASA_PHYS_I16: ((int16_t *)call->values)[r] = (int16_t)v; return v == (int16_t)v;
    case BRASA_PHYS_I32: ((int32_t *)call->values)[r] = (int32_t)v; return v == (int32_t)v;
    case BRASA_PHYS_I128: ((brasa_int128 *)call->values)[r] = v; return brasa__decimal_fits(v, 38);
    default: ((int64_t *)call->values)[r] = (int64_t)v; return v == (int64_t)v;
    }
}

static bool round_exact(brasa_call *call, int32_t r, int32_t digits, rounding how)
{
    brasa_type   from = call->args[0].type;
    int32_t      scale = from.kind == BRASA_KIND_DECIMAL ? from.scale : 0;
    brasa_int128 v = whole_at(call, r);

    if (digits >= scale) return put_whole(call, r, v);
    v = cut(v, scale - digits, how);
    if (digits < 0 && v != 0) {
        if (-digits > 38) return false;
        if (!brasa__decimal_op(BRASA_MUL, v, 0, brasa__pow10(-digits), 0, 38, 0, &v)) return false;
    }
    return put_whole(call, r, v);
}

static brasa_status round_eval(brasa_call *call, brasa_error *err)
{
    rounding   how = rounding_of(call->expr->name);
    brasa_type from = call->args[0].type, to = call->expr->type;
    int32_t    digits;

    BRASA_TRY(digits_of(call->expr, &digits, err));
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        bool    ok = true;
        if (from.kind == BRASA_KIND_FLOAT64 && to.kind == BRASA_KIND_INT64) {
            double v = round_whole(BRASA_ARG(call, 0, double, r), how);
            /* what is too large is the greatest there is, as in Spark; NaN is 0 */
            ((int64_t *)call->values)[r] = isnan(v) ? 0 : v >= 0x1p63 ? INT64_MAX : v < -0x1p63 ? INT64_MIN : (int64_t)v;
        } else if (from.kind == BRASA_KIND_FLOAT64) {
            ((double *)call->values)[r] = round_double(BRASA_ARG(call, 0, double, r), digits, how);
        } else if (from.kind == BRASA_KIND_FLOAT32) {
            ((float *)call->values)[r] = (float)round_double((double)BRASA_ARG(call, 0, float, r), digits, how);
        } else {
            ok = round_exact(call, r, digits, how) || (call->expr->try_cast && to.kind != BRASA_KIND_DECIMAL); /* it wraps around */
        }
        if (!ok)
            BRASA_TRY(brasa__call_fail_row(call, r, err, "overflow in %s: the result does not fit its type; cast to a wider one",
                                           call->expr->name));
    }
    return BRASA_OK;
}

/* ---- bits ---- */

static BRASA_RESOLVE(integers)
{
    brasa_type t;

    (void)arena, (void)f, (void)err;
    t = brasa__type(BRASA_KIND_INT8);
    for (int32_t i = 0; i < n; i++) {
        brasa_type k = brasa__type_is_integer(types[i]) ? types[i] : brasa__type(BRASA_KIND_INT64);
        if (types[i].kind != BRASA_KIND_NULL && !brasa__type_is_integer(types[i]) && types[i].kind != BRASA_KIND_STRING) return BRASA_TYPE;
        if (k.kind > t.kind) t = k;
    }
    for (int32_t i = 0; i < n; i++) types[i] = t;
    *result = t;
    return BRASA_OK;
}

static brasa_status bits_eval(brasa_call *call, brasa_error *err)
{
    char op = call->expr->name[0];

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t    r = call->rows[i];
        brasa_call second = *call;
        int64_t    a = (int64_t)whole_at(call, r), b = 0;
        second.args = call->args + (call->nargs > 1);
        if (call->nargs > 1) b = (int64_t)whole_at(&second, r);
        int64_t v = op == '&' ? a & b : op == '|' ? a | b : op == '^' ? a ^ b : ~a;
        put_whole(call, r, v);
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(shift)
{
    (void)arena, (void)f, (void)n, (void)err;
    if (types[0].kind != BRASA_KIND_INT64) BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_INT32));
    *result = types[0];
    return brasa__resolve_arg(&types[1], BRASA_KIND_INT32);
}

/* The count wraps at the width, as Java's does. */
static brasa_status shift_eval(brasa_call *call, brasa_error *err)
{
    bool left = strcmp(call->expr->name, "<<") == 0 || strcmp(call->expr->name, "shiftleft") == 0;
    bool is_unsigned = strcmp(call->expr->name, "shiftrightunsigned") == 0;
    bool wide = call->expr->type.kind == BRASA_KIND_INT64;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t  r = call->rows[i];
        unsigned k = (unsigned)BRASA_ARG(call, 1, int32_t, r) & (wide ? 63u : 31u);
        if (wide) {
            int64_t v = BRASA_ARG(call, 0, int64_t, r);
            ((int64_t *)call->values)[r] = left ? (int64_t)((uint64_t)v << k) : is_unsigned ? (int64_t)((uint64_t)v >> k) : v >> k;
        } else {
            int32_t v = BRASA_ARG(call, 0, int32_t, r);
            ((int32_t *)call->values)[r] = left ? (int32_t)((uint32_t)v << k) : is_unsigned ? (int32_t)((uint32_t)v >> k) : v >> k;
        }
    }
    return BRASA_OK;
}

/* ---- NaN ---- */

static BRASA_RESOLVE(double_to_bool)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_BOOL);
    return brasa__resolve_arg(&types[0], BRASA_KIND_FLOAT64);
}

static brasa_status isnan_eval(brasa_call *call, brasa_error *err)
{
    uint8_t *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        out[r] = brasa_column_is_valid(&call->args[0], r) && isnan(BRASA_ARG(call, 0, double, r));
    }
    return BRASA_OK;
}

#define DOUBLE1(id, text)                                                                                               \
    {                                                                                                                   \
        .name = id, .min_args = 1, .max_args = 1, .flags = 0, .doc = text, .resolve = brasa__resolve_doubles_to_double, \
        .eval = double_eval                                                                                             \
    }
#define DOUBLE2(id, text)                                                                                               \
    {                                                                                                                   \
        .name = id, .min_args = 2, .max_args = 2, .flags = 0, .doc = text, .resolve = brasa__resolve_doubles_to_double, \
        .eval = double_eval                                                                                             \
    }
#define LOG(id, most, text)                                                                                                                \
    {                                                                                                                                      \
        .name = id, .min_args = 1, .max_args = most, .flags = BRASA_FN_NULLABLE, .doc = text, .resolve = brasa__resolve_doubles_to_double, \
        .eval = double_eval                                                                                                                \
    }
#define ROUND(id, text)                                                                                                           \
    {                                                                                                                             \
        .name = id, .min_args = 1, .max_args = 2, .flags = BRASA_FN_CAN_FAIL, .doc = text, .eval = round_eval, .bind = bind_round \
    }
#define BITS(id, k, text)                                                                                                      \
    {                                                                                                                          \
        .name = id, .min_args = k, .max_args = k, .flags = BRASA_FN_OPERATOR, .doc = text, .resolve = brasa__resolve_integers, \
        .eval = bits_eval                                                                                                      \
    }
#define SHIFT(id, text)                                                                                                        \
    {                                                                                                                          \
        .name = id, .min_args = 2, .max_args = 2, .flags = 0, .doc = text, .resolve = brasa__resolve_shift, .eval = shift_eval \
    }

static const brasa_function table[] = {
    {.name = "abs",
     .min_args = 1,
     .max_args = 1,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "abs(x): without its sign",
     .resolve = brasa__resolve_number,
     .eval = abs_eval},
    SIGN("sign", "sign(x): -1.0, 0.0 or 1.0"),
    SIGN("signum", "signum(x): sign"),
    ROUND("round", "round(x [, digits]): half away from zero"),
    ROUND("bround", "bround(x [, digits]): half to even"),
    ROUND("floor", "floor(x [, digits]): down"),
    ROUND("ceil", "ceil(x [, digits]): up"),
    ROUND("ceiling", "ceiling(x [, digits]): ceil"),
    ROUND("truncate", "truncate(x [, digits]): towards zero"),
    DOUBLE1("rint", "rint(x): to the nearest whole number, half to even"),
    DOUBLE1("sqrt", "sqrt(x)"),
    DOUBLE1("cbrt", "cbrt(x): cube root"),
    DOUBLE1("exp", "exp(x): e to the x"),
    DOUBLE1("expm1", "expm1(x): exp(x) - 1"),
    LOG("ln", 1, "ln(x): natural logarithm; null unless x > 0"),
    LOG("log", 2, "log([base,] x): natural, or of the base; null unless x > 0"),
    LOG("log2", 1, "log2(x)"),
    LOG("log10", 1, "log10(x)"),
    LOG("log1p", 1, "log1p(x): ln(1 + x)"),
    DOUBLE2("pow", "pow(x, y): x to the y"),
    DOUBLE2("power", "power(x, y): pow"),
    DOUBLE2("atan2", "atan2(y, x)"),
    DOUBLE2("hypot", "hypot(a, b): sqrt(a * a + b * b)"),
    DOUBLE1("sin", "sin(x)"),
    DOUBLE1("cos", "cos(x)"),
    DOUBLE1("tan", "tan(x)"),
    DOUBLE1("cot", "cot(x)"),
    DOUBLE1("sec", "sec(x)"),
    DOUBLE1("csc", "csc(x)"),
    DOUBLE1("asin", "asin(x)"),
    DOUBLE1("acos", "acos(x)"),
    DOUBLE1("atan", "atan(x)"),
    DOUBLE1("sinh", "sinh(x)"),
    DOUBLE1("cosh", "cosh(x)"),
    DOUBLE1("tanh", "tanh(x)"),
    DOUBLE1("asinh", "asinh(x)"),
    DOUBLE1("acosh", "acosh(x)"),
    DOUBLE1("atanh", "atanh(x)"),
    DOUBLE1("degrees", "degrees(x): of radians"),
    DOUBLE1("radians", "radians(x): of degrees"),
    {.name = "pi",
     .min_args = 0,
     .max_args = 0,
     .flags = 0,
     .doc = "pi()",
     .resolve = brasa__resolve_nothing_to_double,
     .eval = constant_eval},
    {.name = "e",
     .min_args = 0,
     .max_args = 0,
     .flags = 0,
     .doc = "e(): Euler's number",
     .resolve = brasa__resolve_nothing_to_double,
     .eval = constant_eval},
    BITS("&", 2, "a & b: bitwise and"),
    BITS("|", 2, "a | b: bitwise or"),
    BITS("^", 2, "a ^ b: bitwise exclusive or"),
    BITS("~", 1, "~a: bitwise not"),
    SHIFT("<<", "a << n"),
    SHIFT(">>", "a >> n, keeping the sign"),
    SHIFT("shiftleft", "shiftleft(a, n)"),
    SHIFT("shiftright", "shiftright(a, n), keeping the sign"),
    SHIFT("shiftrightunsigned", "shiftrightunsigned(a, n)"),
    {.name = "isnan",
     .min_args = 1,
     .max_args = 1,
     .flags = BRASA_FN_NULLS,
     .doc = "isnan(x): is it NaN? (null: no)",
     .resolve = brasa__resolve_double_to_bool,
     .eval = isnan_eval},
};

BRASA_FUNCTION_GROUP(math, "Numbers", table);
