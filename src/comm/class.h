/* comm/class.h -- what a form of communication implements; for src/comm only.
 *
 * Everything is start and test: comm.c builds the blocking calls on it, so waiting, deadlines, counters and fault points exist once.
 * At any time a communicator has at most one collective and one point-to-point operation under way.  start copies the op struct;
 * the buffers it names stay untouched until test says done.
 */
#ifndef BRASA_COMM_CLASS_H
#define BRASA_COMM_CLASS_H

#include "comm/comm.h"

typedef enum brasa_comm_kind {
    BRASA_COMM_BARRIER,
    BRASA_COMM_BCAST,
    BRASA_COMM_MIN,
    BRASA_COMM_MAX,
    BRASA_COMM_SUM,
    BRASA_COMM_ALLTOALL,
    BRASA_COMM_ALLTOALLV,
    BRASA_COMM_PIECES
} brasa_comm_kind;

typedef struct brasa_comm_op {
    brasa_comm_kind         kind;
    const void             *send;
    void                   *recv;  /* BCAST, MIN, MAX, SUM: in and out */
    int64_t                 bytes; /* BCAST: of the buffer; MIN, MAX, SUM: 8 per item; ALLTOALL: per peer */
    int32_t                 root;  /* BCAST */
    const int64_t          *send_counts, *send_offsets, *recv_counts, *recv_offsets; /* ALLTOALLV; bytes */
    const brasa_comm_piece *send_pieces, *recv_pieces;                               /* PIECES */
    int32_t                 nsend, nrecv;
} brasa_comm_op;

typedef struct brasa_comm_p2p {
    bool    sending;
    int32_t peer; /* receiving: -1 any */
    int32_t tag;
    void   *buf; /* not written when sending */
    int64_t bytes;
} brasa_comm_p2p;

struct brasa_comm_class {
    const char *name;
    brasa_status (*start)(brasa_comm *c, const brasa_comm_op *op, brasa_error *err);
    brasa_status (*test)(brasa_comm *c, bool *done, brasa_error *err);
    brasa_status (*p2p_start)(brasa_comm *c, const brasa_comm_p2p *op, brasa_error *err);
    brasa_status (*p2p_test)(brasa_comm *c, bool *done, brasa_error *err);
    brasa_status (*probe)(brasa_comm *c, int32_t from, int32_t tag, bool *found, int32_t *source, int64_t *bytes, brasa_error *err);
    brasa_status (*split)(brasa_comm *c, int32_t color, brasa_comm **out, brasa_error *err);
    void (*free)(brasa_comm *c);
    void (*end)(brasa_comm *world);
    void (*abort)(brasa_comm *world, int status);
};

const char *brasa__comm_kind_name(brasa_comm_kind kind);

/* Tags of users are below this one, which alltoallv uses. */
enum { BRASA_COMM_INNER_TAG = 32767 };

/* The worlds that launch.c chooses from. */
brasa_status brasa__comm_self_world(brasa_comm **out, brasa_error *err);
brasa_status brasa__comm_mpi_world(int *argc, char ***argv, brasa_comm **out, brasa_error *err);

#endif
