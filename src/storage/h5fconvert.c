/* h5fconvert.c -- native bytes of a foreign dataset to a column of ours.
 *
 * Values that mean "missing" become nulls; NaN stays NaN unless it is the fill value.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"
#include "storage/h5foreign.h"

brasa_buf *brasa__h5_new_buf(brasa_h5_bufs *b, size_t bytes)
{
    b->items = brasa__arena_grow(b->arena, b->items, &b->cap, b->count + 1, sizeof *b->items);
    b->items[b->count] = brasa__buf_new(bytes == 0 ? 1 : bytes);
    return b->items[b->count++];
}

typedef struct {
    const brasa_h5_field *f;
    const char           *raw;
    size_t                stride;
    int32_t               n;
    const char           *path;
    brasa_h5_bufs        *bufs;
    uint64_t             *valid; /* all ones at first; NULL: nothing can be null */
    brasa_column         *out;
} convert;

static void set_null(const convert *c, int32_t i)
{
    if (c->valid != NULL) brasa__bit_clear(c->valid, i);
}

static brasa_status too_large(const convert *c, int32_t i, brasa_error *err)
{
    uint64_t v;

    memcpy(&v, c->raw + (size_t)i * c->stride, 8);
    return brasa__fail(err, BRASA_DATA,
                       "%s: %llu in column %s is more than BIGINT holds (unsigned 64 bits); read the table with uint64_decimal", c->path,
                       (unsigned long long)v, c->f->name);
}

/* Any number as int64; floats are cut.  false: an unsigned that does not fit. */
static bool load_int(brasa_h5_rep rep, const char *p, int64_t *out)
{
#define LOAD(T)                  \
    {                            \
        T v;                     \
        memcpy(&v, p, sizeof v); \
        *out = (int64_t)v;       \
    }
    switch (rep) {
    case BRASA_H5_I8: LOAD(int8_t) break;
    case BRASA_H5_I16: LOAD(int16_t) break;
    case BRASA_H5_I32: LOAD(int32_t) break;
    case BRASA_H5_I64: LOAD(int64_t) break;
    case BRASA_H5_U8:
    case BRASA_H5_B8: LOAD(uint8_t) break;
    case BRASA_H5_U16: LOAD(uint16_t) break;
    case BRASA_H5_U32: LOAD(uint32_t) break;
    case BRASA_H5_U64: LOAD(uint64_t) return *out >= 0;
    case BRASA_H5_F32:
    case BRASA_H5_F64:
    case BRASA_H5_TEXT:
    case BRASA_H5_VTEXT:
    case BRASA_H5_REF:
    case BRASA_H5_OPAQUE:
    case BRASA_H5_I128:
    case BRASA_H5_VLIST:
    case BRASA_H5_RECORD:
    case BRASA_H5_REPS: *out = 0; break;
    }
#undef LOAD
    return true;
}

static double load_float(brasa_h5_rep rep, const char *p)
{
    int64_t i = 0;
    double  d;
    float   f;

    if (rep == BRASA_H5_F64) {
        memcpy(&d, p, 8);
        return d;
    }
    if (rep == BRASA_H5_F32) {
        memcpy(&f, p, 4);
        return (double)f;
    }
    if (rep == BRASA_H5_U64) {
        uint64_t u;
        memcpy(&u, p, 8);
        return (double)u;
    }
    load_int(rep, p, &i);
    return (double)i;
}

static bool is_float(brasa_h5_rep rep)
{
    return rep == BRASA_H5_F32 || rep == BRASA_H5_F64;
}

static bool is_fill(const brasa_h5_field *f, const char *p)
{
    int64_t i = 0;
    double  d;

    for (int k = 0; k < 2; k++) {
        if (!f->has_fill[k]) continue;
        if (is_float(f->rep)) {
            d = load_float(f->rep, p);
            if (isnan(f->fill[k]) ? isnan(d) : d == (f->rep == BRASA_H5_F32 ? (double)(float)f->fill[k] : f->fill[k])) return true;
        } else if (load_int(f->rep, p, &i) && i == f->fill_int[k]) {
            return true;
        }
    }
    return false;
}

static void store_int(brasa_kind kind, void *to, int32_t i, int64_t v)
{
    size_t width = brasa__type_width(brasa__type(kind));

    if (width == 1) ((int8_t *)to)[i] = (int8_t)v;
    if (width == 2) ((int16_t *)to)[i] = (int16_t)v;
    if (width == 4) ((int32_t *)to)[i] = (int32_t)v;
    if (width == 8) ((int64_t *)to)[i] = v;
}

/* A dense loop for the usual case: no fill values, no packing, the same width on both sides or a plain widening. */
#define WIDEN(FROM, TO)                                       \
    for (int32_t i = 0; i < c->n; i++) {                      \
        FROM v;                                               \
        memcpy(&v, c->raw + (size_t)i * c->stride, sizeof v); \
        ((TO *)to)[i] = (TO)v;                                \
    }

static brasa_status plain_numbers(const convert *c, void *to, brasa_error *err)
{
    switch (c->f->rep) {
    case BRASA_H5_I8: WIDEN(int8_t, int8_t) break;
    case BRASA_H5_I16: WIDEN(int16_t, int16_t) break;
    case BRASA_H5_I32: WIDEN(int32_t, int32_t) break;
    case BRASA_H5_I64: WIDEN(int64_t, int64_t) break;
    case BRASA_H5_U8:
    case BRASA_H5_B8: WIDEN(uint8_t, int16_t) break;
    case BRASA_H5_U16: WIDEN(uint16_t, int32_t) break;
    case BRASA_H5_U32: WIDEN(uint32_t, int64_t) break;
    case BRASA_H5_U64:
        if (c->f->type.kind == BRASA_KIND_DECIMAL) {
            WIDEN(uint64_t, brasa_int128)
            break;
        }
        WIDEN(uint64_t, int64_t)
        for (int32_t i = 0; i < c->n; i++)
            if (((int64_t *)to)[i] < 0) return too_large(c, i, err);
        break;
    case BRASA_H5_F32: WIDEN(float, float) break;
    case BRASA_H5_F64: WIDEN(double, double) break;
    case BRASA_H5_I128:
        for (int32_t i = 0; i < c->n; i++) memcpy((char *)to + (size_t)i * 16, c->raw + (size_t)i * c->stride, 16);
        break;
    case BRASA_H5_TEXT:
    case BRASA_H5_VTEXT:
    case BRASA_H5_REF:
    case BRASA_H5_OPAQUE:
    case BRASA_H5_VLIST:
    case BRASA_H5_RECORD:
    case BRASA_H5_REPS: break;
    }
    return BRASA_OK;
}

static brasa_status checked_numbers(const convert *c, void *to, brasa_error *err)
{
    const brasa_h5_field *f = c->f;

    for (int32_t i = 0; i < c->n; i++) {
        const char *p = c->raw + (size_t)i * c->stride;
        int64_t     v = 0;
        if (is_fill(f, p)) {
            set_null(c, i);
            if (f->packed)
                ((double *)to)[i] = 0;
            else if (f->type.kind == BRASA_KIND_FLOAT64)
                ((double *)to)[i] = 0;
            else if (f->type.kind == BRASA_KIND_FLOAT32)
                ((float *)to)[i] = 0;
            else if (f->type.kind == BRASA_KIND_DECIMAL)
                ((brasa_int128 *)to)[i] = 0;
            else
                store_int(f->type.kind, to, i, 0);
            continue;
        }
        if (f->type.kind == BRASA_KIND_DECIMAL && f->rep == BRASA_H5_U64)
            load_int(f->rep, p, &v), ((brasa_int128 *)to)[i] = (uint64_t)v;
        else if (f->packed || f->type.kind == BRASA_KIND_FLOAT64)
            ((double *)to)[i] = load_float(f->rep, p) * (f->packed ? f->scale : 1) + (f->packed ? f->offset : 0);
        else if (f->type.kind == BRASA_KIND_FLOAT32)
            ((float *)to)[i] = (float)load_float(f->rep, p);
        else if (!load_int(f->rep, p, &v))
            return too_large(c, i, err);
        else
            store_int(f->type.kind, to, i, v);
    }
    return BRASA_OK;
}

static brasa_status out_of_range(const convert *c, double v, brasa_error *err)
{
    return brasa__fail(err, BRASA_DATA, "%s: time %g in column %s is out of range; read it without its units attribute", c->path, v,
                       c->f->name);
}

/* A timeval in eight bytes: seconds in the upper half, microseconds in the lower. */
static brasa_int128 halves_ns(int64_t v)
{
    return (brasa_int128)(v >> 32) * 1000000000 + (brasa_int128)(int32_t)(v & 0xffffffff) * 1000;
}

/* Times: counted units since a day to days or microseconds. */
static brasa_status timed_numbers(const convert *c, void *to, brasa_error *err)
{
    const brasa_h5_field *f = c->f;

    for (int32_t i = 0; i < c->n; i++) {
        const char  *p = c->raw + (size_t)i * c->stride;
        int64_t      v = 0;
        brasa_int128 us;
        if (is_fill(f, p) || (is_float(f->rep) && isnan(load_float(f->rep, p)))) {
            set_null(c, i);
            store_int(f->type.kind, to, i, 0);
            continue;
        }
        if (is_float(f->rep)) {
            double t = load_float(f->rep, p) * ((double)f->unit_ns / 1000);
            if (!(t > -9e18 && t < 9e18)) return out_of_range(c, load_float(f->rep, p), err);
            us = (brasa_int128)llround(t) + f->base_us;
        } else {
            brasa_int128 ns;
            if (!load_int(f->rep, p, &v)) return too_large(c, i, err);
            ns = f->unix_time && f->size == 8 ? halves_ns(v) : (brasa_int128)v * f->unit_ns;
            us = (ns >= 0 ? ns / 1000 : -((-ns + 999) / 1000)) + f->base_us;
        }
        if (f->noleap) {
            if (us < -(brasa_int128)INT64_MAX / 2 || us > INT64_MAX / 2) return out_of_range(c, (double)v, err);
            us = brasa__h5_from_noleap((int64_t)us);
        }
        if (f->type.kind == BRASA_KIND_DATE) us /= 86400000000;
        if (us < (f->type.kind == BRASA_KIND_DATE ? INT32_MIN : INT64_MIN) ||
            us > (f->type.kind == BRASA_KIND_DATE ? INT32_MAX : INT64_MAX))
            return out_of_range(c, (double)v, err);
        store_int(f->type.kind, to, i, (int64_t)us);
    }
    return BRASA_OK;
}

static void booleans(const convert *c, uint8_t *to)
{
    for (int32_t i = 0; i < c->n; i++) {
        int64_t v = 0;
        load_int(c->f->rep, c->raw + (size_t)i * c->stride, &v);
        to[i] = v != 0;
    }
}

static size_t text_size(const char *p, size_t width, uint8_t pad)
{
    if (pad == H5T_STR_NULLTERM) return strnlen(p, width);
    while (width > 0 && (p[width - 1] == '\0' || (pad == H5T_STR_SPACEPAD && p[width - 1] == ' '))) width--;
    return width;
}

/* Strings of all kinds: measured, then copied into one buffer. */
static size_t one_text(const convert *c, int32_t i, const char **p)
{
    const char *at = c->raw + (size_t)i * c->stride;

    if (c->f->rep == BRASA_H5_VTEXT || c->f->rep == BRASA_H5_REF) {
        memcpy(p, at, sizeof *p);
        return *p == NULL ? 0 : strlen(*p);
    }
    *p = at;
    return c->f->rep == BRASA_H5_OPAQUE ? (size_t)c->f->size : text_size(at, (size_t)c->f->size, c->f->pad);
}

static void texts(const convert *c)
{
    brasa_string *views = brasa__h5_new_buf(c->bufs, sizeof *views * (size_t)c->n)->data;
    const char   *nothing = c->f->null_text, *p;
    size_t        total = 0;
    char         *to;

    for (int32_t i = 0; i < c->n; i++) {
        size_t len = one_text(c, i, &p);
        total += len > 12 ? len : 0;
    }
    to = brasa__h5_new_buf(c->bufs, total)->data;
    for (int32_t i = 0; i < c->n; i++) {
        size_t len = one_text(c, i, &p);
        if (p == NULL) set_null(c, i); /* a reference to nothing; a string of no bytes has no such mask */
        if (nothing != NULL && len == strlen(nothing) && memcmp(p, nothing, len) == 0) {
            set_null(c, i);
            len = 0;
        }
        if (len > 12) {
            memcpy(to, p, len);
            views[i] = brasa__string(to, len);
            to += len;
        } else {
            views[i] = brasa__string(p, len);
        }
    }
    c->out->values = views;
}

/* Texts of 16-bit units, `elements` of them a row. */
static void wide_texts(const convert *c)
{
    brasa_string *views = brasa__h5_new_buf(c->bufs, sizeof *views * (size_t)c->n)->data;
    size_t        units = (size_t)c->f->elements;
    char         *to = brasa__h5_new_buf(c->bufs, 3 * units * (size_t)c->n)->data;

    for (int32_t i = 0; i < c->n; i++) {
        size_t len = brasa__h5_utf8_of_16((const uint16_t *)(const void *)(c->raw + (size_t)i * c->stride), units, to);
        len = text_size(to, len, c->f->pad);
        views[i] = brasa__string(to, len);
        if (len > 12) to += len;
    }
    c->out->values = views;
}

/* What cells of MATLAB hold, where all are numbers. */
static void cell_numbers(const convert *c)
{
    double *to = brasa__h5_new_buf(c->bufs, sizeof *to * (size_t)c->n)->data;

    for (int32_t i = 0; i < c->n; i++) {
        const char *p;
        memcpy(&p, c->raw + (size_t)i * c->stride, sizeof p);
        to[i] = p == NULL ? 0 : strtod(p, NULL);
        if (p == NULL) set_null(c, i);
    }
    c->out->values = to;
}

/* Names of an enumeration: codes into a dictionary in the order of the members; a value without a name is null. */
static void names(const convert *c, brasa_arena *arena)
{
    const brasa_h5_field *f = c->f;
    int32_t              *codes = brasa__h5_new_buf(c->bufs, sizeof *codes * (size_t)c->n)->data;
    brasa_column         *dict = BRASA_NEW(arena, brasa_column);
    brasa_string         *views;
    size_t                total = 0;
    char                 *to;
    int32_t               last = 0;

    for (int32_t k = 0; k < f->nnames; k++) total += strlen(f->names[k]);
    views = brasa__h5_new_buf(c->bufs, sizeof *views * (size_t)f->nnames + total)->data;
    to = (char *)(views + f->nnames);
    for (int32_t k = 0; k < f->nnames; k++) {
        size_t len = strlen(f->names[k]);
        memcpy(to, f->names[k], len);
        views[k] = brasa__string(to, len);
        to += len;
    }
    for (int32_t i = 0; i < c->n; i++) {
        int64_t v = 0;
        int32_t k = last;
        load_int(f->rep, c->raw + (size_t)i * c->stride, &v);
        if (v >= 0 && v < f->nnames && f->codes[v] == v)
            k = (int32_t)v; /* numbered from 0, as nearly always */
        else if (f->codes[k] != v)
            for (k = 0; k < f->nnames && f->codes[k] != v;) k++;
        if (k == f->nnames) {
            set_null(c, i);
            k = 0;
        }
        codes[i] = last = k;
    }
    *dict = (brasa_column) {.type = f->type, .encoding = BRASA_FLAT, .values = views};
    c->out->encoding = BRASA_DICT;
    c->out->codes = codes;
    c->out->child = dict;
    c->out->child_rows = f->nnames;
}

/* Codes from 0 into numbers; any other is null. */
static void coded_numbers(const convert *c)
{
    int64_t *to = brasa__h5_new_buf(c->bufs, sizeof *to * (size_t)c->n)->data;

    for (int32_t i = 0; i < c->n; i++) {
        int64_t v = -1;
        load_int(c->f->rep, c->raw + (size_t)i * c->stride, &v);
        to[i] = v >= 0 && v < c->f->nnames ? c->f->levels[v] : 0;
        if (v < 0 || v >= c->f->nnames) set_null(c, i);
    }
    c->out->values = to;
}

static void vectors(const convert *c)
{
    size_t width = brasa__type_width(c->f->type);
    char  *to = brasa__h5_new_buf(c->bufs, width * (size_t)c->n)->data;

    for (int32_t i = 0; i < c->n; i++) memcpy(to + (size_t)i * width, c->raw + (size_t)i * c->stride, width);
    c->out->values = to;
}

/* Lists: the elements of all rows, one after another, then converted as a column of their own. */
static brasa_status lists(const convert *c, brasa_arena *arena, brasa_error *err)
{
    const brasa_h5_field *item = c->f->item;
    brasa_span           *spans = brasa__h5_new_buf(c->bufs, sizeof *spans * (size_t)c->n)->data;
    brasa_column         *child = BRASA_NEW(arena, brasa_column);
    size_t                size = (size_t)item->size, total = 0;
    hvl_t                 one;
    char                 *raw;

    for (int32_t i = 0; i < c->n; i++) {
        memcpy(&one, c->raw + (size_t)i * c->stride, sizeof one);
        if (one.p == NULL) one.len = 0;
        if (one.len > INT32_MAX || total + one.len > INT32_MAX)
            return brasa__fail(err, BRASA_UNSUPPORTED,
                               "%s: the lists of column %s hold too many elements for a block; set block-rows lower", c->path, c->f->name);
        spans[i] = (brasa_span) {.offset = (int32_t)total, .len = (int32_t)one.len};
        total += one.len;
    }
    raw = brasa__h5_new_buf(c->bufs, size * total)->data;
    for (int32_t i = 0; i < c->n; i++) {
        memcpy(&one, c->raw + (size_t)i * c->stride, sizeof one);
        if (spans[i].len > 0) memcpy(raw + (size_t)spans[i].offset * size, one.p, size * one.len);
    }
    c->out->values = spans;
    c->out->child = child;
    c->out->child_rows = (int64_t)total;
    return brasa__h5_convert(item, raw, size, (int32_t)total, NULL, c->path, c->bufs, arena, child, err);
}

/* Structs: each part a column of its own. */
static brasa_status records(const convert *c, brasa_arena *arena, brasa_error *err)
{
    const brasa_h5_field *f = c->f;
    brasa_column         *parts = BRASA_NEWS(arena, brasa_column, f->nparts);
    size_t                at = 0;

    for (int32_t k = 0; k < f->nparts; k++) {
        BRASA_TRY(brasa__h5_convert(&f->item[k], c->raw + at, c->stride, c->n, NULL, c->path, c->bufs, arena, &parts[k], err));
        at += (size_t)f->item[k].size;
    }
    c->out->child = parts;
    return BRASA_OK;
}

static brasa_status numbers(const convert *c, brasa_error *err)
{
    const brasa_h5_field *f = c->f;
    void                 *to = brasa__h5_new_buf(c->bufs, brasa__type_width(f->type) * (size_t)c->n)->data;

    c->out->values = to;
    if (f->type.kind == BRASA_KIND_BOOL) {
        booleans(c, to);
        return BRASA_OK;
    }
    if (f->timed) return timed_numbers(c, to, err);
    if (f->packed || f->has_fill[0] || f->has_fill[1]) return checked_numbers(c, to, err);
    return plain_numbers(c, to, err);
}

static bool may_be_null(const brasa_h5_field *f, const uint8_t *mask)
{
    return mask != NULL || f->has_fill[0] || f->has_fill[1] || f->null_text != NULL || f->nnames > 0 || f->rep == BRASA_H5_REF ||
           (f->timed && is_float(f->rep));
}

brasa_status brasa__h5_convert(const brasa_h5_field *f, const char *raw, size_t stride, int32_t n, const uint8_t *mask, const char *path,
                               brasa_h5_bufs *bufs, brasa_arena *arena, brasa_column *out, brasa_error *err)
{
    convert c = {.f = f, .raw = raw, .stride = stride, .n = n, .path = path, .bufs = bufs, .out = out};

    *out = (brasa_column) {.type = f->type, .encoding = BRASA_FLAT};
    if (may_be_null(f, mask)) {
        c.valid = brasa__h5_new_buf(bufs, (brasa__bit_words(n) + 1) * 8)->data;
        memset(c.valid, 0xff, brasa__bit_words(n) * 8);
    }
    if (f->levels != NULL)
        coded_numbers(&c);
    else if (f->nnames > 0)
        names(&c, arena);
    else if (f->type.kind == BRASA_KIND_VECTOR)
        vectors(&c);
    else if (f->utf16)
        wide_texts(&c);
    else if (f->rep == BRASA_H5_REF && f->type.kind == BRASA_KIND_FLOAT64)
        cell_numbers(&c);
    else if (f->rep == BRASA_H5_VLIST)
        BRASA_TRY(lists(&c, arena, err));
    else if (f->rep == BRASA_H5_RECORD)
        BRASA_TRY(records(&c, arena, err));
    else if (f->rep == BRASA_H5_TEXT || f->rep == BRASA_H5_VTEXT || f->rep == BRASA_H5_REF || f->rep == BRASA_H5_OPAQUE)
        texts(&c);
    else
        BRASA_TRY(numbers(&c, err));
    for (int32_t i = 0; mask != NULL && i < n; i++)
        if (mask[i] == 0) set_null(&c, i);
    if (c.valid != NULL && brasa__bit_count(c.valid, n) < n) out->valid = c.valid;
    return BRASA_OK;
}
