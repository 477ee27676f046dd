/* expr/date_format.h -- dates by pattern: Java's DateTimeFormatter as Spark uses it.
 *
 * Letters: G y M L d D F E Q q, a h H k K m s S, V z O X x Z; 'quoted text', '' for a quote, [optional sections].  Refused, as Spark does: letters of weeks
 * (Y W w u e c), narrow texts (five letters), and for reading E F Q q.
 */
#ifndef BRASA_EXPR_DATE_FORMAT_H
#define BRASA_EXPR_DATE_FORMAT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/zone.h"

/* A run of one letter, literal text, or an end of an optional section. */
typedef struct brasa_date_field {
    char        letter; /* 0: literal; '[' and ']' */
    int32_t     count;
    const char *s; /* literal */
    size_t      n;
} brasa_date_field;

typedef struct brasa_date_pattern {
    const char       *text; /* it was made from */
    size_t            len;
    int32_t           n;
    brasa_date_field *fields;
} brasa_date_pattern;

/* In `arena`.  INVALID: a letter or a number of letters that mean nothing. */
brasa_status brasa__date_pattern(brasa_arena *arena, const char *text, size_t n, bool reading, brasa_date_pattern *out, brasa_error *err);

/* Append a time: `local` as the clocks of `zone` show it (NULL: UTC), `offset` of them to UTC in microseconds. */
void brasa__date_put(const brasa_date_pattern *p, int64_t local, int64_t offset, const brasa_zone *zone, brasa_text *out);
/* A moment in the session's zone. */
brasa_status brasa__date_format(int64_t us, const char *pattern, size_t n, brasa_text *out, brasa_error *err);

/* What was read. */
typedef struct brasa_date_read {
    int64_t           local;
    const brasa_zone *zone; /* NULL: the text names none */
} brasa_date_read;

/* False: the text does not fit the pattern, or is no date. */
bool brasa__date_read(const brasa_date_pattern *p, const char *text, size_t n, brasa_date_read *out);

extern const char *const brasa__month_names[12];

#endif
