/* exec/agg_pick.c -- first, last, any_value, min_by, max_by: one value of the group, whole.
 *
 * first and last go by the ordinal of the row (partition, then position), so they do not depend on which thread saw it first.  Values of any type are
 * kept as single values in the arena.
 */
#include <string.h>

#include "data/string.h"
#include "data/type.h"
#include "data/value.h"
#include "exec/agg_func.h"

typedef struct pick_state {
    int64_t            seen;
    int64_t            ordinal; /* first, last: of the row; min_by, max_by of numbers: sorts like the order's value */
    const brasa_value *value;   /* the result */
    const brasa_value *by;      /* min_by, max_by: the order's value */
} pick_state;

static brasa_status pick_open(brasa_agg_call *c, brasa_error *err)
{
    (void)err;
    c->bytes = (int32_t)sizeof(pick_state);
    return BRASA_OK;
}

static const brasa_value *keep(brasa_arena *arena, const brasa_agg_col *a, int32_t k)
{
    brasa_column col = brasa__agg_column(a);
    brasa_value  v = brasa__column_value(&col, k, arena);
    brasa_value *copy = BRASA_NEW(arena, brasa_value);

    *copy = brasa__value_copy(arena, &v);
    return copy;
}

/* first and last take nulls as they come unless a second argument (ignore nulls) is true; any_value skips them. */
static bool skips_nulls(const brasa_agg_call *c)
{
    const brasa_expr *e = c->agg;

    if (e->agg->id == BRASA_AGG_ANY_VALUE) return e->nargs < 2 || e->args[1]->kind != BRASA_EXPR_LITERAL || e->args[1]->value.u.b;
    return e->nargs == 2 && e->args[1]->kind == BRASA_EXPR_LITERAL && !e->args[1]->value.null && e->args[1]->value.u.b;
}

static bool better(const brasa_agg_call *c, const pick_state *s, int64_t ordinal)
{
    return !s->seen || (c->agg->agg->id == BRASA_AGG_LAST ? ordinal > s->ordinal : ordinal < s->ordinal);
}

static brasa_status pick_update(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    bool skip = skips_nulls(c);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        pick_state *s = (pick_state *)(void *)(group[k] + c->offset);

        if (skip && !brasa__agg_valid(&args[0], k)) continue;
        if (!better(c, s, c->ordinal + k)) continue;
        s->seen = 1;
        s->ordinal = c->ordinal + k;
        s->value = keep(c->arena, &args[0], k);
    }
    return BRASA_OK;
}

static brasa_status pick_merge(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err)
{
    (void)err;
    for (int32_t k = 0; k < n; k++) {
        pick_state       *d = (pick_state *)(void *)(dst[k] + c->offset);
        const pick_state *s = (const pick_state *)(const void *)(src[k] + c->offset);

        if (s->seen && better(c, d, s->ordinal)) *d = *s;
    }
    return BRASA_OK;
}

/* ---- between workers ---- */

static brasa_status pick_save(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out, brasa_error *err)
{
    brasa_type    t = brasa__type(BRASA_KIND_BINARY);
    brasa_agg_out o = brasa__agg_out_new(arena, t, n);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        const pick_state *s = (const pick_state *)(const void *)(group[k] + c->offset);
        brasa_wire        w;

        if (!s->seen) {
            brasa__agg_out_null(&o, k);
            continue;
        }
        brasa__wire_init(&w, arena);
        brasa__put_i64(&w, s->ordinal);
        brasa__put_value(&w, s->value);
        brasa__put_bool(&w, s->by != NULL);
        if (s->by != NULL) brasa__put_value(&w, s->by);
        ((brasa_string *)o.v)[k] = brasa__string((const char *)w.data, w.len);
    }
    brasa__agg_out_done(&o, t, out);
    return BRASA_OK;
}

static brasa_status read_state(brasa_agg_call *c, const brasa_string *v, pick_state *out, brasa_error *err)
{
    brasa_reader r = brasa__reader(brasa_string_data(v), v->len);
    brasa_value *value = BRASA_NEW(c->arena, brasa_value), *by = NULL;

    out->seen = 1;
    out->ordinal = brasa__get_i64(&r);
    *value = brasa__get_value(&r, c->arena);
    if (brasa__get_bool(&r)) {
        by = BRASA_NEW(c->arena, brasa_value);
        *by = brasa__get_value(&r, c->arena);
        *by = brasa__value_copy(c->arena, by);
    }
    if (r.bad) return brasa__fail(err, BRASA_CORRUPT, "a partial result of %s is damaged", c->agg->name);
    *value = brasa__value_copy(c->arena, value);
    out->value = value;
    out->by = by;
    return BRASA_OK;
}

static brasa_status pick_load(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err)
{
    for (int32_t k = 0; k < n; k++) {
        pick_state *d = (pick_state *)(void *)(group[k] + c->offset);
        pick_state  s;

        if (!brasa__agg_valid(state, k)) continue;
        BRASA_TRY(read_state(c, &((const brasa_string *)state->v)[k], &s, err));
        if (better(c, d, s.ordinal)) *d = s;
    }
    return BRASA_OK;
}

static brasa_status pick_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                brasa_error *err)
{
    brasa_value *values = BRASA_NEWS(arena, brasa_value, n + 1);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        const pick_state *s = (const pick_state *)(const void *)(group[k] + c->offset);

        if (s->seen) {
            values[k] = *s->value;
        } else {
            values[k] = (brasa_value) {.type = c->agg->type, .null = true};
        }
    }
    *out = brasa__values_column(arena, c->agg->type, values, n);
    return BRASA_OK;
}

const brasa_agg_func brasa__aggfn_pick = {
    .open = pick_open,
    .update = pick_update,
    .merge = pick_merge,
    .save = pick_save,
    .load = pick_load,
    .finish = pick_finish,
};

/* ---- min_by(x, y), max_by(x, y): rows without y do not count; among equal y the smallest x wins, so that the order of rows does not matter ---- */

static bool better_by(const brasa_agg_call *c, const pick_state *s, const brasa_value *value, const brasa_value *by)
{
    if (!s->seen) return true;
    int order = brasa__value_compare(by, s->by);
    if (order == 0) return brasa__value_compare(value, s->value) < 0;
    return c->agg->agg->id == BRASA_AGG_MAX_BY ? order > 0 : order < 0;
}

static bool is_ranked(brasa_type t)
{
    switch ((int)brasa__type_phys(t)) {
    case BRASA_PHYS_I32:
    case BRASA_PHYS_I64:
    case BRASA_PHYS_F64: return true;
    default: return false;
    }
}

/* A number that sorts like the value. */
static int64_t rank_at(const brasa_agg_col *a, int32_t k)
{
    int64_t bits;
    double  x;

    if (brasa__type_phys(a->type) == BRASA_PHYS_I32) return ((const int32_t *)a->v)[k];
    if (brasa__type_phys(a->type) == BRASA_PHYS_I64) return ((const int64_t *)a->v)[k];
    x = ((const double *)a->v)[k];
    if (x != x) return INT64_MAX;
    x = x == 0 ? 0 : x; /* -0 is 0 */
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? bits ^ INT64_MAX : bits;
}

static brasa_status by_update(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    bool         ranked = is_ranked(args[1].type), max = c->agg->agg->id == BRASA_AGG_MAX_BY;
    brasa_column x = brasa__agg_column(&args[0]);
    brasa_column y = brasa__agg_column(&args[1]);
    brasa_arena *scratch = brasa__arena_new(c->arena, "min_by, max_by");

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        pick_state *s = (pick_state *)(void *)(group[k] + c->offset);

        if (!brasa__agg_valid(&args[1], k)) continue;
        int64_t rank = ranked ? rank_at(&args[1], k) : 0;
        if (s->seen && (max ? rank < s->ordinal : rank > s->ordinal)) continue;
        brasa_value by = brasa__column_value(&y, k, scratch), value = brasa__column_value(&x, k, scratch);
        if (!better_by(c, s, &value, &by)) continue;
        s->seen = 1;
        s->ordinal = rank;
        s->value = keep(c->arena, &args[0], k);
        s->by = keep(c->arena, &args[1], k);
    }
    brasa__arena_free(scratch);
    return BRASA_OK;
}

static brasa_status by_merge(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err)
{
    (void)err;
    for (int32_t k = 0; k < n; k++) {
        pick_state       *d = (pick_state *)(void *)(dst[k] + c->offset);
        const pick_state *s = (const pick_state *)(const void *)(src[k] + c->offset);

        if (s->seen && better_by(c, d, s->value, s->by)) *d = *s;
    }
    return BRASA_OK;
}

static brasa_status by_load(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err)
{
    for (int32_t k = 0; k < n; k++) {
        pick_state *d = (pick_state *)(void *)(group[k] + c->offset);
        pick_state  s;

        if (!brasa__agg_valid(state, k)) continue;
        BRASA_TRY(read_state(c, &((const brasa_string *)state->v)[k], &s, err));
        if (s.by == NULL) return brasa__fail(err, BRASA_CORRUPT, "a partial result of %s is damaged", c->agg->name);
        if (better_by(c, d, s.value, s.by)) *d = s;
    }
    return BRASA_OK;
}

const brasa_agg_func brasa__aggfn_by = {
    .open = pick_open,
    .update = by_update,
    .merge = by_merge,
    .save = pick_save,
    .load = by_load,
    .finish = pick_finish,
};
