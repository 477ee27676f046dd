/* sql/shorthand.h -- functions of other systems that are expressions of ours. */
#ifndef BRASA_SQL_SHORTHAND_H
#define BRASA_SQL_SHORTHAND_H

#include "expr/expr.h"

/* The expression that `call` stands for; *out is NULL where it stands for nothing else. */
brasa_status brasa__sql_shorthand(brasa_arena *arena, const brasa_expr *call, const brasa_expr **out, brasa_error *err);

/* The expression that `text` says, with args[i] in place of the name params[i]. */
brasa_status brasa__sql_with_arguments(brasa_arena *arena, const char *text, const char *const *params, const brasa_expr *const *args,
                                       int32_t n, const brasa_expr **out, brasa_error *err);

int32_t brasa__sql_shorthand_count(void);
/* For SHOW FUNCTIONS: its name and what it stands for; false past the last. */
bool brasa__sql_shorthand_at(int32_t i, const char **name, const char **means);

#endif
