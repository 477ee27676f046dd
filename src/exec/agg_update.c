/* agg_update.c -- rows into the states of their groups.
 *
 * When a batch holds few groups, its rows are sorted by group first and each aggregate runs a loop per group, over one state.  Rows that a FILTER, or
 * values that DISTINCT, leaves out are left out by row numbers; rows of aggregates with ORDER BY wait.
 */
#include <string.h>

#include "exec/op_aggregate.h"

enum { FEW_GROUPS = 16 }; /* rows are sorted by group below */

static brasa_status update_all(aggregate_op *op, const aggregate_shared *s, int32_t i, uint8_t *const *group, const brasa_agg_col *args,
                               int32_t n, brasa_error *err)
{
    brasa_agg_call *c = &op->calls[i];

    if (s->single && c->func->update_one != NULL) return n == 0 ? BRASA_OK : c->func->update_one(c, group[0] + c->offset, args, n, err);
    return c->func->update(c, group, args, n, err);
}

/* Rows pick[0..n) of the batch only (FILTER, DISTINCT). */
static brasa_status update_some(aggregate_op *op, const aggregate_shared *s, int32_t i, const int32_t *pick, int32_t n, brasa_error *err)
{
    const brasa_expr *agg = op->calls[i].agg;
    int32_t           first = op->first_arg[i];

    for (int32_t k = 0; k < n; k++) op->sub_group[k] = op->group[pick[k]];
    for (int32_t a = first; a < first + agg->nargs; a++) {
        brasa_column col = brasa__agg_column(&op->dense[a]);

        if (op->sub_scratch[a].values == NULL) brasa__agg_scratch_init(op->base.arena, col.type, &op->sub_scratch[a]);
        op->sub[a] = brasa__agg_dense(&col, pick, n, false, &op->sub_scratch[a]);
    }
    return n == 0 ? BRASA_OK : update_all(op, s, i, op->sub_group, &op->sub[first], n, err);
}

static int32_t filtered(const aggregate_op *op, int32_t i, int32_t n, int32_t *pick)
{
    const brasa_agg_col *f = op->filter[i] >= 0 ? &op->dense[op->filter[i]] : NULL;
    int32_t              m = 0;

    for (int32_t k = 0; k < n; k++) {
        pick[m] = k;
        m += f == NULL || (brasa__agg_valid(f, k) && ((const uint8_t *)f->v)[k] != 0);
    }
    return m;
}

/* Sort the rows of a batch by the ordinal of their group: op->rows, start[g]..start[g + 1). */
static void sort_by_group(aggregate_op *op, int32_t n, int32_t groups, int32_t *start)
{
    int32_t at[FEW_GROUPS + 1] = {0};

    for (int32_t k = 0; k < n; k++) at[((const brasa_agg_row *)(const void *)op->group[k])->ordinal + 1]++;
    for (int32_t g = 0; g < groups; g++) at[g + 1] += at[g];
    memcpy(start, at, sizeof at);
    for (int32_t k = 0; k < n; k++) op->rows[at[((const brasa_agg_row *)(const void *)op->group[k])->ordinal]++] = k;
}

/* One loop per group, over gathered arguments. */
static brasa_status update_sorted(aggregate_op *op, const aggregate_shared *s, int32_t n, brasa_error *err)
{
    int32_t groups = (int32_t)op->table.groups, start[FEW_GROUPS + 1];

    sort_by_group(op, n, groups, start);
    for (int32_t g = 0; g < groups; g++) {
        int32_t m = start[g + 1] - start[g];

        if (m == 0) continue;
        const int32_t *pick = op->rows + start[g];
        uint8_t       *row = op->group[pick[0]];

        for (int32_t a = s->nkeys; a < op->nexprs; a++) {
            brasa_column col = brasa__agg_column(&op->dense[a]);

            if (op->sub_scratch[a].values == NULL) brasa__agg_scratch_init(op->base.arena, col.type, &op->sub_scratch[a]);
            op->sub[a] = m == n ? op->dense[a] : brasa__agg_dense(&col, pick, m, false, &op->sub_scratch[a]);
        }
        for (int32_t i = 0; i < s->naggs; i++) {
            brasa_agg_call *c = &op->calls[i];

            if (c->func->update_one == NULL || op->filter[i] >= 0 || op->distinct[i] != NULL || op->ordered[i] != NULL) continue;
            BRASA_TRY(c->func->update_one(c, row + c->offset, &op->sub[op->first_arg[i]], m, err));
        }
    }
    return BRASA_OK;
}

brasa_status brasa__aggregate_update(aggregate_op *op, const aggregate_shared *s, int32_t n, brasa_error *err)
{
    bool sorted = !s->single && op->table.groups <= FEW_GROUPS && op->table.used == op->table.groups;

    for (int32_t i = 0; i < s->naggs; i++) op->calls[i].ordinal = ((int64_t)op->base.chain->partition << 32) + op->row;
    if (sorted) BRASA_TRY(update_sorted(op, s, n, err));
    for (int32_t i = 0; i < s->naggs; i++) {
        bool some = op->filter[i] >= 0 || op->distinct[i] != NULL || op->ordered[i] != NULL;

        if (sorted && !some && op->calls[i].func->update_one != NULL) continue;
        if (!some) {
            BRASA_TRY(update_all(op, s, i, op->group, &op->dense[op->first_arg[i]], n, err));
            continue;
        }
        int32_t m = filtered(op, i, n, op->pick);
        if (op->distinct[i] != NULL) m = brasa__agg_distinct_filter(op->distinct[i], op->group, &op->dense[op->first_arg[i]], op->pick, m);
        if (op->ordered[i] != NULL) {
            brasa__agg_ordered_add(op->ordered[i], op->group, &op->dense[op->first_arg[i]], &op->dense[op->first_key[i]], op->pick, m);
            continue;
        }
        BRASA_TRY(update_some(op, s, i, op->pick, m, err));
    }
    return BRASA_OK;
}
