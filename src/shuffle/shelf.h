/* shuffle/shelf.h -- where the rows of a partition gather on the short way (plain.c); for src/shuffle only.
 *
 * A shelf is one buffer with a run of values for each column, of a bitmap where the column has nulls, and room for the bytes of long strings.
 * Strings of a shelf that is laid out as a message hold offsets, others pointers.
 */
#ifndef BRASA_SHUFFLE_SHELF_H
#define BRASA_SHUFFLE_SHELF_H

#include "data/encode_plain.h"
#include "shuffle/inner.h"

typedef struct shelf_run {
    char     *values;
    uint64_t *valid; /* NULL: no nulls yet */
    char     *heap;
    size_t    used, room; /* bytes of the heap */
} shelf_run;

typedef struct shelf {
    brasa_buf *buf;
    size_t     bytes; /* of the encoding, when it is a message */
    int32_t    rows, room;
    bool       largest; /* the next one has no more room */
    int64_t    seen;    /* rows of this partition: the next shelf has as much room as came before */
    bool       whole;   /* laid out as a message */
    bool       full;    /* no room for the bytes of the next row's strings */
    size_t     need;    /* of which the longest that found none has so many */
    shelf_run *runs;    /* [ncols] */
} shelf;

/* What a batch brings to a shelf. */
typedef struct target {
    const shelf_run *runs;
    const uint16_t  *from; /* rows of the batch, beyond the first that is routed */
    int32_t          rows, more;
    bool             stream;
} target;

/* What is picked next: read into the cache meanwhile, as a column is picked from in no order that the machine foresees. */
typedef struct brasa_ahead {
    const char *at;
    size_t      width;
    size_t      bytes; /* that are left */
} brasa_ahead;

struct plain {
    size_t          *width;       /* [ncols] */
    bool            *string;      /* [ncols] */
    size_t           row;         /* sum of the widths */
    shelf           *shelves;     /* [nparts] */
    brasa_column    *cols;        /* [ncols] of a shelf that is cleared */
    brasa_plain_run *places;      /* [ncols] of a shelf that is opened or sealed */
    target          *targets;     /* [nparts] */
    int32_t         *from;        /* [nparts] */
    bool            *nulls;       /* [ncols] shelves that are opened have a bitmap */
    size_t          *text;        /* [ncols] bytes of long strings, in... */
    int64_t          rows;        /* ...this many rows */
    size_t           most_heap;   /* of a column on a shelf, unless a single string is longer */
    const void     **values;      /* [ncols] of the rows that are put */
    bool            *some;        /* [ncols] some of them are null */
    brasa_string   **clean;       /* [ncols] [SHUFFLE_STEP] strings with empty ones for nulls; NULL: none were needed */
    uint8_t         *ok;          /* [SHUFFLE_STEP] is it valid? */
    int32_t          first, span; /* rows of the batch that are routed lie in [first, first + span) */
};

/* For rows of partition k. */
void brasa__shelf_open(writer *w, int32_t k);
/* Its rows go where they belong. */
brasa_status brasa__shelf_clear(writer *w, int32_t k, brasa_error *err);

/* pick.c: column c, of this width, to all targets. */
void brasa__pick_column(size_t width, int32_t c, const void *values, const target *to, int32_t nparts, brasa_ahead next);

#endif
