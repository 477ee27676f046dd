/* pipe.c -- stages under construction: operators, exchanges, partitionings. */
#include "stage/pipe.h"

#include <math.h>
#include <string.h>

#include "base/config.h"
#include "plan/make.h"

brasa_op_desc *pipe_add(cutter *c, pipe *p, brasa_op_kind kind, const brasa_node *n, brasa_schema out)
{
    p->ops = brasa__arena_grow(c->arena, p->ops, &p->cap, p->nops + 1, sizeof *p->ops);
    brasa_op_desc *op = &p->ops[p->nops++];
    *op = (brasa_op_desc) {.kind = kind, .node = n ? n->id : p->node, .schema = out};
    p->schema = out;
    return op;
}

static brasa_schema pick_schema(brasa_arena *arena, brasa_schema s, const int32_t *cols, int32_t n)
{
    brasa_field *f = BRASA_NEWS(arena, brasa_field, n + 1);

    for (int32_t i = 0; i < n; i++) f[i] = s.cols[cols[i]];
    return (brasa_schema) {n, f};
}

void pipe_pick(cutter *c, pipe *p, const int32_t *cols, int32_t n)
{
    const brasa_expr **exprs = BRASA_NEWS(c->arena, const brasa_expr *, n + 1);
    bool               same = n == p->schema.ncols;

    for (int32_t i = 0; i < n; i++) {
        exprs[i] = brasa__schema_ref(c->arena, p->schema, cols[i], 0);
        same &= cols[i] == i;
    }
    if (same) return;
    brasa_schema out = pick_schema(c->arena, p->schema, cols, n);
    p->lay = layout_project(c, &p->lay, exprs, out);
    pipe_add(c, p, BRASA_OP_PROJECT, NULL, out)->u.project.exprs = exprs;
}

int32_t pipe_close(cutter *c, pipe *p, const brasa_sink_desc *sink)
{
    c->stages = brasa__arena_grow(c->arena, c->stages, &c->cap, c->nstages + 1, sizeof *c->stages);
    c->stages[c->nstages] = (brasa_stage) {
        .id = c->nstages, .source = p->source, .nops = p->nops, .ops = p->ops, .sink = *sink, .schema = p->schema, .rows = p->rows};
    return c->nstages++;
}

pipe pipe_over(cutter *c, const int32_t *stages, int32_t nstages, brasa_schema schema, layout lay, double rows, double bytes, int32_t node)
{
    pipe p = {.schema = schema, .lay = lay, .rows = rows, .bytes = bytes, .node = node};

    p.source = (brasa_source) {.kind = BRASA_SOURCE_STAGES, .node = -1, .schema = schema, .nstages = nstages};
    p.source.stages = brasa__arena_copy(c->arena, stages, sizeof *stages * (size_t)nstages);
    return p;
}

static void reopen(cutter *c, pipe *p, const brasa_sink_desc *sink, layout lay)
{
    int32_t id = pipe_close(c, p, sink);

    *p = pipe_over(c, &id, 1, p->schema, lay, p->rows, p->bytes, p->node);
}

void pipe_settle(cutter *c, pipe *p)
{
    brasa_sink_desc sink = {.kind = BRASA_SINK_LOCAL};

    reopen(c, p, &sink, p->late ? (layout) {.kind = LAYOUT_ANY} : p->lay);
}

/* Make every expression of a list a plain reference: those that are not become columns at the end of the pipe. */
static const brasa_expr **as_columns(cutter *c, pipe *p, const brasa_expr *const *keys, int32_t n)
{
    int32_t            ncols = p->schema.ncols, extra = 0;
    const brasa_expr **refs = BRASA_NEWS(c->arena, const brasa_expr *, n + 1);
    const brasa_expr **exprs = BRASA_NEWS(c->arena, const brasa_expr *, ncols + n + 1);
    brasa_field       *f = BRASA_NEWS(c->arena, brasa_field, ncols + n + 1);

    for (int32_t i = 0; i < ncols; i++) {
        exprs[i] = brasa__schema_ref(c->arena, p->schema, i, 0);
        f[i] = p->schema.cols[i];
    }
    for (int32_t i = 0; i < n; i++) {
        refs[i] = keys[i];
        if (keys[i]->kind == BRASA_EXPR_REF) continue;
        int32_t at = ncols + extra++;
        exprs[at] = keys[i];
        f[at] = (brasa_field) {.name = "key", .type = keys[i]->type, .nullable = keys[i]->nullable};
        refs[i] = brasa__expr_ref(c->arena, at, keys[i]->type, keys[i]->nullable, "key");
    }
    if (extra) pipe_add(c, p, BRASA_OP_PROJECT, NULL, (brasa_schema) {ncols + extra, f})->u.project.exprs = exprs;
    return refs;
}

/* Take off the columns that as_columns added. */
static void drop_extra(cutter *c, pipe *p, int32_t ncols)
{
    int32_t *cols = BRASA_NEWS(c->arena, int32_t, ncols + 1);

    for (int32_t i = 0; i < ncols; i++) cols[i] = i;
    pipe_pick(c, p, cols, ncols);
}

void pipe_gather(cutter *c, pipe *p)
{
    brasa_sink_desc sink = {.kind = BRASA_SINK_EXCHANGE, .exchange = BRASA_EXCHANGE_GATHER, .nparts = 1};

    reopen(c, p, &sink, (layout) {.kind = LAYOUT_SINGLE});
}

void pipe_hash(cutter *c, pipe *p, const brasa_expr *const *keys, int32_t nkeys, int32_t nparts)
{
    if (nparts == 1) {
        pipe_gather(c, p);
        return;
    }
    int32_t            ncols = p->schema.ncols;
    const brasa_expr **refs = as_columns(c, p, keys, nkeys);
    brasa_sink_desc sink = {.kind = BRASA_SINK_EXCHANGE, .exchange = BRASA_EXCHANGE_HASH, .nparts = nparts, .nkeys = nkeys, .keys = refs};

    reopen(c, p, &sink, (layout) {.kind = LAYOUT_ANY});
    drop_extra(c, p, ncols);
    p->lay = (layout) {
        .kind = LAYOUT_HASH, .nparts = nparts, .nkeys = nkeys, .keys = brasa__arena_copy(c->arena, keys, sizeof *keys * (size_t)nkeys)};
}

void pipe_range(cutter *c, pipe *p, const brasa_order *keys, int32_t nkeys, int32_t nparts)
{
    int32_t            ncols = p->schema.ncols;
    const brasa_expr **exprs = BRASA_NEWS(c->arena, const brasa_expr *, nkeys + 1);
    brasa_order       *order = brasa__arena_copy(c->arena, keys, sizeof *keys * (size_t)nkeys);

    for (int32_t i = 0; i < nkeys; i++) exprs[i] = keys[i].expr;
    exprs = as_columns(c, p, exprs, nkeys);
    for (int32_t i = 0; i < nkeys; i++) order[i].expr = exprs[i];
    brasa_sink_desc sink = {.kind = BRASA_SINK_EXCHANGE, .exchange = BRASA_EXCHANGE_RANGE, .nparts = nparts, .nsort = nkeys, .sort = order};
    reopen(c, p, &sink, (layout) {.kind = LAYOUT_ANY});
    drop_extra(c, p, ncols);
}

void pipe_number(cutter *c, pipe *p, int32_t nparts)
{
    brasa_sink_desc sink = {.kind = BRASA_SINK_EXCHANGE, .exchange = BRASA_EXCHANGE_NUMBER, .nparts = nparts};

    reopen(c, p, &sink, (layout) {.kind = nparts == 1 ? LAYOUT_SINGLE : LAYOUT_ANY});
}

/* Small data in pieces of 64 K rows, at most 64 of them; large data in pieces of 1 M rows or 32 MB.  Only when there are fewer than task threads does
 * their number count. */
enum { SMALL_ROWS = 1 << 16, SMALL_PARTS = 64, LARGE_ROWS = 1 << 20, LARGE_BYTES = 32 << 20, MOST_PARTS = 1 << 15 };

int32_t partition_count(const cutter *c, double rows, double bytes)
{
    int64_t set = brasa__setting_int(BRASA_SET_SHUFFLE_PARTITIONS);
    double  small = ceil(rows / SMALL_ROWS), large = ceil(fmax(rows / LARGE_ROWS, bytes / LARGE_BYTES));
    double  threads = (double)c->topology.workers * c->topology.threads;

    if (set > 0) return (int32_t)set;
    if (small > SMALL_PARTS) small = fmax(SMALL_PARTS, threads);
    double n = fmax(1, fmax(small, large));
    return n > MOST_PARTS ? MOST_PARTS : (int32_t)n;
}

static bool is_key(const layout *l, int32_t i, const brasa_expr *e)
{
    return brasa__expr_equal(l->keys[i], e) || (l->also && l->also[i] && brasa__expr_equal(l->also[i], e));
}

bool layout_groups(const layout *l, const brasa_expr *const *keys, int32_t nkeys)
{
    if (l->kind == LAYOUT_SINGLE) return true;
    if (l->kind != LAYOUT_HASH) return false;
    for (int32_t i = 0; i < l->nkeys; i++) {
        bool found = false;
        for (int32_t k = 0; k < nkeys; k++) found |= is_key(l, i, keys[k]);
        if (!found) return false;
    }
    return true;
}

static const brasa_expr *find_output(brasa_arena *arena, const brasa_expr *const *exprs, brasa_schema out, const brasa_expr *key)
{
    for (int32_t i = 0; key && i < out.ncols; i++) {
        if (brasa__expr_equal(exprs[i], key)) return brasa__schema_ref(arena, out, i, 0);
    }
    return NULL;
}

layout layout_project(cutter *c, const layout *l, const brasa_expr *const *exprs, brasa_schema out)
{
    if (l->kind != LAYOUT_HASH) return *l;
    const brasa_expr **keys = BRASA_NEWS(c->arena, const brasa_expr *, l->nkeys + 1);

    for (int32_t i = 0; i < l->nkeys; i++) {
        keys[i] = find_output(c->arena, exprs, out, l->keys[i]);
        if (!keys[i] && l->also) keys[i] = find_output(c->arena, exprs, out, l->also[i]);
        if (!keys[i]) return (layout) {.kind = LAYOUT_ANY};
    }
    return (layout) {.kind = LAYOUT_HASH, .nparts = l->nparts, .nkeys = l->nkeys, .keys = keys};
}
