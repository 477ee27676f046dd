/* Our own HDF5 tables: what was written is read back, whatever its type, size, codec and number of parts. */
#include "support/unit.h"

#include <string.h>

#include "base/config.h"
#include "data/string.h"
#include "support/data.h"
#include "support/stored.h"

static brasa_write_spec target(unit_state *u, const char *inner)
{
    return (brasa_write_spec) {.uri = brasa__arena_printf(u->arena, "%s/t.h5%s", unit_tmpdir(u->arena), inner)};
}

static void check(unit_state *u, brasa_write_spec spec, brasa_schema schema, const brasa_batch *batch, int32_t step, const char *what)
{
    brasa_read_spec read = {.uri = spec.uri};
    stored_read     got;

    assert_ok(stored_write(u->arena, spec, schema, batch, 1, step, &u->err), u->err);
    assert_ok(stored_scan(u->arena, &read, NULL, 0, NULL, 0, &got, &u->err), u->err);
    assert_int_equal(got.table->rows, batch->sel == NULL ? batch->rows : batch->nsel);
    assert_int_equal(got.table->schema.ncols, schema.ncols);
    for (int32_t c = 0; c < schema.ncols; c++) {
        assert_string_equal(got.table->schema.cols[c].name, schema.cols[c].name);
        assert_true(brasa__type_equal(got.table->schema.cols[c].type, schema.cols[c].type));
    }
    data_assert_blocks(&got.blocks, batch, what);
}

static void every_type_at_sizes_around_a_chunk(void **state)
{
    static const int32_t sizes[] = {0, 1, 63, 64, 65, 127, 128, 129, 300};
    unit_state          *u = *state;
    brasa_schema         schema = data_schema(u->arena);
    unit_random          r = {.state = 1};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        brasa_write_spec spec = target(u, i % 2 == 0 ? "" : ":/deep/table");
        brasa_batch      b = data_random_batch(u->arena, &r, schema, sizes[i], (data_options) {.nulls = 0.2, .few = i % 3 == 0});
        spec.chunk_rows = 64;
        check(u, spec, schema, &b, 0, "sizes");
    }
}

static void all_nulls_and_no_nulls(void **state)
{
    unit_state  *u = *state;
    brasa_schema schema = data_schema(u->arena);
    unit_random  r = {.state = 2};

    for (int i = 0; i < 2; i++) {
        brasa_write_spec spec = target(u, "");
        brasa_batch      b = data_random_batch(u->arena, &r, schema, 200, (data_options) {.nulls = i});
        spec.chunk_rows = 64;
        check(u, spec, schema, &b, 0, "nulls");
    }
}

static void every_codec(void **state)
{
    static const char *const codecs[] = {"none", "deflate", "zstd", "lz4"};
    unit_state              *u = *state;
    brasa_schema             schema = data_schema(u->arena);
    unit_random              r = {.state = 3};

    for (int i = 0; i < 4; i++) {
        brasa_write_spec spec = target(u, ":/t");
        brasa_batch      b = data_random_batch(u->arena, &r, schema, 1000, (data_options) {.nulls = 0.1, .few = i % 2 == 1});
        spec.codec = codecs[i];
        spec.chunk_rows = 192;
        check(u, spec, schema, &b, 128, codecs[i]);
    }
}

static void selected_rows_only(void **state)
{
    unit_state      *u = *state;
    brasa_schema     schema = data_schema(u->arena);
    unit_random      r = {.state = 4};
    brasa_batch      b = data_random_batch(u->arena, &r, schema, 500, (data_options) {.nulls = 0.1, .select = 0.3});
    brasa_write_spec spec = target(u, "");

    spec.chunk_rows = 64;
    check(u, spec, schema, &b, 0, "selection");
}

static void random_schemas_in_parts(void **state)
{
    unit_state *u = *state;
    unit_random r = {.state = 5};

    for (int round = 0; round < 12; round++) {
        brasa_schema     schema = data_random_schema(u->arena, &r, (int32_t)unit_between(&r, 1, 9));
        brasa_write_spec spec = target(u, round % 2 == 0 ? "" : ":/a/b");
        brasa_read_spec  read = {.uri = spec.uri};
        int32_t          n = (int32_t)unit_between(&r, 2, 5), at = 0;
        brasa_batch      parts[5];
        stored_read      got;

        spec.chunk_rows = (int32_t)unit_between(&r, 1, 3) * 64;
        assert_ok(brasa__config_set(u->ctx->config, "merge-bytes", "0", &u->err), u->err);
        for (int32_t p = 0; p < n; p++)
            parts[p] = data_random_batch(u->arena, &r, schema, (int32_t)unit_between(&r, 0, 400),
                                         (data_options) {.nulls = 0.1, .few = unit_chance(&r, 0.5)});
        assert_ok(stored_write(u->arena, spec, schema, parts, n, 64, &u->err), u->err);
        assert_ok(stored_scan(u->arena, &read, NULL, 0, NULL, 0, &got, &u->err), u->err);
        for (int32_t p = 0; p < n; p++) { /* the blocks of part p follow those of p - 1 */
            brasa_blocks slice = {.items = got.blocks.items + at};
            while (slice.rows < parts[p].rows) slice.rows += got.blocks.items[at++]->rows, slice.count++;
            data_assert_blocks(&slice, &parts[p], "part");
        }
        assert_int_equal(at, got.blocks.count);
    }
}

static void blocks_follow_the_setting(void **state)
{
    unit_state      *u = *state;
    unit_random      r = {.state = 6};
    brasa_schema     schema = data_schema(u->arena);
    brasa_batch      b = data_random_batch(u->arena, &r, schema, 1000, (data_options) {.nulls = 0.1, .few = true});
    brasa_write_spec spec = target(u, "");
    brasa_read_spec  read = {.uri = spec.uri};
    stored_read      got;

    spec.chunk_rows = 512;
    assert_ok(brasa__config_set(u->ctx->config, "block-rows", "128", &u->err), u->err);
    assert_ok(stored_write(u->arena, spec, schema, &b, 1, 0, &u->err), u->err);
    assert_ok(stored_scan(u->arena, &read, NULL, 0, NULL, 0, &got, &u->err), u->err);
    for (int32_t i = 0; i < got.blocks.count; i++) assert_true(got.blocks.items[i]->rows <= 128);
    data_assert_blocks(&got.blocks, &b, "slices");
}

static brasa_batch strings(unit_state *u, int32_t n, size_t (*len)(int32_t i), char fill)
{
    brasa_string *v = BRASA_NEWS(u->arena, brasa_string, n);
    brasa_column *c = BRASA_NEW(u->arena, brasa_column);

    for (int32_t i = 0; i < n; i++) {
        size_t k = len(i);
        char  *p = brasa__arena_alloc(u->arena, k + 1);
        memset(p, fill, k);
        if (k > 0) p[0] = (char)('a' + i % 20);
        v[i] = brasa__string(p, k);
    }
    *c = (brasa_column) {.type = brasa__type(BRASA_KIND_STRING), .encoding = BRASA_FLAT, .values = v};
    return (brasa_batch) {.rows = n, .ncols = 1, .cols = c, .nsel = n};
}

static size_t growing(int32_t i)
{
    return i < 64 ? 3 : i < 128 ? 30 : i < 200 ? 9000 : 1;
}
static size_t huge_last(int32_t i)
{
    return i == 299 ? 3000000 : 5;
}
static size_t none(int32_t i)
{
    (void)i;
    return 0;
}
static size_t repeated(int32_t i)
{
    return (size_t)(i % 7) * 4;
}

static void strings_that_outgrow_their_layout(void **state)
{
    static size_t (*const lens[])(int32_t) = {growing, huge_last, none, repeated};
    static const char fills[] = {'x', '\0'};
    unit_state       *u = *state;
    brasa_field       f = {.name = "s", .type = brasa__type(BRASA_KIND_STRING), .nullable = true};
    brasa_schema      schema = {.ncols = 1, .cols = &f};

    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 2; k++) { /* a fill of zeros: strings that end in 0 */
            brasa_batch      b = strings(u, 300, lens[i], fills[k]);
            brasa_write_spec spec = target(u, "");
            spec.chunk_rows = 64;
            check(u, spec, schema, &b, 64, "outgrown");
        }
}

static void odd_names(void **state)
{
    static const char *const names[] = {"a/b", ".", "_brasa", "", "with space", "\xc3\xa9t\xc3\xa9", "..", "%2F", "a"};
    unit_state              *u = *state;
    unit_random              r = {.state = 8};
    brasa_field              f[9];
    brasa_schema             schema = {.ncols = 9, .cols = f};
    brasa_write_spec         spec = target(u, ":/x");
    brasa_batch              b;

    for (int i = 0; i < 9; i++) f[i] = (brasa_field) {.name = names[i], .type = data_type(u->arena, i * 2), .nullable = true};
    b = data_random_batch(u->arena, &r, schema, 100, (data_options) {.nulls = 0.3});
    check(u, spec, schema, &b, 0, "names");
}

static void a_projection_reads_only_its_columns(void **state)
{
    unit_state      *u = *state;
    unit_random      r = {.state = 9};
    brasa_schema     schema = data_schema(u->arena);
    brasa_batch      b = data_random_batch(u->arena, &r, schema, 300, (data_options) {.nulls = 0.1}), two = b;
    brasa_write_spec spec = target(u, "");
    brasa_read_spec  read = {.uri = spec.uri};
    const int32_t    cols[] = {7, 2};
    brasa_column     picked[] = {b.cols[7], b.cols[2]};
    stored_read      all, some, none_;

    assert_ok(stored_write(u->arena, spec, schema, &b, 1, 0, &u->err), u->err);
    assert_ok(stored_scan(u->arena, &read, NULL, 0, NULL, 0, &all, &u->err), u->err);
    assert_ok(stored_scan(u->arena, &read, cols, 2, NULL, 0, &some, &u->err), u->err);
    two.ncols = 2;
    two.cols = picked;
    data_assert_blocks(&some.blocks, &two, "projection");
    assert_true(some.stats.bytes_read < all.stats.bytes_read);
    assert_ok(stored_scan(u->arena, &read, cols, 0, NULL, 0, &none_, &u->err), u->err); /* count(*) */
    assert_int_equal(none_.blocks.rows, 300);
    assert_int_equal(none_.stats.bytes_read, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(every_type_at_sizes_around_a_chunk),
        unit_case(all_nulls_and_no_nulls),
        unit_case(every_codec),
        unit_case(selected_rows_only),
        unit_case(random_schemas_in_parts),
        unit_case(blocks_follow_the_setting),
        unit_case(strings_that_outgrow_their_layout),
        unit_case(odd_names),
        unit_case(a_projection_reads_only_its_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
