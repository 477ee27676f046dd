/* opt/opt.h -- a plan becomes a better plan of the same rows.
 *
 * A list of passes, each a function from plan to plan, each of which can be switched off by name (setting disable-passes): the rows stay the same.
 */
#ifndef BRASA_OPT_OPT_H
#define BRASA_OPT_OPT_H

#include "plan/node.h"
#include "plan/topology.h"

/* Rank 0.  The result lives in `arena` and shares nodes with `plan`; its nodes are numbered from 1.  INTERNAL: a pass broke the plan (checked in debug builds; names the pass). */
brasa_status brasa__optimize(brasa_arena *arena, const brasa_node *plan, const brasa_topology *topology, const brasa_node **out,
                             brasa_error *err);

/* Names of the passes, in running order; NULL past the last. */
const char *brasa__opt_pass_name(int32_t i);

#endif
