/* exec/agg_table.c -- pages of groups, and finding one. */
#include "exec/agg_table.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/hash.h"
#include "data/gather.h"
#include "data/string.h"
#include "data/type.h"
#include "kernel/rows.h"

enum { FIRST_INDEX = 1024, FIRST_PAGE = 16, PAGE_BYTES = 256 << 10 };

static int32_t align_up(int32_t n, int32_t to)
{
    return (n + to - 1) / to * to;
}

void brasa__agg_layout_make(brasa_arena *arena, const brasa_type *keys, int32_t nkeys, int32_t state_bytes, brasa_agg_layout *out)
{
    int32_t at = (int32_t)sizeof(brasa_agg_row);

    out->nkeys = nkeys;
    out->keys = BRASA_NEWS(arena, brasa_agg_key, nkeys + 1);
    /* Wide keys first would save padding; their order is kept instead, and every key is aligned to at most 8. */
    for (int32_t i = 0; i < nkeys; i++) {
        brasa_type type = brasa__type_is_nested(keys[i]) ? brasa__type(BRASA_KIND_BINARY) : keys[i];
        int32_t    width = (int32_t)brasa__type_width(type);

        at = align_up(at, width >= 8 ? 8 : width > 0 ? width : 1);
        out->keys[i] = (brasa_agg_key) {.type = type, .shown = keys[i], .width = width, .offset = at};
        at += width;
    }
    if (nkeys <= (int32_t)sizeof(uint32_t) * 8) {
        out->null_offset = (int32_t)offsetof(brasa_agg_row, nulls);
    } else {
        out->null_offset = at;
        at += (nkeys + 7) / 8;
    }
    out->state_offset = align_up(at, 8);
    out->row_bytes = align_up(out->state_offset + state_bytes, 8);
}

void brasa__agg_table_init(brasa_agg_table *t, const brasa_agg_layout *layout, brasa_arena *arena, int64_t limit, int32_t nparts)
{
    memset(t, 0, sizeof *t);
    t->layout = layout;
    t->arena = arena;
    t->limit = limit;
    t->nparts = nparts;
    t->hash = BRASA_NEWS(arena, uint64_t, BRASA_BATCH_ROWS);
    t->slot = BRASA_NEWS(arena, uint64_t, BRASA_BATCH_ROWS);
    t->todo = BRASA_NEWS(arena, int32_t, BRASA_BATCH_ROWS);
    t->same = BRASA_NEWS(arena, int32_t, BRASA_BATCH_ROWS);
    t->fresh = BRASA_NEWS(arena, int32_t, BRASA_BATCH_ROWS);
    t->copy_strings = true;
}

void brasa__agg_part_free(brasa_agg_part *p)
{
    for (brasa_agg_page *page = p->first; page != NULL; page = page->next) brasa__buf_unref(page->buf);
    *p = (brasa_agg_part) {.rows = 0};
}

void brasa__agg_table_free(brasa_agg_table *t)
{
    for (int32_t i = 0; i < t->nparts; i++) brasa__agg_part_free(&t->parts[i]);
    brasa__buf_unref(t->index_buf);
    t->index_buf = NULL;
    t->index = NULL;
    t->used = 0;
    t->groups = 0;
}

/* ---- pages ---- */

static uint8_t *new_row(brasa_agg_table *t, uint64_t hash)
{
    brasa_agg_part *part = &t->parts[t->nparts == 1 ? 0 : brasa__agg_part_of(hash)];
    size_t          bytes = (size_t)t->layout->row_bytes;

    if (part->last == NULL || part->last->rows == part->last->cap) {
        int32_t         most = (int32_t)(PAGE_BYTES / bytes > 0 ? PAGE_BYTES / bytes : 1);
        int32_t         cap = part->last == NULL ? FIRST_PAGE : part->last->cap * 4;
        brasa_agg_page *page = BRASA_NEW(t->arena, brasa_agg_page);

        page->cap = cap < most ? cap : most;
        page->buf = brasa__buf_new(bytes * (size_t)page->cap);
        if (part->last == NULL) {
            part->first = page;
        } else {
            part->last->next = page;
        }
        part->last = page;
    }
    uint8_t *row = (uint8_t *)part->last->buf->data + bytes * (size_t)part->last->rows;

    part->last->rows++;
    part->rows++;
    return row;
}

static void index_alloc(brasa_agg_table *t, uint64_t slots)
{
    t->index_buf = brasa__buf_new(slots * 8); /* may throw: then the old one is still there */
    brasa_buf *buf = t->index_buf;

    t->index = buf->data;
    t->mask = slots - 1;
    memset(t->index, 0, slots * 8);
}

static void index_put(brasa_agg_table *t, uint8_t *row)
{
    uint64_t hash = ((brasa_agg_row *)(void *)row)->hash;
    uint64_t i = hash & t->mask;

    while (t->index[i] != 0) i = (i + 1) & t->mask;
    t->index[i] = brasa__agg_slot(row, hash);
}

/* At most half full after n more. */
static void index_reserve(brasa_agg_table *t, int32_t n)
{
    uint64_t slots = t->index == NULL ? FIRST_INDEX : t->mask + 1;
    uint64_t need = (uint64_t)(t->used + n) * 2;

    if (t->index != NULL && need <= slots) return;
    while (slots < need) slots *= 4;
    uint64_t  *old = t->index;
    brasa_buf *old_buf = t->index_buf;
    uint64_t   old_slots = old == NULL ? 0 : t->mask + 1;

    index_alloc(t, slots);
    for (uint64_t i = 0; i < old_slots; i++) {
        if (old[i] != 0) index_put(t, brasa__agg_slot_row(old[i]));
    }
    brasa__buf_unref(old_buf);
}

bool brasa__agg_table_overflow(brasa_agg_table *t, int32_t n)
{
    if (t->limit == 0 || t->used + n <= t->limit) return false;
    memset(t->index, 0, (t->mask + 1) * 8);
    t->used = 0;
    return true;
}

/* ---- keys ---- */

static void scatter_keys(brasa_agg_table *t, const brasa_agg_key *key, const brasa_agg_col *col, uint8_t *const *group,
                         const int32_t *fresh, int32_t n)
{
    size_t width = (size_t)key->width;

#define COPY(T)                                                                                            \
    for (int32_t i = 0; i < n; i++) *(T *)(group[fresh[i]] + key->offset) = ((const T *)col->v)[fresh[i]]; \
    return
    if (col->type.kind == BRASA_KIND_STRING || col->type.kind == BRASA_KIND_BINARY) {
        for (int32_t i = 0; i < n; i++) {
            brasa_string s = ((const brasa_string *)col->v)[fresh[i]];

            if (col->valid != NULL && !brasa__bit_get(col->valid, fresh[i])) s = brasa__string("", 0);
            if (s.len > 12 && (t->copy_strings || key->shown.kind != col->type.kind))
                s = brasa__string(brasa__arena_dup_bytes(t->arena, s.u.ref.data, s.len), s.len);
            memcpy(group[fresh[i]] + key->offset, &s, sizeof s);
        }
        return;
    }
    switch (width) {
    case 1: COPY(uint8_t);
    case 2: COPY(uint16_t);
    case 4: COPY(uint32_t);
    case 8: COPY(uint64_t);
    default:
        for (int32_t i = 0; i < n; i++) memcpy(group[fresh[i]] + key->offset, (const uint8_t *)col->v + width * (size_t)fresh[i], width);
    }
#undef COPY
}

static void write_keys(brasa_agg_table *t, const brasa_agg_col *keys, uint8_t *const *group, const int32_t *fresh, int32_t n)
{
    const brasa_agg_layout *l = t->layout;
    size_t                  from = (size_t)l->null_offset;
    size_t                  first = from < sizeof(brasa_agg_row) ? (size_t)l->state_offset : from;
    size_t                  bytes = (size_t)l->row_bytes - first;

    for (int32_t i = 0; i < n; i++) {
        ((brasa_agg_row *)(void *)group[fresh[i]])->nulls = 0;
        memset(group[fresh[i]] + first, 0, bytes);
    }
    for (int32_t k = 0; k < l->nkeys; k++) {
        scatter_keys(t, &l->keys[k], &keys[k], group, fresh, n);
        if (keys[k].valid == NULL) continue;
        for (int32_t i = 0; i < n; i++) {
            if (!brasa__bit_get(keys[k].valid, fresh[i])) group[fresh[i]][from + (size_t)(k >> 3)] |= (uint8_t)(1u << (k & 7));
        }
    }
}

int32_t brasa__agg_compare_key(const brasa_agg_layout *l, int32_t k, const brasa_agg_col *col, uint8_t *const *cand, int32_t *same,
                               int32_t n, int32_t *todo, int32_t *ntodo)
{
    const brasa_agg_key *key = &l->keys[k];
    size_t               null_at = (size_t)l->null_offset + (size_t)(k >> 3);
    uint8_t              bit = (uint8_t)(1u << (k & 7));
    int32_t              m = 0, more = *ntodo;

#define LOOP(EQUAL)                                                                      \
    for (int32_t i = 0; i < n; i++) {                                                    \
        int32_t        r = same[i];                                                      \
        const uint8_t *row = cand[r];                                                    \
        const uint8_t *at = row + key->offset;                                           \
        bool           null_here = col->valid != NULL && !brasa__bit_get(col->valid, r); \
        bool           null_there = (row[null_at] & bit) != 0;                           \
        bool           equal = null_here == null_there && (null_here || (EQUAL));        \
        same[m] = r;                                                                     \
        todo[more] = r;                                                                  \
        m += equal;                                                                      \
        more += !equal;                                                                  \
    }
#define VALUES(T) LOOP(*(const T *)(const void *)at == ((const T *)col->v)[r])
    if (col->type.kind == BRASA_KIND_STRING || col->type.kind == BRASA_KIND_BINARY) {
        LOOP(brasa__string_equal((const brasa_string *)(const void *)at, &((const brasa_string *)col->v)[r]))
    } else if (key->width == 8) {
        VALUES(uint64_t)
    } else if (key->width == 4) {
        VALUES(uint32_t)
    } else if (key->width == 2) {
        VALUES(uint16_t)
    } else if (key->width == 1) {
        VALUES(uint8_t)
    } else {
        LOOP(memcmp(at, (const uint8_t *)col->v + (size_t)key->width * (size_t)r, (size_t)key->width) == 0)
    }
#undef VALUES
#undef LOOP
    *ntodo = more;
    return m;
}

/* ---- lookup ---- */

/* For each k of todo: walk the index from slot[k] to a row with the same hash bits (k goes to same, group[k] is the candidate) or to a free slot (a new row; k goes to fresh). */
static void walk_index(brasa_agg_table *t, int32_t ntodo, uint8_t **group, int32_t *nsame, int32_t *nfresh)
{
    int32_t same = 0, fresh = *nfresh;

    for (int32_t i = 0; i < ntodo; i++) {
        int32_t  k = t->todo[i];
        uint64_t hash = t->hash[k], at = t->slot[k];

        for (;;) {
            uint64_t slot = t->index[at];

            if (slot == 0) {
                uint8_t       *row = new_row(t, hash);
                brasa_agg_row *head = (brasa_agg_row *)(void *)row;

                head->hash = hash;
                head->ordinal = (uint32_t)t->groups++;
                t->used++;
                t->index[at] = brasa__agg_slot(row, hash);
                group[k] = row;
                t->fresh[fresh++] = k;
                break;
            }
            if (brasa__agg_slot_like(slot, hash)) {
                group[k] = brasa__agg_slot_row(slot);
                t->same[same++] = k;
                break;
            }
            at = (at + 1) & t->mask;
        }
        t->slot[k] = at;
    }
    *nsame = same;
    *nfresh = fresh;
}

static void start(brasa_agg_table *t, int32_t n)
{
    index_reserve(t, n);
    for (int32_t k = 0; k < n; k++) {
        t->slot[k] = t->hash[k] & t->mask;
        t->todo[k] = k;
    }
    if (t->mask > 4096) {
        for (int32_t k = 0; k < n; k++) __builtin_prefetch(&t->index[t->slot[k]]);
    }
}

static void next_round(brasa_agg_table *t, int32_t ntodo)
{
    for (int32_t i = 0; i < ntodo; i++) {
        int32_t k = t->todo[i];

        t->slot[k] = (t->slot[k] + 1) & t->mask;
    }
}

void brasa__agg_hash(const brasa_agg_col *keys, int32_t nkeys, int32_t n, uint64_t *hash)
{
    for (int32_t k = 0; k < nkeys; k++) {
        brasa_column c = {.type = keys[k].type, .encoding = BRASA_FLAT, .values = keys[k].v, .valid = keys[k].valid};

        brasa__hash_rows(&c, NULL, n, k == 0, hash);
    }
    if (nkeys == 0) memset(hash, 0, (size_t)n * 8);
}

void brasa__agg_table_append(brasa_agg_table *t, const brasa_agg_col *keys, int32_t n, uint8_t **rows)
{
    brasa__agg_hash(keys, t->layout->nkeys, n, t->hash);
    for (int32_t k = 0; k < n; k++) {
        rows[k] = new_row(t, t->hash[k]);
        *(brasa_agg_row *)(void *)rows[k] = (brasa_agg_row) {.hash = t->hash[k]};
        t->fresh[k] = k;
    }
    t->groups += n;
    write_keys(t, keys, rows, t->fresh, n);
}

void brasa__agg_table_find(brasa_agg_table *t, const brasa_agg_col *keys, int32_t n, uint8_t **group, int32_t *nfresh)
{
    int32_t ntodo = n;

    brasa__agg_hash(keys, t->layout->nkeys, n, t->hash);
    start(t, n);
    *nfresh = 0;
    while (ntodo > 0) {
        int32_t nsame, before = *nfresh;

        walk_index(t, ntodo, group, &nsame, nfresh);
        write_keys(t, keys, group, t->fresh + before, *nfresh - before);
        ntodo = 0;
        if (t->groups > 1024) {
            for (int32_t i = 0; i < nsame; i++) __builtin_prefetch(group[t->same[i]] + sizeof(brasa_agg_row));
        }
        for (int32_t k = 0; k < t->layout->nkeys; k++)
            nsame = brasa__agg_compare_key(t->layout, k, &keys[k], group, t->same, nsame, t->todo, &ntodo);
        next_round(t, ntodo);
    }
}

bool brasa__agg_same_keys(const brasa_agg_layout *l, const uint8_t *a, const uint8_t *b)
{
    if (memcmp(a + l->null_offset, b + l->null_offset, (size_t)((l->nkeys + 7) / 8)) != 0) return false;
    for (int32_t k = 0; k < l->nkeys; k++) {
        const brasa_agg_key *key = &l->keys[k];
        const uint8_t       *x = a + key->offset, *y = b + key->offset;

        if ((a[l->null_offset + (k >> 3)] >> (k & 7) & 1) != 0) continue;
        if (key->type.kind == BRASA_KIND_STRING || key->type.kind == BRASA_KIND_BINARY) {
            if (!brasa__string_equal((const brasa_string *)(const void *)x, (const brasa_string *)(const void *)y)) return false;
        } else if (memcmp(x, y, (size_t)key->width) != 0) {
            return false;
        }
    }
    return true;
}

void brasa__agg_table_adopt(brasa_agg_table *t, uint8_t *const *rows, int32_t n, uint8_t **group, int32_t *nfresh)
{
    int32_t ntodo = n;
    size_t  bytes = (size_t)t->layout->row_bytes;

    for (int32_t k = 0; k < n; k++) t->hash[k] = ((const brasa_agg_row *)(const void *)rows[k])->hash;
    start(t, n);
    *nfresh = 0;
    while (ntodo > 0) {
        int32_t nsame, before = *nfresh;

        walk_index(t, ntodo, group, &nsame, nfresh);
        for (int32_t i = before; i < *nfresh; i++) {
            int32_t  k = t->fresh[i];
            uint32_t ordinal = ((brasa_agg_row *)(void *)group[k])->ordinal;

            memcpy(group[k], rows[k], bytes);
            ((brasa_agg_row *)(void *)group[k])->ordinal = ordinal;
        }
        ntodo = 0;
        for (int32_t i = 0; i < nsame; i++) {
            int32_t k = t->same[i];

            if (!brasa__agg_same_keys(t->layout, group[k], rows[k])) t->todo[ntodo++] = k;
        }
        next_round(t, ntodo);
    }
}

uint8_t *brasa__agg_table_single(brasa_agg_table *t)
{
    if (t->groups == 0) {
        uint8_t *row = new_row(t, 0);

        memset(row, 0, (size_t)t->layout->row_bytes);
        t->groups = 1;
    }
    return t->parts[0].first->buf->data;
}

/* ---- columns ---- */

void brasa__agg_scratch_init(brasa_arena *arena, brasa_type t, brasa_agg_scratch *out)
{
    size_t width = brasa__type_width(t);

    out->arena = arena;
    out->values = brasa__arena_alloc64(arena, BRASA_BATCH_ROWS * (width < 16 ? 16 : width));
    out->valid = brasa__arena_alloc64(arena, BRASA_BATCH_ROWS / 8);
}

static void canonical(brasa_kind kind, const void *in, int32_t n, void *out)
{
    if (kind == BRASA_KIND_FLOAT64) {
        const double *x = in;
        double       *y = out;

        for (int32_t i = 0; i < n; i++) y[i] = x[i] != x[i] ? (double)NAN : x[i] + 0.0;
    } else {
        const float *x = in;
        float       *y = out;

        for (int32_t i = 0; i < n; i++) y[i] = x[i] != x[i] ? NAN : x[i] + 0.0f;
    }
}

/* Fields are gathered where rows are left out; a constant stays one, with a bit for every row. */
static brasa_agg_col dense_struct(const brasa_column *c, const int32_t *rows, int32_t n, brasa_agg_scratch *scratch)
{
    bool          nulls = brasa__gather_values(c, rows, n, scratch->values, scratch->valid, 0);
    brasa_agg_col out = {.type = c->type, .valid = nulls ? scratch->valid : NULL, .constant = c->encoding == BRASA_CONST};
    brasa_column  col = *c;

    if (!out.constant && (rows != NULL || c->encoding != BRASA_FLAT)) {
        if (scratch->nested == NULL) scratch->nested = brasa__arena_new(scratch->arena, "fields");
        brasa__arena_reset(scratch->nested);
        brasa__column_gather(scratch->nested, c, rows, n, false, &col);
    }
    out.child = col.child;
    out.child_rows = col.child_rows;
    return out;
}

brasa_agg_col brasa__agg_dense(const brasa_column *c, const int32_t *rows, int32_t n, bool key, brasa_agg_scratch *scratch)
{
    const brasa_column *from = c->encoding == BRASA_DICT ? c->child : c;
    brasa_agg_col       out = {.type = c->type, .v = c->values, .valid = c->valid, .child = from->child, .child_rows = from->child_rows};
    bool                is_float = key && (c->type.kind == BRASA_KIND_FLOAT64 || c->type.kind == BRASA_KIND_FLOAT32);

    if (key && brasa__type_is_nested(c->type)) return brasa__agg_encode(c, rows, n, scratch);
    if (c->type.kind == BRASA_KIND_STRUCT) return dense_struct(c, rows, n, scratch);
    if (rows != NULL || c->encoding != BRASA_FLAT) {
        bool nulls = brasa__gather_values(c, rows, n, scratch->values, scratch->valid, 0);

        out.v = scratch->values;
        out.valid = nulls ? scratch->valid : NULL;
    }
    if (is_float) {
        canonical(c->type.kind, out.v, n, scratch->values);
        out.v = scratch->values;
    }
    return out;
}

void brasa__agg_key_column(const brasa_agg_layout *l, int32_t key, uint8_t *const *rows, int32_t n, brasa_arena *arena, brasa_column *out)
{
    const brasa_agg_key *k = &l->keys[key];
    size_t               width = (size_t)k->width;
    uint8_t             *v = brasa__arena_alloc64(arena, width * (size_t)n + 16);
    uint64_t            *valid = NULL;
    size_t               null_at = (size_t)l->null_offset + (size_t)(key >> 3);

#define COPY(T) \
    for (int32_t i = 0; i < n; i++) ((T *)(void *)v)[i] = *(const T *)(const void *)(rows[i] + k->offset)
    switch (width) {
    case 1: COPY(uint8_t); break;
    case 2: COPY(uint16_t); break;
    case 4: COPY(uint32_t); break;
    case 8: COPY(uint64_t); break;
    default:
        for (int32_t i = 0; i < n; i++) memcpy(v + width * (size_t)i, rows[i] + k->offset, width);
    }
#undef COPY
    for (int32_t i = 0; i < n; i++) {
        if ((rows[i][null_at] >> (key & 7) & 1) == 0) continue;
        if (valid == NULL) {
            valid = brasa__arena_alloc64(arena, brasa__bit_words(n) * 8);
            memset(valid, 0xff, brasa__bit_words(n) * 8);
        }
        brasa__bit_clear(valid, i);
    }
    if (brasa__type_is_nested(k->shown)) {
        brasa__agg_decode(k->shown, (const brasa_string *)(const void *)v, valid, n, arena, out);
        return;
    }
    *out = (brasa_column) {.type = k->type, .encoding = BRASA_FLAT, .values = v, .valid = valid};
}
