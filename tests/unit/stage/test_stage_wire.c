/* test_stage_wire.c -- stages through their wire form: the same bytes come out, and damaged ones are refused. */
#include <string.h>

#include "data/type.h"
#include "plans.h"
#include "stage/stage.h"
#include "unit.h"

/* Plans that between them have every operator, source and sink. */
static int32_t make_jobs(plans *p, brasa_job *jobs)
{
    brasa_topology    topology = {2, 2};
    brasa_action      action = {.kind = BRASA_SINK_RESULT};
    const brasa_node *n, *a, *b, *list[9];
    int32_t           count = 0;
    brasa_value       values[] = {BRASA_I64(1), BRASA_STR("one"), BRASA_I64(2), BRASA_NULL_VALUE};
    brasa_schema      schema;

    a = plans_scan(p, plans_table(p, "id BIGINT, k INT, s STRING, tags ARRAY<STRING>, x DECIMAL(12,2)", 40000000, 10), "a");
    assert_ok(brasa__schema_parse(p->b.arena, "id BIGINT, t STRING", &schema, &p->err), p->err);
    assert_ok(brasa__plan_values(&p->b, schema, values, 2, &b, &p->err), p->err);
    b = plans_alias(p, b, "b");
    n = plans_join(p, plans_filter(p, a, "k in (1, 2) and s like 'x%'"), b, BRASA_JOIN_FULL, "a.id = b.id and a.s < b.t");
    list[count++] =
        plans_limit(p, plans_sort(p, plans_group(p, n, "k, t", "sum(x) as sx, count(distinct s) as d"), "sx desc nulls first"), 7, 1);
    list[count++] = plans_window(p, a, "sum(x)", "k", "id", "w");
    list[count++] = plans_window(p, a, "lag(s, 2)", "", "id desc", "w");
    list[count++] = plans_filter(p, plans_window(p, a, "rank()", "k", "x desc", "w"), "w <= 3");
    assert_ok(brasa__plan_explode(&p->b, a, plans_expr(p, "tags"), "tag", true, "pos", &list[count++], &p->err), p->err);
    assert_ok(brasa__plan_sample(&p->b, a, 0.25, 99, &list[count++], &p->err), p->err);
    assert_ok(brasa__plan_range(&p->b, 5, 500000000, 3, 7, NULL, &n, &p->err), p->err);
    list[count++] = plans_sort(p, n, "id desc");
    assert_ok(brasa__plan_map(&p->b, a, "words", true, schema, &list[count++], &p->err), p->err);
    list[count++] = plans_join(p, a, b, BRASA_JOIN_MARK, "a.id = b.id");
    for (int32_t i = 0; i < count; i++) {
        assert_ok(brasa__stage_cut(p->b.arena, plans_optimize(p, list[i], 2), &action, &topology, &jobs[i], &p->err), p->err);
    }
    return count;
}

static void stages_come_back_as_they_were(void **state)
{
    unit_state *u = *state;
    plans       p;
    brasa_job   jobs[9];

    plans_init(&p, u->arena);
    int32_t count = make_jobs(&p, jobs);
    for (int32_t i = 0; i < count; i++) {
        for (int32_t s = 0; s < jobs[i].nstages; s++) {
            brasa_wire  once, again;
            brasa_stage back;
            brasa__wire_init(&once, u->arena);
            brasa__wire_init(&again, u->arena);
            brasa__put_stage(&once, &jobs[i].stages[s]);
            brasa_reader r = brasa__reader(once.data, once.len);
            assert_ok(brasa__get_stage(&r, u->arena, &back, &u->err), u->err);
            assert_int_equal(r.pos, once.len);
            brasa__put_stage(&again, &back);
            assert_int_equal(once.len, again.len);
            assert_memory_equal(once.data, again.data, once.len);
        }
    }
}

static void cut_messages_are_refused(void **state)
{
    unit_state *u = *state;
    plans       p;
    brasa_job   jobs[9];
    brasa_wire  w;

    plans_init(&p, u->arena);
    make_jobs(&p, jobs);
    for (int32_t s = 0; s < jobs[0].nstages; s++) {
        brasa__wire_init(&w, u->arena);
        brasa__put_stage(&w, &jobs[0].stages[s]);
        for (size_t len = 0; len < w.len; len += len < 64 ? 1 : 7) {
            brasa_arena *arena = brasa__arena_new(u->arena, "cut");
            brasa_reader r = brasa__reader(brasa__arena_copy(arena, w.data, len), len);
            brasa_stage  back;
            assert_status(brasa__get_stage(&r, arena, &back, &u->err), BRASA_CORRUPT, u->err);
            brasa__arena_free(arena);
        }
    }
}

static void flipped_bits_never_crash(void **state)
{
    unit_state *u = *state;
    plans       p;
    brasa_job   jobs[9];
    brasa_wire  w;
    unit_random random = {7};

    plans_init(&p, u->arena);
    int32_t count = make_jobs(&p, jobs);
    for (int32_t round = 0; round < 3000; round++) {
        brasa_arena     *arena = brasa__arena_new(u->arena, "flip");
        const brasa_job *job = &jobs[round % count];
        brasa__wire_init(&w, arena);
        brasa__put_stage(&w, &job->stages[unit_between(&random, 0, job->nstages - 1)]);
        for (int32_t k = 0; k < 2; k++)
            w.data[unit_between(&random, 0, (int64_t)w.len - 1)] ^= (uint8_t)(1u << unit_between(&random, 0, 7));
        brasa_reader r = brasa__reader(w.data, w.len);
        brasa_stage  back;
        brasa__get_stage(&r, arena, &back, &u->err); /* any status */
        brasa__arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(stages_come_back_as_they_were),
        unit_case(cut_messages_are_refused),
        unit_case(flipped_bits_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
