/* exec/window.h -- what a window function sees: the rows of a task's partition in order, cut into window partitions and peer groups.
 *
 * Rows are named by their position in the sorted order; everything that depends on the order alone is worked out once for all calls.
 */
#ifndef BRASA_EXEC_WINDOW_H
#define BRASA_EXEC_WINDOW_H

#include "exec/agg_func.h"
#include "exec/op.h"
#include "exec/sort_rows.h"

typedef struct brasa_window {
    brasa_run          *run;
    brasa_arena        *arena; /* until the partition has been emitted */
    const brasa_rowset *rows;
    brasa_sorted        order;
    int64_t             n;
    int64_t             nparts;
    int64_t            *parts;    /* [nparts + 1]: first position of each window partition */
    int64_t            *groups;   /* [groups + 1]: first position of each group of peers */
    int64_t            *group_of; /* [n] */
} brasa_window;

/* One call: its arguments, filter and results for all positions. */
typedef struct brasa_window_work {
    const brasa_window           *w;
    const brasa_window_call      *call;
    const struct brasa_window_fn *fn;   /* NULL: an aggregate */
    brasa_column                 *args; /* FLAT, in order */
    const brasa_column           *filter;
    brasa_column                 *keys; /* of an aggregate's own ORDER BY; FLAT, in the window's order */
    struct brasa_framer          *framer;
    brasa_type                    type;
    size_t                        width;
    uint8_t                      *v; /* results in the C form of the type */
    uint64_t                     *valid;
    brasa_value                  *values; /* results of nested types */
} brasa_window_work;

/* ---- frames ---- */

typedef struct brasa_ranges {
    int32_t n;
    struct {
        int64_t lo, hi;
    } at[3]; /* ascending, none empty */
} brasa_ranges;

typedef struct brasa_framer brasa_framer;

/* `key`: the order's only key as a column in order, for RANGE with offsets; else NULL. */
brasa_status brasa__framer_new(const brasa_window *w, const brasa_window_frame *f, const brasa_column *key, const brasa_order *order,
                               brasa_framer **out, brasa_error *err);
/* The rows of the frame of position i in window partition [from, to). */
void brasa__framer_at(const brasa_framer *f, int64_t from, int64_t to, int64_t i, brasa_ranges *out);
/* Do all frames begin with the partition, and leave nothing out? */
bool brasa__framer_grows(const brasa_framer *f);
/* Does it leave rows out between the ends? */
bool brasa__framer_excludes(const brasa_framer *f);

/* ---- calls ---- */

/* NULL: no such function. */
const struct brasa_window_fn *brasa__window_fn(const char *name);
brasa_status                  brasa__window_run_fn(brasa_window_work *k, brasa_error *err);
brasa_status                  brasa__window_run_agg(brasa_window_work *k, brasa_error *err);

void brasa__window_put_null(brasa_window_work *k, int64_t i);
/* Row `row` of a FLAT column. */
void brasa__window_put(brasa_window_work *k, int64_t i, const brasa_column *col, int64_t row);
/* What position `from` has. */
void brasa__window_repeat(brasa_window_work *k, int64_t i, int64_t from);

#endif
