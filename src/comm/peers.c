/* comm/peers.c -- see peers.h.  The state of a process is read from /proc; ranks on other hosts are watched by those beside them. */
#include "comm/peers.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/machine.h"

static const int64_t LOOK_NS = 1000000000, MOST_STEP_NS = 2000000000;

void brasa__peer_self(brasa_peer *out)
{
    char state = 0;

    memset(out, 0, sizeof *out);
    gethostname(out->host, sizeof out->host - 1);
    brasa__machine_boot(out->boot, sizeof out->boot);
    out->pid = getpid();
    if (!brasa__machine_process(out->pid, &state, &out->start)) out->start = -1;
}

static size_t peers_bytes(int32_t size)
{
    return sizeof(brasa_peers) + sizeof(brasa_peer) * (size_t)size;
}

brasa_peers *brasa__peers_new(int32_t rank, int32_t size)
{
    brasa_peers *p = brasa__alloc(peers_bytes(size));

    p->rank = rank;
    p->size = size;
    p->still_ns = brasa__alloc(sizeof *p->still_ns * (size_t)size);
    p->roll = brasa__roll_new(size);
    return p;
}

void brasa__peers_free(brasa_peers *p)
{
    if (p == NULL) return;
    brasa__roll_free(p->roll, p->size);
    brasa__free(p->still_ns, sizeof *p->still_ns * (size_t)p->size);
    brasa__free(p, peers_bytes(p->size));
}

bool brasa__peers_near(const brasa_peer *a, const brasa_peer *b)
{
    return strcmp(a->host, b->host) == 0 && strcmp(a->boot, b->boot) == 0 && a->boot[0] != 0;
}

static bool stands_still(const brasa_peer *me, const brasa_peer *other)
{
    char    state = 0;
    int64_t start = 0;

    if (strcmp(me->host, other->host) != 0 || other->start < 0) return false;
    if (!brasa__machine_process(other->pid, &state, &start)) return false; /* gone: the launcher ends the job */
    return start == other->start && state == 'T';
}

bool brasa__peers_stopped(const brasa_peers *p, int32_t rank)
{
    return rank != p->rank && stands_still(&p->all[p->rank], &p->all[rank]);
}

int32_t brasa__peers_still(brasa_peers *p, int64_t now_ns, int64_t ns)
{
    int64_t step = now_ns - p->looked_ns;
    int32_t worst = -1;

    if (step < LOOK_NS) return -1;
    if (step > MOST_STEP_NS) step = MOST_STEP_NS; /* this rank did not look, or stood still itself */
    p->looked_ns = now_ns;
    for (int32_t r = 0; r < p->size; r++) {
        bool still = r != p->rank && stands_still(&p->all[p->rank], &p->all[r]);

        p->still_ns[r] = still ? p->still_ns[r] + step : 0;
        if (p->still_ns[r] >= ns && (worst < 0 || p->still_ns[r] > p->still_ns[worst])) worst = r;
    }
    return worst;
}
