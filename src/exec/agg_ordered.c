/* exec/agg_ordered.c -- see the header.  Columns of the rows that wait: order keys, position, number of the group, arguments. */
#include "exec/agg_ordered.h"

#include <string.h>

#include "data/type.h"
#include "exec/sort_rows.h"

struct brasa_agg_ordered {
    brasa_arena      *arena;
    const brasa_expr *agg;
    brasa_schema      schema;
    brasa_sort_spec   spec;
    brasa_rowset     *rows;
    brasa_appender   *appender;
    brasa_column     *cols;
    int64_t          *position; /* BRASA_BATCH_ROWS */
    int32_t          *group;
    int64_t           n;
};

brasa_agg_ordered *brasa__agg_ordered_new(brasa_arena *arena, const brasa_expr *agg)
{
    brasa_agg_ordered *o = BRASA_NEW(arena, brasa_agg_ordered);
    int32_t            nkeys = agg->norder, ncols = nkeys + 2 + agg->nargs;
    brasa_field       *fields = BRASA_NEWS(arena, brasa_field, ncols);
    int32_t           *cols = BRASA_NEWS(arena, int32_t, nkeys);

    for (int32_t i = 0; i < nkeys; i++) {
        fields[i] = (brasa_field) {.name = "", .type = agg->order[i].expr->type, .nullable = true};
        cols[i] = i;
    }
    fields[nkeys] = (brasa_field) {.name = "", .type = brasa__type(BRASA_KIND_INT64)};
    fields[nkeys + 1] = (brasa_field) {.name = "", .type = brasa__type(BRASA_KIND_INT32)};
    for (int32_t a = 0; a < agg->nargs; a++)
        fields[nkeys + 2 + a] = (brasa_field) {.name = "", .type = agg->args[a]->type, .nullable = true};
    o->arena = arena;
    o->agg = agg;
    o->schema = (brasa_schema) {.ncols = ncols, .cols = fields};
    brasa__sort_spec_make(arena, cols, agg->order, nkeys, nkeys + 1, &o->spec); /* positions differ: nothing after them counts */
    o->rows = brasa__rowset_new(arena, o->schema);
    o->appender = brasa__rowset_appender(arena, o->schema);
    o->cols = BRASA_NEWS(arena, brasa_column, ncols);
    o->position = BRASA_NEWS(arena, int64_t, BRASA_BATCH_ROWS);
    o->group = BRASA_NEWS(arena, int32_t, BRASA_BATCH_ROWS);
    return o;
}

void brasa__agg_ordered_add(brasa_agg_ordered *o, uint8_t *const *group, const brasa_agg_col *args, const brasa_agg_col *keys,
                            const int32_t *pick, int32_t n)
{
    int32_t nkeys = o->agg->norder;

    if (n == 0) return;
    int32_t     rows = pick[n - 1] + 1;
    brasa_batch batch = {.rows = rows, .ncols = o->schema.ncols, .cols = o->cols, .sel = pick, .nsel = n};

    for (int32_t i = 0; i < n; i++) {
        o->position[pick[i]] = o->n++;
        o->group[pick[i]] = (int32_t)((const brasa_agg_row *)(const void *)group[pick[i]])->ordinal;
    }
    for (int32_t k = 0; k < nkeys; k++) o->cols[k] = brasa__agg_column(&keys[k]);
    o->cols[nkeys] = (brasa_column) {.type = brasa__type(BRASA_KIND_INT64), .encoding = BRASA_FLAT, .values = o->position};
    o->cols[nkeys + 1] = (brasa_column) {.type = brasa__type(BRASA_KIND_INT32), .encoding = BRASA_FLAT, .values = o->group};
    for (int32_t a = 0; a < o->agg->nargs; a++) o->cols[nkeys + 2 + a] = brasa__agg_column(&args[a]);
    brasa__appender_push(o->appender, &batch, brasa__rowset_sink, o->rows);
}

/* Rows of the groups by their number. */
static uint8_t **rows_of_groups(brasa_arena *arena, const brasa_agg_table *t)
{
    uint8_t **rows = BRASA_NEWS(arena, uint8_t *, t->groups + 1);
    size_t    bytes = (size_t)t->layout->row_bytes;

    for (const brasa_agg_page *page = t->parts[0].first; page != NULL; page = page->next) {
        for (int32_t i = 0; i < page->rows; i++) {
            uint8_t *row = (uint8_t *)page->buf->data + bytes * (size_t)i;

            rows[((const brasa_agg_row *)(const void *)row)->ordinal] = row;
        }
    }
    return rows;
}

static brasa_status give(brasa_agg_ordered *o, const brasa_sorted *order, int64_t from, int32_t n, uint8_t *const *rows, brasa_arena *arena,
                         brasa_agg_call *c, brasa_error *err)
{
    int32_t            first = o->agg->norder + 1;
    uint8_t          **group = BRASA_NEWS(arena, uint8_t *, n);
    brasa_agg_col     *args = BRASA_NEWS(arena, brasa_agg_col, o->agg->nargs + 1);
    brasa_agg_scratch *scratch = BRASA_NEWS(arena, brasa_agg_scratch, o->agg->nargs + 1);
    brasa_column       col;

    brasa__rowset_gather(o->rows, first, order->block + from, order->row + from, n, arena, &col);
    for (int32_t i = 0; i < n; i++) group[i] = rows[((const int32_t *)col.values)[i]];
    for (int32_t a = 0; a < o->agg->nargs; a++) {
        brasa__rowset_gather(o->rows, first + 1 + a, order->block + from, order->row + from, n, arena, &col);
        brasa__agg_scratch_init(arena, col.type, &scratch[a]);
        args[a] = brasa__agg_dense(&col, NULL, n, false, &scratch[a]);
    }
    c->ordinal = from;
    return c->func->update(c, group, args, n, err);
}

brasa_status brasa__agg_ordered_finish(brasa_agg_ordered *o, brasa_run *run, const brasa_agg_table *table, brasa_agg_call *c,
                                       brasa_error *err)
{
    brasa_arena *arena = brasa__arena_new(o->arena, "ordered rows");
    brasa_sorted order;

    brasa__appender_finish(o->appender, brasa__rowset_sink, o->rows);
    BRASA_TRY(brasa__sort_rows(arena, run, o->rows, &o->spec, &order, err));
    uint8_t    **rows = rows_of_groups(arena, table);
    brasa_arena *batch = brasa__arena_new(arena, "batch");

    for (int64_t from = 0; from < order.rows; from += BRASA_BATCH_ROWS) {
        int64_t left = order.rows - from;

        BRASA_TRY(give(o, &order, from, left < BRASA_BATCH_ROWS ? (int32_t)left : BRASA_BATCH_ROWS, rows, batch, c, err));
        brasa__arena_reset(batch);
        BRASA_TRY(brasa_run_check(run, err));
    }
    brasa__arena_free(arena);
    return BRASA_OK;
}
