/* expr/date_format.h -- dates by pattern: the letters of Java's DateTimeFormatter that Spark knows.
 *
 * y M d D E H h K k m s S a Q q and quoted text; X x Z z V are UTC.  Fields read: y M d H h m s S a.
 */
#ifndef BRASA_EXPR_DATE_FORMAT_H
#define BRASA_EXPR_DATE_FORMAT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"

/* Append a timestamp in a pattern.  INVALID: a letter that means nothing. */
brasa_status brasa__date_format(int64_t us, const char *pattern, size_t n, brasa_text *out, brasa_error *err);
/* Read a timestamp; *ok false: the text does not fit the pattern or is no date. */
brasa_status brasa__date_parse(const char *text, size_t len, const char *pattern, size_t n, int64_t *us, bool *ok, brasa_error *err);

#endif
