/* interval_fields.c -- intervals of years and months, and of days and time, as text.
 *
 * Two forms, as Spark writes them: INTERVAL '1-2' YEAR TO MONTH where a value becomes text, and 1-2 or 1 02:03:04.500000000 where rows are shown.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "data/value.h"

static const char *const field_names[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};

const char *brasa__field_name(int32_t field)
{
    return field_names[field];
}

static size_t put_tail(brasa_type t, char *out)
{
    int n = t.precision == t.scale ? sprintf(out, "' %s", field_names[t.precision])
                                   : sprintf(out, "' %s TO %s", field_names[t.precision], field_names[t.scale]);

    return (size_t)n;
}

static size_t put_months(brasa_type t, int64_t months, bool bare, char *out)
{
    int64_t size = months < 0 ? -months : months;
    char   *p = out;

    if (bare) return (size_t)sprintf(out, "%s%lld-%lld", months < 0 ? "-" : "", (long long)size / 12, (long long)size % 12);
    p += sprintf(p, "INTERVAL '");
    if (t.precision != t.scale)
        p += sprintf(p, "%s%lld-%lld", months < 0 ? "-" : "", (long long)size / 12, (long long)size % 12);
    else
        p += sprintf(p, "%s%lld", months < 0 ? "-" : "", (long long)(t.precision == BRASA_FIELD_YEAR ? size / 12 : size));
    return (size_t)(p - out) + put_tail(t, p);
}

/* At least two digits, and the fraction without its last zeros. */
static char *put_second(uint64_t us, char *p)
{
    p += sprintf(p, "%02llu", (unsigned long long)(us / 1000000));
    if (us % 1000000 == 0) return p;
    p += sprintf(p, ".%06llu", (unsigned long long)(us % 1000000));
    while (p[-1] == '0') p--;
    return p;
}

static size_t put_clock(brasa_type t, int64_t us, bool bare, char *out)
{
    static const char between[] = "  ::";
    uint64_t          rest = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
    char             *p = out;
    int               first = bare ? BRASA_FIELD_DAY : t.precision, last = bare ? BRASA_FIELD_SECOND : t.scale;

    p += sprintf(p, "%s%s", bare ? "" : "INTERVAL '", us < 0 ? "-" : "");
    for (int f = first; f <= last; f++) {
        uint64_t unit = (uint64_t)brasa__field_us((brasa_interval_field)f);
        if (f > first) *p++ = between[f - BRASA_FIELD_DAY];
        if (f == BRASA_FIELD_SECOND && bare)
            p += sprintf(p, "%02llu.%06llu000", (unsigned long long)(rest / unit), (unsigned long long)(rest % unit));
        else if (f == BRASA_FIELD_SECOND)
            p = put_second(rest, p);
        else
            p += sprintf(p, f == BRASA_FIELD_DAY ? "%llu" : "%02llu", (unsigned long long)(rest / unit));
        rest %= unit;
    }
    return (size_t)(p - out) + (bare ? 0 : put_tail(t, p));
}

size_t brasa__format_fields(brasa_type t, int64_t v, bool bare, char *out)
{
    return t.kind == BRASA_KIND_INTERVAL_YM ? put_months(t, v, bare, out) : put_clock(t, v, bare, out);
}

/* ---- reading ---- */

typedef struct cursor {
    const char *p, *end;
} cursor;

static void skip(cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || (*c->p >= '\t' && *c->p <= '\r'))) c->p++;
}

static bool take_word(cursor *c, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(c->end - c->p) < n || strncasecmp(c->p, word, n) != 0) return false;
    c->p += n;
    skip(c);
    return true;
}

static bool take_digits(cursor *c, brasa_int128 *out)
{
    const char *from = c->p;

    *out = 0;
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9' && c->p - from < 20) *out = *out * 10 + (*c->p++ - '0');
    return c->p > from && c->p - from < 20;
}

/* Digits after the sixth are cut; more than nine are none. */
static bool take_fraction(cursor *c, int64_t *us)
{
    int     n = 0;
    int64_t unit = 100000;

    *us = 0;
    if (c->p == c->end || *c->p != '.') return true;
    for (c->p++; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++, n++, unit /= 10) *us += (*c->p - '0') * unit;
    return n <= 9;
}

/* The numbers of the fields from first to last: the first may be any, those below it are less than a whole of the one above. */
static bool take_fields(cursor *c, int first, int last, brasa_int128 *total)
{
    static const int  most[] = {0, 11, 0, 23, 59, 59};
    static const char between[] = "\0-\0 ::";
    brasa_int128      n;
    int64_t           fraction = 0;

    *total = 0;
    for (int f = first; f <= last; f++) {
        int64_t unit = f == BRASA_FIELD_YEAR ? 12 : f == BRASA_FIELD_MONTH ? 1 : brasa__field_us((brasa_interval_field)f);
        if (f > first) {
            if (c->p == c->end || *c->p++ != between[f]) return false;
            if (f == BRASA_FIELD_HOUR) skip(c);
        }
        if (!take_digits(c, &n) || (f > first && n > most[f])) return false;
        if (f == BRASA_FIELD_SECOND && !take_fraction(c, &fraction)) return false;
        *total += n * unit + fraction;
    }
    return true;
}

static bool take_sign(cursor *c, bool *minus)
{
    if (c->p < c->end && (*c->p == '-' || *c->p == '+')) *minus = (*c->p++ == '-') != *minus;
    return true;
}

/* Behind the closing quote: YEAR TO MONTH. */
static bool take_tail(cursor *c, brasa_type t)
{
    if (c->p == c->end || *c->p++ != '\'') return false;
    skip(c);
    if (!take_word(c, field_names[t.precision])) return false;
    return t.precision == t.scale || (take_word(c, "TO") && take_word(c, field_names[t.scale]));
}

static bool in_range(brasa_type t, brasa_int128 v, int64_t *out)
{
    *out = (int64_t)v;
    return *out == v && (t.kind == BRASA_KIND_INTERVAL_DT || (v >= INT32_MIN && v <= INT32_MAX));
}

/* '1 day 2 hours', as other databases write it, where all of it is of this kind. */
static bool parse_words(const char *s, size_t n, brasa_type t, int64_t *out)
{
    brasa_interval v;

    if (!brasa__parse_interval(s, n, &v)) return false;
    if (t.kind == BRASA_KIND_INTERVAL_YM) return v.days == 0 && v.us == 0 && in_range(t, v.months, out);
    return v.months == 0 && in_range(t, (brasa_int128)v.days * 86400000000 + v.us, out);
}

bool brasa__parse_fields(const char *s, size_t n, brasa_type t, int64_t *out)
{
    cursor       c = {s, s + n};
    bool         minus = false, literal;
    brasa_int128 v;

    skip(&c);
    literal = take_word(&c, "INTERVAL");
    take_sign(&c, &minus);
    if (literal) {
        skip(&c);
        literal = c.p < c.end && *c.p == '\'';
        if (literal) c.p++;
        take_sign(&c, &minus);
    }
    if (!take_fields(&c, t.precision, t.scale, &v) || (literal && !take_tail(&c, t))) return parse_words(s, n, t, out);
    skip(&c);
    if (c.p != c.end) return parse_words(s, n, t, out);
    return in_range(t, minus ? -v : v, out);
}
