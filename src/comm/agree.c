/* comm/agree.c -- one outcome for all ranks.
 *
 * One allreduce of a number when all is well; the error itself travels only when there is one.
 */
#include "comm/agree.h"

brasa_status brasa__agree(brasa_comm *c, brasa_status local, brasa_error *err)
{
    int64_t first = local == BRASA_OK ? c->size : c->rank;

    if (c->size == 1) return local;
    BRASA_TRY(brasa__comm_allreduce_min(c, &first, 1, err));
    if (first == c->size) return BRASA_OK;
    BRASA_TRY(brasa__comm_bcast(c, err, sizeof *err, (int32_t)first, err));
    if (err->code <= BRASA_OK || err->code >= BRASA_STATUS_COUNT)
        return brasa__fail(err, BRASA_INTERNAL, "rank %d of the group failed without saying why", (int)first);
    return (brasa_status)err->code;
}

brasa_status brasa__meet(brasa_comm *c, brasa_status local, brasa_error *err)
{
    bool         before = c->patient;
    brasa_status status;

    c->patient = true;
    status = brasa__agree(c, local, err);
    c->patient = before;
    return status;
}
