/* cut_join.c -- joins: which side is built, and whether it is broadcast or both are partitioned.
 *
 * With one worker the build side stays where it is.  With several it is broadcast (every worker gets all of it), or both sides are exchanged by their keys into equal
 * numbers of partitions.  A join that must find each build row once (it gives rows of the build side that have no match, or that have one) cannot be
 * broadcast; one that has no keys and cannot be broadcast is done in one partition; NOT IN needs to know all of the right side on every worker.
 */
#include "base/config.h"
#include "plan/make.h"
#include "stage/pipe.h"

/* The join as its PROBE sees it: the stream on the left. */
typedef struct shape {
    brasa_join_type type;
    bool            keep_build;
    bool            swapped;
} shape;

static shape shape_of(const brasa_node *n)
{
    brasa_join_type t = n->u.join.type;

    if (!n->u.join.build_left) return (shape) {t, false, false};
    if (t == BRASA_JOIN_LEFT) return (shape) {BRASA_JOIN_RIGHT, false, true};
    if (t == BRASA_JOIN_RIGHT) return (shape) {BRASA_JOIN_LEFT, false, true};
    if (t == BRASA_JOIN_SEMI || t == BRASA_JOIN_ANTI) return (shape) {t, true, true};
    return (shape) {t, false, true};
}

/* Gives rows of the build side after the stream has ended. */
static bool is_late(shape s)
{
    return s.keep_build || s.type == BRASA_JOIN_RIGHT || s.type == BRASA_JOIN_FULL;
}

typedef struct sides {
    const brasa_node        *n;
    shape                    shape;
    pipe                     stream, build;
    const brasa_expr *const *stream_keys, *const *build_keys;
    int32_t nkeys;
} sides;

static int32_t close_local(cutter *c, pipe *p)
{
    brasa_sink_desc sink = {.kind = BRASA_SINK_LOCAL};
    bool            whole = p->source.kind == BRASA_SOURCE_STAGES && p->source.nstages == 1 && p->nops == 0;

    return whole ? p->source.stages[0] : pipe_close(c, p, &sink);
}

static int32_t close_broadcast(cutter *c, pipe *p)
{
    brasa_sink_desc sink = {.kind = BRASA_SINK_EXCHANGE, .exchange = BRASA_EXCHANGE_BROADCAST, .nparts = 1};

    return pipe_close(c, p, &sink);
}

static bool wants_broadcast(const cutter *c, const sides *s)
{
    if (s->n->u.join.null_aware || s->nkeys == 0) return true;
    if (s->n->u.join.strategy == BRASA_STRATEGY_BROADCAST) return true;
    if (s->n->u.join.strategy == BRASA_STRATEGY_PARTITIONED) return false;
    if (!brasa__broadcast_pays(s->build.rows, s->stream.rows, s->stream.bytes, c->topology.workers)) return false;
    if (s->build.bytes <= (double)brasa__setting_int(BRASA_SET_BROADCAST_BYTES)) return true;
    /* sent to each other worker, or both sides once: whichever moves less */
    return s->build.bytes * (c->topology.workers - 1) <
               (s->stream.bytes + s->build.bytes) * (c->topology.workers - 1) / c->topology.workers &&
           s->build.bytes < 4.0 * (double)brasa__setting_int(BRASA_SET_BROADCAST_BYTES);
}

/* Which of the join's keys a side is already partitioned by, in the order of its layout: -1 where one is not a key of the join. */
static bool layout_keys(const layout *l, const brasa_expr *const *keys, int32_t nkeys, int32_t *which)
{
    if (l->kind != LAYOUT_HASH) return false;
    for (int32_t i = 0; i < l->nkeys; i++) {
        which[i] = -1;
        for (int32_t k = 0; k < nkeys; k++) {
            if (brasa__expr_equal(l->keys[i], keys[k]) || (l->also && l->also[i] && brasa__expr_equal(l->also[i], keys[k]))) which[i] = k;
        }
        if (which[i] < 0) return false;
    }
    return true;
}

static void pick_keys(cutter *c, const brasa_expr *const *keys, const int32_t *which, int32_t n, const brasa_expr ***out)
{
    *out = BRASA_NEWS(c->arena, const brasa_expr *, n + 1);
    for (int32_t i = 0; i < n; i++) (*out)[i] = keys[which[i]];
}

static bool same_order(const int32_t *a, int32_t na, const int32_t *b, int32_t nb)
{
    if (na != nb) return false;
    for (int32_t i = 0; i < na; i++) {
        if (a[i] != b[i]) return false;
    }
    return true;
}

/* Both sides by the same keys into as many partitions; a side that lies that way stays. */
static void partition_both(cutter *c, sides *s)
{
    int32_t            cap = s->nkeys + s->stream.lay.nkeys + s->build.lay.nkeys + 1;
    int32_t           *ws = BRASA_NEWS(c->arena, int32_t, cap), *wb = BRASA_NEWS(c->arena, int32_t, cap);
    bool               stream_fits = layout_keys(&s->stream.lay, s->stream_keys, s->nkeys, ws);
    bool               build_fits = layout_keys(&s->build.lay, s->build_keys, s->nkeys, wb);
    const brasa_expr **keys;

    if (stream_fits && build_fits && s->stream.lay.nparts == s->build.lay.nparts &&
        same_order(ws, s->stream.lay.nkeys, wb, s->build.lay.nkeys)) {
        return;
    }
    if (stream_fits && (!build_fits || s->stream.bytes >= s->build.bytes)) {
        pick_keys(c, s->build_keys, ws, s->stream.lay.nkeys, &keys);
        pipe_hash(c, &s->build, keys, s->stream.lay.nkeys, s->stream.lay.nparts);
        return;
    }
    if (build_fits) {
        pick_keys(c, s->stream_keys, wb, s->build.lay.nkeys, &keys);
        pipe_hash(c, &s->stream, keys, s->build.lay.nkeys, s->build.lay.nparts);
        return;
    }
    int32_t a = partition_count(c, s->stream.rows, s->stream.bytes), b = partition_count(c, s->build.rows, s->build.bytes);
    int32_t nparts = a > b ? a : b;
    /* the build side first: when it turns out small, the stream need not be exchanged (driver/adapt.c) */
    pipe_hash(c, &s->build, s->build_keys, s->nkeys, nparts);
    pipe_hash(c, &s->stream, s->stream_keys, s->nkeys, nparts);
}

static int32_t place_build(cutter *c, sides *s)
{
    if (c->topology.workers == 1) return close_local(c, &s->build);
    if (s->stream.lay.kind == LAYOUT_SINGLE && s->build.lay.kind == LAYOUT_SINGLE) return close_local(c, &s->build);
    if (!is_late(s->shape) && wants_broadcast(c, s)) return close_broadcast(c, &s->build);
    if (s->nkeys == 0 || s->n->u.join.null_aware) {
        pipe_gather(c, &s->stream);
        pipe_gather(c, &s->build);
    } else {
        partition_both(c, s);
    }
    return close_local(c, &s->build);
}

/* An inner join's keys are equal on both sides: the layout may be named by either, over the output's columns. */
static layout joined_layout(cutter *c, const sides *s)
{
    layout             l = s->stream.lay;
    int32_t            nstream = s->stream.schema.ncols, nbuild = s->build.schema.ncols;
    const brasa_expr **keys, **also;

    if (is_late(s->shape)) return (layout) {.kind = LAYOUT_ANY};
    if (l.kind != LAYOUT_HASH) return l;
    keys = BRASA_NEWS(c->arena, const brasa_expr *, l.nkeys + 1);
    also = BRASA_NEWS(c->arena, const brasa_expr *, l.nkeys + 1);
    for (int32_t i = 0; i < l.nkeys; i++) {
        keys[i] = brasa__expr_shift(c->arena, l.keys[i], s->shape.swapped ? nbuild : 0);
        for (int32_t k = 0; k < s->nkeys && s->shape.type == BRASA_JOIN_INNER; k++) {
            if (brasa__expr_equal(l.keys[i], s->stream_keys[k]))
                also[i] = brasa__expr_shift(c->arena, s->build_keys[k], s->shape.swapped ? 0 : nstream);
        }
    }
    l.keys = keys;
    l.also = also;
    return l;
}

brasa_status cut_join(cutter *c, const brasa_node *n, pipe *out, brasa_error *err)
{
    bool  left = n->u.join.build_left;
    sides s = {.n = n, .shape = shape_of(n), .nkeys = n->u.join.nkeys};

    if (left && (n->u.join.type == BRASA_JOIN_MARK || n->u.join.type == BRASA_JOIN_SINGLE)) {
        return brasa__fail(err, BRASA_INTERNAL, "a %s join cannot be built on its left side",
                           n->u.join.type == BRASA_JOIN_MARK ? "mark" : "single");
    }
    s.stream_keys = left ? n->u.join.right_keys : n->u.join.left_keys;
    s.build_keys = left ? n->u.join.left_keys : n->u.join.right_keys;
    BRASA_TRY(cut_node(c, n->inputs[left ? 1 : 0], &s.stream, err));
    BRASA_TRY(cut_node(c, n->inputs[left ? 0 : 1], &s.build, err));
    brasa_schema build_schema = s.build.schema;
    int32_t      build = place_build(c, &s);
    layout       lay = joined_layout(c, &s);

    *out = s.stream;
    brasa_op_desc *op = pipe_add(c, out, BRASA_OP_PROBE, n, n->schema);
    op->u.probe.type = s.shape.type;
    op->u.probe.keep_build = s.shape.keep_build;
    op->u.probe.swapped = s.shape.swapped;
    op->u.probe.null_aware = n->u.join.null_aware;
    op->u.probe.partitioned = n->u.join.strategy == BRASA_STRATEGY_PARTITIONED;
    op->u.probe.build = build;
    op->u.probe.build_schema = build_schema;
    op->u.probe.nkeys = s.nkeys;
    op->u.probe.probe_keys = s.stream_keys;
    op->u.probe.build_keys = s.build_keys;
    op->u.probe.null_equal = n->u.join.null_equal;
    op->u.probe.residual = n->u.join.residual;
    out->lay = lay;
    out->late |= is_late(s.shape);
    return BRASA_OK;
}
