/* json_convert.c -- a JSON value as a value of a type.
 *
 * A string may stand for any type that has a text (dates, decimals, NaN); anything may become STRING, which is then its JSON text.
 */
#include <string.h>

#include "data/type.h"
#include "data/value.h"
#include "storage/json.h"

static bool from_text(brasa_arena *arena, const brasa_json *v, brasa_type t, brasa_value *out)
{
    return brasa__value_parse(arena, v->text, v->len, t, out, NULL) == BRASA_OK;
}

static bool convert_list(brasa_arena *arena, const brasa_json *v, brasa_type element, brasa_value *out)
{
    brasa_value *items = BRASA_NEWS(arena, brasa_value, v->count + 1);
    int32_t      n = 0;

    for (const brasa_json *i = v->first; i != NULL; i = i->next)
        if (!brasa__json_convert(arena, i, element, &items[n++])) return false;
    out->u.list.items = items;
    out->u.list.n = n;
    return true;
}

static bool convert_vector(brasa_arena *arena, const brasa_json *v, brasa_type t, brasa_value *out)
{
    if (v->count != t.length || !convert_list(arena, v, brasa__type(BRASA_KIND_FLOAT32), out)) return false;
    for (int32_t i = 0; i < t.length; i++)
        if (out->u.list.items[i].null) return false;
    return true;
}

static bool same_name(const brasa_json *v, const char *name)
{
    return strlen(name) == v->name_len && memcmp(v->name, name, v->name_len) == 0;
}

static bool convert_struct(brasa_arena *arena, const brasa_json *v, brasa_type t, brasa_value *out)
{
    brasa_value *items = BRASA_NEWS(arena, brasa_value, t.nfields + 1);

    for (int32_t f = 0; f < t.nfields; f++) {
        items[f] = (brasa_value) {.type = t.fields[f].type, .null = true};
        for (const brasa_json *i = v->first; i != NULL; i = i->next)
            if (same_name(i, t.fields[f].name) && !brasa__json_convert(arena, i, t.fields[f].type, &items[f])) return false;
    }
    out->u.list.items = items;
    out->u.list.n = t.nfields;
    return true;
}

/* The names are the keys; of a name that is there twice the last one counts, as for fields. */
static bool convert_map(brasa_arena *arena, const brasa_json *v, brasa_type t, brasa_value *out)
{
    brasa_value *entries = BRASA_NEWS(arena, brasa_value, v->count + 1);
    brasa_value *pairs = BRASA_NEWS(arena, brasa_value, 2 * v->count + 2);
    brasa_type   entry = t.fields[0].type;
    int32_t      n = 0;

    for (const brasa_json *i = v->first; i != NULL; i = i->next) {
        brasa_value *pair = &pairs[2 * n], key;
        int32_t      at = n;

        if (brasa__value_parse(arena, i->name, i->name_len, entry.fields[0].type, &key, NULL) != BRASA_OK) return false;
        for (int32_t k = 0; k < n; k++)
            if (brasa__value_compare(&pairs[2 * k], &key) == 0) at = k;
        if (at < n) pair = &pairs[2 * at];
        pair[0] = key;
        if (!brasa__json_convert(arena, i, entry.fields[1].type, &pair[1])) return false;
        entries[at] = (brasa_value) {.type = entry, .u.list = {.items = pair, .n = 2}};
        n += at == n;
    }
    out->u.list.items = entries;
    out->u.list.n = n;
    return true;
}

static bool convert_bool(const brasa_json *v, brasa_value *out)
{
    out->u.b = v->kind == BRASA_JSON_TRUE;
    return v->kind == BRASA_JSON_TRUE || v->kind == BRASA_JSON_FALSE;
}

bool brasa__json_convert(brasa_arena *arena, const brasa_json *v, brasa_type t, brasa_value *out)
{
    *out = (brasa_value) {.type = t, .null = v->kind == BRASA_JSON_NULL};
    if (out->null) return true;
    switch (t.kind) {
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY:
        out->u.s.p = v->text;
        out->u.s.n = v->len;
        return true;
    case BRASA_KIND_BOOL: return v->kind == BRASA_JSON_STRING ? from_text(arena, v, t, out) : convert_bool(v, out);
    case BRASA_KIND_LIST: return v->kind == BRASA_JSON_ARRAY && convert_list(arena, v, t.fields[0].type, out);
    case BRASA_KIND_VECTOR: return v->kind == BRASA_JSON_ARRAY && convert_vector(arena, v, t, out);
    case BRASA_KIND_STRUCT: return v->kind == BRASA_JSON_OBJECT && convert_struct(arena, v, t, out);
    case BRASA_KIND_MAP: return v->kind == BRASA_JSON_OBJECT && convert_map(arena, v, t, out);
    case BRASA_KIND_NULL: out->null = true; return true;
    case BRASA_KIND_INT8:
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INT64:
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64:
    case BRASA_KIND_DECIMAL: return (v->kind == BRASA_JSON_NUMBER || v->kind == BRASA_JSON_STRING) && from_text(arena, v, t, out);
    case BRASA_KIND_DATE:
    case BRASA_KIND_TIMESTAMP:
    case BRASA_KIND_TIMESTAMP_NTZ:
    case BRASA_KIND_TIME:
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_INTERVAL_DT:
    case BRASA_KIND_INTERVAL: return v->kind == BRASA_JSON_STRING && from_text(arena, v, t, out);
    case BRASA_KIND_COUNT: break;
    }
    return false;
}
