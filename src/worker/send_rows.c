/* worker/send_rows.c -- rows of a result go to the driver, block by block, each after its request. */
#include "base/alloc.h"
#include "comm/comm.h"
#include "exec/message.h"
#include "worker/inner.h"

enum { SLICE_ROWS = 2048 };

typedef struct sending {
    brasa_worker *w;
    brasa_arena  *arena;
    brasa_reader *body;
    brasa_arena  *scratch; /* of one encoding */
    brasa_column *cols;
    bool          stopped; /* by the driver */
    bool          lost;    /* the driver cannot be reached */
} sending;

static brasa_status answer(sending *s, int64_t kind, int64_t bytes, brasa_error *err)
{
    brasa_rows_head head = {.kind = kind, .bytes = bytes};
    brasa_status    status = brasa__comm_send(s->w->world, 0, BRASA_TAG_ROWS, &head, sizeof head, err);

    if (status != BRASA_OK) s->lost = true;
    return status;
}

/* Waits without a deadline: the driver may be busy with what others send. */
static brasa_status wait_for_request(sending *s, brasa_error *err)
{
    brasa_comm  *world = s->w->world;
    int64_t      what = BRASA_REQUEST_STOP;
    brasa_status status;

    world->patient = true;
    status = brasa__comm_recv(world, 0, BRASA_TAG_REQUEST, &what, sizeof what, err);
    world->patient = false;
    if (status != BRASA_OK)
        s->lost = true;
    else if (what == BRASA_REQUEST_STOP)
        s->stopped = true;
    return status;
}

static brasa_status offer(sending *s, const brasa_batch *in, brasa_error *err)
{
    brasa_wire   wire;
    brasa_status status;

    brasa__arena_reset(s->scratch);
    brasa__wire_init(&wire, s->scratch);
    brasa__batch_encode(in, &wire);
    if (wire.len > INT32_MAX)
        return brasa__fail(err, BRASA_UNSUPPORTED, "%d rows of a result take %zu bytes; at most %d fit a message", in->nsel, wire.len,
                           INT32_MAX);
    BRASA_TRY(answer(s, BRASA_ROWS_BLOCK, (int64_t)wire.len, err));
    BRASA_TRY(wait_for_request(s, err));
    if (s->stopped) return BRASA_OK;
    status = brasa__comm_send(s->w->world, 0, BRASA_TAG_ROWS, wire.data, (int64_t)wire.len, err);
    if (status != BRASA_OK) s->lost = true;
    return status;
}

/* The first `rows` rows of a block: at once where that is a message of some MB, else in slices. */
static brasa_status offer_block(sending *s, const brasa_block *b, int32_t rows, brasa_error *err)
{
    int32_t step = b->bytes <= BRASA_COMM_MAX_MESSAGE ? rows : SLICE_ROWS;

    for (int32_t at = 0; at < rows && !s->stopped; at += step) {
        brasa_batch slice;

        brasa__block_slice(b, at, rows - at < step ? rows - at : step, s->cols, &slice);
        BRASA_TRY(offer(s, &slice, err));
    }
    return BRASA_OK;
}

static brasa_status offer_item(sending *s, int32_t stage, const brasa_fetch_item *item, brasa_error *err)
{
    const brasa_blocks *list = brasa__exec_partition(s->w->exec, stage, item->partition);
    int64_t             left = item->rows;

    if (list == NULL) return brasa__fail(err, BRASA_INTERNAL, "partition %d of stage %d is gone", item->partition, stage);
    for (int32_t i = 0; i < list->count && left > 0 && !s->stopped; i++) {
        const brasa_block *b = list->items[i];
        int32_t            rows = b->rows < left ? b->rows : (int32_t)left;

        s->cols = BRASA_NEWS(s->arena, brasa_column, b->ncols);
        BRASA_TRY(offer_block(s, b, rows, err));
        left -= rows;
    }
    return s->stopped ? BRASA_OK : answer(s, BRASA_ROWS_END, 0, err);
}

static brasa_status offer_all(void *arg, brasa_error *err)
{
    sending          *s = arg;
    brasa_fetch_item *items;
    int32_t           stage, n = brasa__get_fetch(s->body, s->arena, &stage, &items);

    s->scratch = brasa__arena_new(s->arena, "encoding");
    for (int32_t i = 0; i < n && !s->stopped; i++)
        if (items[i].worker == s->w->workers->rank) BRASA_TRY(offer_item(s, stage, &items[i], err));
    return BRASA_OK;
}

/* Is there anything that this worker is to send? */
static bool asked(const brasa_worker *w, brasa_reader body)
{
    int32_t stage = brasa__get_i32(&body), n = brasa__get_count(&body, 16);

    (void)stage;
    for (int32_t i = 0; i < n; i++) {
        int32_t worker = brasa__get_i32(&body);

        brasa__get_i32(&body);
        brasa__get_i64(&body);
        if (worker == w->workers->rank) return true;
    }
    return false;
}

brasa_status brasa__worker_send_rows(brasa_worker *w, brasa_arena *arena, brasa_reader *body, brasa_error *err)
{
    sending      s = {.w = w, .arena = arena, .body = body};
    brasa_error  why;
    brasa_status status;

    if (!asked(w, *body)) return BRASA_OK;
    brasa__error_clear(&why);
    status = brasa__guarded(offer_all, &s, &why);
    if (status == BRASA_OK) return BRASA_OK;
    if (s.lost) {
        *err = why;
        return status;
    }
    BRASA_TRY(answer(&s, BRASA_ROWS_ERROR, 0, err));
    return brasa__comm_send(w->world, 0, BRASA_TAG_ROWS, &why, sizeof why, err);
}
