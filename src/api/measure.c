/* measure.c -- what is known of columns of which the plan that made them says nothing.
 *
 * One job counts (HyperLogLog for different values), another draws a sample of which equi-depth histograms are made.  ANALYZE TABLE counts all rows; tables in the workers' memory
 * whose columns are guesses are measured once by a sample, when a plan first joins them: orders of joins hang on it.  How many values a table has is told from a sample as if all were
 * equally frequent, which is too few where they are not: those are the rare ones.
 */
#include <math.h>

#include "api/internal.h"
#include "data/type.h"
#include "data/value.h"
#include "plan/estimate.h"

enum { SAMPLE_ROWS = 20000, STEPS = 64, FIGURES = 4, SEED = 42, COUNTED_ROWS = 250000, FEW_ROWS = 32 };

static const brasa_expr *figure(brasa_arena *arena, const char *name, const brasa_expr *arg, int32_t column)
{
    brasa_expr *e = brasa__expr_new(arena, BRASA_EXPR_AGGREGATE);

    e->name = name;
    e->nargs = 1;
    e->args = brasa__arena_copy(arena, &arg, sizeof arg);
    return brasa__expr_alias(arena, e, brasa__arena_printf(arena, "%s_%d", name, (int)column));
}

/* count, approx_count_distinct, min, max of each column that has them; then the number of rows. */
static brasa_status counts_node(brasa_builder *b, const brasa_node *in, const brasa_node **out, brasa_error *err)
{
    static const char *const NAMES[FIGURES] = {"count", "approx_count_distinct", "min", "max"};
    brasa_schema             s = in->schema;
    const brasa_expr       **exprs = BRASA_NEWS(b->arena, const brasa_expr *, s.ncols *FIGURES + 1);
    brasa_aggregate_spec     spec = {.nexprs = 0, .exprs = exprs};
    brasa_expr              *all = brasa__expr_new(b->arena, BRASA_EXPR_AGGREGATE);

    for (int32_t i = 0; i < s.ncols; i++) {
        const brasa_expr *c = brasa__expr_ref(b->arena, i, s.cols[i].type, s.cols[i].nullable, s.cols[i].name);
        int32_t           n = brasa__type_is_nested(s.cols[i].type) ? 1 : FIGURES;
        for (int32_t k = 0; k < n; k++) exprs[spec.nexprs++] = figure(b->arena, NAMES[k], c, i);
    }
    all->name = "count";
    exprs[spec.nexprs++] = brasa__expr_alias(b->arena, all, "rows");
    return brasa__plan_aggregate(b, in, &spec, out, err);
}

static void take_counts(brasa_arena *arena, const brasa_result *r, brasa_schema s, int64_t *rows, brasa_column_stats *stats)
{
    int32_t at = 0;

    *rows = brasa_result_value(r, 0, r->schema.ncols - 1).u.i;
    for (int32_t i = 0; i < s.ncols; i++) {
        brasa_column_stats *c = &stats[i];
        double              bytes = c->bytes;
        bool                nested = brasa__type_is_nested(s.cols[i].type);
        *c = (brasa_column_stats) {.known = true, .bytes = bytes, .nulls = *rows - brasa_result_value(r, 0, at).u.i};
        if (!nested) {
            c->distinct = (double)brasa_result_value(r, 0, at + 1).u.i;
            brasa_value min = brasa_result_value(r, 0, at + 2), max = brasa_result_value(r, 0, at + 3);
            c->has_range = !min.null && !max.null;
            c->min = brasa__value_copy(arena, &min);
            c->max = brasa__value_copy(arena, &max);
        }
        at += nested ? 1 : FIGURES;
    }
}

static void take_histograms(brasa_arena *arena, const brasa_result *r, brasa_column_stats *stats)
{
    int64_t      n = r->rows < 2 * SAMPLE_ROWS ? r->rows : 2 * SAMPLE_ROWS;
    brasa_value *values = BRASA_NEWS(r->arena, brasa_value, n + 1);

    for (int32_t c = 0; c < r->schema.ncols; c++) {
        if (!stats[c].has_range) continue;
        for (int64_t i = 0; i < n; i++) values[i] = brasa_result_value(r, i, c);
        stats[c].histogram = brasa__histogram_copy(arena, brasa__histogram_of(r->arena, values, n, STEPS));
    }
}

static brasa_status sampled(brasa_builder *b, const brasa_node *in, double share, const brasa_node **out, brasa_error *err)
{
    *out = in;
    return share < 1 ? brasa__plan_sample(b, in, share, SEED, out, err) : BRASA_OK;
}

brasa_status brasa__api_measure(brasa_session *s, brasa_builder *b, const brasa_node *in, double share, int64_t *rows,
                                brasa_column_stats *stats, brasa_error *err)
{
    const brasa_node *n;
    brasa_result     *r;

    BRASA_TRY(sampled(b, in, share, &n, err));
    BRASA_TRY(counts_node(b, n, &n, err));
    BRASA_TRY(brasa__api_collect(s, n, -1, &r, err));
    take_counts(s->arena, r, in->schema, rows, stats);
    brasa_result_free(r);
    if (*rows == 0) return BRASA_OK;
    BRASA_TRY(sampled(b, in, share * SAMPLE_ROWS / (double)*rows, &n, err));
    BRASA_TRY(brasa__api_collect(s, n, -1, &r, err));
    take_histograms(s->arena, r, stats);
    brasa_result_free(r);
    return BRASA_OK;
}

void brasa__api_known(brasa_cache_entry *e, int64_t rows, const brasa_column_stats *stats)
{
    /* a frame's nodes read the entry's own columns, and learn of it where they are */
    brasa_col_estimate *cols = (brasa_col_estimate *)(uintptr_t)e->columns;

    for (int32_t i = 0; i < e->schema.ncols; i++) brasa__estimate_column(&stats[i], e->schema.cols[i].type, (double)rows, &cols[i]);
    e->guessed = false;
}

/* Of how many values `seen` are seen in a sample, were all equally frequent. */
static double values_of_all(double seen, double sample, double rows)
{
    double low = seen, high = rows;

    if (seen >= 0.97 * sample) return rows; /* a key, as far as can be told */
    for (int32_t i = 0; i < 50; i++) {
        double d = (low + high) / 2;
        if (d * (1 - exp(-sample / d)) < seen) {
            low = d;
        } else {
            high = d;
        }
    }
    return low;
}

static brasa_status measure_entry(brasa_session *s, brasa_arena *arena, brasa_cache_entry *e, brasa_error *err)
{
    brasa_builder       b = {.arena = arena, .next_id = &s->next_id};
    brasa_column_stats *stats = BRASA_NEWS(arena, brasa_column_stats, e->schema.ncols + 1);
    const brasa_node   *n;
    int64_t             rows;
    double              all = (double)e->rows;

    e->guessed = false; /* once, whatever comes of it */
    BRASA_TRY(brasa__api_kept(&b, &e, 1, &n, err));
    BRASA_TRY(brasa__api_measure(s, &b, n, COUNTED_ROWS / all, &rows, stats, err));
    for (int32_t i = 0; i < e->schema.ncols; i++) {
        double valued = (double)(rows - stats[i].nulls), share = rows > 0 ? all / (double)rows : 1;
        stats[i].bytes = e->columns[i].bytes;
        stats[i].nulls = (int64_t)((double)stats[i].nulls * share);
        if (stats[i].distinct > 0 && rows < e->rows) stats[i].distinct = values_of_all(stats[i].distinct, valued, valued * share);
    }
    brasa__api_known(e, e->rows, stats);
    return BRASA_OK;
}

typedef struct measuring {
    brasa_arena *arena;
    bool         joins;
    int32_t      count, cap;
    int64_t     *caches; /* that the plan reads */
} measuring;

static bool look(void *arg, const brasa_node *n)
{
    measuring *m = arg;

    m->joins = m->joins || n->kind == BRASA_NODE_JOIN;
    if (n->kind != BRASA_NODE_CACHED) return true;
    m->caches = brasa__arena_grow(m->arena, m->caches, &m->cap, m->count + n->u.cached.ncaches, sizeof *m->caches);
    for (int32_t i = 0; i < n->u.cached.ncaches; i++) m->caches[m->count++] = n->u.cached.caches[i];
    return true;
}

brasa_status brasa__api_measure_joined(brasa_session *s, brasa_arena *arena, const brasa_node *plan, bool *any, brasa_error *err)
{
    measuring m = {.arena = arena};
    bool      doubt = false;

    *any = false;
    for (brasa_cache_entry *e = s->caches; e != NULL; e = e->next) doubt = doubt || e->guessed;
    if (!doubt) return BRASA_OK;
    brasa__node_walk(plan, look, &m);
    for (brasa_cache_entry *e = s->caches; m.joins && e != NULL; e = e->next) {
        for (int32_t i = 0; e->guessed && i < m.count; i++) {
            if (m.caches[i] != e->id) continue;
            BRASA_TRY(measure_entry(s, arena, e, err));
            *any = true;
        }
    }
    return BRASA_OK;
}

void brasa__api_doubt(brasa_cache_entry *e)
{
    double rows = (double)e->rows, expected = e->expected;
    bool   guess = expected > rows * 1.1 || expected < rows * 0.9;

    for (int32_t i = 0; i < e->schema.ncols; i++) guess = guess || e->columns[i].guess;
    e->guessed = guess && e->rows >= FEW_ROWS;
}
