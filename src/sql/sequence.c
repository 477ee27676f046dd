/* sql/sequence.c -- nextval, currval, lastval and setval in queries.
 *
 * Numbers are taken when the query is planned: one for a row that stands alone; else the rows are computed now, so that it is known how many there are, and each
 * gets its number by its place.
 */
#include <string.h>

#include "data/type.h"
#include "sql/binder.h"

static brasa_status name_of(sql_binder *x, const brasa_expr *call, const char **out)
{
    brasa_value v;

    *out = NULL;
    if (call->nargs == 0) return BRASA_OK;
    BRASA_TRY(sql_constant(x, call->args[0], brasa__type(BRASA_KIND_STRING), &v));
    if (v.null) return sql_fail(x, call->pos, BRASA_INVALID, "%s of no sequence", call->name);
    const char *name = brasa__arena_strndup(x->arena, v.u.s.p, v.u.s.n), *dot = strrchr(name, '.');
    *out = dot == NULL ? name : dot + 1;
    return BRASA_OK;
}

/* first + step * (row_number() - 1), a column of the node. */
static brasa_status number_rows(sql_binder *x, sql_scope *s, const brasa_expr *first, const brasa_expr *step, const brasa_expr **out)
{
    const brasa_expr *call = brasa__expr_call(x->arena, "row_number", NULL, 0), *window, *place;
    brasa_expr       *w = brasa__expr_new(x->arena, BRASA_EXPR_WINDOW);
    brasa_value       one = brasa_value_i64(1);

    w->args = brasa__arena_copy(x->arena, &call, sizeof call);
    w->nargs = 1;
    w->extra = BRASA_NEW(x->arena, brasa_window_spec);
    window = w;
    BRASA_TRY(brasa__plan_window(x->b, s->node, &window, 1, &s->node, x->err));
    place = brasa__expr_cast(x->arena, brasa__node_ref(x->arena, s->node, s->node->schema.ncols - 1), brasa__type(BRASA_KIND_INT64), false);
    place = brasa__expr_call2(x->arena, "-", place, brasa__expr_literal(x->arena, &one));
    return sql_type(x, brasa__expr_call2(x->arena, "+", first, brasa__expr_call2(x->arena, "*", step, place)), false, out);
}

brasa_status sql_sequence(sql_binder *x, sql_scope *s, const brasa_expr *call, const brasa_expr **out)
{
    const brasa_sql_catalog *c = x->catalog;
    bool                     next = strcmp(call->name, "nextval") == 0, set = strcmp(call->name, "setval") == 0;
    bool                     last = strcmp(call->name, "lastval") == 0, now = strcmp(call->name, "currval") == 0;
    const char              *name;
    int64_t                  args[2] = {0, 1}, n = 1, first, step;

    *out = NULL;
    if (c == NULL || c->sequence == NULL || !(next || set || last || now)) return BRASA_OK;
    if (call->nargs != (last ? 0 : set && call->nargs == 3 ? 3 : set ? 2 : 1))
        return sql_fail(x, call->pos, BRASA_TYPE,
                        "%s does not take %d arguments; it is nextval('s'), currval('s'), lastval(), setval('s', 1)", call->name,
                        (int)call->nargs);
    BRASA_TRY(name_of(x, call, &name));
    for (int32_t i = 1; i < call->nargs; i++) {
        brasa_value v;

        BRASA_TRY(sql_constant(x, call->args[i], brasa__type(i == 1 ? BRASA_KIND_INT64 : BRASA_KIND_BOOL), &v));
        args[i - 1] = i == 1 ? v.u.i : v.u.b;
    }
    bool rows = next && s->node != NULL && !(s->node->kind == BRASA_NODE_VALUES && s->node->u.values.nrows == 1);
    if (rows) BRASA_TRY(c->keep(c->arg, s->node, &s->node, &n, x->err));
    BRASA_TRY(c->sequence(c->arg, call->name, name, args, call->nargs - 1, n, &first, &step, x->err));
    brasa_value       from = brasa_value_i64(first), by = brasa_value_i64(step);
    const brasa_expr *number = brasa__expr_literal(x->arena, &from);
    if (!rows) return *out = number, BRASA_OK;
    return number_rows(x, s, number, brasa__expr_literal(x->arena, &by), out);
}
