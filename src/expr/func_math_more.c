/* func_math_more.c -- numbers: remainders, buckets, digits in other bases, random numbers. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/func_groups.h"
#include "expr/func_string.h"
#include "expr/resolve.h"
#include "expr/random.h"

/* ---- pmod, factorial, width_bucket, nanvl ---- */

static BRASA_RESOLVE(pmod)
{
    (void)f, (void)err;
    for (int k = 0; k < n; k++) {
        if (types[k].kind == BRASA_KIND_DECIMAL || types[k].kind == BRASA_KIND_STRING || types[k].kind == BRASA_KIND_NULL)
            types[k] = brasa__type(BRASA_KIND_FLOAT64);
        if (!brasa__type_is_numeric(types[k])) return BRASA_TYPE;
    }
    if (!brasa__type_common(arena, types[0], types[1], result)) return BRASA_TYPE;
    *result = brasa__type(brasa__type_is_integer(*result) ? BRASA_KIND_INT64 : BRASA_KIND_FLOAT64);
    types[0] = types[1] = *result;
    return BRASA_OK;
}

static brasa_status pmod_eval(brasa_call *call, brasa_error *err)
{
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        bool    zero;
        if (call->expr->type.kind == BRASA_KIND_INT64) {
            int64_t a = BRASA_ARG(call, 0, int64_t, r), b = BRASA_ARG(call, 1, int64_t, r), m = 0;
            zero = b == 0;
            if (!zero && b != -1) m = a % b;
            if (m < 0) m = (m + b) % b;
            ((int64_t *)call->values)[r] = m;
        } else {
            double a = BRASA_ARG(call, 0, double, r), b = BRASA_ARG(call, 1, double, r);
            double m = fmod(a, b);
            zero = b == 0;
            ((double *)call->values)[r] = m < 0 ? fmod(m + b, b) : m;
        }
        if (zero) BRASA_TRY(brasa__call_fail_row(call, r, err, "division by zero in pmod"));
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(int_to_bigint)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_INT64);
    return brasa__resolve_arg(&types[0], BRASA_KIND_INT32);
}

static brasa_status factorial_eval(brasa_call *call, brasa_error *err)
{
    int64_t *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], v = BRASA_ARG(call, 0, int32_t, r);
        if (v < 0 || v > 20) {
            brasa__call_set_null(call, r);
            continue;
        }
        out[r] = 1;
        for (int32_t k = 2; k <= v; k++) out[r] *= k;
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(width_bucket)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_INT64);
    if (brasa__type_is_interval(types[0]) && types[1].kind == types[0].kind && types[2].kind == types[0].kind) {
        for (int32_t i = 0; i < 3; i++) types[i] = brasa__type(types[0].kind);
    } else {
        for (int32_t i = 0; i < 3; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_FLOAT64));
    }
    return brasa__resolve_arg(&types[3], BRASA_KIND_INT64);
}

/* A number, the months of an interval or its microseconds. */
static double measure_of(const brasa_call *call, int32_t arg, int32_t r)
{
    brasa_kind kind = call->args[arg].type.kind;

    if (kind == BRASA_KIND_INTERVAL_YM) return BRASA_ARG(call, arg, int32_t, r);
    return kind == BRASA_KIND_INTERVAL_DT ? (double)BRASA_ARG(call, arg, int64_t, r) : BRASA_ARG(call, arg, double, r);
}

static brasa_status width_bucket_eval(brasa_call *call, brasa_error *err)
{
    int64_t *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        double  v = measure_of(call, 0, r), low = measure_of(call, 1, r), high = measure_of(call, 2, r);
        int64_t buckets = BRASA_ARG(call, 3, int64_t, r);
        if (buckets <= 0 || buckets == INT64_MAX || isnan(v) || !isfinite(low) || !isfinite(high) || low == high) {
            brasa__call_set_null(call, r);
            continue;
        }
        double share = (v - low) / (high - low);
        out[r] = share < 0 ? 0 : share >= 1 ? buckets + 1 : (int64_t)(share * (double)buckets) + 1;
    }
    return BRASA_OK;
}

static brasa_status nanvl_eval(brasa_call *call, brasa_error *err)
{
    double *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        double  a = BRASA_ARG(call, 0, double, r);
        out[r] = isnan(a) ? BRASA_ARG(call, 1, double, r) : a;
    }
    return BRASA_OK;
}

/* ---- digits in other bases ---- */

static BRASA_RESOLVE(hex)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    if (brasa__type_is_numeric(types[0])) return brasa__resolve_arg(&types[0], BRASA_KIND_INT64);
    return types[0].kind == BRASA_KIND_BINARY ? BRASA_OK : brasa__resolve_arg(&types[0], BRASA_KIND_STRING);
}

/* v in a base of 2 to 36, capital letters. */
static brasa_string in_base(brasa_arena *arena, uint64_t v, unsigned base, bool negative)
{
    char   buf[66];
    size_t at = sizeof buf;

    do {
        buf[--at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[v % base];
        v /= base;
    } while (v > 0);
    if (negative) buf[--at] = '-';
    return brasa__string(brasa__arena_copy(arena, buf + at, sizeof buf - at), sizeof buf - at);
}

static brasa_status hex_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        if (call->args[0].type.kind == BRASA_KIND_INT64) {
            out[r] = in_base(call->arena, (uint64_t)BRASA_ARG(call, 0, int64_t, r), 16, false);
            continue;
        }
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        const char         *p = brasa_string_data(s);
        char               *to = brasa__arena_alloc(call->arena, 2 * (size_t)s->len + 1);
        for (size_t k = 0; k < s->len; k++) {
            to[2 * k] = "0123456789ABCDEF"[(unsigned char)p[k] >> 4];
            to[2 * k + 1] = "0123456789ABCDEF"[(unsigned char)p[k] & 15];
        }
        out[r] = brasa__string(to, 2 * (size_t)s->len);
    }
    return BRASA_OK;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

static BRASA_RESOLVE(string_to_binary)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_BINARY);
    return brasa__resolve_arg(&types[0], BRASA_KIND_STRING);
}

static brasa_status unhex_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        const char         *p = brasa_string_data(s);
        char               *to = brasa__arena_alloc(call->arena, s->len / 2 + 2);
        size_t              m = 0, k = 0;
        bool                bad = false;
        if (s->len % 2 == 1) to[m++] = (char)digit_of(p[k]), bad = digit_of(p[k]) > 15, k = 1;
        for (; k < s->len; k += 2) {
            int high = digit_of(p[k]), low = digit_of(p[k + 1]);
            bad |= high > 15 || low > 15;
            to[m++] = (char)(high << 4 | (low & 15));
        }
        if (bad)
            brasa__call_set_null(call, r);
        else
            out[r] = brasa__string(to, m);
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(bigint_to_string)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    return brasa__resolve_arg(&types[0], BRASA_KIND_INT64);
}

static brasa_status bin_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++)
        out[call->rows[i]] = in_base(call->arena, (uint64_t)BRASA_ARG(call, 0, int64_t, call->rows[i]), 2, false);
    return BRASA_OK;
}

/* conv(text, from, to): digits up to the first that is none; a negative `to` gives a signed number. */
static brasa_status conv_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i], from = BRASA_ARG(call, 1, int32_t, r), to = BRASA_ARG(call, 2, int32_t, r);
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        const char         *p = brasa_string_data(s);
        size_t              k = 0;
        uint64_t            v = 0;
        bool                negative = false, over = false;
        uint32_t            base = to < 0 ? -(uint32_t)to : (uint32_t)to;
        if (from < 2 || from > 36 || base < 2 || base > 36 || s->len == 0) {
            brasa__call_set_null(call, r);
            continue;
        }
        if (p[0] == '-') negative = true, k = 1;
        for (; k < s->len && digit_of(p[k]) < from; k++) {
            over |= __builtin_mul_overflow(v, (uint64_t)from, &v);
            over |= __builtin_add_overflow(v, (uint64_t)digit_of(p[k]), &v);
        }
        if (over && call->try_rows) {
            v = UINT64_MAX, negative = false; /* without ansi, as in Spark */
        } else if (over) {
            BRASA_TRY(brasa__call_fail_row(call, r, err, "overflow in conv: the number of base %d has more than 64 bits", (int)from));
            continue;
        }
        if (negative) v = 0 - v;
        bool minus = to < 0 && (int64_t)v < 0;
        out[r] = in_base(call->arena, minus ? 0 - v : v, base, minus);
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(bits_of)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_INT32);
    if (types[0].kind == BRASA_KIND_BOOL) return types[0] = brasa__type(BRASA_KIND_INT64), BRASA_OK;
    return brasa__resolve_arg(&types[0], BRASA_KIND_INT64);
}

static brasa_status bit_count_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) out[call->rows[i]] = __builtin_popcountll((uint64_t)BRASA_ARG(call, 0, int64_t, call->rows[i]));
    return BRASA_OK;
}

/* ---- random numbers ---- */

static BRASA_RESOLVE(seed_to_double)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_FLOAT64);
    return n > 0 ? brasa__resolve_seed(&types[0]) : BRASA_OK;
}

static brasa_status random_eval(brasa_call *call, brasa_error *err)
{
    double *out = call->values;
    bool    normal = strcmp(call->expr->name, "randn") == 0;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        out[call->rows[i]] = normal ? brasa__random_normal(call->state) : brasa__random_double(call->state);
    }
    return BRASA_OK;
}

/* ---- assert_true ---- */

static BRASA_RESOLVE(assertion)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_NULL);
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_BOOL));
    return n > 1 ? brasa__resolve_arg(&types[1], BRASA_KIND_STRING) : BRASA_OK;
}

static brasa_status assert_eval(brasa_call *call, brasa_error *err)
{
    for (int32_t i = 0; i < call->n; i++) {
        int32_t     r = call->rows[i];
        brasa_value v = brasa__column_value(&call->args[0], r, call->arena), text = {.null = true};
        if (call->nargs > 1) text = brasa__column_value(&call->args[1], r, call->arena);
        brasa__call_set_null(call, r);
        if (v.null || !v.u.b)
            return brasa__fail(err, BRASA_ARITHMETIC, "assert_true: %.*s", text.null ? 11 : (int)text.u.s.n,
                               text.null ? "it is false" : text.u.s.p);
    }
    return BRASA_OK;
}

#define MATH(id, k, flag, res, fn, text)                                                                                  \
    {                                                                                                                     \
        .name = id, .min_args = k, .max_args = k, .flags = flag, .doc = text, .resolve = brasa__resolve_##res, .eval = fn \
    }
#define RANDOM(id, text)                                                                                                        \
    {                                                                                                                           \
        .name = id, .min_args = 0, .max_args = 1, .flags = BRASA_FN_NULLS | BRASA_FN_VOLATILE | BRASA_FN_STATE, .doc = text,    \
        .resolve = brasa__resolve_seed_to_double, .eval = random_eval, .open = brasa__random_open, .begin = brasa__random_begin \
    }

static const brasa_function table[] = {
    MATH("pmod", 2, BRASA_FN_CAN_FAIL, pmod, pmod_eval, "pmod(a, b): the rest of a / b, not negative for b > 0"),
    MATH("factorial", 1, BRASA_FN_NULLABLE, int_to_bigint, factorial_eval, "factorial(n): null unless 0 to 20"),
    MATH("width_bucket", 4, BRASA_FN_NULLABLE, width_bucket, width_bucket_eval,
         "width_bucket(x, low, high, n): which of n equal buckets; 0 below, n + 1 above"),
    MATH("nanvl", 2, 0, doubles_to_double, nanvl_eval, "nanvl(a, b): a, or b where a is NaN"),
    MATH("hex", 1, 0, hex, hex_eval, "hex(x): of a number or bytes"),
    MATH("unhex", 1, BRASA_FN_NULLABLE, string_to_binary, unhex_eval, "unhex(text): BINARY; null if it is none"),
    MATH("bin", 1, 0, bigint_to_string, bin_eval, "bin(n): binary digits"),
    MATH("conv", 3, BRASA_FN_NULLABLE | BRASA_FN_CAN_FAIL, string_ints_to_string, conv_eval,
         "conv(text, from, to): digits of one base in another"),
    MATH("bit_count", 1, 0, bits_of, bit_count_eval, "bit_count(n): ones of its 64 bits"),
    RANDOM("rand", "rand([seed]): 0 <= x < 1"),
    RANDOM("random", "random([seed]): rand"),
    RANDOM("randn", "randn([seed]): normally distributed"),
    {.name = "assert_true",
     .min_args = 1,
     .max_args = 2,
     .flags = BRASA_FN_NULLS | BRASA_FN_CAN_FAIL,
     .doc = "assert_true(test [, message]): null, or an error where it is not true",
     .resolve = brasa__resolve_assertion,
     .eval = assert_eval},
};

BRASA_FUNCTION_GROUP(math_more, "Numbers", table);
