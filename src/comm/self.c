/* comm/self.c -- one rank, no MPI: what a job uses that is started without a launcher. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "comm/class.h"

static const brasa_comm_class self_class;

static brasa_status self_start(brasa_comm *c, const brasa_comm_op *op, brasa_error *err)
{
    int64_t n = 0;

    (void)c, (void)err;
    if (op->kind == BRASA_COMM_ALLTOALL) memmove(op->recv, op->send, (size_t)op->bytes);
    if (op->kind == BRASA_COMM_ALLTOALLV) n = op->send_counts[0];
    if (n > 0) memmove((char *)op->recv + op->recv_offsets[0], (const char *)op->send + op->send_offsets[0], (size_t)n);
    return BRASA_OK;
}

static brasa_status self_test(brasa_comm *c, bool *done, brasa_error *err)
{
    (void)c, (void)err;
    *done = true;
    return BRASA_OK;
}

static brasa_status self_p2p(brasa_comm *c, const brasa_comm_p2p *op, brasa_error *err)
{
    (void)c, (void)op;
    return brasa__fail(err, BRASA_INTERNAL, "a message in a job of one process");
}

static brasa_status self_probe(brasa_comm *c, int32_t from, int32_t tag, bool *found, int32_t *source, int64_t *bytes, brasa_error *err)
{
    (void)c, (void)from, (void)tag, (void)source, (void)bytes, (void)err;
    *found = false;
    return BRASA_OK;
}

static brasa_comm *self_new(int64_t deadline_ms)
{
    brasa_comm *c = brasa__alloc(sizeof *c);

    *c = (brasa_comm) {.cls = &self_class, .size = 1, .deadline_ms = deadline_ms};
    return c;
}

static brasa_status self_split(brasa_comm *c, int32_t color, brasa_comm **out, brasa_error *err)
{
    (void)err;
    *out = color < 0 ? NULL : self_new(c->deadline_ms);
    return BRASA_OK;
}

static void self_free(brasa_comm *c)
{
    brasa__free(c, sizeof *c);
}

static _Noreturn void self_abort(brasa_comm *c, int status)
{
    (void)c;
    exit(status);
}

static const brasa_comm_class self_class = {
    .name = "self",
    .start = self_start,
    .test = self_test,
    .p2p_start = self_p2p,
    .p2p_test = self_test,
    .probe = self_probe,
    .split = self_split,
    .free = self_free,
    .end = self_free,
    .abort = self_abort,
};

brasa_status brasa__comm_self_world(brasa_comm **out, brasa_error *err)
{
    (void)err;
    *out = self_new(600000);
    return BRASA_OK;
}
