/* plan/make.h -- nodes from bound parts: for the builder and the optimiser.
 *
 * `like` gives id, file and line of the new node (the node that it replaces or comes from; NULL: none).  Schemas, nullability and qualifiers follow from the parts.
 */
#ifndef BRASA_PLAN_MAKE_H
#define BRASA_PLAN_MAKE_H

#include "plan/node.h"

/* A node of a kind over inputs, with nothing else set. */
brasa_node *brasa__make_node(brasa_arena *arena, brasa_node_kind kind, const brasa_node *like, const brasa_node *const *inputs,
                             int32_t ninputs);

/* names NULL: of the expressions.  Arrays are copied. */
brasa_node *brasa__make_project(brasa_arena *arena, const brasa_node *like, const brasa_node *in, const brasa_expr *const *exprs,
                                const char *const *names, int32_t n);
/* Columns cols[0..n) of the input, with their names and qualifiers. */
const brasa_node *brasa__make_pick(brasa_arena *arena, const brasa_node *like, const brasa_node *in, const int32_t *cols, int32_t n);
brasa_node       *brasa__make_filter(brasa_arena *arena, const brasa_node *like, const brasa_node *in, const brasa_expr *test);
brasa_node       *brasa__make_limit(brasa_arena *arena, const brasa_node *like, const brasa_node *in, int64_t limit, int64_t offset);
/* Output names: keys' and aggregates' own (names NULL), else names[nkeys + naggs]. */
brasa_node *brasa__make_aggregate(brasa_arena *arena, const brasa_node *like, const brasa_node *in, const brasa_expr *const *keys,
                                  int32_t nkeys, const brasa_expr *const *aggs, int32_t naggs, const char *const *names);
/* No rows of a schema. */
brasa_node *brasa__make_empty(brasa_arena *arena, const brasa_node *like);

/* Compute schema and qualifiers again after inputs or payload changed; names of computed columns are kept from the old schema. */
void brasa__node_reschema(brasa_arena *arena, brasa_node *n);
/* A copy over other inputs, reschema'd. */
brasa_node *brasa__node_with_inputs(brasa_arena *arena, const brasa_node *n, const brasa_node *const *inputs);
brasa_node *brasa__node_with_input(brasa_arena *arena, const brasa_node *n, const brasa_node *in);

/* Reference to column i of a node; of input k of a node with two, side by side. */
brasa_expr *brasa__node_ref(brasa_arena *arena, const brasa_node *n, int32_t i);
brasa_expr *brasa__schema_ref(brasa_arena *arena, brasa_schema s, int32_t i, int32_t shift);
/* The qualifier of a column or NULL. */
const char *brasa__node_qualifier(const brasa_node *n, int32_t i);

/* Does a join give columns of its right side? */
bool brasa__join_has_right(brasa_join_type t);
/* Columns of a plan's rows that a bound expression uses: a bitmap of n bits in `arena`. */
uint64_t *brasa__refs_of(brasa_arena *arena, const brasa_expr *e, int32_t n);
/* Are all refs of e in [from, to)?  (Also true without refs.) */
bool brasa__refs_within(const brasa_expr *e, int32_t from, int32_t to);
/* All refs moved by `by`. */
const brasa_expr *brasa__expr_shift(brasa_arena *arena, const brasa_expr *e, int32_t by);
/* Replace from the top: fn returns the replacement, or NULL to look below. */
const brasa_expr *brasa__expr_replace(brasa_arena *arena, const brasa_expr *e, const brasa_expr *(*fn)(void *arg, const brasa_expr *e),
                                      void *arg);

/* A bound call of a function over bound arguments, through the binder (casts inserted).  Throws INTERNAL where it cannot be bound: for functions and types known to fit. */
const brasa_expr *brasa__bound_call(brasa_arena *arena, const char *name, const brasa_expr *const *args, int32_t nargs);
bool              brasa__is_call(const brasa_expr *e, const char *name);

#endif
