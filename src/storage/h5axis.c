/* h5axis.c -- the values of a dimension as 64-bit keys that are ordered as they are: integers themselves, doubles by their bits. */
#include "storage/h5axis.h"

#include <stdlib.h>
#include <string.h>

#include "data/type.h"

bool brasa__h5_is_float(brasa_type t)
{
    return t.kind == BRASA_KIND_FLOAT32 || t.kind == BRASA_KIND_FLOAT64;
}

int64_t brasa__h5_key_of_double(double f)
{
    int64_t bits;

    if (f == 0) f = 0; /* -0 is 0 */
    memcpy(&bits, &f, sizeof bits);
    return bits < 0 ? (int64_t)(~(uint64_t)bits ^ (1ULL << 63)) : bits;
}

double brasa__h5_double_of_key(int64_t key)
{
    uint64_t bits = key < 0 ? ~((uint64_t)key ^ (1ULL << 63)) : (uint64_t)key;
    double   f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

int64_t brasa__h5_whole_at(const brasa_column *c, int64_t i)
{
    switch (brasa__type_width(c->type)) {
    case 1: return ((const int8_t *)c->values)[i];
    case 2: return ((const int16_t *)c->values)[i];
    case 4: return ((const int32_t *)c->values)[i];
    default: return ((const int64_t *)c->values)[i];
    }
}

static int by_key(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

    return (a > b) - (a < b);
}

void brasa__h5_axis_settle(brasa_h5_axis *x)
{
    int64_t n = 0;

    if (x->n == x->sorted) return;
    qsort(x->keys, (size_t)x->n, sizeof *x->keys, by_key);
    for (int64_t i = 0; i < x->n; i++)
        if (n == 0 || x->keys[n - 1] != x->keys[i]) x->keys[n++] = x->keys[i];
    x->n = x->sorted = n;
}

int64_t brasa__h5_axis_place(const brasa_h5_axis *x, int64_t key)
{
    int64_t low = 0, high = x->n;

    while (high - low > 1) {
        int64_t mid = low + (high - low) / 2;
        if (x->keys[mid] <= key)
            low = mid;
        else
            high = mid;
    }
    return low;
}
