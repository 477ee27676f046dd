/* expr/text_options.h -- options of from_json, to_json, from_csv and to_csv: map('timestampFormat', 'dd/MM/yyyy', 'mode', 'FAILFAST'). */
#ifndef BRASA_EXPR_TEXT_OPTIONS_H
#define BRASA_EXPR_TEXT_OPTIONS_H

#include "data/value.h"
#include "expr/date_format.h"
#include "expr/expr.h"

typedef struct brasa_text_options {
    const char        *name; /* of the function */
    char               sep;
    bool               failfast;             /* mode */
    bool               keeps_null;           /* ignoreNullFields is false */
    const char        *corrupt;              /* the field that takes a text that does not fit */
    brasa_date_pattern date, timestamp, ntz; /* no fields: the standard form */
} brasa_text_options;

/* `e` is a constant map of texts; NULL: none is given.  UNSUPPORTED: an option that is not known. */
brasa_status brasa__text_options(brasa_arena *arena, const brasa_expr *e, const char *name, bool reading, brasa_text_options *out,
                                 brasa_error *err);

/* A text as a value of type t, dates by their patterns; false: it is none. */
bool brasa__text_read(brasa_arena *arena, const brasa_text_options *o, const char *s, size_t n, brasa_type t, brasa_value *out);
/* A date or timestamp by its pattern; false: there is no pattern for it. */
bool brasa__text_put(const brasa_text_options *o, const brasa_value *v, brasa_text *out);

#endif
