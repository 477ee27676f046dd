/* lex_bracket.c -- lists and structs as DuckDB writes them, in PostgreSQL's words.
 *
 * [a, b] is array[a, b], {'a': 1} is named_struct('a', 1), MAP {k: v} is map(k, v); [f(x) FOR x IN l IF c] is a call of two lambdas, which the parser's tree
 * turns into transform and filter.  x IN [...] is x = ANY ([...]).  What has an index or a field behind it gets parentheses.  Open brackets lie on one stack.
 */
#include <string.h>

#include "sql/lex_inner.h"

/* ---- changing text that is written ---- */

/* `length` bytes at `at` become `text`. */
static void replace(lexer *x, int32_t at, int32_t length, const char *text)
{
    brasa_lexed *l = x->l;
    int32_t      n = (int32_t)strlen(text), grown = n - length;

    for (int32_t i = 0; i < grown; i++) brasa__text_add(&x->out, " ");
    memmove(x->out.s + at + n, x->out.s + at + length, x->out.len - (size_t)(grown > 0 ? grown : 0) - (size_t)(at + length));
    memcpy(x->out.s + at, text, (size_t)n);
    if (grown < 0) x->out.len -= (size_t)-grown;
    for (int32_t i = l->nmap - 1; i >= 0 && l->map[i].at >= at + length; i--) l->map[i].at += grown;
    for (int32_t i = l->nmarks - 1; i >= 0 && l->marks[i].at >= at + length; i--) l->marks[i].at += grown;
}

void lex_wrap(lexer *x, int32_t at)
{
    replace(x, at, 0, "(");
    brasa__text_add(&x->out, ")");
}

/* Does an index or a field follow at once? */
static brasa_status has_part(lexer *x, const token *t, bool *has)
{
    token after, name;

    *has = false;
    BRASA_TRY(lex_next(x, t->to, &after));
    if (after.from != t->to) return BRASA_OK;
    BRASA_TRY(lex_next(x, after.to, &name));
    *has = lex_is_char(x, &after, '[') || (lex_is_char(x, &after, '.') && (name.kind == T_NAME || name.kind == T_QUOTED));
    return BRASA_OK;
}

brasa_status lex_string_part(lexer *x, const token *t, int32_t at)
{
    token after;

    BRASA_TRY(lex_next(x, t->to, &after));
    if (after.from == t->to && lex_is_char(x, &after, '[')) lex_wrap(x, at);
    return BRASA_OK;
}

/* ---- brackets ---- */

static lex_bracket *innermost(lexer *x)
{
    lex_bracket *b = x->nbrackets > 0 ? &x->brackets[x->nbrackets - 1] : NULL;

    return b != NULL && b->depth == x->depth ? b : NULL;
}

static void open_bracket(lexer *x, const token *t, char kind, const char *text)
{
    lex_bracket b = {.kind = kind, .at = (int32_t)x->out.len, .depth = x->depth, .in_list = kind == '[' && x->in_list};

    lex_map_here(x, t->from);
    brasa__text_add(&x->out, text);
    x->brackets = brasa__arena_grow(x->arena, x->brackets, &x->cap_brackets, x->nbrackets + 1, sizeof *x->brackets);
    x->brackets[x->nbrackets++] = b;
    x->map_next = x->in_list = false;
}

static brasa_status close_bracket(lexer *x, const token *t)
{
    lex_bracket b = x->brackets[--x->nbrackets];
    bool        part;

    lex_map_here(x, t->from);
    for (int32_t i = 0; i < b.clauses; i++) brasa__text_add(&x->out, ")");
    if (b.clauses == 0) brasa__text_add(&x->out, b.kind == '[' || b.kind == 'i' ? "]" : ")");
    if (b.in_list) brasa__text_add(&x->out, ")");
    if (b.kind == 'i' || b.in_list) return BRASA_OK;
    BRASA_TRY(has_part(x, t, &part));
    if (part) lex_wrap(x, b.at);
    return BRASA_OK;
}

brasa_status lex_bracket_token(lexer *x, const token *t, bool *done)
{
    lex_bracket *b = innermost(x);
    bool         index = lex_ends_value(x, &x->before) || lex_is_char(x, &x->before, '}');

    *done = true;
    bool array = lex_is_word(x, &x->before, "array") && x->before.to == t->from && x->l->nmap > 0;
    if (lex_is_char(x, t, '[') && array) {
        open_bracket(x, t, '[', "[");
        x->brackets[x->nbrackets - 1].at = (int32_t)x->out.len - (int32_t)strlen("array[");
        return BRASA_OK;
    }
    if (lex_is_char(x, t, '[')) {
        open_bracket(x, t, index ? 'i' : '[', index ? "[" : "array[");
        return BRASA_OK;
    }
    if (lex_is_char(x, t, '{')) {
        open_bracket(x, t, x->map_next ? 'm' : '{', x->map_next ? "map(" : "named_struct(");
        return BRASA_OK;
    }
    bool braces = b != NULL && (b->kind == '{' || b->kind == 'm');
    if (b != NULL && lex_is_char(x, t, braces ? '}' : ']')) return close_bracket(x, t);
    bool cast = (t->from > 0 && x->s[t->from - 1] == ':') || x->s[t->to] == ':';
    *done = braces && lex_is_char(x, t, ':') && !cast;
    if (!*done) return BRASA_OK;
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, ",");
    return BRASA_OK;
}

/* ---- words ---- */

static void write_lambda(lexer *x, const token *v, const char *before, const char *after)
{
    brasa_text text;
    bool       quoted = v->kind == T_QUOTED;

    brasa__text_init(&text, x->arena);
    brasa__text_addf(&text, "%s__lambda(", before);
    brasa__text_addf(&text, quoted ? "%.*s" : "\"%.*s\"", (int)(v->to - v->from), x->s + v->from);
    brasa__text_addf(&text, ", %s", after);
    brasa__text_add_n(&x->out, text.s, text.len);
}

/* [e FOR x IN l ...]: __each(__lambda("x", e), l ... */
static brasa_status comprehension(lexer *x, lex_bracket *b, const token *variable, int32_t *at, bool *done)
{
    token   in;
    int32_t len;

    BRASA_TRY(lex_next(x, variable->to, &in));
    if ((variable->kind != T_NAME && variable->kind != T_QUOTED) || !lex_is_word(x, &in, "in")) return BRASA_OK;
    len = (int32_t)x->out.len;
    write_lambda(x, variable, "__each(", "");
    const char *head = brasa__arena_strndup(x->arena, x->out.s + len, x->out.len - (size_t)len);
    x->out.len = (size_t)len;
    replace(x, b->at, (int32_t)strlen("array["), head);
    brasa__text_add(&x->out, "), ");
    b->clauses = 1;
    b->variable = *variable;
    *at = in.to;
    x->before = in;
    *done = true;
    return BRASA_OK;
}

/* x IN [...]: = ANY (array[...]); NOT stands behind x already. */
static void in_list(lexer *x, const token *t)
{
    bool negated = x->out.len >= 4 && lex_is_word(x, &x->before, "not");

    lex_map_here(x, t->from);
    if (negated) {
        size_t end = x->out.len;
        while (end > 0 && (x->out.s[end - 1] == ' ' || x->out.s[end - 1] == '\n')) end--;
        memset(x->out.s + end - 3, ' ', 3);
    }
    brasa__text_add(&x->out, negated ? " <> all (" : " = any (");
    x->in_list = true;
    x->before = (token) {.kind = T_OP, .from = t->from, .to = t->to};
}

brasa_status lex_bracket_word(lexer *x, const token *t, const token *after, int32_t *at, bool *done)
{
    lex_bracket *b = innermost(x);
    bool         value = lex_ends_value(x, &x->before) || lex_is_char(x, &x->before, '}');

    *done = false;
    if (b != NULL && b->kind == '{' && lex_is_char(x, after, ':') && x->s[after->to] != ':' &&
        (lex_is_char(x, &x->before, '{') || lex_is_char(x, &x->before, ','))) {
        lex_map_here(x, t->from);
        lex_write_text(x, t);
        *done = true;
    } else if (lex_is_word(x, t, "map") && lex_is_char(x, after, '{') && !value) {
        x->map_next = *done = true;
    } else if (b != NULL && b->kind == '[' && b->clauses == 0 && value && lex_is_word(x, t, "for")) {
        return comprehension(x, b, after, at, done);
    } else if (b != NULL && b->clauses == 1 && value && lex_is_word(x, t, "if")) {
        brasa__text_add(&x->out, ", ");
        write_lambda(x, &b->variable, "", "");
        b->clauses = 2;
        x->before = (token) {.kind = T_OP, .from = t->from, .to = t->to};
        *at = t->to;
        *done = true;
        return BRASA_OK;
    } else if (lex_is_word(x, t, "in") && lex_is_char(x, after, '[') && (value || lex_is_word(x, &x->before, "not"))) {
        in_list(x, t);
        *at = t->to;
        *done = true;
        return BRASA_OK;
    } else if (lex_is_word(x, t, "filter") && lex_is_char(x, after, '(') && lex_is_char(x, &x->before, ')')) {
        token where;

        BRASA_TRY(lex_next(x, after->to, &where));
        x->filter_next = !lex_is_word(x, &where, "where");
    }
    if (*done) {
        *at = t->to;
        x->before = *t;
    }
    return BRASA_OK;
}
