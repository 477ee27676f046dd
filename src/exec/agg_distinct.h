/* exec/agg_distinct.h -- the values an aggregate with DISTINCT has seen, per group.
 *
 * A table of groups whose keys are the group's ordinal and the arguments: a row that makes a new entry is the first of its value.  Only for operators
 * that see all rows of a group (stage.h: BRASA_AGG_PARTITION, or COMPLETE by one thread).
 */
#ifndef BRASA_EXEC_AGG_DISTINCT_H
#define BRASA_EXEC_AGG_DISTINCT_H

#include "exec/agg_table.h"
#include "expr/expr.h"

typedef struct brasa_agg_distinct brasa_agg_distinct;

brasa_agg_distinct *brasa__agg_distinct_new(brasa_arena *arena, const brasa_expr *agg);
void                brasa__agg_distinct_free(brasa_agg_distinct *d); /* NULL is ignored */

/* Of rows pick[0..n) of a batch, keep those whose arguments are new in their group (and, as DISTINCT has it, not null when there is one argument); returns how many. */
int32_t brasa__agg_distinct_filter(brasa_agg_distinct *d, uint8_t *const *group, const brasa_agg_col *args, int32_t *pick, int32_t n);

#endif
