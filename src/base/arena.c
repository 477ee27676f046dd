/* arena.c -- memory and resources that are freed together.
 *
 * Pages grow from 4 KiB by doubling to 1 MiB; a larger request has a page of its own, put behind the current one so that the
 * rest of that page stays in use.  Fresh bytes are zero: pages come zeroed, and what a reset keeps is cleared again.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

enum { FIRST_PAGE = 4096, LAST_PAGE = 1 << 20 };

typedef struct page {
    struct page *next;
    size_t       bytes; /* of data, after the header */
    size_t       used;
} page;

typedef struct deferred {
    struct deferred *next;
    void (*fn)(void *arg);
    void *arg;
} deferred;

struct brasa_arena {
    brasa_arena *parent;
    brasa_arena *children;
    brasa_arena *prev, *next; /* siblings */
    page        *pages;       /* the current one first */
    deferred    *deferred;
    size_t       bytes; /* of all pages */
    size_t       next_page;
    const char  *name;
};

static page *page_new(size_t bytes)
{
    page *p = brasa__alloc(sizeof *p + bytes);

    p->bytes = bytes;
    return p;
}

brasa_arena *brasa__arena_new(brasa_arena *parent, const char *name)
{
    brasa_arena *a = brasa__alloc(sizeof *a);

    a->name = name;
    a->next_page = FIRST_PAGE;
    a->parent = parent;
    if (parent) {
        a->next = parent->children;
        if (a->next) a->next->prev = a;
        parent->children = a;
    }
    return a;
}

/* Children first, then this arena's calls, last first.  A call may use the arena's memory, and may defer no more. */
static void release_contents(brasa_arena *a)
{
    while (a->children) brasa__arena_free(a->children);
    while (a->deferred) {
        deferred *d = a->deferred;
        a->deferred = d->next;
        d->fn(d->arg);
    }
}

void brasa__arena_free(brasa_arena *a)
{
    if (!a) return;
    release_contents(a);
    for (page *p = a->pages, *next; p; p = next) {
        next = p->next;
        brasa__free(p, sizeof *p + p->bytes);
    }
    if (a->prev) a->prev->next = a->next;
    if (a->parent && a->parent->children == a) a->parent->children = a->next;
    if (a->next) a->next->prev = a->prev;
    brasa__free(a, sizeof *a);
}

void brasa__arena_reset(brasa_arena *a)
{
    page *keep = NULL;

    release_contents(a);
    for (page *p = a->pages, *next; p; p = next) {
        next = p->next;
        if (!keep && p->bytes <= LAST_PAGE) {
            keep = p;
            continue;
        }
        a->bytes -= p->bytes;
        brasa__free(p, sizeof *p + p->bytes);
    }
    a->pages = keep;
    if (keep) {
        memset(keep + 1, 0, keep->used);
        keep->used = 0;
        keep->next = NULL;
    }
}

size_t brasa__arena_bytes(const brasa_arena *a)
{
    return a->bytes;
}

/* A page with room for `need` bytes; the current page unless the request is a large one. */
static page *page_with(brasa_arena *a, size_t need)
{
    bool  alone = need > a->next_page / 2;
    page *p = page_new(alone ? need : a->next_page);

    a->bytes += p->bytes;
    if (alone && a->pages) {
        p->next = a->pages->next;
        a->pages->next = p;
        return p;
    }
    p->next = a->pages;
    a->pages = p;
    if (!alone && a->next_page < LAST_PAGE) a->next_page *= 2;
    return p;
}

static void *alloc_aligned(brasa_arena *a, size_t bytes, size_t align)
{
    page *p = a->pages;

    if (bytes > PTRDIFF_MAX) brasa__throw(BRASA_NO_MEMORY, "%zu bytes asked of arena %s", bytes, a->name);
    if (bytes == 0) bytes = 1;
    for (int try = 0; try < 2; try++) {
        if (p) {
            uintptr_t base = (uintptr_t)(p + 1);
            uintptr_t at = (base + p->used + align - 1) & ~(uintptr_t)(align - 1);
            size_t    end = at - base + bytes;
            if (end <= p->bytes) {
                p->used = end;
                return (void *)at;
            }
        }
        if (try == 0) p = page_with(a, bytes + align);
    }
    assert(false && "a fresh page has room");
    brasa__throw(BRASA_INTERNAL, "arena %s: a fresh page has no room for %zu bytes", a->name, bytes);
}

void *brasa__arena_alloc(brasa_arena *a, size_t bytes)
{
    return alloc_aligned(a, bytes, 16);
}

void *brasa__arena_alloc64(brasa_arena *a, size_t bytes)
{
    return alloc_aligned(a, bytes, 64);
}

void *brasa__arena_copy(brasa_arena *a, const void *p, size_t bytes)
{
    void *q = brasa__arena_alloc(a, bytes);

    if (bytes) memcpy(q, p, bytes);
    return q;
}

char *brasa__arena_strdup(brasa_arena *a, const char *s)
{
    return brasa__arena_copy(a, s, strlen(s) + 1);
}

char *brasa__arena_strndup(brasa_arena *a, const char *s, size_t n)
{
    size_t len = strnlen(s, n);
    char  *q = brasa__arena_alloc(a, len + 1);

    memcpy(q, s, len);
    return q;
}

char *brasa__arena_dup_bytes(brasa_arena *a, const void *p, size_t n)
{
    char *q = brasa__arena_alloc(a, n + 1);

    if (n > 0) memcpy(q, p, n);
    return q;
}

char *brasa__arena_printf(brasa_arena *a, const char *fmt, ...)
{
    va_list ap, again;

    va_start(ap, fmt);
    va_copy(again, ap);
    int   n = vsnprintf(NULL, 0, fmt, ap);
    char *s = brasa__arena_alloc(a, n > 0 ? (size_t)n + 1 : 1);
    if (n > 0) vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return s;
}

void *brasa__arena_grow(brasa_arena *a, void *items, int32_t *cap, int32_t need, size_t size)
{
    int64_t room = *cap;

    if (need <= *cap && items) return items;
    room = room < 8 ? 8 : room * 2;
    if (room > INT32_MAX) room = INT32_MAX;
    if (room < need) room = need;
    void *more = brasa__arena_alloc(a, (size_t)room * size);
    if (items && *cap > 0) memcpy(more, items, (size_t)*cap * size);
    *cap = (int32_t)room;
    return more;
}

void brasa__arena_defer(brasa_arena *a, void (*fn)(void *arg), void *arg)
{
    deferred *d = BRASA_NEW(a, deferred);

    d->fn = fn;
    d->arg = arg;
    d->next = a->deferred;
    a->deferred = d;
}
