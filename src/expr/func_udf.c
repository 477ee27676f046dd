/* func_udf.c -- the kernel of a user's scalar function.
 *
 * A batch function sees dense FLAT columns, so the rows to compute are gathered first and its results spread again; a row function gets values.  Rows with a null
 * argument are not passed, unless the descriptor says that it sees nulls.
 */
#include <string.h>

#include "base/hash.h"
#include "base/now.h"
#include "data/gather.h"
#include "data/string.h"
#include "data/value.h"
#include "expr/column_build.h"
#include "expr/func_groups.h"
#include "expr/udf.h"

static int32_t flags_of(const brasa_expr *e)
{
    const brasa_udf_descriptor *d = e->func_data;

    return BRASA_FN_CAN_FAIL | BRASA_FN_NULLABLE | (d->nulls ? BRASA_FN_NULLS : 0) | (d->volatile_ ? BRASA_FN_VOLATILE : 0);
}

static void spread(brasa_call *call, const void *dense, const uint64_t *valid)
{
    size_t      width = brasa__type_width(call->expr->type);
    const char *from = dense;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        if (brasa__bit_get(valid, i))
            memcpy((char *)call->values + width * (size_t)r, from + width * (size_t)i, width);
        else
            brasa__call_set_null(call, r);
    }
}

static brasa_status batch_form(brasa_call *call, const brasa_udf_descriptor *d, brasa_udf_call *u, brasa_error *err)
{
    int32_t       n = call->n;
    brasa_column *args = BRASA_NEWS(call->arena, brasa_column, call->nargs > 0 ? call->nargs : 1);
    size_t        width = brasa__type_width(call->expr->type);

    for (int32_t k = 0; k < call->nargs; k++) {
        brasa_column c = call->args[k];
        brasa__column_gather(call->arena, &c, call->rows, n, false, &args[k]);
        if (args[k].encoding != BRASA_CONST) continue;
        /* a constant argument is a column of equal rows to the user */
        brasa_value *same = BRASA_NEWS(call->arena, brasa_value, n);
        for (int32_t i = 0; i < n; i++) same[i] = brasa__column_value(&c, 0, call->arena);
        brasa__column_build(call->arena, c.type, same, n, &args[k]);
    }
    u->rows = n;
    u->nargs = call->nargs;
    u->args = args;
    u->out = brasa__arena_alloc64(call->arena, width * (size_t)n + 64);
    u->valid = brasa__arena_alloc64(call->arena, brasa__bit_words(n) * 8);
    memset(u->valid, 0xff, brasa__bit_words(n) * 8);
    brasa_udf_frame *frame = u->internal;
    if (d->batch(u) != 0 || frame->failed) return brasa__udf_call_failed(u, d->name, err);
    spread(call, u->out, u->valid);
    return BRASA_OK;
}

static brasa_status row_form(brasa_call *call, const brasa_udf_descriptor *d, brasa_udf_call *u, brasa_error *err)
{
    brasa_value     *args = BRASA_NEWS(call->arena, brasa_value, call->nargs > 0 ? call->nargs : 1);
    brasa_value     *out = BRASA_NEWS(call->arena, brasa_value, call->n);
    brasa_udf_frame *frame = u->internal;
    brasa_column     dense;

    u->rows = 1;
    u->nargs = call->nargs;
    for (int32_t i = 0; i < call->n; i++) {
        for (int32_t k = 0; k < call->nargs; k++) args[k] = brasa__column_value(&call->args[k], call->rows[i], call->arena);
        out[i].type = call->expr->type;
        if (d->row(args, call->nargs, &out[i], u) != 0 || frame->failed) return brasa__udf_call_failed(u, d->name, err);
        out[i].type = call->expr->type;
        if (!out[i].null) out[i] = brasa__value_copy(call->arena, &out[i]); /* text may lie on the user's stack */
    }
    brasa__column_build(call->arena, call->expr->type, out, call->n, &dense);
    uint64_t *valid = BRASA_NEWS(call->arena, uint64_t, brasa__bit_words(call->n) + 1);
    for (int32_t i = 0; i < call->n; i++)
        if (!out[i].null) brasa__bit_set(valid, i);
    spread(call, dense.values, valid);
    return BRASA_OK;
}

static brasa_status udf_eval(brasa_call *call, brasa_error *err)
{
    const brasa_udf_descriptor *d = call->expr->func_data;
    brasa_udf_call              u;
    brasa_udf_frame             frame;
    brasa_now                  *now = brasa__now();
    const char                 *before = now->udf;
    brasa_status                status;

    if (call->n == 0) return BRASA_OK;
    if (brasa__type_is_nested(call->expr->type))
        return brasa__fail(err, BRASA_UNSUPPORTED, "function %s returns a nested type; return columns by flat_map instead", d->name);
    brasa__udf_call_begin(&u, &frame, call->arena, d);
    now->udf = d->name;
    status = d->batch ? batch_form(call, d, &u, err) : row_form(call, d, &u, err);
    now->udf = before;
    return status;
}

const brasa_function brasa__udf_function = {.name = "udf",
                                            .min_args = 0,
                                            .max_args = -1,
                                            .flags = BRASA_FN_CAN_FAIL | BRASA_FN_NULLABLE,
                                            .doc = "a function of this program",
                                            .eval = udf_eval,
                                            .flags_of = flags_of};
