/* What the planner is told, and chunks that conditions rule out: never a row too few. */
#include "support/unit.h"

#include <math.h>
#include <string.h>

#include "data/string.h"
#include "support/data.h"
#include "support/stored.h"

enum { ROWS = 1000 };

typedef struct {
    unit_state     *u;
    brasa_schema    schema;
    brasa_batch     batch;
    brasa_read_spec read;
} fixture;

static fixture stored(void **state, data_options o, bool ascending)
{
    fixture          f = {.u = *state, .schema = data_schema(((unit_state *)*state)->arena)};
    unit_random      r = {.state = 21};
    brasa_write_spec spec = {.uri = brasa__arena_printf(f.u->arena, "%s/t.h5", unit_tmpdir(f.u->arena)), .chunk_rows = 64};

    f.batch = data_random_batch(f.u->arena, &r, f.schema, ROWS, o);
    if (ascending) {
        int64_t     *v = BRASA_NEWS(f.u->arena, int64_t, ROWS);
        brasa_field *field = BRASA_NEW(f.u->arena, brasa_field);
        for (int i = 0; i < ROWS; i++) v[i] = i * 10;
        brasa_column *c = BRASA_NEW(f.u->arena, brasa_column);
        *field = (brasa_field) {.name = "x", .type = brasa__type(BRASA_KIND_INT64)};
        *c = (brasa_column) {.type = field->type, .values = v};
        f.schema = (brasa_schema) {.ncols = 1, .cols = field};
        f.batch = (brasa_batch) {.rows = ROWS, .ncols = 1, .cols = c, .nsel = ROWS};
    }
    f.read.uri = spec.uri;
    assert_ok(stored_write(f.u->arena, spec, f.schema, &f.batch, 1, 0, &f.u->err), f.u->err);
    return f;
}

static bool passes(const brasa_scan_test *t, const brasa_value *v)
{
    int c;

    if (t->op == BRASA_SCAN_IS_NULL) return v->null;
    if (v->null) return false;
    if (t->op == BRASA_SCAN_NOT_NULL) return true;
    for (int32_t i = 0; i < t->nvalues; i++) {
        c = brasa__value_compare(v, &t->values[i]);
        if (t->op == BRASA_SCAN_EQ || t->op == BRASA_SCAN_IN) {
            if (c == 0) return true;
            continue;
        }
        if (t->op == BRASA_SCAN_LT) return c < 0;
        if (t->op == BRASA_SCAN_LE) return c <= 0;
        if (t->op == BRASA_SCAN_GT) return c > 0;
        return c >= 0;
    }
    return false;
}

static int64_t count(const brasa_scan_test *t, const brasa_column *c, int32_t rows, brasa_arena *arena)
{
    int64_t n = 0;

    for (int32_t i = 0; i < rows; i++) {
        brasa_value v = brasa__column_value(c, i, arena);
        n += passes(t, &v);
    }
    return n;
}

static void no_row_that_passes_is_skipped(void **state)
{
    fixture     f = stored(state, (data_options) {.nulls = 0.3, .few = true}, false);
    unit_random r = {.state = 22};
    int64_t     skipped = 0;

    for (int round = 0; round < 400; round++) {
        brasa_arena    *arena = brasa__arena_new(NULL, "round");
        int32_t         col = (int32_t)unit_between(&r, 1, 15), n = 0;
        brasa_value     values[3];
        brasa_scan_test t = {.col = col, .op = (brasa_scan_op)unit_between(&r, 0, 7), .nvalues = 1, .values = values};
        stored_read     got;
        int64_t         want, have = 0;

        for (int i = 0; i < 3; i++)
            values[i] = data_random_value(arena, &r, f.schema.cols[col].type, (data_options) {.few = unit_chance(&r, 0.5)});
        if (t.op == BRASA_SCAN_IN) t.nvalues = 3;
        if (t.op == BRASA_SCAN_IS_NULL || t.op == BRASA_SCAN_NOT_NULL) t.nvalues = 0;
        want = count(&t, &f.batch.cols[col], ROWS, arena);
        assert_ok(stored_scan(arena, &f.read, &col, 1, &t, 1, &got, &f.u->err), f.u->err);
        for (; n < got.blocks.count; n++) have += count(&t, &got.blocks.items[n]->cols[0], got.blocks.items[n]->rows, arena);
        assert_int_equal(have, want);
        skipped += got.stats.chunks_skipped;
        brasa__arena_free(arena);
    }
    assert_true(skipped > 100);
}

static void a_range_of_sorted_rows_reads_few_chunks(void **state)
{
    fixture         f = stored(state, (data_options) {0}, true);
    brasa_value     v = {.type = brasa__type(BRASA_KIND_INT64), .u.i = 9000};
    brasa_scan_test t = {.col = 0, .op = BRASA_SCAN_GE, .nvalues = 1, .values = &v};
    stored_read     got;

    assert_ok(stored_scan(f.u->arena, &f.read, NULL, 0, &t, 1, &got, &f.u->err), f.u->err);
    assert_int_equal(got.stats.chunks_skipped, 14);
    assert_int_equal(got.blocks.rows, ROWS - 14 * 64);
    v.u.i = 5005;
    t.op = BRASA_SCAN_EQ;
    assert_ok(stored_scan(f.u->arena, &f.read, NULL, 0, &t, 1, &got, &f.u->err), f.u->err);
    assert_int_equal(got.stats.chunks_skipped, 15);
}

static void the_statistics_are_those_of_the_rows(void **state)
{
    fixture      f = stored(state, (data_options) {.nulls = 0.2}, false);
    brasa_table *t;

    assert_ok(brasa__table_open(f.u->arena, &f.read, &t, &f.u->err), f.u->err);
    assert_int_equal(t->rows, ROWS);
    for (int32_t c = 0; c < f.schema.ncols; c++) {
        const brasa_column_stats *s = &t->stats[c];
        brasa_value               lo = {.null = true}, hi = {.null = true};
        int64_t                   nulls = 0;
        for (int32_t i = 0; i < ROWS; i++) {
            brasa_value v = brasa__column_value(&f.batch.cols[c], i, f.u->arena);
            nulls += v.null;
            if (v.null) continue;
            if (lo.null || brasa__value_compare(&v, &lo) < 0) lo = v;
            if (hi.null || brasa__value_compare(&v, &hi) > 0) hi = v;
        }
        assert_true(s->known);
        assert_int_equal(s->nulls, nulls);
        if (!s->has_range) continue;
        assert_int_equal(brasa__value_compare(&s->min, &lo), 0);
        assert_int_equal(brasa__value_compare(&s->max, &hi), 0);
    }
    assert_true(t->stats[5].has_range);
}

static void distinct_counts_are_about_right(void **state)
{
    fixture      f = stored(state, (data_options) {0}, true);
    brasa_table *t;

    assert_ok(brasa__table_open(f.u->arena, &f.read, &t, &f.u->err), f.u->err);
    assert_true(fabs(t->stats[0].distinct - ROWS) < ROWS / 5.0);
    assert_true(t->stats[0].bytes == 8.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(no_row_that_passes_is_skipped),
        unit_case(a_range_of_sorted_rows_reads_few_chunks),
        unit_case(the_statistics_are_those_of_the_rows),
        unit_case(distinct_counts_are_about_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
