/* comm/comm.c -- the calls of comm.h, over the start and test of a class.
 *
 * Invariant: a call returns only when its operation has ended or the communicator is of no more use (the error is then
 * PEER, TIMEOUT or INTERNAL, and the caller ends the job).
 */
#include "comm/comm.h"

#include <assert.h>
#include <string.h>

#include "base/fault.h"
#include "comm/class.h"
#include "comm/share.h"

const char *brasa__comm_kind_name(brasa_comm_kind kind)
{
    switch (kind) {
    case BRASA_COMM_BARRIER: return "barrier";
    case BRASA_COMM_BCAST: return "broadcast";
    case BRASA_COMM_MIN: return "allreduce (min)";
    case BRASA_COMM_MAX: return "allreduce (max)";
    case BRASA_COMM_SUM: return "allreduce (sum)";
    case BRASA_COMM_ALLTOALL: return "all-to-all";
    case BRASA_COMM_ALLTOALLV: return "all-to-all of data";
    case BRASA_COMM_PIECES: return "shuffle of rows";
    }
    return "?";
}

/* Where tests inject: comm.fail gives an error here, comm.kill ends the process as a crash would. */
static brasa_status injected(const char *what, brasa_error *err)
{
    brasa__fault_kill("comm.kill");
    if (BRASA_FAULT("comm.fail")) return brasa__fail(err, BRASA_PEER, "%s failed (injected)", what);
    return BRASA_OK;
}

/* A call that fails leaves operations under way that nobody will finish. */
static brasa_status note(brasa_comm *c, brasa_status status)
{
    if (status != BRASA_OK) c->broken = true;
    return status;
}

static brasa_status start(brasa_comm *c, const brasa_comm_op *op, brasa_error *err)
{
    if (c->broken) return brasa__fail(err, BRASA_PEER, "%s after a failure", brasa__comm_kind_name(op->kind));
    BRASA_TRY(note(c, injected(brasa__comm_kind_name(op->kind), err)));
    c->calls++;
    return note(c, c->cls->start(c, op, err));
}

static brasa_status collective(brasa_comm *c, const brasa_comm_op *op, brasa_error *err)
{
    brasa_wait wait = {0};
    bool       done = false;

    BRASA_TRY(start(c, op, err));
    for (;;) {
        BRASA_TRY(note(c, c->cls->test(c, &done, err)));
        if (done) return BRASA_OK;
        BRASA_TRY(note(c, brasa__comm_wait(c, &wait, brasa__comm_kind_name(op->kind), err)));
    }
}

brasa_status brasa__comm_barrier(brasa_comm *c, brasa_error *err)
{
    return collective(c, &(brasa_comm_op) {.kind = BRASA_COMM_BARRIER}, err);
}

brasa_status brasa__comm_bcast(brasa_comm *c, void *buf, int64_t bytes, int32_t root, brasa_error *err)
{
    assert(root >= 0 && root < c->size && bytes >= 0);
    if (c->size == 1) return BRASA_OK;
    for (int64_t at = 0; at < bytes; at += BRASA_COMM_MAX_MESSAGE) {
        int64_t       n = bytes - at < BRASA_COMM_MAX_MESSAGE ? bytes - at : BRASA_COMM_MAX_MESSAGE;
        brasa_comm_op op = {.kind = BRASA_COMM_BCAST, .recv = (char *)buf + at, .bytes = n, .root = root};

        BRASA_TRY(collective(c, &op, err));
    }
    if (c->rank == root)
        c->bytes_sent += bytes * (c->size - 1);
    else
        c->bytes_received += bytes;
    return BRASA_OK;
}

static brasa_status allreduce(brasa_comm *c, brasa_comm_kind kind, int64_t *v, int32_t n, brasa_error *err)
{
    if (n == 0 || c->size == 1) return BRASA_OK;
    return collective(c, &(brasa_comm_op) {.kind = kind, .recv = v, .bytes = (int64_t)sizeof *v * n}, err);
}

brasa_status brasa__comm_allreduce_min(brasa_comm *c, int64_t *v, int32_t n, brasa_error *err)
{
    return allreduce(c, BRASA_COMM_MIN, v, n, err);
}

brasa_status brasa__comm_allreduce_max(brasa_comm *c, int64_t *v, int32_t n, brasa_error *err)
{
    return allreduce(c, BRASA_COMM_MAX, v, n, err);
}

brasa_status brasa__comm_allreduce_sum(brasa_comm *c, int64_t *v, int32_t n, brasa_error *err)
{
    return allreduce(c, BRASA_COMM_SUM, v, n, err);
}

brasa_status brasa__comm_alltoall(brasa_comm *c, const void *send, void *recv, int32_t bytes, brasa_error *err)
{
    brasa_comm_op op = {.kind = BRASA_COMM_ALLTOALL, .send = send, .recv = recv, .bytes = bytes};

    if (bytes == 0) return BRASA_OK;
    c->bytes_sent += (int64_t)bytes * (c->size - 1);
    c->bytes_received += (int64_t)bytes * (c->size - 1);
    for (int32_t r = 0; c->sent_to != NULL && r < c->size; r++) c->sent_to[r] += r == c->rank ? 0 : bytes;
    return collective(c, &op, err);
}

static brasa_comm_op alltoallv_op(brasa_comm *c, const void *send, const int64_t *send_counts, const int64_t *send_offsets, void *recv,
                                  const int64_t *recv_counts, const int64_t *recv_offsets)
{
    for (int32_t r = 0; r < c->size; r++) {
        assert(send_counts[r] >= 0 && send_counts[r] <= BRASA_COMM_MAX_MESSAGE);
        assert(recv_counts[r] >= 0 && recv_counts[r] <= BRASA_COMM_MAX_MESSAGE);
        if (r == c->rank) continue;
        c->bytes_sent += send_counts[r];
        c->bytes_received += recv_counts[r];
        if (c->sent_to != NULL) c->sent_to[r] += send_counts[r];
    }
    return (brasa_comm_op) {.kind = BRASA_COMM_ALLTOALLV,
                            .send = send,
                            .recv = recv,
                            .send_counts = send_counts,
                            .send_offsets = send_offsets,
                            .recv_counts = recv_counts,
                            .recv_offsets = recv_offsets};
}

brasa_status brasa__comm_alltoallv(brasa_comm *c, const void *send, const int64_t *send_counts, const int64_t *send_offsets, void *recv,
                                   const int64_t *recv_counts, const int64_t *recv_offsets, brasa_error *err)
{
    brasa_comm_op op = alltoallv_op(c, send, send_counts, send_offsets, recv, recv_counts, recv_offsets);

    return collective(c, &op, err);
}

brasa_status brasa__comm_pieces_start(brasa_comm *c, const brasa_comm_piece *send, int32_t nsend, const brasa_comm_piece *recv,
                                      int32_t nrecv, brasa_error *err)
{
    brasa_comm_op op = {.kind = BRASA_COMM_PIECES, .send_pieces = send, .nsend = nsend, .recv_pieces = recv, .nrecv = nrecv};

    assert(nsend <= c->size * BRASA_COMM_PEER_PIECES && nrecv <= c->size * BRASA_COMM_PEER_PIECES);
    for (int32_t k = 0; k < nsend; k++) {
        assert(send[k].peer != c->rank && send[k].bytes > 0 && send[k].bytes <= BRASA_COMM_MAX_MESSAGE);
        c->bytes_sent += send[k].bytes;
        if (c->sent_to != NULL) c->sent_to[send[k].peer] += send[k].bytes;
    }
    for (int32_t k = 0; k < nrecv; k++) {
        assert(recv[k].peer != c->rank && recv[k].bytes > 0 && recv[k].bytes <= BRASA_COMM_MAX_MESSAGE);
        c->bytes_received += recv[k].bytes;
    }
    return start(c, &op, err);
}

brasa_status brasa__comm_pieces_test(brasa_comm *c, bool *done, brasa_error *err)
{
    *done = false;
    return note(c, c->cls->test(c, done, err));
}

static brasa_status p2p(brasa_comm *c, const brasa_comm_p2p *op, const char *what, brasa_error *err)
{
    brasa_wait wait = {.peer = op->peer + 1};
    bool       done = false;

    if (op->tag < 0 || op->tag >= BRASA_COMM_INNER_TAG || op->bytes < 0 || op->bytes > INT32_MAX)
        return brasa__fail(err, BRASA_INTERNAL, "%s of %lld bytes with tag %d", what, (long long)op->bytes, op->tag);
    if (c->broken) return brasa__fail(err, BRASA_PEER, "%s after a failure", what);
    BRASA_TRY(note(c, injected(what, err)));
    BRASA_TRY(note(c, c->cls->p2p_start(c, op, err)));
    for (;;) {
        BRASA_TRY(note(c, c->cls->p2p_test(c, &done, err)));
        if (done) return BRASA_OK;
        BRASA_TRY(note(c, brasa__comm_wait(c, &wait, what, err)));
    }
}

brasa_status brasa__comm_send(brasa_comm *c, int32_t to, int32_t tag, const void *buf, int64_t bytes, brasa_error *err)
{
    brasa_comm_p2p op = {.sending = true, .peer = to, .tag = tag, .buf = (void *)(uintptr_t)buf, .bytes = bytes};

    assert(to >= 0 && to < c->size);
    c->bytes_sent += bytes;
    if (c->sent_to != NULL) c->sent_to[to] += bytes;
    return p2p(c, &op, "send", err);
}

brasa_status brasa__comm_recv(brasa_comm *c, int32_t from, int32_t tag, void *buf, int64_t bytes, brasa_error *err)
{
    brasa_comm_p2p op = {.peer = from, .tag = tag, .buf = buf, .bytes = bytes};

    assert(from >= -1 && from < c->size);
    c->bytes_received += bytes;
    return p2p(c, &op, "receive", err);
}

brasa_status brasa__comm_probe(brasa_comm *c, int32_t from, int32_t tag, bool *found, int32_t *source, int64_t *bytes, brasa_error *err)
{
    *found = false;
    return note(c, c->cls->probe(c, from, tag, found, source, bytes, err));
}

brasa_status brasa__comm_split(brasa_comm *c, int32_t color, brasa_comm **out, brasa_error *err)
{
    *out = NULL;
    return note(c, c->cls->split(c, color, out, err));
}

void brasa__comm_free(brasa_comm *c)
{
    if (c == NULL) return;
    brasa__share_free(c);
    c->cls->free(c);
}
