/* sql/lex_time.c -- INTERVAL 3 DAYS, INTERVAL '1-2' YEAR TO MONTH and TIMESTAMP WITHOUT TIME ZONE in PostgreSQL's words; see lex.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sql/lex_inner.h"

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

/* Without blanks at its ends; where backslashes mean something, \\t and \\n are some. */
static void trim(const lexer *x, int32_t *from, int32_t *to)
{
    bool more = true;

    while (more) {
        const char *p = x->s + *from, *q = x->s + *to;
        bool        pair = x->escapes && *to - *from > 1;

        more = false;
        if (*from < *to && isspace((unsigned char)*p))
            ++*from, more = true;
        else if (pair && p[0] == '\\' && strchr("tnr", p[1]) != NULL)
            *from += 2, more = true;
        else if (pair && q[-2] == '\\' && strchr("tnr", q[-1]) != NULL)
            *to -= 2, more = true;
        else if (*from < *to && isspace((unsigned char)q[-1]))
            --*to, more = true;
    }
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
    trim(x, &from, &to);
    if (t.kind == T_STRING && from < to && (x->s[from] == '-' || x->s[from] == '+')) minus = (x->s[from++] == '-') != minus;
    trim(x, &from, &to);
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
    int32_t begin = text.from + 1, finish = text.to - 1;
    trim(x, &begin, &finish);
    const char *p = x->s + begin, *stop = x->s + finish;
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

brasa_status lex_interval(lexer *x, const token *t, int32_t *at, bool *done)
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
brasa_status lex_timestamp(lexer *x, const token *t, int32_t *at, bool *done)
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
