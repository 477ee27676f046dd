/* test_random_plans.c -- random plans give the rows that they are defined to give: as they are and optimised, each pass off, on one worker and on several. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "comm/launch.h"
#include "data/value.h"
#include "driver/driver.h"
#include "opt/opt.h"
#include "random_plans.h"
#include "reference_plan.h"
#include "stage/stage.h"
#include "worker/worker.h"

enum { PLANS = 100, MOST_ROWS = 20000 };

/* A job, and its rows as sorted lines of text (or the error). */
typedef struct run {
    brasa_job    job;
    brasa_status status;
    const char **lines;
    int64_t      n;
    brasa_error  err;
    bool         skip;
    int32_t      decisions; /* that true sizes led to */
    int32_t      spread;    /* of them: of a join's stream */
} run;

typedef struct batch {
    brasa_arena *arena;
    run         *runs;
    int32_t      n;
    int32_t      threads;
} batch;

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *line_of(brasa_arena *arena, const brasa_value *row, int32_t ncols)
{
    brasa_text line;

    brasa__text_init(&line, arena);
    for (int32_t c = 0; c < ncols; c++) {
        if (c) brasa__text_add(&line, "|");
        if (row[c].null)
            brasa__text_add(&line, "NULL");
        else
            brasa__value_text(&row[c], &line);
    }
    return line.s;
}

static void read_rows(brasa_arena *arena, const brasa_blocks *blocks, int32_t ncols, run *r)
{
    brasa_value *row = BRASA_NEWS(arena, brasa_value, ncols + 1);

    r->lines = BRASA_NEWS(arena, const char *, blocks->rows + 1);
    for (int32_t b = 0; b < blocks->count; b++) {
        const brasa_block *block = blocks->items[b];
        for (int32_t i = 0; i < block->rows; i++) {
            for (int32_t c = 0; c < ncols; c++) row[c] = brasa__column_value(&block->cols[c], i, arena);
            r->lines[r->n++] = line_of(arena, row, ncols);
        }
    }
    qsort(r->lines, (size_t)r->n, sizeof *r->lines, compare_lines);
}

static brasa_status run_one(brasa_driver *d, brasa_arena *arena, run *r, brasa_error *err)
{
    brasa_job_result result;
    brasa_blocks     blocks = {.items = NULL};

    BRASA_TRY(brasa__driver_run(d, &r->job, arena, &result, err));
    r->skip = result.rows > MOST_ROWS;
    r->decisions = result.ndecisions;
    for (int32_t i = 0; i < result.ndecisions; i++) r->spread += strcmp(result.decisions[i].decision, "spread") == 0;
    brasa_status status = r->skip ? BRASA_OK : brasa__driver_fetch(d, &result, 0, result.nparts, -1, &blocks, err);
    if (status == BRASA_OK && !r->skip) read_rows(arena, &blocks, r->job.schema.ncols, r);
    brasa__blocks_clear(&blocks);
    BRASA_TRY(status);
    return brasa__driver_end_job(d, err);
}

static brasa_status run_batch(void *arg, brasa_comm *world, brasa_error *err)
{
    batch        *b = arg;
    brasa_driver *d;

    if (world->rank > 0) return brasa__worker_run(world, b->threads, err);
    BRASA_TRY(brasa__driver_new(world, b->threads, &d, err));
    for (int32_t i = 0; i < b->n && !brasa__driver_broken(d); i++) b->runs[i].status = run_one(d, b->arena, &b->runs[i], &b->runs[i].err);
    brasa__driver_free(d);
    return BRASA_OK;
}

static int32_t depth_of(uint64_t seed)
{
    return 2 + (int32_t)(seed % 3);
}

/* The plans of these seeds, cut for so many workers with these passes off. */
static batch prepare(unit_state *u, uint64_t seed, int32_t n, int32_t workers, const char *off)
{
    batch          b = {.arena = u->arena, .runs = BRASA_NEWS(u->arena, run, n), .n = n, .threads = 2};
    brasa_topology topology = {workers, 2};
    brasa_action   action = {.kind = BRASA_SINK_RESULT};

    assert_ok(brasa__config_set(u->ctx->config, "disable-passes", off, &u->err), u->err);
    for (int32_t i = 0; i < n; i++) {
        plans             p;
        const brasa_node *plan;
        plans_init(&p, u->arena);
        plan = plans_optimize(&p, random_plan(&p, seed + (uint64_t)i, depth_of(seed + (uint64_t)i)), workers);
        assert_ok(brasa__stage_cut(u->arena, plan, &action, &topology, &b.runs[i].job, &u->err), u->err);
    }
    return b;
}

static void describe(unit_state *u, uint64_t seed, int32_t workers, const char *off)
{
    plans             p;
    const brasa_node *plan, *now;

    plans_init(&p, u->arena);
    assert_ok(brasa__config_set(u->ctx->config, "disable-passes", off, &u->err), u->err);
    plan = random_plan(&p, seed, depth_of(seed));
    now = plans_optimize(&p, plan, workers);
    print_message("seed %d, %d workers, off: %s\n%s\n%s\n%s\n", (int)seed, (int)workers, off, plans_text(&p, plan), plans_text(&p, now),
                  plans_stages(&p, now, workers));
}

static void compare(unit_state *u, const batch *want, const batch *got, uint64_t seed, int32_t workers, const char *off)
{
    for (int32_t i = 0; i < want->n; i++) {
        const run *w = &want->runs[i], *g = &got->runs[i];
        int64_t    k = 0;
        if (w->skip || w->status != BRASA_OK) continue; /* an error may be met, or not, by another order of work */
        while (k < w->n && k < g->n && strcmp(w->lines[k], g->lines[k]) == 0) k++;
        if (g->status == BRASA_OK && w->n == g->n && k == w->n) continue;
        describe(u, seed + (uint64_t)i, workers, off);
        if (g->status != BRASA_OK) fail_msg("%s", g->err.text);
        fail_msg("%d rows, not %d; first difference: %s, not %s", (int)g->n, (int)w->n, k < g->n ? g->lines[k] : "(end)",
                 k < w->n ? w->lines[k] : "(end)");
    }
}

/* Rows of the plans as they are, on one worker. */
static batch baseline(unit_state *u, uint64_t seed)
{
    batch b = prepare(u, seed, PLANS, 1, "all");

    assert_ok(brasa__sim_run(1, seed, run_batch, &b, &u->err), u->err);
    int32_t ok = 0;
    for (int32_t i = 0; i < b.n; i++) ok += b.runs[i].status == BRASA_OK && !b.runs[i].skip && b.runs[i].n > 0;
    if (ok < PLANS * 2 / 5) {
        for (int32_t i = 0; i < b.n; i++) {
            if (b.runs[i].status != BRASA_OK) print_message("seed %d: %s\n", (int)seed + i, b.runs[i].err.text);
        }
        fail_msg("only %d of %d plans give rows", (int)ok, (int)PLANS);
    }
    return b;
}

/* The rows as lines, sorted. */
static void lines_of(brasa_arena *arena, const reference_rows *rows, run *r)
{
    r->lines = BRASA_NEWS(arena, const char *, rows->n + 1);
    for (int64_t i = 0; i < rows->n; i++) r->lines[r->n++] = line_of(arena, rows->rows[i], rows->ncols);
    qsort(r->lines, (size_t)r->n, sizeof *r->lines, compare_lines);
}

static void rows_are_those_of_the_definition(void **state)
{
    unit_state *u = *state;
    batch       got = prepare(u, 5000, PLANS, 1, ""), want = {.runs = BRASA_NEWS(u->arena, run, PLANS), .n = PLANS};
    int32_t     known = 0;

    for (int32_t i = 0; i < PLANS; i++) {
        plans          p;
        reference_rows rows;
        plans_init(&p, u->arena);
        reference_result how =
            reference_plan(u->arena, random_plan(&p, 5000 + (uint64_t)i, depth_of(5000 + (uint64_t)i)), MOST_ROWS, &rows);
        want.runs[i].skip = how != REFERENCE_OK;
        known += how == REFERENCE_OK && rows.n > 0;
        if (how == REFERENCE_OK) lines_of(u->arena, &rows, &want.runs[i]);
    }
    assert_true(known > PLANS * 2 / 5);
    assert_ok(brasa__sim_run(1, 1, run_batch, &got, &u->err), u->err);
    compare(u, &want, &got, 5000, 1, "");
}

static void optimised_plans_give_the_same_rows(void **state)
{
    unit_state *u = *state;
    batch       want = baseline(u, 1000), got = prepare(u, 1000, PLANS, 1, "");

    assert_ok(brasa__sim_run(1, 1, run_batch, &got, &u->err), u->err);
    compare(u, &want, &got, 1000, 1, "");
}

static void several_workers_give_the_same_rows(void **state)
{
    unit_state *u = *state;
    batch       want = baseline(u, 2000);

    for (int32_t workers = 2; workers <= 4; workers += 2) {
        for (int32_t k = 0; k < 2; k++) {
            const char *off = k ? "all" : "";
            batch       got = prepare(u, 2000, PLANS, workers, off);
            assert_ok(brasa__sim_run(workers + 1, (uint64_t)workers, run_batch, &got, &u->err), u->err);
            compare(u, &want, &got, 2000, workers, off);
        }
    }
}

static void many_small_partitions_give_the_same_rows(void **state)
{
    unit_state *u = *state;
    batch       want = baseline(u, 3000);

    assert_ok(brasa__config_set(u->ctx->config, "shuffle-partitions", "5", &u->err), u->err);
    assert_ok(brasa__config_set(u->ctx->config, "broadcast-bytes", "1", &u->err), u->err);
    batch got = prepare(u, 3000, PLANS, 3, "");
    assert_ok(brasa__sim_run(4, 9, run_batch, &got, &u->err), u->err);
    compare(u, &want, &got, 3000, 3, "");
    got = prepare(u, 3000, PLANS, 1, "");
    assert_ok(brasa__sim_run(1, 9, run_batch, &got, &u->err), u->err);
    compare(u, &want, &got, 3000, 1, "");
}

/* Planned as if no build side were small, run where all are, in many tiny partitions: nearly every join is planned again. */
static void true_sizes_change_plans_and_not_rows(void **state)
{
    unit_state *u = *state;
    batch       want = baseline(u, 6000);

    assert_ok(brasa__config_set(u->ctx->config, "shuffle-partitions", "9", &u->err), u->err);
    for (int32_t workers = 1; workers <= 5; workers += workers == 3 ? 2 : 1) {
        for (int32_t adaptive = 0; adaptive < 3; adaptive++) { /* 2: no broadcasts, but everything is skewed */
            int32_t decisions = 0, spread = 0;

            assert_ok(brasa__config_set(u->ctx->config, "broadcast-bytes", "0", &u->err), u->err);
            batch got = prepare(u, 6000, PLANS, workers, "");
            assert_ok(brasa__config_set(u->ctx->config, "broadcast-bytes", adaptive == 2 ? "0" : "16M", &u->err), u->err);
            assert_ok(brasa__config_set(u->ctx->config, "skew-bytes", adaptive == 2 ? "1" : "4M", &u->err), u->err);
            assert_ok(brasa__config_set(u->ctx->config, "adaptive", adaptive ? "true" : "false", &u->err), u->err);
            assert_ok(brasa__sim_run(workers == 1 ? 1 : workers + 1, 7, run_batch, &got, &u->err), u->err);
            compare(u, &want, &got, 6000, workers, "");
            for (int32_t i = 0; i < got.n; i++) decisions += got.runs[i].decisions, spread += got.runs[i].spread;
            assert_true(adaptive < 2 ? spread == 0 : workers == 1 || spread > 0);
            assert_true(adaptive && workers > 1 ? decisions > 20 : !adaptive ? decisions == 0 : true);
        }
    }
}

static void each_pass_can_be_off(void **state)
{
    unit_state *u = *state;
    batch       want = baseline(u, 4000);

    for (int32_t i = 0; brasa__opt_pass_name(i); i++) {
        batch got = prepare(u, 4000, PLANS, 1, brasa__opt_pass_name(i));
        assert_ok(brasa__sim_run(1, 1, run_batch, &got, &u->err), u->err);
        compare(u, &want, &got, 4000, 1, brasa__opt_pass_name(i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(rows_are_those_of_the_definition),     unit_case(optimised_plans_give_the_same_rows),
        unit_case(several_workers_give_the_same_rows),   unit_case(many_small_partitions_give_the_same_rows),
        unit_case(true_sizes_change_plans_and_not_rows), unit_case(each_pass_can_be_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
