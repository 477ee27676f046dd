/* Sources, partitions, stores: what a stage reads and what it leaves. */
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "data/value.h"
#include "support/ops.h"
#include "support/unit.h"

static const int32_t batch_sizes[] = {64, 128, 2048};

static ops_rows range_rows(ops_rig *r, int64_t start, int64_t end, int64_t step, int32_t nparts, brasa_stage_result *result)
{
    brasa_stage stage = {.source = {.kind = BRASA_SOURCE_RANGE,
                                    .schema = ops_schema(r->arena, "id BIGINT"),
                                    .nparts = nparts,
                                    .start = start,
                                    .end = end,
                                    .step = step}};
    ops_rows    out;
    brasa_error err;

    assert_ok(ops_run_stage(r, &stage, &out, result, &err), err);
    return out;
}

static void check_range(ops_rig *r, int64_t start, int64_t end, int64_t step, int32_t nparts)
{
    brasa_stage_result result;
    ops_rows           got = range_rows(r, start, end, step, nparts, &result);
    int64_t            n = 0;

    for (int64_t v = start; step > 0 ? v < end : v > end; v += step, n++) {
        assert_true(n < got.n);
        assert_int_equal(ops_at(&got, n, 0)->u.i, v);
    }
    assert_int_equal(got.n, n);
    assert_int_equal(result.nparts, nparts);
    assert_int_equal(result.tasks, nparts);
}

static void range_gives_every_number_once_and_in_order(void **state)
{
    for (int32_t threads = 1; threads <= 3; threads++) {
        for (size_t b = 0; b < 3; b++) {
            ops_rig *r = ops_open(((unit_state *)*state)->arena, threads, batch_sizes[b]);

            check_range(r, 0, 10000, 1, 7);
            check_range(r, 5, 6, 1, 1);
            check_range(r, 5, 5, 1, 3);
            check_range(r, 10, -4000, -3, 4);
            check_range(r, -100, 4001, 64, 5);
            check_range(r, 10, 0, 1, 2);
        }
    }
}

static void range_near_the_ends_of_bigint_does_not_overflow(void **state)
{
    ops_rig *r = ops_open(((unit_state *)*state)->arena, 2, 2048);
    ops_rows got = range_rows(r, INT64_MIN, INT64_MAX, INT64_MAX / 2, 2, NULL);

    assert_int_equal(got.n, 5);
    assert_true(ops_at(&got, 0, 0)->u.i == INT64_MIN);
}

static void values_come_out_as_they_went_in(void **state)
{
    ops_rig     *r = ops_open(((unit_state *)*state)->arena, 2, 64);
    brasa_schema schema = ops_schema(r->arena, "a BIGINT, s STRING, d DECIMAL(30,2), f DOUBLE, b BOOLEAN, t DATE");

    for (int64_t n = 0; n < 200; n += 33) {
        ops_rows    in = ops_random(r->arena, schema, n, 0.2, 0, 7 + (uint64_t)n), out;
        brasa_stage stage = {
            .source = {.kind = BRASA_SOURCE_VALUES, .schema = schema, .nparts = 1, .nrows = (int32_t)n, .values = in.values}};
        brasa_error err;

        assert_ok(ops_run_stage(r, &stage, &out, NULL, &err), err);
        ops_assert_equal(&out, &in);
    }
}

static void stages_keep_partitions_and_order(void **state)
{
    for (size_t b = 0; b < 3; b++) {
        ops_rig     *r = ops_open(((unit_state *)*state)->arena, 2, batch_sizes[b]);
        brasa_schema schema = ops_schema(r->arena, "a BIGINT, s STRING");
        ops_rows     in = ops_random(r->arena, schema, 5000, 0.1, 0, 3);
        int32_t      id = ops_put(r, &in, 6, 256);
        ops_rows     out = ops_run(r, id, schema, NULL, 0);

        ops_assert_equal(&out, &in);
        for (int64_t i = 0; i < in.n; i++) assert_int_equal(out.partitions[i], in.partitions[i]);
    }
}

static void empty_partitions_are_kept(void **state)
{
    ops_rig           *r = ops_open(((unit_state *)*state)->arena, 2, 64);
    brasa_schema       schema = ops_schema(r->arena, "a BIGINT");
    ops_rows           in = ops_random(r->arena, schema, 2, 0, 0, 3), out;
    int32_t            id = ops_put(r, &in, 5, 0);
    brasa_stage        stage = {.source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 1, .stages = &id}};
    brasa_stage_result result;
    brasa_error        err;

    assert_ok(ops_run_stage(r, &stage, &out, &result, &err), err);
    assert_int_equal(result.nparts, 5);
    assert_int_equal(out.n, 2);
}

static void a_union_is_one_stage_after_the_other(void **state)
{
    ops_rig     *r = ops_open(((unit_state *)*state)->arena, 2, 64);
    brasa_schema schema = ops_schema(r->arena, "a BIGINT, s STRING");
    ops_rows     a = ops_random(r->arena, schema, 700, 0.1, 0, 1), b = ops_random(r->arena, schema, 300, 0.1, 0, 2);
    ops_rows     want = ops_rows_new(r->arena, schema, 2000), out;
    int32_t      ids[3] = {ops_put(r, &a, 3, 64), ops_put(r, &b, 2, 64), 0};
    brasa_stage  stage = {.source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 3, .stages = ids}};
    brasa_error  err;

    ids[2] = ids[0]; /* the same stage twice */
    want.n = 1700;
    memcpy(want.values, a.values, sizeof *a.values * 1400);
    memcpy(want.values + 1400, b.values, sizeof *a.values * 600);
    memcpy(want.values + 2000, a.values, sizeof *a.values * 1400);
    assert_ok(ops_run_stage(r, &stage, &out, NULL, &err), err);
    ops_assert_equal(&out, &want);
}

static void a_union_of_many_branches_has_no_number_twice(void **state)
{
    ops_rig           *r = ops_open(((unit_state *)*state)->arena, 2, 64);
    brasa_schema       schema = ops_schema(r->arena, "a BIGINT");
    ops_rows           a = ops_random(r->arena, schema, 200, 0, 0, 1), out;
    int32_t            id = ops_put(r, &a, 3, 0), ids[30];
    brasa_stage        stage = {.source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 30, .stages = ids}};
    brasa_stage_result result;
    brasa_error        err;

    for (int i = 0; i < 30; i++) ids[i] = id;
    for (int64_t n = 6000; n <= 180000; n *= 30) {
        assert_ok(ops_run_stage(r, &stage, &out, &result, &err), err);
        for (int32_t i = 1; i < result.nparts; i++) assert_true(result.parts[i].partition > result.parts[i - 1].partition);
        assert_int_equal(out.n, n);
        for (int i = 0; i < 30; i++) ids[i] = stage.id;
    }
}

static void caches_outlive_the_job(void **state)
{
    ops_rig           *r = ops_open(((unit_state *)*state)->arena, 2, 64);
    brasa_schema       schema = ops_schema(r->arena, "a BIGINT, s STRING");
    ops_rows           in = ops_random(r->arena, schema, 900, 0.1, 0, 5), out;
    int32_t            id = ops_put(r, &in, 4, 128);
    const int64_t      cache = 77;
    brasa_stage        stage = {.id = 1,
                                .source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 1, .stages = &id},
                                .sink = {.kind = BRASA_SINK_CACHE, .cache = cache},
                                .schema = schema};
    brasa_stage        read = {.source = {.kind = BRASA_SOURCE_CACHE, .schema = schema, .ncaches = 1, .caches = &cache}};
    brasa_stage_result result;
    brasa_error        err;
    int64_t            twelve[12];

    r->stages++;
    assert_ok(brasa__exec_stage(r->exec, &stage, r->arena, &result, &err), err);
    assert_int_equal(result.nparts, 4);
    brasa__exec_drop_job(r->exec);
    for (int i = 0; i < 2; i++) {
        assert_ok(ops_run_stage(r, &read, &out, NULL, &err), err);
        ops_assert_equal(&out, &in);
    }
    for (int i = 0; i < 12; i++) twelve[i] = cache;
    read.source.caches = twelve; /* one after another, in their order */
    read.source.ncaches = 12;
    assert_ok(ops_run_stage(r, &read, &out, NULL, &err), err);
    assert_int_equal(out.n, 12 * in.n);
    for (int i = 0; i < 12; i++) {
        ops_rows one = {.schema = schema, .n = in.n, .values = out.values + i * in.n * schema.ncols};

        ops_assert_equal(&one, &in);
    }
    brasa__exec_drop_cache(r->exec, 77);
    assert_status(ops_run_stage(r, &read, &out, NULL, &err), BRASA_INTERNAL, err);
}

static bool passes(const brasa_value *v, const brasa_scan_test *t)
{
    if (v->null) return t->op == BRASA_SCAN_IS_NULL;
    switch (t->op) {
    case BRASA_SCAN_LT: return v->u.i < t->values[0].u.i;
    case BRASA_SCAN_LE: return v->u.i <= t->values[0].u.i;
    case BRASA_SCAN_GT: return v->u.i > t->values[0].u.i;
    case BRASA_SCAN_GE: return v->u.i >= t->values[0].u.i;
    case BRASA_SCAN_EQ: return v->u.i == t->values[0].u.i;
    case BRASA_SCAN_IN: return v->u.i == t->values[0].u.i || v->u.i == t->values[1].u.i;
    case BRASA_SCAN_IS_NULL: return false;
    case BRASA_SCAN_NOT_NULL: return true;
    }
    return false;
}

enum { RANGE_ROWS = 640, RANGE_BLOCK = 64 };

/* Rows of the ascending blocks of which one may pass. */
static int64_t rows_to_read(const ops_rows *in, const brasa_scan_test *t, int64_t *passing)
{
    int64_t n = 0;

    *passing = 0;
    for (int64_t b = 0; b < RANGE_ROWS; b += RANGE_BLOCK) {
        bool some = t->op == BRASA_SCAN_IS_NULL;

        for (int64_t i = b; i < b + RANGE_BLOCK; i++) {
            some |= passes(ops_at(in, i, 1), t);
            *passing += passes(ops_at(in, i, 1), t);
        }
        n += some ? RANGE_BLOCK : 0;
    }
    return n;
}

/* Column b is 2 * row, with nulls, and nothing but nulls in the last block. */
static void blocks_of_a_cache_that_no_row_passes_are_left_out(void **state)
{
    ops_rig             *r = ops_open(((unit_state *)*state)->arena, 2, 64);
    brasa_schema         schema = ops_schema(r->arena, "a STRING, b BIGINT");
    ops_rows             in = ops_random(r->arena, schema, RANGE_ROWS, 0, 0, 5), out;
    static const int64_t places[] = {-1, 0, 1, 126, 127, 128, 129, 700, 1024, 1150, 5000};
    brasa_error          err;
    int32_t              left_out = 0;
    int64_t              kept = 7;

    for (int64_t i = 0; i < RANGE_ROWS; i++)
        in.values[2 * i + 1] =
            (brasa_value) {.type = schema.cols[1].type, .null = i % 9 == 4 || i >= RANGE_ROWS - RANGE_BLOCK, .u.i = 2 * i};
    int32_t     id = ops_put(r, &in, 1, RANGE_BLOCK);
    brasa_stage keep = {.id = 1,
                        .source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 1, .stages = &id},
                        .sink = {.kind = BRASA_SINK_CACHE, .cache = 7},
                        .schema = schema};
    r->stages++;
    brasa_stage_result result;
    assert_ok(brasa__exec_stage(r->exec, &keep, r->arena, &result, &err), err);
    for (int32_t op = BRASA_SCAN_EQ; op <= BRASA_SCAN_NOT_NULL; op++) {
        for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
            brasa_value     v[2] = {{.type = schema.cols[1].type, .u.i = places[k]}, {.type = schema.cols[1].type, .u.i = 250}};
            brasa_scan_test t = {.col = 1,
                                 .op = (brasa_scan_op)op,
                                 .nvalues = op >= BRASA_SCAN_IS_NULL ? 0
                                            : op == BRASA_SCAN_IN    ? 2
                                                                     : 1,
                                 .values = v};
            brasa_stage     read = {
                    .source = {.kind = BRASA_SOURCE_CACHE, .schema = schema, .ncaches = 1, .caches = &kept, .ntests = 1, .tests = &t}};
            int64_t passing, want = rows_to_read(&in, &t, &passing), got = 0;

            assert_ok(ops_run_stage(r, &read, &out, NULL, &err), err);
            for (int64_t i = 0; i < out.n; i++) got += passes(ops_at(&out, i, 1), &t);
            assert_int_equal(got, passing);
            /* of IN only the two ends of a block are looked at */
            if (op == BRASA_SCAN_EQ || op == BRASA_SCAN_IN)
                assert_true(out.n <= 2 * RANGE_BLOCK);
            else
                assert_int_equal(out.n, want);
            left_out += out.n < RANGE_ROWS;
        }
    }
    assert_true(left_out > 50);
    brasa__exec_drop_cache(r->exec, 7);
}

static void what_nobody_needs_is_dropped(void **state)
{
    ops_rig     *r = ops_open(((unit_state *)*state)->arena, 2, 64);
    brasa_schema schema = ops_schema(r->arena, "a BIGINT, s STRING");
    ops_rows     in = ops_random(r->arena, schema, 900, 0.1, 0, 5), out;
    int32_t      id = ops_put(r, &in, 4, 128);
    brasa_stage  stage = {.source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 1, .stages = &id}, .nfree = 1, .free = &id};
    brasa_error  err;

    assert_ok(ops_run_stage(r, &stage, &out, NULL, &err), err);
    ops_assert_equal(&out, &in);
    assert_null(brasa__exec_partition(r->exec, id, 0));
    assert_status(ops_run_stage(r, &stage, &out, NULL, &err), BRASA_INTERNAL, err);
    assert_text_has(err.text, "stage 0");
}

static void metrics_count_rows_of_every_operator(void **state)
{
    ops_rig      *r = ops_open(((unit_state *)*state)->arena, 2, 64);
    brasa_schema  schema = ops_schema(r->arena, "a BIGINT");
    ops_rows      in = ops_random(r->arena, schema, 1000, 0, 0, 5), out;
    int32_t       id = ops_put(r, &in, 3, 0);
    brasa_op_desc limit = {.kind = BRASA_OP_LIMIT, .node = 9, .schema = schema, .u.limit = {.limit = 10}};
    brasa_stage stage = {.source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 1, .stages = &id}, .nops = 1, .ops = &limit};
    brasa_stage_result result;
    brasa_error        err;

    assert_ok(ops_run_stage(r, &stage, &out, &result, &err), err);
    assert_int_equal(result.nops, 3);
    assert_int_equal(result.ops[0].rows_out, 3 * 64);
    assert_int_equal(result.ops[1].node, 9);
    assert_int_equal(result.ops[1].rows_in, 3 * 64);
    assert_int_equal(result.ops[1].rows_out, 30);
    assert_int_equal(result.ops[2].rows_in, 30);
    assert_int_equal(result.tasks, 3);
    assert_true(result.ns > 0);
}

static void a_told_job_stops(void **state)
{
    ops_rig     *r = ops_open(((unit_state *)*state)->arena, 2, 64);
    brasa_schema schema = ops_schema(r->arena, "id BIGINT");
    brasa_stage  stage = {.source = {.kind = BRASA_SOURCE_RANGE, .schema = schema, .nparts = 4, .end = INT64_MAX, .step = 1}};
    ops_rows     out;
    brasa_error  err;

    brasa__ctx()->cancel = true;
    assert_status(ops_run_stage(r, &stage, &out, NULL, &err), BRASA_CANCELLED, err);
    brasa__ctx()->cancel = false;
    stage.source.end = 100;
    assert_ok(ops_run_stage(r, &stage, &out, NULL, &err), err);
    assert_int_equal(out.n, 100);
}

static void a_budget_that_is_passed_is_one_clear_error(void **state)
{
    ops_rig     *r = ops_open(((unit_state *)*state)->arena, 2, 2048);
    brasa_schema schema = ops_schema(r->arena, "id BIGINT");
    brasa_stage  stage = {.source = {.kind = BRASA_SOURCE_RANGE, .schema = schema, .nparts = 4, .end = 100000000, .step = 1}};
    ops_rows     out;
    brasa_error  err;

    brasa__memory_set_budget(brasa__ctx()->memory, 64 << 20);
    assert_status(ops_run_stage(r, &stage, &out, NULL, &err), BRASA_NO_MEMORY, err);
    assert_text_has(err.text, "--memory");
    stage.source.end = 100;
    assert_ok(ops_run_stage(r, &stage, &out, NULL, &err), err);
    assert_int_equal(out.n, 100);
}

#ifdef BRASA_FAULTS
/* The Nth allocation fails, for every N: one clear error or the right rows, and nothing stays charged. */
static void every_allocation_may_fail(void **state)
{
    ops_rig     *r = ops_open(((unit_state *)*state)->arena, 2, 64);
    brasa_schema schema = ops_schema(r->arena, "a BIGINT, s STRING");
    ops_rows     in = ops_random(r->arena, schema, 300, 0.1, 0, 5);
    int32_t      id = ops_put(r, &in, 3, 64), failures = 0;
    bool         done = false;

    for (int n = 1; !done; n++) {
        static const brasa_sink_kind kinds[] = {BRASA_SINK_LOCAL, BRASA_SINK_CACHE, BRASA_SINK_EXCHANGE};
        brasa_arena                 *arena = brasa__arena_new(NULL, "result");
        brasa_op_desc                limit = {.kind = BRASA_OP_LIMIT, .schema = schema, .u.limit = {.limit = 90}};
        brasa_stage                  stage = {.id = 100,
                                              .source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 1, .stages = &id},
                                              .nops = 1,
                                              .ops = &limit,
                                              .sink = {.kind = kinds[n % 3], .exchange = BRASA_EXCHANGE_GATHER, .nparts = 1},
                                              .schema = schema};
        brasa_stage_result           result;
        brasa_error                  err;
        brasa_status                 status;
        char                         point[32];

        snprintf(point, sizeof point, "alloc:%d", (n + 2) / 3);
        assert_ok(brasa__faults_set(brasa__ctx()->faults, point, &err), err);
        brasa__error_clear(&err);
        status = brasa__exec_stage(r->exec, &stage, arena, &result, &err);
        assert_ok(brasa__faults_set(brasa__ctx()->faults, "", &err), err);
        if (status != BRASA_OK) {
            assert_int_equal(status, BRASA_NO_MEMORY);
            failures++;
        } else {
            assert_int_equal(result.ops[2].rows_in, 270);
            done = n > 1500;
        }
        brasa__exec_drop_stage(r->exec, 100);
        brasa__exec_drop_cache(r->exec, 0);
        brasa__arena_free(arena);
    }
    assert_true(failures > 50);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(range_gives_every_number_once_and_in_order),
        unit_case(range_near_the_ends_of_bigint_does_not_overflow),
        unit_case(values_come_out_as_they_went_in),
        unit_case(stages_keep_partitions_and_order),
        unit_case(empty_partitions_are_kept),
        unit_case(a_union_is_one_stage_after_the_other),
        unit_case(a_union_of_many_branches_has_no_number_twice),
        unit_case(caches_outlive_the_job),
        unit_case(blocks_of_a_cache_that_no_row_passes_are_left_out),
        unit_case(what_nobody_needs_is_dropped),
        unit_case(metrics_count_rows_of_every_operator),
        unit_case(a_told_job_stops),
        unit_case(a_budget_that_is_passed_is_one_clear_error),
#ifdef BRASA_FAULTS
        unit_case(every_allocation_may_fail),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
