/* json_parse.c -- one JSON value (RFC 8259) from text to a tree, by recursive descent with a bounded depth. */
#include "storage/json_parse.h"

#include <stdint.h>
#include <string.h>

#include "storage/text_utf8.h"

typedef struct {
    brasa_arena *arena;
    const char  *text;
    size_t       len, pos;
    int32_t      depth;
    brasa_error *err;
} parser;

static brasa_status parse_value(parser *p, brasa_json *out);

static brasa_status fail(parser *p, const char *what)
{
    if (p->pos >= p->len) return brasa__fail(p->err, BRASA_DATA, "%s expected where the record ends (byte %zu)", what, p->pos + 1);
    return brasa__fail(p->err, BRASA_DATA, "%s expected at byte %zu, near '%.*s'", what, p->pos + 1,
                       (int)(p->len - p->pos < 12 ? p->len - p->pos : 12), p->text + p->pos);
}

void brasa__json_blanks(const char *text, size_t len, size_t *pos)
{
    while (*pos < len && (text[*pos] == ' ' || text[*pos] == '\t' || text[*pos] == '\n' || text[*pos] == '\r')) (*pos)++;
}

static void blanks(parser *p)
{
    brasa__json_blanks(p->text, p->len, &p->pos);
}

static bool at(const parser *p, char c)
{
    return p->pos < p->len && p->text[p->pos] == c;
}

static bool digits(parser *p)
{
    size_t from = p->pos;

    while (p->pos < p->len && p->text[p->pos] >= '0' && p->text[p->pos] <= '9') p->pos++;
    return p->pos > from;
}

static brasa_status parse_number(parser *p, brasa_json *out)
{
    size_t from = p->pos;

    out->kind = BRASA_JSON_NUMBER;
    if (at(p, '-')) p->pos++;
    if (at(p, '0')) {
        p->pos++;
    } else if (!digits(p)) {
        return fail(p, "a value");
    }
    if (at(p, '.')) {
        p->pos++;
        if (!digits(p)) return fail(p, "a digit");
    }
    if (at(p, 'e') || at(p, 'E')) {
        p->pos++;
        if (at(p, '+') || at(p, '-')) p->pos++;
        if (!digits(p)) return fail(p, "a digit");
    }
    out->text = p->text + from;
    out->len = p->pos - from;
    return BRASA_OK;
}

static bool hex4(parser *p, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, p->pos++) {
        char c = p->pos < p->len ? p->text[p->pos] : '\0';

        if (c >= '0' && c <= '9') {
            *out = *out << 4 | (uint32_t)(c - '0');
        } else if ((c | 32) >= 'a' && (c | 32) <= 'f') {
            *out = *out << 4 | (uint32_t)((c | 32) - 'a' + 10);
        } else {
            return false;
        }
    }
    return true;
}

static char *put_utf8(char *o, uint32_t cp)
{
    if (cp < 0x80) {
        *o++ = (char)cp;
    } else if (cp < 0x800) {
        *o++ = (char)(0xc0 | cp >> 6);
        *o++ = (char)(0x80 | (cp & 0x3f));
    } else if (cp < 0x10000) {
        *o++ = (char)(0xe0 | cp >> 12);
        *o++ = (char)(0x80 | (cp >> 6 & 0x3f));
        *o++ = (char)(0x80 | (cp & 0x3f));
    } else {
        *o++ = (char)(0xf0 | cp >> 18);
        *o++ = (char)(0x80 | (cp >> 12 & 0x3f));
        *o++ = (char)(0x80 | (cp >> 6 & 0x3f));
        *o++ = (char)(0x80 | (cp & 0x3f));
    }
    return o;
}

/* Behind "\u": four digits, and for a surrogate its other half.  A lone half becomes U+FFFD. */
static brasa_status parse_codepoint(parser *p, uint32_t *cp)
{
    uint32_t low;
    size_t   after;

    if (!hex4(p, cp)) return fail(p, "four hexadecimal digits");
    if (*cp < 0xd800 || *cp > 0xdfff) return BRASA_OK;
    after = p->pos;
    if (*cp < 0xdc00 && p->pos + 1 < p->len && p->text[p->pos] == '\\' && p->text[p->pos + 1] == 'u') {
        p->pos += 2;
        if (hex4(p, &low) && low >= 0xdc00 && low <= 0xdfff) {
            *cp = 0x10000 + ((*cp - 0xd800) << 10) + (low - 0xdc00);
            return BRASA_OK;
        }
    }
    p->pos = after;
    *cp = 0xfffd;
    return BRASA_OK;
}

static brasa_status parse_escape(parser *p, char **o)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char       *k;
    uint32_t          cp;

    p->pos++;
    if (at(p, 'u')) {
        p->pos++;
        BRASA_TRY(parse_codepoint(p, &cp));
        *o = put_utf8(*o, cp);
        return BRASA_OK;
    }
    k = p->pos < p->len && p->text[p->pos] != '\0' ? strchr(from, p->text[p->pos]) : NULL;
    if (k == NULL) return fail(p, "an escape such as \\n");
    *(*o)++ = to[k - from];
    p->pos++;
    return BRASA_OK;
}

/* The closing quote, at or after p->pos; p->len when there is none.  *plain: nothing to decode. */
static size_t string_end(const parser *p, bool *plain)
{
    size_t i = p->pos;

    *plain = true;
    for (; i < p->len && p->text[i] != '"'; i++) {
        if (p->text[i] != '\\') continue;
        *plain = false;
        i++;
    }
    return i < p->len ? i : p->len;
}

static brasa_status parse_string(parser *p, const char **text, size_t *len)
{
    size_t from = ++p->pos, end;
    bool   plain;
    char  *copy, *o;

    end = string_end(p, &plain);
    if (end == p->len) {
        p->pos = p->len;
        return fail(p, "a closing quote");
    }
    if (!brasa__text_is_utf8(p->text + from, end - from)) return fail(p, "UTF-8 text");
    *text = p->text + from;
    *len = end - from;
    if (!plain) {
        copy = o = brasa__arena_alloc(p->arena, end - from + 4);
        while (p->pos < end) {
            if (p->text[p->pos] == '\\') {
                BRASA_TRY(parse_escape(p, &o));
            } else {
                *o++ = p->text[p->pos++];
            }
        }
        *text = copy;
        *len = (size_t)(o - copy);
    }
    p->pos = end + 1;
    return BRASA_OK;
}

static brasa_status parse_member(parser *p, brasa_json *item)
{
    blanks(p);
    if (!at(p, '"')) return fail(p, "a name in quotes");
    BRASA_TRY(parse_string(p, &item->name, &item->name_len));
    blanks(p);
    if (!at(p, ':')) return fail(p, "':'");
    p->pos++;
    return BRASA_OK;
}

static brasa_status parse_items(parser *p, brasa_json *out, char close)
{
    brasa_json **tail = &out->first;

    p->pos++;
    if (++p->depth > BRASA_JSON_DEPTH) return brasa__fail(p->err, BRASA_DATA, "values nest deeper than %d levels", BRASA_JSON_DEPTH);
    blanks(p);
    if (!at(p, close)) {
        for (;;) {
            brasa_json *item = BRASA_NEW(p->arena, brasa_json);

            if (close == '}') BRASA_TRY(parse_member(p, item));
            BRASA_TRY(parse_value(p, item));
            *tail = item;
            tail = &item->next;
            out->count++;
            blanks(p);
            if (!at(p, ',')) break;
            p->pos++;
        }
        if (!at(p, close)) return fail(p, close == '}' ? "',' or '}'" : "',' or ']'");
    }
    p->pos++;
    p->depth--;
    return BRASA_OK;
}

static brasa_status parse_word(parser *p, brasa_json *out, brasa_json_kind kind, const char *word)
{
    size_t n = strlen(word);

    if (p->len - p->pos < n || memcmp(p->text + p->pos, word, n) != 0) return fail(p, "a value");
    out->kind = kind;
    out->text = p->text + p->pos;
    out->len = n;
    p->pos += n;
    return BRASA_OK;
}

static brasa_status parse_nested(parser *p, brasa_json *out, brasa_json_kind kind)
{
    size_t from = p->pos;

    out->kind = kind;
    BRASA_TRY(parse_items(p, out, kind == BRASA_JSON_OBJECT ? '}' : ']'));
    out->text = p->text + from;
    out->len = p->pos - from;
    return BRASA_OK;
}

static brasa_status parse_value(parser *p, brasa_json *out)
{
    blanks(p);
    if (p->pos >= p->len) return fail(p, "a value");
    switch (p->text[p->pos]) {
    case '{': return parse_nested(p, out, BRASA_JSON_OBJECT);
    case '[': return parse_nested(p, out, BRASA_JSON_ARRAY);
    case '"': out->kind = BRASA_JSON_STRING; return parse_string(p, &out->text, &out->len);
    case 'n': return parse_word(p, out, BRASA_JSON_NULL, "null");
    case 't': return parse_word(p, out, BRASA_JSON_TRUE, "true");
    case 'f': return parse_word(p, out, BRASA_JSON_FALSE, "false");
    case 'N': return parse_word(p, out, BRASA_JSON_NUMBER, "NaN"); /* not of the RFC, but what Python writes */
    case 'I': return parse_word(p, out, BRASA_JSON_NUMBER, "Infinity");
    default: break;
    }
    if (at(p, '-') && p->pos + 1 < p->len && p->text[p->pos + 1] == 'I') return parse_word(p, out, BRASA_JSON_NUMBER, "-Infinity");
    return parse_number(p, out);
}

brasa_status brasa__json_parse(brasa_arena *arena, const char *text, size_t len, size_t *pos, brasa_json **out, brasa_error *err)
{
    parser p = {.arena = arena, .text = text, .len = len, .pos = *pos, .err = err};

    *out = BRASA_NEW(arena, brasa_json);
    BRASA_TRY(parse_value(&p, *out));
    *pos = p.pos;
    return BRASA_OK;
}
