/* test_eval.c -- what the evaluator shares, how it grows, and what it does for rows that are not selected. */
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "data/value.h"
#include "expr/bind.h"
#include "expr/eval.h"
#include "expr/udf.h"
#include "sql/parse.h"

/* The state block counts rows: a function that says how often it was asked. */
static int counted(brasa_udf_call *call)
{
    int64_t       *counter;
    const int64_t *x = call->args[0].values;
    int64_t       *y = call->out;

    memcpy(&counter, call->state, sizeof counter);
    *counter += call->rows;
    memcpy(y, x, sizeof *y * (size_t)call->rows);
    return 0;
}
BRASA_UDF(counted, .batch = counted, .args = "BIGINT", .returns = "BIGINT");
BRASA_UDF(counted_volatile, .batch = counted, .args = "BIGINT", .returns = "BIGINT", .volatile_ = true);

enum { ROWS = 1000 };

typedef struct fixture {
    int64_t           count;
    brasa_udf_states *states;
    brasa_schema      schema;
    brasa_batch       in;
} fixture;

static fixture *open_fixture(unit_state *s)
{
    static const brasa_field field = {.name = "i", .type = {.kind = BRASA_KIND_INT64}, .nullable = true};
    fixture                 *f = BRASA_NEW(s->arena, fixture);
    brasa_column            *c = BRASA_NEW(s->arena, brasa_column);
    int64_t                 *v = BRASA_NEWS(s->arena, int64_t, ROWS), *counter = &f->count;

    for (int32_t i = 0; i < ROWS; i++) v[i] = i;
    *c = (brasa_column) {.type = field.type, .values = v};
    f->schema = (brasa_schema) {1, &field};
    f->in = (brasa_batch) {.rows = ROWS, .ncols = 1, .cols = c, .nsel = ROWS};
    f->states = brasa__udf_states_new();
    brasa__udf_states_set(f->states, "counted", &counter, sizeof counter);
    brasa__udf_states_set(f->states, "counted_volatile", &counter, sizeof counter);
    s->ctx->udf_states = f->states;
    return f;
}

static void close_fixture(unit_state *s, fixture *f)
{
    s->ctx->udf_states = NULL;
    brasa__udf_states_free(f->states);
}

static const brasa_expr *bound(unit_state *s, const fixture *f, const char *text)
{
    brasa_scope       scope = {.schema = f->schema, .text = text};
    const brasa_expr *e;

    assert_ok(brasa__sql_expr(s->arena, text, &e, &s->err), s->err);
    assert_ok(brasa__expr_bind(s->arena, &scope, e, 0, &e, &s->err), s->err);
    return e;
}

static int64_t rows_asked(unit_state *s, fixture *f, const char *text)
{
    const brasa_expr *e = bound(s, f, text);
    brasa_eval       *ev;
    brasa_column      out;

    f->count = 0;
    assert_ok(brasa__eval_new(s->arena, &e, 1, &ev, &s->err), s->err);
    assert_ok(brasa__eval_run(ev, &f->in, &out, &s->err), s->err);
    return f->count;
}

static void equal_subtrees_are_computed_once_and_branches_only_where_needed(void **state)
{
    unit_state *s = *state;
    fixture    *f = open_fixture(s);

    assert_int_equal(rows_asked(s, f, "counted(i) + counted(i) * counted(i)"), ROWS);
    assert_int_equal(rows_asked(s, f, "counted_volatile(i) + counted_volatile(i)"), 2 * ROWS);
    assert_int_equal(rows_asked(s, f, "CASE WHEN i < 10 THEN counted(i) ELSE 0 END"), 10);
    assert_int_equal(rows_asked(s, f, "CASE WHEN i < 10 THEN counted(i) WHEN i < 30 THEN -counted(i) END"), 30);
    assert_int_equal(rows_asked(s, f, "i < 5 AND counted(i) = 3"), 5);
    assert_int_equal(rows_asked(s, f, "i < 5 OR counted(i) = 3"), ROWS - 5);
    assert_int_equal(rows_asked(s, f, "coalesce(nullif(i % 10, 3), counted(i))"), ROWS / 10);
    assert_int_equal(rows_asked(s, f, "counted(5)"), 1);
    close_fixture(s, f);
}

static void rows_that_are_not_selected_do_not_fail(void **state)
{
    unit_state       *s = *state;
    fixture          *f = open_fixture(s);
    const brasa_expr *e = bound(s, f, "100 DIV (i - 500)");
    brasa_eval       *ev;
    brasa_column      out;
    int32_t           sel[ROWS], n = 0;

    assert_ok(brasa__eval_new(s->arena, &e, 1, &ev, &s->err), s->err);
    assert_status(brasa__eval_run(ev, &f->in, &out, &s->err), BRASA_ARITHMETIC, s->err);
    assert_text_has(s->err.text, "100 / 0");
    for (int32_t i = 0; i < ROWS; i++)
        if (i != 500) sel[n++] = i;
    f->in.sel = sel;
    f->in.nsel = n;
    assert_ok(brasa__eval_run(ev, &f->in, &out, &s->err), s->err);
    assert_int_equal(brasa__column_value(&out, 499, s->arena).u.i, -100);
    close_fixture(s, f);
}

static void long_lists_and_many_expressions_are_quick(void **state)
{
    unit_state        *s = *state;
    fixture           *f = open_fixture(s);
    brasa_text         t;
    const brasa_expr **many = BRASA_NEWS(s->arena, const brasa_expr *, 5000), *e;
    brasa_column      *out = BRASA_NEWS(s->arena, brasa_column, 5000);
    brasa_eval        *ev;
    int32_t            sel[ROWS + 64], n;

    brasa__text_init(&t, s->arena);
    brasa__text_add(&t, "i IN (-1");
    for (int k = 0; k < 20000; k++) brasa__text_addf(&t, ", %d", (int)(k * INT64_C(7000003) % 2000000));
    brasa__text_add(&t, ")");
    e = bound(s, f, t.s);
    assert_ok(brasa__eval_new(s->arena, &e, 1, &ev, &s->err), s->err);
    assert_ok(brasa__eval_select(ev, &f->in, sel, &n, &s->err), s->err);
    int32_t want = 0;
    for (int32_t i = 0; i < ROWS; i++) {
        bool in = false;
        for (int k = 0; k < 20000 && !in; k++) in = k * INT64_C(7000003) % 2000000 == i;
        want += in;
    }
    assert_int_equal(n, want);
    for (int k = 0; k < 5000; k++) {
        brasa_value v = {.type = brasa__type(BRASA_KIND_INT64), .u.i = k};
        brasa_scope scope = {.schema = f->schema};
        many[k] = brasa__expr_call2(s->arena, "+", brasa__expr_column(s->arena, NULL, "i"), brasa__expr_literal(s->arena, &v));
        assert_ok(brasa__expr_bind(s->arena, &scope, many[k], 0, &many[k], &s->err), s->err);
    }
    assert_ok(brasa__eval_new(s->arena, many, 5000, &ev, &s->err), s->err);
    f->in.rows = f->in.nsel = 10;
    assert_ok(brasa__eval_run(ev, &f->in, out, &s->err), s->err);
    for (int k = 0; k < 5000; k++) assert_int_equal(((const int64_t *)out[k].values)[9], 9 + k);
    close_fixture(s, f);
}

static void batches_may_grow(void **state)
{
    unit_state       *s = *state;
    fixture          *f = open_fixture(s);
    const brasa_expr *e = bound(s, f, "CASE WHEN i % 2 = 0 THEN i || 'x' ELSE upper('odd ' || i) END");
    brasa_eval       *ev;
    brasa_column      out;

    assert_ok(brasa__eval_new(s->arena, &e, 1, &ev, &s->err), s->err);
    for (int32_t rows = 0; rows <= ROWS; rows = rows * 3 + 1) {
        f->in.rows = f->in.nsel = rows;
        assert_ok(brasa__eval_run(ev, &f->in, &out, &s->err), s->err);
        for (int32_t i = 0; i < rows; i++) {
            char        want[40];
            brasa_value v = brasa__column_value(&out, i, s->arena);
            snprintf(want, sizeof want, i % 2 == 0 ? "%dx" : "ODD %d", i);
            assert_int_equal(v.u.s.n, strlen(want));
            assert_memory_equal(v.u.s.p, want, v.u.s.n);
        }
    }
    close_fixture(s, f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(equal_subtrees_are_computed_once_and_branches_only_where_needed),
        unit_case(rows_that_are_not_selected_do_not_fail),
        unit_case(long_lists_and_many_expressions_are_quick),
        unit_case(batches_may_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
