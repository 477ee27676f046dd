/* Statistics beside a table: they come back as they were, and only for the table that they are of. */
#include <string.h>

#include "base/io.h"
#include "storage/table_stats.h"
#include "support/data.h"
#include "support/stored.h"
#include "support/unit.h"

enum { ROWS = 200 };

typedef struct {
    unit_state     *u;
    brasa_read_spec read;
    char           *dir;
} fixture;

static void write_table(fixture *f, int32_t rows)
{
    unit_random      r = {.state = 5};
    brasa_schema     schema = data_schema(f->u->arena);
    brasa_write_spec spec = {.uri = f->read.uri, .mode = BRASA_SAVE_OVERWRITE};
    brasa_batch      batch = data_random_batch(f->u->arena, &r, schema, rows, (data_options) {.nulls = 0.2});

    assert_ok(stored_write(f->u->arena, spec, schema, &batch, 1, 0, &f->u->err), f->u->err);
}

static fixture fixture_new(void **state)
{
    fixture f = {.u = *state};

    f.dir = unit_tmpdir(f.u->arena);
    f.read.uri = brasa__arena_printf(f.u->arena, "%s/t.h5:/deep/t", f.dir);
    write_table(&f, ROWS);
    return f;
}

static brasa_table *opened(fixture *f)
{
    brasa_table *t;

    assert_ok(brasa__table_open(f->u->arena, &f->read, &t, &f->u->err), f->u->err);
    return t;
}

/* What nobody computes, so that it is recognised. */
static void save_marked(fixture *f)
{
    static const double          BOUNDS[] = {-1, 2.5, 2.5, 7};
    static const brasa_histogram HISTOGRAM = {.steps = 3, .bounds = BOUNDS};
    brasa_table                 *t = opened(f);

    for (int32_t c = 0; c < t->schema.ncols; c++) {
        t->stats[c].distinct = 1000.5 + c;
        t->stats[c].histogram = c == 1 ? &HISTOGRAM : NULL;
    }
    assert_ok(brasa__table_stats_save(f->u->arena, t, &f->u->err), f->u->err);
}

static const char *file_of(fixture *f)
{
    return brasa__arena_printf(f->u->arena, "%s/.t.h5.deep.t.stats", f->dir);
}

static void what_is_saved_is_there_when_the_table_is_opened(void **state)
{
    fixture f = fixture_new(state);

    save_marked(&f);
    assert_true(brasa__io_exists(file_of(&f)));
    brasa_table *t = opened(&f);
    for (int32_t c = 0; c < t->schema.ncols; c++) {
        assert_true(t->stats[c].distinct == 1000.5 + c);
        assert_int_equal(t->stats[c].histogram != NULL, c == 1);
    }
    assert_int_equal(t->stats[1].histogram->steps, 3);
    assert_true(t->stats[1].histogram->bounds[3] == 7);
}

static void a_table_that_has_changed_has_no_such_statistics(void **state)
{
    fixture f = fixture_new(state);

    save_marked(&f);
    write_table(&f, ROWS + 1);
    assert_true(opened(&f)->stats[0].distinct < 1000);
}

static void damaged_statistics_are_left_alone(void **state)
{
    fixture f = fixture_new(state);
    char   *data;
    size_t  n;
    int     fd;

    save_marked(&f);
    assert_ok(brasa__io_slurp(f.u->arena, file_of(&f), &data, &n, &f.u->err), f.u->err);
    for (size_t at = 0; at < n; at += 1 + n / 40) {
        char flipped = (char)(data[at] ^ 0x10);
        assert_ok(brasa__io_open(file_of(&f), BRASA_IO_WRITE, &fd, &f.u->err), f.u->err);
        assert_ok(brasa__io_pwrite(fd, &flipped, 1, (int64_t)at, "", &f.u->err), f.u->err);
        assert_true(opened(&f)->stats[0].distinct < 1000);
        assert_ok(brasa__io_pwrite(fd, &data[at], 1, (int64_t)at, "", &f.u->err), f.u->err);
        assert_ok(brasa__io_close(fd, "", &f.u->err), f.u->err);
    }
    assert_true(opened(&f)->stats[0].distinct == 1000.5);
    for (size_t keep = 0; keep < n; keep += 1 + n / 10) {
        assert_ok(brasa__io_open(file_of(&f), BRASA_IO_WRITE | BRASA_IO_CREATE | BRASA_IO_TRUNCATE, &fd, &f.u->err), f.u->err);
        assert_ok(brasa__io_write(fd, data, keep, "", &f.u->err), f.u->err);
        assert_ok(brasa__io_close(fd, "", &f.u->err), f.u->err);
        assert_true(opened(&f)->stats[0].distinct < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(what_is_saved_is_there_when_the_table_is_opened),
        unit_case(a_table_that_has_changed_has_no_such_statistics),
        unit_case(damaged_statistics_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
