/* sql/statement_words.c -- Spark's statements, by their first words: SHOW, DESCRIBE, SET, CACHE, EXPLAIN FORMATTED, CREATE TABLE USING, INSERT OVERWRITE.
 *
 * What stands before a query that PostgreSQL can parse is blanked out, so that places in errors stay true.
 */
#include "sql/statement_words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/config.h"
#include "data/value.h"
#include "sql/lex.h"

typedef struct words {
    brasa_arena     *arena;
    const char      *s;
    char            *rest;
    size_t           at; /* after the last word */
    size_t           from, to;
    brasa_statement *out;
    bool             escapes; /* a backslash protects what follows, in texts */
    brasa_error     *err;
} words;

static size_t skip_blank(const char *s, size_t i)
{
    for (;;) {
        while (isspace((unsigned char)s[i])) i++;
        if (s[i] == '-' && s[i + 1] == '-') {
            while (s[i] != '\0' && s[i] != '\n') i++;
        } else if (s[i] == '/' && s[i + 1] == '*') {
            const char *end = strstr(s + i + 2, "*/");
            if (end == NULL) return i + strlen(s + i);
            i = (size_t)(end - s) + 2;
        } else {
            return i;
        }
    }
}

/* The next word, quoted name, string, number or sign: s[from, to). */
static bool next(words *w)
{
    const char *s = w->s;
    size_t      i = skip_blank(s, w->at);

    w->from = i;
    if (s[i] == '\0') {
        w->to = w->at = i;
        return false;
    }
    if (s[i] == '\'' || s[i] == '"' || s[i] == '`') {
        char q = s[i++];
        while (s[i] != '\0' && !(s[i] == q && s[i + 1] != q))
            i += s[i] == q || (w->escapes && q != '`' && s[i] == '\\' && s[i + 1] != '\0') ? 2 : 1;
        if (s[i] != '\0') i++;
    } else if (isalnum((unsigned char)s[i]) || s[i] == '_' || (unsigned char)s[i] >= 0x80) {
        while (isalnum((unsigned char)s[i]) || s[i] == '_' || s[i] == '$' || (unsigned char)s[i] >= 0x80) i++;
    } else {
        i++;
    }
    w->to = w->at = i;
    return true;
}

static bool is(const words *w, const char *word)
{
    return w->to - w->from == strlen(word) && strncasecmp(w->s + w->from, word, w->to - w->from) == 0;
}

/* Takes the next word if it is this one. */
static bool take(words *w, const char *word)
{
    size_t at = w->at;

    if (next(w) && is(w, word)) return true;
    w->at = at;
    return false;
}

static void blank(words *w, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (w->rest[i] != '\n') w->rest[i] = ' ';
    }
}

static brasa_status fail(words *w, const char *expected)
{
    return brasa__lex_fail(w->s, (int32_t)w->from, BRASA_SYNTAX, w->err, "%s was expected", expected);
}

/* The word without its quotes, doubled ones single. */
static const char *unquoted(const words *w)
{
    const char *s = w->s + w->from;
    size_t      n = w->to - w->from, m = 0;
    char       *out = brasa__arena_strndup(w->arena, s, n);

    if (s[0] != '\'' && s[0] != '"' && s[0] != '`') return out;
    for (size_t i = 1; i + 1 < n; i++) {
        out[m++] = s[i];
        if (s[i] == s[0] && s[i + 1] == s[0]) i++;
    }
    out[m] = '\0';
    return out;
}

static brasa_status plain_name(words *w, const char **out)
{
    unsigned char c;

    if (!next(w)) return fail(w, "a name");
    c = (unsigned char)w->s[w->from];
    if (c != '"' && c != '`' && c != '_' && !isalpha(c) && c < 0x80) return fail(w, "a name");
    *out = unquoted(w);
    return BRASA_OK;
}

/* name, schema.name, catalog.schema.name: the last two parts. */
static brasa_status name(words *w, const char **out)
{
    const char *schema = NULL;

    BRASA_TRY(plain_name(w, out));
    while (take(w, ".")) {
        schema = *out;
        BRASA_TRY(plain_name(w, out));
    }
    *out = brasa__sql_table_name(w->arena, schema, *out);
    return BRASA_OK;
}

static brasa_status end(words *w)
{
    return next(w) && !is(w, ";") ? fail(w, "the end of the statement") : BRASA_OK;
}

/* ---- statements ---- */

static brasa_status like_pattern(words *w)
{
    take(w, "like");
    if (!next(w)) return BRASA_OK;
    w->out->pattern = unquoted(w);
    return end(w);
}

static brasa_status show(words *w, bool *done)
{
    *done = true;
    if (take(w, "create")) {
        w->out->kind = BRASA_STATEMENT_SHOW_CREATE;
        if (!take(w, "table") && !take(w, "view")) return fail(w, "TABLE and a name");
        BRASA_TRY(name(w, &w->out->name));
        if (take(w, "as") && !take(w, "serde")) return fail(w, "SERDE");
        return end(w);
    }
    if (take(w, "tblproperties")) {
        w->out->kind = BRASA_STATEMENT_SHOW_TABLES;
        w->out->formatted = true;
        BRASA_TRY(name(w, &w->out->name));
        return take(w, "(") ? BRASA_OK : end(w);
    }
    w->out->views = take(w, "views");
    if (w->out->views || take(w, "tables")) {
        w->out->kind = BRASA_STATEMENT_SHOW_TABLES;
        if (take(w, "in") || take(w, "from")) BRASA_TRY(plain_name(w, &w->out->name));
        return like_pattern(w);
    }
    if (take(w, "schemas") || take(w, "databases") || take(w, "namespaces")) {
        w->out->kind = BRASA_STATEMENT_SHOW_SCHEMAS;
        return like_pattern(w);
    }
    if (take(w, "columns")) {
        w->out->kind = BRASA_STATEMENT_SHOW_COLUMNS;
        if (!take(w, "in") && !take(w, "from")) return fail(w, "FROM and a table's name");
        BRASA_TRY(name(w, &w->out->name));
        return end(w);
    }
    if (take(w, "user") || take(w, "system") || take(w, "all")) (void)0;
    if (take(w, "functions")) {
        w->out->kind = BRASA_STATEMENT_SHOW_FUNCTIONS;
        return like_pattern(w);
    }
    w->out->kind = BRASA_STATEMENT_SET; /* SHOW setting */
    size_t from = skip_blank(w->s, w->at), to = from + strcspn(w->s + from, " \t\r\n;");
    w->out->name = brasa__arena_strndup(w->arena, w->s + from, to - from);
    return BRASA_OK;
}

static brasa_status describe(words *w, bool *done)
{
    w->out->kind = BRASA_STATEMENT_DESCRIBE;
    if (take(w, "query")) {
        blank(w, 0, w->to);
        return BRASA_OK;
    }
    size_t before = w->at;
    if (take(w, "select") || take(w, "with") || take(w, "values")) {
        blank(w, 0, before);
        return BRASA_OK;
    }
    *done = true;
    take(w, "table");
    take(w, "extended");
    take(w, "formatted");
    return name(w, &w->out->name);
}

static size_t trimmed(const char *s, size_t from, size_t to)
{
    while (to > from && isspace((unsigned char)s[to - 1])) to--;
    return to;
}

/* INTERVAL '5' HOUR, INTERVAL 5 HOURS 30 MINUTES, INTERVAL '08:30' HOUR TO MINUTE: an offset, +05:00. */
static brasa_status zone_interval(words *w, const char *text, brasa_error *err)
{
    brasa_text     t;
    brasa_interval v;
    const char    *colon = strchr(text, ':'), *quote = strrchr(text, '\'');
    int64_t        seconds;

    brasa__text_init(&t, w->arena);
    for (const char *p = text; *p != '\0' && !(colon != NULL && p == quote); p++)
        if (*p != '\'' && *p != '"') brasa__text_add_n(&t, p, 1);
    seconds = brasa__parse_interval(t.s, t.len, &v) ? (v.us + v.days * INT64_C(86400000000)) / 1000000 : 0;
    if (!brasa__parse_interval(t.s, t.len, &v) || v.months != 0 || v.us % 1000000 != 0 || llabs(seconds) > 18 * 3600)
        return brasa__fail(err, BRASA_SYNTAX, "SET TIME ZONE INTERVAL %s: at most 18 hours, in whole seconds, as INTERVAL '2' HOUR", text);
    w->out->value = brasa__arena_printf(w->arena, "%c%02d:%02d:%02d", seconds < 0 ? '-' : '+', (int)(llabs(seconds) / 3600),
                                        (int)(llabs(seconds) / 60 % 60), (int)(llabs(seconds) % 60));
    if (seconds % 60 == 0) *strrchr(w->out->value, ':') = '\0';
    return BRASA_OK;
}

/* SET TIME ZONE LOCAL, 'Europe/Berlin', INTERVAL '2' HOUR, 2. */
static brasa_status set_zone(words *w)
{
    size_t from, all = strlen(w->s);

    if (!take(w, "zone")) return fail(w, "ZONE");
    from = skip_blank(w->s, w->at);
    all = trimmed(w->s, from, all);
    w->out->name = "timezone";
    if (from >= all) return fail(w, "a zone: LOCAL, 'Europe/Berlin' or INTERVAL '2' HOUR");
    char *text = brasa__arena_strndup(w->arena, w->s + from, all - from), *end;
    if (strncasecmp(text, "interval", 8) == 0 && !isalnum((unsigned char)text[8])) return zone_interval(w, text + 8, w->err);
    double hours = strtod(text, &end);
    if (*end == '\0') {
        int minutes = (int)(hours * 60);
        w->out->value = brasa__arena_printf(w->arena, "%c%02d:%02d", minutes < 0 ? '-' : '+', abs(minutes) / 60 % 1000, abs(minutes) % 60);
        return BRASA_OK;
    }
    if ((text[0] == '\'' || text[0] == '"') && strlen(text) > 1) text[strlen(text) - 1] = '\0', text++;
    w->out->value = strcasecmp(text, "default") == 0 ? "UTC" : text;
    return BRASA_OK;
}

/* SET key = value, SET key value, SET key, SET. */
static brasa_status set_variable(words *w, bool *done);
static brasa_status function(words *w, bool *done);

static brasa_status set(words *w, bool *done)
{
    size_t from = skip_blank(w->s, w->at), key, all = strlen(w->s);

    *done = true;
    w->out->kind = BRASA_STATEMENT_SET;
    all = trimmed(w->s, from, all);
    if (take(w, "time")) return set_zone(w);
    if (take(w, "var") || take(w, "variable")) return set_variable(w, done);
    key = from;
    while (key < all && !isspace((unsigned char)w->s[key]) && w->s[key] != '=') key++;
    if (key == from) return BRASA_OK;
    w->out->name = brasa__arena_strndup(w->arena, w->s + from, key - from);
    key = skip_blank(w->s, key);
    if (w->s[key] == '=') key = skip_blank(w->s, key + 1);
    if (strncasecmp(w->s + key, "to ", 3) == 0) key = skip_blank(w->s, key + 3);
    if (key >= all) return BRASA_OK;
    char q = w->s[key];
    if ((q == '\'' || q == '"') && all > key + 1 && w->s[all - 1] == q) key++, all--;
    w->out->value = brasa__arena_strndup(w->arena, w->s + key, all - key);
    return BRASA_OK;
}

static brasa_status cache(words *w, bool *done)
{
    w->out->kind = BRASA_STATEMENT_CACHE;
    take(w, "lazy");
    if (!take(w, "table")) return fail(w, "TABLE");
    BRASA_TRY(name(w, &w->out->name));
    size_t before = w->at;
    *done = !next(w);
    if (*done) return BRASA_OK;
    if (!is(w, "as")) w->at = before;
    blank(w, 0, w->at);
    return BRASA_OK;
}

static brasa_status uncache(words *w, bool *done)
{
    *done = true;
    w->out->kind = BRASA_STATEMENT_UNCACHE;
    if (!take(w, "table")) return fail(w, "TABLE");
    if (take(w, "if")) w->out->if_exists = take(w, "exists");
    return name(w, &w->out->name);
}

static brasa_status analyze(words *w, bool *done)
{
    *done = true;
    w->out->kind = BRASA_STATEMENT_ANALYZE;
    take(w, "table");
    if (!next(w)) {
        w->out->kind = BRASA_STATEMENT_NOTHING;
        return BRASA_OK;
    }
    w->at = w->from;
    return name(w, &w->out->name); /* COMPUTE STATISTICS ...: all are computed */
}

static brasa_status explain(words *w)
{
    w->out->kind = BRASA_STATEMENT_EXPLAIN;
    for (;;) {
        if (take(w, "analyze")) {
            w->out->analyze = true;
        } else if (take(w, "formatted") || take(w, "extended") || take(w, "verbose") || take(w, "cost") || take(w, "codegen")) {
            w->out->formatted = true;
        } else if (take(w, "stages")) {
            w->out->stages = true;
        } else if (take(w, "(") || take(w, ",") || take(w, ")")) {
            size_t at = w->at; /* EXPLAIN (ANALYZE, ...); a query in parentheses stays */
            if (take(w, "select") || take(w, "with") || take(w, "values") || take(w, "(")) {
                w->at = at - 1;
                break;
            }
        } else {
            break;
        }
    }
    blank(w, 0, w->at);
    return BRASA_OK;
}

/* (key = 'value', ...) or key 'value'. */
static brasa_status options(words *w)
{
    brasa_option *list = NULL;
    int32_t       n = 0, cap = 0;

    if (!take(w, "(")) return fail(w, "(");
    while (!take(w, ")")) {
        if (!next(w)) return fail(w, "an option");
        list = brasa__arena_grow(w->arena, list, &cap, n + 1, sizeof *list);
        list[n].key = unquoted(w);
        take(w, "=");
        if (!next(w)) return fail(w, "a value");
        list[n].value = unquoted(w);
        if (strcasecmp(list[n].key, "location") == 0 || strcasecmp(list[n].key, "path") == 0) {
            w->out->location = list[n].value;
        } else {
            n++;
        }
        take(w, ",");
    }
    w->out->options = list;
    w->out->noptions = n;
    return BRASA_OK;
}

static bool past_parentheses(words *w);

/* What follows USING: options, LOCATION, AS query.  `columns`: some were given, which PostgreSQL's grammar reads when the table has no place. */
static brasa_status using_clauses(words *w, bool columns, bool *done)
{
    size_t from = w->from;

    BRASA_TRY(name(w, &w->out->format));
    for (;;) {
        if (take(w, "options") || take(w, "with") || take(w, "tblproperties")) {
            BRASA_TRY(options(w));
        } else if (take(w, "location")) {
            if (!next(w)) return fail(w, "a place in quotes");
            w->out->location = unquoted(w);
        } else if (take(w, "partitioned") || take(w, "clustered")) {
            if (!take(w, "by") || !take(w, "(") || !past_parentheses(w)) return fail(w, "BY and columns");
            if (take(w, "into") && (!next(w) || !take(w, "buckets"))) return fail(w, "a number of BUCKETS");
        } else if (take(w, "comment")) {
            if (!next(w)) return fail(w, "a text in quotes");
        } else if (take(w, "as")) {
            bool kept = w->out->location == NULL && strcasecmp(w->out->format, "hdf5") != 0; /* without a place: by the workers */

            if (kept) {
                w->out->format = NULL;
                w->out->kind = BRASA_STATEMENT_NOTHING;
            }
            blank(w, kept ? from : 0, kept ? w->from : w->at);
            return BRASA_OK;
        } else {
            *done = w->out->location != NULL || !columns;
            if (*done) return end(w);
            w->out->format = NULL;
            blank(w, from, strlen(w->s));
            return BRASA_OK;
        }
    }
}

/* Past "(...)". */
static bool past_parentheses(words *w)
{
    int depth = 1;

    while (depth > 0 && next(w)) depth += is(w, "(") ? 1 : is(w, ")") ? -1 : 0;
    return depth == 0;
}

/* CREATE SCHEMA, CREATE DATABASE: PostgreSQL's has no options of Spark's, which come after the name. */
static brasa_status create_schema(words *w, bool *done)
{
    *done = true;
    w->out->kind = BRASA_STATEMENT_CREATE_SCHEMA;
    if (take(w, "if")) {
        if (!take(w, "not") || !take(w, "exists")) return fail(w, "NOT EXISTS");
        w->out->if_not_exists = true;
    }
    BRASA_TRY(plain_name(w, &w->out->name));
    while (take(w, ".")) BRASA_TRY(plain_name(w, &w->out->name));
    if (take(w, "comment") && !next(w)) return fail(w, "a text");
    return end(w);
}

/* (a INT, ...), not (a, b): PostgreSQL's CREATE TABLE AS takes names alone. */
static bool has_types(words *w, size_t open)
{
    words inside = *w;

    inside.at = open;
    return next(&inside) && next(&inside) && !is(&inside, ",") && !is(&inside, ")");
}

static brasa_status create(words *w, bool *done)
{
    size_t or_from = w->at;

    if (take(w, "or")) {
        if (!take(w, "replace")) return fail(w, "REPLACE");
        w->out->replace = true;
    }
    size_t or_to = w->at;
    bool   temp = take(w, "temp") || take(w, "temporary");
    if (take(w, "global")) blank(w, w->from, w->to);
    temp = temp || take(w, "temp") || take(w, "temporary");
    (void)temp;
    if (take(w, "schema") || take(w, "database")) return create_schema(w, done);
    if (take(w, "function") || take(w, "macro")) return function(w, done);
    bool table = take(w, "table");
    if (!table && !take(w, "view")) return BRASA_OK;
    if (table && w->out->replace) blank(w, or_from, or_to);
    size_t if_from = w->at;
    if (take(w, "if")) {
        if (!take(w, "not") || !take(w, "exists")) return fail(w, "NOT EXISTS");
        w->out->if_not_exists = true;
        if (!table) blank(w, if_from, w->at);
    }
    BRASA_TRY(name(w, &w->out->name));
    if (!table) return BRASA_OK;
    if (take(w, "like")) {
        *done = true;
        w->out->kind = BRASA_STATEMENT_CREATE_TABLE;
        BRASA_TRY(name(w, &w->out->value));
        return end(w);
    }
    bool   columns = take(w, "("), types = false;
    size_t open = w->at;
    if (columns && !past_parentheses(w)) return BRASA_OK;
    types = columns && has_types(w, open);
    if (types && take(w, "as")) {
        char *query = brasa__arena_strdup(w->arena, w->s);

        for (size_t i = 0; i < w->to; i++) query[i] = query[i] == '\n' ? '\n' : ' ';
        w->out->value = query;
        blank(w, w->from, strlen(w->s));
        return BRASA_OK;
    }
    if (!take(w, "using")) return BRASA_OK;
    w->out->kind = BRASA_STATEMENT_CREATE_TABLE;
    return using_clauses(w, columns, done);
}

static brasa_status insert(words *w)
{
    if (take(w, "overwrite")) {
        memcpy(w->rest + w->from, "INTO     ", 9);
        w->out->overwrite = true;
    } else if (!take(w, "into")) {
        return BRASA_OK;
    }
    if (take(w, "table")) blank(w, w->from, w->to);
    const char *ignored;
    BRASA_TRY(name(w, &ignored));
    if (take(w, "by")) {
        size_t from = w->from;

        w->out->by_name = take(w, "name");
        if (w->out->by_name) blank(w, from, w->to);
    }
    return BRASA_OK;
}

/* USE [SCHEMA | DATABASE | CATALOG] name. */
static brasa_status use(words *w, bool *done)
{
    *done = true;
    w->out->kind = BRASA_STATEMENT_USE;
    if (!take(w, "schema") && !take(w, "database") && !take(w, "namespace") && !take(w, "catalog")) (void)0;
    BRASA_TRY(plain_name(w, &w->out->name));
    while (take(w, ".")) BRASA_TRY(plain_name(w, &w->out->name));
    return end(w);
}

/* PREPARE name [(types)] AS statement: the statement is kept as text. */
static brasa_status prepare(words *w, bool *done)
{
    int depth = 1;

    *done = true;
    w->out->kind = BRASA_STATEMENT_PREPARE;
    BRASA_TRY(plain_name(w, &w->out->name));
    if (take(w, "(")) {
        while (depth > 0 && next(w)) depth += is(w, "(") ? 1 : is(w, ")") ? -1 : 0;
    }
    if (!take(w, "as") && !take(w, "from")) return fail(w, "AS and a statement");
    w->out->value = brasa__arena_strdup(w->arena, w->s + w->at);
    return BRASA_OK;
}

/* The text from here on becomes a query: SELECT and it. */
static brasa_status select_rest(words *w, size_t from, const char *what)
{
    if (from < 7 || w->s[from] == '\0') return fail(w, what);
    blank(w, 0, from);
    memcpy(w->rest + from - 7, "SELECT ", 7);
    return BRASA_OK;
}

/* EXECUTE IMMEDIATE 'statement' [USING values]: the values stand as a query of one row. */
static brasa_status execute_text(words *w, bool *done)
{
    if (!next(w)) return fail(w, "the text of a statement");
    bool text = w->s[w->from] == '\'' || w->s[w->from] == '"';
    w->out->value = unquoted(w);
    if (text && w->escapes)
        BRASA_TRY(brasa__lex_unescape(w->arena, w->s, (int32_t)w->from + 1, (int32_t)w->to - 1, &w->out->value, w->err));
    w->out->by_name = !text; /* a variable */
    *done = !take(w, "using");
    if (*done) return end(w);
    bool   open = take(w, "(");
    size_t from = skip_blank(w->s, w->at), all = strlen(w->s);
    all = trimmed(w->s, from, all);
    while (all > from && (w->s[all - 1] == ';' || isspace((unsigned char)w->s[all - 1]))) all--;
    w->rest = brasa__arena_printf(w->arena, "VALUES (%.*s%s", (int)(all - from), w->s + from, open ? "" : ")");
    return BRASA_OK;
}

/* DECLARE [OR REPLACE] [VARIABLE] name [type] [DEFAULT value]. */
static brasa_status declare(words *w, bool *done)
{
    size_t from;

    w->out->kind = BRASA_STATEMENT_VARIABLE;
    w->out->overwrite = true;
    if (take(w, "or") && !take(w, "replace")) return fail(w, "REPLACE");
    if (!take(w, "variable")) take(w, "var");
    BRASA_TRY(plain_name(w, &w->out->name));
    from = skip_blank(w->s, w->at);
    *done = true;
    size_t to = from;
    while (next(w)) {
        bool value = is(w, "default") || is(w, "=");
        if (is(w, ";")) break;
        if (value) *done = false;
        if (value) break;
        to = w->to;
    }
    if (to > from) w->out->format = brasa__arena_strndup(w->arena, w->s + from, to - from);
    return *done ? BRASA_OK : select_rest(w, skip_blank(w->s, w->at), "a value");
}

/* SET VAR name = value. */
static brasa_status set_variable(words *w, bool *done)
{
    w->out->kind = BRASA_STATEMENT_VARIABLE;
    BRASA_TRY(plain_name(w, &w->out->name));
    if (!take(w, "=")) return fail(w, "= and a value");
    *done = false;
    return select_rest(w, skip_blank(w->s, w->at), "a value");
}

/* DROP [TEMPORARY] VARIABLE | FUNCTION | MACRO [IF EXISTS] name; other things are PostgreSQL's: DROP DATABASE is DROP SCHEMA, temporary views are views. */
static brasa_status drop(words *w, bool *done)
{
    if (take(w, "database")) {
        memcpy(w->rest + w->from, "SCHEMA  ", 8);
        return BRASA_OK;
    }
    bool   temporary = take(w, "temporary") || take(w, "temp");
    size_t from = w->from, to = w->to;
    if (temporary && (take(w, "view") || take(w, "table"))) {
        blank(w, from, to);
        return BRASA_OK;
    }
    bool variable = take(w, "variable"), function = !variable && (take(w, "function") || take(w, "macro"));

    if (!variable && !function) return BRASA_OK;
    *done = true;
    w->out->kind = variable ? BRASA_STATEMENT_VARIABLE : BRASA_STATEMENT_FUNCTION;
    w->out->no_data = true;
    w->out->if_exists = take(w, "if");
    if (w->out->if_exists && !take(w, "exists")) return fail(w, "EXISTS");
    return name(w, &w->out->name);
}

/* CREATE FUNCTION f(a INT, b INT) [RETURNS type] RETURN expression; CREATE MACRO f(a, b) AS expression. */
static brasa_status function(words *w, bool *done)
{
    const char **names = NULL;
    int32_t      cap = 0;
    bool         first = true;
    int          depth = 1;

    *done = true;
    w->out->kind = BRASA_STATEMENT_FUNCTION;
    if (take(w, "if") && (!take(w, "not") || !take(w, "exists"))) return fail(w, "NOT EXISTS");
    BRASA_TRY(name(w, &w->out->name));
    if (!take(w, "(")) return fail(w, "( and the parameters");
    while (depth > 0 && next(w)) {
        depth += is(w, "(") || is(w, "<") ? 1 : is(w, ")") || is(w, ">") ? -1 : 0;
        if (depth == 1 && is(w, ",")) {
            first = true;
        } else if (depth > 0 && first) {
            names = brasa__arena_grow(w->arena, names, &cap, w->out->ncolumns + 1, sizeof *names);
            names[w->out->ncolumns++] = unquoted(w);
            first = false;
        }
    }
    w->out->columns = names;
    while (next(w) && !is(w, "return") && !is(w, "as")) {
        if (is(w, "table")) return brasa__fail(w->err, BRASA_UNSUPPORTED, "a function that gives a table; make a view");
        if (is(w, "language") && next(w) && !is(w, "sql"))
            return brasa__fail(w->err, BRASA_UNSUPPORTED, "a function in another language than SQL");
    }
    size_t from = skip_blank(w->s, w->at), all = trimmed(w->s, from, strlen(w->s));
    while (all > from && (w->s[all - 1] == ';' || isspace((unsigned char)w->s[all - 1]))) all--;
    if (from >= all) return fail(w, "RETURN and an expression");
    w->out->value = brasa__arena_strndup(w->arena, w->s + from, all - from);
    return BRASA_OK;
}

/* EXECUTE name [(values)]: the values stand as a query of one row. */
static brasa_status execute(words *w, bool *done)
{
    w->out->kind = BRASA_STATEMENT_EXECUTE;
    if (take(w, "immediate")) return execute_text(w, done);
    BRASA_TRY(plain_name(w, &w->out->name));
    *done = !take(w, "(");
    if (*done) return end(w);
    blank(w, 0, w->from);
    if (w->from < 6) return fail(w, "a name");
    memcpy(w->rest + w->from - 6, "VALUES", 6);
    size_t open = w->at;
    if (!take(w, ")")) return BRASA_OK;
    blank(w, open - 7, w->to);
    *done = true;
    return end(w);
}

static brasa_status deallocate(words *w, bool *done)
{
    *done = true;
    w->out->kind = BRASA_STATEMENT_DEALLOCATE;
    take(w, "prepare");
    if (take(w, "all")) return end(w);
    BRASA_TRY(plain_name(w, &w->out->name));
    return end(w);
}

brasa_status brasa__sql_words(brasa_arena *arena, const char *text, brasa_statement *out, bool *done, char **rest, brasa_error *err)
{
    words w = {.arena = arena, .s = text, .rest = brasa__arena_strdup(arena, text), .out = out, .err = err};

    w.escapes = strcmp(brasa__setting_text(BRASA_SET_STRING_ESCAPES), "spark") == 0;

    *out = (brasa_statement) {.kind = BRASA_STATEMENT_NOTHING};
    *done = false;
    *rest = w.rest;
    if (!next(&w)) return brasa__fail(err, BRASA_SYNTAX, "the text is empty; a statement was expected");
    out->pos = (int32_t)w.from;
    if (is(&w, "show")) return show(&w, done);
    if (is(&w, "describe") || is(&w, "desc")) return describe(&w, done);
    if (is(&w, "set")) return set(&w, done);
    if (is(&w, "cache")) return cache(&w, done);
    if (is(&w, "uncache")) return uncache(&w, done);
    if (is(&w, "analyze")) return analyze(&w, done);
    if (is(&w, "explain")) return explain(&w);
    if (is(&w, "create")) return create(&w, done);
    if (is(&w, "insert")) return insert(&w);
    if (is(&w, "use")) return use(&w, done);
    if (is(&w, "prepare")) return prepare(&w, done);
    if (is(&w, "execute")) {
        brasa_status status = execute(&w, done);
        *rest = w.rest; /* it may be another text */
        return status;
    }
    if (is(&w, "declare")) return declare(&w, done);
    if (is(&w, "drop")) return drop(&w, done);
    if (is(&w, "deallocate")) return deallocate(&w, done);
    if (is(&w, "begin") || is(&w, "commit") || is(&w, "pragma") || is(&w, "refresh") || is(&w, "reset") || is(&w, "reindex"))
        *done = true; /* each statement stands when it is done; hints of others */
    return BRASA_OK;
}
