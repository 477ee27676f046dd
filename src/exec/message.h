/* exec/message.h -- what driver and workers say to each other.
 *
 * Driver to workers: one broadcast per order (a second one only for the rest of long orders), waited for without a deadline, because the driver
 * speaks when the user's program acts.  Workers to driver: one message per worker and order (replies), and rows that were asked for, one message at a
 * time, each after a request, so that the driver may stop when it has no memory for more.
 */
#ifndef BRASA_EXEC_MESSAGE_H
#define BRASA_EXEC_MESSAGE_H

#include "exec/exec.h"
#include "obs/progress.h"

typedef enum brasa_order_kind {
    BRASA_ORDER_STOP,      /* leave the loop; no reply */
    BRASA_ORDER_STAGE,     /* run a stage; reply: its result */
    BRASA_ORDER_FETCH,     /* send rows of partitions; no reply but the rows */
    BRASA_ORDER_DROP_JOB,  /* forget all partitions of the job; no reply */
    BRASA_ORDER_DROP_CACHE /* forget a cache; no reply */
} brasa_order_kind;

enum { BRASA_TAG_REPLY = 1, BRASA_TAG_REQUEST = 2, BRASA_TAG_ROWS = 3, BRASA_TAG_ABOUT = 4, BRASA_TAG_CANCEL = 5 };

/* What each worker says of itself at the start. */
typedef struct brasa_rank_about {
    char    host[64];
    int32_t rank, pid, cores, threads;
    int64_t memory;     /* budget */
    int64_t clock_ns;   /* its clock, as it said this */
    int64_t offset_ns;  /* driver: from its clock to this one */
    int32_t same_clock; /* driver: it is on this host */
    int32_t zero;
} brasa_rank_about;
brasa_rank_about brasa__about_this_rank(int32_t threads);

/* What is broadcast first: most orders fit, so that no memory is needed to hear them. */
typedef struct brasa_order_message {
    int32_t kind, flags;
    int64_t bytes; /* of the whole body */
    uint8_t body[8192 - 16];
} brasa_order_message;

/* Collective over the world: rank 0 sends, the others receive.  `body` points into `order`, or into `arena` when it is long. */
brasa_status brasa__order_send(brasa_comm *world, brasa_order_kind kind, int32_t flags, const brasa_wire *body, brasa_error *err);
brasa_status brasa__order_receive(brasa_comm *world, brasa_arena *arena, brasa_order_message *order, brasa_reader *body, brasa_error *err);

/* Flag of a stage: its sink is an exchange, so workers that cannot run it must still meet the others. */
enum { BRASA_ORDER_COLLECTIVE = 1 };

/* A reply begins with this; after it comes the error, or the result in its wire form. */
typedef struct brasa_reply_head {
    int32_t status;
    int32_t broken; /* the workers' communicator is of no more use: the job must end */
} brasa_reply_head;

void         brasa__put_result(brasa_wire *w, const brasa_stage_result *r);
brasa_status brasa__get_result(brasa_reader *r, brasa_arena *arena, brasa_stage_result *out, brasa_error *err);

/* A partition that is fetched: its first `rows` rows. */
typedef struct brasa_fetch_item {
    int32_t worker;
    int32_t partition;
    int64_t rows;
} brasa_fetch_item;

void brasa__put_fetch(brasa_wire *w, int32_t stage, const brasa_fetch_item *items, int32_t n);
/* Sets the reader bad when the message is. */
int32_t brasa__get_fetch(brasa_reader *r, brasa_arena *arena, int32_t *stage, brasa_fetch_item **items);

/* For each of its items, in order, a worker sends heads (tag ROWS): BLOCK, after which it waits for a request and then sends so many bytes, or, at a request to stop, forgets the
 * order; END of the item; ERROR, after which it sends the error and forgets the order. */
typedef enum brasa_rows_kind { BRASA_ROWS_BLOCK, BRASA_ROWS_END, BRASA_ROWS_ERROR } brasa_rows_kind;
typedef struct brasa_rows_head {
    int64_t kind;
    int64_t bytes;
} brasa_rows_head;
enum { BRASA_REQUEST_STOP = 0, BRASA_REQUEST_SEND = 1 };

/* Which stage an order is, and where its counters go. */
void                 brasa__put_place(brasa_wire *w, int64_t number, brasa_progress_place place);
brasa_progress_place brasa__get_place(brasa_reader *r, int64_t *number);

/* Collective over the world: PEER on all ranks when one runs another build, or has other user functions. */
brasa_status brasa__same_program(brasa_comm *world, brasa_error *err);
/* What differs between builds, and between tables of user functions. */
uint64_t brasa__program_id(void);

/* Settings and states of user functions: what workers must know of the driver's context. */
void         brasa__put_environment(brasa_wire *w);
brasa_status brasa__get_environment(brasa_reader *r, brasa_error *err);

#endif
