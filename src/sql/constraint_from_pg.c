/* sql/constraint_from_pg.c -- PRIMARY KEY, UNIQUE and CHECK of CREATE TABLE. */
#include <string.h>
#include <strings.h>

#include "sql/from_pg.h"
#include "sql/query_from_pg.h"

/* The text between the parentheses of CHECK (...), for errors. */
static const char *check_text(brasa_pg *p, const PgQuery__Constraint *c)
{
    const char *s = p->lexed->source + brasa__pg_pos(p, c->location), *from = strchr(s, '(');
    int         depth = 0;

    for (const char *e = from; e != NULL && *e != '\0'; e++) {
        depth += (*e == '(') - (*e == ')');
        if (depth == 0) return brasa__arena_strndup(p->arena, from + 1, (size_t)(e - from - 1));
    }
    return c->conname != NULL ? brasa__arena_strdup(p->arena, c->conname) : "";
}

static bool look_for_query(void *arg, const brasa_expr *e)
{
    bool *found = arg;

    *found = *found || e->kind == BRASA_EXPR_SUBQUERY;
    return true;
}

brasa_status brasa__pg_constraint(brasa_pg *p, const PgQuery__Constraint *c, const char *column, brasa_pg_constraints *out)
{
    brasa_check *check = &out->checks[out->nchecks];
    const char  *name = c->conname == NULL || c->conname[0] == '\0' ? NULL : brasa__arena_strdup(p->arena, c->conname);
    bool         primary = c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY, query = false;

    if (primary || c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE) {
        const char **one = BRASA_NEWS(p->arena, const char *, 1);

        one[0] = column;
        out->keys[out->nkeys++] = (brasa_key) {.n = column != NULL ? 1 : (int32_t)c->n_keys,
                                               .columns = column != NULL ? one : brasa__pg_names(p, c->n_keys, c->keys),
                                               .primary = primary,
                                               .name = name};
        return BRASA_OK;
    }
    if (c->contype != PG_QUERY__CONSTR_TYPE__CONSTR_CHECK) {
        out->references = true;
        return BRASA_OK;
    }
    BRASA_TRY(brasa__pg_expr(p, c->raw_expr, &check->test));
    brasa__expr_walk(check->test, look_for_query, &query);
    if (query) return brasa__pg_fail(p, c->location, BRASA_UNSUPPORTED, "a query in CHECK; a CHECK is of the row alone");
    check->text = check_text(p, c);
    check->name = name;
    out->nchecks++;
    return BRASA_OK;
}

brasa_status brasa__pg_key_columns(brasa_pg *p, const brasa_key *key, brasa_field *fields, int32_t n)
{
    for (int32_t i = 0; i < key->n; i++) {
        int32_t at = 0;

        while (at < n && strcasecmp(fields[at].name, key->columns[i]) != 0) at++;
        if (at == n) return brasa__pg_fail(p, -1, BRASA_NOT_FOUND, "the key's column %s is none of the table", key->columns[i]);
        if (key->primary) fields[at].nullable = false;
    }
    return BRASA_OK;
}
