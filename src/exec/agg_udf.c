/* exec/agg_udf.c -- aggregates of the user's: init, update, merge, finish over plain bytes; and combine, which folds values of one type.
 *
 * A state is made by the first row that counts.  An aggregate over nothing finishes a fresh state; a fold of nothing is null.
 */
#include <string.h>

#include "base/hash.h"
#include "base/now.h"
#include "data/string.h"
#include "data/type.h"
#include "data/value.h"
#include "exec/agg_func.h"
#include "expr/udf.h"

typedef struct udf_state {
    int64_t  seen;
    uint8_t *bytes;
} udf_state;

static const brasa_udf_descriptor *descriptor(const brasa_agg_call *c)
{
    return c->agg->agg->udf;
}

static bool folds(const brasa_agg_call *c)
{
    return descriptor(c)->update == NULL;
}

static size_t bytes_of(const brasa_agg_call *c)
{
    return folds(c) ? brasa__type_width(c->agg->type) : (size_t)descriptor(c)->state_bytes;
}

static brasa_status udf_open(brasa_agg_call *c, brasa_error *err)
{
    const brasa_udf_descriptor *d = descriptor(c);

    if (d == NULL || (d->update == NULL && d->combine == NULL))
        return brasa__fail(err, BRASA_NOT_FOUND, "there is no user aggregate %s in this program; declare it with BRASA_UDF", c->agg->name);
    if (d->update != NULL && (d->finish == NULL || d->state_bytes < 0))
        return brasa__fail(err, BRASA_INVALID, "function %s has .update but no .finish; give both, and .state_bytes", d->name);
    if (d->update == NULL && (c->agg->nargs != 1 || !brasa__type_equal(c->agg->args[0]->type, c->agg->type)))
        return brasa__fail(err, BRASA_INVALID, "function %s combines values of one type; give .args and .returns the same type", d->name);
    if (d->update == NULL && brasa__type_is_nested(c->agg->type))
        return brasa__fail(err, BRASA_UNSUPPORTED, "function %s combines values of type %s; only values of one piece can be", d->name,
                           brasa_kind_name(c->agg->type.kind));
    c->bytes = (int32_t)sizeof(udf_state);
    return BRASA_OK;
}

static udf_state *state_of(const brasa_agg_call *c, uint8_t *row)
{
    return (udf_state *)(void *)(row + c->offset);
}

static brasa_status init(const brasa_agg_call *c, udf_state *s, brasa_arena *arena, brasa_error *err)
{
    const brasa_udf_descriptor *d = descriptor(c);

    s->bytes = brasa__arena_alloc(arena, bytes_of(c) + 1);
    s->seen = 1;
    if (d->init != NULL && !folds(c) && d->init(s->bytes) != 0) return brasa__fail(err, BRASA_UDF, "function %s failed in .init", d->name);
    return BRASA_OK;
}

/* ---- folding ---- */

static bool is_string(brasa_type t)
{
    return t.kind == BRASA_KIND_STRING || t.kind == BRASA_KIND_BINARY;
}

/* The bytes of a string that a fold has taken over are the batch's, or older ones of the fold: keep a copy. */
static void own_string(const brasa_agg_call *c, udf_state *s, const char *before)
{
    brasa_string *v = (brasa_string *)(void *)s->bytes;

    if (!is_string(c->agg->type) || v->len <= 12 || v->u.ref.data == before) return;
    *v = brasa__string(brasa__arena_dup_bytes(c->arena, v->u.ref.data, v->len), v->len);
}

static brasa_status fold(brasa_agg_call *c, udf_state *s, const void *value, brasa_udf_call *call, brasa_error *err)
{
    const brasa_udf_descriptor *d = descriptor(c);
    const char                 *before = NULL;

    if (s->seen) {
        const brasa_string *v = (const brasa_string *)(const void *)s->bytes;

        if (is_string(c->agg->type) && v->len > 12) before = v->u.ref.data;
        if (d->combine(s->bytes, value, call) != 0 || ((const brasa_udf_frame *)call->internal)->failed)
            return brasa__udf_call_failed(call, d->name, err);
    } else {
        BRASA_TRY(init(c, s, c->arena, err));
        memcpy(s->bytes, value, bytes_of(c));
    }
    own_string(c, s, before);
    return BRASA_OK;
}

static brasa_status fold_rows(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *a, int32_t n, brasa_error *err)
{
    brasa_udf_call  call;
    brasa_udf_frame frame;
    size_t          width = bytes_of(c);

    brasa__udf_call_begin(&call, &frame, c->arena, descriptor(c));
    for (int32_t k = 0; k < n; k++) {
        if (brasa__agg_valid(a, k)) BRASA_TRY(fold(c, state_of(c, group[k]), (const uint8_t *)a->v + width * (size_t)k, &call, err));
    }
    return BRASA_OK;
}

/* ---- updating ---- */

static bool has_null(const brasa_agg_call *c, const brasa_agg_col *args, int32_t k)
{
    for (int32_t a = 0; a < c->agg->nargs; a++) {
        if (!brasa__agg_valid(&args[a], k)) return true;
    }
    return false;
}

static brasa_status update_rows(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_arena *scratch,
                                brasa_error *err)
{
    const brasa_udf_descriptor *d = descriptor(c);
    brasa_udf_call              call;
    brasa_udf_frame             frame;
    brasa_column               *cols = BRASA_NEWS(scratch, brasa_column, c->agg->nargs + 1);
    brasa_value                *values = BRASA_NEWS(scratch, brasa_value, c->agg->nargs + 1);

    brasa__udf_call_begin(&call, &frame, c->arena, d);
    for (int32_t a = 0; a < c->agg->nargs; a++) cols[a] = brasa__agg_column(&args[a]);
    for (int32_t k = 0; k < n; k++) {
        udf_state *s = state_of(c, group[k]);

        if (!d->nulls && has_null(c, args, k)) continue;
        if (!s->seen) BRASA_TRY(init(c, s, c->arena, err));
        for (int32_t a = 0; a < c->agg->nargs; a++) values[a] = brasa__column_value(&cols[a], k, scratch);
        if (d->update(s->bytes, values, c->agg->nargs, &call) != 0 || frame.failed) return brasa__udf_call_failed(&call, d->name, err);
    }
    return BRASA_OK;
}

/* `c->arena` frees the scratch should the user's function, or memory, fail. */
static brasa_status udf_update(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    if (folds(c)) return fold_rows(c, group, &args[0], n, err);
    brasa_arena *scratch = brasa__arena_new(c->arena, "arguments");
    brasa_status status = update_rows(c, group, args, n, scratch, err);

    brasa__arena_free(scratch);
    return status;
}

static brasa_status merge_one(brasa_agg_call *c, udf_state *d, const udf_state *s, brasa_udf_call *call, brasa_error *err)
{
    if (!s->seen) return BRASA_OK;
    if (folds(c)) return fold(c, d, s->bytes, call, err);
    if (!d->seen) { /* a copy: the other may be merged into more than one */
        d->bytes = brasa__arena_copy(c->arena, s->bytes, bytes_of(c) + 1);
        d->seen = 1;
        return BRASA_OK;
    }
    if (descriptor(c)->merge == NULL)
        return brasa__fail(err, BRASA_INVALID, "function %s has no .merge, which rows on several threads or workers need",
                           descriptor(c)->name);
    if (descriptor(c)->merge(d->bytes, s->bytes) != 0)
        return brasa__fail(err, BRASA_UDF, "function %s failed in .merge", descriptor(c)->name);
    return BRASA_OK;
}

static brasa_status udf_merge(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err)
{
    brasa_udf_call  call;
    brasa_udf_frame frame;

    brasa__udf_call_begin(&call, &frame, c->arena, descriptor(c));
    for (int32_t k = 0; k < n; k++) BRASA_TRY(merge_one(c, state_of(c, dst[k]), state_of(c, src[k]), &call, err));
    return BRASA_OK;
}

/* ---- between workers: a fold's string by its bytes, all else as it lies ---- */

static brasa_status udf_save(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out, brasa_error *err)
{
    brasa_type    t = brasa__type(BRASA_KIND_BINARY);
    brasa_agg_out o = brasa__agg_out_new(arena, t, n);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        const udf_state *s = state_of(c, group[k]);

        if (!s->seen) {
            brasa__agg_out_null(&o, k);
        } else if (folds(c) && is_string(c->agg->type)) {
            ((brasa_string *)o.v)[k] = *(const brasa_string *)(const void *)s->bytes;
        } else {
            ((brasa_string *)o.v)[k] = brasa__string((const char *)s->bytes, bytes_of(c));
        }
    }
    brasa__agg_out_done(&o, t, out);
    return BRASA_OK;
}

static brasa_status udf_load(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err)
{
    brasa_udf_call  call;
    brasa_udf_frame frame;
    bool            strings = folds(c) && is_string(c->agg->type);

    brasa__udf_call_begin(&call, &frame, c->arena, descriptor(c));
    for (int32_t k = 0; k < n; k++) {
        if (!brasa__agg_valid(state, k)) continue;
        const brasa_string *v = (const brasa_string *)state->v + k;
        udf_state           from = {.seen = 1};

        if (strings) {
            from.bytes = brasa__arena_copy(c->arena, v, sizeof *v);
        } else {
            if (v->len != bytes_of(c)) return brasa__fail(err, BRASA_CORRUPT, "a partial result of %s is damaged", c->agg->name);
            from.bytes = (uint8_t *)brasa__arena_dup_bytes(c->arena, brasa_string_data(v), v->len);
        }
        BRASA_TRY(merge_one(c, state_of(c, group[k]), &from, &call, err));
    }
    return BRASA_OK;
}

/* ---- results ---- */

static brasa_status finish_one(brasa_agg_call *c, udf_state *s, brasa_arena *arena, brasa_value *out, brasa_error *err)
{
    const brasa_udf_descriptor *d = descriptor(c);
    brasa_udf_call              call;
    brasa_udf_frame             frame;

    *out = (brasa_value) {.type = c->agg->type, .null = true};
    if (folds(c)) {
        brasa_column col = {.type = c->agg->type, .encoding = BRASA_FLAT, .values = s->bytes};

        if (s->seen) *out = brasa__column_value(&col, 0, arena);
        return BRASA_OK;
    }
    brasa__udf_call_begin(&call, &frame, arena, d);
    if (!s->seen) BRASA_TRY(init(c, s, arena, err));
    out->null = false;
    if (d->finish(s->bytes, out, &call) != 0 || frame.failed) return brasa__udf_call_failed(&call, d->name, err);
    if (out->type.kind != c->agg->type.kind && !out->null && out->type.kind != BRASA_KIND_NULL) {
        bool whole = brasa__type_is_integer(out->type) && brasa__type_is_integer(c->agg->type);
        bool real = (out->type.kind == BRASA_KIND_FLOAT32 || out->type.kind == BRASA_KIND_FLOAT64) &&
                    (c->agg->type.kind == BRASA_KIND_FLOAT32 || c->agg->type.kind == BRASA_KIND_FLOAT64);

        if (!whole && !real)
            return brasa__fail(err, BRASA_TYPE, "function %s gave a value of type %s; its .returns is %s", d->name,
                               brasa_kind_name(out->type.kind), brasa_kind_name(c->agg->type.kind));
    }
    out->null = out->null || out->type.kind == BRASA_KIND_NULL;
    out->type = c->agg->type;
    return BRASA_OK;
}

static brasa_status udf_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out, brasa_error *err)
{
    brasa_value *values = BRASA_NEWS(arena, brasa_value, n + 1);

    for (int32_t k = 0; k < n; k++) BRASA_TRY(finish_one(c, state_of(c, group[k]), arena, &values[k], err));
    *out = brasa__values_column(arena, c->agg->type, values, n);
    return BRASA_OK;
}

/* ---- the same, saying for a crash whose function runs ---- */

static void runs(const char *name)
{
    brasa__now()->udf = name;
}

static brasa_status say_update(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    brasa_status status;

    runs(descriptor(c)->name);
    status = udf_update(c, group, args, n, err);
    runs(NULL);
    return status;
}

static brasa_status say_merge(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err)
{
    brasa_status status;

    runs(descriptor(c)->name);
    status = udf_merge(c, dst, src, n, err);
    runs(NULL);
    return status;
}

static brasa_status say_load(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err)
{
    brasa_status status;

    runs(descriptor(c)->name);
    status = udf_load(c, group, state, n, err);
    runs(NULL);
    return status;
}

static brasa_status say_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out, brasa_error *err)
{
    brasa_status status;

    runs(descriptor(c)->name);
    status = udf_finish(c, group, n, arena, out, err);
    runs(NULL);
    return status;
}

const brasa_agg_func brasa__aggfn_udf = {
    .open = udf_open,
    .update = say_update,
    .merge = say_merge,
    .save = udf_save,
    .load = say_load,
    .finish = say_finish,
};
