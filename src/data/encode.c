/* encode.c -- a batch as bytes.
 *
 * On the hot path of a shuffle: rows are gathered straight into the message, column by column.  A constant goes as one value; a dictionary
 * goes along when it is no larger than the rows that use it, else they are written flat; within lists all is flat.
 */
#include <assert.h>
#include <string.h>

#include "data/bits.h"
#include "data/block.h"
#include "data/gather.h"
#include "data/string.h"
#include "data/wire_form.h"

/* ---- how much room it takes at most ---- */

enum { HEAD_ROOM = sizeof(column_head) + 5 * WIRE_ALIGN };

static bool keeps_dictionary(const brasa_column *c, int32_t n)
{
    return c->encoding == BRASA_DICT && c->child_rows > 0 && c->child_rows <= n;
}

static size_t heads_bound(const brasa_column *c)
{
    size_t  bytes = HEAD_ROOM;
    int32_t kids = c->child == NULL ? 0 : c->encoding == BRASA_DICT ? 1 : c->type.nfields;

    for (int32_t i = 0; i < kids; i++) bytes += heads_bound(&c->child[i]);
    return c->encoding == BRASA_DICT ? bytes + HEAD_ROOM : bytes;
}

/* Bytes of the value of row i with all that hangs off it, and one for its validity. */
static size_t value_bound(const brasa_column *c, int32_t i)
{
    size_t bytes = 1 + brasa__type_width(c->type);

    if (!brasa_column_is_valid(c, i) && c->type.kind != BRASA_KIND_STRUCT) return bytes;
    if (c->encoding == BRASA_CONST) i = 0;
    if (c->encoding == BRASA_DICT) {
        if (c->child_rows == 0) return bytes;
        i = c->codes[i];
        c = c->child;
    }
    if (c->type.kind == BRASA_KIND_STRING || c->type.kind == BRASA_KIND_BINARY) {
        const brasa_string *s = (const brasa_string *)c->values + i;

        bytes += s->len > 12 ? s->len : 0;
    } else if (brasa__type_has_span(c->type)) {
        brasa_span s = ((const brasa_span *)c->values)[i];

        for (int32_t k = 0; k < s.len; k++) bytes += value_bound(c->child, s.offset + k);
    } else if (c->type.kind == BRASA_KIND_STRUCT) {
        for (int32_t f = 0; f < c->type.nfields; f++) bytes += value_bound(&c->child[f], (int32_t)c->child_rows + i);
    }
    return bytes;
}

static size_t strings_bound(const brasa_column *c, const int32_t *rows, int32_t n)
{
    const brasa_string *v = c->encoding == BRASA_DICT ? c->child->values : c->values;
    size_t              bytes = (size_t)n * (1 + sizeof *v);

    if (c->encoding == BRASA_DICT && c->child_rows == 0) return bytes;
    for (int32_t i = 0; i < n; i++) {
        int32_t r = rows != NULL ? rows[i] : i;

        if (c->valid != NULL && !brasa__bit_get(c->valid, r)) continue;
        if (c->encoding == BRASA_DICT) r = c->codes[r];
        bytes += v[r].len > 12 ? v[r].len : 0;
    }
    return bytes;
}

static size_t rows_bound(const brasa_column *c, const int32_t *rows, int32_t n)
{
    brasa_phys p = brasa__type_phys(c->type);
    size_t     bytes = 0;

    if (p == BRASA_PHYS_STRING && c->encoding != BRASA_CONST) return strings_bound(c, rows, n);
    if (p != BRASA_PHYS_STRING && p != BRASA_PHYS_SPAN && p != BRASA_PHYS_STRUCT) return (size_t)n * (1 + brasa__type_width(c->type));
    for (int32_t i = 0; i < n; i++) bytes += value_bound(c, rows != NULL ? rows[i] : i);
    return bytes;
}

static size_t column_bound(const brasa_column *c, const int32_t *rows, int32_t n)
{
    if (n == 0) return 0;
    if (c->encoding == BRASA_CONST) return rows_bound(c, NULL, 1);
    if (keeps_dictionary(c, n)) return (size_t)n * (1 + sizeof(int32_t)) + rows_bound(c->child, NULL, (int32_t)c->child_rows);
    if (c->encoding == BRASA_DICT || c->type.kind != BRASA_KIND_STRUCT) return rows_bound(c, rows, n);

    size_t bytes = (size_t)n;

    for (int32_t f = 0; f < c->type.nfields; f++) {
        brasa_column kid;

        brasa__column_slice(&c->child[f], (int32_t)c->child_rows, &kid);
        bytes += column_bound(&kid, rows, n);
    }
    return bytes;
}

size_t brasa__batch_encoded_bound(const brasa_batch *in)
{
    size_t  bytes = sizeof(wire_head) + 2 * WIRE_ALIGN;
    int32_t n = in->sel != NULL ? in->nsel : in->rows;

    for (int32_t i = 0; i < in->ncols; i++) bytes += heads_bound(&in->cols[i]) + column_bound(&in->cols[i], in->sel, n);
    return bytes;
}

/* ---- writing ---- */

typedef struct {
    brasa_wire  *wire;
    size_t       start; /* of the encoding in the wire: alignment counts from here */
    size_t       align;
    brasa_arena *scratch; /* row numbers of nested columns; NULL until needed */
} encoder;

/* Rows [0, n) of `rows`, or [from, from + n) when that is NULL. */
typedef struct {
    const int32_t *rows;
    int32_t        from;
    int32_t        n;
} picks;

static void reserve(brasa_wire *w, size_t bytes)
{
    if (bytes <= w->cap - w->len) return;

    size_t   cap = w->len + bytes > 2 * w->cap ? w->len + bytes : 2 * w->cap;
    uint8_t *data = brasa__arena_alloc64(w->arena, cap);

    if (w->len > 0) memcpy(data, w->data, w->len);
    w->data = data;
    w->cap = cap;
}

/* Room for `bytes` at the next aligned place; zeroes what is skipped. */
static size_t section(encoder *e, size_t bytes, size_t align)
{
    size_t at = e->start + wire_pad(e->wire->len - e->start, align);

    reserve(e->wire, at - e->wire->len + bytes);
    memset(e->wire->data + e->wire->len, 0, at - e->wire->len);
    e->wire->len = at + bytes;
    return at;
}

static int32_t *scratch_rows(encoder *e, int64_t n)
{
    if (e->scratch == NULL) e->scratch = brasa__arena_new(e->wire->arena, "encode");
    return BRASA_NEWS(e->scratch, int32_t, n);
}

static bool gather(const brasa_column *c, picks p, void *values, uint64_t *valid)
{
    return p.rows != NULL ? brasa__gather_values(c, p.rows, p.n, values, valid, 0) : brasa__copy_values(c, p.from, p.n, values, valid, 0);
}

/* Values and validity of the picked rows; returns where the values are. */
static size_t write_values(encoder *e, const brasa_column *c, picks p, size_t head)
{
    size_t at = section(e, (size_t)p.n * brasa__type_width(c->type), e->align);
    size_t end = e->wire->len;

    if (!brasa__gather_may_null(c, p.rows, p.n)) {
        gather(c, p, e->wire->data + at, NULL);
        return at;
    }

    size_t bytes = brasa__bit_words(p.n) * 8;
    size_t bits = section(e, bytes, e->align);

    memset(e->wire->data + bits, 0, bytes);
    if (gather(c, p, e->wire->data + at, (uint64_t *)(void *)(e->wire->data + bits))) {
        ((column_head *)(void *)(e->wire->data + head))->has_nulls = 1;
    } else {
        e->wire->len = end; /* no null among these rows */
    }
    return at;
}

static bool is_null(const encoder *e, size_t head, size_t values, size_t width, int32_t n, int32_t i)
{
    if (!((const column_head *)(const void *)(e->wire->data + head))->has_nulls) return false;

    size_t bits = e->start + wire_pad(values + (size_t)n * width - e->start, e->align);

    return !brasa__bit_get((const uint64_t *)(const void *)(e->wire->data + bits), i);
}

static void write_strings(encoder *e, size_t head, size_t values, int32_t n)
{
    brasa_string *v = (brasa_string *)(void *)(e->wire->data + values);
    size_t        heap = 0, offset = 0;

    if (((column_head *)(void *)(e->wire->data + head))->has_nulls) {
        for (int32_t i = 0; i < n; i++) {
            if (is_null(e, head, values, sizeof *v, n, i)) v[i] = (brasa_string) {0};
        }
    }
    for (int32_t i = 0; i < n; i++) heap += v[i].len > 12 ? v[i].len : 0;
    ((column_head *)(void *)(e->wire->data + head))->heap = heap;
    if (heap == 0) return;

    size_t at = section(e, heap, 8);
    char  *p = (char *)e->wire->data + at;

    v = (brasa_string *)(void *)(e->wire->data + values); /* the wire may have moved */
    for (int32_t i = 0; i < n; i++) {
        uint32_t len = v[i].len;

        if (len <= 12) continue;
        brasa__string_copy(p + offset, v[i].u.ref.data, len);
        v[i].u.ref.data = (const char *)(uintptr_t)offset;
        offset += len;
    }
}

static void encode_column(encoder *e, const brasa_column *c, picks p, bool flat);

static void write_list(encoder *e, const brasa_column *c, size_t head, size_t values, int32_t n)
{
    const brasa_column *list = c->encoding == BRASA_DICT ? c->child : c;
    brasa_span         *v = (brasa_span *)(void *)(e->wire->data + values);
    picks               p = {.from = -1};
    int64_t             total = 0;
    bool                run = true;

    for (int32_t i = 0; i < n; i++) {
        if (is_null(e, head, values, sizeof *v, n, i)) v[i] = (brasa_span) {0};
        if (v[i].len == 0) continue;
        if (p.from < 0) p.from = v[i].offset;
        run &= v[i].offset == p.from + total;
        total += v[i].len;
    }
    assert(total <= INT32_MAX);
    if (p.from < 0) p.from = 0;
    p.n = (int32_t)total;

    int32_t *elements = run ? NULL : scratch_rows(e, total);

    for (int32_t i = 0, at = 0; i < n; i++) {
        for (int32_t k = 0; elements != NULL && k < v[i].len; k++) elements[at + k] = v[i].offset + k;
        v[i].offset = at;
        at += v[i].len;
    }
    ((column_head *)(void *)(e->wire->data + head))->child_rows = total;
    p.rows = elements;
    encode_column(e, list->child, p, true);
}

static void write_struct(encoder *e, const brasa_column *c, picks p, bool flat)
{
    const brasa_column *s = c->encoding == BRASA_DICT ? c->child : c;

    if (c->encoding != BRASA_FLAT) {
        int32_t *mapped = scratch_rows(e, p.n);

        for (int32_t i = 0; i < p.n; i++) {
            mapped[i] = c->encoding == BRASA_CONST || c->child_rows == 0 ? 0 : c->codes[p.rows != NULL ? p.rows[i] : p.from + i];
        }
        p.rows = mapped;
        flat = true;
    }
    for (int32_t f = 0; f < c->type.nfields; f++) {
        brasa_column kid;

        brasa__column_slice(&s->child[f], (int32_t)s->child_rows, &kid);
        encode_column(e, &kid, p, flat);
    }
}

static size_t write_head(encoder *e, brasa_encoding encoding)
{
    size_t       at = section(e, sizeof(column_head), 8);
    column_head *h = (column_head *)(void *)(e->wire->data + at);

    *h = (column_head) {.encoding = (uint8_t)encoding};
    return at;
}

static void encode_dictionary(encoder *e, const brasa_column *c, picks p)
{
    brasa_column codes = {.type.kind = BRASA_KIND_INT32, .encoding = BRASA_FLAT, .values = c->codes, .valid = c->valid};
    size_t       head = write_head(e, BRASA_DICT);

    write_values(e, &codes, p, head);
    ((column_head *)(void *)(e->wire->data + head))->child_rows = c->child_rows;
    encode_column(e, c->child, (picks) {.n = (int32_t)c->child_rows}, true);
}

/* `flat`: constants and dictionaries are written out (elements of lists). */
static void encode_column(encoder *e, const brasa_column *c, picks p, bool flat)
{
    brasa_column one;

    if (!flat && keeps_dictionary(c, p.n)) {
        encode_dictionary(e, c, p);
        return;
    }

    bool   constant = !flat && c->encoding == BRASA_CONST;
    size_t head = write_head(e, constant ? BRASA_CONST : BRASA_FLAT);

    if (constant) {
        one = *c;
        one.encoding = BRASA_FLAT;
        c = &one;
        p = (picks) {.n = 1};
        flat = true;
    }

    size_t     values = write_values(e, c, p, head);
    brasa_phys phys = brasa__type_phys(c->type);

    if (phys == BRASA_PHYS_STRING) write_strings(e, head, values, p.n);
    if (phys == BRASA_PHYS_SPAN) write_list(e, c, head, values, p.n);
    if (phys == BRASA_PHYS_STRUCT) write_struct(e, c, p, flat);
}

static void encode_batch(const brasa_batch *in, brasa_wire *out, bool bare)
{
    picks     p = {.rows = in->sel, .n = in->sel != NULL ? in->nsel : in->rows};
    encoder   e = {.wire = out, .start = out->len, .align = wire_align(p.n)};
    wire_head head = {.magic = bare ? WIRE_MAGIC_BARE : WIRE_MAGIC, .rows = p.n, .ncols = in->ncols};
    size_t    at;

    assert(out->len % 8 == 0);
    at = section(&e, sizeof head, 1);

    for (int32_t i = 0; i < in->ncols; i++) {
        head.fingerprint = wire_type_hash(head.fingerprint, in->cols[i].type);
        encode_column(&e, &in->cols[i], p, false);
    }
    brasa__arena_free(e.scratch);

    size_t   end = e.start + wire_pad(out->len - e.start + sizeof(uint64_t), WIRE_ALIGN);
    size_t   body = end - sizeof(uint64_t) - e.start;
    size_t   tail = end - out->len;
    uint64_t sum;

    reserve(out, tail);
    memset(out->data + out->len, 0, tail);
    out->len = end;
    head.bytes = end - e.start;
    memcpy(out->data + at, &head, sizeof head);
    if (bare) return; /* the tail is zero */
    sum = brasa__hash_bytes(out->data + e.start, body);
    memcpy(out->data + e.start + body, &sum, sizeof sum);
}

void brasa__batch_encode(const brasa_batch *in, brasa_wire *out)
{
    encode_batch(in, out, false);
}

void brasa__batch_encode_bare(const brasa_batch *in, brasa_wire *out)
{
    encode_batch(in, out, true);
}
