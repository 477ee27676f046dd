/* value_text.c -- values as text and back, as Spark's CAST does it. */
#include <string.h>

#include "data/string.h"
#include "data/type.h"
#include "data/value.h"

static void put_value(const brasa_value *v, bool bare, brasa_text *out);

static void put_item(const brasa_value *item, bool bare, brasa_text *out)
{
    if (item->null || item->type.kind == BRASA_KIND_NULL)
        brasa__text_add(out, "null");
    else
        put_value(item, bare, out);
}

static void put_items(const brasa_value *v, const char *open, const char *close, bool bare, brasa_text *out)
{
    brasa__text_add(out, open);
    for (int32_t i = 0; i < v->u.list.n; i++) {
        if (i > 0) brasa__text_add(out, ", ");
        put_item(&v->u.list.items[i], bare, out);
    }
    brasa__text_add(out, close);
}

static void put_entries(const brasa_value *v, bool bare, brasa_text *out)
{
    brasa__text_add(out, "{");
    for (int32_t i = 0; i < v->u.list.n; i++) {
        const brasa_value *pair = v->u.list.items[i].u.list.items;

        if (i > 0) brasa__text_add(out, ", ");
        put_item(&pair[0], bare, out);
        brasa__text_add(out, " -> ");
        put_item(&pair[1], bare, out);
    }
    brasa__text_add(out, "}");
}

static void put_decimal(const brasa_value *v, brasa_text *out)
{
    char         text[64];
    brasa_int128 d = brasa__type_phys(v->type) == BRASA_PHYS_I128 ? v->u.d : v->u.i;

    brasa__text_add_n(out, text, brasa__format_decimal(d, v->type.scale, text));
}

static void put_value(const brasa_value *v, bool bare, brasa_text *out)
{
    char   text[128];
    size_t n = 0;

    if (v->null) {
        brasa__text_add(out, "NULL");
        return;
    }
    switch (v->type.kind) {
    case BRASA_KIND_NULL: brasa__text_add(out, "NULL"); return;
    case BRASA_KIND_BOOL: brasa__text_add(out, v->u.b ? "true" : "false"); return;
    case BRASA_KIND_INT8:
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INT64: n = brasa__format_i64(v->u.i, text); break;
    case BRASA_KIND_FLOAT32: n = brasa__format_f32((float)v->u.f, text); break;
    case BRASA_KIND_FLOAT64: n = brasa__format_f64(v->u.f, text); break;
    case BRASA_KIND_DECIMAL: put_decimal(v, out); return;
    case BRASA_KIND_DATE: n = brasa__format_date((int32_t)v->u.i, text); break;
    case BRASA_KIND_TIMESTAMP: n = brasa__format_timestamp(v->u.i, text); break;
    case BRASA_KIND_TIMESTAMP_NTZ: n = brasa__format_timestamp_ntz(v->u.i, text); break;
    case BRASA_KIND_TIME: n = brasa__format_time(v->u.i, text); break;
    case BRASA_KIND_INTERVAL: n = brasa__format_interval(v->u.interval, text); break;
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_INTERVAL_DT: n = brasa__format_fields(v->type, v->u.i, bare, text); break;
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY: brasa__text_add_n(out, v->u.s.p, v->u.s.n); return;
    case BRASA_KIND_LIST:
    case BRASA_KIND_VECTOR: put_items(v, "[", "]", bare, out); return;
    case BRASA_KIND_STRUCT: put_items(v, "{", "}", bare, out); return;
    case BRASA_KIND_MAP: put_entries(v, bare, out); return;
    case BRASA_KIND_COUNT: break;
    }
    brasa__text_add_n(out, text, n);
}

void brasa__value_text(const brasa_value *v, brasa_text *out)
{
    put_value(v, false, out);
}

void brasa__value_show(const brasa_value *v, brasa_text *out)
{
    put_value(v, true, out);
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool fits(int64_t v, brasa_kind kind)
{
    switch (kind) {
    case BRASA_KIND_INT8: return v == (int8_t)v;
    case BRASA_KIND_INT16: return v == (int16_t)v;
    case BRASA_KIND_INT32: return v == (int32_t)v;
    case BRASA_KIND_INT64:
    case BRASA_KIND_NULL:
    case BRASA_KIND_BOOL:
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64:
    case BRASA_KIND_DECIMAL:
    case BRASA_KIND_DATE:
    case BRASA_KIND_TIMESTAMP:
    case BRASA_KIND_TIMESTAMP_NTZ:
    case BRASA_KIND_TIME:
    case BRASA_KIND_INTERVAL:
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_INTERVAL_DT:
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY:
    case BRASA_KIND_LIST:
    case BRASA_KIND_VECTOR:
    case BRASA_KIND_STRUCT:
    case BRASA_KIND_MAP:
    case BRASA_KIND_COUNT: break;
    }
    return true;
}

static bool parse_decimal(const char *s, size_t n, brasa_value *out)
{
    brasa_int128 d;

    if (!brasa__parse_decimal(s, n, out->type.precision, out->type.scale, &d)) return false;
    if (brasa__type_phys(out->type) == BRASA_PHYS_I128) {
        out->u.d = d;
    } else {
        out->u.i = (int64_t)d;
    }
    return true;
}

static bool parse_date(const char *s, size_t n, int64_t *out)
{
    int32_t days;

    if (!brasa__parse_date_text(s, n, &days)) return false;
    *out = days;
    return true;
}

static bool parse(const char *s, size_t n, brasa_value *out)
{
    switch (out->type.kind) {
    case BRASA_KIND_BOOL: return brasa__parse_bool(s, n, &out->u.b);
    case BRASA_KIND_INT8:
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INT64: return brasa__parse_i64(s, n, &out->u.i) && fits(out->u.i, out->type.kind);
    case BRASA_KIND_FLOAT32:
        if (!brasa__parse_f64(s, n, &out->u.f)) return false;
        out->u.f = (double)(float)out->u.f;
        return true;
    case BRASA_KIND_FLOAT64: return brasa__parse_f64(s, n, &out->u.f);
    case BRASA_KIND_DECIMAL: return parse_decimal(s, n, out);
    case BRASA_KIND_DATE: return parse_date(s, n, &out->u.i);
    case BRASA_KIND_TIMESTAMP: return brasa__parse_timestamp(s, n, &out->u.i);
    case BRASA_KIND_TIMESTAMP_NTZ: return brasa__parse_timestamp_ntz(s, n, &out->u.i);
    case BRASA_KIND_TIME: return brasa__parse_time(s, n, out->type, &out->u.i);
    case BRASA_KIND_INTERVAL: return brasa__parse_interval(s, n, &out->u.interval);
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_INTERVAL_DT: return brasa__parse_fields(s, n, out->type, &out->u.i);
    case BRASA_KIND_NULL:
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY:
    case BRASA_KIND_LIST:
    case BRASA_KIND_VECTOR:
    case BRASA_KIND_STRUCT:
    case BRASA_KIND_MAP:
    case BRASA_KIND_COUNT: break;
    }
    return false;
}

brasa_status brasa__value_parse(brasa_arena *arena, const char *s, size_t n, brasa_type t, brasa_value *out, brasa_error *err)
{
    *out = (brasa_value) {.type = t};
    if (t.kind == BRASA_KIND_STRING || t.kind == BRASA_KIND_BINARY) {
        out->u.s.p = brasa__arena_dup_bytes(arena, s, n);
        out->u.s.n = n;
        return BRASA_OK;
    }
    while (n > 0 && is_blank(*s)) {
        s++;
        n--;
    }
    while (n > 0 && is_blank(s[n - 1])) n--;
    if (parse(s, n, out)) return BRASA_OK;

    brasa_text type;

    brasa__text_init(&type, arena);
    brasa__type_text(t, &type);
    return brasa__fail(err, BRASA_DATA, "'%.*s' is not %s", (int)(n < 100 ? n : 100), s, type.s);
}
