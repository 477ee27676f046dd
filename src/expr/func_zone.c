/* func_zone.c -- functions that take a time zone, and makers of timestamps. */
#include <string.h>
#include <strings.h>

#include "base/zone.h"
#include "data/string.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/date_arith.h"
#include "expr/func_groups.h"
#include "expr/resolve.h"

/* The zone of a row: found again only where its name is another than before. */
typedef struct zone_arg {
    const brasa_zone *zone;
    brasa_string      name;
    brasa_zone_span   moment, local;
} zone_arg;

static brasa_status zone_at(const brasa_call *call, int32_t k, int32_t r, zone_arg *z, brasa_error *err)
{
    const brasa_string *s = &BRASA_ARG(call, k, brasa_string, r);

    if (z->zone && s->len == z->name.len && memcmp(brasa_string_data(s), brasa_string_data(&z->name), s->len) == 0) return BRASA_OK;
    const brasa_zone *zone = brasa__zone_find(brasa_string_data(s), s->len);
    if (zone == NULL)
        return brasa__fail(err, BRASA_INVALID, "%s: there is no time zone '%.*s'; zones are names as Europe/Berlin or offsets as +02:00",
                           call->expr->name, (int)(s->len < 60 ? s->len : 60), brasa_string_data(s));
    *z = (zone_arg) {.zone = zone, .name = *s};
    return BRASA_OK;
}

/* A row whose zone is unknown fails; *ok: it is known. */
static brasa_status zone_of_row(brasa_call *call, int32_t k, int32_t r, zone_arg *z, bool *ok, brasa_error *err)
{
    brasa_error  why;
    brasa_status status = zone_at(call, k, r, z, &why);

    *ok = status == BRASA_OK;
    return *ok ? BRASA_OK : brasa__call_fail_row(call, r, err, "%s", why.text);
}

/* ---- from_utc_timestamp, to_utc_timestamp ---- */

static BRASA_RESOLVE(moment_zone)
{
    (void)arena, (void)f, (void)n, (void)err;
    if (types[0].kind != BRASA_KIND_TIMESTAMP_NTZ) BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_TIMESTAMP));
    *result = types[0];
    return brasa__resolve_arg(&types[1], BRASA_KIND_STRING);
}

/* What the session's clocks show is taken for UTC and shown as the zone's clocks, or the other way. */
static brasa_status shift_eval(brasa_call *call, brasa_error *err)
{
    int64_t          *out = call->values;
    bool              from = call->expr->name[0] == 'f', zoned = call->expr->type.kind == BRASA_KIND_TIMESTAMP, ok;
    const brasa_zone *session = brasa__zone_session();
    brasa_zone_span   shown = {0}, back = {0};
    zone_arg          z = {0};

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t v = BRASA_ARG(call, 0, int64_t, r);
        BRASA_TRY(zone_of_row(call, 1, r, &z, &ok, err));
        if (!ok) continue;
        if (zoned) v = brasa__zone_local(session, &shown, v);
        v = from ? brasa__zone_local(z.zone, &z.moment, v) : brasa__zone_utc(z.zone, &z.local, v);
        out[r] = zoned ? brasa__zone_utc(session, &back, v) : v;
    }
    return BRASA_OK;
}

/* ---- AT TIME ZONE ---- */

static BRASA_RESOLVE(at_zone)
{
    (void)arena, (void)f, (void)n, (void)err;
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_STRING));
    if (types[1].kind != BRASA_KIND_TIMESTAMP_NTZ) BRASA_TRY(brasa__resolve_arg(&types[1], BRASA_KIND_TIMESTAMP));
    *result = brasa__type(types[1].kind == BRASA_KIND_TIMESTAMP ? BRASA_KIND_TIMESTAMP_NTZ : BRASA_KIND_TIMESTAMP);
    return BRASA_OK;
}

static brasa_status at_zone_eval(brasa_call *call, brasa_error *err)
{
    int64_t *out = call->values;
    bool     shows = call->args[1].type.kind == BRASA_KIND_TIMESTAMP, ok;
    zone_arg z = {0};

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t v = BRASA_ARG(call, 1, int64_t, r);
        BRASA_TRY(zone_of_row(call, 0, r, &z, &ok, err));
        if (ok) out[r] = shows ? brasa__zone_local(z.zone, &z.moment, v) : brasa__zone_utc(z.zone, &z.local, v);
    }
    return BRASA_OK;
}

/* ---- convert_timezone ---- */

static BRASA_RESOLVE(convert_timezone)
{
    (void)arena, (void)f, (void)err;
    for (int32_t i = 0; i + 1 < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    *result = brasa__type(BRASA_KIND_TIMESTAMP_NTZ);
    return brasa__resolve_arg(&types[n - 1], BRASA_KIND_TIMESTAMP_NTZ);
}

static brasa_status convert_timezone_eval(brasa_call *call, brasa_error *err)
{
    int64_t *out = call->values;
    int32_t  last = call->nargs - 1;
    zone_arg source = {0}, target = {0};
    bool     ok, ok_source = true;

    if (last == 1) source.zone = brasa__zone_session();
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        if (last == 2) BRASA_TRY(zone_of_row(call, 0, r, &source, &ok_source, err));
        BRASA_TRY(zone_of_row(call, last - 1, r, &target, &ok, err));
        if (!ok || !ok_source) continue;
        int64_t us = brasa__zone_utc(source.zone, &source.local, BRASA_ARG(call, last, int64_t, r));
        out[r] = brasa__zone_local(target.zone, &target.moment, us);
    }
    return BRASA_OK;
}

/* ---- makers ---- */

static bool makes_ntz(const char *name)
{
    size_t n = strlen(name);

    return n > 4 && strcmp(name + n - 4, "_ntz") == 0;
}

static BRASA_RESOLVE(make_timestamp)
{
    (void)arena, (void)err;
    bool either = n == 6 && strstr(f->name, "_ltz") == NULL;
    *result = brasa__type(makes_ntz(f->name) ? BRASA_KIND_TIMESTAMP_NTZ : either ? brasa__timestamp_kind() : BRASA_KIND_TIMESTAMP);
    if (n > 6 && makes_ntz(f->name)) return BRASA_TYPE;
    for (int32_t i = 0; i < 5; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_INT32));
    if (types[5].kind != BRASA_KIND_DECIMAL || types[5].precision > 16 || types[5].scale > 6) {
        BRASA_TRY(brasa__resolve_arg(&types[5], BRASA_KIND_FLOAT64));
    }
    types[5] = brasa__type_decimal(16, 6);
    return n > 6 ? brasa__resolve_arg(&types[6], BRASA_KIND_STRING) : BRASA_OK;
}

/* As a clock shows it; 60 seconds are the next minute, where nothing follows them. */
static bool make_local(const brasa_call *call, int32_t r, int64_t *out)
{
    int32_t v[5], days;
    int64_t us = BRASA_ARG(call, 5, int64_t, r);

    for (int k = 0; k < 5; k++) v[k] = BRASA_ARG(call, k, int32_t, r);
    if (v[0] < -290000 || v[0] > 290000 || !brasa__date_make(v[0], v[1], v[2], &days)) return false;
    if (v[3] < 0 || v[3] > 23 || v[4] < 0 || v[4] > 59 || us < 0 || us > 60 * (int64_t)BRASA_SECOND_US) return false;
    *out = days * BRASA_DAY_US + ((int64_t)v[3] * 60 + v[4]) * 60 * BRASA_SECOND_US + us;
    return true;
}

static brasa_status make_timestamp_eval(brasa_call *call, brasa_error *err)
{
    int64_t *out = call->values;
    bool     zoned = call->expr->type.kind == BRASA_KIND_TIMESTAMP, ok = true;
    zone_arg z = {.zone = brasa__zone_session()};

    if (call->nargs > 6) z.zone = NULL;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t local;
        if (!make_local(call, r, &local)) {
            BRASA_TRY(brasa__call_fail_row(call, r, err, "%s: there is no moment %d-%d-%d %d:%d:%g", call->expr->name,
                                           BRASA_ARG(call, 0, int32_t, r), BRASA_ARG(call, 1, int32_t, r), BRASA_ARG(call, 2, int32_t, r),
                                           BRASA_ARG(call, 3, int32_t, r), BRASA_ARG(call, 4, int32_t, r),
                                           (double)BRASA_ARG(call, 5, int64_t, r) / 1e6));
            continue;
        }
        if (call->nargs > 6) BRASA_TRY(zone_of_row(call, 6, r, &z, &ok, err));
        if (ok) out[r] = zoned ? brasa__zone_utc(z.zone, &z.local, local) : local;
    }
    return BRASA_OK;
}

#define FN(id, least, most, flag, res, fn, text)                                                                                 \
    {                                                                                                                            \
        .name = id, .min_args = least, .max_args = most, .flags = flag, .doc = text, .resolve = brasa__resolve_##res, .eval = fn \
    }
#define FAIL BRASA_FN_CAN_FAIL

static const brasa_function table[] = {
    FN("from_utc_timestamp", 2, 2, FAIL, moment_zone, shift_eval,
       "from_utc_timestamp(timestamp, zone): what UTC shows as the zone's clocks do"),
    FN("to_utc_timestamp", 2, 2, FAIL, moment_zone, shift_eval,
       "to_utc_timestamp(timestamp, zone): what the zone's clocks show as UTC does"),
    FN("timezone", 2, 2, FAIL, at_zone, at_zone_eval,
       "timestamp AT TIME ZONE zone: a TIMESTAMP as the zone's clocks show it; a TIMESTAMP_NTZ of that zone as a TIMESTAMP"),
    FN("convert_timezone", 2, 3, FAIL, convert_timezone, convert_timezone_eval,
       "convert_timezone([from,] to, timestamp_ntz): from one zone's clocks to another's; from: the session's"),
    FN("make_timestamp", 6, 7, FAIL, make_timestamp, make_timestamp_eval,
       "make_timestamp(year, month, day, hour, minute, seconds [, zone])"),
    FN("make_timestamp_ltz", 6, 7, FAIL, make_timestamp, make_timestamp_eval,
       "make_timestamp_ltz(year, month, day, hour, minute, seconds [, zone]): make_timestamp"),
    FN("make_timestamp_ntz", 6, 6, FAIL, make_timestamp, make_timestamp_eval,
       "make_timestamp_ntz(year, month, day, hour, minute, seconds): without a time zone"),
    FN("try_make_timestamp", 6, 7, BRASA_FN_TRY, make_timestamp, make_timestamp_eval, "try_make_timestamp(...): null where there is none"),
    FN("try_make_timestamp_ltz", 6, 7, BRASA_FN_TRY, make_timestamp, make_timestamp_eval,
       "try_make_timestamp_ltz(...): null where there is none"),
    FN("try_make_timestamp_ntz", 6, 6, BRASA_FN_TRY, make_timestamp, make_timestamp_eval,
       "try_make_timestamp_ntz(...): null where there is none"),
};

BRASA_FUNCTION_GROUP(zone, "Dates and times", table);
