/* lex_pivot.c -- PIVOT and UNPIVOT become joins with a call, which PostgreSQL's grammar takes: sql/pivot.c reads its arguments.
 *
 *   t PIVOT (sum(v) AS s FOR q IN ('a' AS x, 'b'))     t cross join __pivot__(sum(v), __as__(s), __for__(q), __in__('a'), __as__(x), __in__('b'))
 *   t UNPIVOT (v FOR n IN (a, b AS x))                  t cross join __unpivot__(false, __value__(v), __for__(n), __in__(a), __in__(b), __as__(x))
 *   PIVOT t ON q USING sum(v) GROUP BY y                select * from t cross join __pivot__(__for__(q), sum(v), __group__(y))
 *   UNPIVOT t ON a, b INTO NAME n VALUE v               select * from t cross join __unpivot__(false, __in__(a), __in__(b), __for__(n), __value__(v))
 */
#include <string.h>

#include "sql/lex_inner.h"

static void write_as(lexer *x, const token *name)
{
    int32_t quoted = name->kind == T_QUOTED || name->kind == T_STRING;

    brasa__text_add(&x->out, ", __as__(");
    lex_map_here(x, name->from);
    lex_write_quoted(x, x->s + name->from + quoted, (size_t)(name->to - name->from - 2 * quoted), quoted ? x->s[name->from] : '\0');
    brasa__text_add(&x->out, ")");
}

static bool is_any(const lexer *x, const token *t, const char *const *words)
{
    for (; *words != NULL; words++)
        if (lex_is_word(x, t, *words)) return true;
    return false;
}

/* The tokens of one expression: to a comma, a closing parenthesis, AS or one of the words at this depth; then its alias, if there is one. */
static brasa_status item(lexer *x, int32_t *at, const char *const *words, token *end)
{
    int32_t depth = x->depth;
    token   t, after;

    x->before = (token) {.kind = T_OTHER, .from = x->n, .to = x->n};
    for (;;) {
        BRASA_TRY(lex_next(x, *at, &t));
        *end = t;
        if (t.kind == T_END || lex_is_char(x, &t, ';')) return BRASA_OK;
        if (x->depth == depth) {
            if (lex_is_char(x, &t, ',') || lex_is_char(x, &t, ')') || is_any(x, &t, words)) return BRASA_OK;
            BRASA_TRY(lex_next(x, t.to, &after));
            bool as = lex_is_word(x, &t, "as"), name = t.kind == T_NAME || t.kind == T_QUOTED;
            bool last = lex_is_char(x, &after, ',') || lex_is_char(x, &after, ')') || is_any(x, &after, words) || after.kind == T_END;
            if (!as && name && last && lex_ends_value(x, &x->before) && x->before.from != x->n) after = t, as = true;
            if (as) {
                write_as(x, &after);
                *at = after.to;
                return lex_next(x, *at, end);
            }
        }
        brasa__text_add(&x->out, " ");
        BRASA_TRY(lex_write(x, &t, at));
    }
}

/* A list of expressions, each in a call of that name ("": as it is). */
static brasa_status list(lexer *x, int32_t *at, const char *call, const char *const *words, bool *first, token *end)
{
    for (;;) {
        brasa__text_addf(&x->out, "%s", *first ? "" : ", ");
        *first = false;
        size_t start = x->out.len;
        if (call[0] != '\0') brasa__text_addf(&x->out, "%s(", call);
        BRASA_TRY(item(x, at, words, end));
        if (call[0] != '\0') { /* the alias stands outside */
            char  *as = NULL;
            size_t n = x->out.len - start;
            char  *text = brasa__arena_strndup(x->arena, x->out.s + start, n);
            for (char *p = text; (p = strstr(p, ", __as__(")) != NULL; p++) as = p;
            if (as != NULL) {
                x->out.len = start + (size_t)(as - text);
                brasa__text_addf(&x->out, ")%s", as);
            } else {
                brasa__text_add(&x->out, ")");
            }
        }
        if (!lex_is_char(x, end, ',')) return BRASA_OK;
        *at = end->to;
    }
}

static brasa_status expected(lexer *x, const token *t, const char *what)
{
    return brasa__lex_fail(x->s, t->from, BRASA_SYNTAX, x->err, "%s was expected", what);
}

static brasa_status in_list(lexer *x, int32_t *at, bool *first, token *end)
{
    static const char *const none[] = {NULL};
    token                    open;

    BRASA_TRY(lex_next(x, *at, &open));
    if (!lex_is_char(x, &open, '(')) return expected(x, &open, "IN (values)");
    *at = open.to;
    BRASA_TRY(list(x, at, "__in__", none, first, end));
    if (!lex_is_char(x, end, ')')) return expected(x, end, ")");
    *at = end->to;
    return lex_next(x, *at, end);
}

/* FOR columns IN (values) [GROUP BY ...], to the closing parenthesis. */
static brasa_status for_clause(lexer *x, int32_t *at, bool *first, token *end)
{
    static const char *const in[] = {"in", NULL}, *const none[] = {NULL};

    if (!lex_is_word(x, end, "for")) return expected(x, end, "FOR");
    *at = end->to;
    BRASA_TRY(list(x, at, "__for__", in, first, end));
    if (!lex_is_word(x, end, "in")) return expected(x, end, "IN");
    *at = end->to;
    BRASA_TRY(in_list(x, at, first, end));
    if (lex_is_word(x, end, "group")) {
        BRASA_TRY(lex_next(x, end->to, end));
        *at = end->to;
        BRASA_TRY(list(x, at, "__group__", none, first, end));
    }
    if (!lex_is_char(x, end, ')')) return expected(x, end, ")");
    *at = end->to;
    return BRASA_OK;
}

static void close_call(lexer *x, const token *last, bool in_from)
{
    brasa__text_add(&x->out, ")");
    x->before = *last;
    x->in_from = in_from;
}

brasa_status lex_pivot(lexer *x, const token *t, const token *after, int32_t *at, bool *done)
{
    static const char *const words[] = {"for", NULL};
    bool                     unpivot = lex_is_word(x, t, "unpivot"), include = lex_is_word(x, after, "include"), first = !unpivot;
    bool                     in_from = x->in_from;
    token                    open = *after, end;

    *done = false;
    if (!in_from || !lex_ends_value(x, &x->before)) return BRASA_OK;
    if (unpivot && (include || lex_is_word(x, after, "exclude"))) {
        BRASA_TRY(lex_next(x, after->to, &open)); /* NULLS */
        BRASA_TRY(lex_next(x, open.to, &open));
    }
    if (!lex_is_char(x, &open, '(')) return BRASA_OK;
    x->in_from = false;
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, unpivot ? "cross join __unpivot__(" : "cross join __pivot__(");
    if (unpivot) brasa__text_add(&x->out, include ? "true" : "false");
    *at = open.to;
    BRASA_TRY(list(x, at, unpivot ? "__value__" : "", words, &first, &end));
    BRASA_TRY(for_clause(x, at, &first, &end));
    close_call(x, &end, in_from);
    *done = true;
    return BRASA_OK;
}

static brasa_status pivot_clauses(lexer *x, int32_t *at, token *end, bool *first)
{
    static const char *const words[] = {"in", "using", "group", "order", "limit", NULL};

    do { /* ON a IN (1, 2), b */
        *at = end->to;
        BRASA_TRY(list(x, at, "__for__", words, first, end));
        if (!lex_is_word(x, end, "in")) break;
        *at = end->to;
        BRASA_TRY(in_list(x, at, first, end));
    } while (lex_is_char(x, end, ','));
    if (lex_is_word(x, end, "using")) {
        *at = end->to;
        BRASA_TRY(list(x, at, "", words, first, end));
    }
    if (!lex_is_word(x, end, "group")) return BRASA_OK;
    BRASA_TRY(lex_next(x, end->to, end));
    *at = end->to;
    return list(x, at, "__group__", words, first, end);
}

static brasa_status unpivot_clauses(lexer *x, int32_t *at, token *end, bool *first)
{
    static const char *const words[] = {"into", "order", "limit", NULL}, *const name[] = {"value", NULL};

    *at = end->to;
    BRASA_TRY(list(x, at, "__in__", words, first, end));
    if (!lex_is_word(x, end, "into")) return BRASA_OK;
    BRASA_TRY(lex_next(x, end->to, end));
    if (!lex_is_word(x, end, "name")) return expected(x, end, "NAME");
    *at = end->to;
    BRASA_TRY(list(x, at, "__for__", name, first, end));
    if (!lex_is_word(x, end, "value")) return expected(x, end, "VALUE");
    *at = end->to;
    return list(x, at, "__value__", words, first, end);
}

brasa_status lex_pivot_statement(lexer *x, const token *t, int32_t *at)
{
    bool    unpivot = lex_is_word(x, t, "unpivot"), first = !unpivot;
    int32_t depth = x->depth;
    token   e;

    lex_map_here(x, t->from);
    brasa__text_add(&x->out, "select * from ");
    x->before = (token) {.kind = T_NAME, .from = t->from, .to = t->from};
    x->in_from = true;
    for (*at = t->to;;) { /* the table */
        BRASA_TRY(lex_next(x, *at, &e));
        if (e.kind == T_END) return expected(x, &e, "ON");
        if (x->depth == depth && lex_is_word(x, &e, "on")) break;
        bool query = *at == t->to && lex_is_char(x, &e, '(');
        BRASA_TRY(lex_write(x, &e, at));
        if (query) x->calls[x->depth - 1].table = true;
        brasa__text_add(&x->out, " ");
    }
    x->in_from = false;
    brasa__text_addf(&x->out, "cross join %s", unpivot ? "__unpivot__(false" : "__pivot__(");
    BRASA_TRY(unpivot ? unpivot_clauses(x, at, &e, &first) : pivot_clauses(x, at, &e, &first));
    brasa__text_add(&x->out, ") ");
    *at = e.from;
    x->before = (token) {.kind = T_OTHER, .from = e.from > 0 ? e.from - 1 : 0, .to = e.from};
    return BRASA_OK;
}
