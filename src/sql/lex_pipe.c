/* sql/lex_pipe.c -- queries as pipes: FROM t |> WHERE a > 1 |> AGGREGATE sum(b) GROUP BY c |> ORDER BY c.
 *
 * Each |> goes on with the SELECT so far where SQL's order of clauses has room for it, and otherwise puts that SELECT into parentheses of a new one:
 * SELECT * FROM (...) AS __pipe1.  The binder lets the columns of such a table keep the names of the tables that they came from.
 */
#include <stdio.h>
#include <string.h>

#include "sql/lex_inner.h"

enum { MAX_PIPES = 1000 };

bool lex_is_pipe(const lexer *x, const token *t)
{
    return lex_is_op(x, t, "|>");
}

static bool ends_stage(const lexer *x, const token *t)
{
    return t->kind == T_END || lex_is_char(x, t, ')') || lex_is_char(x, t, ';') || lex_is_pipe(x, t);
}

/* ---- where the query of a level begins, and how far its clauses are ---- */

static bool may_begin(const lexer *x, const lex_level *l)
{
    bool start = x->l->tokens <= 1 || lex_is_char(x, &x->before, '(');

    return start || (lex_is_word(x, &x->before, "as") && !l->with) || (lex_is_char(x, &x->before, ')') && l->with);
}

void lex_pipe_token(lexer *x, const token *t)
{
    lex_level *l = lex_level_here(x);
    bool       begins = may_begin(x, l);

    if (l->pipe.at >= 0 || t->kind == T_END) return;
    if (begins && (lex_is_word(x, t, "from") || lex_is_word(x, t, "table"))) {
        l->pipe = (lex_pipe) {.at = (int32_t)x->out.len, .state = PIPE_FROM};
    } else if (lex_is_word(x, t, "values") && (begins || x->before.kind == T_NAME)) {
        l->pipe = (lex_pipe) {.at = (int32_t)x->out.len, .state = PIPE_VALUES};
    } else if (lex_is_word(x, t, "select") || (begins && lex_is_char(x, t, '('))) {
        l->pipe = (lex_pipe) {.at = (int32_t)x->out.len, .state = PIPE_DONE};
    }
}

/* A clause of the query before its first |>. */
void lex_pipe_word(lexer *x, const token *t)
{
    static const char *const words[] = {"group", "having", "order", "limit",   "offset",  "union", "intersect", "except",
                                        "minus", "window", "fetch", "qualify", "cluster", "sort",  "select",    "for"};
    lex_level               *l = lex_level_here(x);

    if (l->pipe.at < 0 || l->pipe.state == PIPE_DONE) return;
    if (lex_is_word(x, t, "where")) l->pipe.state = PIPE_WHERE;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (lex_is_word(x, t, words[i])) l->pipe.state = PIPE_DONE;
}

/* TABLE t where a query begins: SELECT * FROM t, as FROM t alone is. */
bool lex_pipe_table(lexer *x, const token *t)
{
    lex_level *l = lex_level_here(x);

    if (l->pipe.at != (int32_t)x->out.len || !lex_is_word(x, t, "table")) return false;
    lex_level_reset(l);
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, "select ");
    l->star_at = (int32_t)x->out.len;
    brasa__text_add(&x->out, "* ");
    l->from_at = (int32_t)x->out.len;
    brasa__text_add(&x->out, "from");
    x->in_from = true;
    x->before = *t;
    return true;
}

/* ---- stages ---- */

static token no_token(const lexer *x, token_kind kind)
{
    return (token) {.kind = kind, .from = x->n, .to = x->n};
}

/* The query so far as a table of a new one. */
static void wrap(lexer *x, lex_level *l, const token *alias)
{
    int32_t end = (int32_t)x->out.len;

    brasa__text_add(&x->out, "select * from (");
    lex_rotate(x, l->pipe.at, end);
    brasa__text_add(&x->out, ") as ");
    if (alias != NULL) {
        int32_t quoted = alias->kind == T_QUOTED;

        lex_map_here(x, alias->from);
        lex_write_quoted(x, x->s + alias->from + quoted, (size_t)(alias->to - alias->from - 2 * quoted), quoted ? x->s[alias->from] : '\0');
    } else {
        brasa__text_addf(&x->out, "__pipe%d", (int)++x->unnamed);
    }
    brasa__text_add(&x->out, " ");
    lex_level_reset(l);
    l->star_at = l->pipe.at + 7;
    l->from_at = l->pipe.at + 9;
    l->pipe.state = PIPE_FROM;
    x->in_from = true;
    x->before = no_token(x, T_QUOTED);
}

/* Room for a clause that may follow what is in `last` and before. */
static void make_room(lexer *x, lex_level *l, lex_pipe_state last)
{
    if (l->pipe.state > last || l->star_at < 0) wrap(x, l, NULL);
}

/* Tokens up to the end of the stage, or a comma or the word (each may be absent) outside of parentheses; *t: the token that ended it. */
static brasa_status copy(lexer *x, int32_t *at, bool comma, const char *word, token *t)
{
    int32_t depth = x->depth;

    for (bool first = true;; first = false) {
        BRASA_TRY(lex_next(x, *at, t));
        if (x->depth == depth && (ends_stage(x, t) || (comma && lex_is_char(x, t, ',')) || (word != NULL && lex_is_word(x, t, word)))) {
            lex_lambda_end(x, t);
            return BRASA_OK;
        }
        if (t->kind == T_END) return brasa__lex_fail(x->s, t->from, BRASA_SYNTAX, x->err, ") was expected");
        brasa__text_add(&x->out, " ");
        if (first && (lex_is_word(x, t, "distinct") || lex_is_op(x, t, "*")))
            return brasa__lex_fail(x->s, t->from, BRASA_SYNTAX, x->err, "an expression was expected");
        BRASA_TRY(lex_write(x, t, at));
    }
}

static brasa_status name_of(lexer *x, int32_t at, token *name, token *after)
{
    BRASA_TRY(lex_next(x, at, name));
    if (name->kind != T_NAME && name->kind != T_QUOTED)
        return brasa__lex_fail(x->s, name->from, BRASA_SYNTAX, x->err, "a name was expected");
    return lex_next(x, name->to, after);
}

static void behind_star(lexer *x, lex_level *l, int32_t list)
{
    brasa__text_add(&x->out, " ");
    lex_rotate(x, l->star_at + 2, list);
    l->pipe.state = PIPE_DONE;
}

/* EXTEND e AS a, ...: behind the star. */
static brasa_status extend(lexer *x, lex_level *l, int32_t *at)
{
    token t;

    make_room(x, l, PIPE_WHERE);
    int32_t list = (int32_t)x->out.len;
    do {
        brasa__text_add(&x->out, ", ");
        x->before = no_token(x, T_OTHER);
        BRASA_TRY(copy(x, at, true, NULL, &t));
        if (lex_is_char(x, &t, ',')) *at = t.to;
    } while (lex_is_char(x, &t, ','));
    l = lex_level_here(x);
    behind_star(x, l, list);
    return BRASA_OK;
}

/* SET a = e, b = f: one after the other, so that f may use the new a. */
static brasa_status set(lexer *x, int32_t *at)
{
    token name, t;

    do {
        lex_level *l = lex_level_here(x);

        make_room(x, l, PIPE_WHERE);
        BRASA_TRY(name_of(x, *at, &name, &t));
        if (!lex_is_op(x, &t, "="))
            return brasa__lex_fail(x->s, t.from, BRASA_SYNTAX, x->err, "= was expected; SET takes names of columns");
        *at = t.to;
        int32_t list = (int32_t)x->out.len;
        brasa__text_add(&x->out, ", __replace__(");
        x->before = no_token(x, T_OTHER);
        BRASA_TRY(copy(x, at, true, "as", &t));
        if (lex_is_word(x, &t, "as")) return brasa__lex_fail(x->s, t.from, BRASA_SYNTAX, x->err, "SET takes no AS; the name is before =");
        brasa__text_add(&x->out, ", ");
        lex_write_text(x, &name);
        brasa__text_add(&x->out, ")");
        l = lex_level_here(x);
        behind_star(x, l, list);
        if (lex_is_char(x, &t, ',')) *at = t.to;
    } while (lex_is_char(x, &t, ','));
    return BRASA_OK;
}

/* DROP a, b. */
static brasa_status drop(lexer *x, lex_level *l, int32_t *at)
{
    token name, t;

    make_room(x, l, PIPE_WHERE);
    int32_t list = (int32_t)x->out.len;
    brasa__text_add(&x->out, ", __except__(");
    for (;;) {
        BRASA_TRY(name_of(x, *at, &name, &t));
        lex_map_here(x, name.from);
        lex_write_text(x, &name);
        *at = name.to;
        if (!lex_is_char(x, &t, ',')) break;
        brasa__text_add(&x->out, ", ");
        *at = t.to;
    }
    if (!ends_stage(x, &t)) return brasa__lex_fail(x->s, t.from, BRASA_SYNTAX, x->err, ", or |> was expected; DROP takes names of columns");
    brasa__text_add(&x->out, ")");
    behind_star(x, l, list);
    return BRASA_OK;
}

/* The items of GROUP BY; a number is a column of what comes in. */
static brasa_status group_items(lexer *x, int32_t *at, int32_t *n)
{
    token t, after;

    for (*n = 0;;) {
        ++*n;
        BRASA_TRY(lex_next(x, *at, &t));
        BRASA_TRY(lex_next(x, t.to, &after));
        if (ends_stage(x, &t)) return brasa__lex_fail(x->s, t.from, BRASA_SYNTAX, x->err, "GROUP BY without what to group by");
        if (t.kind == T_NUMBER && (lex_is_char(x, &after, ',') || ends_stage(x, &after))) {
            lex_map_here(x, t.from);
            brasa__text_addf(&x->out, " __column__(%.*s)", (int)(t.to - t.from), x->s + t.from);
            *at = t.to;
            t = after;
        } else {
            x->before = no_token(x, T_OTHER);
            BRASA_TRY(copy(x, at, true, NULL, &t));
        }
        if (!lex_is_char(x, &t, ',')) return BRASA_OK;
        brasa__text_add(&x->out, ",");
        *at = t.to;
    }
}

/* AGGREGATE list [GROUP BY keys]: SELECT keys, list ... GROUP BY 1, 2. */
static brasa_status aggregate(lexer *x, lex_level *l, int32_t *at)
{
    token   t, by;
    int32_t groups = 0;

    make_room(x, l, PIPE_WHERE);
    brasa__text_add(&x->out, " ");
    int32_t list = (int32_t)x->out.len;
    x->before = no_token(x, T_OTHER);
    BRASA_TRY(copy(x, at, false, "group", &t));
    bool any = (int32_t)x->out.len > list;
    if (lex_is_word(x, &t, "group")) {
        BRASA_TRY(lex_next(x, t.to, &by));
        if (!lex_is_word(x, &by, "by")) return brasa__lex_fail(x->s, by.from, BRASA_SYNTAX, x->err, "BY was expected");
        *at = by.to;
        int32_t keys = (int32_t)x->out.len;
        BRASA_TRY(group_items(x, at, &groups));
        if (any) brasa__text_add(&x->out, ",");
        if (any) lex_rotate(x, list, keys);
    } else if (!any) {
        return brasa__lex_fail(x->s, t.from, BRASA_SYNTAX, x->err, "AGGREGATE takes aggregates, or GROUP BY");
    }
    brasa__text_add(&x->out, " ");
    l = lex_level_here(x);
    x->out.s[l->star_at] = ' ';
    lex_rotate(x, l->star_at, list);
    for (int32_t i = 1; i <= groups; i++) brasa__text_addf(&x->out, i == 1 ? " group by %d" : ", %d", (int)i);
    l->pipe.state = PIPE_DONE;
    return BRASA_OK;
}

/* SELECT list: what ends a list behind FROM moves it. */
static void select_list(lexer *x, lex_level *l, const token *word, int32_t *at)
{
    make_room(x, l, PIPE_WHERE);
    x->out.s[l->star_at] = ' ';
    l->list_at = (int32_t)x->out.len;
    brasa__text_add(&x->out, " ");
    l->pipe.state = PIPE_DONE;
    x->in_from = false;
    x->before = *word;
    *at = word->to;
}

static brasa_status rename_table(lexer *x, lex_level *l, int32_t *at)
{
    token name, after;

    BRASA_TRY(name_of(x, *at, &name, &after));
    if (!ends_stage(x, &after)) return brasa__lex_fail(x->s, after.from, BRASA_SYNTAX, x->err, "AS takes one name");
    wrap(x, l, &name);
    *at = name.to;
    return BRASA_OK;
}

/* Clauses whose own words stay. */
static bool clause(lexer *x, lex_level *l, const token *word)
{
    static const struct {
        const char    *word;
        lex_pipe_state last, next;
    } clauses[] = {
        {"where", PIPE_FROM, PIPE_WHERE},       {"order", PIPE_WHERE, PIPE_ORDER},   {"sort", PIPE_WHERE, PIPE_ORDER},
        {"distribute", PIPE_WHERE, PIPE_ORDER}, {"cluster", PIPE_WHERE, PIPE_ORDER}, {"limit", PIPE_ORDER, PIPE_DONE},
        {"offset", PIPE_ORDER, PIPE_DONE},      {"union", PIPE_WHERE, PIPE_DONE},    {"intersect", PIPE_WHERE, PIPE_DONE},
        {"except", PIPE_WHERE, PIPE_DONE},      {"minus", PIPE_WHERE, PIPE_DONE},    {"join", PIPE_FROM, PIPE_FROM},
        {"inner", PIPE_FROM, PIPE_FROM},        {"left", PIPE_FROM, PIPE_FROM},      {"right", PIPE_FROM, PIPE_FROM},
        {"full", PIPE_FROM, PIPE_FROM},         {"cross", PIPE_FROM, PIPE_FROM},     {"natural", PIPE_FROM, PIPE_FROM},
        {"semi", PIPE_FROM, PIPE_FROM},         {"anti", PIPE_FROM, PIPE_FROM},      {"lateral", PIPE_FROM, PIPE_FROM},
        {"pivot", PIPE_FROM, PIPE_FROM},        {"unpivot", PIPE_FROM, PIPE_FROM},   {"tablesample", PIPE_FROM, PIPE_FROM},
    };

    for (size_t i = 0; i < sizeof clauses / sizeof *clauses; i++) {
        if (!lex_is_word(x, word, clauses[i].word)) continue;
        make_room(x, l, clauses[i].last);
        l->pipe.state = clauses[i].next;
        x->in_from = clauses[i].next == PIPE_FROM;
        brasa__text_add(&x->out, " ");
        return true;
    }
    return false;
}

/* |> and, where its words are no clause of SQL, what follows. */
brasa_status lex_pipe_stage(lexer *x, const token *pipe, int32_t *at)
{
    lex_level *l = lex_level_here(x);
    token      word;

    if (l->pipe.at < 0) return brasa__lex_fail(x->s, pipe->from, BRASA_SYNTAX, x->err, "|> stands behind a query");
    if (++x->pipes > MAX_PIPES)
        return brasa__lex_fail(x->s, pipe->from, BRASA_SYNTAX, x->err, "more than %d times |> in one statement; use WITH", (int)MAX_PIPES);
    if (l->pipe.state == PIPE_VALUES) {
        bool named = strncmp(x->out.s + l->pipe.at, "select * from ", 14) == 0;

        l->pipe.state = named ? PIPE_FROM : PIPE_DONE;
        l->star_at = named ? l->pipe.at + 7 : -1;
    }
    brasa__text_add(&x->out, " ");
    lex_map_here(x, pipe->from);
    BRASA_TRY(lex_next(x, pipe->to, &word));
    *at = word.to;
    if (lex_is_word(x, &word, "select")) return select_list(x, l, &word, at), BRASA_OK;
    if (lex_is_word(x, &word, "extend")) return extend(x, l, at);
    if (lex_is_word(x, &word, "set")) return set(x, at);
    if (lex_is_word(x, &word, "drop")) return drop(x, l, at);
    if (lex_is_word(x, &word, "as")) return rename_table(x, l, at);
    if (lex_is_word(x, &word, "aggregate")) return aggregate(x, l, at);
    *at = word.from;
    if (clause(x, l, &word)) return BRASA_OK;
    return brasa__lex_fail(x->s, word.from, BRASA_SYNTAX, x->err,
                           "|> is followed by SELECT, EXTEND, SET, DROP, AS, WHERE, AGGREGATE, JOIN, ORDER BY, LIMIT, OFFSET, UNION, "
                           "INTERSECT, EXCEPT, PIVOT, UNPIVOT or TABLESAMPLE");
}
