/* sql/collate.c -- x COLLATE c: a mark on x, which comparisons and sorts turn into collation_key(x, 'c') on all that they compare.
 *
 * A mark that is left becomes a part of the type of x (expr/bind_collation.c).
 */
#include <string.h>
#include <strings.h>

#include "data/collation.h"
#include "sql/from_pg.h"

bool brasa__pg_is_collated(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CALL && e->nargs == 2 && strcmp(e->name, BRASA_PG_COLLATE) == 0;
}

static const char *name_of(const PgQuery__CollateClause *c)
{
    return c->collname[c->n_collname - 1]->string->sval;
}

/* Text is compared by its bytes: collations that say so are no work. */
static bool is_bytes(const char *name)
{
    static const char *const bytes[] = {"c", "posix", "default", "binary", "ucs_basic"};

    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
        if (strcasecmp(name, bytes[i]) == 0) return true;
    return false;
}

brasa_status brasa__pg_collate_column(brasa_pg *p, const PgQuery__ColumnDef *d, brasa_type *type)
{
    const PgQuery__CollateClause *c = d->coll_clause;

    if (c == NULL && type->kind == BRASA_KIND_STRING) type->scale = p->collation;
    if (c == NULL || is_bytes(name_of(c))) return BRASA_OK;
    if (type->kind != BRASA_KIND_STRING)
        return brasa__pg_fail(p, c->location, BRASA_TYPE, "column %s is no text; only texts have a collation", d->colname);
    if (brasa__collation_find(name_of(c), strlen(name_of(c)), &type->scale)) return BRASA_OK;
    return brasa__pg_fail(
        p, c->location, BRASA_INVALID,
        "column %s of collation '%s'; those of columns are UTF8_BINARY, UTF8_LCASE, NOCASE, UNICODE and languages as DE, with "
        "_CI, _AI and _RTRIM",
        d->colname, name_of(c));
}

bool brasa__pg_is_variant_path(const PgQuery__CollateClause *c)
{
    return c->n_collname > 1 && strcmp(c->collname[0]->string->sval, "variant path") == 0;
}

/* v:a.b[0]: get_json_object(v, '$.a.b[0]'). */
static brasa_status variant_path(brasa_pg *p, const PgQuery__CollateClause *c, const brasa_expr **out)
{
    const brasa_expr *args[2];
    brasa_text        path;

    brasa__text_init(&path, p->arena);
    brasa__text_add(&path, "$");
    for (size_t i = 1; i < c->n_collname; i++) {
        const char *part = c->collname[i]->string->sval;
        brasa__text_addf(&path, part[0] == '[' ? "%s" : "['%s']", part);
    }
    brasa_value v = brasa_value_string(path.s);
    BRASA_TRY(brasa__pg_expr(p, c->arg, &args[0]));
    args[1] = brasa__expr_literal(p->arena, &v);
    *out = brasa__pg_make(p, c->location, "get_json_object", args, 2);
    return BRASA_OK;
}

brasa_status brasa__pg_collate(brasa_pg *p, const PgQuery__CollateClause *c, const brasa_expr **out)
{
    const char       *name = name_of(c);
    const brasa_expr *args[2];
    brasa_value       v = brasa_value_string(brasa__arena_strdup(p->arena, name));

    if (brasa__pg_is_variant_path(c)) return variant_path(p, c, out);
    BRASA_TRY(brasa__pg_expr(p, c->arg, &args[0]));
    if (brasa__pg_is_collated(args[0])) args[0] = args[0]->args[0];
    *out = args[0];
    if (is_bytes(name)) return BRASA_OK;
    args[1] = brasa__expr_literal(p->arena, &v);
    *out = brasa__pg_make(p, c->location, BRASA_PG_COLLATE, args, 2);
    return BRASA_OK;
}

/* Where one of them has a collation all are compared by it; of two the binder has to choose. */
void brasa__pg_compare(brasa_pg *p, const brasa_expr **args, int32_t n)
{
    const brasa_expr *name = NULL;

    for (int32_t i = 0; i < n; i++) {
        if (!brasa__pg_is_collated(args[i])) continue;
        if (name != NULL && strcasecmp(args[i]->args[1]->value.u.s.p, name->value.u.s.p) != 0) return;
        name = args[i]->args[1];
    }
    for (int32_t i = 0; i < n && name != NULL; i++) {
        bool              same = brasa__pg_is_collated(args[i]) && strcasecmp(args[i]->args[1]->value.u.s.p, name->value.u.s.p) == 0;
        const brasa_expr *pair[2] = {same ? args[i]->args[0] : args[i], name};
        brasa_expr       *key = brasa__pg_make(p, -1, "collation_key", pair, 2);

        key->pos = args[i]->pos;
        args[i] = key;
    }
}
