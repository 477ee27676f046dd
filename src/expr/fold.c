/* fold.c -- constant subtrees become literals; logic and null tests that are settled disappear.
 *
 * A constant that fails (1/0) stays as it is: it is an error only if a row comes to it.
 */
#include <string.h>

#include "data/type.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/eval.h"
#include "expr/function.h"

brasa_status brasa__expr_constant(brasa_arena *arena, const brasa_expr *e, brasa_value *out, brasa_error *err)
{
    brasa_eval  *ev;
    brasa_batch  row = {.rows = 1, .nsel = 1};
    brasa_column c;
    brasa_arena *work;

    if (e->kind == BRASA_EXPR_LITERAL) return *out = e->value, BRASA_OK;
    work = brasa__arena_new(arena, "constant");
    brasa_status status = brasa__eval_new(work, &e, 1, &ev, err);
    if (status == BRASA_OK) status = brasa__eval_run(ev, &row, &c, err);
    if (status == BRASA_OK) {
        brasa_value v = brasa__column_value(&c, 0, work);
        *out = brasa__value_copy(arena, &v);
        out->type = brasa__type_copy(arena, e->type);
    }
    brasa__arena_free(work);
    return status;
}

static const brasa_expr *literal(brasa_arena *arena, const brasa_expr *e, const brasa_value *v)
{
    brasa_expr *lit = brasa__expr_literal(arena, v);

    lit->type = lit->value.type = e->type;
    lit->pos = e->pos;
    return lit;
}

static const brasa_expr *literal_bool(brasa_arena *arena, const brasa_expr *e, bool b)
{
    brasa_value v = {.type = brasa__type(BRASA_KIND_BOOL), .u.b = b};

    return literal(arena, e, &v);
}

static const brasa_expr *literal_null(brasa_arena *arena, const brasa_expr *e)
{
    brasa_value v = {.type = e->type, .null = true};

    return literal(arena, e, &v);
}

static bool is_bool(const brasa_expr *e, bool b)
{
    return e->kind == BRASA_EXPR_LITERAL && !e->value.null && e->type.kind == BRASA_KIND_BOOL && e->value.u.b == b;
}

static bool is_null(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_LITERAL && e->value.null;
}

static bool is_call(const brasa_expr *e, const char *name)
{
    return e->kind == BRASA_EXPR_CALL && strcmp(e->name, name) == 0;
}

/* e with those of its arguments that count; the one that is left stands for all. */
static const brasa_expr *with_args(brasa_arena *arena, const brasa_expr *e, const brasa_expr *const *left, int32_t n)
{
    if (n == 1) return left[0];
    if (n == e->nargs) return e;
    brasa_expr *copy = brasa__arena_copy(arena, e, sizeof *e);
    copy->args = left;
    copy->nargs = n;
    return copy;
}

/* x AND true is x; x AND false is false (an error in x is then never seen, as where rows are looked at in the other order). */
static const brasa_expr *fold_logic(brasa_arena *arena, const brasa_expr *e, bool is_or)
{
    const brasa_expr **left = BRASA_NEWS(arena, const brasa_expr *, e->nargs);
    int32_t            n = 0;

    for (int32_t i = 0; i < e->nargs; i++) {
        if (is_bool(e->args[i], is_or)) return literal_bool(arena, e, is_or);
        if (is_bool(e->args[i], !is_or)) continue;
        bool seen = false;
        for (int32_t k = 0; k < n && !seen; k++) seen = brasa__expr_equal(left[k], e->args[i]) && brasa__expr_is_deterministic(left[k]);
        if (!seen) left[n++] = e->args[i];
    }
    if (n == 0) return literal_bool(arena, e, !is_or);
    return with_args(arena, e, left, n);
}

static const brasa_expr *negated(brasa_arena *arena, const brasa_expr *e, const char *name)
{
    brasa_expr *copy = brasa__arena_copy(arena, e, sizeof *e);

    copy->name = name;
    copy->func = brasa__function_find(name);
    return copy;
}

static const brasa_expr *fold_not(brasa_arena *arena, const brasa_expr *e)
{
    static const char *const pairs[][2] = {{"=", "<>"}, {"<", ">="}, {"<=", ">"}, {"isnull", "isnotnull"}};
    const brasa_expr        *a = e->args[0];

    if (is_call(a, "not")) return a->args[0];
    if (a->kind == BRASA_EXPR_IN) {
        brasa_expr *copy = brasa__arena_copy(arena, a, sizeof *a);
        copy->negated = !a->negated;
        return copy;
    }
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (is_call(a, pairs[i][0])) return negated(arena, a, pairs[i][1]);
        if (is_call(a, pairs[i][1])) return negated(arena, a, pairs[i][0]);
    }
    return e;
}

static const brasa_expr *fold_case(brasa_arena *arena, const brasa_expr *e)
{
    const brasa_expr **left = BRASA_NEWS(arena, const brasa_expr *, e->nargs);
    int32_t            n = 0;

    for (int32_t i = 0; i + 1 < e->nargs; i += 2) {
        if (is_bool(e->args[i], false) || is_null(e->args[i])) continue;
        if (is_bool(e->args[i], true)) {
            left[n++] = e->args[i + 1];
            break;
        }
        left[n++] = e->args[i];
        left[n++] = e->args[i + 1];
    }
    if (n % 2 == 0) left[n++] = e->args[e->nargs - 1];
    return with_args(arena, e, left, n);
}

static const brasa_expr *fold_coalesce(brasa_arena *arena, const brasa_expr *e)
{
    const brasa_expr **left = BRASA_NEWS(arena, const brasa_expr *, e->nargs);
    int32_t            n = 0;

    for (int32_t i = 0; i < e->nargs; i++) {
        if (is_null(e->args[i])) continue;
        left[n++] = e->args[i];
        if (!e->args[i]->nullable) break;
    }
    if (n == 0) return literal_null(arena, e);
    return with_args(arena, e, left, n);
}

static bool all_literal(const brasa_expr *e)
{
    for (int32_t i = 0; i < e->nargs; i++)
        if (e->args[i]->kind != BRASA_EXPR_LITERAL) return false;
    return true;
}

static bool foldable(const brasa_expr *e)
{
    if (e->kind != BRASA_EXPR_CALL && e->kind != BRASA_EXPR_CAST && e->kind != BRASA_EXPR_IN && e->kind != BRASA_EXPR_CASE) return false;
    if (e->kind == BRASA_EXPR_CALL &&
        (e->func == NULL || e->func_data != NULL || brasa__call_flags(e) & (BRASA_FN_VOLATILE | BRASA_FN_STATE)))
        return false;
    return all_literal(e) && e->type.kind != BRASA_KIND_STRUCT;
}

static const brasa_expr *fold_call(brasa_arena *arena, const brasa_expr *e)
{
    int32_t flags = brasa__call_flags(e);

    if (is_call(e, "and") || is_call(e, "or")) return fold_logic(arena, e, e->name[0] == 'o');
    if (is_call(e, "not")) return fold_not(arena, e);
    if (is_call(e, "coalesce")) return fold_coalesce(arena, e);
    if (is_call(e, "isnull") && !e->args[0]->nullable && !brasa__expr_can_fail(e->args[0])) return literal_bool(arena, e, false);
    if (is_call(e, "isnotnull") && !e->args[0]->nullable && !brasa__expr_can_fail(e->args[0])) return literal_bool(arena, e, true);
    if (flags & (BRASA_FN_NULLS | BRASA_FN_VOLATILE)) return e;
    for (int32_t i = 0; i < e->nargs; i++)
        if (is_null(e->args[i])) return literal_null(arena, e);
    return e;
}

static const brasa_expr *fold_one(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    brasa_value v;
    brasa_error ignored;

    (void)arg;
    if (!e->bound) return e;
    if (foldable(e) && brasa__expr_constant(arena, e, &v, &ignored) == BRASA_OK) return literal(arena, e, &v);
    switch ((int)e->kind) {
    case BRASA_EXPR_CALL: return e->func ? fold_call(arena, e) : e;
    case BRASA_EXPR_CASE: return fold_case(arena, e);
    case BRASA_EXPR_IN:
    case BRASA_EXPR_CAST: return is_null(e->args[0]) ? literal_null(arena, e) : e;
    default: return e;
    }
}

const brasa_expr *brasa__expr_fold(brasa_arena *arena, const brasa_expr *e)
{
    return brasa__expr_rewrite(arena, e, fold_one, NULL);
}
