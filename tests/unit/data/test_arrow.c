/* test_arrow.c -- blocks out to Arrow and back, other people's layouts in, and who releases what. */
#include "support/data.h"

#include <string.h>

#include "data/arrow.h"

static brasa_block *random_block(unit_state *s, unit_random *r, brasa_schema schema, int32_t rows, data_options o, brasa_batch *in)
{
    brasa_column *cols = BRASA_NEWS(s->arena, brasa_column, schema.ncols);

    for (int32_t i = 0; i < schema.ncols; i++) cols[i] = data_random_column(s->arena, r, schema.cols[i].type, rows, o);
    *in = (brasa_batch) {.rows = rows, .ncols = schema.ncols, .cols = cols, .nsel = rows};
    return brasa__block_make(cols, schema.ncols, rows, NULL, 0, NULL);
}

static void every_type_survives_the_journey(void **state)
{
    unit_state  *s = *state;
    unit_random  r = {61};
    brasa_schema schema = data_schema(s->arena), back;

    for (int round = 0; round < 12; round++) {
        static const int32_t rows[] = {0, 1, 65, 200};
        struct ArrowSchema   as;
        struct ArrowArray    aa;
        brasa_batch          in;
        brasa_block         *b = random_block(s, &r, schema, rows[round % 4], (data_options) {.nulls = round % 3 * 0.4}, &in), *got;
        brasa_blocks         list = {0};

        brasa__arrow_export_schema(schema, &as);
        assert_ok(brasa__arrow_export_block(b, &aa, &s->err), s->err);
        brasa__block_unref(b);
        assert_int_equal(aa.length, in.rows);
        assert_int_equal(aa.n_children, schema.ncols);
        assert_ok(brasa__arrow_import_schema(s->arena, &as, &back, &s->err), s->err);
        for (int32_t i = 0; i < schema.ncols; i++) assert_true(brasa__type_equal(back.cols[i].type, schema.cols[i].type));
        assert_ok(brasa__arrow_import_block(&as, &aa, back, &got, &s->err), s->err);
        assert_null(aa.release);
        as.release(&as);
        assert_null(as.release);
        brasa__blocks_add(&list, got);
        data_assert_blocks(&list, &in, "arrow");
        brasa__blocks_clear(&list);
    }
}

static void numbers_are_shared_not_copied(void **state)
{
    unit_state       *s = *state;
    brasa_value       v[3] = {brasa_value_i64(1), brasa_value_null(), brasa_value_i64(3)};
    brasa_column      c = brasa__values_column(s->arena, brasa__type(BRASA_KIND_INT64), v, 3);
    brasa_block      *b = brasa__block_make(&c, 1, 3, NULL, 0, NULL);
    struct ArrowArray a;

    assert_ok(brasa__arrow_export_block(b, &a, &s->err), s->err);
    assert_ptr_equal(a.children[0]->buffers[1], c.values);
    assert_int_equal(a.children[0]->null_count, 1);
    a.release(&a);
    brasa__block_unref(b);
}

static void a_child_may_outlive_its_parent(void **state)
{
    unit_state       *s = *state;
    unit_random       r = {62};
    brasa_schema      schema = data_schema(s->arena);
    brasa_batch       in;
    brasa_block      *b = random_block(s, &r, schema, 20, (data_options) {0}, &in);
    struct ArrowArray a, child;

    assert_ok(brasa__arrow_export_block(b, &a, &s->err), s->err);
    brasa__block_unref(b);
    child = *a.children[11];
    a.children[11]->release = NULL;
    a.release(&a);
    for (int32_t i = 0; i < 20; i++) {
        brasa_value    v = brasa__column_value(&in.cols[11], i, s->arena);
        const int32_t *offsets = child.buffers[1];

        assert_int_equal(offsets[i + 1] - offsets[i], v.u.s.n);
        if (v.u.s.n > 0) assert_memory_equal((const char *)child.buffers[2] + offsets[i], v.u.s.p, v.u.s.n);
    }
    child.release(&child);
}

static void count_release(struct ArrowArray *a)
{
    ++*(int *)a->private_data;
    a->release = NULL;
}

/* A table of one column whose arrays are on the stack. */
typedef struct {
    struct ArrowSchema schema, field, words, element, *fields[1], *elements[1];
    struct ArrowArray  array, column, dict, items, *columns[1], *kids[1];
    const void        *none[1], *buffers[3], *dict_buffers[3], *item_buffers[3];
    int                released;
    brasa_schema       types;
    brasa_block       *block;
} foreign;

static void foreign_table(foreign *f, const char *format, int64_t length, int64_t offset, const void *valid, const void *values,
                          const void *data)
{
    memset(f, 0, sizeof *f);
    f->buffers[0] = valid;
    f->buffers[1] = values;
    f->buffers[2] = data;
    f->field = (struct ArrowSchema) {.format = format, .name = "x", .flags = ARROW_FLAG_NULLABLE};
    f->fields[0] = &f->field;
    f->schema = (struct ArrowSchema) {.format = "+s", .name = "", .n_children = 1, .children = f->fields};
    f->column = (struct ArrowArray) {
        .length = length, .null_count = -1, .offset = offset, .n_buffers = data != NULL ? 3 : 2, .buffers = f->buffers};
    f->columns[0] = &f->column;
    f->array = (struct ArrowArray) {
        .length = length, .n_buffers = 1, .buffers = f->none, .n_children = 1, .children = f->columns, .release = count_release};
    f->array.private_data = &f->released;
}

static brasa_status take(unit_state *s, foreign *f)
{
    BRASA_TRY(brasa__arrow_import_schema(s->arena, &f->schema, &f->types, &s->err));
    return brasa__arrow_import_block(&f->schema, &f->array, f->types, &f->block, &s->err);
}

static const char *texts(unit_state *s, foreign *f)
{
    brasa_text text;

    assert_ok(take(s, f), s->err);
    brasa__text_init(&text, s->arena);
    for (int32_t i = 0; i < f->block->rows; i++) {
        brasa_value v = brasa__column_value(&f->block->cols[0], i, s->arena);

        if (i > 0) brasa__text_add(&text, " ");
        brasa__value_text(&v, &text);
    }
    assert_int_equal(f->released, 0);
    brasa__block_unref(f->block);
    assert_int_equal(f->released, 1);
    return text.s;
}

static void foreign_layouts_are_converted(void **state)
{
    unit_state    *s = *state;
    foreign        f;
    const uint8_t  u8[] = {0, 200, 255, 7}, bits[] = {0xaa}, valid[] = {0xfd};
    const uint32_t u32[] = {0, 4294967295u, 3};
    const uint64_t u64[] = {0, UINT64_MAX};
    const int64_t  ms[] = {0, 86400000, -1}, big[] = {0, 1, 14}, ns[] = {1500, -1};
    const int32_t  months[] = {13, -1}, clock[] = {0, 3661, 86399};
    const char     text[] = "aover twelve bytes", *fixed = "abcdef";

    foreign_table(&f, "C", 3, 1, NULL, u8, NULL);
    assert_string_equal(texts(s, &f), "200 255 7");
    foreign_table(&f, "I", 3, 0, NULL, u32, NULL);
    assert_string_equal(texts(s, &f), "0 4294967295 3");
    foreign_table(&f, "L", 2, 0, NULL, u64, NULL);
    assert_string_equal(texts(s, &f), "0 18446744073709551615");
    foreign_table(&f, "b", 4, 3, valid, bits, NULL);
    assert_string_equal(texts(s, &f), "true false true false");
    foreign_table(&f, "tdm", 3, 0, valid, ms, NULL);
    assert_string_equal(texts(s, &f), "1970-01-01 NULL 1969-12-31");
    foreign_table(&f, "tsm:", 3, 0, NULL, ms, NULL);
    assert_string_equal(texts(s, &f), "1970-01-01 00:00:00 1970-01-02 00:00:00 1969-12-31 23:59:59.999");
    foreign_table(&f, "tsn:Europe/Lisbon", 2, 0, NULL, ns, NULL);
    assert_string_equal(texts(s, &f), "1970-01-01 00:00:00.000001 1969-12-31 23:59:59.999999");
    foreign_table(&f, "tts", 2, 1, NULL, clock, NULL);
    assert_string_equal(texts(s, &f), "01:01:01 23:59:59");
    foreign_table(&f, "ttm", 3, 0, NULL, clock, NULL);
    assert_string_equal(texts(s, &f), "00:00:00 00:00:03.661 00:01:26.399");
    foreign_table(&f, "ttn", 1, 0, NULL, ns, NULL);
    assert_string_equal(texts(s, &f), "00:00:00.000001");
    foreign_table(&f, "tiM", 2, 0, NULL, months, NULL);
    assert_string_equal(texts(s, &f), "INTERVAL '1-1' YEAR TO MONTH INTERVAL '-0-1' YEAR TO MONTH");
    foreign_table(&f, "U", 2, 0, NULL, big, text);
    assert_string_equal(texts(s, &f), "a over twelve b");
    foreign_table(&f, "w:2", 2, 1, NULL, fixed, NULL);
    assert_string_equal(texts(s, &f), "cd ef");
}

static void dictionaries_come_in_with_their_nulls(void **state)
{
    unit_state   *s = *state;
    foreign       f;
    const int8_t  codes[] = {2, 0, 1, 2};
    const int32_t offsets[] = {0, 1, 1, 2};
    const uint8_t valid[] = {0x5};

    foreign_table(&f, "c", 4, 0, NULL, codes, NULL);
    f.words = (struct ArrowSchema) {.format = "u", .name = ""};
    f.field.dictionary = &f.words;
    f.dict_buffers[0] = valid;
    f.dict_buffers[1] = offsets;
    f.dict_buffers[2] = "xz";
    f.dict = (struct ArrowArray) {.length = 3, .null_count = 1, .n_buffers = 3, .buffers = f.dict_buffers};
    f.column.dictionary = &f.dict;
    assert_string_equal(texts(s, &f), "z x NULL z");
    foreign_table(&f, "c", 4, 0, NULL, codes, NULL);
    f.field.dictionary = &f.words;
    f.words = (struct ArrowSchema) {.format = "u", .name = ""};
    f.dict_buffers[1] = offsets;
    f.dict_buffers[2] = "xz";
    f.dict = (struct ArrowArray) {.length = 2, .n_buffers = 3, .buffers = f.dict_buffers};
    f.column.dictionary = &f.dict;
    assert_status(take(s, &f), BRASA_INVALID, s->err);
    assert_int_equal(f.released, 1);
}

static void what_does_not_fit_is_refused_and_released(void **state)
{
    unit_state   *s = *state;
    foreign       f;
    const int32_t backwards[] = {0, 5, 3};
    const int64_t far[] = {INT64_MAX};
    const int32_t lists[] = {0, 9};

    foreign_table(&f, "u", 2, 0, NULL, backwards, "abcdef");
    assert_status(take(s, &f), BRASA_INVALID, s->err);
    assert_text_has(s->err.text, "'x'");
    assert_int_equal(f.released, 1);
    foreign_table(&f, "tss:", 1, 0, NULL, far, NULL);
    assert_status(take(s, &f), BRASA_ARITHMETIC, s->err);
    assert_int_equal(f.released, 1);
    foreign_table(&f, "l", 1, 0, NULL, NULL, NULL);
    assert_status(take(s, &f), BRASA_INVALID, s->err);
    assert_int_equal(f.released, 1);
    foreign_table(&f, "e", 1, 0, NULL, far, NULL);
    assert_status(take(s, &f), BRASA_UNSUPPORTED, s->err);
    foreign_table(&f, "+l", 1, 0, NULL, lists, NULL);
    f.element = (struct ArrowSchema) {.format = "l", .name = "item"};
    f.elements[0] = &f.element;
    f.field.n_children = f.column.n_children = 1;
    f.field.children = f.elements;
    f.items = (struct ArrowArray) {.length = 1, .n_buffers = 2, .buffers = f.item_buffers};
    f.item_buffers[1] = far;
    f.kids[0] = &f.items;
    f.column.children = f.kids;
    assert_status(take(s, &f), BRASA_INVALID, s->err);
    assert_text_has(s->err.text, "outside");
    assert_int_equal(f.released, 1);
}

typedef struct {
    unit_state  *s;
    brasa_block *b;
    brasa_schema schema;
} journey_state;

static brasa_status journey(void *arg, brasa_error *err)
{
    journey_state     *j = arg;
    struct ArrowSchema as;
    struct ArrowArray  aa;
    brasa_block       *got;
    brasa_status       status;

    brasa__arrow_export_schema(j->schema, &as);
    status = brasa__arrow_export_block(j->b, &aa, err);
    if (status == BRASA_OK) {
        status = brasa__arrow_import_block(&as, &aa, j->schema, &got, err);
        if (status == BRASA_OK) brasa__block_unref(got);
    }
    as.release(&as);
    return status;
}

static void nothing_leaks_when_memory_ends(void **state)
{
    unit_state   *s = *state;
    unit_random   r = {63};
    journey_state j = {.s = s, .schema = data_schema(s->arena)};
    brasa_batch   in;
    brasa_error   err;
    bool          failed = true;
    int           failures = 0;

    j.b = random_block(s, &r, j.schema, 50, (data_options) {.nulls = 0.3}, &in);
    for (size_t extra = 100; failed; extra += extra / 32 + 8) {
        size_t before = brasa__memory_used(s->ctx->memory);

        brasa__memory_set_budget(s->ctx->memory, before + extra);
        failed = brasa__guarded(journey, &j, &err) != BRASA_OK;
        if (failed) assert_int_equal(err.code, BRASA_NO_MEMORY);
        failures += failed;
        brasa__memory_set_budget(s->ctx->memory, 0);
        assert_int_equal(brasa__memory_used(s->ctx->memory), before);
    }
    assert_true(failures > 50);
    brasa__block_unref(j.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(every_type_survives_the_journey),       unit_case(numbers_are_shared_not_copied),
        unit_case(a_child_may_outlive_its_parent),        unit_case(foreign_layouts_are_converted),
        unit_case(dictionaries_come_in_with_their_nulls), unit_case(what_does_not_fit_is_refused_and_released),
        unit_case(nothing_leaks_when_memory_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
