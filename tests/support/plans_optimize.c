/* plans_optimize.c -- plans of tests through the optimiser. */
#include "opt/opt.h"
#include "plans.h"
#include "unit.h"

const brasa_node *plans_optimize(plans *p, const brasa_node *n, int32_t workers)
{
    brasa_topology topology = {workers, 2};

    assert_ok(brasa__node_verify(n, &p->err), p->err);
    assert_ok(brasa__optimize(p->b.arena, n, &topology, &n, &p->err), p->err);
    assert_ok(brasa__node_verify(n, &p->err), p->err);
    return n;
}
