/* driver/fetch.c -- rows of a result come to rank 0.
 *
 * In a job of one process blocks are handed over as they are.  Else each worker offers its rows block by block, and the driver takes them when it
 * has room; a driver that has none tells those that still offer to stop.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "driver/inner.h"
#include "obs/stop.h"

/* The first `rows` rows of a block, as a block. */
static brasa_block *head_of(const brasa_block *b, int32_t rows, brasa_arena *arena)
{
    int32_t     *all = BRASA_NEWS(arena, int32_t, b->ncols);
    brasa_block *out;

    for (int32_t i = 0; i < b->ncols; i++) all[i] = i;
    out = brasa__block_project(b, all, b->ncols);
    out->rows = rows; /* nobody else has seen it */
    return out;
}

typedef struct fetch {
    brasa_driver           *d;
    const brasa_job_result *result;
    brasa_arena            *arena;
    int32_t                 n;
    brasa_fetch_item       *items;
    brasa_blocks           *out;
    int32_t                 open; /* the first item that has not ended */
    bool                   *gone; /* [workers]: will send no more */
    brasa_buf              *buf;
    bool                    offered; /* the worker of the open item waits for an answer */
} fetch;

static void list_items(fetch *f, int32_t first, int32_t count, int64_t max_rows)
{
    int64_t left = max_rows < 0 ? INT64_MAX : max_rows;

    f->items = BRASA_NEWS(f->arena, brasa_fetch_item, count);
    for (int32_t i = first; i < first + count && left > 0; i++) {
        const brasa_result_part *p = &f->result->parts[i];
        int64_t                  rows = p->rows < left ? p->rows : left;

        if (rows == 0) continue;
        f->items[f->n++] = (brasa_fetch_item) {.worker = p->worker, .partition = p->partition, .rows = rows};
        left -= rows;
    }
}

static brasa_status take_local(fetch *f, const brasa_fetch_item *item, brasa_error *err)
{
    const brasa_blocks *from = brasa__exec_partition(f->d->local, f->result->stage, item->partition);
    int64_t             left = item->rows;

    if (from == NULL) return brasa__fail(err, BRASA_INTERNAL, "partition %d of stage %d is gone", item->partition, f->result->stage);
    for (int32_t i = 0; i < from->count && left > 0; i++) {
        brasa_block *b = from->items[i];

        if (b->rows <= left)
            brasa__blocks_add(f->out, brasa__block_ref(b));
        else
            brasa__blocks_add(f->out, head_of(b, (int32_t)left, f->arena));
        left -= b->rows;
    }
    return BRASA_OK;
}

/* ---- from workers ---- */

static brasa_status receive_head(fetch *f, int32_t worker, brasa_rows_head *head, brasa_error *err)
{
    *head = (brasa_rows_head) {.kind = BRASA_ROWS_END};
    BRASA_TRY(brasa__comm_recv(f->d->world, brasa__driver_rank_of(f->d, worker), BRASA_TAG_ROWS, head, sizeof *head, err));
    if (head->kind != BRASA_ROWS_ERROR) return BRASA_OK;
    f->gone[worker] = true;
    return brasa__comm_recv(f->d->world, brasa__driver_rank_of(f->d, worker), BRASA_TAG_ROWS, err, sizeof *err, err);
}

static brasa_status request(fetch *f, int32_t worker, int64_t what, brasa_error *err)
{
    if (what == BRASA_REQUEST_STOP) f->gone[worker] = true;
    return brasa__comm_send(f->d->world, brasa__driver_rank_of(f->d, worker), BRASA_TAG_REQUEST, &what, sizeof what, err);
}

typedef struct block_call {
    fetch  *f;
    int32_t worker;
    int64_t bytes, rows;
} block_call;

/* A block that is on offer: room first, then the request. */
static brasa_status receive_block(void *arg, brasa_error *err)
{
    block_call  *b = arg;
    fetch       *f = b->f;
    brasa_block *block = NULL;

    if (brasa__stop_wanted()) return brasa__stop_fail(err);
    f->buf = brasa__buf_new((size_t)b->bytes);
    f->offered = false;
    BRASA_TRY(request(f, b->worker, BRASA_REQUEST_SEND, err));
    BRASA_TRY(brasa__comm_recv(f->d->world, brasa__driver_rank_of(f->d, b->worker), BRASA_TAG_ROWS, f->buf->data, b->bytes, err));
    BRASA_TRY(brasa__block_decode(f->buf, f->buf->data, (size_t)b->bytes, f->result->schema, &block, err));
    b->rows += block->rows;
    brasa__blocks_add(f->out, block);
    return BRASA_OK;
}

static brasa_status take_remote(fetch *f, const brasa_fetch_item *item, brasa_error *err)
{
    block_call      b = {.f = f, .worker = item->worker};
    brasa_rows_head head;
    brasa_status    status;

    for (;;) {
        BRASA_TRY(receive_head(f, item->worker, &head, err));
        if (head.kind == BRASA_ROWS_ERROR) return (brasa_status)err->code;
        if (head.kind == BRASA_ROWS_END) break;
        b.bytes = head.bytes;
        f->offered = true;
        status = brasa__guarded(receive_block, &b, err);
        if (!f->d->world->broken) brasa__buf_unref(f->buf); /* else MPI may still write there */
        f->buf = NULL;
        if (status != BRASA_OK) return status;
    }
    f->open++;
    if (b.rows != item->rows)
        return brasa__fail(err, BRASA_INTERNAL, "partition %d: %lld rows came instead of %lld", item->partition, (long long)b.rows,
                           (long long)item->rows);
    return BRASA_OK;
}

/* After a failure: no worker may be left offering. */
static brasa_status drain(fetch *f, brasa_error *err)
{
    for (int32_t i = f->open; i < f->n; i++) {
        int32_t         w = f->items[i].worker;
        brasa_rows_head head = {.kind = BRASA_ROWS_BLOCK};

        while (!f->gone[w] && head.kind != BRASA_ROWS_END) {
            if (!f->offered) BRASA_TRY(receive_head(f, w, &head, err));
            if (head.kind == BRASA_ROWS_BLOCK) BRASA_TRY(request(f, w, BRASA_REQUEST_STOP, err));
            f->offered = false;
        }
    }
    return BRASA_OK;
}

/* Of the driver's own. */
static bool is_own(const fetch *f, const brasa_fetch_item *item)
{
    return f->d->local != NULL && item->worker == 0;
}

typedef struct own_item {
    fetch                  *f;
    const brasa_fetch_item *item;
} own_item;

static brasa_status call_take_local(void *arg, brasa_error *err)
{
    own_item *o = arg;

    return take_local(o->f, o->item, err);
}

static brasa_status take(fetch *f, const brasa_fetch_item *item, brasa_error *err)
{
    own_item own = {f, item};

    if (!is_own(f, item)) return take_remote(f, item, err);
    BRASA_TRY(brasa__guarded(call_take_local, &own, err));
    f->open++;
    return BRASA_OK;
}

static brasa_status take_all(fetch *f, brasa_error *err)
{
    brasa_wire   body;
    brasa_status status = BRASA_OK;
    brasa_error  ignored;

    f->gone = BRASA_NEWS(f->arena, bool, f->d->topology.workers);
    f->gone[0] = f->d->local != NULL;
    brasa__wire_init(&body, f->arena);
    brasa__put_fetch(&body, f->result->stage, f->items, f->n);
    BRASA_TRY(brasa__driver_send(f->d, BRASA_ORDER_FETCH, 0, &body, err));
    for (int32_t i = 0; i < f->n && status == BRASA_OK; i++) status = take(f, &f->items[i], err);
    brasa__error_clear(&ignored);
    if (status != BRASA_OK && !f->d->world->broken) (void)drain(f, &ignored);
    return status;
}

typedef struct fetch_call {
    fetch  *f;
    int32_t first, count;
    int64_t max_rows;
} fetch_call;

static brasa_status call_fetch(void *arg, brasa_error *err)
{
    fetch_call *c = arg;
    fetch      *f = c->f;

    f->arena = brasa__arena_new(NULL, "fetch");
    list_items(f, c->first, c->count, c->max_rows);
    if (f->n == 0) return BRASA_OK;
    if (!brasa__driver_alone(f->d)) return take_all(f, err);
    for (int32_t i = 0; i < f->n; i++) BRASA_TRY(take_local(f, &f->items[i], err));
    return BRASA_OK;
}

brasa_status brasa__driver_fetch(brasa_driver *d, const brasa_job_result *r, int32_t first, int32_t count, int64_t max_rows,
                                 brasa_blocks *out, brasa_error *err)
{
    fetch        f = {.d = d, .result = r, .out = out};
    fetch_call   c = {&f, first, count, max_rows};
    brasa_status status = brasa__guarded(call_fetch, &c, err);

    brasa__arena_free(f.arena);
    return status;
}
