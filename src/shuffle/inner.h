/* shuffle/inner.h -- inside of an exchange; for src/shuffle only.
 *
 * Writers (task threads) turn batches into entries: blocks with the partition they belong to.  An entry for this rank is kept by its
 * writer; one for another rank becomes a message in a piece of that writer's own.  Full pieces are handed by pointer to the lane to
 * that rank.  The main thread empties the lanes round by round.
 * `lock` guards lanes and the counters of threads; it is never held across an allocation.
 */
#ifndef BRASA_SHUFFLE_INNER_H
#define BRASA_SHUFFLE_INNER_H

#include <pthread.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "shuffle/exchange.h"

enum {
    SHUFFLE_STEP = 2048,      /* rows that are routed at a time */
    SORT_SLACK = 8,           /* row numbers that sorting may write too far */
    SHUFFLE_LANE_PIECES = 24, /* most pieces in a lane */
    SHUFFLE_WHOLE = 96 << 10  /* a message of at least as many bytes may be a piece of its own */
};

/* Rows that arrived at, or stay on, this rank. */
typedef struct entry {
    brasa_block *block;
    int32_t      partition;
    int32_t      source; /* number of the source partition */
    int32_t      rank;   /* that wrote it */
    int32_t      thread;
    int64_t      seq;   /* within the thread */
    int64_t      first; /* RANGE, NUMBER: number of its first row in the whole */
} entry;

typedef struct entries {
    entry  *items;
    int32_t count;
    int32_t cap;
} entries;

/* A message in a piece: this head, then the encoded rows.  Both are multiples of 64 bytes, so that columns are aligned. */
typedef struct message {
    uint64_t bytes; /* of the encoded rows */
    uint64_t check; /* hash of the encoded rows' last 8 bytes and the fields below */
    int64_t  seq;
    int32_t  partition, source, thread, rows;
    int64_t  zero[3];
} message;

_Static_assert(sizeof(message) == 64, "columns after a head are aligned");

/* Messages, one after the other.  Nobody writes there once it is in a lane. */
typedef struct piece {
    brasa_buf *buf;
    size_t     used;
    int64_t    rows;
    uint64_t   check; /* sum over the messages */
} piece;

/* What waits for one peer (BROADCAST: for all, in lane 0). */
typedef struct lane {
    piece   pieces[SHUFFLE_LANE_PIECES];
    int32_t count;
    size_t  used;
} lane;

typedef struct rounds   rounds;   /* rounds.c */
typedef struct plain    plain;    /* plain.c */
typedef struct patterns patterns; /* sort.c */

typedef struct writer {
    brasa_exchange  *x;
    int32_t          number;
    int32_t          source; /* of the rows now in the appenders */
    int64_t          seq;
    brasa_arena     *arena;
    brasa_appender **appenders; /* [nparts]; made when rows come */
    patterns        *patterns;
    plain           *plain;    /* rows that need no appender; NULL when the schema has other columns */
    uint64_t        *hash;     /* [SHUFFLE_STEP] */
    uint32_t        *spread;   /* [SHUFFLE_STEP] */
    int32_t         *part;     /* [SHUFFLE_STEP] */
    int32_t         *rows;     /* [SHUFFLE_STEP] */
    int32_t         *start;    /* [nparts + 1] */
    uint16_t        *order;    /* [SHUFFLE_STEP + SORT_SLACK] positions of the rows, in the order of their partitions */
    piece           *open;     /* [comm->size] being filled */
    bool            *again;    /* [comm->size] a piece went there before: shared memory, which must be backed as a whole, is worth it */
    int32_t         *identity; /* [SHUFFLE_STEP] 0, 1, 2... */
    brasa_column    *cols;     /* [ncols] of a slice that is routed */
    brasa_arena     *scratch;  /* of one encoding */
    brasa_column    *sendcols; /* [ncols] of a slice that is sent */
    uint64_t        *rowhash;  /* [SHUFFLE_STEP] */
    entries          own;      /* stays here */
    entries          held;     /* RANGE, NUMBER: waits for the plan */
    int64_t          rows_in;
    uint64_t         hash_in;
    bool             ended;
    brasa_status     status; /* of deliveries inside an appender's call */
    brasa_error      err;
} writer;

/* Where rows go when all are known. */
typedef struct bounds {
    int32_t      count;  /* nparts - 1, or 0 when there are no rows */
    brasa_block *block;  /* the bounds: a column per sort key */
    uint64_t    *prefix; /* [count]: order-preserving starts of the first key */
} bounds;

struct brasa_exchange {
    brasa_comm          *comm;
    brasa_exchange_spec  spec;
    brasa_schema         schema;
    brasa_arena         *arena;
    int32_t              threads;
    int32_t              first, count; /* owned partitions */
    int32_t              block_rows;   /* of appenders of rows that stay */
    int32_t              send_rows;    /* of appenders of rows that are sent: they are encoded while the cache has them */
    size_t               lane_bytes;   /* most in a lane, unless a single piece is longer */
    bool                *bare;         /* [comm->size] what is sent there carries no checksum (BROADCAST: to anyone, in 0) */
    size_t               piece_bytes;  /* of a writer's piece, unless a single message is longer */
    writer              *writers;      /* [threads] */
    lane                *lanes;        /* [comm->size] */
    pthread_t           *helpers;      /* [threads] of phase two */
    int32_t              nhelpers;
    bool                 phase_two; /* RANGE, NUMBER: rows are routed, no longer held */
    bounds               bounds;
    int64_t              total_rows; /* RANGE, NUMBER */
    rounds              *rounds;     /* main thread */
    entries              arrived;    /* main thread */
    brasa_blocks        *parts;      /* [count], after run */
    bool                 ran;
    brasa_exchange_stats stats;
    int64_t             *sent_to;  /* [size] */
    uint64_t             hash_out; /* of rows that came, when rows are checked */

    pthread_mutex_t lock;
    pthread_cond_t  room;  /* writers: a lane was emptied, or the exchange failed */
    pthread_cond_t  work;  /* main: a lane is half full, a thread has ended, a failure */
    int32_t         ended; /* threads */
    bool            full;  /* some lane is worth a round */
    bool            failed;
    brasa_error     why;
};

/* exchange.c */
static inline bool brasa__exchange_holds(const brasa_exchange *x)
{
    return !x->phase_two && (x->spec.kind == BRASA_EXCHANGE_RANGE || x->spec.kind == BRASA_EXCHANGE_NUMBER);
}
/* Are rows of a partition in the order of their source partitions? */
static inline bool brasa__exchange_ordered(const brasa_exchange *x)
{
    return x->spec.kind != BRASA_EXCHANGE_HASH && x->spec.kind != BRASA_EXCHANGE_RANGE;
}
brasa_status brasa__exchange_refused(brasa_exchange *x, brasa_error *err);
bool         brasa__exchange_checks_rows(void);
uint64_t     brasa__exchange_row_hash(const brasa_batch *in, uint64_t *scratch);
/* Takes over the block, also when it throws. */
void brasa__entries_add(brasa_arena *arena, entries *list, entry e);

/* sort.c: tables for few partitions; NULL: many. */
patterns *brasa__patterns_new(brasa_arena *arena, int32_t nparts);
/* out = the numbers of n rows (at most SHUFFLE_STEP) in the order of part[]; those of p end at start[p].  Room: n + SORT_SLACK, nparts + 1. */
void brasa__sort_by_partition(patterns *t, const int32_t *part, int32_t n, int32_t nparts, int32_t *start, uint16_t *out);
/* The same for the partitions that HASH gives to rows of these numbers (kernel/rows.h: spread); part: room for n. */
void brasa__sort_by_number(patterns *t, const uint32_t *spread, int32_t n, int32_t nparts, int32_t *part, int32_t *start, uint16_t *out);

/* route.c: rows of a batch (or whole block) to their partitions; phase two of RANGE and NUMBER: rows of a held block. */
brasa_status brasa__route_batch(writer *w, int32_t source, const brasa_batch *in, brasa_error *err);
brasa_status brasa__route_block(writer *w, int32_t source, brasa_block *block, brasa_error *err);
brasa_status brasa__route_held(writer *w, const entry *e, brasa_error *err);
brasa_status brasa__route_flush(writer *w, brasa_error *err);

/* plain.c: rows of flat columns of fixed width and of strings, when the schema has no others (else NULL). */
plain *brasa__plain_new(brasa_arena *arena, const brasa_exchange *x);
void   brasa__plain_free(plain *p, int32_t nparts); /* gives back what rows there are; the rest is the arena's */
/* Can these go that way: n rows `first` + w->order[] of a batch, all in [first, first + span)?  Then they are put next. */
bool brasa__plain_takes(writer *w, const brasa_batch *in, int32_t first, int32_t span, int32_t n);
/* They are sorted by partition; those of p end at w->start[p]. */
brasa_status brasa__plain_put(writer *w, const brasa_batch *in, brasa_error *err);
brasa_status brasa__plain_flush(writer *w, brasa_error *err);

/* What was written past the cache is there before others look. */
static inline void brasa__written_past_cache(void)
{
#ifdef __SSE2__
    _mm_sfence();
#endif
}

/* deliver.c: a block of one partition to its owner.  Takes over the block, also when it fails or throws. */
brasa_status brasa__deliver(writer *w, int32_t partition, brasa_block *block, brasa_error *err);
/* Rows of a partition of another rank; they are copied. */
brasa_status brasa__deliver_rows(writer *w, int32_t partition, const brasa_batch *in, brasa_error *err);
/* A message of rows of one partition of another rank, alone in its piece, whose buffer is taken over; sealed (data/encode_plain.h), no checksum yet. */
brasa_status brasa__deliver_whole(writer *w, int32_t partition, int32_t rows, brasa_buf *buf, size_t encoded, brasa_error *err);
/* What is left in the writer's own pieces. */
brasa_status brasa__deliver_flush(writer *w, brasa_error *err);
/* Memory for a piece to that rank. */
brasa_buf *brasa__piece_buf(brasa_exchange *x, int32_t peer, size_t bytes);
uint64_t   brasa__message_check(const message *m, const char *encoded);

/* hold.c: what RANGE and NUMBER do when all threads of all ranks have ended.  Collective. */
brasa_status brasa__hold_plan(brasa_exchange *x, brasa_error *err);
/* Start threads that route what writers hold and end as task threads do; wait for them. */
brasa_status brasa__hold_scatter(brasa_exchange *x, brasa_error *err);
void         brasa__hold_join(brasa_exchange *x);

/* bounds.c */
brasa_status brasa__bounds_find(brasa_exchange *x, brasa_error *err);
/* part[k] = partition of row k of the batch's first n rows; prefix: room for n. */
void brasa__bounds_route(const brasa_exchange *x, const brasa_batch *in, int32_t n, uint64_t *prefix, int32_t *part);
/* Order-preserving starts of the key values of n rows: a smaller prefix is a smaller key; equal ones say nothing. */
void brasa__sort_prefix(const brasa_column *c, int32_t n, bool desc, bool nulls_last, uint64_t *prefix);

/* rounds.c: moves lanes until all writers of all ranks have ended.  Collective. */
brasa_status brasa__rounds_run(brasa_exchange *x, brasa_error *err);
/* When all ranks have ended theirs: gives back what others may have been reading.  NULL is ignored. */
void brasa__rounds_free(rounds *r);

/* everyone.c: bytes of all ranks, each 8-byte aligned in one buffer; sizes and offsets [size] in `arena`.  Collective; `local` is the status of what made `mine`; every
 * rank returns the same status.  At most BRASA_COMM_MAX_MESSAGE from a rank. */
brasa_status brasa__everyone(brasa_comm *c, brasa_status local, brasa_arena *arena, const void *mine, size_t bytes, brasa_buf **all,
                             int64_t **offsets, int64_t **sizes, brasa_error *err);

#endif
