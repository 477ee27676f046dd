/* func_case.c -- upper, lower and title case of UTF-8.
 *
 * Character by character, but for those that a full mapping turns into several characters, or that look at their neighbours (sharp s is SS, the last
 * sigma of a word has a form of its own): a text that has one goes through ICU, whose mappings are those of Spark's.
 */
#include <unicode/ustring.h>
#include <utf8proc.h>

#include "data/string.h"
#include "expr/func_string.h"

static bool is_ascii(const char *s, size_t n)
{
    unsigned char any = 0;

    for (size_t i = 0; i < n; i++) any |= (unsigned char)s[i];
    return any < 0x80;
}

/* Straight loops: they become vector code. */
static void ascii_upper(const char *restrict s, size_t n, char *restrict out)
{
    for (size_t i = 0; i < n; i++) out[i] = (char)(s[i] - (s[i] >= 'a' && s[i] <= 'z' ? 32 : 0));
}

static void ascii_lower(const char *restrict s, size_t n, char *restrict out)
{
    for (size_t i = 0; i < n; i++) out[i] = (char)(s[i] + (s[i] >= 'A' && s[i] <= 'Z' ? 32 : 0));
}

static void ascii_case(const char *s, size_t n, brasa_letter_case how, char *out)
{
    if (how == BRASA_CASE_UPPER) {
        ascii_upper(s, n, out);
        return;
    }
    ascii_lower(s, n, out);
    for (size_t i = 0; i < n && how == BRASA_CASE_TITLE; i++)
        if ((i == 0 || s[i - 1] == ' ') && out[i] >= 'a' && out[i] <= 'z') out[i] = (char)(out[i] - 32);
}

/* Is its mapping more than one character, or one that depends on its neighbours? */
static bool is_special(utf8proc_int32_t c, bool upper)
{
    static const struct {
        utf8proc_int32_t from, to;
    } uppers[] = {{0xdf, 0xdf},   {0x149, 0x149},   {0x1f0, 0x1f0},   {0x390, 0x390},  {0x3b0, 0x3b0},
                  {0x587, 0x587}, {0x1e96, 0x1e9a}, {0x1f50, 0x1ffc}, {0xfb00, 0xfb17}};

    if (!upper) return c == 0x130 || c == 0x3a3; /* I with a dot, sigma */
    for (size_t i = 0; i < sizeof uppers / sizeof *uppers; i++)
        if (c >= uppers[i].from && c <= uppers[i].to) return true;
    return false;
}

static bool has_special(const char *s, size_t n, bool upper)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t k;

    for (size_t i = 0; i<n; i += k> 0 ? (size_t)k : 1) {
        k = utf8proc_iterate((const utf8proc_uint8_t *)s + i, (utf8proc_ssize_t)(n - i), &c);
        if (k > 1 && is_special(c, upper)) return true;
    }
    return false;
}

/* By the full mappings; false: it is not UTF-8. */
static bool full_case(brasa_arena *arena, const char *s, int32_t n, bool upper, brasa_string *out)
{
    enum { GROWS = 3 }; /* at most so many characters for one */
    UErrorCode code = U_ZERO_ERROR;
    int32_t    len = 0, bytes = 0;
    UChar     *wide = BRASA_NEWS(arena, UChar, n + 1), *changed = BRASA_NEWS(arena, UChar, GROWS * (n + 1));
    char      *to;

    u_strFromUTF8(wide, n + 1, &len, s, n, &code);
    len =
        upper ? u_strToUpper(changed, GROWS * (n + 1), wide, len, "", &code) : u_strToLower(changed, GROWS * (n + 1), wide, len, "", &code);
    if (U_FAILURE(code)) return false;
    to = brasa__arena_alloc(arena, (size_t)len * 3 + 1);
    u_strToUTF8(to, len * 3 + 1, &bytes, changed, len, &code);
    *out = brasa__string(to, (size_t)bytes);
    return U_SUCCESS(code);
}

static size_t unicode_case(const char *s, size_t n, brasa_letter_case how, char *out)
{
    size_t i = 0, m = 0;
    bool   start = true;

    while (i < n) {
        utf8proc_int32_t c;
        utf8proc_ssize_t k = utf8proc_iterate((const utf8proc_uint8_t *)s + i, (utf8proc_ssize_t)(n - i), &c);
        if (k <= 0) {
            out[m++] = s[i++]; /* not UTF-8: as it is */
            continue;
        }
        bool upper = how == BRASA_CASE_UPPER || (how == BRASA_CASE_TITLE && start);
        start = c == ' ';
        if (!upper && c == 0x130) out[m++] = 'i', c = 0x307; /* i and a dot above */
        m += (size_t)utf8proc_encode_char(upper ? (how == BRASA_CASE_TITLE ? utf8proc_totitle(c) : utf8proc_toupper(c))
                                                : utf8proc_tolower(c),
                                          (utf8proc_uint8_t *)out + m);
        i += (size_t)k;
    }
    return m;
}

/* Character by character; `full`: but for a text that needs the full mappings. */
static brasa_string cased(brasa_arena *arena, const brasa_string *s, brasa_letter_case how, bool full)
{
    const char  *p = brasa_string_data(s);
    char         small[16], *to = small;
    size_t       n = s->len;
    bool         upper = how == BRASA_CASE_UPPER;
    brasa_string out;

    if (is_ascii(p, n)) {
        if (n > 12) to = brasa__arena_alloc(arena, n);
        ascii_case(p, n, how, to);
        return brasa__string(to, n);
    }
    if (full && n < BRASA_MAX_TEXT / 8 && has_special(p, n, upper) && full_case(arena, p, (int32_t)n, upper, &out)) return out;
    to = brasa__arena_alloc(arena, n * 2 + 4); /* a character grows by a byte or two at most */
    return brasa__string(to, unicode_case(p, n, how, to));
}

brasa_string brasa__text_lower(brasa_arena *arena, const brasa_string *s)
{
    return cased(arena, s, BRASA_CASE_LOWER, false);
}

brasa_string brasa__text_cased(brasa_arena *arena, const brasa_string *s, brasa_letter_case how)
{
    return cased(arena, s, how, how != BRASA_CASE_TITLE);
}
