/* sql/lex_escape.c -- texts with backslashes, where the setting string-escapes is "spark": \n, \t, \', \\, \u20ac, \101 and so on.
 *
 * \% and \_ stay as they are, for LIKE; a backslash before another letter goes away, as in Spark's scanner.
 */
#include <ctype.h>
#include <string.h>

#include "sql/lex_inner.h"

static void put(lexer *x, uint32_t c)
{
    char out[4];
    int  n = 0;

    if (c < 0x80) {
        out[n++] = (char)c;
    } else if (c < 0x800) {
        out[n++] = (char)(0xc0 | c >> 6);
    } else if (c < 0x10000) {
        out[n++] = (char)(0xe0 | c >> 12);
        out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    } else {
        out[n++] = (char)(0xf0 | c >> 18);
        out[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    }
    if (c >= 0x80) out[n++] = (char)(0x80 | (c & 0x3f));
    if (c == '\'') brasa__text_add(&x->out, "'"); /* doubled */
    brasa__text_add_n(&x->out, out, (size_t)n);
}

/* `count` digits of base 16 or 8 at s[at]; false: they are not there. */
static bool number(const lexer *x, int32_t at, int32_t to, int32_t count, uint32_t base, uint32_t *out)
{
    *out = 0;
    if (at + count > to) return false;
    for (int32_t i = at; i < at + count; i++) {
        char     c = x->s[i];
        uint32_t digit = isdigit((unsigned char)c)    ? (uint32_t)(c - '0')
                         : isxdigit((unsigned char)c) ? (uint32_t)((c | 32) - 'a') + 10
                                                      : 99;

        if (digit >= base) return false;
        *out = *out * base + digit;
    }
    return true;
}

/* The escape behind the backslash at `at`; where it ends. */
static int32_t escape(lexer *x, int32_t at, int32_t to)
{
    static const char letters[] = "bnrtZ", means[] = "\b\n\r\t\x1a";
    char              c = x->s[at + 1];
    const char       *known = c == '\0' ? NULL : strchr(letters, c);
    uint32_t          code, low;

    if (c == 'u' && number(x, at + 2, to, 4, 16, &code)) {
        bool pair = code >= 0xd800 && code < 0xdc00 && at + 7 < to && x->s[at + 6] == '\\' && x->s[at + 7] == 'u' &&
                    number(x, at + 8, to, 4, 16, &low) && low >= 0xdc00 && low < 0xe000;

        put(x, pair                              ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
               : code >= 0xd800 && code < 0xe000 ? 0xfffd
               : code == 0                       ? ' '
                                                 : code);
        return at + (pair ? 12 : 6);
    }
    if (c == 'U' && number(x, at + 2, to, 8, 16, &code) && code != 0 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000)) {
        put(x, code);
        return at + 10;
    }
    if ((c == '0' || c == '1') && number(x, at + 1, to, 3, 8, &code) && code != 0) {
        put(x, code);
        return at + 4;
    }
    if (c == '%' || c == '_') brasa__text_add(&x->out, "\\");
    put(x, known != NULL ? (unsigned char)means[known - letters] : (unsigned char)c < 0x80 ? (unsigned char)c : 0xfffd);
    return at + 2;
}

brasa_status lex_write_escaped(lexer *x, int32_t from, int32_t to)
{
    char quote = x->s[from - 1];

    brasa__text_add(&x->out, "'");
    for (int32_t i = from; i < to;) {
        char c = x->s[i];

        if (c == '\\' && i + 1 < to && x->s[i + 1] == '0' && !(i + 3 < to && isdigit((unsigned char)x->s[i + 2])))
            return brasa__lex_fail(x->s, i, BRASA_UNSUPPORTED, x->err, "a text cannot hold the character of code 0; use chr(0)");
        if (c == '\\' && i + 1 < to && (unsigned char)x->s[i + 1] < 0x80) {
            i = escape(x, i, to);
            continue;
        }
        if (c == '\\' && i + 1 < to) c = x->s[++i];
        if (c == quote && i + 1 < to && x->s[i + 1] == quote) i++;
        if (c == '\'') brasa__text_add(&x->out, "'");
        brasa__text_add_n(&x->out, &c, 1);
        i++;
    }
    brasa__text_add(&x->out, "'");
    return BRASA_OK;
}

brasa_status brasa__lex_unescape(brasa_arena *arena, const char *s, int32_t from, int32_t to, const char **out, brasa_error *err)
{
    lexer  x = {.s = s, .n = to + 1, .arena = arena, .err = err};
    size_t n = 0;

    brasa__text_init(&x.out, arena);
    BRASA_TRY(lex_write_escaped(&x, from, to));
    char *text = brasa__arena_strdup(arena, x.out.s + 1);
    for (size_t i = 0; i + 2 < x.out.len; i++) {
        text[n++] = text[i];
        if (text[i] == '\'') i++;
    }
    text[n] = '\0';
    *out = text;
    return BRASA_OK;
}
