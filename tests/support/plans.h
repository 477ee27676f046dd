/* plans.h -- plans in tests: tables that are only described, and nodes from text.
 *
 * The text is a small expression language of its own (see plans_expr), so that tests of planning do not lean on the SQL front end.  All calls assert success.
 */
#ifndef BRASA_TESTS_PLANS_H
#define BRASA_TESTS_PLANS_H

#include "plan/build.h"
#include "plan/topology.h"

typedef struct plans {
    brasa_builder b;
    int32_t       next_id;
    brasa_error   err;
} plans;

void plans_init(plans *p, brasa_arena *arena);

/* A table that cannot be read: "a INT, b STRING NOT NULL" with so many rows; statistics by plans_stats. */
brasa_table *plans_table(plans *p, const char *schema, int64_t rows, int32_t nparts);
/* Distinct values of a column and, for min <= max, its range (integers, dates as days, decimals as digits). */
void plans_stats(brasa_table *t, const char *column, double distinct, int64_t min, int64_t max);

/* a, t.a, 12, 1.5 (a decimal), 'x', date '2020-01-31', true, null, f(x, y), count(*), count(distinct x), x [not] in (...), x is [not] null, x [not] like 'p', not, and, or, = <> < <= > >= <=>
 * + - * / %, parentheses, "as name".  Unbound. */
const brasa_expr *plans_expr(plans *p, const char *text);
/* Comma separated; *n items. */
const brasa_expr **plans_list(plans *p, const char *text, int32_t *n);
/* "a desc, b nulls last" */
const brasa_order *plans_order(plans *p, const char *text, int32_t *n);

const brasa_node *plans_scan(plans *p, const brasa_table *t, const char *name);
const brasa_node *plans_filter(plans *p, const brasa_node *in, const char *test);
const brasa_node *plans_project(plans *p, const brasa_node *in, const char *list);
const brasa_node *plans_alias(plans *p, const brasa_node *in, const char *name);
/* on NULL: none. */
const brasa_node *plans_join(plans *p, const brasa_node *l, const brasa_node *r, brasa_join_type type, const char *on);
/* keys NULL or "": none. */
const brasa_node *plans_group(plans *p, const brasa_node *in, const char *keys, const char *exprs);
const brasa_node *plans_sort(plans *p, const brasa_node *in, const char *order);
const brasa_node *plans_limit(plans *p, const brasa_node *in, int64_t limit, int64_t offset);
const brasa_node *plans_set(plans *p, brasa_set_op op, bool all, const brasa_node *a, const brasa_node *b);
/* call over (partition by keys order by order): input columns, then the call as `name`. */
const brasa_node *plans_window(plans *p, const brasa_node *in, const char *call, const char *keys, const char *order, const char *name);

/* The tree as text. */
const char *plans_text(plans *p, const brasa_node *n);
/* Optimised for so many workers (2 threads each), verified. */
const brasa_node *plans_optimize(plans *p, const brasa_node *n, int32_t workers);
/* Cut for so many workers and printed. */
const char *plans_stages(plans *p, const brasa_node *n, int32_t workers);

#endif
