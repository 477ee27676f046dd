/* exec/agg_sum.c -- count, sum and avg.
 *
 * Integers and decimals are summed in 128 bits, floats exactly (kernel/fsum.h) or, with exact-float-sum off, in order.  avg of
 * a decimal is the exact sum divided once, as a double.
 */
#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"
#include "exec/agg_func.h"
#include "kernel/clones.h"
#include "kernel/fsum.h"

/* 128 bits at 8-byte alignment. */
typedef __int128 wide __attribute__((aligned(8)));

typedef struct int_sum {
    wide    sum;
    int64_t n;
} int_sum;

typedef struct exact_sum {
    int64_t    n;
    int64_t    pad;
    brasa_fsum sum;
} exact_sum;

typedef struct plain_sum {
    int64_t n;
    double  sum;
} plain_sum;

/* ---- count ---- */

static brasa_status count_open(brasa_agg_call *c, brasa_error *err)
{
    (void)err;
    c->bytes = 8;
    return BRASA_OK;
}

static int64_t count_valid(const brasa_agg_call *c, const brasa_agg_col *args, int32_t n)
{
    if (c->agg->nargs == 0) return n;
    if (c->agg->nargs == 1) return args[0].valid == NULL ? n : brasa__bit_count(args[0].valid, n);
    int64_t count = 0;
    for (int32_t k = 0; k < n; k++) {
        bool all = true;
        for (int32_t a = 0; a < c->agg->nargs; a++) all = all && brasa__agg_valid(&args[a], k);
        count += all;
    }
    return count;
}

static brasa_status count_update(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    size_t at = (size_t)c->offset;

    (void)err;
    if (c->agg->nargs == 0 || (c->agg->nargs == 1 && args[0].valid == NULL)) {
        for (int32_t k = 0; k < n; k++) ++*(int64_t *)(void *)(group[k] + at);
        return BRASA_OK;
    }
    for (int32_t k = 0; k < n; k++) {
        bool all = true;

        for (int32_t a = 0; a < c->agg->nargs; a++) all = all && brasa__agg_valid(&args[a], k);
        *(int64_t *)(void *)(group[k] + at) += all;
    }
    return BRASA_OK;
}

static brasa_status count_update_one(brasa_agg_call *c, uint8_t *state, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    (void)err;
    *(int64_t *)(void *)state += count_valid(c, args, n);
    return BRASA_OK;
}

static brasa_status count_merge(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err)
{
    size_t at = (size_t)c->offset;

    (void)err;
    for (int32_t k = 0; k < n; k++) *(int64_t *)(void *)(dst[k] + at) += *(const int64_t *)(const void *)(src[k] + at);
    return BRASA_OK;
}

static brasa_status count_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                 brasa_error *err)
{
    brasa_agg_out o = brasa__agg_out_new(arena, brasa__type(BRASA_KIND_INT64), n);

    (void)err;
    for (int32_t k = 0; k < n; k++) ((int64_t *)o.v)[k] = *(const int64_t *)(const void *)(group[k] + c->offset);
    brasa__agg_out_done(&o, brasa__type(BRASA_KIND_INT64), out);
    return BRASA_OK;
}

static brasa_status count_load(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err)
{
    (void)err;
    for (int32_t k = 0; k < n; k++) *(int64_t *)(void *)(group[k] + c->offset) += ((const int64_t *)state->v)[k];
    return BRASA_OK;
}

const brasa_agg_func brasa__aggfn_count = {
    .open = count_open,
    .update = count_update,
    .update_one = count_update_one,
    .merge = count_merge,
    .save = count_finish,
    .load = count_load,
    .finish = count_finish,
};

/* ---- sums of integers and decimals ---- */

static bool is_float(const brasa_agg_call *c)
{
    brasa_kind k = c->agg->args[0]->type.kind;

    return k == BRASA_KIND_FLOAT32 || k == BRASA_KIND_FLOAT64;
}

static brasa_status sum_open(brasa_agg_call *c, brasa_error *err)
{
    brasa_type t = c->agg->args[0]->type;

    if (!brasa__type_is_numeric(t) && !brasa__type_is_interval(t) && t.kind != BRASA_KIND_NULL) {
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s of %s; cast the argument to a number", c->agg->name, brasa_kind_name(t.kind));
    }
    c->bytes = !is_float(c) ? (int32_t)sizeof(int_sum) : c->exact ? (int32_t)sizeof(exact_sum) : (int32_t)sizeof(plain_sum);
    return BRASA_OK;
}

/* What a sum becomes that has left 128 bits, and what it stays; no sum that fits its type is as low. */
#define LOST ((wide)((unsigned __int128)1 << 127))

static void add_wide(wide *to, wide x)
{
    __int128 sum;

    *to = *to == LOST || x == LOST || __builtin_add_overflow((__int128)*to, (__int128)x, &sum) ? LOST : sum;
}

#define T    int8_t
#define NAME int8
#include "exec/agg_sum.tmpl.h"
#define T    int16_t
#define NAME int16
#include "exec/agg_sum.tmpl.h"
#define T    int32_t
#define NAME int32
#include "exec/agg_sum.tmpl.h"
#define T    int64_t
#define NAME int64
#include "exec/agg_sum.tmpl.h"
#define T    brasa_int128
#define NAME int128
#define IS_WIDE
#include "exec/agg_sum.tmpl.h"

static void add_floats(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *a, int32_t n)
{
    bool single = a->type.kind == BRASA_KIND_FLOAT32;

    for (int32_t k = 0; k < n; k++) {
        if (!brasa__agg_valid(a, k)) continue;
        double   x = single ? (double)((const float *)a->v)[k] : ((const double *)a->v)[k];
        uint8_t *state = group[k] + c->offset;

        if (c->exact) {
            exact_sum *s = (exact_sum *)(void *)state;

            if (s->n++ == 0) brasa__fsum_init(&s->sum);
            brasa__fsum_add(&s->sum, x, brasa__agg_grow_bins, c->arena);
        } else {
            plain_sum *s = (plain_sum *)(void *)state;

            s->n++;
            s->sum += x;
        }
    }
}

static brasa_status sum_update(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    (void)err;
    switch (brasa__type_phys(args[0].type)) {
    case BRASA_PHYS_I8: add_each_int8(group, c->offset, &args[0], n); break;
    case BRASA_PHYS_I16: add_each_int16(group, c->offset, &args[0], n); break;
    case BRASA_PHYS_I32: add_each_int32(group, c->offset, &args[0], n); break;
    case BRASA_PHYS_I64: add_each_int64(group, c->offset, &args[0], n); break;
    case BRASA_PHYS_I128: add_each_int128(group, c->offset, &args[0], n); break;
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64: add_floats(c, group, &args[0], n); break;
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_BOOL:
    case BRASA_PHYS_INTERVAL:
    case BRASA_PHYS_STRING:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_COUNT: break;
    }
    return BRASA_OK;
}

static void add_floats_one(brasa_agg_call *c, uint8_t *state, const brasa_agg_col *a, int32_t n)
{
    bool       single = a->type.kind == BRASA_KIND_FLOAT32;
    exact_sum *s = (exact_sum *)(void *)state;
    plain_sum *p = (plain_sum *)(void *)state;

    if (c->exact && s->n == 0) brasa__fsum_init(&s->sum);
    if (c->exact && !single && a->valid == NULL) {
        s->n += n;
        brasa__fsum_add_many(&s->sum, a->v, n, brasa__agg_grow_bins, c->arena);
        return;
    }
    for (int32_t k = 0; k < n; k++) {
        if (!brasa__agg_valid(a, k)) continue;
        double x = single ? (double)((const float *)a->v)[k] : ((const double *)a->v)[k];

        if (c->exact) {
            s->n++;
            brasa__fsum_add(&s->sum, x, brasa__agg_grow_bins, c->arena);
        } else {
            p->n++;
            p->sum += x;
        }
    }
}

static brasa_status sum_update_one(brasa_agg_call *c, uint8_t *state, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    (void)err;
    switch (brasa__type_phys(args[0].type)) {
    case BRASA_PHYS_I8: add_all_int8(state, &args[0], n); break;
    case BRASA_PHYS_I16: add_all_int16(state, &args[0], n); break;
    case BRASA_PHYS_I32: add_all_int32(state, &args[0], n); break;
    case BRASA_PHYS_I64: add_all_int64(state, &args[0], n); break;
    case BRASA_PHYS_I128: add_all_int128(state, &args[0], n); break;
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64: add_floats_one(c, state, &args[0], n); break;
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_BOOL:
    case BRASA_PHYS_INTERVAL:
    case BRASA_PHYS_STRING:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_COUNT: break;
    }
    return BRASA_OK;
}

static brasa_status sum_merge(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err)
{
    bool floats = is_float(c);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        void       *d = dst[k] + c->offset;
        const void *s = src[k] + c->offset;

        if (!floats) {
            add_wide(&((int_sum *)d)->sum, ((const int_sum *)s)->sum);
            ((int_sum *)d)->n += ((const int_sum *)s)->n;
        } else if (!c->exact) {
            ((plain_sum *)d)->sum += ((const plain_sum *)s)->sum;
            ((plain_sum *)d)->n += ((const plain_sum *)s)->n;
        } else if (((const exact_sum *)s)->n != 0) {
            exact_sum *to = d;

            if (to->n == 0) brasa__fsum_init(&to->sum);
            to->n += ((const exact_sum *)s)->n;
            brasa__fsum_merge(&to->sum, &((const exact_sum *)s)->sum, brasa__agg_grow_bins, c->arena);
        }
    }
    return BRASA_OK;
}

/* ---- on the way between workers: counts beside the sum, wide sums with all their bins ---- */

static brasa_string pack_exact(const exact_sum *s, brasa_arena *arena)
{
    size_t   bins = s->sum.all != NULL ? BRASA_FSUM_BINS * sizeof(__int128) : 0;
    size_t   bytes = sizeof *s + bins;
    uint8_t *p = brasa__arena_alloc(arena, bytes);

    memcpy(p, s, sizeof *s);
    if (bins != 0) memcpy(p + sizeof *s, s->sum.all, bins);
    return brasa__string((const char *)p, bytes);
}

static brasa_status sum_pack(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out, brasa_error *err)
{
    brasa_type    t = brasa__type(BRASA_KIND_BINARY);
    brasa_agg_out o = brasa__agg_out_new(arena, t, n);
    brasa_string *v = o.v;

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        const void *state = group[k] + c->offset;
        size_t      bytes = is_float(c) ? sizeof(plain_sum) : sizeof(int_sum);

        if (*(const int64_t *)state == 0 && is_float(c)) {
            brasa__agg_out_null(&o, k);
        } else if (is_float(c) && c->exact) {
            v[k] = pack_exact(state, arena);
        } else {
            v[k] = brasa__string(brasa__arena_copy(arena, state, bytes), bytes);
        }
    }
    brasa__agg_out_done(&o, t, out);
    return BRASA_OK;
}

static brasa_status bad_state(const brasa_agg_call *c, brasa_error *err)
{
    return brasa__fail(err, BRASA_CORRUPT, "a partial result of %s is damaged", c->agg->name);
}

static brasa_status load_exact(brasa_agg_call *c, exact_sum *to, const char *p, size_t bytes, brasa_error *err)
{
    exact_sum from;
    size_t    bins = BRASA_FSUM_BINS * sizeof(__int128);

    if (bytes != sizeof from && bytes != sizeof from + bins) return bad_state(c, err);
    memcpy(&from, p, sizeof from);
    if (from.sum.all != NULL) {
        if (bytes != sizeof from + bins) return bad_state(c, err);
        from.sum.all = brasa__arena_copy(c->arena, p + sizeof from, bins);
    } else if (from.sum.base >= BRASA_FSUM_BINS) {
        return bad_state(c, err);
    }
    if (to->n == 0) brasa__fsum_init(&to->sum);
    to->n += from.n;
    brasa__fsum_merge(&to->sum, &from.sum, brasa__agg_grow_bins, c->arena);
    return BRASA_OK;
}

static brasa_status sum_unpack(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err)
{
    const brasa_string *v = state->v;

    for (int32_t k = 0; k < n; k++) {
        if (!brasa__agg_valid(state, k)) continue;
        void       *to = group[k] + c->offset;
        const char *p = brasa_string_data(&v[k]);

        if (is_float(c) && c->exact) {
            BRASA_TRY(load_exact(c, to, p, v[k].len, err));
        } else if (is_float(c)) {
            plain_sum from;

            if (v[k].len != sizeof from) return bad_state(c, err);
            memcpy(&from, p, sizeof from);
            ((plain_sum *)to)->n += from.n;
            ((plain_sum *)to)->sum += from.sum;
        } else {
            int_sum from;

            if (v[k].len != sizeof from) return bad_state(c, err);
            memcpy(&from, p, sizeof from);
            ((int_sum *)to)->n += from.n;
            add_wide(&((int_sum *)to)->sum, from.sum);
        }
    }
    return BRASA_OK;
}

static brasa_status sum_save(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out, brasa_error *err)
{
    if (is_float(c)) return sum_pack(c, group, n, arena, out, err);
    brasa_type    t = brasa__type_decimal(38, c->agg->type.kind == BRASA_KIND_DECIMAL ? c->agg->type.scale : 0);
    brasa_agg_out o = brasa__agg_out_new(arena, t, n);

    for (int32_t k = 0; k < n; k++) {
        const int_sum *s = (const int_sum *)(const void *)(group[k] + c->offset);

        ((brasa_int128 *)o.v)[k] = s->sum;
        if (s->n == 0) brasa__agg_out_null(&o, k);
    }
    brasa__agg_out_done(&o, t, out);
    return BRASA_OK;
}

static brasa_status sum_load(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err)
{
    if (is_float(c)) return sum_unpack(c, group, state, n, err);
    for (int32_t k = 0; k < n; k++) {
        int_sum *s = (int_sum *)(void *)(group[k] + c->offset);

        if (!brasa__agg_valid(state, k)) continue;
        add_wide(&s->sum, ((const brasa_int128 *)state->v)[k]);
        s->n++;
    }
    return BRASA_OK;
}

/* ---- results ---- */

static brasa_int128 ten_to(int32_t n)
{
    brasa_int128 p = 1;

    while (n-- > 0) p *= 10;
    return p;
}

static brasa_status put_int(const brasa_agg_call *c, const int_sum *s, int32_t k, brasa_agg_out *o, brasa_error *err)
{
    brasa_type   t = c->agg->type;
    brasa_int128 most = t.kind == BRASA_KIND_DECIMAL ? ten_to(t.precision) - 1 : t.kind == BRASA_KIND_INTERVAL_YM ? INT32_MAX : INT64_MAX;

    if (s->sum > most || s->sum < -most - (t.kind != BRASA_KIND_DECIMAL)) {
        if (strcmp(c->agg->name, "try_sum") == 0) {
            brasa__agg_out_null(o, k);
            return BRASA_OK;
        }
        if (brasa__type_is_interval(t))
            return brasa__fail(err, BRASA_ARITHMETIC, "%s overflows %s; try_sum gives null instead", c->agg->name, brasa_kind_name(t.kind));
        return brasa__fail(err, BRASA_ARITHMETIC, "%s overflows %s; cast the argument to %s", c->agg->name, brasa_kind_name(t.kind),
                           t.kind == BRASA_KIND_DECIMAL ? "DOUBLE" : "DECIMAL(38,0)");
    }
    if (brasa__type_phys(t) == BRASA_PHYS_I128) {
        ((brasa_int128 *)o->v)[k] = s->sum;
    } else if (t.kind == BRASA_KIND_INTERVAL_YM) {
        ((int32_t *)o->v)[k] = (int32_t)s->sum;
    } else {
        ((int64_t *)o->v)[k] = (int64_t)s->sum;
    }
    return BRASA_OK;
}

static double float_sum(const brasa_agg_call *c, const void *state)
{
    return c->exact ? brasa__fsum_result(&((const exact_sum *)state)->sum) : ((const plain_sum *)state)->sum;
}

static brasa_status sum_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out, brasa_error *err)
{
    brasa_agg_out o = brasa__agg_out_new(arena, c->agg->type, n);

    for (int32_t k = 0; k < n; k++) {
        const void *state = group[k] + c->offset;
        bool        empty = is_float(c) ? *(const int64_t *)state == 0 : ((const int_sum *)state)->n == 0;

        if (empty) {
            brasa__agg_out_null(&o, k);
        } else if (is_float(c)) {
            ((double *)o.v)[k] = float_sum(c, state);
        } else {
            BRASA_TRY(put_int(c, state, k, &o, err));
        }
    }
    brasa__agg_out_done(&o, c->agg->type, out);
    return BRASA_OK;
}

const brasa_agg_func brasa__aggfn_sum = {
    .open = sum_open,
    .update = sum_update,
    .update_one = sum_update_one,
    .merge = sum_merge,
    .save = sum_save,
    .load = sum_load,
    .finish = sum_finish,
};

/* Half away from zero; a mean fits where its terms do. */
static void put_mean(const brasa_agg_out *o, brasa_type t, int32_t k, const int_sum *s)
{
    brasa_int128 q = s->sum / s->n, rest = s->sum % s->n;

    if (2 * (rest < 0 ? -rest : rest) >= s->n) q += s->sum < 0 ? -1 : 1;
    if (t.kind == BRASA_KIND_INTERVAL_YM)
        ((int32_t *)o->v)[k] = (int32_t)q;
    else
        ((int64_t *)o->v)[k] = (int64_t)q;
}

static brasa_status avg_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out, brasa_error *err)
{
    brasa_agg_out o = brasa__agg_out_new(arena, c->agg->type, n);
    brasa_type    t = c->agg->args[0]->type;
    bool          lenient = strcmp(c->agg->name, "try_avg") == 0;
    __float128    unit = t.kind == BRASA_KIND_DECIMAL ? (__float128)ten_to(t.scale) : 1;

    for (int32_t k = 0; k < n; k++) {
        const void    *state = group[k] + c->offset;
        const int_sum *s = state;
        int64_t        rows = is_float(c) ? *(const int64_t *)state : s->n;

        if (rows == 0) {
            brasa__agg_out_null(&o, k);
        } else if (is_float(c)) {
            ((double *)o.v)[k] = float_sum(c, state) / (double)rows;
        } else if (s->sum == LOST && lenient) {
            brasa__agg_out_null(&o, k);
        } else if (s->sum == LOST) {
            return brasa__fail(err, BRASA_ARITHMETIC, "the sum in avg overflows DECIMAL; cast the argument to DOUBLE");
        } else if (brasa__type_is_interval(c->agg->type)) {
            put_mean(&o, c->agg->type, k, s);
        } else {
            ((double *)o.v)[k] = (double)((__float128)s->sum / ((__float128)rows * unit));
        }
    }
    brasa__agg_out_done(&o, c->agg->type, out);
    return BRASA_OK;
}

const brasa_agg_func brasa__aggfn_avg = {
    .open = sum_open,
    .update = sum_update,
    .update_one = sum_update_one,
    .merge = sum_merge,
    .save = sum_pack,
    .load = sum_unpack,
    .finish = avg_finish,
};
