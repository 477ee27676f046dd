/* shuffle_mpi.c -- exchanges of every kind over MPI. */
#include <stdio.h>

#include "base/ctx.h"
#include "comm/launch.h"
#include "support/shuffle_checks.h"

static brasa_status all_kinds(brasa_comm *c, brasa_error *err)
{
    for (int kind = BRASA_EXCHANGE_HASH; kind <= BRASA_EXCHANGE_NUMBER; kind++) {
        for (int k = 0; k < 4; k++) {
            shuffle_case one = {.kind = (brasa_exchange_kind)kind,
                                .seed = (uint64_t)(kind * 10 + k),
                                .nparts = 7,
                                .threads = 1 + k % 2,
                                .sources = 13,
                                .most_rows = k == 3 ? 1 : 4000,
                                .keys = 700,
                                .long_bytes = k == 2 ? 200000 : 0,
                                .blocks = k == 1,
                                .fail_source = -1};

            BRASA_TRY(brasa_test_shuffle(&one, c, err));
        }
    }
    for (int k = 0; k < 4; k++) { /* rows of fixed width: many, in few partitions and in more than eight */
        shuffle_case one = {.kind = k % 2 == 0 ? BRASA_EXCHANGE_HASH : BRASA_EXCHANGE_RANGE,
                            .seed = (uint64_t)k,
                            .nparts = k < 2 ? 3 : 20,
                            .threads = 2,
                            .sources = 7,
                            .most_rows = 40000,
                            .keys = 1000000,
                            .plain = true,
                            .fail_source = -1};

        BRASA_TRY(brasa_test_shuffle(&one, c, err));
        one.plain = false;
        one.most_rows = 20000;
        BRASA_TRY(brasa_test_shuffle(&one, c, err));
    }
    return BRASA_OK;
}

/* The failure of one rank, and a right answer after it. */
static brasa_status failures(brasa_comm *c, brasa_error *err)
{
    shuffle_case one = {.nparts = 3, .threads = 2, .sources = 9, .most_rows = 3000, .keys = 50, .fail_source = 4};
    brasa_error  told;

    brasa__error_clear(&told);
    if (brasa_test_shuffle(&one, c, &told) != BRASA_DATA)
        return brasa__fail(err, BRASA_INTERNAL, "a failure became %s", brasa_status_name((brasa_status)told.code));
    one.fail_source = -1;
    return brasa_test_shuffle(&one, c, err);
}

int main(int argc, char **argv)
{
    brasa_comm  *c = NULL;
    brasa_ctx   *ctx;
    brasa_error  err;
    brasa_status status;

    brasa__error_clear(&err);
    status = brasa__comm_world(&argc, &argv, &c, &err);
    if (status != BRASA_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    ctx = brasa__ctx_new(c->rank, c->size);
    brasa__ctx_set(ctx);
    status = all_kinds(c, &err);
    if (status == BRASA_OK) status = failures(c, &err);
    if (status != BRASA_OK && c->rank == 0) fprintf(stderr, "%s: %s\n", brasa_status_name(status), err.text);
    if (status == BRASA_OK && c->rank == 0) printf("ok %d\n", c->size);
    brasa__ctx_set(NULL);
    brasa__comm_end(c);
    brasa__ctx_free(ctx);
    return status == BRASA_OK ? 0 : 1;
}
