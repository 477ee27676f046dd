/* growing.c -- a column that rows are appended to.
 *
 * Values are copied by width in plain loops; long strings go to the heap of the appender; a bitmap appears with the first null.
 * Invariant between calls: values hold `rows` rows, every long string points into the heap, every span into kids[0].
 */
#include <string.h>

#include "base/alloc.h"
#include "data/appender.h"
#include "data/bits.h"
#include "data/gather.h"
#include "data/string.h"

enum { FIRST_ROOM = 64, FIRST_PIECE = 4096, MAX_PIECE = 1 << 20 };

void brasa__heap_reserve(string_heap *h, size_t bytes)
{
    if (bytes <= h->left) return;
    if (h->count == h->cap) {
        int32_t cap = h->cap == 0 ? 4 : h->cap * 2;

        h->pieces = brasa__realloc(h->pieces, sizeof(brasa_buf *) * (size_t)h->cap, sizeof(brasa_buf *) * (size_t)cap);
        h->cap = cap;
    }

    size_t     size = h->used < FIRST_PIECE ? FIRST_PIECE : h->used > MAX_PIECE ? MAX_PIECE : h->used;
    brasa_buf *piece = brasa__buf_new(size < bytes ? bytes : size);

    h->pieces[h->count++] = piece;
    h->next = piece->data;
    h->left = piece->bytes;
}

void brasa__heap_free(string_heap *h)
{
    for (int32_t i = 0; i < h->count; i++) brasa__buf_unref(h->pieces[i]);
    brasa__free(h->pieces, sizeof(brasa_buf *) * (size_t)h->cap);
    *h = (string_heap) {0};
}

void brasa__heap_take(string_heap *h, brasa_string *v, int32_t n)
{
    size_t total = 0;

    for (int32_t i = 0; i < n; i++) total += v[i].len > 12 ? v[i].len : 0;
    if (total == 0) return;
    brasa__heap_reserve(h, total);

    char *p = h->next;

    for (int32_t i = 0; i < n; i++) {
        uint32_t len = v[i].len;

        if (len <= 12) continue;
        brasa__string_copy(p, v[i].u.ref.data, len);
        v[i].u.ref.data = p;
        p += len;
    }
    h->next = p;
    h->left -= total;
    h->used += total;
}

void brasa__growing_init(growing *g, brasa_type type, int32_t max_room)
{
    *g = (growing) {.type = type, .width = brasa__type_width(type), .max_room = max_room};
    if (type.nfields == 0) return;
    g->kids = brasa__alloc(sizeof(growing) * (size_t)type.nfields);
    for (int32_t i = 0; i < type.nfields; i++)
        brasa__growing_init(&g->kids[i], type.fields[i].type, type.kind == BRASA_KIND_STRUCT ? max_room : 0);
}

void brasa__growing_free(growing *g)
{
    brasa__buf_unref(g->values);
    brasa__buf_unref(g->valid);
    brasa__free(g->scratch, sizeof(int32_t) * (size_t)g->scratch_cap);
    brasa__free(g->dict, sizeof(brasa_string) * (size_t)g->dict_cap);
    if (g->kids == NULL) return;
    for (int32_t i = 0; i < g->type.nfields; i++) brasa__growing_free(&g->kids[i]);
    brasa__free(g->kids, sizeof(growing) * (size_t)g->type.nfields);
}

static void regrow(brasa_buf **buf, size_t used, size_t bytes)
{
    brasa_buf *bigger = brasa__buf_new(bytes);

    if (*buf != NULL) memcpy(bigger->data, (*buf)->data, used);
    brasa__buf_unref(*buf);
    *buf = bigger;
}

static size_t bitmap_bytes(int32_t rows)
{
    return brasa__bit_words(rows) * 8;
}

static void make_room(growing *g, int32_t n)
{
    int64_t need = (int64_t)g->rows + n;
    int64_t room = 2 * (int64_t)g->room;

    if (need <= g->room) return;
    if (need > INT32_MAX) brasa__throw(BRASA_UNSUPPORTED, "the lists of one block hold over 2^31 elements; lower block-rows");
    if (room < need) room = need;
    if (room < g->last) room = g->last;
    if (room < FIRST_ROOM) room = FIRST_ROOM;
    if (g->max_room != 0 && room > g->max_room && need <= g->max_room) room = g->max_room;
    if (room > INT32_MAX) room = INT32_MAX;
    if (g->width != 0) regrow(&g->values, (size_t)g->rows * g->width, (size_t)room * g->width);
    if (g->valid != NULL) regrow(&g->valid, bitmap_bytes(g->rows), bitmap_bytes((int32_t)room));
    g->room = (int32_t)room;
}

static void need_bitmap(growing *g)
{
    if (g->valid != NULL) return;
    g->valid = brasa__buf_new(bitmap_bytes(g->room));
    brasa__bits_fill(g->valid->data, 0, g->rows, true);
}

static int32_t *scratch(growing *g, int32_t n)
{
    if (n > g->scratch_cap) {
        brasa__free(g->scratch, sizeof(int32_t) * (size_t)g->scratch_cap);
        g->scratch = NULL;
        g->scratch_cap = 0;
        g->scratch = brasa__alloc(sizeof(int32_t) * (size_t)n);
        g->scratch_cap = n;
    }
    return g->scratch;
}

static void clear_null_strings(const growing *g, brasa_string *v, int32_t n)
{
    const uint64_t *valid = g->valid->data;

    for (int32_t i = 0; i < n; i++) {
        if (!brasa__bit_get(valid, g->rows + (int64_t)i)) v[i] = (brasa_string) {0};
    }
}

/* A dictionary (or constant) whose long strings are copied once, however many rows use them. */
static const brasa_string *copy_dictionary(growing *g, string_heap *heap, const brasa_string *v, int32_t n)
{
    if (n > g->dict_cap) {
        brasa__free(g->dict, sizeof(brasa_string) * (size_t)g->dict_cap);
        g->dict = NULL;
        g->dict_cap = 0;
        g->dict = brasa__alloc(sizeof(brasa_string) * (size_t)n);
        g->dict_cap = n;
    }
    memcpy(g->dict, v, sizeof(brasa_string) * (size_t)n);
    brasa__heap_take(heap, g->dict, n);
    return g->dict;
}

static bool copy_rows(growing *g, const brasa_column *in, const int32_t *rows, int32_t from, int32_t n)
{
    char     *dst = g->width == 0 ? NULL : (char *)g->values->data + (size_t)g->rows * g->width;
    uint64_t *valid = g->valid == NULL ? NULL : g->valid->data;

    return rows != NULL ? brasa__gather_values(in, rows, n, dst, valid, g->rows) : brasa__copy_values(in, from, n, dst, valid, g->rows);
}

static void append_strings(growing *g, string_heap *heap, const brasa_column *in, const int32_t *rows, int32_t from, int32_t n)
{
    brasa_column c = *in, dict;
    bool         shared = true;

    if (in->encoding == BRASA_CONST && brasa_column_is_valid(in, 0)) {
        c.values = copy_dictionary(g, heap, in->values, 1);
    } else if (in->encoding == BRASA_DICT && in->child_rows <= n) {
        dict = *in->child;
        dict.values = copy_dictionary(g, heap, dict.values, (int32_t)in->child_rows);
        c.child = &dict;
    } else {
        shared = false;
    }

    bool          null = copy_rows(g, &c, rows, from, n);
    brasa_string *v = (brasa_string *)g->values->data + g->rows;

    if (null) clear_null_strings(g, v, n);
    if (!shared) brasa__heap_take(heap, v, n);
}

/* Elements of the appended spans: their row numbers in the source, or a run of them; then the spans are moved to where the elements go. */
static void append_list(growing *g, string_heap *heap, const brasa_column *in, const int32_t *rows, int32_t from, int32_t n)
{
    const brasa_column *list = in->encoding == BRASA_DICT ? in->child : in;
    bool                null = copy_rows(g, in, rows, from, n);
    brasa_span         *v = (brasa_span *)g->values->data + g->rows;
    int64_t             total = 0;
    int32_t             first = -1;
    bool                run = true;

    for (int32_t i = 0; i < n; i++) {
        if (null && !brasa__bit_get(g->valid->data, g->rows + (int64_t)i)) v[i] = (brasa_span) {0};
        if (v[i].len == 0) continue;
        if (first < 0) first = v[i].offset;
        run &= v[i].offset == first + total;
        total += v[i].len;
    }
    if (total > INT32_MAX) brasa__throw(BRASA_UNSUPPORTED, "the lists of one block hold over 2^31 elements; lower block-rows");

    int32_t *elements = run ? NULL : scratch(g, (int32_t)total);
    int32_t  at = g->kids[0].rows, k = 0;

    for (int32_t i = 0; i < n; i++) {
        if (elements != NULL) {
            for (int32_t j = 0; j < v[i].len; j++) elements[k + j] = v[i].offset + j;
        }
        v[i].offset = at + k;
        k += v[i].len;
    }
    if (total > 0) brasa__growing_append(&g->kids[0], heap, list->child, elements, first, (int32_t)total);
}

static void append_struct(growing *g, string_heap *heap, const brasa_column *in, const int32_t *rows, int32_t from, int32_t n)
{
    const brasa_column *s = in->encoding == BRASA_DICT ? in->child : in;

    copy_rows(g, in, rows, from, n);
    if (in->encoding != BRASA_FLAT) {
        int32_t *mapped = scratch(g, n);

        for (int32_t i = 0; i < n; i++) {
            int32_t r = rows != NULL ? rows[i] : from + i;

            mapped[i] = r < 0 ? -1 : in->encoding == BRASA_CONST ? 0 : in->codes[r];
        }
        rows = mapped;
    }
    for (int32_t f = 0; f < g->type.nfields; f++) {
        brasa_column kid;

        brasa__column_slice(&s->child[f], (int32_t)s->child_rows, &kid);
        brasa__growing_append(&g->kids[f], heap, &kid, rows, from, n);
    }
}

void brasa__growing_append(growing *g, string_heap *heap, const brasa_column *in, const int32_t *rows, int32_t from, int32_t n)
{
    make_room(g, n);
    if (g->valid == NULL && brasa__gather_may_null(in, rows, n)) need_bitmap(g);
    switch (brasa__type_phys(g->type)) {
    case BRASA_PHYS_STRING: append_strings(g, heap, in, rows, from, n); break;
    case BRASA_PHYS_SPAN: append_list(g, heap, in, rows, from, n); break;
    case BRASA_PHYS_STRUCT: append_struct(g, heap, in, rows, from, n); break;
    case BRASA_PHYS_BOOL:
    case BRASA_PHYS_I8:
    case BRASA_PHYS_I16:
    case BRASA_PHYS_I32:
    case BRASA_PHYS_I64:
    case BRASA_PHYS_I128:
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64:
    case BRASA_PHYS_INTERVAL:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: copy_rows(g, in, rows, from, n); break;
    }
    g->rows += n;
}
