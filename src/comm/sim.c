/* comm/sim.c -- ranks as threads of one process: collectives, messages, and odd delays drawn from a seed.
 *
 * What a rank sends is copied when it starts to send, so a rank may leave a collective before others have come, as in MPI; short
 * messages are buffered and long ones wait for their receiver, as in MPI.  A rank that waits for one that has ended gets PEER.
 * Ranks that call different collectives at the same place get INTERNAL, with both names.
 */
#include "comm/sim.h"

#include <assert.h>
#include <sched.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"

enum { EAGER_BYTES = 4096 };

static uint64_t draw(sim_comm *c)
{
    c->random += 0x9e3779b97f4a7c15u;
    return brasa__hash_u64(c->random);
}

/* At every call: mostly nothing, sometimes let others run first. */
static void jitter(sim_comm *c)
{
    uint64_t r = draw(c) & 63;

    if (r >= 60)
        brasa__sleep_us((int64_t)(r - 59) * 60);
    else if (r >= 40)
        sched_yield();
}

void *brasa__sim_alloc(sim_world *w, size_t bytes)
{
    brasa_ctx *old = brasa__ctx_set(w->home);
    void      *p = brasa__alloc(bytes);

    brasa__ctx_set(old);
    return p;
}

void brasa__sim_free(sim_world *w, void *p, size_t bytes)
{
    brasa_ctx *old = brasa__ctx_set(w->home);

    brasa__free(p, bytes);
    brasa__ctx_set(old);
}

/* ---- collectives ---- */

static sim_slot *slot_new(sim_comm *c, const brasa_comm_op *op)
{
    sim_world *w = c->world;
    size_t     n = (size_t)c->base.size;
    sim_slot  *s = brasa__sim_alloc(w, sizeof *s);

    *s = (sim_slot) {.seq = c->seq, .kind = op->kind, .bytes = op->bytes, .root = op->root};
    s->posted = brasa__sim_alloc(w, n * sizeof *s->posted);
    s->data = brasa__sim_alloc(w, n * sizeof *s->data);
    s->data_bytes = brasa__sim_alloc(w, n * sizeof *s->data_bytes);
    s->counts = brasa__sim_alloc(w, n * n * sizeof *s->counts);
    return s;
}

static void slot_free(sim_world *w, sim_slot *s, int32_t size)
{
    size_t n = (size_t)size;

    for (size_t r = 0; r < n; r++) brasa__sim_free(w, s->data[r], s->data_bytes[r]);
    brasa__sim_free(w, s->posted, n * sizeof *s->posted);
    brasa__sim_free(w, s->data, n * sizeof *s->data);
    brasa__sim_free(w, s->data_bytes, n * sizeof *s->data_bytes);
    brasa__sim_free(w, s->counts, n * n * sizeof *s->counts);
    brasa__sim_free(w, s, sizeof *s);
}

static sim_slot *slot_find(sim_group *g, int64_t seq)
{
    for (sim_slot *s = g->slots; s != NULL; s = s->next)
        if (s->seq == seq) return s;
    return NULL;
}

/* Bytes that a rank puts in. */
static size_t input_bytes(const sim_comm *c, const brasa_comm_op *op)
{
    size_t n = 0;

    switch (op->kind) {
    case BRASA_COMM_BARRIER: break;
    case BRASA_COMM_BCAST: return c->base.rank == op->root ? (size_t)op->bytes : 0;
    case BRASA_COMM_MIN:
    case BRASA_COMM_MAX:
    case BRASA_COMM_SUM: return (size_t)op->bytes;
    case BRASA_COMM_ALLTOALL: return (size_t)op->bytes * (size_t)c->base.size;
    case BRASA_COMM_ALLTOALLV:
        for (int32_t r = 0; r < c->base.size; r++) n += (size_t)op->send_counts[r];
        return n;
    case BRASA_COMM_PIECES:
        for (int32_t k = 0; k < op->nsend; k++) n += (size_t)op->send_pieces[k].bytes;
        return n;
    }
    return 0;
}

/* Pieces lie as the parts of an all-to-all do: in the order of their peers. */
static void put_pieces(const sim_comm *c, sim_slot *s, const brasa_comm_op *op, char *p)
{
    for (int32_t r = 0; r < c->base.size; r++) {
        int64_t *count = &s->counts[c->base.rank * c->base.size + r];

        for (int32_t k = 0; k < op->nsend; k++) {
            const brasa_comm_piece *piece = &op->send_pieces[k];

            if (piece->peer != r) continue;
            memcpy(p, piece->data, (size_t)piece->bytes);
            p += piece->bytes;
            *count += piece->bytes;
        }
    }
}

static void put_in(sim_comm *c, sim_slot *s, const brasa_comm_op *op)
{
    int32_t size = c->base.size, rank = c->base.rank;
    size_t  n = input_bytes(c, op);
    char   *p = n == 0 ? NULL : brasa__sim_alloc(c->world, n);

    s->posted[rank] = true;
    s->data[rank] = p;
    s->data_bytes[rank] = n;
    if (op->kind == BRASA_COMM_PIECES) {
        put_pieces(c, s, op, p);
        return;
    }
    if (op->kind != BRASA_COMM_ALLTOALLV) {
        if (n > 0) memcpy(p, op->kind == BRASA_COMM_ALLTOALL ? op->send : op->recv, n);
        return;
    }
    for (int32_t r = 0; r < size; r++) {
        size_t part = (size_t)op->send_counts[r];

        s->counts[rank * size + r] = op->send_counts[r];
        if (part > 0) memcpy(p, (const char *)op->send + op->send_offsets[r], part);
        p += part;
    }
}

static brasa_status sim_start(brasa_comm *comm, const brasa_comm_op *op, brasa_error *err)
{
    sim_comm       *c = (sim_comm *)comm;
    sim_slot       *s;
    brasa_comm_kind kind;
    int64_t         bytes;
    bool            same;

    jitter(c);
    pthread_mutex_lock(&c->world->lock);
    s = slot_find(c->group, c->seq);
    if (s == NULL) {
        s = slot_new(c, op);
        s->next = c->group->slots;
        c->group->slots = s;
    }
    kind = s->kind;
    bytes = s->bytes;
    same = kind == op->kind && bytes == op->bytes && s->root == op->root;
    if (same) put_in(c, s, op);
    pthread_mutex_unlock(&c->world->lock);
    if (!same)
        return brasa__fail(err, BRASA_INTERNAL, "collective %lld: %s of %lld bytes here, %s of %lld bytes elsewhere", (long long)c->seq,
                           brasa__comm_kind_name(op->kind), (long long)op->bytes, brasa__comm_kind_name(kind), (long long)bytes);
    c->op = *op;
    c->delay = (int32_t)(draw(c) % 4);
    return BRASA_OK;
}

/* The first rank that must still come; -1: none. */
static int32_t missing_rank(const sim_comm *c, const sim_slot *s)
{
    if (s->kind == BRASA_COMM_BCAST) return s->posted[s->root] ? -1 : s->root;
    for (int32_t r = 0; r < c->base.size; r++)
        if (!s->posted[r]) return r;
    return -1;
}

static void reduce(const sim_comm *c, const sim_slot *s)
{
    int64_t *out = c->op.recv;

    for (int64_t i = 0; i < s->bytes / 8; i++) {
        for (int32_t r = 0; r < c->base.size; r++) {
            int64_t v = ((const int64_t *)(const void *)s->data[r])[i];

            if (r == 0)
                out[i] = v;
            else if (s->kind == BRASA_COMM_SUM)
                out[i] = (int64_t)((uint64_t)out[i] + (uint64_t)v);
            else if (s->kind == BRASA_COMM_MIN ? v < out[i] : v > out[i])
                out[i] = v;
        }
    }
}

static brasa_status other_bytes(int32_t from, int64_t sent, int64_t expected, brasa_error *err)
{
    return brasa__fail(err, BRASA_INTERNAL, "rank %d of the group sends %lld bytes, %lld are expected", from, (long long)sent,
                       (long long)expected);
}

static brasa_status take_pieces(const sim_comm *c, const sim_slot *s, brasa_error *err)
{
    int32_t size = c->base.size, rank = c->base.rank;

    for (int32_t r = 0; r < size; r++) {
        const char *p = s->data[r];
        int64_t     n = s->counts[r * size + rank], taken = 0;

        for (int32_t k = 0; k < rank; k++) p += s->counts[r * size + k];
        for (int32_t k = 0; k < c->op.nrecv; k++) {
            const brasa_comm_piece *piece = &c->op.recv_pieces[k];

            if (piece->peer != r) continue;
            if (piece->bytes > n - taken) return other_bytes(r, n, taken + piece->bytes, err);
            memcpy(piece->data, p + taken, (size_t)piece->bytes);
            taken += piece->bytes;
        }
        if (taken != n) return other_bytes(r, n, taken, err);
    }
    return BRASA_OK;
}

/* INTERNAL when a peer sends another number of bytes than this rank expects. */
static brasa_status take_parts(const sim_comm *c, const sim_slot *s, brasa_error *err)
{
    int32_t size = c->base.size, rank = c->base.rank;

    for (int32_t r = 0; r < size; r++) {
        const char *p = s->data[r];
        int64_t     n = s->counts[r * size + rank];

        if (n != c->op.recv_counts[r] && (r != rank || c->op.recv_counts[r] != 0)) return other_bytes(r, n, c->op.recv_counts[r], err);
        for (int32_t k = 0; k < rank; k++) p += s->counts[r * size + k];
        if (n > 0) memcpy((char *)c->op.recv + c->op.recv_offsets[r], p, (size_t)n);
    }
    return BRASA_OK;
}

static brasa_status take_out(sim_comm *c, sim_slot *s, brasa_error *err)
{
    size_t n = (size_t)s->bytes;

    switch (s->kind) {
    case BRASA_COMM_BARRIER: break;
    case BRASA_COMM_BCAST:
        if (c->base.rank != s->root) memcpy(c->op.recv, s->data[s->root], n);
        break;
    case BRASA_COMM_MIN:
    case BRASA_COMM_MAX:
    case BRASA_COMM_SUM: reduce(c, s); break;
    case BRASA_COMM_ALLTOALL:
        for (int32_t r = 0; r < c->base.size; r++) memcpy((char *)c->op.recv + (size_t)r * n, s->data[r] + (size_t)c->base.rank * n, n);
        break;
    case BRASA_COMM_ALLTOALLV: return take_parts(c, s, err);
    case BRASA_COMM_PIECES: return take_pieces(c, s, err);
    }
    return BRASA_OK;
}

static void slot_leave(sim_comm *c, sim_slot *s)
{
    sim_slot **at = &c->group->slots;

    if (++s->left < c->base.size) return;
    while (*at != s) at = &(*at)->next;
    *at = s->next;
    slot_free(c->world, s, c->base.size);
}

static brasa_status sim_test(brasa_comm *comm, bool *done, brasa_error *err)
{
    sim_comm    *c = (sim_comm *)comm;
    brasa_status status = BRASA_OK;
    sim_slot    *s;
    int32_t      missing;
    bool         gone;

    jitter(c);
    if (c->delay > 0 && c->delay-- > 0) return BRASA_OK;
    pthread_mutex_lock(&c->world->lock);
    s = slot_find(c->group, c->seq);
    missing = missing_rank(c, s);
    gone = missing >= 0 && c->world->ended[c->group->world_rank[missing]];
    if (missing < 0) {
        status = take_out(c, s, err);
        slot_leave(c, s);
        c->seq++;
        *done = true;
    }
    pthread_mutex_unlock(&c->world->lock);
    if (gone)
        return brasa__fail(err, BRASA_PEER, "%s: rank %d has ended", brasa__comm_kind_name(c->op.kind), c->group->world_rank[missing]);
    return status;
}

/* ---- messages ---- */

static sim_message *message_find(sim_group *g, int32_t from, int32_t to, int32_t tag)
{
    for (sim_message *m = g->messages; m != NULL; m = m->next)
        if (!m->taken && m->to == to && m->tag == tag && (from < 0 || m->from == from)) return m;
    return NULL;
}

static void message_remove(sim_world *w, sim_group *g, sim_message *m)
{
    sim_message **at = &g->messages;

    while (*at != m) at = &(*at)->next;
    *at = m->next;
    brasa__sim_free(w, m->data, (size_t)m->bytes);
    brasa__sim_free(w, m, sizeof *m);
}

static brasa_status sim_p2p_start(brasa_comm *comm, const brasa_comm_p2p *op, brasa_error *err)
{
    sim_comm     *c = (sim_comm *)comm;
    sim_message  *m;
    sim_message **at = &c->group->messages;

    (void)err;
    jitter(c);
    c->p2p = *op;
    c->sent = NULL;
    if (!op->sending) return BRASA_OK;
    pthread_mutex_lock(&c->world->lock);
    m = brasa__sim_alloc(c->world, sizeof *m);
    *m = (sim_message) {.from = comm->rank, .to = op->peer, .tag = op->tag, .bytes = op->bytes};
    m->data = brasa__sim_alloc(c->world, (size_t)op->bytes);
    if (op->bytes > 0) memcpy(m->data, op->buf, (size_t)op->bytes);
    m->wanted = op->bytes > EAGER_BYTES;
    if (m->wanted) c->sent = m;
    while (*at != NULL) at = &(*at)->next;
    *at = m;
    pthread_mutex_unlock(&c->world->lock);
    return BRASA_OK;
}

/* Has the peer (-1: have all others) ended, so that nothing will come any more? */
static bool peer_gone(const sim_comm *c, int32_t peer)
{
    if (peer >= 0) return c->world->ended[c->group->world_rank[peer]];
    for (int32_t r = 0; r < c->base.size; r++)
        if (r != c->base.rank && !c->world->ended[c->group->world_rank[r]]) return false;
    return true;
}

static brasa_status fail_gone(const sim_comm *c, int32_t peer, brasa_error *err)
{
    if (peer < 0) return brasa__fail(err, BRASA_PEER, "receive: all other ranks have ended");
    return brasa__fail(err, BRASA_PEER, "message: rank %d has ended", c->group->world_rank[peer]);
}

static brasa_status sim_send_test(sim_comm *c, bool *done, brasa_error *err)
{
    bool lost = false;

    if (c->sent == NULL) {
        *done = true;
        return BRASA_OK;
    }
    pthread_mutex_lock(&c->world->lock);
    if (c->sent->taken) {
        message_remove(c->world, c->group, c->sent);
        c->sent = NULL;
        *done = true;
    } else {
        lost = peer_gone(c, c->p2p.peer);
    }
    pthread_mutex_unlock(&c->world->lock);
    return lost ? fail_gone(c, c->p2p.peer, err) : BRASA_OK;
}

static brasa_status sim_p2p_test(brasa_comm *comm, bool *done, brasa_error *err)
{
    sim_comm    *c = (sim_comm *)comm;
    sim_message *m;
    bool         lost;
    int64_t      bytes = 0;

    jitter(c);
    if (c->p2p.sending) return sim_send_test(c, done, err);
    pthread_mutex_lock(&c->world->lock);
    m = message_find(c->group, c->p2p.peer, comm->rank, c->p2p.tag);
    lost = m == NULL && peer_gone(c, c->p2p.peer);
    if (m != NULL) {
        bytes = m->bytes;
        if (bytes == c->p2p.bytes && bytes > 0) memcpy(c->p2p.buf, m->data, (size_t)bytes);
        m->taken = true;
        if (!m->wanted) message_remove(c->world, c->group, m);
        *done = true;
    }
    pthread_mutex_unlock(&c->world->lock);
    if (lost) return fail_gone(c, c->p2p.peer, err);
    if (*done && bytes != c->p2p.bytes)
        return brasa__fail(err, BRASA_INTERNAL, "a message of %lld bytes where %lld were expected", (long long)bytes,
                           (long long)c->p2p.bytes);
    return BRASA_OK;
}

static brasa_status sim_probe(brasa_comm *comm, int32_t from, int32_t tag, bool *found, int32_t *source, int64_t *bytes, brasa_error *err)
{
    sim_comm    *c = (sim_comm *)comm;
    sim_message *m;
    bool         lost;

    jitter(c);
    pthread_mutex_lock(&c->world->lock);
    m = message_find(c->group, from, comm->rank, tag);
    lost = m == NULL && peer_gone(c, from);
    if (m != NULL) {
        *found = true;
        if (source != NULL) *source = m->from;
        if (bytes != NULL) *bytes = m->bytes;
    }
    pthread_mutex_unlock(&c->world->lock);
    return lost ? fail_gone(c, from, err) : BRASA_OK;
}

/* ---- communicators ---- */

/* By the seed, every rank has a host of its own, two share one, or all do. */
static int32_t host_of(const sim_world *w, int32_t world_rank)
{
    return w->seed % 3 == 0 ? world_rank : w->seed % 3 == 1 ? world_rank / 2 : 0;
}

sim_comm *brasa__sim_comm_new(sim_world *w, sim_group *g, int32_t rank, int64_t deadline_ms)
{
    sim_comm *c = brasa__sim_alloc(w, sizeof *c);

    c->base = (brasa_comm) {.cls = &brasa__sim_class, .rank = rank, .size = g->size, .deadline_ms = deadline_ms};
    c->world = w;
    c->group = g;
    c->random = w->seed ^ brasa__hash_u64((uint64_t)g->world_rank[rank] + 1);
    c->base.near = brasa__sim_alloc(w, (size_t)g->size);
    for (int32_t r = 0; r < g->size; r++) c->base.near[r] = host_of(w, g->world_rank[r]) == host_of(w, g->world_rank[rank]);
    return c;
}

sim_group *brasa__sim_group_new(sim_world *w, sim_group *parent, int64_t seq, int32_t color, const int32_t *world_rank, int32_t size)
{
    sim_group *g = brasa__sim_alloc(w, sizeof *g);

    *g = (sim_group) {.next = w->groups, .parent = parent, .seq = seq, .color = color, .size = size};
    g->world_rank = brasa__sim_alloc(w, sizeof *g->world_rank * (size_t)size);
    memcpy(g->world_rank, world_rank, sizeof *g->world_rank * (size_t)size);
    w->groups = g;
    return g;
}

void brasa__sim_groups_free(sim_world *w)
{
    for (sim_group *g = w->groups, *next; g != NULL; g = next) {
        next = g->next;
        while (g->messages != NULL) message_remove(w, g, g->messages);
        for (sim_slot *s = g->slots, *after; s != NULL; s = after) {
            after = s->next;
            slot_free(w, s, g->size);
        }
        brasa__sim_free(w, g->world_rank, sizeof *g->world_rank * (size_t)g->size);
        brasa__sim_free(w, g, sizeof *g);
    }
    w->groups = NULL;
}

/* The group of those that passed `color` in the collective just ended; the first to come makes it. */
static sim_group *group_join(sim_comm *c, int64_t seq, int32_t color, const int32_t *world_rank, int32_t size)
{
    sim_group *g;

    pthread_mutex_lock(&c->world->lock);
    for (g = c->world->groups; g != NULL; g = g->next)
        if (g->parent == c->group && g->seq == seq && g->color == color) break;
    if (g == NULL) g = brasa__sim_group_new(c->world, c->group, seq, color, world_rank, size);
    pthread_mutex_unlock(&c->world->lock);
    return g;
}

static brasa_status sim_split(brasa_comm *comm, int32_t color, brasa_comm **out, brasa_error *err)
{
    sim_comm    *c = (sim_comm *)comm;
    size_t       bytes = 3 * sizeof(int32_t) * (size_t)comm->size;
    int32_t     *send = brasa__sim_alloc(c->world, bytes), *recv = send + comm->size, *members = recv + comm->size;
    int32_t      size = 0, rank = 0;
    int64_t      seq = c->seq;
    brasa_status status;

    for (int32_t r = 0; r < comm->size; r++) send[r] = color;
    status = brasa__comm_alltoall(comm, send, recv, sizeof color, err);
    for (int32_t r = 0; r < comm->size && status == BRASA_OK; r++) {
        if (recv[r] != color) continue;
        if (r == comm->rank) rank = size;
        members[size++] = c->group->world_rank[r];
    }
    if (status == BRASA_OK && color >= 0) {
        sim_group *g = group_join(c, seq, color, members, size);

        *out = &brasa__sim_comm_new(c->world, g, rank, comm->deadline_ms)->base;
    }
    brasa__sim_free(c->world, send, bytes);
    return status;
}

static void sim_comm_free(brasa_comm *comm)
{
    sim_world *w = ((sim_comm *)comm)->world;

    brasa__sim_free(w, comm->near, (size_t)comm->size);
    brasa__sim_free(w, comm, sizeof(sim_comm));
}

static void sim_end(brasa_comm *world)
{
    (void)world; /* freed by the simulation */
}

const brasa_comm_class brasa__sim_class = {
    .name = "sim",
    .start = sim_start,
    .test = sim_test,
    .p2p_start = sim_p2p_start,
    .p2p_test = sim_p2p_test,
    .probe = sim_probe,
    .split = sim_split,
    .free = sim_comm_free,
    .end = sim_end,
    .abort = brasa__sim_abort,
};
