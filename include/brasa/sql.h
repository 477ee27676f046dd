/* sql.h -- SQL text.
 *
 * PostgreSQL's grammar with Spark's words; Spark's ANSI meaning.  A query gives a lazy frame like any other; a statement that does something (CREATE, INSERT,
 * COPY, SET, ...) does it at once and gives a frame of what there is to show, of no columns where there is nothing.
 */
#ifndef BRASA_SQL_H
#define BRASA_SQL_H

#include "brasa/frame.h"

/* One statement.  Tables are views of the session (brasa_view, CREATE VIEW, CREATE TABLE), files by csv.`file.csv` or read_csv('file.csv').  Each ? takes the next
 * value after the text, $n the nth.  Rank 0.  SYNTAX, NOT_FOUND, TYPE, INVALID, UNSUPPORTED with line, column and the place marked, "LINE:COLUMN: what". */
#define brasa_sql(s, text, ...) brasa_sql_at((s), (text), BRASA_SITE_(__VA_ARGS__))
brasa_frame *brasa_sql_at(brasa_session *s, const char *text, brasa_site at);

/* Texts of many statements: the first one of `text` is its first *length bytes, the rest begins at the returned place; NULL: there is none.  An open quote takes all. */
const char *brasa_sql_next(const char *text, size_t *length);

#endif
