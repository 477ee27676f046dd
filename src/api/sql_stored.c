/* api/sql_stored.c -- UPDATE, DELETE and MERGE of HDF5 tables: files with rows that change are written anew, the others stay.
 *
 * The table is opened as it is now.  A first query finds the files (brasa__table_numbered); the statement's own query then reads those alone, under the
 * name BRASA_SQL_OWN_ROWS, while subqueries see the whole table; and one rename commits (storage/rewrite.h).  Rows that a statement adds go into
 * files of their own.  The commit fails if someone else has changed the table in between.
 */
#include <string.h>

#include "api/sql_inner.h"
#include "plan/make.h"

static const char FILE_NUMBER[] = "__file";

struct sql_stored {
    brasa_rewrite      rewrite;
    const brasa_table *table;
    const brasa_node  *own; /* rows of BRASA_SQL_OWN_ROWS */
    bool              *stays;
    int32_t            ntouched;
};

brasa_status brasa__sql_stored_begin(sql_call *c, brasa_view_entry *v, brasa_error *err)
{
    brasa_arena      *arena = c->api->session->arena;
    sql_stored       *t = BRASA_NEW(arena, sql_stored);
    brasa_table      *table;
    const brasa_node *n;
    brasa_builder     b = brasa__sql_session_builder(c);

    BRASA_TRY(brasa__rewrite_open(arena, v->sql->location, &table, &t->rewrite, err));
    BRASA_TRY(brasa__plan_scan(&b, table, NULL, &n, err));
    t->table = table;
    t->own = n;
    t->stays = BRASA_NEWS(arena, bool, t->rewrite.nfiles + 1);
    t->ntouched = t->rewrite.nfiles;
    t->rewrite.stays = t->stays;
    v->frame = brasa__sql_frame(c->api->session, n);
    BRASA_TRY(brasa__sql_drop_parts(c, v->sql, err)); /* rows of CACHE TABLE may be older */
    c->stored = t;
    return BRASA_OK;
}

const brasa_node *brasa__sql_stored_rows(const sql_call *c)
{
    return c->stored->own;
}

/* SELECT DISTINCT __file FROM the numbered rows WHERE ... */
static brasa_status find_files(sql_call *c, const brasa_statement *st, const brasa_from *from, const brasa_expr *where, brasa_result **out,
                               brasa_error *err)
{
    brasa_arena      *arena = c->api->session->arena;
    brasa_query      *q = BRASA_NEW(arena, brasa_query);
    const brasa_from *over = from != NULL ? from : brasa__sql_own(c, st);
    const brasa_expr *file = brasa__expr_column(arena, NULL, FILE_NUMBER);
    brasa_builder     b = brasa__sql_session_builder(c);
    const brasa_node *n;

    BRASA_TRY(brasa__plan_scan(&b, brasa__table_numbered(arena, c->stored->table, FILE_NUMBER), NULL, &c->stored->own, err));
    *q = (brasa_query) {.kind = BRASA_QUERY_SELECT,
                        .pos = -1,
                        .distinct = true,
                        .ctes = st->ctes,
                        .nctes = st->nctes,
                        .from = brasa__arena_copy(arena, &over, sizeof over),
                        .nfrom = 1,
                        .targets = brasa__arena_copy(arena, &file, sizeof file),
                        .ntargets = 1,
                        .where = where};
    BRASA_TRY(brasa__sql_query_node(c, q, &n, err));
    return brasa__api_collect(c->api->session, n, -1, out, err);
}

/* From now on the statement's own rows are those of the files that are touched. */
static brasa_status read_touched(sql_call *c, brasa_error *err)
{
    sql_stored   *t = c->stored;
    brasa_arena  *arena = c->api->session->arena;
    bool         *only = BRASA_NEWS(arena, bool, t->rewrite.nfiles + 1);
    brasa_builder b = brasa__sql_session_builder(c);

    t->ntouched = 0;
    for (int32_t i = 0; i < t->rewrite.nfiles; i++) {
        only[i] = !t->stays[i];
        t->ntouched += only[i];
    }
    if (t->ntouched == 0) return brasa__plan_values(&b, t->table->schema, NULL, 0, &t->own, err);
    return brasa__plan_scan(&b, t->ntouched == t->rewrite.nfiles ? t->table : brasa__table_only(arena, t->table, only), NULL, &t->own, err);
}

brasa_status brasa__sql_stored_touch(sql_call *c, const brasa_statement *st, const brasa_from *from, const brasa_expr *where,
                                     brasa_error *err)
{
    sql_stored   *t = c->stored;
    brasa_result *r;

    if (t == NULL || where == NULL) return BRASA_OK;
    BRASA_TRY(find_files(c, st, from, where, &r, err));
    for (int32_t i = 0; i < t->rewrite.nfiles; i++) t->stays[i] = true;
    for (int64_t i = 0; i < brasa_result_rows(r); i++) t->stays[brasa_result_value(r, i, 0).u.i] = false;
    brasa_result_free(r);
    return read_touched(c, err);
}

brasa_status brasa__sql_stored_replace(sql_call *c, brasa_view_entry *v, const brasa_node *rows, brasa_error *err)
{
    sql_stored         *t = c->stored;
    brasa_session      *s = c->api->session;
    brasa_frame         f = {.session = s, .node = rows};
    brasa_write_options o = {.mode = BRASA_OVERWRITE, .format = "hdf5"};
    bool                failed = s->failed;
    const brasa_node   *n;
    brasa_statement     none = {.noptions = 0};

    o.codec = brasa__table_codec(t->table, &o.chunk_rows);
    BRASA_TRY(brasa__sql_stored_error(
        s, failed,
        brasa__api_write(&f, v->sql->location, &o, &t->rewrite, (brasa_site) {c->api->builder.file, c->api->builder.line, NULL, 0}), err));
    brasa__sql_wrote_file(s);
    BRASA_TRY(brasa__sql_open_rows(c, v->sql->location, v->sql->format, &none, &n, err));
    v->frame = brasa__sql_frame(s, n);
    return BRASA_OK;
}

brasa_status brasa__sql_stored_end(sql_call *c, const brasa_statement *st, brasa_status status, brasa_error *err)
{
    sql_stored       *t = c->stored;
    brasa_view_entry *v = brasa__sql_find(c->api->session, st->name);

    if (t == NULL || status == BRASA_OK || status == BRASA_EXISTS || v == NULL || v->sql == NULL) return status;
    if (status != BRASA_CORRUPT && status != BRASA_NOT_FOUND) return status;
    return brasa__rewrite_changed(c->api->session->arena, v->sql->location, &t->rewrite) ? brasa__rewrite_lost(v->sql->location, err)
                                                                                         : status;
}
