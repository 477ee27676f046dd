/* sql/statement_words.h -- statements that PostgreSQL's grammar has not. */
#ifndef BRASA_SQL_STATEMENT_WORDS_H
#define BRASA_SQL_STATEMENT_WORDS_H

#include "sql/query.h"

/* Look at the first words of `text`.  *done: the statement is complete.  Else *rest is text of the same length with what PostgreSQL does not know blanked
 * out, to be parsed as a statement whose query (and more) completes *out; `out->kind` NOTHING: it says everything itself. */
brasa_status brasa__sql_words(brasa_arena *arena, const char *text, brasa_statement *out, bool *done, char **rest, brasa_error *err);

#endif
