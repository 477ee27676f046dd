/* test_blocks.c -- appenders, gathers, slices and projections of every type and encoding, row by row against the source. */
#include "support/data.h"

#include <string.h>

#include "data/gather.h"

static void check_push(unit_state *s, uint64_t seed, int32_t rows, data_options o)
{
    unit_random     r = {seed};
    brasa_schema    schema = data_schema(s->arena);
    brasa_batch     in = data_random_batch(s->arena, &r, schema, rows, o);
    brasa_blocks    out = {0};
    brasa_appender *a = brasa__appender_new(schema, 128);

    brasa__appender_push(a, &in, brasa__blocks_sink, &out);
    assert_int_equal(brasa__appender_rows(a), in.nsel % 128);
    brasa__appender_finish(a, brasa__blocks_sink, &out);
    assert_int_equal(brasa__appender_rows(a), 0);
    for (int32_t i = 0; i + 1 < out.count; i++) assert_int_equal(out.items[i]->rows, 128);
    data_assert_blocks(&out, &in, "push");
    brasa__appender_free(a);
    data_assert_blocks(&out, &in, "after the appender is gone");
    brasa__blocks_clear(&out);
}

static void appender_copies_every_row(void **state)
{
    static const int32_t rows[] = {0, 1, 63, 64, 65, 127, 128, 129, 300};
    static const double  nulls[] = {0, 0.3, 1};

    for (uint64_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (uint64_t k = 0; k < 3; k++) {
            check_push(*state, 100 + i * 10 + k, rows[i], (data_options) {.nulls = nulls[k]});
            check_push(*state, 200 + i * 10 + k, rows[i], (data_options) {.nulls = nulls[k], .select = 0.4});
        }
    }
}

static void appender_takes_rows_by_number(void **state)
{
    unit_state     *s = *state;
    unit_random     r = {7};
    brasa_schema    schema = data_schema(s->arena);
    brasa_appender *a = brasa__appender_new(schema, 64);
    int32_t         rows[500];

    for (int round = 0; round < 6; round++) {
        brasa_batch  in = data_random_batch(s->arena, &r, schema, 90, (data_options) {.nulls = 0.2});
        brasa_blocks out = {0};
        brasa_batch  want = in;
        int32_t      n = (int32_t)unit_between(&r, 0, 500);

        for (int32_t i = 0; i < n; i++) rows[i] = (int32_t)unit_between(&r, 0, 89);
        brasa__appender_push_rows(a, &in, rows, n, brasa__blocks_sink, &out);
        brasa__appender_finish(a, brasa__blocks_sink, &out);
        want.sel = rows;
        want.nsel = n;
        data_assert_blocks(&out, &want, "rows by number");
        brasa__blocks_clear(&out);
    }
    brasa__appender_free(a);
}

static void appender_takes_negative_rows_as_null(void **state)
{
    unit_state     *s = *state;
    unit_random     r = {8};
    brasa_schema    schema = data_schema(s->arena);
    brasa_batch     in = data_random_batch(s->arena, &r, schema, 50, (data_options) {.nulls = 0.2});
    brasa_appender *a = brasa__appender_new(schema, 0);
    brasa_blocks    out = {0};
    int32_t         rows[] = {3, -1, 0, 49, -1, 3};

    brasa__appender_push_rows(a, &in, rows, 6, brasa__blocks_sink, &out);
    brasa__appender_finish(a, brasa__blocks_sink, &out);
    assert_int_equal(out.count, 1);
    for (int32_t c = 0; c < schema.ncols; c++) {
        for (int32_t i = 0; i < 6; i++) {
            if (rows[i] < 0) {
                assert_true(brasa__column_value(&out.items[0]->cols[c], i, s->arena).null);
            } else {
                data_assert_row(&out.items[0]->cols[c], i, &in.cols[c], rows[i], "negative rows");
            }
        }
    }
    brasa__blocks_clear(&out);
    brasa__appender_free(a);
}

static void appender_takes_values(void **state)
{
    unit_state     *s = *state;
    unit_random     r = {9};
    brasa_schema    schema = data_schema(s->arena);
    brasa_appender *a = brasa__appender_new(schema, 64);
    brasa_blocks    out = {0};
    brasa_value    *v = BRASA_NEWS(s->arena, brasa_value, 100 * schema.ncols);

    for (int32_t i = 0; i < 100; i++) {
        for (int32_t c = 0; c < schema.ncols; c++) {
            v[i * schema.ncols + c] = data_random_value(s->arena, &r, schema.cols[c].type, (data_options) {.nulls = 0.2});
        }
        brasa__appender_push_values(a, v + (size_t)i * (size_t)schema.ncols, brasa__blocks_sink, &out);
    }
    assert_true(brasa__appender_bytes(a) > 36 * 8);
    brasa__appender_finish(a, brasa__blocks_sink, &out);
    assert_int_equal(out.rows, 100);
    for (int32_t i = 0; i < 100; i++) {
        for (int32_t c = 0; c < schema.ncols; c++) {
            brasa_value got = brasa__column_value(&out.items[i / 64]->cols[c], i % 64, s->arena);

            assert_int_equal(got.null, v[i * schema.ncols + c].null);
            assert_int_equal(brasa__value_compare(&got, &v[i * schema.ncols + c]), 0);
        }
    }
    brasa__blocks_clear(&out);
    brasa__appender_free(a);
}

static void appender_with_no_columns_counts_rows(void **state)
{
    brasa_appender *a = brasa__appender_new((brasa_schema) {0}, 64);
    brasa_batch     in = {.rows = 100, .nsel = 100};
    brasa_blocks    out = {0};

    (void)state;
    brasa__appender_push(a, &in, brasa__blocks_sink, &out);
    brasa__appender_finish(a, brasa__blocks_sink, &out);
    assert_int_equal(out.rows, 100);
    assert_int_equal(out.count, 2);
    brasa__blocks_clear(&out);
    brasa__appender_free(a);
}

static void slices_show_the_rows_from_their_start(void **state)
{
    unit_state     *s = *state;
    unit_random     r = {10};
    brasa_schema    schema = data_schema(s->arena);
    brasa_batch     in = data_random_batch(s->arena, &r, schema, 200, (data_options) {.nulls = 0.3});
    brasa_appender *a = brasa__appender_new(schema, 256);
    brasa_blocks    out = {0};
    brasa_column    slice[DATA_TYPES];
    brasa_batch     got;

    brasa__appender_push(a, &in, brasa__blocks_sink, &out);
    brasa__appender_finish(a, brasa__blocks_sink, &out);
    brasa__block_slice(out.items[0], 128, 72, slice, &got);
    for (int32_t c = 0; c < schema.ncols; c++) {
        brasa_column of_any;

        brasa__column_slice(&in.cols[c], 64, &of_any);
        for (int32_t i = 0; i < 72; i++) data_assert_row(&got.cols[c], i, &in.cols[c], 128 + i, "slice of a block");
        for (int32_t i = 0; i < 136; i++) data_assert_row(&of_any, i, &in.cols[c], 64 + i, "slice of any column");
    }
    brasa__blocks_clear(&out);
    brasa__appender_free(a);
}

static void projection_outlives_its_block(void **state)
{
    unit_state     *s = *state;
    unit_random     r = {11};
    brasa_schema    schema = data_schema(s->arena);
    brasa_batch     in = data_random_batch(s->arena, &r, schema, 100, (data_options) {.nulls = 0.3});
    brasa_appender *a = brasa__appender_new(schema, 128);
    brasa_blocks    out = {0};
    const int32_t   which[] = {23, 0, 11, 11};
    const int32_t   again[] = {2};
    brasa_block    *p, *q;

    brasa__appender_push(a, &in, brasa__blocks_sink, &out);
    brasa__appender_finish(a, brasa__blocks_sink, &out);
    p = brasa__block_project(out.items[0], which, 4);
    q = brasa__block_project(p, again, 1);
    assert_true(p->bytes < out.items[0]->bytes);
    brasa__blocks_clear(&out);
    brasa__block_unref(brasa__block_ref(p));
    for (int32_t k = 0; k < 4; k++) {
        for (int32_t i = 0; i < 100; i++) data_assert_row(&p->cols[k], i, &in.cols[which[k]], i, "projection");
    }
    brasa__block_unref(p);
    for (int32_t i = 0; i < 100; i++) data_assert_row(&q->cols[0], i, &in.cols[11], i, "projection of a projection");
    brasa__block_unref(q);
    brasa__appender_free(a);
}

static bool is_whole(const brasa_column *c)
{
    brasa_phys p = brasa__type_phys(c->type);

    return c->encoding != BRASA_DICT && (p == BRASA_PHYS_I8 || p == BRASA_PHYS_I16 || p == BRASA_PHYS_I32 || p == BRASA_PHYS_I64);
}

static void check_range(brasa_arena *arena, brasa_block *b, int32_t col)
{
    int64_t least = 1, most = 0, low = INT64_MAX, high = INT64_MIN;

    assert_true(brasa__block_range(b, col, &least, &most) == (is_whole(&b->cols[col]) && b->rows > 0));
    if (!is_whole(&b->cols[col]) || b->rows == 0) return;
    for (int32_t i = 0; i < b->rows; i++) {
        brasa_value v = brasa__column_value(&b->cols[col], i, arena);

        if (v.null) continue;
        low = v.u.i < low ? v.u.i : low;
        high = v.u.i > high ? v.u.i : high;
    }
    assert_true(low <= high ? least == low && most == high : least > most);
}

static void ranges_are_those_of_the_values(void **state)
{
    unit_state  *s = *state;
    brasa_schema schema = data_schema(s->arena);
    int32_t      whole = 0;

    for (uint64_t seed = 0; seed < 12; seed++) {
        unit_random     r = {seed};
        brasa_appender *a = brasa__appender_new(schema, 128);
        brasa_blocks    out = {0};
        brasa_batch     in = data_random_batch(s->arena, &r, schema, 300,
                                               (data_options) {.nulls = seed % 3 == 0   ? 0
                                                                        : seed % 3 == 1 ? 0.3
                                                                                        : 1});

        brasa__appender_push(a, &in, brasa__blocks_sink, &out);
        brasa__appender_finish(a, brasa__blocks_sink, &out);
        for (int32_t i = 0; i < out.count; i++) {
            for (int32_t c = 0; c < 2 * schema.ncols; c++) check_range(s->arena, out.items[i], c % schema.ncols); /* measured, remembered */
            for (int32_t c = 0; c < schema.ncols; c++) whole += is_whole(&out.items[i]->cols[c]);
            assert_false(brasa__block_range(out.items[i], schema.ncols, &(int64_t) {0}, &(int64_t) {0}));
            assert_false(brasa__block_range(out.items[i], -1, &(int64_t) {0}, &(int64_t) {0}));
        }
        brasa__blocks_clear(&out);
        brasa__appender_free(a);
    }
    assert_true(whole > 50);
}

static void gather_takes_any_rows_and_nulls(void **state)
{
    unit_state  *s = *state;
    unit_random  r = {12};
    brasa_schema schema = data_schema(s->arena);

    for (int round = 0; round < 20; round++) {
        int32_t     rows[150], from = (int32_t)unit_between(&r, 1, 100), n = (int32_t)unit_between(&r, 0, 150);
        brasa_batch in = data_random_batch(s->arena, &r, schema, from, (data_options) {.nulls = round % 3 * 0.4});

        for (int32_t i = 0; i < n; i++) rows[i] = (int32_t)unit_between(&r, round % 2 - 1, from - 1);
        for (int32_t c = 0; c < schema.ncols; c++) {
            brasa_column out;

            brasa__column_gather(s->arena, &in.cols[c], rows, n, round % 4 < 2, &out);
            if (round % 4 >= 2) assert_int_not_equal(out.encoding, BRASA_DICT);
            for (int32_t i = 0; i < n; i++) {
                if (rows[i] < 0) {
                    assert_true(brasa__column_value(&out, i, s->arena).null);
                } else {
                    data_assert_row(&out, i, &in.cols[c], rows[i], "gather");
                }
            }
        }
    }
}

static void gather_of_nothing_but_nulls_needs_no_source_rows(void **state)
{
    unit_state  *s = *state;
    brasa_schema schema = data_schema(s->arena);
    int32_t      rows[70];

    for (int32_t i = 0; i < 70; i++) rows[i] = -1;
    for (int32_t c = 0; c < schema.ncols; c++) {
        brasa_column empty = brasa__values_column(s->arena, schema.cols[c].type, NULL, 0), out, nulls;

        brasa__column_gather(s->arena, &empty, rows, 70, true, &out);
        brasa__column_nulls(s->arena, schema.cols[c].type, 70, &nulls);
        for (int32_t i = 0; i < 70; i++) {
            assert_true(brasa__column_value(&out, i, s->arena).null);
            assert_true(brasa__column_value(&nulls, i, s->arena).null);
        }
    }
}

static void flatten_keeps_the_selected_rows(void **state)
{
    unit_state  *s = *state;
    unit_random  r = {13};
    brasa_schema schema = data_schema(s->arena);

    for (int round = 0; round < 10; round++) {
        brasa_batch in = data_random_batch(s->arena, &r, schema, 130, (data_options) {.nulls = 0.3, .select = round % 2 * 0.5}), out;

        brasa__batch_flatten(s->arena, &in, &out);
        assert_null(out.sel);
        data_assert_batch(&out, &in, "flatten");
        for (int32_t c = 0; c < out.ncols; c++) assert_int_not_equal(out.cols[c].encoding, BRASA_DICT);
    }
}

static void struct_field_is_null_where_the_struct_is(void **state)
{
    unit_state *s = *state;
    unit_random r = {14};
    brasa_type  t = data_type(s->arena, 20);

    assert_int_equal(t.kind, BRASA_KIND_STRUCT);
    for (int round = 0; round < 40; round++) {
        brasa_column c = data_random_column(s->arena, &r, t, 100, (data_options) {.nulls = 0.4});

        for (int32_t f = 0; f < 2; f++) {
            brasa_column out;

            brasa__struct_field(s->arena, &c, f, 100, &out);
            for (int32_t i = 0; i < 100; i++) {
                brasa_value whole = brasa__column_value(&c, i, s->arena), field = brasa__column_value(&out, i, s->arena);

                if (whole.null) {
                    assert_true(field.null);
                } else {
                    assert_int_equal(brasa__value_compare(&whole.u.list.items[f], &field), 0);
                }
            }
        }
    }
}

static void blocks_survive_the_schema_they_were_made_with(void **state)
{
    unit_state     *s = *state;
    unit_random     r = {15};
    brasa_arena    *query = brasa__arena_new(NULL, "query");
    brasa_schema    schema;
    brasa_error     err;
    brasa_appender *a;
    brasa_blocks    out = {0};
    brasa_batch     in;
    brasa_text      text;

    assert_ok(brasa__schema_parse(query, "a ARRAY<STRING>, b STRUCT<x: INT>", &schema, &err), err);
    in = data_random_batch(s->arena, &r, schema, 10, (data_options) {.flat = true});
    a = brasa__appender_new(schema, 64);
    brasa__appender_push(a, &in, brasa__blocks_sink, &out);
    brasa__appender_finish(a, brasa__blocks_sink, &out);
    brasa__appender_free(a);
    brasa__arena_free(query);
    brasa__text_init(&text, s->arena);
    brasa__type_text(out.items[0]->cols[1].type, &text);
    assert_string_equal(text.s, "STRUCT<x: INT>");
    brasa__blocks_clear(&out);
}

typedef struct {
    brasa_appender *a;
    brasa_batch     in;
    brasa_blocks    out;
} push_state;

static brasa_status push_all(void *arg, brasa_error *err)
{
    push_state *p = arg;

    (void)err;
    for (int i = 0; i < 20; i++) brasa__appender_push(p->a, &p->in, brasa__blocks_sink, &p->out);
    brasa__appender_finish(p->a, brasa__blocks_sink, &p->out);
    return BRASA_OK;
}

/* Whatever the allocation that fails, all is released: the fixture looks at the account. */
static void appender_releases_all_when_memory_ends(void **state)
{
    unit_state  *s = *state;
    unit_random  r = {16};
    brasa_schema schema = data_schema(s->arena);
    push_state   p = {.in = data_random_batch(s->arena, &r, schema, 100, (data_options) {.nulls = 0.2})};
    brasa_error  err;
    bool         failed = true;
    int          failures = 0;

    for (size_t extra = 1000; failed; extra += extra / 16) {
        p.a = brasa__appender_new(schema, 256);
        brasa__memory_set_budget(s->ctx->memory, brasa__memory_used(s->ctx->memory) + extra);
        failed = brasa__guarded(push_all, &p, &err) != BRASA_OK;
        if (failed) assert_int_equal(err.code, BRASA_NO_MEMORY);
        failures += failed;
        brasa__memory_set_budget(s->ctx->memory, 0);
        brasa__appender_free(p.a);
        brasa__blocks_clear(&p.out);
    }
    assert_true(failures > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(appender_copies_every_row),
        unit_case(appender_takes_rows_by_number),
        unit_case(appender_takes_negative_rows_as_null),
        unit_case(appender_takes_values),
        unit_case(appender_with_no_columns_counts_rows),
        unit_case(slices_show_the_rows_from_their_start),
        unit_case(projection_outlives_its_block),
        unit_case(ranges_are_those_of_the_values),
        unit_case(gather_takes_any_rows_and_nulls),
        unit_case(gather_of_nothing_but_nulls_needs_no_source_rows),
        unit_case(flatten_keeps_the_selected_rows),
        unit_case(struct_field_is_null_where_the_struct_is),
        unit_case(blocks_survive_the_schema_they_were_made_with),
        unit_case(appender_releases_all_when_memory_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
