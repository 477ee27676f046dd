/* build_set.c -- union, intersect, except: by position, types made common.
 *
 * INTERSECT and EXCEPT are joins on all columns where null matches null; their ALL forms number the equal rows of each side
 * (row_number over all columns) and match the number too: the k-th copy of a row matches the k-th copy.
 */
#include "plan/build_inner.h"

#include "data/collation.h"
#include "data/type.h"

static brasa_status check_width(const brasa_node *const *in, int32_t n, brasa_error *err)
{
    for (int32_t k = 1; k < n; k++) {
        if (in[k]->schema.ncols == in[0]->schema.ncols) continue;
        return brasa__fail(err, BRASA_TYPE, "set operation of %d columns with %d; select as many on both sides", (int)in[0]->schema.ncols,
                           (int)in[k]->schema.ncols);
    }
    return BRASA_OK;
}

static brasa_status common_types(brasa_builder *b, const brasa_node *const *in, int32_t n, brasa_type *types, brasa_error *err)
{
    for (int32_t i = 0; i < in[0]->schema.ncols; i++) {
        types[i] = in[0]->schema.cols[i].type;
        for (int32_t k = 1; k < n; k++) {
            brasa_type other = in[k]->schema.cols[i].type, both;
            if (!brasa__type_common(b->arena, types[i], other, &both)) {
                brasa_text x, y;
                brasa__text_init(&x, b->arena);
                brasa__text_init(&y, b->arena);
                brasa__type_text(types[i], &x);
                brasa__type_text(other, &y);
                return brasa__fail(err, BRASA_TYPE,
                                   "column %d (%s) is %s on one side and %s on the other of a set operation; cast one of them", (int)i + 1,
                                   in[0]->schema.cols[i].name, x.s, y.s);
            }
            types[i] = both;
        }
    }
    return BRASA_OK;
}

/* `in` with its columns as those types. */
static brasa_status cast_columns(brasa_builder *b, const brasa_node *in, const brasa_type *types, const brasa_node **out, brasa_error *err)
{
    int32_t            n = in->schema.ncols;
    const brasa_expr **exprs = BRASA_NEWS(b->arena, const brasa_expr *, n + 1);
    const char       **names = BRASA_NEWS(b->arena, const char *, n + 1);
    bool               same = true;

    for (int32_t i = 0; i < n; i++) {
        brasa_expr *ref = brasa__node_ref(b->arena, in, i);

        names[i] = in->schema.cols[i].name;
        exprs[i] = ref;
        if (brasa__type_is_collated(types[i]) && brasa__type_equal(types[i], ref->type)) {
            same = same && ref->type.scale == types[i].scale;
            ref->type = types[i];
        }
        if (brasa__type_equal(types[i], exprs[i]->type)) continue;
        same = false;
        BRASA_TRY(brasa__expr_coerce(b->arena, exprs[i], types[i], false, &exprs[i], err));
    }
    *out = same ? in : brasa__build_done(b, brasa__make_project(b->arena, NULL, in, exprs, names, n));
    return BRASA_OK;
}

static const brasa_node *union_all(brasa_builder *b, const brasa_node *const *in, int32_t n)
{
    brasa_node  *u = brasa__make_node(b->arena, BRASA_NODE_UNION, NULL, in, n);
    brasa_field *cols = brasa__arena_copy(b->arena, in[0]->schema.cols, sizeof *cols * (size_t)in[0]->schema.ncols);

    u->schema = (brasa_schema) {in[0]->schema.ncols, cols};
    brasa__node_reschema(b->arena, u);
    return brasa__build_done(b, u);
}

/* Number the copies of each row from 1, in a last column. */
static brasa_status number_copies(brasa_builder *b, const brasa_node *in, const brasa_node **out, brasa_error *err)
{
    int32_t            n = in->schema.ncols;
    const brasa_expr **keys = BRASA_NEWS(b->arena, const brasa_expr *, n + 1);
    brasa_window_spec *spec = BRASA_NEW(b->arena, brasa_window_spec);
    brasa_expr        *w = brasa__expr_new(b->arena, BRASA_EXPR_WINDOW);
    const brasa_expr **args = BRASA_NEWS(b->arena, const brasa_expr *, 1);

    for (int32_t i = 0; i < n; i++) keys[i] = brasa__node_ref(b->arena, in, i);
    spec->nkeys = n;
    spec->keys = keys;
    args[0] = brasa__expr_call(b->arena, "row_number", NULL, 0);
    w->name = "row_number";
    w->nargs = 1;
    w->args = args;
    w->extra = spec;
    const brasa_expr *list = brasa__expr_alias(b->arena, w, "copy");
    return brasa__plan_window(b, in, &list, 1, out, err);
}

static brasa_status match_rows(brasa_builder *b, const brasa_node *left, const brasa_node *right, brasa_join_type type,
                               const brasa_node **out, brasa_error *err)
{
    int32_t            n = left->schema.ncols;
    const brasa_expr **on = BRASA_NEWS(b->arena, const brasa_expr *, n + 1), *all = NULL;

    for (int32_t i = 0; i < n; i++) {
        const brasa_expr *args[] = {brasa__node_ref(b->arena, left, i), brasa__schema_ref(b->arena, right->schema, i, n)};
        for (int32_t k = 0; k < 2; k++) BRASA_TRY(brasa__expr_collation_key(b->arena, args[k], &args[k], err));
        on[i] = brasa__bound_call(b->arena, "<=>", args, 2);
        all = brasa__expr_and(b->arena, all, on[i]);
    }
    return brasa__plan_join(b, left, right, &(brasa_join_spec) {.type = type, .on = all}, out, err);
}

static brasa_status match_set(brasa_builder *b, brasa_set_op op, bool all, const brasa_node *left, const brasa_node *right,
                              const brasa_node **out, brasa_error *err)
{
    brasa_join_type type = op == BRASA_SET_INTERSECT ? BRASA_JOIN_SEMI : BRASA_JOIN_ANTI;
    int32_t         n = left->schema.ncols, *cols = BRASA_NEWS(b->arena, int32_t, n + 1);

    if (!all) {
        BRASA_TRY(match_rows(b, left, right, type, out, err));
        return brasa__plan_distinct(b, *out, NULL, 0, out, err);
    }
    BRASA_TRY(number_copies(b, left, &left, err));
    BRASA_TRY(number_copies(b, right, &right, err));
    BRASA_TRY(match_rows(b, left, right, type, out, err));
    for (int32_t i = 0; i < n; i++) cols[i] = i;
    *out = brasa__build_done(b, (brasa_node *)(uintptr_t)brasa__make_pick(b->arena, NULL, *out, cols, n));
    return BRASA_OK;
}

brasa_status brasa__plan_set(brasa_builder *b, brasa_set_op op, bool all, const brasa_node *const *inputs, int32_t n,
                             const brasa_node **out, brasa_error *err)
{
    const brasa_node **in = BRASA_NEWS(b->arena, const brasa_node *, n + 1);
    brasa_type        *types = BRASA_NEWS(b->arena, brasa_type, inputs[0]->schema.ncols + 1);

    BRASA_TRY(check_width(inputs, n, err));
    BRASA_TRY(common_types(b, inputs, n, types, err));
    for (int32_t k = 0; k < n; k++) BRASA_TRY(cast_columns(b, inputs[k], types, &in[k], err));
    *out = in[0];
    if (op == BRASA_SET_UNION) {
        if (n > 1) *out = union_all(b, in, n);
        return all ? BRASA_OK : brasa__plan_distinct(b, *out, NULL, 0, out, err);
    }
    for (int32_t k = 1; k < n; k++) BRASA_TRY(match_set(b, op, all, *out, in[k], out, err));
    return BRASA_OK;
}
