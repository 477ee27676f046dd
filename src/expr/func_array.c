/* func_array.c -- lists and structs: making them, looking into them. */
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "data/gather.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/func_groups.h"
#include "expr/func_string.h"
#include "expr/resolve.h"
#include "kernel/rows.h"

static brasa_value *null_rows(brasa_call *call)
{
    brasa_value *rows = BRASA_NEWS(call->arena, brasa_value, call->batch_rows);

    for (int32_t i = 0; i < call->batch_rows; i++) rows[i] = (brasa_value) {.type = call->expr->type, .null = true};
    return rows;
}

/* ---- making ---- */

static BRASA_RESOLVE(array)
{
    brasa_type element = brasa__type(BRASA_KIND_NULL);

    if (n > 0) BRASA_TRY(brasa__resolve_same_to_same(arena, f, types, n, &element, err));
    *result = brasa__type_list(arena, element);
    return BRASA_OK;
}

static brasa_status array_eval(brasa_call *call, brasa_error *err)
{
    brasa_value *rows = null_rows(call);

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t      r = call->rows[i];
        brasa_value *items = BRASA_NEWS(call->arena, brasa_value, call->nargs > 0 ? call->nargs : 1);
        for (int32_t k = 0; k < call->nargs; k++) items[k] = brasa__column_value(&call->args[k], r, call->arena);
        rows[r].null = false;
        rows[r].u.list.items = items;
        rows[r].u.list.n = call->nargs;
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

/* A field is called as its column, or after what the value is taken from: a field, else by number. */
static const char *field_name(brasa_arena *arena, const brasa_expr *a, int32_t i)
{
    if ((a->kind == BRASA_EXPR_REF || a->kind == BRASA_EXPR_COLUMN) && a->name) return a->name;
    if (a->kind == BRASA_EXPR_CALL && strcmp(a->name, "get_field") == 0)
        return brasa__arena_strndup(arena, a->args[1]->value.u.s.p, a->args[1]->value.u.s.n);
    return brasa__arena_printf(arena, "col%d", i + 1);
}

static brasa_status bind_struct(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    brasa_field *fields = BRASA_NEWS(arena, brasa_field, call->nargs > 0 ? call->nargs : 1);

    (void)err;
    for (int32_t i = 0; i < call->nargs; i++) {
        const brasa_expr *a = call->args[i];
        fields[i].name = field_name(arena, a, i);
        fields[i].type = types[i];
        fields[i].nullable = true;
    }
    call->type = (brasa_type) {.kind = BRASA_KIND_STRUCT, .nfields = call->nargs, .fields = fields};
    return BRASA_OK;
}

/* struct(a, b) after binding: fields are named by their columns, else col1, col2, ... */
static brasa_status struct_eval(brasa_call *call, brasa_error *err)
{
    return array_eval(call, err);
}

/* get_field(struct, 'name') */
static int32_t field_of(brasa_type t, const char *name, size_t n)
{
    for (int32_t i = 0; i < t.nfields; i++)
        if (strlen(t.fields[i].name) == n && strncasecmp(t.fields[i].name, name, n) == 0) return i;
    return -1;
}

static brasa_status bind_getfield(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    const brasa_expr *name = call->args[1];
    brasa_type        of = types[0].kind == BRASA_KIND_LIST ? types[0].fields[0].type : types[0]; /* of a list: the list of that field */

    if (of.kind != BRASA_KIND_STRUCT || name->kind != BRASA_EXPR_LITERAL || types[1].kind != BRASA_KIND_STRING)
        return brasa__fail(err, BRASA_TYPE, "fields are taken from structs only");
    int32_t i = field_of(of, name->value.u.s.p, name->value.u.s.n);
    if (i < 0) {
        const char **names = BRASA_NEWS(arena, const char *, of.nfields);
        for (int32_t k = 0; k < of.nfields; k++) names[k] = of.fields[k].name;
        const char *wrong = brasa__arena_strndup(arena, name->value.u.s.p, name->value.u.s.n),
                   *near = brasa__near_miss(wrong, names, of.nfields);
        return brasa__fail(err, BRASA_NOT_FOUND, "the struct has no field %s%s%s%s", wrong, near ? "; did you mean " : "", near ? near : "",
                           near ? "?" : "");
    }
    call->type = types[0].kind == BRASA_KIND_LIST ? brasa__type_list(arena, of.fields[i].type) : of.fields[i].type;
    return BRASA_OK;
}

/* Row `r` of `c` to the result: values behind `width` bytes, nulls as nulls. */
static void take(brasa_call *call, const brasa_column *c, int32_t at, int32_t r)
{
    size_t width = brasa__type_width(call->expr->type);

    if (!brasa_column_is_valid(c, at)) {
        brasa__call_set_null(call, r);
        return;
    }
    const brasa_column *from = c;
    int32_t             i = at;
    if (c->encoding == BRASA_CONST) i = 0;
    if (c->encoding == BRASA_DICT) from = c->child, i = c->codes[at];
    memcpy((char *)call->values + width * (size_t)r, (const char *)from->values + width * (size_t)i, width);
}

/* Elements picked from a nested column: at[k] for rows[k]; negative: null. */
static void pick_nested(brasa_call *call, const brasa_column *c, const int32_t *at)
{
    brasa_value *rows = null_rows(call);

    for (int32_t i = 0; i < call->n; i++)
        if (at[i] >= 0) rows[call->rows[i]] = brasa__column_value(c, at[i], call->arena);
    brasa__call_set_lists(call, rows);
}

static void pick(brasa_call *call, const brasa_column *c, const int32_t *at)
{
    if (brasa__type_is_nested(call->expr->type)) {
        pick_nested(call, c, at);
        return;
    }
    for (int32_t i = 0; i < call->n; i++) {
        if (at[i] < 0)
            brasa__call_set_null(call, call->rows[i]);
        else
            take(call, c, at[i], call->rows[i]);
    }
}

/* The spans stay, over the field's column. */
static brasa_status fields_of_list(brasa_call *call, int32_t field)
{
    const brasa_column *c = &call->args[0];
    brasa_span         *spans = call->values;
    brasa_column       *child = BRASA_NEW(call->arena, brasa_column);

    memset(spans, 0, sizeof *spans * (size_t)call->batch_rows);
    for (int32_t i = 0; i < call->n; i++) spans[call->rows[i]] = BRASA_ARG(call, 0, brasa_span, call->rows[i]);
    brasa__struct_field(call->arena, c->child, field, (int32_t)c->child_rows, child);
    call->out->child = child;
    call->out->child_rows = c->child_rows;
    return BRASA_OK;
}

static brasa_status getfield_eval(brasa_call *call, brasa_error *err)
{
    const brasa_column *c = &call->args[0];
    const brasa_value  *name = &call->expr->args[1]->value;
    bool                list = c->type.kind == BRASA_KIND_LIST;
    int32_t             field = field_of(list ? c->type.fields[0].type : c->type, name->u.s.p, name->u.s.n);
    int32_t            *at = BRASA_NEWS(call->arena, int32_t, call->n + 1);

    (void)err;
    if (list) return fields_of_list(call, field);
    for (int32_t i = 0; i < call->n; i++) at[i] = c->encoding == BRASA_CONST ? 0 : call->rows[i];
    pick(call, &c->child[field], at);
    return BRASA_OK;
}

/* ---- size ---- */

static BRASA_RESOLVE(size)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_INT32);
    bool sized = brasa__type_has_span(types[0]) || types[0].kind == BRASA_KIND_VECTOR || types[0].kind == BRASA_KIND_NULL;

    return sized ? BRASA_OK : BRASA_TYPE;
}

static brasa_status size_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        out[r] = call->args[0].type.kind == BRASA_KIND_VECTOR ? call->args[0].type.length : BRASA_ARG(call, 0, brasa_span, r).len;
    }
    return BRASA_OK;
}

/* ---- elements ---- */

static brasa_status of_map(brasa_arena *arena, brasa_type *types, brasa_type *result)
{
    brasa_type key;

    if (!brasa__type_common(arena, brasa__map_key(types[0]), types[1], &key)) return BRASA_TYPE;
    *result = brasa__map_value(types[0]);
    types[0] = brasa__type_map(arena, key, *result);
    types[1] = key;
    return BRASA_OK;
}

static BRASA_RESOLVE(element)
{
    (void)arena, (void)f, (void)n, (void)err;
    if (types[0].kind == BRASA_KIND_VECTOR) types[0] = brasa__type_list(arena, brasa__type(BRASA_KIND_FLOAT32));
    if (types[0].kind == BRASA_KIND_MAP) return of_map(arena, types, result);
    if (types[0].kind != BRASA_KIND_LIST) return BRASA_TYPE;
    *result = types[0].fields[0].type;
    return brasa__resolve_arg(&types[1], BRASA_KIND_INT32);
}

static const brasa_column *elements(const brasa_call *call, int32_t k)
{
    return call->args[k].child;
}

/* The entry of a key; null where the map has none. */
static brasa_status value_of_key(brasa_call *call)
{
    const brasa_column *entries = call->args[0].child, *what = &call->args[1];
    int32_t            *at = BRASA_NEWS(call->arena, int32_t, call->n + 1);
    brasa_column        key, value;

    brasa__struct_field(call->arena, entries, 0, (int32_t)call->args[0].child_rows, &key);
    brasa__struct_field(call->arena, entries, 1, (int32_t)call->args[0].child_rows, &value);
    for (int32_t i = 0; i < call->n; i++) {
        int32_t    r = call->rows[i], w = what->encoding == BRASA_CONST ? 0 : r;
        brasa_span span = BRASA_ARG(call, 0, brasa_span, r);
        at[i] = -1;
        for (int32_t k = span.offset; k < span.offset + span.len && at[i] < 0; k++)
            if (brasa__compare_row(&key, k, what, w) == 0) at[i] = k;
    }
    pick(call, &value, at);
    return BRASA_OK;
}

/* element_at and getitem (a[i], from 0): out of range is an error; try_element_at and get: null. */
static brasa_status element_eval(brasa_call *call, brasa_error *err)
{
    bool     from_zero = strcmp(call->expr->name, "getitem") == 0 || strcmp(call->expr->name, "get") == 0;
    int32_t *at = BRASA_NEWS(call->arena, int32_t, call->n + 1);

    if (call->args[0].type.kind == BRASA_KIND_MAP) return value_of_key(call);
    for (int32_t i = 0; i < call->n; i++) {
        int32_t    r = call->rows[i], index = BRASA_ARG(call, 1, int32_t, r);
        brasa_span span = BRASA_ARG(call, 0, brasa_span, r);
        int64_t    k = from_zero ? index : index > 0 ? (int64_t)index - 1 : index < 0 ? (int64_t)span.len + index : -1;
        at[i] = -1;
        if (k >= 0 && k < span.len)
            at[i] = span.offset + (int32_t)k;
        else
            BRASA_TRY(
                brasa__call_fail_row(call, r, err, "element %d of an array of %d; try_element_at gives null instead", index, span.len));
    }
    pick(call, elements(call, 0), at);
    return BRASA_OK;
}

static BRASA_RESOLVE(contains)
{
    brasa_type t;

    (void)f, (void)n, (void)err;
    *result = brasa__type(strcmp(f->name, "array_position") == 0 ? BRASA_KIND_INT64 : BRASA_KIND_BOOL);
    if (types[0].kind != BRASA_KIND_LIST || !brasa__type_common(arena, types[0].fields[0].type, types[1], &t)) return BRASA_TYPE;
    types[0] = brasa__type_list(arena, t);
    types[1] = t;
    return BRASA_OK;
}

/* Where the value is in the list of row r, from 1; 0: nowhere.  *saw_null: the list has a null. */
static int64_t position_in(const brasa_call *call, int32_t r, bool *saw_null)
{
    brasa_span          span = BRASA_ARG(call, 0, brasa_span, r);
    const brasa_column *items = elements(call, 0), *what = &call->args[1];

    *saw_null = false;
    for (int32_t k = 0; k < span.len; k++) {
        if (!brasa_column_is_valid(items, span.offset + k))
            *saw_null = true;
        else if (brasa__compare_row(items, span.offset + k, what, what->encoding == BRASA_CONST ? 0 : r) == 0)
            return k + 1;
    }
    return 0;
}

static brasa_status contains_eval(brasa_call *call, brasa_error *err)
{
    bool position = call->expr->type.kind == BRASA_KIND_INT64;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        bool    saw_null;
        int64_t at = position_in(call, r, &saw_null);
        if (position)
            ((int64_t *)call->values)[r] = at;
        else
            ((uint8_t *)call->values)[r] = at > 0;
        if (!position && at == 0 && saw_null) brasa__call_set_null(call, r);
    }
    return BRASA_OK;
}

static const brasa_function table[] = {
    {.name = "array",
     .min_args = 0,
     .max_args = -1,
     .flags = BRASA_FN_NULLS,
     .doc = "array(a, b, ...), ARRAY[a, b, ...]",
     .resolve = brasa__resolve_array,
     .eval = array_eval},
    {.name = "struct",
     .min_args = 1,
     .max_args = -1,
     .flags = BRASA_FN_NULLS,
     .doc = "struct(a, b, ...), ROW(a, b, ...)",
     .eval = struct_eval,
     .bind = bind_struct},
    {.name = "row",
     .min_args = 1,
     .max_args = -1,
     .flags = BRASA_FN_NULLS,
     .doc = "ROW(a, b, ...): struct",
     .eval = struct_eval,
     .bind = bind_struct},
    {.name = "get_field",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_NULLABLE,
     .doc = "s.name, get_field(s, 'name'): a field of a struct, of each struct of a list; the value of that key of a map",
     .eval = getfield_eval,
     .bind = bind_getfield},
    {.name = "size",
     .min_args = 1,
     .max_args = 1,
     .flags = 0,
     .doc = "size(list or map): its elements",
     .resolve = brasa__resolve_size,
     .eval = size_eval},
    {.name = "array_size",
     .min_args = 1,
     .max_args = 1,
     .flags = 0,
     .doc = "array_size(list): size",
     .resolve = brasa__resolve_size,
     .eval = size_eval},
    {.name = "cardinality",
     .min_args = 1,
     .max_args = 1,
     .flags = 0,
     .doc = "cardinality(list): size",
     .resolve = brasa__resolve_size,
     .eval = size_eval},
    {.name = "array_length",
     .min_args = 1,
     .max_args = 1,
     .flags = 0,
     .doc = "array_length(list): size",
     .resolve = brasa__resolve_size,
     .eval = size_eval},
    {.name = "element_at",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_CAN_FAIL | BRASA_FN_NULLABLE,
     .doc = "element_at(list, i): from 1; negative: from the end; element_at(map, key): its value, null without such a key",
     .resolve = brasa__resolve_element,
     .eval = element_eval},
    {.name = "try_element_at",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_TRY | BRASA_FN_NULLABLE,
     .doc = "try_element_at(list, i): element_at, null out of range",
     .resolve = brasa__resolve_element,
     .eval = element_eval},
    {.name = "getitem",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_CAN_FAIL | BRASA_FN_NULLABLE,
     .doc = "list[i]: from 0; map[key]",
     .resolve = brasa__resolve_element,
     .eval = element_eval},
    {.name = "get",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_TRY | BRASA_FN_NULLABLE,
     .doc = "get(list, i): from 0, null out of range",
     .resolve = brasa__resolve_element,
     .eval = element_eval},
    {.name = "array_contains",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_NULLABLE,
     .doc = "array_contains(list, x)",
     .resolve = brasa__resolve_contains,
     .eval = contains_eval},
    {.name = "array_position",
     .min_args = 2,
     .max_args = 2,
     .flags = 0,
     .doc = "array_position(list, x): from 1; 0: not there",
     .resolve = brasa__resolve_contains,
     .eval = contains_eval},
};

BRASA_FUNCTION_GROUP(array, "Lists and structs", table);
