/* exec/agg_list.c -- see the header. */
#include "exec/agg_list.h"

#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"
#include "data/value.h"
#include "kernel/rows.h"
#include "kernel/sortkey.h"

enum { FIRST_CAP = 4 };

static size_t width_of(brasa_type t)
{
    return brasa__type_is_nested(t) ? sizeof(brasa_value) : brasa__type_width(t);
}

static bool is_string(brasa_type t)
{
    return t.kind == BRASA_KIND_STRING || t.kind == BRASA_KIND_BINARY;
}

static void reserve(brasa_agg_list *s, brasa_arena *arena, size_t width, int64_t need, bool ordinals)
{
    int64_t cap = s->cap == 0 ? FIRST_CAP : s->cap;

    if (need <= s->cap) return;
    while (cap < need) cap *= 2;
    uint8_t *values = brasa__arena_alloc(arena, width * (size_t)cap);
    int64_t *places = ordinals ? BRASA_NEWS(arena, int64_t, cap) : NULL;

    if (s->n > 0) memcpy(values, s->values, width * (size_t)s->n);
    if (s->n > 0 && ordinals) memcpy(places, s->ordinals, sizeof *places * (size_t)s->n);
    s->values = values;
    s->ordinals = places;
    s->cap = cap;
}

static void put_string(brasa_agg_list *s, brasa_arena *arena, const char *p, size_t n)
{
    ((brasa_string *)(void *)s->values)[s->n] = brasa__string(n > 12 ? brasa__arena_dup_bytes(arena, p, n) : p, n);
}

void brasa__agg_list_add(brasa_agg_list *s, brasa_arena *arena, const brasa_agg_col *a, int32_t k, int64_t ordinal)
{
    size_t width = width_of(a->type);

    reserve(s, arena, width, s->n + 1, ordinal >= 0);
    if (brasa__type_is_nested(a->type)) {
        brasa_column col = brasa__agg_column(a);
        brasa_value  v = brasa__column_value(&col, k, arena);

        ((brasa_value *)(void *)s->values)[s->n] = brasa__value_copy(arena, &v);
    } else if (is_string(a->type)) {
        const brasa_string *v = (const brasa_string *)a->v + k;

        put_string(s, arena, brasa_string_data(v), v->len);
    } else {
        memcpy(s->values + width * (size_t)s->n, (const uint8_t *)a->v + width * (size_t)k, width);
    }
    if (ordinal >= 0) s->ordinals[s->n] = ordinal;
    s->n++;
}

void brasa__agg_list_append(brasa_agg_list *s, brasa_arena *arena, brasa_type t, const brasa_agg_list *from)
{
    size_t width = width_of(t);

    if (from->n == 0) return;
    if (s->n == 0) {
        *s = *from;
        s->cap = s->n; /* the room behind is the other's */
        return;
    }
    reserve(s, arena, width, s->n + from->n, from->ordinals != NULL);
    memcpy(s->values + width * (size_t)s->n, from->values, width * (size_t)from->n);
    if (from->ordinals != NULL) memcpy(s->ordinals + s->n, from->ordinals, sizeof *s->ordinals * (size_t)from->n);
    s->n += from->n;
}

/* ---- order ---- */

/* A value as numbers that sort like it; `exact`: as far as they go they say it all. */
typedef struct item {
    uint64_t hi, lo;
    int64_t  at;
} item;

typedef struct sorter {
    const brasa_agg_list *list;
    brasa_type            type;
    bool                  exact;
} sorter;

static int compare_values(const brasa_agg_list *s, brasa_type t, int64_t i, int64_t j)
{
    if (brasa__type_is_nested(t)) {
        const brasa_value *v = (const brasa_value *)(const void *)s->values;

        return brasa__value_compare(&v[i], &v[j]);
    }
    size_t       width = brasa__type_width(t);
    brasa_column a = {.type = t, .encoding = BRASA_FLAT, .values = s->values + width * (size_t)i}, b = a;

    b.values = s->values + width * (size_t)j;
    return brasa__compare_row(&a, 0, &b, 0);
}

static int compare(const sorter *s, const item *a, const item *b)
{
    if (a->hi != b->hi) return a->hi < b->hi ? -1 : 1;
    if (a->lo != b->lo) return a->lo < b->lo ? -1 : 1;
    return s->exact ? 0 : compare_values(s->list, s->type, a->at, b->at);
}

#include "exec/merge_sort.tmpl.h"

static int64_t *sorted(const sorter *s, item *items, brasa_arena *arena)
{
    int64_t  n = s->list->n;
    int64_t *order = BRASA_NEWS(arena, int64_t, n + 1);

    merge_sort(s, items, BRASA_NEWS(arena, item, n + 1), n);
    for (int64_t i = 0; i < n; i++) order[i] = items[i].at;
    return order;
}

int64_t *brasa__agg_list_by_ordinal(const brasa_agg_list *s, brasa_arena *arena)
{
    item  *items = BRASA_NEWS(arena, item, s->n + 1);
    sorter how = {.list = s, .exact = true};

    for (int64_t i = 0; i < s->n; i++) items[i] = (item) {.hi = s->ordinals != NULL ? (uint64_t)s->ordinals[i] : 0, .at = i};
    return sorted(&how, items, arena);
}

int64_t *brasa__agg_list_by_value(const brasa_agg_list *s, brasa_arena *arena, brasa_type t)
{
    item             *items = BRASA_NEWS(arena, item, s->n + 1);
    sorter            how = {.list = s, .type = t};
    brasa_sortkey_col key = {.col = 0};
    size_t            width = width_of(t);

    for (int64_t from = 0; from < s->n; from += BRASA_BATCH_ROWS) {
        int32_t      n = s->n - from < BRASA_BATCH_ROWS ? (int32_t)(s->n - from) : BRASA_BATCH_ROWS;
        uint64_t     hi[BRASA_BATCH_ROWS], lo[BRASA_BATCH_ROWS];
        brasa_column col = {.type = t, .encoding = BRASA_FLAT, .values = s->values + width * (size_t)from};

        memset(hi, 0, sizeof hi);
        memset(lo, 0, sizeof lo);
        if (!brasa__type_is_nested(t)) how.exact = brasa__sortkey_prefix(&col, &key, 1, n, hi, lo);
        for (int32_t i = 0; i < n; i++) items[from + i] = (item) {.hi = hi[i], .lo = lo[i], .at = from + i};
    }
    return sorted(&how, items, arena);
}

bool brasa__agg_list_equal(const brasa_agg_list *s, brasa_type t, int64_t i, int64_t j)
{
    return compare_values(s, t, i, j) == 0;
}

void brasa__agg_list_unique(brasa_agg_list *s, brasa_arena *arena, brasa_type t)
{
    if (s->n < 2) return;
    brasa_arena *scratch = brasa__arena_new(arena, "unique values");
    size_t       width = width_of(t);
    int64_t     *order = brasa__agg_list_by_value(s, scratch, t);
    uint8_t     *values = brasa__arena_alloc(scratch, width * (size_t)s->n + 1);
    int64_t      m = 0;

    for (int64_t i = 0; i < s->n; i++) {
        if (i > 0 && compare_values(s, t, order[i - 1], order[i]) == 0) continue;
        memcpy(values + width * (size_t)m++, s->values + width * (size_t)order[i], width);
    }
    memcpy(s->values, values, width * (size_t)m);
    s->n = m;
    brasa__arena_free(scratch);
}

/* ---- bytes ---- */

brasa_string brasa__agg_list_save(const brasa_agg_list *s, brasa_type t, brasa_arena *arena)
{
    brasa_wire w;

    brasa__wire_init(&w, arena);
    brasa__put_i64(&w, s->n);
    brasa__put_bool(&w, s->ordinals != NULL);
    if (s->n > 0 && s->ordinals != NULL) brasa__put_bytes(&w, s->ordinals, sizeof *s->ordinals * (size_t)s->n);
    if (s->n > 0 && !is_string(t) && !brasa__type_is_nested(t)) brasa__put_bytes(&w, s->values, width_of(t) * (size_t)s->n);
    for (int64_t i = 0; i < s->n && is_string(t); i++) {
        const brasa_string *v = (const brasa_string *)(const void *)s->values + i;

        brasa__put_blob(&w, brasa_string_data(v), v->len);
    }
    for (int64_t i = 0; i < s->n && brasa__type_is_nested(t); i++) brasa__put_value(&w, (const brasa_value *)(const void *)s->values + i);
    return brasa__string((const char *)w.data, w.len);
}

static void load_value(brasa_agg_list *s, brasa_type t, brasa_reader *r, brasa_arena *arena)
{
    if (is_string(t)) {
        size_t      n;
        const char *p = brasa__get_blob(r, &n);

        if (p != NULL) put_string(s, arena, p, n);
        if (p == NULL) put_string(s, arena, "", 0);
        return;
    }
    brasa_value v = brasa__get_value(r, arena);

    ((brasa_value *)(void *)s->values)[s->n] = brasa__value_copy(arena, &v);
}

bool brasa__agg_list_load(brasa_agg_list *s, brasa_type t, const brasa_string *bytes, brasa_arena *arena)
{
    brasa_reader r = brasa__reader(brasa_string_data(bytes), bytes->len);
    int64_t      n = brasa__get_i64(&r);
    bool         ordinals = brasa__get_bool(&r);
    size_t       width = width_of(t);

    if (r.bad || n < 0 || (size_t)n > bytes->len) return false;
    if (n == 0) return true;
    reserve(s, arena, width, s->n + n, ordinals);
    if (ordinals) {
        const void *p = brasa__get_bytes(&r, sizeof *s->ordinals * (size_t)n);

        if (p == NULL || s->ordinals == NULL) return false;
        memcpy(s->ordinals + s->n, p, sizeof *s->ordinals * (size_t)n);
    }
    if (!is_string(t) && !brasa__type_is_nested(t)) {
        const void *p = brasa__get_bytes(&r, width * (size_t)n);

        if (p == NULL) return false;
        memcpy(s->values + width * (size_t)s->n, p, width * (size_t)n);
        s->n += n;
        return true;
    }
    for (int64_t i = 0; i < n && !r.bad; i++, s->n++) load_value(s, t, &r, arena);
    return !r.bad;
}

/* ---- results ---- */

void brasa__agg_list_column(const brasa_agg_list *const *list, const int64_t *pick, int32_t n, brasa_type t, brasa_arena *arena,
                            brasa_column *out)
{
    size_t width = width_of(t);

    if (brasa__type_is_nested(t)) {
        brasa_value *values = BRASA_NEWS(arena, brasa_value, n + 1);

        for (int32_t k = 0; k < n; k++) {
            values[k] = (brasa_value) {.type = t, .null = true};
            if (pick[k] >= 0) values[k] = ((const brasa_value *)(const void *)list[k]->values)[pick[k]];
        }
        *out = brasa__values_column(arena, t, values, n);
        return;
    }
    brasa_agg_out o = brasa__agg_out_new(arena, t, n);

    for (int32_t k = 0; k < n; k++) {
        if (pick[k] < 0) {
            brasa__agg_out_null(&o, k);
        } else {
            memcpy((uint8_t *)o.v + width * (size_t)k, list[k]->values + width * (size_t)pick[k], width);
        }
    }
    brasa__agg_out_done(&o, t, out);
}
