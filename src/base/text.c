/* text.c -- text that grows in an arena; always NUL-terminated. */
#include "base/arena.h"

#include <stdio.h>
#include <string.h>

void brasa__text_init(brasa_text *t, brasa_arena *arena)
{
    t->arena = arena;
    t->cap = 64;
    t->len = 0;
    t->s = brasa__arena_alloc(arena, t->cap);
}

static void text_reserve(brasa_text *t, size_t more)
{
    size_t need = t->len + more + 1;

    if (need <= t->cap) return;
    size_t cap = t->cap * 2 > need ? t->cap * 2 : need;
    char  *s = brasa__arena_alloc(t->arena, cap);
    memcpy(s, t->s, t->len + 1);
    t->s = s;
    t->cap = cap;
}

void brasa__text_add_n(brasa_text *t, const char *s, size_t n)
{
    text_reserve(t, n);
    if (n) memcpy(t->s + t->len, s, n);
    t->len += n;
    t->s[t->len] = '\0';
}

void brasa__text_add(brasa_text *t, const char *s)
{
    brasa__text_add_n(t, s, strlen(s));
}

void brasa__text_addf(brasa_text *t, const char *fmt, ...)
{
    va_list ap, again;

    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(t->s + t->len, t->cap - t->len, fmt, ap);
    if (n > 0 && (size_t)n >= t->cap - t->len) {
        text_reserve(t, (size_t)n);
        vsnprintf(t->s + t->len, t->cap - t->len, fmt, again);
    }
    if (n > 0) t->len += (size_t)n;
    t->s[t->len] = '\0';
    va_end(again);
    va_end(ap);
}
