/* sql/lex_type.c -- names of types: ARRAY<T>, STRUCT<...>, MAP<...>, int(...) as a cast; see lex.h. */
#include <string.h>

#include "data/type.h"
#include "sql/lex_inner.h"

/* ---- ARRAY<T> ---- */

brasa_status lex_array_type(lexer *x, const token *t, const token *open, int32_t *at)
{
    int32_t depth = 0, i = open->from;
    lexer   inner = *x;

    for (; i < x->n; i++) {
        depth += x->s[i] == '<';
        depth -= x->s[i] == '>';
        if (depth == 0) break;
    }
    if (i >= x->n) return brasa__lex_fail(x->s, t->from, BRASA_SYNTAX, x->err, "ARRAY< without its >");
    /* The element type is text of its own: scanned to the closing bracket. */
    for (int32_t k = open->to; k < i;) {
        token e, after;

        inner.n = i;
        BRASA_TRY(lex_next(&inner, k, &e));
        if (e.kind == T_END) break;
        BRASA_TRY(lex_next(x, e.to, &after));
        if (lex_is_word(x, &e, "array") && x->s[after.from] == '<') {
            BRASA_TRY(lex_array_type(x, &e, &(token) {.kind = T_OP, .from = after.from, .to = after.from + 1}, &k));
            continue;
        }
        lex_copy_token(x, &e);
        brasa__text_add(&x->out, " ");
        k = e.to;
    }
    brasa__text_add(&x->out, "[]");
    *at = i + 1;
    return BRASA_OK;
}

/* STRUCT<a: INT>, MAP<STRING, INT>, also in parentheses, and lists of those: one type that PostgreSQL takes for a name with a modifier.  False: it is no type
 * (a < b, struct(a, b)).
 */
bool lex_nested_type(lexer *x, const token *t, const token *open, int32_t *at)
{
    int32_t    depth = 0, i = open->from;
    brasa_type type;
    char      *text, less = x->s[open->from], more = less == '<' ? '>' : ')';

    if (less == '(' && (lex_is_word(x, t, "array") || (!lex_follows_type_mark(x) && !lex_ends_value(x, &x->before)))) return false;
    if (!lex_is_word(x, t, "array") && !lex_is_word(x, t, "struct") && !lex_is_word(x, t, "map")) return false;
    for (; i < x->n; i++) {
        depth += x->s[i] == less;
        depth -= x->s[i] == more;
        if (depth == 0) break;
    }
    if (i >= x->n) return false;
    text = brasa__arena_strndup(x->arena, x->s + t->from, (size_t)(i + 1 - t->from));
    if (brasa__type_parse(x->arena, text, &type, NULL) != BRASA_OK) return false;
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, "__type('");
    for (const char *c = text; *c != '\0'; c++) brasa__text_add_n(&x->out, *c == '\'' ? "''" : c, *c == '\'' ? 2 : 1);
    brasa__text_add(&x->out, "')");
    *at = i + 1;
    return true;
}

/* CAST(x AS STRING COLLATE c): in the same way. */
brasa_status lex_collated_type(lexer *x, const token *t, const token *after, int32_t *at, bool *done)
{
    token name;

    *done = false;
    if (!lex_is_word(x, t, "string") || !lex_is_word(x, after, "collate") || !lex_follows_type_mark(x)) return BRASA_OK;
    BRASA_TRY(lex_next(x, after->to, &name));
    if (name.kind != T_NAME) return BRASA_OK;
    lex_map_here(x, t->from);
    brasa__text_addf(&x->out, "__type('string collate %.*s')", (int)(name.to - name.from), x->s + name.from);
    x->before = name;
    *at = name.to;
    *done = true;
    return BRASA_OK;
}

/* Names of types that PostgreSQL's grammar keeps for types. */
bool lex_names_type(const lexer *x, const token *t)
{
    static const char *const names[] = {"int",     "integer", "bigint",  "smallint", "boolean", "float",
                                        "decimal", "numeric", "varchar", "char",     "real",    "timestamp"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (lex_is_word(x, t, names[i])) return true;
    }
    return false;
}

/* After AS and :: a type is a type. */
bool lex_follows_type_mark(const lexer *x)
{
    return lex_is_word(x, &x->before, "as") || lex_is_char(x, &x->before, ':') || x->before.from == x->n;
}

bool lex_unsigned(lexer *x, const token *t, const token *word, int32_t *at)
{
    static const char *const names[][2] = {
        {"tinyint", "utinyint"}, {"smallint", "usmallint"}, {"int", "uinteger"}, {"integer", "uinteger"}, {"bigint", "ubigint"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!lex_is_word(x, t, names[i][0])) continue;
        lex_map_here(x, t->from);
        brasa__text_add(&x->out, names[i][1]);
        x->before = *t;
        *at = word->to;
        return true;
    }
    return false;
}
