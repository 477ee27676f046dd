/* func_c_dates.c -- dates by C's % patterns (strftime, strptime, as in DuckDB), buckets of time, and the age between two moments (as in PostgreSQL).
 *
 * Months of buckets are counted from January 2000, other widths from Monday 3 January 2000, as DuckDB and TimescaleDB do.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/zone.h"
#include "expr/date_arith.h"
#include "expr/date_format.h"
#include "expr/func_groups.h"
#include "expr/func_row.h"

/* A moment taken apart; `us` of its day. */
typedef struct c_time {
    int32_t days, year, month, day;
    int64_t us;
    int64_t offset; /* of the zone */
} c_time;

static c_time split_time(int64_t local, int64_t offset)
{
    c_time t = {.days = brasa__timestamp_days(local), .us = brasa__timestamp_rest(local), .offset = offset};

    brasa__date_split(t.days, &t.year, &t.month, &t.day);
    return t;
}

static const char *const weekdays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

static int32_t weekday(int32_t days)
{
    return (int32_t)((((int64_t)days + 4) % 7 + 7) % 7);
}

static int32_t day_of_year(const c_time *t)
{
    int32_t first = 0;

    (void)brasa__date_make(t->year, 1, 1, &first);
    return t->days - first + 1;
}

/* The week of ISO 8601 and its year. */
static void iso_week(const c_time *t, int32_t *year, int32_t *week)
{
    int32_t thursday = t->days - (weekday(t->days) + 6) % 7 + 3, first = 0, m, d;

    brasa__date_split(thursday, year, &m, &d);
    (void)brasa__date_make(*year, 1, 1, &first);
    *week = (thursday - first) / 7 + 1;
}

static void put_number(brasa_text *out, int64_t v, int width, bool bare)
{
    brasa__text_addf(out, "%0*lld", bare ? 1 : width, (long long)v);
}

static void put_fraction(brasa_text *out, int64_t us, int digits)
{
    static const int64_t parts[] = {1000, 1, 1};

    if (digits == 9)
        brasa__text_addf(out, "%06lld000", (long long)us);
    else
        brasa__text_addf(out, "%0*lld", digits, (long long)(us / parts[digits / 3 - 1]));
}

/* One letter behind %; false: it means nothing. */
static bool put_letter(brasa_text *out, char letter, bool bare, const c_time *t, const brasa_zone *zone, int64_t moment)
{
    int64_t second = t->us / BRASA_SECOND_US, hour = second / 3600, noon = hour % 12 == 0 ? 12 : hour % 12;
    int32_t year, week, yday = day_of_year(t), wday = weekday(t->days);
    char    name[64];

    iso_week(t, &year, &week);
    switch (letter) {
    case 'a': brasa__text_addf(out, "%.3s", weekdays[wday]); return true;
    case 'A': brasa__text_add(out, weekdays[wday]); return true;
    case 'b':
    case 'h': brasa__text_addf(out, "%.3s", brasa__month_names[t->month - 1]); return true;
    case 'B': brasa__text_add(out, brasa__month_names[t->month - 1]); return true;
    case 'd': put_number(out, t->day, 2, bare); return true;
    case 'e': put_number(out, t->day, 1, true); return true;
    case 'm': put_number(out, t->month, 2, bare); return true;
    case 'y': put_number(out, ((t->year % 100) + 100) % 100, 2, bare); return true;
    case 'Y': put_number(out, t->year, 4, true); return true;
    case 'H': put_number(out, hour, 2, bare); return true;
    case 'I': put_number(out, noon, 2, bare); return true;
    case 'p': brasa__text_add(out, hour < 12 ? "AM" : "PM"); return true;
    case 'M': put_number(out, second / 60 % 60, 2, bare); return true;
    case 'S': put_number(out, second % 60, 2, bare); return true;
    case 'g': put_fraction(out, t->us % BRASA_SECOND_US, 3); return true;
    case 'f': put_fraction(out, t->us % BRASA_SECOND_US, 6); return true;
    case 'n': put_fraction(out, t->us % BRASA_SECOND_US, 9); return true;
    case 'w': put_number(out, wday, 1, true); return true;
    case 'u': put_number(out, wday == 0 ? 7 : wday, 1, true); return true;
    case 'j': put_number(out, yday, 3, bare); return true;
    case 'U': put_number(out, (yday + 6 - wday) / 7, 2, bare); return true;
    case 'W': put_number(out, (yday + 6 - (wday + 6) % 7) / 7, 2, bare); return true;
    case 'G': put_number(out, year, 4, false); return true;
    case 'V': put_number(out, week, 2, bare); return true;
    case 's':
        put_number(out, brasa__timestamp_days(moment) * INT64_C(86400) + brasa__timestamp_rest(moment) / BRASA_SECOND_US, 1, true);
        return true;
    case 'z': {
        int64_t minutes = t->offset / 60000000, part = minutes < 0 ? -minutes : minutes;

        brasa__text_addf(out, "%c%02d", minutes < 0 ? '-' : '+', (int)(part / 60));
        if (part % 60 != 0) brasa__text_addf(out, ":%02d", (int)(part % 60));
        return true;
    }
    case 'Z': brasa__text_add_n(out, name, brasa__zone_display(zone, moment, false, name)); return true;
    case '%': brasa__text_add(out, "%"); return true;
    default: return false;
    }
}

/* What a letter that stands for others stands for. */
static const char *composed(char letter)
{
    switch (letter) {
    case 'c': return "%Y-%m-%d %H:%M:%S";
    case 'x':
    case 'F': return "%Y-%m-%d";
    case 'X':
    case 'T': return "%H:%M:%S";
    case 'D': return "%m/%d/%y";
    case 'R': return "%H:%M";
    default: return NULL;
    }
}

static brasa_status unknown_letter(const brasa_call *call, const char *p, const char *end, brasa_error *err)
{
    return brasa__fail(err, BRASA_INVALID, "%s: %%%.*s means nothing in a pattern; %%%% is a percent sign", call->expr->name,
                       (int)(end - p > 1 ? 1 : end - p), p);
}

static brasa_status put_pattern(const brasa_call *call, const char *p, const char *end, const c_time *t, const brasa_zone *zone,
                                int64_t moment, brasa_text *out, brasa_error *err)
{
    for (; p < end; p++) {
        if (*p != '%') {
            brasa__text_add_n(out, p, 1);
            continue;
        }
        bool        bare = ++p < end && *p == '-';
        const char *whole = (p += bare) < end ? composed(*p) : NULL;
        if (whole != NULL)
            BRASA_TRY(put_pattern(call, whole, whole + strlen(whole), t, zone, moment, out, err));
        else if (p >= end || !put_letter(out, *p, bare, t, zone, moment))
            return unknown_letter(call, p, end, err);
    }
    return BRASA_OK;
}

/* strftime(x, pattern); SQLite's strftime(pattern, x) too, where x is not text */
static BRASA_RESOLVE(strftime)
{
    bool turned = types[0].kind == BRASA_KIND_STRING && (types[1].kind == BRASA_KIND_DATE || brasa__type_is_timestamp(types[1]));

    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    BRASA_TRY(brasa__resolve_arg(&types[turned], BRASA_KIND_TIMESTAMP));
    return brasa__resolve_arg(&types[!turned], BRASA_KIND_STRING);
}

static brasa_status strftime_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    bool               turned = args[0].type.kind == BRASA_KIND_STRING;
    const brasa_value *pattern = &args[!turned];
    const brasa_zone  *zone = brasa__zone_session();
    brasa_zone_span    at = {0};
    int64_t            us = args[turned].u.i;
    c_time             t = split_time(brasa__zone_local(zone, &at, us), brasa__zone_offset(zone, &at, us));
    brasa_text         text;

    brasa__text_init(&text, call->arena);
    BRASA_TRY(put_pattern(call, pattern->u.s.p, pattern->u.s.p + pattern->u.s.n, &t, zone, us, &text, err));
    brasa__out_text(out, &text);
    return BRASA_OK;
}

/* ---- reading ---- */

typedef struct reading {
    const char       *s, *end;
    int32_t           year, month, day, yday;
    int64_t           hour, minute, second, us, epoch;
    int               half; /* 1 AM, 2 PM */
    bool              offset_given, epoch_given;
    int64_t           offset; /* microseconds */
    const brasa_zone *zone;
} reading;

static bool read_number(reading *r, int most, int64_t least, int64_t top, int64_t *out)
{
    int n = 0;

    for (*out = 0; n < most && r->s < r->end && isdigit((unsigned char)*r->s); n++) *out = *out * 10 + (*r->s++ - '0');
    return n > 0 && *out >= least && *out <= top;
}

static bool read_small(reading *r, int most, int32_t least, int32_t top, int32_t *out)
{
    int64_t v;
    bool    ok = read_number(r, most, least, top, &v);

    *out = (int32_t)v;
    return ok;
}

/* A name of a list, whole or its first three letters. */
static bool read_name(reading *r, const char *const *names, int n, bool whole, int32_t *out)
{
    for (int i = 0; i < n; i++) {
        size_t len = whole ? strlen(names[i]) : 3;

        if ((size_t)(r->end - r->s) < len || strncasecmp(r->s, names[i], len) != 0) continue;
        r->s += len;
        *out = i;
        return true;
    }
    return false;
}

static bool read_fraction(reading *r, int most)
{
    int     n = 0;
    int64_t v = 0;

    for (; n < most && r->s < r->end && isdigit((unsigned char)*r->s); n++, r->s++) v = n < 6 ? v * 10 + (*r->s - '0') : v;
    if (n == 0) return false;
    for (; n < 6; n++) v *= 10;
    r->us = v;
    return true;
}

/* +HH, +HH:MM, +HHMM or Z */
static bool read_offset(reading *r)
{
    int64_t hours, minutes = 0;
    bool    minus;

    r->offset_given = true;
    if (r->s < r->end && (*r->s == 'Z' || *r->s == 'z')) return r->s++, true;
    if (r->s >= r->end || (*r->s != '+' && *r->s != '-')) return false;
    minus = *r->s++ == '-';
    if (!read_number(r, 2, 0, 18, &hours)) return false;
    bool colon = r->s < r->end && *r->s == ':';
    if (colon) r->s++;
    if ((colon || (r->s < r->end && isdigit((unsigned char)*r->s))) && !read_number(r, 2, 0, 59, &minutes)) return false;
    r->offset = (minus ? -1 : 1) * (hours * 60 + minutes) * 60000000;
    return true;
}

static bool read_zone(reading *r)
{
    const char *from = r->s;

    while (r->s < r->end && (isalnum((unsigned char)*r->s) || strchr("/_+-", *r->s))) r->s++;
    r->zone = brasa__zone_find(from, (size_t)(r->s - from));
    return r->zone != NULL;
}

static bool read_year(reading *r)
{
    bool minus = r->s < r->end && *r->s == '-';

    r->s += minus;
    if (!read_small(r, 6, 0, 294247, &r->year)) return false;
    if (minus) r->year = -r->year;
    return true;
}

static bool read_epoch(reading *r)
{
    bool minus = r->s < r->end && *r->s == '-';

    r->s += minus;
    r->epoch_given = read_number(r, 12, 0, INT64_C(9000000000000), &r->epoch);
    if (minus) r->epoch = -r->epoch;
    return r->epoch_given;
}

static bool read_letter(reading *r, char letter)
{
    static const char *const halves[] = {"AM", "PM"};
    int32_t                  ignored;
    int64_t                  v;

    switch (letter) {
    case 'a': return read_name(r, weekdays, 7, false, &ignored);
    case 'A': return read_name(r, weekdays, 7, true, &ignored);
    case 'b':
    case 'h':
    case 'B':
        if (!read_name(r, brasa__month_names, 12, letter == 'B', &r->month)) return false;
        r->month++;
        return true;
    case 'd':
    case 'e': return read_small(r, 2, 1, 31, &r->day);
    case 'm': return read_small(r, 2, 1, 12, &r->month);
    case 'y':
        if (!read_small(r, 2, 0, 99, &r->year)) return false;
        r->year += r->year < 69 ? 2000 : 1900;
        return true;
    case 'Y': return read_year(r);
    case 'H': return read_number(r, 2, 0, 23, &r->hour);
    case 'I': return read_number(r, 2, 1, 12, &r->hour);
    case 'p':
        if (r->end - r->s < 2) return false;
        for (int i = 0; i < 2; i++) {
            if (strncasecmp(r->s, halves[i], 2) == 0) r->half = i + 1;
        }
        r->s += 2;
        return r->half > 0;
    case 'M': return read_number(r, 2, 0, 59, &r->minute);
    case 'S': return read_number(r, 2, 0, 59, &r->second);
    case 'g': return read_fraction(r, 3);
    case 'f': return read_fraction(r, 6);
    case 'n': return read_fraction(r, 9);
    case 'j': return read_small(r, 3, 1, 366, &r->yday);
    case 'w':
    case 'u': return read_number(r, 1, 0, 7, &v);
    case 'U':
    case 'W':
    case 'V': return read_number(r, 2, 0, 53, &v);
    case 's': return read_epoch(r);
    case 'z': return read_offset(r);
    case 'Z': return read_zone(r);
    default: return r->s < r->end && letter == '%' && *r->s++ == '%';
    }
}

static bool is_letter(char c)
{
    return c != '\0' && strchr("aAbhBdemyYHIpMSgfnjwuUWVszZ%", c) != NULL;
}

/* *fits: the text is of that form. */
static brasa_status read_pattern(const brasa_call *call, reading *r, const char *p, const char *end, bool *fits, brasa_error *err)
{
    for (; p < end; p++) {
        if (isspace((unsigned char)*p)) {
            while (r->s < r->end && isspace((unsigned char)*r->s)) r->s++;
            continue;
        }
        if (*p != '%') {
            *fits = *fits && r->s < r->end && *r->s == *p;
            r->s += *fits;
            continue;
        }
        if (++p < end && *p == '-') p++;
        const char *whole = p < end ? composed(*p) : NULL;
        if (whole != NULL) {
            BRASA_TRY(read_pattern(call, r, whole, whole + strlen(whole), fits, err));
            continue;
        }
        if (p >= end || !is_letter(*p)) return unknown_letter(call, p, end, err);
        *fits = *fits && read_letter(r, *p);
    }
    return BRASA_OK;
}

/* What was read as a moment; false: there is no such date. */
static bool moment_of(const reading *r, int64_t *out)
{
    const brasa_zone *zone = r->zone != NULL ? r->zone : brasa__zone_session();
    brasa_zone_span   at = {0};
    int32_t           days;
    int64_t           hour = r->half == 0 ? r->hour : r->hour % 12 + (r->half == 2 ? 12 : 0);

    if (r->epoch_given) return *out = r->epoch * BRASA_SECOND_US + r->us, true;
    if (!brasa__date_make(r->year, r->yday > 0 ? 1 : r->month, r->yday > 0 ? 1 : r->day, &days)) return false;
    if (r->yday > 0) days += r->yday - 1;
    int64_t local = days * BRASA_DAY_US + ((hour * 60 + r->minute) * 60 + r->second) * BRASA_SECOND_US + r->us;
    *out = r->offset_given ? local - r->offset : brasa__zone_utc(zone, &at, local);
    return true;
}

static brasa_status read_moment(const brasa_call *call, const brasa_value *text, const brasa_value *pattern, brasa_value *out, bool *found,
                                brasa_error *err)
{
    reading r = {.s = text->u.s.p, .end = text->u.s.p + text->u.s.n, .year = 1900, .month = 1, .day = 1};
    int64_t us;

    *found = true;
    while (r.s < r.end && isspace((unsigned char)*r.s)) r.s++;
    BRASA_TRY(read_pattern(call, &r, pattern->u.s.p, pattern->u.s.p + pattern->u.s.n, found, err));
    while (r.s < r.end && isspace((unsigned char)*r.s)) r.s++;
    *found = *found && r.s == r.end && moment_of(&r, &us);
    if (*found) brasa__out_int(out, us);
    return BRASA_OK;
}

static BRASA_RESOLVE(strptime)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_TIMESTAMP);
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_STRING));
    if (types[1].kind == BRASA_KIND_LIST && types[1].fields[0].type.kind == BRASA_KIND_STRING) return BRASA_OK;
    return brasa__resolve_arg(&types[1], BRASA_KIND_STRING);
}

static brasa_status strptime_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    const brasa_value *patterns = &args[1];
    int32_t            n = 1;
    bool               found = false;

    if (args[1].type.kind == BRASA_KIND_LIST) {
        patterns = args[1].u.list.items;
        n = args[1].u.list.n;
    }
    for (int32_t i = 0; i < n && !found; i++) {
        if (!patterns[i].null) BRASA_TRY(read_moment(call, &args[0], &patterns[i], out, &found, err));
    }
    if (found) return BRASA_OK;
    return brasa__fail(err, BRASA_INVALID, "%s: '%.*s' is not a date of that form; try_strptime gives null instead", call->expr->name,
                       (int)(args[0].u.s.n < 100 ? args[0].u.s.n : 100), args[0].u.s.p);
}

/* ---- buckets ---- */

static int64_t floor_to(int64_t v, int64_t width)
{
    int64_t rest = v % width;

    return v - rest - (rest < 0 ? width : 0);
}

/* Local times; `origin` is one too.  False: out of range. */
static bool bucket_months(int32_t width, int64_t at, int64_t origin, int64_t *out)
{
    c_time  t = split_time(at, 0), o = split_time(origin, 0);
    int64_t months = ((int64_t)t.year - o.year) * 12 + t.month - o.month;
    int32_t days;

    /* the last month counts when the origin's day and time are reached */
    if (t.day < o.day || (t.day == o.day && t.us < o.us)) months--;
    if (!brasa__date_add_months(o.days, floor_to(months, width), &days)) return false;
    *out = days * BRASA_DAY_US + o.us;
    return true;
}

static brasa_status bucket_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    const char       *name = call->expr->name;
    bool              date = args[1].type.kind == BRASA_KIND_DATE, bin = name[0] == 'd';
    const brasa_zone *zone = date || args[1].type.kind == BRASA_KIND_TIMESTAMP_NTZ ? NULL : brasa__zone_session();
    brasa_interval    width = args[0].u.interval, shift = {0};
    bool              shifted = call->nargs > 2 && args[2].type.kind == BRASA_KIND_INTERVAL;
    brasa_zone_span   span = {0};
    int64_t           at = date ? (int64_t)args[1].u.i * BRASA_DAY_US : args[1].u.i, origin, us;

    if (zone != NULL) at = brasa__zone_local(zone, &span, at);
    if (__builtin_mul_overflow((int64_t)width.days, BRASA_DAY_US, &us) || __builtin_add_overflow(us, width.us, &us) ||
        (width.months != 0) == (us != 0) || width.months < 0 || us < 0)
        return brasa__fail(err, BRASA_INVALID, "%s takes a width above zero, of months or of days and time", name);
    origin = bin ? 0 : width.months != 0 ? INT64_C(946684800000000) : INT64_C(946857600000000);
    if (shifted) {
        shift = args[2].u.interval;
        brasa_interval back;
        if (!brasa__interval_negate(shift, &back) || !brasa__timestamp_add(at, back, &at)) goto range;
    } else if (call->nargs > 2) {
        origin = args[2].type.kind == BRASA_KIND_DATE ? (int64_t)args[2].u.i * BRASA_DAY_US : args[2].u.i;
        if (args[2].type.kind == BRASA_KIND_TIMESTAMP) origin = brasa__zone_to_local(brasa__zone_session(), origin);
    }
    if (width.months != 0) {
        if (!bucket_months(width.months, at, origin, &at)) goto range;
    } else {
        int64_t from;
        if (__builtin_sub_overflow(at, origin, &from)) goto range;
        at = origin + floor_to(from, us);
    }
    if (shifted && !brasa__timestamp_add(at, shift, &at)) goto range;
    span = (brasa_zone_span) {0};
    if (zone != NULL) at = brasa__zone_utc(zone, &span, at);
    brasa__out_int(out, date && out->type.kind == BRASA_KIND_DATE ? brasa__timestamp_days(at) : at);
    return BRASA_OK;
range:
    return brasa__fail(err, BRASA_INVALID, "%s: a time out of range", name);
}

static brasa_status moment_arg(brasa_type *t)
{
    if (t->kind == BRASA_KIND_DATE || t->kind == BRASA_KIND_TIMESTAMP_NTZ) return BRASA_OK;
    return brasa__resolve_arg(t, BRASA_KIND_TIMESTAMP);
}

static BRASA_RESOLVE(bucket)
{
    (void)arena, (void)f, (void)err;
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_INTERVAL));
    BRASA_TRY(moment_arg(&types[1]));
    if (n > 2 && (types[2].kind == BRASA_KIND_INTERVAL || brasa__type_is_interval(types[2])))
        BRASA_TRY(brasa__resolve_arg(&types[2], BRASA_KIND_INTERVAL));
    else if (n > 2)
        BRASA_TRY(moment_arg(&types[2]));
    *result = types[1];
    return BRASA_OK;
}

/* ---- age ---- */

static int32_t month_days(int32_t year, int32_t month)
{
    int32_t from = 0, to = 0;

    (void)brasa__date_make(year, month, 1, &from);
    (void)brasa__date_make(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1, &to);
    return to - from;
}

/* Years and months, days, and time from b to a; months that are borrowed from have the days of the earlier moment's. */
static brasa_status age_row(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)
{
    int64_t one = args[0].u.i, other = args[1].u.i;
    bool    minus = one < other;
    c_time  late = split_time(minus ? other : one, 0), early = split_time(minus ? one : other, 0);
    int32_t months = (late.year - early.year) * 12 + late.month - early.month, days = late.day - early.day;
    int64_t us = late.us - early.us;

    (void)call, (void)err;
    if (us < 0) us += BRASA_DAY_US, days--;
    if (days < 0) days += month_days(early.year, early.month), months--;
    out->null = false;
    out->u.interval = minus ? (brasa_interval) {-months, -days, -us} : (brasa_interval) {months, days, us};
    return BRASA_OK;
}

static BRASA_RESOLVE(age)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_INTERVAL);
    for (int i = 0; i < 2; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_TIMESTAMP_NTZ));
    return BRASA_OK;
}

#define FN(id, least, most, flag, res, fn, text)                                                                      \
    {                                                                                                                 \
        .name = id, .min_args = least, .max_args = most, .flags = flag, .doc = text, .resolve = brasa__resolve_##res, \
        .eval = brasa__row_eval, .row = fn                                                                            \
    }
#define FAIL BRASA_FN_CAN_FAIL

static const brasa_function table[] = {
    FN("strftime", 2, 2, FAIL, strftime, strftime_row, "strftime(x, pattern): with C's letters, as '%Y-%m-%d %H:%M:%S'"),
    FN("strptime", 2, 2, FAIL, strptime, strptime_row, "strptime(text, pattern or list of patterns): a timestamp, with C's letters"),
    FN("try_strptime", 2, 2, BRASA_FN_TRY, strptime, strptime_row, "try_strptime(text, pattern): null where it is none"),
    FN("time_bucket", 2, 3, FAIL, bucket, bucket_row,
       "time_bucket(width, x [, origin or shift]): where the bucket of x begins; of months from 2000-01-01, others from 2000-01-03"),
    FN("date_bin", 2, 3, FAIL, bucket, bucket_row,
       "date_bin(width, x [, origin]): where the bucket of x begins, counted from the origin or 1970"),
    FN("age", 2, 2, 0, age, age_row, "age(a, b): years, months, days and time from b to a"),
};

BRASA_FUNCTION_GROUP(c_dates, "Dates by C's patterns, buckets, ages", table);
