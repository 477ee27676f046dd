/* exec/join_range.h -- build rows of a join without equal keys, found by a comparison or two instead of by trying all. */
#ifndef BRASA_EXEC_JOIN_RANGE_H
#define BRASA_EXEC_JOIN_RANGE_H

#include "exec/join_table.h"

typedef struct brasa_join_range {
    int32_t           nbounds;   /* 1 or 2 */
    const brasa_expr *bounds[2]; /* over the stream */
    bool              strict[2], down[2];
    int64_t           n; /* build rows without nulls, by the first comparison's value */
    uint64_t         *first;
    uint32_t         *block, *row;
    uint64_t         *most; /* of the second comparison: node k has the largest value below it; leaves from `leaves` on */
    int64_t           leaves;
} brasa_join_range;

/* The candidates of one stream row that are left. */
typedef struct brasa_join_candidates {
    int64_t  at, end;
    uint64_t least; /* of the second value */
} brasa_join_candidates;

/* After brasa__join_build of a table without keys.  `stream`, `build`: where each side's columns begin in the condition.  *out NULL: the condition has no such comparison. */
brasa_status brasa__join_range_build(brasa_join_table *t, const brasa_expr *condition, int32_t stream, int32_t nstream, int32_t build,
                                     brasa_join_range **out, brasa_error *err);
/* Of row k of the bounds (dense); none where a bound is null. */
brasa_join_candidates brasa__join_range_of(const brasa_join_range *r, const brasa_agg_col *bounds, int32_t k);
/* The next candidate; -1: no more. */
int64_t brasa__join_range_next(const brasa_join_range *r, brasa_join_candidates *c);

#endif
