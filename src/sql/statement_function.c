/* sql/statement_function.c -- CREATE FUNCTION f(a INT, b INT DEFAULT 1) RETURNS INT RETURN a + b, ... RETURNS TABLE (c INT) RETURN query, and
 * CREATE MACRO f(a, b := 1) AS a + b, ... AS TABLE query: taken apart as text.
 */
#include <string.h>

#include "sql/words.h"

static const char *text_of(words *w, size_t from, size_t to)
{
    to = words_trimmed(w->s, from, to);
    return to > from ? brasa__arena_strndup(w->arena, w->s + from, to - from) : NULL;
}

/* To the comma or parenthesis that ends a parameter, or one of its words; w->from: of that. */
static brasa_status to_end(words *w)
{
    int depth = 0;

    while (words_next(w)) {
        bool open = words_is(w, "(") || words_is(w, "<") || words_is(w, "["),
             close = words_is(w, ")") || words_is(w, ">") || words_is(w, "]");

        if (depth == 0 &&
            (close || words_is(w, ",") || words_is(w, "default") || words_is(w, "comment") || words_is(w, ":") || words_is(w, "=")))
            return BRASA_OK;
        if (depth == 0 && words_is(w, "not"))
            return brasa__fail(w->err, BRASA_UNSUPPORTED, "a parameter that is NOT NULL; test it in the body");
        if (depth == 0 && words_is(w, "generated")) return brasa__fail(w->err, BRASA_UNSUPPORTED, "a generated parameter");
        depth += open ? 1 : close ? -1 : 0;
    }
    return words_fail(w, ")");
}

/* (name type [DEFAULT value] [COMMENT text], ...), behind its parenthesis. */
static brasa_status list(words *w, const brasa_param_text **out, int32_t *n)
{
    brasa_param_text *p = NULL;
    int32_t           cap = 0;

    *n = 0;
    if (words_take(w, ")")) return BRASA_OK;
    for (;;) {
        p = brasa__arena_grow(w->arena, p, &cap, *n + 1, sizeof *p);
        BRASA_TRY(words_plain_name(w, &p[*n].name));
        size_t from = words_skip_blank(w->s, w->at);
        BRASA_TRY(to_end(w));
        p[*n].type = text_of(w, from, w->from);
        p[*n].value = NULL;
        while (!words_is(w, ",") && !words_is(w, ")")) {
            bool value = words_is(w, "default") || words_is(w, "=");

            if (words_is(w, ":")) value = words_take(w, "=");
            from = words_skip_blank(w->s, w->at);
            BRASA_TRY(to_end(w));
            if (value) p[*n].value = text_of(w, from, w->from);
        }
        ++*n;
        if (words_is(w, ")")) break;
    }
    *out = p;
    return BRASA_OK;
}

/* RETURNS type, RETURNS TABLE [(columns)]. */
static brasa_status returns(words *w, brasa_function_text *f)
{
    static const char *const ends[] = {"return", "language", "comment", "deterministic", "not", "contains", "reads", "sql", "as"};
    size_t                   from = words_skip_blank(w->s, w->at), at = w->at;

    if (words_take(w, "table")) {
        f->table = true;
        return words_take(w, "(") ? list(w, &f->columns, &f->ncolumns) : BRASA_OK;
    }
    for (;;) {
        at = w->at;
        if (!words_next(w)) return words_fail(w, "RETURN and a value");
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
            if (!words_is(w, ends[i])) continue;
            f->type = text_of(w, from, w->from);
            w->at = at;
            return BRASA_OK;
        }
    }
}

brasa_status words_function(words *w)
{
    brasa_function_text *f = &w->out->function;

    w->out->kind = BRASA_STATEMENT_FUNCTION;
    if (words_take(w, "if")) {
        if (!words_take(w, "not") || !words_take(w, "exists")) return words_fail(w, "NOT EXISTS");
        w->out->if_not_exists = true;
    }
    BRASA_TRY(words_name(w, &w->out->name));
    if (!words_take(w, "(")) return words_fail(w, "( and the parameters");
    BRASA_TRY(list(w, &f->params, &f->n));
    for (;;) {
        if (!words_next(w)) return words_fail(w, "RETURN and an expression");
        if (words_is(w, "return")) break;
        if (words_is(w, "as")) {
            f->table = words_take(w, "table");
            break;
        }
        if (words_is(w, "returns")) {
            BRASA_TRY(returns(w, f));
            continue;
        }
        if (words_is(w, "language") && words_next(w) && !words_is(w, "sql"))
            return brasa__fail(w->err, BRASA_UNSUPPORTED, "a function in another language than SQL");
    }
    size_t from = words_skip_blank(w->s, w->at), all = words_trimmed(w->s, from, strlen(w->s));
    while (all > from && w->s[all - 1] == ';') all = words_trimmed(w->s, from, all - 1);
    f->body = text_of(w, from, all);
    return f->body != NULL ? BRASA_OK : words_fail(w, "RETURN and an expression");
}
