/* metrics.c -- what each operator of the plan did, summed over the task threads.
 *
 * Rows that an operator gives are those that the next one gets; gathering (op_compact) is charged to the operator before it.
 */
#include "exec/run.h"

#include "base/alloc.h"

static void add(brasa_op_metrics *m, const brasa_run *run, int32_t k)
{
    for (int32_t t = 0; t < run->threads; t++) {
        const brasa_op *op = k < 0 ? &run->lanes[t].source : run->lanes[t].ops[k];

        m->ns += op->ns;
        m->rows_in += op->rows_in;
        m->batches += op->batches;
    }
}

static int64_t held(const brasa_op_shared *s)
{
    return atomic_load_explicit(&s->held.most, memory_order_relaxed);
}

/* What one operator allocated and another gave back stays on the first one's account, and gatherers' peaks are added: never more than there was. */
static void cap_memory(brasa_stage_result *out, int32_t n)
{
    int64_t peak = brasa__ctx()->memory == NULL ? 0 : (int64_t)brasa__memory_peak(brasa__ctx()->memory);

    for (int32_t i = 0; i < n; i++) {
        if (out->ops[i].memory > peak) out->ops[i].memory = peak;
    }
}

void brasa__run_metrics(const brasa_run *run, brasa_arena *arena, brasa_stage_result *out)
{
    brasa_op_metrics *m = BRASA_NEWS(arena, brasa_op_metrics, run->stage->nops + 2);

    out->ops = m;
    m->node = run->stage->source.node;
    m->memory = held(&run->source_shared);
    add(m, run, -1);
    for (int32_t k = 0; k < run->nops; k++) {
        brasa_op_metrics here = {.node = run->ops[k]->desc != NULL ? run->ops[k]->desc->node : -1, .memory = held(run->ops[k])};

        add(&here, run, k);
        m->rows_out = here.rows_in;
        if (run->ops[k]->cls == &brasa__op_compact) {
            m->ns += here.ns;
            m->memory += here.memory;
            continue;
        }
        *++m = here;
    }
    m->rows_out = m->rows_in;
    for (int32_t i = 0; i < out->nparts; i++) m->bytes += out->parts[i].bytes;
    for (int32_t i = 0; i < out->nwritten; i++) m->bytes += out->written[i].bytes;
    out->nops = run->stage->nops + 2;
    cap_memory(out, out->nops);
    out->tasks = run->tasks_run;
    if (run->source == &brasa__source_scan && run->source_state != NULL) {
        out->scan = brasa__scan_shared_stats(run->source_state);
        out->ops[0].bytes = out->scan.bytes_read;
    }
    if (run->exchange != NULL) {
        out->exchange = brasa__exchange_stats(run->exchange);
        m->bytes = out->exchange.bytes_sent;
    }
    brasa__record_result(run, arena, out);
}
