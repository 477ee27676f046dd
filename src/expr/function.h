/* expr/function.h -- the one registry of scalar functions.
 *
 * A function is a row: name, arity, how its types resolve, how it treats nulls, its kernel.  SHOW FUNCTIONS and the reference page are printed from it.
 */
#ifndef BRASA_EXPR_FUNCTION_H
#define BRASA_EXPR_FUNCTION_H

#include "brasa/batch.h"
#include "expr/expr.h"

enum {
    BRASA_FN_NULLS = 1,     /* sees nulls itself; without it: null in, null out, and the kernel is not asked for those rows */
    BRASA_FN_VOLATILE = 2,  /* another value at each call (rand, now is not: it is fixed per query) */
    BRASA_FN_CAN_FAIL = 4,  /* may raise an error for some values */
    BRASA_FN_OPERATOR = 8,  /* printed as an operator */
    BRASA_FN_LAZY = 16,     /* evaluated by the evaluator itself (and, or, coalesce, if) */
    BRASA_FN_NULLABLE = 32, /* may give null for non-null arguments */
    BRASA_FN_TRY = 64,      /* a row that fails is null (brasa__call_fail_row does it); without CAN_FAIL */
    BRASA_FN_LAMBDA = 256,  /* its last arguments are lambdas (expr/lambda.h) */
    BRASA_FN_STATE =
        128 /* keeps state between rows (monotonically_increasing_id): not for folding, sharing or dictionaries; VOLATILE too */
};

/* What a kernel gets: argument columns (any encoding, unless flattened by the evaluator: FLAT or CONST only), the rows to compute, where the result goes. */
typedef struct brasa_call {
    const brasa_expr   *expr;
    brasa_arena        *arena; /* for strings and lists of the result; lives until the next batch */
    void               *state; /* made once per evaluator by `open` */
    const brasa_column *args;
    int32_t             nargs;
    const int32_t      *rows; /* row numbers, ascending */
    int32_t             n;
    int32_t             batch_rows;
    void               *values; /* result, FLAT, room for batch_rows of the result type */
    uint64_t           *valid;  /* all set where the arguments are not null; clear bits for nulls of your own */
    bool               *has_nulls;
    brasa_column       *out;      /* for nested results: set child, child_rows */
    bool                try_rows; /* a row that fails is null */
} brasa_call;

struct brasa_function {
    const char *name;
    int32_t     min_args, max_args; /* max -1: any number */
    int32_t     flags;
    const char *doc; /* "upper(text): text in capital letters" */
    /* Result type; may change args[] to ask for casts. */
    brasa_status (*resolve)(brasa_arena *arena, const brasa_function *f, brasa_type *args, int32_t nargs, brasa_type *result,
                            brasa_error *err);
    brasa_status (*eval)(brasa_call *call, brasa_error *err);
    /* Instead of resolve, for a result type that depends on literal arguments or names: sets call->type, may change types[] and call->func_data.  May be NULL. */
    brasa_status (*bind)(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err);
    brasa_status (*open)(brasa_arena *arena, const brasa_expr *e, void **state, brasa_error *err); /* may be NULL */
    void (*begin)(void *state, int32_t partition); /* the rows that follow are of this partition; may be NULL */
    int32_t (*flags_of)(const brasa_expr *e);      /* instead of flags, where they depend on the call; may be NULL */
    const char *types;                             /* a signature, and `row` in place of eval: expr/func_row.h */
    brasa_status (*row)(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err);
};

/* One group of functions: a file func_*.c.  function.c lists the groups. */
typedef struct brasa_function_group {
    const char           *title; /* in the reference page */
    const brasa_function *functions;
    int32_t               count;
} brasa_function_group;

/* A row fails: sets err and returns its code, or, in a function with FN_TRY, makes the row null and returns OK. */
brasa_status brasa__call_fail_row(brasa_call *call, int32_t row, brasa_error *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The row becomes null (its value must be safe to read: it is as the kernel left it, zero at first for strings). */
static inline void brasa__call_set_null(brasa_call *call, int32_t row)
{
    call->valid[(uint32_t)row >> 6] &= ~((uint64_t)1 << ((uint32_t)row & 63));
    *call->has_nulls = true;
}
/* Where the value of `row` is in an argument of C type T. */
#define BRASA_ARG(call, k, T, row) (((const T *)(call)->args[k].values)[(call)->args[k].encoding == BRASA_CONST ? 0 : (row)])

/* FN_ flags of a bound CALL: of its function, or of the user's function behind it. */
int32_t brasa__call_flags(const brasa_expr *e);

const brasa_function *brasa__function_find(const char *name);      /* lower case; NULL: none */
const brasa_function *brasa__function_of_lambda(const char *name); /* of that name, the one that takes a lambda */
int32_t               brasa__function_count(void);
const brasa_function *brasa__function_at(int32_t i);

int32_t                     brasa__function_group_count(void);
const brasa_function_group *brasa__function_group_at(int32_t i);

#endif
