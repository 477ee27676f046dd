/* shuffle/prefix.c -- 64 bits of a sort key whose unsigned order is the key's order, as far as 64 bits can tell.
 *
 * Nulls take one end; other values lose their lowest bit for it.  Equal prefixes say nothing, so types without a prefix have 0.
 */
#include <string.h>

#include "data/type.h"
#include "kernel/rows.h"
#include "shuffle/inner.h"

static uint64_t from_signed(int64_t v)
{
    return (uint64_t)v ^ (uint64_t)1 << 63;
}

/* -0.0 as 0.0, NaN after all numbers. */
static uint64_t from_double(double v)
{
    uint64_t bits;

    if (v == 0) v = 0;
    memcpy(&bits, &v, sizeof bits);
    if (v != v) return UINT64_MAX;
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static uint64_t from_string(const brasa_string *s)
{
    const char *p = brasa_string_data(s);
    uint64_t    bits = 0;

    memcpy(&bits, p, s->len < 8 ? s->len : 8);
    return __builtin_bswap64(bits);
}

static uint64_t one(brasa_phys phys, const void *values, int32_t i)
{
    switch (phys) {
    case BRASA_PHYS_BOOL: return ((const uint8_t *)values)[i] != 0 ? (uint64_t)1 << 63 : 0;
    case BRASA_PHYS_I8: return from_signed((int64_t)((const int8_t *)values)[i] * ((int64_t)1 << 56));
    case BRASA_PHYS_I16: return from_signed((int64_t)((const int16_t *)values)[i] * ((int64_t)1 << 48));
    case BRASA_PHYS_I32: return from_signed((int64_t)((const int32_t *)values)[i] * ((int64_t)1 << 32));
    case BRASA_PHYS_I64: return from_signed(((const int64_t *)values)[i]);
    case BRASA_PHYS_I128: return from_signed((int64_t)(((const brasa_int128 *)values)[i] >> 64));
    case BRASA_PHYS_F32: return from_double((double)((const float *)values)[i]);
    case BRASA_PHYS_F64: return from_double(((const double *)values)[i]);
    case BRASA_PHYS_STRING: return from_string((const brasa_string *)values + i);
    case BRASA_PHYS_INTERVAL:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return 0;
}

void brasa__sort_prefix(const brasa_column *c, int32_t n, bool desc, bool nulls_last, uint64_t *prefix)
{
    brasa_phys     phys = brasa__type_phys(c->type);
    const uint64_t top = (uint64_t)1 << 63;

    for (int32_t i = 0; i < n; i++) {
        uint64_t v;

        if (!brasa_column_is_valid(c, i)) {
            prefix[i] = nulls_last ? UINT64_MAX : 0;
            continue;
        }
        if (c->encoding == BRASA_DICT)
            v = one(phys, c->child->values, c->codes[i]);
        else
            v = one(phys, c->values, c->encoding == BRASA_CONST ? 0 : i);
        if (desc) v = ~v;
        prefix[i] = nulls_last ? v >> 1 : v >> 1 | top;
    }
}
