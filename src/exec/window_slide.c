/* exec/window_slide.c -- aggregates over frames of one range whose two ends only move on.
 *
 * Two stacks, as queues are made of them (Tangwongsan et al., "Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time", DEBS 2017, begin with it): the front holds for every row
 * the state of the rows from it to `middle`, the back one state of the rows from there on; a result is two states merged.  When the front is used up, the back becomes the front.
 * Of the front only one run of RUN rows has a state for every row; the runs behind it have one each, so that memory does not follow the frames.
 */
#include <string.h>

#include "exec/window_agg.h"

enum { RUN = 1024, MOST_BYTES = 1024 };

typedef struct slide {
    brasa_window_agg *r;
    int64_t           first, middle, hi; /* the front is [first, middle), the back [middle, hi) */
    int64_t           run;               /* of the front, that has `rows`; -1: none yet */
    uint8_t          *runs;              /* state k: from run k to middle */
    uint8_t          *rows;              /* state k: from row k of the run to middle */
    uint8_t          *back, *result;
    brasa_arena      *of_runs, *of_rows, *of_back, *of_result;
} slide;

bool brasa__window_slides(const brasa_window_agg *r)
{
    const brasa_agg_func *f = r->c.func;

    if (r->before != NULL || r->place != NULL || r->bytes > MOST_BYTES || brasa__framer_excludes(r->k->framer)) return false;
    return f == &brasa__aggfn_count || f == &brasa__aggfn_sum || f == &brasa__aggfn_avg || f == &brasa__aggfn_minmax ||
           f == &brasa__aggfn_bits || f == &brasa__aggfn_moments || f == &brasa__aggfn_pick || f == &brasa__aggfn_by;
}

static uint8_t *state_at(const slide *s, uint8_t *states, int64_t k)
{
    return states + s->r->bytes * (size_t)k;
}

static brasa_status merge(slide *s, uint8_t *dst, uint8_t *src, brasa_error *err)
{
    return s->r->c.func->merge(&s->r->c, &dst, &src, 1, err);
}

/* All of [lo, hi) is front. */
static brasa_status flip(slide *s, int64_t lo, int64_t hi, brasa_error *err)
{
    int64_t runs = (hi - lo + RUN - 1) / RUN;

    s->first = lo;
    s->middle = s->hi = hi;
    s->run = -1;
    brasa__arena_reset(s->of_runs);
    brasa__arena_reset(s->of_back);
    s->back = brasa__arena_alloc(s->of_back, s->r->bytes);
    s->runs = brasa__arena_alloc(s->of_runs, s->r->bytes * (size_t)(runs + 1));
    s->r->c.arena = s->of_runs;
    for (int64_t k = runs - 1; k > 0; k--) { /* of the first run only rows are asked for */
        int64_t from = lo + k * RUN, to = hi - from < RUN ? hi : from + RUN;

        BRASA_TRY(merge(s, state_at(s, s->runs, k), state_at(s, s->runs, k + 1), err));
        BRASA_TRY(brasa__window_agg_add(s->r, state_at(s, s->runs, k), from, to, err));
    }
    return BRASA_OK;
}

static brasa_status open_run(slide *s, int64_t run, int64_t lo, brasa_error *err)
{
    int64_t  start = s->first + run * RUN, end = s->middle - start < RUN ? s->middle : start + RUN;
    uint8_t *later = state_at(s, s->runs, run + 1);

    s->run = run;
    brasa__arena_reset(s->of_rows);
    s->rows = brasa__arena_alloc(s->of_rows, s->r->bytes * RUN);
    s->r->c.arena = s->of_rows;
    for (int64_t i = end - 1; i >= lo; i--) {
        uint8_t *state = state_at(s, s->rows, i - start);

        BRASA_TRY(merge(s, state, later, err));
        BRASA_TRY(brasa__window_agg_add(s->r, state, i, i + 1, err));
        later = state;
    }
    return BRASA_OK;
}

static brasa_status move_to(slide *s, int64_t lo, int64_t hi, brasa_error *err)
{
    if (lo < s->first || hi < s->hi) { /* a calendar's months differ in length: from new */
        BRASA_TRY(flip(s, lo, lo, err));
    }
    if (lo > s->middle) return flip(s, lo, hi, err);
    s->r->c.arena = s->of_back;
    BRASA_TRY(brasa__window_agg_add(s->r, s->back, s->hi, hi, err));
    s->hi = hi;
    return BRASA_OK;
}

/* lo -1: the frame is empty. */
static brasa_status give(slide *s, int64_t i, int64_t lo, brasa_error *err)
{
    memset(s->result, 0, s->r->bytes);
    brasa__arena_reset(s->of_result);
    if (lo >= 0 && lo < s->middle) {
        int64_t run = (lo - s->first) / RUN;

        if (run != s->run) BRASA_TRY(open_run(s, run, lo, err));
        s->r->c.arena = s->of_result;
        BRASA_TRY(merge(s, s->result, state_at(s, s->rows, lo - s->first - run * RUN), err));
    }
    s->r->c.arena = s->of_result;
    if (lo >= 0 && s->middle < s->hi) BRASA_TRY(merge(s, s->result, s->back, err));
    return brasa__window_agg_put(s->r, s->result, i, err);
}

brasa_status brasa__window_slide(brasa_window_agg *r, int64_t from, int64_t to, brasa_error *err)
{
    slide   s = {.r = r,
                 .of_runs = brasa__arena_new(r->part, "runs"),
                 .of_rows = brasa__arena_new(r->part, "rows"),
                 .of_back = brasa__arena_new(r->part, "back"),
                 .of_result = brasa__arena_new(r->part, "frame")};
    int64_t last_lo = -1, last_hi = -1;

    s.result = brasa__arena_alloc(r->part, r->bytes);
    BRASA_TRY(flip(&s, from, from, err));
    for (int64_t i = from; i < to; i++) {
        brasa_ranges f;

        brasa__framer_at(r->k->framer, from, to, i, &f);
        int64_t lo = f.n == 0 ? -1 : f.at[0].lo, hi = f.n == 0 ? -1 : f.at[0].hi;
        r->frame = &f;
        if (i > from && lo == last_lo && hi == last_hi) {
            brasa__window_repeat(r->k, i, i - 1);
            continue;
        }
        last_lo = lo;
        last_hi = hi;
        if (f.n > 0) BRASA_TRY(move_to(&s, lo, hi, err));
        BRASA_TRY(give(&s, i, lo, err));
    }
    return BRASA_OK;
}
