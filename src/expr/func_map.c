/* func_map.c -- maps: making them, their keys and values, what belongs to a key.
 *
 * A MAP is a list of entries in the order in which they were given, as in Spark; no key is null and none is there twice: whatever makes a map checks it here
 * (brasa__map_check).  What takes a lambda is rewritten to functions of lists: brasa__map_lambda_form.
 */
#include "expr/func_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "data/gather.h"
#include "expr/bind.h"
#include "expr/func_groups.h"
#include "expr/func_row.h"
#include "expr/func_string.h"
#include "expr/regex.h"

#define ROW(name) static brasa_status name(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)

enum { FEW_KEYS = 16, MOST_ENTRIES = 100000000 };

/* ---- entries ---- */

static int by_key(const void *a, const void *b)
{
    return brasa__value_compare(*(const brasa_value *const *)a, *(const brasa_value *const *)b);
}

static brasa_status twice(const brasa_value *key, brasa_error *err)
{
    brasa_arena *tmp = brasa__arena_new(NULL, "key");
    brasa_text   text;

    brasa__text_init(&text, tmp);
    brasa__value_text(key, &text);
    brasa__fail(err, BRASA_ARITHMETIC, "a map with key %.100s twice; keep one of them, or group by the key before", text.s);
    brasa__arena_free(tmp);
    return BRASA_ARITHMETIC;
}

brasa_status brasa__map_check(brasa_arena *arena, const brasa_value *entries, int32_t n, brasa_error *err)
{
    const brasa_value **keys = BRASA_NEWS(arena, const brasa_value *, n + 1);

    for (int32_t i = 0; i < n; i++) {
        keys[i] = &entries[i].u.list.items[0];
        if (keys[i]->null || keys[i]->type.kind == BRASA_KIND_NULL)
            return brasa__fail(err, BRASA_ARITHMETIC, "a map with a null key; leave those out, with filter() or WHERE");
        for (int32_t k = 0; k < i && n <= FEW_KEYS; k++)
            if (brasa__value_compare(keys[k], keys[i]) == 0) return twice(keys[i], err);
    }
    if (n <= FEW_KEYS) return BRASA_OK;
    qsort(keys, (size_t)n, sizeof *keys, by_key);
    for (int32_t i = 1; i < n; i++)
        if (brasa__value_compare(keys[i - 1], keys[i]) == 0) return twice(keys[i], err);
    return BRASA_OK;
}

static void put_entry(brasa_arena *arena, brasa_type map, brasa_value *entry, const brasa_value *key, const brasa_value *value)
{
    brasa_value *pair = BRASA_NEWS(arena, brasa_value, 2);

    pair[0] = *key;
    pair[1] = *value;
    *entry = (brasa_value) {.type = map.fields[0].type, .u.list = {.items = pair, .n = 2}};
}

static brasa_status out_map(brasa_call *call, brasa_value *out, const brasa_value *entries, int32_t n, brasa_error *err)
{
    out->null = false;
    out->u.list.items = entries;
    out->u.list.n = n;
    return brasa__map_check(call->arena, entries, n, err);
}

static brasa_status no_key_type(brasa_type key, brasa_error *err)
{
    if (!brasa__type_holds_map(key)) return BRASA_OK;
    return brasa__fail(err, BRASA_TYPE, "a map cannot be the key of a map, as maps have no equality");
}

/* ---- making ---- */

static BRASA_RESOLVE(map)
{
    brasa_type key = brasa__type(BRASA_KIND_NULL), value = key;

    (void)f;
    if (n % 2 != 0) return brasa__fail(err, BRASA_TYPE, "map takes a key and a value for each entry; here are %d arguments", n);
    for (int32_t i = 0; i < n; i++) {
        brasa_type *met = i % 2 == 0 ? &key : &value;
        if (!brasa__type_common(arena, *met, types[i], met))
            return brasa__fail(err, BRASA_TYPE, "map: argument %d is of another type than the %s before it", i + 1,
                               i % 2 == 0 ? "keys" : "values");
    }
    for (int32_t i = 0; i < n; i++) types[i] = i % 2 == 0 ? key : value;
    *result = brasa__type_map(arena, key, value);
    return no_key_type(key, err);
}

ROW(map_row)
{
    int32_t      n = call->nargs / 2;
    brasa_value *entries = BRASA_NEWS(call->arena, brasa_value, n + 1);

    for (int32_t i = 0; i < n; i++) put_entry(call->arena, out->type, &entries[i], &args[2 * i], &args[2 * i + 1]);
    return out_map(call, out, entries, n, err);
}

static BRASA_RESOLVE(map_arrays)
{
    (void)f, (void)n;
    for (int32_t i = 0; i < 2; i++) {
        if (types[i].kind == BRASA_KIND_NULL) types[i] = brasa__type_list(arena, types[i]);
        if (types[i].kind != BRASA_KIND_LIST) return BRASA_TYPE;
    }
    *result = brasa__type_map(arena, types[0].fields[0].type, types[1].fields[0].type);
    return no_key_type(types[0].fields[0].type, err);
}

ROW(map_arrays_row)
{
    int32_t      n = args[0].u.list.n;
    brasa_value *entries = BRASA_NEWS(call->arena, brasa_value, n + 1);

    if (args[1].u.list.n != n)
        return brasa__fail(err, BRASA_ARITHMETIC, "map_from_arrays of %d keys and %d values; both arrays are of one length", n,
                           args[1].u.list.n);
    for (int32_t i = 0; i < n; i++) put_entry(call->arena, out->type, &entries[i], &args[0].u.list.items[i], &args[1].u.list.items[i]);
    return out_map(call, out, entries, n, err);
}

static BRASA_RESOLVE(map_entries_in)
{
    (void)f, (void)n;
    if (types[0].kind != BRASA_KIND_LIST) return BRASA_TYPE;
    brasa_type entry = types[0].fields[0].type;
    if (entry.kind != BRASA_KIND_STRUCT || entry.nfields != 2) return BRASA_TYPE;
    *result = brasa__type_map(arena, entry.fields[0].type, entry.fields[1].type);
    return no_key_type(entry.fields[0].type, err);
}

/* A null among the entries makes the whole null. */
ROW(map_entries_in_row)
{
    int32_t      n = args[0].u.list.n;
    brasa_value *entries = BRASA_NEWS(call->arena, brasa_value, n + 1);

    for (int32_t i = 0; i < n; i++) {
        const brasa_value *e = &args[0].u.list.items[i];
        if (e->null) return BRASA_OK;
        put_entry(call->arena, out->type, &entries[i], &e->u.list.items[0], &e->u.list.items[1]);
    }
    return out_map(call, out, entries, n, err);
}

static BRASA_RESOLVE(map_concat)
{
    brasa_type met = brasa__type_map(arena, brasa__type(BRASA_KIND_NULL), brasa__type(BRASA_KIND_NULL));

    (void)f, (void)err;
    for (int32_t i = 0; i < n; i++)
        if ((types[i].kind != BRASA_KIND_MAP && types[i].kind != BRASA_KIND_NULL) || !brasa__type_common(arena, met, types[i], &met))
            return BRASA_TYPE;
    for (int32_t i = 0; i < n; i++) types[i] = met;
    *result = met;
    return BRASA_OK;
}

ROW(map_concat_row)
{
    int64_t total = 0;
    int32_t n = 0;

    for (int32_t k = 0; k < call->nargs; k++) total += args[k].u.list.n;
    if (total > MOST_ENTRIES) return brasa__fail(err, BRASA_ARITHMETIC, "map_concat would make a map of %lld entries", (long long)total);
    brasa_value *entries = BRASA_NEWS(call->arena, brasa_value, total + 1);
    for (int32_t k = 0; k < call->nargs; k++)
        for (int32_t i = 0; i < args[k].u.list.n; i++) entries[n++] = args[k].u.list.items[i];
    return out_map(call, out, entries, n, err);
}

/* ---- str_to_map ---- */

static BRASA_RESOLVE(str_to_map)
{
    brasa_type text = brasa__type(BRASA_KIND_STRING);

    (void)f, (void)err;
    for (int32_t i = 0; i < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    *result = brasa__type_map(arena, text, text);
    return BRASA_OK;
}

/* A separator: one plain character, or a regular expression. */
typedef struct separator {
    char         plain; /* 0: re */
    brasa_regex *re;
} separator;

static brasa_status separator_of(brasa_call *call, const brasa_value *text, separator *out, brasa_error *err)
{
    *out = (separator) {0};
    if (text->u.s.n == 1 && strchr("\\^$.|?*+()[]{}", text->u.s.p[0]) == NULL && text->u.s.p[0] != '\0') {
        out->plain = text->u.s.p[0];
        return BRASA_OK;
    }
    return brasa__regex_new(call->arena, text->u.s.p, text->u.s.n, false, &out->re, err);
}

/* The first separator of [p, p + n): its place and length; n: none. */
static brasa_status find_separator(const separator *s, const char *p, size_t n, size_t *at, size_t *len, brasa_error *err)
{
    const size_t *span;
    bool          found = false;

    *at = n;
    *len = 0;
    if (s->plain != '\0') {
        const char *hit = n == 0 ? NULL : memchr(p, s->plain, n);
        if (hit == NULL) return BRASA_OK;
        *at = (size_t)(hit - p);
        *len = 1;
        return BRASA_OK;
    }
    BRASA_TRY(brasa__regex_find(s->re, p, n, 0, &span, &found, err));
    if (!found || span[1] == span[0]) return BRASA_OK;
    *at = span[0];
    *len = span[1] - span[0];
    return BRASA_OK;
}

static brasa_status split_pair(brasa_call *call, const separator *s, const char *p, size_t n, brasa_value *entry, brasa_error *err)
{
    brasa_type  text = brasa__type(BRASA_KIND_STRING);
    brasa_value key = {.type = text}, value = {.type = text, .null = true};
    size_t      at, len;

    BRASA_TRY(find_separator(s, p, n, &at, &len, err));
    brasa__out_bytes(&key, p, at);
    if (at < n) brasa__out_bytes(&value, p + at + len, n - at - len);
    put_entry(call->arena, call->expr->type, entry, &key, &value);
    return BRASA_OK;
}

ROW(str_to_map_row)
{
    static const char *const given[] = {",", ":"};
    separator                sep[2];
    brasa_value             *entries = NULL;
    int32_t                  n = 0, cap = 0;
    const char              *p = args[0].u.s.p;
    size_t                   left = args[0].u.s.n, at, len;

    for (int32_t i = 0; i < 2; i++) {
        brasa_value text = {.u.s = {given[i], 1}};
        BRASA_TRY(separator_of(call, i + 1 < call->nargs ? &args[i + 1] : &text, &sep[i], err));
    }
    do {
        entries = brasa__arena_grow(call->arena, entries, &cap, n + 1, sizeof *entries);
        BRASA_TRY(find_separator(&sep[0], p, left, &at, &len, err));
        BRASA_TRY(split_pair(call, &sep[1], p, at, &entries[n++], err));
        p += at + len;
        left -= at + len;
    } while (len > 0);
    return out_map(call, out, entries, n, err);
}

/* ---- looking into them ---- */

static BRASA_RESOLVE(map_parts)
{
    (void)n, (void)err;
    if (types[0].kind != BRASA_KIND_MAP) return BRASA_TYPE;
    brasa_type entry = types[0].fields[0].type;
    if (strcmp(f->name, "map_entries") != 0) entry = entry.fields[strcmp(f->name, "map_values") == 0].type;
    *result = brasa__type_list(arena, entry);
    return BRASA_OK;
}

/* The spans stay; the elements are the entries, or a column of theirs. */
static brasa_status map_parts_eval(brasa_call *call, brasa_error *err)
{
    const brasa_column *map = &call->args[0];
    brasa_span         *spans = call->values;
    brasa_column       *child = BRASA_NEW(call->arena, brasa_column);

    (void)err;
    memset(spans, 0, sizeof *spans * (size_t)call->batch_rows);
    for (int32_t i = 0; i < call->n; i++) spans[call->rows[i]] = BRASA_ARG(call, 0, brasa_span, call->rows[i]);
    if (strcmp(call->expr->name, "map_entries") == 0)
        *child = *map->child;
    else
        brasa__struct_field(call->arena, map->child, strcmp(call->expr->name, "map_values") == 0, (int32_t)map->child_rows, child);
    call->out->child = child;
    call->out->child_rows = map->child_rows;
    return BRASA_OK;
}

/* ---- in order ---- */

static BRASA_RESOLVE(map_sort)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = types[0];
    return brasa__type_holds_map(types[0]) ? BRASA_OK : BRASA_TYPE;
}

static int by_entry(const void *a, const void *b)
{
    const brasa_value *x = a, *y = b;

    return brasa__value_compare(&x->u.list.items[0], &y->u.list.items[0]);
}

/* v with the entries of all maps in it in the order of their keys. */
static brasa_value sorted(brasa_arena *arena, const brasa_value *v)
{
    brasa_value out = *v;

    if (v->null || !brasa__type_holds_map(v->type)) return out;
    brasa_value *items = BRASA_NEWS(arena, brasa_value, v->u.list.n + 1);
    for (int32_t i = 0; i < v->u.list.n; i++) items[i] = sorted(arena, &v->u.list.items[i]);
    if (v->type.kind == BRASA_KIND_MAP && v->u.list.n > 1) qsort(items, (size_t)v->u.list.n, sizeof *items, by_entry);
    out.u.list.items = items;
    return out;
}

ROW(map_sort_row)
{
    brasa_type type = out->type;

    (void)err;
    *out = sorted(call->arena, &args[0]);
    out->type = type;
    return BRASA_OK;
}

static BRASA_RESOLVE(map_contains)
{
    brasa_type key;

    (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_BOOL);
    if (types[0].kind != BRASA_KIND_MAP || !brasa__type_common(arena, brasa__map_key(types[0]), types[1], &key)) return BRASA_TYPE;
    types[0] = brasa__type_map(arena, key, brasa__map_value(types[0]));
    types[1] = key;
    return BRASA_OK;
}

ROW(map_contains_row)
{
    bool found = false;

    (void)call, (void)err;
    for (int32_t i = 0; i < args[0].u.list.n && !found; i++)
        found = brasa__value_compare(&args[0].u.list.items[i].u.list.items[0], &args[1]) == 0;
    brasa__out_bool(out, found);
    return BRASA_OK;
}

/* Those with a lambda have become other functions before they are bound (map_lambda.c): these rows are what is said about them. */
static BRASA_RESOLVE(map_lambda)
{
    (void)arena, (void)f, (void)types, (void)n, (void)result, (void)err;
    return BRASA_TYPE;
}

#define FN(id, least, most, flag, res, fn, text)                                                                                        \
    {                                                                                                                                   \
        .name = id, .min_args = least, .max_args = most, .flags = flag, .doc = text, .resolve = res, .eval = brasa__row_eval, .row = fn \
    }
#define PARTS(id, text)                                                                                                                \
    {                                                                                                                                  \
        .name = id, .min_args = 1, .max_args = 1, .flags = 0, .doc = text, .resolve = brasa__resolve_map_parts, .eval = map_parts_eval \
    }

static const brasa_function table[] = {
    FN("map", 0, -1, BRASA_FN_NULLS | BRASA_FN_CAN_FAIL, brasa__resolve_map, map_row,
       "map(k, v, ...), MAP {k: v, ...}: a map of those entries"),
    FN("map_from_arrays", 2, 2, BRASA_FN_CAN_FAIL, brasa__resolve_map_arrays, map_arrays_row, "map_from_arrays(keys, values)"),
    FN("map_from_entries", 1, 1, BRASA_FN_CAN_FAIL | BRASA_FN_NULLABLE, brasa__resolve_map_entries_in, map_entries_in_row,
       "map_from_entries(list of structs of a key and a value)"),
    FN("map_concat", 0, -1, BRASA_FN_CAN_FAIL, brasa__resolve_map_concat, map_concat_row, "map_concat(m, n, ...): the entries of all"),
    FN("str_to_map", 1, 3, BRASA_FN_CAN_FAIL, brasa__resolve_str_to_map, str_to_map_row,
       "str_to_map(text [, between entries [, between key and value]]): 'a:1,b:2' as a map; both are regular expressions"),
    PARTS("map_keys", "map_keys(m): a list of them"),
    PARTS("map_values", "map_values(m): a list of them"),
    PARTS("map_entries", "map_entries(m): a list of structs key, value"),
    FN("transform_keys", 2, 2, 0, brasa__resolve_map_lambda, NULL, "transform_keys(m, (k, v) -> new key)"),
    FN("transform_values", 2, 2, 0, brasa__resolve_map_lambda, NULL, "transform_values(m, (k, v) -> new value)"),
    FN("map_filter", 2, 2, 0, brasa__resolve_map_lambda, NULL, "map_filter(m, (k, v) -> test): the entries for which it is true"),
    FN("map_zip_with", 3, 3, 0, brasa__resolve_map_lambda, NULL,
       "map_zip_with(m, n, (k, x, y) -> value): for each key of either, of what belongs to it in both"),
    FN("map_sort", 1, 1, 0, brasa__resolve_map_sort, map_sort_row,
       "map_sort(m): with its entries in the order of the keys, as GROUP BY m has it"),
    FN("map_contains_key", 2, 2, 0, brasa__resolve_map_contains, map_contains_row, "map_contains_key(m, key): has it such an entry?"),
};

BRASA_FUNCTION_GROUP(map, "Maps", table);
