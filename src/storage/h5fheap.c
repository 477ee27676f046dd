/* h5fheap.c -- references (length 4, address 8, index 4 bytes) and global heap collections ("GCOL": version, size, then objects of index 2, count 2, -, size 8
 * and data padded to 8 bytes; index 0 is what is free), as in the HDF5 file format specification, III.E. */
#include "storage/h5fheap.h"

#include <string.h>

#include "base/io.h"
#include "data/string.h"
#include "data/type.h"

enum { REFERENCE = 16, SLOTS = 64, HEAD = 16, MOST_COLLECTION = 1 << 30, MOST_FILTERS = 8 };

typedef struct {
    uint64_t   addr; /* 0: free slot */
    brasa_buf *data;
    size_t     bytes;
    brasa_buf *at; /* uint32_t[65536]: where an object begins; 0: none */
} collection;

struct brasa_h5_vtext {
    hid_t                dset;
    const brasa_h5_file *f;
    const char          *path;
    uint64_t             base;       /* of addresses in the file */
    uint64_t             data;       /* of a contiguous dataset; HADDR_UNDEF: nothing was written */
    int64_t              chunk_rows; /* 0: contiguous */
    int32_t              nfilters;
    H5Z_filter_t         filters[MOST_FILTERS];
    unsigned             shuffle; /* bytes per item of the shuffle */
    int64_t              chunk;   /* in `plain`; -1: none */
    brasa_buf           *plain, *other, *stored, *refs;
    int32_t              n;
    size_t               item; /* bytes of an element; 0: strings */
    collection           slots[SLOTS];
};

static void want(brasa_buf **buf, size_t bytes)
{
    if (*buf != NULL && (*buf)->bytes >= bytes) return;
    brasa__buf_unref(*buf);
    *buf = NULL;
    *buf = brasa__buf_new(bytes);
}

void brasa__h5_vtext_close(brasa_h5_vtext *v)
{
    if (v == NULL) return;
    brasa__buf_unref(v->plain);
    brasa__buf_unref(v->other);
    brasa__buf_unref(v->stored);
    brasa__buf_unref(v->refs);
    for (int i = 0; i < SLOTS; i++) {
        brasa__buf_unref(v->slots[i].data);
        brasa__buf_unref(v->slots[i].at);
    }
}

static bool known_filters(brasa_h5_vtext *v, hid_t dcpl)
{
    int n = H5Pget_nfilters(dcpl);

    if (n < 0 || n > MOST_FILTERS) return false;
    for (int i = 0; i < n; i++) {
        unsigned flags, config, args[8] = {0};
        size_t   nargs = 8;
        v->filters[i] = H5Pget_filter2(dcpl, (unsigned)i, &flags, &nargs, args, 0, NULL, &config);
        if (v->filters[i] == H5Z_FILTER_SHUFFLE) v->shuffle = nargs > 0 ? args[0] : 0;
        if (v->filters[i] == H5Z_FILTER_SHUFFLE && v->shuffle != REFERENCE) return false;
        if (v->filters[i] != H5Z_FILTER_SHUFFLE && v->filters[i] != H5Z_FILTER_DEFLATE && v->filters[i] != H5Z_FILTER_FLETCHER32)
            return false;
    }
    v->nfilters = n;
    return true;
}

brasa_h5_vtext *brasa__h5_vtext_open(brasa_h5 *h, brasa_arena *arena, hid_t file, hid_t dset, size_t item, const brasa_h5_file *f,
                                     const char *path)
{
    hid_t dcpl = BRASA_H5(h, H5Dget_create_plist(dset)), fcpl = BRASA_H5(h, H5Fget_create_plist(file)),
          space = BRASA_H5(h, H5Dget_space(dset));
    brasa_h5_vtext *v = BRASA_NEW(arena, brasa_h5_vtext);
    hsize_t         user = 0, chunk[2] = {0};
    size_t          addr = 0, size = 0;
    H5D_layout_t    layout = H5Pget_layout(dcpl);

    if (H5Sget_simple_extent_ndims(space) != 1 || H5Pget_sizes(fcpl, &addr, &size) < 0 || addr != 8 || size != 8 ||
        H5Pget_userblock(fcpl, &user) < 0)
        return NULL;
    *v = (brasa_h5_vtext) {.dset = dset, .f = f, .path = path, .base = user, .chunk = -1, .item = item};
    if (layout == H5D_CONTIGUOUS && H5Pget_external_count(dcpl) == 0) {
        v->data = H5Dget_offset(dset);
        return v;
    }
    if (layout != H5D_CHUNKED || H5Pget_chunk(dcpl, 2, chunk) != 1 || !known_filters(v, dcpl) || chunk[0] < 1 ||
        chunk[0] > MOST_COLLECTION / REFERENCE)
        return NULL;
    v->chunk_rows = (int64_t)chunk[0];
    return v;
}

/* --- references */
static brasa_status damaged(const brasa_h5_vtext *v, const char *what, brasa_error *err)
{
    return brasa__fail(err, BRASA_CORRUPT, "%s: the strings of dataset %s cannot be read: %s; restore the file from a copy", v->f->path,
                       v->path, what);
}

static bool fletcher_fits(const uint8_t *data, size_t n)
{
    uint32_t sum = brasa__h5_fletcher32(data, n), stored;

    memcpy(&stored, data + n, 4);
    return sum == stored;
}

/* Undo the filters: from `stored` to `plain`. */
static brasa_status unfilter(brasa_h5_vtext *v, size_t bytes, uint32_t mask, brasa_error *err)
{
    size_t full = (size_t)v->chunk_rows * REFERENCE;
    bool   done = false;

    want(&v->plain, full);
    want(&v->other, full);
    for (int i = v->nfilters - 1; i >= 0; i--) {
        if ((mask >> i) & 1) continue;
        if (v->filters[i] == H5Z_FILTER_FLETCHER32) {
            const uint8_t *at = done ? v->plain->data : v->stored->data;
            if (bytes < 4 || !fletcher_fits(at, bytes - 4)) return damaged(v, "a chunk does not match its checksum", err);
            bytes -= 4;
        } else if (v->filters[i] == H5Z_FILTER_DEFLATE) {
            if (done || !brasa__h5_decode(BRASA_H5_DEFLATE, 1, v->stored->data, bytes + 4, NULL, v->plain->data, full))
                return damaged(v, "a chunk does not decode", err);
            done = true;
            bytes = full;
        } else {
            const void *at = done ? v->plain->data : v->stored->data;
            if (bytes != full) return damaged(v, "a chunk has the wrong size", err);
            brasa__h5_unshuffle(at, full, REFERENCE, v->other->data);
            brasa_buf *swap = v->plain;
            v->plain = v->other;
            v->other = swap;
            done = true;
        }
    }
    if (bytes != full) return damaged(v, "a chunk has the wrong size", err);
    if (!done) memcpy(v->plain->data, v->stored->data, full);
    return BRASA_OK;
}

static brasa_status load_chunk(brasa_h5_vtext *v, int64_t k, brasa_error *err)
{
    hsize_t  at = (hsize_t)(k * v->chunk_rows), bytes = 0;
    uint32_t mask = 0;

    if (v->chunk == k) return BRASA_OK;
    v->chunk = -1;
    if (H5Dget_chunk_storage_size(v->dset, &at, &bytes) < 0) bytes = 0;
    if (bytes > MOST_COLLECTION || bytes > v->f->eof) return damaged(v, "a chunk is larger than the file", err);
    want(&v->stored, (size_t)bytes + 16);
    if (bytes == 0) { /* never written */
        want(&v->plain, (size_t)v->chunk_rows * REFERENCE);
        memset(v->plain->data, 0, (size_t)v->chunk_rows * REFERENCE);
    } else {
        if (H5Dread_chunk(v->dset, H5P_DEFAULT, &at, &mask, v->stored->data) < 0) return damaged(v, "a chunk is missing", err);
        BRASA_TRY(unfilter(v, (size_t)bytes, mask, err));
    }
    v->chunk = k;
    return BRASA_OK;
}

brasa_status brasa__h5_vtext_fetch(brasa_h5_vtext *v, int64_t from, int32_t n, brasa_error *err)
{
    char *to;

    want(&v->refs, (size_t)n * REFERENCE);
    v->n = n;
    to = v->refs->data;
    if (v->chunk_rows == 0) {
        if (v->data != HADDR_UNDEF)
            return brasa__io_pread(v->f->fd, to, (size_t)n * REFERENCE, (int64_t)(v->data + (uint64_t)from * REFERENCE), v->f->path, err);
        memset(to, 0, (size_t)n * REFERENCE);
        return BRASA_OK;
    }
    for (int64_t row = from, left = n; left > 0;) {
        int64_t at = row % v->chunk_rows, step = v->chunk_rows - at < left ? v->chunk_rows - at : left;
        BRASA_TRY(load_chunk(v, row / v->chunk_rows, err));
        memcpy(to, (const char *)v->plain->data + (size_t)at * REFERENCE, (size_t)step * REFERENCE);
        to += (size_t)step * REFERENCE;
        row += step;
        left -= step;
    }
    return BRASA_OK;
}

/* --- collections */
static uint64_t number(const uint8_t *p, int bytes)
{
    uint64_t v = 0;

    for (int i = bytes - 1; i >= 0; i--) v = v << 8 | p[i];
    return v;
}

static brasa_status parse(brasa_h5_vtext *v, collection *c, brasa_error *err)
{
    const uint8_t *p = c->data->data;
    uint32_t      *at = c->at->data;

    memset(at, 0, sizeof *at << 16);
    for (size_t pos = HEAD; pos + HEAD <= c->bytes;) {
        uint64_t index = number(p + pos, 2), size = number(p + pos + 8, 8);
        if (index == 0) break;
        if (size > c->bytes - pos - HEAD) return damaged(v, "a string reaches out of its heap", err);
        at[index] = (uint32_t)pos;
        pos += HEAD + (size + 7) / 8 * 8;
    }
    return BRASA_OK;
}

static brasa_status load(brasa_h5_vtext *v, uint64_t addr, collection **out, brasa_error *err)
{
    collection *c = &v->slots[addr / 8 % 61 % SLOTS];
    uint8_t     head[HEAD];
    uint64_t    bytes, start = v->base + addr;

    *out = c;
    if (c->addr == addr) return BRASA_OK;
    c->addr = 0;
    if (addr > v->f->eof || start + HEAD > v->f->eof) return damaged(v, "a reference leaves the file", err);
    BRASA_TRY(brasa__io_pread(v->f->fd, head, HEAD, (int64_t)start, v->f->path, err));
    bytes = number(head + 8, 8);
    if (memcmp(head, "GCOL\1", 5) != 0 || bytes < HEAD || bytes > MOST_COLLECTION || bytes > v->f->eof - start)
        return damaged(v, "a heap is damaged", err);
    want(&c->data, (size_t)bytes);
    want(&c->at, sizeof(uint32_t) << 16);
    c->bytes = (size_t)bytes;
    BRASA_TRY(brasa__io_pread(v->f->fd, c->data->data, (size_t)bytes, (int64_t)start, v->f->path, err));
    BRASA_TRY(parse(v, c, err));
    c->addr = addr;
    return BRASA_OK;
}

/* The bytes of a reference: valid until the next collection is loaded. */
static brasa_status follow(brasa_h5_vtext *v, const uint8_t *ref, const char **p, size_t *n, brasa_error *err)
{
    uint64_t       len = number(ref, 4) * (v->item == 0 ? 1 : v->item), addr = number(ref + 4, 8), index = number(ref + 12, 4);
    collection    *c;
    const uint8_t *object;
    uint32_t       at;

    *n = 0;
    *p = "";
    if (len == 0 || addr == 0 || addr == UINT64_MAX) return BRASA_OK;
    BRASA_TRY(load(v, addr, &c, err));
    at = index > 65535 ? 0 : ((const uint32_t *)c->at->data)[index];
    if (at == 0) return damaged(v, "a reference points at no string", err);
    object = (const uint8_t *)c->data->data + at;
    if (len > number(object + 8, 8)) return damaged(v, "a string is shorter than it claims", err);
    *p = (const char *)object + HEAD;
    *n = v->item == 0 ? strnlen(*p, (size_t)len) : (size_t)len;
    return BRASA_OK;
}

brasa_status brasa__h5_vtext_column(brasa_h5_vtext *v, brasa_type type, brasa_h5_bufs *bufs, brasa_column *out, brasa_error *err)
{
    const uint8_t *refs = v->refs->data;
    brasa_string  *views = brasa__h5_new_buf(bufs, sizeof *views * (size_t)v->n)->data;
    size_t         room = 0, n;
    const char    *p;
    char          *to;

    for (int32_t i = 0; i < v->n; i++) room += (size_t)number(refs + (size_t)i * REFERENCE, 4);
    if (room > v->f->eof * 1024 + 65536) return damaged(v, "the strings claim more bytes than the file has", err);
    to = brasa__h5_new_buf(bufs, room)->data;
    for (int32_t i = 0; i < v->n; i++) {
        BRASA_TRY(follow(v, refs + (size_t)i * REFERENCE, &p, &n, err));
        if (n > 12) {
            memcpy(to, p, n);
            views[i] = brasa__string(to, n);
            to += n;
        } else {
            views[i] = brasa__string(p, n);
        }
    }
    *out = (brasa_column) {.type = type, .encoding = BRASA_FLAT, .values = views};
    return BRASA_OK;
}

brasa_status brasa__h5_vtext_lists(brasa_h5_vtext *v, const brasa_h5_field *f, brasa_h5_bufs *bufs, brasa_arena *arena, brasa_column *out,
                                   brasa_error *err)
{
    const uint8_t *refs = v->refs->data;
    brasa_span    *spans = brasa__h5_new_buf(bufs, sizeof *spans * (size_t)v->n)->data;
    brasa_column  *child = BRASA_NEW(arena, brasa_column);
    uint64_t       total = 0;
    char          *raw;

    for (int32_t i = 0; i < v->n; i++) {
        uint64_t len = number(refs + (size_t)i * REFERENCE, 4), addr = number(refs + (size_t)i * REFERENCE + 4, 8);
        if (addr == 0 || addr == UINT64_MAX) len = 0;
        if (total + len > INT32_MAX || (total + len) * v->item > v->f->eof * 1024 + 65536)
            return damaged(v, "the lists claim more elements than the file has", err);
        spans[i] = (brasa_span) {.offset = (int32_t)total, .len = (int32_t)len};
        total += len;
    }
    raw = brasa__h5_new_buf(bufs, (size_t)total * v->item)->data;
    for (int32_t i = 0; i < v->n; i++) {
        const char *p;
        size_t      n;
        BRASA_TRY(follow(v, refs + (size_t)i * REFERENCE, &p, &n, err));
        memcpy(raw + (size_t)spans[i].offset * v->item, p, n);
    }
    *out = (brasa_column) {.type = f->type, .encoding = BRASA_FLAT, .values = spans, .child = child, .child_rows = (int64_t)total};
    return brasa__h5_convert(f->item, raw, v->item, (int32_t)total, NULL, v->f->path, bufs, arena, child, err);
}
