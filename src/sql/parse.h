/* sql/parse.h -- text to trees: expressions, select lists, orders.
 *
 * PostgreSQL's grammar by libpg_query, with Spark's words met before (lex.h).  Trees come out unbound, in `arena`; positions are bytes of the text.  Parsing runs on a
 * thread with a deep stack, and text longer than 16 MB or nested deeper than 2,000 levels is refused.  SYNTAX errors show line, column and a caret under the place.
 */
#ifndef BRASA_SQL_PARSE_H
#define BRASA_SQL_PARSE_H

#include "expr/expr.h"

/* "a + 1 > b": one expression. */
brasa_status brasa__sql_expr(brasa_arena *arena, const char *text, const brasa_expr **out, brasa_error *err);
/* "a, b + 1 AS c, *, t.*": expressions with aliases and stars. */
brasa_status brasa__sql_select_list(brasa_arena *arena, const char *text, const brasa_expr *const **out, int32_t *n, brasa_error *err);
/* "a DESC NULLS LAST, b + 1". */
brasa_status brasa__sql_order_list(brasa_arena *arena, const char *text, const brasa_order **out, int32_t *n, brasa_error *err);

#endif
