/* stage/stage.h -- a job as stages: what workers run.
 *
 * A stage is linear: a source, operators, a sink.  One task per source partition.  Build sides of joins and branches of unions are stages of their own,
 * run before; stages run one after another, in the order of the list.  Everything here is plain data in an arena and has a wire form.
 *
 * Operators come in two sorts.  Streaming ones (FILTER, PROJECT, PROBE, EXPLODE, MAP, SAMPLE, RUNTIME) and those that hold rows: per partition (AGGREGATE FINAL, SORT,
 * WINDOW, LIMIT) they flush at the end of each task's partition; per stage (AGGREGATE PARTIAL and COMPLETE, TOPN, GROUP_LIMIT unless it says otherwise, and PROBE's unmatched build rows) they flush when all tasks of
 * the worker have ended, into one late partition of the worker (after its source partitions).
 *
 * What the cut promises: keys of sinks are plain REFs; behind an operator that flushes per stage there is, in the same stage, no AGGREGATE FINAL or PARTITION, SORT, WINDOW, LIMIT with
 * an offset or per-partition MAP (a LIMIT without offset may follow: there it only has to bound what each thread passes on); residuals are bound to left, right of the plan, which
 * is stream, build, or with `swapped` build, stream.  An AGGREGATE PARTITION or FINAL without keys stands right behind a GATHER and gives one row for its partition also when that is empty.
 */
#ifndef BRASA_STAGE_STAGE_H
#define BRASA_STAGE_STAGE_H

#include "plan/node.h"
#include "plan/topology.h"
#include "shuffle/exchange.h"
#include "storage/writer.h"

typedef enum brasa_source_kind {
    BRASA_SOURCE_SCAN,   /* partitions of a table; partition p runs on worker p * W / P */
    BRASA_SOURCE_VALUES, /* one partition, worker 0 */
    BRASA_SOURCE_RANGE,
    BRASA_SOURCE_STAGES, /* partitions that earlier stages left, where they lie; several: one after another (UNION) */
    BRASA_SOURCE_CACHE
} brasa_source_kind;

typedef struct brasa_source {
    brasa_source_kind      kind;
    int32_t                node;   /* id of the logical node: SCAN, VALUES, RANGE, CACHE; else -1 */
    brasa_schema           schema; /* what comes out */
    int32_t                nparts; /* SCAN, VALUES, RANGE */
    const brasa_table     *table;  /* SCAN */
    const int32_t         *cols;   /* SCAN, CACHE: [schema.ncols]; CACHE may have NULL: all */
    int32_t                ntests;
    const brasa_scan_test *tests;
    int32_t                nrows; /* VALUES */
    const brasa_value     *values;
    int64_t                start, end, step; /* RANGE */
    int32_t                nstages;          /* STAGES */
    const int32_t         *stages;
    int32_t                npick;
    const int32_t         *pick; /* STAGES: of stages[0] only these partitions, or with `others` all but these; npick 0: all */
    bool                   others;
    bool                   consume;     /* picked partitions are for this stage alone */
    int64_t                task_bytes;  /* STAGES: neighbouring partitions are one task up to so many bytes; 0: a task each */
    int64_t                split_bytes; /* STAGES: a partition of more than twice as many bytes is several tasks; 0: one */
    int32_t                ncaches;     /* CACHE: one after another */
    const int64_t         *caches;
} brasa_source;

#define BRASA_OP_LIST(X)         \
    X(FILTER, "filter")          \
    X(PROJECT, "project")        \
    X(PROBE, "join")             \
    X(AGGREGATE, "aggregate")    \
    X(SORT, "sort")              \
    X(TOPN, "top-n")             \
    X(LIMIT, "limit")            \
    X(SAMPLE, "sample")          \
    X(EXPLODE, "explode")        \
    X(MAP, "map")                \
    X(WINDOW, "window")          \
    X(RUNTIME, "runtime filter") \
    X(GROUP_LIMIT, "top-n by group")

typedef enum brasa_op_kind {
#define X(name, text) BRASA_OP_##name,
    BRASA_OP_LIST(X)
#undef X
        BRASA_OP_COUNT
} brasa_op_kind;

typedef enum brasa_agg_mode {
    BRASA_AGG_PARTIAL, /* rows -> keys and states (columns of the state types: exec/agg.h), per worker; may pass rows on unaggregated when it does not reduce */
    BRASA_AGG_FINAL, /* keys and states -> keys and results; the partition holds all rows of its keys */
    BRASA_AGG_COMPLETE, /* rows -> keys and results, per worker: with one worker, or when the partitions of the worker hold all rows of their keys */
    BRASA_AGG_PARTITION /* rows -> keys and results, per partition: the partition holds all rows of its keys (DISTINCT and ordered aggregates after an exchange) */
} brasa_agg_mode;

typedef struct brasa_op_desc {
    brasa_op_kind kind;
    int32_t       node;   /* id of the logical node, for messages and metrics */
    brasa_schema  schema; /* what comes out */
    union {
        struct {
            const brasa_expr *test;
        } filter;
        struct {
            const brasa_expr *const *exprs; /* [schema.ncols] */
        } project;
        struct { /* one hash table per worker over all its partitions of stage `build` */
            brasa_join_type
                type; /* the stream (probe side) is the left: LEFT keeps its rows, RIGHT the build's.  SEMI, ANTI, MARK keep the stream's rows */
            bool                     keep_build; /* SEMI, ANTI mirrored: output is the build's rows that have a (no) match */
            bool                     swapped;    /* output columns: build's first, then the stream's */
            bool                     null_aware;
            bool                     partitioned; /* the user asked for it; known to the driver only */
            int32_t                  build;       /* stage id */
            brasa_schema             build_schema;
            int32_t                  nkeys;
            const brasa_expr *const *probe_keys; /* bound to the stream */
            const brasa_expr *const *build_keys; /* bound to build_schema */
            const bool              *null_equal;
            const brasa_expr        *residual; /* bound to output order: stream, build (swapped: build, stream) */
        } probe;
        struct {
            brasa_agg_mode           mode;
            int32_t                  nkeys;
            const brasa_expr *const *keys; /* bound to the input; FINAL: the first nkeys input columns */
            int32_t                  naggs;
            const brasa_expr *const *aggs;      /* bound to the input of the PARTIAL or COMPLETE step; FINAL: only types and ids count */
            brasa_schema             in_schema; /* FINAL: schema of the rows that went into PARTIAL, which aggs are bound to */
            double                   groups;    /* estimate; 0 unknown */
            double                   rows;      /* estimate of what comes in */
        } aggregate;
        struct { /* SORT: each partition; TOPN: the first limit + offset rows of the worker, in order */
            int32_t            nkeys;
            const brasa_order *keys;  /* bound to the input */
            int64_t            limit; /* TOPN */
        } sort;
        struct
        { /* per partition: at most limit rows after offset; `total`: the stage needs no more than limit + offset rows from its first partitions */
            int64_t limit, offset;
            bool    total;
        } limit;
        struct {
            double   fraction;
            uint64_t seed;
        } sample;
        struct {
            const brasa_expr *list;
            bool              outer, position;
        } explode;
        struct {
            const char *udf;
            bool        per_partition;
        } map;
        struct
        { /* rows whose column `col` is null, or not among column `build_col` of what stage `build` left, may go: a join further on drops them */
            int32_t build, build_col, col;
            bool    shared; /* among what it left on any worker; only in a stage whose sink is an exchange */
        } runtime;
        struct
        { /* rows that a WINDOW further on, of these keys and order, is not asked for may go: those whose row number (rank) in their group is beyond the limit */
            brasa_limit_fn fn;
            int64_t        limit;
            bool           per_partition; /* flushes at the end of each partition, else of the stage; without order it only drops */
            int32_t        nkeys;
            const brasa_expr *const *keys;
            int32_t                  norder;
            const brasa_order       *order;
        } group_limit;
        struct { /* partitions hold all rows of their keys; the operator sorts by keys, order */
            int32_t                  nkeys;
            const brasa_expr *const *keys;
            int32_t                  norder;
            const brasa_order       *order;
            int32_t                  ncalls;
            const brasa_window_call *calls;
        } window;
    } u;
} brasa_op_desc;

typedef enum brasa_sink_kind {
    BRASA_SINK_LOCAL,    /* partitions stay on this worker, for a later stage */
    BRASA_SINK_EXCHANGE, /* shuffled; the stage's output is the exchange's partitions */
    BRASA_SINK_CACHE,    /* as LOCAL, kept under a cache id until dropped */
    BRASA_SINK_RESULT,   /* as LOCAL, for the driver to fetch */
    BRASA_SINK_WRITE     /* part files, one per source partition (and late partition) */
} brasa_sink_kind;

typedef struct brasa_sink_desc {
    brasa_sink_kind          kind;
    brasa_exchange_kind      exchange; /* EXCHANGE */
    int32_t                  nparts;   /* EXCHANGE */
    int32_t                  nkeys;    /* HASH */
    const brasa_expr *const *keys;     /* bound to the last operator's output */
    int32_t                  nsort;    /* RANGE */
    const brasa_order       *sort;     /* bound too */
    int64_t                  cache;    /* CACHE */
    const brasa_write_spec  *write;    /* WRITE */
} brasa_sink_desc;

typedef struct brasa_stage {
    int32_t              id; /* from 0, in running order */
    brasa_source         source;
    int32_t              nops;
    const brasa_op_desc *ops;
    brasa_sink_desc      sink;
    brasa_schema         schema; /* what reaches the sink */
    int32_t              nfree;  /* stages whose output nobody needs after this one */
    const int32_t       *free;
    double               rows; /* estimate of the output */
} brasa_stage;

/* The node of the plan that operator k runs (-1: the source); -1: none, or k is the sink. */
static inline int32_t brasa__stage_node(const brasa_stage *s, int32_t k)
{
    if (k < 0) return s->source.node;
    return k < s->nops ? s->ops[k].node : -1;
}

typedef struct brasa_job {
    int32_t            nstages;
    const brasa_stage *stages; /* the last one has the job's sink */
    brasa_schema       schema; /* of the result */
    const brasa_node  *plan;   /* that was cut */
} brasa_job;

/* What an action wants of the last stage. */
typedef struct brasa_action {
    brasa_sink_kind         kind; /* RESULT, CACHE, WRITE */
    int64_t                 cache;
    const brasa_write_spec *write;
} brasa_action;

/* Cut an optimised plan into stages.  Rank 0.  UNSUPPORTED: a node that cannot run. */
brasa_status brasa__stage_cut(brasa_arena *arena, const brasa_node *plan, const brasa_action *action, const brasa_topology *topology,
                              brasa_job *out, brasa_error *err);

void         brasa__put_stage(brasa_wire *w, const brasa_stage *s);
brasa_status brasa__get_stage(brasa_reader *r, brasa_arena *arena, brasa_stage *out, brasa_error *err);
/* The stages as text. */
void brasa__stage_explain(const brasa_job *job, brasa_text *out);
/* One stage as text; its name, short ("scan lineitem, filter, aggregate"); its source (-1), operator k, or sink (nops) in a word, and the rest of its line in brasa__stage_explain. */
void        brasa__stage_text(const brasa_stage *s, brasa_text *out);
void        brasa__stage_name(const brasa_stage *s, brasa_text *out);
const char *brasa__stage_op_name(const brasa_stage *s, int32_t k);
void        brasa__stage_op_text(const brasa_stage *s, int32_t k, brasa_text *out);

#endif
