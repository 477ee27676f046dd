/* small.c -- stages that are not worth waking the task threads for.
 *
 * Only what is known before a stage is opened counts: the rows of its source and of the build sides of its joins.  Operators that make many rows of few
 * (EXPLODE, MAP, joins without keys) and sinks that need the main thread (an exchange) or wait for disks are left to the crew.
 */
#include "exec/run.h"
#include "expr/udf.h"

enum { FEW_BATCHES = 2, FEW_PARTS = 512 };

typedef struct counted {
    int64_t rows, parts;
} counted;

static void count_output(counted *c, const brasa_output *o)
{
    c->parts += o == NULL ? 0 : o->count;
    for (int32_t i = 0; o != NULL && i < o->count && c->parts <= FEW_PARTS; i++) c->rows += o->items[i].blocks.rows;
}

static void count_range(counted *c, const brasa_source *s)
{
    brasa_int128 span = (brasa_int128)s->end - s->start; /* steps make it fewer */

    if (span < 0) span = -span;
    c->rows += span > INT32_MAX ? INT32_MAX : (int64_t)span;
    c->parts += s->nparts;
}

static void count_source(counted *c, const brasa_run *run)
{
    const brasa_source *s = &run->stage->source;

    switch (s->kind) {
    case BRASA_SOURCE_SCAN: c->rows += INT32_MAX; return;
    case BRASA_SOURCE_VALUES: c->rows += s->nrows; return;
    case BRASA_SOURCE_RANGE: count_range(c, s); return;
    case BRASA_SOURCE_STAGES:
        for (int32_t i = 0; i < s->nstages; i++) count_output(c, brasa__store_get(run->store, s->stages[i]));
        return;
    case BRASA_SOURCE_CACHE:
        for (int32_t i = 0; i < s->ncaches; i++) count_output(c, brasa__store_get(run->caches, s->caches[i]));
        return;
    }
}

bool brasa__run_is_small(const brasa_run *run)
{
    const brasa_stage *stage = run->stage;
    counted            c = {0};
    int32_t            crossed = 0;

    if (run->ctx->watch != NULL) return false; /* the main thread has others to answer meanwhile */
    if (brasa__udf_count() > 0) return false;  /* a user's function may take its time on every row */
    if (stage->sink.kind == BRASA_SINK_EXCHANGE || stage->sink.kind == BRASA_SINK_WRITE) return false;
    for (int32_t i = 0; i < stage->nops; i++) {
        brasa_op_kind kind = stage->ops[i].kind;

        if (kind == BRASA_OP_EXPLODE || kind == BRASA_OP_MAP) return false;
        if (kind == BRASA_OP_PROBE) count_output(&c, brasa__store_get(run->store, stage->ops[i].u.probe.build));
        if (kind == BRASA_OP_PROBE && stage->ops[i].u.probe.nkeys == 0) crossed++;
    }
    count_source(&c, run);
    if (crossed > 1 || (crossed == 1 && c.rows > run->batch_rows / 8)) return false; /* every row meets every other */
    return c.rows <= (int64_t)FEW_BATCHES * run->batch_rows && c.parts <= FEW_PARTS;
}
