/* sql/text_from_pg.c -- SIMILAR TO, and the operators ~ ~* ~~ ~~* ^@ and their negations, as calls.
 *
 * A pattern of SIMILAR TO becomes a regular expression while it is parsed: % is .*, _ is ., a dot and the like stand for themselves, and all of the text is meant.
 */
#include <string.h>

#include "sql/from_pg.h"

static const brasa_expr *text(brasa_pg *p, const char *s)
{
    brasa_value v = brasa_value_string(s);

    return brasa__expr_literal(p->arena, &v);
}

static const brasa_expr *negate_if(brasa_pg *p, int32_t at, bool negated, const brasa_expr *e)
{
    return negated ? brasa__pg_make(p, at, "not", &e, 1) : e;
}

bool brasa__pg_text_operator(brasa_pg *p, int32_t at, const char *op, const brasa_expr *const args[2], const brasa_expr **out)
{
    static const struct {
        const char *op, *name;
        bool        any_case;
    } known[] = {{"~", "rlike", false}, {"~*", "rlike", true}, {"~~", "like", false}, {"~~*", "ilike", false}, {"^@", "startswith", false}};
    bool              negated = op[0] == '!';
    const brasa_expr *both[] = {args[0], args[1]}, *pattern[] = {NULL, args[1]};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].op, op + negated) != 0) continue;
        if (known[i].any_case) {
            pattern[0] = text(p, "(?i)");
            both[1] = brasa__pg_make(p, at, "concat", pattern, 2);
        }
        *out = negate_if(p, at, negated, brasa__pg_make(p, at, known[i].name, both, 2));
        return true;
    }
    return false;
}

/* The regular expression of a pattern; escape: a character, or -1. */
static const char *regular(brasa_pg *p, const char *s, size_t n, int escape)
{
    brasa_text out;
    bool       list = false; /* inside of [...] */

    brasa__text_init(&out, p->arena);
    brasa__text_add(&out, "^(?s:");
    for (size_t i = 0; i < n; i++) {
        char c = s[i];

        if (c == escape && i + 1 < n) {
            i++;
            brasa__text_addf(&out, strchr(".^$*+?()[]{}|\\", s[i]) != NULL ? "\\%c" : "%c", s[i]);
            continue;
        }
        list = c == '[' ? true : c == ']' ? false : list;
        if (!list && c == '%')
            brasa__text_add(&out, ".*");
        else if (!list && c == '_')
            brasa__text_add(&out, ".");
        else if (c == '\\' || (!list && strchr(".^$", c) != NULL))
            brasa__text_addf(&out, "\\%c", c);
        else
            brasa__text_add_n(&out, &c, 1);
    }
    brasa__text_add(&out, ")$");
    return brasa__arena_strndup(p->arena, out.s, out.len);
}

brasa_status brasa__pg_similar(brasa_pg *p, const PgQuery__AExpr *a, const brasa_expr **out)
{
    const PgQuery__FuncCall *f = a->rexpr->node_case == PG_QUERY__NODE__NODE_FUNC_CALL ? a->rexpr->func_call : NULL;
    const char              *op = a->n_name > 0 ? a->name[0]->string->sval : "";
    const brasa_expr        *args[2], *escape = NULL;
    int                      mark = '\\';

    if (f == NULL || f->n_args < 1) return brasa__pg_fail(p, a->location, BRASA_SYNTAX, "SIMILAR TO without a pattern");
    BRASA_TRY(brasa__pg_expr(p, a->lexpr, &args[0]));
    BRASA_TRY(brasa__pg_expr(p, f->args[0], &args[1]));
    if (f->n_args > 1) BRASA_TRY(brasa__pg_expr(p, f->args[1], &escape));
    if (args[1]->kind != BRASA_EXPR_LITERAL || (escape != NULL && escape->kind != BRASA_EXPR_LITERAL))
        return brasa__pg_fail(p, a->location, BRASA_UNSUPPORTED, "SIMILAR TO takes a pattern that is written out; use RLIKE for others");
    if (args[1]->value.null || (escape != NULL && escape->value.null)) {
        *out = brasa__pg_make(p, a->location, "rlike", args, 2);
        return BRASA_OK;
    }
    if (escape != NULL && escape->value.u.s.n > 1)
        return brasa__pg_fail(p, a->location, BRASA_INVALID, "ESCAPE '%.*s': one character, or none", (int)escape->value.u.s.n,
                              escape->value.u.s.p);
    if (escape != NULL) mark = escape->value.u.s.n == 0 ? -1 : escape->value.u.s.p[0];
    args[1] = text(p, regular(p, args[1]->value.u.s.p, args[1]->value.u.s.n, mark));
    *out = negate_if(p, a->location, op[0] == '!', brasa__pg_make(p, a->location, "rlike", args, 2));
    return BRASA_OK;
}
