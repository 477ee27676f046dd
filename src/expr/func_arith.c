/* func_arith.c -- + - * / % div and their try_ forms: numbers, dates and intervals.
 *
 * Spark's ANSI rules: / is fractional (DOUBLE, or DECIMAL), overflow and division by zero are errors, decimal results get the precision that holds them.
 * A batch is computed whole with a flag for trouble; only when the flag is up are rows looked at one by one.
 */
#include <string.h>

#include "base/config.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/date_arith.h"
#include "expr/func_groups.h"
#include "expr/resolve.h"
#include "expr/types.h"
#include "kernel/arith.h"
#include "kernel/decimal.h"

static brasa_arith operator_of(const char *name)
{
    if (strncmp(name, "try_", 4) == 0) name += 4;
    switch (name[0]) {
    case '+':
    case 'a': return BRASA_ADD;
    case '-':
    case 's': return BRASA_SUB;
    case '*': return BRASA_MUL;
    case 'm': return name[1] == 'u' ? BRASA_MUL : BRASA_MOD;
    case '%': return BRASA_MOD;
    default: return BRASA_DIV;
    }
}

/* ---- types ---- */

static brasa_type decimal_result(brasa_arith op, brasa_type a, brasa_type b)
{
    int32_t whole_a = a.precision - a.scale, whole_b = b.precision - b.scale, scale = a.scale > b.scale ? a.scale : b.scale;

    switch (op) {
    case BRASA_ADD:
    case BRASA_SUB: return brasa__decimal_adjusted((whole_a > whole_b ? whole_a : whole_b) + scale + 1, scale);
    case BRASA_MUL: return brasa__decimal_adjusted(a.precision + b.precision + 1, a.scale + b.scale);
    case BRASA_DIV: {
        int32_t s = a.scale + b.precision + 1 > 6 ? a.scale + b.precision + 1 : 6;
        return brasa__decimal_adjusted(whole_a + b.scale + s, s);
    }
    case BRASA_MOD: return brasa__decimal_adjusted((whole_a < whole_b ? whole_a : whole_b) + scale, scale);
    case BRASA_ARITH_COUNT: break;
    }
    return a;
}

/* Bring a term to the scale of the sum, where that fits 38 digits: then terms are added as integers. */
static void align(brasa_type *t, int32_t scale)
{
    int32_t precision = t->precision + scale - t->scale;

    if (t->scale < scale && precision <= 38) *t = brasa__type_decimal(precision, scale);
}

static brasa_status resolve_decimal(brasa_arith op, brasa_type *types, brasa_type *result)
{
    types[0] = brasa__decimal_of(types[0]);
    types[1] = brasa__decimal_of(types[1]);
    *result = decimal_result(op, types[0], types[1]);
    if ((op == BRASA_ADD || op == BRASA_SUB) && result->precision <= 38) {
        int32_t scale = types[0].scale > types[1].scale ? types[0].scale : types[1].scale;
        if (scale == result->scale) align(&types[0], scale), align(&types[1], scale);
    }
    return BRASA_OK;
}

static bool is_float(brasa_type t)
{
    return t.kind == BRASA_KIND_FLOAT32 || t.kind == BRASA_KIND_FLOAT64;
}

static brasa_status resolve_numbers(brasa_arena *arena, const char *name, brasa_arith op, brasa_type *types, brasa_type *result)
{
    brasa_type t;
    bool       integral_div = strcmp(name, "div") == 0 || strcmp(name, "try_div") == 0;

    bool ansi = brasa__setting_bool(BRASA_SET_ANSI);
    if (types[0].kind == BRASA_KIND_STRING && types[1].kind == BRASA_KIND_STRING && ansi) return BRASA_TYPE;
    for (int k = 0; k < 2; k++) {
        brasa_type other = types[1 - k];
        if (types[k].kind == BRASA_KIND_NULL) types[k] = brasa__type_is_numeric(other) ? other : brasa__type(BRASA_KIND_FLOAT64);
        if (types[k].kind == BRASA_KIND_STRING)
            types[k] = brasa__type(brasa__type_is_integer(other) && ansi ? BRASA_KIND_INT64 : BRASA_KIND_FLOAT64);
        if (!brasa__type_is_numeric(types[k])) return BRASA_TYPE;
    }
    bool decimals = types[0].kind == BRASA_KIND_DECIMAL || types[1].kind == BRASA_KIND_DECIMAL;
    if (decimals && !is_float(types[0]) && !is_float(types[1])) {
        BRASA_TRY(resolve_decimal(op, types, result));
        if (integral_div) *result = brasa__type(BRASA_KIND_INT64);
        return BRASA_OK;
    }
    if (!brasa__type_common(arena, types[0], types[1], &t)) return BRASA_TYPE;
    if (integral_div && !is_float(t)) t = brasa__type(BRASA_KIND_INT64);
    if (op == BRASA_DIV && !integral_div) t = brasa__type(BRASA_KIND_FLOAT64);
    if (integral_div && is_float(t)) {
        types[0] = types[1] = brasa__type(BRASA_KIND_FLOAT64);
        *result = brasa__type(BRASA_KIND_INT64);
        return BRASA_OK;
    }
    types[0] = types[1] = *result = t;
    return BRASA_OK;
}

static brasa_status bind_arith(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    brasa_arith op = operator_of(call->name);
    brasa_text  a, b;

    if (brasa__date_arith_bind(call, op, types)) return BRASA_OK;
    brasa_type before[2] = {types[0], types[1]};
    if (resolve_numbers(arena, call->name, op, types, &call->type) == BRASA_OK) return BRASA_OK;
    brasa__text_init(&a, arena);
    brasa__text_init(&b, arena);
    brasa__type_text(before[0], &a);
    brasa__type_text(before[1], &b);
    return brasa__fail(err, BRASA_TYPE, "there is no %s %s %s; cast one side", a.s, call->name, b.s);
}

/* ---- rows that fail ---- */

static brasa_status fail_row(brasa_call *call, brasa_arith op, int32_t r, brasa_error *err)
{
    static const char *const tries[] = {"try_add", "try_subtract", "try_multiply", "try_divide", "try_mod"};
    static const char *const signs[] = {"+", "-", "*", "/", "%"};
    brasa_text               a, b, t;
    brasa_value va = brasa__column_value(&call->args[0], r, call->arena), vb = brasa__column_value(&call->args[1], r, call->arena);

    if (call->try_rows) return brasa__call_set_null(call, r), BRASA_OK;
    brasa__text_init(&a, call->arena);
    brasa__text_init(&b, call->arena);
    brasa__text_init(&t, call->arena);
    brasa__value_text(&va, &a);
    brasa__value_text(&vb, &b);
    brasa__type_text(call->expr->type, &t);
    bool zero = b.s[strspn(b.s, "-0.E")] == '\0';
    if ((op == BRASA_DIV || op == BRASA_MOD) && zero)
        return brasa__call_fail_row(call, r, err, "division by zero: %s %s %s; %s gives null instead", a.s, signs[op], b.s, tries[op]);
    return brasa__call_fail_row(call, r, err, "overflow: %s %s %s does not fit %s; cast to a wider type, or %s gives null instead", a.s,
                                signs[op], b.s, t.s, tries[op]);
}

/* The flag was up: find the rows among those that count. */
static brasa_status check_rows(brasa_call *call, brasa_arith op, brasa_arith_fn *fn, brasa_error *err)
{
    const brasa_column *a = &call->args[0], *b = &call->args[1];

    for (int32_t i = 0; i < call->n; i++)
        if (fn(a->values, a->encoding != BRASA_CONST, b->values, b->encoding != BRASA_CONST, &call->rows[i], 1, call->values))
            BRASA_TRY(fail_row(call, op, call->rows[i], err));
    return BRASA_OK;
}

static bool run(brasa_call *call, brasa_arith_fn *fn)
{
    const brasa_column *a = &call->args[0], *b = &call->args[1];
    bool                all = call->n >= call->batch_rows / 4;

    return fn(a->values, a->encoding != BRASA_CONST, b->values, b->encoding != BRASA_CONST, all ? NULL : call->rows,
              all ? call->batch_rows : call->n, call->values);
}

/* ---- decimals ---- */

static brasa_int128 decimal_at(const brasa_column *c, int32_t r)
{
    int32_t i = c->encoding == BRASA_CONST ? 0 : r;

    return brasa__type_phys(c->type) == BRASA_PHYS_I128 ? ((const brasa_int128 *)c->values)[i] : ((const int64_t *)c->values)[i];
}

static void put_decimal(brasa_call *call, int32_t r, brasa_int128 v)
{
    if (brasa__type_phys(call->expr->type) == BRASA_PHYS_I128)
        ((brasa_int128 *)call->values)[r] = v;
    else
        ((int64_t *)call->values)[r] = (int64_t)v;
}

/* Row by row, exact to 256 bits. */
static brasa_status decimal_slow(brasa_call *call, brasa_arith op, brasa_error *err)
{
    const brasa_column *a = &call->args[0], *b = &call->args[1];
    brasa_type          t = call->expr->type;
    bool                to_int = t.kind == BRASA_KIND_INT64; /* div: the quotient cut to a whole number */
    brasa_int128        v, rest;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t      r = call->rows[i];
        brasa_int128 x = decimal_at(a, r), y = decimal_at(b, r);
        bool         ok;
        if (to_int) {
            /* (x - x % y) / y is whole */
            int32_t scale = a->type.scale > b->type.scale ? a->type.scale : b->type.scale;
            ok = brasa__decimal_op(BRASA_MOD, x, a->type.scale, y, b->type.scale, 38, scale, &rest) &&
                 brasa__decimal_op(BRASA_SUB, x, a->type.scale, rest, scale, 38, scale, &v) &&
                 brasa__decimal_op(BRASA_DIV, v, scale, y, b->type.scale, 38, 0, &v) && v >= INT64_MIN && v <= INT64_MAX;
        } else {
            ok = brasa__decimal_op(op, x, a->type.scale, y, b->type.scale, t.precision, t.scale, &v);
        }
        if (!ok)
            BRASA_TRY(fail_row(call, op, r, err));
        else
            put_decimal(call, r, v);
    }
    return BRASA_OK;
}

/* May the integer loops be used as they are?  Scales must line up, and the digits of the result must be enough for every row. */
static brasa_arith_fn *decimal_fast(const brasa_call *call, brasa_arith op, bool *may_pass_limit)
{
    brasa_type a = call->args[0].type, b = call->args[1].type, t = call->expr->type;
    int32_t    whole_a = a.precision - a.scale, whole_b = b.precision - b.scale;

    *may_pass_limit = false;
    if (t.kind != BRASA_KIND_DECIMAL) return NULL;
    if (op == BRASA_ADD || op == BRASA_SUB) {
        if (a.scale != b.scale || a.scale != t.scale) return NULL;
        *may_pass_limit = (whole_a > whole_b ? whole_a : whole_b) + t.scale + 1 > 38;
    } else if (op == BRASA_MUL) {
        if (a.scale + b.scale != t.scale) return NULL;
    } else {
        return NULL;
    }
    return brasa__arith_decimal(op, brasa__type_phys(a), brasa__type_phys(b), brasa__type_phys(t));
}

static brasa_status decimal_eval(brasa_call *call, brasa_arith op, brasa_error *err)
{
    bool            may_pass_limit;
    brasa_arith_fn *fn = decimal_fast(call, op, &may_pass_limit);

    /* a product whose factors fit 64 bits has at most 38 digits */
    if (fn == NULL || run(call, fn)) return decimal_slow(call, op, err);
    if (!may_pass_limit) return BRASA_OK;
    const brasa_int128 *out = call->values;
    for (int32_t i = 0; i < call->n; i++)
        if (!brasa__decimal_fits(out[call->rows[i]], 38)) BRASA_TRY(fail_row(call, op, call->rows[i], err));
    return BRASA_OK;
}

/* ---- the kernel ---- */

/* Floats divided to a whole number. */
static brasa_status float_div(brasa_call *call, brasa_error *err)
{
    int64_t *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        double  a = BRASA_ARG(call, 0, double, r), b = BRASA_ARG(call, 1, double, r), q = b == 0 ? 0 : a / b;
        if (b == 0 || !(q > -9223372036854775808.0 && q < 9223372036854775808.0))
            BRASA_TRY(fail_row(call, BRASA_DIV, r, err));
        else
            out[r] = (int64_t)q;
    }
    return BRASA_OK;
}

static brasa_status arith_eval(brasa_call *call, brasa_error *err)
{
    brasa_arith op = operator_of(call->expr->name);
    brasa_type  a = call->args[0].type;

    if (brasa__date_arith_is(call)) return brasa__date_arith_eval(call, op, err);
    if (a.kind == BRASA_KIND_DECIMAL) return decimal_eval(call, op, err);
    if (a.kind == BRASA_KIND_FLOAT64 && call->expr->type.kind == BRASA_KIND_INT64) return float_div(call, err);
    brasa_arith_fn *fn = brasa__arith_find(op, brasa__type_phys(a));
    if (fn == NULL) return brasa__fail(err, BRASA_INTERNAL, "%s has no loop for its type", call->expr->name);
    bool wraps = call->expr->try_cast && op != BRASA_DIV && op != BRASA_MOD && brasa__type_is_integer(a);
    return run(call, fn) && !wraps ? check_rows(call, op, fn, err) : BRASA_OK;
}

/* ---- signs ---- */

static BRASA_RESOLVE(number)
{
    (void)arena, (void)f, (void)n, (void)err;
    if (types[0].kind == BRASA_KIND_STRING || types[0].kind == BRASA_KIND_NULL) types[0] = brasa__type(BRASA_KIND_FLOAT64);
    *result = types[0];
    return brasa__type_is_numeric(types[0]) || types[0].kind == BRASA_KIND_INTERVAL || brasa__type_is_interval(types[0]) ? BRASA_OK
                                                                                                                         : BRASA_TYPE;
}

static brasa_status negative_eval(brasa_call *call, brasa_error *err)
{
    bool konst = call->args[0].encoding == BRASA_CONST;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t     r = call->rows[i], a = konst ? 0 : r;
        const void *v = call->args[0].values;
        bool        bad = false;
        switch (brasa__type_phys(call->expr->type)) {
        case BRASA_PHYS_I8: bad = __builtin_sub_overflow(0, ((const int8_t *)v)[a], &((int8_t *)call->values)[r]); break;
        case BRASA_PHYS_I16: bad = __builtin_sub_overflow(0, ((const int16_t *)v)[a], &((int16_t *)call->values)[r]); break;
        case BRASA_PHYS_I32: bad = __builtin_sub_overflow(0, ((const int32_t *)v)[a], &((int32_t *)call->values)[r]); break;
        case BRASA_PHYS_I64: bad = __builtin_sub_overflow(0, ((const int64_t *)v)[a], &((int64_t *)call->values)[r]); break;
        case BRASA_PHYS_I128: ((brasa_int128 *)call->values)[r] = -((const brasa_int128 *)v)[a]; break;
        case BRASA_PHYS_F32: ((float *)call->values)[r] = -((const float *)v)[a]; break;
        case BRASA_PHYS_F64: ((double *)call->values)[r] = -((const double *)v)[a]; break;
        case BRASA_PHYS_INTERVAL:
            bad = !brasa__interval_negate(((const brasa_interval *)v)[a], &((brasa_interval *)call->values)[r]);
            break;
        case BRASA_PHYS_BOOL:
        case BRASA_PHYS_STRING:
        case BRASA_PHYS_SPAN:
        case BRASA_PHYS_VECTOR:
        case BRASA_PHYS_STRUCT:
        case BRASA_PHYS_NULL:
        case BRASA_PHYS_COUNT: break;
        }
        if (bad)
            BRASA_TRY(brasa__call_fail_row(call, r, err, "overflow: the least value of its type has no negative; cast to a wider type"));
    }
    return BRASA_OK;
}

static brasa_status positive_eval(brasa_call *call, brasa_error *err)
{
    size_t              width = brasa__type_width(call->expr->type);
    const brasa_column *c = &call->args[0];

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        size_t r = (size_t)call->rows[i], a = c->encoding == BRASA_CONST ? 0 : r;
        memcpy((char *)call->values + width * r, (const char *)c->values + width * a, width);
    }
    return BRASA_OK;
}

#define ARITH(id, text)                                                                                                            \
    {                                                                                                                              \
        .name = id, .min_args = 2, .max_args = 2, .flags = BRASA_FN_OPERATOR | BRASA_FN_CAN_FAIL, .doc = text, .eval = arith_eval, \
        .bind = bind_arith                                                                                                         \
    }
#define TRY_OF(id, text)                                                                                                      \
    {                                                                                                                         \
        .name = id, .min_args = 2, .max_args = 2, .flags = BRASA_FN_OPERATOR | BRASA_FN_TRY, .doc = text, .eval = arith_eval, \
        .bind = bind_arith                                                                                                    \
    }

static const brasa_function table[] = {
    ARITH("+", "a + b: numbers; a date or timestamp and an interval"),
    ARITH("-", "a - b: numbers; a date or timestamp and an interval; two dates or timestamps"),
    ARITH("*", "a * b: numbers; an interval and a number"),
    ARITH("/", "a / b: DOUBLE, or DECIMAL of decimals; an interval and a number"),
    ARITH("%", "a % b: the rest of a / b, with the sign of a"),
    ARITH("mod", "mod(a, b): the rest of a / b, with the sign of a"),
    ARITH("div", "a DIV b: the quotient without its fraction, as BIGINT"),
    TRY_OF("try_add", "try_add(a, b): a + b, null on overflow"),
    TRY_OF("try_subtract", "try_subtract(a, b): a - b, null on overflow"),
    TRY_OF("try_multiply", "try_multiply(a, b): a * b, null on overflow"),
    TRY_OF("try_divide", "try_divide(a, b): a / b, null where b is 0"),
    TRY_OF("try_mod", "try_mod(a, b): a % b, null where b is 0"),
    {.name = "negative",
     .min_args = 1,
     .max_args = 1,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "-a, negative(a)",
     .resolve = brasa__resolve_number,
     .eval = negative_eval},
    {.name = "positive",
     .min_args = 1,
     .max_args = 1,
     .flags = 0,
     .doc = "+a, positive(a)",
     .resolve = brasa__resolve_number,
     .eval = positive_eval},
};

BRASA_FUNCTION_GROUP(arith, "Arithmetic", table);
