/* udfs.c -- user functions in C (and Fortran, where there is a compiler): every form, state, errors. */
#include <stdlib.h>
#include <string.h>

#include "frames.h"

static int twice(brasa_udf_call *call)
{
    const double *x = call->args[0].values;
    double       *y = call->out;

    for (int32_t i = 0; i < call->rows; i++) y[i] = 2 * x[i];
    return 0;
}
BRASA_UDF(twice, .batch = twice, .args = "DOUBLE", .returns = "DOUBLE");

static int shout(const brasa_value *args, int32_t nargs, brasa_value *out, brasa_udf_call *call)
{
    char *text = brasa_udf_alloc(call, args[0].u.s.n + 1);

    (void)nargs;
    memcpy(text, args[0].u.s.p, args[0].u.s.n);
    text[args[0].u.s.n] = '!';
    out->u.s.p = text;
    out->u.s.n = args[0].u.s.n + 1;
    out->null = text[0] == 'B';
    return 0;
}
BRASA_UDF(shout, .row = shout, .args = "STRING", .returns = "STRING");

static int is_gone(brasa_udf_call *call)
{
    for (int32_t i = 0; i < call->rows; i++) ((uint8_t *)call->out)[i] = !brasa_column_is_valid(&call->args[0], i);
    return 0;
}
BRASA_UDF(is_gone, .batch = is_gone, .args = "STRING", .returns = "BOOLEAN", .nulls = true);

static int longest_init(void *state)
{
    *(int64_t *)state = -1;
    return 0;
}

static int longest_update(void *state, const brasa_value *args, int32_t nargs, brasa_udf_call *call)
{
    int64_t *best = state;

    (void)nargs, (void)call;
    if (!args[0].null && (int64_t)args[0].u.s.n > *best) *best = (int64_t)args[0].u.s.n;
    return 0;
}

static int longest_merge(void *state, const void *other)
{
    int64_t *best = state, b = *(const int64_t *)other;

    if (b > *best) *best = b;
    return 0;
}

static int longest_finish(const void *state, brasa_value *out, brasa_udf_call *call)
{
    (void)call;
    out->u.i = *(const int64_t *)state;
    out->null = out->u.i < 0;
    return 0;
}
BRASA_UDF(longest, .state_bytes = 8, .init = longest_init, .update = longest_update, .merge = longest_merge, .finish = longest_finish,
          .args = "STRING", .returns = "BIGINT");

static int scaled(brasa_udf_call *call)
{
    const int64_t *x = call->args[0].values;

    if (call->state == NULL || call->state_bytes != (int64_t)sizeof(int64_t)) return brasa_udf_error(call, "no factor was set");
    for (int32_t i = 0; i < call->rows; i++) ((int64_t *)call->out)[i] = x[i] * *(const int64_t *)call->state;
    return 0;
}
BRASA_UDF(scaled, .batch = scaled, .args = "BIGINT", .returns = "BIGINT");

static int refuses(brasa_udf_call *call)
{
    const int64_t *x = call->args[0].values;

    for (int32_t i = 0; i < call->rows; i++)
        if (x[i] == 77) return brasa_udf_error(call, "I do not like %d", (int)x[i]);
    memcpy(call->out, x, sizeof *x * (size_t)call->rows);
    return 0;
}
BRASA_UDF(refuses, .batch = refuses, .args = "BIGINT", .returns = "BIGINT");

/* id -> id times the row (id), so the rows of output are a triangle. */
static int times(brasa_udf_call *call)
{
    const int64_t *x = call->args[0].values;

    for (int32_t i = 0; i < call->rows; i++) {
        for (int64_t k = 0; k < x[i]; k++) {
            brasa_value row[2] = {brasa_value_i64(x[i]), brasa_value_i64(k)};
            if (brasa_udf_emit_row(call, row, 2) != 0) return 1;
        }
    }
    return 0;
}
BRASA_UDF(times, .flat_map = times, .args = "id BIGINT", .returns = "id BIGINT, k BIGINT");

/* One row per partition: its rows and their sum.  What lives from batch to batch is the function's own memory. */
static int summed(brasa_udf_call *call, bool at_end, void **local)
{
    int64_t *sum = *local;

    if (sum == NULL) {
        sum = calloc(2, sizeof *sum);
        if (sum == NULL) return brasa_udf_error(call, "no memory");
        *local = sum;
    }
    const int64_t *x = call->rows > 0 ? call->args[0].values : NULL;
    for (int32_t i = 0; i < call->rows; i++) sum[1] += x[i];
    sum[0] += call->rows;
    if (!at_end) return 0;
    brasa_value row[2] = {brasa_value_i64(sum[0]), brasa_value_i64(sum[1])};
    free(sum);
    return brasa_udf_emit_row(call, row, 2);
}
BRASA_UDF(summed, .map_partition = summed, .args = "id BIGINT", .returns = "n BIGINT, s BIGINT");

static int most(void *acc, const void *value, brasa_udf_call *call)
{
    (void)call;
    if (*(const int64_t *)value > *(int64_t *)acc) *(int64_t *)acc = *(const int64_t *)value;
    return 0;
}
BRASA_UDF(most, .combine = most, .args = "BIGINT", .returns = "BIGINT");

#ifdef FRAMES_FORTRAN
int fortran_hypot(int32_t n, const double *a, const double *b, double *out); /* hypot.f90 */

static int hypotenuse(brasa_udf_call *call)
{
    return fortran_hypot(call->rows, call->args[0].values, call->args[1].values, call->out);
}
BRASA_UDF(hypotenuse, .batch = hypotenuse, .args = "DOUBLE, DOUBLE", .returns = "DOUBLE");
#endif

static void check_scalars(frames *t)
{
    brasa_frame *f = frames_sales(t);

    rows_are_some_order(t, brasa_select(brasa_filter(f, "id < 5"), "id, twice(x) AS y"), "1|1.0\n2|3.0\n3|-5.0\n4|NULL\n");
    rows_are_some_order(t, brasa_select(brasa_filter(f, "id < 6 AND id <> 3"), "shout(name)"), "Ana!\nNULL\nDora!\nNULL\n");
    rows_are_some_order(t, brasa_select(brasa_filter(f, "is_gone(name) AND twice(id) > 10"), "id"), "8\n");
    rows_are_some_order(t, brasa_aggregate(f, "k", "sum(twice(x)) AS y"), "1|-3.5\n2|11.0\n3|NULL\nNULL|NULL\n");
    rows_are(t, brasa_aggregate(brasa_select(brasa_range(t->s, 0, 20000, 1), "twice(CAST(id AS DOUBLE)) AS y"), "", "sum(y)"),
             "3.9998E8\n");
#ifdef FRAMES_FORTRAN
    rows_are(t, brasa_select(brasa_range(t->s, 3, 4, 1), "hypotenuse(3.0, id + 1.0)"), "5.0\n");
#endif
}

static void check_groups(frames *t)
{
    brasa_frame *f = frames_sales(t);

    rows_are_some_order(t, brasa_aggregate(f, "k", "longest(name) AS n"), "1|27\n2|3\n3|NULL\nNULL|4\n");
    rows_are(t, brasa_aggregate(f, "", "longest(name), count(*)"), "27|8\n");
    rows_are_some_order(t, brasa_reduce_by_key(f, "k", "id", "most"), "1|7\n2|6\n3|5\nNULL|8\n");
    f = brasa_select(brasa_range(t->s, 0, 50000, 1), "id % 3 AS k, id");
    rows_are_some_order(t, brasa_reduce_by_key(t->spread ? brasa_repartition(f, 8) : f, "k", "id", "most"), "0|49998\n1|49999\n2|49997\n");
}

static void check_rows(frames *t)
{
    brasa_frame *f = brasa_range(t->s, 0, 200, 1);

    if (t->spread) f = brasa_repartition(f, 4);
    counts(t, brasa_flat_map(f, "times"), 19900);
    rows_are(t, brasa_aggregate(brasa_flat_map(f, "times"), "", "sum(id * k)"), "196681650\n");
    rows_are(t, brasa_aggregate(brasa_map_partitions(f, "summed"), "", "sum(n), sum(s)"), "200|19900\n");
    counts(t, brasa_map_partitions(brasa_repartition(f, 5), "summed"), 5);
}

static void check_state(frames *t)
{
    int64_t      factor = 6;
    brasa_frame *f = brasa_select(brasa_range(t->s, 0, 4, 1), "scaled(id)");

    fails_with(t, f, BRASA_UDF, "scaled", "no factor was set");
    is_true(t, brasa_udf_state_set(t->s, "scaled", &factor, sizeof factor) == BRASA_OK);
    factor = 0; /* it was copied */
    rows_are_some_order(t, f, "0\n6\n12\n18\n");
    factor = 7;
    is_true(t, brasa_udf_state_set(t->s, "scaled", &factor, sizeof factor) == BRASA_OK);
    rows_are_some_order(t, f, "0\n7\n14\n21\n");
    is_true(t, brasa_udf_state_set(t->s, "scaled", NULL, 0) == BRASA_OK);
    is_true(t, brasa_udf_state_set(t->s, "no_such", &factor, sizeof factor) == BRASA_NOT_FOUND);
    brasa_error_clear(t->s);
    counts(t, brasa_filter(brasa_range(t->s, 0, 77, 1), "refuses(id) >= 0"), 77);
    fails_with(t, brasa_filter(brasa_range(t->s, 0, 78, 1), "refuses(id) >= 0"), BRASA_UDF, "refuses", "I do not like 77");
    fails_with(t, brasa_flat_map(f, "twice"), BRASA_NOT_FOUND, "twice", "flat_map");
}

void frames_check_udfs(frames *t)
{
    check_scalars(t);
    check_groups(t);
    check_rows(t);
    check_state(t);
}
