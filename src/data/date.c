/* date.c -- the civil calendar, and dates and timestamps as text.
 *
 * Proleptic Gregorian, as in Spark and PostgreSQL; the day arithmetic is Howard Hinnant's "chrono-compatible low-level date algorithms".
 * Years are held to what a timestamp of 64-bit microseconds can show, so that a date always has one.
 */
#include <string.h>

#include "base/zone.h"
#include "data/type.h"
#include "data/value.h"

enum { YEAR_MIN = -290307, YEAR_MAX = 294247, ERA_DAYS = 146097, EPOCH_DAYS = 719468 };

static const int64_t DAY_US = 86400000000;

void brasa__date_split(int32_t days, int32_t *year, int32_t *month, int32_t *day)
{
    int64_t z = (int64_t)days + EPOCH_DAYS;
    int64_t era = (z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS;
    int64_t doe = z - era * ERA_DAYS;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;

    *day = (int32_t)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int32_t)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int32_t)(yoe + era * 400 + (*month <= 2));
}

static int32_t month_days(int32_t year, int32_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool                 leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

bool brasa__date_make(int32_t year, int32_t month, int32_t day, int32_t *days)
{
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 || day > month_days(year, month)) return false;

    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    *days = (int32_t)(era * ERA_DAYS + doe - EPOCH_DAYS);
    return true;
}

static char *put_digits(char *p, uint32_t v, int width)
{
    for (int i = width - 1; i >= 0; i--, v /= 10) p[i] = (char)('0' + v % 10);
    return p + width;
}

static char *put_date(char *p, int32_t days)
{
    int32_t y, m, d;

    brasa__date_split(days, &y, &m, &d);
    if (y < 0) {
        *p++ = '-';
        y = -y;
    } else if (y > 9999) {
        *p++ = '+';
    }
    p = y > 9999 ? p + brasa__format_i64(y, p) : put_digits(p, (uint32_t)y, 4);
    *p++ = '-';
    p = put_digits(p, (uint32_t)m, 2);
    *p++ = '-';
    return put_digits(p, (uint32_t)d, 2);
}

size_t brasa__format_date(int32_t days, char *out)
{
    return (size_t)(put_date(out, days) - out);
}

/* Microseconds of a day. */
static char *put_time(char *p, int64_t us)
{
    uint32_t s = (uint32_t)(us / 1000000), fraction = (uint32_t)(us % 1000000);

    p = put_digits(p, s / 3600, 2);
    *p++ = ':';
    p = put_digits(p, s / 60 % 60, 2);
    *p++ = ':';
    p = put_digits(p, s % 60, 2);
    if (fraction != 0) {
        *p++ = '.';
        p = put_digits(p, fraction, 6);
        while (p[-1] == '0') p--;
    }
    return p;
}

/* Takes the days from *us, which is then not negative. */
static int64_t take_days(int64_t *us)
{
    int64_t days = *us / DAY_US - (*us % DAY_US < 0);

    *us %= DAY_US;
    if (*us < 0) *us += DAY_US;
    return days;
}

size_t brasa__format_timestamp_ntz(int64_t us, char *out)
{
    char *p = put_date(out, (int32_t)take_days(&us));

    *p++ = ' ';
    return (size_t)(put_time(p, us) - out);
}

size_t brasa__format_time(int64_t us, char *out)
{
    (void)take_days(&us);
    return (size_t)(put_time(out, us) - out);
}

size_t brasa__format_timestamp(int64_t us, char *out)
{
    return brasa__format_timestamp_ntz(brasa__zone_to_local(brasa__zone_session(), us), out);
}

size_t brasa__format_timestamp_zoned(int64_t us, char *out)
{
    const brasa_zone *z = brasa__zone_session();
    brasa_zone_span   at = {0};
    int64_t           offset = brasa__zone_offset(z, &at, us) / 1000000, size = offset < 0 ? -offset : offset;
    char             *p = out + brasa__format_timestamp(us, out);

    if (brasa__zone_is_utc(z)) return (size_t)(p - out);
    *p++ = offset < 0 ? '-' : '+';
    p = put_digits(p, (uint32_t)(size / 3600), 2);
    *p++ = ':';
    p = put_digits(p, (uint32_t)(size / 60 % 60), 2);
    if (size % 60 != 0) {
        *p++ = ':';
        p = put_digits(p, (uint32_t)(size % 60), 2);
    }
    return (size_t)(p - out);
}

/* Text being read: every take_ function moves on past what it took, or returns false. */
typedef struct {
    const char *p;
    const char *end;
} cursor;

static bool take_char(cursor *c, char x)
{
    if (c->p == c->end || *c->p != x) return false;
    c->p++;
    return true;
}

static bool take_number(cursor *c, int least, int most, int32_t *out)
{
    int     n = 0;
    int32_t v = 0;

    while (c->p < c->end && n < most && *c->p >= '0' && *c->p <= '9') {
        v = v * 10 + (*c->p++ - '0');
        n++;
    }
    *out = v;
    return n >= least;
}

static bool take_date(cursor *c, int32_t *days)
{
    int32_t y, m, d;
    bool    minus = take_char(c, '-');

    if (!minus) (void)take_char(c, '+');

    if (!take_number(c, 4, 6, &y)) return false;
    m = d = 1; /* Spark takes a year or a month for its first day */
    if (take_char(c, '-')) {
        if (!take_number(c, 1, 2, &m)) return false;
        if (take_char(c, '-') && !take_number(c, 1, 2, &d)) return false;
    }
    return brasa__date_make(minus ? -y : y, m, d, days);
}

bool brasa__parse_date(const char *s, size_t n, int32_t *out)
{
    cursor c = {s, s + n};

    return take_date(&c, out) && c.p == c.end;
}

bool brasa__parse_date_text(const char *s, size_t n, int32_t *out)
{
    cursor c = {s, s + n};

    if (!take_date(&c, out)) return false;
    if (c.p == c.end) return true;
    /* behind a whole date only: not behind a year or a month */
    int dashes = 0;
    for (const char *p = s + 1; p < c.p; p++) dashes += *p == '-';
    return dashes == 2 && (*c.p == ' ' || *c.p == 'T');
}

/* hh:mm[:ss[.ffffff]]; digits after the sixth are cut. */
static bool take_time(cursor *c, int64_t *us)
{
    int32_t h, m, s = 0;
    int64_t fraction = 0;

    if (!take_number(c, 1, 2, &h) || h > 23 || !take_char(c, ':') || !take_number(c, 1, 2, &m) || m > 59) return false;
    if (take_char(c, ':')) {
        if (!take_number(c, 1, 2, &s) || s > 59) return false;
        if (take_char(c, '.')) {
            int64_t unit = 100000;
            bool    some = false;

            for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++, unit /= 10) {
                fraction += (*c->p - '0') * unit;
                some = true;
            }
            if (!some) return false;
        }
    }
    *us = ((int64_t)h * 3600 + m * 60 + s) * 1000000 + fraction;
    return true;
}

int64_t brasa__time_cut(int64_t us, brasa_type t)
{
    static const int32_t units[] = {1, 10, 100, 1000, 10000, 100000, 1000000};

    return us - us % units[t.scale <= BRASA_TIME_DIGITS ? t.scale : BRASA_TIME_DIGITS];
}

bool brasa__parse_time(const char *s, size_t n, brasa_type t, int64_t *out)
{
    cursor  c = {s, s + n};
    int64_t noon = DAY_US / 2;
    char    half = n < 4 || (s[n - 1] | 0x20) != 'm' ? '\0' : (char)(s[n - 2] | 0x20);

    if (half != '\0' && half != 'a' && half != 'p') return false;
    if (half != '\0')
        for (c.end -= 2; c.end > s && c.end[-1] == ' ';) c.end--;
    if (!take_char(&c, 'T')) (void)take_char(&c, 't');
    if (!take_time(&c, out) || c.p != c.end) return false;
    if (half != '\0') { /* 12 AM is midnight, 12 PM noon */
        int64_t hour = *out / (DAY_US / 24);

        if (hour < 1 || hour > 12) return false;
        *out = *out % noon + (half == 'p' ? noon : 0);
    }
    *out = brasa__time_cut(*out, t);
    return true;
}

/* Nothing, or the name or offset of a zone. */
static bool take_zone(cursor *c, const brasa_zone **zone)
{
    *zone = NULL;
    if (c->p < c->end && *c->p == ' ' && c->p + 1 < c->end) c->p++;
    if (c->p == c->end) return true;
    if (c->end - c->p == 1 && (*c->p == 'Z' || *c->p == 'z')) {
        *zone = brasa__zone_find("Z", 1);
    } else {
        *zone = brasa__zone_find(c->p, (size_t)(c->end - c->p));
    }
    c->p = c->end;
    return *zone != NULL;
}

/* As the clock shows it; *zone NULL: none was named. */
static bool take_timestamp(const char *s, size_t n, int64_t *out, const brasa_zone **zone)
{
    cursor  c = {s, s + n};
    int32_t days;
    int64_t time = 0, us;

    *zone = NULL;
    if (!take_date(&c, &days)) return false;
    if (c.p < c.end) {
        if (!take_char(&c, ' ') && !take_char(&c, 'T') && !take_char(&c, 't')) return false;
        if (!take_time(&c, &time) || !take_zone(&c, zone) || c.p != c.end) return false;
    }
    if (__builtin_mul_overflow((int64_t)days, DAY_US, &us) || __builtin_add_overflow(us, time, &us)) return false;
    *out = us;
    return true;
}

bool brasa__parse_timestamp_ntz(const char *s, size_t n, int64_t *out)
{
    const brasa_zone *zone;

    return take_timestamp(s, n, out, &zone);
}

bool brasa__parse_timestamp(const char *s, size_t n, int64_t *out)
{
    return brasa__parse_timestamp_zone(s, n, brasa__zone_session(), out);
}

bool brasa__parse_timestamp_zone(const char *s, size_t n, const brasa_zone *otherwise, int64_t *out)
{
    const brasa_zone *zone;
    brasa_zone_span   at = {0};
    int64_t           local;

    if (!take_timestamp(s, n, &local, &zone)) return false;
    if (zone == NULL) zone = otherwise;
    return !__builtin_sub_overflow(local, brasa__zone_offset_local(zone, &at, local), out);
}
