/* test_status.c -- errors are set, cut to fit, extended and printed. */
#include "support/unit.h"

#include <errno.h>
#include <string.h>

static void fail_sets_code_text_rank_and_host(void **state)
{
    unit_state *s = *state;

    s->ctx->node = "Filter";
    assert_int_equal(brasa__fail(&s->err, BRASA_TYPE, "column %s is %d", "qty", 7), BRASA_TYPE);
    assert_int_equal(s->err.code, BRASA_TYPE);
    assert_int_equal(s->err.rank, 0);
    assert_int_equal(s->err.row, -1);
    assert_string_equal(s->err.text, "column qty is 7");
    assert_string_equal(s->err.host, s->ctx->host);
    assert_string_equal(s->err.node, "Filter");
    assert_int_equal(brasa__fail(NULL, BRASA_TYPE, "no error to set"), BRASA_TYPE);
}

static void long_texts_are_cut_and_terminated(void **state)
{
    unit_state *s = *state;
    char       *text = brasa__arena_alloc(s->arena, 5000);

    memset(text, 'x', 4999);
    brasa__fail(&s->err, BRASA_DATA, "%s", text);
    assert_int_equal(strlen(s->err.text), sizeof s->err.text - 1);
    brasa__fail_more(&s->err, "; more");
    assert_int_equal(strlen(s->err.text), sizeof s->err.text - 1);
}

static void a_text_may_quote_the_error_it_replaces(void **state)
{
    unit_state *s = *state;

    brasa__fail(&s->err, BRASA_DATA, "inner");
    brasa__fail(&s->err, BRASA_IO, "outer: %s", s->err.text);
    assert_string_equal(s->err.text, "outer: inner");
}

static void errno_gives_the_class(void **state)
{
    unit_state *s = *state;

    assert_int_equal(brasa__fail_errno(&s->err, ENOSPC, "x"), BRASA_NO_SPACE);
    assert_int_equal(brasa__fail_errno(&s->err, EDQUOT, "x"), BRASA_NO_SPACE);
    assert_int_equal(brasa__fail_errno(&s->err, ENOENT, "x"), BRASA_NOT_FOUND);
    assert_int_equal(brasa__fail_errno(&s->err, ENOMEM, "x"), BRASA_NO_MEMORY);
    assert_int_equal(brasa__fail_errno(&s->err, EIO, "cannot read %s", "a.h5"), BRASA_IO);
    assert_string_equal(s->err.text, "cannot read a.h5: Input/output error");
}

static void format_names_where_it_came_from(void **state)
{
    unit_state *s = *state;
    brasa_text  t;

    brasa__text_init(&t, s->arena);
    brasa__fail(&s->err, BRASA_DATA, "bad");
    strcpy(s->err.file, "job.c");
    s->err.line = 12;
    s->err.row = 3;
    strcpy(s->err.host, "n1");
    brasa__error_format(&s->err, &t);
    assert_string_equal(t.s, "job.c:12: DATA: bad (rank 0 on n1, row 3)");

    brasa_error plain;
    brasa__error_clear(&plain);
    plain.code = BRASA_SYNTAX;
    strcpy(plain.text, "what");
    brasa__text_init(&t, s->arena);
    brasa__error_format(&plain, &t);
    assert_string_equal(t.s, "SYNTAX: what");
}

static void near_miss_finds_typos_only(void **state)
{
    static const char *const names[] = {"l_orderkey", "l_quantity", "threads", "x"};

    (void)state;
    assert_string_equal(brasa__near_miss("l_quantty", names, 4), "l_quantity");
    assert_string_equal(brasa__near_miss("L_QUANITTY", names, 4), "l_quantity");
    assert_string_equal(brasa__near_miss("thraeds", names, 4), "threads");
    assert_null(brasa__near_miss("revenue", names, 4));
    assert_null(brasa__near_miss("", names, 4));
    assert_null(brasa__near_miss("y", names, 4));
    assert_null(brasa__near_miss("threads", names, 0));
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < BRASA_STATUS_COUNT; i++) assert_string_not_equal(brasa_status_name((brasa_status)i), "UNKNOWN");
    assert_string_equal(brasa_status_name(BRASA_NOT_FOUND), "NOT_FOUND");
    assert_string_equal(brasa_status_name((brasa_status)999), "UNKNOWN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(fail_sets_code_text_rank_and_host),
        unit_case(long_texts_are_cut_and_terminated),
        unit_case(a_text_may_quote_the_error_it_replaces),
        unit_case(errno_gives_the_class),
        unit_case(format_names_where_it_came_from),
        unit_case(near_miss_finds_typos_only),
        unit_case(every_status_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
