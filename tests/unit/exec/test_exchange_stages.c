/* Stages that end in an exchange, on simulated ranks: what went in comes out, in the partition it belongs to, and a failure of one rank is a failure of all. */
#include <string.h>

#include "comm/launch.h"
#include "data/value.h"
#include "exec/exec.h"
#include "support/ops.h"
#include "support/unit.h"

typedef struct world_case {
    brasa_exchange_kind kind;
    int32_t             threads, parts_in, parts_out;
    int64_t             rows;
    int32_t             poor;     /* rank whose budget is far too small; -1: none */
    int32_t             ignorant; /* rank that lacks the source's cache; -1: none */
    atomic_int          failed;   /* ranks that returned the expected failure */
    atomic_int          wrong;
} world_case;

static brasa_field id_field = {.name = "id", .type = {.kind = BRASA_KIND_INT64}};

static const int64_t none = 0; /* id of the cache that is not there */

static const brasa_expr id_ref = {.kind = BRASA_EXPR_REF, .bound = true, .type = {.kind = BRASA_KIND_INT64}, .name = "id"};

static void make_stage(const world_case *w, const brasa_expr *const *key, const brasa_order *order, brasa_stage *s)
{
    brasa_schema schema = {.ncols = 1, .cols = &id_field};

    *s = (brasa_stage) {
        .id = 1,
        .source = {.kind = BRASA_SOURCE_RANGE, .schema = schema, .nparts = w->parts_in, .start = 0, .end = w->rows, .step = 1},
        .schema = schema};
    s->sink = (brasa_sink_desc) {.kind = BRASA_SINK_EXCHANGE, .exchange = w->kind, .nparts = w->parts_out};
    if (w->kind == BRASA_EXCHANGE_HASH) {
        s->sink.nkeys = 1;
        s->sink.keys = key;
    }
    if (w->kind == BRASA_EXCHANGE_RANGE) {
        s->sink.nsort = 1;
        s->sink.sort = order;
    }
    if (w->ignorant < 0) return;
    s->source.kind = BRASA_SOURCE_CACHE;
    s->source.ncaches = 1;
    s->source.caches = &none;
}

/* Sums over all partitions of all ranks; order within and between partitions for kinds that keep it. */
static brasa_status check(const world_case *w, brasa_exec *x, const brasa_stage_result *result, int64_t *sums)
{
    bool ordered = w->kind == BRASA_EXCHANGE_GATHER || w->kind == BRASA_EXCHANGE_NUMBER;

    for (int32_t p = 0; p < result->nparts; p++) {
        const brasa_blocks *blocks = brasa__exec_partition(x, 1, result->parts[p].partition);
        int64_t             last = -1;

        for (int32_t b = 0; blocks != NULL && b < blocks->count; b++) {
            const int64_t *v = blocks->items[b]->cols[0].values;

            for (int32_t i = 0; i < blocks->items[b]->rows; i++) {
                sums[0]++;
                sums[1] += v[i];
                sums[2] += ordered && v[i] <= last;
                last = v[i];
            }
        }
    }
    return BRASA_OK;
}

static brasa_status rank_main(void *arg, brasa_comm *world, brasa_error *err)
{
    world_case        *w = arg;
    brasa_arena       *arena = brasa__arena_new(NULL, "rank");
    const brasa_expr  *key[1] = {&id_ref};
    brasa_order        order = {.expr = key[0]};
    brasa_exec        *x = NULL;
    brasa_stage        stage;
    brasa_stage_result result;
    int64_t            sums[3] = {0}, copies = w->kind == BRASA_EXCHANGE_BROADCAST ? world->size : 1;
    brasa_status       status;

    make_stage(w, key, &order, &stage);
    status = brasa__exec_new(world, w->threads, &x, err);
    if (status == BRASA_OK && w->ignorant >= 0 && world->rank != w->ignorant) {
        brasa_stage fill = stage;

        fill.source.kind = BRASA_SOURCE_RANGE;
        fill.sink.kind = BRASA_SINK_CACHE;
        fill.sink.cache = 0;
        status = brasa__exec_stage(x, &fill, arena, &result, err);
    }
    if (world->rank == w->poor) brasa__memory_set_budget(brasa__ctx()->memory, brasa__memory_used(brasa__ctx()->memory) + 100000);
    if (status == BRASA_OK) status = brasa__exec_stage(x, &stage, arena, &result, err);
    if (world->rank == w->poor) brasa__memory_set_budget(brasa__ctx()->memory, 0);
    if (w->poor >= 0 || w->ignorant >= 0) {
        if (status == (w->poor >= 0 ? BRASA_NO_MEMORY : BRASA_INTERNAL) && err->rank == (w->poor >= 0 ? w->poor : w->ignorant)) w->failed++;
    } else if (status != BRASA_OK) {
        w->wrong++;
    } else {
        check(w, x, &result, sums);
        status = brasa__comm_allreduce_sum(world, sums, 3, err);
        if (sums[0] != w->rows * copies || sums[1] != w->rows * (w->rows - 1) / 2 * copies || sums[2] != 0) w->wrong++;
    }
    brasa__exec_free(x);
    brasa__arena_free(arena);
    return status;
}

static const brasa_exchange_kind kinds[] = {BRASA_EXCHANGE_HASH, BRASA_EXCHANGE_RANGE, BRASA_EXCHANGE_BROADCAST, BRASA_EXCHANGE_GATHER,
                                            BRASA_EXCHANGE_NUMBER};

static void rows_arrive_once_at_any_number_of_ranks(void **state)
{
    static const int32_t ranks[] = {1, 2, 3, 5};

    for (size_t k = 0; k < 5; k++) {
        for (size_t n = 0; n < 4; n++) {
            bool       one = kinds[k] == BRASA_EXCHANGE_BROADCAST || kinds[k] == BRASA_EXCHANGE_GATHER;
            world_case w = {
                .kind = kinds[k], .threads = 1 + (int32_t)n % 2, .parts_in = 9, .parts_out = one ? 1 : 7, .poor = -1, .ignorant = -1};

            for (w.rows = 0; w.rows <= 20000; w.rows = w.rows * 20 + 50) {
                brasa_error err;

                assert_ok(brasa__sim_run(ranks[n], k * 10 + n, rank_main, &w, &err), err);
                assert_int_equal(w.wrong, 0);
            }
        }
    }
    (void)state;
}

static void a_rank_without_memory_fails_all_ranks(void **state)
{
    for (int32_t rank = 0; rank < 3; rank++) {
        world_case w = {
            .kind = BRASA_EXCHANGE_HASH, .threads = 2, .parts_in = 12, .parts_out = 6, .rows = 300000, .poor = rank, .ignorant = -1};
        brasa_error err;

        assert_status(brasa__sim_run(3, 5 + (uint64_t)rank, rank_main, &w, &err), BRASA_NO_MEMORY, err);
        assert_int_equal(w.failed, 3);
    }
    (void)state;
}

static void a_rank_that_cannot_open_fails_all_ranks(void **state)
{
    for (int32_t rank = 0; rank < 3; rank++) {
        world_case w = {
            .kind = BRASA_EXCHANGE_GATHER, .threads = 1, .parts_in = 3, .parts_out = 1, .rows = 100, .poor = -1, .ignorant = rank};
        brasa_error err;

        assert_status(brasa__sim_run(3, 9 + (uint64_t)rank, rank_main, &w, &err), BRASA_INTERNAL, err);
        assert_int_equal(w.failed, 3);
    }
    (void)state;
}

/* Rows of late partitions have numbers of this rank alone, ascending, also through a union of them. */
static bool numbers_are_own(const brasa_stage_result *r, const brasa_comm *world)
{
    for (int32_t i = 0; i < r->nparts; i++) {
        int32_t p = r->parts[i].partition;

        if (p < 1 << 30 ? r->parts[i].rows > 0 : (p - (1 << 30)) % world->size != world->rank) return false;
        if (i > 0 && p <= r->parts[i - 1].partition) return false;
    }
    return true;
}

static brasa_status late_main(void *arg, brasa_comm *world, brasa_error *err)
{
    world_case        *w = arg;
    brasa_arena       *arena = brasa__arena_new(NULL, "rank");
    const brasa_expr  *key[1] = {&id_ref};
    brasa_schema       schema = {.ncols = 1, .cols = &id_field};
    brasa_op_desc      distinct = {.kind = BRASA_OP_AGGREGATE, .schema = schema};
    int32_t            one[1] = {1}, two[2] = {2, 2};
    brasa_exec        *x = NULL;
    brasa_stage        stages[3];
    brasa_stage_result result;
    brasa_status       status = brasa__exec_new(world, w->threads, &x, err);
    int64_t            rows = 0;

    make_stage(w, key, NULL, &stages[0]);
    distinct.u.aggregate.mode = BRASA_AGG_COMPLETE;
    distinct.u.aggregate.nkeys = 1;
    distinct.u.aggregate.keys = key;
    distinct.u.aggregate.in_schema = schema;
    stages[1] = (brasa_stage) {.id = 2,
                               .source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 1, .stages = one},
                               .nops = 1,
                               .ops = &distinct,
                               .schema = schema};
    stages[2] =
        (brasa_stage) {.id = 3, .source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 2, .stages = two}, .schema = schema};
    for (int i = 0; i < 3 && status == BRASA_OK; i++) {
        status = brasa__exec_stage(x, &stages[i], arena, &result, err);
        if (i > 0 && status == BRASA_OK && !numbers_are_own(&result, world)) w->wrong++;
    }
    for (int32_t i = 0; status == BRASA_OK && i < result.nparts; i++) rows += result.parts[i].rows;
    if (status == BRASA_OK) status = brasa__comm_allreduce_sum(world, &rows, 1, err);
    if (status != BRASA_OK || rows != 2 * w->rows) w->wrong++;
    brasa__exec_free(x);
    brasa__arena_free(arena);
    return status;
}

static void late_partitions_have_numbers_of_their_own(void **state)
{
    for (int32_t ranks = 1; ranks <= 3; ranks++) {
        world_case w = {
            .kind = BRASA_EXCHANGE_HASH, .threads = 2, .parts_in = 5, .parts_out = 7, .rows = 20000, .poor = -1, .ignorant = -1};
        brasa_error err;

        assert_ok(brasa__sim_run(ranks, 3, late_main, &w, &err), err);
        assert_int_equal(w.wrong, 0);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(rows_arrive_once_at_any_number_of_ranks),
        unit_case(a_rank_without_memory_fails_all_ranks),
        unit_case(a_rank_that_cannot_open_fails_all_ranks),
        unit_case(late_partitions_have_numbers_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
