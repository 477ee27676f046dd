/* gather_values.c -- rows of one column into memory of the caller.
 *
 * Values go by width, not by type: an int64 and a double move alike.  The dearest user is the appender (shuffle, sort, cache), so
 * the common case, a FLAT column without nulls and without negative row numbers, is one plain loop.
 */
#include <string.h>

#include "data/bits.h"
#include "data/gather.h"
#include "data/type.h"
#include "data/widths.h"

#define T    bits8
#define NAME w1
#include "data/gather.tmpl.h"
#define T    bits16
#define NAME w2
#include "data/gather.tmpl.h"
#define T    bits32
#define NAME w4
#include "data/gather.tmpl.h"
#define T    bits64
#define NAME w8
#include "data/gather.tmpl.h"
#define T    bits128
#define NAME w16
#include "data/gather.tmpl.h"

static bool any_negative(const int32_t *rows, int32_t n)
{
    int32_t all = 0;

    for (int32_t i = 0; i < n; i++) all |= rows[i];
    return all < 0;
}

static void gather_wide(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, size_t width, void *dst)
{
    const char *v = c->encoding == BRASA_DICT ? c->child->values : c->values;
    char       *out = dst;

    for (int32_t i = 0; i < n; i++, out += width) {
        int32_t r = rows != NULL ? rows[i] : from + i;

        if (r < 0) {
            memset(out, 0, width);
            continue;
        }
        if (c->encoding == BRASA_CONST) r = 0;
        if (c->encoding == BRASA_DICT) r = c->codes[r];
        memcpy(out, v + (size_t)r * width, width);
    }
}

static void gather(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, bool negative, void *dst)
{
    size_t width = brasa__type_width(c->type);

    if (n == 0) return;
    if (c->encoding == BRASA_DICT ? c->child_rows == 0 : c->values == NULL) { /* no value to read: all the rows are null */
        if (width != 0) memset(dst, 0, (size_t)n * width);
        return;
    }
    if (brasa__type_phys(c->type) == BRASA_PHYS_VECTOR) {
        if (width != 0) gather_wide(c, rows, from, n, width, dst);
        return;
    }
    switch (width) {
    case 0: return;
    case 1: gather_w1(c, rows, from, n, negative, dst); return;
    case 2: gather_w2(c, rows, from, n, negative, dst); return;
    case 4: gather_w4(c, rows, from, n, negative, dst); return;
    case 8: gather_w8(c, rows, from, n, negative, dst); return;
    case 16: gather_w16(c, rows, from, n, negative, dst); return;
    default: gather_wide(c, rows, from, n, width, dst); return;
    }
}

/* Validity of picked rows, 64 at a time. */
static bool gather_bits(const uint64_t *valid, const int32_t *rows, int32_t n, uint64_t *dst, int64_t dst_from)
{
    bool null = false;

    for (int32_t i = 0; i < n; i += 64) {
        int32_t  m = n - i < 64 ? n - i : 64;
        uint64_t w = 0;

        for (int32_t k = 0; k < m; k++) {
            int32_t r = rows[i + k];
            bool    ok = r >= 0 && (valid == NULL || brasa__bit_get(valid, r));

            w |= (uint64_t)ok << k;
        }
        null |= w != (m == 64 ? ~(uint64_t)0 : ((uint64_t)1 << m) - 1);
        brasa__bits_store(dst, dst_from + i, w, m);
    }
    return null;
}

static bool gather_valid(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, bool negative, uint64_t *dst,
                         int64_t dst_from)
{
    if (dst == NULL || n == 0) return false;
    if (c->encoding == BRASA_CONST) {
        bool valid = brasa_column_is_valid(c, 0);

        if (negative && valid) return gather_bits(NULL, rows, n, dst, dst_from);
        brasa__bits_fill(dst, dst_from, n, valid);
        return !valid;
    }
    if (c->valid == NULL && !negative) {
        brasa__bits_fill(dst, dst_from, n, true);
        return false;
    }
    if (rows == NULL) return brasa__bits_copy(dst, dst_from, c->valid, from, n);
    return gather_bits(c->valid, rows, n, dst, dst_from);
}

bool brasa__gather_values(const brasa_column *c, const int32_t *rows, int32_t n, void *dst_values, uint64_t *dst_valid, int64_t dst_from)
{
    bool negative = rows != NULL && any_negative(rows, n);

    gather(c, rows, 0, n, negative, dst_values);
    return gather_valid(c, rows, 0, n, negative, dst_valid, dst_from);
}

bool brasa__copy_values(const brasa_column *c, int32_t from, int32_t n, void *dst_values, uint64_t *dst_valid, int64_t dst_from)
{
    gather(c, NULL, from, n, false, dst_values);
    return gather_valid(c, NULL, from, n, false, dst_valid, dst_from);
}

bool brasa__gather_may_null(const brasa_column *c, const int32_t *rows, int32_t n)
{
    if (c->encoding == BRASA_CONST ? !brasa_column_is_valid(c, 0) : c->valid != NULL) return true;
    return rows != NULL && any_negative(rows, n);
}
