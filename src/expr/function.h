/* expr/function.h -- the one registry of scalar functions.
 *
 * A function is a row: name, arity, how its types resolve, how it treats nulls, its kernel.  SHOW FUNCTIONS and the reference page are printed from it.
 */
#ifndef BRASA_EXPR_FUNCTION_H
#define BRASA_EXPR_FUNCTION_H

#include "brasa/batch.h"
#include "expr/expr.h"

enum {
    BRASA_FN_NULLS = 1,       /* sees nulls itself; without it: null in, null out, and the kernel is not asked for those rows */
    BRASA_FN_VOLATILE = 2,    /* another value at each call (rand, now is not: it is fixed per query) */
    BRASA_FN_CAN_FAIL = 4,    /* may raise an error for some values */
    BRASA_FN_OPERATOR = 8,    /* printed as an operator */
    BRASA_FN_LAZY = 16,       /* evaluated by the evaluator itself (and, or, coalesce, if) */
    BRASA_FN_NULLABLE = 32    /* may give null for non-null arguments */
};

/* What a kernel gets: argument columns (any encoding, unless flattened by the evaluator: FLAT or CONST only), the rows to compute, where the result goes. */
typedef struct brasa_call {
    const brasa_expr   *expr;
    brasa_arena        *arena;  /* for strings and lists of the result; lives until the next batch */
    void               *state;  /* made once per evaluator by `open` */
    const brasa_column *args;
    int32_t             nargs;
    const int32_t      *rows;   /* row numbers, ascending */
    int32_t             n;
    int32_t             batch_rows;
    void               *values; /* result, FLAT, room for batch_rows of the result type */
    uint64_t           *valid;  /* all set where the arguments are not null; clear bits for nulls of your own */
    bool               *has_nulls;
    brasa_column       *out;    /* for nested results: set child, child_rows */
} brasa_call;

struct brasa_function {
    const char *name;
    int32_t     min_args, max_args; /* max -1: any number */
    int32_t     flags;
    const char *doc; /* "upper(text): text in capital letters" */
    /* Result type; may change args[] to ask for casts. */
    brasa_status (*resolve)(brasa_arena *arena, const brasa_function *f, brasa_type *args, int32_t nargs, brasa_type *result, brasa_error *err);
    brasa_status (*eval)(brasa_call *call, brasa_error *err);
    brasa_status (*open)(brasa_arena *arena, const brasa_expr *e, void **state, brasa_error *err); /* may be NULL */
};

const brasa_function *brasa__function_find(const char *name); /* lower case; NULL: none */
int32_t               brasa__function_count(void);
const brasa_function *brasa__function_at(int32_t i);

#endif
