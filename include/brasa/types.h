/* types.h -- kinds of values, types, schemas, and single values. */
#ifndef BRASA_TYPES_H
#define BRASA_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One row per kind: enumerator, SQL name. */
#define BRASA_KIND_LIST(X)                                                                                                                \
    X(NULL, "VOID")    /* the type of a bare NULL */                                                                                      \
    X(BOOL, "BOOLEAN") /* uint8_t, 0 or 1 */                                                                                              \
    X(INT8, "TINYINT")                                                                                                                    \
    X(INT16, "SMALLINT")                                                                                                                  \
    X(INT32, "INT")                                                                                                                       \
    X(INT64, "BIGINT")                                                                                                                    \
    X(FLOAT32, "FLOAT")                                                                                                                   \
    X(FLOAT64, "DOUBLE")                                                                                                                  \
    X(DECIMAL, "DECIMAL")                    /* int64_t to 18 digits, else __int128: the value times 10^scale */                          \
    X(DATE, "DATE")                          /* int32_t, days since 1970-01-01 */                                                         \
    X(TIMESTAMP, "TIMESTAMP")                /* int64_t, microseconds since 1970-01-01 UTC: a moment, shown in the session's time zone */ \
    X(TIMESTAMP_NTZ, "TIMESTAMP_NTZ")        /* int64_t, the same of a clock on a wall: no zone */                                        \
    X(INTERVAL, "INTERVAL")                  /* brasa_interval */                                                                         \
    X(INTERVAL_YM, "INTERVAL YEAR TO MONTH") /* int32_t, months */                                                                        \
    X(INTERVAL_DT, "INTERVAL DAY TO SECOND") /* int64_t, microseconds */                                                                  \
    X(STRING, "STRING")                      /* brasa_string, UTF-8 */                                                                    \
    X(BINARY, "BINARY")                      /* brasa_string */                                                                           \
    X(LIST, "ARRAY")                         /* brasa_span into the element column */                                                     \
    X(VECTOR, "VECTOR")                      /* float[length] per row */                                                                  \
    X(STRUCT, "STRUCT")                      /* a column per field */                                                                     \
    X(MAP, "MAP")                            /* as a list of structs (key, value): no null key, no key twice */                           \
    X(TIME, "TIME")                          /* int64_t, microseconds of a day: 0 to 86,399,999,999 */

typedef enum brasa_kind {
#define X(name, text) BRASA_KIND_##name,
    BRASA_KIND_LIST(X)
#undef X
        BRASA_KIND_COUNT
} brasa_kind;

/* Fields of an interval, largest first: INTERVAL_YM takes the first two, INTERVAL_DT the others. */
typedef enum brasa_interval_field {
    BRASA_FIELD_YEAR,
    BRASA_FIELD_MONTH,
    BRASA_FIELD_DAY,
    BRASA_FIELD_HOUR,
    BRASA_FIELD_MINUTE,
    BRASA_FIELD_SECOND
} brasa_interval_field;

struct brasa_field;

/* A type.  Small and copied freely; `fields` lives as long as the schema, session or arena that it came from. */
typedef struct brasa_type {
    brasa_kind kind;
    uint8_t    precision; /* DECIMAL: 1 to 38; INTERVAL_YM, INTERVAL_DT: the first field, a brasa_interval_field */
    uint8_t    scale;     /* DECIMAL: 0 to precision; INTERVAL_YM, INTERVAL_DT: the last field; TIME: digits of a second less than six */
    int32_t    length;    /* VECTOR: elements per row */
    int32_t    nfields;   /* LIST, MAP: 1 (the element: of a MAP the STRUCT of key and value); STRUCT: its fields */
    const struct brasa_field *fields;
} brasa_type;

typedef struct brasa_field {
    const char *name;
    brasa_type  type;
    bool        nullable;
} brasa_field;

typedef struct brasa_schema {
    int32_t            ncols;
    const brasa_field *cols;
} brasa_schema;

/* A string of any length: up to 12 bytes are inside, longer ones point into a buffer.  The first four bytes are always
 * inside, so most comparisons end there.  Unused inline bytes are zero, so short strings compare as two words. */
typedef struct brasa_string {
    uint32_t len; /* bytes */
    union {
        char inlined[12]; /* len <= 12 */
        struct {
            char        prefix[4];
            const char *data __attribute__((packed)); /* len > 12 */
        } ref;
    } u;
} brasa_string;

/* The bytes of a string: not NUL-terminated; valid while *s and its buffer are. */
static inline const char *brasa_string_data(const brasa_string *s)
{
    return s->len <= 12 ? s->u.inlined : s->u.ref.data;
}

/* Months, days and microseconds are kept apart, as in PostgreSQL. */
typedef struct brasa_interval {
    int32_t months;
    int32_t days;
    int64_t us;
} brasa_interval;

/* A list of a row: elements [offset, offset + len) of the element column. */
typedef struct brasa_span {
    int32_t offset;
    int32_t len;
} brasa_span;

typedef __int128 brasa_int128;

/* One value.  Strings and lists are borrowed from whoever made the value. */
typedef struct brasa_value {
    brasa_type type;
    bool       null;
    union {
        bool           b;
        int64_t        i; /* INT*, DATE, TIME, TIMESTAMP, TIMESTAMP_NTZ, INTERVAL_YM, INTERVAL_DT, DECIMAL to 18 digits */
        double         f; /* FLOAT32, FLOAT64 */
        brasa_int128   d; /* DECIMAL over 18 digits */
        brasa_interval interval;
        struct {
            const char *p;
            size_t      n;
        } s; /* STRING, BINARY */
        struct {
            const struct brasa_value *items; /* LIST, STRUCT, MAP (structs of two); VECTOR as FLOAT32 items */
            int32_t                   n;
        } list;
    } u;
} brasa_value;

/* Values for parameters and literals.  brasa_value_date, _time and _timestamp parse ISO 8601 text: a malformed one is reported by the call
 * that the value is given to.  brasa_value_decimal takes digits ("12.50" is DECIMAL(4,2)).  Strings are borrowed until that call returns. */
brasa_value brasa_value_null(void);
brasa_value brasa_value_bool(bool v);
brasa_value brasa_value_i32(int32_t v);
brasa_value brasa_value_i64(int64_t v);
brasa_value brasa_value_f64(double v);
brasa_value brasa_value_string(const char *text);
brasa_value brasa_value_date(const char *text);
brasa_value brasa_value_time(const char *text);
brasa_value brasa_value_timestamp(const char *text);
brasa_value brasa_value_decimal(const char *text);

#define BRASA_NULL_VALUE      brasa_value_null()
#define BRASA_BOOL(v)         brasa_value_bool(v)
#define BRASA_I32(v)          brasa_value_i32(v)
#define BRASA_I64(v)          brasa_value_i64(v)
#define BRASA_F64(v)          brasa_value_f64(v)
#define BRASA_STR(text)       brasa_value_string(text)
#define BRASA_DATE(text)      brasa_value_date(text)
#define BRASA_TIME(text)      brasa_value_time(text)
#define BRASA_TIMESTAMP(text) brasa_value_timestamp(text)
#define BRASA_DECIMAL(text)   brasa_value_decimal(text)

/* The SQL name of a kind, e.g. "BIGINT". */
const char *brasa_kind_name(brasa_kind kind);

#endif
