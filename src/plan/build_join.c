/* build_join.c -- joins: which equalities are keys, and what is left of the condition. */
#include "plan/build_inner.h"

#include <string.h>
#include <strings.h>

#include "data/type.h"

typedef struct joining {
    brasa_builder     *b;
    const brasa_node  *left, *right;
    int32_t            nleft, nright;
    const brasa_expr **left_keys, **right_keys;
    bool              *null_equal;
    int32_t            nkeys, cap;
    const brasa_expr  *residual;
} joining;

static void add_key(joining *j, const brasa_expr *l, const brasa_expr *r, bool null_equal)
{
    int32_t cap = j->cap, cap2 = j->cap;

    j->left_keys = brasa__arena_grow(j->b->arena, j->left_keys, &cap, j->nkeys + 1, sizeof *j->left_keys);
    j->right_keys = brasa__arena_grow(j->b->arena, j->right_keys, &cap2, j->nkeys + 1, sizeof *j->right_keys);
    j->null_equal = brasa__arena_grow(j->b->arena, j->null_equal, &j->cap, j->nkeys + 1, sizeof *j->null_equal);
    j->left_keys[j->nkeys] = l;
    j->right_keys[j->nkeys] = r;
    j->null_equal[j->nkeys++] = null_equal;
}

/* Has references, all of them in [from, to)? */
static bool uses_only(const brasa_expr *e, int32_t from, int32_t to)
{
    return brasa__refs_within(e, from, to) && !brasa__refs_within(e, 0, 0);
}

/* An equality with one side over each input is a key. */
static bool take_key(joining *j, const brasa_expr *e)
{
    bool null_equal = brasa__is_call(e, "<=>");

    if (!null_equal && !brasa__is_call(e, "=")) return false;
    if (!brasa__expr_is_deterministic(e)) return false;
    int32_t n = j->nleft, all = j->nleft + j->nright;
    for (int32_t k = 0; k < 2; k++) {
        const brasa_expr *a = e->args[k], *c = e->args[1 - k];
        if (!uses_only(a, 0, n) || !uses_only(c, n, all)) continue;
        add_key(j, a, brasa__expr_shift(j->b->arena, c, -n), null_equal);
        return true;
    }
    return false;
}

static void split_condition(joining *j, const brasa_expr *e)
{
    if (brasa__is_call(e, "and")) {
        for (int32_t i = 0; i < e->nargs; i++) split_condition(j, e->args[i]);
        return;
    }
    if (!take_key(j, e)) j->residual = brasa__expr_and(j->b->arena, j->residual, e);
}

/* Both sides' columns, side by side. */
static brasa_node *join_scope(joining *j)
{
    const brasa_node *both[] = {j->left, j->right};
    brasa_node       *n = brasa__make_node(j->b->arena, BRASA_NODE_JOIN, NULL, both, 2);

    n->u.join.type = BRASA_JOIN_INNER;
    brasa__node_reschema(j->b->arena, n);
    return n;
}

typedef struct side_names {
    joining          *j;
    const brasa_expr *missing;
    const brasa_node *where;
} side_names;

static bool has_qualifier(const brasa_node *n, const char *q)
{
    for (int32_t i = 0; n->qualifiers && i < n->schema.ncols; i++) {
        if (n->qualifiers[i] && strcasecmp(n->qualifiers[i], q) == 0) return true;
    }
    return false;
}

/* left.a and right.a become references, unless a table has that name. */
static const brasa_expr *replace_side(void *arg, const brasa_expr *e)
{
    side_names *s = arg;
    joining    *j = s->j;

    if (e->kind != BRASA_EXPR_COLUMN || !e->qualifier) return NULL;
    bool left = strcasecmp(e->qualifier, "left") == 0, right = strcasecmp(e->qualifier, "right") == 0;
    if ((!left && !right) || has_qualifier(j->left, e->qualifier) || has_qualifier(j->right, e->qualifier)) return NULL;
    const brasa_node *n = left ? j->left : j->right;
    bool              ambiguous = false;
    int32_t           at = brasa__schema_find(n->schema, e->name, &ambiguous);
    if (at < 0 || ambiguous) {
        s->missing = e;
        s->where = n;
        return e;
    }
    return brasa__schema_ref(j->b->arena, n->schema, at, left ? 0 : j->nleft);
}

static brasa_status bind_condition(joining *j, const brasa_expr *on, brasa_error *err)
{
    brasa_node       *both = join_scope(j);
    side_names        s = {.j = j};
    int32_t           at;
    const brasa_expr *e = brasa__expr_replace(j->b->arena, on, replace_side, &s);

    if (s.missing) return brasa__build_column(j->b, s.where, s.missing->name, &at, err);
    BRASA_TRY(brasa__build_bind_bool(j->b, both, e, "join condition", &e, err));
    split_condition(j, e);
    return BRASA_OK;
}

static brasa_status bind_using(joining *j, const brasa_join_spec *spec, brasa_error *err)
{
    for (int32_t i = 0; i < spec->nusing; i++) {
        int32_t     l, r;
        const char *name = spec->using_names[i];
        BRASA_TRY(brasa__build_column(j->b, j->left, name, &l, err));
        BRASA_TRY(brasa__build_column(j->b, j->right, name, &r, err));
        const brasa_expr *args[] = {brasa__schema_ref(j->b->arena, j->left->schema, l, 0),
                                    brasa__schema_ref(j->b->arena, j->right->schema, r, j->nleft)};
        const brasa_expr *equal;
        BRASA_TRY(brasa__build_bind(j->b, join_scope(j), brasa__expr_call(j->b->arena, "=", args, 2), 0, &equal, err));
        split_condition(j, equal);
    }
    return BRASA_OK;
}

static brasa_status check_join(const brasa_join_spec *spec, brasa_error *err)
{
    if (spec->type == BRASA_JOIN_CROSS && (spec->nusing || spec->on)) {
        return brasa__fail(err, BRASA_INVALID, "a cross join takes no condition; make it an inner join, or leave the condition out");
    }
    if (spec->nusing && spec->on)
        return brasa__fail(err, BRASA_INVALID, "a join with both columns to use and a condition; give one of them");
    return BRASA_OK;
}

static brasa_node *join_node(joining *j, const brasa_join_spec *spec)
{
    const brasa_node *both[] = {j->left, j->right};
    brasa_node       *n = brasa__make_node(j->b->arena, BRASA_NODE_JOIN, NULL, both, 2);
    brasa_field      *mark = BRASA_NEW(j->b->arena, brasa_field);

    n->u.join.type = spec->type;
    if (spec->type == BRASA_JOIN_INNER && j->nkeys == 0 && !j->residual) n->u.join.type = BRASA_JOIN_CROSS;
    n->u.join.strategy = spec->strategy;
    n->u.join.null_aware = spec->null_aware;
    n->u.join.nkeys = j->nkeys;
    n->u.join.left_keys = j->left_keys;
    n->u.join.right_keys = j->right_keys;
    n->u.join.residual = j->residual;
    for (int32_t i = 0; i < j->nkeys; i++) {
        if (j->null_equal[i]) n->u.join.null_equal = j->null_equal;
    }
    *mark = (brasa_field) {
        .name = spec->mark ? brasa__arena_strdup(j->b->arena, spec->mark) : "mark", .type = brasa__type(BRASA_KIND_BOOL), .nullable = true};
    n->schema = (brasa_schema) {1, mark};
    brasa__node_reschema(j->b->arena, n);
    return n;
}

static int32_t using_index(const brasa_join_spec *spec, const char *name)
{
    for (int32_t i = 0; i < spec->nusing; i++) {
        if (strcasecmp(spec->using_names[i], name) == 0) return i;
    }
    return -1;
}

/* One column for each that both sides share: the left's, the right's for RIGHT, the first that is not null for FULL. */
static brasa_status merge_using(joining *j, const brasa_join_spec *spec, const brasa_node *in, const brasa_node **out, brasa_error *err)
{
    int32_t            n = 0;
    const brasa_expr **outs = BRASA_NEWS(j->b->arena, const brasa_expr *, in->schema.ncols + 1);
    const char       **names = BRASA_NEWS(j->b->arena, const char *, in->schema.ncols + 1);

    for (int32_t i = 0; i < in->schema.ncols; i++) {
        const char *name = in->schema.cols[i].name;
        bool        shared = using_index(spec, name) >= 0, ambiguous;
        if (shared && i >= j->nleft) continue;
        names[n] = name;
        outs[n] = brasa__node_ref(j->b->arena, in, i);
        if (shared && (spec->type == BRASA_JOIN_RIGHT || spec->type == BRASA_JOIN_FULL)) {
            int32_t           r = brasa__schema_find(j->right->schema, name, &ambiguous) + j->nleft;
            const brasa_expr *args[] = {outs[n], brasa__node_ref(j->b->arena, in, r)};
            if (spec->type == BRASA_JOIN_RIGHT)
                outs[n] = args[1];
            else
                BRASA_TRY(brasa__build_bind(j->b, in, brasa__expr_call(j->b->arena, "coalesce", args, 2), 0, &outs[n], err));
        }
        n++;
    }
    *out = brasa__build_done(j->b, brasa__make_project(j->b->arena, NULL, in, outs, names, n));
    return BRASA_OK;
}

brasa_status brasa__plan_join(brasa_builder *b, const brasa_node *left, const brasa_node *right, const brasa_join_spec *spec,
                              const brasa_node **out, brasa_error *err)
{
    joining j = {.b = b, .left = left, .right = right, .nleft = left->schema.ncols, .nright = right->schema.ncols};

    BRASA_TRY(check_join(spec, err));
    if (spec->on) BRASA_TRY(bind_condition(&j, spec->on, err));
    BRASA_TRY(bind_using(&j, spec, err));
    *out = brasa__build_done(b, join_node(&j, spec));
    if (spec->nusing && brasa__join_has_right(spec->type)) return merge_using(&j, spec, *out, out, err);
    return BRASA_OK;
}
