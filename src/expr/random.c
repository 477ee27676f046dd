/* random.c -- see the header. */
#include "expr/random.h"

#include <math.h>

#include "base/clock.h"
#include "base/ctx.h"
#include "base/hash.h"
#include "data/value.h"
#include "expr/func_groups.h"
#include "kernel/digest.h"

brasa_status brasa__random_open(brasa_arena *arena, const brasa_expr *e, void **state, brasa_error *err)
{
    brasa_random *r = BRASA_NEW(arena, brasa_random);
    int32_t       least = e->func->min_args;
    brasa_value   v;

    for (int32_t i = 0; i < e->nargs; i++)
        if (brasa__expr_constant_of(e->args[i], &v) != BRASA_OK)
            return brasa__fail(err, BRASA_INVALID, "%s takes constants, and argument %d is none", e->name, (int)i + 1);
    if (e->nargs > least && brasa__expr_constant_of(e->args[least], &v) == BRASA_OK)
        r->seed = v.null ? 0 : (uint64_t)v.u.i;
    else
        r->seed =
            brasa__hash_combine(brasa__hash_combine((uint64_t)brasa__clock_ns(), (uint64_t)(uintptr_t)r), (uint64_t)brasa__ctx()->rank);
    brasa__random_begin(r, 0);
    *state = r;
    return BRASA_OK;
}

void brasa__random_begin(void *state, int32_t partition)
{
    const uint32_t first = 0x3c074a61; /* Scala's seed for the hashes of arrays */
    brasa_random  *r = state;
    uint64_t       seed = r->seed + (uint64_t)partition;
    uint8_t        bytes[8];

    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(seed >> (56 - 8 * i));
    uint32_t low = brasa__murmur3_bytes(bytes, sizeof bytes, first);
    uint32_t high = brasa__murmur3_bytes(bytes, sizeof bytes, low);
    r->state = (uint64_t)high << 32 | low;
    r->has_spare = false;
}

uint32_t brasa__random_bits(brasa_random *r, int bits)
{
    uint64_t s = r->state;

    s ^= s << 21;
    s ^= s >> 35;
    s ^= s << 4;
    r->state = s;
    return (uint32_t)(s & ((UINT64_C(1) << bits) - 1));
}

uint64_t brasa__random_next(brasa_random *r)
{
    uint64_t high = brasa__random_bits(r, 32);

    return high << 32 | brasa__random_bits(r, 32);
}

double brasa__random_double(brasa_random *r)
{
    uint64_t high = brasa__random_bits(r, 26);

    return (double)(high << 27 | brasa__random_bits(r, 27)) * 0x1p-53;
}

double brasa__random_normal(brasa_random *r)
{
    double x, y, s;

    if (r->has_spare) return r->has_spare = false, r->spare;
    do {
        x = 2 * brasa__random_double(r) - 1;
        y = 2 * brasa__random_double(r) - 1;
        s = x * x + y * y;
    } while (s >= 1 || s == 0);
    double scale = sqrt(-2 * log(s) / s);
    r->spare = y * scale;
    r->has_spare = true;
    return x * scale;
}
