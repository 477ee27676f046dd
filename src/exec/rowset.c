/* exec/rowset.c -- see the header. */
#include "exec/rowset.h"

#include <string.h>

#include "base/hash.h"
#include "data/gather.h"
#include "data/type.h"
#include "data/value.h"

static void release(void *arg)
{
    brasa_rowset *r = arg;

    for (int32_t b = 0; b < r->nblocks; b++) brasa__block_unref(r->blocks[b]);
    r->nblocks = 0;
    brasa__block_unref(r->coming);
    r->coming = NULL;
}

static void free_appender(void *slot)
{
    brasa__appender_free(*(brasa_appender **)slot);
}

brasa_appender *brasa__rowset_appender(brasa_arena *arena, brasa_schema schema)
{
    brasa_appender **slot = BRASA_NEW(arena, brasa_appender *);

    brasa__arena_defer(arena, free_appender, slot); /* first: it may throw */
    *slot = brasa__appender_new(schema, 0);
    return *slot;
}

brasa_rowset *brasa__rowset_new(brasa_arena *arena, brasa_schema schema)
{
    brasa_rowset *r = BRASA_NEW(arena, brasa_rowset);

    r->arena = arena;
    r->schema = schema;
    brasa__arena_defer(arena, release, r);
    return r;
}

void brasa__rowset_add(brasa_rowset *r, brasa_block *block)
{
    int32_t n = r->nblocks, cap = r->cap;

    if (block->rows == 0) {
        brasa__block_unref(block);
        return;
    }
    r->coming = block;
    r->blocks = brasa__arena_grow(r->arena, r->blocks, &cap, n + 1, sizeof *r->blocks);
    cap = r->cap;
    r->cols = brasa__arena_grow(r->arena, r->cols, &cap, n + 1, sizeof *r->cols);
    r->cap = cap;
    r->blocks[n] = block;
    r->nblocks = n + 1;
    r->coming = NULL;
    r->cols[n] = BRASA_NEWS(r->arena, brasa_column, r->schema.ncols + 1);
    for (int32_t c = 0; c < r->schema.ncols; c++) {
        if (block->cols[c].encoding == BRASA_DICT) {
            brasa__column_gather(r->arena, &block->cols[c], NULL, block->rows, false, &r->cols[n][c]);
        } else {
            r->cols[n][c] = block->cols[c];
        }
    }
    r->rows += block->rows;
    r->bytes += block->bytes;
}

void brasa__rowset_sink(void *arg, brasa_block *block)
{
    brasa__rowset_add(arg, block);
}

static void gather_nested(const brasa_rowset *r, int32_t c, const uint32_t *block, const uint32_t *row, int32_t n, brasa_arena *arena,
                          brasa_column *out)
{
    bool one = true;

    for (int32_t i = 1; i < n && one; i++) one = block[i] == block[0];
    if (one && n > 0) {
        brasa__column_gather(arena, &r->cols[block[0]][c], (const int32_t *)(const void *)row, n, false, out);
        return;
    }
    brasa_value *values = BRASA_NEWS(arena, brasa_value, n + 1);
    for (int32_t i = 0; i < n; i++) values[i] = brasa__column_value(&r->cols[block[i]][c], (int32_t)row[i], arena);
    *out = brasa__values_column(arena, r->schema.cols[c].type, values, n);
}

static void gather_valid(brasa_column *const *cols, int32_t c, const uint32_t *block, const uint32_t *row, int32_t n, brasa_arena *arena,
                         brasa_column *out)
{
    uint64_t *valid = NULL;

    for (int32_t i = 0; i < n; i++) {
        const brasa_column *col = &cols[block[i]][c];

        if (col->valid == NULL || brasa_column_is_valid(col, (int32_t)row[i])) continue;
        if (valid == NULL) {
            valid = brasa__arena_alloc64(arena, brasa__bit_words(n) * 8);
            memset(valid, 0xff, brasa__bit_words(n) * 8);
        }
        brasa__bit_clear(valid, i);
    }
    out->valid = valid;
}

void brasa__blocks_gather(brasa_column *const *cols, int32_t c, brasa_type type, const uint32_t *block, const uint32_t *row, int32_t n,
                          brasa_arena *arena, brasa_column *out)
{
    size_t   width = brasa__type_width(type);
    uint8_t *v = brasa__arena_alloc64(arena, width * (size_t)n + 16);

#define LOOP(T)                                                                                    \
    for (int32_t i = 0; i < n; i++) {                                                              \
        const brasa_column *col = &cols[block[i]][c];                                              \
        ((T *)(void *)v)[i] = ((const T *)col->values)[col->encoding == BRASA_CONST ? 0 : row[i]]; \
    }
    switch (width) {
    case 1: LOOP(uint8_t) break;
    case 2: LOOP(uint16_t) break;
    case 4: LOOP(uint32_t) break;
    case 8: LOOP(uint64_t) break;
    case 16: LOOP(brasa_string) break;
    default: break;
    }
#undef LOOP
    *out = (brasa_column) {.type = type, .encoding = BRASA_FLAT, .values = v};
    gather_valid(cols, c, block, row, n, arena, out);
}

void brasa__rowset_gather(const brasa_rowset *r, int32_t c, const uint32_t *block, const uint32_t *row, int32_t n, brasa_arena *arena,
                          brasa_column *out)
{
    brasa_type type = r->schema.cols[c].type;

    if (brasa__type_is_nested(type)) {
        gather_nested(r, c, block, row, n, arena, out);
    } else {
        brasa__blocks_gather(r->cols, c, type, block, row, n, arena, out);
    }
}
