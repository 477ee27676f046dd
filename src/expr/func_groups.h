/* expr/func_groups.h -- the groups of functions, in the order of the reference page.  A new group: a file func_NAME.c that defines brasa__functions_NAME, and a row
 * here. */
#ifndef BRASA_EXPR_FUNC_GROUPS_H
#define BRASA_EXPR_FUNC_GROUPS_H

#include "expr/function.h"

#define BRASA_FUNCTION_GROUPS(X) \
    X(logic)                     \
    X(compare)                   \
    X(arith)                     \
    X(math)                      \
    X(string)                    \
    X(pattern)                   \
    X(date)                      \
    X(array)                     \
    X(slice)                     \
    X(hash)                      \
    X(string_more)               \
    X(math_more)                 \
    X(date_more)                 \
    X(c_dates)                   \
    X(array_more)                \
    X(json)                      \
    X(json_path)                 \
    X(lambda)                    \
    X(code)                      \
    X(text_row)                  \
    X(to_char)                   \
    X(list_row)                  \
    X(csv)                       \
    X(map)                       \
    X(number_row)                \
    X(from_json)                 \
    X(zone)                      \
    X(collation)                 \
    X(sketch)                    \
    X(variant)                   \
    X(time)                      \
    X(time_window)               \
    X(listed_times)              \
    X(listed_logic)              \
    X(listed_session)

#define X(name) extern const brasa_function_group brasa__functions_##name;
BRASA_FUNCTION_GROUPS(X)
#undef X

#define BRASA_FUNCTION_GROUP(id, heading, table)         \
    const brasa_function_group brasa__functions_##id = { \
        .title = heading, .functions = table, .count = (int32_t)(sizeof(table) / sizeof(table)[0])}

/* The value of a literal, perhaps with a sign before it; INVALID: it is something else. */
brasa_status brasa__expr_constant_of(const brasa_expr *e, brasa_value *out);

/* What every user's scalar function runs through; its descriptor is the call's func_data. */
extern const brasa_function brasa__udf_function;

#endif
