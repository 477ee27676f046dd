/* alloc.c -- counted allocation against the account of the thread's rank.
 *
 * Invariant: `used` is the sum of the bytes asked for and not yet freed; a charge that would pass the budget is undone
 * before it is reported, so concurrent charges may fail early but the budget is never passed for long.
 */
#include "base/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/ctx.h"
#include "base/fault.h"
#include "base/now.h"

enum { LARGE = 64 << 10 };

struct brasa_memory {
    atomic_size_t    budget;
    atomic_ptrdiff_t used; /* signed: a block may be freed under another account than it was charged to */
    atomic_size_t    peak;
};

void *brasa__alloc_untracked(size_t bytes)
{
    void *p = calloc(1, bytes ? bytes : 1);

    if (!p) brasa__throw(BRASA_NO_MEMORY, "the system has no %zu bytes of memory left", bytes);
    return p;
}

brasa_memory *brasa__memory_new(void)
{
    return brasa__alloc_untracked(sizeof(brasa_memory));
}

void brasa__memory_free(brasa_memory *m)
{
    free(m);
}

void brasa__memory_set_budget(brasa_memory *m, size_t bytes)
{
    atomic_store(&m->budget, bytes);
}

size_t brasa__memory_budget(const brasa_memory *m)
{
    return m ? atomic_load(&m->budget) : 0;
}

size_t brasa__memory_used(const brasa_memory *m)
{
    ptrdiff_t used = m ? atomic_load(&m->used) : 0;

    return used > 0 ? (size_t)used : 0;
}

size_t brasa__memory_peak(const brasa_memory *m)
{
    return m ? atomic_load(&m->peak) : 0;
}

void brasa__memory_restart_peak(brasa_memory *m)
{
    if (m) atomic_store(&m->peak, brasa__memory_used(m));
}

int brasa__memory_try_charge(size_t bytes)
{
    brasa_memory *m = brasa__ctx()->memory;

    if (!m) return 1;
    if (bytes > PTRDIFF_MAX) return 0;
    ptrdiff_t used = atomic_fetch_add_explicit(&m->used, (ptrdiff_t)bytes, memory_order_relaxed) + (ptrdiff_t)bytes;
    size_t    budget = atomic_load_explicit(&m->budget, memory_order_relaxed);
    if (budget && used > 0 && (size_t)used > budget) {
        atomic_fetch_sub_explicit(&m->used, (ptrdiff_t)bytes, memory_order_relaxed);
        return 0;
    }
    brasa__now()->taken += (int64_t)bytes;
    size_t peak = atomic_load_explicit(&m->peak, memory_order_relaxed);
    while (used > 0 && (size_t)used > peak) {
        if (atomic_compare_exchange_weak_explicit(&m->peak, &peak, (size_t)used, memory_order_relaxed, memory_order_relaxed)) break;
    }
    return 1;
}

static _Noreturn void over_budget(size_t bytes)
{
    const brasa_memory *m = brasa__ctx()->memory;

    brasa__throw(BRASA_NO_MEMORY,
                 "%zu bytes more would pass the memory budget: %zu of %zu bytes are in use; give more with --memory, or use more ranks or "
                 "smaller batches",
                 bytes, brasa__memory_used(m), brasa__memory_budget(m));
}

void brasa__memory_charge(size_t bytes)
{
    if (!brasa__memory_try_charge(bytes)) over_budget(bytes);
}

void brasa__memory_release_to(brasa_memory *m, size_t bytes)
{
    brasa_now *now = brasa__now();

    if (!m) return;
    if (bytes >= LARGE && now->holder) brasa__now_hold(now->holder); /* or nobody sees that it was there */
    now->taken -= (int64_t)bytes;
    atomic_fetch_sub_explicit(&m->used, (ptrdiff_t)bytes, memory_order_relaxed);
}

void brasa__memory_release(size_t bytes)
{
    brasa__memory_release_to(brasa__ctx()->memory, bytes);
}

static _Noreturn void no_memory(size_t bytes)
{
    brasa__throw(BRASA_NO_MEMORY, "the system has no %zu bytes of memory left", bytes);
}

void *brasa__alloc(size_t bytes)
{
    if (BRASA_FAULT("alloc")) no_memory(bytes);
    brasa__memory_charge(bytes);
    void *p = calloc(1, bytes ? bytes : 1);
    if (!p) {
        brasa__memory_release(bytes);
        no_memory(bytes);
    }
    return p;
}

void *brasa__realloc(void *p, size_t old_bytes, size_t new_bytes)
{
    if (!p) return brasa__alloc(new_bytes);
    if (BRASA_FAULT("alloc")) no_memory(new_bytes);
    if (new_bytes > old_bytes) brasa__memory_charge(new_bytes - old_bytes);
    void *q = realloc(p, new_bytes ? new_bytes : 1);
    if (!q) {
        if (new_bytes > old_bytes) brasa__memory_release(new_bytes - old_bytes);
        no_memory(new_bytes);
    }
    if (new_bytes < old_bytes) brasa__memory_release(old_bytes - new_bytes);
    return q;
}

void brasa__free(void *p, size_t bytes)
{
    if (!p) return;
    free(p);
    brasa__memory_release(bytes);
}
