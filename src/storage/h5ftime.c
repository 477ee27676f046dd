/* h5ftime.c -- "days since 2000-01-01": units and calendars of CF, as dates and timestamps.
 *
 * The standard calendar is Julian before 15 October 1582: a base before that day is counted in it, so that all moments after are right.
 * Years of 365 days (noleap: climate models) have only days that ours has, too.  The other calendars have some that ours has not (30 February):
 * they stay numbers.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "storage/h5foreign.h"

typedef struct {
    const char *name;
    int64_t     ns;
} time_unit;

static const time_unit units[] = {
    {"nanosecond", 1},        {"ns", 1},
    {"microsecond", 1000},    {"us", 1000},
    {"millisecond", 1000000}, {"millisec", 1000000},
    {"msec", 1000000},        {"ms", 1000000},
    {"second", 1000000000},   {"sec", 1000000000},
    {"s", 1000000000},        {"minute", 60000000000},
    {"min", 60000000000},     {"hour", 3600000000000},
    {"hr", 3600000000000},    {"h", 3600000000000},
    {"day", 86400000000000},  {"d", 86400000000000},
};

static const int before_month[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};

/* Days since 1970 of a date (Fliegel and Van Flandern, with the month moved so that leap days come last). */
static int64_t civil_days(int64_t y, int64_t m, int64_t d, bool julian)
{
    int64_t a = (14 - m) / 12, yy = y + 4800 - a, mm = m + 12 * a - 3, common = d + (153 * mm + 2) / 5 + 365 * yy + yy / 4;

    return (julian ? common - 32083 : common - yy / 100 + yy / 400 - 32045) - 2440588;
}

typedef enum { STANDARD, PROLEPTIC, NOLEAP, OTHER } calendar;

static calendar calendar_of(const char *name)
{
    if (name == NULL || strcasecmp(name, "standard") == 0 || strcasecmp(name, "gregorian") == 0) return STANDARD;
    if (strcasecmp(name, "proleptic_gregorian") == 0) return PROLEPTIC;
    return strcasecmp(name, "noleap") == 0 || strcasecmp(name, "365_day") == 0 ? NOLEAP : OTHER;
}

/* "Z", "UTC", "+01:00", "-6": minutes east of Greenwich. */
static bool parse_zone(const char *p, int *minutes)
{
    int hours = 0, rest = 0, n = 0, sign = *p == '-' ? -1 : 1;

    *minutes = 0;
    if (*p == '\0' || strcasecmp(p, "Z") == 0 || strcasecmp(p, "UTC") == 0 || strcasecmp(p, "GMT") == 0) return true;
    if (*p == '-' || *p == '+') p++;
    if (sscanf(p, "%2d%n:%2d%n", &hours, &n, &rest, &n) < 1 && n == 0) return false;
    if (n == 2 && p[2] != '\0' && sscanf(p + 2, "%2d%n", &rest, &n) == 1) n += 2; /* +0530 */
    *minutes = sign * (hours * 60 + rest);
    return p[n] == '\0' && hours <= 14 && rest < 60;
}

/* "2000-1-1", "1-1-1 00:00:0.0", "1990-01-01T00:00:00+01:00", as udunits takes them. */
static bool parse_moment(const char *p, calendar c, int64_t *us)
{
    int     y, m, d, hour = 0, minute = 0, zone, n = 0, k = 0;
    double  second = 0;
    int64_t days;

    if (sscanf(p, "%7d-%2d-%2d%n", &y, &m, &d, &n) != 3 || y < -4700 || m < 1 || m > 12 || d < 1 || d > 31) return false;
    p += n;
    if (*p == 'T' || (*p == ' ' && p[1] >= '0' && p[1] <= '9')) {
        p++;
        if (sscanf(p, "%2d%n:%2d%n:%lf%n", &hour, &k, &minute, &k, &second, &k) < 1) return false;
        p += k;
    }
    while (*p == ' ') p++;
    if (hour > 24 || minute > 59 || !(second >= 0 && second < 61) || !parse_zone(p, &zone)) return false;
    if (c == NOLEAP)
        days = (int64_t)y * 365 + before_month[m - 1] + d - 1;
    else
        days = civil_days(y, m, d, c == STANDARD && (y < 1582 || (y == 1582 && (m < 10 || (m == 10 && d < 15)))));
    *us = ((days * 24 + hour) * 60 + minute - zone) * 60000000 + (int64_t)(second * 1e6 + 0.5);
    return true;
}

static bool parse_units(const char *text, calendar c, int64_t *ns, int64_t *base_us)
{
    const char *since = strstr(text, " since ");
    size_t      n = since == NULL ? 0 : (size_t)(since - text);

    *ns = 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t k = strlen(units[i].name);
        if (strncasecmp(text, units[i].name, k) == 0 && (n == k || (n == k + 1 && (text[k] == 's' || text[k] == 'S')))) *ns = units[i].ns;
    }
    if (*ns == 0) return false;
    for (since += 7; *since == ' ';) since++;
    return parse_moment(since, c, base_us);
}

int64_t brasa__h5_from_noleap(int64_t us)
{
    int64_t days = us / 86400000000 - (us % 86400000000 < 0), year = days / 365 - (days % 365 < 0), day = days - year * 365;
    int     month = 11;

    while (before_month[month] > day) month--;
    return us + (civil_days(year, month + 1, day - before_month[month] + 1, false) - days) * 86400000000;
}

void brasa__h5_apply_units(brasa_h5 *h, hid_t obj, brasa_h5_field *f)
{
    const char *text = brasa__h5_attr_text(h, h->arena, obj, "units");
    calendar    c = text == NULL ? OTHER : calendar_of(brasa__h5_attr_text(h, h->arena, obj, "calendar"));
    int64_t     ns, base;

    if (c == OTHER || f->packed || !parse_units(text, c, &ns, &base)) return;
    f->timed = true;
    f->noleap = c == NOLEAP;
    f->unit_ns = ns;
    f->base_us = base;
    f->type =
        brasa__type(f->rep <= BRASA_H5_U64 && ns == 86400000000000 && base % 86400000000 == 0 ? BRASA_KIND_DATE : BRASA_KIND_TIMESTAMP);
}
