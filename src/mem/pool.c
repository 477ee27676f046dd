/* pool.c -- free lists of blocks, by size class, and the slabs they are cut from.
 *
 * Blocks up to 1 MiB are cut from slabs of about 4 MiB; larger ones have a slab each.  Neighbours stand STAGGER bytes
 * further apart than their size, so that columns read side by side do not fall on the same cache sets.  One mutex
 * guards the lists; nothing is allocated, mapped or unmapped under it.
 *
 * Invariant: a block is either in use, hot (in the free list, its pages kept: `idle` counts it) or cold (in the free list,
 * its pages given back).
 */
#include "mem/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/log.h"

enum { SLAB = 4 << 20, CUT_MOST = 1 << 20, STAGGER = 192, PAGE = 4096, HUGE_PAGE = 2 << 20 };

typedef struct slab {
    struct slab *next;
    void        *pages;
    size_t       bytes;
    brasa_block  blocks[];
} slab;

struct brasa_pool {
    pthread_mutex_t lock;
    brasa_block    *hot[BRASA_POOL_CLASSES];
    brasa_block    *cold[BRASA_POOL_CLASSES];
    slab           *slabs;
    atomic_size_t   idle;
    atomic_int      live;
    atomic_bool     closed;
};

void *brasa__map_pages(size_t bytes)
{
    size_t slack = bytes >= HUGE_PAGE ? HUGE_PAGE : 0;
    char  *p = mmap(NULL, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) return NULL;
    if (!slack) return p;
    size_t before = (size_t)(-(uintptr_t)p & (HUGE_PAGE - 1));
    if (before) munmap(p, before);
    if (slack > before) munmap(p + before + bytes, slack - before);
    madvise(p + before, bytes, MADV_HUGEPAGE); /* only advice: small pages do as well */
    return p + before;
}

void brasa__unmap_pages(void *p, size_t bytes)
{
    munmap(p, bytes);
}

int brasa__pool_class(size_t bytes)
{
    int c = 0;

    while (brasa__pool_class_bytes(c) < bytes) c++;
    return c;
}

size_t brasa__pool_class_bytes(int size_class)
{
    size_t power = (size_t)BRASA_POOL_LEAST << (size_class / 2);

    return size_class % 2 ? power + power / 2 : power;
}

brasa_pool *brasa__pool_new(void)
{
    brasa_pool *p = brasa__alloc_untracked(sizeof *p);

    pthread_mutex_init(&p->lock, NULL);
    return p;
}

/* Buffers that are still in use keep the pool's pages alive: better a leak at the end than a use after free. */
void brasa__pool_free(brasa_pool *p)
{
    if (!p) return;
    atomic_store(&p->closed, true);
    int live = atomic_load(&p->live);
    if (live > 0) {
        brasa__log(BRASA_LOG_DEBUG, "%d column buffers are still in use at the end of their context", live);
        return;
    }
    for (slab *s = p->slabs, *next; s; s = next) {
        next = s->next;
        brasa__unmap_pages(s->pages, s->bytes);
        free(s);
    }
    pthread_mutex_destroy(&p->lock);
    free(p);
}

brasa_pool *brasa__pool_of(brasa_ctx *ctx)
{
    brasa_pool *p = __atomic_load_n(&ctx->pool, __ATOMIC_ACQUIRE);
    brasa_pool *none = NULL;

    if (p || !ctx->memory) return p;
    p = brasa__pool_new();
    __atomic_store_n(&ctx->pool_free, brasa__pool_free, __ATOMIC_RELEASE);
    if (__atomic_compare_exchange_n(&ctx->pool, &none, p, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return p;
    brasa__pool_free(p); /* another thread was first */
    return none;
}

size_t brasa__pool_idle(const brasa_pool *p)
{
    return p ? atomic_load(&p->idle) : 0;
}

/* Only whole pages inside the block go; what it shares with its neighbours stays. */
static void give_back(const brasa_block *b)
{
    uintptr_t from = ((uintptr_t)b->buf.data + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    uintptr_t to = ((uintptr_t)b->buf.data + b->buf.bytes) & ~(uintptr_t)(PAGE - 1);

    if (to > from) madvise((void *)from, to - from, MADV_DONTNEED);
}

void brasa__pool_trim(brasa_pool *p)
{
    if (!p) return;
    for (int c = 0; c < BRASA_POOL_CLASSES; c++) {
        pthread_mutex_lock(&p->lock);
        brasa_block *list = p->hot[c];
        p->hot[c] = NULL;
        pthread_mutex_unlock(&p->lock);
        for (brasa_block *b = list, *next; b; b = next) {
            next = b->next;
            give_back(b);
            atomic_fetch_sub(&p->idle, b->buf.bytes);
            b->cold = true;
            pthread_mutex_lock(&p->lock);
            b->next = p->cold[c];
            p->cold[c] = b;
            pthread_mutex_unlock(&p->lock);
        }
    }
}

static brasa_block *pop(brasa_block **list)
{
    brasa_block *b = *list;

    if (b) *list = b->next;
    return b;
}

static void cut_block(brasa_pool *p, brasa_block *b, void *data, int size_class)
{
    b->kind = BRASA_BLOCK_POOL;
    b->pool = p;
    b->size_class = size_class;
    b->cold = true;
    b->buf.data = data;
    b->buf.bytes = brasa__pool_class_bytes(size_class);
}

/* A new slab: its first block is returned, the others go to the cold list. */
static brasa_block *add_slab(brasa_pool *p, int size_class)
{
    size_t bytes = brasa__pool_class_bytes(size_class);
    size_t count = bytes <= CUT_MOST ? SLAB / (bytes + STAGGER) : 1;
    slab  *s = brasa__alloc_untracked(sizeof *s + count * sizeof(brasa_block));

    size_t whole = count > 1 ? HUGE_PAGE : PAGE; /* or the tail of a slab that is cut would lie in small pages */

    s->bytes = (count * (bytes + STAGGER) + whole - 1) / whole * whole;
    s->pages = brasa__map_pages(s->bytes);
    if (!s->pages) {
        free(s);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) cut_block(p, &s->blocks[i], (char *)s->pages + i * (bytes + STAGGER), size_class);
    pthread_mutex_lock(&p->lock);
    s->next = p->slabs;
    p->slabs = s;
    for (size_t i = 1; i < count; i++) {
        s->blocks[i].next = p->cold[size_class];
        p->cold[size_class] = &s->blocks[i];
    }
    pthread_mutex_unlock(&p->lock);
    return &s->blocks[0];
}

brasa_block *brasa__pool_take(brasa_pool *p, int size_class)
{
    brasa_block *b;

    pthread_mutex_lock(&p->lock);
    b = pop(&p->hot[size_class]);
    if (b) atomic_fetch_sub(&p->idle, b->buf.bytes);
    if (!b) b = pop(&p->cold[size_class]);
    pthread_mutex_unlock(&p->lock);
    if (!b) b = add_slab(p, size_class);
    if (!b) return NULL;
    b->next = NULL;
    b->cold = false;
    brasa__pool_live(p, 1);
    return b;
}

void brasa__pool_give(brasa_pool *p, brasa_block *b)
{
    assert(b->pool == p);
    pthread_mutex_lock(&p->lock);
    b->next = p->hot[b->size_class];
    p->hot[b->size_class] = b;
    atomic_fetch_add(&p->idle, b->buf.bytes);
    pthread_mutex_unlock(&p->lock);
    brasa__pool_live(p, -1);
}

void brasa__pool_live(brasa_pool *p, int change)
{
    if (p) atomic_fetch_add(&p->live, change);
}

bool brasa__pool_closed(const brasa_pool *p)
{
    return p && atomic_load(&p->closed);
}
