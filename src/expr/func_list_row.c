/* func_list_row.c -- lists and structs: insertion, zipping, shuffling; structs by name. */
#include <string.h>

#include "base/hash.h"
#include "expr/bind.h"
#include "expr/func_groups.h"
#include "expr/func_row.h"
#include "expr/func_string.h"

#define ROW(name) static brasa_status name(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)

enum { MOST_ITEMS = 100000000 };

static void out_list(brasa_value *out, const brasa_value *items, int32_t n)
{
    out->null = false;
    out->u.list.items = items;
    out->u.list.n = n;
}

static BRASA_RESOLVE(array_insert)
{
    brasa_type t;

    (void)f, (void)n, (void)err;
    if (types[0].kind == BRASA_KIND_NULL) types[0] = brasa__type_list(arena, types[2]);
    if (types[0].kind != BRASA_KIND_LIST || !brasa__type_common(arena, types[0].fields[0].type, types[2], &t)) return BRASA_TYPE;
    *result = types[0] = brasa__type_list(arena, t);
    types[2] = t;
    return brasa__resolve_arg(&types[1], BRASA_KIND_INT32);
}

/* From 1; negative: from behind the end.  Past the ends the list is filled with nulls. */
ROW(array_insert_row)
{
    int64_t at = args[1].u.i, n = args[0].u.list.n, want;

    if (args[0].null || args[1].null) return BRASA_OK;
    if (at == 0) return brasa__fail(err, BRASA_ARITHMETIC, "array_insert counts places from 1 (or -1 from the end), not 0");
    int64_t place = at > 0 ? at - 1 : n + 1 + at; /* of the new element, if it is inside */
    int64_t before = place < 0 ? -place : 0;      /* nulls behind the new first element */
    if (place < 0) place = 0;
    want = (place > n ? place : n) + 1 + before;
    if (want > MOST_ITEMS) return brasa__fail(err, BRASA_ARITHMETIC, "array_insert would make a list of %lld elements", (long long)want);
    brasa_value *items = BRASA_NEWS(call->arena, brasa_value, want);
    int64_t      from = 0;
    for (int64_t i = 0; i < want; i++) {
        items[i] = (brasa_value) {.type = args[2].type, .null = true};
        if (i == place)
            items[i] = args[2];
        else if (i > place && i <= place + before)
            continue;
        else if (from < n)
            items[i] = args[0].u.list.items[from++];
    }
    out_list(out, items, (int32_t)want);
    return BRASA_OK;
}

static brasa_status bind_zip(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    brasa_field *fields = BRASA_NEWS(arena, brasa_field, call->nargs + 1);
    brasa_type   element = {.kind = BRASA_KIND_STRUCT, .nfields = call->nargs, .fields = fields};

    for (int32_t i = 0; i < call->nargs; i++) {
        const brasa_expr *a = call->args[i];
        if (types[i].kind != BRASA_KIND_LIST) return brasa__fail(err, BRASA_TYPE, "%s takes lists", call->name);
        fields[i] = (brasa_field) {.name = a->kind == BRASA_EXPR_REF && a->name ? a->name : brasa__arena_printf(arena, "%d", i),
                                   .type = types[i].fields[0].type,
                                   .nullable = true};
    }
    call->type = brasa__type_list(arena, element);
    return BRASA_OK;
}

ROW(zip_row)
{
    brasa_type t = call->expr->type.fields[0].type;
    int32_t    most = 0;

    (void)err;
    for (int32_t k = 0; k < call->nargs; k++) most = args[k].u.list.n > most ? args[k].u.list.n : most;
    brasa_value *rows = BRASA_NEWS(call->arena, brasa_value, most + 1);
    for (int32_t i = 0; i < most; i++) {
        brasa_value *fields = BRASA_NEWS(call->arena, brasa_value, call->nargs + 1);
        for (int32_t k = 0; k < call->nargs; k++)
            fields[k] = i < args[k].u.list.n ? args[k].u.list.items[i] : (brasa_value) {.type = t.fields[k].type, .null = true};
        rows[i].type = t;
        out_list(&rows[i], fields, call->nargs);
    }
    out_list(out, rows, most);
    return BRASA_OK;
}

static BRASA_RESOLVE(one_list)
{
    (void)arena, (void)f, (void)err;
    *result = types[0];
    for (int32_t i = 1; i < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_INT64));
    return types[0].kind == BRASA_KIND_LIST ? BRASA_OK : BRASA_TYPE;
}

/* Fisher and Yates, from a seed that is the call's or hangs on the place of the values: no two rows alike. */
ROW(shuffle_row)
{
    int32_t      n = args[0].u.list.n;
    brasa_value *items = BRASA_NEWS(call->arena, brasa_value, n + 1);
    uint64_t     seed = brasa__hash_u64((uint64_t)(uintptr_t)items);

    (void)err;
    if (call->nargs > 1) seed = brasa__hash_u64((uint64_t)args[1].u.i + 1);
    for (int32_t i = 0; i < n; i++) items[i] = args[0].u.list.items[i];
    for (int32_t i = n - 1; i > 0; i--) {
        seed = brasa__hash_u64(seed + 0x9e3779b97f4a7c15);
        int32_t     k = (int32_t)(seed % (uint64_t)(i + 1));
        brasa_value x = items[i];
        items[i] = items[k];
        items[k] = x;
    }
    out_list(out, items, n);
    return BRASA_OK;
}

/* ---- named_struct('a', 1, 'b', 2) ---- */

static brasa_status bind_named_struct(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    brasa_field *fields = BRASA_NEWS(arena, brasa_field, call->nargs / 2 + 1);

    if (call->nargs % 2 != 0) return brasa__fail(err, BRASA_TYPE, "named_struct takes a name and a value for each field");
    for (int32_t i = 0; i < call->nargs; i += 2) {
        const brasa_expr *name = call->args[i];
        if (name->kind != BRASA_EXPR_LITERAL || types[i].kind != BRASA_KIND_STRING || name->value.null)
            return brasa__fail(err, BRASA_TYPE, "the names of named_struct are literals");
        fields[i / 2] = (brasa_field) {
            .name = brasa__arena_strndup(arena, name->value.u.s.p, name->value.u.s.n), .type = types[i + 1], .nullable = true};
    }
    call->type = (brasa_type) {.kind = BRASA_KIND_STRUCT, .nfields = call->nargs / 2, .fields = fields};
    return BRASA_OK;
}

ROW(named_struct_row)
{
    int32_t      n = call->nargs / 2;
    brasa_value *fields = BRASA_NEWS(call->arena, brasa_value, n + 1);

    (void)err;
    for (int32_t i = 0; i < n; i++) fields[i] = args[2 * i + 1];
    out_list(out, fields, n);
    return BRASA_OK;
}

static const brasa_function table[] = {
    {.name = "array_insert",
     .min_args = 3,
     .max_args = 3,
     .flags = BRASA_FN_NULLS | BRASA_FN_CAN_FAIL | BRASA_FN_NULLABLE,
     .doc = "array_insert(list, i, x): x becomes element i, from 1; negative: from the end",
     .resolve = brasa__resolve_array_insert,
     .eval = brasa__row_eval,
     .row = array_insert_row},
    {.name = "arrays_zip",
     .min_args = 1,
     .max_args = -1,
     .doc = "arrays_zip(a, b, ...): the lists' elements side by side, as structs",
     .eval = brasa__row_eval,
     .bind = bind_zip,
     .row = zip_row},
    {.name = "shuffle",
     .min_args = 1,
     .max_args = 2,
     .flags = BRASA_FN_VOLATILE,
     .doc = "shuffle(list [, seed]): its elements in a random order",
     .resolve = brasa__resolve_one_list,
     .eval = brasa__row_eval,
     .row = shuffle_row},
    {.name = "named_struct",
     .min_args = 2,
     .max_args = -1,
     .flags = BRASA_FN_NULLS,
     .doc = "named_struct('a', x, 'b', y, ...), {'a': x, 'b': y}: a struct with those fields",
     .eval = brasa__row_eval,
     .bind = bind_named_struct,
     .row = named_struct_row},
    {.name = "struct_pack",
     .min_args = 2,
     .max_args = -1,
     .flags = BRASA_FN_NULLS,
     .doc = "struct_pack('a', x, ...): named_struct",
     .eval = brasa__row_eval,
     .bind = bind_named_struct,
     .row = named_struct_row},
};

BRASA_FUNCTION_GROUP(list_row, "Lists and structs", table);
