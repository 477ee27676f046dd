/* func_code.c -- text and bytes: character sets, hexadecimal and base 64 by name, URLs, valid UTF-8. */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "expr/func_groups.h"
#include "expr/func_row.h"

#define ROW(name) static brasa_status name(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)

/* ---- character sets ---- */

typedef enum charset { C_NONE, C_ASCII, C_LATIN1, C_UTF8, C_UTF16, C_UTF16BE, C_UTF16LE, C_UTF32 } charset;

static charset charset_of(const brasa_value *v)
{
    static const struct {
        const char *name;
        charset     set;
    } sets[] = {{"us-ascii", C_ASCII}, {"ascii", C_ASCII},      {"iso-8859-1", C_LATIN1}, {"latin1", C_LATIN1}, {"utf-8", C_UTF8},
                {"utf8", C_UTF8},      {"utf-16be", C_UTF16BE}, {"utf-16le", C_UTF16LE},  {"utf-16", C_UTF16},  {"utf-32", C_UTF32}};

    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (brasa__value_is_word(v, sets[i].name)) return sets[i].set;
    return C_NONE;
}

static brasa_status no_charset(const brasa_value *v, brasa_error *err)
{
    return brasa__fail(err, BRASA_INVALID,
                       "'%.*s' is not a character set; they are US-ASCII, ISO-8859-1, UTF-8, UTF-16, UTF-16BE, UTF-16LE, UTF-32",
                       (int)(v->u.s.n < 60 ? v->u.s.n : 60), v->u.s.p);
}

static void put_unit(brasa_text *t, uint32_t unit, bool little)
{
    char b[2] = {(char)(unit >> 8), (char)unit};

    if (little) b[0] = (char)unit, b[1] = (char)(unit >> 8);
    brasa__text_add_n(t, b, 2);
}

/* False: the set lacks the character. */
static bool put_char(brasa_text *t, uint32_t c, charset set)
{
    char b[4] = {(char)(c >> 24), (char)(c >> 16), (char)(c >> 8), (char)c};

    switch (set) {
    case C_ASCII:
    case C_LATIN1:
        if (c >= (set == C_ASCII ? 0x80 : 0x100)) return false;
        brasa__text_add_n(t, b + 3, 1);
        return true;
    case C_UTF16:
    case C_UTF16BE:
    case C_UTF16LE:
        if (c >= 0x10000) put_unit(t, 0xd800 + ((c - 0x10000) >> 10), set == C_UTF16LE);
        put_unit(t, c >= 0x10000 ? 0xdc00 + ((c - 0x10000) & 0x3ff) : c, set == C_UTF16LE);
        return true;
    case C_UTF32: brasa__text_add_n(t, b, 4); return true;
    case C_UTF8: brasa__text_add_n(t, b, (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)b)); return true;
    case C_NONE: break;
    }
    return false;
}

ROW(encode_row)
{
    charset                 set = charset_of(&args[1]);
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)args[0].u.s.p;
    brasa_text              t;

    if (set == C_NONE) return no_charset(&args[1], err);
    if (set == C_UTF8) return brasa__out_bytes(out, args[0].u.s.p, args[0].u.s.n), BRASA_OK;
    brasa__text_init(&t, call->arena);
    if (set == C_UTF16 && args[0].u.s.n > 0) brasa__text_add_n(&t, "\xfe\xff", 2);
    for (size_t i = 0; i < args[0].u.s.n;) {
        utf8proc_int32_t c;
        utf8proc_ssize_t k = utf8proc_iterate(p + i, (utf8proc_ssize_t)(args[0].u.s.n - i), &c);
        if (k <= 0 || !put_char(&t, (uint32_t)c, set))
            return brasa__fail(err, BRASA_ARITHMETIC, "encode: %.*s lacks a character of the text", (int)args[1].u.s.n, args[1].u.s.p);
        i += (size_t)k;
    }
    brasa__out_text(out, &t);
    return BRASA_OK;
}

static bool valid_utf8(const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        utf8proc_int32_t c;
        utf8proc_ssize_t k = utf8proc_iterate((const utf8proc_uint8_t *)s + i, (utf8proc_ssize_t)(n - i), &c);
        if (k <= 0) return false;
        i += (size_t)k;
    }
    return true;
}

/* A character of `set` at p; bytes taken, 0: it is malformed. */
static size_t take_char(const unsigned char *p, size_t n, charset set, bool little, uint32_t *c)
{
    if (set == C_ASCII || set == C_LATIN1) return *c = p[0], set == C_ASCII && p[0] >= 0x80 ? 0 : 1;
    if (set == C_UTF32) {
        if (n < 4) return 0;
        *c = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        return *c < 0x110000 && (*c < 0xd800 || *c >= 0xe000) ? 4 : 0;
    }
    if (n < 2) return 0;
    *c = little ? (uint32_t)p[1] << 8 | p[0] : (uint32_t)p[0] << 8 | p[1];
    if (*c < 0xd800 || *c >= 0xe000) return 2;
    if (*c >= 0xdc00 || n < 4) return 0;
    uint32_t low = little ? (uint32_t)p[3] << 8 | p[2] : (uint32_t)p[2] << 8 | p[3];
    if (low < 0xdc00 || low >= 0xe000) return 0;
    *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
    return 4;
}

ROW(decode_row)
{
    charset              set = charset_of(&args[1]);
    const unsigned char *p = (const unsigned char *)args[0].u.s.p;
    size_t               n = args[0].u.s.n, at = 0;
    bool                 little = set == C_UTF16LE;
    brasa_text           t;

    if (set == C_NONE) return no_charset(&args[1], err);
    if (set == C_UTF8) {
        if (!valid_utf8(args[0].u.s.p, n)) return brasa__fail(err, BRASA_ARITHMETIC, "decode: the bytes are not UTF-8");
        return brasa__out_bytes(out, args[0].u.s.p, n), BRASA_OK;
    }
    if (set == C_UTF16 && n >= 2 && (memcmp(p, "\xfe\xff", 2) == 0 || memcmp(p, "\xff\xfe", 2) == 0)) {
        little = p[0] == 0xff;
        at = 2;
    }
    brasa__text_init(&t, call->arena);
    while (at < n) {
        uint32_t c;
        size_t   k = take_char(p + at, n - at, set, little, &c);
        if (k == 0) return brasa__fail(err, BRASA_ARITHMETIC, "decode: the bytes are not %.*s", (int)args[1].u.s.n, args[1].u.s.p);
        (void)put_char(&t, c, C_UTF8);
        at += k;
    }
    brasa__out_text(out, &t);
    return BRASA_OK;
}

/* ---- valid UTF-8 ---- */

ROW(is_valid_row)
{
    (void)call, (void)err;
    brasa__out_bool(out, valid_utf8(args[0].u.s.p, args[0].u.s.n));
    return BRASA_OK;
}

/* A byte that begins no character becomes U+FFFD; bytes that a broken character had already taken go with it. */
ROW(make_valid_row)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)args[0].u.s.p;
    size_t                  n = args[0].u.s.n;
    brasa_text              t;

    (void)err;
    brasa__text_init(&t, call->arena);
    for (size_t i = 0; i < n;) {
        utf8proc_int32_t c;
        utf8proc_ssize_t k = utf8proc_iterate(p + i, (utf8proc_ssize_t)(n - i), &c);
        if (k > 0) {
            brasa__text_add_n(&t, (const char *)p + i, (size_t)k);
            i += (size_t)k;
            continue;
        }
        size_t want = p[i] >= 0xf0 && p[i] <= 0xf4 ? 4 : p[i] >= 0xe0 ? 3 : p[i] >= 0xc2 ? 2 : 1, got = 1;
        if (p[i] > 0xf4) want = 1;
        if (want > 1 && i + 1 < n &&
            !((p[i] == 0xe0 && p[i + 1] < 0xa0) || (p[i] == 0xed && p[i + 1] >= 0xa0) || (p[i] == 0xf0 && p[i + 1] < 0x90) ||
              (p[i] == 0xf4 && p[i + 1] >= 0x90)))
            while (got < want && i + got < n && (p[i + got] & 0xc0) == 0x80) got++;
        brasa__text_add_n(&t, "\xef\xbf\xbd", 3);
        i += got;
    }
    brasa__out_text(out, &t);
    return BRASA_OK;
}

ROW(validate_row)
{
    (void)call;
    if (!valid_utf8(args[0].u.s.p, args[0].u.s.n))
        return brasa__fail(err, BRASA_ARITHMETIC, "validate_utf8: the text is not UTF-8; try_validate_utf8 gives null instead");
    brasa__out_bytes(out, args[0].u.s.p, args[0].u.s.n);
    return BRASA_OK;
}

/* ---- to_binary ---- */

static int hex_digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

static bool from_hex(brasa_call *call, const brasa_value *v, brasa_value *out)
{
    size_t n = v->u.s.n, odd = n % 2;
    char  *b = brasa__arena_alloc(call->arena, n / 2 + 2);

    for (size_t i = 0; i < n; i++) {
        int d = hex_digit(v->u.s.p[i]);
        if (d < 0) return false;
        b[(i + odd) / 2] = (char)(b[(i + odd) / 2] * 16 + d);
    }
    brasa__out_bytes(out, b, (n + odd) / 2);
    return true;
}

/* Blanks are skipped; what is padded must be padded right. */
static bool from_base64(brasa_call *call, const brasa_value *v, brasa_value *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char             *b = brasa__arena_alloc(call->arena, v->u.s.n / 4 * 3 + 4);
    size_t            n = 0, count = 0, pads = 0;
    uint32_t          bits = 0;

    for (size_t i = 0; i < v->u.s.n; i++) {
        char        c = v->u.s.p[i];
        const char *d = c != '\0' ? strchr(digits, c) : NULL;
        if (isspace((unsigned char)c)) continue;
        if (c == '=') {
            pads++;
            continue;
        }
        if (d == NULL || pads > 0) return false;
        bits = bits << 6 | (uint32_t)(d - digits);
        if (++count % 4 != 0) continue;
        b[n++] = (char)(bits >> 16);
        b[n++] = (char)(bits >> 8);
        b[n++] = (char)bits;
    }
    if (count % 4 == 1 || pads > 2 || (pads > 0 && (count + pads) % 4 != 0)) return false;
    if (count % 4 == 2) b[n++] = (char)(bits >> 4);
    if (count % 4 == 3) b[n++] = (char)(bits >> 10), b[n++] = (char)(bits >> 2);
    brasa__out_bytes(out, b, n);
    return true;
}

ROW(to_binary_row)
{
    bool ok = true;

    if (call->nargs < 2 || brasa__value_is_word(&args[1], "hex"))
        ok = from_hex(call, &args[0], out);
    else if (brasa__value_is_word(&args[1], "utf-8") || brasa__value_is_word(&args[1], "utf8"))
        brasa__out_bytes(out, args[0].u.s.p, args[0].u.s.n);
    else if (brasa__value_is_word(&args[1], "base64"))
        ok = from_base64(call, &args[0], out);
    else
        return brasa__fail(err, BRASA_INVALID, "to_binary: '%.*s' is not a format; they are 'hex', 'utf-8' and 'base64'",
                           (int)(args[1].u.s.n < 60 ? args[1].u.s.n : 60), args[1].u.s.p);
    if (ok) return BRASA_OK;
    return brasa__fail(err, BRASA_ARITHMETIC, "to_binary: '%.*s' is not of that format; try_to_binary gives null instead",
                       (int)(args[0].u.s.n < 100 ? args[0].u.s.n : 100), args[0].u.s.p);
}

/* ---- URLs ---- */

/* As forms send it: letters, digits and .-*_ stay, a blank is +. */
ROW(url_encode_row)
{
    brasa_text t;

    (void)err;
    brasa__text_init(&t, call->arena);
    for (size_t i = 0; i < args[0].u.s.n; i++) {
        unsigned char c = (unsigned char)args[0].u.s.p[i];
        if (isalnum(c) || (c != '\0' && strchr(".-*_", c) != NULL))
            brasa__text_add_n(&t, args[0].u.s.p + i, 1);
        else if (c == ' ')
            brasa__text_add(&t, "+");
        else
            brasa__text_addf(&t, "%%%02X", c);
    }
    brasa__out_text(out, &t);
    return BRASA_OK;
}

ROW(url_decode_row)
{
    const char *s = args[0].u.s.p;
    size_t      n = args[0].u.s.n;
    brasa_text  t;

    brasa__text_init(&t, call->arena);
    for (size_t i = 0; i < n; i++) {
        if (s[i] != '%') {
            brasa__text_add_n(&t, s[i] == '+' ? " " : s + i, 1);
            continue;
        }
        if (i + 2 >= n || hex_digit(s[i + 1]) < 0 || hex_digit(s[i + 2]) < 0)
            return brasa__fail(err, BRASA_ARITHMETIC,
                               "url_decode: '%.*s' has a %% without two hexadecimal digits; try_url_decode gives null instead",
                               (int)(n < 100 ? n : 100), s);
        char c = (char)(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2]));
        brasa__text_add_n(&t, &c, 1);
        i += 2;
    }
    brasa__out_text(out, &t);
    return BRASA_OK;
}

/* The parts of a URL (RFC 3986): each is bytes [from, to), from NULL: it has none. */
typedef struct url {
    const char *scheme, *scheme_end, *authority, *authority_end, *path, *path_end, *query, *query_end, *ref, *ref_end;
} url;

static const char *until(const char *p, const char *end, const char *stops)
{
    while (p < end && (*p == '\0' || strchr(stops, *p) == NULL)) p++;
    return p;
}

static bool split_url(const char *p, const char *end, url *u)
{
    const char *colon = until(p, end, ":/?#");

    *u = (url) {0};
    for (const char *q = p; q < end; q++)
        if ((unsigned char)*q <= ' ' || *q == '"' || *q == '<' || *q == '>' || *q == '\\' || *q == '^' || *q == '`' || *q == '{' ||
            *q == '}' || *q == '|')
            return false;
    if (colon < end && *colon == ':' && colon > p) {
        u->scheme = p;
        u->scheme_end = colon;
        p = colon + 1;
    }
    if (end - p >= 2 && p[0] == '/' && p[1] == '/') {
        u->authority = p + 2;
        p = u->authority_end = until(p + 2, end, "/?#");
    }
    u->path = p;
    p = u->path_end = until(p, end, "?#");
    if (p < end && *p == '?') {
        u->query = p + 1;
        p = u->query_end = until(p + 1, end, "#");
    }
    if (p < end && *p == '#') {
        u->ref = p + 1;
        u->ref_end = end;
    }
    return true;
}

static void out_range(brasa_value *out, const char *from, const char *to)
{
    if (from != NULL) brasa__out_bytes(out, from, (size_t)(to - from));
}

static void host_of(const url *u, brasa_value *out)
{
    const char *from = u->authority, *to = u->authority_end;

    if (from == NULL) return;
    for (const char *p = from; p < to; p++)
        if (*p == '@') from = p + 1;
    const char *colon = until(from, to, ":");
    if (from < to && *from == '[') colon = until(until(from, to, "]"), to, ":");
    if (colon > from) out_range(out, from, colon);
}

static void key_of(const url *u, const brasa_value *key, brasa_value *out)
{
    for (const char *p = u->query; p != NULL && p <= u->query_end;) {
        const char *to = until(p, u->query_end, "&"), *equal = until(p, to, "=");
        if ((size_t)(equal - p) == key->u.s.n && memcmp(p, key->u.s.p, key->u.s.n) == 0 && equal < to) {
            out_range(out, equal + 1, to);
            return;
        }
        p = to + 1;
    }
}

ROW(parse_url_row)
{
    url                u;
    const brasa_value *part = &args[1];

    (void)call;
    if (!split_url(args[0].u.s.p, args[0].u.s.p + args[0].u.s.n, &u))
        return brasa__fail(err, BRASA_ARITHMETIC, "parse_url: '%.*s' is not a URL; try_parse_url gives null instead",
                           (int)(args[0].u.s.n < 100 ? args[0].u.s.n : 100), args[0].u.s.p);
    if (call->nargs > 2) {
        if (part->u.s.n == 5 && memcmp(part->u.s.p, "QUERY", 5) == 0) key_of(&u, &args[2], out);
        return BRASA_OK;
    }
#define PART(word) (part->u.s.n == strlen(word) && memcmp(part->u.s.p, word, strlen(word)) == 0)
    if (PART("HOST")) host_of(&u, out);
    if (PART("PATH")) out_range(out, u.path, u.path_end);
    if (PART("QUERY")) out_range(out, u.query, u.query_end);
    if (PART("REF")) out_range(out, u.ref, u.ref_end);
    if (PART("PROTOCOL")) out_range(out, u.scheme, u.scheme_end);
    if (PART("AUTHORITY")) out_range(out, u.authority, u.authority_end);
    if (PART("FILE")) out_range(out, u.path, u.query ? u.query_end : u.path_end);
    if (PART("USERINFO") && u.authority != NULL) {
        const char *at = until(u.authority, u.authority_end, "@");
        if (at < u.authority_end) out_range(out, u.authority, at);
    }
#undef PART
    return BRASA_OK;
}

#define FN       BRASA_ROW_FN
#define FAIL     BRASA_FN_CAN_FAIL
#define TRY      BRASA_FN_TRY
#define NULLABLE BRASA_FN_NULLABLE

static const brasa_function table[] = {
    FN("encode", 2, 2, FAIL, "ss:y", encode_row,
       "encode(text, charset): BINARY; US-ASCII, ISO-8859-1, UTF-8, UTF-16, UTF-16BE, UTF-16LE, UTF-32"),
    FN("decode", 2, 2, FAIL, "ys:s", decode_row, "decode(bytes, charset): text; decode(x, a, b, ..., otherwise): b where x is a"),
    FN("to_binary", 1, 2, FAIL, "ss:y", to_binary_row, "to_binary(text [, 'hex' | 'utf-8' | 'base64'])"),
    FN("try_to_binary", 1, 2, TRY, "ss:y", to_binary_row, "try_to_binary(text [, format]): null where it is none"),
    FN("is_valid_utf8", 1, 1, 0, "x:b", is_valid_row, "is_valid_utf8(text)"),
    FN("make_valid_utf8", 1, 1, 0, "x:s", make_valid_row, "make_valid_utf8(text): what is broken becomes U+FFFD"),
    FN("validate_utf8", 1, 1, FAIL, "x:s", validate_row, "validate_utf8(text): itself, an error if it is not UTF-8"),
    FN("try_validate_utf8", 1, 1, TRY, "x:s", validate_row, "try_validate_utf8(text): null if it is not UTF-8"),
    FN("url_encode", 1, 1, 0, "s:s", url_encode_row, "url_encode(text): as in a form's URL"),
    FN("url_decode", 1, 1, FAIL, "s:s", url_decode_row, "url_decode(text): url_encode undone"),
    FN("try_url_decode", 1, 1, TRY, "s:s", url_decode_row, "try_url_decode(text): null where it is malformed"),
    FN("parse_url", 2, 3, FAIL | NULLABLE, "s*:s", parse_url_row,
       "parse_url(url, part [, key]): HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY, USERINFO; with a key, of QUERY"),
    FN("try_parse_url", 2, 3, TRY | NULLABLE, "s*:s", parse_url_row, "try_parse_url(url, part [, key]): null where it is no URL"),
};

BRASA_FUNCTION_GROUP(code, "Encodings and URLs", table);
