/* func_hash.c -- hashes and digests, with the values that Spark gives. */
#include <libdeflate.h>
#include <string.h>
#include <xxhash.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/func_groups.h"
#include "expr/resolve.h"
#include "kernel/digest.h"

/* ---- hash, xxhash64: one value after the other, the hash so far as seed ---- */

static uint64_t step32(bool murmur, uint32_t v, uint64_t seed)
{
    return murmur ? brasa__murmur3_u32(v, (uint32_t)seed) : XXH64(&v, 4, seed);
}

static uint64_t step64(bool murmur, uint64_t v, uint64_t seed)
{
    return murmur ? brasa__murmur3_u64(v, (uint32_t)seed) : XXH64(&v, 8, seed);
}

static uint64_t step_bytes(bool murmur, const void *p, size_t n, uint64_t seed)
{
    return murmur ? brasa__murmur3_bytes(p, n, (uint32_t)seed) : XXH64(p, n, seed);
}

/* Big-endian and as short as two's complement allows, as Java's BigInteger. */
static uint64_t step_wide(bool murmur, brasa_int128 v, uint64_t seed)
{
    uint8_t bytes[16];
    int     from = 0;

    for (int i = 0; i < 16; i++) bytes[i] = (uint8_t)((unsigned __int128)v >> (120 - 8 * i));
    while (from < 15 && ((bytes[from] == 0 && bytes[from + 1] < 0x80) || (bytes[from] == 0xff && bytes[from + 1] >= 0x80))) from++;
    return step_bytes(murmur, bytes + from, (size_t)(16 - from), seed);
}

static uint64_t step_float(bool murmur, const brasa_value *v, uint64_t seed)
{
    double   d = v->u.f == 0 ? 0 : v->u.f;
    float    f = (float)d;
    uint64_t wide;
    uint32_t narrow;

    memcpy(&wide, &d, 8);
    memcpy(&narrow, &f, 4);
    return v->type.kind == BRASA_KIND_FLOAT32 ? step32(murmur, narrow, seed) : step64(murmur, wide, seed);
}

static uint64_t step(bool murmur, const brasa_value *v, uint64_t seed)
{
    if (v->null) return seed;
    switch (v->type.kind) {
    case BRASA_KIND_BOOL: return step32(murmur, v->u.b, seed);
    case BRASA_KIND_INT8:
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_DATE: return step32(murmur, (uint32_t)v->u.i, seed);
    case BRASA_KIND_INT64:
    case BRASA_KIND_TIMESTAMP_NTZ:
    case BRASA_KIND_TIME:
    case BRASA_KIND_INTERVAL_DT:
    case BRASA_KIND_TIMESTAMP: return step64(murmur, (uint64_t)v->u.i, seed);
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64: return step_float(murmur, v, seed);
    case BRASA_KIND_DECIMAL: return v->type.precision <= 18 ? step64(murmur, (uint64_t)v->u.i, seed) : step_wide(murmur, v->u.d, seed);
    case BRASA_KIND_INTERVAL:
        return step32(murmur, (uint32_t)v->u.interval.months,
                      step32(murmur, (uint32_t)v->u.interval.days, step64(murmur, (uint64_t)v->u.interval.us, seed)));
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY: return step_bytes(murmur, v->u.s.p, v->u.s.n, seed);
    case BRASA_KIND_LIST:
    case BRASA_KIND_VECTOR:
    case BRASA_KIND_STRUCT:
    case BRASA_KIND_MAP:
        for (int32_t i = 0; i < v->u.list.n; i++) seed = step(murmur, &v->u.list.items[i], seed);
        return seed;
    case BRASA_KIND_NULL:
    case BRASA_KIND_COUNT: break;
    }
    return seed;
}

static BRASA_RESOLVE(hash)
{
    (void)arena, (void)types, (void)n, (void)err;
    *result = brasa__type(f->name[0] == 'h' ? BRASA_KIND_INT32 : BRASA_KIND_INT64);
    return BRASA_OK;
}

static brasa_status hash_eval(brasa_call *call, brasa_error *err)
{
    bool murmur = call->expr->type.kind == BRASA_KIND_INT32;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t  r = call->rows[i];
        uint64_t h = 42;
        for (int32_t k = 0; k < call->nargs; k++) {
            brasa_value v = brasa__column_value(&call->args[k], r, call->arena);
            h = step(murmur, &v, h);
        }
        if (murmur)
            ((int32_t *)call->values)[r] = (int32_t)(uint32_t)h;
        else
            ((int64_t *)call->values)[r] = (int64_t)h;
    }
    return BRASA_OK;
}

/* ---- digests ---- */

static brasa_status bytes_arg(brasa_type *t)
{
    return t->kind == BRASA_KIND_BINARY ? BRASA_OK : brasa__resolve_arg(t, BRASA_KIND_STRING);
}

static BRASA_RESOLVE(crc32)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_INT64);
    return bytes_arg(&types[0]);
}

static brasa_status crc32_eval(brasa_call *call, brasa_error *err)
{
    int64_t *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, call->rows[i]);
        out[call->rows[i]] = libdeflate_crc32(0, brasa_string_data(s), s->len);
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(digest)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    BRASA_TRY(bytes_arg(&types[0]));
    return n > 1 ? brasa__resolve_arg(&types[1], BRASA_KIND_INT32) : BRASA_OK;
}

/* Bytes of the digest; 0: there is none of so many bits. */
static int32_t digest(const brasa_call *call, int32_t r, uint8_t *out)
{
    const char         *name = call->expr->name;
    const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
    const char         *p = brasa_string_data(s);
    int32_t             bits = call->nargs > 1 ? BRASA_ARG(call, 1, int32_t, r) : 0;

    if (name[0] == 'm') {
        brasa__md5(p, s->len, out);
        return 16;
    }
    if (strcmp(name, "sha2") != 0) {
        brasa__sha1(p, s->len, out);
        return 20;
    }
    if (bits == 0) bits = 256;
    if (bits != 224 && bits != 256 && bits != 384 && bits != 512) return 0;
    brasa__sha2(p, s->len, bits, out);
    return bits / 8;
}

static brasa_status digest_eval(brasa_call *call, brasa_error *err)
{
    static const char hex[] = "0123456789abcdef";
    brasa_string     *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        uint8_t bytes[64];
        int32_t n = digest(call, r, bytes);
        char   *text = brasa__arena_alloc(call->arena, 129);
        for (int32_t k = 0; k < n; k++) {
            text[2 * k] = hex[bytes[k] >> 4];
            text[2 * k + 1] = hex[bytes[k] & 15];
        }
        if (n == 0)
            brasa__call_set_null(call, r);
        else
            out[r] = brasa__string(text, 2 * (size_t)n);
    }
    return BRASA_OK;
}

static const brasa_function table[] = {
    {.name = "hash",
     .min_args = 1,
     .max_args = -1,
     .flags = BRASA_FN_NULLS,
     .doc = "hash(a, ...): an INT (Murmur3, seed 42)",
     .resolve = brasa__resolve_hash,
     .eval = hash_eval},
    {.name = "xxhash64",
     .min_args = 1,
     .max_args = -1,
     .flags = BRASA_FN_NULLS,
     .doc = "xxhash64(a, ...): a BIGINT (XXH64, seed 42)",
     .resolve = brasa__resolve_hash,
     .eval = hash_eval},
    {.name = "crc32",
     .min_args = 1,
     .max_args = 1,
     .flags = 0,
     .doc = "crc32(bytes): BIGINT",
     .resolve = brasa__resolve_crc32,
     .eval = crc32_eval},
    {.name = "md5",
     .min_args = 1,
     .max_args = 1,
     .flags = 0,
     .doc = "md5(bytes): hexadecimal digits",
     .resolve = brasa__resolve_digest,
     .eval = digest_eval},
    {.name = "sha1",
     .min_args = 1,
     .max_args = 1,
     .flags = 0,
     .doc = "sha1(bytes): hexadecimal digits",
     .resolve = brasa__resolve_digest,
     .eval = digest_eval},
    {.name = "sha",
     .min_args = 1,
     .max_args = 1,
     .flags = 0,
     .doc = "sha(bytes): sha1",
     .resolve = brasa__resolve_digest,
     .eval = digest_eval},
    {.name = "sha2",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_NULLABLE,
     .doc = "sha2(bytes, bits): 224, 256 (or 0), 384, 512; hexadecimal digits",
     .resolve = brasa__resolve_digest,
     .eval = digest_eval},
};

BRASA_FUNCTION_GROUP(hash, "Hashes", table);
