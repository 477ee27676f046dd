/* string.c -- order of 16-byte strings. */
#include "data/string.h"

static uint32_t prefix_word(const brasa_string *s)
{
    uint32_t w;

    memcpy(&w, s->u.inlined, 4);
    return __builtin_bswap32(w);
}

int brasa__string_compare(const brasa_string *a, const brasa_string *b)
{
    uint32_t x = prefix_word(a), y = prefix_word(b);

    /* unused inline bytes are zero, so a difference here is one of bytes or of length: either way it decides */
    if (x != y) return x < y ? -1 : 1;

    uint32_t n = a->len < b->len ? a->len : b->len;
    int      c = n > 4 ? memcmp(brasa_string_data(a) + 4, brasa_string_data(b) + 4, n - 4) : 0;

    if (c != 0) return c;
    return (a->len > b->len) - (a->len < b->len);
}
