/* cut_order.c -- sorts, limits, windows, repartitions. */
#include "plan/make.h"
#include "stage/pipe.h"

static void add_sort(cutter *c, const brasa_node *n, pipe *p)
{
    brasa_op_desc *op = pipe_add(c, p, BRASA_OP_SORT, n, p->schema);

    op->u.sort.nkeys = n->u.sort.nkeys;
    op->u.sort.keys = n->u.sort.keys;
    op->u.sort.limit = -1;
}

static void add_limit(cutter *c, const brasa_node *n, pipe *p, int64_t limit, int64_t offset, bool total)
{
    brasa_op_desc *op = pipe_add(c, p, BRASA_OP_LIMIT, n, p->schema);

    op->u.limit.limit = limit;
    op->u.limit.offset = offset;
    op->u.limit.total = total;
}

/* Rows that an operator per partition may work on as one: in one partition, complete when that partition ends. */
static bool is_one(const pipe *p)
{
    return p->lay.kind == LAYOUT_SINGLE && !p->late;
}

static int64_t sum_limit(int64_t limit, int64_t offset)
{
    return limit > INT64_MAX - offset ? INT64_MAX : limit + offset;
}

/* The first rows of each worker, then of these the first. */
static void cut_topn(cutter *c, const brasa_node *n, pipe *p)
{
    int64_t        limit = n->u.sort.limit, offset = n->u.sort.offset;
    brasa_op_desc *op = pipe_add(c, p, BRASA_OP_TOPN, n, p->schema);

    op->u.sort.nkeys = n->u.sort.nkeys;
    op->u.sort.keys = n->u.sort.keys;
    op->u.sort.limit = sum_limit(limit, offset);
    p->late = true;
    if (c->topology.workers > 1) {
        pipe_gather(c, p);
        add_sort(c, n, p);
        add_limit(c, n, p, limit, offset, false);
    } else if (offset > 0) {
        pipe_gather(c, p);
        add_limit(c, n, p, limit, offset, false);
    }
    p->lay = (layout) {.kind = LAYOUT_SINGLE};
}

/* More than that is a full sort and a limit. */
enum { MOST_TOPN = 1 << 20 };

brasa_status cut_sort(cutter *c, const brasa_node *n, pipe *out, brasa_error *err)
{
    BRASA_TRY(cut_node(c, n->inputs[0], out, err));
    bool top = n->u.sort.limit >= 0;
    if (top && sum_limit(n->u.sort.limit, n->u.sort.offset) <= MOST_TOPN && !is_one(out)) {
        cut_topn(c, n, out);
        return BRASA_OK;
    }
    if (!is_one(out)) {
        int32_t nparts = partition_count(c, out->rows, out->bytes);
        if (nparts == 1)
            pipe_gather(c, out);
        else
            pipe_range(c, out, n->u.sort.keys, n->u.sort.nkeys, nparts);
    }
    add_sort(c, n, out);
    if (!top) return BRASA_OK;
    if (is_one(out)) {
        add_limit(c, n, out, n->u.sort.limit, n->u.sort.offset, false);
        return BRASA_OK;
    }
    add_limit(c, n, out, sum_limit(n->u.sort.limit, n->u.sort.offset), 0, true);
    pipe_gather(c, out);
    add_limit(c, n, out, n->u.sort.limit, n->u.sort.offset, false);
    return BRASA_OK;
}

brasa_status cut_limit(cutter *c, const brasa_node *n, pipe *out, brasa_error *err)
{
    int64_t limit = n->u.limit.limit, offset = n->u.limit.offset;

    BRASA_TRY(cut_node(c, n->inputs[0], out, err));
    if (limit < 0 && offset == 0) return BRASA_OK;
    if (!is_one(out)) {
        if (limit >= 0) add_limit(c, n, out, sum_limit(limit, offset), 0, !out->late);
        pipe_gather(c, out);
    }
    add_limit(c, n, out, limit, offset, false);
    return BRASA_OK;
}

static void add_group_limit(cutter *c, const brasa_node *n, pipe *p, bool per_partition)
{
    brasa_op_desc *op = pipe_add(c, p, BRASA_OP_GROUP_LIMIT, n, p->schema);

    op->u.group_limit.fn = n->u.window.limit_fn;
    op->u.group_limit.limit = n->u.window.limit;
    op->u.group_limit.per_partition = per_partition;
    op->u.group_limit.nkeys = n->u.window.nkeys;
    op->u.group_limit.keys = n->u.window.keys;
    op->u.group_limit.norder = n->u.window.norder;
    op->u.group_limit.order = n->u.window.order;
}

brasa_status cut_window(cutter *c, const brasa_node *n, pipe *out, brasa_error *err)
{
    int32_t nkeys = n->u.window.nkeys;

    BRASA_TRY(cut_node(c, n->inputs[0], out, err));
    bool exchange = out->late || !layout_groups(&out->lay, n->u.window.keys, nkeys);
    if (n->u.window.limit > 0) {
        bool stays = !exchange || n->u.window.norder == 0;
        add_group_limit(c, n, out, stays);
        out->late |= !stays;
    }
    if (exchange) {
        if (nkeys == 0)
            pipe_gather(c, out);
        else
            pipe_hash(c, out, n->u.window.keys, nkeys, partition_count(c, out->rows, out->bytes));
    }
    brasa_op_desc *op = pipe_add(c, out, BRASA_OP_WINDOW, n, n->schema);
    op->u.window.nkeys = nkeys;
    op->u.window.keys = n->u.window.keys;
    op->u.window.norder = n->u.window.norder;
    op->u.window.order = n->u.window.order;
    op->u.window.ncalls = n->u.window.ncalls;
    op->u.window.calls = n->u.window.calls;
    return BRASA_OK;
}

brasa_status cut_repartition(cutter *c, const brasa_node *n, pipe *out, brasa_error *err)
{
    int32_t nkeys = n->u.repartition.nkeys, nparts = n->u.repartition.nparts;

    BRASA_TRY(cut_node(c, n->inputs[0], out, err));
    if (nparts == 0) nparts = partition_count(c, out->rows, out->bytes);
    switch (n->u.repartition.kind) {
    case BRASA_REPARTITION_HASH: pipe_hash(c, out, n->u.repartition.keys, nkeys, nparts); break;
    case BRASA_REPARTITION_RANGE: pipe_range(c, out, n->u.repartition.order, nkeys, nparts); break;
    case BRASA_REPARTITION_NUMBER: pipe_number(c, out, nparts); break;
    }
    return BRASA_OK;
}
