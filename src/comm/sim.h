/* comm/sim.h -- the shared state of simulated ranks; for src/comm only.
 *
 * One lock for a whole world: simulation is for finding wrong orders, not for speed.  Groups live until the world ends.
 * A collective is a slot, found by its number in the order of its group; a slot holds copies of what ranks put in.
 */
#ifndef BRASA_COMM_SIM_H
#define BRASA_COMM_SIM_H

#include <pthread.h>

#include "base/ctx.h"
#include "comm/class.h"

typedef struct sim_slot {
    struct sim_slot *next;
    int64_t          seq;
    brasa_comm_kind  kind;
    int64_t          bytes;
    int32_t          root;
    int32_t          left;   /* ranks that have taken their result */
    bool            *posted; /* [size] */
    char           **data;   /* [size] what rank r put in; ALLTOALLV, PIECES: its parts in the order of ranks */
    size_t          *data_bytes;
    int64_t         *counts; /* ALLTOALLV, PIECES: [size * size], from r to s */
} sim_slot;

typedef struct sim_message {
    struct sim_message *next;
    int32_t             from, to, tag;
    bool                taken; /* a long one stays until its sender has seen this */
    bool                wanted;
    int64_t             bytes;
    char               *data;
} sim_message;

typedef struct sim_group {
    struct sim_group *next;
    struct sim_group *parent;
    int64_t           seq; /* of the split in the parent */
    int32_t           color;
    int32_t           size;
    int32_t          *world_rank; /* [size] */
    sim_slot         *slots;
    sim_message      *messages; /* oldest first */
} sim_group;

typedef struct sim_world {
    pthread_mutex_t lock;
    brasa_ctx      *home; /* of the thread that runs the simulation: shared state is charged to it */
    int32_t         ranks;
    uint64_t        seed;
    bool           *ended; /* [ranks] */
    sim_group      *groups;
} sim_world;

typedef struct sim_comm {
    brasa_comm     base; /* first member: a sim_comm * is a brasa_comm * */
    sim_world     *world;
    sim_group     *group;
    uint64_t       random;
    int64_t        seq;   /* of the next collective */
    int32_t        delay; /* tests that still say no, as if data were on its way */
    brasa_comm_op  op;
    brasa_comm_p2p p2p;
    sim_message   *sent; /* the long message that p2p_test waits for */
} sim_comm;

/* sim.c: the calls.  sim_run.c: worlds.  Allocation for shared state. */
extern const brasa_comm_class brasa__sim_class;

sim_comm      *brasa__sim_comm_new(sim_world *w, sim_group *g, int32_t rank, int64_t deadline_ms);
sim_group     *brasa__sim_group_new(sim_world *w, sim_group *parent, int64_t seq, int32_t color, const int32_t *world_rank, int32_t size);
void           brasa__sim_groups_free(sim_world *w);
void          *brasa__sim_alloc(sim_world *w, size_t bytes);
void           brasa__sim_free(sim_world *w, void *p, size_t bytes);
_Noreturn void brasa__sim_abort(brasa_comm *world, int status);

#endif
