/* source_stages.c -- partitions that earlier stages, or a cache, left on this worker.
 *
 * One stage: partitions keep their numbers.  Several (UNION): one stage's after the other's, numbered anew so that no two workers use one number.
 * Blocks that nobody needs after this stage are given back as their task ends.  The driver may have asked for tasks of several small partitions, or of
 * parts of a large one; these are then numbered like late ones.  Blocks of a cache whose range says that no row passes the filters on it are left out
 * ("zone maps", Moerkotte, "Small Materialized Aggregates", 1998); ranges are measured as they are asked for.
 */
#include "exec/run.h"
#include "exec/runtime.h"

/* Is the output of stage `id` for this source alone, and dropped after the stage? */
static bool consumed(const brasa_stage *stage, int32_t id)
{
    int32_t uses = 0;
    bool    dropped = false;

    for (int32_t i = 0; i < stage->nfree; i++) dropped |= stage->free[i] == id;
    for (int32_t i = 0; i < stage->source.nstages; i++) uses += stage->source.stages[i] == id;
    for (int32_t i = 0; i < stage->nops; i++) {
        if (stage->ops[i].kind == BRASA_OP_PROBE && stage->ops[i].u.probe.build == id) uses++;
    }
    return dropped && uses == 1; /* nobody else, whatever is picked of it: what is not goes with the stage */
}

/* Is partition `number` of the first stage one that is asked for? */
static bool picked(const brasa_source *s, int32_t number)
{
    for (int32_t i = 0; i < s->npick; i++) {
        if (s->pick[i] == number) return !s->others;
    }
    return s->npick == 0 || s->others;
}

/* `pick`: NULL: all partitions. */
static void add_tasks(brasa_run *run, brasa_output *o, const brasa_source *pick, bool consume)
{
    for (int32_t i = 0; i < o->count; i++) {
        if (pick != NULL && !picked(pick, o->items[i].number)) continue;
        run->tasks[run->ntasks++] = (brasa_task) {.number = o->items[i].number,
                                                  .output = o,
                                                  .item = i,
                                                  .count = 1,
                                                  .consume = consume,
                                                  .bytes = (int64_t)o->items[i].blocks.bytes};
    }
}

enum { UNION_BRANCHES = 8, UNION_PARTS = 1 << 27 };

/* Numbers below BRASA_LATE keep the order (branch, partition) while there is room; the others are numbered like late ones. */
static void number_branch(brasa_run *run, int32_t branch, int32_t first)
{
    for (int32_t i = first; i < run->ntasks; i++) {
        brasa_task *t = &run->tasks[i];

        if (branch < UNION_BRANCHES && t->number < UNION_PARTS) {
            t->number += branch * UNION_PARTS;
        } else {
            t->number = BRASA_LATE + run->late++ * run->workers->size + run->workers->rank;
        }
    }
}

/* Late partitions of this stage come after those that it reads. */
static void skip_late(brasa_run *run)
{
    for (int32_t i = 0; i < run->ntasks; i++) {
        int32_t k = run->tasks[i].number < BRASA_LATE ? 0 : (run->tasks[i].number - BRASA_LATE) / run->workers->size + 1;

        if (k > run->late) run->late = k;
    }
}

/* Neighbours are one task up to so many bytes; it has the number of the first. */
static void merge_tasks(brasa_run *run, int64_t most)
{
    int32_t n = 0;
    int64_t bytes = 0;

    for (int32_t i = 0; i < run->ntasks; i++) {
        brasa_task *t = &run->tasks[i], *before = &run->tasks[n > 0 ? n - 1 : 0];
        int64_t     more = (int64_t)t->output->items[t->item].blocks.bytes;

        if (n > 0 && before->output == t->output && before->item + before->count == t->item && bytes + more <= most) {
            before->count++;
            before->bytes += t->bytes;
            bytes += more;
        } else {
            run->tasks[n++] = *t;
            bytes = more;
        }
    }
    run->ntasks = n;
}

static int32_t pieces_of(const brasa_task *t, int64_t most)
{
    const brasa_blocks *b = &t->output->items[t->item].blocks;
    int64_t             n = (int64_t)b->bytes / most;

    return n < 2 || b->count < 2 ? 1 : n < b->count ? (int32_t)n : b->count;
}

static void split_tasks(brasa_run *run, int64_t most)
{
    brasa_task *whole = run->tasks;
    int32_t     nwhole = run->ntasks, n = 0;

    for (int32_t i = 0; i < nwhole; i++) n += pieces_of(&whole[i], most);
    run->tasks = BRASA_NEWS(run->arena, brasa_task, n);
    run->ntasks = 0;
    for (int32_t i = 0; i < nwhole; i++) {
        int32_t pieces = pieces_of(&whole[i], most), blocks = whole[i].output->items[whole[i].item].blocks.count;

        for (int32_t k = 0; k < pieces; k++) {
            brasa_task *t = &run->tasks[run->ntasks++];
            *t = whole[i];
            if (pieces == 1) continue;
            t->consume = false;
            t->bytes /= pieces;
            t->first = (int32_t)((int64_t)blocks * k / pieces);
            t->last = (int32_t)((int64_t)blocks * (k + 1) / pieces);
            if (k > 0) t->number = BRASA_LATE + run->late++ * run->workers->size + run->workers->rank;
        }
    }
}

/* The outputs, one after another, that are to be read. */
static brasa_status find_outputs(const brasa_run *run, int32_t n, brasa_output **out, brasa_error *err)
{
    const brasa_source *s = &run->stage->source;

    for (int32_t i = 0; i < n; i++) {
        if (s->kind == BRASA_SOURCE_STAGES) {
            out[i] = brasa__store_get(run->store, s->stages[i]);
            if (out[i] == NULL) return brasa__fail(err, BRASA_INTERNAL, "the output of stage %d is not on this worker", s->stages[i]);
        } else {
            out[i] = brasa__store_get(run->caches, s->caches[i]);
            if (out[i] == NULL) return brasa__fail(err, BRASA_INTERNAL, "cache %lld is not on this worker", (long long)s->caches[i]);
        }
    }
    return BRASA_OK;
}

typedef struct cache_tests {
    const brasa_scan_test *items;
    int32_t                n;
} cache_tests;

static void find_tests(brasa_run *run)
{
    cache_tests *t = BRASA_NEW(run->arena, cache_tests);

    brasa__runtime_tests(run, &t->items, &t->n);
    run->source_state = t;
}

static bool outside(const brasa_value *v, int64_t least, int64_t most)
{
    return v->u.i < least || v->u.i > most;
}

/* Does no value of the range pass? */
static bool refutes(const brasa_scan_test *t, int64_t least, int64_t most)
{
    switch (t->op) {
    case BRASA_SCAN_LT: return least >= t->values[0].u.i;
    case BRASA_SCAN_LE: return least > t->values[0].u.i;
    case BRASA_SCAN_GT: return most <= t->values[0].u.i;
    case BRASA_SCAN_GE: return most < t->values[0].u.i;
    case BRASA_SCAN_EQ:
    case BRASA_SCAN_IN:
        for (int32_t i = 0; i < t->nvalues; i++) {
            if (!outside(&t->values[i], least, most)) return false;
        }
        return true;
    case BRASA_SCAN_NOT_NULL: return least > most;
    case BRASA_SCAN_IS_NULL: return false;
    }
    return false;
}

static bool passes(const brasa_run *run, brasa_block *block)
{
    const cache_tests *t = run->source_state;
    int64_t            least, most;

    for (int32_t i = 0; t != NULL && i < t->n; i++) {
        if (!brasa__block_range(block, t->items[i].col, &least, &most)) continue;
        if ((least > most && t->items[i].op != BRASA_SCAN_IS_NULL) || refutes(&t->items[i], least, most)) return false;
    }
    return true;
}

static brasa_status open_stages(brasa_run *run, brasa_error *err)
{
    const brasa_source *s = &run->stage->source;
    bool                stages = s->kind == BRASA_SOURCE_STAGES;
    int32_t             n = stages ? s->nstages : s->ncaches, parts = 0;
    brasa_output      **outputs = BRASA_NEWS(run->arena, brasa_output *, n + 1);

    BRASA_TRY(find_outputs(run, n, outputs, err));
    for (int32_t i = 0; i < n; i++) parts += outputs[i]->count;
    run->tasks = BRASA_NEWS(run->arena, brasa_task, parts);
    for (int32_t i = 0; i < n; i++) {
        int32_t first = run->ntasks;
        bool    consume = stages && (consumed(run->stage, s->stages[i]) || (i == 0 && s->consume));

        add_tasks(run, outputs[i], stages && i == 0 ? s : NULL, consume);
        if (n > 1) number_branch(run, i, first);
    }
    skip_late(run);
    if (!stages) find_tests(run);
    if (s->task_bytes > 0) merge_tasks(run, s->task_bytes);
    if (s->split_bytes > 0) split_tasks(run, s->split_bytes);
    return BRASA_OK;
}

static void unref(void *block)
{
    brasa__block_unref(block);
}

/* Of a cache only the columns that are asked for. */
static brasa_block *wanted(const brasa_source *s, brasa_block *block, brasa_arena *arena)
{
    if (s->kind != BRASA_SOURCE_CACHE || s->cols == NULL) return block;
    brasa_block *part = brasa__block_project(block, s->cols, s->schema.ncols);
    brasa__arena_defer(arena, unref, part);
    return part;
}

static brasa_status run_stages(brasa_op *src, const brasa_task *task, brasa_arena *arena, brasa_error *err)
{
    for (int32_t i = task->item; i < task->item + task->count; i++) {
        brasa_blocks *blocks = &task->output->items[i].blocks;
        int32_t       last = task->last > 0 ? task->last : blocks->count;

        for (int32_t b = task->first; b < last && !src->enough; b++) {
            if (!passes(src->shared->run, blocks->items[b])) continue;
            BRASA_TRY(brasa_op_emit_block(src, wanted(&src->shared->run->stage->source, blocks->items[b], arena), err));
        }
        if (task->consume) brasa__blocks_clear(blocks);
    }
    return BRASA_OK;
}

const brasa_source_class brasa__source_stages = {.name = "stages", .open = open_stages, .run_task = run_stages};
