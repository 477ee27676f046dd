/* jobs_mpi.c -- driver and workers over MPI: jobs_mpi [FAULTS]. */
#include <stdio.h>

#include "base/config.h"
#include "base/ctx.h"
#include "base/fault.h"
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
    if (argc > 1) status = brasa__config_set(ctx->config, "faults", argv[1], &err);
    if (argc > 1 && status == BRASA_OK) status = brasa__faults_set(ctx->faults, argv[1], &err);
    if (status == BRASA_OK) status = brasa_test_jobs(&one, c, &err);
    if (status != BRASA_OK) {
        fprintf(stderr, "rank %d: %s: %s\n", rank, brasa_status_name(status), err.text);
        brasa__comm_abort(c, 1); /* some ranks may be in a collective still */
    }
    if (status == BRASA_OK && rank == 0) printf("ok %d\n", size);
    brasa__ctx_set(NULL);
    brasa__comm_end(c);
    brasa__ctx_free(ctx);
    return status == BRASA_OK ? 0 : 1;
}
