/* func_time.c -- times of day: made, read, cut and counted, by the names of Spark 4.1.  Their parts are in func_date.c, their sums in date_arith.c. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "data/value.h"
#include "expr/date_arith.h"
#include "expr/date_format.h"
#include "expr/func_groups.h"
#include "expr/resolve.h"

/* ---- makers ---- */

static BRASA_RESOLVE(make_time)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_TIME);
    for (int32_t i = 0; i < 2; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_INT32));
    if (types[2].kind != BRASA_KIND_DECIMAL || types[2].precision > 16 || types[2].scale > 6)
        BRASA_TRY(brasa__resolve_arg(&types[2], BRASA_KIND_FLOAT64));
    types[2] = brasa__type_decimal(16, 6);
    return BRASA_OK;
}

static brasa_status make_time_eval(brasa_call *call, brasa_error *err)
{
    int64_t *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], h = BRASA_ARG(call, 0, int32_t, r), m = BRASA_ARG(call, 1, int32_t, r);
        int64_t us = BRASA_ARG(call, 2, int64_t, r);

        if (h >= 0 && h <= 23 && m >= 0 && m <= 59 && us >= 0 && us < 60 * (int64_t)BRASA_SECOND_US)
            out[r] = ((int64_t)h * 60 + m) * 60 * BRASA_SECOND_US + us;
        else
            BRASA_TRY(brasa__call_fail_row(call, r, err, "%s: there is no time %d:%d:%g", call->expr->name, h, m, (double)us / 1e6));
    }
    return BRASA_OK;
}

/* ---- text ---- */

static BRASA_RESOLVE(to_time)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_TIME);
    for (int32_t i = 0; i < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    return BRASA_OK;
}

static bool read_time(const char *s, size_t n, const brasa_date_pattern *p, int64_t *out)
{
    brasa_date_read read;

    if (p != NULL) {
        if (!brasa__date_read(p, s, n, &read)) return false;
        *out = brasa__timestamp_rest(read.local);
        return true;
    }
    while (n > 0 && isspace((unsigned char)*s)) s++, n--;
    while (n > 0 && isspace((unsigned char)s[n - 1])) n--;
    return brasa__parse_time(s, n, brasa__type(BRASA_KIND_TIME), out);
}

static brasa_status to_time_eval(brasa_call *call, brasa_error *err)
{
    brasa_date_pattern p = {0};

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);

        if (call->nargs > 1) {
            const brasa_string *text = &BRASA_ARG(call, 1, brasa_string, r);

            if (p.fields == NULL || p.len != text->len || memcmp(p.text, brasa_string_data(text), p.len) != 0)
                BRASA_TRY(brasa__date_pattern(call->arena, brasa__arena_dup_bytes(call->arena, brasa_string_data(text), text->len),
                                              text->len, true, &p, err));
        }
        if (!read_time(brasa_string_data(s), s->len, call->nargs > 1 ? &p : NULL, (int64_t *)call->values + r))
            BRASA_TRY(brasa__call_fail_row(call, r, err, "%s: '%.*s' is not a time of that form; try_to_time gives null instead",
                                           call->expr->name, (int)(s->len < 100 ? s->len : 100), brasa_string_data(s)));
    }
    return BRASA_OK;
}

/* ---- units ---- */

static const struct {
    const char *name;
    int64_t     us;
} units[] = {{"hour", INT64_C(3600000000)}, {"minute", 60000000}, {"second", 1000000}, {"millisecond", 1000}, {"microsecond", 1}};

/* 0: no unit, and the row has failed. */
static brasa_status unit_at(brasa_call *call, int32_t r, int64_t *us, brasa_error *err)
{
    const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        *us = units[i].us;
        if (strlen(units[i].name) == s->len && strncasecmp(units[i].name, brasa_string_data(s), s->len) == 0) return BRASA_OK;
    }
    *us = 0;
    return brasa__call_fail_row(call, r, err, "%s: '%.*s' is no unit of a time; give HOUR, MINUTE, SECOND, MILLISECOND or MICROSECOND",
                                call->expr->name, (int)(s->len < 50 ? s->len : 50), brasa_string_data(s));
}

static BRASA_RESOLVE(unit_times)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(n > 2 ? BRASA_KIND_INT64 : BRASA_KIND_TIME);
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_STRING));
    for (int32_t i = 1; i < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_TIME));
    return BRASA_OK;
}

static brasa_status unit_times_eval(brasa_call *call, brasa_error *err)
{
    int64_t *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t unit, us = brasa__timestamp_rest(BRASA_ARG(call, 1, int64_t, r));

        BRASA_TRY(unit_at(call, r, &unit, err));
        if (unit == 0) continue;
        out[r] = call->nargs > 2 ? (brasa__timestamp_rest(BRASA_ARG(call, 2, int64_t, r)) - us) / unit : us - us % unit;
    }
    return BRASA_OK;
}

#define FN(id, least, most, flag, res, fn, text)                                                                                 \
    {                                                                                                                            \
        .name = id, .min_args = least, .max_args = most, .flags = flag, .doc = text, .resolve = brasa__resolve_##res, .eval = fn \
    }

static const brasa_function table[] = {
    FN("make_time", 3, 3, BRASA_FN_CAN_FAIL, make_time, make_time_eval, "make_time(hour, minute, seconds)"),
    FN("to_time", 1, 2, BRASA_FN_CAN_FAIL, to_time, to_time_eval, "to_time(text [, pattern])"),
    FN("try_to_time", 1, 2, BRASA_FN_TRY, to_time, to_time_eval, "try_to_time(text [, pattern]): null where it is none"),
    FN("time_trunc", 2, 2, BRASA_FN_CAN_FAIL, unit_times, unit_times_eval, "time_trunc('unit', time): its unit's first moment"),
    FN("time_diff", 3, 3, BRASA_FN_CAN_FAIL, unit_times, unit_times_eval, "time_diff('unit', start, end): whole units between"),
};

BRASA_FUNCTION_GROUP(time, "Dates and times", table);
