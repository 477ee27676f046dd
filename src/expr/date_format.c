/* date_format.c -- see date_format.h. */
#include "expr/date_format.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "data/value.h"
#include "expr/date_arith.h"

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
static const char *const days[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

/* A run of one letter, or literal text. */
typedef struct field {
    char        letter; /* 0: literal */
    int         count;
    const char *s; /* literal */
    size_t      n;
} field;

/* The next field at *at; false at the end. */
static bool next_field(const char *p, size_t n, size_t *at, field *f)
{
    size_t i = *at;

    if (i >= n) return false;
    *f = (field) {0};
    if (p[i] == '\'') {
        if (i + 1 < n && p[i + 1] == '\'') {
            *f = (field) {.s = "'", .n = 1};
            *at = i + 2;
            return true;
        }
        size_t end = i + 1;
        while (end < n && p[end] != '\'') end++;
        *f = (field) {.s = p + i + 1, .n = end - i - 1};
        *at = end < n ? end + 1 : n;
        return true;
    }
    if (!isalpha((unsigned char)p[i])) {
        *f = (field) {.s = p + i, .n = 1};
        *at = i + 1;
        return true;
    }
    f->letter = p[i];
    while (i < n && p[i] == f->letter) f->count++, i++;
    *at = i;
    return true;
}

static brasa_status unknown(char letter, brasa_error *err)
{
    return brasa__fail(err, BRASA_INVALID, "a date pattern has no letter '%c'; quote text as in 'T'", letter);
}

typedef struct moment {
    int32_t y, m, d, days, doy, weekday;
    int64_t us; /* of the day */
} moment;

static moment split(int64_t us)
{
    moment  t = {.days = brasa__timestamp_days(us), .us = brasa__timestamp_rest(us)};
    int32_t first = 0;

    brasa__date_split(t.days, &t.y, &t.m, &t.d);
    (void)brasa__date_make(t.y, 1, 1, &first);
    t.doy = t.days - first + 1;
    t.weekday = ((t.days % 7) + 10) % 7; /* Monday is 0 */
    return t;
}

static void put_fraction(const moment *t, int count, brasa_text *out)
{
    int64_t us = t->us % BRASA_SECOND_US;

    for (int64_t unit = 100000; count > 0; count--, unit /= 10) brasa__text_addf(out, "%d", unit > 0 ? (int)(us / unit % 10) : 0);
}

static void put_name(const char *name, int count, brasa_text *out)
{
    brasa__text_add_n(out, name, count < 4 ? 3 : strlen(name));
}

static brasa_status put_field(const field *f, const moment *t, brasa_text *out, brasa_error *err)
{
    int64_t hour = t->us / (3600 * (int64_t)BRASA_SECOND_US), v;

    switch (f->letter) {
    case 'y':
    case 'u':
        if (f->count == 2) {
            brasa__text_addf(out, "%02d", (t->y % 100 + 100) % 100);
            return BRASA_OK;
        }
        v = t->y;
        break;
    case 'M':
    case 'L':
        if (f->count >= 3) {
            put_name(months[t->m - 1], f->count, out);
            return BRASA_OK;
        }
        v = t->m;
        break;
    case 'E': put_name(days[t->weekday], f->count, out); return BRASA_OK;
    case 'a': brasa__text_add(out, hour < 12 ? "AM" : "PM"); return BRASA_OK;
    case 'S': put_fraction(t, f->count, out); return BRASA_OK;
    case 'X': brasa__text_add(out, "Z"); return BRASA_OK;
    case 'x': brasa__text_add(out, f->count == 1 ? "+00" : f->count == 2 ? "+0000" : "+00:00"); return BRASA_OK;
    case 'Z': brasa__text_add(out, "+0000"); return BRASA_OK;
    case 'z':
    case 'V': brasa__text_add(out, "UTC"); return BRASA_OK;
    case 'Q':
    case 'q': v = (t->m - 1) / 3 + 1; break;
    case 'd': v = t->d; break;
    case 'D': v = t->doy; break;
    case 'H': v = hour; break;
    case 'h': v = hour % 12 == 0 ? 12 : hour % 12; break;
    case 'K': v = hour % 12; break;
    case 'k': v = hour == 0 ? 24 : hour; break;
    case 'm': v = t->us / (60 * (int64_t)BRASA_SECOND_US) % 60; break;
    case 's': v = t->us / BRASA_SECOND_US % 60; break;
    default: return unknown(f->letter, err);
    }
    brasa__text_addf(out, "%0*lld", f->count, (long long)v);
    return BRASA_OK;
}

brasa_status brasa__date_format(int64_t us, const char *pattern, size_t n, brasa_text *out, brasa_error *err)
{
    moment t = split(us);
    field  f;

    for (size_t at = 0; next_field(pattern, n, &at, &f);) {
        if (f.letter == 0)
            brasa__text_add_n(out, f.s, f.n);
        else
            BRASA_TRY(put_field(&f, &t, out, err));
    }
    return BRASA_OK;
}

/* ---- reading ---- */

typedef struct reading {
    const char *s;
    size_t      n, at;
    int64_t     y, m, d, hour, minute, second, us;
    bool        pm, am, half, ok;
} reading;

static int64_t read_number(reading *r, int most)
{
    int64_t v = 0;
    size_t  from = r->at;

    while (r->at < r->n && r->at - from < (size_t)most && isdigit((unsigned char)r->s[r->at])) v = v * 10 + (r->s[r->at++] - '0');
    if (r->at == from) r->ok = false;
    return v;
}

static int64_t read_name(reading *r, const char *const *names, int count, bool full)
{
    for (int i = 0; i < count; i++) {
        size_t k = full ? strlen(names[i]) : 3;
        if (r->n - r->at < k || strncasecmp(r->s + r->at, names[i], k) != 0) continue;
        r->at += k;
        return i + 1;
    }
    r->ok = false;
    return 0;
}

static void read_fraction(reading *r, int count)
{
    int64_t unit = 100000;

    r->us = 0;
    for (int i = 0; i < count && r->at < r->n && isdigit((unsigned char)r->s[r->at]); i++, unit /= 10)
        r->us += (r->s[r->at++] - '0') * unit;
}

static void read_half(reading *r)
{
    bool two = r->n - r->at >= 2 && (r->s[r->at + 1] == 'M' || r->s[r->at + 1] == 'm');

    if (two) r->pm = toupper((unsigned char)r->s[r->at]) == 'P', r->am = !r->pm;
    if (!two || (!r->pm && toupper((unsigned char)r->s[r->at]) != 'A')) r->ok = false;
    r->at += 2;
}

/* A number is as wide as its letters when another number follows at once, else as wide as it is. */
static brasa_status read_field(reading *r, const field *f, bool packed, brasa_error *err)
{
    int wide = packed || f->count >= 2 ? f->count : 2;

    switch (f->letter) {
    case 'y':
    case 'u':
        r->y = read_number(r, packed ? f->count : f->count == 2 ? 2 : 9);
        if (f->count == 2) r->y += 2000;
        return BRASA_OK;
    case 'M':
    case 'L': r->m = f->count >= 3 ? read_name(r, months, 12, f->count >= 4) : read_number(r, wide); return BRASA_OK;
    case 'd': r->d = read_number(r, wide); return BRASA_OK;
    case 'E': (void)read_name(r, days, 7, f->count >= 4); return BRASA_OK;
    case 'H': r->hour = read_number(r, wide); return BRASA_OK;
    case 'h':
        r->hour = read_number(r, wide);
        r->half = true;
        return BRASA_OK;
    case 'm': r->minute = read_number(r, wide); return BRASA_OK;
    case 's': r->second = read_number(r, wide); return BRASA_OK;
    case 'S': read_fraction(r, f->count); return BRASA_OK;
    case 'a': read_half(r); return BRASA_OK;
    default: return unknown(f->letter, err);
    }
}

static bool finish(reading *r, int64_t *us)
{
    int32_t date;

    if (r->half) {
        if (r->hour < 1 || r->hour > 12) return false;
        r->hour = r->hour % 12 + (r->pm ? 12 : 0);
    }
    if (!r->ok || r->at != r->n || r->y > 290000 || r->hour > 23 || r->minute > 59 || r->second > 59) return false;
    if (!brasa__date_make((int32_t)r->y, (int32_t)r->m, (int32_t)r->d, &date)) return false;
    *us = (int64_t)date * BRASA_DAY_US + ((r->hour * 60 + r->minute) * 60 + r->second) * BRASA_SECOND_US + r->us;
    return true;
}

brasa_status brasa__date_parse(const char *text, size_t len, const char *pattern, size_t n, int64_t *us, bool *ok, brasa_error *err)
{
    reading r = {.s = text, .n = len, .y = 1970, .m = 1, .d = 1, .ok = true};
    field   f;

    for (size_t at = 0; next_field(pattern, n, &at, &f);) {
        if (f.letter == 0) {
            if (r.n - r.at < f.n || memcmp(r.s + r.at, f.s, f.n) != 0) r.ok = false;
            r.at += f.n;
        } else {
            field  after;
            size_t ahead = at;
            bool   packed = next_field(pattern, n, &ahead, &after) && after.letter != 0 && after.letter != 'a' && after.letter != 'E';
            BRASA_TRY(read_field(&r, &f, packed, err));
        }
        if (!r.ok || r.at > r.n) {
            *ok = false;
            return BRASA_OK;
        }
    }
    *ok = finish(&r, us);
    return BRASA_OK;
}
