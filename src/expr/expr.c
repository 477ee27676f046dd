/* expr.c -- making expression trees, and what is asked of them most.
 *
 * Trees are immutable once made: a constructor returns a node that its maker may still fill in, and nobody else.
 */
#include "expr/expr.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "data/value.h"
#include "expr/agg.h"
#include "expr/function.h"
#include "expr/lambda.h"

brasa_expr *brasa__expr_new(brasa_arena *arena, brasa_expr_kind kind)
{
    brasa_expr *e = BRASA_NEW(arena, brasa_expr);

    e->kind = kind;
    e->pos = -1;
    e->nullable = true;
    return e;
}

static const char *copy_name(brasa_arena *arena, const char *s)
{
    return s ? brasa__arena_strdup(arena, s) : NULL;
}

brasa_expr *brasa__expr_column(brasa_arena *arena, const char *qualifier, const char *name)
{
    brasa_expr *e = brasa__expr_new(arena, BRASA_EXPR_COLUMN);

    e->qualifier = copy_name(arena, qualifier);
    e->name = copy_name(arena, name);
    return e;
}

brasa_expr *brasa__expr_literal(brasa_arena *arena, const brasa_value *v)
{
    brasa_expr *e = brasa__expr_new(arena, BRASA_EXPR_LITERAL);

    e->value = brasa__value_copy(arena, v);
    e->type = e->value.type;
    e->bound = true;
    e->nullable = v->null;
    return e;
}

brasa_expr *brasa__expr_call(brasa_arena *arena, const char *name, const brasa_expr *const *args, int32_t nargs)
{
    brasa_expr *e = brasa__expr_new(arena, BRASA_EXPR_CALL);

    e->name = copy_name(arena, name);
    e->nargs = nargs;
    if (nargs > 0) e->args = brasa__arena_copy(arena, args, sizeof *args * (size_t)nargs);
    return e;
}

brasa_expr *brasa__expr_call1(brasa_arena *arena, const char *name, const brasa_expr *a)
{
    return brasa__expr_call(arena, name, &a, 1);
}

brasa_expr *brasa__expr_call2(brasa_arena *arena, const char *name, const brasa_expr *a, const brasa_expr *b)
{
    const brasa_expr *args[] = {a, b};

    return brasa__expr_call(arena, name, args, 2);
}

static brasa_expr *with_arg(brasa_arena *arena, brasa_expr_kind kind, const brasa_expr *a)
{
    brasa_expr *e = brasa__expr_new(arena, kind);

    e->nargs = 1;
    e->args = brasa__arena_copy(arena, &a, sizeof(brasa_expr *));
    e->pos = a->pos;
    return e;
}

brasa_expr *brasa__expr_cast(brasa_arena *arena, const brasa_expr *a, brasa_type t, bool try_cast)
{
    brasa_expr *e = with_arg(arena, BRASA_EXPR_CAST, a);

    e->type = t;
    e->try_cast = try_cast;
    return e;
}

brasa_expr *brasa__expr_alias(brasa_arena *arena, const brasa_expr *a, const char *name)
{
    brasa_expr *e = with_arg(arena, BRASA_EXPR_ALIAS, a);

    e->name = copy_name(arena, name);
    return e;
}

brasa_expr *brasa__expr_ref(brasa_arena *arena, int32_t index, brasa_type t, bool nullable, const char *name)
{
    brasa_expr *e = brasa__expr_new(arena, BRASA_EXPR_REF);

    e->bound = true;
    e->index = index;
    e->type = t;
    e->nullable = nullable;
    e->name = copy_name(arena, name);
    return e;
}

static bool is_call_of(const brasa_expr *e, const char *name)
{
    return e->kind == BRASA_EXPR_CALL && strcmp(e->name, name) == 0;
}

const brasa_expr *brasa__expr_and(brasa_arena *arena, const brasa_expr *a, const brasa_expr *b)
{
    if (a == NULL) return b;
    if (b == NULL) return a;

    const brasa_expr *sides[] = {a, b}, **args;
    int32_t           n = 0;
    for (int k = 0; k < 2; k++) n += is_call_of(sides[k], "and") ? sides[k]->nargs : 1;
    args = BRASA_NEWS(arena, const brasa_expr *, n);
    n = 0;
    for (int k = 0; k < 2; k++) {
        if (!is_call_of(sides[k], "and")) {
            args[n++] = sides[k];
            continue;
        }
        for (int32_t i = 0; i < sides[k]->nargs; i++) args[n++] = sides[k]->args[i];
    }
    brasa_expr *e = brasa__expr_call(arena, "and", args, n);
    e->pos = a->pos;
    if (!a->bound || !b->bound) return e;
    e->bound = true;
    e->type = brasa__type(BRASA_KIND_BOOL);
    e->nullable = a->nullable || b->nullable;
    e->func = brasa__function_find("and");
    return e;
}

void brasa__expr_conjuncts(brasa_arena *arena, const brasa_expr *e, const brasa_expr ***out, int32_t *n)
{
    int32_t            cap = 0;
    const brasa_expr **list = NULL;

    *n = 0;
    if (e == NULL) {
        *out = NULL;
        return;
    }
    if (!is_call_of(e, "and")) {
        list = BRASA_NEWS(arena, const brasa_expr *, 1);
        list[0] = e;
        *out = list;
        *n = 1;
        return;
    }
    for (int32_t i = 0; i < e->nargs; i++) {
        const brasa_expr **below;
        int32_t            m;
        brasa__expr_conjuncts(arena, e->args[i], &below, &m);
        list = brasa__arena_grow(arena, list, &cap, *n + m, sizeof *list);
        for (int32_t k = 0; k < m; k++) list[(*n)++] = below[k];
    }
    *out = list;
}

/* ---- equality and hash ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_list(const brasa_expr *const *a, const brasa_expr *const *b, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        if (!brasa__expr_equal(a[i], b[i])) return false;
    return true;
}

static bool same_order(const brasa_expr *a, const brasa_expr *b)
{
    if (a->norder != b->norder) return false;
    for (int32_t i = 0; i < a->norder; i++) {
        const brasa_order *x = &a->order[i], *y = &b->order[i];
        if (x->desc != y->desc || x->nulls_last != y->nulls_last || !brasa__expr_equal(x->expr, y->expr)) return false;
    }
    return true;
}

static bool same_leaf(const brasa_expr *a, const brasa_expr *b)
{
    switch (a->kind) {
    case BRASA_EXPR_REF: return a->index == b->index && a->depth == b->depth;
    case BRASA_EXPR_PARAM: return a->index == b->index;
    case BRASA_EXPR_LITERAL:
        return brasa__type_equal(a->type, b->type) && a->value.null == b->value.null &&
               (a->value.null || brasa__value_compare(&a->value, &b->value) == 0);
    case BRASA_EXPR_CAST: return a->try_cast == b->try_cast && brasa__type_equal(a->type, b->type);
    case BRASA_EXPR_IN: return a->negated == b->negated;
    case BRASA_EXPR_COLUMN:
    case BRASA_EXPR_STAR: return same_text(a->name, b->name) && same_text(a->qualifier, b->qualifier) && a->depth == b->depth;
    case BRASA_EXPR_CALL:
        if (!brasa__lambdas_equal(a->extra, b->extra)) return false;
        return same_text(a->name, b->name) && same_text(a->qualifier, b->qualifier) && a->depth == b->depth;
    case BRASA_EXPR_AGGREGATE:
    case BRASA_EXPR_WINDOW: return same_text(a->name, b->name) && a->distinct == b->distinct && a->extra == b->extra;
    case BRASA_EXPR_SUBQUERY: return a->extra == b->extra;
    case BRASA_EXPR_ALIAS:
    case BRASA_EXPR_CASE: return true;
    case BRASA_EXPR_COUNT: break;
    }
    assert(false && "no such kind");
    return false;
}

bool brasa__expr_equal(const brasa_expr *a, const brasa_expr *b)
{
    if (a == b) return true;
    if (a == NULL || b == NULL || a->kind != b->kind || a->nargs != b->nargs) return false;
    if (a->bound && b->bound && !brasa__type_equal(a->type, b->type)) return false;
    return same_leaf(a, b) && same_list(a->args, b->args, a->nargs) && brasa__expr_equal(a->filter, b->filter) && same_order(a, b);
}

static uint64_t hash_text(uint64_t h, const char *s)
{
    return s ? brasa__hash_combine(h, brasa__hash_bytes(s, strlen(s))) : h;
}

uint64_t brasa__expr_hash(const brasa_expr *e)
{
    uint64_t h = brasa__hash_u64((uint64_t)e->kind + 1);

    if (e->kind == BRASA_EXPR_REF || e->kind == BRASA_EXPR_PARAM) h = brasa__hash_combine(h, (uint64_t)(uint32_t)e->index);
    if (e->kind != BRASA_EXPR_ALIAS && e->kind != BRASA_EXPR_REF) h = hash_text(hash_text(h, e->name), e->qualifier);
    if (e->kind == BRASA_EXPR_LITERAL && !e->value.null) {
        /* 0.0 and -0.0 are equal; everything else of a literal that is equal has equal text */
        brasa_phys p = brasa__type_phys(e->type);
        if (p == BRASA_PHYS_STRING)
            h = brasa__hash_combine(h, brasa__hash_bytes(e->value.u.s.p, e->value.u.s.n));
        else if (p == BRASA_PHYS_I8 || p == BRASA_PHYS_I16 || p == BRASA_PHYS_I32 || p == BRASA_PHYS_I64)
            h = brasa__hash_combine(h, (uint64_t)e->value.u.i);
        else if (p == BRASA_PHYS_I128)
            h = brasa__hash_combine(h, (uint64_t)e->value.u.d);
    }
    for (int32_t i = 0; i < e->nargs; i++) h = brasa__hash_combine(h, brasa__expr_hash(e->args[i]));
    return h;
}

/* ---- questions ---- */

static bool find_aggregate(void *arg, const brasa_expr *e)
{
    bool *found = arg;

    if (e->kind == BRASA_EXPR_AGGREGATE) *found = true;
    if (e->kind == BRASA_EXPR_CALL && !e->bound && brasa__function_find(e->name) == NULL && brasa__agg_find(e->name) != NULL) *found = true;
    /* an aggregate over a window belongs to the window */
    return !*found && e->kind != BRASA_EXPR_WINDOW && e->kind != BRASA_EXPR_SUBQUERY;
}

bool brasa__expr_has_aggregate(const brasa_expr *e)
{
    bool found = false;

    brasa__expr_walk(e, find_aggregate, &found);
    return found;
}

static void walk_bodies(const brasa_lambdas *l, bool (*fn)(void *arg, const brasa_expr *e), void *arg)
{
    for (int32_t i = 0; i < l->n; i++) brasa__expr_walk(l->list[i].body, fn, arg);
}

static bool find_volatile(void *arg, const brasa_expr *e)
{
    bool *found = arg;

    if (e->kind == BRASA_EXPR_CALL && (e->func == NULL || brasa__call_flags(e) & BRASA_FN_VOLATILE)) *found = true;
    if (e->kind == BRASA_EXPR_CALL && e->extra) walk_bodies(e->extra, find_volatile, arg);
    return !*found;
}

bool brasa__expr_is_deterministic(const brasa_expr *e)
{
    bool found = false;

    brasa__expr_walk(e, find_volatile, &found);
    return !found;
}

/* Widening casts and those to text always succeed. */
static bool cast_can_fail(const brasa_expr *e)
{
    brasa_type from = e->args[0]->type, to = e->type;

    if (e->try_cast || from.kind == BRASA_KIND_NULL || to.kind == BRASA_KIND_STRING || to.kind == BRASA_KIND_BOOL)
        return from.kind == BRASA_KIND_STRING && to.kind == BRASA_KIND_BOOL && !e->try_cast;
    if (to.kind == BRASA_KIND_FLOAT64 || to.kind == BRASA_KIND_FLOAT32)
        return !brasa__type_is_numeric(from) && from.kind != BRASA_KIND_BOOL;
    if (brasa__type_is_integer(from) && brasa__type_is_integer(to)) return to.kind < from.kind;
    if (from.kind == BRASA_KIND_DECIMAL && to.kind == BRASA_KIND_DECIMAL)
        return to.scale < from.scale || to.precision - to.scale < from.precision - from.scale;
    return true;
}

static bool find_failing(void *arg, const brasa_expr *e)
{
    bool *found = arg;

    if (e->kind == BRASA_EXPR_CALL && (e->func == NULL || brasa__call_flags(e) & BRASA_FN_CAN_FAIL)) *found = true;
    if (e->kind == BRASA_EXPR_CAST && (!e->bound || cast_can_fail(e))) *found = true;
    if (e->kind == BRASA_EXPR_CALL && e->extra) walk_bodies(e->extra, find_failing, arg);
    return !*found;
}

bool brasa__expr_can_fail(const brasa_expr *e)
{
    bool found = false;

    brasa__expr_walk(e, find_failing, &found);
    return found;
}

static bool mark_ref(void *arg, const brasa_expr *e)
{
    if (e->kind == BRASA_EXPR_REF && e->depth == 0) brasa__bit_set(arg, e->index);
    return true;
}

void brasa__expr_refs(const brasa_expr *e, uint64_t *used)
{
    brasa__expr_walk(e, mark_ref, used);
}
