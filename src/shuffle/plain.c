/* shuffle/plain.c -- the short way of rows whose columns are all of a fixed width, flat and without nulls.
 *
 * Every partition has a shelf: one buffer with a run for each column.  Values are picked into it straight from the batch.  The full shelf
 * of a partition that stays becomes a block as it is; that of one that is sent is small, so that it is encoded while the cache has it,
 * and used again.  Batches of other forms go through appenders; nothing depends on the order of rows within a partition.
 */
#include <string.h>

#include "base/alloc.h"
#include "data/type.h"
#include "shuffle/inner.h"

enum { FIRST_ROOM = 1024 };

typedef struct shelf {
    brasa_buf *buf;
    int32_t    rows, room; /* room: a multiple of 64, so that runs are aligned */
    int64_t    seen;       /* rows of this partition: the next block has as much room as came before */
} shelf;

/* What a batch brings to a shelf. */
typedef struct target {
    char   *base;
    size_t  room;
    int32_t rows, more;
} target;

struct plain {
    size_t       *width;   /* [ncols] */
    size_t       *before;  /* [ncols + 1] sum of the widths before */
    shelf        *shelves; /* [nparts] */
    brasa_column *cols;    /* [ncols] of a full shelf */
    target       *targets; /* [nparts] */
    int32_t      *from;    /* [nparts] */
    int32_t      *sorted;  /* [SHUFFLE_STEP] rows in the order of targets */
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

plain *brasa__plain_new(brasa_arena *arena, brasa_schema schema, int32_t nparts)
{
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
    p->sorted = BRASA_NEWS(arena, int32_t, SHUFFLE_STEP);
    p->cols = BRASA_NEWS(arena, brasa_column, schema.ncols);
    for (int32_t c = 0; c < schema.ncols; c++) {
        p->width[c] = brasa__type_width(schema.cols[c].type);
        p->before[c + 1] = p->before[c] + p->width[c];
        p->cols[c] = (brasa_column) {.type = schema.cols[c].type, .encoding = BRASA_FLAT};
    }
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

static void set_columns(plain *p, const shelf *s, int32_t ncols)
{
    for (int32_t c = 0; c < ncols; c++) p->cols[c].values = (char *)s->buf->data + p->before[c] * (size_t)s->room;
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

static brasa_status clear(writer *w, int32_t partition, brasa_error *err)
{
    plain       *p = w->plain;
    shelf       *s = &p->shelves[partition];
    int32_t      ncols = w->x->schema.ncols, rows = s->rows;
    brasa_block *block;

    if (!stays(w->x, partition)) {
        brasa_batch all = {.rows = rows, .ncols = ncols, .cols = p->cols, .nsel = rows};

        set_columns(p, s, ncols);
        s->rows = 0;
        return brasa__deliver_rows(w, partition, &all, err);
    }
    trim(p, s, ncols);
    set_columns(p, s, ncols);
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

#define T    bits8
#define NAME pick_w1
#include "shuffle/pick.tmpl.h"
#define T    bits16
#define NAME pick_w2
#include "shuffle/pick.tmpl.h"
#define T    bits32
#define NAME pick_w4
#include "shuffle/pick.tmpl.h"
#define T    bits64
#define NAME pick_w8
#include "shuffle/pick.tmpl.h"
#define T    bits128
#define NAME pick_w16
#include "shuffle/pick.tmpl.h"

static void pick_wide(size_t width, const char *values, const int32_t *rows, size_t before, const target *to, int32_t nparts)
{
    for (int32_t p = 0, i = 0; p < nparts; p++) {
        char *out = to[p].base + before * to[p].room + width * (size_t)to[p].rows;

        for (int32_t n = to[p].more; n > 0; n--, out += width) memcpy(out, values + (size_t)rows[i++] * width, width);
    }
}

static void pick_column(const plain *p, int32_t c, const void *values, const int32_t *rows, int32_t nparts)
{
    switch (p->width[c]) {
    case 1: pick_w1(values, rows, p->before[c], p->targets, nparts); return;
    case 2: pick_w2(values, rows, p->before[c], p->targets, nparts); return;
    case 4: pick_w4(values, rows, p->before[c], p->targets, nparts); return;
    case 8: pick_w8(values, rows, p->before[c], p->targets, nparts); return;
    case 16: pick_w16(values, rows, p->before[c], p->targets, nparts); return;
    default: pick_wide(p->width[c], values, rows, p->before[c], p->targets, nparts); return;
    }
}

static void open_shelf(writer *w, shelf *s, int32_t partition)
{
    int64_t most = stays(w->x, partition) ? w->x->block_rows : w->x->send_rows, room = s->seen < FIRST_ROOM ? FIRST_ROOM : s->seen;

    if (room > most) room = most;
    s->room = (int32_t)((room + 63) / 64 * 64);
    s->buf = brasa__buf_new(w->plain->before[w->x->schema.ncols] * (size_t)s->room);
}

/* As many rows as every shelf has room for; what is left of partition p begins at from[p]. */
static bool put_some(writer *w, const brasa_batch *in, int32_t *from, const int32_t *ends)
{
    plain  *p = w->plain;
    int32_t nparts = w->x->spec.nparts, n = 0;
    bool    all = true;

    for (int32_t k = 0; k < nparts; k++) {
        shelf  *s = &p->shelves[k];
        int32_t m = ends[k] - from[k];

        p->targets[k].more = 0;
        if (m == 0) continue;
        if (s->buf == NULL) open_shelf(w, s, k);
        if (m > s->room - s->rows) m = s->room - s->rows;
        p->targets[k] = (target) {.base = s->buf->data, .room = (size_t)s->room, .rows = s->rows, .more = m};
        memcpy(p->sorted + n, w->rows + from[k], sizeof *p->sorted * (size_t)m);
        n += m;
        s->rows += m;
        s->seen += m;
        from[k] += m;
        all = all && from[k] == ends[k];
    }
    for (int32_t c = 0; c < in->ncols; c++) pick_column(p, c, in->cols[c].values, p->sorted, nparts);
    return all;
}

brasa_status brasa__plain_put(writer *w, const brasa_batch *in, brasa_error *err)
{
    plain  *p = w->plain;
    int32_t nparts = w->x->spec.nparts;
    bool    all;

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
