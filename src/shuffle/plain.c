/* shuffle/plain.c -- the short way of rows whose columns are all of a fixed width, flat and without nulls.
 *
 * Every partition has a shelf: one buffer with a run for each column.  Values are picked into it straight from the batch, and not copied
 * again: the full shelf of a partition that stays becomes a block as it is, that of one that is sent has room for the heads of a message
 * between its runs and becomes a piece.  With many partitions, or few rows, shelves that are sent are small; they are encoded while the cache
 * has them, and used again.  Batches of other forms go through appenders; nothing depends on the order of rows within a partition.
 *
 * Large shelves that stay are written past the cache, as in Balkesen et al., "Main-memory hash joins on multi-core CPUs" (2013):
 * whole lines need not be read before they are written.
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/alloc.h"
#include "data/encode_plain.h"
#include "data/type.h"
#include "shuffle/inner.h"

enum { FIRST_ROOM = 1024, WHOLES_BYTES = 8 << 20, STREAM_BYTES = 1 << 20, STREAM_RUN = 128 };

typedef struct shelf {
    brasa_buf *buf;
    int32_t    rows, room; /* room: a multiple of 64, so that runs are aligned */
    int64_t    seen;       /* rows of this partition: the next block has as much room as came before */
    bool       whole;      /* laid out as a message */
} shelf;

/* What a batch brings to a shelf. */
typedef struct target {
    char           *base; /* of the first column */
    size_t          gap;  /* between columns, beside their values */
    size_t          room;
    const uint16_t *from; /* rows of the batch, beyond the first that is routed */
    int32_t         rows, more;
    bool            stream;
} target;

struct plain {
    size_t       *width;       /* [ncols] */
    size_t       *before;      /* [ncols + 1] sum of the widths before */
    shelf        *shelves;     /* [nparts] */
    brasa_column *cols;        /* [ncols] of a full shelf */
    target       *targets;     /* [nparts] */
    int32_t      *from;        /* [nparts] */
    int32_t       first, span; /* rows of the batch that are routed lie in [first, first + span) */
    int32_t       whole;       /* rows of a message that is a piece; 0: there are none */
};

static bool plain_type(brasa_type t)
{
    switch (brasa__type_phys(t)) {
    case BRASA_PHYS_BOOL:
    case BRASA_PHYS_I8:
    case BRASA_PHYS_I16:
    case BRASA_PHYS_I32:
    case BRASA_PHYS_I64:
    case BRASA_PHYS_I128:
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64:
    case BRASA_PHYS_INTERVAL: return true;
    case BRASA_PHYS_STRING:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return false;
}

/* Rows of a shelf that is sent as it is. */
static int32_t choose_whole(const brasa_exchange *x, size_t width)
{
    size_t bytes = WHOLES_BYTES / (size_t)x->spec.nparts, heads = sizeof(message) + BRASA_PLAIN_COLUMN * ((size_t)x->schema.ncols + 1);

    if (bytes > x->piece_bytes) bytes = x->piece_bytes;
    if (bytes < SHUFFLE_WHOLE || bytes < 2 * heads) return 0;
    return (int32_t)((bytes - heads) / width / 64 * 64);
}

plain *brasa__plain_new(brasa_arena *arena, const brasa_exchange *x)
{
    brasa_schema schema = x->schema;
    int32_t      nparts = x->spec.nparts;

    for (int32_t c = 0; c < schema.ncols; c++) {
        if (!plain_type(schema.cols[c].type)) return NULL;
    }
    if (schema.ncols == 0) return NULL;

    plain *p = BRASA_NEW(arena, plain);

    p->width = BRASA_NEWS(arena, size_t, schema.ncols);
    p->before = BRASA_NEWS(arena, size_t, schema.ncols + 1);
    p->shelves = BRASA_NEWS(arena, shelf, nparts);
    p->targets = BRASA_NEWS(arena, target, nparts);
    p->from = BRASA_NEWS(arena, int32_t, nparts);
    p->cols = BRASA_NEWS(arena, brasa_column, schema.ncols);
    for (int32_t c = 0; c < schema.ncols; c++) {
        p->width[c] = brasa__type_width(schema.cols[c].type);
        p->before[c + 1] = p->before[c] + p->width[c];
        p->cols[c] = (brasa_column) {.type = schema.cols[c].type, .encoding = BRASA_FLAT};
    }
    p->whole = choose_whole(x, p->before[schema.ncols]);
    return p;
}

void brasa__plain_free(plain *p, int32_t nparts)
{
    for (int32_t k = 0; p != NULL && k < nparts; k++) {
        brasa__buf_unref(p->shelves[k].buf);
        p->shelves[k].buf = NULL;
    }
}

bool brasa__plain_takes(const plain *p, const brasa_batch *in)
{
    bool flat = p != NULL;

    for (int32_t c = 0; c < in->ncols && flat; c++) flat = in->cols[c].encoding == BRASA_FLAT && in->cols[c].valid == NULL;
    return flat;
}

/* ---- full shelves ---- */

static bool stays(const brasa_exchange *x, int32_t partition)
{
    return partition >= x->first && partition < x->first + x->count;
}

static size_t gap(const shelf *s)
{
    return s->whole ? BRASA_PLAIN_COLUMN : 0;
}

static char *first_column(const shelf *s)
{
    return (char *)s->buf->data + (s->whole ? sizeof(message) + BRASA_PLAIN_COLUMN : 0);
}

static void set_columns(plain *p, const shelf *s, int32_t ncols)
{
    for (int32_t c = 0; c < ncols; c++) p->cols[c].values = first_column(s) + gap(s) * (size_t)c + p->before[c] * (size_t)s->room;
}

/* A shelf that is less than half full moves to a buffer that fits. */
static void trim(plain *p, shelf *s, int32_t ncols)
{
    int32_t    room = (s->rows + 63) / 64 * 64;
    brasa_buf *small;

    if (room > s->room / 2) return;
    small = brasa__buf_new(p->before[ncols] * (size_t)room);
    for (int32_t c = 0; c < ncols; c++)
        memcpy((char *)small->data + p->before[c] * (size_t)room, (char *)s->buf->data + p->before[c] * (size_t)s->room,
               p->width[c] * (size_t)s->rows);
    brasa__buf_unref(s->buf);
    s->buf = small;
    s->room = room;
}

static int32_t most_rows(const writer *w, int32_t partition)
{
    if (stays(w->x, partition)) return w->x->block_rows;
    return w->plain->whole > 0 ? w->plain->whole : w->x->send_rows;
}

static brasa_status clear(writer *w, int32_t partition, brasa_error *err)
{
    plain       *p = w->plain;
    shelf       *s = &p->shelves[partition];
    int32_t      ncols = w->x->schema.ncols, rows = s->rows;
    brasa_block *block;

    if (s->whole && rows == s->room) {
        brasa_buf *buf = s->buf;

        brasa__plain_encoded_seal(w->x->schema, rows, (char *)buf->data + sizeof(message));
        *s = (shelf) {.seen = s->seen};
        return brasa__deliver_whole(w, partition, rows, buf, brasa__plain_encoded_bytes(w->x->schema, rows), err);
    }
    if (!stays(w->x, partition)) {
        brasa_batch all = {.rows = rows, .ncols = ncols, .cols = p->cols, .nsel = rows};

        set_columns(p, s, ncols);
        s->rows = 0;
        BRASA_TRY(brasa__deliver_rows(w, partition, &all, err));
        if (s->room < most_rows(w, partition)) { /* the next one has more room */
            brasa__buf_unref(s->buf);
            s->buf = NULL;
        }
        return BRASA_OK;
    }
    trim(p, s, ncols);
    set_columns(p, s, ncols);
#ifdef __SSE2__
    _mm_sfence(); /* what was written past the cache is there before others see the block */
#endif
    block = brasa__block_make(p->cols, ncols, rows, &s->buf, 1, NULL);
    block->bytes = p->before[ncols] * (size_t)rows;
    *s = (shelf) {.seen = s->seen};
    return brasa__deliver(w, partition, block, err);
}

brasa_status brasa__plain_flush(writer *w, brasa_error *err)
{
    for (int32_t k = 0; w->plain != NULL && k < w->x->spec.nparts; k++) {
        if (w->plain->shelves[k].rows > 0) BRASA_TRY(clear(w, k, err));
    }
    return BRASA_OK;
}

/* ---- picking ---- */

typedef uint8_t  bits8 __attribute__((may_alias));
typedef uint16_t bits16 __attribute__((may_alias));
typedef uint32_t bits32 __attribute__((may_alias));
typedef uint64_t bits64 __attribute__((may_alias));
typedef struct {
    uint64_t w[2];
} __attribute__((may_alias)) bits128;

/* What is picked next: read into the cache meanwhile, as a column is picked from in no order that the machine foresees. */
typedef struct ahead {
    const char *at;
    size_t      width;
    size_t      bytes; /* that are left */
} ahead;

static inline void fetch(ahead *a, int32_t rows)
{
    size_t bytes = a->width * (size_t)rows;

    if (bytes > a->bytes) bytes = a->bytes;
    for (size_t k = 0; k < bytes; k += 64) __builtin_prefetch(a->at + k);
    a->at += bytes;
    a->bytes -= bytes;
}

/* Lines that are written next: owned by this core when the stores come. */
static inline void claim(const char *to, size_t bytes)
{
#ifdef __x86_64__
    for (size_t k = 0; k < bytes; k += 64) __asm__ volatile("prefetchw %0" : : "m"(to[k]));
#else
    for (size_t k = 0; k < bytes; k += 64) __builtin_prefetch(to + k, 1);
#endif
}

static char *run_of(const target *to, int32_t c, size_t before, size_t width)
{
    return to->base + to->gap * (size_t)c + before * to->room + width * (size_t)to->rows;
}

#define T    bits8
#define NAME pick_w1
#include "shuffle/pick.tmpl.h"
#define T    bits16
#define NAME pick_w2
#include "shuffle/pick.tmpl.h"
#define T            bits32
#define NAME         pick_w4
#define LINE16(v, r) _mm_set_epi32((int)v[r[3]], (int)v[r[2]], (int)v[r[1]], (int)v[r[0]])
#include "shuffle/pick.tmpl.h"
#define T            bits64
#define NAME         pick_w8
#define LINE16(v, r) _mm_set_epi64x((long long)v[r[1]], (long long)v[r[0]])
#include "shuffle/pick.tmpl.h"
#define T            bits128
#define NAME         pick_w16
#define LINE16(v, r) _mm_loadu_si128((const __m128i *)(const void *)&v[r[0]])
#include "shuffle/pick.tmpl.h"

static void pick_wide(size_t width, const char *values, int32_t c, size_t before, const target *to, int32_t nparts)
{
    for (int32_t p = 0; p < nparts; p++) {
        char *out = run_of(&to[p], c, before, width);

        for (int32_t i = 0; i < to[p].more; i++, out += width) memcpy(out, values + (size_t)to[p].from[i] * width, width);
    }
}

static void pick_column(const plain *p, int32_t c, const void *values, int32_t nparts, ahead next)
{
    switch (p->width[c]) {
    case 1: pick_w1(values, c, p->before[c], p->targets, nparts, next); return;
    case 2: pick_w2(values, c, p->before[c], p->targets, nparts, next); return;
    case 4: pick_w4(values, c, p->before[c], p->targets, nparts, next); return;
    case 8: pick_w8(values, c, p->before[c], p->targets, nparts, next); return;
    case 16: pick_w16(values, c, p->before[c], p->targets, nparts, next); return;
    default: pick_wide(p->width[c], values, c, p->before[c], p->targets, nparts); return;
    }
}

static void open_shelf(writer *w, shelf *s, int32_t partition)
{
    int64_t most = most_rows(w, partition), room = s->seen < FIRST_ROOM ? FIRST_ROOM : s->seen;

    if (room > most) room = most;
    s->room = (int32_t)((room + 63) / 64 * 64);
    s->whole = !stays(w->x, partition) && s->room == w->plain->whole;
    if (s->whole)
        s->buf = brasa__piece_buf(w->x, brasa__partition_owner(partition, w->x->spec.nparts, w->x->comm->size),
                                  sizeof(message) + brasa__plain_encoded_bytes(w->x->schema, s->room));
    else
        s->buf = brasa__buf_new(w->plain->before[w->x->schema.ncols] * (size_t)s->room);
}

static const char *first_value(const plain *p, const brasa_batch *in, int32_t c)
{
    return (const char *)in->cols[c].values + p->width[c] * (size_t)p->first;
}

/* As many rows as every shelf has room for; what is left of partition p begins at from[p]. */
static bool put_some(writer *w, const brasa_batch *in, int32_t *from, const int32_t *ends)
{
    plain  *p = w->plain;
    int32_t nparts = w->x->spec.nparts;
    bool    all = true;

    for (int32_t k = 0; k < nparts; k++) {
        shelf  *s = &p->shelves[k];
        int32_t m = ends[k] - from[k];

        p->targets[k].more = 0;
        if (m == 0) continue;
        if (s->buf == NULL) open_shelf(w, s, k);
        if (m > s->room - s->rows) m = s->room - s->rows;
        p->targets[k] = (target) {
            .base = first_column(s), .gap = gap(s), .room = (size_t)s->room, .from = w->order + from[k], .rows = s->rows, .more = m};
        p->targets[k].stream = m >= STREAM_RUN && (s->whole || p->before[in->ncols] * (size_t)s->seen >= STREAM_BYTES);
        s->rows += m;
        s->seen += m;
        from[k] += m;
        all = all && from[k] == ends[k];
    }
    for (int32_t c = 0; c < in->ncols; c++) {
        const char *values = first_value(p, in, c);
        ahead       next = {0};

        if (c + 1 < in->ncols)
            next = (ahead) {.at = first_value(p, in, c + 1), .width = p->width[c + 1], .bytes = p->width[c + 1] * (size_t)p->span};
        pick_column(p, c, values, nparts, next);
    }
    return all;
}

brasa_status brasa__plain_put(writer *w, const brasa_batch *in, int32_t first, int32_t span, brasa_error *err)
{
    plain  *p = w->plain;
    int32_t nparts = w->x->spec.nparts;
    bool    all;

    p->first = first;
    p->span = span;
    p->from[0] = 0;
    memcpy(p->from + 1, w->start, sizeof *p->from * (size_t)(nparts - 1));
    do {
        all = put_some(w, in, p->from, w->start);
        for (int32_t k = 0; k < nparts; k++) {
            if (p->shelves[k].buf != NULL && p->shelves[k].rows == p->shelves[k].room) BRASA_TRY(clear(w, k, err));
        }
    } while (!all);
    return BRASA_OK;
}
