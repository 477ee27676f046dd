/* exec/window_rank.c -- percentiles, modes and counts of different values over any frames.
 *
 * The values of the partition are sorted once and numbered: their ranks.  A frame is a count per rank, kept as rows enter and leave; a tree of sums over ranks (Fenwick) finds the k-th
 * value, a tree of maxima the commonest.  So a row costs two or three walks of log n steps, however long the frames are.
 */
#include <string.h>

#include "base/hash.h"
#include "exec/agg_list.h"
#include "exec/window_agg.h"

typedef enum rank_kind { PLACE, COMMONEST, DIFFERENT } rank_kind;

typedef struct ranks {
    brasa_window_agg *r;
    rank_kind         kind;
    int64_t           from;
    int32_t          *of;    /* row - from -> rank; -1: does not count */
    int64_t           n;     /* ranks */
    int64_t          *row;   /* rank -> a row that has it */
    int64_t          *count; /* rank -> rows in the frame */
    int64_t          *below; /* PLACE: the Fenwick tree, from 1 */
    int64_t           step;  /* PLACE: the largest power of two not above n */
    int64_t          *best;  /* COMMONEST: node k has the commonest rank below it; leaves from `leaves` on */
    int64_t           leaves;
    int64_t           rows, different;
    int64_t           lo, hi;  /* rows [lo, hi) are counted */
    brasa_agg_call    between; /* PLACE: of the two rows found */
    uint8_t          *state;
    brasa_arena      *one;
} ranks;

static rank_kind kind_of(const brasa_window_agg *r)
{
    brasa_agg_id id = r->c.agg->agg->id;

    return id == BRASA_AGG_COUNT ? DIFFERENT : id == BRASA_AGG_MODE ? COMMONEST : PLACE;
}

bool brasa__window_ranks(const brasa_window_agg *r)
{
    const brasa_expr *agg = r->c.agg;

    if (r->place != NULL || agg->nargs == 0) return false;
    switch ((int)agg->agg->id) {
    case BRASA_AGG_COUNT: return r->before != NULL && agg->nargs == 1;
    case BRASA_AGG_MODE: return r->before == NULL && agg->nargs == 1;
    case BRASA_AGG_PERCENTILE_CONT:
    case BRASA_AGG_PERCENTILE_DISC: return r->before == NULL && brasa__agg_percentile_is_plain(&r->c);
    default: return false;
    }
}

/* ---- ranks ---- */

static void number(ranks *s, int64_t to)
{
    brasa_window_agg   *r = s->r;
    brasa_arena        *arena = brasa__arena_new(r->part, "values");
    brasa_agg_list      list = {0};
    int64_t            *row = BRASA_NEWS(arena, int64_t, to - s->from + 1);
    const brasa_column *arg = &r->k->args[0];

    for (int64_t i = s->from; i < to; i++) {
        int32_t at = (int32_t)i;

        s->of[i - s->from] = -1;
        if (!brasa__window_agg_passes(r, i) || !brasa_column_is_valid(arg, at)) continue;
        brasa_agg_col one = brasa__agg_dense(arg, &at, 1, true, &r->dense[0]);
        row[list.n] = i;
        brasa__agg_list_add(&list, arena, &one, 0, -1);
    }
    const int64_t *order = list.n == 0 ? NULL : brasa__agg_list_by_value(&list, arena, arg->type);
    for (int64_t k = 0; k < list.n; k++) {
        if (k == 0 || !brasa__agg_list_equal(&list, arg->type, order[k - 1], order[k])) s->row[s->n++] = row[order[k]];
        s->of[row[order[k]] - s->from] = (int32_t)(s->n - 1);
    }
    brasa__arena_free(arena);
}

static void open_trees(ranks *s)
{
    brasa_arena *arena = s->r->part;

    s->count = BRASA_NEWS(arena, int64_t, s->n + 1);
    if (s->kind == PLACE) {
        s->below = BRASA_NEWS(arena, int64_t, s->n + 1);
        for (s->step = 1; s->step * 2 <= s->n; s->step *= 2) continue;
    }
    if (s->kind == COMMONEST) {
        for (s->leaves = 1; s->leaves < s->n; s->leaves *= 2) continue;
        s->best = BRASA_NEWS(arena, int64_t, 2 * s->leaves);
        for (int64_t k = 0; k < s->leaves; k++) s->best[s->leaves + k] = k < s->n ? k : s->n - 1;
        for (int64_t k = s->leaves - 1; k > 0; k--) s->best[k] = s->best[2 * k];
    }
}

/* Of equally common values the smallest. */
static void rebuild_best(ranks *s, int64_t rank)
{
    for (int64_t k = (s->leaves + rank) / 2; k > 0; k /= 2) {
        int64_t a = s->best[2 * k], b = s->best[2 * k + 1];

        s->best[k] = s->count[b] > s->count[a] ? b : a;
    }
}

/* A row enters (1) or leaves (-1). */
static void move(ranks *s, int64_t i, int64_t by)
{
    int64_t rank = s->of[i - s->from];

    if (rank < 0) return;
    s->count[rank] += by;
    s->rows += by;
    s->different += by > 0 ? s->count[rank] == 1 : -(int64_t)(s->count[rank] == 0);
    for (int64_t k = rank + 1; s->kind == PLACE && k <= s->n; k += k & -k) s->below[k] += by;
    if (s->kind == COMMONEST) rebuild_best(s, rank);
}

/* The rank of value number k, from 0, of those in the frame. */
static int64_t rank_at(const ranks *s, int64_t k)
{
    int64_t at = 0;

    for (int64_t step = s->step; step > 0; step /= 2) {
        if (at + step <= s->n && s->below[at + step] <= k) {
            at += step;
            k -= s->below[at];
        }
    }
    return at;
}

/* ---- frames ---- */

/* The ends move either way: a row that has been counted stays so until it is passed again. */
static void move_to(ranks *s, int64_t lo, int64_t hi)
{
    if (lo >= s->hi || hi <= s->lo) { /* nothing in common */
        while (s->lo < s->hi) move(s, s->lo++, -1);
        s->lo = s->hi = lo;
    }
    while (s->lo > lo) move(s, --s->lo, 1);
    while (s->hi < hi) move(s, s->hi++, 1);
    while (s->lo < lo) move(s, s->lo++, -1);
    while (s->hi > hi) move(s, --s->hi, -1);
}

/* Rows between the ranges: out of the count, and in again. */
static void gaps(ranks *s, const brasa_ranges *f, int64_t by)
{
    for (int32_t j = 1; j < f->n; j++) {
        for (int64_t i = f->at[j - 1].hi; i < f->at[j].lo; i++) move(s, i, by);
    }
}

static brasa_status add_rank(ranks *s, int64_t rank, brasa_error *err)
{
    s->r->rows[0] = (int32_t)s->row[rank];
    return brasa__window_agg_add_some(s->r, s->state, 1, 0, err);
}

/* The aggregate of the one or two rows that decide. */
static brasa_status decide(ranks *s, int64_t i, brasa_error *err)
{
    brasa_window_agg *r = s->r;
    int64_t           at;

    memset(s->state, 0, r->bytes);
    brasa__arena_reset(s->one);
    r->c.arena = s->one;
    if (s->rows == 0 || s->kind != PLACE) {
        if (s->rows > 0) BRASA_TRY(add_rank(s, s->best[1], err));
        return brasa__window_agg_put(r, s->state, i, err);
    }
    double part = brasa__agg_percentile_place(&r->c, s->rows, &at);
    BRASA_TRY(add_rank(s, rank_at(s, at), err));
    if (part > 0 && at + 1 < s->rows) BRASA_TRY(add_rank(s, rank_at(s, at + 1), err));
    const void *param = r->c.param;
    brasa__agg_percentile_between(&s->between, part);
    r->c.param = s->between.param;
    brasa_status status = brasa__window_agg_put(r, s->state, i, err);
    r->c.param = param;
    return status;
}

static brasa_status give(ranks *s, int64_t i, brasa_error *err)
{
    if (s->kind != DIFFERENT) return decide(s, i, err);
    brasa_column out = {.type = s->r->k->type, .encoding = BRASA_FLAT, .values = &s->different};

    brasa__window_put(s->r->k, i, &out, 0);
    return i % BRASA_BATCH_ROWS == 0 ? brasa_run_check(s->r->k->w->run, err) : BRASA_OK;
}

brasa_status brasa__window_rank(brasa_window_agg *r, int64_t from, int64_t to, brasa_error *err)
{
    ranks   s = {.r = r, .kind = kind_of(r), .from = from, .lo = from, .hi = from};
    int64_t last_lo = -1, last_hi = -1;
    int32_t last_n = -1;

    s.of = BRASA_NEWS(r->part, int32_t, to - from + 1);
    s.row = BRASA_NEWS(r->part, int64_t, to - from + 1);
    s.state = brasa__arena_alloc(r->part, r->bytes);
    s.one = brasa__arena_new(r->part, "frame");
    number(&s, to);
    open_trees(&s);
    if (s.kind == PLACE) s.between = brasa__agg_percentile_copy(&r->c, r->part);
    for (int64_t i = from; i < to; i++) {
        brasa_ranges f;

        brasa__framer_at(r->k->framer, from, to, i, &f);
        int64_t lo = f.n == 0 ? s.lo : f.at[0].lo, hi = f.n == 0 ? s.lo : f.at[f.n - 1].hi;
        if (i > from && f.n == 1 && last_n == 1 && lo == last_lo && hi == last_hi) {
            brasa__window_repeat(r->k, i, i - 1);
            continue;
        }
        last_n = f.n;
        last_lo = lo;
        last_hi = hi;
        move_to(&s, lo, hi);
        gaps(&s, &f, -1);
        BRASA_TRY(give(&s, i, err));
        gaps(&s, &f, 1);
    }
    return BRASA_OK;
}
