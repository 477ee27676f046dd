/* expr/bind_names.h -- functions that are other functions: names that DuckDB and PostgreSQL have, and short forms. */
#ifndef BRASA_EXPR_BIND_NAMES_H
#define BRASA_EXPR_BIND_NAMES_H

#include "expr/expr.h"

/* The unbound call in the library's own terms; NULL: it is one, or unknown. */
const brasa_expr *brasa__expr_other_name(brasa_arena *arena, const brasa_expr *e);

/* One of those names, for lists of functions: from 0, false past the last. */
int32_t brasa__other_name_count(void);
bool    brasa__other_name_at(int32_t i, const char **name, const char **means);

#endif
