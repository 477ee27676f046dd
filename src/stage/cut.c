/* cut.c -- a plan becomes stages.
 *
 * Works from the root down; each node returns an open pipe over its rows.  An exchange closes a stage and opens the next; so does what a later stage must
 * find whole (build sides, branches of unions, sub-plans used twice).  Stages are numbered as they close, which is an order they can run in.
 */
#include <assert.h>

#include "plan/make.h"
#include "stage/pipe.h"

static pipe leaf(cutter *c, const brasa_node *n, brasa_source_kind kind, layout_kind lay)
{
    pipe p = {.schema = n->schema, .node = n->id, .lay = {.kind = lay}};

    p.source = (brasa_source) {.kind = kind, .node = n->id, .schema = n->schema, .nparts = 1};
    p.rows = brasa__estimate(c->estimator, n)->rows;
    p.bytes = brasa__estimate_bytes(c->estimator, n);
    return p;
}

static pipe cut_scan(cutter *c, const brasa_node *n)
{
    const brasa_table *t = n->u.scan.table;
    pipe               p = leaf(c, n, BRASA_SOURCE_SCAN, t->nparts == 1 ? LAYOUT_SINGLE : LAYOUT_ANY);

    p.source.nparts = t->nparts;
    p.source.table = t;
    p.source.cols = n->u.scan.cols;
    p.source.ntests = n->u.scan.ntests;
    p.source.tests = n->u.scan.tests;
    return p;
}

static pipe cut_values(cutter *c, const brasa_node *n)
{
    pipe p = leaf(c, n, BRASA_SOURCE_VALUES, LAYOUT_SINGLE);

    p.source.nrows = n->u.values.nrows;
    p.source.values = n->u.values.values;
    return p;
}

static pipe cut_range(cutter *c, const brasa_node *n)
{
    pipe p = leaf(c, n, BRASA_SOURCE_RANGE, n->u.range.nparts == 1 ? LAYOUT_SINGLE : LAYOUT_ANY);

    p.source.start = n->u.range.start;
    p.source.end = n->u.range.end;
    p.source.step = n->u.range.step;
    p.source.nparts = n->u.range.nparts;
    return p;
}

static pipe cut_cached(cutter *c, const brasa_node *n)
{
    pipe p = leaf(c, n, BRASA_SOURCE_CACHE, LAYOUT_ANY);

    p.source.caches = n->u.cached.caches;
    p.source.ncaches = n->u.cached.ncaches;
    p.source.nparts = n->u.cached.nparts;
    p.source.cols = n->u.cached.cols;
    p.source.ntests = n->u.cached.ntests;
    p.source.tests = n->u.cached.tests;
    return p;
}

static void resize(cutter *c, pipe *p, const brasa_node *n)
{
    p->rows = brasa__estimate(c->estimator, n)->rows;
    p->bytes = brasa__estimate_bytes(c->estimator, n);
    p->node = n->id;
}

static brasa_status cut_project(cutter *c, const brasa_node *n, pipe *p, brasa_error *err)
{
    BRASA_TRY(cut_node(c, n->inputs[0], p, err));
    p->lay = layout_project(c, &p->lay, n->u.project.exprs, n->schema);
    pipe_add(c, p, BRASA_OP_PROJECT, n, n->schema)->u.project.exprs = n->u.project.exprs;
    return BRASA_OK;
}

static brasa_status cut_filter(cutter *c, const brasa_node *n, pipe *p, brasa_error *err)
{
    BRASA_TRY(cut_node(c, n->inputs[0], p, err));
    pipe_add(c, p, BRASA_OP_FILTER, n, n->schema)->u.filter.test = n->u.filter.test;
    return BRASA_OK;
}

static brasa_status cut_sample(cutter *c, const brasa_node *n, pipe *p, brasa_error *err)
{
    BRASA_TRY(cut_node(c, n->inputs[0], p, err));
    brasa_op_desc *op = pipe_add(c, p, BRASA_OP_SAMPLE, n, n->schema);
    op->u.sample.fraction = n->u.sample.fraction;
    op->u.sample.seed = n->u.sample.seed;
    return BRASA_OK;
}

static brasa_status cut_explode(cutter *c, const brasa_node *n, pipe *p, brasa_error *err)
{
    BRASA_TRY(cut_node(c, n->inputs[0], p, err));
    brasa_op_desc *op = pipe_add(c, p, BRASA_OP_EXPLODE, n, n->schema);
    op->u.explode.list = n->u.explode.list;
    op->u.explode.outer = n->u.explode.outer;
    op->u.explode.position = n->u.explode.position;
    return BRASA_OK;
}

static brasa_status cut_map(cutter *c, const brasa_node *n, pipe *p, brasa_error *err)
{
    BRASA_TRY(cut_node(c, n->inputs[0], p, err));
    if (p->late && n->u.map.per_partition) pipe_settle(c, p);
    brasa_op_desc *op = pipe_add(c, p, BRASA_OP_MAP, n, n->schema);
    op->u.map.udf = n->u.map.udf;
    op->u.map.per_partition = n->u.map.per_partition;
    if (p->lay.kind == LAYOUT_HASH) p->lay = (layout) {.kind = LAYOUT_ANY};
    return BRASA_OK;
}

static brasa_status cut_union(cutter *c, const brasa_node *n, pipe *out, brasa_error *err)
{
    int32_t        *stages = BRASA_NEWS(c->arena, int32_t, n->ninputs + 1);
    brasa_sink_desc sink = {.kind = BRASA_SINK_LOCAL};

    for (int32_t k = 0; k < n->ninputs; k++) {
        pipe p;
        BRASA_TRY(cut_node(c, n->inputs[k], &p, err));
        /* what another stage left is read where it lies */
        bool whole = p.source.kind == BRASA_SOURCE_STAGES && p.source.nstages == 1 && p.nops == 0;
        stages[k] = whole ? p.source.stages[0] : pipe_close(c, &p, &sink);
    }
    layout lay = {.kind = LAYOUT_ANY};
    *out = pipe_over(c, stages, n->ninputs, n->schema, lay, 0, 0, n->id);
    return BRASA_OK;
}

static brasa_status cut_kind(cutter *c, const brasa_node *n, pipe *out, brasa_error *err)
{
    switch (n->kind) {
    case BRASA_NODE_SCAN: *out = cut_scan(c, n); return BRASA_OK;
    case BRASA_NODE_VALUES: *out = cut_values(c, n); return BRASA_OK;
    case BRASA_NODE_RANGE: *out = cut_range(c, n); return BRASA_OK;
    case BRASA_NODE_CACHED: *out = cut_cached(c, n); return BRASA_OK;
    case BRASA_NODE_PROJECT: return cut_project(c, n, out, err);
    case BRASA_NODE_FILTER: return cut_filter(c, n, out, err);
    case BRASA_NODE_JOIN: return cut_join(c, n, out, err);
    case BRASA_NODE_AGGREGATE: return cut_aggregate(c, n, out, err);
    case BRASA_NODE_SORT: return cut_sort(c, n, out, err);
    case BRASA_NODE_LIMIT: return cut_limit(c, n, out, err);
    case BRASA_NODE_UNION: return cut_union(c, n, out, err);
    case BRASA_NODE_SAMPLE: return cut_sample(c, n, out, err);
    case BRASA_NODE_REPARTITION: return cut_repartition(c, n, out, err);
    case BRASA_NODE_EXPLODE: return cut_explode(c, n, out, err);
    case BRASA_NODE_MAP: return cut_map(c, n, out, err);
    case BRASA_NODE_WINDOW: return cut_window(c, n, out, err);
    case BRASA_NODE_COUNT: break;
    }
    assert(false && "no such node kind");
    return BRASA_INTERNAL;
}

/* Reading it again is as cheap as keeping it. */
static bool is_cheap(const brasa_node *n)
{
    while (n->kind == BRASA_NODE_FILTER || n->kind == BRASA_NODE_PROJECT) n = n->inputs[0];
    return n->ninputs == 0;
}

brasa_status cut_node(cutter *c, const brasa_node *n, pipe *out, brasa_error *err)
{
    const pipe *kept = brasa__node_set_get(&c->made, n);

    if (kept) {
        *out = *kept;
        return BRASA_OK;
    }
    BRASA_TRY(cut_kind(c, n, out, err));
    resize(c, out, n);
    if (!brasa__node_set_get(&c->shared, n) || is_cheap(n)) return BRASA_OK;
    pipe_settle(c, out);
    brasa__node_set_add(&c->made, n, brasa__arena_copy(c->arena, out, sizeof *out));
    return BRASA_OK;
}

static void find_shared(cutter *c, const brasa_node *n)
{
    for (int32_t i = 0; i < n->ninputs; i++) {
        if (brasa__node_set_add(&c->parents, n->inputs[i], n))
            find_shared(c, n->inputs[i]);
        else
            brasa__node_set_add(&c->shared, n->inputs[i], n);
    }
}

/* Every stage's output goes when the last stage that reads it has run. */
static void mark_free(cutter *c)
{
    int32_t *last = BRASA_NEWS(c->arena, int32_t, c->nstages + 1);

    for (int32_t i = 0; i < c->nstages; i++) last[i] = -1;
    for (int32_t s = 0; s < c->nstages; s++) {
        const brasa_stage *stage = &c->stages[s];
        for (int32_t i = 0; i < stage->source.nstages; i++) last[stage->source.stages[i]] = s;
        for (int32_t i = 0; i < stage->nops; i++) {
            if (stage->ops[i].kind == BRASA_OP_PROBE) last[stage->ops[i].u.probe.build] = s;
            if (stage->ops[i].kind == BRASA_OP_RUNTIME) last[stage->ops[i].u.runtime.build] = s;
        }
    }
    for (int32_t s = 0; s < c->nstages; s++) {
        int32_t *list = BRASA_NEWS(c->arena, int32_t, c->nstages + 1), n = 0;
        for (int32_t i = 0; i < c->nstages; i++) {
            if (last[i] == s) list[n++] = i;
        }
        c->stages[s].nfree = n;
        c->stages[s].free = list;
    }
}

brasa_status brasa__stage_cut(brasa_arena *arena, const brasa_node *plan, const brasa_action *action, const brasa_topology *topology,
                              brasa_job *out, brasa_error *err)
{
    cutter          c = {.arena = arena, .topology = *topology, .estimator = brasa__estimator_new(arena)};
    brasa_sink_desc sink = {.kind = action->kind, .cache = action->cache, .write = action->write};
    pipe            p;

    brasa__node_set_init(&c.parents, arena);
    brasa__node_set_init(&c.shared, arena);
    brasa__node_set_init(&c.made, arena);
    find_shared(&c, plan);
    BRASA_TRY(cut_node(&c, plan, &p, err));
    pipe_close(&c, &p, &sink);
    cut_runtime_filters(&c);
    mark_free(&c);
    *out = (brasa_job) {.nstages = c.nstages, .stages = c.stages, .schema = p.schema, .plan = plan};
    return BRASA_OK;
}
