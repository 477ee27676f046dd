/* op_runtime.c -- drop rows that a join further on would drop: their key is not among those of the build side.
 *
 * The filter is made of what the build side's stage left on this worker, before the tasks run; where a join's build side lies in parts on several
 * workers and rows have yet to be exchanged, the workers put their filters together (`brasa__runtime_share`, collective).  It may pass rows
 * that have no partner, so it may give up: a thread that sees most rows pass stops asking.
 */
#include <string.h>

#include "base/alloc.h"
#include "comm/agree.h"
#include "data/type.h"
#include "exec/key_filter.h"
#include "exec/run.h"
#include "exec/runtime.h"

enum { MOST_KEYS = 1 << 23, MOST_SHARED = 1 << 21, TRIAL_BATCHES = 16 };

typedef struct runtime_shared {
    brasa_op_shared  base; /* first member */
    brasa_key_filter filter;
    brasa_partitions input;
} runtime_shared;

typedef struct runtime_op {
    brasa_op          base; /* first member */
    brasa_agg_scratch scratch;
    uint64_t         *hash;
    int32_t          *sel, *pass;
    int64_t           asked, passed;
    int32_t           batches;
    bool              off;
} runtime_op;

static brasa_status choose(void *filter, brasa_error *err)
{
    (void)err;
    brasa__key_filter_choose(filter, MOST_KEYS);
    return BRASA_OK;
}

/* A query does not fail for want of room for what only makes it faster. */
static void choose_if_there_is_room(brasa_key_filter *f)
{
    brasa_error ignored;

    brasa__error_clear(&ignored);
    if (brasa__guarded(choose, f, &ignored) != BRASA_OK) f->kind = BRASA_KEYS_ALL;
}

static brasa_status open_shared(brasa_op_shared *base, brasa_error *err)
{
    runtime_shared      *s = (runtime_shared *)base;
    const brasa_op_desc *d = base->desc;

    BRASA_TRY(brasa_run_stage_output(base->run, d->u.runtime.build, &s->input, err));
    brasa_type t = base->in.cols[d->u.runtime.col].type;
    BRASA_TRY(brasa__key_filter_measure(base->run, base->arena, &s->input, d->u.runtime.build_col, t, &s->filter, err));
    if (d->u.runtime.shared && base->workers > 1) return BRASA_OK; /* brasa__runtime_share goes on */
    choose_if_there_is_room(&s->filter);
    return brasa__key_filter_fill(base->run, base->arena, &s->input, d->u.runtime.build_col, &s->filter, err);
}

static void close_shared(brasa_op_shared *base)
{
    brasa__key_filter_free(&((runtime_shared *)base)->filter);
}

static brasa_status open_op(brasa_op *base, brasa_error *err)
{
    runtime_op          *op = (runtime_op *)base;
    const brasa_op_desc *d = base->shared->desc;

    (void)err;
    brasa__agg_scratch_init(base->arena, base->shared->in.cols[d->u.runtime.col].type, &op->scratch);
    op->hash = brasa__arena_alloc64(base->arena, sizeof *op->hash * BRASA_BATCH_ROWS);
    op->sel = brasa__arena_alloc64(base->arena, sizeof *op->sel * BRASA_BATCH_ROWS);
    op->pass = brasa__arena_alloc64(base->arena, sizeof *op->pass * BRASA_BATCH_ROWS);
    op->off = ((const runtime_shared *)base->shared)->filter.kind == BRASA_KEYS_ALL;
    return BRASA_OK;
}

/* After some batches: is it worth asking? */
static void judge(runtime_op *op, int32_t asked, int32_t passed)
{
    op->asked += asked;
    op->passed += passed;
    if (++op->batches == TRIAL_BATCHES) op->off = op->passed > op->asked / 4 * 3;
}

static brasa_status push(brasa_op *base, const brasa_batch *in, brasa_error *err)
{
    runtime_op           *op = (runtime_op *)base;
    const runtime_shared *s = (const runtime_shared *)base->shared;
    brasa_batch           out = *in; /* borrows the columns of `in` */

    if (op->off) return brasa_op_emit(base, in, err);
    brasa_agg_col keys = brasa__agg_dense(&in->cols[base->shared->desc->u.runtime.col], in->sel, in->nsel, true, &op->scratch);
    out.nsel = brasa__key_filter_test(&s->filter, &keys, in->nsel, op->hash, op->pass);
    judge(op, in->nsel, out.nsel);
    out.sel = op->pass;
    if (in->sel != NULL) {
        for (int32_t i = 0; i < out.nsel; i++) op->sel[i] = in->sel[op->pass[i]];
        out.sel = op->sel;
    }
    if (out.nsel == out.rows) out.sel = NULL;
    return out.nsel == 0 ? BRASA_OK : brasa_op_emit(base, &out, err);
}

const brasa_op_class brasa__op_runtime = {
    .name = "runtime filter",
    .shared_bytes = sizeof(runtime_shared),
    .op_bytes = sizeof(runtime_op),
    .open = open_shared,
    .op_open = open_op,
    .push = push,
    .close = close_shared,
};

/* ---- ranges for the scan ---- */

/* The build side's keys may be of a wider type than the column. */
static int64_t within(brasa_type t, int64_t v)
{
    int64_t most = INT64_MAX >> (64 - 8 * brasa__type_width(t));

    return v > most ? most : v < -most - 1 ? -most - 1 : v;
}

static void add_range(brasa_run *run, const runtime_shared *s, brasa_scan_test *out)
{
    const brasa_source *source = &run->stage->source;
    brasa_value        *ends = BRASA_NEWS(run->arena, brasa_value, 2);
    int32_t             at = s->base.desc->u.runtime.col, col = source->cols != NULL ? source->cols[at] : at;

    ends[0] = (brasa_value) {.type = s->filter.type, .u.i = within(s->filter.type, s->filter.least)};
    ends[1] = (brasa_value) {.type = s->filter.type, .u.i = within(s->filter.type, s->filter.most)};
    out[0] = (brasa_scan_test) {.col = col, .op = BRASA_SCAN_GE, .nvalues = 1, .values = &ends[0]};
    out[1] = (brasa_scan_test) {.col = col, .op = BRASA_SCAN_LE, .nvalues = 1, .values = &ends[1]};
}

/* Is the range known, of all keys that count here, and of a type that chunks have ranges of? */
static bool has_range(const runtime_shared *s)
{
    brasa_phys phys = brasa__type_phys(s->filter.type);

    if (s->base.desc->u.runtime.shared && s->base.workers > 1) return false;
    if (s->filter.kind != BRASA_KEYS_BITS && s->filter.kind != BRASA_KEYS_BLOOM) return false;
    return phys == BRASA_PHYS_I8 || phys == BRASA_PHYS_I16 || phys == BRASA_PHYS_I32 || phys == BRASA_PHYS_I64;
}

void brasa__runtime_tests(brasa_run *run, const brasa_scan_test **tests, int32_t *ntests)
{
    const brasa_source *source = &run->stage->source;
    brasa_scan_test    *all = BRASA_NEWS(run->arena, brasa_scan_test, source->ntests + 2 * run->nops);
    int32_t             n = 0;

    for (; n < source->ntests; n++) all[n] = source->tests[n];
    for (int32_t k = 0; k < run->nops; k++) {
        const brasa_op_shared *op = run->ops[k];
        bool                   narrows = op->cls == &brasa__op_filter || op->cls == &brasa__op_compact || op->cls == &brasa__op_runtime;

        if (!narrows) break;
        if (op->cls != &brasa__op_runtime || !has_range((const runtime_shared *)op)) continue;
        add_range(run, (const runtime_shared *)op, &all[n]);
        n += 2;
    }
    *tests = all;
    *ntests = n;
}

/* ---- filters that all workers share ---- */

typedef struct share_call {
    brasa_run      *run;
    runtime_shared *s;
    uint64_t       *from_all; /* [workers * part] */
    int64_t         part;     /* words that one worker puts together */
    int64_t        *counts;   /* [4 * workers] */
} share_call;

static brasa_status fill_own(void *arg, brasa_error *err)
{
    share_call *c = arg;
    int32_t     workers = c->run->workers->size;

    brasa__key_filter_choose(&c->s->filter, MOST_SHARED);
    BRASA_TRY(brasa__key_filter_fill(c->run, c->run->arena, &c->s->input, c->s->base.desc->u.runtime.build_col, &c->s->filter, err));
    c->part = (brasa__key_filter_words(&c->s->filter) + workers - 1) / workers;
    c->from_all = brasa__arena_alloc64(c->run->arena, (size_t)c->part * (size_t)workers * 8 + 8);
    c->counts = BRASA_NEWS(c->run->arena, int64_t, 4 * workers);
    return BRASA_OK;
}

/* What range and how many rows all workers have together. */
static brasa_status agree_on_size(brasa_run *run, brasa_key_filter *f, brasa_error *err)
{
    BRASA_TRY(brasa__comm_allreduce_min(run->workers, &f->least, 1, err));
    BRASA_TRY(brasa__comm_allreduce_max(run->workers, &f->most, 1, err));
    return brasa__comm_allreduce_sum(run->workers, &f->rows, 1, err);
}

/* Words [first, first + part) of every worker to the one that puts them together; from there to all. */
static brasa_status put_together(share_call *c, brasa_error *err)
{
    brasa_comm *workers = c->run->workers;
    int32_t     size = workers->size;
    int64_t     total = brasa__key_filter_words(&c->s->filter);
    int64_t    *slices = c->counts, *starts = slices + size, *own = starts + size, *places = own + size;
    uint64_t   *words = c->s->filter.words;

    for (int32_t r = 0; r < size; r++) {
        int64_t first = c->part * r < total ? c->part * r : total, last = c->part * (r + 1) < total ? c->part * (r + 1) : total;

        slices[r] = 8 * (last - first);
        starts[r] = 8 * first;
    }
    for (int32_t r = 0; r < size; r++) {
        own[r] = slices[workers->rank];
        places[r] = 8 * c->part * r;
    }
    BRASA_TRY(brasa__comm_alltoallv(workers, words, slices, starts, c->from_all, own, places, err));
    uint64_t *mine = words + starts[workers->rank] / 8;
    for (int32_t r = 0; r < size; r++) {
        for (int64_t i = 0; i < own[r] / 8; i++) mine[i] |= c->from_all[c->part * r + i];
    }
    /* what is sent must not lie where others' words arrive */
    memcpy(c->from_all, mine, (size_t)own[0]);
    for (int32_t r = 0; r < size; r++) places[r] = 0;
    return brasa__comm_alltoallv(workers, c->from_all, own, places, words, slices, starts, err);
}

static brasa_status share_one(brasa_run *run, runtime_shared *s, brasa_error *err)
{
    share_call   c = {.run = run, .s = s};
    brasa_status status;

    BRASA_TRY(agree_on_size(run, &s->filter, err));
    status = brasa__guarded(fill_own, &c, err);
    status = brasa__meet(run->workers, status, err);
    if (status == BRASA_NO_MEMORY) { /* of any worker: all go without */
        brasa__key_filter_free(&s->filter);
        s->filter.kind = BRASA_KEYS_ALL;
        brasa__error_clear(err);
        return BRASA_OK;
    }
    BRASA_TRY(status);
    return brasa__key_filter_words(&s->filter) == 0 ? BRASA_OK : put_together(&c, err);
}

brasa_status brasa__runtime_share(brasa_run *run, brasa_error *err)
{
    for (int32_t k = 0; k < run->nops; k++) {
        brasa_op_shared *s = run->ops[k];

        if (s->cls == &brasa__op_runtime && s->desc->u.runtime.shared) BRASA_TRY(share_one(run, (runtime_shared *)s, err));
    }
    return BRASA_OK;
}
