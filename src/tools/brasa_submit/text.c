/* text.c -- texts and lists of texts that live until the program ends. */
#include "tools/brasa_submit/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct text_block {
    struct text_block *next;
    max_align_t        bytes[];
} text_block;

void *pool_bytes(text_pool *p, size_t n)
{
    text_block *b = calloc(1, sizeof *b + n);

    if (b == NULL) {
        fprintf(stderr, "brasa-submit: no memory for %zu bytes\n", n);
        exit(1);
    }
    b->next = p->blocks;
    p->blocks = b;
    return b->bytes;
}

char *pool_format(text_pool *p, const char *form, ...)
{
    va_list args, again;
    char   *out;
    int     n;

    va_start(args, form);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, form, args);
    va_end(args);
    out = pool_bytes(p, (size_t)n + 1);
    vsnprintf(out, (size_t)n + 1, form, again);
    va_end(again);
    return out;
}

void pool_free(text_pool *p)
{
    while (p->blocks != NULL) {
        text_block *next = p->blocks->next;

        free(p->blocks);
        p->blocks = next;
    }
}

void list_add(text_list *l, const char *text)
{
    if (l->count + 2 > l->room) {
        int          room = l->room < 8 ? 16 : 2 * l->room;
        const char **items = pool_bytes(l->pool, sizeof *items * (size_t)room);

        for (int i = 0; i < l->count; i++) items[i] = l->items[i];
        l->items = items;
        l->room = room;
    }
    l->items[l->count++] = text;
    l->items[l->count] = NULL;
}

void list_addf(text_list *l, const char *form, ...)
{
    va_list args;
    char    text[4096];

    va_start(args, form);
    vsnprintf(text, sizeof text, form, args);
    va_end(args);
    list_add(l, pool_format(l->pool, "%s", text));
}

const char *shell_word(text_pool *p, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    size_t            n = strlen(word), quotes = 0;
    char             *out, *to;

    if (n > 0 && strspn(word, plain) == n) return word;
    for (const char *c = word; *c != '\0'; c++) quotes += *c == '\'';
    out = to = pool_bytes(p, n + 3 * quotes + 3);
    *to++ = '\'';
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == '\'') {
            memcpy(to, "'\\''", 4);
            to += 4;
        } else {
            *to++ = *c;
        }
    }
    *to = '\'';
    return out;
}
