/* comm/comm.h -- how ranks talk: a vtable with three forms.
 *
 * MPI (comm/mpi.c), self (one process, no MPI at all) and sim (N ranks as threads of one process under a seeded scheduler, for tests).
 * Every call is made by the rank's main thread.  "Collective" calls are made by all ranks of the communicator in the same order.  Every wait
 * has a deadline (deadline_ms without progress: TIMEOUT, naming the operation and the ranks waited for), except where others compute: there it is
 * the time for which a rank on this host has been stopped or, where rank 0 waits, any rank has not answered (comm/roll.h).  Waits spin, then yield, then sleep.
 */
#ifndef BRASA_COMM_COMM_H
#define BRASA_COMM_COMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "mem/buf.h"

typedef struct brasa_comm       brasa_comm;
typedef struct brasa_comm_class brasa_comm_class;
typedef struct brasa_peers      brasa_peers;
typedef struct brasa_share      brasa_share;

struct brasa_comm {
    const brasa_comm_class *cls;
    int32_t                 rank;
    int32_t                 size;
    int64_t                 deadline_ms; /* 0: none */
    bool                    patient;     /* others compute, for as long as they like: only a rank that stands still ends a wait */
    brasa_peers            *peers;       /* of the world; NULL: a process of its own, or simulated */
    const int32_t          *in_world;    /* [size] ranks in the world; NULL: this is the world */
    int32_t                 id;          /* of the communicator: the same on all of its ranks; 0: the world */
    int64_t                 calls;       /* collectives begun */
    bool                   *near;        /* [size] ranks on the host of this one: what they send crosses no network; NULL: not known */
    brasa_share            *share;       /* memory that ranks of one host share; NULL: there is none (yet) */
    int64_t                 bytes_sent;  /* to other ranks */
    int64_t                 bytes_received;
    int64_t                *sent_to; /* [size] bytes to each rank are added here too, while an exchange counts them; NULL: not counted */
    bool                    busy;    /* threads of this rank compute: waits give the core away at once */
    bool                    broken;  /* a call has failed: the communicator is of no more use, and its rank must end the job */
};

enum {
    BRASA_COMM_MAX_MESSAGE = 64 << 20, /* most bytes to one peer in one alltoallv, or of a piece */
    BRASA_COMM_PEER_PIECES = 48        /* most pieces to or from one peer at a time */
};

/* Does what `peer` sends stay in the memory of one host? */
static inline bool brasa__comm_near(const brasa_comm *c, int32_t peer)
{
    return peer == c->rank || (c->near != NULL && c->near[peer]);
}

/* Collective over `c`. */
brasa_status brasa__comm_barrier(brasa_comm *c, brasa_error *err);
/* Collective: bytes of any length (int64; chunked inside). */
brasa_status brasa__comm_bcast(brasa_comm *c, void *buf, int64_t bytes, int32_t root, brasa_error *err);
/* Collective: element-wise over n int64. */
brasa_status brasa__comm_allreduce_min(brasa_comm *c, int64_t *v, int32_t n, brasa_error *err);
brasa_status brasa__comm_allreduce_max(brasa_comm *c, int64_t *v, int32_t n, brasa_error *err);
brasa_status brasa__comm_allreduce_sum(brasa_comm *c, int64_t *v, int32_t n, brasa_error *err);
/* Collective: send[r * bytes ..] goes to rank r; recv[r * bytes ..] came from r. */
brasa_status brasa__comm_alltoall(brasa_comm *c, const void *send, void *recv, int32_t bytes, brasa_error *err);
/* Collective: per-peer counts and offsets in bytes; each count at most BRASA_COMM_MAX_MESSAGE.  send and recv parts for the own rank are copied too unless the counts are 0. */
brasa_status brasa__comm_alltoallv(brasa_comm *c, const void *send, const int64_t *send_counts, const int64_t *send_offsets, void *recv,
                                   const int64_t *recv_counts, const int64_t *recv_offsets, brasa_error *err);
/* Bytes that lie where they are: 1 to BRASA_COMM_MAX_MESSAGE of them, to or from another rank. */
typedef struct brasa_comm_piece {
    void   *data;
    int64_t bytes;
    int32_t peer;
} brasa_comm_piece;
/* A nonblocking all-to-all of pieces, one at a time: start, then test until *done (each test makes progress).  The k-th piece to a rank meets the k-th piece that it expects
 * from this one, of as many bytes.  The lists and the bytes stay untouched in between.  Collective. */
brasa_status brasa__comm_pieces_start(brasa_comm *c, const brasa_comm_piece *send, int32_t nsend, const brasa_comm_piece *recv,
                                      int32_t nrecv, brasa_error *err);
brasa_status brasa__comm_pieces_test(brasa_comm *c, bool *done, brasa_error *err);

/* Ranks of one host may pass bytes without a message: one writes them into memory that the other reads.
 * share: collective; makes that memory, once for a communicator, and agrees on what became of `local` (comm/agree.h).  Where there is none,
 * calls below give ordinary memory, and it is no error. */
brasa_status brasa__comm_share(brasa_comm *c, brasa_status local, brasa_error *err);
/* Any thread: a buffer for bytes that go to `peer`, in memory that it reads while there is some left.  Throws. */
brasa_buf *brasa__comm_buf(brasa_comm *c, int32_t peer, size_t bytes);
/* Where in the memory that others read the data of such a buffer lies; -1: it does not, so it must be sent. */
int64_t brasa__comm_place(const brasa_comm *c, const void *data);
/* `peer` will be told where these bytes are: they count as sent.  The buffer stays until it has said that it has them. */
void brasa__comm_offered(brasa_comm *c, int32_t peer, int64_t bytes);
/* Where this rank sees what `peer` has offered; it counts as received.  CORRUPT: there is no such place. */
brasa_status brasa__comm_see(brasa_comm *c, int32_t peer, int64_t at, int64_t bytes, const void **data, brasa_error *err);

/* Point to point (tag >= 0).  recv from -1: any.  probe returns at once.  Bytes up to INT32_MAX. */
brasa_status brasa__comm_send(brasa_comm *c, int32_t to, int32_t tag, const void *buf, int64_t bytes, brasa_error *err);
brasa_status brasa__comm_probe(brasa_comm *c, int32_t from, int32_t tag, bool *found, int32_t *source, int64_t *bytes, brasa_error *err);
brasa_status brasa__comm_recv(brasa_comm *c, int32_t from, int32_t tag, void *buf, int64_t bytes, brasa_error *err);

/* Collective: a communicator of the ranks that pass the same color (>= 0), ordered by rank; -1: NULL for this rank. */
brasa_status brasa__comm_split(brasa_comm *c, int32_t color, brasa_comm **out, brasa_error *err);
void         brasa__comm_free(brasa_comm *c); /* not the world */

/* Wait without burning a core: call in a loop with a counter that starts at 0 and is reset on progress.  TIMEOUT past the deadline, naming a rank that stands still; `what` names the operation. */
typedef struct brasa_wait {
    int64_t spins;
    int64_t last_ns;   /* when it was last called */
    int64_t waited_ns; /* without progress, less the time in which this rank itself stood still */
    int32_t peer;      /* + 1: the only rank waited for; 0: all */
} brasa_wait;
brasa_status brasa__comm_wait(brasa_comm *c, brasa_wait *w, const char *what, brasa_error *err);
/* Main thread, now and then while task threads compute: tells ranks that ask where this one is.  A wait does that by itself. */
void brasa__comm_answer(const brasa_comm *world);

#endif
