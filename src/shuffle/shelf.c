/* shuffle/shelf.c -- shelves from their opening until their rows have gone.
 *
 * The full shelf of a partition that stays becomes a block as it is; that of one that is sent is laid out as a message and becomes a piece.
 * With many partitions, or few rows, shelves that are sent are small; they are encoded while the cache has them, and used again.
 * Room for strings is chosen by what came before, and a little more.
 */
#include "shuffle/shelf.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

enum { FIRST_ROOM = 1024, WHOLES_BYTES = 8 << 20, HEAP_SLACK = 1024, COLUMN_HEADS = 192 };

static bool stays(const brasa_exchange *x, int32_t partition)
{
    return partition >= x->first && partition < x->first + x->count;
}

/* Room for the long strings of so many rows. */
static size_t heap_room(const plain *p, int32_t c, const shelf *s)
{
    size_t room = p->rows == 0 ? 0 : p->text[c] * 17 / 16 * (size_t)s->room / (size_t)p->rows;

    if (!p->string[c]) return 0;
    if (room > p->most_heap) room = p->most_heap;
    if (room < s->need) room = s->need;
    return (room + HEAP_SLACK) / 64 * 64;
}

/* Rows of a shelf that is sent as it is; 0: there are none. */
static int32_t whole_rows(const brasa_exchange *x, const plain *p)
{
    size_t bytes = WHOLES_BYTES / (size_t)x->spec.nparts, heads = sizeof(message) + COLUMN_HEADS, row = p->row * 64;

    if (bytes > x->piece_bytes) bytes = x->piece_bytes;
    for (int32_t c = 0; c < x->schema.ncols; c++) {
        heads += COLUMN_HEADS;
        if (p->string[c]) heads += HEAP_SLACK;
        if (p->nulls[c]) row += 8;
        if (p->rows > 0) row += p->text[c] * 68 / (size_t)p->rows;
    }
    if (bytes < SHUFFLE_WHOLE || bytes < 2 * heads) return 0;
    return (int32_t)((bytes - heads) / row * 64);
}

/* Lays a shelf out for `rows` rows; returns its bytes. */
static size_t lay_out(plain *p, const shelf *s, brasa_schema schema, int32_t rows, bool trimmed)
{
    for (int32_t c = 0; c < schema.ncols; c++) {
        p->places[c].nulls = trimmed ? s->runs[c].valid != NULL : p->nulls[c];
        p->places[c].room = trimmed ? (s->runs[c].used + 63) / 64 * 64 : heap_room(p, c, s);
    }
    return brasa__plain_place(schema, rows, p->places);
}

static void set_run(shelf_run *r, const brasa_plain_run *place, char *data)
{
    *r = (shelf_run) {.values = data + place->values,
                      .valid = place->nulls ? (uint64_t *)(void *)(data + place->valid) : NULL,
                      .heap = data + place->heap,
                      .room = place->room};
}

void brasa__shelf_open(writer *w, int32_t k)
{
    brasa_exchange *x = w->x;
    plain          *p = w->plain;
    shelf          *s = &p->shelves[k];
    int32_t         whole = stays(x, k) ? 0 : whole_rows(x, p);
    int64_t         most = stays(x, k) ? x->block_rows : whole > 0 ? whole : x->send_rows;
    int64_t         room = s->seen < FIRST_ROOM ? FIRST_ROOM : s->seen;
    char           *data;

    if (room > most) room = most;
    s->room = (int32_t)((room + 63) / 64 * 64);
    s->largest = room == most;
    s->whole = whole > 0 && s->room == whole && s->need <= HEAP_SLACK;
    s->bytes = lay_out(p, s, x->schema, s->room, false);
    if (s->whole) {
        s->buf = brasa__piece_buf(x, brasa__partition_owner(k, x->spec.nparts, x->comm->size), sizeof(message) + s->bytes);
        data = (char *)s->buf->data + sizeof(message);
    } else {
        s->buf = brasa__buf_new(s->bytes);
        data = s->buf->data;
    }
    s->need = 0;
    s->full = false;
    for (int32_t c = 0; c < x->schema.ncols; c++) set_run(&s->runs[c], &p->places[c], data);
}

/* Long strings point to their bytes, which lie `by` bytes further than they say. */
static void move_pointers(brasa_string *v, int32_t n, uintptr_t by)
{
    for (int32_t i = 0; i < n; i++) {
        if (v[i].len > 12) v[i].u.ref.data = (const char *)((uintptr_t)v[i].u.ref.data + by);
    }
}

/* A shelf that is less than half full moves to a buffer that fits. */
static void trim(plain *p, shelf *s, brasa_schema schema)
{
    int32_t    room = (s->rows + 63) / 64 * 64;
    brasa_buf *small;

    if (room > s->room / 2) return;
    small = brasa__buf_new(lay_out(p, s, schema, room, true));
    for (int32_t c = 0; c < schema.ncols; c++) {
        shelf_run from = s->runs[c], *to = &s->runs[c];

        set_run(to, &p->places[c], small->data);
        memcpy(to->values, from.values, p->width[c] * (size_t)s->rows);
        if (from.valid != NULL) memcpy(to->valid, from.valid, brasa__bit_words(s->rows) * 8);
        if (from.used > 0) memcpy(to->heap, from.heap, from.used);
        to->used = from.used;
        if (p->string[c]) move_pointers((brasa_string *)(void *)to->values, s->rows, (uintptr_t)to->heap - (uintptr_t)from.heap);
    }
    brasa__buf_unref(s->buf);
    s->buf = small;
    s->room = room;
}

/* p->cols become the rows of a shelf. */
static void set_columns(plain *p, const shelf *s, int32_t ncols)
{
    for (int32_t c = 0; c < ncols; c++) {
        p->cols[c].values = s->runs[c].values;
        p->cols[c].valid = s->runs[c].valid;
        if (s->whole && p->string[c]) move_pointers((brasa_string *)(void *)s->runs[c].values, s->rows, (uintptr_t)s->runs[c].heap);
    }
}

static brasa_status clear_whole(writer *w, int32_t k, brasa_error *err)
{
    plain     *p = w->plain;
    shelf     *s = &p->shelves[k];
    brasa_buf *buf = s->buf;
    int32_t    rows = s->rows;
    char      *data = (char *)buf->data + sizeof(message);

    for (int32_t c = 0; c < w->x->schema.ncols; c++) {
        const shelf_run *r = &s->runs[c];

        p->places[c] = (brasa_plain_run) {.nulls = r->valid != NULL, .room = r->room};
    }
    brasa__plain_place(w->x->schema, rows, p->places);
    brasa__plain_seal(w->x->schema, rows, p->places, data);
    s->buf = NULL;
    s->rows = 0;
    return brasa__deliver_whole(w, k, rows, buf, s->bytes, err);
}

/* Encoded; the buffer is used again if the next shelf has no more room. */
static brasa_status clear_small(writer *w, int32_t k, brasa_error *err)
{
    plain      *p = w->plain;
    shelf      *s = &p->shelves[k];
    int32_t     ncols = w->x->schema.ncols;
    brasa_batch all = {.rows = s->rows, .ncols = ncols, .cols = p->cols, .nsel = s->rows};
    bool        again = !s->whole && !s->full && s->largest;

    set_columns(p, s, ncols);
    s->rows = 0;
    for (int32_t c = 0; c < ncols; c++) s->runs[c].used = 0;
    BRASA_TRY(brasa__deliver_rows(w, k, &all, err));
    if (!again) {
        brasa__buf_unref(s->buf);
        s->buf = NULL;
    }
    return BRASA_OK;
}

brasa_status brasa__shelf_clear(writer *w, int32_t k, brasa_error *err)
{
    plain       *p = w->plain;
    shelf       *s = &p->shelves[k];
    brasa_schema schema = w->x->schema;
    size_t       bytes = 0;
    brasa_block *block;

    if (s->whole && s->rows == s->room) return clear_whole(w, k, err);
    if (!stays(w->x, k)) return clear_small(w, k, err);
    trim(p, s, schema);
    set_columns(p, s, schema.ncols);
    brasa__written_past_cache();
    block = brasa__block_make(p->cols, schema.ncols, s->rows, &s->buf, 1, NULL);
    for (int32_t c = 0; c < schema.ncols; c++) bytes += s->runs[c].used + (s->runs[c].valid != NULL ? brasa__bit_words(s->rows) * 8 : 0);
    block->bytes = bytes + p->row * (size_t)s->rows;
    s->buf = NULL;
    s->rows = 0;
    return brasa__deliver(w, k, block, err);
}
