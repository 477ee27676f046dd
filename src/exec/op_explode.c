/* op_explode.c -- a row for each element of a list: the input's columns, [the position from 0,] the element.
 *
 * `outer`: a row with a null element for empty and null lists.  Rows are made in pieces of batch-rows, whose columns are gathered.
 */
#include "base/hash.h"
#include "data/gather.h"
#include "exec/op.h"
#include "expr/eval.h"

typedef struct explode_op {
    brasa_op      base; /* first member */
    brasa_eval   *eval;
    brasa_arena  *scratch; /* of the piece that is emitted */
    brasa_span   *spans;   /* [BRASA_BATCH_ROWS] of the selected rows */
    uint64_t     *valid;
    int32_t       n, room; /* rows of the piece, and at most */
    int32_t      *rows;    /* [room] input row */
    int32_t      *places;  /* [room] place in the list */
    int32_t      *items;   /* [room] row of the element column; -1: null */
    brasa_column *cols;    /* [ncols] */
} explode_op;

static brasa_status open_op(brasa_op *op, brasa_error *err)
{
    explode_op *e = (explode_op *)op;

    e->scratch = brasa__arena_new(op->arena, "explode");
    e->room = brasa_run_batch_rows(op->shared->run);
    e->spans = BRASA_NEWS(op->arena, brasa_span, BRASA_BATCH_ROWS);
    e->valid = BRASA_NEWS(op->arena, uint64_t, BRASA_BATCH_ROWS / 64);
    e->rows = BRASA_NEWS(op->arena, int32_t, e->room);
    e->places = BRASA_NEWS(op->arena, int32_t, e->room);
    e->items = BRASA_NEWS(op->arena, int32_t, e->room);
    e->cols = BRASA_NEWS(op->arena, brasa_column, op->shared->out.ncols);
    BRASA_TRY(brasa__eval_new(op->arena, &op->shared->desc->u.explode.list, 1, &e->eval, err));
    op->eval = e->eval;
    return BRASA_OK;
}

/* The spans of the selected rows of a list or vector column, and the column that they point into. */
static brasa_column list_spans(explode_op *e, const brasa_column *list, const brasa_batch *in)
{
    const brasa_column *flat = list->encoding == BRASA_DICT ? list->child : list;

    for (int32_t w = 0; w < BRASA_BATCH_ROWS / 64; w++) e->valid[w] = ~(uint64_t)0;
    if (list->type.kind != BRASA_KIND_VECTOR) {
        brasa__gather_values(list, in->sel, in->nsel, e->spans, e->valid, 0);
        return *flat->child;
    }
    for (int32_t i = 0; i < in->nsel; i++) {
        int32_t row = in->sel == NULL ? i : in->sel[i];
        int32_t at = list->encoding == BRASA_FLAT ? row : list->encoding == BRASA_CONST ? 0 : list->codes[row];

        e->spans[i] = (brasa_span) {.offset = at * list->type.length, .len = list->type.length};
        if (!brasa_column_is_valid(list, row)) brasa__bit_clear(e->valid, i);
    }
    return (brasa_column) {.type = {.kind = BRASA_KIND_FLOAT32}, .encoding = BRASA_FLAT, .values = flat->values};
}

static brasa_status emit_piece(explode_op *e, const brasa_batch *in, const brasa_column *elements, brasa_error *err)
{
    brasa_op   *op = &e->base;
    brasa_batch out = {.rows = e->n, .ncols = op->shared->out.ncols, .cols = e->cols, .nsel = e->n};
    int32_t     at = in->ncols;

    if (e->n == 0) return BRASA_OK;
    for (int32_t i = 0; i < in->ncols; i++) brasa__column_gather(e->scratch, &in->cols[i], e->rows, e->n, true, &e->cols[i]);
    if (op->shared->desc->u.explode.position) {
        uint64_t *valid = BRASA_NEWS(e->scratch, uint64_t, brasa__bit_words(e->n));

        for (int32_t i = 0; i < e->n; i++) {
            if (e->items[i] >= 0) brasa__bit_set(valid, i);
        }
        e->cols[at] = (brasa_column) {.type = op->shared->out.cols[at].type, .values = e->places, .valid = valid};
        at++;
    }
    brasa__column_gather(e->scratch, elements, e->items, e->n, true, &e->cols[at]);
    e->n = 0;
    BRASA_TRY(brasa_op_emit(op, &out, err));
    brasa__arena_reset(e->scratch);
    return BRASA_OK;
}

static brasa_status add(explode_op *e, const brasa_batch *in, const brasa_column *elements, int32_t row, int32_t place, int32_t item,
                        brasa_error *err)
{
    e->rows[e->n] = row;
    e->places[e->n] = place;
    e->items[e->n] = item;
    e->n++;
    return e->n < e->room ? BRASA_OK : emit_piece(e, in, elements, err);
}

static brasa_status push(brasa_op *op, const brasa_batch *in, brasa_error *err)
{
    explode_op  *e = (explode_op *)op;
    bool         outer = op->shared->desc->u.explode.outer;
    brasa_column list, elements;

    BRASA_TRY(brasa__eval_run(e->eval, in, &list, err));
    elements = list_spans(e, &list, in);
    for (int32_t i = 0; i < in->nsel && !op->enough; i++) {
        int32_t    row = in->sel == NULL ? i : in->sel[i];
        brasa_span span = brasa__bit_get(e->valid, i) ? e->spans[i] : (brasa_span) {0};

        if (span.len == 0 && outer) BRASA_TRY(add(e, in, &elements, row, 0, -1, err));
        for (int32_t k = 0; k < span.len; k++) BRASA_TRY(add(e, in, &elements, row, k, span.offset + k, err));
    }
    return emit_piece(e, in, &elements, err);
}

const brasa_op_class brasa__op_explode = {.name = "explode", .op_bytes = sizeof(explode_op), .op_open = open_op, .push = push};
