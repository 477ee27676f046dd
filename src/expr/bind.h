/* expr/bind.h -- names to positions, types to every node. */
#ifndef BRASA_EXPR_BIND_H
#define BRASA_EXPR_BIND_H

#include "expr/expr.h"

/* What names mean.  Column i is cols.cols[i], known as name or qualifiers[i].name. */
typedef struct brasa_scope {
    brasa_schema              schema;
    const char *const        *qualifiers; /* [ncols], entries may be NULL; NULL: none has one */
    const struct brasa_scope *outer;      /* of the enclosing query; NULL: none.  A column found there binds with depth + 1 */
    const brasa_value        *params;     /* for PARAM */
    int32_t                   nparams;
    const char               *text;   /* the source, to show the place of an error; may be NULL */
    int64_t                   now_us; /* what now() is, so that it is one moment in a query; 0: the clock at binding */
} brasa_scope;

enum { BRASA_BIND_AGGREGATES = 1 }; /* aggregates are allowed at the top and inside */

/* Bind one tree (STAR must be expanded before; an ALIAS is looked through, so take names before).  NOT_FOUND: column or function, with near names; INVALID: ambiguous name, aggregate where none may be; TYPE: no such signature (lists them). */
brasa_status brasa__expr_bind(brasa_arena *arena, const brasa_scope *scope, const brasa_expr *e, int32_t flags, const brasa_expr **out,
                              brasa_error *err);
/* Puts "line:col: " before and the line with a caret after the text of an error that is set; returns its code. */
brasa_status brasa__fail_at(brasa_error *err, const char *text, int32_t pos);
/* The columns a STAR stands for, as bound REFs with names. */
brasa_status brasa__expr_expand_star(brasa_arena *arena, const brasa_scope *scope, const brasa_expr *star, const brasa_expr ***out,
                                     int32_t *n, brasa_error *err);
/* Bound `e` as type t: itself, folded or cast (implicit rules of Spark's ANSI mode when `implicit`, else any cast that exists). */
brasa_status brasa__expr_coerce(brasa_arena *arena, const brasa_expr *e, brasa_type t, bool implicit, const brasa_expr **out,
                                brasa_error *err);
/* What a bound text is sorted and grouped by: itself, or its collation_key where its type has a collation. */
brasa_status brasa__expr_collation_key(brasa_arena *arena, const brasa_expr *e, const brasa_expr **out, brasa_error *err);
/* Least common type of two (UNION, CASE, comparison): false when there is none. */
bool brasa__type_common(brasa_arena *arena, brasa_type a, brasa_type b, brasa_type *out);
bool brasa__type_can_cast(brasa_type from, brasa_type to, bool implicit);

/* Constant subtrees evaluated, x AND true, NOT NOT x, comparisons with NULL...; errors inside constants stay for run time.  `e` is bound. */
const brasa_expr *brasa__expr_fold(brasa_arena *arena, const brasa_expr *e);
/* Value of a bound tree without references.  INVALID: it is not constant. */
brasa_status brasa__expr_constant(brasa_arena *arena, const brasa_expr *e, brasa_value *out, brasa_error *err);

#endif
