/* h5decode.c -- chunks to columns: pread, hash, decode, and as little copying as the layout allows.
 *
 * A plain chunk of fixed-width values is the column: it is read into a buffer that the block then owns.  What spans chunks is
 * copied together.  Every byte that is used was compared with its hash before; offsets and codes are checked as well, because a hash does not
 * prove that the writer was right.
 */
#include "storage/h5decode.h"

#include <string.h>

#include "base/hash.h"
#include "base/io.h"
#include "data/string.h"
#include "data/type.h"
#include "kernel/clones.h"

/* --- what is held */
static void keep(brasa_h5_reader *r, brasa_buf *b)
{
    r->kept[r->nkept++] = b; /* room was made by keep_room, before `b` was got */
}

static void keep_room(brasa_h5_reader *r)
{
    r->kept = brasa__arena_grow(r->list, r->kept, &r->kept_cap, r->nkept + 1, sizeof *r->kept);
}

void *brasa__h5_reader_room(brasa_h5_reader *r, size_t bytes)
{
    keep_room(r);
    keep(r, brasa__buf_new(bytes == 0 ? 1 : bytes));
    return r->kept[r->nkept - 1]->data;
}

void brasa__h5_reader_hand_over(brasa_h5_reader *r)
{
    r->nkept = 0;
}

void brasa__h5_reader_leave(brasa_h5_reader *r)
{
    for (int i = 0; i < BRASA_H5_CACHED; i++) {
        brasa__buf_unref(r->cache[i].buf);
        r->cache[i].buf = NULL;
        r->cache[i].stream = NULL;
    }
    if (r->fd >= 0) brasa__io_close(r->fd, r->path, NULL);
    r->fd = -1;
}

void brasa__h5_reader_clear(brasa_h5_reader *r)
{
    for (int32_t i = 0; i < r->nkept; i++) brasa__buf_unref(r->kept[i]);
    r->nkept = 0;
    brasa__h5_reader_leave(r);
    brasa__buf_unref(r->scratch);
    brasa__buf_unref(r->stored);
    r->scratch = r->stored = NULL;
}

/* --- chunks */
static void want(brasa_buf **buf, size_t bytes)
{
    if (*buf != NULL && (*buf)->bytes >= bytes) return;
    brasa__buf_unref(*buf);
    *buf = NULL;
    *buf = brasa__buf_new(bytes);
}

static brasa_status damaged(const brasa_h5_reader *r, const brasa_h5_stream *s, int32_t k, const char *what, brasa_error *err)
{
    return brasa__fail(err, BRASA_CORRUPT, "%s: dataset %s, chunk %d at byte %lld %s; restore the file from a copy, or write it again",
                       r->path, s->path, (int)k, (long long)s->chunks[k].addr, what);
}

/* Read chunk k, decoded, into `to`, whose room is the larger of the bytes stored and decoded. */
static brasa_status load_into(brasa_h5_reader *r, const brasa_h5_stream *s, size_t shuffle, int32_t k, brasa_buf *to, brasa_error *err)
{
    const brasa_h5_chunk *c = &s->chunks[k];
    size_t                full = (size_t)s->item * (size_t)s->chunk_items;
    bool                  plain = s->codec == BRASA_H5_NONE;
    void                 *stored = to->data;

    if (plain && c->bytes != full + 4) return damaged(r, s, k, "has the wrong size", err);
    if (!plain) {
        want(&r->stored, c->bytes);
        want(&r->scratch, full);
        stored = r->stored->data;
    }
    BRASA_TRY(brasa__io_pread(r->fd, stored, c->bytes, (int64_t)c->addr, r->path, err));
    r->bytes_read += c->bytes;
    r->chunks_read++;
    if (brasa__hash_bytes(stored, c->bytes) != c->hash) return damaged(r, s, k, "does not match its checksum", err);
    if (!plain && !brasa__h5_decode(s->codec, shuffle, stored, c->bytes, r->scratch->data, to->data, full))
        return damaged(r, s, k, "does not decode", err);
    return BRASA_OK;
}

static size_t chunk_room(const brasa_h5_stream *s, int32_t k)
{
    size_t full = (size_t)s->item * (size_t)s->chunk_items;

    return s->codec == BRASA_H5_NONE && s->chunks[k].bytes > full ? s->chunks[k].bytes : full;
}

/* Chunk k, kept for the block that is being made; from the cache when its rest was used before. */
static brasa_status kept_chunk(brasa_h5_reader *r, const brasa_h5_stream *s, size_t shuffle, int32_t k, bool whole, brasa_buf **out,
                               brasa_error *err)
{
    size_t slot = (size_t)(brasa__hash_u64((uint64_t)(uintptr_t)s) % BRASA_H5_CACHED);

    keep_room(r);
    if (r->cache[slot].stream == s && r->cache[slot].chunk == k) {
        *out = brasa__buf_ref(r->cache[slot].buf);
        keep(r, *out);
        return BRASA_OK;
    }
    *out = brasa__buf_new(chunk_room(s, k));
    keep(r, *out);
    BRASA_TRY(load_into(r, s, shuffle, k, *out, err));
    if (whole) return BRASA_OK;
    brasa__buf_unref(r->cache[slot].buf);
    r->cache[slot].stream = s;
    r->cache[slot].chunk = k;
    r->cache[slot].buf = brasa__buf_ref(*out);
    return BRASA_OK;
}

/* Items [from, from + n) of a stream, one after the other in memory. */
static brasa_status items(brasa_h5_reader *r, const brasa_h5_stream *s, size_t shuffle, int64_t from, int64_t n, const void **out,
                          brasa_error *err)
{
    size_t     item = (size_t)s->item;
    int64_t    per = s->chunk_items;
    brasa_buf *chunk;
    char      *to;

    *out = NULL;
    if (n == 0) {
        *out = brasa__h5_reader_room(r, 64);
        memset((char *)r->kept[r->nkept - 1]->data, 0, 1);
        return BRASA_OK;
    }
    if (from < 0 || from + n > s->items)
        return brasa__fail(err, BRASA_CORRUPT, "%s: dataset %s is shorter than the table needs", r->path, s->path);
    if (from / per == (from + n - 1) / per) {
        BRASA_TRY(kept_chunk(r, s, shuffle, (int32_t)(from / per), (from + n) % per == 0 || from + n == s->items, &chunk, err));
        *out = (const char *)chunk->data + (size_t)(from % per) * item;
        return BRASA_OK;
    }
    to = brasa__h5_reader_room(r, (size_t)n * item);
    *out = to;
    while (n > 0) {
        int64_t at = from % per, step = per - at < n ? per - at : n;
        BRASA_TRY(kept_chunk(r, s, shuffle, (int32_t)(from / per), at + step == per, &chunk, err));
        memcpy(to, (const char *)chunk->data + (size_t)at * item, (size_t)step * item);
        brasa__buf_unref(r->kept[--r->nkept]); /* copied: the block does not need it */
        to += (size_t)step * item;
        from += step;
        n -= step;
    }
    return BRASA_OK;
}

/* --- masks, codes, views */
BRASA_CLONES static uint64_t pack64(const uint8_t *bytes)
{
    uint64_t w = 0;

    for (int i = 0; i < 64; i++) w |= (uint64_t)(bytes[i] & 1) << i;
    return w;
}

static brasa_status read_valid(brasa_h5_reader *r, const brasa_h5_node *node, int64_t from, int32_t n, brasa_column *out, brasa_error *err)
{
    const void    *p;
    const uint8_t *bytes;
    uint64_t      *bits;
    uint8_t        tail[64] = {0};

    if (node->valid.path == NULL) return BRASA_OK;
    BRASA_TRY(items(r, &node->valid, 1, from, n, &p, err));
    bytes = p;
    bits = brasa__h5_reader_room(r, brasa__bit_words(n) * 8);
    for (int32_t i = 0; i + 64 <= n; i += 64) bits[i / 64] = pack64(bytes + i);
    if (n % 64 != 0) {
        memcpy(tail, bytes + n / 64 * 64, (size_t)(n % 64));
        bits[n / 64] = pack64(tail);
    }
    out->valid = bits;
    return BRASA_OK;
}

BRASA_CLONES static uint32_t widen_codes(const uint16_t *restrict in, int32_t n, int32_t *restrict out)
{
    uint32_t most = 0;

    for (int32_t i = 0; i < n; i++) {
        uint32_t v = in[i];
        out[i] = (int32_t)v;
        most = v > most ? v : most;
    }
    return most;
}

static brasa_status read_codes(brasa_h5_reader *r, const brasa_h5_node *node, int64_t from, int32_t n, brasa_buf *dict, brasa_column *out,
                               brasa_error *err)
{
    const brasa_h5_dictionary *d = dict->data;
    const void                *codes;
    int32_t                   *wide;

    BRASA_TRY(items(r, &node->codes, 2, from, n, &codes, err));
    wide = brasa__h5_reader_room(r, sizeof(int32_t) * (size_t)n);
    if (n > 0 && widen_codes(codes, n, wide) >= (uint32_t)d->count)
        return brasa__fail(err, BRASA_CORRUPT, "%s: dataset %s has a code without a string; write the table again", r->path,
                           node->codes.path);
    keep_room(r);
    keep(r, brasa__buf_ref(dict));
    out->encoding = BRASA_DICT;
    out->codes = wide;
    out->child = &d->column;
    out->child_rows = d->count;
    return BRASA_OK;
}

/* Bytes up to the last that is not 0. */
static inline size_t text_len(const char *p, size_t width)
{
    while (width >= 8) {
        uint64_t w;
        memcpy(&w, p + width - 8, 8);
        if (w != 0) return width - (size_t)(__builtin_clzll(w) / 8);
        width -= 8;
    }
    while (width > 0 && p[width - 1] == '\0') width--;
    return width;
}

static void fixed_views(const char *p, size_t width, int32_t n, brasa_string *out)
{
    for (int32_t i = 0; i < n; i++, p += width) out[i] = brasa__string(p, text_len(p, width));
}

static brasa_status read_fixed(brasa_h5_reader *r, const brasa_h5_node *node, int64_t from, int32_t n, brasa_column *out, brasa_error *err)
{
    const void   *p;
    brasa_string *views = brasa__h5_reader_room(r, sizeof *views * (size_t)n);

    out->values = views;
    BRASA_TRY(items(r, &node->values, (size_t)node->values.item, from, n, &p, err));
    if (n > 0) fixed_views(p, (size_t)node->values.item, n, views);
    return BRASA_OK;
}

/* offsets[0..n] never fall and stay within [0, most]. */
static bool offsets_make_sense(const int64_t *offsets, int32_t n, int64_t most)
{
    bool ok = offsets[0] >= 0 && offsets[n] <= most;

    for (int32_t i = 0; i < n; i++) ok &= offsets[i] <= offsets[i + 1] && offsets[i + 1] - offsets[i] <= INT32_MAX;
    return ok;
}

static brasa_status read_offsets(brasa_h5_reader *r, const brasa_h5_node *node, int64_t from, int32_t n, int64_t most, const int64_t **out,
                                 brasa_error *err)
{
    const void *p;

    BRASA_TRY(items(r, &node->offsets, 8, from, (int64_t)n + 1, &p, err));
    *out = p;
    if (!offsets_make_sense(*out, n, most))
        return brasa__fail(err, BRASA_CORRUPT, "%s: dataset %s has offsets that make no sense; write the table again", r->path,
                           node->offsets.path);
    return BRASA_OK;
}

static brasa_status read_long(brasa_h5_reader *r, const brasa_h5_node *node, int64_t from, int32_t n, brasa_column *out, brasa_error *err)
{
    const int64_t *offsets;
    const void    *bytes;
    brasa_string  *views = brasa__h5_reader_room(r, sizeof *views * (size_t)n);

    out->values = views;
    BRASA_TRY(read_offsets(r, node, from, n, node->values.items, &offsets, err));
    BRASA_TRY(items(r, &node->values, 1, offsets[0], offsets[n] - offsets[0], &bytes, err));
    for (int32_t i = 0; i < n; i++)
        views[i] = brasa__string((const char *)bytes + (offsets[i] - offsets[0]), (size_t)(offsets[i + 1] - offsets[i]));
    return BRASA_OK;
}

static brasa_status read_list(brasa_h5_reader *r, const brasa_h5_node *node, int64_t from, int32_t n, brasa_column *out, brasa_error *err)
{
    const int64_t *offsets;
    brasa_span    *spans = brasa__h5_reader_room(r, sizeof *spans * (size_t)n);
    brasa_column  *child = BRASA_NEW(r->arena, brasa_column);
    int64_t        count;

    out->values = spans;
    out->child = child;
    BRASA_TRY(read_offsets(r, node, from, n, node->children[0].rows, &offsets, err));
    count = offsets[n] - offsets[0];
    if (count > INT32_MAX)
        return brasa__fail(err, BRASA_UNSUPPORTED,
                           "%s: the lists of %d rows have %lld elements together; write the table with fewer rows per chunk", r->path,
                           (int)n, (long long)count);
    for (int32_t i = 0; i < n; i++)
        spans[i] = (brasa_span) {.offset = (int32_t)(offsets[i] - offsets[0]), .len = (int32_t)(offsets[i + 1] - offsets[i])};
    out->child_rows = count;
    return brasa__h5_read_column(r, &node->children[0], offsets[0], (int32_t)count, NULL, child, err);
}

static brasa_status read_struct(brasa_h5_reader *r, const brasa_h5_node *node, int64_t from, int32_t n, brasa_column *out, brasa_error *err)
{
    brasa_column *children = BRASA_NEWS(r->arena, brasa_column, node->nchildren + 1);

    out->child = children;
    for (int32_t i = 0; i < node->nchildren; i++) BRASA_TRY(brasa__h5_read_column(r, &node->children[i], from, n, NULL, &children[i], err));
    return BRASA_OK;
}

static brasa_status read_flat(brasa_h5_reader *r, const brasa_h5_node *node, int64_t from, int32_t n, brasa_column *out, brasa_error *err)
{
    size_t shuffle = node->type.kind == BRASA_KIND_VECTOR ? 4 : (size_t)node->values.item;

    return items(r, &node->values, shuffle, from, n, &out->values, err);
}

brasa_status brasa__h5_read_column(brasa_h5_reader *r, const brasa_h5_node *node, int64_t from, int32_t n, brasa_buf *dict,
                                   brasa_column *out, brasa_error *err)
{
    memset(out, 0, sizeof *out);
    out->type = node->type;
    out->encoding = BRASA_FLAT;
    if (n == 0) {
        from = 0;
        if (node->rows == 0) { /* no dataset need be there */
            out->values = brasa__h5_reader_room(r, 64);
            if (node->nchildren == 0) return BRASA_OK;
        }
    }
    if (n > 0) BRASA_TRY(read_valid(r, node, from, n, out, err));
    if (dict != NULL && node->codes.path != NULL) return read_codes(r, node, from, n, dict, out, err);
    switch (node->layout) {
    case BRASA_H5_FLAT: return read_flat(r, node, from, n, out, err);
    case BRASA_H5_FIXED: return read_fixed(r, node, from, n, out, err);
    case BRASA_H5_LONG: return read_long(r, node, from, n, out, err);
    case BRASA_H5_LIST: return read_list(r, node, from, n, out, err);
    case BRASA_H5_STRUCT: return read_struct(r, node, from, n, out, err);
    }
    return BRASA_OK;
}

static size_t padded(size_t n)
{
    return (n + 63) / 64 * 64;
}

/* Views and bytes of the dictionary move into one buffer, so that blocks can hold it by one reference. */
static void pack_dictionary(const brasa_column *c, int32_t n, brasa_buf *buf)
{
    const brasa_string  *v = c->values;
    brasa_h5_dictionary *d = buf->data;
    brasa_string        *views = (brasa_string *)(void *)((char *)buf->data + padded(sizeof *d));
    char                *bytes = (char *)(views + n);

    memset(d, 0, sizeof *d);
    d->column.type = c->type;
    d->column.encoding = BRASA_FLAT;
    d->column.values = views;
    d->count = n;
    for (int32_t i = 0; i < n; i++) {
        if (v[i].len > 12) {
            memcpy(bytes, v[i].u.ref.data, v[i].len);
            views[i] = brasa__string(bytes, v[i].len);
            bytes += v[i].len;
        } else {
            views[i] = v[i];
        }
    }
}

brasa_status brasa__h5_read_dictionary(brasa_h5_reader *r, const brasa_h5_node *node, brasa_buf **out, brasa_error *err)
{
    brasa_column        c;
    const brasa_string *v;
    size_t              bytes = 0;
    int32_t             mark = r->nkept, n = (int32_t)node->dict->rows;

    if (node->dict->rows > BRASA_H5_SKETCH * 256 || node->dict->valid.path != NULL || node->dict->type.kind != node->type.kind ||
        (node->dict->layout != BRASA_H5_FIXED && node->dict->layout != BRASA_H5_LONG))
        return brasa__fail(err, BRASA_CORRUPT, "%s: the dictionary of %s makes no sense; write the table again", r->path, node->codes.path);
    BRASA_TRY(brasa__h5_read_column(r, node->dict, 0, n, NULL, &c, err));
    v = c.values;
    for (int32_t i = 0; i < n; i++) bytes += v[i].len > 12 ? v[i].len : 0;
    *out = brasa__buf_new(padded(sizeof(brasa_h5_dictionary)) + sizeof(brasa_string) * (size_t)n + bytes);
    pack_dictionary(&c, n, *out);
    while (r->nkept > mark) brasa__buf_unref(r->kept[--r->nkept]);
    return BRASA_OK;
}
