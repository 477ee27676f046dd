/* tools/brasa_submit/text.h -- texts and lists of texts that live until the program ends. */
#ifndef BRASA_TOOLS_SUBMIT_TEXT_H
#define BRASA_TOOLS_SUBMIT_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Owns every text that was made with it. */
typedef struct text_pool {
    struct text_block *blocks;
} text_pool;

void *pool_bytes(text_pool *p, size_t n); /* zeroed; ends the program when there is no memory */
char *pool_format(text_pool *p, const char *form, ...) __attribute__((format(printf, 2, 3)));
void  pool_free(text_pool *p);

/* A list that ends with NULL, so that it is an argv. */
typedef struct text_list {
    text_pool   *pool;
    const char **items;
    int          count, room;
} text_list;

void list_add(text_list *l, const char *text);
void list_addf(text_list *l, const char *form, ...) __attribute__((format(printf, 2, 3)));

/* A word as a shell needs it: quoted where it must be. */
const char *shell_word(text_pool *p, const char *word);

#endif
