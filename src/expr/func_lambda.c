/* func_lambda.c -- functions that call a lambda for the elements of a list.
 *
 * The body is computed for the elements of all rows at once: a batch whose rows are elements, with what the body takes from the rows beside them.  aggregate
 * goes element by element, all rows that still have one together; array_sort compares pair by pair.
 */
#include <string.h>

#include "base/hash.h"
#include "data/gather.h"
#include "data/value.h"
#include "expr/column_build.h"
#include "expr/eval.h"
#include "expr/func_groups.h"
#include "expr/func_string.h"
#include "expr/lambda.h"

brasa_lambda_kind brasa__lambda_kind_of(const char *name)
{
    static const struct {
        const char       *name;
        brasa_lambda_kind kind;
    } kinds[] = {{"transform", BRASA_LAMBDA_TRANSFORM},
                 {"list_transform", BRASA_LAMBDA_TRANSFORM},
                 {"array_transform", BRASA_LAMBDA_TRANSFORM},
                 {"list_apply", BRASA_LAMBDA_TRANSFORM},
                 {"array_apply", BRASA_LAMBDA_TRANSFORM},
                 {"filter", BRASA_LAMBDA_FILTER},
                 {"list_filter", BRASA_LAMBDA_FILTER},
                 {"array_filter", BRASA_LAMBDA_FILTER},
                 {"exists", BRASA_LAMBDA_EXISTS},
                 {"any_match", BRASA_LAMBDA_EXISTS},
                 {"forall", BRASA_LAMBDA_FORALL},
                 {"all_match", BRASA_LAMBDA_FORALL},
                 {"aggregate", BRASA_LAMBDA_AGGREGATE},
                 {"reduce", BRASA_LAMBDA_AGGREGATE},
                 {"zip_with", BRASA_LAMBDA_ZIP},
                 {"array_sort", BRASA_LAMBDA_SORT}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0) return kinds[i].kind;
    return BRASA_LAMBDA_TRANSFORM;
}

/* ---- the batch of elements ---- */

/* Elements: of which row, where in the element column (negative: none), and which of the list. */
typedef struct elements {
    int32_t  n;
    int32_t *row, *at, *at2, *index;
} elements;

static const brasa_lambdas *lambdas_of(const brasa_call *call)
{
    return call->expr->extra;
}

static bool has_list(const brasa_call *call, int32_t k, int32_t r)
{
    return brasa_column_is_valid(&call->args[k], r);
}

static brasa_span span_of(const brasa_call *call, int32_t k, int32_t r)
{
    return BRASA_ARG(call, k, brasa_span, r);
}

static brasa_status too_many(brasa_error *err)
{
    return brasa__fail(err, BRASA_NO_MEMORY, "the lists of one batch have more than 2^31 elements together");
}

static brasa_status list_elements(brasa_call *call, bool zip, elements *out, brasa_error *err)
{
    int64_t total = 0;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        if (!has_list(call, 0, r) || (zip && !has_list(call, 1, r))) continue;
        int32_t a = span_of(call, 0, r).len, b = zip ? span_of(call, 1, r).len : 0;
        total += a > b ? a : b;
    }
    if (total >= INT32_MAX - 64) return too_many(err);
    *out = (elements) {0};
    out->row = BRASA_NEWS(call->arena, int32_t, total + 1);
    out->at = BRASA_NEWS(call->arena, int32_t, total + 1);
    out->at2 = BRASA_NEWS(call->arena, int32_t, total + 1);
    out->index = BRASA_NEWS(call->arena, int32_t, total + 1);
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        if (!has_list(call, 0, r) || (zip && !has_list(call, 1, r))) continue;
        brasa_span a = span_of(call, 0, r), b = zip ? span_of(call, 1, r) : (brasa_span) {0};
        for (int32_t k = 0; k < a.len || k < b.len; k++) {
            out->row[out->n] = r;
            out->at[out->n] = k < a.len ? a.offset + k : -1;
            out->at2[out->n] = k < b.len ? b.offset + k : -1;
            out->index[out->n++] = k;
        }
    }
    return BRASA_OK;
}

static brasa_column int_column(int32_t *v)
{
    return (brasa_column) {.type = brasa__type(BRASA_KIND_INT32), .encoding = BRASA_FLAT, .values = v};
}

/* Columns of what the bodies take, for `rows`; room for the parameters behind. */
static brasa_column *taken_columns(brasa_call *call, const int32_t *rows, int32_t n)
{
    const brasa_lambdas *l = lambdas_of(call);
    brasa_column        *cols = BRASA_NEWS(call->arena, brasa_column, l->taken + BRASA_LAMBDA_MOST);

    for (int32_t i = 0; i < l->taken; i++) brasa__column_gather(call->arena, &call->args[l->leading + i], rows, n, false, &cols[i]);
    return cols;
}

/* The body over a batch: a FLAT column in the call's arena. */
static brasa_status run_body(brasa_call *call, const brasa_lambda *one, const brasa_column *cols, int32_t ncols, int32_t n,
                             brasa_column *out, brasa_error *err)
{
    brasa_batch  batch = {.rows = n, .ncols = ncols, .cols = cols, .nsel = n};
    brasa_eval  *ev;
    brasa_column got;
    int32_t     *all = BRASA_NEWS(call->arena, int32_t, n + 1);

    if (n == 0) {
        brasa__column_build(call->arena, one->body->type, NULL, 0, out);
        return BRASA_OK;
    }
    BRASA_TRY(brasa__eval_new(call->arena, &one->body, 1, &ev, err));
    BRASA_TRY(brasa__eval_run(ev, &batch, &got, err));
    for (int32_t i = 0; i < n; i++) all[i] = i;
    if (got.encoding == BRASA_CONST) { /* row numbers of a constant stay 0 when gathered: made whole here */
        brasa_value  v = brasa__column_value(&got, 0, call->arena);
        brasa_value *rows = BRASA_NEWS(call->arena, brasa_value, n);
        for (int32_t i = 0; i < n; i++) rows[i] = v;
        brasa__column_build(call->arena, one->body->type, rows, n, out);
        return BRASA_OK;
    }
    brasa__column_gather(call->arena, &got, all, n, false, out);
    return BRASA_OK;
}

static brasa_status run_elements(brasa_call *call, const elements *e, bool zip, brasa_column *out, brasa_error *err)
{
    const brasa_lambdas *l = lambdas_of(call);
    brasa_column        *cols = taken_columns(call, e->row, e->n);
    int32_t              n = l->taken;

    brasa__column_gather(call->arena, call->args[0].child, e->at, e->n, false, &cols[n++]);
    if (zip)
        brasa__column_gather(call->arena, call->args[1].child, e->at2, e->n, false, &cols[n++]);
    else
        cols[n++] = int_column(e->index);
    return run_body(call, &l->list[0], cols, n, e->n, out, err);
}

/* ---- results ---- */

static bool null_row(brasa_call *call, bool zip, int32_t r)
{
    if (has_list(call, 0, r) && (!zip || has_list(call, 1, r))) return false;
    brasa__call_set_null(call, r);
    return true;
}

static brasa_status transform_eval(brasa_call *call, brasa_error *err)
{
    bool          zip = brasa__lambda_kind_of(call->expr->name) == BRASA_LAMBDA_ZIP;
    brasa_span   *spans = call->values;
    brasa_column *child = BRASA_NEW(call->arena, brasa_column);
    elements      e;
    int32_t       at = 0;

    BRASA_TRY(list_elements(call, zip, &e, err));
    BRASA_TRY(run_elements(call, &e, zip, child, err));
    memset(spans, 0, sizeof *spans * (size_t)call->batch_rows);
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        if (null_row(call, zip, r)) continue;
        int32_t a = span_of(call, 0, r).len, b = zip ? span_of(call, 1, r).len : 0;
        spans[r] = (brasa_span) {.offset = at, .len = a > b ? a : b};
        at += spans[r].len;
    }
    call->out->child = child;
    call->out->child_rows = e.n;
    return BRASA_OK;
}

static bool is_true(const brasa_column *c, int32_t i)
{
    return brasa_column_is_valid(c, i) && ((const uint8_t *)c->values)[i];
}

static brasa_status filter_eval(brasa_call *call, brasa_error *err)
{
    brasa_span   *spans = call->values;
    brasa_column *child = BRASA_NEW(call->arena, brasa_column), test;
    elements      e;
    int32_t       from = 0, kept = 0;

    BRASA_TRY(list_elements(call, false, &e, err));
    BRASA_TRY(run_elements(call, &e, false, &test, err));
    memset(spans, 0, sizeof *spans * (size_t)call->batch_rows);
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], start = kept;
        if (null_row(call, false, r)) continue;
        for (int32_t k = 0; k < span_of(call, 0, r).len; k++, from++)
            if (is_true(&test, from)) e.at2[kept++] = e.at[from];
        spans[r] = (brasa_span) {.offset = start, .len = kept - start};
    }
    brasa__column_gather(call->arena, call->args[0].child, e.at2, kept, false, child);
    call->out->child = child;
    call->out->child_rows = kept;
    return BRASA_OK;
}

/* exists: one is true; forall: none is false.  Else null if one is. */
static brasa_status test_eval(brasa_call *call, brasa_error *err)
{
    bool         any = brasa__lambda_kind_of(call->expr->name) == BRASA_LAMBDA_EXISTS;
    uint8_t     *out = call->values;
    brasa_column test;
    elements     e;
    int32_t      at = 0;

    BRASA_TRY(list_elements(call, false, &e, err));
    BRASA_TRY(run_elements(call, &e, false, &test, err));
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        bool    settled = false, unknown = false;
        if (null_row(call, false, r)) continue;
        for (int32_t k = 0; k < span_of(call, 0, r).len; k++, at++) {
            bool known = brasa_column_is_valid(&test, at);
            unknown |= !known;
            settled |= known && (((const uint8_t *)test.values)[at] != 0) == any;
        }
        out[r] = settled ? any : !any;
        if (!settled && unknown) brasa__call_set_null(call, r);
    }
    return BRASA_OK;
}

/* ---- aggregate ---- */

static void put_state(brasa_call *call, const brasa_column *got, const int32_t *rows, int32_t n, brasa_value *state)
{
    for (int32_t i = 0; i < n; i++) {
        brasa_value v = brasa__column_value(got, i, call->arena);
        state[rows[i]] = brasa__value_copy(call->arena, &v);
    }
}

static void state_column(brasa_call *call, const brasa_value *state, const int32_t *rows, int32_t n, brasa_type t, brasa_column *out)
{
    brasa_value *v = BRASA_NEWS(call->arena, brasa_value, n + 1);

    for (int32_t i = 0; i < n; i++) v[i] = state[rows[i]];
    brasa__column_build(call->arena, t, v, n, out);
}

static brasa_status fold_step(brasa_call *call, int32_t step, const int32_t *live, int32_t n, brasa_value *state, brasa_error *err)
{
    const brasa_lambdas *l = lambdas_of(call);
    brasa_column        *cols = taken_columns(call, live, n), got;
    int32_t             *at = BRASA_NEWS(call->arena, int32_t, n + 1);

    for (int32_t i = 0; i < n; i++) at[i] = span_of(call, 0, live[i]).offset + step;
    state_column(call, state, live, n, call->args[1].type, &cols[l->taken]);
    brasa__column_gather(call->arena, call->args[0].child, at, n, false, &cols[l->taken + 1]);
    BRASA_TRY(run_body(call, &l->list[0], cols, l->taken + 2, n, &got, err));
    put_state(call, &got, live, n, state);
    return BRASA_OK;
}

/* The rows of a step are few when lists are long: what a step leaves behind goes with an arena of its own every now and then. */
static brasa_status fold_all(brasa_call *call, const int32_t *rows, int32_t n, brasa_value *state, brasa_error *err)
{
    enum { STEPS = 256 };
    int32_t *live = BRASA_NEWS(call->arena, int32_t, n + 1);
    int32_t  longest = 0;

    for (int32_t i = 0; i < n; i++) longest = span_of(call, 0, rows[i]).len > longest ? span_of(call, 0, rows[i]).len : longest;
    for (int32_t step = 0; step < longest;) {
        brasa_call inner = *call;
        inner.arena = brasa__arena_new(call->arena, "aggregate");
        for (int32_t k = 0; k < STEPS && step < longest; k++, step++) {
            int32_t m = 0;
            for (int32_t i = 0; i < n; i++)
                if (span_of(call, 0, rows[i]).len > step) live[m++] = rows[i];
            BRASA_TRY(fold_step(&inner, step, live, m, state, err));
        }
        for (int32_t i = 0; i < n; i++) state[rows[i]] = brasa__value_copy(call->arena, &state[rows[i]]);
        brasa__arena_free(inner.arena);
    }
    return BRASA_OK;
}

static brasa_status aggregate_eval(brasa_call *call, brasa_error *err)
{
    const brasa_lambdas *l = lambdas_of(call);
    brasa_value         *state = BRASA_NEWS(call->arena, brasa_value, call->batch_rows + 1);
    int32_t             *rows = BRASA_NEWS(call->arena, int32_t, call->n + 1), n = 0;
    brasa_column         got;

    for (int32_t i = 0; i < call->batch_rows; i++) state[i] = (brasa_value) {.type = call->expr->type, .null = true};
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        if (null_row(call, false, r)) continue;
        state[r] = brasa__column_value(&call->args[1], r, call->arena);
        rows[n++] = r;
    }
    BRASA_TRY(fold_all(call, rows, n, state, err));
    if (l->n > 1) {
        brasa_column *cols = taken_columns(call, rows, n);
        state_column(call, state, rows, n, call->args[1].type, &cols[l->taken]);
        BRASA_TRY(run_body(call, &l->list[1], cols, l->taken + 1, n, &got, err));
        put_state(call, &got, rows, n, state);
    }
    for (int32_t i = 0; i < call->batch_rows; i++) state[i].type = call->expr->type;
    brasa__call_set_values(call, state);
    return BRASA_OK;
}

/* ---- array_sort ---- */

typedef struct sorting {
    brasa_call        *call;
    brasa_eval        *ev;
    brasa_column      *cols;
    const brasa_value *items;
    brasa_error       *err;
} sorting;

/* Does item a come after item b? */
static brasa_status comes_after(sorting *s, int32_t a, int32_t b, bool *after)
{
    const brasa_lambdas *l = lambdas_of(s->call);
    brasa_batch          batch = {.rows = 1, .ncols = l->taken + 2, .cols = s->cols, .nsel = 1};
    brasa_column         got;
    brasa_arena         *work = brasa__arena_new(s->call->arena, "compare");

    brasa__column_build(work, s->items[a].type, &s->items[a], 1, &s->cols[l->taken]);
    brasa__column_build(work, s->items[b].type, &s->items[b], 1, &s->cols[l->taken + 1]);
    brasa_status status = brasa__eval_run(s->ev, &batch, &got, s->err);
    if (status == BRASA_OK && !brasa_column_is_valid(&got, 0))
        status = brasa__fail(s->err, BRASA_ARITHMETIC, "the comparison of array_sort gave null; it gives a number below, at or above 0");
    if (status == BRASA_OK) {
        brasa_value v = brasa__column_value(&got, 0, work);
        *after = v.u.i > 0;
    }
    brasa__arena_free(work);
    return status;
}

static brasa_status merge_sort(sorting *s, int32_t *order, int32_t *spare, int32_t n)
{
    int32_t half = n / 2, i = 0, k = half, m = 0;
    bool    after;

    if (n < 2) return BRASA_OK;
    BRASA_TRY(merge_sort(s, order, spare, half));
    BRASA_TRY(merge_sort(s, order + half, spare, n - half));
    while (i < half && k < n) {
        BRASA_TRY(comes_after(s, order[i], order[k], &after));
        spare[m++] = after ? order[k++] : order[i++];
    }
    while (i < half) spare[m++] = order[i++];
    while (k < n) spare[m++] = order[k++];
    memcpy(order, spare, sizeof *order * (size_t)n);
    return BRASA_OK;
}

static brasa_status sort_eval(brasa_call *call, brasa_error *err)
{
    const brasa_lambdas *l = lambdas_of(call);
    brasa_value         *rows = BRASA_NEWS(call->arena, brasa_value, call->batch_rows + 1);
    sorting              s = {.call = call, .err = err};

    BRASA_TRY(brasa__eval_new(call->arena, &l->list[0].body, 1, &s.ev, err));
    for (int32_t i = 0; i < call->batch_rows; i++) rows[i] = (brasa_value) {.type = call->expr->type, .null = true};
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        if (null_row(call, false, r)) continue;
        brasa_value  list = brasa__column_value(&call->args[0], r, call->arena);
        int32_t      n = list.u.list.n, *order = BRASA_NEWS(call->arena, int32_t, 2 * n + 1);
        brasa_value *items = BRASA_NEWS(call->arena, brasa_value, n + 1);
        s.items = list.u.list.items;
        s.cols = taken_columns(call, &r, 1);
        for (int32_t k = 0; k < n; k++) order[k] = k;
        BRASA_TRY(merge_sort(&s, order, order + n, n));
        for (int32_t k = 0; k < n; k++) items[k] = s.items[order[k]];
        list.u.list.items = items;
        rows[r] = list;
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

#define FN(id, least, most, fn, text)                                                                                                \
    {                                                                                                                                \
        .name = id, .min_args = least, .max_args = most, .flags = BRASA_FN_NULLS | BRASA_FN_LAMBDA | BRASA_FN_NULLABLE, .doc = text, \
        .eval = fn                                                                                                                   \
    }

static const brasa_function table[] = {
    FN("transform", 2, 2, transform_eval, "transform(list, x -> y), transform(list, (x, i) -> y): the lambda's value of each element"),
    FN("list_transform", 2, 2, transform_eval, "list_transform(list, x -> y): transform"),
    FN("array_transform", 2, 2, transform_eval, "array_transform(list, x -> y): transform"),
    FN("list_apply", 2, 2, transform_eval, "list_apply(list, x -> y): transform"),
    FN("array_apply", 2, 2, transform_eval, "array_apply(list, x -> y): transform"),
    FN("filter", 2, 2, filter_eval, "filter(list, x -> test), filter(list, (x, i) -> test): the elements for which it is true"),
    FN("list_filter", 2, 2, filter_eval, "list_filter(list, x -> test): filter"),
    FN("array_filter", 2, 2, filter_eval, "array_filter(list, x -> test): filter"),
    FN("exists", 2, 2, test_eval, "exists(list, x -> test): is it true for one element?"),
    FN("any_match", 2, 2, test_eval, "any_match(list, x -> test): exists"),
    FN("forall", 2, 2, test_eval, "forall(list, x -> test): is it true for all elements?"),
    FN("all_match", 2, 2, test_eval, "all_match(list, x -> test): forall"),
    FN("aggregate", 3, 4, aggregate_eval,
       "aggregate(list, start, (state, x) -> state [, state -> result]): the elements folded into one value"),
    FN("reduce", 3, 4, aggregate_eval, "reduce(list, start, (state, x) -> state [, state -> result]): aggregate"),
    FN("zip_with", 3, 3, transform_eval, "zip_with(a, b, (x, y) -> z): of the elements of two lists, null past the end of the shorter"),
    FN("array_sort", 2, 2, sort_eval, "array_sort(list, (a, b) -> n): by a comparison that gives a number below, at or above 0"),
};

BRASA_FUNCTION_GROUP(lambda, "Lists and structs", table);
