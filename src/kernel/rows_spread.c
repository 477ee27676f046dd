/* rows_spread.c -- numbers that spread rows over partitions.
 *
 * Whole numbers go through a mixer of 32-bit steps (after Appleby's MurmurHash3 finalizer), with the high half folded in first: a vector unit has
 * no 64-bit multiplication before AVX-512, and the emulated one took a fifth of the time of a shuffle.  All else takes half of its hash.
 */
#include "data/block.h"
#include "data/type.h"
#include "kernel/clones.h"
#include "kernel/rows.h"

#include "base/hash.h"

enum { RUN = 256 };

static const uint32_t NULL_SPREAD = 0x6e756c6cu;

static inline uint32_t spread_int(int64_t v)
{
    uint32_t h = (uint32_t)((uint64_t)v >> 32) * 0x85ebca6bu;

    h ^= h >> 16;
    h ^= (uint32_t)(uint64_t)v;
    h *= 0x9e3779b1u;
    h ^= h >> 15;
    return h * 0xc2b2ae35u;
}

#define OUT     uint32_t
#define T       uint8_t
#define NAME    spread_u8
#define HASH(p) spread_int(*(p))
#include "kernel/rows_hash.tmpl.h"
#define OUT     uint32_t
#define T       int8_t
#define NAME    spread_i8
#define HASH(p) spread_int(*(p))
#include "kernel/rows_hash.tmpl.h"
#define OUT     uint32_t
#define T       int16_t
#define NAME    spread_i16
#define HASH(p) spread_int(*(p))
#include "kernel/rows_hash.tmpl.h"
#define OUT     uint32_t
#define T       int32_t
#define NAME    spread_i32
#define HASH(p) spread_int(*(p))
#include "kernel/rows_hash.tmpl.h"
#define OUT     uint32_t
#define T       int64_t
#define NAME    spread_i64
#define HASH(p) spread_int(*(p))
#include "kernel/rows_hash.tmpl.h"

/* Rows [from, from + n) of a flat column, or those that `rows` names; false: it holds no whole numbers of at most 64 bits. */
static bool spread_flat(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, uint32_t *out)
{
    switch (brasa__type_phys(c->type)) {
    case BRASA_PHYS_BOOL: hash_values_spread_u8(c->values, rows, from, n, out); return true;
    case BRASA_PHYS_I8: hash_values_spread_i8(c->values, rows, from, n, out); return true;
    case BRASA_PHYS_I16: hash_values_spread_i16(c->values, rows, from, n, out); return true;
    case BRASA_PHYS_I32: hash_values_spread_i32(c->values, rows, from, n, out); return true;
    case BRASA_PHYS_I64: hash_values_spread_i64(c->values, rows, from, n, out); return true;
    case BRASA_PHYS_I128:
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64:
    case BRASA_PHYS_INTERVAL:
    case BRASA_PHYS_STRING:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return false;
}

/* The value that row r shows: its place in the column (DICT: of the dictionary), and where it is. */
static int32_t place_of(const brasa_column *c, int32_t r)
{
    return c->encoding == BRASA_CONST ? 0 : c->encoding == BRASA_DICT ? c->codes[r] : r;
}

static void spread_nulls(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, uint32_t *out)
{
    for (int32_t i = 0; i < n; i++) {
        if (!brasa_column_is_valid(c, rows != NULL ? rows[i] : from + i)) out[i] = NULL_SPREAD;
    }
}

/* A decimal of up to 38 digits goes where one of up to 18 goes, if it is as small. */
static void spread_wide(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, uint32_t *out)
{
    const brasa_column *values = c->encoding == BRASA_DICT ? c->child : c;

    for (int32_t i = 0; i < n; i++) {
        int32_t      r = rows != NULL ? rows[i] : from + i;
        brasa_int128 v;

        if (!brasa_column_is_valid(c, r)) continue;
        v = ((const brasa_int128 *)values->values)[place_of(c, r)];
        if (v == (int64_t)v) out[i] = spread_int((int64_t)v);
    }
    spread_nulls(c, rows, from, n, out);
}

/* At most RUN rows, beginning at a multiple of 64. */
static void spread_run(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, uint32_t *out)
{
    brasa_column part;
    int32_t      place[RUN];
    uint64_t     hash[RUN];

    if (c->encoding == BRASA_CONST && !brasa_column_is_valid(c, 0)) {
        for (int32_t i = 0; i < n; i++) out[i] = NULL_SPREAD;
        return;
    }
    if (c->encoding == BRASA_FLAT && spread_flat(c, rows, from, n, out)) {
        if (c->valid != NULL) spread_nulls(c, rows, from, n, out);
        return;
    }
    if (c->encoding != BRASA_FLAT && (c->encoding == BRASA_CONST || c->child_rows > 0)) {
        for (int32_t i = 0; i < n; i++) place[i] = place_of(c, rows != NULL ? rows[i] : from + i);
        if (spread_flat(c->encoding == BRASA_DICT ? c->child : c, place, 0, n, out)) {
            spread_nulls(c, rows, from, n, out);
            return;
        }
    }
    part = *c;
    if (rows == NULL) brasa__column_slice(c, from, &part);
    brasa__hash_rows(&part, rows, n, true, hash);
    for (int32_t i = 0; i < n; i++) out[i] = (uint32_t)(hash[i] >> 32);
    if (brasa__type_phys(c->type) == BRASA_PHYS_I128) spread_wide(c, rows, from, n, out);
}

void brasa__spread_rows(const brasa_column *c, const int32_t *rows, int32_t n, uint32_t *out)
{
    for (int32_t i = 0; i < n; i += RUN) spread_run(c, rows == NULL ? NULL : rows + i, i, n - i < RUN ? n - i : RUN, out + i);
}
