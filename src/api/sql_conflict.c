/* api/sql_conflict.c -- INSERT of rows whose keys may be there: ON CONFLICT, OR IGNORE, OR REPLACE.
 *
 * The rows are computed first and numbered in their order; the catalogue knows them as BRASA_SQL_NEW_ROWS, and queries over them and the table say which go in.
 * DO NOTHING takes of rows that equal each other the first, REPLACE the last, as if they came one by one.  DO UPDATE is a MERGE, which refuses rows that change
 * another twice.  A key with a null in it equals none.
 */
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"
#include "data/type.h"

static const char ROW[] = "__place", EXCLUDED[] = "excluded";

typedef struct inserting {
    sql_call              *c;
    brasa_arena           *arena;
    const brasa_statement *st;
    brasa_view_entry      *v;
    brasa_schema           to;
    int32_t                nkeys; /* those that count for the clause */
    const brasa_key      **keys;
    brasa_error           *err;
} inserting;

/* ---- keys ---- */

static bool same_columns(const brasa_key *k, const char *const *names, int32_t n)
{
    int32_t found = 0;

    for (int32_t i = 0; i < n; i++) {
        for (int32_t j = 0; j < k->n; j++) found += strcasecmp(k->columns[j], names[i]) == 0;
    }
    return k->n == n && found == n;
}

/* The keys of the clause: all, or the one that it names. */
static brasa_status choose_keys(inserting *m)
{
    const brasa_sql_object *o = m->v->sql;
    const brasa_statement  *st = m->st;

    m->keys = BRASA_NEWS(m->arena, const brasa_key *, o->nkeys + 1);
    for (int32_t i = 0; i < o->nkeys; i++) {
        if (st->ntarget == 0 || same_columns(&o->keys[i], st->target, st->ntarget)) m->keys[m->nkeys++] = &o->keys[i];
        if (st->ntarget > 0 && m->nkeys > 0) break;
    }
    if (m->nkeys == 0)
        return brasa__fail(m->err, BRASA_INVALID, "ON CONFLICT (%s%s): table %s has no PRIMARY KEY or UNIQUE of these columns",
                           st->target[0], st->ntarget > 1 ? ", ..." : "", st->name);
    if (st->conflict == BRASA_CONFLICT_UPDATE && m->nkeys > 1)
        return brasa__fail(m->err, BRASA_INVALID, "ON CONFLICT DO UPDATE: table %s has several keys; name one: ON CONFLICT (column)",
                           st->name);
    return BRASA_OK;
}

/* ---- queries as text ---- */

static void add_table(brasa_text *t, const char *name)
{
    const char *dot = strchr(name, '.');

    if (dot != NULL) {
        brasa__sql_add_name_n(t, name, (size_t)(dot - name));
        brasa__text_addf(t, ".");
        name = dot + 1;
    }
    brasa__sql_add_name(t, name);
}

static void add_columns(const inserting *m, brasa_text *t)
{
    for (int32_t i = 0; i < m->to.ncols; i++) {
        if (i > 0) brasa__text_addf(t, ", ");
        brasa__sql_add_name(t, m->to.cols[i].name);
    }
}

/* EXISTS (SELECT 1 FROM table AS __y WHERE it has the key of the row of __x) */
static void add_exists(brasa_text *t, const char *table, const brasa_key *k)
{
    brasa__text_addf(t, "EXISTS (SELECT 1 FROM ");
    add_table(t, table);
    brasa__text_addf(t, " AS __y WHERE ");
    for (int32_t i = 0; i < k->n; i++) {
        brasa__text_addf(t, "%s__y.", i > 0 ? " AND " : "");
        brasa__sql_add_name(t, k->columns[i]);
        brasa__text_addf(t, " = __x.");
        brasa__sql_add_name(t, k->columns[i]);
    }
    brasa__text_addf(t, ")");
}

static void add_absent(const inserting *m, brasa_text *t, const char *table)
{
    for (int32_t i = 0; i < m->nkeys; i++) {
        brasa__text_addf(t, "%sNOT ", i > 0 ? " AND " : "");
        add_exists(t, table, m->keys[i]);
    }
}

/* (SELECT *, is it the first (or last) of its key, for every key AS __takes FROM the new rows) */
static void add_numbered(const inserting *m, brasa_text *t, bool last)
{
    brasa__text_addf(t, "(SELECT *, ");
    for (int32_t i = 0; i < m->nkeys; i++) {
        const brasa_key *k = m->keys[i];

        brasa__text_addf(t, "%s(row_number() OVER (PARTITION BY ", i > 0 ? " AND " : "");
        for (int32_t j = 0; j < k->n; j++) {
            if (j > 0) brasa__text_addf(t, ", ");
            brasa__sql_add_name(t, k->columns[j]);
        }
        brasa__text_addf(t, " ORDER BY %s%s) = 1", ROW, last ? " DESC" : "");
        for (int32_t j = 0; j < k->n; j++) {
            brasa__text_addf(t, " OR ");
            brasa__sql_add_name(t, k->columns[j]);
            brasa__text_addf(t, " IS NULL");
        }
        brasa__text_addf(t, ")");
    }
    brasa__text_addf(t, " AS __takes FROM `%s` AS __x", BRASA_SQL_NEW_ROWS);
}

static brasa_status plan(const inserting *m, const brasa_text *t, const brasa_node **out)
{
    brasa_statement st;

    BRASA_TRY(brasa__sql_statement(m->arena, t->s, &st, m->err));
    return brasa__sql_query_node(m->c, st.query, out, m->err);
}

/* The rows of a query become the new rows, computed now. */
static brasa_status keep_new(const inserting *m, const brasa_text *t, int64_t *rows)
{
    const brasa_node *n;

    BRASA_TRY(plan(m, t, &n));
    return m->c->catalog.keep(m->c->catalog.arg, n, &m->c->proposed, rows, m->err);
}

/* ---- DO NOTHING ---- */

/* Those that equal nothing that is there: with several keys, a row may be refused for another that is refused itself, so what is left is looked at again. */
static brasa_status insert_absent(const inserting *m, const brasa_node **added)
{
    const brasa_node **parts = NULL;
    brasa_builder      b = m->c->api->builder;
    int32_t            n = 0, cap = 0;
    int64_t            rows = 1;

    while (rows > 0) {
        brasa_text        t;
        const brasa_node *first;

        brasa__text_init(&t, m->arena);
        brasa__text_addf(&t, "SELECT * FROM ");
        add_numbered(m, &t, false);
        brasa__text_addf(&t, " WHERE ");
        add_absent(m, &t, m->st->name);
        brasa__text_addf(&t, ")");
        BRASA_TRY(keep_new(m, &t, &rows));
        brasa__text_init(&t, m->arena);
        brasa__text_addf(&t, "SELECT ");
        add_columns(m, &t);
        brasa__text_addf(&t, " FROM `%s` WHERE __takes", BRASA_SQL_NEW_ROWS);
        BRASA_TRY(plan(m, &t, &first));
        BRASA_TRY(brasa__sql_add_checked(m->c, m->v, first, m->nkeys < m->v->sql->nkeys, m->err));
        parts = brasa__arena_grow(m->arena, parts, &cap, n + 1, sizeof *parts);
        parts[n++] = first;
        if (m->nkeys == 1) break;
        brasa__text_init(&t, m->arena);
        brasa__text_addf(&t, "SELECT * EXCEPT (__takes) FROM `%s` WHERE NOT __takes", BRASA_SQL_NEW_ROWS);
        BRASA_TRY(keep_new(m, &t, &rows));
    }
    if (n > 1) return brasa__plan_set(&b, BRASA_SET_UNION, true, parts, n, added, m->err);
    *added = parts[0];
    return BRASA_OK;
}

/* ---- REPLACE ---- */

static brasa_status replace(const inserting *m, const brasa_node **added)
{
    const brasa_node *rows;
    brasa_text        t;

    brasa__text_init(&t, m->arena);
    brasa__text_addf(&t, "SELECT ");
    add_columns(m, &t);
    brasa__text_addf(&t, " FROM ");
    add_numbered(m, &t, true);
    brasa__text_addf(&t, ") WHERE __takes");
    BRASA_TRY(plan(m, &t, added));
    brasa__text_addf(&t, " UNION ALL SELECT ");
    add_columns(m, &t);
    brasa__text_addf(&t, " FROM ");
    add_table(&t, m->st->name);
    brasa__text_addf(&t, " AS __x WHERE ");
    add_absent(m, &t, BRASA_SQL_NEW_ROWS);
    BRASA_TRY(plan(m, &t, &rows));
    return brasa__sql_replace_rows(m->c, m->v, rows, m->err);
}

/* ---- DO UPDATE ---- */

/* a in SET and WHERE is the table's. */
static const brasa_expr *of_table(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    const inserting *m = arg;

    if (e->kind != BRASA_EXPR_COLUMN || e->qualifier != NULL || e->bound) return e;
    brasa_expr *copy = brasa__arena_copy(arena, e, sizeof *e);
    copy->qualifier = m->st->alias;
    return copy;
}

static const brasa_expr *qualified(inserting *m, const brasa_expr *e)
{
    return e == NULL ? NULL : brasa__expr_rewrite(m->arena, e, of_table, m);
}

static const brasa_expr *equal_keys(const inserting *m)
{
    const brasa_key   *k = m->keys[0];
    const brasa_expr **tests = BRASA_NEWS(m->arena, const brasa_expr *, k->n + 1);

    for (int32_t i = 0; i < k->n; i++)
        tests[i] = brasa__expr_call2(m->arena, "=", brasa__expr_column(m->arena, m->st->alias, k->columns[i]),
                                     brasa__expr_column(m->arena, EXCLUDED, k->columns[i]));
    return k->n == 1 ? tests[0] : brasa__expr_call(m->arena, "and", tests, k->n);
}

static const brasa_from *from_table(const inserting *m, const char *name, const char *alias)
{
    brasa_from *f = BRASA_NEW(m->arena, brasa_from);

    *f = (brasa_from) {.kind = BRASA_FROM_TABLE, .pos = -1, .name = name, .alias = alias};
    return f;
}

/* For RETURNING with WHERE: the rows that the statement does something for; its MERGE can do without the condition then.
 * SELECT excluded.* FROM new AS excluded LEFT JOIN the table ON its key WHERE no row has it OR condition
 */
static brasa_status only_affected(const inserting *m, const brasa_expr *where)
{
    brasa_from       *join = BRASA_NEW(m->arena, brasa_from);
    brasa_query      *q = BRASA_NEW(m->arena, brasa_query);
    brasa_expr       *star = brasa__expr_new(m->arena, BRASA_EXPR_STAR);
    const brasa_from *list = join;
    const brasa_expr *target = star;
    const brasa_node *n;
    int64_t           rows;

    star->qualifier = EXCLUDED;
    *join = (brasa_from) {.kind = BRASA_FROM_JOIN, .pos = -1, .join = BRASA_JOIN_LEFT, .on = equal_keys(m)};
    join->left = from_table(m, BRASA_SQL_NEW_ROWS, EXCLUDED);
    join->right = brasa__sql_own(m->c, m->st);
    *q = (brasa_query) {.kind = BRASA_QUERY_SELECT, .pos = -1, .nfrom = 1, .ntargets = 1};
    q->from = brasa__arena_copy(m->arena, &list, sizeof list);
    q->targets = brasa__arena_copy(m->arena, &target, sizeof target);
    const brasa_expr *none = brasa__expr_call1(m->arena, "isnull", brasa__expr_column(m->arena, m->st->alias, m->keys[0]->columns[0]));
    q->where = brasa__expr_call2(m->arena, "or", none, where);
    BRASA_TRY(brasa__sql_query_node(m->c, q, &n, m->err));
    return m->c->catalog.keep(m->c->catalog.arg, n, &m->c->proposed, &rows, m->err);
}

static const brasa_merge *clauses(inserting *m, const brasa_expr *where)
{
    const brasa_statement *st = m->st;
    brasa_merge           *w = BRASA_NEWS(m->arena, brasa_merge, 2);
    const brasa_expr     **sets = BRASA_NEWS(m->arena, const brasa_expr *, st->nsets + 1);
    const brasa_expr     **all = BRASA_NEWS(m->arena, const brasa_expr *, m->to.ncols + 1);
    const char           **names = BRASA_NEWS(m->arena, const char *, m->to.ncols + 1);

    for (int32_t i = 0; i < st->nsets; i++) sets[i] = qualified(m, st->sets[i]);
    for (int32_t i = 0; i < m->to.ncols; i++) {
        names[i] = m->to.cols[i].name;
        all[i] = brasa__expr_column(m->arena, EXCLUDED, names[i]);
    }
    w[0] = (brasa_merge) {.matched = true,
                          .action = BRASA_MERGE_UPDATE,
                          .test = where,
                          .n = st->nsets,
                          .columns = st->set_columns,
                          .ncolumns = st->nsets,
                          .values = sets};
    w[1] = (brasa_merge) {.action = BRASA_MERGE_INSERT, .n = m->to.ncols, .columns = names, .ncolumns = m->to.ncols, .values = all};
    return w;
}

static brasa_status update(inserting *m, const brasa_node **added)
{
    brasa_statement   merge = {.kind = BRASA_STATEMENT_MERGE, .name = m->st->name, .alias = m->st->alias, .nfrom = 1, .nmerges = 2};
    const brasa_expr *where = qualified(m, m->st->where);
    const brasa_from *list = from_table(m, BRASA_SQL_NEW_ROWS, EXCLUDED);
    brasa_text        t;

    if (m->st->nreturning > 0 && where != NULL) {
        BRASA_TRY(only_affected(m, where));
        where = NULL;
    }
    merge.from = &list;
    merge.where = equal_keys(m);
    merge.merges = clauses(m, where);
    BRASA_TRY(brasa__sql_merge(m->c, &merge, m->err));
    if (m->st->nreturning == 0) return BRASA_OK;
    brasa__text_init(&t, m->arena);
    brasa__text_addf(&t, "SELECT * FROM ");
    add_table(&t, m->st->name);
    brasa__text_addf(&t, " AS __x WHERE ");
    add_exists(&t, BRASA_SQL_NEW_ROWS, m->keys[0]);
    return plan(m, &t, added);
}

brasa_status brasa__sql_insert_conflict(sql_call *c, const brasa_statement *st, brasa_view_entry *v, const brasa_node *rows,
                                        brasa_error *err)
{
    brasa_sql_object *o = v->sql;
    const brasa_node *added = NULL, *kept;
    inserting         m = {.c = c, .arena = c->api->builder.arena, .st = st, .v = v, .err = err};
    brasa_text        t;
    int64_t           n;

    m.to = o->schema.ncols > 0 ? o->schema : v->frame->node->schema;
    BRASA_TRY(choose_keys(&m));
    c->proposed = rows;
    brasa__text_init(&t, m.arena);
    brasa__text_addf(&t, "SELECT *, row_number() OVER () AS %s FROM `%s`", ROW, BRASA_SQL_NEW_ROWS);
    BRASA_TRY(keep_new(&m, &t, &n));
    switch (st->conflict) {
    case BRASA_CONFLICT_REPLACE: BRASA_TRY(replace(&m, &added)); break;
    case BRASA_CONFLICT_UPDATE: BRASA_TRY(update(&m, &added)); break;
    case BRASA_CONFLICT_NOTHING:
    case BRASA_CONFLICT_ERROR: BRASA_TRY(insert_absent(&m, &added)); break;
    }
    return st->nreturning > 0 ? brasa__sql_returning(c, st, added, &kept, err) : BRASA_OK;
}
