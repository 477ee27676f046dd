/* test_text.c -- expression text: Spark's words beside PostgreSQL's, places of errors, depth, lists, orders, many threads. */
#include "support/unit.h"

#include <pthread.h>
#include <string.h>

#include "base/log.h"
#include "sql/parse.h"

static const char *parsed(unit_state *s, const char *text)
{
    const brasa_expr *e;
    brasa_text        t;

    assert_ok(brasa__sql_expr(s->arena, text, &e, &s->err), s->err);
    brasa__text_init(&t, s->arena);
    brasa__expr_text(e, &t);
    return t.s;
}

static void words_of_both_dialects_are_understood(void **state)
{
    static const char *const rows[][2] = {
        {"`my col` = 1", "\"my col\" = 1"},
        {"`a``b`", "\"a`b\""},
        {"\"Upper\" == 'x'", "Upper = 'x'"},
        {"a <=> b", "a <=> b"},
        {"a DIV b + c", "a DIV b + c"},
        {"a + b DIV c", "a + b DIV c"},
        {"a * b DIV c", "a * b DIV c"},
        {"a RLIKE '^x'", "a RLIKE '^x'"},
        {"a NOT RLIKE 'x'", "NOT a RLIKE 'x'"},
        {"rlike(a, 'x')", "a RLIKE 'x'"},
        {"a NOT LIKE 'x%'", "NOT a LIKE 'x%'"},
        {"a IS NOT NULL AND NOT b", "a IS NOT NULL AND NOT b"},
        {"a BETWEEN 1 AND 2 OR c", "a >= 1 AND a <= 2 OR c"},
        {"left.a = right.b", "\"left\".a = \"right\".b"},
        {"left(a, 2)", "\"left\"(a, 2)"},
        {"? + $2", "$1 + $2"},
        {"array(1, 2)", "array(1, 2)"},
        {"a::decimal(10,2)", "CAST(a AS DECIMAL(10,2))"},
        {"try_cast(a AS int)", "TRY_CAST(a AS INT)"},
        {"1.5e3", "1500.0D"},
        {"sum(DISTINCT a) FILTER (WHERE b > 1)", "sum(DISTINCT a) FILTER (WHERE b > 1)"},
        {"count(*)", "count(*)"},
        {"a -- comment\n + /* more */ b", "a + b"},
        {"a = -1", "a = -1"},
        {"a=-1", "a = -1"},
        {"'it''s'", "'it''s'"},
    };
    unit_state *s = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i][1]) assert_string_equal(parsed(s, rows[i][0]), rows[i][1]);
}

static void fails(unit_state *s, const char *text, const char *part)
{
    const brasa_expr *e;
    brasa_status      status = brasa__sql_expr(s->arena, text, &e, &s->err);

    if (status == BRASA_OK) fail_msg("%s parses", text);
    assert_text_has(s->err.text, part);
}

static void errors_have_line_column_and_caret(void **state)
{
    unit_state *s = *state;

    fails(s, "a +", "1:4");
    fails(s, "a + * b", "1:5");
    fails(s, "a AND\n  b ) c", "2:5");
    fails(s, "\xc3\xa9 + )", "1:5"); /* characters, not bytes */
    fails(s, "a + )", "^");
    fails(s, "'never closed", "does not end");
    fails(s, "`never closed", "does not end");
    fails(s, "", "empty");
    fails(s, "   ", "empty");
    fails(s, "a; b", "");
    fails(s, "a, b", "");
    fails(s, "SELECT 1", "");
    fails(s, "cast(a AS nonsense)", "nonsense");
    fails(s, "1 FROM t", "");
}

static void deep_text_is_refused_not_crashed_on(void **state)
{
    unit_state *s = *state;
    static const struct {
        const char *open, *middle, *close;
    } shapes[] = {{"(", "1", ")"}, {"NOT ", "true", ""}, {"1 + ", "1", ""},
                  {"-", "1", ""},  {"abs(", "1", ")"},   {"CASE WHEN true THEN ", "1", " END"}};

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        brasa_text        t;
        const brasa_expr *e;
        brasa__text_init(&t, s->arena);
        for (int k = 0; k < 100000; k++) brasa__text_add(&t, shapes[i].open);
        brasa__text_add(&t, shapes[i].middle);
        for (int k = 0; k < 100000; k++) brasa__text_add(&t, shapes[i].close);
        brasa_status status = brasa__sql_expr(s->arena, t.s, &e, &s->err);
        if (i != 0) assert_int_not_equal(status, BRASA_OK); /* parentheses alone leave no trace in the tree */
    }
}

static void lists_and_orders(void **state)
{
    unit_state              *s = *state;
    const brasa_expr *const *list;
    const brasa_order       *order;
    int32_t                  n;

    assert_ok(brasa__sql_select_list(s->arena, "a, b + 1 AS c, *, t.*, sum(x) total", &list, &n, &s->err), s->err);
    assert_int_equal(n, 5);
    assert_int_equal(list[1]->kind, BRASA_EXPR_ALIAS);
    assert_string_equal(list[1]->name, "c");
    assert_int_equal(list[2]->kind, BRASA_EXPR_STAR);
    assert_string_equal(list[3]->qualifier, "t");
    assert_string_equal(list[4]->name, "total");
    assert_ok(brasa__sql_order_list(s->arena, "a DESC, b + 1, c ASC NULLS LAST, d DESC NULLS FIRST", &order, &n, &s->err), s->err);
    assert_int_equal(n, 4);
    assert_true(order[0].desc && order[0].nulls_last);
    assert_true(!order[1].desc && !order[1].nulls_last);
    assert_true(!order[2].desc && order[2].nulls_last);
    assert_true(order[3].desc && !order[3].nulls_last);
    assert_int_not_equal(brasa__sql_order_list(s->arena, "a DESC DESC", &order, &n, &s->err), BRASA_OK);
    assert_int_not_equal(brasa__sql_select_list(s->arena, "a, , b", &list, &n, &s->err), BRASA_OK);
}

/* PostgreSQL's parser keeps its state by thread: two at once do not disturb each other. */
static void *parse_many(void *arg)
{
    bool       *ok = arg;
    brasa_ctx  *ctx = brasa__ctx_new(0, 1);
    brasa_error err;

    brasa__ctx_set(ctx);
    brasa_arena *a = brasa__arena_new(NULL, "thread");
    *ok = true;
    for (int k = 0; k < 100; k++) {
        const brasa_expr *e;
        brasa_text        t;
        char             *text = brasa__arena_printf(a, "a%d + %d * (b %s)", k, k, k % 7 == 3 ? "+" : "- 1");
        brasa_status      status = brasa__sql_expr(a, text, &e, &err);
        if ((status == BRASA_OK) != (k % 7 != 3)) *ok = false;
        if (status != BRASA_OK) continue;
        brasa__text_init(&t, a);
        brasa__expr_text(e, &t);
        if (strcmp(t.s, text) != 0) *ok = false;
    }
    brasa__arena_free(a);
    brasa__ctx_set(NULL);
    brasa__ctx_free(ctx);
    return NULL;
}

static void threads_parse_at_once(void **state)
{
    pthread_t threads[4];
    bool      ok[4];

    (void)state;
    for (int k = 0; k < 4; k++) assert_int_equal(pthread_create(&threads[k], NULL, parse_many, &ok[k]), 0);
    for (int k = 0; k < 4; k++) pthread_join(threads[k], NULL);
    for (int k = 0; k < 4; k++) assert_true(ok[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(words_of_both_dialects_are_understood),
        unit_case(errors_have_line_column_and_caret),
        unit_case(deep_text_is_refused_not_crashed_on),
        unit_case(lists_and_orders),
        unit_case(threads_parse_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
