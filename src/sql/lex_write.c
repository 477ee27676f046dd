/* sql/lex_write.c -- one token after the other in PostgreSQL's words; see lex.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "sql/lex_inner.h"

enum { MAX_SETS = 5000 };

/* ---- writing ---- */

void lex_map_here(lexer *x, int32_t from)
{
    brasa_lexed *l = x->l;

    l->map = brasa__arena_grow(x->arena, l->map, &l->cap_map, l->nmap + 1, sizeof *l->map);
    l->map[l->nmap++] = (brasa_lex_map) {.at = (int32_t)x->out.len, .from = from};
}

void lex_copy_token(lexer *x, const token *t)
{
    lex_map_here(x, t->from);
    brasa__text_add_n(&x->out, x->s + t->from, (size_t)(t->to - t->from));
}

void lex_write_marked(lexer *x, const token *t, const char *op, const char *means)
{
    brasa_lexed *l = x->l;

    lex_map_here(x, t->from);
    brasa__text_add(&x->out, " ");
    lex_map_here(x, t->from);
    l->marks = brasa__arena_grow(x->arena, l->marks, &l->cap_marks, l->nmarks + 1, sizeof *l->marks);
    l->marks[l->nmarks++] = (brasa_lex_mark) {.at = (int32_t)x->out.len, .means = means};
    brasa__text_addf(&x->out, "%s ", op);
}

void lex_write_quoted(lexer *x, const char *s, size_t n, char quote)
{
    brasa__text_add(&x->out, "\"");
    for (size_t i = 0; i < n; i++) {
        if (s[i] == quote && i + 1 < n && s[i + 1] == quote) i++; /* a doubled quote is one */
        if (s[i] == '"') brasa__text_add(&x->out, "\"");
        brasa__text_add_n(&x->out, &s[i], 1);
    }
    brasa__text_add(&x->out, "\"");
}

/* ---- intervals: INTERVAL 3 DAYS, INTERVAL '3' WEEK, INTERVAL 1 YEAR 2 MONTHS ---- */

static bool is_unit(const lexer *x, const token *t)
{
    static const char *const units[] = {"year",   "years",   "quarter",     "quarters",     "month",       "months",      "week",
                                        "weeks",  "day",     "days",        "hour",         "hours",       "minute",      "minutes",
                                        "second", "seconds", "millisecond", "milliseconds", "microsecond", "microseconds"};

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (lex_is_word(x, t, units[i])) return true;
    }
    return false;
}

/* One "[-] number unit" at `at`; false: there is none. */
static brasa_status interval_part(lexer *x, int32_t at, brasa_text *out, int32_t *end, bool *found)
{
    token t, unit;
    bool  minus = false;

    *found = false;
    BRASA_TRY(lex_next(x, at, &t));
    if (lex_is_op(x, &t, "-") || lex_is_op(x, &t, "+")) {
        minus = x->s[t.from] == '-';
        BRASA_TRY(lex_next(x, t.to, &t));
    }
    if (t.kind != T_NUMBER && (t.kind != T_STRING || x->s[t.from] != '\'')) return BRASA_OK;
    BRASA_TRY(lex_next(x, t.to, &unit));
    if (!is_unit(x, &unit)) return BRASA_OK;
    token after;
    BRASA_TRY(lex_next(x, unit.to, &after));
    if (lex_is_word(x, &after, "to") && t.kind == T_STRING) return BRASA_OK; /* '1-2' YEAR TO MONTH is PostgreSQL's own */
    int32_t from = t.kind == T_STRING ? t.from + 1 : t.from, to = t.kind == T_STRING ? t.to - 1 : t.to;
    while (from < to && isspace((unsigned char)x->s[from])) from++;
    if (t.kind == T_STRING && from < to && (x->s[from] == '-' || x->s[from] == '+')) minus = (x->s[from++] == '-') != minus;
    while (from < to && isspace((unsigned char)x->s[from])) from++;
    while (to > from && isspace((unsigned char)x->s[to - 1])) to--;
    for (int32_t i = from; i < to; i++)
        if (!isdigit((unsigned char)x->s[i]) && x->s[i] != '.') return BRASA_OK; /* INTERVAL '1 day 2' DAY */
    bool quarter = strncasecmp(x->s + unit.from, "quarter", 7) == 0;
    if (quarter) {
        brasa__text_addf(out, " %s%ld months", minus ? "-" : "", 3 * strtol(x->s + from, NULL, 10));
    } else {
        brasa__text_addf(out, " %s%.*s %.*s", minus ? "-" : "", (int)(to - from), x->s + from, (int)(unit.to - unit.from),
                         x->s + unit.from);
    }
    *end = unit.to;
    *found = true;
    return BRASA_OK;
}

/* '1-2' YEAR TO MONTH, '1 02:03:04.5' DAY TO SECOND: each number with its unit. */
static brasa_status interval_range(lexer *x, int32_t at, brasa_text *out, int32_t *end, bool *found)
{
    static const char *const units[] = {"year", "month", "day", "hour", "minute", "second"};
    static const char        between[] = "-\0 ::"; /* behind the unit of that place */
    token                    text, from, word, to;
    int                      a = -1, b = -1;
    bool                     minus = false;

    *found = false;
    BRASA_TRY(lex_next(x, at, &text));
    if (lex_is_op(x, &text, "-") || lex_is_op(x, &text, "+")) {
        minus = x->s[text.from] == '-';
        BRASA_TRY(lex_next(x, text.to, &text));
    }
    if (text.kind != T_STRING || x->s[text.from] != '\'') return BRASA_OK;
    BRASA_TRY(lex_next(x, text.to, &from));
    BRASA_TRY(lex_next(x, from.to, &word));
    if (!lex_is_word(x, &word, "to")) return BRASA_OK;
    BRASA_TRY(lex_next(x, word.to, &to));
    for (int i = 0; i < 6; i++) {
        if (lex_is_word(x, &from, units[i])) a = i;
        if (lex_is_word(x, &to, units[i])) b = i;
    }
    if (a < 0 || b <= a || (a < 2) != (b < 2)) return BRASA_OK;
    const char *p = x->s + text.from + 1, *stop = x->s + text.to - 1;
    while (p < stop && *p == ' ') p++;
    while (stop > p && stop[-1] == ' ') stop--;
    if (p < stop && (*p == '-' || *p == '+')) minus = (*p++ == '-') != minus;
    for (int i = a; i <= b; i++) {
        const char *number = p;

        while (p < stop && (isdigit((unsigned char)*p) || (i == 5 && *p == '.'))) p++;
        if (p == number) return BRASA_OK;
        brasa__text_addf(out, " %s%.*s %s", minus ? "-" : "", (int)(p - number), number, units[i]);
        if (i < b && (p >= stop || *p++ != between[i])) return BRASA_OK;
    }
    if (p != stop) return BRASA_OK;
    *end = to.to;
    *found = true;
    return BRASA_OK;
}

/* The type name is our own: PostgreSQL's parser would forget which units were named. */
static void put_interval(lexer *x, const token *t, const char *parts, int32_t end, int32_t *at)
{
    lex_map_here(x, t->from);
    brasa__text_addf(&x->out, "__interval '%s'", parts);
    x->before = (token) {.kind = T_STRING, .from = t->from, .to = end};
    *at = end;
}

static brasa_status write_interval(lexer *x, const token *t, int32_t *at, bool *done)
{
    brasa_text parts;
    int32_t    end = t->to;
    bool       found;
    token      next;

    *done = true;
    brasa__text_init(&parts, x->arena);
    BRASA_TRY(interval_range(x, t->to, &parts, &end, &found));
    if (!found) {
        parts.len = 0;
        BRASA_TRY(interval_part(x, t->to, &parts, &end, &found));
        for (bool more = found; more;) BRASA_TRY(interval_part(x, end, &parts, &end, &more));
    }
    if (found) return put_interval(x, t, parts.s + 1, end, at), BRASA_OK;
    BRASA_TRY(lex_next(x, t->to, &next));
    *done = next.kind == T_STRING && x->s[next.from] == '\'';
    if (!*done) return BRASA_OK;
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, "__interval ");
    x->before = *t;
    *at = next.from;
    return BRASA_OK;
}

/* TIMESTAMP [(n)] WITHOUT TIME ZONE, which PostgreSQL's parser tells from TIMESTAMP no more. */
static brasa_status write_timestamp(lexer *x, const token *t, int32_t *at, bool *done)
{
    token   e;
    int32_t k = t->to;
    bool    without;

    *done = false;
    BRASA_TRY(lex_next(x, k, &e));
    if (lex_is_char(x, &e, '(')) {
        for (int i = 0; i < 3; i++) {
            k = e.to;
            BRASA_TRY(lex_next(x, k, &e));
        }
    }
    without = lex_is_word(x, &e, "without");
    if (!without && !lex_is_word(x, &e, "with")) return BRASA_OK;
    BRASA_TRY(lex_next(x, e.to, &e));
    if (lex_is_word(x, &e, "local")) BRASA_TRY(lex_next(x, e.to, &e));
    if (!lex_is_word(x, &e, "time")) return BRASA_OK;
    BRASA_TRY(lex_next(x, e.to, &e));
    if (!lex_is_word(x, &e, "zone")) return BRASA_OK;
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, without ? "timestamp_ntz" : "timestamp_ltz");
    x->before = *t;
    *at = e.to;
    *done = true;
    return BRASA_OK;
}

/* ---- ARRAY<T> ---- */

static brasa_status write_array_type(lexer *x, const token *t, const token *open, int32_t *at)
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
            BRASA_TRY(write_array_type(x, &e, &(token) {.kind = T_OP, .from = after.from, .to = after.from + 1}, &k));
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

/* STRUCT<a: INT>, MAP<STRING, INT> and lists of those: one type that PostgreSQL takes for a name with a modifier.  False: it is no type (a < b). */
static bool write_nested_type(lexer *x, const token *t, const token *open, int32_t *at)
{
    int32_t    depth = 0, i = open->from;
    brasa_type type;
    char      *text;

    if (!lex_is_word(x, t, "array") && !lex_is_word(x, t, "struct") && !lex_is_word(x, t, "map")) return false;
    for (; i < x->n; i++) {
        depth += x->s[i] == '<';
        depth -= x->s[i] == '>';
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

/* Words that cannot be the alias of a LATERAL VIEW. */
bool lex_starts_clause(const lexer *x, const token *t)
{
    static const char *const words[] = {"where", "group", "having", "order", "limit", "offset", "window",  "union",   "intersect", "except",
                                        "join",  "inner", "left",   "right", "full",  "cross",  "natural", "lateral", "on",        "using"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (lex_is_word(x, t, words[i])) return true;
    }
    return false;
}

/* ---- parentheses ---- */

/* ( after FROM, JOIN or a comma between tables, before a query. */
static bool begins_table(lexer *x, const token *t)
{
    bool place = lex_is_word(x, &x->before, "from") || lex_is_word(x, &x->before, "join") || lex_is_word(x, &x->before, "lateral") ||
                 (x->in_from && lex_is_char(x, &x->before, ','));
    token inside;

    if (!place || lex_next(x, t->to, &inside) != BRASA_OK) return false;
    return lex_is_word(x, &inside, "select") || lex_is_word(x, &inside, "with") || lex_is_word(x, &inside, "values") ||
           lex_is_word(x, &inside, "pivot") || lex_is_word(x, &inside, "unpivot") ||
           (x->piped && (lex_is_word(x, &inside, "from") || lex_is_word(x, &inside, "table")));
}

/* What follows a table in FROM and is not its alias. */
bool lex_lacks_alias(const lexer *x, const token *t)
{
    if (t->kind == T_QUOTED) return false;
    return t->kind != T_NAME || lex_starts_clause(x, t) || lex_is_word(x, t, "semi") || lex_is_word(x, t, "anti") ||
           lex_is_word(x, t, "fetch") || lex_is_word(x, t, "returning") || lex_is_word(x, t, "tablesample") || lex_is_word(x, t, "for") ||
           lex_is_word(x, t, "pivot") || lex_is_word(x, t, "unpivot");
}

/* ( after a name belongs to the call that begins there. */
static void open_parenthesis(lexer *x, const token *t)
{
    int32_t at = (int32_t)x->out.len;

    /* the last token's place is the last in the map */
    if (x->before.kind == T_NAME && x->before.to == t->from && x->l->nmap > 0) at = x->l->map[x->l->nmap - 1].at;
    x->calls = brasa__arena_grow(x->arena, x->calls, &x->cap_calls, x->depth + 1, sizeof *x->calls);
    x->calls[x->depth++] = (call_start) {.at = at, .table = begins_table(x, t), .in_from = x->in_from, .list = x->list_next};
    x->in_from = false;
    lex_level_here(x)->pipe = (lex_pipe) {.at = -1};
    lex_level_reset(lex_level_here(x));
    lex_copy_token(x, t);
    if (x->list_next) brasa__text_add(&x->out, "array[");
    x->list_next = false;
    if (x->filter_next) brasa__text_add(&x->out, "where ");
    x->filter_next = false;
}

/* f(x)[i] and f(x).a are not in PostgreSQL's grammar; (f(x))[i] and (f(x)).a are. */
static brasa_status close_parenthesis(lexer *x, const token *t, int32_t *past)
{
    token   after, name;
    int32_t at;

    if (x->depth > 0 && x->calls[x->depth - 1].list) brasa__text_add(&x->out, "]");
    lex_copy_token(x, t);
    if (x->depth == 0) return BRASA_OK;
    bool table = x->calls[--x->depth].table;
    at = x->calls[x->depth].at;
    x->in_from = x->calls[x->depth].in_from;
    bool nulls;
    BRASA_TRY(lex_null_treatment(x, t->to, at, past, &nulls));
    if (nulls) return BRASA_OK;
    if (table) {
        BRASA_TRY(lex_next(x, t->to, &after));
        if (lex_lacks_alias(x, &after)) brasa__text_addf(&x->out, " as __subquery%d", (int)++x->unnamed);
        return BRASA_OK;
    }
    if (x->nsemis > 0 && x->semis[x->nsemis - 1].using && x->semis[x->nsemis - 1].depth == x->depth) {
        brasa__text_addf(&x->out, " as __%s__", x->semis[--x->nsemis].mark);
        return BRASA_OK;
    }
    BRASA_TRY(lex_next(x, t->to, &after));
    if (after.from != t->to || (!lex_is_char(x, &after, '[') && !lex_is_char(x, &after, '.'))) return BRASA_OK;
    BRASA_TRY(lex_next(x, after.to, &name));
    if (lex_is_char(x, &after, '.') && name.kind != T_NAME && name.kind != T_QUOTED) return BRASA_OK;
    if (lex_is_char(x, &after, '[') && lex_is_char(x, &name, ']')) return BRASA_OK; /* decimal(10,2)[] is a type */
    lex_wrap(x, at);
    return BRASA_OK;
}

/* ---- names ---- */

/* ---- Spark's joins and views ---- */

/* [LEFT] SEMI JOIN: a JOIN whose condition begins with a mark, or whose USING ends with one. */
static brasa_status write_semi(lexer *x, const token *t, int32_t *at, bool *done)
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
static brasa_status write_asof(lexer *x, const token *t, const token *after, int32_t *at, bool *done)
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

static semi_join *waiting_semi(lexer *x)
{
    semi_join *s = x->nsemis == 0 ? NULL : &x->semis[x->nsemis - 1];

    return s != NULL && s->depth == x->depth && !s->using ? s : NULL;
}

/* LATERAL VIEW [OUTER] f(...) [t] [AS a, b]: CROSS JOIN LATERAL f(...) AS t(a, b). */
static brasa_status write_view(lexer *x, const token *t, const token *view, int32_t *at)
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

/* Does nothing follow GROUP BY ALL and ORDER BY ALL but another clause or an order? */
static bool ends_clause(const lexer *x, const token *t)
{
    static const char *const words[] = {"having",    "order",  "limit", "offset", "window", "union",
                                        "intersect", "except", "asc",   "desc",   "nulls",  "fetch"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (lex_is_word(x, t, words[i])) return true;
    }
    return t->kind == T_END || lex_is_char(x, t, ')') || lex_is_char(x, t, ';') || lex_is_pipe(x, t);
}

/* PostgreSQL's scanner would make small letters of them. */
static bool keeps_case(lexer *x, const token *t)
{
    bool capital = false;

    for (int32_t i = t->from; i < t->to; i++) capital = capital || (x->s[i] >= 'A' && x->s[i] <= 'Z');
    return capital && !lex_is_keyword(brasa__arena_strndup(x->arena, x->s + t->from, (size_t)(t->to - t->from)));
}

/* Names of types that PostgreSQL's grammar keeps for types. */
static bool names_type(const lexer *x, const token *t)
{
    static const char *const names[] = {"int",     "integer", "bigint",  "smallint", "boolean", "float",
                                        "decimal", "numeric", "varchar", "char",     "real",    "timestamp"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (lex_is_word(x, t, names[i])) return true;
    }
    return false;
}

/* After AS and :: a type is a type. */
static bool follows_type_mark(const lexer *x)
{
    return lex_is_word(x, &x->before, "as") || lex_is_char(x, &x->before, ':') || x->before.from == x->n;
}

/* IDENTIFIER('schema.' || 'table'): the name that the texts say. */
static brasa_status write_identifier(lexer *x, const token *t, const token *open, int32_t *at, bool *done)
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
static brasa_status write_field_name(lexer *x, const token *t, const token *name, int32_t *at, bool *done)
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
static brasa_status write_column_names(lexer *x, const token *open, int32_t *at, bool *done)
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

static brasa_status write_name(lexer *x, const token *t, int32_t *at)
{
    token      after;
    bool       done = false;
    semi_join *semi = waiting_semi(x);

    if (x->piped && lex_pipe_table(x, t)) return BRASA_OK;
    if (x->piped) lex_pipe_word(x, t);
    BRASA_TRY(lex_next(x, t->to, &after));
    BRASA_TRY(lex_query_word(x, t, &after, at, &done));
    if (done) return BRASA_OK;
    BRASA_TRY(lex_group_word(x, t, &after, at, &done));
    if (done) return BRASA_OK;
    BRASA_TRY(lex_by_name(x, t, &after, at, &done));
    if (done) return BRASA_OK;
    const char *instead;
    BRASA_TRY(lex_call_words(x, t, &after, &instead));
    if (instead != NULL) {
        lex_map_here(x, t->from);
        brasa__text_add(&x->out, instead);
        x->before = *t;
        return BRASA_OK;
    }
    if (lex_is_word(x, t, "positional") && lex_ends_value(x, &x->before) && x->in_from && lex_is_word(x, &after, "join"))
        return brasa__lex_fail(x->s, t->from, BRASA_UNSUPPORTED, x->err, "POSITIONAL JOIN; number the rows and join them by that");
    if (lex_is_word(x, t, "asof") && x->in_from) {
        BRASA_TRY(write_asof(x, t, &after, at, &done));
        if (done) return BRASA_OK;
    }
    BRASA_TRY(lex_like_any(x, t, &after));
    lex_join_word(x, t, &after);
    if (lex_is_word(x, t, "join") && lex_ends_value(x, &x->before)) BRASA_TRY(lex_join(x, t));
    BRASA_TRY(lex_bracket_word(x, t, &after, at, &done));
    if (done) return BRASA_OK;
    if (lex_is_word(x, t, "tablesample")) BRASA_TRY(lex_sample(x, t, at, &done));
    if (lex_is_word(x, t, "using") && lex_is_word(x, &after, "sample") && x->in_from) BRASA_TRY(lex_sample(x, &after, at, &done));
    if (!done && (lex_is_word(x, t, "pivot") || lex_is_word(x, t, "unpivot"))) BRASA_TRY(lex_pivot(x, t, &after, at, &done));
    if (done) return BRASA_OK;
    if (!done && x->depth > 0 && (lex_is_word(x, t, "ignore") || lex_is_word(x, t, "respect")) && lex_is_word(x, &after, "nulls"))
        BRASA_TRY(lex_null_treatment(x, t->from, x->calls[x->depth - 1].at, at, &done));
    if (done) return BRASA_OK;
    /* the parser's tree leans to the left: its cost grows with the square of their number */
    if ((lex_is_word(x, t, "union") || lex_is_word(x, t, "intersect") || lex_is_word(x, t, "except")) && ++x->sets > MAX_SETS)
        return brasa__lex_fail(x->s, t->from, BRASA_SYNTAX, x->err, "more than %d set operations in one statement; use VALUES or a table",
                               (int)MAX_SETS);
    if (lex_is_word(x, t, "from")) x->in_from = true;
    if (lex_is_word(x, t, "where") || lex_is_word(x, t, "group") || lex_is_word(x, t, "order") || lex_is_word(x, t, "select") ||
        lex_is_word(x, t, "having"))
        x->in_from = false;
    if (lex_is_char(x, &after, '(') &&
        (lex_is_word(x, t, "current_date") || lex_is_word(x, t, "current_timestamp") || lex_is_word(x, t, "localtimestamp") ||
         lex_is_word(x, t, "current_user") || lex_is_word(x, t, "session_user") || lex_is_word(x, t, "current_catalog") ||
         lex_is_word(x, t, "user"))) {
        token close;

        BRASA_TRY(lex_next(x, after.to, &close)); /* Spark's current_date() */
        lex_copy_token(x, t);
        if (lex_is_char(x, &close, ')')) *at = close.to;
        x->before = *t;
        return BRASA_OK;
    }
    if (lex_is_word(x, t, "identifier") && lex_is_char(x, &after, '(')) {
        BRASA_TRY(write_identifier(x, t, &after, at, &done));
        if (done) return BRASA_OK;
    }
    if (lex_is_word(x, t, "as")) {
        BRASA_TRY(write_field_name(x, t, &after, at, &done));
        if (!done) BRASA_TRY(write_column_names(x, &after, at, &done));
        if (done) return BRASA_OK;
    }
    if (lex_is_word(x, t, "lateral") && lex_is_word(x, &after, "view")) return write_view(x, t, &after, at);
    if ((lex_is_word(x, t, "left") || lex_is_word(x, t, "semi") || lex_is_word(x, t, "anti")) && lex_ends_value(x, &x->before)) {
        BRASA_TRY(write_semi(x, t, at, &done));
        if (done) return BRASA_OK;
    }
    if (semi != NULL && lex_is_word(x, t, "on")) {
        lex_copy_token(x, t);
        brasa__text_addf(&x->out, " __%s__() or ", semi->mark);
        x->nsemis--;
        x->before = *t;
        return BRASA_OK;
    }
    if (semi != NULL && lex_is_word(x, t, "using")) semi->using = true;
    if (lex_is_word(x, t, "interval")) {
        BRASA_TRY(write_interval(x, t, at, &done));
        if (done) return BRASA_OK;
    }
    if (lex_is_word(x, t, "timestamp")) {
        BRASA_TRY(write_timestamp(x, t, at, &done));
        if (done) return BRASA_OK;
    }
    if (after.kind == T_OP && x->s[after.from] == '<' && write_nested_type(x, t, &after, at)) {
        x->before = *t;
        return BRASA_OK;
    }
    if (lex_is_word(x, t, "array") && after.kind == T_OP && x->s[after.from] == '<') {
        BRASA_TRY(write_array_type(x, t, &(token) {.kind = T_OP, .from = after.from, .to = after.from + 1}, at));
        x->before = *t;
        return BRASA_OK;
    }
    if (lex_is_word(x, t, "array") && lex_is_char(x, &after, '(')) {
        token inside;

        BRASA_TRY(lex_next(x, after.to, &inside));
        done = !lex_is_word(x, &inside, "select") && !lex_is_word(x, &inside, "with") && !lex_is_word(x, &inside, "values");
    }
    if (lex_is_word(x, t, "exists") && lex_is_char(x, &after, '(')) {
        token inside; /* exists(list, x -> ...) */

        BRASA_TRY(lex_next(x, after.to, &inside));
        done = !lex_is_char(x, &inside, '(') && !lex_is_word(x, &inside, "select") && !lex_is_word(x, &inside, "with") &&
               !lex_is_word(x, &inside, "values") && !lex_is_word(x, &inside, "table") && !lex_is_word(x, &inside, "from");
    }
    if (after.kind == T_QUOTED && x->s[after.from] == '"' && x->s[after.from + 1] >= '0' && x->s[after.from + 1] <= '9' &&
        (lex_is_word(x, t, "date") || lex_is_word(x, t, "timestamp") || lex_is_word(x, t, "timestamp_ltz") ||
         lex_is_word(x, t, "timestamp_ntz"))) {
        lex_copy_token(x, t); /* date "2020-01-02", as Spark writes texts */
        brasa__text_addf(&x->out, " '%.*s'", (int)(after.to - after.from - 2), x->s + after.from + 1);
        x->before = (token) {.kind = T_STRING, .from = t->from, .to = after.to};
        *at = after.to;
        return BRASA_OK;
    }
    if (lex_is_word(x, t, "extract") && lex_is_char(x, &after, '(')) {
        token part; /* extract('year', x) is a call like others */

        BRASA_TRY(lex_next(x, after.to, &part));
        done = part.kind == T_STRING;
    }
    if ((lex_is_word(x, t, "some") || lex_is_word(x, t, "any")) && lex_is_char(x, &after, '(') && x->before.kind != T_OP &&
        !lex_is_word(x, &x->before, "like") && !lex_is_word(x, &x->before, "ilike"))
        done = true; /* the aggregate */
    /* aggregates of these names, where nothing is compared with them */
    if ((lex_is_word(x, t, "any") || lex_is_word(x, t, "some")) && lex_is_char(x, &after, '(') && x->before.kind != T_OP &&
        !lex_is_word(x, &x->before, "like") && !lex_is_word(x, &x->before, "ilike"))
        done = true;
    bool infix = lex_ends_value(x, &x->before) && !lex_is_word(x, &x->before, "values");
    if (!infix && lex_is_char(x, &after, '(') && names_type(x, t) && !follows_type_mark(x)) {
        lex_map_here(x, t->from); /* int('1') is a cast, and PostgreSQL takes only names that are quoted */
        lex_write_quoted(x, x->s + t->from, (size_t)(t->to - t->from), '\0');
    } else if (lex_is_word(x, t, "try_cast") && lex_is_char(x, &after, '(')) {
        lex_write_marked(x, t, "cast", "try_cast");
    } else if (lex_is_word(x, t, "all") && lex_is_word(x, &x->before, "by") && ends_clause(x, &after)) {
        lex_map_here(x, t->from);
        brasa__text_add(&x->out, "__all__()");
    } else if (lex_is_word(x, t, "div") && infix) {
        lex_write_marked(x, t, "/", "div");
    } else if ((lex_is_word(x, t, "rlike") || lex_is_word(x, t, "regexp")) && infix) {
        lex_write_marked(x, t, "~", "rlike");
    } else if (lex_is_word(x, t, "not") && infix && (lex_is_word(x, &after, "rlike") || lex_is_word(x, &after, "regexp"))) {
        lex_write_marked(x, t, "!~", "not rlike");
        *at = after.to;
        x->before = (token) {.kind = T_OP, .from = t->from, .to = t->to};
        return BRASA_OK;
    } else if (done || (lex_is_char(x, &after, '.') && !lex_is_char(x, &x->before, '.'))) {
        lex_map_here(x, t->from);
        lex_write_quoted(x, x->s + t->from, (size_t)(t->to - t->from), '\0');
    } else if (keeps_case(x, t)) {
        lex_map_here(x, t->from);
        lex_write_quoted(x, x->s + t->from, (size_t)(t->to - t->from), '\0');
    } else {
        lex_copy_token(x, t);
    }
    x->before = *t;
    return BRASA_OK;
}

static void write_param(lexer *x, const token *t)
{
    lex_map_here(x, t->from);
    if (x->s[t->from] == '?') {
        brasa__text_addf(&x->out, "$%d", (int)++x->l->nparams);
    } else {
        brasa__text_add_n(&x->out, x->s + t->from, (size_t)(t->to - t->from));
    }
}

/* 1.5e3BD: its digits with the point where the exponent puts it. */
static void write_scaled(lexer *x, const token *t)
{
    const char *s = x->s + t->from, *end = x->s + t->to;
    brasa_text  digits;
    int32_t     scale = 0;
    bool        point = false;

    brasa__text_init(&digits, x->arena);
    for (; s < end && *s != 'e' && *s != 'E'; s++) {
        point |= *s == '.';
        scale += point && *s != '.';
        if (*s != '.' && (digits.len > 0 || *s != '0')) brasa__text_add_n(&digits, s, 1);
    }
    long exponent = strtol(s + 1, NULL, 10);
    exponent = exponent > 1000 ? 1000 : exponent < -1000 ? -1000 : exponent;
    for (; exponent > scale; exponent--) brasa__text_add(&digits, "0");
    scale -= (int32_t)exponent;
    int32_t precision = (int32_t)digits.len > scale ? (int32_t)digits.len : scale;
    lex_map_here(x, t->from);
    brasa__text_addf(&x->out, "cast('%se%d' as decimal(%d,%d))", digits.len > 0 ? digits.s : "0", -(int)scale,
                     (int)(precision > 0 ? precision : 1), (int)scale);
}

/* Spark's suffixes: 1L, 2S, 3Y, 1.5D, 1.5F, 12BD. */
static void write_number(lexer *x, const token *t, int32_t *at)
{
    static const char *const suffixes[][2] = {{"bd", "decimal"}, {"l", "bigint"},           {"s", "smallint"},
                                              {"y", "tinyint"},  {"d", "double precision"}, {"f", "real"}};
    int32_t                  end = t->to, digits = 0, after = 0;
    const char              *type = NULL;

    while (end < x->n && lex_name_part(x->s[end])) end++;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes && end > t->to; i++) {
        if (strlen(suffixes[i][0]) == (size_t)(end - t->to) && strncasecmp(x->s + t->to, suffixes[i][0], (size_t)(end - t->to)) == 0)
            type = suffixes[i][1];
    }
    if (type == NULL) {
        lex_copy_token(x, t);
        return;
    }
    if (strcmp(type, "decimal") == 0 && memchr(x->s + t->from, 'e', (size_t)(t->to - t->from)) == NULL &&
        memchr(x->s + t->from, 'E', (size_t)(t->to - t->from)) == NULL)
        ; /* digits and a point */
    else if (strcmp(type, "decimal") == 0) {
        *at = end;
        write_scaled(x, t);
        return;
    }
    bool point = false;
    for (int32_t i = t->from; i < t->to; i++) {
        point |= x->s[i] == '.';
        digits += isdigit((unsigned char)x->s[i]) != 0;
        after += point && isdigit((unsigned char)x->s[i]);
    }
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, "cast(");
    lex_copy_token(x, t);
    brasa__text_addf(&x->out, " as %s", type);
    if (strcmp(type, "decimal") == 0) brasa__text_addf(&x->out, "(%d,%d)", digits, after);
    brasa__text_add(&x->out, ")");
    *at = end;
}

/* 'a' 'b' is one text: PostgreSQL wants them in two lines.  r'a' is the text as it stands, which 'a' is here anyway. */
static brasa_status write_string(lexer *x, const token *t)
{
    char first = x->s[t->from], end = x->before.kind == T_STRING && x->before.to > 0 ? x->s[x->before.to - 1] : ' ';
    bool raw = first == 'r' || first == 'R';

    if ((first == '\'' || (first == '"' && x->escapes)) && (end == '\'' || (end == '"' && x->escapes))) brasa__text_add(&x->out, "\n");
    if (x->escapes && (first == '\'' || first == '"')) {
        lex_map_here(x, t->from);
        return lex_write_escaped(x, t->from + 1, t->to - 1);
    }
    if (!raw) {
        lex_copy_token(x, t);
        return BRASA_OK;
    }
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, "'");
    for (int32_t i = t->from + 2; i < t->to - 1; i++) {
        if (x->s[i] == '\'' && x->s[t->from + 1] == '"') brasa__text_add(&x->out, "'");
        brasa__text_add_n(&x->out, x->s + i, 1);
    }
    brasa__text_add(&x->out, "'");
    return BRASA_OK;
}

static brasa_status write_not(lexer *x, const token *t, const token *after, int32_t *at)
{
    bool rlike = lex_is_word(x, after, "rlike") || lex_is_word(x, after, "regexp");

    if (rlike) {
        lex_write_marked(x, t, "!~", "not rlike");
        *at = after->to;
        x->before = (token) {.kind = T_OP, .from = t->from, .to = t->to};
        return BRASA_OK;
    }
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, " not ");
    x->before = (token) {.kind = T_OP, .from = t->from, .to = t->to};
    return BRASA_OK;
}

brasa_status lex_write(lexer *x, const token *t, int32_t *at)
{
    bool done;

    lex_lambda_end(x, t);
    BRASA_TRY(lex_lambda(x, t, at, &done));
    if (done) return BRASA_OK;
    *at = t->to;
    BRASA_TRY(lex_query_token(x, t));
    switch (t->kind) {
    case T_NAME: return write_name(x, t, at);
    case T_QUOTED:
        lex_map_here(x, t->from);
        if (x->s[t->from] == '"') lex_add_mark(x, (int32_t)x->out.len, "quoted");
        lex_write_quoted(x, x->s + t->from + 1, (size_t)(t->to - t->from - 2), x->s[t->from]);
        break;
    case T_PARAM: write_param(x, t); break;
    case T_OP:
        if (x->s[t->from] == '!' && t->to == t->from + 1) {
            token after;

            BRASA_TRY(lex_next(x, t->to, &after));
            if (lex_not_sign(x, t, &after)) return write_not(x, t, &after, at);
        }
        if (lex_is_pipe(x, t)) return lex_pipe_stage(x, t, at);
        if (lex_is_op(x, t, "==")) {
            lex_write_marked(x, t, "=", "=");
        } else if (lex_is_op(x, t, "<=>")) {
            lex_write_marked(x, t, "=", "<=>");
        } else if (lex_is_op(x, t, "//")) {
            lex_write_marked(x, t, "/", "div");
        } else if (lex_is_op(x, t, "**")) {
            lex_write_marked(x, t, "^", "pow");
        } else if (lex_is_op(x, t, "*") && !lex_ends_value(x, &x->before)) {
            return lex_star(x, t, at);
        } else {
            lex_copy_token(x, t);
        }
        break;
    case T_NUMBER: write_number(x, t, at); break;
    case T_OTHER:
        if (lex_is_char(x, t, '(')) {
            open_parenthesis(x, t);
        } else if (lex_is_char(x, t, ')')) {
            BRASA_TRY(close_parenthesis(x, t, at));
        } else {
            BRASA_TRY(lex_bracket_token(x, t, &done));
            if (!done) lex_copy_token(x, t);
        }
        break;
    case T_STRING: {
        int32_t begin = (int32_t)x->out.len;

        BRASA_TRY(write_string(x, t));
        BRASA_TRY(lex_string_part(x, t, begin));
        break;
    }
    case T_END: lex_copy_token(x, t); break;
    }
    x->before = *t;
    return BRASA_OK;
}
