/* test_wire.c -- what is put comes back; what is short or absurd marks the reader bad; hashes and bits. */
#include "support/unit.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/wire.h"

static void put_sample(brasa_wire *w)
{
    brasa__put_u8(w, 200);
    brasa__put_bool(w, true);
    brasa__put_i32(w, -5);
    brasa__put_i64(w, INT64_MIN);
    brasa__put_u64(w, UINT64_MAX);
    brasa__put_f64(w, -0.0);
    brasa__put_str(w, "text");
    brasa__put_str(w, NULL);
    brasa__put_str(w, "");
    brasa__put_blob(w, "a\0b", 3);
}

static void short_numbers_come_back_and_take_few_bytes(void **state)
{
    static const int64_t v[] = {0, 1, -1, 63, -64, 64, -65, 8191, 8192, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    static const size_t  bytes[] = {1, 1, 1, 1, 1, 2, 2, 2, 3, 5, 5, 10, 10};
    unit_state          *s = *state;
    brasa_wire           w;

    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        brasa__wire_init(&w, s->arena);
        brasa__put_var(&w, v[i]);
        assert_int_equal(w.len, bytes[i]);
        brasa_reader r = brasa__reader(w.data, w.len), cut = brasa__reader(w.data, w.len - 1);
        assert_true(brasa__get_var(&r) == v[i] && !r.bad);
        brasa__get_var(&cut);
        assert_true(cut.bad);
    }
    uint8_t      endless[12];
    brasa_reader r;

    memset(endless, 0xFF, sizeof endless);
    r = brasa__reader(endless, sizeof endless);
    brasa__get_var(&r);
    assert_true(r.bad);
}

static void all_kinds_come_back(void **state)
{
    unit_state *s = *state;
    brasa_wire  w;
    size_t      n;

    brasa__wire_init(&w, s->arena);
    put_sample(&w);
    brasa_reader r = brasa__reader(w.data, w.len);
    assert_int_equal(brasa__get_u8(&r), 200);
    assert_true(brasa__get_bool(&r));
    assert_int_equal(brasa__get_i32(&r), -5);
    assert_true(brasa__get_i64(&r) == INT64_MIN);
    assert_true(brasa__get_u64(&r) == UINT64_MAX);
    assert_true(signbit(brasa__get_f64(&r)));
    assert_string_equal(brasa__get_str(&r, s->arena), "text");
    assert_null(brasa__get_str(&r, s->arena));
    assert_string_equal(brasa__get_str(&r, s->arena), "");
    assert_memory_equal(brasa__get_blob(&r, &n), "a\0b", 3);
    assert_int_equal(n, 3);
    assert_false(r.bad);
    assert_int_equal(r.pos, r.len);
    brasa__get_u8(&r);
    assert_true(r.bad);
}

static void every_cut_is_noticed(void **state)
{
    unit_state *s = *state;
    brasa_wire  w;

    brasa__wire_init(&w, s->arena);
    put_sample(&w);
    for (size_t len = 0; len < w.len; len++) {
        size_t       n;
        brasa_reader r = brasa__reader(brasa__arena_copy(s->arena, w.data, len), len);
        brasa__get_u8(&r), brasa__get_bool(&r), brasa__get_i32(&r), brasa__get_i64(&r), brasa__get_u64(&r), brasa__get_f64(&r);
        for (int i = 0; i < 3; i++) brasa__get_str(&r, s->arena);
        brasa__get_blob(&r, &n);
        assert_true(r.bad);
        assert_true(r.pos <= r.len);
        assert_int_equal(brasa__get_i64(&r), 0);
    }
}

static void absurd_lengths_and_counts_are_bad(void **state)
{
    unit_state *s = *state;
    brasa_wire  w;
    size_t      n;

    brasa__wire_init(&w, s->arena);
    brasa__put_u64(&w, UINT64_MAX - 3);
    brasa_reader r = brasa__reader(w.data, w.len);
    assert_null(brasa__get_blob(&r, &n));
    assert_true(r.bad);

    brasa__wire_init(&w, s->arena);
    brasa__put_i32(&w, 3);
    brasa__put_bytes(&w, "123456", 6);
    r = brasa__reader(w.data, w.len);
    assert_int_equal(brasa__get_count(&r, 2), 3);
    r = brasa__reader(w.data, w.len);
    assert_int_equal(brasa__get_count(&r, 3), 0);
    assert_true(r.bad);

    brasa__wire_init(&w, s->arena);
    brasa__put_i32(&w, -1);
    r = brasa__reader(w.data, w.len);
    assert_int_equal(brasa__get_count(&r, 1), 0);
    assert_true(r.bad);
}

static void bits_are_set_cleared_and_counted(void **state)
{
    uint64_t    bits[8] = {0};
    bool        want[512] = {false};
    unit_random r = {7};

    (void)state;
    for (int i = 0; i < 3000; i++) {
        int64_t at = unit_between(&r, 0, 511);
        want[at] = unit_chance(&r, 0.6);
        if (want[at])
            brasa__bit_set(bits, at);
        else
            brasa__bit_clear(bits, at);
    }
    for (int64_t n = 0, count = 0; n <= 512; n++) {
        assert_int_equal(brasa__bit_count(bits, n), count);
        if (n < 512) assert_int_equal(brasa__bit_get(bits, n), want[n]);
        count += n < 512 && want[n];
    }
    assert_int_equal(brasa__bit_words(0), 0);
    assert_int_equal(brasa__bit_words(64), 1);
    assert_int_equal(brasa__bit_words(65), 2);
}

static void hashes_are_those_of_xxh3(void **state)
{
    (void)state;
    assert_true(brasa__hash_bytes("", 0) == 0x2d06800538d394c2u); /* the published value of the empty string */
    assert_true(brasa__hash_bytes("a", 1) != brasa__hash_bytes("b", 1));
    assert_true(brasa__hash_combine(1, 2) != brasa__hash_combine(2, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(short_numbers_come_back_and_take_few_bytes),
        unit_case(all_kinds_come_back),
        unit_case(every_cut_is_noticed),
        unit_case(absurd_lengths_and_counts_are_bad),
        unit_case(bits_are_set_cleared_and_counted),
        unit_case(hashes_are_those_of_xxh3),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
