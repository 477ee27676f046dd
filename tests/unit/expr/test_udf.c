/* test_udf.c -- user functions: found by name, called in batch and row form, with state, nulls and errors. */
#include "support/unit.h"

#include <string.h>

#include "data/value.h"
#include "expr/bind.h"
#include "expr/eval.h"
#include "expr/udf.h"
#include "sql/parse.h"

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
    char *p = brasa_udf_alloc(call, args[0].u.s.n + 1);

    (void)nargs;
    if (args[0].u.s.n == 0) return brasa_udf_error(call, "nothing to shout");
    memcpy(p, args[0].u.s.p, args[0].u.s.n);
    p[args[0].u.s.n] = '!';
    out->u.s.p = p;
    out->u.s.n = args[0].u.s.n + 1;
    return 0;
}
BRASA_UDF(shout, .row = shout, .args = "STRING", .returns = "STRING");

static int or_zero(const brasa_value *args, int32_t nargs, brasa_value *out, brasa_udf_call *call)
{
    (void)nargs, (void)call;
    out->u.i = args[0].null ? 0 : args[0].u.i;
    return 0;
}
BRASA_UDF(or_zero, .row = or_zero, .args = "BIGINT", .returns = "BIGINT", .nulls = true);

static int plus_state(brasa_udf_call *call)
{
    const int32_t *x = call->args[0].values, *add = call->state;
    int32_t       *y = call->out;

    if (add == NULL || call->state_bytes != sizeof *add) return brasa_udf_error(call, "no state");
    for (int32_t i = 0; i < call->rows; i++) {
        y[i] = x[i] + *add;
        if (x[i] == 13) call->valid[i / 64] &= ~((uint64_t)1 << (i % 64));
    }
    return 0;
}
BRASA_UDF(plus_state, .batch = plus_state, .args = "INT", .returns = "INT");

static int silent(brasa_udf_call *call)
{
    (void)call;
    return 7;
}
BRASA_UDF(silent, .batch = silent, .args = "", .returns = "INT");

typedef struct sum_state {
    int64_t total;
} sum_state;

static int sum_update(void *state, const brasa_value *args, int32_t nargs, brasa_udf_call *call)
{
    (void)nargs, (void)call;
    ((sum_state *)state)->total += args[0].u.i;
    return 0;
}
BRASA_UDF(my_sum, .args = "BIGINT", .returns = "BIGINT", .state_bytes = sizeof(sum_state), .update = sum_update);

static brasa_status run(brasa_arena *a, const char *text, const brasa_batch *in, brasa_schema schema, brasa_column *out, brasa_error *err)
{
    brasa_scope       scope = {.schema = schema, .text = text};
    const brasa_expr *e;
    brasa_eval       *ev;

    BRASA_TRY(brasa__sql_expr(a, text, &e, err));
    BRASA_TRY(brasa__expr_bind(a, &scope, e, 0, &e, err));
    BRASA_TRY(brasa__eval_new(a, &e, 1, &ev, err));
    return brasa__eval_run(ev, in, out, err);
}

/* i: 0..rows-1, every third null */
static brasa_batch numbers(brasa_arena *a, int32_t rows, brasa_schema *schema, bool nulls)
{
    static const brasa_field field = {.name = "i", .type = {.kind = BRASA_KIND_INT32}, .nullable = true};
    brasa_column            *c = BRASA_NEW(a, brasa_column);
    int32_t                 *v = BRASA_NEWS(a, int32_t, rows + 1);
    uint64_t                *valid = BRASA_NEWS(a, uint64_t, rows / 64 + 1);

    for (int32_t i = 0; i < rows; i++) {
        v[i] = i;
        if (!nulls || i % 3 != 0) valid[i / 64] |= (uint64_t)1 << (i % 64);
    }
    *c = (brasa_column) {.type = field.type, .values = v, .valid = nulls ? valid : NULL};
    *schema = (brasa_schema) {1, &field};
    return (brasa_batch) {.rows = rows, .ncols = 1, .cols = c, .nsel = rows};
}

static void a_batch_function_computes_rows_that_are_not_null(void **state)
{
    unit_state  *s = *state;
    brasa_schema schema;
    brasa_batch  in = numbers(s->arena, 100, &schema, true);
    int32_t      sel[] = {0, 1, 2, 64, 65, 99};
    brasa_column out;

    in.sel = sel;
    in.nsel = 6;
    assert_ok(run(s->arena, "twice(i) + 1", &in, schema, &out, &s->err), s->err);
    for (int k = 0; k < 6; k++) {
        brasa_value v = brasa__column_value(&out, sel[k], s->arena);
        assert_int_equal(v.null, sel[k] % 3 == 0);
        if (!v.null) assert_true(v.u.f == 2.0 * sel[k] + 1);
    }
}

static void a_row_function_returns_text(void **state)
{
    unit_state  *s = *state;
    brasa_schema schema;
    brasa_batch  in = numbers(s->arena, 20, &schema, false);
    brasa_column out;

    assert_ok(run(s->arena, "shout('number ' || cast(i as string) || ' of many')", &in, schema, &out, &s->err), s->err);
    brasa_value v = brasa__column_value(&out, 7, s->arena);
    assert_int_equal(v.u.s.n, strlen("number 7 of many!"));
    assert_memory_equal(v.u.s.p, "number 7 of many!", v.u.s.n);
}

static void a_function_that_sees_nulls_gets_them(void **state)
{
    unit_state  *s = *state;
    brasa_schema schema;
    brasa_batch  in = numbers(s->arena, 10, &schema, true);
    brasa_column out;

    assert_ok(run(s->arena, "or_zero(i)", &in, schema, &out, &s->err), s->err);
    for (int32_t i = 0; i < 10; i++) {
        brasa_value v = brasa__column_value(&out, i, s->arena);
        assert_false(v.null);
        assert_int_equal(v.u.i, i % 3 == 0 ? 0 : i);
    }
}

static void errors_name_the_function(void **state)
{
    unit_state  *s = *state;
    brasa_schema schema;
    brasa_batch  in = numbers(s->arena, 10, &schema, false);
    brasa_column out;

    assert_status(run(s->arena, "shout(left(cast(i as string), i - 5))", &in, schema, &out, &s->err), BRASA_UDF, s->err);
    assert_text_has(s->err.text, "function shout failed: nothing to shout");
    assert_status(run(s->arena, "silent()", &in, schema, &out, &s->err), BRASA_UDF, s->err);
    assert_text_has(s->err.text, "silent failed");
    assert_status(run(s->arena, "twice(i, i)", &in, schema, &out, &s->err), BRASA_TYPE, s->err);
    assert_text_has(s->err.text, "takes 1 argument");
    assert_status(run(s->arena, "twise(i)", &in, schema, &out, &s->err), BRASA_NOT_FOUND, s->err);
    assert_text_has(s->err.text, "did you mean twice");
    assert_status(run(s->arena, "my_sum(i)", &in, schema, &out, &s->err), BRASA_INVALID, s->err);
}

static void a_state_block_reaches_the_function_through_the_wire(void **state)
{
    unit_state       *s = *state;
    brasa_schema      schema;
    brasa_batch       in = numbers(s->arena, 20, &schema, false);
    brasa_column      out;
    int32_t           add = 41;
    brasa_wire        w;
    brasa_udf_states *driver = brasa__udf_states_new(), *worker = brasa__udf_states_new();

    assert_status(run(s->arena, "plus_state(i)", &in, schema, &out, &s->err), BRASA_UDF, s->err);
    brasa__udf_states_set(driver, "plus_state", &add, sizeof add);
    add = 42;
    brasa__udf_states_set(driver, "PLUS_STATE", &add, sizeof add);
    brasa__wire_init(&w, s->arena);
    brasa__udf_states_put(driver, &w);
    brasa_reader r = brasa__reader(w.data, w.len);
    assert_ok(brasa__udf_states_read(worker, &r, &s->err), s->err);
    s->ctx->udf_states = worker;
    assert_ok(run(s->arena, "plus_state(i)", &in, schema, &out, &s->err), s->err);
    for (int32_t i = 0; i < 20; i++) {
        brasa_value v = brasa__column_value(&out, i, s->arena);
        assert_int_equal(v.null, i == 13);
        if (!v.null) assert_int_equal(v.u.i, i + 42);
    }
    for (size_t cut = 0; cut < w.len; cut++) { /* every message that ends early is refused */
        brasa_udf_states *other = brasa__udf_states_new();
        brasa_reader      bad = brasa__reader(w.data, cut);
        assert_status(brasa__udf_states_read(other, &bad, &s->err), BRASA_CORRUPT, s->err);
        brasa__udf_states_free(other);
    }
    s->ctx->udf_states = NULL;
    brasa__udf_states_free(driver);
    brasa__udf_states_free(worker);
}

static void the_table_is_found_by_name(void **state)
{
    unit_state *s = *state;

    assert_int_equal(brasa__udf_count(), 6);
    assert_non_null(brasa__udf_find("TWICE"));
    assert_null(brasa__udf_find("thrice"));
    assert_true(brasa__udf_is_aggregate(brasa__udf_find("my_sum")));
    assert_true(brasa__udf_table_hash() != 0);
    const brasa_agg_def *def = brasa__agg_for(s->arena, "my_sum", 1);
    assert_non_null(def);
    assert_int_equal(def->id, BRASA_AGG_UDF);
    brasa_type t = brasa__type(BRASA_KIND_INT32), result;
    assert_ok(brasa__agg_resolve(s->arena, def, &t, 1, &result, &s->err), s->err);
    assert_int_equal(result.kind, BRASA_KIND_INT64);
    assert_int_equal(t.kind, BRASA_KIND_INT64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(a_batch_function_computes_rows_that_are_not_null),
        unit_case(a_row_function_returns_text),
        unit_case(a_function_that_sees_nulls_gets_them),
        unit_case(errors_name_the_function),
        unit_case(a_state_block_reaches_the_function_through_the_wire),
        unit_case(the_table_is_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
