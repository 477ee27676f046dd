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
#include "sql/words.h"

/* ---- statements ---- */

static brasa_status like_pattern(words *w)
{
    words_take(w, "like");
    if (!words_next(w)) return BRASA_OK;
    w->out->pattern = words_unquoted(w);
    return words_end(w);
}

static brasa_status show(words *w, bool *done)
{
    *done = true;
    if (words_take(w, "create")) {
        w->out->kind = BRASA_STATEMENT_SHOW_CREATE;
        if (!words_take(w, "table") && !words_take(w, "view")) return words_fail(w, "TABLE and a name");
        BRASA_TRY(words_name(w, &w->out->name));
        if (words_take(w, "as") && !words_take(w, "serde")) return words_fail(w, "SERDE");
        return words_end(w);
    }
    if (words_take(w, "tblproperties")) {
        w->out->kind = BRASA_STATEMENT_SHOW_TABLES;
        w->out->formatted = true;
        BRASA_TRY(words_name(w, &w->out->name));
        return words_take(w, "(") ? BRASA_OK : words_end(w);
    }
    w->out->views = words_take(w, "views");
    if (w->out->views || words_take(w, "tables")) {
        w->out->kind = BRASA_STATEMENT_SHOW_TABLES;
        if (words_take(w, "in") || words_take(w, "from")) BRASA_TRY(words_plain_name(w, &w->out->name));
        return like_pattern(w);
    }
    if (words_take(w, "schemas") || words_take(w, "databases") || words_take(w, "namespaces")) {
        w->out->kind = BRASA_STATEMENT_SHOW_SCHEMAS;
        return like_pattern(w);
    }
    if (words_take(w, "columns")) {
        w->out->kind = BRASA_STATEMENT_SHOW_COLUMNS;
        if (!words_take(w, "in") && !words_take(w, "from")) return words_fail(w, "FROM and a table's name");
        BRASA_TRY(words_name(w, &w->out->name));
        if (words_take(w, "in") || words_take(w, "from")) { /* the table's schema */
            const char *dot = strrchr(w->out->name, '.'), *schema;

            BRASA_TRY(words_plain_name(w, &schema));
            w->out->name = brasa__sql_table_name(w->arena, schema, dot != NULL ? dot + 1 : w->out->name);
        }
        return words_end(w);
    }
    if (words_take(w, "user") || words_take(w, "system") || words_take(w, "all")) (void)0;
    if (words_take(w, "functions")) {
        w->out->kind = BRASA_STATEMENT_SHOW_FUNCTIONS;
        return like_pattern(w);
    }
    w->out->kind = BRASA_STATEMENT_SET; /* SHOW setting */
    size_t from = words_skip_blank(w->s, w->at), to = from + strcspn(w->s + from, " \t\r\n;");
    w->out->name = brasa__arena_strndup(w->arena, w->s + from, to - from);
    return BRASA_OK;
}

static brasa_status describe(words *w, bool *done)
{
    w->out->kind = BRASA_STATEMENT_DESCRIBE;
    if (words_take(w, "query")) {
        words_blank(w, 0, w->to);
        return BRASA_OK;
    }
    size_t before = w->at;
    if (words_take(w, "select") || words_take(w, "with") || words_take(w, "values")) {
        words_blank(w, 0, before);
        return BRASA_OK;
    }
    *done = true;
    words_take(w, "table");
    words_take(w, "extended");
    words_take(w, "formatted");
    return words_name(w, &w->out->name);
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

    if (!words_take(w, "zone")) return words_fail(w, "ZONE");
    from = words_skip_blank(w->s, w->at);
    all = words_trimmed(w->s, from, all);
    w->out->name = "timezone";
    if (from >= all) return words_fail(w, "a zone: LOCAL, 'Europe/Berlin' or INTERVAL '2' HOUR");
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
static brasa_status set(words *w, bool *done)
{
    size_t from = words_skip_blank(w->s, w->at), key, all = strlen(w->s);

    *done = true;
    w->out->kind = BRASA_STATEMENT_SET;
    all = words_trimmed(w->s, from, all);
    if (words_take(w, "time")) return set_zone(w);
    if (words_take(w, "var") || words_take(w, "variable")) return words_set_variable(w, done);
    key = from;
    while (key < all && !isspace((unsigned char)w->s[key]) && w->s[key] != '=') key++;
    if (key == from) return BRASA_OK;
    w->out->name = brasa__arena_strndup(w->arena, w->s + from, key - from);
    key = words_skip_blank(w->s, key);
    if (w->s[key] == '=') key = words_skip_blank(w->s, key + 1);
    if (strncasecmp(w->s + key, "to ", 3) == 0) key = words_skip_blank(w->s, key + 3);
    if (key >= all) return BRASA_OK;
    char q = w->s[key];
    if ((q == '\'' || q == '"') && all > key + 1 && w->s[all - 1] == q) key++, all--;
    w->out->value = brasa__arena_strndup(w->arena, w->s + key, all - key);
    return BRASA_OK;
}

static brasa_status cache(words *w, bool *done)
{
    w->out->kind = BRASA_STATEMENT_CACHE;
    words_take(w, "lazy");
    if (!words_take(w, "table")) return words_fail(w, "TABLE");
    BRASA_TRY(words_name(w, &w->out->name));
    size_t before = w->at;
    *done = !words_next(w);
    if (*done) return BRASA_OK;
    if (!words_is(w, "as")) w->at = before;
    words_blank(w, 0, w->at);
    return BRASA_OK;
}

static brasa_status uncache(words *w, bool *done)
{
    *done = true;
    w->out->kind = BRASA_STATEMENT_UNCACHE;
    if (!words_take(w, "table")) return words_fail(w, "TABLE");
    if (words_take(w, "if")) w->out->if_exists = words_take(w, "exists");
    return words_name(w, &w->out->name);
}

static brasa_status analyze(words *w, bool *done)
{
    *done = true;
    w->out->kind = BRASA_STATEMENT_ANALYZE;
    words_take(w, "table");
    if (!words_next(w)) {
        w->out->kind = BRASA_STATEMENT_NOTHING;
        return BRASA_OK;
    }
    w->at = w->from;
    return words_name(w, &w->out->name); /* COMPUTE STATISTICS ...: all are computed */
}

static brasa_status explain(words *w)
{
    w->out->kind = BRASA_STATEMENT_EXPLAIN;
    for (;;) {
        if (words_take(w, "analyze")) {
            w->out->analyze = true;
        } else if (words_take(w, "formatted") || words_take(w, "extended") || words_take(w, "verbose") || words_take(w, "cost") ||
                   words_take(w, "codegen")) {
            w->out->formatted = true;
        } else if (words_take(w, "stages")) {
            w->out->stages = true;
        } else if (words_take(w, "(") || words_take(w, ",") || words_take(w, ")")) {
            size_t at = w->at; /* EXPLAIN (ANALYZE, ...); a query in parentheses stays */
            if (words_take(w, "select") || words_take(w, "with") || words_take(w, "values") || words_take(w, "(")) {
                w->at = at - 1;
                break;
            }
        } else {
            break;
        }
    }
    words_blank(w, 0, w->at);
    return BRASA_OK;
}

/* (key = 'value', ...) or key 'value'. */
static brasa_status options(words *w)
{
    brasa_option *list = NULL;
    int32_t       n = 0, cap = 0;

    if (!words_take(w, "(")) return words_fail(w, "(");
    while (!words_take(w, ")")) {
        if (!words_next(w)) return words_fail(w, "an option");
        list = brasa__arena_grow(w->arena, list, &cap, n + 1, sizeof *list);
        list[n].key = words_unquoted(w);
        words_take(w, "=");
        if (!words_next(w)) return words_fail(w, "a value");
        list[n].value = words_unquoted(w);
        if (strcasecmp(list[n].key, "location") == 0 || strcasecmp(list[n].key, "path") == 0) {
            w->out->location = list[n].value;
        } else {
            n++;
        }
        words_take(w, ",");
    }
    w->out->options = list;
    w->out->noptions = n;
    return BRASA_OK;
}

/* What follows USING: options, LOCATION, AS query.  `columns`: some were given, which PostgreSQL's grammar reads when the table has no place. */
static brasa_status using_clauses(words *w, bool columns, bool *done)
{
    size_t from = w->from;

    BRASA_TRY(words_name(w, &w->out->format));
    for (;;) {
        if (words_take(w, "options") || words_take(w, "with") || words_take(w, "tblproperties")) {
            BRASA_TRY(options(w));
        } else if (words_take(w, "location")) {
            if (!words_next(w)) return words_fail(w, "a place in quotes");
            w->out->location = words_unquoted(w);
        } else if (words_take(w, "partitioned") || words_take(w, "clustered")) {
            if (!words_take(w, "by") || !words_take(w, "(") || !words_past_parentheses(w)) return words_fail(w, "BY and columns");
            if (words_take(w, "into") && (!words_next(w) || !words_take(w, "buckets"))) return words_fail(w, "a number of BUCKETS");
        } else if (words_take(w, "comment")) {
            if (!words_next(w)) return words_fail(w, "a text in quotes");
        } else if (words_take(w, "as")) {
            bool kept = w->out->location == NULL && strcasecmp(w->out->format, "hdf5") != 0; /* without a place: by the workers */

            if (kept) {
                w->out->format = NULL;
                w->out->kind = BRASA_STATEMENT_NOTHING;
            }
            words_blank(w, kept ? from : 0, kept ? w->from : w->at);
            return BRASA_OK;
        } else {
            *done = w->out->location != NULL || !columns;
            if (*done) return words_end(w);
            w->out->format = NULL;
            words_blank(w, from, strlen(w->s));
            return BRASA_OK;
        }
    }
}

/* CREATE SCHEMA, CREATE DATABASE: PostgreSQL's has no options of Spark's, which come after the name. */
static brasa_status create_schema(words *w, bool *done)
{
    *done = true;
    w->out->kind = BRASA_STATEMENT_CREATE_SCHEMA;
    if (words_take(w, "if")) {
        if (!words_take(w, "not") || !words_take(w, "exists")) return words_fail(w, "NOT EXISTS");
        w->out->if_not_exists = true;
    }
    BRASA_TRY(words_plain_name(w, &w->out->name));
    while (words_take(w, ".")) BRASA_TRY(words_plain_name(w, &w->out->name));
    if (words_take(w, "comment") && !words_next(w)) return words_fail(w, "a text");
    return words_end(w);
}

/* (a INT, ...), not (a, b): PostgreSQL's CREATE TABLE AS takes names alone. */
static bool has_types(words *w, size_t open)
{
    words inside = *w;

    inside.at = open;
    return words_next(&inside) && words_next(&inside) && !words_is(&inside, ",") && !words_is(&inside, ")");
}

static brasa_status create(words *w, bool *done)
{
    size_t or_from = w->at;

    if (words_take(w, "or")) {
        if (!words_take(w, "replace")) return words_fail(w, "REPLACE");
        w->out->replace = true;
    }
    size_t or_to = w->at;
    bool   temp = words_take(w, "temp") || words_take(w, "temporary");
    if (words_take(w, "global")) words_blank(w, w->from, w->to);
    temp = temp || words_take(w, "temp") || words_take(w, "temporary");
    (void)temp;
    if (words_take(w, "schema") || words_take(w, "database")) return create_schema(w, done);
    if (words_take(w, "function") || words_take(w, "macro")) return *done = true, words_function(w);
    if (w->out->replace && words_take(w, "sequence")) words_blank(w, or_from, or_to);
    bool table = words_take(w, "table");
    if (!table && !words_take(w, "view")) return BRASA_OK;
    if (table && w->out->replace) words_blank(w, or_from, or_to);
    size_t if_from = w->at;
    if (words_take(w, "if")) {
        if (!words_take(w, "not") || !words_take(w, "exists")) return words_fail(w, "NOT EXISTS");
        w->out->if_not_exists = true;
        if (!table) words_blank(w, if_from, w->at);
    }
    BRASA_TRY(words_name(w, &w->out->name));
    if (!table) {
        bool   list = words_take(w, "(");
        size_t at = w->at;

        if (list && !words_past_parentheses(w)) return BRASA_OK;
        if (list) words_blank_comments(w, at);
        return words_blank_clauses(w);
    }
    if (words_take(w, "like")) {
        *done = true;
        w->out->kind = BRASA_STATEMENT_CREATE_TABLE;
        BRASA_TRY(words_name(w, &w->out->value));
        return words_end(w);
    }
    bool   columns = words_take(w, "("), types = false;
    size_t open = w->at;
    if (columns && !words_past_parentheses(w)) return BRASA_OK;
    types = columns && has_types(w, open);
    if (types) words_blank_comments(w, open);
    BRASA_TRY(words_blank_clauses(w));
    if (types && words_take(w, "as")) {
        char *query = brasa__arena_strdup(w->arena, w->s);

        for (size_t i = 0; i < w->to; i++) query[i] = query[i] == '\n' ? '\n' : ' ';
        w->out->value = query;
        words_blank(w, w->from, strlen(w->s));
        return BRASA_OK;
    }
    if (!words_take(w, "using")) return BRASA_OK;
    w->out->kind = BRASA_STATEMENT_CREATE_TABLE;
    return using_clauses(w, columns, done);
}

/* INSERT OR REPLACE, OR IGNORE; other words of SQLite's say what happens anyway. */
static brasa_status insert_or(words *w, size_t from)
{
    if (words_take(w, "replace")) {
        w->out->conflict = BRASA_CONFLICT_REPLACE;
    } else if (words_take(w, "ignore")) {
        w->out->conflict = BRASA_CONFLICT_NOTHING;
    } else if (!words_take(w, "abort") && !words_take(w, "fail") && !words_take(w, "rollback")) {
        return words_fail(w, "REPLACE or IGNORE");
    }
    words_blank(w, from, w->to);
    return BRASA_OK;
}

static brasa_status insert(words *w)
{
    if (words_take(w, "or")) BRASA_TRY(insert_or(w, w->from));
    if (words_take(w, "overwrite")) {
        memcpy(w->rest + w->from, "INTO     ", 9);
        w->out->overwrite = true;
    } else if (!words_take(w, "into")) {
        return BRASA_OK;
    }
    if (words_take(w, "table")) words_blank(w, w->from, w->to);
    const char *ignored;
    BRASA_TRY(words_name(w, &ignored));
    if (words_take(w, "by")) {
        size_t from = w->from;

        w->out->by_name = words_take(w, "name");
        if (w->out->by_name) words_blank(w, from, w->to);
    }
    return BRASA_OK;
}

/* USE [SCHEMA | DATABASE | CATALOG] name. */
static brasa_status use(words *w, bool *done)
{
    *done = true;
    w->out->kind = BRASA_STATEMENT_USE;
    if (!words_take(w, "schema") && !words_take(w, "database") && !words_take(w, "namespace") && !words_take(w, "catalog")) (void)0;
    BRASA_TRY(words_plain_name(w, &w->out->name));
    while (words_take(w, ".")) BRASA_TRY(words_plain_name(w, &w->out->name));
    return words_end(w);
}

/* PREPARE name [(types)] AS statement: the statement is kept as text. */
static brasa_status prepare(words *w, bool *done)
{
    int depth = 1;

    *done = true;
    w->out->kind = BRASA_STATEMENT_PREPARE;
    BRASA_TRY(words_plain_name(w, &w->out->name));
    if (words_take(w, "(")) {
        while (depth > 0 && words_next(w)) depth += words_is(w, "(") ? 1 : words_is(w, ")") ? -1 : 0;
    }
    if (!words_take(w, "as") && !words_take(w, "from")) return words_fail(w, "AS and a statement");
    w->out->value = brasa__arena_strdup(w->arena, w->s + w->at);
    return BRASA_OK;
}

/* DROP [TEMPORARY] VARIABLE | FUNCTION | MACRO [IF EXISTS] name; other things are PostgreSQL's: DROP DATABASE is DROP SCHEMA, temporary views are views. */
static brasa_status drop(words *w, bool *done)
{
    if (words_take(w, "database")) {
        memcpy(w->rest + w->from, "SCHEMA  ", 8);
        return BRASA_OK;
    }
    bool   temporary = words_take(w, "temporary") || words_take(w, "temp");
    size_t from = w->from, to = w->to;
    if (temporary && (words_take(w, "view") || words_take(w, "table"))) {
        words_blank(w, from, to);
        return BRASA_OK;
    }
    bool variable = words_take(w, "variable") || words_take(w, "var"),
         function = !variable && (words_take(w, "function") || words_take(w, "macro"));

    if (!variable && !function) return BRASA_OK;
    *done = true;
    w->out->kind = variable ? BRASA_STATEMENT_VARIABLE : BRASA_STATEMENT_FUNCTION;
    w->out->no_data = true;
    w->out->if_exists = words_take(w, "if");
    if (w->out->if_exists && !words_take(w, "exists")) return words_fail(w, "EXISTS");
    if (variable) return words_variable_name(w, &w->out->name);
    return words_name(w, &w->out->name);
}

/* EXECUTE name [(values)]: the values stand as a query of one row. */
static brasa_status execute(words *w, bool *done)
{
    w->out->kind = BRASA_STATEMENT_EXECUTE;
    if (words_take(w, "immediate")) return words_execute_text(w, done);
    BRASA_TRY(words_plain_name(w, &w->out->name));
    *done = !words_take(w, "(");
    if (*done) return words_end(w);
    words_blank(w, 0, w->from);
    if (w->from < 6) return words_fail(w, "a name");
    memcpy(w->rest + w->from - 6, "VALUES", 6);
    size_t open = w->at;
    if (!words_take(w, ")")) return BRASA_OK;
    words_blank(w, open - 7, w->to);
    *done = true;
    return words_end(w);
}

static brasa_status deallocate(words *w, bool *done)
{
    *done = true;
    w->out->kind = BRASA_STATEMENT_DEALLOCATE;
    words_take(w, "prepare");
    if (words_take(w, "all")) return words_end(w);
    BRASA_TRY(words_plain_name(w, &w->out->name));
    return words_end(w);
}

/* REINDEX [TABLE | INDEX | ...] [name] */
static brasa_status reindex(words *w, bool *done)
{
    *done = true;
    w->out->kind = BRASA_STATEMENT_REINDEX;
    if (!words_take(w, "table") && !words_take(w, "index") && !words_take(w, "schema")) (void)0;
    return w->s[words_skip_blank(w->s, w->at)] == '\0' || words_take(w, ";") ? BRASA_OK : words_name(w, &w->out->name);
}

/* PRAGMA table_info('t') is SELECT * FROM pragma_table_info('t'), PRAGMA show_tables is SHOW TABLES; others are hints. */
static brasa_status pragma(words *w, bool *done)
{
    const char *name;

    *done = true;
    if (words_take(w, "show_tables")) {
        w->out->kind = BRASA_STATEMENT_SHOW_TABLES;
        return BRASA_OK;
    }
    if (!words_take(w, "table_info") || !words_take(w, "(") || !words_next(w)) return BRASA_OK;
    name = words_unquoted(w);
    *done = false;
    w->rest = brasa__arena_printf(w->arena, "SELECT * FROM pragma_table_info('%s')", name);
    return BRASA_OK;
}

brasa_status brasa__sql_words(brasa_arena *arena, const char *text, brasa_statement *out, bool *done, char **rest, brasa_error *err)
{
    words w = {.arena = arena, .s = text, .rest = brasa__arena_strdup(arena, text), .out = out, .err = err};

    w.escapes = strcmp(brasa__setting_text(BRASA_SET_STRING_ESCAPES), "spark") == 0;

    *out = (brasa_statement) {.kind = BRASA_STATEMENT_NOTHING};
    *done = false;
    *rest = w.rest;
    if (!words_next(&w)) return brasa__fail(err, BRASA_SYNTAX, "the text is empty; a statement was expected");
    out->pos = (int32_t)w.from;
    if (words_is(&w, "show")) return show(&w, done);
    if (words_is(&w, "describe") || words_is(&w, "desc")) return describe(&w, done);
    if (words_is(&w, "summarize")) {
        w.out->analyze = true;
        return describe(&w, done);
    }
    if (words_is(&w, "set")) return set(&w, done);
    if (words_is(&w, "cache")) return cache(&w, done);
    if (words_is(&w, "uncache")) return uncache(&w, done);
    if (words_is(&w, "analyze")) return analyze(&w, done);
    if (words_is(&w, "explain")) return explain(&w);
    if (words_is(&w, "create")) return create(&w, done);
    if (words_is(&w, "insert")) return insert(&w);
    if (words_is(&w, "replace")) {
        memcpy(w.rest + w.from, "INSERT ", 7);
        w.out->conflict = BRASA_CONFLICT_REPLACE;
        return insert(&w);
    }
    if (words_is(&w, "use")) return use(&w, done);
    if (words_is(&w, "prepare")) return prepare(&w, done);
    if (words_is(&w, "execute")) {
        brasa_status status = execute(&w, done);
        *rest = w.rest; /* it may be another text */
        return status;
    }
    if (words_is(&w, "alter")) {
        brasa_status status = words_alter(&w, done);
        *rest = w.rest;
        return status;
    }
    *done = words_is(&w, "comment") && words_take(&w, "on"); /* nothing is kept of it */
    if (*done) return BRASA_OK;
    *done = words_is(&w, "msck");
    if (*done) return BRASA_OK;
    if (words_is(&w, "declare")) return words_declare(&w, done);
    if (words_is(&w, "drop")) return drop(&w, done);
    if (words_is(&w, "deallocate")) return deallocate(&w, done);
    if (words_is(&w, "begin") && (words_take(&w, "immediate") || words_take(&w, "deferred") || words_take(&w, "exclusive")))
        words_blank(&w, w.from, w.to); /* SQLite's: there is nobody else */
    if (words_is(&w, "reindex")) return reindex(&w, done);
    if (words_is(&w, "pragma")) {
        brasa_status status = pragma(&w, done);
        *rest = w.rest;
        return status;
    }
    if (words_is(&w, "refresh") || words_is(&w, "reset") || words_is(&w, "reindex")) *done = true; /* hints of others */
    return BRASA_OK;
}
