/* sql/statement_ddl.c -- what Spark says of tables and views beyond PostgreSQL's grammar: comments and properties, which mean nothing here, and changes
 * of columns, which become PostgreSQL's.
 */
#include <string.h>
#include <strings.h>

#include "data/collation.h"
#include "sql/words.h"

/* Columns behind their parenthesis, up to the one that closes them: comments are blanked out. */
void words_blank_comments(words *w, size_t open)
{
    words at = *w;
    int   depth = 1;
    bool  name = true; /* a column's name comes: it may be called comment */

    at.at = open;
    while (depth > 0 && words_next(&at)) {
        size_t from = at.from;

        depth += words_is(&at, "(") || words_is(&at, "<") ? 1 : words_is(&at, ")") || words_is(&at, ">") ? -1 : 0;
        if (depth == 1 && !name && words_is(&at, "comment") && words_next(&at)) words_blank(w, from, at.to);
        name = depth == 1 && words_is(&at, ",");
    }
}

static brasa_status properties(words *w)
{
    if (!words_take(w, "(") || !words_past_parentheses(w)) return words_fail(w, "( and properties");
    return BRASA_OK;
}

brasa_status words_blank_clauses(words *w)
{
    for (;;) {
        size_t at = w->at, from = words_skip_blank(w->s, at);

        if (words_take(w, "comment")) {
            if (!words_next(w)) return words_fail(w, "a text");
        } else if (words_take(w, "tblproperties") || words_take(w, "options")) {
            BRASA_TRY(properties(w));
        } else if (words_take(w, "default") && words_take(w, "collation")) {
            const char *name;

            BRASA_TRY(words_plain_name(w, &name));
            if (!brasa__collation_find(name, strlen(name), &w->out->collation)) return words_fail(w, "a collation that columns can have");
        } else if (words_take(w, "with") && words_take(w, "schema")) {
            words_take(w, "type");
            if (!words_take(w, "binding") && !words_take(w, "compensation") && !words_take(w, "evolution"))
                return words_fail(w, "BINDING, COMPENSATION or EVOLUTION");
        } else {
            w->at = at;
            return BRASA_OK;
        }
        words_blank(w, from, w->at);
    }
}

/* A part of a list up to a comma or the closing parenthesis, without COMMENT, AFTER and FIRST; w->from: of what ended it. */
static const char *column(words *w)
{
    size_t from = words_skip_blank(w->s, w->at), to = from;
    int    depth = 0, n = 0;
    bool   more = true;

    while (words_next(w) && !words_is(w, ";")) {
        if (depth == 0 && (words_is(w, ",") || words_is(w, ")"))) break;
        depth += words_is(w, "(") || words_is(w, "<") ? 1 : words_is(w, ")") || words_is(w, ">") ? -1 : 0;
        if (depth == 0 && n++ > 0 && (words_is(w, "comment") || words_is(w, "after") || words_is(w, "first"))) more = false;
        if (more) to = w->to;
    }
    return brasa__arena_strndup(w->arena, w->s + from, to - from);
}

/* ADD COLUMNS (a INT, b INT), DROP COLUMNS (a, b): one change each. */
static void columns(words *w, brasa_text *out, const char *change)
{
    bool many = words_take(w, "(");

    for (bool first = true;; first = false) {
        brasa__text_addf(out, "%s %s %s", first ? "" : ",", change, column(w));
        if (!words_is(w, ",") || (!many && strcmp(change, "DROP COLUMN") != 0)) return;
    }
}

/* CHANGE [COLUMN] a [b] type [COMMENT ...], CHANGE a COMMENT ...: a new type, or nothing. */
static brasa_status change(words *w, brasa_text *out, bool *nothing)
{
    words_take(w, "column");
    const char *name, *text;
    BRASA_TRY(words_plain_name(w, &name));
    size_t from = w->from, to = w->to;
    *nothing = words_take(w, "comment") || words_take(w, "after") || words_take(w, "first");
    if (*nothing) return BRASA_OK;
    bool typed = words_take(w, "type");
    text = column(w);
    if (!typed) { /* the name again, then the type */
        size_t n = to - from;

        if (strncasecmp(text, w->s + from, n) != 0 || text[n] != ' ')
            return brasa__fail(w->err, BRASA_UNSUPPORTED, "CHANGE with another name; say RENAME COLUMN, then CHANGE ... TYPE");
        text += n;
    }
    brasa__text_addf(out, " ALTER COLUMN %.*s TYPE %s", (int)(to - from), w->s + from, text);
    return BRASA_OK;
}

brasa_status words_alter(words *w, bool *done)
{
    bool table = words_take(w, "table"), view = !table && words_take(w, "view");
    bool schema = !table && !view && (words_take(w, "schema") || words_take(w, "database") || words_take(w, "namespace"));

    if (!table && !view && !schema) return BRASA_OK;
    const char *name;
    bool        lenient = words_take(w, "if");
    if (lenient && !words_take(w, "exists")) return words_fail(w, "EXISTS");
    size_t from = words_skip_blank(w->s, w->at);
    BRASA_TRY(words_name(w, &name));
    size_t     to = w->at;
    brasa_text out;
    brasa__text_init(&out, w->arena);
    brasa__text_addf(&out, "ALTER TABLE %s%.*s", lenient ? "IF EXISTS " : "", (int)(to - from), w->s + from);
    size_t before = w->at;
    if (words_take(w, "set") || words_take(w, "unset") || words_take(w, "recover") || words_take(w, "with")) {
        *done = words_take(w, "tblproperties") || words_take(w, "serdeproperties") || words_take(w, "properties") ||
                words_take(w, "dbproperties") || words_take(w, "serde") || words_take(w, "partitions") || words_take(w, "schema");
    } else if (view && words_take(w, "as")) {
        w->rest = brasa__arena_printf(w->arena, "CREATE OR REPLACE VIEW %.*s AS %s", (int)(to - from), w->s + from, w->s + w->at);
        w->out->replace = true;
    } else if (table && words_take(w, "add") && (words_take(w, "columns") || words_take(w, "column"))) {
        columns(w, &out, "ADD COLUMN");
        w->rest = out.s;
    } else if (table && (w->at = before, words_take(w, "drop")) && words_take(w, "columns")) {
        columns(w, &out, "DROP COLUMN");
        w->rest = out.s;
    } else if (table && (w->at = before, words_take(w, "change"))) {
        BRASA_TRY(change(w, &out, done));
        w->rest = out.s;
    } else if (table && (w->at = before, words_take(w, "alter"))) {
        words_take(w, "column");
        BRASA_TRY(words_plain_name(w, &name));
        *done = words_take(w, "comment") || words_take(w, "after") || words_take(w, "first");
    }
    return BRASA_OK;
}
