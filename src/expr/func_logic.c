/* func_logic.c -- and, or, not, null tests, coalesce.  Those that are LAZY are computed by eval_lazy.c. */
#include <string.h>

#include "base/hash.h"
#include "expr/func_groups.h"
#include "expr/resolve.h"

static brasa_status lazy(brasa_call *call, brasa_error *err)
{
    return brasa__fail(err, BRASA_INTERNAL, "%s reached its kernel", call->expr->name);
}

static brasa_status not_eval(brasa_call *call, brasa_error *err)
{
    const uint8_t *a = call->args[0].values;
    uint8_t       *out = call->values;

    (void)err;
    if (call->args[0].encoding == BRASA_CONST) {
        for (int32_t i = 0; i < call->n; i++) out[call->rows[i]] = !a[0];
    } else {
        for (int32_t i = 0; i < call->batch_rows; i++) out[i] = !(a[i] & 1);
    }
    return BRASA_OK;
}

static void null_test(brasa_call *call, bool when_null)
{
    const brasa_column *c = &call->args[0];
    uint8_t            *out = call->values;

    if (c->valid == NULL) {
        memset(out, !when_null, (size_t)call->batch_rows);
        return;
    }
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        out[r] = brasa_column_is_valid(c, r) != when_null;
    }
}

static brasa_status isnull_eval(brasa_call *call, brasa_error *err)
{
    (void)err;
    null_test(call, true);
    return BRASA_OK;
}

static brasa_status isnotnull_eval(brasa_call *call, brasa_error *err)
{
    (void)err;
    null_test(call, false);
    return BRASA_OK;
}

static const brasa_function table[] = {
    {.name = "and",
     .min_args = 2,
     .max_args = -1,
     .flags = BRASA_FN_NULLS | BRASA_FN_LAZY | BRASA_FN_OPERATOR,
     .doc = "a AND b: true when both are; the second is looked at only where the first is not false",
     .resolve = brasa__resolve_all_bool,
     .eval = lazy},
    {.name = "or",
     .min_args = 2,
     .max_args = -1,
     .flags = BRASA_FN_NULLS | BRASA_FN_LAZY | BRASA_FN_OPERATOR,
     .doc = "a OR b: true when one is; the second is looked at only where the first is not true",
     .resolve = brasa__resolve_all_bool,
     .eval = lazy},
    {.name = "not",
     .min_args = 1,
     .max_args = 1,
     .flags = BRASA_FN_OPERATOR,
     .doc = "NOT a",
     .resolve = brasa__resolve_all_bool,
     .eval = not_eval},
    {.name = "isnull",
     .min_args = 1,
     .max_args = 1,
     .flags = BRASA_FN_NULLS,
     .doc = "isnull(x), x IS NULL: is it null?",
     .resolve = brasa__resolve_any_to_bool,
     .eval = isnull_eval},
    {.name = "isnotnull",
     .min_args = 1,
     .max_args = 1,
     .flags = BRASA_FN_NULLS,
     .doc = "isnotnull(x), x IS NOT NULL: is it not null?",
     .resolve = brasa__resolve_any_to_bool,
     .eval = isnotnull_eval},
    {.name = "coalesce",
     .min_args = 1,
     .max_args = -1,
     .flags = BRASA_FN_NULLS | BRASA_FN_LAZY,
     .doc = "coalesce(a, b, ...): the first that is not null",
     .resolve = brasa__resolve_same_to_same,
     .eval = lazy},
};

BRASA_FUNCTION_GROUP(logic, "Logic and nulls", table);
