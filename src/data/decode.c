/* decode.c -- a block out of the bytes of an encoded batch, in place.
 *
 * Nothing is taken on trust: every section is checked against what is left, every code, span and string offset against what it points
 * into, so that damaged bytes give CORRUPT and never a bad read.
 */
#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "data/past_cache.h"
#include "data/block.h"
#include "data/wire_form.h"

typedef struct {
    brasa_buf     *buf;
    uint8_t       *data;
    const uint8_t *from; /* where the bytes are, if not at data yet */
    size_t         end;  /* of the columns: where the padding and the checksum begin */
    size_t         pos;
    size_t         align;
    brasa_schema   schema;
    int32_t        rows;
    brasa_arena   *arena; /* columns, until the block has its own */
    brasa_block  **out;
} decoder;

static brasa_status corrupt(const char *what, brasa_error *err)
{
    return brasa__fail(err, BRASA_CORRUPT, "a block of rows is damaged: %s; check the network and memory of the hosts", what);
}

/* Where the next n items of `width` bytes are to be, at the next aligned place; NULL when they are not all there. */
static void *place(decoder *d, size_t n, size_t width, size_t align)
{
    size_t at = wire_pad(d->pos, align);

    if (at > d->end || (width != 0 && n > (d->end - at) / width)) return NULL;
    d->pos = at + n * width;
    return d->data + at;
}

/* The same, and there they are. */
static void *section(decoder *d, size_t n, size_t width, size_t align)
{
    uint8_t *p = place(d, n, width, align);

    if (p != NULL && d->from != NULL) brasa__copy_past_cache(p, d->from + (p - d->data), n * width);
    return p;
}

/* A string as two words: put together on the stack from its members, it would be loaded whole before its parts are there. */
typedef struct string_words {
    uint64_t head, tail;
} __attribute__((may_alias)) string_words;

_Static_assert(sizeof(string_words) == sizeof(brasa_string) && offsetof(brasa_string, u.ref.data) == 8, "the tail is the pointer");

/* Long strings point to their bytes in the heap, where they held an offset; false: one lies outside. */
static bool point(const brasa_string *in, int32_t n, const char *heap, uint64_t bytes, brasa_string *out)
{
    const string_words *from = (const string_words *)(const void *)in;
    string_words       *to = (string_words *)(void *)out;
    bool                bad = false;

    for (int32_t i = 0; i < n; i++) {
        uint64_t len = in[i].len, offset = from[i].tail, head = from[i].head;
        bool     is_long = len > 12, outside = (offset > bytes) | (len > bytes - offset);

        bad |= is_long & outside;
        to[i].head = head;
        to[i].tail = is_long ? (uintptr_t)heap + (outside ? 0 : offset) : offset;
    }
    return !bad;
}

static brasa_status fix_strings(decoder *d, brasa_string *v, int32_t n, uint64_t heap, brasa_error *err)
{
    const brasa_string *in = v;
    const char         *p = heap == 0 ? (const char *)d->data : section(d, heap, 1, 8);
    bool                good = true;
    brasa_string        some[64];

    if (p == NULL) return corrupt("strings end too early", err);
    if (d->from == NULL) {
        good = point(in, n, p, heap, v);
    } else {
        in = (const brasa_string *)(const void *)(d->from + ((uint8_t *)v - d->data));
        for (int32_t i = 0; i < n && good; i += 64) {
            int32_t m = n - i < 64 ? n - i : 64;

            good = point(in + i, m, p, heap, some);
            brasa__copy_past_cache(v + i, some, sizeof *v * (size_t)m);
        }
    }
    return good ? BRASA_OK : corrupt("a string lies outside its heap", err);
}

static brasa_status check_spans(const brasa_span *v, int32_t n, int64_t rows, brasa_error *err)
{
    bool bad = false;

    for (int32_t i = 0; i < n; i++) bad |= v[i].offset < 0 || v[i].len < 0 || (int64_t)v[i].offset + v[i].len > rows;
    return bad ? corrupt("a list lies outside its elements", err) : BRASA_OK;
}

static brasa_status check_codes(const int32_t *v, int32_t n, int64_t rows, brasa_error *err)
{
    bool bad = false;

    for (int32_t i = 0; i < n; i++) bad |= (int64_t)(uint32_t)v[i] >= rows;
    return bad ? corrupt("a code lies outside its dictionary", err) : BRASA_OK;
}

static brasa_status decode_column(decoder *d, brasa_type t, int32_t rows, brasa_column *c, brasa_error *err);

/* The dictionary, the elements or the fields. */
static brasa_status decode_kids(decoder *d, const column_head *h, int32_t rows, brasa_column *c, brasa_error *err)
{
    bool          dict = c->encoding == BRASA_DICT;
    int32_t       n = dict ? 1 : c->type.nfields;
    int32_t       kid_rows = c->type.kind == BRASA_KIND_STRUCT && !dict ? rows : (int32_t)h->child_rows;
    brasa_column *kids = BRASA_NEWS(d->arena, brasa_column, n);

    for (int32_t i = 0; i < n; i++) {
        brasa_type t = dict ? c->type : c->type.fields[i].type;

        BRASA_TRY(decode_column(d, t, kid_rows, &kids[i], err));
        if (dict && (kids[i].encoding != BRASA_FLAT || kids[i].valid != NULL)) return corrupt("a dictionary has nulls", err);
    }
    c->child = kids;
    c->child_rows = dict || brasa__type_has_span(c->type) ? h->child_rows : 0;
    return BRASA_OK;
}

static brasa_status decode_values(decoder *d, const column_head *h, int32_t n, brasa_column *c, brasa_error *err)
{
    bool   dict = c->encoding == BRASA_DICT;
    size_t width = dict ? sizeof(int32_t) : brasa__type_width(c->type);
    bool   strings = !dict && brasa__type_phys(c->type) == BRASA_PHYS_STRING; /* copied as they are made to point to their bytes */
    void  *values = strings ? place(d, (size_t)n, width, d->align) : section(d, (size_t)n, width, d->align);

    if (values == NULL) return corrupt("values end too early", err);
    if (h->has_nulls) {
        c->valid = section(d, brasa__bit_words(n), 8, d->align);
        if (c->valid == NULL) return corrupt("validity ends too early", err);
    }
    if (dict) {
        c->codes = values;
        return check_codes(values, n, h->child_rows, err);
    }
    if (c->type.kind != BRASA_KIND_STRUCT) c->values = values;
    if (strings) return fix_strings(d, values, n, h->heap, err);
    if (brasa__type_has_span(c->type)) return check_spans(values, n, h->child_rows, err);
    return BRASA_OK;
}

static brasa_status decode_column(decoder *d, brasa_type t, int32_t rows, brasa_column *c, brasa_error *err)
{
    const column_head *h = section(d, 1, sizeof *h, 8);

    if (h == NULL) return corrupt("a column is missing", err);
    if (h->encoding > BRASA_DICT || h->has_nulls > 1 || h->child_rows < 0 || h->child_rows > INT32_MAX) {
        return corrupt("a column makes no sense", err);
    }
    *c = (brasa_column) {.type = t, .encoding = (brasa_encoding)h->encoding};

    int32_t n = c->encoding == BRASA_CONST ? 1 : rows;

    BRASA_TRY(decode_values(d, h, n, c, err));
    if (c->encoding == BRASA_DICT || brasa__type_has_span(t) || t.kind == BRASA_KIND_STRUCT) BRASA_TRY(decode_kids(d, h, n, c, err));
    return BRASA_OK;
}

static brasa_status check_frame(decoder *d, size_t len, bool near, brasa_error *err)
{
    const uint8_t *data = d->from != NULL ? d->from : d->data;
    wire_head      h;
    uint64_t       sum, fingerprint = 0;
    bool           bare;

    if (len < sizeof h + sizeof sum) return corrupt("it is too short", err);
    memcpy(&h, data, sizeof h);
    bare = near && h.magic == WIRE_MAGIC_BARE;
    if ((h.magic != WIRE_MAGIC && !bare) || h.bytes > len || h.bytes < sizeof h + sizeof sum || h.bytes % 8 != 0)
        return corrupt("it has no header", err);
    d->end = h.bytes - sizeof sum;
    memcpy(&sum, data + d->end, sizeof sum);
    if (sum != (bare ? 0 : brasa__hash_bytes(data, d->end))) return corrupt("its checksum is wrong", err);
    for (int32_t i = 0; i < d->schema.ncols; i++) fingerprint = wire_type_hash(fingerprint, d->schema.cols[i].type);
    if (h.ncols != d->schema.ncols || h.fingerprint != fingerprint || h.rows < 0) return corrupt("it is of another schema", err);
    d->rows = h.rows;
    d->pos = sizeof h;
    d->align = wire_align(h.rows);
    return BRASA_OK;
}

static brasa_status decode(void *arg, brasa_error *err)
{
    decoder      *d = arg;
    brasa_column *cols;

    d->arena = brasa__arena_new(NULL, "decode");
    cols = BRASA_NEWS(d->arena, brasa_column, d->schema.ncols);
    for (int32_t i = 0; i < d->schema.ncols; i++) BRASA_TRY(decode_column(d, d->schema.cols[i].type, d->rows, &cols[i], err));
    *d->out = brasa__block_make(cols, d->schema.ncols, d->rows, &d->buf, 1, NULL);
    return BRASA_OK;
}

size_t brasa__encoded_bytes(const uint8_t *data, size_t len)
{
    wire_head h;

    if (len < sizeof h) return 0;
    memcpy(&h, data, sizeof h);
    return (h.magic == WIRE_MAGIC || h.magic == WIRE_MAGIC_BARE) && h.bytes <= len && h.bytes >= sizeof h ? (size_t)h.bytes : 0;
}

static brasa_status decode_block(brasa_buf *buf, uint8_t *data, const uint8_t *from, size_t len, bool near, brasa_schema schema,
                                 brasa_block **out, brasa_error *err)
{
    decoder      d = {.data = data, .from = from, .schema = schema, .out = out};
    brasa_error  local;
    brasa_status status;

    *out = NULL;
    BRASA_TRY(check_frame(&d, len, near, err));
    if ((uintptr_t)data % WIRE_ALIGN != 0 && from == NULL) { /* 128-bit values would fault */
        d.buf = brasa__buf_new(d.end);
        d.data = memcpy(d.buf->data, data, d.end);
    } else {
        d.buf = brasa__buf_ref(buf);
    }
    brasa__error_clear(&local);
    status = brasa__guarded(decode, &d, &local);
    if (from != NULL) brasa__copied_past_cache();
    brasa__arena_free(d.arena);
    if (status != BRASA_OK) {
        brasa__buf_unref(d.buf);
        if (err != NULL) *err = local;
        return status;
    }
    (*out)->bytes = d.end;
    return BRASA_OK;
}

brasa_status brasa__block_decode(brasa_buf *buf, uint8_t *data, size_t len, brasa_schema schema, brasa_block **out, brasa_error *err)
{
    return decode_block(buf, data, NULL, len, false, schema, out, err);
}

brasa_status brasa__block_decode_near(brasa_buf *buf, uint8_t *data, size_t len, brasa_schema schema, brasa_block **out, brasa_error *err)
{
    return decode_block(buf, data, NULL, len, true, schema, out, err);
}

brasa_status brasa__block_decode_from(brasa_buf *buf, uint8_t *data, const uint8_t *from, size_t len, brasa_schema schema,
                                      brasa_block **out, brasa_error *err)
{
    return decode_block(buf, data, from, len, true, schema, out, err);
}
