/* Every file system call and every allocation of a write or a read may fail: then there is one clear error, the old table is as it was, and nothing
 * else is left.  Needs a build with fault points. */
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/fault.h"
#include "base/io.h"
#include "support/data.h"
#include "support/stored.h"

enum { ROWS = 150, COLS = 5 };

typedef struct {
    unit_state  *u;
    brasa_schema schema;
    brasa_batch  old, new[2];
    const char  *dir, *path;
} fixture;

static fixture start(void **state)
{
    static const int kinds[COLS] = {5, 11, 17, 19, 1};
    fixture          f = {.u = *state};
    unit_random      r = {.state = 31};
    brasa_field     *fields = BRASA_NEWS(f.u->arena, brasa_field, COLS);

    for (int i = 0; i < COLS; i++)
        fields[i] =
            (brasa_field) {.name = brasa__arena_printf(f.u->arena, "c%d", i), .type = data_type(f.u->arena, kinds[i]), .nullable = true};
    f.schema = (brasa_schema) {.ncols = COLS, .cols = fields};
    f.old = data_random_batch(f.u->arena, &r, f.schema, ROWS, (data_options) {.nulls = 0.1, .few = true});
    for (int i = 0; i < 2; i++) f.new[i] = data_random_batch(f.u->arena, &r, f.schema, ROWS, (data_options) {.nulls = 0.1});
    f.dir = unit_tmpdir(f.u->arena);
    assert_ok(brasa__config_set(f.u->ctx->config, "merge-bytes", "0", &f.u->err), f.u->err);
    f.path = brasa__arena_printf(f.u->arena, "%s/t.h5", f.dir);
    return f;
}

static void set(fixture *f, const char *faults)
{
    assert_ok(brasa__faults_set(f->u->ctx->faults, faults, &f->u->err), f->u->err);
}

static brasa_status write(fixture *f, const brasa_batch *b, int32_t n, brasa_save_mode mode)
{
    brasa_arena *arena = brasa__arena_new(NULL, "write");
    brasa_status status =
        stored_write(arena, (brasa_write_spec) {.uri = f->path, .mode = mode, .chunk_rows = 64}, f->schema, b, n, 64, &f->u->err);

    brasa__arena_free(arena);
    return status;
}

static void expect(fixture *f, const brasa_batch *b, int32_t n)
{
    brasa_arena    *arena = brasa__arena_new(NULL, "read");
    brasa_read_spec spec = {.uri = f->path};
    stored_read     got;

    assert_ok(stored_scan(arena, &spec, NULL, 0, NULL, 0, &got, &f->u->err), f->u->err);
    assert_int_equal(got.blocks.rows, n * ROWS);
    if (n == 1) data_assert_blocks(&got.blocks, b, "table");
    brasa__arena_free(arena);
}

static int32_t names_in(fixture *f)
{
    brasa_arena *arena = brasa__arena_new(NULL, "list");
    char       **names;
    int32_t      n;

    assert_ok(brasa__io_list(arena, f->dir, &names, &n, &f->u->err), f->u->err);
    brasa__arena_free(arena);
    return n;
}

/* Fail the call numbered 1, 2, ... until there are no more; returns how many writes failed.  Some get through: what sweeps up after killed jobs may fail. */
static int fail_each(fixture *f, const char *point, const brasa_batch *b, int32_t n)
{
    int  failed = 0;
    bool is_old = false;

    for (int k = 1;; k += k < 16 ? 1 : 4) {
        set(f, "");
        if (!is_old) assert_ok(write(f, &f->old, 1, BRASA_SAVE_OVERWRITE), f->u->err);
        set(f, brasa__arena_printf(f->u->arena, "%s:%d", point, k));
        brasa__error_clear(&f->u->err);
        brasa_status status = write(f, b, n, BRASA_SAVE_OVERWRITE);
        bool         reached = brasa__faults_reached(f->u->ctx->faults);
        set(f, "");
        if (status == BRASA_OK) {
            expect(f, b, n);
            if (!reached) return failed;
            is_old = false;
            continue;
        }
        failed++;
        assert_true(status != BRASA_INTERNAL);
        assert_true(f->u->err.text[0] != '\0');
        /* After the rename the new table is there, whatever happens next; until then the old one is. */
        brasa_arena    *arena = brasa__arena_new(NULL, "read");
        brasa_read_spec spec = {.uri = f->path};
        stored_read     got;
        assert_ok(stored_scan(arena, &spec, NULL, 0, NULL, 0, &got, &f->u->err), f->u->err);
        is_old = got.blocks.rows == ROWS;
        if (is_old) {
            data_assert_blocks(&got.blocks, &f->old, "the old table");
            assert_int_equal(names_in(f), 1);
        } else {
            assert_int_equal(got.blocks.rows, (int64_t)n * ROWS);
        }
        brasa__arena_free(arena);
        assert_true(k < 20000);
    }
}

static void any_call_of_a_write_may_fail(void **state)
{
    static const char *const points[] = {"io.open",     "io.write",   "io.write.enospc", "io.read",       "io.fsync",
                                         "io.rename",   "io.close",   "io.mkdir",        "io.symlink",    "io.symlink.enospc",
                                         "io.truncate", "io.reserve", "storage.write",   "storage.fsync", "storage.commit"};
    fixture                  f = start(state);
    int                      total = 0;

    if (!brasa__ctx()->faults) skip();
#ifndef BRASA_FAULTS
    skip();
#endif
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) total += fail_each(&f, points[i], f.new, 2);
    assert_true(total > 60);
    assert_ok(brasa__config_set(f.u->ctx->config, "merge-bytes", "16M", &f.u->err), f.u->err);
    for (size_t i = 0; i < 2; i++) assert_true(fail_each(&f, points[i], f.new, 2) > 3);
}

static void short_transfers_change_nothing(void **state)
{
    fixture f = start(state);

    set(&f, "io.write.short:2+,io.read.short:2+");
    brasa_field  one = f.schema.cols[0];
    brasa_schema small = {.ncols = 1, .cols = &one};
    f.schema = small;
    f.old.ncols = 1;
    f.old.rows = f.old.nsel = 10;
    assert_ok(write(&f, &f.old, 1, BRASA_SAVE_OVERWRITE), f.u->err);
    brasa_arena    *arena = brasa__arena_new(NULL, "read");
    brasa_read_spec spec = {.uri = f.path};
    stored_read     got;
    assert_ok(stored_scan(arena, &spec, NULL, 0, NULL, 0, &got, &f.u->err), f.u->err);
    data_assert_blocks(&got.blocks, &f.old, "short");
    brasa__arena_free(arena);
}

typedef struct {
    fixture *f;
} guarded_call;

static brasa_status guarded_read(void *arg, brasa_error *err)
{
    guarded_call   *c = arg;
    brasa_read_spec spec = {.uri = c->f->path};
    stored_read     got;

    return stored_scan(c->f->u->arena, &spec, NULL, 0, NULL, 0, &got, err);
}

static void any_allocation_of_a_read_may_fail(void **state)
{
    fixture      f = start(state);
    guarded_call c = {.f = &f};
    int          failed = 0;

#ifndef BRASA_FAULTS
    skip();
#endif
    assert_ok(write(&f, f.new, 2, BRASA_SAVE_OVERWRITE), f.u->err);
    for (int k = 1; k < 100000; k += 3) {
        brasa_arena *outer = f.u->arena;
        brasa_status status;
        f.u->arena = brasa__arena_new(NULL, "outer");
        set(&f, brasa__arena_printf(f.u->arena, "alloc:%d", k));
        status = brasa__guarded(guarded_read, &c, &f.u->err);
        set(&f, "");
        brasa__arena_free(f.u->arena);
        f.u->arena = outer;
        if (status == BRASA_OK) break;
        assert_int_equal(status, BRASA_NO_MEMORY);
        failed++;
    }
    assert_true(failed > 20);
}

static void any_read_of_a_scan_may_fail(void **state)
{
    static const char *const points[] = {"io.open", "io.read", "io.close"};
    fixture                  f = start(state);
    int                      failed = 0;

#ifndef BRASA_FAULTS
    skip();
#endif
    assert_ok(write(&f, f.new, 2, BRASA_SAVE_OVERWRITE), f.u->err);
    for (size_t i = 0; i < 3; i++)
        for (int k = 1; k < 2000; k++) {
            brasa_arena    *arena = brasa__arena_new(NULL, "read");
            brasa_read_spec spec = {.uri = f.path};
            stored_read     got;
            brasa_status    status;
            set(&f, brasa__arena_printf(f.u->arena, "%s:%d", points[i], k));
            status = stored_scan(arena, &spec, NULL, 0, NULL, 0, &got, &f.u->err);
            set(&f, "");
            brasa__arena_free(arena);
            if (status == BRASA_OK && i < 2) break;
            if (status != BRASA_OK) {
                assert_int_equal(status, BRASA_IO);
                failed++;
            } else if (k > 20) {
                break;
            }
        }
    assert_true(failed > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(any_call_of_a_write_may_fail),
        unit_case(short_transfers_change_nothing),
        unit_case(any_allocation_of_a_read_may_fail),
        unit_case(any_read_of_a_scan_may_fail),
    };

    if (brasa__io_exists("/dev/shm")) setenv("TMPDIR", "/dev/shm", 0); /* hundreds of flushes to disk take minutes on a busy one */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
