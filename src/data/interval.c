/* interval.c -- intervals as text: Spark's words out, words, clock times and ISO 8601 in. */
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "data/value.h"

static size_t put_part(int64_t v, const char *unit, char *out, size_t at)
{
    if (v == 0) return at;
    if (at > 0) out[at++] = ' ';
    at += brasa__format_i64(v, out + at);
    memcpy(out + at, unit, strlen(unit));
    return at + strlen(unit);
}

static size_t put_seconds(int64_t us, char *out, size_t at)
{
    if (us == 0) return at;
    if (at > 0) out[at++] = ' ';
    at += brasa__format_decimal(us, 6, out + at);
    while (out[at - 1] == '0') at--;
    if (out[at - 1] == '.') at--;
    memcpy(out + at, " seconds", 8);
    return at + 8;
}

size_t brasa__format_interval(brasa_interval v, char *out)
{
    const int64_t minute = 60000000, hour = 60 * minute;
    size_t        at = put_part(v.months / 12, " years", out, 0);

    at = put_part(v.months % 12, " months", out, at);
    at = put_part(v.days, " days", out, at);
    at = put_part(v.us / hour, " hours", out, at);
    at = put_part(v.us % hour / minute, " minutes", out, at);
    at = put_seconds(v.us % minute, out, at);
    if (at == 0) {
        memcpy(out, "0 seconds", 9);
        at = 9;
    }
    return at;
}

enum { MONTHS, DAYS, MICROS };

/* What one of a unit adds, by the singular name; names are matched with an s or without. */
static const struct {
    const char *name;
    int         to;
    int64_t     amount;
} units[] = {
    {"year", MONTHS, 12},
    {"yr", MONTHS, 12},
    {"y", MONTHS, 12},
    {"month", MONTHS, 1},
    {"mon", MONTHS, 1},
    {"quarter", MONTHS, 3},
    {"decade", MONTHS, 120},
    {"century", MONTHS, 1200},
    {"week", DAYS, 7},
    {"w", DAYS, 7},
    {"day", DAYS, 1},
    {"d", DAYS, 1},
    {"hour", MICROS, 3600000000},
    {"hr", MICROS, 3600000000},
    {"h", MICROS, 3600000000},
    {"minute", MICROS, 60000000},
    {"min", MICROS, 60000000},
    {"m", MICROS, 60000000},
    {"second", MICROS, 1000000},
    {"sec", MICROS, 1000000},
    {"s", MICROS, 1000000},
    {"millisecond", MICROS, 1000},
    {"msec", MICROS, 1000},
    {"ms", MICROS, 1000},
    {"microsecond", MICROS, 1},
    {"usec", MICROS, 1},
    {"us", MICROS, 1},
};

/* A quantity times 10^6, as "1.5" gives 1500000. */
static bool take_quantity(const char **p, const char *end, brasa_int128 *out)
{
    const char *s = *p;

    bool minus = s < end && *s == '-', sign = minus || (s < end && *s == '+');

    for (s += sign; sign && s < end && *s == ' ';) s++;
    if (s < end && (*s == '-' || *s == '+')) return false;
    *p = s;
    while (s < end && ((*s >= '0' && *s <= '9') || *s == '.')) s++;
    if (!brasa__parse_decimal(*p, (size_t)(s - *p), 30, 9, out)) return false;
    *out = (minus ? -*out : *out) / 1000; /* digits after the sixth are cut */
    *p = s;
    return true;
}

/* Add quantity / 10^6 of a unit; a fraction goes on into the smaller fields, as in PostgreSQL. */
static bool add(brasa_interval *v, brasa_int128 quantity, int to, int64_t amount)
{
    const brasa_int128 million = 1000000;
    brasa_int128       x = quantity * amount, months = 0, days = 0, us = 0;

    if (to == MONTHS) {
        months = x / million;
        x = x % million * 30;
    }
    if (to != MICROS) {
        days = x / million;
        us = x % million * 86400;
    } else {
        us = x / million;
    }
    months += v->months;
    days += v->days;
    us += v->us;
    v->months = (int32_t)months;
    v->days = (int32_t)days;
    v->us = (int64_t)us;
    return months == v->months && days == v->days && us == v->us;
}

/* The field that a unit is of. */
static uint32_t field_of(int to, int64_t amount)
{
    if (to == MONTHS) return amount % 12 == 0 ? BRASA_FIELD_YEAR : BRASA_FIELD_MONTH;
    if (to == DAYS) return BRASA_FIELD_DAY;
    return amount >= 3600000000 ? BRASA_FIELD_HOUR : amount >= 60000000 ? BRASA_FIELD_MINUTE : BRASA_FIELD_SECOND;
}

/* *fields gets a bit for each field that is named. */
static bool add_unit(brasa_interval *v, brasa_int128 quantity, const char *name, size_t n, uint32_t *fields)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t len = strlen(units[i].name);
        bool   plural = n == len + 1 && (name[len] == 's' || name[len] == 'S');

        if ((n != len && (!plural || len <= 1)) || strncasecmp(name, units[i].name, len) != 0) continue;
        *fields |= 1U << field_of(units[i].to, units[i].amount);
        return add(v, quantity, units[i].to, units[i].amount);
    }
    if (n != 9 || strncasecmp(name, "centuries", n) != 0) return false;
    *fields |= 1U << BRASA_FIELD_YEAR;
    return add(v, quantity, MONTHS, 1200);
}

/* [-]hh:mm[:ss.f], where hours may be any number. */
static bool add_clock(brasa_interval *v, const char *s, const char *end)
{
    bool         minus = *s == '-';
    brasa_int128 total = 0, unit = 3600;

    if (*s == '-' || *s == '+') s++;
    for (;;) {
        brasa_int128 q;

        if (s == end || *s == '-' || *s == '+' || !take_quantity(&s, end, &q) || (unit < 3600 && q >= 60 * 1000000)) return false;
        total += q * unit;
        unit /= 60;
        if (s == end) break;
        if (*s++ != ':' || unit == 0) return false;
    }
    return add(v, minus ? -total : total, MICROS, 1000000);
}

static bool parse_iso(const char *s, const char *end, brasa_interval *v, uint32_t *fields)
{
    bool time = false, some = false;

    while (s < end) {
        brasa_int128 q;

        if ((*s == 'T' || *s == 't') && !time) {
            time = true;
            s++;
            continue;
        }
        if (!take_quantity(&s, end, &q) || s == end) return false;

        const char *unit = NULL;

        switch (*s++ | 0x20) {
        case 'y': unit = time ? NULL : "year"; break;
        case 'm': unit = time ? "minute" : "month"; break;
        case 'w': unit = time ? NULL : "week"; break;
        case 'd': unit = time ? NULL : "day"; break;
        case 'h': unit = time ? "hour" : NULL; break;
        case 's': unit = time ? "second" : NULL; break;
        default: break;
        }
        if (unit == NULL || !add_unit(v, q, unit, strlen(unit), fields)) return false;
        some = true;
    }
    return some;
}

static const char *skip_blanks(const char *s, const char *end)
{
    while (s < end && (*s == ' ' || *s == ',' || (*s >= '\t' && *s <= '\r'))) s++;
    return s;
}

static bool negate(brasa_interval *v)
{
    if (v->months == INT32_MIN || v->days == INT32_MIN || v->us == INT64_MIN) return false;
    *v = (brasa_interval) {.months = -v->months, .days = -v->days, .us = -v->us};
    return true;
}

static bool parse_words(const char *s, size_t n, brasa_interval *out, uint32_t *fields)
{
    const char *end = s + n;
    bool        some = false;

    *out = (brasa_interval) {0};
    if (n >= 8 && strncasecmp(s, "interval", 8) == 0) s += 8;
    s = skip_blanks(s, end);
    if (s < end && (*s == 'P' || *s == 'p')) return parse_iso(s + 1, end, out, fields);
    for (; s < end; s = skip_blanks(s, end)) {
        const char  *word = s, *stop = s;
        brasa_int128 q;

        while (stop < end && *stop != ' ' && *stop != ',') stop++;
        if (memchr(s, ':', (size_t)(stop - s)) != NULL) {
            if (!add_clock(out, s, stop)) return false;
            *fields |= 1U << BRASA_FIELD_HOUR | 1U << BRASA_FIELD_SECOND;
            s = stop;
        } else if (some && stop - s == 3 && strncasecmp(s, "ago", 3) == 0) {
            return skip_blanks(stop, end) == end && negate(out);
        } else {
            if (!take_quantity(&s, end, &q)) return false;
            word = skip_blanks(s, end);
            for (s = word; s < end && ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z');) s++;
            if (!add_unit(out, q, word, (size_t)(s - word), fields)) return false;
        }
        some = true;
    }
    return some;
}

bool brasa__parse_interval(const char *s, size_t n, brasa_interval *out)
{
    uint32_t fields = 0;

    return parse_words(s, n, out, &fields);
}

bool brasa__interval_literal(const char *s, size_t n, brasa_value *out)
{
    brasa_interval v;
    uint32_t       fields = 0;
    brasa_int128   us;

    if (!parse_words(s, n, &v, &fields) || fields == 0) return false;
    int first = __builtin_ctz(fields), last = 31 - __builtin_clz(fields);
    *out = (brasa_value) {.type = brasa__type(BRASA_KIND_INTERVAL)};
    out->u.interval = v;
    if (first <= BRASA_FIELD_MONTH && last > BRASA_FIELD_MONTH) return true;
    if (first <= BRASA_FIELD_MONTH) {
        if (v.days != 0 || v.us != 0) return true; /* half a month: only the kind of all units holds it */
        out->u.i = v.months;
        if (last == BRASA_FIELD_YEAR && v.months % 12 != 0) last = BRASA_FIELD_MONTH;
    } else {
        us = (brasa_int128)v.days * 86400000000 + v.us;
        out->u.i = (int64_t)us;
        if (out->u.i != us) return false;
        for (int f = last; f < BRASA_FIELD_SECOND && us % brasa__field_us((brasa_interval_field)f) != 0; f++) last = f + 1;
    }
    out->type = brasa__type_interval((brasa_interval_field)first, (brasa_interval_field)last);
    return true;
}
