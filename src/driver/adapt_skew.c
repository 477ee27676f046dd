/* adapt_skew.c -- partitions that hold far more of a join's stream than the others are spread over all workers (Spark's OptimizeSkewedJoin, across processes).
 *
 * When both sides of a join have been exchanged by hash, and a partition of the stream holds more than its share, three stages come before the join's:
 *
 *     spread     the rows of those partitions, evenly, to all workers
 *     replicate  the build side's partitions of the same numbers, to every worker
 *     gather up  what the build side has otherwise, and those: the build side as the join's stage finds it, by reference
 *
 * and the join reads the other partitions where they lie, then the spread ones.  Each row of the stream still meets all build rows of its key exactly once.  Joins that must see
 * all of the stream before they give build rows are left alone.
 */
#include <stdlib.h>

#include "base/config.h"
#include "driver/adapt_inner.h"

enum { NEW_STAGES = 3 };

/* ---- what is skewed ---- */

static int compare_sizes(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* Bytes of every partition that an exchange into nparts left. */
static int64_t *partition_bytes(const adapter *a, int32_t stage, int32_t nparts)
{
    const brasa_stage_report *r = &a->reports[stage];
    int64_t                  *bytes = BRASA_NEWS(a->arena, int64_t, nparts + 1);

    for (int32_t w = 0; w < r->nworkers; w++) {
        for (int32_t i = 0; i < r->workers[w].nparts; i++) {
            const brasa_partition_info *p = &r->workers[w].parts[i];

            if (p->partition >= 0 && p->partition < nparts) bytes[p->partition] += p->bytes;
        }
    }
    return bytes;
}

typedef struct skew {
    int32_t  n;
    int32_t *parts;
    int64_t  bytes, build_bytes; /* of these partitions */
    int64_t  median;
} skew;

/* Partitions of the stream above `skew-bytes`, several times the median, and more than a worker's fair part of all; those whose build side would cost more to replicate are left. */
static skew find_skew(const adapter *a, int32_t stream, int32_t build, int32_t nparts)
{
    int64_t  least = brasa__setting_int(BRASA_SET_SKEW_BYTES), total = 0, workers = a->topology->workers;
    int64_t *bytes = partition_bytes(a, stream, nparts), *other = partition_bytes(a, build, nparts);
    int64_t *sorted = brasa__arena_copy(a->arena, bytes, sizeof *bytes * (size_t)nparts);
    skew     s = {.parts = BRASA_NEWS(a->arena, int32_t, nparts + 1)};

    qsort(sorted, (size_t)nparts, sizeof *sorted, compare_sizes);
    s.median = sorted[nparts / 2];
    for (int32_t p = 0; p < nparts; p++) total += bytes[p];
    for (int32_t p = 0; p < nparts; p++) {
        bool heavy = bytes[p] > least && bytes[p] > ADAPT_HEAVY * s.median && bytes[p] > total / (2 * workers);

        if (!heavy || other[p] * (workers - 1) > bytes[p]) continue;
        s.parts[s.n++] = p;
        s.bytes += bytes[p];
        s.build_bytes += other[p];
    }
    return s;
}

/* ---- three stages more ---- */

static const int32_t *moved_list(adapter *a, const int32_t *list, int32_t n)
{
    int32_t *now = BRASA_NEWS(a->arena, int32_t, n + 1);

    for (int32_t i = 0; i < n; i++) now[i] = list[i] >= a->done ? list[i] + NEW_STAGES : list[i];
    return now;
}

/* Everything that a stage to come names, when those to come are renumbered. */
static void move_stage(adapter *a, brasa_stage *s)
{
    brasa_op_desc *ops = brasa__arena_copy(a->arena, s->ops, sizeof *ops * (size_t)s->nops);

    for (int32_t i = 0; i < s->nops; i++) {
        int32_t *build = ops[i].kind == BRASA_OP_PROBE     ? &ops[i].u.probe.build
                         : ops[i].kind == BRASA_OP_RUNTIME ? &ops[i].u.runtime.build
                                                           : NULL;

        if (build != NULL && *build >= a->done) *build += NEW_STAGES;
    }
    s->ops = ops;
    s->id += NEW_STAGES;
    s->source.stages = moved_list(a, s->source.stages, s->source.nstages);
    s->free = moved_list(a, s->free, s->nfree);
}

/* Room for three at `done`; the stages to come go up. */
static void make_room(adapter *a)
{
    for (int32_t k = a->n - 1; k >= a->done; k--) {
        a->stages[k + NEW_STAGES] = a->stages[k];
        move_stage(a, &a->stages[k + NEW_STAGES]);
    }
    for (int32_t i = 0; i < a->out->ndecisions; i++) {
        if (a->out->decisions[i].stage >= a->done) a->out->decisions[i].stage += NEW_STAGES;
    }
    a->n += NEW_STAGES;
}

static brasa_source read_stages(adapter *a, brasa_schema schema, int32_t first, int32_t second, const skew *s, bool others)
{
    int32_t      ids[] = {first, second};
    brasa_source x = {.kind = BRASA_SOURCE_STAGES, .node = -1, .schema = schema, .nstages = second < 0 ? 1 : 2};

    x.stages = brasa__arena_copy(a->arena, ids, sizeof ids);
    x.npick = s->n;
    x.pick = s->parts;
    x.others = others;
    return x;
}

static void join_reads(adapter *a, brasa_stage *t, int32_t from, int32_t to)
{
    brasa_op_desc *ops = brasa__arena_copy(a->arena, t->ops, sizeof *ops * (size_t)t->nops);

    for (int32_t i = 0; i < t->nops; i++) {
        if (ops[i].kind == BRASA_OP_PROBE && ops[i].u.probe.build == from) ops[i].u.probe.build = to;
        if (ops[i].kind != BRASA_OP_RUNTIME || ops[i].u.runtime.build != from) continue;
        ops[i].u.runtime.build = to;
        ops[i].u.runtime.shared = false;
    }
    t->ops = ops;
}

static void also_free(adapter *a, brasa_stage *s, int32_t id)
{
    int32_t *list = BRASA_NEWS(a->arena, int32_t, s->nfree + 1);

    for (int32_t i = 0; i < s->nfree; i++) list[i] = s->free[i];
    list[s->nfree++] = id;
    s->free = list;
}

static void spread(adapter *a, int32_t stream, int32_t build, int32_t t, const skew *s)
{
    brasa_schema rows = a->stages[stream].schema, built = a->stages[build].schema;
    int32_t      first = a->done, pieces = a->topology->workers * a->topology->threads * ADAPT_TASKS_PER_THREAD;

    make_room(a);
    brasa_stage *x = &a->stages[first], *join = &a->stages[t + NEW_STAGES];

    x[0] =
        (brasa_stage) {.id = first, .schema = rows, .rows = a->stages[stream].rows, .source = read_stages(a, rows, stream, -1, s, false)};
    x[0].source.consume = true;
    x[0].sink = (brasa_sink_desc) {.kind = BRASA_SINK_EXCHANGE, .exchange = BRASA_EXCHANGE_NUMBER, .nparts = pieces};
    x[1] = (brasa_stage) {
        .id = first + 1, .schema = built, .rows = a->stages[build].rows, .source = read_stages(a, built, build, -1, s, false)};
    x[1].sink = (brasa_sink_desc) {.kind = BRASA_SINK_EXCHANGE, .exchange = BRASA_EXCHANGE_BROADCAST, .nparts = 1};
    x[2] = (brasa_stage) {
        .id = first + 2, .schema = built, .rows = a->stages[build].rows, .source = read_stages(a, built, build, first + 1, s, true)};
    x[2].sink = (brasa_sink_desc) {.kind = BRASA_SINK_LOCAL};
    also_free(a, &x[2], first + 1);
    join->source = read_stages(a, rows, stream, first, s, true);
    join_reads(a, join, build, first + 2);
    also_free(a, join, first);
    also_free(a, join, first + 2);
}

/* ---- which join ---- */

/* The build side of the join in stage t, when stream and build side have both been exchanged into as many partitions; -1: none, or it must stay as it is. */
static int32_t build_of(const adapter *a, const brasa_stage *t, int32_t stream)
{
    for (int32_t i = 0; i < t->nops; i++) {
        const brasa_op_desc *op = &t->ops[i];
        int32_t              b = op->kind == BRASA_OP_PROBE ? op->u.probe.build : -1;

        if (b < 0 || b >= a->done || b == stream || !adapt_is_exchange(&a->stages[b], BRASA_EXCHANGE_HASH)) continue;
        if (a->stages[b].sink.nparts != a->stages[stream].sink.nparts || adapt_readers(a, b) != 1) return -1;
        return adapt_build_may_repeat(op) && adapt_layout_is_free(a, t, b) ? b : -1;
    }
    return -1;
}

bool adapt_skew(adapter *a)
{
    for (int32_t t = a->done; t < a->n; t++) {
        const brasa_source *from = &a->stages[t].source;
        int32_t             s = from->kind == BRASA_SOURCE_STAGES && from->nstages == 1 ? from->stages[0] : -1;

        if (s < 0 || s >= a->done || from->npick > 0 || !adapt_is_exchange(&a->stages[s], BRASA_EXCHANGE_HASH)) continue;
        int32_t b = adapt_readers(a, s) == 1 ? build_of(a, &a->stages[t], s) : -1, last = a->done - 1;
        if (b < 0 || (s != last && b != last)) continue;
        skew k = find_skew(a, s, b, a->stages[s].sink.nparts);
        if (k.n == 0) continue;
        spread(a, s, b, t, &k);
        brasa__driver_decide(
            a->arena, a->out, t + NEW_STAGES, "spread",
            "%d of %d partitions of stage %d hold %lld bytes, the median %lld: they go to all workers, each with the %lld bytes they are joined with",
            (int)k.n, (int)a->stages[s].sink.nparts, (int)s, (long long)k.bytes, (long long)k.median, (long long)k.build_bytes);
        return true;
    }
    return false;
}
