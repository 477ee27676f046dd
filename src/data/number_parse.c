/* number_parse.c -- numbers from text.
 *
 * Doubles are exact: up to 15 digits with a small power of ten take one multiplication or division of exact numbers (Clinger's fast path); the
 * rest goes to strtod as an integer with an exponent, which no locale reads differently.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/value.h"

enum { EXACT_DIGITS = 15, EXACT_POWER = 22, DOUBLE_DIGITS = 780, DECIMAL_DIGITS = 38, EXPONENT_CAP = 100000 };

typedef unsigned __int128 uint128;

bool brasa__parse_i64(const char *s, size_t n, int64_t *out)
{
    size_t   i = n > 0 && (s[0] == '-' || s[0] == '+');
    bool     minus = i > 0 && s[0] == '-';
    uint64_t v = 0, limit = minus ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;

    if (i == n) return false;
    for (; i < n; i++) {
        unsigned digit = (unsigned)(s[i] - '0');

        if (digit > 9 || v > limit / 10) return false;
        v = v * 10 + digit;
        if (v > limit) return false;
    }
    *out = (int64_t)(minus ? 0 - v : v);
    return true;
}

bool brasa__parse_bool(const char *s, size_t n, bool *out)
{
    static const char *const yes[] = {"true", "t", "yes", "y", "1", "on"};
    static const char *const no[] = {"false", "f", "no", "n", "0", "off"};

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strlen(yes[i]) == n && strncasecmp(s, yes[i], n) == 0) return *out = true, true;
        if (strlen(no[i]) == n && strncasecmp(s, no[i], n) == 0) return *out = false, true;
    }
    return false;
}

/* A number taken apart: digits (with a point somewhere, or none) from which leading zeros are cut, and a power of ten. */
typedef struct {
    const char *digits; /* the first digit that is not zero */
    const char *end;    /* past the last digit */
    int64_t     count;  /* digits in [digits, end) */
    int64_t     power;  /* the value is the digits as an integer times 10^power */
    bool        minus;
} scanned;

static bool scan_exponent(const char *p, const char *end, int64_t *out)
{
    bool    minus = p < end && *p == '-';
    int64_t v = 0;

    if (p < end && (*p == '-' || *p == '+')) p++;
    if (p == end) return false;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9') return false;
        if (v < EXPONENT_CAP) v = v * 10 + (*p - '0');
    }
    *out = minus ? -v : v;
    return true;
}

static bool scan_number(const char *s, size_t n, scanned *out)
{
    const char *p = s, *end = s + n;
    bool        point = false;
    int64_t     all = 0;

    *out = (scanned) {0};
    if (p < end && (*p == '-' || *p == '+')) out->minus = *p++ == '-';
    for (; p < end; p++) {
        if (*p == '.' && !point) {
            point = true;
            continue;
        }
        if (*p < '0' || *p > '9') break;
        all++;
        out->power -= point;
        if (out->count == 0 && *p == '0') continue;
        if (out->count++ == 0) out->digits = p;
    }
    out->end = p;
    if (all == 0) return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        int64_t e;

        if (!scan_exponent(p + 1, end, &e)) return false;
        out->power += e;
        p = end;
    }
    return p == end;
}

static double slow_double(const scanned *d)
{
    char    text[DOUBLE_DIGITS + 32];
    size_t  n = 0;
    int64_t power = d->power;
    bool    sticky = false;

    for (const char *p = d->digits; p < d->end; p++) {
        if (*p == '.') continue;
        if (n < DOUBLE_DIGITS) {
            text[n++] = *p;
        } else { /* digits this far out only matter by not being zero */
            sticky |= *p != '0';
            power++;
        }
    }
    if (sticky) {
        text[n++] = '1';
        power--;
    }
    text[n++] = 'e';
    if (power > EXPONENT_CAP) power = EXPONENT_CAP;
    if (power < -EXPONENT_CAP) power = -EXPONENT_CAP;
    text[n + brasa__format_i64(power, text + n)] = '\0';
    return strtod(text, NULL);
}

static double to_double(const scanned *d)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    uint64_t            m = 0;

    if (d->count == 0) return 0;
    if (d->count > EXACT_DIGITS || d->power > EXACT_POWER || d->power < -EXACT_POWER) return slow_double(d);
    for (const char *p = d->digits; p < d->end; p++) {
        if (*p != '.') m = m * 10 + (uint64_t)(*p - '0');
    }
    return d->power < 0 ? (double)m / powers[-d->power] : (double)m * powers[d->power];
}

static bool is_word(const char *s, size_t n, const char *word)
{
    return strlen(word) == n && strncasecmp(s, word, n) == 0;
}

bool brasa__parse_f64(const char *s, size_t n, double *out)
{
    scanned d;

    if (scan_number(s, n, &d)) {
        double v = to_double(&d);

        *out = d.minus ? -v : v;
        return true;
    }

    size_t sign = n > 0 && (s[0] == '-' || s[0] == '+');

    if (is_word(s + sign, n - sign, "nan")) {
        *out = (double)NAN;
    } else if (is_word(s + sign, n - sign, "infinity") || is_word(s + sign, n - sign, "inf")) {
        *out = s[0] == '-' ? -(double)INFINITY : (double)INFINITY;
    } else {
        return false;
    }
    return true;
}

static uint128 power_of_ten(int32_t n)
{
    uint128 v = 1;

    while (n-- > 0) v *= 10;
    return v;
}

bool brasa__parse_decimal(const char *s, size_t n, int32_t precision, int32_t scale, brasa_int128 *out)
{
    scanned d;
    uint128 v = 0;

    if (!scan_number(s, n, &d)) return false;

    int64_t keep = d.count + d.power + scale; /* digits of the result */
    int64_t k = 0;

    *out = 0;
    if (d.count == 0 || keep < 0) return true;
    if (keep > DECIMAL_DIGITS) return false;
    for (const char *p = d.digits; p < d.end && k <= keep; p++) {
        if (*p == '.') continue;
        if (k < keep) {
            v = v * 10 + (unsigned)(*p - '0');
        } else {
            v += *p >= '5';
        }
        k++;
    }
    for (; k < keep; k++) v *= 10;
    if (v >= power_of_ten(precision)) return false;
    *out = d.minus ? -(brasa_int128)v : (brasa_int128)v;
    return true;
}
