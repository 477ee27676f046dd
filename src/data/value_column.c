/* value_column.c -- single values out of columns, and columns out of values. */
#include <string.h>

#include "base/hash.h"
#include "data/block.h"
#include "data/gather.h"
#include "data/string.h"
#include "data/type.h"
#include "data/value.h"

static void read_items(const brasa_column *c, int32_t from, int32_t n, brasa_arena *arena, brasa_value *v)
{
    brasa_value *items = BRASA_NEWS(arena, brasa_value, n);

    for (int32_t k = 0; k < n; k++) items[k] = brasa__column_value(c, from + k, arena);
    v->u.list.items = items;
    v->u.list.n = n;
}

static void read_nested(const brasa_column *c, int32_t i, brasa_arena *arena, brasa_value *v)
{
    if (brasa__type_has_span(c->type)) {
        brasa_span s = ((const brasa_span *)c->values)[i];

        read_items(c->child, s.offset, s.len, arena, v);
    } else if (c->type.kind == BRASA_KIND_VECTOR) {
        size_t       length = (size_t)c->type.length;
        brasa_column floats = {
            .type.kind = BRASA_KIND_FLOAT32, .encoding = BRASA_FLAT, .values = (const float *)c->values + (size_t)i * length};

        read_items(&floats, 0, c->type.length, arena, v);
    } else {
        brasa_value *items = BRASA_NEWS(arena, brasa_value, c->type.nfields);

        for (int32_t f = 0; f < c->type.nfields; f++) items[f] = brasa__column_value(&c->child[f], (int32_t)c->child_rows + i, arena);
        v->u.list.items = items;
        v->u.list.n = c->type.nfields;
    }
}

brasa_value brasa__column_value(const brasa_column *c, int32_t i, brasa_arena *arena)
{
    brasa_value v = {.type = c->type};

    if (c->type.kind == BRASA_KIND_NULL || !brasa_column_is_valid(c, i)) {
        v.null = true;
        return v;
    }
    if (c->encoding == BRASA_CONST) i = 0;
    if (c->encoding == BRASA_DICT) {
        i = c->codes[i];
        c = c->child;
    }
    switch (brasa__type_phys(c->type)) {
    case BRASA_PHYS_BOOL: v.u.b = ((const uint8_t *)c->values)[i] != 0; break;
    case BRASA_PHYS_I8: v.u.i = ((const int8_t *)c->values)[i]; break;
    case BRASA_PHYS_I16: v.u.i = ((const int16_t *)c->values)[i]; break;
    case BRASA_PHYS_I32: v.u.i = ((const int32_t *)c->values)[i]; break;
    case BRASA_PHYS_I64: v.u.i = ((const int64_t *)c->values)[i]; break;
    case BRASA_PHYS_I128: v.u.d = ((const brasa_int128 *)c->values)[i]; break;
    case BRASA_PHYS_F32: v.u.f = (double)((const float *)c->values)[i]; break;
    case BRASA_PHYS_F64: v.u.f = ((const double *)c->values)[i]; break;
    case BRASA_PHYS_INTERVAL: v.u.interval = ((const brasa_interval *)c->values)[i]; break;
    case BRASA_PHYS_STRING: {
        const brasa_string *s = (const brasa_string *)c->values + i;

        v.u.s.p = brasa_string_data(s);
        v.u.s.n = s->len;
        break;
    }
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT: read_nested(c, i, arena, &v); break;
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return v;
}

/* Write a value that is not null; nested kinds are done elsewhere. */
static void store(void *values, int32_t i, brasa_type t, const brasa_value *v, brasa_arena *arena)
{
    switch (brasa__type_phys(t)) {
    case BRASA_PHYS_BOOL: ((uint8_t *)values)[i] = v->u.b; break;
    case BRASA_PHYS_I8: ((int8_t *)values)[i] = (int8_t)v->u.i; break;
    case BRASA_PHYS_I16: ((int16_t *)values)[i] = (int16_t)v->u.i; break;
    case BRASA_PHYS_I32: ((int32_t *)values)[i] = (int32_t)v->u.i; break;
    case BRASA_PHYS_I64: ((int64_t *)values)[i] = v->u.i; break;
    case BRASA_PHYS_I128: ((brasa_int128 *)values)[i] = v->u.d; break;
    case BRASA_PHYS_F32: ((float *)values)[i] = (float)v->u.f; break;
    case BRASA_PHYS_F64: ((double *)values)[i] = v->u.f; break;
    case BRASA_PHYS_INTERVAL: ((brasa_interval *)values)[i] = v->u.interval; break;
    case BRASA_PHYS_STRING: {
        const char *p = v->u.s.n > 12 ? brasa__arena_copy(arena, v->u.s.p, v->u.s.n) : v->u.s.p;

        ((brasa_string *)values)[i] = brasa__string(p, v->u.s.n);
        break;
    }
    case BRASA_PHYS_VECTOR:
        for (int32_t k = 0; k < t.length; k++) ((float *)values)[(size_t)i * (size_t)t.length + (size_t)k] = (float)v->u.list.items[k].u.f;
        break;
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
}

static bool value_is_null(const brasa_value *v)
{
    return v->null || v->type.kind == BRASA_KIND_NULL;
}

static void build_list(brasa_arena *arena, const brasa_value *v, int32_t n, brasa_span *spans, brasa_column *out)
{
    int32_t total = 0;

    for (int32_t i = 0; i < n; i++) {
        if (value_is_null(&v[i])) continue;
        spans[i] = (brasa_span) {.offset = total, .len = v[i].u.list.n};
        total += v[i].u.list.n;
    }

    brasa_value  *all = BRASA_NEWS(arena, brasa_value, total);
    brasa_column *kid = BRASA_NEW(arena, brasa_column);

    for (int32_t i = 0; i < n; i++) {
        if (spans[i].len > 0) memcpy(all + spans[i].offset, v[i].u.list.items, sizeof(brasa_value) * (size_t)spans[i].len);
    }
    *kid = brasa__values_column(arena, out->type.fields[0].type, all, total);
    out->child = kid;
    out->child_rows = total;
}

static void build_struct(brasa_arena *arena, const brasa_value *v, int32_t n, brasa_column *out)
{
    int32_t       nfields = out->type.nfields;
    brasa_column *kids = BRASA_NEWS(arena, brasa_column, nfields);
    brasa_value  *one = BRASA_NEWS(arena, brasa_value, n);

    for (int32_t f = 0; f < nfields; f++) {
        for (int32_t i = 0; i < n; i++) one[i] = value_is_null(&v[i]) ? brasa_value_null() : v[i].u.list.items[f];
        kids[f] = brasa__values_column(arena, out->type.fields[f].type, one, n);
    }
    out->child = kids;
}

brasa_column brasa__values_column(brasa_arena *arena, brasa_type t, const brasa_value *v, int32_t n)
{
    brasa_column out = {.type = t, .encoding = BRASA_FLAT};
    size_t       room = n > 0 ? (size_t)n : 1;
    void        *values = t.kind == BRASA_KIND_STRUCT ? NULL : brasa__arena_alloc64(arena, brasa__type_width(t) * room);
    uint64_t    *valid = NULL;

    for (int32_t i = 0; i < n; i++) {
        if (!value_is_null(&v[i])) {
            if (valid != NULL) brasa__bit_set(valid, i);
            store(values, i, t, &v[i], arena);
            continue;
        }
        if (valid == NULL) {
            valid = BRASA_NEWS(arena, uint64_t, brasa__bit_words(n));
            for (int32_t k = 0; k < i; k++) brasa__bit_set(valid, k);
        }
    }
    out.values = values;
    out.valid = valid;
    if (brasa__type_has_span(t)) build_list(arena, v, n, values, &out);
    if (t.kind == BRASA_KIND_STRUCT) build_struct(arena, v, n, &out);
    return out;
}

brasa_column brasa__value_column(brasa_arena *arena, const brasa_value *v)
{
    brasa_column c;

    if (value_is_null(v)) {
        brasa__column_nulls(arena, v->type, 1, &c);
        return c;
    }
    c = brasa__values_column(arena, v->type, v, 1);
    c.encoding = BRASA_CONST;
    return c;
}
