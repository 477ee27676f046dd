/* text_build.c -- a block built column by column from text. */
#include "storage/text_build.h"

#include <string.h>

#include "base/hash.h"
#include "data/type.h"

enum { FIRST_HEAP = 64 << 10, LARGEST_HEAP = 4 << 20 };

static void release(void *arg)
{
    brasa_build *b = arg;

    for (int32_t c = 0; c < b->ncols; c++) {
        brasa__buf_unref(b->cols[c].values);
        brasa__buf_unref(b->cols[c].valid);
        b->cols[c].values = b->cols[c].valid = NULL;
    }
    for (int32_t i = 0; i < b->nheaps; i++) brasa__buf_unref(b->heaps[i]);
    b->nheaps = 0;
}

void brasa__build_init(brasa_build *b, brasa_arena *arena, const brasa_type *types, int32_t ncols)
{
    *b = (brasa_build) {.ncols = ncols, .nout = ncols, .arena = arena};
    b->cols = BRASA_NEWS(arena, brasa_build_column, ncols + 1);
    for (int32_t c = 0; c < ncols; c++) {
        b->cols[c].type = types[c];
        b->cols[c].width = brasa__type_width(types[c]);
    }
    brasa__arena_defer(arena, release, b);
}

void brasa__build_begin(brasa_build *b, int32_t cap)
{
    b->rows = 0;
    b->cap = cap;
    for (int32_t c = 0; c < b->ncols; c++) b->cols[c].values = brasa__buf_new((size_t)cap * b->cols[c].width);
}

void brasa__build_null(brasa_build *b, int32_t col, int32_t row)
{
    brasa_build_column *k = &b->cols[col];

    if (k->valid == NULL) {
        size_t bytes = brasa__bit_words(b->cap) * 8;

        k->valid = brasa__buf_new(bytes);
        memset(k->valid->data, 0xff, bytes);
    }
    brasa__bit_clear(k->valid->data, row);
    memset((char *)k->values->data + (size_t)row * k->width, 0, k->width);
}

bool brasa__build_is_null(const brasa_build *b, int32_t col, int32_t row)
{
    return b->cols[col].valid != NULL && !brasa__bit_get(b->cols[col].valid->data, row);
}

static void add_heap(brasa_build *b, size_t need)
{
    size_t bytes = b->nheaps == 0 ? (size_t)FIRST_HEAP : b->heaps[b->nheaps - 1]->bytes * 2;

    if (bytes > LARGEST_HEAP) bytes = LARGEST_HEAP;
    if (bytes < need) bytes = need;
    b->heaps = brasa__arena_grow(b->arena, b->heaps, &b->heaps_cap, b->nheaps + 1, sizeof *b->heaps);
    b->heaps[b->nheaps] = brasa__buf_new(bytes);
    b->nheaps++;
    b->heap_used = 0;
}

brasa_string brasa__build_string(brasa_build *b, const char *p, size_t n)
{
    char *copy;

    if (n <= 12) return brasa__string(p, n);
    if (b->nheaps == 0 || b->heaps[b->nheaps - 1]->bytes - b->heap_used < n) add_heap(b, n);
    copy = (char *)b->heaps[b->nheaps - 1]->data + b->heap_used;
    memcpy(copy, p, n);
    b->heap_used += n;
    return brasa__string(copy, n);
}

static void move_row(brasa_build *b, int32_t from, int32_t to)
{
    for (int32_t c = 0; c < b->ncols; c++) {
        brasa_build_column *k = &b->cols[c];

        memcpy((char *)k->values->data + (size_t)to * k->width, (const char *)k->values->data + (size_t)from * k->width, k->width);
        if (k->valid == NULL) continue;
        if (brasa__bit_get(k->valid->data, from)) {
            brasa__bit_set(k->valid->data, to);
        } else {
            brasa__bit_clear(k->valid->data, to);
        }
    }
}

void brasa__build_drop(brasa_build *b, int32_t from, const bool *keep)
{
    int32_t to = from, rows = b->rows;

    for (int32_t i = from; i < rows; i++) {
        if (!keep[i - from]) continue;
        if (i != to) move_row(b, i, to);
        to++;
    }
    b->rows = to;
    for (int32_t c = 0; c < b->ncols; c++) /* what lies behind the last row must read as not null when rows follow */
        for (int32_t i = to; i < rows && b->cols[c].valid != NULL; i++) brasa__bit_set(b->cols[c].valid->data, i);
}

brasa_block *brasa__build_finish(brasa_build *b)
{
    int32_t       nbufs = 0;
    brasa_arena  *scratch;
    brasa_column *cols;
    brasa_buf   **bufs;
    brasa_block  *block;

    if (b->rows == 0) {
        release(b);
        return NULL;
    }
    scratch = brasa__arena_new(b->arena, "block");
    cols = BRASA_NEWS(scratch, brasa_column, b->ncols + 1);
    bufs = BRASA_NEWS(scratch, brasa_buf *, 2 * b->ncols + b->nheaps + 1);
    for (int32_t c = 0; c < b->nout; c++) {
        brasa_build_column *k = &b->cols[c];

        cols[c] = (brasa_column) {
            .type = k->type, .encoding = BRASA_FLAT, .values = k->values->data, .valid = k->valid == NULL ? NULL : k->valid->data};
        bufs[nbufs++] = k->values;
        if (k->valid != NULL) bufs[nbufs++] = k->valid;
    }
    for (int32_t i = 0; i < b->nheaps; i++) bufs[nbufs++] = b->heaps[i];
    block = brasa__block_make(cols, b->nout, b->rows, bufs, nbufs, NULL);
    for (int32_t c = 0; c < b->nout; c++) b->cols[c].values = b->cols[c].valid = NULL;
    b->nheaps = 0;
    release(b); /* the columns that are not handed out */
    b->rows = 0;
    brasa__arena_free(scratch);
    return block;
}
