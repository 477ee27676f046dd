/* api/sql_index.c -- CREATE INDEX, DROP INDEX, REINDEX.
 *
 * Scans need no index, so one is a name; a unique one is a key of its table besides, as UNIQUE is.  Lists are made anew, never changed: transactions keep old ones.
 */
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"
#include "data/type.h"

static brasa_view_entry *find_index(const brasa_session *s, const char *name)
{
    for (brasa_view_entry *v = s->views; v != NULL; v = v->next) {
        for (int32_t i = 0; v->sql != NULL && i < v->sql->nindexes; i++) {
            if (strcasecmp(v->sql->indexes[i].index, name) == 0) return v;
        }
    }
    return NULL;
}

static const brasa_key *with(brasa_arena *arena, const brasa_key *list, int32_t n, const brasa_key *one)
{
    brasa_key *out = BRASA_NEWS(arena, brasa_key, n + 1);

    if (n > 0) memcpy(out, list, sizeof *out * (size_t)n);
    out[n] = *one;
    return out;
}

static const brasa_key *without(brasa_arena *arena, const brasa_key *list, int32_t *n, const char *name)
{
    brasa_key *out = BRASA_NEWS(arena, brasa_key, *n + 1);
    int32_t    kept = 0;

    for (int32_t i = 0; i < *n; i++) {
        if (list[i].index == NULL || strcasecmp(list[i].index, name) != 0) out[kept++] = list[i];
    }
    *n = kept;
    return out;
}

/* The key of the statement, in the session's arena. */
static brasa_status key_of(brasa_arena *arena, const brasa_statement *st, brasa_schema s, brasa_key *out, brasa_error *err)
{
    const char **names = BRASA_NEWS(arena, const char *, st->ncolumns + 1);

    for (int32_t i = 0; i < st->ncolumns; i++) {
        bool    ambiguous = false;
        int32_t at = brasa__schema_find(s, st->columns[i], &ambiguous);

        if (at < 0) return brasa__fail(err, BRASA_NOT_FOUND, "table %s has no column %s", st->name, st->columns[i]);
        names[i] = brasa__arena_strdup(arena, s.cols[at].name);
    }
    *out = (brasa_key) {.n = st->ncolumns, .columns = names};
    out->index = st->value != NULL ? brasa__arena_strdup(arena, st->value) : brasa__arena_printf(arena, "%s_index", st->name);
    return BRASA_OK;
}

brasa_status brasa__sql_create_index(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_arena      *arena = c->api->session->arena;
    brasa_view_entry *v;
    brasa_key         key;

    BRASA_TRY(brasa__sql_entry(c, st->name, &v, err));
    BRASA_TRY(key_of(arena, st, v->frame->node->schema, &key, err));
    if (st->value != NULL && find_index(c->api->session, st->value) != NULL) {
        if (st->if_not_exists) return BRASA_OK;
        return brasa__fail(err, BRASA_EXISTS, "there is an index '%s' already; DROP INDEX drops it", st->value);
    }
    brasa_sql_object *o = v->sql;
    if (o == NULL || !o->table) return BRASA_OK;
    if (st->unique) {
        brasa_sql_object with_it = {.nkeys = 1, .keys = &key};

        const brasa_node *rows;

        if (o->location != NULL) return brasa__fail(err, BRASA_UNSUPPORTED, "CREATE UNIQUE INDEX on a table in files, which have no keys");
        BRASA_TRY(brasa__sql_table_node(&c->api->builder, v, &rows, err));
        BRASA_TRY(brasa__sql_unique(c, &with_it, rows, err));
        o->keys = with(arena, o->keys, o->nkeys, &key);
        o->nkeys++;
    }
    o->indexes = with(arena, o->indexes, o->nindexes, &key);
    o->nindexes++;
    return BRASA_OK;
}

brasa_status brasa__sql_drop_indexes(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_arena *arena = c->api->session->arena;

    for (int32_t i = 0; i < st->ncolumns; i++) {
        const char       *dot = strchr(st->columns[i], '.'), *name = dot == NULL ? st->columns[i] : dot + 1;
        brasa_view_entry *v = find_index(c->api->session, name);

        if (v == NULL && st->if_exists) continue;
        if (v == NULL) return brasa__fail(err, BRASA_NOT_FOUND, "there is no index '%s'", name);
        v->sql->keys = without(arena, v->sql->keys, &v->sql->nkeys, name);
        v->sql->indexes = without(arena, v->sql->indexes, &v->sql->nindexes, name);
    }
    return BRASA_OK;
}

brasa_status brasa__sql_reindex(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session *s = c->api->session;

    if (st->name == NULL || brasa__sql_find(s, st->name) != NULL || find_index(s, st->name) != NULL) return BRASA_OK;
    if (brasa__sql_has_schema(s, st->name)) return BRASA_OK;
    return brasa__fail(err, BRASA_NOT_FOUND, "there is no table or index '%s'", st->name);
}
