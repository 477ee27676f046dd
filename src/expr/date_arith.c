/* date_arith.c -- see date_arith.h.
 *
 * A date and an interval give a date where the interval has no time of day (one of all units: where it is no literal with one), else a timestamp.  The difference of two
 * dates is an INTERVAL DAY, of two timestamps an INTERVAL DAY TO SECOND of what the clocks show, as in Spark.  Months and days of a timestamp are those of the
 * session's calendar, hours are time that goes by.
 */
#include "expr/date_arith.h"

#include <math.h>

#include "base/config.h"
#include "data/value.h"
#include "expr/bind.h"

/* ---- calendars ---- */

bool brasa__date_add_months(int32_t days, int64_t months, int32_t *out)
{
    static const int8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t             y, m, d;

    brasa__date_split(brasa__date_tame(days), &y, &m, &d);
    int64_t total = (int64_t)y * 12 + (m - 1) + months;
    int64_t year = total / 12 - (total % 12 < 0);
    int32_t month = (int32_t)(total - year * 12);
    if (year < -290000 || year > 290000) return false;
    bool    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int32_t last = lengths[month] + (month == 1 && leap);
    return brasa__date_make((int32_t)year, month + 1, d < last ? d : last, out);
}

bool brasa__timestamp_add(int64_t us, brasa_interval v, int64_t *out)
{
    int32_t days = brasa__timestamp_days(us);
    int64_t rest = brasa__timestamp_rest(us), whole;

    if (v.months != 0 && !brasa__date_add_months(days, v.months, &days)) return false;
    if (__builtin_mul_overflow((int64_t)days + v.days, BRASA_DAY_US, &whole)) return false;
    return !__builtin_add_overflow(whole, rest, &whole) && !__builtin_add_overflow(whole, v.us, out);
}

bool brasa__moment_add(const brasa_zone *zone, brasa_zone_span *at, int64_t us, brasa_interval v, int64_t *out)
{
    brasa_zone_span back = {0};
    brasa_interval  days = {.months = v.months, .days = v.days};

    if ((v.months != 0 || v.days != 0) && zone != NULL && !brasa__zone_is_utc(zone)) {
        if (!brasa__timestamp_add(brasa__zone_local(zone, at, us), days, &us)) return false;
        us = brasa__zone_utc(zone, &back, us);
        return !__builtin_add_overflow(us, v.us, out);
    }
    return brasa__timestamp_add(us, v, out);
}

static bool date_add(int32_t days, brasa_interval v, int32_t *out)
{
    int64_t whole;

    if (v.months != 0 && !brasa__date_add_months(days, v.months, &days)) return false;
    whole = (int64_t)days + v.days + v.us / BRASA_DAY_US;
    if (whole < -106000000 || whole > 106000000) return false;
    *out = (int32_t)whole;
    return true;
}

bool brasa__interval_negate(brasa_interval v, brasa_interval *out)
{
    return !__builtin_sub_overflow(0, v.months, &out->months) && !__builtin_sub_overflow(0, v.days, &out->days) &&
           !__builtin_sub_overflow((int64_t)0, v.us, &out->us);
}

static bool interval_add(brasa_interval a, brasa_interval b, brasa_interval *out)
{
    return !__builtin_add_overflow(a.months, b.months, &out->months) && !__builtin_add_overflow(a.days, b.days, &out->days) &&
           !__builtin_add_overflow(a.us, b.us, &out->us);
}

brasa_interval brasa__interval_of_months(int64_t months)
{
    return (brasa_interval) {.months = (int32_t)months};
}

brasa_interval brasa__interval_of_us(int64_t us)
{
    return (brasa_interval) {.days = (int32_t)(us / BRASA_DAY_US), .us = us % BRASA_DAY_US};
}

/* Fractions of months become days of 30 to the month, fractions of days microseconds, as in PostgreSQL. */
static bool interval_scale(brasa_interval v, double by, brasa_interval *out)
{
    double months = trunc(v.months * by), days_left = (v.months * by - months) * 30 + v.days * by;
    double days = trunc(days_left), us = (double)v.us * by + (days_left - days) * (double)BRASA_DAY_US;

    if (!(fabs(months) <= INT32_MAX) || !(fabs(days) <= INT32_MAX) || !(fabs(us) < 9.2e18)) return false;
    *out = (brasa_interval) {.months = (int32_t)months, .days = (int32_t)days, .us = (int64_t)rint(us)};
    return true;
}

/* ---- types ---- */

static bool has_time(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_LITERAL && !e->value.null && e->value.u.interval.us % BRASA_DAY_US != 0;
}

static bool is_moment(brasa_type t)
{
    return t.kind == BRASA_KIND_DATE || brasa__type_is_timestamp(t);
}

static bool is_interval(brasa_type t)
{
    return t.kind == BRASA_KIND_INTERVAL || brasa__type_is_interval(t);
}

/* Of a date and such an interval: is it a date? */
static bool stays_date(brasa_type interval, const brasa_expr *e)
{
    if (interval.kind == BRASA_KIND_INTERVAL) return !has_time(e);
    return interval.kind == BRASA_KIND_INTERVAL_YM || interval.scale == BRASA_FIELD_DAY;
}

/* types[1 - k] is an interval. */
static bool bind_moment_interval(brasa_expr *call, brasa_type *types, int k)
{
    brasa_type interval = types[1 - k];

    if (types[k].kind == BRASA_KIND_STRING) types[k] = brasa__type(brasa__timestamp_kind());
    if (types[k].kind == BRASA_KIND_NULL) types[k] = interval;
    if (is_interval(types[k])) {
        brasa_type common;
        if (!brasa__type_common(NULL, types[0], types[1], &common)) return false;
        call->type = types[0] = types[1] = common;
        return true;
    }
    if (!is_moment(types[k]) && types[k].kind != BRASA_KIND_TIME) return false;
    if (types[k].kind == BRASA_KIND_DATE && !stays_date(interval, call->args[1 - k])) types[k] = brasa__type(brasa__timestamp_kind());
    call->type = types[k].kind == BRASA_KIND_TIME ? brasa__type(BRASA_KIND_TIME) : types[k];
    return true;
}

/* time - time, and the moment of a date at a time */
static bool bind_time(brasa_expr *call, brasa_arith op, brasa_type *types)
{
    int k = types[0].kind == BRASA_KIND_TIME ? 0 : 1;

    if (types[k].kind != BRASA_KIND_TIME) return false;
    if (op == BRASA_ADD) {
        if (types[1 - k].kind == BRASA_KIND_NULL) types[1 - k] = brasa__type(BRASA_KIND_DATE);
        call->type = brasa__type(brasa__timestamp_kind());
        return types[1 - k].kind == BRASA_KIND_DATE;
    }
    if (types[1 - k].kind == BRASA_KIND_STRING || types[1 - k].kind == BRASA_KIND_NULL) types[1 - k] = brasa__type(BRASA_KIND_TIME);
    call->type = brasa__type_interval(BRASA_FIELD_HOUR, BRASA_FIELD_SECOND);
    return types[1 - k].kind == BRASA_KIND_TIME;
}

/* moment - moment, text on one side being read as the other's type */
static bool bind_difference(brasa_expr *call, brasa_type *types)
{
    for (int k = 0; k < 2; k++) {
        bool text = types[k].kind == BRASA_KIND_STRING || types[k].kind == BRASA_KIND_NULL;
        if (types[k].kind == BRASA_KIND_STRING && brasa__type_is_timestamp(types[1 - k]) && !brasa__setting_bool(BRASA_SET_ANSI))
            return false;
        if (text && is_moment(types[1 - k])) types[k] = types[1 - k];
    }
    if (!is_moment(types[0]) || !is_moment(types[1])) return false;
    if (types[0].kind == BRASA_KIND_DATE && types[1].kind == BRASA_KIND_DATE) {
        call->type = brasa__type_interval(BRASA_FIELD_DAY, BRASA_FIELD_DAY);
        return true;
    }
    if (types[0].kind != types[1].kind) {
        bool zoned = types[0].kind == BRASA_KIND_TIMESTAMP || types[1].kind == BRASA_KIND_TIMESTAMP;
        types[0] = types[1] = brasa__type(zoned ? BRASA_KIND_TIMESTAMP : BRASA_KIND_TIMESTAMP_NTZ);
    }
    call->type = brasa__type(BRASA_KIND_INTERVAL_DT);
    return true;
}

static bool bind_sum(brasa_expr *call, brasa_arith op, brasa_type *types)
{
    bool i0 = is_interval(types[0]), i1 = is_interval(types[1]);

    if (i1) return bind_moment_interval(call, types, 0);
    if (i0 && (op == BRASA_ADD || types[1].kind == BRASA_KIND_NULL)) return bind_moment_interval(call, types, 1);
    if (i0) return false;
    if (bind_time(call, op, types) || (op == BRASA_SUB && bind_difference(call, types))) return true;
    /* date + days */
    int k = types[0].kind == BRASA_KIND_DATE ? 0 : 1;
    if (types[k].kind != BRASA_KIND_DATE || (k == 1 && op == BRASA_SUB)) return false;
    if (!brasa__type_is_integer(types[1 - k]) && types[1 - k].kind != BRASA_KIND_NULL) return false;
    types[1 - k] = brasa__type(BRASA_KIND_INT32);
    call->type = brasa__type(BRASA_KIND_DATE);
    return true;
}

/* interval div interval: how often it goes into it */
static bool bind_whole(brasa_expr *call, brasa_type *types)
{
    brasa_type common;

    if (types[0].kind != types[1].kind || !brasa__type_common(NULL, types[0], types[1], &common)) return false;
    types[0] = types[1] = common;
    call->type = brasa__type(BRASA_KIND_INT64);
    return true;
}

bool brasa__date_arith_bind(brasa_expr *call, brasa_arith op, brasa_type *types)
{
    if (op == BRASA_ADD || op == BRASA_SUB) return bind_sum(call, op, types);
    if (op != BRASA_MUL && op != BRASA_DIV) return false;
    int k = is_interval(types[0]) ? 0 : 1;
    if (op == BRASA_DIV && brasa__type_is_interval(types[0]) && brasa__type_is_interval(types[1])) return bind_whole(call, types);
    if (!is_interval(types[k]) || (k == 1 && op == BRASA_DIV)) return false;
    brasa_kind other = types[1 - k].kind;
    if (!brasa__type_is_numeric(types[1 - k]) && other != BRASA_KIND_NULL && other != BRASA_KIND_STRING) return false;
    bool whole = brasa__type_is_integer(types[1 - k]) && types[k].kind != BRASA_KIND_INTERVAL;
    types[1 - k] = brasa__type(whole ? BRASA_KIND_INT64 : BRASA_KIND_FLOAT64);
    call->type = brasa__type(types[k].kind); /* of all fields */
    return true;
}

bool brasa__date_arith_is(const brasa_call *call)
{
    return is_moment(call->expr->type) || call->expr->type.kind == BRASA_KIND_TIME || is_interval(call->expr->type) ||
           brasa__type_is_interval(call->args[0].type);
}

/* ---- values ---- */

static bool minus(brasa_interval v, brasa_arith op, brasa_interval *out)
{
    *out = v;
    return op != BRASA_SUB || brasa__interval_negate(v, out);
}

/* Of any kind, as the one of all units. */
static brasa_interval interval_at(const brasa_call *call, int32_t k, int32_t r)
{
    switch ((int)call->args[k].type.kind) {
    case BRASA_KIND_INTERVAL_YM: return brasa__interval_of_months(BRASA_ARG(call, k, int32_t, r));
    case BRASA_KIND_INTERVAL_DT: return brasa__interval_of_us(BRASA_ARG(call, k, int64_t, r));
    default: return BRASA_ARG(call, k, brasa_interval, r);
    }
}

static bool interval_row(const brasa_call *call, brasa_arith op, int32_t r, brasa_interval *out)
{
    brasa_interval v;

    if (op == BRASA_ADD || op == BRASA_SUB)
        return minus(BRASA_ARG(call, 1, brasa_interval, r), op, &v) && interval_add(BRASA_ARG(call, 0, brasa_interval, r), v, out);
    if (call->args[1].type.kind == BRASA_KIND_INTERVAL)
        return interval_scale(BRASA_ARG(call, 1, brasa_interval, r), BRASA_ARG(call, 0, double, r), out);
    double by = BRASA_ARG(call, 1, double, r);
    if (op == BRASA_DIV && by == 0) return false;
    return interval_scale(BRASA_ARG(call, 0, brasa_interval, r), op == BRASA_DIV ? 1 / by : by, out);
}

static brasa_int128 fields_at(const brasa_call *call, int32_t k, int32_t r)
{
    return call->args[k].type.kind == BRASA_KIND_INTERVAL_YM ? BRASA_ARG(call, k, int32_t, r) : BRASA_ARG(call, k, int64_t, r);
}

static brasa_int128 divide_half_up(brasa_int128 a, brasa_int128 b)
{
    brasa_int128 q = a / b, rest = a % b, size = rest < 0 ? -rest : rest, by = b < 0 ? -b : b;

    return 2 * size < by ? q : q + ((a < 0) == (b < 0) ? 1 : -1);
}

/* An interval of fields times or over a number. */
static bool scale_fields(const brasa_call *call, brasa_arith op, int32_t r, brasa_int128 *out)
{
    int          k = brasa__type_is_interval(call->args[0].type) ? 0 : 1;
    brasa_int128 v = fields_at(call, k, r);

    if (call->args[1 - k].type.kind == BRASA_KIND_INT64) {
        int64_t n = BRASA_ARG(call, 1 - k, int64_t, r);
        if (op == BRASA_DIV && n == 0) return false;
        *out = op == BRASA_DIV ? divide_half_up(v, n) : v * n;
        return true;
    }
    double n = BRASA_ARG(call, 1 - k, double, r);
    if (op == BRASA_DIV && n == 0) return false;
    long double x = op == BRASA_DIV ? (long double)v / (long double)n : (long double)v * (long double)n;
    if (!(fabsl(x) < 9.3e18L)) return false;
    *out = (brasa_int128)roundl(x);
    return true;
}

static bool fields_row(const brasa_call *call, brasa_arith op, int32_t r)
{
    brasa_int128 v;

    if (brasa__type_is_timestamp(call->args[0].type) || call->args[0].type.kind == BRASA_KIND_DATE) return false;
    if (op == BRASA_ADD)
        v = fields_at(call, 0, r) + fields_at(call, 1, r);
    else if (op == BRASA_SUB)
        v = fields_at(call, 0, r) - fields_at(call, 1, r);
    else if (!scale_fields(call, op, r, &v))
        return false;
    if (call->expr->type.kind == BRASA_KIND_INTERVAL_YM) {
        ((int32_t *)call->values)[r] = (int32_t)v;
        return v == (int32_t)v;
    }
    ((int64_t *)call->values)[r] = (int64_t)v;
    return v == (int64_t)v;
}

/* Between two moments: of timestamps with a zone, what the clocks show. */
static bool difference_row(const brasa_call *call, const brasa_zone *zone, brasa_zone_span at[2], int32_t r)
{
    int64_t *out = (int64_t *)call->values + r, v[2];

    for (int k = 0; k < 2; k++) {
        if (call->args[k].type.kind == BRASA_KIND_DATE) {
            v[k] = BRASA_ARG(call, k, int32_t, r);
        } else {
            v[k] = BRASA_ARG(call, k, int64_t, r);
            if (call->args[k].type.kind == BRASA_KIND_TIMESTAMP) v[k] = brasa__zone_local(zone, &at[k], v[k]);
        }
    }
    if (__builtin_sub_overflow(v[0], v[1], out)) return false;
    return call->args[0].type.kind != BRASA_KIND_DATE || !__builtin_mul_overflow(*out, BRASA_DAY_US, out);
}

static bool whole_row(const brasa_call *call, int32_t r)
{
    brasa_int128 a = fields_at(call, 0, r), b = fields_at(call, 1, r), q;

    if (b == 0) return false;
    q = a / b;
    ((int64_t *)call->values)[r] = (int64_t)q;
    return q == (int64_t)q;
}

static bool date_row(const brasa_call *call, brasa_arith op, int32_t r, int32_t *out)
{
    int            k = call->args[0].type.kind == BRASA_KIND_DATE ? 0 : 1;
    int32_t        days = BRASA_ARG(call, k, int32_t, r);
    brasa_interval v;

    if (is_interval(call->args[1 - k].type)) return minus(interval_at(call, 1 - k, r), op, &v) && date_add(days, v, out);
    int64_t n = BRASA_ARG(call, 1 - k, int32_t, r);
    int64_t sum = op == BRASA_SUB ? days - n : days + n;
    *out = (int32_t)sum;
    return sum >= -106000000 && sum <= 106000000;
}

static bool timestamp_row(const brasa_call *call, brasa_arith op, const brasa_zone *zone, brasa_zone_span *at, int32_t r)
{
    int            k = brasa__type_is_timestamp(call->args[0].type) ? 0 : 1;
    brasa_interval v;

    return minus(interval_at(call, 1 - k, r), op, &v) &&
           brasa__moment_add(zone, at, BRASA_ARG(call, k, int64_t, r), v, (int64_t *)call->values + r);
}

/* A date at a time of day, as the session's clocks show it where the result has a zone. */
static bool date_time_row(const brasa_call *call, const brasa_zone *zone, brasa_zone_span *at, int32_t r)
{
    int      k = call->args[0].type.kind == BRASA_KIND_DATE ? 0 : 1;
    int64_t *out = (int64_t *)call->values + r;

    if (__builtin_mul_overflow((int64_t)BRASA_ARG(call, k, int32_t, r), BRASA_DAY_US, out)) return false;
    if (__builtin_add_overflow(*out, BRASA_ARG(call, 1 - k, int64_t, r), out)) return false;
    return zone == NULL || !__builtin_sub_overflow(*out, brasa__zone_offset_local(zone, at, *out), out);
}

/* A time of day goes round: months and days move it nowhere, as in PostgreSQL. */
static bool time_row(const brasa_call *call, brasa_arith op, int32_t r)
{
    int     k = call->args[0].type.kind == BRASA_KIND_TIME ? 0 : 1;
    int64_t by = interval_at(call, 1 - k, r).us % BRASA_DAY_US;

    ((int64_t *)call->values)[r] =
        brasa__timestamp_rest(brasa__timestamp_rest(BRASA_ARG(call, k, int64_t, r)) + (op == BRASA_SUB ? -by : by));
    return true;
}

brasa_status brasa__date_arith_eval(brasa_call *call, brasa_arith op, brasa_error *err)
{
    bool times = call->args[0].type.kind == BRASA_KIND_TIME,
         moments = times || (is_moment(call->args[0].type) && is_moment(call->args[1].type));
    bool              at_time = call->args[1].type.kind == BRASA_KIND_TIME || times;
    const brasa_zone *zone = brasa__zone_session();
    brasa_zone_span   at[2] = {0};

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        bool    ok = false;
        switch ((int)call->expr->type.kind) {
        case BRASA_KIND_INTERVAL: ok = interval_row(call, op, r, &((brasa_interval *)call->values)[r]); break;
        case BRASA_KIND_INTERVAL_YM:
        case BRASA_KIND_INTERVAL_DT: ok = moments ? difference_row(call, zone, at, r) : fields_row(call, op, r); break;
        case BRASA_KIND_INT64: ok = whole_row(call, r); break;
        case BRASA_KIND_DATE: ok = date_row(call, op, r, &((int32_t *)call->values)[r]); break;
        case BRASA_KIND_TIME: ok = time_row(call, op, r); break;
        case BRASA_KIND_TIMESTAMP: ok = at_time ? date_time_row(call, zone, at, r) : timestamp_row(call, op, zone, at, r); break;
        default: ok = at_time ? date_time_row(call, NULL, at, r) : timestamp_row(call, op, NULL, at, r); break;
        }
        if (!ok)
            BRASA_TRY(brasa__call_fail_row(
                call, r, err, "a date, timestamp or interval out of range, or an interval divided by zero, in %s", call->expr->name));
    }
    return BRASA_OK;
}
