/* push_join.c -- conditions through joins, and what joins become by them.
 *
 * Each kind of join allows another thing: see side_rules.  All else follows from that table.
 */
#include <string.h>

#include "data/type.h"
#include "expr/bind.h"
#include "opt/push_filters.h"

/* For each type: may a condition on the output's left (right) columns go below; may a part of the join condition on one side go below that side;
 * may what is known of the left key be told the right, and the other way round. */
static const struct side_rules {
    bool left_down, right_down;         /* conditions above */
    bool left_residual, right_residual; /* parts of the join's own condition */
    bool infer_right, infer_left;
} RULES[] = {
    [BRASA_JOIN_INNER] = {true, true, true, true, true, true},     [BRASA_JOIN_LEFT] = {true, false, false, true, true, false},
    [BRASA_JOIN_RIGHT] = {false, true, true, false, false, true},  [BRASA_JOIN_FULL] = {false, false, false, false, false, false},
    [BRASA_JOIN_SEMI] = {true, false, true, true, true, true},     [BRASA_JOIN_ANTI] = {true, false, false, true, true, false},
    [BRASA_JOIN_CROSS] = {true, true, true, true, true, true},     [BRASA_JOIN_MARK] = {true, false, false, true, false, false},
    [BRASA_JOIN_SINGLE] = {true, false, false, true, true, false},
};

typedef struct keys {
    const brasa_expr **left, **right;
    bool              *null_equal;
    int32_t            n, cap, cap2, cap3;
} keys;

typedef struct pushing {
    brasa_opt        *o;
    const brasa_node *n;
    brasa_join_type   type;
    bool              null_aware;
    int32_t           nleft, nright;
    keys              keys;
    conjuncts         above;       /* over the output */
    conjuncts         residual;    /* over both sides */
    conjuncts         left, right; /* over one side's own columns */
} pushing;

static void add_key(pushing *p, const brasa_expr *l, const brasa_expr *r, bool null_equal)
{
    keys *k = &p->keys;

    for (int32_t i = 0; i < k->n; i++) {
        if (k->null_equal[i] == null_equal && brasa__expr_equal(k->left[i], l) && brasa__expr_equal(k->right[i], r)) return;
    }
    k->left = brasa__arena_grow(p->o->arena, k->left, &k->cap, k->n + 1, sizeof *k->left);
    k->right = brasa__arena_grow(p->o->arena, k->right, &k->cap2, k->n + 1, sizeof *k->right);
    k->null_equal = brasa__arena_grow(p->o->arena, k->null_equal, &k->cap3, k->n + 1, sizeof *k->null_equal);
    k->left[k->n] = l;
    k->right[k->n] = r;
    k->null_equal[k->n++] = null_equal;
}

enum { NO_SIDE = 0, LEFT_SIDE = 1, RIGHT_SIDE = 2, BOTH_SIDES = 3 };

static int side_of(const pushing *p, const brasa_expr *e)
{
    int side = NO_SIDE, all = p->nleft + p->nright;

    if (!brasa__refs_within(e, p->nleft, all)) side |= LEFT_SIDE;
    if (!brasa__refs_within(e, 0, p->nleft)) side |= RIGHT_SIDE;
    return side;
}

/* ---- outer to inner ---- */

/* Is the condition false or unknown where all columns [from, to) are null? */
static bool rejects_nulls(pushing *p, const brasa_expr *e, int32_t from, int32_t to)
{
    int32_t            all = p->nleft + p->nright;
    const brasa_expr **subst = BRASA_NEWS(p->o->arena, const brasa_expr *, all + 1);

    if ((side_of(p, e) & (from == 0 ? LEFT_SIDE : RIGHT_SIDE)) == 0) return false;
    for (int32_t i = 0; i < all; i++) {
        const brasa_field *f = i < p->nleft ? &p->n->inputs[0]->schema.cols[i] : &p->n->inputs[1]->schema.cols[i - p->nleft];
        brasa_value        null = {.type = f->type, .null = true};
        subst[i] =
            i >= from && i < to ? brasa__expr_literal(p->o->arena, &null) : brasa__expr_ref(p->o->arena, i, f->type, f->nullable, f->name);
    }
    return opt_is_false(brasa__expr_fold(p->o->arena, brasa__expr_substitute(p->o->arena, e, subst)));
}

static bool any_rejects(pushing *p, int32_t from, int32_t to)
{
    for (int32_t i = 0; i < p->above.n; i++) {
        if (rejects_nulls(p, p->above.items[i], from, to)) return true;
    }
    return false;
}

/* An outer join whose padded rows a condition above drops. */
static void make_inner(pushing *p)
{
    bool pads_right = p->type == BRASA_JOIN_LEFT || p->type == BRASA_JOIN_FULL,
         pads_left = p->type == BRASA_JOIN_RIGHT || p->type == BRASA_JOIN_FULL;

    if (p->above.n == 0 || (!pads_left && !pads_right)) return;
    if (pads_right && any_rejects(p, p->nleft, p->nleft + p->nright)) pads_right = false;
    if (pads_left && any_rejects(p, 0, p->nleft)) pads_left = false;
    p->type = pads_left && pads_right ? BRASA_JOIN_FULL : pads_left ? BRASA_JOIN_RIGHT : pads_right ? BRASA_JOIN_LEFT : BRASA_JOIN_INNER;
}

/* ---- where conditions go ---- */

static bool take_key(pushing *p, const brasa_expr *e)
{
    bool null_equal = brasa__is_call(e, "<=>");

    if (!null_equal && !brasa__is_call(e, "=")) return false;
    for (int32_t k = 0; k < 2; k++) {
        if (side_of(p, e->args[k]) != LEFT_SIDE || side_of(p, e->args[1 - k]) != RIGHT_SIDE) continue;
        add_key(p, e->args[k], brasa__expr_shift(p->o->arena, e->args[1 - k], -p->nleft), null_equal);
        return true;
    }
    return false;
}

/* What every branch of an OR says of one side, as an OR of its own: implied by the whole. */
static const brasa_expr *implied(pushing *p, const brasa_expr *e, int side)
{
    const brasa_expr *all = NULL;

    for (int32_t i = 0; i < e->nargs; i++) {
        conjuncts parts = {.n = 0}, mine = {.n = 0};
        conjuncts_add(p->o, &parts, e->args[i]);
        for (int32_t k = 0; k < parts.n; k++) {
            if (side_of(p, parts.items[k]) == side) conjuncts_add(p->o, &mine, parts.items[k]);
        }
        if (mine.n == 0) return NULL;
        const brasa_expr *one = conjuncts_and(p->o, &mine), *args[] = {all, one};
        all = all ? brasa__bound_call(p->o->arena, "or", args, 2) : one;
    }
    return all;
}

static void add_left(pushing *p, const brasa_expr *e)
{
    conjuncts_add(p->o, &p->left, e);
}

static void add_right(pushing *p, const brasa_expr *e)
{
    conjuncts_add(p->o, &p->right, brasa__expr_shift(p->o->arena, e, -p->nleft));
}

static void add_implied(pushing *p, const brasa_expr *e, bool left, bool right)
{
    if (!brasa__is_call(e, "or")) return;
    const brasa_expr *l = left ? implied(p, e, LEFT_SIDE) : NULL, *r = right ? implied(p, e, RIGHT_SIDE) : NULL;
    if (l) add_left(p, l);
    if (r) add_right(p, r);
}

/* The join's own condition. */
static void place_residual(pushing *p, const conjuncts *list)
{
    const struct side_rules *rules = &RULES[p->type];

    for (int32_t i = 0; i < list->n; i++) {
        const brasa_expr *e = list->items[i];
        int               side = side_of(p, e);
        if (!brasa__expr_is_deterministic(e))
            conjuncts_add(p->o, &p->residual, e);
        else if (side == LEFT_SIDE && rules->left_residual)
            add_left(p, e);
        else if (side == RIGHT_SIDE && rules->right_residual)
            add_right(p, e);
        else if (side == NO_SIDE && (p->type == BRASA_JOIN_INNER || p->type == BRASA_JOIN_CROSS))
            add_left(p, e);
        else if (side != BOTH_SIDES || p->null_aware || !take_key(p, e)) {
            conjuncts_add(p->o, &p->residual, e);
            add_implied(p, e, rules->left_residual, rules->right_residual);
        }
    }
}

/* Conditions above the join; what cannot go down stays in `above`. */
static void place_above(pushing *p)
{
    const struct side_rules *rules = &RULES[p->type];
    conjuncts                stay = {.n = 0};
    bool                     inner = p->type == BRASA_JOIN_INNER || p->type == BRASA_JOIN_CROSS;

    for (int32_t i = 0; i < p->above.n; i++) {
        const brasa_expr *e = p->above.items[i];
        int               side = side_of(p, e);
        if (side == LEFT_SIDE && rules->left_down)
            add_left(p, e);
        else if (side == RIGHT_SIDE && rules->right_down)
            add_right(p, e);
        else if (side == NO_SIDE && rules->left_down)
            add_left(p, e);
        else if (inner && take_key(p, e))
            continue;
        else {
            conjuncts_add(p->o, inner ? &p->residual : &stay, e);
            add_implied(p, e, rules->left_down, rules->right_down);
        }
    }
    p->above = stay;
}

/* ---- what is known of a key is known of its partner ---- */

/* e over `from`'s columns, each of which is a key, in terms of the partner keys; NULL: cannot be said. */
static const brasa_expr *translate(pushing *p, const brasa_expr *e, const brasa_expr *const *from, const brasa_expr *const *to,
                                   brasa_schema in)
{
    const brasa_expr **subst = BRASA_NEWS(p->o->arena, const brasa_expr *, in.ncols + 1);
    uint64_t          *used = brasa__refs_of(p->o->arena, e, in.ncols);
    bool               any = false;

    if (brasa__expr_can_fail(e)) return NULL;
    for (int32_t c = 0; c < in.ncols; c++) {
        if (!(used[c >> 6] >> (c & 63) & 1)) continue;
        for (int32_t i = 0; i < p->keys.n; i++) {
            if (from[i]->kind == BRASA_EXPR_REF && from[i]->index == c && !p->keys.null_equal[i]) subst[c] = to[i];
        }
        if (subst[c] == NULL) return NULL;
        any = true;
    }
    return any ? brasa__expr_substitute(p->o->arena, e, subst) : NULL;
}

static void infer(pushing *p)
{
    const struct side_rules *rules = &RULES[p->type];
    int32_t                  nl = p->left.n, nr = p->right.n;

    if (p->null_aware) return;
    for (int32_t i = 0; i < nl && rules->infer_right; i++) {
        const brasa_expr *e = translate(p, p->left.items[i], p->keys.left, p->keys.right, p->n->inputs[0]->schema);
        if (e) conjuncts_add(p->o, &p->right, e);
    }
    for (int32_t i = 0; i < nr && rules->infer_left; i++) {
        const brasa_expr *e = translate(p, p->right.items[i], p->keys.right, p->keys.left, p->n->inputs[1]->schema);
        if (e) conjuncts_add(p->o, &p->left, e);
    }
}

/* ---- the join again ---- */

static const brasa_node *rebuild(pushing *p, const brasa_node *l, const brasa_node *r)
{
    const brasa_node *sides[] = {l, r};
    brasa_node       *now = brasa__node_copy(p->o->arena, p->n, sides);
    bool              any = false;

    now->u.join.type = p->type;
    if (p->type == BRASA_JOIN_CROSS && (p->keys.n || p->residual.n)) now->u.join.type = BRASA_JOIN_INNER;
    if (p->type == BRASA_JOIN_INNER && !p->keys.n && !p->residual.n) now->u.join.type = BRASA_JOIN_CROSS;
    now->u.join.nkeys = p->keys.n;
    now->u.join.left_keys = p->keys.left;
    now->u.join.right_keys = p->keys.right;
    for (int32_t i = 0; i < p->keys.n; i++) any |= p->keys.null_equal[i];
    now->u.join.null_equal = any ? p->keys.null_equal : NULL;
    now->u.join.residual = conjuncts_and(p->o, &p->residual);
    now->rows = -1;
    brasa__node_reschema(p->o->arena, now);
    return now;
}

/* The conjunct that is just the mark, or NOT of it; -1 none. */
static int32_t find_mark(const pushing *p, bool *negated)
{
    for (int32_t i = 0; i < p->above.n; i++) {
        const brasa_expr *e = p->above.items[i];
        *negated = brasa__is_call(e, "not");
        if (*negated) e = e->args[0];
        if (e->kind == BRASA_EXPR_REF && e->index == p->nleft) return i;
    }
    return -1;
}

/* A MARK join of which only the marked (or the unmarked) rows are wanted is a SEMI (ANTI) join. */
static const brasa_node *unmark(pushing *p, const conjuncts *list)
{
    bool               negated;
    int32_t            at = find_mark(p, &negated), n = p->nleft + 1;
    conjuncts          rest = {.n = 0};
    const brasa_expr **exprs = BRASA_NEWS(p->o->arena, const brasa_expr *, n);
    const char       **names = BRASA_NEWS(p->o->arena, const char *, n);

    if (at < 0) return NULL;
    brasa_node *now = brasa__node_copy(p->o->arena, p->n, NULL);
    now->u.join.type = negated ? BRASA_JOIN_ANTI : BRASA_JOIN_SEMI;
    now->u.join.null_aware = negated && p->n->u.join.null_aware;
    now->rows = -1;
    brasa__node_reschema(p->o->arena, now);
    for (int32_t i = 0; i < list->n; i++) {
        if (i != at) conjuncts_add(p->o, &rest, list->items[i]);
    }
    for (int32_t i = 0; i < n; i++) {
        exprs[i] = i < p->nleft ? brasa__node_ref(p->o->arena, now, i) : opt_bool(p->o, !negated);
        names[i] = p->n->schema.cols[i].name;
    }
    return opt_push(p->o, brasa__make_project(p->o->arena, p->n, now, exprs, names, n), &rest);
}

/* The key of a LEFT join's right side that a condition above wants to be null: only rows without a match have it so.  -1: none. */
static int32_t find_lonely(const pushing *p)
{
    for (int32_t i = 0; i < p->above.n && p->type == BRASA_JOIN_LEFT; i++) {
        const brasa_expr *e = p->above.items[i];
        if (!brasa__is_call(e, "isnull") || e->args[0]->kind != BRASA_EXPR_REF || e->args[0]->index < p->nleft) continue;
        for (int32_t k = 0; k < p->n->u.join.nkeys; k++) {
            const brasa_expr *key = p->n->u.join.right_keys[k];
            bool              null_equal = p->n->u.join.null_equal && p->n->u.join.null_equal[k];
            if (!null_equal && key->kind == BRASA_EXPR_REF && key->index == e->args[0]->index - p->nleft) return i;
        }
    }
    return -1;
}

/* A LEFT join of which only the rows without a match are wanted is an ANTI join, its right columns are null. */
static const brasa_node *lonely_only(pushing *p, const conjuncts *list)
{
    int32_t            at = find_lonely(p), n = p->nleft + p->nright;
    conjuncts          rest = {.n = 0};
    const brasa_expr **exprs = BRASA_NEWS(p->o->arena, const brasa_expr *, n + 1);
    const char       **names = BRASA_NEWS(p->o->arena, const char *, n + 1);

    if (at < 0) return NULL;
    brasa_node *now = brasa__node_copy(p->o->arena, p->n, NULL);
    now->u.join.type = BRASA_JOIN_ANTI;
    now->rows = -1;
    brasa__node_reschema(p->o->arena, now);
    for (int32_t i = 0; i < list->n; i++) {
        if (i != at) conjuncts_add(p->o, &rest, list->items[i]);
    }
    for (int32_t i = 0; i < n; i++) {
        brasa_value null = {.type = p->n->schema.cols[i].type, .null = true};
        exprs[i] = i < p->nleft ? brasa__node_ref(p->o->arena, now, i) : brasa__expr_literal(p->o->arena, &null);
        names[i] = p->n->schema.cols[i].name;
    }
    return opt_push(p->o, brasa__make_project(p->o->arena, p->n, now, exprs, names, n), &rest);
}

const brasa_node *opt_push_join(brasa_opt *o, const brasa_node *n, const conjuncts *list)
{
    pushing p = {.o = o, .n = n, .type = n->u.join.type, .null_aware = n->u.join.null_aware};

    p.nleft = n->inputs[0]->schema.ncols;
    p.nright = n->inputs[1]->schema.ncols;
    for (int32_t i = 0; i < list->n; i++) conjuncts_add(o, &p.above, list->items[i]);
    if (p.type == BRASA_JOIN_MARK) {
        const brasa_node *plain = unmark(&p, &p.above);
        if (plain) return plain;
        p.nright = 1; /* the mark, as long as conditions above are looked at */
    }
    const brasa_node *lonely = lonely_only(&p, &p.above);
    if (lonely) return lonely;
    make_inner(&p);
    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        add_key(&p, n->u.join.left_keys[i], n->u.join.right_keys[i], n->u.join.null_equal && n->u.join.null_equal[i]);
    }
    place_above(&p);
    p.nright = n->inputs[1]->schema.ncols;
    conjuncts own = {.n = 0};
    conjuncts_add(o, &own, n->u.join.residual);
    place_residual(&p, &own);
    infer(&p);
    const brasa_node *l = opt_push(o, n->inputs[0], &p.left), *r = opt_push(o, n->inputs[1], &p.right);
    return opt_filtered(o, rebuild(&p, l, r), &p.above);
}
