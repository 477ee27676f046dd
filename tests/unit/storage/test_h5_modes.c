/* Save modes, several tables in a file, overwriting what is being read, and what stays in the directory. */
#include "support/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/io.h"
#include "base/machine.h"
#include "support/data.h"
#include "support/stored.h"

enum { COLS = 3 };

typedef struct {
    unit_state  *u;
    const char  *dir;
    brasa_schema schema;
    unit_random  r;
} fixture;

static fixture start(void **state)
{
    static const char *const names[COLS] = {"a", "b", "c"};
    static const int         kinds[COLS] = {5, 11, 7};
    fixture                  f = {.u = *state, .r = {.state = 77}};
    brasa_field             *fields = BRASA_NEWS(f.u->arena, brasa_field, COLS);

    for (int i = 0; i < COLS; i++) fields[i] = (brasa_field) {.name = names[i], .type = data_type(f.u->arena, kinds[i]), .nullable = true};
    f.dir = unit_tmpdir(f.u->arena);
    assert_ok(brasa__config_set(f.u->ctx->config, "merge-bytes", "0", &f.u->err), f.u->err); /* parts stay parts */
    f.schema = (brasa_schema) {.ncols = COLS, .cols = fields};
    return f;
}

static brasa_batch rows(fixture *f, int32_t n)
{
    return data_random_batch(f->u->arena, &f->r, f->schema, n, (data_options) {.nulls = 0.1, .flat = true});
}

static const char *at(fixture *f, const char *name)
{
    return brasa__arena_printf(f->u->arena, "%s/%s", f->dir, name);
}

static brasa_status put(fixture *f, const char *name, brasa_save_mode mode, const brasa_batch *b, int32_t n)
{
    return stored_write(f->u->arena, (brasa_write_spec) {.uri = at(f, name), .mode = mode, .chunk_rows = 64}, f->schema, b, n, 0,
                        &f->u->err);
}

static void expect(fixture *f, const char *name, const brasa_batch *batches, int32_t n)
{
    brasa_read_spec spec = {.uri = at(f, name)};
    stored_read     got;
    int32_t         k = 0;

    assert_ok(stored_scan(f->u->arena, &spec, NULL, 0, NULL, 0, &got, &f->u->err), f->u->err);
    for (int32_t p = 0; p < n; p++) {
        brasa_blocks part = {.items = got.blocks.items + k};
        while (part.rows < batches[p].rows) part.rows += got.blocks.items[k++]->rows, part.count++;
        data_assert_blocks(&part, &batches[p], name);
    }
    assert_int_equal(k, got.blocks.count);
}

static int32_t names_in(fixture *f, const char *dir)
{
    char  **names;
    int32_t n;

    assert_ok(brasa__io_list(f->u->arena, dir, &names, &n, &f->u->err), f->u->err);
    return n;
}

static void modes_error_and_ignore_leave_the_table(void **state)
{
    fixture     f = start(state);
    brasa_batch a = rows(&f, 100), b = rows(&f, 50);

    assert_ok(put(&f, "t.h5", BRASA_SAVE_ERROR, &a, 1), f.u->err);
    assert_status(put(&f, "t.h5", BRASA_SAVE_ERROR, &b, 1), BRASA_EXISTS, f.u->err);
    assert_text_has(f.u->err.text, "overwrite");
    assert_ok(put(&f, "t.h5", BRASA_SAVE_IGNORE, &b, 1), f.u->err);
    expect(&f, "t.h5", &a, 1);
    assert_int_equal(names_in(&f, f.dir), 1);
}

static void overwriting_leaves_nothing_of_the_old(void **state)
{
    fixture     f = start(state);
    brasa_batch many[3] = {rows(&f, 100), rows(&f, 10), rows(&f, 200)}, one = rows(&f, 70);

    for (int round = 0; round < 2; round++) {
        assert_ok(put(&f, "t.h5", BRASA_SAVE_OVERWRITE, many, 3), f.u->err);
        expect(&f, "t.h5", many, 3);
        assert_int_equal(names_in(&f, f.dir), 2); /* the master and its parts */
        assert_int_equal(names_in(&f, at(&f, "t.h5.parts")), 1);
        assert_ok(put(&f, "t.h5", BRASA_SAVE_OVERWRITE, many, 2), f.u->err);
        expect(&f, "t.h5", many, 2);
        assert_int_equal(names_in(&f, at(&f, "t.h5.parts")), 1);
        assert_ok(put(&f, "t.h5", BRASA_SAVE_OVERWRITE, &one, 1), f.u->err);
        expect(&f, "t.h5", &one, 1);
        assert_int_equal(names_in(&f, f.dir), 1);
    }
}

static void appending_adds_rows_at_the_end(void **state)
{
    fixture     f = start(state);
    brasa_batch b[5];

    for (int i = 0; i < 5; i++) b[i] = rows(&f, 60 + 30 * i);
    assert_ok(put(&f, "t.h5:/x/t", BRASA_SAVE_APPEND, b, 1), f.u->err); /* makes it */
    expect(&f, "t.h5:/x/t", b, 1);
    assert_ok(put(&f, "t.h5:/x/t", BRASA_SAVE_APPEND, b + 1, 2), f.u->err);
    expect(&f, "t.h5:/x/t", b, 3);
    assert_ok(put(&f, "t.h5:/x/t", BRASA_SAVE_APPEND, b + 3, 2), f.u->err);
    expect(&f, "t.h5", b, 5);
    assert_ok(put(&f, "t.h5:/x/t", BRASA_SAVE_APPEND, b, 0), f.u->err); /* nothing */
    expect(&f, "t.h5", b, 5);
}

static void small_parts_become_one_file(void **state)
{
    fixture     f = start(state);
    brasa_batch b[4];

    for (int i = 0; i < 4; i++) b[i] = rows(&f, 64 + 64 * i);
    assert_ok(put(&f, "t.h5:/t", BRASA_SAVE_ERROR, b, 2), f.u->err); /* a master, before the setting allows to merge */
    assert_ok(brasa__config_set(f.u->ctx->config, "merge-bytes", "16M", &f.u->err), f.u->err);
    assert_ok(put(&f, "t.h5:/t", BRASA_SAVE_APPEND, b + 2, 2), f.u->err);
    expect(&f, "t.h5", b, 4);
    assert_int_equal(names_in(&f, f.dir), 1);
    assert_ok(put(&f, "t.h5:/t", BRASA_SAVE_OVERWRITE, b, 3), f.u->err);
    expect(&f, "t.h5", b, 3);
    assert_int_equal(names_in(&f, f.dir), 1);
    assert_ok(put(&f, "t.h5:/u", BRASA_SAVE_APPEND, b, 4), f.u->err); /* beside another table: one part under a master */
    expect(&f, "t.h5:/u", b, 4);
    expect(&f, "t.h5:/t", b, 3);
}

static void appending_another_schema_is_refused(void **state)
{
    fixture      f = start(state);
    brasa_batch  b = rows(&f, 10);
    brasa_field  fields[COLS];
    brasa_schema other = {.ncols = COLS, .cols = fields};

    memcpy(fields, f.schema.cols, sizeof fields);
    assert_ok(put(&f, "t.h5", BRASA_SAVE_ERROR, &b, 1), f.u->err);
    fields[0].type = data_type(f.u->arena, 4);
    f.schema = other;
    assert_status(put(&f, "t.h5", BRASA_SAVE_APPEND, &b, 1), BRASA_TYPE, f.u->err);
    fields[0].name = "z";
    assert_status(put(&f, "t.h5", BRASA_SAVE_APPEND, &b, 1), BRASA_TYPE, f.u->err);
    f.schema.ncols = 2;
    assert_status(put(&f, "t.h5", BRASA_SAVE_APPEND, &b, 1), BRASA_TYPE, f.u->err);
}

static void tables_share_a_file(void **state)
{
    fixture     f = start(state);
    brasa_batch a = rows(&f, 100), b[2] = {rows(&f, 50), rows(&f, 80)}, c = rows(&f, 30);

    assert_ok(put(&f, "t.h5:/a", BRASA_SAVE_ERROR, &a, 1), f.u->err);
    assert_ok(put(&f, "t.h5:/g/b", BRASA_SAVE_ERROR, b, 2), f.u->err);
    assert_ok(put(&f, "t.h5:/g/c", BRASA_SAVE_ERROR, &c, 1), f.u->err);
    expect(&f, "t.h5:/a", &a, 1);
    expect(&f, "t.h5:/g/b", b, 2);
    expect(&f, "t.h5:/g/c", &c, 1);
    assert_ok(put(&f, "t.h5:/a", BRASA_SAVE_OVERWRITE, &c, 1), f.u->err);
    assert_ok(put(&f, "t.h5:/g/b", BRASA_SAVE_APPEND, &a, 1), f.u->err);
    expect(&f, "t.h5:/a", &c, 1);
    brasa_batch grown[3] = {b[0], b[1], a};
    expect(&f, "t.h5:/g/b", grown, 3);
    expect(&f, "t.h5:/g/c", &c, 1);
    brasa_read_spec spec = {.uri = at(&f, "t.h5")};
    brasa_table    *t;
    assert_status(brasa__table_open(f.u->arena, &spec, &t, &f.u->err), BRASA_INVALID, f.u->err);
    assert_text_has(f.u->err.text, "/g/b");
}

static void the_only_table_needs_no_name(void **state)
{
    fixture     f = start(state);
    brasa_batch a = rows(&f, 100);

    assert_ok(put(&f, "t.h5:/deep/er/lines", BRASA_SAVE_ERROR, &a, 1), f.u->err);
    expect(&f, "t.h5", &a, 1);
    brasa_read_spec spec = {.uri = at(&f, "t.h5:/deep/er/linse")};
    brasa_table    *t;
    assert_status(brasa__table_open(f.u->arena, &spec, &t, &f.u->err), BRASA_NOT_FOUND, f.u->err);
    assert_text_has(f.u->err.text, "/deep/er/lines?");
}

/* A job that reads the table it will overwrite: what was opened before the commit is read to the end by the description that it has. */
static void a_table_can_be_overwritten_by_what_is_read_from_it(void **state)
{
    fixture            f = start(state);
    brasa_batch        a = rows(&f, 300);
    brasa_read_spec    read = {.uri = at(&f, "t.h5")};
    brasa_write_spec   spec = {.uri = read.uri, .mode = BRASA_SAVE_OVERWRITE};
    const int32_t      all[COLS] = {0, 1, 2};
    brasa_scan_shared *shared;
    brasa_scan        *scan;
    brasa_table       *t;
    brasa_writer      *w;
    brasa_block       *block;
    brasa_part_info    info;
    bool               skip;

    assert_ok(put(&f, "t.h5", BRASA_SAVE_ERROR, &a, 1), f.u->err);
    assert_ok(brasa__table_open(f.u->arena, &read, &t, &f.u->err), f.u->err);
    assert_ok(brasa__write_prepare(f.u->arena, &spec, f.schema, &skip, &f.u->err), f.u->err);
    assert_ok(brasa__scan_shared_open(f.u->arena, t, all, COLS, NULL, 0, &shared, &f.u->err), f.u->err);
    assert_ok(brasa__scan_open(shared, 0, &scan, &f.u->err), f.u->err);
    assert_ok(brasa__writer_open(&spec, f.schema, 0, &w, &f.u->err), f.u->err);
    for (;;) {
        brasa_batch  batch;
        brasa_column cols[COLS];
        assert_ok(brasa__scan_next(scan, &block, &f.u->err), f.u->err);
        if (block == NULL) break;
        brasa__block_slice(block, 0, block->rows, cols, &batch);
        assert_ok(brasa__writer_push(w, &batch, &f.u->err), f.u->err);
        brasa__block_unref(block);
    }
    assert_ok(brasa__writer_close(w, &info, &f.u->err), f.u->err);
    brasa__scan_close(scan);
    brasa__scan_shared_close(shared);
    assert_ok(brasa__write_commit(&spec, f.schema, &info, 1, &f.u->err), f.u->err);
    expect(&f, "t.h5", &a, 1);
}

static void a_rollback_leaves_the_old_table_and_nothing_else(void **state)
{
    fixture          f = start(state);
    brasa_batch      a = rows(&f, 100), b = rows(&f, 50);
    brasa_write_spec spec = {.uri = at(&f, "t.h5"), .mode = BRASA_SAVE_OVERWRITE};
    brasa_writer    *w;
    brasa_part_info  info;
    bool             skip;

    assert_ok(put(&f, "t.h5", BRASA_SAVE_ERROR, &a, 1), f.u->err);
    assert_ok(brasa__write_prepare(f.u->arena, &spec, f.schema, &skip, &f.u->err), f.u->err);
    assert_ok(brasa__writer_open(&spec, f.schema, 0, &w, &f.u->err), f.u->err);
    assert_ok(brasa__writer_push(w, &b, &f.u->err), f.u->err);
    assert_ok(brasa__writer_close(w, &info, &f.u->err), f.u->err);
    assert_ok(brasa__writer_open(&spec, f.schema, 1, &w, &f.u->err), f.u->err);
    assert_ok(brasa__writer_push(w, &b, &f.u->err), f.u->err);
    brasa__writer_abort(w);
    brasa__write_rollback(&spec);
    expect(&f, "t.h5", &a, 1);
    assert_int_equal(names_in(&f, f.dir), 1);
}

/* As a killed write leaves it: a hidden directory with a part, a master, parts that were moved, and who owned them. */
static void leave_behind(fixture *f, const char *job, const char *owner)
{
    const char *hidden = at(f, brasa__arena_printf(f->u->arena, ".t.h5.brasa-%s", job));
    const char *moved = at(f, brasa__arena_printf(f->u->arena, "t.h5.parts/%s", job));
    const char *files[] = {brasa__arena_printf(f->u->arena, "%s/part-00000.h5", hidden), brasa__arena_printf(f->u->arena, "%s.h5", hidden)};

    assert_ok(brasa__io_mkdir(hidden, true, &f->u->err), f->u->err);
    assert_ok(brasa__io_mkdir(moved, true, &f->u->err), f->u->err);
    for (int i = 0; i < 2; i++) {
        FILE *out = fopen(files[i], "w");

        assert_non_null(out);
        fputs("half of a file", out);
        fclose(out);
    }
    assert_ok(brasa__io_symlink(owner, brasa__arena_printf(f->u->arena, "%s.owner", hidden), &f->u->err), f->u->err);
}

static bool is_left(fixture *f, const char *job)
{
    bool  hidden = brasa__io_exists(at(f, brasa__arena_printf(f->u->arena, ".t.h5.brasa-%s", job)));
    char *owner;

    assert_true(hidden == (brasa__io_readlink(f->u->arena, at(f, brasa__arena_printf(f->u->arena, ".t.h5.brasa-%s.owner", job)), &owner,
                                              NULL) == BRASA_OK));
    assert_true(hidden == brasa__io_exists(at(f, brasa__arena_printf(f->u->arena, ".t.h5.brasa-%s.h5", job))));
    assert_true(hidden == brasa__io_exists(at(f, brasa__arena_printf(f->u->arena, "t.h5.parts/%s", job))));
    return hidden;
}

static const char *owner_of(fixture *f, const char *host, int64_t start)
{
    char    space[64], state = 0;
    int64_t mine = 0;
    ssize_t n = readlink("/proc/self/ns/pid", space, sizeof space - 1);

    space[n < 0 ? 0 : n] = '\0';
    assert_true(brasa__machine_process(getpid(), &state, &mine));
    return brasa__arena_printf(f->u->arena, "%s %lld %lld %s", host, (long long)getpid(), (long long)(mine + start), space);
}

static void a_write_sweeps_what_a_killed_one_has_left(void **state)
{
    fixture     f = start(state);
    brasa_batch b[] = {rows(&f, 300), rows(&f, 100)};

    leave_behind(&f, "00000000000000a1", owner_of(&f, f.u->ctx->host, -1)); /* this process began later: it was another one */
    leave_behind(&f, "00000000000000a2", owner_of(&f, f.u->ctx->host, 0));  /* alive */
    leave_behind(&f, "00000000000000a3", owner_of(&f, "elsewhere", -1));
    leave_behind(&f, "00000000000000a4", "nobody knows");
    assert_ok(put(&f, "t.h5:/t", BRASA_SAVE_OVERWRITE, b, 2), f.u->err);
    expect(&f, "t.h5:/t", b, 2);
    assert_false(is_left(&f, "00000000000000a1"));
    assert_true(is_left(&f, "00000000000000a2"));
    assert_true(is_left(&f, "00000000000000a3"));
    assert_true(is_left(&f, "00000000000000a4"));
}

static void parts_of_a_table_stay_whoever_owned_them(void **state)
{
    fixture     f = start(state);
    brasa_batch b[] = {rows(&f, 300), rows(&f, 100)}, c[] = {rows(&f, 10), rows(&f, 20)};
    char      **jobs;
    int32_t     n;

    assert_ok(put(&f, "t.h5:/t", BRASA_SAVE_ERROR, b, 2), f.u->err);
    assert_ok(brasa__io_list(f.u->arena, at(&f, "t.h5.parts"), &jobs, &n, &f.u->err), f.u->err);
    assert_int_equal(n, 1);
    leave_behind(&f, jobs[0], owner_of(&f, f.u->ctx->host, -1)); /* killed between the commit and its last breath */
    assert_ok(put(&f, "t.h5:/t", BRASA_SAVE_APPEND, c, 2), f.u->err);
    expect(&f, "t.h5:/t", (brasa_batch[]) {b[0], b[1], c[0], c[1]}, 4);
}

static void what_cannot_be_written_is_refused_before_the_job(void **state)
{
    fixture      f = start(state);
    brasa_batch  b = rows(&f, 10);
    brasa_field  fields[2] = {{.name = "x", .type = data_type(f.u->arena, 5)}, {.name = "X", .type = data_type(f.u->arena, 5)}};
    brasa_schema twice = {.ncols = 2, .cols = fields};
    brasa_status status =
        stored_write(f.u->arena, (brasa_write_spec) {.uri = at(&f, "t.h5"), .codec = "zst"}, f.schema, &b, 1, 0, &f.u->err);

    assert_status(status, BRASA_INVALID, f.u->err);
    assert_text_has(f.u->err.text, "zstd?");
    assert_status(put(&f, "", BRASA_SAVE_ERROR, &b, 1), BRASA_INVALID, f.u->err);
    assert_status(put(&f, "noformat", BRASA_SAVE_ERROR, &b, 1), BRASA_INVALID, f.u->err);
    f.schema = twice;
    assert_status(put(&f, "t.h5", BRASA_SAVE_ERROR, &b, 1), BRASA_INVALID, f.u->err);
    assert_int_equal(names_in(&f, f.dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(modes_error_and_ignore_leave_the_table),
        unit_case(overwriting_leaves_nothing_of_the_old),
        unit_case(appending_adds_rows_at_the_end),
        unit_case(small_parts_become_one_file),
        unit_case(appending_another_schema_is_refused),
        unit_case(tables_share_a_file),
        unit_case(the_only_table_needs_no_name),
        unit_case(a_table_can_be_overwritten_by_what_is_read_from_it),
        unit_case(a_rollback_leaves_the_old_table_and_nothing_else),
        unit_case(a_write_sweeps_what_a_killed_one_has_left),
        unit_case(parts_of_a_table_stay_whoever_owned_them),
        unit_case(what_cannot_be_written_is_refused_before_the_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
