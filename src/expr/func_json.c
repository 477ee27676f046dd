/* func_json.c -- JSON in text: a value by path, and values as JSON (RFC 8259). */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "data/string.h"
#include "data/value.h"
#include "expr/date_format.h"
#include "expr/func_groups.h"
#include "expr/json_text.h"
#include "expr/text_options.h"
#include "expr/resolve.h"

enum { MAX_NESTING = 500 };

/* ---- reading: p points at what is left; NULL when it is no JSON ---- */

const char *brasa__json_skip_blank(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) p++;
    return p;
}

static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\') p++;
    return p < end ? p + 1 : NULL;
}

static const char *skip_nested(const char *p, const char *end, int depth)
{
    bool object = *p == '{';
    char close = object ? '}' : ']';

    p = brasa__json_skip_blank(p + 1, end);
    if (p < end && *p == close) return p + 1;
    while (p < end) {
        if (object) {
            if (*p != '"' || (p = skip_string(p, end)) == NULL) return NULL;
            p = brasa__json_skip_blank(p, end);
            if (p >= end || *p != ':') return NULL;
            p++;
        }
        p = brasa__json_skip_value(brasa__json_skip_blank(p, end), end, depth + 1);
        if (p == NULL) return NULL;
        p = brasa__json_skip_blank(p, end);
        if (p >= end || (*p != ',' && *p != close)) return NULL;
        if (*p++ == close) return p;
        p = brasa__json_skip_blank(p, end);
    }
    return NULL;
}

const char *brasa__json_skip_value(const char *p, const char *end, int depth)
{
    static const char *const words[] = {"true", "false", "null"};

    if (p == NULL || p >= end || depth > MAX_NESTING) return NULL;
    if (*p == '{' || *p == '[') return skip_nested(p, end, depth);
    if (*p == '"') return skip_string(p, end);
    for (int i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(end - p) >= n && memcmp(p, words[i], n) == 0) return p + n;
    }
    const char *from = p;
    if (p < end && *p == '-') p++;
    const char *digits = p;
    while (p < end && (isdigit((unsigned char)*p) || strchr(".eE+-", *p))) p++;
    return p > digits && isdigit((unsigned char)*digits) && p > from ? p : NULL;
}

static uint32_t hex4(const char *p)
{
    uint32_t v = 0;

    for (int i = 0; i < 4; i++) {
        int c = tolower((unsigned char)p[i]);
        v = v * 16 + (uint32_t)(isdigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0);
    }
    return v;
}

/* The text of a quoted string. */
void brasa__json_unescape(const char *p, const char *end, brasa_text *out)
{
    for (p++; p < end && *p != '"'; p++) {
        static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
        if (*p != '\\') {
            brasa__text_add_n(out, p, 1);
            continue;
        }
        p++;
        const char *known = p < end && *p ? strchr(from, *p) : NULL;
        if (known) {
            brasa__text_add_n(out, &to[known - from], 1);
        } else if (p + 4 < end && *p == 'u') {
            uint32_t c = hex4(p + 1);
            char     utf8[4];
            p += 4;
            if (c >= 0xd800 && c < 0xdc00 && p + 6 < end && p[1] == '\\' && p[2] == 'u') {
                c = 0x10000 + ((c - 0xd800) << 10) + ((hex4(p + 3) - 0xdc00) & 0x3ff);
                p += 6;
            }
            brasa__text_add_n(out, utf8, (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)utf8));
        } else if (p < end) {
            brasa__text_add_n(out, p, 1);
        }
    }
}

/* ---- paths: $.a['b'][0] ---- */

/* Member `name` of the object at p; NULL: none. */
static const char *member(brasa_arena *arena, const char *p, const char *end, const char *name, size_t n)
{
    if (*p != '{') return NULL;
    for (p = brasa__json_skip_blank(p + 1, end); p && p < end && *p == '"';) {
        brasa_text key;
        brasa__text_init(&key, arena);
        brasa__json_unescape(p, end, &key);
        p = skip_string(p, end);
        if (p == NULL) return NULL;
        p = brasa__json_skip_blank(p, end);
        if (p >= end || *p != ':') return NULL;
        p = brasa__json_skip_blank(p + 1, end);
        if (key.len == n && memcmp(key.s, name, n) == 0) return p;
        p = brasa__json_skip_value(p, end, 0);
        if (p == NULL) return NULL;
        p = brasa__json_skip_blank(p, end);
        if (p >= end || *p != ',') return NULL;
        p = brasa__json_skip_blank(p + 1, end);
    }
    return NULL;
}

static const char *element(const char *p, const char *end, int64_t index)
{
    if (*p != '[') return NULL;
    p = brasa__json_skip_blank(p + 1, end);
    if (p < end && *p == ']') return NULL;
    for (; p && p < end; index--) {
        if (index == 0) return p;
        p = brasa__json_skip_value(p, end, 0);
        if (p == NULL) return NULL;
        p = brasa__json_skip_blank(p, end);
        if (p >= end || *p != ',') return NULL;
        p = brasa__json_skip_blank(p + 1, end);
    }
    return NULL;
}

static const char *follow(brasa_arena *arena, const char *p, const char *end, const char *path, const char *stop)
{
    if (path >= stop || *path != '$') return NULL;
    for (path++; path < stop && p && p < end;) {
        const char *from = path + 1;
        if (*path == '.') {
            for (path++; path < stop && *path != '.' && *path != '[';) path++;
            p = member(arena, p, end, from, (size_t)(path - from));
        } else if (*path == '[' && from < stop && (*from == '\'' || *from == '"')) {
            const char *close = memchr(from + 1, *from, (size_t)(stop - from - 1));
            if (close == NULL || close + 1 >= stop || close[1] != ']') return NULL;
            p = member(arena, p, end, from + 1, (size_t)(close - from - 1));
            path = close + 2;
        } else if (*path == '[') {
            int64_t index = 0;
            for (path++; path < stop && isdigit((unsigned char)*path) && index < 1000000000; path++) index = index * 10 + (*path - '0');
            if (path == from || path >= stop || *path != ']') return NULL;
            path++;
            p = element(p, end, index);
        } else {
            return NULL;
        }
    }
    return p < end ? p : NULL;
}

static brasa_status get_json_object_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r), *path = &BRASA_ARG(call, 1, brasa_string, r);
        const char         *json = brasa_string_data(s), *end = json + s->len, *p = brasa__json_skip_blank(json, end);
        const char         *whole = brasa__json_skip_value(p, end, 0), *q = brasa_string_data(path);
        bool                valid = whole != NULL && brasa__json_skip_blank(whole, end) == end;
        const char         *at = valid ? follow(call->arena, p, end, q, q + path->len) : NULL,
                   *after = at ? brasa__json_skip_value(at, end, 0) : NULL;
        if (after == NULL || (after - at == 4 && memcmp(at, "null", 4) == 0)) {
            brasa__call_set_null(call, r);
        } else if (*at == '"') {
            brasa_text t;
            brasa__text_init(&t, call->arena);
            brasa__json_unescape(at, after, &t);
            out[r] = brasa__string(t.s, t.len);
        } else {
            out[r] = brasa__string(at, (size_t)(after - at));
        }
    }
    return BRASA_OK;
}

static brasa_status array_length_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i], n = 0;
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        const char         *json = brasa_string_data(s), *end = json + s->len, *p = brasa__json_skip_blank(json, end),
                   *whole = brasa__json_skip_value(p, end, 0);
        if (whole == NULL || brasa__json_skip_blank(whole, end) != end || *p != '[') {
            brasa__call_set_null(call, r);
            continue;
        }
        p = brasa__json_skip_blank(p + 1, end);
        while (*p != ']') {
            n++;
            p = brasa__json_skip_blank(brasa__json_skip_value(p, end, 0), end);
            if (*p == ',') p = brasa__json_skip_blank(p + 1, end);
        }
        out[r] = n;
    }
    return BRASA_OK;
}

/* ---- writing ---- */

static void put_text(const char *s, size_t n, brasa_text *out)
{
    brasa__text_add_n(out, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
        const char       *known = s[i] ? strchr(from, s[i]) : NULL;
        if (known)
            brasa__text_addf(out, "\\%c", to[known - from]);
        else if ((unsigned char)s[i] < 0x20)
            brasa__text_addf(out, "\\u%04x", s[i]);
        else
            brasa__text_add_n(out, s + i, 1);
    }
    brasa__text_add_n(out, "\"", 1);
}

static void put_json(const brasa_text_options *o, const brasa_value *v, brasa_text *out);

/* Values that are null stay, unlike fields: as Spark. */
static void put_map(const brasa_text_options *o, const brasa_value *v, brasa_text *out)
{
    brasa__text_add(out, "{");
    for (int32_t i = 0; i < v->u.list.n; i++) {
        const brasa_value *pair = v->u.list.items[i].u.list.items;
        brasa_text         key;

        if (i > 0) brasa__text_add(out, ",");
        brasa__text_init(&key, out->arena);
        brasa__value_text(&pair[0], &key);
        put_text(key.s, key.len, out);
        brasa__text_add(out, ":");
        put_json(o, &pair[1], out);
    }
    brasa__text_add(out, "}");
}

static void put_json(const brasa_text_options *o, const brasa_value *v, brasa_text *out)
{
    brasa_text  t;
    brasa_error ignored;
    bool        object = v->type.kind == BRASA_KIND_STRUCT, first = true;

    if (v->null) {
        brasa__text_add(out, "null");
        return;
    }
    brasa__text_init(&t, out->arena);
    switch ((int)v->type.kind) {
    case BRASA_KIND_MAP: put_map(o, v, out); return;
    case BRASA_KIND_STRUCT:
    case BRASA_KIND_LIST:
    case BRASA_KIND_VECTOR:
        brasa__text_add(out, object ? "{" : "[");
        for (int32_t i = 0; i < v->u.list.n; i++) {
            if (object && v->u.list.items[i].null && !o->keeps_null) continue; /* as Spark: fields that are null are left out */
            if (!first) brasa__text_add(out, ",");
            first = false;
            if (object) put_text(v->type.fields[i].name, strlen(v->type.fields[i].name), out), brasa__text_add(out, ":");
            put_json(o, &v->u.list.items[i], out);
        }
        brasa__text_add(out, object ? "}" : "]");
        return;
    case BRASA_KIND_TIMESTAMP:
        if (!brasa__text_put(o, v, &t)) (void)brasa__date_format(v->u.i, "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", 28, &t, &ignored);
        break;
    default:
        if (!brasa__text_put(o, v, &t)) brasa__value_text(v, &t);
        break;
    }
    bool floating = v->type.kind == BRASA_KIND_FLOAT64 || v->type.kind == BRASA_KIND_FLOAT32;
    bool bare = v->type.kind == BRASA_KIND_BOOL || (brasa__type_is_numeric(v->type) && !(floating && !isfinite(v->u.f)));
    if (bare)
        brasa__text_add_n(out, t.s, t.len);
    else
        put_text(t.s, t.len, out);
}

void brasa__json_put(const brasa_value *v, brasa_text *out)
{
    const brasa_text_options plain = {.keeps_null = true};

    put_json(&plain, v, out);
}

static brasa_status bind_to_json(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    brasa_text_options o;

    if (!brasa__type_is_nested(types[0]))
        return brasa__fail(err, BRASA_TYPE, "to_json does not take (%s); it takes a struct, list or map", brasa_kind_name(types[0].kind));
    call->type = brasa__type(BRASA_KIND_STRING);
    return call->nargs > 1 ? brasa__text_options(arena, call->args[1], "to_json", false, &o, err) : BRASA_OK;
}

static brasa_status to_json_eval(brasa_call *call, brasa_error *err)
{
    brasa_string      *out = call->values;
    brasa_text_options o;

    BRASA_TRY(brasa__text_options(call->arena, call->nargs > 1 ? call->expr->args[1] : NULL, "to_json", false, &o, err));
    for (int32_t i = 0; i < call->n; i++) {
        brasa_value v = brasa__column_value(&call->args[0], call->rows[i], call->arena);
        brasa_text  t;
        brasa__text_init(&t, call->arena);
        put_json(&o, &v, &t);
        out[call->rows[i]] = brasa__string(t.s, t.len);
    }
    return BRASA_OK;
}

static const brasa_function table[] = {
    {.name = "get_json_object",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_NULLABLE,
     .doc = "get_json_object(json, path): what is at $.name, $['name'], $[0], as text; null where nothing is",
     .resolve = brasa__resolve_strings_to_string,
     .eval = get_json_object_eval},
    {.name = "json_array_length",
     .min_args = 1,
     .max_args = 1,
     .flags = BRASA_FN_NULLABLE,
     .doc = "json_array_length(json): its elements; null if it is no array",
     .resolve = brasa__resolve_strings_to_int,
     .eval = array_length_eval},
    {.name = "to_json",
     .min_args = 1,
     .max_args = 2,
     .flags = 0,
     .doc =
         "to_json(struct, list or map [, options]): as JSON; fields that are null are left out; map('dateFormat', 'dd.MM.yyyy') gives dates a form",
     .bind = bind_to_json,
     .eval = to_json_eval},
};

BRASA_FUNCTION_GROUP(json, "JSON", table);
