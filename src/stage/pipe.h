/* stage/pipe.h -- a stage while it is being put together: a source, and operators so far.
 *
 * A pipe knows how its rows lie in partitions, because that decides which exchanges are needed; an operator that is added keeps that true.
 */
#ifndef BRASA_STAGE_PIPE_H
#define BRASA_STAGE_PIPE_H

#include "plan/estimate.h"
#include "plan/set.h"
#include "stage/stage.h"

/* How rows lie. */
typedef enum layout_kind {
    LAYOUT_ANY,
    LAYOUT_SINGLE, /* one partition, on worker 0 */
    LAYOUT_HASH    /* rows with equal keys share a partition, which is a function of the keys and nparts */
} layout_kind;

typedef struct layout {
    layout_kind              kind;
    int32_t                  nparts; /* HASH */
    int32_t                  nkeys;  /* HASH */
    const brasa_expr *const *keys;   /* over the pipe's columns */
    const brasa_expr *const *also;   /* per key another expression that is always equal to it, or NULL; NULL: none */
} layout;

typedef struct pipe {
    brasa_source   source;
    brasa_op_desc *ops;
    int32_t        nops, cap;
    brasa_schema   schema; /* what comes out of it now */
    layout         lay;
    bool
        late; /* rows may come at the end of the stage, outside of the source's partitions: no operator that works per partition may follow */
    double  rows, bytes; /* estimates */
    int32_t node;        /* id of the node that it computes */
} pipe;

/* A job being cut. */
typedef struct cutter {
    brasa_arena      *arena;
    brasa_topology    topology;
    brasa_estimator  *estimator;
    brasa_stage      *stages;
    int32_t           nstages, cap;
    brasa_node_set    parents; /* node -> a node that uses it; more than one use: */
    brasa_node_set    shared;  /* nodes used more than once */
    brasa_node_set    made;    /* shared node -> its pipe over what it left */
    const brasa_node *above;   /* the aggregate whose input is cut now, if that is one */
} cutter;

/* Add an operator of a kind to a pipe; out: the schema after it. */
brasa_op_desc *pipe_add(cutter *c, pipe *p, brasa_op_kind kind, const brasa_node *n, brasa_schema out);
/* Columns cols[0..n) only.  Nothing when that is what there is. */
void pipe_pick(cutter *c, pipe *p, const int32_t *cols, int32_t n);
/* Close the stage with a sink; returns its id. */
int32_t pipe_close(cutter *c, pipe *p, const brasa_sink_desc *sink);
/* Close it with a LOCAL sink and go on from there: rows of the end of the stage are then in partitions like all others. */
void pipe_settle(cutter *c, pipe *p);
/* Exchange and go on. */
void pipe_gather(cutter *c, pipe *p);
void pipe_hash(cutter *c, pipe *p, const brasa_expr *const *keys, int32_t nkeys, int32_t nparts);
void pipe_range(cutter *c, pipe *p, const brasa_order *keys, int32_t nkeys, int32_t nparts);
void pipe_number(cutter *c, pipe *p, int32_t nparts);
/* A pipe that reads what a stage left. */
pipe pipe_over(cutter *c, const int32_t *stages, int32_t nstages, brasa_schema schema, layout lay, double rows, double bytes, int32_t node);

/* Partitions for so much data after a shuffle. */
int32_t partition_count(const cutter *c, double rows, double bytes);
/* Do rows that agree in all keys share a partition? */
bool layout_groups(const layout *l, const brasa_expr *const *keys, int32_t nkeys);
/* Layout after a projection. */
layout layout_project(cutter *c, const layout *l, const brasa_expr *const *exprs, brasa_schema out);

/* cut.c */
brasa_status cut_node(cutter *c, const brasa_node *n, pipe *out, brasa_error *err);
/* cut_join.c, cut_aggregate.c, cut_order.c */
brasa_status cut_join(cutter *c, const brasa_node *n, pipe *out, brasa_error *err);
brasa_status cut_aggregate(cutter *c, const brasa_node *n, pipe *out, brasa_error *err);
brasa_status cut_sort(cutter *c, const brasa_node *n, pipe *out, brasa_error *err);
brasa_status cut_limit(cutter *c, const brasa_node *n, pipe *out, brasa_error *err);
brasa_status cut_window(cutter *c, const brasa_node *n, pipe *out, brasa_error *err);
brasa_status cut_repartition(cutter *c, const brasa_node *n, pipe *out, brasa_error *err);
/* runtime.c: when all stages are there; may put them in another order */
void cut_runtime_filters(cutter *c);

#endif
