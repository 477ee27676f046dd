/* kernel/sortkey.c -- see the header. */
#include "kernel/sortkey.h"

#include <string.h>

#include "data/type.h"
#include "kernel/rows.h"

/* Put the top `bits` bits of v (left-aligned in 64) at bit `at` of the prefix. */
static inline void put(uint64_t *hi, uint64_t *lo, int32_t at, uint64_t v)
{
    if (at < 64) {
        *hi |= v >> at;
        if (at > 0) *lo |= v << (64 - at);
    } else if (at < 128) {
        *lo |= v >> (at - 64);
    }
}

static inline uint64_t order_f64(double x)
{
    uint64_t u;

    x = x != x ? __builtin_nan("") : x + 0.0;
    memcpy(&u, &x, 8);
    return (u >> 63) != 0 ? ~u : u | ((uint64_t)1 << 63);
}

static inline uint64_t order_string(const brasa_string *s)
{
    uint64_t u = 0;

    memcpy(&u, brasa_string_data(s), s->len < 8 ? s->len : 8);
    return __builtin_bswap64(u);
}

static inline int64_t interval_us(const brasa_interval *i)
{
    return ((int64_t)i->months * 30 + i->days) * 86400000000 + i->us;
}

static const uint64_t SIGN = (uint64_t)1 << 63;

/* The value of row r, left-aligned in 64 bits, in order. */
static inline uint64_t order_of(brasa_phys phys, const void *v, int32_t r)
{
    switch (phys) {
    case BRASA_PHYS_BOOL: return (uint64_t)((const uint8_t *)v)[r] << 56;
    case BRASA_PHYS_I8: return ((uint64_t)((const int8_t *)v)[r] << 56) ^ SIGN;
    case BRASA_PHYS_I16: return ((uint64_t)((const int16_t *)v)[r] << 48) ^ SIGN;
    case BRASA_PHYS_I32: return ((uint64_t)((const int32_t *)v)[r] << 32) ^ SIGN;
    case BRASA_PHYS_I64: return (uint64_t)((const int64_t *)v)[r] ^ SIGN;
    case BRASA_PHYS_I128: return (uint64_t)(((const brasa_int128 *)v)[r] >> 64) ^ SIGN;
    case BRASA_PHYS_F32: return order_f64((double)((const float *)v)[r]);
    case BRASA_PHYS_F64: return order_f64(((const double *)v)[r]);
    case BRASA_PHYS_INTERVAL: return (uint64_t)interval_us(&((const brasa_interval *)v)[r]) ^ SIGN;
    case BRASA_PHYS_STRING: return order_string(&((const brasa_string *)v)[r]);
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return 0;
}

/* Bits of a value in the prefix; 0: none can be given. */
static int32_t bits_of(brasa_phys phys)
{
    switch (phys) {
    case BRASA_PHYS_BOOL:
    case BRASA_PHYS_I8: return 8;
    case BRASA_PHYS_I16: return 16;
    case BRASA_PHYS_I32: return 32;
    case BRASA_PHYS_I64:
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64:
    case BRASA_PHYS_INTERVAL:
    case BRASA_PHYS_STRING: return 64;
    case BRASA_PHYS_I128: return 128;
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return 0;
}

static void put_column(const brasa_column *c, const brasa_sortkey_col *key, int32_t at, int32_t n, uint64_t *hi, uint64_t *lo)
{
    brasa_phys phys = brasa__type_phys(c->type);
    int32_t    bits = bits_of(phys);
    uint64_t   mask = bits >= 64 ? ~(uint64_t)0 : ~(~(uint64_t)0 >> bits);
    uint64_t   flip = key->desc ? mask : 0;
    bool       constant = c->encoding == BRASA_CONST;

    if (!key->nullable || (c->valid == NULL && phys != BRASA_PHYS_NULL)) {
        int32_t from = at + (key->nullable ? 8 : 0);

        for (int32_t i = 0; i < n && key->nullable; i++) put(&hi[i], &lo[i], at, (uint64_t)1 << 56);
#define LOOP(P) \
    for (int32_t i = 0; i < n; i++) put(&hi[i], &lo[i], from, order_of(P, c->values, constant ? 0 : i) ^ flip)
        switch (phys) {
        case BRASA_PHYS_I64: LOOP(BRASA_PHYS_I64); break;
        case BRASA_PHYS_I32: LOOP(BRASA_PHYS_I32); break;
        case BRASA_PHYS_F64: LOOP(BRASA_PHYS_F64); break;
        case BRASA_PHYS_STRING: LOOP(BRASA_PHYS_STRING); break;
        case BRASA_PHYS_BOOL:
        case BRASA_PHYS_I8:
        case BRASA_PHYS_I16:
        case BRASA_PHYS_I128:
        case BRASA_PHYS_F32:
        case BRASA_PHYS_INTERVAL:
        case BRASA_PHYS_SPAN:
        case BRASA_PHYS_VECTOR:
        case BRASA_PHYS_STRUCT:
        case BRASA_PHYS_NULL:
        case BRASA_PHYS_COUNT: LOOP(phys); break;
        }
#undef LOOP
    } else {
        uint64_t null_byte = (uint64_t)(key->nulls_last ? 2 : 0) << 56, value_byte = (uint64_t)1 << 56;

        for (int32_t i = 0; i < n; i++) {
            bool valid = brasa_column_is_valid(c, i);

            put(&hi[i], &lo[i], at, valid ? value_byte : null_byte);
            if (valid) put(&hi[i], &lo[i], at + 8, order_of(phys, c->values, constant ? 0 : i) ^ flip);
        }
    }
    if (phys != BRASA_PHYS_I128) return;
    at += 64 + (key->nullable ? 8 : 0);
    for (int32_t i = 0; i < n; i++) {
        if (brasa_column_is_valid(c, i)) put(&hi[i], &lo[i], at, (uint64_t)((const brasa_int128 *)c->values)[constant ? 0 : i] ^ flip);
    }
}

bool brasa__sortkey_prefix(const brasa_column *cols, const brasa_sortkey_col *keys, int32_t nkeys, int32_t n, uint64_t *hi, uint64_t *lo)
{
    int32_t at = 0;

    memset(hi, 0, (size_t)n * 8);
    memset(lo, 0, (size_t)n * 8);
    for (int32_t k = 0; k < nkeys; k++) {
        const brasa_column *c = &cols[keys[k].col];
        brasa_phys          phys = brasa__type_phys(c->type);
        int32_t             bits = bits_of(phys);

        if (phys == BRASA_PHYS_NULL) continue;
        if (bits == 0 || at >= 128) return false;
        put_column(c, &keys[k], at, n, hi, lo);
        at += bits + (keys[k].nullable ? 8 : 0);
        /* What follows a cut string, or two intervals that are the same length in other units, says nothing about the order. */
        if (phys == BRASA_PHYS_STRING || phys == BRASA_PHYS_INTERVAL) return false;
    }
    return at <= 128;
}

int brasa__sortkey_compare(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi, const brasa_sortkey_col *keys,
                           int32_t nkeys)
{
    for (int32_t k = 0; k < nkeys; k++) {
        const brasa_column *x = &a[keys[k].col], *y = &b[keys[k].col];
        bool                xv = brasa_column_is_valid(x, ai), yv = brasa_column_is_valid(y, bi);
        int                 order;

        if (!xv && !yv) continue;
        if (xv != yv) return (xv ? 1 : -1) * (keys[k].nulls_last ? -1 : 1);
        order = brasa__compare_row(x, ai, y, bi);
        if (order != 0) return keys[k].desc ? -order : order;
    }
    return 0;
}
