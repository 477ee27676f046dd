/* exec/sort_rows.c -- see the header. */
#include "exec/sort_rows.h"

#include <string.h>

#include "data/type.h"
#include "expr/eval.h"

typedef struct item {
    uint64_t hi;
    uint32_t block, row;
} item;

typedef struct sorter {
    const brasa_rowset    *rows;
    const brasa_sort_spec *spec;
    brasa_run             *run;
    uint64_t             **lo;    /* [nblocks]: second words */
    bool                   exact; /* equal prefixes are equal keys */
    item                  *a, *b;
    int64_t                n;
} sorter;

void brasa__sort_spec_make(brasa_arena *arena, const int32_t *cols, const brasa_order *keys, int32_t nkeys, int32_t ncols,
                           brasa_sort_spec *out)
{
    bool *used = BRASA_NEWS(arena, bool, ncols + 1);

    out->keys = BRASA_NEWS(arena, brasa_sortkey_col, nkeys + ncols + 1);
    out->nwanted = nkeys;
    out->nkeys = 0;
    for (int32_t i = 0; i < nkeys; i++) {
        out->keys[out->nkeys++] = (brasa_sortkey_col) {.col = cols[i], .desc = keys[i].desc, .nulls_last = keys[i].nulls_last};
        used[cols[i]] = true;
    }
    for (int32_t c = 0; c < ncols; c++) {
        if (!used[c]) out->keys[out->nkeys++] = (brasa_sortkey_col) {.col = c};
    }
}

/* ---- prefixes ---- */

static brasa_sortkey_col *with_nulls(brasa_arena *arena, const sorter *s)
{
    brasa_sortkey_col *keys = brasa__arena_copy(arena, s->spec->keys, sizeof *keys * (size_t)(s->spec->nkeys + 1));

    for (int32_t k = 0; k < s->spec->nkeys; k++) {
        for (int32_t b = 0; b < s->rows->nblocks && !keys[k].nullable; b++) keys[k].nullable = s->rows->cols[b][keys[k].col].valid != NULL;
    }
    return keys;
}

static void make_items(brasa_arena *arena, sorter *s)
{
    brasa_sortkey_col *keys = with_nulls(arena, s);
    int64_t            at = 0;

    s->lo = BRASA_NEWS(arena, uint64_t *, s->rows->nblocks + 1);
    s->exact = true;
    for (int32_t b = 0; b < s->rows->nblocks; b++) {
        int32_t   n = s->rows->blocks[b]->rows;
        uint64_t *hi = brasa__arena_alloc64(arena, (size_t)n * 8);

        s->lo[b] = brasa__arena_alloc64(arena, (size_t)n * 8);
        s->exact = brasa__sortkey_prefix(s->rows->cols[b], keys, s->spec->nkeys, n, hi, s->lo[b]) && s->exact;
        for (int32_t i = 0; i < n; i++) s->a[at++] = (item) {.hi = hi[i], .block = (uint32_t)b, .row = (uint32_t)i};
    }
}

/* ---- first word ---- */

static bool in_order(const item *a, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        if (a[i - 1].hi > a[i].hi) return false;
    }
    return true;
}

/* Stable sort of s->a by hi; may swap s->a and s->b. */
static brasa_status radix(sorter *s, brasa_error *err)
{
    int64_t      count[8][256] = {{0}};
    brasa_status status = BRASA_OK;

    for (int64_t i = 0; i < s->n; i++) {
        for (int32_t d = 0; d < 8; d++) count[d][s->a[i].hi >> (8 * d) & 255]++;
    }
    for (int32_t d = 0; d < 8 && status == BRASA_OK; d++) {
        int64_t at = 0;

        if (count[d][s->a[0].hi >> (8 * d) & 255] == s->n) continue; /* the same byte everywhere */
        for (int32_t v = 0; v < 256; v++) {
            int64_t c = count[d][v];

            count[d][v] = at;
            at += c;
        }
        for (int64_t i = 0; i < s->n; i++) s->b[count[d][s->a[i].hi >> (8 * d) & 255]++] = s->a[i];
        item *t = s->a;
        s->a = s->b;
        s->b = t;
        status = brasa_run_check(s->run, err);
    }
    return status;
}

/* ---- runs of equal first words ---- */

static int compare(const sorter *s, const item *x, const item *y)
{
    uint64_t p = s->lo[x->block][x->row], q = s->lo[y->block][y->row];

    if (x->hi != y->hi) return x->hi < y->hi ? -1 : 1;
    if (p != q) return p < q ? -1 : 1;
    if (s->exact) return 0;
    return brasa__sortkey_compare(s->rows->cols[x->block], (int32_t)x->row, s->rows->cols[y->block], (int32_t)y->row, s->spec->keys,
                                  s->spec->nkeys);
}

#include "exec/merge_sort.tmpl.h"

static brasa_status sort_ties(const sorter *s, brasa_error *err)
{
    int64_t from = 0;

    for (int64_t i = 1; i <= s->n; i++) {
        if (i < s->n && s->a[i].hi == s->a[from].hi) continue;
        if (i - from > 1) merge_sort(s, s->a + from, s->b + from, i - from);
        if (i - from > 1 << 16) BRASA_TRY(brasa_run_check(s->run, err));
        from = i;
    }
    return BRASA_OK;
}

static void free_buf(void *slot)
{
    brasa__buf_unref(*(brasa_buf **)slot);
}

static void *buffer(brasa_arena *arena, size_t bytes)
{
    brasa_buf **slot = BRASA_NEW(arena, brasa_buf *);

    brasa__arena_defer(arena, free_buf, slot); /* first: it may throw */
    *slot = brasa__buf_new(bytes + 64);
    return (*slot)->data;
}

brasa_status brasa__sort_rows(brasa_arena *arena, brasa_run *run, const brasa_rowset *rows, const brasa_sort_spec *spec, brasa_sorted *out,
                              brasa_error *err)
{
    brasa_arena *scratch = brasa__arena_new(arena, "sort");
    sorter       s = {.rows = rows, .spec = spec, .run = run, .n = rows->rows};

    *out = (brasa_sorted) {.rows = s.n, .block = buffer(arena, (size_t)s.n * 4), .row = buffer(arena, (size_t)s.n * 4)};
    if (s.n == 0) return BRASA_OK;
    s.a = buffer(scratch, sizeof(item) * (size_t)s.n);
    s.b = buffer(scratch, sizeof(item) * (size_t)s.n);
    make_items(scratch, &s);
    if (!in_order(s.a, s.n)) {
        if (s.n <= 256) {
            merge_sort(&s, s.a, s.b, s.n);
        } else {
            BRASA_TRY(radix(&s, err));
        }
    }
    BRASA_TRY(sort_ties(&s, err));
    for (int64_t i = 0; i < s.n; i++) {
        out->block[i] = s.a[i].block;
        out->row[i] = s.a[i].row;
    }
    brasa__arena_free(scratch);
    return BRASA_OK;
}

/* ---- computed keys ---- */

brasa_status brasa__sort_input_open(brasa_arena *arena, brasa_schema in, const brasa_order *keys, int32_t nkeys, brasa_sort_input *out,
                                    brasa_error *err)
{
    const brasa_expr **exprs = BRASA_NEWS(arena, const brasa_expr *, nkeys + 1);
    brasa_field       *fields = BRASA_NEWS(arena, brasa_field, in.ncols + nkeys + 1);

    if (in.ncols > 0) memcpy(fields, in.cols, sizeof *fields * (size_t)in.ncols);
    *out = (brasa_sort_input) {.key_col = BRASA_NEWS(arena, int32_t, nkeys + 1)};
    for (int32_t i = 0; i < nkeys; i++) {
        if (keys[i].expr->kind == BRASA_EXPR_REF) {
            out->key_col[i] = keys[i].expr->index;
            continue;
        }
        out->key_col[i] = in.ncols + out->ncomputed;
        fields[out->key_col[i]] = (brasa_field) {.name = "", .type = keys[i].expr->type, .nullable = true};
        exprs[out->ncomputed++] = keys[i].expr;
    }
    out->schema = (brasa_schema) {.ncols = in.ncols + out->ncomputed, .cols = fields};
    out->cols = BRASA_NEWS(arena, brasa_column, out->schema.ncols + 1);
    return out->ncomputed == 0 ? BRASA_OK : brasa__eval_new(arena, exprs, out->ncomputed, &out->eval, err);
}

brasa_status brasa__sort_input_batch(brasa_sort_input *si, const brasa_batch *in, brasa_batch *out, brasa_error *err)
{
    *out = *in;
    if (si->eval == NULL) return BRASA_OK;
    if (in->ncols > 0) memcpy(si->cols, in->cols, sizeof *si->cols * (size_t)in->ncols);
    BRASA_TRY(brasa__eval_run(si->eval, in, si->cols + in->ncols, err));
    out->cols = si->cols;
    out->ncols = si->schema.ncols;
    return BRASA_OK;
}
