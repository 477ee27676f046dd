/* sql/words.c -- see the header. */
#include "sql/words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

size_t words_skip_blank(const char *s, size_t i)
{
    for (;;) {
        while (isspace((unsigned char)s[i])) i++;
        if (s[i] == '-' && s[i + 1] == '-') {
            while (s[i] != '\0' && s[i] != '\n') i++;
        } else if (s[i] == '/' && s[i + 1] == '*') {
            const char *end = strstr(s + i + 2, "*/");
            if (end == NULL) return i + strlen(s + i);
            i = (size_t)(end - s) + 2;
        } else {
            return i;
        }
    }
}

/* The next word, quoted name, string, number or sign: s[from, to). */
bool words_next(words *w)
{
    const char *s = w->s;
    size_t      i = words_skip_blank(s, w->at);

    w->from = i;
    if (s[i] == '\0') {
        w->to = w->at = i;
        return false;
    }
    if (s[i] == '\'' || s[i] == '"' || s[i] == '`') {
        char q = s[i++];
        while (s[i] != '\0' && !(s[i] == q && s[i + 1] != q))
            i += s[i] == q || (w->escapes && q != '`' && s[i] == '\\' && s[i + 1] != '\0') ? 2 : 1;
        if (s[i] != '\0') i++;
    } else if (isalnum((unsigned char)s[i]) || s[i] == '_' || (unsigned char)s[i] >= 0x80) {
        while (isalnum((unsigned char)s[i]) || s[i] == '_' || s[i] == '$' || (unsigned char)s[i] >= 0x80) i++;
    } else {
        i++;
    }
    w->to = w->at = i;
    return true;
}

bool words_is(const words *w, const char *word)
{
    return w->to - w->from == strlen(word) && strncasecmp(w->s + w->from, word, w->to - w->from) == 0;
}

/* Takes the next word if it is this one. */
bool words_take(words *w, const char *word)
{
    size_t at = w->at;

    if (words_next(w) && words_is(w, word)) return true;
    w->at = at;
    return false;
}

void words_blank(words *w, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (w->rest[i] != '\n') w->rest[i] = ' ';
    }
}

brasa_status words_fail(words *w, const char *expected)
{
    return brasa__lex_fail(w->s, (int32_t)w->from, BRASA_SYNTAX, w->err, "%s was expected", expected);
}

/* The word without its quotes, doubled ones single. */
const char *words_unquoted(const words *w)
{
    const char *s = w->s + w->from;
    size_t      n = w->to - w->from, m = 0;
    char       *out = brasa__arena_strndup(w->arena, s, n);

    if (s[0] != '\'' && s[0] != '"' && s[0] != '`') return out;
    for (size_t i = 1; i + 1 < n; i++) {
        out[m++] = s[i];
        if (s[i] == s[0] && s[i + 1] == s[0]) i++;
    }
    out[m] = '\0';
    return out;
}

brasa_status words_plain_name(words *w, const char **out)
{
    unsigned char c;

    if (!words_next(w)) return words_fail(w, "a name");
    c = (unsigned char)w->s[w->from];
    if (c != '"' && c != '`' && c != '_' && !isalpha(c) && c < 0x80) return words_fail(w, "a name");
    *out = words_unquoted(w);
    return BRASA_OK;
}

/* IDENTIFIER('schema.' || 'name'), behind its parenthesis. */
static brasa_status identifier(words *w, const char **out)
{
    brasa_text  all;
    const char *schema = NULL, *part = NULL;

    brasa__text_init(&all, w->arena);
    do {
        if (!words_next(w) || (w->s[w->from] != '\'' && w->s[w->from] != '"')) return words_fail(w, "a text");
        brasa__text_add(&all, words_unquoted(w));
        if (words_take(w, ")")) break;
    } while (words_take(w, "|") && words_take(w, "|"));
    for (char *p = all.s, *end; *p != '\0'; p = *end == '\0' ? end : end + 1) {
        bool quoted = *p == '`';

        for (end = p + quoted; *end != '\0' && *end != (quoted ? '`' : '.');) end++;
        schema = part;
        part = brasa__arena_strndup(w->arena, p + quoted, (size_t)(end - p) - quoted);
        if (quoted && *end != '\0') end++;
    }
    if (part == NULL) return words_fail(w, "a name");
    *out = brasa__sql_table_name(w->arena, schema, part);
    return BRASA_OK;
}

/* name, schema.name, catalog.schema.name: the last two parts. */
brasa_status words_name(words *w, const char **out)
{
    const char *schema = NULL;
    size_t      before = w->at;

    if (words_take(w, "identifier") && words_take(w, "(")) return identifier(w, out);
    w->at = before;
    BRASA_TRY(words_plain_name(w, out));
    while (words_take(w, ".")) {
        schema = *out;
        BRASA_TRY(words_plain_name(w, out));
    }
    *out = brasa__sql_table_name(w->arena, schema, *out);
    return BRASA_OK;
}

brasa_status words_end(words *w)
{
    return words_next(w) && !words_is(w, ";") ? words_fail(w, "the end of the statement") : BRASA_OK;
}

/* Past "(...)". */
bool words_past_parentheses(words *w)
{
    int depth = 1;

    while (depth > 0 && words_next(w)) depth += words_is(w, "(") ? 1 : words_is(w, ")") ? -1 : 0;
    return depth == 0;
}

size_t words_trimmed(const char *s, size_t from, size_t to)
{
    while (to > from && isspace((unsigned char)s[to - 1])) to--;
    return to;
}
