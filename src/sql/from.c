/* sql/from.c -- FROM: tables, subqueries, functions and joins to a node and the names of its columns. */
#include "sql/binder.h"

#include <string.h>
#include <strings.h>

#include "data/value.h"

/* Where an item stands: what it may refer to when it is lateral, and the query around. */
typedef struct placed {
    sql_scope *siblings; /* its items so far; node NULL: none */
    sql_scope *outer;
} placed;

static brasa_status item(sql_binder *x, const brasa_from *f, placed at, sql_scope *out);

/* ---- tables ---- */

static sql_with *find_with(const sql_binder *x, const char *name)
{
    for (sql_with *w = x->with; w != NULL; w = w->next) {
        if (strcasecmp(w->cte->name, name) == 0) return w;
    }
    return NULL;
}

/* csv.`file.csv`: a format and a file where schema and table would be. */
static bool is_format(const char *name)
{
    static const char *const names[] = {"csv", "json", "text", "hdf5"};

    for (size_t i = 0; name != NULL && i < sizeof names / sizeof *names; i++) {
        if (strcasecmp(name, names[i]) == 0) return true;
    }
    return false;
}

static brasa_status file_table(sql_binder *x, const brasa_from *f, const brasa_node **out)
{
    brasa_value       path = brasa_value_string(f->name);
    const brasa_expr *arg = brasa__expr_literal(x->arena, &path);
    brasa_expr       *call = brasa__expr_call(x->arena, brasa__arena_printf(x->arena, "read_%s", f->schema), &arg, 1);
    brasa_from        function = {.kind = BRASA_FROM_FUNCTION, .pos = f->pos, .call = call};
    bool              on_siblings;

    call->pos = f->pos;
    return sql_function(x, &function, NULL, out, &on_siblings);
}

static brasa_status table(sql_binder *x, const brasa_from *f, sql_scope *out)
{
    sql_with         *w = f->schema == NULL ? find_with(x, f->name) : NULL;
    const brasa_node *n = NULL;
    const char       *near = NULL, *name = f->name;

    if (w != NULL) {
        BRASA_TRY(sql_with_node(x, w, f->pos, &n));
    } else if (is_format(f->schema)) {
        BRASA_TRY(file_table(x, f, &n));
    } else if (x->catalog->table != NULL) {
        name = brasa__sql_table_name(x->arena, f->schema, f->name);
        BRASA_TRY(x->catalog->table(x->catalog->arg, name, &n, &near, x->err));
    }
    if (n == NULL)
        return sql_fail(x, f->pos, BRASA_NOT_FOUND, "there is no table or view '%s'%s%s%s", name, near == NULL ? "" : "; did you mean '",
                        near == NULL ? "" : near, near == NULL ? "" : "'?");
    return sql_scope_table(x, out, n, f->alias != NULL ? f->alias : f->name, f->columns, f->ncolumns, f->pos);
}

/* ---- subqueries, functions ---- */

/* The query before |>: its columns keep the names of their tables. */
static brasa_status piped(sql_binder *x, const brasa_node *n, sql_scope *out)
{
    for (int32_t i = 0; i < n->schema.ncols; i++)
        sql_scope_add(x, out, i < x->ntables ? x->tables[i] : NULL, n->schema.cols[i].name, i, false);
    out->node = n;
    return BRASA_OK;
}

static brasa_status derived(sql_binder *x, const brasa_from *f, placed at, sql_scope *out)
{
    const brasa_node *n;

    x->ntables = 0;
    BRASA_TRY(sql_query(x, f->query, f->lateral ? at.siblings : at.outer, &n));
    if (f->query->kind != BRASA_QUERY_SELECT) x->ntables = 0;
    if (f->alias != NULL && strncmp(f->alias, "__pipe", 6) == 0) return piped(x, n, out);
    return sql_scope_table(x, out, n, f->alias, f->columns, f->ncolumns, f->pos);
}

static const char *function_name(const brasa_from *f)
{
    return f->alias != NULL ? f->alias : f->call->name;
}

/* PostgreSQL's f(x) AS a: a function of one column gives its alias to the column too. */
static brasa_status function(sql_binder *x, const brasa_from *f, placed at, sql_scope *out, bool *on_siblings)
{
    const brasa_node *n;
    const brasa_from *routine = NULL;

    *on_siblings = false;
    if (f->call->kind == BRASA_EXPR_CALL && !f->ordinality) BRASA_TRY(sql_routine_table(x, f, at.siblings->node != NULL, &routine));
    if (routine != NULL) return derived(x, routine, at, out);
    BRASA_TRY(sql_function(x, f, at.siblings, &n, on_siblings));
    if (!*on_siblings) return sql_scope_table(x, out, n, function_name(f), f->columns, f->ncolumns, f->pos);
    int32_t before = at.siblings->node->schema.ncols, k = 0;
    out->n = 0;
    for (int32_t i = 0; i < at.siblings->n; i++) {
        const sql_name *c = &at.siblings->names[i];
        sql_scope_add(x, out, c->qualifier, c->name, c->index, c->hidden);
    }
    for (int32_t i = before; i < n->schema.ncols; i++, k++)
        sql_scope_add(x, out, function_name(f), k < f->ncolumns ? f->columns[k] : n->schema.cols[i].name, i, false);
    out->node = n;
    return BRASA_OK;
}

/* ---- samples ---- */

static brasa_status sampled(sql_binder *x, const brasa_from *f, sql_scope *out)
{
    brasa_value percent, seed = brasa_value_i64(0);

    if (f->sample_rows) {
        BRASA_TRY(sql_constant(x, f->percent, brasa__type(BRASA_KIND_INT64), &percent));
        if (percent.null || percent.u.i < 0)
            return sql_fail(x, f->percent->pos, BRASA_INVALID, "TABLESAMPLE takes a number of rows from 0");
        return brasa__plan_limit(x->b, out->node, percent.u.i, 0, &out->node, x->err);
    }
    BRASA_TRY(sql_constant(x, f->percent, brasa__type(BRASA_KIND_FLOAT64), &percent));
    if (f->seed != NULL) BRASA_TRY(sql_constant(x, f->seed, brasa__type(BRASA_KIND_INT64), &seed));
    if (percent.null || !(percent.u.f >= 0 && percent.u.f <= 100))
        return sql_fail(x, f->percent->pos, BRASA_INVALID, "TABLESAMPLE takes a percentage from 0 to 100");
    return brasa__plan_sample(x->b, out->node, percent.u.f / 100, (uint64_t)seed.u.i, &out->node, x->err);
}

/* ---- joins ---- */

static void add_names(sql_binder *x, sql_scope *out, const sql_scope *from, int32_t shift, const bool *hidden)
{
    for (int32_t i = 0; i < from->n; i++) {
        const sql_name *c = &from->names[i];

        sql_scope_add(x, out, c->qualifier, c->name, c->index + shift, c->hidden || (hidden != NULL && hidden[i]));
    }
}

static void hide_name(const sql_scope *s, const char *name, bool *hidden)
{
    for (int32_t i = 0; i < s->n; i++) hidden[i] = hidden[i] || strcasecmp(s->names[i].name, name) == 0;
}

static brasa_status shared_names(sql_binder *x, const brasa_from *f, const sql_scope *l, const sql_scope *r, const char *const **out,
                                 int32_t *n)
{
    const char **names = BRASA_NEWS(x->arena, const char *, l->n + 1);

    *out = f->using_names;
    *n = f->nusing;
    if (!f->natural) return BRASA_OK;
    *n = 0;
    for (int32_t i = 0; i < l->n; i++) {
        if (!l->names[i].hidden && sql_scope_find(r, NULL, l->names[i].name) != -1) names[(*n)++] = l->names[i].name;
    }
    *out = names;
    return BRASA_OK;
}

static brasa_status using_column(sql_binder *x, const brasa_from *f, const sql_scope *s, const char *side, const char *name, int32_t *at)
{
    *at = sql_scope_find(s, NULL, name);
    if (*at >= 0) return BRASA_OK;
    return sql_fail(x, f->left->pos, *at == -1 ? BRASA_NOT_FOUND : BRASA_INVALID, "column %s of USING is %s on the %s side of the join",
                    name, *at == -1 ? "not" : "ambiguous", side);
}

typedef struct joining {
    const brasa_from  *f;
    sql_scope         *l, *r;
    const char *const *names; /* shared */
    int32_t            n;
    int32_t           *lcol, *rcol;
} joining;

static brasa_status using_condition(sql_binder *x, joining *j, const brasa_expr **on)
{
    int32_t nl = j->l->node->schema.ncols;

    for (int32_t i = 0; i < j->n; i++) {
        const brasa_expr *equal;

        BRASA_TRY(using_column(x, j->f, j->l, "left", j->names[i], &j->lcol[i]));
        BRASA_TRY(using_column(x, j->f, j->r, "right", j->names[i], &j->rcol[i]));
        BRASA_TRY(sql_call2(x, "=", brasa__node_ref(x->arena, j->l->node, j->lcol[i]),
                            brasa__schema_ref(x->arena, j->r->node->schema, j->rcol[i], nl), &equal));
        *on = brasa__expr_and(x->arena, *on, equal);
    }
    return BRASA_OK;
}

/* FULL JOIN USING: the side that has a row gives the value; such columns stand behind all others. */
static brasa_status coalesced(sql_binder *x, const joining *j, const brasa_node *in, const brasa_node **out)
{
    int32_t            w = in->schema.ncols, nl = j->l->node->schema.ncols;
    const brasa_expr **exprs = BRASA_NEWS(x->arena, const brasa_expr *, w + j->n + 1);
    const char       **names = BRASA_NEWS(x->arena, const char *, w + j->n + 1);

    for (int32_t i = 0; i < w; i++) exprs[i] = brasa__node_ref(x->arena, in, i), names[i] = in->schema.cols[i].name;
    for (int32_t i = 0; i < j->n; i++) {
        names[w + i] = j->names[i];
        BRASA_TRY(sql_call2(x, "coalesce", exprs[j->lcol[i]], exprs[nl + j->rcol[i]], &exprs[w + i]));
    }
    *out = sql_done(x, brasa__make_project(x->arena, NULL, in, exprs, names, w + j->n));
    return BRASA_OK;
}

static void joined_names(sql_binder *x, const joining *j, int32_t width, sql_scope *out)
{
    bool   *hl = BRASA_NEWS(x->arena, bool, j->l->n + 1), *hr = BRASA_NEWS(x->arena, bool, j->r->n + 1);
    int32_t nl = j->l->node->schema.ncols;

    for (int32_t i = 0; i < j->n; i++) {
        int32_t at = j->f->join == BRASA_JOIN_FULL ? width + i : j->f->join == BRASA_JOIN_RIGHT ? nl + j->rcol[i] : j->lcol[i];

        sql_scope_add(x, out, NULL, j->names[i], at, false);
        hide_name(j->l, j->names[i], hl);
        hide_name(j->r, j->names[i], hr);
    }
    add_names(x, out, j->l, 0, hl);
    if (j->f->join != BRASA_JOIN_SEMI && j->f->join != BRASA_JOIN_ANTI) add_names(x, out, j->r, nl, hr);
}

static brasa_status make_join(sql_binder *x, const joining *j, const brasa_expr *on, const brasa_node **out)
{
    brasa_join_spec spec = {.type = j->f->join, .on = on};

    if (sql_has_outer(x->arena, j->r->node, j->l->id)) {
        if (spec.type != BRASA_JOIN_INNER && spec.type != BRASA_JOIN_LEFT)
            return sql_fail(x, j->f->right->pos, BRASA_UNSUPPORTED, "a lateral right side joins only INNER, CROSS and LEFT");
        return sql_lateral(x, j->l, j->r->node, spec.type, on, out);
    }
    if (on == NULL && spec.type == BRASA_JOIN_INNER) spec.type = BRASA_JOIN_CROSS;
    return brasa__plan_join(x->b, j->l->node, j->r->node, &spec, out, x->err);
}

/* ---- a subquery in ON ---- */

/* The rows with numbers behind them, by which they are known again. */
static brasa_status number(sql_binder *x, const brasa_node *in, const brasa_node **out)
{
    const brasa_expr *call = brasa__expr_call(x->arena, "row_number", NULL, 0);
    brasa_expr       *e = brasa__expr_new(x->arena, BRASA_EXPR_WINDOW);
    const brasa_expr *list = e;

    e->args = brasa__arena_copy(x->arena, &call, sizeof call);
    e->nargs = 1;
    e->extra = BRASA_NEW(x->arena, brasa_window_spec);
    return brasa__plan_window(x->b, in, &list, 1, out, x->err);
}

static const brasa_node *pick(sql_binder *x, const brasa_node *n, int32_t a, int32_t na, int32_t b, int32_t nb)
{
    int32_t *cols = BRASA_NEWS(x->arena, int32_t, na + nb + 1);

    for (int32_t i = 0; i < na; i++) cols[i] = a + i;
    for (int32_t i = 0; i < nb; i++) cols[na + i] = b + i;
    const brasa_node *out = brasa__make_pick(x->arena, NULL, n, cols, na + nb);
    return out == n ? n : sql_done(x, (brasa_node *)(uintptr_t)out);
}

/* Rows of both sides whose numbers, in columns a and b, are equal. */
static brasa_status join_numbers(sql_binder *x, const brasa_node *l, int32_t a, const brasa_node *r, int32_t b, brasa_join_type type,
                                 const brasa_node **out)
{
    brasa_join_spec spec = {.type = type};

    BRASA_TRY(sql_call2(x, "=", brasa__node_ref(x->arena, l, a), brasa__schema_ref(x->arena, r->schema, b, l->schema.ncols), &spec.on));
    return brasa__plan_join(x->b, l, r, &spec, out, x->err);
}

/* The pairs for which the condition is true are found first, among numbered rows; then the rows of a side that is kept whole are joined with their pairs. */
static brasa_status by_pairs(sql_binder *x, const joining *j, sql_scope *pairs, const brasa_node **out)
{
    const brasa_node *l, *r, *m, *n;
    brasa_join_type   type = j->f->join;
    int32_t           nl = j->l->node->schema.ncols, nr = j->r->node->schema.ncols;
    brasa_join_spec   cross = {.type = BRASA_JOIN_CROSS};
    const brasa_expr *on;

    if (sql_has_outer(x->arena, j->r->node, j->l->id))
        return sql_fail(x, j->f->on->pos, BRASA_UNSUPPORTED, "a subquery in ON of a lateral outer join; move it into the lateral side");
    BRASA_TRY(number(x, j->l->node, &l));
    BRASA_TRY(number(x, j->r->node, &r));
    BRASA_TRY(brasa__plan_join(x->b, l, r, &cross, &pairs->node, x->err));
    add_names(x, pairs, j->l, 0, NULL);
    add_names(x, pairs, j->r, nl + 1, NULL);
    BRASA_TRY(sql_resolve(x, pairs, NULL, j->f->on, &on));
    BRASA_TRY(sql_where(x, pairs, on));
    m = pairs->node;
    switch (type) {
    case BRASA_JOIN_LEFT:
        BRASA_TRY(join_numbers(x, l, nl, pick(x, m, nl, 1 + nr, 0, 0), 0, type, &n));
        *out = pick(x, n, 0, nl, nl + 2, nr);
        return BRASA_OK;
    case BRASA_JOIN_RIGHT:
        BRASA_TRY(join_numbers(x, pick(x, m, 0, nl, nl + 1 + nr, 1), nl, r, nr, type, &n));
        *out = pick(x, n, 0, nl, nl + 1, nr);
        return BRASA_OK;
    case BRASA_JOIN_FULL:
        BRASA_TRY(join_numbers(x, l, nl, pick(x, m, nl, 1, nl + 1 + nr, 1), 0, BRASA_JOIN_LEFT, &n));
        BRASA_TRY(join_numbers(x, n, nl + 2, r, nr, type, &n));
        *out = pick(x, n, 0, nl, nl + 3, nr);
        return BRASA_OK;
    case BRASA_JOIN_SEMI:
    case BRASA_JOIN_ANTI:
        BRASA_TRY(join_numbers(x, l, nl, pick(x, m, nl, 1, 0, 0), 0, type, &n));
        *out = pick(x, n, 0, nl, 0, 0);
        return BRASA_OK;
    case BRASA_JOIN_INNER:
    case BRASA_JOIN_CROSS:
    case BRASA_JOIN_MARK:
    case BRASA_JOIN_SINGLE: break;
    }
    return brasa__fail(x->err, BRASA_INTERNAL, "a join of this kind with ON");
}

/* ON with a subquery: rows of the product are filtered. */
static brasa_status subquery_condition(sql_binder *x, const joining *j, const brasa_expr *on, sql_scope *outer, sql_scope *out)
{
    sql_scope pairs;

    if (j->f->join == BRASA_JOIN_INNER) {
        BRASA_TRY(make_join(x, j, NULL, &out->node));
        return sql_where(x, out, on);
    }
    sql_scope_init(x, &pairs, outer);
    return by_pairs(x, j, &pairs, &out->node);
}

static const brasa_expr *join_condition(sql_binder *x, const brasa_from *f)
{
    brasa_value yes = brasa_value_bool(true);

    return f->on != NULL ? f->on : brasa__expr_literal(x->arena, &yes);
}

/* A function of the left side's columns makes rows of each of its rows: no join is needed.  A LEFT JOIN joins the numbered rows with those that the
 * condition leaves. */
static brasa_status join_function(sql_binder *x, const brasa_from *f, sql_scope *l, sql_scope *r, placed at, sql_scope *out, bool *done)
{
    bool              on_siblings, left = f->join == BRASA_JOIN_LEFT;
    int32_t           nl = l->node->schema.ncols, id = out->id;
    const brasa_node *plain = l->node, *numbered = l->node, *n;
    const brasa_expr *on;

    *done = false;
    if (left) BRASA_TRY(number(x, plain, &numbered));
    l->node = numbered;
    sql_scope_init(x, r, at.outer);
    BRASA_TRY(function(x, f->right, (placed) {.siblings = l, .outer = at.outer}, r, &on_siblings));
    l->node = plain;
    if (!on_siblings) return BRASA_OK;
    *done = true;
    *out = *r;
    out->id = id;
    out->outer = at.siblings->node != NULL ? at.siblings : at.outer;
    if (left || f->on != NULL) {
        BRASA_TRY(sql_resolve(x, out, NULL, join_condition(x, f), &on));
        BRASA_TRY(sql_where(x, out, on));
    }
    out->outer = at.outer;
    if (!left) return BRASA_OK;
    int32_t made = out->node->schema.ncols - nl - 1;
    BRASA_TRY(join_numbers(x, numbered, nl, pick(x, out->node, nl, 1 + made, 0, 0), 0, BRASA_JOIN_LEFT, &n));
    out->node = pick(x, n, 0, nl, nl + 2, made);
    for (int32_t i = 0; i < out->n; i++) out->names[i].index -= out->names[i].index > nl;
    return BRASA_OK;
}

/* POSITIONAL JOIN: the first row with the first, and so on; the shorter side ends in nulls. */
static brasa_status positional(sql_binder *x, const sql_scope *l, const sql_scope *r, sql_scope *out)
{
    int32_t           nl = l->node->schema.ncols, nr = r->node->schema.ncols;
    const brasa_node *a, *b, *n;

    BRASA_TRY(number(x, l->node, &a));
    BRASA_TRY(number(x, r->node, &b));
    BRASA_TRY(join_numbers(x, a, nl, b, nr, BRASA_JOIN_FULL, &n));
    out->node = pick(x, n, 0, nl, nl + 1, nr);
    return BRASA_OK;
}

static brasa_status join(sql_binder *x, const brasa_from *f, placed at, sql_scope *out)
{
    sql_scope         l, r;
    joining           j = {.f = f, .l = &l, .r = &r};
    const brasa_expr *on = NULL;

    BRASA_TRY(item(x, f->left, at, &l));
    if (sql_is_pivot(f->right)) return sql_pivot(x, f, &l, out);
    l.outer = at.siblings;
    if (f->right->kind == BRASA_FROM_FUNCTION && (f->join == BRASA_JOIN_INNER || f->join == BRASA_JOIN_LEFT) && f->nusing == 0 &&
        !f->natural) {
        bool done;

        BRASA_TRY(join_function(x, f, &l, &r, at, out, &done));
        if (done) return BRASA_OK;
    } else {
        BRASA_TRY(item(x, f->right, (placed) {.siblings = &l, .outer = at.outer}, &r));
    }
    BRASA_TRY(shared_names(x, f, &l, &r, &j.names, &j.n));
    j.lcol = BRASA_NEWS(x->arena, int32_t, j.n + 1);
    j.rcol = BRASA_NEWS(x->arena, int32_t, j.n + 1);
    BRASA_TRY(using_condition(x, &j, &on));
    joined_names(x, &j, l.node->schema.ncols + r.node->schema.ncols, out);
    if (f->positional) return positional(x, &l, &r, out);
    if (f->on != NULL) {
        const brasa_node *sides[] = {l.node, r.node};
        brasa_node       *both = brasa__make_node(x->arena, BRASA_NODE_JOIN, NULL, sides, 2);

        both->u.join.type = BRASA_JOIN_INNER;
        brasa__node_reschema(x->arena, both);
        out->node = both; /* types for the condition */
        sql_scope condition = *out;
        condition.index = NULL;
        if (f->join == BRASA_JOIN_SEMI || f->join == BRASA_JOIN_ANTI) add_names(x, &condition, &r, l.node->schema.ncols, NULL);
        condition.outer = at.siblings->node != NULL ? at.siblings : at.outer;
        BRASA_TRY(sql_resolve(x, &condition, NULL, f->on, &on));
        if (sql_any(on, sql_is_subquery)) return subquery_condition(x, &j, on, condition.outer, out);
        BRASA_TRY(sql_type(x, on, false, &on));
    }
    BRASA_TRY(make_join(x, &j, on, &out->node));
    if (f->join == BRASA_JOIN_FULL && j.n > 0) BRASA_TRY(coalesced(x, &j, out->node, &out->node));
    for (int32_t i = 0; f->alias != NULL && i < out->n; i++) out->names[i].qualifier = f->alias;
    return BRASA_OK;
}

static brasa_status item(sql_binder *x, const brasa_from *f, placed at, sql_scope *out)
{
    bool on_siblings;

    sql_scope_init(x, out, at.outer);
    switch (f->kind) {
    case BRASA_FROM_TABLE: BRASA_TRY(table(x, f, out)); break;
    case BRASA_FROM_QUERY: BRASA_TRY(derived(x, f, at, out)); break;
    case BRASA_FROM_FUNCTION:
        BRASA_TRY(function(x, f, at, out, &on_siblings));
        if (on_siblings)
            return sql_fail(x, f->pos, BRASA_UNSUPPORTED,
                            "a function of another table's columns on this side of a join; say CROSS JOIN, or explode_outer");
        break;
    case BRASA_FROM_JOIN: return join(x, f, at, out);
    }
    return f->sampled ? sampled(x, f, out) : BRASA_OK;
}

/* ---- the list ---- */

static brasa_status add_item(sql_binder *x, const brasa_from *f, sql_scope *s)
{
    sql_scope one;
    placed    at = {.siblings = s, .outer = s->outer};
    bool      on_siblings = false;

    if (f->kind == BRASA_FROM_FUNCTION) {
        sql_scope_init(x, &one, s->outer);
        BRASA_TRY(function(x, f, at, &one, &on_siblings));
    } else {
        BRASA_TRY(item(x, f, at, &one));
    }
    s->items = brasa__arena_grow(x->arena, s->items, &s->cap_items, s->nitems + 1, sizeof *s->items);
    bool plain = s->node == NULL || (!on_siblings && s->nitems > 0 && !sql_has_outer(x->arena, one.node, s->id));
    if (plain) s->items[s->nitems] = one.node;
    s->nitems = plain ? s->nitems + 1 : 0;
    if (s->node == NULL || on_siblings) {
        s->node = one.node;
        s->names = one.names;
        s->index = NULL;
        s->n = one.n;
        s->cap = one.cap;
        return BRASA_OK;
    }
    int32_t before = s->node->schema.ncols;
    if (sql_has_outer(x->arena, one.node, s->id)) {
        BRASA_TRY(sql_lateral(x, s, one.node, BRASA_JOIN_INNER, NULL, &s->node));
    } else {
        brasa_join_spec spec = {.type = BRASA_JOIN_CROSS};
        BRASA_TRY(brasa__plan_join(x->b, s->node, one.node, &spec, &s->node, x->err));
    }
    add_names(x, s, &one, before, NULL);
    return BRASA_OK;
}

static brasa_status same_name_twice(sql_binder *x, const brasa_query *q)
{
    for (int32_t i = 0; i < q->nfrom; i++) {
        const char *a = q->from[i]->alias != NULL ? q->from[i]->alias : q->from[i]->name;

        for (int32_t k = 0; a != NULL && k < i; k++) {
            const char *b = q->from[k]->alias != NULL ? q->from[k]->alias : q->from[k]->name;
            if (b != NULL && strcasecmp(a, b) == 0)
                return sql_fail(x, q->from[i]->pos, BRASA_INVALID, "table name %s stands twice in FROM; give one an alias", a);
        }
    }
    return BRASA_OK;
}

brasa_status sql_from(sql_binder *x, const brasa_query *q, sql_scope *s)
{
    BRASA_TRY(same_name_twice(x, q));
    for (int32_t i = 0; i < q->nfrom; i++) BRASA_TRY(add_item(x, q->from[i], s));
    return q->nfrom > 0 ? BRASA_OK : sql_one_row(x, &s->node);
}

/* ---- conditions between the items ---- */

/* Does a typed condition compare columns from `from` on with earlier ones, and none from `to` on? */
static bool joins_at(const brasa_expr *e, int32_t from, int32_t to)
{
    return brasa__refs_within(e, 0, to) && !brasa__refs_within(e, 0, from) && !brasa__refs_within(e, from, to);
}

brasa_status sql_join_items(sql_binder *x, sql_scope *s, const brasa_expr *where, const brasa_expr **rest)
{
    const brasa_expr **parts, **typed;
    int32_t            n, width;
    const brasa_node  *node;

    *rest = where;
    if (s->nitems < 2) return BRASA_OK;
    sql_conjuncts(x, where, &parts, &n);
    typed = BRASA_NEWS(x->arena, const brasa_expr *, n + 1);
    for (int32_t i = 0; i < n; i++) {
        if (sql_any(parts[i], sql_is_subquery) || sql_any(parts[i], sql_is_aggregate)) continue;
        BRASA_TRY(sql_type(x, parts[i], false, &typed[i]));
        if (typed[i]->type.kind != BRASA_KIND_BOOL || sql_expr_has_outer(typed[i], -1) || !brasa__expr_is_deterministic(typed[i]))
            typed[i] = NULL;
    }
    node = s->items[0];
    width = node->schema.ncols;
    for (int32_t k = 1; k < s->nitems; k++) {
        brasa_join_spec spec = {.type = BRASA_JOIN_INNER};
        int32_t         next = width + s->items[k]->schema.ncols;

        for (int32_t i = 0; i < n; i++) {
            if (typed[i] == NULL || !joins_at(typed[i], width, next)) continue;
            spec.on = brasa__expr_and(x->arena, spec.on, typed[i]);
            typed[i] = NULL;
            parts[i] = NULL;
        }
        if (spec.on == NULL) spec.type = BRASA_JOIN_CROSS;
        BRASA_TRY(brasa__plan_join(x->b, node, s->items[k], &spec, &node, x->err));
        width = next;
    }
    s->node = node;
    int32_t m = 0;
    for (int32_t i = 0; i < n; i++) {
        if (parts[i] != NULL) parts[m++] = parts[i];
    }
    *rest = m == 0 ? NULL : sql_and(x, parts, m);
    return BRASA_OK;
}
