/* exec/op_aggregate.h -- inside of the operator that groups, for op_aggregate.c and agg_update.c. */
#ifndef BRASA_EXEC_OP_AGGREGATE_H
#define BRASA_EXEC_OP_AGGREGATE_H

#include "exec/agg_distinct.h"
#include "exec/agg_func.h"
#include "exec/agg_ordered.h"
#include "exec/op.h"
#include "expr/eval.h"

typedef struct aggregate_shared {
    brasa_op_shared       base;
    brasa_agg_mode        mode;
    int32_t               nkeys, naggs;
    brasa_agg_layout      layout;
    brasa_type           *key_types;
    int32_t              *offsets;  /* of states */
    struct aggregate_op **ops;      /* [threads] */
    bool                  single;   /* no keys: one group */
    bool                  distinct; /* keys alone, of which nearly all are expected to be different: they may pass */
} aggregate_shared;

typedef struct aggregate_op {
    brasa_op             base;
    brasa_agg_call      *calls; /* [naggs] */
    brasa_agg_table      table;
    bool                 open;  /* the table is initialised */
    brasa_arena         *held;  /* strings and states of the table: of the partition, or of the stage */
    brasa_eval          *eval;  /* keys, then arguments, then filters */
    brasa_column        *cols;  /* results of eval */
    brasa_agg_col       *dense; /* the same */
    brasa_agg_scratch   *scratch;
    const brasa_expr   **exprs; /* [nexprs] */
    int32_t              nexprs;
    int32_t             *first_arg; /* [naggs]: index into cols */
    int32_t             *filter;    /* [naggs]: index into cols, -1 none */
    int32_t             *first_key; /* [naggs]: index into cols of the order's values */
    brasa_agg_distinct **distinct;  /* [naggs]: NULL, or the values seen */
    brasa_agg_ordered  **ordered;   /* [naggs]: NULL, or the rows that wait for their order */
    uint8_t            **group, **sub_group, **other;
    int32_t             *rows, *pick;
    brasa_agg_scratch   *sub_scratch; /* [nexprs] */
    brasa_agg_col       *sub;
    int64_t              row;                   /* rows of this partition so far */
    int64_t              rows_in;               /* of all partitions, until rows pass */
    int64_t              limit;                 /* of the index */
    uint64_t            *seen;                  /* bits of the hashes of groups made */
    int64_t              in_seen, fresh, again; /* groups in it; made since the index was full, and those of them that it knew */
} aggregate_op;

/* The batch's n rows, dense and with their groups found, go into the states of these. */
brasa_status brasa__aggregate_update(aggregate_op *op, const aggregate_shared *s, int32_t n, brasa_error *err);

#endif
