/* mem/buf.h -- counted, budgeted column buffers.
 *
 * Fresh pages are the dearest memory there is, so buffers of 64 KiB and more come from a pool of reused, huge-page backed
 * memory that hangs off the rank's context; smaller ones from the heap.  Reference counts are atomic: a buffer may be
 * released by any thread of its rank.
 */
#ifndef BRASA_MEM_BUF_H
#define BRASA_MEM_BUF_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct brasa_buf {
    atomic_int refs;
    size_t     bytes;                        /* usable; at least what was asked for */
    void      *data;                         /* 64-byte aligned; not zeroed */
    void (*release)(struct brasa_buf *self); /* NULL: back to the pool.  Else called at the last unref, then the struct is freed */
    void *owner;                             /* for release */
} brasa_buf;

/* Throws NO_MEMORY past the budget.  References: 1.  Readable for 64 bytes past its end. */
brasa_buf *brasa__buf_new(size_t bytes);
/* A buffer around memory that is someone else's; it is not counted.  release may be NULL: nothing to do at the end. */
brasa_buf *brasa__buf_wrap(void *data, size_t bytes, void (*release)(brasa_buf *), void *owner);
brasa_buf *brasa__buf_ref(brasa_buf *b);
void       brasa__buf_unref(brasa_buf *b); /* NULL is ignored */

/* A context's pool is made by its first buffer, and freed with the context. */
typedef struct brasa_pool brasa_pool;
brasa_pool               *brasa__pool_new(void);
/* Every buffer must be back. */
void brasa__pool_free(brasa_pool *p);
/* Bytes kept for reuse: they count against the budget only while in use. */
size_t brasa__pool_idle(const brasa_pool *p);
void   brasa__pool_trim(brasa_pool *p);

#endif
