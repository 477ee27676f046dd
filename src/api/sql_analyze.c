/* sql_analyze.c -- ANALYZE TABLE: rows, nulls, distinct values, ends and histograms of every column.
 *
 * The statistics of a table on disk are kept beside its file (storage/table_stats.h), those of a table in the workers' memory with the session.
 */
#include "api/sql_inner.h"
#include "base/log.h"
#include "storage/table_stats.h"

/* Rows in the workers' memory: what is known of the whole table is taken to hold for each of its parts. */
static void keep_in_session(const brasa_sql_object *o, int64_t rows, const brasa_column_stats *stats)
{
    for (int32_t k = 0; k < o->nparts; k++) brasa__api_known(o->entries[k], rows, stats);
    if (o->kept != NULL) brasa__api_known(o->kept, rows, stats);
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
    bool              scan = is_whole_scan(n), kept = v->sql != NULL && (v->sql->nparts > 0 || v->sql->kept != NULL);
    if (!scan && !kept) return BRASA_OK; /* rows of a plan: they have no statistics of their own */
    if (!scan) BRASA_TRY(brasa__sql_table_node(&c->api->builder, v, &n, err));
    stats = BRASA_NEWS(s->arena, brasa_column_stats, n->schema.ncols + 1);
    for (int32_t i = 0; scan && n->u.scan.table->stats != NULL && i < n->schema.ncols; i++)
        stats[i].bytes = n->u.scan.table->stats[i].bytes;
    BRASA_TRY(brasa__api_measure(s, &c->api->builder, n, 1, &rows, stats, err));
    if (scan) return keep_on_disk(c->api->builder.arena, n, rows, stats);
    keep_in_session(v->sql, rows, stats);
    return BRASA_OK;
}
