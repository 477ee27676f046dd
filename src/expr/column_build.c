/* column_build.c -- see column_build.h. */
#include "expr/column_build.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"
#include "expr/func_string.h"

static void put_scalar(brasa_type t, const brasa_value *v, void *values, int32_t i)
{
    switch (brasa__type_phys(t)) {
    case BRASA_PHYS_BOOL: ((uint8_t *)values)[i] = v->u.b; return;
    case BRASA_PHYS_I8: ((int8_t *)values)[i] = (int8_t)v->u.i; return;
    case BRASA_PHYS_I16: ((int16_t *)values)[i] = (int16_t)v->u.i; return;
    case BRASA_PHYS_I32: ((int32_t *)values)[i] = (int32_t)v->u.i; return;
    case BRASA_PHYS_I64: ((int64_t *)values)[i] = v->u.i; return;
    case BRASA_PHYS_I128: ((brasa_int128 *)values)[i] = v->u.d; return;
    case BRASA_PHYS_F32: ((float *)values)[i] = (float)v->u.f; return;
    case BRASA_PHYS_F64: ((double *)values)[i] = v->u.f; return;
    case BRASA_PHYS_INTERVAL: ((brasa_interval *)values)[i] = v->u.interval; return;
    case BRASA_PHYS_STRING: ((brasa_string *)values)[i] = brasa__string(v->u.s.p, v->u.s.n); return;
    case BRASA_PHYS_VECTOR:
        for (int32_t k = 0; k < t.length; k++) ((float *)values)[i * t.length + k] = k < v->u.list.n ? (float)v->u.list.items[k].u.f : 0;
        return;
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_COUNT: return;
    }
}

static void build_list(brasa_arena *arena, brasa_type t, const brasa_value *values, int32_t n, brasa_span *spans, brasa_column *out)
{
    int32_t total = 0, at = 0;

    for (int32_t i = 0; i < n; i++) total += values[i].null ? 0 : values[i].u.list.n;
    brasa_value *items = BRASA_NEWS(arena, brasa_value, total > 0 ? total : 1);
    for (int32_t i = 0; i < n; i++) {
        int32_t len = values[i].null ? 0 : values[i].u.list.n;
        spans[i] = (brasa_span) {.offset = at, .len = len};
        if (len > 0) memcpy(items + at, values[i].u.list.items, sizeof *items * (size_t)len);
        at += len;
    }
    brasa_column *child = BRASA_NEW(arena, brasa_column);
    brasa__column_build(arena, t.fields[0].type, items, total, child);
    out->child = child;
    out->child_rows = total;
}

static void build_struct(brasa_arena *arena, brasa_type t, const brasa_value *values, int32_t n, brasa_column *out)
{
    brasa_column *child = BRASA_NEWS(arena, brasa_column, t.nfields > 0 ? t.nfields : 1);
    brasa_value  *items = BRASA_NEWS(arena, brasa_value, n > 0 ? n : 1);

    for (int32_t f = 0; f < t.nfields; f++) {
        for (int32_t i = 0; i < n; i++) {
            items[i] = (brasa_value) {.type = t.fields[f].type, .null = true};
            if (!values[i].null && f < values[i].u.list.n) items[i] = values[i].u.list.items[f];
        }
        brasa__column_build(arena, t.fields[f].type, items, n, &child[f]);
    }
    out->values = NULL;
    out->child = child;
}

void brasa__column_build(brasa_arena *arena, brasa_type t, const brasa_value *values, int32_t n, brasa_column *out)
{
    size_t    width = brasa__type_width(t);
    uint64_t *valid = NULL;
    void     *data = brasa__arena_alloc64(arena, width * (size_t)(n > 0 ? n : 1) + 64);

    memset(out, 0, sizeof *out);
    out->type = t;
    out->encoding = BRASA_FLAT;
    out->values = data;
    for (int32_t i = 0; i < n; i++) {
        if (!values[i].null) {
            put_scalar(t, &values[i], data, i);
            continue;
        }
        if (valid == NULL) {
            valid = brasa__arena_alloc64(arena, brasa__bit_words(n) * 8);
            memset(valid, 0xff, brasa__bit_words(n) * 8);
        }
        brasa__bit_clear(valid, i);
    }
    out->valid = valid;
    if (brasa__type_has_span(t)) build_list(arena, t, values, n, data, out);
    if (t.kind == BRASA_KIND_STRUCT) build_struct(arena, t, values, n, out);
}

void brasa__call_set_values(brasa_call *call, const brasa_value *rows)
{
    brasa_column built;
    size_t       width = brasa__type_width(call->expr->type);

    if (brasa__type_is_nested(call->expr->type)) {
        brasa__call_set_lists(call, rows);
        return;
    }
    brasa__column_build(call->arena, call->expr->type, rows, call->batch_rows, &built);
    memcpy(call->values, built.values, width * (size_t)call->batch_rows);
    for (int32_t i = 0; i < call->n && built.valid != NULL; i++)
        if (!brasa_column_is_valid(&built, call->rows[i])) brasa__call_set_null(call, call->rows[i]);
}

void brasa__call_set_lists(brasa_call *call, const brasa_value *rows)
{
    brasa_column built;

    brasa__column_build(call->arena, call->expr->type, rows, call->batch_rows, &built);
    if (built.valid) {
        size_t words = brasa__bit_words(call->batch_rows);
        for (size_t w = 0; w < words; w++) call->valid[w] &= built.valid[w];
        *call->has_nulls = true;
    }
    built.valid = NULL;
    *call->out = built;
}
