/* sql/lex_variant.c -- v:a.b[0]['c'], a path into a variant, as the collation "variant path"."a"."b"."0"."c": it stands where the path does and binds as closely.
 *
 * Only directly behind a value, and not in brackets or braces, where a colon is theirs.  sql/collate.c reads it.
 */
#include <ctype.h>
#include <string.h>

#include "sql/lex_inner.h"

enum { MOST = 60 }; /* bytes of a part: PostgreSQL cuts longer names */

static bool begins(const lexer *x, const token *t)
{
    bool ours = x->nbrackets > 0 && x->depth <= x->brackets[x->nbrackets - 1].depth;
    char next = x->s[t->to];

    if (!lex_is_char(x, t, ':') || ours || x->before.to != t->from || !lex_ends_value(x, &x->before)) return false;
    return isalpha((unsigned char)next) || next == '_' || next == '`' || next == '[';
}

static brasa_status put(lexer *x, const char *s, int32_t n)
{
    if (n > MOST)
        return brasa__fail(x->err, BRASA_UNSUPPORTED, "a part of %d bytes in the path of a variant; write it by variant_get", (int)n);
    brasa__text_add(&x->out, ".");
    lex_write_quoted(x, s, (size_t)n, '\0');
    return BRASA_OK;
}

/* ['name'] and [0]; *done: there is one at `at`. */
static brasa_status bracket(lexer *x, int32_t *at, bool *done)
{
    token open, key, close;

    *done = x->s[*at] == '[';
    if (!*done) return BRASA_OK;
    BRASA_TRY(lex_next(x, *at, &open));
    BRASA_TRY(lex_next(x, open.to, &key));
    BRASA_TRY(lex_next(x, key.to, &close));
    if ((key.kind != T_STRING && key.kind != T_QUOTED && key.kind != T_NUMBER) || !lex_is_char(x, &close, ']'))
        return brasa__fail(x->err, BRASA_SYNTAX, "the path of a variant has ['name'] or [0] in brackets");
    *at = close.to;
    if (key.kind == T_NUMBER) {
        brasa__text_add(&x->out, ".");
        return brasa__text_addf(&x->out, "\"[%.*s]\"", (int)(key.to - key.from), x->s + key.from), BRASA_OK;
    }
    return put(x, x->s + key.from + 1, key.to - key.from - 2);
}

static brasa_status name(lexer *x, int32_t *at)
{
    token part;

    BRASA_TRY(lex_next(x, *at, &part));
    *at = part.to;
    if (part.kind == T_QUOTED) return put(x, x->s + part.from + 1, part.to - part.from - 2);
    if (part.kind != T_NAME) return brasa__fail(x->err, BRASA_SYNTAX, "a name was expected in the path of a variant");
    return put(x, x->s + part.from, part.to - part.from);
}

brasa_status lex_variant_path(lexer *x, const token *t, int32_t *at, bool *done)
{
    bool more;

    *done = begins(x, t);
    if (!*done) return BRASA_OK;
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, " COLLATE \"variant path\"");
    *at = t->to;
    BRASA_TRY(bracket(x, at, &more));
    if (!more) BRASA_TRY(name(x, at));
    for (;;) {
        BRASA_TRY(bracket(x, at, &more));
        if (more) continue;
        if (x->s[*at] != '.') break;
        ++*at;
        BRASA_TRY(name(x, at));
    }
    x->before = (token) {.kind = T_QUOTED, .from = t->from, .to = *at};
    return BRASA_OK;
}
