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
    } else if (n >= 16) {
        char end[16];

        memcpy(end, from + n - 16, 16);
        memcpy(to, from, 16);
        memcpy(to + n - 16, end, 16);
    } else {
        char end[8];

        memcpy(end, from + n - 8, 8);
        memcpy(to, from, 8);
        memcpy(to + n - 8, end, 8);
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
