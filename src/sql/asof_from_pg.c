/* sql/asof_from_pg.c -- a ASOF JOIN b ON a.k = b.k AND a.t >= b.t: of the rows of b that fit the one that is nearest.
 *
 * It becomes a LATERAL subquery over b with the condition, ordered by the side of the inequality that is b's, of one row.  USING (k, t) compares the last column
 * by >=; the others are columns of both, and t is a's.  The meaning is DuckDB's.
 */
#include <string.h>
#include <strings.h>

#include "sql/asof_from_pg.h"

typedef struct parts {
    const brasa_expr *inequality;
    int32_t           n; /* of them */
} parts;

static bool is_call(const brasa_expr *e, const char *name)
{
    return e->kind == BRASA_EXPR_CALL && strcmp(e->name, name) == 0;
}

static void find_inequality(const brasa_expr *e, parts *out)
{
    if (is_call(e, "and")) {
        for (int32_t i = 0; i < e->nargs; i++) find_inequality(e->args[i], out);
    } else if (is_call(e, ">=") || is_call(e, ">") || is_call(e, "<=") || is_call(e, "<")) {
        out->inequality = e;
        out->n++;
    }
}

static const char *name_of(const brasa_from *f)
{
    return f->alias != NULL ? f->alias : f->kind == BRASA_FROM_TABLE ? f->name : NULL;
}

static bool find_qualifier(void *arg, const brasa_expr *e)
{
    const char **name = arg;

    if (e->kind == BRASA_EXPR_COLUMN && e->qualifier != NULL && *name != NULL && strcasecmp(e->qualifier, *name) == 0) *name = NULL;
    return *name != NULL;
}

/* Does an expression speak of that table by its name? */
static bool speaks_of(const brasa_expr *e, const char *table)
{
    const char *name = table;

    if (name == NULL) return false;
    brasa__expr_walk(e, find_qualifier, &name);
    return name == NULL;
}

static const brasa_expr *call(brasa_pg *p, const char *name, const brasa_expr *a, const brasa_expr *b)
{
    const brasa_expr *args[] = {a, b};

    return brasa__pg_make(p, -1, name, args, 2);
}

/* The condition that USING stands for, and * without its last column. */
static brasa_status from_names(brasa_pg *p, brasa_from *f, brasa_expr *star, const brasa_expr **on)
{
    const char *left = name_of(f->left), *right = name_of(f->right);
    brasa_value last = brasa_value_string(f->using_names[f->nusing - 1]);

    if (left == NULL || right == NULL)
        return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "ASOF JOIN with USING joins two tables that have names; say ON");
    *on = NULL;
    for (int32_t i = 0; i < f->nusing; i++) {
        const char       *op = i + 1 < f->nusing ? "=" : ">=";
        const brasa_expr *test =
            call(p, op, brasa__expr_column(p->arena, left, f->using_names[i]), brasa__expr_column(p->arena, right, f->using_names[i]));
        *on = *on == NULL ? test : call(p, "and", *on, test);
    }
    const brasa_expr *name = brasa__expr_literal(p->arena, &last), *except = brasa__pg_make(p, -1, "__except__", &name, 1);
    star->args = brasa__arena_copy(p->arena, &except, sizeof except);
    star->nargs = 1;
    f->nusing--;
    return BRASA_OK;
}

brasa_status brasa__pg_asof(brasa_pg *p, brasa_from *f)
{
    brasa_expr       *star = brasa__expr_new(p->arena, BRASA_EXPR_STAR);
    brasa_query      *q = BRASA_NEW(p->arena, brasa_query);
    brasa_from       *side = BRASA_NEW(p->arena, brasa_from);
    brasa_order      *order = BRASA_NEW(p->arena, brasa_order);
    brasa_value       one = brasa_value_i64(1), yes = brasa_value_bool(true);
    const brasa_expr *on = f->on;
    parts             found = {0};

    if (f->join != BRASA_JOIN_INNER && f->join != BRASA_JOIN_LEFT)
        return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "ASOF JOIN is INNER or LEFT");
    if (f->nusing > 0) BRASA_TRY(from_names(p, f, star, &on));
    if (on != NULL) find_inequality(on, &found);
    if (found.n != 1)
        return brasa__pg_fail(p, -1, BRASA_SYNTAX, "ASOF JOIN takes one of >=, >, <= and < in its condition, beside equalities");
    const brasa_expr *e = found.inequality;
    bool              turned = speaks_of(e->args[0], name_of(f->right)) && !speaks_of(e->args[1], name_of(f->right));
    order->expr = e->args[turned ? 0 : 1];
    order->desc = (e->name[0] == '>') != turned;
    const brasa_expr *target = star;
    const brasa_from *from = f->right;
    *q = (brasa_query) {.kind = BRASA_QUERY_SELECT,
                        .pos = -1,
                        .ntargets = 1,
                        .targets = brasa__arena_copy(p->arena, &target, sizeof(const brasa_expr *)),
                        .nfrom = 1,
                        .from = brasa__arena_copy(p->arena, &from, sizeof(const brasa_from *)),
                        .where = on,
                        .norder = 1,
                        .order = order,
                        .limit = brasa__expr_literal(p->arena, &one)};
    *side = (brasa_from) {.kind = BRASA_FROM_QUERY, .pos = -1, .lateral = true, .alias = name_of(f->right), .query = q};
    f->right = side;
    f->on = f->nusing > 0 ? NULL : brasa__expr_literal(p->arena, &yes);
    return BRASA_OK;
}
