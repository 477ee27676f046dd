/* comm/roll.h -- who answers: a rank that has waited for a share of its deadline asks the others where they are; for src/comm only.
 *
 * Nothing is sent while ranks keep pace.  A wait that lasts asks, by small messages of its own tag, each rank that it may wait for; main threads answer from any wait, and
 * from the looks that they take while task threads compute (brasa__ctx_watch).  So a wait that ends past its deadline can tell the rank that computes from the one that is in
 * another call and from the one that does not answer, and rank 0, which waits for as long as workers compute, notices one that was stopped or cut off on any host.
 *
 * At most one question to a rank is under way, so a rank that never answers costs one message.
 */
#ifndef BRASA_COMM_ROLL_H
#define BRASA_COMM_ROLL_H

#include "comm/comm.h"

typedef enum brasa_call_kind { BRASA_CALL_ASK = 1, BRASA_CALL_ANSWER = 2 } brasa_call_kind;

/* A question, or where the rank that sends it is. */
typedef struct brasa_call {
    int32_t kind;
    int32_t comm;  /* it waits in this communicator (brasa_comm.id); -1: it computes */
    int64_t calls; /* collectives that it has begun there */
    int64_t ms;    /* for how long it has waited */
    int32_t stage; /* + 1; 0: none */
    char    what[44];
} brasa_call;

/* How calls travel.  say: false when the one before to that rank is still under way, and this one is dropped. */
typedef struct brasa_roll_link {
    bool (*say)(void *link, int32_t to, const brasa_call *call);
    bool (*hear)(void *link, int32_t *from, brasa_call *call);
} brasa_roll_link;

typedef struct brasa_roll_of {
    bool       asked;     /* and has not answered since */
    int64_t    silent_ns; /* since it was asked, less the time in which this rank stood still */
    bool       heard;     /* in this wait */
    brasa_call said;
} brasa_roll_of;

typedef struct brasa_roll {
    brasa_roll_link link;
    void           *link_arg; /* NULL: ranks are not asked */
    bool            waiting;  /* inside of a wait: looks that it takes are not answers of a rank that computes */
    int64_t         looked_ns;
    brasa_roll_of   of[]; /* [size of the world] */
} brasa_roll;

brasa_roll *brasa__roll_new(int32_t size);
void        brasa__roll_free(brasa_roll *roll, int32_t size);

/* In a wait, in each look: answers, and asks when it is time.  The rank of the world that has not answered for the deadline, where this wait knows no other end; else -1. */
int32_t brasa__roll_call(brasa_comm *c, const brasa_wait *w, const char *what, int64_t now_ns);
/* Append to an error who is missing; false: nothing is known. */
bool brasa__roll_missing(const brasa_comm *c, const brasa_wait *w, brasa_error *err);

#endif
