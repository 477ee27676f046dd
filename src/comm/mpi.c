/* comm/mpi.c -- the MPI form; with launch.c the only code that runs under a launcher.
 *
 * Calls of MPI 3.1 only, from the rank's main thread (MPI_THREAD_FUNNELED), all nonblocking: MPI's own waits burn a core and know
 * no deadline.  Data goes by Isend and Irecv between every pair, which is what Open MPI's Ialltoallv does too, without its limit
 * of 2^31 bytes of offset.  Counts stay below 2^31 because a message has at most BRASA_COMM_MAX_MESSAGE bytes.
 */
#include <assert.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/alloc.h"
#include "comm/class.h"
#include "comm/init_watch.h"
#include "comm/launch.h"
#include "comm/peers.h"

typedef struct mpi_comm {
    brasa_comm   base; /* first member: an mpi_comm * is a brasa_comm * */
    MPI_Comm     comm;
    MPI_Request *requests; /* of the collective */
    int          nrequests;
    MPI_Request  p2p;
    int64_t      p2p_bytes; /* expected by the receive under way; -1: sending */
    int32_t     *in_world;  /* [size] NULL: the world */
} mpi_comm;

static const brasa_comm_class mpi_class;

static brasa_status mpi_fail(int code, const char *what, brasa_error *err)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int  len = 0;

    MPI_Error_string(code, text, &len);
    return brasa__fail(err, BRASA_PEER, "%s: %.*s", what, len, text);
}

static size_t request_bytes(int size)
{
    return 2 * BRASA_COMM_PEER_PIECES * sizeof(MPI_Request) * (size_t)size;
}

static mpi_comm *mpi_new(MPI_Comm comm, int64_t deadline_ms)
{
    mpi_comm *m = brasa__alloc(sizeof *m);
    int       rank, size;

    MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    m->base = (brasa_comm) {.cls = &mpi_class, .rank = rank, .size = size, .deadline_ms = deadline_ms};
    m->comm = comm;
    m->p2p = MPI_REQUEST_NULL;
    m->requests = brasa__alloc(request_bytes(size));
    return m;
}

static void mpi_delete(mpi_comm *m)
{
    brasa__free(m->requests, request_bytes(m->base.size));
    brasa__free(m->in_world, sizeof *m->in_world * (size_t)m->base.size);
    if (m->base.near != NULL) brasa__free(m->base.near, (size_t)m->base.size);
    brasa__free(m, sizeof *m);
}

/* ---- who answers ---- */

/* Above the tags of users. */
enum { CALL_TAG = BRASA_COMM_INNER_TAG - 1 };

typedef struct call_link {
    int32_t      size;
    MPI_Request *sent;  /* [size] the last call to each rank */
    brasa_call  *calls; /* [size] */
} call_link;

static bool say_call(void *link, int32_t to, const brasa_call *call)
{
    call_link *l = link;
    int        done = 1;

    if (l->sent[to] != MPI_REQUEST_NULL && (MPI_Test(&l->sent[to], &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || !done)) return false;
    l->calls[to] = *call;
    return MPI_Isend(&l->calls[to], (int)sizeof *call, MPI_BYTE, to, CALL_TAG, MPI_COMM_WORLD, &l->sent[to]) == MPI_SUCCESS;
}

static bool hear_call(void *link, int32_t *from, brasa_call *call)
{
    MPI_Status status;
    int        flag = 0;

    (void)link;
    if (MPI_Iprobe(MPI_ANY_SOURCE, CALL_TAG, MPI_COMM_WORLD, &flag, &status) != MPI_SUCCESS || !flag) return false;
    *from = status.MPI_SOURCE;
    return MPI_Recv(call, (int)sizeof *call, MPI_BYTE, *from, CALL_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE) == MPI_SUCCESS;
}

static void link_calls(brasa_peers *p)
{
    call_link *l = brasa__alloc(sizeof *l);

    l->size = p->size;
    l->sent = brasa__alloc(sizeof *l->sent * (size_t)p->size);
    l->calls = brasa__alloc(sizeof *l->calls * (size_t)p->size);
    for (int32_t r = 0; r < p->size; r++) l->sent[r] = MPI_REQUEST_NULL;
    p->roll->link = (brasa_roll_link) {.say = say_call, .hear = hear_call};
    p->roll->link_arg = l;
}

/* Before MPI ends: what nobody has heard is left to it. */
static void forget_calls(const brasa_peers *p)
{
    call_link *l = p == NULL ? NULL : p->roll->link_arg;

    for (int32_t r = 0; l != NULL && r < l->size; r++)
        if (l->sent[r] != MPI_REQUEST_NULL) MPI_Request_free(&l->sent[r]);
}

/* After. */
static void unlink_calls(brasa_peers *p)
{
    call_link *l = p == NULL ? NULL : p->roll->link_arg;

    if (l == NULL) return;
    brasa__free(l->sent, sizeof *l->sent * (size_t)l->size);
    brasa__free(l->calls, sizeof *l->calls * (size_t)l->size);
    brasa__free(l, sizeof *l);
    p->roll->link_arg = NULL;
}

/* ---- collectives ---- */

/* Receives first, so that data finds its place; peers in an order that differs by rank, so that no rank is everyone's first. */
static int start_alltoallv(mpi_comm *m, const brasa_comm_op *op)
{
    int size = m->base.size, rank = m->base.rank, rc = MPI_SUCCESS;

    if (op->send_counts[rank] > 0)
        memmove((char *)op->recv + op->recv_offsets[rank], (const char *)op->send + op->send_offsets[rank], (size_t)op->send_counts[rank]);
    for (int k = 1; k < size && rc == MPI_SUCCESS; k++) {
        int r = (rank + size - k) % size;

        if (op->recv_counts[r] == 0) continue;
        rc = MPI_Irecv((char *)op->recv + op->recv_offsets[r], (int)op->recv_counts[r], MPI_BYTE, r, BRASA_COMM_INNER_TAG, m->comm,
                       &m->requests[m->nrequests]);
        m->nrequests += rc == MPI_SUCCESS;
    }
    for (int k = 1; k < size && rc == MPI_SUCCESS; k++) {
        int r = (rank + k) % size;

        if (op->send_counts[r] == 0) continue;
        rc = MPI_Isend((const char *)op->send + op->send_offsets[r], (int)op->send_counts[r], MPI_BYTE, r, BRASA_COMM_INNER_TAG, m->comm,
                       &m->requests[m->nrequests]);
        m->nrequests += rc == MPI_SUCCESS;
    }
    return rc;
}

/* All receives are posted before the first send, so that no piece comes unexpected because this rank was late. */
static int start_pieces(mpi_comm *m, const brasa_comm_op *op)
{
    int rc = MPI_SUCCESS;

    for (int k = 0; k < op->nrecv && rc == MPI_SUCCESS; k++) {
        const brasa_comm_piece *p = &op->recv_pieces[k];

        rc = MPI_Irecv(p->data, (int)p->bytes, MPI_BYTE, p->peer, BRASA_COMM_INNER_TAG, m->comm, &m->requests[m->nrequests]);
        m->nrequests += rc == MPI_SUCCESS;
    }
    for (int k = 0; k < op->nsend && rc == MPI_SUCCESS; k++) {
        const brasa_comm_piece *p = &op->send_pieces[k];

        rc = MPI_Isend(p->data, (int)p->bytes, MPI_BYTE, p->peer, BRASA_COMM_INNER_TAG, m->comm, &m->requests[m->nrequests]);
        m->nrequests += rc == MPI_SUCCESS;
    }
    return rc;
}

static int start_reduce(mpi_comm *m, const brasa_comm_op *op, MPI_Op how)
{
    return MPI_Iallreduce(MPI_IN_PLACE, op->recv, (int)(op->bytes / 8), MPI_INT64_T, how, m->comm, m->requests);
}

static brasa_status mpi_start(brasa_comm *c, const brasa_comm_op *op, brasa_error *err)
{
    mpi_comm *m = (mpi_comm *)c;
    int       bytes = (int)op->bytes, rc = MPI_SUCCESS;

    assert(m->nrequests == 0 && "a collective is under way");
    m->nrequests = op->kind == BRASA_COMM_ALLTOALLV || op->kind == BRASA_COMM_PIECES ? 0 : 1;
    switch (op->kind) {
    case BRASA_COMM_BARRIER: rc = MPI_Ibarrier(m->comm, m->requests); break;
    case BRASA_COMM_BCAST: rc = MPI_Ibcast(op->recv, bytes, MPI_BYTE, op->root, m->comm, m->requests); break;
    case BRASA_COMM_MIN: rc = start_reduce(m, op, MPI_MIN); break;
    case BRASA_COMM_MAX: rc = start_reduce(m, op, MPI_MAX); break;
    case BRASA_COMM_SUM: rc = start_reduce(m, op, MPI_SUM); break;
    case BRASA_COMM_ALLTOALL: rc = MPI_Ialltoall(op->send, bytes, MPI_BYTE, op->recv, bytes, MPI_BYTE, m->comm, m->requests); break;
    case BRASA_COMM_ALLTOALLV: rc = start_alltoallv(m, op); break;
    case BRASA_COMM_PIECES: rc = start_pieces(m, op); break;
    }
    return rc == MPI_SUCCESS ? BRASA_OK : mpi_fail(rc, brasa__comm_kind_name(op->kind), err);
}

static brasa_status mpi_test(brasa_comm *c, bool *done, brasa_error *err)
{
    mpi_comm *m = (mpi_comm *)c;
    int       flag = 0;
    int       rc = MPI_Testall(m->nrequests, m->requests, &flag, MPI_STATUSES_IGNORE);

    if (rc != MPI_SUCCESS) return mpi_fail(rc, "a collective", err);
    *done = flag != 0;
    if (*done) m->nrequests = 0;
    return BRASA_OK;
}

static brasa_status mpi_p2p_start(brasa_comm *c, const brasa_comm_p2p *op, brasa_error *err)
{
    mpi_comm *m = (mpi_comm *)c;
    int       n = (int)op->bytes, rc;

    assert(m->p2p == MPI_REQUEST_NULL);
    m->p2p_bytes = op->sending ? -1 : op->bytes;
    if (op->sending)
        rc = MPI_Isend(op->buf, n, MPI_BYTE, op->peer, op->tag, m->comm, &m->p2p);
    else
        rc = MPI_Irecv(op->buf, n, MPI_BYTE, op->peer < 0 ? MPI_ANY_SOURCE : op->peer, op->tag, m->comm, &m->p2p);
    return rc == MPI_SUCCESS ? BRASA_OK : mpi_fail(rc, op->sending ? "send" : "receive", err);
}

static brasa_status mpi_p2p_test(brasa_comm *c, bool *done, brasa_error *err)
{
    mpi_comm  *m = (mpi_comm *)c;
    MPI_Status status;
    int        flag = 0, n = 0;
    int        rc = MPI_Test(&m->p2p, &flag, &status);

    if (rc != MPI_SUCCESS) return mpi_fail(rc, "a message", err);
    *done = flag != 0;
    if (!*done || m->p2p_bytes < 0) return BRASA_OK;
    MPI_Get_count(&status, MPI_BYTE, &n);
    if (n != m->p2p_bytes)
        return brasa__fail(err, BRASA_INTERNAL, "a message of %d bytes where %lld were expected", n, (long long)m->p2p_bytes);
    return BRASA_OK;
}

static brasa_status mpi_probe(brasa_comm *c, int32_t from, int32_t tag, bool *found, int32_t *source, int64_t *bytes, brasa_error *err)
{
    mpi_comm  *m = (mpi_comm *)c;
    MPI_Status status;
    int        flag = 0, n = 0;
    int        rc = MPI_Iprobe(from < 0 ? MPI_ANY_SOURCE : from, tag, m->comm, &flag, &status);

    if (rc != MPI_SUCCESS) return mpi_fail(rc, "a probe", err);
    if (!flag) return BRASA_OK;
    *found = true;
    MPI_Get_count(&status, MPI_BYTE, &n);
    if (source != NULL) *source = status.MPI_SOURCE;
    if (bytes != NULL) *bytes = n;
    return BRASA_OK;
}

/* Which ranks of the communicator are on this host. */
static void find_near(mpi_comm *m)
{
    const brasa_peers *peers = m->base.peers;

    m->base.near = brasa__alloc((size_t)m->base.size);
    for (int r = 0; r < m->base.size; r++)
        m->base.near[r] = brasa__peers_near(&peers->all[peers->rank], &peers->all[m->in_world != NULL ? m->in_world[r] : r]);
}

static void name_split(brasa_comm *parent, mpi_comm *m)
{
    MPI_Group all, some;
    int       size = m->base.size;
    int      *from = brasa__alloc(2 * sizeof *from * (size_t)size);

    m->in_world = brasa__alloc(sizeof *m->in_world * (size_t)size);
    for (int r = 0; r < size; r++) from[r] = r;
    MPI_Comm_group(MPI_COMM_WORLD, &all);
    MPI_Comm_group(m->comm, &some);
    MPI_Group_translate_ranks(some, size, from, all, from + size);
    MPI_Group_free(&some);
    MPI_Group_free(&all);
    for (int r = 0; r < size; r++) m->in_world[r] = from[size + r];
    brasa__free(from, 2 * sizeof *from * (size_t)size);
    m->base.in_world = m->in_world;
    m->base.peers = parent->peers;
    m->base.id = parent->id + 1;
    find_near(m);
}

static brasa_status mpi_split(brasa_comm *c, int32_t color, brasa_comm **out, brasa_error *err)
{
    mpi_comm *m = (mpi_comm *)c;
    MPI_Comm  comm = MPI_COMM_NULL;
    int       rc;

    /* MPI has no nonblocking split: meet first, so that its busy wait is short. */
    BRASA_TRY(brasa__comm_barrier(c, err));
    rc = MPI_Comm_split(m->comm, color < 0 ? MPI_UNDEFINED : color, c->rank, &comm);
    if (rc != MPI_SUCCESS) return mpi_fail(rc, "split", err);
    *out = comm == MPI_COMM_NULL ? NULL : &mpi_new(comm, c->deadline_ms)->base;
    if (*out != NULL) name_split(c, (mpi_comm *)*out);
    return BRASA_OK;
}

static void mpi_free(brasa_comm *c)
{
    mpi_comm *m = (mpi_comm *)c;

    MPI_Comm_free(&m->comm);
    mpi_delete(m);
}

static void mpi_end(brasa_comm *world)
{
    brasa_error err;

    /* The barrier waits without burning a core; MPI_Finalize's own does not. */
    brasa__error_clear(&err);
    world->patient = true;
    if (brasa__comm_barrier(world, &err) != BRASA_OK) {
        fprintf(stderr, "brasa: %s\n", err.text);
        brasa__comm_abort(world, 1);
    }
    forget_calls(world->peers);
    MPI_Finalize();
    unlink_calls(world->peers);
    brasa__peers_free(world->peers);
    mpi_delete((mpi_comm *)world);
}

static _Noreturn void mpi_abort(brasa_comm *world, int status)
{
    MPI_Abort(((mpi_comm *)world)->comm, status);
    __builtin_unreachable();
}

static const brasa_comm_class mpi_class = {
    .name = "MPI",
    .start = mpi_start,
    .test = mpi_test,
    .p2p_start = mpi_p2p_start,
    .p2p_test = mpi_p2p_test,
    .probe = mpi_probe,
    .split = mpi_split,
    .free = mpi_free,
    .end = mpi_end,
    .abort = mpi_abort,
};

static brasa_status meet_peers(brasa_comm *world, brasa_error *err)
{
    brasa_peer me;
    int        rc;

    brasa__peer_self(&me);
    world->peers = brasa__peers_new(world->rank, world->size);
    rc = MPI_Allgather(&me, (int)sizeof me, MPI_BYTE, world->peers->all, (int)sizeof me, MPI_BYTE, MPI_COMM_WORLD);
    link_calls(world->peers);
    if (rc != MPI_SUCCESS) return mpi_fail(rc, "the first meeting of all ranks", err);
    find_near((mpi_comm *)world);
    return BRASA_OK;
}

brasa_status brasa__comm_mpi_world(int *argc, char ***argv, brasa_comm **out, brasa_error *err)
{
    brasa_init_watch *watch;
    int               provided = 0, rc, before = 0;

    if (MPI_Initialized(&before) != MPI_SUCCESS || before)
        return brasa__fail(
            err, BRASA_INVALID,
            "MPI has been started in this process already; brasa_start does that, once in a process that a launcher started");
    watch = brasa__init_watch_begin(argc == NULL ? 0 : *argc, argv == NULL ? NULL : *argv);
    rc = MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
    brasa__init_watch_end(watch);
    if (rc != MPI_SUCCESS) return mpi_fail(rc, "MPI_Init_thread", err);
    if (provided < MPI_THREAD_FUNNELED) {
        MPI_Finalize();
        return brasa__fail(err, BRASA_UNSUPPORTED, "this MPI allows no threads; use one with MPI_THREAD_FUNNELED");
    }
    prctl(PR_SET_TIMERSLACK, 5000UL); /* or a sleep of 20 us takes 70 */
    *out = &mpi_new(MPI_COMM_WORLD, 600000)->base;
    return meet_peers(*out, err);
}

void brasa__comm_library(char *out, int32_t room)
{
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int  n = 0;

    if (MPI_Get_library_version(text, &n) != MPI_SUCCESS || n == 0) memcpy(text, "unknown", 8);
    snprintf(out, (size_t)room, "%.*s", (int)strcspn(text, ",\n"), text);
}
