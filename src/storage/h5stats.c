/* h5stats.c -- smallest and largest value, nulls and distinct count of chunks; what they rule out.
 *
 * The order is that of brasa__value_compare: NaN is the largest, -0.0 equals 0.0, strings go by bytes.  A bound may be loose, never wrong.
 */
#include "storage/h5stats.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"
#include "data/value.h"

typedef enum { CELL_NONE, CELL_INT, CELL_FLOAT, CELL_TEXT } cell_kind;

static cell_kind cell_of(brasa_type t)
{
    switch (brasa__type_phys(t)) {
    case BRASA_PHYS_BOOL:
    case BRASA_PHYS_I8:
    case BRASA_PHYS_I16:
    case BRASA_PHYS_I32:
    case BRASA_PHYS_I64:
    case BRASA_PHYS_I128: return CELL_INT;
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64: return CELL_FLOAT;
    case BRASA_PHYS_STRING: return CELL_TEXT;
    case BRASA_PHYS_INTERVAL:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return CELL_NONE;
}

static bool is_null(const brasa_column *c, int32_t i)
{
    return c->valid != NULL && !brasa__bit_get(c->valid, i);
}

/* One loop per C type; the first valid row starts the range. */
#define RANGE_LOOP(T, LESS)                       \
    {                                             \
        const T *v = c->values;                   \
        T        lo = v[first], hi = v[first];    \
        for (int32_t i = first + 1; i < n; i++) { \
            T x = v[i];                           \
            if (is_null(c, i)) continue;          \
            if (LESS(x, lo)) lo = x;              \
            if (LESS(hi, x)) hi = x;              \
        }                                         \
        SET(out->min, lo);                        \
        SET(out->max, hi);                        \
    }
#define PLAIN_LESS(a, b) ((a) < (b))

static bool float_less(double a, double b)
{
    if (isnan(a)) return false;
    return isnan(b) || a < b;
}

static void int_range(const brasa_column *c, int32_t first, int32_t n, brasa_h5_bounds *out)
{
#define SET(cell, v) ((cell).i = (v))
    switch (brasa__type_phys(c->type)) {
    case BRASA_PHYS_BOOL: RANGE_LOOP(uint8_t, PLAIN_LESS) break;
    case BRASA_PHYS_I8: RANGE_LOOP(int8_t, PLAIN_LESS) break;
    case BRASA_PHYS_I16: RANGE_LOOP(int16_t, PLAIN_LESS) break;
    case BRASA_PHYS_I32: RANGE_LOOP(int32_t, PLAIN_LESS) break;
    case BRASA_PHYS_I64: RANGE_LOOP(int64_t, PLAIN_LESS) break;
    case BRASA_PHYS_I128: RANGE_LOOP(brasa_int128, PLAIN_LESS) break;
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64:
    case BRASA_PHYS_STRING:
    case BRASA_PHYS_INTERVAL:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
#undef SET
}

static void float_range(const brasa_column *c, int32_t first, int32_t n, brasa_h5_bounds *out)
{
#define SET(cell, v) ((cell).f = (double)(v))
    if (brasa__type_phys(c->type) == BRASA_PHYS_F32)
        RANGE_LOOP(float, float_less)
    else
        RANGE_LOOP(double, float_less)
#undef SET
}

static void text_cell(const brasa_string *s, brasa_h5_cell *out)
{
    size_t n = s->len < BRASA_H5_CELL_CHARS ? s->len : BRASA_H5_CELL_CHARS;

    memset(out, 0, sizeof *out);
    out->s[0] = (uint8_t)n;
    memcpy(out->s + 1, brasa_string_data(s), n);
}

static void text_range(const brasa_column *c, int32_t first, int32_t n, brasa_h5_bounds *out)
{
    const brasa_string *v = c->values, *lo = &v[first], *hi = &v[first];

    for (int32_t i = first + 1; i < n; i++) {
        if (is_null(c, i)) continue;
        if (brasa__string_compare(&v[i], lo) < 0) lo = &v[i];
        if (brasa__string_compare(&v[i], hi) > 0) hi = &v[i];
    }
    text_cell(lo, &out->min);
    text_cell(hi, &out->max);
}

void brasa__h5_bounds_of(const brasa_column *c, int32_t n, brasa_h5_bounds *out)
{
    int32_t first = 0;

    memset(out, 0, sizeof *out);
    out->nulls = c->valid == NULL ? 0 : n - (int32_t)brasa__bit_count(c->valid, n);
    while (first < n && is_null(c, first)) first++;
    if (first == n) return;
    switch (cell_of(c->type)) {
    case CELL_NONE: return;
    case CELL_INT: int_range(c, first, n, out); break;
    case CELL_FLOAT: float_range(c, first, n, out); break;
    case CELL_TEXT: text_range(c, first, n, out); break;
    }
    out->has_range = true;
}

/* --- distinct counts */
void brasa__h5_sketch_add(uint8_t *registers, uint64_t hash)
{
    uint64_t rest = hash >> 8 | (uint64_t)1 << 56; /* the sentinel ends the count */
    uint8_t  zeros = (uint8_t)(__builtin_ctzll(rest) + 1);
    uint8_t *r = &registers[hash & (BRASA_H5_SKETCH - 1)];

    if (zeros > *r) *r = zeros;
}

void brasa__h5_sketch_merge(uint8_t *into, const uint8_t *from)
{
    for (int i = 0; i < BRASA_H5_SKETCH; i++)
        if (from[i] > into[i]) into[i] = from[i];
}

double brasa__h5_sketch_count(const uint8_t *registers)
{
    const double m = BRASA_H5_SKETCH;
    double       sum = 0, estimate;
    int          empty = 0;

    for (int i = 0; i < BRASA_H5_SKETCH; i++) {
        sum += ldexp(1.0, -(int)registers[i]);
        empty += registers[i] == 0;
    }
    estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;
    return estimate <= 2.5 * m && empty > 0 ? m * log(m / empty) : estimate;
}

void brasa__h5_sketch_column(uint8_t *registers, const brasa_column *c, int32_t n)
{
    size_t         width = brasa__type_width(c->type);
    const uint8_t *v = c->values;

    if (cell_of(c->type) == CELL_NONE || cell_of(c->type) == CELL_TEXT) return;
    for (int32_t i = 0; i < n; i++) {
        uint64_t word[2] = {0, 0};
        if (is_null(c, i)) continue;
        memcpy(word, v + (size_t)i * width, width);
        brasa__h5_sketch_add(registers, brasa__hash_u64(word[0] + 0x9e3779b97f4a7c15u) ^ (word[1] == 0 ? 0 : brasa__hash_u64(word[1])));
    }
}

/* --- cells */
brasa_value brasa__h5_cell_value(const brasa_h5_cell *cell, brasa_type t, brasa_arena *arena, bool *exact)
{
    brasa_value v = {.type = t};
    size_t      n;

    *exact = true;
    switch (cell_of(t)) {
    case CELL_NONE: v.null = true; break;
    case CELL_INT:
        if (t.kind == BRASA_KIND_BOOL)
            v.u.b = cell->i != 0;
        else if (brasa__type_phys(t) == BRASA_PHYS_I128)
            v.u.d = cell->i;
        else
            v.u.i = (int64_t)cell->i;
        break;
    case CELL_FLOAT: v.u.f = cell->f; break;
    case CELL_TEXT:
        n = cell->s[0] > BRASA_H5_CELL_CHARS ? BRASA_H5_CELL_CHARS : cell->s[0];
        v.u.s.p = brasa__arena_copy(arena, cell->s + 1, n);
        v.u.s.n = n;
        *exact = n < BRASA_H5_CELL_CHARS;
        break;
    }
    return v;
}

static int text_compare(const uint8_t *a, size_t na, const uint8_t *b, size_t nb)
{
    size_t n = na < nb ? na : nb;
    int    c = n == 0 ? 0 : memcmp(a, b, n);

    return c != 0 ? c : (na > nb) - (na < nb);
}

int brasa__h5_cell_compare(const brasa_h5_cell *a, const brasa_h5_cell *b, brasa_type t)
{
    switch (cell_of(t)) {
    case CELL_NONE: return 0;
    case CELL_INT: return (a->i > b->i) - (a->i < b->i);
    case CELL_FLOAT: return float_less(b->f, a->f) - float_less(a->f, b->f);
    case CELL_TEXT: return text_compare(a->s + 1, a->s[0], b->s + 1, b->s[0]);
    }
    return 0;
}

/* Order of a value against a bound.  A cut upper bound stands for all that begins with it, so a value that begins with it is not above. */
static int against(const brasa_value *v, const brasa_h5_cell *cell, brasa_type t, bool upper)
{
    double       f;
    brasa_int128 i;
    size_t       n;

    switch (cell_of(t)) {
    case CELL_NONE: return 0;
    case CELL_INT:
        i = t.kind == BRASA_KIND_BOOL ? (brasa_int128)v->u.b : brasa__type_phys(t) == BRASA_PHYS_I128 ? v->u.d : (brasa_int128)v->u.i;
        return (i > cell->i) - (i < cell->i);
    case CELL_FLOAT: f = v->u.f; return float_less(cell->f, f) - float_less(f, cell->f);
    case CELL_TEXT:
        n = v->u.s.n;
        if (upper && cell->s[0] >= BRASA_H5_CELL_CHARS && n > BRASA_H5_CELL_CHARS) n = BRASA_H5_CELL_CHARS;
        return text_compare((const uint8_t *)v->u.s.p, n, cell->s + 1, cell->s[0]);
    }
    return 0;
}

static bool outside(const brasa_h5_bounds *b, brasa_type t, const brasa_value *v)
{
    return v->null || against(v, &b->min, t, false) < 0 || against(v, &b->max, t, true) > 0;
}

/* Is the upper bound surely below or equal?  Not when it is a cut string: rows may go on after it. */
static bool cut(const brasa_h5_bounds *b, brasa_type t)
{
    return cell_of(t) == CELL_TEXT && b->max.s[0] >= BRASA_H5_CELL_CHARS;
}

bool brasa__h5_refuted(const brasa_h5_bounds *b, int64_t rows, brasa_type t, const brasa_scan_test *test)
{
    const brasa_value *v = test->values;

    if (test->op == BRASA_SCAN_IS_NULL) return b->nulls == 0;
    if (b->nulls == rows) return true; /* all other tests refuse nulls */
    if (!b->has_range || test->op == BRASA_SCAN_NOT_NULL) return false;
    for (int32_t i = 0; i < test->nvalues; i++)
        if (!v[i].null && (v[i].type.kind != t.kind || v[i].type.scale != t.scale || brasa__type_phys(v[i].type) != brasa__type_phys(t)))
            return false; /* not what we can compare: keep */
    switch (test->op) {
    case BRASA_SCAN_EQ: return outside(b, t, v);
    case BRASA_SCAN_LT: return v->null || against(v, &b->min, t, false) <= 0;
    case BRASA_SCAN_LE: return v->null || against(v, &b->min, t, false) < 0;
    case BRASA_SCAN_GT: return v->null || (against(v, &b->max, t, true) >= 0 && !cut(b, t));
    case BRASA_SCAN_GE: return v->null || against(v, &b->max, t, true) > 0;
    case BRASA_SCAN_IN:
        for (int32_t i = 0; i < test->nvalues; i++)
            if (!outside(b, t, &v[i])) return false;
        return true;
    case BRASA_SCAN_IS_NULL:
    case BRASA_SCAN_NOT_NULL: break;
    }
    return false;
}
