/* op_map.c -- rows in, rows out, by a user's function: flat_map (no state) and map_partitions (state of a partition, told when it ends).
 *
 * The function gets FLAT columns without selection; the rows that it emits are copied and go on after it has returned.
 */
#include <string.h>

#include "base/hash.h"
#include "base/now.h"
#include "data/gather.h"
#include "data/type.h"
#include "exec/op.h"
#include "expr/udf.h"

typedef struct map_op {
    brasa_op                    base; /* first member */
    const brasa_udf_descriptor *udf;
    brasa_arena                *scratch; /* of one call */
    brasa_appender             *appender;
    brasa_blocks                full; /* on their way out */
    struct brasa_udf_emit       emit;
    brasa_value                *row;   /* [ncols], with the columns' types */
    void                       *local; /* map_partitions: of the partition */
} map_op;

static void release(void *arg)
{
    map_op *m = arg;

    brasa__appender_free(m->appender);
    brasa__blocks_clear(&m->full);
    m->appender = NULL;
}

static bool is_float(brasa_type t)
{
    return t.kind == BRASA_KIND_FLOAT32 || t.kind == BRASA_KIND_FLOAT64;
}

static bool fits(int64_t v, brasa_kind kind)
{
    if (kind == BRASA_KIND_INT8) return v >= INT8_MIN && v <= INT8_MAX;
    if (kind == BRASA_KIND_INT16) return v >= INT16_MIN && v <= INT16_MAX;
    if (kind == BRASA_KIND_INT32) return v >= INT32_MIN && v <= INT32_MAX;
    return true;
}

static brasa_status take_value(const char *udf, const brasa_value *v, const brasa_field *f, brasa_value *out, brasa_error *err)
{
    brasa_text text;

    *out = *v;
    out->type = f->type;
    if (v->null || v->type.kind == BRASA_KIND_NULL) {
        out->null = true;
        return BRASA_OK;
    }
    if (brasa__type_equal(v->type, f->type) || (is_float(v->type) && is_float(f->type))) return BRASA_OK;
    if (v->type.kind == f->type.kind && !brasa__type_is_nested(f->type) && f->type.kind != BRASA_KIND_DECIMAL) return BRASA_OK;
    if (brasa__type_is_integer(v->type) && brasa__type_is_integer(f->type) && fits(v->u.i, f->type.kind)) return BRASA_OK;
    if (brasa__type_is_integer(v->type) && is_float(f->type)) {
        out->u.f = (double)v->u.i;
        return BRASA_OK;
    }
    brasa__fail(err, BRASA_TYPE, "function %s gave column %s a value of type ", udf, f->name);
    brasa__text_init(&text, brasa__arena_new(NULL, "message"));
    brasa__type_text(v->type, &text);
    brasa__text_add(&text, ", which does not fit ");
    brasa__type_text(f->type, &text);
    brasa__fail_more(err, "%s", text.s);
    brasa__arena_free(text.arena);
    return BRASA_TYPE;
}

static int emit_row(struct brasa_udf_emit *self, const brasa_value *values, int32_t n, brasa_error *err)
{
    map_op *m = self->arg;

    if (n != self->schema.ncols) {
        brasa__fail(err, BRASA_UDF, "function %s emitted a row of %d values; its .returns has %d columns", m->udf->name, n,
                    self->schema.ncols);
        return 1;
    }
    for (int32_t i = 0; i < n; i++) {
        if (take_value(m->udf->name, &values[i], &self->schema.cols[i], &m->row[i], err) != BRASA_OK) return 1;
    }
    brasa__appender_push_values(m->appender, m->row, brasa__blocks_sink, &m->full);
    return 0;
}

static brasa_status open_op(brasa_op *op, brasa_error *err)
{
    map_op              *m = (map_op *)op;
    const brasa_op_desc *d = op->shared->desc;

    m->udf = brasa__udf_find(d->u.map.udf);
    if (m->udf == NULL || (d->u.map.per_partition ? m->udf->map_partition == NULL : m->udf->flat_map == NULL))
        return brasa__fail(err, BRASA_NOT_FOUND, "no user function %s of the form %s in this program; declare it with BRASA_UDF",
                           d->u.map.udf, d->u.map.per_partition ? ".map_partition" : ".flat_map");
    m->scratch = brasa__arena_new(op->arena, "map");
    brasa__arena_defer(op->arena, release, m);
    m->appender = brasa__appender_new(op->shared->out, brasa_run_batch_rows(op->shared->run));
    m->row = BRASA_NEWS(op->arena, brasa_value, op->shared->out.ncols);
    m->emit = (struct brasa_udf_emit) {.row = emit_row, .schema = op->shared->out, .arg = m};
    return BRASA_OK;
}

static brasa_status begin(brasa_op *op, brasa_error *err)
{
    (void)err;
    ((map_op *)op)->local = NULL;
    return BRASA_OK;
}

static brasa_status emit_full(map_op *m, brasa_error *err)
{
    for (int32_t i = 0; i < m->full.count; i++) BRASA_TRY(brasa_op_emit_block(&m->base, m->full.items[i], err));
    brasa__blocks_clear(&m->full);
    return BRASA_OK;
}

/* One call of the user's function. */
static brasa_status call_user(map_op *m, const brasa_batch *in, bool at_end, brasa_error *err)
{
    brasa_udf_call  call;
    brasa_udf_frame frame;
    int             rc;

    memset(&call, 0, sizeof call);
    brasa__udf_call_begin(&call, &frame, m->scratch, m->udf);
    call.rows = in->rows;
    call.nargs = in->ncols;
    call.args = in->cols;
    call.emit = &m->emit;
    brasa__now()->udf = m->udf->name;
    if (m->base.shared->desc->u.map.per_partition) {
        rc = m->udf->map_partition(&call, at_end, &m->local);
    } else {
        rc = m->udf->flat_map(&call);
    }
    brasa__now()->udf = NULL;
    if (rc != 0 || frame.failed) return brasa__udf_call_failed(&call, m->udf->name, err);
    return BRASA_OK;
}

/* A constant column written out: users see FLAT columns only. */
static void expand(brasa_arena *arena, brasa_column *c, int32_t rows)
{
    brasa_column in = *c;
    uint64_t    *valid;
    void        *values;

    if (c->encoding != BRASA_CONST) return;
    valid = BRASA_NEWS(arena, uint64_t, brasa__bit_words(rows));
    values = brasa__arena_alloc64(arena, brasa__type_width(c->type) * (size_t)rows);
    c->valid = brasa__copy_values(&in, 0, rows, values, valid, 0) ? valid : NULL;
    c->values = values;
    c->encoding = BRASA_FLAT;
}

static brasa_status push(brasa_op *op, const brasa_batch *in, brasa_error *err)
{
    map_op       *m = (map_op *)op;
    brasa_column *cols = BRASA_NEWS(m->scratch, brasa_column, in->ncols);
    brasa_batch   flat;

    brasa__batch_flatten(m->scratch, in, &flat);
    for (int32_t i = 0; i < in->ncols; i++) {
        cols[i] = flat.cols[i];
        expand(m->scratch, &cols[i], flat.rows);
    }
    flat.cols = cols;
    BRASA_TRY(call_user(m, &flat, false, err));
    BRASA_TRY(emit_full(m, err));
    brasa__arena_reset(m->scratch);
    return BRASA_OK;
}

static brasa_status end(brasa_op *op, brasa_error *err)
{
    map_op     *m = (map_op *)op;
    brasa_batch none = {.ncols = op->shared->in.ncols};

    if (op->shared->desc->u.map.per_partition) {
        brasa_column *cols = BRASA_NEWS(m->scratch, brasa_column, none.ncols);

        for (int32_t i = 0; i < none.ncols; i++) cols[i].type = op->shared->in.cols[i].type;
        none.cols = cols;
        BRASA_TRY(call_user(m, &none, true, err));
    }
    brasa__appender_finish(m->appender, brasa__blocks_sink, &m->full);
    BRASA_TRY(emit_full(m, err));
    brasa__arena_reset(m->scratch);
    return BRASA_OK;
}

const brasa_op_class brasa__op_map = {
    .name = "map",
    .op_bytes = sizeof(map_op),
    .op_open = open_op,
    .begin_partition = begin,
    .push = push,
    .end_partition = end,
};
