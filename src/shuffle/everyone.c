/* shuffle/everyone.c -- small tables that all ranks must see: what everybody has, in the order of ranks. */
#include <string.h>

#include "base/alloc.h"
#include "comm/agree.h"
#include "shuffle/inner.h"

typedef struct room_call {
    size_t     bytes;
    brasa_buf *buf;
} room_call;

static brasa_status make_room(void *arg, brasa_error *err)
{
    room_call *r = arg;

    (void)err;
    r->buf = brasa__buf_new(r->bytes);
    return BRASA_OK;
}

brasa_status brasa__everyone(brasa_comm *c, brasa_status local, brasa_arena *arena, const void *mine, size_t bytes, brasa_buf **all,
                             int64_t **offsets, int64_t **sizes, brasa_error *err)
{
    size_t       n = (size_t)c->size;
    int64_t     *send = BRASA_NEWS(arena, int64_t, 4 * n), *recv = send + n, *from = recv + n, *to = from + n;
    room_call    room = {0};
    brasa_status status;

    if (local == BRASA_OK && bytes > BRASA_COMM_MAX_MESSAGE)
        local = brasa__fail(err, BRASA_UNSUPPORTED, "a table of %zu bytes that all ranks must see; use fewer partitions", bytes);
    BRASA_TRY(brasa__agree(c, local, err));
    for (size_t r = 0; r < n; r++) send[r] = (int64_t)bytes;
    BRASA_TRY(brasa__comm_alltoall(c, send, recv, sizeof *send, err));
    for (size_t r = 0; r < n; r++) {
        to[r] = (int64_t)room.bytes;
        room.bytes += ((size_t)recv[r] + 7) / 8 * 8;
    }
    local = brasa__guarded(make_room, &room, err);
    status = brasa__agree(c, local, err);
    if (status == BRASA_OK) status = brasa__comm_alltoallv(c, mine, send, from, room.buf->data, recv, to, err);
    if (status != BRASA_OK) {
        brasa__buf_unref(room.buf);
        return status;
    }
    *all = room.buf;
    *offsets = to;
    *sizes = recv;
    return BRASA_OK;
}
