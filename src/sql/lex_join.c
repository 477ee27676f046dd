/* sql/lex_join.c -- SEMI, ANTI and ASOF joins and LATERAL VIEW in PostgreSQL's words; see lex.h. */
#include "sql/lex_inner.h"

/* ---- Spark's joins and views ---- */

/* [LEFT] SEMI JOIN: a JOIN whose condition begins with a mark, or whose USING ends with one. */
brasa_status lex_semi(lexer *x, const token *t, int32_t *at, bool *done)
{
    token kind = *t, join;

    *done = false;
    if (lex_is_word(x, t, "left")) BRASA_TRY(lex_next(x, t->to, &kind));
    bool semi = lex_is_word(x, &kind, "semi"), anti = lex_is_word(x, &kind, "anti");
    if (!semi && !anti) return BRASA_OK;
    BRASA_TRY(lex_next(x, kind.to, &join));
    if (!lex_is_word(x, &join, "join")) return BRASA_OK;
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, "join");
    x->semis = brasa__arena_grow(x->arena, x->semis, &x->cap_semis, x->nsemis + 1, sizeof *x->semis);
    x->semis[x->nsemis++] = (semi_join) {.depth = x->depth, .mark = anti ? "anti" : "semi"};
    x->before = join;
    *at = join.to;
    *done = true;
    return lex_join(x, &join);
}

/* ASOF [LEFT | INNER] JOIN: a join whose condition is marked. */
brasa_status lex_asof(lexer *x, const token *t, const token *after, int32_t *at, bool *done)
{
    token join = *after;
    bool  left = lex_is_word(x, after, "left");

    if (left || lex_is_word(x, after, "inner")) BRASA_TRY(lex_next(x, after->to, &join));
    if (left && lex_is_word(x, &join, "outer")) BRASA_TRY(lex_next(x, join.to, &join));
    *done = lex_is_word(x, &join, "join") && lex_ends_value(x, &x->before);
    if (!*done) return BRASA_OK;
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, left ? "left join" : "join");
    x->semis = brasa__arena_grow(x->arena, x->semis, &x->cap_semis, x->nsemis + 1, sizeof *x->semis);
    x->semis[x->nsemis++] = (semi_join) {.depth = x->depth, .mark = "asof"};
    x->before = join;
    *at = join.to;
    return lex_join(x, &join);
}

/* POSITIONAL JOIN: a join without a condition, which is marked. */
brasa_status lex_positional(lexer *x, const token *t, const token *join, int32_t *at)
{
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, "join");
    x->semis = brasa__arena_grow(x->arena, x->semis, &x->cap_semis, x->nsemis + 1, sizeof *x->semis);
    x->semis[x->nsemis++] = (semi_join) {.depth = x->depth, .mark = "positional"};
    x->before = *join;
    *at = join->to;
    return lex_join(x, join);
}

semi_join *lex_waiting_semi(lexer *x)
{
    semi_join *s = x->nsemis == 0 ? NULL : &x->semis[x->nsemis - 1];

    return s != NULL && s->depth == x->depth && !s->using ? s : NULL;
}

/* LATERAL VIEW [OUTER] f(...) [t] [AS a, b]: CROSS JOIN LATERAL f(...) AS t(a, b). */
brasa_status lex_view(lexer *x, const token *t, const token *view, int32_t *at)
{
    token   e, name, next;
    int32_t depth = 0, names = 0;
    bool    outer;

    lex_map_here(x, t->from);
    brasa__text_add(&x->out, "cross join lateral ");
    BRASA_TRY(lex_next(x, view->to, &name));
    outer = lex_is_word(x, &name, "outer");
    if (outer) BRASA_TRY(lex_next(x, name.to, &name));
    lex_copy_token(x, &name);
    if (outer) brasa__text_add(&x->out, "_outer");
    for (int32_t k = name.to;;) { /* its arguments, as any text */
        BRASA_TRY(lex_next(x, k, &e));
        if (e.kind == T_END) return brasa__lex_fail(x->s, t->from, BRASA_SYNTAX, x->err, "LATERAL VIEW takes a function, as explode(list)");
        depth += lex_is_char(x, &e, '(') ? 1 : lex_is_char(x, &e, ')') ? -1 : 0;
        if (e.from > k) brasa__text_add(&x->out, " ");
        BRASA_TRY(lex_write(x, &e, &k));
        if (depth == 0) {
            *at = k;
            break;
        }
    }
    BRASA_TRY(lex_next(x, *at, &name));
    bool alias = (name.kind == T_NAME || name.kind == T_QUOTED) && !lex_is_word(x, &name, "as") && !lex_starts_clause(x, &name);
    brasa__text_add(&x->out, " as ");
    if (alias) {
        lex_copy_token(x, &name);
        *at = name.to;
    } else {
        brasa__text_add(&x->out, "lateral_view");
    }
    BRASA_TRY(lex_next(x, *at, &next));
    if (!lex_is_word(x, &next, "as")) return BRASA_OK;
    for (*at = next.to;; *at = next.to) {
        BRASA_TRY(lex_next(x, *at, &name));
        brasa__text_add(&x->out, names++ == 0 ? "(" : ", ");
        lex_copy_token(x, &name);
        *at = name.to;
        BRASA_TRY(lex_next(x, *at, &next));
        if (!lex_is_char(x, &next, ',')) break;
    }
    brasa__text_add(&x->out, ")");
    x->before = name;
    return BRASA_OK;
}
