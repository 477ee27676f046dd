/* expr/func_row.h -- functions written for one row of single values: short to write, for what is not asked of many rows.
 *
 * A function of this kind has `types` (its signature, below) in place of resolve, and `row` in place of eval.  It gets the arguments' values and fills *out,
 * which is null at first; what it allocates goes into call->arena.  A failure makes the row null where the function is a try_ one.
 *
 * Signatures: one letter an argument, then ':' and the result.  s STRING, y BINARY, x either as it is, i INT, l BIGINT, d DOUBLE, b BOOLEAN, D DATE,
 * T TIMESTAMP, m DATE or TIMESTAMP as it is, V INTERVAL, a anything.  '*' repeats the letter before it for all arguments left.  As a result a digit is
 * the type of that argument, and S is a list of STRING.
 */
#ifndef BRASA_EXPR_FUNC_ROW_H
#define BRASA_EXPR_FUNC_ROW_H

#include "data/value.h"
#include "expr/function.h"
#include "expr/resolve.h"

BRASA_RESOLVE(signature);
brasa_status brasa__row_eval(brasa_call *call, brasa_error *err);

/* A row of a table of functions. */
#define BRASA_ROW_FN(id, least, most, flag, sig, fn, text)                                                                              \
    {                                                                                                                                   \
        .name = id, .min_args = least, .max_args = most, .flags = flag, .doc = text, .types = sig, .resolve = brasa__resolve_signature, \
        .eval = brasa__row_eval, .row = fn                                                                                              \
    }

static inline void brasa__out_bytes(brasa_value *out, const char *p, size_t n)
{
    out->null = false;
    out->u.s.p = p;
    out->u.s.n = n;
}
static inline void brasa__out_text(brasa_value *out, const brasa_text *t)
{
    brasa__out_bytes(out, t->s, t->len);
}
static inline void brasa__out_int(brasa_value *out, int64_t v)
{
    out->null = false;
    out->u.i = v;
}
static inline void brasa__out_bool(brasa_value *out, bool v)
{
    out->null = false;
    out->u.b = v;
}
/* Is text that ASCII word, whatever its case? */
bool brasa__value_is_word(const brasa_value *v, const char *word);

#endif
