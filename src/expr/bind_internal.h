/* expr/bind_internal.h -- what the files of the binder share. */
#ifndef BRASA_EXPR_BIND_INTERNAL_H
#define BRASA_EXPR_BIND_INTERNAL_H

#include "expr/bind.h"

typedef struct binder {
    brasa_arena                     *arena;
    const brasa_scope               *scope;
    int32_t                          flags;
    int32_t                          depth;
    bool                             inside_aggregate;
    const struct brasa_lambda_scope *lambdas; /* around this place; expr/lambda.c */
} binder;

brasa_status brasa__bind_node(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err);
brasa_status brasa__bind_call(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err);
brasa_status brasa__bind_aggregate(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err);
/* brasa__expr_coerce, with the place in the error. */
brasa_status brasa__bind_coerce(binder *b, const brasa_expr *e, brasa_type t, bool implicit, const brasa_expr **out, brasa_error *err);
brasa_status brasa__bind_common(binder *b, const brasa_expr *const *list, int32_t from, int32_t step, int32_t n, const char *what,
                                brasa_type *out, brasa_error *err);
/* Beside a decimal, an integer literal is a decimal of just its digits (Spark's DecimalType.fromLiteral). */
void brasa__bind_narrow_literals(binder *b, const brasa_expr **args, int32_t n);
/* Is the text of a literal a word for a day (today), cast to a date or timestamp?  Then its value. */
bool brasa__bind_special_date(const binder *b, const brasa_expr *e, brasa_type t, brasa_value *out);
/* ---- bind_collation.c ---- */
/* A bound call some of whose texts have a collation: over their keys, or refused, or with a collated result. */
brasa_status      brasa__bind_collated(binder *b, brasa_expr *call, const brasa_expr **out, brasa_error *err);
brasa_status      brasa__bind_collate(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err);
const brasa_expr *brasa__bind_collation_name(binder *b, const brasa_expr *x);
/* Bound texts that are compared with each other become their keys, where one of them has a collation. */
brasa_status brasa__bind_keys(binder *b, const brasa_expr **list, int32_t n, const char *what, brasa_error *err);
/* Bound texts that are compared, all of them columns of CHAR(n) or literals: the shorter ones get blanks at the end (bind_char.c). */
brasa_status brasa__bind_char(binder *b, const brasa_expr **list, int32_t n, brasa_error *err);
/* ---- bind_lenient.c: the setting ansi = false ---- */
bool         brasa__bind_is_lenient(void);
void         brasa__bind_lenient_call(brasa_expr *call);
brasa_status brasa__bind_lenient_cast(binder *b, const brasa_expr *cast, const brasa_expr **out, brasa_error *err);
/* The two sides of a test for equality: a boolean beside a number is one. */
brasa_status brasa__bind_lenient_compare(binder *b, const brasa_expr **args, int32_t n, brasa_error *err);
/* CAST(whole number AS BINARY) */
brasa_status brasa__bind_lenient_bytes(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err);
/* Adds line, column and caret to an error, once; returns its code. */
brasa_status brasa__bind_place(const binder *b, int32_t pos, brasa_error *err);

#endif
