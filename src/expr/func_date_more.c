/* func_date_more.c -- dates as text by pattern, as seconds, by unit; makers of timestamps and intervals. */
#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/zone.h"
#include "data/string.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/date_arith.h"
#include "expr/date_format.h"
#include "expr/func_groups.h"
#include "expr/resolve.h"

static const brasa_string *text_at(const brasa_call *call, int32_t k, int32_t r)
{
    return &BRASA_ARG(call, k, brasa_string, r);
}

/* ---- text to date, and back ---- */

static BRASA_RESOLVE(to_moment)
{
    const char *name = strncmp(f->name, "try_", 4) == 0 ? f->name + 4 : f->name;
    bool        date = strcmp(name, "to_date") == 0,
         ntz = strcmp(name, "to_timestamp") == 0 && brasa__timestamp_kind() == BRASA_KIND_TIMESTAMP_NTZ;
    bool local = date || ntz || strcmp(name, "to_timestamp_ntz") == 0;

    (void)arena, (void)err;
    *result = brasa__type(strstr(name, "unix_timestamp") ? BRASA_KIND_INT64
                          : date                         ? BRASA_KIND_DATE
                          : local                        ? BRASA_KIND_TIMESTAMP_NTZ
                                                         : BRASA_KIND_TIMESTAMP);
    if (n == 2) BRASA_TRY(brasa__resolve_arg(&types[1], BRASA_KIND_STRING));
    if (types[0].kind == BRASA_KIND_STRING) return BRASA_OK;
    if (brasa__type_is_numeric(types[0]) && result->kind == BRASA_KIND_TIMESTAMP) return types[0] = *result, BRASA_OK;
    return brasa__resolve_arg(&types[0], local ? BRASA_KIND_TIMESTAMP_NTZ : BRASA_KIND_TIMESTAMP);
}

/* The pattern of a row, taken apart again only where it is another text than before. */
static brasa_status pattern_at(const brasa_call *call, int32_t k, int32_t r, bool reading, brasa_date_pattern *p, brasa_error *err)
{
    const brasa_string *s = text_at(call, k, r);
    const char         *text = brasa_string_data(s);

    if (p->fields && p->len == s->len && (p->text == text || memcmp(p->text, text, s->len) == 0)) return BRASA_OK;
    return brasa__date_pattern(call->arena, brasa__arena_dup_bytes(call->arena, text, s->len), s->len, reading, p, err);
}

/* Text as a moment, or as the clock on the wall where the result has no zone. */
static bool read_text(const brasa_string *s, const brasa_date_pattern *p, bool zoned, int64_t *us)
{
    const char     *text = brasa_string_data(s);
    size_t          len = s->len;
    brasa_date_read read;
    brasa_zone_span at = {0};

    if (p) {
        if (!brasa__date_read(p, text, len, &read)) return false;
        *us = read.local;
        if (zoned) *us = brasa__zone_utc(read.zone ? read.zone : brasa__zone_session(), &at, read.local);
        return true; /* without a zone, one that is named is passed over */
    }
    while (len > 0 && isspace((unsigned char)*text)) text++, len--;
    while (len > 0 && isspace((unsigned char)text[len - 1])) len--;
    return zoned ? brasa__parse_timestamp(text, len, us) : brasa__parse_timestamp_ntz(text, len, us);
}

static void put_moment(brasa_call *call, int32_t r, int64_t us)
{
    if (call->expr->type.kind == BRASA_KIND_DATE)
        ((int32_t *)call->values)[r] = brasa__timestamp_days(us);
    else if (call->expr->type.kind == BRASA_KIND_INT64)
        ((int64_t *)call->values)[r] = us / BRASA_SECOND_US - (us % BRASA_SECOND_US < 0);
    else
        ((int64_t *)call->values)[r] = us;
}

static brasa_status to_moment_eval(brasa_call *call, brasa_error *err)
{
    bool               zoned = call->expr->type.kind == BRASA_KIND_TIMESTAMP || call->expr->type.kind == BRASA_KIND_INT64;
    bool               text = call->args[0].type.kind == BRASA_KIND_STRING;
    brasa_date_pattern p = {0};

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t us = 0;
        if (!text) {
            put_moment(call, r, BRASA_ARG(call, 0, int64_t, r));
            continue;
        }
        if (call->nargs > 1) BRASA_TRY(pattern_at(call, 1, r, true, &p, err));
        const brasa_string *s = text_at(call, 0, r);
        if (read_text(s, call->nargs > 1 ? &p : NULL, zoned, &us)) {
            put_moment(call, r, us);
            continue;
        }
        BRASA_TRY(brasa__call_fail_row(call, r, err, "%s: '%.*s' is not a date of that form; try_to_timestamp gives null instead",
                                       call->expr->name, (int)(s->len < 100 ? s->len : 100), brasa_string_data(s)));
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(date_format)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    if (types[0].kind != BRASA_KIND_TIME) BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_TIMESTAMP));
    return brasa__resolve_arg(&types[1], BRASA_KIND_STRING);
}

static BRASA_RESOLVE(from_unixtime)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_INT64));
    return n > 1 ? brasa__resolve_arg(&types[1], BRASA_KIND_STRING) : BRASA_OK;
}

static brasa_status date_format_eval(brasa_call *call, brasa_error *err)
{
    static const char  standard[] = "yyyy-MM-dd HH:mm:ss";
    brasa_string      *out = call->values;
    bool               seconds = call->args[0].type.kind == BRASA_KIND_INT64, time = call->args[0].type.kind == BRASA_KIND_TIME;
    const brasa_zone  *zone = brasa__zone_session();
    brasa_zone_span    at = {0};
    brasa_date_pattern p = {0};

    if (call->nargs == 1) BRASA_TRY(brasa__date_pattern(call->arena, standard, sizeof standard - 1, false, &p, err));
    for (int32_t i = 0; i < call->n; i++) {
        int32_t    r = call->rows[i];
        int64_t    us = BRASA_ARG(call, 0, int64_t, r);
        brasa_text t;
        if (seconds && __builtin_mul_overflow(us, (int64_t)BRASA_SECOND_US, &us)) {
            BRASA_TRY(brasa__call_fail_row(call, r, err, "a time out of range in %s", call->expr->name));
            continue;
        }
        if (call->nargs > 1) BRASA_TRY(pattern_at(call, 1, r, false, &p, err));
        brasa__text_init(&t, call->arena);
        if (time)
            brasa__date_put(&p, us, 0, NULL, &t);
        else
            brasa__date_put(&p, brasa__zone_local(zone, &at, us), brasa__zone_offset(zone, &at, us), zone, &t);
        out[r] = brasa__string(t.s, t.len);
    }
    return BRASA_OK;
}

/* ---- counts of seconds ---- */

typedef struct epoch_fn {
    const char *name;
    int64_t     unit; /* in microseconds */
    bool        from; /* count to timestamp */
} epoch_fn;

static const epoch_fn epochs[] = {{"timestamp_seconds", 1000000, true}, {"timestamp_millis", 1000, true}, {"timestamp_micros", 1, true},
                                  {"unix_seconds", 1000000, false},     {"unix_millis", 1000, false},     {"unix_micros", 1, false}};

static const epoch_fn *epoch_of(const char *name)
{
    for (size_t i = 0; i < sizeof epochs / sizeof *epochs; i++)
        if (strcmp(epochs[i].name, name) == 0) return &epochs[i];
    return NULL;
}

static BRASA_RESOLVE(epoch)
{
    bool from = epoch_of(f->name)->from;

    (void)arena, (void)n, (void)err;
    *result = brasa__type(from ? BRASA_KIND_TIMESTAMP : BRASA_KIND_INT64);
    if (strcmp(f->name, "timestamp_seconds") == 0 && brasa__type_is_numeric(types[0]) && !brasa__type_is_integer(types[0])) {
        if (types[0].kind == BRASA_KIND_DECIMAL && types[0].scale > 6) return BRASA_TYPE;
        types[0] = *result; /* a cast that keeps the fraction */
        return BRASA_OK;
    }
    return brasa__resolve_arg(&types[0], from ? BRASA_KIND_INT64 : BRASA_KIND_TIMESTAMP);
}

static brasa_status epoch_eval(brasa_call *call, brasa_error *err)
{
    const epoch_fn *f = epoch_of(call->expr->name);
    int64_t        *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t v = BRASA_ARG(call, 0, int64_t, r);
        bool    bad = false;
        if (f->from && call->args[0].type.kind == BRASA_KIND_TIMESTAMP)
            out[r] = v;
        else if (f->from)
            bad = __builtin_mul_overflow(v, f->unit, &out[r]);
        else
            out[r] = v / f->unit - (v % f->unit < 0);
        if (bad) BRASA_TRY(brasa__call_fail_row(call, r, err, "a timestamp out of range in %s", f->name));
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(unix_date)
{
    bool from = f->name[0] == 'd';

    (void)arena, (void)n, (void)err;
    *result = brasa__type(from ? BRASA_KIND_DATE : BRASA_KIND_INT32);
    return brasa__resolve_arg(&types[0], from ? BRASA_KIND_INT32 : BRASA_KIND_DATE);
}

static brasa_status unix_date_eval(brasa_call *call, brasa_error *err)
{
    (void)err;
    for (int32_t i = 0; i < call->n; i++) ((int32_t *)call->values)[call->rows[i]] = BRASA_ARG(call, 0, int32_t, call->rows[i]);
    return BRASA_OK;
}

/* ---- months_between, next_day ---- */

/* What the session's clocks show is what counts: moments are cast to that, text is read as it. */
static brasa_status local_arg(brasa_type *t)
{
    return brasa__resolve_arg(t, BRASA_KIND_TIMESTAMP_NTZ);
}

static BRASA_RESOLVE(months_between)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_FLOAT64);
    for (int32_t i = 0; i < 2; i++) BRASA_TRY(local_arg(&types[i]));
    return n > 2 ? brasa__resolve_arg(&types[2], BRASA_KIND_BOOL) : BRASA_OK;
}

static bool is_last_day(int32_t days)
{
    int32_t y, m, d;

    brasa__date_split(days + 1, &y, &m, &d);
    return d == 1;
}

/* Whole months when both are the same day of the month or both its last; else months of 31 days, to eight places. */
static brasa_status months_between_eval(brasa_call *call, brasa_error *err)
{
    double *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], da, db, ya, ma, yb, mb, na, nb;
        int64_t a = BRASA_ARG(call, 0, int64_t, r), b = BRASA_ARG(call, 1, int64_t, r);
        da = brasa__timestamp_days(a);
        db = brasa__timestamp_days(b);
        brasa__date_split(da, &ya, &ma, &na);
        brasa__date_split(db, &yb, &mb, &nb);
        double months = (double)((int64_t)(ya - yb) * 12 + (ma - mb));
        if (na != nb && !(is_last_day(da) && is_last_day(db))) {
            double seconds = (double)(na - nb) * 86400 + (double)(brasa__timestamp_rest(a) - brasa__timestamp_rest(b)) / 1e6;
            months += seconds / (31.0 * 86400);
            if (call->nargs < 3 || BRASA_ARG(call, 2, uint8_t, r)) months = round(months * 1e8) / 1e8;
        }
        out[r] = months;
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(next_day)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_DATE);
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_DATE));
    return brasa__resolve_arg(&types[1], BRASA_KIND_STRING);
}

static brasa_status next_day_eval(brasa_call *call, brasa_error *err)
{
    static const char *const names[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    int32_t                 *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i], day = brasa__date_tame(BRASA_ARG(call, 0, int32_t, r)), want = -1;
        const brasa_string *s = text_at(call, 1, r);
        for (int k = 0; k < 7; k++)
            if (s->len >= 2 && s->len <= strlen(names[k]) && (s->len <= 3 || s->len == strlen(names[k])) &&
                strncasecmp(names[k], brasa_string_data(s), s->len) == 0)
                want = k;
        if (want < 0) {
            BRASA_TRY(brasa__call_fail_row(call, r, err, "next_day: '%.*s' is not a day of the week", (int)(s->len < 50 ? s->len : 50),
                                           brasa_string_data(s)));
            continue;
        }
        int32_t today = ((day % 7) + 10) % 7, ahead = (want - today + 7) % 7;
        out[r] = day + (ahead == 0 ? 7 : ahead);
    }
    return BRASA_OK;
}

/* ---- makers ---- */

/* Seconds with six decimals. */
static brasa_status seconds_arg(brasa_type *t)
{
    if (t->kind != BRASA_KIND_DECIMAL) BRASA_TRY(brasa__resolve_arg(t, BRASA_KIND_FLOAT64));
    *t = brasa__type_decimal(18, 6);
    return BRASA_OK;
}

static BRASA_RESOLVE(make_interval)
{
    bool    years = strcmp(f->name, "make_ym_interval") == 0, time = strcmp(f->name, "make_dt_interval") == 0;
    int32_t seconds = time ? 3 : 6;

    (void)arena, (void)err;
    *result = brasa__type(years ? BRASA_KIND_INTERVAL_YM : time ? BRASA_KIND_INTERVAL_DT : BRASA_KIND_INTERVAL);
    for (int32_t i = 0; i < n; i++) BRASA_TRY(i < seconds ? brasa__resolve_arg(&types[i], BRASA_KIND_INT32) : seconds_arg(&types[i]));
    return BRASA_OK;
}

/* make_interval(years, months, weeks, days, hours, minutes, seconds), from the left, 0 where left out */
static brasa_status make_interval_eval(brasa_call *call, brasa_error *err)
{
    brasa_interval *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t v[6] = {0}, us = call->nargs > 6 ? BRASA_ARG(call, 6, int64_t, r) : 0;
        for (int32_t k = 0; k < call->nargs && k < 6; k++) v[k] = BRASA_ARG(call, k, int32_t, r);
        int64_t months = v[0] * 12 + v[1], days = v[2] * 7 + v[3];
        if (months != (int32_t)months || days != (int32_t)days ||
            __builtin_add_overflow((v[4] * 60 + v[5]) * 60 * BRASA_SECOND_US, us, &us))
            BRASA_TRY(brasa__call_fail_row(call, r, err, "an interval out of range in %s", call->expr->name));
        else
            out[r] = (brasa_interval) {(int32_t)months, (int32_t)days, us};
    }
    return BRASA_OK;
}

/* make_ym_interval(years, months), make_dt_interval(days, hours, minutes, seconds): 0 where left out */
static brasa_status make_fields_eval(brasa_call *call, brasa_error *err)
{
    static const int64_t units[] = {BRASA_DAY_US, INT64_C(3600000000), 60000000, 1};
    bool                 years = call->expr->type.kind == BRASA_KIND_INTERVAL_YM;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t      r = call->rows[i];
        brasa_int128 sum = 0;
        for (int32_t k = 0; k < call->nargs; k++)
            sum += k < 3 ? (brasa_int128)BRASA_ARG(call, k, int32_t, r) * (years ? (k == 0 ? 12 : 1) : units[k])
                         : BRASA_ARG(call, k, int64_t, r);
        if (years ? sum != (int32_t)sum : sum != (int64_t)sum)
            BRASA_TRY(brasa__call_fail_row(call, r, err, "an interval out of range in %s", call->expr->name));
        else if (years)
            ((int32_t *)call->values)[r] = (int32_t)sum;
        else
            ((int64_t *)call->values)[r] = (int64_t)sum;
    }
    return BRASA_OK;
}

/* ---- by unit ---- */

/* Months of a unit, or else its microseconds. */
static bool unit_of(const brasa_string *s, int64_t *months, int64_t *us)
{
    static const struct {
        const char *name;
        int64_t     months, us;
    } units[] = {{"year", 12, 0},
                 {"quarter", 3, 0},
                 {"month", 1, 0},
                 {"week", 0, 7 * BRASA_DAY_US},
                 {"day", 0, BRASA_DAY_US},
                 {"dayofyear", 0, BRASA_DAY_US},
                 {"hour", 0, INT64_C(3600000000)},
                 {"minute", 0, 60000000},
                 {"second", 0, 1000000},
                 {"millisecond", 0, 1000},
                 {"microsecond", 0, 1}};
    size_t n = s->len;

    if (n > 0 && tolower((unsigned char)brasa_string_data(s)[n - 1]) == 's') n--;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) != n || strncasecmp(units[i].name, brasa_string_data(s), n) != 0) continue;
        *months = units[i].months;
        *us = units[i].us;
        return true;
    }
    return false;
}

static BRASA_RESOLVE(add_unit)
{
    (void)arena, (void)f, (void)n, (void)err;
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_STRING));
    BRASA_TRY(brasa__resolve_arg(&types[1], BRASA_KIND_INT64));
    if (types[2].kind != BRASA_KIND_TIMESTAMP_NTZ) BRASA_TRY(brasa__resolve_arg(&types[2], BRASA_KIND_TIMESTAMP));
    *result = types[2];
    return BRASA_OK;
}

static brasa_status no_unit(const brasa_string *s, brasa_error *err)
{
    return brasa__fail(err, BRASA_INVALID, "'%.*s' is not a unit of time", (int)(s->len < 50 ? s->len : 50), brasa_string_data(s));
}

static brasa_status add_unit_eval(brasa_call *call, brasa_error *err)
{
    int64_t          *out = call->values;
    const brasa_zone *zone = call->expr->type.kind == BRASA_KIND_TIMESTAMP ? brasa__zone_session() : NULL;
    brasa_zone_span   span = {0};

    for (int32_t i = 0; i < call->n; i++) {
        int32_t        r = call->rows[i];
        int64_t        months, us, total = 0, count = BRASA_ARG(call, 1, int64_t, r), at = BRASA_ARG(call, 2, int64_t, r);
        brasa_interval v = {0};
        bool           ok;
        if (!unit_of(text_at(call, 0, r), &months, &us)) return no_unit(text_at(call, 0, r), err);
        if (months > 0) {
            ok = count > -10000000 && count < 10000000;
            v.months = ok ? (int32_t)(count * months) : 0;
        } else {
            ok = !__builtin_mul_overflow(count, us, &total);
            v.us = total;
            if (ok && us % BRASA_DAY_US == 0) v = brasa__interval_of_us(total);
        }
        if (!ok || !brasa__moment_add(zone, &span, at, v, &out[r]))
            BRASA_TRY(brasa__call_fail_row(call, r, err, "a timestamp out of range in %s", call->expr->name));
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(diff_unit)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_INT64);
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_STRING));
    BRASA_TRY(local_arg(&types[1]));
    return local_arg(&types[2]);
}

/* Whole months from a to b: the last one counts when its day and time are reached. */
static int64_t months_from(int64_t a, int64_t b)
{
    int32_t ya, ma, da, yb, mb, db;

    brasa__date_split(brasa__timestamp_days(a), &ya, &ma, &da);
    brasa__date_split(brasa__timestamp_days(b), &yb, &mb, &db);
    int64_t months = (int64_t)(yb - ya) * 12 + (mb - ma);
    int64_t in_a = da * BRASA_DAY_US + brasa__timestamp_rest(a), in_b = db * BRASA_DAY_US + brasa__timestamp_rest(b);
    if (months > 0 && in_b < in_a) months--;
    if (months < 0 && in_b > in_a) months++;
    return months;
}

static brasa_status diff_unit_eval(brasa_call *call, brasa_error *err)
{
    int64_t *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t months, us, span, a = BRASA_ARG(call, 1, int64_t, r), b = BRASA_ARG(call, 2, int64_t, r);
        if (!unit_of(text_at(call, 0, r), &months, &us)) return no_unit(text_at(call, 0, r), err);
        if (months > 0) {
            out[r] = months_from(a, b) / months;
        } else if (__builtin_sub_overflow(b, a, &span)) {
            BRASA_TRY(brasa__call_fail_row(call, r, err, "timestamps too far apart in %s", call->expr->name));
        } else {
            out[r] = span / us;
        }
    }
    return BRASA_OK;
}

/* ---- names ---- */

static BRASA_RESOLVE(date_to_string)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    return brasa__resolve_arg(&types[0], BRASA_KIND_DATE);
}

static brasa_status name_eval(brasa_call *call, brasa_error *err)
{
    brasa_string      *out = call->values;
    brasa_date_pattern p;

    BRASA_TRY(
        brasa__date_pattern(call->arena, call->expr->name[0] == 'd' ? "E" : "MMM", call->expr->name[0] == 'd' ? 1 : 3, false, &p, err));

    for (int32_t i = 0; i < call->n; i++) {
        int32_t    r = call->rows[i];
        int64_t    us;
        brasa_text t;
        if (__builtin_mul_overflow((int64_t)BRASA_ARG(call, 0, int32_t, r), BRASA_DAY_US, &us)) {
            BRASA_TRY(brasa__call_fail_row(call, r, err, "a date out of range in %s", call->expr->name));
            continue;
        }
        brasa__text_init(&t, call->arena);
        brasa__date_put(&p, us, 0, NULL, &t);
        out[r] = brasa__string(t.s, t.len);
    }
    return BRASA_OK;
}

#define FN(id, least, most, flag, res, fn, text)                                                                                 \
    {                                                                                                                            \
        .name = id, .min_args = least, .max_args = most, .flags = flag, .doc = text, .resolve = brasa__resolve_##res, .eval = fn \
    }
#define FAIL BRASA_FN_CAN_FAIL

static const brasa_function table[] = {
    FN("to_date", 1, 2, FAIL, to_moment, to_moment_eval, "to_date(text [, pattern]): patterns as yyyy-MM-dd"),
    FN("to_timestamp", 1, 2, FAIL, to_moment, to_moment_eval, "to_timestamp(text [, pattern])"),
    FN("to_timestamp_ltz", 1, 2, FAIL, to_moment, to_moment_eval, "to_timestamp_ltz(text [, pattern]): to_timestamp"),
    FN("to_timestamp_ntz", 1, 2, FAIL, to_moment, to_moment_eval, "to_timestamp_ntz(text [, pattern]): without a time zone"),
    FN("try_to_date", 1, 2, BRASA_FN_TRY, to_moment, to_moment_eval, "try_to_date(text [, pattern]): null where it is none"),
    FN("try_to_timestamp", 1, 2, BRASA_FN_TRY, to_moment, to_moment_eval, "try_to_timestamp(text [, pattern]): null where it is none"),
    FN("unix_timestamp", 1, 2, FAIL, to_moment, to_moment_eval, "unix_timestamp([x [, pattern]]): seconds since 1970"),
    FN("to_unix_timestamp", 1, 2, FAIL, to_moment, to_moment_eval, "to_unix_timestamp(x [, pattern]): seconds since 1970"),
    FN("date_format", 2, 2, FAIL, date_format, date_format_eval, "date_format(x, pattern)"),
    FN("from_unixtime", 1, 2, FAIL, from_unixtime, date_format_eval, "from_unixtime(seconds [, pattern]): as text"),
    FN("timestamp_seconds", 1, 1, FAIL, epoch, epoch_eval, "timestamp_seconds(n): since 1970"),
    FN("timestamp_millis", 1, 1, FAIL, epoch, epoch_eval, "timestamp_millis(n)"),
    FN("timestamp_micros", 1, 1, FAIL, epoch, epoch_eval, "timestamp_micros(n)"),
    FN("unix_seconds", 1, 1, 0, epoch, epoch_eval, "unix_seconds(timestamp)"),
    FN("unix_millis", 1, 1, 0, epoch, epoch_eval, "unix_millis(timestamp)"),
    FN("unix_micros", 1, 1, 0, epoch, epoch_eval, "unix_micros(timestamp)"),
    FN("unix_date", 1, 1, 0, unix_date, unix_date_eval, "unix_date(date): days since 1970"),
    FN("date_from_unix_date", 1, 1, 0, unix_date, unix_date_eval, "date_from_unix_date(days)"),
    FN("months_between", 2, 3, 0, months_between, months_between_eval, "months_between(a, b [, round])"),
    FN("next_day", 2, 2, FAIL, next_day, next_day_eval, "next_day(date, 'Mon'): the next such day after it"),
    FN("make_interval", 0, 7, FAIL, make_interval, make_interval_eval,
       "make_interval([years, months, weeks, days, hours, minutes, seconds])"),
    FN("try_make_interval", 0, 7, BRASA_FN_TRY, make_interval, make_interval_eval, "try_make_interval(...): null where it is out of range"),
    FN("make_ym_interval", 0, 2, FAIL, make_interval, make_fields_eval, "make_ym_interval([years [, months]])"),
    FN("make_dt_interval", 0, 4, FAIL, make_interval, make_fields_eval, "make_dt_interval([days [, hours [, minutes [, seconds]]]])"),
    FN("timestampadd", 3, 3, FAIL, add_unit, add_unit_eval, "timestampadd(unit, n, timestamp)"),
    FN("timestampdiff", 3, 3, FAIL, diff_unit, diff_unit_eval, "timestampdiff(unit, start, end): whole units between"),
    FN("dayname", 1, 1, FAIL, date_to_string, name_eval, "dayname(date): Mon, Tue, ..."),
    FN("monthname", 1, 1, FAIL, date_to_string, name_eval, "monthname(date): Jan, Feb, ..."),
};

BRASA_FUNCTION_GROUP(date_more, "Dates and times", table);
