/* sql/words.h -- the words of a statement one by one, for statements that PostgreSQL's grammar has not. */
#ifndef BRASA_SQL_WORDS_H
#define BRASA_SQL_WORDS_H

#include "sql/lex.h"
#include "sql/query.h"

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

size_t words_skip_blank(const char *s, size_t i);
/* The next word, quoted name, string, number or sign: s[from, to). */
bool words_next(words *w);
bool words_is(const words *w, const char *word);
/* Takes the next word if it is this one. */
bool         words_take(words *w, const char *word);
void         words_blank(words *w, size_t from, size_t to);
brasa_status words_fail(words *w, const char *expected);
/* The word without its quotes, doubled ones single. */
const char  *words_unquoted(const words *w);
brasa_status words_plain_name(words *w, const char **out);
/* name, schema.name, catalog.schema.name: the last two parts. */
brasa_status words_name(words *w, const char **out);
brasa_status words_end(words *w);
/* Past "(...)". */
bool   words_past_parentheses(words *w);
size_t words_trimmed(const char *s, size_t from, size_t to);

/* ---- statement_function.c ---- */
/* Behind CREATE FUNCTION, CREATE MACRO. */
brasa_status words_function(words *w);

/* ---- statement_ddl.c ---- */
/* Of a list of columns whose parenthesis ends at `open`. */
void words_blank_comments(words *w, size_t open);
/* COMMENT 'text', TBLPROPERTIES (...), WITH SCHEMA ... at this place are blanked out. */
brasa_status words_blank_clauses(words *w);
brasa_status words_alter(words *w, bool *done);

/* ---- statement_variable.c ---- */
brasa_status words_declare(words *w, bool *done);
/* Behind SET VARIABLE; behind EXECUTE IMMEDIATE. */
brasa_status words_set_variable(words *w, bool *done);
brasa_status words_execute_text(words *w, bool *done);
/* name, session.name, system.session.name. */
brasa_status words_variable_name(words *w, const char **out);

#endif
