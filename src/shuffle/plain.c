/* shuffle/plain.c -- the short way of rows whose columns are flat: of a fixed width, or strings.
 *
 * Every partition has a shelf (shelf.h).  Values are picked into it straight from the batch, and not copied again.  Batches of other forms go
 * through appenders; nothing depends on the order of rows within a partition.
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/alloc.h"
#include "data/bits.h"
#include "data/string.h"
#include "data/type.h"
#include "kernel/clones.h"
#include "shuffle/shelf.h"

enum {
    STREAM_BYTES = 1 << 20,
    STREAM_RUN = 128,
    MOST_RUNS = 1 << 18,
    HEAPS_BYTES = 32 << 20,
    LEAST_HEAP = 64 << 10,
    FORGET_ROWS = 1 << 18
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
    case BRASA_PHYS_STRING:
    case BRASA_PHYS_INTERVAL: return true;
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return false;
}

static bool plain_schema(brasa_schema schema, int32_t nparts)
{
    bool all = schema.ncols > 0 && schema.ncols <= MOST_RUNS / nparts;

    for (int32_t c = 0; c < schema.ncols && all; c++) all = plain_type(schema.cols[c].type);
    return all;
}

plain *brasa__plain_new(brasa_arena *arena, const brasa_exchange *x)
{
    brasa_schema schema = x->schema;
    int32_t      n = schema.ncols, nparts = x->spec.nparts;

    if (!plain_schema(schema, nparts)) return NULL;

    plain *p = BRASA_NEW(arena, plain);

    p->width = BRASA_NEWS(arena, size_t, n);
    p->string = BRASA_NEWS(arena, bool, n);
    p->shelves = BRASA_NEWS(arena, shelf, nparts);
    p->cols = BRASA_NEWS(arena, brasa_column, n);
    p->places = BRASA_NEWS(arena, brasa_plain_run, n);
    p->targets = BRASA_NEWS(arena, target, nparts);
    p->from = BRASA_NEWS(arena, int32_t, nparts);
    p->nulls = BRASA_NEWS(arena, bool, n);
    p->text = BRASA_NEWS(arena, size_t, n);
    p->values = BRASA_NEWS(arena, const void *, n);
    p->some = BRASA_NEWS(arena, bool, n);
    p->clean = BRASA_NEWS(arena, brasa_string *, n);
    p->ok = BRASA_NEWS(arena, uint8_t, SHUFFLE_STEP);
    for (int32_t c = 0; c < n; c++) {
        p->width[c] = brasa__type_width(schema.cols[c].type);
        p->string[c] = brasa__type_phys(schema.cols[c].type) == BRASA_PHYS_STRING;
        p->row += p->width[c];
        p->cols[c] = (brasa_column) {.type = schema.cols[c].type, .encoding = BRASA_FLAT};
    }
    for (int32_t k = 0; k < nparts; k++) p->shelves[k].runs = BRASA_NEWS(arena, shelf_run, n);
    p->most_heap = HEAPS_BYTES / (size_t)nparts / (size_t)n;
    if (p->most_heap < LEAST_HEAP) p->most_heap = LEAST_HEAP;
    return p;
}

void brasa__plain_free(plain *p, int32_t nparts)
{
    for (int32_t k = 0; p != NULL && k < nparts; k++) {
        brasa__buf_unref(p->shelves[k].buf);
        p->shelves[k].buf = NULL;
    }
}

brasa_status brasa__plain_flush(writer *w, brasa_error *err)
{
    for (int32_t k = 0; w->plain != NULL && k < w->x->spec.nparts; k++) {
        if (w->plain->shelves[k].rows > 0) BRASA_TRY(brasa__shelf_clear(w, k, err));
    }
    return BRASA_OK;
}

/* ---- what a batch brings ---- */

static bool any_null(const uint64_t *valid, int32_t first, int32_t span)
{
    uint64_t nulls = 0;

    for (int32_t i = 0; i < span; i += 64) {
        int32_t n = span - i < 64 ? span - i : 64;

        nulls |= ~brasa__bits_load(valid, first + (int64_t)i, n) << (64 - n);
    }
    return nulls != 0;
}

/* Strings of the rows that are put, empty where they are null. */
static const brasa_string *without_nulls(writer *w, const brasa_column *col, int32_t c, int32_t first, int32_t n)
{
    plain              *p = w->plain;
    const brasa_string *v = (const brasa_string *)col->values + first;

    if (p->clean[c] == NULL) p->clean[c] = BRASA_NEWS(w->arena, brasa_string, SHUFFLE_STEP);
    for (int32_t i = 0; i < n; i++) {
        int32_t r = w->order[i];

        p->clean[c][r] = brasa__bit_get(col->valid, first + r) ? v[r] : (brasa_string) {0};
    }
    return p->clean[c];
}

static bool prepare_column(writer *w, const brasa_column *col, int32_t c, int32_t first, int32_t span, int32_t n)
{
    plain *p = w->plain;

    if (col->encoding != BRASA_FLAT) return false;
    p->some[c] = col->valid != NULL && any_null(col->valid, first, span);
    if ((p->some[c] || p->string[c]) && span > SHUFFLE_STEP) return false;
    p->values[c] = (const char *)col->values + p->width[c] * (size_t)first;
    if (p->some[c] && p->string[c]) p->values[c] = without_nulls(w, col, c, first, n);
    return true;
}

bool brasa__plain_takes(writer *w, const brasa_batch *in, int32_t first, int32_t span, int32_t n)
{
    plain *p = w->plain;
    bool   all = p != NULL;

    for (int32_t c = 0; c < in->ncols && all; c++) all = in->cols[c].encoding == BRASA_FLAT;
    for (int32_t c = 0; c < in->ncols && all; c++) all = prepare_column(w, &in->cols[c], c, first, span, n);
    if (!all) return false;
    p->rows += n;
    if (p->rows > FORGET_ROWS) {
        p->rows /= 2;
        for (int32_t c = 0; c < in->ncols; c++) p->text[c] /= 2;
    }
    p->first = first;
    p->span = span;
    return true;
}

/* Where a column has its first null, open shelves have no room for its bitmap. */
static brasa_status make_room_for_nulls(writer *w, int32_t ncols, brasa_error *err)
{
    plain *p = w->plain;
    bool   more = false;

    for (int32_t c = 0; c < ncols; c++) {
        more = more || (p->some[c] && !p->nulls[c]);
        p->nulls[c] = p->nulls[c] || p->some[c];
    }
    if (!more) return BRASA_OK;
    BRASA_TRY(brasa__plain_flush(w, err));
    brasa__plain_free(p, w->x->spec.nparts);
    return BRASA_OK;
}

/* ---- strings ---- */

enum { SOME = 256 };

static void store_strings(const brasa_string *v, int32_t n, brasa_string *restrict out, bool stream)
{
    int32_t i = 0;

#ifdef __SSE2__
    if (stream) {
        for (; i < n && (uintptr_t)(out + i) % 64 != 0; i++) out[i] = v[i];
        for (; i + 4 <= n; i += 4) {
            for (int32_t k = i; k < i + 4; k++)
                _mm_stream_si128((__m128i *)(void *)(out + k), _mm_loadu_si128((const __m128i *)(const void *)(v + k)));
        }
    }
#else
    (void)stream;
#endif
    memcpy(out + i, v + i, sizeof *v * (size_t)(n - i));
}

/* At most SOME strings; how many there was room for, *need is what the next takes.  `base` is added to offsets in the heap. */
static int32_t put_some_strings(const brasa_string *restrict v, const uint16_t *restrict from, int32_t n, shelf_run *r, uintptr_t base,
                                brasa_string *restrict out, bool stream, size_t *need)
{
    brasa_string some[SOME];
    uint16_t     lengthy[SOME];
    int32_t      m = 0;
    size_t       used = r->used;

    for (int32_t i = 0; i < n; i++) {
        some[i] = v[from[i]];
        lengthy[m] = (uint16_t)i;
        m += some[i].len > 12;
    }
    for (int32_t k = 0; k < m; k++) {
        brasa_string *s = &some[lengthy[k]];

        if (s->len > r->room - used) {
            n = lengthy[k];
            *need = s->len;
            break;
        }
        brasa__string_copy(r->heap + used, s->u.ref.data, s->len);
        s->u.ref.data = (const char *)(base + used);
        used += s->len;
    }
    r->used = used;
    store_strings(some, n, out, stream);
    return n;
}

static int32_t put_strings(const brasa_string *v, const target *to, shelf *s, int32_t c)
{
    shelf_run    *r = &s->runs[c];
    uintptr_t     base = s->whole ? 0 : (uintptr_t)r->heap;
    brasa_string *out = (brasa_string *)(void *)r->values + to->rows;
    int32_t       done = 0;

    while (done < to->more) {
        int32_t n = to->more - done < SOME ? to->more - done : SOME;
        int32_t m = put_some_strings(v, to->from + done, n, r, base, out + done, to->stream, &s->need);

        done += m;
        if (m < n) break;
    }
    return done;
}

/* ---- bitmaps ---- */

BRASA_CLONES
static void unpack_bits(uint64_t bits, uint8_t *restrict out)
{
    for (int k = 0; k < 64; k++) out[k] = (uint8_t)(bits >> k & 1);
}

static void unpack(plain *p, const brasa_column *col)
{
    for (int32_t i = 0; i < p->span; i += 64) {
        int32_t n = p->span - i < 64 ? p->span - i : 64;

        unpack_bits(brasa__bits_load(col->valid, p->first + (int64_t)i, n), p->ok + i);
    }
}

static void pick_bits(const plain *p, int32_t c, const target *to)
{
    uint64_t *valid = to->runs[c].valid;

    if (!p->some[c]) {
        brasa__bits_fill(valid, to->rows, to->more, true);
        return;
    }
    for (int32_t i = 0; i < to->more; i += 64) {
        int32_t  n = to->more - i < 64 ? to->more - i : 64;
        uint64_t bits = 0;

        for (int32_t k = 0; k < n; k++) bits |= (uint64_t)p->ok[to->from[i + k]] << k;
        brasa__bits_store(valid, to->rows + (int64_t)i, bits, n);
    }
}

/* ---- a batch onto its shelves ---- */

/* What there is room for of `wanted` rows of partition k, with their strings. */
static int32_t aim(writer *w, int32_t ncols, int32_t k, int32_t wanted)
{
    plain  *p = w->plain;
    shelf  *s = &p->shelves[k];
    target *to = &p->targets[k];
    int32_t fit;

    if (s->buf == NULL) brasa__shelf_open(w, k);
    *to = (target) {.runs = s->runs, .from = w->order + p->from[k], .rows = s->rows, .more = wanted};
    if (to->more > s->room - s->rows) to->more = s->room - s->rows;
    fit = to->more;
    to->stream = to->more >= STREAM_RUN && (s->whole || p->row * (size_t)s->seen >= STREAM_BYTES);
    for (int32_t c = 0; c < ncols; c++) {
        size_t used = s->runs[c].used;

        if (!p->string[c]) continue;
        to->more = put_strings(p->values[c], to, s, c);
        p->text[c] += s->runs[c].used - used;
    }
    s->full = to->more < fit;
    s->rows += to->more;
    s->seen += to->more;
    return to->more;
}

static void pick_all(plain *p, const brasa_batch *in, int32_t nparts)
{
    for (int32_t c = 0; c < in->ncols; c++) {
        brasa_ahead next = {0};

        if (p->string[c]) continue;
        if (c + 1 < in->ncols)
            next = (brasa_ahead) {.at = p->values[c + 1], .width = p->width[c + 1], .bytes = p->width[c + 1] * (size_t)p->span};
        brasa__pick_column(p->width[c], c, p->values[c], p->targets, nparts, next);
    }
    for (int32_t c = 0; c < in->ncols; c++) {
        if (!p->nulls[c]) continue;
        if (p->some[c]) unpack(p, &in->cols[c]);
        for (int32_t k = 0; k < nparts; k++)
            if (p->targets[k].more > 0) pick_bits(p, c, &p->targets[k]);
    }
}

/* As many rows as every shelf has room for; what is left of partition k begins at from[k]. */
static bool put_some(writer *w, const brasa_batch *in, const int32_t *ends)
{
    plain  *p = w->plain;
    int32_t nparts = w->x->spec.nparts;
    bool    all = true;

    for (int32_t k = 0; k < nparts; k++) {
        p->targets[k].more = 0;
        if (ends[k] > p->from[k]) p->from[k] += aim(w, in->ncols, k, ends[k] - p->from[k]);
        all = all && p->from[k] == ends[k];
    }
    pick_all(p, in, nparts);
    return all;
}

brasa_status brasa__plain_put(writer *w, const brasa_batch *in, brasa_error *err)
{
    plain  *p = w->plain;
    int32_t nparts = w->x->spec.nparts;
    bool    all;

    BRASA_TRY(make_room_for_nulls(w, in->ncols, err));
    p->from[0] = 0;
    memcpy(p->from + 1, w->start, sizeof *p->from * (size_t)(nparts - 1));
    do {
        all = put_some(w, in, w->start);
        for (int32_t k = 0; k < nparts; k++) {
            shelf *s = &p->shelves[k];

            if (s->full && s->rows == 0) {
                brasa__buf_unref(s->buf);
                s->buf = NULL;
            } else if (s->buf != NULL && (s->rows == s->room || s->full)) {
                BRASA_TRY(brasa__shelf_clear(w, k, err));
            }
        }
    } while (!all);
    return BRASA_OK;
}
