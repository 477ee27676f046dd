/* type.c -- kinds and types: layout, equality, copies, wire form.
 *
 * A type is a small value; only LIST and STRUCT point at fields, which live in an arena.
 */
#include "data/type.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/config.h"

enum { TYPE_DEPTH = 64 };

const char *brasa_kind_name(brasa_kind kind)
{
    static const char *const names[] = {
#define X(name, text) text,
        BRASA_KIND_LIST(X)
#undef X
    };

    return (unsigned)kind < BRASA_KIND_COUNT ? names[kind] : "?";
}

size_t brasa__type_width(brasa_type t)
{
    static const size_t widths[] = {
#define X(name, ctype) sizeof(ctype),
        BRASA_PHYS_LIST(X)
#undef X
    };
    brasa_phys p = brasa__type_phys(t);

    if (p == BRASA_PHYS_VECTOR) return sizeof(float) * (size_t)t.length;
    return p == BRASA_PHYS_STRUCT ? 0 : widths[p];
}

brasa_type brasa__type_decimal(int32_t precision, int32_t scale)
{
    assert(precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision);
    return (brasa_type) {.kind = BRASA_KIND_DECIMAL, .precision = (uint8_t)precision, .scale = (uint8_t)scale};
}

brasa_type brasa__type_interval(brasa_interval_field first, brasa_interval_field last)
{
    assert(first <= last && (first <= BRASA_FIELD_MONTH) == (last <= BRASA_FIELD_MONTH));
    return (brasa_type) {.kind = first <= BRASA_FIELD_MONTH ? BRASA_KIND_INTERVAL_YM : BRASA_KIND_INTERVAL_DT,
                         .precision = (uint8_t)first,
                         .scale = (uint8_t)last};
}

brasa_kind brasa__timestamp_kind(void)
{
    const char *is = brasa__setting_text(BRASA_SET_TIMESTAMP_TYPE);
    size_t      n = strlen(is);

    return n >= 3 && strcasecmp(is + n - 3, "ntz") == 0 ? BRASA_KIND_TIMESTAMP_NTZ : BRASA_KIND_TIMESTAMP;
}

int64_t brasa__field_us(brasa_interval_field f)
{
    static const int64_t us[] = {0, 0, INT64_C(86400000000), INT64_C(3600000000), 60000000, 1000000};

    return us[f];
}

brasa_type brasa__type_time(int32_t digits)
{
    assert(digits >= 0 && digits <= BRASA_TIME_DIGITS);
    return (brasa_type) {.kind = BRASA_KIND_TIME, .scale = (uint8_t)(BRASA_TIME_DIGITS - digits)};
}

brasa_type brasa__type_vector(int32_t length)
{
    assert(length >= 0);
    return (brasa_type) {.kind = BRASA_KIND_VECTOR, .length = length};
}

brasa_type brasa__type_list(brasa_arena *arena, brasa_type element)
{
    brasa_field *f = BRASA_NEW(arena, brasa_field);

    *f = (brasa_field) {.name = "element", .type = element, .nullable = true};
    return (brasa_type) {.kind = BRASA_KIND_LIST, .nfields = 1, .fields = f};
}

brasa_type brasa__type_map(brasa_arena *arena, brasa_type key, brasa_type value)
{
    brasa_field *pair = BRASA_NEWS(arena, brasa_field, 2), *entries = BRASA_NEW(arena, brasa_field);

    pair[0] = (brasa_field) {.name = "key", .type = key};
    pair[1] = (brasa_field) {.name = "value", .type = value, .nullable = true};
    *entries = (brasa_field) {.name = "entries", .type = {.kind = BRASA_KIND_STRUCT, .nfields = 2, .fields = pair}};
    return (brasa_type) {.kind = BRASA_KIND_MAP, .nfields = 1, .fields = entries};
}

brasa_type brasa__map_key(brasa_type t)
{
    assert(t.kind == BRASA_KIND_MAP);
    return t.fields[0].type.fields[0].type;
}

brasa_type brasa__map_value(brasa_type t)
{
    assert(t.kind == BRASA_KIND_MAP);
    return t.fields[0].type.fields[1].type;
}

bool brasa__type_holds_map(brasa_type t)
{
    if (t.kind == BRASA_KIND_MAP) return true;
    for (int32_t i = 0; i < t.nfields; i++)
        if (brasa__type_holds_map(t.fields[i].type)) return true;
    return false;
}

bool brasa__type_equal(brasa_type a, brasa_type b)
{
    if (a.kind != b.kind) return false;
    if (a.kind == BRASA_KIND_DECIMAL || brasa__type_is_interval(a)) return a.precision == b.precision && a.scale == b.scale;
    if (a.kind == BRASA_KIND_TIME) return a.scale == b.scale;
    if (a.kind == BRASA_KIND_VECTOR) return a.length == b.length;
    if (!brasa__type_has_span(a) && a.kind != BRASA_KIND_STRUCT) return true;
    if (a.nfields != b.nfields) return false;
    for (int32_t i = 0; i < a.nfields; i++) {
        if (a.kind == BRASA_KIND_STRUCT && strcasecmp(a.fields[i].name, b.fields[i].name) != 0) return false;
        if (!brasa__type_equal(a.fields[i].type, b.fields[i].type)) return false;
    }
    return true;
}

bool brasa__type_is_integer(brasa_type t)
{
    return t.kind == BRASA_KIND_INT8 || t.kind == BRASA_KIND_INT16 || t.kind == BRASA_KIND_INT32 || t.kind == BRASA_KIND_INT64;
}

bool brasa__type_is_numeric(brasa_type t)
{
    return brasa__type_is_integer(t) || t.kind == BRASA_KIND_FLOAT32 || t.kind == BRASA_KIND_FLOAT64 || t.kind == BRASA_KIND_DECIMAL;
}

bool brasa__type_is_nested(brasa_type t)
{
    return brasa__type_has_span(t) || t.kind == BRASA_KIND_VECTOR || t.kind == BRASA_KIND_STRUCT;
}

static const brasa_field *fields_copy(brasa_arena *arena, const brasa_field *in, int32_t n)
{
    brasa_field *out = BRASA_NEWS(arena, brasa_field, n);

    for (int32_t i = 0; i < n; i++) {
        out[i].name = brasa__arena_strdup(arena, in[i].name);
        out[i].type = brasa__type_copy(arena, in[i].type);
        out[i].nullable = in[i].nullable;
    }
    return out;
}

brasa_type brasa__type_copy(brasa_arena *arena, brasa_type t)
{
    if (t.fields != NULL) t.fields = fields_copy(arena, t.fields, t.nfields);
    return t;
}

brasa_schema brasa__schema_copy(brasa_arena *arena, brasa_schema s)
{
    return (brasa_schema) {.ncols = s.ncols, .cols = fields_copy(arena, s.cols, s.ncols)};
}

int32_t brasa__schema_find(brasa_schema s, const char *name, bool *ambiguous)
{
    int32_t found = -1;

    if (ambiguous != NULL) *ambiguous = false;
    for (int32_t i = 0; i < s.ncols; i++) {
        if (strcasecmp(s.cols[i].name, name) != 0) continue;
        if (found < 0) {
            found = i;
            if (ambiguous == NULL) break;
        } else {
            *ambiguous = true;
            break;
        }
    }
    return found;
}

static void put_fields(brasa_wire *w, const brasa_field *f, int32_t n)
{
    brasa__put_i32(w, n);
    for (int32_t i = 0; i < n; i++) {
        brasa__put_str(w, f[i].name);
        brasa__put_type(w, f[i].type);
        brasa__put_bool(w, f[i].nullable);
    }
}

/* Kinds as numbers in files: a new kind takes the next number, wherever it stands among the others. */
static const uint8_t CODES[BRASA_KIND_COUNT] = {
    [BRASA_KIND_NULL] = 0,         [BRASA_KIND_BOOL] = 1,    [BRASA_KIND_INT8] = 2,           [BRASA_KIND_INT16] = 3,
    [BRASA_KIND_INT32] = 4,        [BRASA_KIND_INT64] = 5,   [BRASA_KIND_FLOAT32] = 6,        [BRASA_KIND_FLOAT64] = 7,
    [BRASA_KIND_DECIMAL] = 8,      [BRASA_KIND_DATE] = 9,    [BRASA_KIND_TIMESTAMP] = 10,     [BRASA_KIND_INTERVAL] = 11,
    [BRASA_KIND_STRING] = 12,      [BRASA_KIND_BINARY] = 13, [BRASA_KIND_LIST] = 14,          [BRASA_KIND_VECTOR] = 15,
    [BRASA_KIND_STRUCT] = 16,      [BRASA_KIND_MAP] = 17,    [BRASA_KIND_TIMESTAMP_NTZ] = 18, [BRASA_KIND_INTERVAL_YM] = 19,
    [BRASA_KIND_INTERVAL_DT] = 20, [BRASA_KIND_TIME] = 21,
};

static brasa_kind kind_of(uint8_t code)
{
    int kind = 0;

    while (kind < BRASA_KIND_COUNT && CODES[kind] != code) kind++;
    return (brasa_kind)kind;
}

void brasa__put_type(brasa_wire *w, brasa_type t)
{
    brasa__put_u8(w, CODES[t.kind]);
    switch (t.kind) {
    case BRASA_KIND_DECIMAL:
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_INTERVAL_DT:
        brasa__put_u8(w, t.precision);
        brasa__put_u8(w, t.scale);
        break;
    case BRASA_KIND_TIME: brasa__put_u8(w, t.scale); break;
    case BRASA_KIND_VECTOR: brasa__put_i32(w, t.length); break;
    case BRASA_KIND_LIST:
    case BRASA_KIND_MAP:
    case BRASA_KIND_STRUCT: put_fields(w, t.fields, t.nfields); break;
    case BRASA_KIND_NULL:
    case BRASA_KIND_BOOL:
    case BRASA_KIND_INT8:
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INT64:
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64:
    case BRASA_KIND_DATE:
    case BRASA_KIND_TIMESTAMP:
    case BRASA_KIND_TIMESTAMP_NTZ:
    case BRASA_KIND_INTERVAL:
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY:
    case BRASA_KIND_COUNT: break;
    }
}

static brasa_type get_type(brasa_reader *r, brasa_arena *arena, int depth);

static const brasa_field *get_fields(brasa_reader *r, brasa_arena *arena, int32_t *n, int depth)
{
    *n = brasa__get_count(r, 3);
    brasa_field *f = BRASA_NEWS(arena, brasa_field, *n);

    for (int32_t i = 0; i < *n; i++) {
        f[i].name = brasa__get_str(r, arena);
        if (f[i].name == NULL) {
            f[i].name = "";
            r->bad = true;
        }
        f[i].type = get_type(r, arena, depth);
        f[i].nullable = brasa__get_bool(r);
        if (r->bad) {
            *n = 0;
            break;
        }
    }
    return f;
}

static brasa_type get_type(brasa_reader *r, brasa_arena *arena, int depth)
{
    brasa_type t = {0};
    brasa_kind kind = kind_of(brasa__get_u8(r));

    if (kind >= BRASA_KIND_COUNT || depth > TYPE_DEPTH) {
        r->bad = true;
        return t;
    }
    t.kind = kind;
    if (t.kind == BRASA_KIND_DECIMAL) {
        t.precision = brasa__get_u8(r);
        t.scale = brasa__get_u8(r);
        if (t.precision < 1 || t.precision > 38 || t.scale > t.precision) r->bad = true;
    } else if (brasa__type_is_interval(t)) {
        t.precision = brasa__get_u8(r);
        t.scale = brasa__get_u8(r);
        bool years = t.kind == BRASA_KIND_INTERVAL_YM;
        if (t.precision > t.scale || t.precision < (years ? BRASA_FIELD_YEAR : BRASA_FIELD_DAY) ||
            t.scale > (years ? BRASA_FIELD_MONTH : BRASA_FIELD_SECOND))
            r->bad = true;
    } else if (t.kind == BRASA_KIND_TIME) {
        t.scale = brasa__get_u8(r);
        if (t.scale > BRASA_TIME_DIGITS) r->bad = true;
    } else if (t.kind == BRASA_KIND_VECTOR) {
        t.length = brasa__get_i32(r);
        if (t.length < 0) r->bad = true;
    } else if (brasa__type_has_span(t) || t.kind == BRASA_KIND_STRUCT) {
        t.fields = get_fields(r, arena, &t.nfields, depth + 1);
        if (brasa__type_has_span(t) && t.nfields != 1) r->bad = true;
        if (t.kind == BRASA_KIND_MAP && !r->bad && (t.fields[0].type.kind != BRASA_KIND_STRUCT || t.fields[0].type.nfields != 2))
            r->bad = true;
    }
    return r->bad ? (brasa_type) {0} : t;
}

brasa_type brasa__get_type(brasa_reader *r, brasa_arena *arena)
{
    return get_type(r, arena, 0);
}

void brasa__put_schema(brasa_wire *w, brasa_schema s)
{
    put_fields(w, s.cols, s.ncols);
}

brasa_schema brasa__get_schema(brasa_reader *r, brasa_arena *arena)
{
    brasa_schema s = {0};

    s.cols = get_fields(r, arena, &s.ncols, 0);
    return s;
}
