/* sink_exchange.c -- rows go to the workers that own their partitions.
 *
 * The main thread moves what task threads write here; see shuffle/exchange.h.
 */
#include "exec/run.h"

/* Keys are columns of the rows that are sent: the planner projects before. */
static brasa_status column_of(const brasa_expr *e, int32_t *col, brasa_error *err)
{
    if (e->kind != BRASA_EXPR_REF) return brasa__fail(err, BRASA_INTERNAL, "a key of an exchange is not a column");
    *col = e->index;
    return BRASA_OK;
}

static brasa_status open_shared(brasa_op_shared *s, brasa_error *err)
{
    const brasa_sink_desc *d = &s->run->stage->sink;
    brasa_exchange_spec    spec = {.kind = d->exchange, .nparts = d->nparts, .nkeys = d->nkeys, .nsort = d->nsort};
    int32_t               *keys = BRASA_NEWS(s->arena, int32_t, d->nkeys);
    brasa_sort_key        *sort = BRASA_NEWS(s->arena, brasa_sort_key, d->nsort);

    for (int32_t i = 0; i < d->nkeys; i++) BRASA_TRY(column_of(d->keys[i], &keys[i], err));
    for (int32_t i = 0; i < d->nsort; i++) {
        sort[i] = (brasa_sort_key) {.desc = d->sort[i].desc, .nulls_last = d->sort[i].nulls_last};
        BRASA_TRY(column_of(d->sort[i].expr, &sort[i].col, err));
    }
    spec.keys = keys;
    spec.sort = sort;
    return brasa__exchange_open(s->run->workers, &spec, s->in, s->threads, &s->run->exchange, err);
}

static brasa_status open_op(brasa_op *op, brasa_error *err)
{
    (void)err;
    op->takes_blocks = true;
    return BRASA_OK;
}

static brasa_status push(brasa_op *op, const brasa_batch *in, brasa_error *err)
{
    return brasa__exchange_write(op->shared->run->exchange, op->chain->thread, op->chain->partition, in, err);
}

static brasa_status push_block(brasa_op *op, brasa_block *block, brasa_error *err)
{
    return brasa__exchange_write_block(op->shared->run->exchange, op->chain->thread, op->chain->partition, block, err);
}

static brasa_status end_thread(brasa_op *op, brasa_error *err)
{
    return brasa__exchange_thread_end(op->shared->run->exchange, op->chain->thread, err);
}

static void close_shared(brasa_op_shared *s)
{
    if (s->run->exchange != NULL) brasa__exchange_free(s->run->exchange);
    s->run->exchange = NULL;
}

const brasa_op_class brasa__sink_exchange = {
    .name = "exchange",
    .open = open_shared,
    .op_open = open_op,
    .push = push,
    .push_block = push_block,
    .end_thread = end_thread,
    .close = close_shared,
};
