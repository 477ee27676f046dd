/* build_aggregate.c -- groups: "sum(x) / count(*) + 1" becomes an AGGREGATE of sum(x) and count(*), and a PROJECT above it.
 *
 * What stands above the aggregate sees the keys (any subtree equal to a key) and the aggregates; any other column is an error.
 */
#include "plan/build_inner.h"

#include <string.h>

#include "data/collation.h"

typedef struct grouping {
    brasa_builder     *b;
    const brasa_node  *in;
    const brasa_expr **keys;
    int32_t            nkeys;
    const brasa_expr **aggs; /* distinct ones, in order of appearance */
    int32_t            naggs, cap;
    const brasa_expr  *stray; /* first column that is neither */
} grouping;

static int32_t add_aggregate(grouping *g, const brasa_expr *e)
{
    for (int32_t i = 0; i < g->naggs; i++) {
        if (brasa__expr_equal(g->aggs[i], e)) return i;
    }
    g->aggs = brasa__arena_grow(g->b->arena, g->aggs, &g->cap, g->naggs + 1, sizeof *g->aggs);
    g->aggs[g->naggs] = e;
    return g->naggs++;
}

/* Keys and aggregates of a bound tree become references to the AGGREGATE node's output. */
static const brasa_expr *lower(void *arg, const brasa_expr *e)
{
    grouping *g = arg;

    if (e->kind == BRASA_EXPR_LITERAL) return e;
    for (int32_t i = 0; i < g->nkeys; i++) {
        if (brasa__expr_equal(g->keys[i], e)) {
            return brasa__expr_ref(g->b->arena, i, e->type, e->nullable, brasa__expr_output_name(g->b->arena, e));
        }
    }
    if (e->kind == BRASA_EXPR_AGGREGATE) {
        int32_t at = add_aggregate(g, e);
        return brasa__expr_ref(g->b->arena, g->nkeys + at, e->type, e->nullable, brasa__expr_output_name(g->b->arena, e));
    }
    if (e->kind == BRASA_EXPR_REF && e->depth == 0 && e->index < BRASA_WINDOW_REF && !g->stray) g->stray = e;
    return e->kind == BRASA_EXPR_REF ? e : NULL;
}

static brasa_status bind_grouped(void *arg, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    grouping *g = arg;

    BRASA_TRY(brasa__build_bind(g->b, g->in, e, BRASA_BIND_AGGREGATES, out, err));
    *out = brasa__expr_replace(g->b->arena, *out, lower, g);
    if (!g->stray) return BRASA_OK;
    return brasa__fail(err, BRASA_INVALID, "column %s is neither a group key nor inside an aggregate; group by it, or use any_value(%s)",
                       g->stray->name, g->stray->name);
}

static brasa_status bind_keys(grouping *g, const brasa_expr *const *keys, const char **names, brasa_error *err)
{
    for (int32_t i = 0; i < g->nkeys; i++) {
        names[i] = brasa__expr_output_name(g->b->arena, keys[i]);
        BRASA_TRY(brasa__build_bind(g->b, g->in, keys[i], 0, &g->keys[i], err));
        BRASA_TRY(brasa__build_check_key(g->keys[i], "group", err));
        if (brasa__type_is_collated(g->keys[i]->type) && g->keys[i]->type.scale != 0)
            return brasa__fail(err, BRASA_UNSUPPORTED, "group by %s, which has a collation; group by collation_key() of it", names[i]);
    }
    return BRASA_OK;
}

/* Stars stand for columns only. */
static brasa_status check_list(const brasa_expr *const *list, int32_t n, brasa_error *err)
{
    for (int32_t i = 0; i < n; i++) {
        if (list[i]->kind == BRASA_EXPR_STAR)
            return brasa__fail(err, BRASA_INVALID, "* cannot stand in a list of aggregates or group keys; name the columns");
    }
    return BRASA_OK;
}

/* Names for the AGGREGATE node itself: of the keys; of an expression that is just one aggregate. */
static const char **inner_names(const grouping *g, const char *const *key_names, const brasa_expr *const *outs, const char *const *names,
                                int32_t n)
{
    const char **inner = BRASA_NEWS(g->b->arena, const char *, g->nkeys + g->naggs + 1);

    memcpy(inner, key_names, sizeof *inner * (size_t)g->nkeys);
    for (int32_t i = 0; i < g->naggs; i++) inner[g->nkeys + i] = brasa__expr_output_name(g->b->arena, g->aggs[i]);
    for (int32_t i = n - 1; i >= 0; i--) {
        if (outs[i]->kind == BRASA_EXPR_REF && outs[i]->index >= g->nkeys && outs[i]->index < BRASA_WINDOW_REF)
            inner[outs[i]->index] = names[i];
    }
    return inner;
}

static bool is_identity(const brasa_node *in, const brasa_expr *const *outs, const char *const *names, int32_t n)
{
    if (n != in->schema.ncols) return false;
    for (int32_t i = 0; i < n; i++) {
        if (outs[i]->kind != BRASA_EXPR_REF || outs[i]->index != i || strcmp(names[i], in->schema.cols[i].name) != 0) return false;
    }
    return true;
}

brasa_status brasa__plan_aggregate(brasa_builder *b, const brasa_node *in, const brasa_aggregate_spec *spec, const brasa_node **out,
                                   brasa_error *err)
{
    grouping           g = {.b = b, .in = in, .nkeys = spec->nkeys, .keys = BRASA_NEWS(b->arena, const brasa_expr *, spec->nkeys + 1)};
    int32_t            lead = spec->only_exprs ? 0 : spec->nkeys, n = lead + spec->nexprs;
    const brasa_expr **outs = BRASA_NEWS(b->arena, const brasa_expr *, n + 1), *having = NULL;
    const char       **names = BRASA_NEWS(b->arena, const char *, n + 1), **key_names = BRASA_NEWS(b->arena, const char *, spec->nkeys + 1);

    BRASA_TRY(check_list(spec->keys, spec->nkeys, err));
    BRASA_TRY(check_list(spec->exprs, spec->nexprs, err));
    if (n == 0) return brasa__fail(err, BRASA_INVALID, "an aggregate without keys and aggregates; give at least one");
    BRASA_TRY(bind_keys(&g, spec->keys, key_names, err));

    /* Parts of windows are computed from the groups: their aggregates join the list before the node is made. */
    for (int32_t i = 0; i < lead; i++) outs[i] = spec->keys[i], names[i] = key_names[i];
    for (int32_t i = 0; i < spec->nexprs; i++) {
        outs[lead + i] = spec->exprs[i];
        names[lead + i] = brasa__build_name(b, spec->exprs[i]);
    }
    if (spec->having) BRASA_TRY(bind_grouped(&g, spec->having, &having, err));
    if (having) BRASA_TRY(brasa__build_bind_bool(b, in, having, "HAVING condition", &having, err));
    for (int32_t i = 0; i < lead; i++) outs[i] = g.keys[i];

    /* First without the windows, so that all aggregates are known; windows stand on the finished node. */
    bool windows = false;
    for (int32_t i = 0; i < n; i++) windows |= brasa__has_window(outs[i]);
    if (windows) {
        const brasa_expr **probe = brasa__arena_copy(b->arena, outs, sizeof *outs * (size_t)n);
        const brasa_node  *ignored;
        BRASA_TRY(brasa__build_windows(b, in, probe, n, bind_grouped, &g, &ignored, err));
        for (int32_t i = 0; i < n; i++) BRASA_TRY(bind_grouped(&g, probe[i], &probe[i], err));
    } else {
        for (int32_t i = 0; i < n; i++) BRASA_TRY(bind_grouped(&g, outs[i], &outs[i], err));
    }
    const char      **inner = inner_names(&g, key_names, outs, names, windows ? 0 : n);
    const brasa_node *base = brasa__build_done(b, brasa__make_aggregate(b->arena, NULL, in, g.keys, g.nkeys, g.aggs, g.naggs, inner));
    int32_t           width = base->schema.ncols;
    if (having) base = brasa__build_done(b, brasa__make_filter(b->arena, NULL, base, having));
    if (windows) {
        BRASA_TRY(brasa__build_windows(b, base, outs, n, bind_grouped, &g, &base, err));
        for (int32_t i = 0; i < n; i++) {
            BRASA_TRY(bind_grouped(&g, outs[i], &outs[i], err));
            outs[i] = brasa__build_window_refs(b->arena, outs[i], width);
        }
    }
    if (!having && !windows && is_identity(base, outs, names, n))
        *out = base;
    else
        *out = brasa__build_done(b, brasa__make_project(b->arena, NULL, base, outs, names, n));
    return BRASA_OK;
}

brasa_status brasa__plan_distinct(brasa_builder *b, const brasa_node *in, const char *const *on, int32_t n, const brasa_node **out,
                                  brasa_error *err)
{
    int32_t            ncols = in->schema.ncols, nkeys = 0;
    bool              *is_key = BRASA_NEWS(b->arena, bool, ncols + 1);
    const brasa_expr **keys = BRASA_NEWS(b->arena, const brasa_expr *, ncols + 1),
                     **firsts = BRASA_NEWS(b->arena, const brasa_expr *, ncols + 1);
    int32_t *place = BRASA_NEWS(b->arena, int32_t, ncols + 1), nfirst = 0;
    bool     any_collated = false;

    for (int32_t i = 0; i < n; i++) {
        int32_t at;
        BRASA_TRY(brasa__build_column(b, in, on[i], &at, err));
        is_key[at] = true;
    }
    for (int32_t i = 0; i < ncols; i++) {
        if (n == 0 || is_key[i]) {
            place[i] = nkeys;
            keys[nkeys] = brasa__node_ref(b->arena, in, i);
            BRASA_TRY(brasa__build_check_key(keys[nkeys], "distinct rows", err));
            BRASA_TRY(brasa__expr_collation_key(b->arena, keys[nkeys], &keys[nkeys], err));
            nkeys++;
        }
    }
    for (int32_t i = 0; i < ncols; i++) {
        bool collated = brasa__type_is_collated(in->schema.cols[i].type); /* the first of texts that are alike stands for all */

        any_collated |= collated;
        if ((n == 0 || is_key[i]) && !collated) continue;
        const brasa_expr *ref = brasa__node_ref(b->arena, in, i);
        if (collated) ((brasa_expr *)(uintptr_t)ref)->type = brasa__type(BRASA_KIND_STRING);
        BRASA_TRY(brasa__build_bind(b, in, brasa__expr_call(b->arena, "first", &ref, 1), BRASA_BIND_AGGREGATES, &firsts[nfirst], err));
        place[i] = nkeys + nfirst++;
    }
    const brasa_node  *base = brasa__build_done(b, brasa__make_aggregate(b->arena, NULL, in, keys, nkeys, firsts, nfirst, NULL));
    const char       **names = BRASA_NEWS(b->arena, const char *, ncols + 1);
    const brasa_expr **outs = BRASA_NEWS(b->arena, const brasa_expr *, ncols + 1);
    for (int32_t i = 0; i < ncols; i++) {
        names[i] = in->schema.cols[i].name;
        outs[i] = brasa__node_ref(b->arena, base, place[i]);
        if (brasa__type_is_collated(in->schema.cols[i].type)) ((brasa_expr *)(uintptr_t)outs[i])->type = in->schema.cols[i].type;
    }
    *out = n == 0 && !any_collated ? base : brasa__build_done(b, brasa__make_project(b->arena, NULL, base, outs, names, ncols));
    return BRASA_OK;
}
