/* test_cut.c -- plans cut into stages: which exchanges, which operators, for one worker and for several. */
#include <string.h>

#include "base/config.h"
#include "base/ctx.h"
#include "plans.h"
#include "stage/stage.h"
#include "unit.h"

typedef struct fixture {
    plans             p;
    const brasa_node *big, *big2, *small;
} fixture;

static void fixture_init(fixture *f, void **state)
{
    unit_state  *u = *state;
    brasa_table *big, *big2, *small;

    plans_init(&f->p, u->arena);
    big = plans_table(&f->p, "id BIGINT, k INT, s STRING", 50000000, 100);
    big2 = plans_table(&f->p, "id BIGINT, k INT, t STRING", 40000000, 80);
    small = plans_table(&f->p, "id BIGINT, v DOUBLE", 1000, 1);
    plans_stats(big, "k", 1000, 1, 1000);
    plans_stats(big, "id", 50000000, 1, 50000000);
    plans_stats(big2, "id", 40000000, 1, 50000000);
    f->big = plans_scan(&f->p, big, "big");
    f->big2 = plans_scan(&f->p, big2, "big2");
    f->small = plans_scan(&f->p, small, "small");
}

static void assert_stages(fixture *f, const brasa_node *n, int32_t workers, const char *want)
{
    assert_string_equal(plans_stages(&f->p, plans_optimize(&f->p, n, workers), workers), want);
}

static void one_worker_groups_in_one_stage(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_stages(&f, plans_group(&f.p, f.big, "k", "count(*) as n"), 1,
                  "Stage 0: scan table.csv [k] 100 partitions\n  aggregate complete by (k) of (count(*))\n  -> result\n");
}

static void several_workers_group_in_two_steps(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_stages(&f, plans_group(&f.p, f.big, "id", "count(*) as n"), 2,
                  "Stage 0: scan table.csv [id] 100 partitions\n"
                  "  aggregate partial by (id) of (count(*))\n"
                  "  -> exchange by hash of (id) into 64\n"
                  "Stage 1: stage 0\n"
                  "  aggregate final by (id) of (count(*))\n"
                  "  -> result\n");
    assert_stages(&f, plans_group(&f.p, f.big, NULL, "max(s) as m"), 2,
                  "Stage 0: scan table.csv [s] 100 partitions\n"
                  "  aggregate partial by () of (max(s))\n"
                  "  -> gather\n"
                  "Stage 1: stage 0\n"
                  "  aggregate final by () of (max(s))\n"
                  "  -> result\n");
}

static void groups_of_partitions_by_the_same_key_need_no_exchange(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.big, f.big2, BRASA_JOIN_INNER, "big.id = big2.id");
    assert_stages(&f, plans_group(&f.p, n, "big2.id as x", "count(*) as n"), 2,
                  "Stage 0: scan table.csv [id] 80 partitions\n"
                  "  -> exchange by hash of (id) into 64\n"
                  "Stage 1: scan table.csv [id] 100 partitions\n"
                  "  -> exchange by hash of (id) into 64\n"
                  "Stage 2: stage 1\n"
                  "  join inner with stage 0 on id = id\n"
                  "  project id\n"
                  "  aggregate by partition by (id) of (count(*))\n"
                  "  -> result\n");
}

static void groups_of_groups_move_once_if_they_are_many(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *many = plans_group(&f.p, f.big, "id, s", "count(*) as n"), *few = plans_group(&f.p, f.big, "k, id", "count(*) as n");

    assert_stages(&f, plans_group(&f.p, many, "id", "sum(n) as m"), 2,
                  "Stage 0: scan table.csv [id, s] 100 partitions\n"
                  "  aggregate partial by (id, s) of (count(*))\n"
                  "  -> exchange by hash of (id) into 64\n"
                  "Stage 1: stage 0\n"
                  "  aggregate final by (id, s) of (count(*))\n"
                  "  aggregate by partition by (id) of (sum(n))\n"
                  "  -> result\n");
    assert_stages(&f, plans_group(&f.p, few, "k", "sum(n) as m"), 2,
                  "Stage 0: scan table.csv [id, k] 100 partitions\n"
                  "  aggregate partial by (k, id) of (count(*))\n"
                  "  -> exchange by hash of (k, id) into 64\n"
                  "Stage 1: stage 0\n"
                  "  aggregate final by (k, id) of (count(*))\n"
                  "  aggregate partial by (k) of (sum(n))\n"
                  "  -> gather\n"
                  "Stage 2: stage 1\n"
                  "  aggregate final by (k) of (sum(n))\n"
                  "  -> result\n");
}

static void small_sides_are_broadcast_and_large_ones_partitioned(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const char *stages =
        plans_stages(&f.p, plans_optimize(&f.p, plans_join(&f.p, f.big, f.small, BRASA_JOIN_LEFT, "big.id = small.id"), 3), 3);
    assert_text_has(stages, "-> broadcast");
    assert_null(strstr(stages, "hash"));
    stages = plans_stages(&f.p, plans_optimize(&f.p, plans_join(&f.p, f.big, f.big2, BRASA_JOIN_LEFT, "big.id = big2.id"), 3), 3);
    assert_null(strstr(stages, "broadcast"));
    assert_text_has(stages, "-> exchange by hash of (id)");
    /* unmatched rows of the built side must be found once */
    stages = plans_stages(&f.p, plans_optimize(&f.p, plans_join(&f.p, f.small, f.big, BRASA_JOIN_FULL, "big.id = small.id"), 3), 3);
    assert_null(strstr(stages, "broadcast"));
}

/* Its bytes alone would let it be broadcast; but each worker would have to put all of its rows into a table. */
static void a_build_side_of_few_bytes_and_many_rows_is_not_broadcast(void **state)
{
    fixture     f;
    const char *stages;

    fixture_init(&f, state);
    const brasa_node *keys = plans_scan(&f.p, plans_table(&f.p, "id BIGINT", 1500000, 10), "keys");
    const brasa_node *some = plans_scan(&f.p, plans_table(&f.p, "id BIGINT, v DOUBLE", 150000, 10), "some");
    const brasa_node *more = plans_scan(&f.p, plans_table(&f.p, "id BIGINT", 1200000, 10), "more");

    stages = plans_stages(&f.p, plans_optimize(&f.p, plans_join(&f.p, some, keys, BRASA_JOIN_SEMI, "some.id = keys.id"), 2), 2);
    assert_null(strstr(stages, "broadcast"));
    stages = plans_stages(&f.p, plans_optimize(&f.p, plans_join(&f.p, keys, more, BRASA_JOIN_LEFT, "more.id = keys.id"), 2), 2);
    assert_null(strstr(stages, "broadcast"));
    /* a stream that is much larger stays where it is */
    stages = plans_stages(&f.p, plans_optimize(&f.p, plans_join(&f.p, f.big, keys, BRASA_JOIN_SEMI, "big.id = keys.id"), 2), 2);
    assert_text_has(stages, "-> broadcast");
}

static void joins_without_keys_that_keep_both_sides_are_gathered(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const char *stages =
        plans_stages(&f.p, plans_optimize(&f.p, plans_join(&f.p, f.small, f.big, BRASA_JOIN_FULL, "big.id < small.id"), 2), 2);
    assert_text_has(stages, "-> gather");
    assert_null(strstr(stages, "broadcast"));
}

static void one_worker_moves_nothing_for_joins(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_stages(&f, plans_join(&f.p, f.big, f.big2, BRASA_JOIN_FULL, "big.id = big2.id"), 1,
                  "Stage 0: scan table.csv [id, k, t] 80 partitions\n"
                  "  -> keep\n"
                  "Stage 1: scan table.csv [id, k, s] 100 partitions\n"
                  "  join full with stage 0 on id = id\n"
                  "  -> result\n");
}

static void sorts_are_by_range_and_small_ones_in_one_partition(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_stages(&f, plans_sort(&f.p, f.big, "k desc, id"), 1,
                  "Stage 0: scan table.csv [id, k, s] 100 partitions\n"
                  "  -> exchange by range of (k DESC, id) into 64\n"
                  "Stage 1: stage 0\n"
                  "  sort k DESC, id\n"
                  "  -> result\n");
    assert_stages(&f, plans_sort(&f.p, f.small, "v"), 3, "Stage 0: scan table.csv [id, v] 1 partitions\n  sort v\n  -> result\n");
}

static void top_n_is_of_each_worker_and_then_of_all(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_limit(&f.p, plans_sort(&f.p, f.big, "k"), 10, 5);
    assert_stages(&f, n, 2,
                  "Stage 0: scan table.csv [id, k, s] 100 partitions\n"
                  "  top-n k first 15\n"
                  "  -> gather\n"
                  "Stage 1: stage 0\n"
                  "  sort k\n"
                  "  limit 10 after 5\n"
                  "  -> result\n");
    assert_stages(&f, plans_limit(&f.p, plans_sort(&f.p, f.big, "k"), 10, 0), 1,
                  "Stage 0: scan table.csv [id, k, s] 100 partitions\n  top-n k first 10\n  -> result\n");
}

static void limits_stop_early_and_are_gathered(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_stages(&f, plans_limit(&f.p, f.big, 10, 5), 2,
                  "Stage 0: scan table.csv [id, k, s] 100 partitions\n"
                  "  limit 15\n"
                  "  -> gather\n"
                  "Stage 1: stage 0\n"
                  "  limit 10 after 5\n"
                  "  -> result\n");
    assert_stages(&f, plans_limit(&f.p, f.small, 10, 5), 2,
                  "Stage 0: scan table.csv [id, v] 1 partitions\n  limit 10 after 5\n  -> result\n");
}

static void distinct_aggregates_that_cannot_be_split_meet_first(void **state)
{
    fixture f;

    fixture_init(&f, state);
    for (int32_t w = 1; w <= 2; w++) {
        assert_stages(&f, plans_group(&f.p, f.big, "k", "count(distinct s) as a, count(distinct id) as b"), w,
                      "Stage 0: scan table.csv [id, k, s] 100 partitions\n"
                      "  -> exchange by hash of (k) into 64\n"
                      "Stage 1: stage 0\n"
                      "  aggregate by partition by (k) of (count(DISTINCT s), count(DISTINCT id))\n"
                      "  -> result\n");
    }
}

static void windows_and_their_partitions(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const char *stages = plans_stages(&f.p, plans_optimize(&f.p, plans_window(&f.p, f.big, "rank()", "k", "id", "r"), 2), 2);
    assert_text_has(stages, "-> exchange by hash of (k) into 64\nStage 1: stage 0\n  window by k order id: rank()");
    const brasa_node *first = plans_filter(&f.p, plans_window(&f.p, f.big, "rank()", "k", "id", "r"), "r <= 2");
    stages = plans_stages(&f.p, plans_optimize(&f.p, first, 2), 2);
    assert_text_has(
        stages,
        "top-n by group first 2 ranks by k order id\n  -> exchange by hash of (k) into 64\nStage 1: stage 0\n  window by k order id: rank()");
    stages = plans_stages(&f.p, plans_optimize(&f.p, plans_window(&f.p, f.big, "rank()", "", "id", "r"), 2), 2);
    assert_text_has(stages, "-> gather");
}

static void union_reads_its_branches_where_they_lie(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_set(&f.p, BRASA_SET_UNION, true, plans_project(&f.p, f.big, "id"), plans_project(&f.p, f.small, "id"));
    assert_stages(&f, plans_group(&f.p, n, "id", "count(*) as n"), 1,
                  "Stage 0: scan table.csv [id] 100 partitions\n"
                  "  -> keep\n"
                  "Stage 1: scan table.csv [id] 1 partitions\n"
                  "  -> keep\n"
                  "Stage 2: stages 0, 1\n"
                  "  aggregate complete by (id) of (count(*))\n"
                  "  -> result\n");
}

static void limit_after_groups_is_bounded_then_gathered(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_stages(&f, plans_limit(&f.p, plans_group(&f.p, f.big, "k", "count(*) as n"), 3, 0), 1,
                  "Stage 0: scan table.csv [k] 100 partitions\n"
                  "  aggregate complete by (k) of (count(*))\n"
                  "  limit 3\n"
                  "  -> gather\n"
                  "Stage 1: stage 0\n"
                  "  limit 3\n"
                  "  -> result\n");
}

static void keys_that_are_expressions_travel_as_columns(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.big, f.big2, BRASA_JOIN_INNER, "big.id + 1 = big2.id");
    const char       *stages = plans_stages(&f.p, plans_optimize(&f.p, plans_project(&f.p, n, "s, t"), 2), 2);
    assert_text_has(stages, "id + 1");
    assert_text_has(stages, "-> exchange by hash of (key) into 64");
}

static void stages_are_freed_after_their_last_use(void **state)
{
    fixture        f;
    brasa_topology topology = {2, 2};
    brasa_action   action = {.kind = BRASA_SINK_RESULT};
    brasa_job      job;

    fixture_init(&f, state);
    const brasa_node *g = plans_group(&f.p, f.big, "k", "count(*) as n");
    const brasa_node *x = plans_alias(&f.p, g, "x"), *y = plans_alias(&f.p, g, "y");
    const brasa_node *n = plans_optimize(&f.p, plans_join(&f.p, x, y, BRASA_JOIN_INNER, "x.k = y.k"), 2);
    assert_ok(brasa__stage_cut(f.p.b.arena, n, &action, &topology, &job, &f.p.err), f.p.err);
    bool freed[32] = {false};
    for (int32_t s = 0; s < job.nstages; s++) {
        assert_int_equal(job.stages[s].id, s);
        for (int32_t i = 0; i < job.stages[s].source.nstages; i++) assert_false(freed[job.stages[s].source.stages[i]]);
        for (int32_t i = 0; i < job.stages[s].nfree; i++) {
            assert_false(freed[job.stages[s].free[i]]);
            freed[job.stages[s].free[i]] = true;
        }
    }
    for (int32_t s = 0; s < job.nstages - 1; s++) assert_true(freed[s]);
    assert_false(freed[job.nstages - 1]);
}

static void keys_of_a_reduced_build_side_reach_the_scan(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *groups = plans_group(&f.p, f.big, "id", "count(*) as n");
    const brasa_node *some = plans_filter(&f.p, plans_scan(&f.p, plans_table(&f.p, "sid BIGINT, v DOUBLE", 1000, 1), "some"), "v > 3");
    const brasa_node *n = plans_join(&f.p, groups, some, BRASA_JOIN_INNER, "id = sid");
    const char       *text = plans_stages(&f.p, plans_optimize(&f.p, n, 1), 1);
    assert_non_null(strstr(text, "Stage 1: scan table.csv [id] 100 partitions\n"
                                 "  runtime filter id by the keys of stage 0\n"));
    assert_null(strstr(text, "of all workers"));
}

static void a_side_that_is_all_of_a_table_filters_nothing(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.big, f.small, BRASA_JOIN_INNER, "big.id = small.id");
    assert_null(strstr(plans_stages(&f.p, plans_optimize(&f.p, n, 1), 1), "runtime filter"));
}

static void outer_rows_are_not_filtered(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *some = plans_filter(&f.p, f.small, "v > 3");
    assert_null(strstr(plans_stages(&f.p, plans_join(&f.p, f.big, some, BRASA_JOIN_LEFT, "big.id = small.id"), 1), "runtime filter"));
    assert_null(strstr(plans_stages(&f.p, plans_join(&f.p, f.big, some, BRASA_JOIN_FULL, "big.id = small.id"), 1), "runtime filter"));
    assert_null(strstr(plans_stages(&f.p, plans_join(&f.p, f.big, some, BRASA_JOIN_ANTI, "big.id = small.id"), 1), "runtime filter"));
    assert_non_null(strstr(plans_stages(&f.p, plans_join(&f.p, f.big, some, BRASA_JOIN_RIGHT, "big.id = small.id"), 1), "runtime filter"));
}

static void filters_of_partitioned_joins_come_before_the_exchange(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.big, plans_filter(&f.p, f.big2, "big2.k = 5"), BRASA_JOIN_INNER, "big.id = big2.id");
    assert_ok(brasa__config_set(brasa__ctx()->config, "broadcast-bytes", "0", &((unit_state *)*state)->err), ((unit_state *)*state)->err);
    const char *text = plans_stages(&f.p, n, 3);
    assert_non_null(strstr(text, "  runtime filter id by the keys of stage 0, of all workers\n  -> exchange by hash of (id)"));
}

static void filters_are_switched_off_like_a_pass(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.big, plans_filter(&f.p, f.small, "v > 3"), BRASA_JOIN_INNER, "big.id = small.id");
    assert_non_null(strstr(plans_stages(&f.p, n, 1), "runtime filter"));
    assert_ok(brasa__config_set(brasa__ctx()->config, "disable-passes", "share, runtime-filters", &((unit_state *)*state)->err),
              ((unit_state *)*state)->err);
    assert_null(strstr(plans_stages(&f.p, n, 1), "runtime filter"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(one_worker_groups_in_one_stage),
        unit_case(several_workers_group_in_two_steps),
        unit_case(groups_of_partitions_by_the_same_key_need_no_exchange),
        unit_case(groups_of_groups_move_once_if_they_are_many),
        unit_case(small_sides_are_broadcast_and_large_ones_partitioned),
        unit_case(a_build_side_of_few_bytes_and_many_rows_is_not_broadcast),
        unit_case(joins_without_keys_that_keep_both_sides_are_gathered),
        unit_case(one_worker_moves_nothing_for_joins),
        unit_case(sorts_are_by_range_and_small_ones_in_one_partition),
        unit_case(top_n_is_of_each_worker_and_then_of_all),
        unit_case(limits_stop_early_and_are_gathered),
        unit_case(distinct_aggregates_that_cannot_be_split_meet_first),
        unit_case(windows_and_their_partitions),
        unit_case(union_reads_its_branches_where_they_lie),
        unit_case(limit_after_groups_is_bounded_then_gathered),
        unit_case(keys_that_are_expressions_travel_as_columns),
        unit_case(stages_are_freed_after_their_last_use),
        unit_case(keys_of_a_reduced_build_side_reach_the_scan),
        unit_case(a_side_that_is_all_of_a_table_filters_nothing),
        unit_case(outer_rows_are_not_filtered),
        unit_case(filters_of_partitioned_joins_come_before_the_exchange),
        unit_case(filters_are_switched_off_like_a_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
