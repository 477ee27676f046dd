/* base/arena.h -- memory and resources that are freed together.
 *
 * Arenas form a tree (session > query > stage > task); freeing one frees its children first and runs the deferred
 * calls of each in reverse order.  An arena is used by one thread at a time.  All allocation throws (base/alloc.h).
 */
#ifndef BRASA_BASE_ARENA_H
#define BRASA_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef struct brasa_arena brasa_arena;

brasa_arena *brasa__arena_new(brasa_arena *parent, const char *name);
void         brasa__arena_free(brasa_arena *a);  /* NULL is ignored */
void         brasa__arena_reset(brasa_arena *a); /* frees what is in it, keeps a first page */
size_t       brasa__arena_bytes(const brasa_arena *a);

/* Zeroed, aligned to 16. */
void *brasa__arena_alloc(brasa_arena *a, size_t bytes);
/* Zeroed, aligned to 64. */
void *brasa__arena_alloc64(brasa_arena *a, size_t bytes);
void *brasa__arena_copy(brasa_arena *a, const void *p, size_t bytes);
char *brasa__arena_strdup(brasa_arena *a, const char *s);
char *brasa__arena_strndup(brasa_arena *a, const char *s, size_t n); /* at most n bytes: ends at a NUL */
char *brasa__arena_dup_bytes(brasa_arena *a, const void *p,
                             size_t n); /* n bytes, whatever they are, and a NUL: strings of data hold any byte */
char *brasa__arena_printf(brasa_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Make room in a growing array: returns `items` or a larger copy with room for `need` items of `size` bytes (at least doubled);
 * *cap is the room in items.  The old array stays until the arena goes.  New items are zero. */
void *brasa__arena_grow(brasa_arena *a, void *items, int32_t *cap, int32_t need, size_t size);

/* Call fn(arg) when the arena is freed or reset, last deferred first. */
void brasa__arena_defer(brasa_arena *a, void (*fn)(void *arg), void *arg);

/* A typed allocation. */
#define BRASA_NEW(arena, T)     ((T *)brasa__arena_alloc((arena), sizeof(T)))
#define BRASA_NEWS(arena, T, n) ((T *)brasa__arena_alloc((arena), sizeof(T) * (size_t)(n)))

/* Text that grows. */
typedef struct brasa_text {
    brasa_arena *arena;
    char        *s; /* NUL-terminated; never NULL after brasa__text_init */
    size_t       len;
    size_t       cap;
} brasa_text;

void brasa__text_init(brasa_text *t, brasa_arena *arena);
void brasa__text_add(brasa_text *t, const char *s);
void brasa__text_add_n(brasa_text *t, const char *s, size_t n);
void brasa__text_addf(brasa_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
