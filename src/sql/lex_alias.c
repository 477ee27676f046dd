/* sql/lex_alias.c -- IDENTIFIER(...), struct(1 AS a), explode(m) AS (k, v): names where PostgreSQL takes none; see lex.h. */
#include <strings.h>

#include "sql/lex_inner.h"

/* IDENTIFIER('schema.' || 'table'): the name that the texts say. */
brasa_status lex_identifier(lexer *x, const token *t, const token *open, int32_t *at, bool *done)
{
    token      text, after;
    brasa_text name;

    *done = false;
    brasa__text_init(&name, x->arena);
    for (int32_t k = open->to;; k = after.to) {
        BRASA_TRY(lex_next(x, k, &text));
        if (text.kind != T_STRING || (x->s[text.from] != '\'' && x->s[text.from] != '"')) return BRASA_OK;
        brasa__text_add_n(&name, x->s + text.from + 1, (size_t)(text.to - text.from - 2));
        BRASA_TRY(lex_next(x, text.to, &after));
        if (!lex_is_op(x, &after, "||")) break;
    }
    if (!lex_is_char(x, &after, ')'))
        return brasa__lex_fail(x->s, after.from, BRASA_SYNTAX, x->err, "IDENTIFIER takes constant texts, joined by ||");
    lex_map_here(x, t->from);
    for (size_t from = 0, to; from < name.len; from = to + 1) {
        bool quoted = name.s[from] == '`';
        for (to = from + quoted; to < name.len && name.s[to] != (quoted ? '`' : '.');) to++;
        lex_write_quoted(x, name.s + from + quoted, to - from - quoted, '\0');
        to += quoted;
        if (to < name.len) brasa__text_add(&x->out, ".");
    }
    x->before = (token) {.kind = T_NAME, .from = text.from, .to = after.to};
    *at = after.to;
    *done = true;
    return BRASA_OK;
}

/* struct(1 AS a): an argument more that names the one before it. */
brasa_status lex_field_name(lexer *x, const token *t, const token *name, int32_t *at, bool *done)
{
    const char *call = x->depth > 0 ? x->out.s + x->calls[x->depth - 1].at : "";

    *done = (strncasecmp(call, "struct(", 7) == 0 || strncasecmp(call, "\"struct\"(", 9) == 0) &&
            (name->kind == T_NAME || name->kind == T_QUOTED);
    if (!*done) return BRASA_OK;
    int32_t quoted = name->kind == T_QUOTED;
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, ", __as__(");
    lex_write_quoted(x, x->s + name->from + quoted, (size_t)(name->to - name->from - 2 * quoted), quoted ? x->s[name->from] : '\0');
    brasa__text_add(&x->out, ")");
    x->before = *name;
    *at = name->to;
    return BRASA_OK;
}

/* explode(m) AS (k, v): names of columns as arguments more of the call that ends here. */
brasa_status lex_column_names(lexer *x, const token *open, int32_t *at, bool *done)
{
    token   t;
    int32_t end = open->to, n = 0;

    *done = false;
    if (!lex_is_char(x, &x->before, ')') || !lex_is_char(x, open, '(')) return BRASA_OK;
    size_t close = x->out.len;
    while (close > 0 && x->out.s[close - 1] == ' ') close--;
    if (close == 0 || x->out.s[close - 1] != ')') return BRASA_OK;
    for (;; n++) { /* names and commas only */
        BRASA_TRY(lex_next(x, end, &t));
        if (t.kind != T_NAME && t.kind != T_QUOTED) return BRASA_OK;
        BRASA_TRY(lex_next(x, t.to, &t));
        end = t.to;
        if (lex_is_char(x, &t, ')')) break;
        if (!lex_is_char(x, &t, ',')) return BRASA_OK;
    }
    x->out.len = close - 1;
    for (end = open->to;; end = t.to) {
        BRASA_TRY(lex_next(x, end, &t));
        int32_t quoted = t.kind == T_QUOTED;
        lex_map_here(x, t.from);
        brasa__text_add(&x->out, ", __as__(");
        lex_write_quoted(x, x->s + t.from + quoted, (size_t)(t.to - t.from - 2 * quoted), quoted ? x->s[t.from] : '\0');
        brasa__text_add(&x->out, ")");
        BRASA_TRY(lex_next(x, t.to, &t));
        if (lex_is_char(x, &t, ')')) break;
    }
    brasa__text_add(&x->out, ")");
    x->before = t;
    *at = t.to;
    *done = true;
    return BRASA_OK;
}
