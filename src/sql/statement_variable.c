/* sql/statement_variable.c -- statements of a session's variables: DECLARE, SET VARIABLE, EXECUTE IMMEDIATE ... INTO ... USING. */
#include <string.h>
#include <strings.h>

#include "sql/words.h"

brasa_status words_variable_name(words *w, const char **out)
{
    BRASA_TRY(words_plain_name(w, out));
    if (strcasecmp(*out, "system") == 0 && words_take(w, ".")) {
        BRASA_TRY(words_plain_name(w, out));
        if (strcasecmp(*out, "session") != 0) return words_fail(w, "system.session and a variable");
    }
    if (strcasecmp(*out, "session") == 0 && words_take(w, ".")) BRASA_TRY(words_plain_name(w, out));
    return BRASA_OK;
}

/* The text from here on becomes a query: SELECT and it. */
static brasa_status select_rest(words *w, size_t from, const char *what)
{
    if (from < 7 || w->s[from] == '\0') return words_fail(w, what);
    words_blank(w, 0, from);
    memcpy(w->rest + from - 7, "SELECT ", 7);
    return BRASA_OK;
}

static size_t text_end(const words *w, size_t from)
{
    size_t all = words_trimmed(w->s, from, strlen(w->s));

    while (all > from && w->s[all - 1] == ';') all = words_trimmed(w->s, from, all - 1);
    return all;
}

/* DECLARE [OR REPLACE] [VARIABLE] name [type] [DEFAULT value]. */
brasa_status words_declare(words *w, bool *done)
{
    bool value = false;

    w->out->kind = BRASA_STATEMENT_VARIABLE;
    w->out->overwrite = true;
    if (words_take(w, "or") && !words_take(w, "replace")) return words_fail(w, "REPLACE");
    size_t at = w->at;
    if (words_take(w, "variable") || words_take(w, "var")) { /* or its name */
        words next = *w;
        if (!words_next(&next) || words_is(&next, "=") || words_is(&next, "default")) w->at = at;
    }
    BRASA_TRY(words_variable_name(w, &w->out->name));
    size_t from = words_skip_blank(w->s, w->at), to = from;
    while (!value && words_next(w) && !words_is(w, ";")) {
        value = words_is(w, "default") || words_is(w, "=");
        if (!value) to = w->to;
    }
    *done = !value;
    if (to > from) w->out->format = brasa__arena_strndup(w->arena, w->s + from, to - from);
    if (!value) return to > from ? BRASA_OK : words_fail(w, "a type, or DEFAULT and a value");
    from = words_skip_blank(w->s, w->at);
    w->out->value = brasa__arena_strndup(w->arena, w->s + from, text_end(w, from) - from);
    return select_rest(w, from, "a value");
}

/* To a comma outside of parentheses, or the word; the text before it. */
static const char *item(words *w, const char *word)
{
    size_t from = words_skip_blank(w->s, w->at), to = from;
    int    depth = 0;

    while (words_next(w) &&
           !(depth == 0 && (words_is(w, ",") || words_is(w, ";") || words_is(w, ")") || (word != NULL && words_is(w, word))))) {
        depth += words_is(w, "(") || words_is(w, "[") ? 1 : words_is(w, ")") || words_is(w, "]") ? -1 : 0;
        to = w->to;
    }
    return brasa__arena_strndup(w->arena, w->s + from, to - from);
}

static brasa_status names(words *w)
{
    const char **list = NULL;
    int32_t      cap = 0;

    do {
        list = brasa__arena_grow(w->arena, list, &cap, w->out->ncolumns + 1, sizeof *list);
        BRASA_TRY(words_variable_name(w, &list[w->out->ncolumns]));
        w->out->ncolumns++;
    } while (words_take(w, ","));
    w->out->columns = list;
    return BRASA_OK;
}

/* SET VARIABLE a = 1, b = DEFAULT; SET VARIABLE (a, b) = (SELECT ...). */
brasa_status words_set_variable(words *w, bool *done)
{
    brasa_option *list = NULL;
    int32_t       n = 0, cap = 0;

    w->out->kind = BRASA_STATEMENT_VARIABLE;
    if (words_take(w, "(")) {
        BRASA_TRY(names(w));
        if (!words_take(w, ")") || !words_take(w, "=")) return words_fail(w, ") = and a query in parentheses");
        words_blank(w, 0, w->to);
        *done = false;
        return BRASA_OK;
    }
    do {
        list = brasa__arena_grow(w->arena, list, &cap, n + 1, sizeof *list);
        BRASA_TRY(words_variable_name(w, &list[n].key));
        if (!words_take(w, "=")) return words_fail(w, "= and a value");
        list[n].value = item(w, NULL);
        if (list[n].value[0] == '\0') return words_fail(w, "a value");
        n++;
    } while (words_is(w, ","));
    w->out->options = list;
    w->out->noptions = n;
    *done = true;
    return BRASA_OK;
}

/* EXECUTE IMMEDIATE 'statement' [INTO variables] [USING values [AS names]]: the values stand as a query of one row. */
brasa_status words_execute_text(words *w, bool *done)
{
    brasa_option *list = NULL;
    int32_t       n = 0, cap = 0;
    brasa_text    values;

    if (!words_next(w)) return words_fail(w, "the text of a statement");
    bool text = w->s[w->from] == '\'' || w->s[w->from] == '"';
    w->out->value = words_unquoted(w);
    if (text && w->escapes)
        BRASA_TRY(brasa__lex_unescape(w->arena, w->s, (int32_t)w->from + 1, (int32_t)w->to - 1, &w->out->value, w->err));
    w->out->by_name = !text; /* a variable */
    if (words_take(w, "into")) BRASA_TRY(names(w));
    *done = !words_take(w, "using");
    if (*done) return words_end(w);
    words_take(w, "(");
    brasa__text_init(&values, w->arena);
    do {
        const char *value = item(w, "as");

        list = brasa__arena_grow(w->arena, list, &cap, n + 1, sizeof *list);
        list[n] = (brasa_option) {.value = value};
        if (words_is(w, "as")) {
            BRASA_TRY(words_plain_name(w, &list[n].key));
            if (!words_next(w)) w->from = w->to;
        }
        brasa__text_addf(&values, "%s%s", n++ == 0 ? "VALUES (" : ", ", value);
    } while (words_is(w, ","));
    brasa__text_add(&values, ")");
    w->out->options = list;
    w->out->noptions = n;
    w->rest = values.s;
    return BRASA_OK;
}
