/* rows_compare.c -- the order of two rows: for merges, bounds and checks, one pair at a time. */
#include "data/block.h"
#include "data/string.h"
#include "data/type.h"
#include "data/value.h"
#include "kernel/rows.h"

static int compare_double(double a, double b)
{
    if (a != a || b != b) return (a != a) - (b != b);
    return (a > b) - (a < b);
}

static int compare_i128(brasa_int128 a, brasa_int128 b)
{
    return (a > b) - (a < b);
}

static int compare_run(const brasa_column *a, int32_t ai, int32_t an, const brasa_column *b, int32_t bi, int32_t bn)
{
    int32_t n = an < bn ? an : bn;

    for (int32_t i = 0; i < n; i++) {
        int c = brasa__compare_row(a, ai + i, b, bi + i);

        if (c != 0) return c;
    }
    return (an > bn) - (an < bn);
}

static int compare_lists(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi)
{
    brasa_span x = ((const brasa_span *)a->values)[ai], y = ((const brasa_span *)b->values)[bi];

    return compare_run(a->child, x.offset, x.len, b->child, y.offset, y.len);
}

static int compare_vectors(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi)
{
    const float *x = (const float *)a->values + (size_t)ai * (size_t)a->type.length;
    const float *y = (const float *)b->values + (size_t)bi * (size_t)b->type.length;

    for (int32_t i = 0; i < a->type.length; i++) {
        int c = compare_double((double)x[i], (double)y[i]);

        if (c != 0) return c;
    }
    return 0;
}

static int compare_structs(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi)
{
    for (int32_t f = 0; f < a->type.nfields; f++) {
        int c = brasa__compare_row(&a->child[f], (int32_t)a->child_rows + ai, &b->child[f], (int32_t)b->child_rows + bi);

        if (c != 0) return c;
    }
    return 0;
}

#define ORDER(T) ((((const T *)a->values)[ai] > ((const T *)b->values)[bi]) - (((const T *)a->values)[ai] < ((const T *)b->values)[bi]))

static int compare_values(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi)
{
    switch (brasa__type_phys(a->type)) {
    case BRASA_PHYS_BOOL: return ORDER(uint8_t);
    case BRASA_PHYS_I8: return ORDER(int8_t);
    case BRASA_PHYS_I16: return ORDER(int16_t);
    case BRASA_PHYS_I32: return ORDER(int32_t);
    case BRASA_PHYS_I64: return ORDER(int64_t);
    case BRASA_PHYS_I128: return ORDER(brasa_int128);
    case BRASA_PHYS_F32: return compare_double((double)((const float *)a->values)[ai], (double)((const float *)b->values)[bi]);
    case BRASA_PHYS_F64: return compare_double(((const double *)a->values)[ai], ((const double *)b->values)[bi]);
    case BRASA_PHYS_INTERVAL:
        return compare_i128(brasa__interval_total(((const brasa_interval *)a->values)[ai]),
                            brasa__interval_total(((const brasa_interval *)b->values)[bi]));
    case BRASA_PHYS_STRING: return brasa__string_compare((const brasa_string *)a->values + ai, (const brasa_string *)b->values + bi);
    case BRASA_PHYS_SPAN: return compare_lists(a, ai, b, bi);
    case BRASA_PHYS_VECTOR: return compare_vectors(a, ai, b, bi);
    case BRASA_PHYS_STRUCT: return compare_structs(a, ai, b, bi);
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return 0;
}

#undef ORDER

static const brasa_column *locate(const brasa_column *c, int32_t *i)
{
    if (c->encoding == BRASA_CONST) *i = 0;
    if (c->encoding != BRASA_DICT) return c;
    *i = c->codes[*i];
    return c->child;
}

int brasa__compare_row(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi)
{
    bool avalid = a->type.kind != BRASA_KIND_NULL && brasa_column_is_valid(a, ai);
    bool bvalid = b->type.kind != BRASA_KIND_NULL && brasa_column_is_valid(b, bi);

    if (!avalid || !bvalid) return (int)avalid - (int)bvalid;
    a = locate(a, &ai);
    b = locate(b, &bi);
    return compare_values(a, ai, b, bi);
}
