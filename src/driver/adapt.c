/* adapt.c -- adaptive execution: decisions of the cut that true sizes prove wrong are taken back (as in Spark 3's adaptive query execution).
 *
 * After each exchange by hash:
 *   broadcast  a join whose build side turns out small gets all of it on every worker; its stream then needs no exchange: the stage that would have
 *              exchanged it goes on as the join's stage.  The build side runs first for this.
 *   coalesce   partitions that turn out tiny are worked on several at a time, neighbours together.
 *   split      a partition far above the median is worked on by several threads, where operators do not need it whole.
 *   spread     partitions of a join's stream that are far above the median go to all workers (adapt_skew.c).
 * Each stage is at the place that its id says: at a broadcast the one that exchanged the stream gives way to one that broadcasts the build side, so there are as many as before; those
 * that spread are new, and later ones get other numbers.
 */
#include "driver/adapt_inner.h"

#include <stdlib.h>

#include "base/config.h"
#include "data/type.h"
#include "plan/estimate.h"

/* ---- sizes ---- */

typedef struct sizes {
    int64_t  rows, bytes, largest, median;
    int32_t  parts; /* that have rows */
    int64_t *each;
} sizes;

static int compare_bytes(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static sizes measure(const adapter *a)
{
    const brasa_stage_report *last = &a->reports[a->done - 1];
    sizes                     s = {0};
    int32_t                   cap = 1;

    for (int32_t w = 0; w < last->nworkers; w++) cap += last->workers[w].nparts;
    s.each = BRASA_NEWS(a->arena, int64_t, cap);
    for (int32_t w = 0; w < last->nworkers; w++) {
        const brasa_stage_result *r = &last->workers[w];

        for (int32_t i = 0; i < r->nparts; i++) {
            if (r->parts[i].rows == 0) continue;
            s.rows += r->parts[i].rows;
            s.bytes += r->parts[i].bytes;
            s.each[s.parts++] = r->parts[i].bytes;
        }
    }
    if (s.parts == 0) return s;
    qsort(s.each, (size_t)s.parts, sizeof *s.each, compare_bytes);
    s.largest = s.each[s.parts - 1];
    s.median = s.each[s.parts / 2];
    return s;
}

/* ---- who reads what ---- */

static bool source_is(const brasa_stage *s, int32_t id)
{
    return s->source.kind == BRASA_SOURCE_STAGES && s->source.nstages == 1 && s->source.stages[0] == id;
}

int32_t adapt_readers(const adapter *a, int32_t id)
{
    int32_t n = 0;

    for (int32_t k = a->done; k < a->n; k++) {
        const brasa_stage *s = &a->stages[k];

        for (int32_t i = 0; i < s->source.nstages; i++) n += s->source.stages[i] == id;
        for (int32_t i = 0; i < s->nops; i++) n += s->ops[i].kind == BRASA_OP_PROBE && s->ops[i].u.probe.build == id;
    }
    return n;
}

/* Of a stage that has yet to run; -1: it has. */
static int32_t position(const adapter *a, int32_t id)
{
    return id >= a->done && id < a->n ? id : -1;
}

bool adapt_is_exchange(const brasa_stage *s, brasa_exchange_kind kind)
{
    return s->sink.kind == BRASA_SINK_EXCHANGE && s->sink.exchange == kind;
}

/* ---- broadcast instead of two exchanges ---- */

bool adapt_layout_is_free(const adapter *a, const brasa_stage *t, int32_t build)
{
    if (t->sink.kind != BRASA_SINK_EXCHANGE && t->sink.kind != BRASA_SINK_RESULT) return false;
    for (int32_t i = 0; i < t->nops; i++) {
        const brasa_op_desc *op = &t->ops[i];

        switch (op->kind) {
        case BRASA_OP_FILTER:
        case BRASA_OP_PROJECT:
        case BRASA_OP_EXPLODE:
        case BRASA_OP_RUNTIME:
        case BRASA_OP_GROUP_LIMIT:
        case BRASA_OP_TOPN: break;
        case BRASA_OP_MAP:
            if (op->u.map.per_partition) return false;
            break;
        case BRASA_OP_AGGREGATE:
            if (op->u.aggregate.mode != BRASA_AGG_PARTIAL) return false;
            break;
        case BRASA_OP_PROBE: {
            const brasa_stage *b = &a->stages[op->u.probe.build];
            if (op->u.probe.build != build && !adapt_is_exchange(b, BRASA_EXCHANGE_BROADCAST)) return false;
            break;
        }
        case BRASA_OP_SORT:
        case BRASA_OP_LIMIT:
        case BRASA_OP_SAMPLE:
        case BRASA_OP_WINDOW:
        case BRASA_OP_COUNT: return false;
        }
    }
    return true;
}

bool adapt_build_may_repeat(const brasa_op_desc *op)
{
    if (op->u.probe.null_aware || op->u.probe.keep_build) return false;
    return op->u.probe.type != BRASA_JOIN_RIGHT && op->u.probe.type != BRASA_JOIN_FULL;
}

static const brasa_op_desc *join_with(const brasa_stage *t, int32_t build)
{
    for (int32_t i = 0; i < t->nops; i++) {
        if (t->ops[i].kind == BRASA_OP_PROBE && t->ops[i].u.probe.build == build) return &t->ops[i];
    }
    return NULL;
}

/* Stage `moved` gives its place to one at `first`, and those between go up by one. */
static int32_t renumbered(int32_t id, int32_t first, int32_t moved)
{
    if (id == moved) return first;
    return id >= first && id < moved ? id + 1 : id;
}

static const int32_t *renumber_list(adapter *a, const int32_t *list, int32_t n, int32_t first, int32_t moved)
{
    int32_t *now = BRASA_NEWS(a->arena, int32_t, n + 1);

    for (int32_t i = 0; i < n; i++) now[i] = renumbered(list[i], first, moved);
    return now;
}

/* All that a stage names, when operators that look at stage `from` look at stage `to` instead, of which every worker has everything. */
static void rename_in(adapter *a, brasa_stage *s, int32_t from, int32_t to, int32_t moved)
{
    brasa_op_desc *ops = brasa__arena_copy(a->arena, s->ops, sizeof *ops * (size_t)s->nops);

    for (int32_t i = 0; i < s->nops; i++) {
        int32_t *build = ops[i].kind == BRASA_OP_PROBE     ? &ops[i].u.probe.build
                         : ops[i].kind == BRASA_OP_RUNTIME ? &ops[i].u.runtime.build
                                                           : NULL;

        if (build == NULL) continue;
        if (*build == from && ops[i].kind == BRASA_OP_RUNTIME) ops[i].u.runtime.shared = false;
        *build = *build == from ? to : renumbered(*build, to, moved);
    }
    s->ops = ops;
    s->id = renumbered(s->id, to, moved);
    s->source.stages = renumber_list(a, s->source.stages, s->source.nstages, to, moved);
    s->free = renumber_list(a, s->free, s->nfree, to, moved);
}

/* What `s` and `t` free, without `not`. */
static void free_both(adapter *a, const brasa_stage *s, brasa_stage *t, int32_t not )
{
    int32_t *list = BRASA_NEWS(a->arena, int32_t, s->nfree + t->nfree + 1), n = 0;

    for (int32_t i = 0; i < s->nfree; i++) {
        if (s->free[i] != not ) list[n++] = s->free[i];
    }
    for (int32_t i = 0; i < t->nfree; i++) {
        if (t->free[i] != not ) list[n++] = t->free[i];
    }
    t->free = list;
    t->nfree = n;
}

static brasa_stage broadcast_of(adapter *a, const brasa_stage *b, int32_t id)
{
    brasa_stage x = {.id = id, .schema = b->schema, .rows = b->rows, .nfree = 1};

    x.source = (brasa_source) {.kind = BRASA_SOURCE_STAGES, .schema = b->schema, .nstages = 1};
    x.source.stages = x.free = brasa__arena_copy(a->arena, &b->id, sizeof b->id);
    x.sink = (brasa_sink_desc) {.kind = BRASA_SINK_EXCHANGE, .exchange = BRASA_EXCHANGE_BROADCAST, .nparts = 1};
    return x;
}

/* The stage at position t joins what stage s (not yet run either) exchanges with what has run last. */
static void turn_to_broadcast(adapter *a, int32_t s, int32_t t)
{
    brasa_stage   *stream = &a->stages[s], *join = &a->stages[t];
    brasa_stage    build = a->stages[a->done - 1], x = broadcast_of(a, &build, a->done);
    brasa_op_desc *ops = BRASA_NEWS(a->arena, brasa_op_desc, stream->nops + join->nops + 1);

    for (int32_t i = 0; i < stream->nops; i++) ops[i] = stream->ops[i];
    for (int32_t i = 0; i < join->nops; i++) ops[stream->nops + i] = join->ops[i];
    join->source = stream->source;
    join->ops = ops;
    join->nops += stream->nops;
    free_both(a, stream, join, build.id); /* the stream's own number among them: now that of x */
    for (int32_t k = s; k > a->done; k--) a->stages[k] = a->stages[k - 1];
    for (int32_t k = a->done + 1; k < a->n; k++) rename_in(a, &a->stages[k], build.id, x.id, s);
    a->stages[a->done] = x;
}

enum { ROW_BYTES = 16 }; /* of a stream whose width nobody knows here */

static void try_broadcast(adapter *a, const sizes *size)
{
    const brasa_stage *build = &a->stages[a->done - 1];
    int64_t            most = brasa__setting_int(BRASA_SET_BROADCAST_BYTES);

    if (size->bytes > most || adapt_readers(a, build->id) != 1) return;
    for (int32_t t = a->done; t < a->n; t++) {
        const brasa_stage   *join = &a->stages[t];
        const brasa_op_desc *op = join_with(join, build->id);

        if (op == NULL) continue;
        if (op->u.probe.partitioned || !adapt_build_may_repeat(op) || join->source.kind != BRASA_SOURCE_STAGES || join->source.nstages != 1)
            return;
        int32_t s = position(a, join->source.stages[0]);
        if (s < 0 || s >= t || !adapt_is_exchange(&a->stages[s], BRASA_EXCHANGE_HASH) || adapt_readers(a, a->stages[s].id) != 1) return;
        if (!adapt_layout_is_free(a, join, build->id)) return;
        if (!brasa__broadcast_pays((double)size->rows, a->stages[s].rows, ROW_BYTES * a->stages[s].rows, a->topology->workers)) return;
        brasa__driver_decide(a->arena, a->out, join->id, "broadcast",
                             "stage %d left %lld bytes, at most %lld: all workers get them, and stage %d is not exchanged", (int)build->id,
                             (long long)size->bytes, (long long)most, (int)a->stages[s].id);
        turn_to_broadcast(a, s, t);
        return;
    }
}

/* ---- tasks of several partitions, and several of one ---- */

enum { TINY = 64 << 10, TASK_BYTES = 1 << 20, FEW_PARTS = 8 };

/* Rows of neighbouring partitions may be worked on as those of one; `split`: rows of one as those of two. */
static bool partitions_may_change(const brasa_stage *t, bool split)
{
    if (t->nops == 0 || (t->sink.kind != BRASA_SINK_EXCHANGE && t->sink.kind != BRASA_SINK_RESULT)) return false;
    for (int32_t i = 0; i < t->nops; i++) {
        const brasa_op_desc *op = &t->ops[i];

        switch (op->kind) {
        case BRASA_OP_FILTER:
        case BRASA_OP_PROJECT:
        case BRASA_OP_PROBE:
        case BRASA_OP_EXPLODE:
        case BRASA_OP_GROUP_LIMIT:
        case BRASA_OP_RUNTIME: break;
        case BRASA_OP_TOPN: return true;
        case BRASA_OP_AGGREGATE:
            if (op->u.aggregate.mode == BRASA_AGG_PARTIAL || op->u.aggregate.mode == BRASA_AGG_COMPLETE) return true;
            if (split) return false;
            break;
        case BRASA_OP_WINDOW:
            if (split) return false;
            break;
        case BRASA_OP_SORT:
        case BRASA_OP_LIMIT:
        case BRASA_OP_SAMPLE:
        case BRASA_OP_MAP:
        case BRASA_OP_COUNT: return false;
        }
    }
    return true;
}

static void resize_tasks(adapter *a, const sizes *size)
{
    int32_t id = a->stages[a->done - 1].id, nparts = a->stages[a->done - 1].sink.nparts;
    int64_t threads = (int64_t)a->topology->workers * a->topology->threads, share = size->bytes / (threads * ADAPT_TASKS_PER_THREAD);

    for (int32_t k = a->done; k < a->n; k++) {
        brasa_stage *t = &a->stages[k];

        if (!source_is(t, id)) continue;
        if (nparts >= FEW_PARTS && size->bytes / nparts < TINY && partitions_may_change(t, false)) {
            t->source.task_bytes = share < TINY ? TINY : share > TASK_BYTES ? TASK_BYTES : share;
            brasa__driver_decide(a->arena, a->out, t->id, "coalesce",
                                 "stage %d left %lld bytes in %d partitions: tasks of about %lld bytes", (int)id, (long long)size->bytes,
                                 (int)nparts, (long long)t->source.task_bytes);
        } else if (size->largest > brasa__setting_int(BRASA_SET_SKEW_BYTES) && size->largest > ADAPT_HEAVY * size->median &&
                   a->topology->threads > 1 && partitions_may_change(t, true)) {
            t->source.split_bytes = size->median > TASK_BYTES ? size->median : TASK_BYTES;
            brasa__driver_decide(a->arena, a->out, t->id, "split",
                                 "stage %d left a partition of %lld bytes, the median has %lld: tasks of about %lld bytes", (int)id,
                                 (long long)size->largest, (long long)size->median, (long long)t->source.split_bytes);
        }
    }
}

int32_t brasa__driver_adapt(const brasa_topology *topology, brasa_stage *stages, int32_t n, int32_t done, const brasa_stage_report *reports,
                            brasa_arena *arena, brasa_job_result *out)
{
    adapter a = {topology, stages, n, done, reports, arena, out};
    sizes   size;

    if (done >= n || !brasa__setting_bool(BRASA_SET_ADAPTIVE) || !adapt_is_exchange(&stages[done - 1], BRASA_EXCHANGE_HASH)) return n;
    size = measure(&a);
    if (topology->workers > 1) try_broadcast(&a, &size);
    if (topology->workers < 2 || !adapt_skew(&a)) resize_tasks(&a, &size);
    return a.n;
}
