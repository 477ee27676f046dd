/* job_checks.c -- jobs over the numbers 0, 1, 2... whose answers are known.
 *
 * Each check leaves driver and workers ready for the next, also after a failure: that is what is checked most of all.
 */
#include "support/job_checks.h"

#include <string.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/ctx.h"
#include "base/fault.h"
#include "driver/driver.h"
#include "worker/worker.h"

#define CHECK(cond)                                                                                           \
    do {                                                                                                      \
        if (!(cond)) return brasa__fail(err, BRASA_INTERNAL, "%s:%d: not so: %s", __FILE__, __LINE__, #cond); \
    } while (0)

static const brasa_field       id_field = {.name = "id", .type = {.kind = BRASA_KIND_INT64}};
static const brasa_schema      id_schema = {.ncols = 1, .cols = &id_field};
static const brasa_expr        id_ref = {.kind = BRASA_EXPR_REF, .bound = true, .type = {.kind = BRASA_KIND_INT64}, .name = "id"};
static const int64_t           five = 5; /* id of a cache */
static const brasa_expr *const id_key[1] = {&id_ref};

enum { PARTS_IN = 9, PARTS_OUT = 7, MAX_STAGES = 4 };

typedef struct bench {
    brasa_driver    *d;
    brasa_arena     *arena;
    const job_case  *c;
    brasa_stage      stages[MAX_STAGES];
    int32_t          sources[MAX_STAGES]; /* of stage i: stage i - 1 */
    brasa_job        job;
    brasa_job_result result;
} bench;

static brasa_stage *add_stage(bench *b, brasa_sink_kind sink)
{
    int32_t      i = b->job.nstages++;
    brasa_stage *s = &b->stages[i];

    b->sources[i] = i - 1;
    *s = (brasa_stage) {.id = i, .schema = id_schema, .sink = {.kind = sink}};
    if (i == 0) {
        s->source = (brasa_source) {.kind = BRASA_SOURCE_RANGE, .schema = id_schema, .nparts = PARTS_IN, .end = b->c->rows, .step = 1};
    } else {
        s->source = (brasa_source) {.kind = BRASA_SOURCE_STAGES, .schema = id_schema, .nstages = 1, .stages = &b->sources[i]};
        s->nfree = 1;
        s->free = &b->sources[i];
    }
    b->job.stages = b->stages;
    b->job.schema = id_schema;
    return s;
}

static void add_exchange(bench *b, brasa_exchange_kind kind)
{
    brasa_stage *s = add_stage(b, BRASA_SINK_EXCHANGE);

    s->sink.exchange = kind;
    s->sink.nparts = kind == BRASA_EXCHANGE_GATHER ? 1 : PARTS_OUT;
    if (kind == BRASA_EXCHANGE_HASH) {
        s->sink.nkeys = 1;
        s->sink.keys = id_key;
    }
}

static void begin(bench *b)
{
    b->job = (brasa_job) {0};
}

static brasa_status run(bench *b, brasa_error *err)
{
    return brasa__driver_run(b->d, &b->job, b->arena, &b->result, err);
}

/* Fetch parts one by one, or all at once. */
static brasa_status fetch(bench *b, bool one_by_one, int64_t max_rows, brasa_blocks *out, brasa_error *err)
{
    if (!one_by_one) return brasa__driver_fetch(b->d, &b->result, 0, b->result.nparts, max_rows, out, err);
    for (int32_t i = 0; i < b->result.nparts; i++)
        BRASA_TRY(brasa__driver_fetch(b->d, &b->result, i, 1, max_rows < 0 ? -1 : max_rows - out->rows, out, err));
    return BRASA_OK;
}

static brasa_status check_ids(const brasa_blocks *rows, int64_t n, bool ordered, brasa_error *err)
{
    int64_t sum = 0, last = -1, count = 0;

    for (int32_t i = 0; i < rows->count; i++) {
        const int64_t *v = rows->items[i]->cols[0].values;

        for (int32_t k = 0; k < rows->items[i]->rows; k++) {
            CHECK(!ordered || v[k] == last + 1);
            last = v[k];
            sum += v[k];
            count++;
        }
    }
    CHECK(count == n && rows->rows == n);
    CHECK(sum == n * (n - 1) / 2);
    return BRASA_OK;
}

static brasa_status fetch_and_check(bench *b, bool one_by_one, int64_t max_rows, bool ordered, brasa_error *err)
{
    brasa_blocks rows = {0};
    int64_t      want = max_rows >= 0 && max_rows < b->c->rows ? max_rows : b->c->rows;
    brasa_status status = fetch(b, one_by_one, max_rows, &rows, err);

    if (status == BRASA_OK) status = check_ids(&rows, want, ordered, err);
    brasa__blocks_clear(&rows);
    return status;
}

/* ---- the checks ---- */

static brasa_status rows_go_through_exchanges(bench *b, brasa_error *err)
{
    begin(b);
    add_exchange(b, BRASA_EXCHANGE_HASH);
    add_exchange(b, BRASA_EXCHANGE_NUMBER);
    add_stage(b, BRASA_SINK_RESULT);
    BRASA_TRY(run(b, err));
    CHECK(b->result.rows == b->c->rows);
    CHECK(b->result.nstages == 3);
    for (int32_t i = 1; i < b->result.nparts; i++) CHECK(b->result.parts[i].partition > b->result.parts[i - 1].partition);
    BRASA_TRY(fetch_and_check(b, false, -1, false, err));
    BRASA_TRY(fetch_and_check(b, true, -1, false, err));
    return brasa__driver_end_job(b->d, err);
}

static brasa_status order_is_kept_and_limits_hold(bench *b, brasa_error *err)
{
    static const int64_t limits[] = {0, 1, 100, 2048, 5000, -1};

    for (int gather = 0; gather < 2; gather++) {
        begin(b);
        if (gather) add_exchange(b, BRASA_EXCHANGE_GATHER);
        add_stage(b, BRASA_SINK_RESULT);
        BRASA_TRY(run(b, err));
        for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) BRASA_TRY(fetch_and_check(b, i % 2 == 0, limits[i], true, err));
        BRASA_TRY(brasa__driver_end_job(b->d, err));
    }
    return BRASA_OK;
}

static brasa_status a_failed_job_leaves_all_ready(bench *b, brasa_error *err)
{
    brasa_error told;

    brasa__error_clear(&told);
    begin(b);
    add_stage(b, BRASA_SINK_LOCAL);
    add_exchange(b, BRASA_EXCHANGE_HASH);
    add_stage(b, BRASA_SINK_RESULT);
    b->sources[1] = 77;                     /* a stage that never ran */
    if (run(b, &told) == BRASA_NO_MEMORY) { /* injected */
        *err = told;
        return BRASA_NO_MEMORY;
    }
    CHECK(told.code == BRASA_INTERNAL && strstr(told.text, "stage 77") != NULL);
    CHECK(b->result.nstages == 1);
    return rows_go_through_exchanges(b, err);
}

static brasa_status caches_outlive_jobs_until_dropped(bench *b, brasa_error *err)
{
    brasa_error told;

    begin(b);
    add_stage(b, BRASA_SINK_CACHE)->sink.cache = 5;
    BRASA_TRY(run(b, err));
    CHECK(b->result.rows == b->c->rows);
    BRASA_TRY(brasa__driver_end_job(b->d, err));
    for (int again = 0; again < 2; again++) {
        begin(b);
        add_stage(b, BRASA_SINK_RESULT)->source =
            (brasa_source) {.kind = BRASA_SOURCE_CACHE, .schema = id_schema, .ncaches = 1, .caches = &five};
        BRASA_TRY(run(b, err));
        BRASA_TRY(fetch_and_check(b, false, -1, true, err));
        BRASA_TRY(brasa__driver_end_job(b->d, err));
    }
    BRASA_TRY(brasa__driver_drop_cache(b->d, 5, err));
    brasa__error_clear(&told);
    CHECK(run(b, &told) != BRASA_OK);
    return BRASA_OK;
}

/* A driver that has no room for the rows says so, and may go on. */
static brasa_status a_fetch_without_memory_fails_alone(bench *b, brasa_error *err)
{
    brasa_memory *m = brasa__ctx()->memory;
    brasa_blocks  rows = {0};
    brasa_error   told;
    brasa_status  status;

    if (b->c->rows < 10000 || brasa__driver_topology(b->d).workers < 2) return BRASA_OK;
    brasa__error_clear(&told);
    begin(b);
    add_exchange(b, BRASA_EXCHANGE_HASH);
    add_stage(b, BRASA_SINK_RESULT);
    BRASA_TRY(run(b, err));
    brasa__memory_set_budget(m, brasa__memory_used(m) + 60000);
    status = fetch(b, false, -1, &rows, &told);
    brasa__memory_set_budget(m, 0);
    brasa__blocks_clear(&rows);
    CHECK(status == BRASA_NO_MEMORY);
    BRASA_TRY(fetch_and_check(b, false, -1, false, err));
    return brasa__driver_end_job(b->d, err);
}

/* An order of many kilobytes. */
static brasa_status values_travel_with_the_order(bench *b, brasa_error *err)
{
    enum { N = 3000 };
    brasa_value *v = BRASA_NEWS(b->arena, brasa_value, N);
    brasa_blocks rows = {0};
    brasa_status status;

    for (int64_t i = 0; i < N; i++) v[i] = (brasa_value) {.type = {.kind = BRASA_KIND_INT64}, .u.i = i};
    begin(b);
    add_stage(b, BRASA_SINK_RESULT)->source =
        (brasa_source) {.kind = BRASA_SOURCE_VALUES, .schema = id_schema, .nparts = 1, .nrows = N, .values = v};
    BRASA_TRY(run(b, err));
    BRASA_TRY(fetch(b, false, -1, &rows, err));
    status = check_ids(&rows, N, true, err);
    brasa__blocks_clear(&rows);
    BRASA_TRY(status);
    return brasa__driver_end_job(b->d, err);
}

#ifdef BRASA_FAULTS
/* Settings reach the workers with the next job; a fault there is told with its rank. */
static brasa_status a_fault_on_one_worker_is_told(bench *b, brasa_error *err)
{
    brasa_error told;

    if (brasa__driver_topology(b->d).workers < 3 || b->c->rows < 1000) return BRASA_OK; /* nothing would be sent */
    brasa__error_clear(&told);
    BRASA_TRY(brasa__config_set(brasa__ctx()->config, "faults", "shuffle.send:1@2", err));
    begin(b);
    add_exchange(b, BRASA_EXCHANGE_HASH);
    add_stage(b, BRASA_SINK_RESULT);
    CHECK(run(b, &told) == BRASA_IO);
    CHECK(told.rank == 2);
    BRASA_TRY(brasa__config_set(brasa__ctx()->config, "faults", "", err));
    return rows_go_through_exchanges(b, err);
}
#endif

static brasa_status drive(bench *b, brasa_error *err)
{
    BRASA_TRY(rows_go_through_exchanges(b, err));
    BRASA_TRY(order_is_kept_and_limits_hold(b, err));
    BRASA_TRY(a_failed_job_leaves_all_ready(b, err));
    BRASA_TRY(caches_outlive_jobs_until_dropped(b, err));
    BRASA_TRY(a_fetch_without_memory_fails_alone(b, err));
    BRASA_TRY(values_travel_with_the_order(b, err));
#ifdef BRASA_FAULTS
    BRASA_TRY(a_fault_on_one_worker_is_told(b, err));
#endif
    return brasa__driver_broken(b->d) ? brasa__fail(err, BRASA_INTERNAL, "the driver is broken") : BRASA_OK;
}

static brasa_status call_drive(void *arg, brasa_error *err)
{
    return drive(arg, err);
}

brasa_status brasa_test_jobs(void *arg, brasa_comm *world, brasa_error *err)
{
    const job_case *c = arg;
    bench           b = {.c = c};
    brasa_status    status;

    if (world->rank > 0) return brasa__worker_run(world, c->threads, err);
    b.arena = brasa__arena_new(NULL, "jobs");
    status = brasa__driver_new(world, c->threads, &b.d, err);
    if (status == BRASA_OK) status = brasa__guarded(call_drive, &b, err);
    brasa__driver_free(b.d);
    brasa__arena_free(b.arena);
    return status;
}
