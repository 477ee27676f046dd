/* cast_time.c -- casts between dates, timestamps, intervals and numbers.
 *
 * A timestamp meets dates, times of day and timestamps without a zone in the zone of the session: what its clocks show.  An interval is a number of its last field.
 */
#include <math.h>
#include <string.h>

#include "base/zone.h"
#include "data/value.h"
#include "expr/cast_internal.h"
#include "expr/date_arith.h"
#include "kernel/decimal.h"

/* ---- dates and timestamps ---- */

static brasa_status date_to_moment(brasa_call *call, brasa_error *err)
{
    const int32_t    *days = call->args[0].values;
    int64_t          *out = call->values;
    bool              zoned = call->expr->type.kind == BRASA_KIND_TIMESTAMP;
    const brasa_zone *zone = brasa__zone_session();
    brasa_zone_span   span = {0};

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        bool    bad = __builtin_mul_overflow((int64_t)days[brasa__cast_at(call, r)], BRASA_DAY_US, &out[r]);
        if (!bad && zoned) bad = __builtin_sub_overflow(out[r], brasa__zone_offset_local(zone, &span, out[r]), &out[r]);
        if (bad) BRASA_TRY(brasa__cast_fail(call, r, err));
    }
    return BRASA_OK;
}

static void moment_to_date(brasa_call *call)
{
    const int64_t    *us = call->args[0].values;
    int32_t          *out = call->values;
    bool              zoned = call->args[0].type.kind == BRASA_KIND_TIMESTAMP;
    const brasa_zone *zone = brasa__zone_session();
    brasa_zone_span   span = {0};

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t v = us[brasa__cast_at(call, r)];
        out[r] = brasa__timestamp_days(zoned ? brasa__zone_local(zone, &span, v) : v);
    }
}

/* With a zone to without, and back. */
static void moment_to_moment(brasa_call *call)
{
    const int64_t    *us = call->args[0].values;
    int64_t          *out = call->values;
    bool              to_local = call->expr->type.kind == BRASA_KIND_TIMESTAMP_NTZ;
    const brasa_zone *zone = brasa__zone_session();
    brasa_zone_span   span = {0};

    if (brasa__zone_is_utc(zone)) {
        for (int32_t i = 0; i < call->n; i++) out[call->rows[i]] = us[brasa__cast_at(call, call->rows[i])];
        return;
    }
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t v = us[brasa__cast_at(call, r)];
        out[r] = to_local ? brasa__zone_local(zone, &span, v) : brasa__zone_utc(zone, &span, v);
    }
}

/* Seconds since 1970, as Spark has it. */
static brasa_status number_to_timestamp(brasa_call *call, brasa_error *err)
{
    const brasa_column *c = &call->args[0];
    int64_t            *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t      r = call->rows[i], k = brasa__cast_at(call, r);
        brasa_int128 us;
        if (brasa__cast_is_float(c->type)) {
            double v = brasa__cast_float_at(c, k) * 1e6;
            if (!(fabs(v) < 9.2e18)) {
                BRASA_TRY(brasa__cast_fail(call, r, err));
                continue;
            }
            us = (int64_t)v;
        } else if (c->type.kind == BRASA_KIND_DECIMAL) {
            if (!brasa__decimal_rescale(brasa__cast_decimal_at(c, k), c->type.scale, 6, 38, &us)) us = (brasa_int128)INT64_MAX + 1;
        } else {
            us = (brasa_int128)brasa__cast_int_at(c, k) * BRASA_SECOND_US;
        }
        out[r] = (int64_t)us;
        if (us != out[r]) BRASA_TRY(brasa__cast_fail(call, r, err));
    }
    return BRASA_OK;
}

static brasa_status timestamp_to_number(brasa_call *call, brasa_error *err)
{
    brasa_type to = call->expr->type;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t      r = call->rows[i];
        int64_t      us = ((const int64_t *)call->args[0].values)[brasa__cast_at(call, r)];
        int64_t      seconds = us / BRASA_SECOND_US - (us % BRASA_SECOND_US < 0);
        brasa_int128 v;
        bool         ok = true;
        if (brasa__cast_is_float(to)) {
            brasa__cast_put_float(call, r, (double)us / 1e6);
        } else if (to.kind == BRASA_KIND_DECIMAL) {
            ok = brasa__decimal_rescale(us, 6, to.scale, to.precision, &v);
            if (ok) brasa__cast_put_decimal(call, r, v);
        } else {
            ok = brasa__cast_put_int(call, r, seconds);
        }
        if (!ok) BRASA_TRY(brasa__cast_fail(call, r, err));
    }
    return BRASA_OK;
}

/* ---- intervals ---- */

/* The unit of an interval's last field, in months or microseconds. */
static int64_t unit_of(brasa_type t)
{
    if (t.kind == BRASA_KIND_INTERVAL_YM) return t.scale == BRASA_FIELD_YEAR ? 12 : 1;
    return brasa__field_us((brasa_interval_field)t.scale);
}

static bool put_interval(brasa_call *call, int32_t r, brasa_int128 v)
{
    if (call->expr->type.kind == BRASA_KIND_INTERVAL_YM) {
        ((int32_t *)call->values)[r] = (int32_t)v;
        return v == (int32_t)v;
    }
    ((int64_t *)call->values)[r] = (int64_t)v;
    return v == (int64_t)v;
}

static bool interval_to_fields(brasa_call *call, int32_t r, brasa_interval v)
{
    if (call->expr->type.kind == BRASA_KIND_INTERVAL_YM) return v.days == 0 && v.us == 0 && put_interval(call, r, v.months);
    return v.months == 0 && put_interval(call, r, (brasa_int128)v.days * BRASA_DAY_US + v.us);
}

static void fields_to_interval(brasa_call *call, int32_t r, int64_t v)
{
    brasa_interval *out = (brasa_interval *)call->values + r;

    if (call->args[0].type.kind == BRASA_KIND_INTERVAL_YM)
        *out = (brasa_interval) {.months = (int32_t)v};
    else
        *out = (brasa_interval) {.days = (int32_t)(v / BRASA_DAY_US), .us = v % BRASA_DAY_US};
}

/* Decimals are rounded half up to a month or a microsecond, and what is less than the last field is cut. */
static bool number_to_interval(brasa_call *call, int32_t r, int32_t k)
{
    const brasa_column *c = &call->args[0];
    brasa_int128        v = 0;

    if (c->type.kind != BRASA_KIND_DECIMAL)
        return put_interval(call, r, (brasa_int128)brasa__cast_int_at(c, k) * unit_of(call->expr->type));
    brasa_type to = call->expr->type;
    if (!brasa__decimal_op(BRASA_MUL, brasa__cast_decimal_at(c, k), c->type.scale, unit_of(to), 0, 38, 0, &v)) return false;
    if (to.kind == BRASA_KIND_INTERVAL_DT && to.scale != BRASA_FIELD_SECOND) v -= v % unit_of(to);
    return put_interval(call, r, v);
}

static bool interval_to_number(brasa_call *call, int32_t r, int64_t v)
{
    brasa_type   to = call->expr->type;
    int64_t      unit = unit_of(call->args[0].type);
    brasa_int128 d;

    if (to.kind != BRASA_KIND_DECIMAL) return brasa__cast_put_int(call, r, v / unit);
    if (!brasa__decimal_op(BRASA_DIV, v, 0, unit, 0, to.precision, to.scale, &d)) return false;
    brasa__cast_put_decimal(call, r, d);
    return true;
}

static bool interval_row(brasa_call *call, int32_t r)
{
    const brasa_column *c = &call->args[0];
    brasa_type          from = c->type, to = call->expr->type;
    int32_t             k = brasa__cast_at(call, r);

    if (from.kind == BRASA_KIND_INTERVAL) return interval_to_fields(call, r, ((const brasa_interval *)c->values)[k]);
    if (!brasa__type_is_interval(from)) return number_to_interval(call, r, k);
    int64_t v = from.kind == BRASA_KIND_INTERVAL_YM ? ((const int32_t *)c->values)[k] : ((const int64_t *)c->values)[k];
    if (to.kind == BRASA_KIND_INTERVAL) return fields_to_interval(call, r, v), true;
    if (brasa__type_is_interval(to)) return put_interval(call, r, to.scale == BRASA_FIELD_SECOND ? v : v - v % unit_of(to));
    return interval_to_number(call, r, v);
}

static brasa_status cast_interval(brasa_call *call, brasa_error *err)
{
    for (int32_t i = 0; i < call->n; i++)
        if (!interval_row(call, call->rows[i])) BRASA_TRY(brasa__cast_fail(call, call->rows[i], err));
    return BRASA_OK;
}

/* ---- times of day ---- */

static void to_time(brasa_call *call)
{
    const brasa_column *c = &call->args[0];
    int64_t            *out = call->values;
    const brasa_zone   *zone = brasa__zone_session();
    brasa_zone_span     span = {0};

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], k = brasa__cast_at(call, r);
        int64_t us = c->type.kind == BRASA_KIND_INTERVAL ? ((const brasa_interval *)c->values)[k].us : ((const int64_t *)c->values)[k];

        if (c->type.kind == BRASA_KIND_TIMESTAMP) us = brasa__zone_local(zone, &span, us);
        out[r] = brasa__time_cut(brasa__timestamp_rest(us), call->expr->type);
    }
}

static brasa_status from_time(brasa_call *call, brasa_error *err)
{
    brasa_type to = call->expr->type;

    if (brasa__type_is_numeric(to)) return timestamp_to_number(call, err);
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t us = ((const int64_t *)call->args[0].values)[brasa__cast_at(call, r)];

        if (to.kind == BRASA_KIND_INTERVAL)
            ((brasa_interval *)call->values)[r] = (brasa_interval) {.us = us};
        else
            ((int64_t *)call->values)[r] = us - us % unit_of(to);
    }
    return BRASA_OK;
}

brasa_status brasa__cast_time(brasa_call *call, brasa_error *err)
{
    brasa_type from = call->args[0].type, to = call->expr->type;

    if (to.kind == BRASA_KIND_TIME) return to_time(call), BRASA_OK;
    if (from.kind == BRASA_KIND_TIME) return from_time(call, err);

    if (from.kind == BRASA_KIND_INTERVAL || to.kind == BRASA_KIND_INTERVAL || brasa__type_is_interval(from) || brasa__type_is_interval(to))
        return cast_interval(call, err);
    if (from.kind == BRASA_KIND_DATE) return date_to_moment(call, err);
    if (to.kind == BRASA_KIND_DATE) return moment_to_date(call), BRASA_OK;
    if (brasa__type_is_timestamp(from) && brasa__type_is_timestamp(to)) return moment_to_moment(call), BRASA_OK;
    return brasa__type_is_timestamp(to) ? number_to_timestamp(call, err) : timestamp_to_number(call, err);
}
