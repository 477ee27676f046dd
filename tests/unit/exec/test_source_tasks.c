/* Tasks of several partitions, and several of one, give the rows of a task each. */
#include "support/ops.h"
#include "support/unit.h"

static void check_tasks(brasa_arena *arena, int64_t n, int32_t nparts, int64_t task_bytes, int64_t split_bytes, int32_t least, int32_t most)
{
    ops_rig           *rig = ops_open(arena, 2, 64);
    brasa_schema       schema = ops_schema(arena, "k BIGINT, s STRING");
    ops_rows           rows = ops_random(arena, schema, n, 0.1, 50, (uint64_t)n), got;
    int32_t            id = ops_put(rig, &rows, nparts, 64);
    brasa_stage        stage = {.schema = schema};
    brasa_stage_result result;
    brasa_error        err;

    stage.source = (brasa_source) {
        .kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 1, .stages = &id, .task_bytes = task_bytes, .split_bytes = split_bytes};
    brasa__error_clear(&err);
    assert_ok(ops_run_stage(rig, &stage, &got, &result, &err), err);
    ops_assert_same(&got, &rows);
    assert_in_range(result.tasks, least, most);
}

static void a_task_each_when_nothing_is_asked(void **state)
{
    check_tasks(((unit_state *)*state)->arena, 1000, 7, 0, 0, 7, 7);
}

static void neighbours_are_worked_on_together(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;

    check_tasks(arena, 1000, 20, 1 << 30, 0, 1, 1);
    check_tasks(arena, 1000, 20, 4000, 0, 2, 19);
    check_tasks(arena, 3, 20, 1, 0, 1, 20);
    check_tasks(arena, 0, 5, 100, 0, 0, 5);
}

static void large_partitions_are_several_tasks(void **state)
{
    brasa_arena *arena = ((unit_state *)*state)->arena;

    check_tasks(arena, 2000, 1, 0, 4000, 2, 40);
    check_tasks(arena, 2000, 3, 0, 1, 10, 40);
    check_tasks(arena, 64, 1, 0, 1, 1, 1);
    check_tasks(arena, 0, 2, 0, 1, 0, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(a_task_each_when_nothing_is_asked),
        unit_case(neighbours_are_worked_on_together),
        unit_case(large_partitions_are_several_tasks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
