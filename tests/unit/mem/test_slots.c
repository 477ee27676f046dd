/* test_slots.c -- buffers that other processes can read: taken, reused, refused, and seen through a mapping of their own. */
#include "support/unit.h"

#include <string.h>

#include "base/config.h"
#include "mem/slots.h"

static void slots_are_taken_until_there_are_none_and_reused(void **state)
{
    brasa_slots *s = brasa__slots_new();
    brasa_buf   *all[BRASA_SLOTS];
    void        *last;

    (void)state;
    assert_non_null(s);
    for (int i = 0; i < BRASA_SLOTS; i++) {
        all[i] = brasa__slots_take(s, i % 2 == 0 ? BRASA_SLOT_ROOM : 1000);
        assert_non_null(all[i]);
        assert_int_equal((uintptr_t)all[i]->data % 64, 0);
        memset(all[i]->data, i + 1, all[i]->bytes);
    }
    assert_null(brasa__slots_take(s, 1));
    for (int i = 0; i < BRASA_SLOTS; i++)
        for (size_t k = 0; k < all[i]->bytes; k += 997) assert_int_equal(((uint8_t *)all[i]->data)[k], i + 1);
    last = all[5]->data;
    brasa__buf_unref(all[5]);
    assert_null(brasa__slots_take(s, BRASA_SLOT_ROOM + 1));
    all[5] = brasa__slots_take(s, 7);
    assert_ptr_equal(all[5]->data, last);
    brasa__slots_free(s); /* the buffers hold it */
    for (int i = 0; i < BRASA_SLOTS; i++) brasa__buf_unref(all[i]);
}

static void what_is_written_is_seen_through_another_mapping(void **state)
{
    brasa_slots         *s = brasa__slots_new();
    const brasa_segment *segment = brasa__slots_segment(s);
    brasa_buf           *b = brasa__slots_take(s, 5000);
    brasa_segment_name   name;
    const char          *seen;

    (void)state;
    assert_true(brasa__segment_name(segment, &name));
    seen = brasa__segment_map(&name, BRASA_SLOTS_BYTES);
    assert_non_null(seen);
    memset(b->data, 0x5a, 5000);
    assert_memory_equal(seen + ((char *)b->data - segment->base), b->data, 5000);
    brasa__segment_unmap(seen, BRASA_SLOTS_BYTES);
    name.inode++; /* another file has this number now */
    assert_null(brasa__segment_map(&name, BRASA_SLOTS_BYTES));
    brasa__buf_unref(b);
    brasa__slots_free(s);
}

static brasa_status take(void *arg, brasa_error *err)
{
    (void)err;
    brasa__buf_unref(brasa__slots_take(arg, 100));
    return BRASA_OK;
}

static void a_slot_is_charged_to_the_budget(void **state)
{
    unit_state  *u = *state;
    brasa_slots *s = brasa__slots_new();
    size_t       used = brasa__memory_used(u->ctx->memory);
    brasa_buf   *b = brasa__slots_take(s, 100);

    assert_true(brasa__memory_used(u->ctx->memory) >= used + BRASA_SLOT_ROOM);
    brasa__memory_set_budget(u->ctx->memory, brasa__memory_used(u->ctx->memory));
    assert_status(brasa__guarded(take, s, &u->err), BRASA_NO_MEMORY, u->err);
    brasa__memory_set_budget(u->ctx->memory, 0);
    brasa__buf_unref(b);
    assert_int_equal(brasa__memory_used(u->ctx->memory), used);
    brasa__slots_free(s);
}

#ifdef BRASA_FAULTS
static void where_the_system_gives_nothing_there_are_none(void **state)
{
    unit_state  *u = *state;
    brasa_slots *s;
    brasa_buf   *b;

    assert_ok(brasa__config_set(u->ctx->config, "faults", "segment.new:1", &u->err), u->err);
    assert_null(brasa__slots_new());
    s = brasa__slots_new();
    assert_ok(brasa__config_set(u->ctx->config, "faults", "segment.back:2", &u->err), u->err);
    b = brasa__slots_take(s, 10);
    assert_non_null(b);
    assert_null(brasa__slots_take(s, 10));
    assert_null(brasa__slots_take(s, 10)); /* it is not asked again */
    brasa__buf_unref(b);
    b = brasa__slots_take(s, 10);
    assert_non_null(b);
    brasa__buf_unref(b);
    brasa__slots_free(s);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(slots_are_taken_until_there_are_none_and_reused),
        unit_case(what_is_written_is_seen_through_another_mapping),
        unit_case(a_slot_is_charged_to_the_budget),
#ifdef BRASA_FAULTS
        unit_case(where_the_system_gives_nothing_there_are_none),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
