/* sink_write.c -- part files: one for each partition that has rows, written by the thread that has the partition. */
#include <stdlib.h>

#include "base/alloc.h"
#include "exec/run.h"

typedef struct write_sink {
    brasa_op         base;   /* first member: a write_sink * is a brasa_op * */
    brasa_writer    *writer; /* of the partition; NULL: no rows yet */
    int32_t          count, cap;
    brasa_part_info *parts;
} write_sink;

typedef struct write_shared {
    brasa_op_shared base;
    write_sink    **sinks; /* [threads] */
} write_shared;

static brasa_status open_shared(brasa_op_shared *shared, brasa_error *err)
{
    write_shared *s = (write_shared *)shared;

    (void)err;
    s->sinks = BRASA_NEWS(shared->arena, write_sink *, shared->threads);
    return BRASA_OK;
}

static void abandon(void *arg)
{
    write_sink   *s = arg;
    brasa_writer *w = s->writer;

    s->writer = NULL;
    brasa__writer_abort(w);
}

static brasa_status open_op(brasa_op *op, brasa_error *err)
{
    write_shared *shared = (write_shared *)op->shared;

    (void)err;
    shared->sinks[op->chain->thread] = (write_sink *)op;
    brasa__arena_defer(op->arena, abandon, op);
    return BRASA_OK;
}

static brasa_status push(brasa_op *op, const brasa_batch *in, brasa_error *err)
{
    write_sink *s = (write_sink *)op;

    if (s->writer == NULL)
        BRASA_TRY(brasa__writer_open(op->shared->run->stage->sink.write, op->shared->in, op->chain->partition, &s->writer, err));
    return brasa__writer_push(s->writer, in, err);
}

static brasa_status end(brasa_op *op, brasa_error *err)
{
    write_sink   *s = (write_sink *)op;
    brasa_writer *w = s->writer;

    if (w == NULL) return BRASA_OK;
    s->parts = brasa__arena_grow(op->arena, s->parts, &s->cap, s->count + 1, sizeof *s->parts);
    s->writer = NULL; /* close frees it also when it fails */
    return brasa__writer_close(w, &s->parts[s->count++], err);
}

static int by_part(const void *a, const void *b)
{
    const brasa_part_info *x = a, *y = b;

    return (x->part > y->part) - (x->part < y->part);
}

static brasa_status finish(brasa_op_shared *shared, int32_t round, int32_t *npieces, brasa_error *err)
{
    write_shared *s = (write_shared *)shared;
    brasa_run    *run = shared->run;
    int32_t       n = 0;

    (void)round;
    (void)npieces;
    (void)err;
    for (int32_t t = 0; t < shared->threads; t++) n += s->sinks[t]->count;
    run->written = BRASA_NEWS(shared->arena, brasa_part_info, n);
    for (int32_t t = 0; t < shared->threads; t++) {
        for (int32_t i = 0; i < s->sinks[t]->count; i++) run->written[run->nwritten++] = s->sinks[t]->parts[i];
    }
    if (n > 1) qsort(run->written, (size_t)n, sizeof *run->written, by_part);
    return BRASA_OK;
}

const brasa_op_class brasa__sink_write = {
    .name = "write",
    .shared_bytes = sizeof(write_shared),
    .op_bytes = sizeof(write_sink),
    .open = open_shared,
    .op_open = open_op,
    .push = push,
    .end_partition = end,
    .finish = finish,
};
