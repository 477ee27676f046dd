/* expr/lambda.h -- functions of elements: transform(a, x -> x + 1).
 *
 * Unbound, a lambda is the call __lambda('x', 'i', body), in which the parameters are calls __variable('x').  Bound, the call of the function that takes it
 * has the body in `extra`, and everything the body takes from outside as further arguments: so the trees of rows see all columns that are used, and the body
 * is a tree over a row of its own: [what is taken from outside, the parameters].
 */
#ifndef BRASA_EXPR_LAMBDA_H
#define BRASA_EXPR_LAMBDA_H

#include "expr/bind_internal.h"
#include "expr/function.h"

enum { BRASA_LAMBDA_MOST = 3 }; /* parameters of a lambda */

typedef struct brasa_lambda {
    int32_t           nparams;
    const char       *names[BRASA_LAMBDA_MOST];
    const brasa_expr *body; /* bound: REF i is argument leading + i of the call, then the parameters */
} brasa_lambda;

/* The `extra` of a call: lambdas [n], in their order. */
typedef struct brasa_lambdas {
    int32_t      leading; /* arguments before what the bodies take from outside */
    int32_t      taken;   /* those */
    int32_t      n;
    brasa_lambda list[2];
} brasa_lambdas;

typedef enum brasa_lambda_kind {
    BRASA_LAMBDA_TRANSFORM,
    BRASA_LAMBDA_FILTER,
    BRASA_LAMBDA_EXISTS,
    BRASA_LAMBDA_FORALL,
    BRASA_LAMBDA_AGGREGATE,
    BRASA_LAMBDA_ZIP,
    BRASA_LAMBDA_SORT
} brasa_lambda_kind;

/* What a function of the group "lambda" does. */
brasa_lambda_kind brasa__lambda_kind_of(const char *name);

/* "__lambda(...)" of the names and the body, in which columns of those names become variables. */
const brasa_expr *brasa__lambda_make(brasa_arena *arena, const char *const *names, int32_t n, const brasa_expr *body);
bool              brasa__is_lambda(const brasa_expr *e);

/* Bind a call of a function with BRASA_FN_LAMBDA. */
brasa_status brasa__bind_lambda_call(binder *b, const brasa_expr *e, const brasa_function *f, const brasa_expr **out, brasa_error *err);
/* __variable('x'): a parameter of a lambda around it. */
brasa_status brasa__bind_variable(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err);

bool         brasa__lambdas_equal(const brasa_lambdas *a, const brasa_lambdas *b);
void         brasa__put_lambdas(brasa_wire *w, const brasa_lambdas *l);
brasa_status brasa__get_lambdas(brasa_reader *r, brasa_arena *arena, int depth, const brasa_lambdas **out, brasa_error *err);
/* "transform(a, x -> x + 1)" */
void brasa__lambda_text(const brasa_expr *call, brasa_text *out);

/* "x -> x + 1" of an unbound one. */
void brasa__lambda_unbound_text(const brasa_expr *e, brasa_text *out);

#endif
