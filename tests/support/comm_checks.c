/* comm_checks.c -- each check computes what it must get from rank, size and seed; failures are agreed on after the last collective. */
#include "support/comm_checks.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "comm/agree.h"

#define CHECK(c, cond)                                                                                             \
    do {                                                                                                           \
        if (!(cond) && *(bad) == BRASA_OK)                                                                         \
            *(bad) = brasa__fail(err, BRASA_INTERNAL, "%s:%d: rank %d: %s", __FILE__, __LINE__, (c)->rank, #cond); \
    } while (0)

static uint8_t pattern(uint64_t seed, int32_t from, int32_t to, int64_t i)
{
    return (uint8_t)brasa__hash_u64(seed + (uint64_t)from * 1000003u + (uint64_t)to * 10007u + (uint64_t)i);
}

static brasa_status check_reduce(brasa_comm *c, uint64_t seed, brasa_status *bad, brasa_error *err)
{
    int64_t lo[3], hi[3], sum[3], n = c->size;

    for (int i = 0; i < 3; i++) lo[i] = hi[i] = sum[i] = (int64_t)(seed % 1000) * i + (c->rank + i) % n;
    BRASA_TRY(brasa__comm_allreduce_min(c, lo, 3, err));
    BRASA_TRY(brasa__comm_allreduce_max(c, hi, 3, err));
    BRASA_TRY(brasa__comm_allreduce_sum(c, sum, 3, err));
    BRASA_TRY(brasa__comm_allreduce_sum(c, NULL, 0, err));
    for (int i = 0; i < 3; i++) {
        int64_t base = (int64_t)(seed % 1000) * i;

        CHECK(c, lo[i] == base);
        CHECK(c, hi[i] == base + n - 1);
        CHECK(c, sum[i] == base * n + n * (n - 1) / 2);
    }
    return BRASA_OK;
}

static brasa_status check_bcast(brasa_comm *c, uint64_t seed, int64_t bytes, brasa_status *bad, brasa_error *err)
{
    uint8_t     *buf = brasa__alloc((size_t)bytes);
    brasa_status status = BRASA_OK;

    for (int32_t root = 0; root < c->size && status == BRASA_OK; root++) {
        for (int64_t i = 0; i < bytes; i++) buf[i] = c->rank == root ? pattern(seed, root, 0, i) : 0;
        status = brasa__comm_bcast(c, buf, bytes, root, err);
        for (int64_t i = 0; i < bytes && status == BRASA_OK; i++) CHECK(c, buf[i] == pattern(seed, root, 0, i));
    }
    brasa__free(buf, (size_t)bytes);
    return status;
}

static brasa_status check_alltoall(brasa_comm *c, uint64_t seed, brasa_status *bad, brasa_error *err)
{
    enum { N = 24 };
    size_t       bytes = (size_t)c->size * N;
    uint8_t     *send = brasa__alloc(2 * bytes), *recv = send + bytes;
    brasa_status status;

    for (int32_t r = 0; r < c->size; r++)
        for (int i = 0; i < N; i++) send[r * N + i] = pattern(seed, c->rank, r, i);
    status = brasa__comm_alltoall(c, send, recv, N, err);
    for (int32_t r = 0; r < c->size && status == BRASA_OK; r++)
        for (int i = 0; i < N; i++) CHECK(c, recv[r * N + i] == pattern(seed, r, c->rank, i));
    brasa__free(send, 2 * bytes);
    return status;
}

/* Bytes from r to s: some zero, some long. */
static int64_t length(uint64_t seed, int32_t r, int32_t s, int64_t most)
{
    uint64_t h = brasa__hash_u64(seed ^ ((uint64_t)r << 20) ^ (uint64_t)s);

    return h % 4 == 0 ? 0 : (int64_t)(h >> 8) % (most + 1);
}

enum { CUT = 700 }; /* most bytes of a piece */

/* The bytes to (or from) every other rank, cut into pieces in an order that differs by rank. */
static int32_t cut(const brasa_comm *c, uint8_t *data, const int64_t *counts, const int64_t *offsets, brasa_comm_piece *out)
{
    int32_t n = 0;

    for (int32_t k = 1; k < c->size; k++) {
        int32_t r = (c->rank + k) % c->size;
        int64_t most = counts[r] > 40 * CUT ? counts[r] / 40 : CUT;

        for (int64_t at = 0; at < counts[r]; at += most) {
            int64_t bytes = counts[r] - at < most ? counts[r] - at : most;

            out[n++] = (brasa_comm_piece) {.data = data + offsets[r] + at, .bytes = bytes, .peer = r};
        }
    }
    return n;
}

static brasa_status move_pieces(brasa_comm *c, uint8_t *send, int64_t *at[4], uint8_t *recv, brasa_error *err)
{
    size_t            most = 42 * (size_t)c->size * sizeof(brasa_comm_piece);
    brasa_comm_piece *out = brasa__alloc(most), *in = brasa__alloc(most);
    int32_t           nout = cut(c, send, at[0], at[1], out), nin = cut(c, recv, at[2], at[3], in);
    brasa_wait        wait = {0};
    bool              done = false;
    brasa_status      status = brasa__comm_pieces_start(c, out, nout, in, nin, err);

    if (at[0][c->rank] > 0) memcpy(recv + at[3][c->rank], send + at[1][c->rank], (size_t)at[0][c->rank]); /* pieces are for others */
    while (status == BRASA_OK && !done) {
        status = brasa__comm_pieces_test(c, &done, err);
        if (status == BRASA_OK && !done) status = brasa__comm_wait(c, &wait, "test of pieces", err);
    }
    brasa__free(out, most);
    brasa__free(in, most);
    return status;
}

static brasa_status move(brasa_comm *c, uint8_t *send, int64_t *at[4], uint8_t *recv, bool pieces, brasa_error *err)
{
    if (pieces) return move_pieces(c, send, at, recv, err);
    return brasa__comm_alltoallv(c, send, at[0], at[1], recv, at[2], at[3], err);
}

static brasa_status check_alltoallv(brasa_comm *c, uint64_t seed, int64_t most, brasa_status *bad, brasa_error *err)
{
    size_t       n = (size_t)c->size;
    int64_t     *counts = brasa__alloc(4 * n * sizeof *counts);
    int64_t     *at[4] = {counts, counts + n, counts + 2 * n, counts + 3 * n};
    int64_t      out = 0, in = 0, sent = c->bytes_sent;
    uint8_t     *send, *recv;
    brasa_status status;

    for (int32_t r = 0; r < c->size; r++) {
        at[0][r] = length(seed, c->rank, r, most);
        at[1][r] = out;
        out += at[0][r];
        at[2][r] = length(seed, r, c->rank, most);
        at[3][r] = in;
        in += at[2][r];
    }
    send = brasa__alloc((size_t)out);
    recv = brasa__alloc((size_t)in);
    for (int32_t r = 0; r < c->size; r++)
        for (int64_t i = 0; i < at[0][r]; i++) send[at[1][r] + i] = pattern(seed, c->rank, r, i);
    status = move(c, send, at, recv, seed % 2 == 0, err);
    for (int32_t r = 0; r < c->size && status == BRASA_OK; r++)
        for (int64_t i = 0; i < at[2][r]; i++) CHECK(c, recv[at[3][r] + i] == pattern(seed, r, c->rank, i));
    CHECK(c, c->bytes_sent - sent == out - at[0][c->rank]);
    brasa__free(send, (size_t)out);
    brasa__free(recv, (size_t)in);
    brasa__free(counts, 4 * n * sizeof *counts);
    return status;
}

enum { OFFER = 40001 };

/* What every other rank offers, where it lies in memory that this one sees. */
static brasa_status check_seen(brasa_comm *c, uint64_t seed, const int64_t *places, brasa_status *bad, brasa_error *err)
{
    for (int32_t r = 0; r < c->size; r++) {
        const void *b = NULL;
        brasa_error refused;

        CHECK(c, brasa__comm_see(c, r, -64, OFFER, &b, &refused) == BRASA_CORRUPT);
        CHECK(c, brasa__comm_see(c, r, (int64_t)1 << 40, OFFER, &b, &refused) == BRASA_CORRUPT);
        if (places[r] < 0) continue;
        CHECK(c, brasa__comm_see(c, r, places[r], OFFER, &b, err) == BRASA_OK);
        for (int64_t i = 0; i < OFFER; i++) CHECK(c, ((const uint8_t *)b)[i] == pattern(seed, r, c->rank, i));
    }
    return BRASA_OK;
}

/* Bytes for every other rank, by memory that those of one host share.  Simulated ranks always see each other's. */
static brasa_status check_share(brasa_comm *c, uint64_t seed, brasa_status *bad, brasa_error *err)
{
    size_t       n = (size_t)c->size;
    brasa_buf  **bufs = brasa__alloc(n * sizeof(brasa_buf *));
    int64_t     *places = brasa__alloc(2 * n * sizeof *places), sent = c->bytes_sent, offered = 0;
    brasa_status status = brasa__comm_share(c, BRASA_OK, err);

    for (int32_t r = 0; r < c->size && status == BRASA_OK; r++) {
        bufs[r] = brasa__comm_buf(c, r, OFFER);
        for (int64_t i = 0; i < OFFER; i++) ((uint8_t *)bufs[r]->data)[i] = pattern(seed, c->rank, r, i);
        places[r] = brasa__comm_place(c, bufs[r]->data);
        if (r == c->rank || c->peers == NULL) CHECK(c, (places[r] >= 0) == (r != c->rank && brasa__comm_near(c, r)));
        if (places[r] < 0) continue;
        brasa__comm_offered(c, r, OFFER);
        offered += OFFER;
    }
    CHECK(c, status != BRASA_OK || c->bytes_sent - sent >= offered);
    if (status == BRASA_OK) status = brasa__comm_alltoall(c, places, places + n, sizeof *places, err);
    if (status == BRASA_OK) status = check_seen(c, seed, places + n, bad, err);
    if (status == BRASA_OK) status = brasa__comm_barrier(c, err); /* all have what they were offered */
    for (size_t r = 0; r < n; r++) brasa__buf_unref(bufs[r]);
    brasa__free(bufs, n * sizeof(brasa_buf *));
    brasa__free(places, 2 * n * sizeof *places);
    return status;
}

static brasa_status wait_for(brasa_comm *c, int32_t from, int32_t tag, int32_t *source, int64_t *bytes, brasa_error *err)
{
    brasa_wait wait = {0};
    bool       found = false;

    for (;;) {
        BRASA_TRY(brasa__comm_probe(c, from, tag, &found, source, bytes, err));
        if (found) return BRASA_OK;
        BRASA_TRY(brasa__comm_wait(c, &wait, "probe", err));
    }
}

/* Everybody sends two messages of different tags to rank 0, which takes the second kind first, from anybody. */
static brasa_status check_messages(brasa_comm *c, uint64_t seed, brasa_status *bad, brasa_error *err)
{
    int64_t sum = 0, want = 0;
    char    text[64] = "";

    if (c->rank != 0) {
        BRASA_TRY(brasa__comm_send(c, 0, 7, "hello", 5, err));
        BRASA_TRY(brasa__comm_send(c, 0, 8, &(int64_t) {c->rank + (int64_t)(seed % 100)}, 8, err));
        return BRASA_OK;
    }
    for (int32_t k = 1; k < c->size; k++) {
        int64_t v = 0, bytes = 0;
        int32_t from = -1;

        BRASA_TRY(wait_for(c, -1, 8, &from, &bytes, err));
        CHECK(c, bytes == 8 && from >= 1 && from < c->size);
        BRASA_TRY(brasa__comm_recv(c, from, 8, &v, 8, err));
        sum += v;
        want += k + (int64_t)(seed % 100);
    }
    CHECK(c, sum == want);
    for (int32_t k = c->size - 1; k >= 1; k--) {
        BRASA_TRY(brasa__comm_recv(c, k, 7, text, 5, err));
        CHECK(c, memcmp(text, "hello", 5) == 0);
    }
    return BRASA_OK;
}

/* The workers get a communicator of their own, as in a job; the driver gets none. */
static brasa_status check_split(brasa_comm *c, uint64_t seed, brasa_status *bad, brasa_error *err)
{
    brasa_comm  *part = NULL;
    int64_t      sum = c->rank, want = 0;
    brasa_status status = BRASA_OK;

    BRASA_TRY(brasa__comm_split(c, c->size == 1 ? 0 : c->rank == 0 ? -1 : 0, &part, err));
    if (c->size > 1 && c->rank == 0) {
        CHECK(c, part == NULL);
        return BRASA_OK;
    }
    CHECK(c, part != NULL && part->size == (c->size == 1 ? 1 : c->size - 1));
    CHECK(c, part->rank == (c->size == 1 ? 0 : c->rank - 1));
    status = brasa__comm_allreduce_sum(part, &sum, 1, err);
    for (int32_t r = 1; r < c->size; r++) want += r;
    CHECK(c, sum == want);
    if (status == BRASA_OK) status = check_alltoallv(part, seed + 5, 3000, bad, err);
    if (status == BRASA_OK) status = check_share(part, seed, bad, err);
    brasa__comm_free(part);
    return status;
}

/* All but the ranks below `first` fail: all must hear of the lowest. */
static brasa_status check_agree(brasa_comm *c, brasa_status *bad, brasa_error *err)
{
    for (int32_t first = 0; first <= c->size; first++) {
        brasa_error  mine;
        brasa_status local = BRASA_OK, status;

        brasa__error_clear(&mine);
        if (c->rank >= first) local = brasa__fail(&mine, BRASA_DATA, "rank %d has bad data", c->rank);
        status = first % 2 ? brasa__agree(c, local, &mine) : brasa__meet(c, local, &mine);
        if (first == c->size) {
            CHECK(c, status == BRASA_OK);
        } else {
            char want[64];

            snprintf(want, sizeof want, "rank %d has bad data", first);
            CHECK(c, status == BRASA_DATA && mine.code == BRASA_DATA && strcmp(mine.text, want) == 0);
        }
    }
    return BRASA_OK;
}

brasa_status brasa_test_comm_checks(void *arg, brasa_comm *world, brasa_error *err)
{
    uint64_t     seed = *(const uint64_t *)arg;
    brasa_status wrong = BRASA_OK, *bad = &wrong;

    BRASA_TRY(brasa__comm_barrier(world, err));
    BRASA_TRY(check_reduce(world, seed, bad, err));
    BRASA_TRY(check_bcast(world, seed, 0, bad, err));
    BRASA_TRY(check_bcast(world, seed, (int64_t)(seed % 10000), bad, err));
    BRASA_TRY(check_alltoall(world, seed, bad, err));
    for (uint64_t k = 0; k < 4; k++) BRASA_TRY(check_alltoallv(world, seed + k, 1 << (4 * k), bad, err));
    for (uint64_t k = 0; k < 2; k++) BRASA_TRY(check_share(world, seed + k, bad, err));
    BRASA_TRY(check_messages(world, seed, bad, err));
    BRASA_TRY(check_split(world, seed, bad, err));
    BRASA_TRY(check_agree(world, bad, err));
    return brasa__agree(world, wrong, err);
}
