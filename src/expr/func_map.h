/* expr/func_map.h -- maps: what all who make one check, and functions of entries as functions of lists. */
#ifndef BRASA_EXPR_FUNC_MAP_H
#define BRASA_EXPR_FUNC_MAP_H

#include "data/value.h"
#include "expr/expr.h"

/* ARITHMETIC: an entry (a struct of key and value) has a null key, or two have the same. */
brasa_status brasa__map_check(brasa_arena *arena, const brasa_value *entries, int32_t n, brasa_error *err);

/* transform_keys, transform_values, map_filter and map_zip_with with their lambdas, map_agg: the call of other functions that means the same; NULL: none
 * of them. */
const brasa_expr *brasa__map_lambda_form(brasa_arena *arena, const brasa_expr *e);

#endif
