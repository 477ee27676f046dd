/* exec/window_agg.h -- one aggregate over the frames of a window: what its several ways share. */
#ifndef BRASA_EXEC_WINDOW_AGG_H
#define BRASA_EXEC_WINDOW_AGG_H

#include "exec/window.h"

enum { BRASA_WINDOW_LEVELS = 8 };

typedef struct brasa_window_tree {
    uint8_t *level[BRASA_WINDOW_LEVELS]; /* states of runs of 16, 256... rows, from the start of the partition */
    int64_t  count[BRASA_WINDOW_LEVELS];
    int32_t  levels;
} brasa_window_tree;

typedef struct brasa_window_agg {
    brasa_window_work  *k;
    brasa_agg_call      c;
    size_t              bytes; /* of a state */
    brasa_arena        *part;  /* of the partition: what states hold on to */
    brasa_arena        *scratch;
    int32_t             used; /* of scratch since it was emptied */
    brasa_agg_col      *args;
    brasa_agg_scratch  *dense;
    int32_t             rows[BRASA_BATCH_ROWS];
    uint8_t            *group[BRASA_BATCH_ROWS];
    brasa_window_tree   tree;
    int64_t            *before; /* DISTINCT: the last row before in the partition that passes and has the same values; -1 none */
    const brasa_ranges *frame;
    int32_t            *place;  /* ORDER BY inside: of each row among those of its partition; else NULL */
    uint64_t           *ranked; /* rows of a frame with their places in front */
} brasa_window_agg;

/* Does row i count (the call's FILTER)? */
bool brasa__window_agg_passes(const brasa_window_agg *r, int64_t i);
/* r->rows[0..n), or rows [lo, hi), to one state, with r->c.arena for what grows. */
brasa_status brasa__window_agg_add_some(brasa_window_agg *r, uint8_t *state, int32_t n, int64_t ordinal, brasa_error *err);
brasa_status brasa__window_agg_add(brasa_window_agg *r, uint8_t *state, int64_t lo, int64_t hi, brasa_error *err);
/* What the state gives is the result of position i. */
brasa_status brasa__window_agg_put(brasa_window_agg *r, uint8_t *state, int64_t i, brasa_error *err);

/* Frames of one range whose ends move on (window_slide.c), for states of fixed size. */
bool         brasa__window_slides(const brasa_window_agg *r);
brasa_status brasa__window_slide(brasa_window_agg *r, int64_t from, int64_t to, brasa_error *err);

/* Percentiles, modes and counts of different values from sorted values (window_rank.c). */
bool         brasa__window_ranks(const brasa_window_agg *r);
brasa_status brasa__window_rank(brasa_window_agg *r, int64_t from, int64_t to, brasa_error *err);

#endif
