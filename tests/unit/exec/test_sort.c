/* Sorting and the first rows in order, against qsort over values. */
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "data/value.h"
#include "support/ops.h"
#include "support/unit.h"

static const char *const columns =
    "bo BOOLEAN, ti TINYINT, sm SMALLINT, i INT, l BIGINT, f FLOAT, d DOUBLE, m DECIMAL(12,2), w DECIMAL(30,4), "
    "dt DATE, ts TIMESTAMP, st STRING, bi BINARY";

typedef struct sort_row {
    const ops_rows    *in;
    const brasa_order *keys;
    int32_t            nkeys;
    int64_t            row;
} sort_row;

/* The expression of a key: a column, or minus column 4. */
static brasa_value key_of(const ops_rows *in, int64_t row, const brasa_expr *e)
{
    brasa_value v = *ops_at(in, row, e->kind == BRASA_EXPR_REF ? e->index : 4);

    if (e->kind != BRASA_EXPR_REF) v.u.i = -v.u.i;
    return v;
}

static int compare(const void *a, const void *b)
{
    const sort_row *x = a, *y = b;

    for (int32_t k = 0; k < x->nkeys; k++) {
        brasa_value p = key_of(x->in, x->row, x->keys[k].expr), q = key_of(y->in, y->row, x->keys[k].expr);

        if (p.null != q.null) return (p.null ? -1 : 1) * (x->keys[k].nulls_last ? -1 : 1);
        int c = p.null ? 0 : brasa__value_compare(&p, &q);
        if (c != 0) return x->keys[k].desc ? -c : c;
    }
    for (int32_t i = 0; i < x->in->schema.ncols; i++) { /* ties: by all columns */
        int c = brasa__value_compare(ops_at(x->in, x->row, i), ops_at(y->in, y->row, i));

        if (c != 0) return c;
    }
    return 0;
}

static ops_rows expect(brasa_arena *arena, const ops_rows *in, const brasa_order *keys, int32_t nkeys, int32_t nparts, int64_t limit)
{
    ops_rows  out = ops_rows_new(arena, in->schema, in->n + 1);
    sort_row *rows = BRASA_NEWS(arena, sort_row, in->n + 1);
    int64_t   at = 0;

    for (int64_t i = 0; i < in->n; i++) rows[i] = (sort_row) {in, keys, nkeys, i};
    for (int32_t p = 0; p < nparts; p++) {
        int64_t from = in->n * p / nparts, to = in->n * (p + 1) / nparts;

        if (to > from) qsort(rows + from, (size_t)(to - from), sizeof *rows, compare);
        for (int64_t i = from; i < to && at < limit; i++)
            memcpy(&out.values[at++ * in->schema.ncols], ops_at(in, rows[i].row, 0), sizeof(brasa_value) * (size_t)in->schema.ncols);
    }
    out.n = at;
    return out;
}

static const int64_t sizes[] = {0, 1, 2, 63, 64, 65, 300, 3000};

static void check(brasa_arena *parent, int64_t n, const int32_t *cols, int32_t nkeys, bool computed, uint64_t seed)
{
    brasa_arena  *arena = brasa__arena_new(parent, "case");
    ops_rig      *rig = ops_open(arena, 1 + (int32_t)(seed % 2), seed % 3 == 0 ? 64 : 2048);
    brasa_schema  schema = ops_schema(arena, columns);
    ops_rows      in = ops_random(arena, schema, n, seed % 3 == 0 ? 0 : 0.15, seed % 5 == 0 ? 0 : 30, seed), want, got;
    brasa_order  *keys = BRASA_NEWS(arena, brasa_order, nkeys + 1);
    brasa_op_desc op = {.kind = BRASA_OP_SORT, .schema = schema, .u.sort = {.nkeys = nkeys, .keys = keys}};
    int32_t       nparts = 1 + (int32_t)(seed % 4), source;

    for (int32_t k = 0; k < nkeys; k++) {
        const brasa_expr *e = ops_ref(arena, schema, cols[k]);

        if (computed && k == 0) e = ops_call(arena, schema, "negative", ops_ref(arena, schema, 4), NULL);
        keys[k] = (brasa_order) {.expr = e, .desc = (seed >> k) & 1, .nulls_last = (seed >> (k + 1)) & 1};
    }
    source = ops_put(rig, &in, nparts, seed % 2 == 0 ? 64 : 0);
    got = ops_run(rig, source, schema, &op, 1);
    want = expect(arena, &in, keys, nkeys, nparts, n);
    ops_assert_equal(&got, &want);
    for (int64_t limit = 0; limit <= n + 1; limit = limit * 3 + 1) {
        op = (brasa_op_desc) {.kind = BRASA_OP_TOPN, .schema = schema, .u.sort = {.nkeys = nkeys, .keys = keys, .limit = limit}};
        got = ops_run(rig, source, schema, &op, 1);
        want = expect(arena, &in, keys, nkeys, 1, limit);
        ops_assert_equal(&got, &want);
    }
    brasa__arena_free(arena);
}

static void every_type(void **state)
{
    for (int32_t c = 0; c < 13; c++) {
        for (size_t n = 0; n < 8; n++) check(((unit_state *)*state)->arena, sizes[n], &c, 1, false, (uint64_t)c * 8 + n);
    }
}

static void several_keys(void **state)
{
    static const int32_t keys[][3] = {{0, 11, 3}, {1, 2, 6}, {11, 12, 4}, {8, 0, 5}, {9, 7, 11}, {4, 6, 8}, {5, 10, 1}};

    for (size_t k = 0; k < 7; k++) {
        for (size_t n = 0; n < 8; n++) check(((unit_state *)*state)->arena, sizes[n], keys[k], 2 + (int32_t)(n % 2), false, 11 * k + n);
    }
}

static void computed_keys(void **state)
{
    static const int32_t keys[] = {4, 11};

    for (size_t n = 0; n < 8; n++) check(((unit_state *)*state)->arena, sizes[n], keys, 2, true, n + 1);
}

static void no_keys_at_all_orders_by_all_columns(void **state)
{
    check(((unit_state *)*state)->arena, 300, NULL, 0, false, 9);
}

/* More rows than are kept: the bar drops what comes late. */
static void the_first_of_many(void **state)
{
    brasa_arena  *arena = ((unit_state *)*state)->arena;
    brasa_schema  schema = ops_schema(arena, "l BIGINT, st STRING");
    int64_t       n = 60000;
    ops_rows      in = ops_random(arena, schema, n, 0.01, 0, 4), want, got;
    brasa_order   keys[] = {{.expr = ops_ref(arena, schema, 0), .desc = false}, {.expr = ops_ref(arena, schema, 1), .desc = true}};
    brasa_op_desc op = {.kind = BRASA_OP_TOPN, .schema = schema, .u.sort = {.nkeys = 2, .keys = keys}};

    for (int32_t threads = 1; threads <= 2; threads++) {
        ops_rig *rig = ops_open(arena, threads, 2048);
        int32_t  source = ops_put(rig, &in, 7, 0);

        for (int64_t limit = 1; limit <= 5000; limit *= 50) {
            for (int32_t desc = 0; desc < 2; desc++) {
                keys[0].desc = keys[0].nulls_last = desc == 1;
                op.u.sort.limit = limit;
                want = expect(arena, &in, keys, 2, 1, limit);
                got = ops_run(rig, source, schema, &op, 1);
                ops_assert_equal(&got, &want);
            }
        }
    }
}

/* Rows of all types and encodings stay whole. */
static void rows_of_nested_types_are_moved_whole(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;

    for (uint64_t seed = 0; seed < 6; seed++) {
        ops_rig      *rig = ops_open(arena, 2, 192);
        brasa_schema  schema = data_schema(arena);
        ops_rows      in, got;
        int32_t       source = ops_put_random(rig, schema, 500, 1, (data_options) {.nulls = 0.2, .few = seed % 2 == 0}, seed, &in);
        brasa_order   key = {.expr = ops_ref(arena, schema, 4)};
        brasa_op_desc op = {.kind = BRASA_OP_SORT, .schema = schema, .u.sort = {.nkeys = 1, .keys = &key}};

        got = ops_run(rig, source, schema, &op, 1);
        for (int64_t i = 1; i < got.n; i++) assert_true(brasa__value_compare(ops_at(&got, i - 1, 4), ops_at(&got, i, 4)) <= 0);
        ops_assert_same(&got, &in);
    }
}

#ifdef BRASA_FAULTS
static void any_allocation_may_fail(void **state)
{
    brasa_arena  *arena = ((unit_state *)*state)->arena;
    brasa_schema  schema = ops_schema(arena, "l BIGINT, st STRING");
    ops_rig      *rig = ops_open(arena, 1, 64);
    ops_rows      in = ops_random(arena, schema, 3000, 0.1, 0, 1);
    int32_t       source = ops_put(rig, &in, 1, 0);
    brasa_order   keys[] = {{.expr = ops_call(arena, schema, "negative", ops_ref(arena, schema, 0), NULL)},
                            {.expr = ops_ref(arena, schema, 1)}};
    brasa_op_desc ops[] = {{.kind = BRASA_OP_SORT, .schema = schema, .u.sort = {.nkeys = 2, .keys = keys}},
                           {.kind = BRASA_OP_TOPN, .schema = schema, .u.sort = {.nkeys = 2, .keys = keys, .limit = 100}}};

    for (int i = 0; i < 2; i++) ops_fail_allocations(rig, source, schema, &ops[i], 3000);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(every_type),
        unit_case(several_keys),
        unit_case(computed_keys),
        unit_case(no_keys_at_all_orders_by_all_columns),
        unit_case(the_first_of_many),
        unit_case(rows_of_nested_types_are_moved_whole),
#ifdef BRASA_FAULTS
        unit_case(any_allocation_may_fail),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
