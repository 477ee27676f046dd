/* runtime.c -- runtime filters: where the keys of a join's build side may drop rows of its probe side early.
 *
 * Works on the finished list of stages.  From each join down its stream, a key column is followed through operators that hand it on (also as a group key,
 * and over to the other side of an inner join on it), through exchanges, to the lowest place that it reaches; there a RUNTIME operator goes in, behind the
 * filters that stand on the source.  The stage of the build side then has to run before: stages are put in such an order at the end, and a filter
 * that would make a circle is left out.  As in Spark and DuckDB, joins whose build side is all of a table are left alone: they drop nothing.
 */
#include "base/config.h"
#include "data/type.h"
#include "stage/pipe.h"

typedef struct insertion {
    int32_t       stage, at; /* before the operator that was number `at` */
    brasa_op_desc op;
} insertion;

typedef struct pass {
    cutter    *c;
    int32_t   *uses; /* readers of each stage */
    insertion *list;
    int32_t    n, cap;
} pass;

/* A build side's key on its way down. */
typedef struct wanted {
    int32_t    build, build_col;
    brasa_type type;
    bool       broadcast; /* every worker has all of the build side */
} wanted;

typedef struct place {
    int32_t stage, at, col; /* column `col` of what comes to operator `at` */
    bool    crossed;        /* rows are exchanged between here and the join */
} place;

/* ---- the graph of stages ---- */

static bool reads(const pass *p, int32_t s, int32_t what)
{
    const brasa_stage *stage = &p->c->stages[s];

    for (int32_t i = 0; i < stage->source.nstages; i++) {
        if (stage->source.stages[i] == what) return true;
    }
    for (int32_t i = 0; i < stage->nops; i++) {
        if (stage->ops[i].kind == BRASA_OP_PROBE && stage->ops[i].u.probe.build == what) return true;
    }
    for (int32_t i = 0; i < p->n; i++) {
        if (p->list[i].stage == s && p->list[i].op.u.runtime.build == what) return true;
    }
    return false;
}

static void mark_needs(const pass *p, int32_t s, bool *seen)
{
    seen[s] = true;
    for (int32_t t = 0; t < p->c->nstages; t++) {
        if (!seen[t] && reads(p, s, t)) mark_needs(p, t, seen);
    }
}

/* Does stage s need stage t, directly or not? */
static bool needs(const pass *p, int32_t s, int32_t t)
{
    bool *seen = BRASA_NEWS(p->c->arena, bool, p->c->nstages + 1);

    mark_needs(p, s, seen);
    return seen[t];
}

static void count_uses(pass *p)
{
    p->uses = BRASA_NEWS(p->c->arena, int32_t, p->c->nstages + 1);
    for (int32_t s = 0; s < p->c->nstages; s++) {
        const brasa_stage *stage = &p->c->stages[s];

        for (int32_t i = 0; i < stage->source.nstages; i++) p->uses[stage->source.stages[i]]++;
        for (int32_t i = 0; i < stage->nops; i++) {
            if (stage->ops[i].kind == BRASA_OP_PROBE) p->uses[stage->ops[i].u.probe.build]++;
        }
    }
}

/* ---- down ---- */

enum { MOST_PER_STAGE = 8 };

static bool follow(pass *p, const wanted *w, place from);

static bool insert(pass *p, const wanted *w, place at)
{
    const brasa_stage *stage = &p->c->stages[at.stage];
    bool               shared = at.crossed && !w->broadcast && p->c->topology.workers > 1;
    int32_t            there = 0;

    if (shared && stage->sink.kind != BRASA_SINK_EXCHANGE) return false;
    for (int32_t i = 0; i < p->n; i++) {
        const insertion *x = &p->list[i];
        if (x->stage != at.stage) continue;
        there++;
        if (x->at == at.at && x->op.u.runtime.build == w->build && x->op.u.runtime.build_col == w->build_col &&
            x->op.u.runtime.col == at.col)
            return true;
    }
    if (there == MOST_PER_STAGE) return false;
    brasa_schema schema = at.at == 0 ? stage->source.schema : stage->ops[at.at - 1].schema;
    p->list = brasa__arena_grow(p->c->arena, p->list, &p->cap, p->n + 1, sizeof *p->list);
    insertion *x = &p->list[p->n++];
    *x = (insertion) {.stage = at.stage, .at = at.at, .op = {.kind = BRASA_OP_RUNTIME, .node = -1, .schema = schema}};
    x->op.u.runtime.build = w->build;
    x->op.u.runtime.build_col = w->build_col;
    x->op.u.runtime.col = at.col;
    x->op.u.runtime.shared = shared;
    return true;
}

/* Into a stage that only this one reads. */
static bool enter(pass *p, const wanted *w, int32_t stage, int32_t col, bool crossed)
{
    const brasa_stage *s = &p->c->stages[stage];

    if (p->uses[stage] != 1 || stage == w->build || needs(p, w->build, stage)) return false;
    crossed |= s->sink.kind == BRASA_SINK_EXCHANGE;
    return follow(p, w, (place) {.stage = stage, .at = s->nops, .col = col, .crossed = crossed});
}

static bool is_whole(brasa_type t)
{
    return t.kind == BRASA_KIND_INT8 || t.kind == BRASA_KIND_INT16 || t.kind == BRASA_KIND_INT32 || t.kind == BRASA_KIND_INT64;
}

/* The column that has e's values, for keys of type t: whole numbers of all widths are compared as they are, so what widens them is looked through. */
static int32_t column_of(const brasa_expr *e, brasa_type t)
{
    while (e->kind == BRASA_EXPR_CAST && is_whole(e->type) && is_whole(e->args[0]->type) &&
           brasa__type_width(e->args[0]->type) <= brasa__type_width(e->type))
        e = e->args[0];
    return e->kind == BRASA_EXPR_REF && (brasa__type_equal(e->type, t) || (is_whole(e->type) && is_whole(t))) ? e->index : -1;
}

/* The key of the other side that is equal to column `col` of this one, in an inner or semi join; -1: none. */
static int32_t partner(const brasa_op_desc *op, const brasa_expr *const *own, const brasa_expr *const *other, int32_t col, brasa_type t)
{
    if (op->u.probe.type != BRASA_JOIN_INNER && op->u.probe.type != BRASA_JOIN_SEMI) return -1;
    for (int32_t i = 0; i < op->u.probe.nkeys; i++) {
        bool null_equal = op->u.probe.null_equal != NULL && op->u.probe.null_equal[i];

        if (!null_equal && column_of(own[i], t) == col) return column_of(other[i], t);
    }
    return -1;
}

/* Output column `col` of a join: a column of the stream (0) or of the build side (1)? */
static int32_t side_of(const brasa_op_desc *op, int32_t stream_cols, int32_t *col)
{
    bool    pairs = op->u.probe.type != BRASA_JOIN_SEMI && op->u.probe.type != BRASA_JOIN_ANTI && op->u.probe.type != BRASA_JOIN_MARK;
    int32_t first = op->u.probe.swapped ? op->u.probe.build_schema.ncols : stream_cols;

    if (!pairs) return op->u.probe.keep_build ? 1 : 0;
    if (*col < first) return op->u.probe.swapped ? 1 : 0;
    *col -= first;
    return op->u.probe.swapped ? 0 : 1;
}

/* Rows of the stream that go are only rows of the result that go. */
static bool stream_may_shrink(const brasa_op_desc *op)
{
    return op->u.probe.type != BRASA_JOIN_RIGHT && op->u.probe.type != BRASA_JOIN_FULL && !op->u.probe.keep_build;
}

static bool build_may_shrink(const brasa_op_desc *op)
{
    return op->u.probe.type == BRASA_JOIN_INNER || op->u.probe.keep_build;
}

/* Through a join; false: the column ends here.  Goes into the build side where it can. */
static bool through_join(pass *p, const wanted *w, const brasa_op_desc *op, int32_t stream_cols, place *at, bool *placed)
{
    const brasa_expr *const *stream_keys = op->u.probe.probe_keys, *const *build_keys = op->u.probe.build_keys;
    int32_t                  col = at->col, side = side_of(op, stream_cols, &col);
    int32_t                  in_stream = side == 0 ? col : partner(op, build_keys, stream_keys, col, w->type);
    int32_t                  in_build = side == 1 ? col : partner(op, stream_keys, build_keys, col, w->type);

    if (op->u.probe.type == BRASA_JOIN_MARK && in_stream >= stream_cols) return false;
    bool may_build = build_may_shrink(op) || (side == 0 && op->u.probe.type == BRASA_JOIN_SEMI);
    if (in_build >= 0 && may_build && in_build < op->u.probe.build_schema.ncols)
        *placed |= enter(p, w, op->u.probe.build, in_build, at->crossed);
    at->col = in_stream;
    return in_stream >= 0 && stream_may_shrink(op);
}

/* One operator down: at->at - 1.  False: the column does not come from there as it is. */
static bool step(pass *p, const wanted *w, place *at, bool *placed)
{
    const brasa_stage   *stage = &p->c->stages[at->stage];
    const brasa_op_desc *op = &stage->ops[at->at - 1];
    brasa_schema         in = at->at == 1 ? stage->source.schema : stage->ops[at->at - 2].schema;
    const brasa_expr    *key;

    switch (op->kind) {
    case BRASA_OP_FILTER:
    case BRASA_OP_SORT:
    case BRASA_OP_RUNTIME: return true;
    case BRASA_OP_PROJECT: at->col = column_of(op->u.project.exprs[at->col], w->type); return at->col >= 0;
    case BRASA_OP_AGGREGATE:
        if (at->col >= op->u.aggregate.nkeys) return false;
        if (op->u.aggregate.mode == BRASA_AGG_FINAL) return true;
        at->col = column_of(op->u.aggregate.keys[at->col], w->type);
        return at->col >= 0;
    case BRASA_OP_WINDOW:
        for (int32_t i = 0; i < op->u.window.nkeys; i++) {
            key = op->u.window.keys[i];
            if (at->col < in.ncols && column_of(key, w->type) == at->col) return true;
        }
        return false;
    case BRASA_OP_GROUP_LIMIT:
        for (int32_t i = 0; i < op->u.group_limit.nkeys; i++) {
            if (column_of(op->u.group_limit.keys[i], w->type) == at->col) return true;
        }
        return false;
    case BRASA_OP_PROBE: return through_join(p, w, op, in.ncols, at, placed);
    case BRASA_OP_TOPN:
    case BRASA_OP_LIMIT:
    case BRASA_OP_SAMPLE:
    case BRASA_OP_EXPLODE:
    case BRASA_OP_MAP:
    case BRASA_OP_COUNT: return false;
    }
    return false;
}

/* As far down as it goes.  True: a filter was put in, here or below. */
static bool follow(pass *p, const wanted *w, place from)
{
    const brasa_stage *stage = &p->c->stages[from.stage];
    place              at = from, best = from;
    bool               placed = false, whole = true;

    while (at.at > 0 && whole) {
        bool filter = stage->ops[at.at - 1].kind == BRASA_OP_FILTER || stage->ops[at.at - 1].kind == BRASA_OP_SORT;

        whole = step(p, w, &at, &placed);
        if (!whole) break;
        at.at--;
        if (!filter) best = at;
    }
    if (whole && stage->source.kind == BRASA_SOURCE_STAGES) {
        bool below = false;
        for (int32_t i = 0; i < stage->source.nstages; i++) below |= enter(p, w, stage->source.stages[i], at.col, at.crossed);
        if (below) return true;
    }
    /* rows that a stage has left already are not worth a look right before the join */
    bool scan = stage->source.kind == BRASA_SOURCE_SCAN || stage->source.kind == BRASA_SOURCE_CACHE;
    if (best.at == from.at && !(whole && scan)) return placed;
    return insert(p, w, best) || placed;
}

/* ---- joins ---- */

enum { MOST_ROWS = 1 << 24 };

/* Fewer rows than a table has: something was dropped. */
static bool is_reduced(const pass *p, int32_t s)
{
    const brasa_stage *stage = &p->c->stages[s];

    if (stage->source.kind == BRASA_SOURCE_VALUES || stage->source.ntests > 0) return true;
    for (int32_t i = 0; i < stage->nops; i++) {
        if (stage->ops[i].kind != BRASA_OP_PROJECT && stage->ops[i].kind != BRASA_OP_SORT && stage->ops[i].kind != BRASA_OP_MAP)
            return true;
    }
    for (int32_t i = 0; i < stage->source.nstages; i++) {
        if (is_reduced(p, stage->source.stages[i])) return true;
    }
    return false;
}

/* Does the join drop rows of the stream that have no match? */
static bool drops(const brasa_op_desc *op)
{
    if (op->u.probe.null_aware) return false;
    return op->u.probe.type == BRASA_JOIN_INNER || op->u.probe.type == BRASA_JOIN_RIGHT || op->u.probe.type == BRASA_JOIN_SEMI ||
           op->u.probe.keep_build;
}

static bool has_filter(brasa_type t)
{
    brasa_phys phys = brasa__type_phys(t);

    return !brasa__type_is_nested(t) && phys != BRASA_PHYS_INTERVAL && phys != BRASA_PHYS_NULL;
}

static void filters_of_join(pass *p, int32_t s, int32_t at)
{
    const brasa_op_desc *op = &p->c->stages[s].ops[at];
    const brasa_stage   *build = &p->c->stages[op->u.probe.build];

    if (!drops(op) || build->rows > MOST_ROWS || !is_reduced(p, op->u.probe.build)) return;
    for (int32_t i = 0; i < op->u.probe.nkeys; i++) {
        const brasa_expr *key = op->u.probe.probe_keys[i];
        wanted            w = {.build = op->u.probe.build, .type = key->type};
        int32_t           col = column_of(key, key->type);

        if (col < 0 || !has_filter(key->type) || (op->u.probe.null_equal != NULL && op->u.probe.null_equal[i])) continue;
        w.build_col = column_of(op->u.probe.build_keys[i], key->type);
        w.broadcast = build->sink.kind == BRASA_SINK_EXCHANGE && build->sink.exchange == BRASA_EXCHANGE_BROADCAST;
        if (w.build_col >= 0) follow(p, &w, (place) {.stage = s, .at = at, .col = col});
    }
}

static void put_in(pass *p, int32_t s)
{
    brasa_stage   *stage = &p->c->stages[s];
    brasa_op_desc *ops = BRASA_NEWS(p->c->arena, brasa_op_desc, stage->nops + p->n + 1);
    int32_t        n = 0;

    for (int32_t i = 0; i <= stage->nops; i++) {
        for (int32_t k = 0; k < p->n; k++) {
            if (p->list[k].stage == s && p->list[k].at == i) ops[n++] = p->list[k].op;
        }
        if (i < stage->nops) ops[n++] = stage->ops[i];
    }
    stage->ops = ops;
    stage->nops = n;
}

/* ---- order ---- */

static void rename_stage(brasa_stage *stage, brasa_arena *arena, const int32_t *now)
{
    int32_t       *from = brasa__arena_copy(arena, stage->source.stages, sizeof *from * (size_t)stage->source.nstages);
    brasa_op_desc *ops = brasa__arena_copy(arena, stage->ops, sizeof *ops * (size_t)stage->nops);

    for (int32_t i = 0; i < stage->source.nstages; i++) from[i] = now[from[i]];
    for (int32_t i = 0; i < stage->nops; i++) {
        if (ops[i].kind == BRASA_OP_PROBE) ops[i].u.probe.build = now[ops[i].u.probe.build];
        if (ops[i].kind == BRASA_OP_RUNTIME) ops[i].u.runtime.build = now[ops[i].u.runtime.build];
    }
    stage->id = now[stage->id];
    stage->source.stages = from;
    stage->ops = ops;
}

static bool is_ready(const pass *p, int32_t s, const int32_t *now)
{
    for (int32_t t = 0; t < p->c->nstages; t++) {
        if (now[t] < 0 && reads(p, s, t)) return false;
    }
    return true;
}

/* Each stage after all that it reads; else as they were. */
static void put_in_order(pass *p)
{
    int32_t      n = p->c->nstages;
    int32_t     *now = BRASA_NEWS(p->c->arena, int32_t, n + 1);
    brasa_stage *sorted = BRASA_NEWS(p->c->arena, brasa_stage, n + 1);

    for (int32_t s = 0; s < n; s++) now[s] = -1;
    for (int32_t k = 0; k < n; k++) {
        int32_t s = 0;
        while (s < n - 1 && (now[s] >= 0 || !is_ready(p, s, now))) s++;
        now[s] = k;
        sorted[k] = p->c->stages[s];
    }
    for (int32_t s = 0; s < n; s++) rename_stage(&sorted[s], p->c->arena, now);
    p->c->stages = sorted;
    p->c->cap = n;
}

void cut_runtime_filters(cutter *c)
{
    pass p = {.c = c};

    if (brasa__setting_has_word(BRASA_SET_DISABLE_PASSES, "runtime-filters") || brasa__setting_has_word(BRASA_SET_DISABLE_PASSES, "all"))
        return;
    count_uses(&p);
    for (int32_t s = 0; s < c->nstages; s++) {
        for (int32_t i = 0; i < c->stages[s].nops; i++) {
            if (c->stages[s].ops[i].kind == BRASA_OP_PROBE) filters_of_join(&p, s, i);
        }
    }
    if (p.n == 0) return;
    for (int32_t s = 0; s < c->nstages; s++) put_in(&p, s);
    put_in_order(&p);
}
