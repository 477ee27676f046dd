/* data/string.h -- making and comparing 16-byte strings. */
#ifndef BRASA_DATA_STRING_H
#define BRASA_DATA_STRING_H

#include <string.h>

#include "brasa/types.h"

_Static_assert(sizeof(brasa_string) == 16, "a string is two words");

/* A view of n bytes at p (which must live as long as the view when n > 12). */
static inline brasa_string brasa__string(const char *p, size_t n)
{
    brasa_string s;

    memset(&s, 0, sizeof s);
    s.len = (uint32_t)n;
    if (n <= 12) {
        if (n != 0) memcpy(s.u.inlined, p, n);
    } else {
        memcpy(s.u.ref.prefix, p, 4);
        s.u.ref.data = p;
    }
    return s;
}

/* memcpy of the bytes of a long string (n > 12): mostly a few words, which a call would take longer for. */
static inline void brasa__string_copy(char *restrict to, const char *restrict from, size_t n)
{
    if (n > 32) {
        memcpy(to, from, n);
    } else { /* four words that overlap: lengths come in no order that the machine foresees */
        size_t   last = n - 8, at[4] = {0, last < 8 ? last : 8, last < 16 ? last : 16, last};
        uint64_t word[4];

        for (int k = 0; k < 4; k++) memcpy(&word[k], from + at[k], 8);
        for (int k = 0; k < 4; k++) memcpy(to + at[k], &word[k], 8);
    }
}

static inline bool brasa__string_equal(const brasa_string *a, const brasa_string *b)
{
    uint64_t x, y;

    memcpy(&x, a, 8);
    memcpy(&y, b, 8);
    if (x != y) return false;
    if (a->len <= 12) return memcmp((const char *)a + 8, (const char *)b + 8, 8) == 0;
    return memcmp(a->u.ref.data, b->u.ref.data, a->len) == 0;
}

/* Byte order, as memcmp: <0, 0, >0. */
int brasa__string_compare(const brasa_string *a, const brasa_string *b);

#endif
