/* complete.c -- what a word may become: backslash commands, keywords, tables, and columns of the tables that the line names. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/brasa_sql/line.h"

static const char *const keywords[] = {
    "ALL",      "ALTER",     "ANALYZE",   "AND",       "ANTI",      "AS",        "ASC",       "BETWEEN", "BY",          "CACHE",
    "CASE",     "CAST",      "COLUMNS",   "COPY",      "CREATE",    "CROSS",     "CURRENT",   "DATE",    "DELETE",      "DESC",
    "DESCRIBE", "DISTINCT",  "DROP",      "ELSE",      "END",       "EXCEPT",    "EXISTS",    "EXPLAIN", "FALSE",       "FILTER",
    "FIRST",    "FOLLOWING", "FORMATTED", "FROM",      "FULL",      "FUNCTIONS", "GROUP",     "HAVING",  "IN",          "INNER",
    "INSERT",   "INTERSECT", "INTERVAL",  "INTO",      "IS",        "JOIN",      "LAST",      "LATERAL", "LEFT",        "LIKE",
    "LIMIT",    "LOCATION",  "NATURAL",   "NOT",       "NULL",      "NULLS",     "OFFSET",    "ON",      "OR",          "ORDER",
    "OUTER",    "OVER",      "OVERWRITE", "PARTITION", "PRECEDING", "QUALIFY",   "RECURSIVE", "REPLACE", "RIGHT",       "RLIKE",
    "ROLLUP",   "ROWS",      "SELECT",    "SEMI",      "SET",       "SHOW",      "TABLE",     "TABLES",  "TABLESAMPLE", "TEMPORARY",
    "THEN",     "TIMESTAMP", "TRUE",      "TRUNCATE",  "UNBOUNDED", "UNCACHE",   "UNION",     "UPDATE",  "USE",         "USING",
    "VALUES",   "VIEW",      "WHEN",      "WHERE",     "WINDOW",    "WITH",
};
static const char *const commands[] = {"\\?", "\\d", "\\dt", "\\echo", "\\i", "\\o", "\\q", "\\timing"};

typedef struct found {
    const char *word;
    size_t      typed;
    char      **list;
    int         count, room;
} found;

static void offer(found *f, const char *candidate, bool lower)
{
    if (strncasecmp(candidate, f->word, f->typed) != 0) return;
    if (f->count == f->room) {
        f->room = f->room * 2 + 16;
        f->list = realloc(f->list, sizeof *f->list * (size_t)f->room);
        if (f->list == NULL) abort();
    }
    char *copy = strdup(candidate);
    if (copy == NULL) abort();
    for (char *c = copy; lower && *c != '\0'; c++) *c = (char)tolower((unsigned char)*c);
    f->list[f->count++] = copy;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_and_fold(found *f)
{
    int n = 0;

    if (f->count > 1) qsort(f->list, (size_t)f->count, sizeof *f->list, by_name);
    for (int i = 0; i < f->count; i++) {
        if (n > 0 && strcmp(f->list[n - 1], f->list[i]) == 0)
            free(f->list[i]);
        else
            f->list[n++] = f->list[i];
    }
    f->count = n;
}

/* Does the line name this table, as a word? */
static bool names(const char *line, size_t n, const char *table)
{
    size_t k = strlen(table);

    for (size_t i = 0; i + k <= n; i++) {
        bool before = i == 0 || !(isalnum((unsigned char)line[i - 1]) || line[i - 1] == '_');
        bool after = i + k == n || !(isalnum((unsigned char)line[i + k]) || line[i + k] == '_');

        if (before && after && strncasecmp(line + i, table, k) == 0) return true;
    }
    return false;
}

static void offer_columns(brasa_session *s, found *f, const char *table)
{
    brasa_frame *t = brasa_table(s, table);

    if (brasa_status_of(t) != BRASA_OK) return;
    brasa_schema schema = brasa_schema_of(t);
    for (int32_t c = 0; c < schema.ncols; c++) offer(f, schema.cols[c].name, false);
}

/* Tables by SHOW TABLES: the last column but one that holds their names is found by its name. */
static void offer_tables(brasa_session *s, found *f, const char *line, size_t n)
{
    brasa_result *r = NULL;
    brasa_frame  *q = brasa_sql(s, "SHOW TABLES");
    int32_t       name = 0;

    if (brasa_status_of(q) != BRASA_OK || brasa_collect(q, &r) != BRASA_OK) return;
    brasa_schema schema = brasa_result_schema(r);
    for (int32_t c = 0; c < schema.ncols; c++)
        if (strcasecmp(schema.cols[c].name, "tablename") == 0 || strcasecmp(schema.cols[c].name, "name") == 0) name = c;
    for (int64_t i = 0; i < brasa_result_rows(r); i++) {
        brasa_value v = brasa_result_value(r, i, name);
        char       *text = brasa_value_text_new(&v, NULL);

        offer(f, text, false);
        if (names(line, n, text)) offer_columns(s, f, text);
        brasa_text_free(text);
    }
    brasa_result_free(r);
}

char **line_complete(brasa_session *s, const char *line, size_t n, size_t *start, int *count)
{
    size_t at = n;
    found  f = {0};

    while (at > 0 && (isalnum((unsigned char)line[at - 1]) || line[at - 1] == '_' || (unsigned char)line[at - 1] >= 0x80)) at--;
    if (at == 1 && line[0] == '\\') at = 0;
    char *word = strndup(line + at, n - at);
    if (word == NULL) abort();
    f.word = word;
    f.typed = n - at;
    if (word[0] == '\\') {
        for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) offer(&f, commands[i], false);
    } else {
        bool lower = islower((unsigned char)word[0]); /* as one types */

        for (size_t i = 0; f.typed > 0 && i < sizeof keywords / sizeof keywords[0]; i++) offer(&f, keywords[i], lower);
        brasa_scope_begin(s);
        offer_tables(s, &f, line, n);
        brasa_scope_end(s);
        brasa_error_clear(s);
    }
    sort_and_fold(&f);
    free(word);
    *start = at;
    *count = f.count;
    return f.list;
}
