/* plans_stages.c -- plans of tests as stages. */
#include "plans.h"
#include "stage/stage.h"
#include "unit.h"

const char *plans_stages(plans *p, const brasa_node *n, int32_t workers)
{
    brasa_topology topology = {workers, 2};
    brasa_action   action = {.kind = BRASA_SINK_RESULT};
    brasa_job      job;
    brasa_text     out;

    assert_ok(brasa__stage_cut(p->b.arena, n, &action, &topology, &job, &p->err), p->err);
    brasa__text_init(&out, p->b.arena);
    brasa__stage_explain(&job, &out);
    return out.s;
}
