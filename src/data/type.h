/* data/type.h -- types: sizes, equality, text, wire form. */
#ifndef BRASA_DATA_TYPE_H
#define BRASA_DATA_TYPE_H

#include <assert.h>

#include "base/status.h"
#include "base/wire.h"
#include "brasa/types.h"

/* How the values of a type lie in memory: what kernels are written for. */
#define BRASA_PHYS_LIST(X)      \
    X(BOOL, uint8_t)            \
    X(I8, int8_t)               \
    X(I16, int16_t)             \
    X(I32, int32_t)             \
    X(I64, int64_t)             \
    X(I128, brasa_int128)       \
    X(F32, float)               \
    X(F64, double)              \
    X(INTERVAL, brasa_interval) \
    X(STRING, brasa_string)     \
    X(SPAN, brasa_span)         \
    X(VECTOR, float)            \
    X(STRUCT, uint8_t)          \
    X(NULL, uint8_t)

typedef enum brasa_phys {
#define X(name, ctype) BRASA_PHYS_##name,
    BRASA_PHYS_LIST(X)
#undef X
        BRASA_PHYS_COUNT
} brasa_phys;

enum { BRASA_TIME_DIGITS = 6 };       /* of a second; a TIME(p) has scale 6 - p */
enum { BRASA_DECIMAL64_DIGITS = 18 }; /* most that an int64 holds */

/* Here because loops over rows ask it. */
static inline brasa_phys brasa__type_phys(brasa_type t)
{
    switch (t.kind) {
    case BRASA_KIND_NULL: return BRASA_PHYS_NULL;
    case BRASA_KIND_BOOL: return BRASA_PHYS_BOOL;
    case BRASA_KIND_INT8: return BRASA_PHYS_I8;
    case BRASA_KIND_INT16: return BRASA_PHYS_I16;
    case BRASA_KIND_INT32:
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_DATE: return BRASA_PHYS_I32;
    case BRASA_KIND_INT64:
    case BRASA_KIND_INTERVAL_DT:
    case BRASA_KIND_TIME:
    case BRASA_KIND_TIMESTAMP_NTZ:
    case BRASA_KIND_TIMESTAMP: return BRASA_PHYS_I64;
    case BRASA_KIND_FLOAT32: return BRASA_PHYS_F32;
    case BRASA_KIND_FLOAT64: return BRASA_PHYS_F64;
    case BRASA_KIND_DECIMAL: return t.precision <= BRASA_DECIMAL64_DIGITS ? BRASA_PHYS_I64 : BRASA_PHYS_I128;
    case BRASA_KIND_INTERVAL: return BRASA_PHYS_INTERVAL;
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY: return BRASA_PHYS_STRING;
    case BRASA_KIND_LIST:
    case BRASA_KIND_MAP: return BRASA_PHYS_SPAN;
    case BRASA_KIND_VECTOR: return BRASA_PHYS_VECTOR;
    case BRASA_KIND_STRUCT: return BRASA_PHYS_STRUCT;
    case BRASA_KIND_COUNT: break;
    }
    assert(false && "a type has a kind");
    return BRASA_PHYS_NULL;
}
/* Bytes of one row in `values` (VECTOR: 4 * length; STRUCT: 0; NULL: 1). */
size_t brasa__type_width(brasa_type t);

/* Intervals of all their fields. */
static inline brasa_type brasa__type(brasa_kind kind)
{
    brasa_type t = {.kind = kind};

    if (kind == BRASA_KIND_INTERVAL_YM) t.scale = BRASA_FIELD_MONTH;
    if (kind == BRASA_KIND_INTERVAL_DT) t.precision = BRASA_FIELD_DAY, t.scale = BRASA_FIELD_SECOND;
    return t;
}
brasa_type brasa__type_interval(brasa_interval_field first, brasa_interval_field last); /* both of years and months, or neither */
/* Microseconds of a field from DAY on. */
int64_t            brasa__field_us(brasa_interval_field f);
static inline bool brasa__type_is_interval(brasa_type t) /* of either kind with fields */
{
    return t.kind == BRASA_KIND_INTERVAL_YM || t.kind == BRASA_KIND_INTERVAL_DT;
}
/* What TIMESTAMP is by the setting timestamp-type: TIMESTAMP or TIMESTAMP_NTZ. */
brasa_kind         brasa__timestamp_kind(void);
static inline bool brasa__type_is_timestamp(brasa_type t)
{
    return t.kind == BRASA_KIND_TIMESTAMP || t.kind == BRASA_KIND_TIMESTAMP_NTZ;
}
brasa_type brasa__type_decimal(int32_t precision, int32_t scale);
brasa_type brasa__type_time(int32_t digits); /* of a second that it has: 0 to 6 */
brasa_type brasa__type_vector(int32_t length);
brasa_type brasa__type_list(brasa_arena *arena, brasa_type element);
brasa_type brasa__type_map(brasa_arena *arena, brasa_type key, brasa_type value);

/* Does a row hold a span of elements?  A MAP lies as a LIST of its entries. */
static inline bool brasa__type_has_span(brasa_type t)
{
    return t.kind == BRASA_KIND_LIST || t.kind == BRASA_KIND_MAP;
}
/* Can x.name be taken from it?  Of a list of structs it is the list of that field, of a map what belongs to that key. */
static inline bool brasa__type_has_fields(brasa_type t)
{
    return t.kind == BRASA_KIND_STRUCT || t.kind == BRASA_KIND_MAP ||
           (t.kind == BRASA_KIND_LIST && t.fields[0].type.kind == BRASA_KIND_STRUCT);
}
/* Of a MAP. */
brasa_type brasa__map_key(brasa_type t);
brasa_type brasa__map_value(brasa_type t);

bool brasa__type_equal(brasa_type a, brasa_type b); /* field names of structs count, nullability does not */
bool brasa__type_is_integer(brasa_type t);
bool brasa__type_is_numeric(brasa_type t); /* integers, floats, decimal */
bool brasa__type_is_nested(brasa_type t);  /* LIST, VECTOR, STRUCT, MAP */
bool brasa__type_holds_map(brasa_type t);  /* is a MAP, or has one inside: it has no order and no equality */

/* "DECIMAL(12,2)", "ARRAY<STRING>", "STRUCT<a: INT, b: STRING>", "MAP<STRING, INT>", "VECTOR(128)". */
void brasa__type_text(brasa_type t, brasa_text *out);
/* Copy with its fields into an arena. */
brasa_type   brasa__type_copy(brasa_arena *arena, brasa_type t);
brasa_schema brasa__schema_copy(brasa_arena *arena, brasa_schema s);
/* First column of that name, ASCII case ignored; -1: none.  *ambiguous when there is a second. */
int32_t brasa__schema_find(brasa_schema s, const char *name, bool *ambiguous);

void brasa__put_type(brasa_wire *w, brasa_type t);
/* A message that nests deeper than 64 or makes no sense sets r->bad. */
brasa_type   brasa__get_type(brasa_reader *r, brasa_arena *arena);
void         brasa__put_schema(brasa_wire *w, brasa_schema s);
brasa_schema brasa__get_schema(brasa_reader *r, brasa_arena *arena);

/* "a INT, b DECIMAL(12,2) NOT NULL, c ARRAY<STRING>": names as in SQL (quoted with "" or ``), types by Spark's or PostgreSQL's names
 * (BIGINT, INT8 is BIGINT, TEXT, VARCHAR(n), NUMERIC(p,s), DOUBLE PRECISION, ...).  SYNTAX: names the place and the nearest type. */
brasa_status brasa__schema_parse(brasa_arena *arena, const char *text, brasa_schema *out, brasa_error *err);
brasa_status brasa__type_parse(brasa_arena *arena, const char *text, brasa_type *out, brasa_error *err);

#endif
