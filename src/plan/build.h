/* plan/build.h -- constructors of logical plans: what frames and SQL call.
 *
 * Each binds the expressions it is given against its inputs, finds the output schema (names, types, nullability, qualifiers) and returns a new node.
 * Expressions may come unbound (text, builder) or bound to the inputs (a front end that has resolved them); one that is bound is taken as it is.
 * Nothing here runs anything or calls any rank.  An error names the column, type or option, and near names; its file and line are those of the builder.
 */
#ifndef BRASA_PLAN_BUILD_H
#define BRASA_PLAN_BUILD_H

#include "expr/bind.h"
#include "plan/node.h"

/* Where nodes come to life.  Plans borrow from `arena` (and from the tables given), which outlives them. */
typedef struct brasa_builder {
    brasa_arena       *arena;
    int32_t           *next_id; /* of the session */
    const char        *file;    /* of the user's call; NULL unknown */
    int32_t            line;
    const brasa_value *params; /* for PARAM */
    int32_t            nparams;
    const char        *text;   /* source of the expressions, to show the place of an error; may be NULL */
    const brasa_scope *outer;  /* SQL: of the enclosing query; NULL none */
    int64_t            now_us; /* what now() is in the whole statement; 0: the clock where it is bound */
} brasa_builder;

/* Names and types of a node's output, for binding. */
brasa_scope brasa__plan_scope(const brasa_builder *b, const brasa_node *n);

/* Leaves. */
brasa_status brasa__plan_scan(brasa_builder *b, const brasa_table *table, const char *name, const brasa_node **out,
                              brasa_error *err); /* all columns; `name`: in EXPLAIN and as qualifier; may be NULL */
brasa_status brasa__plan_values(brasa_builder *b, brasa_schema schema, const brasa_value *values, int32_t nrows, const brasa_node **out,
                                brasa_error *err); /* values are copied; checked against the types, coerced */
brasa_status brasa__plan_range(brasa_builder *b, int64_t start, int64_t end, int64_t step, int32_t nparts, const char *column,
                               const brasa_node **out, brasa_error *err); /* column NULL: "id"; nparts 0: from the size */
brasa_status brasa__plan_cached(brasa_builder *b, brasa_schema schema, const int64_t *caches, int32_t ncaches, int32_t nparts,
                                int64_t nrows, int64_t nbytes, const brasa_node **out, brasa_error *err);

/* A select list: STARs are expanded, names are aliases, column names or texts.  Windows inside are computed below it (WINDOW nodes with a brasa_window_spec as `extra`). */
brasa_status brasa__plan_project(brasa_builder *b, const brasa_node *in, const brasa_expr *const *exprs, int32_t n, const brasa_node **out,
                                 brasa_error *err);
/* Replace the column of that name (the first one, case ignored) or add one at the end. */
brasa_status brasa__plan_with_column(brasa_builder *b, const brasa_node *in, const char *name, const brasa_expr *e, const brasa_node **out,
                                     brasa_error *err);
brasa_status brasa__plan_rename(brasa_builder *b, const brasa_node *in, const char *from, const char *to, const brasa_node **out,
                                brasa_error *err);
brasa_status brasa__plan_drop(brasa_builder *b, const brasa_node *in, const char *const *names, int32_t n, const brasa_node **out,
                              brasa_error *err);
/* All columns get the qualifier; with names (may be NULL): new names too, nnames == columns. */
brasa_status brasa__plan_alias(brasa_builder *b, const brasa_node *in, const char *qualifier, const char *const *names, int32_t nnames,
                               const brasa_node **out, brasa_error *err);
brasa_status brasa__plan_filter(brasa_builder *b, const brasa_node *in, const brasa_expr *test, const brasa_node **out, brasa_error *err);

/* Equalities between the sides become keys (coerced to one type), the rest of the condition the residual (an inner or cross join's one-sided parts too). */
typedef struct brasa_join_spec {
    brasa_join_type     type;
    brasa_join_strategy strategy;
    int32_t
        nusing; /* columns of that name on both sides; the output has one of each (RIGHT: the right's, FULL: coalesced), where the left's stood */
    const char *const *using_names;
    const brasa_expr  *on;         /* over left columns, then right columns; `left.a` and `right.a` name a side.  NULL: none */
    bool               null_aware; /* ANTI, MARK: NOT IN (each key comparison may be unknown) */
    const char        *mark;       /* MARK: name of the boolean; NULL "mark" */
} brasa_join_spec;
brasa_status brasa__plan_join(brasa_builder *b, const brasa_node *left, const brasa_node *right, const brasa_join_spec *spec,
                              const brasa_node **out, brasa_error *err);

/* Group and compute.  Expressions may be any shape over aggregates and keys: "sum(x) / count(*) + 1". */
typedef struct brasa_aggregate_spec {
    int32_t                  nkeys;
    const brasa_expr *const *keys;
    int32_t                  nexprs;
    const brasa_expr *const *exprs;
    const brasa_expr        *having;     /* over keys, aggregates; NULL none */
    bool                     only_exprs; /* output: exprs (SQL's select list); else keys, then exprs */
} brasa_aggregate_spec;
brasa_status brasa__plan_aggregate(brasa_builder *b, const brasa_node *in, const brasa_aggregate_spec *spec, const brasa_node **out,
                                   brasa_error *err);
/* Rows that differ; with `on` (names, n > 0): one row (the first found) for each value of these columns. */
brasa_status brasa__plan_distinct(brasa_builder *b, const brasa_node *in, const char *const *on, int32_t n, const brasa_node **out,
                                  brasa_error *err);

typedef enum brasa_set_op { BRASA_SET_UNION, BRASA_SET_INTERSECT, BRASA_SET_EXCEPT } brasa_set_op;
/* By position, types made common.  all: keeps duplicates (UNION ALL is what frames call union). */
brasa_status brasa__plan_set(brasa_builder *b, brasa_set_op op, bool all, const brasa_node *const *inputs, int32_t n,
                             const brasa_node **out, brasa_error *err);

/* Keys may be any expression over the input. */
brasa_status brasa__plan_sort(brasa_builder *b, const brasa_node *in, const brasa_order *keys, int32_t n, const brasa_node **out,
                              brasa_error *err);
brasa_status brasa__plan_limit(brasa_builder *b, const brasa_node *in, int64_t limit, int64_t offset, const brasa_node **out,
                               brasa_error *err); /* limit -1: all */
brasa_status brasa__plan_sample(brasa_builder *b, const brasa_node *in, double fraction, uint64_t seed, const brasa_node **out,
                                brasa_error *err);
/* HASH: keys; RANGE: order (both `n` of them); NUMBER: neither.  nparts 0: from the volume. */
brasa_status brasa__plan_repartition(brasa_builder *b, const brasa_node *in, brasa_repartition_kind kind, int32_t nparts,
                                     const brasa_expr *const *keys, const brasa_order *order, int32_t n, const brasa_node **out,
                                     brasa_error *err);
/* Input columns, then [the position from 0 as an INT column `position`,] the element as `name` (NULL: "col").  outer: a row for empty and null lists. */
brasa_status brasa__plan_explode(brasa_builder *b, const brasa_node *in, const brasa_expr *list, const char *name, bool outer,
                                 const char *position, const brasa_node **out, brasa_error *err);
brasa_status brasa__plan_map(brasa_builder *b, const brasa_node *in, const char *udf, bool per_partition, brasa_schema schema,
                             const brasa_node **out, brasa_error *err);

/* What stands in `extra` of a WINDOW expression, whose args[0] is the call: an AGGREGATE, or a CALL of a window function. */
typedef struct brasa_window_spec {
    int32_t                  nkeys;
    const brasa_expr *const *keys;
    int32_t                  norder;
    const brasa_order       *order;
    bool                     has_frame; /* else: to the current row's peers with an order, all rows without */
    brasa_window_frame       frame;     /* offsets may be unbound */
    bool                     ignore_nulls;
} brasa_window_spec;
/* Input columns, then one per WINDOW expression (aliased or not). */
brasa_status brasa__plan_window(brasa_builder *b, const brasa_node *in, const brasa_expr *const *windows, int32_t n, const brasa_node **out,
                                brasa_error *err);
/* Is it row_number, rank, lag, ...: a function that only windows have? */
bool brasa__window_function(const char *name);

#endif
