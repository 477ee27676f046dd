/* Hash joins against nested loops. */
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/fault.h"
#include "data/value.h"
#include "support/ops.h"
#include "support/unit.h"

enum { STREAM_COLS = 4, BUILD_COLS = 4, NUMBER = 0, TEXT = 1, LESS = 2 };

static const char *const stream_text = "a BIGINT, s STRING, x DOUBLE, m DECIMAL(30,4)";
static const char *const build_text = "b BIGINT, t STRING, y DOUBLE, f BOOLEAN";
static const char *const out_text = "a BIGINT, s STRING, x DOUBLE, m DECIMAL(30,4), b BIGINT, t STRING, y DOUBLE, f BOOLEAN";
static const char *const swapped_text = "b BIGINT, t STRING, y DOUBLE, f BOOLEAN, a BIGINT, s STRING, x DOUBLE, m DECIMAL(30,4)";
static const char *const mark_text = "a BIGINT, s STRING, x DOUBLE, m DECIMAL(30,4), mark BOOLEAN";

typedef struct shape {
    brasa_join_type type;
    int32_t         nkeys;
    bool            residual, null_equal, null_aware, swapped, keep_build;
} shape;

static bool pairs_out(const shape *s)
{
    return s->type != BRASA_JOIN_SEMI && s->type != BRASA_JOIN_ANTI && s->type != BRASA_JOIN_MARK;
}

/* ---- expected ---- */

static bool matches(const shape *s, const ops_rows *l, int64_t i, const ops_rows *r, int64_t j)
{
    for (int32_t k = 0; k < s->nkeys; k++) {
        const brasa_value *x = ops_at(l, i, k), *y = ops_at(r, j, k);

        if (x->null || y->null) {
            if (!s->null_equal || !x->null || !y->null) return false;
        } else if (brasa__value_compare(x, y) != 0) {
            return false;
        }
    }
    if (!s->residual) return true;
    const brasa_value *x = ops_at(l, i, LESS), *y = ops_at(r, j, LESS);
    return !x->null && !y->null && brasa__value_compare(x, y) < 0;
}

static void put_pair(const shape *s, ops_rows *out, const ops_rows *l, int64_t i, const ops_rows *r, int64_t j)
{
    brasa_value *v = &out->values[out->n++ * out->schema.ncols];

    if (i >= 0) memcpy(v + (s->swapped ? BUILD_COLS : 0), ops_at(l, i, 0), sizeof *v * STREAM_COLS);
    if (j >= 0) memcpy(v + (s->swapped ? 0 : STREAM_COLS), ops_at(r, j, 0), sizeof *v * BUILD_COLS);
}

/* 1 there is a match, 0 none, -1 unknown. */
static int truth(const shape *s, bool matched, const ops_rows *l, int64_t i, const ops_rows *r)
{
    bool null = ops_at(l, i, 0)->null;

    if (matched) return 1;
    if (!s->null_aware || r->n == 0) return 0;
    for (int64_t j = 0; j < r->n; j++) null = null || ops_at(r, j, 0)->null;
    return null ? -1 : 0;
}

static void put_stream(const shape *s, ops_rows *out, const ops_rows *l, int64_t i, int t)
{
    brasa_value *v = &out->values[out->n * out->schema.ncols];

    if ((s->type == BRASA_JOIN_SEMI && t != 1) || (s->type == BRASA_JOIN_ANTI && t != 0)) return;
    memcpy(v, ops_at(l, i, 0), sizeof *v * STREAM_COLS);
    if (s->type == BRASA_JOIN_MARK) v[STREAM_COLS] = (brasa_value) {.type = {.kind = BRASA_KIND_BOOL}, .null = t < 0, .u.b = t == 1};
    out->n++;
}

static ops_rows expect(brasa_arena *arena, const shape *s, brasa_schema schema, const ops_rows *l, const ops_rows *r)
{
    ops_rows out = ops_rows_new(arena, schema, (l->n + 1) * (r->n + 1));
    bool    *matched = BRASA_NEWS(arena, bool, r->n + 1);

    out.n = 0;
    for (int64_t i = 0; i < l->n; i++) {
        bool any = false;

        for (int64_t j = 0; j < r->n; j++) {
            if (!matches(s, l, i, r, j)) continue;
            any = matched[j] = true;
            if (pairs_out(s)) put_pair(s, &out, l, i, r, j);
        }
        bool left = s->type == BRASA_JOIN_LEFT || s->type == BRASA_JOIN_FULL || s->type == BRASA_JOIN_SINGLE;
        if (left && !any) put_pair(s, &out, l, i, r, -1);
        if (!pairs_out(s) && !s->keep_build) put_stream(s, &out, l, i, truth(s, any, l, i, r));
    }
    for (int64_t j = 0; j < r->n; j++) {
        if ((s->type == BRASA_JOIN_RIGHT || s->type == BRASA_JOIN_FULL) && !matched[j]) put_pair(s, &out, l, -1, r, j);
        if (s->keep_build && matched[j] == (s->type == BRASA_JOIN_SEMI))
            memcpy(&out.values[out.n++ * schema.ncols], ops_at(r, j, 0), sizeof(brasa_value) * BUILD_COLS);
    }
    return out;
}

/* ---- running ---- */

static brasa_op_desc describe(brasa_arena *arena, const shape *s, int32_t build)
{
    brasa_schema  stream = ops_schema(arena, stream_text), right = ops_schema(arena, build_text);
    brasa_schema  pairs = ops_schema(arena, s->swapped ? swapped_text : out_text);
    int32_t       first = s->swapped ? BUILD_COLS : 0, second = s->swapped ? 0 : STREAM_COLS;
    bool         *null_equal = BRASA_NEWS(arena, bool, 2);
    brasa_op_desc op = {.kind = BRASA_OP_PROBE, .schema = pairs};

    if (!pairs_out(s)) op.schema = s->keep_build ? right : s->type == BRASA_JOIN_MARK ? ops_schema(arena, mark_text) : stream;
    null_equal[0] = null_equal[1] = s->null_equal;
    op.u.probe.type = s->type;
    op.u.probe.keep_build = s->keep_build;
    op.u.probe.swapped = s->swapped;
    op.u.probe.null_aware = s->null_aware;
    op.u.probe.build = build;
    op.u.probe.build_schema = right;
    op.u.probe.nkeys = s->nkeys;
    op.u.probe.probe_keys = ops_exprs(arena, 2, ops_ref(arena, stream, NUMBER), ops_ref(arena, stream, TEXT));
    op.u.probe.build_keys = ops_exprs(arena, 2, ops_ref(arena, right, NUMBER), ops_ref(arena, right, TEXT));
    op.u.probe.null_equal = null_equal;
    if (s->residual)
        op.u.probe.residual = ops_call(arena, pairs, "<", ops_ref(arena, pairs, first + LESS), ops_ref(arena, pairs, second + LESS));
    return op;
}

static void check(ops_rig *rig, const shape *s, int64_t left, int64_t right, uint64_t seed)
{
    brasa_arena  *arena = rig->arena;
    double        nulls = seed % 4 == 0 ? 0 : 0.1;
    int64_t       distinct = s->nkeys == 2 ? 6 : 40;
    ops_rows      l = ops_random(arena, ops_schema(arena, stream_text), left, nulls, distinct, seed);
    ops_rows      r = ops_random(arena, ops_schema(arena, build_text), right, nulls, distinct, seed + 1000), want, got;
    int32_t       stream = ops_put(rig, &l, 1 + (int32_t)(seed % 4), seed % 2 == 0 ? 64 : 0);
    brasa_op_desc op = describe(arena, s, ops_put(rig, &r, 1 + (int32_t)(seed % 3), seed % 3 == 0 ? 64 : 0));

    want = expect(arena, s, op.schema, &l, &r);
    got = ops_run(rig, stream, l.schema, &op, 1);
    ops_assert_same(&got, &want);
}

static void sizes(void **state, const shape *s, uint64_t seed)
{
    static const int64_t left[] = {0, 1, 40, 130, 200, 3}, right[] = {5, 0, 1, 65, 150, 200};

    for (size_t n = 0; n < 6; n++) {
        brasa_arena *arena = brasa__arena_new(((unit_state *)*state)->arena, "case");
        ops_rig     *rig = ops_open(arena, 1 + (int32_t)(n % 2), n % 3 == 0 ? 64 : n % 3 == 1 ? 192 : 2048);

        check(rig, s, left[n], right[n], seed * 6 + n);
        brasa__arena_free(arena);
    }
}

/* All options of a type that make sense. */
static void every_shape(void **state, brasa_join_type type)
{
    bool existence = type == BRASA_JOIN_SEMI || type == BRASA_JOIN_ANTI || type == BRASA_JOIN_MARK;

    for (uint32_t bits = 0; bits < 32; bits++) {
        for (int32_t nkeys = 0; nkeys < 3; nkeys++) {
            shape s = {.type = type,
                       .nkeys = nkeys,
                       .residual = bits & 1,
                       .null_equal = bits & 2,
                       .swapped = bits & 4,
                       .null_aware = bits & 8,
                       .keep_build = bits & 16};

            if (nkeys == 0 && s.null_equal) continue;
            if (s.swapped && existence && !s.residual) continue;
            if (s.null_aware && (nkeys != 1 || s.null_equal || s.residual || s.keep_build || type == BRASA_JOIN_SEMI || !existence))
                continue;
            if (s.keep_build && (!existence || type == BRASA_JOIN_MARK)) continue;
            sizes(state, &s, bits * 3 + (uint32_t)nkeys);
        }
    }
}

static void inner_joins(void **state)
{
    every_shape(state, BRASA_JOIN_INNER);
}

static void left_joins(void **state)
{
    every_shape(state, BRASA_JOIN_LEFT);
}

static void right_joins(void **state)
{
    every_shape(state, BRASA_JOIN_RIGHT);
}

static void full_joins(void **state)
{
    every_shape(state, BRASA_JOIN_FULL);
}

static void semi_joins(void **state)
{
    every_shape(state, BRASA_JOIN_SEMI);
}

static void anti_joins(void **state)
{
    every_shape(state, BRASA_JOIN_ANTI);
}

static void mark_joins(void **state)
{
    every_shape(state, BRASA_JOIN_MARK);
}

static void cross_joins(void **state)
{
    shape s = {.type = BRASA_JOIN_CROSS};

    sizes(state, &s, 1);
    s.swapped = true;
    sizes(state, &s, 2);
}

/* SINGLE: as LEFT while keys are unique, else an error. */
static void single_joins(void **state)
{
    brasa_arena  *arena = ((unit_state *)*state)->arena;
    ops_rig      *rig = ops_open(arena, 2, 64);
    shape         s = {.type = BRASA_JOIN_SINGLE, .nkeys = 1};
    ops_rows      l = ops_random(arena, ops_schema(arena, stream_text), 300, 0.1, 60, 7);
    ops_rows      r = ops_random(arena, ops_schema(arena, build_text), 50, 0, 0, 8), want, got;
    int32_t       stream = ops_put(rig, &l, 3, 0);
    brasa_op_desc op;
    brasa_error   err;

    for (int64_t j = 0; j < r.n; j++) r.values[j * BUILD_COLS].u.i = j - 25;
    op = describe(arena, &s, ops_put(rig, &r, 2, 0));
    want = expect(arena, &s, op.schema, &l, &r);
    got = ops_run(rig, stream, l.schema, &op, 1);
    ops_assert_same(&got, &want);
    r.values[7 * BUILD_COLS].u.i = r.values[8 * BUILD_COLS].u.i;
    op = describe(arena, &s, ops_put(rig, &r, 2, 0));
    assert_status(ops_try(rig, stream, l.schema, &op, 1, &got, &err), BRASA_DATA, err);
    assert_text_has(err.text, "more than one row");
}

/* Enough rows that the table is cut into partitions and made by several tasks; every key twice. */
static void large_tables(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    int64_t      n = 40000;
    ops_rows     l = ops_rows_new(arena, ops_schema(arena, stream_text), n), r = ops_rows_new(arena, ops_schema(arena, build_text), n);

    for (int64_t i = 0; i < n; i++) {
        l.values[i * STREAM_COLS] = (brasa_value) {.type = l.schema.cols[0].type, .u.i = i};
        r.values[i * BUILD_COLS] = (brasa_value) {.type = r.schema.cols[0].type, .u.i = i / 2 * 3};
        r.values[i * BUILD_COLS + 2] = (brasa_value) {.type = r.schema.cols[2].type, .u.f = (double)i};
    }
    for (int32_t threads = 1; threads <= 2; threads++) {
        ops_rig      *rig = ops_open(arena, threads, 2048);
        shape         s = {.type = BRASA_JOIN_INNER, .nkeys = 1};
        int32_t       stream = ops_put(rig, &l, 5, 0);
        brasa_op_desc op = describe(arena, &s, ops_put(rig, &r, 4, 1024));
        ops_rows      got = ops_run(rig, stream, l.schema, &op, 1);
        int64_t       want = 0;
        double        sum = 0;

        for (int64_t i = 0; i < n; i += 3) want += i / 3 < n / 2 ? 2 : 0;
        assert_int_equal(got.n, want);
        for (int64_t i = 0; i < got.n; i++) {
            int64_t a = ops_at(&got, i, 0)->u.i;

            assert_int_equal(a, ops_at(&got, i, 4)->u.i);
            assert_int_equal(a / 3, (int64_t)ops_at(&got, i, 6)->u.f / 2);
            sum += ops_at(&got, i, 6)->u.f;
        }
        assert_true(sum == (double)want * (double)(want - 1) / 2);
    }
}

/* Lists, structs and vectors as keys and as columns of both sides. */
static void nested_columns(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    brasa_schema left = ops_schema(arena, "k ARRAY<INT>, s STRUCT<x: DOUBLE, y: STRING>");
    brasa_schema right = ops_schema(arena, "q ARRAY<INT>, v VECTOR(3), t ARRAY<STRUCT<z: STRING>>");
    brasa_schema out =
        ops_schema(arena, "k ARRAY<INT>, s STRUCT<x: DOUBLE, y: STRING>, q ARRAY<INT>, v VECTOR(3), t ARRAY<STRUCT<z: STRING>>");
    data_options    o = {.nulls = 0.1, .few = true};
    brasa_join_type types[] = {BRASA_JOIN_INNER, BRASA_JOIN_FULL};

    for (int32_t i = 0; i < 2; i++) {
        for (uint64_t seed = 0; seed < 4; seed++) {
            ops_rig *rig = ops_open(arena, 2, 64);
            ops_rows l, r, got, want = ops_rows_new(arena, out, 50000);
            int32_t  stream = ops_put_random(rig, left, 120, 3, o, seed, &l), build = ops_put_random(rig, right, 90, 2, o, seed + 50, &r);
            bool    *matched = BRASA_NEWS(arena, bool, r.n);
            brasa_op_desc op = {.kind = BRASA_OP_PROBE, .schema = out};

            want.n = 0;
            for (int64_t x = 0; x < l.n; x++) {
                bool any = false;

                for (int64_t y = 0; y < r.n; y++) {
                    if (ops_at(&l, x, 0)->null || ops_at(&r, y, 0)->null) continue;
                    if (brasa__value_compare(ops_at(&l, x, 0), ops_at(&r, y, 0)) != 0) continue;
                    any = matched[y] = true;
                    memcpy(&want.values[want.n * 5], ops_at(&l, x, 0), sizeof(brasa_value) * 2);
                    memcpy(&want.values[want.n++ * 5 + 2], ops_at(&r, y, 0), sizeof(brasa_value) * 3);
                }
                if (!any && i == 1) memcpy(&want.values[want.n++ * 5], ops_at(&l, x, 0), sizeof(brasa_value) * 2);
            }
            for (int64_t y = 0; y < r.n && i == 1; y++) {
                if (!matched[y]) memcpy(&want.values[want.n++ * 5 + 2], ops_at(&r, y, 0), sizeof(brasa_value) * 3);
            }
            op.u.probe.type = types[i];
            op.u.probe.build = build;
            op.u.probe.build_schema = right;
            op.u.probe.nkeys = 1;
            op.u.probe.probe_keys = ops_exprs(arena, 1, ops_ref(arena, left, 0));
            op.u.probe.build_keys = ops_exprs(arena, 1, ops_ref(arena, right, 0));
            got = ops_run(rig, stream, left, &op, 1);
            ops_assert_same(&got, &want);
        }
    }
}

#ifdef BRASA_FAULTS
static void any_allocation_may_fail(void **state)
{
    brasa_arena  *arena = ((unit_state *)*state)->arena;
    ops_rig      *rig = ops_open(arena, 1, 64);
    shape         s = {.type = BRASA_JOIN_FULL, .nkeys = 2, .residual = true};
    ops_rows      l = ops_random(arena, ops_schema(arena, stream_text), 300, 0.1, 8, 1);
    ops_rows      r = ops_random(arena, ops_schema(arena, build_text), 200, 0.1, 8, 2);
    int32_t       stream = ops_put(rig, &l, 1, 0);
    brasa_op_desc op = describe(arena, &s, ops_put(rig, &r, 1, 64));

    ops_fail_allocations(rig, stream, l.schema, &op, 1000);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(inner_joins),
        unit_case(left_joins),
        unit_case(right_joins),
        unit_case(full_joins),
        unit_case(semi_joins),
        unit_case(anti_joins),
        unit_case(mark_joins),
        unit_case(cross_joins),
        unit_case(single_joins),
        unit_case(large_tables),
        unit_case(nested_columns),
#ifdef BRASA_FAULTS
        unit_case(any_allocation_may_fail),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
