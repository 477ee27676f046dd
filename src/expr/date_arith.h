/* expr/date_arith.h -- dates, timestamps and intervals under + - * /. */
#ifndef BRASA_EXPR_DATE_ARITH_H
#define BRASA_EXPR_DATE_ARITH_H

#include "base/zone.h"
#include "expr/function.h"
#include "kernel/arith.h"

/* Is it one of theirs?  Then call->type and types[] are set. */
bool         brasa__date_arith_bind(brasa_expr *call, brasa_arith op, brasa_type *types);
bool         brasa__date_arith_is(const brasa_call *call);
brasa_status brasa__date_arith_eval(brasa_call *call, brasa_arith op, brasa_error *err);
/* False: overflow. */
bool brasa__interval_negate(brasa_interval v, brasa_interval *out);
/* Months clamp to the last day of the month; false: out of range. */
bool brasa__date_add_months(int32_t days, int64_t months, int32_t *out);
bool brasa__timestamp_add(int64_t us, brasa_interval v, int64_t *out);
/* The same of a moment: months and days are those of the zone's calendar (NULL: of a timestamp without one). */
bool brasa__moment_add(const brasa_zone *zone, brasa_zone_span *at, int64_t us, brasa_interval v, int64_t *out);
/* Intervals of fields as the kind that has all. */
brasa_interval brasa__interval_of_months(int64_t months);
brasa_interval brasa__interval_of_us(int64_t us);

enum { BRASA_SECOND_US = 1000000 };
#define BRASA_DAY_US INT64_C(86400000000)
/* A file may hold any 32 bits as a date: far beyond the calendar's range days are kept where sums cannot overflow. */
static inline int32_t brasa__date_tame(int32_t days)
{
    const int32_t most = 1000000000;

    return days > most ? most : days < -most ? -most : days;
}

/* Days of a timestamp, rounded down, and what is left of the day. */
static inline int32_t brasa__timestamp_days(int64_t us)
{
    return (int32_t)(us / BRASA_DAY_US - (us % BRASA_DAY_US < 0));
}
static inline int64_t brasa__timestamp_rest(int64_t us)
{
    int64_t rest = us % BRASA_DAY_US;

    return rest < 0 ? rest + BRASA_DAY_US : rest;
}

#endif
