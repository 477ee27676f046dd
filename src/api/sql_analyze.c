/* sql_analyze.c -- ANALYZE TABLE: rows, nulls, distinct values, ends and histograms of every column.
 *
 * One job counts (HyperLogLog for distinct values), another draws a sample of which equi-depth histograms are made.  The statistics of a table on disk are
 * kept beside its file (storage/table_stats.h), those of a table in the workers' memory with the session.
 */
#include "api/sql_inner.h"
#include "base/log.h"
#include "data/type.h"
#include "data/value.h"
#include "plan/estimate.h"
#include "storage/table_stats.h"

enum { SAMPLE_ROWS = 20000, STEPS = 64, FIGURES = 4, SEED = 42 };

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

static brasa_status measure(sql_call *c, const brasa_node *in, brasa_arena *arena, int64_t *rows, brasa_column_stats *stats,
                            brasa_error *err)
{
    brasa_session    *s = c->api->session;
    brasa_builder    *b = &c->api->builder;
    const brasa_node *n;
    brasa_result     *r;

    BRASA_TRY(counts_node(b, in, &n, err));
    BRASA_TRY(brasa__api_collect(s, n, -1, &r, err));
    take_counts(arena, r, in->schema, rows, stats);
    brasa_result_free(r);
    if (*rows == 0) return BRASA_OK;
    n = in;
    if (*rows > SAMPLE_ROWS) BRASA_TRY(brasa__plan_sample(b, in, (double)SAMPLE_ROWS / (double)*rows, SEED, &n, err));
    BRASA_TRY(brasa__api_collect(s, n, -1, &r, err));
    take_histograms(arena, r, stats);
    brasa_result_free(r);
    return BRASA_OK;
}

/* Rows in the workers' memory: what is known of the whole table is taken to hold for each of its parts. */
static void keep_in_session(brasa_session *s, const brasa_sql_object *o, brasa_schema schema, int64_t rows, const brasa_column_stats *stats)
{
    brasa_col_estimate *cols = BRASA_NEWS(s->arena, brasa_col_estimate, schema.ncols + 1);

    for (int32_t i = 0; i < schema.ncols; i++) brasa__estimate_column(&stats[i], schema.cols[i].type, (double)rows, &cols[i]);
    for (int32_t k = 0; k < o->nparts; k++) o->entries[k]->columns = cols;
    if (o->kept_entry != NULL) o->kept_entry->columns = cols;
}

static brasa_status keep_on_disk(brasa_arena *arena, const brasa_node *n, int64_t rows, brasa_column_stats *stats)
{
    brasa_table *t = (brasa_table *)(uintptr_t)n->u.scan.table; /* rank 0's own description of it */
    brasa_error  err = {0};

    if (t->rows < 0) t->rows_estimate = (double)rows; /* text: until now a guess */
    t->stats = stats;
    if (brasa__table_stats_save(arena, t, &err) != BRASA_OK)
        brasa__log(BRASA_LOG_WARN, "statistics are kept for this session only: %s", err.text);
    return BRASA_OK;
}

/* All columns of a table in their order? */
static bool is_whole_scan(const brasa_node *n)
{
    if (n->kind != BRASA_NODE_SCAN || n->schema.ncols != n->u.scan.table->schema.ncols) return false;
    for (int32_t i = 0; i < n->schema.ncols; i++) {
        if (n->u.scan.cols[i] != i) return false;
    }
    return true;
}

brasa_status brasa__sql_analyze(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session      *s = c->api->session;
    brasa_view_entry   *v;
    brasa_column_stats *stats;
    int64_t             rows;

    BRASA_TRY(brasa__sql_entry(c, st->name, &v, err));
    if (v->sql != NULL && v->sql->query != NULL)
        return brasa__fail(err, BRASA_INVALID, "%s is a view; ANALYZE TABLE takes the tables below it", st->name);
    const brasa_node *n = v->frame->node;
    bool              scan = is_whole_scan(n), kept = v->sql != NULL && (v->sql->nparts > 0 || v->sql->kept_entry != NULL);
    if (!scan && !kept) return BRASA_OK; /* rows of a plan: they have no statistics of their own */
    stats = BRASA_NEWS(s->arena, brasa_column_stats, n->schema.ncols + 1);
    for (int32_t i = 0; scan && n->u.scan.table->stats != NULL && i < n->schema.ncols; i++)
        stats[i].bytes = n->u.scan.table->stats[i].bytes;
    BRASA_TRY(measure(c, n, s->arena, &rows, stats, err));
    if (scan) return keep_on_disk(c->api->builder.arena, n, rows, stats);
    keep_in_session(s, v->sql, n->schema, rows, stats);
    return BRASA_OK;
}
