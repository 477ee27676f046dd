/* expr.h -- expressions built by a program, for those who generate them.  Text gives the same trees.
 *
 * Expressions are immutable and owned by the session (or its innermost scope).  Rank 0.  Errors (an unknown function, a type that does not fit) show
 * when the expression is used in a frame.
 */
#ifndef BRASA_EXPR_H
#define BRASA_EXPR_H

#include "brasa/session.h"

typedef struct brasa_expression brasa_expression;

brasa_expression *brasa_col(brasa_session *s, const char *name); /* "a" or "t.a" */
brasa_expression *brasa_lit(brasa_session *s, brasa_value v);
/* A function or operator by name ("upper", "+", "and", "sum", ...). */
brasa_expression *brasa_call_n(brasa_session *s, const char *name, brasa_expression *const *args, int32_t nargs);
#define brasa_call(s, name, ...)                                         \
    brasa_call_n((s), (name), (brasa_expression *const[]) {__VA_ARGS__}, \
                 (int32_t)(sizeof((brasa_expression *const[]) {__VA_ARGS__}) / sizeof(brasa_expression *)))
brasa_expression *brasa_cast(brasa_expression *e, const char *type);
brasa_expression *brasa_as(brasa_expression *e, const char *name);
/* Parse text. */
brasa_expression *brasa_parse(brasa_session *s, const char *text);

#endif
