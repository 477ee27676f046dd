/* h5index.c -- the bytes of an index: little-endian, hashed as a whole, checked for sense when read. */
#include "storage/h5index.h"

#include <string.h>

#include "base/hash.h"
#include "data/type.h"

enum { VERSION = 1, MAX_DEPTH = 64 };
static const char magic[8] = "BRASAIX1";

static void put_stream(brasa_wire *w, const brasa_h5_stream *s)
{
    brasa__put_str(w, s->path);
    if (s->path == NULL) return;
    brasa__put_i32(w, s->item);
    brasa__put_i32(w, s->chunk_items);
    brasa__put_i64(w, s->items);
    brasa__put_u8(w, (uint8_t)s->codec);
    brasa__put_i32(w, s->nchunks);
    for (int32_t i = 0; i < s->nchunks; i++) {
        brasa__put_u64(w, s->chunks[i].addr);
        brasa__put_u64(w, s->chunks[i].hash);
        brasa__put_i32(w, (int32_t)s->chunks[i].bytes);
    }
}

static void put_node(brasa_wire *w, const brasa_h5_node *n)
{
    brasa__put_u8(w, (uint8_t)n->layout);
    brasa__put_type(w, n->type);
    brasa__put_i64(w, n->rows);
    brasa__put_i64(w, n->payload);
    put_stream(w, &n->values);
    put_stream(w, &n->offsets);
    put_stream(w, &n->valid);
    put_stream(w, &n->codes);
    if (n->codes.path != NULL) put_node(w, n->dict);
    brasa__put_i32(w, n->nchildren);
    for (int32_t i = 0; i < n->nchildren; i++) put_node(w, &n->children[i]);
    brasa__put_i32(w, n->nbounds);
    for (int32_t i = 0; i < n->nbounds; i++) {
        brasa__put_i32(w, n->bounds[i].nulls);
        brasa__put_bool(w, n->bounds[i].has_range);
        if (!n->bounds[i].has_range) continue;
        brasa__put_bytes(w, &n->bounds[i].min, sizeof(brasa_h5_cell));
        brasa__put_bytes(w, &n->bounds[i].max, sizeof(brasa_h5_cell));
    }
    brasa__put_bool(w, n->sketch != NULL);
    if (n->sketch != NULL) brasa__put_bytes(w, n->sketch, BRASA_H5_SKETCH);
}

static void put_index(brasa_wire *w, const brasa_h5_index *x)
{
    brasa__put_schema(w, x->schema);
    brasa__put_i64(w, x->rows);
    brasa__put_i32(w, x->chunk_rows);
    for (int32_t c = 0; c < x->schema.ncols; c++) put_node(w, &x->cols[c]);
}

void brasa__h5_index_put(brasa_wire *w, uint64_t self, const brasa_h5_part *parts, int32_t nparts)
{
    size_t from = w->len;

    brasa__put_bytes(w, magic, sizeof magic);
    brasa__put_i32(w, VERSION);
    brasa__put_u64(w, self);
    brasa__put_i32(w, nparts);
    for (int32_t p = 0; p < nparts; p++) {
        brasa__put_str(w, parts[p].file);
        brasa__put_i64(w, parts[p].bytes);
        put_index(w, parts[p].index);
    }
    brasa__put_u64(w, brasa__hash_bytes(w->data + from, w->len - from));
}

/* A stream of `rows` rows must have as many chunks as its items need, and no item or chunk of an absurd size. */
static bool stream_makes_sense(const brasa_h5_stream *s)
{
    int64_t need;

    if (s->path == NULL) return true;
    if (s->item < 1 || s->chunk_items < 1 || s->items < 0 || s->codec >= BRASA_H5_CODECS) return false;
    if ((int64_t)s->item * s->chunk_items > INT32_MAX) return false;
    need = s->items / s->chunk_items + (s->items % s->chunk_items != 0);
    return s->nchunks == need;
}

static void get_stream(brasa_reader *r, brasa_arena *arena, brasa_h5_stream *s)
{
    s->path = brasa__get_str(r, arena);
    if (s->path == NULL) return;
    s->item = brasa__get_i32(r);
    s->chunk_items = brasa__get_i32(r);
    s->items = brasa__get_i64(r);
    s->codec = (brasa_h5_codec)brasa__get_u8(r);
    s->nchunks = brasa__get_count(r, 20);
    s->chunks = BRASA_NEWS(arena, brasa_h5_chunk, s->nchunks + 1);
    for (int32_t i = 0; i < s->nchunks; i++) {
        s->chunks[i].addr = brasa__get_u64(r);
        s->chunks[i].hash = brasa__get_u64(r);
        s->chunks[i].bytes = (uint32_t)brasa__get_i32(r);
        if (s->chunks[i].bytes > INT32_MAX || s->chunks[i].addr > INT64_MAX) r->bad = true;
    }
    if (!stream_makes_sense(s)) r->bad = true;
}

static int32_t width_of(const brasa_h5_node *n)
{
    return (int32_t)brasa__type_width(n->type);
}

static bool is_text(brasa_type t)
{
    return t.kind == BRASA_KIND_STRING || t.kind == BRASA_KIND_BINARY;
}

/* A node's streams are those of its layout, and as long as it has rows. */
static bool node_makes_sense(const brasa_h5_node *n)
{
    bool    empty = n->rows == 0;
    int64_t rows = n->rows;

    if (n->rows < 0) return false;
    if (!empty && n->valid.path != NULL && (n->valid.items != rows || n->valid.item != 1)) return false;
    if (n->codes.path != NULL && (n->codes.items != rows || n->codes.item != 2 || n->dict->rows < 1 || !is_text(n->type))) return false;
    switch (n->layout) {
    case BRASA_H5_FLAT:
        if (is_text(n->type) || brasa__type_has_span(n->type) || n->type.kind == BRASA_KIND_STRUCT || n->nchildren != 0) return false;
        return empty || (n->values.path != NULL && n->values.items == rows && n->values.item == width_of(n));
    case BRASA_H5_FIXED: return is_text(n->type) && n->nchildren == 0 && (empty || (n->values.path != NULL && n->values.items == rows));
    case BRASA_H5_LONG:
        return is_text(n->type) && n->nchildren == 0 &&
               (empty || (n->offsets.path != NULL && n->offsets.items == rows + 1 && n->offsets.item == 8 && n->values.item <= 1));
    case BRASA_H5_LIST:
        return brasa__type_has_span(n->type) && n->nchildren == 1 &&
               (empty || (n->offsets.path != NULL && n->offsets.items == rows + 1 && n->offsets.item == 8));
    case BRASA_H5_STRUCT: return n->type.kind == BRASA_KIND_STRUCT && n->nchildren == n->type.nfields;
    }
    return false;
}

static void get_bounds(brasa_reader *r, brasa_arena *arena, brasa_h5_node *n)
{
    n->nbounds = brasa__get_count(r, 5);
    n->bounds = BRASA_NEWS(arena, brasa_h5_bounds, n->nbounds + 1);
    for (int32_t i = 0; i < n->nbounds; i++) {
        const void *min, *max;
        n->bounds[i].nulls = brasa__get_i32(r);
        n->bounds[i].has_range = brasa__get_bool(r);
        if (!n->bounds[i].has_range) continue;
        min = brasa__get_bytes(r, sizeof(brasa_h5_cell));
        max = brasa__get_bytes(r, sizeof(brasa_h5_cell));
        if (min == NULL || max == NULL) return;
        memcpy(&n->bounds[i].min, min, sizeof(brasa_h5_cell));
        memcpy(&n->bounds[i].max, max, sizeof(brasa_h5_cell));
    }
}

static void get_node(brasa_reader *r, brasa_arena *arena, brasa_h5_node *n, int depth)
{
    if (depth > MAX_DEPTH) {
        r->bad = true;
        return;
    }
    n->layout = (brasa_h5_layout)brasa__get_u8(r);
    n->type = brasa__get_type(r, arena);
    n->rows = brasa__get_i64(r);
    n->payload = brasa__get_i64(r);
    get_stream(r, arena, &n->values);
    get_stream(r, arena, &n->offsets);
    get_stream(r, arena, &n->valid);
    get_stream(r, arena, &n->codes);
    if (n->codes.path != NULL && !r->bad) {
        n->dict = BRASA_NEW(arena, brasa_h5_node);
        get_node(r, arena, n->dict, depth + 1);
    }
    n->nchildren = brasa__get_count(r, 20);
    n->children = BRASA_NEWS(arena, brasa_h5_node, n->nchildren + 1);
    for (int32_t i = 0; i < n->nchildren && !r->bad; i++) get_node(r, arena, &n->children[i], depth + 1);
    get_bounds(r, arena, n);
    if (brasa__get_bool(r)) {
        const void *sketch = brasa__get_bytes(r, BRASA_H5_SKETCH);
        if (sketch != NULL) n->sketch = brasa__arena_copy(arena, sketch, BRASA_H5_SKETCH);
    }
    if (!r->bad && !node_makes_sense(n)) r->bad = true;
}

static const brasa_h5_index *get_index(brasa_reader *r, brasa_arena *arena)
{
    brasa_h5_index *x = BRASA_NEW(arena, brasa_h5_index);

    x->schema = brasa__get_schema(r, arena);
    x->rows = brasa__get_i64(r);
    x->chunk_rows = brasa__get_i32(r);
    if (r->bad || x->chunk_rows < 1 || x->rows < 0 || x->schema.ncols < 0) {
        r->bad = true;
        return x;
    }
    x->cols = BRASA_NEWS(arena, brasa_h5_node, x->schema.ncols + 1);
    for (int32_t c = 0; c < x->schema.ncols && !r->bad; c++) {
        get_node(r, arena, &x->cols[c], 0);
        if (x->cols[c].rows != x->rows || !brasa__type_equal(x->cols[c].type, x->schema.cols[c].type)) r->bad = true;
    }
    return x;
}

brasa_status brasa__h5_index_get(brasa_arena *arena, const void *data, size_t bytes, const char *path, uint64_t *self,
                                 brasa_h5_part **parts, int32_t *nparts, brasa_error *err)
{
    brasa_reader r = brasa__reader(data, bytes);
    const void  *head;
    uint64_t     hash;

    if (bytes < sizeof magic + 8 || memcmp(data, magic, sizeof magic) != 0)
        return brasa__fail(err, BRASA_CORRUPT, "%s: the index of the table is damaged; restore the file from a copy, or write it again",
                           path);
    memcpy(&hash, (const uint8_t *)data + bytes - 8, 8);
    if (brasa__hash_bytes(data, bytes - 8) != hash)
        return brasa__fail(err, BRASA_CORRUPT,
                           "%s: the index of the table does not match its checksum; restore the file from a copy, or write it again", path);
    head = brasa__get_bytes(&r, sizeof magic);
    (void)head;
    if (brasa__get_i32(&r) != VERSION)
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s was written by a newer version of Brasa; use that version", path);
    *self = brasa__get_u64(&r);
    *nparts = brasa__get_count(&r, 20);
    *parts = BRASA_NEWS(arena, brasa_h5_part, *nparts + 1);
    for (int32_t p = 0; p < *nparts && !r.bad; p++) {
        (*parts)[p].file = brasa__get_str(&r, arena);
        (*parts)[p].bytes = brasa__get_i64(&r);
        (*parts)[p].index = get_index(&r, arena);
    }
    if (r.bad)
        return brasa__fail(err, BRASA_CORRUPT, "%s: the index of the table makes no sense; restore the file from a copy, or write it again",
                           path);
    return BRASA_OK;
}
