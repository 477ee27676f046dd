/* comm/share.c -- see share.h.
 *
 * Invariant: who offers bytes keeps their buffer until the reader has said that it has them; so nothing here waits for anyone.
 */
#include "comm/share.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "comm/agree.h"
#include "mem/slots.h"

/* What a rank tells each of the others. */
typedef struct told {
    brasa_segment_name name;
    int64_t            there; /* is there a segment? */
} told;

struct brasa_share {
    brasa_slots *slots; /* NULL: there are none */
    int32_t      size;
    const char **theirs;  /* [size] their slots; NULL: not seen from here */
    int64_t     *readers; /* [size] does that rank see mine? */
    int64_t     *seen;    /* [size] do I see that rank's? */
    told        *mine;    /* [size] */
    told        *heard;   /* [size] */
};

static void delete_share(brasa_share *s)
{
    size_t n = (size_t)s->size;

    for (size_t r = 0; s->theirs != NULL && r < n; r++) brasa__segment_unmap(s->theirs[r], BRASA_SLOTS_BYTES);
    brasa__slots_free(s->slots);
    brasa__free(s->theirs, n * sizeof *s->theirs);
    brasa__free(s->readers, n * sizeof *s->readers);
    brasa__free(s->seen, n * sizeof *s->seen);
    brasa__free(s->mine, n * sizeof *s->mine);
    brasa__free(s->heard, n * sizeof *s->heard);
    brasa__free(s, sizeof *s);
}

void brasa__share_free(brasa_comm *c)
{
    if (c->share != NULL) delete_share(c->share);
    c->share = NULL;
}

typedef struct new_call {
    brasa_comm  *c;
    brasa_share *s;
} new_call;

static brasa_status call_new(void *arg, brasa_error *err)
{
    new_call    *n = arg;
    size_t       size = (size_t)n->c->size;
    brasa_share *s = n->s = brasa__alloc(sizeof *s);
    told         me = {0};

    (void)err;
    s->size = n->c->size;
    s->theirs = brasa__alloc(size * sizeof *s->theirs);
    s->readers = brasa__alloc(size * sizeof *s->readers);
    s->seen = brasa__alloc(size * sizeof *s->seen);
    s->mine = brasa__alloc(size * sizeof *s->mine);
    s->heard = brasa__alloc(size * sizeof *s->heard);
    s->slots = brasa__slots_new();
    if (s->slots == NULL)
        brasa__log(BRASA_LOG_DEBUG, "no memory that other processes can read (%s): rows for ranks of this host go by messages",
                   strerror(errno));
    me.there = s->slots != NULL && brasa__segment_name(brasa__slots_segment(s->slots), &me.name);
    for (size_t r = 0; r < size; r++) s->mine[r] = me;
    return BRASA_OK;
}

static void map_theirs(brasa_comm *c, brasa_share *s)
{
    for (int32_t r = 0; r < c->size; r++) {
        if (r == c->rank || !brasa__comm_near(c, r) || !s->heard[r].there) continue;
        s->theirs[r] = brasa__segment_map(&s->heard[r].name, BRASA_SLOTS_BYTES);
        s->seen[r] = s->theirs[r] != NULL;
        if (!s->seen[r])
            brasa__log(BRASA_LOG_DEBUG, "memory of rank %d cannot be seen from rank %d (%s): rows go by messages", (int)r, (int)c->rank,
                       strerror(errno));
    }
}

/* Every rank tells the others what it has, then whose it sees. */
static brasa_status meet(brasa_comm *c, brasa_share *s, brasa_error *err)
{
    BRASA_TRY(brasa__comm_alltoall(c, s->mine, s->heard, sizeof *s->mine, err));
    map_theirs(c, s);
    return brasa__comm_alltoall(c, s->seen, s->readers, sizeof *s->seen, err);
}

brasa_status brasa__comm_share(brasa_comm *c, brasa_status local, brasa_error *err)
{
    new_call     n = {.c = c};
    brasa_status status = local;

    if (c->share != NULL || c->size == 1) return brasa__agree(c, status, err);
    if (status == BRASA_OK) status = brasa__guarded(call_new, &n, err);
    status = brasa__agree(c, status, err);
    if (status == BRASA_OK) status = meet(c, n.s, err);
    if (status == BRASA_OK)
        __atomic_store_n(&c->share, n.s, __ATOMIC_RELEASE);
    else if (n.s != NULL)
        delete_share(n.s);
    return status;
}

brasa_buf *brasa__comm_buf(brasa_comm *c, int32_t peer, size_t bytes)
{
    const brasa_share *s = __atomic_load_n(&c->share, __ATOMIC_ACQUIRE);
    brasa_buf         *b = NULL;

    if (s != NULL && s->readers[peer]) b = brasa__slots_take(s->slots, bytes);
    return b != NULL ? b : brasa__buf_new(bytes);
}

int64_t brasa__comm_place(const brasa_comm *c, const void *data)
{
    const brasa_share *s = __atomic_load_n(&c->share, __ATOMIC_ACQUIRE);
    uintptr_t          at;

    if (s == NULL || s->slots == NULL) return -1;
    at = (uintptr_t)data - (uintptr_t)brasa__slots_segment(s->slots)->base;
    return at < BRASA_SLOTS_BYTES ? (int64_t)at : -1;
}

void brasa__comm_offered(brasa_comm *c, int32_t peer, int64_t bytes)
{
    c->bytes_sent += bytes;
    if (c->sent_to != NULL) c->sent_to[peer] += bytes;
}

brasa_status brasa__comm_see(brasa_comm *c, int32_t peer, int64_t at, int64_t bytes, const void **data, brasa_error *err)
{
    const char *theirs = c->share == NULL ? NULL : c->share->theirs[peer];

    if (theirs == NULL || at < 0 || at % 64 != 0 || bytes < 0 || at > BRASA_SLOTS_BYTES - bytes)
        return brasa__fail(err, BRASA_CORRUPT, "rank %d offers %lld bytes at %lld of memory that is not shared", (int)peer,
                           (long long)bytes, (long long)at);
    *data = theirs + at;
    c->bytes_received += bytes;
    return BRASA_OK;
}
