/* func_from_json.c -- JSON in text to values of a type, the type of JSON, and the keys of an object.
 *
 * As Spark's permissive mode: what is no JSON gives a struct of nulls (or null, for other types); a member that is not of its field's type is null.
 */
#include <ctype.h>
#include <string.h>

#include "expr/bind.h"
#include "expr/func_groups.h"
#include "expr/func_row.h"
#include "expr/json_text.h"
#include "expr/text_options.h"

#define ROW(name) static brasa_status name(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)

/* ---- walking: items of an array, members of an object ---- */

typedef struct cursor {
    brasa_arena *arena;
    const char  *p, *end; /* of the whole text, which is valid */
    bool         object;
    brasa_text   key;
    const char  *value; /* of the item */
} cursor;

static cursor begin(brasa_arena *arena, const char *p, const char *end)
{
    return (cursor) {.arena = arena, .p = brasa__json_skip_blank(p + 1, end), .end = end, .object = *p == '{'};
}

static bool next(cursor *c)
{
    if (c->p >= c->end || *c->p == ']' || *c->p == '}') return false;
    if (c->object) {
        brasa__text_init(&c->key, c->arena);
        brasa__json_unescape(c->p, c->end, &c->key);
        c->p = brasa__json_skip_blank(brasa__json_skip_value(c->p, c->end, 0), c->end);
        c->p = brasa__json_skip_blank(c->p + 1, c->end);
    }
    c->value = c->p;
    c->p = brasa__json_skip_blank(brasa__json_skip_value(c->p, c->end, 0), c->end);
    if (c->p < c->end && *c->p == ',') c->p = brasa__json_skip_blank(c->p + 1, c->end);
    return true;
}

/* ---- from_json ---- */

/* What is converted: how, and did all fit? */
typedef struct reading {
    brasa_arena              *arena;
    const char               *end;
    const brasa_text_options *o;
    bool                      bad;
} reading;

/* False: the value is not of the type. */
static bool convert(reading *r, const char *p, brasa_type t, brasa_value *out);

static void convert_struct(reading *r, const char *p, brasa_type t, brasa_value *out)
{
    brasa_value *fields = BRASA_NEWS(r->arena, brasa_value, t.nfields + 1);

    for (int32_t i = 0; i < t.nfields; i++) fields[i] = (brasa_value) {.type = t.fields[i].type, .null = true};
    out->u.list.items = fields;
    out->u.list.n = t.nfields;
    out->null = false;
    if (p == NULL) return;
    for (cursor c = begin(r->arena, p, r->end); next(&c);)
        for (int32_t i = 0; i < t.nfields; i++)
            if (strlen(t.fields[i].name) == c.key.len && memcmp(t.fields[i].name, c.key.s, c.key.len) == 0)
                (void)convert(r, c.value, t.fields[i].type, &fields[i]);
}

static bool convert_list(reading *r, const char *p, brasa_type t, brasa_value *out)
{
    brasa_value *items = NULL;
    int32_t      n = 0, cap = 0;

    for (cursor c = begin(r->arena, p, r->end); next(&c); n++) {
        items = brasa__arena_grow(r->arena, items, &cap, n + 1, sizeof *items);
        if (!convert(r, c.value, t.fields[0].type, &items[n])) return false;
    }
    out->u.list.items = items;
    out->u.list.n = n;
    out->null = false;
    return true;
}

/* Of a name that is there twice the last value counts; a name that is no key of the type makes the whole null. */
static bool convert_map(reading *r, const char *p, brasa_type t, brasa_value *out)
{
    brasa_type   entry = t.fields[0].type;
    brasa_value *entries = NULL, key;
    int32_t      n = 0, cap = 0;

    for (cursor c = begin(r->arena, p, r->end); next(&c);) {
        int32_t at = 0;
        if (brasa__value_parse(r->arena, c.key.s, c.key.len, entry.fields[0].type, &key, NULL) != BRASA_OK) return false;
        while (at < n && brasa__value_compare(&entries[at].u.list.items[0], &key) != 0) at++;
        brasa_value *pair = BRASA_NEWS(r->arena, brasa_value, 2);
        pair[0] = key;
        (void)convert(r, c.value, entry.fields[1].type, &pair[1]);
        entries = brasa__arena_grow(r->arena, entries, &cap, n + 1, sizeof *entries);
        entries[at] = (brasa_value) {.type = entry, .u.list = {.items = pair, .n = 2}};
        n += at == n;
    }
    out->u.list.items = entries;
    out->u.list.n = n;
    out->null = false;
    return true;
}

/* Text and numbers, as their own text. */
static bool convert_scalar(reading *r, const char *p, brasa_type t, brasa_value *out)
{
    const char *stop = brasa__json_skip_value(p, r->end, 0);
    bool        quoted = *p == '"', text = t.kind == BRASA_KIND_STRING;
    bool        number = *p == '-' || isdigit((unsigned char)*p), boolean = *p == 't' || *p == 'f';
    bool        moment = t.kind == BRASA_KIND_DATE || t.kind == BRASA_KIND_TIMESTAMP || t.kind == BRASA_KIND_INTERVAL ||
                  t.kind == BRASA_KIND_TIMESTAMP_NTZ || t.kind == BRASA_KIND_TIME || brasa__type_is_interval(t);
    bool       floating = t.kind == BRASA_KIND_FLOAT32 || t.kind == BRASA_KIND_FLOAT64;
    brasa_text s;

    brasa__text_init(&s, r->arena);
    if (quoted)
        brasa__json_unescape(p, r->end, &s);
    else
        brasa__text_add_n(&s, p, (size_t)(stop - p));
    bool fits = text || (t.kind == BRASA_KIND_BOOL && boolean) || (moment && quoted) || (brasa__type_is_numeric(t) && number) ||
                (t.kind == BRASA_KIND_DECIMAL && quoted) || (t.kind == BRASA_KIND_BINARY && quoted) ||
                (floating && quoted && s.len > 2 && (isalpha((unsigned char)s.s[s.len - 1])));
    if (brasa__type_is_integer(t) && number && memchr(s.s, '.', s.len) != NULL) fits = false;
    brasa_value v;
    fits = fits && brasa__text_read(r->arena, r->o, s.len == 0 ? "" : s.s, s.len, t, &v);
    if (fits) *out = v;
    return fits;
}

static bool convert(reading *r, const char *p, brasa_type t, brasa_value *out)
{
    bool fits = false;

    *out = (brasa_value) {.type = t, .null = true};
    if (p == NULL || *p == 'n') return true;
    if (t.kind == BRASA_KIND_STRUCT) {
        fits = *p == '{';
        if (fits) convert_struct(r, p, t, out);
    } else if (t.kind == BRASA_KIND_LIST) {
        fits = *p == '[' && convert_list(r, p, t, out);
    } else if (t.kind == BRASA_KIND_MAP) {
        fits = *p == '{' && convert_map(r, p, t, out);
    } else if (t.kind != BRASA_KIND_VECTOR) {
        fits = convert_scalar(r, p, t, out);
    }
    r->bad = r->bad || !fits;
    return fits;
}

/* A schema ("a INT, b STRING") or one type ("ARRAY<INT>", "STRUCT<a: INT>"). */
static brasa_status read_type(brasa_arena *arena, const char *text, brasa_type *out, brasa_error *err)
{
    brasa_schema schema;
    brasa_error  ignored;

    if (brasa__type_parse(arena, text, out, &ignored) == BRASA_OK) return BRASA_OK;
    BRASA_TRY(brasa__schema_parse(arena, text, &schema, err));
    *out = (brasa_type) {.kind = BRASA_KIND_STRUCT, .nfields = schema.ncols, .fields = schema.cols};
    return BRASA_OK;
}

static brasa_status bind_from_json(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    const brasa_expr *schema = call->args[1];
    brasa_value       v;

    if (brasa__resolve_arg(&types[0], BRASA_KIND_STRING) != BRASA_OK || types[1].kind != BRASA_KIND_STRING)
        return brasa__fail(err, BRASA_TYPE, "from_json takes text and a schema, like from_json(x, 'a INT, b ARRAY<STRING>')");
    if (brasa__expr_constant(arena, schema, &v, err) != BRASA_OK || v.null)
        return brasa__fail(err, BRASA_TYPE, "the schema of from_json is a constant");
    brasa_text_options o;
    if (call->nargs > 2) BRASA_TRY(brasa__text_options(arena, call->args[2], "from_json", true, &o, err));
    return read_type(arena, brasa__arena_strndup(arena, v.u.s.p, v.u.s.n), &call->type, err);
}

/* The field that takes a text which does not fit; -1: there is none. */
static int32_t corrupt_field(const brasa_text_options *o, brasa_type t)
{
    for (int32_t i = 0; t.kind == BRASA_KIND_STRUCT && i < t.nfields; i++)
        if (t.fields[i].type.kind == BRASA_KIND_STRING && strcmp(t.fields[i].name, o->corrupt) == 0) return i;
    return -1;
}

/* The start of the value that is the whole text; NULL: it is no JSON. */
static const char *whole(const brasa_value *text, const char **end)
{
    const char *p = brasa__json_skip_blank(text->u.s.p, text->u.s.p + text->u.s.n), *stop;

    *end = text->u.s.p + text->u.s.n;
    stop = p < *end ? brasa__json_skip_value(p, *end, 0) : NULL;
    return stop && brasa__json_skip_blank(stop, *end) == *end ? p : NULL;
}

ROW(from_json_row)
{
    brasa_type         t = call->expr->type;
    const char        *end, *p = whole(&args[0], &end), *blank = brasa__json_skip_blank(args[0].u.s.p, end);
    brasa_text_options o;

    if (blank == end) return BRASA_OK;
    BRASA_TRY(brasa__text_options(call->arena, call->nargs > 2 ? call->expr->args[2] : NULL, "from_json", true, &o, err));
    reading r = {.arena = call->arena, .end = end, .o = &o, .bad = p == NULL};
    if (p != NULL && t.kind == BRASA_KIND_LIST && t.fields[0].type.kind == BRASA_KIND_STRUCT && *p == '{') {
        brasa_value *one = BRASA_NEW(call->arena, brasa_value);
        (void)convert(&r, p, t.fields[0].type, one);
        *out = (brasa_value) {.type = t, .u.list = {.items = one, .n = 1}};
    } else if (p != NULL) {
        (void)convert(&r, p, t, out);
    }
    if (r.bad && o.failfast)
        return brasa__fail(err, BRASA_ARITHMETIC, "from_json: '%.*s' is not of the schema; the mode PERMISSIVE gives nulls",
                           (int)(args[0].u.s.n < 100 ? args[0].u.s.n : 100), args[0].u.s.p);
    if (t.kind == BRASA_KIND_STRUCT && out->null && (p == NULL || *p != 'n')) convert_struct(&r, NULL, t, out);
    int32_t corrupt = corrupt_field(&o, t);
    if (corrupt >= 0 && r.bad && !out->null) {
        brasa_value *field = (brasa_value *)(uintptr_t)&out->u.list.items[corrupt];

        *field = args[0];
        field->type = t.fields[corrupt].type;
    }
    return BRASA_OK;
}

/* ---- schema_of_json ---- */

static brasa_type type_of(brasa_arena *arena, const char *p, const char *end);

static int32_t place_of(const brasa_field *fields, int32_t n, const char *name)
{
    int32_t i = 0;

    while (i < n && strcmp(fields[i].name, name) < 0) i++;
    return i;
}

/* Fields in the order of their names. */
static brasa_type struct_of(brasa_arena *arena, const char *p, const char *end)
{
    brasa_field *fields = NULL;
    int32_t      n = 0, cap = 0;

    for (cursor c = begin(arena, p, end); next(&c); n++) {
        fields = brasa__arena_grow(arena, fields, &cap, n + 1, sizeof *fields);
        int32_t at = place_of(fields, n, c.key.s);
        memmove(fields + at + 1, fields + at, sizeof *fields * (size_t)(n - at));
        fields[at] = (brasa_field) {.name = c.key.s, .type = type_of(arena, c.value, end), .nullable = true};
    }
    return (brasa_type) {.kind = BRASA_KIND_STRUCT, .nfields = n, .fields = fields};
}

static brasa_type type_of(brasa_arena *arena, const char *p, const char *end)
{
    brasa_type t = brasa__type(BRASA_KIND_NULL), met;

    if (*p == '{') return struct_of(arena, p, end);
    if (*p == '[') {
        for (cursor c = begin(arena, p, end); next(&c);) {
            brasa_type item = type_of(arena, c.value, end);
            t = brasa__type_common(arena, t, item, &met) ? met : brasa__type(BRASA_KIND_STRING);
        }
        if (t.kind == BRASA_KIND_NULL) t = brasa__type(BRASA_KIND_STRING);
        return brasa__type_list(arena, t);
    }
    if (*p == 't' || *p == 'f') return brasa__type(BRASA_KIND_BOOL);
    if (*p == '-' || isdigit((unsigned char)*p)) {
        const char *stop = brasa__json_skip_value(p, end, 0);
        bool        whole_number = memchr(p, '.', (size_t)(stop - p)) == NULL && memchr(p, 'e', (size_t)(stop - p)) == NULL &&
                            memchr(p, 'E', (size_t)(stop - p)) == NULL;
        if (whole_number && stop - p > 18) return brasa__type_decimal((int32_t)(stop - p) > 38 ? 38 : (int32_t)(stop - p), 0);
        return brasa__type(whole_number ? BRASA_KIND_INT64 : BRASA_KIND_FLOAT64);
    }
    return *p == 'n' ? brasa__type(BRASA_KIND_NULL) : brasa__type(BRASA_KIND_STRING);
}

ROW(schema_of_json_row)
{
    const char *end, *p = whole(&args[0], &end);
    brasa_text  t;

    if (p == NULL) return brasa__fail(err, BRASA_ARITHMETIC, "schema_of_json: the text is no JSON");
    brasa_type type = type_of(call->arena, p, end);
    brasa__text_init(&t, call->arena);
    brasa__type_text(type.kind == BRASA_KIND_NULL ? brasa__type(BRASA_KIND_STRING) : type, &t);
    brasa__out_text(out, &t);
    return BRASA_OK;
}

/* ---- json_object_keys ---- */

ROW(keys_row)
{
    const char  *end, *p = whole(&args[0], &end);
    brasa_value *items = NULL;
    int32_t      n = 0, cap = 0;

    (void)err;
    if (p == NULL || *p != '{') return BRASA_OK;
    for (cursor c = begin(call->arena, p, end); next(&c);) {
        items = brasa__arena_grow(call->arena, items, &cap, n + 1, sizeof *items);
        items[n] = (brasa_value) {.type = brasa__type(BRASA_KIND_STRING)};
        brasa__out_text(&items[n++], &c.key);
    }
    out->null = false;
    out->u.list.items = items;
    out->u.list.n = n;
    return BRASA_OK;
}

#define FN BRASA_ROW_FN

static const brasa_function table[] = {
    {.name = "from_json",
     .min_args = 2,
     .max_args = 3,
     .flags = BRASA_FN_NULLABLE | BRASA_FN_CAN_FAIL,
     .doc =
         "from_json(json, schema [, options]): values of a schema like 'a INT, b ARRAY<STRING>' or a type; null where they are not; map('mode', 'FAILFAST', 'timestampFormat', 'dd/MM/yyyy') are options",
     .eval = brasa__row_eval,
     .bind = bind_from_json,
     .row = from_json_row},
    FN("schema_of_json", 1, 1, BRASA_FN_CAN_FAIL, "s:s", schema_of_json_row, "schema_of_json(json): its type, for from_json"),
    FN("json_object_keys", 1, 1, BRASA_FN_NULLABLE, "s:S", keys_row, "json_object_keys(json): the names of an object's members"),
};

BRASA_FUNCTION_GROUP(from_json, "JSON", table);
