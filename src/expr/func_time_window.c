/* func_time_window.c -- time_windows(t, length [, slide [, start]]): the windows of time that t lies in, as structs of start and end.
 *
 * Windows begin at start + k * slide for all k, counted from 1970-01-01 (UTC, or of the clock of a TIMESTAMP_NTZ), as in Spark.
 */
#include <string.h>

#include "data/value.h"
#include "expr/func_groups.h"
#include "expr/func_row.h"

enum { MOST_WINDOWS = 100000 };

static BRASA_RESOLVE(time_windows)
{
    brasa_field *fields = BRASA_NEWS(arena, brasa_field, 2);

    (void)f, (void)err;
    if (types[0].kind == BRASA_KIND_DATE || types[0].kind == BRASA_KIND_STRING || types[0].kind == BRASA_KIND_NULL)
        types[0] = brasa__type(BRASA_KIND_TIMESTAMP);
    if (!brasa__type_is_timestamp(types[0])) return BRASA_TYPE;
    for (int32_t i = 1; i < n; i++)
        if (types[i].kind != BRASA_KIND_STRING && types[i].kind != BRASA_KIND_INTERVAL_DT) return BRASA_TYPE;
    fields[0] = (brasa_field) {.name = "start", .type = types[0], .nullable = true};
    fields[1] = (brasa_field) {.name = "end", .type = types[0], .nullable = true};
    *result = brasa__type_list(arena, (brasa_type) {.kind = BRASA_KIND_STRUCT, .nfields = 2, .fields = fields});
    return BRASA_OK;
}

/* '5 minutes' or an interval, in microseconds. */
static brasa_status length_of(const brasa_value *v, const char *what, int64_t least, int64_t *out, brasa_error *err)
{
    brasa_interval i;

    *out = v->u.i;
    if (v->type.kind == BRASA_KIND_STRING) {
        bool is = brasa__parse_interval(v->u.s.p, v->u.s.n, &i) && i.months == 0;
        if (!is || __builtin_mul_overflow((int64_t)i.days, INT64_C(86400000000), out) || __builtin_add_overflow(*out, i.us, out))
            return brasa__fail(err, BRASA_INVALID, "window: %s '%.*s' is no span of weeks, days, hours, minutes or seconds", what,
                               (int)v->u.s.n, v->u.s.p);
    }
    if (*out >= least) return BRASA_OK;
    return brasa__fail(err, BRASA_INVALID, "window: its %s is %lld microseconds; it must be more than that", what, (long long)*out);
}

static brasa_status too_far(brasa_error *err)
{
    return brasa__fail(err, BRASA_ARITHMETIC, "window: it begins or ends beyond the times that a TIMESTAMP holds");
}

static brasa_status time_windows_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    int64_t t = args[0].u.i, length, slide, start = 0, last;

    BRASA_TRY(length_of(&args[1], "length", 1, &length, err));
    slide = length;
    if (call->nargs > 2) BRASA_TRY(length_of(&args[2], "slide", 1, &slide, err));
    if (call->nargs > 3) BRASA_TRY(length_of(&args[3], "start", INT64_MIN, &start, err));
    if (slide > length || length / slide >= MOST_WINDOWS)
        return brasa__fail(err, BRASA_INVALID, "window: a slide is at most as long as the window, and at least a %dth of it",
                           (int)MOST_WINDOWS);
    if (__builtin_sub_overflow(t, start, &last)) return too_far(err);
    last = last % slide;
    if (__builtin_sub_overflow(t, last < 0 ? last + slide : last, &last)) return too_far(err);
    int32_t      n = 0, most = (int32_t)(1 + (length - 1) / slide);
    brasa_value *items = BRASA_NEWS(call->arena, brasa_value, most + 1), *ends = BRASA_NEWS(call->arena, brasa_value, 2 * most + 1);
    brasa_type   type = out->type.fields[0].type;
    for (int32_t i = most - 1; i >= 0; i--) {
        int64_t from, to;

        if (__builtin_sub_overflow(last, i * slide, &from) || __builtin_add_overflow(from, length, &to)) return too_far(err);
        if (to <= t) continue;
        ends[2 * n] = (brasa_value) {.type = type.fields[0].type, .u.i = from};
        ends[2 * n + 1] = (brasa_value) {.type = type.fields[1].type, .u.i = to};
        items[n] = (brasa_value) {.type = type, .u.list = {.items = &ends[2 * n], .n = 2}};
        n++;
    }
    out->null = false;
    out->u.list.items = items;
    out->u.list.n = n;
    return BRASA_OK;
}

static const brasa_function table[] = {
    {.name = "time_windows",
     .min_args = 2,
     .max_args = 4,
     .flags = BRASA_FN_CAN_FAIL,
     .doc =
         "time_windows(timestamp, length [, slide [, start]]): the windows of time that it lies in, structs of start and end; GROUP BY window(t, '5 minutes') "
         "is over them",
     .resolve = brasa__resolve_time_windows,
     .eval = brasa__row_eval,
     .row = time_windows_row},
};

BRASA_FUNCTION_GROUP(time_window, "Dates and times", table);
