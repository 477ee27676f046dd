/* expr_wire.c -- bound trees as bytes.  Functions travel by name and are found again; what a function's bind made is made again. */
#include "expr/expr.h"

#include "data/value.h"
#include "expr/agg.h"
#include "expr/function.h"
#include "expr/lambda.h"
#include "expr/udf.h"

enum { HAS_FILTER = 1, HAS_ORDER = 2, DISTINCT = 4, TRY_CAST = 8, NEGATED = 16, NULLABLE = 32, DESC = 1, NULLS_LAST = 2 };

void brasa__put_expr(brasa_wire *w, const brasa_expr *e)
{
    int flags = (e->filter ? HAS_FILTER : 0) | (e->norder > 0 ? HAS_ORDER : 0) | (e->distinct ? DISTINCT : 0) |
                (e->try_cast ? TRY_CAST : 0) | (e->negated ? NEGATED : 0) | (e->nullable ? NULLABLE : 0);

    brasa__put_u8(w, (uint8_t)e->kind);
    brasa__put_u8(w, (uint8_t)flags);
    brasa__put_type(w, e->type);
    brasa__put_i32(w, e->index);
    brasa__put_i32(w, e->depth);
    brasa__put_str(w, e->name);
    if (e->kind == BRASA_EXPR_LITERAL) brasa__put_value(w, &e->value);
    brasa__put_i32(w, e->nargs);
    for (int32_t i = 0; i < e->nargs; i++) brasa__put_expr(w, e->args[i]);
    if (e->filter) brasa__put_expr(w, e->filter);
    if (e->norder > 0) {
        brasa__put_i32(w, e->norder);
        for (int32_t i = 0; i < e->norder; i++) {
            brasa__put_u8(w, (uint8_t)((e->order[i].desc ? DESC : 0) | (e->order[i].nulls_last ? NULLS_LAST : 0)));
            brasa__put_expr(w, e->order[i].expr);
        }
    }
    if (e->kind == BRASA_EXPR_CALL) {
        brasa__put_u8(w, e->extra != NULL);
        if (e->extra) brasa__put_lambdas(w, e->extra);
    }
}

static brasa_status get_list(brasa_reader *r, brasa_arena *arena, int depth, brasa_expr *e, brasa_error *err)
{
    int32_t            n = brasa__get_count(r, 8);
    const brasa_expr **args = BRASA_NEWS(arena, const brasa_expr *, n > 0 ? n : 1);

    for (int32_t i = 0; i < n; i++) BRASA_TRY(brasa__get_expr_at(r, arena, depth + 1, &args[i], err));
    e->nargs = n;
    e->args = args;
    return BRASA_OK;
}

static brasa_status get_orders(brasa_reader *r, brasa_arena *arena, int depth, brasa_expr *e, brasa_error *err)
{
    int32_t      n = brasa__get_count(r, 8);
    brasa_order *order = BRASA_NEWS(arena, brasa_order, n > 0 ? n : 1);

    for (int32_t i = 0; i < n; i++) {
        uint8_t flags = brasa__get_u8(r);
        order[i].desc = (flags & DESC) != 0;
        order[i].nulls_last = (flags & NULLS_LAST) != 0;
        BRASA_TRY(brasa__get_expr_at(r, arena, depth + 1, &order[i].expr, err));
    }
    e->norder = n;
    e->order = order;
    return BRASA_OK;
}

static brasa_status resolve_names(brasa_arena *arena, brasa_expr *e, brasa_error *err)
{
    const char *name = e->name ? e->name : "";

    if (e->kind == BRASA_EXPR_CALL) {
        BRASA_TRY(brasa__call_resolve_name(e, err));
        if (e->extra) e->func = brasa__function_of_lambda(name);
        if (e->func == NULL) return brasa__fail(err, BRASA_NOT_FOUND, "function %s is not in this program", name);
    }
    if (e->kind == BRASA_EXPR_AGGREGATE || (e->kind == BRASA_EXPR_WINDOW && brasa__function_find(name) == NULL)) {
        e->agg = brasa__agg_for(arena, name, e->nargs);
        if (e->agg == NULL && e->kind == BRASA_EXPR_AGGREGATE)
            return brasa__fail(err, BRASA_NOT_FOUND, "aggregate %s is not in this program", name);
    }
    return BRASA_OK;
}

brasa_status brasa__get_expr_at(brasa_reader *r, brasa_arena *arena, int depth, const brasa_expr **out, brasa_error *err)
{
    uint8_t kind = brasa__get_u8(r), flags = brasa__get_u8(r);

    if (r->bad || kind >= BRASA_EXPR_COUNT || depth > BRASA_EXPR_MAX_DEPTH)
        return brasa__fail(err, BRASA_CORRUPT, "a message holds no valid expression");

    brasa_expr *e = brasa__expr_new(arena, (brasa_expr_kind)kind);
    e->bound = true;
    e->distinct = (flags & DISTINCT) != 0;
    e->try_cast = (flags & TRY_CAST) != 0;
    e->negated = (flags & NEGATED) != 0;
    e->nullable = (flags & NULLABLE) != 0;
    e->type = brasa__get_type(r, arena);
    e->index = brasa__get_i32(r);
    e->depth = brasa__get_i32(r);
    e->name = brasa__get_str(r, arena);
    if (e->kind == BRASA_EXPR_LITERAL) e->value = brasa__get_value(r, arena);
    BRASA_TRY(get_list(r, arena, depth, e, err));
    if (flags & HAS_FILTER) BRASA_TRY(brasa__get_expr_at(r, arena, depth + 1, &e->filter, err));
    if (flags & HAS_ORDER) BRASA_TRY(get_orders(r, arena, depth, e, err));
    if (r->bad) return brasa__fail(err, BRASA_CORRUPT, "a message holds no valid expression");
    if (e->kind == BRASA_EXPR_CALL && brasa__get_u8(r) != 0) {
        const brasa_lambdas *l;
        BRASA_TRY(brasa__get_lambdas(r, arena, depth + 1, &l, err));
        e->extra = l;
    }
    BRASA_TRY(resolve_names(arena, e, err));
    *out = e;
    return BRASA_OK;
}

brasa_status brasa__get_expr(brasa_reader *r, brasa_arena *arena, const brasa_expr **out, brasa_error *err)
{
    return brasa__get_expr_at(r, arena, 0, out, err);
}
