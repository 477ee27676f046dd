/* mem/pool.h -- blocks of 64 KiB to 64 MiB that are kept for reuse.
 *
 * Size classes are the powers of two and one and a half times them.  A block belongs to the pool that made it, whoever
 * releases it.  Inside src/mem only.
 */
#ifndef BRASA_MEM_POOL_H
#define BRASA_MEM_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ctx.h"
#include "mem/buf.h"

enum {
    BRASA_POOL_LEAST = 64 << 10,
    BRASA_POOL_MOST = 64 << 20,
    BRASA_POOL_CLASSES = 21,
    BRASA_BUF_PAD = 64, /* readable past the end of every buffer */
};

typedef enum brasa_block_kind { BRASA_BLOCK_WRAP, BRASA_BLOCK_HEAP, BRASA_BLOCK_POOL, BRASA_BLOCK_MAP } brasa_block_kind;

/* What is behind a brasa_buf. */
typedef struct brasa_block {
    brasa_buf            buf; /* first: a brasa_buf * is a brasa_block * */
    brasa_block_kind     kind;
    int                  size_class;
    bool                 cold; /* its pages were given back to the system */
    struct brasa_block  *next; /* in a free list */
    struct brasa_pool   *pool; /* NULL: of a thread without context */
    struct brasa_memory *memory;
    size_t               charged;
    size_t               mapped; /* MAP: bytes of the mapping at buf.data */
} brasa_block;

/* The pool of the calling thread's context, made when there is none yet; NULL for a thread without context. */
brasa_pool *brasa__pool_of(brasa_ctx *ctx);

int    brasa__pool_class(size_t bytes); /* bytes in LEAST .. MOST */
size_t brasa__pool_class_bytes(int size_class);

/* A block of the class, its bytes already charged.  NULL: the system has no more. */
brasa_block *brasa__pool_take(brasa_pool *p, int size_class);
void         brasa__pool_give(brasa_pool *p, brasa_block *b);

/* A buffer of this pool that is no block of it came or went: pool_free waits for none, but knows that they are there. */
void brasa__pool_live(brasa_pool *p, int change);
bool brasa__pool_closed(const brasa_pool *p);

/* Zeroed pages backed by huge ones where they fit, aligned to them; NULL when there are none. */
void *brasa__map_pages(size_t bytes);
void  brasa__unmap_pages(void *p, size_t bytes);

#endif
