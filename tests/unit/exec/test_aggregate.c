/* Aggregation in all its modes against values computed the plain way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/fault.h"
#include "data/value.h"
#include "expr/agg_state.h"
#include "support/agg_cases.h"
#include "support/ops.h"
#include "support/unit.h"

enum { KEY_K, KEY_G, COL_PASS = 15 };

/* An aggregation of columns keys[] with cases [0, ncases). */
typedef struct plan {
    brasa_schema             in, out, states;
    int32_t                  nkeys, ncases;
    const brasa_expr *const *keys, *const *aggs;
} plan;

static plan make_plan(brasa_arena *arena, brasa_schema in, const int32_t *keys, int32_t nkeys, int32_t ncases)
{
    const brasa_expr **exprs = BRASA_NEWS(arena, const brasa_expr *, nkeys + 1), **aggs = BRASA_NEWS(arena, const brasa_expr *, ncases + 1);
    brasa_field       *out = BRASA_NEWS(arena, brasa_field, nkeys + ncases), *states = BRASA_NEWS(arena, brasa_field, nkeys + ncases);
    const brasa_expr  *filter = ops_ref(arena, in, COL_PASS);

    for (int32_t k = 0; k < nkeys; k++) {
        exprs[k] = ops_ref(arena, in, keys[k]);
        states[k] = out[k] = in.cols[keys[k]];
    }
    for (int32_t i = 0; i < ncases; i++) {
        const agg_case *c = &agg_cases[i];

        aggs[i] = agg_bind(arena, in, c, filter);
        out[nkeys + i] =
            (brasa_field) {.name = brasa__arena_printf(arena, "%s(%s)#%d", c->name, c->args, i), .type = aggs[i]->type, .nullable = true};
        states[nkeys + i] = out[nkeys + i];
        states[nkeys + i].type = brasa__agg_state_type(aggs[i]);
    }
    return (plan) {.in = in,
                   .out = {nkeys + ncases, out},
                   .states = {nkeys + ncases, states},
                   .nkeys = nkeys,
                   .ncases = ncases,
                   .keys = exprs,
                   .aggs = aggs};
}

static brasa_op_desc describe(const plan *p, brasa_agg_mode mode)
{
    return (brasa_op_desc) {
        .kind = BRASA_OP_AGGREGATE,
        .schema = mode == BRASA_AGG_PARTIAL ? p->states : p->out,
        .u.aggregate = {.mode = mode, .nkeys = p->nkeys, .keys = p->keys, .naggs = p->ncases, .aggs = p->aggs, .in_schema = p->in}};
}

/* ---- expected ---- */

typedef struct sort_row {
    const ops_rows *in;
    const int32_t  *keys;
    int32_t         nkeys;
    int64_t         row;
} sort_row;

static int same_keys(const sort_row *x, const sort_row *y)
{
    for (int32_t k = 0; k < x->nkeys; k++) {
        int order = brasa__value_compare(ops_at(x->in, x->row, x->keys[k]), ops_at(y->in, y->row, y->keys[k]));

        if (order != 0) return order;
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    const sort_row *x = a, *y = b;
    int             order = same_keys(x, y);

    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static ops_rows expect(brasa_arena *arena, const plan *p, const ops_rows *in, const int32_t *keys)
{
    ops_rows  out = ops_rows_new(arena, p->out, in->n + 1);
    sort_row *rows = BRASA_NEWS(arena, sort_row, in->n + 1);
    int64_t  *row = BRASA_NEWS(arena, int64_t, in->n + 1);
    bool     *pass = BRASA_NEWS(arena, bool, in->n + 1);

    for (int64_t i = 0; i < in->n; i++) {
        rows[i] = (sort_row) {in, keys, p->nkeys, i};
        pass[i] = !ops_at(in, i, COL_PASS)->null && ops_at(in, i, COL_PASS)->u.b;
    }
    if (in->n > 1) qsort(rows, (size_t)in->n, sizeof *rows, compare);
    for (int64_t i = 0; i < in->n; i++) row[i] = rows[i].row;
    out.n = 0;
    for (int64_t from = 0, to = 0; from < in->n || (p->nkeys == 0 && out.n == 0); from = to) {
        brasa_value *v = &out.values[out.n++ * p->out.ncols];

        while (to < in->n && same_keys(&rows[from], &rows[to]) == 0) to++;
        for (int32_t k = 0; k < p->nkeys; k++) v[k] = *ops_at(in, row[from], keys[k]);
        for (int32_t i = 0; i < p->ncases; i++)
            v[p->nkeys + i] = agg_expect(arena, in, &agg_cases[i], p->aggs[i]->type, row + from, to - from, pass);
        if (to == in->n) break;
    }
    return out;
}

/* ---- the modes ---- */

static ops_rows run(ops_rig *rig, int32_t source, const plan *p, brasa_agg_mode mode)
{
    brasa_op_desc op = describe(p, mode);

    return ops_run(rig, source, p->in, &op, 1);
}

/* PARTIAL on some workers, their states together, FINAL. */
static ops_rows run_two_steps(ops_rig *rig, int32_t source, const plan *p)
{
    brasa_op_desc op = describe(p, BRASA_AGG_PARTIAL);
    ops_rows      states = ops_run(rig, source, p->in, &op, 1);
    int32_t       second = ops_put(rig, &states, 1, 0);

    op = describe(p, BRASA_AGG_FINAL);
    return ops_run(rig, second, p->states, &op, 1);
}

static void check(ops_rig *rig, int64_t rows, int64_t distinct, double nulls, const int32_t *keys, int32_t nkeys, uint64_t seed)
{
    brasa_arena *arena = rig->arena;
    brasa_schema schema = ops_schema(arena, agg_columns);
    ops_rows     in = ops_random(arena, schema, rows, nulls, distinct, seed), want, got;
    plan         p = make_plan(arena, schema, keys, nkeys, agg_nmergeable);
    int32_t      many = ops_put(rig, &in, 1 + (int32_t)(seed % 5), seed % 2 == 0 ? 64 : 0), one = ops_put(rig, &in, 1, 0);

    want = expect(arena, &p, &in, keys);
    got = run(rig, many, &p, BRASA_AGG_COMPLETE);
    ops_assert_same_(&got, &want, 1e-9, __FILE__, __LINE__);
    got = run_two_steps(rig, many, &p);
    ops_assert_same_(&got, &want, 1e-9, __FILE__, __LINE__);
    p = make_plan(arena, schema, keys, nkeys, agg_ncases);
    want = expect(arena, &p, &in, keys);
    got = run(rig, one, &p, BRASA_AGG_PARTITION);
    ops_assert_same_(&got, &want, 1e-9, __FILE__, __LINE__);
    brasa__exec_drop_job(rig->exec);
}

static void shapes(void **state, int32_t threads, int32_t batch_rows)
{
    static const int64_t sizes[] = {0, 1, 2, 65, 700};
    static const int32_t keys[] = {KEY_K, KEY_G};

    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        for (int32_t nkeys = 0; nkeys <= 2; nkeys++) {
            brasa_arena *arena = brasa__arena_new(((unit_state *)*state)->arena, "case");
            ops_rig     *rig = ops_open(arena, threads, batch_rows);

            check(rig, sizes[n], 7, n == 2 ? 1 : 0.2, keys, nkeys, 11 * n + (uint64_t)nkeys);
            brasa__arena_free(arena);
        }
    }
}

static void every_aggregate_in_every_mode_on_one_thread(void **state)
{
    shapes(state, 1, 2048);
}

static void every_aggregate_in_every_mode_on_two_threads(void **state)
{
    shapes(state, 2, 64);
}

static void plain_float_sums_give_the_same_within_rounding(void **state)
{
    brasa_error err;

    assert_ok(brasa__config_set(brasa__ctx()->config, "exact-float-sum", "false", &err), err);
    shapes(state, 2, 192);
}

static void groups_by_every_type(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    ops_rig     *rig = ops_open(arena, 2, 192);

    for (int32_t key = 0; key < COL_PASS; key++) {
        brasa_schema schema = ops_schema(arena, agg_columns);
        ops_rows     in = ops_random(arena, schema, 1500, 0.1, 300, (uint64_t)key + 90), want, got;
        plan         p = make_plan(arena, schema, &key, 1, 3);

        want = expect(arena, &p, &in, &key);
        got = run(rig, ops_put(rig, &in, 4, 0), &p, BRASA_AGG_COMPLETE);
        ops_assert_same(&got, &want);
    }
}

/* More groups than an index holds: rows of a group lie in several places until they are merged. */
static void many_groups(void **state)
{
    brasa_arena  *arena = ((unit_state *)*state)->arena;
    brasa_schema  schema = ops_schema(arena, "k BIGINT, l BIGINT"), out = ops_schema(arena, "k BIGINT, n BIGINT, s BIGINT");
    int64_t       n = 320000, groups = 100000; /* each three times: the index grows */
    ops_rows      in = ops_rows_new(arena, schema, n), want = ops_rows_new(arena, out, groups), got;
    agg_case      count = {.name = "count", .args = ""}, sum = {.name = "sum", .args = "l"};
    const int32_t partitions[] = {1, 6};

    for (int64_t i = 0; i < groups; i++) {
        want.values[i * 3] = (brasa_value) {.type = schema.cols[0].type, .u.i = i * 1000003};
        want.values[i * 3 + 1] = want.values[i * 3 + 2] = (brasa_value) {.type = schema.cols[0].type};
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t key = i * 7919 % groups;

        in.values[i * 2] = want.values[key * 3];
        in.values[i * 2 + 1] = (brasa_value) {.type = schema.cols[1].type, .u.i = i};
        want.values[key * 3 + 1].u.i++;
        want.values[key * 3 + 2].u.i += i;
    }
    for (int32_t threads = 1; threads <= 2; threads++) {
        ops_rig *rig = ops_open(arena, threads, 2048);
        plan     p = {.in = schema,
                      .out = out,
                      .states = ops_schema(arena, "k BIGINT, n BIGINT, s DECIMAL(38,0)"),
                      .nkeys = 1,
                      .ncases = 2,
                      .keys = ops_exprs(arena, 1, ops_ref(arena, schema, 0)),
                      .aggs = ops_exprs(arena, 2, agg_bind(arena, schema, &count, NULL), agg_bind(arena, schema, &sum, NULL))};

        for (int32_t k = 0; k < 2; k++) {
            int32_t source = ops_put(rig, &in, partitions[k], 0);

            got = run(rig, source, &p, BRASA_AGG_COMPLETE);
            ops_assert_same(&got, &want);
            got = run_two_steps(rig, source, &p);
            ops_assert_same(&got, &want);
        }
    }
}

/* Twelve thousand rows that are all different, two of their keys null, a zero and its negative; then the first thousand of them again and again. */
static void distinct_rows(const ops_rows *in, ops_rows *want)
{
    for (int64_t i = 0; i < in->n; i++) {
        int64_t      key = i < want->n ? i : i % 1000;
        brasa_value *v = &in->values[i * 2];

        v[0] = (brasa_value) {.type = in->schema.cols[0].type, .null = key < 2, .u.i = key / 2};
        v[1] = (brasa_value) {.type = in->schema.cols[1].type, .null = key == 7, .u.f = (double)(key % 2)};
        if (i < want->n) memcpy(&want->values[i * 2], v, 2 * sizeof *v);
        if (v[1].u.f == 0 && i % 3 == 0) v[1].u.f = -0.0;
    }
}

/* Where the plan expects nearly every row to be a group, and the first rows say the same, rows pass: then groups come more than once, and FINAL makes them one. */
static void rows_of_a_distinct_pass_where_that_costs_nothing(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    brasa_schema schema = ops_schema(arena, "k BIGINT, x DOUBLE");
    ops_rows     in = ops_rows_new(arena, schema, 30000), want = ops_rows_new(arena, schema, 12000);
    plan         p = {.in = schema,
                      .out = schema,
                      .states = schema,
                      .nkeys = 2,
                      .keys = ops_exprs(arena, 2, ops_ref(arena, schema, 0), ops_ref(arena, schema, 1)),
                      .aggs = ops_exprs(arena, 0)};

    distinct_rows(&in, &want);
    for (int32_t k = 0; k < 6; k++) {
        ops_rig      *rig = ops_open(arena, 1 + k % 2, k < 4 ? 2048 : 192);
        brasa_op_desc op = describe(&p, BRASA_AGG_PARTIAL);
        bool          expected = k < 2 || k > 3;

        op.u.aggregate.groups = expected ? 29000 : 12000;
        op.u.aggregate.rows = 30000;
        ops_rows states = ops_run(rig, ops_put(rig, &in, 1, 0), schema, &op, 1), got;

        assert_true(expected ? states.n > want.n : states.n == want.n);
        op = describe(&p, BRASA_AGG_FINAL);
        got = ops_run(rig, ops_put(rig, &states, 1, 0), schema, &op, 1);
        ops_assert_same(&got, &want);
    }
}

/* More keys than have their null bits in the head of a row. */
static void groups_by_forty_keys(void **state)
{
    enum { KEYS = 40 };
    brasa_arena       *arena = ((unit_state *)*state)->arena;
    ops_rig           *rig = ops_open(arena, 2, 192);
    brasa_field       *fields = BRASA_NEWS(arena, brasa_field, KEYS + 1);
    const brasa_expr **keys = BRASA_NEWS(arena, const brasa_expr *, KEYS);
    brasa_schema       schema = {KEYS, fields}, out = {KEYS + 1, fields};
    agg_case           count = {.name = "count", .args = ""};
    ops_rows           in, got, want;

    for (int32_t k = 0; k <= KEYS; k++)
        fields[k] = (brasa_field) {.name = "k", .type = {.kind = k % 2 == 0 ? BRASA_KIND_INT64 : BRASA_KIND_INT8}, .nullable = true};
    fields[KEYS] = (brasa_field) {.name = "n", .type = {.kind = BRASA_KIND_INT64}};
    in = ops_random(arena, schema, 900, 0, 1, 3);
    want = ops_rows_new(arena, out, KEYS);
    for (int32_t k = 0; k < KEYS; k++) keys[k] = ops_ref(arena, schema, k);
    for (int64_t i = 0; i < in.n; i++) in.values[i * KEYS + i % KEYS].null = true; /* rows differ by their only null */
    for (int64_t g = 0; g < KEYS; g++) {
        memcpy(&want.values[g * (KEYS + 1)], ops_at(&in, g, 0), sizeof(brasa_value) * KEYS);
        want.values[g * (KEYS + 1) + KEYS] = (brasa_value) {.type = fields[KEYS].type, .u.i = in.n / KEYS + (g < in.n % KEYS)};
    }
    plan p = {.in = schema,
              .out = out,
              .nkeys = KEYS,
              .ncases = 1,
              .keys = keys,
              .aggs = ops_exprs(arena, 1, agg_bind(arena, schema, &count, NULL))};
    got = run(rig, ops_put(rig, &in, 3, 0), &p, BRASA_AGG_COMPLETE);
    ops_assert_same(&got, &want);
}

static void an_overflow_of_a_sum_is_an_error(void **state)
{
    brasa_arena  *arena = ((unit_state *)*state)->arena;
    brasa_schema  schema = ops_schema(arena, "l BIGINT"), out = ops_schema(arena, "s BIGINT");
    ops_rows      in = ops_rows_new(arena, schema, 2), got;
    ops_rig      *rig = ops_open(arena, 1, 2048);
    agg_case      sum = {.name = "sum", .args = "l"};
    brasa_op_desc op = {
        .kind = BRASA_OP_AGGREGATE,
        .schema = out,
        .u.aggregate = {.mode = BRASA_AGG_COMPLETE, .naggs = 1, .aggs = ops_exprs(arena, 1, agg_bind(arena, schema, &sum, NULL))}};
    brasa_error err;

    for (int32_t i = 0; i < 2; i++) in.values[i] = (brasa_value) {.type = schema.cols[0].type, .u.i = INT64_MAX - i};
    assert_status(ops_try(rig, ops_put(rig, &in, 1, 0), schema, &op, 1, &got, &err), BRASA_ARITHMETIC, err);
    assert_text_has(err.text, "sum");
}

static void keys_and_arguments_of_nested_types(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    brasa_schema schema = ops_schema(arena, "a ARRAY<INT>, s STRUCT<x: DOUBLE, y: STRING>, v VECTOR(3)");
    brasa_schema out =
        ops_schema(arena, "a ARRAY<INT>, s STRUCT<x: DOUBLE, y: STRING>, v VECTOR(3), n BIGINT, f STRUCT<x: DOUBLE, y: STRING>");
    ops_rig      *rig = ops_open(arena, 2, 64);
    ops_rows      in, got;
    int32_t       source = ops_put_random(rig, schema, 900, 3, (data_options) {.nulls = 0.2, .few = true}, 5, &in);
    agg_case      count = {.name = "count", .args = ""}, first = {.name = "first", .args = "s"};
    brasa_op_desc op = {
        .kind = BRASA_OP_AGGREGATE,
        .schema = out,
        .u.aggregate = {.mode = BRASA_AGG_COMPLETE,
                        .nkeys = 3,
                        .keys = ops_exprs(arena, 3, ops_ref(arena, schema, 0), ops_ref(arena, schema, 1), ops_ref(arena, schema, 2)),
                        .naggs = 2,
                        .aggs = ops_exprs(arena, 2, agg_bind(arena, schema, &count, NULL), agg_bind(arena, schema, &first, NULL))}};
    int64_t total = 0;

    got = ops_run(rig, source, schema, &op, 1);
    for (int64_t g = 0; g < got.n; g++) {
        int64_t n = 0;

        for (int64_t i = 0; i < in.n; i++) {
            bool same = true;

            for (int32_t c = 0; c < 3; c++) same = same && brasa__value_compare(ops_at(&got, g, c), ops_at(&in, i, c)) == 0;
            n += same;
        }
        assert_int_equal(ops_at(&got, g, 3)->u.i, n);
        assert_int_equal(brasa__value_compare(ops_at(&got, g, 1), ops_at(&got, g, 4)), 0);
        assert_true(n > 0);
        total += n;
    }
    assert_int_equal(total, in.n);
}

static void approximate_counts_are_near(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    brasa_schema schema = ops_schema(arena, "l BIGINT");
    agg_case     approx = {.name = "approx_count_distinct", .args = "l"};
    plan         p = {.in = schema,
                      .out = ops_schema(arena, "n BIGINT"),
                      .states = ops_schema(arena, "n BINARY"),
                      .ncases = 1,
                      .aggs = ops_exprs(arena, 1, agg_bind(arena, schema, &approx, NULL))};

    for (int64_t n = 200; n <= 60000; n = n * 5 / 2) {
        ops_rig *rig = ops_open(arena, 2, 2048);
        ops_rows in = ops_rows_new(arena, schema, n), got;

        for (int64_t i = 0; i < n; i++) in.values[i] = (brasa_value) {.type = schema.cols[0].type, .u.i = i * i};
        got = run(rig, ops_put(rig, &in, 5, 0), &p, BRASA_AGG_COMPLETE);
        assert_in_range(ops_at(&got, 0, 0)->u.i, n - n * 6 / 100, n + n * 6 / 100);
        got = run_two_steps(rig, ops_put(rig, &in, 5, 0), &p);
        assert_in_range(ops_at(&got, 0, 0)->u.i, n - n * 6 / 100, n + n * 6 / 100);
    }
}

#ifdef BRASA_FAULTS
/* Whichever allocation fails: an error, and nothing leaks (the context is checked at the end). */
static void any_allocation_may_fail(void **state)
{
    static const int32_t keys[] = {KEY_K, KEY_G};
    brasa_arena         *arena = ((unit_state *)*state)->arena;
    brasa_schema         schema = ops_schema(arena, agg_columns);
    ops_rows             in = ops_random(arena, schema, 300, 0.1, 20, 3);
    plan                 p = make_plan(arena, schema, keys, 2, agg_ncases);
    ops_rig             *rig = ops_open(arena, 1, 64);
    int32_t              source = ops_put(rig, &in, 1, 0);
    brasa_op_desc        op = describe(&p, BRASA_AGG_PARTITION);

    ops_fail_allocations(rig, source, schema, &op, 4000);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(every_aggregate_in_every_mode_on_one_thread),
        unit_case(every_aggregate_in_every_mode_on_two_threads),
        unit_case(plain_float_sums_give_the_same_within_rounding),
        unit_case(groups_by_every_type),
        unit_case(many_groups),
        unit_case(rows_of_a_distinct_pass_where_that_costs_nothing),
        unit_case(groups_by_forty_keys),
        unit_case(an_overflow_of_a_sum_is_an_error),
        unit_case(keys_and_arguments_of_nested_types),
        unit_case(approximate_counts_are_near),
#ifdef BRASA_FAULTS
        unit_case(any_allocation_may_fail),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
