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

struct plain {
    size_t       *width;   /* [ncols] */
    size_t       *before;  /* [ncols + 1] sum of the widths before */
    shelf        *shelves; /* [nparts] */
    brasa_column *cols;    /* [ncols] of a full shelf */
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

static void pick(const void *values, size_t width, const int32_t *rows, int32_t n, void *out)
{
    switch (width) {
    case 1: pick_w1(values, rows, n, out); break;
    case 2: pick_w2(values, rows, n, out); break;
    case 4: pick_w4(values, rows, n, out); break;
    case 8: pick_w8(values, rows, n, out); break;
    case 16: pick_w16(values, rows, n, out); break;
    default:
        for (int32_t i = 0; i < n; i++) memcpy((char *)out + (size_t)i * width, (const char *)values + (size_t)rows[i] * width, width);
    }
}

static void open_shelf(writer *w, shelf *s, int32_t partition)
{
    int64_t most = stays(w->x, partition) ? w->x->block_rows : w->x->send_rows, room = s->seen < FIRST_ROOM ? FIRST_ROOM : s->seen;

    if (!stays(w->x, partition) || room > most) room = most;
    s->room = (int32_t)((room + 63) / 64 * 64);
    s->buf = brasa__buf_new(w->plain->before[w->x->schema.ncols] * (size_t)s->room);
}

brasa_status brasa__plain_put(writer *w, int32_t partition, const brasa_batch *in, const int32_t *rows, int32_t n, brasa_error *err)
{
    plain *p = w->plain;
    shelf *s = &p->shelves[partition];

    for (int32_t done = 0, m; done < n; done += m) {
        if (s->buf == NULL) open_shelf(w, s, partition);
        m = n - done < s->room - s->rows ? n - done : s->room - s->rows;
        for (int32_t c = 0; c < in->ncols; c++) {
            char *out = (char *)s->buf->data + p->before[c] * (size_t)s->room + p->width[c] * (size_t)s->rows;

            pick(in->cols[c].values, p->width[c], rows + done, m, out);
        }
        s->rows += m;
        s->seen += m;
        if (s->rows == s->room) BRASA_TRY(clear(w, partition, err));
    }
    return BRASA_OK;
}
