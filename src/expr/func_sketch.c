/* func_sketch.c -- what is read from sketches, and summaries of lists that aggregates are written with (sql/shorthand.c): bitmaps, histograms, the most
 * frequent values.
 *
 * Histograms are those of Ben-Haim and Tom-Tov ("A Streaming Parallel Decision Tree Algorithm", 2010) as Hive and Spark have them: where several pairs of bins
 * are equally near, java.util.Random of the seed 31183 chooses.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expr/func_groups.h"
#include "expr/func_row.h"
#include "kernel/hll.h"

#define ROW(name) static brasa_status name(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)

enum { BITMAP_BYTES = 4096, MOST_BINS = 100000 };

/* ---- distinct values ---- */

static brasa_status check_sketch(const brasa_call *call, const brasa_value *v, brasa_error *err)
{
    if (brasa__hll_is_sketch(v->u.s.p, v->u.s.n)) return BRASA_OK;
    return brasa__fail(err, BRASA_INVALID, "%s of a value that no hll_sketch_agg made", call->expr->name);
}

ROW(estimate_row)
{
    BRASA_TRY(check_sketch(call, &args[0], err));
    brasa__out_int(out, brasa__hll_sketch_estimate(args[0].u.s.p, args[0].u.s.n));
    return BRASA_OK;
}

ROW(union_row)
{
    char *both = brasa__arena_alloc(call->arena, BRASA_HLL_REGISTERS);

    for (int32_t i = 0; i < 2; i++) BRASA_TRY(check_sketch(call, &args[i], err));
    brasa__out_bytes(out, both, brasa__hll_sketch_union(args[0].u.s.p, args[0].u.s.n, args[1].u.s.p, args[1].u.s.n, both));
    return BRASA_OK;
}

/* ---- bitmaps ---- */

static BRASA_RESOLVE(bitmap)
{
    (void)n, (void)err;
    bool positions = strcmp(f->name, "bitmap_of") == 0;

    *result = brasa__type(BRASA_KIND_BINARY);
    if (types[0].kind != BRASA_KIND_LIST) return BRASA_TYPE;
    if (positions) types[0] = brasa__type_list(arena, brasa__type(BRASA_KIND_INT64));
    brasa_kind k = types[0].fields[0].type.kind;
    if (!positions && k != BRASA_KIND_BINARY && k != BRASA_KIND_STRING && k != BRASA_KIND_NULL) return BRASA_TYPE;
    if (!positions) types[0] = brasa__type_list(arena, brasa__type(BRASA_KIND_BINARY));
    return BRASA_OK;
}

ROW(bitmap_of_row)
{
    char *bits = brasa__arena_alloc(call->arena, BITMAP_BYTES);

    memset(bits, 0, BITMAP_BYTES);
    for (int32_t i = 0; i < args[0].u.list.n; i++) {
        const brasa_value *v = &args[0].u.list.items[i];

        if (v->null) continue;
        if (v->u.i < 0 || v->u.i >= BITMAP_BYTES * 8)
            return brasa__fail(err, BRASA_ARITHMETIC, "%lld is no place in a bitmap of 32768 bits; take bitmap_bit_position(n)",
                               (long long)v->u.i);
        bits[v->u.i / 8] = (char)(bits[v->u.i / 8] | 1 << (v->u.i % 8));
    }
    brasa__out_bytes(out, bits, BITMAP_BYTES);
    return BRASA_OK;
}

ROW(bitmap_all_row)
{
    char *bits = brasa__arena_alloc(call->arena, BITMAP_BYTES);
    bool  both = strcmp(call->expr->name, "bitmap_and_all") == 0;

    (void)err;
    memset(bits, both ? 0xff : 0, BITMAP_BYTES);
    for (int32_t i = 0; i < args[0].u.list.n; i++) {
        const brasa_value *v = &args[0].u.list.items[i];

        for (size_t k = 0; !v->null && k < BITMAP_BYTES; k++) {
            char byte = k < v->u.s.n ? v->u.s.p[k] : '\0';
            bits[k] = (char)(both ? bits[k] & byte : bits[k] | byte);
        }
    }
    brasa__out_bytes(out, bits, BITMAP_BYTES);
    return BRASA_OK;
}

/* ---- histograms ---- */

typedef struct bin {
    double x, y;
} bin;

typedef struct histogram {
    bin     *bins;
    int32_t  n, most;
    uint64_t random; /* java.util.Random */
} histogram;

static int32_t random_bits(histogram *h, int32_t bits)
{
    h->random = (h->random * UINT64_C(0x5DEECE66D) + 0xB) & ((UINT64_C(1) << 48) - 1);
    return (int32_t)(h->random >> (48 - bits));
}

static double random_double(histogram *h)
{
    int64_t high = (int64_t)random_bits(h, 26) << 27;

    return (double)(high + random_bits(h, 27)) * 0x1p-53;
}

/* The two nearest bins become one. */
static void join_bins(histogram *h)
{
    int32_t at = 0, equal = 1;
    double  least = h->bins[1].x - h->bins[0].x;

    for (int32_t i = 1; i + 1 < h->n; i++) {
        double d = h->bins[i + 1].x - h->bins[i].x;

        if (d < least) {
            least = d;
            at = i;
            equal = 1;
        } else if (d == least && random_double(h) <= 1.0 / ++equal) {
            at = i;
        }
    }
    bin   *a = &h->bins[at], *b = a + 1;
    double y = a->y + b->y, share = a->y / y;

    a->x = a->x * share + b->x / y * b->y;
    a->y = y;
    memmove(b, b + 1, sizeof *b * (size_t)(h->n - at - 2));
    h->n--;
}

static void add_value(histogram *h, double x)
{
    int32_t low = 0, high = h->n;

    while (low < high) {
        int32_t middle = (low + high) / 2;

        if (h->bins[middle].x < x)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < h->n && h->bins[low].x == x) {
        h->bins[low].y++;
        return;
    }
    memmove(&h->bins[low + 1], &h->bins[low], sizeof *h->bins * (size_t)(h->n - low));
    h->bins[low] = (bin) {x, 1};
    h->n++;
    if (h->n > h->most) join_bins(h);
}

static double number_of(const brasa_value *v)
{
    if (v->type.kind == BRASA_KIND_FLOAT32 || v->type.kind == BRASA_KIND_FLOAT64) return v->u.f;
    if (v->type.kind != BRASA_KIND_DECIMAL) return (double)v->u.i;
    return (v->type.precision > BRASA_DECIMAL64_DIGITS ? (double)v->u.d : (double)v->u.i) / pow(10, v->type.scale);
}

#define LARGEST 9.2e18

static brasa_value value_of(brasa_type t, double x)
{
    brasa_value v = {.type = t};

    if (t.kind != BRASA_KIND_FLOAT32 && t.kind != BRASA_KIND_FLOAT64 && t.kind != BRASA_KIND_DECIMAL)
        x = fmax(-LARGEST, fmin(x, LARGEST)); /* of what an int64 holds */
    if (t.kind == BRASA_KIND_FLOAT32 || t.kind == BRASA_KIND_FLOAT64)
        v.u.f = t.kind == BRASA_KIND_FLOAT32 ? (double)(float)x : x;
    else if (t.kind == BRASA_KIND_DECIMAL && t.precision > BRASA_DECIMAL64_DIGITS)
        v.u.d = (brasa_int128)round(x * pow(10, t.scale));
    else if (t.kind == BRASA_KIND_DECIMAL)
        v.u.i = (int64_t)round(x * pow(10, t.scale));
    else
        v.u.i = (int64_t)x;
    return v;
}

static brasa_type pair_type(brasa_arena *arena, const char *first, brasa_type a, const char *second, brasa_type b)
{
    brasa_field *fields = BRASA_NEWS(arena, brasa_field, 2);

    fields[0] = (brasa_field) {.name = first, .type = a, .nullable = true};
    fields[1] = (brasa_field) {.name = second, .type = b, .nullable = true};
    return (brasa_type) {.kind = BRASA_KIND_STRUCT, .nfields = 2, .fields = fields};
}

static BRASA_RESOLVE(histogram)
{
    (void)f, (void)n, (void)err;
    if (types[0].kind != BRASA_KIND_LIST) return BRASA_TYPE;
    brasa_type t = types[0].fields[0].type;
    bool       moment = t.kind == BRASA_KIND_DATE || brasa__type_is_timestamp(t) || brasa__type_is_interval(t);

    if (t.kind == BRASA_KIND_NULL) t = brasa__type(BRASA_KIND_FLOAT64);
    if (!moment && !brasa__type_is_numeric(t)) return BRASA_TYPE;
    types[0] = brasa__type_list(arena, t);
    *result = brasa__type_list(arena, pair_type(arena, "x", t, "y", brasa__type(BRASA_KIND_FLOAT64)));
    return brasa__resolve_arg(&types[1], BRASA_KIND_INT64);
}

/* A list of pairs. */
static void put_pairs(brasa_call *call, brasa_value *out, brasa_value *firsts, brasa_value *seconds, int32_t n)
{
    brasa_value *items = BRASA_NEWS(call->arena, brasa_value, n + 1), *both = BRASA_NEWS(call->arena, brasa_value, 2 * n + 1);

    for (int32_t i = 0; i < n; i++) {
        both[2 * i] = firsts[i];
        both[2 * i + 1] = seconds[i];
        items[i] = (brasa_value) {.type = out->type.fields[0].type, .u.list = {.items = &both[2 * i], .n = 2}};
    }
    out->null = false;
    out->u.list.items = items;
    out->u.list.n = n;
}

ROW(histogram_row)
{
    int64_t   most = args[1].u.i;
    histogram h = {.most = (int32_t)most, .random = (31183 ^ UINT64_C(0x5DEECE66D)) & ((UINT64_C(1) << 48) - 1)};

    if (most < 2 || most > MOST_BINS)
        return brasa__fail(err, BRASA_INVALID, "a histogram of %lld bins; it has 2 to %d", (long long)most, (int)MOST_BINS);
    h.bins = BRASA_NEWS(call->arena, bin, (args[0].u.list.n < most ? args[0].u.list.n : (int32_t)most) + 2);
    for (int32_t i = 0; i < args[0].u.list.n; i++)
        if (!args[0].u.list.items[i].null) add_value(&h, number_of(&args[0].u.list.items[i]));
    brasa_value *xs = BRASA_NEWS(call->arena, brasa_value, h.n + 1), *ys = BRASA_NEWS(call->arena, brasa_value, h.n + 1);
    for (int32_t i = 0; i < h.n; i++) {
        xs[i] = value_of(out->type.fields[0].type.fields[0].type, h.bins[i].x);
        ys[i] = value_of(brasa__type(BRASA_KIND_FLOAT64), h.bins[i].y);
    }
    put_pairs(call, out, xs, ys, h.n);
    return BRASA_OK;
}

/* ---- the most frequent ---- */

static BRASA_RESOLVE(top)
{
    (void)f, (void)n, (void)err;
    if (types[0].kind != BRASA_KIND_LIST || brasa__type_holds_map(types[0])) return BRASA_TYPE;
    *result = brasa__type_list(arena, pair_type(arena, "item", types[0].fields[0].type, "count", brasa__type(BRASA_KIND_INT64)));
    return brasa__resolve_arg(&types[1], BRASA_KIND_INT64);
}

typedef struct counted {
    brasa_value item;
    int64_t     n;
} counted;

static int by_item(const void *a, const void *b)
{
    return brasa__value_compare(a, b);
}

static int by_count(const void *a, const void *b)
{
    const counted *x = a, *y = b;

    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : brasa__value_compare(&x->item, &y->item);
}

ROW(top_row)
{
    int32_t      n = args[0].u.list.n, distinct = 0;
    brasa_value *items = brasa__arena_copy(call->arena, args[0].u.list.items, sizeof *items * (size_t)n);
    counted     *c = BRASA_NEWS(call->arena, counted, n + 1);

    if (args[1].u.i < 1) return brasa__fail(err, BRASA_INVALID, "the %lld most frequent values; ask for 1 or more", (long long)args[1].u.i);
    if (n > 1) qsort(items, (size_t)n, sizeof *items, by_item);
    for (int32_t i = 0; i < n; i++) {
        if (distinct == 0 || brasa__value_compare(&c[distinct - 1].item, &items[i]) != 0) c[distinct++].item = items[i];
        c[distinct - 1].n++;
    }
    if (distinct > 1) qsort(c, (size_t)distinct, sizeof *c, by_count);
    int32_t      k = distinct < args[1].u.i ? distinct : (int32_t)args[1].u.i;
    brasa_value *firsts = BRASA_NEWS(call->arena, brasa_value, k + 1), *seconds = BRASA_NEWS(call->arena, brasa_value, k + 1);
    for (int32_t i = 0; i < k; i++) {
        firsts[i] = c[i].item;
        seconds[i] = brasa_value_i64(c[i].n);
    }
    put_pairs(call, out, firsts, seconds, k);
    return BRASA_OK;
}

#define LIST(id, args, flag, res, fn, text)                                                                                            \
    {                                                                                                                                  \
        .name = id, .min_args = args, .max_args = args, .flags = flag, .doc = text, .resolve = res, .eval = brasa__row_eval, .row = fn \
    }

static const brasa_function table[] = {
    BRASA_ROW_FN("hll_sketch_estimate", 1, 1, BRASA_FN_CAN_FAIL, "y:l", estimate_row,
                 "hll_sketch_estimate(sketch): how many distinct values it has seen, nearly"),
    BRASA_ROW_FN("hll_union", 2, 3, BRASA_FN_CAN_FAIL, "yyb:y", union_row, "hll_union(a, b): the sketch of both"),
    LIST("bitmap_of", 1, BRASA_FN_CAN_FAIL, brasa__resolve_bitmap, bitmap_of_row,
         "bitmap_of(list): a bitmap of 32,768 bits with those set; bitmap_construct_agg(p) over groups"),
    LIST("bitmap_or_all", 1, 0, brasa__resolve_bitmap, bitmap_all_row,
         "bitmap_or_all(list): what one of the bitmaps has; bitmap_or_agg(b) over groups"),
    LIST("bitmap_and_all", 1, 0, brasa__resolve_bitmap, bitmap_all_row,
         "bitmap_and_all(list): what all have; bitmap_and_agg(b) over groups"),
    LIST("list_histogram", 2, BRASA_FN_CAN_FAIL, brasa__resolve_histogram, histogram_row,
         "list_histogram(list, n): n bins x with how many y are near; histogram_numeric(x, n) over groups"),
    LIST("list_top_k", 2, BRASA_FN_CAN_FAIL, brasa__resolve_top, top_row,
         "list_top_k(list, k): the most frequent values item with their count; approx_top_k(x, k) over groups"),
};

BRASA_FUNCTION_GROUP(sketch, "Sketches and summaries", table);
