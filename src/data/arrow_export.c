/* arrow_export.c -- the rows of a block as Arrow arrays.
 *
 * Every array of the tree owns its arena and a reference of the block, because a consumer may move a child out and release the
 * parent first.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/arrow.h"
#include "data/bits.h"
#include "data/gather.h"
#include "data/type.h"

typedef struct {
    brasa_block *block;
    brasa_arena *arena;
} array_owner;

static void release_array(struct ArrowArray *a)
{
    array_owner *owner = a->private_data;

    for (int64_t i = 0; i < a->n_children; i++) {
        if (a->children[i]->release != NULL) a->children[i]->release(a->children[i]);
    }
    a->release = NULL;
    brasa__block_unref(owner->block);
    brasa__arena_free(owner->arena);
    brasa__free(owner, sizeof *owner);
}

/* One column being exported: rows [0, n) of a FLAT column. */
typedef struct {
    brasa_block       *block;
    brasa_arena       *arena;
    struct ArrowArray *out;
} export_state;

static export_state begin(brasa_block *block, int64_t n, int32_t nbuffers, int32_t nchildren, struct ArrowArray *out)
{
    array_owner *owner = brasa__alloc(sizeof *owner);

    *out = (struct ArrowArray) {.length = n, .private_data = owner, .release = release_array};
    owner->block = brasa__block_ref(block);
    owner->arena = brasa__arena_new(NULL, "arrow array"); /* should it throw, releasing the array cleans up */
    out->buffers = BRASA_NEWS(owner->arena, const void *, nbuffers + 1);
    out->children = BRASA_NEWS(owner->arena, struct ArrowArray *, nchildren + 1);
    out->n_buffers = nbuffers;
    return (export_state) {.block = block, .arena = owner->arena, .out = out};
}

static void *bits_of_bools(brasa_arena *arena, const uint8_t *v, int32_t n)
{
    uint64_t *bits = brasa__arena_alloc64(arena, brasa__bit_words(n) * 8 + 8);

    for (int32_t i = 0; i < n; i++) bits[i >> 6] |= (uint64_t)(v[i] != 0) << (i & 63);
    return bits;
}

static void *wide_decimals(brasa_arena *arena, const int64_t *v, int32_t n)
{
    brasa_int128 *out = brasa__arena_alloc64(arena, sizeof(brasa_int128) * (size_t)n + 16);

    for (int32_t i = 0; i < n; i++) out[i] = v[i];
    return out;
}

typedef struct {
    int32_t months;
    int32_t days;
    int64_t ns;
} arrow_interval;

static brasa_status nano_intervals(brasa_arena *arena, const brasa_column *c, int32_t n, const void **out, brasa_error *err)
{
    const brasa_interval *v = c->values;
    arrow_interval       *to = brasa__arena_alloc64(arena, sizeof(arrow_interval) * (size_t)n + 16);

    for (int32_t i = 0; i < n; i++) {
        to[i] = (arrow_interval) {.months = v[i].months, .days = v[i].days};
        if (brasa_column_is_valid(c, i) && __builtin_mul_overflow(v[i].us, (int64_t)1000, &to[i].ns)) {
            return brasa__fail(err, BRASA_ARITHMETIC, "an interval of %lld microseconds is too long for Arrow's nanoseconds",
                               (long long)v[i].us);
        }
    }
    *out = to;
    return BRASA_OK;
}

static brasa_status too_long(const char *what, brasa_error *err)
{
    return brasa__fail(err, BRASA_UNSUPPORTED, "over 2^31 - 1 %s in one block; lower block-rows", what);
}

static brasa_status export_strings(export_state *s, const brasa_column *c, int32_t n, brasa_error *err)
{
    const brasa_string *v = c->values;
    int32_t            *offsets = brasa__arena_alloc64(s->arena, sizeof(int32_t) * ((size_t)n + 1));
    size_t              bytes = 0;
    char               *p;

    for (int32_t i = 0; i < n; i++) {
        offsets[i] = (int32_t)bytes;
        bytes += brasa_column_is_valid(c, i) ? v[i].len : 0;
        if (bytes > INT32_MAX) return too_long("bytes of strings", err);
    }
    offsets[n] = (int32_t)bytes;
    p = brasa__arena_alloc64(s->arena, bytes + 8);
    for (int32_t i = 0; i < n; i++) memcpy(p + offsets[i], brasa_string_data(&v[i]), (size_t)(offsets[i + 1] - offsets[i]));
    s->out->buffers[1] = offsets;
    s->out->buffers[2] = p;
    return BRASA_OK;
}

static brasa_status export_column(brasa_block *block, const brasa_column *c, int32_t n, struct ArrowArray *out, brasa_error *err);

static brasa_status export_child(export_state *s, const brasa_column *c, int32_t n, brasa_error *err)
{
    struct ArrowArray *child = BRASA_NEW(s->arena, struct ArrowArray);

    s->out->children[s->out->n_children++] = child; /* before it is built: whatever fails then, releasing the parent releases it */
    return export_column(s->block, c, n, child, err);
}

/* Elements in the order of the lists: as they are when they lie so already. */
static brasa_status export_list(export_state *s, const brasa_column *c, int32_t n, brasa_error *err)
{
    const brasa_span *v = c->values;
    int32_t          *offsets = brasa__arena_alloc64(s->arena, sizeof(int32_t) * ((size_t)n + 1));
    int64_t           total = 0;
    bool              run = true;

    for (int32_t i = 0; i < n; i++) {
        bool some = brasa_column_is_valid(c, i) && v[i].len > 0;

        offsets[i] = (int32_t)total;
        run &= !some || v[i].offset == total;
        total += some ? v[i].len : 0;
        if (total > INT32_MAX) return too_long("elements of lists", err);
    }
    offsets[n] = (int32_t)total;
    s->out->buffers[1] = offsets;
    if (run) return export_child(s, c->child, (int32_t)total, err);

    int32_t     *rows = BRASA_NEWS(s->arena, int32_t, total);
    brasa_column picked;

    for (int32_t i = 0; i < n; i++) {
        for (int32_t k = offsets[i]; k < offsets[i + 1]; k++) rows[k] = v[i].offset + (k - offsets[i]);
    }
    brasa__column_gather(s->arena, c->child, rows, (int32_t)total, false, &picked);
    return export_child(s, &picked, (int32_t)total, err);
}

static brasa_status export_struct(export_state *s, const brasa_column *c, int32_t n, brasa_error *err)
{
    for (int32_t f = 0; f < c->type.nfields; f++) {
        brasa_column kid;

        brasa__column_slice(&c->child[f], (int32_t)c->child_rows, &kid);
        BRASA_TRY(export_child(s, &kid, n, err));
    }
    return BRASA_OK;
}

static brasa_status export_values(export_state *s, const brasa_column *c, int32_t n, brasa_error *err)
{
    brasa_column floats = {.type.kind = BRASA_KIND_FLOAT32, .encoding = BRASA_FLAT, .values = c->values};

    switch (c->type.kind) {
    case BRASA_KIND_BOOL: s->out->buffers[1] = bits_of_bools(s->arena, c->values, n); return BRASA_OK;
    case BRASA_KIND_DECIMAL:
        s->out->buffers[1] = brasa__type_phys(c->type) == BRASA_PHYS_I128 ? c->values : wide_decimals(s->arena, c->values, n);
        return BRASA_OK;
    case BRASA_KIND_INTERVAL: return nano_intervals(s->arena, c, n, &s->out->buffers[1], err);
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY: return export_strings(s, c, n, err);
    case BRASA_KIND_LIST:
    case BRASA_KIND_MAP: return export_list(s, c, n, err);
    case BRASA_KIND_STRUCT: return export_struct(s, c, n, err);
    case BRASA_KIND_VECTOR:
        if ((int64_t)n * c->type.length > INT32_MAX) return too_long("elements of vectors", err);
        return export_child(s, &floats, n * c->type.length, err);
    case BRASA_KIND_INT8:
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INT64:
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64:
    case BRASA_KIND_DATE:
    case BRASA_KIND_TIMESTAMP_NTZ:
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_INTERVAL_DT:
    case BRASA_KIND_TIME:
    case BRASA_KIND_TIMESTAMP: s->out->buffers[1] = c->values; return BRASA_OK;
    case BRASA_KIND_NULL:
    case BRASA_KIND_COUNT: break;
    }
    return BRASA_OK;
}

static int32_t buffers_of(brasa_kind kind)
{
    if (kind == BRASA_KIND_NULL) return 0;
    if (kind == BRASA_KIND_STRUCT || kind == BRASA_KIND_VECTOR) return 1;
    return kind == BRASA_KIND_STRING || kind == BRASA_KIND_BINARY ? 3 : 2;
}

/* Constants and dictionaries written out. */
static void flatten(brasa_arena *arena, brasa_column *c, int32_t n)
{
    bool     constant = c->encoding == BRASA_CONST, null = constant && !brasa_column_is_valid(c, 0);
    int32_t *rows = BRASA_NEWS(arena, int32_t, n);

    if (constant) { /* a dictionary of one */
        brasa_column *dict = BRASA_NEW(arena, brasa_column);
        uint64_t     *valid = null ? BRASA_NEWS(arena, uint64_t, brasa__bit_words(n) + 1) : NULL;

        *dict = *c;
        dict->encoding = BRASA_FLAT;
        dict->valid = NULL;
        *c = (brasa_column) {.type = dict->type,
                             .encoding = BRASA_DICT,
                             .codes = BRASA_NEWS(arena, int32_t, n),
                             .child = dict,
                             .child_rows = 1,
                             .valid = valid};
    }
    for (int32_t i = 0; i < n; i++) rows[i] = i;
    brasa__column_gather(arena, c, rows, n, false, c);
}

static brasa_status export_column(brasa_block *block, const brasa_column *in, int32_t n, struct ArrowArray *out, brasa_error *err)
{
    int32_t      kids = in->type.kind == BRASA_KIND_VECTOR ? 1 : in->type.nfields;
    export_state s = begin(block, n, buffers_of(in->type.kind), kids, out);
    brasa_column c = *in;

    if (c.encoding != BRASA_FLAT) flatten(s.arena, &c, n);
    if (in->type.kind == BRASA_KIND_NULL) {
        out->null_count = n;
        return BRASA_OK;
    }
    if (c.valid != NULL) {
        out->buffers[0] = c.valid;
        out->null_count = n - brasa__bit_count(c.valid, n);
    }
    return export_values(&s, &c, n, err);
}

typedef struct {
    brasa_block       *block;
    struct ArrowArray *out;
} block_export;

static brasa_status export_all(void *arg, brasa_error *err)
{
    block_export *e = arg;
    export_state  s = begin(e->block, e->block->rows, 1, e->block->ncols, e->out);

    for (int32_t i = 0; i < e->block->ncols; i++) BRASA_TRY(export_child(&s, &e->block->cols[i], e->block->rows, err));
    return BRASA_OK;
}

brasa_status brasa__arrow_export_block(brasa_block *b, struct ArrowArray *out, brasa_error *err)
{
    block_export e = {.block = b, .out = out};
    brasa_error  local;
    brasa_status status;

    *out = (struct ArrowArray) {0};
    brasa__error_clear(&local);
    status = brasa__guarded(export_all, &e, &local);
    if (status == BRASA_OK) return BRASA_OK;
    if (out->release != NULL) out->release(out);
    if (err != NULL) *err = local;
    return status;
}
