/* rows_hash.c -- hashes of rows.
 *
 * A column is hashed in runs that stay in registers and L1: values to a small array, nulls over it, then into the caller's hashes.  A
 * small dictionary is hashed once, and its codes look the hashes up.  Short strings hash as two words, which is the same in every
 * encoding because a string of at most 12 bytes is always inline.
 */
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/hash.h"
#include "data/block.h"
#include "data/type.h"
#include "data/value.h"
#include "kernel/clones.h"
#include "kernel/rows.h"

enum { RUN = 256 };

static const uint64_t NULL_HASH = 0x6e756c6c9e3779b9u, SEED = 0x9e3779b97f4a7c15u, SEED2 = 0xc2b2ae3d27d4eb4fu;

static inline uint64_t hash_int(int64_t v)
{
    return brasa__hash_u64((uint64_t)v + SEED);
}

static inline uint64_t hash_i128(const brasa_int128 *v)
{
    int64_t low = (int64_t)*v;

    /* what fits in 64 bits hashes as it would there */
    return *v == low ? hash_int(low) : brasa__hash_combine(hash_int(low), (uint64_t)(*v >> 64));
}

static inline uint64_t hash_double(double v)
{
    uint64_t bits;

    v = v != v ? __builtin_nan("") : v + 0.0; /* -0.0 + 0.0 is 0.0 */
    memcpy(&bits, &v, 8);
    return brasa__hash_u64(bits + SEED);
}

static inline uint64_t hash_interval(const brasa_interval *v)
{
    brasa_int128 total = brasa__interval_total(*v);

    return hash_i128(&total);
}

static inline uint64_t hash_string(const brasa_string *s)
{
    uint64_t w[2];

    if (s->len > 12) return XXH3_64bits(s->u.ref.data, s->len); /* brasa__hash_bytes, inline */
    memcpy(w, s, 16);
    return brasa__hash_u64((w[0] ^ SEED) * SEED2 + brasa__hash_u64(w[1] + SEED));
}

#define T       uint8_t
#define NAME    u8
#define HASH(p) hash_int(*(p))
#include "kernel/rows_hash.tmpl.h"
#define T       int8_t
#define NAME    i8
#define HASH(p) hash_int(*(p))
#include "kernel/rows_hash.tmpl.h"
#define T       int16_t
#define NAME    i16
#define HASH(p) hash_int(*(p))
#include "kernel/rows_hash.tmpl.h"
#define T       int32_t
#define NAME    i32
#define HASH(p) hash_int(*(p))
#include "kernel/rows_hash.tmpl.h"
#define T       int64_t
#define NAME    i64
#define HASH(p) hash_int(*(p))
#include "kernel/rows_hash.tmpl.h"
#define T       brasa_int128
#define NAME    i128
#define HASH(p) hash_i128(p)
#include "kernel/rows_hash.tmpl.h"
#define T       float
#define NAME    f32
#define HASH(p) hash_double((double)*(p))
#include "kernel/rows_hash.tmpl.h"
#define T       double
#define NAME    f64
#define HASH(p) hash_double(*(p))
#include "kernel/rows_hash.tmpl.h"
#define T       brasa_interval
#define NAME    interval
#define HASH(p) hash_interval(p)
#include "kernel/rows_hash.tmpl.h"
#define T       brasa_string
#define NAME    string
#define HASH(p) hash_string(p)
#include "kernel/rows_hash.tmpl.h"

static void hash_run(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, uint64_t *out);

/* Hash of the n values from row `from` on, in order. */
static uint64_t hash_sequence(const brasa_column *c, int32_t from, int32_t n)
{
    uint64_t h = hash_int(n), some[16];

    for (int32_t i = 0; i < n; i += 16) {
        int32_t m = n - i < 16 ? n - i : 16;

        hash_run(c, NULL, from + i, m, some);
        for (int32_t k = 0; k < m; k++) h = brasa__hash_combine(h, some[k]);
    }
    return h;
}

static uint64_t hash_nested(const brasa_column *c, int32_t i)
{
    uint64_t h = SEED, one;

    if (brasa__type_has_span(c->type)) {
        brasa_span s = ((const brasa_span *)c->values)[i];

        return hash_sequence(c->child, s.offset, s.len);
    }
    if (c->type.kind == BRASA_KIND_VECTOR) {
        const float *v = (const float *)c->values + (size_t)i * (size_t)c->type.length;
        brasa_column floats = {.type.kind = BRASA_KIND_FLOAT32, .encoding = BRASA_FLAT, .values = v};

        return hash_sequence(&floats, 0, c->type.length);
    }
    for (int32_t f = 0; f < c->type.nfields; f++) {
        hash_run(&c->child[f], NULL, (int32_t)c->child_rows + i, 1, &one);
        h = brasa__hash_combine(h, one);
    }
    return h;
}

/* Hashes of values, null or not; rows are those of the values (a dictionary's, for DICT). */
static void hash_flat(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, uint64_t *out)
{
    const void *v = c->values;

    switch (brasa__type_phys(c->type)) {
    case BRASA_PHYS_BOOL: hash_values_u8(v, rows, from, n, out); break;
    case BRASA_PHYS_I8: hash_values_i8(v, rows, from, n, out); break;
    case BRASA_PHYS_I16: hash_values_i16(v, rows, from, n, out); break;
    case BRASA_PHYS_I32: hash_values_i32(v, rows, from, n, out); break;
    case BRASA_PHYS_I64: hash_values_i64(v, rows, from, n, out); break;
    case BRASA_PHYS_I128: hash_values_i128(v, rows, from, n, out); break;
    case BRASA_PHYS_F32: hash_values_f32(v, rows, from, n, out); break;
    case BRASA_PHYS_F64: hash_values_f64(v, rows, from, n, out); break;
    case BRASA_PHYS_INTERVAL: hash_values_interval(v, rows, from, n, out); break;
    case BRASA_PHYS_STRING: hash_values_string(v, rows, from, n, out); break;
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
        for (int32_t i = 0; i < n; i++) out[i] = hash_nested(c, rows != NULL ? rows[i] : from + i);
        break;
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT:
        for (int32_t i = 0; i < n; i++) out[i] = NULL_HASH;
        break;
    }
}

static void hash_nulls(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, uint64_t *out)
{
    for (int32_t i = 0; i < n; i++) {
        int32_t r = rows != NULL ? rows[i] : from + i;

        out[i] = brasa__bit_get(c->valid, r) ? out[i] : NULL_HASH;
    }
}

/* At most RUN rows of a column of any encoding. */
static void hash_run(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, uint64_t *out)
{
    int32_t codes[RUN];

    if (c->encoding == BRASA_CONST) {
        uint64_t h = NULL_HASH;

        if (brasa_column_is_valid(c, 0)) hash_flat(c, NULL, 0, 1, &h);
        for (int32_t i = 0; i < n; i++) out[i] = h;
        return;
    }
    if (c->encoding == BRASA_DICT) {
        const int32_t *code = c->codes + from;

        if (rows != NULL) {
            for (int32_t i = 0; i < n; i++) codes[i] = c->codes[rows[i]];
            code = codes;
        }
        hash_flat(c->child, code, 0, n, out);
    } else {
        hash_flat(c, rows, from, n, out);
    }
    if (c->valid != NULL) hash_nulls(c, rows, from, n, out);
}

/* A small dictionary hashed beforehand: out[i] = hashes[code]. */
static void hash_by_code(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, const uint64_t *hashes, uint64_t *out)
{
    for (int32_t i = 0; i < n; i++) out[i] = hashes[c->codes[rows != NULL ? rows[i] : from + i]];
    if (c->valid != NULL) hash_nulls(c, rows, from, n, out);
}

BRASA_CLONES
static void combine_run(uint64_t *restrict hash, const uint64_t *restrict h, int32_t n)
{
    for (int32_t i = 0; i < n; i++) hash[i] = brasa__hash_combine(hash[i], h[i]);
}

void brasa__hash_rows(const brasa_column *c, const int32_t *rows, int32_t n, bool first, uint64_t *hash)
{
    uint64_t dict[RUN], run[RUN];
    bool     by_code = c->encoding == BRASA_DICT && c->child_rows > 0 && c->child_rows <= RUN && c->child_rows < n;

    if (by_code) hash_flat(c->child, NULL, 0, (int32_t)c->child_rows, dict);
    for (int32_t i = 0; i < n; i += RUN) {
        int32_t        m = n - i < RUN ? n - i : RUN;
        const int32_t *r = rows == NULL ? NULL : rows + i;
        uint64_t      *out = first ? hash + i : run;

        if (by_code) {
            hash_by_code(c, r, i, m, dict, out);
        } else {
            hash_run(c, r, i, m, out);
        }
        if (!first) combine_run(hash + i, run, m);
    }
}
