/* func_variant.c -- Spark's variants, as text: a variant is JSON without blanks, the members of its objects in the order of their names.
 *
 * variant_get(v, path, type) becomes a cast of get_json_object, or from_json, when it is parsed.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "expr/func_groups.h"
#include "expr/func_row.h"
#include "expr/json_text.h"

#define ROW(name) static brasa_status name(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)

typedef struct member {
    const char *name, *name_end, *value, *value_end; /* name without its quotes; NULL in an array */
} member;

static int by_name(const void *a, const void *b)
{
    const member *x = a, *y = b;
    size_t        n = (size_t)(x->name_end - x->name), m = (size_t)(y->name_end - y->name);
    int           c = memcmp(x->name, y->name, n < m ? n : m);

    return c != 0 ? c : (n > m) - (n < m);
}

/* The members or elements of the object or array at p, which is whole JSON. */
static member *members_of(brasa_arena *arena, const char *p, const char *end, int32_t *n)
{
    bool    object = *p == '{';
    member *list = NULL;
    int32_t cap = 0;

    *n = 0;
    p = brasa__json_skip_blank(p + 1, end);
    while (*p != (object ? '}' : ']')) {
        member m = {.name = NULL};

        if (object) {
            m.name = p + 1;
            p = brasa__json_skip_value(p, end, 0);
            m.name_end = p - 1;
            p = brasa__json_skip_blank(p, end) + 1;
        }
        m.value = brasa__json_skip_blank(p, end);
        m.value_end = brasa__json_skip_value(m.value, end, 0);
        list = brasa__arena_grow(arena, list, &cap, *n + 1, sizeof *list);
        list[(*n)++] = m;
        p = brasa__json_skip_blank(m.value_end, end);
        if (*p == ',') p = brasa__json_skip_blank(p + 1, end);
    }
    if (object && *n > 1) qsort(list, (size_t)*n, sizeof *list, by_name);
    return list;
}

static brasa_status put(brasa_arena *arena, const char *p, const char *end, brasa_text *out, brasa_error *err)
{
    bool    object = *p == '{';
    int32_t n;

    if (!object && *p != '[') {
        brasa__text_add_n(out, p, (size_t)(end - p));
        return BRASA_OK;
    }
    const member *m = members_of(arena, p, end, &n);
    for (int32_t i = 0; i < n; i++) {
        brasa__text_add(out, i > 0 ? "," : object ? "{" : "[");
        if (object && i > 0 && by_name(&m[i - 1], &m[i]) == 0)
            return brasa__fail(err, BRASA_INVALID, "parse_json: an object with the name %.*s twice", (int)(m[i].name_end - m[i].name),
                               m[i].name);
        if (object) {
            brasa__text_add_n(out, m[i].name - 1, (size_t)(m[i].name_end - m[i].name) + 2);
            brasa__text_add(out, ":");
        }
        BRASA_TRY(put(arena, m[i].value, m[i].value_end, out, err));
    }
    brasa__text_add(out, n > 0 ? (object ? "}" : "]") : object ? "{}" : "[]");
    return BRASA_OK;
}

/* Is v one JSON value, between blanks? */
static bool whole(const brasa_value *v, const char **from, const char **to)
{
    const char *end = v->u.s.p + v->u.s.n;

    *from = brasa__json_skip_blank(v->u.s.p, end);
    *to = brasa__json_skip_value(*from, end, 0);
    return *to != NULL && brasa__json_skip_blank(*to, end) == end;
}

ROW(parse_json_row)
{
    const char *from, *to;
    brasa_text  text;

    if (!whole(&args[0], &from, &to))
        return brasa__fail(err, BRASA_INVALID, "parse_json: '%.*s' is no JSON; try_parse_json gives null instead",
                           (int)(args[0].u.s.n < 60 ? args[0].u.s.n : 60), args[0].u.s.p);
    brasa__text_init(&text, call->arena);
    BRASA_TRY(put(call->arena, from, to, &text, err));
    brasa__out_text(out, &text);
    return BRASA_OK;
}

ROW(is_null_row)
{
    const char *from, *to;

    (void)call, (void)err;
    brasa__out_bool(out, !args[0].null && whole(&args[0], &from, &to) && to - from == 4 && memcmp(from, "null", 4) == 0);
    return BRASA_OK;
}

/* ---- the type of a variant ---- */

static void put_type(brasa_arena *arena, const char *p, const char *end, brasa_text *out);

static void put_nested_type(brasa_arena *arena, const char *p, const char *end, brasa_text *out)
{
    int32_t       n;
    const member *m = members_of(arena, p, end, &n);
    bool          object = *p == '{';
    brasa_text    first, other;

    brasa__text_add(out, object ? "OBJECT<" : "ARRAY<");
    for (int32_t i = 0; object && i < n; i++) {
        brasa__text_addf(out, "%s%.*s: ", i > 0 ? ", " : "", (int)(m[i].name_end - m[i].name), m[i].name);
        put_type(arena, m[i].value, m[i].value_end, out);
    }
    brasa__text_init(&first, arena);
    if (n == 0) brasa__text_add(&first, "VOID");
    for (int32_t i = 0; !object && i < n; i++) { /* one type for all elements, or VARIANT */
        brasa__text_init(&other, arena);
        put_type(arena, m[i].value, m[i].value_end, &other);
        if (i == 0 || strcmp(first.s, "VOID") == 0) {
            first = other;
        } else if (strcmp(first.s, other.s) != 0 && strcmp(other.s, "VOID") != 0) {
            brasa__text_init(&first, arena);
            brasa__text_add(&first, "VARIANT");
            break;
        }
    }
    if (!object) brasa__text_add(out, first.s);
    brasa__text_add(out, ">");
}

static void put_type(brasa_arena *arena, const char *p, const char *end, brasa_text *out)
{
    size_t n = (size_t)(end - p);

    if (*p == '{' || *p == '[') {
        put_nested_type(arena, p, end, out);
    } else if (*p == '"') {
        brasa__text_add(out, "STRING");
    } else if (*p == 't' || *p == 'f') {
        brasa__text_add(out, "BOOLEAN");
    } else if (*p == 'n') {
        brasa__text_add(out, "VOID");
    } else if (memchr(p, 'e', n) != NULL || memchr(p, 'E', n) != NULL) {
        brasa__text_add(out, "DOUBLE");
    } else {
        const char *dot = memchr(p, '.', n);
        int32_t     scale = dot == NULL ? 0 : (int32_t)(end - dot) - 1, digits = 0;

        while (scale > 0 && end[-1] == '0') end--, scale--;
        while (p < end && (*p == '-' || *p == '0' || *p == '.')) p++;
        for (; p < end; p++) digits += isdigit((unsigned char)*p) != 0;
        if (digits < scale) digits = scale;
        if (scale == 0 && digits <= 18)
            brasa__text_add(out, "BIGINT");
        else
            brasa__text_addf(out, digits > 38 ? "DOUBLE" : "DECIMAL(%d,%d)", (int)digits, (int)scale);
    }
}

ROW(schema_row)
{
    const char *from, *to;
    brasa_text  text;

    if (!whole(&args[0], &from, &to))
        return brasa__fail(err, BRASA_INVALID, "schema_of_variant of a text that is no JSON; parse_json checks it");
    brasa__text_init(&text, call->arena);
    put_type(call->arena, from, to, &text);
    brasa__out_text(out, &text);
    return BRASA_OK;
}

/* ---- what variant_explode explodes ---- */

static BRASA_RESOLVE(variant_entries)
{
    brasa_field *fields = BRASA_NEWS(arena, brasa_field, 3);

    (void)f, (void)n, (void)err;
    fields[0] = (brasa_field) {.name = "pos", .type = brasa__type(BRASA_KIND_INT32)};
    fields[1] = (brasa_field) {.name = "key", .type = brasa__type(BRASA_KIND_STRING), .nullable = true};
    fields[2] = (brasa_field) {.name = "value", .type = brasa__type(BRASA_KIND_STRING)};
    *result = brasa__type_list(arena, (brasa_type) {.kind = BRASA_KIND_STRUCT, .nfields = 3, .fields = fields});
    return brasa__resolve_arg(&types[0], BRASA_KIND_STRING);
}

ROW(entries_row)
{
    brasa_type  t = call->expr->type.fields[0].type;
    const char *from, *to;
    int32_t     n = 0;

    if (!whole(&args[0], &from, &to))
        return brasa__fail(err, BRASA_INVALID, "variant_entries of a text that is no JSON; parse_json checks it");
    const member *m = *from == '{' || *from == '[' ? members_of(call->arena, from, to, &n) : NULL;
    brasa_value  *rows = BRASA_NEWS(call->arena, brasa_value, n + 1);
    for (int32_t i = 0; i < n; i++) {
        brasa_value *v = BRASA_NEWS(call->arena, brasa_value, 3);

        for (int k = 0; k < 3; k++) v[k] = (brasa_value) {.type = t.fields[k].type, .null = true};
        brasa__out_int(&v[0], i);
        if (m[i].name != NULL) brasa__out_bytes(&v[1], m[i].name, (size_t)(m[i].name_end - m[i].name));
        brasa__out_bytes(&v[2], m[i].value, (size_t)(m[i].value_end - m[i].value));
        rows[i] = (brasa_value) {.type = t, .u.list = {.items = v, .n = 3}};
    }
    out->null = false;
    out->u.list.items = rows;
    out->u.list.n = n;
    return BRASA_OK;
}

static const brasa_function table[] = {
    {.name = "variant_entries",
     .min_args = 1,
     .max_args = 1,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "variant_entries(v): its members or elements as structs of pos, key and value, which variant_explode gives as rows",
     .resolve = brasa__resolve_variant_entries,
     .eval = brasa__row_eval,
     .row = entries_row},
    BRASA_ROW_FN("parse_json", 1, 1, BRASA_FN_CAN_FAIL, "s:s", parse_json_row,
                 "parse_json(text): a variant, which is JSON without blanks, members in the order of their names"),
    BRASA_ROW_FN("try_parse_json", 1, 1, BRASA_FN_TRY, "s:s", parse_json_row, "try_parse_json(text): null where it is no JSON"),
    BRASA_ROW_FN("is_variant_null", 1, 1, BRASA_FN_NULLS, "s:b", is_null_row, "is_variant_null(v): is it the null of JSON?"),
    BRASA_ROW_FN("schema_of_variant", 1, 1, BRASA_FN_CAN_FAIL, "s:s", schema_row, "schema_of_variant(v): its type, as OBJECT<a: BIGINT>"),
};

BRASA_FUNCTION_GROUP(variant, "JSON", table);
