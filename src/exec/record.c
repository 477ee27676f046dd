/* record.c -- what tasks and threads of a stage did, for the event log: times, rows, bytes, waits.
 *
 * A task's figures are differences of totals that the thread keeps anyway (rows of its operators, waits of base/now.h), so a task costs two readings of
 * the clock and nothing per batch.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/now.h"
#include "exec/run.h"

static const int64_t LEAST_STEP_NS = 20000;

brasa_task_mark brasa__record_begin(const brasa_lane *lane)
{
    const brasa_now *now = brasa__now();
    const brasa_run *run = lane->chain.run;

    if (!run->recording) return (brasa_task_mark) {0};
    return (brasa_task_mark) {.start_ns = brasa__clock_ns(),
                              .rows_in = lane->ops[0]->rows_in,
                              .rows_out = lane->ops[run->nops - 1]->rows_in,
                              .io_ns = now->io_ns,
                              .io_bytes = now->io_bytes,
                              .room_ns = now->room_ns,
                              .spilled = now->spilled};
}

/* Bytes of what a task reads: of the file, or of the partition that an earlier stage left. */
static int64_t bytes_in(const brasa_run *run, const brasa_task *task, int64_t read)
{
    if (task->output != NULL) return task->bytes;
    return run->source == &brasa__source_scan ? read : -1;
}

void brasa__record_task(brasa_lane *lane, const brasa_task *task, const brasa_task_mark *mark)
{
    const brasa_run  *run = lane->chain.run;
    const brasa_now  *now = brasa__now();
    brasa_task_record r;

    if (!run->recording || lane->nrecords >= BRASA_MOST_RECORDS / run->threads) return;
    r = (brasa_task_record) {.task = task->number,
                             .thread = lane->chain.thread,
                             .start_ns = mark->start_ns,
                             .end_ns = brasa__clock_ns(),
                             .rows_in = lane->ops[0]->rows_in - mark->rows_in,
                             .rows_out = lane->ops[run->nops - 1]->rows_in - mark->rows_out,
                             .bytes_in = bytes_in(run, task, now->io_bytes - mark->io_bytes),
                             .bytes_out = -1,
                             .spilled = now->spilled - mark->spilled,
                             .wait_io_ns = now->io_ns - mark->io_ns,
                             .wait_shuffle_ns = now->room_ns - mark->room_ns};
    lane->records = brasa__arena_grow(lane->arena, lane->records, &lane->room, lane->nrecords + 1, sizeof r);
    lane->records[lane->nrecords++] = r;
}

/* Position in the plan's stage, + 1; what no plan names is the operator before it. */
static int32_t position(const brasa_run *run, const brasa_op_shared *op)
{
    if (op->index < 0) return 1;
    if (op->index == run->nops - 1) return run->stage->nops + 2;
    while (op->desc == NULL) op = run->ops[op->index - 1];
    return (int32_t)(op->desc - run->stage->ops) + 2;
}

void brasa__record_finish(brasa_lane *lane, const brasa_op_shared *op, brasa_step step, int64_t begin_ns)
{
    const brasa_run *run = lane->chain.run;
    int64_t          now = brasa__clock_ns();

    if (!run->recording || now - begin_ns < LEAST_STEP_NS || lane->nrecords >= BRASA_MOST_RECORDS / run->threads) return;
    lane->records = brasa__arena_grow(lane->arena, lane->records, &lane->room, lane->nrecords + 1, sizeof *lane->records);
    lane->records[lane->nrecords++] = (brasa_task_record) {.task = run->round,
                                                           .thread = lane->chain.thread,
                                                           .start_ns = begin_ns,
                                                           .end_ns = now,
                                                           .op = position(run, op),
                                                           .step = (int32_t)step};
}

void brasa__record_thread_begin(brasa_lane *lane)
{
    const brasa_now *now = brasa__now();

    lane->wait_io_ns = -now->io_ns;
    lane->wait_shuffle_ns = -now->room_ns;
    lane->spilled = -now->spilled;
}

void brasa__record_thread_end(brasa_lane *lane)
{
    const brasa_now *now = brasa__now();

    lane->wait_io_ns += now->io_ns;
    lane->wait_shuffle_ns += now->room_ns;
    lane->spilled += now->spilled;
}

static int compare_partition(const void *key, const void *item)
{
    const brasa_task_record    *r = key;
    const brasa_partition_info *p = item;

    return r->task < p->partition ? -1 : r->task > p->partition;
}

/* A task's rows that stay on this worker are a partition of its number. */
static void find_bytes_out(brasa_stage_result *out)
{
    for (int32_t i = 0; i < out->nrecords; i++) {
        brasa_task_record          *r = &out->records[i];
        const brasa_partition_info *p =
            out->nparts == 0 ? NULL : bsearch(r, out->parts, (size_t)out->nparts, sizeof *out->parts, compare_partition);

        if (r->op == 0) r->bytes_out = p == NULL ? 0 : p->bytes;
    }
}

void brasa__record_result(const brasa_run *run, brasa_arena *arena, brasa_stage_result *out)
{
    int32_t n = 0;

    for (int32_t t = 0; t < run->threads; t++) {
        const brasa_lane *lane = &run->lanes[t];

        out->wait_io_ns += lane->wait_io_ns;
        out->wait_shuffle_ns += lane->wait_shuffle_ns;
        out->wait_barrier_ns += lane->wait_barrier_ns;
        out->spilled += lane->spilled;
        n += lane->nrecords;
    }
    if (run->exchange != NULL) {
        out->wait_shuffle_ns += out->exchange.wait_ns;
        out->nsent = run->workers->size;
        out->sent = brasa__arena_copy(arena, brasa__exchange_sent(run->exchange), sizeof *out->sent * (size_t)out->nsent);
    }
    out->records = BRASA_NEWS(arena, brasa_task_record, n);
    for (int32_t t = 0; t < run->threads; t++) {
        const brasa_lane *lane = &run->lanes[t];

        if (lane->nrecords > 0) memcpy(out->records + out->nrecords, lane->records, sizeof *out->records * (size_t)lane->nrecords);
        out->nrecords += lane->nrecords;
    }
    if (run->exchange == NULL && run->nwritten == 0) find_bytes_out(out);
}
