/* op_limit.c -- at most so many rows of each partition, after skipping some.
 *
 * With enough rows of a partition the operators before are told to stop.  `total`: when the first partitions of this worker have given all that the stage
 * can need, later ones are not begun.  Neither is done behind an operator that holds rows of all partitions, which must see every row.
 */
#include "base/alloc.h"
#include "exec/run.h"

typedef struct limit_shared {
    brasa_op_shared base; /* first member */
    bool            may_stop;
    int64_t         needed; /* `total`: rows after which partitions are not needed; -1: all are */
    pthread_mutex_t lock;   /* of what follows */
    int64_t        *given;  /* [tasks] rows that a task gave, + 1; 0: it has not ended */
    int32_t         prefix; /* tasks before this one have all ended, and gave `rows` */
    int64_t         rows;
} limit_shared;

typedef struct limit_op {
    brasa_op base;       /* first member */
    int64_t  skip, left; /* of this partition; left -1: all */
    int64_t  given;
    int32_t *sel; /* BRASA_BATCH_ROWS entries */
} limit_op;

static bool holder_before(const brasa_run *run, int32_t index)
{
    for (int32_t k = 0; k < index; k++) {
        if (run->ops[k]->cls->finish != NULL) return true;
    }
    return false;
}

static brasa_status open_shared(brasa_op_shared *shared, brasa_error *err)
{
    limit_shared        *s = (limit_shared *)shared;
    const brasa_op_desc *d = shared->desc;

    (void)err;
    pthread_mutex_init(&s->lock, NULL);
    s->may_stop = !holder_before(shared->run, shared->index);
    s->needed = d->u.limit.total && s->may_stop && d->u.limit.limit >= 0 ? d->u.limit.limit + d->u.limit.offset : -1;
    s->given = BRASA_NEWS(shared->arena, int64_t, shared->run->ntasks);
    return BRASA_OK;
}

static brasa_status open_op(brasa_op *op, brasa_error *err)
{
    (void)err;
    ((limit_op *)op)->sel = BRASA_NEWS(op->arena, int32_t, BRASA_BATCH_ROWS);
    return BRASA_OK;
}

static void stop_before(brasa_op *op)
{
    brasa_lane *lane = brasa__lane_of(op);

    if (!((limit_shared *)op->shared)->may_stop) return;
    lane->source.enough = true;
    for (int32_t k = 0; k < op->shared->index; k++) lane->ops[k]->enough = true;
}

static brasa_status begin(brasa_op *op, brasa_error *err)
{
    limit_op            *l = (limit_op *)op;
    const brasa_op_desc *d = op->shared->desc;

    (void)err;
    l->skip = d->u.limit.offset;
    l->left = d->u.limit.limit;
    l->given = 0;
    if (l->left == 0) stop_before(op);
    return BRASA_OK;
}

static brasa_status push(brasa_op *op, const brasa_batch *in, brasa_error *err)
{
    limit_op   *l = (limit_op *)op;
    brasa_batch out = *in;
    int32_t     skip = l->skip < in->nsel ? (int32_t)l->skip : in->nsel;
    int32_t     take = in->nsel - skip;

    l->skip -= skip;
    if (l->left >= 0 && take > l->left) take = (int32_t)l->left;
    if (l->left >= 0) l->left -= take;
    l->given += take;
    if (take < in->nsel) {
        for (int32_t i = 0; i < take; i++) l->sel[i] = in->sel == NULL ? skip + i : in->sel[skip + i];
        out.sel = l->sel;
        out.nsel = take;
    }
    BRASA_TRY(brasa_op_emit(op, &out, err));
    if (l->left == 0) stop_before(op);
    return BRASA_OK;
}

static brasa_status end(brasa_op *op, brasa_error *err)
{
    limit_op     *l = (limit_op *)op;
    limit_shared *s = (limit_shared *)op->shared;
    brasa_run    *run = op->shared->run;
    int32_t       task = brasa__lane_of(op)->task;

    (void)err;
    if (s->needed < 0 || task < 0) return BRASA_OK;
    pthread_mutex_lock(&s->lock);
    s->given[task] = l->given + 1;
    while (s->prefix < run->ntasks && s->given[s->prefix] > 0) s->rows += s->given[s->prefix++] - 1;
    if (s->rows >= s->needed && s->prefix < atomic_load(&run->last_task)) atomic_store(&run->last_task, s->prefix);
    pthread_mutex_unlock(&s->lock);
    return BRASA_OK;
}

static void close_shared(brasa_op_shared *shared)
{
    limit_shared *s = (limit_shared *)shared;

    if (s->given != NULL) pthread_mutex_destroy(&s->lock);
}

const brasa_op_class brasa__op_limit = {
    .name = "limit",
    .shared_bytes = sizeof(limit_shared),
    .op_bytes = sizeof(limit_op),
    .open = open_shared,
    .op_open = open_op,
    .begin_partition = begin,
    .push = push,
    .end_partition = end,
    .close = close_shared,
};
