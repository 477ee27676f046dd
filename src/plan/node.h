/* plan/node.h -- the logical plan: a tree (or DAG) of immutable nodes.
 *
 * Frames and SQL build it, the optimiser rewrites it, stage/ cuts it.  Expressions in a node are bound to the columns of its inputs, side by side
 * (input 0's columns, then input 1's).  Nodes live in arenas and hold no state.
 */
#ifndef BRASA_PLAN_NODE_H
#define BRASA_PLAN_NODE_H

#include "base/arena.h"
#include "base/status.h"
#include "expr/expr.h"
#include "storage/table.h"

/* Kinds: enumerator, name in EXPLAIN. */
#define BRASA_NODE_LIST(X)        \
    X(SCAN, "Scan")               \
    X(VALUES, "Values")           \
    X(RANGE, "Range")             \
    X(CACHED, "Cached")           \
    X(PROJECT, "Project")         \
    X(FILTER, "Filter")           \
    X(JOIN, "Join")               \
    X(AGGREGATE, "Aggregate")     \
    X(SORT, "Sort")               \
    X(LIMIT, "Limit")             \
    X(UNION, "Union")             \
    X(SAMPLE, "Sample")           \
    X(REPARTITION, "Repartition") \
    X(EXPLODE, "Explode")         \
    X(MAP, "Map")                 \
    X(WINDOW, "Window")

typedef enum brasa_node_kind {
#define X(name, text) BRASA_NODE_##name,
    BRASA_NODE_LIST(X)
#undef X
        BRASA_NODE_COUNT
} brasa_node_kind;

typedef enum brasa_join_type {
    BRASA_JOIN_INNER,
    BRASA_JOIN_LEFT,
    BRASA_JOIN_RIGHT,
    BRASA_JOIN_FULL,
    BRASA_JOIN_SEMI, /* rows of the left that have a match */
    BRASA_JOIN_ANTI, /* rows of the left that have none */
    BRASA_JOIN_CROSS,
    BRASA_JOIN_MARK,  /* all rows of the left and a boolean: is there a match (three-valued, as IN) */
    BRASA_JOIN_SINGLE /* LEFT, and an error where a row has two matches: scalar subqueries */
} brasa_join_type;

/* What is said where a scalar subquery has two rows: by SINGLE joins, and by the aggregate of one that stands for itself. */
#define BRASA_TWO_ROWS_TEXT "a subquery used as a value gave more than one row; add an aggregate, LIMIT 1 or a narrower condition"

typedef enum brasa_join_strategy { BRASA_STRATEGY_AUTO, BRASA_STRATEGY_BROADCAST, BRASA_STRATEGY_PARTITIONED } brasa_join_strategy;

typedef enum brasa_repartition_kind { BRASA_REPARTITION_HASH, BRASA_REPARTITION_RANGE, BRASA_REPARTITION_NUMBER } brasa_repartition_kind;

typedef enum brasa_frame_unit { BRASA_FRAME_ROWS, BRASA_FRAME_RANGE, BRASA_FRAME_GROUPS } brasa_frame_unit;
typedef enum brasa_frame_bound {
    BRASA_BOUND_UNBOUNDED_PRECEDING,
    BRASA_BOUND_PRECEDING,
    BRASA_BOUND_CURRENT,
    BRASA_BOUND_FOLLOWING,
    BRASA_BOUND_UNBOUNDED_FOLLOWING
} brasa_frame_bound;
typedef enum brasa_frame_exclude { BRASA_EXCLUDE_NONE, BRASA_EXCLUDE_CURRENT, BRASA_EXCLUDE_GROUP, BRASA_EXCLUDE_TIES } brasa_frame_exclude;

typedef struct brasa_window_frame {
    brasa_frame_unit    unit;
    brasa_frame_bound   start, end;
    const brasa_expr   *start_offset, *end_offset; /* bound constants; NULL where not needed */
    brasa_frame_exclude exclude;
} brasa_window_frame;

typedef struct brasa_window_call {
    const brasa_expr  *call; /* CALL-like AGGREGATE node (args, filter, distinct) or a window function by name, args bound */
    brasa_window_frame frame;
    bool               ignore_nulls;
} brasa_window_call;

/* Whose values above a limit nobody wants. */
typedef enum brasa_limit_fn { BRASA_LIMIT_ROW_NUMBER, BRASA_LIMIT_RANK, BRASA_LIMIT_DENSE_RANK } brasa_limit_fn;

/* A query that WITH names: is it computed once, or written into each of its uses?  Asked for by (NOT) MATERIALIZED, else by cost. */
typedef enum brasa_with_wish { BRASA_WITH_BY_COST, BRASA_WITH_ONCE, BRASA_WITH_INLINE } brasa_with_wish;
typedef struct brasa_with {
    const char     *name;
    brasa_with_wish wish;
} brasa_with;

typedef struct brasa_node brasa_node;

struct brasa_node {
    brasa_node_kind          kind;
    int32_t                  id;   /* unique in its session: for EXPLAIN, events, shared sub-plans */
    int32_t                  line; /* of the user's call; 0 unknown */
    const char              *file;
    int32_t                  ninputs;
    const brasa_node *const *inputs;
    brasa_schema             schema;     /* output */
    const char *const       *qualifiers; /* [schema.ncols], entries NULL for none; NULL: none at all */
    double                   rows;       /* estimate; < 0: not yet estimated */
    const brasa_with        *with;       /* PROJECT: its rows are those of a query that WITH names; NULL: no */
    const char              *note;       /* of the whole plan, at its root: lines that EXPLAIN prints below it; NULL: none */
    union {
        struct { /* SCAN: columns cols[] of the table */
            const brasa_table     *table;
            const char            *name;
            const int32_t         *cols; /* [schema.ncols] */
            int32_t                ntests;
            const brasa_scan_test *tests; /* conditions for skipping chunks; col is of the table's schema */
        } scan;
        struct { /* VALUES */
            int32_t            nrows;
            const brasa_value *values; /* [nrows * schema.ncols] */
        } values;
        struct { /* RANGE: one BIGINT column */
            int64_t start, end, step;
            int32_t nparts;
        } range;
        struct { /* CACHED: partitions kept by the workers, under one id or several (one after another) */
            int32_t                          ncaches;
            const int64_t                   *caches;
            int32_t                          nparts;
            int64_t                          nrows, nbytes;
            const struct brasa_col_estimate *columns; /* [schema.ncols], plan/estimate.h; NULL: nothing is known */
            int32_t                          ntests;  /* of the kept rows' columns, as SCAN's */
            const brasa_scan_test           *tests;
            const int32_t                   *cols; /* [schema.ncols] of the cache's columns; NULL: all */
        } cached;
        struct { /* PROJECT: schema.ncols expressions */
            const brasa_expr *const *exprs;
        } project;
        struct { /* FILTER */
            const brasa_expr *test;
        } filter;
        struct { /* JOIN.  Output: left columns, right columns (SEMI, ANTI: left only; MARK: left and the mark) */
            brasa_join_type          type;
            brasa_join_strategy      strategy;
            bool                     build_left; /* the hash table is of input 0; set by the optimiser */
            bool                     null_aware; /* ANTI, MARK: NOT IN's nulls */
            int32_t                  nkeys;
            const brasa_expr *const *left_keys;  /* bound to input 0 */
            const brasa_expr *const *right_keys; /* bound to input 1 */
            const bool              *null_equal; /* per key: null matches null; NULL: none does */
            const brasa_expr        *residual;   /* bound to both; NULL none */
        } join;
        struct { /* AGGREGATE.  Output: keys, then aggregates.  No keys: one row, always.  No aggregates: DISTINCT */
            int32_t                  nkeys;
            const brasa_expr *const *keys;
            int32_t                  naggs;
            const brasa_expr *const *aggs; /* bound AGGREGATE nodes */
        } aggregate;
        struct { /* SORT: total; limit >= 0: only the first `limit` rows after skipping `offset` (top-N) */
            int32_t            nkeys;
            const brasa_order *keys;
            int64_t            limit, offset;
        } sort;
        struct { /* LIMIT: -1: all */
            int64_t limit, offset;
        } limit;
        struct { /* SAMPLE: each row with this probability, by a hash of seed, partition and row */
            double   fraction;
            uint64_t seed;
        } sample;
        struct { /* REPARTITION; nparts 0: from the data volume */
            brasa_repartition_kind   kind;
            int32_t                  nparts;
            int32_t                  nkeys;
            const brasa_expr *const *keys;  /* HASH */
            const brasa_order       *order; /* RANGE: nkeys */
        } repartition;
        struct { /* EXPLODE: input columns, [position,] element (a struct's fields stay one column) */
            const brasa_expr *list;
            bool              outer; /* a row for empty and null lists */
            bool              position;
        } explode;
        struct { /* MAP: rows in, rows out, by a user's function */
            const char *udf;
            bool        per_partition; /* map_partitions, else flat_map */
        } map;
        struct { /* WINDOW: input columns, then one per call */
            int32_t                  nkeys;
            const brasa_expr *const *keys; /* PARTITION BY */
            int32_t                  norder;
            const brasa_order       *order;
            int32_t                  ncalls;
            const brasa_window_call *calls;
            int64_t                  limit; /* > 0: rows whose limit_fn is beyond it are not wanted: they may be there or not */
            brasa_limit_fn           limit_fn;
        } window;
    } u;
};

/* The name in EXPLAIN. */
const char *brasa__node_name(brasa_node_kind kind);

/* A copy of a node with other inputs (schema recomputed by whoever calls). */
brasa_node *brasa__node_copy(brasa_arena *arena, const brasa_node *n, const brasa_node *const *inputs);

/* The node of that id at or below n; NULL: there is none. */
const brasa_node *brasa__node_find(const brasa_node *n, int32_t id);
/* Parents first. */
void brasa__node_walk(const brasa_node *n, bool (*fn)(void *arg, const brasa_node *n), void *arg);
/* Bottom-up; shared nodes are rewritten once. */
const brasa_node *brasa__node_rewrite(brasa_arena *arena, const brasa_node                                              *n,
                                      const brasa_node *(*fn)(void *arg, brasa_arena *arena, const brasa_node *n), void *arg);

/* Check every invariant above (types, references in range, schemas); INTERNAL names the node.  Run after each pass in debug builds. */
brasa_status brasa__node_verify(const brasa_node *n, brasa_error *err);

#endif
