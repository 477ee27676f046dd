/* func_json_path.c -- JSON in text as DuckDB, PostgreSQL and SQLite have it: parts by path or key, what it is made of, and how it is made.
 *
 * JSON is text here, so a maker takes an argument for JSON only where that is a call of a function whose result is JSON; other text gets quotes.
 */
#include <ctype.h>
#include <string.h>

#include "data/value.h"
#include "expr/func_groups.h"
#include "expr/func_row.h"
#include "expr/json_text.h"

/* JSON at p, up to `end`. */
typedef struct json_at {
    const char *p, *end;
} json_at;

static bool whole(const brasa_value *v, json_at *out)
{
    const char *end = v->u.s.p + v->u.s.n, *p = brasa__json_skip_blank(v->u.s.p, end), *after = brasa__json_skip_value(p, end, 0);

    *out = (json_at) {p, after};
    return after != NULL && brasa__json_skip_blank(after, end) == end;
}

static brasa_status no_json(const brasa_call *call, const brasa_value *v, brasa_error *err)
{
    return brasa__fail(err, BRASA_INVALID, "%s: '%.*s' is not JSON; json_valid tells", call->expr->name,
                       (int)(v->u.s.n < 100 ? v->u.s.n : 100), v->u.s.p);
}

/* ---- parts ---- */

/* The parts of an object or list, one after the other: *key is the text between quotes. */
typedef struct walker {
    const char *p, *end;
    bool        object;
    json_at     key, value;
} walker;

static walker walk(json_at v)
{
    return (walker) {.p = brasa__json_skip_blank(v.p + 1, v.end), .end = v.end, .object = *v.p == '{'};
}

static bool next_part(walker *w)
{
    if (w->p >= w->end || *w->p == ']' || *w->p == '}') return false;
    if (*w->p == ',') w->p = brasa__json_skip_blank(w->p + 1, w->end);
    if (w->object) {
        const char *after = brasa__json_skip_value(w->p, w->end, 0);
        w->key = (json_at) {w->p, after};
        w->p = brasa__json_skip_blank(brasa__json_skip_blank(after, w->end) + 1, w->end);
    }
    w->value = (json_at) {w->p, brasa__json_skip_value(w->p, w->end, 0)};
    w->p = brasa__json_skip_blank(w->value.p == NULL ? w->end : w->value.end, w->end);
    return true;
}

static int32_t count_parts(json_at v)
{
    int32_t n = 0;

    for (walker w = walk(v); next_part(&w);) n++;
    return n;
}

/* The last member of that name counts in none of those systems: the first does. */
static bool member(brasa_arena *arena, json_at *v, const char *name, size_t n)
{
    if (*v->p != '{') return false;
    for (walker w = walk(*v); next_part(&w);) {
        brasa_text key;
        brasa__text_init(&key, arena);
        brasa__json_unescape(w.key.p, w.key.end, &key);
        if (key.len != n || memcmp(key.s, name, n) != 0) continue;
        *v = w.value;
        return true;
    }
    return false;
}

/* Counted from 0, or from the end where it is below. */
static bool element(json_at *v, int64_t index)
{
    if (*v->p != '[') return false;
    if (index < 0) index += count_parts(*v);
    if (index < 0) return false;
    for (walker w = walk(*v); next_part(&w);) {
        if (index-- > 0) continue;
        *v = w.value;
        return true;
    }
    return false;
}

static bool all_digits(const char *p, const char *end)
{
    for (; p < end; p++)
        if (!isdigit((unsigned char)*p)) return false;
    return true;
}

static int64_t index_of(const char *p, const char *end)
{
    int64_t v = 0;

    for (; p < end && v < INT64_C(1000000000000); p++) v = v * 10 + (*p - '0');
    return v;
}

/* /a/0/b */
static bool follow_pointer(brasa_arena *arena, json_at *v, const char *p, const char *end)
{
    while (p < end && *p == '/') {
        const char *from = ++p;
        while (p < end && *p != '/') p++;
        brasa_text name;
        brasa__text_init(&name, arena);
        for (const char *c = from; c < p; c++) {
            bool escape = *c == '~' && c + 1 < p && (c[1] == '0' || c[1] == '1');
            brasa__text_add_n(&name, escape ? (c[1] == '0' ? "~" : "/") : c, 1);
            c += escape;
        }
        bool found = *v->p == '[' && from < p && all_digits(from, p) ? element(v, index_of(from, p)) : member(arena, v, name.s, name.len);
        if (!found) return false;
    }
    return p == end;
}

/* $.a."b c"[0][#-1] */
static bool follow_path(brasa_arena *arena, json_at *v, const char *p, const char *end)
{
    for (p++; p < end;) {
        const char *from = p + 1;
        bool        found;

        if (*p == '.' && from < end && *from == '"') {
            const char *close = memchr(from + 1, '"', (size_t)(end - from - 1));
            if (close == NULL) return false;
            found = member(arena, v, from + 1, (size_t)(close - from - 1));
            p = close + 1;
        } else if (*p == '.') {
            for (p++; p < end && *p != '.' && *p != '['; p++)
                ;
            found = member(arena, v, from, (size_t)(p - from));
        } else if (*p == '[') {
            const char *close = memchr(from, ']', (size_t)(end - from));
            if (close == NULL) return false;
            if (*from == '\'' || *from == '"') {
                found = close - from > 1 && member(arena, v, from + 1, (size_t)(close - from - 2));
            } else {
                bool back = *from == '#' || *from == '-';
                while (from < close && (*from == '#' || *from == '-')) from++;
                if (from == close || !all_digits(from, close)) return false;
                found = element(v, back ? -index_of(from, close) : index_of(from, close));
            }
            p = close + 1;
        } else {
            return false;
        }
        if (!found) return false;
    }
    return true;
}

static bool follow(brasa_arena *arena, json_at *v, const brasa_value *path)
{
    if (brasa__type_is_integer(path->type)) return element(v, path->u.i);
    const char *p = path->u.s.p, *end = p + path->u.s.n;
    if (p < end && *p == '$') return follow_path(arena, v, p, end);
    if (p < end && *p == '/') return follow_pointer(arena, v, p, end);
    if (p < end && *v->p == '[' && all_digits(p, end)) return element(v, index_of(p, end));
    return member(arena, v, p, path->u.s.n);
}

/* JSON without blanks, as DuckDB prints it. */
static void put_dense(json_at v, brasa_text *out)
{
    bool quoted = false;

    for (const char *p = v.p; p < v.end; p++) {
        if (!quoted && strchr(" \t\r\n", *p) != NULL) continue;
        if (quoted && *p == '\\')
            brasa__text_add_n(out, p++, 1);
        else if (*p == '"')
            quoted = !quoted;
        brasa__text_add_n(out, p, 1);
    }
}

static void put_part(brasa_call *call, json_at v, bool text, brasa_value *out)
{
    brasa_text t;

    if (text && v.end - v.p == 4 && memcmp(v.p, "null", 4) == 0) return;
    brasa__text_init(&t, call->arena);
    if (text && *v.p == '"')
        brasa__json_unescape(v.p, v.end, &t);
    else
        put_dense(v, &t);
    brasa__out_text(out, &t);
}

static bool wants_text(const char *name)
{
    return strstr(name, "string") != NULL || strstr(name, "text") != NULL || strcmp(name, "->>") == 0;
}

/* json_extract, json_extract_string, ->, ->>, json_value: a path; json_extract_path[_text]: keys */
static brasa_status extract_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    json_at v;

    if (!whole(&args[0], &v)) return no_json(call, &args[0], err);
    for (int32_t i = 1; i < call->nargs; i++) {
        if (!follow(call->arena, &v, &args[i])) return BRASA_OK;
    }
    if (strcmp(call->expr->name, "json_value") == 0 && (*v.p == '{' || *v.p == '[')) return BRASA_OK;
    put_part(call, v, wants_text(call->expr->name), out);
    return BRASA_OK;
}

static brasa_status exists_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    json_at v;

    if (!whole(&args[0], &v)) return no_json(call, &args[0], err);
    brasa__out_bool(out, follow(call->arena, &v, &args[1]));
    return BRASA_OK;
}

static brasa_status valid_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    json_at v;

    (void)call, (void)err;
    brasa__out_bool(out, whole(&args[0], &v));
    return BRASA_OK;
}

/* ---- what it is ---- */

static const char *duck_type(json_at v)
{
    switch (*v.p) {
    case '{': return "OBJECT";
    case '[': return "ARRAY";
    case '"': return "VARCHAR";
    case 't':
    case 'f': return "BOOLEAN";
    case 'n': return "NULL";
    default: break;
    }
    for (const char *p = v.p; p < v.end; p++)
        if (strchr(".eE", *p) != NULL) return "DOUBLE";
    return *v.p == '-' ? "BIGINT" : "UBIGINT";
}

static const char *postgres_type(json_at v)
{
    switch (*v.p) {
    case '{': return "object";
    case '[': return "array";
    case '"': return "string";
    case 't':
    case 'f': return "boolean";
    case 'n': return "null";
    default: return "number";
    }
}

static brasa_status type_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    json_at v;

    if (!whole(&args[0], &v)) return no_json(call, &args[0], err);
    if (call->nargs > 1 && !follow(call->arena, &v, &args[1])) return BRASA_OK;
    const char *name = strstr(call->expr->name, "typeof") != NULL ? postgres_type(v) : duck_type(v);
    brasa__out_bytes(out, name, strlen(name));
    return BRASA_OK;
}

static brasa_status keys_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    json_at v;
    int32_t n = 0;

    if (!whole(&args[0], &v)) return no_json(call, &args[0], err);
    if (call->nargs > 1 && !follow(call->arena, &v, &args[1])) return BRASA_OK;
    brasa_value *items = BRASA_NEWS(call->arena, brasa_value, *v.p == '{' ? count_parts(v) + 1 : 1);
    if (*v.p == '{') {
        for (walker w = walk(v); next_part(&w); n++) {
            brasa_text key;
            brasa__text_init(&key, call->arena);
            brasa__json_unescape(w.key.p, w.key.end, &key);
            items[n].type = brasa__type(BRASA_KIND_STRING);
            brasa__out_text(&items[n], &key);
        }
    }
    out->null = false;
    out->u.list.n = n;
    out->u.list.items = items;
    return BRASA_OK;
}

static bool same_json(brasa_arena *arena, json_at a, json_at b)
{
    brasa_text x, y;

    brasa__text_init(&x, arena);
    brasa__text_init(&y, arena);
    put_dense(a, &x);
    put_dense(b, &y);
    return x.len == y.len && memcmp(x.s, y.s, x.len) == 0;
}

/* Is b in a: its members in one object, its elements in one list, or it itself somewhere inside? */
static bool contains(brasa_arena *arena, json_at a, json_at b)
{
    if (same_json(arena, a, b)) return true;
    if (*a.p == '{' && *b.p == '{') {
        bool all = true;
        for (walker w = walk(b); all && next_part(&w);) {
            brasa_text key;
            json_at    in = a;
            brasa__text_init(&key, arena);
            brasa__json_unescape(w.key.p, w.key.end, &key);
            all = member(arena, &in, key.s, key.len) && contains(arena, in, w.value);
        }
        if (all) return true;
    }
    if (*a.p == '[' && *b.p == '[') {
        bool all = true;
        for (walker w = walk(b); all && next_part(&w);) {
            bool some = false;
            for (walker o = walk(a); !some && next_part(&o);) some = contains(arena, o.value, w.value);
            all = some;
        }
        if (all) return true;
    }
    if (*a.p != '{' && *a.p != '[') return false;
    for (walker w = walk(a); next_part(&w);)
        if (contains(arena, w.value, b)) return true;
    return false;
}

static brasa_status contains_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    json_at a, b;

    if (!whole(&args[0], &a)) return no_json(call, &args[0], err);
    if (!whole(&args[1], &b)) return no_json(call, &args[1], err);
    brasa__out_bool(out, contains(call->arena, a, b));
    return BRASA_OK;
}

/* ---- making ---- */

/* RFC 7396: members of the second take the place of those of the first, null takes them away. */
static void merge(brasa_arena *arena, const json_at *a, json_at b, brasa_text *out)
{
    bool first = true;

    if (*b.p != '{') {
        put_dense(b, out);
        return;
    }
    brasa__text_add(out, "{");
    if (a != NULL && *a->p == '{') {
        for (walker w = walk(*a); next_part(&w);) {
            brasa_text key;
            json_at    other = b;
            brasa__text_init(&key, arena);
            brasa__json_unescape(w.key.p, w.key.end, &key);
            bool both = member(arena, &other, key.s, key.len);
            if (both && *other.p == 'n') continue;
            brasa__text_addf(out, "%s%.*s:", first ? "" : ",", (int)(w.key.end - w.key.p), w.key.p);
            first = false;
            if (both)
                merge(arena, &w.value, other, out);
            else
                put_dense(w.value, out);
        }
    }
    for (walker w = walk(b); next_part(&w);) {
        brasa_text key;
        brasa__text_init(&key, arena);
        brasa__json_unescape(w.key.p, w.key.end, &key);
        json_at other = a == NULL ? b : *a;
        if (*w.value.p == 'n' || (a != NULL && member(arena, &other, key.s, key.len))) continue;
        brasa__text_addf(out, "%s%.*s:", first ? "" : ",", (int)(w.key.end - w.key.p), w.key.p);
        first = false;
        merge(arena, NULL, w.value, out);
    }
    brasa__text_add(out, "}");
}

static brasa_status merge_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    json_at    a, b;
    brasa_text t;

    if (!whole(&args[0], &a)) return no_json(call, &args[0], err);
    if (!whole(&args[1], &b)) return no_json(call, &args[1], err);
    brasa__text_init(&t, call->arena);
    merge(call->arena, &a, b, &t);
    brasa__out_text(out, &t);
    return BRASA_OK;
}

static bool gives_json(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CALL && e->name != NULL &&
           (strcmp(e->name, "to_json") == 0 || strcmp(e->name, "->") == 0 || strcmp(e->name, "json_extract") == 0 ||
            strcmp(e->name, "json_object") == 0 || strcmp(e->name, "json_array") == 0 || strcmp(e->name, "json_merge_patch") == 0 ||
            strcmp(e->name, "json_quote") == 0 || strcmp(e->name, "json_extract_path") == 0);
}

static void put_argument(const brasa_call *call, int32_t i, const brasa_value *v, brasa_text *out)
{
    json_at ignored;

    if (!v->null && v->type.kind == BRASA_KIND_STRING && gives_json(call->expr->args[i]) && whole(v, &ignored))
        brasa__text_add_n(out, v->u.s.p, v->u.s.n);
    else
        brasa__json_put(v, out);
}

static brasa_status object_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    brasa_text t;

    if (call->nargs % 2 != 0) return brasa__fail(err, BRASA_INVALID, "%s takes names and values in turn", call->expr->name);
    brasa__text_init(&t, call->arena);
    brasa__text_add(&t, "{");
    for (int32_t i = 0; i < call->nargs; i += 2) {
        brasa_text  key;
        brasa_value name = {.type = brasa__type(BRASA_KIND_STRING)};

        if (args[i].null) return brasa__fail(err, BRASA_INVALID, "%s: a name is null", call->expr->name);
        brasa__text_init(&key, call->arena);
        brasa__value_text(&args[i], &key);
        brasa__out_text(&name, &key);
        if (i > 0) brasa__text_add(&t, ",");
        brasa__json_put(&name, &t);
        brasa__text_add(&t, ":");
        put_argument(call, i + 1, &args[i + 1], &t);
    }
    brasa__text_add(&t, "}");
    brasa__out_text(out, &t);
    return BRASA_OK;
}

static brasa_status array_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    brasa_text t;

    (void)err;
    brasa__text_init(&t, call->arena);
    brasa__text_add(&t, "[");
    for (int32_t i = 0; i < call->nargs; i++) {
        if (i > 0) brasa__text_add(&t, ",");
        put_argument(call, i, &args[i], &t);
    }
    brasa__text_add(&t, "]");
    brasa__out_text(out, &t);
    return BRASA_OK;
}

static brasa_status quote_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    brasa_text t;

    (void)err;
    brasa__text_init(&t, call->arena);
    put_argument(call, 0, &args[0], &t);
    brasa__out_text(out, &t);
    return BRASA_OK;
}

static brasa_status dense_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    json_at v;

    if (!whole(&args[0], &v)) return no_json(call, &args[0], err);
    put_part(call, v, false, out);
    return BRASA_OK;
}

/* Text, then a path that is text or a number. */
static BRASA_RESOLVE(json_path)
{
    (void)arena, (void)err;
    for (int32_t i = 0; i < n; i++) {
        if (i > 0 && brasa__type_is_integer(types[i]))
            BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_INT64));
        else
            BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    }
    *result = strcmp(f->name, "json_exists") == 0 ? brasa__type(BRASA_KIND_BOOL)
              : strcmp(f->name, "json_keys") == 0 ? brasa__type_list(arena, brasa__type(BRASA_KIND_STRING))
                                                  : brasa__type(BRASA_KIND_STRING);
    return BRASA_OK;
}

#define PATH(id, least, most, fn, text)                                                                               \
    {                                                                                                                 \
        .name = id, .min_args = least, .max_args = most, .flags = BRASA_FN_NULLABLE | BRASA_FN_CAN_FAIL, .doc = text, \
        .resolve = brasa__resolve_json_path, .eval = brasa__row_eval, .row = fn                                       \
    }
#define FAIL (BRASA_FN_NULLABLE | BRASA_FN_CAN_FAIL)

static const brasa_function table[] = {
    PATH("json_extract", 2, 2, extract_row, "json_extract(json, path): JSON at $.a[0], /a/0, a key or a place"),
    PATH("json_extract_string", 2, 2, extract_row, "json_extract_string(json, path): the same as text"),
    PATH("->", 2, 2, extract_row, "json -> path: json_extract"),
    PATH("->>", 2, 2, extract_row, "json ->> path: json_extract_string"),
    PATH("json_value", 2, 2, extract_row, "json_value(json, path): json_extract; null for objects and lists"),
    PATH("json_extract_path", 2, -1, extract_row, "json_extract_path(json, key, ...): JSON behind those keys"),
    PATH("json_extract_path_text", 2, -1, extract_row, "json_extract_path_text(json, key, ...): the same as text"),
    PATH("json_exists", 2, 2, exists_row, "json_exists(json, path): is there something?"),
    PATH("json_type", 1, 2, type_row, "json_type(json [, path]): OBJECT, ARRAY, VARCHAR, BOOLEAN, BIGINT, UBIGINT, DOUBLE, NULL"),
    PATH("json_typeof", 1, 1, type_row, "json_typeof(json): object, array, string, number, boolean, null"),
    PATH("json_keys", 1, 2, keys_row, "json_keys(json [, path]): the names of an object's members"),
    BRASA_ROW_FN("json_valid", 1, 1, 0, "s:b", valid_row, "json_valid(text): is it JSON?"),
    BRASA_ROW_FN("json_contains", 2, 2, FAIL, "ss:b", contains_row, "json_contains(json, part): is the part in it?"),
    BRASA_ROW_FN("json_merge_patch", 2, 2, FAIL, "ss:s", merge_row, "json_merge_patch(json, patch): after RFC 7396"),
    BRASA_ROW_FN("json_object", 0, -1, BRASA_FN_NULLS | BRASA_FN_CAN_FAIL, "a*:s", object_row, "json_object(name, value, ...): an object"),
    BRASA_ROW_FN("json_array", 0, -1, BRASA_FN_NULLS, "a*:s", array_row, "json_array(value, ...): a list"),
    BRASA_ROW_FN("json_quote", 1, 1, BRASA_FN_NULLS, "a:s", quote_row, "json_quote(x): any value as JSON"),
    BRASA_ROW_FN("json", 1, 1, FAIL, "s:s", dense_row, "json(text): without blanks; an error if it is none"),
};

BRASA_FUNCTION_GROUP(json_path, "Parts of JSON", table);
