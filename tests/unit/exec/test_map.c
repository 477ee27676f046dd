/* User functions over rows: flat_map per batch, map_partitions with a state that ends with the partition. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "brasa/udf.h"
#include "support/ops.h"
#include "support/unit.h"

/* n -> n % 4 rows (n, k). */
static int repeat(brasa_udf_call *call)
{
    const int64_t *n = call->args[0].values;

    for (int32_t i = 0; i < call->rows; i++) {
        if (!brasa_column_is_valid(&call->args[0], i)) continue;
        for (int64_t k = 0; k < (n[i] & 3); k++) {
            brasa_value row[2] = {{.type = {.kind = BRASA_KIND_INT64}, .u.i = n[i]}, {.type = {.kind = BRASA_KIND_INT64}, .u.i = k}};

            if (brasa_udf_emit_row(call, row, 2) != 0) return 1;
        }
    }
    return 0;
}
BRASA_UDF(repeat, .flat_map = repeat, .args = "n BIGINT, s STRING", .returns = "n BIGINT, k INT");

typedef struct totals {
    int64_t rows, sum;
} totals;

/* One row for each partition: rows, sum, the text of both. */
static int total(brasa_udf_call *call, bool at_end, void **local)
{
    totals *t = *local != NULL ? *local : (*local = calloc(1, sizeof *t));
    char    text[64];

    for (int32_t i = 0; i < call->rows; i++) {
        t->rows++;
        if (brasa_column_is_valid(&call->args[0], i)) t->sum += ((const int64_t *)call->args[0].values)[i];
    }
    if (!at_end) return 0;
    snprintf(text, sizeof text, "%lld rows, %lld", (long long)t->rows, (long long)t->sum);
    brasa_value row[3] = {{.type = {.kind = BRASA_KIND_INT64}, .u.i = t->rows},
                          {.type = {.kind = BRASA_KIND_INT64}, .u.i = t->sum},
                          {.type = {.kind = BRASA_KIND_STRING}, .u.s = {text, strlen(text)}}};
    int         rc = brasa_udf_emit_row(call, row, 3);

    free(t);
    return rc;
}
BRASA_UDF(total, .map_partition = total, .returns = "rows BIGINT, sum BIGINT, text STRING");

static int refuse(brasa_udf_call *call)
{
    return call->rows > 0 ? brasa_udf_error(call, "row %d is not to my taste", 3) : 0;
}
BRASA_UDF(refuse, .flat_map = refuse, .returns = "n BIGINT");

static int wrong_type(brasa_udf_call *call)
{
    brasa_value row = {.type = {.kind = BRASA_KIND_STRING}, .u.s = {"x", 1}};

    return call->rows > 0 ? brasa_udf_emit_row(call, &row, 1) : 0;
}
BRASA_UDF(wrong_type, .flat_map = wrong_type, .returns = "n BIGINT");

static const int64_t sizes[] = {0, 1, 64, 65, 5000};

static void flat_map_gives_rows_in_order(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    brasa_schema schema = ops_schema(arena, "n BIGINT, s STRING"), out = ops_schema(arena, "n BIGINT, k INT");

    for (int32_t threads = 1; threads <= 2; threads++) {
        ops_rig *r = ops_open(arena, threads, threads == 1 ? 64 : 2048);

        for (size_t n = 0; n < 5; n++) {
            ops_rows      in, want = ops_rows_new(arena, out, sizes[n] * 3), got;
            int32_t       id = ops_put_random(r, schema, sizes[n], 3, (data_options) {.nulls = 0.1, .few = n == 4}, n, &in);
            brasa_op_desc op = {.kind = BRASA_OP_MAP, .schema = out, .u.map = {.udf = "repeat"}};

            want.n = 0;
            for (int64_t i = 0; i < in.n; i++) {
                const brasa_value *v = ops_at(&in, i, 0);

                for (int64_t k = 0; !v->null && k < (v->u.i & 3); k++, want.n++) {
                    want.values[want.n * 2] = *v;
                    want.values[want.n * 2 + 1] = (brasa_value) {.type = {.kind = BRASA_KIND_INT32}, .u.i = k};
                }
            }
            got = ops_run(r, id, schema, &op, 1);
            ops_assert_equal(&got, &want);
        }
    }
}

static void map_partitions_is_told_when_a_partition_ends(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;
    brasa_schema schema = ops_schema(arena, "n BIGINT"), out = ops_schema(arena, "rows BIGINT, sum BIGINT, text STRING");
    ops_rig     *r = ops_open(arena, 2, 64);

    for (size_t n = 0; n < 5; n++) {
        ops_rows      in = ops_random(arena, schema, sizes[n], 0.1, 1000, n), got;
        int32_t       id = ops_put(r, &in, 7, 0);
        brasa_op_desc op = {.kind = BRASA_OP_MAP, .schema = out, .u.map = {.udf = "total", .per_partition = true}};

        got = ops_run(r, id, schema, &op, 1);
        assert_int_equal(got.n, 7);
        for (int64_t p = 0; p < 7; p++) {
            int64_t rows = 0, sum = 0;

            for (int64_t i = 0; i < in.n; i++) {
                if (in.partitions[i] != p) continue;
                rows++;
                if (!ops_at(&in, i, 0)->null) sum += ops_at(&in, i, 0)->u.i;
            }
            assert_int_equal(ops_at(&got, p, 0)->u.i, rows);
            assert_int_equal(ops_at(&got, p, 1)->u.i, sum);
        }
    }
}

static void what_the_function_says_is_the_error(void **state)
{
    brasa_arena  *arena = ((unit_state *)*state)->arena;
    brasa_schema  schema = ops_schema(arena, "n BIGINT");
    ops_rig      *r = ops_open(arena, 2, 64);
    ops_rows      in = ops_random(arena, schema, 100, 0, 0, 1), got;
    int32_t       id = ops_put(r, &in, 3, 0);
    brasa_op_desc op = {.kind = BRASA_OP_MAP, .schema = schema, .u.map = {.udf = "refuse"}};
    brasa_error   err;

    assert_status(ops_try(r, id, schema, &op, 1, &got, &err), BRASA_UDF, err);
    assert_text_has(err.text, "refuse");
    assert_text_has(err.text, "row 3 is not to my taste");
    op.u.map.udf = "wrong_type";
    assert_status(ops_try(r, id, schema, &op, 1, &got, &err), BRASA_TYPE, err);
    assert_text_has(err.text, "STRING");
    assert_text_has(err.text, "column n");
    op.u.map.udf = "nobody";
    assert_status(ops_try(r, id, schema, &op, 1, &got, &err), BRASA_NOT_FOUND, err);
    op.u.map.udf = "total";
    assert_status(ops_try(r, id, schema, &op, 1, &got, &err), BRASA_NOT_FOUND, err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(flat_map_gives_rows_in_order),
        unit_case(map_partitions_is_told_when_a_partition_ends),
        unit_case(what_the_function_says_is_the_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
