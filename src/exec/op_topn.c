/* op_topn.c -- the first `limit` rows of the worker, in order.
 *
 * A thread keeps candidates; when there are several times as many as wanted it sorts them and keeps the first.  From then on the last of these is the bar: rows whose
 * prefix of the key (kernel/sortkey.h) is beyond it are dropped as they come; where the prefixes are equal the rows are compared.  One thread sorts what all have kept.
 */
#include <string.h>

#include "data/block.h"
#include "data/gather.h"
#include "exec/op.h"
#include "exec/sort_rows.h"

enum { SLACK = 4, LEAST = 8192 };

typedef struct topn_shared {
    brasa_op_shared  base;
    struct topn_op **ops;
} topn_shared;

typedef struct topn_op {
    brasa_op           base;
    brasa_sort_input   input;
    brasa_sort_spec    spec;
    brasa_sortkey_col *bar_keys; /* as the spec's, with null bytes, so that words of different batches compare */
    brasa_arena       *held;
    brasa_rowset      *rows;
    brasa_appender    *appender;
    bool               has_bar;
    uint64_t           bar, bar_low;
    int32_t            bar_block; /* of op->rows, whose last row it is */
    brasa_arena       *flat;      /* key columns of one batch, when they are dictionaries */
    uint64_t          *hi, *lo;
    int32_t           *sel;
} topn_op;

static void start(topn_op *op)
{
    op->held = brasa__arena_new(op->base.arena, "top rows");
    op->rows = brasa__rowset_new(op->held, op->input.schema);
    op->appender = brasa__rowset_appender(op->held, op->input.schema);
}

static brasa_status topn_open(brasa_op_shared *base, brasa_error *err)
{
    (void)err;
    ((topn_shared *)base)->ops = BRASA_NEWS(base->arena, topn_op *, base->threads);
    return BRASA_OK;
}

static brasa_status topn_op_open(brasa_op *base, brasa_error *err)
{
    topn_op             *op = (topn_op *)base;
    const brasa_op_desc *d = base->shared->desc;

    BRASA_TRY(brasa__sort_input_open(base->arena, base->shared->in, d->u.sort.keys, d->u.sort.nkeys, &op->input, err));
    brasa__sort_spec_make(base->arena, op->input.key_col, d->u.sort.keys, d->u.sort.nkeys, op->input.schema.ncols, &op->spec);
    base->eval = op->input.eval;
    op->bar_keys = brasa__arena_copy(base->arena, op->spec.keys, sizeof *op->bar_keys * (size_t)(op->spec.nkeys + 1));
    for (int32_t k = 0; k < op->spec.nkeys; k++) op->bar_keys[k].nullable = true;
    op->flat = brasa__arena_new(base->arena, "top keys");
    op->hi = BRASA_NEWS(base->arena, uint64_t, BRASA_BATCH_ROWS);
    op->lo = BRASA_NEWS(base->arena, uint64_t, BRASA_BATCH_ROWS);
    op->sel = BRASA_NEWS(base->arena, int32_t, BRASA_BATCH_ROWS);
    ((topn_shared *)base->shared)->ops[base->chain->thread] = op;
    start(op);
    return BRASA_OK;
}

/* Words of the keys asked for (others only break ties), of one batch of FLAT or CONST columns */
static void words(topn_op *op, const brasa_column *cols, int32_t n)
{
    brasa__sortkey_prefix(cols, op->bar_keys, op->spec.nwanted, n, op->hi, op->lo);
}

static brasa_status emit_sorted(topn_op *op, const brasa_rowset *rows, const brasa_sorted *order, int64_t n, int32_t ncols,
                                brasa_status (*take)(topn_op *op, const brasa_batch *in, brasa_error *err), brasa_error *err)
{
    int32_t      most = brasa_run_batch_rows(op->base.chain->run);
    brasa_arena *arena = brasa__arena_new(op->base.arena, "top rows out");

    for (int64_t from = 0; from < n; from += most) {
        int32_t       m = n - from < most ? (int32_t)(n - from) : most;
        brasa_column *cols = BRASA_NEWS(arena, brasa_column, ncols + 1);

        for (int32_t c = 0; c < ncols; c++) brasa__rowset_gather(rows, c, order->block + from, order->row + from, m, arena, &cols[c]);
        brasa_batch out = {.rows = m, .ncols = ncols, .cols = cols, .nsel = m};
        BRASA_TRY(take(op, &out, err));
        brasa__arena_reset(arena);
    }
    brasa__arena_free(arena);
    return BRASA_OK;
}

static brasa_status keep(topn_op *op, const brasa_batch *in, brasa_error *err)
{
    (void)err;
    words(op, in->cols, in->rows); /* the last one becomes the bar */
    op->bar = op->hi[in->rows - 1];
    op->bar_low = op->lo[in->rows - 1]; /* in full it is the last row of op->rows */
    brasa__appender_push(op->appender, in, brasa__rowset_sink, op->rows);
    return BRASA_OK;
}

static brasa_status give(topn_op *op, const brasa_batch *in, brasa_error *err)
{
    return brasa_op_emit(&op->base, in, err);
}

/* Keep only the first `limit` rows. */
static brasa_status prune(topn_op *op, int64_t limit, brasa_error *err)
{
    brasa_arena  *old = op->held;
    brasa_rowset *rows = op->rows;
    brasa_sorted  order;

    brasa__appender_finish(op->appender, brasa__rowset_sink, rows);
    BRASA_TRY(brasa__sort_rows(old, op->base.chain->run, rows, &op->spec, &order, err));
    start(op);
    op->has_bar = true;
    BRASA_TRY(emit_sorted(op, rows, &order, limit < order.rows ? limit : order.rows, op->input.schema.ncols, keep, err));
    brasa__appender_finish(op->appender, brasa__rowset_sink, op->rows);
    op->bar_block = op->rows->nblocks - 1;
    brasa__arena_free(old);
    return BRASA_OK;
}

/* The columns with keys that are dictionaries as the values themselves. */
static const brasa_column *flat_keys(topn_op *op, const brasa_batch *batch)
{
    brasa_column *cols = NULL;

    brasa__arena_reset(op->flat);
    for (int32_t k = 0; k < op->spec.nwanted; k++) {
        int32_t at = op->spec.keys[k].col;

        if (batch->cols[at].encoding != BRASA_DICT) continue;
        if (cols == NULL) cols = brasa__arena_copy(op->flat, batch->cols, sizeof *cols * (size_t)batch->ncols);
        brasa__column_gather(op->flat, &batch->cols[at], NULL, batch->rows, false, &cols[at]);
    }
    return cols == NULL ? batch->cols : cols;
}

/* Rows that may be among the first: those before the bar. */
static void below_bar(topn_op *op, brasa_batch *batch)
{
    int32_t n = 0, last = op->rows->blocks[op->bar_block]->rows - 1;

    words(op, flat_keys(op, batch), batch->rows);
    for (int32_t i = 0; i < batch->nsel; i++) {
        int32_t r = batch->sel == NULL ? i : batch->sel[i];

        op->sel[n] = r;
        if (op->hi[r] != op->bar || op->lo[r] != op->bar_low)
            n += op->hi[r] < op->bar || (op->hi[r] == op->bar && op->lo[r] < op->bar_low);
        else
            n += brasa__sortkey_compare(batch->cols, r, op->rows->cols[op->bar_block], last, op->spec.keys, op->spec.nkeys) < 0;
    }
    batch->sel = op->sel;
    batch->nsel = n;
}

static brasa_status topn_push(brasa_op *base, const brasa_batch *in, brasa_error *err)
{
    topn_op    *op = (topn_op *)base;
    int64_t     limit = base->shared->desc->u.sort.limit;
    brasa_batch batch;

    if (limit == 0) return BRASA_OK;
    BRASA_TRY(brasa__sort_input_batch(&op->input, in, &batch, err));
    if (op->has_bar) below_bar(op, &batch);
    if (batch.nsel == 0) return BRASA_OK;
    brasa__appender_push(op->appender, &batch, brasa__rowset_sink, op->rows);
    int64_t have = op->rows->rows + brasa__appender_rows(op->appender);
    return have > limit * SLACK && have > LEAST + limit ? prune(op, limit, err) : BRASA_OK;
}

static brasa_status topn_finish(brasa_op_shared *base, int32_t round, int32_t *npieces, brasa_error *err)
{
    (void)base;
    (void)err;
    *npieces = round == 0 ? 1 : 0;
    return BRASA_OK;
}

static brasa_status topn_piece(brasa_op *base, int32_t round, int32_t piece, brasa_error *err)
{
    topn_op           *op = (topn_op *)base;
    const topn_shared *s = (const topn_shared *)base->shared;
    int64_t            limit = base->shared->desc->u.sort.limit;
    brasa_arena       *arena = brasa__arena_new(base->arena, "all top rows");
    brasa_rowset      *all = brasa__rowset_new(arena, op->input.schema);
    brasa_sorted       order;

    (void)round;
    (void)piece;
    for (int32_t t = 0; t < base->shared->threads; t++) {
        topn_op *other = s->ops[t];

        brasa__appender_finish(other->appender, brasa__rowset_sink, other->rows);
        for (int32_t b = 0; b < other->rows->nblocks; b++) brasa__rowset_add(all, brasa__block_ref(other->rows->blocks[b]));
    }
    BRASA_TRY(brasa__sort_rows(arena, base->chain->run, all, &op->spec, &order, err));
    BRASA_TRY(emit_sorted(op, all, &order, limit < order.rows ? limit : order.rows, base->shared->out.ncols, give, err));
    brasa__arena_free(arena);
    return BRASA_OK;
}

const brasa_op_class brasa__op_topn = {
    .name = "top-n",
    .shared_bytes = sizeof(topn_shared),
    .op_bytes = sizeof(topn_op),
    .open = topn_open,
    .op_open = topn_op_open,
    .push = topn_push,
    .finish = topn_finish,
    .piece = topn_piece,
};
