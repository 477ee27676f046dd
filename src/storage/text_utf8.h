/* storage/text_utf8.h -- is this UTF-8? */
#ifndef BRASA_STORAGE_TEXT_UTF8_H
#define BRASA_STORAGE_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Shortest forms only, no surrogates, up to U+10FFFF. */
bool brasa__text_is_utf8(const char *p, size_t n);

#endif
