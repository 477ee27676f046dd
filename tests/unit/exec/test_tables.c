/* From a sink that writes part files to a source that scans them: the same rows, at any number of threads and parts. */
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/io.h"
#include "storage/table.h"
#include "support/ops.h"
#include "support/unit.h"

static const char *const columns = "a BIGINT, i INT, s STRING, d DECIMAL(12,2), e DECIMAL(30,4), f DOUBLE, b BOOLEAN, t DATE, ts TIMESTAMP";

typedef struct writing {
    ops_rig          *rig;
    brasa_stage       stage;
    brasa_write_spec *spec;
} writing;

static brasa_status write_all(void *arg, brasa_error *err)
{
    writing           *w = arg;
    brasa_stage_result result;
    bool               skip;

    BRASA_TRY(brasa__write_prepare(w->rig->arena, w->spec, w->stage.schema, &skip, err));
    BRASA_TRY(brasa__exec_stage(w->rig->exec, &w->stage, w->rig->arena, &result, err));
    return brasa__write_commit(w->spec, w->stage.schema, result.written, result.nwritten, err);
}

/* Write the output of stage `id`; returns the stage's status.  Commits or rolls back. */
static brasa_status write_table(ops_rig *r, int32_t id, brasa_schema schema, brasa_write_spec *spec, brasa_error *err)
{
    writing      w = {.rig = r,
                      .stage = {.id = r->stages++,
                                .source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 1, .stages = &id},
                                .sink = {.kind = BRASA_SINK_WRITE, .write = spec},
                                .schema = schema},
                      .spec = spec};
    brasa_status status = brasa__guarded(write_all, &w, err);

    if (status != BRASA_OK) brasa__write_rollback(spec);
    return status;
}

static brasa_status scan_table(ops_rig *r, const char *uri, int32_t ncols, const int32_t *cols, const brasa_op_desc *ops, int32_t nops,
                               ops_rows *out, brasa_stage_result *result, brasa_error *err)
{
    brasa_read_spec read = {.uri = uri};
    brasa_table    *table;
    brasa_field    *fields = BRASA_NEWS(r->arena, brasa_field, ncols);
    brasa_stage     stage = {.nops = nops, .ops = ops};

    BRASA_TRY(brasa__table_open(r->arena, &read, &table, err));
    for (int32_t i = 0; i < ncols; i++) fields[i] = table->schema.cols[cols[i]];
    stage.source = (brasa_source) {
        .kind = BRASA_SOURCE_SCAN, .schema = {.ncols = ncols, .cols = fields}, .nparts = table->nparts, .table = table, .cols = cols};
    return ops_run_stage(r, &stage, out, result, err);
}

static const int32_t all[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};

static void what_was_written_is_scanned(void **state)
{
    static const int64_t sizes[] = {0, 1, 64, 2049, 20000};
    unit_state          *u = *state;

    for (int32_t threads = 1; threads <= 2; threads++) {
        ops_rig     *r = ops_open(u->arena, threads, threads == 1 ? 64 : 2048);
        brasa_schema schema = ops_schema(u->arena, columns);

        for (size_t n = 0; n < 5; n++) {
            brasa_write_spec   spec = {.uri = brasa__arena_printf(u->arena, "%s/t.h5:/t", unit_tmpdir(u->arena)), .chunk_rows = 512};
            ops_rows           in = ops_random(u->arena, schema, sizes[n], 0.1, n % 2 == 0 ? 0 : 50, n + 1), out;
            int32_t            id = ops_put(r, &in, 1 + (int32_t)n, 0);
            brasa_stage_result result;

            assert_ok(write_table(r, id, schema, &spec, &u->err), u->err);
            assert_ok(scan_table(r, spec.uri, 9, all, NULL, 0, &out, &result, &u->err), u->err);
            ops_assert_equal(&out, &in);
            assert_int_equal(result.scan.rows, in.n);
        }
    }
}

static void a_scan_reads_the_columns_asked_for_and_stops_early(void **state)
{
    static const int32_t some[] = {2, 0};
    unit_state          *u = *state;
    ops_rig             *r = ops_open(u->arena, 2, 64);
    brasa_schema         schema = ops_schema(u->arena, columns), two = ops_schema(u->arena, "s STRING, a BIGINT");
    brasa_write_spec     spec = {.uri = brasa__arena_printf(u->arena, "%s/t.h5", unit_tmpdir(u->arena))};
    ops_rows             in = ops_random(u->arena, schema, 30000, 0.1, 0, 4), out;
    brasa_op_desc        limit = {.kind = BRASA_OP_LIMIT, .schema = two, .u.limit = {.limit = 100, .total = true}};

    assert_ok(write_table(r, ops_put(r, &in, 10, 0), schema, &spec, &u->err), u->err);
    assert_ok(scan_table(r, spec.uri, 2, some, &limit, 1, &out, NULL, &u->err), u->err);
    assert_true(out.n >= 100 && out.n < 1000);
    for (int64_t i = 0; i < 100; i++) {
        assert_int_equal(brasa__value_compare(ops_at(&out, i, 0), ops_at(&in, i, 2)), 0);
        assert_int_equal(brasa__value_compare(ops_at(&out, i, 1), ops_at(&in, i, 0)), 0);
    }
}

#ifdef BRASA_FAULTS
/* Every call on a file fails in turn: an error and no table, or the right rows. */
static void a_failing_disk_leaves_nothing_behind(void **state)
{
    static const char *const points[] = {"io.write", "io.fsync", "io.rename", "io.open", "alloc"};
    unit_state              *u = *state;
    ops_rig                 *r = ops_open(u->arena, 2, 64);
    brasa_schema             schema = ops_schema(u->arena, "a BIGINT, s STRING");
    ops_rows                 in = ops_random(u->arena, schema, 400, 0.1, 0, 4);
    int32_t                  id = ops_put(r, &in, 3, 0), two[] = {0, 1}, failed = 0;

    for (size_t p = 0; p < 5; p++) {
        for (int n = 1; n < 400; n += 1 + n / 8) {
            brasa_write_spec spec = {.uri = brasa__arena_printf(u->arena, "%s/t.h5", unit_tmpdir(u->arena))};
            brasa_status     status;
            ops_rows         out;

            assert_ok(brasa__faults_set(u->ctx->faults, brasa__arena_printf(u->arena, "%s:%d", points[p], n), &u->err), u->err);
            status = write_table(r, id, schema, &spec, &u->err);
            assert_ok(brasa__faults_set(u->ctx->faults, "", &u->err), u->err);
            failed += status != BRASA_OK;
            if (status != BRASA_OK) {
                if (brasa__io_exists(spec.uri)) fail_msg("%s:%d: %s, but there is a table", points[p], n, u->err.text);
                continue;
            }
            assert_ok(scan_table(r, spec.uri, 2, two, NULL, 0, &out, NULL, &u->err), u->err);
            ops_assert_equal(&out, &in);
        }
    }
    assert_true(failed > 20);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(what_was_written_is_scanned),
        unit_case(a_scan_reads_the_columns_asked_for_and_stops_early),
#ifdef BRASA_FAULTS
        unit_case(a_failing_disk_leaves_nothing_behind),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
