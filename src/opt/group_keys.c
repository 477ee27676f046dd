/* group_keys.c -- group keys that other keys decide are no keys.
 *
 * Of "group by a.k, b.k" over an inner join on a.k = b.k one is enough; a key that a filter holds to one value is none (the last one stays: without keys there would be a row
 * where there are none); what hangs on the keys of an aggregate below is picked by max() where those keys are all there.  Only what the plan itself proves counts, never
 * statistics.  Columns of floating point are left alone: -0.0 equals 0.0 and is another value.
 */
#include <string.h>

#include "data/type.h"
#include "expr/agg.h"
#include "opt/inner.h"

/* The keys of an aggregate below decide these columns. */
typedef struct depends {
    const int32_t  *keys;
    int32_t         nkeys;
    int32_t         from, to; /* columns that are decided */
    struct depends *next;
} depends;

/* What is known of a node's columns. */
typedef struct facts {
    int32_t            n;
    int32_t           *same;     /* the first column that is equal in every row */
    const brasa_expr **constant; /* a literal, or NULL */
    depends           *depends;
} facts;

static facts find_facts(brasa_opt *o, const brasa_node *n);

static facts fresh_facts(brasa_opt *o, int32_t n)
{
    facts f = {.n = n, .same = BRASA_NEWS(o->arena, int32_t, n + 1), .constant = BRASA_NEWS(o->arena, const brasa_expr *, n + 1)};

    for (int32_t i = 0; i < n; i++) f.same[i] = i;
    return f;
}

/* Equal values are one value? */
static bool is_plain(brasa_type t)
{
    return t.kind != BRASA_KIND_FLOAT32 && t.kind != BRASA_KIND_FLOAT64 && t.kind != BRASA_KIND_INTERVAL && !brasa__type_is_nested(t);
}

static void add_same(facts *f, int32_t a, int32_t b)
{
    int32_t from = f->same[a] > f->same[b] ? f->same[a] : f->same[b], to = f->same[a] < f->same[b] ? f->same[a] : f->same[b];

    for (int32_t i = 0; i < f->n; i++) {
        if (f->same[i] == from) f->same[i] = to;
    }
}

static void add_test(brasa_opt *o, facts *f, const brasa_expr *test)
{
    conjuncts all = {.n = 0};

    conjuncts_add(o, &all, test);
    for (int32_t i = 0; i < all.n; i++) {
        const brasa_expr *e = all.items[i];
        if (!brasa__is_call(e, "=") || e->args[0]->kind != BRASA_EXPR_REF || !is_plain(e->args[0]->type)) continue;
        if (!brasa__type_equal(e->args[0]->type, e->args[1]->type)) continue;
        if (e->args[1]->kind == BRASA_EXPR_REF) add_same(f, e->args[0]->index, e->args[1]->index);
        if (e->args[1]->kind == BRASA_EXPR_LITERAL && !e->args[1]->value.null) f->constant[e->args[0]->index] = e->args[1];
    }
}

static void add_depends(brasa_opt *o, facts *f, const int32_t *keys, int32_t nkeys, int32_t from, int32_t to)
{
    depends *d = BRASA_NEW(o->arena, depends);

    *d = (depends) {.keys = keys, .nkeys = nkeys, .from = from, .to = to, .next = f->depends};
    f->depends = d;
}

/* The facts of an input, its columns beginning at `shift`. */
static void take_facts(brasa_opt *o, facts *f, const facts *in, int32_t shift)
{
    for (int32_t i = 0; i < in->n; i++) {
        f->same[shift + i] = shift + in->same[i];
        f->constant[shift + i] = in->constant[i];
    }
    for (const depends *d = in->depends; d != NULL; d = d->next) {
        int32_t *keys = BRASA_NEWS(o->arena, int32_t, d->nkeys + 1);
        for (int32_t k = 0; k < d->nkeys; k++) keys[k] = d->keys[k] + shift;
        add_depends(o, f, keys, d->nkeys, d->from + shift, d->to + shift);
    }
}

static facts project_facts(brasa_opt *o, const brasa_node *n)
{
    facts    in = find_facts(o, n->inputs[0]), f = fresh_facts(o, n->schema.ncols);
    int32_t *place = BRASA_NEWS(o->arena, int32_t, in.n + 1); /* of each input column, and of its equals: where it is put out first */

    for (int32_t i = 0; i < in.n; i++) place[i] = -1;
    for (int32_t i = 0; i < f.n; i++) {
        const brasa_expr *e = n->u.project.exprs[i];
        if (e->kind == BRASA_EXPR_LITERAL && !e->value.null && is_plain(e->type)) f.constant[i] = e;
        if (e->kind != BRASA_EXPR_REF) continue;
        f.constant[i] = in.constant[e->index];
        int32_t first = in.same[e->index];
        if (place[first] < 0) place[first] = i;
        f.same[i] = place[first];
    }
    for (const depends *d = in.depends; d != NULL; d = d->next) {
        int32_t *keys = BRASA_NEWS(o->arena, int32_t, d->nkeys + 1);
        bool     all = true;
        for (int32_t k = 0; k < d->nkeys; k++) all &= (keys[k] = place[in.same[d->keys[k]]]) >= 0;
        for (int32_t i = 0; i < f.n && all; i++) {
            const brasa_expr *e = n->u.project.exprs[i];
            if (e->kind == BRASA_EXPR_REF && e->index >= d->from && e->index < d->to) add_depends(o, &f, keys, d->nkeys, i, i + 1);
        }
    }
    return f;
}

static facts join_facts(brasa_opt *o, const brasa_node *n)
{
    facts   l = find_facts(o, n->inputs[0]), f = fresh_facts(o, n->schema.ncols);
    int32_t nl = l.n;
    bool    inner = n->u.join.type == BRASA_JOIN_INNER || n->u.join.type == BRASA_JOIN_CROSS;

    if (n->u.join.type == BRASA_JOIN_RIGHT || n->u.join.type == BRASA_JOIN_FULL) return f;
    take_facts(o, &f, &l, 0);
    if (!inner) return f; /* the padded side: its nulls are others than those of its rows */
    facts r = find_facts(o, n->inputs[1]);
    take_facts(o, &f, &r, nl);
    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        const brasa_expr *a = n->u.join.left_keys[i], *b = n->u.join.right_keys[i];
        if (a->kind != BRASA_EXPR_REF || b->kind != BRASA_EXPR_REF || !is_plain(a->type) || !brasa__type_equal(a->type, b->type)) continue;
        add_same(&f, a->index, nl + b->index);
    }
    if (n->u.join.residual) add_test(o, &f, n->u.join.residual);
    return f;
}

static facts aggregate_facts(brasa_opt *o, const brasa_node *n)
{
    facts    f = fresh_facts(o, n->schema.ncols);
    int32_t  nkeys = n->u.aggregate.nkeys;
    int32_t *keys = BRASA_NEWS(o->arena, int32_t, nkeys + 1);

    for (int32_t i = 0; i < nkeys; i++) keys[i] = i;
    if (nkeys > 0) add_depends(o, &f, keys, nkeys, 0, n->schema.ncols);
    return f;
}

static facts find_facts(brasa_opt *o, const brasa_node *n)
{
    facts f = fresh_facts(o, n->schema.ncols);

    switch (n->kind) {
    case BRASA_NODE_PROJECT: return project_facts(o, n);
    case BRASA_NODE_JOIN: return join_facts(o, n);
    case BRASA_NODE_AGGREGATE: return aggregate_facts(o, n);
    case BRASA_NODE_FILTER:
        f = find_facts(o, n->inputs[0]);
        add_test(o, &f, n->u.filter.test);
        return f;
    case BRASA_NODE_SORT:
    case BRASA_NODE_LIMIT:
    case BRASA_NODE_SAMPLE:
    case BRASA_NODE_REPARTITION: return find_facts(o, n->inputs[0]);
    case BRASA_NODE_WINDOW: {
        facts in = find_facts(o, n->inputs[0]);
        take_facts(o, &f, &in, 0);
        return f;
    }
    case BRASA_NODE_SCAN:
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE:
    case BRASA_NODE_CACHED:
    case BRASA_NODE_UNION:
    case BRASA_NODE_EXPLODE:
    case BRASA_NODE_MAP:
    case BRASA_NODE_COUNT: break;
    }
    return f;
}

/* What becomes of a key. */
typedef enum fate { KEPT, EQUAL, CONSTANT, DECIDED } fate;

typedef struct reduction {
    fate    *fates;
    int32_t *of; /* EQUAL: the key that it equals */
    int32_t  kept, decided;
} reduction;

static bool has_key(const brasa_node *n, const reduction *r, const facts *f, int32_t col, int32_t without)
{
    if (f->constant[col] != NULL) return true;
    for (int32_t i = 0; i < n->u.aggregate.nkeys; i++) {
        const brasa_expr *e = n->u.aggregate.keys[i];
        if (i != without && r->fates[i] == KEPT && e->kind == BRASA_EXPR_REF && f->same[e->index] == f->same[col]) return true;
    }
    return false;
}

static bool is_decided(const brasa_node *n, const reduction *r, const facts *f, int32_t key)
{
    int32_t col = n->u.aggregate.keys[key]->index;

    for (const depends *d = f->depends; d != NULL; d = d->next) {
        bool all = col >= d->from && col < d->to;
        for (int32_t k = 0; k < d->nkeys && all; k++) all = f->same[d->keys[k]] != f->same[col] && has_key(n, r, f, d->keys[k], key);
        if (all) return true;
    }
    return false;
}

static reduction reduce(brasa_opt *o, const brasa_node *n, const facts *f)
{
    int32_t   nkeys = n->u.aggregate.nkeys;
    reduction r = {.fates = BRASA_NEWS(o->arena, fate, nkeys + 1), .of = BRASA_NEWS(o->arena, int32_t, nkeys + 1), .kept = nkeys};

    for (int32_t i = 1; i < nkeys; i++) {
        const brasa_expr *e = n->u.aggregate.keys[i];
        for (int32_t k = 0; k < i && r.fates[i] == KEPT && e->kind == BRASA_EXPR_REF; k++) {
            const brasa_expr *x = n->u.aggregate.keys[k];
            if (r.fates[k] != KEPT || x->kind != BRASA_EXPR_REF || f->same[x->index] != f->same[e->index]) continue;
            r.fates[i] = EQUAL, r.of[i] = k, r.kept--;
        }
    }
    for (int32_t i = 0; i < nkeys && r.kept > 1; i++) {
        const brasa_expr *e = n->u.aggregate.keys[i];
        bool              constant = e->kind == BRASA_EXPR_LITERAL || (e->kind == BRASA_EXPR_REF && f->constant[e->index] != NULL);
        bool              used = false;
        for (int32_t k = 0; k < nkeys; k++) used |= r.fates[k] == EQUAL && r.of[k] == i;
        if (r.fates[i] == KEPT && constant && !used) r.fates[i] = CONSTANT, r.kept--;
    }
    for (int32_t i = 0; i < nkeys && r.kept > 1; i++) {
        const brasa_expr *e = n->u.aggregate.keys[i];
        bool              used = false;
        for (int32_t k = 0; k < nkeys; k++) used |= r.fates[k] == EQUAL && r.of[k] == i;
        if (r.fates[i] != KEPT || used || e->kind != BRASA_EXPR_REF || !is_plain(e->type) || !is_decided(n, &r, f, i)) continue;
        r.fates[i] = DECIDED, r.kept--, r.decided++;
    }
    return r;
}

static const brasa_node *without_keys(brasa_opt *o, const brasa_node *n, const facts *f, const reduction *r)
{
    int32_t            nkeys = n->u.aggregate.nkeys, naggs = n->u.aggregate.naggs, all = nkeys + naggs, m = 0, d = 0;
    const brasa_expr **keys = BRASA_NEWS(o->arena, const brasa_expr *, nkeys + 1),
                     **aggs = BRASA_NEWS(o->arena, const brasa_expr *, all + 1), **outs = BRASA_NEWS(o->arena, const brasa_expr *, all + 1);
    const char **names = BRASA_NEWS(o->arena, const char *, all + 1);
    int32_t     *place = BRASA_NEWS(o->arena, int32_t, nkeys + 1);

    memcpy(aggs, n->u.aggregate.aggs, sizeof *aggs * (size_t)naggs);
    for (int32_t i = 0; i < nkeys; i++) {
        if (r->fates[i] == KEPT) place[i] = m, keys[m++] = n->u.aggregate.keys[i];
        if (r->fates[i] != DECIDED) continue;
        place[i] = r->kept + naggs + d;
        aggs[naggs + d] = opt_agg_bound(o, "max", n->u.aggregate.keys[i]);
        if (aggs[naggs + d++] == NULL) return n;
    }
    const brasa_node *now = brasa__make_aggregate(o->arena, n, n->inputs[0], keys, m, aggs, naggs + d, NULL);
    for (int32_t i = 0; i < all; i++) {
        const brasa_expr *key = i < nkeys ? n->u.aggregate.keys[i] : NULL;
        names[i] = n->schema.cols[i].name;
        if (i >= nkeys)
            outs[i] = brasa__node_ref(o->arena, now, r->kept + i - nkeys);
        else if (r->fates[i] == CONSTANT)
            outs[i] = key->kind == BRASA_EXPR_LITERAL ? key : f->constant[key->index];
        else
            outs[i] = brasa__node_ref(o->arena, now, place[r->fates[i] == EQUAL ? r->of[i] : i]);
        if (!brasa__type_equal(outs[i]->type, n->schema.cols[i].type)) return n;
    }
    return brasa__make_project(o->arena, n, now, outs, names, all);
}

static const brasa_node *reduce_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    brasa_opt *o = arg;

    (void)arena;
    if (n->kind != BRASA_NODE_AGGREGATE || n->u.aggregate.nkeys < 2) return n;
    facts     f = find_facts(o, n->inputs[0]);
    reduction r = reduce(o, n, &f);
    return r.kept == n->u.aggregate.nkeys ? n : without_keys(o, n, &f, &r);
}

const brasa_node *opt_group_keys(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, reduce_node, o);
}
