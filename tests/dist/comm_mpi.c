/* comm_mpi.c -- the common checks over MPI: comm_mpi SEED [big]; big adds a broadcast and an all-to-all past the limit of one message.
 *
 * comm_mpi SEED late: rank 1 computes and rank 2 is deaf while the others meet in a barrier, past its deadline: rank 0 prints what it was told, and ends the job.
 * comm_mpi SEED deaf: rank 0 waits for as long as they compute.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "comm/agree.h"
#include "comm/launch.h"
#include "support/comm_checks.h"

static brasa_status big_bcast(brasa_comm *c, brasa_error *err)
{
    size_t       n = ((size_t)130 << 20) / 8;
    uint64_t    *v = brasa__alloc(n * 8), bad = 0;
    brasa_status status;

    for (size_t i = 0; i < n && c->rank == 0; i++) v[i] = i * 3;
    status = brasa__comm_bcast(c, v, (int64_t)n * 8, 0, err);
    for (size_t i = 0; i < n; i++) bad += v[i] != i * 3;
    brasa__free(v, n * 8);
    if (status == BRASA_OK && bad != 0) return brasa__fail(err, BRASA_INTERNAL, "a long broadcast is damaged");
    return status;
}

/* Never returns where it was told as it should be. */
static brasa_status late(brasa_comm *c, bool patient, brasa_error *err)
{
    brasa_status status;

    for (int k = 0; k < 6000 && c->rank == 1; k++) {
        brasa__comm_answer(c);
        usleep(10000);
    }
    if (c->rank == 2) sleep(60);
    c->deadline_ms = c->rank == 0 ? 4000 : 600000;
    c->patient = patient;
    status = brasa__comm_barrier(c, err);
    if (c->rank != 0 || status == BRASA_OK) return brasa__fail(err, BRASA_INTERNAL, "nobody was missed");
    fprintf(stderr, "%s: %s\n", brasa_status_name(status), err->text);
    brasa__comm_abort(c, 3);
}

int main(int argc, char **argv)
{
    brasa_comm  *c = NULL;
    brasa_error  err;
    brasa_status status;
    uint64_t     seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;

    brasa__error_clear(&err);
    status = brasa__comm_world(&argc, &argv, &c, &err);
    if (status != BRASA_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    for (uint64_t k = 0; k < 10 && status == BRASA_OK; k++) {
        uint64_t s = seed + k;

        status = brasa_test_comm_checks(&s, c, &err);
    }
    if (status == BRASA_OK && argc > 2 && strcmp(argv[2], "big") == 0) status = brasa__agree(c, big_bcast(c, &err), &err);
    if (status == BRASA_OK && argc > 2 && strcmp(argv[2], "late") == 0) status = late(c, false, &err);
    if (status == BRASA_OK && argc > 2 && strcmp(argv[2], "deaf") == 0) status = late(c, true, &err);
    if (status != BRASA_OK && c->rank == 0) fprintf(stderr, "%s: %s\n", brasa_status_name(status), err.text);
    if (status == BRASA_OK && c->rank == 0) printf("ok %d\n", c->size);
    brasa__comm_end(c);
    return status == BRASA_OK ? 0 : 1;
}
