/* exec/window_func.c -- row_number and its like, and functions that give one row's value. */
#include <string.h>

#include "base/hash.h"
#include "data/type.h"
#include "data/value.h"
#include "exec/window.h"

/* Work on one window partition: positions [from, to). */
typedef brasa_status brasa_window_run(brasa_window_work *k, int64_t from, int64_t to, brasa_error *err);

struct brasa_window_fn {
    const char       *name;
    brasa_window_run *run;
};

/* ---- results ---- */

void brasa__window_put_null(brasa_window_work *k, int64_t i)
{
    if (k->values != NULL) {
        k->values[i] = (brasa_value) {.type = k->type, .null = true};
    } else {
        brasa__bit_clear(k->valid, i);
    }
}

void brasa__window_put(brasa_window_work *k, int64_t i, const brasa_column *col, int64_t row)
{
    if (!brasa_column_is_valid(col, (int32_t)row)) {
        brasa__window_put_null(k, i);
    } else if (k->values != NULL) {
        k->values[i] = brasa__column_value(col, (int32_t)row, k->w->arena);
    } else {
        size_t at = col->encoding == BRASA_CONST ? 0 : (size_t)row;

        memcpy(k->v + k->width * (size_t)i, (const uint8_t *)col->values + k->width * at, k->width);
    }
}

void brasa__window_repeat(brasa_window_work *k, int64_t i, int64_t from)
{
    if (k->values != NULL) {
        k->values[i] = k->values[from];
    } else {
        if (!brasa__bit_get(k->valid, from)) brasa__bit_clear(k->valid, i);
        memcpy(k->v + k->width * (size_t)i, k->v + k->width * (size_t)from, k->width);
    }
}

static bool valid(const brasa_column *c, int64_t i)
{
    return brasa_column_is_valid(c, (int32_t)i);
}

/* ---- numbers of rows ---- */

static brasa_status put_number(const brasa_window_work *k, int64_t i, int64_t n, brasa_error *err)
{
    if (n > INT32_MAX) return brasa__fail(err, BRASA_ARITHMETIC, "%s passes 2147483647 rows of one partition", k->call->call->name);
    ((int32_t *)(void *)k->v)[i] = (int32_t)n;
    return BRASA_OK;
}

static brasa_status row_number(brasa_window_work *k, int64_t from, int64_t to, brasa_error *err)
{
    for (int64_t i = from; i < to; i++) BRASA_TRY(put_number(k, i, i - from + 1, err));
    return BRASA_OK;
}

static brasa_status rank_of(brasa_window_work *k, int64_t from, int64_t to, brasa_error *err)
{
    const brasa_window *w = k->w;

    for (int64_t i = from; i < to; i++) BRASA_TRY(put_number(k, i, w->groups[w->group_of[i]] - from + 1, err));
    return BRASA_OK;
}

static brasa_status dense_rank(brasa_window_work *k, int64_t from, int64_t to, brasa_error *err)
{
    const brasa_window *w = k->w;

    for (int64_t i = from; i < to; i++) BRASA_TRY(put_number(k, i, w->group_of[i] - w->group_of[from] + 1, err));
    return BRASA_OK;
}

static brasa_status percent_rank(brasa_window_work *k, int64_t from, int64_t to, brasa_error *err)
{
    const brasa_window *w = k->w;
    double              rows = (double)(to - from - 1);

    (void)err;
    for (int64_t i = from; i < to; i++)
        ((double *)(void *)k->v)[i] = to - from == 1 ? 0 : (double)(w->groups[w->group_of[i]] - from) / rows;
    return BRASA_OK;
}

static brasa_status cume_dist(brasa_window_work *k, int64_t from, int64_t to, brasa_error *err)
{
    const brasa_window *w = k->w;

    (void)err;
    for (int64_t i = from; i < to; i++) ((double *)(void *)k->v)[i] = (double)(w->groups[w->group_of[i] + 1] - from) / (double)(to - from);
    return BRASA_OK;
}

/* As even as can be, larger buckets first. */
static brasa_status ntile(brasa_window_work *k, int64_t from, int64_t to, brasa_error *err)
{
    int64_t n = to - from, at = from;

    if (!valid(&k->args[0], from)) {
        for (int64_t i = from; i < to; i++) brasa__window_put_null(k, i);
        return BRASA_OK;
    }
    int64_t buckets = ((const int64_t *)k->args[0].values)[from];
    if (buckets <= 0) return brasa__fail(err, BRASA_INVALID, "ntile(%lld); give a number of buckets above 0", (long long)buckets);
    for (int64_t b = 0; b < buckets && at < to; b++) {
        int64_t size = n / buckets + (b < n % buckets);

        for (int64_t i = 0; i < size; i++) BRASA_TRY(put_number(k, at++, b + 1, err));
    }
    return BRASA_OK;
}

/* ---- values of other rows ---- */

/* The `steps`-th row with a value after (before: steps < 0) i; -1: none. */
static int64_t step_over_nulls(const brasa_column *x, int64_t from, int64_t to, int64_t i, int64_t steps)
{
    int64_t direction = steps < 0 ? -1 : 1, left = steps < 0 ? -steps : steps;

    if (steps == 0) return i;
    for (i += direction; i >= from && i < to; i += direction) {
        if (valid(x, i) && --left == 0) return i;
    }
    return -1;
}

static brasa_status shifted(brasa_window_work *k, int64_t from, int64_t to, int direction)
{
    const brasa_column *x = &k->args[0];
    int32_t             nargs = k->call->call->nargs;

    for (int64_t i = from; i < to; i++) {
        int64_t steps = 1, at;

        if (nargs > 1 && !valid(&k->args[1], i)) {
            brasa__window_put_null(k, i);
            continue;
        }
        if (nargs > 1) steps = ((const int64_t *)k->args[1].values)[i];
        if (steps > to - from) steps = to - from;
        if (steps < from - to) steps = from - to;
        steps *= direction;
        at = k->call->ignore_nulls ? step_over_nulls(x, from, to, i, steps) : i + steps;
        if (at >= from && at < to) {
            brasa__window_put(k, i, x, at);
        } else if (nargs > 2) {
            brasa__window_put(k, i, &k->args[2], i);
        } else {
            brasa__window_put_null(k, i);
        }
    }
    return BRASA_OK;
}

static brasa_status lag(brasa_window_work *k, int64_t from, int64_t to, brasa_error *err)
{
    (void)err;
    return shifted(k, from, to, -1);
}

static brasa_status lead(brasa_window_work *k, int64_t from, int64_t to, brasa_error *err)
{
    (void)err;
    return shifted(k, from, to, 1);
}

/* ---- values of the frame ---- */

/* next[i - from]: the first position from i on with a value, or `to`; prior: the last up to i, or from - 1. */
static int64_t *next_values(const brasa_column *x, int64_t from, int64_t to, brasa_arena *arena)
{
    int64_t *next = BRASA_NEWS(arena, int64_t, to - from + 1);

    next[to - from] = to;
    for (int64_t i = to - 1; i >= from; i--) next[i - from] = valid(x, i) ? i : next[i - from + 1];
    return next;
}

static int64_t *prior_values(const brasa_column *x, int64_t from, int64_t to, brasa_arena *arena)
{
    int64_t *prior = BRASA_NEWS(arena, int64_t, to - from + 1), last = from - 1;

    for (int64_t i = from; i < to; i++) {
        if (valid(x, i)) last = i;
        prior[i - from] = last;
    }
    return prior;
}

static brasa_status end_value(brasa_window_work *k, int64_t from, int64_t to, bool first)
{
    const brasa_column *x = &k->args[0];
    brasa_arena        *arena = brasa__arena_new(k->w->arena, "next values");
    bool                skip = k->call->ignore_nulls && x->valid != NULL;
    const int64_t      *next = skip && first ? next_values(x, from, to, arena) : NULL;
    const int64_t      *prior = skip && !first ? prior_values(x, from, to, arena) : NULL;

    for (int64_t i = from; i < to; i++) {
        brasa_ranges r;
        int64_t      found = -1;

        brasa__framer_at(k->framer, from, to, i, &r);
        for (int32_t j = 0; j < r.n && found < 0; j++) {
            int64_t lo = r.at[first ? j : r.n - 1 - j].lo, hi = r.at[first ? j : r.n - 1 - j].hi;
            int64_t at = first ? lo : hi - 1;

            if (next != NULL) at = next[lo - from];
            if (prior != NULL) at = prior[hi - 1 - from];
            if (at >= lo && at < hi) found = at;
        }
        if (found < 0) {
            brasa__window_put_null(k, i);
        } else {
            brasa__window_put(k, i, x, found);
        }
    }
    brasa__arena_free(arena);
    return BRASA_OK;
}

static brasa_status first_value(brasa_window_work *k, int64_t from, int64_t to, brasa_error *err)
{
    (void)err;
    return end_value(k, from, to, true);
}

static brasa_status last_value(brasa_window_work *k, int64_t from, int64_t to, brasa_error *err)
{
    (void)err;
    return end_value(k, from, to, false);
}

/* The nth (from 1) of the frame's rows, or of those with a value; -1: none. */
static int64_t find_nth(const brasa_window_work *k, const brasa_ranges *r, int64_t nth)
{
    for (int32_t j = 0; j < r->n; j++) {
        int64_t rows = r->at[j].hi - r->at[j].lo;

        if (k->call->ignore_nulls) {
            for (int64_t at = r->at[j].lo; at < r->at[j].hi; at++) {
                if (valid(&k->args[0], at) && --nth == 0) return at;
            }
            continue;
        }
        if (nth <= rows) return r->at[j].lo + nth - 1;
        nth -= rows;
    }
    return -1;
}

static brasa_status nth_value(brasa_window_work *k, int64_t from, int64_t to, brasa_error *err)
{
    for (int64_t i = from; i < to; i++) {
        brasa_ranges r;
        int64_t      found = -1;

        if (valid(&k->args[1], i)) {
            int64_t nth = ((const int64_t *)k->args[1].values)[i];

            if (nth <= 0) return brasa__fail(err, BRASA_INVALID, "nth_value(x, %lld); rows are counted from 1", (long long)nth);
            brasa__framer_at(k->framer, from, to, i, &r);
            found = find_nth(k, &r, nth);
        }
        if (found < 0) {
            brasa__window_put_null(k, i);
        } else {
            brasa__window_put(k, i, &k->args[0], found);
        }
    }
    return BRASA_OK;
}

static const struct brasa_window_fn FUNCTIONS[] = {
    {"row_number", row_number},
    {"rank", rank_of},
    {"dense_rank", dense_rank},
    {"ntile", ntile},
    {"percent_rank", percent_rank},
    {"cume_dist", cume_dist},
    {"lag", lag},
    {"lead", lead},
    {"first_value", first_value},
    {"last_value", last_value},
    {"nth_value", nth_value},
};

const struct brasa_window_fn *brasa__window_fn(const char *name)
{
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
        if (strcmp(FUNCTIONS[i].name, name) == 0) return &FUNCTIONS[i];
    }
    return NULL;
}

brasa_status brasa__window_run_fn(brasa_window_work *k, brasa_error *err)
{
    for (int64_t p = 0; p < k->w->nparts; p++) {
        BRASA_TRY(k->fn->run(k, k->w->parts[p], k->w->parts[p + 1], err));
        if (p % 1024 == 0) BRASA_TRY(brasa_run_check(k->w->run, err));
    }
    return BRASA_OK;
}
