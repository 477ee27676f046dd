/* sql/group.c -- GROUP BY: keys, grouping sets, and select lists over what is grouped.
 *
 * The grouped node has the keys, then (with grouping sets) a flag for each key that is 1 where the row's set leaves it out, then the aggregates.  Several sets
 * are a UNION ALL of aggregations over the same input.
 */
#include <string.h>
#include <strings.h>

#include "data/collation.h"
#include "sql/binder.h"

enum { MAX_SETS = 4096, MAX_SET_KEYS = 60 };

/* ---- keys ---- */

static brasa_status ordinal(sql_grouping *g, const brasa_expr *e, const brasa_expr **out)
{
    int64_t i = e->value.u.i;

    if (i < 1 || i > g->aliases.n)
        return sql_fail(g->x, e->pos, BRASA_INVALID, "GROUP BY %lld: the select list has %d columns", (long long)i, (int)g->aliases.n);
    *out = g->aliases.exprs[i - 1];
    return BRASA_OK;
}

static bool is_ordinal(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_LITERAL && !e->value.null && e->value.type.kind == BRASA_KIND_INT32;
}

static brasa_status add_key(sql_grouping *g, const brasa_expr *e, int32_t *at)
{
    const brasa_expr *key;
    sql_binder       *x = g->x;

    if (is_ordinal(e)) {
        BRASA_TRY(ordinal(g, e, &key));
    } else {
        BRASA_TRY(sql_resolve(x, g->in, &g->aliases, e, &key));
    }
    if (sql_any(key, sql_is_aggregate)) return sql_fail(x, e->pos, BRASA_INVALID, "GROUP BY an aggregate; group by what is known before");
    const brasa_expr *before = key;
    BRASA_TRY(sql_attach(x, g->in, key, &key));
    /* a subquery is attached once: what is selected of it is the key */
    for (int32_t i = 0; key != before && i < g->aliases.n; i++) {
        if (brasa__expr_equal(g->targets[i], before)) g->targets[i] = key;
    }
    BRASA_TRY(sql_type(x, key, false, &key));
    for (*at = 0; *at < g->nkeys; ++*at) {
        if (brasa__expr_equal(g->keys[*at], key)) return BRASA_OK;
    }
    g->keys = brasa__arena_grow(x->arena, g->keys, &g->cap_keys, g->nkeys + 1, sizeof *g->keys);
    g->keys[g->nkeys++] = key;
    g->plain = g->plain && key->kind == BRASA_EXPR_REF;
    return BRASA_OK;
}

/* ---- sets ---- */

typedef struct masks {
    uint64_t *m;
    int32_t   n, cap;
} masks;

static brasa_status add_mask(sql_grouping *g, masks *l, uint64_t m)
{
    if (l->n >= MAX_SETS) return brasa__fail(g->x->err, BRASA_INVALID, "more than %d grouping sets", (int)MAX_SETS);
    l->m = brasa__arena_grow(g->x->arena, l->m, &l->cap, l->n + 1, sizeof *l->m);
    l->m[l->n++] = m;
    return BRASA_OK;
}

/* The keys of an element as one mask. */
static brasa_status element(sql_grouping *g, const brasa_group *e, uint64_t *out)
{
    int32_t at;

    *out = 0;
    if (e->kind == BRASA_GROUP_EXPR) {
        BRASA_TRY(add_key(g, e->expr, &at));
        if (at >= MAX_SET_KEYS) {
            *out = 0; /* without sets the mask is not looked at */
            return g->many ? brasa__fail(g->x->err, BRASA_INVALID, "more than %d keys in grouping sets", (int)MAX_SET_KEYS) : BRASA_OK;
        }
        *out = (uint64_t)1 << at;
        return BRASA_OK;
    }
    for (int32_t i = 0; i < e->n; i++) {
        uint64_t one;

        BRASA_TRY(element(g, &e->items[i], &one));
        *out |= one;
    }
    return BRASA_OK;
}

/* GROUP BY a, b GROUPING SETS ...: keys of no set of their own (lex_clause.c). */
static bool is_unset(const brasa_group *e)
{
    return e->kind == BRASA_GROUP_EXPR && e->expr->kind == BRASA_EXPR_CALL && strcmp(e->expr->name, "__unset__") == 0;
}

static brasa_status sets_of(sql_grouping *g, const brasa_group *e, masks *out)
{
    uint64_t *parts = BRASA_NEWS(g->x->arena, uint64_t, e->n + 1), m = 0;

    if (is_unset(e)) {
        int32_t at;

        for (int32_t i = 0; i < e->expr->nargs; i++) BRASA_TRY(add_key(g, e->expr->args[i], &at));
        return add_mask(g, out, 0);
    }
    if (e->kind == BRASA_GROUP_EXPR || e->kind == BRASA_GROUP_LIST || e->kind == BRASA_GROUP_EMPTY) {
        BRASA_TRY(element(g, e, &m));
        return add_mask(g, out, m);
    }
    if (e->kind == BRASA_GROUP_SETS) {
        for (int32_t i = 0; i < e->n; i++) BRASA_TRY(sets_of(g, &e->items[i], out));
        return BRASA_OK;
    }
    for (int32_t i = 0; i < e->n; i++) BRASA_TRY(element(g, &e->items[i], &parts[i]));
    if (e->kind == BRASA_GROUP_ROLLUP) {
        for (int32_t n = e->n; n >= 0; n--) {
            m = 0;
            for (int32_t i = 0; i < n; i++) m |= parts[i];
            BRASA_TRY(add_mask(g, out, m));
        }
        return BRASA_OK;
    }
    if (e->n > 12) return brasa__fail(g->x->err, BRASA_INVALID, "CUBE of %d elements has too many grouping sets; at most 12", (int)e->n);
    for (uint32_t choice = 0; choice < 1u << e->n; choice++) {
        m = 0;
        for (int32_t i = 0; i < e->n; i++) m |= (choice >> i & 1) == 0 ? parts[i] : 0;
        BRASA_TRY(add_mask(g, out, m));
    }
    return BRASA_OK;
}

/* Elements side by side: each set of one with each of the other. */
static brasa_status cross_sets(sql_grouping *g, const masks *b)
{
    masks all = {.n = 0};

    for (int32_t i = 0; i < g->nsets; i++)
        for (int32_t k = 0; k < b->n; k++) BRASA_TRY(add_mask(g, &all, g->sets[i] | b->m[k]));
    g->sets = all.m;
    g->nsets = all.n;
    return BRASA_OK;
}

static bool has_group_aggregate(const brasa_expr *e);

brasa_status sql_group_keys(sql_grouping *g, const brasa_query *q, const brasa_expr **targets, const char *const *names, int32_t n)
{
    int32_t at;

    g->plain = true;
    g->targets = targets;
    g->aliases = (sql_aliases) {.n = n, .names = names, .exprs = targets};
    g->sets = BRASA_NEWS(g->x->arena, uint64_t, 1);
    g->nsets = 1;
    for (int32_t i = 0; i < q->ngroups; i++) {
        brasa_group_kind k = q->groups[i].kind;

        g->many = g->many || k == BRASA_GROUP_ROLLUP || k == BRASA_GROUP_CUBE || k == BRASA_GROUP_SETS;
    }
    for (int32_t i = 0; q->group_all && i < n; i++) {
        if (has_group_aggregate(targets[i]) || targets[i]->kind == BRASA_EXPR_LITERAL) continue;
        BRASA_TRY(add_key(g, targets[i], &at));
    }
    for (int32_t i = 0; i < q->ngroups; i++) {
        masks one = {.n = 0};

        BRASA_TRY(sets_of(g, &q->groups[i], &one));
        BRASA_TRY(cross_sets(g, &one));
    }
    return BRASA_OK;
}

/* ---- what stands above ---- */

static bool is_window(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_WINDOW;
}

static bool is_column(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_REF;
}

/* Does it need a grouping?  Aggregates right below OVER do not. */
static bool has_group_aggregate(const brasa_expr *e)
{
    if (e == NULL) return false;
    if (e->kind == BRASA_EXPR_WINDOW) {
        const brasa_window_spec *w = e->extra;
        const brasa_expr        *call = e->args[0];
        bool                     found = has_group_aggregate(call->filter);

        for (int32_t i = 0; i < call->nargs; i++) found = found || has_group_aggregate(call->args[i]);
        for (int32_t i = 0; i < w->nkeys; i++) found = found || has_group_aggregate(w->keys[i]);
        for (int32_t i = 0; i < w->norder; i++) found = found || has_group_aggregate(w->order[i].expr);
        return found;
    }
    if (sql_is_aggregate(e)) return true;
    for (int32_t i = 0; i < e->nargs; i++) {
        if (has_group_aggregate(e->args[i])) return true;
    }
    return false;
}

bool sql_needs_group(const brasa_expr *e)
{
    return has_group_aggregate(e);
}

static int32_t first_aggregate(const sql_grouping *g)
{
    return g->many ? 2 * g->nkeys : g->nkeys;
}

static const brasa_expr *key_ref(const sql_grouping *g, int32_t k)
{
    const brasa_expr *key = g->keys[k];

    return brasa__expr_ref(g->x->arena, k, key->type, key->nullable || g->many, brasa__expr_output_name(g->x->arena, key));
}

/* sum(1 / a) FILTER (WHERE a > 0): what fails for rows that the filter leaves out is not computed for them. */
static brasa_status filtered_argument(sql_binder *x, const brasa_expr *e, const brasa_expr **out)
{
    brasa_value null = brasa_value_null();

    *out = e;
    if (e->filter == NULL || e->nargs == 0 || !brasa__expr_can_fail(e->args[0])) return BRASA_OK;
    const brasa_expr  *parts[] = {e->filter, e->args[0], brasa__expr_literal(x->arena, &null)}, *choice;
    const brasa_expr **args = brasa__arena_copy(x->arena, e->args, sizeof *e->args * (size_t)e->nargs);
    brasa_expr        *c = brasa__expr_new(x->arena, BRASA_EXPR_CASE), *copy = brasa__arena_copy(x->arena, e, sizeof *e);
    c->args = brasa__arena_copy(x->arena, parts, sizeof parts);
    c->nargs = 3;
    BRASA_TRY(sql_type(x, c, false, &choice));
    args[0] = choice;
    copy->args = args;
    *out = copy;
    return BRASA_OK;
}

static brasa_status aggregate_ref(sql_grouping *g, const brasa_expr *e, const brasa_expr **out)
{
    int32_t at = 0;

    BRASA_TRY(sql_attach(g->x, g->in, e, &e));
    BRASA_TRY(sql_type(g->x, e, true, &e));
    BRASA_TRY(filtered_argument(g->x, e, &e));
    while (at < g->naggs && !brasa__expr_equal(g->aggs[at], e)) at++;
    if (at == g->naggs) {
        g->aggs = brasa__arena_grow(g->x->arena, g->aggs, &g->cap_aggs, g->naggs + 1, sizeof *g->aggs);
        g->aggs[g->naggs++] = e;
    }
    *out = brasa__expr_ref(g->x->arena, first_aggregate(g) + at, e->type, e->nullable, brasa__expr_output_name(g->x->arena, e));
    return BRASA_OK;
}

/* Aggregates inside subqueries that belong to this grouping are computed with its own. */
static brasa_status outer_aggregates(sql_grouping *g)
{
    int32_t n = g->outer == NULL ? 0 : g->outer->n;

    g->outer_columns = BRASA_NEWS(g->x->arena, int32_t, n + 1);
    for (int32_t i = 0; i < n; i++) {
        const brasa_expr *ref;

        BRASA_TRY(aggregate_ref(g, sql_outer_to_ref(g->x->arena, g->outer->found[i], g->in->id, NULL), &ref));
        g->outer_columns[i] = ref->index;
    }
    return BRASA_OK;
}

static void name_outer_aggregates(sql_grouping *g)
{
    for (int32_t i = 0; g->outer != NULL && i < g->outer->n; i++) {
        sql_outer_agg *a = BRASA_NEW(g->x->arena, sql_outer_agg);

        *a = (sql_outer_agg) {.next = g->x->outer_aggs, .call = g->outer->calls[i], .scope = &g->out, .column = g->outer_columns[i]};
        g->x->outer_aggs = a;
    }
}

/* A subtree that is a key, -1: none. */
static int32_t find_key(const sql_grouping *g, const brasa_expr *e)
{
    sql_binder        quiet = *g->x;
    brasa_error       err;
    const brasa_expr *typed;

    if (g->nkeys == 0 || (g->plain && e->kind != BRASA_EXPR_REF)) return -1;
    if (e->kind == BRASA_EXPR_STAR || sql_any(e, sql_is_aggregate) || sql_any(e, is_window) || sql_any(e, sql_is_subquery)) return -1;
    quiet.err = &err;
    brasa__error_clear(&err);
    if (sql_type(&quiet, e, false, &typed) != BRASA_OK) return -1;
    for (int32_t k = 0; k < g->nkeys; k++) {
        if (brasa__expr_equal(g->keys[k], typed)) return k;
    }
    return -1;
}

/* grouping(a, b), grouping_id(): bits, the last key's lowest. */
static brasa_status grouping_bits(sql_grouping *g, const brasa_expr *e, const brasa_expr **out)
{
    int32_t           n = e->nargs > 0 ? e->nargs : g->nkeys;
    bool              id = strcmp(e->name, "grouping_id") == 0;
    brasa_value       zero = id ? brasa_value_i64(0) : brasa_value_i32(0);
    const brasa_expr *sum = brasa__expr_literal(g->x->arena, &zero);

    for (int32_t i = 0; i < n; i++) {
        int32_t           k = e->nargs > 0 ? find_key(g, e->args[i]) : i;
        brasa_value       weight = id ? brasa_value_i64((int64_t)1 << (n - 1 - i)) : brasa_value_i32(n - 1 - i > 30 ? 0 : 1 << (n - 1 - i));
        const brasa_expr *bit;

        if (k < 0) return sql_fail(g->x, e->pos, BRASA_INVALID, "argument %d of %s is not a key of GROUP BY", (int)i + 1, e->name);
        if (!g->many) continue;
        bit = brasa__expr_ref(g->x->arena, g->nkeys + k, brasa__type(BRASA_KIND_INT32), false, "grouping");
        BRASA_TRY(sql_call2(g->x, "*", bit, brasa__expr_literal(g->x->arena, &weight), &bit));
        BRASA_TRY(sql_call2(g->x, "+", sum, bit, &sum));
    }
    *out = sum;
    return BRASA_OK;
}

static brasa_status lower(void *arg, const brasa_expr *e, const brasa_expr **out);

/* OVER: the call itself stays; what it stands on is lowered. */
static brasa_status lower_window(sql_grouping *g, const brasa_expr *e, const brasa_expr **out)
{
    const brasa_expr *call, *rest;
    brasa_expr       *bare = brasa__arena_copy(g->x->arena, e, sizeof *e), *copy;

    BRASA_TRY(sql_map(g->x->arena, e->args[0], lower, g, &call));
    bare->nargs = 0;
    BRASA_TRY(sql_map(g->x->arena, bare, lower, g, &rest));
    copy = brasa__arena_copy(g->x->arena, rest, sizeof *rest);
    copy->nargs = 1;
    copy->args = brasa__arena_copy(g->x->arena, &call, sizeof call);
    *out = copy;
    return BRASA_OK;
}

/* Of texts that a collation does not tell apart the first stands for the group; null where the set leaves the key out. */
static brasa_status collated_key(sql_grouping *g, int32_t k, const brasa_expr **out)
{
    brasa_arena      *arena = g->x->arena;
    brasa_expr       *bare = brasa__arena_copy(arena, g->keys[k], sizeof *bare), *first = brasa__expr_new(arena, BRASA_EXPR_AGGREGATE), *c;
    const brasa_expr *arg = bare, *one_of;
    brasa_value       null = brasa_value_null(), one = brasa_value_i32(1);

    bare->type = brasa__type(BRASA_KIND_STRING);
    first->name = "first";
    first->args = brasa__arena_copy(arena, &arg, sizeof arg);
    first->nargs = 1;
    BRASA_TRY(aggregate_ref(g, first, &one_of));
    if (g->many) {
        const brasa_expr *left_out = brasa__expr_ref(arena, g->nkeys + k, brasa__type(BRASA_KIND_INT32), false, "grouping");

        BRASA_TRY(sql_call2(g->x, "=", left_out, brasa__expr_literal(arena, &one), &left_out));
        const brasa_expr *parts[] = {left_out, brasa__expr_literal(arena, &null), one_of};
        c = brasa__expr_new(arena, BRASA_EXPR_CASE);
        c->args = brasa__arena_copy(arena, parts, sizeof parts);
        c->nargs = 3;
        BRASA_TRY(sql_type(g->x, c, false, &one_of));
    }
    c = brasa__arena_copy(arena, one_of, sizeof *one_of);
    c->type = g->keys[k]->type;
    *out = c;
    return BRASA_OK;
}

static brasa_status lower(void *arg, const brasa_expr *e, const brasa_expr **out)
{
    sql_grouping *g = arg;
    int32_t       k;

    *out = e;
    if (e->kind == BRASA_EXPR_LITERAL || e->kind == BRASA_EXPR_PARAM || e->kind == BRASA_EXPR_STAR) return BRASA_OK;
    if (e->kind == BRASA_EXPR_COLUMN) return BRASA_OK; /* an outer reference */
    if (e->kind == BRASA_EXPR_WINDOW) return lower_window(g, e, out);
    if (sql_is_aggregate(e)) return aggregate_ref(g, e, out);
    if (e->kind == BRASA_EXPR_CALL && !e->bound && (strcmp(e->name, "grouping") == 0 || strcmp(e->name, "grouping_id") == 0))
        return grouping_bits(g, e, out);
    k = find_key(g, e);
    if (k >= 0 && brasa__type_is_collated(g->keys[k]->type)) return collated_key(g, k, out);
    if (k >= 0) {
        *out = key_ref(g, k);
        return BRASA_OK;
    }
    if (is_column(e))
        return sql_fail(g->x, e->pos, BRASA_INVALID,
                        "column %s is neither a group key nor inside an aggregate; group by it, or use any_value(%s)", e->name, e->name);
    return sql_map(g->x->arena, e, lower, g, out);
}

brasa_status sql_group_lower(sql_grouping *g, const brasa_expr *e, const brasa_expr **out)
{
    int32_t k = g->many && e->kind == BRASA_EXPR_LITERAL ? find_key(g, e) : -1;

    if (k >= 0) { /* a constant that is a key is null in the totals; inside other expressions it is only a number */
        *out = key_ref(g, k);
        return BRASA_OK;
    }
    return lower(g, e, out);
}

/* ---- the node ---- */

/* What is grouped by: maps with their entries in the order of the keys, so that equal ones lie alike; keys of texts with a collation. */
static brasa_status comparable_keys(sql_grouping *g)
{
    for (int32_t k = 0; k < g->nkeys; k++) {
        const brasa_expr *key = g->keys[k];

        BRASA_TRY(brasa__expr_collation_key(g->x->arena, key, &g->keys[k], g->x->err));
        if (!brasa__type_holds_map(key->type)) continue;
        g->keys[k] =
            brasa__expr_alias(g->x->arena, brasa__expr_call(g->x->arena, "map_sort", &key, 1), brasa__expr_output_name(g->x->arena, key));
        BRASA_TRY(sql_type(g->x, g->keys[k], false, &g->keys[k]));
    }
    return BRASA_OK;
}

static brasa_status one_set(sql_grouping *g, uint64_t set, const brasa_node **out)
{
    brasa_arena       *arena = g->x->arena;
    const brasa_expr **keys = BRASA_NEWS(arena, const brasa_expr *, g->nkeys + 1);
    int32_t            n = 0, width = first_aggregate(g) + g->naggs;
    const brasa_expr **exprs = BRASA_NEWS(arena, const brasa_expr *, width + 1);
    const char       **names = BRASA_NEWS(arena, const char *, width + 1);

    for (int32_t k = 0; k < g->nkeys; k++) {
        if (set >> k & 1) keys[n++] = g->keys[k];
    }
    const brasa_node *agg = sql_done(g->x, brasa__make_aggregate(arena, NULL, g->in->node, keys, n, g->aggs, g->naggs, NULL));
    n = 0;
    for (int32_t k = 0; k < g->nkeys; k++) {
        bool        in = (set >> k & 1) != 0;
        brasa_value null = {.type = g->keys[k]->type, .null = true}, flag = brasa_value_i32(in ? 0 : 1);

        exprs[k] = in ? brasa__node_ref(arena, agg, n++) : brasa__expr_literal(arena, &null);
        names[k] = brasa__expr_output_name(arena, g->keys[k]);
        exprs[g->nkeys + k] = brasa__expr_literal(arena, &flag);
        names[g->nkeys + k] = "grouping";
    }
    for (int32_t i = 0; i < g->naggs; i++) {
        exprs[2 * g->nkeys + i] = brasa__node_ref(arena, agg, n + i);
        names[2 * g->nkeys + i] = brasa__expr_output_name(arena, g->aggs[i]);
    }
    *out = sql_done(g->x, brasa__make_project(arena, NULL, agg, exprs, names, width));
    return BRASA_OK;
}

static brasa_status count_rows(sql_grouping *g)
{
    brasa_expr       *e = brasa__expr_new(g->x->arena, BRASA_EXPR_AGGREGATE);
    const brasa_expr *ignored;

    e->name = "count";
    return aggregate_ref(g, e, &ignored);
}

static brasa_status all_sets(sql_grouping *g, const brasa_node **out)
{
    const brasa_node **inputs = BRASA_NEWS(g->x->arena, const brasa_node *, g->nsets + 1);

    for (int32_t i = 0; i < g->nsets; i++) BRASA_TRY(one_set(g, g->sets[i], &inputs[i]));
    if (g->nsets == 1) {
        *out = inputs[0];
        return BRASA_OK;
    }
    return brasa__plan_set(g->x->b, BRASA_SET_UNION, true, inputs, g->nsets, out, g->x->err);
}

brasa_status sql_group_build(sql_grouping *g)
{
    sql_binder *x = g->x;

    BRASA_TRY(outer_aggregates(g));
    if (g->naggs == 0 && (g->many || g->nkeys == 0)) BRASA_TRY(count_rows(g));
    const brasa_expr **keys = brasa__arena_copy(x->arena, g->keys, sizeof *g->keys * (size_t)g->nkeys); /* as they are called */
    BRASA_TRY(comparable_keys(g));
    sql_scope_init(x, &g->out, g->in->outer);
    if (g->many) {
        BRASA_TRY(all_sets(g, &g->out.node));
    } else {
        g->out.node = sql_done(x, brasa__make_aggregate(x->arena, NULL, g->in->node, g->keys, g->nkeys, g->aggs, g->naggs, NULL));
    }
    for (int32_t k = 0; k < g->nkeys; k++) {
        for (int32_t i = 0; keys[k]->kind == BRASA_EXPR_REF && i < g->in->n; i++) {
            const sql_name *c = &g->in->names[i];

            if (c->index == keys[k]->index) sql_scope_add(x, &g->out, c->qualifier, c->name, k, c->hidden);
        }
    }
    name_outer_aggregates(g);
    return BRASA_OK;
}
