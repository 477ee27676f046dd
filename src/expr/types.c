/* types.c -- which types meet in which, and which casts exist: Spark's ANSI mode. */
#include "expr/bind.h"

#include "base/arena.h"
#include "data/collation.h"
#include "data/type.h"
#include "expr/types.h"

/* Digits that hold every value of an integer type. */
static int32_t digits_of(brasa_kind k)
{
    switch ((int)k) {
    case BRASA_KIND_INT8: return 3;
    case BRASA_KIND_INT16: return 5;
    case BRASA_KIND_INT32: return 10;
    default: return 20;
    }
}

brasa_type brasa__decimal_of(brasa_type t)
{
    return t.kind == BRASA_KIND_DECIMAL ? t : brasa__type_decimal(digits_of(t.kind), 0);
}

brasa_type brasa__decimal_bounded(int32_t precision, int32_t scale)
{
    return brasa__type_decimal(precision > 38 ? 38 : precision, scale > 38 ? 38 : scale);
}

brasa_type brasa__decimal_adjusted(int32_t precision, int32_t scale)
{
    if (precision <= 38) return brasa__type_decimal(precision, scale);
    int32_t whole = precision - scale;
    int32_t least = scale < 6 ? scale : 6;
    int32_t kept = 38 - whole > least ? 38 - whole : least;
    return brasa__type_decimal(38, kept);
}

/* Both without loss, if 38 digits suffice: Spark's widerDecimalType, which never gives up scale below whole digits. */
static brasa_type wider_decimal(brasa_type a, brasa_type b)
{
    int32_t scale = a.scale > b.scale ? a.scale : b.scale;
    int32_t wa = a.precision - a.scale, wb = b.precision - b.scale;

    return brasa__decimal_bounded((wa > wb ? wa : wb) + scale, scale);
}

static bool common_numeric(brasa_type a, brasa_type b, brasa_type *out)
{
    bool fa = a.kind == BRASA_KIND_FLOAT64 || a.kind == BRASA_KIND_FLOAT32,
         fb = b.kind == BRASA_KIND_FLOAT64 || b.kind == BRASA_KIND_FLOAT32;

    if (fa || fb) {
        bool both_single = a.kind == BRASA_KIND_FLOAT32 && b.kind == BRASA_KIND_FLOAT32;
        *out = brasa__type(both_single ? BRASA_KIND_FLOAT32 : BRASA_KIND_FLOAT64);
    } else if (a.kind == BRASA_KIND_DECIMAL || b.kind == BRASA_KIND_DECIMAL) {
        *out = wider_decimal(brasa__decimal_of(a), brasa__decimal_of(b));
    } else {
        *out = a.kind > b.kind ? a : b;
    }
    return true;
}

/* Text beside another type is read as that type; beside integers as BIGINT, beside other numbers as DOUBLE. */
static bool common_with_string(brasa_type other, brasa_type *out)
{
    switch (other.kind) {
    case BRASA_KIND_INT8:
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INT64: *out = brasa__type(BRASA_KIND_INT64); return true;
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64:
    case BRASA_KIND_DECIMAL: *out = brasa__type(BRASA_KIND_FLOAT64); return true;
    case BRASA_KIND_BOOL:
    case BRASA_KIND_DATE:
    case BRASA_KIND_TIMESTAMP:
    case BRASA_KIND_TIMESTAMP_NTZ:
    case BRASA_KIND_TIME:
    case BRASA_KIND_INTERVAL:
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY: *out = other; return true;
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_INTERVAL_DT:
    case BRASA_KIND_NULL:
    case BRASA_KIND_LIST:
    case BRASA_KIND_VECTOR:
    case BRASA_KIND_STRUCT:
    case BRASA_KIND_MAP:
    case BRASA_KIND_COUNT: break;
    }
    return false;
}

static bool common_struct(brasa_arena *arena, brasa_type a, brasa_type b, brasa_type *out)
{
    if (a.nfields != b.nfields) return false;
    brasa_field *fields = BRASA_NEWS(arena, brasa_field, a.nfields > 0 ? a.nfields : 1);
    for (int32_t i = 0; i < a.nfields; i++) {
        fields[i] = a.fields[i];
        fields[i].nullable = a.fields[i].nullable || b.fields[i].nullable;
        if (!brasa__type_common(arena, a.fields[i].type, b.fields[i].type, &fields[i].type)) return false;
    }
    *out = a;
    out->fields = fields;
    return true;
}

static bool is_moment(brasa_type t)
{
    return t.kind == BRASA_KIND_DATE || brasa__type_is_timestamp(t);
}

static bool is_interval(brasa_type t)
{
    return t.kind == BRASA_KIND_INTERVAL || brasa__type_is_interval(t);
}

/* Beside a timestamp a date is one; beside one with a zone so is one without. */
static void common_moment(brasa_type a, brasa_type b, brasa_type *out)
{
    bool zoned = a.kind == BRASA_KIND_TIMESTAMP || b.kind == BRASA_KIND_TIMESTAMP;

    *out = brasa__type(zoned ? BRASA_KIND_TIMESTAMP : BRASA_KIND_TIMESTAMP_NTZ);
}

/* Of one kind: the fields of both; beside the kind that has all: that.  Months and days do not compare. */
static bool common_interval(brasa_type a, brasa_type b, brasa_type *out)
{
    *out = brasa__type(BRASA_KIND_INTERVAL);
    if (a.kind != b.kind) return a.kind == BRASA_KIND_INTERVAL || b.kind == BRASA_KIND_INTERVAL;
    if (a.kind != BRASA_KIND_INTERVAL)
        *out = brasa__type_interval(a.precision < b.precision ? a.precision : b.precision, a.scale > b.scale ? a.scale : b.scale);
    return true;
}

bool brasa__type_common(brasa_arena *arena, brasa_type a, brasa_type b, brasa_type *out)
{
    brasa_type element, value;

    if (a.kind == BRASA_KIND_STRING && b.kind == BRASA_KIND_STRING) {
        *out = a;
        if (a.length != b.length) out->length = 0, out->precision &= (uint8_t)~BRASA_STRING_CHAR;
        return brasa__collation_merge(out, b);
    }
    if (brasa__type_equal(a, b) || b.kind == BRASA_KIND_NULL) return *out = a, true;
    if (a.kind == BRASA_KIND_NULL) return *out = b, true;
    if (brasa__type_is_numeric(a) && brasa__type_is_numeric(b)) return common_numeric(a, b, out);
    if (a.kind == BRASA_KIND_STRING) return common_with_string(b, out);
    if (b.kind == BRASA_KIND_STRING) return common_with_string(a, out);
    if (is_moment(a) && is_moment(b)) return common_moment(a, b, out), true;
    if (is_interval(a) && is_interval(b)) return common_interval(a, b, out);
    if (a.kind == BRASA_KIND_TIME && b.kind == BRASA_KIND_TIME) return *out = a.scale < b.scale ? a : b, true;
    if (a.kind == BRASA_KIND_LIST && b.kind == BRASA_KIND_LIST) {
        if (!brasa__type_common(arena, a.fields[0].type, b.fields[0].type, &element)) return false;
        return *out = brasa__type_list(arena, element), true;
    }
    if (a.kind == BRASA_KIND_MAP && b.kind == BRASA_KIND_MAP) {
        if (!brasa__type_common(arena, brasa__map_key(a), brasa__map_key(b), &element) ||
            !brasa__type_common(arena, brasa__map_value(a), brasa__map_value(b), &value))
            return false;
        return *out = brasa__type_map(arena, element, value), true;
    }
    if (a.kind == BRASA_KIND_STRUCT && b.kind == BRASA_KIND_STRUCT) return common_struct(arena, a, b, out);
    if (a.kind == BRASA_KIND_VECTOR && b.kind == BRASA_KIND_LIST)
        return brasa__type_common(arena, brasa__type_list(arena, brasa__type(BRASA_KIND_FLOAT32)), b, out);
    if (a.kind == BRASA_KIND_LIST && b.kind == BRASA_KIND_VECTOR) return brasa__type_common(arena, b, a, out);
    return false;
}

static bool can_cast_nested(brasa_type from, brasa_type to, bool implicit)
{
    bool list_from = from.kind == BRASA_KIND_LIST, list_to = to.kind == BRASA_KIND_LIST;

    if (from.kind == BRASA_KIND_MAP && to.kind == BRASA_KIND_MAP)
        return brasa__type_can_cast(brasa__map_key(from), brasa__map_key(to), implicit) &&
               brasa__type_can_cast(brasa__map_value(from), brasa__map_value(to), implicit);
    if (list_from && list_to) return brasa__type_can_cast(from.fields[0].type, to.fields[0].type, implicit);
    if (from.kind == BRASA_KIND_VECTOR && list_to)
        return brasa__type_can_cast(brasa__type(BRASA_KIND_FLOAT32), to.fields[0].type, implicit);
    if (list_from && to.kind == BRASA_KIND_VECTOR)
        return brasa__type_is_numeric(from.fields[0].type) || from.fields[0].type.kind == BRASA_KIND_NULL;
    if (from.kind == BRASA_KIND_STRUCT && to.kind == BRASA_KIND_STRUCT && from.nfields == to.nfields) {
        for (int32_t i = 0; i < from.nfields; i++)
            if (!brasa__type_can_cast(from.fields[i].type, to.fields[i].type, implicit)) return false;
        return true;
    }
    return false;
}

/* A time of day is cut from a timestamp, is the interval since midnight, and a number of seconds. */
static bool can_cast_time(brasa_type from, brasa_type to, bool implicit)
{
    brasa_type other = from.kind == BRASA_KIND_TIME ? to : from;

    if (other.kind == BRASA_KIND_TIME) return true;
    if (implicit) return false;
    if (other.kind == BRASA_KIND_INTERVAL || other.kind == BRASA_KIND_INTERVAL_DT) return true;
    return to.kind == BRASA_KIND_TIME ? brasa__type_is_timestamp(from) : brasa__type_is_numeric(to);
}

static bool exact(brasa_type t)
{
    return brasa__type_is_integer(t) || t.kind == BRASA_KIND_DECIMAL;
}

bool brasa__type_can_cast(brasa_type from, brasa_type to, bool implicit)
{
    bool nf = brasa__type_is_numeric(from), nt = brasa__type_is_numeric(to);

    if (brasa__type_equal(from, to) || from.kind == BRASA_KIND_NULL) return true;
    if (from.kind == BRASA_KIND_VECTOR && to.kind == BRASA_KIND_VECTOR) return from.length == to.length;
    if (to.kind == BRASA_KIND_STRING) return !implicit || !brasa__type_is_nested(from);
    if (to.kind == BRASA_KIND_NULL) return false;
    if (from.kind == BRASA_KIND_STRING) return !brasa__type_is_nested(to);
    if (brasa__type_is_nested(from) || brasa__type_is_nested(to)) return can_cast_nested(from, to, implicit);
    if (from.kind == BRASA_KIND_TIME || to.kind == BRASA_KIND_TIME) return can_cast_time(from, to, implicit);
    if (nf && nt) return true;
    if (is_moment(from) && is_moment(to)) return true;
    if (is_interval(from) && is_interval(to))
        return from.kind == to.kind || to.kind == BRASA_KIND_INTERVAL || (!implicit && from.kind == BRASA_KIND_INTERVAL);
    if (implicit) return false;
    /* an interval is the count of its last field */
    if (brasa__type_is_interval(from) && nt) return exact(to);
    if (nf && brasa__type_is_interval(to)) return exact(from);
    if ((from.kind == BRASA_KIND_BOOL && nt) || (nf && to.kind == BRASA_KIND_BOOL)) return true;
    return (from.kind == BRASA_KIND_TIMESTAMP && nt) || (nf && to.kind == BRASA_KIND_TIMESTAMP);
}
