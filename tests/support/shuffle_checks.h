/* shuffle_checks.h -- an exchange of every kind, written by threads of every rank and compared with what the rows say of themselves; run over
 * sim by unit tests and over MPI by tests/dist. */
#ifndef BRASA_TEST_SHUFFLE_CHECKS_H
#define BRASA_TEST_SHUFFLE_CHECKS_H

#include "shuffle/exchange.h"

typedef struct shuffle_case {
    brasa_exchange_kind kind;
    uint64_t            seed;
    int32_t             nparts, threads, sources;
    int32_t             most_rows;   /* of a source */
    int32_t             keys;        /* distinct values of the key */
    int32_t             long_bytes;  /* of a string in one row of a hundred; 0: all are short */
    bool                blocks;      /* written as blocks */
    bool                plain;       /* no nulls and no text: all columns have a fixed width */
    int32_t             fail_source; /* the thread that comes to this source fails; -1: none */
} shuffle_case;

/* Collective over `comm`; `arg` is a const shuffle_case *.  All ranks return the same.  Finds a wrong answer: INTERNAL. */
brasa_status brasa_test_shuffle(void *arg, brasa_comm *comm, brasa_error *err);

#endif
