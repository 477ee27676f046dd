/* exprs.c -- questions and changes of bound expressions that planning needs. */
#include "plan/make.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "expr/bind.h"

uint64_t *brasa__refs_of(brasa_arena *arena, const brasa_expr *e, int32_t n)
{
    uint64_t *bits = BRASA_NEWS(arena, uint64_t, brasa__bit_words(n) + 1);

    if (e) brasa__expr_refs(e, bits);
    return bits;
}

typedef struct span {
    int32_t from, to;
    bool    within;
} span;

static bool check_span(void *arg, const brasa_expr *e)
{
    span *s = arg;

    if (e->kind == BRASA_EXPR_REF && e->depth == 0 && (e->index < s->from || e->index >= s->to)) s->within = false;
    return s->within;
}

bool brasa__refs_within(const brasa_expr *e, int32_t from, int32_t to)
{
    span s = {from, to, true};

    brasa__expr_walk(e, check_span, &s);
    return s.within;
}

static const brasa_expr *shift_one(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    if (e->kind != BRASA_EXPR_REF || e->depth != 0) return e;
    brasa_expr *copy = brasa__arena_copy(arena, e, sizeof *e);
    copy->index += *(const int32_t *)arg;
    return copy;
}

const brasa_expr *brasa__expr_shift(brasa_arena *arena, const brasa_expr *e, int32_t by)
{
    return by == 0 ? e : brasa__expr_rewrite(arena, e, shift_one, &by);
}

const brasa_expr *brasa__expr_replace(brasa_arena *arena, const brasa_expr *e, const brasa_expr *(*fn)(void *arg, const brasa_expr *e),
                                      void *arg)
{
    if (e == NULL) return NULL;
    const brasa_expr *now = fn(arg, e);
    if (now) return now;

    brasa_expr        *copy = brasa__arena_copy(arena, e, sizeof *e);
    const brasa_expr **args = BRASA_NEWS(arena, const brasa_expr *, e->nargs + 1);
    brasa_order       *order = BRASA_NEWS(arena, brasa_order, e->norder + 1);
    bool               changed = false;
    for (int32_t i = 0; i < e->nargs; i++) {
        args[i] = brasa__expr_replace(arena, e->args[i], fn, arg);
        changed |= args[i] != e->args[i];
    }
    for (int32_t i = 0; i < e->norder; i++) {
        order[i] = e->order[i];
        order[i].expr = brasa__expr_replace(arena, e->order[i].expr, fn, arg);
        changed |= order[i].expr != e->order[i].expr;
    }
    copy->args = args;
    copy->order = order;
    copy->filter = brasa__expr_replace(arena, e->filter, fn, arg);
    changed |= copy->filter != e->filter;
    return changed ? copy : e;
}

bool brasa__is_call(const brasa_expr *e, const char *name)
{
    return e->kind == BRASA_EXPR_CALL && strcmp(e->name, name) == 0;
}

const brasa_expr *brasa__bound_call(brasa_arena *arena, const char *name, const brasa_expr *const *args, int32_t nargs)
{
    brasa_scope       scope = {.nparams = 0};
    const brasa_expr *out;
    brasa_error       err;

    brasa__error_clear(&err);
    brasa_status status = brasa__expr_bind(arena, &scope, brasa__expr_call(arena, name, args, nargs), 0, &out, &err);
    if (status != BRASA_OK) brasa__throw_error(&err);
    return out;
}
