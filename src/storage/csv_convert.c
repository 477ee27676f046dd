/* csv_convert.c -- fields of text into values of columns, a column at a time.
 *
 * The common shapes (integers of up to 18 digits, decimals that fit int64, ISO dates, short strings) are parsed in line; all others
 * go to the general parsers, which also decide what is not a value at all.  Blanks around anything but a string do not count.
 */
#include "kernel/decimal.h"
#include "storage/csv_convert.h"

#include <string.h>

#include "data/type.h"
#include "data/value.h"
#include "storage/text_utf8.h"

typedef struct {
    brasa_build             *b;
    int32_t                  col;
    const brasa_csv_dialect *d;
    const char              *data;
    brasa_text              *scratch;
    brasa_type               type;
    char                     room[BRASA_CSV_NUMBER]; /* of a number with a comma */
} conversion;

static void trim(const char **p, size_t *n)
{
    while (*n != 0 && ((*p)[0] == ' ' || (*p)[0] == '\t')) {
        (*p)++;
        (*n)--;
    }
    while (*n != 0 && ((*p)[*n - 1] == ' ' || (*p)[*n - 1] == '\t')) (*n)--;
}

/* The bytes of a field; an escaped one is put together in the scratch text. */
static const char *field_text(conversion *c, brasa_csv_field f, size_t *n)
{
    size_t len = f.length & BRASA_CSV_LENGTH;

    if ((f.length & BRASA_CSV_ESCAPED) != 0 && c->scratch->cap < len + 1) {
        c->scratch->len = 0;
        brasa__text_add_n(c->scratch, c->data + f.offset, len); /* for its room */
    }
    return brasa__csv_unescape(c->d, c->data, f, c->scratch->s, n);
}

/* Up to 18 digits with a sign. */
static inline bool short_int(const char *p, size_t n, int64_t *out)
{
    int64_t v = 0;
    size_t  i = 0;
    bool    minus = n != 0 && p[0] == '-';

    if (minus) i++;
    if (n - i - 1 >= 18) return false; /* none, or too many */
    for (; i < n; i++) {
        unsigned digit = (unsigned)(unsigned char)p[i] - '0';

        if (digit > 9) return false;
        v = v * 10 + (int64_t)digit;
    }
    *out = minus ? -v : v;
    return true;
}

/* Digits with at most `scale` of them behind a point, 17 in all. */
static inline bool short_decimal(const char *p, size_t n, int32_t scale, int64_t *out)
{
    int64_t v = 0;
    size_t  i = 0;
    int32_t behind = -1, digits = 0;
    bool    minus = n != 0 && p[0] == '-';

    if (minus) i++;
    if (n - i - 1 >= 17) return false;
    for (; i < n; i++) {
        unsigned digit = (unsigned)(unsigned char)p[i] - '0';

        if (digit <= 9) {
            v = v * 10 + (int64_t)digit;
            digits++;
            if (behind >= 0) behind++;
        } else if (p[i] == '.' && behind < 0) {
            behind = 0;
        } else {
            return false;
        }
    }
    if (behind < 0) behind = 0;
    if (digits == 0 || behind > scale || scale - behind + digits > 18) return false;
    for (; behind < scale; behind++) v *= 10;
    *out = minus ? -v : v;
    return true;
}

static inline bool parse_int(const char *p, size_t n, int64_t low, int64_t high, int64_t *out)
{
    if (!short_int(p, n, out)) {
        trim(&p, &n);
        if (!brasa__parse_i64(p, n, out)) return false;
    }
    return *out >= low && *out <= high;
}

static bool parse_decimal64(const char *p, size_t n, brasa_type t, int64_t *out)
{
    brasa_int128 wide;

    if (short_decimal(p, n, t.scale, out) && *out < brasa__pow10_small[t.precision] && *out > -brasa__pow10_small[t.precision]) return true;
    trim(&p, &n);
    if (!brasa__parse_decimal(p, n, t.precision, t.scale, &wide)) return false;
    *out = (int64_t)wide;
    return true;
}

/* Kinds that are rare in CSV go through a value. */
static bool parse_other(conversion *c, const char *p, size_t n, int32_t row)
{
    brasa_build_column *k = &c->b->cols[c->col];
    brasa_arena        *tmp = brasa__arena_new(c->scratch->arena, "value");
    brasa_value         v;
    bool                ok = brasa__value_parse(tmp, p, n, c->type, &v, NULL) == BRASA_OK && !v.null;

    if (ok && c->type.kind == BRASA_KIND_INTERVAL) memcpy((char *)k->values->data + (size_t)row * k->width, &v.u.interval, k->width);
    if (ok && c->type.kind == BRASA_KIND_INTERVAL_YM) ((int32_t *)k->values->data)[row] = (int32_t)v.u.i;
    if (ok && (c->type.kind == BRASA_KIND_INTERVAL_DT || c->type.kind == BRASA_KIND_TIME)) ((int64_t *)k->values->data)[row] = v.u.i;
    if (ok && c->type.kind == BRASA_KIND_BINARY) {
        brasa_string s = brasa__build_string(c->b, v.u.s.p, v.u.s.n);

        memcpy((char *)k->values->data + (size_t)row * k->width, &s, sizeof s);
    }
    brasa__arena_free(tmp);
    return ok;
}

/* A loop over the rows, with `parse` setting the value `at`; a field that is null, or empty, is null. */
#define T           int64_t
#define NAME        convert_i64
#define PARSE(p, n) parse_int(p, n, INT64_MIN, INT64_MAX, &v)
#include "storage/csv_convert.tmpl.h"
#define T           int32_t
#define NAME        convert_i32
#define PARSE(p, n) parse_int(p, n, INT32_MIN, INT32_MAX, &v)
#include "storage/csv_convert.tmpl.h"
#define T           int16_t
#define NAME        convert_i16
#define PARSE(p, n) parse_int(p, n, INT16_MIN, INT16_MAX, &v)
#include "storage/csv_convert.tmpl.h"
#define T           int8_t
#define NAME        convert_i8
#define PARSE(p, n) parse_int(p, n, INT8_MIN, INT8_MAX, &v)
#include "storage/csv_convert.tmpl.h"
#define T           int64_t
#define NAME        convert_decimal64
#define PARSE(p, n) (brasa__csv_point(c->d, &p, &n, c->room) && parse_decimal64(p, n, c->type, &v))
#include "storage/csv_convert.tmpl.h"
#define T     brasa_int128
#define VALUE brasa_int128
#define NAME  convert_decimal128
#define PARSE(p, n) \
    (trim(&p, &n), brasa__csv_point(c->d, &p, &n, c->room) && brasa__parse_decimal(p, n, c->type.precision, c->type.scale, &v))
#include "storage/csv_convert.tmpl.h"
#define T           double
#define VALUE       double
#define NAME        convert_f64
#define PARSE(p, n) (trim(&p, &n), brasa__csv_point(c->d, &p, &n, c->room) && brasa__parse_f64(p, n, &v))
#include "storage/csv_convert.tmpl.h"
#define T           float
#define VALUE       double
#define NAME        convert_f32
#define PARSE(p, n) (trim(&p, &n), brasa__csv_point(c->d, &p, &n, c->room) && brasa__parse_f64(p, n, &v))
#include "storage/csv_convert.tmpl.h"
#define T           int32_t
#define VALUE       int32_t
#define NAME        convert_date
#define PARSE(p, n) (trim(&p, &n), brasa__parse_date(p, n, &v))
#include "storage/csv_convert.tmpl.h"
#define T           int64_t
#define NAME        convert_timestamp
#define PARSE(p, n) (trim(&p, &n), brasa__parse_timestamp(p, n, &v))
#include "storage/csv_convert.tmpl.h"
#define T           int64_t
#define NAME        convert_timestamp_ntz
#define PARSE(p, n) (trim(&p, &n), brasa__parse_timestamp_ntz(p, n, &v))
#include "storage/csv_convert.tmpl.h"
#define T           uint8_t
#define VALUE       bool
#define NAME        convert_bool
#define PARSE(p, n) (trim(&p, &n), brasa__parse_bool(p, n, &v))
#include "storage/csv_convert.tmpl.h"

/* A string of up to 12 bytes, loaded as two words: reads 12 bytes whatever n is. */
static inline brasa_string short_string(const char *p, size_t n)
{
    brasa_string s;
    uint64_t     low;
    uint32_t     high;

    memcpy(&low, p, 8);
    memcpy(&high, p + 8, 4);
    low &= n >= 8 ? ~(uint64_t)0 : ((uint64_t)1 << (8 * n)) - 1;
    high &= n <= 8 ? 0 : n >= 12 ? ~(uint32_t)0 : ((uint32_t)1 << (8 * (n - 8))) - 1;
    s.len = (uint32_t)n;
    memcpy(s.u.inlined, &low, 8);
    memcpy(s.u.inlined + 8, &high, 4);
    return s;
}

/* Bytes below 0x80 only. */
static inline bool short_ascii(const brasa_string *s)
{
    uint64_t low;
    uint32_t high;

    memcpy(&low, s->u.inlined, 8);
    memcpy(&high, s->u.inlined + 8, 4);
    return ((low | high) & 0x8080808080808080u) == 0;
}

static int32_t convert_string(conversion *c, const brasa_csv_field *fields, int32_t stride, int32_t from, int32_t rows)
{
    brasa_string *out = (brasa_string *)c->b->cols[c->col].values->data + c->b->rows;

    for (int32_t i = from; i < rows; i++) {
        brasa_csv_field f = fields[(int64_t)i * stride];
        size_t          n;
        const char     *p;

        if (c->d->null_text == NULL && !c->d->pad ? f.length == 0 : brasa__csv_is_null(c->d, c->data, f)) {
            brasa__build_null(c->b, c->col, c->b->rows + i);
            continue;
        }
        n = f.length & ~BRASA_CSV_QUOTED;
        if (n <= 12) { /* not escaped either; the text is readable past its end */
            out[i] = short_string(c->data + f.offset, n);
            if (short_ascii(&out[i])) continue;
        }
        p = field_text(c, f, &n);
        if (!brasa__text_is_utf8(p, n)) return i;
        out[i] = brasa__build_string(c->b, p, n);
    }
    return rows;
}

static int32_t convert_other(conversion *c, const brasa_csv_field *fields, int32_t stride, int32_t from, int32_t rows)
{
    for (int32_t i = from; i < rows; i++) {
        brasa_csv_field f = fields[(int64_t)i * stride];
        size_t          n;
        const char     *p;

        if (brasa__csv_is_null(c->d, c->data, f) || c->type.kind == BRASA_KIND_NULL) {
            brasa__build_null(c->b, c->col, c->b->rows + i);
            continue;
        }
        p = field_text(c, f, &n);
        if (!parse_other(c, p, n, c->b->rows + i)) return i;
    }
    return rows;
}

int32_t brasa__csv_convert(brasa_build *b, int32_t col, const brasa_csv_dialect *d, const char *data, const brasa_csv_field *fields,
                           int32_t stride, int32_t from, int32_t rows, brasa_text *scratch)
{
    conversion c = {.b = b, .col = col, .d = d, .data = data, .scratch = scratch, .type = b->cols[col].type};

    switch (c.type.kind) {
    case BRASA_KIND_BOOL: return convert_bool(&c, fields, stride, from, rows);
    case BRASA_KIND_INT8: return convert_i8(&c, fields, stride, from, rows);
    case BRASA_KIND_INT16: return convert_i16(&c, fields, stride, from, rows);
    case BRASA_KIND_INT32: return convert_i32(&c, fields, stride, from, rows);
    case BRASA_KIND_INT64: return convert_i64(&c, fields, stride, from, rows);
    case BRASA_KIND_FLOAT32: return convert_f32(&c, fields, stride, from, rows);
    case BRASA_KIND_FLOAT64: return convert_f64(&c, fields, stride, from, rows);
    case BRASA_KIND_DECIMAL:
        return c.type.precision <= 18 ? convert_decimal64(&c, fields, stride, from, rows)
                                      : convert_decimal128(&c, fields, stride, from, rows);
    case BRASA_KIND_DATE: return convert_date(&c, fields, stride, from, rows);
    case BRASA_KIND_TIMESTAMP: return convert_timestamp(&c, fields, stride, from, rows);
    case BRASA_KIND_STRING: return convert_string(&c, fields, stride, from, rows);
    case BRASA_KIND_TIMESTAMP_NTZ: return convert_timestamp_ntz(&c, fields, stride, from, rows);
    case BRASA_KIND_NULL:
    case BRASA_KIND_INTERVAL:
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_INTERVAL_DT:
    case BRASA_KIND_TIME:
    case BRASA_KIND_BINARY:
    case BRASA_KIND_LIST:
    case BRASA_KIND_VECTOR:
    case BRASA_KIND_STRUCT:
    case BRASA_KIND_MAP:
    case BRASA_KIND_COUNT: break;
    }
    return convert_other(&c, fields, stride, from, rows);
}
