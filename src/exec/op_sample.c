/* op_sample.c -- each row with a given probability, by a hash of seed, partition and the row's place in it: the same rows at any number of threads. */
#include "base/hash.h"
#include "exec/op.h"

typedef struct sample_op {
    brasa_op base; /* first member */
    int64_t  row;  /* of the partition */
    int32_t *sel;  /* BRASA_BATCH_ROWS entries */
} sample_op;

static brasa_status open_op(brasa_op *op, brasa_error *err)
{
    (void)err;
    ((sample_op *)op)->sel = BRASA_NEWS(op->arena, int32_t, BRASA_BATCH_ROWS);
    return BRASA_OK;
}

static brasa_status begin(brasa_op *op, brasa_error *err)
{
    (void)err;
    ((sample_op *)op)->row = 0;
    return BRASA_OK;
}

static brasa_status push(brasa_op *op, const brasa_batch *in, brasa_error *err)
{
    sample_op  *s = (sample_op *)op;
    double      fraction = op->shared->desc->u.sample.fraction;
    uint64_t    seed = brasa__hash_combine(op->shared->desc->u.sample.seed, (uint64_t)op->chain->partition);
    brasa_batch out = *in;

    out.sel = s->sel;
    out.nsel = 0;
    for (int32_t i = 0; i < in->nsel; i++) {
        uint64_t h = brasa__hash_combine(seed, (uint64_t)(s->row + i));

        s->sel[out.nsel] = in->sel == NULL ? i : in->sel[i];
        out.nsel += (double)(h >> 11) * 0x1p-53 < fraction;
    }
    s->row += in->nsel;
    return brasa_op_emit(op, &out, err);
}

const brasa_op_class brasa__op_sample = {
    .name = "sample", .op_bytes = sizeof(sample_op), .op_open = open_op, .begin_partition = begin, .push = push};
