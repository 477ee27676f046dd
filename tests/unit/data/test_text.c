/* test_text.c -- numbers, dates, timestamps and intervals as text, and back. */
#include "support/unit.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/type.h"
#include "data/value.h"

static const char *f64_text(double v)
{
    static _Thread_local char text[64];

    text[brasa__format_f64(v, text)] = '\0';
    return text;
}

static const char *f32_text(float v)
{
    static _Thread_local char text[64];

    text[brasa__format_f32(v, text)] = '\0';
    return text;
}

static void doubles_print_as_in_java(void **state)
{
    (void)state;
    assert_string_equal(f64_text(0.0), "0.0");
    assert_string_equal(f64_text(-0.0), "-0.0");
    assert_string_equal(f64_text(1), "1.0");
    assert_string_equal(f64_text(-2.5), "-2.5");
    assert_string_equal(f64_text(100), "100.0");
    assert_string_equal(f64_text(0.1), "0.1");
    assert_string_equal(f64_text(0.1 + 0.2), "0.30000000000000004");
    assert_string_equal(f64_text(0.001), "0.001");
    assert_string_equal(f64_text(0.0009), "9.0E-4");
    assert_string_equal(f64_text(0.00012345), "1.2345E-4");
    assert_string_equal(f64_text(9999999), "9999999.0");
    assert_string_equal(f64_text(1e7), "1.0E7");
    assert_string_equal(f64_text(12345678.9), "1.23456789E7");
    assert_string_equal(f64_text(1e10), "1.0E10");
    assert_string_equal(f64_text(1.0 / 3), "0.3333333333333333");
    assert_string_equal(f64_text(2.0 / 3), "0.6666666666666666");
    assert_string_equal(f64_text(100.0 / 3), "33.333333333333336");
    assert_string_equal(f64_text(DBL_MAX), "1.7976931348623157E308");
    assert_string_equal(f64_text(DBL_MIN), "2.2250738585072014E-308");
    assert_string_equal(f64_text(5e-324), "4.9E-324");
    assert_string_equal(f64_text((double)NAN), "NaN");
    assert_string_equal(f64_text((double)INFINITY), "Infinity");
    assert_string_equal(f64_text(-(double)INFINITY), "-Infinity");
    assert_string_equal(f64_text(9007199254740993.0), "9.007199254740992E15");
    assert_string_equal(f64_text(123456789012345680.0), "1.2345678901234568E17");
}

static void floats_print_as_in_java(void **state)
{
    (void)state;
    assert_string_equal(f32_text(0.1F), "0.1");
    assert_string_equal(f32_text(3.4028235e38F), "3.4028235E38");
    assert_string_equal(f32_text(1.0F / 3), "0.33333334");
    assert_string_equal(f32_text(16777216.0F), "1.6777216E7");
    assert_string_equal(f32_text(1.5F), "1.5");
    assert_string_equal(f32_text(1e-45F), "1.4E-45");
}

static void doubles_survive_text(void **state)
{
    unit_random r = {31};

    (void)state;
    for (int i = 0; i < 30000; i++) {
        uint64_t bits = unit_next(&r);
        double   v, back;
        char     text[64];
        size_t   n;

        memcpy(&v, &bits, 8);
        if (i % 3 == 1) v = (double)unit_between(&r, -1000000, 1000000) / 100;
        if (i % 3 == 2) v = unit_fraction(&r) * 1e5;
        if (isnan(v)) continue;
        n = brasa__format_f64(v, text);
        assert_true(n <= 26);
        assert_true(brasa__parse_f64(text, n, &back));
        assert_memory_equal(&v, &back, 8);
        n = brasa__format_f32((float)v, text);
        assert_true(brasa__parse_f64(text, n, &back));
        assert_true((float)back == (float)v);
    }
}

static bool parses(const char *s, double *out)
{
    return brasa__parse_f64(s, strlen(s), out);
}

static void doubles_parse_as_strtod_does(void **state)
{
    static const char *const good[] = {"1",
                                       "-1.5",
                                       "+2.",
                                       ".5",
                                       "1e5",
                                       "1E-5",
                                       "00012.500",
                                       "123456789012345678901234567890",
                                       "1e400",
                                       "1e-400",
                                       "0e999",
                                       "1e22",
                                       "1e23",
                                       "8.5e-22",
                                       "179769313486231580793e289",
                                       "2.2250738585072011e-308",
                                       "9007199254740993",
                                       "0.000000000000000000000000000000000000000000001234e10",
                                       "5e-324"};
    static const char *const bad[] = {"",   "-",    ".",  "e5", "1e",  "1e+",   "1.2.3",   "abc",
                                      "1x", "0x10", " 1", "1 ", "--1", "1_000", "infinit", "+-1"};
    unit_random              r = {32};
    double                   v;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double want = strtod(good[i], NULL);

        assert_true(parses(good[i], &v));
        assert_memory_equal(&v, &want, 8);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(parses(bad[i], &v));
    assert_true(parses("NaN", &v) && isnan(v));
    assert_true(parses("-inf", &v) && isinf(v) && v < 0);
    assert_true(parses("Infinity", &v) && isinf(v) && v > 0);
    for (int i = 0; i < 20000; i++) {
        char   text[80];
        double want;

        snprintf(text, sizeof text, "%s%lld.%0*llde%d", i % 2 ? "-" : "", (long long)unit_between(&r, 0, i % 5 ? 99999 : INT64_MAX),
                 (int)(i % 19), (long long)unit_between(&r, 0, 99999), (int)unit_between(&r, i % 3 ? -10 : -330, i % 3 ? 10 : 310));
        want = strtod(text, NULL);
        assert_true(parses(text, &v));
        assert_memory_equal(&v, &want, 8);
    }
}

static void a_double_between_two_looks_at_every_digit(void **state)
{
    char   text[1200] = "9007199254740993."; /* halfway between two doubles */
    size_t n = strlen(text);
    double v;

    (void)state;
    memset(text + n, '0', 1000);
    text[n + 1000] = '\0';
    assert_true(parses(text, &v));
    assert_true(v == 9007199254740992.0);
    text[n + 999] = '1';
    assert_true(parses(text, &v));
    assert_true(v == 9007199254740994.0);
}

static void integers_parse_to_their_ends(void **state)
{
    int64_t v;

    (void)state;
    assert_true(brasa__parse_i64("9223372036854775807", 19, &v) && v == INT64_MAX);
    assert_true(brasa__parse_i64("-9223372036854775808", 20, &v) && v == INT64_MIN);
    assert_true(brasa__parse_i64("+0", 2, &v) && v == 0);
    assert_false(brasa__parse_i64("9223372036854775808", 19, &v));
    assert_false(brasa__parse_i64("-9223372036854775809", 20, &v));
    assert_false(brasa__parse_i64("99999999999999999999", 20, &v));
    assert_false(brasa__parse_i64("", 0, &v));
    assert_false(brasa__parse_i64("-", 1, &v));
    assert_false(brasa__parse_i64("1.0", 3, &v));
    assert_false(brasa__parse_i64("1 ", 2, &v));
}

static void integers_print_to_their_ends(void **state)
{
    char text[64];

    (void)state;
    text[brasa__format_i64(INT64_MIN, text)] = '\0';
    assert_string_equal(text, "-9223372036854775808");
    text[brasa__format_i128((brasa_int128)1 << 126, text)] = '\0';
    assert_string_equal(text, "85070591730234615865843651857942052864");
    text[brasa__format_i128((brasa_int128)((unsigned __int128)1 << 127), text)] = '\0';
    assert_string_equal(text, "-170141183460469231731687303715884105728");
    text[brasa__format_i128((brasa_int128)10000000000000000000u, text)] = '\0';
    assert_string_equal(text, "10000000000000000000");
}

static const char *decimal(const char *s, int precision, int scale)
{
    static _Thread_local char text[64];
    brasa_int128              v;

    if (!brasa__parse_decimal(s, strlen(s), precision, scale, &v)) return "no";
    text[brasa__format_decimal(v, scale, text)] = '\0';
    return text;
}

static void decimals_round_half_up_and_fit(void **state)
{
    (void)state;
    assert_string_equal(decimal("12.5", 4, 2), "12.50");
    assert_string_equal(decimal("-12.345", 4, 2), "-12.35");
    assert_string_equal(decimal("12.3449", 4, 2), "12.34");
    assert_string_equal(decimal("0.005", 4, 2), "0.01");
    assert_string_equal(decimal("0.0049", 4, 2), "0.00");
    assert_string_equal(decimal("0.00049", 4, 2), "0.00");
    assert_string_equal(decimal("-0.005", 4, 2), "-0.01");
    assert_string_equal(decimal("99.994", 4, 2), "99.99");
    assert_string_equal(decimal("99.995", 4, 2), "no");
    assert_string_equal(decimal("100", 4, 2), "no");
    assert_string_equal(decimal("1e2", 5, 2), "100.00");
    assert_string_equal(decimal("12345e-3", 5, 2), "12.35");
    assert_string_equal(decimal("1e-999999999999", 5, 2), "0.00");
    assert_string_equal(decimal("1e999999999999", 5, 2), "no");
    assert_string_equal(decimal("0e999999999999", 5, 2), "0.00");
    assert_string_equal(decimal("0000000000000000000000000000000000000000000001", 5, 2), "1.00");
    assert_string_equal(decimal("99999999999999999999999999999999999999", 38, 0), "99999999999999999999999999999999999999");
    assert_string_equal(decimal("-0.00000000000000000000000000000000000001", 38, 38), "-0.00000000000000000000000000000000000001");
    assert_string_equal(decimal("100000000000000000000000000000000000000", 38, 0), "no");
    assert_string_equal(decimal(".", 5, 2), "no");
    assert_string_equal(decimal("", 5, 2), "no");
    assert_string_equal(decimal("1,5", 5, 2), "no");
}

static void booleans_parse(void **state)
{
    bool v;

    (void)state;
    assert_true(brasa__parse_bool("TRUE", 4, &v) && v);
    assert_true(brasa__parse_bool("f", 1, &v) && !v);
    assert_true(brasa__parse_bool("1", 1, &v) && v);
    assert_false(brasa__parse_bool("tru", 3, &v));
    assert_false(brasa__parse_bool("", 0, &v));
}

static void every_day_survives_the_calendar(void **state)
{
    int32_t y = 1600, m = 1, d = 1, days;

    (void)state;
    assert_true(brasa__date_make(1970, 1, 1, &days) && days == 0);
    assert_true(brasa__date_make(2000, 3, 1, &days) && days == 11017);
    assert_true(brasa__date_make(y, m, d, &days));
    for (int32_t i = 0; i < 400 * 366; i++) { /* count days as a person would */
        int32_t gy, gm, gd, made;
        int32_t february = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : 28;
        int32_t length = m == 2 ? february : m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;

        brasa__date_split(days + i, &gy, &gm, &gd);
        assert_true(gy == y && gm == m && gd == d);
        assert_true(brasa__date_make(y, m, d, &made) && made == days + i);
        assert_false(brasa__date_make(y, m, length + 1, &made));
        if (++d > length) {
            d = 1;
            if (++m > 12) {
                m = 1;
                y++;
            }
        }
    }
}

static const char *date(const char *s)
{
    static _Thread_local char text[64];
    int32_t                   days;

    if (!brasa__parse_date(s, strlen(s), &days)) return "no";
    text[brasa__format_date(days, text)] = '\0';
    return text;
}

static void dates_parse_and_print(void **state)
{
    (void)state;
    assert_string_equal(date("1998-09-02"), "1998-09-02");
    assert_string_equal(date("1998-9-2"), "1998-09-02");
    assert_string_equal(date("0001-01-01"), "0001-01-01");
    assert_string_equal(date("-0044-03-15"), "-0044-03-15");
    assert_string_equal(date("+12345-01-01"), "+12345-01-01");
    assert_string_equal(date("-290307-12-31"), "-290307-12-31");
    assert_string_equal(date("+294248-01-01"), "no");
    assert_string_equal(date("-290308-12-31"), "no");
    assert_string_equal(date("1998-02-29"), "no");
    assert_string_equal(date("2000-02-29"), "2000-02-29");
    assert_string_equal(date("1998-13-01"), "no");
    assert_string_equal(date("1998-00-01"), "no");
    assert_string_equal(date("1998-01-00"), "no");
    assert_string_equal(date("98-01-01"), "no");
    assert_string_equal(date("1998-01-01x"), "no");
    assert_string_equal(date("19980101"), "no");
    assert_string_equal(date(""), "no");
}

static const char *timestamp(const char *s)
{
    static _Thread_local char text[64];
    int64_t                   us;

    if (!brasa__parse_timestamp(s, strlen(s), &us)) return "no";
    text[brasa__format_timestamp(us, text)] = '\0';
    return text;
}

static void timestamps_parse_and_print(void **state)
{
    (void)state;
    assert_string_equal(timestamp("1998-09-02 13:45:01"), "1998-09-02 13:45:01");
    assert_string_equal(timestamp("1998-09-02T13:45:01.500Z"), "1998-09-02 13:45:01.5");
    assert_string_equal(timestamp("1998-09-02"), "1998-09-02 00:00:00");
    assert_string_equal(timestamp("1998-09-02 13:45"), "1998-09-02 13:45:00");
    assert_string_equal(timestamp("1998-09-02 13:45:01.1234567"), "1998-09-02 13:45:01.123456");
    assert_string_equal(timestamp("1998-09-02 01:00:00+02:00"), "1998-09-01 23:00:00");
    assert_string_equal(timestamp("1998-09-02 01:00:00 -0330"), "1998-09-02 04:30:00");
    assert_string_equal(timestamp("1998-09-02 01:00:00 UTC"), "1998-09-02 01:00:00");
    assert_string_equal(timestamp("1969-12-31 23:59:59.999999"), "1969-12-31 23:59:59.999999");
    assert_string_equal(timestamp("+294247-01-10 04:00:54.775807"), "+294247-01-10 04:00:54.775807");
    assert_string_equal(timestamp("+294247-01-10 04:00:54.775808"), "no");
    assert_string_equal(timestamp("-290307-01-01 00:00:00"), "-290307-01-01 00:00:00");
    assert_string_equal(timestamp("1998-09-02 24:00:00"), "no");
    assert_string_equal(timestamp("1998-09-02 12:60:00"), "no");
    assert_string_equal(timestamp("1998-09-02 12:00:00."), "no");
    assert_string_equal(timestamp("1998-09-02 12:00:00+99"), "no");
    assert_string_equal(timestamp("1998-09-02 "), "no");
    assert_string_equal(timestamp("1998-09-02 12"), "no");
}

static const char *interval(const char *s)
{
    static _Thread_local char text[130];
    brasa_interval            v;

    if (!brasa__parse_interval(s, strlen(s), &v)) return "no";
    text[brasa__format_interval(v, text)] = '\0';
    return text;
}

static void intervals_parse_and_print(void **state)
{
    (void)state;
    assert_string_equal(interval("1 year 2 months 3 days 04:05:06.5"), "1 years 2 months 3 days 4 hours 5 minutes 6.5 seconds");
    assert_string_equal(interval("3 months"), "3 months");
    assert_string_equal(interval("90 days"), "90 days");
    assert_string_equal(interval("-1 day"), "-1 days");
    assert_string_equal(interval("1 day ago"), "-1 days");
    assert_string_equal(interval("2 weeks"), "14 days");
    assert_string_equal(interval("1.5 years"), "1 years 6 months");
    assert_string_equal(interval("1.5 days"), "1 days 12 hours");
    assert_string_equal(interval("P1Y2M3DT4H5M6.25S"), "1 years 2 months 3 days 4 hours 5 minutes 6.25 seconds");
    assert_string_equal(interval("PT0.000001S"), "0.000001 seconds");
    assert_string_equal(interval("-01:30"), "-1 hours -30 minutes");
    assert_string_equal(interval("100 hours"), "100 hours");
    assert_string_equal(interval("0 days"), "0 seconds");
    assert_string_equal(interval("1 fortnight"), "no");
    assert_string_equal(interval("99999999999 years"), "no");
    assert_string_equal(interval("1"), "no");
    assert_string_equal(interval("P"), "no");
    assert_string_equal(interval(""), "no");
    assert_string_equal(interval("12:"), "no");
}

static const char *time_of_day(const char *s, int32_t digits)
{
    static char text[64];
    int64_t     us;

    if (!brasa__parse_time(s, strlen(s), brasa__type_time(digits), &us)) return "no";
    assert_true(us >= 0 && us < INT64_C(86400000000));
    text[brasa__format_time(us, text)] = '\0';
    return text;
}

static void times_of_day_parse_and_print(void **state)
{
    static const char *const no[] = {"",         "1",       "24:00", "23:60",  "1:2:60",  "1:2:3.", "-1:00", "1:00 xm",
                                     "13:00 PM", "0:30 AM", "m",     "1:00 Z", "1:2:3:4", "am",     "1: 00", "2024-01-01 1:00"};
    char                     text[64];

    (void)state;
    assert_string_equal(time_of_day("12:34:56.789", 6), "12:34:56.789");
    assert_string_equal(time_of_day("1:2", 6), "01:02:00");
    assert_string_equal(time_of_day("T00:00:00", 6), "00:00:00");
    assert_string_equal(time_of_day("23:59:59.9999999", 6), "23:59:59.999999");
    assert_string_equal(time_of_day("23:59:59.999999", 3), "23:59:59.999");
    assert_string_equal(time_of_day("23:59:59.999999", 0), "23:59:59");
    assert_string_equal(time_of_day("12:00 AM", 6), "00:00:00");
    assert_string_equal(time_of_day("12:30pm", 6), "12:30:00");
    assert_string_equal(time_of_day("3:04:05.6 Pm", 6), "15:04:05.6");
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) assert_string_equal(time_of_day(no[i], 6), "no");
    text[brasa__format_time(-1, text)] = '\0'; /* what a file may hold */
    assert_string_equal(text, "23:59:59.999999");
    text[brasa__format_time(INT64_MIN, text)] = '\0';
    text[brasa__format_time(INT64_MAX, text)] = '\0';
    assert_string_equal(text, "04:00:54.775807");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(doubles_print_as_in_java),
        unit_case(floats_print_as_in_java),
        unit_case(doubles_survive_text),
        unit_case(doubles_parse_as_strtod_does),
        unit_case(a_double_between_two_looks_at_every_digit),
        unit_case(integers_parse_to_their_ends),
        unit_case(integers_print_to_their_ends),
        unit_case(decimals_round_half_up_and_fit),
        unit_case(booleans_parse),
        unit_case(every_day_survives_the_calendar),
        unit_case(dates_parse_and_print),
        unit_case(timestamps_parse_and_print),
        unit_case(times_of_day_parse_and_print),
        unit_case(intervals_parse_and_print),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
