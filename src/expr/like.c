/* like.c -- see like.h.
 *
 * A pattern is cut at its % into parts of fixed length in characters.  The first part is tried at the start, the last at the end, those between wherever they come
 * first: no backtracking is needed.  A part without _ is found by kernel/find.h.
 */
#include "expr/like.h"

#include <string.h>

#include "kernel/find.h"

typedef struct part {
    const char    *s;   /* bytes, escapes resolved */
    const uint8_t *any; /* 1: this byte stands for a _; NULL: there is none */
    size_t         n;
} part;

struct brasa_like {
    part   *parts;
    int32_t n;
    bool    open_start, open_end; /* begins, ends with % */
};

brasa_like *brasa__like_new(brasa_arena *arena, const char *pattern, size_t n, int escape)
{
    brasa_like *p = BRASA_NEW(arena, brasa_like);
    char       *s = brasa__arena_alloc(arena, n + 1);
    uint8_t    *any = brasa__arena_alloc(arena, n + 1);
    size_t      m = 0, from = 0;
    bool        wild = false, last_percent = false;
    int32_t     cap = 0;

    p->open_start = n > 0 && pattern[0] == '%' && escape != '%';
    for (size_t i = 0; i <= n; i++) {
        bool escaped = i + 1 < n && escape >= 0 && (unsigned char)pattern[i] == (unsigned)escape;
        if (escaped) i++;
        bool percent = i < n && !escaped && pattern[i] == '%';
        if (i == n || percent) {
            if (m > from) {
                p->parts = brasa__arena_grow(arena, p->parts, &cap, p->n + 1, sizeof *p->parts);
                p->parts[p->n++] = (part) {.s = s + from, .any = wild ? any + from : NULL, .n = m - from};
            }
            from = m;
            wild = false;
            if (percent) last_percent = true;
            continue;
        }
        last_percent = false;
        any[m] = !escaped && pattern[i] == '_';
        wild |= any[m];
        s[m++] = pattern[i];
    }
    p->open_end = last_percent;
    return p;
}

/* Bytes of s that the part takes at its start; -1: it does not match there. */
static int64_t match_at(const part *p, const char *s, size_t n)
{
    size_t at = 0;

    if (p->any == NULL) return p->n <= n && memcmp(s, p->s, p->n) == 0 ? (int64_t)p->n : -1;
    for (size_t i = 0; i < p->n; i++) {
        if (at >= n) return -1;
        if (!p->any[i]) {
            if (s[at++] != p->s[i]) return -1;
            continue;
        }
        at++;
        while (at < n && ((unsigned char)s[at] & 0xC0) == 0x80) at++;
    }
    return (int64_t)at;
}

/* First place of the part in s: *len bytes are taken there. */
static const char *find(const part *p, const char *s, size_t n, int64_t *len)
{
    if (p->any == NULL) {
        *len = (int64_t)p->n;
        return brasa__find_bytes(s, n, p->s, p->n);
    }
    for (size_t i = 0; i < n; i++) {
        if (((unsigned char)s[i] & 0xC0) == 0x80) continue;
        *len = match_at(p, s + i, n - i);
        if (*len >= 0) return s + i;
    }
    return NULL;
}

static bool match_end(const part *p, const char *s, size_t n)
{
    if (p->any == NULL) return p->n <= n && memcmp(s + n - p->n, p->s, p->n) == 0;
    for (size_t i = n + 1; i-- > 0;) { /* parts have a fixed length in characters: the first that reaches the end is the only one */
        if (i < n && ((unsigned char)s[i] & 0xC0) == 0x80) continue;
        int64_t len = match_at(p, s + i, n - i);
        if (len >= 0) return i + (size_t)len == n;
    }
    return false;
}

bool brasa__like_match(const brasa_like *p, const char *s, size_t n)
{
    int32_t first = 0, last = p->n;
    int64_t len;

    if (p->n == 0) return p->open_start || n == 0;
    if (!p->open_start) {
        len = match_at(&p->parts[0], s, n);
        if (len < 0) return false;
        s += len;
        n -= (size_t)len;
        first = 1;
        if (p->n == 1) return p->open_end || n == 0;
    }
    if (!p->open_end) last--;
    for (int32_t i = first; i < last; i++) {
        const char *at = find(&p->parts[i], s, n, &len);
        if (at == NULL) return false;
        n -= (size_t)(at - s) + (size_t)len;
        s = at + len;
    }
    return p->open_end || match_end(&p->parts[last], s, n);
}
