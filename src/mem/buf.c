/* buf.c -- counted buffers: small ones on the heap, those of the pool's classes from the pool, larger ones mapped.
 *
 * Invariant: a buffer's bytes are charged to the account of the rank that made it from its making to its last unref.
 */
#include "mem/buf.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "mem/pool.h"

static _Noreturn void no_memory(size_t bytes)
{
    brasa__throw(BRASA_NO_MEMORY, "the system has no %zu bytes of memory left for a column", bytes);
}

/* Charge `bytes`; when the budget is short of them, first give back what is kept for reuse. */
static void charge(brasa_pool *pool, size_t bytes)
{
    const brasa_memory *m = brasa__ctx()->memory;
    size_t              budget = brasa__memory_budget(m);
    size_t              idle = brasa__pool_idle(pool);

    if (budget && idle && brasa__memory_used(m) + idle + bytes > budget) brasa__pool_trim(pool);
    brasa__memory_charge(bytes);
}

static brasa_block *heap_block(size_t bytes)
{
    size_t       head = (sizeof(brasa_block) + 63) / 64 * 64;
    size_t       room = bytes ? (bytes + 63) / 64 * 64 : 64;
    brasa_block *b = aligned_alloc(64, head + room + BRASA_BUF_PAD);

    if (!b) return NULL;
    *b = (brasa_block) {.kind = BRASA_BLOCK_HEAP};
    b->buf.bytes = room;
    b->buf.data = (char *)b + head;
    return b;
}

static brasa_block *map_block(size_t bytes)
{
    brasa_block *b = calloc(1, sizeof *b);

    if (!b) return NULL;
    b->kind = BRASA_BLOCK_MAP;
    b->mapped = (bytes + BRASA_BUF_PAD + 4095) / 4096 * 4096;
    b->buf.bytes = b->mapped - BRASA_BUF_PAD;
    b->buf.data = brasa__map_pages(b->mapped);
    if (b->buf.data) return b;
    free(b);
    return NULL;
}

brasa_buf *brasa__buf_new(size_t bytes)
{
    brasa_ctx   *ctx = brasa__ctx();
    brasa_pool  *pool = brasa__pool_of(ctx);
    bool         pooled = pool && bytes >= BRASA_POOL_LEAST && bytes <= BRASA_POOL_MOST;
    int          size_class = pooled ? brasa__pool_class(bytes) : 0;
    size_t       charged = pooled ? brasa__pool_class_bytes(size_class) : bytes;
    brasa_block *b;

    if (BRASA_FAULT("alloc") || bytes > PTRDIFF_MAX / 2) no_memory(bytes);
    charge(pool, charged);
    if (pooled)
        b = brasa__pool_take(pool, size_class);
    else
        b = bytes < BRASA_POOL_LEAST ? heap_block(bytes) : map_block(bytes);
    if (!b) {
        brasa__memory_release(charged);
        no_memory(bytes);
    }
    if (!pooled) brasa__pool_live(pool, 1);
    b->pool = pool;
    b->memory = ctx->memory;
    b->charged = charged;
    b->buf.release = NULL;
    b->buf.owner = NULL;
    atomic_init(&b->buf.refs, 1);
    return &b->buf;
}

brasa_buf *brasa__buf_wrap(void *data, size_t bytes, void (*release)(brasa_buf *), void *owner)
{
    brasa_block *b = brasa__alloc_untracked(sizeof *b);

    b->kind = BRASA_BLOCK_WRAP;
    b->buf.data = data;
    b->buf.bytes = bytes;
    b->buf.release = release;
    b->buf.owner = owner;
    atomic_init(&b->buf.refs, 1);
    return &b->buf;
}

brasa_buf *brasa__buf_ref(brasa_buf *b)
{
    if (b) atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

static void block_free(brasa_block *b)
{
    brasa_pool *pool = b->pool;

    if (!brasa__pool_closed(pool)) brasa__memory_release_to(b->memory, b->charged);
    switch (b->kind) {
    case BRASA_BLOCK_POOL: brasa__pool_give(pool, b); return;
    case BRASA_BLOCK_MAP: brasa__unmap_pages(b->buf.data, b->mapped); break;
    case BRASA_BLOCK_HEAP:
    case BRASA_BLOCK_WRAP: break;
    }
    if (b->kind != BRASA_BLOCK_WRAP) brasa__pool_live(pool, -1);
    free(b);
}

void brasa__buf_unref(brasa_buf *b)
{
    if (!b) return;
    int before = atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before != 1) return;
    if (b->release) b->release(b);
    block_free((brasa_block *)b);
}
