/* tiny.c -- a job of one user function, built twice with different factors: ranks of both builds under one launcher must be refused. */
#include <stdio.h>

#include <brasa/brasa.h>

static int scaled(brasa_udf_call *call)
{
    const int64_t *x = call->args[0].values;

    for (int32_t i = 0; i < call->rows; i++) ((int64_t *)call->out)[i] = x[i] * TINY_FACTOR;
    return 0;
}
BRASA_UDF(scaled, .batch = scaled, .args = "BIGINT", .returns = "BIGINT");

int main(int argc, char **argv)
{
    brasa_session *s = brasa_start(&argc, &argv, .app = "tiny");

    brasa_show(brasa_aggregate(brasa_range(s, 0, 10, 1), "", "sum(scaled(id))"), 1);
    return brasa_stop(s);
}
