/* func_slice.c -- x[a:b] of lists and of text: both ends included, counted from 1, from behind where negative, open where null.
 *
 * Indices outside are no error: what is not there is not in the result.  A third number is the step, of lists only (as in DuckDB).
 */
#include <string.h>

#include "data/string.h"
#include "expr/func_groups.h"
#include "expr/func_row.h"
#include "expr/func_string.h"

static BRASA_RESOLVE(array_slice)
{
    (void)f, (void)arena, (void)err;
    if (types[0].kind != BRASA_KIND_LIST && types[0].kind != BRASA_KIND_NULL) BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_STRING));
    for (int32_t i = 1; i < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_INT64));
    if (n == 4 && types[0].kind == BRASA_KIND_STRING) return BRASA_TYPE;
    *result = types[0];
    return BRASA_OK;
}

/* Places from 0: [from, to) of n. */
static void bounds(const brasa_value *a, const brasa_value *b, int64_t n, int64_t *from, int64_t *to)
{
    *from = a->null ? 0 : a->u.i < 0 ? n + a->u.i : a->u.i > 0 ? a->u.i - 1 : 0;
    *to = b->null ? n : b->u.i < 0 ? n + b->u.i + 1 : b->u.i;
    if (*from < 0) *from = 0;
    if (*to > n) *to = n;
    if (*to < *from) *to = *from;
}

static brasa_status of_list(brasa_call *call, const brasa_value *args, int64_t from, int64_t to, brasa_value *out, brasa_error *err)
{
    int64_t step = call->nargs > 3 ? args[3].u.i : 1;
    int32_t n = 0;

    if (step == 0) return brasa__fail(err, BRASA_ARITHMETIC, "a slice with step 0 has no end");
    brasa_value *items = BRASA_NEWS(call->arena, brasa_value, to - from + 1);
    if (step > to - from || step < from - to) step = step < 0 ? from - to - 1 : to - from + 1; /* the first alone */
    for (int64_t i = step > 0 ? from : to - 1; i >= from && i < to; i += step) items[n++] = args[0].u.list.items[i];
    out->null = false;
    out->u.list.items = items;
    out->u.list.n = n;
    return BRASA_OK;
}

static brasa_status slice_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    int64_t from, to;

    if (args[0].null || (call->nargs > 3 && args[3].null)) return BRASA_OK;
    bool text = args[0].type.kind == BRASA_KIND_STRING;
    bounds(&args[1], &args[2], text ? brasa__utf8_count(args[0].u.s.p, args[0].u.s.n) : args[0].u.list.n, &from, &to);
    if (!text) return of_list(call, args, from, to, out, err);
    size_t begin = brasa__utf8_offset(args[0].u.s.p, args[0].u.s.n, (int32_t)from);
    size_t end = brasa__utf8_offset(args[0].u.s.p, args[0].u.s.n, (int32_t)to);
    brasa__out_bytes(out, args[0].u.s.p + begin, end - begin);
    return BRASA_OK;
}

#define SLICE(id)                                                                                                             \
    {                                                                                                                         \
        .name = id, .min_args = 3, .max_args = 4, .flags = BRASA_FN_NULLS | BRASA_FN_CAN_FAIL | BRASA_FN_NULLABLE,            \
        .doc = id "(list or text, from, to [, step]): x[from:to], from 1, both included; negative: from the end; null: open", \
        .resolve = brasa__resolve_array_slice, .eval = brasa__row_eval, .row = slice_row                                      \
    }

static const brasa_function table[] = {SLICE("array_slice"), SLICE("list_slice")};

BRASA_FUNCTION_GROUP(slice, "Slices", table);
