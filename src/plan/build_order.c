/* build_order.c -- order, limits, samples, partitions, lists to rows, rows through functions. */
#include "plan/build_inner.h"

#include "data/type.h"

static brasa_status check_sortable(const brasa_expr *e, const char *what, brasa_error *err)
{
    BRASA_TRY(brasa__build_check_key(e, what, err));
    if (e->type.kind != BRASA_KIND_VECTOR) return BRASA_OK;
    return brasa__fail(err, BRASA_TYPE, "%s by %s, which is a vector; vectors have no order", what, e->name ? e->name : "an expression");
}

brasa_status brasa__plan_sort(brasa_builder *b, const brasa_node *in, const brasa_order *keys, int32_t n, const brasa_node **out,
                              brasa_error *err)
{
    int32_t            ncols = in->schema.ncols, extra = 0;
    brasa_order       *order = BRASA_NEWS(b->arena, brasa_order, n + 1);
    const brasa_expr **exprs = BRASA_NEWS(b->arena, const brasa_expr *, ncols + n + 1);
    const char       **names = BRASA_NEWS(b->arena, const char *, ncols + n + 1);
    int32_t           *cols = BRASA_NEWS(b->arena, int32_t, ncols + 1);
    const brasa_node  *base = in;

    if (n == 0) return brasa__fail(err, BRASA_INVALID, "a sort without keys; name at least one column");
    for (int32_t i = 0; i < ncols; i++) exprs[i] = brasa__node_ref(b->arena, in, i), names[i] = in->schema.cols[i].name, cols[i] = i;
    for (int32_t i = 0; i < n; i++) {
        order[i] = keys[i];
        BRASA_TRY(brasa__build_bind(b, in, keys[i].expr, 0, &order[i].expr, err));
        BRASA_TRY(check_sortable(order[i].expr, "sort", err));
        BRASA_TRY(brasa__expr_collation_key(b->arena, order[i].expr, &order[i].expr, err));
        if (order[i].expr->kind == BRASA_EXPR_REF) continue;
        exprs[ncols + extra] = order[i].expr;
        names[ncols + extra] = brasa__expr_output_name(b->arena, order[i].expr);
        order[i].expr = brasa__expr_ref(b->arena, ncols + extra, order[i].expr->type, order[i].expr->nullable, names[ncols + extra]);
        extra++;
    }
    if (extra) base = brasa__build_done(b, brasa__make_project(b->arena, NULL, in, exprs, names, ncols + extra));
    brasa_node *s = brasa__make_node(b->arena, BRASA_NODE_SORT, NULL, &base, 1);
    s->u.sort.nkeys = n;
    s->u.sort.keys = order;
    s->u.sort.limit = -1;
    brasa__node_reschema(b->arena, s);
    *out = brasa__build_done(b, s);
    if (extra) *out = brasa__build_done(b, (brasa_node *)(uintptr_t)brasa__make_pick(b->arena, NULL, *out, cols, ncols));
    return BRASA_OK;
}

brasa_status brasa__plan_limit(brasa_builder *b, const brasa_node *in, int64_t limit, int64_t offset, const brasa_node **out,
                               brasa_error *err)
{
    if (limit < -1) return brasa__fail(err, BRASA_INVALID, "limit %lld; give 0 or more, or -1 for all", (long long)limit);
    if (offset < 0) return brasa__fail(err, BRASA_INVALID, "offset %lld; give 0 or more", (long long)offset);
    *out = brasa__build_done(b, brasa__make_limit(b->arena, NULL, in, limit, offset));
    return BRASA_OK;
}

brasa_status brasa__plan_sample(brasa_builder *b, const brasa_node *in, double fraction, uint64_t seed, const brasa_node **out,
                                brasa_error *err)
{
    if (!(fraction >= 0 && fraction <= 1)) return brasa__fail(err, BRASA_INVALID, "sample of a fraction of %g; give 0 to 1", fraction);
    brasa_node *s = brasa__make_node(b->arena, BRASA_NODE_SAMPLE, NULL, &in, 1);
    s->u.sample.fraction = fraction;
    s->u.sample.seed = seed;
    brasa__node_reschema(b->arena, s);
    *out = brasa__build_done(b, s);
    return BRASA_OK;
}

brasa_status brasa__plan_repartition(brasa_builder *b, const brasa_node *in, brasa_repartition_kind kind, int32_t nparts,
                                     const brasa_expr *const *keys, const brasa_order *order, int32_t n, const brasa_node **out,
                                     brasa_error *err)
{
    brasa_node        *r = brasa__make_node(b->arena, BRASA_NODE_REPARTITION, NULL, &in, 1);
    const brasa_expr **bound = BRASA_NEWS(b->arena, const brasa_expr *, n + 1);
    brasa_order       *range = BRASA_NEWS(b->arena, brasa_order, n + 1);

    if (nparts < 0 || nparts > 1 << 20)
        return brasa__fail(err, BRASA_INVALID, "repartition into %d partitions; give 1 to 1048576, or 0 for a number that fits the data",
                           nparts);
    if (kind != BRASA_REPARTITION_NUMBER && n == 0)
        return brasa__fail(err, BRASA_INVALID, "repartition by keys without keys; name at least one column");
    for (int32_t i = 0; i < n; i++) {
        if (kind == BRASA_REPARTITION_HASH)
            BRASA_TRY(brasa__build_bind(b, in, keys[i], 0, &bound[i], err));
        else {
            range[i] = order[i];
            BRASA_TRY(brasa__build_bind(b, in, order[i].expr, 0, &range[i].expr, err));
            BRASA_TRY(check_sortable(range[i].expr, "repartition", err));
        }
    }
    r->u.repartition.kind = kind;
    r->u.repartition.nparts = nparts;
    r->u.repartition.nkeys = n;
    r->u.repartition.keys = kind == BRASA_REPARTITION_HASH ? bound : NULL;
    r->u.repartition.order = kind == BRASA_REPARTITION_RANGE ? range : NULL;
    brasa__node_reschema(b->arena, r);
    *out = brasa__build_done(b, r);
    return BRASA_OK;
}

static brasa_status element_type(brasa_arena *arena, const brasa_expr *list, brasa_field *out, brasa_error *err)
{
    brasa_text text;

    if (list->type.kind == BRASA_KIND_LIST) {
        *out = (brasa_field) {.type = list->type.fields[0].type, .nullable = true};
        return BRASA_OK;
    }
    if (list->type.kind == BRASA_KIND_VECTOR) {
        *out = (brasa_field) {.type = brasa__type(BRASA_KIND_FLOAT32), .nullable = true};
        return BRASA_OK;
    }
    brasa__text_init(&text, arena);
    brasa__type_text(list->type, &text);
    return brasa__fail(err, BRASA_TYPE, "explode of %s, which is %s; it needs an ARRAY", list->name ? list->name : "an expression", text.s);
}

brasa_status brasa__plan_explode(brasa_builder *b, const brasa_node *in, const brasa_expr *list, const char *name, bool outer,
                                 const char *position, const brasa_node **out, brasa_error *err)
{
    brasa_node  *e = brasa__make_node(b->arena, BRASA_NODE_EXPLODE, NULL, &in, 1);
    brasa_field *own = BRASA_NEWS(b->arena, brasa_field, 2);
    int32_t      n = position ? 1 : 0;

    BRASA_TRY(brasa__build_bind(b, in, list, 0, &e->u.explode.list, err));
    BRASA_TRY(element_type(b->arena, e->u.explode.list, &own[n], err));
    own[n].name = brasa__arena_strdup(b->arena, name ? name : "col");
    if (position)
        own[0] = (brasa_field) {.name = brasa__arena_strdup(b->arena, position), .type = brasa__type(BRASA_KIND_INT32), .nullable = outer};
    e->u.explode.outer = outer;
    e->u.explode.position = position != NULL;
    e->schema = (brasa_schema) {n + 1, own};
    brasa__node_reschema(b->arena, e);
    *out = brasa__build_done(b, e);
    return BRASA_OK;
}

brasa_status brasa__plan_map(brasa_builder *b, const brasa_node *in, const char *udf, bool per_partition, brasa_schema schema,
                             const brasa_node **out, brasa_error *err)
{
    brasa_node *m = brasa__make_node(b->arena, BRASA_NODE_MAP, NULL, &in, 1);

    if (schema.ncols == 0) return brasa__fail(err, BRASA_INVALID, "function %s returns no columns; say them in .returns", udf);
    m->u.map.udf = brasa__arena_strdup(b->arena, udf);
    m->u.map.per_partition = per_partition;
    m->schema = brasa__schema_copy(b->arena, schema);
    *out = brasa__build_done(b, m);
    return BRASA_OK;
}
