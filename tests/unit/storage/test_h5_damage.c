/* Damaged files: every flipped byte and every cut gives the right rows or one clear error. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "support/data.h"
#include "support/stored.h"

enum { ROWS = 200 };

typedef struct {
    unit_state  *u;
    brasa_schema schema;
    brasa_batch  batch[2];
    const char  *path;
    char        *bytes;
    size_t       n;
} fixture;

static void load(fixture *f, const char *path)
{
    FILE *in = fopen(path, "rb");

    assert_non_null(in);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    f->n = (size_t)ftell(in);
    rewind(in);
    f->bytes = brasa__arena_alloc(f->u->arena, f->n);
    assert_int_equal(fread(f->bytes, 1, f->n, in), f->n);
    fclose(in);
}

static void store(const char *path, const char *bytes, size_t n)
{
    FILE *out = fopen(path, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, n, out), n);
    assert_int_equal(fclose(out), 0);
}

static fixture start(void **state, const char *codec, int32_t parts)
{
    fixture     f = {.u = *state};
    unit_random r = {.state = 11};

    f.schema = data_schema(f.u->arena);
    assert_ok(brasa__config_set(f.u->ctx->config, "merge-bytes", "0", &f.u->err), f.u->err);
    for (int32_t p = 0; p < parts; p++)
        f.batch[p] = data_random_batch(f.u->arena, &r, f.schema, ROWS, (data_options) {.nulls = 0.1, .few = true});
    f.path = brasa__arena_printf(f.u->arena, "%s/t.h5", unit_tmpdir(f.u->arena));
    assert_ok(stored_write(f.u->arena, (brasa_write_spec) {.uri = f.path, .codec = codec, .chunk_rows = 128}, f.schema, f.batch, parts, 0,
                           &f.u->err),
              f.u->err);
    load(&f, f.path);
    return f;
}

/* The right rows, or an error that is no defect of ours. */
static bool reads_right_or_fails(fixture *f, int32_t parts, const char *what, size_t at)
{
    brasa_arena    *arena = brasa__arena_new(NULL, "read");
    brasa_read_spec spec = {.uri = f->path};
    stored_read     got;
    brasa_status    status;
    bool            whole;

    brasa__error_clear(&f->u->err);
    status = stored_scan(arena, &spec, NULL, 0, NULL, 0, &got, &f->u->err);
    whole = status == BRASA_OK;
    if (whole && parts == 1) data_assert_blocks(&got.blocks, &f->batch[0], what);
    if (whole) assert_int_equal(got.blocks.rows, ROWS * parts);
    if (!whole && (status == BRASA_INTERNAL || f->u->err.text[0] == '\0'))
        fail_msg("%s at %zu: %s: %s", what, at, brasa_status_name(status), f->u->err.text);
    brasa__arena_free(arena);
    return whole;
}

static void flip(fixture *f, int32_t parts, size_t step)
{
    int wrong = 0, right = 0;

    for (size_t i = step / 2; i < f->n; i += step) {
        f->bytes[i] ^= (char)(1 << (i % 8));
        store(f->path, f->bytes, f->n);
        if (reads_right_or_fails(f, parts, "flip", i))
            right++;
        else
            wrong++;
        f->bytes[i] ^= (char)(1 << (i % 8));
    }
    assert_true(wrong > 0);
    assert_true(right + wrong > 50);
}

static void flipped_bytes_are_found(void **state)
{
    fixture f = start(state, NULL, 1);

    flip(&f, 1, f.n / 150 + 1);
}

static void flipped_bytes_are_found_under_a_codec(void **state)
{
    fixture f = start(state, "zstd", 1);

    flip(&f, 1, f.n / 80 + 1);
}

static void flipped_bytes_of_a_master_are_found(void **state)
{
    fixture f = start(state, NULL, 2);

    flip(&f, 2, f.n / 80 + 1);
}

static void every_flip_in_the_values_is_found(void **state)
{
    unit_state     *u = *state;
    brasa_field     field = {.name = "x", .type = data_type(u->arena, 5)};
    fixture         f = {.u = u, .schema = {.ncols = 1, .cols = &field}};
    unit_random     r = {.state = 12};
    int64_t         chunks, bytes;
    brasa_read_spec spec;
    brasa_table    *t;
    size_t          found = 0;

    f.batch[0] = data_random_batch(u->arena, &r, f.schema, ROWS, (data_options) {.flat = true});
    f.path = brasa__arena_printf(u->arena, "%s/t.h5", unit_tmpdir(u->arena));
    spec = (brasa_read_spec) {.uri = f.path};
    assert_ok(stored_write(u->arena, (brasa_write_spec) {.uri = f.path}, f.schema, f.batch, 1, 0, &u->err), u->err);
    load(&f, f.path);
    assert_ok(brasa__table_open(u->arena, &spec, &t, &u->err), u->err);
    assert_ok(brasa__table_verify(t, &chunks, &bytes, &u->err), u->err);
    assert_int_equal(chunks, 1);
    assert_int_equal(bytes, ROWS * 8 + 4);
    const char *values = memmem(f.bytes, f.n, f.batch[0].cols[0].values, ROWS * 8);
    assert_non_null(values);
    for (size_t i = 0; i < ROWS * 8; i += 7) {
        size_t at = (size_t)(values - f.bytes) + i;
        f.bytes[at] ^= 4;
        store(f.path, f.bytes, f.n);
        assert_status(brasa__table_verify(t, &chunks, &bytes, &u->err), BRASA_CORRUPT, u->err);
        assert_text_has(u->err.text, "dataset x, chunk 0");
        assert_false(reads_right_or_fails(&f, 1, "value", at));
        f.bytes[at] ^= 4;
        found++;
    }
    assert_true(found > 200);
}

static void a_file_that_was_cut_is_refused(void **state)
{
    fixture f = start(state, NULL, 1);

    for (size_t k = 0; k < 30; k++) {
        size_t n = f.n * k / 30;
        store(f.path, f.bytes, n);
        assert_false(reads_right_or_fails(&f, 1, "cut", n));
        assert_true(f.u->err.code == BRASA_CORRUPT || f.u->err.code == BRASA_INVALID);
    }
}

static void a_missing_or_foreign_part_is_refused(void **state)
{
    fixture         f = start(state, NULL, 2);
    brasa_read_spec spec = {.uri = f.path};
    brasa_table    *t;
    stored_read     got;
    char            command[512];

    assert_ok(brasa__table_open(f.u->arena, &spec, &t, &f.u->err), f.u->err);
    snprintf(command, sizeof command, "truncate -s -100 %s.parts/*/part-00001.h5", f.path);
    assert_int_equal(system(command), 0);
    assert_status(stored_scan(f.u->arena, &spec, NULL, 0, NULL, 0, &got, &f.u->err), BRASA_CORRUPT, f.u->err);
    assert_text_has(f.u->err.text, "part-00001.h5");
    snprintf(command, sizeof command, "rm %s.parts/*/part-00001.h5", f.path);
    assert_int_equal(system(command), 0);
    assert_status(stored_scan(f.u->arena, &spec, NULL, 0, NULL, 0, &got, &f.u->err), BRASA_NOT_FOUND, f.u->err);
    assert_text_has(f.u->err.text, "part-00001.h5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(flipped_bytes_are_found),
        unit_case(flipped_bytes_are_found_under_a_codec),
        unit_case(flipped_bytes_of_a_master_are_found),
        unit_case(every_flip_in_the_values_is_found),
        unit_case(a_file_that_was_cut_is_refused),
        unit_case(a_missing_or_foreign_part_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
