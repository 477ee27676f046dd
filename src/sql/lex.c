/* sql/lex.c -- see the header. */
#include "base/config.h"
#include "sql/lex_inner.h"
#include "sql/sql.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_BYTES = 16 << 20, MAX_CHAIN = 4000 };

/* ---- places ---- */

brasa_status brasa__lex_fail(const char *source, int32_t from, brasa_status code, brasa_error *err, const char *fmt, ...)
{
    int32_t line = 1, start = 0, end, column = 1;
    char    text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (source == NULL || from < 0) return brasa__fail(err, code, "%s", text);
    for (int32_t i = 0; i < from && source[i] != '\0'; i++) {
        if (source[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    for (int32_t i = start; i < from && source[i] != '\0'; i++) column += ((unsigned char)source[i] & 0xc0) != 0x80;
    end = start + (int32_t)strcspn(source + start, "\n");
    /* Of a long line the part around the place. */
    int32_t left = from - start > 60 ? from - 60 : start;
    int32_t right = end - from > 40 ? from + 40 : end;
    while (left > start && ((unsigned char)source[left] & 0xc0) == 0x80) left--;
    while (right < end && ((unsigned char)source[right] & 0xc0) == 0x80) right++;
    int32_t pad = 0;
    for (int32_t i = left; i < from && source[i] != '\0'; i++) pad += ((unsigned char)source[i] & 0xc0) != 0x80;
    return brasa__fail(err, code, "%d:%d: %s\n  %.*s\n  %*s^", (int)line, (int)column, text, (int)(right - left), source + left, (int)pad,
                       "");
}

int32_t brasa__lex_source(const brasa_lexed *l, int32_t at)
{
    int32_t low = 0, high = l->nmap - 1;

    if (l->nmap == 0 || at < l->map[0].at) return -1;
    while (low < high) {
        int32_t middle = low + (high - low + 1) / 2;

        if (l->map[middle].at <= at) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return l->map[low].from;
}

const char *brasa__lex_mark(const brasa_lexed *l, int32_t at)
{
    for (int32_t low = 0, high = l->nmarks - 1; low <= high;) {
        int32_t middle = low + (high - low) / 2;

        if (l->marks[middle].at == at) return l->marks[middle].means;
        if (l->marks[middle].at < at) {
            low = middle + 1;
        } else {
            high = middle - 1;
        }
    }
    return NULL;
}

/* ---- scanning ---- */

bool lex_has_escapes(void)
{
    return strcmp(brasa__setting_text(BRASA_SET_STRING_ESCAPES), "spark") == 0;
}

static bool name_start(char c)
{
    return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

bool lex_name_part(char c)
{
    return name_start(c) || isdigit((unsigned char)c) || c == '$';
}

/* Past blanks and comments (-- to the end of the line, nested slash-star). */
static brasa_status skip_blank(lexer *x, int32_t *at)
{
    int32_t i = *at;

    for (;;) {
        while (i < x->n && isspace((unsigned char)x->s[i])) i++;
        if (i + 1 < x->n && x->s[i] == '-' && x->s[i + 1] == '-') {
            while (i < x->n && x->s[i] != '\n') i++;
        } else if (i + 1 < x->n && x->s[i] == '/' && x->s[i + 1] == '*') {
            int32_t open = i, depth = 1;

            for (i += 2; i < x->n && depth > 0; i++) {
                if (x->s[i] == '/' && i + 1 < x->n && x->s[i + 1] == '*') {
                    depth++;
                    i++;
                } else if (x->s[i] == '*' && i + 1 < x->n && x->s[i + 1] == '/') {
                    depth--;
                    i++;
                }
            }
            if (depth > 0) return brasa__lex_fail(x->s, open, BRASA_SYNTAX, x->err, "this comment does not end; close it with */");
        } else {
            break;
        }
    }
    *at = i;
    return BRASA_OK;
}

/* To the closing quote; a doubled one stands for itself, with `escapes` a backslash protects the next byte. */
static brasa_status skip_quoted(lexer *x, int32_t open, int32_t at, char quote, bool escapes, int32_t *to)
{
    for (int32_t i = at; i < x->n; i++) {
        if (escapes && x->s[i] == '\\') {
            i++;
        } else if (x->s[i] == quote) {
            if (i + 1 < x->n && x->s[i + 1] == quote) {
                i++;
                continue;
            }
            *to = i + 1;
            return BRASA_OK;
        }
    }
    return brasa__lex_fail(x->s, open, BRASA_SYNTAX, x->err, "this %s does not end; close it with %c", quote == '\'' ? "string" : "name",
                           quote);
}

static int32_t skip_number(const lexer *x, int32_t i)
{
    while (i < x->n && (isdigit((unsigned char)x->s[i]) || x->s[i] == '.')) i++;
    if (i < x->n && (x->s[i] == 'e' || x->s[i] == 'E')) {
        int32_t k = i + 1;

        if (k < x->n && (x->s[k] == '+' || x->s[k] == '-')) k++;
        if (k < x->n && isdigit((unsigned char)x->s[k])) {
            i = k;
            while (i < x->n && isdigit((unsigned char)x->s[i])) i++;
        }
    }
    return i;
}

/* $$...$$ and $tag$...$tag$; 0: it is none. */
static int32_t dollar_quoted(const lexer *x, int32_t i)
{
    int32_t k = i + 1, len;

    while (k < x->n && (isalnum((unsigned char)x->s[k]) || x->s[k] == '_')) k++;
    if (k >= x->n || x->s[k] != '$' || isdigit((unsigned char)x->s[i + 1])) return 0;
    len = k + 1 - i;
    for (int32_t at = k + 1; at + len <= x->n; at++) {
        if (memcmp(x->s + at, x->s + i, (size_t)len) == 0) return at + len;
    }
    return 0;
}

brasa_status lex_next(lexer *x, int32_t at, token *t)
{
    int32_t i = at;

    BRASA_TRY(skip_blank(x, &i));
    *t = (token) {.kind = T_END, .from = i, .to = i};
    if (i >= x->n) return BRASA_OK;
    char c = x->s[i], d = i + 1 < x->n ? x->s[i + 1] : '\0';
    t->to = i + 1;
    if (c == '\'' || (c == '"' && x->escapes)) {
        t->kind = T_STRING;
        return skip_quoted(x, i, i + 1, c, x->escapes, &t->to);
    }
    if ((c == 'e' || c == 'E' || c == 'x' || c == 'X' || c == 'b' || c == 'B' || c == 'n' || c == 'N') && d == '\'') {
        t->kind = T_STRING;
        return skip_quoted(x, i, i + 2, '\'', c == 'e' || c == 'E', &t->to);
    }
    if ((c == 'r' || c == 'R') && (d == '\'' || d == '"')) {
        t->kind = T_STRING;
        return skip_quoted(x, i, i + 2, d, false, &t->to);
    }
    if (c == '"' || c == '`') {
        t->kind = T_QUOTED;
        return skip_quoted(x, i, i + 1, c, false, &t->to);
    }
    if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)d))) {
        t->kind = T_NUMBER;
        t->to = skip_number(x, i);
        return BRASA_OK;
    }
    if (c == '$') {
        int32_t end = dollar_quoted(x, i);

        t->kind = end != 0 ? T_STRING : T_PARAM;
        if (end != 0) t->to = end;
        while (end == 0 && t->to < x->n && isdigit((unsigned char)x->s[t->to])) t->to++;
        return BRASA_OK;
    }
    if (name_start(c)) {
        t->kind = T_NAME;
        while (t->to < x->n && lex_name_part(x->s[t->to])) t->to++;
        return BRASA_OK;
    }
    if (c == '?') {
        t->kind = T_PARAM;
        return BRASA_OK;
    }
    if (strchr("+-*/<>=~!@#%^&|", c) != NULL) {
        t->kind = T_OP;
        while (t->to < x->n && strchr("+-*/<>=~!@#%^&|", x->s[t->to]) != NULL) {
            if ((x->s[t->to] == '-' && t->to + 1 < x->n && x->s[t->to + 1] == '-') ||
                (x->s[t->to] == '/' && t->to + 1 < x->n && x->s[t->to + 1] == '*'))
                break;
            t->to++;
        }
        /* A sign belongs to what follows: "a=-1", "2*-x". */
        while (t->to - t->from > 1 &&
               (x->s[t->to - 1] == '-' || x->s[t->to - 1] == '+' || (x->s[t->to - 1] == '~' && x->s[t->from] != '!')))
            t->to--;
        return BRASA_OK;
    }
    t->kind = T_OTHER;
    return BRASA_OK;
}

bool lex_is_word(const lexer *x, const token *t, const char *word)
{
    size_t n = strlen(word);

    return t->kind == T_NAME && (size_t)(t->to - t->from) == n && strncasecmp(x->s + t->from, word, n) == 0;
}

bool lex_is_char(const lexer *x, const token *t, char c)
{
    return t->kind == T_OTHER && x->s[t->from] == c;
}

bool lex_is_op(const lexer *x, const token *t, const char *op)
{
    size_t n = strlen(op);

    return t->kind == T_OP && (size_t)(t->to - t->from) == n && memcmp(x->s + t->from, op, n) == 0;
}

/* Could a value end with this token, so that what follows is an infix operator? */
bool lex_ends_value(const lexer *x, const token *t)
{
    static const char *const words[] = {"select", "where", "and", "or",   "not",     "on",       "having", "when",      "then", "else",
                                        "case",   "by",    "in",  "like", "between", "distinct", "all",    "returning", "as",   "limit"};

    if (t->kind == T_NAME) {
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            if (lex_is_word(x, t, words[i])) return false;
        }
        return true;
    }
    return t->kind == T_QUOTED || t->kind == T_STRING || t->kind == T_NUMBER || t->kind == T_PARAM || lex_is_char(x, t, ')') ||
           lex_is_char(x, t, ']');
}

/* a + b + c + ... is a tree as deep as it is long, and the parser's time grows with the square of the depth: refused before it starts. */
static brasa_status count_chain(lexer *x, const token *t)
{
    static const char *const ends[] = {"and", "or", "when", "then", "else", "end", "select", "from", "where", "on", "by", "as", "union"};

    if (t->kind == T_OP) {
        bool comparison = strchr("=<>!", x->s[t->from]) != NULL && !lex_is_op(x, t, "<<") && !lex_is_op(x, t, ">>");
        x->chain = comparison ? 0 : x->chain + 1;
    } else if (lex_is_char(x, t, ',') || lex_is_char(x, t, ';')) {
        x->chain = 0;
    } else if (t->kind == T_NAME) {
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            if (lex_is_word(x, t, ends[i])) x->chain = 0;
    }
    if (x->chain <= MAX_CHAIN) return BRASA_OK;
    return brasa__lex_fail(x->s, t->from, BRASA_SYNTAX, x->err, "more than %d operators in a row nest too deeply; split the expression",
                           (int)MAX_CHAIN);
}

brasa_status brasa__sql_lex(brasa_arena *arena, const char *prefix, const char *source, brasa_lexed *out, brasa_error *err)
{
    size_t  n = strlen(source);
    lexer   x = {.s = source, .arena = arena, .l = out, .err = err, .before = {.kind = T_OTHER}};
    int32_t at = 0, last = 0;

    *out = (brasa_lexed) {.source = source, .prefix = (int32_t)strlen(prefix)};
    if (n > MAX_BYTES) return brasa__fail(err, BRASA_SYNTAX, "the text has %zu bytes; at most %d can be parsed", n, (int)MAX_BYTES);
    x.n = (int32_t)n;
    x.escapes = lex_has_escapes();
    x.piped = strstr(source, "|>") != NULL;
    x.before.from = x.before.to = x.n; /* no character: it stands for the start */
    brasa__text_init(&x.out, arena);
    brasa__text_add(&x.out, prefix);
    for (;;) {
        token t;

        BRASA_TRY(lex_next(&x, at, &t));
        if (t.from > last) brasa__text_add(&x.out, memchr(source + last, '\n', (size_t)(t.from - last)) != NULL ? "\n" : " ");
        if (t.kind == T_END) break;
        BRASA_TRY(count_chain(&x, &t));
        BRASA_TRY(lex_write(&x, &t, &at));
        last = at;
    }
    BRASA_TRY(lex_query_token(&x, &(token) {.kind = T_END, .from = x.n, .to = x.n}));
    lex_map_here(&x, x.n);
    out->text = x.out.s;
    return BRASA_OK;
}

brasa_status brasa__sql_split(const char *text, size_t *length, size_t *next, brasa_error *err)
{
    lexer   x = {.s = text, .err = err};
    int32_t at = 0;
    size_t  n = strlen(text);

    if (n > MAX_BYTES) return brasa__fail(err, BRASA_SYNTAX, "the text has %zu bytes; at most %d can be parsed", n, (int)MAX_BYTES);
    x.n = (int32_t)n;
    x.escapes = lex_has_escapes();
    for (;;) {
        token t;

        BRASA_TRY(lex_next(&x, at, &t));
        *length = (size_t)t.from;
        *next = (size_t)t.to;
        if (t.kind == T_END || lex_is_char(&x, &t, ';')) return BRASA_OK;
        at = t.to;
    }
}
