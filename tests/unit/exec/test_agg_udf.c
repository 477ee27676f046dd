/* Aggregates of the user's, over threads and in two steps. */
#include <string.h>

#include "brasa/udf.h"
#include "data/string.h"
#include "data/value.h"
#include "expr/agg_state.h"
#include "support/agg_cases.h"
#include "support/ops.h"
#include "support/unit.h"

/* sum of squares, and how often it was asked */
typedef struct squares {
    int64_t sum, n;
} squares;

static int squares_update(void *state, const brasa_value *args, int32_t nargs, brasa_udf_call *call)
{
    squares *s = state;

    (void)nargs;
    if (args[0].u.i == 999) return brasa_udf_error(call, "999 is not to my taste");
    s->sum += args[0].u.i * args[0].u.i;
    s->n++;
    return 0;
}

static int squares_merge(void *state, const void *other)
{
    ((squares *)state)->sum += ((const squares *)other)->sum;
    ((squares *)state)->n += ((const squares *)other)->n;
    return 0;
}

static int squares_finish(const void *state, brasa_value *out, brasa_udf_call *call)
{
    (void)call;
    out->null = ((const squares *)state)->n == 0;
    out->u.i = ((const squares *)state)->sum;
    return 0;
}
BRASA_UDF(squares_of, .args = "BIGINT", .returns = "BIGINT", .state_bytes = sizeof(squares), .update = squares_update,
          .merge = squares_merge, .finish = squares_finish);

static int larger(void *acc, const void *value, brasa_udf_call *call)
{
    (void)call;
    if (*(const int64_t *)value > *(int64_t *)acc) *(int64_t *)acc = *(const int64_t *)value;
    return 0;
}
BRASA_UDF(larger, .combine = larger);

static int longer(void *acc, const void *value, brasa_udf_call *call)
{
    brasa_string       *a = acc;
    const brasa_string *b = value;

    (void)call;
    if (b->len > a->len || (b->len == a->len && memcmp(brasa_string_data(b), brasa_string_data(a), a->len) < 0)) *a = *b;
    return 0;
}
BRASA_UDF(longer, .combine = longer, .args = "STRING", .returns = "STRING");

static void fill(ops_rows *want, const ops_rows *in)
{
    int32_t ncols = want->schema.ncols;

    want->n = 0;
    for (int64_t i = 0; i < in->n; i++) {
        brasa_value *v = NULL;

        for (int64_t g = 0; g < want->n && v == NULL; g++) {
            if (brasa__value_compare(ops_at(want, g, 0), ops_at(in, i, 0)) == 0) v = &want->values[g * ncols];
        }
        if (v == NULL) {
            v = &want->values[want->n++ * ncols];
            v[0] = *ops_at(in, i, 0);
        }
        const brasa_value *l = ops_at(in, i, 1), *s = ops_at(in, i, 2);

        if (!l->null) {
            v[1].u.i = (v[1].null ? 0 : v[1].u.i) + l->u.i * l->u.i;
            v[2].u.i = v[2].null || l->u.i > v[2].u.i ? l->u.i : v[2].u.i;
            v[1].null = v[2].null = false;
        }
        if (!s->null && (v[3].null || s->u.s.n > v[3].u.s.n || (s->u.s.n == v[3].u.s.n && brasa__value_compare(s, &v[3]) < 0))) v[3] = *s;
    }
}

static brasa_op_desc describe(brasa_arena *arena, brasa_schema schema, brasa_schema out, brasa_agg_mode mode)
{
    static const agg_case cases[] = {{.name = "squares_of", .args = "l"}, {.name = "larger", .args = "l"}, {.name = "longer", .args = "s"}};
    brasa_op_desc         op = {.kind = BRASA_OP_AGGREGATE, .schema = out};

    op.u.aggregate.mode = mode;
    op.u.aggregate.nkeys = 1;
    op.u.aggregate.keys = ops_exprs(arena, 1, ops_ref(arena, schema, 0));
    op.u.aggregate.naggs = 3;
    op.u.aggregate.aggs = ops_exprs(arena, 3, agg_bind(arena, schema, &cases[0], NULL), agg_bind(arena, schema, &cases[1], NULL),
                                    agg_bind(arena, schema, &cases[2], NULL));
    op.u.aggregate.in_schema = schema;
    return op;
}

static void users_aggregates(void **state)
{
    static const int64_t sizes[] = {0, 1, 64, 700};
    brasa_arena         *arena = ((unit_state *)*state)->arena;
    brasa_schema         schema = ops_schema(arena, "k INT, l BIGINT, s STRING");
    brasa_schema         out = ops_schema(arena, "k INT, q BIGINT, m BIGINT, t STRING");
    brasa_schema         states = ops_schema(arena, "k INT, q BINARY, m BINARY, t BINARY");

    for (size_t n = 0; n < 4; n++) {
        ops_rig      *rig = ops_open(arena, 1 + (int32_t)(n % 2), 64);
        ops_rows      in = ops_random(arena, schema, sizes[n], 0.2, 9, n), want = ops_rows_new(arena, out, 20), got;
        int32_t       source = ops_put(rig, &in, 4, 0);
        brasa_op_desc op = describe(arena, schema, out, BRASA_AGG_COMPLETE);

        fill(&want, &in);
        got = ops_run(rig, source, schema, &op, 1);
        ops_assert_same(&got, &want);
        op = describe(arena, schema, states, BRASA_AGG_PARTIAL);
        got = ops_run(rig, source, schema, &op, 1);
        op = describe(arena, schema, out, BRASA_AGG_FINAL);
        got = ops_run(rig, ops_put(rig, &got, 1, 0), states, &op, 1);
        ops_assert_same(&got, &want);
        got = (ops_rows) {.n = 0};
        op = describe(arena, schema, out, BRASA_AGG_PARTITION);
        got = ops_run(rig, ops_put(rig, &in, 1, 0), schema, &op, 1);
        ops_assert_same(&got, &want);
    }
}

static void what_the_function_says_is_the_error(void **state)
{
    brasa_arena  *arena = ((unit_state *)*state)->arena;
    brasa_schema  schema = ops_schema(arena, "k INT, l BIGINT, s STRING");
    brasa_schema  out = ops_schema(arena, "k INT, q BIGINT, m BIGINT, t STRING");
    ops_rig      *rig = ops_open(arena, 1, 64);
    ops_rows      in = ops_random(arena, schema, 5, 0, 9, 1), got;
    brasa_op_desc op = describe(arena, schema, out, BRASA_AGG_COMPLETE);
    brasa_error   err;

    in.values[4].u.i = 999;
    assert_status(ops_try(rig, ops_put(rig, &in, 1, 0), schema, &op, 1, &got, &err), BRASA_UDF, err);
    assert_text_has(err.text, "999 is not to my taste");
}

int main(void)
{
    const struct CMUnitTest tests[] = {unit_case(users_aggregates), unit_case(what_the_function_says_is_the_error)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
