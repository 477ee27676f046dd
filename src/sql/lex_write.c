/* sql/lex_write.c -- one token after the other in PostgreSQL's words; see lex.h. */
#include <string.h>
#include <strings.h>

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

static brasa_status write_name(lexer *x, const token *t, int32_t *at)
{
    token      after;
    bool       done = false;
    semi_join *semi = lex_waiting_semi(x);

    BRASA_TRY(lex_next(x, t->to, &after));
    if (x->nlambdas > 0 && lex_lambda_name(x, t, &after)) {
        x->before = (token) {.kind = T_QUOTED, .from = t->from, .to = t->to};
        return BRASA_OK;
    }
    if (lex_is_word(x, t, "window")) {
        token as;

        BRASA_TRY(lex_next(x, after.to, &as));
        if ((after.kind != T_NAME && after.kind != T_QUOTED) ||
            !lex_is_word(x, &as, "as")) { /* no clause: window(t, '1 hour'), window.start */
            lex_map_here(x, t->from);
            lex_write_quoted(x, "window", 6, '\0');
            x->before = *t;
            if (!lex_is_char(x, &after, '(')) x->before.kind = T_QUOTED;
            return BRASA_OK;
        }
    }
    if (lex_is_word(x, &after, "unsigned") && lex_unsigned(x, t, &after, at)) return BRASA_OK;
    if (x->piped && lex_pipe_table(x, t)) return BRASA_OK;
    if (x->piped) lex_pipe_word(x, t);
    BRASA_TRY(lex_query_word(x, t, &after, at, &done));
    if (done) return BRASA_OK;
    BRASA_TRY(lex_other_word(x, t, &after, at, &done));
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
        return lex_positional(x, t, &after, at);
    if (lex_is_word(x, t, "asof") && x->in_from) {
        BRASA_TRY(lex_asof(x, t, &after, at, &done));
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
         lex_is_word(x, t, "current_time") || lex_is_word(x, t, "localtime") || lex_is_word(x, t, "current_user") ||
         lex_is_word(x, t, "session_user") || lex_is_word(x, t, "current_catalog") || lex_is_word(x, t, "user"))) {
        token close;

        BRASA_TRY(lex_next(x, after.to, &close)); /* Spark's current_date() */
        lex_copy_token(x, t);
        if (lex_is_char(x, &close, ')')) *at = close.to;
        x->before = *t;
        return BRASA_OK;
    }
    if (lex_is_word(x, t, "identifier") && lex_is_char(x, &after, '(')) {
        BRASA_TRY(lex_identifier(x, t, &after, at, &done));
        if (done) return BRASA_OK;
    }
    if (lex_is_word(x, t, "as")) {
        BRASA_TRY(lex_field_name(x, t, &after, at, &done));
        if (!done) BRASA_TRY(lex_column_names(x, &after, at, &done));
        if (done) return BRASA_OK;
    }
    if (lex_is_word(x, t, "lateral") && lex_is_word(x, &after, "view")) return lex_view(x, t, &after, at);
    if ((lex_is_word(x, t, "left") || lex_is_word(x, t, "semi") || lex_is_word(x, t, "anti")) && lex_ends_value(x, &x->before)) {
        BRASA_TRY(lex_semi(x, t, at, &done));
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
        BRASA_TRY(lex_interval(x, t, at, &done));
        if (done) return BRASA_OK;
    }
    if (lex_is_word(x, t, "timestamp")) {
        BRASA_TRY(lex_timestamp(x, t, at, &done));
        if (done) return BRASA_OK;
    }
    BRASA_TRY(lex_collated_type(x, t, &after, at, &done));
    if (done) return BRASA_OK;
    if (((after.kind == T_OP && x->s[after.from] == '<') || lex_is_char(x, &after, '(')) && lex_nested_type(x, t, &after, at)) {
        x->before = *t;
        return BRASA_OK;
    }
    if (lex_is_word(x, t, "array") && after.kind == T_OP && x->s[after.from] == '<') {
        BRASA_TRY(lex_array_type(x, t, &(token) {.kind = T_OP, .from = after.from, .to = after.from + 1}, at));
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
    if (!infix && lex_is_char(x, &after, '(') && lex_names_type(x, t) && !lex_follows_type_mark(x)) {
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

enum { MAX_TOKENS = 1 << 20 };

brasa_status lex_write(lexer *x, const token *t, int32_t *at)
{
    bool done;

    if (++x->l->tokens > MAX_TOKENS)
        return brasa__lex_fail(x->s, t->from, BRASA_SYNTAX, x->err, "more than %d words and signs; split the text", (int)MAX_TOKENS);
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
    case T_PARAM: lex_param(x, t); break;
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
        } else if (lex_is_op(x, t, "^")) { /* PostgreSQL's power */
            lex_map_here(x, t->from);
            brasa__text_add(&x->out, "#");
        } else if (lex_is_op(x, t, "~") && lex_ends_value(x, &x->before) && x->s[t->to] == '~') { /* LIKE */
            lex_map_here(x, t->from);
            brasa__text_add(&x->out, "~~");
            *at = t->to + 1;
        } else if (lex_is_op(x, t, "~") && !lex_ends_value(x, &x->before)) {
            lex_write_marked(x, t, "+", "~"); /* binds as tight as a sign */
        } else if (lex_is_op(x, t, "*") && !lex_ends_value(x, &x->before)) {
            return lex_star(x, t, at);
        } else {
            lex_copy_token(x, t);
        }
        break;
    case T_NUMBER: lex_number(x, t, at); break;
    case T_OTHER:
        if (lex_is_char(x, t, '(')) {
            open_parenthesis(x, t);
        } else if (lex_is_char(x, t, ')')) {
            BRASA_TRY(close_parenthesis(x, t, at));
        } else {
            BRASA_TRY(lex_variant_path(x, t, at, &done));
            if (done) return BRASA_OK;
            BRASA_TRY(lex_bracket_token(x, t, &done));
            if (!done) lex_copy_token(x, t);
        }
        break;
    case T_STRING: {
        bool file = lex_names_file(x);

        if (file) lex_map_here(x, t->from);
        if (file) brasa__text_add(&x->out, "read_files(");
        int32_t begin = (int32_t)x->out.len;
        BRASA_TRY(lex_string(x, t));
        BRASA_TRY(lex_string_part(x, t, begin));
        if (file) brasa__text_add(&x->out, ")");
        break;
    }
    case T_END: lex_copy_token(x, t); break;
    }
    x->before = *t;
    return BRASA_OK;
}
