/* data.c -- random columns, one value at a time: slow, and sharing no loop with what it tests. */
#include "support/data.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "data/string.h"

brasa_type data_type(brasa_arena *arena, int32_t which)
{
    static const brasa_kind  scalars[] = {BRASA_KIND_NULL,  BRASA_KIND_BOOL,      BRASA_KIND_INT8,     BRASA_KIND_INT16,
                                          BRASA_KIND_INT32, BRASA_KIND_INT64,     BRASA_KIND_FLOAT32,  BRASA_KIND_FLOAT64,
                                          BRASA_KIND_DATE,  BRASA_KIND_TIMESTAMP, BRASA_KIND_INTERVAL, BRASA_KIND_STRING,
                                          BRASA_KIND_BINARY};
    static const char *const others[] = {"DECIMAL(9,2)",
                                         "DECIMAL(18,0)",
                                         "DECIMAL(38,10)",
                                         "ARRAY<INT>",
                                         "ARRAY<STRING>",
                                         "ARRAY<ARRAY<DECIMAL(20,3)>>",
                                         "VECTOR(3)",
                                         "STRUCT<a: INT, b: STRING>",
                                         "STRUCT<a: STRUCT<x: DOUBLE>, b: ARRAY<STRING>>",
                                         "ARRAY<STRUCT<a: BIGINT, b: STRING>>",
                                         "ARRAY<VECTOR(2)>",
                                         "MAP<STRING, ARRAY<INT>>",

                                         "TIMESTAMP_NTZ",
                                         "INTERVAL YEAR TO MONTH",
                                         "INTERVAL DAY TO SECOND",
                                         "ARRAY<INTERVAL DAY TO SECOND>",
                                         "STRUCT<a: INTERVAL YEAR TO MONTH, b: TIMESTAMP_NTZ>",
                                         "TIME",
                                         "ARRAY<TIME>"};
    int32_t                  nscalars = (int32_t)(sizeof scalars / sizeof *scalars);
    brasa_type               t;
    brasa_error              err;

    if (which < nscalars) return brasa__type(scalars[which]);
    assert_ok(brasa__type_parse(arena, others[which - nscalars], &t, &err), err);
    return t;
}

static brasa_schema schema_of(brasa_arena *arena, int32_t ncols)
{
    brasa_field *f = BRASA_NEWS(arena, brasa_field, ncols);

    for (int32_t i = 0; i < ncols; i++) {
        f[i].name = brasa__arena_printf(arena, "c%d", i);
        f[i].nullable = true;
        f[i].type = data_type(arena, i % DATA_TYPES);
    }
    return (brasa_schema) {.ncols = ncols, .cols = f};
}

brasa_schema data_schema(brasa_arena *arena)
{
    return schema_of(arena, DATA_TYPES);
}

brasa_schema data_random_schema(brasa_arena *arena, unit_random *r, int32_t ncols)
{
    brasa_schema s = schema_of(arena, ncols);
    brasa_field *f = (brasa_field *)(uintptr_t)s.cols;

    for (int32_t i = 0; i < ncols; i++) f[i].type = data_type(arena, (int32_t)unit_between(r, 0, DATA_TYPES - 1));
    return s;
}

static int64_t random_int(unit_random *r, int bits, bool few)
{
    int64_t high = (int64_t)(((uint64_t)1 << (bits - 1)) - 1);

    if (few) return unit_between(r, -3, 3);
    if (unit_chance(r, 0.1)) return unit_chance(r, 0.5) ? high : -high - 1;
    if (unit_chance(r, 0.5)) return unit_between(r, -100, 100);
    return (int64_t)unit_next(r) >> (64 - bits);
}

static double random_double(unit_random *r, data_options o)
{
    static const double odd[] = {0.0, -0.0, 1.0, -1.0, 0.1, 1e300, -1e-300, 5e-324};

    if (!o.plain && unit_chance(r, 0.05))
        return unit_chance(r, 0.5) ? (double)NAN : unit_chance(r, 0.5) ? (double)INFINITY : -(double)INFINITY;
    if (o.few) return (double)unit_between(r, -2, 2) / 2;
    if (unit_chance(r, 0.2)) return odd[unit_between(r, 0, 7)];
    return (unit_fraction(r) - 0.5) * 1e6;
}

static brasa_int128 random_decimal(unit_random *r, int precision, bool few)
{
    brasa_int128 limit = 1, v;

    for (int i = 0; i < precision; i++) limit *= 10;
    if (few) return unit_between(r, -2, 2);
    if (unit_chance(r, 0.1)) return unit_chance(r, 0.5) ? limit - 1 : 1 - limit;
    v = (brasa_int128)(((unsigned __int128)unit_next(r) << 64 | unit_next(r)) >> 1);
    if (unit_chance(r, 0.5)) v >>= 90;
    v %= limit;
    return unit_chance(r, 0.5) ? v : -v;
}

static void random_string(brasa_arena *arena, unit_random *r, data_options o, brasa_value *v)
{
    static const int64_t lengths[] = {0, 1, 3, 4, 5, 11, 12, 13, 14, 16, 31, 200};
    int64_t n = o.few ? unit_between(r, 0, 2) * 9 : unit_chance(r, 0.7) ? lengths[unit_between(r, 0, 11)] : unit_between(r, 0, 40);
    char   *p = brasa__arena_alloc(arena, (size_t)n + 1);

    for (int64_t i = 0; i < n; i++) p[i] = (char)('a' + unit_between(r, 0, o.few ? 1 : 25) * (i > n - 3 || !o.few));
    v->u.s.p = p;
    v->u.s.n = (size_t)n;
}

static brasa_value random_entry(brasa_arena *arena, unit_random *r, brasa_type t, data_options o, int32_t i)
{
    brasa_value *pair = BRASA_NEWS(arena, brasa_value, 2);
    data_options no_nulls = o;

    no_nulls.nulls = 0;
    pair[0] = data_random_value(arena, r, t.fields[0].type, no_nulls);
    if (t.fields[0].type.kind == BRASA_KIND_STRING) { /* no key twice */
        pair[0].u.s.p = brasa__arena_printf(arena, "%d%.*s", i, (int)pair[0].u.s.n, pair[0].u.s.p);
        pair[0].u.s.n++;
    }
    pair[1] = data_random_value(arena, r, t.fields[1].type, o);
    return (brasa_value) {.type = t, .u.list = {.items = pair, .n = 2}};
}

static void random_items(brasa_arena *arena, unit_random *r, brasa_type t, data_options o, brasa_value *v)
{
    int32_t      n = t.kind == BRASA_KIND_VECTOR ? t.length : t.kind == BRASA_KIND_STRUCT ? t.nfields : (int32_t)unit_between(r, 0, 4);
    brasa_value *items = BRASA_NEWS(arena, brasa_value, n);

    if (t.kind == BRASA_KIND_VECTOR) o.nulls = 0;
    for (int32_t i = 0; i < n; i++) {
        brasa_type it = t.kind == BRASA_KIND_VECTOR ? brasa__type(BRASA_KIND_FLOAT32) : t.fields[t.kind == BRASA_KIND_STRUCT ? i : 0].type;

        items[i] = t.kind == BRASA_KIND_MAP ? random_entry(arena, r, it, o, i) : data_random_value(arena, r, it, o);
    }
    v->u.list.items = items;
    v->u.list.n = n;
}

brasa_value data_random_value(brasa_arena *arena, unit_random *r, brasa_type t, data_options o)
{
    brasa_value v = {.type = t};

    if (t.kind == BRASA_KIND_NULL || unit_chance(r, o.nulls)) {
        v.null = true;
        return v;
    }
    switch (brasa__type_phys(t)) {
    case BRASA_PHYS_BOOL: v.u.b = unit_chance(r, 0.5); break;
    case BRASA_PHYS_I8: v.u.i = random_int(r, 8, o.few); break;
    case BRASA_PHYS_I16: v.u.i = random_int(r, 16, o.few); break;
    case BRASA_PHYS_I32:
        v.u.i = t.kind == BRASA_KIND_DATE ? unit_between(r, -90000, 90000) / (o.few ? 30000 : 1) : random_int(r, 32, o.few);
        break;
    case BRASA_PHYS_I64:
        v.u.i = t.kind == BRASA_KIND_DECIMAL ? (int64_t)random_decimal(r, t.precision, o.few)
                : t.kind == BRASA_KIND_TIME  ? unit_between(r, 0, o.few ? 3 : INT64_C(86399999999))
                                             : random_int(r, 64, o.few);
        break;
    case BRASA_PHYS_I128: v.u.d = random_decimal(r, t.precision, o.few); break;
    case BRASA_PHYS_F32: v.u.f = (double)(float)random_double(r, o); break;
    case BRASA_PHYS_F64: v.u.f = random_double(r, o); break;
    case BRASA_PHYS_INTERVAL:
        v.u.interval = (brasa_interval) {.months = (int32_t)unit_between(r, -2, 2),
                                         .days = (int32_t)unit_between(r, -40, 40),
                                         .us = unit_between(r, -2, 2) * 86400000000};
        if (o.few) v.u.interval.days = v.u.interval.days / 30 * 30;
        break;
    case BRASA_PHYS_STRING: random_string(arena, r, o, &v); break;
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT: random_items(arena, r, t, o, &v); break;
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return v;
}

static const uint64_t *random_valid(brasa_arena *arena, unit_random *r, int32_t rows, double nulls)
{
    if (nulls == 0 || (nulls < 1 && unit_chance(r, 0.5))) return NULL;

    uint64_t *valid = BRASA_NEWS(arena, uint64_t, brasa__bit_words(rows + 1));

    for (int32_t i = 0; i < rows; i++) {
        if (!unit_chance(r, nulls)) brasa__bit_set(valid, i);
    }
    if (unit_chance(r, 0.5)) brasa__bit_set(valid, rows); /* bits past the end mean nothing */
    return valid;
}

static void random_list(brasa_arena *arena, unit_random *r, int32_t rows, data_options o, brasa_column *c)
{
    brasa_span   *spans = brasa__arena_alloc64(arena, sizeof(brasa_span) * (size_t)(rows + 1));
    brasa_column *kid = BRASA_NEW(arena, brasa_column);
    int32_t       elements = (int32_t)unit_between(r, 0, 2 * (int64_t)rows + 4), at = 0;
    bool          run = unit_chance(r, 0.5);

    for (int32_t i = 0; i < rows; i++) {
        int32_t len = (int32_t)unit_between(r, 0, elements < 5 ? elements : 5);

        spans[i].offset = run ? at : (int32_t)unit_between(r, 0, elements - len);
        if (spans[i].offset + len > elements) len = elements - spans[i].offset;
        spans[i].len = len;
        at += len;
    }
    *kid = data_random_column(arena, r, c->type.fields[0].type, elements, o);
    c->values = spans;
    c->child = kid;
    c->child_rows = elements;
}

static brasa_column random_flat(brasa_arena *arena, unit_random *r, brasa_type t, int32_t rows, data_options o)
{
    brasa_column c = {.type = t, .encoding = BRASA_FLAT};
    data_options no_nulls = o;

    no_nulls.nulls = 0;
    if (t.kind == BRASA_KIND_LIST) {
        random_list(arena, r, rows, o, &c);
    } else if (t.kind == BRASA_KIND_STRUCT) {
        brasa_column *kids = BRASA_NEWS(arena, brasa_column, t.nfields);

        c.child_rows = unit_chance(r, 0.3) ? 64 : 0;
        for (int32_t f = 0; f < t.nfields; f++) kids[f] = data_random_column(arena, r, t.fields[f].type, rows + (int32_t)c.child_rows, o);
        c.child = kids;
    } else {
        brasa_value *v = BRASA_NEWS(arena, brasa_value, rows);

        for (int32_t i = 0; i < rows; i++) {
            v[i] = data_random_value(arena, r, t, no_nulls);
            if (t.kind == BRASA_KIND_MAP) random_items(arena, r, t, o, &v[i]);
        }
        c = brasa__values_column(arena, t, v, rows);
    }
    c.valid = NULL;
    return c;
}

brasa_column data_random_column(brasa_arena *arena, unit_random *r, brasa_type t, int32_t rows, data_options o)
{
    brasa_column c;
    int64_t      form = o.flat ? 0 : unit_between(r, 0, 3);
    data_options no_nulls = o;

    no_nulls.nulls = 0;
    if (t.kind == BRASA_KIND_NULL) o.nulls = 1;
    if (form == 1) {
        c = random_flat(arena, r, t, 1, o);
        c.encoding = BRASA_CONST;
        c.valid = random_valid(arena, r, 1, o.nulls);
    } else if (form == 2 && rows > 0) {
        int32_t       entries = (int32_t)unit_between(r, 1, unit_chance(r, 0.5) ? 8 : 2 * (int64_t)rows);
        int32_t      *codes = brasa__arena_alloc64(arena, sizeof(int32_t) * (size_t)rows);
        brasa_column *dict = BRASA_NEW(arena, brasa_column);

        *dict = random_flat(arena, r, t, entries, no_nulls);
        for (int32_t i = 0; i < rows; i++) codes[i] = (int32_t)unit_between(r, 0, entries - 1);
        c = (brasa_column) {.type = t, .encoding = BRASA_DICT, .codes = codes, .child = dict, .child_rows = entries};
        c.valid = random_valid(arena, r, rows, o.nulls);
    } else {
        c = random_flat(arena, r, t, rows, o);
        c.valid = random_valid(arena, r, rows, o.nulls);
    }
    return c;
}

brasa_batch data_random_batch(brasa_arena *arena, unit_random *r, brasa_schema s, int32_t rows, data_options o)
{
    brasa_column *cols = BRASA_NEWS(arena, brasa_column, s.ncols);
    brasa_batch   b = {.rows = rows, .ncols = s.ncols, .cols = cols, .nsel = rows};

    for (int32_t i = 0; i < s.ncols; i++) cols[i] = data_random_column(arena, r, s.cols[i].type, rows, o);
    if (o.select > 0) {
        int32_t *sel = BRASA_NEWS(arena, int32_t, rows);

        b.nsel = 0;
        for (int32_t i = 0; i < rows; i++) {
            if (unit_chance(r, o.select)) sel[b.nsel++] = i;
        }
        b.sel = sel;
    }
    return b;
}

bool data_same_row(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi, brasa_arena *arena)
{
    brasa_value x = brasa__column_value(a, ai, arena), y = brasa__column_value(b, bi, arena);

    return brasa__type_equal(x.type, y.type) && x.null == y.null && brasa__value_compare(&x, &y) == 0;
}

void data_assert_row(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi, const char *what)
{
    brasa_arena *arena = brasa__arena_new(NULL, "row");
    brasa_text   x, y;

    if (!data_same_row(a, ai, b, bi, arena)) {
        brasa_value av = brasa__column_value(a, ai, arena), bv = brasa__column_value(b, bi, arena);

        brasa__text_init(&x, arena);
        brasa__text_init(&y, arena);
        brasa__value_text(&av, &x);
        brasa__value_text(&bv, &y);
        print_message("%s: row %d is %.300s, row %d is %.300s\n", what, ai, x.s, bi, y.s);
        fail();
    }
    brasa__arena_free(arena);
}

static int32_t selected(const brasa_batch *b, int32_t i)
{
    return b->sel != NULL ? b->sel[i] : i;
}

void data_assert_batch(const brasa_batch *a, const brasa_batch *b, const char *what)
{
    assert_int_equal(a->nsel, b->nsel);
    assert_int_equal(a->ncols, b->ncols);
    for (int32_t c = 0; c < a->ncols; c++) {
        for (int32_t i = 0; i < a->nsel; i++) data_assert_row(&a->cols[c], selected(a, i), &b->cols[c], selected(b, i), what);
    }
}

void data_assert_blocks(const brasa_blocks *a, const brasa_batch *b, const char *what)
{
    int32_t at = 0;

    assert_int_equal(a->rows, b->nsel);
    for (int32_t k = 0; k < a->count; k++) {
        const brasa_block *block = a->items[k];

        assert_int_equal(block->ncols, b->ncols);
        for (int32_t c = 0; c < block->ncols; c++) {
            for (int32_t i = 0; i < block->rows; i++) data_assert_row(&block->cols[c], i, &b->cols[c], selected(b, at + i), what);
        }
        at += block->rows;
    }
}
