/* date_arith.c -- see date_arith.h.
 *
 * A date and an interval give a date, unless the interval is a literal with a time of day: then a timestamp.  The difference of two dates is an interval of days,
 * of two timestamps one of microseconds, as in Spark.
 */
#include "expr/date_arith.h"

#include <math.h>

#include "data/value.h"

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
    return t.kind == BRASA_KIND_DATE || t.kind == BRASA_KIND_TIMESTAMP;
}

static bool bind_moment_interval(brasa_expr *call, brasa_type *types, int k)
{
    if (types[k].kind == BRASA_KIND_STRING) types[k] = brasa__type(BRASA_KIND_TIMESTAMP);
    if (types[k].kind == BRASA_KIND_NULL) types[k] = brasa__type(BRASA_KIND_INTERVAL);
    if (types[k].kind == BRASA_KIND_INTERVAL) {
        call->type = types[k];
        return true;
    }
    if (!is_moment(types[k])) return false;
    if (types[k].kind == BRASA_KIND_DATE && has_time(call->args[1 - k])) types[k] = brasa__type(BRASA_KIND_TIMESTAMP);
    call->type = types[k];
    return true;
}

static bool bind_sum(brasa_expr *call, brasa_arith op, brasa_type *types)
{
    bool i0 = types[0].kind == BRASA_KIND_INTERVAL, i1 = types[1].kind == BRASA_KIND_INTERVAL;

    if (i1) return bind_moment_interval(call, types, 0);
    if (i0 && op == BRASA_ADD) return bind_moment_interval(call, types, 1);
    if (i0) return false;
    if (op == BRASA_SUB && (is_moment(types[0]) || is_moment(types[1]))) {
        /* moment - moment, text on one side being read as the other's type */
        for (int k = 0; k < 2; k++) {
            bool text = types[k].kind == BRASA_KIND_STRING || types[k].kind == BRASA_KIND_NULL;
            if (text && is_moment(types[1 - k])) types[k] = types[1 - k];
        }
        if (is_moment(types[0]) && is_moment(types[1])) {
            if (types[0].kind != types[1].kind) types[0] = types[1] = brasa__type(BRASA_KIND_TIMESTAMP);
            call->type = brasa__type(BRASA_KIND_INTERVAL);
            return true;
        }
    }
    /* date + days */
    int k = types[0].kind == BRASA_KIND_DATE ? 0 : 1;
    if (types[k].kind != BRASA_KIND_DATE || (k == 1 && op == BRASA_SUB) || !brasa__type_is_integer(types[1 - k])) return false;
    types[1 - k] = brasa__type(BRASA_KIND_INT32);
    call->type = brasa__type(BRASA_KIND_DATE);
    return true;
}

bool brasa__date_arith_bind(brasa_expr *call, brasa_arith op, brasa_type *types)
{
    if (op == BRASA_ADD || op == BRASA_SUB) return bind_sum(call, op, types);
    if (op != BRASA_MUL && op != BRASA_DIV) return false;
    int k = types[0].kind == BRASA_KIND_INTERVAL ? 0 : 1;
    if (types[k].kind != BRASA_KIND_INTERVAL || (k == 1 && op == BRASA_DIV)) return false;
    if (!brasa__type_is_numeric(types[1 - k]) && types[1 - k].kind != BRASA_KIND_NULL) return false;
    types[1 - k] = brasa__type(BRASA_KIND_FLOAT64);
    call->type = types[k];
    return true;
}

bool brasa__date_arith_is(const brasa_call *call)
{
    brasa_kind k = call->expr->type.kind;

    return k == BRASA_KIND_INTERVAL || k == BRASA_KIND_DATE || k == BRASA_KIND_TIMESTAMP;
}

/* ---- values ---- */

static bool minus(brasa_interval v, brasa_arith op, brasa_interval *out)
{
    *out = v;
    return op != BRASA_SUB || brasa__interval_negate(v, out);
}

static bool interval_row(const brasa_call *call, brasa_arith op, int32_t r, brasa_interval *out)
{
    brasa_kind     a = call->args[0].type.kind, b = call->args[1].type.kind;
    brasa_interval v;

    if (a == BRASA_KIND_DATE) {
        *out = (brasa_interval) {.days = (int32_t)((int64_t)BRASA_ARG(call, 0, int32_t, r) - BRASA_ARG(call, 1, int32_t, r))};
        return true;
    }
    if (a == BRASA_KIND_TIMESTAMP) {
        *out = (brasa_interval) {0};
        return !__builtin_sub_overflow(BRASA_ARG(call, 0, int64_t, r), BRASA_ARG(call, 1, int64_t, r), &out->us);
    }
    if (op == BRASA_ADD || op == BRASA_SUB)
        return minus(BRASA_ARG(call, 1, brasa_interval, r), op, &v) && interval_add(BRASA_ARG(call, 0, brasa_interval, r), v, out);
    if (b == BRASA_KIND_INTERVAL) return interval_scale(BRASA_ARG(call, 1, brasa_interval, r), BRASA_ARG(call, 0, double, r), out);
    double by = BRASA_ARG(call, 1, double, r);
    if (op == BRASA_DIV && by == 0) return false;
    return interval_scale(BRASA_ARG(call, 0, brasa_interval, r), op == BRASA_DIV ? 1 / by : by, out);
}

static bool date_row(const brasa_call *call, brasa_arith op, int32_t r, int32_t *out)
{
    int            k = call->args[0].type.kind == BRASA_KIND_DATE ? 0 : 1;
    int32_t        days = BRASA_ARG(call, k, int32_t, r);
    brasa_interval v;

    if (call->args[1 - k].type.kind == BRASA_KIND_INTERVAL)
        return minus(BRASA_ARG(call, 1 - k, brasa_interval, r), op, &v) && date_add(days, v, out);
    int64_t n = BRASA_ARG(call, 1 - k, int32_t, r);
    int64_t sum = op == BRASA_SUB ? days - n : days + n;
    *out = (int32_t)sum;
    return sum >= -106000000 && sum <= 106000000;
}

static bool timestamp_row(const brasa_call *call, brasa_arith op, int32_t r, int64_t *out)
{
    int            k = call->args[0].type.kind == BRASA_KIND_TIMESTAMP ? 0 : 1;
    brasa_interval v;

    return minus(BRASA_ARG(call, 1 - k, brasa_interval, r), op, &v) && brasa__timestamp_add(BRASA_ARG(call, k, int64_t, r), v, out);
}

brasa_status brasa__date_arith_eval(brasa_call *call, brasa_arith op, brasa_error *err)
{
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        bool    ok = false;
        switch ((int)call->expr->type.kind) {
        case BRASA_KIND_INTERVAL: ok = interval_row(call, op, r, &((brasa_interval *)call->values)[r]); break;
        case BRASA_KIND_DATE: ok = date_row(call, op, r, &((int32_t *)call->values)[r]); break;
        default: ok = timestamp_row(call, op, r, &((int64_t *)call->values)[r]); break;
        }
        if (!ok)
            BRASA_TRY(brasa__call_fail_row(
                call, r, err, "a date, timestamp or interval out of range, or an interval divided by zero, in %s", call->expr->name));
    }
    return BRASA_OK;
}
