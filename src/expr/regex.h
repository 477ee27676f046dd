/* expr/regex.h -- regular expressions (PCRE2, with limits), compiled once per evaluator when the pattern is a literal. */
#ifndef BRASA_EXPR_REGEX_H
#define BRASA_EXPR_REGEX_H

#include "expr/function.h"

typedef struct brasa_regex brasa_regex;

/* In `arena`, which frees it.  INVALID: names the place in the pattern. */
brasa_status brasa__regex_new(brasa_arena *arena, const char *pattern, size_t n, bool ignore_case, brasa_regex **out, brasa_error *err);
/* First match at or after `from`: span[2 * g], span[2 * g + 1] are group g's bytes ((size_t)-1: it took no part).  *found: is there one?
 * ARITHMETIC: gave up at the limit of steps. */
brasa_status brasa__regex_find(brasa_regex *re, const char *s, size_t n, size_t from, const size_t **span, bool *found, brasa_error *err);
int32_t      brasa__regex_groups(const brasa_regex *re);

/* For functions: open() keeps the compiled pattern of args[k] if it is a literal; get() gives it, or compiles the row's. */
typedef struct brasa_regex_state {
    brasa_regex *literal;
    brasa_regex *last; /* of the last row's pattern */
    brasa_arena *arena;
    char        *last_text;
    size_t       last_n;
} brasa_regex_state;
brasa_status brasa__regex_open(brasa_arena *arena, const brasa_expr *e, int32_t k, brasa_regex_state *state, brasa_error *err);
brasa_status brasa__regex_get(brasa_call *call, brasa_regex_state *state, int32_t k, int32_t row, brasa_regex **out, brasa_error *err);

#endif
