/* Operators that hold no rows, against what a loop over values gives: at 1 and 2 threads, with small and large batches. */
#include <string.h>

#include "data/value.h"
#include "support/ops.h"
#include "support/unit.h"

/* Run `check` with many shapes of executor and input. */
typedef struct shape {
    ops_rig *rig;
    int64_t  rows;
    int32_t  nparts, block_rows;
    uint64_t seed;
} shape;

static void with_shapes(void **state, void (*check)(const shape *s))
{
    static const int32_t batches[] = {64, 2048};
    static const int64_t sizes[] = {0, 1, 63, 64, 65, 2047, 2048, 2049, 9000};
    uint64_t             seed = 1;

    for (int32_t threads = 1; threads <= 2; threads++) {
        for (size_t b = 0; b < 2; b++) {
            ops_rig *rig = ops_open(((unit_state *)*state)->arena, threads, batches[b]);

            for (size_t n = 0; n < 9; n++) {
                shape s = {.rig = rig,
                           .rows = sizes[n],
                           .nparts = 1 + (int32_t)(n * 5 + b) % 7,
                           .block_rows = n % 2 == 0 ? 0 : 128,
                           .seed = seed++};

                check(&s);
                brasa__exec_drop_job(rig->exec);
            }
        }
    }
}

static ops_rows keep(brasa_arena *arena, const ops_rows *in, const bool *which)
{
    ops_rows out = ops_rows_new(arena, in->schema, in->n);

    out.n = 0;
    for (int64_t i = 0; i < in->n; i++) {
        if (!which[i]) continue;
        memcpy(&out.values[out.n * in->schema.ncols], ops_at(in, i, 0), sizeof(brasa_value) * (size_t)in->schema.ncols);
        out.partitions[out.n++] = in->partitions[i];
    }
    return out;
}

static const char *const columns = "a BIGINT, b BIGINT, s STRING, d DECIMAL(12,2), f DOUBLE";

/* a < limit, of values 0..999: from nearly nothing to everything passes. */
static void check_filter(const shape *s)
{
    brasa_arena  *arena = s->rig->arena;
    brasa_schema  schema = ops_schema(arena, columns);
    ops_rows      in = ops_random(arena, schema, s->rows, 0.1, 1000, s->seed);
    int32_t       id = ops_put(s->rig, &in, s->nparts, s->block_rows);
    bool         *which = BRASA_NEWS(arena, bool, s->rows);
    brasa_op_desc op = {.kind = BRASA_OP_FILTER, .schema = schema};

    for (int64_t limit = -501; limit <= 501; limit += 167) {
        ops_rows want, got;

        op.u.filter.test = ops_call(arena, schema, "<", ops_ref(arena, schema, 0), ops_i64(arena, limit));
        for (int64_t i = 0; i < in.n; i++) which[i] = !ops_at(&in, i, 0)->null && ops_at(&in, i, 0)->u.i < limit;
        want = keep(arena, &in, which);
        got = ops_run(s->rig, id, schema, &op, 1);
        ops_assert_equal(&got, &want);
    }
}

static void filter_keeps_rows_for_which_the_test_is_true(void **state)
{
    with_shapes(state, check_filter);
}

/* FILTER, PROJECT: what the filter leaves is gathered before the projection when it is little. */
static void check_filter_project(const shape *s)
{
    brasa_arena  *arena = s->rig->arena;
    brasa_schema  schema = ops_schema(arena, columns), out = ops_schema(arena, "s STRING, sum BIGINT, b BIGINT");
    ops_rows      in = ops_random(arena, schema, s->rows, 0.05, 400, s->seed);
    int32_t       id = ops_put(s->rig, &in, s->nparts, s->block_rows);
    bool         *which = BRASA_NEWS(arena, bool, s->rows);
    brasa_op_desc ops[2] = {{.kind = BRASA_OP_FILTER, .schema = schema}, {.kind = BRASA_OP_PROJECT, .schema = out}};

    ops[1].u.project.exprs =
        ops_exprs(arena, 3, ops_ref(arena, schema, 2), ops_call(arena, schema, "+", ops_ref(arena, schema, 0), ops_ref(arena, schema, 1)),
                  ops_ref(arena, schema, 1));
    for (int64_t limit = -198; limit <= 200; limit += 99) {
        ops_rows kept, want, got;

        ops[0].u.filter.test = ops_call(arena, schema, "<", ops_ref(arena, schema, 0), ops_i64(arena, limit));
        for (int64_t i = 0; i < in.n; i++) which[i] = !ops_at(&in, i, 0)->null && ops_at(&in, i, 0)->u.i < limit;
        kept = keep(arena, &in, which);
        want = ops_rows_new(arena, out, kept.n);
        for (int64_t i = 0; i < kept.n; i++) {
            const brasa_value *a = ops_at(&kept, i, 0), *b = ops_at(&kept, i, 1);

            want.values[i * 3] = *ops_at(&kept, i, 2);
            want.values[i * 3 + 1].null = b->null;
            want.values[i * 3 + 1].u.i = b->null ? 0 : a->u.i + b->u.i;
            want.values[i * 3 + 2] = *b;
        }
        got = ops_run(s->rig, id, schema, ops, 2);
        ops_assert_equal(&got, &want);
    }
}

static void project_computes_what_a_filter_leaves(void **state)
{
    with_shapes(state, check_filter_project);
}

static void check_columns(const shape *s)
{
    brasa_arena  *arena = s->rig->arena;
    brasa_schema  schema = ops_schema(arena, columns), out = ops_schema(arena, "f DOUBLE, s STRING, t STRING");
    ops_rows      in = ops_random(arena, schema, s->rows, 0.1, 0, s->seed), want = ops_rows_new(arena, out, s->rows), got;
    int32_t       id = ops_put(s->rig, &in, s->nparts, s->block_rows);
    brasa_op_desc op = {.kind = BRASA_OP_PROJECT, .schema = out};

    op.u.project.exprs = ops_exprs(arena, 3, ops_ref(arena, schema, 4), ops_ref(arena, schema, 2), ops_ref(arena, schema, 2));
    for (int64_t i = 0; i < in.n; i++) {
        want.values[i * 3] = *ops_at(&in, i, 4);
        want.values[i * 3 + 1] = want.values[i * 3 + 2] = *ops_at(&in, i, 2);
    }
    got = ops_run(s->rig, id, schema, &op, 1);
    ops_assert_equal(&got, &want);
}

static void project_of_columns_only_reorders_and_repeats(void **state)
{
    with_shapes(state, check_columns);
}

static void check_limit(const shape *s)
{
    static const int64_t limits[] = {0, 1, 64, 65, 500, 100000, -1};
    static const int64_t offsets[] = {0, 1, 64, 300};
    brasa_arena         *arena = s->rig->arena;
    brasa_schema         schema = ops_schema(arena, "a BIGINT, s STRING");
    ops_rows             in = ops_random(arena, schema, s->rows, 0.1, 0, s->seed);
    int32_t              id = ops_put(s->rig, &in, s->nparts, s->block_rows);
    bool                *which = BRASA_NEWS(arena, bool, s->rows);

    for (size_t l = 0; l < 7 * 4; l++) {
        int64_t       limit = limits[l % 7], offset = offsets[l / 7], place = 0;
        brasa_op_desc op = {.kind = BRASA_OP_LIMIT, .schema = schema, .u.limit = {.limit = limit, .offset = offset}};
        ops_rows      want, got;

        for (int64_t i = 0; i < in.n; i++) {
            place = i > 0 && in.partitions[i] == in.partitions[i - 1] ? place + 1 : 0;
            which[i] = place >= offset && (limit < 0 || place < offset + limit);
        }
        want = keep(arena, &in, which);
        got = ops_run(s->rig, id, schema, &op, 1);
        ops_assert_equal(&got, &want);
    }
}

static void limit_takes_the_first_rows_of_each_partition(void **state)
{
    with_shapes(state, check_limit);
}

static void check_total(const shape *s)
{
    brasa_arena  *arena = s->rig->arena;
    brasa_schema  schema = ops_schema(arena, "a BIGINT");
    ops_rows      in = ops_random(arena, schema, s->rows, 0, 0, s->seed), got;
    int32_t       id = ops_put(s->rig, &in, 50, s->block_rows);
    brasa_op_desc op = {.kind = BRASA_OP_LIMIT, .schema = schema, .u.limit = {.limit = 20, .total = true}};
    brasa_stage   stage = {.source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 1, .stages = &id}, .nops = 1, .ops = &op};
    brasa_stage_result result;
    brasa_error        err;
    int64_t            least = s->rows < 20 ? s->rows : 20;

    assert_ok(ops_run_stage(s->rig, &stage, &got, &result, &err), err);
    assert_true(got.n >= least);
    for (int64_t i = 0; i < least; i++) assert_int_equal(ops_at(&got, i, 0)->u.i, ops_at(&in, i, 0)->u.i);
    if (s->rows == 9000) assert_true(result.tasks < 10);
}

static void a_total_limit_does_not_begin_later_partitions(void **state)
{
    with_shapes(state, check_total);
}

static void check_sample(const shape *s)
{
    brasa_arena  *arena = s->rig->arena;
    brasa_schema  schema = ops_schema(arena, "a BIGINT");
    ops_rows      in = ops_random(arena, schema, s->rows, 0, 0, 99), got, all, none;
    int32_t       id = ops_put(s->rig, &in, 4, s->block_rows);
    brasa_op_desc op = {.kind = BRASA_OP_SAMPLE, .schema = schema, .u.sample = {.fraction = 0.25, .seed = 42}};
    int64_t       sum = 0;

    got = ops_run(s->rig, id, schema, &op, 1);
    op.u.sample.fraction = 1;
    all = ops_run(s->rig, id, schema, &op, 1);
    op.u.sample.fraction = 0;
    none = ops_run(s->rig, id, schema, &op, 1);
    assert_int_equal(all.n, s->rows);
    assert_int_equal(none.n, 0);
    for (int64_t i = 0; i < got.n; i++) sum ^= ops_at(&got, i, 0)->u.i * (i + 1);
    if (s->rows == 9000) {
        static int64_t first; /* the same rows whatever the threads, batches and blocks */

        assert_true(got.n > 2000 && got.n < 2500);
        if (first == 0) first = sum;
        assert_true(sum == first);
    }
}

static void a_sample_depends_on_seed_and_rows_alone(void **state)
{
    with_shapes(state, check_sample);
}

static brasa_value list_of(brasa_arena *arena, brasa_type t, unit_random *rnd, bool null)
{
    brasa_value  v = {.type = t, .null = null};
    int32_t      n = (int32_t)unit_between(rnd, 0, 4);
    brasa_value *items = BRASA_NEWS(arena, brasa_value, n);

    for (int32_t i = 0; i < n; i++) {
        items[i] = (brasa_value) {.type = t.fields[0].type, .null = unit_chance(rnd, 0.2)};
        items[i].u.s.p = brasa__arena_printf(arena, "item %lld of a list", (long long)unit_between(rnd, 0, 99));
        items[i].u.s.n = strlen(items[i].u.s.p);
    }
    v.u.list.items = items;
    v.u.list.n = n;
    return v;
}

static void check_explode(const shape *s)
{
    brasa_arena *arena = s->rig->arena;
    brasa_schema schema = ops_schema(arena, "a BIGINT, l ARRAY<STRING>");
    ops_rows     in = ops_random(arena, schema, s->rows, 0.1, 0, s->seed);
    unit_random  rnd = {.state = s->seed};
    int32_t      id;

    for (int64_t i = 0; i < in.n; i++) in.values[i * 2 + 1] = list_of(arena, schema.cols[1].type, &rnd, unit_chance(&rnd, 0.1));
    id = ops_put(s->rig, &in, s->nparts, s->block_rows);
    for (int form = 0; form < 4; form++) {
        bool         outer = form & 1, position = form & 2;
        brasa_schema out =
            ops_schema(arena, position ? "a BIGINT, l ARRAY<STRING>, pos INT, col STRING" : "a BIGINT, l ARRAY<STRING>, col STRING");
        brasa_op_desc op = {.kind = BRASA_OP_EXPLODE,
                            .schema = out,
                            .u.explode = {.list = ops_ref(arena, schema, 1), .outer = outer, .position = position}};
        ops_rows      want = ops_rows_new(arena, out, in.n * 5), got;

        want.n = 0;
        for (int64_t i = 0; i < in.n; i++) {
            const brasa_value *l = ops_at(&in, i, 1);
            int32_t            n = l->null ? 0 : l->u.list.n;

            for (int32_t k = 0; k < n || (k == 0 && outer); k++) {
                brasa_value *row = &want.values[want.n++ * out.ncols];

                row[0] = *ops_at(&in, i, 0);
                row[1] = *l;
                if (n == 0) continue;
                if (position) row[2] = (brasa_value) {.type = out.cols[2].type, .u.i = k};
                row[out.ncols - 1] = l->u.list.items[k];
            }
        }
        got = ops_run(s->rig, id, schema, &op, 1);
        ops_assert_equal(&got, &want);
    }
}

static void explode_gives_a_row_for_each_element(void **state)
{
    with_shapes(state, check_explode);
}

static int32_t first_bigint(brasa_schema s)
{
    for (int32_t i = 0; i < s.ncols; i++) {
        if (s.cols[i].type.kind == BRASA_KIND_INT64) return i;
    }
    return -1;
}

/* FILTER and PROJECT of columns of every type and encoding: what few batches leave is gathered, what many leave passes. */
static void check_encodings(const shape *s)
{
    brasa_arena       *arena = s->rig->arena;
    brasa_schema       schema = data_schema(arena);
    int32_t            key = first_bigint(schema), id;
    ops_rows           in, want, got;
    bool              *which = BRASA_NEWS(arena, bool, s->rows);
    brasa_op_desc      ops[2] = {{.kind = BRASA_OP_FILTER, .schema = schema}, {.kind = BRASA_OP_PROJECT, .schema = schema}};
    const brasa_expr **refs = BRASA_NEWS(arena, const brasa_expr *, schema.ncols);

    if (s->rows > 2049) return;
    id = ops_put_random(s->rig, schema, s->rows, s->nparts, (data_options) {.nulls = 0.2, .few = s->seed % 2 == 0}, s->seed, &in);
    for (int32_t i = 0; i < schema.ncols; i++) refs[i] = ops_ref(arena, schema, i);
    ops[1].u.project.exprs = refs;
    for (int form = 0; form < 3; form++) {
        int64_t limit = form == 0 ? INT64_MIN / 8 * 7 : form == 1 ? 0 : INT64_MAX;

        ops[0].u.filter.test = ops_call(arena, schema, "<", ops_ref(arena, schema, key), ops_i64(arena, limit));
        for (int64_t i = 0; i < in.n; i++) which[i] = !ops_at(&in, i, key)->null && ops_at(&in, i, key)->u.i < limit;
        want = keep(arena, &in, which);
        for (int32_t nops = 1; nops <= 2; nops++) {
            got = ops_run(s->rig, id, schema, ops, nops);
            ops_assert_equal(&got, &want);
        }
    }
}

static void every_type_and_encoding_passes_filters(void **state)
{
    with_shapes(state, check_encodings);
}

static void an_error_names_operator_and_partition(void **state)
{
    ops_rig      *r = ops_open(((unit_state *)*state)->arena, 2, 64);
    brasa_schema  schema = ops_schema(r->arena, "a BIGINT, b BIGINT"), out_schema = ops_schema(r->arena, "q BIGINT");
    ops_rows      in = ops_random(r->arena, schema, 1000, 0, 0, 1), out;
    brasa_op_desc op = {.kind = BRASA_OP_PROJECT, .schema = out_schema};
    brasa_error   err;
    int32_t       id;

    in.values[700 * 2 + 1].u.i = 0;
    id = ops_put(r, &in, 10, 0);
    op.u.project.exprs =
        ops_exprs(r->arena, 1, ops_call(r->arena, schema, "%", ops_ref(r->arena, schema, 0), ops_ref(r->arena, schema, 1)));
    assert_status(ops_try(r, id, schema, &op, 1, &out, &err), BRASA_ARITHMETIC, err);
    assert_string_equal(err.node, "project");
    assert_int_equal(err.partition, 7);
    assert_int_equal(err.rank, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(filter_keeps_rows_for_which_the_test_is_true),  unit_case(project_computes_what_a_filter_leaves),
        unit_case(project_of_columns_only_reorders_and_repeats),  unit_case(limit_takes_the_first_rows_of_each_partition),
        unit_case(a_total_limit_does_not_begin_later_partitions), unit_case(a_sample_depends_on_seed_and_rows_alone),
        unit_case(explode_gives_a_row_for_each_element),          unit_case(every_type_and_encoding_passes_filters),
        unit_case(an_error_names_operator_and_partition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
