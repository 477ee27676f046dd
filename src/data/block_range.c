/* block_range.c -- the range of a block's column, measured when it is first asked for.
 *
 * Threads may measure the same column at once: they find the same, and the flag is set last.
 */
#include "base/alloc.h"
#include "data/block.h"
#include "data/type.h"

typedef struct brasa_block_range {
    atomic_bool  known;
    atomic_llong least, most;
} brasa_block_range;

#define MEASURE(NAME, T)                                                                         \
    static void NAME(const brasa_column *c, int32_t rows, int64_t *least, int64_t *most)         \
    {                                                                                            \
        const T *v = c->values;                                                                  \
        T        low = v[0], high = v[0];                                                        \
                                                                                                 \
        for (int32_t i = 0; i < rows; i++) {                                                     \
            low = v[i] < low ? v[i] : low;                                                       \
            high = v[i] > high ? v[i] : high;                                                    \
        }                                                                                        \
        *least = low;                                                                            \
        *most = high;                                                                            \
    }                                                                                            \
    static void NAME##_valid(const brasa_column *c, int32_t rows, int64_t *least, int64_t *most) \
    {                                                                                            \
        const T *v = c->values;                                                                  \
                                                                                                 \
        *least = INT64_MAX;                                                                      \
        *most = INT64_MIN;                                                                       \
        for (int32_t i = 0; i < rows; i++) {                                                     \
            if (!brasa_column_is_valid(c, i)) continue;                                          \
            *least = v[i] < *least ? v[i] : *least;                                              \
            *most = v[i] > *most ? v[i] : *most;                                                 \
        }                                                                                        \
    }

MEASURE(range8, int8_t)
MEASURE(range16, int16_t)
MEASURE(range32, int32_t)
MEASURE(range64, int64_t)

static void measure(const brasa_column *c, int32_t rows, int64_t *least, int64_t *most)
{
    int32_t n = c->encoding == BRASA_CONST ? 1 : rows;

    switch (brasa__type_width(c->type)) {
    case 1: (c->valid != NULL ? range8_valid : range8)(c, n, least, most); return;
    case 2: (c->valid != NULL ? range16_valid : range16)(c, n, least, most); return;
    case 4: (c->valid != NULL ? range32_valid : range32)(c, n, least, most); return;
    default: (c->valid != NULL ? range64_valid : range64)(c, n, least, most); return;
    }
}

static bool has_range(const brasa_block *b, int32_t col)
{
    if (col < 0 || col >= b->ncols || b->rows == 0) return false;
    brasa_phys phys = brasa__type_phys(b->cols[col].type);
    bool       whole = phys == BRASA_PHYS_I8 || phys == BRASA_PHYS_I16 || phys == BRASA_PHYS_I32 || phys == BRASA_PHYS_I64;

    return whole && b->cols[col].encoding != BRASA_DICT;
}

static brasa_block_range *ranges_of(brasa_block *b)
{
    brasa_block_range *there = atomic_load_explicit(&b->ranges, memory_order_acquire), *mine;
    size_t             bytes = sizeof *mine * (size_t)b->ncols;

    if (there != NULL) return there;
    mine = brasa__alloc(bytes);
    for (int32_t i = 0; i < b->ncols; i++) atomic_init(&mine[i].known, false);
    if (atomic_compare_exchange_strong(&b->ranges, &there, mine)) return mine;
    brasa__free(mine, bytes);
    return there;
}

bool brasa__block_range(brasa_block *b, int32_t col, int64_t *least, int64_t *most)
{
    if (!has_range(b, col)) return false;
    brasa_block_range *r = &ranges_of(b)[col];

    if (!atomic_load_explicit(&r->known, memory_order_acquire)) {
        measure(&b->cols[col], b->rows, least, most);
        atomic_store_explicit(&r->least, *least, memory_order_relaxed);
        atomic_store_explicit(&r->most, *most, memory_order_relaxed);
        atomic_store_explicit(&r->known, true, memory_order_release);
    }
    *least = atomic_load_explicit(&r->least, memory_order_relaxed);
    *most = atomic_load_explicit(&r->most, memory_order_relaxed);
    return true;
}

void brasa__block_forget_ranges(brasa_block *b)
{
    brasa_block_range *r = atomic_load_explicit(&b->ranges, memory_order_acquire);

    if (r != NULL) brasa__free(r, sizeof *r * (size_t)b->ncols);
}
