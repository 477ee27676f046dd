/* job_checks.h -- driver and workers together: jobs that succeed, jobs that fail, rows that are fetched; run over sim by unit tests and over MPI by tests/dist. */
#ifndef BRASA_TEST_JOB_CHECKS_H
#define BRASA_TEST_JOB_CHECKS_H

#include "comm/comm.h"

typedef struct job_case {
    int32_t threads;
    int64_t rows;
} job_case;

/* Collective over `world`: rank 0 drives, the others work; `arg` is a const job_case *.  A wrong answer: INTERNAL on rank 0. */
brasa_status brasa_test_jobs(void *arg, brasa_comm *world, brasa_error *err);

#endif
