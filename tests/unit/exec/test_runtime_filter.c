/* Runtime filters: no row with a partner is lost, most without one go. */
#include "data/value.h"
#include "support/ops.h"
#include "support/unit.h"

static bool has_key(const ops_rows *build, const brasa_value *key)
{
    for (int64_t i = 0; i < build->n; i++) {
        const brasa_value *v = ops_at(build, i, 0);

        if (!v->null && !key->null && brasa__value_compare(v, key) == 0) return true;
    }
    return false;
}

static ops_rows run_filter(ops_rig *rig, const ops_rows *stream, const ops_rows *build, int32_t block_rows)
{
    brasa_op_desc op = {.kind = BRASA_OP_RUNTIME, .node = -1, .schema = stream->schema};

    op.u.runtime.build = ops_put(rig, build, 3, block_rows);
    op.u.runtime.build_col = 0;
    op.u.runtime.col = 0;
    return ops_run(rig, ops_put(rig, stream, 2, block_rows), stream->schema, &op, 1);
}

/* Rows of `stream` with a partner, and how many of `got` have none. */
static int64_t check_rows(const ops_rows *got, const ops_rows *stream, const ops_rows *build)
{
    int64_t want = 0, partners = 0;

    for (int64_t i = 0; i < stream->n; i++) want += has_key(build, ops_at(stream, i, 0));
    for (int64_t i = 0; i < got->n; i++) {
        assert_false(ops_at(got, i, 0)->null);
        partners += has_key(build, ops_at(got, i, 0));
    }
    assert_int_equal(partners, want);
    return got->n - partners;
}

static void keys_with_partners_pass(void **state)
{
    static const char *const schemas[] = {"k BIGINT, v INT",        "k INT, v INT",           "k SMALLINT, v INT", "k TINYINT, v INT",
                                          "k BOOLEAN, v INT",       "k DATE, v INT",          "k STRING, v INT",   "k DOUBLE, v INT",
                                          "k DECIMAL(12,2), v INT", "k DECIMAL(30,4), v INT", "k FLOAT, v INT",    "k TIMESTAMP, v INT"};
    static const int64_t     builds[] = {0, 1, 70, 300};

    for (size_t s = 0; s < sizeof schemas / sizeof *schemas; s++) {
        for (size_t b = 0; b < 4; b++) {
            brasa_arena *arena = brasa__arena_new(((unit_state *)*state)->arena, "case");
            ops_rig     *rig = ops_open(arena, 1 + (int32_t)(b % 2), b % 2 == 0 ? 64 : 2048);
            brasa_schema schema = ops_schema(arena, schemas[s]);
            ops_rows     stream = ops_random(arena, schema, 500, s % 2 == 0 ? 0.1 : 0, 400, s * 10 + b);
            ops_rows     build = ops_random(arena, schema, builds[b], b % 2 == 0 ? 0.1 : 0, 400, s * 10 + b);
            ops_rows     got = run_filter(rig, &stream, &build, 64);

            check_rows(&got, &stream, &build);
            if (builds[b] == 0) assert_int_equal(got.n, 0);
            brasa__arena_free(arena);
        }
    }
}

static ops_rows numbers_of(brasa_arena *arena, const char *schema, int64_t n, int64_t first, int64_t step)
{
    ops_rows r = ops_rows_new(arena, ops_schema(arena, schema), n);

    for (int64_t i = 0; i < n; i++)
        r.values[i] = (brasa_value) {.type = r.schema.cols[0].type, .u.i = (int64_t)((uint64_t)first + (uint64_t)i * (uint64_t)step)};
    return r;
}

static ops_rows numbers(brasa_arena *arena, int64_t n, int64_t first, int64_t step)
{
    return numbers_of(arena, "k BIGINT", n, first, step);
}

/* Bits and a Bloom filter; keys that the narrower type cannot have are there, too. */
static void whole_numbers_of_all_widths_meet(void **state)
{
    static const char *const schemas[] = {"k BIGINT", "k INT", "k SMALLINT", "k TINYINT"};
    static const int64_t     steps[] = {1, INT64_MAX / 200};

    for (int32_t i = 0; i < 4 * 4 * 2; i++) {
        brasa_arena *arena = brasa__arena_new(((unit_state *)*state)->arena, "case");
        ops_rig     *rig = ops_open(arena, 2, 64);
        ops_rows     stream = numbers_of(arena, schemas[i % 4], 200, -100, 1);
        ops_rows     build = numbers_of(arena, schemas[i / 4 % 4], 90, -60, i / 4 % 4 == 0 ? steps[i / 16] : 1);
        ops_rows     got = run_filter(rig, &stream, &build, 0);

        assert_true(check_rows(&got, &stream, &build) <= (i / 4 % 4 == 0 ? 20 : 0));
        brasa__arena_free(arena);
    }
}

static void bits_of_a_narrow_range_are_exact(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    ops_rig     *rig = ops_open(arena, 2, 2048);
    ops_rows     stream = numbers(arena, 4000, -2000, 1), build = numbers(arena, 100, -300, 7);
    ops_rows     got = run_filter(rig, &stream, &build, 0);

    assert_int_equal(check_rows(&got, &stream, &build), 0);
    assert_int_equal(got.n, 100);
}

static void a_wide_range_passes_few_strangers(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    ops_rig     *rig = ops_open(arena, 2, 2048);
    ops_rows     stream = numbers(arena, 3000, INT64_MIN, INT64_MAX / 2000), build = numbers(arena, 60, INT64_MIN, INT64_MAX / 2000 * 40);
    ops_rows     got = run_filter(rig, &stream, &build, 0);

    assert_true(check_rows(&got, &stream, &build) < 300);
    assert_true(got.n >= 60);
}

static void the_ends_of_the_range_pass(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    ops_rig     *rig = ops_open(arena, 1, 64);
    ops_rows     stream = numbers(arena, 3, 0, 0), build = numbers(arena, 2, 0, 0);

    stream.values[0].u.i = INT64_MIN;
    stream.values[2].u.i = INT64_MAX;
    build.values[0].u.i = INT64_MAX;
    build.values[1].u.i = INT64_MIN;
    ops_rows got = run_filter(rig, &stream, &build, 0);
    assert_true(check_rows(&got, &stream, &build) <= 1);
    assert_true(got.n >= 2);
}

/* A thread gives up when rows pass all the same; what it passes stays right. */
static void rows_that_all_pass_are_not_asked_for_ever(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    ops_rig     *rig = ops_open(arena, 1, 64);
    ops_rows     stream = numbers(arena, 64 * 40, 0, 1), build = numbers(arena, 64 * 40, 0, 1);

    for (int64_t i = 0; i < 5; i++) build.values[i * 7].null = true;
    ops_rows got = run_filter(rig, &stream, &build, 0);
    check_rows(&got, &stream, &build);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(keys_with_partners_pass),          unit_case(whole_numbers_of_all_widths_meet),
        unit_case(bits_of_a_narrow_range_are_exact), unit_case(a_wide_range_passes_few_strangers),
        unit_case(the_ends_of_the_range_pass),       unit_case(rows_that_all_pass_are_not_asked_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
