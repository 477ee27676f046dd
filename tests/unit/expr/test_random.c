/* test_random.c -- random expressions over random batches, against an evaluator of one value at a time. */
#include "support/data.h"
#include "support/reference_expr.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "expr/bind.h"
#include "expr/eval.h"
#include "sql/parse.h"

/* Kinds of values that the generator makes trees for. */
enum { COLUMNS = 9 };

static brasa_schema schema_of(brasa_arena *arena)
{
    brasa_field *f = BRASA_NEWS(arena, brasa_field, COLUMNS);
    brasa_type   types[COLUMNS] = {brasa__type(BRASA_KIND_INT8),    brasa__type(BRASA_KIND_INT32), brasa__type(BRASA_KIND_INT64),
                                   brasa__type(BRASA_KIND_FLOAT64), brasa__type_decimal(7, 2),     brasa__type_decimal(15, 2),
                                   brasa__type(BRASA_KIND_STRING),  brasa__type(BRASA_KIND_BOOL),  brasa__type(BRASA_KIND_DATE)};

    for (int i = 0; i < COLUMNS; i++)
        f[i] = (brasa_field) {.name = brasa__arena_printf(arena, "c%d", i), .type = types[i], .nullable = true};
    return (brasa_schema) {COLUMNS, f};
}

typedef enum flavour { NUMBER, TEXT, TRUTH } flavour;

static const brasa_expr *literal(brasa_arena *a, unit_random *r, flavour w)
{
    static const char *const texts[] = {"", "a", "%b%", "_", "abc", "12", "-7.5", "a long text of many bytes", "x%", "true"};
    brasa_value              v = {0};

    if (w == TEXT) {
        const char *s = texts[unit_between(r, 0, 9)];
        v.type = brasa__type(BRASA_KIND_STRING);
        v.u.s.p = s;
        v.u.s.n = strlen(s);
    } else if (w == TRUTH) {
        v.type = brasa__type(BRASA_KIND_BOOL);
        v.u.b = unit_chance(r, 0.5);
    } else {
        v.type = unit_chance(r, 0.5)   ? brasa__type(BRASA_KIND_INT32)
                 : unit_chance(r, 0.5) ? brasa__type_decimal(5, 2)
                                       : brasa__type(BRASA_KIND_FLOAT64);
        v.u.i = unit_between(r, -50, 50);
        if (v.type.kind == BRASA_KIND_FLOAT64) v.u.f = (double)unit_between(r, -50, 50) / 4;
    }
    if (unit_chance(r, 0.1)) v.null = true;
    return brasa__expr_literal(a, &v);
}

static const brasa_expr *column(brasa_arena *a, unit_random *r, flavour w)
{
    int32_t i = w == TEXT ? 6 : w == TRUTH ? 7 : (int32_t)unit_between(r, 0, 5);

    return brasa__expr_column(a, NULL, brasa__arena_printf(a, "c%d", i));
}

static const brasa_expr *tree(brasa_arena *a, unit_random *r, flavour w, int depth);

static const brasa_expr *when(brasa_arena *a, unit_random *r, flavour w, int depth)
{
    brasa_expr       *e = brasa__expr_new(a, BRASA_EXPR_CASE);
    const brasa_expr *args[5];
    int32_t           n = 0;

    for (int64_t k = unit_between(r, 1, 2); k > 0; k--) {
        args[n++] = tree(a, r, TRUTH, depth - 1);
        args[n++] = tree(a, r, w, depth - 1);
    }
    if (unit_chance(r, 0.7)) args[n++] = tree(a, r, w, depth - 1);
    e->args = brasa__arena_copy(a, args, sizeof args);
    e->nargs = n;
    return e;
}

static const brasa_expr *in_list(brasa_arena *a, unit_random *r, int depth)
{
    brasa_expr        *e = brasa__expr_new(a, BRASA_EXPR_IN);
    flavour            w = unit_chance(r, 0.5) ? NUMBER : TEXT;
    int32_t            n = (int32_t)unit_between(r, 1, 12);
    bool               literals = unit_chance(r, 0.8);
    const brasa_expr **args = BRASA_NEWS(a, const brasa_expr *, n + 1);

    args[0] = tree(a, r, w, depth - 1);
    for (int32_t i = 1; i <= n; i++) args[i] = literals ? literal(a, r, w) : tree(a, r, w, 0);
    e->args = args;
    e->nargs = n + 1;
    e->negated = unit_chance(r, 0.3);
    return e;
}

static const brasa_expr *number(brasa_arena *a, unit_random *r, int depth)
{
    static const char *const ops[] = {"+", "-", "*", "/", "%", "div"};

    if (unit_chance(r, 0.1)) return brasa__expr_call1(a, "length", tree(a, r, TEXT, depth - 1));
    if (unit_chance(r, 0.15)) {
        brasa_type t = unit_chance(r, 0.5)   ? brasa__type(BRASA_KIND_INT64)
                       : unit_chance(r, 0.5) ? brasa__type_decimal(12, 3)
                                             : brasa__type(BRASA_KIND_FLOAT64);
        /* decimals of doubles are rounded in a way of their own: not here */
        const brasa_expr *arg =
            t.kind == BRASA_KIND_DECIMAL ? column(a, r, TEXT) : tree(a, r, unit_chance(r, 0.3) ? TEXT : NUMBER, depth - 1);
        return brasa__expr_cast(a, arg, t, unit_chance(r, 0.7));
    }
    return brasa__expr_call2(a, ops[unit_between(r, 0, 5)], tree(a, r, NUMBER, depth - 1), tree(a, r, NUMBER, depth - 1));
}

static const brasa_expr *text(brasa_arena *a, unit_random *r, int depth)
{
    if (unit_chance(r, 0.3)) return brasa__expr_cast(a, tree(a, r, NUMBER, depth - 1), brasa__type(BRASA_KIND_STRING), false);
    return brasa__expr_call2(a, "||", tree(a, r, TEXT, depth - 1), tree(a, r, TEXT, depth - 1));
}

static const brasa_expr *truth(brasa_arena *a, unit_random *r, int depth)
{
    static const char *const cmp[] = {"=", "<>", "<", "<=", ">", ">=", "<=>"};

    switch (unit_between(r, 0, 6)) {
    case 0: return brasa__expr_call2(a, "and", tree(a, r, TRUTH, depth - 1), tree(a, r, TRUTH, depth - 1));
    case 1: return brasa__expr_call2(a, "or", tree(a, r, TRUTH, depth - 1), tree(a, r, TRUTH, depth - 1));
    case 2: return brasa__expr_call1(a, "not", tree(a, r, TRUTH, depth - 1));
    case 3:
        return brasa__expr_call1(a, unit_chance(r, 0.5) ? "isnull" : "isnotnull", tree(a, r, (flavour)unit_between(r, 0, 2), depth - 1));
    case 4:
        return brasa__expr_call2(a, "like", tree(a, r, TEXT, depth - 1), unit_chance(r, 0.8) ? literal(a, r, TEXT) : tree(a, r, TEXT, 0));
    case 5: return in_list(a, r, depth);
    default: {
        flavour w = unit_chance(r, 0.7) ? NUMBER : TEXT;
        return brasa__expr_call2(a, cmp[unit_between(r, 0, 6)], tree(a, r, w, depth - 1), tree(a, r, w, depth - 1));
    }
    }
}

static const brasa_expr *tree(brasa_arena *a, unit_random *r, flavour w, int depth)
{
    if (depth <= 0) return unit_chance(r, 0.3) ? literal(a, r, w) : column(a, r, w);
    if (unit_chance(r, 0.08)) return when(a, r, w, depth);
    if (unit_chance(r, 0.06)) return brasa__expr_call2(a, "coalesce", tree(a, r, w, depth - 1), tree(a, r, w, depth - 1));
    return w == NUMBER ? number(a, r, depth) : w == TEXT ? text(a, r, depth) : truth(a, r, depth);
}

/* Values small enough that most products fit. */
static void tame(brasa_batch *b, brasa_arena *arena, unit_random *r)
{
    for (int32_t c = 0; c < b->ncols; c++) {
        brasa_column *col = (brasa_column *)(uintptr_t)&b->cols[c];
        if (col->encoding != BRASA_FLAT || unit_chance(r, 0.2)) continue;
        size_t width = brasa__type_width(col->type);
        if (brasa__type_phys(col->type) == BRASA_PHYS_I64) {
            int64_t *v = brasa__arena_copy(arena, col->values, width * (size_t)(b->rows > 0 ? b->rows : 1));
            for (int32_t i = 0; i < b->rows; i++) v[i] %= 1000;
            col->values = v;
        }
        if (col->type.kind == BRASA_KIND_INT32) {
            int32_t *v = brasa__arena_copy(arena, col->values, width * (size_t)(b->rows > 0 ? b->rows : 1));
            for (int32_t i = 0; i < b->rows; i++) v[i] %= 100;
            col->values = v;
        }
        if (col->type.kind == BRASA_KIND_FLOAT64) {
            double *v = brasa__arena_copy(arena, col->values, width * (size_t)(b->rows > 0 ? b->rows : 1));
            for (int32_t i = 0; i < b->rows; i++) v[i] = (double)unit_between(r, -400, 400) / 8;
            col->values = v;
        }
    }
}

static bool same(const brasa_value *a, const brasa_value *b)
{
    if (a->null || b->null) return a->null && b->null;
    return brasa__value_compare(a, b) == 0;
}

/* The smallest subtree that is wrong by itself over the one row, and its value: where to look. */
static const brasa_expr *culprit(brasa_arena *a, const brasa_expr *e, const brasa_batch *in, int32_t row)
{
    brasa_eval  *ev;
    brasa_column out;
    brasa_error  err;
    brasa_value  want;
    brasa_batch  one = *in;

    for (int32_t i = 0; i < e->nargs; i++) {
        const brasa_expr *below = culprit(a, e->args[i], in, row);
        if (below) return below;
    }
    one.sel = &row;
    one.nsel = 1;
    bool fine = reference_expr(a, e, reference_row(a, in, row), &want) == REFERENCE_OK;
    if (brasa__eval_new(a, &e, 1, &ev, &err) != BRASA_OK || brasa__eval_run(ev, &one, &out, &err) != BRASA_OK) return fine ? e : NULL;
    brasa_value got = brasa__column_value(&out, row, a);
    return fine && same(&got, &want) ? NULL : e;
}

static void say(brasa_arena *a, const brasa_expr *e, const brasa_batch *in, const char *what, int32_t row, const brasa_value *got,
                const brasa_value *want)
{
    brasa_text        t, g, w;
    const brasa_expr *wrong = culprit(a, e, in, row);

    if (wrong && wrong != e) {
        brasa_text k;
        brasa__text_init(&k, a);
        brasa__expr_text(wrong, &k);
        print_message("wrong by itself: %s\n", k.s);
        for (int32_t i = 0; i < wrong->nargs; i++) {
            brasa_value v;
            k.len = 0;
            if (reference_expr(a, wrong->args[i], reference_row(a, in, row), &v) == REFERENCE_OK) brasa__value_text(&v, &k);
            print_message("  argument %d is %s\n", i, k.s);
        }
    }

    brasa__text_init(&t, a);
    brasa__text_init(&g, a);
    brasa__text_init(&w, a);
    brasa__expr_text(e, &t);
    brasa__value_text(got, &g);
    brasa__value_text(want, &w);
    fail_msg("%s, row %d of %s: got %s, want %s", what, row, t.s, got->null ? "NULL" : g.s, want->null ? "NULL" : w.s);
}

/* The evaluator over the rows of `in`: all of `want` right. */
static void check(brasa_arena *a, const brasa_expr *e, const brasa_batch *in, const brasa_value *want, const char *what)
{
    brasa_eval  *ev;
    brasa_column out;
    brasa_error  err;

    assert_ok(brasa__eval_new(a, &e, 1, &ev, &err), err);
    for (int again = 0; again < 2; again++) {
        if (brasa__eval_run(ev, in, &out, &err) != BRASA_OK) {
            brasa_text t;
            brasa__text_init(&t, a);
            brasa__expr_text(e, &t);
            fail_msg("%s: %s: %s", what, t.s, err.text);
        }
        for (int32_t i = 0; i < in->nsel; i++) {
            int32_t     row = in->sel ? in->sel[i] : i;
            brasa_value got = brasa__column_value(&out, row, a);
            if (!same(&got, &want[row])) say(a, e, in, what, row, &got, &want[row]);
        }
    }
    if (e->type.kind != BRASA_KIND_BOOL) return;
    int32_t *sel = BRASA_NEWS(a, int32_t, in->rows + 64), n, k = 0;
    assert_ok(brasa__eval_select(ev, in, sel, &n, &err), err);
    for (int32_t i = 0; i < in->nsel; i++) {
        int32_t row = in->sel ? in->sel[i] : i;
        if (want[row].null || !want[row].u.b) continue;
        if (k >= n || sel[k] != row) fail_msg("%s: row %d is missing from the selection", what, row);
        k++;
    }
    if (k == n) return;
    brasa_text t;
    brasa__text_init(&t, a);
    brasa__expr_text(e, &t);
    fail_msg("%s: %d rows selected, not %d of %d, by %s", what, n, k, in->nsel, t.s);
}

static const brasa_expr *through_wire(brasa_arena *a, const brasa_expr *e)
{
    brasa_wire        w;
    const brasa_expr *back;
    brasa_error       err;

    brasa__wire_init(&w, a);
    brasa__put_expr(&w, e);
    brasa_reader r = brasa__reader(w.data, w.len);
    assert_ok(brasa__get_expr(&r, a, &back, &err), err);
    assert_int_equal(r.pos, w.len);
    assert_true(brasa__expr_equal(e, back));
    assert_int_equal(brasa__expr_hash(e), brasa__expr_hash(back));
    return back;
}

static bool find_decimal(void *arg, const brasa_expr *e)
{
    bool *found = arg;

    *found |= e->kind == BRASA_EXPR_LITERAL && e->type.kind == BRASA_KIND_DECIMAL;
    return !*found;
}

/* The text of a tree parses and binds to a tree of the same text.  (Decimal literals come back with just their digits, so types may differ: not here.) */
static void check_text(brasa_arena *a, const brasa_expr *e, const brasa_scope *scope)
{
    brasa_text        t, again;
    const brasa_expr *back;
    brasa_error       err;
    bool              decimal = false;

    brasa__expr_walk(e, find_decimal, &decimal);
    if (decimal) return;
    brasa__text_init(&t, a);
    brasa__expr_text(e, &t);
    if (brasa__sql_expr(a, t.s, &back, &err) != BRASA_OK) fail_msg("%s does not parse: %s", t.s, err.text);
    if (brasa__expr_bind(a, scope, back, 0, &back, &err) != BRASA_OK) fail_msg("%s does not bind: %s", t.s, err.text);
    brasa__text_init(&again, a);
    brasa__expr_text(brasa__expr_fold(a, back), &again);
    assert_string_equal(t.s, again.s);
}

static int32_t compare_one(brasa_arena *a, uint64_t seed, int32_t rows)
{
    unit_random  r = {seed};
    brasa_schema schema = schema_of(a);
    brasa_batch  in = data_random_batch(
         a, &r, schema, rows,
         (data_options) {.nulls = 0.15, .few = unit_chance(&r, 0.7), .plain = true, .select = unit_chance(&r, 0.5) ? 0.5 : 0});
    brasa_scope       scope = {.schema = schema};
    const brasa_expr *raw = tree(a, &r, (flavour)unit_between(&r, 0, 2), (int)unit_between(&r, 1, 4)), *e;
    brasa_error       err;

    tame(&in, a, &r);
    if (brasa__expr_bind(a, &scope, raw, 0, &e, &err) != BRASA_OK) return 0; /* a tree without types that meet */
    brasa_value *want = BRASA_NEWS(a, brasa_value, rows > 0 ? rows : 1);
    int32_t     *good = BRASA_NEWS(a, int32_t, rows > 0 ? rows : 1), ngood = 0, nall = in.nsel;
    for (int32_t i = 0; i < nall; i++) {
        int32_t          row = in.sel ? in.sel[i] : i;
        reference_result result = reference_expr(a, e, reference_row(a, &in, row), &want[row]);
        if (result == REFERENCE_UNKNOWN) return 0;
        if (result == REFERENCE_OK) good[ngood++] = row;
    }
    if (ngood < nall) { /* rows that fail make the batch fail; rows that are not selected do not */
        brasa_eval  *ev;
        brasa_column out;
        if (brasa__eval_new(a, &e, 1, &ev, &err) == BRASA_OK) {
            brasa_status status = brasa__eval_run(ev, &in, &out, &err);
            if (status == BRASA_OK) {
                brasa_text t;
                brasa__text_init(&t, a);
                brasa__expr_text(e, &t);
                fail_msg("seed %llu: %s should fail and does not", (unsigned long long)seed, t.s);
            }
        }
        in.sel = good;
        in.nsel = ngood;
    }
    check(a, e, &in, want, brasa__arena_printf(a, "seed %llu", (unsigned long long)seed));
    check(a, through_wire(a, e), &in, want, brasa__arena_printf(a, "seed %llu, by wire", (unsigned long long)seed));
    const brasa_expr *folded = brasa__expr_fold(a, e);
    assert_true(brasa__type_equal(folded->type, e->type));
    check(a, folded, &in, want, brasa__arena_printf(a, "seed %llu, folded", (unsigned long long)seed));
    if (seed % 4 == 0) check_text(a, folded, &scope);
    return ngood > 0;
}

static void random_expressions_equal_the_reference(void **state)
{
    unit_state *s = *state;
    int32_t     checked = 0;

    for (uint64_t seed = 1; seed <= 3000; seed++) {
        brasa_arena *a = brasa__arena_new(s->arena, "case");
        checked += compare_one(a, seed, seed % 7 == 0 ? 2048 : seed % 5 == 0 ? 65 : 40);
        brasa__arena_free(a);
    }
    assert_true(checked > 1500); /* most trees have types and rows that do not fail */
}

static void batches_of_no_and_one_row(void **state)
{
    unit_state *s = *state;

    for (uint64_t seed = 1; seed <= 200; seed++) {
        brasa_arena *a = brasa__arena_new(s->arena, "case");
        compare_one(a, seed, (int32_t)(seed % 2));
        brasa__arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {unit_case(random_expressions_equal_the_reference), unit_case(batches_of_no_and_one_row)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
