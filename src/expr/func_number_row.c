/* func_number_row.c -- numbers: single bits, divisors, kinds of doubles, random values in a range. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "expr/bind.h"
#include "expr/func_groups.h"
#include "expr/func_row.h"
#include "expr/random.h"
#include "kernel/decimal.h"

#define ROW(name) static brasa_status name(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)

static BRASA_RESOLVE(getbit)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_INT8);
    if (!brasa__type_is_integer(types[0])) BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_INT64));
    return brasa__resolve_arg(&types[1], BRASA_KIND_INT32);
}

ROW(getbit_row)
{
    int32_t bits = (int32_t)brasa__type_width(call->args[0].type) * 8;

    if (args[1].u.i < 0 || args[1].u.i >= bits)
        return brasa__fail(err, BRASA_ARITHMETIC, "getbit: there is no bit %d of %d", (int)args[1].u.i, bits);
    brasa__out_int(out, args[0].u.i >> args[1].u.i & 1);
    return BRASA_OK;
}

static uint64_t magnitude(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

static uint64_t divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

ROW(gcd_row)
{
    uint64_t g = divisor(magnitude(args[0].u.i), magnitude(args[1].u.i));

    (void)call;
    if (g > INT64_MAX) return brasa__fail(err, BRASA_ARITHMETIC, "gcd does not fit BIGINT");
    brasa__out_int(out, (int64_t)g);
    return BRASA_OK;
}

ROW(lcm_row)
{
    uint64_t a = magnitude(args[0].u.i), b = magnitude(args[1].u.i), g = divisor(a, b), l;

    (void)call;
    if (g == 0) return brasa__out_int(out, 0), BRASA_OK;
    if (__builtin_mul_overflow(a / g, b, &l) || l > INT64_MAX) return brasa__fail(err, BRASA_ARITHMETIC, "lcm does not fit BIGINT");
    brasa__out_int(out, (int64_t)l);
    return BRASA_OK;
}

ROW(isinf_row)
{
    (void)call, (void)err;
    brasa__out_bool(out, isinf(args[0].u.f));
    return BRASA_OK;
}

ROW(isfinite_row)
{
    (void)call, (void)err;
    brasa__out_bool(out, isfinite(args[0].u.f));
    return BRASA_OK;
}

ROW(xor_row)
{
    (void)call, (void)err;
    brasa__out_int(out, args[0].u.i ^ args[1].u.i);
    return BRASA_OK;
}

/* ---- bitmaps of counters: 32,768 bits each ---- */

enum { BITMAP = 32768 };

ROW(bitmap_position_row)
{
    int64_t v = args[0].u.i;

    (void)call, (void)err;
    brasa__out_int(out, v > 0 ? (v - 1) % BITMAP : -(v % BITMAP));
    return BRASA_OK;
}

ROW(bitmap_bucket_row)
{
    int64_t v = args[0].u.i;

    (void)call, (void)err;
    brasa__out_int(out, v > 0 ? 1 + (v - 1) / BITMAP : v / BITMAP);
    return BRASA_OK;
}

ROW(bitmap_count_row)
{
    int64_t n = 0;

    (void)call, (void)err;
    for (size_t i = 0; i < args[0].u.s.n; i++) n += __builtin_popcount((unsigned char)args[0].u.s.p[i]);
    brasa__out_int(out, n);
    return BRASA_OK;
}

/* ---- random ---- */

static BRASA_RESOLVE(uniform)
{
    (void)f, (void)err;
    if (n > 2) BRASA_TRY(brasa__resolve_seed(&types[2]));
    if (types[0].kind != BRASA_KIND_NULL && !brasa__type_is_numeric(types[0])) return BRASA_TYPE;
    if (types[1].kind != BRASA_KIND_NULL && !brasa__type_is_numeric(types[1])) return BRASA_TYPE;
    if (!brasa__type_common(arena, types[0], types[1], result)) return BRASA_TYPE;
    if (types[0].kind != BRASA_KIND_FLOAT64 && types[1].kind != BRASA_KIND_FLOAT64 && result->kind == BRASA_KIND_FLOAT64)
        *result = brasa__type(BRASA_KIND_FLOAT32); /* a whole number and a FLOAT */
    types[0] = types[1] = *result;
    return BRASA_OK;
}

/* From the first to below the second; a null seed is 0.  Decimals are rounded, whole numbers cut. */
ROW(uniform_row)
{
    double f = brasa__random_double(call->state);

    (void)err;
    if (args[0].null || args[1].null) return BRASA_OK;
    out->null = false;
    switch ((int)call->expr->type.kind) {
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64: out->u.f = args[0].u.f + f * (args[1].u.f - args[0].u.f); break;
    case BRASA_KIND_DECIMAL:
        if (call->expr->type.precision > 18)
            out->u.d = args[0].u.d + (brasa_int128)round(f * (double)(args[1].u.d - args[0].u.d));
        else
            out->u.i = args[0].u.i + (int64_t)round(f * (double)(args[1].u.i - args[0].u.i));
        break;
    default: out->u.i = (int64_t)((double)args[0].u.i + f * ((double)args[1].u.i - (double)args[0].u.i)); break;
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(randstr)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    if (n > 1) BRASA_TRY(brasa__resolve_seed(&types[1]));
    if (types[0].kind != BRASA_KIND_NULL && !brasa__type_is_numeric(types[0])) return BRASA_TYPE;
    types[0] = brasa__type(BRASA_KIND_INT32);
    return BRASA_OK;
}

ROW(randstr_row)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    int64_t           n = args[0].null ? 0 : args[0].u.i;

    if (n < 0 || n > 1 << 20) return brasa__fail(err, BRASA_INVALID, "randstr of %lld letters; at least 0, at most 1048576", (long long)n);
    char *s = brasa__arena_alloc(call->arena, (size_t)n + 1);
    for (int64_t i = 0; i < n; i++) s[i] = letters[abs((int32_t)brasa__random_bits(call->state, 32) % 62)];
    brasa__out_bytes(out, s, (size_t)n);
    return BRASA_OK;
}

/* RFC 9562, version 4. */
ROW(uuid_row)
{
    uint64_t   a = brasa__random_next(call->state), b = brasa__random_next(call->state);
    brasa_text t;

    (void)args, (void)err;
    a = (a & ~UINT64_C(0xf000)) | 0x4000;
    b = (b & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
    brasa__text_init(&t, call->arena);
    brasa__text_addf(&t, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xffff),
                     (unsigned)(b >> 48), (unsigned long long)(b & 0xffffffffffff));
    brasa__out_text(out, &t);
    return BRASA_OK;
}

/* ---- the partition of a row ---- */

static brasa_status partition_open(brasa_arena *arena, const brasa_expr *e, void **state, brasa_error *err)
{
    (void)e, (void)err;
    *state = BRASA_NEW(arena, int32_t);
    return BRASA_OK;
}

static void partition_begin(void *state, int32_t partition)
{
    *(int32_t *)state = partition;
}

ROW(partition_row)
{
    (void)args, (void)err;
    brasa__out_int(out, *(const int32_t *)call->state);
    return BRASA_OK;
}

#define FN   BRASA_ROW_FN
#define FAIL BRASA_FN_CAN_FAIL

static const brasa_function table[] = {
    {.name = "getbit",
     .min_args = 2,
     .max_args = 2,
     .flags = FAIL,
     .doc = "getbit(n, i): its bit i, from 0 at the right",
     .resolve = brasa__resolve_getbit,
     .eval = brasa__row_eval,
     .row = getbit_row},
    {.name = "bit_get",
     .min_args = 2,
     .max_args = 2,
     .flags = FAIL,
     .doc = "bit_get(n, i): getbit",
     .resolve = brasa__resolve_getbit,
     .eval = brasa__row_eval,
     .row = getbit_row},
    FN("gcd", 2, 2, FAIL, "ll:l", gcd_row, "gcd(a, b): their greatest common divisor"),
    FN("lcm", 2, 2, FAIL, "ll:l", lcm_row, "lcm(a, b): their least common multiple"),
    FN("isinf", 1, 1, 0, "d:b", isinf_row, "isinf(x): is it infinite?"),
    FN("isfinite", 1, 1, 0, "d:b", isfinite_row, "isfinite(x): is it neither infinite nor NaN?"),
    FN("xor", 2, 2, 0, "ll:l", xor_row, "xor(a, b): bits that one of them has"),
    FN("bitmap_bit_position", 1, 1, 0, "l:l", bitmap_position_row, "bitmap_bit_position(n): its bit in its bitmap of 32,768"),
    FN("bitmap_bucket_number", 1, 1, 0, "l:l", bitmap_bucket_row, "bitmap_bucket_number(n): its bitmap of 32,768 bits"),
    FN("bitmap_count", 1, 1, 0, "y:l", bitmap_count_row, "bitmap_count(bytes): bits that are set"),
    {.name = "uniform",
     .min_args = 2,
     .max_args = 3,
     .flags = BRASA_FN_VOLATILE | BRASA_FN_STATE | BRASA_FN_NULLS,
     .doc = "uniform(low, high [, seed]): a random number between them",
     .resolve = brasa__resolve_uniform,
     .eval = brasa__row_eval,
     .row = uniform_row,
     .open = brasa__random_open,
     .begin = brasa__random_begin},
    {.name = "randstr",
     .min_args = 1,
     .max_args = 2,
     .flags = BRASA_FN_VOLATILE | BRASA_FN_STATE | BRASA_FN_NULLS | FAIL,
     .doc = "randstr(n [, seed]): n random letters and digits",
     .resolve = brasa__resolve_randstr,
     .eval = brasa__row_eval,
     .row = randstr_row,
     .open = brasa__random_open,
     .begin = brasa__random_begin},
    {.name = "spark_partition_id",
     .min_args = 0,
     .max_args = 0,
     .flags = BRASA_FN_VOLATILE | BRASA_FN_STATE,
     .doc = "spark_partition_id(): the number of the partition that the row is in, from 0",
     .types = ":i",
     .resolve = brasa__resolve_signature,
     .eval = brasa__row_eval,
     .row = partition_row,
     .open = partition_open,
     .begin = partition_begin},
    {.name = "uuid",
     .min_args = 0,
     .max_args = 1,
     .flags = BRASA_FN_VOLATILE | BRASA_FN_STATE,
     .doc = "uuid(): a random one",
     .types = "l:s",
     .resolve = brasa__resolve_signature,
     .eval = brasa__row_eval,
     .row = uuid_row,
     .open = brasa__random_open,
     .begin = brasa__random_begin},
};

BRASA_FUNCTION_GROUP(number_row, "Numbers", table);
