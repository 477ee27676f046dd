/* op_aggregate.c -- not here yet: refuses rows. */
#include "exec/op.h"

static brasa_status refuse(brasa_op *op, const brasa_batch *in, brasa_error *err)
{
    (void)in;
    return brasa__fail(err, BRASA_UNSUPPORTED, "the operator %s is not here yet", op->cls->name);
}

const brasa_op_class brasa__op_aggregate = {.name = "aggregate", .push = refuse};
