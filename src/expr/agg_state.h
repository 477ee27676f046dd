/* expr/agg_state.h -- the column that carries a partial aggregate from worker to worker.
 *
 * A partial aggregation gives its keys, then one state column per aggregate; the final one merges them.  The planner needs the types, exec/agg_*.c
 * fills the values.
 */
#ifndef BRASA_EXPR_AGG_STATE_H
#define BRASA_EXPR_AGG_STATE_H

#include "expr/agg.h"

/* Can partial results of this bound aggregate be merged?  Not those with DISTINCT or ORDER BY, nor a user's without .merge: all rows of a group have to meet first. */
bool brasa__agg_mergeable(const brasa_expr *agg);
/* The type of its state column (nullable). */
brasa_type brasa__agg_state_type(const brasa_expr *agg);

#endif
