/* func_hash.c -- hashes of values.  hash() is Brasa's own (XXH3): equal values hash alike on every rank, but not as in other systems. */
#include "expr/func_groups.h"
#include "expr/resolve.h"
#include "kernel/rows.h"

static BRASA_RESOLVE(anything_to_bigint)
{
    (void)arena, (void)f, (void)types, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_INT64);
    return BRASA_OK;
}

static brasa_status hash_eval(brasa_call *call, brasa_error *err)
{
    uint64_t *hash = brasa__arena_alloc(call->arena, sizeof *hash * (size_t)(call->n + 1));
    int64_t  *out = call->values;

    (void)err;
    for (int32_t k = 0; k < call->nargs; k++) brasa__hash_rows(&call->args[k], call->rows, call->n, k == 0, hash);
    for (int32_t i = 0; i < call->n; i++) out[call->rows[i]] = (int64_t)hash[i];
    return BRASA_OK;
}

static const brasa_function table[] = {
    {.name = "hash",
     .min_args = 1,
     .max_args = -1,
     .flags = BRASA_FN_NULLS,
     .doc = "hash(a, ...): a BIGINT that equal values share",
     .resolve = brasa__resolve_anything_to_bigint,
     .eval = hash_eval},
};

BRASA_FUNCTION_GROUP(hash, "Hashes", table);
