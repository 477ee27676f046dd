/* random_plans.h -- random plans over small random tables, for tests that run one plan in many ways.
 *
 * Every plan gives a multiset of rows that is a function of the seed alone: limits stand on total orders, nothing depends on the order of rows.
 */
#ifndef BRASA_TESTS_RANDOM_PLANS_H
#define BRASA_TESTS_RANDOM_PLANS_H

#include "plans.h"
#include "unit.h"

/* Columns a BIGINT, k INT, s STRING; `depth` nodes or more between the root and the tables. */
const brasa_node *random_plan(plans *p, uint64_t seed, int32_t depth);

#endif
