/* func_date.c -- dates and timestamps: parts, sums, truncation.  Timestamps are UTC. */
#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "data/string.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/date_arith.h"
#include "expr/func_groups.h"
#include "expr/resolve.h"
#include "kernel/clones.h"
#include "kernel/decimal.h"

/* ---- parts ---- */

typedef enum date_part {
    P_NONE,
    P_YEAR,
    P_QUARTER,
    P_MONTH,
    P_WEEK,
    P_DAY,
    P_DOW,
    P_ISODOW,
    P_WEEKDAY,
    P_DOY,
    P_HOUR,
    P_MINUTE,
    P_SECOND,
    P_MILLI,
    P_MICRO,
    P_DECADE,
    P_CENTURY,
    P_MILLENNIUM,
    P_EPOCH,
    P_ISOYEAR,
    P_ZONE, /* from here on of the zone */
    P_ZONE_HOUR,
    P_ZONE_MINUTE
} date_part;

typedef struct part_name {
    const char *name;
    date_part   part;
} part_name;

/* dayofweek is 1 (Sunday) to 7, weekday 0 (Monday) to 6, as in Spark; dow of EXTRACT is Spark's dayofweek. */
static const part_name parts[] = {
    {"year", P_YEAR},
    {"years", P_YEAR},
    {"y", P_YEAR},
    {"yyyy", P_YEAR},
    {"yy", P_YEAR},
    {"yr", P_YEAR},
    {"yrs", P_YEAR},
    {"quarter", P_QUARTER},
    {"qtr", P_QUARTER},
    {"quarters", P_QUARTER},
    {"month", P_MONTH},
    {"months", P_MONTH},
    {"mon", P_MONTH},
    {"mons", P_MONTH},
    {"mm", P_MONTH},
    {"week", P_WEEK},
    {"weeks", P_WEEK},
    {"w", P_WEEK},
    {"weekofyear", P_WEEK},
    {"day", P_DAY},
    {"days", P_DAY},
    {"d", P_DAY},
    {"dd", P_DAY},
    {"dayofmonth", P_DAY},
    {"dayofweek", P_DOW},
    {"dow", P_DOW},
    {"dayofweek_iso", P_ISODOW},
    {"isodow", P_ISODOW},
    {"dow_iso", P_ISODOW},
    {"weekday", P_WEEKDAY},
    {"doy", P_DOY},
    {"dayofyear", P_DOY},
    {"hour", P_HOUR},
    {"hours", P_HOUR},
    {"h", P_HOUR},
    {"hr", P_HOUR},
    {"hrs", P_HOUR},
    {"minute", P_MINUTE},
    {"minutes", P_MINUTE},
    {"m", P_MINUTE},
    {"min", P_MINUTE},
    {"mins", P_MINUTE},
    {"second", P_SECOND},
    {"seconds", P_SECOND},
    {"s", P_SECOND},
    {"sec", P_SECOND},
    {"secs", P_SECOND},
    {"millisecond", P_MILLI},
    {"milliseconds", P_MILLI},
    {"msec", P_MILLI},
    {"ms", P_MILLI},
    {"microsecond", P_MICRO},
    {"microseconds", P_MICRO},
    {"usec", P_MICRO},
    {"us", P_MICRO},
    {"decade", P_DECADE},
    {"century", P_CENTURY},
    {"millennium", P_MILLENNIUM},
    {"epoch", P_EPOCH},
    {"isoyear", P_ISOYEAR},
    {"yearofweek", P_ISOYEAR},
    {"timezone", P_ZONE},
    {"timezone_hour", P_ZONE_HOUR},
    {"timezone_minute", P_ZONE_MINUTE},
};

static date_part find_part(const char *s, size_t n)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strlen(parts[i].name) == n && strncasecmp(parts[i].name, s, n) == 0) return parts[i].part;
    return P_NONE;
}

/* A unit's name, mostly the same in every row. */
typedef struct unit_of {
    bool         known;
    brasa_string text;
    date_part    part;
} unit_of;

static date_part unit_part(unit_of *u, const brasa_string *s)
{
    if (u->known && memcmp(&u->text, s, sizeof *s) == 0) return u->part;
    *u = (unit_of) {.known = true, .text = *s, .part = find_part(brasa_string_data(s), s->len)};
    return u->part;
}

static int32_t floor_mod(int32_t a, int32_t b)
{
    int32_t r = a % b;

    return r < 0 ? r + b : r;
}

static int32_t floor_div(int32_t a, int32_t b)
{
    return a / b - (a % b < 0);
}

/* Monday is 0; 1970-01-01 was a Thursday. */
static int32_t weekday(int32_t days)
{
    return floor_mod(floor_mod(days, 7) + 3, 7);
}

static int32_t day_of_year(int32_t days)
{
    int32_t y, m, d, first;

    brasa__date_split(days, &y, &m, &d);
    return brasa__date_make(y, 1, 1, &first) ? days - first + 1 : 0;
}

/* ISO 8601: the week of a day is that of its Thursday. */
static int32_t iso_week(int32_t days, int32_t *year)
{
    int32_t thursday = days - weekday(days) + 3, m, d;

    brasa__date_split(thursday, year, &m, &d);
    return (day_of_year(thursday) - 1) / 7 + 1;
}

/* Year, month and day by eras of 400 years that begin in March (Hinnant): no loop, no table. */
static inline void split_date(int32_t days, int32_t *y, int32_t *m, int32_t *d)
{
    int64_t  z = (int64_t)days + 719468;
    int32_t  era = (int32_t)((z >= 0 ? z : z - 146096) / 146097);
    uint32_t doe = (uint32_t)(z - (int64_t)era * 146097);
    uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint32_t mp = (5 * doy + 2) / 153;

    *d = (int32_t)(doy - (153 * mp + 2) / 5 + 1);
    *m = (int32_t)(mp < 10 ? mp + 3 : mp - 9);
    *y = (int32_t)yoe + era * 400 + (*m <= 2);
}

/* `us` of the day; seconds without their fraction. */
static int64_t part_of(date_part part, int32_t days, int64_t us)
{
    int32_t y, m, d, iso;

    split_date(days, &y, &m, &d);
    switch (part) {
    case P_YEAR: return y;
    case P_QUARTER: return (m - 1) / 3 + 1;
    case P_MONTH: return m;
    case P_WEEK: return iso_week(days, &iso);
    case P_ISOYEAR: iso_week(days, &iso); return iso;
    case P_DAY: return d;
    case P_DOW: return floor_mod(weekday(days) + 1, 7) + 1;
    case P_ISODOW: return weekday(days) + 1;
    case P_WEEKDAY: return weekday(days);
    case P_DOY: return day_of_year(days);
    case P_HOUR: return us / (3600 * (int64_t)BRASA_SECOND_US);
    case P_MINUTE: return us / (60 * (int64_t)BRASA_SECOND_US) % 60;
    case P_SECOND: return us / BRASA_SECOND_US % 60;
    case P_MILLI: return us / 1000 % 60000;
    case P_MICRO: return us % (60 * (int64_t)BRASA_SECOND_US);
    case P_DECADE: return floor_div(y, 10);
    case P_CENTURY: return y > 0 ? (y + 99) / 100 : -((99 - y) / 100);
    case P_MILLENNIUM: return y > 0 ? (y + 999) / 1000 : -((999 - y) / 1000);
    case P_EPOCH: return (int64_t)days * 86400 + us / BRASA_SECOND_US;
    case P_ZONE:
    case P_ZONE_HOUR:
    case P_ZONE_MINUTE:
    case P_NONE: break;
    }
    return 0;
}

/* Dates and timestamps stay what they are; text becomes a timestamp. */
static brasa_status moment_arg(brasa_type *t)
{
    if (t->kind == BRASA_KIND_DATE || brasa__type_is_timestamp(*t)) return BRASA_OK;
    return brasa__resolve_arg(t, BRASA_KIND_TIMESTAMP);
}

/* The session's zone, and where in it the rows are. */
typedef struct clock {
    const brasa_zone *zone;
    brasa_zone_span   at;
} clock;

static void moment_at(const brasa_call *call, clock *c, int32_t k, int32_t r, int32_t *days, int64_t *us)
{
    if (call->args[k].type.kind == BRASA_KIND_DATE) {
        *days = brasa__date_tame(BRASA_ARG(call, k, int32_t, r));
        *us = 0;
        return;
    }
    int64_t v = BRASA_ARG(call, k, int64_t, r);
    if (call->args[k].type.kind == BRASA_KIND_TIME) v = brasa__timestamp_rest(v);
    if (call->args[k].type.kind == BRASA_KIND_TIMESTAMP) v = brasa__zone_local(c->zone, &c->at, v);
    *days = brasa__timestamp_days(v);
    *us = brasa__timestamp_rest(v);
}

static bool is_interval(brasa_type t)
{
    return t.kind == BRASA_KIND_INTERVAL || brasa__type_is_interval(t);
}

static bool time_has(date_part part)
{
    return part == P_EPOCH || (part >= P_HOUR && part <= P_MICRO);
}

static BRASA_RESOLVE(moment_to_int)
{
    (void)arena, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_INT32);
    if (is_interval(types[0])) return BRASA_OK;
    if (types[0].kind == BRASA_KIND_TIME) return time_has(find_part(f->name, strlen(f->name))) ? BRASA_OK : BRASA_TYPE;
    return moment_arg(&types[0]);
}

static int64_t interval_part(date_part part, brasa_interval v)
{
    switch ((int)part) {
    case P_YEAR: return v.months / 12;
    case P_MONTH: return v.months % 12;
    case P_QUARTER: return v.months % 12 / 3 + 1;
    case P_DAY: return v.days;
    case P_HOUR: return v.us / (3600 * (int64_t)BRASA_SECOND_US);
    case P_MINUTE: return v.us / (60 * (int64_t)BRASA_SECOND_US) % 60;
    case P_SECOND: return v.us / BRASA_SECOND_US % 60;
    case P_MILLI: return v.us / 1000 % 60000;
    case P_MICRO: return v.us % (60 * (int64_t)BRASA_SECOND_US);
    case P_EPOCH: return ((int64_t)v.months * 30 + v.days) * 86400 + v.us / BRASA_SECOND_US;
    default: return 0;
    }
}

/* How far the zone's clocks are from UTC, in seconds, hours, and minutes past the hour; without a zone: not at all. */
static int64_t zone_part(const brasa_call *call, clock *c, int32_t k, int32_t r, date_part part)
{
    if (call->args[k].type.kind != BRASA_KIND_TIMESTAMP) return 0;
    int64_t s = brasa__zone_offset(c->zone, &c->at, BRASA_ARG(call, k, int64_t, r)) / BRASA_SECOND_US;
    return part == P_ZONE ? s : part == P_ZONE_HOUR ? s / 3600 : s / 60 % 60;
}

static int64_t part_at(const brasa_call *call, clock *c, int32_t k, int32_t r, date_part part)
{
    int32_t days;
    int64_t us;

    switch ((int)call->args[k].type.kind) {
    case BRASA_KIND_INTERVAL: return interval_part(part, BRASA_ARG(call, k, brasa_interval, r));
    case BRASA_KIND_INTERVAL_YM: return interval_part(part, brasa__interval_of_months(BRASA_ARG(call, k, int32_t, r)));
    case BRASA_KIND_INTERVAL_DT: return interval_part(part, brasa__interval_of_us(BRASA_ARG(call, k, int64_t, r)));
    default: break;
    }
    if (part >= P_ZONE) return zone_part(call, c, k, r, part);
    moment_at(call, c, k, r, &days, &us);
    if (part == P_EPOCH && call->args[k].type.kind == BRASA_KIND_TIMESTAMP) { /* since 1970 in UTC */
        int64_t v = BRASA_ARG(call, k, int64_t, r);
        return v / BRASA_SECOND_US - (v % BRASA_SECOND_US < 0);
    }
    return part_of(part, days, us);
}

/* The calendar of many days at once, in 32 bits: 7,000 eras on, so that tame days are positive. */
BRASA_CLONES
static void split_dates(const int32_t *restrict days, int32_t n, int32_t *restrict y, int32_t *restrict m, int32_t *restrict d)
{
    for (int32_t i = 0; i < n; i++) {
        uint32_t z = (uint32_t)(brasa__date_tame(days[i]) + 719468) + 7000u * 146097u, era = z / 146097, doe = z - era * 146097;
        uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        uint32_t mp = (5 * doy + 2) / 153, month = mp < 10 ? mp + 3 : mp - 9;

        d[i] = (int32_t)(doy - (153 * mp + 2) / 5 + 1);
        m[i] = (int32_t)month;
        y[i] = (int32_t)(yoe + era * 400 + (month <= 2)) - 2800000;
    }
}

/* The commonest of a column of dates. */
static bool parts_of_dates(brasa_call *call, int32_t k, date_part part)
{
    enum { SOME = 512 };
    const int32_t *days = call->args[k].values, *rows = call->rows;
    int32_t       *out = call->values, some[SOME], y[SOME], m[SOME], d[SOME];

    if (part != P_YEAR && part != P_QUARTER && part != P_MONTH && part != P_DAY) return false;
    for (int32_t from = 0; from < call->n; from += SOME) {
        int32_t n = call->n - from < SOME ? call->n - from : SOME;

        for (int32_t i = 0; i < n; i++) some[i] = days[rows[from + i]];
        split_dates(some, n, y, m, d);
        const int32_t *from_split = part == P_YEAR ? y : part == P_DAY ? d : m;
        for (int32_t i = 0; i < n; i++) out[rows[from + i]] = part == P_QUARTER ? (m[i] - 1) / 3 + 1 : from_split[i];
    }
    return true;
}

/* The time of day of a column of timestamps: no calendar is needed. */
static bool times_of_timestamps(brasa_call *call, int32_t k, clock *c, date_part part)
{
    int64_t  unit = part == P_HOUR ? 3600 * (int64_t)BRASA_SECOND_US : part == P_MINUTE ? 60 * (int64_t)BRASA_SECOND_US : BRASA_SECOND_US;
    int32_t *out = call->values;
    bool     zoned = call->args[k].type.kind == BRASA_KIND_TIMESTAMP;

    if (part != P_HOUR && part != P_MINUTE && part != P_SECOND) return false;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t v = BRASA_ARG(call, k, int64_t, r);

        if (zoned) v = brasa__zone_local(c->zone, &c->at, v);
        int32_t units = (int32_t)(brasa__timestamp_rest(v) / unit);
        out[r] = part == P_HOUR ? units : units % 60;
    }
    return true;
}

/* False: neither. */
static bool common_part(brasa_call *call, int32_t k, clock *c, date_part part)
{
    brasa_type t = call->args[k].type;

    if (t.kind == BRASA_KIND_DATE && call->args[k].encoding == BRASA_FLAT) return parts_of_dates(call, k, part);
    return brasa__type_is_timestamp(t) && (part != P_SECOND || call->expr->type.kind == BRASA_KIND_INT32) &&
           times_of_timestamps(call, k, c, part);
}

static brasa_status part_eval(brasa_call *call, brasa_error *err)
{
    date_part part = find_part(call->expr->name, strlen(call->expr->name));
    int32_t  *out = call->values;
    clock     c = {.zone = brasa__zone_session()};

    (void)err;
    if (common_part(call, 0, &c, part)) return BRASA_OK;
    for (int32_t i = 0; i < call->n; i++) out[call->rows[i]] = (int32_t)part_at(call, &c, 0, call->rows[i], part);
    return BRASA_OK;
}

/* extract('part', x): whole numbers, but seconds have six decimals, as in Spark. */
static brasa_status literal_part(const brasa_expr *e, date_part *part, brasa_error *err)
{
    const char *names[sizeof parts / sizeof *parts];

    if (e->kind != BRASA_EXPR_LITERAL || e->type.kind != BRASA_KIND_STRING || e->value.null)
        return brasa__fail(err, BRASA_TYPE, "the part of a date is given as a literal, like 'month'");
    *part = find_part(e->value.u.s.p, e->value.u.s.n);
    if (*part != P_NONE) return BRASA_OK;
    char   wrong[64];
    size_t n = e->value.u.s.n < 63 ? e->value.u.s.n : 63;
    memcpy(wrong, e->value.u.s.p, n);
    wrong[n] = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) names[i] = parts[i].name;
    const char *near = brasa__near_miss(wrong, names, (int32_t)(sizeof parts / sizeof *parts));
    return brasa__fail(err, BRASA_INVALID, "a date has no part '%s'%s%s%s", wrong, near ? "; did you mean " : "", near ? near : "",
                       near ? "?" : "");
}

/* Years and months have no days, days and time no months. */
static bool interval_has(brasa_type t, date_part part)
{
    bool years = part == P_YEAR || part == P_MONTH || part == P_QUARTER, time = part == P_DAY || (part >= P_HOUR && part <= P_MICRO);

    if (t.kind == BRASA_KIND_INTERVAL_YM) return years;
    if (t.kind == BRASA_KIND_INTERVAL_DT) return time || part == P_EPOCH;
    return years || time || part == P_EPOCH;
}

static brasa_status bind_extract(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    date_part part = P_NONE;

    (void)arena;
    if (call->args[0]->kind == BRASA_EXPR_LITERAL && call->args[0]->value.null) { /* of no part: null */
        call->type = brasa__type(BRASA_KIND_FLOAT64);
        return BRASA_OK;
    }
    BRASA_TRY(literal_part(call->args[0], &part, err));
    if (is_interval(types[1]) && !interval_has(types[1], part))
        return brasa__fail(err, BRASA_TYPE, "%s: an interval of type %s has no such part", call->name, brasa_kind_name(types[1].kind));
    if (types[1].kind == BRASA_KIND_TIME && !time_has(part))
        return brasa__fail(err, BRASA_TYPE, "%s: a time of day has hours, minutes and seconds only", call->name);
    if (!is_interval(types[1]) && types[1].kind != BRASA_KIND_TIME && moment_arg(&types[1]) != BRASA_OK)
        return brasa__fail(err, BRASA_TYPE, "%s takes a part and a date, time, timestamp or interval", call->name);
    call->type = part == P_SECOND  ? brasa__type_decimal(8, 6)
                 : part == P_EPOCH ? brasa__type_decimal(20, 6)
                                   : brasa__type(BRASA_KIND_INT32);
    return BRASA_OK;
}

static brasa_status extract_eval(brasa_call *call, brasa_error *err)
{
    date_part part = P_NONE;
    clock     c = {.zone = brasa__zone_session()};

    BRASA_TRY(literal_part(call->expr->args[0], &part, err));
    if (common_part(call, 1, &c, part)) return BRASA_OK;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        if (part == P_SECOND)
            ((int64_t *)call->values)[r] = part_at(call, &c, 1, r, P_MICRO);
        else if (part == P_EPOCH)
            ((brasa_int128 *)call->values)[r] =
                (brasa_int128)part_at(call, &c, 1, r, P_EPOCH) * BRASA_SECOND_US + part_at(call, &c, 1, r, P_MICRO) % BRASA_SECOND_US;
        else
            ((int32_t *)call->values)[r] = (int32_t)part_at(call, &c, 1, r, part);
    }
    return BRASA_OK;
}

/* ---- sums ---- */

static BRASA_RESOLVE(date_int_to_date)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_DATE);
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_DATE));
    if (brasa__type_is_numeric(types[1]) && (types[1].kind == BRASA_KIND_INT64 || !brasa__type_is_integer(types[1]))) return BRASA_TYPE;
    return brasa__resolve_arg(&types[1], BRASA_KIND_INT32);
}

static bool date_in_range(int64_t days)
{
    return days >= -106000000 && days <= 106000000;
}

static brasa_status date_add_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;
    int64_t  sign = call->expr->name[5] == 's' ? -1 : 1; /* date_sub */

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t days = BRASA_ARG(call, 0, int32_t, r) + sign * BRASA_ARG(call, 1, int32_t, r);
        out[r] = (int32_t)days;
        if (!date_in_range(days)) BRASA_TRY(brasa__call_fail_row(call, r, err, "a date out of range in %s", call->expr->name));
    }
    return BRASA_OK;
}

static brasa_status add_months_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        if (!brasa__date_add_months(BRASA_ARG(call, 0, int32_t, r), BRASA_ARG(call, 1, int32_t, r), &out[r]))
            BRASA_TRY(brasa__call_fail_row(call, r, err, "a date out of range in add_months"));
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(dates_to_int)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_INT32);
    for (int32_t i = 0; i < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_DATE));
    return BRASA_OK;
}

static brasa_status datediff_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++)
        out[call->rows[i]] = (int32_t)((int64_t)BRASA_ARG(call, 0, int32_t, call->rows[i]) - BRASA_ARG(call, 1, int32_t, call->rows[i]));
    return BRASA_OK;
}

static BRASA_RESOLVE(date_to_date)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_DATE);
    return brasa__resolve_arg(&types[0], BRASA_KIND_DATE);
}

static brasa_status last_day_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], y, m, d, days = brasa__date_tame(BRASA_ARG(call, 0, int32_t, r)), next;
        brasa__date_split(days, &y, &m, &d);
        if (!brasa__date_add_months(days - d + 1, 1, &next)) {
            BRASA_TRY(brasa__call_fail_row(call, r, err, "a date out of range in last_day"));
            continue;
        }
        out[r] = next - 1;
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(ints_to_date)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_DATE);
    for (int32_t i = 0; i < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_INT32));
    return BRASA_OK;
}

static brasa_status make_date_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], y = BRASA_ARG(call, 0, int32_t, r), m = BRASA_ARG(call, 1, int32_t, r),
                d = BRASA_ARG(call, 2, int32_t, r);
        if (y < -290000 || y > 290000 || !brasa__date_make(y, m, d, &out[r]))
            BRASA_TRY(brasa__call_fail_row(call, r, err, "there is no date %d-%02d-%02d", y, m, d));
    }
    return BRASA_OK;
}

/* ---- truncation ---- */

static bool truncate_days(date_part part, int32_t days, int32_t *out)
{
    int32_t y, m, d;

    brasa__date_split(days, &y, &m, &d);
    switch ((int)part) {
    case P_DAY: *out = days; return true;
    case P_WEEK: *out = days - weekday(days); return true;
    case P_MONTH: *out = days - d + 1; return true;
    case P_QUARTER: return brasa__date_make(y, (m - 1) / 3 * 3 + 1, 1, out);
    case P_YEAR: return brasa__date_make(y, 1, 1, out);
    case P_DECADE: return brasa__date_make(floor_div(y, 10) * 10, 1, 1, out);
    case P_CENTURY: return brasa__date_make(floor_div(y - 1, 100) * 100 + 1, 1, 1, out);
    case P_MILLENNIUM: return brasa__date_make(floor_div(y - 1, 1000) * 1000 + 1, 1, 1, out);
    default: return false;
    }
}

static bool truncate_us(date_part part, int64_t v, int64_t *out)
{
    int32_t days = brasa__timestamp_days(v);
    int64_t us = brasa__timestamp_rest(v), unit = 0;

    switch ((int)part) {
    case P_HOUR: unit = 3600 * (int64_t)BRASA_SECOND_US; break;
    case P_MINUTE: unit = 60 * (int64_t)BRASA_SECOND_US; break;
    case P_SECOND: unit = BRASA_SECOND_US; break;
    case P_MILLI: unit = 1000; break;
    case P_MICRO: unit = 1; break;
    default: break;
    }
    if (unit == 0) {
        if (!truncate_days(part, days, &days)) return false;
        us = 0;
    } else {
        us -= us % unit;
    }
    return !__builtin_mul_overflow((int64_t)days, BRASA_DAY_US, out) && !__builtin_add_overflow(*out, us, out);
}

static BRASA_RESOLVE(date_trunc)
{
    (void)arena, (void)f, (void)n, (void)err;
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_STRING));
    if (types[1].kind != BRASA_KIND_TIMESTAMP_NTZ && types[1].kind != BRASA_KIND_TIME)
        BRASA_TRY(brasa__resolve_arg(&types[1], BRASA_KIND_TIMESTAMP));
    *result = types[1];
    return BRASA_OK;
}

/* Days and more begin when the session's clocks say so; less than a day is cut from the moment, whichever of two hours of the same name it is in. */
static bool truncate_moment(date_part part, clock *c, int64_t us, int64_t *out)
{
    int64_t         local = brasa__zone_local(c->zone, &c->at, us), cut;
    brasa_zone_span back = {0};

    if (!truncate_us(part, local, &cut)) return false;
    *out = part >= P_HOUR && part <= P_MICRO ? us - (local - cut) : brasa__zone_utc(c->zone, &back, cut);
    return true;
}

/* An unknown unit gives null, as in Spark. */
static brasa_status date_trunc_eval(brasa_call *call, brasa_error *err)
{
    int64_t *out = call->values;
    clock    c = {.zone = brasa__zone_session()};
    bool     zoned = call->expr->type.kind == BRASA_KIND_TIMESTAMP && !brasa__zone_is_utc(c.zone);
    bool     time = call->expr->type.kind == BRASA_KIND_TIME;

    (void)err;
    unit_of unit = {.known = false};

    for (int32_t i = 0; i < call->n; i++) {
        int32_t   r = call->rows[i];
        date_part part = unit_part(&unit, &BRASA_ARG(call, 0, brasa_string, r));
        int64_t   us = BRASA_ARG(call, 1, int64_t, r);
        if (time) { /* a day's beginning is that of the time of day */
            us = part != P_NONE && part < P_HOUR ? 0 : brasa__timestamp_rest(us);
            part = part != P_NONE && part < P_HOUR ? P_DAY : part;
        }
        if (!(zoned ? truncate_moment(part, &c, us, &out[r]) : truncate_us(part, us, &out[r]))) brasa__call_set_null(call, r);
    }
    return BRASA_OK;
}

/* trunc(date, unit) of a date, trunc(number [, digits]) of a number. */
static BRASA_RESOLVE(trunc)
{
    (void)arena, (void)f, (void)err;
    if (brasa__type_is_numeric(types[0])) {
        *result = types[0];
        if (types[0].kind == BRASA_KIND_FLOAT32) *result = types[0] = brasa__type(BRASA_KIND_FLOAT64);
        return n > 1 ? brasa__resolve_arg(&types[1], BRASA_KIND_INT32) : BRASA_OK;
    }
    if (n != 2) return BRASA_TYPE;
    *result = brasa__type(BRASA_KIND_DATE);
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_DATE));
    return brasa__resolve_arg(&types[1], BRASA_KIND_STRING);
}

static void trunc_number(brasa_call *call, int32_t r, int32_t digits)
{
    brasa_type t = call->expr->type;

    if (t.kind == BRASA_KIND_FLOAT64) {
        double       v = BRASA_ARG(call, 0, double, r);
        double       unit = pow(10, fabs((double)digits));
        brasa_int128 d;
        if (digits > 0 && digits <= 15 && fabs(v) < 1e17 && brasa__decimal_from_f64(v, 38, 20, &d))
            v = brasa__decimal_to_f64(d / brasa__pow10(20 - digits), digits);
        else if (digits <= 0 && isfinite(v))
            v = isinf(unit) ? 0 : trunc(v / unit) * unit;
        ((double *)call->values)[r] = v;
        return;
    }
    int64_t      drop = (t.kind == BRASA_KIND_DECIMAL ? t.scale : 0) - (int64_t)digits;
    brasa_int128 v = 0;
    switch ((int)brasa__type_phys(t)) {
    case BRASA_PHYS_I8: v = BRASA_ARG(call, 0, int8_t, r); break;
    case BRASA_PHYS_I16: v = BRASA_ARG(call, 0, int16_t, r); break;
    case BRASA_PHYS_I32: v = BRASA_ARG(call, 0, int32_t, r); break;
    case BRASA_PHYS_I128: v = BRASA_ARG(call, 0, brasa_int128, r); break;
    default: v = BRASA_ARG(call, 0, int64_t, r); break;
    }
    if (drop > 0) v = drop > 38 ? 0 : v / brasa__pow10((int32_t)drop) * brasa__pow10((int32_t)drop);
    switch ((int)brasa__type_phys(t)) {
    case BRASA_PHYS_I8: ((int8_t *)call->values)[r] = (int8_t)v; break;
    case BRASA_PHYS_I16: ((int16_t *)call->values)[r] = (int16_t)v; break;
    case BRASA_PHYS_I32: ((int32_t *)call->values)[r] = (int32_t)v; break;
    case BRASA_PHYS_I128: ((brasa_int128 *)call->values)[r] = v; break;
    default: ((int64_t *)call->values)[r] = (int64_t)v; break;
    }
}

static brasa_status trunc_eval(brasa_call *call, brasa_error *err)
{
    unit_of unit = {.known = false};

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        if (call->expr->type.kind != BRASA_KIND_DATE) {
            trunc_number(call, r, call->nargs > 1 ? BRASA_ARG(call, 1, int32_t, r) : 0);
            continue;
        }
        date_part part = unit_part(&unit, &BRASA_ARG(call, 1, brasa_string, r));
        if (part == P_DAY || !truncate_days(part, brasa__date_tame(BRASA_ARG(call, 0, int32_t, r)), &((int32_t *)call->values)[r]))
            brasa__call_set_null(call, r);
    }
    return BRASA_OK;
}

#define PART(id, text)                                                                                                                \
    {                                                                                                                                 \
        .name = id, .min_args = 1, .max_args = 1, .flags = 0, .doc = text, .resolve = brasa__resolve_moment_to_int, .eval = part_eval \
    }
#define DATES(id, least, most, res, fn, text)                                                                                      \
    {                                                                                                                              \
        .name = id, .min_args = least, .max_args = most, .flags = BRASA_FN_CAN_FAIL, .doc = text, .resolve = brasa__resolve_##res, \
        .eval = fn                                                                                                                 \
    }

static const brasa_function table[] = {
    PART("year", "year(date)"),
    PART("quarter", "quarter(date): 1 to 4"),
    PART("month", "month(date): 1 to 12"),
    PART("day", "day(date): of the month"),
    PART("dayofmonth", "dayofmonth(date): day"),
    PART("dayofweek", "dayofweek(date): 1 (Sunday) to 7"),
    PART("weekday", "weekday(date): 0 (Monday) to 6"),
    PART("dayofyear", "dayofyear(date): from 1"),
    PART("weekofyear", "weekofyear(date): ISO 8601"),
    PART("hour", "hour(timestamp)"),
    PART("minute", "minute(timestamp)"),
    PART("second", "second(timestamp), without its fraction"),
    {.name = "extract",
     .min_args = 2,
     .max_args = 2,
     .flags = 0,
     .doc = "EXTRACT(part FROM date), extract('part', date): seconds have six decimals",
     .eval = extract_eval,
     .bind = bind_extract},
    {.name = "date_part",
     .min_args = 2,
     .max_args = 2,
     .flags = 0,
     .doc = "date_part('part', date): extract",
     .eval = extract_eval,
     .bind = bind_extract},
    {.name = "datepart",
     .min_args = 2,
     .max_args = 2,
     .flags = 0,
     .doc = "datepart('part', date): extract",
     .eval = extract_eval,
     .bind = bind_extract},
    DATES("date_add", 2, 2, date_int_to_date, date_add_eval, "date_add(date, days)"),
    DATES("dateadd", 2, 2, date_int_to_date, date_add_eval, "dateadd(date, days): date_add"),
    DATES("date_sub", 2, 2, date_int_to_date, date_add_eval, "date_sub(date, days)"),
    DATES("add_months", 2, 2, date_int_to_date, add_months_eval, "add_months(date, n): at most the month's last day"),
    {.name = "datediff",
     .min_args = 2,
     .max_args = 2,
     .flags = 0,
     .doc = "datediff(end, start): days between",
     .resolve = brasa__resolve_dates_to_int,
     .eval = datediff_eval},
    {.name = "date_diff",
     .min_args = 2,
     .max_args = 2,
     .flags = 0,
     .doc = "date_diff(end, start): datediff",
     .resolve = brasa__resolve_dates_to_int,
     .eval = datediff_eval},
    DATES("last_day", 1, 1, date_to_date, last_day_eval, "last_day(date): of its month"),
    DATES("make_date", 3, 3, ints_to_date, make_date_eval, "make_date(year, month, day)"),
    {.name = "date_trunc",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_NULLABLE,
     .doc = "date_trunc('unit', timestamp): its unit's first moment; null for an unknown unit",
     .resolve = brasa__resolve_date_trunc,
     .eval = date_trunc_eval},
    {.name = "trunc",
     .min_args = 1,
     .max_args = 2,
     .flags = BRASA_FN_NULLABLE,
     .doc = "trunc(date, 'unit'): its unit's first day; trunc(number [, digits]): towards zero",
     .resolve = brasa__resolve_trunc,
     .eval = trunc_eval},
};

BRASA_FUNCTION_GROUP(date, "Dates and times", table);
