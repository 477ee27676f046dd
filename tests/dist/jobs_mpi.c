/* jobs_mpi.c -- driver and workers over MPI. */
#include <stdio.h>

#include "base/ctx.h"
#include "comm/launch.h"
#include "support/job_checks.h"

int main(int argc, char **argv)
{
    brasa_comm  *c = NULL;
    brasa_ctx   *ctx;
    brasa_error  err;
    brasa_status status;
    job_case     one = {.threads = 2, .rows = 100000};
    int32_t      size, rank;

    brasa__error_clear(&err);
    status = brasa__comm_world(&argc, &argv, &c, &err);
    if (status != BRASA_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    size = c->size;
    rank = c->rank;
    ctx = brasa__ctx_new(rank, size);
    brasa__ctx_set(ctx);
    status = brasa_test_jobs(&one, c, &err);
    if (status != BRASA_OK) {
        fprintf(stderr, "rank %d: %s: %s\n", rank, brasa_status_name(status), err.text);
        if (c->broken) brasa__comm_abort(c, 1);
    }
    if (status == BRASA_OK && rank == 0) printf("ok %d\n", size);
    brasa__ctx_set(NULL);
    brasa__comm_end(c);
    brasa__ctx_free(ctx);
    return status == BRASA_OK ? 0 : 1;
}
