/* test_encode.c -- batches to bytes and back, and bytes that are damaged. */
#include "support/data.h"

#include <string.h>

#include "base/hash.h"
#include "data/encode_plain.h"
#include "data/string.h"
#include "data/type.h"

static brasa_block *decode(unit_state *s, brasa_wire *w, size_t from, size_t len, brasa_schema schema)
{
    brasa_buf   *buf = brasa__buf_new(len);
    brasa_block *b;
    brasa_error  err;

    memcpy(buf->data, w->data + from, len);
    assert_ok(brasa__block_decode(buf, buf->data, len, schema, &b, &err), err);
    brasa__buf_unref(buf);
    (void)s;
    return b;
}

static void check_round_trip(unit_state *s, uint64_t seed, int32_t rows, data_options o)
{
    unit_random  r = {seed};
    brasa_schema schema = data_schema(s->arena);
    brasa_batch  in = data_random_batch(s->arena, &r, schema, rows, o);
    brasa_wire   w;
    brasa_blocks got = {0};

    brasa__wire_init(&w, s->arena);
    brasa__batch_encode(&in, &w);
    assert_int_equal(w.len % 64, 0);
    assert_true(w.len <= brasa__batch_encoded_bound(&in));
    assert_int_equal(brasa__encoded_bytes(w.data, w.len), w.len);
    brasa__blocks_add(&got, decode(s, &w, 0, w.len, schema));
    data_assert_blocks(&got, &in, "round trip");
    brasa__blocks_clear(&got);
}

static void every_type_and_encoding_survives(void **state)
{
    static const int32_t rows[] = {0, 1, 2, 63, 64, 65, 200};
    static const double  nulls[] = {0, 0.3, 1};

    for (uint64_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (uint64_t k = 0; k < 12; k++) {
            check_round_trip(*state, 1000 + i * 100 + k, rows[i], (data_options) {.nulls = nulls[k % 3]});
            check_round_trip(*state, 5000 + i * 100 + k, rows[i], (data_options) {.nulls = nulls[k % 3], .select = 0.3});
        }
    }
}

static void encodings_follow_each_other_in_a_buffer(void **state)
{
    unit_state  *s = *state;
    unit_random  r = {3};
    brasa_schema schema = data_schema(s->arena);
    brasa_batch  in[5];
    size_t       need = 0, at = 0;

    for (int i = 0; i < 5; i++) {
        in[i] = data_random_batch(s->arena, &r, schema, 100, (data_options) {.nulls = 0.2});
        need += brasa__batch_encoded_bound(&in[i]);
    }

    brasa_buf *buf = brasa__buf_new(need);
    brasa_wire w = {.arena = s->arena, .data = buf->data, .cap = need};

    for (int i = 0; i < 5; i++) brasa__batch_encode(&in[i], &w);
    assert_ptr_equal(w.data, buf->data);
    for (int i = 0; i < 5; i++) {
        size_t       n = brasa__encoded_bytes(w.data + at, w.len - at);
        brasa_blocks got = {0};
        brasa_block *b;

        assert_true(n > 0);
        assert_ok(brasa__block_decode(buf, w.data + at, n, schema, &b, &s->err), s->err);
        assert_int_equal((uintptr_t)b->cols[5].values % 8, 0);
        brasa__blocks_add(&got, b);
        data_assert_blocks(&got, &in[i], "one of several");
        brasa__blocks_clear(&got);
        at += n;
    }
    assert_int_equal(at, w.len);
    brasa__buf_unref(buf);
}

static void bytes_that_lie_askew_are_copied(void **state)
{
    unit_state  *s = *state;
    unit_random  r = {4};
    brasa_schema schema = data_schema(s->arena);
    brasa_batch  in = data_random_batch(s->arena, &r, schema, 100, (data_options) {.nulls = 0.2});
    brasa_wire   w;
    brasa_block *b;
    brasa_blocks got = {0};

    brasa__wire_init(&w, s->arena);
    brasa__batch_encode(&in, &w);

    brasa_buf *buf = brasa__buf_new(w.len + 8);

    memcpy((char *)buf->data + 8, w.data, w.len);
    assert_ok(brasa__block_decode(buf, (uint8_t *)buf->data + 8, w.len, schema, &b, &s->err), s->err);
    brasa__buf_unref(buf);
    brasa__blocks_add(&got, b);
    data_assert_blocks(&got, &in, "askew");
    brasa__blocks_clear(&got);
}

static void bytes_without_a_checksum_are_taken_from_near_only(void **state)
{
    unit_state  *s = *state;
    unit_random  r = {4};
    brasa_schema schema = data_schema(s->arena);
    brasa_batch  in = data_random_batch(s->arena, &r, schema, 100, (data_options) {.nulls = 0.2});
    brasa_wire   w;
    brasa_block *b;

    for (int bare = 0; bare < 2; bare++) {
        brasa_blocks got = {0};
        brasa_buf   *buf;

        brasa__wire_init(&w, s->arena);
        if (bare)
            brasa__batch_encode_bare(&in, &w);
        else
            brasa__batch_encode(&in, &w);
        assert_int_equal(brasa__encoded_bytes(w.data, w.len), w.len);
        buf = brasa__buf_new(w.len);
        memcpy(buf->data, w.data, w.len);
        if (bare) assert_status(brasa__block_decode(buf, buf->data, w.len, schema, &b, &s->err), BRASA_CORRUPT, s->err);
        assert_ok(brasa__block_decode_near(buf, buf->data, w.len, schema, &b, &s->err), s->err);
        brasa__blocks_add(&got, b);
        data_assert_blocks(&got, &in, "near");
        brasa__blocks_clear(&got);
        memcpy(buf->data, w.data, w.len);
        ((uint8_t *)buf->data)[w.len - 3] ^= 1;
        assert_status(brasa__block_decode_near(buf, buf->data, w.len, schema, &b, &s->err), BRASA_CORRUPT, s->err);
        brasa__buf_unref(buf);
    }
}

static void every_flipped_bit_is_noticed(void **state)
{
    unit_state  *s = *state;
    unit_random  r = {5};
    brasa_schema schema = data_schema(s->arena);
    brasa_batch  in = data_random_batch(s->arena, &r, schema, 20, (data_options) {.nulls = 0.2});
    brasa_wire   w;

    brasa__wire_init(&w, s->arena);
    brasa__batch_encode(&in, &w);

    brasa_buf *buf = brasa__buf_new(w.len);

    for (int i = 0; i < 2000; i++) {
        uint64_t     bit = unit_next(&r) % (w.len * 8);
        brasa_block *b;

        memcpy(buf->data, w.data, w.len);
        ((uint8_t *)buf->data)[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_status(brasa__block_decode(buf, buf->data, w.len, schema, &b, &s->err), BRASA_CORRUPT, s->err);
        assert_null(b);
    }
    brasa__buf_unref(buf);
}

/* Read every value: under the sanitizers, a bad pointer ends the test. */
static void read_all(brasa_block *b, brasa_arena *arena)
{
    for (int32_t c = 0; c < b->ncols; c++) {
        for (int32_t i = 0; i < b->rows; i++) {
            brasa_value v = brasa__column_value(&b->cols[c], i, arena);
            brasa_text  text;

            brasa__text_init(&text, arena);
            brasa__value_text(&v, &text);
        }
    }
}

static void damage_under_a_right_checksum_is_safe(void **state)
{
    unit_state  *s = *state;
    unit_random  r = {6};
    brasa_schema schema = data_schema(s->arena);
    brasa_batch  in = data_random_batch(s->arena, &r, schema, 6, (data_options) {.nulls = 0.2});
    brasa_wire   w;
    int          refused = 0;

    brasa__wire_init(&w, s->arena);
    brasa__batch_encode(&in, &w);

    brasa_buf *buf = brasa__buf_new(w.len);

    for (int i = 0; i < 3000; i++) {
        uint8_t     *p = buf->data;
        brasa_block *b;

        memcpy(p, w.data, w.len);
        for (int k = 0; k < 1 + i % 3; k++) {
            uint64_t at = 32 + unit_next(&r) % (w.len - 40);

            if (unit_chance(&r, 0.5)) {
                p[at] = (uint8_t)unit_next(&r);
            } else {
                memset(p + at / 4 * 4, unit_chance(&r, 0.5) ? 0xff : 0x7f, 4);
            }
        }

        uint64_t sum = brasa__hash_bytes(p, w.len - 8);

        memcpy(p + w.len - 8, &sum, 8);
        if (brasa__block_decode(buf, p, w.len, schema, &b, &s->err) == BRASA_OK) {
            brasa_arena *arena = brasa__arena_new(NULL, "read");

            read_all(b, arena);
            brasa__arena_free(arena);
            brasa__block_unref(b);
        } else {
            assert_int_equal(s->err.code, BRASA_CORRUPT);
            refused++;
        }
    }
    assert_true(refused > 100);
    brasa__buf_unref(buf);
}

static void truncation_and_other_schemas_are_refused(void **state)
{
    unit_state  *s = *state;
    unit_random  r = {7};
    brasa_schema schema = data_schema(s->arena), other = schema;
    brasa_batch  in = data_random_batch(s->arena, &r, schema, 6, (data_options) {.nulls = 0.2});
    brasa_wire   w;
    brasa_block *b;

    brasa__wire_init(&w, s->arena);
    brasa__batch_encode(&in, &w);

    brasa_buf *buf = brasa__buf_new(w.len);

    for (size_t len = 0; len < w.len; len += 1 + len / 7) {
        memcpy(buf->data, w.data, w.len);
        assert_status(brasa__block_decode(buf, buf->data, len, schema, &b, &s->err), BRASA_CORRUPT, s->err);
    }
    other.ncols--;
    assert_status(brasa__block_decode(buf, buf->data, w.len, other, &b, &s->err), BRASA_CORRUPT, s->err);
    assert_text_has(s->err.text, "schema");
    brasa__buf_unref(buf);
}

static void small_dictionaries_and_constants_stay_so(void **state)
{
    unit_state  *s = *state;
    brasa_value  words[2] = {brasa_value_string("a string over twelve bytes"), brasa_value_string("b")};
    brasa_column dict = brasa__values_column(s->arena, brasa__type(BRASA_KIND_STRING), words, 2);
    int32_t     *codes = BRASA_NEWS(s->arena, int32_t, 1000);
    brasa_column cols[2];
    brasa_batch  in = {.rows = 1000, .ncols = 2, .cols = cols, .nsel = 1000};
    brasa_field  fields[2] = {{"a", brasa__type(BRASA_KIND_STRING), true}, {"b", brasa__type(BRASA_KIND_STRING), true}};
    brasa_wire   w;

    for (int32_t i = 0; i < 1000; i++) codes[i] = i % 2;
    cols[0] = (brasa_column) {.type = dict.type, .encoding = BRASA_DICT, .codes = codes, .child = &dict, .child_rows = 2};
    cols[1] = brasa__value_column(s->arena, &words[0]);
    brasa__wire_init(&w, s->arena);
    brasa__batch_encode(&in, &w);
    assert_true(w.len < 5000);

    brasa_block *b = decode(s, &w, 0, w.len, (brasa_schema) {.ncols = 2, .cols = fields});

    assert_int_equal(b->cols[0].encoding, BRASA_DICT);
    assert_int_equal(b->cols[1].encoding, BRASA_CONST);
    for (int32_t i = 0; i < 1000; i++) data_assert_row(&b->cols[0], i, &cols[0], i, "dictionary");
    brasa__block_unref(b);
}

/* Where in the message the n integers lie. */
static size_t find(const brasa_wire *w, const int32_t *v, size_t n)
{
    for (size_t at = 32; at + 4 * n <= w->len; at += 4) {
        if (memcmp(w->data + at, v, 4 * n) == 0) return at;
    }
    fail_msg("the message does not hold the values");
    return 0;
}

static void expect_corrupt(unit_state *s, const brasa_wire *w, size_t at, int32_t v, brasa_schema schema, const char *says)
{
    brasa_buf   *buf = brasa__buf_new(w->len);
    brasa_block *b;
    uint64_t     sum;

    memcpy(buf->data, w->data, w->len);
    memcpy((char *)buf->data + at, &v, sizeof v);
    sum = brasa__hash_bytes(buf->data, w->len - 8);
    memcpy((char *)buf->data + w->len - 8, &sum, 8);
    assert_status(brasa__block_decode(buf, buf->data, w->len, schema, &b, &s->err), BRASA_CORRUPT, s->err);
    assert_text_has(s->err.text, says);
    brasa__buf_unref(buf);
}

static void codes_and_spans_must_lie_within(void **state)
{
    unit_state        *s = *state;
    static const int   bad[] = {-1, 4, INT32_MAX, INT32_MIN};
    const int32_t      codes[5] = {3, 1, 2, 0, 3}, spans[6] = {2, 1, 0, 2, 3, 1};
    brasa_value        words[4] = {brasa_value_i64(1), brasa_value_i64(2), brasa_value_i64(3), brasa_value_i64(4)};
    brasa_column       four = brasa__values_column(s->arena, brasa__type(BRASA_KIND_INT64), words, 4), c;
    brasa_field        field = {"a", four.type, true};
    const brasa_schema schema = {.ncols = 1, .cols = &field};
    brasa_batch        in = {.rows = 5, .ncols = 1, .cols = &c, .nsel = 5};
    brasa_wire         w;

    c = (brasa_column) {.type = four.type, .encoding = BRASA_DICT, .codes = codes, .child = &four, .child_rows = 4};
    brasa__wire_init(&w, s->arena);
    brasa__batch_encode(&in, &w);
    for (size_t i = 0; i < 4; i++) expect_corrupt(s, &w, find(&w, codes, 5) + 4 * i, bad[i], schema, "dictionary");

    const int32_t packed[6] = {0, 1, 1, 2, 3, 1}; /* as the lists lie after their elements were put in order */

    field.type = brasa__type_list(s->arena, four.type);
    c = (brasa_column) {.type = field.type, .encoding = BRASA_FLAT, .values = spans, .child = &four, .child_rows = 4};
    in.rows = in.nsel = 3;
    brasa__wire_init(&w, s->arena);
    brasa__batch_encode(&in, &w);
    for (size_t i = 0; i < 4; i++) {
        expect_corrupt(s, &w, find(&w, packed, 6), bad[i], schema, "elements");
        expect_corrupt(s, &w, find(&w, packed, 6) + 4, bad[i] == 4 ? 5 : bad[i], schema, "elements");
    }
}

static void plain_columns_in_place_are_encoded_alike(void **state)
{
    static const brasa_kind kinds[] = {BRASA_KIND_INT64, BRASA_KIND_BOOL, BRASA_KIND_INT16, BRASA_KIND_FLOAT64, BRASA_KIND_DATE};
    enum { COLS = sizeof kinds / sizeof *kinds };
    unit_state *s = *state;

    for (int32_t rows = 64; rows <= 320; rows += 128) {
        brasa_field     fields[COLS];
        brasa_column    cols[COLS];
        brasa_plain_run runs[COLS] = {{0}};
        brasa_schema    schema = {.ncols = COLS, .cols = fields};
        brasa_batch     in = {.rows = rows, .ncols = COLS, .cols = cols, .nsel = rows};
        size_t          bytes;
        uint8_t        *own;
        brasa_wire      w;

        for (int32_t c = 0; c < COLS; c++) fields[c] = (brasa_field) {.name = "c", .type.kind = kinds[c]};
        for (int32_t c = 1; c < COLS; c++) runs[c].nulls = rows == 192;
        bytes = brasa__plain_place(schema, rows, runs);
        own = brasa__arena_alloc64(s->arena, bytes);
        memset(own, 0xee, bytes);
        for (int32_t c = 0; c < COLS; c++) {
            size_t   width = brasa__type_width(fields[c].type);
            uint8_t *values = own + runs[c].values;

            for (size_t i = 0; i < width * (size_t)rows; i++) values[i] = kinds[c] == BRASA_KIND_BOOL ? i % 3 == 0 : (uint8_t)(i * 7);
            cols[c] = (brasa_column) {.type = fields[c].type, .encoding = BRASA_FLAT, .values = values};
            if (runs[c].nulls) cols[c].valid = (uint64_t *)(void *)(own + runs[c].valid); /* what 0xee says */
        }
        brasa__plain_seal(schema, rows, runs, own);
        brasa__wire_init(&w, s->arena);
        brasa__batch_encode_bare(&in, &w);
        assert_int_equal(w.len, bytes);
        assert_memory_equal(w.data, own, bytes);
        brasa__plain_check(own, bytes);
        w.len = 0;
        brasa__batch_encode(&in, &w);
        assert_int_equal(w.len, bytes);
        assert_memory_equal(w.data, own, bytes);
    }
}

/* Strings in place, decoded from where they are to another place; some room of theirs is left over. */
static void plain_strings_are_decoded_elsewhere(void **state)
{
    unit_state     *s = *state;
    unit_random     r = {7};
    brasa_type      type = brasa__type(BRASA_KIND_STRING);
    brasa_field     fields[2] = {{.name = "s", .type = type}, {.name = "n", .type.kind = BRASA_KIND_INT64}};
    brasa_schema    schema = {.ncols = 2, .cols = fields};
    brasa_column    want = data_random_column(s->arena, &r, type, 192, (data_options) {.flat = true});
    brasa_plain_run runs[2] = {{.room = 192 * 64}, {.nulls = true}};
    size_t          bytes = brasa__plain_place(schema, 192, runs), used = 0;
    uint8_t        *own = brasa__arena_alloc64(s->arena, bytes), *kept;
    brasa_string   *v = (brasa_string *)(void *)(own + runs[0].values);
    brasa_buf      *buf = brasa__buf_new(bytes);
    brasa_block    *block = NULL;
    brasa_error     err;

    memset(own, 0, bytes);
    for (int32_t i = 0; i < 192; i++) {
        v[i] = ((const brasa_string *)want.values)[i];
        ((int64_t *)(void *)(own + runs[1].values))[i] = i;
        if (i % 5 != 0) brasa__bit_set((uint64_t *)(void *)(own + runs[1].valid), i);
        if (v[i].len <= 12) continue;
        assert_true(used + v[i].len <= runs[0].room);
        memcpy(own + runs[0].heap + used, v[i].u.ref.data, v[i].len);
        v[i].u.ref.data = (const char *)(uintptr_t)used;
        used += v[i].len;
    }
    assert_true(used > 0);
    brasa__plain_seal(schema, 192, runs, own);
    kept = brasa__arena_copy(s->arena, own, bytes);
    assert_int_equal(brasa__block_decode_from(buf, buf->data, own, bytes, schema, &block, &err), BRASA_OK);
    assert_memory_equal(own, kept, bytes); /* it may be memory of another process */
    assert_int_equal(block->rows, 192);
    for (int32_t i = 0; i < 192; i++) {
        const brasa_string *got = (const brasa_string *)block->cols[0].values + i;

        assert_true(brasa__string_equal(got, (const brasa_string *)want.values + i));
        assert_true(got->len <= 12 || ((const uint8_t *)got->u.ref.data >= (uint8_t *)buf->data &&
                                       (const uint8_t *)got->u.ref.data + got->len <= (uint8_t *)buf->data + bytes));
        assert_int_equal(((const int64_t *)block->cols[1].values)[i], i);
        assert_int_equal(brasa_column_is_valid(&block->cols[1], i), i % 5 != 0);
    }
    brasa__block_unref(block);
    for (int32_t i = 0; i < 192; i++) {
        if (v[i].len <= 12) continue;
        v[i].u.ref.data += runs[0].room; /* outside, if not by all of its bytes */
        assert_int_equal(brasa__block_decode_from(buf, buf->data, own, bytes, schema, &block, &err), BRASA_CORRUPT);
        v[i].u.ref.data -= runs[0].room;
    }
    brasa__buf_unref(buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(every_type_and_encoding_survives),
        unit_case(encodings_follow_each_other_in_a_buffer),
        unit_case(bytes_that_lie_askew_are_copied),
        unit_case(every_flipped_bit_is_noticed),
        unit_case(damage_under_a_right_checksum_is_safe),
        unit_case(truncation_and_other_schemas_are_refused),
        unit_case(small_dictionaries_and_constants_stay_so),
        unit_case(codes_and_spans_must_lie_within),
        unit_case(plain_columns_in_place_are_encoded_alike),
        unit_case(plain_strings_are_decoded_elsewhere),
        unit_case(bytes_without_a_checksum_are_taken_from_near_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
