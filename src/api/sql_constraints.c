/* api/sql_constraints.c -- CHECK, PRIMARY KEY and UNIQUE of session tables.
 *
 * A CHECK is a condition on rows before they are written.  Keys are looked at when the rows are there, over the whole table, before they take the place of the
 * old ones: one aggregation a statement, so keys of large tables that are filled row by row are dear.  As in SQL, a CHECK that is unknown holds, and a key with
 * a null in it equals no other.  A constraint of columns that were dropped or renamed since goes with them.
 */
#include <string.h>

#include "api/sql_inner.h"
#include "data/type.h"
#include "plan/make.h"

static bool has_columns(brasa_schema s, const char *const *columns, int32_t n)
{
    bool ambiguous = false, all = true;

    for (int32_t i = 0; i < n; i++) all = all && brasa__schema_find(s, columns[i], &ambiguous) >= 0;
    return all;
}

typedef struct looking {
    brasa_schema schema;
    bool         known;
} looking;

static bool look_at_column(void *arg, const brasa_expr *e)
{
    looking *l = arg;

    if (e->kind == BRASA_EXPR_COLUMN) l->known = l->known && has_columns(l->schema, &e->name, 1);
    return true;
}

static bool knows_columns(brasa_schema s, const brasa_expr *e)
{
    looking l = {s, true};

    brasa__expr_walk(e, look_at_column, &l);
    return l.known;
}

brasa_status brasa__sql_checked(sql_call *c, const brasa_sql_object *o, const brasa_node *in, const brasa_node **out, brasa_error *err)
{
    brasa_builder b = c->api->builder;
    brasa_arena  *a = b.arena;

    *out = in;
    for (int32_t i = 0; i < o->nchecks; i++) {
        const brasa_check *check = &o->checks[i];
        brasa_value yes = brasa_value_bool(true), text = brasa_value_string(brasa__arena_printf(a, "a row breaks CHECK (%s)", check->text));
        const brasa_expr *one = brasa__expr_literal(a, &yes);
        const brasa_expr *fail = brasa__expr_call1(a, "raise_error", brasa__expr_literal(a, &text));
        const brasa_expr *args[] = {brasa__expr_call2(a, "coalesce", check->test, one), one,
                                    brasa__expr_cast(a, fail, brasa__type(BRASA_KIND_BOOL), false)};
        brasa_expr       *choice = brasa__expr_new(a, BRASA_EXPR_CASE);

        if (!knows_columns(in->schema, check->test)) continue;
        choice->args = brasa__arena_copy(a, args, sizeof args);
        choice->nargs = 3;
        BRASA_TRY(brasa__plan_filter(&b, *out, choice, out, err));
    }
    return BRASA_OK;
}

/* The first key that several rows have, as text: SELECT concat_ws(', ', keys) FROM rows WHERE no key is null GROUP BY keys HAVING count(*) > 1 LIMIT 1 */
static brasa_status repeated(sql_call *c, const brasa_node *rows, const brasa_key *key, brasa_value *out, brasa_error *err)
{
    brasa_builder      b = c->api->builder;
    brasa_arena       *a = b.arena;
    const brasa_expr **keys = BRASA_NEWS(a, const brasa_expr *, key->n), **texts = BRASA_NEWS(a, const brasa_expr *, key->n + 1);
    brasa_expr        *count = brasa__expr_new(a, BRASA_EXPR_AGGREGATE);
    brasa_value        comma = brasa_value_string(", "), one = brasa_value_i64(1);
    const brasa_node  *n = rows;

    texts[0] = brasa__expr_literal(a, &comma);
    for (int32_t i = 0; i < key->n; i++) {
        keys[i] = brasa__expr_column(a, NULL, key->columns[i]);
        texts[i + 1] = brasa__expr_cast(a, keys[i], brasa__type(BRASA_KIND_STRING), false);
        BRASA_TRY(brasa__plan_filter(&b, n, brasa__expr_call1(a, "isnotnull", keys[i]), &n, err));
    }
    count->name = "count";
    const brasa_expr    *text = brasa__expr_alias(a, brasa__expr_call(a, "concat_ws", texts, key->n + 1), "key");
    brasa_aggregate_spec spec = {.nkeys = key->n,
                                 .keys = keys,
                                 .nexprs = 1,
                                 .exprs = &text,
                                 .having = brasa__expr_call2(a, ">", count, brasa__expr_literal(a, &one)),
                                 .only_exprs = true};
    BRASA_TRY(brasa__plan_aggregate(&b, n, &spec, &n, err));
    BRASA_TRY(brasa__plan_limit(&b, n, 1, 0, &n, err));
    return c->catalog.value(c->catalog.arg, n, out, err);
}

brasa_status brasa__sql_unique(sql_call *c, const brasa_sql_object *o, const brasa_node *rows, brasa_error *err)
{
    for (int32_t i = 0; i < o->nkeys; i++) {
        const brasa_key *key = &o->keys[i];
        brasa_value      v = brasa_value_null();
        brasa_text       names;

        if (!has_columns(rows->schema, key->columns, key->n)) continue;
        BRASA_TRY(repeated(c, rows, key, &v, err));
        if (v.null) continue;
        brasa__text_init(&names, c->api->builder.arena);
        for (int32_t k = 0; k < key->n; k++) brasa__text_addf(&names, "%s%s", k > 0 ? ", " : "", key->columns[k]);
        return brasa__fail(err, BRASA_INVALID, "several rows have (%s) = (%.*s), which %s refuses", names.s,
                           (int)(v.u.s.n < 200 ? v.u.s.n : 200), v.u.s.p, key->primary ? "PRIMARY KEY" : "UNIQUE");
    }
    return BRASA_OK;
}
