/* date_read.c -- dates read by pattern; see date_format.h.
 *
 * Strict, as Spark's formatters are: two letters are two digits, and every byte of the text is accounted for.  A number that stands right before others gives them the digits
 * that they ask for.  What the pattern leaves out is the first of its kind: 1970, January, the 1st, midnight.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/value.h"
#include "expr/date_arith.h"
#include "expr/date_format.h"

typedef struct reading {
    const char       *s;
    size_t            n, at;
    int64_t           y, m, d, doy, hour, half_hour, minute, second, us;
    int               half; /* 0 AM, 1 PM, -1 not said */
    bool              bc, era, has_month, has_day, has_us;
    const brasa_zone *zone;
} reading;

static const reading nothing = {.y = 1970, .m = 1, .d = 1, .doy = -1, .hour = -1, .half_hour = -1, .half = -1};

static bool is_number(const brasa_date_field *f)
{
    if (f->letter == 'M' || f->letter == 'L') return f->count < 3;
    return f->letter != 0 && strchr("yDdHhKkmsS", f->letter) != NULL;
}

/* From least to most digits. */
static bool digits(reading *r, int least, int most, int64_t *out)
{
    size_t from = r->at;

    *out = 0;
    while (r->at < r->n && r->at - from < (size_t)most && isdigit((unsigned char)r->s[r->at])) *out = *out * 10 + (r->s[r->at++] - '0');
    return r->at - from >= (size_t)least;
}

/* Digits that the numbers right behind field i ask for. */
static int reserved(const brasa_date_pattern *p, int32_t i)
{
    int n = 0;

    for (i++; i < p->n && is_number(&p->fields[i]) && p->fields[i].letter != 'S'; i++) n += p->fields[i].count;
    return i < p->n && p->fields[i].letter == 'S' ? n + 1 : n;
}

static bool read_year(reading *r, const brasa_date_field *f, int behind)
{
    bool   minus = r->at < r->n && r->s[r->at] == '-' && f->count != 2, plus = r->at < r->n && r->s[r->at] == '+' && f->count >= 4;
    size_t end = r->at + minus + plus;

    if (f->count == 2) {
        if (!digits(r, 2, 2, &r->y)) return false;
        r->y += 2000;
        return true;
    }
    r->at += minus || plus;
    while (end < r->n && isdigit((unsigned char)r->s[end])) end++;
    int have = (int)(end - r->at) - behind, most = have > f->count ? have : f->count;
    if (most > 9) most = 9;
    size_t from = r->at;
    if (!digits(r, f->count, most, &r->y)) return false;
    if (f->count >= 4 && plus != (r->at - from > (size_t)f->count) && !minus) return false; /* a sign where digits are more than letters */
    if (minus) r->y = -r->y;
    return true;
}

static bool read_name(reading *r, const char *const *names, int count, bool full, int64_t *out)
{
    for (int i = 0; i < count; i++) {
        size_t k = full ? strlen(names[i]) : 3;
        if (r->n - r->at < k || strncasecmp(r->s + r->at, names[i], k) != 0) continue;
        r->at += k;
        *out = i + 1;
        return true;
    }
    return false;
}

static bool read_word(reading *r, const char *word)
{
    size_t n = strlen(word);

    if (r->n - r->at < n || strncasecmp(r->s + r->at, word, n) != 0) return false;
    r->at += n;
    return true;
}

/* One digit or more, at most as many as letters. */
static bool read_fraction(reading *r, int count)
{
    int64_t v;
    size_t  from = r->at;

    if (!digits(r, 1, count, &v)) return false;
    for (size_t i = r->at - from; i < 6; i++) v *= 10;
    for (size_t i = r->at - from; i > 6; i--) v /= 10;
    if (r->has_us && v != r->us) return false; /* a field that is there twice says the same */
    r->us = v;
    return r->has_us = true;
}

static bool read_half(reading *r)
{
    if (read_word(r, "AM")) return r->half = 0, true;
    if (read_word(r, "PM")) return r->half = 1, true;
    return false;
}

static bool read_era(reading *r)
{
    r->era = true;
    if (read_word(r, "Anno Domini") || read_word(r, "AD")) return true;
    r->bc = read_word(r, "Before Christ") || read_word(r, "BC");
    return r->bc;
}

/* A name or an offset: the longest run that could be one and is. */
static bool read_zone(reading *r, const brasa_date_field *f)
{
    size_t end = r->at;

    if (strchr("XxZO", f->letter) && f->letter != 'x' && read_word(r, "Z")) return (r->zone = brasa__zone_find("UTC", 3)) != NULL;
    if (f->letter == 'V' || f->letter == 'z')
        while (end < r->n && (isalnum((unsigned char)r->s[end]) || strchr("/_+-:", r->s[end]))) end++;
    else
        while (end < r->n && (isdigit((unsigned char)r->s[end]) || strchr("+-:GMTUC", r->s[end]))) end++;
    for (; end > r->at; end--) {
        r->zone = brasa__zone_find(r->s + r->at, end - r->at);
        if (r->zone) return r->at = end, true;
    }
    return false;
}

static bool read_field(reading *r, const brasa_date_pattern *p, int32_t i)
{
    const brasa_date_field *f = &p->fields[i];
    bool                    packed = reserved(p, i) > 0;
    int                     least = f->count, most = f->count == 1 && !packed ? 2 : f->count;

    switch (f->letter) {
    case 'G': return read_era(r);
    case 'y': return read_year(r, f, reserved(p, i));
    case 'M':
    case 'L':
        r->has_month = true;
        return f->count >= 3 ? read_name(r, brasa__month_names, 12, f->count >= 4, &r->m) : digits(r, least, most, &r->m);
    case 'd': r->has_day = true; return digits(r, least, most, &r->d);
    case 'D': return digits(r, least, 3, &r->doy);
    case 'H': return digits(r, least, most, &r->hour);
    case 'k':
        if (!digits(r, least, most, &r->hour) || r->hour < 1 || r->hour > 24) return false;
        r->hour %= 24;
        return true;
    case 'h':
        if (!digits(r, least, most, &r->half_hour) || r->half_hour < 1 || r->half_hour > 12) return false;
        r->half_hour %= 12;
        return true;
    case 'K': return digits(r, least, most, &r->half_hour) && r->half_hour < 12;
    case 'm': return digits(r, least, most, &r->minute);
    case 's': return digits(r, least, most, &r->second);
    case 'S': return read_fraction(r, f->count);
    case 'a': return read_half(r);
    default: return read_zone(r, f);
    }
}

/* Fields from *i to the end of their section (or of the pattern).  A section that does not fit is passed over, its text not taken. */
static bool read_section(reading *r, const brasa_date_pattern *p, int32_t *i)
{
    bool ok = true;

    for (; *i < p->n && p->fields[*i].letter != ']'; (*i)++) {
        const brasa_date_field *f = &p->fields[*i];
        if (f->letter == '[') {
            reading before = *r;
            (*i)++;
            if (!read_section(r, p, i)) *r = before;
            if (*i >= p->n) break;
        } else if (!ok) {
            continue;
        } else if (f->letter == 0) {
            ok = r->n - r->at >= f->n && strncasecmp(r->s + r->at, f->s, f->n) == 0;
            if (ok) r->at += f->n;
        } else {
            ok = read_field(r, p, *i);
        }
    }
    return ok;
}

static bool date_of(const reading *r, int32_t *days)
{
    int64_t y = r->bc ? 1 - r->y : r->y;
    int32_t first;

    if (y > 290000 || y < -290000 || (r->era && r->y < 1)) return false;
    if (r->doy < 0) return r->m <= 12 && r->d <= 31 && brasa__date_make((int32_t)y, (int32_t)r->m, (int32_t)r->d, days);
    if (!brasa__date_make((int32_t)y, 1, 1, &first)) return false;
    *days = first + (int32_t)r->doy - 1;
    int32_t back, m, d;
    brasa__date_split(*days, &back, &m, &d);
    return r->doy >= 1 && back == y && (!r->has_month || m == r->m) && (!r->has_day || d == r->d);
}

bool brasa__date_read(const brasa_date_pattern *p, const char *text, size_t n, brasa_date_read *out)
{
    reading r = nothing;
    int32_t i = 0, days;

    r.s = text;
    r.n = n;
    if (!read_section(&r, p, &i) || r.at != r.n) return false;
    if (r.hour < 0) r.hour = r.half_hour < 0 ? 0 : r.half_hour + (r.half == 1 ? 12 : 0);
    if (r.hour > 23 || r.minute > 59 || r.second > 59 || !date_of(&r, &days)) return false;
    out->local = (int64_t)days * BRASA_DAY_US + ((r.hour * 60 + r.minute) * 60 + r.second) * BRASA_SECOND_US + r.us;
    out->zone = r.zone;
    return true;
}
