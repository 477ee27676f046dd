/* test_arena.c -- arenas, deferred calls, growing arrays and texts. */
#include "support/unit.h"

#include <string.h>

static void memory_is_zero_aligned_and_apart(void **state)
{
    unit_state *s = *state;
    unit_random r = {1};
    enum { N = 2000 };
    uint8_t *blocks[N];
    size_t   sizes[N];

    for (int i = 0; i < N; i++) {
        sizes[i] = (size_t)unit_between(&r, 0, i % 100 == 0 ? 300000 : 200);
        bool wide = unit_chance(&r, 0.5);
        blocks[i] = wide ? brasa__arena_alloc64(s->arena, sizes[i]) : brasa__arena_alloc(s->arena, sizes[i]);
        assert_int_equal((uintptr_t)blocks[i] % (wide ? 64 : 16), 0);
        for (size_t k = 0; k < sizes[i]; k++) assert_int_equal(blocks[i][k], 0);
        memset(blocks[i], i % 251, sizes[i]);
    }
    for (int i = 0; i < N; i++) {
        for (size_t k = 0; k < sizes[i]; k++) assert_int_equal(blocks[i][k], i % 251);
    }
    assert_true(brasa__arena_bytes(s->arena) > 100000);
}

typedef struct trace {
    char   seen[16];
    size_t n;
} trace;

typedef struct mark {
    trace *to;
    char   name;
} mark;

static void write_mark(void *arg)
{
    mark *m = arg;

    m->to->seen[m->to->n++] = m->name;
}

static void defer_mark(brasa_arena *a, trace *t, char name)
{
    mark *m = BRASA_NEW(a, mark);

    m->to = t;
    m->name = name;
    brasa__arena_defer(a, write_mark, m);
}

static void deferred_calls_run_last_first_and_children_before(void **state)
{
    unit_state  *s = *state;
    trace        t = {.n = 0};
    brasa_arena *top = brasa__arena_new(s->arena, "top");
    brasa_arena *child = brasa__arena_new(top, "child");
    brasa_arena *twin = brasa__arena_new(top, "twin");

    defer_mark(top, &t, 'a');
    defer_mark(top, &t, 'b');
    defer_mark(child, &t, 'c');
    defer_mark(twin, &t, 'd');
    brasa__arena_free(twin);
    assert_string_equal(t.seen, "d");
    brasa__arena_free(top);
    assert_string_equal(t.seen, "dcba");
}

static void reset_keeps_a_page_and_zeroes_it(void **state)
{
    unit_state  *s = *state;
    brasa_arena *a = brasa__arena_new(s->arena, "a");
    trace        t = {.n = 0};

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++) {
            uint8_t *p = brasa__arena_alloc(a, 333);
            for (int k = 0; k < 333; k++) assert_int_equal(p[k], 0);
            memset(p, 0xff, 333);
        }
        brasa__arena_new(a, "child");
        defer_mark(a, &t, 'x');
        brasa__arena_reset(a);
        assert_true(brasa__arena_bytes(a) <= 1 << 20);
    }
    assert_string_equal(t.seen, "xxx");
    brasa__arena_free(a);
    brasa__arena_free(NULL);
}

static void arrays_grow_and_keep_their_items(void **state)
{
    unit_state *s = *state;
    int64_t    *items = NULL;
    int32_t     cap = 0;

    for (int32_t i = 0; i < 10000; i++) {
        items = brasa__arena_grow(s->arena, items, &cap, i + 1, sizeof *items);
        assert_true(cap > i);
        assert_int_equal(items[i], 0);
        items[i] = i;
    }
    for (int32_t i = 0; i < 10000; i++) assert_int_equal(items[i], i);
}

static void strings_are_copied_and_cut(void **state)
{
    unit_state *s = *state;

    assert_string_equal(brasa__arena_strdup(s->arena, "abc"), "abc");
    assert_string_equal(brasa__arena_strndup(s->arena, "abc", 2), "ab");
    assert_string_equal(brasa__arena_strndup(s->arena, "abc", 20), "abc");
    assert_string_equal(brasa__arena_printf(s->arena, "%d-%s", 5, "x"), "5-x");
    assert_memory_equal(brasa__arena_copy(s->arena, "a\0b", 3), "a\0b", 3);
}

static void text_grows_past_every_size(void **state)
{
    unit_state *s = *state;
    brasa_text  t;
    size_t      want = 0;

    brasa__text_init(&t, s->arena);
    assert_string_equal(t.s, "");
    for (int i = 0; i < 500; i++) {
        brasa__text_addf(&t, "%0*d", i % 150 + 1, i % 10);
        want += (size_t)(i % 150 + 1);
        brasa__text_add(&t, "ab");
        brasa__text_add_n(&t, "cdef", 1);
        want += 3;
        assert_int_equal(t.len, want);
        assert_int_equal(strlen(t.s), want);
    }
    assert_string_equal(t.s + want - 3, "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(memory_is_zero_aligned_and_apart), unit_case(deferred_calls_run_last_first_and_children_before),
        unit_case(reset_keeps_a_page_and_zeroes_it), unit_case(arrays_grow_and_keep_their_items),
        unit_case(strings_are_copied_and_cut),       unit_case(text_grows_past_every_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
