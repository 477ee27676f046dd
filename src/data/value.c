/* value.c -- single values: making, checking, copying, comparing, sending. */
#include "data/value.h"

#include <string.h>

#include "data/string.h"
#include "data/type.h"

enum { VALUE_DEPTH = 64, MALFORMED = -1 };

brasa_value brasa_value_null(void)
{
    return (brasa_value) {.null = true};
}

brasa_value brasa_value_bool(bool v)
{
    return (brasa_value) {.type.kind = BRASA_KIND_BOOL, .u.b = v};
}

brasa_value brasa_value_i32(int32_t v)
{
    return (brasa_value) {.type.kind = BRASA_KIND_INT32, .u.i = v};
}

brasa_value brasa_value_i64(int64_t v)
{
    return (brasa_value) {.type.kind = BRASA_KIND_INT64, .u.i = v};
}

brasa_value brasa_value_f64(double v)
{
    return (brasa_value) {.type.kind = BRASA_KIND_FLOAT64, .u.f = v};
}

brasa_value brasa_value_string(const char *text)
{
    if (text == NULL) return (brasa_value) {.type.kind = BRASA_KIND_STRING, .null = true};
    return (brasa_value) {.type.kind = BRASA_KIND_STRING, .u.s = {.p = text, .n = strlen(text)}};
}

/* Text that is no value of the kind: kept, so that whoever takes the value can say so (a length means nothing to these kinds). */
static brasa_value malformed(brasa_kind kind, const char *text)
{
    return (brasa_value) {.type = {.kind = kind, .length = MALFORMED}, .u.s = {.p = text, .n = text == NULL ? 0 : strlen(text)}};
}

brasa_value brasa_value_date(const char *text)
{
    brasa_value v = {.type.kind = BRASA_KIND_DATE};
    int32_t     days;

    if (text == NULL || !brasa__parse_date(text, strlen(text), &days)) return malformed(BRASA_KIND_DATE, text);
    v.u.i = days;
    return v;
}

brasa_value brasa_value_timestamp(const char *text)
{
    brasa_value v = {.type.kind = BRASA_KIND_TIMESTAMP};

    if (text == NULL || !brasa__parse_timestamp(text, strlen(text), &v.u.i)) return malformed(BRASA_KIND_TIMESTAMP, text);
    return v;
}

brasa_value brasa_value_time(const char *text)
{
    brasa_value v = {.type.kind = BRASA_KIND_TIME};

    if (text == NULL || !brasa__parse_time(text, strlen(text), v.type, &v.u.i)) return malformed(BRASA_KIND_TIME, text);
    return v;
}

/* Digits before and after the point of plain decimal text, leading zeros not counted; false when it is not plain. */
static bool decimal_shape(const char *s, int32_t *precision, int32_t *scale)
{
    int32_t whole = 0;

    *scale = 0;
    if (*s == '-' || *s == '+') s++;
    while (*s == '0') s++;
    for (; *s >= '0' && *s <= '9' && whole < 100; s++) whole++;
    if (*s == '.') {
        for (s++; *s >= '0' && *s <= '9' && *scale < 100; s++) ++*scale;
    }
    *precision = whole + *scale > 0 ? whole + *scale : 1;
    return *s == '\0';
}

brasa_value brasa_value_decimal(const char *text)
{
    brasa_value  v = {.type.kind = BRASA_KIND_DECIMAL};
    int32_t      precision, scale;
    brasa_int128 d;

    if (text == NULL || !decimal_shape(text, &precision, &scale) || precision > 38 ||
        !brasa__parse_decimal(text, strlen(text), precision, scale, &d)) {
        return malformed(BRASA_KIND_DECIMAL, text);
    }
    v.type = brasa__type_decimal(precision, scale);
    if (brasa__type_phys(v.type) == BRASA_PHYS_I128) {
        v.u.d = d;
    } else {
        v.u.i = (int64_t)d;
    }
    return v;
}

brasa_status brasa__value_check(const brasa_value *v, brasa_error *err)
{
    static const char *const remedy[] = {"write a date as 1998-09-02", "write a timestamp as 1998-09-02 13:45:00",
                                         "write at most 38 digits, as 12.50", "write a time as 13:45:00"};
    brasa_kind               k = v->type.kind;

    if (v->null || v->type.length != MALFORMED) return BRASA_OK;
    return brasa__fail(err, BRASA_INVALID, "'%.*s' is not a %s; %s", (int)(v->u.s.n < 200 ? v->u.s.n : 200),
                       v->u.s.p == NULL ? "" : v->u.s.p, brasa_kind_name(k),
                       remedy[k == BRASA_KIND_DATE        ? 0
                              : k == BRASA_KIND_TIMESTAMP ? 1
                              : k == BRASA_KIND_TIME      ? 3
                                                          : 2]);
}

brasa_value brasa__value_copy(brasa_arena *arena, const brasa_value *v)
{
    brasa_value out = *v;

    out.type = brasa__type_copy(arena, v->type);
    if (v->null) return out;
    if (v->type.length == MALFORMED || v->type.kind == BRASA_KIND_STRING || v->type.kind == BRASA_KIND_BINARY) {
        out.u.s.p = v->u.s.p == NULL ? NULL : brasa__arena_dup_bytes(arena, v->u.s.p, v->u.s.n);
    } else if (brasa__type_is_nested(v->type)) {
        brasa_value *items = BRASA_NEWS(arena, brasa_value, v->u.list.n);

        for (int32_t i = 0; i < v->u.list.n; i++) items[i] = brasa__value_copy(arena, &v->u.list.items[i]);
        out.u.list.items = items;
    }
    return out;
}

static int compare_f64(double a, double b)
{
    if (a != a || b != b) return (a != a) - (b != b);
    return (a > b) - (a < b);
}

static int compare_i128(brasa_int128 a, brasa_int128 b)
{
    return (a > b) - (a < b);
}

static int compare_bytes(const brasa_value *a, const brasa_value *b)
{
    size_t n = a->u.s.n < b->u.s.n ? a->u.s.n : b->u.s.n;
    int    c = n == 0 ? 0 : memcmp(a->u.s.p, b->u.s.p, n);

    return c != 0 ? c : (a->u.s.n > b->u.s.n) - (a->u.s.n < b->u.s.n);
}

static int compare_items(const brasa_value *a, const brasa_value *b)
{
    int32_t n = a->u.list.n < b->u.list.n ? a->u.list.n : b->u.list.n;

    for (int32_t i = 0; i < n; i++) {
        int c = brasa__value_compare(&a->u.list.items[i], &b->u.list.items[i]);

        if (c != 0) return c;
    }
    return (a->u.list.n > b->u.list.n) - (a->u.list.n < b->u.list.n);
}

int brasa__value_compare(const brasa_value *a, const brasa_value *b)
{
    bool anull = a->null || a->type.kind == BRASA_KIND_NULL, bnull = b->null || b->type.kind == BRASA_KIND_NULL;

    if (anull || bnull) return (int)bnull - (int)anull;
    switch (brasa__type_phys(a->type)) {
    case BRASA_PHYS_BOOL: return (a->u.b > b->u.b) - (a->u.b < b->u.b);
    case BRASA_PHYS_I8:
    case BRASA_PHYS_I16:
    case BRASA_PHYS_I32:
    case BRASA_PHYS_I64: return (a->u.i > b->u.i) - (a->u.i < b->u.i);
    case BRASA_PHYS_I128: return compare_i128(a->u.d, b->u.d);
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64: return compare_f64(a->u.f, b->u.f);
    case BRASA_PHYS_INTERVAL: return compare_i128(brasa__interval_total(a->u.interval), brasa__interval_total(b->u.interval));
    case BRASA_PHYS_STRING: return compare_bytes(a, b);
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT: return compare_items(a, b);
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return 0;
}

void brasa__put_value(brasa_wire *w, const brasa_value *v)
{
    brasa__put_type(w, v->type);
    brasa__put_bool(w, v->null);
    if (v->null) return;
    switch (brasa__type_phys(v->type)) {
    case BRASA_PHYS_BOOL: brasa__put_bool(w, v->u.b); break;
    case BRASA_PHYS_I8:
    case BRASA_PHYS_I16:
    case BRASA_PHYS_I32:
    case BRASA_PHYS_I64: brasa__put_i64(w, v->u.i); break;
    case BRASA_PHYS_I128:
        brasa__put_u64(w, (uint64_t)v->u.d);
        brasa__put_i64(w, (int64_t)(v->u.d >> 64));
        break;
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64: brasa__put_f64(w, v->u.f); break;
    case BRASA_PHYS_INTERVAL:
        brasa__put_i32(w, v->u.interval.months);
        brasa__put_i32(w, v->u.interval.days);
        brasa__put_i64(w, v->u.interval.us);
        break;
    case BRASA_PHYS_STRING: brasa__put_blob(w, v->u.s.p, v->u.s.n); break;
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
        brasa__put_i32(w, v->u.list.n);
        for (int32_t i = 0; i < v->u.list.n; i++) brasa__put_value(w, &v->u.list.items[i]);
        break;
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
}

static brasa_value get_value(brasa_reader *r, brasa_arena *arena, int depth);

static void get_items(brasa_reader *r, brasa_arena *arena, brasa_value *v, int depth)
{
    int32_t      n = depth < VALUE_DEPTH ? brasa__get_count(r, 2) : 0;
    brasa_value *items = BRASA_NEWS(arena, brasa_value, n);

    if (depth >= VALUE_DEPTH) r->bad = true;
    for (int32_t i = 0; i < n && !r->bad; i++) items[i] = get_value(r, arena, depth + 1);
    v->u.list.items = items;
    v->u.list.n = n;
}

static void get_body(brasa_reader *r, brasa_arena *arena, brasa_value *v, int depth)
{
    uint64_t low;

    switch (brasa__type_phys(v->type)) {
    case BRASA_PHYS_BOOL: v->u.b = brasa__get_bool(r); break;
    case BRASA_PHYS_I8:
    case BRASA_PHYS_I16:
    case BRASA_PHYS_I32:
    case BRASA_PHYS_I64: v->u.i = brasa__get_i64(r); break;
    case BRASA_PHYS_I128:
        low = brasa__get_u64(r);
        v->u.d = (brasa_int128)(((unsigned __int128)(uint64_t)brasa__get_i64(r) << 64) | low);
        break;
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64: v->u.f = brasa__get_f64(r); break;
    case BRASA_PHYS_INTERVAL:
        v->u.interval.months = brasa__get_i32(r);
        v->u.interval.days = brasa__get_i32(r);
        v->u.interval.us = brasa__get_i64(r);
        break;
    case BRASA_PHYS_STRING: {
        const char *p = brasa__get_blob(r, &v->u.s.n);

        v->u.s.p = r->bad ? "" : brasa__arena_dup_bytes(arena, p, v->u.s.n);
        break;
    }
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT: get_items(r, arena, v, depth); break;
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
}

static brasa_value get_value(brasa_reader *r, brasa_arena *arena, int depth)
{
    brasa_value v = {.type = brasa__get_type(r, arena)};

    v.null = brasa__get_bool(r);
    if (!v.null) get_body(r, arena, &v, depth);
    return r->bad ? (brasa_value) {.null = true} : v;
}

brasa_value brasa__get_value(brasa_reader *r, brasa_arena *arena)
{
    return get_value(r, arena, 0);
}
