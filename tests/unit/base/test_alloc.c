/* test_alloc.c -- accounts, budgets, guards and throws. */
#include "support/unit.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"

static brasa_status take_too_much(void *arg, brasa_error *err)
{
    (void)err;
    *(int *)arg = 1;
    brasa__free(brasa__alloc(1 << 20), 1 << 20);
    *(int *)arg = 2;
    return BRASA_OK;
}

static void the_budget_holds_and_names_itself(void **state)
{
    unit_state *s = *state;
    int         reached = 0;
    size_t      before = brasa__memory_used(s->ctx->memory);

    brasa__memory_set_budget(s->ctx->memory, before + 1000);
    assert_status(brasa__guarded(take_too_much, &reached, &s->err), BRASA_NO_MEMORY, s->err);
    assert_int_equal(reached, 1);
    assert_text_has(s->err.text, "--memory");
    assert_int_equal(brasa__memory_used(s->ctx->memory), before);
    assert_int_equal(brasa__memory_try_charge(1001), 0);
    assert_int_equal(brasa__memory_try_charge(1000), 1);
    brasa__memory_release(1000);
    brasa__memory_set_budget(s->ctx->memory, 0);
    assert_ok(brasa__guarded(take_too_much, &reached, &s->err), s->err);
    assert_int_equal(reached, 2);
}

static void blocks_are_zeroed_counted_and_grow(void **state)
{
    unit_state *s = *state;
    size_t      before = brasa__memory_used(s->ctx->memory);
    char       *p = brasa__alloc(100);

    for (int i = 0; i < 100; i++) assert_int_equal(p[i], 0);
    memset(p, 7, 100);
    p = brasa__realloc(p, 100, 5000);
    for (int i = 0; i < 100; i++) assert_int_equal(p[i], 7);
    assert_int_equal(brasa__memory_used(s->ctx->memory), before + 5000);
    assert_true(brasa__memory_peak(s->ctx->memory) >= before + 5000);
    p = brasa__realloc(p, 5000, 10);
    assert_int_equal(brasa__memory_used(s->ctx->memory), before + 10);
    brasa__free(p, 10);
    brasa__free(NULL, 10);
    assert_int_equal(brasa__memory_used(s->ctx->memory), before);
    assert_non_null(p = brasa__alloc(0));
    brasa__free(p, 0);
}

static brasa_status throw_outer(void *arg, brasa_error *err)
{
    (void)err;
    (void)arg;
    brasa__throw(BRASA_UDF, "outer %d", 2);
}

static brasa_status throw_inner_then_outer(void *arg, brasa_error *err)
{
    brasa_status status = brasa__guarded(take_too_much, arg, err);

    if (status != BRASA_NO_MEMORY) return BRASA_INTERNAL;
    return throw_outer(arg, err);
}

static void guards_nest(void **state)
{
    unit_state *s = *state;
    int         reached = 0;

    brasa__memory_set_budget(s->ctx->memory, brasa__memory_used(s->ctx->memory) + 1000);
    assert_status(brasa__guarded(throw_inner_then_outer, &reached, &s->err), BRASA_UDF, s->err);
    assert_string_equal(s->err.text, "outer 2");
    assert_int_equal(s->err.rank, 0);
    assert_int_equal(brasa__guarded(throw_outer, NULL, NULL), BRASA_UDF);
}

typedef struct look {
    bool throws;
    char codeset[32]; /* of the locale that the call runs in */
} look;

static brasa_status look_and_throw(void *arg, brasa_error *err)
{
    look *l = arg;

    (void)err;
    snprintf(l->codeset, sizeof l->codeset, "%s", nl_langinfo(CODESET));
    if (l->throws) brasa__throw(BRASA_UDF, "%.1f", 1.5);
    return BRASA_OK;
}

static void under_a_guard_the_locale_is_c(void **state)
{
    unit_state *s = *state;
    locale_t    mine = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0), before;

    if (mine == (locale_t)0) skip();
    before = uselocale(mine);
    for (int throws = 0; throws < 2; throws++) {
        look         l = {.throws = throws == 1};
        brasa_status status = brasa__guarded(look_and_throw, &l, &s->err);

        assert_ptr_equal(uselocale((locale_t)0), mine);
        assert_string_equal(nl_langinfo(CODESET), "UTF-8");
        assert_string_not_equal(l.codeset, "UTF-8");
        assert_int_equal(status, throws ? BRASA_UDF : BRASA_OK);
    }
    uselocale(before);
    freelocale(mine);
}

static brasa_status plain_failure(void *arg, brasa_error *err)
{
    return brasa__fail(err, BRASA_DATA, "row %d", *(int *)arg);
}

static void a_guard_forwards_what_is_returned(void **state)
{
    unit_state *s = *state;
    int         row = 4;

    assert_status(brasa__guarded(plain_failure, &row, &s->err), BRASA_DATA, s->err);
    assert_string_equal(s->err.text, "row 4");
}

static void accounts_of_two_ranks_are_apart(void **state)
{
    unit_state *s = *state;
    brasa_ctx  *other = brasa__ctx_new(1, 2);
    size_t      before = brasa__memory_used(s->ctx->memory);

    brasa__ctx_set(other);
    void *p = brasa__alloc(64);
    assert_int_equal(brasa__memory_used(other->memory), 64);
    assert_int_equal(brasa__memory_used(s->ctx->memory), before);
    brasa__free(p, 64);
    assert_ptr_equal(brasa__ctx_set(s->ctx), other);
    brasa__ctx_free(other);
}

static void a_thread_without_context_allocates(void **state)
{
    unit_state *s = *state;

    brasa__ctx_set(NULL);
    assert_int_equal(brasa__ctx()->size, 1);
    void *p = brasa__alloc(64);
    brasa__free(p, 64);
    brasa__ctx_set(s->ctx);
}

#ifdef BRASA_FAULTS
static brasa_status three_blocks(void *arg, brasa_error *err)
{
    (void)err;
    for (int i = 0; i < 3; i++) {
        brasa__free(brasa__alloc(8), 8);
        ++*(int *)arg;
    }
    return BRASA_OK;
}

static void the_nth_allocation_fails(void **state)
{
    unit_state *s = *state;
    int         done = 0;

    assert_ok(brasa__faults_set(s->ctx->faults, "alloc:3", &s->err), s->err);
    assert_status(brasa__guarded(three_blocks, &done, &s->err), BRASA_NO_MEMORY, s->err);
    assert_int_equal(done, 2);
    assert_ok(brasa__guarded(three_blocks, &done, &s->err), s->err);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(the_budget_holds_and_names_itself),
        unit_case(blocks_are_zeroed_counted_and_grow),
        unit_case(guards_nest),
        unit_case(under_a_guard_the_locale_is_c),
        unit_case(a_guard_forwards_what_is_returned),
        unit_case(accounts_of_two_ranks_are_apart),
        unit_case(a_thread_without_context_allocates),
#ifdef BRASA_FAULTS
        unit_case(the_nth_allocation_fails),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
