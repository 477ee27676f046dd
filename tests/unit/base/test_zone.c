/* Time zones: names, offsets around changes, cycles of 400 years; against the C library, where it knows zones. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ctx.h"
#include "base/zone.h"
#include "support/unit.h"

static const int64_t SECOND = 1000000, HOUR = INT64_C(3600000000), CYCLE = INT64_C(146097) * 86400000000;

static const brasa_zone *zone(const char *name)
{
    return brasa__zone_find(name, strlen(name));
}

static int64_t offset(const char *name, int64_t us)
{
    brasa_zone_span at = {0};

    return brasa__zone_offset(zone(name), &at, us);
}

static void names_and_offsets_are_known(void **state)
{
    static const struct {
        const char *name;
        int64_t     seconds;
    } cases[] = {{"UTC", 0},       {"Z", 0},          {"+02:00", 7200},      {"-3", -10800}, {"+5:30", 19800},
                 {"+0530", 19800}, {"UTC+3", 10800},  {"GMT-02:30", -9000},  {"UT+1", 3600}, {"+01:02:03", 3723},
                 {"EST", -18000},  {"+18:00", 64800}, {"asia/tokyo", 32400}, {"JST", 32400}, {"Etc/GMT+5", -18000}};
    static const char *const none[] = {"",         "Europe/Berlyn", "+19:00", "+18:01", "UTC+", "Etc/Unknown",
                                       "+1:2:3:4", "nowhere",       "+aa",    "\x01"};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_non_null(zone(cases[i].name));
        assert_int_equal(offset(cases[i].name, 0), cases[i].seconds * SECOND);
        assert_string_equal(brasa__zone_name(zone(cases[i].name)), cases[i].name);
        assert_ptr_equal(zone(cases[i].name), zone(cases[i].name));
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_null(zone(none[i]));
    assert_non_null(zone("LOCAL"));
}

/* 2020-03-29 01:00 and 2020-10-25 01:00 in UTC. */
static void gaps_move_on_and_overlaps_are_the_first(void **state)
{
    const int64_t     spring = INT64_C(1585443600) * 1000000, autumn = INT64_C(1603587600) * 1000000;
    const brasa_zone *z = zone("Europe/Berlin");

    (void)state;
    assert_int_equal(brasa__zone_to_local(z, spring - 1), spring + HOUR - 1);
    assert_int_equal(brasa__zone_to_local(z, spring), spring + 2 * HOUR);
    for (int64_t k = 0; k < 4; k++) /* local 02:00 to 03:00 does not exist: later by an hour */
        assert_int_equal(brasa__zone_to_utc(z, spring + HOUR + k * HOUR / 4), spring + k * HOUR / 4);
    for (int64_t k = 0; k < 4; k++) /* local 02:00 to 03:00 is there twice */
        assert_int_equal(brasa__zone_to_utc(z, autumn + HOUR + k * HOUR / 4), autumn - HOUR + k * HOUR / 4);
    assert_int_equal(brasa__zone_to_utc(z, autumn + 2 * HOUR), autumn + HOUR);
}

static void rules_repeat_every_400_years(void **state)
{
    static const char *const names[] = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo", "+02:00"};
    unit_random              r = {7};

    (void)state;
    for (int i = 0; i < 2000; i++) {
        const char *name = names[i % 5];
        int64_t     us = unit_between(&r, INT64_C(4102444800), INT64_C(16725225500)) * SECOND; /* 2100 to 2500 */
        assert_int_equal(offset(name, us), offset(name, us + CYCLE));
        assert_int_equal(offset(name, us), offset(name, us + 7 * CYCLE));
        assert_int_equal(brasa__zone_to_utc(zone(name), brasa__zone_to_local(zone(name), us + CYCLE)) -
                             brasa__zone_to_utc(zone(name), brasa__zone_to_local(zone(name), us)),
                         CYCLE);
    }
}

static void spans_say_the_same_as_single_moments(void **state)
{
    brasa_zone_span   at = {0}, local = {0};
    const brasa_zone *z = zone("America/Sao_Paulo");
    unit_random       r = {9};

    (void)state;
    for (int i = 0; i < 5000; i++) {
        int64_t us = unit_between(&r, -INT64_C(6000000000), INT64_C(20000000000)) * SECOND;
        if (i % 2) us = i * INT64_C(3600) * 24 * SECOND;
        assert_int_equal(us + brasa__zone_offset(z, &at, us), brasa__zone_to_local(z, us));
        assert_int_equal(us - brasa__zone_offset_local(z, &local, us), brasa__zone_to_utc(z, us));
    }
    assert_int_equal(brasa__zone_to_local(zone("+01:00"), INT64_MAX), INT64_MAX);
    assert_int_equal(brasa__zone_to_utc(zone("+01:00"), INT64_MIN), INT64_MIN);
}

static void the_c_library_agrees(void **state)
{
    static const char *const names[] = {"Europe/Berlin", "America/Los_Angeles", "Australia/Sydney", "Asia/Kolkata", "America/St_Johns"};
    unit_random              r = {11};
    time_t                   summer = 1593597600;
    struct tm                tm;

    (void)state;
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    localtime_r(&summer, &tm);
    for (int i = 0; i < 5 && tm.tm_gmtoff == 7200; i++) { /* no zones are installed: nothing to compare with */
        setenv("TZ", names[i], 1);
        tzset();
        for (int k = 0; k < 2000; k++) {
            time_t t = (time_t)unit_between(&r, -INT64_C(1000000000), INT64_C(1700000000)); /* 1938 to 2023 */
            localtime_r(&t, &tm);
            assert_int_equal(offset(names[i], (int64_t)t * SECOND), (int64_t)tm.tm_gmtoff * SECOND);
        }
    }
    unsetenv("TZ");
    tzset();
}

/* LOCAL where TZ is `tz`: its offset in microseconds; -1: no zone. */
static int64_t local_offset(const char *tz)
{
    brasa_ctx        *ctx = brasa__ctx_new(0, 1), *before = brasa__ctx_set(ctx);
    brasa_zone_span   span = {0};
    const brasa_zone *z;
    int64_t           us;

    setenv("TZ", tz, 1);
    tzset();
    z = brasa__zone_find("LOCAL", 5);
    us = z == NULL ? -1 : brasa__zone_offset(z, &span, 0);
    brasa__ctx_set(before);
    brasa__ctx_free(ctx);
    return us;
}

static void posix_zones_are_those_of_the_c_library(void **state)
{
    static const char *const names[] = {"<+0545>-5:45", "EST5",           "XYZ-3", "UTC0",      "UTC+3",
                                        "<-03>3",       "<+01>-01:30:15", ":EST5", "ABC-00:30", ""};
    static const char *const none[] = {"AAA5BBB,M3.2.0,M11.1.0", "<+01", "Nonsense", "XYZ-25"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int64_t   got = local_offset(names[i]);
        time_t    t = 0;
        struct tm tm;

        if (strcmp(names[i], ":EST5") == 0) setenv("TZ", "EST5", 1), tzset(); /* the C library looks for a file of that name */
        localtime_r(&t, &tm);
        assert_int_equal(got, (int64_t)tm.tm_gmtoff * SECOND);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_int_equal(local_offset(none[i]), -1);
    unsetenv("TZ");
    tzset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(names_and_offsets_are_known),  unit_case(gaps_move_on_and_overlaps_are_the_first),
        unit_case(rules_repeat_every_400_years), unit_case(spans_say_the_same_as_single_moments),
        unit_case(the_c_library_agrees),         unit_case(posix_zones_are_those_of_the_c_library),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
