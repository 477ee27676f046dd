/* op_window.c -- functions over windows: each task's partition is sorted by the window's keys, cut, computed call by call, and emitted in that order.
 *
 * Partitions hold all rows of their keys (stage.h).  Without ORDER BY rows keep the order in which they came; with it, rows that it leaves equal are
 * ordered by their other columns, so that results do not depend on who sent them first.
 */
#include <string.h>

#include "base/hash.h"
#include "data/block.h"
#include "data/type.h"
#include "data/value.h"
#include "exec/window.h"

typedef struct window_op {
    brasa_op         base;
    brasa_sort_input input; /* keys, order, then arguments and filters of the calls */
    int32_t *first_expr;    /* [ncalls]: index into input.key_col of the call's first argument; then come its filter and its own order */
    brasa_sort_spec spec;
    brasa_arena    *held; /* of the partition */
    brasa_rowset   *rows;
    brasa_appender *appender;
} window_op;

static brasa_status window_op_open(brasa_op *base, brasa_error *err)
{
    window_op           *op = (window_op *)base;
    const brasa_op_desc *d = base->shared->desc;
    int32_t              nkeys = d->u.window.nkeys, norder = d->u.window.norder, most = nkeys + norder, n = 0;

    for (int32_t i = 0; i < d->u.window.ncalls; i++) most += d->u.window.calls[i].call->nargs + d->u.window.calls[i].call->norder + 1;
    brasa_order *exprs = BRASA_NEWS(base->arena, brasa_order, most + 1);

    op->first_expr = BRASA_NEWS(base->arena, int32_t, d->u.window.ncalls + 1);
    for (int32_t k = 0; k < nkeys; k++) exprs[n++] = (brasa_order) {.expr = d->u.window.keys[k]};
    for (int32_t k = 0; k < norder; k++) exprs[n++] = d->u.window.order[k];
    for (int32_t i = 0; i < d->u.window.ncalls; i++) {
        const brasa_expr *call = d->u.window.calls[i].call;

        op->first_expr[i] = n;
        for (int32_t a = 0; a < call->nargs; a++) exprs[n++] = (brasa_order) {.expr = call->args[a]};
        if (call->filter != NULL) exprs[n++] = (brasa_order) {.expr = call->filter};
        for (int32_t k = 0; k < call->norder; k++) exprs[n++] = (brasa_order) {.expr = call->order[k].expr};
    }
    BRASA_TRY(brasa__sort_input_open(base->arena, base->shared->in, exprs, n, &op->input, err));
    brasa__sort_spec_make(base->arena, op->input.key_col, exprs, nkeys + norder, op->input.schema.ncols, &op->spec);
    if (norder == 0) op->spec.nkeys = op->spec.nwanted;
    base->takes_blocks = op->input.eval == NULL;
    base->eval = op->input.eval;
    return BRASA_OK;
}

static brasa_status window_begin(brasa_op *base, brasa_error *err)
{
    window_op *op = (window_op *)base;

    (void)err;
    brasa__arena_free(op->held);
    op->held = NULL;
    op->held = brasa__arena_new(base->arena, "rows of windows");
    op->rows = brasa__rowset_new(op->held, op->input.schema);
    op->appender = brasa__rowset_appender(op->held, op->input.schema);
    return BRASA_OK;
}

static brasa_status window_push(brasa_op *base, const brasa_batch *in, brasa_error *err)
{
    window_op  *op = (window_op *)base;
    brasa_batch batch;

    BRASA_TRY(brasa__sort_input_batch(&op->input, in, &batch, err));
    brasa__appender_push(op->appender, &batch, brasa__rowset_sink, op->rows);
    return BRASA_OK;
}

static brasa_status window_push_block(brasa_op *base, brasa_block *block, brasa_error *err)
{
    (void)err;
    brasa__rowset_add(((window_op *)base)->rows, brasa__block_ref(block));
    return BRASA_OK;
}

/* ---- cutting ---- */

static bool differ(const window_op *op, const brasa_window *w, int64_t i, const brasa_sortkey_col *keys, int32_t nkeys)
{
    const uint32_t *block = w->order.block + i, *row = w->order.row + i;

    return nkeys > 0 &&
           brasa__sortkey_compare(op->rows->cols[block[-1]], (int32_t)row[-1], op->rows->cols[block[0]], (int32_t)row[0], keys, nkeys) != 0;
}

static void cut(const window_op *op, brasa_window *w)
{
    const brasa_op_desc *d = op->base.shared->desc;
    int32_t              nkeys = d->u.window.nkeys;
    int64_t              groups = 0;

    w->parts = BRASA_NEWS(w->arena, int64_t, w->n + 1);
    w->groups = BRASA_NEWS(w->arena, int64_t, w->n + 1);
    w->group_of = BRASA_NEWS(w->arena, int64_t, w->n + 1);
    for (int64_t i = 0; i < w->n; i++) {
        bool part = i == 0 || differ(op, w, i, op->spec.keys, nkeys);

        if (part) w->parts[w->nparts++] = i;
        if (part || differ(op, w, i, op->spec.keys + nkeys, d->u.window.norder)) w->groups[groups++] = i;
        w->group_of[i] = groups - 1;
    }
    w->parts[w->nparts] = w->n;
    w->groups[groups] = w->n;
}

/* ---- computing ---- */

/* A kept column, in order.  CONST becomes FLAT. */
static void in_order(const window_op *op, const brasa_window *w, int32_t expr, brasa_column *out)
{
    brasa__rowset_gather(op->rows, op->input.key_col[expr], w->order.block, w->order.row, (int32_t)w->n, w->arena, out);
}

static void make_room(brasa_window_work *k, const brasa_window *w)
{
    if (brasa__type_is_nested(k->type)) {
        k->values = BRASA_NEWS(w->arena, brasa_value, w->n + 1);
        return;
    }
    k->width = brasa__type_width(k->type);
    k->v = brasa__arena_alloc64(w->arena, k->width * (size_t)w->n + 64);
    k->valid = brasa__arena_alloc64(w->arena, brasa__bit_words(w->n) * 8 + 8);
    memset(k->valid, 0xff, brasa__bit_words(w->n) * 8);
}

static brasa_status compute(window_op *op, const brasa_window *w, int32_t i, brasa_window_work *k, brasa_error *err)
{
    const brasa_op_desc *d = op->base.shared->desc;
    const brasa_expr    *call = d->u.window.calls[i].call;
    brasa_column        *filter = NULL, *key = NULL;

    *k = (brasa_window_work) {.w = w, .call = &d->u.window.calls[i], .type = call->type};
    k->args = BRASA_NEWS(w->arena, brasa_column, call->nargs + 1);
    for (int32_t a = 0; a < call->nargs; a++) in_order(op, w, op->first_expr[i] + a, &k->args[a]);
    if (call->filter != NULL) {
        filter = BRASA_NEW(w->arena, brasa_column);
        in_order(op, w, op->first_expr[i] + call->nargs, filter);
        k->filter = filter;
    }
    k->keys = BRASA_NEWS(w->arena, brasa_column, call->norder + 1);
    for (int32_t o = 0; o < call->norder; o++) in_order(op, w, op->first_expr[i] + call->nargs + (call->filter != NULL) + o, &k->keys[o]);
    if (d->u.window.norder == 1) {
        key = BRASA_NEW(w->arena, brasa_column);
        in_order(op, w, d->u.window.nkeys, key);
    }
    BRASA_TRY(brasa__framer_new(w, &k->call->frame, key, d->u.window.order, &k->framer, err));
    make_room(k, w);
    if (call->kind == BRASA_EXPR_AGGREGATE) return brasa__window_run_agg(k, err);
    k->fn = brasa__window_fn(call->name);
    if (k->fn == NULL) return brasa__fail(err, BRASA_UNSUPPORTED, "there is no window function %s", call->name);
    return brasa__window_run_fn(k, err);
}

/* ---- emitting ---- */

static void result_slice(const brasa_window_work *k, int64_t from, int32_t n, brasa_arena *arena, brasa_column *out)
{
    if (k->values != NULL) {
        *out = brasa__values_column(arena, k->type, k->values + from, n);
    } else {
        *out = (brasa_column) {
            .type = k->type, .encoding = BRASA_FLAT, .values = k->v + k->width * (size_t)from, .valid = k->valid + from / 64};
    }
}

static brasa_status emit(window_op *op, const brasa_window *w, const brasa_window_work *work, brasa_error *err)
{
    int32_t      most = brasa_run_batch_rows(op->base.chain->run) / 64 * 64, nin = op->base.shared->in.ncols;
    int32_t      ncalls = op->base.shared->desc->u.window.ncalls;
    brasa_arena *arena = brasa__arena_new(w->arena, "rows out");

    for (int64_t from = 0; from < w->n && !op->base.enough; from += most) {
        int32_t       n = w->n - from < most ? (int32_t)(w->n - from) : most;
        brasa_column *cols = BRASA_NEWS(arena, brasa_column, nin + ncalls + 1);

        for (int32_t c = 0; c < nin; c++) brasa__rowset_gather(op->rows, c, w->order.block + from, w->order.row + from, n, arena, &cols[c]);
        for (int32_t i = 0; i < ncalls; i++) result_slice(&work[i], from, n, arena, &cols[nin + i]);
        brasa_batch out = {.rows = n, .ncols = nin + ncalls, .cols = cols, .nsel = n};
        BRASA_TRY(brasa_op_emit(&op->base, &out, err));
        brasa__arena_reset(arena);
    }
    return BRASA_OK;
}

static brasa_status window_end(brasa_op *base, brasa_error *err)
{
    window_op         *op = (window_op *)base;
    int32_t            ncalls = base->shared->desc->u.window.ncalls;
    brasa_window       w = {.run = base->chain->run, .arena = op->held, .rows = op->rows};
    brasa_window_work *work = BRASA_NEWS(op->held, brasa_window_work, ncalls + 1);

    brasa__appender_finish(op->appender, brasa__rowset_sink, op->rows);
    w.n = op->rows->rows;
    if (w.n > INT32_MAX) return brasa__fail(err, BRASA_UNSUPPORTED, "a window over 2^31 rows of one partition; use PARTITION BY");
    BRASA_TRY(brasa__sort_rows(op->held, w.run, op->rows, &op->spec, &w.order, err));
    cut(op, &w);
    for (int32_t i = 0; i < ncalls && w.n > 0; i++) BRASA_TRY(compute(op, &w, i, &work[i], err));
    BRASA_TRY(emit(op, &w, work, err));
    brasa__arena_free(op->held);
    op->held = NULL;
    return BRASA_OK;
}

const brasa_op_class brasa__op_window = {
    .name = "window",
    .op_bytes = sizeof(window_op),
    .op_open = window_op_open,
    .begin_partition = window_begin,
    .push = window_push,
    .push_block = window_push_block,
    .end_partition = window_end,
};
