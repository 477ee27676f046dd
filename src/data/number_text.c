/* number_text.c -- numbers as text.
 *
 * Doubles print the shortest digits that read back the same, in the form of Java's Double.toString (and so Spark's): 1.0, 0.001, 1.0E7, 1.5E-5.
 * Most doubles of real data have at most 15 digits, for which one multiplication and one division prove the digits right; the others
 * are printed by the C library and read back.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/value.h"

typedef unsigned __int128 uint128;

static size_t put_u64(uint64_t v, char *out)
{
    char   tmp[20];
    size_t n = 0;

    do {
        tmp[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    for (size_t i = 0; i < n; i++) out[i] = tmp[n - 1 - i];
    return n;
}

size_t brasa__format_i64(int64_t v, char *out)
{
    if (v >= 0) return put_u64((uint64_t)v, out);
    *out = '-';
    return 1 + put_u64(0 - (uint64_t)v, out + 1);
}

static size_t put_u128(uint128 v, char *out)
{
    const uint64_t unit = 10000000000000000000u; /* 10^19 */

    if (v < unit) return put_u64((uint64_t)v, out);

    size_t   n = put_u128(v / unit, out);
    uint64_t low = (uint64_t)(v % unit);

    for (size_t i = 19; i-- > 0; low /= 10) out[n + i] = (char)('0' + low % 10);
    return n + 19;
}

size_t brasa__format_i128(brasa_int128 v, char *out)
{
    if (v >= 0) return put_u128((uint128)v, out);
    *out = '-';
    return 1 + put_u128(0 - (uint128)v, out + 1);
}

size_t brasa__format_decimal(brasa_int128 v, int32_t scale, char *out)
{
    char   digits[40];
    size_t n = put_u128(v < 0 ? 0 - (uint128)v : (uint128)v, digits);
    size_t point = (size_t)scale;
    char  *p = out;

    if (v < 0) *p++ = '-';
    if (n > point) {
        memcpy(p, digits, n - point);
        p += n - point;
    } else {
        *p++ = '0';
    }
    if (point > 0) {
        *p++ = '.';
        for (size_t i = n; i < point; i++) *p++ = '0';
        memcpy(p, digits + (n > point ? n - point : 0), n > point ? point : n);
        p += n > point ? point : n;
    }
    return (size_t)(p - out);
}

/* Digits without zeros at the end; the value is 0.DIGITS times 10^point. */
typedef struct {
    char digits[20];
    int  n;
    int  point;
} decimal_digits;

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static void cut_zeros(decimal_digits *d)
{
    while (d->n > 1 && d->digits[d->n - 1] == '0') d->n--;
}

typedef enum { DIGITS_FOUND, DIGITS_NONE, DIGITS_UNKNOWN } found;

/* v as an integer of at most `most` digits over a power of ten, if that is exactly what it reads back from; NONE is proof that there is none. */
static found short_digits(double v, int most, bool single, decimal_digits *d)
{
    int k = most - 1 - (int)floor(log10(v));

    if (k < 0 || k > 22) return DIGITS_UNKNOWN;

    double r = rint(v * powers[k]), back = r / powers[k];

    if (r >= powers[most] || r < powers[most - 1]) return DIGITS_UNKNOWN;
    if ((single ? (double)(float)back : back) != v) return DIGITS_NONE;
    d->n = (int)put_u64((uint64_t)r, d->digits);
    d->point = d->n - k;
    cut_zeros(d);
    return DIGITS_FOUND;
}

/* Read digits and exponent out of "d.ddde+xx", whatever the locale's point. */
static void scan_digits(const char *s, decimal_digits *d)
{
    d->n = 0;
    for (; *s != 'e'; s++) {
        if (*s >= '0' && *s <= '9') d->digits[d->n++] = *s;
    }
    d->point = atoi(s + 1) + 1;
    cut_zeros(d);
}

/* `least`: fewer digits are known not to do. */
static void long_digits(double v, bool single, int least, decimal_digits *d)
{
    char text[48];
    int  most = single ? 9 : 17;

    for (int n = least; n <= most; n++) {
        snprintf(text, sizeof text, "%.*e", n - 1, v);
        if (n == most || (single ? (double)strtof(text, NULL) : strtod(text, NULL)) == v) break;
    }
    scan_digits(text, d);
}

static size_t put_java(const decimal_digits *d, char *out)
{
    char *p = out;
    int   n = d->n, point = d->point;

    if (point > -3 && point <= 7) { /* 0.001 to 10^7 */
        if (point <= 0) {
            *p++ = '0';
            *p++ = '.';
            for (int i = point; i < 0; i++) *p++ = '0';
            memcpy(p, d->digits, (size_t)n);
            return (size_t)(p + n - out);
        }
        for (int i = 0; i < point; i++) *p++ = i < n ? d->digits[i] : '0';
        *p++ = '.';
        if (n <= point) *p++ = '0';
        for (int i = point; i < n; i++) *p++ = d->digits[i];
        return (size_t)(p - out);
    }
    *p++ = d->digits[0];
    *p++ = '.';
    if (n == 1) *p++ = '0';
    memcpy(p, d->digits + 1, (size_t)n - 1);
    p += n - 1;
    *p++ = 'E';
    return (size_t)(p - out) + brasa__format_i64(point - 1, p);
}

static size_t put_constant(const char *text, char *out)
{
    size_t n = strlen(text);

    memcpy(out, text, n);
    return n;
}

static size_t format_float(double v, bool single, char *out)
{
    decimal_digits d = {.n = 0};

    if (isnan(v)) return put_constant("NaN", out);
    if (signbit(v)) {
        *out = '-';
        return 1 + format_float(-v, single, out + 1);
    }
    if (isinf(v)) return put_constant("Infinity", out);
    if (v == 0) return put_constant("0.0", out);

    bool  tiny = v < (single ? (double)FLT_MIN : DBL_MIN); /* subnormals have fewer digits than all others */
    int   few = single ? 6 : 15;
    found f = tiny ? DIGITS_UNKNOWN : short_digits(v, few, single, &d);

    if (f != DIGITS_FOUND) long_digits(v, single, tiny ? 2 : f == DIGITS_NONE ? few + 1 : few, &d);
    return put_java(&d, out);
}

size_t brasa__format_f64(double v, char *out)
{
    return format_float(v, false, out);
}

size_t brasa__format_f32(float v, char *out)
{
    return format_float((double)v, true, out);
}
