/* text_utf8.c -- is this UTF-8?  Plain ASCII, the common case, is known eight bytes at a time. */
#include "storage/text_utf8.h"

#include <stdint.h>
#include <string.h>

static inline bool is_ascii(const char *p, size_t n)
{
    uint64_t any = 0, word;
    size_t   i = 0;

    for (; i + 8 <= n; i += 8) {
        memcpy(&word, p + i, 8);
        any |= word;
    }
    for (; i < n; i++) any |= (unsigned char)p[i];
    return (any & 0x8080808080808080u) == 0;
}

static bool valid_sequences(const char *p, size_t n)
{
    const unsigned char *s = (const unsigned char *)p;

    for (size_t i = 0; i < n;) {
        size_t   more;
        uint32_t cp;

        if (s[i] < 0x80) {
            i++;
            continue;
        }
        more = s[i] >= 0xf0 && s[i] < 0xf5 ? 3 : s[i] >= 0xe0 && s[i] < 0xf0 ? 2 : s[i] >= 0xc2 && s[i] < 0xe0 ? 1 : 0;
        if (more == 0 || i + more >= n) return false;
        cp = s[i] & (0x3fu >> more);
        for (size_t k = 1; k <= more; k++) {
            if ((s[i + k] & 0xc0) != 0x80) return false;
            cp = cp << 6 | (s[i + k] & 0x3fu);
        }
        if ((more == 2 && (cp < 0x800 || (cp >= 0xd800 && cp < 0xe000))) || (more == 3 && (cp < 0x10000 || cp > 0x10ffff))) return false;
        i += more + 1;
    }
    return true;
}

bool brasa__text_is_utf8(const char *p, size_t n)
{
    return is_ascii(p, n) || valid_sequences(p, n);
}
