/* block.c -- making, sharing and releasing blocks; lists of blocks.
 *
 * A block, its columns and its buffer list are one allocation, sized when it is made; nested columns and types live in `keep`.
 */
#include "data/block.h"

#include <string.h>

#include "base/alloc.h"
#include "data/type.h"

static size_t block_size(int32_t ncols, int32_t nbufs)
{
    size_t head = (sizeof(brasa_block) + 15) / 16 * 16;

    return head + sizeof(brasa_column) * (size_t)ncols + sizeof(brasa_buf *) * (size_t)nbufs;
}

static brasa_block *block_new(int32_t ncols, int32_t nbufs)
{
    char        *p = brasa__alloc(block_size(ncols, nbufs));
    brasa_block *b = (brasa_block *)p;

    atomic_init(&b->refs, 1);
    atomic_init(&b->ranges, NULL);
    b->ncols = ncols;
    b->nbufs = nbufs;
    b->cols = (brasa_column *)(p + (sizeof(brasa_block) + 15) / 16 * 16);
    b->bufs = (brasa_buf **)(b->cols + ncols);
    return b;
}

brasa_block *brasa__block_ref(brasa_block *b)
{
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

void brasa__block_unref(brasa_block *b)
{
    if (b == NULL || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1) return;
    for (int32_t i = 0; i < b->nbufs; i++) brasa__buf_unref(b->bufs[i]);
    brasa__arena_free(b->keep);
    brasa__block_unref(b->parent);
    brasa__block_forget_ranges(b);
    brasa__free(b, block_size(b->ncols, b->nbufs));
}

static bool column_owns(const brasa_column *c)
{
    return c->child != NULL || c->type.fields != NULL;
}

static int32_t child_count(const brasa_column *c)
{
    if (c->child == NULL) return 0;
    return c->encoding == BRASA_DICT || c->type.kind != BRASA_KIND_STRUCT ? 1 : c->type.nfields;
}

static brasa_column column_copy(brasa_arena *keep, const brasa_column *in)
{
    brasa_column c = *in;
    int32_t      n = child_count(in);

    c.type = brasa__type_copy(keep, in->type);
    if (n > 0) {
        brasa_column *kids = BRASA_NEWS(keep, brasa_column, n);

        for (int32_t i = 0; i < n; i++) kids[i] = column_copy(keep, &in->child[i]);
        c.child = kids;
    }
    return c;
}

typedef struct {
    const brasa_column *cols;
    brasa_arena        *keep;
    brasa_block        *block;
} make_state;

static brasa_status make_columns(void *arg, brasa_error *err)
{
    make_state *s = arg;

    (void)err;
    for (int32_t i = 0; i < s->block->ncols; i++) {
        if (column_owns(&s->cols[i]) && s->keep == NULL) s->keep = brasa__arena_new(NULL, "block");
        s->block->cols[i] = column_owns(&s->cols[i]) ? column_copy(s->keep, &s->cols[i]) : s->cols[i];
    }
    return BRASA_OK;
}

brasa_block *brasa__block_make(const brasa_column *cols, int32_t ncols, int32_t rows, brasa_buf **bufs, int32_t nbufs, brasa_arena *keep)
{
    brasa_error  err;
    brasa_block *b = block_new(ncols, nbufs);
    make_state   s = {.cols = cols, .keep = keep, .block = b};

    if (brasa__guarded(make_columns, &s, &err) != BRASA_OK) {
        if (keep == NULL) brasa__arena_free(s.keep);
        brasa__free(b, block_size(ncols, nbufs));
        brasa__throw_error(&err);
    }
    b->rows = rows;
    b->keep = s.keep;
    for (int32_t i = 0; i < nbufs; i++) {
        b->bufs[i] = bufs[i];
        b->bytes += bufs[i]->bytes;
    }
    return b;
}

brasa_block *brasa__block_project(const brasa_block *b, const int32_t *which, int32_t n)
{
    brasa_block *out = block_new(n, 0);
    /* a reference changes the count only, which is no part of what a block says */
    brasa_block *root = (brasa_block *)(uintptr_t)(b->parent != NULL ? b->parent : b);
    size_t       all = 0, some = 0;

    for (int32_t i = 0; i < b->ncols; i++) all += 1 + brasa__type_width(b->cols[i].type);
    for (int32_t i = 0; i < n; i++) {
        out->cols[i] = b->cols[which[i]];
        some += 1 + brasa__type_width(out->cols[i].type);
    }
    out->rows = b->rows;
    out->bytes = all == 0 ? 0 : (size_t)((double)b->bytes * ((double)some / (double)all));
    out->parent = brasa__block_ref(root);
    return out;
}

static brasa_status grow_list(void *arg, brasa_error *err)
{
    brasa_blocks *list = arg;
    int32_t       cap = list->cap == 0 ? 8 : list->cap * 2;

    (void)err;
    list->items = brasa__realloc(list->items, sizeof(brasa_block *) * (size_t)list->cap, sizeof(brasa_block *) * (size_t)cap);
    list->cap = cap;
    return BRASA_OK;
}

void brasa__blocks_add(brasa_blocks *list, brasa_block *block)
{
    brasa_error err;

    if (list->count == list->cap && brasa__guarded(grow_list, list, &err) != BRASA_OK) {
        brasa__block_unref(block);
        brasa__throw_error(&err);
    }
    list->items[list->count++] = block;
    list->rows += block->rows;
    list->bytes += block->bytes;
}

void brasa__blocks_clear(brasa_blocks *list)
{
    for (int32_t i = 0; i < list->count; i++) brasa__block_unref(list->items[i]);
    brasa__free(list->items, sizeof(brasa_block *) * (size_t)list->cap);
    *list = (brasa_blocks) {0};
}

void brasa__blocks_sink(void *arg, brasa_block *block)
{
    brasa__blocks_add(arg, block);
}
