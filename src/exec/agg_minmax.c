/* exec/agg_minmax.c -- min and max of any ordered type; and, or, xor of bits and booleans. */
#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"
#include "data/value.h"
#include "exec/agg_func.h"

/* The value so far lies behind `seen`, at offset 8, in the C form of its type. */
typedef struct pick_state {
    int64_t seen;
    uint8_t value[16];
} pick_state;

static bool is_max(const brasa_agg_call *c)
{
    return c->agg->agg->id == BRASA_AGG_MAX;
}

static brasa_status minmax_open(brasa_agg_call *c, brasa_error *err)
{
    brasa_type t = c->agg->args[0]->type;

    if (brasa__type_is_nested(t))
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s of %s; there is no order among its values here", c->agg->name,
                           brasa_kind_name(t.kind));
    c->bytes = (int32_t)sizeof(pick_state);
    return BRASA_OK;
}

static bool less_f64(double a, double b)
{
    return a < b || (b != b && a == a); /* NaN is the largest */
}

static bool less_f32(float a, float b)
{
    return a < b || (b != b && a == a);
}

static int64_t interval_us(const brasa_interval *i)
{
    return ((int64_t)i->months * 30 + i->days) * 86400000000 + i->us;
}

#define LESS_INT(a, b) ((a) < (b))
#define T              uint8_t
#define NAME           boolean
#define LESS           LESS_INT
#include "exec/agg_minmax.tmpl.h"
#define T    int8_t
#define NAME i8
#define LESS LESS_INT
#include "exec/agg_minmax.tmpl.h"
#define T    int16_t
#define NAME i16
#define LESS LESS_INT
#include "exec/agg_minmax.tmpl.h"
#define T    int32_t
#define NAME i32
#define LESS LESS_INT
#include "exec/agg_minmax.tmpl.h"
#define T    int64_t
#define NAME i64
#define LESS LESS_INT
#include "exec/agg_minmax.tmpl.h"
#define T    brasa_int128
#define NAME i128
#define LESS LESS_INT
#include "exec/agg_minmax.tmpl.h"
#define T    float
#define NAME f32
#define LESS less_f32
#include "exec/agg_minmax.tmpl.h"
#define T    double
#define NAME f64
#define LESS less_f64
#include "exec/agg_minmax.tmpl.h"
#define LESS_INTERVAL(a, b) (interval_us(&(a)) < interval_us(&(b)))
#define T                   brasa_interval
#define NAME                interval
#define LESS                LESS_INTERVAL
#include "exec/agg_minmax.tmpl.h"

/* Strings: those that are kept are copied, in pieces of the arena. */
static void take_string(const brasa_agg_call *c, pick_state *s, const brasa_string *v, bool copy)
{
    brasa_string old;

    memcpy(&old, s->value, sizeof old);
    if (s->seen) {
        int order = brasa__string_compare(v, &old);
        if (is_max(c) ? order <= 0 : order >= 0) return;
    }
    s->seen = 1;
    old = *v;
    if (copy && v->len > 12) old = brasa__string(brasa__arena_dup_bytes(c->arena, v->u.ref.data, v->len), v->len);
    memcpy(s->value, &old, sizeof old);
}

static void update_string(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *a, int32_t n)
{
    const brasa_string *v = a->v;

    for (int32_t k = 0; k < n; k++) {
        if (brasa__agg_valid(a, k)) take_string(c, (pick_state *)(void *)(group[k] + c->offset), &v[k], true);
    }
}

static brasa_status minmax_update(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    bool max = is_max(c);

    (void)err;
    switch (brasa__type_phys(args[0].type)) {
    case BRASA_PHYS_BOOL: update_boolean(group, c->offset, &args[0], n, max); break;
    case BRASA_PHYS_I8: update_i8(group, c->offset, &args[0], n, max); break;
    case BRASA_PHYS_I16: update_i16(group, c->offset, &args[0], n, max); break;
    case BRASA_PHYS_I32: update_i32(group, c->offset, &args[0], n, max); break;
    case BRASA_PHYS_I64: update_i64(group, c->offset, &args[0], n, max); break;
    case BRASA_PHYS_I128: update_i128(group, c->offset, &args[0], n, max); break;
    case BRASA_PHYS_F32: update_f32(group, c->offset, &args[0], n, max); break;
    case BRASA_PHYS_F64: update_f64(group, c->offset, &args[0], n, max); break;
    case BRASA_PHYS_INTERVAL: update_interval(group, c->offset, &args[0], n, max); break;
    case BRASA_PHYS_STRING: update_string(c, group, &args[0], n); break;
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_COUNT: break;
    }
    return BRASA_OK;
}

/* The values of states as a dense column, so that merging is updating. */
static brasa_agg_col values_of(const brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_agg_out *o)
{
    brasa_type t = c->agg->type;
    size_t     width = brasa__type_width(t);

    *o = brasa__agg_out_new(arena, t, n);
    for (int32_t k = 0; k < n; k++) {
        const pick_state *s = (const pick_state *)(const void *)(group[k] + c->offset);

        memcpy((uint8_t *)o->v + width * (size_t)k, s->value, width);
        if (!s->seen) brasa__agg_out_null(o, k);
    }
    return (brasa_agg_col) {.type = t, .v = o->v, .valid = o->nulls ? o->valid : NULL};
}

static brasa_status minmax_merge(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err)
{
    if (brasa__type_phys(c->agg->type) == BRASA_PHYS_STRING) {
        for (int32_t k = 0; k < n; k++) {
            const pick_state *s = (const pick_state *)(const void *)(src[k] + c->offset);
            brasa_string      v;

            memcpy(&v, s->value, sizeof v);
            if (s->seen) take_string(c, (pick_state *)(void *)(dst[k] + c->offset), &v, false);
        }
        return BRASA_OK;
    }
    brasa_arena  *scratch = brasa__arena_new(c->arena, "min, max");
    brasa_agg_out o;
    brasa_agg_col col = values_of(c, src, n, scratch, &o);
    brasa_status  status = minmax_update(c, dst, &col, n, err);

    brasa__arena_free(scratch);
    return status;
}

static brasa_status minmax_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                  brasa_error *err)
{
    brasa_agg_out o;

    (void)err;
    values_of(c, group, n, arena, &o);
    brasa__agg_out_done(&o, c->agg->type, out);
    return BRASA_OK;
}

static brasa_status minmax_load(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err)
{
    return minmax_update(c, group, state, n, err);
}

const brasa_agg_func brasa__aggfn_minmax = {
    .open = minmax_open,
    .update = minmax_update,
    .merge = minmax_merge,
    .save = minmax_finish,
    .load = minmax_load,
    .finish = minmax_finish,
};

/* ---- and, or, xor ---- */

typedef struct bits_state {
    int64_t seen;
    int64_t bits;
} bits_state;

static brasa_status bits_open(brasa_agg_call *c, brasa_error *err)
{
    (void)err;
    c->bytes = (int32_t)sizeof(bits_state);
    return BRASA_OK;
}

static int64_t integer(const brasa_agg_col *a, int32_t k)
{
    switch (brasa__type_width(a->type)) {
    case 1: return a->type.kind == BRASA_KIND_BOOL ? ((const uint8_t *)a->v)[k] : ((const int8_t *)a->v)[k];
    case 2: return ((const int16_t *)a->v)[k];
    case 4: return ((const int32_t *)a->v)[k];
    default: return ((const int64_t *)a->v)[k];
    }
}

static void take_bits(const brasa_agg_call *c, bits_state *s, int64_t x)
{
    brasa_agg_id id = c->agg->agg->id;

    if (!s->seen) {
        s->bits = x;
    } else if (id == BRASA_AGG_BOOL_AND || id == BRASA_AGG_BIT_AND) {
        s->bits &= x;
    } else if (id == BRASA_AGG_BIT_XOR) {
        s->bits ^= x;
    } else {
        s->bits |= x;
    }
    s->seen = 1;
}

static brasa_status bits_update(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    (void)err;
    for (int32_t k = 0; k < n; k++) {
        if (brasa__agg_valid(&args[0], k)) take_bits(c, (bits_state *)(void *)(group[k] + c->offset), integer(&args[0], k));
    }
    return BRASA_OK;
}

static brasa_status bits_merge(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err)
{
    (void)err;
    for (int32_t k = 0; k < n; k++) {
        const bits_state *s = (const bits_state *)(const void *)(src[k] + c->offset);

        if (s->seen) take_bits(c, (bits_state *)(void *)(dst[k] + c->offset), s->bits);
    }
    return BRASA_OK;
}

static brasa_status bits_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                brasa_error *err)
{
    brasa_type    t = c->agg->type;
    size_t        width = brasa__type_width(t);
    brasa_agg_out o = brasa__agg_out_new(arena, t, n);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        const bits_state *s = (const bits_state *)(const void *)(group[k] + c->offset);

        memcpy((uint8_t *)o.v + width * (size_t)k, &s->bits, width); /* little-endian: the low bytes are the value */
        if (!s->seen) brasa__agg_out_null(&o, k);
    }
    brasa__agg_out_done(&o, t, out);
    return BRASA_OK;
}

static brasa_status bits_load(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err)
{
    return bits_update(c, group, state, n, err);
}

const brasa_agg_func brasa__aggfn_bits = {
    .open = bits_open,
    .update = bits_update,
    .merge = bits_merge,
    .save = bits_finish,
    .load = bits_load,
    .finish = bits_finish,
};
