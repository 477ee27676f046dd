/* sql/session_window.c -- GROUP BY session_window(t, '5 minutes'): Spark's windows that last as long as rows keep coming.
 *
 * A session begins where no earlier row of the same other keys ends (its time and the gap) at or after its time.  Three windows below the grouping: the latest end so
 * far, the number of the session, its first time and last end.  Rows without a time or with a gap of nothing are in none.
 */
#include <string.h>

#include "sql/binder.h"

typedef struct session {
    sql_binder        *x;
    sql_scope         *s;
    const brasa_expr  *time, *end; /* of a row: when it is, and that and the gap */
    const brasa_expr **keys;       /* the other ones, and room for one more */
    int32_t            nkeys;
} session;

/* A key as written may be the number or the name of a target. */
static const brasa_expr *target(const brasa_query *q, const brasa_expr *e)
{
    const brasa_expr *t = NULL;

    if (e->kind == BRASA_EXPR_LITERAL && e->value.type.kind == BRASA_KIND_INT32 && e->value.u.i >= 1 && e->value.u.i <= q->ntargets)
        t = q->targets[e->value.u.i - 1];
    for (int32_t i = 0; e->kind == BRASA_EXPR_COLUMN && e->qualifier == NULL && t == NULL && i < q->ntargets; i++)
        if (q->targets[i]->kind == BRASA_EXPR_ALIAS && sql_same_name(q->targets[i]->name, e->name)) t = q->targets[i];
    if (t == NULL) return e;
    return t->kind == BRASA_EXPR_ALIAS ? t->args[0] : t;
}

static brasa_status other_keys(session *k, const brasa_query *q, const brasa_expr *call)
{
    k->keys = BRASA_NEWS(k->x->arena, const brasa_expr *, q->ngroups + 1);
    for (int32_t i = 0; i < q->ngroups; i++) {
        const brasa_expr *e = q->groups[i].expr;

        if (q->groups[i].kind != BRASA_GROUP_EXPR)
            return sql_fail(k->x, call->pos, BRASA_UNSUPPORTED, "session_window beside ROLLUP, CUBE or GROUPING SETS; group by plain keys");
        bool column = e->kind == BRASA_EXPR_COLUMN && sql_scope_find(k->s, e->qualifier, e->name) >= 0;
        if (!column) e = target(q, e);
        if (brasa__expr_equal(e, call)) continue;
        BRASA_TRY(sql_resolve(k->x, k->s, NULL, e, &e));
        BRASA_TRY(sql_attach(k->x, k->s, e, &e));
        BRASA_TRY(sql_type(k->x, e, false, &k->keys[k->nkeys++]));
    }
    return BRASA_OK;
}

/* name(arg) OVER (PARTITION BY the keys and `more` [ORDER BY the time]). */
static brasa_expr *window(const session *k, const char *name, const brasa_expr *arg, int32_t nkeys, bool ordered)
{
    brasa_arena       *arena = k->x->arena;
    brasa_expr        *w = brasa__expr_new(arena, BRASA_EXPR_WINDOW);
    brasa_window_spec *spec = BRASA_NEW(arena, brasa_window_spec);
    brasa_order        order = {.expr = k->time};
    const brasa_expr  *call = brasa__expr_call1(arena, name, arg);

    *spec = (brasa_window_spec) {.nkeys = nkeys, .keys = k->keys};
    if (ordered) spec->norder = 1, spec->order = brasa__arena_copy(arena, &order, sizeof order);
    w->args = brasa__arena_copy(arena, &call, sizeof call);
    w->nargs = 1;
    w->extra = spec;
    return w;
}

static const brasa_expr *whole(const session *k, int32_t n)
{
    brasa_value v = brasa_value_i32(n);

    return brasa__expr_literal(k->x->arena, &v);
}

static const brasa_expr *text(const session *k, const char *s)
{
    brasa_value v = brasa_value_string(s);

    return brasa__expr_literal(k->x->arena, &v);
}

/* The node grows by a column. */
static brasa_status add(session *k, const brasa_expr *e, const char *name)
{
    e = brasa__expr_alias(k->x->arena, e, name);
    return brasa__plan_window(k->x->b, k->s->node, &e, 1, &k->s->node, k->x->err);
}

static const brasa_expr *last(const session *k)
{
    return brasa__node_ref(k->x->arena, k->s->node, k->s->node->schema.ncols - 1);
}

/* 1 where a session begins. */
static brasa_status begins(session *k)
{
    brasa_arena       *arena = k->x->arena;
    brasa_expr        *latest = window(k, "max", k->end, k->nkeys, true), *choice = brasa__expr_new(arena, BRASA_EXPR_CASE);
    brasa_window_spec *spec = (brasa_window_spec *)(uintptr_t)latest->extra;

    spec->has_frame = true;
    spec->frame = (brasa_window_frame) {
        .unit = BRASA_FRAME_ROWS, .start = BRASA_BOUND_UNBOUNDED_PRECEDING, .end = BRASA_BOUND_PRECEDING, .end_offset = whole(k, 1)};
    const brasa_expr *args[] = {brasa__expr_call2(arena, "<=", k->time, latest), whole(k, 0), whole(k, 1)};
    choice->args = brasa__arena_copy(arena, args, sizeof args);
    choice->nargs = 3;
    return add(k, choice, "__begins");
}

brasa_status sql_session_window(sql_binder *x, sql_scope *s, const brasa_query *q, const brasa_expr *call, int32_t *column)
{
    session           k = {.x = x, .s = s};
    const brasa_expr *gap, *test, *parts[4];
    brasa_type        t;

    BRASA_TRY(other_keys(&k, q, call));
    BRASA_TRY(sql_resolve(x, s, NULL, call->args[0], &k.time));
    BRASA_TRY(sql_type(x, k.time, false, &k.time));
    t = k.time->type;
    if (!brasa__type_is_timestamp(t)) {
        BRASA_TRY(sql_type(x, brasa__expr_cast(x->arena, k.time, brasa__type(brasa__timestamp_kind()), false), false, &k.time));
    }
    BRASA_TRY(sql_resolve(x, s, NULL, call->args[1], &gap));
    BRASA_TRY(sql_type(x, gap, false, &gap));
    if (gap->type.kind == BRASA_KIND_STRING) gap = brasa__expr_cast(x->arena, gap, brasa__type(BRASA_KIND_INTERVAL), false);
    BRASA_TRY(sql_type(x, brasa__expr_call2(x->arena, "+", k.time, gap), false, &k.end));
    BRASA_TRY(sql_type(x, brasa__expr_call2(x->arena, "<", k.time, k.end), false, &test));
    BRASA_TRY(sql_where(x, s, test));
    BRASA_TRY(begins(&k));
    BRASA_TRY(add(&k, window(&k, "sum", last(&k), k.nkeys, true), "__session"));
    k.keys[k.nkeys] = last(&k);
    parts[0] = text(&k, "start");
    parts[1] = window(&k, "min", k.time, k.nkeys + 1, false);
    parts[2] = text(&k, "end");
    parts[3] = window(&k, "max", k.end, k.nkeys + 1, false);
    BRASA_TRY(add(&k, brasa__expr_call(x->arena, "named_struct", parts, 4), "session_window"));
    *column = s->node->schema.ncols - 1;
    return BRASA_OK;
}
