/* api/sql_transaction.c -- BEGIN, COMMIT, ROLLBACK and savepoints over the session's tables, views and schemas.
 *
 * Rows of tables never change in place: a change makes new row sets.  So a level keeps the catalogue as it was when it began, and the row sets that tables gave up
 * since; what was made since has higher numbers than `first`.  Rolling back puts the catalogue back and drops what was made since; a commit drops what was given
 * up.  Files are written at once: a ROLLBACK that cannot take them back says so.
 */
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"

typedef struct kept_object {
    brasa_view_entry   *v, was;
    brasa_sql_object    object;
    brasa_cache_entry **entries;
} kept_object;

typedef struct brasa_sql_level {
    struct brasa_sql_level *outer;
    brasa_arena            *arena;
    const char             *name; /* SAVEPOINT; NULL: BEGIN */
    int64_t                 first;
    bool                    files; /* some were written */
    int32_t                 n, nschemas, ngiven, cap;
    kept_object            *objects;
    brasa_sql_schema      **schemas;
    const char             *schema;
    brasa_cache_entry     **given; /* by tables, though older than this level */
} brasa_sql_level;

static bool of_session(const brasa_view_entry *v)
{
    return v->sql != NULL && v->scope == 0;
}

brasa_status brasa__sql_drop_entry(sql_call *c, brasa_cache_entry *e, brasa_error *err)
{
    brasa_sql_level *l = c->api->session->level;

    if (l == NULL || e->id >= l->first) return brasa__api_drop(c->api->session, e, err);
    l->given = brasa__arena_grow(l->arena, l->given, &l->cap, l->ngiven + 1, sizeof *l->given);
    l->given[l->ngiven++] = e;
    return BRASA_OK;
}

void brasa__sql_wrote_file(brasa_session *s)
{
    if (s->level != NULL) s->level->files = true;
}

/* ---- levels ---- */

static void keep_objects(brasa_session *s, brasa_sql_level *l)
{
    for (const brasa_view_entry *v = s->views; v != NULL; v = v->next) l->n += of_session(v);
    l->objects = BRASA_NEWS(l->arena, kept_object, l->n + 1);
    l->n = 0;
    for (brasa_view_entry *v = s->views; v != NULL; v = v->next) {
        kept_object *k = &l->objects[l->n];

        if (!of_session(v)) continue;
        *k = (kept_object) {.v = v, .was = *v, .object = *v->sql};
        k->entries = brasa__arena_copy(l->arena, v->sql->entries, sizeof *k->entries * (size_t)v->sql->nparts);
        l->n++;
    }
}

static void push(brasa_session *s, const char *name)
{
    brasa_arena     *arena = brasa__arena_new(s->arena, "transaction");
    brasa_sql_level *l = BRASA_NEW(arena, brasa_sql_level);

    *l = (brasa_sql_level) {.outer = s->level, .arena = arena, .first = s->next_cache, .schema = s->schema};
    if (name != NULL) l->name = brasa__arena_strdup(arena, name);
    keep_objects(s, l);
    for (const brasa_sql_schema *k = s->schemas; k != NULL; k = k->next) l->nschemas++;
    l->schemas = BRASA_NEWS(arena, brasa_sql_schema *, l->nschemas + 1);
    l->nschemas = 0;
    for (brasa_sql_schema *k = s->schemas; k != NULL; k = k->next) l->schemas[l->nschemas++] = k;
    s->level = l;
}

/* The innermost level is over; what it was given goes to the one around it, or, after the last one, away. */
static brasa_status pop(sql_call *c, brasa_error *err)
{
    brasa_session   *s = c->api->session;
    brasa_sql_level *l = s->level;
    brasa_status     status = BRASA_OK;

    s->level = l->outer;
    if (l->outer != NULL) l->outer->files = l->outer->files || l->files;
    for (int32_t i = 0; i < l->ngiven && status == BRASA_OK; i++) status = brasa__sql_drop_entry(c, l->given[i], err);
    brasa__arena_free(l->arena);
    return status;
}

/* ---- taking back ---- */

static brasa_status drop_new(brasa_session *s, brasa_cache_entry *const *entries, int32_t n, int64_t first, brasa_error *err)
{
    for (int32_t i = 0; i < n; i++) {
        if (entries[i] != NULL && entries[i]->id >= first) BRASA_TRY(brasa__api_drop(s, entries[i], err));
    }
    return BRASA_OK;
}

static void put_back(brasa_session *s, const kept_object *k)
{
    brasa_sql_object *o = k->was.sql;
    bool              same = k->v->sql == o && k->object.location != NULL; /* a file is as it is now */
    brasa_frame      *frame = same ? k->v->frame : k->was.frame;

    brasa__sql_forget(s, k->v); /* brasa_view may have put a frame in the table's place */
    *k->v = k->was;
    k->v->frame = frame;
    k->v->next = s->views;
    s->views = k->v;
    *o = k->object;
    if (o->nparts > 0) memcpy(o->entries, k->entries, sizeof *k->entries * (size_t)o->nparts);
}

/* Everything is as when the level began; what it was given is in use again.  The level stays. */
static brasa_status take_back(sql_call *c, brasa_sql_level *l, brasa_error *err)
{
    brasa_session *s = c->api->session;

    for (brasa_view_entry *v = s->views; v != NULL; v = v->next) {
        if (!of_session(v)) continue;
        BRASA_TRY(drop_new(s, v->sql->entries, v->sql->nparts, l->first, err));
        BRASA_TRY(drop_new(s, &v->sql->kept, 1, l->first, err));
    }
    while (s->level != l) {
        brasa_sql_level *inner = s->level;

        BRASA_TRY(drop_new(s, inner->given, inner->ngiven, l->first, err));
        inner->ngiven = 0;
        BRASA_TRY(pop(c, err));
    }
    l->ngiven = 0;
    for (brasa_view_entry **p = &s->views; *p != NULL;) {
        if (of_session(*p)) {
            *p = (*p)->next;
        } else {
            p = &(*p)->next;
        }
    }
    for (int32_t i = l->n - 1; i >= 0; i--) put_back(s, &l->objects[i]);
    s->schemas = NULL;
    for (int32_t i = l->nschemas - 1; i >= 0; i--) {
        l->schemas[i]->next = s->schemas;
        s->schemas = l->schemas[i];
    }
    s->schema = l->schema;
    return BRASA_OK;
}

static brasa_sql_level *find(const brasa_session *s, const char *name)
{
    brasa_sql_level *l = s->level;

    while (l != NULL && (l->name == NULL || strcasecmp(l->name, name) != 0)) l = l->outer;
    return l;
}

static brasa_sql_level *outermost(const brasa_session *s)
{
    brasa_sql_level *l = s->level;

    while (l->outer != NULL) l = l->outer;
    return l;
}

static brasa_status rollback(sql_call *c, brasa_error *err)
{
    brasa_session *s = c->api->session;
    bool           files;

    BRASA_TRY(take_back(c, outermost(s), err));
    files = s->level->files;
    BRASA_TRY(pop(c, err));
    return !files ? BRASA_OK
                  : brasa__fail(err, BRASA_UNSUPPORTED,
                                "ROLLBACK took back what was done to session tables; tables in files are written at once, and stay");
}

brasa_status brasa__sql_transaction(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session   *s = c->api->session;
    brasa_sql_level *named = st->name == NULL ? NULL : find(s, st->name);

    if (st->transaction == BRASA_TRANSACTION_BEGIN) {
        if (s->level != NULL) return brasa__fail(err, BRASA_INVALID, "a transaction has begun already; COMMIT or ROLLBACK ends it");
        push(s, NULL);
        return BRASA_OK;
    }
    if (s->level == NULL) return brasa__fail(err, BRASA_INVALID, "no transaction has begun; BEGIN begins one");
    if (st->transaction == BRASA_TRANSACTION_COMMIT) {
        while (s->level != NULL) BRASA_TRY(pop(c, err));
        return BRASA_OK;
    }
    if (st->transaction == BRASA_TRANSACTION_ROLLBACK) return rollback(c, err);
    if (st->transaction == BRASA_TRANSACTION_SAVEPOINT) {
        push(s, st->name);
        return BRASA_OK;
    }
    if (named == NULL) return brasa__fail(err, BRASA_NOT_FOUND, "there is no savepoint '%s'", st->name);
    if (st->transaction == BRASA_TRANSACTION_ROLLBACK_TO) return take_back(c, named, err);
    for (bool last = false; !last;) {
        last = s->level == named;
        BRASA_TRY(pop(c, err));
    }
    return BRASA_OK;
}
