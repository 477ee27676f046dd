/* message.c -- orders from the driver, and the wire form of a stage's result. */
#include "exec/message.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/ctx.h"
#include "base/fault.h"
#include "base/hash.h"
#include "expr/udf.h"

brasa_status brasa__order_send(brasa_comm *world, brasa_order_kind kind, int32_t flags, const brasa_wire *body, brasa_error *err)
{
    brasa_order_message first = {.kind = (int32_t)kind, .flags = flags, .bytes = body == NULL ? 0 : (int64_t)body->len};
    size_t              n = (size_t)first.bytes < sizeof first.body ? (size_t)first.bytes : sizeof first.body;

    if (n > 0) memcpy(first.body, body->data, n);
    BRASA_TRY(brasa__comm_bcast(world, &first, sizeof first, 0, err));
    if ((size_t)first.bytes == n) return BRASA_OK;
    return brasa__comm_bcast(world, body->data + n, first.bytes - (int64_t)n, 0, err);
}

static brasa_status wait_for_first(brasa_comm *world, brasa_order_message *first, brasa_error *err)
{
    bool         before = world->patient;
    brasa_status status;

    world->patient = true;
    status = brasa__comm_bcast(world, first, sizeof *first, 0, err);
    world->patient = before;
    return status;
}

brasa_status brasa__order_receive(brasa_comm *world, brasa_arena *arena, brasa_order_message *order, brasa_reader *body, brasa_error *err)
{
    size_t   n = sizeof order->body;
    uint8_t *data = order->body;

    BRASA_TRY(wait_for_first(world, order, err));
    if ((size_t)order->bytes > n) {
        data = brasa__arena_alloc(arena, (size_t)order->bytes);
        memcpy(data, order->body, n);
        BRASA_TRY(brasa__comm_bcast(world, data + n, order->bytes - (int64_t)n, 0, err));
    }
    *body = brasa__reader(data, (size_t)order->bytes);
    return BRASA_OK;
}

brasa_rank_about brasa__about_this_rank(int32_t threads)
{
    const brasa_ctx *ctx = brasa__ctx();
    brasa_rank_about a = {.rank = ctx->rank,
                          .pid = (int32_t)getpid(),
                          .cores = brasa__machine_cores(),
                          .threads = threads < 1 ? 1 : threads,
                          .memory = (int64_t)brasa__memory_budget(ctx->memory),
                          .clock_ns = brasa__clock_ns()};

    memcpy(a.host, ctx->host, sizeof a.host);
    return a;
}

/* ---- results ---- */

static void put_numbers(brasa_wire *w, const int64_t *v, int32_t n)
{
    for (int32_t i = 0; i < n; i++) brasa__put_i64(w, v[i]);
}

static void put_records(brasa_wire *w, const brasa_stage_result *r)
{
    brasa__put_i64(w, r->begin_ns);
    put_numbers(w, (const int64_t[]) {r->wait_io_ns, r->wait_shuffle_ns, r->wait_barrier_ns, r->spilled}, 4);
    brasa__put_i32(w, r->nsent);
    put_numbers(w, r->sent, r->nsent);
    brasa__put_i32(w, r->nrecords);
    for (int32_t i = 0; i < r->nrecords; i++) {
        const brasa_task_record *t = &r->records[i];

        brasa__put_var(w, t->task);
        brasa__put_var(w, t->thread);
        brasa__put_var(w, t->start_ns - r->begin_ns);
        brasa__put_var(w, t->end_ns - t->start_ns);
        brasa__put_var(w, t->rows_in);
        brasa__put_var(w, t->rows_out);
        brasa__put_var(w, t->bytes_in);
        brasa__put_var(w, t->bytes_out);
        brasa__put_var(w, t->spilled);
        brasa__put_var(w, t->wait_io_ns);
        brasa__put_var(w, t->wait_shuffle_ns);
        brasa__put_var(w, t->op);
        if (t->op > 0) brasa__put_var(w, t->step);
    }
}

void brasa__put_result(brasa_wire *w, const brasa_stage_result *r)
{
    const brasa_exchange_stats *x = &r->exchange;
    const brasa_scan_stats     *s = &r->scan;

    brasa__put_i32(w, r->nparts);
    for (int32_t i = 0; i < r->nparts; i++) {
        brasa__put_i32(w, r->parts[i].partition);
        put_numbers(w, (const int64_t[]) {r->parts[i].rows, r->parts[i].bytes}, 2);
    }
    brasa__put_i32(w, r->nwritten);
    for (int32_t i = 0; i < r->nwritten; i++) {
        brasa__put_i32(w, r->written[i].part);
        put_numbers(w, (const int64_t[]) {r->written[i].rows, r->written[i].bytes}, 2);
    }
    brasa__put_i32(w, r->nops);
    for (int32_t i = 0; i < r->nops; i++) {
        const brasa_op_metrics *m = &r->ops[i];

        brasa__put_i32(w, m->node);
        put_numbers(w, (const int64_t[]) {m->rows_in, m->rows_out, m->batches, m->ns, m->bytes, m->memory}, 6);
    }
    put_numbers(w, (const int64_t[]) {x->rows_in, x->rows_out, x->bytes_sent, x->bytes_received, x->rounds, x->wait_ns}, 6);
    put_numbers(w, (const int64_t[]) {s->bytes_read, s->chunks_read, s->chunks_skipped, s->rows, s->bad_records}, 5);
    put_numbers(w, (const int64_t[]) {r->ns, r->peak_bytes, r->tasks}, 3);
    put_records(w, r);
}

static void get_parts(brasa_reader *r, brasa_arena *arena, brasa_stage_result *out)
{
    out->nparts = brasa__get_count(r, 20);
    out->parts = BRASA_NEWS(arena, brasa_partition_info, out->nparts);
    for (int32_t i = 0; i < out->nparts; i++) {
        out->parts[i].partition = brasa__get_i32(r);
        out->parts[i].rows = brasa__get_i64(r);
        out->parts[i].bytes = brasa__get_i64(r);
    }
    out->nwritten = brasa__get_count(r, 20);
    out->written = BRASA_NEWS(arena, brasa_part_info, out->nwritten);
    for (int32_t i = 0; i < out->nwritten; i++) {
        out->written[i].part = brasa__get_i32(r);
        out->written[i].rows = brasa__get_i64(r);
        out->written[i].bytes = brasa__get_i64(r);
    }
}

static void get_ops(brasa_reader *r, brasa_arena *arena, brasa_stage_result *out)
{
    out->nops = brasa__get_count(r, 52);
    out->ops = BRASA_NEWS(arena, brasa_op_metrics, out->nops);
    for (int32_t i = 0; i < out->nops; i++) {
        brasa_op_metrics *m = &out->ops[i];

        m->node = brasa__get_i32(r);
        m->rows_in = brasa__get_i64(r);
        m->rows_out = brasa__get_i64(r);
        m->batches = brasa__get_i64(r);
        m->ns = brasa__get_i64(r);
        m->bytes = brasa__get_i64(r);
        m->memory = brasa__get_i64(r);
    }
}

static void get_records(brasa_reader *r, brasa_arena *arena, brasa_stage_result *out)
{
    out->begin_ns = brasa__get_i64(r);
    out->wait_io_ns = brasa__get_i64(r);
    out->wait_shuffle_ns = brasa__get_i64(r);
    out->wait_barrier_ns = brasa__get_i64(r);
    out->spilled = brasa__get_i64(r);
    out->nsent = brasa__get_count(r, 8);
    out->sent = BRASA_NEWS(arena, int64_t, out->nsent);
    for (int32_t i = 0; i < out->nsent; i++) out->sent[i] = brasa__get_i64(r);
    out->nrecords = brasa__get_count(r, 12);
    out->records = BRASA_NEWS(arena, brasa_task_record, out->nrecords);
    for (int32_t i = 0; i < out->nrecords; i++) {
        brasa_task_record *t = &out->records[i];

        t->task = (int32_t)brasa__get_var(r);
        t->thread = (int32_t)brasa__get_var(r);
        t->start_ns = out->begin_ns + brasa__get_var(r);
        t->end_ns = t->start_ns + brasa__get_var(r);
        t->rows_in = brasa__get_var(r);
        t->rows_out = brasa__get_var(r);
        t->bytes_in = brasa__get_var(r);
        t->bytes_out = brasa__get_var(r);
        t->spilled = brasa__get_var(r);
        t->wait_io_ns = brasa__get_var(r);
        t->wait_shuffle_ns = brasa__get_var(r);
        t->op = (int32_t)brasa__get_var(r);
        if (t->op > 0) t->step = (int32_t)brasa__get_var(r);
    }
}

brasa_status brasa__get_result(brasa_reader *r, brasa_arena *arena, brasa_stage_result *out, brasa_error *err)
{
    brasa_exchange_stats *x = &out->exchange;
    brasa_scan_stats     *s = &out->scan;

    get_parts(r, arena, out);
    get_ops(r, arena, out);
    x->rows_in = brasa__get_i64(r);
    x->rows_out = brasa__get_i64(r);
    x->bytes_sent = brasa__get_i64(r);
    x->bytes_received = brasa__get_i64(r);
    x->rounds = brasa__get_i64(r);
    x->wait_ns = brasa__get_i64(r);
    s->bytes_read = brasa__get_i64(r);
    s->chunks_read = brasa__get_i64(r);
    s->chunks_skipped = brasa__get_i64(r);
    s->rows = brasa__get_i64(r);
    s->bad_records = brasa__get_i64(r);
    out->ns = brasa__get_i64(r);
    out->peak_bytes = brasa__get_i64(r);
    out->tasks = (int32_t)brasa__get_i64(r);
    get_records(r, arena, out);
    return r->bad ? brasa__fail(err, BRASA_CORRUPT, "a worker's reply is cut short") : BRASA_OK;
}

/* ---- progress ---- */

void brasa__put_place(brasa_wire *w, int64_t number, brasa_progress_place place)
{
    brasa__put_i64(w, number);
    brasa__put_i32(w, place.pid);
    brasa__put_i32(w, place.fd);
    brasa__put_i32(w, place.ranks);
    brasa__put_i32(w, place.threads);
    brasa__put_u64(w, place.host);
    brasa__put_u64(w, place.mark);
}

brasa_progress_place brasa__get_place(brasa_reader *r, int64_t *number)
{
    brasa_progress_place p;

    *number = brasa__get_i64(r);
    p.pid = brasa__get_i32(r);
    p.fd = brasa__get_i32(r);
    p.ranks = brasa__get_i32(r);
    p.threads = brasa__get_i32(r);
    p.host = brasa__get_u64(r);
    p.mark = brasa__get_u64(r);
    if (p.ranks < 0 || p.threads < 0) r->bad = true;
    return p;
}

/* ---- fetching ---- */

void brasa__put_fetch(brasa_wire *w, int32_t stage, const brasa_fetch_item *items, int32_t n)
{
    brasa__put_i32(w, stage);
    brasa__put_i32(w, n);
    for (int32_t i = 0; i < n; i++) {
        brasa__put_i32(w, items[i].worker);
        brasa__put_i32(w, items[i].partition);
        brasa__put_i64(w, items[i].rows);
    }
}

int32_t brasa__get_fetch(brasa_reader *r, brasa_arena *arena, int32_t *stage, brasa_fetch_item **items)
{
    int32_t n;

    *stage = brasa__get_i32(r);
    n = brasa__get_count(r, 16);
    *items = BRASA_NEWS(arena, brasa_fetch_item, n);
    for (int32_t i = 0; i < n; i++) {
        (*items)[i].worker = brasa__get_i32(r);
        (*items)[i].partition = brasa__get_i32(r);
        (*items)[i].rows = brasa__get_i64(r);
    }
    return n;
}

/* ---- environment ---- */

void brasa__put_environment(brasa_wire *w)
{
    brasa__config_put(brasa__ctx()->config, w);
    brasa__udf_states_put(brasa__ctx()->udf_states, w);
}

static uint64_t faults_hash(void)
{
    const char *text = brasa__config_text(brasa__ctx()->config, BRASA_SET_FAULTS);

    return brasa__hash_bytes(text, strlen(text));
}

/* Faults that are named anew count from here; those of the start go on counting. */
brasa_status brasa__get_environment(brasa_reader *r, brasa_error *err)
{
    brasa_ctx  *ctx = brasa__ctx();
    const char *faults;
    uint64_t    before = faults_hash();

    BRASA_TRY(brasa__config_get(ctx->config, r, err));
    faults = brasa__config_text(ctx->config, BRASA_SET_FAULTS);
    if (faults_hash() != before) BRASA_TRY(brasa__faults_set(ctx->faults, faults, err));
    return brasa__udf_states_read(ctx->udf_states, r, err);
}
