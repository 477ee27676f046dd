/* reference_plan.c -- bound plans by definition: nested loops, linear searches, insertion. */
#include "reference_plan.h"

#include <stdlib.h>
#include <string.h>

#include "data/type.h"
#include "data/value.h"
#include "expr/agg.h"
#include "plan/make.h"

#define TRY(call)                                            \
    do {                                                     \
        reference_result try_result_ = (call);               \
        if (try_result_ != REFERENCE_OK) return try_result_; \
    } while (0)

typedef struct computer {
    brasa_arena *arena;
    int64_t      most;
    int64_t      work; /* pairs of rows looked at */
} computer;

static reference_result compute(computer *c, const brasa_node *n, reference_rows *out);

typedef struct list {
    brasa_value **rows;
    int32_t       n, cap;
} list;

static reference_result add_row(computer *c, list *l, const brasa_value *row, int32_t ncols)
{
    if (l->n >= c->most) return REFERENCE_UNKNOWN;
    l->rows = brasa__arena_grow(c->arena, l->rows, &l->cap, l->n + 1, sizeof *l->rows);
    l->rows[l->n++] = brasa__arena_copy(c->arena, row, sizeof *row * (size_t)ncols);
    return REFERENCE_OK;
}

static void give(const list *l, int32_t ncols, reference_rows *out)
{
    *out = (reference_rows) {.n = l->n, .ncols = ncols, .rows = l->rows};
}

static bool same_value(const brasa_value *a, const brasa_value *b)
{
    return a->null || b->null ? a->null == b->null : brasa__value_compare(a, b) == 0;
}

static bool same_values(const brasa_value *a, const brasa_value *b, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        if (!same_value(&a[i], &b[i])) return false;
    }
    return true;
}

static reference_result values_of(computer *c, const brasa_expr *const *exprs, int32_t n, const brasa_value *row, brasa_value *out)
{
    for (int32_t i = 0; i < n; i++) TRY(reference_expr(c->arena, exprs[i], row, &out[i]));
    return REFERENCE_OK;
}

static reference_result is_true(computer *c, const brasa_expr *test, const brasa_value *row, bool *out)
{
    brasa_value v;

    *out = true;
    if (test == NULL) return REFERENCE_OK;
    TRY(reference_expr(c->arena, test, row, &v));
    *out = !v.null && v.u.b;
    return REFERENCE_OK;
}

/* ---- leaves, rows one by one ---- */

static reference_result compute_values(computer *c, const brasa_node *n, reference_rows *out)
{
    list l = {.n = 0};

    for (int32_t i = 0; i < n->u.values.nrows; i++) TRY(add_row(c, &l, &n->u.values.values[(int64_t)i * n->schema.ncols], n->schema.ncols));
    give(&l, n->schema.ncols, out);
    return REFERENCE_OK;
}

static reference_result compute_range(computer *c, const brasa_node *n, reference_rows *out)
{
    list    l = {.n = 0};
    int64_t step = n->u.range.step;

    for (int64_t v = n->u.range.start; step > 0 ? v < n->u.range.end : v > n->u.range.end; v += step) {
        brasa_value value = {.type = brasa__type(BRASA_KIND_INT64), .u.i = v};
        TRY(add_row(c, &l, &value, 1));
    }
    give(&l, 1, out);
    return REFERENCE_OK;
}

static reference_result compute_project(computer *c, const brasa_node *n, reference_rows *out)
{
    reference_rows in;
    list           l = {.n = 0};
    brasa_value   *row = BRASA_NEWS(c->arena, brasa_value, n->schema.ncols + 1);

    TRY(compute(c, n->inputs[0], &in));
    for (int64_t i = 0; i < in.n; i++) {
        TRY(values_of(c, n->u.project.exprs, n->schema.ncols, in.rows[i], row));
        TRY(add_row(c, &l, row, n->schema.ncols));
    }
    give(&l, n->schema.ncols, out);
    return REFERENCE_OK;
}

static reference_result compute_filter(computer *c, const brasa_node *n, reference_rows *out)
{
    reference_rows in;
    list           l = {.n = 0};

    TRY(compute(c, n->inputs[0], &in));
    for (int64_t i = 0; i < in.n; i++) {
        bool keep;
        TRY(is_true(c, n->u.filter.test, in.rows[i], &keep));
        if (keep) TRY(add_row(c, &l, in.rows[i], in.ncols));
    }
    give(&l, in.ncols, out);
    return REFERENCE_OK;
}

/* ---- joins ---- */

typedef enum truth { NO, YES, MAYBE } truth;

/* Does the pair match?  MAYBE: a comparison with null, where nothing says no. */
static reference_result match(computer *c, const brasa_node *n, const brasa_value *l, const brasa_value *r, const brasa_value *both,
                              truth *out)
{
    bool ok;

    *out = YES;
    if (++c->work > 40 * c->most) return REFERENCE_UNKNOWN;
    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        brasa_value a, b;
        TRY(reference_expr(c->arena, n->u.join.left_keys[i], l, &a));
        TRY(reference_expr(c->arena, n->u.join.right_keys[i], r, &b));
        bool null_equal = n->u.join.null_equal && n->u.join.null_equal[i];
        if ((a.null || b.null) && !null_equal)
            *out = *out == YES ? MAYBE : *out;
        else if (!same_value(&a, &b))
            *out = NO;
    }
    if (*out == NO || n->u.join.residual == NULL) return REFERENCE_OK;
    TRY(is_true(c, n->u.join.residual, both, &ok));
    if (!ok) *out = NO;
    return REFERENCE_OK;
}

static void nulls(brasa_schema s, brasa_value *out)
{
    for (int32_t i = 0; i < s.ncols; i++) out[i] = (brasa_value) {.type = s.cols[i].type, .null = true};
}

/* What a left row gives after all right rows have been looked at. */
static reference_result end_left(computer *c, const brasa_node *n, brasa_value *both, int64_t matches, bool maybe, list *l)
{
    int32_t nl = n->inputs[0]->schema.ncols, nr = n->inputs[1]->schema.ncols;

    switch (n->u.join.type) {
    case BRASA_JOIN_INNER:
    case BRASA_JOIN_CROSS:
    case BRASA_JOIN_RIGHT: return REFERENCE_OK;
    case BRASA_JOIN_SINGLE:
        if (matches > 1) return REFERENCE_FAILS;
        /* fall through */
    case BRASA_JOIN_LEFT:
    case BRASA_JOIN_FULL:
        if (matches) return REFERENCE_OK;
        nulls(n->inputs[1]->schema, both + nl);
        return add_row(c, l, both, nl + nr);
    case BRASA_JOIN_SEMI: return matches ? add_row(c, l, both, nl) : REFERENCE_OK;
    case BRASA_JOIN_ANTI: return matches || (maybe && n->u.join.null_aware) ? REFERENCE_OK : add_row(c, l, both, nl);
    case BRASA_JOIN_MARK:
        both[nl] =
            (brasa_value) {.type = brasa__type(BRASA_KIND_BOOL), .null = !matches && maybe && n->u.join.null_aware, .u.b = matches > 0};
        return add_row(c, l, both, nl + 1);
    }
    return REFERENCE_UNKNOWN;
}

static reference_result compute_join(computer *c, const brasa_node *n, reference_rows *out)
{
    reference_rows left, right;
    int32_t        nl = n->inputs[0]->schema.ncols, nr = n->inputs[1]->schema.ncols;
    bool           pairs = brasa__join_has_right(n->u.join.type);
    list           l = {.n = 0};
    brasa_value   *both = BRASA_NEWS(c->arena, brasa_value, nl + nr + 2);

    TRY(compute(c, n->inputs[0], &left));
    TRY(compute(c, n->inputs[1], &right));
    bool *met = BRASA_NEWS(c->arena, bool, right.n + 1);
    for (int64_t i = 0; i < left.n; i++) {
        int64_t matches = 0;
        bool    maybe = false;
        memcpy(both, left.rows[i], sizeof *both * (size_t)nl);
        for (int64_t k = 0; k < right.n; k++) {
            truth t;
            memcpy(both + nl, right.rows[k], sizeof *both * (size_t)nr);
            TRY(match(c, n, left.rows[i], right.rows[k], both, &t));
            maybe |= t == MAYBE;
            if (t != YES) continue;
            matches++;
            met[k] = true;
            if (pairs) TRY(add_row(c, &l, both, nl + nr));
        }
        TRY(end_left(c, n, both, matches, maybe, &l));
    }
    nulls(n->inputs[0]->schema, both);
    for (int64_t k = 0; k < right.n && (n->u.join.type == BRASA_JOIN_RIGHT || n->u.join.type == BRASA_JOIN_FULL); k++) {
        memcpy(both + nl, right.rows[k], sizeof *both * (size_t)nr);
        if (!met[k]) TRY(add_row(c, &l, both, nl + nr));
    }
    give(&l, n->schema.ncols, out);
    return REFERENCE_OK;
}

/* ---- groups ---- */

/* The rows that an aggregate sees: with a value, once each if DISTINCT, past its FILTER. */
static reference_result inputs_of(computer *c, const brasa_expr *a, brasa_value *const *rows, int64_t n, list *out)
{
    *out = (list) {.n = 0};
    for (int64_t i = 0; i < n; i++) {
        brasa_value v = {.type = brasa__type(BRASA_KIND_BOOL)};
        bool        keep, known = false;
        TRY(is_true(c, a->filter, rows[i], &keep));
        if (!keep) continue;
        if (a->nargs > 0) TRY(reference_expr(c->arena, a->args[0], rows[i], &v));
        if (v.null) continue;
        for (int32_t k = 0; k < out->n && a->distinct; k++) known |= same_value(out->rows[k], &v);
        if (!known) TRY(add_row(c, out, &v, 1));
    }
    return REFERENCE_OK;
}

static reference_result sum_of(const brasa_expr *a, const list *in, brasa_value *out)
{
    brasa_int128 total = 0;

    out->null = in->n == 0;
    if (a->type.kind == BRASA_KIND_FLOAT64) return REFERENCE_UNKNOWN; /* the last digit is another question */
    for (int32_t i = 0; i < in->n; i++) {
        bool wide = brasa__type_phys(in->rows[i]->type) == BRASA_PHYS_I128;
        total += wide ? in->rows[i]->u.d : (brasa_int128)in->rows[i]->u.i;
    }
    if (brasa__type_phys(a->type) == BRASA_PHYS_I128)
        out->u.d = total;
    else if (total > INT64_MAX || total < INT64_MIN)
        return REFERENCE_FAILS;
    else
        out->u.i = (int64_t)total;
    return REFERENCE_OK;
}

static reference_result extreme_of(const list *in, int sign, brasa_value *out)
{
    brasa_type type = out->type;

    out->null = in->n == 0;
    for (int32_t i = 0; i < in->n; i++) {
        if (i == 0 || brasa__value_compare(in->rows[i], out) * sign > 0) *out = *in->rows[i];
    }
    out->type = type;
    return REFERENCE_OK;
}

static reference_result aggregate_of(computer *c, const brasa_expr *a, brasa_value *const *rows, int64_t n, brasa_value *out)
{
    list in;

    if (a->norder > 0 || a->nargs > 1) return REFERENCE_UNKNOWN;
    TRY(inputs_of(c, a, rows, n, &in));
    *out = (brasa_value) {.type = a->type};
    if (a->agg->id == BRASA_AGG_COUNT || a->agg->id == BRASA_AGG_COUNT_STAR) {
        out->u.i = in.n;
        return REFERENCE_OK;
    }
    if (a->agg->id == BRASA_AGG_SUM) return sum_of(a, &in, out);
    if (a->agg->id == BRASA_AGG_MIN) return extreme_of(&in, -1, out);
    if (a->agg->id == BRASA_AGG_MAX) return extreme_of(&in, 1, out);
    return REFERENCE_UNKNOWN;
}

static reference_result end_group(computer *c, const brasa_node *n, const brasa_value *keys, const list *members, list *l)
{
    int32_t      nkeys = n->u.aggregate.nkeys;
    brasa_value *row = BRASA_NEWS(c->arena, brasa_value, n->schema.ncols + 1);

    if (nkeys) memcpy(row, keys, sizeof *row * (size_t)nkeys);
    for (int32_t i = 0; i < n->u.aggregate.naggs; i++)
        TRY(aggregate_of(c, n->u.aggregate.aggs[i], members->rows, members->n, &row[nkeys + i]));
    return add_row(c, l, row, n->schema.ncols);
}

static reference_result compute_aggregate(computer *c, const brasa_node *n, reference_rows *out)
{
    reference_rows in;
    int32_t        nkeys = n->u.aggregate.nkeys, groups = 0;
    list           l = {.n = 0}, keys = {.n = 0};

    TRY(compute(c, n->inputs[0], &in));
    list        *members = BRASA_NEWS(c->arena, list, in.n + 1);
    brasa_value *key = BRASA_NEWS(c->arena, brasa_value, nkeys + 1);
    for (int64_t i = 0; i < in.n; i++) {
        int32_t g = 0;
        TRY(values_of(c, n->u.aggregate.keys, nkeys, in.rows[i], key));
        while (g < groups && !same_values(keys.rows[g], key, nkeys)) g++;
        if (g == groups) {
            TRY(add_row(c, &keys, key, nkeys));
            groups++;
        }
        TRY(add_row(c, &members[g], in.rows[i], in.ncols));
    }
    for (int32_t g = 0; g < groups; g++) TRY(end_group(c, n, keys.rows[g], &members[g], &l));
    if (nkeys == 0 && groups == 0) TRY(end_group(c, n, NULL, &members[0], &l));
    give(&l, n->schema.ncols, out);
    return REFERENCE_OK;
}

/* ---- order ---- */

typedef struct sorted {
    brasa_value       *keys; /* [nkeys], then the whole row breaks ties */
    brasa_value       *row;
    const brasa_order *order;
    int32_t            nkeys, ncols;
} sorted;

static int compare_keys(const sorted *x, const sorted *y)
{
    for (int32_t i = 0; i < x->nkeys; i++) {
        const brasa_value *a = &x->keys[i], *b = &y->keys[i];
        if (a->null && b->null) continue;
        if (a->null || b->null) return (a->null ? 1 : -1) * (x->order[i].nulls_last ? 1 : -1);
        int d = brasa__value_compare(a, b);
        if (d) return x->order[i].desc ? -d : d;
    }
    return 0;
}

static int compare_sorted(const void *a, const void *b)
{
    const sorted *x = a, *y = b;
    int           d = compare_keys(x, y);

    for (int32_t i = 0; i < x->ncols && d == 0; i++) d = brasa__value_compare(&x->row[i], &y->row[i]);
    return d;
}

static reference_result sort_rows(computer *c, const brasa_order *order, int32_t nkeys, brasa_value *const *rows, int64_t n, int32_t ncols,
                                  sorted **out)
{
    *out = BRASA_NEWS(c->arena, sorted, n + 1);
    for (int64_t i = 0; i < n; i++) {
        sorted *s = &(*out)[i];
        *s = (sorted) {BRASA_NEWS(c->arena, brasa_value, nkeys + 1), rows[i], order, nkeys, ncols};
        for (int32_t k = 0; k < nkeys; k++) TRY(reference_expr(c->arena, order[k].expr, rows[i], &s->keys[k]));
    }
    qsort(*out, (size_t)n, sizeof **out, compare_sorted);
    return REFERENCE_OK;
}

static void cut(reference_rows *rows, int64_t limit, int64_t offset)
{
    int64_t skip = offset < rows->n ? offset : rows->n;

    rows->rows += skip;
    rows->n -= skip;
    if (limit >= 0 && rows->n > limit) rows->n = limit;
}

static reference_result compute_sort(computer *c, const brasa_node *n, reference_rows *out)
{
    sorted *s;

    TRY(compute(c, n->inputs[0], out));
    TRY(sort_rows(c, n->u.sort.keys, n->u.sort.nkeys, out->rows, out->n, out->ncols, &s));
    brasa_value **rows = BRASA_NEWS(c->arena, brasa_value *, out->n + 1);
    for (int64_t i = 0; i < out->n; i++) rows[i] = s[i].row;
    out->rows = rows;
    cut(out, n->u.sort.limit, n->u.sort.offset);
    return REFERENCE_OK;
}

/* ---- windows ---- */

/* Of the row at `at` of a sorted partition [0, n); the default frames only. */
static reference_result window_value(computer *c, const brasa_window_call *w, const sorted *part, int64_t n, int64_t at, brasa_value *out)
{
    const brasa_expr *e = w->call;
    int64_t           first = at, end = at + 1, rank = 1, dense = 1;
    brasa_value     **rows = BRASA_NEWS(c->arena, brasa_value *, n + 1);

    while (first > 0 && compare_keys(&part[first - 1], &part[at]) == 0) first--;
    while (end < n && compare_keys(&part[end], &part[at]) == 0) end++;
    rank = first + 1;
    for (int64_t i = 1; i <= first; i++) dense += compare_keys(&part[i - 1], &part[i]) != 0;
    for (int64_t i = 0; i < n; i++) rows[i] = part[i].row;
    *out = (brasa_value) {.type = e->type};
    if (e->kind == BRASA_EXPR_AGGREGATE) {
        bool running = w->frame.unit == BRASA_FRAME_RANGE && w->frame.end == BRASA_BOUND_CURRENT,
             whole = w->frame.end == BRASA_BOUND_UNBOUNDED_FOLLOWING;
        if (w->frame.start != BRASA_BOUND_UNBOUNDED_PRECEDING || (!running && !whole) || w->frame.exclude != BRASA_EXCLUDE_NONE)
            return REFERENCE_UNKNOWN;
        return aggregate_of(c, e, rows, running ? end : n, out);
    }
    if (strcmp(e->name, "row_number") == 0)
        out->u.i = at + 1;
    else if (strcmp(e->name, "rank") == 0)
        out->u.i = rank;
    else if (strcmp(e->name, "dense_rank") == 0)
        out->u.i = dense;
    else
        return REFERENCE_UNKNOWN;
    return REFERENCE_OK;
}

static reference_result compute_window(computer *c, const brasa_node *n, reference_rows *out)
{
    reference_rows in;
    int32_t        nkeys = n->u.window.nkeys, parts = 0;
    list           l = {.n = 0}, keys = {.n = 0};

    TRY(compute(c, n->inputs[0], &in));
    list        *members = BRASA_NEWS(c->arena, list, in.n + 1);
    brasa_value *key = BRASA_NEWS(c->arena, brasa_value, nkeys + 1), *row = BRASA_NEWS(c->arena, brasa_value, n->schema.ncols + 1);
    for (int64_t i = 0; i < in.n; i++) {
        int32_t g = 0;
        TRY(values_of(c, n->u.window.keys, nkeys, in.rows[i], key));
        while (g < parts && !same_values(keys.rows[g], key, nkeys)) g++;
        if (g == parts) TRY(add_row(c, &keys, key, nkeys));
        parts = keys.n;
        TRY(add_row(c, &members[g], in.rows[i], in.ncols));
    }
    for (int32_t g = 0; g < parts; g++) {
        sorted *s;
        TRY(sort_rows(c, n->u.window.order, n->u.window.norder, members[g].rows, members[g].n, in.ncols, &s));
        for (int64_t i = 0; i < members[g].n; i++) {
            memcpy(row, s[i].row, sizeof *row * (size_t)in.ncols);
            for (int32_t k = 0; k < n->u.window.ncalls; k++)
                TRY(window_value(c, &n->u.window.calls[k], s, members[g].n, i, &row[in.ncols + k]));
            TRY(add_row(c, &l, row, n->schema.ncols));
        }
    }
    give(&l, n->schema.ncols, out);
    return REFERENCE_OK;
}

static reference_result compute_union(computer *c, const brasa_node *n, reference_rows *out)
{
    list l = {.n = 0};

    for (int32_t k = 0; k < n->ninputs; k++) {
        reference_rows in;
        TRY(compute(c, n->inputs[k], &in));
        for (int64_t i = 0; i < in.n; i++) TRY(add_row(c, &l, in.rows[i], in.ncols));
    }
    give(&l, n->schema.ncols, out);
    return REFERENCE_OK;
}

static reference_result compute(computer *c, const brasa_node *n, reference_rows *out)
{
    switch (n->kind) {
    case BRASA_NODE_VALUES: return compute_values(c, n, out);
    case BRASA_NODE_RANGE: return compute_range(c, n, out);
    case BRASA_NODE_PROJECT: return compute_project(c, n, out);
    case BRASA_NODE_FILTER: return compute_filter(c, n, out);
    case BRASA_NODE_JOIN: return compute_join(c, n, out);
    case BRASA_NODE_AGGREGATE: return compute_aggregate(c, n, out);
    case BRASA_NODE_SORT: return compute_sort(c, n, out);
    case BRASA_NODE_LIMIT:
        TRY(compute(c, n->inputs[0], out));
        cut(out, n->u.limit.limit, n->u.limit.offset);
        return REFERENCE_OK;
    case BRASA_NODE_UNION: return compute_union(c, n, out);
    case BRASA_NODE_REPARTITION: return compute(c, n->inputs[0], out);
    case BRASA_NODE_WINDOW: return compute_window(c, n, out);
    case BRASA_NODE_SCAN:
    case BRASA_NODE_CACHED:
    case BRASA_NODE_SAMPLE:
    case BRASA_NODE_EXPLODE:
    case BRASA_NODE_MAP:
    case BRASA_NODE_COUNT: break;
    }
    return REFERENCE_UNKNOWN;
}

reference_result reference_plan(brasa_arena *arena, const brasa_node *n, int64_t most, reference_rows *out)
{
    computer c = {.arena = arena, .most = most};

    return compute(&c, n, out);
}
