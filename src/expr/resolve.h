/* expr/resolve.h -- signatures that many functions share.
 *
 * Each is a brasa_function.resolve: it sets *result, and types[] to what the arguments are cast to.  TYPE without text: the binder says which types are not taken.
 */
#ifndef BRASA_EXPR_RESOLVE_H
#define BRASA_EXPR_RESOLVE_H

#include "data/type.h"
#include "expr/function.h"

/* Result and arguments of fixed kinds, by name of the last part: string_int is text -> INT, and so on.  Arguments are cast by the implicit rules. */
#define BRASA_RESOLVE(name)                                                                                                           \
    brasa_status brasa__resolve_##name(brasa_arena *arena, const brasa_function *f, brasa_type *types, int32_t n, brasa_type *result, \
                                       brasa_error *err)

BRASA_RESOLVE(all_bool);              /* booleans -> BOOLEAN */
BRASA_RESOLVE(any_to_bool);           /* anything -> BOOLEAN */
BRASA_RESOLVE(same_to_bool);          /* a common type -> BOOLEAN */
BRASA_RESOLVE(same_to_same);          /* a common type -> that type */
BRASA_RESOLVE(strings_to_string);     /* text... -> STRING */
BRASA_RESOLVE(strings_to_bool);       /* text... -> BOOLEAN */
BRASA_RESOLVE(strings_to_int);        /* text... -> INT */
BRASA_RESOLVE(string_ints_to_string); /* text, INT... -> STRING */
BRASA_RESOLVE(doubles_to_double);     /* numbers -> DOUBLE */

/* Take types[i] to `kind` by implicit rules (NULL too); TYPE: cannot. */
brasa_status brasa__resolve_arg(brasa_type *type, brasa_kind kind);
/* The seed of random numbers: a whole number or NULL, as BIGINT. */
brasa_status brasa__resolve_seed(brasa_type *type);

#endif
