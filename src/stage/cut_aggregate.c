/* cut_aggregate.c -- groups: all at once on one worker; in two steps around an exchange on several; by partition where rows of a group must meet first. */
#include "expr/agg_state.h"
#include "plan/make.h"
#include "stage/pipe.h"

static bool all_mergeable(const brasa_node *n)
{
    for (int32_t i = 0; i < n->u.aggregate.naggs; i++) {
        if (!brasa__agg_mergeable(n->u.aggregate.aggs[i])) return false;
    }
    return true;
}

static void add_step(cutter *c, const brasa_node *n, pipe *p, brasa_agg_mode mode, const brasa_expr *const *keys, brasa_schema in,
                     brasa_schema out, double groups)
{
    double         rows = p->rows;
    brasa_op_desc *op = pipe_add(c, p, BRASA_OP_AGGREGATE, n, out);

    op->u.aggregate.mode = mode;
    op->u.aggregate.nkeys = n->u.aggregate.nkeys;
    op->u.aggregate.keys = keys;
    op->u.aggregate.naggs = n->u.aggregate.naggs;
    op->u.aggregate.aggs = n->u.aggregate.aggs;
    op->u.aggregate.in_schema = in;
    op->u.aggregate.groups = groups;
    op->u.aggregate.rows = rows;
}

/* Keys, then one state column per aggregate. */
static brasa_schema state_schema(cutter *c, const brasa_node *n)
{
    brasa_field *f = brasa__arena_copy(c->arena, n->schema.cols, sizeof *f * (size_t)n->schema.ncols);

    for (int32_t i = 0; i < n->u.aggregate.naggs; i++) {
        brasa_field *state = &f[n->u.aggregate.nkeys + i];
        state->type = brasa__agg_state_type(n->u.aggregate.aggs[i]);
        state->nullable = true;
    }
    return (brasa_schema) {n->schema.ncols, f};
}

static const brasa_expr **key_refs(cutter *c, const brasa_node *n)
{
    const brasa_expr **refs = BRASA_NEWS(c->arena, const brasa_expr *, n->u.aggregate.nkeys + 1);

    for (int32_t i = 0; i < n->u.aggregate.nkeys; i++) refs[i] = brasa__schema_ref(c->arena, n->schema, i, 0);
    return refs;
}

/* The input's layout in terms of the output: the keys it lies by are group keys. */
static layout grouped_layout(cutter *c, const brasa_node *n, const layout *l)
{
    return layout_project(c, l, n->u.aggregate.keys, (brasa_schema) {n->u.aggregate.nkeys, n->schema.cols});
}

enum { GROUPS_A_PARTITION = 100 };

/* The keys to exchange by, of `keys`: where an aggregate above groups by some of them (as that of count(DISTINCT) does), those, so that it needs no exchange
 * of its own; unless its groups are too few to fill partitions evenly. */
static int32_t keys_to_move_by(cutter *c, const brasa_node *n, const brasa_node *above, const brasa_expr *const *keys, int32_t nparts,
                               const brasa_expr **out)
{
    int32_t nkeys = n->u.aggregate.nkeys, m = 0;
    bool    some = above != NULL && above->inputs[0] == n && brasa__estimate(c->estimator, above)->rows >= GROUPS_A_PARTITION * nparts;

    for (int32_t i = 0; i < nkeys && some; i++) {
        for (int32_t k = 0; k < above->u.aggregate.nkeys; k++) {
            if (!brasa__expr_equal(above->u.aggregate.keys[k], keys[i])) continue;
            out[m++] = keys[i];
            break;
        }
    }
    for (int32_t i = 0; i < nkeys && m == 0; i++) out[i] = keys[i];
    return m > 0 ? m : nkeys;
}

static void in_two_steps(cutter *c, const brasa_node *n, const brasa_node *above, pipe *p, double groups)
{
    brasa_schema       in = p->schema, states = state_schema(c, n);
    const brasa_expr **keys = key_refs(c, n);

    add_step(c, n, p, BRASA_AGG_PARTIAL, n->u.aggregate.keys, in, states, groups);
    p->lay = (layout) {.kind = LAYOUT_ANY};
    if (n->u.aggregate.nkeys == 0) {
        pipe_gather(c, p);
    } else {
        const brasa_expr **by = BRASA_NEWS(c->arena, const brasa_expr *, n->u.aggregate.nkeys);
        int32_t            nparts = partition_count(c, groups, groups * brasa__estimate_bytes(c->estimator, n) / (groups > 1 ? groups : 1));
        int32_t            nby = keys_to_move_by(c, n, above, keys, nparts, by);

        pipe_hash(c, p, by, nby, nparts);
    }
    layout lay = p->lay;
    add_step(c, n, p, BRASA_AGG_FINAL, keys, in, n->schema, groups);
    p->lay = lay;
}

brasa_status cut_aggregate(cutter *c, const brasa_node *n, pipe *out, brasa_error *err)
{
    pipe   *p = out;
    double  groups = brasa__estimate(c->estimator, n)->rows;
    int32_t nkeys = n->u.aggregate.nkeys;
    bool    mergeable = all_mergeable(n);

    const brasa_node *above = c->above;

    c->above = n;
    BRASA_TRY(cut_node(c, n->inputs[0], p, err));
    c->above = NULL;
    /* without keys there is one row even of nothing, so exactly one partition, which only an exchange makes sure of */
    bool fits = nkeys > 0 && !p->late && layout_groups(&p->lay, n->u.aggregate.keys, nkeys);
    if (mergeable && c->topology.workers == 1) {
        add_step(c, n, p, BRASA_AGG_COMPLETE, n->u.aggregate.keys, p->schema, n->schema, groups);
        p->late = true;
        p->lay = (layout) {.kind = LAYOUT_SINGLE};
        return BRASA_OK;
    }
    if (mergeable && !fits) {
        in_two_steps(c, n, above, p, groups);
        p->late = false;
        return BRASA_OK;
    }
    if (!fits) {
        if (nkeys == 0)
            pipe_gather(c, p);
        else
            pipe_hash(c, p, n->u.aggregate.keys, nkeys, partition_count(c, p->rows, p->bytes));
    }
    layout lay = grouped_layout(c, n, &p->lay);
    add_step(c, n, p, BRASA_AGG_PARTITION, n->u.aggregate.keys, p->schema, n->schema, groups);
    p->lay = lay;
    return BRASA_OK;
}
