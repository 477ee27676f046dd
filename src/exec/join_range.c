/* exec/join_range.c -- see the header.
 *
 * Values of integers, dates, times and floats become numbers of 64 bits that sort like them, turned so that the first comparison is "build <= bound" and the second "build >= bound".  Build rows
 * are sorted by the first, so its candidates are a prefix; a tree of maxima over the second (as interval trees have it) steps from one candidate to the next in log n.  Both sides of a
 * BETWEEN fit, whichever side has the range.  The condition is evaluated again for all candidates: the index only leaves out pairs that cannot pass.
 */
#include "exec/join_range.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "data/type.h"
#include "exec/agg_func.h"
#include "expr/eval.h"

enum { LEAST_ROWS = 128 };

/* ---- numbers that sort like the values ---- */

static bool sortable(brasa_type t)
{
    switch ((int)brasa__type_phys(t)) {
    case BRASA_PHYS_I8:
    case BRASA_PHYS_I16:
    case BRASA_PHYS_I32:
    case BRASA_PHYS_I64:
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64: return true;
    default: return false;
    }
}

static uint64_t of_double(double v)
{
    uint64_t bits;

    if (isnan(v)) return UINT64_MAX - 1;
    v = v == 0 ? 0 : v; /* -0 is 0 */
    memcpy(&bits, &v, sizeof bits);
    return bits >> 63 != 0 ? ~bits : bits | (uint64_t)1 << 63;
}

static uint64_t of_whole(int64_t v)
{
    return (uint64_t)v ^ (uint64_t)1 << 63;
}

static uint64_t number_at(const brasa_agg_col *c, int32_t k)
{
    switch ((int)brasa__type_phys(c->type)) {
    case BRASA_PHYS_I8: return of_whole(((const int8_t *)c->v)[k]);
    case BRASA_PHYS_I16: return of_whole(((const int16_t *)c->v)[k]);
    case BRASA_PHYS_I32: return of_whole(((const int32_t *)c->v)[k]);
    case BRASA_PHYS_F32: return of_double((double)((const float *)c->v)[k]);
    case BRASA_PHYS_F64: return of_double(((const double *)c->v)[k]);
    default: return of_whole(((const int64_t *)c->v)[k]);
    }
}

/* ---- the condition ---- */

/* Are all columns of e among [from, from + n), and is there one? */
static bool only_of(brasa_arena *arena, const brasa_expr *e, int32_t from, int32_t n, int32_t all)
{
    uint64_t *used = BRASA_NEWS(arena, uint64_t, all / 64 + 1);
    bool      some = false;

    brasa__expr_refs(e, used);
    for (int32_t i = 0; i < all; i++) {
        if (!brasa__bit_get(used, i)) continue;
        if (i < from || i >= from + n) return false;
        some = true;
    }
    return some;
}

typedef struct sides {
    int32_t stream, nstream, build, nbuild;
} sides;

typedef struct comparison {
    const brasa_expr *build, *bound;
    bool              strict, down; /* down: build >= bound */
} comparison;

static const brasa_expr *moved(brasa_arena *arena, const brasa_expr *e, int32_t from, int32_t n, int32_t all)
{
    int32_t *map = BRASA_NEWS(arena, int32_t, all + 1);

    for (int32_t i = 0; i < all; i++) map[i] = i >= from && i < from + n ? i - from : -1;
    return brasa__expr_remap(arena, e, map);
}

static bool take_comparison(brasa_arena *arena, const brasa_expr *e, const sides *s, comparison *out)
{
    int32_t all = s->nstream + s->nbuild;

    if (e->kind != BRASA_EXPR_CALL || e->nargs != 2 || (e->name[0] != '<' && e->name[0] != '>')) return false;
    if (e->name[1] != 0 && strcmp(e->name + 1, "=") != 0) return false;
    const brasa_expr *a = e->args[0], *b = e->args[1];
    bool              greater = e->name[0] == '>';
    if (!sortable(a->type) || !brasa__type_equal(a->type, b->type) || !brasa__expr_is_deterministic(e)) return false;
    if (only_of(arena, a, s->stream, s->nstream, all)) {
        const brasa_expr *swap = a;

        a = b;
        b = swap;
        greater = !greater;
    }
    if (!only_of(arena, a, s->build, s->nbuild, all) || !only_of(arena, b, s->stream, s->nstream, all)) return false;
    *out = (comparison) {.build = moved(arena, a, s->build, s->nbuild, all),
                         .bound = moved(arena, b, s->stream, s->nstream, all),
                         .strict = e->name[1] == 0,
                         .down = greater};
    return true;
}

/* The first comparison, and one of the other direction, or else any second. */
static int32_t find_comparisons(brasa_arena *arena, const brasa_expr *condition, const sides *s, comparison out[2])
{
    const brasa_expr **list;
    int32_t            n, found = 0;

    brasa__expr_conjuncts(arena, condition, &list, &n);
    for (int32_t i = 0; i < n; i++) {
        comparison c;

        if (!take_comparison(arena, list[i], s, &c)) continue;
        if (found < 2) {
            out[found++] = c;
        } else if (out[0].down == out[1].down && c.down != out[0].down) {
            out[1] = c;
        }
    }
    return found;
}

/* ---- building ---- */

typedef struct entry {
    uint64_t first, second;
    uint32_t block, row;
} entry;

static int by_first(const void *a, const void *b)
{
    const entry *x = a, *y = b;

    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    if (x->block != y->block) return x->block < y->block ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static brasa_status take_block(brasa_join_table *t, int32_t b, const comparison *by, int32_t n, brasa_arena *arena, entry *out,
                               int64_t *count, brasa_error *err)
{
    const brasa_expr *exprs[2] = {by[0].build, by[n - 1].build};
    brasa_column     *in = BRASA_NEWS(arena, brasa_column, t->schema.ncols + 1), values[2];
    brasa_agg_scratch scratch[2];
    brasa_eval       *eval;

    BRASA_TRY(brasa__eval_new(arena, exprs, n, &eval, err));
    for (int32_t i = 0; i < n; i++) brasa__agg_scratch_init(arena, exprs[i]->type, &scratch[i]);
    for (int32_t from = 0; from < t->blocks[b].rows; from += BRASA_BATCH_ROWS) {
        int32_t       left = t->blocks[b].rows - from, rows = left < BRASA_BATCH_ROWS ? left : BRASA_BATCH_ROWS;
        brasa_agg_col dense[2];

        for (int32_t c = 0; c < t->schema.ncols; c++) brasa__column_slice(&t->blocks[b].cols[c], from, &in[c]);
        brasa_batch batch = {.rows = rows, .ncols = t->schema.ncols, .cols = in, .nsel = rows};
        BRASA_TRY(brasa__eval_run(eval, &batch, values, err));
        for (int32_t i = 0; i < n; i++) dense[i] = brasa__agg_dense(&values[i], NULL, rows, true, &scratch[i]);
        for (int32_t k = 0; k < rows; k++) {
            uint64_t number[2] = {0, 0};
            bool     null = false;

            for (int32_t i = 0; i < n; i++) {
                null = null || !brasa__agg_valid(&dense[i], k);
                number[i] = number_at(&dense[i], k);
                if (by[i].down) number[i] = ~number[i];
            }
            if (!null)
                out[(*count)++] = (entry) {.first = number[0], .second = ~number[1], .block = (uint32_t)b, .row = (uint32_t)(from + k)};
        }
    }
    return brasa_run_check(t->run, err);
}

static void keep_sorted(brasa_join_range *r, brasa_arena *arena, entry *entries)
{
    qsort(entries, (size_t)r->n, sizeof *entries, by_first);
    r->first = BRASA_NEWS(arena, uint64_t, r->n + 1);
    r->block = BRASA_NEWS(arena, uint32_t, r->n + 1);
    r->row = BRASA_NEWS(arena, uint32_t, r->n + 1);
    for (r->leaves = 1; r->leaves < r->n; r->leaves *= 2) continue;
    r->most = BRASA_NEWS(arena, uint64_t, 2 * r->leaves);
    for (int64_t i = 0; i < r->n; i++) {
        r->first[i] = entries[i].first;
        r->block[i] = entries[i].block;
        r->row[i] = entries[i].row;
        r->most[r->leaves + i] = entries[i].second;
    }
    for (int64_t k = r->leaves - 1; k > 0; k--) r->most[k] = r->most[2 * k] > r->most[2 * k + 1] ? r->most[2 * k] : r->most[2 * k + 1];
}

brasa_status brasa__join_range_build(brasa_join_table *t, const brasa_expr *condition, int32_t stream, int32_t nstream, int32_t build,
                                     brasa_join_range **out, brasa_error *err)
{
    sides        s = {.stream = stream, .nstream = nstream, .build = build, .nbuild = t->schema.ncols};
    brasa_arena *arena;
    comparison   by[2];
    int64_t      n = 0;

    *out = NULL;
    if (t->rows < LEAST_ROWS || condition == NULL) return BRASA_OK;
    int32_t found = find_comparisons(t->arena, condition, &s, by);
    if (found == 0) return BRASA_OK;
    arena = brasa__arena_new(t->arena, "join range");
    entry *entries = BRASA_NEWS(arena, entry, t->rows + 1);
    for (int32_t b = 0; b < t->nblocks; b++) {
        brasa_error failed = {0};

        /* What fails here may never be asked for: then all pairs are tried. */
        if (take_block(t, b, by, found, arena, entries, &n, &failed) == BRASA_OK) continue;
        brasa__arena_free(arena);
        return brasa_run_check(t->run, err);
    }
    brasa_join_range *r = BRASA_NEW(t->arena, brasa_join_range);
    r->nbounds = found;
    r->n = n;
    for (int32_t i = 0; i < found; i++) {
        r->bounds[i] = by[i].bound;
        r->strict[i] = by[i].strict;
        r->down[i] = by[i].down;
    }
    keep_sorted(r, t->arena, entries);
    brasa__arena_free(arena);
    *out = r;
    return BRASA_OK;
}

/* ---- lookups ---- */

/* The largest number that passes; false: none does. */
static bool bound_of(const brasa_join_range *r, int32_t i, const brasa_agg_col *c, int32_t k, uint64_t *out)
{
    if (!brasa__agg_valid(c, k)) return false;
    *out = number_at(c, k);
    if (r->down[i]) *out = ~*out;
    if (!r->strict[i]) return true;
    if (*out == 0) return false;
    --*out;
    return true;
}

brasa_join_candidates brasa__join_range_of(const brasa_join_range *r, const brasa_agg_col *bounds, int32_t k)
{
    brasa_join_candidates c = {0};
    uint64_t              most, second = UINT64_MAX;
    int64_t               lo = 0, hi = r->n;

    if (!bound_of(r, 0, &bounds[0], k, &most)) return c;
    if (r->nbounds == 2 && !bound_of(r, 1, &bounds[1], k, &second)) return c;
    while (lo < hi) {
        int64_t middle = lo + (hi - lo) / 2;

        if (r->first[middle] <= most) {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    c.end = lo;
    c.least = ~second;
    return c;
}

int64_t brasa__join_range_next(const brasa_join_range *r, brasa_join_candidates *c)
{
    if (c->at >= c->end) return -1;
    int64_t node = r->leaves + c->at;

    while (r->most[node] < c->least) { /* on to the next subtree on the right */
        while ((node & 1) != 0) node /= 2;
        if (node == 0) {
            c->at = c->end;
            return -1;
        }
        node++;
    }
    while (node < r->leaves) node = r->most[2 * node] >= c->least ? 2 * node : 2 * node + 1;
    int64_t found = node - r->leaves;
    c->at = found + 1;
    return found < c->end ? found : -1;
}
