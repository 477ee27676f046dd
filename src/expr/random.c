/* random.c -- see the header. */
#include "expr/random.h"

#include "base/clock.h"
#include "base/ctx.h"
#include "data/value.h"
#include "expr/func_groups.h"

brasa_status brasa__random_open(brasa_arena *arena, const brasa_expr *e, void **state, brasa_error *err)
{
    brasa_random *r = BRASA_NEW(arena, brasa_random);
    int32_t       least = e->func->min_args;
    brasa_value   v;

    (void)err;
    if (e->nargs > least && brasa__expr_constant_of(e->args[least], &v) == BRASA_OK && !v.null)
        r->seed = brasa__hash_u64((uint64_t)v.u.i + 1);
    else
        r->seed =
            brasa__hash_combine(brasa__hash_combine((uint64_t)brasa__clock_ns(), (uint64_t)(uintptr_t)r), (uint64_t)brasa__ctx()->rank);
    brasa__random_begin(r, 0);
    *state = r;
    return BRASA_OK;
}

void brasa__random_begin(void *state, int32_t partition)
{
    brasa_random *r = state;

    r->stream = brasa__hash_combine(r->seed, (uint64_t)partition);
    r->at = 0;
}
