/* sql/lex.c -- see the header. */
#include "sql/lex.h"

#include "sql/sql.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_BYTES = 16 << 20, MAX_TOKENS = 1 << 20, MAX_SETS = 5000, MAX_CHAIN = 4000 };

typedef enum token_kind { T_END, T_NAME, T_QUOTED, T_STRING, T_NUMBER, T_OP, T_PARAM, T_OTHER } token_kind;

typedef struct token {
    token_kind kind;
    int32_t    from, to; /* bytes of the source */
} token;

/* An open parenthesis: where the call or list that it belongs to begins in the new text. */
typedef struct call_start {
    int32_t at;
    bool    table;   /* a subquery in FROM, which PostgreSQL wants named */
    bool    in_from; /* what stands around it is a FROM list */
} call_start;

/* LEFT SEMI JOIN or LEFT ANTI JOIN, at a depth of parentheses. */
typedef struct semi_join {
    int32_t depth;
    bool    anti;
    bool using; /* its list is open: it ends with an alias that says what it is */
} semi_join;

typedef struct lexer {
    const char  *s;
    int32_t      n;
    brasa_arena *arena;
    brasa_text   out;
    brasa_lexed *l;
    token        before; /* the last token written */
    int32_t      chain;  /* operators since something that ends a chain of them */
    int32_t      depth;  /* of open parentheses */
    call_start  *calls;  /* [depth] */
    int32_t      cap_calls;
    semi_join   *semis; /* joins that wait for their ON or USING */
    int32_t      nsemis, cap_semis;
    bool         in_from; /* of the innermost query */
    int32_t      unnamed; /* subqueries that got a name */
    int32_t      sets;    /* UNION, INTERSECT, EXCEPT so far */
    brasa_error *err;
} lexer;

/* ---- places ---- */

brasa_status brasa__lex_fail(const char *source, int32_t from, brasa_status code, brasa_error *err, const char *fmt, ...)
{
    int32_t line = 1, start = 0, end, column = 1;
    char    text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (source == NULL || from < 0) return brasa__fail(err, code, "%s", text);
    for (int32_t i = 0; i < from && source[i] != '\0'; i++) {
        if (source[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    for (int32_t i = start; i < from && source[i] != '\0'; i++) column += ((unsigned char)source[i] & 0xc0) != 0x80;
    end = start + (int32_t)strcspn(source + start, "\n");
    /* Of a long line the part around the place. */
    int32_t left = from - start > 60 ? from - 60 : start;
    int32_t right = end - from > 40 ? from + 40 : end;
    while (left > start && ((unsigned char)source[left] & 0xc0) == 0x80) left--;
    while (right < end && ((unsigned char)source[right] & 0xc0) == 0x80) right++;
    int32_t pad = 0;
    for (int32_t i = left; i < from && source[i] != '\0'; i++) pad += ((unsigned char)source[i] & 0xc0) != 0x80;
    return brasa__fail(err, code, "%d:%d: %s\n  %.*s\n  %*s^", (int)line, (int)column, text, (int)(right - left), source + left, (int)pad,
                       "");
}

int32_t brasa__lex_source(const brasa_lexed *l, int32_t at)
{
    int32_t low = 0, high = l->nmap - 1;

    if (l->nmap == 0 || at < l->map[0].at) return -1;
    while (low < high) {
        int32_t middle = low + (high - low + 1) / 2;

        if (l->map[middle].at <= at) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return l->map[low].from;
}

const char *brasa__lex_mark(const brasa_lexed *l, int32_t at)
{
    for (int32_t low = 0, high = l->nmarks - 1; low <= high;) {
        int32_t middle = low + (high - low) / 2;

        if (l->marks[middle].at == at) return l->marks[middle].means;
        if (l->marks[middle].at < at) {
            low = middle + 1;
        } else {
            high = middle - 1;
        }
    }
    return NULL;
}

/* ---- scanning ---- */

static bool name_start(char c)
{
    return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool name_part(char c)
{
    return name_start(c) || isdigit((unsigned char)c) || c == '$';
}

/* Past blanks and comments (-- to the end of the line, nested slash-star). */
static brasa_status skip_blank(lexer *x, int32_t *at)
{
    int32_t i = *at;

    for (;;) {
        while (i < x->n && isspace((unsigned char)x->s[i])) i++;
        if (i + 1 < x->n && x->s[i] == '-' && x->s[i + 1] == '-') {
            while (i < x->n && x->s[i] != '\n') i++;
        } else if (i + 1 < x->n && x->s[i] == '/' && x->s[i + 1] == '*') {
            int32_t open = i, depth = 1;

            for (i += 2; i < x->n && depth > 0; i++) {
                if (x->s[i] == '/' && i + 1 < x->n && x->s[i + 1] == '*') {
                    depth++;
                    i++;
                } else if (x->s[i] == '*' && i + 1 < x->n && x->s[i + 1] == '/') {
                    depth--;
                    i++;
                }
            }
            if (depth > 0) return brasa__lex_fail(x->s, open, BRASA_SYNTAX, x->err, "this comment does not end; close it with */");
        } else {
            break;
        }
    }
    *at = i;
    return BRASA_OK;
}

/* To the closing quote; a doubled one stands for itself, with `escapes` a backslash protects the next byte. */
static brasa_status skip_quoted(lexer *x, int32_t open, int32_t at, char quote, bool escapes, int32_t *to)
{
    for (int32_t i = at; i < x->n; i++) {
        if (escapes && x->s[i] == '\\') {
            i++;
        } else if (x->s[i] == quote) {
            if (i + 1 < x->n && x->s[i + 1] == quote) {
                i++;
                continue;
            }
            *to = i + 1;
            return BRASA_OK;
        }
    }
    return brasa__lex_fail(x->s, open, BRASA_SYNTAX, x->err, "this %s does not end; close it with %c", quote == '\'' ? "string" : "name",
                           quote);
}

static int32_t skip_number(const lexer *x, int32_t i)
{
    while (i < x->n && (isdigit((unsigned char)x->s[i]) || x->s[i] == '.')) i++;
    if (i < x->n && (x->s[i] == 'e' || x->s[i] == 'E')) {
        int32_t k = i + 1;

        if (k < x->n && (x->s[k] == '+' || x->s[k] == '-')) k++;
        if (k < x->n && isdigit((unsigned char)x->s[k])) {
            i = k;
            while (i < x->n && isdigit((unsigned char)x->s[i])) i++;
        }
    }
    return i;
}

/* $$...$$ and $tag$...$tag$; 0: it is none. */
static int32_t dollar_quoted(const lexer *x, int32_t i)
{
    int32_t k = i + 1, len;

    while (k < x->n && (isalnum((unsigned char)x->s[k]) || x->s[k] == '_')) k++;
    if (k >= x->n || x->s[k] != '$' || isdigit((unsigned char)x->s[i + 1])) return 0;
    len = k + 1 - i;
    for (int32_t at = k + 1; at + len <= x->n; at++) {
        if (memcmp(x->s + at, x->s + i, (size_t)len) == 0) return at + len;
    }
    return 0;
}

static brasa_status next_token(lexer *x, int32_t at, token *t)
{
    int32_t i = at;

    BRASA_TRY(skip_blank(x, &i));
    *t = (token) {.kind = T_END, .from = i, .to = i};
    if (i >= x->n) return BRASA_OK;
    char c = x->s[i], d = i + 1 < x->n ? x->s[i + 1] : '\0';
    t->to = i + 1;
    if (c == '\'') {
        t->kind = T_STRING;
        return skip_quoted(x, i, i + 1, '\'', false, &t->to);
    }
    if ((c == 'e' || c == 'E' || c == 'x' || c == 'X' || c == 'b' || c == 'B' || c == 'n' || c == 'N') && d == '\'') {
        t->kind = T_STRING;
        return skip_quoted(x, i, i + 2, '\'', c == 'e' || c == 'E', &t->to);
    }
    if (c == '"' || c == '`') {
        t->kind = T_QUOTED;
        return skip_quoted(x, i, i + 1, c, false, &t->to);
    }
    if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)d))) {
        t->kind = T_NUMBER;
        t->to = skip_number(x, i);
        return BRASA_OK;
    }
    if (c == '$') {
        int32_t end = dollar_quoted(x, i);

        t->kind = end != 0 ? T_STRING : T_PARAM;
        if (end != 0) t->to = end;
        while (end == 0 && t->to < x->n && isdigit((unsigned char)x->s[t->to])) t->to++;
        return BRASA_OK;
    }
    if (name_start(c)) {
        t->kind = T_NAME;
        while (t->to < x->n && name_part(x->s[t->to])) t->to++;
        return BRASA_OK;
    }
    if (c == '?') {
        t->kind = T_PARAM;
        return BRASA_OK;
    }
    if (strchr("+-*/<>=~!@#%^&|", c) != NULL) {
        t->kind = T_OP;
        while (t->to < x->n && strchr("+-*/<>=~!@#%^&|", x->s[t->to]) != NULL) {
            if ((x->s[t->to] == '-' && t->to + 1 < x->n && x->s[t->to + 1] == '-') ||
                (x->s[t->to] == '/' && t->to + 1 < x->n && x->s[t->to + 1] == '*'))
                break;
            t->to++;
        }
        /* A sign belongs to what follows: "a=-1", "2*-x". */
        while (t->to - t->from > 1 &&
               (x->s[t->to - 1] == '-' || x->s[t->to - 1] == '+' || (x->s[t->to - 1] == '~' && x->s[t->from] != '!')))
            t->to--;
        return BRASA_OK;
    }
    t->kind = T_OTHER;
    return BRASA_OK;
}

static bool is_word(const lexer *x, const token *t, const char *word)
{
    size_t n = strlen(word);

    return t->kind == T_NAME && (size_t)(t->to - t->from) == n && strncasecmp(x->s + t->from, word, n) == 0;
}

static bool is_char(const lexer *x, const token *t, char c)
{
    return t->kind == T_OTHER && x->s[t->from] == c;
}

static bool is_op(const lexer *x, const token *t, const char *op)
{
    size_t n = strlen(op);

    return t->kind == T_OP && (size_t)(t->to - t->from) == n && memcmp(x->s + t->from, op, n) == 0;
}

/* Could a value end with this token, so that what follows is an infix operator? */
static bool ends_value(const lexer *x, const token *t)
{
    static const char *const words[] = {"select", "where", "and", "or",   "not",     "on",       "having", "when",      "then", "else",
                                        "case",   "by",    "in",  "like", "between", "distinct", "all",    "returning", "as",   "limit"};

    if (t->kind == T_NAME) {
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            if (is_word(x, t, words[i])) return false;
        }
        return true;
    }
    return t->kind == T_QUOTED || t->kind == T_STRING || t->kind == T_NUMBER || t->kind == T_PARAM || is_char(x, t, ')') ||
           is_char(x, t, ']');
}

/* ---- writing ---- */

static void map_here(lexer *x, int32_t from)
{
    brasa_lexed *l = x->l;

    l->map = brasa__arena_grow(x->arena, l->map, &l->cap_map, l->nmap + 1, sizeof *l->map);
    l->map[l->nmap++] = (brasa_lex_map) {.at = (int32_t)x->out.len, .from = from};
}

static void copy_token(lexer *x, const token *t)
{
    map_here(x, t->from);
    brasa__text_add_n(&x->out, x->s + t->from, (size_t)(t->to - t->from));
}

static void write_marked(lexer *x, const token *t, const char *op, const char *means)
{
    brasa_lexed *l = x->l;

    map_here(x, t->from);
    brasa__text_add(&x->out, " ");
    map_here(x, t->from);
    l->marks = brasa__arena_grow(x->arena, l->marks, &l->cap_marks, l->nmarks + 1, sizeof *l->marks);
    l->marks[l->nmarks++] = (brasa_lex_mark) {.at = (int32_t)x->out.len, .means = means};
    brasa__text_addf(&x->out, "%s ", op);
}

static void write_quoted(lexer *x, const char *s, size_t n, char quote)
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
        if (is_word(x, t, units[i])) return true;
    }
    return false;
}

/* One "[-] number unit" at `at`; false: there is none. */
static brasa_status interval_part(lexer *x, int32_t at, brasa_text *out, int32_t *end, bool *found)
{
    token t, unit;
    bool  minus = false;

    *found = false;
    BRASA_TRY(next_token(x, at, &t));
    if (is_op(x, &t, "-") || is_op(x, &t, "+")) {
        minus = x->s[t.from] == '-';
        BRASA_TRY(next_token(x, t.to, &t));
    }
    if (t.kind != T_NUMBER && (t.kind != T_STRING || x->s[t.from] != '\'')) return BRASA_OK;
    BRASA_TRY(next_token(x, t.to, &unit));
    if (!is_unit(x, &unit)) return BRASA_OK;
    token after;
    BRASA_TRY(next_token(x, unit.to, &after));
    if (is_word(x, &after, "to") && t.kind == T_STRING) return BRASA_OK; /* '1-2' YEAR TO MONTH is PostgreSQL's own */
    int32_t from = t.kind == T_STRING ? t.from + 1 : t.from, to = t.kind == T_STRING ? t.to - 1 : t.to;
    bool    quarter = strncasecmp(x->s + unit.from, "quarter", 7) == 0;
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

static brasa_status write_interval(lexer *x, const token *t, int32_t *at, bool *done)
{
    brasa_text parts;
    int32_t    end = t->to;
    bool       found;

    *done = false;
    brasa__text_init(&parts, x->arena);
    BRASA_TRY(interval_part(x, t->to, &parts, &end, &found));
    if (!found) return BRASA_OK;
    while (found) BRASA_TRY(interval_part(x, end, &parts, &end, &found));
    copy_token(x, t);
    brasa__text_addf(&x->out, " '%s'", parts.s + 1);
    x->before = (token) {.kind = T_STRING, .from = t->from, .to = end};
    *at = end;
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
        BRASA_TRY(next_token(&inner, k, &e));
        if (e.kind == T_END) break;
        BRASA_TRY(next_token(x, e.to, &after));
        if (is_word(x, &e, "array") && x->s[after.from] == '<') {
            BRASA_TRY(write_array_type(x, &e, &(token) {.kind = T_OP, .from = after.from, .to = after.from + 1}, &k));
            continue;
        }
        copy_token(x, &e);
        brasa__text_add(&x->out, " ");
        k = e.to;
    }
    brasa__text_add(&x->out, "[]");
    *at = i + 1;
    return BRASA_OK;
}

static brasa_status write_token(lexer *x, const token *t, int32_t *at);

/* Words that cannot be the alias of a LATERAL VIEW. */
static bool starts_clause(const lexer *x, const token *t)
{
    static const char *const words[] = {"where", "group", "having", "order", "limit", "offset", "window",  "union",   "intersect", "except",
                                        "join",  "inner", "left",   "right", "full",  "cross",  "natural", "lateral", "on",        "using"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (is_word(x, t, words[i])) return true;
    }
    return false;
}

/* ---- parentheses ---- */

/* ( after FROM, JOIN or a comma between tables, before a query. */
static bool begins_table(lexer *x, const token *t)
{
    bool place = is_word(x, &x->before, "from") || is_word(x, &x->before, "join") || is_word(x, &x->before, "lateral") ||
                 (x->in_from && is_char(x, &x->before, ','));
    token inside;

    if (!place || next_token(x, t->to, &inside) != BRASA_OK) return false;
    return is_word(x, &inside, "select") || is_word(x, &inside, "with") || is_word(x, &inside, "values");
}

/* What follows a table in FROM and is not its alias. */
static bool lacks_alias(const lexer *x, const token *t)
{
    if (t->kind == T_QUOTED) return false;
    return t->kind != T_NAME || starts_clause(x, t) || is_word(x, t, "semi") || is_word(x, t, "anti") || is_word(x, t, "fetch") ||
           is_word(x, t, "tablesample") || is_word(x, t, "for");
}

/* ( after a name belongs to the call that begins there. */
static void open_parenthesis(lexer *x, const token *t)
{
    int32_t at = (int32_t)x->out.len;

    /* the last token's place is the last in the map */
    if (x->before.kind == T_NAME && x->before.to == t->from && x->l->nmap > 0) at = x->l->map[x->l->nmap - 1].at;
    x->calls = brasa__arena_grow(x->arena, x->calls, &x->cap_calls, x->depth + 1, sizeof *x->calls);
    x->calls[x->depth++] = (call_start) {.at = at, .table = begins_table(x, t), .in_from = x->in_from};
    x->in_from = false;
    copy_token(x, t);
}

/* f(x)[i] and f(x).a are not in PostgreSQL's grammar; (f(x))[i] and (f(x)).a are. */
static brasa_status close_parenthesis(lexer *x, const token *t)
{
    brasa_lexed *l = x->l;
    token        after, name;
    int32_t      at;

    copy_token(x, t);
    if (x->depth == 0) return BRASA_OK;
    bool table = x->calls[--x->depth].table;
    at = x->calls[x->depth].at;
    x->in_from = x->calls[x->depth].in_from;
    if (table) {
        BRASA_TRY(next_token(x, t->to, &after));
        if (lacks_alias(x, &after)) brasa__text_addf(&x->out, " as __subquery%d", (int)++x->unnamed);
        return BRASA_OK;
    }
    if (x->nsemis > 0 && x->semis[x->nsemis - 1].using && x->semis[x->nsemis - 1].depth == x->depth) {
        brasa__text_addf(&x->out, " as __%s__", x->semis[--x->nsemis].anti ? "anti" : "semi");
        return BRASA_OK;
    }
    BRASA_TRY(next_token(x, t->to, &after));
    if (after.from != t->to || (!is_char(x, &after, '[') && !is_char(x, &after, '.'))) return BRASA_OK;
    BRASA_TRY(next_token(x, after.to, &name));
    if (is_char(x, &after, '.') && name.kind != T_NAME && name.kind != T_QUOTED) return BRASA_OK;
    if (is_char(x, &after, '[') && is_char(x, &name, ']')) return BRASA_OK; /* decimal(10,2)[] is a type */
    brasa__text_add(&x->out, ")(");
    memmove(x->out.s + at + 1, x->out.s + at, x->out.len - 1 - (size_t)at);
    x->out.s[at] = '(';
    x->out.s[x->out.len - 1] = ')';
    for (int32_t i = l->nmap - 1; i >= 0 && l->map[i].at >= at; i--) l->map[i].at++;
    for (int32_t i = l->nmarks - 1; i >= 0 && l->marks[i].at >= at; i--) l->marks[i].at++;
    return BRASA_OK;
}

/* ---- names ---- */

/* ---- Spark's joins and views ---- */

/* [LEFT] SEMI JOIN: a JOIN whose condition begins with a mark, or whose USING ends with one. */
static brasa_status write_semi(lexer *x, const token *t, int32_t *at, bool *done)
{
    token kind = *t, join;

    *done = false;
    if (is_word(x, t, "left")) BRASA_TRY(next_token(x, t->to, &kind));
    bool semi = is_word(x, &kind, "semi"), anti = is_word(x, &kind, "anti");
    if (!semi && !anti) return BRASA_OK;
    BRASA_TRY(next_token(x, kind.to, &join));
    if (!is_word(x, &join, "join")) return BRASA_OK;
    map_here(x, t->from);
    brasa__text_add(&x->out, "join");
    x->semis = brasa__arena_grow(x->arena, x->semis, &x->cap_semis, x->nsemis + 1, sizeof *x->semis);
    x->semis[x->nsemis++] = (semi_join) {.depth = x->depth, .anti = anti};
    x->before = join;
    *at = join.to;
    *done = true;
    return BRASA_OK;
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

    map_here(x, t->from);
    brasa__text_add(&x->out, "cross join lateral ");
    BRASA_TRY(next_token(x, view->to, &name));
    outer = is_word(x, &name, "outer");
    if (outer) BRASA_TRY(next_token(x, name.to, &name));
    copy_token(x, &name);
    if (outer) brasa__text_add(&x->out, "_outer");
    for (int32_t k = name.to;;) { /* its arguments, as any text */
        BRASA_TRY(next_token(x, k, &e));
        if (e.kind == T_END) return brasa__lex_fail(x->s, t->from, BRASA_SYNTAX, x->err, "LATERAL VIEW takes a function, as explode(list)");
        depth += is_char(x, &e, '(') ? 1 : is_char(x, &e, ')') ? -1 : 0;
        if (e.from > k) brasa__text_add(&x->out, " ");
        BRASA_TRY(write_token(x, &e, &k));
        if (depth == 0) {
            *at = k;
            break;
        }
    }
    BRASA_TRY(next_token(x, *at, &name));
    bool alias = (name.kind == T_NAME || name.kind == T_QUOTED) && !is_word(x, &name, "as") && !starts_clause(x, &name);
    brasa__text_add(&x->out, " as ");
    if (alias) {
        copy_token(x, &name);
        *at = name.to;
    } else {
        brasa__text_add(&x->out, "lateral_view");
    }
    BRASA_TRY(next_token(x, *at, &next));
    if (!is_word(x, &next, "as")) return BRASA_OK;
    for (*at = next.to;; *at = next.to) {
        BRASA_TRY(next_token(x, *at, &name));
        brasa__text_add(&x->out, names++ == 0 ? "(" : ", ");
        copy_token(x, &name);
        *at = name.to;
        BRASA_TRY(next_token(x, *at, &next));
        if (!is_char(x, &next, ',')) break;
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
        if (is_word(x, t, words[i])) return true;
    }
    return t->kind == T_END || is_char(x, t, ')') || is_char(x, t, ';');
}

static brasa_status write_name(lexer *x, const token *t, int32_t *at)
{
    token      after;
    bool       done = false;
    semi_join *semi = waiting_semi(x);

    BRASA_TRY(next_token(x, t->to, &after));
    *at = t->to;
    /* the parser's tree leans to the left: its cost grows with the square of their number */
    if ((is_word(x, t, "union") || is_word(x, t, "intersect") || is_word(x, t, "except")) && ++x->sets > MAX_SETS)
        return brasa__lex_fail(x->s, t->from, BRASA_SYNTAX, x->err, "more than %d set operations in one statement; use VALUES or a table",
                               (int)MAX_SETS);
    if (is_word(x, t, "from")) x->in_from = true;
    if (is_word(x, t, "where") || is_word(x, t, "group") || is_word(x, t, "order") || is_word(x, t, "select") || is_word(x, t, "having"))
        x->in_from = false;
    if (is_char(x, &after, '(') && (is_word(x, t, "current_date") || is_word(x, t, "current_timestamp"))) {
        token close;

        BRASA_TRY(next_token(x, after.to, &close)); /* Spark's current_date() */
        copy_token(x, t);
        if (is_char(x, &close, ')')) *at = close.to;
        x->before = *t;
        return BRASA_OK;
    }
    if (is_word(x, t, "lateral") && is_word(x, &after, "view")) return write_view(x, t, &after, at);
    if ((is_word(x, t, "left") || is_word(x, t, "semi") || is_word(x, t, "anti")) && ends_value(x, &x->before)) {
        BRASA_TRY(write_semi(x, t, at, &done));
        if (done) return BRASA_OK;
    }
    if (semi != NULL && is_word(x, t, "on")) {
        copy_token(x, t);
        brasa__text_addf(&x->out, " __%s__() or ", semi->anti ? "anti" : "semi");
        x->nsemis--;
        x->before = *t;
        return BRASA_OK;
    }
    if (semi != NULL && is_word(x, t, "using")) semi->using = true;
    if (is_word(x, t, "interval")) {
        BRASA_TRY(write_interval(x, t, at, &done));
        if (done) return BRASA_OK;
    }
    if (is_word(x, t, "array") && after.kind == T_OP && x->s[after.from] == '<') {
        BRASA_TRY(write_array_type(x, t, &(token) {.kind = T_OP, .from = after.from, .to = after.from + 1}, at));
        x->before = *t;
        return BRASA_OK;
    }
    if (is_word(x, t, "array") && is_char(x, &after, '(')) {
        token inside;

        BRASA_TRY(next_token(x, after.to, &inside));
        done = !is_word(x, &inside, "select") && !is_word(x, &inside, "with") && !is_word(x, &inside, "values");
    }
    bool infix = ends_value(x, &x->before);
    if (is_word(x, t, "try_cast") && is_char(x, &after, '(')) {
        write_marked(x, t, "cast", "try_cast");
    } else if (is_word(x, t, "all") && is_word(x, &x->before, "by") && ends_clause(x, &after)) {
        map_here(x, t->from);
        brasa__text_add(&x->out, "__all__()");
    } else if (is_word(x, t, "div") && infix) {
        write_marked(x, t, "/", "div");
    } else if ((is_word(x, t, "rlike") || is_word(x, t, "regexp")) && infix) {
        write_marked(x, t, "~", "rlike");
    } else if (is_word(x, t, "not") && infix && (is_word(x, &after, "rlike") || is_word(x, &after, "regexp"))) {
        write_marked(x, t, "!~", "not rlike");
        *at = after.to;
        x->before = (token) {.kind = T_OP, .from = t->from, .to = t->to};
        return BRASA_OK;
    } else if (done || (is_char(x, &after, '.') && !is_char(x, &x->before, '.'))) {
        map_here(x, t->from);
        write_quoted(x, x->s + t->from, (size_t)(t->to - t->from), '\0');
    } else {
        copy_token(x, t);
    }
    x->before = *t;
    return BRASA_OK;
}

static void write_param(lexer *x, const token *t)
{
    map_here(x, t->from);
    if (x->s[t->from] == '?') {
        brasa__text_addf(&x->out, "$%d", (int)++x->l->nparams);
    } else {
        brasa__text_add_n(&x->out, x->s + t->from, (size_t)(t->to - t->from));
    }
}

/* Spark's suffixes: 1L, 2S, 3Y, 1.5D, 1.5F, 12BD. */
static void write_number(lexer *x, const token *t, int32_t *at)
{
    static const char *const suffixes[][2] = {{"bd", "decimal"}, {"l", "bigint"},           {"s", "smallint"},
                                              {"y", "tinyint"},  {"d", "double precision"}, {"f", "real"}};
    int32_t                  end = t->to, digits = 0, after = 0;
    const char              *type = NULL;

    while (end < x->n && name_part(x->s[end])) end++;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes && end > t->to; i++) {
        if (strlen(suffixes[i][0]) == (size_t)(end - t->to) && strncasecmp(x->s + t->to, suffixes[i][0], (size_t)(end - t->to)) == 0)
            type = suffixes[i][1];
    }
    if (type == NULL) {
        copy_token(x, t);
        return;
    }
    bool point = false;
    for (int32_t i = t->from; i < t->to; i++) {
        point |= x->s[i] == '.';
        digits += isdigit((unsigned char)x->s[i]) != 0;
        after += point && isdigit((unsigned char)x->s[i]);
    }
    map_here(x, t->from);
    brasa__text_add(&x->out, "cast(");
    copy_token(x, t);
    brasa__text_addf(&x->out, " as %s", type);
    if (strcmp(type, "decimal") == 0) brasa__text_addf(&x->out, "(%d,%d)", digits, after);
    brasa__text_add(&x->out, ")");
    *at = end;
}

static brasa_status write_token(lexer *x, const token *t, int32_t *at)
{
    *at = t->to;
    switch (t->kind) {
    case T_NAME: return write_name(x, t, at);
    case T_QUOTED:
        map_here(x, t->from);
        write_quoted(x, x->s + t->from + 1, (size_t)(t->to - t->from - 2), x->s[t->from]);
        break;
    case T_PARAM: write_param(x, t); break;
    case T_OP:
        if (is_op(x, t, "==")) {
            write_marked(x, t, "=", "=");
        } else if (is_op(x, t, "<=>")) {
            write_marked(x, t, "=", "<=>");
        } else {
            copy_token(x, t);
        }
        break;
    case T_NUMBER: write_number(x, t, at); break;
    case T_OTHER:
        if (is_char(x, t, '(')) {
            open_parenthesis(x, t);
        } else if (is_char(x, t, ')')) {
            BRASA_TRY(close_parenthesis(x, t));
        } else {
            copy_token(x, t);
        }
        break;
    case T_STRING:
    case T_END: copy_token(x, t); break;
    }
    x->before = *t;
    return BRASA_OK;
}

/* a + b + c + ... is a tree as deep as it is long, and the parser's time grows with the square of the depth: refused before it starts. */
static brasa_status count_chain(lexer *x, const token *t)
{
    static const char *const ends[] = {"and", "or", "when", "then", "else", "end", "select", "from", "where", "on", "by", "as", "union"};

    if (t->kind == T_OP) {
        bool comparison = strchr("=<>!", x->s[t->from]) != NULL && !is_op(x, t, "<<") && !is_op(x, t, ">>");
        x->chain = comparison ? 0 : x->chain + 1;
    } else if (is_char(x, t, ',') || is_char(x, t, ';')) {
        x->chain = 0;
    } else if (t->kind == T_NAME) {
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            if (is_word(x, t, ends[i])) x->chain = 0;
    }
    if (x->chain <= MAX_CHAIN) return BRASA_OK;
    return brasa__lex_fail(x->s, t->from, BRASA_SYNTAX, x->err, "more than %d operators in a row nest too deeply; split the expression",
                           (int)MAX_CHAIN);
}

brasa_status brasa__sql_lex(brasa_arena *arena, const char *prefix, const char *source, brasa_lexed *out, brasa_error *err)
{
    size_t  n = strlen(source);
    lexer   x = {.s = source, .arena = arena, .l = out, .err = err, .before = {.kind = T_OTHER}};
    int32_t at = 0, last = 0;

    *out = (brasa_lexed) {.source = source, .prefix = (int32_t)strlen(prefix)};
    if (n > MAX_BYTES) return brasa__fail(err, BRASA_SYNTAX, "the text has %zu bytes; at most %d can be parsed", n, (int)MAX_BYTES);
    x.n = (int32_t)n;
    x.before.from = x.before.to = x.n; /* no character: it stands for the start */
    brasa__text_init(&x.out, arena);
    brasa__text_add(&x.out, prefix);
    for (;;) {
        token t;

        BRASA_TRY(next_token(&x, at, &t));
        if (t.from > last) brasa__text_add(&x.out, memchr(source + last, '\n', (size_t)(t.from - last)) != NULL ? "\n" : " ");
        if (t.kind == T_END) break;
        if (++out->tokens > MAX_TOKENS)
            return brasa__lex_fail(source, t.from, BRASA_SYNTAX, err, "more than %d words and signs; split the text", (int)MAX_TOKENS);
        BRASA_TRY(count_chain(&x, &t));
        BRASA_TRY(write_token(&x, &t, &at));
        last = at;
    }
    map_here(&x, x.n);
    out->text = x.out.s;
    return BRASA_OK;
}

brasa_status brasa__sql_split(const char *text, size_t *length, size_t *next, brasa_error *err)
{
    lexer   x = {.s = text, .err = err};
    int32_t at = 0;
    size_t  n = strlen(text);

    if (n > MAX_BYTES) return brasa__fail(err, BRASA_SYNTAX, "the text has %zu bytes; at most %d can be parsed", n, (int)MAX_BYTES);
    x.n = (int32_t)n;
    for (;;) {
        token t;

        BRASA_TRY(next_token(&x, at, &t));
        *length = (size_t)t.from;
        *next = (size_t)t.to;
        if (t.kind == T_END || is_char(&x, &t, ';')) return BRASA_OK;
        at = t.to;
    }
}
