/* shuffle/hold.c -- RANGE and NUMBER: rows are held until all are known, then routed by threads of this rank.
 *
 * The whole is ordered by (source partition, rank, thread, row); with the number of rows of every source each held block knows the number of
 * its first row, which makes samples and the spread a function of the data, not of the ranks.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "comm/agree.h"
#include "shuffle/inner.h"

typedef struct tally {
    int32_t source, rank, thread, pad;
    int64_t rows;
    int64_t first; /* filled when all are known */
} tally;

typedef struct table {
    tally  *items;
    int32_t count;
} table;

static int compare_tallies(const void *a, const void *b)
{
    const tally *x = a, *y = b;

    if (x->source != y->source) return x->source < y->source ? -1 : 1;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return x->thread < y->thread ? -1 : x->thread > y->thread;
}

/* Rows per (source, thread) of this rank. */
static void count_own(brasa_exchange *x, table *out)
{
    int32_t cap = 0;

    for (int32_t t = 0; t < x->threads; t++) {
        const entries *held = &x->writers[t].held;

        for (int32_t i = 0; i < held->count; i++) {
            const entry *e = &held->items[i];
            tally       *last = out->count == 0 ? NULL : &out->items[out->count - 1];

            if (last == NULL || last->thread != t || last->source != e->source) {
                out->items = brasa__arena_grow(x->arena, out->items, &cap, out->count + 1, sizeof(tally));
                last = &out->items[out->count++];
                *last = (tally) {.source = e->source, .rank = x->comm->rank, .thread = t};
            }
            last->rows += e->block->rows;
        }
    }
}

/* A source that a thread came back to has several rows: make them one. */
static void merge_same(table *t)
{
    int32_t n = 0;

    if (t->count == 0) return;
    qsort(t->items, (size_t)t->count, sizeof *t->items, compare_tallies);
    for (int32_t i = 1; i < t->count; i++) {
        if (compare_tallies(&t->items[n], &t->items[i]) == 0)
            t->items[n].rows += t->items[i].rows;
        else
            t->items[++n] = t->items[i];
    }
    t->count = n + 1;
}

typedef struct count_call {
    brasa_exchange *x;
    table           own;
} count_call;

static brasa_status call_count(void *arg, brasa_error *err)
{
    count_call *c = arg;

    (void)err;
    count_own(c->x, &c->own);
    merge_same(&c->own);
    return BRASA_OK;
}

/* Give every held block the number of its first row. */
static void number_blocks(brasa_exchange *x, table *all)
{
    int64_t at = 0;

    qsort(all->items, (size_t)all->count, sizeof *all->items, compare_tallies);
    for (int32_t i = 0; i < all->count; i++) {
        all->items[i].first = at;
        at += all->items[i].rows;
    }
    x->total_rows = at;
    for (int32_t t = 0; t < x->threads; t++) {
        entries *held = &x->writers[t].held;

        for (int32_t i = 0; i < held->count; i++) {
            tally  key = {.source = held->items[i].source, .rank = x->comm->rank, .thread = t};
            tally *found = bsearch(&key, all->items, (size_t)all->count, sizeof key, compare_tallies);

            held->items[i].first = found->first;
            found->first += held->items[i].block->rows;
        }
    }
}

typedef struct number_call {
    brasa_exchange *x;
    brasa_buf      *all;
    const int64_t  *offsets, *sizes;
} number_call;

static brasa_status call_number(void *arg, brasa_error *err)
{
    number_call *n = arg;
    int32_t      size = n->x->comm->size;
    table        t = {0};
    int64_t      bytes = 0;

    (void)err;
    for (int32_t r = 0; r < size; r++) bytes += n->sizes[r];
    t.items = brasa__arena_alloc(n->x->arena, (size_t)bytes + sizeof(tally));
    for (int32_t r = 0; r < size; r++) {
        memcpy(t.items + t.count, (const char *)n->all->data + n->offsets[r], (size_t)n->sizes[r]);
        t.count += (int32_t)((size_t)n->sizes[r] / sizeof(tally));
    }
    number_blocks(n->x, &t);
    return BRASA_OK;
}

brasa_status brasa__hold_plan(brasa_exchange *x, brasa_error *err)
{
    count_call   c = {.x = x};
    number_call  n = {.x = x};
    brasa_status local = brasa__guarded(call_count, &c, err);
    int64_t     *offsets, *sizes;

    BRASA_TRY(brasa__everyone(x->comm, local, x->arena, c.own.items, sizeof(tally) * (size_t)c.own.count, &n.all, &offsets, &sizes, err));
    n.offsets = offsets;
    n.sizes = sizes;
    local = brasa__guarded(call_number, &n, err);
    brasa__buf_unref(n.all);
    BRASA_TRY(brasa__agree(x->comm, local, err));
    if (x->spec.kind == BRASA_EXCHANGE_RANGE) return brasa__bounds_find(x, err);
    return BRASA_OK;
}

/* ---- phase two ---- */

typedef struct helper {
    writer    *w;
    brasa_ctx *ctx;
} helper;

static brasa_status route_all(void *arg, brasa_error *err)
{
    writer *w = arg;

    for (int32_t i = 0; i < w->held.count; i++) {
        entry *e = &w->held.items[i];

        if (e->block == NULL) continue;
        BRASA_TRY(brasa__route_held(w, e, err));
        brasa__block_unref(e->block); /* memory goes as rows go */
        e->block = NULL;
    }
    w->held.count = 0;
    return BRASA_OK;
}

static void *helper_main(void *arg)
{
    helper          h = *(helper *)arg;
    brasa_exchange *x = h.w->x;
    brasa_error     err;

    brasa__ctx_set(h.ctx);
    brasa__error_clear(&err);
    if (brasa__guarded(route_all, h.w, &err) != BRASA_OK) brasa__exchange_fail(x, &err);
    (void)brasa__exchange_thread_end(x, h.w->number, &err);
    brasa__ctx_set(NULL);
    return NULL;
}

typedef struct scatter_call {
    brasa_exchange *x;
    helper         *helpers;
} scatter_call;

static brasa_status call_scatter(void *arg, brasa_error *err)
{
    scatter_call *s = arg;

    (void)err;
    s->helpers = BRASA_NEWS(s->x->arena, helper, s->x->threads);
    return BRASA_OK;
}

brasa_status brasa__hold_scatter(brasa_exchange *x, brasa_error *err)
{
    scatter_call s = {.x = x};

    BRASA_TRY(brasa__guarded(call_scatter, &s, err));
    x->phase_two = true;
    x->ended = 0;
    for (int32_t t = 0; t < x->threads; t++) {
        x->writers[t].ended = false;
        x->writers[t].source = -1;
        s.helpers[t] = (helper) {.w = &x->writers[t], .ctx = brasa__ctx()};
    }
    for (int32_t t = 0; t < x->threads; t++) {
        int rc = pthread_create(&x->helpers[t], NULL, helper_main, &s.helpers[t]);

        if (rc != 0) return brasa__fail_errno(err, rc, "a thread for a shuffle");
        x->nhelpers++;
    }
    return BRASA_OK;
}

void brasa__hold_join(brasa_exchange *x)
{
    for (int32_t t = 0; t < x->nhelpers; t++) pthread_join(x->helpers[t], NULL);
    x->nhelpers = 0;
}
