/* comm/peers.h -- who the ranks of the world are, and which of those on this host stand still; for src/comm only.
 *
 * A rank that waits for one that computes knows no deadline, because that may take days.  But a process that was stopped (SIGSTOP, a
 * debugger that was left, a batch system) does not compute: when it has been seen so for as long as the deadline, the job ends.
 */
#ifndef BRASA_COMM_PEERS_H
#define BRASA_COMM_PEERS_H

#include "comm/comm.h"
#include "comm/roll.h"

typedef struct brasa_peer {
    char    host[64];
    char    boot[40]; /* of the machine, since it was started: hosts may share a name */
    int64_t pid;
    int64_t start; /* when the process began, in clock ticks: another process of this number is not this peer */
} brasa_peer;

struct brasa_peers {
    int32_t     rank, size;
    int64_t     looked_ns;
    int64_t    *still_ns; /* [size] for how long rank r has been seen standing still */
    brasa_roll *roll;
    brasa_peer  all[];
};

void         brasa__peer_self(brasa_peer *out);
brasa_peers *brasa__peers_new(int32_t rank, int32_t size);
void         brasa__peers_free(brasa_peers *p);
/* Does that rank stand still now?  false where it cannot be seen: on another host. */
bool brasa__peers_stopped(const brasa_peers *p, int32_t rank);
/* Do both run on one host? */
bool brasa__peers_near(const brasa_peer *a, const brasa_peer *b);
/* Looks, at most once in a second.  The rank that has stood still for `ns` or longer, or -1. */
int32_t brasa__peers_still(brasa_peers *p, int64_t now_ns, int64_t ns);

#endif
