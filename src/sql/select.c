/* sql/select.c -- one SELECT: select list, grouping, windows, DISTINCT, ORDER BY.
 *
 * All names are resolved against FROM first; a grouping then lowers the trees to its keys and aggregates, and subqueries are attached to whatever the select
 * list stands on at last.  Sort keys that are not selected are computed beside the list and dropped after the sort.
 */
#include <string.h>
#include <strings.h>

#include "sql/binder.h"

typedef struct selecting {
    sql_binder        *x;
    const brasa_query *q;
    sql_scope          s;    /* FROM */
    sql_scope         *base; /* what the list stands on: FROM, or the groups */
    int32_t            n, cap, cap_names;
    const brasa_expr **exprs;
    const char       **names;
    int32_t            nextra; /* behind them: sort keys, DISTINCT ON */
    brasa_order       *order;  /* by REF to exprs */
    int32_t           *on;     /* DISTINCT ON: columns */
    const brasa_expr  *having;
    sql_collect        outer;   /* aggregates of subqueries that are this query's */
    int32_t            qualify; /* column of QUALIFY's condition; -1 none */
} selecting;

/* ---- the list ---- */

static int32_t append(selecting *c, const brasa_expr *e, const char *name)
{
    int32_t at = c->n + c->nextra;

    c->exprs = brasa__arena_grow(c->x->arena, c->exprs, &c->cap, at + 1, sizeof *c->exprs);
    c->names = brasa__arena_grow(c->x->arena, c->names, &c->cap_names, at + 1, sizeof *c->names);
    c->exprs[at] = e;
    c->names[at] = name;
    return at;
}

static const char *name_of(selecting *c, const brasa_expr *e)
{
    return sql_column_name(c->x->arena, e);
}

/* explode(list) in the select list: rows multiply below it. */
static brasa_status generate(selecting *c, const brasa_expr *target, const brasa_expr *call)
{
    const brasa_expr *list;
    sql_generated     g;

    BRASA_TRY(sql_generator_list(c->x, call, &list));
    BRASA_TRY(sql_resolve(c->x, &c->s, NULL, list, &list));
    BRASA_TRY(sql_generate(c->x, call, list, target->kind == BRASA_EXPR_ALIAS ? target->name : NULL, c->s.node, &g));
    c->s.node = g.node;
    for (int32_t i = 0; i < g.n; i++) append(c, g.exprs[i], g.names[i]), c->n++;
    return BRASA_OK;
}

/* (struct).*: a column for each field. */
static brasa_status fields(selecting *c, const brasa_expr *call)
{
    const brasa_expr **list;
    int32_t            n;

    BRASA_TRY(sql_struct_fields(c->x, &c->s, call->args[0], &list, &n));
    for (int32_t i = 0; i < n; i++, c->n++) append(c, list[i]->args[0], list[i]->name);
    return BRASA_OK;
}

static bool is_unnest(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CALL && e->nargs == 1 && strcmp(e->name, "unnest") == 0;
}

/* unnest(a), unnest(b) in one list go side by side, as in PostgreSQL, the shorter filled up with nulls; *out: their columns, NULL there are not several. */
static brasa_status zip(selecting *c, const brasa_expr *const **out)
{
    const brasa_expr **lists = BRASA_NEWS(c->x->arena, const brasa_expr *, c->q->ntargets + 1), *list;
    brasa_expr        *call;
    int32_t            n = 0;
    sql_generated      g;

    *out = NULL;
    for (int32_t i = 0; i < c->q->ntargets; i++) {
        const brasa_expr *e = c->q->targets[i]->kind == BRASA_EXPR_ALIAS ? c->q->targets[i]->args[0] : c->q->targets[i];

        if (is_unnest(e)) lists[n++] = e->args[0];
    }
    if (n < 2) return BRASA_OK;
    list = brasa__expr_call(c->x->arena, "arrays_zip", lists, n);
    call = brasa__expr_call(c->x->arena, "inline", &list, 1);
    BRASA_TRY(sql_resolve(c->x, &c->s, NULL, list, &list));
    BRASA_TRY(sql_generate(c->x, call, list, NULL, c->s.node, &g));
    c->s.node = g.node;
    *out = g.exprs;
    return BRASA_OK;
}

/* A column of FROM by its number, as GROUP BY has it behind |>. */
static brasa_status numbered_column(selecting *c, const brasa_expr *call)
{
    const brasa_expr **stars, *star = brasa__expr_new(c->x->arena, BRASA_EXPR_STAR);
    int32_t            n;
    int64_t            at = call->nargs == 1 && call->args[0]->kind == BRASA_EXPR_LITERAL ? call->args[0]->value.u.i : 0;

    BRASA_TRY(sql_star(c->x, &c->s, star, &stars, &n));
    if (at < 1 || at > n) return sql_fail(c->x, call->pos, BRASA_INVALID, "GROUP BY %lld: there are %d columns", (long long)at, (int)n);
    append(c, stars[at - 1]->args[0], stars[at - 1]->name);
    c->n++;
    return BRASA_OK;
}

/* An expression over COLUMNS(...): once for each of them. */
static brasa_status each_column(selecting *c, const brasa_expr *e, const brasa_expr *call)
{
    const brasa_expr **columns, *one;
    int32_t            n;

    BRASA_TRY(sql_columns(c->x, &c->s, call, &columns, &n));
    for (int32_t i = 0; i < n; i++, c->n++) {
        BRASA_TRY(sql_resolve(c->x, &c->s, NULL, sql_columns_put(c->x, e, columns[i]), &one));
        append(c, one, columns[i]->name);
    }
    return BRASA_OK;
}

static brasa_status targets(selecting *c)
{
    const brasa_expr *const *zipped;

    BRASA_TRY(zip(c, &zipped));
    for (int32_t i = 0; i < c->q->ntargets; i++) {
        const brasa_expr  *t = c->q->targets[i], *e;
        const brasa_expr **stars;
        int32_t            nstars;

        if (t->kind == BRASA_EXPR_STAR && sql_is_struct_star(&c->s, t)) {
            const brasa_expr *column = brasa__expr_column(c->x->arena, NULL, t->qualifier);
            BRASA_TRY(fields(c, brasa__expr_call(c->x->arena, "__fields__", &column, 1)));
            continue;
        }
        if (t->kind == BRASA_EXPR_STAR) {
            BRASA_TRY(sql_star(c->x, &c->s, t, &stars, &nstars));
            for (int32_t k = 0; k < nstars; k++) append(c, stars[k]->args[0], stars[k]->name), c->n++;
            continue;
        }
        e = t->kind == BRASA_EXPR_ALIAS ? t->args[0] : t;
        if (e->kind == BRASA_EXPR_CALL && strcmp(e->name, "__fields__") == 0) {
            BRASA_TRY(fields(c, e));
            continue;
        }
        const brasa_expr *columns = sql_columns_of(e);
        if (columns != NULL) {
            BRASA_TRY(each_column(c, e, columns));
            continue;
        }
        if (zipped != NULL && is_unnest(e)) {
            append(c, *zipped++, t->kind == BRASA_EXPR_ALIAS ? t->name : "col");
            c->n++;
            continue;
        }
        if (sql_is_generator(e)) {
            BRASA_TRY(generate(c, t, e));
            continue;
        }
        if (e->kind == BRASA_EXPR_CALL && strcmp(e->name, "__column__") == 0) {
            BRASA_TRY(numbered_column(c, e));
            continue;
        }
        sql_aliases before = {.n = c->n, .names = c->names, .exprs = c->exprs};
        BRASA_TRY(sql_star_arguments(c->x, &c->s, e, &e));
        const char *name = name_of(c, t->kind == BRASA_EXPR_ALIAS ? t : e);
        BRASA_TRY(sql_resolve(c->x, &c->s, &before, e, &e));
        append(c, e, name);
        c->n++;
    }
    return c->n > 0 ? BRASA_OK : brasa__fail(c->x->err, BRASA_SYNTAX, "a SELECT without columns; name at least one");
}

/* ---- ORDER BY, DISTINCT ON ---- */

static brasa_status find_or_append(selecting *c, const brasa_expr *e, int32_t *at)
{
    for (*at = 0; *at < c->n + c->nextra; ++*at) {
        if (brasa__expr_equal(c->exprs[*at], e)) return BRASA_OK;
    }
    append(c, e, name_of(c, e));
    c->nextra++;
    return BRASA_OK;
}

/* A key: a position, an output name, or an expression over both outputs and inputs. */
static brasa_status key_column(selecting *c, const brasa_expr *e, const char *what, int32_t *at)
{
    sql_aliases outputs = {.n = c->n, .names = c->names, .exprs = c->exprs, .first = true};

    if (e->kind == BRASA_EXPR_LITERAL && !e->value.null && e->value.type.kind == BRASA_KIND_INT32) {
        if (e->value.u.i < 1 || e->value.u.i > c->n)
            return sql_fail(c->x, e->pos, BRASA_INVALID, "%s %lld: the select list has %d columns", what, (long long)e->value.u.i,
                            (int)c->n);
        *at = (int32_t)e->value.u.i - 1;
        return BRASA_OK;
    }
    if (e->kind == BRASA_EXPR_COLUMN && e->qualifier == NULL) {
        int32_t found = -1, many = 0;

        for (int32_t i = 0; i < c->n; i++) {
            if (strcasecmp(c->names[i], e->name) != 0) continue;
            many += found >= 0 && !brasa__expr_equal(c->exprs[found], c->exprs[i]);
            if (found < 0) found = i;
        }
        if (many > 0)
            return sql_fail(c->x, e->pos, BRASA_INVALID, "%s %s is ambiguous: several columns of the select list have this name", what,
                            e->name);
        if (found >= 0) {
            *at = found;
            return BRASA_OK;
        }
    }
    BRASA_TRY(sql_resolve(c->x, &c->s, &outputs, e, &e));
    return find_or_append(c, e, at);
}

static int32_t order_length(const selecting *c)
{
    return c->q->order_all ? c->n : c->q->norder;
}

static brasa_status order_keys(selecting *c)
{
    int32_t n = order_length(c);

    c->order = BRASA_NEWS(c->x->arena, brasa_order, n + 1);
    for (int32_t i = 0; i < n; i++) {
        int32_t at = i;

        c->order[i] = c->q->order[c->q->order_all ? 0 : i];
        if (!c->q->order_all) BRASA_TRY(key_column(c, c->q->order[i].expr, "ORDER BY", &at));
        c->order[i].expr = brasa__expr_ref(c->x->arena, at, brasa__type(BRASA_KIND_NULL), true, NULL);
    }
    c->qualify = -1;
    if (c->q->distinct && c->q->non == 0 && c->nextra > 0)
        return sql_fail(c->x, c->q->order[0].expr->pos, BRASA_INVALID, "ORDER BY of a SELECT DISTINCT may use only what is selected");
    c->on = BRASA_NEWS(c->x->arena, int32_t, c->q->non + 1);
    for (int32_t i = 0; i < c->q->non; i++) BRASA_TRY(key_column(c, c->q->on[i], "DISTINCT ON", &c->on[i]));
    return BRASA_OK;
}

/* QUALIFY's condition is computed beside the list, where windows are. */
static brasa_status qualify(selecting *c)
{
    sql_aliases       outputs = {.n = c->n, .names = c->names, .exprs = c->exprs};
    const brasa_expr *e;

    if (c->q->qualify == NULL) return BRASA_OK;
    BRASA_TRY(sql_resolve(c->x, &c->s, &outputs, c->q->qualify, &e));
    c->qualify = append(c, e, "qualify");
    c->nextra++;
    return BRASA_OK;
}

/* ---- grouping ---- */

static bool needs_group(const selecting *c)
{
    bool any = c->q->ngroups > 0 || c->q->group_all || c->having != NULL || c->outer.n > 0;

    for (int32_t i = 0; i < c->n + c->nextra; i++) any = any || sql_needs_group(c->exprs[i]);
    return any;
}

static brasa_status group(selecting *c, sql_grouping *g)
{
    const brasa_expr *having;

    *g = (sql_grouping) {.x = c->x, .in = &c->s, .outer = &c->outer};
    BRASA_TRY(sql_group_keys(g, c->q, c->exprs, c->names, c->n));
    for (int32_t i = 0; i < c->n + c->nextra; i++) BRASA_TRY(sql_group_lower(g, c->exprs[i], &c->exprs[i]));
    if (c->having != NULL) BRASA_TRY(sql_group_lower(g, c->having, &having));
    BRASA_TRY(sql_group_build(g));
    c->base = &g->out;
    return c->having == NULL ? BRASA_OK : sql_where(c->x, &g->out, having);
}

/* ---- the nodes ---- */

static brasa_status project(selecting *c, const brasa_node **out)
{
    int32_t            n = c->n + c->nextra;
    const brasa_expr **list = BRASA_NEWS(c->x->arena, const brasa_expr *, n + 1);

    for (int32_t i = 0; i < n; i++) {
        BRASA_TRY(sql_attach(c->x, c->base, c->exprs[i], &list[i]));
        list[i] = brasa__expr_alias(c->x->arena, list[i], c->names[i]);
    }
    return brasa__plan_project(c->x->b, c->base->node, list, n, out, c->x->err);
}

static void place_keys(selecting *c, const brasa_node *n)
{
    for (int32_t i = 0; i < order_length(c); i++) c->order[i].expr = brasa__node_ref(c->x->arena, n, c->order[i].expr->index);
}

/* The first row, in the order asked for, of each value of the keys. */
static brasa_status distinct_on(selecting *c, const brasa_node *in, const brasa_node **out)
{
    brasa_arena       *arena = c->x->arena;
    brasa_window_spec *w = BRASA_NEW(arena, brasa_window_spec);
    brasa_expr        *e = brasa__expr_new(arena, BRASA_EXPR_WINDOW);
    const brasa_expr  *call = brasa__expr_call(arena, "row_number", NULL, 0), *test;
    const brasa_expr **keys = BRASA_NEWS(arena, const brasa_expr *, c->q->non + 1);
    brasa_value        one = brasa_value_i32(1);

    for (int32_t i = 0; i < c->q->non; i++) keys[i] = brasa__node_ref(arena, in, c->on[i]);
    *w = (brasa_window_spec) {.nkeys = c->q->non, .keys = keys, .norder = order_length(c), .order = c->order};
    if (w->norder == 0) { /* any row will do */
        brasa_order *any = BRASA_NEW(arena, brasa_order);

        any->expr = keys[0];
        w->order = any;
        w->norder = 1;
    }
    e->args = brasa__arena_copy(arena, &call, sizeof call);
    e->nargs = 1;
    e->extra = w;
    const brasa_expr *windows[] = {e};
    BRASA_TRY(brasa__plan_window(c->x->b, in, windows, 1, out, c->x->err));
    BRASA_TRY(sql_call2(c->x, "=", brasa__node_ref(arena, *out, in->schema.ncols), brasa__expr_literal(arena, &one), &test));
    *out = sql_done(c->x, brasa__make_filter(arena, NULL, *out, test));
    return BRASA_OK;
}

static brasa_status finish(selecting *c, const brasa_node *n, const brasa_node **out)
{
    int32_t *cols = BRASA_NEWS(c->x->arena, int32_t, c->n + 1);

    if (c->qualify >= 0) BRASA_TRY(brasa__plan_filter(c->x->b, n, brasa__node_ref(c->x->arena, n, c->qualify), &n, c->x->err));
    if (c->q->distinct && c->q->non == 0 && c->nextra > 0) { /* the condition is no part of what is distinct */
        for (int32_t i = 0; i < c->n; i++) cols[i] = i;
        n = sql_done(c->x, (brasa_node *)(uintptr_t)brasa__make_pick(c->x->arena, NULL, n, cols, c->n));
    }
    if (c->q->distinct && c->q->non == 0) BRASA_TRY(brasa__plan_distinct(c->x->b, n, NULL, 0, &n, c->x->err));
    place_keys(c, n);
    if (c->q->non > 0) BRASA_TRY(distinct_on(c, n, &n));
    if (order_length(c) > 0) BRASA_TRY(brasa__plan_sort(c->x->b, n, c->order, order_length(c), &n, c->x->err));
    BRASA_TRY(sql_tail(c->x, c->q, n, &n));
    for (int32_t i = 0; i < c->n; i++) cols[i] = i;
    *out = brasa__make_pick(c->x->arena, NULL, n, cols, c->n);
    if (*out != n) sql_done(c->x, (brasa_node *)(uintptr_t)*out);
    return BRASA_OK;
}

/* WITH RECURSIVE t AS ... SELECT columns FROM t LIMIT n: of t no more rows than these are looked at, by this query alone. */
static bool takes_first_rows(const brasa_query *q)
{
    bool plain = q->nctes == 1 && q->ctes[0].recursive && q->limit != NULL && q->nfrom == 1 && q->from[0]->kind == BRASA_FROM_TABLE &&
                 q->where == NULL && q->ngroups == 0 && !q->group_all && q->having == NULL && !q->distinct && q->norder == 0 &&
                 !q->order_all && q->qualify == NULL && !q->ties;

    for (int32_t i = 0; i < q->ntargets && plain; i++) {
        const brasa_expr *e = q->targets[i]->kind == BRASA_EXPR_ALIAS ? q->targets[i]->args[0] : q->targets[i];

        plain = e->kind == BRASA_EXPR_COLUMN || e->kind == BRASA_EXPR_STAR || e->kind == BRASA_EXPR_LITERAL;
    }
    return plain && !q->from[0]->sampled && q->from[0]->schema == NULL && strcasecmp(q->from[0]->name, q->ctes[0].name) == 0;
}

/* Of which table is each column of the list?  Asked for where |> goes on with it. */
static const char *const *tables_of(const selecting *c)
{
    const char **out = BRASA_NEWS(c->x->arena, const char *, c->n + 1);

    for (int32_t i = 0; i < c->n; i++) {
        for (int32_t k = 0; k < c->s.n && out[i] == NULL && c->exprs[i]->kind == BRASA_EXPR_REF; k++)
            if (c->s.names[k].index == c->exprs[i]->index && strcasecmp(c->s.names[k].name, c->names[i]) == 0)
                out[i] = c->s.names[k].qualifier;
    }
    return out;
}

/* WHERE may name an item of the select list where no table, here or around, has a column of that name. */
static const brasa_expr *listed(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    const selecting *c = arg;

    (void)arena;
    if (e->kind != BRASA_EXPR_COLUMN || e->bound || e->qualifier != NULL) return e;
    for (const sql_scope *s = &c->s; s != NULL; s = s->outer) {
        if (sql_scope_find(s, NULL, e->name) != -1) return e;
    }
    for (int32_t i = 0; i < c->q->ntargets; i++) {
        const brasa_expr *t = c->q->targets[i];

        if (t->kind == BRASA_EXPR_ALIAS && t->name != NULL && strcasecmp(t->name, e->name) == 0) return t->args[0];
    }
    return e;
}

brasa_status sql_select(sql_binder *x, const brasa_query *q, sql_scope *outer, const brasa_node **out)
{
    selecting         c = {.x = x, .q = q};
    sql_grouping      g;
    const brasa_expr *where;
    const brasa_node *n;

    sql_scope_init(x, &c.s, outer);
    c.base = &c.s;
    x->enough = -1;
    if (takes_first_rows(q)) BRASA_TRY(sql_rows_needed(x, q, &x->enough));
    BRASA_TRY(sql_from(x, q, &c.s));
    x->enough = -1;
    if (q->where != NULL) {
        BRASA_TRY(sql_resolve(x, &c.s, NULL, brasa__expr_rewrite(x->arena, q->where, listed, &c), &where));
        if (sql_needs_group(where)) return sql_fail(x, q->where->pos, BRASA_INVALID, "an aggregate in WHERE; test it in HAVING");
        BRASA_TRY(sql_join_items(x, &c.s, where, &where));
        if (where != NULL) BRASA_TRY(sql_where(x, &c.s, where));
    }
    BRASA_TRY(sql_time_window(x, &c.s, q, &q));
    c.q = q;
    BRASA_TRY(targets(&c));
    bool               piped = strstr(x->text, "|>") != NULL;
    const char *const *tables = piped ? tables_of(&c) : NULL;
    int32_t            ntables = piped ? c.n : 0;
    sql_aliases        outputs = {.n = c.n, .names = c.names, .exprs = c.exprs};
    if (q->having != NULL) BRASA_TRY(sql_resolve(x, &c.s, &outputs, q->having, &c.having));
    BRASA_TRY(order_keys(&c));
    BRASA_TRY(qualify(&c));
    sql_collect_outer(x, &c.s, c.exprs, c.n + c.nextra, &c.outer);
    if (c.having != NULL && c.outer.n == 0) sql_collect_outer(x, &c.s, &c.having, 1, &c.outer);
    sql_outer_agg *before = x->outer_aggs;
    if (needs_group(&c)) BRASA_TRY(group(&c, &g));
    BRASA_TRY(project(&c, &n));
    x->outer_aggs = before;
    x->tables = tables;
    x->ntables = ntables;
    return finish(&c, n, out);
}
