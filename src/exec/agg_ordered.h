/* exec/agg_ordered.h -- aggregates with ORDER BY: rows wait, are sorted, and go to the aggregate in that order.
 *
 * Only where all rows of a group are seen by one table (stage.h: BRASA_AGG_PARTITION).  Rows that the order leaves equal keep the order in
 * which they came.
 */
#ifndef BRASA_EXEC_AGG_ORDERED_H
#define BRASA_EXEC_AGG_ORDERED_H

#include "exec/agg_func.h"
#include "exec/op.h"

typedef struct brasa_agg_ordered brasa_agg_ordered;

/* `arena` frees it. */
brasa_agg_ordered *brasa__agg_ordered_new(brasa_arena *arena, const brasa_expr *agg);
/* Rows pick[0..n) of a batch: their groups, arguments and values of the order's expressions. */
void brasa__agg_ordered_add(brasa_agg_ordered *o, uint8_t *const *group, const brasa_agg_col *args, const brasa_agg_col *keys,
                            const int32_t *pick, int32_t n);
/* Give all rows to the aggregate; groups are those of `table`. */
brasa_status brasa__agg_ordered_finish(brasa_agg_ordered *o, brasa_run *run, const brasa_agg_table *table, brasa_agg_call *c,
                                       brasa_error *err);

#endif
