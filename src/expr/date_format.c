/* date_format.c -- dates written by pattern; see date_format.h. */
#include "expr/date_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/value.h"
#include "expr/date_arith.h"

const char *const brasa__month_names[12] = {"January", "February", "March",     "April",   "May",      "June",
                                            "July",    "August",   "September", "October", "November", "December"};

static const char *const days[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

typedef struct moment {
    int32_t           y, m, d, days, doy, weekday;
    int64_t           us; /* of the day */
    int64_t           local, offset;
    const brasa_zone *zone;
} moment;

static moment split(int64_t local)
{
    moment  t = {.days = brasa__timestamp_days(local), .us = brasa__timestamp_rest(local), .local = local};
    int32_t first = 0;

    brasa__date_split(t.days, &t.y, &t.m, &t.d);
    (void)brasa__date_make(t.y, 1, 1, &first);
    t.doy = t.days - first + 1;
    t.weekday = ((t.days % 7) + 10) % 7; /* Monday is 0 */
    return t;
}

static void put_number(int64_t v, int width, brasa_text *out)
{
    char   text[32];
    size_t n = brasa__format_i64(v < 0 ? -v : v, text);

    if (v < 0) brasa__text_add(out, "-");
    for (int i = (int)n; i < width; i++) brasa__text_add_n(out, "0", 1);
    brasa__text_add_n(out, text, n);
}

static void put_fraction(const moment *t, int count, brasa_text *out)
{
    int64_t us = t->us % BRASA_SECOND_US;

    for (int64_t unit = 100000; count > 0; count--, unit /= 10) put_number(unit > 0 ? us / unit % 10 : 0, 1, out);
}

static void put_name(const char *name, int count, brasa_text *out)
{
    brasa__text_add_n(out, name, count < 4 ? 3 : strlen(name));
}

/* Two digits of the year; or all, with a sign where there are more than the letters say.  `era`: of the era, which has no year 0. */
static void put_year(int32_t y, int count, bool era, brasa_text *out)
{
    if (era && y <= 0) y = 1 - y;
    if (count == 2) {
        put_number(((y % 100) + 100) % 100, 2, out);
        return;
    }
    if (count >= 4 && y > 9999 && (count > 9 || y >= (int32_t[]) {10000, 100000, 1000000, 10000000, 100000000, 1000000000}[count - 4]))
        brasa__text_add(out, "+");
    put_number(y, count, out);
}

static void put_quarter(int64_t q, int count, brasa_text *out)
{
    static const char *const names[] = {"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"};

    if (count <= 2) {
        put_number(q, count, out);
    } else if (count == 3) {
        brasa__text_add(out, "Q");
        put_number(q, 1, out);
    } else {
        brasa__text_add(out, names[q - 1]);
    }
}

enum { WITH_MINUTES = 1, WITH_SECONDS = 2, COLONS = 4, MINUTES_IF_ANY = 8, SECONDS_IF_ANY = 16, ONE_DIGIT = 32 };

static void put_offset(int64_t offset, int how, brasa_text *out)
{
    int64_t     s = llabs(offset / BRASA_SECOND_US), minutes = s / 60 % 60, seconds = s % 60;
    const char *colon = how & COLONS ? ":" : "";
    bool        last = (how & WITH_SECONDS) || ((how & SECONDS_IF_ANY) && seconds != 0);

    brasa__text_add(out, offset < 0 ? "-" : "+");
    put_number(s / 3600, how & ONE_DIGIT ? 1 : 2, out);
    if ((how & WITH_MINUTES) || last || ((how & MINUTES_IF_ANY) && minutes != 0)) {
        brasa__text_add(out, colon);
        put_number(minutes, 2, out);
    }
    if (!last) return;
    brasa__text_add(out, colon);
    put_number(seconds, 2, out);
}

/* X, x: hours with minutes if any, with minutes, with a colon, with seconds if any, that with colons. */
static int iso_form(int count)
{
    static const int forms[] = {MINUTES_IF_ANY, WITH_MINUTES, WITH_MINUTES | COLONS, WITH_MINUTES | SECONDS_IF_ANY,
                                WITH_MINUTES | SECONDS_IF_ANY | COLONS};

    return forms[count - 1];
}

static void put_zone(const brasa_date_field *f, const moment *t, brasa_text *out)
{
    char   name[BRASA_ZONE_NAME];
    bool   localized = f->letter == 'O' || (f->letter == 'Z' && f->count == 4);
    size_t n;

    if (f->letter == 'V') {
        brasa__text_add(out, t->zone ? brasa__zone_name(t->zone) : "UTC");
    } else if (f->letter == 'z') {
        n = t->zone ? brasa__zone_display(t->zone, t->local - t->offset, f->count == 4, name) : (size_t)sprintf(name, "UTC");
        brasa__text_add_n(out, name, n);
    } else if (localized) {
        brasa__text_add(out, "GMT");
        if (t->offset != 0)
            put_offset(t->offset,
                       f->count == 1 ? ONE_DIGIT | COLONS | MINUTES_IF_ANY | SECONDS_IF_ANY : WITH_MINUTES | COLONS | SECONDS_IF_ANY, out);
    } else if (t->offset == 0 && (f->letter == 'X' || (f->letter == 'Z' && f->count == 5))) {
        brasa__text_add(out, "Z");
    } else if (f->letter == 'Z') {
        put_offset(t->offset, f->count == 5 ? WITH_MINUTES | COLONS | SECONDS_IF_ANY : WITH_MINUTES, out);
    } else {
        put_offset(t->offset, iso_form(f->count), out);
    }
}

static void put_field(const brasa_date_field *f, const moment *t, bool era, brasa_text *out)
{
    int64_t hour = t->us / (3600 * (int64_t)BRASA_SECOND_US), v = 0;

    switch (f->letter) {
    case 0: brasa__text_add_n(out, f->s, f->n); return;
    case '[':
    case ']': return;
    case 'G': brasa__text_add(out, f->count < 4 ? (t->y > 0 ? "AD" : "BC") : t->y > 0 ? "Anno Domini" : "Before Christ"); return;
    case 'y': put_year(t->y, f->count, era, out); return;
    case 'M':
    case 'L':
        if (f->count >= 3) {
            put_name(brasa__month_names[t->m - 1], f->count, out);
            return;
        }
        v = t->m;
        break;
    case 'E': put_name(days[t->weekday], f->count, out); return;
    case 'a': brasa__text_add(out, hour < 12 ? "AM" : "PM"); return;
    case 'S': put_fraction(t, f->count, out); return;
    case 'Q':
    case 'q': put_quarter((t->m - 1) / 3 + 1, f->count, out); return;
    case 'V':
    case 'z':
    case 'O':
    case 'X':
    case 'x':
    case 'Z': put_zone(f, t, out); return;
    case 'd': v = t->d; break;
    case 'D': v = t->doy; break;
    case 'F': v = (t->d - 1) % 7 + 1; break;
    case 'H': v = hour; break;
    case 'h': v = hour % 12 == 0 ? 12 : hour % 12; break;
    case 'K': v = hour % 12; break;
    case 'k': v = hour == 0 ? 24 : hour; break;
    case 'm': v = t->us / (60 * (int64_t)BRASA_SECOND_US) % 60; break;
    case 's': v = t->us / BRASA_SECOND_US % 60; break;
    default: break;
    }
    put_number(v, f->count, out);
}

void brasa__date_put(const brasa_date_pattern *p, int64_t local, int64_t offset, const brasa_zone *zone, brasa_text *out)
{
    moment t = split(local);
    bool   era = false;

    t.offset = offset;
    t.zone = zone;
    for (int32_t i = 0; i < p->n; i++) era = era || p->fields[i].letter == 'G';
    for (int32_t i = 0; i < p->n; i++) put_field(&p->fields[i], &t, era, out);
}

brasa_status brasa__date_format(int64_t us, const char *pattern, size_t n, brasa_text *out, brasa_error *err)
{
    const brasa_zone  *zone = brasa__zone_session();
    brasa_zone_span    at = {0};
    brasa_date_pattern p;

    BRASA_TRY(brasa__date_pattern(out->arena, pattern, n, false, &p, err));
    int64_t local = brasa__zone_local(zone, &at, us);
    brasa__date_put(&p, local, at.offset, zone, out);
    return BRASA_OK;
}
