/* sql/pivot.c -- PIVOT and UNPIVOT: the scanner made calls of them (lex_pivot.c) that are joined with the table they stand behind.
 *
 * PIVOT groups by the columns that it does not name; each value of IN has each aggregate over the rows that have this value, null where there is none (Spark's, behind
 * a table) or the aggregate of no rows (DuckDB's statement: a count is 0).  Values that are not given are asked of the data before the rest is planned.  UNPIVOT is an explosion of a list of structs (name, values).
 */
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "data/value.h"
#include "sql/binder.h"

enum { MOST_PIVOTED = 1000 };

/* An argument and its alias (NULL none). */
typedef struct part {
    const brasa_expr *e;
    const char       *name;
    int32_t           key; /* of a value of IN: which FOR it stands behind */
} part;

typedef struct parts {
    part   *items;
    int32_t n, cap;
} parts;

typedef struct pivoting {
    sql_binder       *x;
    sql_scope        *l;
    const brasa_from *f;
    parts             values; /* UNPIVOT's value columns; PIVOT's aggregates */
    parts             keys;   /* FOR */
    parts             in;
    parts             groups;
    bool              grouped;   /* GROUP BY was said */
    bool              statement; /* DuckDB's */
    bool              nulls;     /* UNPIVOT INCLUDE NULLS */
} pivoting;

static bool is_mark(const brasa_expr *e, const char *name)
{
    return e->kind == BRASA_EXPR_CALL && e->nargs == 1 && strcmp(e->name, name) == 0;
}

static part *add(sql_binder *x, parts *p, const brasa_expr *e)
{
    p->items = brasa__arena_grow(x->arena, p->items, &p->cap, p->n + 1, sizeof *p->items);
    p->items[p->n] = (part) {.e = e};
    return &p->items[p->n++];
}

static void read_arguments(pivoting *p, const brasa_expr *call, int32_t from)
{
    parts *last = NULL;

    for (int32_t i = from; i < call->nargs; i++) {
        const brasa_expr *a = call->args[i];

        if (is_mark(a, "__as__")) {
            if (last != NULL && a->args[0]->kind == BRASA_EXPR_COLUMN) last->items[last->n - 1].name = a->args[0]->name;
            continue;
        }
        last = is_mark(a, "__for__") ? &p->keys : is_mark(a, "__in__") ? &p->in : is_mark(a, "__group__") ? &p->groups : &p->values;
        p->grouped = p->grouped || last == &p->groups;
        add(p->x, last, last == &p->values && !is_mark(a, "__value__") ? a : a->args[0])->key = p->keys.n - 1;
    }
}

/* (a, b) as its elements; anything else as one. */
static int32_t elements(const brasa_expr *e, const brasa_expr *const **out, const brasa_expr **one)
{
    bool row = e->kind == BRASA_EXPR_CALL && (strcmp(e->name, "struct") == 0 || strcmp(e->name, "row") == 0) && e->nargs > 0;

    *one = e;
    *out = row ? e->args : one;
    return row ? e->nargs : 1;
}

static brasa_status resolved(pivoting *p, const brasa_expr *e, const brasa_expr **out)
{
    return sql_resolve(p->x, p->l, NULL, e, out);
}

static const brasa_expr *text(sql_binder *x, const char *s)
{
    brasa_value v = brasa_value_string(s);

    return brasa__expr_literal(x->arena, &v);
}

/* The columns of the table that no expression so far uses. */
static uint64_t *new_bits(const pivoting *p)
{
    return BRASA_NEWS(p->x->arena, uint64_t, p->l->node->schema.ncols / 64 + 1);
}

static bool has_bit(const uint64_t *bits, int32_t i)
{
    return (bits[i >> 6] >> (i & 63) & 1) != 0;
}

/* ---- PIVOT ---- */

typedef struct filtering {
    const brasa_expr *test;
} filtering;

static const brasa_expr *with_filter(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    const filtering *f = arg;
    bool             count_if = e->kind == BRASA_EXPR_CALL && !e->bound && strcmp(e->name, "count_if") == 0;

    if (e->kind != BRASA_EXPR_AGGREGATE && !count_if) return e;
    brasa_expr *copy = brasa__arena_copy(arena, e, sizeof *e);
    copy->kind = BRASA_EXPR_AGGREGATE;
    copy->filter = e->filter == NULL ? f->test : brasa__expr_call2(arena, "and", e->filter, f->test);
    return copy;
}

/* Null by itself where no row comes to it? */
static bool null_of_nothing(const brasa_expr *e)
{
    static const char *const names[] = {"sum", "avg", "mean", "min", "max", "first", "last", "any_value"};

    for (size_t i = 0; i < sizeof names / sizeof *names && e->kind == BRASA_EXPR_AGGREGATE; i++)
        if (strcmp(e->name, names[i]) == 0) return true;
    return false;
}

/* The aggregate over the rows for which the test is true. */
static const brasa_expr *pivoted(pivoting *p, const brasa_expr *agg, const brasa_expr *test)
{
    brasa_arena *a = p->x->arena;
    brasa_value  one = brasa_value_i32(1), zero = brasa_value_i32(0), null = brasa_value_null();
    filtering    f = {test};

    agg = brasa__expr_rewrite(a, agg, with_filter, &f);
    if (p->statement || null_of_nothing(agg)) return agg;
    brasa_expr *count = brasa__expr_call1(a, "count", brasa__expr_literal(a, &one)), *c = brasa__expr_new(a, BRASA_EXPR_CASE);
    count->kind = BRASA_EXPR_AGGREGATE;
    count->filter = test;
    const brasa_expr *args[] = {brasa__expr_call2(a, ">", count, brasa__expr_literal(a, &zero)), agg, brasa__expr_literal(a, &null)};
    c->args = brasa__arena_copy(a, args, sizeof args);
    c->nargs = 3;
    return c;
}

/* Does a row have that value?  *name: its text, {1, a} or, of combined ones, 1_a. */
static brasa_status matches(pivoting *p, const brasa_expr *const *keys, int32_t n, const part *value, bool combined,
                            const brasa_expr **test, const char **name)
{
    const brasa_expr *const *v, *one;
    int32_t                  m = elements(value->e, &v, &one);
    sql_scope                none = {.outer = NULL};
    brasa_text               t;

    if (m != n) return sql_fail(p->x, value->e->pos, BRASA_INVALID, "PIVOT: a value of %d parts for %d columns", m, n);
    *test = NULL;
    brasa__text_init(&t, p->x->arena);
    if (n > 1 && !combined) brasa__text_add(&t, "{");
    for (int32_t i = 0; i < n; i++) {
        const brasa_expr *lit = v[i], *equal;
        brasa_value       known;

        if (!lit->bound) BRASA_TRY(sql_resolve(p->x, &none, NULL, lit, &lit));
        BRASA_TRY(sql_type(p->x, lit, false, &lit));
        if (brasa__expr_constant(p->x->arena, lit, &known, p->x->err) != BRASA_OK)
            return sql_fail(p->x, v[i]->pos, BRASA_INVALID, "the values of PIVOT are constants");
        if (i > 0) brasa__text_add(&t, combined ? "_" : ", ");
        if (known.null)
            brasa__text_add(&t, "null");
        else
            brasa__value_text(&known, &t);
        BRASA_TRY(sql_type(p->x, brasa__expr_call2(p->x->arena, "<=>", keys[i], lit), false, &equal));
        *test = brasa__expr_and(p->x->arena, *test, equal);
    }
    if (n > 1 && !combined) brasa__text_add(&t, "}");
    *name = value->name != NULL ? value->name : t.s;
    return BRASA_OK;
}

/* Without IN: the values that there are, in order. */
static brasa_status ask_values(pivoting *p, const brasa_expr *key, int32_t at, parts *to)
{
    sql_binder       *x = p->x;
    brasa_value       v;
    const brasa_node *node;

    if (x->catalog->value == NULL)
        return sql_fail(x, p->f->pos, BRASA_UNSUPPORTED, "PIVOT without IN outside of a session; name the values");
    brasa_expr *set = brasa__expr_call1(x->arena, "collect_set", key);
    set->kind = BRASA_EXPR_AGGREGATE;
    const brasa_expr    *list = brasa__expr_call1(x->arena, "sort_array", set);
    brasa_aggregate_spec spec = {.exprs = &list, .nexprs = 1, .only_exprs = true};
    BRASA_TRY(brasa__plan_aggregate(x->b, p->l->node, &spec, &node, x->err));
    BRASA_TRY(x->catalog->value(x->catalog->arg, node, &v, x->err));
    if (v.null || v.u.list.n == 0)
        return sql_fail(x, p->f->pos, BRASA_INVALID, "PIVOT finds no value in a table without rows; name them by IN");
    for (int32_t i = 0; i < v.u.list.n && i <= MOST_PIVOTED; i++) add(x, to, brasa__expr_literal(x->arena, &v.u.list.items[i]))->key = at;
    return BRASA_OK;
}

/* ON a, b IN (1, 2): each value of a with each of b, as one value of (a, b) whose name is both. */
static brasa_status combine(pivoting *p)
{
    sql_binder        *x = p->x;
    int32_t            n = p->keys.n;
    const brasa_expr **keys = BRASA_NEWS(x->arena, const brasa_expr *, n);
    parts              all = {0}, each;

    for (int32_t k = 0; k < n; k++) {
        const brasa_expr *const *list, *one, *key;
        parts                    more = {0};

        keys[k] = p->keys.items[k].e;
        if (elements(keys[k], &list, &one) != 1)
            return sql_fail(x, p->f->pos, BRASA_UNSUPPORTED, "PIVOT ON (a, b) beside other columns; write ON a, b");
        each = (parts) {0};
        for (int32_t i = 0; i < p->in.n; i++)
            if (p->in.items[i].key == k) add(x, &each, p->in.items[i].e)->name = p->in.items[i].name;
        if (each.n == 0) {
            BRASA_TRY(resolved(p, keys[k], &key));
            BRASA_TRY(ask_values(p, key, k, &each));
        }
        if (k == 0) {
            all = each;
            continue;
        }
        if ((int64_t)all.n * each.n > MOST_PIVOTED)
            return sql_fail(x, p->f->pos, BRASA_INVALID, "PIVOT would make more than %d columns; name the values by IN", MOST_PIVOTED);
        for (int32_t i = 0; i < all.n; i++) {
            for (int32_t j = 0; j < each.n; j++) {
                const brasa_expr **row = BRASA_NEWS(x->arena, const brasa_expr *, n), *const * had, *only;
                int32_t            m = k == 1 ? 1 : elements(all.items[i].e, &had, &only);

                if (k == 1) had = &all.items[i].e;
                memcpy(row, had, sizeof *row * (size_t)m);
                row[m] = each.items[j].e;
                add(x, &more, brasa__expr_call(x->arena, "struct", row, m + 1));
            }
        }
        all = more;
    }
    p->in = all;
    p->keys.n = 0;
    add(x, &p->keys, brasa__expr_call(x->arena, "struct", keys, n));
    return BRASA_OK;
}

typedef struct output {
    const brasa_expr **exprs;
    const char       **names, **qualifiers;
    int32_t            n, cap, cap_names, cap_qualifiers;
} output;

static void put(sql_binder *x, output *o, const brasa_expr *e, const char *name, const char *qualifier)
{
    o->exprs = brasa__arena_grow(x->arena, o->exprs, &o->cap, o->n + 1, sizeof *o->exprs);
    o->names = brasa__arena_grow(x->arena, o->names, &o->cap_names, o->n + 1, sizeof *o->names);
    o->qualifiers = brasa__arena_grow(x->arena, o->qualifiers, &o->cap_qualifiers, o->n + 1, sizeof *o->qualifiers);
    o->exprs[o->n] = e;
    o->names[o->n] = name;
    o->qualifiers[o->n++] = qualifier;
}

/* What the rows are grouped by: what was said, or the columns that stand in no aggregate and not in FOR. */
static brasa_status group_columns(pivoting *p, const uint64_t *used, output *o)
{
    for (int32_t i = 0; i < p->groups.n; i++) {
        const brasa_expr *e;

        BRASA_TRY(resolved(p, p->groups.items[i].e, &e));
        put(p->x, o, e, p->groups.items[i].name != NULL ? p->groups.items[i].name : sql_column_name(p->x->arena, p->groups.items[i].e),
            NULL);
    }
    for (int32_t i = 0; i < p->l->n && !p->grouped; i++) {
        const sql_name *c = &p->l->names[i];
        if (c->hidden || has_bit(used, c->index)) continue;
        put(p->x, o, brasa__node_ref(p->x->arena, p->l->node, c->index), c->name, c->qualifier);
    }
    return BRASA_OK;
}

static brasa_status finish(pivoting *p, const output *o, const brasa_node *node, sql_scope *out)
{
    const brasa_from *f = p->f->right;

    BRASA_TRY(sql_rename(p->x, node, o->names, o->n, "PIVOT", f->pos, &node));
    if (f->alias != NULL) return sql_scope_table(p->x, out, node, f->alias, f->columns, f->ncolumns, f->pos);
    for (int32_t i = 0; i < o->n; i++) sql_scope_add(p->x, out, o->qualifiers[i], o->names[i], i, false);
    out->node = node;
    return BRASA_OK;
}

static brasa_status pivot(pivoting *p, sql_scope *out)
{
    sql_binder              *x = p->x;
    const brasa_expr *const *k, *one, **keys, **aggs = BRASA_NEWS(x->arena, const brasa_expr *, p->values.n + 2);
    uint64_t                *used = new_bits(p);
    output                   o = {0};
    const brasa_node        *node;

    bool combined = p->statement && p->keys.n > 1;
    if (combined) BRASA_TRY(combine(p));
    if (p->keys.n != 1) return sql_fail(x, p->f->pos, BRASA_SYNTAX, "PIVOT takes one FOR; several columns are (a, b)");
    int32_t nkeys = elements(p->keys.items[0].e, &k, &one);
    keys = BRASA_NEWS(x->arena, const brasa_expr *, nkeys);
    for (int32_t i = 0; i < nkeys; i++) {
        BRASA_TRY(resolved(p, k[i], &keys[i]));
        BRASA_TRY(sql_type(x, keys[i], false, &keys[i]));
        brasa__expr_refs(keys[i], used);
    }
    if (p->values.n == 0) { /* DuckDB's PIVOT without USING counts */
        brasa_value v = brasa_value_i32(1);
        brasa_expr *count = brasa__expr_call1(x->arena, "count", brasa__expr_literal(x->arena, &v));
        count->kind = BRASA_EXPR_AGGREGATE;
        add(x, &p->values, count);
    }
    for (int32_t i = 0; i < p->values.n; i++) {
        BRASA_TRY(resolved(p, p->values.items[i].e, &aggs[i]));
        if (!sql_any(aggs[i], sql_is_aggregate))
            return sql_fail(x, p->values.items[i].e->pos, BRASA_INVALID, "PIVOT takes aggregates, as sum(x)");
        brasa__expr_refs(aggs[i], used);
    }
    if (p->in.n == 0 && nkeys != 1)
        return sql_fail(x, p->f->pos, BRASA_UNSUPPORTED, "PIVOT by several columns without IN; name their values");
    if (p->in.n == 0) BRASA_TRY(ask_values(p, keys[0], 0, &p->in));
    if ((int64_t)p->in.n * p->values.n > MOST_PIVOTED)
        return sql_fail(x, p->f->pos, BRASA_INVALID, "PIVOT would make more than %d columns; name the values by IN", MOST_PIVOTED);
    BRASA_TRY(group_columns(p, used, &o));
    int32_t ngroups = o.n;
    for (int32_t v = 0; v < p->in.n; v++) {
        const brasa_expr *test = NULL;
        const char       *name = "";
        BRASA_TRY(matches(p, keys, nkeys, &p->in.items[v], combined, &test, &name));
        for (int32_t i = 0; i < p->values.n; i++) {
            const part *agg = &p->values.items[i];
            const char *own = agg->name != NULL ? agg->name : sql_column_name(x->arena, agg->e);
            bool        both = p->values.n > 1;
            const char *called = both ? brasa__arena_printf(x->arena, "%s_%s", name, own) : name;
            put(x, &o, brasa__expr_alias(x->arena, pivoted(p, aggs[i], test), called), called, NULL);
        }
    }
    brasa_aggregate_spec spec = {.nkeys = ngroups, .keys = o.exprs, .nexprs = o.n - ngroups, .exprs = o.exprs + ngroups};
    BRASA_TRY(brasa__plan_aggregate(x->b, p->l->node, &spec, &node, x->err));
    return finish(p, &o, node, out);
}

/* ---- UNPIVOT ---- */

static const char *plain_name(pivoting *p, const brasa_expr *e)
{
    (void)p;
    return e->kind == BRASA_EXPR_COLUMN ? e->name : NULL;
}

/* named_struct('name', 'a', 'value', a): of one element of IN. */
static brasa_status unpivoted(pivoting *p, const part *in, const char *name_column, const char *const *value_columns, int32_t n,
                              uint64_t *used, const brasa_expr **out)
{
    sql_binder              *x = p->x;
    const brasa_expr *const *cols, *one, **args = BRASA_NEWS(x->arena, const brasa_expr *, 2 * n + 2);
    int32_t                  m = elements(in->e, &cols, &one);
    brasa_text               t;

    if (m != n) return sql_fail(x, in->e->pos, BRASA_INVALID, "UNPIVOT: %d columns for %d values", m, n);
    brasa__text_init(&t, x->arena);
    for (int32_t i = 0; i < n; i++) {
        const brasa_expr *e;
        BRASA_TRY(resolved(p, cols[i], &e));
        brasa__expr_refs(e, used);
        brasa__text_addf(&t, "%s%s", i > 0 ? "_" : "", sql_column_name(x->arena, cols[i]));
        args[2 * i + 2] = text(x, value_columns[i]);
        args[2 * i + 3] = e;
    }
    args[0] = text(x, name_column);
    args[1] = text(x, in->name != NULL ? in->name : t.s);
    *out = brasa__expr_call(x->arena, "named_struct", args, 2 * n + 2);
    return BRASA_OK;
}

static brasa_status without_nulls(sql_binder *x, const brasa_node *in, int32_t from, const brasa_node **out)
{
    const brasa_expr *any = NULL;

    for (int32_t i = from; i < in->schema.ncols; i++) {
        const brasa_expr *one = brasa__expr_call1(x->arena, "isnotnull", brasa__node_ref(x->arena, in, i));
        any = any == NULL ? one : brasa__expr_call2(x->arena, "or", any, one);
    }
    return brasa__plan_filter(x->b, in, any, out, x->err);
}

/* ON * and ON COLUMNS(...) are columns of the table; VALUE a, b is VALUE (a, b). */
static brasa_status spread(pivoting *p)
{
    sql_binder        *x = p->x;
    parts              in = {0};
    const brasa_expr **columns, **values;
    int32_t            n;

    for (int32_t i = 0; i < p->in.n; i++) {
        const brasa_expr *e = p->in.items[i].e;
        if (e->kind == BRASA_EXPR_STAR) e = brasa__expr_call1(x->arena, "columns", e);
        if (sql_columns_of(e) != e) {
            add(x, &in, e)->name = p->in.items[i].name;
            continue;
        }
        BRASA_TRY(sql_columns(x, p->l, e, &columns, &n));
        for (int32_t k = 0; k < n; k++) add(x, &in, columns[k]->args[0])->name = columns[k]->name;
    }
    p->in = in;
    if (p->values.n < 2) return BRASA_OK;
    values = BRASA_NEWS(x->arena, const brasa_expr *, p->values.n);
    for (int32_t i = 0; i < p->values.n; i++) values[i] = p->values.items[i].e;
    n = p->values.n;
    p->values.n = 0;
    add(x, &p->values, brasa__expr_call(x->arena, "struct", values, n));
    return BRASA_OK;
}

static brasa_status unpivot(pivoting *p, sql_scope *out)
{
    BRASA_TRY(spread(p));

    sql_binder              *x = p->x;
    const brasa_expr *const *cols, *one, **rows = BRASA_NEWS(x->arena, const brasa_expr *, p->in.n + 1);
    uint64_t                *used = new_bits(p);
    output                   o = {0};
    sql_generated            g;
    const brasa_node        *node;
    brasa_expr              *inline_call;

    if (p->values.n == 0) add(x, &p->values, brasa__expr_column(x->arena, NULL, "value"));
    if (p->keys.n == 0) add(x, &p->keys, brasa__expr_column(x->arena, NULL, "name"));
    if (p->in.n == 0 || p->values.n != 1 || p->keys.n != 1)
        return sql_fail(x, p->f->pos, BRASA_SYNTAX, "write UNPIVOT (value FOR name IN (a, b, ...))");
    int32_t      n = elements(p->values.items[0].e, &cols, &one);
    const char **names = BRASA_NEWS(x->arena, const char *, n), *name_column = plain_name(p, p->keys.items[0].e);
    for (int32_t i = 0; i < n; i++) names[i] = plain_name(p, cols[i]);
    for (int32_t i = 0; i < n; i++)
        if (names[i] == NULL || name_column == NULL)
            return sql_fail(x, p->f->pos, BRASA_SYNTAX, "the columns that UNPIVOT makes are names");
    for (int32_t i = 0; i < p->in.n; i++) BRASA_TRY(unpivoted(p, &p->in.items[i], name_column, names, n, used, &rows[i]));
    inline_call = brasa__expr_call(x->arena, "inline", NULL, 0);
    BRASA_TRY(sql_generate(x, inline_call, brasa__expr_call(x->arena, "array", rows, p->in.n), NULL, p->l->node, &g));
    for (int32_t i = 0; i < p->l->n; i++) {
        const sql_name *c = &p->l->names[i];
        if (!c->hidden && !has_bit(used, c->index)) put(x, &o, brasa__node_ref(x->arena, g.node, c->index), c->name, c->qualifier);
    }
    int32_t first = o.n + 1; /* of the values */
    for (int32_t i = 0; i < g.n; i++) put(x, &o, g.exprs[i], g.names[i], NULL);
    node = sql_done(x, brasa__make_project(x->arena, NULL, g.node, o.exprs, o.names, o.n));
    if (!p->nulls) BRASA_TRY(without_nulls(x, node, first, &node));
    return finish(p, &o, node, out);
}

bool sql_is_pivot(const brasa_from *f)
{
    const brasa_expr *c = f->kind == BRASA_FROM_FUNCTION ? f->call : NULL;

    return c != NULL && c->kind == BRASA_EXPR_CALL && (strcmp(c->name, "__pivot__") == 0 || strcmp(c->name, "__unpivot__") == 0);
}

brasa_status sql_pivot(sql_binder *x, const brasa_from *f, sql_scope *left, sql_scope *out)
{
    const brasa_expr *call = f->right->call;
    bool              un = strcmp(call->name, "__unpivot__") == 0;
    pivoting          p = {.x = x, .l = left, .f = f, .statement = !un && call->nargs > 0 && is_mark(call->args[0], "__for__")};

    if (un && call->nargs > 0 && call->args[0]->kind == BRASA_EXPR_LITERAL) p.nulls = call->args[0]->value.u.b;
    read_arguments(&p, call, un ? 1 : 0);
    return un ? unpivot(&p, out) : pivot(&p, out);
}
