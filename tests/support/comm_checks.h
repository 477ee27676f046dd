/* comm_checks.h -- what every form of communication must do; run over sim by unit tests and over MPI by tests/dist. */
#ifndef BRASA_TEST_COMM_CHECKS_H
#define BRASA_TEST_COMM_CHECKS_H

#include "comm/comm.h"

/* Collective over `world`; `arg` is a uint64_t * with the same seed on all ranks.  Finds a wrong answer: INTERNAL, on all ranks. */
brasa_status brasa_test_comm_checks(void *arg, brasa_comm *world, brasa_error *err);

#endif
