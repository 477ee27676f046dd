/* test_buf.c -- counted buffers: sizes, reuse, budget, wrapping, and release by other threads. */
#include "support/unit.h"

#include <pthread.h>
#include <string.h>

#include "base/fault.h"
#include "mem/buf.h"

static void buffers_of_every_size_are_usable(void **state)
{
    static const size_t sizes[] = {
        0, 1, 63, 64, 65, 65535, 65536, 65537, 98304, 98305, 1 << 20, (1 << 20) + 1, 3 << 20, 64 << 20, (64 << 20) + 1};
    unit_state *s = *state;
    enum { N = sizeof sizes / sizeof sizes[0] };
    brasa_buf *all[2 * N];

    for (int i = 0; i < 2 * N; i++) {
        size_t bytes = sizes[i % N];
        all[i] = brasa__buf_new(bytes);
        assert_true(all[i]->bytes >= bytes);
        assert_int_equal((uintptr_t)all[i]->data % 64, 0);
        memset(all[i]->data, i + 1, all[i]->bytes);
        volatile const uint8_t *past = (uint8_t *)all[i]->data + all[i]->bytes;
        for (int k = 0; k < 64; k++) (void)past[k];
    }
    for (int i = 0; i < 2 * N; i++) {
        const uint8_t *p = all[i]->data;
        for (size_t k = 0; k < all[i]->bytes; k += 61) assert_int_equal(p[k], i + 1);
    }
    for (int i = 0; i < 2 * N; i++) brasa__buf_unref(all[i]);
    brasa__buf_unref(NULL);
    assert_true(brasa__pool_idle(s->ctx->pool) > 64 << 20);
    brasa__pool_trim(s->ctx->pool);
    assert_int_equal(brasa__pool_idle(s->ctx->pool), 0);
}

static void a_released_block_is_reused(void **state)
{
    unit_state *s = *state;
    brasa_buf  *b = brasa__buf_new(100000);
    void       *data = b->data;

    assert_ptr_equal(brasa__buf_ref(b), b);
    brasa__buf_unref(b);
    assert_int_equal(brasa__pool_idle(s->ctx->pool), 0);
    brasa__buf_unref(b);
    assert_int_equal(brasa__pool_idle(s->ctx->pool), 131072);
    b = brasa__buf_new(110000);
    assert_ptr_equal(b->data, data);
    assert_int_equal(brasa__pool_idle(s->ctx->pool), 0);
    brasa__buf_unref(b);
    brasa__pool_trim(s->ctx->pool);
    b = brasa__buf_new(110000);
    memset(b->data, 1, b->bytes);
    brasa__buf_unref(b);
}

static brasa_status take(void *arg, brasa_error *err)
{
    (void)err;
    brasa__buf_unref(brasa__buf_new(*(size_t *)arg));
    return BRASA_OK;
}

static void the_budget_counts_what_is_in_use(void **state)
{
    unit_state *s = *state;
    size_t      before = brasa__memory_used(s->ctx->memory);
    size_t      bytes = 1 << 20;
    brasa_buf  *b = brasa__buf_new(bytes);

    assert_int_equal(brasa__memory_used(s->ctx->memory), before + bytes);
    brasa__memory_set_budget(s->ctx->memory, before + 2 * bytes - 1);
    assert_status(brasa__guarded(take, &bytes, &s->err), BRASA_NO_MEMORY, s->err);
    brasa__buf_unref(b);
    assert_int_equal(brasa__memory_used(s->ctx->memory), before);
    assert_ok(brasa__guarded(take, &bytes, &s->err), s->err);

    size_t larger = bytes + bytes / 2; /* another class: what is idle must go first */
    assert_ok(brasa__guarded(take, &larger, &s->err), s->err);
    assert_true(brasa__pool_idle(s->ctx->pool) <= larger);
    size_t huge = SIZE_MAX - 5;
    brasa__memory_set_budget(s->ctx->memory, 0);
    assert_status(brasa__guarded(take, &huge, &s->err), BRASA_NO_MEMORY, s->err);
    assert_int_equal(brasa__memory_used(s->ctx->memory), before);
}

static void count_release(brasa_buf *b)
{
    ++*(int *)b->owner;
}

static void wrapped_memory_is_released_once(void **state)
{
    static const char text[] = "constant";
    int               released = 0;
    brasa_buf        *b = brasa__buf_wrap((void *)(uintptr_t)text, sizeof text, count_release, &released);

    (void)state;
    brasa__buf_ref(b);
    brasa__buf_unref(b);
    assert_int_equal(released, 0);
    brasa__buf_unref(b);
    assert_int_equal(released, 1);
    brasa__buf_unref(brasa__buf_wrap((void *)(uintptr_t)text, sizeof text, NULL, NULL));
}

typedef struct job {
    brasa_ctx *ctx;
    uint64_t   seed;
    int        wrong;
} job;

static void *churn(void *arg)
{
    job        *j = arg;
    unit_random r = {j->seed};
    brasa_buf  *held[8] = {NULL};

    brasa__ctx_set(j->ctx);
    for (int i = 0; i < 3000; i++) {
        int64_t at = unit_between(&r, 0, 7);
        if (held[at]) {
            if (((uint8_t *)held[at]->data)[held[at]->bytes - 1] != (uint8_t)(j->seed + (uint64_t)at)) j->wrong++;
            brasa__buf_unref(held[at]);
        }
        held[at] = brasa__buf_new((size_t)unit_between(&r, 1, 300000));
        ((uint8_t *)held[at]->data)[held[at]->bytes - 1] = (uint8_t)(j->seed + (uint64_t)at);
        if (i % 500 == 0) brasa__pool_trim(j->ctx->pool);
    }
    brasa__ctx_set(NULL); /* release works from a thread that has left the rank */
    for (int i = 0; i < 8; i++) brasa__buf_unref(held[i]);
    return NULL;
}

static void threads_share_a_pool(void **state)
{
    unit_state *s = *state;
    pthread_t   threads[4];
    job         jobs[4];
    size_t      before = brasa__memory_used(s->ctx->memory);

    for (int i = 0; i < 4; i++) {
        jobs[i] = (job) {.ctx = s->ctx, .seed = (uint64_t)i + 1};
        assert_int_equal(pthread_create(&threads[i], NULL, churn, &jobs[i]), 0);
    }
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++) assert_int_equal(jobs[i].wrong, 0);
    assert_int_equal(brasa__memory_used(s->ctx->memory), before);
}

static void a_thread_without_context_has_buffers_too(void **state)
{
    unit_state *s = *state;

    brasa__ctx_set(NULL);
    brasa_buf *b = brasa__buf_new(200000);
    memset(b->data, 1, b->bytes);
    brasa__buf_unref(b);
    brasa__buf_unref(brasa__buf_new(10));
    brasa__ctx_set(s->ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(buffers_of_every_size_are_usable),
        unit_case(a_released_block_is_reused),
        unit_case(the_budget_counts_what_is_in_use),
        unit_case(wrapped_memory_is_released_once),
        unit_case(threads_share_a_pool),
        unit_case(a_thread_without_context_has_buffers_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
