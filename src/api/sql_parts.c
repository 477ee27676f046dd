/* api/sql_parts.c -- the rows of a session table: a list of kept row sets, which one stage reads.
 *
 * INSERT adds one (many small ones become one), DELETE and UPDATE compute the table anew.  Sets never change, so a transaction keeps the list as it was.
 */
#include "api/sql_inner.h"
#include "plan/make.h"

brasa_status brasa__sql_drop_parts(sql_call *c, brasa_sql_object *o, brasa_error *err)
{
    for (int32_t i = 0; o != NULL && i < o->nparts; i++) BRASA_TRY(brasa__sql_drop_entry(c, o->entries[i], err));
    if (o != NULL) o->nparts = 0;
    if (o != NULL && o->kept != NULL) BRASA_TRY(brasa__sql_drop_entry(c, o->kept, err));
    if (o != NULL) o->kept = NULL;
    return BRASA_OK;
}

/* A table that is filled from itself doubles its partitions, and one whose rows are deleted keeps them: many with few rows in each, and each a task for every scan. */
static bool is_crumbs(const brasa_cache_entry *e)
{
    return e->nparts > 32 && e->rows < (int64_t)e->nparts * 2048;
}

/* The rows of some entries in few partitions; those that fit into one keep their order. */
static brasa_status gather(sql_call *c, brasa_cache_entry *const *from, int32_t n, int32_t scope, brasa_cache_entry **out, brasa_error *err)
{
    enum { ROWS = 1 << 16 };
    brasa_builder    *b = &c->api->builder;
    const brasa_node *all, *gathered;
    int64_t           rows;

    BRASA_TRY(brasa__api_kept(b, from, n, &all, err));
    rows = all->u.cached.nrows;
    if (rows <= ROWS) {
        BRASA_TRY(brasa__plan_limit(b, all, rows, 0, &gathered, err));
    } else {
        BRASA_TRY(brasa__plan_repartition(b, all, BRASA_REPARTITION_NUMBER, (int32_t)(rows / ROWS) + 1, NULL, NULL, 0, &gathered, err));
    }
    return brasa__api_keep(c->api->session, gathered, scope, out, err);
}

brasa_status brasa__sql_keep(sql_call *c, const brasa_node *rows, int32_t scope, brasa_cache_entry **e, brasa_error *err)
{
    brasa_session     *s = c->api->session;
    brasa_cache_entry *before;
    brasa_error        ignored;
    brasa_status       status, dropped;

    BRASA_TRY(brasa__api_keep(s, rows, scope, e, err));
    if (!is_crumbs(*e)) return BRASA_OK;
    before = *e;
    brasa__error_clear(&ignored);
    status = gather(c, &before, 1, scope, e, err);
    dropped = brasa__api_drop(s, before, status == BRASA_OK ? err : &ignored);
    return status == BRASA_OK ? dropped : status;
}

static void add_entry(brasa_session *s, brasa_sql_object *o, brasa_cache_entry *e)
{
    e->table = true;
    o->entries = brasa__arena_grow(s->arena, o->entries, &o->cap, o->nparts + 1, sizeof *o->entries);
    o->entries[o->nparts++] = e;
}

brasa_status brasa__sql_add_part(sql_call *c, brasa_sql_object *o, const brasa_node *rows, brasa_error *err)
{
    brasa_session     *s = c->api->session;
    brasa_cache_entry *e;

    BRASA_TRY(brasa__sql_keep(c, rows, 0, &e, err));
    if (e->rows == 0 && o->nparts > 0) return brasa__api_drop(s, e, err);
    add_entry(s, o, e);
    return BRASA_OK;
}

/* Parts of similar sizes are merged when there are FAN of them, as in a log-structured merge tree: a row moves at most LEVELS times, and a table has less than
 * FAN * LEVELS small parts.  Large ones stay as they are. */
enum { FAN = 64, LEVELS = 3 };

static int32_t level_of(const brasa_cache_entry *e)
{
    int32_t level = 0;

    for (int64_t rows = e->rows; rows >= FAN && level < LEVELS; rows /= FAN) level++;
    return level;
}

/* So many of the last parts are of the last one's level, or below. */
static int32_t alike(const brasa_sql_object *o)
{
    int32_t n = 0, level = o->nparts > 0 ? level_of(o->entries[o->nparts - 1]) : LEVELS;

    while (level < LEVELS && n < o->nparts && level_of(o->entries[o->nparts - 1 - n]) <= level) n++;
    return n;
}

brasa_status brasa__sql_merge_parts(sql_call *c, brasa_view_entry *v, brasa_error *err)
{
    brasa_sql_object *o = v->sql;

    for (int32_t n = alike(o); n >= FAN; n = alike(o)) {
        brasa_cache_entry **last = o->entries + o->nparts - n, *merged;

        BRASA_TRY(gather(c, last, n, 0, &merged, err));
        merged->table = true;
        for (int32_t i = 0; i < n; i++) BRASA_TRY(brasa__sql_drop_entry(c, last[i], err));
        last[0] = merged;
        o->nparts -= n - 1;
    }
    return BRASA_OK;
}

/* The table's rows are these now. */
brasa_status brasa__sql_replace_rows(sql_call *c, brasa_view_entry *v, const brasa_node *rows, brasa_error *err)
{
    brasa_sql_object  *o = v->sql;
    brasa_cache_entry *e;
    const brasa_node  *n;
    brasa_error        ignored;
    brasa_status       status;

    if (c->stored != NULL) return brasa__sql_stored_replace(c, v, rows, err);
    BRASA_TRY(brasa__sql_keep(c, rows, 0, &e, err));
    status = brasa__api_kept(&c->api->builder, &e, 1, &n, err);
    if (status == BRASA_OK) status = brasa__sql_unique(c, o, n, err);
    if (status != BRASA_OK) {
        brasa__error_clear(&ignored);
        (void)brasa__api_drop(c->api->session, e, &ignored);
        return status;
    }
    BRASA_TRY(brasa__sql_drop_parts(c, o, err));
    add_entry(c->api->session, o, e);
    return brasa__sql_note_columns(c, v, err);
}
