/* make.c -- nodes from bound parts, and the schemas that follow. */
#include "plan/make.h"

#include <assert.h>
#include <string.h>

brasa_node *brasa__make_node(brasa_arena *arena, brasa_node_kind kind, const brasa_node *like, const brasa_node *const *inputs,
                             int32_t ninputs)
{
    brasa_node *n = BRASA_NEW(arena, brasa_node);

    n->kind = kind;
    n->rows = -1;
    if (like) n->id = like->id, n->file = like->file, n->line = like->line;
    n->ninputs = ninputs;
    if (ninputs) n->inputs = brasa__arena_copy(arena, inputs, sizeof *inputs * (size_t)ninputs);
    return n;
}

const char *brasa__node_qualifier(const brasa_node *n, int32_t i)
{
    return n->qualifiers ? n->qualifiers[i] : NULL;
}

brasa_expr *brasa__schema_ref(brasa_arena *arena, brasa_schema s, int32_t i, int32_t shift)
{
    return brasa__expr_ref(arena, i + shift, s.cols[i].type, s.cols[i].nullable, s.cols[i].name);
}

brasa_expr *brasa__node_ref(brasa_arena *arena, const brasa_node *n, int32_t i)
{
    return brasa__schema_ref(arena, n->schema, i, 0);
}

bool brasa__join_has_right(brasa_join_type t)
{
    return t != BRASA_JOIN_SEMI && t != BRASA_JOIN_ANTI && t != BRASA_JOIN_MARK;
}

/* A schema under construction, with room for cols and qualifiers. */
typedef struct draft {
    brasa_field *cols;
    const char **quals;
    int32_t      n;
    bool         qualified;
} draft;

static draft draft_new(brasa_arena *arena, int32_t cap)
{
    return (draft) {.cols = BRASA_NEWS(arena, brasa_field, cap + 1), .quals = BRASA_NEWS(arena, const char *, cap + 1)};
}

static void draft_add(draft *d, brasa_field f, const char *qualifier)
{
    d->cols[d->n] = f;
    d->quals[d->n++] = qualifier;
    d->qualified |= qualifier != NULL;
}

static void draft_add_node(draft *d, const brasa_node *in, bool nullable)
{
    for (int32_t i = 0; i < in->schema.ncols; i++) {
        brasa_field f = in->schema.cols[i];
        f.nullable |= nullable;
        draft_add(d, f, brasa__node_qualifier(in, i));
    }
}

static void draft_done(const draft *d, brasa_node *n)
{
    n->schema = (brasa_schema) {d->n, d->cols};
    n->qualifiers = d->qualified ? d->quals : NULL;
}

static brasa_field field_of(const brasa_expr *e, const char *name)
{
    return (brasa_field) {.name = name, .type = e->type, .nullable = e->nullable};
}

static void schema_like_input(brasa_node *n)
{
    n->schema = n->inputs[0]->schema;
    n->qualifiers = n->inputs[0]->qualifiers;
}

static void schema_project(brasa_arena *arena, brasa_node *n)
{
    draft d = draft_new(arena, n->schema.ncols);

    for (int32_t i = 0; i < n->schema.ncols; i++) {
        const brasa_expr *e = n->u.project.exprs[i];
        const char       *q = NULL, *name = n->schema.cols[i].name;
        if (n->qualifiers) q = n->qualifiers[i];
        draft_add(&d, field_of(e, name), q);
    }
    draft_done(&d, n);
}

static void schema_join(brasa_arena *arena, brasa_node *n)
{
    const brasa_node *l = n->inputs[0], *r = n->inputs[1];
    brasa_join_type   t = n->u.join.type;
    draft             d = draft_new(arena, l->schema.ncols + r->schema.ncols + 1);

    draft_add_node(&d, l, t == BRASA_JOIN_RIGHT || t == BRASA_JOIN_FULL);
    if (brasa__join_has_right(t)) draft_add_node(&d, r, t == BRASA_JOIN_LEFT || t == BRASA_JOIN_FULL || t == BRASA_JOIN_SINGLE);
    if (t == BRASA_JOIN_MARK) draft_add(&d, n->schema.cols[n->schema.ncols - 1], NULL);
    draft_done(&d, n);
}

static void schema_aggregate(brasa_arena *arena, brasa_node *n)
{
    draft   d = draft_new(arena, n->schema.ncols);
    int32_t nkeys = n->u.aggregate.nkeys;

    for (int32_t i = 0; i < n->schema.ncols; i++) {
        const brasa_expr *e = i < nkeys ? n->u.aggregate.keys[i] : n->u.aggregate.aggs[i - nkeys];
        draft_add(&d, field_of(e, n->schema.cols[i].name), n->qualifiers ? n->qualifiers[i] : NULL);
    }
    draft_done(&d, n);
}

/* The input's columns, then the last `own` of the node's old schema. */
static void schema_extended(brasa_arena *arena, brasa_node *n, int32_t own)
{
    draft d = draft_new(arena, n->inputs[0]->schema.ncols + own);

    draft_add_node(&d, n->inputs[0], false);
    for (int32_t i = n->schema.ncols - own; i < n->schema.ncols; i++) draft_add(&d, n->schema.cols[i], NULL);
    draft_done(&d, n);
}

static void schema_union(brasa_arena *arena, brasa_node *n)
{
    draft d = draft_new(arena, n->schema.ncols);

    for (int32_t i = 0; i < n->schema.ncols; i++) {
        brasa_field f = n->schema.cols[i];
        f.nullable = false;
        for (int32_t k = 0; k < n->ninputs; k++) f.nullable |= n->inputs[k]->schema.cols[i].nullable;
        draft_add(&d, f, n->qualifiers ? n->qualifiers[i] : NULL);
    }
    draft_done(&d, n);
}

void brasa__node_reschema(brasa_arena *arena, brasa_node *n)
{
    switch (n->kind) {
    case BRASA_NODE_SCAN:
    case BRASA_NODE_VALUES:
    case BRASA_NODE_RANGE:
    case BRASA_NODE_CACHED:
    case BRASA_NODE_MAP: return;
    case BRASA_NODE_PROJECT: schema_project(arena, n); return;
    case BRASA_NODE_FILTER:
    case BRASA_NODE_SORT:
    case BRASA_NODE_LIMIT:
    case BRASA_NODE_SAMPLE:
    case BRASA_NODE_REPARTITION: schema_like_input(n); return;
    case BRASA_NODE_JOIN: schema_join(arena, n); return;
    case BRASA_NODE_AGGREGATE: schema_aggregate(arena, n); return;
    case BRASA_NODE_UNION: schema_union(arena, n); return;
    case BRASA_NODE_EXPLODE: schema_extended(arena, n, n->u.explode.position ? 2 : 1); return;
    case BRASA_NODE_WINDOW: schema_extended(arena, n, n->u.window.ncalls); return;
    case BRASA_NODE_COUNT: break;
    }
    assert(false && "no such node kind");
}

brasa_node *brasa__node_with_inputs(brasa_arena *arena, const brasa_node *n, const brasa_node *const *inputs)
{
    brasa_node *copy = brasa__node_copy(arena, n, inputs);

    copy->rows = -1;
    brasa__node_reschema(arena, copy);
    return copy;
}

brasa_node *brasa__node_with_input(brasa_arena *arena, const brasa_node *n, const brasa_node *in)
{
    return brasa__node_with_inputs(arena, n, &in);
}

brasa_node *brasa__make_project(brasa_arena *arena, const brasa_node *like, const brasa_node *in, const brasa_expr *const *exprs,
                                const char *const *names, int32_t n)
{
    brasa_node *p = brasa__make_node(arena, BRASA_NODE_PROJECT, like, &in, 1);
    draft       d = draft_new(arena, n);

    p->u.project.exprs = brasa__arena_copy(arena, exprs, sizeof *exprs * (size_t)n);
    for (int32_t i = 0; i < n; i++) {
        const brasa_expr *e = exprs[i];
        const char       *name = names ? names[i] : brasa__expr_output_name(arena, e);
        bool              plain = e->kind == BRASA_EXPR_REF && strcmp(name, in->schema.cols[e->index].name) == 0;
        draft_add(&d, field_of(e, name), plain ? brasa__node_qualifier(in, e->index) : NULL);
    }
    draft_done(&d, p);
    return p;
}

const brasa_node *brasa__make_pick(brasa_arena *arena, const brasa_node *like, const brasa_node *in, const int32_t *cols, int32_t n)
{
    const brasa_expr **exprs = BRASA_NEWS(arena, const brasa_expr *, n + 1);
    const char       **names = BRASA_NEWS(arena, const char *, n + 1);
    bool               same = n == in->schema.ncols;

    for (int32_t i = 0; i < n; i++) {
        exprs[i] = brasa__node_ref(arena, in, cols[i]);
        names[i] = in->schema.cols[cols[i]].name;
        same &= cols[i] == i;
    }
    return same ? in : brasa__make_project(arena, like, in, exprs, names, n);
}

brasa_node *brasa__make_filter(brasa_arena *arena, const brasa_node *like, const brasa_node *in, const brasa_expr *test)
{
    brasa_node *f = brasa__make_node(arena, BRASA_NODE_FILTER, like, &in, 1);

    f->u.filter.test = test;
    schema_like_input(f);
    return f;
}

brasa_node *brasa__make_limit(brasa_arena *arena, const brasa_node *like, const brasa_node *in, int64_t limit, int64_t offset)
{
    brasa_node *l = brasa__make_node(arena, BRASA_NODE_LIMIT, like, &in, 1);

    l->u.limit.limit = limit;
    l->u.limit.offset = offset;
    schema_like_input(l);
    return l;
}

brasa_node *brasa__make_aggregate(brasa_arena *arena, const brasa_node *like, const brasa_node *in, const brasa_expr *const *keys,
                                  int32_t nkeys, const brasa_expr *const *aggs, int32_t naggs, const char *const *names)
{
    brasa_node *a = brasa__make_node(arena, BRASA_NODE_AGGREGATE, like, &in, 1);
    draft       d = draft_new(arena, nkeys + naggs);

    a->u.aggregate.nkeys = nkeys;
    a->u.aggregate.naggs = naggs;
    a->u.aggregate.keys = brasa__arena_copy(arena, keys, sizeof *keys * (size_t)nkeys);
    a->u.aggregate.aggs = brasa__arena_copy(arena, aggs, sizeof *aggs * (size_t)naggs);
    for (int32_t i = 0; i < nkeys + naggs; i++) {
        const brasa_expr *e = i < nkeys ? keys[i] : aggs[i - nkeys];
        const char       *name = names ? names[i] : brasa__expr_output_name(arena, e);
        bool              plain = e->kind == BRASA_EXPR_REF && strcmp(name, in->schema.cols[e->index].name) == 0;
        draft_add(&d, field_of(e, name), plain ? brasa__node_qualifier(in, e->index) : NULL);
    }
    draft_done(&d, a);
    return a;
}

brasa_node *brasa__make_empty(brasa_arena *arena, const brasa_node *like)
{
    brasa_node *v = brasa__make_node(arena, BRASA_NODE_VALUES, like, NULL, 0);

    v->schema = like->schema;
    v->qualifiers = like->qualifiers;
    v->rows = 0;
    return v;
}
