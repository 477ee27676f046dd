/* api/sql_schema.c -- schemas: names before a dot.
 *
 * The catalogue is flat: a table of schema s is known as "s.name", one of the first schema by its name alone.
 */
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"

static bool is_first(const char *name)
{
    return strcasecmp(name, BRASA_SQL_FIRST_SCHEMA) == 0 || strcasecmp(name, "main") == 0 || strcasecmp(name, "public") == 0;
}

bool brasa__sql_has_schema(const brasa_session *s, const char *name)
{
    for (const brasa_sql_schema *k = s->schemas; k != NULL; k = k->next) {
        if (strcasecmp(k->name, name) == 0) return true;
    }
    return is_first(name);
}

brasa_status brasa__sql_new_name(const sql_call *c, const char *name, const char **out, brasa_error *err)
{
    static const char    first[] = BRASA_SQL_FIRST_SCHEMA ".";
    const brasa_session *s = c->api->session;
    const char          *dot = strchr(name, '.');

    *out = name;
    if (strncasecmp(name, first, sizeof first - 1) == 0) {
        *out = name + sizeof first - 1;
    } else if (dot == NULL && s->schema != NULL) {
        *out = brasa__arena_printf(c->api->builder.arena, "%s.%s", s->schema, name);
    } else if (dot != NULL) {
        const char *schema = brasa__arena_strndup(c->api->builder.arena, name, (size_t)(dot - name));

        if (!brasa__sql_has_schema(s, schema))
            return brasa__fail(err, BRASA_NOT_FOUND, "there is no schema '%s'; CREATE SCHEMA makes one", schema);
    }
    return BRASA_OK;
}

brasa_status brasa__sql_create_schema(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session    *s = c->api->session;
    brasa_sql_schema *k;

    if (brasa__sql_has_schema(s, st->name))
        return st->if_not_exists ? BRASA_OK : brasa__fail(err, BRASA_EXISTS, "there is a schema '%s' already", st->name);
    k = BRASA_NEW(s->arena, brasa_sql_schema);
    k->name = brasa__arena_strdup(s->arena, st->name);
    k->next = s->schemas;
    s->schemas = k;
    return BRASA_OK;
}

static brasa_status drop_one(sql_call *c, const brasa_statement *st, const char *name, brasa_error *err)
{
    brasa_session *s = c->api->session;
    size_t         length = strlen(name);

    if (is_first(name)) return brasa__fail(err, BRASA_INVALID, "schema '%s' is there from the start and stays", name);
    if (!brasa__sql_has_schema(s, name))
        return st->if_exists ? BRASA_OK : brasa__fail(err, BRASA_NOT_FOUND, "there is no schema '%s'", name);
    for (brasa_view_entry *v = s->views, *next; v != NULL; v = next) {
        next = v->next;
        if (strncasecmp(v->name, name, length) != 0 || v->name[length] != '.') continue;
        if (!st->cascade)
            return brasa__fail(err, BRASA_INVALID, "schema '%s' is not empty: it has '%s'; drop that, or say CASCADE", name,
                               v->name + length + 1);
        BRASA_TRY(brasa__sql_drop_parts(c, v->sql, err));
        brasa__sql_forget(s, v);
    }
    for (brasa_sql_schema **k = &s->schemas; *k != NULL; k = &(*k)->next) {
        if (strcasecmp((*k)->name, name) != 0) continue;
        *k = (*k)->next;
        break;
    }
    if (s->schema != NULL && strcasecmp(s->schema, name) == 0) s->schema = NULL;
    return BRASA_OK;
}

brasa_status brasa__sql_drop_schema(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    for (int32_t i = 0; i < st->ncolumns; i++) BRASA_TRY(drop_one(c, st, st->columns[i], err));
    return BRASA_OK;
}

brasa_status brasa__sql_use(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session *s = c->api->session;

    if (!brasa__sql_has_schema(s, st->name) && strcasecmp(st->name, "spark_catalog") != 0)
        return brasa__fail(err, BRASA_NOT_FOUND, "there is no schema '%s'; CREATE SCHEMA makes one", st->name);
    s->schema = is_first(st->name) || strcasecmp(st->name, "spark_catalog") == 0 ? NULL : brasa__arena_strdup(s->arena, st->name);
    return BRASA_OK;
}
