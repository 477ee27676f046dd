/* lex_lambda.c -- x -> body becomes a call that PostgreSQL's grammar takes: __lambda("x", body).
 *
 * Where the body began waits on a stack, at its depth of parentheses, for the comma or the closing parenthesis behind it.
 */
#include <string.h>
#include <strings.h>

#include "sql/lex_inner.h"

/* Names in parentheses that begin at `open`, before an arrow: `names` of them; 0: it is something else. */
static brasa_status parameters(lexer *x, const token *open, token *names, int32_t room, int32_t *n, int32_t *end)
{
    token   t;
    int32_t at = open->to;

    *n = 0;
    for (;;) {
        BRASA_TRY(lex_next(x, at, &t));
        if ((t.kind != T_NAME && t.kind != T_QUOTED) || *n == room) return *n = 0, BRASA_OK;
        names[(*n)++] = t;
        BRASA_TRY(lex_next(x, t.to, &t));
        at = t.to;
        if (lex_is_char(x, &t, ')')) break;
        if (!lex_is_char(x, &t, ',')) return *n = 0, BRASA_OK;
    }
    BRASA_TRY(lex_next(x, at, &t));
    if (!lex_is_op(x, &t, "->")) *n = 0;
    *end = t.to;
    return BRASA_OK;
}

/* `column -> '$.a'` is a part of JSON: a lambda's body is no path, and the first argument of nothing that takes one. */
static brasa_status takes_part(lexer *x, const token *arrow, bool *part)
{
    token t;

    BRASA_TRY(lex_next(x, arrow->to, &t));
    bool path = t.kind == T_STRING && t.to - t.from > 2 && (x->s[t.from + 1] == '$' || x->s[t.from + 1] == '/');
    *part = path || ((t.kind == T_STRING || t.kind == T_NUMBER) && lex_is_char(x, &x->before, '('));
    return BRASA_OK;
}

/* lambda x, y: body, as Python and DuckDB write it; 0 names: it is something else. */
static brasa_status named_lambda(lexer *x, const token *t, token *names, int32_t room, int32_t *n, int32_t *end)
{
    token   e;
    int32_t at = t->to;

    *n = 0;
    if (!lex_is_word(x, t, "lambda")) return BRASA_OK;
    for (;;) {
        BRASA_TRY(lex_next(x, at, &e));
        if ((e.kind != T_NAME && e.kind != T_QUOTED) || *n == room) return *n = 0, BRASA_OK;
        names[(*n)++] = e;
        BRASA_TRY(lex_next(x, e.to, &e));
        at = *end = e.to;
        if (lex_is_char(x, &e, ':')) return BRASA_OK;
        if (!lex_is_char(x, &e, ',')) return *n = 0, BRASA_OK;
    }
}

brasa_status lex_lambda(lexer *x, const token *t, int32_t *at, bool *done)
{
    enum { MOST = 8 };
    token   names[MOST], after;
    int32_t n = 0, end = 0;
    bool    place = lex_is_char(x, &x->before, '(') || lex_is_char(x, &x->before, ',');

    *done = false;
    if (!place || x->depth == 0) return BRASA_OK;
    if (t->kind == T_NAME) BRASA_TRY(named_lambda(x, t, names, MOST, &n, &end));
    if (n == 0 && (t->kind == T_NAME || t->kind == T_QUOTED)) {
        bool part;

        BRASA_TRY(lex_next(x, t->to, &after));
        if (!lex_is_op(x, &after, "->")) return BRASA_OK;
        BRASA_TRY(takes_part(x, &after, &part));
        if (part) return BRASA_OK;
        names[n++] = *t;
        end = after.to;
    } else if (n == 0 && lex_is_char(x, t, '(')) {
        BRASA_TRY(parameters(x, t, names, MOST, &n, &end));
    }
    if (n == 0) return BRASA_OK;
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, "__lambda(");
    for (int32_t i = 0; i < n; i++) {
        int32_t quoted = names[i].kind == T_QUOTED;

        lex_map_here(x, names[i].from);
        lex_write_quoted(x, x->s + names[i].from + quoted, (size_t)(names[i].to - names[i].from - 2 * quoted),
                         quoted ? x->s[names[i].from] : '\0');
        brasa__text_add(&x->out, ", ");
    }
    x->lambdas = brasa__arena_grow(x->arena, x->lambdas, &x->cap_lambdas, x->nlambdas + 1, sizeof *x->lambdas);
    x->lambdas[x->nlambdas++] =
        (lex_body) {.depth = x->depth + x->nbrackets, .n = n, .names = brasa__arena_copy(x->arena, names, sizeof *names * (size_t)n)};
    x->before = (token) {.kind = T_OP, .from = t->from, .to = end};
    *at = end;
    *done = true;
    return BRASA_OK;
}

/* In a body its parameters are names, whatever else the word means: (left, right) -> left < right. */
bool lex_lambda_name(lexer *x, const token *t, const token *after)
{
    if (lex_is_char(x, after, '(')) return false;
    for (int32_t i = 0; i < x->nlambdas; i++) {
        for (int32_t k = 0; k < x->lambdas[i].n; k++) {
            const token *name = &x->lambdas[i].names[k];

            if (name->kind != T_NAME || name->to - name->from != t->to - t->from || t->to == t->from) continue;
            if (strncasecmp(x->s + name->from, x->s + t->from, (size_t)(t->to - t->from)) != 0) continue;
            lex_map_here(x, t->from);
            lex_write_quoted(x, x->s + t->from, (size_t)(t->to - t->from), '\0');
            return true;
        }
    }
    return false;
}

void lex_lambda_end(lexer *x, const token *t)
{
    if (!lex_is_char(x, t, ',') && !lex_is_char(x, t, ')') && t->kind != T_END) return;
    while (x->nlambdas > 0 && x->lambdas[x->nlambdas - 1].depth == x->depth + x->nbrackets) {
        brasa__text_add(&x->out, ")");
        x->nlambdas--;
    }
}
