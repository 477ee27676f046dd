/* h5fpickle.c -- the arrays of Python objects that pandas pickles (format='fixed', columns of texts), without Python.
 *
 * A pickle is a program for a stack machine (Python's pickletools describes it).  This one knows the instructions that make lists of plain values; a call
 * makes an object of which nothing is known, so nothing is ever run.  numpy.ndarray is built from (version, shape, dtype, by columns?, list).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"
#include "storage/h5fpickle.h"

typedef struct {
    brasa_h5_object *items;
    int32_t          count, cap;
} cells;

typedef struct {
    brasa_arena      *arena;
    const uint8_t    *p;
    size_t            n, at;
    cells             stack, memo;
    cells            *lists;
    int32_t           nlists, list_cap;
    int32_t          *marks;
    int32_t           nmarks, mark_cap;
    brasa_h5_objects *out;
    bool              found;
} machine;

/* --- the machine's parts */
static void push_to(machine *m, cells *c, brasa_h5_object v)
{
    c->items = brasa__arena_grow(m->arena, c->items, &c->cap, c->count + 1, sizeof v);
    c->items[c->count++] = v;
}

static bool push(machine *m, brasa_h5_object_kind kind, int64_t number)
{
    push_to(m, &m->stack, (brasa_h5_object) {.kind = kind, .u.number = number});
    return true;
}

static bool pop(machine *m, brasa_h5_object *out)
{
    int32_t floor = m->nmarks == 0 ? 0 : m->marks[m->nmarks - 1];

    if (m->stack.count <= floor) return false;
    *out = m->stack.items[--m->stack.count];
    return true;
}

/* `size` bytes, the least significant first. */
static bool number(machine *m, int size, uint64_t *out)
{
    *out = 0;
    if (m->n - m->at < (size_t)size) return false;
    for (int i = 0; i < size; i++) *out |= (uint64_t)m->p[m->at + (size_t)i] << 8 * i;
    m->at += (size_t)size;
    return true;
}

static bool text(machine *m, int size)
{
    brasa_h5_object v = {.kind = BRASA_H5_OBJECT_TEXT};
    uint64_t        len;

    if (!number(m, size, &len) || len > m->n - m->at || len > INT32_MAX) return false;
    v.u.text.bytes = (const char *)m->p + m->at;
    v.u.text.size = (size_t)len;
    m->at += (size_t)len;
    push_to(m, &m->stack, v);
    return true;
}

static bool whole(machine *m, int size, bool is_signed)
{
    uint64_t v;

    if (!number(m, size, &v)) return false;
    return push(m, BRASA_H5_OBJECT_INT, is_signed ? (int64_t)(int32_t)v : (int64_t)v);
}

/* An integer of any length: those of more than 64 bits are like other objects. */
static bool long_number(machine *m)
{
    uint64_t size, v;
    int      shift;

    if (!number(m, 1, &size)) return false;
    if (size > 8) {
        if (size > m->n - m->at) return false;
        m->at += (size_t)size;
        return push(m, BRASA_H5_OBJECT_OTHER, 0);
    }
    if (!number(m, (int)size, &v)) return false;
    shift = 64 - 8 * (int)size;
    return push(m, BRASA_H5_OBJECT_INT, size == 0 ? 0 : (int64_t)(v << shift) >> shift);
}

static bool real(machine *m)
{
    brasa_h5_object v = {.kind = BRASA_H5_OBJECT_FLOAT};
    uint64_t        bits;

    if (!number(m, 8, &bits)) return false;
    bits = __builtin_bswap64(bits);
    memcpy(&v.u.real, &bits, sizeof bits);
    if (isnan(v.u.real)) v.kind = BRASA_H5_OBJECT_NONE;
    push_to(m, &m->stack, v);
    return true;
}

static int32_t new_list(machine *m)
{
    m->lists = brasa__arena_grow(m->arena, m->lists, &m->list_cap, m->nlists + 1, sizeof *m->lists);
    m->lists[m->nlists] = (cells) {0};
    return m->nlists++;
}

/* The topmost `n` as a tuple; -1: those above the mark. */
static bool tuple(machine *m, int32_t n)
{
    int32_t         list = new_list(m), first;
    brasa_h5_object v = {.kind = BRASA_H5_OBJECT_LIST};

    if (n < 0) {
        if (m->nmarks == 0) return false;
        first = m->marks[--m->nmarks];
    } else {
        first = m->stack.count - n;
        if (first < (m->nmarks == 0 ? 0 : m->marks[m->nmarks - 1])) return false;
    }
    for (int32_t i = first; i < m->stack.count; i++) push_to(m, &m->lists[list], m->stack.items[i]);
    m->stack.count = first;
    v.u.list = list;
    push_to(m, &m->stack, v);
    return true;
}

/* Those above the mark to the list below it. */
static bool append(machine *m, bool one)
{
    int32_t          first;
    brasa_h5_object *list;

    if (!one && m->nmarks == 0) return false;
    first = one ? m->stack.count - 1 : m->marks[--m->nmarks];
    if (first < 1) return false;
    list = &m->stack.items[first - 1];
    if (list->kind != BRASA_H5_OBJECT_LIST) return false;
    for (int32_t i = first; i < m->stack.count; i++) push_to(m, &m->lists[list->u.list], m->stack.items[i]);
    m->stack.count = first;
    return true;
}

static bool get(machine *m, int size)
{
    uint64_t k;

    if (!number(m, size, &k) || k >= (uint64_t)m->memo.count) return false;
    push_to(m, &m->stack, m->memo.items[k]);
    return true;
}

static bool put(machine *m, uint64_t k)
{
    if (m->stack.count == 0 || k > (uint64_t)m->memo.count) return false; /* they are numbered as they come */
    if (k == (uint64_t)m->memo.count)
        push_to(m, &m->memo, m->stack.items[m->stack.count - 1]);
    else
        m->memo.items[k] = m->stack.items[m->stack.count - 1];
    return true;
}

static bool put_at(machine *m, int size)
{
    uint64_t k;

    return number(m, size, &k) && put(m, k);
}

/* "module\nname\n" */
static bool global(machine *m)
{
    for (int lines = 0; lines < 2; lines++) {
        const uint8_t *end = memchr(m->p + m->at, '\n', m->n - m->at);
        if (end == NULL) return false;
        m->at = (size_t)(end - m->p) + 1;
    }
    return push(m, BRASA_H5_OBJECT_OTHER, 0);
}

/* n values become an object. */
static bool object(machine *m, int n)
{
    brasa_h5_object v;

    for (int i = 0; i < n; i++)
        if (!pop(m, &v)) return false;
    return push(m, BRASA_H5_OBJECT_OTHER, 0);
}

static const cells *list_of(const machine *m, const brasa_h5_object *v)
{
    return v->kind == BRASA_H5_OBJECT_LIST ? &m->lists[v->u.list] : NULL;
}

/* Is it the state of an array?  (version, shape, dtype, by columns?, list); a list is by rows in any case. */
static void array_state(machine *m, const cells *state)
{
    const cells *shape = state->count == 5 ? list_of(m, &state->items[1]) : NULL;
    const cells *list = state->count == 5 ? list_of(m, &state->items[4]) : NULL;
    int64_t      dims[2] = {0, 1};

    if (shape == NULL || list == NULL || shape->count < 1 || shape->count > 2) return;
    for (int32_t k = 0; k < shape->count; k++) {
        if (shape->items[k].kind != BRASA_H5_OBJECT_INT || shape->items[k].u.number < 0 || shape->items[k].u.number > INT32_MAX) return;
        dims[k] = shape->items[k].u.number;
    }
    if (dims[0] * dims[1] != list->count) return;
    *m->out = (brasa_h5_objects) {.rows = dims[0], .columns = dims[1], .cells = list->items};
    m->found = true;
}

static bool build(machine *m)
{
    brasa_h5_object v;

    if (!pop(m, &v) || m->stack.count == 0) return false;
    if (v.kind == BRASA_H5_OBJECT_LIST) array_state(m, &m->lists[v.u.list]);
    return true;
}

static bool mark(machine *m)
{
    m->marks = brasa__arena_grow(m->arena, m->marks, &m->mark_cap, m->nmarks + 1, sizeof *m->marks);
    m->marks[m->nmarks++] = m->stack.count;
    return true;
}

static bool new_empty(machine *m)
{
    return push(m, BRASA_H5_OBJECT_LIST, 0) && ((m->stack.items[m->stack.count - 1].u.list = new_list(m)) >= 0);
}

static bool skip(machine *m, size_t n)
{
    m->at += n <= m->n - m->at ? n : m->n - m->at;
    return true;
}

static bool step(machine *m, uint8_t op)
{
    switch (op) {
    case 0x80: return skip(m, 1); /* PROTO */
    case 0x95: return skip(m, 8); /* FRAME */
    case '(': return mark(m);
    case 'N': return push(m, BRASA_H5_OBJECT_NONE, 0);
    case 0x88: return push(m, BRASA_H5_OBJECT_BOOL, 1);
    case 0x89: return push(m, BRASA_H5_OBJECT_BOOL, 0);
    case 'J': return whole(m, 4, true);
    case 'K': return whole(m, 1, false);
    case 'M': return whole(m, 2, false);
    case 0x8a: return long_number(m);
    case 'G': return real(m);
    case 0x8c:
    case 'C':
    case 'U': return text(m, 1);
    case 'X':
    case 'B':
    case 'T': return text(m, 4);
    case 0x8d:
    case 0x8e: return text(m, 8);
    case ']': return new_empty(m);
    case ')': return tuple(m, 0);
    case 'a': return append(m, true);
    case 'e': return append(m, false);
    case 't': return tuple(m, -1);
    case 0x85: return tuple(m, 1);
    case 0x86: return tuple(m, 2);
    case 0x87: return tuple(m, 3);
    case 'h': return get(m, 1);
    case 'j': return get(m, 4);
    case 'q': return put_at(m, 1);
    case 'r': return put_at(m, 4);
    case 0x94: return put(m, (uint64_t)m->memo.count);
    case 'c': return global(m);
    case 0x93: /* STACK_GLOBAL */
    case 0x81: /* NEWOBJ */
    case 'R': return object(m, 2);
    case 'b': return build(m);
    default: return false;
    }
}

bool brasa__h5_unpickle(brasa_arena *arena, const char *pickle, size_t n, brasa_h5_objects *out)
{
    machine m = {.arena = arena, .p = (const uint8_t *)pickle, .n = n, .out = out};

    while (m.at < m.n) {
        uint8_t op = m.p[m.at++];
        if (op == '.') return m.found;
        if (!step(&m, op)) return false;
    }
    return false;
}

/* --- columns */
static const brasa_h5_object *cell(const brasa_h5_objects *o, int64_t column, int64_t row)
{
    return &o->cells[row * o->columns + column];
}

bool brasa__h5_objects_type(const brasa_h5_objects *o, int64_t column, brasa_type *out)
{
    int64_t seen[BRASA_H5_OBJECT_OTHER + 1] = {0}, values;

    for (int64_t i = 0; i < o->rows; i++) seen[cell(o, column, i)->kind]++;
    values = o->rows - seen[BRASA_H5_OBJECT_NONE];
    *out = brasa__type(BRASA_KIND_STRING);
    if (values > 0 && seen[BRASA_H5_OBJECT_BOOL] == values)
        *out = brasa__type(BRASA_KIND_BOOL);
    else if (values > 0 && seen[BRASA_H5_OBJECT_INT] == values)
        *out = brasa__type(BRASA_KIND_INT64);
    else if (values > 0 && seen[BRASA_H5_OBJECT_INT] + seen[BRASA_H5_OBJECT_FLOAT] == values)
        *out = brasa__type(BRASA_KIND_FLOAT64);
    return seen[BRASA_H5_OBJECT_OTHER] + seen[BRASA_H5_OBJECT_LIST] == 0;
}

static const char *as_text(brasa_arena *arena, const brasa_h5_object *c, size_t *n)
{
    char *text;

    *n = 0;
    if (c->kind == BRASA_H5_OBJECT_TEXT) {
        *n = c->u.text.size;
        return c->u.text.bytes;
    }
    if (c->kind == BRASA_H5_OBJECT_NONE) return "";
    if (c->kind == BRASA_H5_OBJECT_BOOL)
        text = brasa__arena_printf(arena, "%s", c->u.number != 0 ? "True" : "False");
    else if (c->kind == BRASA_H5_OBJECT_FLOAT)
        text = brasa__arena_printf(arena, "%.17g", c->u.real);
    else
        text = brasa__arena_printf(arena, "%lld", (long long)c->u.number);
    *n = strlen(text);
    return text;
}

static void texts(const brasa_h5_objects *o, int64_t column, int64_t from, int32_t n, brasa_h5_bufs *bufs, brasa_arena *arena,
                  brasa_string *views)
{
    size_t size, total = 0;
    char  *to;

    for (int32_t i = 0; i < n; i++) {
        as_text(arena, cell(o, column, from + i), &size);
        total += size;
    }
    to = brasa__h5_new_buf(bufs, total)->data;
    for (int32_t i = 0; i < n; i++) {
        const char *p = as_text(arena, cell(o, column, from + i), &size);
        memcpy(to, p, size);
        views[i] = brasa__string(to, size);
        to += size;
    }
}

brasa_status brasa__h5_objects_column(const brasa_h5_objects *o, int64_t column, int64_t from, int32_t n, const brasa_h5_field *f,
                                      brasa_h5_bufs *bufs, brasa_arena *arena, const char *path, brasa_column *out, brasa_error *err)
{
    void      *to = brasa__h5_new_buf(bufs, brasa__type_width(f->type) * (size_t)n)->data;
    uint64_t  *valid = brasa__h5_new_buf(bufs, (brasa__bit_words(n) + 1) * 8)->data;
    brasa_type type;

    if (column >= o->columns || from + n > o->rows || !brasa__h5_objects_type(o, column, &type) || type.kind != f->type.kind)
        return brasa__fail(err, BRASA_CORRUPT, "%s: the pickled column %s has changed", path, f->name);
    memset(valid, 0xff, brasa__bit_words(n) * 8);
    for (int32_t i = 0; i < n; i++) {
        const brasa_h5_object *c = cell(o, column, from + i);
        if (c->kind == BRASA_H5_OBJECT_NONE) brasa__bit_clear(valid, i);
        if (type.kind == BRASA_KIND_BOOL) ((uint8_t *)to)[i] = c->kind != BRASA_H5_OBJECT_NONE && c->u.number != 0;
        if (type.kind == BRASA_KIND_INT64) ((int64_t *)to)[i] = c->kind == BRASA_H5_OBJECT_NONE ? 0 : c->u.number;
        if (type.kind == BRASA_KIND_FLOAT64)
            ((double *)to)[i] = c->kind == BRASA_H5_OBJECT_FLOAT ? c->u.real : c->kind == BRASA_H5_OBJECT_INT ? (double)c->u.number : 0;
    }
    if (type.kind == BRASA_KIND_STRING) texts(o, column, from, n, bufs, arena, to);
    *out = (brasa_column) {.type = f->type, .encoding = BRASA_FLAT, .values = to};
    if (brasa__bit_count(valid, n) < n) out->valid = valid;
    return BRASA_OK;
}

const char *brasa__h5_pickle_of(brasa_h5 *h, brasa_arena *arena, hid_t dset, size_t *n)
{
    enum { MOST_BYTES = 1 << 30 };
    hsize_t first = 0, one = 1;
    hid_t   space = BRASA_H5(h, H5Dget_space(dset)), memory = BRASA_H5(h, H5Screate_simple(1, &one, NULL));
    hid_t   type = BRASA_H5(h, H5Tvlen_create(H5T_NATIVE_UINT8));
    hvl_t   v = {0};
    char   *copy = NULL;

    if (H5Sget_simple_extent_ndims(space) != 1 || H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, NULL, &one, NULL) < 0 ||
        H5Dread(dset, type, memory, space, H5P_DEFAULT, &v) < 0)
        return NULL;
    if (v.p != NULL && v.len > 0 && v.len < MOST_BYTES) {
        copy = brasa__arena_copy(arena, v.p, v.len);
        *n = v.len;
    }
    H5Dvlen_reclaim(type, memory, H5P_DEFAULT, &v);
    return copy;
}
