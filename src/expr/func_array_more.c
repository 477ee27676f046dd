/* func_array_more.c -- lists: sorted, as sets, cut and joined.  Row by row, over single values; elements compare as in ORDER BY (NaN above all, null equal to
 * null where sets are meant). */
#include <stdlib.h>
#include <string.h>

#include "data/string.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/date_arith.h"
#include "expr/func_groups.h"
#include "expr/func_string.h"
#include "expr/resolve.h"

enum { MOST_ITEMS = 100000000 };

static brasa_value *null_rows(brasa_call *call)
{
    brasa_value *rows = BRASA_NEWS(call->arena, brasa_value, call->batch_rows);

    for (int32_t i = 0; i < call->batch_rows; i++) rows[i] = (brasa_value) {.type = call->expr->type, .null = true};
    return rows;
}

static brasa_value list_at(const brasa_call *call, int32_t k, int32_t r)
{
    return brasa__column_value(&call->args[k], r, call->arena);
}

static void set_list(brasa_value *row, const brasa_value *items, int32_t n)
{
    row->null = false;
    row->u.list.items = items;
    row->u.list.n = n;
}

static bool same(const brasa_value *a, const brasa_value *b)
{
    if (a->null || b->null) return a->null && b->null;
    return brasa__value_compare(a, b) == 0;
}

static bool holds(const brasa_value *items, int32_t n, const brasa_value *v)
{
    for (int32_t i = 0; i < n; i++)
        if (same(&items[i], v)) return true;
    return false;
}

/* ---- types ---- */

static BRASA_RESOLVE(list_to_list)
{
    (void)arena, (void)f, (void)err;
    if (types[0].kind != BRASA_KIND_LIST) return BRASA_TYPE;
    *result = types[0];
    return n > 1 ? brasa__resolve_arg(&types[1], BRASA_KIND_BOOL) : BRASA_OK;
}

static BRASA_RESOLVE(list_to_element)
{
    (void)arena, (void)f, (void)n, (void)err;
    if (types[0].kind != BRASA_KIND_LIST) return BRASA_TYPE;
    *result = types[0].fields[0].type;
    return BRASA_OK;
}

static BRASA_RESOLVE(lists_to_list)
{
    BRASA_TRY(brasa__resolve_same_to_same(arena, f, types, n, result, err));
    return result->kind == BRASA_KIND_LIST ? BRASA_OK : BRASA_TYPE;
}

static BRASA_RESOLVE(lists_to_bool)
{
    BRASA_TRY(brasa__resolve_lists_to_list(arena, f, types, n, result, err));
    *result = brasa__type(BRASA_KIND_BOOL);
    return BRASA_OK;
}

static BRASA_RESOLVE(list_element_to_list)
{
    brasa_type t;

    (void)f, (void)n, (void)err;
    if (types[0].kind != BRASA_KIND_LIST || !brasa__type_common(arena, types[0].fields[0].type, types[1], &t)) return BRASA_TYPE;
    *result = types[0] = brasa__type_list(arena, t);
    types[1] = t;
    return BRASA_OK;
}

static BRASA_RESOLVE(array_repeat)
{
    (void)f, (void)n, (void)err;
    *result = brasa__type_list(arena, types[0]);
    return brasa__resolve_arg(&types[1], BRASA_KIND_INT32);
}

static BRASA_RESOLVE(slice)
{
    (void)arena, (void)f, (void)n, (void)err;
    if (types[0].kind != BRASA_KIND_LIST) return BRASA_TYPE;
    *result = types[0];
    BRASA_TRY(brasa__resolve_arg(&types[1], BRASA_KIND_INT32));
    return brasa__resolve_arg(&types[2], BRASA_KIND_INT32);
}

static BRASA_RESOLVE(flatten)
{
    (void)arena, (void)f, (void)n, (void)err;
    if (types[0].kind != BRASA_KIND_LIST || types[0].fields[0].type.kind != BRASA_KIND_LIST) return BRASA_TYPE;
    *result = types[0].fields[0].type;
    return BRASA_OK;
}

static BRASA_RESOLVE(join)
{
    (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    if (types[0].kind != BRASA_KIND_LIST) return BRASA_TYPE;
    types[0] = brasa__type_list(arena, brasa__type(BRASA_KIND_STRING));
    for (int32_t i = 1; i < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    return BRASA_OK;
}

/* ---- order ---- */

static int ascending(const void *a, const void *b)
{
    return brasa__value_compare(a, b);
}

/* array_sort: nulls last; sort_array: nulls first, or last when descending. */
static brasa_status sort_eval(brasa_call *call, brasa_error *err)
{
    brasa_value *rows = null_rows(call);
    bool         array_sort = call->expr->name[0] == 'a';

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t      r = call->rows[i], n, nulls = 0, m = 0;
        brasa_value  v = list_at(call, 0, r);
        bool         desc = call->nargs > 1 && !BRASA_ARG(call, 1, uint8_t, r);
        brasa_value *items;
        n = v.u.list.n;
        items = BRASA_NEWS(call->arena, brasa_value, n > 0 ? n : 1);
        for (int32_t k = 0; k < n; k++) nulls += v.u.list.items[k].null;
        int32_t from = array_sort || desc ? 0 : nulls;
        for (int32_t k = 0; k < n; k++)
            if (!v.u.list.items[k].null) items[from + m++] = v.u.list.items[k];
        qsort(items + from, (size_t)m, sizeof *items, ascending);
        for (int32_t k = 0; k < m / 2 && desc; k++) {
            brasa_value t = items[from + k];
            items[from + k] = items[from + m - 1 - k];
            items[from + m - 1 - k] = t;
        }
        for (int32_t k = 0; k < nulls; k++) items[from > 0 ? k : m + k] = (brasa_value) {.type = v.type.fields[0].type, .null = true};
        set_list(&rows[r], items, n);
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

static brasa_status reverse_list(brasa_call *call, brasa_error *err)
{
    brasa_value *rows = null_rows(call);

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        brasa_value  v = list_at(call, 0, call->rows[i]);
        brasa_value *items = BRASA_NEWS(call->arena, brasa_value, v.u.list.n > 0 ? v.u.list.n : 1);
        for (int32_t k = 0; k < v.u.list.n; k++) items[k] = v.u.list.items[v.u.list.n - 1 - k];
        set_list(&rows[call->rows[i]], items, v.u.list.n);
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

static brasa_status extreme_eval(brasa_call *call, brasa_error *err)
{
    bool         most = strcmp(call->expr->name, "array_max") == 0;
    brasa_value *rows = null_rows(call);

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        brasa_value        v = list_at(call, 0, call->rows[i]);
        const brasa_value *best = NULL;
        for (int32_t k = 0; k < v.u.list.n; k++) {
            const brasa_value *item = &v.u.list.items[k];
            if (item->null) continue;
            int c = best ? brasa__value_compare(item, best) : 0;
            if (best == NULL || (most ? c > 0 : c < 0)) best = item;
        }
        if (best) rows[call->rows[i]] = *best;
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

/* ---- sets ---- */

/* array_distinct(a), array_union(a, b), array_intersect(a, b), array_except(a, b): in order of first appearance. */
static brasa_status set_eval(brasa_call *call, brasa_error *err)
{
    brasa_value *rows = null_rows(call);
    char         what = call->expr->name[6]; /* array_D, U, I, E */

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t      r = call->rows[i], m = 0;
        brasa_value  a = list_at(call, 0, r), b = call->nargs > 1 ? list_at(call, 1, r) : (brasa_value) {0};
        int32_t      nb = call->nargs > 1 ? b.u.list.n : 0;
        brasa_value *items = BRASA_NEWS(call->arena, brasa_value, a.u.list.n + nb + 1);
        for (int32_t k = 0; k < a.u.list.n; k++) {
            const brasa_value *v = &a.u.list.items[k];
            bool               in_b = (what == 'i' || what == 'e') && holds(b.u.list.items, nb, v);
            if ((what == 'i' && !in_b) || (what == 'e' && in_b) || holds(items, m, v)) continue;
            items[m++] = *v;
        }
        for (int32_t k = 0; k < nb && what == 'u'; k++)
            if (!holds(items, m, &b.u.list.items[k])) items[m++] = b.u.list.items[k];
        set_list(&rows[r], items, m);
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

static brasa_status overlap_eval(brasa_call *call, brasa_error *err)
{
    uint8_t *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t     r = call->rows[i];
        brasa_value a = list_at(call, 0, r), b = list_at(call, 1, r);
        bool        nulls = false;
        out[r] = 0;
        for (int32_t k = 0; k < b.u.list.n; k++) nulls |= b.u.list.items[k].null;
        for (int32_t k = 0; k < a.u.list.n; k++) {
            nulls |= a.u.list.items[k].null;
            if (!a.u.list.items[k].null && holds(b.u.list.items, b.u.list.n, &a.u.list.items[k])) out[r] = 1;
        }
        if (!out[r] && nulls && a.u.list.n > 0 && b.u.list.n > 0) brasa__call_set_null(call, r);
    }
    return BRASA_OK;
}

/* array_remove, array_append, array_prepend, array_compact */
static brasa_status edit_eval(brasa_call *call, brasa_error *err)
{
    brasa_value *rows = null_rows(call);
    const char  *what = call->expr->name + 6;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], m = 0;
        if (!brasa_column_is_valid(&call->args[0], r)) continue;
        brasa_value  a = list_at(call, 0, r), v = call->nargs > 1 ? list_at(call, 1, r) : (brasa_value) {.null = true};
        brasa_value *items = BRASA_NEWS(call->arena, brasa_value, a.u.list.n + 1);
        if (what[0] == 'r' && v.null) continue;
        if (what[0] == 'p') items[m++] = v;
        for (int32_t k = 0; k < a.u.list.n; k++) {
            const brasa_value *item = &a.u.list.items[k];
            if ((what[0] == 'r' && !item->null && same(item, &v)) || (what[0] == 'c' && item->null)) continue;
            items[m++] = *item;
        }
        if (what[0] == 'a') items[m++] = v;
        set_list(&rows[r], items, m);
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

/* ---- cutting and joining ---- */

static brasa_status repeat_eval(brasa_call *call, brasa_error *err)
{
    brasa_value *rows = null_rows(call);

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        if (!brasa_column_is_valid(&call->args[1], r)) continue;
        int32_t n = BRASA_ARG(call, 1, int32_t, r);
        if (n > MOST_ITEMS) return brasa__fail(err, BRASA_ARITHMETIC, "array_repeat of %d elements; at most %d", n, (int)MOST_ITEMS);
        if (n < 0) n = 0;
        brasa_value  v = list_at(call, 0, r);
        brasa_value *items = BRASA_NEWS(call->arena, brasa_value, n > 0 ? n : 1);
        for (int32_t k = 0; k < n; k++) items[k] = v;
        set_list(&rows[r], items, n);
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

static brasa_status slice_eval(brasa_call *call, brasa_error *err)
{
    brasa_value *rows = null_rows(call);

    for (int32_t i = 0; i < call->n; i++) {
        int32_t     r = call->rows[i], from = BRASA_ARG(call, 1, int32_t, r), len = BRASA_ARG(call, 2, int32_t, r);
        brasa_value v = list_at(call, 0, r);
        if (from == 0 || len < 0) {
            BRASA_TRY(brasa__call_fail_row(call, r, err,
                                           "slice counts from 1 (or -1 from the end) and takes no negative length: not %d, %d", from, len));
            continue;
        }
        int64_t at = from > 0 ? (int64_t)from - 1 : (int64_t)v.u.list.n + from, end = at + len;
        if (end > v.u.list.n) end = v.u.list.n;
        if (at < 0 || at >= v.u.list.n) at = end = 0;
        set_list(&rows[r], v.u.list.items + at, (int32_t)(end - at));
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

static brasa_status flatten_eval(brasa_call *call, brasa_error *err)
{
    brasa_value *rows = null_rows(call);

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        brasa_value v = list_at(call, 0, call->rows[i]);
        int32_t     total = 0, m = 0;
        bool        null = false;
        for (int32_t k = 0; k < v.u.list.n; k++) {
            null |= v.u.list.items[k].null;
            total += v.u.list.items[k].null ? 0 : v.u.list.items[k].u.list.n;
        }
        if (null) continue;
        brasa_value *items = BRASA_NEWS(call->arena, brasa_value, total > 0 ? total : 1);
        for (int32_t k = 0; k < v.u.list.n; k++)
            for (int32_t j = 0; j < v.u.list.items[k].u.list.n; j++) items[m++] = v.u.list.items[k].u.list.items[j];
        set_list(&rows[call->rows[i]], items, m);
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

static brasa_status join_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        brasa_value         v = list_at(call, 0, r);
        const brasa_string *sep = &BRASA_ARG(call, 1, brasa_string, r),
                           *null = call->nargs > 2 ? &BRASA_ARG(call, 2, brasa_string, r) : NULL;
        brasa_text t;
        bool       first = true;
        brasa__text_init(&t, call->arena);
        for (int32_t k = 0; k < v.u.list.n; k++) {
            const brasa_value *item = &v.u.list.items[k];
            if (item->null && null == NULL) continue;
            if (!first) brasa__text_add_n(&t, brasa_string_data(sep), sep->len);
            first = false;
            if (item->null)
                brasa__text_add_n(&t, brasa_string_data(null), null->len);
            else
                brasa__text_add_n(&t, item->u.s.p, item->u.s.n);
        }
        out[r] = brasa__string(t.s, t.len);
    }
    return BRASA_OK;
}

/* ---- sequence ---- */

static BRASA_RESOLVE(sequence)
{
    brasa_type t;

    (void)f, (void)err;
    if (!brasa__type_common(arena, types[0], types[1], &t)) return BRASA_TYPE;
    bool moment = t.kind == BRASA_KIND_DATE || brasa__type_is_timestamp(t);
    if (!moment && !brasa__type_is_integer(t)) return BRASA_TYPE;
    types[0] = types[1] = t;
    *result = brasa__type_list(arena, t);
    if (n < 3) return BRASA_OK;
    if (moment) return brasa__resolve_arg(&types[2], BRASA_KIND_INTERVAL);
    return brasa__resolve_arg(&types[2], t.kind);
}

/* The element after k steps; false: out of range. */
static bool step_to(brasa_value *v, const brasa_value *start, const brasa_value *step, int64_t k)
{
    int64_t at;

    *v = *start;
    if (step->type.kind != BRASA_KIND_INTERVAL)
        return !__builtin_mul_overflow(step->u.i, k, &at) && !__builtin_add_overflow(start->u.i, at, &v->u.i);
    brasa_interval by = step->u.interval;
    int64_t        months = by.months * k, days = by.days * k, us;
    if (months != (int32_t)months || days != (int32_t)days || __builtin_mul_overflow(by.us, k, &us)) return false;
    bool              date = start->type.kind == BRASA_KIND_DATE;
    const brasa_zone *zone = start->type.kind == BRASA_KIND_TIMESTAMP ? brasa__zone_session() : NULL;
    brasa_zone_span   span = {0};
    if (!brasa__moment_add(zone, &span, date ? start->u.i * BRASA_DAY_US : start->u.i,
                           (brasa_interval) {(int32_t)months, (int32_t)days, us}, &at))
        return false;
    v->u.i = date ? brasa__timestamp_days(at) : at;
    return true;
}

static brasa_status sequence_row(brasa_call *call, int32_t r, brasa_value *row, brasa_error *err)
{
    brasa_value start = list_at(call, 0, r), stop = list_at(call, 1, r), step = {.type = brasa__type(BRASA_KIND_INT64)}, *items = NULL;
    int32_t     cap = 0, n = 0;
    bool        up = start.u.i <= stop.u.i, moment = !brasa__type_is_integer(start.type);
    brasa_value second;

    if (call->nargs > 2) {
        step = list_at(call, 2, r);
    } else if (moment) {
        step.type = brasa__type(BRASA_KIND_INTERVAL);
        step.u.interval.days = up ? 1 : -1;
    } else {
        step.u.i = up ? 1 : -1;
    }
    if (start.u.i != stop.u.i && (!step_to(&second, &start, &step, 1) || second.u.i == start.u.i || (second.u.i > start.u.i) != up))
        return brasa__call_fail_row(call, r, err, "sequence: its step does not lead from start to stop");
    for (int64_t k = 0;; k++) {
        brasa_value v;
        if (!step_to(&v, &start, &step, k) || (up ? v.u.i > stop.u.i : v.u.i < stop.u.i)) break;
        if (n >= MOST_ITEMS) return brasa__fail(err, BRASA_ARITHMETIC, "sequence of more than %d elements", (int)MOST_ITEMS);
        items = brasa__arena_grow(call->arena, items, &cap, n + 1, sizeof *items);
        items[n++] = v;
        if (start.u.i == stop.u.i) break;
    }
    set_list(row, items, n);
    return BRASA_OK;
}

static brasa_status sequence_eval(brasa_call *call, brasa_error *err)
{
    brasa_value *rows = null_rows(call);

    for (int32_t i = 0; i < call->n; i++) BRASA_TRY(sequence_row(call, call->rows[i], &rows[call->rows[i]], err));
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

#define LIST(id, least, most, flag, res, fn, text)                                                                               \
    {                                                                                                                            \
        .name = id, .min_args = least, .max_args = most, .flags = flag, .doc = text, .resolve = brasa__resolve_##res, .eval = fn \
    }

static const brasa_function table[] = {
    LIST("array_sort", 1, 1, 0, list_to_list, sort_eval, "array_sort(list): ascending, nulls last"),
    LIST("sort_array", 1, 2, 0, list_to_list, sort_eval, "sort_array(list [, ascending]): nulls first, or last when descending"),
    LIST("array_reverse", 1, 1, 0, list_to_list, reverse_list, "array_reverse(list)"),
    LIST("array_min", 1, 1, BRASA_FN_NULLABLE, list_to_element, extreme_eval, "array_min(list)"),
    LIST("array_max", 1, 1, BRASA_FN_NULLABLE, list_to_element, extreme_eval, "array_max(list)"),
    LIST("array_distinct", 1, 1, 0, list_to_list, set_eval, "array_distinct(list)"),
    LIST("array_union", 2, 2, 0, lists_to_list, set_eval, "array_union(a, b): elements of either, once"),
    LIST("array_intersect", 2, 2, 0, lists_to_list, set_eval, "array_intersect(a, b): elements of both, once"),
    LIST("array_except", 2, 2, 0, lists_to_list, set_eval, "array_except(a, b): elements of a that are not in b, once"),
    LIST("arrays_overlap", 2, 2, BRASA_FN_NULLABLE, lists_to_bool, overlap_eval, "arrays_overlap(a, b): is an element in both?"),
    LIST("array_remove", 2, 2, BRASA_FN_NULLS, list_element_to_list, edit_eval, "array_remove(list, x): without x"),
    LIST("array_append", 2, 2, BRASA_FN_NULLS, list_element_to_list, edit_eval, "array_append(list, x)"),
    LIST("array_prepend", 2, 2, BRASA_FN_NULLS, list_element_to_list, edit_eval, "array_prepend(list, x)"),
    LIST("array_compact", 1, 1, 0, list_to_list, edit_eval, "array_compact(list): without nulls"),
    LIST("array_repeat", 2, 2, BRASA_FN_NULLS | BRASA_FN_CAN_FAIL, array_repeat, repeat_eval, "array_repeat(x, n)"),
    LIST("slice", 3, 3, BRASA_FN_CAN_FAIL, slice, slice_eval, "slice(list, from, length): from 1; negative: from the end"),
    LIST("flatten", 1, 1, BRASA_FN_NULLABLE, flatten, flatten_eval, "flatten(list of lists)"),
    LIST("array_join", 2, 3, 0, join, join_eval, "array_join(list, separator [, for_null])"),
    LIST("sequence", 2, 3, BRASA_FN_CAN_FAIL, sequence, sequence_eval,
         "sequence(start, stop [, step]): integers, dates or timestamps, both ends included"),
};

BRASA_FUNCTION_GROUP(array_more, "Lists and structs", table);
