/* rows_equal.c -- which pairs of rows are equal: the check after a hash matched.
 *
 * In runs: row numbers of both sides become positions of values (through dictionaries and constants), values are compared without a
 * branch, then validity decides about the nulls and the survivors are packed.
 */
#include <string.h>

#include "base/hash.h"
#include "data/block.h"
#include "data/string.h"
#include "data/type.h"
#include "data/value.h"
#include "kernel/rows.h"

enum { RUN = 256 };

#define SAME(p, q) (*(p) == *(q))
/* NaN is equal to NaN where rows are grouped and joined */
#define SAME_FLOAT(p, q) ((*(p) == *(q)) | ((*(p) != *(p)) & (*(q) != *(q))))

#define T     uint8_t
#define NAME  equal_8
#define EQUAL SAME
#include "kernel/rows_equal.tmpl.h"
#define T     int16_t
#define NAME  equal_16
#define EQUAL SAME
#include "kernel/rows_equal.tmpl.h"
#define T     int32_t
#define NAME  equal_32
#define EQUAL SAME
#include "kernel/rows_equal.tmpl.h"
#define T     int64_t
#define NAME  equal_64
#define EQUAL SAME
#include "kernel/rows_equal.tmpl.h"
#define T     brasa_int128
#define NAME  equal_128
#define EQUAL SAME
#include "kernel/rows_equal.tmpl.h"
#define T     float
#define NAME  equal_f32
#define EQUAL SAME_FLOAT
#include "kernel/rows_equal.tmpl.h"
#define T     double
#define NAME  equal_f64
#define EQUAL SAME_FLOAT
#include "kernel/rows_equal.tmpl.h"
#define T           brasa_interval
#define NAME        equal_interval
#define EQUAL(p, q) (brasa__interval_total(*(p)) == brasa__interval_total(*(q)))
#include "kernel/rows_equal.tmpl.h"
#define T     brasa_string
#define NAME  equal_string
#define EQUAL brasa__string_equal
#include "kernel/rows_equal.tmpl.h"

#undef SAME
#undef SAME_FLOAT

static void equal_values(const brasa_column *a, const int32_t *ai, const brasa_column *b, const int32_t *bi, int32_t n, uint8_t *out)
{
    const void *av = a->values, *bv = b->values;

    switch (brasa__type_phys(a->type)) {
    case BRASA_PHYS_BOOL:
    case BRASA_PHYS_I8: equal_8(av, ai, bv, bi, n, out); break;
    case BRASA_PHYS_I16: equal_16(av, ai, bv, bi, n, out); break;
    case BRASA_PHYS_I32: equal_32(av, ai, bv, bi, n, out); break;
    case BRASA_PHYS_I64: equal_64(av, ai, bv, bi, n, out); break;
    case BRASA_PHYS_I128: equal_128(av, ai, bv, bi, n, out); break;
    case BRASA_PHYS_F32: equal_f32(av, ai, bv, bi, n, out); break;
    case BRASA_PHYS_F64: equal_f64(av, ai, bv, bi, n, out); break;
    case BRASA_PHYS_INTERVAL: equal_interval(av, ai, bv, bi, n, out); break;
    case BRASA_PHYS_STRING: equal_string(av, ai, bv, bi, n, out); break;
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break; /* row by row, in equal_nested */
    }
}

/* One side of a run: rows become positions of `values`, and bits of validity. */
typedef struct {
    const brasa_column *col; /* the column whose values are looked at: a dictionary's, for DICT */
    int32_t             at[RUN];
    uint8_t             ok[RUN];
} side;

static void resolve(const brasa_column *c, const int32_t *rows, const int32_t *which, int32_t n, side *s)
{
    s->col = c->encoding == BRASA_DICT ? c->child : c;
    for (int32_t i = 0; i < n; i++) s->at[i] = rows != NULL ? rows[which[i]] : which[i];
    if (c->encoding == BRASA_CONST) memset(s->at, 0, sizeof(int32_t) * (size_t)n);
    if (c->type.kind == BRASA_KIND_NULL) {
        memset(s->ok, 0, (size_t)n);
    } else if (c->valid == NULL) {
        memset(s->ok, 1, (size_t)n);
    } else {
        for (int32_t i = 0; i < n; i++) s->ok[i] = brasa__bit_get(c->valid, s->at[i]);
    }
    if (c->encoding != BRASA_DICT) return;
    for (int32_t i = 0; i < n; i++) s->at[i] = c->codes[s->at[i]];
}

static void equal_nested(const side *a, const side *b, int32_t n, uint8_t *out)
{
    brasa_column x = *a->col, y = *b->col;

    x.valid = y.valid = NULL; /* nulls are settled by the caller; a validity is one of rows, and these are positions */
    for (int32_t i = 0; i < n; i++) out[i] = a->ok[i] && b->ok[i] && brasa__compare_row(&x, a->at[i], &y, b->at[i]) == 0;
}

static void equal_run(const side *a, const side *b, int32_t n, uint8_t *out)
{
    if (a->col->type.kind == BRASA_KIND_NULL) {
        memset(out, 0, (size_t)n); /* null in every row */
    } else if (brasa__type_is_nested(a->col->type)) {
        equal_nested(a, b, n, out);
    } else {
        equal_values(a->col, a->at, b->col, b->at, n, out);
    }
}

int32_t brasa__equal_rows(const brasa_column *a, const int32_t *arows, const brasa_column *b, const int32_t *brows, const int32_t *cand,
                          int32_t n, bool null_equal, int32_t *keep)
{
    side    x, y;
    uint8_t equal[RUN];
    int32_t which[RUN], m = 0;

    for (int32_t from = 0; from < n; from += RUN) {
        int32_t count = n - from < RUN ? n - from : RUN;

        for (int32_t i = 0; i < count; i++) which[i] = cand != NULL ? cand[from + i] : from + i;
        resolve(a, arows, which, count, &x);
        resolve(b, brows, which, count, &y);
        equal_run(&x, &y, count, equal);
        for (int32_t i = 0; i < count; i++) {
            uint8_t both = x.ok[i] & y.ok[i], none = (uint8_t)(!x.ok[i] & !y.ok[i]);

            keep[m] = which[i];
            m += (both & equal[i]) | (none & (uint8_t)null_equal);
        }
    }
    return m;
}
