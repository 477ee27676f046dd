/* data/value.h -- single values: from and to columns, text and wire; comparison.
 *
 * The slow and general form of everything: for literals, statistics, results that are printed, and tests.
 */
#ifndef BRASA_DATA_VALUE_H
#define BRASA_DATA_VALUE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/wire.h"
#include "base/zone.h"
#include "brasa/batch.h"

/* Row i (a row number, not a position in sel) of a column; nested items are allocated in `arena`, strings borrowed. */
brasa_value brasa__column_value(const brasa_column *c, int32_t i, brasa_arena *arena);
/* A CONST column of a value, made in `arena`. */
brasa_column brasa__value_column(brasa_arena *arena, const brasa_value *v);
/* A FLAT column of n values of type t (or null), made in `arena`; long strings are copied too. */
brasa_column brasa__values_column(brasa_arena *arena, brasa_type t, const brasa_value *v, int32_t n);
brasa_value  brasa__value_copy(brasa_arena *arena, const brasa_value *v);

/* INVALID when BRASA_DATE, BRASA_TIMESTAMP or BRASA_DECIMAL was given text that is not one: they cannot report it, so whoever takes the value does. */
brasa_status brasa__value_check(const brasa_value *v, brasa_error *err);

/* The length of an interval in microseconds where a month is 30 days and a day 24 hours: what intervals are compared and hashed by. */
static inline brasa_int128 brasa__interval_total(brasa_interval v)
{
    return ((brasa_int128)v.months * 30 + v.days) * 86400000000 + v.us;
}

/* Total order within one type: nulls are equal and first, NaN equal to NaN and after all numbers, -0.0 equal to 0.0; strings by bytes; lists and
 * structs item by item.  <0, 0, >0. */
int brasa__value_compare(const brasa_value *a, const brasa_value *b);

/* Text as CAST(x AS STRING) gives it: shortest round-trip doubles in Spark's form (1.0E10, NaN, Infinity), decimals with their scale, ISO dates, timestamps without trailing zeros,
 * [1, 2], {a, b}. */
void brasa__value_text(const brasa_value *v, brasa_text *out);
/* The same as rows are shown: intervals of fields without their frame. */
void brasa__value_show(const brasa_value *v, brasa_text *out);
/* Parse text to a value of type t (numbers, decimal with rounding half up, date, timestamp, interval, boolean, string, binary).  DATA: does not parse or does not fit.
 * Surrounding blanks are skipped except for strings. */
brasa_status brasa__value_parse(brasa_arena *arena, const char *s, size_t n, brasa_type t, brasa_value *out, brasa_error *err);

void        brasa__put_value(brasa_wire *w, const brasa_value *v);
brasa_value brasa__get_value(brasa_reader *r, brasa_arena *arena);

/* Fast forms of parse for single types: true when all n bytes are one.  Used by the CSV reader and casts.  i128 digits are scaled to `scale`, half up. */
bool brasa__parse_i64(const char *s, size_t n, int64_t *out);
bool brasa__parse_f64(const char *s, size_t n, double *out);
bool brasa__parse_decimal(const char *s, size_t n, int32_t precision, int32_t scale, brasa_int128 *out);
bool brasa__parse_bool(const char *s, size_t n, bool *out);
bool brasa__parse_date(const char *s, size_t n, int32_t *out);
/* The same as CAST takes it: what follows a blank or a T is passed over. */
bool brasa__parse_date_text(const char *s, size_t n, int32_t *out);
/* ISO 8601, ' ' or 'T', optional fraction and zone, as an offset or a name; without one: in the session's zone. */
bool brasa__parse_timestamp(const char *s, size_t n, int64_t *out);
bool brasa__parse_timestamp_zone(const char *s, size_t n, const brasa_zone *otherwise, int64_t *out); /* without one: in `otherwise` */
/* The same as the clock on the wall: a zone is passed over. */
bool brasa__parse_timestamp_ntz(const char *s, size_t n, int64_t *out);
/* [T]hh:mm[:ss[.ffffff]] [AM | PM], of a day of 24 hours; digits that the type has not are cut. */
bool    brasa__parse_time(const char *s, size_t n, brasa_type t, int64_t *out);
int64_t brasa__time_cut(int64_t us, brasa_type t); /* to the digits of the type */
/* "1 year 2 months -3 days 04:05:06.5", "P1Y2M3DT4H5M6.5S". */
bool brasa__parse_interval(const char *s, size_t n, brasa_interval *out);
/* The same as a value of the narrowest type: years and months, days and time by the units that are named, or INTERVAL where both are. */
bool brasa__interval_literal(const char *s, size_t n, brasa_value *out);
/* Of INTERVAL_YM and INTERVAL_DT: "1-2", "1 02:03:04.5", "INTERVAL '1-2' YEAR TO MONTH"; a part by itself for a type of one field; words too. */
bool brasa__parse_fields(const char *s, size_t n, brasa_type t, int64_t *out);

/* Write text of one value into out (room for 64 bytes); returns its length. */
size_t brasa__format_i64(int64_t v, char *out);
size_t brasa__format_i128(brasa_int128 v, char *out);
size_t brasa__format_f64(double v, char *out); /* shortest round-trip, Spark's form */
size_t brasa__format_f32(float v, char *out);
size_t brasa__format_decimal(brasa_int128 v, int32_t scale, char *out);
size_t brasa__format_date(int32_t days, char *out);
size_t brasa__format_timestamp(int64_t us, char *out); /* in the session's zone */
/* With its offset behind it, unless the zone is UTC: as files are written, so that any session reads the same moment. */
size_t brasa__format_timestamp_zoned(int64_t us, char *out);
size_t brasa__format_timestamp_ntz(int64_t us, char *out);
size_t brasa__format_time(int64_t us, char *out); /* microseconds that are no time of a day wrap */
/* INTERVAL_YM and INTERVAL_DT: room for 128 bytes.  `bare`: as rows are shown, 1-2 or 1 02:03:04.500000000. */
size_t      brasa__format_fields(brasa_type t, int64_t v, bool bare, char *out);
const char *brasa__field_name(int32_t field); /* "YEAR" */
/* "1 years 2 months -3 days 4 hours 5 minutes 6.5 seconds": room for 128 bytes. */
size_t brasa__format_interval(brasa_interval v, char *out);

/* Civil calendar (proleptic Gregorian), days since 1970-01-01. */
void brasa__date_split(int32_t days, int32_t *year, int32_t *month, int32_t *day);
bool brasa__date_make(int32_t year, int32_t month, int32_t day,
                      int32_t *days); /* false: no such day, or a year outside -290307 to 294247 */

#endif
